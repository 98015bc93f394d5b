"""Les formats d’échange du catalogue : schéma national « dispositif d’aide » v0.2.0 (et son extension), Aides-territoires.

Les colonnes, motifs et listes sont lus dans les fichiers mêmes de ces formats (donnees/dispositifs-aide, aides-territoires).
Une ligne qui ne les respecte pas est refusée avec sa place et sa colonne ; les autres sont lues.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from calcul.siren import is_siren
from maillage.dispositifs.enums import Beneficiaire, EtapeProjet, Famille, NatureAide, Recurrence
from maillage.dispositifs.models import VersionDispositif
from maillage.dispositifs.policies import CODE_GEO
from maillage.dispositifs.selectors import say_financeur
from maillage.dispositifs.textes import clean_html, strip_html
from maillage.referentiels.lecture import decoder, lire_csv_texte
from maillage.referentiels.models import Commune, Departement, Epci, Region
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.texte import replier

SCHEMAS = {
    "schema": "schema-dispositif-aide-v0.2.0.json",
    "professionnels": "schema-dispositif-aide-professionnels-v0.2.0.json",
}
TOUS_SECTEURS = "tous secteurs d'activité"
SANS_DESCRIPTION = "Description non publiée."
SANS_CRITERE = "Critères non publiés."
PAYS = "PAYS-99100"
CIBLES: dict[str, frozenset[str]] = {
    "professionnels": frozenset({"entreprise", "groupement", "agriculteur", "entreprise_publique"}),
    "particuliers": frozenset({"particulier"}),
    "associations": frozenset({"association"}),
    "secteur public": frozenset(
        {
            "commune",
            "epci",
            "departement",
            "region",
            "outre_mer",
            "etablissement_public",
            "organisme_formation",
            "recherche",
        }
    ),
}
# Une cible large ne dit pas de qui il s’agit au juste : à la lecture, ce qu’elle admet à coup sûr.
BENEFICIAIRES_DES_CIBLES = {
    "professionnels": ["entreprise"],
    "particuliers": ["particulier"],
    "associations": ["association"],
    "secteur public": ["commune", "epci", "departement", "region", "etablissement_public"],
}
_CLE_NUE = re.compile(r"([{,]\s*)(\w+)\s*:")
_TEXTE_SIMPLE = re.compile(r"'((?:[^']|'(?!\s*[,}\]]))*)'")


@dataclass
class DispositifLu:
    """Une ligne lue. `colonnes` : ses valeurs telles qu’écrites, pour ne changer que ce qui diffère."""

    identifiant: UUID | None
    identifiant_externe: str
    colonnes: Mapping[str, str]
    contenu: dict[str, Any]
    listes: dict[Famille, list[str]]
    financeurs: list[dict[str, str]]
    source: dict[str, str]
    repere: str


@dataclass
class LectureDispositifs:
    lus: list[DispositifLu] = field(default_factory=list)
    erreurs: list[str] = field(default_factory=list)


@cache
def load_schema(forme: str) -> dict[str, Any]:
    """Le schéma national, tel que publié."""
    chemin = settings.DOSSIER_DONNEES / "dispositifs-aide" / SCHEMAS[forme]
    schema: dict[str, Any] = json.loads(chemin.read_text(encoding="utf-8"))
    return schema


@cache
def load_enumerations() -> dict[str, Any]:
    """Les listes de l’API Aides-territoires, telles que publiées."""
    chemin = settings.DOSSIER_DONNEES / "aides-territoires" / "enumerations_api.json"
    listes: dict[str, Any] = json.loads(chemin.read_text(encoding="utf-8"))
    return listes


@cache
def list_champs_api() -> tuple[str, ...]:
    """Les champs d’une aide de l’API, dans leur ordre."""
    chemin = settings.DOSSIER_DONNEES / "aides-territoires" / "champs_api_aids.csv"
    with chemin.open(encoding="utf-8", newline="") as flux:
        return tuple(ligne["champ"] for ligne in csv.DictReader(flux))


# --- schéma national : écrire ------------------------------------------------------------------------------------------


def write_schema(versions: Iterator[VersionDispositif], forme: str) -> Iterator[str]:
    """Le catalogue au schéma national, ligne par ligne : CSV, virgules, UTF-8. `forme` : « schema » ou « professionnels »."""
    tampon = io.StringIO()
    ecrivain = csv.DictWriter(tampon, [champ["name"] for champ in load_schema(forme)["fields"]])
    ecrivain.writeheader()
    for version in versions:
        ecrivain.writerow(to_colonnes(version, forme))
        yield tampon.getvalue()
        tampon.seek(0)
        tampon.truncate()
    yield tampon.getvalue()


def to_colonnes(version: VersionDispositif, forme: str) -> dict[str, str]:
    """Une version dans les colonnes du schéma. Ce qu’il exige et que nul ne dit : toutes les cibles, toute la France."""
    colonnes = {
        "id": str(version.dispositif.identifiant),
        "titre": version.titre,
        "promesse": version.promesse,
        "description": (strip_html(version.description) or version.promesse or SANS_DESCRIPTION)[:5000],
        "eligibilite": strip_html(version.eligibilite) or SANS_CRITERE,
        "types_aides": "|".join(NatureAide(n).label.lower() for n in version.get_codes(Famille.NATURE))
        or "information",
        "porteurs": json.dumps(_to_porteurs(version), ensure_ascii=False),
        "programmes_parents": "|".join(version.programmes),
        "url_source": version.url_source,
        "cibles": "|".join(_to_cibles(version)),
        "eligibilite_geographique": "|".join(_to_geo(version.get_codes(Famille.PERIMETRE))) or PAYS,
        "eligibilite_geographique_exclusions": "|".join(_to_geo(version.get_codes(Famille.PERIMETRE_EXCLU))),
        "date_ouverture": _to_instant(version.ouverture, time.min),
        "date_cloture": _to_instant(version.cloture, time(23, 59, 59)),
        "date_mise_a_jour": timezone.localtime(version.enregistre_at).isoformat(timespec="seconds"),
    }
    if forme == "professionnels":
        colonnes |= {
            "base_juridique": json.dumps(version.base_juridique, ensure_ascii=False)
            if version.base_juridique
            else "",
            "eligibilite_effectif_minimal": _to_entier(version.effectif_min),
            "eligibilite_effectif_maximal": _to_entier(version.effectif_max),
            "eligibilite_categorie_taille_entreprise": "|".join(version.get_codes(Famille.TAILLE)),
            "eligibilite_annees_existence_minimal": _to_entier(version.annees_existence_min),
            "eligibilite_forme_juridique": "|".join(version.formes_juridiques),
            "eligibilite_forme_juridique_exclusions": "|".join(version.formes_juridiques_exclues),
            "ciblage_secteur_activite": "|".join(version.secteurs) or TOUS_SECTEURS,
            "ciblage_naf": "|".join(version.naf),
            "ciblage_naf_exclusions": "|".join(version.naf_exclus),
            "chainage_paiement": version.chainage_paiement,
        }
    return colonnes


def _to_entier(valeur: int | None) -> str:
    return "" if valeur is None else str(valeur)


def _to_instant(jour: date | None, heure: time) -> str:
    return timezone.make_aware(datetime.combine(jour, heure)).isoformat() if jour else ""


def _to_cibles(version: VersionDispositif) -> list[str]:
    admis = set(version.get_codes(Famille.BENEFICIAIRE))
    return [cible for cible, codes in CIBLES.items() if codes & admis] or list(CIBLES)


def _to_porteurs(version: VersionDispositif) -> list[dict[str, Any]]:
    porteurs = [p for p in version.porteurs if "financeur" not in p.get("roles", [])]
    nom = say_financeur(version)
    if not nom:
        return porteurs
    financeur = version.dispositif.financeur
    siren = {"siren": financeur.siren} if financeur and financeur.siren else {}
    return [{"nom": nom, **siren, "roles": ["financeur"]}, *porteurs]


def _to_geo(codes: list[str]) -> list[str]:
    """Le motif du schéma refuse les lettres de la Corse : ses départements et communes s’écrivent par leurs EPCI."""
    admis = []
    for code in codes:
        type_, _, cle = code.partition("-")
        if cle.isdigit():
            admis.append(code)
        elif type_ == "DEP":
            admis += [
                f"EPCI-{siren}" for siren in Epci.objects.filter(departement=cle).values_list("pk", flat=True)
            ]
        else:
            epci = Commune.objects.filter(pk=cle).values_list("epci", flat=True).first()
            admis += [f"EPCI-{epci}"] if epci else []
    return list(dict.fromkeys(admis))


# --- schéma national : lire --------------------------------------------------------------------------------------------


class _Refus(ValueError):
    """Une valeur refusée ; le message dit pourquoi."""


def read_schema(contenu: bytes, nom: str, forme: str) -> LectureDispositifs:
    """Lit un fichier au schéma national. Une phrase par valeur refusée : « ligne 3, colonne « cibles » : … »."""
    schema = load_schema(forme)
    requises = [c["name"] for c in schema["fields"] if c.get("constraints", {}).get("required")]
    lecture = LectureDispositifs()
    vus: set[UUID] = set()
    for lu in lire_csv_texte(decoder(contenu, nom), nom, requises):
        colonnes = {cle: str(valeur or "").strip() for cle, valeur in lu.valeurs.items()}
        erreurs = [
            f"{lu.repere}, colonne «\u00a0{champ['name']}\u00a0»\u00a0: {phrase}"
            for champ in schema["fields"]
            if (phrase := _check_colonne(champ, colonnes.get(champ["name"], "")))
        ]
        try:
            dispositif = _read_colonnes(colonnes, lu.repere) if not erreurs else None
        except _Refus as refus:
            erreurs.append(f"{lu.repere}, {refus}")
            dispositif = None
        if dispositif and dispositif.identifiant in vus:
            erreurs.append(f"{lu.repere}, colonne «\u00a0id\u00a0»\u00a0: cet identifiant est déjà plus haut")
        elif dispositif and dispositif.identifiant:
            vus.add(dispositif.identifiant)
            lecture.lus.append(dispositif)
        lecture.erreurs += erreurs
    return lecture


def _check_colonne(champ: Mapping[str, Any], valeur: str) -> str:
    """Pourquoi le schéma refuse cette valeur ; vide s’il l’accepte."""
    contraintes = champ.get("constraints", {})
    if not valeur:
        return "la valeur manque, et le schéma la demande" if contraintes.get("required") else ""
    if (maximum := contraintes.get("maxLength")) and len(valeur) > maximum:
        return f"{len(valeur)} signes, pour {maximum} au plus"
    motif = contraintes.get("pattern") or champ.get("pattern")
    if motif and not re.fullmatch(motif, valeur) and not _is_geo(champ["name"], valeur):
        return f"«\u00a0{valeur[:60]}\u00a0» n’a pas la forme attendue (par exemple {str(champ.get('example', ''))[:60]})"
    if champ.get("type") == "integer" and not valeur.isdigit():
        return f"«\u00a0{valeur[:60]}\u00a0» n’est pas un nombre entier"
    if champ.get("type") == "datetime" and _read_jour(valeur) is None:
        return f"«\u00a0{valeur[:60]}\u00a0» n’est pas une date (par exemple 2025-10-15T15:00:00Z)"
    if champ.get("format") == "uuid" and _read_uuid(valeur) is None:
        return f"«\u00a0{valeur[:60]}\u00a0» n’est pas un identifiant UUID"
    return ""


def _is_geo(nom: str, valeur: str) -> bool:
    """Les codes de la Corse sont justes, même si le motif du schéma les oublie."""
    return nom.startswith("eligibilite_geographique") and all(
        CODE_GEO.fullmatch(code) for code in valeur.split("|")
    )


def _read_uuid(texte: str) -> UUID | None:
    try:
        return UUID(texte)
    except ValueError:
        return None


def _read_jour(texte: str | None) -> date | None:
    """Le jour, à Paris, d’un instant ISO 8601 ou d’une date ; None si ce n’en est pas un."""
    if not texte:
        return None
    try:
        instant = datetime.fromisoformat(texte.replace("Z", "+00:00"))
    except ValueError:
        return None
    return timezone.localtime(instant).date() if instant.tzinfo else instant.date()


def read_objets(texte: str) -> list[dict[str, Any]]:
    """Une liste d’objets, en JSON ou dans l’écriture des exemples du schéma (`{ nom: 'ADEME', … }`)."""
    if not texte:
        return []
    for essai in (texte, _TEXTE_SIMPLE.sub(lambda m: json.dumps(m[1]), _CLE_NUE.sub(r'\1"\2":', texte))):
        try:
            objets = json.loads(essai)
        except ValueError:
            continue
        if isinstance(objets, list) and all(isinstance(objet, dict) for objet in objets):
            return objets
    raise ValueError("ce n’est pas une liste d’objets JSON")


def _split(texte: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (morceau.strip() for morceau in texte.split("|")))))


def _read_colonnes(colonnes: Mapping[str, str], repere: str) -> DispositifLu:
    def objets(nom: str) -> list[dict[str, Any]]:
        try:
            return read_objets(colonnes.get(nom, ""))
        except ValueError as erreur:
            raise _Refus(f"colonne «\u00a0{nom}\u00a0»\u00a0: {erreur}") from None

    porteurs = objets("porteurs")
    for porteur in porteurs:
        if (siren := str(porteur.get("siren") or "")) and not is_siren(siren):
            raise _Refus(f"colonne «\u00a0porteurs\u00a0»\u00a0: le SIREN «\u00a0{siren}\u00a0» est faux")
    natures, inconnues = _read_natures(_split(colonnes["types_aides"]))
    listes = {
        Famille.NATURE: natures,
        Famille.BENEFICIAIRE: [
            code for cible in _split(colonnes["cibles"]) for code in BENEFICIAIRES_DES_CIBLES[cible]
        ],
        Famille.PERIMETRE: _split(colonnes["eligibilite_geographique"]),
        Famille.PERIMETRE_EXCLU: _split(colonnes.get("eligibilite_geographique_exclusions", "")),
        Famille.TAILLE: _split(colonnes.get("eligibilite_categorie_taille_entreprise", "")),
    }
    contenu: dict[str, Any] = {
        "titre": colonnes["titre"][:250],
        "promesse": colonnes.get("promesse", ""),
        "description": _sauf(colonnes["description"], SANS_DESCRIPTION),
        "eligibilite": _sauf(colonnes["eligibilite"], SANS_CRITERE),
        "porteurs": porteurs,
        "programmes": _split(colonnes.get("programmes_parents", "")),
        "url_source": colonnes.get("url_source", ""),
        "ouverture": _read_jour(colonnes.get("date_ouverture")),
        "cloture": _read_jour(colonnes.get("date_cloture")),
        "base_juridique": objets("base_juridique"),
        "effectif_min": _read_entier(colonnes.get("eligibilite_effectif_minimal")),
        "effectif_max": _read_entier(colonnes.get("eligibilite_effectif_maximal")),
        "annees_existence_min": _read_entier(colonnes.get("eligibilite_annees_existence_minimal")),
        "formes_juridiques": _split(colonnes.get("eligibilite_forme_juridique", "")),
        "formes_juridiques_exclues": _split(colonnes.get("eligibilite_forme_juridique_exclusions", "")),
        "secteurs": [s for s in _split(colonnes.get("ciblage_secteur_activite", "")) if s != TOUS_SECTEURS],
        "naf": _split(colonnes.get("ciblage_naf", "")),
        "naf_exclus": _split(colonnes.get("ciblage_naf_exclusions", "")),
        "chainage_paiement": colonnes.get("chainage_paiement", "")[:80],
        "complements": {"types_aides": inconnues} if inconnues else {},
    }
    return DispositifLu(
        identifiant=_read_uuid(colonnes["id"]),
        identifiant_externe="",
        colonnes=colonnes,
        contenu=contenu,
        listes=listes,
        financeurs=[
            {"nom": str(p.get("nom") or ""), "siren": str(p.get("siren") or "")}
            for p in porteurs
            if "financeur" in (p.get("roles") or [])
        ],
        source={"texte": "Schéma national «\u00a0dispositif d’aide\u00a0»"}
        | ({"url": colonnes["url_source"]} if colonnes.get("url_source") else {}),
        repere=repere,
    )


def _sauf(texte: str, repli: str) -> str:
    return "" if texte == repli else clean_html(texte)


def _read_entier(texte: str | None) -> int | None:
    return int(texte) if texte else None


_NATURES = {replier(label): code for code, label in NatureAide.choices} | {
    "avance recuperable": NatureAide.AVANCE_REMBOURSABLE,
    "pret a taux zero": NatureAide.PRET,
    "capital": NatureAide.PRISE_PARTICIPATION,
    "fonds propres": NatureAide.PRISE_PARTICIPATION,
    "accompagnement": NatureAide.SERVICE,
    "ingenierie technique": NatureAide.INGENIERIE,
    "ingenierie financiere": NatureAide.INGENIERIE,
    "ingenierie juridique administrative": NatureAide.INGENIERIE,
}


def _read_natures(textes: list[str]) -> tuple[list[str], list[str]]:
    """Les natures reconnues, et les mots qui n’en sont pas (« information », « financement »…), gardés tels quels."""
    natures = [str(_NATURES[replier(t)]) for t in textes if replier(t) in _NATURES]
    return list(dict.fromkeys(natures)), [t for t in textes if replier(t) not in _NATURES]


# --- Aides-territoires ---------------------------------------------------------------------------------------------------

_PUBLICS = {
    "commune": Beneficiaire.COMMUNE,
    "epci": Beneficiaire.EPCI,
    "department": Beneficiaire.DEPARTEMENT,
    "region": Beneficiaire.REGION,
    "special": Beneficiaire.OUTRE_MER,
    "association": Beneficiaire.ASSOCIATION,
    "private-person": Beneficiaire.PARTICULIER,
    "farmer": Beneficiaire.AGRICULTEUR,
    "private-sector": Beneficiaire.ENTREPRISE,
    "public-cies": Beneficiaire.ENTREPRISE_PUBLIQUE,
    "public-org": Beneficiaire.ETABLISSEMENT_PUBLIC,
    "researcher": Beneficiaire.RECHERCHE,
}
_ETAPES = {"preop": EtapeProjet.REFLEXION, "op": EtapeProjet.REALISATION, "postop": EtapeProjet.USAGE}
_RECURRENCES = {
    "oneoff": Recurrence.PONCTUELLE,
    "ongoing": Recurrence.PERMANENTE,
    "recurring": Recurrence.RECURRENTE,
}
_TYPES = {
    "grant": NatureAide.SUBVENTION,
    "loan": NatureAide.PRET,
    "recoverable-advance": NatureAide.AVANCE_REMBOURSABLE,
    "technical-engineering": NatureAide.INGENIERIE,
    "financial-engineering": NatureAide.INGENIERIE,
    "legal-engineering": NatureAide.INGENIERIE,
}
SITE_AT = "https://aides-territoires.beta.gouv.fr"


def _labels(cle: str) -> dict[str, str]:
    """slug → libellé d’une liste de l’API."""
    liste = load_enumerations()[cle]
    if all(isinstance(valeur, dict) for valeur in liste.values()):
        return {slug: libelle for groupe in liste.values() for slug, libelle in groupe.items()}
    return dict(liste)


def _by_label(cle: str, table: Mapping[str, Any]) -> dict[str, str]:
    """libellé ou slug, sans accent → notre code."""
    labels = _labels(cle)
    return {replier(labels[slug]): str(code) for slug, code in table.items()} | {
        replier(slug): str(code) for slug, code in table.items()
    }


def write_api(versions: Iterator[VersionDispositif]) -> dict[str, Any]:
    """Le catalogue dans l’enveloppe de l’API : {count, previous, next, results}."""
    resultats = [to_aide(version) for version in versions]
    return {"count": len(resultats), "previous": None, "next": None, "results": resultats}


def to_aide(version: VersionDispositif) -> dict[str, Any]:
    """Une version dans les champs de l’API, dans leur ordre ; None ou liste vide : non dit."""
    publics, etapes, types = (
        _labels(cle) for cle in ("organization_type_slugs", "aid_step_slugs", "aid_type_slugs")
    )
    inverse_publics = {str(code): publics[slug] for slug, code in _PUBLICS.items()}
    inverse_etapes = {str(code): etapes[slug] for slug, code in _ETAPES.items()}
    inverse_types = {str(code): types[slug] for slug, code in reversed(_TYPES.items())}
    recurrences = {str(c): _labels("aid_recurrence_slugs")[slug] for slug, c in _RECURRENCES.items()}
    natures = version.get_codes(Famille.NATURE)
    perimetre, echelle = _to_perimetre(version.get_codes(Famille.PERIMETRE))
    dits: dict[str, Any] = dict(version.complements.get("aides_territoires", {})) | {
        "id": version.dispositif.pk,
        "slug": str(version.dispositif.identifiant),
        "url": version.dispositif.get_absolute_url(),
        "name": version.titre,
        "short_title": version.promesse or None,
        "financers": [nom] if (nom := say_financeur(version)) else [],
        "instructors": [p["nom"] for p in version.porteurs if "instructeur" in p.get("roles", [])],
        "programs": version.programmes,
        "description": version.description,
        "eligibility": version.eligibilite,
        "perimeter": perimetre,
        "perimeter_scale": echelle,
        "mobilization_steps": [inverse_etapes[c] for c in version.get_codes(Famille.ETAPE)],
        "origin_url": version.url_source or None,
        "application_url": version.url_demande or None,
        "targeted_audiences": [
            inverse_publics[c] for c in version.get_codes(Famille.BENEFICIAIRE) if c in inverse_publics
        ],
        "aid_types": [inverse_types.get(n, "Autre aide financière") for n in natures if n != "service"],
        "start_date": version.ouverture.isoformat() if version.ouverture else None,
        "submission_deadline": version.cloture.isoformat() if version.cloture else None,
        "subvention_rate_lower_bound": _to_pour_cent(version.taux_min),
        "subvention_rate_upper_bound": _to_pour_cent(version.taux_max),
        "subvention_comment": version.taux_precision or None,
        "contact": version.contact,
        "recurrence": recurrences.get(version.recurrence),
        "date_created": timezone.localtime(version.dispositif.cree_at).isoformat(timespec="seconds"),
        "date_updated": timezone.localtime(version.enregistre_at).isoformat(timespec="seconds"),
        "is_live": True,
    }
    return {champ: dits.get(champ) for champ in list_champs_api()}


def _to_pour_cent(dix_milliemes: int | None) -> int | None:
    """L’API n’a que des entiers : un taux plus fin n’y est pas écrit, plutôt qu’arrondi."""
    if dix_milliemes is None or dix_milliemes % 100:
        return None
    return dix_milliemes // 100


def _to_perimetre(codes: list[str]) -> tuple[str | None, str | None]:
    if codes == [PAYS]:
        return "France", "Pays"
    if len(codes) != 1:
        return None, None
    type_, _, cle = codes[0].partition("-")
    modeles: dict[str, tuple[Any, str]] = {
        "REG": (Region, "Région"),
        "DEP": (Departement, "Département"),
        "EPCI": (Epci, "epci"),
        "COM": (Commune, "commune"),
    }
    modele, echelle = modeles[type_]
    nom = modele.objects.filter(pk=cle).values_list("nom", flat=True).first()
    return nom, echelle if nom else None


def read_api(contenu: bytes, nom: str) -> LectureDispositifs:
    """Lit une réponse de l’API (`{results: […]}`), ou une liste d’aides. Les libellés et les slugs sont reconnus."""
    try:
        lu = json.loads(decoder(contenu, nom))
    except ValueError as erreur:
        raise DonneesIllisibles(f"{nom}\u00a0: ce n’est pas du JSON ({erreur}).") from erreur
    aides = lu.get("results") if isinstance(lu, dict) else lu
    if not isinstance(aides, list):
        raise DonneesIllisibles(
            f"{nom}\u00a0: on attend la réponse de l’API Aides-territoires, avec sa liste «\u00a0results\u00a0»."
        )
    lecture = LectureDispositifs()
    for rang, aide in enumerate(aides, start=1):
        repere = f"aide {rang}"
        try:
            lecture.lus.append(_read_aide(aide, repere))
        except _Refus as refus:
            lecture.erreurs.append(f"{repere}, {refus}")
    return lecture


def _read_aide(aide: Any, repere: str) -> DispositifLu:
    if not isinstance(aide, dict):
        raise _Refus("ce n’est pas un objet")
    if not isinstance(aide.get("id"), int):
        raise _Refus("champ «\u00a0id\u00a0»\u00a0: il manque, ou n’est pas un nombre entier")
    if not str(aide.get("name") or "").strip():
        raise _Refus("champ «\u00a0name\u00a0»\u00a0: il manque")

    def textes(nom: str) -> list[str]:
        valeur = aide.get(nom) or []
        if not isinstance(valeur, list) or not all(isinstance(v, str) for v in valeur):
            raise _Refus(f"champ «\u00a0{nom}\u00a0»\u00a0: ce n’est pas une liste de textes")
        return valeur

    def jour(nom: str) -> date | None:
        valeur = aide.get(nom)
        if valeur and _read_jour(str(valeur)) is None:
            raise _Refus(f"champ «\u00a0{nom}\u00a0»\u00a0: «\u00a0{valeur}\u00a0» n’est pas une date")
        return _read_jour(str(valeur)) if valeur else None

    def taux(nom: str) -> int | None:
        valeur = aide.get(nom)
        if valeur is None:
            return None
        if not isinstance(valeur, int) or not 0 <= valeur <= 100:
            raise _Refus(
                f"champ «\u00a0{nom}\u00a0»\u00a0: «\u00a0{valeur}\u00a0» n’est pas un pourcentage entier"
            )
        return valeur * 100

    def codes(nom: str, cle: str, table: Mapping[str, Any]) -> list[str]:
        connus = _by_label(cle, table)
        return list(dict.fromkeys(connus[replier(t)] for t in textes(nom) if replier(t) in connus))

    natures = codes("aid_types", "aid_type_slugs", _TYPES)
    perimetre = _read_perimetre(str(aide.get("perimeter") or ""), str(aide.get("perimeter_scale") or ""))
    recurrences = _by_label("aid_recurrence_slugs", _RECURRENCES)
    financeurs = textes("financers")
    url = f"{SITE_AT}{aide['url']}" if str(aide.get("url") or "").startswith("/") else ""
    repris = {"id", "url", "slug", "name", "short_title", "financers", "instructors", "programs", "description",
              "eligibility", "mobilization_steps", "origin_url", "application_url", "targeted_audiences", "aid_types",
              "start_date", "submission_deadline", "subvention_rate_lower_bound", "subvention_rate_upper_bound",
              "subvention_comment", "contact", "recurrence", "date_created", "date_updated", "is_live"}  # fmt: skip
    autres = {
        c: v
        for c, v in aide.items()
        if c not in repris and v not in (None, [], "") and c in list_champs_api()
    }
    return DispositifLu(
        identifiant=None,
        identifiant_externe=str(aide["id"]),
        colonnes={},
        contenu={
            "titre": str(aide["name"]).strip()[:250],
            "promesse": str(aide.get("short_title") or "")[:180],
            "description": clean_html(str(aide.get("description") or "")),
            "eligibilite": clean_html(str(aide.get("eligibility") or "")),
            "contact": clean_html(str(aide.get("contact") or "")),
            "porteurs": [{"nom": n, "roles": ["financeur"]} for n in financeurs]
            + [{"nom": n, "roles": ["instructeur"]} for n in textes("instructors")],
            "programmes": textes("programs"),
            "url_source": str(aide.get("origin_url") or "")[:500],
            "url_demande": str(aide.get("application_url") or "")[:500],
            "taux_min": taux("subvention_rate_lower_bound"),
            "taux_max": taux("subvention_rate_upper_bound"),
            "taux_precision": str(aide.get("subvention_comment") or "")[:300],
            "ouverture": jour("start_date"),
            "cloture": jour("submission_deadline"),
            "recurrence": recurrences.get(replier(str(aide.get("recurrence") or "")), ""),
            "complements": {"aides_territoires": autres} if autres else {},
        },
        listes={
            Famille.NATURE: natures,
            Famille.BENEFICIAIRE: codes("targeted_audiences", "organization_type_slugs", _PUBLICS),
            Famille.ETAPE: codes("mobilization_steps", "aid_step_slugs", _ETAPES),
            Famille.PERIMETRE: perimetre,
        },
        financeurs=[{"nom": n, "siren": ""} for n in financeurs],
        source={"texte": "Aides-territoires (Licence Ouverte 2.0)"} | ({"url": url} if url else {}),
        repere=repere,
    )


def _read_perimetre(nom: str, echelle: str) -> list[str]:
    """Le code d’un périmètre donné par son nom et son échelle ; vide s’il n’est pas reconnu à coup sûr."""
    plat = replier(nom.partition("(")[0])
    if plat in ("france", "france entiere"):
        return [PAYS]
    modeles: dict[str, tuple[str, Any]] = {
        "region": ("REG", Region),
        "departement": ("DEP", Departement),
        "epci": ("EPCI", Epci),
    }
    if replier(echelle) not in modeles:
        return []
    type_, modele = modeles[replier(echelle)]
    trouves = [pk for pk, autre in modele.objects.values_list("pk", "nom") if replier(autre) == plat]
    return [f"{type_}-{trouves[0]}"] if len(trouves) == 1 else []
