"""Écrire sur un tableau : une fois, dans l’ordre, par qui le peut, tant que la phase est ouverte."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import retain_carte
from maillage.ateliers.models import EvenementTableau
from maillage.ateliers.selectors import get_groupe, get_provenance, load_etat
from maillage.fiches.enums import StatutFiche
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from tests import fabriques as f
from tests.ateliers.salle import fill, geste, join, make_atelier, pose, post, start

pytestmark = pytest.mark.django_db
DEBUT = datetime(2019, 7, 15, 16, 0, tzinfo=UTC)


def test_versions_follow_one_another_without_a_hole() -> None:
    atelier = make_atelier()
    ada = join(atelier)
    tableau = start(atelier, 2).tableaux.get()
    for n in range(3):
        pose(tableau, ada, f"idée {n}")
    assert list(EvenementTableau.objects.values_list("version", flat=True)) == [1, 2, 3]
    tableau.refresh_from_db()
    assert tableau.version == 3


def test_the_same_geste_sent_twice_is_written_once() -> None:
    atelier = make_atelier()
    ada = join(atelier)
    tableau = start(atelier, 2).tableaux.get()
    envoi = geste("posee", str(uuid.uuid4()), colonne="atouts", texte="savoir-faire")
    premier, double = post(tableau, ada, envoi, envoi)
    (encore,) = post(tableau, ada, envoi)
    assert premier.version == double.version == encore.version == 1
    assert EvenementTableau.objects.count() == 1


def test_a_refused_geste_does_not_stop_the_next_ones() -> None:
    atelier = make_atelier()
    ada = join(atelier)
    tableau = start(atelier, 2).tableaux.get()
    resultats = post(
        tableau,
        ada,
        geste("posee", str(uuid.uuid4()), colonne="atouts", texte="   "),
        geste("posee", str(uuid.uuid4()), colonne="nulle_part", texte="x"),
        geste("posee", str(uuid.uuid4()), colonne="atouts", texte="dit"),
    )
    assert [bool(r.refus) for r in resultats] == [True, True, False]
    assert "vide" in resultats[0].refus
    assert "colonne" in resultats[1].refus


@pytest.mark.parametrize("texte", ["😀🏭", "مرحبا", "<script>alert(1)</script>", "a" * 500])
def test_any_writing_is_kept_as_it_is(texte: str) -> None:
    atelier = make_atelier()
    tableau = start(atelier, 2).tableaux.get()
    carte = pose(tableau, join(atelier), texte)
    assert load_etat(tableau).cartes[carte].texte == texte


def test_a_carte_of_five_thousand_characters_is_refused_with_its_length() -> None:
    atelier = make_atelier()
    tableau = start(atelier, 2).tableaux.get()
    (resultat,) = post(
        tableau, join(atelier), geste("posee", str(uuid.uuid4()), colonne="atouts", texte="a" * 5000)
    )
    assert "5000 caractères pour 500" in resultat.refus


def test_only_its_author_or_the_animateur_changes_a_carte() -> None:
    atelier = make_atelier()
    ada, bob = join(atelier, "Ada"), join(atelier, "Bob")
    tableau = start(atelier, 2).tableaux.get()
    carte = pose(tableau, ada)
    (refuse,) = post(tableau, bob, geste("modifiee", carte, texte="autre"))
    assert "auteur" in refuse.refus
    assert post(tableau, ada, geste("modifiee", carte, texte="mieux"))[0].version
    assert post(tableau, atelier.cree_by, geste("retiree", carte))[0].version
    (absente,) = post(tableau, ada, geste("modifiee", carte, texte="encore"))
    assert "retirée" in absente.refus


def test_somebody_else_cannot_write_as_animateur() -> None:
    atelier = make_atelier()
    tableau = start(atelier, 2).tableaux.get()
    with pytest.raises(AccesRefuse):
        post(tableau, f.make_personne("financeur"), geste("posee", str(uuid.uuid4())))


def test_a_participant_writes_on_the_tableau_of_its_groupe_only() -> None:
    atelier = make_atelier()
    personnes = fill(atelier, 6)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
    phase = start(atelier, 2)
    moi = personnes[0]
    groupe = get_groupe(moi, 1)
    for tableau in phase.tableaux.all():
        if tableau.groupe == groupe:
            pose(tableau, moi)
        else:
            with pytest.raises(ActionImpossible, match="autre groupe"):
                pose(tableau, moi)


def test_the_end_of_the_clock_closes_entry_and_an_extension_reopens_it() -> None:
    with time_machine.travel(DEBUT, tick=False) as horloge:
        atelier = make_atelier()
        ada = join(atelier)
        phase = start(atelier, 2)
        tableau = phase.tableaux.get()
        horloge.shift(timedelta(minutes=50, seconds=1))
        (refuse,) = post(tableau, ada, geste("posee", str(uuid.uuid4()), colonne="atouts", texte="trop tard"))
        assert "fini" in refuse.refus
        actions.extend_phase(phase=phase, minutes=5, by=atelier.cree_by)
        pose(tableau, ada, "à temps")


def test_a_carte_typed_without_network_before_the_end_arrives_marked_late() -> None:
    with time_machine.travel(DEBUT, tick=False) as horloge:
        atelier = make_atelier()
        ada = join(atelier)
        phase = start(atelier, 2)
        tableau = phase.tableaux.get()
        actions.end_phase(phase=phase, by=atelier.cree_by)
        horloge.shift(timedelta(minutes=30))
        carte, autre = str(uuid.uuid4()), str(uuid.uuid4())
        avant, apres = post(
            tableau,
            ada,
            geste(
                "posee", carte, colonne="atouts", texte="tapée avant", saisi_at=DEBUT - timedelta(seconds=5)
            ),
            geste(
                "posee", autre, colonne="atouts", texte="tapée après", saisi_at=DEBUT + timedelta(minutes=9)
            ),
        )
        assert avant.version
        assert apres.refus
        assert load_etat(tableau).cartes[carte].tardive


def test_votes_are_bounded_in_total_and_a_new_vote_replaces_the_former() -> None:
    atelier = make_atelier()
    ada = join(atelier)
    tableau = start(atelier, 4).tableaux.get()
    une, deux = pose(tableau, ada, "une", "attirer"), pose(tableau, ada, "deux", "innover")
    (trop_tot,) = post(tableau, ada, geste("votee", une, points=1))
    assert "ne permet pas" in trop_tot.refus
    start(atelier, 6)
    resultats = post(
        tableau,
        ada,
        geste("votee", une, points=4),
        geste("votee", deux, points=2),
        geste("votee", une, points=3),
        geste("votee", deux, points=2),
    )
    assert [bool(r.refus) for r in resultats] == [False, True, False, False]
    etat = load_etat(tableau)
    assert (etat.cartes[une].points, etat.cartes[deux].points) == (3, 2)


def test_a_pause_closes_entry_with_a_sentence() -> None:
    atelier = make_atelier()
    phase = start(atelier, 2)
    actions.pause_phase(phase=phase, by=atelier.cree_by)
    (resultat,) = post(
        phase.tableaux.get(), join(atelier), geste("posee", str(uuid.uuid4()), colonne="atouts", texte="x")
    )
    assert "pause" in resultat.refus


def test_an_idee_becomes_one_fiche_that_counts_its_contributions_and_not_its_words() -> None:
    atelier = make_atelier()
    ada = join(atelier)
    tableau = start(atelier, 4).tableaux.get()
    idee, proche = pose(tableau, ada, "Navette", "attirer"), pose(tableau, ada, "Bus", "attirer")
    post(tableau, ada, geste("fusionnee", idee, avec=proche))
    fiche = retain_carte(tableau=tableau, carte=idee, by=atelier.cree_by)
    assert (fiche.titre, fiche.axe.code, fiche.statut) == ("Navette", "attirer", StatutFiche.IDEE)
    assert get_provenance(fiche) == [(atelier, 2)]
    with pytest.raises(ActionImpossible, match="déjà devenue une fiche"):
        retain_carte(tableau=tableau, carte=idee, by=atelier.cree_by)


def test_an_idee_is_linked_to_a_besoin_of_the_same_atelier_only() -> None:
    atelier = make_atelier()
    ada = join(atelier)
    portrait = start(atelier, 2).tableaux.get()
    besoin = pose(portrait, ada, "Recruter est difficile", "faiblesses")
    projets = start(atelier, 4).tableaux.get()
    idee = pose(projets, ada, "Plate-forme RH", "recruter")
    lie, inconnu = post(
        projets,
        ada,
        geste("liee", idee, besoin=f"{portrait.pk}:{besoin}"),
        geste("liee", idee, besoin="999:nulle-part"),
    )
    assert lie.version
    assert "atelier" in inconnu.refus
    assert load_etat(projets).cartes[idee].besoins == [f"{portrait.pk}:{besoin}"]
