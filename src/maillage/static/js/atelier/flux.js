// Suivre la salle : le flux du serveur, et s’il ne passe pas, des demandes régulières. Chaque reprise dit les versions
// connues ; un trou dans la suite fait tout redemander.
const SONDAGE_MS = 2000;
const SILENCE_MS = 45000; // le serveur souffle toutes les 20 s
const ECHECS_AVANT_SONDAGE = 2;

export class Suivi {
  // `versions()` : {tableau: version} ; `recevoir(evenements, salle)` : dans l’ordre.
  constructor({ flux, suite, versions, salle, recevoir, etat }) {
    Object.assign(this, { flux, suite, versions, salle, recevoir, etat, echecs: 0 });
    addEventListener("online", () => this.ouvrir());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.ouvrir(); });
    this.ouvrir();
  }

  requete() {
    const q = new URLSearchParams();
    for (const [t, v] of Object.entries(this.versions())) q.set(`t${t}`, v);
    q.set("salle", this.salle());
    return q;
  }

  ouvrir() {
    this.source?.close();
    clearTimeout(this.prochain);
    this.source = new EventSource(`${this.flux}?${this.requete()}`);
    this.veiller();
    this.source.onopen = () => { this.echecs = 0; this.etat(true); };
    this.source.onmessage = (e) => {
      this.veiller();
      const message = JSON.parse(e.data);
      if (message.salle) this.recevoir([], message.salle);
      else this.recevoir([message], null);
    };
    this.source.onerror = () => this.perdre();
  }

  veiller() {
    clearTimeout(this.veille);
    this.veille = setTimeout(() => this.perdre(), SILENCE_MS);
  }

  perdre() {
    this.source.close();
    clearTimeout(this.veille);
    this.echecs += 1;
    clearTimeout(this.prochain);
    if (this.echecs >= ECHECS_AVANT_SONDAGE) this.sonder();
    else this.prochain = setTimeout(() => this.ouvrir(), 500);
  }

  async sonder() {
    try {
      const reponse = await fetch(`${this.suite}?${this.requete()}`);
      if (!reponse.ok) throw new Error(reponse.status);
      const { evenements, salle } = await reponse.json();
      this.recevoir(evenements, salle);
      this.etat(true);
      // Le réseau répond : une fois sur cinq, réessayer le flux.
      this.sondages = (this.sondages || 0) + 1;
      if (this.sondages % 5 === 0) { this.ouvrir(); return; }
    } catch {
      this.etat(false);
    }
    clearTimeout(this.prochain);
    this.prochain = setTimeout(() => this.sonder(), SONDAGE_MS);
  }
}
