"""La vue d’ensemble d’un territoire : frise de la chaîne, prochain pas, équipe. Lecture seule.

Elle est ici parce qu’elle regarde toute la chaîne : étapes, évènements, fiches, plans, actes.
"""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Min, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from calcul.financement.bouclage import CodeBouclage
from maillage.ateliers.enums import EtatAtelier
from maillage.ateliers.models import Atelier
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.fiches.models import FaitFiche, FicheAction
from maillage.financement.selectors import Barre, plans_vivants, sum_barres
from maillage.gouvernance.models import Seance
from maillage.gouvernance.selectors import seances_a_venir
from maillage.notifications.models import Attente
from maillage.socle.dates import format_bornes, format_jour
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import ACTES, Fait, NatureEvenement, RoleMandat
from maillage.territoires.models import Etape, Evenement, Mandat, Territoire
from maillage.territoires.selectors import attentes_for, get_jour_de_reference
from maillage.territoires.selectors_mandats import RolesLus, read_roles

S = StatutFiche
AVANCEES = {
    S.RETENUE,
    S.TRANSMISE,
    S.A_COMPLETER,
    S.VALIDEE,
    S.REFUSEE,
    S.INSCRITE,
    S.EN_COURS,
    S.REALISEE,
    S.EVALUEE,
}
CHEZ_LA_REGION = {S.TRANSMISE}
EN_VIE = {S.EN_COURS, S.REALISEE, S.EVALUEE}


@dataclass(frozen=True)
class EtapeFrise:
    """Un maillon de la chaîne. `etat` : « fait », « en_cours » ou « a_venir » ; `precision` : quand ou combien, en mots."""

    code: str
    libelle: str
    etat: str
    precision: str
    url: str = ""


@dataclass(frozen=True)
class ProchainPas:
    """Ce qui doit arriver maintenant. `is_mien` : la personne peut le faire elle-même."""

    phrase: str
    attendu_de: str = ""
    depuis: date | None = None
    url: str = ""
    is_mien: bool = False


@dataclass(frozen=True)
class EnAttente:
    """Ce qui attend quelqu’un sur le territoire : quoi, qui, depuis quand ; `url` si la personne peut le faire."""

    libelle: str
    attendu_de: str
    depuis: date
    jours: int
    is_late: bool
    url: str = ""


@dataclass(frozen=True)
class Reunion:
    """Une rencontre à venir ; `url` : la page qui la montre, vide si rien ne la montre."""

    jour: date
    titre: str
    lieu: str = ""
    territoire: str = ""
    url: str = ""


@dataclass(frozen=True)
class Ensemble:
    """Tout ce que montre la vue d’ensemble. Montants en centimes."""

    frise: list[EtapeFrise]
    barre: Barre
    fiches_total: int
    par_etat: list[tuple[str, str, int]]
    bouclees: int
    chiffrees: int
    roles: RolesLus
    evenements: list[Evenement]
    reunion: Reunion | None
    etapes: list[Etape]


@dataclass(frozen=True)
class _Vie:
    """Ce qui est lu une fois d’un territoire."""

    etapes: list[Etape]
    evenements: list[Evenement]
    statuts: Counter[str]
    bouclages: Counter[str]
    transmis_le: date | None
    actes: list[Acte]
    mandats: list[Mandat]
    ateliers: list[Atelier]


def _read_vie(territoire: Territoire) -> _Vie:
    return _Vie(
        etapes=list(Etape.objects.connues().filter(territoire=territoire).order_by("fin", "id")),
        evenements=list(territoire.evenements.order_by("-jour", "-id")),
        statuts=Counter(FicheAction.objects.filter(territoire=territoire).values_list("statut", flat=True)),
        bouclages=Counter(plans_vivants(territoire).values_list("code_bouclage", flat=True)),
        transmis_le=FaitFiche.objects.filter(
            fiche__territoire=territoire, champ=ChampDate.STATUT, valeur=S.TRANSMISE
        ).aggregate(m=Min("date_effet"))["m"],
        actes=list(Acte.objects.filter(territoire=territoire)),
        mandats=list(
            Mandat.objects.du_jour().filter(territoire=territoire).select_related("personne", "organisation")
        ),
        ateliers=list(Atelier.objects.filter(territoire=territoire).order_by("-jour", "-pk")),
    )


def compute_frise(territoire: Territoire) -> list[EtapeFrise]:
    """Les neuf maillons de la chaîne d’un territoire, chacun avec son état et sa preuve. Demande la vague (select_related)."""
    return _frise(territoire, _read_vie(territoire))


