"""Tenir une séance : la prévoir, convoquer, ouvrir, relever les présences, clore."""

from datetime import datetime
from typing import Any

from django.db import transaction

from maillage.agenda.actions import (
    cancel_rendez_vous,
    close_reponses,
    create_rendez_vous,
    invite,
    remove_invitation,
    send_invitations,
    update_rendez_vous,
)
from maillage.agenda.actions import record_presence as record_presence_agenda
from maillage.agenda.enums import Presence
from maillage.comptes.models import Organisation, Personne
from maillage.gouvernance import events, policies
from maillage.gouvernance.actions.comites import record_gouvernance
from maillage.gouvernance.actions.communs import ATTENTE_RELEVE, has_releve, lock_seance
from maillage.gouvernance.enums import (
    StatutSeance,
)
from maillage.gouvernance.models import (
    Comite,
    MembreComite,
    Participant,
    Seance,
    VersionSeance,
)
from maillage.gouvernance.selectors import (
    get_contenu,
    get_etat_quorum,
    list_membres,
    list_participants,
)
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import open_attente
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant


def _write_version(seance: Seance, by: Auteur) -> None:
    VersionSeance.objects.create(
        seance=seance,
        numero=seance.version,
        contenu=get_contenu(seance),
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )


@transaction.atomic
def create_seance(
    *,
    comite: Comite,
    titre: str,
    debut_at: datetime,
    fin_at: datetime,
    by: Auteur,
    lieu: str = "",
    visio: str = "",
    message: str = "",
) -> Seance:
    """Prépare une séance ; une date passée est admise : on enregistre alors ce qui s’est tenu."""
    if comite.dissous_le:
        raise ActionImpossible(f"«\u00a0{comite}\u00a0» est dissous\u00a0: il ne se réunit plus.")
    policies.check_jour_seance(debut_at)
    rendez_vous = create_rendez_vous(
        objet_type=Seance._meta.label_lower,
        titre=titre,
        debut_at=debut_at,
        fin_at=fin_at,
        lieu=lieu,
        visio=visio,
        message=message,
        territoire=comite.cle,
        organisateur=by if isinstance(by, Personne) else None,
        by=by,
    )
    seance = Seance.objects.create(comite=comite, rendez_vous=rendez_vous)
    _write_version(seance, by)
    record(events.SEANCE_CREEE, cible=seance, territoire=comite.cle, by=by, date_effet=seance.jour)
    return seance


@transaction.atomic
def update_seance(*, seance: Seance, version_lue: int, by: Auteur, **champs: Any) -> Seance:
    """Change le titre, la date, le lieu ou le mot d’une séance à venir ; les personnes convoquées sont prévenues.

    `version_lue` : celle que la personne avait sous les yeux ; si elle n’est plus la dernière, ConflitEdition.
    """
    seance = lock_seance(seance)
    if seance.version != version_lue:
        raise ConflitEdition(
            "Quelqu’un a enregistré cette séance pendant que vous l’écriviez. Votre saisie est gardée\u00a0: choisissez, champ par "
            "champ, puis enregistrez de nouveau."
        )
    policies.check_can_prepare(seance)
    if "debut_at" in champs:
        policies.check_jour_seance(champs["debut_at"])
    changes = update_rendez_vous(rendez_vous=seance.rendez_vous, by=by, **champs)
    if not changes:
        return seance
    seance = lock_seance(seance)
    seance.version += 1
    seance.save(update_fields=["version"])
    _write_version(seance, by)
    libelles = {
        "debut_at": "début",
        "fin_at": "fin",
        "visio": "visioconférence",
        "message": "mot d’invitation",
    }
    record(
        events.SEANCE_MODIFIEE,
        cible=seance,
        territoire=seance.comite.cle,
        by=by,
        apres={"champs": [libelles.get(champ, champ) for champ in changes]},
    )
    return seance


def _move(seance: Seance, vers: StatutSeance) -> None:
    policies.check_can_move(seance, vers)
    seance.statut = vers
    seance.save(update_fields=["statut"])


def _sync_participants(seance: Seance, by: Auteur) -> None:
    """Chaque mandat du jour de la séance a son invitation ; qui ne siège plus perd la sienne."""
    membres = list_membres(seance.comite, seance.jour)
    presents = {m.pk for m in membres}
    attendus = {p.membre_id: p for p in list_participants(seance) if p.membre_id}
    for cle, participant in attendus.items():
        if cle not in presents:
            remove_invitation(invitation=participant.invitation, by=by)
            participant.delete()
    for membre in membres:
        if membre.pk not in attendus:
            _add_participant(seance, membre, by)


def _add_participant(seance: Seance, membre: MembreComite, by: Auteur) -> Participant:
    personne = membre.personne
    if personne is None and membre.email:
        personne = Personne.objects.filter(email__iexact=membre.email).first()
        if personne:
            membre.personne = personne
            membre.save(update_fields=["personne"])
    email = membre.email or (personne.email if personne and personne.email else "")
    if not email and membre.organisation and not personne:
        email = membre.organisation.courriel
    # Deux places d’une même organisation n’ont qu’une adresse : une seule invitation y part.
    if email and seance.rendez_vous.invitations.en_cours().filter(email=email.lower()).exists():
        email = ""
    invitation = invite(
        rendez_vous=seance.rendez_vous,
        nom=membre.nom or str(membre.organisation),
        email=email,
        personne=personne,
        organisation=membre.organisation,
        by=by,
    )
    return Participant.objects.create(seance=seance, invitation=invitation, membre=membre)


