"""Lecture des fichiers reçus (CSV, JSON, compressés ou non) : tout défaut devient une phrase qui dit où et que faire.

Servent aussi aux imports des applications au-dessus. Un fichier illisible lève `DonneesIllisibles` avant toute écriture.
"""

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from maillage.socle.erreurs import DonneesIllisibles

_SEPARATEURS = (",", ";")
# Une colonne de contours dépasse la limite par défaut (128 Kio) ; le fichier, lui, est déjà tout entier en mémoire.
csv.field_size_limit(2**27)


@dataclass(frozen=True)
class Enregistrement:
    """Une ligne de CSV ou un objet de JSON, qui sait dire d'où il vient quand une valeur est fautive."""

    fichier: str
    repere: str  # « ligne 12 », « enregistrement 3 »
    valeurs: Mapping[str, Any]

    def refuse(self, probleme: str) -> NoReturn:
        """Lève DonneesIllisibles avec le nom du fichier et la place de l'enregistrement."""
        raise DonneesIllisibles(
            f"{self.fichier}, {self.repere} : {probleme}. Corrigez le fichier ou reprenez l’original, puis recommencez.",
            [f"{self.repere} : {probleme}"],
        )

    def texte(self, cle: str) -> str:
        """Texte non vide, sans espace autour."""
        valeur = self.valeurs.get(cle)
        if not isinstance(valeur, str) or not valeur.strip():
            self.refuse(f"« {cle} » est vide ou n’est pas un texte")
        return valeur.strip()

    def texte_ou_vide(self, cle: str) -> str:
        valeur = self.valeurs.get(cle) or ""
        if not isinstance(valeur, str):
            self.refuse(f"« {cle} » n’est pas un texte")
        return valeur.strip()

    def entier(self, cle: str) -> int:
        """Entier positif ou nul, écrit en nombre (JSON) ou en chiffres (CSV)."""
        valeur = self.valeurs.get(cle)
        if isinstance(valeur, str) and valeur.strip().isascii() and valeur.strip().isdigit():
            valeur = int(valeur)
        if isinstance(valeur, bool) or not isinstance(valeur, int) or valeur < 0:
            self.refuse(f"« {cle} » devrait être un nombre entier, et vaut « {self.valeurs.get(cle)} »")
        return valeur

    def entier_ou_zero(self, cle: str) -> int:
        return self.entier(cle) if self.valeurs.get(cle) not in (None, "") else 0

    def choix(self, cle: str, permis: Iterable[str]) -> str:
        """Texte pris dans une liste de valeurs permises."""
        valeur, permis = self.texte(cle), list(permis)
        if valeur not in permis:
            self.refuse(f"« {cle} » vaut « {valeur} », qui n’est pas dans la liste ({', '.join(permis)})")
        return valeur

    def textes(self, cle: str) -> list[str]:
        """Liste de textes (JSON) ; absente : liste vide."""
        valeur = self.valeurs.get(cle) or []
        if not isinstance(valeur, list) or not all(isinstance(element, str) for element in valeur):
            self.refuse(f"« {cle} » devrait être une liste de textes")
        return valeur

    def enregistrements(self, cle: str) -> list["Enregistrement"]:
        """Liste d'objets (JSON) portée par celui-ci."""
        valeur = self.valeurs.get(cle)
        if not isinstance(valeur, list) or not all(isinstance(element, dict) for element in valeur):
            self.refuse(f"« {cle} » devrait être une liste d’objets")
        return [
            Enregistrement(self.fichier, f"{self.repere}, « {cle} » n° {rang}", element)
            for rang, element in enumerate(valeur, start=1)
        ]


def compute_sha256(chemin: Path) -> str:
    """Empreinte du fichier tel qu'il est sur le disque (compressé s'il l'est)."""
    return hashlib.sha256(_lire_brut(chemin)).hexdigest()


def lire_texte(chemin: Path) -> str:
    """Contenu en UTF-8, décompressé si le nom finit par .gz, sans marque d'ordre des octets."""
    octets = _lire_brut(chemin)
    if chemin.suffix == ".gz":
        try:
            octets = gzip.decompress(octets)
        except (EOFError, OSError, zlib.error) as erreur:
            raise DonneesIllisibles(
                f"{chemin.name} : le fichier compressé est tronqué ou abîmé. Téléchargez-le de nouveau."
            ) from erreur
    return decoder(octets, chemin.name)


def decoder(octets: bytes, nom: str) -> str:
    """Texte en UTF-8, sans marque d'ordre des octets, d'un fichier nommé `nom`. Erreur : DonneesIllisibles."""
    if not octets.strip():
        raise DonneesIllisibles(f"{nom} : le fichier est vide. Téléchargez-le de nouveau.")
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in octets[:1000]:
        raise DonneesIllisibles(
            f"{nom} : le fichier n’est pas du texte en UTF-8 (UTF-16 ou classeur\u00a0?). "
            "Enregistrez-le en « CSV UTF-8 » ou reprenez l’original."
        )
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as erreur:
        ligne = octets.count(b"\n", 0, erreur.start) + 1
        raise DonneesIllisibles(
            f"{nom}, ligne {ligne} : un caractère n’est pas en UTF-8 (fichier en Windows-1252\u00a0?). "
            "Enregistrez-le en UTF-8, puis recommencez.",
            [f"ligne {ligne} : octet 0x{octets[erreur.start]:02x} illisible"],
        ) from erreur


