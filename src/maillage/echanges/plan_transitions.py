"""Le classeur de plan de Territoires en Transitions (ADEME), lu et écrit. Python pur : ni base de données ni territoire.

La feuille est celle dont A2 dit « Axe (x) » ; entêtes en ligne 2, données dès la ligne 4 ; 28 colonnes dans cet ordre. Une ligne
dont « Titre de la sous-action » est rempli est une sous-action de l’action nommée en D, qui a sa propre ligne dans le même axe.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from openpyxl.utils import get_column_letter

from calcul.montants import MontantIllisible, format_montant, parse_montant
from maillage.echanges.classeur import (
    LIGNES_MAX,
    TEXTE_MAX,
    clean_texte,
    from_serie,
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
from maillage.echanges.rapport import Signalement, Verdict, abrege
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.tableur import to_euros
from maillage.socle.texte import replier

LIGNE_ENTETES, PREMIERE_LIGNE = 2, 4

COLONNES: tuple[tuple[str, str], ...] = (
    ("axe", "Axe (x)"),
    ("sous_axe", "Sous-axe (x.x)"),
    ("sous_sous_axe", "Sous-sous axe (x.x.x)"),
    ("titre", "Titre de l'action"),
    ("sous_titre", "Titre de la sous-action"),
    ("description", "Descriptif"),
    ("instances", "Instances de gouvernance"),
    ("objectifs", "Objectifs"),
    ("indicateurs", "Indicateurs liés"),
    ("structures", "Structure pilote"),
    ("moyens", "Moyens humains et techniques"),
    ("partenaires", "Partenaires"),
    ("services", "Direction ou service pilote"),
    ("pilotes", "Personne pilote"),
    ("elus", "Élu·e référent·e"),
    ("participation", "Participation Citoyenne"),
    ("financements", "Financements"),
    ("financeur_1", "Financeur 1"),
    ("montant_1", "Montant € HT"),
    ("financeur_2", "Financeur 2"),
    ("montant_2", "Montant € HT"),
    ("financeur_3", "Financeur 3"),
    ("montant_3", "Montant € HT"),
    ("budget", "Budget prévisionnel total € HT"),
    ("statut", "Statut"),
    ("priorite", "Niveau de priorité"),
    ("debut", "Date de début"),
    ("fin", "Date de fin"),
)
RANG = {cle: rang for rang, (cle, _) in enumerate(COLONNES)}
# L’entête qu’avaient les classeurs plus anciens.
AUTRES_ENTETES = {"titre": ("Titre de la fiche action",)}
TEXTES = ("description", "objectifs", "indicateurs", "moyens", "participation", "financements")
SUITES = ("instances", "structures", "partenaires", "services", "pilotes", "elus")
FINANCEURS = (
    (1, "financeur_1", "montant_1"),
    (2, "financeur_2", "montant_2"),
    (3, "financeur_3", "montant_3"),
)

STATUTS = ("À venir", "En cours", "Réalisé", "En pause", "Abandonné", "Bloqué", "En retard", "A discuter")
PRIORITES = ("Bas", "Moyen", "Élevé")

TITRE_MAX = 300
MONTANT_MAX = 10**12  # centimes : dix milliards d’euros pour une action ; le programme entier en annonce 1,4
ANNEE_MIN, ANNEE_MAX = 1990, 2100
SERIE_MIN, SERIE_MAX = 32_874, 73_415  # numéros de série du 1er janvier 1990 et du 31 décembre 2100
ERREURS_MAX = 2_000

MOIS = {
    nom: rang
    for rang, noms in enumerate(
        (
            "janvier janv jan", "fevrier fevr fev", "mars", "avril avr", "mai", "juin", "juillet juil",
            "aout", "septembre sept sep", "octobre oct", "novembre nov", "decembre dec",
        ),
        start=1,
    )
    for nom in noms.split()
}  # fmt: skip


@dataclass(frozen=True)
class FinancementLu:
    """Un financeur nommé et son montant (centimes ; None s’il n’est pas chiffré)."""

    nom: str
    montant: int | None


@dataclass(frozen=True)
class ActionLue:
    """Une ligne du classeur. Montants en centimes ; `sous_titre` rempli : c’est une sous-action de `titre`."""

    titre: str
    ligne: int = 0
    sous_titre: str = ""
    axe: str = ""
    sous_axe: str = ""
    sous_sous_axe: str = ""
    description: str = ""
    instances: tuple[str, ...] = ()
    objectifs: str = ""
    indicateurs: str = ""
    structures: tuple[str, ...] = ()
    moyens: str = ""
    partenaires: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    pilotes: tuple[str, ...] = ()
    elus: tuple[str, ...] = ()
    participation: str = ""
    financements: str = ""
    financeurs: tuple[FinancementLu, ...] = ()
    budget: int | None = None
    statut: str = ""
    priorite: str = ""
    debut: date | None = None
    fin: date | None = None

    @property
    def is_sous_action(self) -> bool:
        return bool(self.sous_titre)

    @property
    def chemin(self) -> tuple[str, ...]:
        """L’axe et ses divisions, ceux qui sont écrits."""
        return tuple(niveau for niveau in (self.axe, self.sous_axe, self.sous_sous_axe) if niveau)

    def to_json(self) -> dict[str, Any]:
        objet = asdict(self)
        objet["debut"] = self.debut.isoformat() if self.debut else None
        objet["fin"] = self.fin.isoformat() if self.fin else None
        return objet

    @classmethod
    def from_json(cls, objet: dict[str, Any]) -> "ActionLue":
        champs = dict(objet)
        for cle in ("debut", "fin"):
            champs[cle] = date.fromisoformat(champs[cle]) if champs[cle] else None
        for cle in SUITES:
            champs[cle] = tuple(champs[cle])
        champs["financeurs"] = tuple(FinancementLu(**f) for f in champs["financeurs"])
        return cls(**champs)


@dataclass
class PlanLu:
    """Ce que dit un classeur : ses actions, ce qui y est fautif, ce qui est à regarder. `refus` : la forme n’est pas la bonne."""

    feuille: str = ""
    actions: list[ActionLue] = field(default_factory=list)
    erreurs: list[Signalement] = field(default_factory=list)
    avertissements: list[Signalement] = field(default_factory=list)
    refus: bool = False

    @property
    def verdict(self) -> Verdict:
        if self.refus:
            return Verdict.REFUSE
        return Verdict.A_CORRIGER if self.erreurs else Verdict.IMPORTABLE

    @property
    def fiches(self) -> list[ActionLue]:
        return [action for action in self.actions if not action.is_sous_action]

    @property
    def sous_actions(self) -> list[ActionLue]:
        return [action for action in self.actions if action.is_sous_action]

    @property
    def axes(self) -> list[str]:
        """Les axes écrits, chacun une fois, dans l’ordre du classeur."""
        return list(dict.fromkeys(action.axe for action in self.actions if action.axe))

    def to_json(self) -> dict[str, Any]:
        """Ce que la commande écrit et que l’écran résume : verdict, nombres, signalements."""
        return {
            "verdict": self.verdict.value,
            "fiches": len(self.fiches),
            "sous_actions": len(self.sous_actions),
            "erreurs": [s.to_json() for s in self.erreurs],
            "avertissements": [s.to_json() for s in self.avertissements],
        }


def refuse(raison: str, que_faire: str, *, feuille: str = "", cellule: str = "", valeur: str = "") -> PlanLu:
    """Un plan refusé pour une seule raison."""
    return PlanLu(feuille, erreurs=[Signalement(feuille, cellule, valeur, raison, que_faire)], refus=True)


# --- lire --------------------------------------------------------------------------------------------------------------


def read_plan(octets: bytes, nom: str) -> PlanLu:
    """Lit un classeur reçu ; ne lève rien : un fichier illisible est un plan refusé, avec sa raison."""
    try:
        with open_classeur(octets, nom) as classeur:
            return _read_classeur(classeur)
    except DonneesIllisibles as erreur:
        raison, _, que_faire = str(erreur).partition(". ")
        return refuse(f"{raison}." if que_faire else raison, que_faire, valeur=abrege(nom))


def _read_classeur(classeur: Any) -> PlanLu:
    feuilles = list_feuilles(classeur)
    for feuille in feuilles:
        lignes = read_feuille(feuille)
        debut = [valeurs for _, valeurs in _take(lignes, LIGNE_ENTETES)]
        entetes = debut[LIGNE_ENTETES - 1] if len(debut) == LIGNE_ENTETES else []
        if entetes and _fold(entetes[0]) == _fold(COLONNES[0][1]):
            return _Lecture(feuille.title, classeur.epoch).read(entetes, lignes)
    premiere = feuilles[0] if feuilles else None
    a2 = ""
    if premiere is not None:
        debut = [valeurs for _, valeurs in _take(read_feuille(premiere), LIGNE_ENTETES)]
        a2 = abrege(say(debut[1][0])) if len(debut) == LIGNE_ENTETES and debut[1] else ""
    return refuse(
        "Aucune feuille n’a «\u00a0Axe (x)\u00a0» en A2\u00a0: ce n’est pas le classeur de plan attendu.",
        "Partez du modèle, ou remettez les entêtes en ligne 2 et les actions dès la ligne 4.",
        feuille=premiere.title if premiere is not None else "",
        cellule="A2",
        valeur=a2,
    )


def _take(lignes: Iterable[Any], nombre: int) -> list[Any]:
    prises = []
    for ligne in lignes:
        prises.append(ligne)
        if len(prises) == nombre:
            break
    return prises


def _fold(valeur: Any) -> str:
    return replier(say(valeur))


class _Lecture:
    """La lecture d’une feuille : accumule les actions et ce qui ne va pas, cellule par cellule."""

    def __init__(self, feuille: str, epoque: datetime) -> None:
        self.plan = PlanLu(feuille)
        self.epoque = epoque

    def _erreur(self, ligne: int, cle: str, valeur: Any, raison: str, que_faire: str) -> None:
        self._ajoute(self.plan.erreurs, ligne, cle, valeur, raison, que_faire)

    def _avertit(self, ligne: int, cle: str, valeur: Any, raison: str, que_faire: str) -> None:
        self._ajoute(self.plan.avertissements, ligne, cle, valeur, raison, que_faire)

    def _ajoute(
        self, liste: list[Signalement], ligne: int, cle: str, valeur: Any, raison: str, que_faire: str
    ) -> None:
        if len(liste) < ERREURS_MAX:
            cellule = f"{get_column_letter(RANG[cle] + 1)}{ligne}"
            liste.append(Signalement(self.plan.feuille, cellule, abrege(say(valeur)), raison, que_faire))

    def read(self, entetes: list[Any], lignes: Iterable[tuple[int, list[Any]]]) -> PlanLu:
        if not self._check_entetes(entetes):
            return self.plan
        for numero, valeurs in lignes:
            if numero < PREMIERE_LIGNE:
                continue
            if not any(say(valeur) for valeur in valeurs[: len(COLONNES)]):
                continue
            self._read_ligne(numero, valeurs)
            if numero >= LIGNES_MAX:
                self._erreur(
                    numero,
                    "axe",
                    "",
                    f"La feuille dépasse {LIGNES_MAX} lignes\u00a0: la suite n’est pas lue.",
                    "Retirez les lignes vides mises en forme, ou partagez le plan en plusieurs classeurs.",
                )
        self._check_ensemble()
        return self.plan

    def _check_entetes(self, entetes: list[Any]) -> bool:
        lus = [_fold(valeur) for valeur in entetes]
        admis = [
            {_fold(titre), *(_fold(autre) for autre in AUTRES_ENTETES.get(cle, ()))}
            for cle, titre in COLONNES
        ]
        for rang, (cle, titre) in enumerate(COLONNES):
            lu = lus[rang] if rang < len(lus) else ""
            if lu in admis[rang]:
                continue
            ailleurs = [
                get_column_letter(i + 1)
                for i, autre in enumerate(lus)
                if autre in admis[rang] and not (i < len(admis) and autre in admis[i])
            ]
            lettre = get_column_letter(rang + 1)
            valeur = entetes[rang] if rang < len(entetes) else ""
            self.plan.refus = True
            self._erreur(
                LIGNE_ENTETES,
                cle,
                valeur,
                f"La colonne {lettre} devrait être «\u00a0{titre}\u00a0»"
                + (
                    f"\u00a0: elle est en {ailleurs[0]}."
                    if ailleurs
                    else "\u00a0: elle manque ou porte un autre nom."
                ),
                f"Remettez «\u00a0{titre}\u00a0» en {lettre}, dans l’ordre du modèle."
                if ailleurs
                else f"Ajoutez la colonne «\u00a0{titre}\u00a0» en {lettre}, même vide.",
            )
        for rang in range(len(COLONNES), len(entetes)):
            if lus[rang]:
                self.plan.avertissements.append(
                    Signalement(
                        self.plan.feuille,
                        f"{get_column_letter(rang + 1)}{LIGNE_ENTETES}",
                        abrege(say(entetes[rang])),
                        "Cette colonne vient après les 28 du modèle\u00a0: elle n’est pas reprise.",
                        "Recopiez son contenu dans une colonne du modèle si vous voulez le garder.",
                    )
                )
        return not self.plan.refus

    def _read_ligne(self, ligne: int, valeurs: list[Any]) -> None:
        brut = {cle: valeurs[rang] if rang < len(valeurs) else None for cle, rang in RANG.items()}
        textes = {
            cle: self._texte(ligne, cle, brut[cle]) for cle in ("axe", "sous_axe", "sous_sous_axe", *TEXTES)
        }
        titre, sous_titre = self._titre(ligne, "titre", brut), self._titre(ligne, "sous_titre", brut)
        if not titre:
            self._erreur(
                ligne,
                "titre",
                brut["titre"],
                "La sous-action ne dit pas de quelle action elle est."
                if sous_titre
                else "L’action n’a pas de titre.",
                "Écrivez en D le titre de l’action, tel qu’il est sur sa propre ligne."
                if sous_titre
                else "Écrivez son titre en D, ou videz la ligne.",
            )
        debut, fin = self._jour(ligne, "debut", brut["debut"]), self._jour(ligne, "fin", brut["fin"])
        if debut and fin and fin < debut:
            self._erreur(
                ligne,
                "fin",
                brut["fin"],
                f"La fin vient avant le début ({debut:%d/%m/%Y}).",
                "Corrigez l’une des deux dates.",
            )
        if titre and not any(textes[cle] for cle in ("axe", "sous_axe", "sous_sous_axe")):
            self._avertit(
                ligne,
                "axe",
                "",
                "L’action n’a pas d’axe\u00a0: elle restera une idée.",
                "Écrivez son axe en A, ou choisissez-le à l’import.",
            )
        self.plan.actions.append(
            ActionLue(
                titre=titre,
                ligne=ligne,
                sous_titre=sous_titre,
                financeurs=self._financeurs(ligne, brut),
                budget=self._montant(ligne, "budget", brut["budget"]),
                statut=self._choix(ligne, "statut", brut["statut"], STATUTS, "Statut inconnu"),
                priorite=self._choix(
                    ligne, "priorite", brut["priorite"], PRIORITES, "Niveau de priorité inconnu"
                ),
                debut=debut,
                fin=fin,
                **{cle: split_noms(self._texte(ligne, cle, brut[cle])) for cle in SUITES},  # type: ignore[arg-type]
                **textes,  # type: ignore[arg-type]
            )
        )

    def _texte(self, ligne: int, cle: str, valeur: Any) -> str:
        if is_erreur(valeur) or _is_formule(valeur):
            self._avertit(
                ligne,
                cle,
                valeur,
                "La formule ne donne pas de résultat\u00a0: la cellule est lue vide.",
                "Remplacez la formule par le texte qu’elle devrait donner.",
            )
            return ""
        texte = say(valeur)
        if len(texte) > TEXTE_MAX:
            self._erreur(
                ligne,
                cle,
                texte,
                f"Le texte a {len(texte)} signes\u00a0; une cellule en garde {TEXTE_MAX} au plus.",
                "Raccourcissez-le, et joignez le texte entier à la fiche.",
            )
            return texte[:TEXTE_MAX]
        return texte

    def _titre(self, ligne: int, cle: str, brut: dict[str, Any]) -> str:
        titre = " ".join(self._texte(ligne, cle, brut[cle]).split())
        if len(titre) > TITRE_MAX:
            self._erreur(
                ligne,
                cle,
                titre,
                f"Le titre a {len(titre)} signes\u00a0; la limite est de {TITRE_MAX}.",
                "Raccourcissez-le, et mettez le reste dans le descriptif.",
            )
            return titre[:TITRE_MAX]
        return titre

    def _choix(self, ligne: int, cle: str, valeur: Any, choix: tuple[str, ...], raison: str) -> str:
        texte = say(valeur)
        if not texte:
            return ""
        plie = _radical(texte)
        for connu in choix:
            if _radical(connu) == plie:
                return connu
        self._avertit(
            ligne,
            cle,
            valeur,
            f"{raison}\u00a0: la cellule n’est pas reprise.",
            f"Choisissez parmi\u00a0: {', '.join(choix)}.",
        )
        return ""

    def _financeurs(self, ligne: int, brut: dict[str, Any]) -> tuple[FinancementLu, ...]:
        lus = []
        for _, cle_nom, cle_montant in FINANCEURS:
            nom = " ".join(self._texte(ligne, cle_nom, brut[cle_nom]).split())
            montant = self._montant(ligne, cle_montant, brut[cle_montant])
            if nom:
                lus.append(FinancementLu(nom, montant))
            elif montant:
                self._avertit(
                    ligne,
                    cle_montant,
                    brut[cle_montant],
                    "Ce montant n’a pas de financeur\u00a0: il n’est pas repris.",
                    "Écrivez le nom du financeur dans la cellule de gauche.",
                )
        return tuple(lus)

    def _montant(self, ligne: int, cle: str, valeur: Any) -> int | None:
        """Centimes, ou None : cellule vide, ou fautive (l’erreur est alors inscrite)."""
        que_faire = "Écrivez un nombre d’euros, par exemple 5 000 000."
        if not say(valeur):
            return None
        if isinstance(valeur, bool | date):
            quoi = "une date" if isinstance(valeur, date) else "une case à cocher"
            self._erreur(ligne, cle, valeur, f"C’est {quoi}, non un montant.", que_faire)
            return None
        if isinstance(valeur, int | float):
            if valeur != valeur or abs(valeur) * 100 > MONTANT_MAX:  # NaN, infini, démesuré
                self._absurde(ligne, cle, valeur)
                return None
            centimes, exact = to_centimes(valeur)
            if not exact:
                self._avertit(
                    ligne,
                    cle,
                    valeur,
                    f"Plus fin que le centime\u00a0: lu {format_montant(centimes)}.",
                    "Arrondissez le montant si ce n’est pas le bon.",
                )
        else:
            texte = re.sub(r"\s*(h\.?\s?t\.?|t\.?t\.?c\.?)\s*$", "", str(valeur).strip(), flags=re.IGNORECASE)
            try:
                centimes = parse_montant(texte)
            except MontantIllisible:
                self._erreur(ligne, cle, valeur, "Ce n’est pas un montant.", que_faire)
                return None
        if centimes < 0:
            self._erreur(
                ligne,
                cle,
                valeur,
                "Le montant est négatif.",
                "Écrivez un montant positif, ou videz la cellule.",
            )
            return None
        if centimes > MONTANT_MAX:
            self._absurde(ligne, cle, valeur)
            return None
        return centimes

    def _absurde(self, ligne: int, cle: str, valeur: Any) -> None:
        self._erreur(
            ligne,
            cle,
            valeur,
            f"Le montant dépasse {format_montant(MONTANT_MAX)}\u00a0: c’est plus que le programme entier.",
            "Vérifiez les zéros, et qu’une date n’a pas été écrite là.",
        )

    def _jour(self, ligne: int, cle: str, valeur: Any) -> date | None:
        """Le jour écrit ; une année ou un mois seuls valent leur premier jour (début) ou leur dernier (fin)."""
        if not say(valeur):
            return None
        if isinstance(valeur, datetime):
            jour: date | None = valeur.date()
        elif isinstance(valeur, date):
            jour = valeur
        elif isinstance(valeur, int | float) and not isinstance(valeur, bool):
            jour = self._jour_nombre(valeur, cle)
        else:
            jour = parse_jour_libre(str(valeur), is_fin=cle == "fin") or self._jour_serie_en_texte(
                str(valeur), cle
            )
        if jour is None or not ANNEE_MIN <= jour.year <= ANNEE_MAX:
            self._erreur(
                ligne,
                cle,
                valeur,
                f"Ce n’est pas une date entre {ANNEE_MIN} et {ANNEE_MAX}.",
                "Écrivez-la JJ/MM/AAAA, par exemple 19/11/2025.",
            )
            return None
        return jour

    def _jour_serie_en_texte(self, texte: str, cle: str) -> date | None:
        return self._jour_nombre(int(texte.strip()), cle) if re.fullmatch(r"\s*\d{5}\s*", texte) else None

    def _jour_nombre(self, nombre: float, cle: str) -> date | None:
        if ANNEE_MIN <= nombre <= ANNEE_MAX and float(nombre).is_integer():
            return date(int(nombre), 12, 31) if cle == "fin" else date(int(nombre), 1, 1)
        if SERIE_MIN - 1_462 <= nombre <= SERIE_MAX:
            return from_serie(nombre, self.epoque)
        return None

    def _check_ensemble(self) -> None:
        if not self.plan.actions:
            self._erreur(
                PREMIERE_LIGNE,
                "titre",
                "",
                "Le classeur n’a aucune action.",
                f"Écrivez les actions à partir de la ligne {PREMIERE_LIGNE}.",
            )
        premieres: dict[tuple[Any, ...], int] = {}
        parents = {_cle(action) for action in self.plan.fiches}
        for action in self.plan.actions:
            if not action.titre:
                continue
            cle = (*_cle(action), replier(action.sous_titre))
            deja = premieres.setdefault(cle, action.ligne)
            if deja != action.ligne:
                sous = action.is_sous_action
                self._erreur(
                    action.ligne,
                    "sous_titre" if sous else "titre",
                    action.sous_titre if sous else action.titre,
                    f"Ce titre est déjà celui de la ligne {deja}, dans "
                    + ("la même action." if sous else "le même axe."),
                    "Changez l’un des deux titres, ou supprimez la ligne en double.",
                )
            if action.is_sous_action and _cle(action) not in parents:
                self._erreur(
                    action.ligne,
                    "titre",
                    action.titre,
                    "L’action de cette sous-action n’a pas sa propre ligne dans le même axe.",
                    "Ajoutez une ligne avec ce titre en D et la colonne E vide, dans le même axe.",
                )


def _cle(action: ActionLue) -> tuple[Any, ...]:
    """Ce qui distingue une action dans un classeur : son axe entier et son titre."""
    return (
        tuple(replier(niveau) for niveau in (action.axe, action.sous_axe, action.sous_sous_axe)),
        replier(action.titre),
    )


def _is_formule(valeur: Any) -> bool:
    return isinstance(valeur, str) and valeur.startswith("=") and len(valeur) > 1


def _radical(texte: str) -> str:
    """« Réalisée » et « réalisé », « À discuter » et « A discuter » sont le même mot."""
    return " ".join(mot.rstrip("es") or mot for mot in replier(texte).split())


# Une virgule entre parenthèses ou entre guillemets n’est pas un séparateur.
_MORCEAUX = re.compile(r"(?:\([^()]*\)|«[^«»]*»|\"[^\"]*\"|[^,;\n])+")


def split_noms(texte: str) -> tuple[str, ...]:
    """Les noms d’une cellule, séparés par une virgule, un point-virgule ou une ligne ; chacun une fois."""
    noms: dict[str, str] = {}
    for morceau in _MORCEAUX.findall(texte):
        nom = " ".join(morceau.split()).removeprefix("- ").removeprefix("• ").strip()
        if nom:
            noms.setdefault(replier(nom) or nom, nom)
    return tuple(noms.values())


_JMA = re.compile(r"(\d{1,2})(?:er)?[/\-. ](\d{1,2})[/\-. ](\d{4})(?:[ T]\d{1,2}[:h]\d{2}.*)?")
_AMJ = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{1,2}:\d{2}.*)?")
_MA = re.compile(r"(\d{1,2})[/\-.](\d{4})")


def parse_jour_libre(texte: str, *, is_fin: bool) -> date | None:
    """« 19/11/2025 », « 2025-11-19 », « 1er septembre 2025 », « sept. 2025 », « 11/2025 », « 2025 » ; None si ce n’est pas une date.

    Un mois ou une année seuls : leur dernier jour pour une fin, sinon leur premier.
    """
    propre = " ".join(texte.split())
    if forme := _AMJ.fullmatch(propre):
        return _date(int(forme[1]), int(forme[2]), int(forme[3]))
    if forme := _JMA.fullmatch(propre):
        return _date(int(forme[3]), int(forme[2]), int(forme[1]))
    if forme := _MA.fullmatch(propre):
        return _mois(int(forme[2]), int(forme[1]), is_fin)
    mots = replier(propre).split()
    if len(mots) == 1 and re.fullmatch(r"\d{4}", mots[0]):
        return _mois(int(mots[0]), 12 if is_fin else 1, is_fin)
    if len(mots) >= 2 and re.fullmatch(r"\d{4}", mots[-1]) and mots[-2] in MOIS:
        if len(mots) == 2:
            return _mois(int(mots[-1]), MOIS[mots[-2]], is_fin)
        if jour := re.fullmatch(r"(\d{1,2})(er)?", mots[-3]):
            return _date(int(mots[-1]), MOIS[mots[-2]], int(jour[1]))
    return None


def _date(annee: int, mois: int, jour: int) -> date | None:
    try:
        return date(annee, mois, jour)
    except ValueError:
        return None


def _mois(annee: int, mois: int, is_fin: bool) -> date | None:
    premier = _date(annee, mois, 1)
    if premier is None or not is_fin:
        return premier
    suivant = _date(annee + mois // 12, mois % 12 + 1, 1)
    return date.fromordinal(suivant.toordinal() - 1) if suivant else None


# --- écrire --------------------------------------------------------------------------------------------------------------

LARGEURS = {"titre": 45, "sous_titre": 30, "description": 60, "objectifs": 40}


def write_plan(actions: Iterable[ActionLue], *, titre: str = "Plan d’actions") -> bytes:
    """Le même classeur, tel que Territoires en Transitions et cette plateforme le relisent."""
    from openpyxl import Workbook

    classeur = Workbook(write_only=True)
    feuille = classeur.create_sheet("Plan d’actions")
    for rang, (cle, _) in enumerate(COLONNES, start=1):
        feuille.column_dimensions[get_column_letter(rang)].width = LARGEURS.get(cle, 22)
    feuille.freeze_panes = f"E{PREMIERE_LIGNE}"
    feuille.append([write_texte_brut(feuille, titre)])
    feuille.append(write_entete(feuille, [entete for _, entete in COLONNES]))
    feuille.append(
        ["Une action par ligne, à partir de la ligne 4. Ne changez ni l’ordre ni le nom des colonnes."]
    )
    for action in actions:
        feuille.append(_write_ligne(feuille, action))
    fichier = io.BytesIO()
    classeur.save(fichier)
    return fichier.getvalue()


def _write_ligne(feuille: Any, action: ActionLue) -> list[Any]:
    cellules: dict[str, Any] = {
        "debut": write_jour(feuille, action.debut),
        "fin": write_jour(feuille, action.fin),
        "budget": _write_montant(feuille, action.budget),
    }
    for cle in SUITES:
        cellules[cle] = write_texte_brut(feuille, ", ".join(getattr(action, cle)))
    for (_, cle_nom, cle_montant), financement in zip(FINANCEURS, action.financeurs, strict=False):
        cellules[cle_nom] = write_texte_brut(feuille, financement.nom)
        cellules[cle_montant] = _write_montant(feuille, financement.montant)
    return [
        cellules[cle] if cle in cellules else write_texte_brut(feuille, getattr(action, cle, "") or "")
        for cle, _ in COLONNES
    ]


def _write_montant(feuille: Any, centimes: int | None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if centimes is None:
        return None
    cellule = WriteOnlyCell(feuille, to_euros(centimes))
    cellule.number_format = '#,##0.00 "€"'
    return cellule


# --- marquer les fautes dans le classeur reçu ------------------------------------------------------------------------------

FEUILLE_RAPPORT = "Rapport"


def mark_classeur(octets: bytes, signalements: Iterable[tuple[str, Signalement]]) -> bytes:
    """Le classeur reçu, chaque cellule en cause colorée et commentée, et une feuille « Rapport ».

    `signalements` : (« À corriger » ou « À regarder », signalement). Le fichier a déjà été contrôlé (`check_classeur`).
    """
    from openpyxl import load_workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    classeur = load_workbook(io.BytesIO(octets))
    couleurs = {"À corriger": "FFE9E9", "À regarder": "FEF7DA"}
    if FEUILLE_RAPPORT in classeur.sheetnames:
        del classeur[FEUILLE_RAPPORT]
    rapport = classeur.create_sheet(FEUILLE_RAPPORT)
    rapport.append(["Gravité", "Feuille", "Cellule", "Valeur", "Raison", "Que faire"])
    notes: dict[tuple[str, str], list[str]] = {}
    for gravite, signalement in signalements:
        rapport.append(
            [gravite, signalement.feuille, signalement.cellule, "", signalement.raison, signalement.que_faire]
        )
        valeur = rapport.cell(rapport.max_row, 4)
        valeur.value, valeur.data_type = clean_texte(signalement.valeur), "s"
        if signalement.feuille in classeur.sheetnames and signalement.cellule:
            cellule = classeur[signalement.feuille][signalement.cellule]
            note = notes.setdefault((signalement.feuille, signalement.cellule), [])
            note.append(f"{signalement.raison} {signalement.que_faire}")
            if hasattr(cellule, "comment") and not _is_fusionnee(cellule):
                if len(note) == 1 or gravite == "À corriger":
                    cellule.fill = PatternFill("solid", fgColor=couleurs[gravite])
                cellule.comment = Comment("\n".join(note), "Maillage", width=320, height=120)
    for lettre, largeur in zip("ABCDEF", (14, 22, 10, 40, 60, 60), strict=True):
        rapport.column_dimensions[lettre].width = largeur
    fichier = io.BytesIO()
    classeur.save(fichier)
    return fichier.getvalue()


def _is_fusionnee(cellule: Any) -> bool:
    from openpyxl.cell.cell import MergedCell

    return isinstance(cellule, MergedCell)
