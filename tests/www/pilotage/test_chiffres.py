"""Les pages de chiffres : même chiffre que la commande, une porte par chiffre, rien de caché qui ne soit dit."""

import json
import re
from datetime import date

import pytest
from django.urls import reverse

from maillage.fiches.enums import StatutFiche, Visibilite
from maillage.financement.enums import StatutLigne
from maillage.pilotage.selectors import Perimetre, compute_chiffres, to_json
from maillage.territoires.enums import Fait
from maillage.territoires.models import Vague
from tests.fabriques import (
    EUROS,
    make_departement,
    make_fiche,
    make_ligne,
    make_personne,
    make_plan,
    make_region,
    make_territoire,
    make_vague,
)
from tests.pilotage.faits import FIN_2022, LANCEMENT, etape, labellise, publie

pytestmark = pytest.mark.django_db

AU = "2019-11-19"
JOUR = date(2019, 11, 19)


@pytest.fixture(autouse=True)
def vagues():
    make_vague(1), make_vague(2)
    Vague.objects.filter(numero=1).update(fin=date(2023, 11, 8))


def lire(client, nom, **parametres):
    reponse = client.get(reverse(nom), parametres)
    assert reponse.status_code == 200
    return reponse.content.decode()


def texte(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


# --- chiffres ----------------------------------------------------------------------------------------------------


def test_before_2023_the_published_count_leads_with_certain_and_possible_under_it(client):
    labellise("v1/ti-1")
    labellise("v1/ti-2", fin=FIN_2022)
    publie(2, LANCEMENT, "presse du 22 novembre")
    page = texte(lire(client, "chiffres", au=AU))
    assert "2 territoires labellisés, nombre publié au 19/11/2019 1 certains 2 possibles" in page
    assert "car la date exacte de plusieurs faits n’est connue qu’entre deux bornes" in page


def test_a_count_is_read_over_the_labelled_ones_and_opens_its_rows(client):
    for n in range(1, 4):
        labellise(f"v1/ti-{n}")
    etape(make_territoire("v1/ti-1"), Fait.PROTOCOLE, JOUR)
    page = lire(client, "chiffres", au=AU, region="52")
    assert "1 sur 3" in texte(page)
    porte = f"{reverse('chiffres-territoires')}?au={AU}&amp;region=52&amp;cle=protocole"
    assert porte in page


def test_after_a_new_wave_an_old_act_is_not_read_over_the_new_labels(client):
    etape(labellise("v1/ti-1"), Fait.PROTOCOLE, JOUR)
    labellise("v2/ti-9", debut=date(2023, 11, 9))
    page = texte(lire(client, "chiffres", au="2024-01-01"))
    assert "dont 0 sur 1 de la Phase 2" in page


def test_without_a_date_the_page_is_of_today(client, time_machine):
    time_machine.move_to(date(2024, 3, 1), tick=False)
    assert "Chiffres au 1er mars 2024" in texte(lire(client, "chiffres"))


@pytest.mark.parametrize(
    ("parametres", "phrase"),
    [
        ({"au": "2019-13-45"}, "Ce n’est pas une date"),
        ({"au": "2999-01-01"}, "Ce jour est dans l’avenir"),
        ({"au": AU, "region": "999"}, "Cette région ne mène aucun territoire"),
    ],
)
def test_a_bad_perimeter_is_shown_again_with_a_sentence_and_no_figure(client, parametres, phrase):
    page = lire(client, "chiffres", **parametres)
    assert phrase in page
    assert "mg-tete" not in page
    assert parametres["au"] in page


def test_a_french_date_is_read(client):
    assert "Chiffres au 19 novembre 2019" in texte(lire(client, "chiffres", au="19/11/2019"))


def test_the_json_is_that_of_the_command(client):
    etape(labellise(), Fait.PROTOCOLE, JOUR)
    recu = client.get(reverse("chiffres-json"), {"au": AU, "region": "52"}).json()
    assert recu == json.loads(json.dumps(to_json(compute_chiffres(Perimetre(au=JOUR, region="52")))))


def test_a_bad_date_in_json_is_a_400_with_a_sentence(client):
    reponse = client.get(reverse("chiffres-json"), {"au": "hier"})
    assert reponse.status_code == 400
    assert "pas une date" in reponse.json()["erreurs"][0]


def test_the_number_of_queries_of_the_page_does_not_depend_on_the_data(client, django_assert_max_num_queries):
    _accorde(labellise("v1/ti-1"))
    with django_assert_max_num_queries(14) as peu:
        lire(client, "chiffres", au=AU)
    for n in range(2, 7):
        departement = make_departement(
            f"0{n}", f"Département {n}", region=make_region(f"1{n}", f"Région {n}")
        )
        territoire = labellise(f"v1/ti-{n}", departement=departement)
        _accorde(territoire)
    with django_assert_max_num_queries(len(peu)):
        lire(client, "chiffres", au=AU)


# --- lignes ------------------------------------------------------------------------------------------------------


def test_the_rows_of_a_count_say_the_fact_the_bounds_and_the_source(client):
    etape(labellise(nom="Bassin d’essai"), Fait.PROTOCOLE, date(2018, 11, 22), date(2019, 11, 18))
    page = texte(lire(client, "chiffres-territoires", au=AU, cle="au_moins_un_acte"))
    assert "1 ligne" in page
    assert "Bassin d’essai" in page
    assert "entre le 22 novembre 2018 et le 18 novembre 2019" in page
    assert "journal d’essai" in page


def test_possible_rows_are_asked_for(client):
    labellise(fin=FIN_2022)
    assert "0 ligne" in texte(lire(client, "chiffres-territoires", au=AU, cle="labellises"))
    possibles = texte(lire(client, "chiffres-territoires", au=AU, cle="labellises", certitude="possible"))
    assert "1 ligne" in possibles
    assert "Possible" in possibles


@pytest.mark.parametrize(
    ("nom", "parametres"),
    [
        ("chiffres-territoires", {"cle": "inconnue"}),
        ("chiffres-territoires", {"certitude": "peut-être"}),
        ("chiffres-fiches", {"etat": "inconnu"}),
        ("chiffres-montants", {"mesure": "inconnue"}),
        ("chiffres-montants", {"financeur": "banque"}),
    ],
)
def test_rows_of_an_unknown_figure_do_not_exist(client, nom, parametres):
    assert client.get(reverse(nom), parametres).status_code == 404


def test_a_bad_date_on_rows_is_a_sentence(client):
    for nom in ("chiffres-territoires", "chiffres-fiches", "chiffres-montants"):
        page = lire(client, nom, au="hier")
        assert "Ce n’est pas une date" in page
        assert "mg-liste__resume" not in page


def test_non_public_fiches_are_counted_but_not_shown(client, connecter):
    territoire = labellise()
    make_fiche(territoire=territoire, titre="Au grand jour", visibilite=Visibilite.PUBLIQUE, date_effet=JOUR)
    make_fiche(territoire=territoire, titre="Encore secrète", date_effet=JOUR)
    page = lire(client, "chiffres-fiches", au=AU)
    assert "Au grand jour" in page
    assert "Encore secrète" not in page
    assert "2 fiches comptées. 1 autre fiche est comptée mais pas montrée" in texte(page)
    assert "Encore secrète" in lire(connecter(make_personne("national")), "chiffres-fiches", au=AU)


def test_the_rows_of_fiches_follow_the_door_they_were_opened_by(client):
    territoire = labellise()
    for statut in (StatutFiche.BROUILLON, StatutFiche.RETENUE):
        make_fiche(
            territoire=territoire,
            statut=statut,
            titre=f"En {statut}",
            visibilite=Visibilite.PUBLIQUE,
            date_effet=JOUR,
        )
    page = lire(client, "chiffres-fiches", au=AU, etat="retenue")
    assert "En retenue" in page
    assert "En brouillon" not in page
    assert "Retenue localement" in page


def _accorde(territoire, montant=40_000 * EUROS):
    fiche = make_fiche(territoire=territoire, titre="Halle", date_effet=JOUR)
    make_plan(fiche=fiche, date_effet=JOUR)
    return make_ligne(fiche=fiche, statut=StatutLigne.ACCORDE, montant=montant, date_effet=JOUR)


def test_the_public_sees_sums_and_officers_see_movements(client, connecter):
    territoire = labellise(nom="Bassin d’essai")
    ligne = _accorde(territoire)
    page = lire(client, "chiffres-montants", au=AU, mesure="accorde")
    assert "Bassin d’essai" in page
    assert ligne.financeur.nom in page
    assert "40 000 €" in texte(page)
    assert "Halle" not in page
    refus = client.get(reverse("chiffres-montants"), {"au": AU, "par": "mouvement"})
    assert refus.status_code == 403
    region = connecter(make_personne("region", territoire=territoire))
    assert "Halle" in lire(region, "chiffres-montants", au=AU, mesure="accorde", par="mouvement")


def test_an_export_of_sums_is_a_number_for_a_french_spreadsheet(client):
    _accorde(labellise(), 1_250_000_50)
    reponse = client.get(reverse("chiffres-montants"), {"au": AU, "export": "csv"})
    fichier = b"".join(reponse.streaming_content).decode("utf-8-sig")
    assert fichier.splitlines()[1].endswith("1250000,50")


def test_the_fictional_space_is_closed_to_the_public(client, connecter):
    etape(make_territoire("v1/fictif-1", is_fictif=True, nom="Rejeu"), Fait.PROTOCOLE, JOUR)
    demande = {"au": AU, "fictif": "1", "cle": "protocole"}
    assert client.get(reverse("chiffres-territoires"), demande).status_code == 403
    assert client.get(reverse("chiffres-json"), demande).status_code == 403
    page = lire(connecter(make_personne("national")), "chiffres-territoires", **demande)
    assert "Rejeu" in page
    assert "Espace fictif" in page


@pytest.mark.parametrize("nom", ["chiffres-territoires", "chiffres-fiches", "chiffres-montants"])
def test_the_number_of_queries_of_rows_does_not_depend_on_their_number(
    client, django_assert_max_num_queries, nom
):
    _accorde(labellise("v1/ti-1"))
    with django_assert_max_num_queries(30) as peu:
        lire(client, nom, au=AU)
    for n in range(2, 7):
        _accorde(labellise(f"v1/ti-{n}"))
    with django_assert_max_num_queries(len(peu)):
        lire(client, nom, au=AU)


def test_an_empty_platform_says_that_nothing_is_imported_rather_than_that_nothing_existed(client):
    Vague.objects.all().delete()
    page = texte(lire(client, "chiffres"))
    assert "Aucune liste de territoires n’est encore importée ici." in page
    assert "Aucun label n’est en vigueur" not in page
