"""L'arbre de blocs : un document (protocole, contrat, relevé…) décrit une fois, rendu en PDF et en Word.

Python pur, figé, sans base de données. `to_json` et `from_json` vont et viennent sans perte ; l'arbre en JSON est ce
qu'on enregistre quand un acte est gelé. Les suites (morceaux, lignes, enfants…) deviennent des tuples à la construction ;
là où des morceaux sont attendus, une chaîne seule vaut `Texte(chaîne)`.

Une construction fautive (image sans texte de remplacement, ligne de tableau trop courte…) lève `BlocInvalide`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, NamedTuple

SCHEMA = 1
"""Version de l'écriture JSON\u00a0; à augmenter quand un arbre enregistré hier ne se relirait plus."""

ALIGNEMENTS = ("gauche", "centre", "droite")
STATUTS = ("projet", "arrete")
_INTERDIT = r"\s\x00-\x20\x7f-\x9f\ud800-\udfff"
_ADRESSE = re.compile(
    rf"https?://[^{_INTERDIT}/?#@\[\]]+([/?#][^{_INTERDIT}]*)?|mailto:[^{_INTERDIT}@]+@[^{_INTERDIT}@]+",
    re.IGNORECASE,
)


class BlocInvalide(ValueError):
    """L'arbre ne peut pas donner un document lisible par tous. Faute de programmation ou JSON étranger."""


def _poser(objet: object, champ: str, valeur: object) -> None:
    object.__setattr__(objet, champ, valeur)


def _est_lisible(texte: object) -> bool:
    return isinstance(texte, str) and any(signe.isprintable() and not signe.isspace() for signe in texte)


def _exiger_texte(objet: object, champ: str) -> None:
    if not _est_lisible(getattr(objet, champ)):
        raise BlocInvalide(
            f"{type(objet).__name__}\u00a0: «\u00a0{champ}\u00a0» doit être un texte non vide."
        )


@dataclass(frozen=True)
class Texte:
    """Un bout de texte. Un retour à la ligne est gardé ; une ligne vide ouvre un nouveau paragraphe."""

    texte: str
    gras: bool = False
    italique: bool = False


@dataclass(frozen=True)
class Champ:
    """Une valeur tirée des données. Vide ou absente, elle se voit : « à compléter : libellé »."""

    cle: str
    valeur: str | None
    libelle: str

    def __post_init__(self) -> None:
        _exiger_texte(self, "libelle")

    @property
    def manque(self) -> bool:
        return self.valeur is None or not self.valeur.strip()


@dataclass(frozen=True)
class Lien:
    """Un lien vers une adresse http, https ou mailto ; toute autre est refusée."""

    texte: str
    url: str

    def __post_init__(self) -> None:
        _exiger_texte(self, "texte")
        if not _ADRESSE.fullmatch(self.url):
            raise BlocInvalide(
                f"Lien\u00a0: «\u00a0{self.url}\u00a0» n'est pas une adresse\u00a0; elle commence par https://, http:// ou mailto: et n'a pas d'espace."
            )


Morceau = Texte | Champ | Lien
Morceaux = tuple[Morceau, ...]
SaisieMorceaux = str | Morceau | Iterable[str | Morceau] | None


def _morceaux(valeur: SaisieMorceaux) -> Morceaux:
    if valeur is None:
        return ()
    suite = (valeur,) if isinstance(valeur, str | Texte | Champ | Lien) else tuple(valeur)
    morceaux = tuple(Texte(element) if isinstance(element, str) else element for element in suite)
    for morceau in morceaux:
        if not isinstance(morceau, Texte | Champ | Lien):
            raise BlocInvalide(f"{type(morceau).__name__} n'est ni un texte, ni un champ, ni un lien.")
    return morceaux


@dataclass(frozen=True)
class Titre:
    """Un titre dans le fil du texte. `niveau` (1 à 4) est relatif à ce qui le contient (document, article, annexe)."""

    niveau: int
    texte: str

    def __post_init__(self) -> None:
        _exiger_texte(self, "texte")
        if not 1 <= self.niveau <= 4:
            raise BlocInvalide(f"Titre\u00a0: le niveau va de 1 à 4, non {self.niveau}.")


@dataclass(frozen=True)
class Paragraphe:
    morceaux: Morceaux

    def __post_init__(self) -> None:
        _poser(self, "morceaux", _morceaux(self.morceaux))


@dataclass(frozen=True)
class Liste:
    """Liste à puces, ou numérotée. Chaque élément est une suite de morceaux."""

    elements: tuple[Morceaux, ...]
    ordonnee: bool = False

    def __post_init__(self) -> None:
        _poser(self, "elements", tuple(_morceaux(element) for element in self.elements))


