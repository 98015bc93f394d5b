// La salle sur un téléphone. La page marche sans ce fichier, par formulaires ; avec lui, elle vit et survit au réseau.
import { BoiteEnvoi, uuid } from "./envoi.js";
import { Suivi } from "./flux.js";
import { Horloge } from "./horloge.js";
import { SuiteRompue, Tableau, points } from "./tableau.js";

const racine = document.querySelector("[data-atelier]");
const { code, nature } = racine.dataset;
const reseau = document.querySelector("[data-reseau]");
const cleMiennes = `atelier-${code}-miennes`;
const miennes = new Set(JSON.parse(localStorage.getItem(cleMiennes) || "[]"));
for (const li of racine.querySelectorAll(".mg-note--mienne")) miennes.add(li.dataset.carte);

const tableaux = new Map();
for (const section of racine.querySelectorAll("[data-tableau]")) {
  tableaux.set(Number(section.dataset.tableau), { section, etat: new Tableau() });
}
let version = Number(racine.dataset.salle);
const horloge = new Horloge(racine, document.querySelector("[data-horloge]"));
horloge.suite = (secondes) => racine.classList.toggle("mg-temps-ecoule", secondes === 0 && !horloge.suspendue);

// — ce qui part —
const boite = new BoiteEnvoi(code, { change: afficherEnvoi, refus: rendre, accuse: () => {} });
let joint = true;
function afficherEnvoi(gestes, phrase = "") {
  const n = gestes.length;
  if (phrase) reseau.textContent = phrase;
  else if (!joint || !navigator.onLine) {
    reseau.textContent = n ? `Sans réseau : ${n} ${n > 1 ? "gestes gardés" : "geste gardé"} sur ce téléphone, envoi au retour.` : "Sans réseau : vous pouvez continuer à écrire.";
  } else reseau.textContent = "";
  dessiner();
}
function rendre(geste, phrase) {
  const { section } = tableaux.get(geste.tableau) || [...tableaux.values()][0] || {};
  const refus = section?.querySelector("[data-refus]");
  const champ = section?.querySelector("textarea");
  if (refus) { refus.textContent = phrase; refus.hidden = false; } else reseau.textContent = phrase;
  if (geste.texte && champ && !champ.value) champ.value = geste.texte; // rien de tapé n’est perdu
  dessiner();
}
function faire(tableau, geste) {
  return boite.ajouter(tableau, { carte: geste.carte || uuid(), tableau, ...geste });
}

