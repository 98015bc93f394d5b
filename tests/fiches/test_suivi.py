"""Autour d’une fiche : versions reprises, lecture par la Région, remarques, partage entre territoires, fusion, scission."""

import pytest

from maillage.fiches.actions import mark_lue, move_fiche, restore_version, update_fiche
from maillage.fiches.actions_codes import Morceau
from maillage.fiches.actions_commentaires import close_commentaire, write_commentaire
from maillage.fiches.actions_partage import answer_partage, propose_partage, withdraw_partage
from maillage.fiches.enums import EtatPartage, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.permissions import fiches_visible_to, user_can_update_fiche
from maillage.fiches.selectors import get_contenu, get_depuis_lecture, suggest_code
from maillage.financement.actions import merge_fiche, split_fiche
from maillage.financement.enums import StatutLigne
from maillage.financement.selectors import get_histoire
from maillage.notifications.models import Attente, Courriel
from maillage.pilotage.selectors import Perimetre, fiches_comptees
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui
from maillage.territoires.selectors import attentes_for
from tests.fabriques import FABRIQUE, make_fiche, make_ligne, make_personne, make_plan, make_territoire

pytestmark = pytest.mark.django_db
S = StatutFiche


def change(fiche, **champs):
    return update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, **champs)


def test_a_version_comes_back_as_a_new_one_with_its_lists():
    fiche = change(make_fiche(), objectifs="Former", jalons=[{"libelle": "Étude"}])
    ancienne = fiche.version
    fiche = change(fiche, objectifs="", titre="Autre", jalons=[], code="F99")
    fiche = restore_version(fiche=fiche, numero=ancienne, by=FABRIQUE, version_lue=fiche.version)
    assert (fiche.objectifs, fiche.code, fiche.version) == ("Former", "F99", ancienne + 2)
    assert [j.libelle for j in fiche.jalons.all()] == ["Étude"]
    with pytest.raises(ConflitEdition):
        restore_version(fiche=fiche, numero=ancienne, by=FABRIQUE, version_lue=ancienne)
    with pytest.raises(ActionImpossible, match="version 999"):
        restore_version(fiche=fiche, numero=999, by=FABRIQUE, version_lue=fiche.version)


def test_what_changed_since_the_region_read_it():
    fiche = make_fiche(statut=S.TRANSMISE)
    assert get_depuis_lecture(fiche) is None
    mark_lue(fiche=fiche, by=FABRIQUE)
    assert mark_lue(fiche=fiche, by=FABRIQUE) is None
    assert get_depuis_lecture(fiche).ecarts == []
    fiche = change(fiche, objectifs="Former")
    assert [e.champ for e in get_depuis_lecture(fiche).ecarts] == ["objectifs"]


def test_instructing_a_fiche_is_reading_it():
    fiche = make_fiche(statut=S.TRANSMISE)
    lue = fiche.version
    fiche = move_fiche(fiche=fiche, vers=S.A_COMPLETER, by=FABRIQUE, motif="Le coût")
    assert get_depuis_lecture(fiche).lecture.version == lue


def test_a_correction_reopens_that_field_only_until_it_is_closed():
    fiche = make_fiche(statut=S.REALISEE)
    region = make_personne("region", territoire=fiche.territoire)
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    with pytest.raises(ActionImpossible, match="ne change plus"):
        change(fiche, objectifs="Former")
    remarque = write_commentaire(
        fiche=fiche, texte="Les objectifs manquent", champ="objectifs", is_correction=True, by=region
    )
    assert attentes_for(chef).filter(code="fiches.correction").count() == 1
    fiche = change(fiche, objectifs="Former")
    with pytest.raises(ActionImpossible, match="ne change plus"):
        change(fiche, objectifs="Mieux", titre="Autre")
    close_commentaire(commentaire=remarque, by=chef)
    assert not attentes_for(chef).filter(code="fiches.correction").exists()
    with pytest.raises(ActionImpossible, match="ne change plus"):
        change(fiche, objectifs="Encore")


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"texte": "  "}, "texte"),
        ({"texte": "x" * 5001}, "texte"),
        ({"texte": "a", "champ": "rien"}, "champ"),
        ({"texte": "a", "is_correction": True}, "champ"),
    ],
)
def test_a_remark_that_says_nothing_is_refused(champs, champ):
    fiche = make_fiche()
    with pytest.raises(ActionImpossible) as refus:
        write_commentaire(fiche=fiche, by=make_personne(), **champs)
    assert refus.value.champ == champ


