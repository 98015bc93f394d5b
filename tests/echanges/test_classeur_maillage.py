"""Notre classeur : toute fiche y va et en revient la même ; ce qui y est faux est dit cellule par cellule."""

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from maillage.echanges.classeur_maillage import (
    CHAMPS,
    LISTES,
    MONTANTS,
    FicheLue,
    is_notre_classeur,
    read_classeur,
    write_classeur,
)
from maillage.echanges.rapport import Verdict
from maillage.fiches.rubriques import Forme
from tests.echanges.classeurs import make_classeur

lettres = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
mots = st.text(lettres, min_size=1, max_size=12)
textes = st.lists(mots, max_size=3).map("\n".join)


def _valeurs(champ, montants=False):
    if montants and champ.nom in MONTANTS:
        return st.integers(1, 10**11) if champ.obligatoire else st.none() | st.integers(1, 10**11)
    if champ.forme is Forme.JOUR:
        return st.just("") | st.dates(date(2000, 1, 1), date(2090, 1, 1)).map(date.isoformat)
    if champ.forme is Forme.CHOIX:
        return st.sampled_from([*([] if champ.obligatoire else [""]), *champ.choix.values])
    if champ.forme is Forme.ENTIER:
        return st.none() | st.integers(0, 10**8)
    if champ.forme is Forme.QUANTITE:
        return st.none() | st.integers(-(10**9), 10**9)
    if champ.forme is Forme.RANGS:
        return st.lists(st.integers(1, 99), max_size=3, unique=True).map(sorted)
    return mots if champ.obligatoire else textes


def _lignes(nom, champs):
    ligne = {champ.nom: _valeurs(champ, nom in ("couts", "financements")) for champ in champs}
    return st.lists(st.fixed_dictionaries({"id": st.none() | st.integers(1, 999), **ligne}), max_size=2)


fiches = st.lists(
    st.fixed_dictionaries(
        {
            "version": st.none() | st.integers(1, 99),
            "valeurs": st.fixed_dictionaries({champ.nom: _valeurs(champ) for champ in CHAMPS}),
            "listes": st.fixed_dictionaries(
                {nom: _lignes(nom, champs) for nom, (_, champs) in LISTES.items()}
            ),
        }
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40, deadline=None)
@given(fiches)
def test_any_fiche_goes_to_the_workbook_and_comes_back_the_same(plan):
    ecrites = [FicheLue(f"fiche-{i}", ligne=2 + i, **fiche) for i, fiche in enumerate(plan)]
    lu = read_classeur(write_classeur(ecrites), "plan.xlsx")
    assert lu.erreurs == []
    assert lu.fiches == ecrites
    assert [FicheLue.from_json(fiche.to_json()) for fiche in lu.fiches] == ecrites


def test_our_workbook_is_told_from_another():
    assert is_notre_classeur(write_classeur([]), "a.xlsx")
    assert not is_notre_classeur(make_classeur({"titre": "x"}), "b.xlsx")


def _retouche(fiche, feuille, cellule, valeur):
    classeur = load_workbook(io.BytesIO(write_classeur([fiche])))
    classeur[feuille][cellule] = valeur
    tampon = io.BytesIO()
    classeur.save(tampon)
    return read_classeur(tampon.getvalue(), "plan.xlsx")


@pytest.mark.parametrize(
    ("feuille", "ajout", "cellule"),
    [
        ("Coûts", ["fiche-1", None, "Travaux", "Toit", "beaucoup"], "E2"),
        ("Coûts", ["fiche-9", None, "Travaux", "Toit", 5], "A2"),
        ("Coûts", ["fiche-1", None, "Autre chose", "Toit", 5], "C2"),
        ("Coûts", ["fiche-1", None, "Travaux", "Toit", None], "E2"),
        ("Indicateurs", ["fiche-1", None, "Emplois", None, None, None, "cent vingt"], "G2"),
        ("Étapes", ["fiche-1", None, "Permis", None, "01/01/20219"], "E2"),
    ],
)
def test_a_faulty_cell_is_told_where_it_is(feuille, ajout, cellule):
    classeur = load_workbook(io.BytesIO(write_classeur([FicheLue("fiche-1", valeurs={"titre": "Une"})])))
    classeur[feuille].append(ajout)
    tampon = io.BytesIO()
    classeur.save(tampon)
    lu = read_classeur(tampon.getvalue(), "plan.xlsx")
    assert lu.verdict is Verdict.A_CORRIGER
    assert [(s.feuille, s.cellule) for s in lu.erreurs] == [(feuille, cellule)]
    assert lu.erreurs[0].que_faire


def test_a_fiche_without_a_title_or_with_the_reference_of_another_is_told():
    fiche = FicheLue("fiche-1", valeurs={"titre": "Une"})
    assert _retouche(fiche, "Fiches", "D2", None).erreurs[0].cellule == "D2"
    lu = _retouche(fiche, "Fiches", "A3", "fiche-1")
    assert lu.erreurs[0].cellule == "A3"


def test_columns_may_move_and_a_foreign_one_is_only_said():
    lu = _retouche(FicheLue("fiche-1", valeurs={"titre": "Une"}), "Fiches", "CA1", "Mes notes")
    assert lu.verdict is Verdict.IMPORTABLE
    lu = _retouche(FicheLue("fiche-1", valeurs={"titre": "Une"}), "Fiches", "AZ1", "Mes notes")
    assert [s.valeur for s in lu.avertissements] == ["Mes notes"]


def test_a_workbook_without_references_is_refused():
    lu = _retouche(FicheLue("fiche-1", valeurs={"titre": "Une"}), "Fiches", "A1", "Autre")
    assert lu.verdict is Verdict.REFUSE
