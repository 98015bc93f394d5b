import io
import logging
import re
from datetime import date

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings

from maillage.documents.blocs import (
    Annexe,
    Article,
    BlocSignatures,
    Champ,
    Document,
    Image,
    Lien,
    Liste,
    Paragraphe,
    SautDePage,
    Tableau,
    Texte,
    Titre,
    Visas,
)
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.typographie import HORS_POLICES
from maillage.socle.erreurs import ActionImpossible
from tests.documents.exemple import CARTE, protocole
from tests.documents.lecture import lire_balises, lire_texte
from tests.documents.test_blocs import documents

MALVEILLANT = '#evil[] $x$ *gras* _it_ @ref `code` <label> \\ // /* = titre #read("/etc/passwd") #sys.inputs'


def document(*enfants, **champs):
    valeurs = {"titre": "Essai", "date": date(2024, 2, 29), "auteur": "EPCI", "statut": "arrete"} | champs
    return Document(enfants=enfants, **valeurs)


@pytest.fixture(scope="module")
def octets():
    return render_pdf(protocole())


@pytest.fixture(scope="module")
def pdf(octets):
    with pikepdf.open(io.BytesIO(octets)) as fichier:
        yield fichier


def test_pdf_declares_accessibility_and_archiving(pdf):
    meta = pdf.open_metadata()
    assert meta["pdfuaid:part"] == "1"
    assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
    assert (
        meta["dc:title"]
        == "Protocole d’engagement du Territoire d’industrie «\u00a0Trois Forges et Haute Vallée\u00a0»"
    )
    assert meta["dc:creator"] == ["Communauté de communes des Trois Forges"]
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert str(pdf.Root.Lang) == "fr"


def test_pdf_is_dated_by_the_document_not_by_the_clock(pdf):
    assert pdf.open_metadata()["xmp:CreateDate"].startswith("2025-03-01T12:00:00")


def test_pdf_tags_headings_tables_lists_and_figures(pdf):
    balises = lire_balises(pdf)
    assert {
        "H1",
        "H2",
        "Table",
        "THead",
        "TBody",
        "TFoot",
        "TH",
        "TD",
        "Caption",
        "L",
        "LI",
        "Figure",
        "TOC",
        "TOCI",
        "Link",
    } <= set(balises)
    assert balises["Table"] == 1 + 2 + 15 * 2  # plan d'actions, deux collèges, deux tableaux par annexe
    assert balises["THead"] == balises["Table"]


def test_pdf_outline_lists_articles_and_annexes(pdf):
    with pdf.open_outline() as plan:
        titres = [titre.title for titre in plan.root]
        dispositions = next(titre for titre in plan.root if titre.title == "Dispositions")
    assert [titre for titre in titres if titre.startswith("Annexe")][::14] == [
        "Annexe\u00a01 — Fiche action F1\u00a0: Ouvrir une école de production",
        "Annexe\u00a015 — Fiche action F15\u00a0: Faire connaître les métiers de la forge et de la fonderie auprès des collégiens",
    ]
    assert next(titre.title for titre in dispositions.children) == "Article\u00a01er — Objet du protocole"


def test_pdf_image_carries_its_alt_text(pdf):
    alternatives = [
        str(objet.Alt) for objet in pdf.objects if isinstance(objet, pikepdf.Dictionary) and "/Alt" in objet
    ]
    assert any(texte.startswith("Carte du périmètre") for texte in alternatives)


def test_pdf_annexes_start_on_their_own_page_and_pages_are_numbered(pdf, octets):
    pages = lire_texte(octets)
    assert len(pages) == len(pdf.pages)
    for numero in range(1, 16):
        assert sum(f"Annexe\u00a0{numero} — Fiche action F{numero}\u00a0:" in page for page in pages[1:]) == 1
    for rang, page in enumerate(pages, start=1):
        assert f"page {rang} / {len(pages)}" in page


def test_pdf_same_arbre_gives_same_bytes(octets):
    assert render_pdf(protocole()) == octets


@pytest.mark.parametrize(("statut", "attendu"), [("projet", True), ("arrete", False)])
def test_pdf_says_projet_on_each_page_until_arrete(statut, attendu):
    pages = lire_texte(
        render_pdf(document(Paragraphe("Un."), SautDePage(), Paragraphe("Deux."), statut=statut))
    )
    assert ["PROJET" in page for page in pages] == [attendu] * 2


@pytest.mark.parametrize("fictif", [True, False])
def test_pdf_says_fictif_on_each_page_when_it_is(fictif):
    contenu = document(Paragraphe("Un."), SautDePage(), Paragraphe("Deux."), mention_fictif=fictif)
    pages = lire_texte(render_pdf(contenu))
    assert ["DOCUMENT FICTIF — démonstration" in page for page in pages] == [fictif] * 2


