"""Les cartes à une date : un territoire garde son contour quand sa composition est celle des contours, sinon ses membres sont dessinés."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.safestring import SafeString

from maillage.referentiels.cartes import Forme, Teinte, load_cadre
from maillage.referentiels.enums import Couche
from maillage.territoires.models import Perimetre, Territoire, Vague
from maillage.territoires.selectors_perimetre import Changement, Sejour, TerritoireAt, cle_membre
from maillage.www.public.cartes import draw_gardee

# Le jour des listes dont les contours ti_v1 et ti_v2 sont tirés (donnees/contours/README.md).
CONTOURS_AU = {1: date(2022, 12, 31), 2: date(2024, 7, 4)}


def _read_compositions(vague: Vague) -> dict[int, frozenset[str]]:
    """La composition de chaque territoire le jour des contours. Une requête."""
    jour = CONTOURS_AU.get(vague.numero)
    if jour is None:
        return {}
    compositions: dict[int, set[str]] = {}
    sejours = Perimetre.objects.at(jour).filter(territoire__vague=vague, territoire__is_fictif=False)
    for p in sejours.only("territoire_id", "epci_id", "commune_id"):
        compositions.setdefault(p.territoire_id, set()).add(cle_membre(p))
    return {pk: frozenset(cles) for pk, cles in compositions.items()}


def _draw_membre(p: Perimetre, teinte: Teinte, titre: str, href: str = "", etiquette: str = "") -> Forme:
    return Forme(
        couche=Couche.EPT if p.epci.type == "EPT" else Couche.EPCI,
        code=p.epci_id,
        libelle=p.nom,
        classe=teinte,
        href=href,
        titre=titre,
        etiquette=etiquette,
    )


def _draw_territoire(
    ligne: TerritoireAt, compositions: dict[int, frozenset[str]], teinte: Teinte
) -> list[Forme]:
    territoire, nom = ligne.territoire, str(ligne.nom)
    if ligne.cles == compositions.get(territoire.pk):
        return [
            Forme(
                f"ti_{territoire.vague.code}",
                territoire.id_ti,
                nom,
                teinte,
                href=territoire.get_absolute_url(),
            )
        ]
    return [
        _draw_membre(p, teinte, f"{nom} : {p.nom}", territoire.get_absolute_url())
        for p in ligne.membres
        if p.epci_id
    ]


def _frame(formes: Sequence[Forme], is_region: bool) -> dict[str, Any]:
    """Le cadre d’une région choisie, autour de ses territoires ; la France entière sinon."""
    cadre = load_cadre(formes) if is_region else None
    return {"cadre": cadre, "limites": Couche.DEPARTEMENT} if cadre else {}


def draw_carte_date(
    vague: Vague, au: date, lignes: Sequence[TerritoireAt], *, is_region: bool = False
) -> SafeString:
    """La France un jour donné : en plein les territoires certains, hachurés ceux qui ne sont que possibles ou limités à un site."""
    compositions = _read_compositions(vague)
    formes = [
        forme
        for ligne in lignes
        for forme in _draw_territoire(
            ligne,
            compositions,
            Teinte.PLEIN if ligne.is_certain and not ligne.territoire.is_site else Teinte.HACHURE,
        )
    ]
    return draw_gardee(
        formes,
        titre=f"Carte des Territoires d’industrie au {au:%d/%m/%Y}, {vague.nom}",
        description=f"{len(lignes)} territoires. Le tableau qui suit la carte dit la même chose.",
        identifiant="carte-date",
        **_frame(formes, is_region),
    )


def draw_carte_ecarts(
    vague: Vague,
    lignes: Iterable[TerritoireAt],
    changements: Sequence[Changement],
    *,
    is_region: bool = False,
) -> SafeString:
    """Avant, après : en pâle ce qui n’a pas changé, en plein les membres restés, en foncé les entrées, hachurées les sorties."""
    compositions = _read_compositions(vague)
    changes = {c.territoire.pk for c in changements}
    formes = [
        forme
        for ligne in lignes
        if ligne.territoire.pk not in changes
        for forme in _draw_territoire(ligne, compositions, Teinte.PALE)
    ]
    deja: set[str] = set()
    for changement in changements:
        nom, href = changement.nom, changement.territoire.get_absolute_url()
        entres = {cle_membre(p) for p in changement.entrent}
        restes = [p for p in (changement.apres.membres if changement.apres else []) if p.epci_id]
        for p in restes:
            teinte = Teinte.ACCENT if cle_membre(p) in entres else Teinte.PLEIN
            formes.append(_draw_membre(p, teinte, f"{nom} : {p.nom}", href))
            deja.add(p.epci_id)
    for changement in changements:
        formes += [
            _draw_membre(
                p,
                Teinte.HACHURE,
                f"{p.nom} quitte {changement.nom}",
                changement.territoire.get_absolute_url(),
            )
            for p in changement.sortent
            if p.epci_id and p.epci_id not in deja
        ]
    return draw_gardee(
        formes,
        titre=f"Ce qui a changé entre les deux jours, {vague.nom}",
        description=f"{len(changements)} territoires ont changé. Le tableau qui suit la carte dit la même chose.",
        identifiant="carte-ecarts",
        **_frame(formes, is_region),
    )


def draw_carte_perimetre(territoire: Territoire, sejours: Sequence[Sejour]) -> SafeString | None:
    """Les membres d’un territoire un jour donné, numérotés comme dans le tableau ; hachurés s’ils ne sont que possibles."""
    formes = [
        _draw_membre(
            s.perimetre,
            Teinte.PLEIN if s.is_certain and not (s.perimetre.site or territoire.is_site) else Teinte.HACHURE,
            s.nom,
            etiquette=str(rang),
        )
        for rang, s in enumerate(sejours, start=1)
        if s.perimetre.epci_id
    ]
    cadre = load_cadre(formes)
    if cadre is None:
        return None
    return draw_gardee(
        formes,
        titre=f"Carte du territoire {territoire.nom}",
        description="Les membres portent le numéro de leur ligne dans le tableau.",
        identifiant="carte-perimetre",
        fond=Couche.EPCI,
        limites=Couche.DEPARTEMENT,
        cadre=cadre,
    )
