"""Lance les tests : `./maillage test`. Sur SQLite et PostgreSQL, puis dans un navigateur.

Ce qui manque sur la machine (PostgreSQL, Chromium) est dit, et le reste tourne ; avec MAILLAGE_TOUT=oui
(intégration continue), ce qui manque est un échec.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RACINE))

from tests.grappe import GrappeImpossible, find_postgres, open_grappe  # noqa: E402

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AUCUN_TEST, INTERROMPU = 5, 2


def dire(phrase: str = "") -> None:
    sys.stdout.write(f"{phrase}\n")
    sys.stdout.flush()


def find_chromium() -> str | None:
    """Chemin du navigateur : la variable MAILLAGE_CHROMIUM, sinon celui du système."""
    demande = os.environ.get("MAILLAGE_CHROMIUM")
    if demande:
        return demande if os.access(demande, os.X_OK) else None
    return next((chemin for nom in CHROMIUMS if (chemin := shutil.which(nom))), None)


@dataclass
class Passage:
    """Un lancement de pytest : ce qu’il couvre, ce qu’il demande, ce qu’il a donné."""

    titre: str
    options: list[str]
    postgres: bool = False
    chromium: bool = False
    reussis: int = 0
    echoues: int = 0
    ignores: int = 0
    remarque: str = ""
    duree: float = 0
    manque: str = field(default="", repr=False)

    @property
    def verdict(self) -> str:
        if self.manque:
            return f"non lancé\u00a0: {self.manque}"
        suite = f" ({self.remarque})" if self.remarque else ""
        return f"{self.reussis} réussis, {self.echoues} échoués, {self.ignores} ignorés, {self.duree:.0f} s{suite}"


A_DEUX = ("-n", "2", "--dist", "loadfile")


def choose_passages(options: argparse.Namespace, arguments: list[str]) -> list[Passage]:
    """Les passages demandés. Des arguments de pytest font un passage court, sur SQLite seul sauf demande contraire."""
    precis = bool(arguments)
    sqlite = options.sqlite or options.rapide or not options.postgres
    postgres = options.postgres or not (options.sqlite or options.rapide or options.e2e or precis)
    pages, navigateur = not options.e2e, not options.rapide
    if precis:
        filtre = ["-m", "e2e"] if options.e2e else ["-m", "not e2e"] if options.rapide else []
        demande = bool(filtre) and options.e2e
        moteurs = [("SQLite", False)] * sqlite + [("PostgreSQL", True)] * postgres
        return [Passage(nom, [*filtre, *arguments], postgres=pg, chromium=demande) for nom, pg in moteurs]
    passages = []
    if sqlite and pages:
        passages.append(Passage("règles et pages, SQLite", [*A_DEUX, "-m", "not e2e"]))
    if postgres and pages:
        passages.append(
            Passage(
                "ce qui touche la base, PostgreSQL",
                [*A_DEUX, "-m", "not e2e", "--avec-base"],
                postgres=True,
            )
        )
    if sqlite and navigateur:
        passages.append(Passage("parcours dans le navigateur, SQLite", [*A_DEUX, "-m", "e2e"], chromium=True))
    if postgres and navigateur:
        passages.append(
            Passage(
                "chaîne dans le navigateur, PostgreSQL",
                [*A_DEUX, "-m", "e2e and chaine"],
                postgres=True,
                chromium=True,
            )
        )
    return passages


def run_passage(
    passage: Passage, *, base: str | None, chromium: str | None, exigeant: bool, precis: bool
) -> None:
    dire(f"\n=== {passage.titre} ===")
    environnement = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(RACINE / "src"), str(RACINE)]),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "MAILLAGE_CHROMIUM": chromium or "",
    }
    environnement.pop("MAILLAGE_BASE_TEST", None)
    if base:
        environnement["MAILLAGE_BASE_TEST"] = base
    options = list(passage.options)
    if precis and not chromium and "-m" not in options:
        options = ["-m", "not e2e", *options]
    if "not e2e" not in options:
        # La boucle de Playwright reste ouverte entre les tests ; Django refuserait alors l’accès à la base.
        environnement["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with tempfile.TemporaryDirectory(prefix="maillage-tests-", ignore_cleanup_errors=True) as dossier:
        environnement["TMPDIR"] = dossier
        bilan = Path(dossier) / "bilan.xml"
        debut = time.monotonic()
        code = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                f"--junitxml={bilan}",
                "-o",
                "junit_family=xunit2",
                "-q",
                *options,
            ],
            cwd=RACINE,
            env=environnement,
            check=False,
        ).returncode
        passage.duree = time.monotonic() - debut
        _count(passage, bilan)
    if code == INTERROMPU and not passage.echoues:
        raise KeyboardInterrupt
    if code == AUCUN_TEST:
        passage.remarque = "aucun test"
        passage.echoues += int(exigeant or precis)
    elif code not in (0, 1) and not passage.echoues:
        passage.remarque = f"pytest s’est arrêté avec le code {code}"
        passage.echoues += 1


def _count(passage: Passage, bilan: Path) -> None:
    if not bilan.exists():
        return
    for suite in ET.parse(bilan).getroot().iter("testsuite"):  # noqa: S314 - écrit à l’instant par pytest
        total, ignores = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        echoues = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        passage.echoues += echoues
        passage.ignores += ignores
        passage.reussis += total - echoues - ignores


def main() -> int:
    lecteur = argparse.ArgumentParser(prog="./maillage test", allow_abbrev=False, description=__doc__)
    lecteur.add_argument("--rapide", action="store_true", help="SQLite, sans navigateur")
    lecteur.add_argument("--sqlite", action="store_true", help="SQLite seulement")
    lecteur.add_argument(
        "--postgres", action="store_true", help="PostgreSQL seulement (avec --sqlite\u00a0: les deux)"
    )
    lecteur.add_argument("--e2e", action="store_true", help="les parcours dans le navigateur seulement")
    options, arguments = lecteur.parse_known_args()
    exigeant = os.environ.get("MAILLAGE_TOUT", "").lower() in {"1", "oui", "true"}
    passages = choose_passages(options, arguments)
    chromium, adresse = find_chromium(), os.environ.get("MAILLAGE_BASE_TEST_PG")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # les grappes ouvertes se ferment
    with ExitStack() as pile:
        if not adresse and any(passage.postgres for passage in passages):
            programmes = find_postgres()
            try:
                adresse = pile.enter_context(open_grappe(programmes)) if programmes else None
                absence = "PostgreSQL est introuvable (paquet «\u00a0postgresql\u00a0», ou variable MAILLAGE_BASE_TEST_PG)"
            except GrappeImpossible as erreur:
                absence = f"PostgreSQL ne démarre pas\u00a0: {erreur}"
        for passage in passages:
            if passage.postgres and not adresse:
                passage.manque = absence
            elif passage.chromium and not chromium:
                passage.manque = (
                    "Chromium est introuvable (paquet «\u00a0chromium\u00a0», ou variable MAILLAGE_CHROMIUM)"
                )
            else:
                base = adresse if passage.postgres else None
                run_passage(passage, base=base, chromium=chromium, exigeant=exigeant, precis=bool(arguments))
                continue
            passage.echoues += int(exigeant)
    dire()
    for passage in passages:
        dire(
            f"{'ÉCHEC ' if passage.echoues else 'ABSENT' if passage.manque else 'OK    '} {passage.titre}\u00a0: {passage.verdict}"
        )
    if arguments and not chromium:
        dire("Chromium est introuvable\u00a0: les parcours dans le navigateur n’ont pas été lancés.")
    reussis, echoues, ignores = (
        sum(getattr(p, nom) for p in passages) for nom in ("reussis", "echoues", "ignores")
    )
    dire(f"{reussis} passed, {echoues} failed, {ignores} skipped")
    return 1 if echoues else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        dire("\nInterrompu.")
        sys.exit(130)
