"""Réunir : les cartes des groupes reprises sur le tableau de la salle, où l’on rapproche celles de groupes différents."""

import uuid
from datetime import timedelta

import pytest

from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import retain_carte
from maillage.ateliers.models import Atelier, Participant, Tableau
from maillage.ateliers.selectors import (
    get_groupe,
    list_besoins,
    list_tableaux_for,
    list_textes_publies,
    load_etat,
    load_synthese,
)
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from tests.ateliers.salle import fill, geste, make_atelier, pose, post, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def soiree() -> tuple[Atelier, list[Participant], dict[int, Tableau]]:
    """Deux groupes de deux personnes en train de poser des projets ; les tableaux par participant."""
    atelier = make_atelier()
    personnes = fill(atelier, 4)
    actions.compose_groupes(atelier=atelier, tour=2, nombre=2, by=atelier.cree_by)
    phase = start(atelier, 4)
    tableaux = {
        p.pk: phase.tableaux.select_related("phase__atelier").get(groupe=get_groupe(p, 2)) for p in personnes
    }
    return atelier, personnes, tableaux


def _split(personnes: list[Participant], tableaux: dict[int, Tableau]) -> tuple[Participant, Participant]:
    """Deux personnes de groupes différents."""
    une = personnes[0]
    return une, next(p for p in personnes if tableaux[p.pk] != tableaux[une.pk])


def _salle(atelier: Atelier) -> Tableau:
    return Tableau.objects.select_related("phase__atelier__territoire").get(
        phase__atelier=atelier, phase__rang=5
    )


