"""La soirée de Nogent (15/07/2019) rejouée dans l’espace fictif, puis celle de Langres (09/09/2019), et une salle où essayer.

Le déroulé, les lieux et les collèges sont ceux des textes ; participants et cartes sont inventés, et chaque carte le dit.
Tout passe par les actes des écrans.
"""

import uuid
from datetime import date, time, timedelta
from typing import Any

from django.db import transaction

from maillage.agenda.actions import record_reponse
from maillage.agenda.enums import MoyenReponse, ValeurReponse
from maillage.ateliers import actions
from maillage.ateliers.actions_annonce import announce_atelier, publish_synthese, register
from maillage.ateliers.actions_tableau import link_fiche, post_evenements
from maillage.ateliers.models import Atelier, Participant, Phase, Tableau
from maillage.ateliers.selectors import get_groupe
from maillage.comptes.models import Personne
from maillage.demonstration.comptes import get_compte
from maillage.demonstration.faits_publies import get_territoire
from maillage.fiches.models import FicheAction
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire

CLE = "v1/fictif-4403"
NOGENT, LANGRES = date(2019, 7, 15), date(2019, 9, 9)
MARQUE = " (carte fictive)"
PORTRAIT, RESTITUTION, PROJETS, REGROUPER, VOTER, FIN = 2, 3, 4, 5, 6, 7  # rangs de « SWOT puis projets »
GROUPES = 4

# collège, nombre : des élus ou leurs proches collaborateurs, des patrons d’industrie, le cluster et la chambre
PRESENTS = (("elu", "Élu·e", 5), ("industriel", "Industriel·le", 8), ("partenaire", "Partenaire", 3))

# Inventé. colonne du portrait -> cartes ; les besoins (faiblesses, menaces) ont une clé que les projets citent.
SWOT: dict[str, dict[str, str]] = {
    "atouts": {
        "a1": "Un savoir-faire du métal qu’on ne trouve pas ailleurs",
        "a2": "Des entreprises qui se connaissent et se prêtent la main",
        "a3": "Du foncier moins cher qu’en ville",
    },
    "faiblesses": {
        "recruter": "On ne trouve plus de techniciens de maintenance",
        "image": "Les jeunes ne savent pas ce qu’on fabrique ici",
        "loger": "Un cadre qui arrive ne trouve ni logement ni emploi pour son conjoint",
        "aller": "Sans voiture, on ne vient pas travailler",
        "place": "Les zones d’activité sont pleines ou mal équipées",
        "repas": "Rien pour déjeuner ni faire garder un enfant près des usines",
    },
    "opportunites": {
        "o1": "Le médical cherche des fournisseurs proches",
        "o2": "Protéger et faire croître ce que nous avons déjà",
    },
    "menaces": {
        "auto": "L’automobile change plus vite que nos ateliers",
        "normes": "Les dossiers d’installation classée durent des mois",
        "marquage": "Le marquage CE du médical décourage les petits",
        "machines": "Nos machines de précision sont trop chères pour un seul",
        "rail": "Le fret ferroviaire s’en va",
    },
}
# Inventé. code de fiche -> (carte, cartes voisines réunies, besoin cité, points)
IDEES: dict[str, tuple[str, tuple[str, ...], str, int]] = {
    "F2.0": (
        "Dire ce que le territoire fabrique, ensemble",
        ("Une marque commune pour prospecter",),
        "image",
        4,
    ),
    "F2.1": (
        "Préparer des terrains et des bâtiments prêts à l’emploi",
        ("Reprendre les friches", "Équiper les zones en fibre", "Un atelier relais"),
        "place",
        9,
    ),
    "F2.2": ("Aller chercher les fournisseurs qui nous manquent", (), "", 2),
    "F13": ("Inviter des jeunes pousses à visiter nos usines", (), "", 1),
    "F10": ("Accueillir les actifs et leur famille", ("Un parrain pour chaque arrivant",), "loger", 6),
    "F3": (
        "Une navette entre la gare et les zones",
        ("Du covoiturage entre usines", "Des horaires accordés"),
        "aller",
        5,
    ),
    "F1": ("Restauration et garde d’enfants près des usines", ("Une conciergerie commune",), "repas", 4),
    "F8": (
        "Ouvrir les ateliers aux collégiens",
        ("Des ambassadeurs des métiers", "Un bus des métiers"),
        "image",
        8,
    ),
    "F9": ("Une formation de maintenance sur place", ("Un plateau technique partagé",), "recruter", 10),
    "F12": (
        "Partager les recrutements entre entreprises",
        ("Prêter du personnel en creux d’activité",),
        "recruter",
        6,
    ),
    "F11": ("Aider les sous-traitants de l’automobile à changer", (), "auto", 5),
    "F6": ("Une machine d’usinage de précision à plusieurs", ("Partager un atelier d’essai",), "machines", 7),
    "F4": ("Un interlocuteur unique pour les installations classées", (), "normes", 4),
    "F5": ("Pouvoir construire près de l’autoroute", (), "place", 2),
    "F7": ("Un accompagnement au marquage CE", (), "marquage", 3),
}
PUBLIEES = ("F9", "F2.1")
# Inventé : ce que la seconde soirée ajoute.
OUBLIS = {
    "oubli": ("Un internat pour les apprentis", "Le fret par le rail, toujours sans fiche"),
    "complement": ("F9\u00a0: prévoir aussi le soir et le samedi", "F3\u00a0: compter les horaires d’équipe"),
    "besoin": ("Mon entreprise cherche deux régleurs dès l’automne",),
}
# Inventé : qui s’est inscrit à la soirée à venir, et ce que chacun a répondu au courriel.
INSCRITS = (
    ("Ada (fictive)", "industriel", "Forge fictive", ValeurReponse.OUI),
    ("Basile (fictif)", "elu", "", ValeurReponse.OUI),
    ("Chloé (fictive)", "partenaire", "Chambre fictive", ValeurReponse.PEUT_ETRE),
    ("Denis (fictif)", "industriel", "Découpe fictive", None),
)


