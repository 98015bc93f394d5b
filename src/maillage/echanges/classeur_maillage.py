"""Notre classeur : tout ce que disent les fiches d’un territoire, une feuille par liste, à reprendre sans perte.

Lu et écrit d’après `fiches.rubriques` : une rubrique ajoutée là est ici. Une ligne de liste ou d’argent dit sa fiche par la
référence de la feuille « Fiches », et garde sa clé : modifiée, elle reste la même ligne.
"""

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl.utils import get_column_letter

from calcul.fiches.quantites import MILLIEMES, QuantiteIllisible, parse_quantite
from calcul.montants import MontantIllisible, parse_montant
from maillage.echanges.classeur import (
    is_erreur,
    list_feuilles,
    open_classeur,
    read_feuille,
    say,
    to_centimes,
    write_entete,
    write_jour,
    write_texte_brut,
)
from maillage.echanges.plan_transitions import ANNEE_MAX, ANNEE_MIN, MONTANT_MAX, parse_jour_libre
from maillage.echanges.rapport import Signalement, Verdict, abrege
from maillage.fiches.enums import EtatPorteur
from maillage.fiches.rubriques import CHAMPS_SECTIONS, COLLECTIONS, ESSENTIEL, Champ, Forme
from maillage.financement.enums import NatureDepense, NatureLigne
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.tableur import to_euros
from maillage.socle.texte import replier

FICHES, COUTS, FINANCEMENTS, NOTICE = "Fiches", "Coûts", "Financements", "Notice"
REFERENCE, VERSION, CLE = "Référence", "Version", "Clé"
ENTIER_MAX = 2**31 - 1

# Ce que la feuille « Fiches » porte de plus que les rubriques, et ce qu’elle ne fait que montrer.
ETAT_PORTEUR = Champ("etat_porteur", "État du porteur", Forme.CHOIX, EtatPorteur)
MONTRES = frozenset({"statut"})
CHAMPS: tuple[Champ, ...] = (*ESSENTIEL.champs, ETAT_PORTEUR, *CHAMPS_SECTIONS.values())
CHAMPS_COUTS = (
    Champ("nature", "Nature", Forme.CHOIX, NatureDepense, obligatoire=True),
    Champ("libelle", "Libellé", obligatoire=True),
    Champ("montant", "Montant (€)", obligatoire=True),
    Champ("annee", "Année", Forme.ENTIER),
)
CHAMPS_FINANCEMENTS = (
    Champ("financeur", "Financeur", obligatoire=True),
    Champ("nature", "Nature", Forme.CHOIX, NatureLigne, obligatoire=True),
    Champ("montant", "Montant pressenti (€)", obligatoire=True),
    Champ("dispositif", "Dispositif"),
    Champ("etat", "État"),
    Champ("accorde", "Accordé (€)"),
)
MONTANTS = frozenset({"montant", "accorde"})
LISTES: dict[str, tuple[str, tuple[Champ, ...]]] = {
    "couts": (COUTS, CHAMPS_COUTS),
    "financements": (FINANCEMENTS, CHAMPS_FINANCEMENTS),
    **{nom: (collection.titre, collection.colonnes) for nom, collection in COLLECTIONS.items()},
}


@dataclass
class FicheLue:
    """Une fiche du classeur : ses valeurs (comme une version les garde, montants en centimes) et ses listes.

    `version` : celle d’où le classeur a été tiré ; None pour une fiche neuve. Une valeur absente de `valeurs` n’a pas de colonne.
    """

    reference: str
    ligne: int = 0
    version: int | None = None
    valeurs: dict[str, Any] = field(default_factory=dict)
    listes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    is_fautive: bool = False

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_json(cls, objet: dict[str, Any]) -> "FicheLue":
        return cls(**objet)


@dataclass
class ClasseurLu:
    fiches: list[FicheLue] = field(default_factory=list)
    erreurs: list[Signalement] = field(default_factory=list)
    avertissements: list[Signalement] = field(default_factory=list)
    refus: bool = False

    @property
    def verdict(self) -> Verdict:
        if self.refus:
            return Verdict.REFUSE
        return Verdict.A_CORRIGER if self.erreurs else Verdict.IMPORTABLE