def test_a_person_named_is_told_once_by_mail_and_no_more_when_closed(django_capture_on_commit_callbacks):
    fiche = make_fiche()
    elu = make_personne("elu", territoire=fiche.territoire)
    with django_capture_on_commit_callbacks(execute=True):
        remarque = write_commentaire(fiche=fiche, texte="Votre avis ?", mentions=[elu], by=make_personne())
    assert attentes_for(elu).get(code="fiches.mention").motif == "Votre avis ?"
    assert Courriel.objects.filter(destinataire=elu.email).count() == 1
    close_commentaire(commentaire=remarque, by=elu)
    assert not attentes_for(elu).exists()


@pytest.fixture
def partage(db):
    fiche = make_fiche(titre="[G]HOST")
    autre = make_territoire("v1/ti-5201")
    return propose_partage(fiche=fiche, territoire=autre, role="Secteur verrier", part=30, by=FABRIQUE)


def test_a_partner_reads_the_proposal_accepts_and_shows_the_fiche(partage):
    chef = make_personne("chef_projet", territoire=partage.territoire)
    assert partage.fiche in fiches_visible_to(chef)
    assert not user_can_update_fiche(chef, partage.fiche)
    assert attentes_for(chef).filter(code="fiches.partage").count() == 1
    assert partage.fiche not in FicheAction.objects.of_territoire(partage.territoire)
    answer_partage(partage=partage, accepte=True, by=chef)
    assert partage.fiche in FicheAction.objects.of_territoire(partage.territoire)
    assert not Attente.objects.ouvertes().filter(code="fiches.partage").exists()
    assert list(fiches_comptees(Perimetre(au=aujourdhui()))) == [partage.fiche]


def test_a_partner_who_refuses_says_why_and_reads_it_no_more(partage):
    chef = make_personne("chef_projet", territoire=partage.territoire)
    with pytest.raises(ActionImpossible, match="pourquoi"):
        answer_partage(partage=partage, accepte=False, by=chef)
    answer_partage(partage=partage, accepte=False, motif="Hors sujet", by=chef)
    assert partage.fiche not in fiches_visible_to(chef)
    with pytest.raises(ActionImpossible, match="déjà"):
        answer_partage(partage=partage, accepte=True, by=chef)
    assert propose_partage(fiche=partage.fiche, territoire=partage.territoire, by=FABRIQUE).pk == partage.pk


def test_parts_never_pass_a_hundred_and_the_lead_is_not_a_partner(partage):
    fiche = partage.fiche
    with pytest.raises(ActionImpossible, match="110") as refus:
        propose_partage(fiche=fiche, territoire=make_territoire("v1/ti-5202"), part=80, by=FABRIQUE)
    assert refus.value.champ == "part"
    with pytest.raises(ActionImpossible, match="chef de file"):
        propose_partage(fiche=fiche, territoire=fiche.territoire, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="déjà"):
        propose_partage(fiche=fiche, territoire=partage.territoire, by=FABRIQUE)
    withdraw_partage(partage=partage, by=FABRIQUE)
    partage.refresh_from_db()
    assert partage.etat == EtatPartage.RETIRE


