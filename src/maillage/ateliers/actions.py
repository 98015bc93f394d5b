"""Seuls actes qui écrivent un atelier : le préparer, le conduire. Les tableaux sont dans `actions_tableau`."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from calcul.ateliers import groupes as calcul_groupes
from calcul.ateliers.tableau import Carte, TypeEvenement
from maillage.agenda.actions import (
    create_rendez_vous,
    erase_invites,
    invite,
    send_invitations,
    update_rendez_vous,
)
from maillage.agenda.models import RendezVous
from maillage.ateliers import events, policies
from maillage.ateliers.enums import College, EtatAtelier, EtatPhase, NaturePhase
from maillage.ateliers.modeles import AXES, MODELES
from maillage.ateliers.models import (
    Atelier,
    EvenementTableau,
    Groupe,
    Inscription,
    MembreGroupe,
    Participant,
    Phase,
    Tableau,
)
from maillage.ateliers.selectors import load_etats, to_present
from maillage.comptes.actions import hash_jeton
from maillage.comptes.models import Personne
from maillage.journal.actions import record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Territoire

# Sans 0, O, 1, I, L : un code se lit de loin et se dicte.
ALPHABET_CODE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CANAL_POSTGRESQL = "maillage_ateliers"
DUREE_MAXIMUM = 8 * 60
DUREE_SANS_PROGRAMME = 120  # minutes : un programme encore vide
TABLE_MAXIMUM = 80
CONSERVATION = timedelta(days=365)
JETON_EFFACE = "efface-"


def signal_salle(atelier: Atelier, *, page: bool = True) -> None:
    """Prévient les écrans que la salle a changé (à appeler dans la transaction de l’acte).

    `page` : ils montrent autre chose et se rechargent ; sinon l’horloge ou le nombre de présents suit sans recharger.
    """
    Atelier.objects.filter(pk=atelier.pk).update(
        version_salle=F("version_salle") + 1, version_page=F("version_page") + (1 if page else 0)
    )
    notify_ecrans()


def notify_ecrans() -> None:
    """Réveille les processus qui diffusent. SQLite se surveille seul (PRAGMA data_version)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute(f"NOTIFY {CANAL_POSTGRESQL}")


@transaction.atomic
def create_atelier(
    *,
    territoire: Territoire,
    titre: str,
    jour: date,
    by: Personne,
    modele: str = "libre",
    heure: time | None = None,
    lieu: str = "",
    hote: str = "",
    precedent: Atelier | None = None,
) -> Atelier:
    """Crée un atelier en préparation, avec les phases du programme type `modele` (clé de MODELES)."""
    if not titre.strip():
        raise ActionImpossible("Donnez un titre à l’atelier.")
    if modele not in MODELES:
        raise ActionImpossible("Ce programme type n’existe pas : choisissez-en un dans la liste.")
    atelier = Atelier.objects.create(
        territoire=territoire,
        titre=titre.strip(),
        jour=jour,
        heure=heure,
        lieu=lieu.strip(),
        hote=hote.strip(),
        precedent=precedent,
        code=_draw_code(),
        cree_at=maintenant(),
        cree_by=by,
    )
    phases: list[Phase] = []
    for rang, donnees in enumerate(MODELES[modele]["phases"], start=1):
        source = donnees.get("source")
        phases.append(
            Phase.objects.create(
                atelier=atelier,
                rang=rang,
                **{
                    **donnees,
                    "colonnes": _get_colonnes(territoire, donnees.get("colonnes", [])),
                    "source": phases[source - 1] if source else None,
                },
            )
        )
    record(events.ATELIER_CREE, cible=atelier, territoire=territoire.cle, by=by)
    return atelier


def _draw_code() -> str:
    while True:
        code = "".join(secrets.choice(ALPHABET_CODE) for _ in range(6))
        if not Atelier.objects.filter(code=code).exists():
            return code


def _get_colonnes(
    territoire: Territoire, colonnes: Sequence[Mapping[str, str]] | str
) -> list[dict[str, str]]:
    if colonnes == AXES:
        return [{"code": axe.code, "nom": axe.nom} for axe in territoire.vague.axes.order_by("rang")]
    return [dict(c) for c in colonnes]  # type: ignore[arg-type]


