"""Le relevé de décisions et la feuille de présence d’une séance, en arbre de blocs (`documents` les rend en PDF et Word)."""

from maillage.agenda.actions import format_quand
from maillage.agenda.enums import Presence
from maillage.documents import blocs
from maillage.gouvernance.enums import Portee, Qualite
from maillage.gouvernance.models import Decision, MembreComite, Participant, Seance
from maillage.gouvernance.permissions import TIENNENT
from maillage.gouvernance.policies import EtatQuorum, describe_quorum, describe_regle
from maillage.gouvernance.selectors import (
    get_etat_quorum,
    get_regle,
    list_membres,
    list_participants,
)
from maillage.socle.dates import format_jour
from maillage.socle.horloge import aujourdhui

# La place d’écrire à la main, sur la feuille imprimée.
A_REMPLIR = "\n" + "." * 24
A_SIGNER = "\n" + "." * 30


def say_qualite(participant: Participant) -> str:
    """« Président·e, élus », « suppléant·e de … », « Invité·e »."""
    membre = participant.membre
    if membre is None:
        return "Invité·e pour cette séance"
    morceaux = [
        str(Qualite(membre.place).label) if membre.place != Qualite.MEMBRE else membre.titre or "Membre"
    ]
    if membre.titulaire:
        morceaux = [f"Suppléant·e de {membre.titulaire.nom or membre.titulaire}"]
    if membre.college:
        morceaux.append(str(membre.college))
    return ", ".join(morceaux)


def say_organisation(participant: Participant) -> str:
    organisation = participant.invitation.organisation
    return organisation.nom if organisation else ""


def say_votes(decision: Decision) -> str:
    """« 5 pour, 1 contre, 0 abstention » ; vide si le vote n’a pas été compté."""
    if decision.pour is None and decision.contre is None and decision.abstentions is None:
        return ""
    abstentions = decision.abstentions or 0
    return (
        f"{decision.pour or 0} pour, {decision.contre or 0} contre, "
        f"{abstentions} {'abstention' if abstentions <= 1 else 'abstentions'}"
    )


def say_portee(decision: Decision) -> str:
    """Ce qu’il faut savoir de la valeur de la décision : consultation sans quorum, ajournement…"""
    if decision.portee == Portee.CONSULTATION:
        return "Consultation\u00a0: le quorum ou la parité manquait, cet avis n’est pas une décision."
    return ""


def compose_feuille(seance: Seance) -> blocs.Document:
    """La feuille de présence à imprimer et à faire signer : une ligne par personne attendue, et trois lignes libres."""
    lignes: list[tuple[str, str, str, str]] = [
        (p.invitation.nom, say_organisation(p), say_qualite(p), A_SIGNER) for p in list_participants(seance)
    ]
    lignes += [(A_REMPLIR, A_REMPLIR, A_REMPLIR, A_SIGNER)] * 3
    return blocs.Document(
        titre=f"Feuille de présence\u00a0: {seance.rendez_vous.titre}",
        sous_titre=f"{seance.comite.nom}, {seance.comite.lieu}",
        date=seance.jour,
        auteur="Maillage",
        statut="arrete",
        mention_fictif=_is_fictif(seance),
        enfants=(
            blocs.Paragraphe(_quand_et_ou(seance)),
            blocs.Tableau(
                legende="Personnes attendues\u00a0; les lignes vides sont pour qui vient en plus",
                entetes=("Nom", "Organisation", "Qualité", "Signature"),
                lignes=tuple(lignes),
            ),
        ),
    )


def compose_releve(seance: Seance, *, arrete: bool) -> blocs.Document:
    """Le relevé de décisions : présences, quorum, points, décisions, signatures. `arrete` : sans filigrane « projet »."""
    participants = list_participants(seance)
    etat = get_etat_quorum(seance, participants)
    decisions = list(
        seance.decisions.select_related("fiche", "territoire", "remplace", "point").order_by("numero")
    )
    enfants: list[blocs.Bloc] = [
        blocs.Paragraphe(_quand_et_ou(seance)),
        blocs.Titre(1, "Présences"),
        *_presences(participants),
        *_quorum(seance, etat),
        blocs.Titre(1, "Ordre du jour et décisions"),
        *_points(seance, decisions),
        *_signatures(seance),
    ]
    return blocs.Document(
        titre=f"Relevé de décisions\u00a0: {seance.rendez_vous.titre}",
        sous_titre=f"{seance.comite.nom}, {seance.comite.lieu}, {format_jour(seance.jour)}",
        date=aujourdhui() if arrete else seance.jour,  # « arrêté le » : le jour où il cesse de changer
        auteur="Maillage",
        statut="arrete" if arrete else "projet",
        mention_fictif=_is_fictif(seance),
        enfants=tuple(enfants),
    )


