"""Chaque changement est un évènement daté ; les membres d’un jour s’en déduisent."""

from datetime import date

import pytest
import time_machine
from tests.fabriques import FABRIQUE, make_departement, make_epci, make_region, make_territoire

from maillage.journal.models import Entree
from maillage.referentiels.models import Commune
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires import actions, events
from maillage.territoires.actions_perimetre import (
    Mouvement,
    Preuve,
    cancel_mutation,
    correct_mutation,
    create_espace_fictif,
    create_territoire,
    record_fusion_epci,
    record_mutation,
    split_territoire,
)
from maillage.territoires.enums import Fait, Fiabilite, Mutation, NatureStatut, Sens
from maillage.territoires.models import Etape, EvenementPerimetre, Perimetre, StatutTerritoire
from maillage.territoires.selectors_perimetre import (
    compare_jours,
    compute_etendue,
    list_lignees,
    list_mutations,
    list_sejours,
    list_statuts,
    list_territoires_at,
    noms_at,
)

pytestmark = pytest.mark.django_db
PREUVE = Preuve(source="délibération d’essai")
AVANT, JOUR, APRES = date(2019, 5, 31), date(2019, 6, 1), date(2020, 1, 1)


def enter(territoire, epci, debut=JOUR, fin=None, **suite):
    return record_mutation(
        mutation=Mutation.ENTREE,
        territoire=territoire,
        debut=debut,
        fin=fin,
        preuve=PREUVE,
        mouvements=[Mouvement(territoire, Sens.ENTREE, epci=epci)],
        by=FABRIQUE,
        **suite,
    )


def leave(territoire, epci, debut=JOUR, fin=None):
    return record_mutation(
        mutation=Mutation.SORTIE,
        territoire=territoire,
        debut=debut,
        fin=fin,
        preuve=PREUVE,
        mouvements=[Mouvement(territoire, Sens.SORTIE, epci=epci)],
        by=FABRIQUE,
    )


def membres(territoire, jour):
    return {s.nom: s.is_certain for s in list_sejours(territoire, jour)}


def test_a_member_enters_and_leaves_at_its_dates():
    territoire = make_territoire(epcis=[make_epci(nom="A")])
    b = make_epci(nom="B")
    enter(territoire, b)
    leave(territoire, b, APRES)
    assert membres(territoire, AVANT) == {"A": True}
    assert membres(territoire, JOUR) == {"A": True, "B": True}
    assert membres(territoire, APRES) == {"A": True}


def test_between_two_bounds_a_member_is_only_possible():
    territoire = make_territoire(epcis=[make_epci(nom="A")])
    b = make_epci(nom="B")
    enter(territoire, b, JOUR, APRES)
    leave(territoire, b, date(2021, 1, 1), date(2021, 12, 31))
    assert membres(territoire, JOUR)["B"] is False
    assert membres(territoire, APRES)["B"] is True
    assert membres(territoire, date(2021, 6, 1))["B"] is False
    assert "B" not in membres(territoire, date(2021, 12, 31))


def test_a_member_that_no_source_names_is_never_certain():
    territoire = make_territoire(epcis=[make_epci(nom="A")])
    record_mutation(
        mutation=Mutation.ENTREE,
        territoire=territoire,
        debut=JOUR,
        preuve=Preuve(source="nom du territoire", fiabilite=Fiabilite.A_CONFIRMER),
        mouvements=[Mouvement(territoire, Sens.ENTREE, epci=make_epci(nom="B"))],
        by=FABRIQUE,
    )
    assert membres(territoire, APRES) == {"A": True, "B": False}
    assert not Perimetre.objects.certains_at(APRES).filter(epci__nom="B").exists()


