"""Diffuser un atelier : un veilleur par processus lit la base, des milliers d’écrans lisent sa mémoire.

La base est le seul bus : tout processus voit tout évènement, et un écran qui revient dit la version qu’il connaît.
SQLite : une connexion garde l’œil sur `PRAGMA data_version` (une lecture en mémoire) toutes les 100 ms.
PostgreSQL : `LISTEN` réveille le veilleur ; `ateliers.actions.notify_ecrans` fait le `NOTIFY` dans la transaction.
"""

import asyncio
import json
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from maillage.ateliers.actions import CANAL_POSTGRESQL
from maillage.ateliers.models import Atelier, EvenementTableau, Tableau
from maillage.ateliers.selectors import get_etat_salle

logger = logging.getLogger(__name__)

PAS_SQLITE = 0.1  # secondes entre deux regards
# Entre deux lectures au moins : au-delà de vingt cartes par seconde, les trames partent groupées.
PAS_POSTGRESQL = 0.1
SOUFFLE = 20.0  # un commentaire toutes les 20 s garde ouverte la connexion à travers un mandataire
REGARD_DE_SURETE = 2.0  # si une notification s’est perdue


def encode_trame(donnees: dict[str, Any]) -> bytes:
    """Une trame d’évènement envoyé par le serveur (SSE, HTML Living Standard § 9.2)."""
    return b"data: " + json.dumps(donnees, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def to_message(ligne: EvenementTableau) -> dict[str, Any]:
    """Ce qu’un écran reçoit d’un évènement. Jamais son auteur : seulement une marque qui dit au sien que c’est lui."""
    return {
        "t": ligne.tableau_id,
        "v": ligne.version,
        "type": ligne.type,
        "carte": ligne.carte,
        "cle": ligne.cle,
        **ligne.donnees,
        **({"votant": ligne.participant_id} if ligne.type == "votee" else {}),
    }


@dataclass(eq=False)
class Ecran:
    """Un écran abonné : ses tableaux et ce qu’il en a déjà reçu."""

    tableaux: dict[int, int]  # identifiant -> version connue
    atelier: int
    salle: int  # version de la salle connue
    reveil: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Canal:
    """Les trames d’un tableau : la première est la version 1."""

    trames: list[bytes] = field(default_factory=list)
    ecrans: set[Ecran] = field(default_factory=set)


@dataclass
class _Salle:
    version: int = -1
    trame: bytes = b""
    ecrans: set[Ecran] = field(default_factory=set)


class Diffuseur:
    """Un par processus et par boucle d’évènements. Le veilleur ne tourne que s’il y a un écran."""

    def __init__(self) -> None:
        self.canaux: dict[int, _Canal] = {}
        self.salles: dict[int, _Salle] = {}
        self.nombre = 0
        # Un seul fil : sa connexion à la base reste la même, comme data_version le demande.
        self.fil = ThreadPoolExecutor(max_workers=1, thread_name_prefix="diffusion")
        self.veilleur: asyncio.Task[None] | None = None
        self.appel = asyncio.Event()

    async def subscribe(self, ecran: Ecran) -> None:
        """Abonne un écran ; ce qu’il n’a pas encore est prêt au retour."""
        for tableau in ecran.tableaux:
            self.canaux.setdefault(tableau, _Canal()).ecrans.add(ecran)
        self.salles.setdefault(ecran.atelier, _Salle()).ecrans.add(ecran)
        self.nombre += 1
        if self.veilleur is None or self.veilleur.done():
            self.veilleur = asyncio.create_task(self._watch())
        self.appel.set()
        ecran.reveil.set()

    def unsubscribe(self, ecran: Ecran) -> None:
        for tableau in ecran.tableaux:
            canal = self.canaux[tableau]
            canal.ecrans.discard(ecran)
            if not canal.ecrans:
                del self.canaux[tableau]
        salle = self.salles[ecran.atelier]
        salle.ecrans.discard(ecran)
        if not salle.ecrans:
            del self.salles[ecran.atelier]
        self.nombre -= 1

    def take(self, ecran: Ecran) -> bytes:
        """Les trames que l’écran n’a pas encore, dans l’ordre ; vide s’il est à jour."""
        morceaux: list[bytes] = []
        for tableau, connue in ecran.tableaux.items():
            trames = self.canaux[tableau].trames
            if len(trames) > connue:
                morceaux.extend(trames[connue:])
                ecran.tableaux[tableau] = len(trames)
        salle = self.salles[ecran.atelier]
        if salle.version > ecran.salle:
            morceaux.append(salle.trame)
            ecran.salle = salle.version
        return b"".join(morceaux)

    async def _watch(self) -> None:
        """Regarde la base tant qu’il y a un écran ; une erreur de la base n’arrête pas la veille."""
        boucle = asyncio.get_running_loop()
        postgresql = connection.vendor == "postgresql"
        ecoute = asyncio.create_task(self._listen()) if postgresql else None
        try:
            while self.nombre:
                try:
                    attente = REGARD_DE_SURETE if postgresql else PAS_SQLITE
                    async with asyncio.timeout(attente):
                        await self.appel.wait()
                except TimeoutError:
                    pass
                force = self.appel.is_set() or postgresql
                self.appel.clear()
                try:
                    await boucle.run_in_executor(self.fil, self._read, force)
                except Exception:
                    logger.exception("Diffusion : lecture de la base impossible, nouvel essai")
                    await asyncio.sleep(1)
                    continue
                self._wake()
                if postgresql:
                    await asyncio.sleep(PAS_POSTGRESQL)
        finally:
            if ecoute is not None:
                ecoute.cancel()
            await boucle.run_in_executor(self.fil, self._close)

    @staticmethod
    def _close() -> None:
        """Dans le fil de la diffusion : `connection` y est la sienne."""
        connection.close()

    async def _listen(self) -> None:
        """Attend les notifications de PostgreSQL et réveille le veilleur ; se reconnecte si la base redémarre."""
        import psycopg

        parametres = {
            cle: valeur
            for cle, valeur in connection.get_connection_params().items()
            if cle not in ("cursor_factory", "context", "prepare_threshold", "pool")
        }
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(autocommit=True, **parametres) as veille:
                    await veille.execute(f"LISTEN {CANAL_POSTGRESQL}")
                    self.appel.set()
                    async for _ in veille.notifies():
                        self.appel.set()
            except psycopg.Error:
                logger.exception("Diffusion : écoute de PostgreSQL interrompue, nouvel essai")
                await asyncio.sleep(1)

    _data_version: int = -1

    def _read(self, force: bool) -> None:
        """Lit ce qui a changé (dans le fil de la diffusion). `force` : sans demander d’abord si la base a bougé."""
        if connection.vendor == "sqlite":
            with connection.cursor() as curseur:
                version = curseur.execute("PRAGMA data_version").fetchone()[0]
            if version == self._data_version and not force:
                return
            self._data_version = version
        canaux = dict(self.canaux)
        for pk, version in Tableau.objects.filter(pk__in=canaux).values_list("pk", "version"):
            canal = canaux[pk]
            if version > len(canal.trames):
                suite = EvenementTableau.objects.filter(tableau=pk, version__gt=len(canal.trames))
                canal.trames.extend(encode_trame(to_message(ligne)) for ligne in suite.order_by("version"))
        salles = dict(self.salles)
        for atelier in Atelier.objects.filter(pk__in=salles):
            salle = salles[atelier.pk]
            if atelier.version_salle > salle.version:
                salle.trame = encode_trame({"salle": get_etat_salle(atelier)})
                salle.version = atelier.version_salle

    def _wake(self) -> None:
        """Réveille les écrans à qui il manque quelque chose."""
        for pk, canal in self.canaux.items():
            version = len(canal.trames)
            for ecran in canal.ecrans:
                if ecran.tableaux[pk] < version:
                    ecran.reveil.set()
        for salle in self.salles.values():
            for ecran in salle.ecrans:
                if ecran.salle < salle.version:
                    ecran.reveil.set()


_diffuseurs: dict[int, Diffuseur] = {}


def get_diffuseur() -> Diffuseur:
    """Celui de la boucle d’évènements présente."""
    boucle = id(asyncio.get_running_loop())
    if boucle not in _diffuseurs:
        _diffuseurs[boucle] = Diffuseur()
    return _diffuseurs[boucle]


def load_suite(tableaux: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """La suite de chaque (tableau, version connue) : ce que demande un téléphone sans flux."""
    return [
        to_message(ligne)
        for pk, connue in tableaux
        for ligne in EvenementTableau.objects.filter(tableau=pk, version__gt=connue).order_by("version")
    ]
