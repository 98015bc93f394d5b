"""Dates écrites en français ; dates connues seulement entre deux bornes."""

from datetime import date

from django.utils import formats


def format_jour(jour: date) -> str:
    """« 19 novembre 2019 », « 1er mars 2020 »."""
    texte = formats.date_format(jour, "j F Y")
    return texte.replace("1 ", "1er ", 1) if jour.day == 1 else texte


def format_bornes(debut: date, fin: date) -> str:
    """« le 19 novembre 2019 » si la date est exacte, « entre le … et le … » sinon."""
    if debut == fin:
        return f"le {format_jour(debut)}"
    return f"entre le {format_jour(debut)} et le {format_jour(fin)}"


def parse_jour(texte: str) -> date:
    """Lit AAAA-MM-JJ ou JJ/MM/AAAA. ValueError avec une phrase sinon."""
    propre = texte.strip()
    try:
        if "/" in propre:
            jour, mois, annee = (int(morceau) for morceau in propre.split("/"))
            return date(annee, mois, jour)
        return date.fromisoformat(propre)
    except ValueError:
        raise ValueError(
            f"«\u00a0{propre}\u00a0» n’est pas une date. Écrivez 2019-11-19 ou 19/11/2019."
        ) from None
