"""Le HTML des catalogues, rendu sûr : ce qui met en forme reste, ce qui agit disparaît."""

import html
import re

import nh3

BALISES = {
    "p", "br", "ul", "ol", "li", "strong", "b", "em", "i", "u", "h3", "h4", "h5", "h6", "a", "blockquote",
    "table", "thead", "tbody", "tr", "th", "td", "sup", "sub",
}  # fmt: skip
ATTRIBUTS = {"a": {"href"}, "th": {"colspan", "rowspan", "scope"}, "td": {"colspan", "rowspan"}}
_BALISE = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


def clean_html(texte: str) -> str:
    """Le même texte sans script, style, image, formulaire ni adresse dangereuse ; un texte sans balise devient des paragraphes.

    À écrire en base, et non à l’affichage : ce qui est gardé est ce qui sera montré.
    """
    texte = texte.replace("\x00", "").strip()
    if not texte:
        return ""
    if not _BALISE.search(texte):
        texte = "".join(
            f"<p>{'<br>'.join(html.escape(ligne) for ligne in bloc.splitlines())}</p>"
            for bloc in re.split(r"\n\s*\n", texte)
        )
    return nh3.clean(
        texte, tags=BALISES, attributes=ATTRIBUTS, url_schemes={"http", "https", "mailto", "tel"}
    ).strip()


def strip_html(texte: str) -> str:
    """Le texte nu, pour une recherche, une cellule d’export ou une comparaison : une ligne par paragraphe ou puce."""
    coupe = re.sub(r"<br>|</(?:p|li|h\d|tr|blockquote)>", "\n", texte)
    nu = html.unescape(nh3.clean(coupe, tags=set()))
    return "\n".join(ligne.strip() for ligne in nu.splitlines() if ligne.strip())
