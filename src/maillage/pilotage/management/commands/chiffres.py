import argparse
import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from calcul.montants import format_montant
from maillage.pilotage.selectors import (
    DATES_PUBLIEES,
    Perimetre,
    compute_chiffres,
    list_publies_etendue,
    to_json,
)
from maillage.referentiels.models import Region
from maillage.socle.dates import format_jour, parse_jour
from maillage.socle.horloge import aujourdhui
from maillage.territoires.selectors_perimetre import compute_etendue


def _jour(texte: str) -> date:
    try:
        return parse_jour(texte)
    except ValueError as erreur:
        raise argparse.ArgumentTypeError(str(erreur)) from erreur


class Command(BaseCommand):
    help = "Les chiffres du programme à une date\u00a0: les mêmes que la page nationale."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--au", type=_jour, default=None, help="AAAA-MM-JJ (défaut\u00a0: ce jour)")
        parser.add_argument("--connu-le", type=_jour, default=None, help="tel que connu ce jour-là")
        parser.add_argument("--region", default="", help="code de la région chef de file, par exemple 44")
        parser.add_argument("--fictif", action="store_true", help="l’espace fictif, et lui seul")
        parser.add_argument(
            "--perimetres",
            action="store_true",
            help="territoires, EPCI et communes à --au, ou à chaque date publiée, avec les chiffres publiés à côté",
        )
        parser.add_argument("--json", action="store_true", help="sortie JSON seulement")

    def handle(self, *args: object, **options: object) -> None:
        try:
            self._ecrit(**options)
        except (OperationalError, ProgrammingError) as erreur:
            raise CommandError(
                "La base n’est pas prête\u00a0: construisez la démonstration (./maillage demo --sans-serveur), "
                f"ou indiquez une autre base par MAILLAGE_BASE. ({erreur})"
            ) from erreur

    def _ecrit(self, **options: object) -> None:
        region = str(options["region"])
        if region and not Region.objects.filter(code=region).exists():
            connus = ", ".join(f"{r.code} {r.nom}" for r in Region.objects.order_by("code"))
            raise CommandError(
                f"La région «\u00a0{region}\u00a0» est inconnue. Régions\u00a0: {connus or 'aucune (importez les référentiels)'}."
            )
        if options["perimetres"]:
            self._ecrit_perimetres(options["au"])  # type: ignore[arg-type]
            return
        p = Perimetre(
            au=options["au"] or aujourdhui(),  # type: ignore[arg-type]
            connu_le=options["connu_le"],  # type: ignore[arg-type]
            region=region,
            fictif=bool(options["fictif"]),
        )
        chiffres = compute_chiffres(p)
        if options["json"]:
            self.stdout.write(json.dumps(to_json(chiffres), ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"Chiffres au {format_jour(p.au)}" + (" (espace fictif)" if p.fictif else ""))
        for cle, compte in chiffres.territoires.items():
            suite = f" (jusqu’à {compte.possibles} possibles)" if compte.possibles != compte.certains else ""
            self.stdout.write(f"  {cle:24} {compte.certains}{suite}")
        self.stdout.write(f"  {'fiches':24} {chiffres.fiches_total}")
        for mesure, montant in chiffres.montants.items():
            self.stdout.write(f"  {mesure:24} {format_montant(montant)}")
        for publie in chiffres.publies:
            self.stdout.write(f"  publié\u00a0: {publie.chiffre.get_indicateur_display()}, {publie.phrase}")

    def _ecrit_perimetres(self, au: date | None) -> None:
        """Une ligne par jour : ce qui est calculé (certain à possible), puis ce qui est publié ce jour-là."""
        jours = [au] if au else [*DATES_PUBLIEES, aujourdhui()]
        titres = ("jour", "territoires", "EPCI", "EPT", "communes seules", "communes", "habitants")
        self.stdout.write(" | ".join(titres))
        for etendue in map(compute_etendue, jours):
            comptes = (
                etendue.territoires,
                etendue.epci,
                etendue.ept,
                etendue.communes_seules,
                etendue.communes,
                etendue.population,
            )
            self.stdout.write(" | ".join([etendue.au.isoformat(), *(str(compte) for compte in comptes)]))
            for publie in list_publies_etendue(etendue):
                self.stdout.write(f"    {publie.phrase}")
