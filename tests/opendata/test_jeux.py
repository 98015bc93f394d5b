"""Les jeux de données ouverts : ce que le site montre déjà, à une date, et rien de plus."""

import csv
import io
import json
from datetime import date

import pytest
from openpyxl import load_workbook

from calcul.carte import METROPOLE, REPERES, deprojeter_polygones, projeter_polygones
from maillage.contrats.actions import Source, record_acte_constate
from maillage.contrats.enums import NatureActe
from maillage.fiches.enums import StatutFiche, Visibilite
from maillage.financement.enums import NatureLigne, OrigineFinanceur, StatutLigne
from maillage.opendata.exports import TYPES, list_formes
from maillage.opendata.selectors import JEUX
from maillage.pilotage.models import Indicateur
from maillage.referentiels.models import Contour
from maillage.territoires.models import Vague
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_acte,
    make_epci,
    make_fiche,
    make_ligne,
    make_plan,
    make_territoire,
)
from tests.pilotage.faits import labellise, publie

pytestmark = pytest.mark.django_db
AU = date(2024, 6, 1)


def _lignes(cle, au=AU):
    jeu = JEUX[cle]
    noms = [champ.nom for champ in jeu.champs]
    return [dict(zip(noms, ligne, strict=True)) for ligne in jeu.lignes(au)]


def _lire(client, adresse, **parametres):
    reponse = client.get(adresse, parametres)
    assert reponse.status_code == 200
    return b"".join(reponse.streaming_content)


def test_territoires_say_their_label_and_their_members_at_the_date():
    territoire = labellise("v1/ti-1")
    Vague.objects.filter(pk=territoire.vague_id).update(fin=date(2023, 11, 8))
    make_territoire("v1/fictif-1", is_fictif=True)
    (ligne,) = _lignes("territoires", date(2019, 1, 1))
    assert (ligne["territoire"], ligne["labellise"], ligne["membres"]) == ("v1/ti-1", "certain", 1)
    assert ligne["etape"]
    (ligne,) = _lignes("territoires", date(2024, 1, 1))
    assert ligne["labellise"] == "non"
    assert ligne["membres"] == 1


def test_a_member_that_left_is_given_before_and_not_after():
    territoire = make_territoire("v2/ti-1", epcis=[make_epci(nom="CC Partie"), make_epci(nom="CC Restée")])
    territoire.perimetres.filter(epci__nom="CC Partie").update(fin=date(2024, 3, 1))
    assert {ligne["nom"] for ligne in _lignes("membres", date(2024, 2, 1))} == {"CC Partie", "CC Restée"}
    assert {ligne["nom"] for ligne in _lignes("membres", date(2024, 3, 1))} == {"CC Restée"}


def test_only_public_fiches_are_given_in_their_state_at_the_date():
    territoire = make_territoire()
    jour = date(2024, 1, 5)
    publique = make_fiche(
        territoire=territoire, visibilite=Visibilite.PUBLIQUE, statut=StatutFiche.RETENUE, date_effet=jour
    )
    make_fiche(territoire=territoire, date_effet=jour)
    make_fiche(
        territoire=make_territoire("v1/fictif-1", is_fictif=True),
        visibilite=Visibilite.PUBLIQUE,
        date_effet=jour,
    )
    (ligne,) = _lignes("fiches")
    assert (ligne["code"], ligne["etat"], ligne["page"]) == (
        publique.code,
        "Retenue localement",
        publique.get_public_url(),
    )
    assert _lignes("fiches", date(2024, 1, 4)) == []


def test_the_money_of_a_fiche_leaves_out_the_part_of_its_carrier():
    jour = date(2024, 1, 5)
    fiche = make_fiche(visibilite=Visibilite.PUBLIQUE, date_effet=jour)
    make_plan(fiche=fiche, date_effet=jour)
    make_ligne(fiche=fiche, statut=StatutLigne.ACCORDE, montant=40_000 * EUROS, date_effet=jour)
    make_ligne(
        fiche=fiche,
        statut=StatutLigne.ACCORDE,
        montant=17_000 * EUROS,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        date_effet=jour,
    )
    (ligne,) = _lignes("fiches")
    assert (ligne["accorde_euros"], ligne["verse_euros"]) == (40_000 * EUROS, None)