def test_cartes_of_two_groupes_are_joined_on_the_tableau_of_the_room(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, autre = _split(personnes, tableaux)
    a = pose(tableaux[une.pk], une, "Un internat", "attirer")
    b = pose(tableaux[autre.pk], autre, "Loger les apprentis", "attirer")
    reunir = start(atelier, 5)
    salle = _salle(atelier)
    assert list_tableaux_for(une, reunir) == list_tableaux_for(autre, reunir) == [salle]
    (resultat,) = post(salle, une, geste("fusionnee", a, avec=b))
    assert not resultat.refus
    assert load_etat(salle).count_contributions(a) == 2
    (idees,) = [idees for phase, idees in load_synthese(atelier).phases if phase.rang == 4]
    assert [(i.carte.texte, i.contributions) for i in idees] == [("Un internat", 2)]


def test_the_tableaux_of_groupes_stay_as_they_were_while_the_room_joins(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, _ = _split(personnes, tableaux)
    a = pose(tableaux[une.pk], une, "Un internat", "attirer")
    start(atelier, 5)
    (resultat,) = post(tableaux[une.pk], une, geste("deplacee", a, colonne="innover"))
    assert "est fini" in resultat.refus
    (resultat,) = post(_salle(atelier), une, geste("deplacee", a, colonne="innover"))
    assert not resultat.refus


def test_what_a_carte_has_gathered_follows_it_and_its_author_still_owns_it(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, _ = _split(personnes, tableaux)
    tableau = tableaux[une.pk]
    a, b = pose(tableau, une, "Un internat", "attirer"), pose(tableau, une, "Loger", "attirer")
    post(tableau, une, geste("fusionnee", a, avec=b))
    post(tableau, atelier.cree_by, geste("publiee", a))
    start(atelier, 5)
    etat = load_etat(_salle(atelier))
    assert (etat.count_contributions(a), etat.cartes[a].publiee, etat.cartes[a].auteur) == (2, True, une.pk)
    (refus,) = post(_salle(atelier), une, geste("separee", b))
    assert not refus.refus
    assert load_etat(_salle(atelier)).count_contributions(a) == 1


def test_starting_again_takes_only_what_is_new(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, _ = _split(personnes, tableaux)
    pose(tableaux[une.pk], une, "Un internat", "attirer")
    start(atelier, 5)
    start(atelier, 4)
    pose(tableaux[une.pk], une, "Une navette", "attirer")
    start(atelier, 5)
    start(atelier, 6)
    assert [c.texte for c in load_etat(_salle(atelier)).get_colonne("attirer")] == [
        "Un internat",
        "Une navette",
    ]


def test_a_carte_typed_offline_before_the_end_reaches_the_room_while_it_joins(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, _ = _split(personnes, tableaux)
    avant = maintenant() - timedelta(minutes=1)
    start(atelier, 5)
    carte = str(uuid.uuid4())
    (resultat,) = post(
        tableaux[une.pk],
        une,
        geste("posee", carte, colonne="attirer", texte="tapée sans réseau", saisi_at=avant),
    )
    assert resultat.version
    assert load_etat(_salle(atelier)).cartes[carte].tardive


def test_voting_without_having_joined_votes_on_the_room_all_the_same(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, autre = _split(personnes, tableaux)
    a = pose(tableaux[une.pk], une, "Un internat", "attirer")
    vote = start(atelier, 6)
    (salle,) = list_tableaux_for(autre, vote)
    (resultat,) = post(salle, autre, geste("votee", a, points=5))
    assert not resultat.refus
    (idees,) = [idees for phase, idees in load_synthese(atelier).phases if phase.rang == 4]
    assert idees[0].carte.points == 5


def test_an_idee_gives_one_fiche_whether_read_in_its_groupe_or_in_the_room(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, autre = _split(personnes, tableaux)
    a = pose(tableaux[une.pk], une, "Un internat", "attirer")
    b = pose(tableaux[autre.pk], autre, "Loger les apprentis", "attirer")
    start(atelier, 5)
    salle = _salle(atelier)
    post(salle, atelier.cree_by, geste("fusionnee", a, avec=b), geste("publiee", b))
    fiche = retain_carte(tableau=salle, carte=a, by=atelier.cree_by)
    with pytest.raises(ActionImpossible, match="déjà devenue"):
        retain_carte(tableau=salle, carte=a, by=atelier.cree_by)
    (idees,) = [idees for phase, idees in load_synthese(atelier).phases if phase.rang == 4]
    assert [i.fiche for i in idees] == [fiche]
    assert list_textes_publies(fiche) == ["Loger les apprentis"]


def test_a_fiche_born_in_the_groupe_is_known_in_the_room(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, _ = _split(personnes, tableaux)
    a = pose(tableaux[une.pk], une, "Un internat", "attirer")
    fiche = retain_carte(tableau=tableaux[une.pk], carte=a, by=atelier.cree_by)
    start(atelier, 5)
    with pytest.raises(ActionImpossible, match="déjà devenue"):
        retain_carte(tableau=_salle(atelier), carte=a, by=atelier.cree_by)
    (idees,) = [idees for phase, idees in load_synthese(atelier).phases if phase.rang == 4]
    assert [i.fiche for i in idees] == [fiche]
    post(_salle(atelier), atelier.cree_by, geste("publiee", a))
    assert list_textes_publies(fiche) == ["Un internat"]


def test_a_besoin_joined_by_the_room_is_proposed_once_and_covered_by_links_made_before(soiree: tuple) -> None:
    atelier = make_atelier()
    (une,) = fill(atelier, 1)
    portrait = start(atelier, 2)
    tableau = portrait.tableaux.get()
    besoin = pose(tableau, une, "Plus de techniciens", "faiblesses")
    actions.save_phase(
        atelier=atelier, by=atelier.cree_by, nature="regrouper", titre="Réunir le portrait", source=portrait
    )
    projets = start(atelier, 4)
    idee = pose(projets.tableaux.get(), une, "Former sur place", "attirer")
    post(projets.tableaux.get(), une, geste("liee", idee, besoin=f"{tableau.pk}:{besoin}"))
    start(atelier, 8)
    assert [texte for _, texte in list_besoins(atelier)] == ["Plus de techniciens"]
    assert [i.carte.texte for i in load_synthese(atelier).oublis] == ["Plus de techniciens"]
    retain_carte(tableau=projets.tableaux.get(), carte=idee, by=atelier.cree_by)
    assert not load_synthese(atelier).oublis


def test_two_phones_that_drew_the_same_identifier_lose_no_carte(soiree: tuple) -> None:
    atelier, personnes, tableaux = soiree
    une, autre = _split(personnes, tableaux)
    meme = str(uuid.uuid4())
    for personne in (une, autre):
        post(
            tableaux[personne.pk],
            personne,
            geste("posee", meme, colonne="attirer", texte=f"de {personne.prenom}"),
        )
    start(atelier, 5)
    assert {c.texte for c in load_etat(_salle(atelier)).get_colonne("attirer")} == {
        f"de {une.prenom}",
        f"de {autre.prenom}",
    }
