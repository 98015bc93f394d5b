"""Un dispositif convient-il à un projet ? Critère par critère, en mots, avec ce que le dispositif demande.

Ce que le dispositif ne dit pas n’écarte personne : le critère n’est pas posé. Ce que le projet ne dit pas n’écarte pas non
plus : le dispositif « peut convenir », et l’on dit ce qui manque. Un seul critère contredit suffit à écarter.
Montants en centimes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from calcul.montants import format_montant, part

PAYS = "PAYS-99100"


class Verdict(StrEnum):
    """Pour un critère : rempli, à préciser, contredit. Pour l’ensemble : le pire des critères."""

    CONVIENT = "convient"
    PEUT_CONVENIR = "peut_convenir"
    NE_CONVIENT_PAS = "ne_convient_pas"


ORDRE = (Verdict.CONVIENT, Verdict.PEUT_CONVENIR, Verdict.NE_CONVIENT_PAS)


@dataclass(frozen=True)
class Lieu:
    """Une commune possible du projet, et ce qui la contient. Un code vide n’est pas connu."""

    commune: str
    epci: str
    departement: str
    region: str

    @cached_property
    def codes(self) -> frozenset[str]:
        couples = (
            ("COM", self.commune),
            ("EPCI", self.epci),
            ("DEP", self.departement),
            ("REG", self.region),
        )
        return frozenset({PAYS} | {f"{type_}-{code}" for type_, code in couples if code})


@dataclass(frozen=True)
class Offre:
    """Ce qu’un dispositif demande. Une liste vide ou None : il ne le dit pas. `noms` : le nom de chaque code."""

    beneficiaires: frozenset[str] = frozenset()
    perimetre: frozenset[str] = frozenset()
    exclus: frozenset[str] = frozenset()
    vagues: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    etapes: frozenset[str] = frozenset()
    depenses: frozenset[str] = frozenset()
    tailles: frozenset[str] = frozenset()
    plancher: int | None = None
    plafond: int | None = None
    ouverture: date | None = None
    cloture: date | None = None
    accord_gouvernance: bool | None = None
    avant_travaux: bool | None = None
    exclut_difficulte: bool | None = None
    noms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Projet:
    """Ce qu’on sait d’une action. None, vide : pas encore su. `lieux` : les communes où elle peut se faire."""

    beneficiaire: str | None = None
    nom_beneficiaire: str = ""
    lieux: tuple[Lieu, ...] = ()
    is_lieu_precis: bool = False
    vague: str = ""
    axe: str | None = None
    etape: str | None = None
    depenses: Mapping[str, int] = field(default_factory=dict)
    taille: frozenset[str] = frozenset()
    debut_travaux: date | None = None
    en_difficulte: bool | None = None
    accord_gouvernance: bool | None = None


@dataclass(frozen=True)
class Constat:
    """Un critère posé à un projet. `champ` : celui du dispositif, dont la source fait preuve."""

    champ: str
    titre: str
    verdict: Verdict
    phrase: str


@dataclass(frozen=True)
class Adequation:
    """Le verdict d’ensemble, et le constat de chaque critère que le dispositif pose."""

    constats: tuple[Constat, ...]

    @property
    def verdict(self) -> Verdict:
        return max((c.verdict for c in self.constats), key=ORDRE.index, default=Verdict.PEUT_CONVENIR)

    @property
    def obstacles(self) -> list[Constat]:
        return [c for c in self.constats if c.verdict is Verdict.NE_CONVIENT_PAS]

    @property
    def manques(self) -> list[Constat]:
        return [c for c in self.constats if c.verdict is Verdict.PEUT_CONVENIR]


def match_projet(offre: Offre, projet: Projet, *, jour: date) -> Adequation:
    """Pose à un projet chaque critère que le dispositif énonce, au jour dit."""
    constats = [critere(offre, projet, jour) for critere in CRITERES]
    return Adequation(tuple(constat for constat in constats if constat))


def _dit(champ: str, titre: str, verdict: Verdict, phrase: str) -> Constat:
    return Constat(champ, titre, verdict, phrase)


def _noms(offre: Offre, codes: frozenset[str]) -> str:
    return ", ".join(sorted(offre.noms.get(code, code) for code in codes))


def _calendrier(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if offre.cloture and jour > offre.cloture:
        return _dit(
            "cloture", "Calendrier", Verdict.NE_CONVIENT_PAS, f"Clos depuis le {offre.cloture:%d/%m/%Y}."
        )
    if offre.ouverture and jour < offre.ouverture:
        return _dit(
            "ouverture",
            "Calendrier",
            Verdict.PEUT_CONVENIR,
            f"N’ouvre que le {offre.ouverture:%d/%m/%Y}\u00a0: à préparer.",
        )
    if offre.cloture:
        return _dit("cloture", "Calendrier", Verdict.CONVIENT, f"Ouvert jusqu’au {offre.cloture:%d/%m/%Y}.")
    return None


def _beneficiaire(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.beneficiaires:
        return None
    admis = _noms(offre, offre.beneficiaires)
    if projet.beneficiaire is None:
        quoi = (
            f"Ce qu’est {projet.nom_beneficiaire} n’est pas assez précis"
            if projet.nom_beneficiaire
            else "Le porteur n’est pas désigné"
        )
        return _dit(
            "beneficiaire", "Bénéficiaire", Verdict.PEUT_CONVENIR, f"{quoi}. Sont admis\u00a0: {admis}."
        )
    nom = offre.noms.get(projet.beneficiaire, projet.beneficiaire)
    if projet.beneficiaire in offre.beneficiaires:
        return _dit("beneficiaire", "Bénéficiaire", Verdict.CONVIENT, f"Le porteur est admis ({nom}).")
    return _dit(
        "beneficiaire",
        "Bénéficiaire",
        Verdict.NE_CONVIENT_PAS,
        f"Le porteur ({nom}) n’est pas admis. Le sont\u00a0: {admis}.",
    )


def _perimetre(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.perimetre and not offre.exclus:
        return None
    if PAYS in offre.perimetre and not offre.exclus:
        return _dit("perimetre", "Lieu", Verdict.CONVIENT, "Ouvert à tout le pays.")
    if not projet.lieux:
        return _dit("perimetre", "Lieu", Verdict.PEUT_CONVENIR, "Le lieu du projet n’est pas connu.")
    ouverts = sum(
        1
        for lieu in projet.lieux
        if (not offre.perimetre or lieu.codes & offre.perimetre) and not lieu.codes & offre.exclus
    )
    ou = _noms(offre, offre.perimetre) or "partout, sauf exclusions"
    if ouverts == len(projet.lieux):
        return _dit("perimetre", "Lieu", Verdict.CONVIENT, f"Le projet est dans le périmètre\u00a0: {ou}.")
    if ouverts and not projet.is_lieu_precis:
        return _dit(
            "perimetre",
            "Lieu",
            Verdict.PEUT_CONVENIR,
            f"Une partie seulement du territoire est dans le périmètre ({ou})\u00a0: dites la commune du projet.",
        )
    return _dit("perimetre", "Lieu", Verdict.NE_CONVIENT_PAS, f"Le projet est hors du périmètre\u00a0: {ou}.")


def _vague(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.vagues:
        return None
    noms = _noms(offre, offre.vagues)
    if projet.vague in offre.vagues:
        return _dit(
            "vague", "Phase", Verdict.CONVIENT, f"Le territoire est de la phase servie\u00a0: {noms}."
        )
    return _dit("vague", "Phase", Verdict.NE_CONVIENT_PAS, f"Réservé aux territoires de la {noms}.")


def _axe(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    # Les axes d’une phase ne disent rien d’un projet de l’autre.
    axes = frozenset(axe for axe in offre.axes if axe.startswith(f"{projet.vague}/"))
    if not axes:
        return None
    noms = _noms(offre, axes)
    if projet.axe is None:
        return _dit(
            "axe",
            "Axe",
            Verdict.PEUT_CONVENIR,
            f"L’axe de la fiche n’est pas choisi. Axes servis\u00a0: {noms}.",
        )
    if projet.axe in axes:
        return _dit("axe", "Axe", Verdict.CONVIENT, f"L’axe de la fiche est servi\u00a0: {noms}.")
    return _dit(
        "axe",
        "Axe",
        Verdict.NE_CONVIENT_PAS,
        f"L’axe de la fiche ({offre.noms.get(projet.axe, projet.axe)}) n’est pas servi. Le sont\u00a0: {noms}.",
    )


def _etape(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.etapes:
        return None
    noms = _noms(offre, offre.etapes)
    if projet.etape is None:
        return _dit(
            "etape",
            "Étape",
            Verdict.PEUT_CONVENIR,
            f"L’étape du projet n’est pas connue. Étapes servies\u00a0: {noms}.",
        )
    if projet.etape in offre.etapes:
        return _dit("etape", "Étape", Verdict.CONVIENT, f"L’étape du projet est servie\u00a0: {noms}.")
    return _dit(
        "etape",
        "Étape",
        Verdict.NE_CONVIENT_PAS,
        f"Le projet en est à «\u00a0{offre.noms.get(projet.etape, projet.etape)}\u00a0». Étapes servies\u00a0: {noms}.",
    )


def _depense(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.depenses:
        return None
    noms = _noms(offre, offre.depenses)
    if not projet.depenses:
        return _dit(
            "depense",
            "Dépenses",
            Verdict.PEUT_CONVENIR,
            f"La fiche n’est pas chiffrée. Sont éligibles\u00a0: {noms}.",
        )
    if compute_base(offre, projet):
        communes = offre.depenses & frozenset(projet.depenses)
        return _dit(
            "depense",
            "Dépenses",
            Verdict.CONVIENT,
            f"Le plan a des dépenses éligibles\u00a0: {_noms(offre, communes)}, {format_montant(compute_base(offre, projet))}.",
        )
    return _dit(
        "depense",
        "Dépenses",
        Verdict.NE_CONVIENT_PAS,
        f"Aucune dépense du plan n’est éligible. Le sont\u00a0: {noms}.",
    )


def compute_base(offre: Offre, projet: Projet) -> int:
    """Les dépenses du plan que le dispositif admet, en centimes ; toutes s’il ne dit pas lesquelles."""
    return sum(
        montant
        for nature, montant in projet.depenses.items()
        if not offre.depenses or nature in offre.depenses
    )


def compute_aide_max(
    offre: Offre, projet: Projet, *, taux: Fraction | None, plafond_aide: int | None
) -> int | None:
    """Le plus que le dispositif peut donner à ce projet, en centimes ; None s’il ne dit ni taux ni plafond."""
    bornes = []
    base = compute_base(offre, projet)
    if taux is not None and base:
        bornes.append(part(taux, min(base, offre.plafond) if offre.plafond is not None else base))
    if plafond_aide is not None:
        bornes.append(plafond_aide)
    return min(bornes, default=None)


def _plancher(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if offre.plancher is None:
        return None
    if not projet.depenses:
        return _dit(
            "plancher_depense",
            "Plancher",
            Verdict.PEUT_CONVENIR,
            f"La fiche n’est pas chiffrée\u00a0; il faut au moins {format_montant(offre.plancher)} de dépenses éligibles.",
        )
    base = compute_base(offre, projet)
    if base >= offre.plancher:
        return _dit(
            "plancher_depense",
            "Plancher",
            Verdict.CONVIENT,
            f"{format_montant(base)} de dépenses, pour {format_montant(offre.plancher)} demandés.",
        )
    return _dit(
        "plancher_depense",
        "Plancher",
        Verdict.NE_CONVIENT_PAS,
        f"{format_montant(base)} de dépenses\u00a0: il en faut au moins {format_montant(offre.plancher)}, "
        f"soit {format_montant(offre.plancher - base)} de plus.",
    )


def _plafond(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if offre.plafond is None:
        return None
    base = compute_base(offre, projet)
    if not projet.depenses:
        return _dit(
            "plafond_depense",
            "Plafond",
            Verdict.PEUT_CONVENIR,
            f"La fiche n’est pas chiffrée\u00a0; au plus {format_montant(offre.plafond)} de dépenses.",
        )
    if base <= offre.plafond:
        return _dit(
            "plafond_depense",
            "Plafond",
            Verdict.CONVIENT,
            f"{format_montant(base)} de dépenses, sous le plafond de {format_montant(offre.plafond)}.",
        )
    return _dit(
        "plafond_depense",
        "Plafond",
        Verdict.NE_CONVIENT_PAS,
        f"{format_montant(base)} de dépenses\u00a0: le plafond est de {format_montant(offre.plafond)}.",
    )


def _taille(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.tailles or projet.beneficiaire not in (None, "entreprise"):
        return None
    noms = _noms(offre, offre.tailles)
    if not projet.taille:
        return _dit(
            "taille",
            "Taille",
            Verdict.PEUT_CONVENIR,
            f"La taille de l’entreprise n’est pas dite. Sont admises\u00a0: {noms}.",
        )
    if projet.taille <= offre.tailles:
        return _dit(
            "taille", "Taille", Verdict.CONVIENT, f"La taille de l’entreprise est admise\u00a0: {noms}."
        )
    if projet.taille & offre.tailles:
        return _dit(
            "taille",
            "Taille",
            Verdict.PEUT_CONVENIR,
            f"La taille de l’entreprise est à préciser. Sont admises\u00a0: {noms}.",
        )
    return _dit(
        "taille",
        "Taille",
        Verdict.NE_CONVIENT_PAS,
        f"La taille de l’entreprise n’est pas admise. Le sont\u00a0: {noms}.",
    )


def _avant_travaux(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.avant_travaux:
        return None
    if projet.debut_travaux is None:
        if projet.etape in (None, "reflexion"):
            return _dit(
                "avant_travaux",
                "Début des travaux",
                Verdict.PEUT_CONVENIR,
                "La demande précède les travaux\u00a0: dites quand ils commencent.",
            )
        return _dit(
            "avant_travaux",
            "Début des travaux",
            Verdict.NE_CONVIENT_PAS,
            "La demande précède les travaux, et l’action est déjà en cours.",
        )
    if projet.debut_travaux > jour:
        return _dit(
            "avant_travaux",
            "Début des travaux",
            Verdict.CONVIENT,
            f"Les travaux ne commencent que le {projet.debut_travaux:%d/%m/%Y}\u00a0: déposez avant.",
        )
    return _dit(
        "avant_travaux",
        "Début des travaux",
        Verdict.NE_CONVIENT_PAS,
        f"La demande précède les travaux, et ils ont commencé le {projet.debut_travaux:%d/%m/%Y}.",
    )


def _accord(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.accord_gouvernance:
        return None
    if projet.accord_gouvernance:
        return _dit(
            "accord_gouvernance",
            "Accord du territoire",
            Verdict.CONVIENT,
            "La gouvernance a donné son accord.",
        )
    # Un accord qui n’est pas donné peut l’être encore.
    return _dit(
        "accord_gouvernance",
        "Accord du territoire",
        Verdict.PEUT_CONVENIR,
        "Il faut l’accord écrit de la gouvernance du territoire\u00a0: demandez-le au comité.",
    )


def _difficulte(offre: Offre, projet: Projet, jour: date) -> Constat | None:
    if not offre.exclut_difficulte or projet.beneficiaire not in (None, "entreprise"):
        return None
    if projet.en_difficulte is None:
        return _dit(
            "exclut_difficulte",
            "Entreprise en difficulté",
            Verdict.PEUT_CONVENIR,
            "Les entreprises en difficulté sont exclues\u00a0: dites ce qu’il en est.",
        )
    if projet.en_difficulte:
        return _dit(
            "exclut_difficulte",
            "Entreprise en difficulté",
            Verdict.NE_CONVIENT_PAS,
            "Les entreprises en difficulté sont exclues, et celle-ci l’est.",
        )
    return _dit(
        "exclut_difficulte",
        "Entreprise en difficulté",
        Verdict.CONVIENT,
        "L’entreprise n’est pas en difficulté.",
    )


Critere = Callable[[Offre, Projet, date], Constat | None]
CRITERES: tuple[Critere, ...] = (
    _calendrier,
    _vague,
    _perimetre,
    _axe,
    _beneficiaire,
    _taille,
    _difficulte,
    _etape,
    _avant_travaux,
    _depense,
    _plancher,
    _plafond,
    _accord,
)
