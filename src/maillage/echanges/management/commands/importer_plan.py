import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from maillage.echanges.actions import import_plan
from maillage.echanges.enums import Existantes, Issue
from maillage.echanges.liaisons import find_axe
from maillage.echanges.plan_transitions import PlanLu, read_plan, refuse
from maillage.echanges.rapport import Signalement, Verdict
from maillage.echanges.selectors import Choix, list_axes, list_axes_inconnus
from maillage.journal.actions import Systeme
from maillage.territoires.models import Territoire

SORTIES = {Verdict.IMPORTABLE: 0, Verdict.A_CORRIGER: 1, Verdict.REFUSE: 2}


class Command(BaseCommand):
    help = "Importe le classeur de plan de Territoires en Transitions. Sortie 0 s’il est importable, 1 s’il est à corriger, 2 s’il est refusé."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichier", type=Path, help="le classeur (.xlsx)")
        parser.add_argument("--territoire", required=True, help="sa clé, par exemple v2/ti-2701")
        parser.add_argument(
            "--axes",
            nargs="*",
            default=[],
            metavar="AXE=CODE",
            help='l’axe du classeur (son texte ou son numéro) et le code de l’axe de la phase\u00a0: 1=attirer "Axe 2=innover"',
        )
        parser.add_argument(
            "--existantes",
            choices=Existantes.values,
            default=Existantes.LAISSER.value,
            help="que faire des actions dont la fiche est déjà là",
        )
        parser.add_argument(
            "--sans-codes", action="store_true", help="ne donne pas de code aux fiches qui n’en ont pas"
        )
        parser.add_argument(
            "--simuler", action="store_true", help="dit le verdict et ce qui serait fait\u00a0; n’écrit rien"
        )
        parser.add_argument("--json", action="store_true", help="écrit le verdict en JSON, et rien d’autre")

    def handle(self, *args: Any, **options: Any) -> None:
        territoire = self._get_territoire(options["territoire"])
        axes = self._read_axes(options["axes"], territoire)
        plan = self._read(options["fichier"])
        choix = Choix(axes, existantes=Existantes(options["existantes"]), numeroter=not options["sans_codes"])
        if plan.verdict is not Verdict.REFUSE:
            plan.avertissements += list_axes_inconnus(plan, list_axes(territoire), axes)
        bilan: list[dict[str, Any]] = []
        if plan.verdict is Verdict.IMPORTABLE:
            bilan = import_plan(
                territoire=territoire,
                plan=plan,
                fichier=options["fichier"].name,
                choix=choix,
                by=Systeme("Import en ligne de commande"),
                simuler=options["simuler"],
            )
            plan.erreurs += [
                Signalement(
                    plan.feuille,
                    f"D{ligne['ligne']}",
                    ligne["titre"],
                    ligne["phrase"],
                    "Corrigez cette action.",
                )
                for ligne in bilan
                if ligne["issue"] == Issue.REFUSEE
            ]
        if options["json"]:
            self.stdout.write(json.dumps(plan.to_json(), ensure_ascii=False, indent=2))
        else:
            self._write(plan, bilan, options["simuler"])
        if SORTIES[plan.verdict]:
            raise SystemExit(SORTIES[plan.verdict])

    def _get_territoire(self, cle: str) -> Territoire:
        vague, _, id_ti = cle.partition("/")
        numero = vague.removeprefix("v")
        territoire = (
            Territoire.objects.filter(vague__numero=int(numero), id_ti=id_ti)
            .select_related("vague", "region")
            .first()
            if numero.isascii() and numero.isdigit()
            else None
        )
        if territoire is None:
            raise CommandError(
                f"Aucun territoire n’a la clé «\u00a0{cle}\u00a0». Écrivez-la comme v2/ti-2701."
            )
        return territoire

    def _read_axes(self, couples: list[str], territoire: Territoire) -> dict[str, str]:
        axes, choix = list_axes(territoire), {}
        for couple in (morceau for texte in couples for morceau in texte.split(",") if morceau.strip()):
            cle, signe, valeur = couple.rpartition("=")
            if not signe or find_axe(valeur, axes) is None:
                raise CommandError(
                    f"«\u00a0{couple.strip()}\u00a0» ne dit pas un axe. Écrivez AXE=CODE, avec un de ces codes\u00a0: "
                    f"{', '.join(axe.code for axe in axes)}."
                )
            choix[cle.strip()] = valeur.strip()
        return choix

    def _read(self, fichier: Path) -> PlanLu:
        try:
            if fichier.stat().st_size > settings.TAILLE_MAX_PIECE:
                return refuse(
                    f"Le fichier dépasse {settings.TAILLE_MAX_PIECE // 2**20}\u00a0Mo.",
                    "Gardez la seule feuille du plan, sans images.",
                    valeur=fichier.name,
                )
            return read_plan(fichier.read_bytes(), fichier.name)
        except OSError:
            return refuse(
                "Le fichier ne s’ouvre pas.", "Vérifiez son chemin et vos droits.", valeur=fichier.name
            )

    def _write(self, plan: PlanLu, bilan: list[dict[str, Any]], simule: bool) -> None:
        self.stdout.write(
            f"{plan.verdict.libelle}\u00a0: {len(plan.fiches)} actions, {len(plan.sous_actions)} sous-actions, "
            f"{len(plan.erreurs)} erreurs, {len(plan.avertissements)} avertissements"
        )
        for titre, signalements in (("erreur", plan.erreurs), ("avertissement", plan.avertissements)):
            for signalement in signalements:
                self.stdout.write(f"{titre}\u00a0: {signalement}")
        if plan.verdict is not Verdict.IMPORTABLE:
            self.stdout.write("Rien n’a été importé.")
            return
        for issue in Issue:
            nombre = sum(ligne["issue"] == issue for ligne in bilan)
            if nombre:
                self.stdout.write(f"{issue.label}{'s' if nombre > 1 else ''}\u00a0: {nombre}")
        if simule:
            self.stdout.write("Simulation\u00a0: rien n’a été écrit. Sans --simuler, l’import se fait.")
