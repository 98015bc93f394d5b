"""Le classeur de Territoires en Transitions : ce qui se lit, ce qui se corrige, ce qui se refuse ; aller et retour sans perte."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from maillage.echanges import classeur as lecture
from maillage.echanges.plan_transitions import (
    COLONNES,
    PRIORITES,
    STATUTS,
    ActionLue,
    FinancementLu,
    PlanLu,
    mark_classeur,
    parse_jour_libre,
    read_plan,
    split_noms,
    write_plan,
)
from maillage.echanges.rapport import Verdict
from tests.echanges.classeurs import make_classeur, make_feuille, save

UNE = {"axe": "1. Attirer", "titre": "Ouvrir une école"}


def _read(*lignes, retouche=None) -> PlanLu:
    return read_plan(make_classeur(*lignes, retouche=retouche), "plan.xlsx")


def _en(plan: PlanLu) -> list[str]:
    return [signalement.cellule for signalement in plan.erreurs]


def test_a_plain_plan_is_importable_without_a_word():
    plan = _read(
        {
            **UNE,
            "pilotes": "Anne Petit, Luc Grand (direction, pôle éco)\nZoé",
            "financeur_1": "Région Grand Est",
            "montant_1": "5 000 000 €",
            "budget": 7_500_000.5,
            "statut": "En cours",
            "priorite": "Élevé",
            "debut": date(2025, 12, 1),
            "fin": "30/06/2027",
        },
        {**UNE, "sous_titre": "Trouver le lieu"},
    )
    assert (plan.verdict, plan.erreurs, plan.avertissements) == (Verdict.IMPORTABLE, [], [])
    action = plan.fiches[0]
    assert action.pilotes == ("Anne Petit", "Luc Grand (direction, pôle éco)", "Zoé")
    assert action.financeurs == (FinancementLu("Région Grand Est", 500_000_000),)
    assert action.budget == 750_000_050
    assert (action.debut, action.fin) == (date(2025, 12, 1), date(2027, 6, 30))
    assert [sous.sous_titre for sous in plan.sous_actions] == ["Trouver le lieu"]


def test_the_sheet_is_found_by_its_second_row_whatever_its_place():
    classeur = Workbook()
    make_feuille(classeur, "Données")["A4"] = "Axe 1"
    classeur["Données"]["D4"] = "Une action"
    classeur.create_sheet("Lisez-moi", 0)["A1"] = "Bonjour"
    assert read_plan(save(classeur), "plan.xlsx").feuille == "Données"


def test_the_older_header_of_the_title_is_accepted():
    plan = _read(UNE, retouche=lambda f: f.__setitem__("D2", "Titre de la fiche action"))
    assert plan.verdict is Verdict.IMPORTABLE


@pytest.mark.parametrize("cellule", ["B2", "E2", "AB2"])
def test_a_missing_column_refuses_the_workbook(cellule):
    plan = _read(UNE, retouche=lambda f: f.__setitem__(cellule, None))
    assert plan.verdict is Verdict.REFUSE
    assert _en(plan) == [cellule]
    assert not plan.actions


def test_two_columns_out_of_order_say_where_each_one_is():
    def swap(feuille):
        feuille["B2"], feuille["C2"] = feuille["C2"].value, feuille["B2"].value

    plan = _read(UNE, retouche=swap)
    assert plan.verdict is Verdict.REFUSE
    assert _en(plan) == ["B2", "C2"]
    assert "elle est en C" in plan.erreurs[0].raison


def test_a_workbook_without_the_sheet_is_refused():
    classeur = Workbook()
    classeur.active["A2"] = "Autre chose"
    plan = read_plan(save(classeur), "plan.xlsx")
    assert (plan.verdict, plan.erreurs[0].cellule, plan.erreurs[0].valeur) == (
        Verdict.REFUSE,
        "A2",
        "Autre chose",
    )


@pytest.mark.parametrize(
    ("cle", "valeur", "cellule"),
    [
        ("montant_1", "cent mille", "S4"),
        ("montant_2", -5, "U4"),
        ("montant_3", 1e15, "W4"),
        ("budget", "12 à 15 k€", "X4"),
        ("budget", date(2026, 1, 1), "X4"),
        ("debut", "bientôt", "AA4"),
        ("debut", "01/01/20219", "AA4"),
        ("fin", 20219, "AB4"),
        ("titre", "x" * 301, "D4"),
    ],
)
def test_a_faulty_cell_is_to_be_mended(cle, valeur, cellule):
    plan = _read({**UNE, "financeur_1": "A", "financeur_2": "B", "financeur_3": "C", cle: valeur})
    assert plan.verdict is Verdict.A_CORRIGER
    assert _en(plan) == [cellule]
    assert plan.erreurs[0].raison
    assert plan.erreurs[0].que_faire


def test_an_end_before_its_start_is_to_be_mended():
    assert _en(_read({**UNE, "debut": "02/01/2026", "fin": "01/01/2026"})) == ["AB4"]


def test_a_title_twice_in_an_axis_is_to_be_mended_and_allowed_in_two_axes():
    assert _en(_read(UNE, {**UNE, "titre": "ouvrir une ECOLE"})) == ["D5"]
    assert _read(UNE, {**UNE, "axe": "2. Innover"}).verdict is Verdict.IMPORTABLE
    assert _read(UNE, {**UNE, "sous_axe": "1.1"}).verdict is Verdict.IMPORTABLE


def test_a_sub_action_needs_the_row_of_its_action_in_the_same_axis():
    sous = {**UNE, "sous_titre": "Une partie"}
    assert _en(_read(sous)) == ["D4"]
    assert _en(_read(UNE, {**sous, "axe": "2. Innover"})) == ["D5"]
    assert _read(sous, UNE).verdict is Verdict.IMPORTABLE
    assert _en(_read(UNE, sous, sous)) == ["E6"]


def test_an_action_without_a_title_is_to_be_mended_and_an_empty_row_is_skipped():
    assert _en(_read(UNE, {}, {"axe": "1. Attirer", "budget": 5})) == ["D6"]


def test_an_empty_plan_is_to_be_mended():
    assert _en(_read()) == ["D4"]


def test_what_is_unknown_or_missing_is_only_said():
    def extra(feuille):
        feuille["AC2"], feuille["AC4"] = "Remarques", "rien"

    plan = _read({"titre": "Sans axe", "statut": "Presque", "priorite": "Haute"}, retouche=extra)
    assert plan.verdict is Verdict.IMPORTABLE
    assert [s.cellule for s in plan.avertissements] == ["AC2", "A4", "Y4", "Z4"]


@pytest.mark.parametrize("ecrit", ["En Cours", "en cours ", "EN COURS"])
def test_a_status_is_read_whatever_its_case(ecrit):
    assert _read({**UNE, "statut": ecrit}).fiches[0].statut == "En cours"


@pytest.mark.parametrize(
    ("ecrit", "lu"), [("Réalisée", "Réalisé"), ("À discuter", "A discuter"), ("a venir", "À venir")]
)
def test_a_status_is_read_whatever_its_accents_and_gender(ecrit, lu):
    assert _read({**UNE, "statut": ecrit}).fiches[0].statut == lu


def test_rich_text_is_read_as_its_words():
    riche = CellRichText("Ouvrir ", TextBlock(InlineFont(b=True), "une école"), " de production")
    assert _read({**UNE, "titre": riche}).fiches[0].titre == "Ouvrir une école de production"


def test_a_hyperlink_is_read_as_its_words():
    def link(feuille):
        feuille["D4"].hyperlink = "https://exemple.fr/"

    assert _read(UNE, retouche=link).fiches[0].titre == UNE["titre"]
    assert (
        _read({**UNE, "titre": '=HYPERLINK("https://exemple.fr","Une école")'}).fiches[0].titre == "Une école"
    )


def test_a_formula_without_its_result_is_computed_when_simple():
    plan = _read(
        {
            **UNE,
            "financeur_1": "A",
            "montant_1": 1_000,
            "financeur_2": "B",
            "montant_2": "=S4*2",
            "budget": "=SUM(S4:U4)+10/4",
        }
    )
    assert plan.erreurs == []
    assert plan.fiches[0].financeurs[1].montant == 200_000
    assert plan.fiches[0].budget == 300_250


@pytest.mark.parametrize("formule", ["=X4", "=VLOOKUP(1,A:B,2)", "=1/0", "=" + "(" * 500, "=#REF!"])
def test_a_formula_that_cannot_be_computed_is_said(formule):
    plan = _read({**UNE, "budget": formule})
    assert _en(plan) == ["X4"]


def test_formulas_that_double_each_other_do_not_hang():
    lignes = [{**UNE, "titre": f"Action {i}", "budget": f"=X{i + 5}+X{i + 5}"} for i in range(60)]
    assert _read(*lignes).verdict is Verdict.A_CORRIGER


def test_a_merged_axis_is_the_axis_of_each_row():
    plan = _read(
        {"axe": "1. Attirer", "titre": "a"},
        {"titre": "b"},
        {"titre": "c"},
        retouche=lambda f: f.merge_cells("A4:A6"),
    )
    assert [action.axe for action in plan.fiches] == ["1. Attirer"] * 3
    assert plan.avertissements == []


@pytest.mark.parametrize(
    ("ecrit", "debut", "fin"),
    [
        ("19/11/2025", date(2025, 11, 19), date(2025, 11, 19)),
        ("19-11-2025", date(2025, 11, 19), date(2025, 11, 19)),
        ("2025-11-19", date(2025, 11, 19), date(2025, 11, 19)),
        ("1er septembre 2025", date(2025, 9, 1), date(2025, 9, 1)),
        ("sept. 2025", date(2025, 9, 1), date(2025, 9, 30)),
        ("Février 2028", date(2028, 2, 1), date(2028, 2, 29)),
        ("12/2025", date(2025, 12, 1), date(2025, 12, 31)),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("31/02/2025", None, None),
        ("le mois prochain", None, None),
    ],
)
def test_a_date_is_read_as_people_write_it(ecrit, debut, fin):
    assert parse_jour_libre(ecrit, is_fin=False) == debut
    assert parse_jour_libre(ecrit, is_fin=True) == fin


def test_a_date_written_as_a_number_is_the_day_of_the_spreadsheet():
    plan = _read({**UNE, "debut": 45992, "fin": 2027})
    assert (plan.fiches[0].debut, plan.fiches[0].fin) == (date(2025, 12, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("ecrit", "centimes"),
    [
        ("1,25 M€", 125_000_000),
        ("40 k€", 4_000_000),
        ("5 000 000 € HT", 500_000_000),
        ("12,50", 1250),
        (0, 0),
        (0.1 + 0.2, 30),
    ],
)
def test_an_amount_is_read_to_the_cent(ecrit, centimes):
    plan = _read({**UNE, "budget": ecrit})
    assert (plan.erreurs, plan.fiches[0].budget) == ([], centimes)


def test_names_are_split_but_not_inside_brackets():
    assert split_noms("A, B; C\nD (x, y), « E, F », a") == ("A", "B", "C", "D (x, y)", "« E, F »")


# --- fichiers hostiles -----------------------------------------------------------------------------------------------


def test_what_is_not_a_workbook_is_refused_with_a_sentence():
    for octets, mot in (
        (b"MZ\x90\x00", "programme"),
        (b"\xd0\xcf\x11\xe0", "mot de passe"),
        (b"", "vide"),
        (b"axe;titre", ".xlsx"),
        (b"PK\x03\x04 n'importe quoi", "abîmé"),
    ):
        plan = read_plan(octets, "plan.xlsx")
        assert plan.verdict is Verdict.REFUSE
        assert mot in plan.erreurs[0].raison + plan.erreurs[0].que_faire


def test_a_workbook_cut_short_is_refused():
    octets = make_classeur(UNE)
    assert read_plan(octets[: len(octets) // 2], "plan.xlsx").verdict is Verdict.REFUSE


def test_a_zip_bomb_is_refused_before_it_is_opened(monkeypatch):
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (lecture.DECOMPRESSE_MAX + 1))
    assert len(tampon.getvalue()) < 200_000
    plan = read_plan(tampon.getvalue(), "bombe.xlsx")
    assert plan.verdict is Verdict.REFUSE
    assert "démesuré" in plan.erreurs[0].raison


def test_a_file_beyond_the_limit_is_refused(settings):
    settings.TAILLE_MAX_PIECE = 1024
    assert "pèse" in read_plan(make_classeur(UNE), "gros.xlsx").erreurs[0].raison


def test_an_entity_bomb_is_refused():
    source = io.BytesIO(make_classeur(UNE))
    tampon = io.BytesIO()
    with zipfile.ZipFile(source) as avant, zipfile.ZipFile(tampon, "w") as apres:
        for nom in avant.namelist():
            contenu = avant.read(nom)
            if nom.endswith("sheet1.xml"):
                contenu = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + contenu
            apres.writestr(nom, contenu)
    assert read_plan(tampon.getvalue(), "plan.xlsx").verdict is Verdict.REFUSE


def test_a_sheet_styled_down_to_the_last_row_is_read():
    plan = _read(UNE, retouche=lambda f: f.cell(1_048_576, 1).__setattr__("value", None))
    assert plan.verdict is Verdict.IMPORTABLE


# --- le classeur marqué ----------------------------------------------------------------------------------------------


def test_the_marked_workbook_is_the_same_with_each_fault_told():
    octets = make_classeur({**UNE, "budget": "beaucoup"}, {**UNE})
    plan = read_plan(octets, "plan.xlsx")
    marque = mark_classeur(octets, [("À corriger", s) for s in plan.erreurs])
    feuilles = load_workbook(io.BytesIO(marque))
    feuille = feuilles[plan.feuille]
    assert "montant" in feuille["X4"].comment.text
    assert feuille["X4"].value == "beaucoup"
    assert feuille["D5"].comment
    assert [cellule.value for cellule in feuilles["Rapport"]["C"]][1:] == ["X4", "D5"]
    assert [s.cellule for s in read_plan(marque, "plan.xlsx").erreurs] == ["X4", "D5"]


# --- aller et retour -------------------------------------------------------------------------------------------------

lettres = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
mots = st.text(st.one_of(lettres, st.just(" ")), max_size=20).map(lambda t: " ".join(t.split()))
titres = st.text(lettres, min_size=1, max_size=20).filter(lambda t: not t.startswith("="))
textes = (
    st.lists(mots, max_size=3)
    .map(lambda lignes: "\n".join(lignes).strip())
    .filter(lambda t: not t.startswith("="))
)
noms = st.text(st.sampled_from("abcdeéÀ'-. 01"), max_size=12).map(lambda t: " ".join(t.split()))
suites = st.lists(noms, max_size=3).map(lambda ns: split_noms(", ".join(n for n in ns if n.strip("-•' ."))))
montants = st.integers(0, 10**11)
jours = st.dates(date(2000, 1, 1), date(2090, 1, 1))


@st.composite
def actions(tire, ligne):
    debut = tire(st.none() | jours)
    fin = tire(st.none() | jours)
    if debut and fin and fin < debut:
        debut, fin = fin, debut
    return ActionLue(
        titre=f"{tire(titres)} {ligne}",
        ligne=ligne,
        axe=tire(titres),
        sous_axe=tire(mots),
        description=tire(textes),
        objectifs=tire(textes),
        indicateurs=tire(textes),
        moyens=tire(textes),
        participation=tire(textes),
        financements=tire(textes),
        instances=tire(suites),
        structures=tire(suites),
        partenaires=tire(suites),
        services=tire(suites),
        pilotes=tire(suites),
        elus=tire(suites),
        financeurs=tuple(
            FinancementLu(nom, tire(st.none() | montants)) for nom in tire(st.lists(titres, max_size=3))
        ),
        budget=tire(st.none() | montants),
        statut=tire(st.sampled_from(("", *STATUTS))),
        priorite=tire(st.sampled_from(("", *PRIORITES))),
        debut=debut,
        fin=fin,
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_plan_goes_to_a_workbook_and_comes_back_the_same(data):
    plan = [data.draw(actions(4 + i)) for i in range(data.draw(st.integers(1, 4)))]
    relu = read_plan(write_plan(plan), "plan.xlsx")
    assert relu.actions == plan
    assert [ActionLue.from_json(action.to_json()) for action in relu.actions] == plan


def test_the_written_workbook_has_the_28_columns_in_order():
    feuille = load_workbook(io.BytesIO(write_plan([]))).worksheets[0]
    assert [cellule.value for cellule in feuille[2]] == [entete for _, entete in COLONNES]
    assert feuille["A2"].value == "Axe (x)"
