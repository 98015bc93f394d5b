"""Recherche, code proposé, comparaison de contenus."""

import pytest

from maillage.fiches.actions import create_fiche
from maillage.fiches.models import FicheAction
from maillage.fiches.selectors import (
    compare_contenus,
    compare_saisies,
    find_fiches,
    find_organisations,
    get_contenu,
    suggest_code,
)
from tests.fabriques import FABRIQUE, make_axe, make_fiche, make_organisation, make_territoire

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("codes", "attendu"),
    [
        ([], "F1"),
        (["F1", "F2.0", "F2.1", "F13"], "F14"),
        (["F13.2"], "F14"),
        (["A01", "A02"], "A03"),
        (["1", "2"], "3"),
        (["Alpha"], "F1"),
        (["Action 9", "Action 3", "F1"], "Action 10"),
    ],
)
def test_the_next_code_follows_the_pattern_of_the_territoire(codes, attendu):
    territoire = make_territoire()
    for code in codes:
        create_fiche(territoire=territoire, titre="Essai", code=code, by=FABRIQUE)
    assert suggest_code(territoire) == attendu


def test_a_fiche_is_found_without_accents_by_code_title_or_porteur():
    porteur = make_organisation(nom="Forges d’Écot", sigle="FDE")
    fiche = make_fiche(code="F2.1", titre="Électrifier l’atelier", porteur=porteur)
    make_fiche(code="Z9", titre="Tout autre chose")
    for texte in ("electrifier", "ATELIER l’", "f2.1", "fde", "ecot electrifier"):
        assert list(find_fiches(FicheAction.objects.all(), texte)) == [fiche], texte
    assert not find_fiches(FicheAction.objects.all(), "electrifier ailleurs")


def test_an_organisation_is_found_by_exact_name_sigle_or_siren_else_by_words():
    exacte = make_organisation(nom="CC du Grand Langres", sigle="CCGL", siren="200072999")
    autre = make_organisation(nom="CC du Grand Langres et du Bassigny")
    assert find_organisations("cc du grand langres") == [exacte]
    assert find_organisations("CCGL") == [exacte]
    assert find_organisations("200072999") == [exacte]
    assert find_organisations("grand langres") == [exacte, autre]
    assert find_organisations("   ") == []
    assert find_organisations("inconnue au bataillon") == []


def test_two_contents_are_compared_field_by_field_in_words():
    fiche = make_fiche(titre="Avant", code="F1")
    avant = get_contenu(fiche)
    fiche.titre, fiche.maturite, fiche.axe = "Après", "mature", make_axe("innover")
    ecarts = compare_contenus(avant, get_contenu(fiche))
    assert [(e.titre, e.avant, e.apres) for e in ecarts] == [
        ("Titre", "Avant", "Après"),
        ("Axe", "Recruter", "Innover"),
        ("Maturité", "Émergence", "Mature"),
    ]
    assert compare_contenus(avant, avant) == []


def test_a_conflict_separates_what_i_changed_from_what_the_other_changed():
    fiche = make_fiche(titre="Au départ", description="Au départ")
    base = get_contenu(fiche)
    saisie = base | {"titre": "Le mien", "presentateur": "Pareil"}
    enregistre = base | {"titre": "Le sien", "description": "La sienne", "presentateur": "Pareil"}
    conflit = compare_saisies(base=base, saisie=saisie, enregistre=enregistre)
    assert [(e.champ, e.avant, e.apres) for e in conflit.opposes] == [("titre", "Le mien", "Le sien")]
    assert [(e.champ, e.apres) for e in conflit.repris] == [("description", "La sienne")]