def _is_fictif(seance: Seance) -> bool:
    territoire = seance.comite.territoire
    return bool(territoire and territoire.is_fictif)


def _quand_et_ou(seance: Seance) -> str:
    rendez_vous = seance.rendez_vous
    ou = rendez_vous.lieu or ("En visioconférence" if rendez_vous.visio else "")
    quand = format_quand(rendez_vous)
    return f"{quand[0].upper()}{quand[1:]}." + (f" {ou}." if ou else "")


def _presences(participants: list[Participant]) -> list[blocs.Bloc]:
    if not participants:
        return [blocs.Paragraphe("Aucune présence n’a été relevée.")]
    return [
        blocs.Tableau(
            legende="Personnes attendues et présences",
            entetes=("Nom", "Organisation", "Qualité", "Présence"),
            lignes=tuple(
                (
                    p.invitation.nom,
                    say_organisation(p),
                    say_qualite(p),
                    str(Presence(p.invitation.presence).label),
                )
                for p in participants
            ),
        )
    ]


def _quorum(seance: Seance, etat: EtatQuorum) -> list[blocs.Bloc]:
    regle = get_regle(seance.comite, seance.jour)
    if regle is None:
        return []
    constat = describe_quorum(etat)
    phrase = f"Règle du comité\u00a0: {describe_regle(regle)}. Constat\u00a0: {constat}."
    return [blocs.Paragraphe(phrase)]


def _points(seance: Seance, decisions: list[Decision]) -> list[blocs.Bloc]:
    resultat: list[blocs.Bloc] = []
    points = list(seance.points.order_by("rang", "id"))
    for rang, point in enumerate(points, start=1):
        # En gras et non en titre : un relevé court n’a pas besoin d’un sommaire ni d’une page de garde.
        resultat.append(blocs.Paragraphe(blocs.Texte(f"{rang}. {point.titre}", gras=True)))
        if point.texte:
            resultat.append(blocs.Paragraphe(point.texte))
        siennes = [decision for decision in decisions if decision.point_id == point.pk]
        if not siennes:
            resultat.append(blocs.Paragraphe(blocs.Texte("Point sans décision.", italique=True)))
        for decision in siennes:
            resultat += _decision(decision)
    autres = [decision for decision in decisions if decision.point_id is None]
    if autres and points:
        resultat.append(blocs.Paragraphe(blocs.Texte("Autres décisions", gras=True)))
    for decision in autres:
        resultat += _decision(decision)
    if not resultat:
        resultat.append(blocs.Paragraphe("Aucun point, aucune décision."))
    return resultat


def _decision(decision: Decision) -> list[blocs.Bloc]:
    sens = decision.issue.lower()
    votes = say_votes(decision)
    debut = f"{Portee(decision.portee).label} n°\u00a0{decision.numero}, {sens}\u00a0: "
    resultat: list[blocs.Bloc] = [
        blocs.Paragraphe(
            (
                blocs.Texte(debut, gras=True),
                blocs.Texte(decision.intitule + "."),
                blocs.Texte(f" Vote\u00a0: {votes}." if votes else ""),
            )
        )
    ]
    if decision.remplace:
        resultat.append(
            blocs.Paragraphe(
                f"Elle remplace la décision n°\u00a0{decision.remplace.numero} du {format_jour(decision.remplace.seance.jour)}."
            )
        )
    if phrase := say_portee(decision):
        resultat.append(blocs.Paragraphe(blocs.Texte(phrase, italique=True)))
    if decision.texte:
        resultat.append(blocs.Paragraphe(decision.texte))
    return resultat


def _signatures(seance: Seance) -> list[blocs.Bloc]:
    signataires = [m for m in list_membres(seance.comite, seance.jour) if m.place in TIENNENT]
    if not signataires:
        return []
    return [
        blocs.Titre(1, "Signatures"),
        blocs.Paragraphe(
            "Une signature donnée sur la plateforme porte sur ce fichier et sur lui seul\u00a0: son empreinte permet à chacun de le "
            "vérifier."
        ),
        blocs.BlocSignatures((("Pour le comité", tuple(_signataire(m) for m in signataires)),)),
    ]


def _signataire(membre: MembreComite) -> blocs.Signataire:
    organisation = membre.organisation.nom if membre.organisation else membre.comite.nom
    return blocs.Signataire(organisation, membre.nom, str(Qualite(membre.place).label))
