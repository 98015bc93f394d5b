import re

import pytest
from django.conf import settings

from maillage.fiches.enums import StatutFiche
from maillage.financement.enums import StatutLigne
from maillage.journal.templatetags import journal
from maillage.socle.templatetags.maillage import TONS, register
from tests.fabriques import make_region

pytestmark = pytest.mark.django_db

GALERIE = settings.RACINE / "src/maillage/templates/composants-gallery/galerie.html"
ANCRES = (
    "badge",
    "barre",
    "frise",
    "prochain-pas",
    "vide",
    "chiffre",
    "historique",
    "formulaire",
    "liste",
    "carte",
)


@pytest.mark.parametrize("balise", sorted({**register.tags, **journal.register.tags}))
def test_every_registered_tag_is_drawn_and_named_in_the_gallery(client, balise):
    assert re.search(r"\{% " + balise + r"\b", GALERIE.read_text(encoding="utf-8"))
    assert f"<code>{balise}</code>" in client.get("/composants/").content.decode()


@pytest.mark.parametrize("filtre", sorted(register.filters))
def test_every_registered_filter_is_shown_in_the_gallery(client, filtre):
    assert f"|{filtre}" in GALERIE.read_text(encoding="utf-8")
    assert f"<code>{filtre}</code>" in client.get("/composants/").content.decode()


@pytest.mark.parametrize("ancre", ANCRES)
def test_the_docstrings_lead_to_a_place_of_the_gallery(client, ancre):
    assert f'id="{ancre}"' in client.get("/composants/").content.decode()


def test_every_tone_and_state_has_its_badge(client):
    page = client.get("/composants/").content.decode()
    for ton in TONS:
        assert f"mg-badge--{ton}" in page
    for libelle in (*StatutFiche.labels, *StatutLigne.labels):
        assert libelle in page


def test_a_refused_form_keeps_what_was_typed(client):
    page = client.get("/composants/").content.decode()
    assert 'value="beaucoup"' in page
    assert "Texte gardé" in page
    assert "n’est pas un montant" in page or "n&#x27;est pas un montant" in page


def test_an_error_is_tied_to_its_field(client):
    page = client.get("/composants/").content.decode()
    assert re.search(
        r'<input[^>]*name="refuse-montant"[^>]*aria-describedby="[^"]*id_refuse-montant_error', page
    )
    assert 'id="id_refuse-montant_error"' in page


def test_the_example_list_filters_and_exports(client):
    make_region("52", "Pays de la Loire")
    page = client.get("/composants/", {"q": "zzz"}).content.decode()
    assert "Aucune ligne ne répond" in page
    reponse = client.get("/composants/", {"export": "csv"})
    assert "Pays de la Loire" in b"".join(reponse.streaming_content).decode()
