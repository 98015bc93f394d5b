"""Inviter quelqu’un à un titre ; son acceptation ouvre son compte."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from maillage.comptes.actions import hash_jeton
from maillage.comptes.actions_connexion import check_limite, record_tentative
from maillage.comptes.enums import NatureTentative
from maillage.comptes.models import Personne
from maillage.equipes import events
from maillage.equipes.actions.communs import draw_jeton, give_titre, holds_titre, open_compte, read_email
from maillage.equipes.models import Invitation
from maillage.equipes.permissions import Titre, check_user_can_give
from maillage.journal.actions import record
from maillage.notifications.actions import send_courriel
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.enums import ROLES_BINOME, RoleMandat
from maillage.territoires.models import Mandat

DUREE_INVITATION = timedelta(days=14)


def _cle(titre: Titre) -> str:
    return titre.territoire.cle if titre.territoire else ""


def _find_tenue(titre: Titre) -> Mandat | None:
    """Le mandat qui tient déjà la place demandée : celle d’un binôme n’a qu’un tenant à la fois."""
    if titre.territoire is None or titre.role not in ROLES_BINOME:
        return None
    tenus = Mandat.objects.du_jour().filter(territoire=titre.territoire, role=titre.role, binome__isnull=True)
    return tenus.select_related("personne").first()


@transaction.atomic
def create_invitation(
    *,
    email: str,
    titre: Titre,
    by: Personne,
    prenom: str = "",
    nom: str = "",
    fin: date | None = None,
    message: str = "",
    personne: Personne | None = None,
) -> tuple[Invitation, str]:
    """Invite une adresse à tenir un rôle ; rend l’invitation et son jeton, qui n’est visible qu’ici et dans le courriel.

    `fin` : dernier jour exclu du rôle. `personne` : celle qu’une source nomme déjà ici, sans compte. ActionImpossible si
    l’adresse est mal formée, déjà invitée à ce titre, ou si elle tient déjà ce rôle ; AccesRefuse si `by` ne peut pas le donner.
    """
    check_user_can_give(by, titre)
    email = read_email(email)
    if titre.role == RoleMandat.PARTENAIRE and fin is None:
        raise ActionImpossible(
            "Un partenaire est mandaté jusqu’à une date\u00a0: indiquez la fin du mandat.", champ="fin"
        )
    if fin is not None and fin <= aujourdhui():
        raise ActionImpossible(
            "La fin du rôle est déjà passée\u00a0: choisissez un jour à venir.", champ="fin"
        )
    deja = (
        Invitation.objects.valides()
        .filter(email=email, role=titre.role, organisation=titre.organisation, territoire=titre.territoire)
        .select_related("cree_by")
        .first()
    )
    if deja is not None:
        raise ActionImpossible(
            f"{email} est déjà invité à ce titre, par {deja.cree_by}, jusqu’au {format_jour(deja.expire_at.date())}. "
            "Renvoyez cette invitation, ou annulez-la.",
            champ="email",
        )
    connue = Personne.objects.filter(email__iexact=email).first()
    if connue is not None and holds_titre(connue, titre):
        raise ActionImpossible(f"{connue} tient déjà ce rôle\u00a0: {titre.libelle}.", champ="titre")
    if personne is None and (tenue := _find_tenue(titre)):
        raise ActionImpossible(
            f"Cette place est tenue par {tenue.personne}\u00a0: mettez d’abord fin à son mandat, dans Gouvernance, "
            "Binômes et personnes.",
            champ="titre",
        )
    if personne is not None and (personne.email or connue is not None):
        raise ActionImpossible(
            "Cette personne a déjà un compte\u00a0: invitez-la par son adresse.", champ="email"
        )
    check_limite(nature=NatureTentative.INVITATION, adresse=f"personne:{by.pk}")
    record_tentative(nature=NatureTentative.INVITATION, adresse=f"personne:{by.pk}")
    jeton, empreinte = draw_jeton()
    invitation = Invitation.objects.create(
        jeton_sha256=empreinte,
        email=email,
        prenom=prenom.strip(),
        nom=nom.strip(),
        role=titre.role,
        organisation=titre.organisation,
        territoire=titre.territoire,
        fin=fin,
        personne=personne,
        message=message.strip(),
        cree_at=maintenant(),
        cree_by=by,
        expire_at=maintenant() + DUREE_INVITATION,
    )
    record(
        events.INVITATION_ENVOYEE,
        cible=invitation,
        by=by,
        territoire=_cle(titre),
        apres={"titre": titre.libelle},
    )
    _send_invitation(invitation, jeton)
    return invitation, jeton


def _send_invitation(invitation: Invitation, jeton: str) -> None:
    send_courriel(
        destinataire=invitation.email,
        gabarit="invitation",
        contexte={
            "invitation": invitation,
            "url": settings.ADRESSE_PUBLIQUE + reverse("invitation-ouvrir", args=[jeton]),
        },
        motif=f"{invitation.cree_by} vous invite à rejoindre Maillage",
        is_secret=True,
    )


def _get_titre(invitation: Invitation) -> Titre:
    return Titre(
        invitation.role,
        organisation=None if invitation.territoire else invitation.organisation,
        territoire=invitation.territoire,
    )


def _lock_ouverte(invitation: Invitation) -> Invitation:
    """L’invitation, tenue jusqu’à la fin de la transaction. ActionImpossible si elle a été acceptée ou annulée."""
    presente = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organisation", "territoire__vague", "cree_by", "personne")
        .get(pk=invitation.pk)
    )
    if presente.acceptee_at:
        raise ActionImpossible(
            f"Cette invitation a été acceptée le {format_jour(presente.acceptee_at.date())}."
        )
    if presente.annulee_at:
        raise ActionImpossible("Cette invitation a été annulée.")
    return presente


@transaction.atomic
def resend_invitation(*, invitation: Invitation, by: Personne) -> Invitation:
    """Renvoie une invitation, expirée ou non : lien neuf, quatorze jours de plus ; l’ancien lien ne vaut plus."""
    invitation = _lock_ouverte(invitation)
    titre = _get_titre(invitation)
    check_user_can_give(by, titre)
    check_limite(nature=NatureTentative.INVITATION, adresse=f"personne:{by.pk}")
    record_tentative(nature=NatureTentative.INVITATION, adresse=f"personne:{by.pk}")
    jeton, invitation.jeton_sha256 = draw_jeton()
    invitation.expire_at = maintenant() + DUREE_INVITATION
    invitation.envois += 1
    invitation.save(update_fields=["jeton_sha256", "expire_at", "envois"])
    record(
        events.INVITATION_RENVOYEE,
        cible=invitation,
        by=by,
        territoire=_cle(titre),
        apres={"titre": titre.libelle, "envois": invitation.envois},
    )
    _send_invitation(invitation, jeton)
    return invitation


@transaction.atomic
def cancel_invitation(*, invitation: Invitation, by: Personne) -> Invitation:
    """Annule une invitation : son lien ne vaut plus rien."""
    invitation = _lock_ouverte(invitation)
    titre = _get_titre(invitation)
    check_user_can_give(by, titre)
    invitation.annulee_at = maintenant()
    invitation.save(update_fields=["annulee_at"])
    record(
        events.INVITATION_ANNULEE,
        cible=invitation,
        by=by,
        territoire=_cle(titre),
        apres={"titre": titre.libelle},
    )
    return invitation


@transaction.atomic
def accept_invitation(*, jeton: str, prenom: str, nom: str) -> Personne:
    """Accepte une invitation : ouvre le compte s’il manque, donne le rôle d’aujourd’hui ; rend la personne.

    Le lien est arrivé à l’adresse invitée : il la prouve, une fois. ActionImpossible si l’invitation ne vaut plus, si
    le compte de l’adresse est fermé, ou si qui l’a envoyée ne peut plus donner ce rôle.
    """
    trouvee = Invitation.objects.valides().filter(jeton_sha256=hash_jeton(jeton)).first()
    if trouvee is None:
        raise ActionImpossible(
            "Cette invitation ne vaut plus. Demandez à la personne qui vous l’a envoyée de la renvoyer."
        )
    invitation = _lock_ouverte(trouvee)
    titre = _get_titre(invitation)
    check_inviteur(invitation)
    personne = open_compte(
        email=invitation.email, prenom=prenom, nom=nom, nommee=invitation.personne, by=invitation.cree_by
    )
    if not holds_titre(personne, titre):
        give_titre(personne, titre, fin=invitation.fin, by=invitation.cree_by)
    invitation.acceptee_at, invitation.personne = maintenant(), personne
    invitation.save(update_fields=["acceptee_at", "personne"])
    record(
        events.INVITATION_ACCEPTEE,
        cible=invitation,
        by=personne,
        territoire=_cle(titre),
        apres={"titre": titre.libelle, "personne": str(personne)},
    )
    return personne


def check_inviteur(invitation: Invitation) -> None:
    """Une invitation ne donne pas plus que ce que son auteur peut encore donner."""
    inviteur = Personne.objects.get(pk=invitation.cree_by_id)
    try:
        if not inviteur.is_active:
            raise AccesRefuse("compte fermé")
        check_user_can_give(inviteur, _get_titre(invitation))
    except AccesRefuse:
        raise ActionImpossible(
            f"{inviteur} ne peut plus inviter à ce titre. Demandez une nouvelle invitation à quelqu’un d’autre de l’équipe."
        ) from None
