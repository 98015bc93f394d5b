"""Deux personnes ont écrit le même objet : ce qui diffère, champ par champ, en mots. La comparaison est la même partout."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ecart:
    """Un champ qui diffère entre deux contenus, en mots."""

    champ: str
    titre: str
    avant: str
    apres: str


def compare_mots(
    avant: Mapping[str, str], apres: Mapping[str, str], titres: Mapping[str, str]
) -> list[Ecart]:
    """Les champs qui diffèrent d’un contenu à l’autre, dans l’ordre de `titres` ; vide si rien ne change."""
    return [
        Ecart(champ, titre, avant[champ], apres[champ])
        for champ, titre in titres.items()
        if avant[champ] != apres[champ]
    ]


@dataclass(frozen=True)
class Conflit:
    """Deux saisies parties de la même version. `opposes` : votre saisie (avant) contre l’enregistré (après) ;
    `repris` : champs que l’autre a changés et que vous n’aviez pas touchés."""

    opposes: list[Ecart]
    repris: list[Ecart]


def departager(
    *,
    base: Mapping[str, str],
    saisie: Mapping[str, str],
    enregistre: Mapping[str, str],
    titres: Mapping[str, str],
) -> Conflit:
    """Départage deux saisies, champ par champ, depuis la version qu’elles ont toutes deux lue (contenus en mots)."""
    ecarts = compare_mots(saisie, enregistre, titres)
    return Conflit(
        opposes=[ecart for ecart in ecarts if ecart.avant != base[ecart.champ]],
        repris=[ecart for ecart in ecarts if ecart.avant == base[ecart.champ]],
    )
