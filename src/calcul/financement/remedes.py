"""Changer un plan pour qu'il respecte une règle : retirer des aides publiques, ajouter de l'autofinancement, ou faire
une démarche.

Un remède d'argent ne fait que baisser des aides que personne n'a encore accordées et monter la part du porteur sans
dépasser le coût. Les plafonds et les parts minimales ne font que s'éloigner : il n'en viole aucun. Une démarche change un
fait (une date, une convention) ; `regles.evaluer_tout` écarte celle qui violerait une autre règle.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from calcul.financement.aides import compute_aides_publiques
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


def compute_reductible(lignes: Iterable[Ligne]) -> int:
    """Centimes que le territoire peut encore retirer de ces lignes : ni accordées, ni attestées par pièce."""
    return sum(ligne.montant for ligne in lignes if not ligne.is_acquise)


def build_remede(
    *, plan: Plan, lignes: Sequence[Ligne], retire: int, ajoute: int, quoi: str = "d’aides publiques"
) -> Remede:
    """Le plan où `retire` centimes quittent ces `lignes` et `ajoute` centimes d'autofinancement viennent.

    Les aides pressenties partent avant les demandées, la plus grosse d'abord, pour toucher le moins de financeurs.
    `quoi` nomme ce qui est retiré, avec sa préposition. Erreur : ValueError si `retire` dépasse ce que
    `compute_reductible` permet.
    """
    return build_remede_montants(plan=plan, montants=_share_retrait(lignes, retire), ajoute=ajoute, quoi=quoi)


def build_remede_montants(
    *, plan: Plan, montants: Mapping[str, int], ajoute: int, quoi: str = "d’aides publiques"
) -> Remede:
    """Le plan où ces lignes prennent ces `montants` (centimes, jamais plus qu'avant) et où vient l'autofinancement."""
    retire = sum(
        li.montant - montants[li.identifiant] for li in plan.lignes_comptees if li.identifiant in montants
    )
    reduit = replace(
        plan,
        lignes=tuple(
            with_montant(li, montants[li.identifiant]) if li.identifiant in montants else li
            for li in plan.lignes
        ),
    )
    return _build(_with_ajout(reduit, ajoute), retire=retire, ajoute=ajoute, quoi=quoi)


def find_remede_plafond(
    *, plan: Plan, lignes: Sequence[Ligne], exces: int, quoi: str = "d’aides publiques"
) -> Remede | None:
    """Le plus petit changement qui baisse ces lignes de `exces` centimes, ou None quand elles sont acquises.

    Ce qui part est remplacé par de l'autofinancement, sauf ce qui dépassait le coût. Plan ouvert : seulement retirer est
    l'autre choix, avec ce qu'il laisse à trouver.
    """
    if exces > compute_reductible(lignes):
        return None
    surplus = max(plan.ressources - plan.cout_total, 0)
    remede = build_remede(plan=plan, lignes=lignes, retire=exces, ajoute=max(exces - surplus, 0), quoi=quoi)
    if plan.marge == 0:
        return remede
    return replace(
        remede, alternative=build_remede(plan=plan, lignes=lignes, retire=exces, ajoute=0, quoi=quoi)
    )


def find_remede_part_libre(*, plan: Plan, lignes: Sequence[Ligne], manque: int) -> Remede | None:
    """Le plus petit changement qui monte la part du porteur de `manque` centimes : échanger contre ces aides à total
    inchangé, ou ajouter dans ce que le coût attend encore ; None quand ni l'un ni l'autre ne suffit."""
    echange = (
        build_remede(plan=plan, lignes=lignes, retire=manque, ajoute=manque)
        if manque <= compute_reductible(lignes)
        else None
    )
    ajout = build_remede(plan=plan, lignes=lignes, retire=0, ajoute=manque) if manque <= plan.marge else None
    return chain([echange, ajout])


def build_remede_vers(*, plan: Plan, change: Plan, quoi: str = "d’aides publiques") -> Remede:
    """Le remède qui mène de `plan` à `change`, quand plusieurs retraits se suivent."""
    apres = {ligne.identifiant: ligne.montant for ligne in change.lignes}
    return _build(
        change,
        retire=sum(max(li.montant - apres[li.identifiant], 0) for li in plan.lignes_comptees),
        ajoute=change.total(Categorie.PROPRE) - plan.total(Categorie.PROPRE),
        quoi=quoi,
    )


def add_retrait_seul(*, plan: Plan, remede: Remede, quoi: str = "d’aides publiques") -> Remede:
    """Plan ouvert : le même retrait sans ajout est l'autre choix, avec ce qu'il laisse à trouver."""
    if not plan.marge or not remede.ajoute:
        return remede
    avant = {ligne.identifiant: ligne for ligne in plan.lignes}
    lignes = tuple(
        avant[li.identifiant] if li.nature is NatureLigne.AUTOFINANCEMENT else li
        for li in remede.plan.lignes
        if li.identifiant in avant
    )
    change = replace(remede.plan, lignes=lignes)
    return replace(remede, alternative=build_remede_vers(plan=plan, change=change, quoi=quoi))


def build_demarche(*, plan: Plan, phrase: str) -> Remede:
    """Un remède sans argent : le plan où un fait est changé, la phrase qui dit quoi faire et ce qui reste à trouver."""
    if plan.marge:
        phrase += f" Il reste {format_montant(plan.marge)} à trouver."
    return replace(_build(plan, retire=0, ajoute=0, quoi=""), phrase=typographie(phrase))


def replace_lignes(plan: Plan, lignes: Iterable[Ligne]) -> Plan:
    """Le plan où chaque ligne donnée prend la place de celle de même identifiant."""
    nouvelles = {ligne.identifiant: ligne for ligne in lignes}
    return replace(plan, lignes=tuple(nouvelles.get(li.identifiant, li) for li in plan.lignes))


def chain(remedes: Iterable[Remede | None]) -> Remede | None:
    """Ces remèdes en suite, chacun l'autre choix du précédent ; None s'il n'y en a pas."""
    suite = None
    for remede in reversed(list(flatten(remedes))):
        suite = replace(remede, alternative=suite)
    return suite


def flatten(remedes: Iterable[Remede | None]) -> Iterable[Remede]:
    """Ces remèdes et leurs autres choix, à plat."""
    for remede in remedes:
        while remede is not None:
            yield remede
            remede = remede.alternative


def with_montant(ligne: Ligne, montant: int) -> Ligne:
    """La ligne à ce montant (centimes) ; un échéancier perd, ou gagne, sur ses dernières années."""
    if not ligne.echeancier:
        return replace(ligne, montant=montant)
    derniere = ligne.echeancier[-1][0]
    reste, echeancier = montant, []
    for annee, centimes in ligne.echeancier:
        pris = reste if annee == derniere else min(centimes, reste)
        reste -= pris
        echeancier.append((annee, pris))
    return replace(ligne, montant=montant, echeancier=tuple(echeancier))


def _build(plan: Plan, *, retire: int, ajoute: int, quoi: str) -> Remede:
    public, propre = compute_aides_publiques(plan).total, plan.total(Categorie.PROPRE)
    return Remede(
        retire=retire,
        ajoute=ajoute,
        public=public,
        propre=propre,
        reste=plan.marge,
        plan=plan,
        phrase=_build_phrase(
            retire=retire, ajoute=ajoute, public=public, propre=propre, reste=plan.marge, quoi=quoi
        ),
    )


def _share_retrait(lignes: Sequence[Ligne], retire: int) -> dict[str, int]:
    montants = {}
    reductibles = sorted(
        (li for li in lignes if not li.is_acquise),
        key=lambda li: (li.etat is not CertitudeLigne.PRESSENTI, -li.montant),
    )
    for ligne in reductibles:
        pris = min(ligne.montant, retire)
        if pris:
            montants[ligne.identifiant] = ligne.montant - pris
        retire -= pris
    if retire:
        raise ValueError(f"il manque {retire} centimes d'aides que l'on puisse retirer")
    return montants


def _with_ajout(plan: Plan, ajoute: int) -> Plan:
    if not ajoute:
        return plan
    propres = [li for li in plan.lignes_comptees if li.nature is NatureLigne.AUTOFINANCEMENT]
    # Une somme confirmée par son payeur n'est pas grossie sans lui : l'ajout est alors une ligne à confirmer.
    for cible in propres:
        if not cible.is_acquise:
            augmentee = with_montant(cible, cible.montant + ajoute)
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


def _build_phrase(*, retire: int, ajoute: int, public: int, propre: int, reste: int, quoi: str) -> str:
    arrivee = f"{format_montant(public)} d’aides publiques et {format_montant(propre)} d’autofinancement"
    suite = f"il reste {format_montant(reste)} à trouver" if reste else "le coût est couvert"
    if not retire:
        return typographie(
            f"Ajouter {format_montant(ajoute)} d’autofinancement\u00a0: {arrivee}\u00a0; {suite}."
        )
    if not ajoute:
        return typographie(f"Retirer {format_montant(retire)} {quoi}\u00a0: {arrivee}\u00a0; {suite}.")
    if retire == ajoute:
        fin = "total inchangé" + (f"\u00a0; {suite}" if reste else "")
        return typographie(
            f"Remplacer {format_montant(retire)} {quoi} par {format_montant(ajoute)} d’autofinancement\u00a0: "
            f"{arrivee}, {fin}."
        )
    return typographie(
        f"Retirer {format_montant(retire)} {quoi} et ajouter {format_montant(ajoute)} d’autofinancement\u00a0: "
        f"{arrivee}\u00a0; {suite}."
    )