def build_ateliers() -> None:
    """Les quatre ateliers de l’espace fictif, une fois."""
    territoire = get_territoire(CLE)
    if Atelier.objects.filter(territoire=territoire).exists():
        return
    chef = get_compte("chef-projet")
    with transaction.atomic():
        nogent = _replay_nogent(territoire, chef)
        langres = _replay_langres(territoire, nogent, chef)
        publish_synthese(atelier=nogent, by=chef)
        _open_essai(territoire, chef)
        _announce_suite(territoire, langres, chef)


def _replay_nogent(territoire: Territoire, chef: Personne) -> Atelier:
    atelier = actions.create_atelier(
        territoire=territoire,
        titre="Territoire d’industrie, une façon d’écrire l’avenir\u00a0? (rejeu fictif)",
        jour=NOGENT,
        heure=time(18),
        lieu="Pôle technologique, Nogent",
        hote="Nogentech",
        modele="swot_projets",
        by=chef,
    )
    actions.open_atelier(atelier=atelier, by=chef)
    atelier.refresh_from_db()
    presents = _enter(atelier)
    for tour in (1, 2):
        actions.compose_groupes(atelier=atelier, tour=tour, nombre=GROUPES, by=chef)
    for groupe in atelier.groupes.all():
        membre = groupe.membres.first()
        if membre is not None:
            actions.set_rapporteur(membre=membre, by=chef)

    portrait = _start(atelier, PORTRAIT, chef)
    besoins: dict[str, str] = {}
    rang = 0
    for colonne, cartes in SWOT.items():
        for cle, texte in cartes.items():
            rang += 1
            tableau, carte = _pose(portrait, presents[rang % len(presents)], texte, colonne)
            besoins[cle] = f"{tableau.pk}:{carte}"
    _start(atelier, RESTITUTION, chef)

    projets = _start(atelier, PROJETS, chef)
    fiches = {
        fiche.code: fiche
        for fiche in FicheAction.objects.filter(territoire=territoire, code__in=IDEES).select_related("axe")
    }
    idees: dict[str, str] = {}
    voisines: list[tuple[str, str]] = []
    for rang, (code, (texte, autres, besoin, _points)) in enumerate(IDEES.items()):
        axe = fiches[code].axe
        colonne = axe.code if axe else projets.colonnes[0]["code"]
        auteur = presents[rang % len(presents)]
        tableau, carte = _pose(projets, auteur, texte, colonne)
        idees[code] = carte
        voisines += [(carte, _pose(projets, auteur, autre, colonne)[1]) for autre in autres]
        if besoin:
            _post(tableau, auteur, type="liee", carte=carte, besoin=besoins[besoin])
    # La salle réunit sur son tableau, où les cartes des groupes gardent leur identifiant.
    salle = (
        _start(atelier, REGROUPER, chef)
        .tableaux.select_related("phase__atelier__territoire")
        .get(groupe=None)
    )
    for carte, autre in voisines:
        _post(salle, chef, type="fusionnee", carte=carte, avec=autre)
    vote = _start(atelier, VOTER, chef)
    _vote(presents, vote.points, salle, idees)
    _start(atelier, FIN, chef)
    actions.close_atelier(atelier=atelier, by=chef)
    for code, carte in idees.items():
        link_fiche(tableau=salle, carte=carte, fiche=fiches[code], by=chef)
        if code in PUBLIEES:
            _post(salle, chef, type="publiee", carte=carte)
    return atelier