@dataclass(frozen=True)
class Visas:
    """Les « Vu… » et « Considérant… » d'un acte, un par élément, tels qu'ils doivent paraître."""

    liste: tuple[Morceaux, ...]

    def __post_init__(self) -> None:
        _poser(self, "liste", tuple(_morceaux(element) for element in self.liste))


@dataclass(frozen=True)
class Tableau:
    """Un tableau de données. `alignements` : « gauche » (défaut), « centre » ou « droite », un par colonne.

    `totaux` : une dernière ligne distinguée, ou rien. Toutes les lignes ont autant de cellules que d'en-têtes.
    """

    legende: str
    entetes: tuple[str, ...]
    lignes: tuple[tuple[Morceaux, ...], ...]
    alignements: tuple[str, ...] = ()
    totaux: tuple[Morceaux, ...] = ()

    def __post_init__(self) -> None:
        _exiger_texte(self, "legende")
        _poser(self, "entetes", tuple(self.entetes))
        _poser(self, "lignes", tuple(tuple(_morceaux(cellule) for cellule in ligne) for ligne in self.lignes))
        _poser(self, "totaux", tuple(_morceaux(cellule) for cellule in self.totaux))
        colonnes = len(self.entetes)
        _poser(self, "alignements", tuple(self.alignements) or ("gauche",) * colonnes)
        if not colonnes or not all(map(_est_lisible, self.entetes)):
            raise BlocInvalide(
                f"Tableau «\u00a0{self.legende}\u00a0»\u00a0: chaque colonne a un en-tête, lu par les lecteurs d'écran."
            )
        for rang, ligne in enumerate((*self.lignes, *((self.totaux,) if self.totaux else ())), start=1):
            if len(ligne) != colonnes:
                raise BlocInvalide(
                    f"Tableau «\u00a0{self.legende}\u00a0»\u00a0: la ligne {rang} a {len(ligne)} cellules pour {colonnes} colonnes."
                )
        if len(self.alignements) != colonnes or not set(self.alignements) <= set(ALIGNEMENTS):
            raise BlocInvalide(
                f"Tableau «\u00a0{self.legende}\u00a0»\u00a0: un alignement par colonne, parmi {', '.join(ALIGNEMENTS)}."
            )


@dataclass(frozen=True)
class Image:
    """Une image vectorielle, avec le texte qui la remplace (obligatoire). `legende` est facultative."""

    svg: str
    alt: str
    legende: str = ""

    def __post_init__(self) -> None:
        if not _est_lisible(self.alt):
            raise BlocInvalide(
                "Une image doit avoir un texte de remplacement (alt), sans quoi le document n'est pas accessible."
            )
        if "<svg" not in self.svg:
            raise BlocInvalide(f"Image «\u00a0{self.alt}\u00a0»\u00a0: le contenu n'est pas du SVG.")
        if "<image" in self.svg or "<script" in self.svg:
            raise BlocInvalide(
                f"Image «\u00a0{self.alt}\u00a0»\u00a0: le SVG doit se suffire, sans image liée ni script."
            )


@dataclass(frozen=True)
class SautDePage:
    """La suite commence sur une nouvelle page."""


class Signataire(NamedTuple):
    """`mention` : ce qui tient lieu de signature (« Signé le… ») ; vide, la place reste à la main."""

    organisation: str
    representant: str
    qualite: str
    mention: str = ""


class College(NamedTuple):
    libelle: str
    signataires: tuple[Signataire, ...]


@dataclass(frozen=True)
class BlocSignatures:
    """Les parties, par collège. Un couple et des quadruplets simples sont acceptés à la construction."""

    colleges: tuple[College, ...]

    def __post_init__(self) -> None:
        colleges = tuple(
            College(libelle, tuple(Signataire(*signataire) for signataire in signataires))
            for libelle, signataires in self.colleges
        )
        _poser(self, "colleges", colleges)
        for college in colleges:
            if not _est_lisible(college.libelle):
                raise BlocInvalide("Bloc de signatures\u00a0: chaque collège a un libellé.")


@dataclass(frozen=True)
class Article:
    """« Article 3 — Gouvernance ». `numero` est le texte voulu (« 1er », « 4 bis »)."""

    numero: str
    titre: str
    enfants: tuple["Bloc", ...] = ()

    def __post_init__(self) -> None:
        _poser(self, "numero", str(self.numero))
        _exiger_texte(self, "numero")
        _poser(self, "enfants", _enfants(self, self.enfants))