def compute_ensemble(territoire: Territoire) -> Ensemble:
    """La vue d’ensemble d’un territoire, en un nombre constant de requêtes."""
    vie = _read_vie(territoire)
    return Ensemble(
        frise=_frise(territoire, vie),
        barre=sum_barres(plans_vivants(territoire)),
        fiches_total=_count_vivantes(vie),
        par_etat=[(code, libelle, vie.statuts[code]) for code, libelle in S.choices if vie.statuts[code]],
        bouclees=_count_bouclees(vie),
        chiffrees=_count_chiffrees(vie),
        roles=read_roles(territoire, get_jour_de_reference(territoire.vague, aujourdhui())),
        evenements=[e for e in vie.evenements if e.jour < aujourdhui()],
        reunion=next(iter(list_prochaines_reunions(Territoire.objects.filter(pk=territoire.pk))), None),
        etapes=vie.etapes,
    )


def list_prochaines_reunions(territoires: QuerySet[Territoire], *, maximum: int = 5) -> list[Reunion]:
    """Les prochaines rencontres de ces territoires, la plus proche d’abord ; ce jour compris. Deux requêtes.

    Une séance de comité mène à sa page ; une rencontre que seule une source annonce n’en a pas.
    """
    cles = territoires.order_by().values("pk")
    a_venir = (
        Evenement.objects.filter(territoires__in=cles, jour__gte=aujourdhui())
        .annotate(nom_territoire=Min("territoires__nom"))
        .order_by("jour", "pk")
    )
    reunions = [Reunion(e.jour, e.titre, e.lieu, e.nom_territoire) for e in a_venir[:maximum]]
    reunions += [
        Reunion(
            localdate(s.rendez_vous.debut_at),
            s.rendez_vous.titre,
            s.rendez_vous.lieu,
            s.comite.territoire.nom if s.comite.territoire else "",
            s.get_absolute_url(),
        )
        for s in seances_a_venir(Seance.objects.filter(comite__territoire__in=cles)).select_related(
            "comite__territoire__vague", "rendez_vous"
        )[:maximum]
    ]
    return sorted(reunions, key=lambda r: r.jour)[:maximum]


def list_en_attente(territoire: Territoire, user: Any, *, maximum: int = 8) -> tuple[list[EnAttente], int]:
    """Ce qui attend quelqu’un sur ce territoire, le plus ancien d’abord, et combien en tout."""
    ouvertes = Attente.objects.ouvertes().filter(territoire=territoire.cle)
    miennes = set(attentes_for(user).filter(territoire=territoire.cle).values_list("pk", flat=True))
    jour = aujourdhui()
    lues = [
        EnAttente(
            a.libelle,
            "vous" if a.pk in miennes else _destinataire(a),
            a.depuis,
            (jour - a.depuis).days,
            a.echeance is not None and a.echeance < jour,
            a.url if a.pk in miennes else "",
        )
        for a in ouvertes.select_related("organisation").order_by("depuis", "id")[:maximum]
    ]
    return lues, ouvertes.count()


def compute_prochain_pas(territoire: Territoire, frise: list[EtapeFrise], user: Any) -> ProchainPas | None:
    """Ce qui attend quelqu’un sur ce territoire (d’abord moi, puis le plus ancien), sinon le maillon à faire après le dernier fait."""
    # Ce qui n’attend qu’une personne (répondre à une invitation) n’est le prochain pas que pour elle.
    ouvertes = (
        Attente.objects.ouvertes()
        .filter(territoire=territoire.cle, personne__isnull=True)
        .select_related("organisation")
    )
    mienne = attentes_for(user).filter(territoire=territoire.cle).order_by("depuis", "id").first()
    attente = mienne or ouvertes.order_by("depuis", "id").first()
    if attente is not None:
        attendu_de = "vous" if mienne else _destinataire(attente)
        return ProchainPas(
            attente.libelle, attendu_de, attente.depuis, attente.url if mienne else "", bool(mienne)
        )
    sorti = Etape.objects.connues().certaines(aujourdhui()).filter(territoire=territoire, fait=Fait.SORTI)
    if sorti.exists():
        return None  # partagé, réuni à un autre ou sorti : rien n’est plus à faire ici
    if territoire.vague.fin and territoire.vague.fin < aujourdhui():
        return None  # phase close : rien n’est plus attendu que ce qui attend déjà quelqu’un
    reste = _get_reste(frise)
    if reste is None:
        return None
    phrase, attendu_de = PAS[
        reste.code if reste.etat == "a_venir" or reste.code != "fiches" else "fiches_ecrites"
    ]
    return ProchainPas(phrase, attendu_de, None, reste.url)


