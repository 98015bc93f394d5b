"""Lectures du catalogue : noms des codes, ce qu’une version demande, sources, différences entre deux versions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet

from calcul.dispositifs.adequation import PAYS, Offre
from calcul.montants import format_montant, format_taux
from maillage.comptes.enums import TypeOrganisation
from maillage.dispositifs.enums import (
    Beneficiaire,
    CategorieTaille,
    EtapeProjet,
    EtatDispositif,
    Famille,
    NatureAide,
    NatureDepense,
)
from maillage.dispositifs.models import VersionDispositif
from maillage.dispositifs.policies import BIENTOT
from maillage.dispositifs.textes import strip_html
from maillage.referentiels.models import Commune, Departement, Epci, Region
from maillage.socle.dates import format_jour
from maillage.territoires.models import Vague

# Ce que dit un type d’organisation de ce qu’elle est ; absent : il ne suffit pas (une agence est-elle une association ?).
BENEFICIAIRES = {
    TypeOrganisation.COMMUNE: Beneficiaire.COMMUNE,
    TypeOrganisation.EPCI: Beneficiaire.EPCI,
    TypeOrganisation.PETR: Beneficiaire.EPCI,
    TypeOrganisation.DEPARTEMENT: Beneficiaire.DEPARTEMENT,
    TypeOrganisation.REGION: Beneficiaire.REGION,
    TypeOrganisation.ETAT: Beneficiaire.ETABLISSEMENT_PUBLIC,
    TypeOrganisation.OPERATEUR: Beneficiaire.ETABLISSEMENT_PUBLIC,
    TypeOrganisation.CHAMBRE: Beneficiaire.ETABLISSEMENT_PUBLIC,
    TypeOrganisation.EPF: Beneficiaire.ETABLISSEMENT_PUBLIC,
    TypeOrganisation.ENTREPRISE: Beneficiaire.ENTREPRISE,
    TypeOrganisation.CABINET: Beneficiaire.ENTREPRISE,
    TypeOrganisation.GROUPEMENT: Beneficiaire.GROUPEMENT,
    TypeOrganisation.FORMATION: Beneficiaire.FORMATION,
    TypeOrganisation.RECHERCHE: Beneficiaire.RECHERCHE,
    TypeOrganisation.ASSOCIATION: Beneficiaire.ASSOCIATION,
}
ENUMS = (NatureAide, Beneficiaire, EtapeProjet, NatureDepense, CategorieTaille)
GEO: dict[str, Any] = {"REG": Region, "DEP": Departement, "EPCI": Epci, "COM": Commune}


def versions_en_vigueur(au: date, *, with_fictifs: bool = False) -> QuerySet[VersionDispositif]:
    """La version de chaque dispositif qui vaut ce jour-là, avec ses listes. Sans les entrées fictives, sauf demande."""
    versions = VersionDispositif.objects.en_vigueur(au)
    if not with_fictifs:
        versions = versions.publiques()
    return versions.select_related("dispositif__financeur", "dispositif__convention").prefetch_related(
        "facettes"
    )


def q_etat(etat: str, au: date) -> Q:
    """Condition sur une version : son état ce jour-là. La même règle que `policies.get_etat`, faite par la base."""
    a_venir = Q(ouverture__gt=au)
    commence = Q(ouverture__isnull=True) | Q(ouverture__lte=au)
    clos = commence & Q(cloture__lt=au)
    ouverte = commence & (Q(cloture__isnull=True) | Q(cloture__gte=au))
    bientot = ouverte & Q(cloture__lte=au + BIENTOT)
    muet = Q(ouverture__isnull=True, cloture__isnull=True, recurrence="")
    return {
        EtatDispositif.A_VENIR.value: a_venir,
        EtatDispositif.CLOS.value: clos,
        EtatDispositif.BIENTOT_CLOS.value: bientot,
        EtatDispositif.NON_PUBLIE.value: muet,
        EtatDispositif.OUVERT.value: ouverte
        & ~muet
        & (Q(cloture__isnull=True) | Q(cloture__gt=au + BIENTOT)),
    }[etat]


def load_noms(versions: Iterable[VersionDispositif]) -> dict[str, str]:
    """Le nom de chaque code employé par ces versions : listes fermées, phases, axes, lieux. Six requêtes au plus."""
    noms = {str(code): str(libelle) for enum in ENUMS for code, libelle in enum.choices}
    noms[PAYS] = "Toute la France"
    for vague in Vague.objects.prefetch_related("axes"):
        noms[vague.code] = vague.nom
        for axe in vague.axes.all():
            noms[f"{vague.code}/{axe.code}"] = axe.nom
    par_type: dict[str, set[str]] = {}
    for version in versions:
        for famille in (Famille.PERIMETRE, Famille.PERIMETRE_EXCLU):
            for code in version.get_codes(famille):
                type_, _, cle = code.partition("-")
                par_type.setdefault(type_, set()).add(cle)
    for type_, cles in par_type.items():
        if type_ in GEO:
            for objet in GEO[type_].objects.filter(pk__in=cles):
                noms[f"{type_}-{objet.pk}"] = str(objet)
    return noms


def build_offre(version: VersionDispositif, noms: Mapping[str, str]) -> Offre:
    """Ce que la version demande, pour `calcul.dispositifs`."""

    def codes(famille: Famille) -> frozenset[str]:
        return frozenset(version.get_codes(famille))

    return Offre(
        beneficiaires=codes(Famille.BENEFICIAIRE),
        perimetre=codes(Famille.PERIMETRE),
        exclus=codes(Famille.PERIMETRE_EXCLU),
        vagues=codes(Famille.VAGUE),
        axes=codes(Famille.AXE),
        etapes=codes(Famille.ETAPE),
        depenses=codes(Famille.DEPENSE),
        tailles=codes(Famille.TAILLE),
        plancher=version.plancher_depense,
        plafond=version.plafond_depense,
        ouverture=version.ouverture,
        cloture=version.cloture,
        accord_gouvernance=version.accord_gouvernance,
        avant_travaux=version.avant_travaux,
        exclut_difficulte=version.exclut_difficulte,
        noms=noms,
    )


def say_financeur(version: VersionDispositif) -> str:
    """Qui paie, d’après la plateforme ou d’après la source ; vide : non dit."""
    financeur = version.dispositif.financeur
    return financeur.nom if financeur else version.financeur_nom


def say_taux(dix_milliemes: int | None) -> str:
    return format_taux(Fraction(dix_milliemes, 10_000)) if dix_milliemes is not None else ""


# --- une version, valeur par valeur ------------------------------------------------------------------------------------

PARTIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Pour qui, où", ("beneficiaire", "taille", "effectif_min", "effectif_max", "annees_existence_min",
                      "formes_juridiques", "formes_juridiques_exclues", "secteurs", "naf", "naf_exclus",
                      "perimetre", "perimetre_exclu", "vague", "axe")),
    ("Pour quoi", ("nature", "etape", "depense", "eligibilite", "accord_gouvernance", "avant_travaux",
                   "exclut_difficulte")),
    ("Combien", ("taux_min", "taux_max", "taux_precision", "plancher_depense", "plafond_depense",
                 "plancher_aide", "plafond_aide", "avance_max", "credit")),
    ("Quand", ("ouverture", "cloture", "recurrence", "calendrier")),
    ("Sous quelle règle", ("base_juridique", "programmes", "cumul")),
    ("Avec qui", ("porteurs", "contact", "url_source", "url_demande")),
)  # fmt: skip
HTML = {"description", "eligibilite", "contact", "cumul"}
TAUX = {"taux_min", "taux_max", "avance_max"}
MONTANTS = {"plancher_depense", "plafond_depense", "plancher_aide", "plafond_aide"}


@dataclass(frozen=True)
class Valeur:
    """Une valeur à montrer : `texte`, ou `html` sûr, ou `liens` (libellé, adresse) ; `source` : celle qui la prouve."""

    champ: str
    libelle: str
    texte: str = ""
    html: str = ""
    liens: tuple[tuple[str, str], ...] = ()
    source: Mapping[str, str] | None = None

    @property
    def is_connue(self) -> bool:
        return bool(self.texte or self.html or self.liens)


def get_libelle(champ: str) -> str:
    nom = (
        Famille(champ).label
        if champ in Famille.values
        else str(VersionDispositif._meta.get_field(champ).verbose_name)  # type: ignore[union-attr]
    )
    return nom[:1].upper() + nom[1:]


def get_source(version: VersionDispositif, champ: str) -> Mapping[str, str] | None:
    """La source d’un champ : la sienne, sinon celle de toute la version ; None si personne n’en a donné."""
    source: Mapping[str, str] | None = version.sources.get(champ) or version.sources.get("*")
    return source


def read_valeur(version: VersionDispositif, champ: str, noms: Mapping[str, str]) -> Valeur:
    """Une valeur telle qu’on l’écrit à l’écran ; vide si elle n’est pas connue."""
    libelle = get_libelle(champ)
    source = get_source(version, champ)
    if champ in Famille.values:
        codes = version.get_codes(Famille(champ))
        return Valeur(champ, libelle, texte=", ".join(noms.get(code, code) for code in codes), source=source)
    brut = getattr(version, champ)
    if champ in HTML:
        return Valeur(champ, libelle, html=brut, source=source)
    if champ.startswith("url_"):
        return Valeur(champ, libelle, liens=((brut, brut),) if brut else (), source=source)
    if champ == "base_juridique":
        liens = tuple((texte.get("libelle", ""), texte.get("lien", "")) for texte in brut)
        return Valeur(champ, libelle, liens=liens, source=source)
    return Valeur(champ, libelle, texte=_say(version, champ, brut), source=source)


def _say(version: VersionDispositif, champ: str, brut: Any) -> str:
    if brut is None or brut == "" or brut == []:
        return ""
    if champ in TAUX:
        return say_taux(brut)
    if champ in MONTANTS:
        return format_montant(brut)
    if champ == "porteurs":
        return ", ".join(
            f"{p.get('nom', '')} ({', '.join(p['roles'])})" if p.get("roles") else p.get("nom", "")
            for p in brut
        )
    if isinstance(brut, bool):
        return "Oui" if brut else "Non"
    if isinstance(brut, date):
        return format_jour(brut)
    if isinstance(brut, list):
        return ", ".join(map(str, brut))
    if hasattr(version, f"get_{champ}_display"):
        return str(getattr(version, f"get_{champ}_display")())
    return str(brut)


def list_parties(
    version: VersionDispositif, noms: Mapping[str, str]
) -> list[tuple[str, list[Valeur], list[str]]]:
    """Pour chaque partie : son titre, ses valeurs connues, et le nom de celles que nulle source ne donne."""
    parties = []
    for titre, champs in PARTIES:
        valeurs = [read_valeur(version, champ, noms) for champ in champs]
        connues = [v for v in valeurs if v.is_connue]
        inconnues = [v.libelle[:1].lower() + v.libelle[1:] for v in valeurs if not v.is_connue]
        parties.append((titre, connues, inconnues))
    return parties


@dataclass(frozen=True)
class Difference:
    libelle: str
    avant: str
    apres: str


def compare_versions(
    avant: VersionDispositif, apres: VersionDispositif, noms: Mapping[str, str]
) -> list[Difference]:
    """Ce qui diffère, champ par champ, dans les mots de l’écran."""
    champs = ["titre", "promesse", "description", *(champ for _, champs in PARTIES for champ in champs)]
    differences = []
    for champ in champs:
        textes = [_flatten(read_valeur(v, champ, noms)) for v in (avant, apres)]
        if textes[0] != textes[1]:
            differences.append(Difference(get_libelle(champ), *textes))
    return differences


def _flatten(valeur: Valeur) -> str:
    if valeur.html:
        return strip_html(valeur.html)
    return valeur.texte or ", ".join(libelle for libelle, _ in valeur.liens)
