"""Ce que l’identité d’une organisation permet : un SIREN juste, une catégorie de son type, une hiérarchie sans boucle."""

from calcul.siren import LONGUEUR, is_siren
from maillage.comptes.enums import CategorieOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.socle.erreurs import ActionImpossible

_C = CategorieOrganisation
CATEGORIES: dict[TypeOrganisation, tuple[CategorieOrganisation, ...]] = {
    TypeOrganisation.EPCI: (_C.CC, _C.CA, _C.CU, _C.METROPOLE, _C.EPT),
    TypeOrganisation.PETR: (_C.PETR, _C.PAYS, _C.POLE_METROPOLITAIN),
    TypeOrganisation.ETAT: (
        _C.PREFECTURE_REGION,
        _C.PREFECTURE,
        _C.SOUS_PREFECTURE,
        _C.DREETS,
        _C.DREAL,
        _C.DDT,
        _C.RECTORAT,
        _C.ARS,
        _C.AUTRE_ETAT,
    ),
    TypeOrganisation.CHAMBRE: (_C.CCI, _C.CMA, _C.CHAMBRE_AGRICULTURE),
    TypeOrganisation.CLUSTER: (_C.FEDERATION, _C.CLUSTER, _C.POLE),
    TypeOrganisation.FORMATION: (_C.CFA, _C.LYCEE, _C.ECOLE_PRODUCTION),
    TypeOrganisation.RECHERCHE: (_C.UNIVERSITE, _C.CENTRE_RECHERCHE),
}


def check_siren(siren: str | None) -> None:
    """Refuse un SIREN mal formé ou dont la clé est fausse ; l’absence est permise."""
    if not siren:
        return
    if len(siren) != LONGUEUR or not siren.isdecimal():
        raise ActionImpossible("Le SIREN s’écrit en neuf chiffres.", champ="siren")
    if not is_siren(siren):
        raise ActionImpossible(
            "Ce SIREN n’existe pas : sa clé de contrôle est fausse. Relisez ses neuf chiffres.", champ="siren"
        )


def check_categorie(type: TypeOrganisation, categorie: str) -> None:
    """Refuse une catégorie d’un autre type (une « CCI » n’est pas une entreprise)."""
    if categorie and categorie not in CATEGORIES.get(type, ()):
        raise ActionImpossible(
            f"« {CategorieOrganisation(categorie).label} » n’est pas une catégorie du type "
            f"« {TypeOrganisation(type).label} » : changez l’un ou l’autre.",
            champ="categorie",
        )


def check_parent(organisation: Organisation, parent: Organisation | None) -> None:
    """Refuse qu’une organisation dépende d’elle-même, directement ou par une de celles qui dépendent d’elle."""
    ancetre = parent
    while ancetre is not None:
        if ancetre.pk == organisation.pk:
            raise ActionImpossible(
                f"{parent} dépend déjà de {organisation} : une organisation ne peut pas dépendre d’elle-même.",
                champ="parent",
            )
        ancetre = ancetre.parent