def is_notre_classeur(octets: bytes, nom: str) -> bool:
    """Vrai si une feuille « Fiches » commence par « Référence ». Erreur : DonneesIllisibles."""
    with open_classeur(octets, nom) as classeur:
        for feuille in list_feuilles(classeur):
            if replier(feuille.title) == replier(FICHES):
                premiere = next(iter(read_feuille(feuille, lignes_max=1)), (1, []))[1]
                return bool(premiere) and replier(say(premiere[0])) == replier(REFERENCE)
    return False


# --- lire --------------------------------------------------------------------------------------------------------------


def read_classeur(octets: bytes, nom: str) -> ClasseurLu:
    """Lit notre classeur ; ne lève rien : un fichier illisible est refusé, avec sa raison."""
    lu = ClasseurLu()
    try:
        with open_classeur(octets, nom) as classeur:
            _read(classeur, lu)
    except DonneesIllisibles as erreur:
        raison, _, que_faire = str(erreur).partition(". ")
        lu.refus = True
        lu.erreurs.append(Signalement("", "", abrege(nom), raison, que_faire))
    return lu


def _read(classeur: Any, lu: ClasseurLu) -> None:
    feuilles = {replier(feuille.title): feuille for feuille in list_feuilles(classeur)}
    principale = feuilles.get(replier(FICHES))
    if principale is None:
        lu.refus = True
        lu.erreurs.append(
            Signalement(
                "",
                "",
                "",
                "Le classeur n’a pas de feuille «\u00a0Fiches\u00a0».",
                "Repartez d’un export de cette page.",
            )
        )
        return
    par_reference: dict[str, FicheLue] = {}
    lecture = _Lecture(lu, principale.title, CHAMPS, {REFERENCE, VERSION})
    for numero, cellules, extra in lecture.lignes(principale):
        reference = extra[REFERENCE] or f"ligne {numero}"
        fiche = FicheLue(reference, numero, _read_version(lecture, numero, extra[VERSION]), cellules)
        if reference in par_reference:
            lecture.erreur(
                numero,
                REFERENCE,
                reference,
                "Cette référence est déjà prise plus haut.",
                "Donnez-lui un mot à elle.",
            )
            continue
        if not cellules.get("titre"):
            lecture.erreur(
                numero, "Titre", "", "La fiche n’a pas de titre.", "Écrivez son titre, ou videz la ligne."
            )
        fiche.is_fautive = lecture.has_faute(numero)
        par_reference[reference] = fiche
        lu.fiches.append(fiche)
    if not lecture.has_entetes and not lu.refus:
        lu.refus = True
    for nom, (titre, champs) in LISTES.items():
        feuille = feuilles.get(replier(titre))
        if feuille is None:
            continue
        for fiche in lu.fiches:
            fiche.listes[nom] = []
        suite = _Lecture(
            lu, feuille.title, champs, {REFERENCE, CLE}, montants=nom in ("couts", "financements")
        )
        for numero, cellules, extra in suite.lignes(feuille):
            trouvee = par_reference.get(extra[REFERENCE])
            if trouvee is None:
                suite.erreur(
                    numero,
                    REFERENCE,
                    extra[REFERENCE],
                    "Aucune ligne de la feuille «\u00a0Fiches\u00a0» n’a cette référence.",
                    "Recopiez la référence de la fiche.",
                )
                continue
            for champ in champs:
                if (
                    champ.obligatoire
                    and cellules.get(champ.nom) in (None, "")
                    and not suite.has_faute(numero, champ.titre)
                ):
                    suite.erreur(
                        numero, champ.titre, "", "La case est vide.", "Remplissez-la, ou supprimez la ligne."
                    )
            trouvee.is_fautive = trouvee.is_fautive or suite.has_faute(numero)
            cle = extra[CLE]
            trouvee.listes[nom].append(
                {"id": int(cle) if cle.isascii() and cle.isdigit() else None} | cellules
            )


