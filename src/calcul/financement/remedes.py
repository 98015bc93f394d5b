"""Changer un plan pour qu'il respecte une règle : retirer des aides publiques, ajouter de l'autofinancement."""

from dataclasses import replace

from calcul.financement.aides import AidesPubliques
from calcul.financement.modele import (
    Categorie,
    CertitudeLigne,
    Ligne,
    NatureLigne,
    OrigineFinanceur,
    Plan,
)
from calcul.financement.verdict import Remede
from calcul.francais import typographie
from calcul.montants import format_montant

IDENTIFIANT_AJOUT = "remede-autofinancement"


def compute_reductible(plan: Plan, aides: AidesPubliques) -> int:
    """Centimes d'aides publiques que le territoire peut encore retirer : ni accordées, ni attestées par pièce."""
    return sum(ligne.montant for ligne in _get_reductibles(plan, aides))


def build_remede(*, plan: Plan, aides: AidesPubliques, retire: int, ajoute: int) -> Remede:
    """Le plan où `retire` centimes d'aides publiques partent et `ajoute` centimes d'autofinancement viennent.

    Les aides pressenties partent avant les demandées, la plus grosse d'abord, pour toucher le moins de financeurs.
    Erreur : ValueError si `retire` dépasse ce que `compute_reductible` permet.
    """
    change = _with_ajout(_with_retrait(plan, aides, retire), ajoute)
    public, propre = change.total(*aides.categories), change.total(Categorie.PROPRE)
    reste = max(change.cout_total - change.ressources, 0)
    return Remede(
        retire=retire,
        ajoute=ajoute,
        public=public,
        propre=propre,
        reste=reste,
        plan=change,
        phrase=_build_phrase(retire=retire, ajoute=ajoute, public=public, propre=propre, reste=reste),
    )


def _get_reductibles(plan: Plan, aides: AidesPubliques) -> list[Ligne]:
    return sorted(
        (li for li in plan.lignes_comptees if li.categorie in aides.categories and not li.is_acquise),
        key=lambda li: (li.etat is not CertitudeLigne.PRESSENTI, -li.montant),
    )


def _with_retrait(plan: Plan, aides: AidesPubliques, retire: int) -> Plan:
    montants = {}
    for ligne in _get_reductibles(plan, aides):
        pris = min(ligne.montant, retire)
        montants[ligne.identifiant] = ligne.montant - pris
        retire -= pris
    if retire:
        raise ValueError(f"il manque {retire} centimes d'aides que l'on puisse retirer")
    return replace(
        plan,
        lignes=tuple(replace(li, montant=montants.get(li.identifiant, li.montant)) for li in plan.lignes),
    )


def _with_ajout(plan: Plan, ajoute: int) -> Plan:
    propres = [li for li in plan.lignes_comptees if li.nature is NatureLigne.AUTOFINANCEMENT]
    # Une somme confirmée par son payeur n'est pas grossie sans lui : l'ajout est alors une ligne à confirmer.
    for cible in propres:
        if not cible.is_acquise:
            augmentee = replace(cible, montant=cible.montant + ajoute)
            return replace(plan, lignes=tuple(augmentee if li is cible else li for li in plan.lignes))
    ajout = Ligne(
        identifiant=IDENTIFIANT_AJOUT,
        financeur=propres[0].financeur if propres else "Porteur",
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        montant=ajoute,
        etat=CertitudeLigne.PRESSENTI,
    )
    return replace(plan, lignes=(*plan.lignes, ajout))


def _build_phrase(*, retire: int, ajoute: int, public: int, propre: int, reste: int) -> str:
    arrivee = f"{format_montant(public)} d’aides publiques et {format_montant(propre)} d’autofinancement"
    suite = f"il reste {format_montant(reste)} à trouver" if reste else "le coût est couvert"
    if not retire:
        return typographie(
            f"Ajouter {format_montant(ajoute)} d’autofinancement\u00a0: {arrivee}\u00a0; {suite}."
        )
    if retire == ajoute:
        fin = "total inchangé" + (f"\u00a0; {suite}" if reste else "")
        return typographie(
            f"Remplacer {format_montant(retire)} d’aides publiques par {format_montant(ajoute)} d’autofinancement\u00a0: "
            f"{arrivee}, {fin}."
        )
    return typographie(
        f"Retirer {format_montant(retire)} d’aides publiques et ajouter {format_montant(ajoute)} d’autofinancement\u00a0: "
        f"{arrivee}\u00a0; {suite}."
    )
