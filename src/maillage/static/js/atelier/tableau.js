// L’état d’un tableau : la suite de ses évènements, rejouée. Le même calcul que calcul/ateliers/tableau.py
// (un essai de navigateur compare les deux sur des suites tirées au hasard).
export class SuiteRompue extends Error {}

export class Tableau {
  constructor() {
    this.version = 0;
    this.cartes = new Map();
    this.ordre = new Map(); // colonne -> identifiants, y compris retirées et réunies
  }

  appliquer(evenement) {
    if (evenement.v <= this.version) return false;
    if (evenement.v !== this.version + 1) throw new SuiteRompue(`${this.version + 1} attendue, ${evenement.v} reçue`);
    this.version = evenement.v;
    const { type, carte: id } = evenement;
    if (type === "posee") {
      this.cartes.set(id, {
        id, colonne: evenement.colonne, texte: evenement.texte, par: evenement.par || "", tardive: !!evenement.tardive,
        retiree: false, publiee: false, dans: "", votes: new Map(), besoins: [],
      });
      this.rangee(evenement.colonne).push(id);
      return true;
    }
    const carte = this.cartes.get(id);
    if (!carte) return true;
    if (type === "modifiee") carte.texte = evenement.texte;
    if (type === "deplacee") this.ranger(carte, evenement.colonne, evenement.avant);
    if (type === "retiree") {
      for (const reunie of this.reunies(id)) reunie.dans = "";
      carte.retiree = true;
    }
    if (type === "fusionnee") {
      const autre = this.cartes.get(evenement.avec);
      if (autre && autre !== carte && !carte.dans) for (const c of [...this.reunies(autre.id), autre]) c.dans = id;
    }
    if (type === "separee") carte.dans = "";
    if (type === "votee" && evenement.votant != null) {
      if (evenement.points > 0) carte.votes.set(evenement.votant, evenement.points);
      else carte.votes.delete(evenement.votant);
    }
    if (type === "liee") {
      const connu = carte.besoins.includes(evenement.besoin);
      if (evenement.oui && !connu) carte.besoins.push(evenement.besoin);
      if (!evenement.oui && connu) carte.besoins.splice(carte.besoins.indexOf(evenement.besoin), 1);
    }
    if (type === "publiee") carte.publiee = !!evenement.oui;
    return true;
  }

  rangee(colonne) {
    if (!this.ordre.has(colonne)) this.ordre.set(colonne, []);
    return this.ordre.get(colonne);
  }

  ranger(carte, colonne, avant) {
    const ancienne = this.rangee(carte.colonne);
    ancienne.splice(ancienne.indexOf(carte.id), 1);
    const rangee = this.rangee(colonne);
    const place = avant ? rangee.indexOf(avant) : -1;
    rangee.splice(place < 0 ? rangee.length : place, 0, carte.id);
    carte.colonne = colonne;
  }

  reunies(id) {
    return [...this.cartes.values()].filter((c) => c.dans === id && !c.retiree);
  }

  colonne(code) {
    return (this.ordre.get(code) || []).map((id) => this.cartes.get(id)).filter((c) => !c.retiree && !c.dans);
  }
}

export const points = (carte) => [...carte.votes.values()].reduce((somme, n) => somme + n, 0);