def test_a_transfer_moves_a_member_without_a_day_in_both():
    b = make_epci(nom="B")
    de = make_territoire("v1/ti-4403", epcis=[make_epci(nom="A"), b])
    vers = make_territoire("v1/ti-4414", epcis=[make_epci(nom="C")])
    record_mutation(
        mutation=Mutation.TRANSFERT,
        territoire=vers,
        debut=JOUR,
        preuve=PREUVE,
        mouvements=[Mouvement(de, Sens.SORTIE, epci=b), Mouvement(vers, Sens.ENTREE, epci=b)],
        by=FABRIQUE,
    )
    assert ("B" in membres(de, AVANT), "B" in membres(vers, AVANT)) == (True, False)
    assert ("B" in membres(de, JOUR), "B" in membres(vers, JOUR)) == (False, True)
    assert [e.mutation for e in list_mutations(de)] == ["transfert", "creation"]
    assert Entree.objects.filter(code=events.PERIMETRE_CHANGE, territoire__in=[de.cle, vers.cle]).count() == 2


def test_a_member_is_not_in_two_territoires_of_one_phase_on_the_same_day():
    b = make_epci(nom="B")
    make_territoire("v1/ti-4403", epcis=[b])
    autre = make_territoire("v1/ti-4414")
    with pytest.raises(ActionImpossible, match="à la fois dans"):
        enter(autre, b)
    assert not autre.perimetres.filter(epci=b).exists()
    assert not EvenementPerimetre.objects.filter(mutation=Mutation.ENTREE).exists()


def test_the_same_member_may_be_in_another_phase_or_in_a_site():
    b = make_epci(nom="B")
    make_territoire("v1/ti-4403", epcis=[b])
    enter(make_territoire("v2/ti-4403"), b, date(2024, 1, 1))
    site = make_territoire("v1/ti-4404")
    record_mutation(
        mutation=Mutation.ENTREE,
        territoire=site,
        debut=JOUR,
        preuve=PREUVE,
        mouvements=[Mouvement(site, Sens.ENTREE, epci=b, site="Zone d’essai")],
        by=FABRIQUE,
    )
    assert site.perimetres.get(epci=b).site == "Zone d’essai"


def test_a_commune_alone_is_held_by_its_epci():
    epci, departement = make_epci(nom="B"), make_departement()
    commune = Commune.objects.create(
        code_insee="44001",
        nom="Seule",
        nom_recherche="seule",
        departement=departement,
        region=departement.region,
        epci=epci,
        zone="metro",
        population=10,
    )
    make_territoire("v1/ti-4403", epcis=[epci])
    autre = make_territoire("v1/ti-4414")
    with pytest.raises(ActionImpossible, match="se recouvrent"):
        record_mutation(
            mutation=Mutation.ENTREE,
            territoire=autre,
            debut=JOUR,
            preuve=PREUVE,
            mouvements=[Mouvement(autre, Sens.ENTREE, commune=commune)],
            by=FABRIQUE,
        )


@pytest.mark.parametrize(
    ("faire", "phrase"),
    [
        (lambda t, a, b: enter(t, a), "déjà membre"),
        (lambda t, a, b: leave(t, b), "n’est pas membre"),
        (lambda t, a, b: enter(t, b, date(2017, 1, 1)), "labellisé que depuis"),
        (lambda t, a, b: enter(t, b, APRES, JOUR), "inversez"),
        (
            lambda t, a, b: record_mutation(
                mutation=Mutation.ENTREE,
                territoire=t,
                debut=JOUR,
                preuve=Preuve(source=" "),
                mouvements=[Mouvement(t, Sens.ENTREE, epci=b)],
                by=FABRIQUE,
            ),
            "source",
        ),
    ],
)
def test_an_impossible_change_gets_a_sentence_and_writes_nothing(faire, phrase):
    a = make_epci(nom="A")
    territoire = make_territoire(epcis=[a])
    actions.record_etape(
        territoire=territoire, fait=Fait.LABEL, debut=date(2018, 11, 22), source="s", by=FABRIQUE
    )
    avant = (EvenementPerimetre.objects.count(), Perimetre.objects.count())
    with pytest.raises(ActionImpossible, match=phrase):
        faire(territoire, a, make_epci(nom="B"))
    assert (EvenementPerimetre.objects.count(), Perimetre.objects.count()) == avant


