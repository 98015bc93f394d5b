// L’horloge commune, la même sur tous les écrans : les instants sont ceux du serveur.
export class Horloge {
  constructor(racine, cadran) {
    this.cadran = cadran;
    this.decalage = Number(racine.dataset.maintenant) - Date.now(); // l’heure du serveur moins celle de cet appareil
    const { fin, reste, suspendue } = racine.dataset;
    this.regler({ fin: Number(fin) || null, reste: reste === "" ? null : Number(reste), suspendue: suspendue === "oui" });
    setInterval(() => this.battre(), 500);
  }

  regler({ fin, reste, suspendue }) {
    Object.assign(this, { fin, reste, suspendue });
    this.battre();
  }

  get secondes() {
    return this.fin ? Math.max(0, Math.round((this.fin - Date.now() - this.decalage) / 1000)) : this.reste;
  }

  battre() {
    const { secondes } = this;
    this.cadran.textContent = secondes == null ? "" : `${Math.floor(secondes / 60)}:${String(secondes % 60).padStart(2, "0")}${this.suspendue ? " en pause" : ""}`;
    this.cadran.classList.toggle("mg-temps-court", secondes != null && secondes <= 120 && !this.suspendue);
    this.suite?.(secondes);
  }
}

export const direPresents = (n) => `${n}\u00a0${n > 1 ? "présents" : "présent"}`;
