"""Demander à rejoindre son organisation, et y répondre."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from maillage.comptes.actions_connexion import check_limite, record_tentative
from maillage.comptes.enums import NatureTentative, RoleOrganisation
from maillage.comptes.models import Fonction, Organisation, Personne
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.equipes import events
from maillage.equipes.actions.communs import draw_jeton, give_titre, holds_titre, open_compte, read_email
from maillage.equipes.enums import ROLES_PAR_TYPE
from maillage.equipes.models import DemandeRattachement
from maillage.equipes.permissions import Titre, titres_for_demande
from maillage.journal.actions import record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant

ATTENTE_RATTACHEMENT = "equipes.rattachement"


@transaction.atomic
def request_rattachement(
    *, email: str, prenom: str, nom: str, organisation: Organisation, message: str = "", machine: str = ""
) -> tuple[DemandeRattachement, str]:
    """Demande à rejoindre une organisation ; rend la demande et son jeton. Un courriel part pour confirmer l’adresse.

    La réponse ne dit rien de l’existence d’un compte. ActionImpossible : adresse mal formée, trop de demandes,
    organisation où l’on n’entre que sur invitation.
    """
    email = read_email(email)
    role = ROLES_PAR_TYPE.get(organisation.type)
    if role is None:
        raise ActionImpossible(
            f"On rejoint {organisation} sur invitation\u00a0: demandez-la à quelqu’un de cette organisation."
        )
    check_limite(nature=NatureTentative.DEMANDE_RATTACHEMENT, adresse=email, machine=machine)
    record_tentative(nature=NatureTentative.DEMANDE_RATTACHEMENT, adresse=email, machine=machine)
    jeton, empreinte = draw_jeton()
    demande = DemandeRattachement.objects.create(
        jeton_sha256=empreinte,
        email=email,
        prenom=prenom.strip(),
        nom=nom.strip(),
        organisation=organisation,
        role=role,
        message=message.strip()[:500],
        cree_at=maintenant(),
    )
    send_courriel(
        destinataire=email,
        gabarit="rattachement_confirmer",
        contexte={
            "demande": demande,
            "url": settings.ADRESSE_PUBLIQUE + reverse("rattachement-confirmer", args=[jeton]),
        },
        motif=f"quelqu’un a demandé à rejoindre {organisation} avec votre adresse",
        is_secret=True,
    )
    return demande, jeton


@transaction.atomic
def confirm_rattachement(*, demande: DemandeRattachement) -> DemandeRattachement:
    """L’adresse est prouvée par le lien reçu : la demande attend quelqu’un de l’organisation, ou l’administrateur."""
    demande = (
        DemandeRattachement.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=demande.pk)
    )
    if demande.confirmee_at:
        raise ActionImpossible("Votre adresse est déjà confirmée\u00a0: votre demande attend une réponse.")
    demande.confirmee_at = maintenant()
    demande.save(update_fields=["confirmee_at"])
    by = Demandeur(demande)
    record(
        events.RATTACHEMENT_DEMANDE, cible=demande, by=by, apres={"organisation": demande.organisation.nom}
    )
    tenue = (
        Fonction.objects.at(aujourdhui())
        .filter(organisation=demande.organisation, personne__is_active=True)
        .exists()
    )
    open_attente(
        code=ATTENTE_RATTACHEMENT,
        objet=demande,
        organisation=demande.organisation if tenue else None,
        role="" if tenue else RoleOrganisation.ADMINISTRATEUR.value,
        territoire="",
        libelle=f"Répondre à {demande}, qui demande à rejoindre {demande.organisation}",
        url=reverse("rattachement", args=[demande.pk]),
    )
    return demande


class Demandeur:
    """Auteur sans compte : qui demande à entrer."""

    pk = None

    def __init__(self, demande: DemandeRattachement) -> None:
        self.nom = str(demande)

    def __str__(self) -> str:
        return f"{self.nom} (sans compte)"


def _lock_demande(demande: DemandeRattachement) -> DemandeRattachement:
    presente = (
        DemandeRattachement.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=demande.pk)
    )
    if presente.decidee_at:
        raise ActionImpossible(
            f"Quelqu’un a déjà répondu à cette demande, le {format_jour(presente.decidee_at.date())}."
        )
    return presente


@transaction.atomic
def accept_rattachement(*, demande: DemandeRattachement, role: str, by: Personne) -> Personne:
    """Accepte une demande : ouvre le compte s’il manque, donne la fonction, prévient la personne."""
    demande = _lock_demande(demande)
    titre = Titre(role, organisation=demande.organisation)
    if titre.code not in {possible.code for possible in titres_for_demande(by, demande)}:
        raise AccesRefuse(f"Vous ne pouvez pas donner ce rôle\u00a0: {titre.libelle}.")
    personne = open_compte(email=demande.email, prenom=demande.prenom, nom=demande.nom, by=by)
    if not holds_titre(personne, titre):
        give_titre(personne, titre, fin=None, by=by)
    _decide(demande, by=by, is_acceptee=True, motif="")
    record(
        events.RATTACHEMENT_ACCEPTE,
        cible=demande,
        by=by,
        apres={"organisation": demande.organisation.nom, "role": ROLES_ORGANISATION[role].nom},
    )
    return personne


@transaction.atomic
def refuse_rattachement(*, demande: DemandeRattachement, motif: str, by: Personne) -> DemandeRattachement:
    """Refuse une demande, avec un motif que la personne lit."""
    demande = _lock_demande(demande)
    if not titres_for_demande(by, demande):
        raise AccesRefuse("Seul quelqu’un de cette organisation répond à cette demande.")
    if not motif.strip():
        raise ActionImpossible("Écrivez pourquoi\u00a0: la personne lira ce motif.")
    _decide(demande, by=by, is_acceptee=False, motif=motif.strip()[:300])
    record(
        events.RATTACHEMENT_REFUSE,
        cible=demande,
        by=by,
        apres={"organisation": demande.organisation.nom},
        motif=motif.strip(),
    )
    return demande


def _decide(demande: DemandeRattachement, *, by: Personne, is_acceptee: bool, motif: str) -> None:
    demande.decidee_at, demande.decidee_by = maintenant(), by
    demande.is_acceptee, demande.motif = is_acceptee, motif
    demande.save(update_fields=["decidee_at", "decidee_by", "is_acceptee", "motif"])
    close_attente(code=ATTENTE_RATTACHEMENT, objet=demande)
    send_courriel(
        destinataire=demande.email,
        gabarit="rattachement_repondu",
        contexte={"demande": demande, "url": settings.ADRESSE_PUBLIQUE + reverse("connexion")},
        motif=f"vous avez demandé à rejoindre {demande.organisation}",
    )