def _read_version(lecture: "_Lecture", numero: int, texte: str) -> int | None:
    if not texte:
        return None
    if texte.isascii() and texte.isdigit() and len(texte) < 9:
        return int(texte)
    lecture.erreur(
        numero,
        VERSION,
        texte,
        "Ce n’est pas un numéro de version.",
        "Laissez la version de l’export, ou videz la case.",
    )
    return None


class _Lecture:
    """La lecture d’une feuille : colonnes retrouvées par leur titre, dans n’importe quel ordre."""

    def __init__(
        self,
        lu: ClasseurLu,
        feuille: str,
        champs: Iterable[Champ],
        extras: set[str],
        *,
        montants: bool = False,
    ) -> None:
        self.lu, self.feuille, self.extras, self.montants = lu, feuille, extras, montants
        self.champs = {replier(champ.titre): champ for champ in champs}
        self.colonnes: dict[str, int] = {}
        self.has_entetes = False
        self._fautes: set[tuple[int, str]] = set()

    def erreur(self, ligne: int, titre: str, valeur: Any, raison: str, que_faire: str) -> None:
        self._fautes.add((ligne, titre))
        self.lu.erreurs.append(
            Signalement(self.feuille, self._cellule(ligne, titre), abrege(say(valeur)), raison, que_faire)
        )

    def has_faute(self, ligne: int, titre: str = "") -> bool:
        """Vrai si cette cellule est fautive ; sans `titre`, si une cellule de la ligne l’est."""
        return (ligne, titre) in self._fautes if titre else any(numero == ligne for numero, _ in self._fautes)

    def _cellule(self, ligne: int, titre: str) -> str:
        return f"{get_column_letter(self.colonnes.get(replier(titre), 0) + 1)}{ligne}"

    def lignes(self, feuille: Any) -> Iterable[tuple[int, dict[str, Any], dict[str, str]]]:
        """(numéro, valeurs lues, référence et clé) de chaque ligne qui dit quelque chose."""
        lignes = read_feuille(feuille)
        for _, entetes in lignes:
            self._read_entetes(entetes)
            break
        if not self.has_entetes:
            return
        for numero, valeurs in lignes:
            if not any(say(valeur) for valeur in valeurs):
                continue
            cellules: dict[str, Any] = {}
            extra = dict.fromkeys(self.extras, "")
            for plie, colonne in self.colonnes.items():
                valeur = valeurs[colonne] if colonne < len(valeurs) else None
                champ = self.champs.get(plie)
                if champ is None:
                    extra[next(e for e in self.extras if replier(e) == plie)] = say(valeur)
                else:
                    cellules[champ.nom] = self._read_valeur(numero, champ, valeur)
            yield numero, cellules, extra

    def _read_entetes(self, entetes: list[Any]) -> None:
        connus = set(self.champs) | {replier(extra) for extra in self.extras}
        for colonne, entete in enumerate(entetes):
            plie = replier(say(entete))
            if not plie:
                continue
            if plie in connus and plie not in self.colonnes:
                self.colonnes[plie] = colonne
            else:
                self.lu.avertissements.append(
                    Signalement(
                        self.feuille,
                        f"{get_column_letter(colonne + 1)}1",
                        abrege(say(entete)),
                        "Cette colonne n’est pas connue\u00a0: elle n’est pas reprise.",
                        "Gardez les titres de l’export.",
                    )
                )
        if replier(REFERENCE) not in self.colonnes:
            self.lu.refus = True
            self.lu.erreurs.append(
                Signalement(
                    self.feuille,
                    "A1",
                    "",
                    "La colonne «\u00a0Référence\u00a0» manque.",
                    "Repartez d’un export de cette page.",
                )
            )
            return
        self.has_entetes = True

    def _read_valeur(self, ligne: int, champ: Champ, valeur: Any) -> Any:
        """La valeur sous la forme qu’une version garde (montants en centimes). Fautive : l’erreur est inscrite, et c’est vide."""
        montant = self.montants and champ.nom in MONTANTS
        vide = (
            None
            if montant or champ.forme in (Forme.ENTIER, Forme.QUANTITE)
            else []
            if champ.forme is Forme.RANGS
            else ""
        )
        if not say(valeur):
            return vide
        if is_erreur(valeur):
            self.erreur(
                ligne,
                champ.titre,
                valeur,
                "La formule ne donne pas de résultat.",
                "Remplacez-la par sa valeur.",
            )
            return vide
        try:
            return _read_montant(valeur) if montant else LECTEURS.get(champ.forme, _read_texte)(champ, valeur)
        except (ValueError, MontantIllisible, QuantiteIllisible) as faute:
            self.erreur(ligne, champ.titre, valeur, str(faute), _aide(champ, montant))
            return vide


