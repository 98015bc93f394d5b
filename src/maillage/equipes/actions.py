"""Actes : inviter, rejoindre, partir, envoyer le courriel de la semaine, effacer."""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from maillage.comptes.actions import create_personne, give_fonction, hash_jeton
from maillage.comptes.actions_comptes import (
    close_compte,
    erase_personne,
    move_email,
    reopen_compte,
)
from maillage.comptes.actions_connexion import check_limite, record_tentative, revoke_sessions
from maillage.comptes.actions_organisations import end_fonction
from maillage.comptes.enums import NatureTentative, RoleOrganisation
from maillage.comptes.models import Fonction, Organisation, Personne
from maillage.comptes.permissions_comptes import check_user_can_manage_comptes, user_can_manage_comptes
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.equipes import events
from maillage.equipes.enums import ROLES_PAR_TYPE
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.equipes.permissions import Titre, check_user_can_give, titres_for_demande
from maillage.equipes.selectors import has_role_public
from maillage.journal.actions import record
from maillage.notifications.actions import close_attente, open_attente, send_courriel, send_recapitulatif
from maillage.notifications.models import Courriel, PreferenceCourriel, Recapitulatif
from maillage.socle.dates import format_jour
from maillage.socle.donnees_personnelles import list_traitements
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.actions import give_mandat
from maillage.territoires.actions_mandats import end_mandat
from maillage.territoires.enums import ROLES_BINOME, RoleMandat
from maillage.territoires.models import Mandat
from maillage.territoires.selectors import ROLES_QUI_REPONDENT, attentes_for

DUREE_INVITATION = timedelta(days=14)
ATTENTE_RATTACHEMENT = "equipes.rattachement"


# --- invitations ---------------------------------------------------------------------------------------------------


def _read_email(email: str) -> str:
    """L’adresse, en minuscules. Mal formée : ActionImpossible."""
    propre = email.strip().lower()
    try:
        validate_email(propre)
    except ValidationError:
        raise ActionImpossible(
            "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr.", champ="email"
        ) from None
    return propre


def _cle(titre: Titre) -> str:
    return titre.territoire.cle if titre.territoire else ""


def _draw_jeton() -> tuple[str, str]:
    jeton = secrets.token_urlsafe(32)
    return jeton, hash_jeton(jeton)


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
    email = _read_email(email)
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
    if connue is not None and _holds(connue, titre):
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
    jeton, empreinte = _draw_jeton()
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


