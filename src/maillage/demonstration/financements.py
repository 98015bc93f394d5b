"""La suite de l’argent dans le rejeu fictif : enveloppes, services, questions, sommes reçues, années, plan publié.

Tout y est inventé, à des dates de 2019 et 2020, et passe par les actes des écrans.
"""

from datetime import date

from maillage.comptes.models import Personne
from maillage.demonstration.comptes import get_compte, get_organisation
from maillage.documents.models import Piece
from maillage.fiches.models import FicheAction
from maillage.financement.actions import (
    add_service,
    ask_question,
    create_enveloppe,
    declare_versement_recu,
    give_avis,
    move_ligne,
    publish_plan,
    record_fait_enveloppe,
    update_annees,
)
from maillage.financement.enums import (
    NatureFaitEnveloppe,
    RegleEnveloppe,
    SensAvisFinanceur,
    StatutLigne,
    TypeService,
)
from maillage.financement.models import LigneFinancement
from maillage.territoires.models import Territoire

EUROS = 100  # centimes
REGION, PREFECTURE, BDT = "Région Grand Est", "Préfecture de la Haute-Marne", "Banque des Territoires"
S, F = StatutLigne, NatureFaitEnveloppe

# (financeur, compte, nom, règle, annoncé, disponible) en euros ; celle de la préfecture finit dépassée, et signalée.
ENVELOPPES = (
    (REGION, "region", "Appel Territoires d’industrie (fictif)", RegleEnveloppe.REFUSE, 1_500_000, 900_000),
    (PREFECTURE, "prefecture", "FNADT départemental (fictif)", RegleEnveloppe.SIGNALE, 650_000, 600_000),
)


def open_enveloppes() -> None:
    """Les enveloppes de 2019, avant les premiers accords, qui s’y imputent."""
    for nom, compte, libelle, regle, annonce, disponible in ENVELOPPES:
        agent = get_compte(compte)
        enveloppe = create_enveloppe(
            financeur=get_organisation(nom), nom=libelle, annee=2019, regle=regle, is_fictif=True, by=agent
        )
        for nature, montant, jour in (
            (F.ANNONCEE, annonce, date(2019, 3, 5)),
            (F.DISPONIBLE, disponible, date(2019, 9, 2)),
        ):
            record_fait_enveloppe(
                enveloppe=enveloppe,
                nature=nature,
                montant=montant * EUROS,
                motif="Montant fictif",
                date_effet=jour,
                by=agent,
            )


def follow_money(territoire: Territoire, *, piece: Piece) -> None:
    """Services, question, avis, sommes reçues, années, publication. `piece` : une preuve fictive."""
    fiches = {
        fiche.code: fiche
        for fiche in FicheAction.objects.filter(territoire=territoire).select_related(
            "territoire__vague", "porteur"
        )
    }
    _ask_services(fiches, piece)
    _talk(fiches)
    _receive(fiches)
    publish_plan(fiche=fiches["F2.0"], by=get_compte("chef-projet"))


def _get_ligne(fiche: FicheAction, financeur: str) -> LigneFinancement:
    return LigneFinancement.objects.get(plan__fiche=fiche, financeur=get_organisation(financeur))


def _ask_services(fiches: dict[str, FicheAction], piece: Piece) -> None:
    chef, prefecture = get_compte("chef-projet"), get_compte("prefecture")
    interlocuteur = add_service(
        fiche=fiches["F4"],
        financeur=get_organisation(PREFECTURE),
        service=TypeService.DEROGATION,
        objet="Désigner un interlocuteur unique pour les permis des entreprises (demande fictive).",
        date_effet=date(2019, 9, 9),
        by=chef,
    )
    interlocuteur = move_ligne(ligne=interlocuteur, vers=S.SOLLICITE, date_effet=date(2019, 9, 16), by=chef)
    move_ligne(ligne=interlocuteur, vers=S.ACCORDE, piece=piece, date_effet=date(2019, 11, 25), by=prefecture)
    essai = add_service(
        fiche=fiches["F5"],
        financeur=get_organisation(PREFECTURE),
        service=TypeService.DEROGATION,
        objet="Essayer un seuil de rejet adapté aux ateliers de traitement de surface (demande fictive).",
        date_effet=date(2019, 9, 9),
        by=chef,
    )
    essai = move_ligne(ligne=essai, vers=S.SOLLICITE, date_effet=date(2019, 9, 16), by=chef)
    give_avis(
        ligne=essai,
        sens=SensAvisFinanceur.RESERVE,
        texte="Possible à l’essai sur un seul site, avec un suivi des rejets (avis fictif).",
        date_effet=date(2019, 10, 14),
        by=prefecture,
    )
    ingenierie = add_service(
        fiche=fiches["F2.1"],
        financeur=get_organisation(BDT),
        service=TypeService.INGENIERIE,
        objet="Dix jours d’un expert pour le montage foncier (demande fictive).",
        date_effet=date(2019, 10, 7),
        by=chef,
    )
    move_ligne(ligne=ingenierie, vers=S.SOLLICITE, date_effet=date(2019, 10, 14), by=chef)


def _talk(fiches: dict[str, FicheAction]) -> None:
    ask_question(
        ligne=_get_ligne(fiches["F10"], BDT),
        texte="Quelle part de la campagne revient aux lycées\u00a0? Merci de joindre le devis (question fictive).",
        date_effet=date(2019, 10, 7),
        by=get_compte("financeur"),
    )


def _receive(fiches: dict[str, FicheAction]) -> None:
    """Le porteur de F9 a tout reçu de la Région, et 3 000 € de moins que ce que la préfecture dit avoir versé."""
    porteur: Personne = get_compte("epci-chaumont")
    region, prefecture = (_get_ligne(fiches["F9"], nom) for nom in (REGION, PREFECTURE))
    for ligne, montant, jour in (
        (region, 105_000, date(2020, 2, 24)),
        (region, 245_000, date(2020, 10, 5)),
        (prefecture, 60_000, date(2020, 3, 2)),
    ):
        declare_versement_recu(ligne=ligne, montant=montant * EUROS, jour=jour, by=porteur)
    for ligne, annees in (
        (region, {2020: 350_000}),
        (prefecture, {2020: 63_000, 2021: 147_000}),
    ):
        update_annees(
            ligne=ligne,
            annees={annee: montant * EUROS for annee, montant in annees.items()},
            by=get_compte("chef-projet"),
        )
