"""Écrire les listes d’une fiche (étapes, partenaires, indicateurs…) et les valeurs datées d’un indicateur.

`actions.update_fiche` appelle `write_collection` dans sa transaction : il n’y a pas d’autre porte.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import models, transaction

from calcul.fiches.calendrier import CycleEtapes, sort_etapes
from calcul.fiches.quantites import QUANTITE_MAX, format_quantite
from maillage.fiches import events
from maillage.fiches.enums import NatureValeur
from maillage.fiches.models import FicheAction, Indicateur, ValeurIndicateur
from maillage.fiches.rubriques import COLLECTIONS, LONGUEUR_MAX, Champ, Collection, Forme
from maillage.fiches.selectors_contenu import Ligne, read_collection
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Commune
from maillage.socle.dates import parse_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant

ANNEES = range(1900, 2101)
LIGNES_MAX = 200


def clean_valeur(champ: Champ, valeur: Any, ou: str = "") -> Any:
    """Une valeur sous la forme qu’une version garde. `ou` : le lieu, en tête de la phrase d’erreur.

    Texte trop long, jour impossible, choix inconnu, nombre hors bornes : ActionImpossible.
    """
    match champ.forme:
        case Forme.JOUR:
            return _clean_jour(valeur, f"{ou}{champ.titre}")
        case Forme.CHOIX if champ.choix:
            if valeur in (None, ""):
                return ""
            if valeur not in champ.choix.values:
                raise ActionImpossible(
                    f"{ou}{champ.titre}\u00a0: «\u00a0{str(valeur)[:60]}\u00a0» n’est pas dans la liste."
                )
            return str(valeur)
        case Forme.ENTIER | Forme.QUANTITE:
            if valeur in (None, ""):
                return None
            borne = QUANTITE_MAX if champ.forme is Forme.QUANTITE else 2**31 - 1
            if (
                not isinstance(valeur, int)
                or abs(valeur) > borne
                or (champ.forme is Forme.ENTIER and valeur < 0)
            ):
                raise ActionImpossible(f"{ou}{champ.titre}\u00a0: écrivez un nombre vraisemblable.")
            return valeur
        case Forme.RANGS:
            return sorted({int(numero) for numero in valeur or ()})
        case _:
            return _clean_texte(champ, str(valeur or ""), ou)


def _clean_jour(valeur: Any, ou: str) -> str:
    if valeur in (None, ""):
        return ""
    try:
        jour = valeur if isinstance(valeur, date) else parse_jour(str(valeur))
    except ValueError as erreur:
        raise ActionImpossible(f"{ou}\u00a0: {erreur}") from erreur
    if jour.year not in ANNEES:
        raise ActionImpossible(f"{ou}\u00a0: l’année {jour.year} n’est pas vraisemblable.")
    return jour.isoformat()


def _clean_texte(champ: Champ, texte: str, ou: str) -> str:
    # PostgreSQL refuse le caractère nul ; un navigateur envoie ses fins de ligne à lui.
    propre = texte.replace("\x00", "").replace("\r\n", "\n").strip()
    maximum = LONGUEUR_MAX if champ.forme is Forme.LONG else champ.maximum
    if len(propre) > maximum:
        raise ActionImpossible(
            f"{ou}{champ.titre}\u00a0: le texte a {len(propre)} signes, {maximum} au plus. Raccourcissez-le, ou joignez une pièce."
        )
    return propre


def clean_lignes(nom: str, lignes: Sequence[Mapping[str, Any]]) -> list[Ligne]:
    """Les lignes d’une liste, contrôlées, sous la forme qu’une version garde. ActionImpossible au champ de la liste."""
    collection = COLLECTIONS[nom]
    if len(lignes) > LIGNES_MAX:
        raise ActionImpossible(
            f"{collection.titre}\u00a0: {len(lignes)} lignes, {LIGNES_MAX} au plus dans une fiche.", champ=nom
        )
    try:
        propres = [_clean_ligne(collection, ligne, n) for n, ligne in enumerate(lignes, start=1)]
        if nom == "jalons":
            _check_apres(propres)
    except ActionImpossible as erreur:
        raise ActionImpossible(str(erreur), champ=nom) from erreur
    return propres


def _clean_ligne(collection: Collection, ligne: Mapping[str, Any], numero: int) -> Ligne:
    ou = f"{collection.titre}, ligne {numero}, "
    propre: Ligne = {"id": ligne.get("id")}
    for colonne in collection.colonnes:
        propre[colonne.nom] = clean_valeur(colonne, ligne.get(colonne.nom), ou)
        if colonne.obligatoire and not propre[colonne.nom]:
            raise ActionImpossible(
                f"{ou}la case «\u00a0{colonne.titre}\u00a0» est vide\u00a0: remplissez-la, ou retirez la ligne."
            )
        if colonne.forme is Forme.CHOIX and not propre[colonne.nom]:
            defaut = collection.modele._meta.get_field(colonne.nom)
            propre[colonne.nom] = defaut.get_default() if isinstance(defaut, models.Field) else ""
    debut, fin = propre.get("debut"), propre.get("echeance") or propre.get("fin")
    if debut and fin and debut > fin:
        raise ActionImpossible(f"{ou}la fin vient avant le début.")
    if collection.nom == "jalons" and (propre["realise_le"] or "") > aujourdhui().isoformat():
        raise ActionImpossible(
            f"{ou}elle est dite faite un jour qui n’est pas venu\u00a0: corrigez la date, ou videz-la."
        )
    if collection.nom == "partenaires":
        propre["organisation"] = ligne.get("organisation")
    if "commune" in propre:
        propre["commune_nom"] = _get_commune(propre["commune"], ou)
    return propre


def _get_commune(code: str, ou: str) -> str:
    if not code:
        return ""
    commune = Commune.objects.filter(pk=code).first()
    if commune is None:
        raise ActionImpossible(f"{ou}aucune commune n’a le code «\u00a0{code}\u00a0».")
    return str(commune)


def _check_apres(lignes: list[Ligne]) -> None:
    apres = {numero: ligne["apres"] for numero, ligne in enumerate(lignes, start=1)}
    for numero, attendues in apres.items():
        inconnues = [n for n in attendues if n not in apres or n == numero]
        if inconnues:
            raise ActionImpossible(
                f"Étapes, ligne {numero}\u00a0: elle ne peut pas venir après l’étape {inconnues[0]}, qui "
                + ("est elle-même." if inconnues[0] == numero else "n’existe pas.")
            )
    try:
        sort_etapes(apres)
    except CycleEtapes as cercle:
        raise ActionImpossible(
            f"Étapes\u00a0: les étapes {cercle} s’attendent l’une l’autre. Retirez l’un de ces liens."
        ) from cercle


def write_collection(fiche: FicheAction, nom: str, lignes: list[Ligne]) -> list[Ligne]:
    """Fait de `lignes` (déjà contrôlées) la liste présente de la fiche ; rend ce qui est écrit, avec les clés.

    Une ligne sans `id`, ou dont l’`id` n’est plus là, est neuve. Un indicateur qui a des valeurs datées ne se retire pas.
    """
    collection = COLLECTIONS[nom]
    modele: Any = collection.modele
    presentes = {objet.pk: objet for objet in modele.objects.filter(fiche=fiche)}
    gardees: list[Any] = []
    for rang, ligne in enumerate(lignes, start=1):
        objet = presentes.pop(ligne["id"], None) if ligne["id"] else None
        objet = objet or modele(fiche=fiche)
        objet.rang = rang
        for colonne in collection.colonnes:
            if colonne.forme is Forme.RANGS:
                continue
            attribut = "commune_id" if colonne.forme is Forme.COMMUNE else colonne.nom
            valeur = ligne[colonne.nom]
            if colonne.forme is Forme.JOUR:
                valeur = date.fromisoformat(valeur) if valeur else None
            setattr(objet, attribut, (valeur or None) if colonne.forme is Forme.COMMUNE else valeur)
        if nom == "partenaires":
            objet.organisation_id = ligne["organisation"]
        objet.save()
        gardees.append(objet)
    _drop(collection, list(presentes.values()))
    if nom == "jalons":
        for objet, ligne in zip(gardees, lignes, strict=True):
            objet.apres.set([gardees[numero - 1] for numero in ligne["apres"]])
    getattr(fiche, "_prefetched_objects_cache", {}).pop(nom, None)
    return read_collection(fiche, nom)


def _drop(collection: Collection, objets: list[Any]) -> None:
    if collection.nom == "indicateurs":
        mesures = set(
            ValeurIndicateur.objects.filter(indicateur__in=objets).values_list("indicateur_id", flat=True)
        )
        for objet in objets:
            if objet.pk in mesures:
                raise ActionImpossible(
                    f"L’indicateur «\u00a0{objet}\u00a0» a des valeurs datées\u00a0: il ne se retire pas. Gardez-le.",
                    champ="indicateurs",
                )
    for objet in objets:
        objet.delete()


@transaction.atomic
def add_valeur(
    *,
    indicateur: Indicateur,
    nature: NatureValeur,
    valeur: int,
    source: str,
    by: Auteur,
    date_effet: date | None = None,
) -> ValeurIndicateur:
    """Ajoute une valeur (millièmes d’unité) à un indicateur, à une date, avec sa source. Rien n’est remplacé.

    Une valeur prévue peut porter sur l’avenir ; une valeur déclarée ou vérifiée, non. Sans source : ActionImpossible.
    """
    jour = date_effet or aujourdhui()
    if jour.year not in ANNEES:
        raise ActionImpossible(f"L’année {jour.year} n’est pas vraisemblable.", champ="date_effet")
    if nature != NatureValeur.PREVUE and jour > aujourdhui():
        raise ActionImpossible(
            "Une valeur déclarée ou vérifiée est d’un jour déjà venu\u00a0: corrigez la date, ou dites-la prévue.",
            champ="date_effet",
        )
    if not source.strip():
        raise ActionImpossible(
            "Dites d’où vient cette valeur\u00a0: sans source elle ne se vérifie pas.", champ="source"
        )
    if abs(valeur) > QUANTITE_MAX:
        raise ActionImpossible(
            "Ce nombre est trop grand\u00a0: vérifiez-le, ou changez d’unité.", champ="valeur"
        )
    fiche = indicateur.fiche
    fait = ValeurIndicateur.objects.create(
        indicateur=indicateur,
        nature=nature,
        date_effet=jour,
        valeur=valeur,
        source=source.strip()[:300],
        enregistre_at=maintenant(),
        enregistre_by=str(by),
    )
    record(
        events.VALEUR_AJOUTEE,
        cible=fiche,
        territoire=fiche.territoire.cle,
        by=by,
        apres={
            "indicateur": indicateur.libelle,
            "nature": str(NatureValeur(nature).label).lower(),
            "valeur": f"{format_quantite(valeur)} {indicateur.unite}".strip(),
        },
        date_effet=jour,
    )
    return fait
