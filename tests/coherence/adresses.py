"""La table des adresses : une entrée par nom d’adresse. Une adresse absente d’ici fait échouer la suite.

Pour ajouter une page :

    "fiche-update": Privee(
        methodes="GET POST",
        args=lambda m: m.args(m.fiche),                              # objet du territoire à soi (tests/coherence/monde.py)
        voit=lambda user, m: m.fiche in fiches_visible_to(user),     # sinon 404
        peut=lambda user, m: user_can_update_fiche(user, m.fiche),   # sinon 403
    ),

`voit` et `peut` citent les fonctions de permissions, jamais une liste de rôles : la page et la règle doivent s’accorder.
Une page publique est une exception, inscrite comme `Publique` : la liste blanche est ici, et nulle part ailleurs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.coherence.monde import Monde

Arguments = Callable[[Monde], dict[str, Any]]
Question = Callable[[Any, Monde], bool]


def _rien(monde: Monde) -> dict[str, Any]:
    return {}


def _toujours(user: Any, monde: Monde) -> bool:
    return True


@dataclass(frozen=True)
class Publique:
    """Page lisible sans connexion. `statuts` : réponses normales d’un GET anonyme."""

    args: Arguments = _rien
    methodes: str = "GET"
    statuts: tuple[int, ...] = (200,)
    requete: str = ""


@dataclass(frozen=True)
class Privee:
    """Page qui demande une connexion. `voit` : l’objet est à moi (404 sinon) ; `peut` : j’ai le droit (403 sinon)."""

    args: Arguments = _rien
    voit: Question = _toujours
    peut: Question = _toujours
    methodes: str = "GET"
    requete: str = ""


ADRESSES: dict[str, Publique | Privee] = {
    # --- connexion -------------------------------------------------------------------------------------------------
    "connexion": Publique(methodes="GET POST"),
    "connexion-code": Publique(methodes="GET POST", statuts=(302,)),
    "connexion-demonstration": Publique(methodes="POST"),
    "deconnexion": Publique(methodes="POST"),
    "lien-ouvrir": Publique(args=lambda m: {"jeton": m.jeton}, methodes="GET POST"),
}
