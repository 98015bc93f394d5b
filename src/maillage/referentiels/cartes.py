"""Cartes dessinées par le serveur : un SVG qui se lit sans script, à l'écran, au clavier et dans un PDF.

À l'écran, seules des classes (la feuille referentiels/carte.css les habille : la politique de sécurité interdit le
style en ligne). Pour l'impression, des attributs de présentation et des hachures, sans lien. La couleur n'est jamais
seule à parler : chaque carte va avec sa liste, et une teinte a son motif.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from calcul.carte import Cadre, Vue, cadre_autour, cadre_national, chemin_svg, point_etiquette
from maillage.referentiels.enums import Couche
from maillage.referentiels.models import Contour


class Teinte(StrEnum):
    """Manières de dessiner une forme. La valeur est la fin de la classe CSS (« carte-plein »)."""

    PLEIN = "plein"  # cas courant : un territoire, un membre
    ACCENT = "accent"  # mis en avant
    HACHURE = "hachure"  # distinct même sans couleur : incertain, ou un site seulement
    PALE = "pale"  # présent mais en retrait


@dataclass(frozen=True)
class Forme:
    """Une forme à dessiner : le contour (couche, code), son nom, et où mène son lien.

    `titre` : ce que dit l'infobulle (le libellé par défaut). `etiquette` : texte court écrit sur la forme.
    """

    couche: str
    code: str
    libelle: str
    classe: str = Teinte.PLEIN
    href: str = ""
    titre: str = ""
    etiquette: str = ""


# Mêmes couleurs que referentiels/carte.css, thème clair.
_IMPRESSION: dict[str, dict[str, str]] = {
    "fond": {"fill": "#eeeeee", "stroke": "#ffffff", "stroke-width": "2"},
    "limites": {"fill": "none", "stroke": "#3a3a3a", "stroke-width": "2"},
    "encart": {"fill": "none", "stroke": "#929292", "stroke-width": "1"},
    Teinte.PLEIN: {"fill": "#6a6af4", "stroke": "#ffffff", "stroke-width": "2"},
    Teinte.ACCENT: {"fill": "#000091", "stroke": "#ffffff", "stroke-width": "2"},
    Teinte.HACHURE: {"stroke": "#000091", "stroke-width": "2"},
    Teinte.PALE: {"fill": "#cacafb", "stroke": "#ffffff", "stroke-width": "2"},
    "hachures": {"fill": "none", "stroke": "#000091", "stroke-width": "4"},
    "nom": {"fill": "#3a3a3a", "font-size": "34", "font-family": "sans-serif", "text-anchor": "middle"},
    "etiquette": {
        "fill": "#161616",
        "stroke": "#ffffff",
        "stroke-width": "8",
        "paint-order": "stroke",
        "stroke-linejoin": "round",
        "font-size": "34",
        "font-weight": "bold",
        "font-family": "sans-serif",
        "text-anchor": "middle",
    },
}


def dessiner_carte(
    *,
    formes: Sequence[Forme],
    fond: str = Couche.REGION,
    limites: str = Couche.REGION,
    cadre: Cadre | None = None,
    titre: str,
    description: str,
    identifiant: str = "carte",
    pour_impression: bool = False,
) -> SafeString:
    """SVG accessible : les formes sur un fond, sous les limites d'une couche (une seule requête).

    `fond`, `limites` : couches de contours ("" pour aucune). `cadre` : par défaut la France et ses encarts ; une forme
    d'un autre repère que ceux du cadre n'est pas dessinée. `identifiant` : unique dans la page. Une forme sans contour
    connu est laissée de côté (la liste à côté de la carte la porte). Erreur : ValueError (teinte inconnue, identifiant mal formé).
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", identifiant):
        raise ValueError(f"identifiant de carte invalide : {identifiant!r} (minuscules, chiffres et tirets)")
    cadre = cadre or cadre_national()
    dessin = _Dessin(cadre, identifiant, pour_impression)
    contours = _load_contours(cadre, formes, [couche for couche in (fond, limites) if couche])
    liens = any(forme.href for forme in formes) and not pour_impression
    corps = [
        dessin.definitions([*({fond: None, limites: None})], contours),
        dessin.couche(fond, "fond"),
        *_dessine_formes(dessin, formes, contours),
        dessin.couche(limites, "limites"),
        *(dessin.encart(vue) for vue in cadre.vues if vue.libelle),
        *_dessine_etiquettes(dessin, formes, contours),
    ]
    entete = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {cadre.largeur} {cadre.hauteur}" '
        f'{dessin.attributs("carte")}role="{"group" if liens else "img"}" '
        f'aria-labelledby="{identifiant}-titre {identifiant}-description">'
        f'<title id="{identifiant}-titre">{escape(titre)}</title>'
        f'<desc id="{identifiant}-description">{escape(description)}</desc>'
    )
    return mark_safe(entete + "".join(corps) + "</svg>")  # noqa: S308 - tout texte reçu est échappé plus haut


def load_cadre(formes: Iterable[Forme]) -> Cadre | None:
    """Cadre centré sur des formes, pour la carte d'un territoire. None si aucune n'a de contour.

    Quand les formes sont dans plusieurs repères, le premier (dans l'ordre des formes) l'emporte.
    """
    formes = list(formes)
    boites = {
        (couche, code): (repere, boite)
        for couche, code, repere, *boite in Contour.objects.filter(_q_formes(formes)).values_list(
            "couche", "code", "repere", "ouest", "sud", "est", "nord"
        )
    }
    trouvees = [boites[forme.couche, forme.code] for forme in formes if (forme.couche, forme.code) in boites]
    if not trouvees:
        return None
    repere = trouvees[0][0]
    xmin, ymin, xmax, ymax = zip(*(boite for autre, boite in trouvees if autre == repere), strict=True)
    return cadre_autour(repere, (min(xmin), min(ymin), max(xmax), max(ymax)))