def test_acts_are_certain_after_their_bounds_and_projects_stay_out():
    territoire = make_territoire()
    make_acte(territoire=territoire)
    record_acte_constate(
        territoire=territoire,
        titre="Protocole",
        debut=date(2019, 3, 1),
        fin=date(2019, 3, 31),
        sources=[
            Source("un journal", NatureActe.PROTOCOLE),
            Source("un autre", NatureActe.CONTRAT),
        ],
        by=FABRIQUE,
    )
    (ligne,) = _lignes("actes", date(2019, 3, 15))
    assert ligne["certitude"] == "possible"
    assert "un journal" in ligne["sources"]
    assert "Contrat, selon un autre" in ligne["sources"]
    assert _lignes("actes", date(2019, 4, 1))[0]["certitude"] == "certain"
    assert _lignes("actes", date(2019, 2, 1)) == []


def test_key_figures_are_those_of_the_page_for_the_country_phases_and_regions():
    labellise("v2/ti-1")
    lignes = {
        (ligne["perimetre"], ligne["indicateur"]): ligne for ligne in _lignes("chiffres", date(2024, 6, 1))
    }
    assert lignes["national", "labellises"]["certains"] == 1
    assert lignes["phase", "labellises"]["certains"] == 1
    assert lignes["région chef de file", "labellises"]["perimetre_nom"] == "Pays de la Loire"
    assert lignes["national", "montant_accorde"]["euros"] == 0


def test_published_figures_keep_their_source_and_their_day():
    publie(124, date(2018, 11, 22), "presse du jour", indicateur=Indicateur.LABELLISES)
    (ligne,) = _lignes("chiffres-publies", date(2018, 11, 22))
    assert (ligne["valeur"], ligne["source"]) == (124, "presse du jour")
    assert _lignes("chiffres-publies", date(2018, 11, 21)) == []


@pytest.mark.parametrize("cle", JEUX)
def test_every_file_of_every_set_carries_its_dictionary_and_its_licence(client, cle):
    labellise("v2/ti-1")
    make_fiche(visibilite=Visibilite.PUBLIQUE)
    jeu = JEUX[cle]
    noms = [champ.nom for champ in jeu.champs]
    adresse = f"/donnees/{cle}"
    texte = _lire(client, f"{adresse}.csv", au="2024-06-01").decode()
    assert next(csv.reader(io.StringIO(texte.lstrip("\ufeff")), delimiter=";")) == noms
    contenu = json.loads(_lire(client, f"{adresse}.json", au="2024-06-01"))
    assert (contenu["au"], contenu["licence"]["nom"]) == ("2024-06-01", jeu.licence.nom)
    assert [champ["nom"] for champ in contenu["dictionnaire"]] == noms
    assert all(list(ligne) == noms for ligne in contenu["lignes"])
    classeur = load_workbook(io.BytesIO(_lire(client, f"{adresse}.xlsx", au="2024-06-01")))
    donnees, dictionnaire = classeur.worksheets
    assert [cellule.value for cellule in donnees[1]] == noms
    assert {ligne[0].value for ligne in dictionnaire.iter_rows()} >= {"Licence", *noms}


def test_the_geojson_gives_contours_in_degrees_with_their_mention(client):
    labellise("v1/ti-1")
    repere, polygones = projeter_polygones([[[(5.0, 47.8), (5.4, 47.8), (5.4, 48.1), (5.0, 47.8)]]])
    Contour.objects.create(
        couche="ti_v1", code="ti-1", repere=repere, geometrie=polygones, ouest=0, sud=0, est=1, nord=1
    )
    contenu = json.loads(_lire(client, "/donnees/territoires.geojson"))
    (entite,) = contenu["features"]
    assert entite["id"] == "v1/ti-1"
    assert entite["geometry"]["coordinates"][0][0][0] == pytest.approx([5.0, 47.8], abs=1e-4)
    assert any("IGN" in mention for mention in contenu["mentions"])