def _aide(champ: Champ, montant: bool) -> str:
    if montant:
        return "Écrivez un nombre d’euros, par exemple 5 000 000."
    if champ.choix:
        return f"Choisissez parmi\u00a0: {', '.join(str(libelle) for libelle in champ.choix.labels)}."
    return {
        Forme.JOUR: "Écrivez-la JJ/MM/AAAA, par exemple 19/11/2025.",
        Forme.RANGS: "Écrivez des numéros d’étapes, par exemple 1, 3.",
    }.get(champ.forme, "Écrivez un nombre, sans unité.")


def _read_montant(valeur: Any) -> int:
    if isinstance(valeur, bool | date):
        raise ValueError("Ce n’est pas un montant.")
    if isinstance(valeur, int | float):
        if valeur != valeur or abs(valeur) * 100 > MONTANT_MAX:
            raise ValueError("Ce montant n’est pas vraisemblable.")
        centimes = to_centimes(valeur)[0]
    else:
        centimes = parse_montant(str(valeur))
    if not 0 <= centimes <= MONTANT_MAX:
        raise ValueError("Ce montant n’est pas vraisemblable.")
    return centimes


def _read_texte(champ: Champ, valeur: Any) -> str:
    return say(valeur)


def _read_jour(champ: Champ, valeur: Any) -> str:
    if isinstance(valeur, datetime):
        jour: date | None = valeur.date()
    elif isinstance(valeur, date):
        jour = valeur
    else:
        jour = parse_jour_libre(str(valeur), is_fin=False)
    if jour is None or not ANNEE_MIN <= jour.year <= ANNEE_MAX:
        raise ValueError(f"Ce n’est pas une date entre {ANNEE_MIN} et {ANNEE_MAX}.")
    return jour.isoformat()


def _read_choix(champ: Champ, valeur: Any) -> str:
    plie = replier(say(valeur))
    for code, libelle in champ.choix.choices if champ.choix else ():
        if plie in (replier(str(libelle)), replier(code)):
            return str(code)
    raise ValueError("Ce choix n’est pas dans la liste.")


def _read_entier(champ: Champ, valeur: Any) -> int:
    texte = say(valeur).replace("\u00a0", "").replace(" ", "")
    if not re.fullmatch(r"\d{1,10}", texte) or int(texte) > ENTIER_MAX:
        raise ValueError("Ce n’est pas un nombre entier.")
    return int(texte)


def _read_quantite(champ: Champ, valeur: Any) -> int:
    if isinstance(valeur, int | float) and not isinstance(valeur, bool):
        exact = Decimal(repr(valeur)) * MILLIEMES
        if exact != exact.to_integral_value():
            raise ValueError("Trois décimales au plus.")
        return int(exact)
    return parse_quantite(say(valeur))


def _read_rangs(champ: Champ, valeur: Any) -> list[int]:
    morceaux = [m for m in re.split(r"[,;\s]+", say(valeur)) if m]
    if not all(re.fullmatch(r"\d{1,4}", m) for m in morceaux):
        raise ValueError("Ce ne sont pas des numéros.")
    return sorted({int(m) for m in morceaux})