def test_a_step_before_the_label_is_refused_but_steps_come_in_any_order():
    territoire = make_territoire()
    actions.record_etape(territoire=territoire, fait=Fait.LABEL, debut=JOUR, source="s", by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="labellisé que depuis"):
        actions.record_etape(territoire=territoire, fait=Fait.CONTRAT, debut=AVANT, source="s", by=FABRIQUE)
    actions.record_etape(territoire=territoire, fait=Fait.CONTRAT, debut=APRES, source="s", by=FABRIQUE)
    actions.record_etape(territoire=territoire, fait=Fait.PLAN_EN_COURS, debut=JOUR, source="s", by=FABRIQUE)
    assert Etape.objects.filter(territoire=territoire).count() == 3


def test_a_new_name_holds_from_its_date_and_the_old_one_before():
    territoire = make_territoire(nom="Ancien")
    record_mutation(
        mutation=Mutation.RENOMMAGE,
        territoire=territoire,
        debut=JOUR,
        fin=APRES,
        preuve=PREUVE,
        nouveau_nom="Nouveau",
        by=FABRIQUE,
    )
    territoire.refresh_from_db()
    assert territoire.nom == "Nouveau"
    noms = [str(noms_at([territoire], jour)[territoire.pk]) for jour in (AVANT, JOUR, APRES)]
    assert noms == ["Ancien", "Ancien, ou déjà Nouveau", "Nouveau"]


def test_a_correction_is_a_new_fact_and_the_old_one_stays():
    territoire = make_territoire(epcis=[make_epci(nom="A")])
    evenement = enter(territoire, make_epci(nom="B"))
    nouveau = correct_mutation(
        evenement=evenement, debut=APRES, preuve=PREUVE, motif="date lue de travers", by=FABRIQUE
    )
    assert "B" not in membres(territoire, JOUR)
    assert membres(territoire, APRES)["B"]
    evenement.refresh_from_db()
    assert evenement.remplace_at is not None
    assert nouveau.corrige == evenement
    assert evenement not in list_mutations(territoire)
    assert evenement in list_mutations(territoire, avec_remplaces=True)
    with pytest.raises(ActionImpossible, match="déjà été corrigé"):
        cancel_mutation(evenement=evenement, motif="encore", by=FABRIQUE)
    cancel_mutation(evenement=nouveau, motif="erreur de territoire", by=FABRIQUE)
    assert membres(territoire, APRES) == {"A": True}


def test_cancelling_a_new_name_gives_the_old_one_back():
    territoire = make_territoire(nom="Ancien")
    evenement = record_mutation(
        mutation=Mutation.RENOMMAGE,
        territoire=territoire,
        debut=JOUR,
        preuve=PREUVE,
        nouveau_nom="Nouveau",
        by=FABRIQUE,
    )
    cancel_mutation(evenement=evenement, motif="erreur", by=FABRIQUE)
    territoire.refresh_from_db()
    assert territoire.nom == "Ancien"


def test_region_departement_and_population_follow_the_members():
    territoire = make_territoire(epcis=[make_epci(population=100)])
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    b = make_epci(departement=loin, population=50)
    enter(territoire, b)
    territoire.refresh_from_db()
    assert set(territoire.regions.values_list("pk", flat=True)) == {"52", "27"}
    assert set(territoire.departements.values_list("pk", flat=True)) == {"44", "21"}
    assert territoire.population == 150
    leave(territoire, b, APRES)
    territoire.refresh_from_db()
    assert set(territoire.regions.values_list("pk", flat=True)) == {"52"}
    assert territoire.population == 100


