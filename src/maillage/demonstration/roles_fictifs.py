"""Le poste, les référents et une place vacante de l’espace fictif : inventés, marqués fictifs, pour montrer les pages."""

from datetime import date
from fractions import Fraction

from django.db import transaction

from maillage.comptes.actions import create_personne
from maillage.comptes.actions_organisations import declare_vacante
from maillage.comptes.models import FonctionVacante
from maillage.demonstration.comptes import AUTEUR, get_organisation
from maillage.fiches.actions_portage import give_portage
from maillage.fiches.models import FicheAction
from maillage.pilotage.actions import record_aide
from maillage.pilotage.models import AideRecue
from maillage.territoires.actions_mandats import (
    create_binome,
    declare_place,
    name_referent,
    record_cofinancement,
)
from maillage.territoires.enums import EtatPlace, PorteeBinome, RangReferent, RoleMandat
from maillage.territoires.models import Binome, CofinancementPoste, Referent, Territoire

FICTIF = "rejeu fictif"
DEBUT = date(2019, 10, 1)
VACANCE = date(2020, 3, 1)
EUROS = 100  # centimes

# (opérateur, nom inventé, rang)
REFERENTS = (
    ("Banque des Territoires", "Référente fictive BDT", RangReferent.TITULAIRE),
    ("Banque des Territoires", "Suppléant fictif BDT", RangReferent.SUPPLEANT),
    ("Bpifrance", "Référent fictif Bpifrance", RangReferent.TITULAIRE),
)


@transaction.atomic
def build_roles_fictifs(territoire: Territoire) -> None:
    """Crée ce qui manque ; un second passage n’écrit rien."""
    if not CofinancementPoste.objects.filter(territoire=territoire).exists():
        employeur = get_organisation("200072999")
        parts = (
            ("Préfecture de la Haute-Marne", Fraction(1, 2), 30_000),
            ("Région Grand Est", Fraction(3, 10), 18_000),
        )
        for financeur, taux, euros in parts:
            record_cofinancement(
                territoire=territoire,
                financeur=get_organisation(financeur),
                employeur=employeur,
                taux=taux,
                montant=euros * EUROS,
                debut=DEBUT,
                source=FICTIF,
                by=AUTEUR,
            )
    forges = get_organisation("Forges fictives du Bassigny")
    if not FonctionVacante.objects.filter(organisation=forges).exists():
        declare_vacante(
            organisation=forges, intitule="Direction du site", debut=VACANCE, source=FICTIF, by=AUTEUR
        )
    if not Binome.objects.filter(territoire=territoire).exists():
        _build_binome(territoire)
    if not AideRecue.objects.filter(territoire=territoire).exists():
        record_aide(
            territoire=territoire,
            jour=date(2020, 3, 16),
            nature="Appel de la délégation (fictif)",
            recit="Le binôme de formation cherche un industriel\u00a0; la CCI est prévenue.",
            par=get_organisation("Délégation aux Territoires d’industrie"),
            by=AUTEUR,
        )
    if Referent.objects.filter(territoire=territoire).exists():
        return
    for operateur, nom, rang in REFERENTS:
        name_referent(
            territoire=territoire,
            organisation=get_organisation(operateur),
            personne=create_personne(nom=nom, source=FICTIF, by=AUTEUR),
            rang=rang,
            debut=DEBUT,
            source=FICTIF,
            by=AUTEUR,
        )


def _build_binome(territoire: Territoire) -> None:
    """Un binôme qui porte une action, dont une place est vacante et l’autre à confirmer."""
    fiche = FicheAction.objects.get(territoire=territoire, code="F9")
    binome = create_binome(
        territoire=territoire,
        portee=PorteeBinome.ACTION,
        sujet=fiche.titre,
        debut=DEBUT,
        source=FICTIF,
        by=AUTEUR,
    )
    give_portage(fiche=fiche, binome=binome, debut=DEBUT, source=FICTIF, by=AUTEUR)
    for role, etat, precision in (
        (RoleMandat.ELU, EtatPlace.A_CONFIRMER, "élection du vice-président attendue"),
        (RoleMandat.INDUSTRIEL, EtatPlace.VACANTE, "départ en retraite"),
    ):
        declare_place(
            territoire=territoire,
            role=role,
            binome=binome,
            etat=etat,
            debut=VACANCE,
            precision=f"{precision} (fictif)",
            source=FICTIF,
            by=AUTEUR,
        )
