"""Un plan dans la langue de `calcul`, et ce que les règles en disent. Montants en centimes, taux en dix-millièmes."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from calcul.financement import aide_etat, de_minimis, modele
from calcul.financement.afr import Zonage, read_zonage
from calcul.financement.bouclage import Bouclage
from calcul.financement.intensites import COLLABORATION, PUBLIC_PRIORITAIRE
from calcul.financement.regles import REGLES
from calcul.financement.verdict import Verdict
from maillage.financement.enums import StatutLigne
from maillage.financement.models import LigneFinancement, PlanFinancement, PrecisionLigne, PrecisionPlan
from maillage.financement.policies import get_type_porteur

DIX_MILLE = 10_000
DEMANDES_DATEES = (StatutLigne.SOLLICITE.value, StatutLigne.DOSSIER_COMPLET.value)


def get_precision_ligne(ligne: LigneFinancement) -> PrecisionLigne:
    """Ce qui est dit de la ligne pour les règles ; rien, si personne n’a encore répondu."""
    return getattr(ligne, "precision", None) or PrecisionLigne(ligne=ligne)


def get_precision_plan(plan: PlanFinancement) -> PrecisionPlan:
    """Ce qui est dit de l’opération pour les règles ; rien, si personne n’a encore répondu."""
    return (getattr(plan, "precision", None) if plan.pk else None) or PrecisionPlan(plan=plan)


@lru_cache(maxsize=2)
def _read_zonage(chemin: Path, modifie: float) -> Zonage:
    return read_zonage(chemin.read_text(encoding="utf-8"))


def find_zone(precision: PrecisionPlan) -> aide_etat.ZoneAfr | None:
    """La zone d’aide à finalité régionale de la commune du projet ; None sans commune, ou sans fichier du zonage."""
    if not precision.commune_id or not settings.ZONAGE_AFR:
        return None
    chemin = Path(settings.ZONAGE_AFR)
    return _read_zonage(chemin, chemin.stat().st_mtime).find(precision.commune_id)


def to_entreprise(plan: PlanFinancement, precision: PrecisionPlan) -> aide_etat.Entreprise:
    """L’entreprise aidée. Ses aides de minimis ne sont connues que si elle les a déclarées."""
    recues = None
    if precision.de_minimis_declarees:
        recues = tuple(
            de_minimis.AideDeMinimis(
                siren="", jour=aide.jour, montant=aide.montant, financeur=aide.financeur, sieg=aide.is_sieg
            )
            for aide in plan.aides_recues.all()
        )
    return aide_etat.Entreprise(
        taille=aide_etat.TailleEntreprise(precision.taille) if precision.taille else None,
        en_difficulte=precision.en_difficulte,
        zone=find_zone(precision),
        aides_de_minimis=recues,
    )


def to_aide(precision: PrecisionLigne) -> aide_etat.AideEtat:
    majorations = {
        COLLABORATION: precision.is_collaborative,
        PUBLIC_PRIORITAIRE: precision.is_public_prioritaire,
    }
    return aide_etat.AideEtat(
        regime=aide_etat.RegimeAide(precision.regime) if precision.regime else None,
        article=precision.article,
        assiette=precision.assiette,
        equivalent=precision.equivalent,
        intensite=_to_fraction(precision.intensite),
        majorations=tuple(majoration for majoration, is_demandee in majorations.items() if is_demandee),
        declaration=precision.declaration,
        registre=precision.registre,
        transparence=precision.transparence,
    )


def to_ligne(
    ligne: LigneFinancement, *, jour: date, montant: int, etat: modele.CertitudeLigne
) -> modele.Ligne:
    """La ligne dans la langue de `calcul` ; la demande et la décision se lisent sur ses étapes (à précharger)."""
    precision = get_precision_ligne(ligne)
    jours: dict[str, date] = {}
    for etape in ligne.etapes.all():
        # Une demande revue garde le jour de la première ; une décision corrigée vaut du jour de la dernière.
        if etape.date_effet <= jour and not (etape.vers in DEMANDES_DATEES and etape.vers in jours):
            jours[etape.vers] = etape.date_effet
    annees = tuple((un.annee, un.montant) for un in ligne.annees.all())
    return modele.Ligne(
        identifiant=str(ligne.pk),
        financeur=ligne.financeur.nom,
        nature=modele.NatureLigne(ligne.nature),
        origine=modele.OrigineFinanceur(ligne.origine),
        montant=montant,
        etat=etat,
        programme=modele.Programme(precision.programme),
        credit=modele.Credit(precision.credit) if precision.credit else None,
        numero_dossier=ligne.numero_dossier,
        base=precision.base,
        taux=_to_fraction(precision.taux),
        annexe_vii=precision.annexe_vii,
        convention_region=precision.convention_region,
        aide=to_aide(precision),
        # Une répartition d’avant un changement de montant ne dit plus rien de juste.
        echeancier=annees if sum(centimes for _, centimes in annees) == montant else (),
        dates=modele.DatesLigne(
            demande=jours.get(StatutLigne.SOLLICITE.value),
            complet=jours.get(StatutLigne.DOSSIER_COMPLET.value),
            decision=jours.get(StatutLigne.ACCORDE.value),
            reception=precision.reception,
            notification=precision.notification,
            debut=precision.debut,
            achevement=precision.achevement,
            debut_proroge=precision.debut_proroge,
            achevement_proroge=precision.achevement_proroge,
        ),
        paiements=modele.Paiements(
            avance=precision.avance,
            cumul=max(ligne.montant_verse, precision.avance),
            garantie_bancaire=precision.garantie_bancaire,
            is_solde=ligne.statut == StatutLigne.SOLDE,
        ),
    )


def to_plan(plan: PlanFinancement, *, jour: date, lignes: Iterable[modele.Ligne]) -> modele.Plan:
    """Le plan dans la langue de `calcul` ; l’outre-mer se lit sur la région du territoire, le périmètre sur la fiche."""
    precision = get_precision_plan(plan)
    return modele.Plan(
        cout_total=plan.cout_total,
        depense_eligible=plan.depense_eligible,
        lignes=tuple(lignes),
        porteur=modele.TypePorteur(get_type_porteur(plan)),
        est_investissement=plan.is_investissement,
        outre_mer=plan.fiche.territoire.region.zone != "metro",
        exception_participation=plan.exception_participation,
        jour=jour,
        chef_de_file=modele.ChefDeFile(precision.chef_de_file) if precision.chef_de_file else None,
        inscrite_cper=precision.inscrite_cper,
        ctec=precision.ctec,
        justification=precision.justification,
        derogation_detr=precision.derogation_detr,
        objet_immobilier=precision.objet_immobilier,
        perimetre_ti=True,  # la fiche est celle d’un territoire labellisé
        accord_gouvernance=precision.accord_gouvernance,
        debut_travaux=precision.debut_travaux,
        duree_mois=precision.duree_mois,
        publication=precision.publication,
        seulement_equipement=precision.seulement_equipement,
        entreprise=to_entreprise(plan, precision),
    )


def _to_fraction(dix_milliemes: int | None) -> Fraction | None:
    return None if dix_milliemes is None else Fraction(dix_milliemes, DIX_MILLE)


@dataclass(frozen=True)
class Bloc:
    """Un paragraphe (`texte`) ou une énumération (`points`)."""

    texte: str
    points: list[str]


@dataclass(frozen=True)
class RegleLue:
    """Le verdict d’une règle, avec son intitulé et son texte."""

    verdict: Verdict
    titre: str
    prose: list[Bloc]


def get_regles_lues(bouclage: Bouclage) -> list[RegleLue]:
    """Les verdicts d’un bouclage, chacun avec l’intitulé et le texte de sa règle : ce que docs/regles en publie."""
    regles = {regle.IDENTIFIANT: regle for regle in REGLES}
    return [
        RegleLue(verdict, regles[verdict.regle].TITRE, _read_prose(regles[verdict.regle].__doc__ or ""))
        for verdict in bouclage.verdicts
    ]


def _read_prose(docstring: str) -> list[Bloc]:
    """La docstring d’une règle sans son titre, découpée en paragraphes et en énumérations."""
    prose = []
    for morceau in inspect.cleandoc(docstring).partition("\n")[2].strip().split("\n\n"):
        texte, *points = f"\n{morceau}".split("\n- ")
        prose.append(Bloc(" ".join(texte.split()), [" ".join(point.split()) for point in points]))
    return prose
