"""Ouvrir sans risque un classeur reçu et le lire au fil de l’eau ; écrire des cellules qui se relisent telles quelles.

Un fichier reçu n’est jamais exécuté : les formules ne valent que par leur résultat enregistré ou, sans lui, par un calcul
borné (`formules`). Rien n’est décompressé avant d’avoir compté ce qu’il y aurait à décompresser.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError, iterparse

from django.conf import settings

from maillage.echanges.formules import FormuleInconnue, evaluate
from maillage.socle.erreurs import DonneesIllisibles

DECOMPRESSE_MAX = 100 * 2**20  # octets, tous membres ensemble
CHAINES_MAX = 40 * 2**20  # la table des textes tient en mémoire
MEMBRES_MAX = 2_000
LIGNES_MAX = 20_000
COLONNES_MAX = 60
CHAINE_MAX = 30  # formules qui se renvoient l’une à l’autre
TEXTE_MAX = 32_767  # la limite d’une cellule Excel

_ILLISIBLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ERREURS_TABLEUR = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}


def check_classeur(octets: bytes, nom: str) -> None:
    """Refuse (DonneesIllisibles, avec ce qu’il faut faire) ce qui n’est pas un classeur XLSX ordinaire : programme renommé,
    ancien format, fichier chiffré, macros, archive démesurée."""
    limite = settings.TAILLE_MAX_PIECE
    if len(octets) > limite:
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» pèse {len(octets) // 2**20}\u00a0Mo\u00a0; la limite est de {limite // 2**20}\u00a0Mo. "
            "Retirez les images et les feuilles inutiles, ou partagez le plan en plusieurs classeurs."
        )
    if not octets:
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» est vide. Vérifiez le fichier, puis déposez-le de nouveau."
        )
    if octets.startswith((b"MZ", b"\x7fELF")):
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» est un programme, malgré son nom\u00a0: il n’a pas été ouvert. Déposez le classeur lui-même (.xlsx)."
        )
    if octets.startswith(b"\xd0\xcf\x11\xe0"):
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» est protégé par un mot de passe, ou dans l’ancien format .xls. Ouvrez-le, retirez le mot de passe, "
            "puis enregistrez-le en .xlsx."
        )
    if not octets.startswith(b"PK\x03\x04"):
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» n’est pas un classeur Excel (.xlsx). Ouvrez-le dans votre tableur, puis enregistrez-le en .xlsx."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            membres = archive.infolist()
            _check_membres(archive, membres, nom)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, RuntimeError) as erreur:
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» est abîmé ou protégé\u00a0: il ne s’ouvre pas. Ouvrez-le dans votre tableur, enregistrez-le de nouveau, "
            "puis déposez-le."
        ) from erreur


def _check_membres(archive: zipfile.ZipFile, membres: list[zipfile.ZipInfo], nom: str) -> None:
    noms = {membre.filename.lower() for membre in membres}
    if "xl/workbook.xml" not in noms:
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» n’est pas un classeur Excel (.xlsx). Ouvrez-le dans votre tableur, puis enregistrez-le en .xlsx."
        )
    if any(membre.endswith("vbaproject.bin") for membre in noms):
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» contient des macros, qui ne sont pas acceptées. Enregistrez-le en classeur sans macros (.xlsx)."
        )
    chaines = sum(m.file_size for m in membres if m.filename.lower().endswith("sharedstrings.xml"))
    if (
        len(membres) > MEMBRES_MAX
        or sum(m.file_size for m in membres) > DECOMPRESSE_MAX
        or chaines > CHAINES_MAX
    ):
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» est démesuré une fois ouvert (plus de {DECOMPRESSE_MAX // 2**20}\u00a0Mo)\u00a0: il n’a pas été lu. "
            "Gardez la seule feuille du plan, sans lignes vides mises en forme, puis déposez-la."
        )
    for membre in membres:
        if membre.filename.lower().endswith((".xml", ".rels")):
            with archive.open(membre) as flux:
                if b"<!DOCTYPE" in flux.read(4096):
                    raise DonneesIllisibles(
                        f"«\u00a0{nom}\u00a0» contient des déclarations qu’un tableur n’écrit jamais\u00a0: il n’a pas été lu. "
                        "Enregistrez-le de nouveau depuis votre tableur."
                    )


@contextmanager
def open_classeur(octets: bytes, nom: str) -> Iterator[Any]:
    """Le classeur en lecture seule, résultats des formules compris. Erreur : DonneesIllisibles."""
    from openpyxl import load_workbook

    check_classeur(octets, nom)
    try:
        classeur = load_workbook(io.BytesIO(octets), read_only=True, data_only=True, keep_links=False)
    except Exception as erreur:  # la bibliothèque lève de tout devant un fichier mal fait
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» n’est pas un classeur lisible. Ouvrez-le dans votre tableur, enregistrez-le en .xlsx, puis "
            "déposez-le de nouveau."
        ) from erreur
    try:
        yield classeur
    except (ParseError, zipfile.BadZipFile, KeyError, EOFError) as erreur:
        raise DonneesIllisibles(
            f"«\u00a0{nom}\u00a0» est abîmé\u00a0: une feuille ne se lit pas jusqu’au bout. Enregistrez-le de nouveau depuis votre tableur."
        ) from erreur
    finally:
        classeur.close()


def list_feuilles(classeur: Any) -> list[Any]:
    """Les feuilles de calcul (non les graphiques), dans l’ordre des onglets."""
    return [feuille for feuille in classeur.worksheets if hasattr(feuille, "iter_rows")]


def read_feuille(feuille: Any, *, lignes_max: int = LIGNES_MAX) -> Iterator[tuple[int, list[Any]]]:
    """(numéro, valeurs) de chaque ligne jusqu’à `lignes_max`, 60 colonnes au plus.

    Une cellule fusionnée vaut celle du coin, comme à l’œil. Une formule sans résultat enregistré est calculée si elle est
    simple ; sinon elle vaut son propre texte (« =… »), que le lecteur refusera là où il attend autre chose.
    """
    feuille.reset_dimensions()
    coins, formules = _scan(feuille)
    lignes = feuille.iter_rows(max_row=lignes_max, max_col=COLONNES_MAX, values_only=True)
    if formules:
        yield from _read_avec_formules(list(lignes), coins, formules)
        return
    gardees: dict[tuple[int, int], Any] = {}
    for numero, brute in enumerate(lignes, start=1):
        yield numero, _defusionner(numero, list(brute), coins, gardees)


def _read_avec_formules(
    lignes: list[tuple[Any, ...]],
    coins: dict[tuple[int, int], tuple[int, int]],
    formules: dict[tuple[int, int], str],
) -> Iterator[tuple[int, list[Any]]]:
    resultats: dict[tuple[int, int], Any] = {}
    en_cours: set[tuple[int, int]] = set()

    def lit(ligne: int, colonne: int) -> Any:
        """La valeur d’une cellule ; chaque formule n’est calculée qu’une fois."""
        cle = (ligne, colonne)
        if cle in resultats:
            return resultats[cle]
        if cle not in formules:
            dedans = 1 <= ligne <= len(lignes) and 1 <= colonne <= len(lignes[ligne - 1])
            return lignes[ligne - 1][colonne - 1] if dedans else None
        if cle in en_cours or len(en_cours) > CHAINE_MAX:
            raise FormuleInconnue("formules qui se renvoient l’une à l’autre")
        en_cours.add(cle)
        try:
            resultats[cle] = evaluate(formules[cle], lit)
        finally:
            en_cours.discard(cle)
        return resultats[cle]

    par_ligne: dict[int, list[int]] = {}
    for ligne, colonne in formules:
        par_ligne.setdefault(ligne, []).append(colonne)
    gardees: dict[tuple[int, int], Any] = {}
    for numero, brute in enumerate(lignes, start=1):
        valeurs = list(brute)
        for colonne in par_ligne.get(numero, []):
            valeurs += [None] * (colonne - len(valeurs))
            try:
                valeurs[colonne - 1] = lit(numero, colonne)
            except FormuleInconnue:
                valeurs[colonne - 1] = f"={formules[numero, colonne]}"
        yield numero, _defusionner(numero, valeurs, coins, gardees)


def _defusionner(
    numero: int,
    valeurs: list[Any],
    coins: dict[tuple[int, int], tuple[int, int]],
    gardees: dict[tuple[int, int], Any],
) -> list[Any]:
    if not coins:
        return valeurs
    a_garder = set(coins.values())
    for colonne in range(1, COLONNES_MAX + 1):
        coin = coins.get((numero, colonne))
        if coin:
            valeurs += [None] * (colonne - len(valeurs))
            valeurs[colonne - 1] = gardees.get(coin)
        elif (numero, colonne) in a_garder:
            gardees[numero, colonne] = valeurs[colonne - 1] if colonne <= len(valeurs) else None
    return valeurs


def _scan(feuille: Any) -> tuple[dict[tuple[int, int], tuple[int, int]], dict[tuple[int, int], str]]:
    """Cellules fusionnées (→ leur coin) et formules sans résultat (→ leur texte), bornées comme la lecture."""
    from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

    archive, chemin = feuille.parent._archive, feuille._worksheet_path
    coins: dict[tuple[int, int], tuple[int, int]] = {}
    formules: dict[tuple[int, int], str] = {}
    if not _contains(archive, chemin, (b"<mergeCell ", b"<f>", b"<f ", b":mergeCell ", b":f>")):
        return coins, formules
    with archive.open(chemin) as flux:
        for _, element in iterparse(flux):  # noqa: S314 - les DOCTYPE sont refusés, la taille est comptée
            if element.tag == f"{_NS}c":
                formule = element.find(f"{_NS}f")
                if formule is not None and not element.findtext(f"{_NS}v") and element.get("r"):
                    ligne, colonne = coordinate_to_tuple(element.get("r", ""))
                    if ligne <= LIGNES_MAX and colonne <= COLONNES_MAX:
                        formules[ligne, colonne] = formule.text or ""
                element.clear()
            elif element.tag == f"{_NS}row":
                element.clear()
            elif element.tag == f"{_NS}mergeCell":
                c1, l1, c2, l2 = range_boundaries(element.get("ref", "A1"))
                if None in (c1, l1, c2, l2):
                    continue
                for ligne in range(l1, min(l2, LIGNES_MAX) + 1):
                    for colonne in range(c1, min(c2, COLONNES_MAX) + 1):
                        if (ligne, colonne) != (l1, c1):
                            coins[ligne, colonne] = (l1, c1)
    return coins, formules


def _contains(archive: zipfile.ZipFile, chemin: str, motifs: tuple[bytes, ...]) -> bool:
    reste = b""
    with archive.open(chemin) as flux:
        while morceau := flux.read(1 << 20):
            if any(motif in reste + morceau for motif in motifs):
                return True
            reste = morceau[-16:]
    return False


def say(valeur: Any) -> str:
    """Une valeur de cellule en texte : « 12 » pour 12.0, « 19/11/2019 » pour un jour, vide pour rien."""
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    if isinstance(valeur, float):
        return repr(valeur).replace(".", ",")
    if isinstance(valeur, datetime):
        return f"{valeur:%d/%m/%Y}" if not (valeur.hour or valeur.minute) else f"{valeur:%d/%m/%Y %H:%M}"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return clean_texte(str(valeur))


def clean_texte(texte: str) -> str:
    """Un texte qu’un classeur garde tel quel : sauts de ligne simples, sans signe de commande, sans blanc aux bords."""
    return _ILLISIBLES.sub("", texte.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")).strip()


def is_erreur(valeur: Any) -> bool:
    """Vrai pour « #REF! » et les autres erreurs d’un tableur."""
    return isinstance(valeur, str) and valeur.strip().upper() in ERREURS_TABLEUR