def test_a_merge_abandons_the_fiche_hands_over_what_nobody_was_asked_and_keeps_the_history():
    dans = make_fiche(code="F3")
    fiche = make_fiche(territoire=dans.territoire, code="F5")
    make_plan(fiche=fiche, cout=10_000_00)
    ligne = make_ligne(fiche=fiche)
    merge_fiche(
        fiche=fiche,
        dans=dans,
        motif="Même sujet",
        by=make_personne("chef_projet", territoire=dans.territoire),
    )
    fiche.refresh_from_db()
    dans.refresh_from_db()
    assert (fiche.statut, fiche.sort) == (S.ABANDONNEE, "Fusionnée dans F3")
    assert dans.plan.cout_total >= 10_000_00
    assert [li.financeur_id for li in dans.plan.lignes.all()] == [ligne.financeur_id]
    ligne.refresh_from_db()
    assert ligne.statut == StatutLigne.RETIRE
    assert "fiches.fiche_action.creee" in [e.code for e in get_histoire(dans) if e.cible_id == str(fiche.pk)]


def test_money_asked_of_a_funder_keeps_the_fiche_whole():
    fiche = make_fiche()
    make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE)
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    autre = make_fiche(territoire=fiche.territoire)
    with pytest.raises(ActionImpossible, match="entre les mains"):
        merge_fiche(fiche=fiche, dans=autre, by=chef)
    with pytest.raises(ActionImpossible, match="entre les mains"):
        split_fiche(fiche=fiche, morceaux=[Morceau("F2.1", "A"), Morceau("F2.2", "B")], by=chef)
    fiche.refresh_from_db()
    assert fiche.statut == S.BROUILLON


def test_a_split_names_its_parts_and_they_say_where_they_come_from():
    fiche = make_fiche(code="F2", description="Deux choses")
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    nees = split_fiche(fiche=fiche, morceaux=[Morceau("F2.1", "A"), Morceau("F2.2", "B")], by=chef)
    fiche.refresh_from_db()
    assert fiche.statut == S.ABANDONNEE
    assert [(n.code, n.description, n.scindee_de, n.statut) for n in nees] == [
        ("F2.1", "Deux choses", fiche, S.BROUILLON),
        ("F2.2", "Deux choses", fiche, S.BROUILLON),
    ]
    assert any(e.code == "fiches.fiche_action.scindee" for e in get_histoire(nees[0]))
    assert suggest_code(fiche.territoire) == "F3"


@pytest.mark.parametrize(
    "morceaux", [[], [Morceau("F2.1", "A")], [Morceau("F2.1", "A"), Morceau("F2.1", "B")]]
)
def test_a_split_in_one_or_with_a_code_twice_changes_nothing(morceaux):
    fiche = make_fiche(code="F2")
    with pytest.raises(ActionImpossible):
        split_fiche(
            fiche=fiche, morceaux=morceaux, by=make_personne("chef_projet", territoire=fiche.territoire)
        )
    fiche.refresh_from_db()
    assert fiche.statut == S.BROUILLON
    assert fiche.territoire.fiches.count() == 1


def test_a_merge_is_refused_into_itself_elsewhere_or_into_what_is_over():
    fiche = make_fiche()
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    ailleurs = make_fiche(territoire=make_territoire("v1/ti-5201"))
    finie = make_fiche(territoire=fiche.territoire, statut=S.REALISEE)
    for dans in (fiche, ailleurs, finie):
        with pytest.raises(ActionImpossible) as refus:
            merge_fiche(fiche=fiche, dans=dans, by=chef)
        assert refus.value.champ == "dans"


def test_reopening_a_merged_fiche_frees_it():
    dans = make_fiche()
    fiche = make_fiche(territoire=dans.territoire)
    chef = make_personne("chef_projet", territoire=dans.territoire)
    fiche = merge_fiche(fiche=fiche, dans=dans, by=chef)
    fiche = move_fiche(fiche=fiche, vers=S.BROUILLON, by=chef)
    assert fiche.sort == ""
    assert get_contenu(fiche)["statut"] == "brouillon"
