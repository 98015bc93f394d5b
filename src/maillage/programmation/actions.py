"""Seuls actes qui écrivent une simulation. Montants en centimes, taux en dix-millièmes.

Aucun n’écrit l’état d’une ligne : le calcul propose, les personnes décident.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from django.db import transaction

from calcul.programmation import variantes
from calcul.programmation.modele import EURO, Octroi, Probleme, ProblemeImpossible
from calcul.programmation.phrases import describe_ecart, describe_prix, describe_refus
from calcul.programmation.recherche import Programmation, Progres, Reglages, programme
from maillage.comptes.models import Organisation, Personne
from maillage.dispositifs.models import Dispositif
from maillage.fiches.models import FicheAction
from maillage.financement.actions import add_ligne
from maillage.financement.enums import NatureLigne
from maillage.financement.models import LigneFinancement
from maillage.journal.actions import record
from maillage.programmation import events, policies
from maillage.programmation.echange import compute_empreinte, from_json, to_json
from maillage.programmation.enums import (
    Critere,
    Equilibre,
    IssueFiche,
    NatureSimulee,
    Perimetre,
    StatutSimulation,
)
from maillage.programmation.models import (
    AideSimulee,
    EnveloppeSimulee,
    OctroiPropose,
    PartageSimulation,
    ReglageFiche,
    ResultatFiche,
    Simulation,
)
from maillage.programmation.permissions import check_user_owns_simulation
from maillage.programmation.selectors import (
    build_probleme,
    find_enveloppe_inscrite,
    get_origine_of,
    plans_of,
    read_conditions,
)
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.socle.models import Travail
from maillage.socle.travaux import Suivi, ask_arret, get_travail, open_travail

GENRE = "programmation.simulation"
UNITES = {
    Critere.PRIORITE: ("point de priorité", ""),
    Critere.NOMBRE: ("fiche bouclée", "fiches bouclées"),
    Critere.COUT: ("euro de projets", ""),
}


def _lock(simulation: Simulation, by: Personne) -> Simulation:
    simulation = Simulation.objects.select_for_update(of=("self",)).get(pk=simulation.pk)
    check_user_owns_simulation(by, simulation)
    return simulation


def _lock_preparee(simulation: Simulation, by: Personne) -> Simulation:
    simulation = _lock(simulation, by)
    policies.check_can_prepare(simulation)
    return simulation


# --- la question -----------------------------------------------------------------------------------------------------


@transaction.atomic
def create_simulation(
    *,
    organisation: Organisation,
    nom: str,
    perimetre: Perimetre,
    annee: int,
    by: Personne,
    region: Region | None = None,
    critere: Critere = Critere.NOMBRE,
    source_poids: str = "",
    equilibre: Equilibre = Equilibre.AUCUN,
    minimum: int | None = None,
) -> Simulation:
    """Ouvre une simulation en préparation, au nom d’une organisation. `minimum` vide avec un équilibre : le plus grand."""
    cadre = {
        "nom": nom.strip()[:150],
        "perimetre": perimetre,
        "region": region,
        "annee": annee,
        "equilibre": equilibre,
        "minimum": minimum,
    }
    policies.check_cadre(**cadre)  # type: ignore[arg-type]
    simulation = Simulation(
        organisation=organisation,
        critere=critere,
        source_poids=source_poids.strip()[:300],
        cree_at=maintenant(),
        cree_by=by,
        **cadre,
    )
    check_user_owns_simulation(by, simulation)
    simulation.save()
    record(events.SIMULATION_CREEE, cible=simulation, by=by)
    return simulation


@transaction.atomic
def update_simulation(*, simulation: Simulation, by: Personne, **cadre: Any) -> Simulation:
    """Change le cadre tant que la simulation n’est pas lancée."""
    simulation = _lock_preparee(simulation, by)
    for champ, valeur in cadre.items():
        setattr(simulation, champ, valeur)
    policies.check_cadre(
        nom=simulation.nom,
        perimetre=simulation.perimetre,
        region=simulation.region,
        annee=simulation.annee,
        equilibre=simulation.equilibre,
        minimum=simulation.minimum,
    )
    simulation.save()
    return simulation


@transaction.atomic
def copy_simulation(
    *, simulation: Simulation, organisation: Organisation, nom: str, by: Personne
) -> Simulation:
    """Une simulation en préparation, avec les mêmes aides, enveloppes et réglages : pour changer une hypothèse."""
    copie = create_simulation(
        organisation=organisation,
        nom=nom,
        perimetre=Perimetre(simulation.perimetre),
        region=simulation.region,
        annee=simulation.annee,
        critere=Critere(simulation.critere),
        source_poids=simulation.source_poids,
        equilibre=Equilibre(simulation.equilibre),
        minimum=simulation.minimum,
        by=by,
    )
    for aide in simulation.aides.prefetch_related("enveloppes"):
        enveloppes = list(aide.enveloppes.all())
        aide.pk, aide.simulation = None, copie
        aide.save(force_insert=True)
        for enveloppe in enveloppes:
            EnveloppeSimulee.objects.create(
                aide=aide,
                region_id=enveloppe.region_id,
                montant=enveloppe.montant,
                reel=enveloppe.reel,
                is_hypothese=_is_hypothese(copie, aide, enveloppe.montant, enveloppe.reel),
            )
    ReglageFiche.objects.bulk_create(
        ReglageFiche(simulation=copie, fiche_id=r.fiche_id, points=r.points, verrou=r.verrou)
        for r in simulation.reglages.all()
    )
    return copie


@transaction.atomic
def delete_simulation(*, simulation: Simulation, by: Personne) -> None:
    """Supprime une simulation de son organisation, ses entrées et ses résultats. Rien d’autre n’en dépend."""
    simulation = _lock(simulation, by)
    travail = get_travail(simulation)
    if travail and travail.is_ouvert:
        raise ActionImpossible("Le calcul est en cours\u00a0: arrêtez-le d’abord.")
    record(events.SIMULATION_SUPPRIMEE, cible=simulation, by=by, avant={"nom": simulation.nom})
    simulation.delete()


# --- aides, enveloppes, fiches -----------------------------------------------------------------------------------------


@transaction.atomic
def add_aide(
    *,
    simulation: Simulation,
    financeur: Organisation,
    taux: int,
    plafond: int,
    by: Personne,
    plancher: int = 0,
    libelle: str = "",
    dispositif: Dispositif | None = None,
    nature: NatureSimulee = NatureSimulee.SUBVENTION,
    certitude: int = 50,
) -> AideSimulee:
    """Ajoute une aide. Ce que le catalogue ne dit pas, ou qu’on change, est noté comme hypothèse."""
    simulation = _lock_preparee(simulation, by)
    policies.check_conditions(taux=taux, plancher=plancher, plafond=plafond)
    if dispositif and simulation.aides.filter(dispositif=dispositif).exists():
        raise ActionImpossible("Cette aide est déjà dans la simulation.", champ="dispositif")
    if not (libelle := libelle.strip() or (dispositif.titre if dispositif else "")):
        raise ActionImpossible("Donnez un nom à l’aide.", champ="libelle")
    hypotheses, porteurs = ["taux", "plancher", "plafond"], []
    if dispositif:
        conditions = read_conditions(dispositif)
        porteurs = conditions.porteurs
        connues = {"taux": conditions.taux, "plancher": conditions.plancher, "plafond": conditions.plafond}
        dites = {"taux": taux, "plancher": plancher, "plafond": plafond}
        hypotheses = [nom for nom, valeur in dites.items() if connues[nom] != valeur]
    return AideSimulee.objects.create(
        simulation=simulation,
        dispositif=dispositif,
        libelle=libelle[:200],
        financeur=financeur,
        nature=nature,
        origine=get_origine_of(financeur),
        taux=taux,
        plancher=plancher,
        plafond=plafond,
        porteurs=porteurs,
        certitude=certitude,
        hypotheses=hypotheses,
    )


@transaction.atomic
def add_aide_dotee(*, enveloppe: int | None, by: Personne, **aide: Any) -> AideSimulee:
    """Ajoute une aide et son enveloppe, pour toutes les régions (`add_aide`, puis `set_enveloppe`) : tout, ou rien."""
    ajoutee = add_aide(by=by, **aide)
    try:
        set_enveloppe(aide=ajoutee, montant=enveloppe, by=by)
    except ActionImpossible as erreur:
        raise ActionImpossible(str(erreur), champ="enveloppe") from erreur
    return ajoutee


@transaction.atomic
def remove_aide(*, aide: AideSimulee, by: Personne) -> None:
    _lock_preparee(aide.simulation, by)
    aide.delete()


@transaction.atomic
def set_enveloppe(
    *, aide: AideSimulee, by: Personne, montant: int | None = None, region: Region | None = None
) -> EnveloppeSimulee:
    """Pose l’enveloppe d’une aide, dans une région ou partout, octrois déjà accordés compris. Une seconde fois, la change.

    Sans `montant` : celle que l’organisation a inscrite sur la plateforme pour cette année, si c’est son argent.
    """
    simulation = _lock_preparee(aide.simulation, by)
    reel = find_enveloppe_inscrite(aide, region)
    montant = reel if montant is None else montant
    if montant is None:
        raise ActionImpossible(
            "Aucune enveloppe n’est inscrite sur la plateforme pour cette aide : écrivez le montant supposé.",
            champ="montant",
        )
    if montant < 0:
        raise ActionImpossible("Une enveloppe n’est jamais négative.", champ="montant")
    if simulation.region_id and region and region.pk != simulation.region_id:
        raise ActionImpossible(
            f"La simulation porte sur {simulation.region}\u00a0: une enveloppe d’une autre région n’y servirait à rien.",
            champ="region",
        )
    enveloppe, _ = EnveloppeSimulee.objects.update_or_create(
        aide=aide,
        region=region,
        defaults={
            "montant": montant,
            "reel": reel,
            "is_hypothese": _is_hypothese(simulation, aide, montant, reel),
        },
    )
    return enveloppe


def _is_hypothese(simulation: Simulation, aide: AideSimulee, montant: int, reel: int | None) -> bool:
    """Seule l’organisation qui paie décide de son enveloppe, et une enveloppe annoncée se change par hypothèse."""
    return aide.financeur_id != simulation.organisation_id or (reel is not None and reel != montant)


@transaction.atomic
def remove_enveloppe(*, enveloppe: EnveloppeSimulee, by: Personne) -> None:
    _lock_preparee(enveloppe.aide.simulation, by)
    enveloppe.delete()


@transaction.atomic
def set_reglages(
    *, simulation: Simulation, reglages: Mapping[int, tuple[int | None, str]], by: Personne
) -> int:
    """Les points de priorité et les verrous de ces fiches (clé → points, verrou) ; vides : le réglage s’efface.

    Rend le nombre de fiches réglées. Une fiche que la simulation ne regarde pas est refusée.
    """
    simulation = _lock_preparee(simulation, by)
    connues = set(plans_of(simulation, by).values_list("fiche_id", flat=True))
    if inconnues := sorted(set(reglages) - connues):
        fiche = FicheAction.objects.filter(pk=inconnues[0]).first()
        raise ActionImpossible(
            f"«\u00a0{fiche or inconnues[0]}\u00a0» n’est pas parmi les fiches de cette simulation."
        )
    simulation.reglages.filter(fiche__in=reglages).delete()
    ReglageFiche.objects.bulk_create(
        ReglageFiche(simulation=simulation, fiche_id=fiche, points=points, verrou=verrou)
        for fiche, (points, verrou) in reglages.items()
        if points is not None or verrou
    )
    return simulation.reglages.count()


# --- le calcul ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def launch_simulation(*, simulation: Simulation, by: Personne) -> Travail:
    """Fige les entrées et met le calcul en file ; une simulation échouée ou arrêtée se relance sur les mêmes entrées."""
    simulation = _lock(simulation, by)
    if simulation.statut == StatutSimulation.CALCULEE:
        raise ActionImpossible(
            "Cette simulation est déjà calculée\u00a0: la même question donnerait la même réponse. Copiez-la pour en changer."
        )
    if simulation.statut == StatutSimulation.EN_PREPARATION:
        _freeze(simulation, by)
    travail = open_travail(genre=GENRE, objet=simulation, by=by)
    transaction.on_commit(partial(_enqueue, simulation.pk, travail.pk))
    return travail


def _freeze(simulation: Simulation, by: Personne) -> None:
    if not simulation.aides.filter(enveloppes__isnull=False).exists():
        raise ActionImpossible(
            "Aucune aide n’a d’enveloppe\u00a0: ajoutez une aide, puis dites combien elle peut engager."
        )
    try:
        probleme = build_probleme(simulation, by)
    except ProblemeImpossible as erreur:
        raise ActionImpossible(str(erreur)) from erreur
    if not probleme.fiches:
        raise ActionImpossible(
            "Aucune fiche chiffrée et non bouclée dans ce périmètre, parmi celles que vous pouvez lire."
        )
    simulation.entrees = to_json(probleme)
    simulation.empreinte = compute_empreinte(simulation.entrees)
    simulation.au = aujourdhui()
    simulation.statut = StatutSimulation.LANCEE
    simulation.save()
    record(events.SIMULATION_LANCEE, cible=simulation, by=by, apres={"fiches": len(probleme.fiches)})


def _enqueue(simulation_id: int, travail_id: int) -> None:
    from maillage.programmation.tasks import calculer

    calculer.enqueue(simulation_id, travail_id)


def stop_simulation(*, simulation: Simulation, by: Personne) -> None:
    """Demande l’arrêt : la meilleure proposition du moment est gardée, avec son écart."""
    check_user_owns_simulation(by, simulation)
    travail = get_travail(simulation)
    if travail is None or not travail.is_ouvert:
        raise ActionImpossible("Le calcul n’est pas en cours.")
    ask_arret(travail)


@dataclass(frozen=True)
class _Reponse:
    """Ce que le calcul rend : le problème pesé, sa programmation, et ce que l’équilibre coûte."""

    probleme: Probleme
    programmation: Programmation
    phrase_equite: str


def calcule(*, simulation_id: int, suivi: Suivi) -> str:
    """Calcule la proposition d’une simulation lancée et la garde ; rend la phrase du résultat. Hors transaction : long."""
    simulation = Simulation.objects.get(pk=simulation_id)
    try:
        reponse = _solve(simulation, from_json(simulation.entrees or {}), suivi)
    except ProblemeImpossible as erreur:
        raise ActionImpossible(str(erreur)) from erreur
    _save(simulation, reponse)
    bouclees = len(reponse.programmation.octrois)
    return f"{bouclees} {'fiche bouclée' if bouclees < 2 else 'fiches bouclées'} sur {len(reponse.probleme.fiches)}. {simulation.phrase_ecart}"


def _solve(simulation: Simulation, fige: Probleme, suivi: Suivi) -> _Reponse:
    def suit(progres: Progres, lire: Any) -> bool:
        taux = f"{float(progres.ecart) * 100:.3f}".replace(".", ",")
        phrase = f"{progres.bouclees} fiches bouclées, à {taux}\u00a0% au plus de la meilleure proposition"
        return suivi(phrase, progres.iteration, progres.iterations)

    probleme = variantes.with_critere(fige, variantes.Critere(simulation.critere))
    reglages = Reglages(graine=simulation.graine)
    if not simulation.equilibre:
        return _Reponse(probleme, programme(probleme, reglages, suit), "")
    maille = variantes.Maille(simulation.equilibre)
    if simulation.minimum is None:
        equilibre = variantes.compute_max_min(probleme, maille, reglages, suit)
        return _Reponse(equilibre.probleme, equilibre.programmation, equilibre.phrase)
    sans = programme(probleme, reglages, suit)
    equitable = variantes.with_minimum(probleme, maille, simulation.minimum)
    avec = programme(equitable, reglages, suit)
    phrase = variantes.describe_prix_equite(sans, avec, maille, simulation.minimum)
    if any(avec.manques):
        phrase = f"Ce minimum ne tient pas partout\u00a0: il manque {sum(avec.manques)} fiches. {phrase}"
    return _Reponse(equitable, avec, phrase)


@transaction.atomic
def _save(simulation: Simulation, reponse: _Reponse) -> None:
    simulation = Simulation.objects.select_for_update(of=("self",)).get(pk=simulation.pk)
    probleme, programmation = reponse.probleme, reponse.programmation
    simulation.resultats.all().delete()
    resultats = ResultatFiche.objects.bulk_create(
        ResultatFiche(
            simulation=simulation,
            fiche_id=int(fiche.identifiant),
            issue=_get_issue(programmation, fiche.identifiant),
            cout=fiche.plan.cout_total,
            besoin=max(fiche.manque, 0),
            poids=fiche.poids,
            raison=""
            if fiche.identifiant in programmation.octrois
            else describe_refus(probleme, programmation, fiche)[:500],
        )
        for fiche in probleme.fiches
    )
    aides = {aide.cle: aide for aide in simulation.aides.all()}
    OctroiPropose.objects.bulk_create(
        OctroiPropose(resultat=resultat, aide=aides[octroi.dispositif], montant=octroi.montant * EURO)
        for resultat in resultats
        for octroi in programmation.octrois.get(str(resultat.fiche_id), ())
    )
    unite, unites = UNITES[Critere(simulation.critere)]
    enveloppes = {e.cle: e for e in EnveloppeSimulee.objects.filter(aide__simulation=simulation)}
    for prix in describe_prix(probleme, programmation, unite=unite, unites=unites):
        enveloppe = enveloppes[prix.enveloppe]
        enveloppe.engage = prix.engage
        enveloppe.points_par_million = _write_points(prix.points_par_million)
        enveloppe.phrase = prix.phrase[:300]
        enveloppe.save()
    simulation.valeur, simulation.borne = programmation.valeur, programmation.borne
    simulation.phrase_ecart = describe_ecart(programmation)[:300]
    simulation.phrase_equite = reponse.phrase_equite[:300]
    simulation.statut, simulation.calculee_at = StatutSimulation.CALCULEE, maintenant()
    simulation.save()


def _get_issue(programmation: Programmation, fiche: str) -> IssueFiche:
    if fiche in programmation.octrois:
        return IssueFiche.BOUCLEE
    return IssueFiche.ECARTEE if fiche in programmation.causes else IssueFiche.NON_BOUCLEE


def _write_points(points: Fraction) -> str:
    return f"{float(points):.1f}".replace(".", ",")


# --- partage -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def share_simulation(
    *, simulation: Simulation, organisation: Organisation, by: Personne
) -> PartageSimulation:
    """Ouvre la lecture à une autre organisation. Elle ne peut pas la changer ; elle peut la copier."""
    simulation = _lock(simulation, by)
    if organisation.pk == simulation.organisation_id:
        raise ActionImpossible("La simulation est déjà celle de cette organisation.", champ="organisation")
    partage, cree = PartageSimulation.objects.get_or_create(
        simulation=simulation,
        organisation=organisation,
        defaults={"partage_at": maintenant(), "partage_by": str(by)[:200]},
    )
    if not cree:
        raise ActionImpossible(f"{organisation} la lit déjà.", champ="organisation")
    record(events.SIMULATION_PARTAGEE, cible=simulation, by=by, apres={"organisation": organisation.nom})
    return partage


@transaction.atomic
def unshare_simulation(*, partage: PartageSimulation, by: Personne) -> None:
    simulation = _lock(partage.simulation, by)
    record(
        events.SIMULATION_RETIREE, cible=simulation, by=by, avant={"organisation": partage.organisation.nom}
    )
    partage.delete()


# --- le plan d’une fiche -------------------------------------------------------------------------------------------------


@transaction.atomic
def adopt_plan(
    *,
    fiche: FicheAction,
    octrois: Iterable[Octroi],
    dispositifs: Mapping[str, Dispositif],
    by: Personne,
) -> list[LigneFinancement]:
    """Inscrit au plan de la fiche les aides d’un plan proposé, en financements « pressentis » (octrois en euros entiers).

    Chacun se retire ensuite comme toute ligne : rien n’est demandé à personne. Les droits sont ceux de `add_ligne`, à
    vérifier par l’appelant. Une aide déjà au plan est refusée : le calcul l’aurait comptée deux fois.
    """
    lignes = []
    for octroi in octrois:
        dispositif = dispositifs[octroi.dispositif]
        if dispositif.financeur is None:
            raise ActionImpossible(
                f"Le financeur de «\u00a0{dispositif}\u00a0» n’est pas connu sur la plateforme."
            )
        conditions = read_conditions(dispositif)
        lignes.append(
            add_ligne(
                fiche=fiche,
                financeur=dispositif.financeur,
                nature=NatureLigne(conditions.nature or NatureSimulee.SUBVENTION),
                montant=octroi.montant * EURO,
                dispositif=dispositif,
                by=by,
            )
        )
    record(
        events.PLAN_REPRIS,
        cible=fiche,
        territoire=fiche.territoire.cle,
        by=by,
        apres={"financeurs": ", ".join(ligne.financeur.nom for ligne in lignes)},
    )
    return lignes
