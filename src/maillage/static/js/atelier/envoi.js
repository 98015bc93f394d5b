// La boîte d’envoi d’un téléphone : ce qui est tapé est gardé ici d’abord, puis part une fois, dans l’ordre, quand le
// réseau le permet. La clé de chaque geste fait que le serveur ne l’écrit qu’une fois, même renvoyé.
const PAR_ENVOI = 20;
const ESSAIS_MS = [1000, 2000, 4000, 8000, 15000];

export const uuid = () => (crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
  (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16)));

const jeton = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value || "";

export class BoiteEnvoi {
  // `change(nombre, phrase)` : à chaque mouvement ; `refus(geste, phrase)` : le serveur n’en veut pas, l’auteur doit le savoir.
  constructor(code, { change, refus, accuse }) {
    this.cle = `atelier-${code}-envoi`;
    this.adresse = (tableau) => `/a/${code}/tableaux/${tableau}/gestes/`;
    this.change = change;
    this.refus = refus;
    this.accuse = accuse;
    this.echecs = 0;
    this.enCours = false;
    addEventListener("online", () => this.partir());
    addEventListener("storage", (e) => { if (e.key === this.cle) this.dire(); });
  }

  lire() {
    try { return JSON.parse(localStorage.getItem(this.cle)) || []; } catch { return []; }
  }

  ecrire(gestes) {
    localStorage.setItem(this.cle, JSON.stringify(gestes));
  }

  ajouter(tableau, geste) {
    const complet = { cle: uuid(), saisi_at: new Date().toISOString(), ...geste };
    this.ecrire([...this.lire(), { tableau, geste: complet }]);
    this.partir();
    return complet;
  }

  dire(phrase = "") {
    this.change(this.lire(), phrase);
  }

  async partir() {
    clearTimeout(this.reprise);
    this.dire();
    if (this.enCours) return;
    this.enCours = true;
    try {
      let reste;
      while ((reste = this.lire()).length) {
        const tableau = reste[0].tableau;
        let n = 0;
        while (n < reste.length && n < PAR_ENVOI && reste[n].tableau === tableau) n += 1;
        const lot = reste.slice(0, n);
        if (!(await this.envoyer(tableau, lot))) return;
      }
    } finally {
      this.enCours = false;
      this.dire(this.phrase);
    }
  }

  // Rend vrai si le lot est réglé (écrit ou refusé), faux s’il faut attendre et renvoyer.
  async envoyer(tableau, lot) {
    let reponse;
    let corps;
    try {
      reponse = await fetch(this.adresse(tableau), {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": jeton() },
        body: JSON.stringify({ gestes: lot.map((e) => e.geste) }),
      });
      corps = await reponse.json();
    } catch {
      this.phrase = "";
      return this.attendre(ESSAIS_MS[Math.min(this.echecs++, ESSAIS_MS.length - 1)]);
    }
    if (reponse.status === 429 || reponse.status >= 500) {
      this.phrase = corps.phrase || "";
      return this.attendre(1000 * (Number(reponse.headers.get("Retry-After")) || 5));
    }
    this.echecs = 0;
    this.phrase = "";
    const cles = new Set(lot.map((e) => e.geste.cle));
    this.ecrire(this.lire().filter((e) => !cles.has(e.geste.cle)));
    const resultats = corps.resultats || lot.map((e) => ({ cle: e.geste.cle, refus: corps.phrase }));
    for (const resultat of resultats) {
      const { geste } = lot.find((e) => e.geste.cle === resultat.cle);
      if (resultat.refus) this.refus(geste, resultat.refus);
      else this.accuse(geste);
    }
    return true;
  }

  attendre(delai) {
    this.reprise = setTimeout(() => this.partir(), delai);
    return false;
  }
}