def test_a_split_ends_the_old_one_and_labels_the_new_ones():
    a, b = make_epci(nom="A"), make_epci(nom="B")
    territoire = make_territoire("v1/ti-4499", epcis=[a, b])
    actions.record_etape(
        territoire=territoire, fait=Fait.LABEL, debut=date(2018, 11, 22), source="s", by=FABRIQUE
    )
    sejours = {p.epci_id: p for p in territoire.perimetres.all()}
    val, terres = split_territoire(
        territoire=territoire,
        parts=[("ti-4411", "Val", [sejours[a.pk]]), ("ti-4413", "Terres", [sejours[b.pk]])],
        jour=JOUR,
        preuve=PREUVE,
        by=FABRIQUE,
    )
    assert (membres(val, JOUR), membres(terres, JOUR), membres(territoire, JOUR)) == (
        {"A": True},
        {"B": True},
        {},
    )
    assert [compute_etendue(jour).territoires.certains for jour in (AVANT, JOUR)] == [1, 2]


def test_a_split_takes_every_member_once():
    territoire = make_territoire(epcis=[make_epci(), make_epci()])
    un, _ = territoire.perimetres.all()
    with pytest.raises(ActionImpossible, match="un seul"):
        split_territoire(
            territoire=territoire,
            parts=[("ti-1", "Un", [un]), ("ti-2", "Deux", [un])],
            jour=JOUR,
            preuve=PREUVE,
            by=FABRIQUE,
        )


def test_an_epci_merger_replaces_the_members_in_each_territoire():
    a, b, nouveau = make_epci(nom="A"), make_epci(nom="B"), make_epci(nom="AB")
    territoire = make_territoire(epcis=[a, b])
    record_fusion_epci(anciens=[a, b], nouveau=nouveau, jour=APRES, preuve=PREUVE, by=FABRIQUE)
    assert set(membres(territoire, JOUR)) == {"A", "B"}
    assert set(membres(territoire, APRES)) == {"AB"}


def test_an_epci_merger_across_two_territoires_is_refused():
    a, b, nouveau = make_epci(nom="A"), make_epci(nom="B"), make_epci(nom="AB")
    make_territoire("v1/ti-1", epcis=[a])
    make_territoire("v1/ti-2", epcis=[b])
    with pytest.raises(ActionImpossible, match="à la fois dans"):
        record_fusion_epci(anciens=[a, b], nouveau=nouveau, jour=APRES, preuve=PREUVE, by=FABRIQUE)
    assert not Perimetre.objects.filter(epci=nouveau).exists()


def test_a_new_territoire_is_labelled_with_its_members():
    modele = make_territoire("v1/ti-1")
    territoire = create_territoire(
        vague=modele.vague,
        id_ti="ti-5299",
        nom="Né ici",
        region=modele.region,
        membres=[make_epci(nom="N")],
        debut=JOUR,
        preuve=PREUVE,
        by=FABRIQUE,
    )
    assert membres(territoire, JOUR) == {"N": True}
    assert Etape.objects.get(territoire=territoire, fait=Fait.LABEL).debut == JOUR
    with pytest.raises(ActionImpossible, match="déjà pris"):
        create_territoire(
            vague=modele.vague,
            id_ti="ti-5299",
            nom="Autre",
            region=modele.region,
            membres=[],
            debut=JOUR,
            preuve=PREUVE,
            by=FABRIQUE,
        )


def test_a_fictional_space_copies_the_whole_history_and_never_counts():
    a, b = make_epci(nom="A"), make_epci(nom="B")
    modele = make_territoire(epcis=[a])
    enter(modele, b)
    leave(modele, b, APRES)
    espace = create_espace_fictif(modele=modele, id_ti="fictif-1", nom="Fictif", by=FABRIQUE)
    assert [set(membres(espace, jour)) for jour in (AVANT, JOUR, APRES)] == [{"A"}, {"A", "B"}, {"A"}]
    assert compute_etendue(JOUR).epci.possibles == 0  # sans label, et l’espace fictif ne compte pas