def _replay_langres(territoire: Territoire, nogent: Atelier, chef: Personne) -> Atelier:
    atelier = actions.create_atelier(
        territoire=territoire,
        titre="Présenter les fiches, identifier les oublis (rejeu fictif)",
        jour=LANGRES,
        heure=time(18),
        lieu="STEF Transport, Langres",
        hote="STEF Transport",
        modele="completer",
        precedent=nogent,
        by=chef,
    )
    actions.open_atelier(atelier=atelier, by=chef)
    atelier.refresh_from_db()
    presents = _enter(atelier)
    phase = _start(atelier, 3, chef)
    rang = 0
    for colonne, textes in OUBLIS.items():
        for texte in textes:
            rang += 1
            _pose(phase, presents[rang], texte, colonne)
    actions.close_atelier(atelier=atelier, by=chef)
    return atelier


def _announce_suite(territoire: Territoire, langres: Atelier, chef: Personne) -> None:
    """Une soirée à venir, annoncée au public, avec ses inscrits."""
    atelier = actions.create_atelier(
        territoire=territoire,
        titre="Où en sont nos fiches\u00a0? (soirée fictive)",
        jour=aujourdhui() + timedelta(days=21),
        heure=time(18),
        lieu="Hôtel de ville, Chaumont",
        modele="completer",
        precedent=langres,
        by=chef,
    )
    announce_atelier(
        atelier=atelier,
        presentation="Industriels, élus, partenaires\u00a0: venez voir ce que vos idées sont devenues et dire ce qui manque.",
        adresse=f"/a/{atelier.code}/",
        by=chef,
    )
    atelier.refresh_from_db()
    for nom, college, organisation, reponse in INSCRITS:
        email = f"{nom.split()[0].lower()}@exemple.invalid"
        register(atelier=atelier, nom=nom, email=email, college=college, organisation=organisation)
        if reponse and atelier.rendez_vous:
            record_reponse(
                invitation=atelier.rendez_vous.invitations.get(email=email),
                valeur=reponse,
                moyen=MoyenReponse.LIEN,
                by=nom,
            )


def _open_essai(territoire: Territoire, chef: Personne) -> None:
    atelier = actions.create_atelier(
        territoire=territoire,
        titre="Salle d’essai (fictive)\u00a0: entrez par le code",
        jour=aujourdhui(),
        lieu="Où vous voulez",
        modele="swot_projets",
        by=chef,
    )
    actions.open_atelier(atelier=atelier, by=chef)
    atelier.refresh_from_db()
    presents = _enter(atelier)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=GROUPES, by=chef)
    phase = _start(atelier, PORTRAIT, chef)
    rang = 0
    for colonne, cartes in SWOT.items():
        for texte in cartes.values():
            rang += 1
            _pose(phase, presents[rang % len(presents)], texte, colonne)


def _enter(atelier: Atelier) -> list[Participant]:
    return [
        actions.join_atelier(
            atelier=atelier,
            prenom=f"{nom} fictif·ve {n}",
            college=college,
            organisation=f"Entreprise fictive {n}" if college == "industriel" else "",
        )[0]
        for college, nom, nombre in PRESENTS
        for n in range(1, nombre + 1)
    ]


def _start(atelier: Atelier, rang: int, chef: Personne) -> Phase:
    phase = atelier.phases.get(rang=rang)
    actions.start_phase(phase=phase, by=chef)
    phase.refresh_from_db()
    return phase


def _pose(phase: Phase, auteur: Participant, texte: str, colonne: str) -> tuple[Tableau, str]:
    tableau = phase.tableaux.select_related("phase__atelier__territoire").get(
        groupe=get_groupe(auteur, phase.tour)
    )
    carte = str(uuid.uuid4())
    _post(tableau, auteur, type="posee", carte=carte, colonne=colonne, texte=texte + MARQUE)
    return tableau, carte


def _vote(presents: list[Participant], plafond: int, salle: Tableau, idees: dict[str, str]) -> None:
    """Distribue les points de IDEES entre les présents, sans dépasser ceux de chacun."""
    restes = {p.pk: plafond for p in presents}
    for code, (_texte, _autres, _besoin, points) in IDEES.items():
        for votant in sorted(presents, key=lambda p: -restes[p.pk])[:points]:
            _post(salle, votant, type="votee", carte=idees[code], points=1)
            restes[votant.pk] -= 1


def _post(tableau: Tableau, auteur: Participant | Personne, **geste: Any) -> None:
    (resultat,) = post_evenements(tableau=tableau, gestes=[{"cle": str(uuid.uuid4()), **geste}], by=auteur)
    if resultat.refus:
        raise ValueError(f"Un geste du rejeu est refusé\u00a0: {resultat.refus}")