@transaction.atomic
def update_atelier(*, atelier: Atelier, by: Personne, **champs: Any) -> Atelier:
    """Change titre, jour, heure, lieu, hôte ou la date limite des absents ; sans changement, n’écrit rien."""
    changes = {champ: valeur for champ, valeur in champs.items() if getattr(atelier, champ) != valeur}
    if not changes:
        return atelier
    if "titre" in changes and not str(changes["titre"]).strip():
        raise ActionImpossible("Donnez un titre à l’atelier.")
    avant = {champ: str(getattr(atelier, champ) or "") for champ in changes}
    for champ, valeur in changes.items():
        setattr(atelier, champ, valeur)
    atelier.save(update_fields=[*changes])
    if atelier.rendez_vous and changes.keys() & {"titre", "jour", "heure", "lieu"}:
        debut_at, fin_at = _get_horaires(atelier)
        update_rendez_vous(
            rendez_vous=atelier.rendez_vous,
            titre=atelier.titre,
            lieu=atelier.lieu,
            by=by,
            debut_at=debut_at,
            fin_at=fin_at,
        )
    record(
        events.ATELIER_MODIFIE,
        cible=atelier,
        territoire=atelier.territoire.cle,
        by=by,
        avant=avant,
        apres={champ: str(valeur or "") for champ, valeur in changes.items()},
    )
    return atelier


def _get_horaires(atelier: Atelier) -> tuple[datetime, datetime]:
    """Début et fin prévus, d’après l’heure et les durées du programme ; lève ActionImpossible sans heure."""
    if atelier.heure is None:
        raise ActionImpossible(
            "Donnez l’heure de début de l’atelier\u00a0: l’invitation la dit.", champ="heure"
        )
    debut = timezone.make_aware(datetime.combine(atelier.jour, atelier.heure))
    minutes = sum(phase.duree or 0 for phase in atelier.phases.all())
    return debut, debut + timedelta(minutes=minutes or DUREE_SANS_PROGRAMME)


def take_rendez_vous(*, atelier: Atelier, adresse: str, by: Personne) -> RendezVous:
    """Le rendez-vous de l’atelier, pris s’il ne l’était pas ; lève ActionImpossible sans heure de début.

    `adresse` : celle où entrer le jour venu. À appeler dans la transaction de l’acte.
    """
    if atelier.rendez_vous is None:
        debut_at, fin_at = _get_horaires(atelier)
        atelier.rendez_vous = create_rendez_vous(
            objet_type="ateliers.atelier",
            titre=atelier.titre,
            lieu=atelier.lieu,
            message=f"Le jour venu, entrez avec votre téléphone par {adresse} (aucun compte).",
            territoire=atelier.territoire.cle,
            organisateur=by,
            by=by,
            debut_at=debut_at,
            fin_at=fin_at,
        )
        atelier.save(update_fields=["rendez_vous"])
    return atelier.rendez_vous


@transaction.atomic
def invite_to_atelier(
    *, atelier: Atelier, personnes: Sequence[tuple[str, str]], adresse: str, by: Personne
) -> int:
    """Invite des personnes (nom, courriel) ; rend le nombre de courriels partis, chacun avec son fichier .ics.

    `adresse` : celle où entrer le jour venu, dite dans l’invitation. Qui est déjà invité ne l’est pas deux fois.
    """
    if atelier.etat == EtatAtelier.CLOS:
        raise ActionImpossible("L’atelier est clos\u00a0: ouvrez-le plutôt aux absents.")
    rendez_vous = take_rendez_vous(atelier=atelier, adresse=adresse, by=by)
    for nom, courriel in personnes:
        invite(rendez_vous=rendez_vous, nom=nom, email=courriel, by=by)
    return send_invitations(
        rendez_vous=rendez_vous,
        by=by,
        url=atelier.get_absolute_url(),
        territoire_nom=atelier.territoire.nom,
    )


