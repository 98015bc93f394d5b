"""Le calendrier d’une action : ce qui précède, ce qui retarde, ce qui est critique."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcul.fiches.calendrier import CycleEtapes, Etape, compute_calendrier, sort_etapes
from calcul.fiches.gantt import build_echelle

AU = date(2020, 6, 1)


def test_an_etape_comes_after_those_it_waits_for():
    ordre = sort_etapes({1: [3], 2: [], 3: [2]})
    assert ordre.index(2) < ordre.index(3) < ordre.index(1)


def test_a_circle_is_named():
    with pytest.raises(CycleEtapes) as erreur:
        sort_etapes({1: [2], 2: [3], 3: [1]})
    assert set(erreur.value.numeros) == {1, 2, 3}


@given(st.lists(st.lists(st.integers(0, 20), max_size=3), min_size=1, max_size=20))
def test_links_towards_the_past_never_make_a_circle(liens):
    apres = {n: [avant for avant in avants if avant < n] for n, avants in enumerate(liens)}
    ordre = sort_etapes(apres)
    assert sorted(ordre) == list(apres)
    rangs = {n: i for i, n in enumerate(ordre)}
    assert all(rangs[avant] < rangs[n] for n, avants in apres.items() for avant in avants)


def test_a_late_etape_pushes_those_that_wait_for_it():
    etapes = [
        Etape(numero=1, echeance=date(2020, 5, 1)),
        Etape(numero=2, debut=date(2020, 5, 2), echeance=date(2020, 5, 30), apres=(1,)),
        Etape(numero=3, echeance=date(2020, 7, 1)),
    ]
    premiere, deuxieme, autre = compute_calendrier(etapes, au=AU)
    assert (premiere.fin, premiere.retard, premiere.propage) == (AU, 31, False)
    assert (deuxieme.fin, deuxieme.retard, deuxieme.propage) == (date(2020, 6, 29), 30, True)
    assert (autre.retard, autre.is_critique) == (0, True)
    assert not premiere.is_critique


def test_the_critical_path_leads_to_the_last_end():
    etapes = [
        Etape(numero=1, echeance=date(2020, 8, 1)),
        Etape(numero=2, debut=date(2020, 8, 1), echeance=date(2020, 9, 1), apres=(1,)),
        Etape(numero=3, echeance=date(2020, 8, 15)),
    ]
    assert [e.is_critique for e in compute_calendrier(etapes, au=AU)] == [True, True, False]


def test_an_etape_done_keeps_its_day_and_pushes_nobody():
    etapes = [
        Etape(numero=1, echeance=date(2020, 5, 1), realise_le=date(2020, 5, 20)),
        Etape(numero=2, echeance=date(2020, 7, 1), apres=(1,)),
    ]
    faite, suivante = compute_calendrier(etapes, au=AU)
    assert (faite.fin, faite.retard) == (date(2020, 5, 20), 19)
    assert (suivante.fin, suivante.retard) == (date(2020, 7, 1), 0)


@given(st.lists(st.dates(date(1950, 1, 1), date(2090, 12, 31)), min_size=1, max_size=5))
def test_a_scale_holds_every_day_and_few_marks(jours):
    echelle = build_echelle(jours, au=AU)
    assert all(0 <= echelle.place(jour) <= 1000 for jour in jours)
    assert echelle.place(min(jours)) <= echelle.place(max(jours))
    assert 1 <= len(echelle.list_graduations()) <= 12


def test_without_a_day_there_is_no_scale():
    assert build_echelle([None], au=AU) is None
