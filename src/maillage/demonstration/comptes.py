"""Un compte de démonstration par rôle. Nommés par leur rôle : aucun n’est une personne réelle."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.text import slugify

from maillage.comptes.actions import create_organisation, create_personne, give_fonction, update_organisation
from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.demonstration.faits_publies import get_territoire
from maillage.equipes.actions import (
    accept_invitation,
    confirm_rattachement,
    create_invitation,
    request_rattachement,
)
from maillage.equipes.models import Invitation
from maillage.equipes.permissions import Titre
from maillage.journal.actions import Systeme
from maillage.notifications.actions import build_message_id, record_retour
from maillage.notifications.models import Courriel
from maillage.territoires.actions import give_mandat
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Territoire

AUTEUR = Systeme("démonstration")
FIN_PARTENAIRE = date(2027, 12, 31)


@dataclass(frozen=True)
class Compte:
    """Un compte : `organisation` et `role` d’organisation, ou `mandat` sur les territoires (clés)."""

    code: str
    libelle: str
    organisation: str = ""
    role: RoleOrganisation | None = None
    mandat: RoleMandat | None = None
    territoires: tuple[str, ...] = ()


LANGRES = ("v1/ti-4403", "v1/fictif-4403")
COMPTES = (
    Compte(
        "chef-projet",
        "Chef·fe de projet, Langres – Chaumont",
        mandat=RoleMandat.CHEF_PROJET,
        territoires=LANGRES,
    ),
    Compte("elu", "Binôme\u00a0: élu·e, Langres – Chaumont", mandat=RoleMandat.ELU, territoires=LANGRES[1:]),
    Compte(
        "industriel",
        "Binôme\u00a0: industriel·le, Langres – Chaumont",
        mandat=RoleMandat.INDUSTRIEL,
        territoires=LANGRES[1:],
    ),
    Compte(
        "partenaire",
        "Partenaire mandaté (cluster)",
        "Nogentech",
        mandat=RoleMandat.PARTENAIRE,
        territoires=LANGRES,
    ),
    Compte("epci", "EPCI\u00a0: CC du Grand Langres", "200072999", RoleOrganisation.EPCI),
    Compte("epci-chaumont", "EPCI\u00a0: CA de Chaumont", "200068658", RoleOrganisation.EPCI),
    Compte(
        "porteur",
        "Porteur d’une action (entreprise fictive)",
        "Forges fictives du Bassigny",
        RoleOrganisation.PORTEUR,
    ),
    Compte("region", "Région Grand Est", "Région Grand Est", RoleOrganisation.REGION),
    Compte(
        "prefecture",
        "Préfecture de la Haute-Marne",
        "Préfecture de la Haute-Marne",
        RoleOrganisation.PREFECTURE,
    ),
    Compte(
        "financeur",
        "Opérateur\u00a0: Banque des Territoires",
        "Banque des Territoires",
        RoleOrganisation.FINANCEUR,
    ),
    Compte(
        "national",
        "Délégation nationale",
        "Délégation aux Territoires d’industrie",
        RoleOrganisation.NATIONAL,
    ),
    Compte(
        "administrateur",
        "Administrateur de la plateforme",
        "Délégation aux Territoires d’industrie",
        RoleOrganisation.ADMINISTRATEUR,
    ),
    Compte(
        "chef-projet-doubs",
        "Chef·fe de projet, Doubs (phase 2)",
        mandat=RoleMandat.CHEF_PROJET,
        territoires=("v2/ti-2701",),
    ),
)


# Financeurs sans compte de démonstration : une adresse inventée, pour que le lien personnel ait où partir.
SANS_COMPTE = ("ADEME", "Business France", "Bpifrance", "France Travail", "Action Logement")


def get_organisation(nom_ou_siren: str) -> Organisation:
    """Par SIREN ou par nom exact."""
    champ = "siren" if nom_ou_siren.isdigit() else "nom"
    return Organisation.objects.get(**{champ: nom_ou_siren})


def get_compte(code: str) -> Personne:
    return Personne.objects.get(email=f"{code}@demonstration.invalid")


@transaction.atomic
def create_comptes() -> None:
    """Crée les comptes qui manquent, avec leurs fonctions et mandats, et les adresses de contact inventées."""
    if not Organisation.objects.filter(nom="Forges fictives du Bassigny").exists():
        create_organisation(
            nom="Forges fictives du Bassigny", type=TypeOrganisation.ENTREPRISE, is_fictif=True, by=AUTEUR
        )
    for organisation in Organisation.objects.filter(nom__in=SANS_COMPTE, courriel=""):
        update_organisation(
            organisation=organisation,
            courriel=f"contact@{slugify(organisation.nom)}.invalid",
            is_financeur=organisation.is_financeur,
            by=AUTEUR,
        )
    for compte in COMPTES:
        email = f"{compte.code}@demonstration.invalid"
        if Personne.objects.filter(email=email).exists():
            continue
        personne = create_personne(
            nom=compte.libelle,
            email=email,
            is_demonstration=True,
            libelle_demonstration=compte.libelle,
            by=AUTEUR,
        )
        organisation = get_organisation(compte.organisation) if compte.organisation else None
        if compte.role and organisation:
            give_fonction(personne=personne, organisation=organisation, role=compte.role, by=AUTEUR)
        for cle in compte.territoires:
            _give(get_territoire(cle), personne, compte, organisation)


# L’avis que rend la messagerie d’une adresse inventée : le support le voit dans Courriels.
AVIS_RETOUR = """Content-Type: multipart/report; report-type=delivery-status; boundary="avis"

