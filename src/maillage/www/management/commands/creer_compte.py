from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from maillage.comptes.actions import create_organisation, create_personne, give_fonction
from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.journal.actions import Systeme
from maillage.socle.dates import parse_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.actions import give_mandat
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Territoire

AUTEUR = Systeme("Installation")


class Command(BaseCommand):
    help = "Ouvre un compte avec son rôle (le premier administrateur, une cheffe de projet, une Région…)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("courriel", help="adresse où arrivent les codes de connexion")
        parser.add_argument("--nom", required=True)
        parser.add_argument("--prenom", default="")
        parser.add_argument("--role", required=True, choices=[*ROLES_ORGANISATION, *ROLES_TERRITOIRE])
        parser.add_argument("--organisation", default="", help="SIREN ou nom exact")
        parser.add_argument(
            "--type",
            default="",
            choices=["", *TypeOrganisation.values],
            help="crée l’organisation si elle manque",
        )
        parser.add_argument(
            "--territoire", default="", help="clé, par exemple v2/ti-2701 (rôles de territoire)"
        )
        parser.add_argument(
            "--fin", default="", help="dernier jour exclu, AAAA-MM-JJ (obligatoire pour un partenaire)"
        )

    @transaction.atomic
    def handle(self, *args: Any, courriel: str, role: str, **options: Any) -> None:
        if Personne.objects.filter(email__iexact=courriel).exists():
            raise CommandError(f"Un compte existe déjà pour {courriel}.")
        try:
            fin = parse_jour(options["fin"]) if options["fin"] else None
            organisation = _get_organisation(options["organisation"], options["type"])
            personne = create_personne(
                nom=options["nom"], prenom=options["prenom"], email=courriel, by=AUTEUR
            )
            if role in ROLES_TERRITOIRE:
                give_mandat(
                    territoire=_get_territoire(options["territoire"]),
                    personne=personne,
                    role=RoleMandat(role),
                    organisation=organisation,
                    fin=fin,
                    by=AUTEUR,
                )
            elif organisation is None:
                raise CommandError("Ce rôle s’exerce au nom d’une organisation\u00a0: donnez --organisation.")
            else:
                give_fonction(
                    personne=personne,
                    organisation=organisation,
                    role=RoleOrganisation(role),
                    fin=fin,
                    by=AUTEUR,
                )
        except (ActionImpossible, ValueError) as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write(f"Compte ouvert pour {personne} ({courriel}), rôle «\u00a0{role}\u00a0».")


def _get_organisation(reference: str, type_organisation: str) -> Organisation | None:
    if not reference:
        return None
    champ = "siren" if reference.isdigit() else "nom"
    trouvees = list(Organisation.objects.filter(**{champ: reference}, is_fictif=False)[:2])
    if len(trouvees) > 1:
        raise CommandError(
            f"Plusieurs organisations s’appellent «\u00a0{reference}\u00a0»\u00a0: donnez le SIREN."
        )
    if trouvees:
        return trouvees[0]
    if not type_organisation or champ == "siren":
        raise CommandError(
            f"L’organisation «\u00a0{reference}\u00a0» n’existe pas\u00a0: donnez son nom et son type (--type) pour la créer."
        )
    return create_organisation(nom=reference, type=TypeOrganisation(type_organisation), by=AUTEUR)


def _get_territoire(cle: str) -> Territoire:
    vague, _, id_ti = cle.partition("/")
    if not vague.removeprefix("v").isdecimal() or not id_ti:
        raise CommandError(
            "Ce rôle s’exerce sur un territoire\u00a0: donnez --territoire, par exemple v2/ti-2701."
        )
    territoire = Territoire.objects.by_cle(vague, id_ti).select_related("vague").first()
    if territoire is None:
        raise CommandError(
            f"Le territoire {cle} n’existe pas\u00a0: importez la liste (importer_territoires)."
        )
    return territoire