@transaction.atomic
def save_phase(*, atelier: Atelier, by: Personne, phase: Phase | None = None, **champs: Any) -> Phase:
    """Ajoute une phase à la fin du programme, ou change `phase` tant qu’elle n’a pas commencé.

    `champs` : nature, titre, consigne, duree (minutes), colonnes, tour, source, points.
    """
    if phase is None:
        dernier = atelier.phases.aggregate(m=Max("rang"))["m"] or 0
        phase = Phase(atelier=atelier, rang=dernier + 1)
    elif phase.etat != EtatPhase.A_VENIR:
        raise ActionImpossible(
            f"La phase « {phase.titre} » a commencé : prolongez-la ou finissez-la, son contenu ne change plus."
        )
    for champ, valeur in champs.items():
        setattr(phase, champ, valeur)
    _check_phase(phase)
    phase.save()
    record(events.PROGRAMME_MODIFIE, cible=atelier, territoire=atelier.territoire.cle, by=by)
    return phase


def _check_phase(phase: Phase) -> None:
    if not phase.titre.strip():
        raise ActionImpossible("Donnez un titre à la phase.")
    if phase.duree is not None and not 1 <= phase.duree <= DUREE_MAXIMUM:
        raise ActionImpossible("La durée d’une phase va de 1 minute à 8 heures.")
    if phase.nature == NaturePhase.CONTRIBUER and not phase.colonnes:
        raise ActionImpossible("Une phase de contribution a au moins une colonne où poser des cartes.")
    porte = (NaturePhase.REGROUPER, NaturePhase.VOTER, NaturePhase.RESTITUER)
    if phase.nature in porte and phase.source is None:
        raise ActionImpossible("Dites sur les cartes de quelle phase porte celle-ci.")
    if phase.nature == NaturePhase.VOTER and not phase.points:
        raise ActionImpossible("Donnez au moins un point à chaque personne pour voter.")


@transaction.atomic
def delete_phase(*, phase: Phase, by: Personne) -> None:
    """Retire du programme une phase qui n’a pas commencé."""
    if phase.etat != EtatPhase.A_VENIR:
        raise ActionImpossible(f"La phase « {phase.titre} » a commencé : elle reste au programme.")
    atelier = phase.atelier
    phase.delete()
    record(events.PROGRAMME_MODIFIE, cible=atelier, territoire=atelier.territoire.cle, by=by)


@transaction.atomic
def move_phase(*, phase: Phase, pas: int, by: Personne) -> None:
    """Avance (`pas` = −1) ou recule (1) une phase d’une place dans le programme."""
    voisine = (
        phase.atelier.phases.filter(rang__lt=phase.rang).order_by("-rang").first()
        if pas < 0
        else phase.atelier.phases.filter(rang__gt=phase.rang).order_by("rang").first()
    )
    if voisine is None:
        return
    phase.rang, voisine.rang = voisine.rang, phase.rang
    phase.save(update_fields=["rang"])
    voisine.save(update_fields=["rang"])
    record(events.PROGRAMME_MODIFIE, cible=phase.atelier, territoire=phase.atelier.territoire.cle, by=by)


@transaction.atomic
def open_atelier(*, atelier: Atelier, by: Personne) -> None:
    """Ouvre l’atelier : le code laisse entrer. Un atelier clos peut être rouvert."""
    policies.check_can_open(atelier)
    atelier.etat = EtatAtelier.OUVERT
    atelier.save(update_fields=["etat"])
    signal_salle(atelier)
    record(events.ATELIER_OUVERT, cible=atelier, territoire=atelier.territoire.cle, by=by)


@transaction.atomic
def close_atelier(*, atelier: Atelier, by: Personne) -> None:
    """Clôt l’atelier et la phase en cours : plus rien ne s’écrit, sauf les cartes hors réseau encore en route."""
    if atelier.etat != EtatAtelier.OUVERT:
        raise ActionImpossible("L’atelier n’est pas ouvert.")
    _end_phases(atelier)
    atelier.etat = EtatAtelier.CLOS
    atelier.save(update_fields=["etat"])
    signal_salle(atelier)
    record(events.ATELIER_CLOS, cible=atelier, territoire=atelier.territoire.cle, by=by)