# --- nombres et jours ------------------------------------------------------------------------------------------------


def to_centimes(valeur: float | int | Decimal) -> tuple[int, bool]:
    """Euros d’une cellule → (centimes, exact). Un tableur calcule en flottants : au centime le plus proche."""
    exact = Decimal(repr(valeur)) * 100 if isinstance(valeur, float) else Decimal(valeur) * 100
    centimes = int(exact.quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    return centimes, abs(exact - centimes) < Decimal("0.0001")


def from_serie(nombre: float, epoque: datetime) -> date:
    """Le jour d’un numéro de série de tableur (45992 → 1er décembre 2025), selon l’époque du classeur."""
    return (epoque + timedelta(days=int(nombre))).date()


# --- écriture ----------------------------------------------------------------------------------------------------------


def write_texte_brut(feuille: Any, texte: str) -> Any:
    """Une cellule de texte qui reste un texte (« =1+1 », « 007 ») et se relit telle quelle."""
    from openpyxl.cell import WriteOnlyCell

    if not texte:
        return None
    cellule = WriteOnlyCell(feuille, clean_texte(texte)[:TEXTE_MAX])
    cellule.data_type = "s"
    return cellule


def write_jour(feuille: Any, jour: date | None) -> Any:
    """Une vraie date, écrite JJ/MM/AAAA."""
    from openpyxl.cell import WriteOnlyCell

    if jour is None:
        return None
    cellule = WriteOnlyCell(feuille, jour)
    cellule.number_format = "dd/mm/yyyy"
    return cellule


def write_entete(feuille: Any, textes: list[str]) -> list[Any]:
    """Une ligne d’entêtes en gras, avec retour à la ligne."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cellules = []
    for texte in textes:
        cellule = WriteOnlyCell(feuille, texte)
        cellule.font = Font(bold=True)
        cellule.fill = PatternFill("solid", fgColor="E3E3FD")
        cellule.alignment = Alignment(wrap_text=True, vertical="top")
        cellules.append(cellule)
    return cellules