@transaction.atomic
def add_invite(
    *, seance: Seance, nom: str, by: Auteur, email: str = "", organisation: Organisation | None = None
) -> Participant:
    """Invite quelqu’un pour cette seule séance, ou note qu’il y était. Il n’a pas de voix."""
    seance = lock_seance(seance)
    if seance.statut == StatutSeance.ANNULEE or has_releve(seance):
        raise ActionImpossible("Cette séance ne reçoit plus personne.")
    email = email.strip().lower()
    if email and seance.rendez_vous.invitations.en_cours().filter(email=email).exists():
        raise ActionImpossible(f"{email} est déjà invité à cette séance.")
    invitation = invite(
        rendez_vous=seance.rendez_vous,
        nom=nom,
        email=email,
        personne=Personne.objects.filter(email__iexact=email).first() if email else None,
        organisation=organisation,
        by=by,
    )
    return Participant.objects.create(seance=seance, invitation=invitation)


@transaction.atomic
def convoke_seance(*, seance: Seance, by: Auteur) -> int:
    """Convoque le comité : invite ses membres du jour et envoie l’invitation à ceux qui ne l’ont pas reçue ; rend leur nombre."""
    seance = lock_seance(seance)
    if seance.statut != StatutSeance.CONVOQUEE:
        _move(seance, StatutSeance.CONVOQUEE)
    _sync_participants(seance, by)
    participants = list_participants(seance)
    if not participants:
        raise ActionImpossible(
            "Le comité n’a pas de membre ce jour-là, et personne n’est invité\u00a0: ajoutez quelqu’un d’abord."
        )
    territoire = seance.comite.territoire
    nombre = send_invitations(
        rendez_vous=seance.rendez_vous,
        by=by,
        url=seance.get_absolute_url(),
        territoire_nom=territoire.nom if territoire else seance.comite.lieu,
    )
    record(
        events.SEANCE_CONVOQUEE,
        cible=seance,
        territoire=seance.comite.cle,
        by=by,
        apres={"nombre": nombre, "personnes": len(participants)},
    )
    return nombre


@transaction.atomic
def cancel_seance(*, seance: Seance, motif: str, by: Auteur) -> Seance:
    """Annule une séance à venir ; les personnes convoquées sont prévenues, avec le motif."""
    seance = lock_seance(seance)
    _move(seance, StatutSeance.ANNULEE)
    cancel_rendez_vous(rendez_vous=seance.rendez_vous, motif=motif, by=by)
    record(events.SEANCE_ANNULEE, cible=seance, territoire=seance.comite.cle, by=by, motif=motif.strip())
    return seance


@transaction.atomic
def open_seance(*, seance: Seance, by: Auteur) -> Seance:
    """Ouvre la séance, le jour dit ou après : on relève les présences, on enregistre les décisions."""
    seance = lock_seance(seance)
    policies.check_can_open(seance, aujourdhui())
    _move(seance, StatutSeance.OUVERTE)
    _sync_participants(seance, by)
    close_reponses(rendez_vous=seance.rendez_vous)
    record(events.SEANCE_OUVERTE, cible=seance, territoire=seance.comite.cle, by=by, date_effet=seance.jour)
    return seance


@transaction.atomic
def record_presence(*, participant: Participant, presence: Presence, by: Auteur) -> bool:
    """Relève une présence pendant la séance, ou après tant que le relevé n’est pas arrêté ; faux si rien ne change."""
    seance = lock_seance(participant.seance)
    policies.check_can_record(seance, has_releve=has_releve(seance))
    return record_presence_agenda(invitation=participant.invitation, presence=presence, by=by)


@transaction.atomic
def close_seance(*, seance: Seance, by: Auteur) -> Seance:
    """Clôt la séance ; le relevé de décisions reste à arrêter."""
    seance = lock_seance(seance)
    _move(seance, StatutSeance.TENUE)
    etat = get_etat_quorum(seance)
    record(
        events.SEANCE_CLOSE,
        cible=seance,
        territoire=seance.comite.cle,
        by=by,
        apres={"quorum": policies.describe_quorum(etat)},
        date_effet=seance.jour,
    )
    record_gouvernance(seance.comite, seance.jour, by)
    _open_attente(
        seance, ATTENTE_RELEVE, f"Arrêter le relevé de décisions «\u00a0{seance.rendez_vous.titre}\u00a0»", by
    )
    return seance


def _open_attente(seance: Seance, code: str, libelle: str, by: Auteur) -> None:
    """Attend l’équipe du territoire ; pour un COPIL, la personne qui a convoqué."""
    comite = seance.comite
    personne = None if comite.territoire else (seance.rendez_vous.organisateur or _personne(by))
    if comite.territoire is None and personne is None:
        return
    open_attente(
        code=code,
        objet=seance,
        role="chef_projet" if comite.territoire else "",
        personne=personne,
        territoire=comite.cle,
        territoire_nom=comite.lieu,
        libelle=libelle,
        url=seance.get_absolute_url(),
    )


def _personne(by: Auteur) -> Personne | None:
    return by if isinstance(by, Personne) else None
