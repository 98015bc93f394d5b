"""Le flux d’un écran d’atelier : une route ASGI nue, à côté de Django.

Sous Django chaque flux tiendrait un fil et une connexion à la base. Ici, rien : la page ordinaire a vérifié le droit
et signé un jeton court ; le flux ne relit que sa signature.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.core import signing

from maillage.ateliers.diffusion import SOUFFLE, Ecran, get_diffuseur

CHEMIN = "/flux/ateliers/"
_SEL = "maillage.ateliers.flux"
DUREE_JETON = 12 * 3600  # secondes : une soirée et son lendemain matin
TABLEAUX_MAXIMUM = 80

Message = dict[str, Any]
Recevoir = Callable[[], Awaitable[Message]]
Envoyer = Callable[[Message], Awaitable[None]]
Porte = Callable[[dict[str, Any], Recevoir, Envoyer], Awaitable[None]]


def sign_flux(atelier: int, tableaux: list[int]) -> str:
    """L’adresse du flux de ces tableaux, à n’écrire que dans une page de qui a le droit de les lire."""
    return CHEMIN + signing.dumps([atelier, tableaux], salt=_SEL)


def _read_jeton(jeton: str) -> tuple[int, list[int]]:
    """Lève BadSignature si le jeton n’est pas de nous, ou trop vieux."""
    atelier, tableaux = signing.loads(jeton, salt=_SEL, max_age=DUREE_JETON)
    return int(atelier), [int(t) for t in tableaux][:TABLEAUX_MAXIMUM]


def _read_version(requete: dict[str, list[str]], nom: str, defaut: int) -> int:
    valeur = requete.get(nom, [""])[0]
    return int(valeur) if valeur.isdecimal() else defaut


async def _refuse(envoyer: Envoyer) -> None:
    await envoyer({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await envoyer({"type": "http.response.body", "body": b""})


async def serve_flux(scope: dict[str, Any], recevoir: Recevoir, envoyer: Envoyer) -> None:
    """Envoie à un écran ce qui suit les versions qu’il dit connaître (`t12=34`, `salle=5`), jusqu’à son départ."""
    try:
        atelier, tableaux = _read_jeton(scope["path"].removeprefix(CHEMIN))
    except (signing.BadSignature, ValueError, TypeError):
        await _refuse(envoyer)
        return
    requete = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    ecran = Ecran(
        tableaux={pk: _read_version(requete, f"t{pk}", 0) for pk in tableaux},
        atelier=atelier,
        salle=_read_version(requete, "salle", -1),
    )
    diffuseur = get_diffuseur()
    await diffuseur.subscribe(ecran)
    parti = asyncio.create_task(_wait_depart(recevoir, ecran))
    try:
        await envoyer(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                    (b"x-content-type-options", b"nosniff"),
                ],
            }
        )
        while not parti.done():
            try:
                async with asyncio.timeout(SOUFFLE):
                    await ecran.reveil.wait()
            except TimeoutError:
                await envoyer({"type": "http.response.body", "body": b":\n\n", "more_body": True})
                continue
            ecran.reveil.clear()
            if trames := diffuseur.take(ecran):
                await envoyer({"type": "http.response.body", "body": trames, "more_body": True})
    finally:
        parti.cancel()
        diffuseur.unsubscribe(ecran)


async def _wait_depart(recevoir: Recevoir, ecran: Ecran) -> None:
    while (await recevoir())["type"] != "http.disconnect":
        pass
    ecran.reveil.set()


def with_flux(django: Porte) -> Porte:
    """La porte ASGI de la maison : les flux d’atelier d’un côté, Django pour tout le reste."""

    async def porte(scope: dict[str, Any], recevoir: Recevoir, envoyer: Envoyer) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(CHEMIN):
            await serve_flux(scope, recevoir, envoyer)
        else:
            await django(scope, recevoir, envoyer)

    return porte
