"""Les fichiers d’aides, du format reçu aux colonnes d’une aide observée. Ne lit pas la base.

Fonds vert : les deux éditions du fichier de 2023 (virgule et point décimal ; point-virgule, « 21 667,00 € » et zéros de
tête perdus) et le format de 2024. SCDL : le schéma « subventions » des collectivités. Une ligne illisible est rejetée,
les autres sont gardées.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from calcul.montants import MontantIllisible, parse_montant
from calcul.siren import is_siren
from maillage.aides.enums import SourceAides
from maillage.referentiels.lecture import Enregistrement, lire_csv
from maillage.socle.dates import parse_jour
from maillage.socle.erreurs import DonneesIllisibles

VIDES = {"", "NULL", "NA", "N/A", "#", "#N/A", "NON RENSEIGNÉ", "NON RENSEIGNE"}
_POINT = re.compile(r"-?\d+\.\d+")
_FLOTTANT = Decimal("0.000001")  # au-delà du centime, ce qu’un tableur ajoute en écrivant un nombre
_CODE_COMMUNE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
_ANNEE = re.compile(r"20[12]\d")
ANNEE_SANS_COLONNE = 2023  # seule édition dont les colonnes ne disent pas l’année


class LigneRejetee(ValueError):
    """Une ligne qui ne se lit pas ; le message dit pourquoi."""


@dataclass(frozen=True)
class AideLue:
    """Une ligne lue. `code_commune` : tel que corrigé, peut-être ancien ; vide : la source n’en dit rien."""

    cle: str
    montant: int
    annee: int | None
    projet: str
    beneficiaire: str
    jour: date | None = None
    mesure: str = ""
    axe: str = ""
    numero_dossier: str = ""
    siren: str = ""
    attribuant: str = ""
    attribuant_siren: str = ""
    nature: str = ""
    code_commune: str = ""
    code_departement: str = ""
    nom_region: str = ""
    lieu_source: str = ""


@dataclass
class Lecture:
    """Ce qu’un fichier contient. `rejets` : une phrase par ligne illisible."""

    source: SourceAides
    aides: list[AideLue] = field(default_factory=list)
    rejets: list[str] = field(default_factory=list)
    lignes: int = 0

    @property
    def annee(self) -> int | None:
        annees = {aide.annee for aide in self.aides}
        return annees.pop() if len(annees) == 1 else None

    @property
    def centimes(self) -> int:
        """Somme exacte des lignes lues."""
        return sum(aide.montant for aide in self.aides)


def read_fichier(chemin: Path, source: SourceAides, *, annee: int | None = None) -> Lecture:
    """Lit un fichier `.csv` ou `.csv.gz`. `annee` l’emporte sur celle du nom du fichier.

    DonneesIllisibles si le fichier n’est pas de ce format ; une ligne illisible n’arrête pas les autres.
    """
    lecteur, attendues = _LECTEURS[source]
    lus = lire_csv(chemin, [])
    colonnes = set(lus[0].valeurs) if lus else set()
    if lus and not any(groupe <= colonnes for groupe in attendues):
        raise DonneesIllisibles(
            f"{chemin.name}\u00a0: ce n’est pas un fichier «\u00a0{source.label}\u00a0» connu. Il manque au moins "
            f"{_list_absentes(attendues, colonnes)}. Colonnes lues\u00a0: {', '.join(sorted(colonnes))}."
        )
    if annee is None and (trouvee := _ANNEE.search(chemin.name)):
        annee = int(trouvee[0])
    lecture = Lecture(source, lignes=len(lus))
    for lu in lus:
        try:
            lecture.aides.append(lecteur(_nettoie(lu), annee))
        except LigneRejetee as refus:
            lecture.rejets.append(f"{lu.repere}\u00a0: {refus}")
    lecture.aides = _numerote(lecture.aides)
    return lecture


def _list_absentes(attendues: tuple[frozenset[str], ...], colonnes: set[str]) -> str:
    proche = min(attendues, key=lambda groupe: len(groupe - colonnes))
    return ", ".join(f"«\u00a0{nom}\u00a0»" for nom in sorted(proche - colonnes))


def _nettoie(lu: Enregistrement) -> Mapping[str, str]:
    return {
        nom: "" if str(valeur).strip().upper() in VIDES else str(valeur).strip()
        for nom, valeur in lu.valeurs.items()
    }


def _numerote(aides: list[AideLue]) -> list[AideLue]:
    """Rend chaque clé unique : un dossier a parfois plusieurs lignes, distinguées par leur rang de montant, non de fichier."""
    nombre = Counter(aide.cle for aide in aides)
    rangs: defaultdict[str, int] = defaultdict(int)
    uniques = {}
    for rang_fichier, aide in sorted(
        enumerate(aides), key=lambda couple: (couple[1].cle, couple[1].montant, couple[1].projet)
    ):
        rangs[aide.cle] += 1
        uniques[rang_fichier] = (
            replace(aide, cle=f"{aide.cle}#{rangs[aide.cle]}") if nombre[aide.cle] > 1 else aide
        )
    return [uniques[rang] for rang in range(len(aides))]


def read_montant(texte: str) -> int:
    """Centimes d’un montant « 21667 », « 23828.9 », « 21 667,00 € », « 98708.70000000001 » (bruit d’un tableur)."""
    if _POINT.fullmatch(texte):
        try:
            centimes = Decimal(texte) * 100
        except InvalidOperation:  # pragma: no cover - la forme l’exclut
            raise LigneRejetee(f"montant illisible («\u00a0{texte}\u00a0»)") from None
        if abs(centimes - centimes.to_integral_value()) > _FLOTTANT:
            raise LigneRejetee(f"montant plus fin que le centime («\u00a0{texte}\u00a0»)")
        montant = int(centimes.to_integral_value())
    else:
        try:
            montant = parse_montant(texte)
        except MontantIllisible as erreur:
            raise LigneRejetee(str(erreur)) from None
    if montant < 0:
        raise LigneRejetee(f"montant négatif («\u00a0{texte}\u00a0»)")
    return montant


def read_siren(texte: str) -> str:
    """Le SIREN d’un SIREN, d’un SIRET, d’un nombre sans ses zéros de tête ou d’un « 200071892.0 » ; vide s’il est faux."""
    chiffres = "".join(texte.removesuffix(".0").split())
    if not chiffres.isdigit():
        return ""
    siren = chiffres.zfill(14)[:9] if len(chiffres) > 9 else chiffres.zfill(9)
    return siren if is_siren(siren) else ""


def read_code_commune(texte: str) -> str:
    """Un code INSEE, ses zéros de tête rendus ; vide si ce n’en est pas un."""
    code = texte.upper().removesuffix(".0").zfill(5) if texte else ""
    return code if _CODE_COMMUNE.fullmatch(code) else ""


def _empreinte(*morceaux: str) -> str:
    """Clé d’une ligne sans numéro de dossier : ce qui la distingue, sans casse ni espaces."""
    texte = "|".join(" ".join(morceau.lower().split()) for morceau in morceaux)
    return "sans-numero-" + hashlib.sha256(texte.encode()).hexdigest()[:24]


def _read_fonds_vert_2023(valeurs: Mapping[str, str], annee: int | None) -> AideLue:
    commune = read_code_commune(valeurs["code_commune"])
    departement = valeurs.get("code_departement", "").upper().zfill(2)
    dossier = valeurs["numero_dossier_ds"].removesuffix(".0")
    mesure, projet = valeurs["nom_demarche_ds"], valeurs["nom_du_projet"]
    beneficiaire = valeurs.get("nom_beneficiaire_principal", "")
    millesime = annee or ANNEE_SANS_COLONNE
    return AideLue(
        cle=f"{millesime}-{dossier or _empreinte(departement, commune, mesure, projet, beneficiaire)}",
        montant=read_montant(valeurs["montant_engage"]),
        annee=millesime,
        mesure=mesure,
        axe=valeurs.get("axe", ""),
        numero_dossier=dossier,
        projet=projet,
        beneficiaire=beneficiaire[:300],
        siren=read_siren(valeurs.get("siren", "")),
        attribuant="État (Fonds vert)",
        code_commune=commune,
        code_departement=departement,
        nom_region=valeurs.get("nom_region", ""),
        lieu_source=", ".join(
            filter(None, [valeurs.get("nom_commune", ""), valeurs.get("nom_departement", "")])
        )[:200],
    )


def _read_fonds_vert_2024(valeurs: Mapping[str, str], annee: int | None) -> AideLue:
    commune = read_code_commune(valeurs.get("code_commune") or valeurs.get("code_insee") or "")
    departement = (valeurs.get("code_departement") or "").upper()
    dossier = (valeurs.get("numero_dossier_ds") or valeurs.get("numero_dossier") or "").removesuffix(".0")
    mesure = valeurs["demarche"]
    projet = valeurs.get("nom_du_projet") or valeurs.get("resume_projet") or ""
    beneficiaire = valeurs.get("raison_sociale_beneficiaire") or valeurs.get("nom_beneficiaire") or ""
    dite = valeurs.get("annee") or valeurs.get("annee_millesime") or ""
    millesime = int(dite) if _ANNEE.fullmatch(dite) else annee or ANNEE_SANS_COLONNE + 1
    return AideLue(
        cle=f"{millesime}-{dossier or _empreinte(commune, mesure, projet, beneficiaire)}",
        montant=read_montant(valeurs["montant_engage"]),
        annee=millesime,
        mesure=mesure,
        axe=valeurs.get("axe", ""),
        numero_dossier=dossier,
        projet=projet,
        beneficiaire=beneficiaire[:300],
        siren=read_siren(valeurs.get("siren_beneficiaire", "")),
        attribuant="État (Fonds vert)",
        code_commune=commune,
        code_departement=departement.zfill(2) if departement else "",
        nom_region=valeurs.get("nom_region", ""),
        lieu_source=valeurs.get("nom_commune", "")[:200],
    )


def _read_fonds_vert(valeurs: Mapping[str, str], annee: int | None) -> AideLue:
    return (_read_fonds_vert_2024 if "demarche" in valeurs else _read_fonds_vert_2023)(valeurs, annee)


def _read_scdl(valeurs: Mapping[str, str], annee: int | None) -> AideLue:
    jour = None
    if dite := valeurs.get("dateConvention", ""):
        try:
            jour = parse_jour(dite)
        except ValueError as erreur:
            raise LigneRejetee(str(erreur)) from None
    attribuant = read_siren(valeurs["idAttribuant"])
    beneficiaire, objet = valeurs["nomBeneficiaire"], valeurs.get("objet", "")
    reference = valeurs.get("referenceDecision", "")
    siren = read_siren(valeurs.get("idBeneficiaire", ""))
    empreinte = _empreinte(dite, siren or beneficiaire, objet)
    return AideLue(
        cle=f"{attribuant}-{reference[:60]}-{empreinte.removeprefix('sans-numero-')}",
        montant=read_montant(valeurs["montant"]),
        annee=jour.year if jour else annee,
        jour=jour,
        mesure=valeurs["nomAttribuant"][:300],
        numero_dossier=reference[:60],
        projet=objet,
        beneficiaire=beneficiaire[:300],
        siren=siren,
        attribuant=valeurs["nomAttribuant"][:300],
        attribuant_siren=attribuant,
        nature=valeurs.get("nature", "")[:60],
    )


Lecteur = Callable[[Mapping[str, str], int | None], AideLue]
_LECTEURS: dict[SourceAides, tuple[Lecteur, tuple[frozenset[str], ...]]] = {
    SourceAides.FONDS_VERT: (
        _read_fonds_vert,
        (
            frozenset(
                {"code_commune", "nom_demarche_ds", "numero_dossier_ds", "nom_du_projet", "montant_engage"}
            ),
            frozenset({"demarche", "montant_engage"}),
        ),
    ),
    SourceAides.SCDL: (
        _read_scdl,
        (frozenset({"nomAttribuant", "idAttribuant", "nomBeneficiaire", "montant"}),),
    ),
}
