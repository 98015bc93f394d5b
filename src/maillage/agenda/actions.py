"""Seuls actes qui écrivent un rendez-vous, une invitation, une réponse, une présence.

Leurs lignes de journal ne portent pas de territoire : l’acte du dessus (séance, atelier) y écrit la sienne, et le journal
d’un territoire n’est pas noyé sous les réponses et les présences.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.utils import formats, timezone

from maillage.agenda import events, policies
from maillage.agenda.calendrier import TYPE_MIME, build_ics, read_reponse
from maillage.agenda.enums import MoyenReponse, Presence, StatutRendezVous, ValeurReponse
from maillage.agenda.models import Invitation, RendezVous, Reponse
from maillage.agenda.selectors import make_jeton
from maillage.comptes.models import Organisation, Personne
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import Jointe, close_attente, open_attente, send_courriel
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant

CHAMPS = ("titre", "debut_at", "fin_at", "lieu", "visio", "message")
# Ce qui oblige à redemander une réponse : le jour, l’heure ou l’endroit.
CHAMPS_DECISIFS = frozenset({"debut_at", "fin_at", "lieu"})
LIBELLES = {champ.name: str(champ.verbose_name) for champ in RendezVous._meta.fields if champ.name in CHAMPS}
ATTENTE = "agenda.repondre"


def _heure(instant: datetime) -> str:
    return f"{instant:%H}\u00a0h\u00a0{instant:%M}"


def format_quand(rendez_vous: RendezVous) -> str:
    """« mardi 3 mars 2026, de 10 h 00 à 12 h 00 » (à Paris) ; les deux jours s’ils diffèrent."""
    debut, fin = timezone.localtime(rendez_vous.debut_at), timezone.localtime(rendez_vous.fin_at)
    jours = formats.date_format(debut, "l ") + format_jour(debut.date())
    heures = f"de {_heure(debut)} à {_heure(fin)}"
    if debut.date() != fin.date():
        return f"{jours} à {_heure(debut)}, jusqu’au {format_jour(fin.date())} à {_heure(fin)}"
    return f"{jours}, {heures}"


@transaction.atomic
def create_rendez_vous(
    *,
    objet_type: str,
    titre: str,
    debut_at: datetime,
    fin_at: datetime,
    by: Auteur,
    lieu: str = "",
    visio: str = "",
    message: str = "",
    territoire: str = "",
    organisateur: Personne | None = None,
) -> RendezVous:
    """Prend un rendez-vous pour un objet de ce type (« gouvernance.seance »). Personne n’est encore invité."""
    policies.check_horaires(debut_at, fin_at)
    if not titre.strip():
        raise ActionImpossible("Donnez un titre au rendez-vous.")
    instant = maintenant()
    rendez_vous = RendezVous.objects.create(
        uid=f"{uuid4()}@maillage",
        objet_type=objet_type,
        territoire=territoire,
        titre=titre.strip(),
        debut_at=debut_at,
        fin_at=fin_at,
        lieu=lieu.strip(),
        visio=visio.strip(),
        message=message.replace("\r\n", "\n").strip(),
        organisateur=organisateur,
        cree_at=instant,
        modifie_at=instant,
    )
    record(
        events.RENDEZ_VOUS_PRIS,
        cible=rendez_vous,
        by=by,
        apres={"quand": format_quand(rendez_vous)},
    )
    return rendez_vous


def _lock(rendez_vous: RendezVous) -> RendezVous:
    return (
        RendezVous.objects.select_for_update(of=("self",))
        .select_related("organisateur")
        .get(pk=rendez_vous.pk)
    )


@transaction.atomic
def update_rendez_vous(*, rendez_vous: RendezVous, by: Auteur, **champs: Any) -> list[str]:
    """Change un rendez-vous (`champs` : ceux de CHAMPS) ; rend les champs changés, vide si rien ne l’est.

    Une date, une heure ou un lieu changé annule les réponses données (elles restent dans l’histoire) et redemande.
    Ceux qui ont déjà reçu l’invitation reçoivent la mise à jour.
    """
    rendez_vous = _lock(rendez_vous)
    policies.check_can_change(rendez_vous)
    for champ in ("titre", "lieu", "visio", "message"):
        if champ in champs:
            champs[champ] = champs[champ].replace("\r\n", "\n").strip()
    changes = [champ for champ in CHAMPS if champ in champs and getattr(rendez_vous, champ) != champs[champ]]
    if not changes:
        return []
    for champ in changes:
        setattr(rendez_vous, champ, champs[champ])
    policies.check_horaires(rendez_vous.debut_at, rendez_vous.fin_at)
    if not rendez_vous.titre:
        raise ActionImpossible("Un rendez-vous garde toujours un titre.")
    decisif = bool(CHAMPS_DECISIFS.intersection(changes))
    # RFC 5545 § 3.8.7.4 : SEQUENCE ne monte que pour un changement qui compte ; un mot corrigé ne périme pas une réponse.
    rendez_vous.sequence += decisif
    rendez_vous.modifie_at = maintenant()
    rendez_vous.save()
    if decisif:
        rendez_vous.invitations.en_cours().update(reponse="")
    record(
        events.RENDEZ_VOUS_MODIFIE,
        cible=rendez_vous,
        by=by,
        apres={"champs": [LIBELLES[champ] for champ in changes], "quand": format_quand(rendez_vous)},
    )
    deja = list(
        rendez_vous.invitations.en_cours()
        .filter(sequence_envoyee__gte=0)
        .select_related("personne", "organisation")
    )
    _send(rendez_vous, deja, mise_a_jour=True)
    if decisif:
        for invitation in deja:
            close_attente(code=ATTENTE, objet=invitation)  # l’échéance et le titre ont pu changer
        _open_attentes(rendez_vous, deja)
    return changes


@transaction.atomic
def cancel_rendez_vous(*, rendez_vous: RendezVous, motif: str, by: Auteur) -> RendezVous:
    """Annule un rendez-vous et le dit à ceux qui avaient reçu l’invitation (METHOD:CANCEL). Le motif est dû."""
    rendez_vous = _lock(rendez_vous)
    policies.check_can_change(rendez_vous)
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi\u00a0: les personnes invitées le liront.")
    rendez_vous.statut = StatutRendezVous.ANNULE
    rendez_vous.motif_annulation = motif.strip()[:300]
    rendez_vous.sequence += 1
    rendez_vous.modifie_at = maintenant()
    rendez_vous.save()
    for invitation in rendez_vous.invitations.en_cours().select_related("personne"):
        close_attente(code=ATTENTE, objet=invitation)
        if invitation.email and invitation.sequence_envoyee >= 0:
            _send_annulation(rendez_vous, invitation)
    record(
        events.RENDEZ_VOUS_ANNULE,
        cible=rendez_vous,
        by=by,
        motif=rendez_vous.motif_annulation,
    )
    return rendez_vous


def _send_annulation(rendez_vous: RendezVous, invitation: Invitation) -> None:
    send_courriel(
        destinataire=invitation.email,
        gabarit="rendez_vous_annule",
        contexte={
            "rendez_vous": rendez_vous,
            "quand": format_quand(rendez_vous),
            "nom": invitation.nom,
            "motif": rendez_vous.motif_annulation,
        },
        motif="vous étiez invité à ce rendez-vous",
        personne=invitation.personne,
        jointes=[
            Jointe(
                "annulation.ics",
                f"{TYPE_MIME}; method=CANCEL",
                build_ics(rendez_vous, invitation, annule=True),
            )
        ],
    )


@transaction.atomic
def invite(
    *,
    rendez_vous: RendezVous,
    nom: str,
    by: Auteur,
    email: str = "",
    personne: Personne | None = None,
    organisation: Organisation | None = None,
) -> Invitation:
    """Ajoute une personne au rendez-vous, ou rend son invitation si elle y est déjà (même adresse). N’envoie rien."""
    email = email.strip().lower()
    deja = rendez_vous.invitations.en_cours().filter(email=email).first() if email else None
    if deja:
        return deja
    if not nom.strip():
        raise ActionImpossible("Nommez la personne invitée.")
    return Invitation.objects.create(
        rendez_vous=rendez_vous,
        nom=nom.strip()[:200],
        email=email,
        personne=personne,
        organisation=organisation,
        cree_at=maintenant(),
    )


@transaction.atomic
def change_invitation(
    *, invitation: Invitation, nom: str, email: str, personne: Personne | None = None
) -> Invitation:
    """Corrige qui est invité. Une adresse changée rend l’ancien lien nul : l’invitation est à envoyer de nouveau.

    La ligne de journal est celle de l’acte qui corrige le membre.
    """
    email = email.strip().lower()
    occupee = (
        Invitation.objects.en_cours()
        .filter(rendez_vous=invitation.rendez_vous, email=email)
        .exclude(pk=invitation.pk)
        .exists()
    )
    if email and occupee:
        raise ActionImpossible(f"{email} est déjà invité à «\u00a0{invitation.rendez_vous}\u00a0».")
    if invitation.email != email:
        invitation.sequence_envoyee = -1
        close_attente(code=ATTENTE, objet=invitation)
    invitation.nom, invitation.email, invitation.personne = nom.strip()[:200], email, personne
    invitation.save()
    return invitation


@transaction.atomic
def remove_invitation(*, invitation: Invitation, by: Auteur) -> None:
    """Retire quelqu’un du rendez-vous ; s’il avait reçu l’invitation, son calendrier l’efface (METHOD:CANCEL)."""
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("rendez_vous__organisateur", "personne")
        .get(pk=invitation.pk)
    )
    if invitation.retiree_at is not None:
        return
    invitation.retiree_at = maintenant()
    invitation.save(update_fields=["retiree_at"])
    close_attente(code=ATTENTE, objet=invitation)
    rendez_vous = invitation.rendez_vous
    if invitation.email and invitation.sequence_envoyee >= 0 and rendez_vous.fin_at > maintenant():
        _send_annulation(rendez_vous, invitation)
    record(
        events.INVITATION_RETIREE,
        cible=invitation,
        by=by,
    )


@transaction.atomic
def send_invitations(*, rendez_vous: RendezVous, by: Auteur, url: str, territoire_nom: str = "") -> int:
    """Envoie l’invitation à ceux qui n’ont pas reçu la version présente ; rend le nombre de courriels partis.

    Qui a un compte la trouve aussi dans « Ce qui m’attend » (`url` : la page où répondre).
    """
    rendez_vous = _lock(rendez_vous)
    policies.check_can_change(rendez_vous)
    if rendez_vous.fin_at <= maintenant():
        raise ActionImpossible(
            f"«\u00a0{rendez_vous}\u00a0» est passé\u00a0: il n’y a plus d’invitation à envoyer. Relevez plutôt les présences."
        )
    invitations = list(
        rendez_vous.invitations.en_cours()
        .filter(sequence_envoyee__lt=rendez_vous.sequence)
        .select_related("personne", "organisation")
    )
    rendez_vous.url, rendez_vous.territoire_nom = url, territoire_nom
    rendez_vous.save(update_fields=["url", "territoire_nom"])
    nombre = _send(rendez_vous, invitations)
    _open_attentes(rendez_vous, invitations)
    if nombre:
        record(
            events.INVITATIONS_ENVOYEES,
            cible=rendez_vous,
            territoire=rendez_vous.territoire,
            by=by,
            apres={"nombre": nombre},
        )
    return nombre


@transaction.atomic
def send_again(*, invitation: Invitation) -> None:
    """Renvoie son invitation à qui la redemande de lui-même (il l’a perdue). La réponse déjà donnée reste."""
    rendez_vous = _lock(invitation.rendez_vous)
    policies.check_can_reply(invitation, rendez_vous, maintenant())
    _send(rendez_vous, [invitation])


@transaction.atomic
def erase_invites(*, invitations: list[int]) -> None:
    """Efface nom et adresse de ces invitations ; ce qui a été répondu reste, sans personne derrière."""
    Invitation.objects.filter(pk__in=invitations).update(nom="Anonyme", email="")


def _open_attentes(rendez_vous: RendezVous, invitations: list[Invitation]) -> None:
    """Une réponse est attendue de chaque personne, ou à défaut de l’organisation, qui n’en a pas donné."""
    for invitation in invitations:
        if invitation.reponse or not (invitation.personne or invitation.organisation):
            continue
        open_attente(
            code=ATTENTE,
            objet=invitation,
            personne=invitation.personne,
            organisation=None if invitation.personne else invitation.organisation,
            territoire=rendez_vous.territoire,
            territoire_nom=rendez_vous.territoire_nom,
            libelle=f"Répondre à l’invitation «\u00a0{rendez_vous.titre}\u00a0»",
            url=rendez_vous.url,
            echeance=rendez_vous.jour,
        )


@transaction.atomic
def close_reponses(*, rendez_vous: RendezVous) -> int:
    """Le rendez-vous commence : plus personne n’est attendu pour répondre. Rend le nombre d’attentes closes."""
    return sum(close_attente(code=ATTENTE, objet=invitation) for invitation in rendez_vous.invitations.all())


def _send(rendez_vous: RendezVous, invitations: list[Invitation], *, mise_a_jour: bool = False) -> int:
    from django.urls import reverse

    nombre = 0
    for invitation in invitations:
        if not invitation.email:
            continue
        url = settings.ADRESSE_PUBLIQUE + reverse("invitation-repondre", args=[make_jeton(invitation)])
        send_courriel(
            destinataire=invitation.email,
            gabarit="rendez_vous_invitation",
            contexte={
                "rendez_vous": rendez_vous,
                "quand": format_quand(rendez_vous),
                "nom": invitation.nom,
                "url": url,
                "mise_a_jour": mise_a_jour or invitation.sequence_envoyee >= 0,
            },
            motif="vous êtes invité à ce rendez-vous",
            personne=invitation.personne,
            jointes=[
                Jointe(
                    "invitation.ics",
                    f"{TYPE_MIME}; method=REQUEST",
                    build_ics(rendez_vous, invitation, url=url),
                )
            ],
        )
        nombre += 1
    Invitation.objects.filter(pk__in=[invitation.pk for invitation in invitations]).update(
        sequence_envoyee=rendez_vous.sequence, envoyee_at=maintenant()
    )
    return nombre


@transaction.atomic
def record_reponse(
    *,
    invitation: Invitation,
    valeur: ValeurReponse,
    moyen: MoyenReponse,
    by: object,
    message: str = "",
    sequence: int | None = None,
    emise_at: datetime | None = None,
) -> bool:
    """Enregistre une réponse ; rend faux si elle était déjà connue, mot pour mot (rien n’est alors écrit).

    `sequence` : version du rendez-vous à laquelle elle répond (défaut : la présente). Une réponse à une version
    antérieure est gardée, mais ne compte pas. `by` : une personne, ou le nom de qui répond par son lien.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",)).select_related("rendez_vous").get(pk=invitation.pk)
    )
    rendez_vous = invitation.rendez_vous
    instant = maintenant()
    policies.check_can_reply(invitation, rendez_vous, instant)
    sequence = rendez_vous.sequence if sequence is None else sequence
    derniere = invitation.reponses.order_by("-emise_at", "-id").first()
    message = message.strip()[:300]
    if emise_at is None:
        if derniere and (derniere.valeur, derniere.message, invitation.reponse) == (valeur, message, valeur):
            return False
    elif invitation.reponses.filter(emise_at=emise_at, valeur=valeur, sequence=sequence).exists():
        return False
    Reponse.objects.create(
        invitation=invitation,
        valeur=valeur,
        message=message,
        moyen=moyen,
        sequence=sequence,
        emise_at=emise_at or instant,
        enregistree_at=instant,
        enregistree_by=str(by)[:200],
    )
    record(
        events.REPONSE_DONNEE,
        cible=invitation,
        by=by if isinstance(by, models.Model) else _Repondant(str(by)),
        apres={"valeur": ValeurReponse(valeur).label, "moyen": MoyenReponse(moyen).label.lower()},
    )
    is_perimee = sequence < rendez_vous.sequence
    is_depassee = derniere is not None and emise_at is not None and emise_at < derniere.emise_at
    if not is_perimee and not is_depassee:
        invitation.reponse = valeur
        invitation.save(update_fields=["reponse"])
        close_attente(code=ATTENTE, objet=invitation)
    return True


