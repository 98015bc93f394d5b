"""La diffusion : une carte écrite ailleurs arrive aux écrans, dans l’ordre, sur les deux moteurs de base."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from maillage.ateliers import actions, diffusion
from maillage.ateliers.diffusion import Diffuseur, Ecran, load_suite
from maillage.ateliers.models import Atelier, Participant, Tableau
from maillage.www.ateliers.flux import CHEMIN, serve_flux, sign_flux
from tests.ateliers.salle import join, make_atelier, pose, start

pytestmark = pytest.mark.django_db(transaction=True)
DELAI = 15  # secondes : bien plus qu’il n’en faut, bien moins qu’un regard de sûreté


@pytest.fixture
def salle(monkeypatch: pytest.MonkeyPatch) -> tuple[Atelier, Tableau, Participant]:
    # Sur PostgreSQL, seule une notification peut alors réveiller le veilleur à temps.
    monkeypatch.setattr(diffusion, "REGARD_DE_SURETE", 120.0)
    atelier = make_atelier()
    ada = join(atelier)
    return atelier, start(atelier, 2).tableaux.get(), ada


def read_trames(octets: bytes) -> list[dict[str, Any]]:
    return [
        json.loads(trame.removeprefix("data: "))
        for trame in octets.decode().split("\n\n")
        if "data:" in trame
    ]


async def receive(diffuseur: Diffuseur, ecran: Ecran, nombre: int) -> list[dict[str, Any]]:
    """Les `nombre` prochaines cartes d’un écran."""
    recues: list[dict[str, Any]] = []
    async with asyncio.timeout(DELAI):
        while len(recues) < nombre:
            await ecran.reveil.wait()
            ecran.reveil.clear()
            recues += [t for t in read_trames(diffuseur.take(ecran)) if "t" in t]
    return recues


def test_a_carte_written_elsewhere_reaches_screens_in_order_and_late_ones_get_the_rest(
    salle: tuple[Atelier, Tableau, Participant],
) -> None:
    atelier, tableau, ada = salle

    def write(texte: str) -> None:
        pose(tableau, ada, texte)
        connection.close()

    async def scenario() -> None:
        diffuseur = Diffuseur()
        present = Ecran({tableau.pk: 0}, atelier.pk, -1)
        await diffuseur.subscribe(present)
        await asyncio.sleep(0)
        for n in range(3):
            await sync_to_async(write, thread_sensitive=False)(f"carte {n}")
        recues = await receive(diffuseur, present, 3)
        assert [(r["v"], r["texte"]) for r in recues] == [(1, "carte 0"), (2, "carte 1"), (3, "carte 2")]
        assert not any("participant" in r for r in recues)
        revenu = Ecran({tableau.pk: 2}, atelier.pk, -1)
        await diffuseur.subscribe(revenu)
        assert [r["v"] for r in await receive(diffuseur, revenu, 1)] == [3]
        diffuseur.unsubscribe(present)
        diffuseur.unsubscribe(revenu)
        assert diffuseur.veilleur is not None
        diffuseur.appel.set()
        await asyncio.wait_for(diffuseur.veilleur, DELAI)

    asyncio.run(scenario())


def test_the_room_tells_its_changes_of_phase(salle: tuple[Atelier, Tableau, Participant]) -> None:
    atelier, _, _ = salle

    def end() -> None:
        actions.end_phase(phase=atelier.phases.get(rang=2), by=atelier.cree_by)
        connection.close()

    async def scenario() -> dict[str, Any]:
        diffuseur = Diffuseur()
        ecran = Ecran({}, atelier.pk, -1)
        await diffuseur.subscribe(ecran)
        await sync_to_async(end, thread_sensitive=False)()
        async with asyncio.timeout(DELAI):
            while True:
                await ecran.reveil.wait()
                ecran.reveil.clear()
                for trame in read_trames(diffuseur.take(ecran)):
                    if trame["salle"]["phase"] is None:
                        diffuseur.unsubscribe(ecran)
                        diffuseur.appel.set()
                        await asyncio.wait_for(diffuseur.veilleur, DELAI)  # type: ignore[arg-type]
                        return trame["salle"]

    assert asyncio.run(scenario())["etat"] == "ouvert"


@pytest.mark.parametrize("jeton", ["", "faux", "a:b:c", "x" * 5000])
def test_a_stream_without_a_signed_token_is_not_found(jeton: str) -> None:
    envoye: list[dict[str, Any]] = []

    async def recevoir() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def envoyer(message: dict[str, Any]) -> None:
        envoye.append(message)

    asyncio.run(serve_flux({"path": CHEMIN + jeton, "query_string": b""}, recevoir, envoyer))
    assert envoye[0]["status"] == 404


def test_a_stream_sends_what_follows_the_known_version_then_ends_with_its_reader(
    salle: tuple[Atelier, Tableau, Participant],
) -> None:
    atelier, tableau, ada = salle
    for n in range(3):
        pose(tableau, ada, f"carte {n}")
    connection.close()
    recu: list[bytes] = []

    async def scenario() -> None:
        fini = asyncio.Event()

        async def recevoir() -> dict[str, Any]:
            await fini.wait()
            return {"type": "http.disconnect"}

        async def envoyer(message: dict[str, Any]) -> None:
            recu.append(message.get("body", b""))
            if b'"v":3' in recu[-1]:
                fini.set()

        scope = {
            "path": sign_flux(atelier.pk, [tableau.pk]),
            "query_string": f"t{tableau.pk}=1&salle=0".encode(),
        }
        await asyncio.wait_for(serve_flux(scope, recevoir, envoyer), DELAI)
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert [t["v"] for t in read_trames(b"".join(recu)) if "v" in t] == [2, 3]
    assert [e["v"] for e in load_suite([(tableau.pk, 1)])] == [2, 3]