@pytest.mark.parametrize(("repere", "point"), [(METROPOLE, (-1.55, 47.22)), ("974", (55.45, -20.9))])
def test_a_projected_point_comes_back_to_its_degrees(repere, point):
    x, y = REPERES[repere].projeter(*point)
    assert REPERES[repere].deprojeter(x, y) == pytest.approx(point, abs=1e-9)


def test_rings_are_closed_in_degrees():
    _, polygones = projeter_polygones([[[(5.0, 47.8), (5.4, 47.8), (5.4, 48.1)]]])
    (((*_, dernier),),) = deprojeter_polygones(METROPOLE, polygones)
    assert dernier == pytest.approx([5.0, 47.8], abs=1e-4)


def test_a_text_that_looks_like_a_formula_is_disarmed(client):
    make_territoire("v2/ti-1", nom="=1+1")
    assert "'=1+1" in _lire(client, "/donnees/territoires.csv").decode()


@pytest.mark.parametrize(
    ("adresse", "statut"),
    [
        ("/donnees/inconnu.csv", 404),
        ("/donnees/fiches.geojson", 404),
        ("/donnees/fiches.exe", 404),
        ("/donnees/fiches.csv?au=2019-02-30", 400),
        ("/donnees/fiches.csv?au=2999-01-01", 400),
    ],
)
def test_a_file_that_cannot_be_made_says_so(client, adresse, statut):
    reponse = client.get(adresse)
    assert reponse.status_code == statut
    if statut == 400:
        assert reponse["Content-Type"].startswith("text/plain")


def test_the_page_offers_every_file_with_its_day_and_keeps_a_bad_day(client):
    page = client.get("/donnees/", {"au": "2019-11-19"}).content.decode()
    for jeu in JEUX.values():
        for forme in list_formes(jeu):
            assert f"/donnees/{jeu.cle}.{forme}?au=2019-11-19" in page
        for champ in jeu.champs:
            assert f"<code>{champ.nom}</code>" in page
    page = client.get("/donnees/", {"au": "2019-02-30"}).content.decode()
    assert "Ce n’est pas une date" in page
    assert 'value="2019-02-30"' in page


def test_the_catalogue_gives_absolute_stable_addresses(client):
    jeux = client.get("/donnees/catalogue.json").json()["jeux"]
    assert [jeu["jeu"] for jeu in jeux] == list(JEUX)
    adresses = [fichier["url"] for jeu in jeux for fichier in jeu["fichiers"]]
    assert "http://testserver/donnees/territoires.geojson" in adresses
    assert len(adresses) == len(set(adresses)) == sum(len(list_formes(jeu)) for jeu in JEUX.values())
    assert {fichier["type"] for jeu in jeux for fichier in jeu["fichiers"]} == set(TYPES.values())


def test_robots_and_sitemap_open_the_public_pages_and_them_alone(client):
    territoire = make_territoire("v2/ti-1")
    publique = make_fiche(territoire=territoire, visibilite=Visibilite.PUBLIQUE)
    gardee = make_fiche(territoire=territoire)
    make_territoire("v1/fictif-1", is_fictif=True)
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /espace/" in robots
    assert "Sitemap: http://testserver/sitemap.xml" in robots
    plan = _lire(client, "/sitemap.xml").decode()
    assert f"<loc>http://testserver{territoire.get_absolute_url()}</loc>" in plan
    assert publique.get_public_url() in plan
    assert gardee.get_public_url() not in plan
    assert "fictif" not in plan
    assert "/espace/" not in plan
