import io
import re
import zipfile
from datetime import date, datetime

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml.ns import qn
from hypothesis import given, settings

from maillage.documents.blocs import Annexe, Champ, Document, Image, Lien, Liste, Paragraphe, Tableau, Titre
from maillage.documents.rendu_word import render_word
from tests.documents.exemple import CARTE, protocole
from tests.documents.test_blocs import documents


def document(*enfants, **champs):
    return Document(
        **{"titre": "Essai", "date": date(2024, 2, 29), "auteur": "EPCI", "enfants": enfants} | champs
    )


def ouvrir(contenu):
    return docx.Document(io.BytesIO(render_word(contenu)))


@pytest.fixture(scope="module")
def octets():
    return render_word(protocole())


@pytest.fixture(scope="module")
def word(octets):
    return docx.Document(io.BytesIO(octets))


def lire(octets, membre):
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return archive.read(membre).decode()


def test_word_headings_use_heading_styles(word):
    titres = [
        (p.style.name, p.text) for p in word.paragraphs if p.style.name.startswith(("Heading", "Intertitre"))
    ]
    assert titres[:3] == [
        ("Heading 1", "Parties et visas"),
        ("Heading 1", "Dispositions"),
        ("Heading 2", "Article\u00a01er — Objet du protocole"),
    ]
    assert ("Intertitre d’annexe", "Plan de financement") in titres
    assert word.styles["Intertitre d’annexe"].base_style.name == "Heading 2"
    assert sum(texte.startswith("Annexe") for _, texte in titres) == 15


def test_word_annexes_start_on_a_new_page(word):
    annexes = [p for p in word.paragraphs if p.text.startswith("Annexe\u00a0")]
    assert len(annexes) == 15
    assert all(p.paragraph_format.page_break_before for p in annexes)


def test_word_tables_repeat_their_header_row_and_keep_their_text(word):
    assert len(word.tables) == 1 + 2 + 15 * 2
    for tableau in word.tables:
        entetes = [
            rangee._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for rangee in tableau.rows
        ]
        assert entetes == [True] + [False] * (len(entetes) - 1)
        assert tableau._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
    plan = word.tables[0]
    assert [cellule.text for cellule in plan.rows[1].cells][:4] == [
        "F1",
        "Ouvrir une école de production",
        "Recruter",
        "253\u00a0450,50\u00a0€",
    ]
    assert plan.rows[-1].cells[0].text == "Total"


def test_word_columns_share_the_page_width(word):
    for tableau in word.tables:
        for rangee in tableau.rows:
            largeurs = [cellule.width.mm for cellule in rangee.cells]
            assert sum(largeurs) == pytest.approx(160, abs=0.5)
        assert largeurs == pytest.approx([cellule.width.mm for cellule in tableau.rows[0].cells])


def test_word_captions_are_numbered_by_a_field(octets):
    champs = re.findall(r"SEQ Tableau \\\* ARABIC.*?<w:t>(\d+)</w:t>", lire(octets, "word/document.xml"))
    assert champs == [str(rang) for rang in range(1, 32)]


def test_word_speaks_french(octets, word):
    styles = lire(octets, "word/styles.xml")
    assert set(re.findall(r'<w:lang [^>]*w:val="([^"]+)"', styles)) == {"fr-FR"}
    assert 'themeFontLang w:val="fr-FR"' in lire(octets, "word/settings.xml")
    assert word.core_properties.language == "fr-FR"


def test_word_sommaire_is_a_filled_field_that_asks_nothing_at_opening(octets):
    texte = lire(octets, "word/document.xml")
    sommaire = re.search(r"<w:sdt>.*?</w:sdt>", texte, re.S)[0]
    assert 'TOC \\o "1-2" \\h \\z' in sommaire
    cibles = re.findall(r'w:anchor="([^"]+)"', sommaire)
    assert len(cibles) == 4 + 6 + 15  # titres, articles, annexes
    assert cibles == re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', texte)
    assert "Plan de financement" not in sommaire
    assert "updateFields" not in lire(octets, "word/settings.xml")
    assert "w:dirty" not in texte


def test_word_header_and_footer_carry_title_state_and_page_numbers(word):
    section = word.sections[0]
    entete = "\n".join(p.text for p in section.header.paragraphs)
    assert "DOCUMENT FICTIF — démonstration" in entete
    assert "Protocole d’engagement" in entete
    assert "PROJET" in entete
    pied = section.footer.paragraphs[0]
    assert pied.text == "Projet, état au 1er\u00a0mars\u00a02025\tpage 1 / 1"
    assert [e.text for e in pied._p.iter(qn("w:instrText"))] == [" PAGE ", " NUMPAGES "]


def test_word_arrete_and_real_says_neither_projet_nor_fictif():
    octets = render_word(protocole(annexes=1, statut="arrete", fictif=False))
    for membre in ("word/document.xml", "word/header1.xml", "word/footer1.xml"):
        assert not re.search("PROJET|FICTIF", lire(octets, membre))
    assert ">arrete<" in lire(octets, "docProps/custom.xml")