class _Repondant:
    """Quelqu’un sans compte qui répond par son lien : le journal garde son nom."""

    pk = None

    def __init__(self, nom: str) -> None:
        self.nom = nom

    def __str__(self) -> str:
        return f"{self.nom} (par son lien)"


def record_reponse_ics(*, rendez_vous: RendezVous, contenu: bytes, by: Personne) -> str:
    """Enregistre la réponse qu’un calendrier a renvoyée ; rend la phrase qui dit ce qui a été fait.

    Fichier illisible, autre rendez-vous ou adresse inconnue : ActionImpossible. Le même fichier deux fois, ou une réponse
    à une version antérieure du rendez-vous : rien n’est perdu, et la phrase le dit.
    """
    lue = read_reponse(contenu)
    if lue.uid != rendez_vous.uid:
        raise ActionImpossible(
            "Cette réponse est celle d’un autre rendez-vous\u00a0: déposez-la sur la page de celui-ci."
        )
    invitation = rendez_vous.invitations.en_cours().filter(email=lue.email).first()
    if invitation is None:
        raise ActionImpossible(
            f"{lue.email} n’est pas invité à ce rendez-vous, ou sous une autre adresse\u00a0: saisissez sa réponse à la main."
        )
    label = ValeurReponse(lue.valeur).label
    quand = timezone.localtime(lue.emise_at)
    nouvelle = record_reponse(
        invitation=invitation,
        valeur=lue.valeur,
        moyen=MoyenReponse.CALENDRIER,
        by=by,
        sequence=lue.sequence,
        emise_at=lue.emise_at,
    )
    if not nouvelle:
        return (
            f"La réponse de {invitation} («\u00a0{label}\u00a0», écrite le {format_jour(quand.date())}) était déjà enregistrée\u00a0: "
            "rien n’a changé."
        )
    if lue.sequence < rendez_vous.sequence:
        return (
            f"{invitation} a répondu «\u00a0{label}\u00a0» à une version antérieure du rendez-vous\u00a0: sa réponse est gardée, "
            "mais elle ne compte pas. Il faut la redemander."
        )
    invitation.refresh_from_db()
    if invitation.reponse != lue.valeur:
        return f"{invitation} a répondu autre chose depuis\u00a0: cette réponse, plus ancienne, est gardée sans rien changer."
    return f"{invitation} répond «\u00a0{label}\u00a0»."


@transaction.atomic
def record_presence(*, invitation: Invitation, presence: Presence, by: Auteur) -> bool:
    """Relève la présence d’une personne invitée ; rend faux si rien ne change."""
    invitation = (
        Invitation.objects.select_for_update(of=("self",)).select_related("rendez_vous").get(pk=invitation.pk)
    )
    policies.check_can_change(invitation.rendez_vous)
    if invitation.presence == presence:
        return False
    avant = Presence(invitation.presence)
    invitation.presence = presence
    invitation.save(update_fields=["presence"])
    record(
        events.PRESENCE_RELEVEE,
        cible=invitation,
        by=by,
        avant={"presence": avant.label},
        apres={"presence": Presence(presence).label},
    )
    return True
