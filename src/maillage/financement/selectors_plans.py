"""Le plan d’une fiche prêt à montrer : tel qu’il est, ou tel qu’il était un jour passé."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Prefetch

from calcul.financement.bouclage import Bouclage, compute_bouclage
from calcul.financement.echeancier import Echeancier, compute_echeancier
from calcul.financement.modele import Depense
from maillage.fiches.models import FicheAction
from maillage.financement import events
from maillage.financement.enums import Mesure, StatutLigne
from maillage.financement.models import LigneDepense, LigneFinancement, PlanFinancement
from maillage.financement.policies import get_type_porteur
from maillage.financement.selectors import LIBELLES_BOUCLAGE, Barre, compute_barre, to_calcul
from maillage.journal.models import Entree
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui


@dataclass(frozen=True)
class PlanLu:
    """Le plan d’une fiche, prêt à montrer (`plan.pk` vide : pas encore ouvert). Totaux en centimes, toutes lignes comprises."""

    plan: PlanFinancement
    lignes: list[LigneFinancement]
    depenses: list[LigneDepense]
    barre: Barre
    bouclage: Bouclage

    @property
    def libelle_bouclage(self) -> str:
        return LIBELLES_BOUCLAGE[self.bouclage.code]

    @property
    def libelle_porteur(self) -> str:
        return str(get_type_porteur(self.plan).label)

    @property
    def total_demande(self) -> int:
        return sum(ligne.montant_demande for ligne in self.lignes)

    @property
    def total_accorde(self) -> int:
        return sum(ligne.montant_accorde for ligne in self.lignes)

    @property
    def total_conventionne(self) -> int:
        return sum(ligne.montant_conventionne for ligne in self.lignes)

    @property
    def total_verse(self) -> int:
        return sum(ligne.montant_verse for ligne in self.lignes)


def read_plan(fiche: FicheAction) -> PlanLu:
    """Le plan de la fiche avec ses lignes, leurs étapes et leurs pièces, en un nombre constant de requêtes."""
    lignes = (
        LigneFinancement.objects.select_related("financeur", "precision", "dispositif")
        .prefetch_related("etapes__piece", "annees")
        .order_by("id")
    )
    plan = (
        PlanFinancement.objects.filter(fiche=fiche)
        .select_related("precision")
        .prefetch_related(Prefetch("lignes", lignes), "depenses", "aides_recues")
        .first()
    )
    if plan is None:
        return _build(PlanFinancement(fiche=fiche), [], [], aujourdhui())
    plan.fiche = fiche
    ressources = list(plan.lignes.all())
    for ligne in ressources:
        ligne.plan = plan
    return _build(plan, ressources, list(plan.depenses.all()), aujourdhui())


def _build(
    plan: PlanFinancement, lignes: list[LigneFinancement], depenses: list[LigneDepense], jour: date
) -> PlanLu:
    bouclage = compute_bouclage(
        to_calcul(plan, jour=jour, lignes=lignes), sans_besoin=plan.sans_besoin_depuis is not None
    )
    return PlanLu(plan, lignes, depenses, compute_barre(plan, lignes), bouclage)


def compute_echeancier_plan(lu: PlanLu) -> Echeancier:
    """Ce qui se dépense et ce qui arrive, année par année (dépenses datées, ressources réparties)."""
    plan = to_calcul(lu.plan, jour=aujourdhui(), lignes=lu.lignes)
    depenses = tuple(
        Depense(nature=depense.nature, montant=depense.montant, annee=depense.annee)
        for depense in lu.depenses
    )
    return compute_echeancier(replace(plan, depenses=depenses))


def read_plans(fiches: Iterable[FicheAction], *, au: date) -> dict[int, PlanLu]:
    """Clé de chaque fiche → son plan tel qu’il était au jour `au`, en un nombre constant de requêtes.

    Une ligne reprend l’état et les montants de ses étapes jusqu’à ce jour ; une ligne née après n’y est pas. Le cadre du
    plan se relit dans le journal. Des dépenses changées depuis ne se relisent pas : ActionImpossible dit lesquelles, et
    à partir de quel jour le plan est connu.
    """
    fiches = list(fiches)
    plans = {
        plan.fiche_id: plan
        for plan in PlanFinancement.objects.filter(fiche__in=fiches)
        .select_related("precision")
        .prefetch_related(
            Prefetch(
                "lignes",
                LigneFinancement.objects.select_related("financeur", "precision", "dispositif")
                .prefetch_related("etapes", "mouvements", "annees")
                .order_by("id"),
            ),
            "depenses",
            "aides_recues",
        )
    }
    journal = _read_journal(plans.values())
    lus, perdus = {}, []
    for fiche in fiches:
        plan = plans.get(fiche.pk, PlanFinancement())
        plan.fiche = fiche
        entrees = journal.get(str(plan.pk), [])
        if change_le := _find_depenses_perdues(entrees, au):
            perdus.append((fiche, change_le))
            continue
        lus[fiche.pk] = _rewind_plan(plan, entrees, au)
    if perdus:
        noms = ", ".join(fiche.code or fiche.titre for fiche, _ in perdus)
        jour = format_jour(max(change_le for _, change_le in perdus))
        raise ActionImpossible(
            f"Les dépenses de ces fiches ont changé après le {format_jour(au)}, et on ne sait plus les écrire telles qu’elles "
            f"étaient ce jour-là\u00a0: {noms}. Choisissez une date à partir du {jour}."
        )
    return lus


_DEPENSES = (events.DEPENSE_AJOUTEE, events.DEPENSE_MODIFIEE, events.DEPENSE_RETIREE)


def _read_journal(plans: Iterable[PlanFinancement]) -> dict[str, list[Entree]]:
    """Ce que le journal dit du cadre et des dépenses de chaque plan (par clé), du plus ancien au plus récent."""
    entrees = Entree.objects.filter(
        cible_type=PlanFinancement._meta.label_lower,
        cible_id__in=[str(plan.pk) for plan in plans],
        code__in=[*_DEPENSES, events.PLAN_MODIFIE, events.SANS_BESOIN_LEVE],
    ).order_by("id")
    par_plan: dict[str, list[Entree]] = {}
    for entree in entrees:
        par_plan.setdefault(entree.cible_id, []).append(entree)
    return par_plan


def _find_depenses_perdues(entrees: list[Entree], au: date) -> date | None:
    """Le jour du dernier changement qui empêche de relire les dépenses au jour `au` ; None si on sait les relire.

    On sait : rien n’a changé depuis, ou il n’y avait encore aucune dépense.
    """
    apres = [e for e in entrees if e.date_effet > au and e.code != events.PLAN_MODIFIE]
    deja = any(e.code in _DEPENSES and e.date_effet <= au for e in entrees)
    leve = any(e.code == events.SANS_BESOIN_LEVE for e in apres)
    return max(e.date_effet for e in apres) if apres and (deja or leve) else None


def _rewind_plan(plan: PlanFinancement, entrees: list[Entree], au: date) -> PlanLu:
    passe = copy(plan)
    for entree in reversed(entrees):
        if entree.code == events.PLAN_MODIFIE and entree.date_effet > au:
            for champ, valeur in entree.avant.items():
                setattr(passe, champ, valeur)
    if passe.sans_besoin_depuis and passe.sans_besoin_depuis > au:
        passe.sans_besoin_depuis, passe.sans_besoin_motif = None, ""
    if plan.pk is None:
        return _build(passe, [], [], au)
    nees_apres = any(entree.code in _DEPENSES and entree.date_effet > au for entree in entrees)
    depenses = [] if nees_apres else list(plan.depenses.all())
    passe.cout_total = sum(depense.montant for depense in depenses)
    lignes = [passee for ligne in plan.lignes.all() if (passee := _rewind_ligne(ligne, au))]
    for ligne in lignes:
        ligne.plan = passe
    return _build(passe, lignes, depenses, au)


def _rewind_ligne(ligne: LigneFinancement, au: date) -> LigneFinancement | None:
    """La ligne au jour `au` (jamais à enregistrer) ; None si elle n’était pas encore inscrite."""
    etapes = [etape for etape in ligne.etapes.all() if etape.date_effet <= au]
    if not etapes:
        return None
    passee = copy(ligne)
    passee.statut = etapes[-1].vers
    passee.montant_pressenti = [e.montant or 0 for e in etapes if e.vers == StatutLigne.PRESSENTI][-1]
    for mesure in Mesure:
        somme = sum(m.centimes for m in ligne.mouvements.all() if m.mesure == mesure and m.jour <= au)
        setattr(passee, f"montant_{mesure.value}", somme)
    return passee
