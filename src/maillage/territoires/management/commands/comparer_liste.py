from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maillage.journal.actions import Systeme
from maillage.socle.dates import parse_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.imports import apply_liste, compare_recue, receive_liste
from maillage.territoires.listes import Comparaison
from maillage.territoires.models import Vague


class Command(BaseCommand):
    help = "Compare une liste publique de territoires à ce qu’on sait\u00a0; ne change rien sans --appliquer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "fichier", type=Path, help="CSV de l’ANCT (groupements ou communes) ou de la Caisse des dépôts"
        )
        parser.add_argument(
            "--vague", type=int, help="phase attendue\u00a0: une liste d’une autre phase est refusée"
        )
        parser.add_argument(
            "--arretee-le", default="", help="AAAA-MM-JJ (défaut\u00a0: la date du nom du fichier)"
        )
        parser.add_argument(
            "--depuis", default="", help="AAAA-MM-JJ\u00a0: les changements ont eu lieu au plus tôt ce jour"
        )
        parser.add_argument("--source", default="", help="la source à citer")
        parser.add_argument("--appliquer", action="store_true", help="fait de chaque écart un évènement daté")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            recue = receive_liste(
                contenu=options["fichier"].read_bytes(),
                fichier=options["fichier"].name,
                vague_attendue=self._get_vague(options["vague"]),
                arretee_le=parse_jour(options["arretee_le"]) if options["arretee_le"] else None,
                depuis=parse_jour(options["depuis"]) if options["depuis"] else None,
                source=options["source"],
                by=Systeme("import"),
            )
            self._write(compare_recue(recue))
            if options["appliquer"]:
                self.stdout.write(apply_liste(recue=recue, by=Systeme("import")).phrase())
            else:
                self.stdout.write("Rien n’a changé. Pour appliquer ces écarts\u00a0: --appliquer")
        except (ActionImpossible, OSError, ValueError) as erreur:
            raise CommandError(f"{erreur}\nAucun territoire n’a changé.") from erreur

    def _get_vague(self, numero: int | None) -> Vague | None:
        if numero is None:
            return None
        vague = Vague.objects.filter(numero=numero).first()
        if vague is None:
            raise CommandError(f"La phase {numero} n’existe pas.")
        return vague

    def _write(self, comparaison: Comparaison) -> None:
        liste = comparaison.liste
        self.stdout.write(
            f"{liste.fichier}\u00a0: {liste.format.label}, {comparaison.vague.nom}, {len(liste.noms)} territoires\u00a0; "
            f"{comparaison.inchanges} sans changement"
        )
        for ecart in comparaison.ecarts:
            nom = (
                f"«\u00a0{ecart.ancien_nom}\u00a0» devient «\u00a0{ecart.nom}\u00a0»"
                if ecart.is_renomme
                else ecart.nom
            )
            self.stdout.write(f"{ecart.id_ti} {nom}{'' if ecart.territoire else ' (nouveau)'}")
            for signe, membres in (("+", ecart.entrent), ("-", ecart.sortent)):
                for membre in membres:
                    self.stdout.write(f"  {signe} {membre.nom} ({membre.nature})")
        for transfert in comparaison.transferts:
            self.stdout.write(
                f"transfert\u00a0: {transfert.membre.nom}, de {transfert.de} à {transfert.vers}"
            )
        for titre, textes in (
            ("code inconnu", liste.inconnus),
            ("membre incomplet", liste.partiels),
            ("absent de la liste, gardé", [f"{t.id_ti} {t.nom}" for t in comparaison.absents]),
        ):
            for texte in textes:
                self.stdout.write(f"{titre}\u00a0: {texte}")
