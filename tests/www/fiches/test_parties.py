"""Écrire une fiche partie par partie : la saisie revient, les lignes s’ajoutent, un conflit se départage."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.fiches.actions import update_fiche
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import ValeurIndicateur
from maillage.fiches.selectors import get_contenu
from tests.fabriques import FABRIQUE, make_fiche, make_personne, make_territoire

pytestmark = pytest.mark.django_db


def url(fiche, *suite, nom="fiche-partie"):
    return reverse(nom, args=[fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk, *suite])


@pytest.fixture
def territoire(db):
    return make_territoire()


@pytest.fixture
def chef(territoire, connecter):
    return connecter(make_personne("chef_projet", territoire=territoire))


@pytest.fixture
def fiche(territoire):
    return make_fiche(territoire=territoire)


def saisie(fiche, nom, *lignes, **autres):
    """Ce que le navigateur renvoie d’une liste."""
    donnees = {"version_lue": fiche.version, f"{nom}-TOTAL_FORMS": len(lignes), f"{nom}-INITIAL_FORMS": 0}
    for numero, ligne in enumerate(lignes):
        donnees |= {f"{nom}-{numero}-{cle}": valeur for cle, valeur in ligne.items()}
    return donnees | autres


def test_lines_are_saved_and_blank_ones_do_not_count(chef, fiche):
    vide = {"libelle": "", "nature": "etape"}
    reponse = chef.post(
        url(fiche, "etapes"),
        saisie(
            fiche,
            "jalons",
            {"libelle": "Étude", "nature": "etape", "echeance": "01/03/2030"},
            {"libelle": "Travaux", "nature": "etape", "apres": "1"},
            vide,
        ),
    )
    assert reponse.status_code == 302
    assert [(ligne["libelle"], ligne["apres"]) for ligne in get_contenu(fiche)["jalons"]] == [
        ("Étude", []),
        ("Travaux", [1]),
    ]
    page = chef.get(fiche.get_absolute_url()).content.decode()
    assert "Travaux" in page


def test_adding_a_line_keeps_what_was_typed_and_saves_nothing(chef, fiche):
    reponse = chef.post(
        url(fiche, "partenaires"),
        saisie(fiche, "partenaires", {"nom": "UIMM", "engagement": "pressenti"}, ajouter="partenaires"),
    )
    assert reponse.status_code == 200
    page = reponse.content.decode()
    assert 'value="UIMM"' in page
    assert 'name="partenaires-1-nom"' in page
    assert not fiche.partenaires.exists()


@pytest.mark.parametrize(
    ("partie", "nom", "ligne", "phrase"),
    [
        ("indicateurs", "indicateurs", {"libelle": "Emplois", "cible": "beaucoup"}, "n’est pas un nombre"),
        ("etapes", "jalons", {"libelle": "Étude", "echeance": "20219-01-01"}, "Ce n’est pas une date"),
        ("lieux", "sites", {"libelle": "Halle", "commune": "Nulleville"}, "Aucune commune"),
        ("etapes", "jalons", {"libelle": "Étude", "apres": "la première"}, "numéros"),
        ("cadres", "cadres", {"cadre": "crte", "adresse": "javascript:alert(1)"}, "adresse de page"),
    ],
)
def test_a_wrong_case_is_said_where_it_is_and_the_rest_comes_back(chef, fiche, partie, nom, ligne, phrase):
    defauts = {"indicateurs": {"famille": "autre", "portee": "resultat"}, "jalons": {"nature": "etape"}}
    reponse = chef.post(url(fiche, partie), saisie(fiche, nom, defauts.get(nom, {}) | ligne))
    assert reponse.status_code == 200
    page = reponse.content.decode()
    assert phrase in page
    assert f'value="{next(iter(ligne.values()))}"' in page or "selected" in page
    assert not getattr(fiche, nom).exists()


def test_two_people_choose_field_by_field_and_nothing_is_lost(chef, fiche):
    lue = fiche.version
    update_fiche(fiche=fiche, by=FABRIQUE, version_lue=lue, objectifs="Le leur", livrables="Un rapport")
    donnees = {"contexte": "", "objectifs": "Le mien", "livrables": "", "public_vise": "", "version_lue": lue}
    page = chef.post(url(fiche, "contexte"), donnees).content.decode()
    for texte in ("Le leur", "Le mien", "choix_objectifs", "Un rapport"):
        assert texte in page
    fiche.refresh_from_db()
    donnees |= {"version_lue": fiche.version, "livrables": "Un rapport", "choix_objectifs": "enregistre"}
    assert chef.post(url(fiche, "contexte"), donnees).status_code == 302
    fiche.refresh_from_db()
    assert (fiche.objectifs, fiche.livrables) == ("Le leur", "Un rapport")


def test_a_partie_that_does_not_exist_is_not_found(chef, fiche):
    assert chef.get(url(fiche, "essentiel")).status_code == 404
    assert chef.get(url(fiche, "rien")).status_code == 404


def test_a_frozen_fiche_says_so_before_one_writes(chef, territoire):
    fiche = make_fiche(territoire=territoire, statut=StatutFiche.REALISEE)
    assert "ne change plus" in chef.get(url(fiche, "contexte")).content.decode()


def test_a_value_is_added_with_its_source_or_refused(chef, fiche):
    fiche = update_fiche(
        fiche=fiche, by=FABRIQUE, version_lue=fiche.version, indicateurs=[{"libelle": "Emplois"}]
    )
    adresse = url(fiche, fiche.indicateurs.get().pk, nom="fiche-indicateur")
    donnees = {"valeur": "12,5", "nature": "declaree", "date_effet": "", "source": ""}
    assert "sans source" in chef.post(adresse, donnees).content.decode()
    assert not ValeurIndicateur.objects.exists()
    assert chef.post(adresse, donnees | {"source": "enquête"}).status_code == 302
    assert ValeurIndicateur.objects.get().valeur == 12_500
    assert "12,5" in chef.get(adresse).content.decode()


def test_the_page_says_what_the_region_will_miss(chef, fiche):
    page = chef.get(fiche.get_absolute_url()).content.decode()
    assert "La Région" in page
    assert "Objectifs" in page


def test_the_page_takes_as_many_queries_for_many_lines(chef, fiche):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            chef.get(fiche.get_absolute_url())

        return len(requetes)

    def fill(nombre):
        fiche.refresh_from_db()
        update_fiche(
            fiche=fiche,
            by=FABRIQUE,
            version_lue=fiche.version,
            jalons=[{"libelle": f"Étape {n}"} for n in range(nombre)],
            indicateurs=[{"libelle": f"Mesure {n}"} for n in range(nombre)],
            sites=[{"libelle": f"Lieu {n}"} for n in range(nombre)],
        )

    fill(1)
    avec_une = count()
    fill(6)
    assert count() == avec_une