def test_word_properties_name_the_document_and_its_date(octets, word):
    proprietes = word.core_properties
    assert proprietes.title.startswith("Protocole d’engagement")
    assert proprietes.author == "Communauté de communes des Trois Forges"
    assert proprietes.created.replace(tzinfo=None) == datetime(2025, 3, 1, 12)  # noqa: DTZ001
    propres = lire(octets, "docProps/custom.xml")
    assert 'name="Statut"><vt:lpwstr>projet<' in propres
    assert 'name="Fictif"><vt:lpwstr>oui<' in propres


def test_word_same_arbre_gives_same_bytes(octets):
    assert render_word(protocole()) == octets


def test_word_missing_champ_is_highlighted():
    word = ouvrir(document(Paragraphe((Champ("a", "", "date de l'avis"), Champ("b", "présent", "autre")))))
    manquant, present = word.paragraphs[-1].runs
    assert manquant.text == "«\u00a0à compléter\u00a0: date de l’avis\u00a0»"
    assert manquant.font.highlight_color == WD_COLOR_INDEX.YELLOW
    assert (present.text, present.font.highlight_color) == ("présent", None)


def test_word_numbered_lists_each_start_at_one():
    word = ouvrir(document(Liste(("a", "b"), True), Paragraphe("et"), Liste(("c",), True), Liste(("d",))))
    numeros = {p.text: p._p.pPr.numPr.numId.val for p in word.paragraphs if p.style.name == "List Number"}
    assert numeros["a"] == numeros["b"] != numeros["c"]
    listes = word.part.numbering_part.element
    for numero in (numeros["a"], numeros["c"]):
        assert listes.num_having_numId(numero).find(f"{qn('w:lvlOverride')}/{qn('w:startOverride')}").val == 1
    assert word.paragraphs[-1].style.name == "List Bullet"


def test_word_links_are_hyperlinks():
    word = ouvrir(document(Paragraphe(("Voir ", Lien("la page", "https://exemple.invalid/?a=1&b=2")))))
    lien = word.paragraphs[-1].hyperlinks[0]
    assert (lien.text, lien.address) == ("la page", "https://exemple.invalid/?a=1&b=2")


def test_word_image_fits_the_page_and_carries_its_alt_text():
    large = CARTE.replace('width="400"', 'width="4000"').replace('height="160"', 'height="1600"')
    word = ouvrir(document(Image(large, "Carte du périmètre", "Une légende")))
    image = word.inline_shapes[0]
    assert image._inline.docPr.get("descr") == "Carte du périmètre"
    assert image.width.mm == pytest.approx(160, abs=0.5)
    assert image.height.mm == pytest.approx(64, abs=0.5)
    assert word.paragraphs[-1].style.name == "Caption"


def test_word_unreadable_image_leaves_its_alt_text():
    word = ouvrir(document(Image("<svg mal fermé", "Carte du périmètre")))
    assert word.paragraphs[-1].text == "[Image illisible\u00a0: Carte du périmètre]"
    assert not word.inline_shapes


def test_word_paragraph_settings_follow_the_order_of_the_schema(octets):
    """Word refuse d'ouvrir un fichier dont les réglages de paragraphe ou de tableau sont en désordre."""
    ordre = {
        "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd tabs spacing ind jc rPr".split(),  # noqa: SIM905
        "tblPr": "tblStyle tblW jc tblBorders tblLayout tblLook tblCaption".split(),  # noqa: SIM905
        "tcPr": "tcW gridSpan shd vAlign".split(),  # noqa: SIM905
        "rPr": "rStyle rFonts b i color sz highlight u lang".split(),  # noqa: SIM905
    }
    racine = docx.Document(io.BytesIO(octets)).element
    for genre, noms in ordre.items():
        for reglages in racine.iter(qn(f"w:{genre}")):
            rangs = [noms.index(enfant.tag.split("}")[1]) for enfant in reglages]
            assert rangs == sorted(rangs)


def test_word_empty_table_says_so_and_empty_cells_show_a_dash():
    word = ouvrir(document(Tableau("Vide", ("A", "B"), ()), Tableau("Plein", ("A", "B"), (("1", ""),))))
    vide, plein = word.tables
    assert [cellule.text for cellule in vide.rows[1].cells] == ["Aucune ligne", "—"]
    assert [cellule.text for cellule in plein.rows[1].cells] == ["1", "—"]


def test_word_sommaire_appears_only_when_it_helps():
    court = lire(render_word(document(Titre(1, "Seul"))), "word/document.xml")
    long = lire(render_word(document(*(Annexe(str(rang), "A") for rang in range(5)))), "word/document.xml")
    assert ("w:sdt" in court, "w:sdt" in long) == (False, True)


@settings(max_examples=25, deadline=None)
@given(documents)
def test_word_opens_whatever_the_arbre(contenu):
    assert ouvrir(contenu).paragraphs
