"""Lectures sur une organisation : qui y tient quelle fonction, ce qui est vacant, de qui elle dépend."""

from dataclasses import dataclass
from datetime import date

from maillage.comptes.models import ContactOrganisation, Fonction, FonctionVacante, Organisation


@dataclass(frozen=True)
class OrganisationLue:
    """Une organisation et ses gens un jour donné."""

    organisation: Organisation
    filles: list[Organisation]
    contacts: list[ContactOrganisation]
    fonctions: list[Fonction]
    passees: list[Fonction]
    vacantes: list[FonctionVacante]


def read_organisation(organisation: Organisation, au: date) -> OrganisationLue:
    """Cinq requêtes, quel que soit le nombre de fonctions, de contacts ou de filles."""
    fonctions = organisation.fonctions.select_related("personne").order_by("personne__nom", "id")
    return OrganisationLue(
        organisation=organisation,
        filles=list(organisation.filles.order_by("nom", "id")),
        contacts=list(organisation.contacts.filter(ferme_le__isnull=True)),
        fonctions=list(fonctions.at(au)),
        passees=list(fonctions.filter(fin__lte=au).order_by("-fin", "-id")),
        vacantes=list(organisation.fonctions_vacantes.at(au)),
    )
