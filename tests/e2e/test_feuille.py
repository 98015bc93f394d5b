"""La feuille du binôme tient sur une page A4, même pleine."""

import re

from tests.e2e.navigation import connecter, visiter


def test_the_sheet_of_the_binome_is_one_page(ouvrir):
    page = ouvrir()
    connecter(page, "Chef·fe de projet, Langres")
    visiter(page, "/espace/territoires/v1/fictif-4403/feuille/", capture="feuille")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1