--avis
Content-Type: message/delivery-status

Reporting-MTA: dns; demonstration.invalid

Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 adresse de démonstration, inconnue

--avis
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--avis--
"""
INVITES = (
    ("chef_projet", "invitation-adjoint", "Chef·fe de projet adjoint·e (fictif)"),
    ("chef_projet", "invitation-renfort", "Renfort de l’équipe projet (fictif)"),
)


@transaction.atomic
def create_entrees() -> None:
    """Des entrées en cours, dans l’espace fictif : une invitation acceptée, une qui attend, une demande à rejoindre."""
    territoire = get_territoire("v1/fictif-4403")
    if Invitation.objects.filter(territoire=territoire).exists():
        return
    chef = get_compte("chef-projet")
    jetons = [
        create_invitation(
            email=f"{code}@demonstration.invalid",
            titre=Titre(role, territoire=territoire),
            nom=nom,
            message="Nous préparons le prochain comité\u00a0: rejoignez-nous ici.",
            by=chef,
        )[1]
        for role, code, nom in INVITES
    ]
    accept_invitation(jeton=jetons[0], prenom="", nom=INVITES[0][2])
    demande, _ = request_rattachement(
        email="agent-region@demonstration.invalid",
        prenom="",
        nom="Agent·e de la Région (fictif)",
        organisation=get_organisation("Région Grand Est"),
        message="Je reprends le suivi des dossiers d’industrie (demande fictive).",
    )
    confirm_rattachement(demande=demande)
    perdu = Courriel.objects.get(destinataire=f"{INVITES[1][1]}@demonstration.invalid")
    record_retour(message=AVIS_RETOUR.format(message_id=build_message_id(perdu)).encode())


def _give(
    territoire: Territoire, personne: Personne, compte: Compte, organisation: Organisation | None
) -> None:
    assert compte.mandat is not None  # noqa: S101 - un compte à territoires a un mandat
    give_mandat(
        territoire=territoire,
        personne=personne,
        role=compte.mandat,
        organisation=organisation,
        fin=FIN_PARTENAIRE if compte.mandat is RoleMandat.PARTENAIRE else None,
        source="compte de démonstration",
        by=AUTEUR,
    )