LECTEURS: dict[Forme, Callable[[Champ, Any], Any]] = {
    Forme.JOUR: _read_jour,
    Forme.CHOIX: _read_choix,
    Forme.ENTIER: _read_entier,
    Forme.QUANTITE: _read_quantite,
    Forme.RANGS: _read_rangs,
}


# --- écrire --------------------------------------------------------------------------------------------------------------

NOTICE_TEXTES = (
    "Ce classeur est le plan du territoire\u00a0: une ligne par fiche dans «\u00a0Fiches\u00a0», une feuille par liste.",
    "Changez ce que vous voulez, puis déposez-le sur la page d’où il vient\u00a0: elle montre ce qui changerait avant de rien écrire.",
    "Référence, Version et Clé relient les lignes\u00a0: ne les changez pas. Une fiche neuve\u00a0: une référence à vous, sans version.",
    "Une ligne de liste neuve n’a pas de clé. Une ligne de liste retirée du classeur est retirée de la fiche\u00a0; une fiche, jamais.",
    "État, Accordé\u00a0: montrés seulement. Un financement déjà inscrit ne change pas d’ici\u00a0: son financeur avance dans la plateforme.",
)


def write_classeur(fiches: Iterable[FicheLue]) -> bytes:
    """Le classeur de ces fiches. Une fiche sans clé `nom` dans ses listes n’y a pas de ligne."""
    from openpyxl import Workbook

    classeur = Workbook(write_only=True)
    fiches = list(fiches)
    feuille = classeur.create_sheet(FICHES)
    _largeurs(feuille, CHAMPS)
    feuille.freeze_panes = "E2"
    feuille.append(write_entete(feuille, [REFERENCE, VERSION, *(champ.titre for champ in CHAMPS)]))
    for fiche in fiches:
        feuille.append(
            [
                write_texte_brut(feuille, fiche.reference),
                fiche.version,
                *(_write_valeur(feuille, champ, fiche.valeurs.get(champ.nom)) for champ in CHAMPS),
            ]
        )
    for nom, (titre, champs) in LISTES.items():
        feuille = classeur.create_sheet(titre)
        _largeurs(feuille, champs)
        feuille.freeze_panes = "C2"
        feuille.append(write_entete(feuille, [REFERENCE, CLE, *(champ.titre for champ in champs)]))
        montants = nom in ("couts", "financements")
        for fiche in fiches:
            for ligne in fiche.listes.get(nom, ()):
                feuille.append(
                    [
                        write_texte_brut(feuille, fiche.reference),
                        ligne.get("id"),
                        *(_write_valeur(feuille, champ, ligne.get(champ.nom), montants) for champ in champs),
                    ]
                )
    notice = classeur.create_sheet(NOTICE)
    notice.column_dimensions["A"].width = 120
    for texte in NOTICE_TEXTES:
        notice.append([texte])
    fichier = io.BytesIO()
    classeur.save(fichier)
    return fichier.getvalue()


def _largeurs(feuille: Any, champs: Iterable[Champ]) -> None:
    for rang, champ in enumerate(champs, start=3):
        feuille.column_dimensions[get_column_letter(rang)].width = 45 if champ.forme is Forme.LONG else 22


def _write_valeur(feuille: Any, champ: Champ, valeur: Any, montants: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if valeur in (None, "", []):
        return None
    if montants and champ.nom in MONTANTS:
        cellule = WriteOnlyCell(feuille, to_euros(valeur))
        cellule.number_format = "#,##0.00"
        return cellule
    match champ.forme:
        case Forme.JOUR:
            return write_jour(feuille, date.fromisoformat(valeur))
        case Forme.CHOIX if champ.choix:
            return str(champ.choix(valeur).label)
        case Forme.ENTIER:
            return valeur
        case Forme.QUANTITE:
            return Decimal(valeur) / MILLIEMES
        case Forme.RANGS:
            return ", ".join(map(str, valeur))
        case _:
            return write_texte_brut(feuille, str(valeur))
