"""Le poste, les référents et une place vacante de l’espace fictif : inventés, marqués fictifs, pour montrer les pages."""

from datetime import date
from fractions import Fraction

from django.db import transaction

from maillage.comptes.actions import create_personne
from maillage.demonstration.comptes import AUTEUR, get_organisation
from maillage.territoires.actions_mandats import name_referent, record_cofinancement
from maillage.territoires.enums import RangReferent
from maillage.territoires.models import CofinancementPoste, Referent, Territoire

FICTIF = "rejeu fictif"
DEBUT = date(2019, 10, 1)
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
