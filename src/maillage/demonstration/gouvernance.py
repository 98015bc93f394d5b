"""La gouvernance de l’espace fictif : un comité de projet, une séance tenue avec ses décisions, une séance à venir.

Personnes, présences et décisions sont inventées ; tout passe par les actes des écrans. Ce que des textes publiés disent de
comités réels est dans donnees/programme/faits_publies.toml.
"""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from maillage.agenda.enums import Presence
from maillage.demonstration.comptes import get_compte, get_organisation
from maillage.demonstration.faits_publies import get_territoire
from maillage.fiches.actions import create_fiche, move_fiche
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.gouvernance import actions
from maillage.gouvernance.enums import NatureComite, NatureDecision, Qualite, SansQuorum, Sens
from maillage.gouvernance.models import Comite, Seance
from maillage.gouvernance.selectors import find_points_proposes, list_participants
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Axe, Territoire

CLE = "v1/fictif-4403"
INSTALLATION = date(2019, 9, 2)
MARDI = 1  # datetime.weekday
SEANCE = date(2021, 9, 14)

# compte de démonstration, nom, organisation, collège, place, a une voix
MEMBRES: tuple[tuple[str, str, str, str, Qualite, bool], ...] = (
    ("elu", "Élue fictive du binôme", "200072999", "Élus", Qualite.PRESIDENT, True),
    (
        "industriel",
        "Industriel fictif du binôme",
        "Forges fictives du Bassigny",
        "Industriels",
        Qualite.PRESIDENT,
        True,
    ),
    ("epci", "Représentante fictive", "200072999", "Élus", Qualite.MEMBRE, True),
    ("epci-chaumont", "Représentant fictif", "200068658", "Élus", Qualite.MEMBRE, True),
    ("partenaire", "Délégué fictif du cluster", "Nogentech", "Industriels", Qualite.MEMBRE, True),
    ("region", "Représentante fictive", "Région Grand Est", "Partenaires publics", Qualite.MEMBRE, True),
    (
        "prefecture",
        "Sous-préfet fictif",
        "Préfecture de la Haute-Marne",
        "Partenaires publics",
        Qualite.MEMBRE,
        True,
    ),
    ("chef-projet", "Chef·fe de projet fictif", "", "", Qualite.SECRETAIRE, False),
)
ABSENTS = {"epci-chaumont": Presence.EXCUSE, "prefecture": Presence.A_DISTANCE}


def _a(jour: date, heure: int) -> datetime:
    return timezone.make_aware(datetime.combine(jour, time(heure)))


@transaction.atomic
def build_comite() -> None:
    """Avant la signature (qui en fera un comité de suivi) : le comité de projet, sa règle, ses collèges, ses membres."""
    territoire = get_territoire(CLE)
    if Comite.objects.filter(territoire=territoire).exists():
        return
    chef = get_compte("chef-projet")
    comite = actions.create_comite(
        territoire=territoire,
        nature=NatureComite.PROJET,
        installe_le=INSTALLATION,
        source="rejeu fictif",
        by=chef,
    )
    colleges = {
        nom: actions.add_college(comite=comite, nom=nom, by=chef)
        for nom in ("Élus", "Industriels", "Partenaires publics")
    }
    for compte, nom, organisation, college, place, has_voix in MEMBRES:
        actions.add_membre(
            comite=comite,
            nom=nom,
            email=f"{compte}@demonstration.invalid",
            organisation=get_organisation(organisation) if organisation else None,
            college=colleges.get(college),
            place=place,
            has_voix=has_voix,
            debut=INSTALLATION,
            source="rejeu fictif",
            by=chef,
        )
    actions.set_regle(
        comite=comite,
        depuis=INSTALLATION,
        quorum_pour_cent=50,
        sans_quorum=SansQuorum.CONSULTATION,
        texte="règlement intérieur fictif, article 3",
        by=chef,
    )


def build_seances() -> None:
    """La séance passée, relevé arrêté et signé ; puis la prochaine, convoquée, avec ce qui attend une décision."""
    territoire = get_territoire(CLE)
    comite = Comite.objects.select_related("territoire__vague").get(territoire=territoire)
    if Seance.objects.filter(comite=comite).exists():
        return
    _hold_past(comite)
    _prepare_next(comite, territoire)


def _hold_past(comite: Comite) -> None:
    chef, elu = get_compte("chef-projet"), get_compte("elu")
    with transaction.atomic():
        seance = actions.create_seance(
            comite=comite,
            titre="Comité de suivi\u00a0: où en est le plan d’actions",
            debut_at=_a(SEANCE, 14),
            fin_at=_a(SEANCE, 16),
            lieu="Salle fictive du conseil, Langres",
            by=chef,
        )
        point = actions.add_point(seance=seance, titre="Où en sont les actions", by=chef)
        priorite = actions.add_point(seance=seance, titre="Priorités de l’année", by=chef)
        actions.open_seance(seance=seance, by=chef)
        for participant in list_participants(seance):
            compte = participant.invitation.email.partition("@")[0]
            actions.record_presence(
                participant=participant, presence=ABSENTS.get(compte, Presence.PRESENT), by=chef
            )
        fiches = {f.code: f for f in FicheAction.objects.filter(territoire=comite.territoire)}
        actions.record_decision(
            seance=seance,
            point=point,
            nature=NatureDecision.PLAN_VALIDE,
            sens=Sens.ADOPTEE,
            pour=6,
            contre=0,
            abstentions=0,
            texte="Décision fictive.",
            by=chef,
        )
        actions.record_decision(
            seance=seance,
            point=priorite,
            nature=NatureDecision.PRIORITE,
            fiche=fiches["F2.1"],
            sens=Sens.ADOPTEE,
            pour=5,
            contre=0,
            abstentions=1,
            by=chef,
        )
        actions.record_decision(
            seance=seance,
            point=priorite,
            nature=NatureDecision.LIBRE,
            intitule="Ouvrir un second guichet à Chaumont",
            sens=Sens.AJOURNEE,
            texte="Le comité demande un chiffrage (point fictif).",
            by=chef,
        )
        actions.close_seance(seance=seance, by=chef)
    releve = actions.arrete_releve(seance=seance, by=chef)
    actions.sign_releve(releve=releve, by=elu)


def _prepare_next(comite: Comite, territoire: Territoire) -> None:
    chef = get_compte("chef-projet")
    with transaction.atomic():
        fiche = create_fiche(
            territoire=territoire,
            titre="Partager un atelier de métrologie (fictif)",
            code="F16",
            axe=Axe.objects.get(vague=territoire.vague, code="innover"),
            statut=StatutFiche.BROUILLON,
            source="rejeu fictif",
            description="Action inventée pour que le prochain comité ait une fiche à retenir.",
            by=chef,
        )
        move_fiche(fiche=fiche, vers=StatutFiche.PROPOSEE, by=chef)
        dans_trois_semaines = aujourdhui() + timedelta(days=21)
        jour = dans_trois_semaines + timedelta(days=(MARDI - dans_trois_semaines.weekday()) % 7)
        seance = actions.create_seance(
            comite=comite,
            titre="Comité de suivi\u00a0: fiches nouvelles",
            debut_at=_a(jour, 14),
            fin_at=_a(jour, 16),
            lieu="Salle fictive du conseil, Langres",
            message="Séance fictive, pour essayer les réponses et la feuille de présence.",
            by=chef,
        )
        actions.add_points_proposes(seance=seance, points=find_points_proposes(seance)[:1], by=chef)
        actions.convoke_seance(seance=seance, by=chef)
