"""Les actes qui écrivent une fiche : ce qui change, ce que dit le journal, ce qui est refusé."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from maillage.fiches import actions
from maillage.fiches.enums import ChampDate, EtatPorteur, Maturite, StatutFiche
from maillage.fiches.models import FicheAction, VersionFiche
from maillage.fiches.selectors import get_motif
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.notifications.models import Attente
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    FABRIQUE,
    make_axe,
    make_fiche,
    make_organisation,
    make_territoire,
)

pytestmark = pytest.mark.django_db


class PanneJournal(RuntimeError):
    pass


@pytest.fixture
def casser_journal(monkeypatch):
    """`casser_journal()` : dès lors, le journal refuse toute ligne."""

    def refuser(*args, **kwargs):
        raise PanneJournal

    return lambda: monkeypatch.setattr(actions, "record", refuser)


def create(**champs):
    return actions.create_fiche(
        territoire=make_territoire(), by=FABRIQUE, **({"titre": "Ouvrir une école"} | champs)
    )


def test_a_title_is_enough_to_create_a_fiche():
    fiche = create()
    assert (fiche.statut, fiche.version, fiche.rang) == (StatutFiche.IDEE, 1, 1)
    assert [v.contenu["titre"] for v in fiche.versions.all()] == ["Ouvrir une école"]
    assert {f.champ: f.valeur for f in fiche.faits.all()} == {
        "statut": "idee",
        "maturite": "emergence",
        "visibilite": "territoire",
    }
    entree = Entree.objects.for_cible(fiche).get()
    assert phrase(entree) == "Fiche «\u00a0Ouvrir une école\u00a0» créée"
    assert (entree.territoire, entree.auteur_libelle) == ("v1/ti-4403", "Essais")


@pytest.mark.parametrize(
    ("champs", "phrase_attendue"),
    [
        ({"titre": "  "}, "Donnez un titre"),
        ({"statut": StatutFiche.BROUILLON}, "Un brouillon a un code et un axe"),
        ({"statut": StatutFiche.VALIDEE}, "naît «\u00a0Idée\u00a0» ou «\u00a0Brouillon\u00a0»"),
        ({"date_effet": date(2999, 1, 1)}, "dans l’avenir"),
        (
            {"debut_prevu": date(2020, 2, 1), "fin_prevue": date(2020, 1, 1)},
            "La fin prévue vient avant le début",
        ),
    ],
)
def test_a_fiche_that_cannot_be_is_refused_with_a_sentence(champs, phrase_attendue):
    with pytest.raises(ActionImpossible, match=phrase_attendue):
        create(**champs)
    assert not FicheAction.objects.exists()
    assert not Entree.objects.filter(code__startswith="fiches.").exists()


def test_a_code_belongs_to_one_fiche_of_the_territoire():
    create(code="F1")
    with pytest.raises(ActionImpossible, match="«\u00a0F1\u00a0» est déjà celui d’une autre fiche"):
        create(code="F1")
    assert actions.create_fiche(
        territoire=make_territoire("v2/ti-2701"), titre="Autre", code="F1", by=FABRIQUE
    )


def test_an_axe_of_another_phase_is_refused():
    axe = make_axe("innovation", vague=make_territoire("v2/ti-2701").vague)
    with pytest.raises(ActionImpossible, match="n’est pas de la phase"):
        create(axe=axe)


def test_a_porteur_named_at_birth_is_designated_and_reads_the_fiche():
    porteur = make_organisation()
    fiche = create(porteur=porteur)
    assert fiche.etat_porteur == EtatPorteur.DESIGNE
    assert fiche.acces.get().organisation == porteur
    assert create(etat_porteur=EtatPorteur.DESIGNE).etat_porteur == EtatPorteur.A_DESIGNER


def test_nothing_is_written_when_the_journal_fails(casser_journal):
    casser_journal()
    with pytest.raises(PanneJournal):
        create()
    assert not FicheAction.objects.exists()


def test_an_update_makes_a_version_dates_what_is_counted_and_tells_it():
    fiche = make_fiche(titre="Avant")
    jour = aujourdhui()
    apres = actions.update_fiche(
        fiche=fiche,
        by=FABRIQUE,
        version_lue=fiche.version,
        titre="Après",
        maturite=Maturite.MATURE,
        date_effet=jour,
    )
    assert (apres.titre, apres.version) == ("Après", fiche.version + 1)
    assert fiche.versions.get(numero=apres.version).contenu["titre"] == "Après"
    assert fiche.faits.filter(champ=ChampDate.MATURITE).last().valeur == "mature"
    entree = Entree.objects.for_cible(fiche).filter(code="fiches.fiche_action.modifiee").get()
    assert entree.avant == {"titre": "Avant", "maturite": "emergence"}
    assert phrase(entree).endswith("modifiée\u00a0: titre, maturité")


def test_an_update_without_change_writes_nothing():
    fiche = make_fiche(titre="Pareil")
    avant = Entree.objects.count()
    assert (
        actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, titre="Pareil").version
        == fiche.version
    )
    assert Entree.objects.count() == avant


def test_an_old_page_is_refused_and_leaves_no_line():
    fiche = make_fiche()
    actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, titre="Le premier")
    avant = Entree.objects.count()
    with pytest.raises(ConflitEdition, match="Quelqu’un a enregistré cette fiche"):
        actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, titre="Le second")
    fiche.refresh_from_db()
    assert fiche.titre == "Le premier"
    assert Entree.objects.count() == avant


def test_an_update_is_undone_when_the_journal_fails(casser_journal):
    fiche = make_fiche(titre="Avant")
    casser_journal()
    with pytest.raises(PanneJournal):
        actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, titre="Après")
    fiche.refresh_from_db()
    assert (fiche.titre, fiche.versions.count()) == ("Avant", 1)


def test_a_fact_older_than_the_last_one_is_refused():
    fiche = make_fiche(date_effet=aujourdhui() - timedelta(days=10))

    def mature(maturite, il_y_a):
        return actions.update_fiche(
            fiche=fiche,
            by=FABRIQUE,
            version_lue=fiche.version,
            maturite=maturite,
            date_effet=aujourdhui() - timedelta(days=il_y_a),
        )

    fiche = mature(Maturite.MATURE, 1)
    with pytest.raises(ActionImpossible, match="«\u00a0Maturité\u00a0» a changé le"):
        mature(Maturite.EMERGENCE, 3)


@pytest.mark.parametrize("statut", [StatutFiche.REALISEE, StatutFiche.ABANDONNEE])
def test_the_content_of_a_finished_fiche_does_not_change(statut):
    fiche = make_fiche(statut=statut)
    with pytest.raises(ActionImpossible, match="son contenu ne change plus"):
        actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, titre="Autre")


def test_a_passage_changes_the_state_dates_it_tells_it_and_opens_what_awaits():
    fiche = make_fiche(statut=StatutFiche.BROUILLON)
    apres = actions.move_fiche(fiche=fiche, vers=StatutFiche.PROPOSEE, by=FABRIQUE)
    assert apres.statut == StatutFiche.PROPOSEE
    assert fiche.faits.filter(champ=ChampDate.STATUT).last().valeur == "proposee"
    assert phrase(Entree.objects.for_cible(fiche).first()).endswith(
        "Brouillon → Proposée au comité de projet"
    )
    assert Attente.objects.ouvertes().get().role == "elu"
    actions.move_fiche(fiche=apres, vers=StatutFiche.RETENUE, by=FABRIQUE)
    assert Attente.objects.ouvertes().get().role == "chef_projet"


def test_a_second_person_with_an_old_page_gets_the_sentence_of_the_policy():
    fiche = make_fiche(statut=StatutFiche.PROPOSEE)
    actions.move_fiche(fiche=fiche, vers=StatutFiche.RETENUE, by=FABRIQUE)
    avant = Entree.objects.count()
    with pytest.raises(
        ActionImpossible,
        match="«\u00a0Retenue localement\u00a0» ne peut pas passer à «\u00a0Retenue localement\u00a0»",
    ):
        actions.move_fiche(fiche=fiche, vers=StatutFiche.RETENUE, by=FABRIQUE)
    assert Entree.objects.count() == avant


@pytest.mark.parametrize(
    ("statut", "vers"),
    [
        (StatutFiche.BROUILLON, StatutFiche.ABANDONNEE),
        (StatutFiche.TRANSMISE, StatutFiche.REFUSEE),
        (StatutFiche.TRANSMISE, StatutFiche.A_COMPLETER),
        (StatutFiche.PROPOSEE, StatutFiche.BROUILLON),
    ],
)
def test_a_return_without_reason_is_refused(statut, vers):
    fiche = make_fiche(statut=statut)
    with pytest.raises(ActionImpossible, match="Dites pourquoi"):
        actions.move_fiche(fiche=fiche, vers=vers, by=FABRIQUE, motif=" ")
    assert actions.move_fiche(fiche=fiche, vers=vers, by=FABRIQUE, motif="à revoir").statut == vers


def test_a_passage_is_not_dated_before_the_last_one():
    fiche = make_fiche(statut=StatutFiche.PROPOSEE)
    with pytest.raises(ActionImpossible, match="«\u00a0État\u00a0» a changé le"):
        actions.move_fiche(
            fiche=fiche, vers=StatutFiche.RETENUE, by=FABRIQUE, date_effet=aujourdhui() - timedelta(days=1)
        )


def test_a_fiche_without_porteur_is_not_transmitted():
    territoire = make_territoire()
    fiche = actions.create_fiche(
        territoire=territoire,
        titre="Sans porteur",
        code="F1",
        axe=make_axe(),
        statut=StatutFiche.BROUILLON,
        by=FABRIQUE,
    )
    for vers in (StatutFiche.PROPOSEE, StatutFiche.RETENUE):
        fiche = actions.move_fiche(fiche=fiche, vers=vers, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="désignez son porteur"):
        actions.move_fiche(fiche=fiche, vers=StatutFiche.TRANSMISE, by=FABRIQUE)


def test_a_plan_actions_keeps_the_versions_of_its_day():
    fiche = make_fiche(titre="Le titre arrêté")
    plan = actions.freeze_plan_actions(territoire=fiche.territoire, fiches=[fiche], titre="Plan", by=FABRIQUE)
    actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, titre="Un autre titre")
    assert plan.lignes.get().version.contenu["titre"] == "Le titre arrêté"


def test_faits_are_read_at_a_date_as_known_at_another():
    debut, passage = date(2020, 1, 1), date(2020, 6, 1)
    fiche = make_fiche(date_effet=debut)
    actions.move_fiche(fiche=fiche, vers=StatutFiche.PROPOSEE, by=FABRIQUE, date_effet=passage)
    lue = FicheAction.objects.with_faits
    assert lue(date(2019, 12, 31)).get().statut_au is None
    assert lue(date(2020, 5, 31)).get().statut_au == "brouillon"
    assert lue(passage).get().statut_au == "proposee"
    assert lue(passage, connu_le=date(2020, 7, 1)).get().statut_au is None


@pytest.mark.django_db(transaction=True)
def test_two_people_who_save_the_same_fiche_at_once_lose_nothing():
    fiche = make_fiche(titre="Au départ")
    depart, resultats = Barrier(2, timeout=10), []

    def enregistrer(titre):
        try:
            depart.wait()
            actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, titre=titre)
            resultats.append(titre)
        except ConflitEdition:
            resultats.append("conflit")
        finally:
            connection.close()

    fils = [Thread(target=enregistrer, args=(titre,)) for titre in ("De l’une", "De l’autre")]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=20)
    fiche.refresh_from_db()
    assert sorted(resultats) == sorted(["conflit", fiche.titre])
    assert fiche.titre != "Au départ"
    assert list(VersionFiche.objects.filter(fiche=fiche).values_list("numero", flat=True)) == [1, 2]
    assert Entree.objects.for_cible(fiche).filter(code="fiches.fiche_action.modifiee").count() == 1


# --- motif d’un renvoi -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("depart", "vers", "phrase"),
    [
        (StatutFiche.TRANSMISE, StatutFiche.A_COMPLETER, "Compléter la fiche"),
        (StatutFiche.TRANSMISE, StatutFiche.REFUSEE, "Reprendre ou abandonner"),
        (StatutFiche.PROPOSEE, StatutFiche.BROUILLON, "Reprendre la fiche renvoyée"),
    ],
)
def test_the_reason_of_a_return_is_written_where_it_waits(depart, vers, phrase):
    fiche = make_fiche(statut=depart)
    actions.move_fiche(fiche=fiche, vers=vers, motif="Le calendrier manque", by=FABRIQUE)
    attente = Attente.objects.ouvertes().get()
    assert attente.libelle.startswith(phrase)
    assert (attente.role, attente.motif) == ("chef_projet", "Le calendrier manque")
    assert get_motif(fiche).motif == "Le calendrier manque"


def test_the_reason_goes_with_the_state_it_explains():
    fiche = make_fiche(statut=StatutFiche.TRANSMISE)
    fiche = actions.move_fiche(fiche=fiche, vers=StatutFiche.A_COMPLETER, motif="Le calendrier", by=FABRIQUE)
    fiche = actions.move_fiche(fiche=fiche, vers=StatutFiche.TRANSMISE, by=FABRIQUE)
    assert get_motif(fiche) is None
    assert [attente.motif for attente in Attente.objects.ouvertes()] == [""]