def test_pdf_shows_user_text_as_it_is_never_as_markup():
    contenu = document(
        Visas((MALVEILLANT,)),
        Titre(1, MALVEILLANT),
        Paragraphe(
            (
                Texte(MALVEILLANT),
                Champ("c", MALVEILLANT, "l"),
                Lien(MALVEILLANT, "https://exemple.invalid/#[]$"),
            )
        ),
        Liste((MALVEILLANT,)),
        Tableau(MALVEILLANT, (MALVEILLANT,), ((MALVEILLANT,),)),
        BlocSignatures([(MALVEILLANT, [(MALVEILLANT,) * 4])]),
        Annexe("1", MALVEILLANT, (Image(CARTE, MALVEILLANT, MALVEILLANT),)),
        titre=MALVEILLANT,
        sous_titre=MALVEILLANT,
        auteur=MALVEILLANT,
    )
    texte = "".join(lire_texte(render_pdf(contenu)))
    resserre = "".join(texte.replace("\u200b", "").split())
    assert resserre.count("".join(MALVEILLANT.split())) >= 10
    assert "root:" not in texte


def test_pdf_shows_a_missing_champ():
    contenu = document(Paragraphe((Champ("a", None, "date de l'avis"), Champ("b", "présent", "autre"))))
    texte = lire_texte(render_pdf(contenu))[0]
    assert "«\u00a0à compléter\u00a0: date de l’avis\u00a0»" in texte
    assert "présent" in texte
    assert "autre" not in texte


def test_pdf_never_skips_a_heading_level():
    contenu = document(
        Titre(4, "Profond"),
        Article("1", "Objet", (Titre(3, "Très profond"), Titre(1, "Un"))),
        Annexe("1", ""),
    )
    with pikepdf.open(io.BytesIO(render_pdf(contenu))) as pdf:
        assert {"H1": 2, "H2": 1, "H3": 2}.items() <= lire_balises(pdf).items()


def test_pdf_repeats_the_table_header_on_each_page():
    contenu = document(
        Tableau("Long", ("Code insolite", "Montant"), [(str(rang), "1\u00a0€") for rang in range(90)])
    )
    pages = lire_texte(render_pdf(contenu))
    assert len(pages) >= 3
    assert all("Code insolite" in page for page in pages)


def test_pdf_composes_every_character_it_lets_through_in_every_weight():
    permis = [
        chr(code)
        for code in range(0x20, 0x10000)
        if not 0xD800 <= code < 0xE000 and not HORS_POLICES.match(chr(code))
    ]
    assert len(permis) > 2_000
    lignes = "\n".join("".join(permis[rang : rang + 40]) for rang in range(0, len(permis), 40))
    styles = [Texte(lignes, gras, italique) for gras in (False, True) for italique in (False, True)]
    assert render_pdf(document(Titre(1, lignes), Paragraphe(styles)))


def test_pdf_survives_characters_no_font_has():
    texte = lire_texte(render_pdf(document(Titre(1, "😀"), Paragraphe("a\x00b 中\u202e fin ❤️"))))[0]
    assert "[U+1F600]" in texte
    assert "ab [U+4E2D] fin [U+2764]" in texte


def test_pdf_refused_by_the_composer_is_a_sentence_not_a_crash():
    with pytest.raises(ActionImpossible, match="«\u00a0Essai\u00a0» n’a pas pu être composé"):
        render_pdf(document(Image("<svg mal fermé", "Carte")))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(contenu=documents)
def test_pdf_composes_any_arbre_without_warning(contenu, caplog):
    with caplog.at_level(logging.WARNING, logger="maillage.documents"):
        assert render_pdf(contenu).startswith(b"%PDF-")
    assert not caplog.records


@pytest.mark.parametrize("annexes", [5, 18, 20, 22, 24, 60])
def test_pdf_page_numbers_settle_whatever_the_length_of_the_sommaire(annexes, caplog):
    contenu = document(
        *(Annexe(str(rang), f"Annexe au titre plutôt long, numéro {rang}") for rang in range(annexes))
    )
    pages = lire_texte(render_pdf(contenu))
    assert not caplog.records
    assert f"page {len(pages)} / {len(pages)}" in pages[-1]


def test_pdf_cells_do_not_cut_a_word_that_fits():
    tableau = Tableau(
        legende="Plan d’actions",
        entetes=("Code", "Action", "Axe", "Porteur", "Maturité"),
        lignes=tuple(
            (
                f"F{rang}",
                "Concevoir une offre territoriale pour attirer les entreprises industrielles",
                "Attirer des entreprises",
                "Communauté de communes du Grand Langres",
                "En maturation",
            )
            for rang in range(3)
        ),
    )
    texte = "".join(lire_texte(render_pdf(document(tableau))))
    assert "maturation" in texte
    assert not re.search(r"\w[-\u2010\u00ad]\n", texte)