@transaction.atomic
def join_atelier(
    *, atelier: Atelier, prenom: str, college: str, organisation: str = "", table: int | None = None
) -> tuple[Participant, str]:
    """Entre dans la salle. Rend le participant et le jeton que son téléphone garde (jamais gardé en clair ici).

    Qui arrive en cours de tour rejoint le groupe le moins nombreux. `table` : ce téléphone sert à tout un groupe, il
    suit le tableau de ce numéro à chaque tour. Un atelier clos laisse entrer les absents jusqu’à leur date limite.
    """
    is_absent = policies.is_open_to_absents(atelier, aujourdhui())
    if not is_absent:
        policies.check_is_ouvert(atelier)
    if table is not None:
        if is_absent or not 1 <= table <= TABLE_MAXIMUM:
            raise ActionImpossible(f"Donnez le numéro de la table, de 1 à {TABLE_MAXIMUM}.")
        prenom, college, organisation = f"Table {table}", College.AUTRE, ""
    if not prenom.strip():
        raise ActionImpossible("Donnez votre prénom\u00a0: c’est ainsi que votre groupe vous reconnaîtra.")
    if college not in College.values:
        raise ActionImpossible("Choisissez votre collège dans la liste.")
    jeton = secrets.token_urlsafe(24)
    participant = Participant.objects.create(
        atelier=atelier,
        prenom=prenom.strip()[:60],
        college=college,
        organisation=organisation.strip()[:150],
        jeton_sha256=hash_jeton(jeton),
        rejoint_at=maintenant(),
        table=table,
        is_absent=is_absent,
    )
    if table is None and not is_absent:
        _place_tardif(participant)
    signal_salle(atelier, page=False)
    return participant, jeton


def _place_tardif(participant: Participant) -> None:
    """Le plus petit groupe de chaque tour composé qui n’est pas fini : celui d’à présent et ceux préparés d’avance."""
    finis = set(
        participant.atelier.phases.filter(etat=EtatPhase.FINIE, nature=NaturePhase.CONTRIBUER).values_list(
            "tour", flat=True
        )
    )
    petits: dict[int, Groupe] = {}
    for groupe in participant.atelier.groupes.annotate(n=Count("membres")).order_by("n", "numero"):
        petits.setdefault(groupe.tour, groupe)
    MembreGroupe.objects.bulk_create(
        MembreGroupe(groupe=groupe, participant=participant)
        for tour, groupe in petits.items()
        if tour not in finis
    )


@transaction.atomic
def compose_groupes(*, atelier: Atelier, tour: int, nombre: int, by: Personne) -> calcul_groupes.Composition:
    """Compose (ou refait) les groupes d’un tour avec les présents ; évite les paires des tours précédents.

    Refusé dès qu’un tableau de ce tour existe : les cartes d’un groupe ne changent pas de mains.
    """
    if Tableau.objects.filter(groupe__atelier=atelier, groupe__tour=tour).exists():
        raise ActionImpossible(
            f"Le tour {tour} a commencé : déplacez les personnes une à une au lieu de tout recomposer."
        )
    presents = [
        to_present(participant)
        for participant in atelier.participants.filter(
            parti_at__isnull=True, table__isnull=True, is_absent=False
        )
    ]
    passees = [get_composition(atelier, t) for t in _get_tours(atelier) if t < tour]
    try:
        composition = calcul_groupes.composer(
            presents, nombre, passees=passees, graine=atelier.pk * 31 + tour
        )
    except calcul_groupes.CompositionImpossible as erreur:
        raise ActionImpossible(str(erreur)) from erreur
    atelier.groupes.filter(tour=tour).delete()
    groupes = Groupe.objects.bulk_create(
        Groupe(atelier=atelier, tour=tour, numero=n) for n in range(1, nombre + 1)
    )
    MembreGroupe.objects.bulk_create(
        MembreGroupe(groupe=groupe, participant_id=pk)
        for groupe, membres in zip(groupes, composition.groupes, strict=True)
        for pk in membres
    )
    signal_salle(atelier)
    record(
        events.GROUPES_COMPOSES,
        cible=atelier,
        territoire=atelier.territoire.cle,
        by=by,
        apres={"tour": tour, "nombre": nombre, "paires_revues": composition.paires_revues},
    )
    return composition


