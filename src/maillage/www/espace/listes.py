"""Les listes des espaces : leurs colonnes, leur recherche, leurs filtres."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.enums import Mesure, NatureLigne, StatutLigne
from maillage.financement.policies import EN_ATTENTE_DU_FINANCEUR
from maillage.financement.selectors import LIBELLES_BOUCLAGE
from maillage.financement.selectors_delais import Etape
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.pilotage.selectors_espaces import get_attente, get_delai, get_part
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import Fait
from maillage.territoires.models import Territoire, Vague
from maillage.territoires.selectors import find_territoires
from maillage.www.colonnes import (
    colonne_fiche,
    colonne_jour,
    colonne_montant,
    colonne_statut,
    colonne_territoire,
    colonnes_territoires,
    find_by_fiche,
)
from maillage.www.fiches.presentation import Argent
from maillage.www.tableaux import Colonne, Filtre, Liste

C = Colonne


# --- attentes ----------------------------------------------------------------------------------------------------


def liste_attentes(request: HttpRequest, lignes: QuerySet[Any]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="ce-qui-m-attend",
        titre="Ce qui m’attend",
        tri_defaut=("depuis",),
        recherche=lambda attentes, texte: attentes.filter(
            Q(libelle__icontains=texte) | Q(motif__icontains=texte) | Q(territoire_nom__icontains=texte)
        ),
        aide_recherche="Action, motif ou territoire",
        colonnes=[
            C("libelle", "À faire", lambda a: a.libelle, tri=("libelle",), entete=True, lien=lambda a: a.url),
            C("motif", "Motif", lambda a: a.motif),
            C("territoire", "Territoire", lambda a: a.territoire_nom, tri=("territoire_nom",)),
            colonne_jour("depuis", "Depuis le", "depuis"),
            colonne_jour("echeance", "Échéance", "echeance"),
        ],
    )


# --- journal -----------------------------------------------------------------------------------------------------

SUJETS = [
    ("territoires", "Territoire"),
    ("fiches", "Fiches action"),
    ("financement", "Financement"),
    ("instruction", "Instruction par la Région"),
    ("contrats", "Actes"),
    ("comptes", "Comptes et liens"),
    ("pilotage", "Aides et chiffres"),
]


def lire_phrases(entrees: Iterable[Entree]) -> list[tuple[Entree, str]]:
    return [(entree, phrase(entree)) for entree in entrees]


def liste_journal(request: HttpRequest, lignes: QuerySet[Entree]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="journal",
        titre="Journal",
        tri_defaut=("-enregistre_at", "-pk"),
        recherche=lambda entrees, texte: entrees.filter(
            Q(cible_libelle__icontains=texte) | Q(auteur_libelle__icontains=texte) | Q(motif__icontains=texte)
        ),
        aide_recherche="Objet, auteur ou motif",
        filtres=[Filtre("sujet", "Sujet", SUJETS, lambda app: Q(code__startswith=f"{app}."))],
        colonnes=[
            colonne_jour("date_effet", "Date d’effet", "date_effet"),
            C("phrase", "Ce qui s’est passé", phrase, entete=True),
            C("auteur", "Par", lambda e: e.auteur_libelle, tri=("auteur_libelle",)),
            C(
                "enregistre",
                "Enregistré le",
                lambda e: e.enregistre_at,
                tri=("enregistre_at",),
                gabarit="espace/cellule_instant.html",
            ),
            C("motif", "Motif", lambda e: e.motif),
        ],
    )


# --- territoires et Région ---------------------------------------------------------------------------------------


def liste_territoires(
    request: HttpRequest, lignes: QuerySet[Territoire], *, avec_instruction: bool = False
) -> Liste:
    colonnes = [
        *colonnes_territoires(Territoire.get_espace_url),
        C(
            "etape",
            "Dernière étape",
            lambda t: Fait(t.dernier_fait).label if t.dernier_fait else "Aucune étape datée",
        ),
        colonne_jour("etape_le", "Au plus tard le", "dernier_fait_le"),
        C("fiches", "Fiches", lambda t: t.fiches_nombre or 0, tri=("fiches_nombre",), nombre=True),
    ]
    if not avec_instruction:  # dans l’espace d’une Région, ce serait partout la même
        colonnes.insert(2, C("region", "Région chef de file", lambda t: t.region.nom, tri=("region__nom",)))
    if avec_instruction:
        colonnes.append(
            C("a_instruire", "À instruire", lambda t: t.a_instruire or 0, tri=("a_instruire",), nombre=True)
        )
    phases = [(str(vague.numero), f"Phase {vague.numero}") for vague in Vague.objects.all()]
    return Liste(
        request,
        lignes,
        nom="territoires",
        titre="Territoires",
        tri_defaut=("nom",),
        recherche=find_territoires,
        aide_recherche="Nom ou identifiant",
        filtres=[
            Filtre("phase", "Phase", phases, lambda numero: Q(vague__numero=numero)),
            Filtre("etape", "Dernière étape", list(Fait.choices), lambda fait: Q(dernier_fait=fait)),
        ],
        colonnes=colonnes,
    )


def liste_fiches_a_instruire(request: HttpRequest, lignes: QuerySet[Any]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="fiches-a-instruire",
        titre="Fiches à instruire",
        tri_defaut=("transmise_le",),
        recherche=find_by_fiche(),
        aide_recherche="Titre, code ou territoire",
        colonnes=[
            colonne_fiche(lien=FicheAction.get_absolute_url),
            colonne_territoire(),
            C("axe", "Axe", lambda f: f.axe.nom if f.axe else "", tri=("axe__nom",)),
            C(
                "porteur",
                "Porteur",
                lambda f: f.porteur.nom if f.porteur else f.get_etat_porteur_display(),
                tri=("porteur__nom",),
            ),
            colonne_jour("transmise", "Transmise le", "transmise_le"),
        ],
    )


# --- financeur ---------------------------------------------------------------------------------------------------


# Depuis combien de jours une demande attend : de quoi voir d’abord les plus anciennes.
AGES = (30, 60, 120)
_find_lignes = find_by_fiche("plan__fiche", "numero_dossier")


def _url_ligne(ligne: Any) -> str:
    return reverse("ligne-detail", args=[ligne.pk])


def _colonnes_ligne() -> list[Colonne]:
    return [
        colonne_fiche("plan__fiche", cle="fiche", titre="Action", lien=_url_ligne),
        colonne_territoire("plan__fiche__territoire"),
        C("nature", "Nature", lambda x: x.nature_lisible, tri=("nature",)),
        colonne_statut(lambda x: x.get_statut_display()),
    ]


def _filtre_territoire(lignes: QuerySet[Any]) -> Filtre:
    miens = lignes.order_by("plan__fiche__territoire__nom").values_list(
        "plan__fiche__territoire", "plan__fiche__territoire__nom", "plan__fiche__territoire__vague__numero"
    )
    choix = [(str(pk), f"{nom} (phase {vague})") for pk, nom, vague in miens.distinct()]
    return Filtre("territoire", "Territoire", choix, lambda pk: Q(plan__fiche__territoire=pk))


def _filtre_region(lignes: QuerySet[Any]) -> Filtre:
    regions = lignes.order_by("plan__fiche__territoire__region__nom").values_list(
        "plan__fiche__territoire__region", "plan__fiche__territoire__region__nom"
    )
    return Filtre(
        "region",
        "Région chef de file",
        list(regions.distinct()),
        lambda code: Q(plan__fiche__territoire__region=code),
    )


def liste_a_repondre(request: HttpRequest, lignes: QuerySet[Any]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="a-repondre",
        titre="À répondre",
        tri_defaut=("statut_depuis",),
        recherche=_find_lignes,
        aide_recherche="Action, dossier ou territoire",
        filtres=[
            _filtre_territoire(lignes),
            _filtre_region(lignes),
            Filtre(
                "etat",
                "État",
                [(s.value, s.label) for s in StatutLigne if s in EN_ATTENTE_DU_FINANCEUR],
                lambda statut: Q(statut=statut),
            ),
            Filtre(
                "nature",
                "Nature",
                list(NatureLigne.choices),
                lambda nature: Q(nature=nature),
            ),
            Filtre(
                "age",
                "Demandé depuis",
                [(str(jours), f"Plus de {jours} jours") for jours in AGES],
                lambda jours: Q(sollicite_le__lt=aujourdhui() - timedelta(days=int(jours))),
            ),
        ],
        colonnes=[
            *_colonnes_ligne(),
            colonne_montant("demande", "Demandé", "montant_demande"),
            colonne_jour("sollicite", "Demandé le", "sollicite_le"),
            C("attente", "Attend depuis (jours)", get_attente, tri=("-statut_depuis",), nombre=True),
        ],
    )


def liste_delais(request: HttpRequest, lignes: QuerySet[Any], etape: Etape) -> Liste:
    """Les lignes derrière un délai : d’où il part, où il finit, combien de jours."""

    def get_jours(ligne: Any) -> int | None:
        debut, fin = getattr(ligne, etape.debut), getattr(ligne, etape.fin)
        return None if fin is None else (fin - debut).days

    return Liste(
        request,
        lignes.select_related(
            "financeur", "plan__fiche__territoire__vague", "plan__fiche__territoire__region"
        ),
        nom=f"delais-{etape.cle}",
        titre="Lignes du délai",
        tri_defaut=(etape.debut,),
        recherche=_find_lignes,
        aide_recherche="Action, dossier ou territoire",
        colonnes=[
            *_colonnes_ligne(),
            C("financeur", "Financeur", lambda x: x.financeur.nom, tri=("financeur__nom",)),
            colonne_jour("debut", "Du", etape.debut),
            colonne_jour("fin", "Au", etape.fin),
            C("jours", "Jours", get_jours, nombre=True),
        ],
    )


def liste_engagements(request: HttpRequest, lignes: QuerySet[Any]) -> Liste:
    reponses = [("oui", "Répondues"), ("non", "Sans réponse")]
    return Liste(
        request,
        lignes,
        nom="engagements",
        titre="Mes engagements",
        tri_defaut=("-statut_depuis",),
        recherche=_find_lignes,
        aide_recherche="Action, dossier ou territoire",
        filtres=[
            Filtre("etat", "État", list(StatutLigne.choices)[1:], lambda statut: Q(statut=statut)),
            _filtre_territoire(lignes),
            Filtre(
                "espace",
                "Espace",
                [("reel", "Réel"), ("fictif", "Fictif")],
                lambda espace: Q(plan__fiche__territoire__is_fictif=espace == "fictif"),
            ),
            Filtre(
                "montant",
                "Avec un montant",
                list(Mesure.choices),
                lambda mesure: Q(**{f"montant_{mesure}__gt": 0}),
            ),
            Filtre(
                "ecart",
                "Versé et reçu",
                [("oui", "Diffèrent"), ("non", "S’accordent")],
                lambda oui: (
                    Q(montant_recu=F("montant_verse"))
                    if oui == "non"
                    else ~Q(montant_recu=F("montant_verse"))
                ),
            ),
            Filtre("reponse", "Réponse", reponses, lambda oui: Q(repondu_le__isnull=oui == "non")),
        ],
        colonnes=[
            *_colonnes_ligne(),
            colonne_montant("demande", "Demandé", "montant_demande"),
            colonne_montant("accorde", "Accordé", "montant_accorde"),
            colonne_montant("verse", "Versé", "montant_verse"),
            colonne_montant("recu", "Reçu, dit le porteur", "montant_recu"),
            colonne_jour("depuis", "État depuis le", "statut_depuis"),
            C("delai", "Délai de réponse (jours)", get_delai, nombre=True),
        ],
    )


# --- porteur -----------------------------------------------------------------------------------------------------


def _bouclage(fiche: Any) -> str:
    plan = getattr(fiche, "plan", None)
    return LIBELLES_BOUCLAGE[plan.code_bouclage if plan else "non_chiffree"]


def liste_actions(request: HttpRequest, lignes: QuerySet[Any]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="mes-actions",
        titre="Mes actions",
        tri_defaut=("-attentes_nombre", "territoire__nom", "rang"),
        recherche=find_by_fiche(),
        aide_recherche="Titre, code ou territoire",
        filtres=[Filtre("etat", "État", list(StatutFiche.choices), lambda statut: Q(statut=statut))],
        colonnes=[
            colonne_fiche(titre="Action", lien=FicheAction.get_absolute_url),
            colonne_territoire(),
            colonne_statut(FicheAction.get_statut_display),
            C("bouclage", "Financement", _bouclage),
            C(
                "fin",
                "Fin prévue",
                lambda f: f.fin_prevue,
                tri=("fin_prevue",),
                gabarit="pilotage/cellule_jour.html",
            ),
            C(
                "cout",
                "Coût",
                lambda f: Argent(f).get_montant("cout"),
                tri=("plan__cout_total",),
                montant=True,
            ),
            C("part", "Votre part", lambda f: get_part(f) or None, montant=True),
            C("reste", "Reste à trouver", lambda f: Argent(f).get_montant("reste"), montant=True),
            C(
                "attente",
                "Attend votre réponse",
                lambda f: f.attentes_nombre,
                tri=("attentes_nombre",),
                nombre=True,
            ),
        ],
    )
