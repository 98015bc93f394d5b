"""Inscrire au catalogue ce qu’un fichier d’échange contient. Rejouable : un fichier déjà lu n’écrit rien."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from maillage.comptes.models import Organisation
from maillage.dispositifs.actions import create_dispositif, record_version
from maillage.dispositifs.enums import Famille, Origine
from maillage.dispositifs.formats import (
    SCHEMAS,
    DispositifLu,
    LectureDispositifs,
    read_api,
    read_schema,
    to_colonnes,
)
from maillage.dispositifs.models import Dispositif, VersionDispositif
from maillage.journal.actions import Auteur
from maillage.socle.erreurs import ActionImpossible

AIDES_TERRITOIRES = "aides-territoires"
FORMES = (*SCHEMAS, AIDES_TERRITOIRES)
# L’API ne donne qu’un numéro : l’identifiant d’une aide s’en tire, et reste le même d’un import à l’autre.
ESPACE_API = UUID("d8b1c3c0-6a51-5c59-8a3c-94f3a07a3e61")
# Les colonnes du schéma d’où viennent nos champs et nos listes.
COLONNES = {
    "titre": "titre",
    "promesse": "promesse",
    "description": "description",
    "eligibilite": "eligibilite",
    "porteurs": "porteurs",
    "programmes": "programmes_parents",
    "url_source": "url_source",
    "ouverture": "date_ouverture",
    "cloture": "date_cloture",
    "base_juridique": "base_juridique",
    "effectif_min": "eligibilite_effectif_minimal",
    "effectif_max": "eligibilite_effectif_maximal",
    "annees_existence_min": "eligibilite_annees_existence_minimal",
    "formes_juridiques": "eligibilite_forme_juridique",
    "formes_juridiques_exclues": "eligibilite_forme_juridique_exclusions",
    "secteurs": "ciblage_secteur_activite",
    "naf": "ciblage_naf",
    "naf_exclus": "ciblage_naf_exclusions",
    "chainage_paiement": "chainage_paiement",
    "complements": "types_aides",
    "nature": "types_aides",
    "beneficiaire": "cibles",
    "perimetre": "eligibilite_geographique",
    "perimetre_exclu": "eligibilite_geographique_exclusions",
    "taille": "eligibilite_categorie_taille_entreprise",
}


@dataclass
class BilanDispositifs:
    """Ce qu’un fichier a changé. `erreurs` : une phrase par valeur refusée, avec sa ligne et sa colonne."""

    lus: int = 0
    crees: int = 0
    modifies: int = 0
    erreurs: list[str] = field(default_factory=list)

    @property
    def inchanges(self) -> int:
        return self.lus - self.crees - self.modifies


def read_fichier(contenu: bytes, nom: str, forme: str) -> LectureDispositifs:
    """Lit un fichier d’une des `FORMES`. DonneesIllisibles s’il n’est pas de ce format."""
    if forme == AIDES_TERRITOIRES:
        return read_api(contenu, nom)
    return read_schema(contenu, nom, forme)


@transaction.atomic
def import_dispositifs(*, contenu: bytes, nom: str, forme: str, by: Auteur) -> BilanDispositifs:
    """Inscrit ou met à jour les dispositifs d’un fichier ; les lignes refusées n’arrêtent pas les autres.

    Un dispositif connu ne reçoit une version que de ce qui diffère : ce que le format ne sait pas dire n’est pas effacé.
    """
    lecture = read_fichier(contenu, nom, forme)
    bilan = BilanDispositifs(erreurs=list(lecture.erreurs))
    for lu in lecture.lus:
        try:
            with transaction.atomic():
                cree, modifie = _write(lu, forme, by)
        except ActionImpossible as refus:
            bilan.erreurs.append(f"{lu.repere}\u00a0: {refus}")
            continue
        bilan.lus += 1
        bilan.crees += cree
        bilan.modifies += modifie
    return bilan


def _write(lu: DispositifLu, forme: str, by: Auteur) -> tuple[bool, bool]:
    identifiant = lu.identifiant or uuid5(ESPACE_API, lu.identifiant_externe)
    financeur, nom = _find_financeur(lu.financeurs)
    contenu: dict[str, Any] = {**lu.contenu, "financeur_nom": "" if financeur else nom}
    connu = Dispositif.objects.filter(identifiant=identifiant).first()
    if connu is None:
        create_dispositif(
            contenu=contenu,
            listes=lu.listes,
            financeur=financeur,
            sources={"*": lu.source},
            origine=Origine.AIDES_TERRITOIRES if forme == AIDES_TERRITOIRES else Origine.SCHEMA,
            identifiant=identifiant,
            identifiant_externe=lu.identifiant_externe,
            by=by,
        )
        return True, False
    derniere = (
        connu.versions.select_related("dispositif__financeur")
        .prefetch_related("facettes")
        .get(numero=connu.version)
    )
    listes = dict(lu.listes)
    if forme in SCHEMAS:
        contenu, listes = _keep_differences(derniere, lu, contenu, forme)
    elif connu.financeur_id:  # la plateforme sait déjà qui paie
        contenu.pop("financeur_nom")
    version = record_version(
        dispositif=connu,
        contenu=contenu,
        listes=listes,
        source=lu.source,
        motif="Import d’un fichier",
        version_lue=connu.version,
        by=by,
    )
    return False, version.numero != connu.version


def _keep_differences(
    version: VersionDispositif, lu: DispositifLu, contenu: dict[str, Any], forme: str
) -> tuple[dict[str, Any], dict[Famille, list[str]]]:
    """Ne garde que ce dont la colonne a changé depuis ce que nous écririons : un aller-retour n’efface rien."""
    ecrites = to_colonnes(version, forme)
    changees = {nom for nom, valeur in ecrites.items() if lu.colonnes.get(nom, "") != valeur}
    garde = {nom: valeur for nom, valeur in contenu.items() if COLONNES.get(nom) in changees}
    if "porteurs" in changees and not version.dispositif.financeur_id:
        garde["financeur_nom"] = contenu["financeur_nom"]
    return garde, {f: codes for f, codes in lu.listes.items() if COLONNES[f.value] in changees}


def _find_financeur(financeurs: list[dict[str, str]]) -> tuple[Organisation | None, str]:
    """Le financeur, par son SIREN, sinon par son nom s’il est le seul à le porter ; sinon son nom seul."""
    if not financeurs:
        return None, ""
    premier = financeurs[0]
    if premier["siren"] and (trouve := Organisation.objects.filter(siren=premier["siren"]).first()):
        return trouve, premier["nom"]
    homonymes = list(Organisation.objects.filter(nom__iexact=premier["nom"], is_fictif=False)[:2])
    if len(homonymes) > 1:
        raise ActionImpossible(
            f"deux organisations portent le nom «\u00a0{premier['nom']}\u00a0»\u00a0: donnez le SIREN du financeur"
        )
    return (homonymes[0] if homonymes else None), premier["nom"][:200]