def test_a_status_runs_between_its_dates_and_its_end_is_a_new_fact():
    territoire = make_territoire()
    statut = actions.record_statut(
        territoire=territoire,
        nature=NatureStatut.FRAGILE,
        debut=JOUR,
        aide="Ingénierie",
        source="s",
        by=FABRIQUE,
    )
    with pytest.raises(ActionImpossible, match="déjà"):
        actions.record_statut(
            territoire=territoire, nature=NatureStatut.FRAGILE, debut=APRES, source="s", by=FABRIQUE
        )
    actions.correct_statut(
        statut=statut, debut=JOUR, fin=APRES, aide="Ingénierie", source="s", motif="terminé", by=FABRIQUE
    )
    assert [len(list_statuts(territoire, jour)) for jour in (AVANT, JOUR, APRES)] == [0, 1, 0]
    assert StatutTerritoire.objects.count() == 2


def test_two_days_compared_say_who_came_left_and_changed_name():
    a, b = make_epci(nom="A"), make_epci(nom="B")
    un, deux = make_territoire("v1/ti-1", epcis=[a], nom="Un"), make_territoire("v1/ti-2", nom="Deux")
    for territoire in (un, deux):
        actions.record_etape(
            territoire=territoire, fait=Fait.LABEL, debut=date(2018, 11, 22), source="s", by=FABRIQUE
        )
    enter(un, b)
    avant, apres = (list_territoires_at(un.vague, jour) for jour in (AVANT, JOUR))
    changements, inchanges = compare_jours(avant, apres)
    assert [(c.nom, c.resume, [p.nom for p in c.entrent], c.sortent) for c in changements] == [
        ("Un", "modifié", ["B"], [])
    ]
    assert inchanges == 1


def test_reading_the_country_takes_the_same_queries_whatever_its_size(django_assert_num_queries):
    def build(n):
        territoire = make_territoire(f"v1/ti-{n}")
        actions.record_etape(
            territoire=territoire, fait=Fait.LABEL, debut=date(2018, 11, 22), source="s", by=FABRIQUE
        )
        return territoire.vague

    vague = build(1)
    with django_assert_num_queries(5):
        assert len(list_territoires_at(vague, JOUR)) == 1
    for n in range(2, 8):
        build(n)
    with django_assert_num_queries(5):
        assert len(list_territoires_at(vague, JOUR)) == 7


def test_the_past_may_be_read_as_it_was_known_before_a_correction():
    with time_machine.travel("2021-01-01 12:00", tick=False):
        territoire = make_territoire(epcis=[make_epci(nom="A")])
        evenement = enter(territoire, make_epci(nom="B"))
    with time_machine.travel("2022-01-01 12:00", tick=False):
        correct_mutation(evenement=evenement, debut=APRES, preuve=PREUVE, motif="mieux daté", by=FABRIQUE)
    assert set(membres(territoire, JOUR)) == {"A"}
    connus = {s.nom: s.is_certain for s in list_sejours(territoire, JOUR, date(2021, 6, 1))}
    assert connus == {"A": True, "B": True}
    assert list_sejours(territoire, JOUR, date(2020, 12, 31)) == []
    assert {s.nom for s in list_sejours(territoire, JOUR, date(2022, 1, 1))} == {"A"}


def test_nobody_records_a_step_of_the_future():
    territoire = make_territoire("v2/ti-5210")
    with (
        time_machine.travel("2025-06-01", tick=False),
        pytest.raises(ActionImpossible, match="dans l’avenir"),
    ):
        actions.record_etape(
            territoire=territoire, fait=Fait.PROTOCOLE, debut=date(2030, 1, 1), source="s", by=FABRIQUE
        )


