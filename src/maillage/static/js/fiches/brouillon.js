// Garde la saisie en cours d’une fiche. Sans ce module, la page marche : rien n’est gardé avant « Enregistrer ».
// data-maillage-brouillon : l’adresse qui la garde ; data-maillage-brouillon-etat : où le dire.
const PAUSE = 2000;
for (const formulaire of document.querySelectorAll("form[data-maillage-brouillon]")) {
  const etat = document.querySelector("[data-maillage-brouillon-etat]");
  let minuteur = 0, envoye = false, enCours = Promise.resolve();
  const garder = async () => {
    if (envoye) return;
    try {
      const reponse = await fetch(formulaire.dataset.maillageBrouillon, {
        method: "POST", body: new FormData(formulaire), headers: { "X-Requested-With": "maillage" }, keepalive: true,
      });
      const dit = await reponse.json();
      if (etat) etat.textContent = reponse.ok ? `Brouillon gardé à ${dit.garde_a}` : dit.erreur;
    } catch {
      if (etat) etat.textContent = "Brouillon pas encore gardé : le réseau manque. Il le sera à la prochaine frappe.";
    }
  };
  formulaire.addEventListener("input", () => {
    clearTimeout(minuteur);
    minuteur = setTimeout(() => { enCours = enCours.then(garder); }, PAUSE);
  });
  formulaire.addEventListener("submit", () => { envoye = true; clearTimeout(minuteur); });
}
