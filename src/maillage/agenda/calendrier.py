"""Le fichier .ics d’un rendez-vous, et la réponse qu’un calendrier renvoie (RFC 5545, RFC 5546)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from maillage.agenda.enums import StatutRendezVous, ValeurReponse
from maillage.agenda.models import Invitation, RendezVous
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.horloge import maintenant

TYPE_MIME = "text/calendar"
TAILLE_MAX = 200_000  # octets ; une réponse en fait deux ou trois mille
_PARTSTAT = {
    ValeurReponse.OUI: "ACCEPTED",
    ValeurReponse.NON: "DECLINED",
    ValeurReponse.PEUT_ETRE: "TENTATIVE",
}
_VALEURS = {code: valeur for valeur, code in _PARTSTAT.items()}


def build_ics(
    rendez_vous: RendezVous, invitation: Invitation | None = None, *, url: str = "", annule: bool = False
) -> str:
    """Le calendrier à joindre à un courriel : METHOD:REQUEST, ou METHOD:CANCEL si `annule` (ou si le rendez-vous l’est).

    `invitation` : à qui il est adressé (son adresse seule y paraît, jamais celles des autres). `url` : où répondre.
    """
    annule = annule or rendez_vous.statut == StatutRendezVous.ANNULE
    calendrier = Calendar()
    calendrier.add("prodid", "-//Maillage//Territoires d'industrie//FR")
    calendrier.add("version", "2.0")
    calendrier.add("method", "CANCEL" if annule else "REQUEST")
    evenement = Event()
    evenement.add("uid", rendez_vous.uid)
    evenement.add("sequence", rendez_vous.sequence)
    evenement.add("dtstamp", rendez_vous.modifie_at.astimezone(UTC))
    evenement.add("dtstart", rendez_vous.debut_at.astimezone(UTC))
    evenement.add("dtend", rendez_vous.fin_at.astimezone(UTC))
    evenement.add("summary", rendez_vous.titre)
    evenement.add("status", "CANCELLED" if annule else "CONFIRMED")
    if lieu := rendez_vous.lieu or rendez_vous.visio:
        evenement.add("location", lieu)
    description = "\n\n".join(
        morceau
        for morceau in (
            rendez_vous.message,
            rendez_vous.visio and f"Visioconférence\u00a0: {rendez_vous.visio}",
            url and f"Répondre\u00a0: {url}",
        )
        if morceau
    )
    if description:
        evenement.add("description", description)
    if url:
        evenement.add("url", url)
    evenement["organizer"] = _organisateur(rendez_vous)
    if invitation is not None and invitation.email:
        evenement.add("attendee", _participant(invitation), encode=False)
    calendrier.add_component(evenement)
    return calendrier.to_ical().decode()


def _organisateur(rendez_vous: RendezVous) -> vCalAddress:
    """Qui organise : son adresse reçoit les réponses des calendriers ; à défaut, celle de la plateforme."""
    _, expediteur = parseaddr(settings.DEFAULT_FROM_EMAIL)
    personne = rendez_vous.organisateur
    adresse = vCalAddress(f"mailto:{(personne.email if personne else None) or expediteur}")
    adresse.params["CN"] = vText(str(personne) if personne else "Maillage")
    if personne and personne.email:
        adresse.params["SENT-BY"] = vText(f"mailto:{expediteur}")
    return adresse


def _participant(invitation: Invitation) -> vCalAddress:
    adresse = vCalAddress(f"mailto:{invitation.email}")
    adresse.params["CN"] = vText(invitation.nom)
    adresse.params["ROLE"] = vText("REQ-PARTICIPANT")
    adresse.params["RSVP"] = vText("TRUE")
    partstat = _PARTSTAT[ValeurReponse(invitation.reponse)] if invitation.reponse else "NEEDS-ACTION"
    adresse.params["PARTSTAT"] = vText(partstat)
    return adresse


@dataclass(frozen=True)
class ReponseLue:
    """Ce qu’un fichier .ics de réponse dit : à quel rendez-vous, à quelle version, de qui, quoi, quand."""

    uid: str
    sequence: int
    email: str
    valeur: ValeurReponse
    emise_at: datetime


def read_reponse(contenu: bytes) -> ReponseLue:
    """Lit une réponse de calendrier (METHOD:REPLY). DonneesIllisibles si ce n’en est pas une, avec ce qu’il faut faire."""
    if len(contenu) > TAILLE_MAX:
        raise DonneesIllisibles("Ce fichier est trop gros pour être une réponse de calendrier.")
    try:
        calendrier = Calendar.from_ical(contenu)
        evenements = calendrier.walk("VEVENT")
    except (ValueError, IndexError, KeyError, AttributeError) as erreur:
        raise DonneesIllisibles(
            "Ce fichier n’est pas un calendrier lisible. Déposez le fichier .ics joint à la réponse reçue."
        ) from erreur
    if str(calendrier.get("method", "")).upper() != "REPLY" or len(evenements) != 1:
        raise DonneesIllisibles(
            "Ce fichier n’est pas une réponse à une invitation. Déposez le fichier .ics joint à la réponse reçue."
        )
    evenement = evenements[0]
    participants = evenement.get("attendee", [])
    participants = participants if isinstance(participants, list) else [participants]
    if len(participants) != 1 or not evenement.get("uid"):
        raise DonneesIllisibles("Cette réponse ne dit pas, ou pas clairement, de qui elle vient.")
    participant = participants[0]
    partstat = str(participant.params.get("PARTSTAT", "")).upper()
    if partstat not in _VALEURS:
        raise DonneesIllisibles("Cette réponse ne dit ni oui, ni non, ni peut-être.")
    try:
        sequence = max(int(evenement.get("sequence", 0)), 0)
        emise_at = evenement.decoded("dtstamp") if evenement.get("dtstamp") else maintenant()
    except (TypeError, ValueError) as erreur:
        raise DonneesIllisibles("La version ou la date de cette réponse est illisible.") from erreur
    if not isinstance(emise_at, datetime):
        raise DonneesIllisibles("La date de cette réponse est illisible.")
    if emise_at.tzinfo is None:
        emise_at = emise_at.replace(tzinfo=UTC)
    email = str(participant).lower().removeprefix("mailto:").strip()
    return ReponseLue(str(evenement["uid"]), sequence, email, _VALEURS[partstat], emise_at)