@pytest.mark.parametrize("jour", [JOUR, APRES])
def test_a_territoire_has_one_label_and_another_date_is_a_correction(jour):
    territoire = make_territoire()
    actions.record_etape(territoire=territoire, fait=Fait.LABEL, debut=JOUR, source="un", by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="déjà constaté"):
        actions.record_etape(territoire=territoire, fait=Fait.LABEL, debut=jour, source="deux", by=FABRIQUE)


def test_the_same_step_the_same_day_is_not_recorded_twice():
    territoire = make_territoire()
    actions.record_etape(territoire=territoire, fait=Fait.CONTRAT, debut=JOUR, source="un", by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="corrigez cette étape"):
        actions.record_etape(territoire=territoire, fait=Fait.CONTRAT, debut=JOUR, source="deux", by=FABRIQUE)


def test_after_its_exit_a_territoire_has_no_other_step_than_its_end():
    territoire = make_territoire()
    actions.record_etape(territoire=territoire, fait=Fait.SORTI, debut=JOUR, source="s", by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="aucune étape ne vient après"):
        actions.record_etape(territoire=territoire, fait=Fait.CONTRAT, debut=APRES, source="s", by=FABRIQUE)
    actions.record_etape(territoire=territoire, fait=Fait.CONTRAT, debut=AVANT, source="s", by=FABRIQUE)
    actions.record_etape(territoire=territoire, fait=Fait.CLOS, debut=APRES, source="s", by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="sorti du programme"):
        enter(territoire, make_epci(nom="B"), APRES)


def test_a_finished_phase_changes_no_more():
    territoire = make_territoire()
    with pytest.raises(ActionImpossible, match="a pris fin le 8 novembre 2023"):
        record_mutation(
            mutation=Mutation.RENOMMAGE,
            territoire=territoire,
            debut=date(2024, 1, 1),
            preuve=PREUVE,
            nouveau_nom="Trop tard",
            by=FABRIQUE,
        )


def test_a_creation_is_not_corrected_to_a_day_after_what_followed_it():
    territoire = make_territoire(epcis=[make_epci(nom="A")])
    record_mutation(
        mutation=Mutation.RENOMMAGE,
        territoire=territoire,
        debut=JOUR,
        preuve=PREUVE,
        nouveau_nom="Nouveau",
        by=FABRIQUE,
    )
    creation = EvenementPerimetre.objects.get(mutation=Mutation.CREATION)
    with pytest.raises(ActionImpossible, match="la création ne vient pas après"):
        correct_mutation(evenement=creation, debut=APRES, motif="m", preuve=PREUVE, by=FABRIQUE)
    assert correct_mutation(evenement=creation, debut=AVANT, motif="m", preuve=PREUVE, by=FABRIQUE)


def test_a_split_or_merged_territoire_leads_to_the_others_both_ways():
    a, b, c = make_epci(nom="A"), make_epci(nom="B"), make_epci(nom="C")
    ancien = make_territoire("v1/ti-4404", epcis=[a, b])
    nouveaux = split_territoire(
        territoire=ancien,
        parts=[
            ("ti-4411", "Un", [ancien.perimetres.get(epci=a)]),
            ("ti-4412", "Deux", [ancien.perimetres.get(epci=b)]),
        ],
        jour=JOUR,
        preuve=PREUVE,
        by=FABRIQUE,
    )
    (partage,) = list_lignees(ancien)
    assert (partage.phrase, partage.is_sortie) == ("Partagé le 1er juin 2019 en", True)
    assert set(partage.territoires) == set(nouveaux)
    (naissance,) = list_lignees(nouveaux[0])
    assert (naissance.phrase, naissance.territoires) == ("Né le 1er juin 2019 du partage de", [ancien])
    assert not naissance.is_sortie
    seul = make_territoire("v1/ti-4490", epcis=[c])
    actions.record_etape(territoire=seul, fait=Fait.SORTI, debut=JOUR, source="s", by=FABRIQUE)
    assert [lignee.phrase for lignee in list_lignees(seul)] == ["Sorti du programme le 1er juin 2019"]
