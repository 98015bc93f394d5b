// Le pupitre suit la salle : horloge et présents à chaque message, programme, groupes et participants relus sans recharger.
import { Suivi } from "./flux.js";
import { Horloge, direPresents } from "./horloge.js";

const racine = document.querySelector("[data-pupitre]");
const presents = document.querySelector("[data-presents]");
const reseau = document.querySelector("[data-reseau]");
const horloge = new Horloge(racine, document.querySelector("[data-horloge]"));
let version = Number(racine.dataset.salle);
let attente = null;

async function relire() {
  attente = null;
  const reponse = await fetch(location.href).catch(() => null);
  if (!reponse?.ok || reponse.redirected) return;
  const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
  for (const region of document.querySelectorAll("[data-vivant]")) {
    const neuve = page.querySelector(`[data-vivant="${region.dataset.vivant}"]`);
    if (!neuve) continue;
    if (region.contains(document.activeElement)) attente ??= setTimeout(relire, 3000); // pas sous les doigts
    else region.replaceChildren(...neuve.childNodes);
  }
}

new Suivi({
  flux: racine.dataset.flux,
  suite: `/a/${racine.dataset.code}/suite/`,
  versions: () => ({}),
  salle: () => version,
  etat: (present) => { reseau.textContent = present ? "" : "Sans réseau : cette page reprendra seule."; },
  recevoir: (_, salle) => {
    if (!salle || salle.version === version) return;
    version = salle.version;
    horloge.regler(salle);
    presents.textContent = direPresents(salle.presents);
    attente ??= setTimeout(relire, 300);
  },
});