Contours = dict[tuple[str, str], tuple[str, Any]]  # (couche, code) -> (repère, géométrie)


def _q_formes(formes: Iterable[Forme]) -> Q:
    codes: dict[str, list[str]] = defaultdict(list)
    for forme in formes:
        codes[forme.couche].append(forme.code)
    condition = Q(pk__in=[])
    for couche, liste in codes.items():
        condition |= Q(couche=couche, code__in=liste)
    return condition


def _load_contours(cadre: Cadre, formes: Sequence[Forme], couches: Sequence[str]) -> Contours:
    visibles = Q(pk__in=[])
    for vue in cadre.vues:
        xmax, ymin = vue.xmin + vue.largeur / vue.echelle, vue.ymax - vue.hauteur / vue.echelle
        visibles |= Q(
            repere=vue.repere, ouest__lte=xmax, est__gte=vue.xmin, sud__lte=vue.ymax, nord__gte=ymin
        )
    demandes = _q_formes(formes) | Q(couche__in=couches)
    return {
        (couche, code): (repere, geometrie)
        for couche, code, repere, geometrie in Contour.objects.filter(visibles & demandes)
        .order_by("couche", "code")
        .values_list("couche", "code", "repere", "geometrie")
    }


def _dessine_formes(dessin: "_Dessin", formes: Sequence[Forme], contours: Contours) -> Iterable[str]:
    for forme in formes:
        if forme.classe not in list(Teinte):
            raise ValueError(f"teinte inconnue : {forme.classe} (teintes : {', '.join(Teinte)})")
        repere, geometrie = contours.get((forme.couche, forme.code), ("", None))
        vue = dessin.cadre.vue(repere)
        if vue is not None:
            yield dessin.forme(forme, chemin_svg(geometrie, vue))


def _dessine_etiquettes(dessin: "_Dessin", formes: Sequence[Forme], contours: Contours) -> Iterable[str]:
    for forme in formes:
        repere, geometrie = contours.get((forme.couche, forme.code), ("", None))
        vue = dessin.cadre.vue(repere)
        if forme.etiquette and vue is not None:
            yield dessin.texte("etiquette", *point_etiquette(geometrie, vue), forme.etiquette)


@dataclass(frozen=True)
class _Dessin:
    """Écrit les morceaux de SVG, en classes (écran) ou en attributs de présentation (impression)."""

    cadre: Cadre
    identifiant: str
    pour_impression: bool

    def attributs(self, nom: str) -> str:
        if self.pour_impression:
            return "".join(f'{cle}="{valeur}" ' for cle, valeur in _IMPRESSION.get(nom, {}).items())
        return f'class="{nom if nom == "carte" else f"carte-{nom}"}" '

    def definitions(self, couches: Sequence[str], contours: Contours) -> str:
        """Hachures, et un tracé par couche : dessiné deux fois (fond, limites), écrit une seule."""
        morceaux = [
            f'<pattern id="{self.identifiant}-hachures" patternUnits="userSpaceOnUse" width="10" height="10" '
            f'patternTransform="rotate(45)"><path {self.attributs("hachures")}d="M0 0v10"/></pattern>'
        ]
        for couche in couches:
            if not couche:
                continue
            chemins = "".join(
                chemin_svg(geometrie, vue)
                for (autre, _), (repere, geometrie) in contours.items()
                if autre == couche and (vue := self.cadre.vue(repere)) is not None
            )
            morceaux.append(f'<path id="{self.identifiant}-{couche}" d="{chemins}"/>')
        return f"<defs>{''.join(morceaux)}</defs>"

    def couche(self, couche: str, nom: str) -> str:
        # Les limites passent par-dessus les formes : elles ne doivent pas en prendre les clics.
        clics = 'pointer-events="none" ' if nom == "limites" else ""
        return f'<use {self.attributs(nom)}{clics}href="#{self.identifiant}-{couche}"/>' if couche else ""

    def forme(self, forme: Forme, chemin: str) -> str:
        motif = f'fill="url(#{self.identifiant}-hachures)" ' if forme.classe == Teinte.HACHURE else ""
        titre = escape(forme.titre or forme.libelle)
        trace = f'<path {self.attributs(forme.classe)}{motif}d="{chemin}"><title>{titre}</title></path>'
        if not forme.href or self.pour_impression:
            return trace
        return f'<a href="{escape(forme.href)}" aria-label="{escape(forme.libelle)}">{trace}</a>'

    def encart(self, vue: Vue) -> str:
        return (
            f'<rect {self.attributs("encart")}x="{vue.gauche - 8:.0f}" y="{vue.haut - 8:.0f}" '
            f'width="{vue.largeur + 16:.0f}" height="{vue.hauteur + 16:.0f}"/>'
            + self.texte(
                "nom", round(vue.gauche + vue.largeur / 2), round(vue.haut + vue.hauteur + 44), vue.libelle
            )
        )

    def texte(self, nom: str, x: int, y: int, texte: str) -> str:
        return f'<text {self.attributs(nom)}x="{x}" y="{y}">{escape(texte)}</text>'
