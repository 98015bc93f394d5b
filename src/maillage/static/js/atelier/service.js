// Rouvrir la salle sans réseau : la dernière page vue et ses fichiers, gardés sur le téléphone.
const RESERVE = "atelier-1";
const garder = async (demande, reponse) => {
  if (reponse.ok && !reponse.redirected) (await caches.open(RESERVE)).put(demande, reponse.clone());
  return reponse;
};
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));
// La première visite est faite avant que ce service ne veille : la page lui dit quoi garder.
self.addEventListener("message", (e) => e.waitUntil(caches.open(RESERVE).then((reserve) => reserve.addAll(e.data.garder))));
self.addEventListener("fetch", (e) => {
  const { request: demande } = e;
  const { pathname: chemin, origin } = new URL(demande.url);
  if (demande.method !== "GET" || origin !== location.origin) return;
  const page = demande.mode === "navigate" && chemin.endsWith("/salle/");
  if (!page && !chemin.startsWith("/statique/")) return;
  e.respondWith(fetch(demande).then((r) => garder(demande, r)).catch(async (erreur) => {
    const gardee = await caches.match(demande);
    if (!gardee) throw erreur;
    return gardee;
  }));
});
