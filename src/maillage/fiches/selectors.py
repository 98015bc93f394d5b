"""Lectures des fiches : recherche, code proposé, contenu d’une version en mots, comparaison de deux contenus."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from maillage.comptes.models import Organisation
from maillage.fiches import events
from maillage.fiches.enums import EtatPorteur, Maturite, StatutFiche, Visibilite
from maillage.fiches.models import Commentaire, FicheAction, LectureFiche, Portage, VersionFiche
from maillage.fiches.permissions import fiches_visible_to
from maillage.fiches.rubriques import CHAMPS_SECTIONS, COLLECTIONS, TITRES
from maillage.fiches.selectors_contenu import (
    describe_collection,
    read_collections,
    say_jour,
    say_valeur,
)
from maillage.journal.models import Entree
from maillage.socle.conflits import Conflit, Ecart, compare_mots, departager
from maillage.socle.texte import replier
from maillage.territoires.models import Territoire


def get_scalaires(fiche: FicheAction) -> dict[str, Any]:
    """Ce qu’une fiche dit sans ses listes, lisible sans la base."""
    return {
        "code": fiche.code,
        "rang": fiche.rang,
        "titre": fiche.titre,
        "axe": fiche.axe.code if fiche.axe else "",
        "axe_nom": fiche.axe.nom if fiche.axe else "",
        "presentateur": fiche.presentateur,
        "porteur_id": fiche.porteur_id,
        "porteur_nom": fiche.porteur.nom if fiche.porteur else "",
        "etat_porteur": fiche.etat_porteur,
        "description": fiche.description,
        "debut_prevu": fiche.debut_prevu.isoformat() if fiche.debut_prevu else "",
        "fin_prevue": fiche.fin_prevue.isoformat() if fiche.fin_prevue else "",
        "statut": fiche.statut,
        "maturite": fiche.maturite,
        "visibilite": fiche.visibilite,
    } | {nom: getattr(fiche, nom) for nom in CHAMPS_SECTIONS}


def get_contenu(fiche: FicheAction) -> dict[str, Any]:
    """Photographie d’une fiche, lisible sans la base : ce qu’une version garde et qu’un acte annexe.

    Les listes se lisent en autant de requêtes qu’il y a de listes (`selectors_contenu.load_listes` les lit d’avance).
    """
    return get_scalaires(fiche) | read_collections(fiche)


def describe_contenu(contenu: dict[str, Any]) -> dict[str, str]:
    """Un contenu de version en mots : clé de TITRES → texte (vide si rien). Une version ancienne n’a pas toutes les clés."""
    mots = {
        "code": contenu["code"],
        "titre": contenu["titre"],
        "statut": StatutFiche(contenu["statut"]).label,
        "axe": contenu["axe_nom"],
        "presentateur": contenu["presentateur"],
        "porteur": contenu["porteur_nom"] or EtatPorteur(contenu["etat_porteur"]).label,
        "description": contenu["description"],
        "debut_prevu": say_jour(contenu["debut_prevu"]),
        "fin_prevue": say_jour(contenu["fin_prevue"]),
        "maturite": Maturite(contenu["maturite"]).label,
        "visibilite": Visibilite(contenu["visibilite"]).label,
        "rang": str(contenu["rang"]),
    }
    mots |= {nom: say_valeur(champ, contenu.get(nom)) for nom, champ in CHAMPS_SECTIONS.items()}
    return mots | {nom: describe_collection(nom, contenu.get(nom, ())) for nom in COLLECTIONS}


def build_texte_recherche(fiche: FicheAction, contenu: dict[str, Any]) -> str:
    """Tout ce que dit une fiche, replié : chaque mot y commence après une espace."""
    mots = describe_contenu(contenu)
    for nom in ("statut", "maturite", "visibilite", "rang"):
        del mots[nom]
    sigle = fiche.porteur.sigle if fiche.porteur else ""
    return f" {replier(' '.join([*mots.values(), sigle]))} "


def compare_contenus(avant: dict[str, Any], apres: dict[str, Any]) -> list[Ecart]:
    """Les champs qui diffèrent d’un contenu à l’autre, dans l’ordre de TITRES ; vide si rien ne change."""
    return compare_mots(describe_contenu(avant), describe_contenu(apres), TITRES)


def compare_saisies(*, base: dict[str, Any], saisie: dict[str, Any], enregistre: dict[str, Any]) -> Conflit:
    """Départage deux saisies, champ par champ, depuis la version qu’elles ont toutes deux lue."""
    return departager(
        base=describe_contenu(base),
        saisie=describe_contenu(saisie),
        enregistre=describe_contenu(enregistre),
        titres=TITRES,
    )


def get_version(fiche: FicheAction, numero: int) -> VersionFiche | None:
    return fiche.versions.filter(numero=numero).first()


def list_champs_rouverts(fiche: FicheAction) -> set[str]:
    """Les champs sur lesquels une correction est demandée et pas encore close."""
    return set(
        Commentaire.objects.filter(fiche=fiche, is_correction=True, resolu_at__isnull=True).values_list(
            "champ", flat=True
        )
    )


@dataclass(frozen=True)
class DepuisLecture:
    """La dernière version que la Région a lue, et les champs qui ont changé depuis (l’état ne compte pas)."""

    lecture: LectureFiche
    ecarts: list[Ecart]


def get_depuis_lecture(fiche: FicheAction) -> DepuisLecture | None:
    """Ce qui a changé depuis que la Région a lu la fiche ; None si elle ne l’a jamais lue."""
    lecture = fiche.lectures.order_by("-version").first()
    if lecture is None:
        return None
    contenus = dict(
        fiche.versions.filter(numero__in=(lecture.version, fiche.version)).values_list("numero", "contenu")
    )
    ecarts = compare_contenus(contenus[lecture.version], contenus[fiche.version])
    return DepuisLecture(lecture, [ecart for ecart in ecarts if ecart.champ != "statut"])


@dataclass(frozen=True)
class Fil:
    """Une remarque et ses réponses. `titre` : le champ dont elle parle ; vide pour la fiche entière."""

    commentaire: Commentaire
    titre: str
    reponses: list[Commentaire]


def list_fils(fiche: FicheAction) -> list[Fil]:
    """Les remarques sur une fiche : les ouvertes d’abord, puis les closes, chacune avec ses réponses."""
    commentaires = list(fiche.commentaires.prefetch_related("mentions").order_by("id"))
    reponses: dict[int, list[Commentaire]] = defaultdict(list)
    for commentaire in commentaires:
        if commentaire.parent_id:
            reponses[commentaire.parent_id].append(commentaire)
    fils = [Fil(c, TITRES.get(c.champ, ""), reponses[c.pk]) for c in commentaires if not c.parent_id]
    return sorted(fils, key=lambda fil: fil.commentaire.resolu_at is not None)


def get_motif(fiche: FicheAction) -> Entree | None:
    """L’entrée du journal qui dit pourquoi la fiche est dans son état, si ce passage demandait un motif ; None sinon."""
    passage = Entree.objects.for_cible(fiche).filter(code=events.STATUT_MODIFIE).first()
    return passage if passage and passage.motif else None


def stem(mot: str) -> str:
    """Un mot replié sans la marque du pluriel : « entreprises » et « entreprise » commencent pareil. Rien sous quatre lettres."""
    return mot.rstrip("sx") if len(mot) > 3 and mot.isalpha() else mot


def find_fiches(fiches: QuerySet[FicheAction], texte: str) -> QuerySet[FicheAction]:
    """Fiches où chaque mot cherché commence un mot de leur texte (toutes leurs rubriques), sans accent, ni casse, ni pluriel.

    Faite par la base : elle vaut pour la nation entière.
    """
    for mot in replier(texte).split():
        fiches = fiches.filter(texte_recherche__contains=f" {stem(mot)}")
    return fiches


_CODE = re.compile(r"^(\D*)(\d+)")


def suggest_code(territoire: Territoire) -> str:
    """Le prochain code libre dans la manière du territoire (« F14 » après « F13 » ou « F13.2 ») ; « F1 » s’il n’y en a aucun.

    Une proposition, jamais imposée : le code est celui du territoire.
    """
    codes = list(territoire.fiches.exclude(code="").values_list("code", flat=True))
    formes = [forme for forme in map(_CODE.match, codes) if forme]
    if not formes:
        return "F1" if "F1" not in codes else ""
    prefixe = Counter(forme[1] for forme in formes).most_common(1)[0][0]
    numeros = [forme[2] for forme in formes if forme[1] == prefixe]
    largeur = (
        min(len(numero) for numero in numeros) if any(numero.startswith("0") for numero in numeros) else 0
    )
    return f"{prefixe}{max(int(numero) for numero in numeros) + 1:0{largeur}d}"[:20]


def find_organisations(texte: str, *, maximum: int = 8) -> list[Organisation]:
    """Les organisations qu’un texte désigne : celles dont le nom, le sigle ou le SIREN est exactement lui (sans accent ni
    casse) ; à défaut, celles qui contiennent tous ses mots, par ordre de nom."""
    cherche = replier(texte)
    mots = cherche.split()
    if not mots:
        return []
    exactes: list[int] = []
    proches: list[int] = []
    lignes = Organisation.objects.order_by("nom", "id").values_list("pk", "nom", "sigle", "siren")
    for pk, nom, sigle, siren in lignes:
        plis = (replier(nom), replier(sigle), siren or "")
        if cherche in plis:
            exactes.append(pk)
        elif all(mot in " ".join(plis) for mot in mots):
            proches.append(pk)
    retenues = exactes or proches[:maximum]
    return list(Organisation.objects.filter(pk__in=retenues).order_by("nom", "id"))


def organisations_proches(territoire: Territoire, *, aussi: Collection[int] = ()) -> QuerySet[Organisation]:
    """Organisations à proposer d’abord comme porteur : celles qui portent déjà une fiche du territoire et ses membres."""
    porteurs = territoire.fiches.exclude(porteur=None).values("porteur")
    membres = territoire.perimetres.filter(fin__isnull=True).exclude(epci=None).values("epci")
    return (
        Organisation.objects.filter(pk__in=porteurs)
        | Organisation.objects.filter(epci__in=membres)
        | Organisation.objects.filter(pk__in=aussi)
    ).order_by("nom", "id")


def list_portages(territoire: Territoire, au: date, user: Any) -> dict[int, list[Portage]]:
    """Ce que porte chaque binôme ce jour-là : clé du binôme -> portages des fiches que la personne peut lire."""
    par_binome: dict[int, list[Portage]] = defaultdict(list)
    portages = Portage.objects.at(au).filter(
        fiche__territoire=territoire, fiche__in=fiches_visible_to(user).values("pk")
    )
    for portage in portages.select_related("fiche__territoire__vague"):
        par_binome[portage.binome_id].append(portage)
    return par_binome