def _get_reste(frise: list[EtapeFrise]) -> EtapeFrise | None:
    """Le maillon à faire après le dernier fait ; s’il n’y en a pas, le premier qui manque.

    Un acte connu par la presse ne dispense pas d’écrire les fiches : sans elles, on ne va pas plus loin.
    """
    dernier = max((rang for rang, etape in enumerate(frise) if etape.etat == "fait"), default=-1)
    reste = next((etape for etape in frise[dernier + 1 :] + frise if etape.etat != "fait"), None)
    fiches = next(etape for etape in frise if etape.code == "fiches")
    if reste is not None and fiches.etat != "fait" and frise.index(reste) > frise.index(fiches):
        return fiches
    return reste


ROLES_ATTENDUS = {
    "region": "la Région",
    "elu": "le binôme",
    "industriel": "le binôme",
    "chef_projet": "l’équipe du territoire",
}


def _destinataire(attente: Attente) -> str:
    if attente.organisation:
        return attente.organisation.nom
    return ROLES_ATTENDUS.get(
        attente.role, RoleMandat(attente.role).label if attente.role in RoleMandat.values else attente.role
    )


# code du maillon -> (phrase du prochain pas, de qui on l’attend)
PAS: dict[str, tuple[str, str]] = {
    "gouvernance": ("installer le binôme et le comité de projet", "l’équipe du territoire"),
    "ateliers": ("réunir les industriels en atelier", "l’équipe du territoire"),
    "fiches": ("écrire la première fiche action", "l’équipe du territoire"),
    "fiches_ecrites": ("proposer les fiches au comité de projet", "l’équipe du territoire"),
    "plan": ("transmettre le plan d’actions à la Région", "l’équipe du territoire"),
    "avis": ("valider le plan d’actions", "la Région"),
    "actes": ("préparer et signer le protocole ou le contrat", "l’équipe du territoire"),
    "bouclage": (
        "chiffrer les fiches et boucler leur financement",
        "l’équipe du territoire et des financeurs",
    ),
    "suivi": ("lancer les actions et les suivre", "l’équipe du territoire"),
}


# --- les maillons ------------------------------------------------------------------------------------------------


def _frise(territoire: Territoire, vie: _Vie) -> list[EtapeFrise]:
    cle = [territoire.vague.code, territoire.id_ti]
    ensemble, fiches = reverse("espace-territoire", args=cle), reverse("fiches", args=cle)
    financement, actes = reverse("financement", args=cle), reverse("actes", args=cle)
    return [
        EtapeFrise("label", "Label", *_label(vie), f"{ensemble}#etapes"),
        EtapeFrise("gouvernance", "Gouvernance", *_gouvernance(vie), f"{ensemble}#equipe"),
        EtapeFrise(
            "ateliers",
            "Ateliers",
            *_ateliers(vie),
            reverse("ateliers", args=cle) if vie.ateliers else f"{ensemble}#evenements",
        ),
        EtapeFrise("fiches", "Fiches", *_fiches(vie), fiches),
        EtapeFrise("plan", "Plan d’actions", *_plan(vie), fiches),
        EtapeFrise("avis", "Avis de la Région", *_avis(vie), fiches),
        EtapeFrise("actes", "Actes", *_actes(vie), actes),
        EtapeFrise("bouclage", "Bouclage", *_bouclage(vie), financement),
        EtapeFrise("suivi", "Suivi", *_suivi(vie), fiches),
    ]


def _quand(vie: _Vie, faits: Container[str]) -> tuple[str, str]:
    """« fait » avec la date ou les bornes du premier de ces faits ; « a_venir » s’il n’y en a pas."""
    trouves = [etape for etape in vie.etapes if etape.fait in faits]
    if not trouves:
        return "a_venir", ""
    return "fait", format_bornes(trouves[0].debut, trouves[0].fin)


def _label(vie: _Vie) -> tuple[str, str]:
    """Un territoire de la liste est labellisé ; la date peut manquer."""
    etat, precision = _quand(vie, (Fait.LABEL,))
    return (etat, precision) if etat == "fait" else ("fait", "date non enregistrée")


def _gouvernance(vie: _Vie) -> tuple[str, str]:
    etat, precision = _quand(vie, (Fait.GOUVERNANCE,))
    if etat == "fait":
        return etat, precision
    tenus = {mandat.role for mandat in vie.mandats}
    if {RoleMandat.ELU, RoleMandat.INDUSTRIEL} <= tenus:
        return "en_cours", "binôme désigné"
    return ("en_cours", "équipe à compléter") if tenus else ("a_venir", "")


