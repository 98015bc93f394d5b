"""Le premier catalogue : donnees/programme/dispositifs.toml, inscrit par les actes des écrans."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from maillage.comptes.models import Organisation
from maillage.demonstration.faits_publies import read_programme
from maillage.dispositifs.actions import create_dispositif, record_convention, record_version
from maillage.dispositifs.enums import Famille, Origine
from maillage.dispositifs.models import Convention, Dispositif
from maillage.journal.actions import Auteur, Systeme

AUTEUR = Systeme("catalogue publié")
# L’identifiant d’une entrée se tire de sa clé : la relire ne la crée pas deux fois, et il est le même partout.
ESPACE = UUID("6b9f2c52-2d1e-5b7a-9b1f-3c0a7c8e4d10")
EUROS, POUR_CENT = 100, 100  # vers les centimes, vers les dix-millièmes
MONTANTS = {"plancher_depense", "plafond_depense", "plancher_aide", "plafond_aide"}
TAUX = {"taux_min", "taux_max", "avance_max"}
HORS_CONTENU = {
    "cle",
    "financeur",
    "convention",
    "depuis",
    "source",
    "sources",
    "listes",
    "versions",
    "motif",
}


@transaction.atomic
def build_catalogue(*, by: Auteur = AUTEUR) -> None:
    """Inscrit les conventions et les dispositifs qui manquent, avec leurs versions et la source de chaque valeur."""
    donnees = read_programme("dispositifs.toml")
    sources = donnees["sources"]
    conventions = {
        bloc["cle"]: record_convention(
            operateur=Organisation.objects.get(nom=bloc["operateur"]),
            titre=bloc["titre"],
            signee_le=bloc["signee_le"],
            engagement=bloc["engagement"],
            source=sources[bloc["source"]]["texte"],
            url=sources[bloc["source"]].get("url", ""),
            by=by,
        )
        for bloc in donnees["conventions"]
    }
    deja = set(Dispositif.objects.values_list("identifiant", flat=True))
    for bloc in donnees["dispositifs"]:
        identifiant = uuid5(ESPACE, bloc["cle"])
        if identifiant not in deja:
            _create(bloc, identifiant, sources, conventions, by)


def _create(
    bloc: Mapping[str, Any],
    identifiant: UUID,
    sources: Mapping[str, Any],
    conventions: Mapping[str, Convention],
    by: Auteur,
) -> None:
    dispositif = create_dispositif(
        contenu=_read_contenu(bloc),
        listes=_read_listes(bloc),
        sources=_read_sources(bloc, sources),
        financeur=Organisation.objects.get(nom=bloc["financeur"]) if "financeur" in bloc else None,
        convention=conventions[bloc["convention"]] if "convention" in bloc else None,
        depuis=bloc["depuis"],
        identifiant=identifiant,
        origine=Origine.CATALOGUE,
        by=by,
    )
    for suite in bloc.get("versions", []):
        version = record_version(
            dispositif=dispositif,
            contenu=_read_contenu(suite),
            listes=_read_listes(suite),
            sources=_read_sources(suite, sources),
            depuis=suite["depuis"],
            motif=suite["motif"],
            version_lue=dispositif.version,
            by=by,
        )
        dispositif.version = version.numero


def _read_contenu(bloc: Mapping[str, Any]) -> dict[str, Any]:
    """Les champs d’une version ; euros en centimes, pour cent en dix-millièmes."""
    contenu = {nom: valeur for nom, valeur in bloc.items() if nom not in HORS_CONTENU}
    for nom in contenu:
        if nom in MONTANTS:
            contenu[nom] *= EUROS
        elif nom in TAUX:
            contenu[nom] *= POUR_CENT
    return contenu


def _read_listes(bloc: Mapping[str, Any]) -> dict[Famille, list[str]]:
    return {Famille(nom): codes for nom, codes in bloc.get("listes", {}).items()}


def _read_sources(bloc: Mapping[str, Any], sources: Mapping[str, Any]) -> dict[str, Any]:
    """« * » : la source de toutes les valeurs ; un nom de champ ou de liste : la sienne."""
    lues = {champ: sources[cle] for champ, cle in bloc.get("sources", {}).items()}
    return {"*": sources[bloc["source"]], **lues} if "source" in bloc else lues