def _get_tours(atelier: Atelier) -> list[int]:
    return sorted(set(atelier.groupes.values_list("tour", flat=True)))


def get_composition(atelier: Atelier, tour: int) -> calcul_groupes.Groupes:
    """Les groupes d’un tour, tels que `calcul` les compare."""
    membres: dict[int, list[int]] = {}
    for groupe, participant in MembreGroupe.objects.filter(
        groupe__atelier=atelier, groupe__tour=tour
    ).values_list("groupe_id", "participant_id"):
        membres.setdefault(groupe, []).append(participant)
    return tuple(tuple(sorted(m)) for _, m in sorted(membres.items()))


@transaction.atomic
def move_participant(*, participant: Participant, groupe: Groupe, by: Personne) -> None:
    """Place un participant dans un groupe de son tour, quel que soit le précédent. Les règles rompues se voient, sans bloquer."""
    if groupe.atelier_id != participant.atelier_id:
        raise ActionImpossible("Ce groupe est d’un autre atelier.")
    MembreGroupe.objects.filter(participant=participant, groupe__tour=groupe.tour).delete()
    MembreGroupe.objects.create(groupe=groupe, participant=participant)
    signal_salle(groupe.atelier)


@transaction.atomic
def set_rapporteur(*, membre: MembreGroupe, by: Personne) -> None:
    """Désigne le rapporteur du groupe ; il n’y en a qu’un."""
    MembreGroupe.objects.filter(groupe=membre.groupe).update(is_rapporteur=False)
    membre.is_rapporteur = True
    membre.save(update_fields=["is_rapporteur"])
    signal_salle(membre.groupe.atelier)


@transaction.atomic
def leave_atelier(*, participant: Participant) -> None:
    """Le participant s’en va : les groupes suivants se font sans lui, ses cartes restent."""
    if participant.parti_at is None:
        participant.parti_at = maintenant()
        participant.save(update_fields=["parti_at"])


@transaction.atomic
def start_phase(*, phase: Phase, by: Personne) -> None:
    """Lance une phase et son horloge, finit la précédente, ouvre ses tableaux.

    Sans groupes composés pour son tour, la salle partage un seul tableau. Une phase finie peut être relancée.
    """
    atelier = Atelier.objects.select_for_update().get(pk=phase.atelier_id)
    policies.check_is_ouvert(atelier)
    phase.refresh_from_db()
    policies.check_phase_can_start(phase)
    _end_phases(atelier)
    debut = maintenant()
    phase.etat = EtatPhase.EN_COURS
    phase.debut_at = phase.debut_at or debut
    phase.fin_prevue_at = debut + timedelta(minutes=phase.duree) if phase.duree else None
    phase.reste_secondes = phase.finie_at = None
    phase.save()
    if phase.nature == NaturePhase.CONTRIBUER:
        groupes = [g for g in atelier.groupes.all() if g.tour == phase.tour]
        for groupe in groupes:
            Tableau.objects.get_or_create(phase=phase, groupe=groupe)
        if not groupes:
            Tableau.objects.get_or_create(phase=phase, groupe=None)
    # Voter sans avoir lancé « Réunir » marche aussi : le tableau de la salle se fait alors.
    commune = phase if phase.nature == NaturePhase.REGROUPER else phase.source
    if commune is not None and commune.nature == NaturePhase.REGROUPER:
        gather_cartes(commune)
    signal_salle(atelier)