def _ateliers(vie: _Vie) -> tuple[str, str]:
    """Les rencontres racontées par une source et les ateliers clos ici ; un même jour ne compte qu’une fois."""
    jours = {
        e.jour
        for e in vie.evenements
        if e.nature in (NatureEvenement.ATELIER, NatureEvenement.REUNION) and e.jour <= aujourdhui()
    }
    jours |= {atelier.jour for atelier in vie.ateliers if atelier.etat == EtatAtelier.CLOS}
    if jours:
        mot = "rencontres, la dernière" if len(jours) > 1 else "rencontre,"
        return "fait", f"{len(jours)} {mot} le {format_jour(max(jours))}"
    if any(atelier.etat == EtatAtelier.OUVERT for atelier in vie.ateliers):
        return "en_cours", "une salle ouverte"
    if vie.ateliers:
        return "a_venir", f"prévu le {format_jour(vie.ateliers[-1].jour)}"
    return "a_venir", ""


def _fiches(vie: _Vie) -> tuple[str, str]:
    total = _count_vivantes(vie)
    if not total:
        return "a_venir", ""
    precision = f"{total} {'fiches' if total > 1 else 'fiche'}"
    return ("fait" if any(vie.statuts[statut] for statut in AVANCEES) else "en_cours"), precision


def _plan(vie: _Vie) -> tuple[str, str]:
    etat, precision = _quand(vie, (Fait.PLAN_TRANSMIS,))
    if etat == "fait":
        return etat, precision
    if vie.transmis_le:
        return "fait", f"le {format_jour(vie.transmis_le)}"
    retenues = vie.statuts[S.RETENUE]
    return (
        ("en_cours", f"{retenues} {'retenues' if retenues > 1 else 'retenue'}")
        if retenues
        else ("a_venir", "")
    )


def _avis(vie: _Vie) -> tuple[str, str]:
    etat, precision = _quand(vie, (Fait.PLAN_VALIDE,))
    if etat == "fait":
        return etat, precision
    attendues = sum(vie.statuts[statut] for statut in CHEZ_LA_REGION)
    validees = sum(vie.statuts[statut] for statut in (S.VALIDEE, S.INSCRITE, *EN_VIE))
    if attendues:
        return "en_cours", f"{attendues} {'fiches attendent' if attendues > 1 else 'fiche attend'}"
    return (
        ("fait", f"{validees} {'validées' if validees > 1 else 'validée'}") if validees else ("a_venir", "")
    )


def _actes(vie: _Vie) -> tuple[str, str]:
    etat, precision = _quand(vie, ACTES)
    if etat == "fait":
        return etat, precision
    ouverts = [acte for acte in vie.actes if acte.statut not in (StatutActe.SIGNE, StatutActe.CONSTATE)]
    return ("en_cours", StatutActe(ouverts[0].statut).label.lower()) if ouverts else ("a_venir", "")


def _bouclage(vie: _Vie) -> tuple[str, str]:
    chiffrees, bouclees = _count_chiffrees(vie), _count_bouclees(vie)
    if not chiffrees:
        return "a_venir", ""
    precision = f"{bouclees} sur {chiffrees} {'chiffrées' if chiffrees > 1 else 'chiffrée'}"
    return ("fait" if bouclees == chiffrees else "en_cours"), precision


def _suivi(vie: _Vie) -> tuple[str, str]:
    etat, precision = _quand(vie, (Fait.CLOS,))
    if etat == "fait":
        return etat, f"clos {precision}"
    en_vie = sum(vie.statuts[statut] for statut in EN_VIE)
    if en_vie:
        return "en_cours", f"{en_vie} {'actions lancées' if en_vie > 1 else 'action lancée'}"
    etat, precision = _quand(vie, (Fait.SUIVI,))
    return ("en_cours", precision) if etat == "fait" else ("a_venir", "")


def _count_vivantes(vie: _Vie) -> int:
    return sum(vie.statuts.values()) - vie.statuts[S.ABANDONNEE]


def _count_chiffrees(vie: _Vie) -> int:
    jamais = {CodeBouclage.NON_CHIFFREE.value, CodeBouclage.SANS_BESOIN.value}
    return sum(nombre for code, nombre in vie.bouclages.items() if code not in jamais)


def _count_bouclees(vie: _Vie) -> int:
    return vie.bouclages[CodeBouclage.BOUCLE.value]
