"""Écrire sur un tableau : une fois, dans l’ordre, par qui le peut, tant que la phase est ouverte."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import link_fiche, retain_carte
from maillage.ateliers.models import EvenementTableau
from maillage.ateliers.selectors import (
    compare_with_precedent,
    get_groupe,
    get_provenance,
    list_tableaux_for,
    list_textes_publies,
    load_etat,
    load_synthese,
)
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
    vote = start(atelier, 6)
    assert vote.source is not None
    tableau = vote.source.tableaux.get()
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


def test_the_rapporteur_writes_for_its_groupe_after_the_end_and_not_for_another() -> None:
    atelier = make_atelier()
    personnes = fill(atelier, 4)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
    phase = start(atelier, 2)
    actions.set_rapporteur(membre=personnes[0].appartenances.get(), by=atelier.cree_by)
    start(atelier, 3)
    for tableau in phase.tableaux.all():
        (resultat,) = post(
            tableau,
            personnes[0],
            geste("posee", str(uuid.uuid4()), colonne="atouts", texte="dit à la restitution"),
        )
        assert bool(resultat.version) == (tableau.groupe == get_groupe(personnes[0], 1))


def test_the_absent_contribute_until_a_day_and_do_not_read_the_groupes() -> None:
    with time_machine.travel(DEBUT, tick=False) as horloge:
        atelier = make_atelier()
        fill(atelier, 4)
        actions.compose_groupes(atelier=atelier, tour=1, nombre=2, by=atelier.cree_by)
        phase = start(atelier, 2)
        des_groupes = list(phase.tableaux.all())
        actions.close_atelier(atelier=atelier, by=atelier.cree_by)
        with pytest.raises(ActionImpossible, match="clos"):
            join(atelier)
        with pytest.raises(ActionImpossible, match="passé"):
            actions.open_to_absents(
                atelier=atelier, jusqu_au=DEBUT.date() - timedelta(days=1), by=atelier.cree_by
            )
        actions.open_to_absents(atelier=atelier, jusqu_au=date(2019, 7, 31), by=atelier.cree_by)
        zoe = join(atelier, "Zoé")
        lus = list_tableaux_for(zoe, None)
        assert [t.phase.rang for t in lus] == [2, 4]
        assert not {t.pk for t in lus} & {t.pk for t in des_groupes}
        carte = pose(lus[0], zoe, "vu de loin")
        with pytest.raises(ActionImpossible, match="absents"):
            pose(des_groupes[0], zoe)
        horloge.move_to(datetime(2019, 8, 1, 12, tzinfo=UTC))
        (refuse,) = post(lus[0], zoe, geste("retiree", carte))
        assert "closes" in refuse.refus


@pytest.mark.parametrize(
    "donnees",
    [
        {"type": "deplacee", "colonne": "menaces", "avant": "\ud800"},
        {"type": "fusionnee", "avec": "\ud800\x00"},
        {"type": "liee", "besoin": "9" * 40 + ":x"},
        {"type": "liee", "besoin": "1:\ud800"},
        {"type": ["posee"]},
        {"type": "votee", "points": 10**30},
    ],
)
def test_unreadable_values_are_refused_or_left_out_and_never_break(donnees: dict) -> None:
    atelier = make_atelier()
    ada = join(atelier)
    tableau = start(atelier, 2).tableaux.get()
    carte = pose(tableau, ada)
    (resultat,) = post(tableau, ada, geste(donnees.pop("type"), carte, **donnees))
    assert resultat.refus or "avant" in donnees


def test_control_characters_and_half_characters_leave_the_text() -> None:
    atelier = make_atelier()
    tableau = start(atelier, 2).tableaux.get()
    carte = pose(tableau, join(atelier), "savoir\x0b-\ud83dfaire\x00 👩‍🏭")
    assert load_etat(tableau).cartes[carte].texte == "savoir-faire 👩‍🏭"


def test_a_carte_moved_by_two_people_at_once_is_where_the_last_put_it() -> None:
    atelier = make_atelier()
    ada, bob = join(atelier, "Ada"), join(atelier, "Bob")
    tableau = start(atelier, 2).tableaux.get()
    carte = pose(tableau, ada)
    post(tableau, ada, geste("deplacee", carte, colonne="menaces"))
    post(tableau, bob, geste("deplacee", carte, colonne="opportunites"))
    etat = load_etat(tableau)
    assert [c.id for c in etat.get_colonne("opportunites")] == [carte]
    assert etat.get_colonne("menaces") == []


def test_a_groupe_of_one_works() -> None:
    atelier = make_atelier()
    (seul,) = fill(atelier, 1)
    actions.compose_groupes(atelier=atelier, tour=1, nombre=1, by=atelier.cree_by)
    pose(start(atelier, 2).tableaux.get(), seul)


def test_a_second_evening_tells_what_is_still_without_a_fiche() -> None:
    premier = make_atelier()
    ada = join(premier)
    portrait = start(premier, 2).tableaux.get()
    besoin = pose(portrait, ada, "Recruter est difficile", "faiblesses")
    oublie = pose(portrait, ada, "Le rail s’en va", "menaces")
    projets = start(premier, 4).tableaux.get()
    idee = pose(projets, ada, "Plate-forme RH", "recruter")
    post(projets, ada, geste("liee", idee, besoin=f"{portrait.pk}:{besoin}"))
    fiche = retain_carte(tableau=projets, carte=idee, by=premier.cree_by)
    autre = f.make_fiche(territoire=premier.territoire, code="F99")
    synthese = load_synthese(premier)
    assert [i.carte.id for i in synthese.oublis] == [oublie]
    assert synthese.sans_besoin == [autre]
    second = actions.create_atelier(
        territoire=premier.territoire,
        titre="Seconde",
        jour=date(2019, 9, 9),
        by=premier.cree_by,
        modele="completer",
        precedent=premier,
    )
    actions.open_atelier(atelier=second, by=premier.cree_by)
    second.refresh_from_db()
    tableau = start(second, 3).tableaux.get()
    pose(tableau, join(second), "Un internat", "oubli")
    comparaison = compare_with_precedent(second)
    assert comparaison is not None
    assert comparaison.fiches == [fiche]
    assert [i.carte.id for i in comparaison.encore_oublies] == [oublie]
    assert [i.carte.texte for i in comparaison.nouveaux] == ["Un internat"]


def test_a_fiche_already_written_is_linked_once_to_the_carte_it_comes_from() -> None:
    atelier = make_atelier()
    tableau = start(atelier, 4).tableaux.get()
    carte = pose(tableau, join(atelier), "Navette", "attirer")
    fiche = f.make_fiche(territoire=atelier.territoire, code="F3")
    link_fiche(tableau=tableau, carte=carte, fiche=fiche, by=atelier.cree_by)
    assert get_provenance(fiche) == [(atelier, 1)]
    assert list_textes_publies(fiche) == []
    post(tableau, atelier.cree_by, geste("publiee", carte))
    assert list_textes_publies(fiche) == ["Navette"]
    with pytest.raises(ActionImpossible, match="déjà"):
        link_fiche(tableau=tableau, carte=carte, fiche=fiche, by=atelier.cree_by)
