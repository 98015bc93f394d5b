"""Une fiche et un plan emportés en PDF, Word et diapositives : lisibles, complets, sans ce qui est interne."""

import io

import pytest
from docx import Document
from pptx import Presentation

from maillage.fiches.actions import create_fiche
from tests import fabriques as f

pytestmark = pytest.mark.django_db
BASE = "/espace/territoires/v1/ti-4403/"


@pytest.fixture
def territoire():
    return f.make_territoire("v1/ti-4403")


@pytest.fixture
def fiche(client, territoire):
    cheffe = f.make_personne("chef_projet", territoire=territoire)
    client.force_login(cheffe)
    fiche = create_fiche(
        territoire=territoire,
        titre="Ouvrir une école",
        code="F1",
        axe=f.make_axe("attirer"),
        description="Une école de production.",
        obstacles="Ne sort pas",
        partenaires=[{"nom": "Lycée"}],
        by=cheffe,
    )
    f.make_plan(fiche=fiche)
    return fiche


def _mots(contenu) -> str:
    document = Document(io.BytesIO(contenu))
    cellules = [c.text for t in document.tables for rangee in t.rows for c in rangee.cells]
    return "\n".join([p.text for p in document.paragraphs] + cellules)


def test_a_fiche_is_taken_away_in_word_without_what_is_internal(client, fiche):
    mots = _mots(client.get(f"{BASE}fiches/{fiche.pk}/fiche.docx").content)
    assert "Une école de production." in mots
    assert "Lycée" in mots
    assert "Ne sort pas" not in mots


def test_a_fiche_and_a_plan_are_taken_away_in_pdf(client, fiche):
    for adresse in (f"{BASE}fiches/{fiche.pk}/fiche.pdf", f"{BASE}echanges/plan.pdf"):
        assert client.get(adresse).content.startswith(b"%PDF-")


def test_a_plan_in_word_has_each_fiche_once(client, fiche, territoire):
    f.make_fiche(territoire=territoire, titre="Deuxième")
    mots = _mots(client.get(f"{BASE}echanges/plan.docx").content)
    assert "Une école de production." in mots
    assert "Deuxième" in mots


def test_slides_have_a_title_each_and_the_actions_by_axis(client, fiche, territoire):
    for i in range(12):
        f.make_fiche(territoire=territoire, titre=f"Action {i}")
    diapos = Presentation(io.BytesIO(client.get(f"{BASE}echanges/plan.pptx").content)).slides
    titres = [diapo.shapes.title.text_frame.text for diapo in diapos]
    assert all(titres)
    assert "Où en est le plan" in titres
    assert f"{fiche}" in titres
    textes = " ".join(
        cellule.text
        for diapo in diapos
        for forme in diapo.shapes
        if forme.has_table
        for cellule in forme.table.iter_cells()
    )
    assert "Ouvrir une école" in textes


@pytest.mark.parametrize("forme", ["exe", "xlsm", "doc"])
def test_another_form_is_not_found(client, fiche, forme):
    assert client.get(f"{BASE}fiches/{fiche.pk}/fiche.{forme}").status_code == 404
    assert client.get(f"{BASE}echanges/plan.{forme}").status_code == 404


def test_an_empty_plan_still_makes_its_documents(client, territoire):
    client.force_login(f.make_personne("chef_projet", territoire=territoire))
    for forme in ("docx", "pptx", "pdf"):
        assert client.get(f"{BASE}echanges/plan.{forme}").status_code == 200