def _lire_brut(chemin: Path) -> bytes:
    try:
        return chemin.read_bytes()
    except OSError as erreur:
        raise DonneesIllisibles(
            f"{chemin.name} : le fichier ne peut pas être lu ({chemin.parent}). Vérifiez son nom et son dossier."
        ) from erreur


def lire_csv(chemin: Path, colonnes_attendues: Sequence[str]) -> list[Enregistrement]:
    """Lignes d'un CSV séparé par « , » ou « ; », avec ou sans marque d'ordre des octets, compressé ou non.

    Les colonnes en trop sont gardées, l'ordre est libre. Erreur : DonneesIllisibles (colonne absente ou en double,
    ligne trop courte ou trop longue, guillemet jamais fermé, mauvais encodage, fichier tronqué ou vide).
    """
    return lire_csv_texte(lire_texte(chemin), chemin.name, colonnes_attendues)


def lire_csv_texte(texte: str, nom: str, colonnes_attendues: Sequence[str]) -> list[Enregistrement]:
    """Comme `lire_csv`, d'un contenu déjà lu, venu d'un fichier nommé `nom`."""
    entete = texte.splitlines()[0]
    separateur = max(_SEPARATEURS, key=entete.count)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    try:
        colonnes = [colonne.strip() for colonne in next(lecteur)]
        _check_colonnes(nom, colonnes, colonnes_attendues)
        lignes = []
        for champs in lecteur:
            if not champs:
                continue
            if len(champs) != len(colonnes):
                raise DonneesIllisibles(
                    f"{nom}, ligne {lecteur.line_num} : {len(champs)} valeurs au lieu de {len(colonnes)} "
                    "(fichier tronqué, ou séparateur dans un texte sans guillemets). Reprenez l’original.",
                    [f"ligne {lecteur.line_num} : {len(champs)} valeurs au lieu de {len(colonnes)}"],
                )
            lignes.append(
                Enregistrement(nom, f"ligne {lecteur.line_num}", dict(zip(colonnes, champs, strict=True)))
            )
    except csv.Error as erreur:
        raise DonneesIllisibles(
            f"{nom}, ligne {lecteur.line_num} : guillemets mal placés ou jamais fermés "
            "(fichier tronqué\u00a0?). Reprenez l’original.",
            [f"ligne {lecteur.line_num} : {erreur}"],
        ) from erreur
    return lignes


def _check_colonnes(nom: str, colonnes: list[str], attendues: Sequence[str]) -> None:
    nommees = [colonne for colonne in colonnes if colonne]
    doubles = sorted({colonne for colonne in nommees if nommees.count(colonne) > 1})
    if doubles:
        raise DonneesIllisibles(
            f"{nom}, ligne 1 : la colonne « {doubles[0]} » est en double. Ôtez celle qui est en trop."
        )
    absentes = [colonne for colonne in attendues if colonne not in colonnes]
    if absentes:
        raise DonneesIllisibles(
            f"{nom}, ligne 1 : il manque {_enumere('la colonne', 'les colonnes', absentes)} "
            f"(lues : {', '.join(nommees)}). Vérifiez que c’est le bon fichier.",
            [f"colonne absente : {colonne}" for colonne in absentes],
        )


def lire_json(chemin: Path) -> Any:
    """Valeur d'un fichier JSON, compressé ou non. Erreur : DonneesIllisibles, avec la ligne et la colonne."""
    texte = lire_texte(chemin)
    try:
        return json.loads(texte)
    except json.JSONDecodeError as erreur:
        raise DonneesIllisibles(
            f"{chemin.name}, ligne {erreur.lineno}, caractère {erreur.colno} : le JSON est mal formé ou tronqué. "
            "Téléchargez-le de nouveau.",
            [f"ligne {erreur.lineno} : {erreur.msg}"],
        ) from erreur


def lire_enregistrements(chemin: Path, cles_attendues: Sequence[str]) -> list[Enregistrement]:
    """Objets d'un JSON qui est une liste d'objets ; chacun porte toutes les clés attendues."""
    valeur = lire_json(chemin)
    if not isinstance(valeur, list) or not valeur:
        raise DonneesIllisibles(
            f"{chemin.name} : une liste d’objets est attendue. Vérifiez que c’est le bon fichier."
        )
    lus = []
    for rang, objet in enumerate(valeur, start=1):
        lu = Enregistrement(chemin.name, f"enregistrement {rang}", objet if isinstance(objet, dict) else {})
        absentes = [cle for cle in cles_attendues if cle not in lu.valeurs]
        if absentes:
            lu.refuse(f"il manque {_enumere('la clé', 'les clés', absentes)}")
        lus.append(lu)
    return lus


def check_sans_doublon(lus: Iterable[Enregistrement], cle: str) -> None:
    """Deux enregistrements ne peuvent pas porter la même clé. Erreur : DonneesIllisibles, qui nomme les deux."""
    vus: dict[str, str] = {}
    for lu in lus:
        code = lu.texte(cle)
        if code in vus:
            lu.refuse(f"« {cle} » vaut « {code} », déjà vu ({vus[code]})")
        vus[code] = lu.repere


def _enumere(singulier: str, pluriel: str, noms: Sequence[str]) -> str:
    return f"{singulier if len(noms) == 1 else pluriel} {', '.join(f'« {nom} »' for nom in noms)}"