def gather_cartes(phase: Phase) -> None:
    """Reprend sur le tableau de la salle d’une phase « Réunir » les cartes qui n’y sont pas encore, avec ce qu’elles ont
    recueilli. Les tableaux des groupes restent tels quels. À appeler dans la transaction de l’acte.
    """
    if phase.source is None:
        return
    if phase.colonnes != phase.source.colonnes:
        phase.colonnes = phase.source.colonnes
        phase.save(update_fields=["colonnes"])
    salle, _ = Tableau.objects.get_or_create(phase=phase, groupe=None)
    salle = Tableau.objects.select_for_update(of=("self",)).get(pk=salle.pk)
    sources = list(phase.source.tableaux.order_by("groupe__numero", "id"))
    etats = load_etats([salle, *sources])
    presentes = etats[salle.pk].cartes
    reprises = {carte.de for carte in presentes.values()}
    prises = set(presentes)
    suite: list[tuple[TypeEvenement, str, int | None, dict[str, Any]]] = []
    for tableau in sources:
        etat = etats[tableau.pk]
        for carte in etat.get_visibles():
            tete = ""
            for reunie in (carte, *etat.get_fusionnees(carte.id)):
                de = f"{tableau.pk}:{reunie.id}"
                if de in reprises:
                    continue
                # Deux téléphones ont tiré le même identifiant : la carte en reçoit un neuf.
                nom = reunie.id if reunie.id not in prises else str(uuid.uuid4())
                prises.add(nom)
                suite += [(type_, nom, auteur, donnees) for type_, auteur, donnees in _say_again(reunie, de)]
                if tete:
                    suite.append((TypeEvenement.FUSIONNEE, tete, None, {"avec": nom}))
                elif reunie is carte:
                    tete = nom
    if not suite:
        return
    instant = maintenant()
    EvenementTableau.objects.bulk_create(
        EvenementTableau(
            tableau=salle,
            version=version,
            type=type_,
            carte=nom,
            participant_id=auteur,
            donnees=donnees,
            cle=str(uuid.uuid4()),
            enregistre_at=instant,
        )
        for version, (type_, nom, auteur, donnees) in enumerate(suite, start=salle.version + 1)
    )
    Tableau.objects.filter(pk=salle.pk).update(version=salle.version + len(suite))


def _say_again(carte: Carte, de: str) -> list[tuple[TypeEvenement, int | None, dict[str, Any]]]:
    """Les évènements qui redisent une carte ailleurs : posée, points, besoins, publication."""
    donnees: dict[str, Any] = {
        "colonne": carte.colonne,
        "texte": carte.texte,
        "par": carte.par,
        "de": de,
    }
    if carte.tardive:
        donnees["tardive"] = True
    return [
        (TypeEvenement.POSEE, carte.auteur, donnees),
        *((TypeEvenement.VOTEE, votant, {"points": n}) for votant, n in carte.votes.items()),
        *((TypeEvenement.LIEE, None, {"besoin": b, "oui": True}) for b in carte.besoins),
        *([(TypeEvenement.PUBLIEE, None, {"oui": True})] if carte.publiee else []),
    ]


def _end_phases(atelier: Atelier) -> None:
    atelier.phases.filter(etat__in=(EtatPhase.EN_COURS, EtatPhase.SUSPENDUE)).update(
        etat=EtatPhase.FINIE, finie_at=maintenant(), reste_secondes=None
    )


@transaction.atomic
def pause_phase(*, phase: Phase, by: Personne) -> None:
    """Arrête l’horloge ; ce qui reste est gardé en secondes."""
    phase = Phase.objects.select_for_update().get(pk=phase.pk)
    if phase.etat != EtatPhase.EN_COURS:
        raise ActionImpossible("Seule une phase en cours se met en pause.")
    if phase.fin_prevue_at:
        phase.reste_secondes = max(0, int((phase.fin_prevue_at - maintenant()).total_seconds()))
    phase.etat, phase.fin_prevue_at = EtatPhase.SUSPENDUE, None
    phase.save()
    signal_salle(phase.atelier, page=False)


@transaction.atomic
def resume_phase(*, phase: Phase, by: Personne) -> None:
    """Reprend là où la pause a laissé l’horloge."""
    phase = Phase.objects.select_for_update().get(pk=phase.pk)
    if phase.etat != EtatPhase.SUSPENDUE:
        raise ActionImpossible("Cette phase n’est pas en pause.")
    if phase.reste_secondes is not None:
        phase.fin_prevue_at = maintenant() + timedelta(seconds=phase.reste_secondes)
    phase.etat, phase.reste_secondes = EtatPhase.EN_COURS, None
    phase.save()
    signal_salle(phase.atelier, page=False)


