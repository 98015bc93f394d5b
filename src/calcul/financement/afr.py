"""Zonage des aides à finalité régionale 2022–2027 : le taux d'une commune, lu dans l'annexe du décret, jamais supposé.

Le fichier est un CSV (séparateur « ; » ou « , ») avec les colonnes `code_commune`, `zone` (« a » ou « c ») et `taux`
(celui d'une grande entreprise, en pour cent : « 15 » ou « 15 % » ; « 0,15 » est refusé), et la colonne facultative `partielle` (« oui » : une partie seulement de la commune est zonée). Tant qu'aucun fichier n'est
chargé, la zone d'un projet est inconnue et les règles qui en dépendent le disent.

Source : décret n° 2022-968 du 30 juin 2022, annexe ; décisions SA.100838 et SA.101498 de la Commission européenne.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from calcul.financement.aide_etat import TypeZoneAfr, ZoneAfr

REFERENCE = "décret n° 2022-968 du 30 juin 2022, annexe"
HORS_ZONE = ZoneAfr(type=TypeZoneAfr.HORS_ZONE, reference=REFERENCE)
COLONNES = ("code_commune", "zone", "taux")

_CODE = re.compile(r"\d[\dAB]\d{3}")
_TAUX = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))? ?%?")


class ZonageIllisible(ValueError):
    """Le fichier du zonage est mal formé ; le message nomme la ligne et la faute."""


@dataclass(frozen=True, kw_only=True)
class Zonage:
    """Les communes zonées. `partielles` : celles dont une partie seulement l'est ; leur zone reste à vérifier."""

    zones: Mapping[str, ZoneAfr]
    partielles: frozenset[str]

    def find(self, code_commune: str) -> ZoneAfr | None:
        """La zone de la commune (hors zone si le fichier ne la cite pas) ; None si elle n'est zonée qu'en partie."""
        if code_commune in self.partielles:
            return None
        return self.zones.get(code_commune, HORS_ZONE)


def read_zonage(texte: str) -> Zonage:
    """Le zonage d'un fichier CSV. Erreur : ZonageIllisible (colonne absente, code, zone ou taux faux, doublon)."""
    entete = texte.partition("\n")[0]
    lecteur = csv.DictReader(texte.splitlines(), delimiter=";" if ";" in entete else ",")
    manquantes = [colonne for colonne in COLONNES if colonne not in (lecteur.fieldnames or ())]
    if manquantes:
        raise ZonageIllisible(f"colonne absente\u00a0: {', '.join(manquantes)}")
    zones: dict[str, ZoneAfr] = {}
    partielles = set()
    for rang, ligne in enumerate(lecteur, start=2):
        code = (ligne["code_commune"] or "").strip()
        if not _CODE.fullmatch(code):
            raise ZonageIllisible(f"ligne {rang}\u00a0: «\u00a0{code}\u00a0» n’est pas un code de commune")
        if code in zones:
            raise ZonageIllisible(f"ligne {rang}\u00a0: la commune {code} est déjà citée")
        zones[code] = ZoneAfr(
            type=_read_type(ligne["zone"], rang), taux=_read_taux(ligne["taux"], rang), reference=REFERENCE
        )
        if (ligne.get("partielle") or "").strip().lower() in ("oui", "1"):
            partielles.add(code)
    return Zonage(zones=MappingProxyType(zones), partielles=frozenset(partielles))


def _read_type(texte: str | None, rang: int) -> TypeZoneAfr:
    zone = (texte or "").strip().lower()
    if zone not in ("a", "c"):
        raise ZonageIllisible(f"ligne {rang}\u00a0: zone «\u00a0{zone}\u00a0» (attendu\u00a0: a ou c)")
    return TypeZoneAfr(zone)


def _read_taux(texte: str | None, rang: int) -> Fraction:
    forme = _TAUX.fullmatch((texte or "").strip())
    entiers, decimales = forme.groups() if forme else ("0", None)
    taux = Fraction(f"{entiers}.{decimales or 0}") / 100
    # Un taux de zone va de 10 % à 70 % : sous 1 %, c'est une part écrite à la place d'un pourcentage.
    if not Fraction(1, 100) <= taux <= 1:
        raise ZonageIllisible(
            f"ligne {rang}\u00a0: taux «\u00a0{(texte or '').strip()}\u00a0» (attendu\u00a0: un pourcentage, «\u00a015\u00a0»)"
        )
    return taux
