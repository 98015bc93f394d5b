"""Un code QR dessiné ici, en SVG dans la page : aucun service extérieur ne sait qui anime quoi."""

import segno
from django.utils.safestring import SafeString, mark_safe


def draw_qr(adresse: str) -> SafeString:
    """SVG du code QR d’une adresse (ISO/IEC 18004), sans taille propre : la feuille de style la donne."""
    code = segno.make_qr(adresse, error="m")
    return mark_safe(code.svg_inline(omitsize=True, border=2, svgclass="mg-qr-salle", lineclass=None))  # noqa: S308 (dessin de segno)
