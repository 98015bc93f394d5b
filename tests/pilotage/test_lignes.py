"""Les lignes derrière un chiffre : leur nombre est le chiffre, leur somme est le montant."""

from datetime import date

import pytest

from maillage.fiches.enums import StatutFiche, Visibilite
from maillage.financement.enums import Mesure, StatutLigne
from maillage.pilotage.selectors import CLES_TERRITOIRES, Perimetre, compute_chiffres, fiches_filtered
from maillage.pilotage.selectors_lignes import (
    compute_ecarts,
    compute_somme,
    fiches_readable,
    mouvements_behind,
    mouvements_readable,
    sommes_rows,
    territoires_rows,
)
from maillage.pilotage.selectors_sommeil import count_signes, territoires_asleep
from maillage.territoires.enums import Fait
from tests.fabriques import (
    EUROS,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_plan,
    make_territoire,
)
from tests.pilotage.faits import FIN_2022, etape, labellise

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vagues")]

AU = date(2019, 11, 19)
P = Perimetre(au=AU)


def test_the_rows_of_every_count_are_as_many_as_the_count():
    etape(labellise("v1/ti-1"), Fait.PROTOCOLE, AU)
    territoire = labellise("v1/ti-2", fin=FIN_2022)
    etape(territoire, Fait.CONTRAT, date(2019, 1, 1), date(2020, 1, 1))
    etape(territoire, Fait.GOUVERNANCE, AU)
    comptes = compute_chiffres(P).territoires
    for cle in CLES_TERRITOIRES:
        assert territoires_rows(P, cle).count() == comptes[cle].certains
        assert territoires_rows(P, cle, certaines=False).count() == comptes[cle].possibles


def test_a_row_tells_its_facts_oldest_first_and_whether_it_is_certain():
    territoire = labellise()
    etape(territoire, Fait.CONTRAT, AU)
    etape(territoire, Fait.PROTOCOLE, date(2019, 3, 18))
    etape(labellise("v1/ti-2"), Fait.PROTOCOLE, date(2019, 1, 1), date(2020, 1, 1))
    lignes = {t.id_ti: t for t in territoires_rows(P, "au_moins_un_acte", certaines=False)}
    assert [e.fait for e in lignes["ti-1"].faits_lus] == [Fait.PROTOCOLE, Fait.CONTRAT]
    assert (lignes["ti-1"].is_certain, lignes["ti-2"].is_certain) == (True, False)


@pytest.mark.parametrize("cle", ["par_axe", "par_maturite", "par_etat"])
def test_the_rows_of_a_breakdown_are_as_many_as_its_figure(cle):
    territoire = labellise()
    for statut in (StatutFiche.IDEE, StatutFiche.BROUILLON, StatutFiche.RETENUE, StatutFiche.ABANDONNEE):
        make_fiche(territoire=territoire, statut=statut, date_effet=AU)
    repartition = getattr(compute_chiffres(P), cle)
    assert repartition
    for code, nombre in repartition.items():
        assert fiches_filtered(P, **{cle.removeprefix("par_"): code}).count() == nombre
    assert fiches_filtered(P, etat="abandonnee").count() == 1


def test_everyone_reads_public_fiches_and_only_its_own_beyond():
    territoire = labellise()
    publique = make_fiche(territoire=territoire, visibilite=Visibilite.PUBLIQUE, date_effet=AU)
    cachee = make_fiche(territoire=territoire, date_effet=AU)
    chef = make_personne("chef_projet", territoire=territoire)
    ailleurs = make_personne("chef_projet", territoire=make_territoire("v1/ti-9"))
    comptees = fiches_filtered(P)
    assert set(fiches_readable(comptees, None)) == {publique}
    assert set(fiches_readable(comptees, ailleurs)) == {publique}
    assert set(fiches_readable(comptees, chef)) == {publique, cachee}
    assert set(fiches_readable(comptees, make_personne("national"))) == {publique, cachee}


def _ligne(territoire, financeur, montant, statut=StatutLigne.ACCORDE):
    fiche = make_fiche(territoire=territoire, date_effet=AU)
    make_plan(fiche=fiche, date_effet=AU)
    return make_ligne(fiche=fiche, financeur=financeur, montant=montant, statut=statut, date_effet=AU)


def test_sums_by_territory_and_funder_add_up_to_the_amount_and_drop_what_came_back_to_zero():
    un, deux = labellise("v1/ti-1"), labellise("v1/ti-2")
    banque, fonds = make_organisation(is_financeur=True), make_organisation(is_financeur=True)
    _ligne(un, banque, 10_000 * EUROS)
    _ligne(un, banque, 5_000 * EUROS)
    _ligne(deux, banque, 1_000 * EUROS)
    _ligne(deux, fonds, 700 * EUROS, StatutLigne.CADUC)
    mouvements = mouvements_behind(P, Mesure.ACCORDE)
    sommes = {(m.territoire.id_ti, m.financeur_id): m.somme for m in sommes_rows(mouvements)}
    assert sommes == {("ti-1", banque.pk): 1_500_000, ("ti-2", banque.pk): 100_000}
    assert sum(sommes.values()) == compute_somme(mouvements) == compute_chiffres(P).montants["accorde"]
    assert sommes_rows(mouvements).count() == 2
    assert compute_somme(mouvements_behind(P, Mesure.ACCORDE, financeur=fonds.pk)) == 0


def test_movements_are_shown_to_those_who_read_the_fiches_of_the_territory():
    un = labellise("v1/ti-1")
    _ligne(un, make_organisation(is_financeur=True), 1_000 * EUROS)
    mouvements = mouvements_behind(P, Mesure.ACCORDE)
    assert mouvements_readable(mouvements, make_personne("region", territoire=un)).count() == 1
    assert mouvements_readable(mouvements, make_personne("administrateur")).count() == 0


def test_two_dates_give_before_after_and_difference():
    etape(labellise("v1/ti-1"), Fait.PROTOCOLE, AU)
    make_fiche(territoire=labellise("v1/ti-2"), date_effet=AU)
    veille = compute_chiffres(Perimetre(au=date(2019, 11, 18)), detail=False)
    ecarts = {
        e.cle: (e.avant, e.apres, e.difference)
        for e in compute_ecarts(veille, compute_chiffres(P, detail=False))
    }
    assert ecarts["protocole"] == (0, 1, 1)
    assert ecarts["fiches"] == (0, 1, 1)
    assert ecarts["labellises"] == (2, 2, 0)


def test_a_labelled_territory_without_its_team_is_asleep():
    complet, sans_binome, vide = (labellise(f"v1/ti-{n}") for n in (1, 2, 3))
    for role in ("chef_projet", "elu", "industriel"):
        make_personne(role, territoire=complet)
    make_personne("chef_projet", territoire=sans_binome)
    make_personne("elu", territoire=sans_binome)
    assert set(territoires_asleep(P, "sans_chef_projet")) == {vide}
    assert set(territoires_asleep(P, "sans_binome")) == {sans_binome, vide}
    comptes = {s.cle: s.nombre for s in count_signes(P)}
    assert (comptes["sans_chef_projet"], comptes["sans_binome"]) == (1, 2)
