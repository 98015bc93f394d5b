"""Temps réel d’un atelier : de la carte postée à sa réception sur chaque téléphone.

    ./maillage bench atelier                          # 500 téléphones ; 1, 10 et 50 tableaux ; 1 et 2 processus
    ./maillage bench atelier --telephones 2000 --tableaux 50 --processus 1
    ./maillage bench atelier --coupures 100           # le serveur tué (kill -9) en plein travail, 100 fois

Serveur et téléphones partagent la machine : les délais sont plus longs qu’avec des téléphones véritables. Chaque
téléphone est une connexion qui lit son flux et vérifie que les versions se suivent sans trou ni double. Les cartes
sont postées comme un téléphone les poste, une par requête. Le rapport à une page nue, dans le même lancement, dit plus
que les millisecondes.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

JETON_CSRF = "b" * 32
CARTES_PAR_SECONDE = 20
PREPARATION = 1.0  # secondes sans mesure, le temps que les flux s’installent


@dataclass
class Salle:
    """Ce qu’il faut pour jouer : l’atelier, ses tableaux, et de quoi poster sur chacun."""

    code: str
    tableaux: list[int]
    flux: list[str]  # adresse du flux de chaque tableau
    temoins: list[list[str]]  # témoins des participants de chaque tableau


@dataclass
class Mesure:
    delais: list[float] = field(default_factory=list)  # secondes, de l’envoi à la réception
    posts: list[float] = field(default_factory=list)  # secondes, de l’envoi à l’accusé
    recus: int = 0
    attendus: int = 0
    doubles: int = 0
    desordres: int = 0
    refus: int = 0


def build(nombre: int) -> Salle:
    """Un atelier ouvert, une phase de contribution, un tableau par groupe, quatre participants par groupe."""
    from tests.fabriques import make_axe, make_personne, make_territoire

    from maillage.ateliers import actions
    from maillage.ateliers.models import MembreGroupe
    from maillage.socle.horloge import aujourdhui
    from maillage.www.ateliers.flux import sign_flux

    make_axe()
    territoire = make_territoire(f"v1/ti-bench-{uuid.uuid4().hex[:8]}", is_fictif=True)
    animateur = make_personne("chef_projet", territoire=territoire, email=f"{uuid.uuid4().hex}@bench.invalid")
    atelier = actions.create_atelier(
        territoire=territoire, titre="Mesure", jour=aujourdhui(), by=animateur, modele="swot_projets"
    )
    actions.open_atelier(atelier=atelier, by=animateur)
    atelier.refresh_from_db()
    jetons: dict[int, str] = {}
    for n in range(nombre * 4):
        participant, jeton = actions.join_atelier(
            atelier=atelier, prenom=f"P{n}", college=("elu", "industriel")[n % 2]
        )
        jetons[participant.pk] = jeton
    actions.compose_groupes(atelier=atelier, tour=1, nombre=nombre, by=animateur)
    phase = atelier.phases.get(rang=2)
    actions.start_phase(phase=phase, by=animateur)
    tableaux = list(phase.tableaux.order_by("groupe__numero"))
    return Salle(
        atelier.code,
        [t.pk for t in tableaux],
        [sign_flux(atelier.pk, [t.pk]) for t in tableaux],
        [
            [
                jetons[pk]
                for pk in MembreGroupe.objects.filter(groupe=t.groupe).values_list("participant", flat=True)
            ]
            for t in tableaux
        ],
    )


class Serveur:
    """uvicorn sur la base de mesure, à `processus` processus."""

    def __init__(self, processus: int) -> None:
        self.processus = processus
        with socket.socket() as prise:
            prise.bind(("127.0.0.1", 0))
            self.port: int = prise.getsockname()[1]
        self.lance: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        commande = [
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--port", str(self.port), "--workers", str(self.processus)),
            *("--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "2"),
        ]
        self.lance = subprocess.Popen(commande, start_new_session=True)
        limite = time.monotonic() + 180
        while time.monotonic() < limite:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as prise:
                    prise.sendall(b"GET /a/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    if prise.recv(12).endswith(b"200"):
                        return
            except OSError:
                pass
            time.sleep(0.1)
        self.kill()
        raise SystemExit("Le serveur de mesure n’a pas démarré.")

    def kill(self) -> None:
        if self.lance is not None:
            os.killpg(self.lance.pid, signal.SIGKILL)
            self.lance.wait()

    def read_memoire(self) -> float:
        """Mémoire résidente des processus du serveur, en Mo."""
        groupe = self.lance.pid if self.lance else 0
        total = 0
        for dossier in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(dossier.name)) == groupe:
                    statut = (dossier / "status").read_text()
                    total += int(statut.split("VmRSS:")[1].split()[0])
            except (OSError, IndexError):
                continue
        return total / 1024


async def listen(port: int, adresse: str, mesure: Mesure, pret: asyncio.Event, version: int = 0) -> None:
    """Un téléphone : lit son flux, vérifie les versions, note le délai de chaque carte."""
    lecteur, plume = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    plume.write(f"GET {adresse}?salle=999999 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    await plume.drain()
    pret.set()
    try:
        while ligne := await lecteur.readline():
            if not ligne.startswith(b"data: {"):
                continue
            instant = time.time()
            message = json.loads(ligne[6:])
            if "v" not in message:
                continue
            mesure.recus += 1
            if message["v"] <= version:
                mesure.doubles += 1
            elif message["v"] != version + 1:
                mesure.desordres += 1
            version = max(version, message["v"])
            mesure.delais.append(instant - float(message["texte"]))
    finally:
        plume.close()


async def send(port: int, salle: Salle, rang: int, geste: dict[str, Any], jeton: str) -> dict[str, Any]:
    """Poste un geste ; rend la réponse du serveur. Lève OSError ou asyncio.IncompleteReadError si elle ne vient pas."""
    corps = json.dumps({"gestes": [geste]}).encode()
    lecteur, plume = await asyncio.open_connection("127.0.0.1", port)
    try:
        plume.write(
            (
                f"POST /a/{salle.code}/tableaux/{salle.tableaux[rang]}/gestes/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Cookie: atelier-{salle.code}={jeton}; csrftoken={JETON_CSRF}\r\nX-CSRFToken: {JETON_CSRF}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(corps)}\r\nConnection: close\r\n\r\n"
            ).encode()
            + corps
        )
        await plume.drain()
        entete = await lecteur.readuntil(b"\r\n\r\n")
        suite = await lecteur.read()
    finally:
        plume.close()
    if b" 200 " not in entete.split(b"\r\n", 1)[0]:
        return {"statut": entete.split(b"\r\n", 1)[0].decode()}
    return json.loads(suite)  # type: ignore[no-any-return]


def pose(texte: str) -> dict[str, Any]:
    return {
        "cle": str(uuid.uuid4()),
        "type": "posee",
        "carte": str(uuid.uuid4()),
        "colonne": "atouts",
        "texte": texte,
    }


async def play(port: int, salle: Salle, telephones: int, duree: float) -> Mesure:
    """`telephones` écrans répartis sur les tableaux ; 20 cartes par seconde en tout pendant `duree` secondes."""
    mesure = Mesure()
    ecoutes = []
    par_tableau = [0] * len(salle.tableaux)
    for n in range(telephones):
        rang = n % len(salle.tableaux)
        par_tableau[rang] += 1
        pret = asyncio.Event()
        ecoutes.append(asyncio.create_task(listen(port, salle.flux[rang], mesure, pret)))
        if n % 50 == 49:
            await pret.wait()
    await asyncio.sleep(PREPARATION + telephones / 1000)
    envois = []
    debut = time.monotonic()
    hasard = random.Random(1)
    for n in range(int(CARTES_PAR_SECONDE * duree)):
        await asyncio.sleep(max(0.0, debut + n / CARTES_PAR_SECONDE - time.monotonic()))
        rang = n % len(salle.tableaux)
        envois.append(
            asyncio.create_task(_post(port, salle, rang, hasard.choice(salle.temoins[rang]), mesure))
        )
        mesure.attendus += par_tableau[rang]
    await asyncio.gather(*envois)
    limite = time.monotonic() + 10
    while mesure.recus < mesure.attendus and time.monotonic() < limite:
        await asyncio.sleep(0.05)
    for ecoute in ecoutes:
        ecoute.cancel()
    await asyncio.gather(*ecoutes, return_exceptions=True)
    return mesure


async def _post(port: int, salle: Salle, rang: int, jeton: str, mesure: Mesure) -> None:
    depart = time.time()
    reponse = await send(port, salle, rang, pose(repr(depart)), jeton)
    mesure.posts.append(time.time() - depart)
    if "resultats" not in reponse or reponse["resultats"][0]["refus"]:
        mesure.refus += 1


def percentile(valeurs: Sequence[float], p: int) -> float:
    """En millisecondes."""
    return 1000 * statistics.quantiles(valeurs, n=100)[p - 1] if len(valeurs) > 1 else float("nan")


def measure(telephones: int, tableaux: int, processus: int, duree: float) -> bool:
    """Une ligne du tableau. Rend faux si une carte s’est perdue, dédoublée ou déplacée."""
    salle = build(tableaux)
    serveur = Serveur(processus)
    serveur.start()
    try:
        avant = serveur.read_memoire()
        pic = {"memoire": avant}

        async def jouer() -> Mesure:
            async def peser() -> None:
                while True:
                    pic["memoire"] = max(pic["memoire"], await asyncio.to_thread(serveur.read_memoire))
                    await asyncio.sleep(2)

            pesee = asyncio.create_task(peser())
            try:
                return await play(serveur.port, salle, telephones, duree)
            finally:
                pesee.cancel()

        mesure = asyncio.run(jouer())
    finally:
        serveur.kill()
    perdus = mesure.attendus - mesure.recus + mesure.doubles
    d = [percentile(mesure.delais, p) for p in (50, 95, 99)]
    print(
        f"{telephones:>10} {tableaux:>9} {processus:>10} {d[0]:>7.0f} {d[1]:>7.0f} {d[2]:>7.0f}"
        f" {percentile(mesure.posts, 50):>8.0f} {percentile(mesure.posts, 95):>8.0f}"
        f" {perdus:>7} {mesure.doubles:>8} {mesure.desordres:>9} {mesure.refus:>6}"
        f" {pic['memoire']:>6.0f} {1024 * (pic['memoire'] - avant) / telephones:>9.1f}",
        flush=True,
    )
    return not (perdus or mesure.doubles or mesure.desordres or mesure.refus)


def interrupt(fois: int) -> bool:
    """Tue le serveur `fois` fois pendant que vingt cartes partent ; renvoie ce qui n’a pas d’accusé ; compte à la fin.

    Rend vrai si chaque carte accusée est là une fois, et chaque carte renvoyée aussi.
    """
    from maillage.ateliers.models import EvenementTableau

    salle = build(1)
    serveur = Serveur(1)
    attendues: set[str] = set()
    accusees_avant_coupure = 0
    hasard = random.Random(2)
    for fois_faite in range(fois):
        serveur.start()
        gestes = [pose(str(n)) for n in range(20)]
        attendues.update(g["carte"] for g in gestes)

        async def couper(gestes: list[dict[str, Any]]) -> set[str]:
            accusees: set[str] = set()

            async def tenter(geste: dict[str, Any], jeton: str) -> None:
                try:
                    reponse = await send(serveur.port, salle, 0, geste, jeton)
                except (OSError, asyncio.IncompleteReadError, ValueError):
                    return
                if "resultats" in reponse and reponse["resultats"][0]["version"]:
                    accusees.add(geste["carte"])

            envois = [
                asyncio.create_task(tenter(g, salle.temoins[0][n % len(salle.temoins[0])]))
                for n, g in enumerate(gestes)
            ]
            # Au milieu du travail, que la machine soit vive ou lente : dès que tant de cartes sont accusées.
            assez = hasard.randrange(len(gestes))
            limite = time.monotonic() + 60
            while len(accusees) < assez and time.monotonic() < limite:
                await asyncio.sleep(0.001)
            serveur.kill()
            await asyncio.gather(*envois)
            return accusees

        accusees = asyncio.run(couper(gestes))
        accusees_avant_coupure += len(accusees)
        ecrites = set(
            EvenementTableau.objects.filter(tableau=salle.tableaux[0]).values_list("carte", flat=True)
        )
        connection.close()
        if perdues := accusees - ecrites:
            print(f"Coupure {fois_faite + 1} : {len(perdues)} cartes accusées et perdues")
            return False
        serveur.start()

        async def renvoyer(gestes: list[dict[str, Any]], accusees: set[str]) -> None:
            for n, geste in enumerate(gestes):
                if geste["carte"] not in accusees:
                    jeton = salle.temoins[0][n % len(salle.temoins[0])]
                    reponse = await send(serveur.port, salle, 0, geste, jeton)
                    while "resultats" not in reponse:  # trop vite : le téléphone attend et renvoie
                        await asyncio.sleep(0.5)
                        reponse = await send(serveur.port, salle, 0, geste, jeton)

        asyncio.run(renvoyer(gestes, accusees))
        serveur.kill()
    ecrites_enfin = list(
        EvenementTableau.objects.filter(tableau=salle.tableaux[0]).values_list("carte", flat=True)
    )
    bon = sorted(ecrites_enfin) == sorted(attendues)
    print(
        f"{fois} coupures : {len(attendues)} cartes, {accusees_avant_coupure} accusées avant la coupure, "
        f"{len(attendues) - len(set(ecrites_enfin))} perdues, {len(ecrites_enfin) - len(set(ecrites_enfin))} doubles"
    )
    return bon


def main(arguments: list[str]) -> int:
    lecture = argparse.ArgumentParser(prog="./maillage bench atelier", description=__doc__)
    lecture.add_argument("--telephones", type=int, nargs="*", default=[500])
    lecture.add_argument("--tableaux", type=int, nargs="*", default=[1, 10, 50])
    lecture.add_argument("--processus", type=int, nargs="*", default=[1, 2])
    lecture.add_argument("--duree", type=float, default=12.0, help="secondes de cartes")
    lecture.add_argument("--coupures", type=int, default=0)
    options = lecture.parse_args(arguments)
    with tempfile.TemporaryDirectory() as dossier:
        reglage = settings.DATABASES["default"]
        if "sqlite" in reglage["ENGINE"]:
            reglage["NAME"] = connection.settings_dict["NAME"] = str(Path(dossier) / "bench.sqlite3")
            os.environ["MAILLAGE_BASE_BENCH"] = f"sqlite:///{reglage['NAME']}"
        call_command("migrate", verbosity=0)
        if options.coupures:
            return 0 if interrupt(options.coupures) else 1
        print(
            f"{'téléphones':>10} {'tableaux':>9} {'processus':>10} {'p50 ms':>7} {'p95':>7} {'p99':>7} {'post p50':>8}"
            f" {'p95':>8} {'perdues':>7} {'doubles':>8} {'désordre':>9} {'refus':>6} {'Mo':>6} {'Ko/tél.':>9}"
        )
        resultats = [
            measure(telephones, tableaux, processus, options.duree)
            for telephones in options.telephones
            for tableaux in options.tableaux
            for processus in options.processus
        ]
        connection.close()
    return 0 if all(resultats) else 1
