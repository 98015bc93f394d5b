// L’écran de la salle : horloge et cartes en direct ; la page se recharge quand l’animateur change de temps.
import { Suivi } from "./flux.js";
import { Horloge, direPresents } from "./horloge.js";
import { SuiteRompue, Tableau, points } from "./tableau.js";

const racine = document.querySelector("[data-ecran]");
const presents = document.querySelector("[data-presents]");
const horloge = new Horloge(racine, document.querySelector("[data-horloge]"));
const reseau = document.querySelector("[data-reseau]");
const tableaux = new Map([...racine.querySelectorAll("[data-tableau]")].map((section) => [Number(section.dataset.tableau), { section, etat: new Tableau() }]));
let version = Number(racine.dataset.salle);

function dessiner() {
  for (const { section, etat } of tableaux.values()) for (const colonne of section.querySelectorAll("[data-colonne]")) {
    colonne.querySelector(".mg-notes").replaceChildren(...etat.colonne(colonne.dataset.colonne).map((carte) => {
      const li = Object.assign(document.createElement("li"), { className: "mg-note", dir: "auto" });
      const n = points(carte);
      const reunies = etat.reunies(carte.id).length;
      const pied = [carte.par, reunies ? `${reunies + 1} contributions` : "", n ? `${n} ${n > 1 ? "points" : "point"}` : ""];
      li.append(Object.assign(document.createElement("p"), { className: "mg-note__texte", textContent: carte.texte }), Object.assign(document.createElement("p"), { className: "mg-note__pied", textContent: pied.filter(Boolean).join(" · ") }));
      return li;
    }));
  }
}
const suivi = new Suivi({
  flux: racine.dataset.flux,
  suite: `/a/${racine.dataset.code}/suite/`,
  versions: () => Object.fromEntries([...tableaux].map(([n, { etat }]) => [n, etat.version])),
  salle: () => version,
  etat: (present) => { reseau.textContent = present ? "" : "Sans réseau : l’écran reprendra seul."; },
  recevoir: (evenements, salle) => {
    for (const evenement of evenements) {
      const tableau = tableaux.get(evenement.t);
      try { tableau?.etat.appliquer(evenement); } catch (erreur) {
        if (!(erreur instanceof SuiteRompue)) throw erreur;
        tableau.etat = new Tableau();
        suivi.ouvrir();
        return;
      }
    }
    if (evenements.length) requestAnimationFrame(dessiner);
    if (!salle || salle.version === version) return;
    version = salle.version;
    if (salle.page !== Number(racine.dataset.page)) { location.reload(); return; }
    horloge.regler(salle);
    if (presents) presents.textContent = direPresents(salle.presents);
  },
});