@transaction.atomic
def extend_phase(*, phase: Phase, minutes: int, by: Personne) -> None:
    """Ajoute des minutes à l’horloge ; si elle est à zéro, elle repart de maintenant et la saisie se rouvre."""
    phase = Phase.objects.select_for_update().get(pk=phase.pk)
    if not 1 <= minutes <= DUREE_MAXIMUM:
        raise ActionImpossible("Prolongez d’une minute à 8 heures.")
    if phase.etat == EtatPhase.SUSPENDUE:
        phase.reste_secondes = (phase.reste_secondes or 0) + 60 * minutes
    elif phase.etat == EtatPhase.EN_COURS:
        depart = max(phase.fin_prevue_at or maintenant(), maintenant())
        phase.fin_prevue_at = depart + timedelta(minutes=minutes)
    else:
        raise ActionImpossible("Cette phase n’est pas en cours : relancez-la pour la rouvrir.")
    phase.save()
    signal_salle(phase.atelier, page=False)


@transaction.atomic
def end_phase(*, phase: Phase, by: Personne) -> None:
    """Finit la phase : la saisie se ferme."""
    phase.refresh_from_db()
    if phase.etat not in (EtatPhase.EN_COURS, EtatPhase.SUSPENDUE):
        raise ActionImpossible("Cette phase n’est pas en cours.")
    _end_phases(phase.atelier)
    signal_salle(phase.atelier)


@transaction.atomic
def show_groupe(*, phase: Phase, groupe: Groupe | None, by: Personne) -> None:
    """Choisit le groupe que l’écran de la salle montre pendant une restitution ; None : tous."""
    if phase.nature != NaturePhase.RESTITUER:
        raise ActionImpossible("Seule une restitution montre un groupe après l’autre.")
    phase.groupe_restitue = groupe
    phase.save(update_fields=["groupe_restitue"])
    signal_salle(phase.atelier)


@transaction.atomic
def set_concurrence(*, participant: Participant, marque: str, by: Personne) -> None:
    """Marque un concurrent : deux personnes de même marque sont séparées à la prochaine composition. Vide : sans marque."""
    participant.concurrence = marque.strip()[:40]
    participant.save(update_fields=["concurrence"])


@transaction.atomic
def open_to_absents(*, atelier: Atelier, jusqu_au: date, by: Personne) -> None:
    """Laisse ceux qui n’étaient pas là contribuer par le lien de l’atelier jusqu’à ce jour compris.

    Ils écrivent sur un tableau commun par phase de contribution, sans lire ceux des groupes.
    """
    if jusqu_au < aujourdhui():
        raise ActionImpossible("Ce jour est passé\u00a0: donnez une date à venir.")
    for phase in atelier.phases.filter(nature=NaturePhase.CONTRIBUER):
        Tableau.objects.get_or_create(phase=phase, groupe=None)
    update_atelier(atelier=atelier, by=by, contributions_jusqu_au=jusqu_au)
    signal_salle(atelier)


@transaction.atomic
def erase_participants(instant: datetime) -> int:
    """Efface prénoms, organisations, signatures et inscriptions un an après l’atelier ; les cartes restent, sans
    personne derrière."""
    limite = timezone.localdate(instant) - CONSERVATION
    inscriptions = Inscription.objects.filter(atelier__jour__lt=limite)
    erase_invites(invitations=list(inscriptions.values_list("invitation", flat=True)))
    inscriptions.delete()
    passes = Participant.objects.filter(atelier__jour__lt=limite).exclude(
        jeton_sha256__startswith=JETON_EFFACE
    )
    nombre = 0
    for participant in passes.select_for_update():
        signes = EvenementTableau.objects.filter(participant=participant, type=TypeEvenement.POSEE)
        for evenement in signes:
            if evenement.donnees.pop("par", ""):
                evenement.save(update_fields=["donnees"])
        participant.prenom, participant.organisation, participant.concurrence = "Anonyme", "", ""
        participant.jeton_sha256 = f"{JETON_EFFACE}{participant.pk}"
        participant.save()
        nombre += 1
    return nombre