// — ce qui se voit —
function element(nom, proprietes = {}, ...enfants) {
  const e = Object.assign(document.createElement(nom), proprietes);
  e.append(...enfants);
  return e;
}
function bouton(libelle, cache, agir) {
  const b = element("button", { type: "button", className: "fr-btn fr-btn--tertiary-no-outline fr-btn--sm" }, libelle, element("span", { className: "fr-sr-only" }, ` ${cache}`));
  b.addEventListener("click", agir);
  return b;
}
function enAttente(numero) {
  return boite.lire().filter((e) => e.tableau === numero).map((e) => e.geste);
}
function dessinerCarte(numero, carte, mienne, attend) {
  const { etat, section } = tableaux.get(numero);
  const li = element("li", { className: `mg-note${mienne ? " mg-note--mienne" : ""}${attend ? " mg-note--attend" : ""}`, dir: "auto" });
  li.dataset.carte = carte.id;
  li.append(element("p", { className: "mg-note__texte" }, carte.texte));
  const reunies = attend ? [] : etat.reunies(carte.id);
  const pied = [carte.par, mienne ? "ma carte" : "", reunies.length ? `${reunies.length + 1} contributions` : "", carte.tardive ? "arrivée après la fin" : "", attend ? "en attente de réseau" : ""];
  if (carte.besoins?.length) pied.push(`répond à ${carte.besoins.length} ${carte.besoins.length > 1 ? "besoins" : "besoin"}`);
  if (nature !== "contribuer" && !attend && points(carte)) pied.push(`${points(carte)} ${points(carte) > 1 ? "points" : "point"}`);
  li.append(element("p", { className: "mg-note__pied" }, pied.filter(Boolean).join(" · ")));
  const cache = `« ${carte.texte.slice(0, 40)} »`;
  const gestes = element("div", { className: "mg-note__geste" });
  if (!attend && mienne && section.dataset.ecrit === "oui") {
    gestes.append(bouton("Modifier", cache, () => modifier(numero, carte, li)), bouton("Retirer", cache, () => faire(numero, { type: "retiree", carte: carte.id })));
  }
  if (!attend && (nature === "contribuer" || nature === "regrouper")) gestes.append(ranger(numero, carte, section, cache));
  if (!attend && besoins && (nature === "contribuer" || nature === "regrouper")) gestes.append(relier(numero, carte, cache));
  for (const reunie of reunies) {
    li.append(element("p", { className: "mg-note__reunie" }, reunie.texte));
    if (nature === "contribuer" || nature === "regrouper") gestes.append(bouton("Séparer", `« ${reunie.texte.slice(0, 40)} »`, () => faire(numero, { type: "separee", carte: reunie.id })));
  }
  if (!attend && nature === "voter") voter(numero, carte, cache, gestes);
  if (gestes.childNodes.length) li.append(gestes);
  return li;
}
function modifier(numero, carte, li) {
  const champ = element("textarea", { className: "fr-input", rows: 3, maxLength: 500, value: carte.texte });
  champ.setAttribute("aria-label", "Texte de ma carte");
  const finir = () => { edition = null; dessinees.delete(`${numero}:${carte.id}`); };
  const garder = bouton("Enregistrer", "", () => { finir(); faire(numero, { type: "modifiee", carte: carte.id, texte: champ.value }); });
  const laisser = bouton("Annuler", "", () => { finir(); dessiner(); });
  edition = carte.id;
  li.replaceChildren(champ, element("div", { className: "mg-note__geste" }, garder, laisser));
  champ.focus();
}
let edition = null;
function ranger(numero, carte, section, cache) {
  const choix = element("select", { className: "fr-select fr-select--sm" }, element("option", { value: "" }, "Ranger…"));
  choix.setAttribute("aria-label", `Ranger ${cache}`);
  // Les choix se remplissent quand on y vient : cent cartes ne font pas dix mille options.
  choix.addEventListener("focus", () => {
    choix.length = 1;
    for (const colonne of section.querySelectorAll("[data-colonne]")) {
      if (colonne.dataset.colonne !== carte.colonne) choix.append(element("option", { value: `c:${colonne.dataset.colonne}` }, `Vers ${colonne.querySelector("h3").textContent}`));
    }
    const { etat } = tableaux.get(numero);
    for (const colonne of section.querySelectorAll("[data-colonne]")) for (const autre of etat.colonne(colonne.dataset.colonne)) {
      if (autre.id !== carte.id) choix.append(element("option", { value: `f:${autre.id}` }, `Réunir avec « ${autre.texte.slice(0, 50)} »`));
    }
  });
  choix.addEventListener("change", () => {
    const [genre, cible] = [choix.value[0], choix.value.slice(2)];
    if (genre === "c") faire(numero, { type: "deplacee", carte: carte.id, colonne: cible, avant: "" });
    if (genre === "f") faire(numero, { type: "fusionnee", carte: cible, avec: carte.id });
    choix.value = "";
  });
  return choix;
}
const besoins = racine.querySelector("[data-besoins]"); // ce que la salle a dit manquer, avant cette phase
function relier(numero, carte, cache) {
  const choix = element("select", { className: "fr-select fr-select--sm" }, element("option", { value: "" }, "Répond à…"));
  choix.setAttribute("aria-label", `Besoin auquel répond ${cache}`);
  choix.addEventListener("focus", () => {
    choix.length = 1;
    for (const { value, textContent } of besoins.options) {
      choix.append(element("option", { value }, carte.besoins.includes(value) ? `Ne répond plus à : ${textContent}` : textContent));
    }
  });
  choix.addEventListener("change", () => {
    faire(numero, { type: "liee", carte: carte.id, besoin: choix.value, oui: !carte.besoins.includes(choix.value) });
    choix.value = "";
  });
  return choix;
}
const mesPoints = new Map(); // carte -> points que je lui donne, d’après la page puis mes gestes
for (const champ of racine.querySelectorAll("input[name=points]")) mesPoints.set(champ.closest("[data-carte]").dataset.carte, Number(champ.value));
function voter(numero, carte, cache, gestes) {
  const donnes = mesPoints.get(carte.id) || 0;
  const total = [...mesPoints.values()].reduce((a, b) => a + b, 0);
  const donner = (n) => { mesPoints.set(carte.id, n); faire(numero, { type: "votee", carte: carte.id, points: n }); };
  const moins = bouton("−", `un point à ${cache}`, () => donner(donnes - 1));
  const plus = bouton("+", `un point à ${cache}`, () => donner(donnes + 1));
  moins.disabled = donnes === 0;
  plus.disabled = total >= Number(racine.dataset.points);
  gestes.append(moins, element("span", {}, `${donnes} de mes points`), plus);
}
// Une carte qui n’a pas changé garde son élément : trois cents cartes ne se refont pas à chaque évènement.
const dessinees = new Map(); // « tableau:carte » -> [ce qui s’y lit, élément]
function reprendre(numero, carte, mienne, attend) {
  const cle = `${numero}:${carte.id}`;
  const { etat } = tableaux.get(numero);
  const total = nature === "voter" ? [...mesPoints.values()].reduce((a, b) => a + b, 0) : 0;
  const lu = JSON.stringify([carte.texte, carte.colonne, carte.par, carte.tardive, carte.besoins, mienne, attend, attend ? 0 : points(carte),
    attend ? [] : etat.reunies(carte.id).map((c) => c.texte), mesPoints.get(carte.id), total]);
  const [avant, element_] = dessinees.get(cle) || [];
  if (avant === lu) return element_;
  const li = dessinerCarte(numero, carte, mienne, attend);
  dessinees.set(cle, [lu, li]);
  return li;
}
function dessiner() {
  if (edition) return; // ne pas reprendre la carte sous les doigts
  const focus = document.activeElement?.closest?.("[data-carte]") ? document.activeElement : null;
  const retenu = focus && [focus.closest("[data-carte]").dataset.carte, [...focus.closest("[data-carte]").querySelectorAll("button, select")].indexOf(focus)];
  for (const [numero, { section, etat }] of tableaux) {
    const attente = enAttente(numero);
    for (const colonne of section.querySelectorAll("[data-colonne]")) {
      const liste = colonne.querySelector(".mg-notes");
      const cartes = etat.colonne(colonne.dataset.colonne).map((c) => reprendre(numero, c, miennes.has(c.id), false));
      for (const g of attente) {
        if (g.type === "posee" && g.colonne === colonne.dataset.colonne && !etat.cartes.has(g.carte)) cartes.push(reprendre(numero, { id: g.carte, texte: g.texte, par: "", colonne: g.colonne }, true, true));
      }
      if (cartes.length !== liste.children.length || cartes.some((li, n) => li !== liste.children[n])) liste.replaceChildren(...cartes);
    }
  }
  if (retenu) document.querySelector(`[data-carte="${CSS.escape(retenu[0])}"]`)?.querySelectorAll("button, select")[retenu[1]]?.focus();
}