@dataclass(frozen=True)
class Annexe:
    """Une annexe, toujours sur une nouvelle page ; seulement à la racine du document."""

    numero: str
    titre: str
    enfants: tuple["Bloc", ...] = ()

    def __post_init__(self) -> None:
        _poser(self, "numero", str(self.numero))
        _exiger_texte(self, "numero")
        _poser(self, "enfants", _enfants(self, self.enfants))


Bloc = Titre | Article | Paragraphe | Liste | Tableau | Image | SautDePage | Annexe | BlocSignatures | Visas


@dataclass(frozen=True)
class Document:
    """La racine. `statut` : « projet » (filigrane) ou « arrete ». `date` : celle du texte, jamais celle du rendu."""

    titre: str
    date: date
    auteur: str
    enfants: tuple[Bloc, ...]
    sous_titre: str = ""
    langue: str = "fr"
    statut: Literal["projet", "arrete"] = "projet"
    mention_fictif: bool = False

    def __post_init__(self) -> None:
        _exiger_texte(self, "titre")
        if self.statut not in STATUTS:
            raise BlocInvalide(
                f"Document\u00a0: le statut est «\u00a0projet\u00a0» ou «\u00a0arrete\u00a0», non «\u00a0{self.statut}\u00a0»."
            )
        _poser(self, "enfants", _enfants(self, self.enfants))


def _enfants(parent: object, enfants: Iterable[Any]) -> tuple[Any, ...]:
    suite = tuple(enfants)
    for enfant in suite:
        if not isinstance(enfant, Bloc):
            raise BlocInvalide(f"{type(enfant).__name__} n'est pas un bloc.")
        if isinstance(enfant, Annexe) and not isinstance(parent, Document):
            raise BlocInvalide(
                "Une annexe se place à la racine du document, non dans un article ou une annexe."
            )
    return suite


_TYPES: dict[str, type] = {
    "document": Document,
    "titre": Titre,
    "article": Article,
    "paragraphe": Paragraphe,
    "texte": Texte,
    "champ": Champ,
    "lien": Lien,
    "liste": Liste,
    "tableau": Tableau,
    "image": Image,
    "saut_de_page": SautDePage,
    "annexe": Annexe,
    "bloc_signatures": BlocSignatures,
    "visas": Visas,
}
_NOMS = {classe: nom for nom, classe in _TYPES.items()}


def to_json(document: Document) -> dict[str, Any]:
    """L'arbre en objet JSON (dict), avec sa version : {"schema": 1, "type": "document", …}."""
    return {"schema": SCHEMA, **_ecrire(document)}


def _ecrire(valeur: Any) -> Any:
    if nom := _NOMS.get(type(valeur)):
        return {"type": nom, **{champ.name: _ecrire(getattr(valeur, champ.name)) for champ in fields(valeur)}}
    if isinstance(valeur, tuple):
        return [_ecrire(element) for element in valeur]
    return valeur.isoformat() if isinstance(valeur, date) else valeur


def from_json(donnees: dict[str, Any]) -> Document:
    """L'arbre relu. Version inconnue, type ou champ étranger : BlocInvalide, jamais une lecture à peu près."""
    if not isinstance(donnees, dict) or donnees.get("schema") != SCHEMA:
        version = donnees.get("schema") if isinstance(donnees, dict) else None
        raise BlocInvalide(f"Écriture d'arbre inconnue\u00a0: schéma {version!r}, attendu {SCHEMA}.")
    try:
        document = _lire({cle: valeur for cle, valeur in donnees.items() if cle != "schema"})
    except (TypeError, ValueError, AttributeError) as erreur:
        if isinstance(erreur, BlocInvalide):
            raise
        raise BlocInvalide(f"Arbre illisible\u00a0: {erreur}") from erreur
    if not isinstance(document, Document):
        raise BlocInvalide("La racine de l'arbre n'est pas un document.")
    return document


def _lire(valeur: Any) -> Any:
    if isinstance(valeur, list):
        return tuple(_lire(element) for element in valeur)
    if not isinstance(valeur, dict):
        return valeur
    classe = _TYPES.get(valeur.get("type", ""))
    if classe is None:
        raise BlocInvalide(
            f"Type de bloc inconnu\u00a0: {valeur.get('type')!r}\u00a0; connus\u00a0: {', '.join(_TYPES)}."
        )
    champs = {cle: _lire(contenu) for cle, contenu in valeur.items() if cle != "type"}
    if classe is Document:
        champs["date"] = date.fromisoformat(champs["date"])
    return classe(**champs)
