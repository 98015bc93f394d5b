"""Les fiches autrement qu’en liste : colonnes choisies, par état, calendrier, carte, tableau à modifier."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.fiches.actions import update_fiche
from maillage.fiches.actions_lot import save_colonnes
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import PreferenceListe
from tests.fabriques import FABRIQUE, make_fiche, make_personne, make_territoire

pytestmark = pytest.mark.django_db
VUES = ["fiches", "fiches-tableau", "fiches-calendrier", "fiches-carte", "fiches-lot"]
LOT = ("code", "axe", "priorite", "avancement", "maturite", "visibilite", "debut_prevu", "fin_prevue", "rang")


@pytest.fixture
def territoire(db):
    return make_territoire()


@pytest.fixture
def personne(territoire):
    return make_personne("chef_projet", territoire=territoire)


@pytest.fixture
def chef(personne, connecter):
    return connecter(personne)


def url(nom, territoire):
    return reverse(nom, args=[territoire.vague.code, territoire.id_ti])


def fill(territoire, nombre):
    for n in range(nombre):
        make_fiche(
            territoire=territoire,
            debut_prevu=date(2020, 1, 1),
            fin_prevue=date(2021, 1, 1),
            jalons=[
                {"libelle": f"Étude {n}", "echeance": date(2020, 3, 1)},
                {"libelle": f"Travaux {n}", "echeance": date(2020, 9, 1), "apres": [1]},
            ],
            sites=[{"libelle": f"Halle {n}"}],
        )


@pytest.mark.parametrize("vue", VUES)
def test_a_view_is_empty_in_words_and_takes_as_many_queries_for_many(chef, territoire, vue):
    assert chef.get(url(vue, territoire)).status_code == 200

    def count():
        with CaptureQueriesContext(connection) as requetes:
            page = chef.get(url(vue, territoire)).content.decode()
        assert "Halle" in page or vue != "fiches-carte"
        return len(requetes)

    fill(territoire, 1)
    avec_une = count()
    fill(territoire, 5)
    assert count() == avec_une


@time_machine.travel("2020-06-01 12:00:00Z")
def test_the_calendar_says_what_is_late_and_what_it_pushes(chef, territoire):
    fill(territoire, 1)
    page = chef.get(url("fiches-calendrier", territoire)).content.decode()
    assert "En retard" in page
    assert "Étude 0" in page
    assert "mg-gantt__retard" in page


def test_the_board_puts_each_fiche_under_its_state(chef, territoire):
    make_fiche(territoire=territoire, titre="Une idée", statut=StatutFiche.IDEE)
    make_fiche(territoire=territoire, titre="Une retenue", statut=StatutFiche.RETENUE)
    page = chef.get(url("fiches-tableau", territoire)).content.decode()
    assert page.index("Une idée") < page.index("Retenue localement") < page.index("Une retenue")


def test_columns_are_chosen_and_remembered(chef, territoire, personne):
    make_fiche(territoire=territoire, priorite="elevee")
    adresse = url("fiches", territoire)
    assert "trier par priorité" not in chef.get(adresse).content.decode().lower()
    chef.post(url("fiches-colonnes", territoire), {"colonne": ["priorite", "inconnue"]})
    page = chef.get(adresse).content.decode()
    assert "Trier par priorité" in page
    assert "Trier par porteur" not in page
    save_colonnes(personne=personne, colonnes=[])
    assert "Trier par porteur" in chef.get(adresse).content.decode()
    assert PreferenceListe.objects.count() == 1


def saisie(fiches, **changements):
    donnees = {"lot-TOTAL_FORMS": len(fiches), "lot-INITIAL_FORMS": len(fiches)}
    for n, fiche in enumerate(fiches):
        valeurs = {nom: getattr(fiche, nom) or "" for nom in LOT} | {
            "axe": fiche.axe_id or "",
            "rang": fiche.rang,
            "fiche": fiche.pk,
            "version_lue": fiche.version,
        }
        donnees |= {f"lot-{n}-{nom}": valeur for nom, valeur in valeurs.items()}
    return donnees | changements


def test_a_bulk_edit_shows_before_it_writes_all_or_nothing(chef, territoire):
    une, deux = (make_fiche(territoire=territoire, code=f"F{n}") for n in (1, 2))
    adresse = url("fiches-lot", territoire)
    assert "Rien ne change" in chef.post(adresse, saisie([une, deux])).content.decode()
    donnees = saisie([une, deux], **{"lot-0-priorite": "elevee", "lot-1-priorite": "basse"})
    page = chef.post(adresse, donnees).content.decode()
    assert "2 fiches" in page
    assert "Élevée" in page
    une.refresh_from_db()
    assert une.priorite == ""
    pris = donnees | {"lot-1-code": "F1", "appliquer": "1"}
    refus = chef.post(adresse, pris).content.decode()
    assert "déjà celui d’une autre fiche" in refus
    une.refresh_from_db()
    assert une.priorite == ""
    assert chef.post(adresse, donnees | {"appliquer": "1"}).status_code == 302
    une.refresh_from_db()
    deux.refresh_from_db()
    assert (une.priorite, deux.priorite) == ("elevee", "basse")


def test_a_fiche_changed_meanwhile_stops_the_whole_bulk(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    donnees = saisie([fiche], **{"lot-0-priorite": "elevee", "appliquer": "1"})
    update_fiche(fiche=fiche, by=FABRIQUE, version_lue=1, titre="Autre")
    assert (
        "Aucune fiche n’a été changée" in chef.post(url("fiches-lot", territoire), donnees).content.decode()
    )


def test_a_fiche_of_another_territory_is_left_alone(chef, territoire):
    etrangere = make_fiche(territoire=make_territoire("v1/ti-5201"))
    make_fiche(territoire=territoire)
    donnees = saisie([etrangere], **{"lot-0-priorite": "elevee", "appliquer": "1"})
    assert "Rien ne change" in chef.post(url("fiches-lot", territoire), donnees).content.decode()
    etrangere.refresh_from_db()
    assert etrangere.priorite == ""
