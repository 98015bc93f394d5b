"""Lire ce que contient une fiche : ses listes, une version en mots, ses parties telles qu’une page ou un acte les montre."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from calcul.fiches.quantites import format_quantite
from maillage.fiches.enums import Engagement, NatureValeur
from maillage.fiches.models import FicheAction, Indicateur, Jalon, SiteFiche, ValeurIndicateur
from maillage.fiches.rubriques import COLLECTIONS, ESSENTIEL, SECTIONS, Champ, Collection, Forme, Section
from maillage.socle.dates import format_jour

Ligne = dict[str, Any]  # une ligne d’une liste, telle qu’une version la garde


def load_listes(fiches: Sequence[FicheAction]) -> None:
    """Lit d’avance les listes de toutes ces fiches, en un nombre constant de requêtes."""
    prefetch_related_objects(
        fiches,
        *(nom for nom in COLLECTIONS if nom not in ("jalons", "sites")),
        Prefetch("jalons", Jalon.objects.prefetch_related("apres")),
        Prefetch("sites", SiteFiche.objects.select_related("commune")),
    )


def read_collection(fiche: FicheAction, nom: str) -> list[Ligne]:
    """Les lignes présentes d’une liste, comme une version les garde : dates en texte, nombres exacts, clé `id`."""
    collection = COLLECTIONS[nom]
    objets = list(getattr(fiche, nom).all())
    numeros = {objet.pk: rang for rang, objet in enumerate(objets, start=1)}
    return [_read_ligne(collection, objet, numeros) for objet in objets]


def _read_ligne(collection: Collection, objet: Any, numeros: Mapping[int, int]) -> Ligne:
    ligne: Ligne = {"id": objet.pk}
    for colonne in collection.colonnes:
        if colonne.forme is Forme.RANGS:
            ligne[colonne.nom] = sorted(numeros[autre.pk] for autre in objet.apres.all())
        elif colonne.forme is Forme.COMMUNE:
            ligne["commune"] = objet.commune_id or ""
            ligne["commune_nom"] = str(objet.commune) if objet.commune else ""
        elif colonne.forme is Forme.JOUR:
            jour = getattr(objet, colonne.nom)
            ligne[colonne.nom] = jour.isoformat() if jour else ""
        else:
            ligne[colonne.nom] = getattr(objet, colonne.nom)
    if collection.nom == "partenaires":
        ligne["organisation"] = objet.organisation_id
    return ligne


def read_collections(fiche: FicheAction) -> dict[str, list[Ligne]]:
    return {nom: read_collection(fiche, nom) for nom in COLLECTIONS}


def is_same_liste(saisies: list[Ligne], presentes: list[Ligne]) -> bool:
    """Vrai si les lignes saisies disent la même chose que les présentes, dans le même ordre."""
    return len(saisies) == len(presentes) and all(
        saisie.get(cle) == valeur
        for saisie, presente in zip(saisies, presentes, strict=True)
        for cle, valeur in presente.items()
    )


def say_jour(texte: str) -> str:
    return format_jour(date.fromisoformat(texte)) if texte else ""


def say_valeur(champ: Champ, valeur: Any, ligne: Mapping[str, Any] | None = None) -> str:
    """Une valeur gardée par une version, en mots ; vide si rien n’est dit."""
    if valeur in (None, "", []):
        return ""
    match champ.forme:
        case Forme.JOUR:
            return say_jour(valeur)
        case Forme.CHOIX if champ.choix:
            return str(champ.choix(valeur).label)
        case Forme.QUANTITE:
            return format_quantite(valeur)
        case Forme.COMMUNE:
            return str((ligne or {}).get("commune_nom") or valeur)
        case Forme.RANGS:
            return ", ".join(map(str, valeur))
        case _:
            return str(valeur)


def describe_collection(nom: str, lignes: Iterable[Ligne]) -> str:
    """Une liste en mots : une ligne de texte par ligne, numérotée ; vide si la liste l’est."""
    collection = COLLECTIONS[nom]
    textes = []
    for numero, ligne in enumerate(lignes, start=1):
        tete = say_valeur(collection.cle, ligne.get(collection.cle.nom))
        reste = [
            f"{colonne.titre.lower()}\u00a0: {texte}"
            for colonne in collection.colonnes
            if colonne is not collection.cle and (texte := say_valeur(colonne, ligne.get(colonne.nom), ligne))
        ]
        textes.append(f"{numero}. " + "\u00a0; ".join([tete, *reste]))
    return "\n".join(textes)


@dataclass(frozen=True)
class Tableau:
    """Une liste telle qu’on la lit : seules les colonnes où quelque chose est dit."""

    nom: str
    titre: str
    colonnes: tuple[Champ, ...]
    lignes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Partie:
    """Une partie de la fiche telle qu’on la lit. Sans texte ni tableau, elle est vide."""

    section: Section
    textes: tuple[tuple[Champ, str], ...]
    tableaux: tuple[Tableau, ...]

    @property
    def is_vide(self) -> bool:
        return not self.textes and not self.tableaux


def list_parties(contenu: Mapping[str, Any], *, with_interne: bool = True) -> list[Partie]:
    """Ce que dit un contenu de fiche au-delà de l’essentiel, partie par partie. `with_interne` faux : ce qui se publie."""
    parties = []
    for section in SECTIONS:
        if section is ESSENTIEL:
            continue
        textes = tuple(
            (champ, texte)
            for champ in section.champs
            if (with_interne or not champ.interne) and (texte := say_valeur(champ, contenu.get(champ.nom)))
        )
        tableaux = tuple(
            build_tableau(collection, contenu[collection.nom])
            for collection in section.collections
            if contenu.get(collection.nom) and (with_interne or not collection.interne)
        )
        parties.append(Partie(section, textes, tableaux))
    return parties


def list_parties_publiques(contenu: Mapping[str, Any]) -> list[Partie]:
    """Ce qui se publie d’une fiche publique : ni l’interne, ni les demandes à l’État, ni un partenaire qui n’a pas dit oui."""
    publie = {cle: valeur for cle, valeur in contenu.items() if cle not in ("demandes_etat", "resume_public")}
    publie["partenaires"] = [
        ligne for ligne in contenu.get("partenaires", ()) if ligne["engagement"] == Engagement.CONFIRME
    ]
    return [partie for partie in list_parties(publie, with_interne=False) if not partie.is_vide]


def build_tableau(collection: Collection, lignes: list[Ligne]) -> Tableau:
    dits = [
        {colonne.nom: say_valeur(colonne, ligne.get(colonne.nom), ligne) for colonne in collection.colonnes}
        for ligne in lignes
    ]
    colonnes = tuple(c for c in collection.colonnes if any(dit[c.nom] for dit in dits))
    return Tableau(
        collection.nom,
        collection.titre,
        colonnes,
        tuple(tuple(dit[colonne.nom] for colonne in colonnes) for dit in dits),
    )


@dataclass(frozen=True)
class Mesure:
    """Une valeur datée ; `is_corrigee` si une autre, du même jour et de la même nature, est venue après."""

    valeur: ValeurIndicateur
    is_corrigee: bool


def list_mesures(indicateur: Indicateur) -> list[Mesure]:
    """Les valeurs d’un indicateur, de la plus ancienne à la plus récente, corrections comprises."""
    valeurs = list(indicateur.valeurs.order_by("date_effet", "nature", "id"))
    dernieres = {(v.date_effet, v.nature): v.pk for v in valeurs}
    return [Mesure(v, dernieres[v.date_effet, v.nature] != v.pk) for v in valeurs]


@dataclass(frozen=True)
class Suivi:
    """Un indicateur et, pour chaque nature, sa dernière valeur : trois chiffres, jamais sommés."""

    indicateur: Indicateur
    dernieres: tuple[tuple[str, ValeurIndicateur | None], ...]


def list_suivis(fiche: FicheAction) -> list[Suivi]:
    """Les indicateurs d’une fiche avec leur dernière valeur prévue, déclarée et vérifiée."""
    suivis = []
    for indicateur in fiche.indicateurs.prefetch_related("valeurs"):
        par_nature: dict[str, ValeurIndicateur] = {}
        for valeur in sorted(indicateur.valeurs.all(), key=lambda v: (v.date_effet, v.pk)):
            par_nature[valeur.nature] = valeur
        dernieres = tuple((str(nature.label), par_nature.get(nature.value)) for nature in NatureValeur)
        suivis.append(Suivi(indicateur, dernieres))
    return suivis
