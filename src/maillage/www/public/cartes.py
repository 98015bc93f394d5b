"""Cartes des pages publiques. Lourdes à dessiner : gardées en cache tant que ce qu’elles montrent n’a pas changé."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

from calcul.carte import Cadre
from maillage.referentiels.cartes import Forme, Teinte, dessiner_carte, load_cadre
from maillage.referentiels.enums import Couche
from maillage.referentiels.models import ImportReferentiel
from maillage.territoires.models import Territoire, Vague
from maillage.territoires.selectors import Membre

DUREE_CACHE = 24 * 3600  # secondes


def draw_carte_vague(vague: Vague, territoires: Iterable[Territoire]) -> SafeString:
    """Carte de France des territoires d’une phase ; chacun mène à sa page."""
    formes = [
        Forme(
            couche=f"ti_{vague.code}",
            code=territoire.id_ti,
            libelle=territoire.nom,
            classe=Teinte.HACHURE if territoire.is_site else Teinte.PLEIN,
            href=territoire.get_absolute_url(),
        )
        for territoire in territoires
    ]
    return draw_gardee(
        formes,
        titre=f"Carte des Territoires d’industrie, {vague.nom}",
        description=f"{len(formes)} territoires. La liste qui suit la carte dit la même chose, région par région.",
        identifiant="carte-france",
    )


def draw_carte_territoire(territoire: Territoire, membres: Sequence[Membre]) -> SafeString | None:
    """Carte des membres d’un territoire, numérotés comme dans le tableau, parmi leurs voisins. None sans contour connu.

    Une commune seule n’a pas de contour à elle : le contour du territoire, en pâle, la montre.
    """
    contour = Forme(f"ti_{territoire.vague.code}", territoire.id_ti, territoire.nom, Teinte.PALE)
    groupements = [
        Forme(
            couche=Couche.EPT if membre.perimetre.epci.type == "EPT" else Couche.EPCI,
            code=membre.perimetre.epci_id,
            libelle=membre.perimetre.nom,
            classe=Teinte.HACHURE if territoire.is_site or membre.perimetre.site else Teinte.PLEIN,
            etiquette=str(membre.rang),
        )
        for membre in membres
        if membre.perimetre.epci_id
    ]
    formes = [contour, *groupements]
    cadre = load_cadre(formes)
    if cadre is None:
        return None
    return draw_gardee(
        formes,
        titre=f"Carte du territoire {territoire.nom}",
        description="Les membres du territoire portent le numéro de leur ligne dans le tableau qui suit la carte.",
        identifiant="carte-territoire",
        fond=Couche.EPCI,
        limites=Couche.DEPARTEMENT,
        cadre=cadre,
    )


def draw_gardee(formes: list[Forme], *, cadre: Cadre | None = None, **options: Any) -> SafeString:
    """La carte dessinée, ou celle gardée si rien de ce qu’elle montre n’a changé."""
    # La clé dit tout ce que la carte montre : formes, cadre, textes et dernier import des contours.
    dernier_import = ImportReferentiel.objects.values_list("pk", flat=True).first()
    contenu = repr((formes, cadre, sorted(options.items()), dernier_import))
    cle = f"carte-{sha256(contenu.encode()).hexdigest()}"
    svg = cache.get(cle)
    if svg is None:
        svg = str(dessiner_carte(formes=formes, cadre=cadre, **options))
        cache.set(cle, svg, DUREE_CACHE)
    return mark_safe(svg)  # noqa: S308 - écrit par dessiner_carte, qui échappe tout texte reçu