// — ce qui arrive —
let dessin = null;
function recevoir(evenements, nouvelle) {
  for (const evenement of evenements) {
    const tableau = tableaux.get(evenement.t);
    if (!tableau) continue;
    try {
      tableau.etat.appliquer(evenement);
    } catch (erreur) {
      if (!(erreur instanceof SuiteRompue)) throw erreur;
      tableau.etat = new Tableau();
      suivi.ouvrir();
      return;
    }
  }
  if (evenements.length && !dessin) dessin = requestAnimationFrame(() => { dessin = null; dessiner(); });
  if (nouvelle && nouvelle.version !== version) entendre(nouvelle);
}
function entendre(nouvelle) {
  version = nouvelle.version;
  horloge.regler(nouvelle);
  if (nouvelle.page === Number(racine.dataset.page)) return;
  for (const champ of racine.querySelectorAll("textarea")) if (champ.value) sessionStorage.setItem(`atelier-${code}-brouillon`, champ.value);
  // Toute la salle recharge à la fois : chacun attend un peu, au hasard, selon le nombre.
  setTimeout(() => location.reload(), 200 + Math.random() * Math.min(15000, 4 * Number(racine.dataset.presents)));
}
const suivi = new Suivi({
  flux: racine.dataset.flux,
  suite: `/a/${code}/suite/`,
  versions: () => Object.fromEntries([...tableaux].map(([n, { etat }]) => [n, etat.version])),
  salle: () => version,
  recevoir,
  etat: (present) => { joint = present; boite.dire(); if (present) boite.partir(); },
});

// — écrire —
const brouillon = sessionStorage.getItem(`atelier-${code}-brouillon`);
for (const formulaire of racine.querySelectorAll("[data-saisie]")) {
  const champ = formulaire.elements.texte;
  const refus = formulaire.querySelector("[data-refus]");
  if (brouillon && !champ.value) champ.value = brouillon;
  champ.addEventListener("input", () => sessionStorage.setItem(`atelier-${code}-brouillon`, champ.value));
  formulaire.addEventListener("submit", (e) => {
    e.preventDefault();
    e.stopImmediatePropagation();
    const texte = champ.value.trim();
    refus.hidden = true;
    if (!texte || texte.length > 500) {
      refus.textContent = texte ? `La carte a ${texte.length} caractères pour 500 au plus : partagez-la en plusieurs cartes.` : "La carte est vide : écrivez quelques mots.";
      refus.hidden = false;
      champ.focus();
      return;
    }
    const geste = faire(Number(formulaire.elements.tableau.value), { type: "posee", colonne: formulaire.elements.colonne.value, texte, signee: formulaire.elements.signee.checked });
    miennes.add(geste.carte);
    localStorage.setItem(cleMiennes, JSON.stringify([...miennes]));
    champ.value = "";
    sessionStorage.removeItem(`atelier-${code}-brouillon`);
    champ.focus();
  }, { capture: true });
  champ.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) formulaire.requestSubmit(); });
}
boite.partir();
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/a/service.js", { scope: "/a/" }).catch(() => {});
  navigator.serviceWorker.ready.then(({ active }) => {
    const fichiers = performance.getEntriesByType("resource").map((r) => r.name).filter((nom) => nom.includes("/statique/"));
    active.postMessage({ garder: [...new Set([location.pathname, ...fichiers])] });
  });
}