def _holds(personne: Personne, titre: Titre) -> bool:
    """Vrai si la personne tient ce rôle aujourd’hui."""
    if titre.territoire:
        return (
            Mandat.objects.du_jour()
            .filter(personne=personne, territoire=titre.territoire, role=titre.role)
            .exists()
        )
    return (
        Fonction.objects.at(aujourdhui())
        .filter(personne=personne, organisation=titre.organisation, role=titre.role)
        .exists()
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
    jeton, invitation.jeton_sha256 = _draw_jeton()
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
    personne = _open_compte(
        email=invitation.email, prenom=prenom, nom=nom, nommee=invitation.personne, by=invitation.cree_by
    )
    if not _holds(personne, titre):
        _give(personne, titre, fin=invitation.fin, by=invitation.cree_by)
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


def _open_compte(
    *, email: str, prenom: str, nom: str, by: Personne, nommee: Personne | None = None
) -> Personne:
    """Le compte de cette adresse, ouvert s’il manque ; `nommee` : la personne sans compte à qui il revient."""
    connue = Personne.objects.select_for_update().filter(email__iexact=email).first()
    if connue is not None:
        if not connue.is_active and not user_can_manage_comptes(by):
            raise ActionImpossible(
                "Le compte de cette adresse est fermé\u00a0: écrivez à l’administrateur de la plateforme."
            )
        return connue if connue.is_active else reopen_compte(personne=connue, by=by)
    if nommee is not None and not nommee.email and not nommee.efface_at:
        nommee.email, nommee.is_active = email, True
        nommee.save(update_fields=["email", "is_active"])
        return nommee
    if not nom.strip():
        raise ActionImpossible("Indiquez votre nom.")
    return create_personne(prenom=prenom.strip(), nom=nom.strip(), email=email, by=by)


def _give(personne: Personne, titre: Titre, *, fin: date | None, by: Personne) -> None:
    if titre.territoire:
        give_mandat(
            territoire=titre.territoire,
            personne=personne,
            role=RoleMandat(titre.role),
            debut=aujourdhui(),
            fin=fin,
            by=by,
        )
    elif titre.organisation:
        give_fonction(
            personne=personne,
            organisation=titre.organisation,
            role=RoleOrganisation(titre.role),
            debut=aujourdhui(),
            fin=fin,
            by=by,
        )


# --- rattachements -------------------------------------------------------------------------------------------------


@transaction.atomic
def request_rattachement(
    *, email: str, prenom: str, nom: str, organisation: Organisation, message: str = "", machine: str = ""
) -> tuple[DemandeRattachement, str]:
    """Demande à rejoindre une organisation ; rend la demande et son jeton. Un courriel part pour confirmer l’adresse.

    La réponse ne dit rien de l’existence d’un compte. ActionImpossible : adresse mal formée, trop de demandes,
    organisation où l’on n’entre que sur invitation.
    """
    email = _read_email(email)
    role = ROLES_PAR_TYPE.get(organisation.type)
    if role is None:
        raise ActionImpossible(
            f"On rejoint {organisation} sur invitation\u00a0: demandez-la à quelqu’un de cette organisation."
        )
    check_limite(nature=NatureTentative.DEMANDE_RATTACHEMENT, adresse=email, machine=machine)
    record_tentative(nature=NatureTentative.DEMANDE_RATTACHEMENT, adresse=email, machine=machine)
    jeton, empreinte = _draw_jeton()
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
        .filter(organisation=demande.organisation, personne__is_active=True, role__in=ROLES_QUI_REPONDENT)
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
    personne = _open_compte(email=demande.email, prenom=demande.prenom, nom=demande.nom, by=by)
    if not _holds(personne, titre):
        _give(personne, titre, fin=None, by=by)
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


# --- départs, fermeture, effacement --------------------------------------------------------------------------------


@transaction.atomic
def record_depart(*, roles: Iterable[Fonction | Mandat], fin: date, by: Personne, motif: str = "") -> int:
    """Dit le départ de quelqu’un : chaque rôle prend fin le jour `fin` (exclu), l’historique reste ; rend leur nombre.

    Si `fin` est passé ou aujourd’hui, ses sessions se ferment. AccesRefuse si `by` ne peut pas finir l’un des rôles.
    """
    nombre = 0
    for role in roles:
        if isinstance(role, Fonction):
            check_user_can_give(by, Titre(role.role, organisation=role.organisation))
            end_fonction(fonction=role, fin=fin, by=by, motif=motif)
        else:
            check_user_can_give(by, Titre(role.role, territoire=role.territoire))
            end_mandat(mandat=role, fin=fin, by=by, motif=motif)
            if fin <= aujourdhui():
                revoke_sessions(personne=role.personne, by=by)
        nombre += 1
    return nombre


@transaction.atomic
def close_compte_and_mandats(*, personne: Personne, motif: str, by: Personne) -> Personne:
    """Ferme un compte et finit ses mandats de territoire ; les personnes et leurs rôles passés restent à l’historique."""
    check_user_can_manage_comptes(by)
    _end_mandats(personne, by=by, motif=motif)
    return close_compte(personne=personne, motif=motif, by=by)


def _end_mandats(personne: Personne, *, by: Personne, motif: str) -> None:
    for mandat in Mandat.objects.du_jour().filter(personne=personne).select_related("territoire__vague"):
        commence = mandat.debut == aujourdhui()  # une fin ne peut pas précéder le début
        end_mandat(mandat=mandat, fin=aujourdhui() + timedelta(days=int(commence)), by=by, motif=motif)


@transaction.atomic
def erase_donnees(*, personne: Personne, by: Personne, motif: str = "") -> Personne:
    """Efface les données d’une personne, à sa demande ou par l’administrateur. Ses mandats publics restent, son contact part."""
    if by.pk != personne.pk:
        check_user_can_manage_comptes(by)
    is_publique = has_role_public(personne)
    for traitement in list_traitements():
        if traitement.effacer is not None:
            traitement.effacer(personne)
    if personne.email:
        Courriel.objects.filter(destinataire__iexact=personne.email).update(
            destinataire="efface@maillage.invalid", corps="", sujet="(effacé)"
        )
        Invitation.objects.filter(email__iexact=personne.email).update(
            email="efface@maillage.invalid", prenom="", nom=""
        )
        DemandeRattachement.objects.filter(email__iexact=personne.email).update(
            email="efface@maillage.invalid", prenom="", nom="Personne effacée", message=""
        )
    PreferenceCourriel.objects.filter(personne=personne).delete()
    Recapitulatif.objects.filter(personne=personne).delete()
    if not is_publique:
        _end_mandats(personne, by=by, motif="effacement")
    return erase_personne(personne=personne, is_publique=is_publique, by=by, motif=motif)


@transaction.atomic
def change_adresse(*, personne: Personne, email: str, by: Personne) -> Personne:
    """Change l’adresse d’un compte, par l’administrateur qui a vérifié la personne. Les deux adresses sont prévenues,
    les sessions se ferment, l’identité ProConnect se reliera à la prochaine connexion.

    ActionImpossible, au champ `email`, si l’adresse est mal formée ou déjà celle d’un autre compte.
    """
    check_user_can_manage_comptes(by)
    email = _read_email(email)
    if email == personne.email:
        return personne
    if Personne.objects.filter(email__iexact=email).exists():
        raise ActionImpossible("Cette adresse est déjà celle d’un autre compte.", champ="email")
    avant = personne.email
    personne = move_email(personne=personne, email=email, by=by)
    for adresse in filter(None, (avant, email)):
        send_courriel(
            destinataire=adresse,
            gabarit="adresse_changee",
            contexte={"personne": personne, "email": email, "by": by},
            motif="l’adresse de votre compte a changé",
            personne=personne,
        )
    return personne


# --- courriel de la semaine ----------------------------------------------------------------------------------------


def get_semaine(jour: date) -> str:
    """« 2026-W47 », la semaine ISO du jour."""
    annee, semaine, _ = jour.isocalendar()
    return f"{annee}-W{semaine:02d}"


def send_recapitulatifs(*, jour: date | None = None) -> int:
    """Envoie à chacun ce qui l’attend, une fois par semaine ; rend le nombre de courriels partis.

    Relancé la même semaine, n’envoie qu’à qui n’a pas encore été servi. Une personne par transaction : un arrêt au milieu
    ne fait ni doublon ni oubli.
    """
    semaine = get_semaine(jour or aujourdhui())
    servies = Recapitulatif.objects.filter(semaine=semaine).values("personne")
    refus = PreferenceCourriel.objects.filter(hebdomadaire=False).values("personne")
    personnes = (
        Personne.objects.filter(is_active=True, email__isnull=False)
        .exclude(pk__in=servies)
        .exclude(pk__in=refus)
        .order_by("pk")
    )
    return sum(
        send_recapitulatif(
            personne=personne,
            semaine=semaine,
            attentes=list(attentes_for(personne).order_by("depuis", "id")),
        )
        for personne in list(personnes)
    )
