import csv
import io
import json

import pytest
from django.conf import settings
from django.urls import reverse

from maillage.comptes.enums import RoleOrganisation
from maillage.dispositifs.actions_import import import_dispositifs
from maillage.dispositifs.enums import Famille, NatureAide, Origine
from maillage.dispositifs.formats import (
    list_champs_api,
    load_schema,
    read_objets,
    read_schema,
    to_aide,
    to_colonnes,
)
from maillage.dispositifs.models import Dispositif
from maillage.referentiels.models import Region
from maillage.socle.erreurs import DonneesIllisibles
from tests.fabriques import FABRIQUE, make_dispositif, make_organisation, make_personne

pytestmark = pytest.mark.django_db
DOSSIER = settings.DOSSIER_DONNEES / "dispositifs-aide"
EXEMPLES = {
    "schema": "exemple-dispositif-aide.csv",
    "professionnels": "exemple-dispositif-aide-professionnels.csv",
}


def _importe(contenu, forme, nom="dispositifs.csv"):
    return import_dispositifs(contenu=contenu, nom=nom, forme=forme, by=FABRIQUE)


def _exporte(client, forme):
    reponse = client.get(reverse("dispositifs-fichier", args=[forme]))
    assert reponse.status_code == 200
    return b"".join(reponse.streaming_content)


@pytest.mark.parametrize(("forme", "exemple"), EXEMPLES.items())
def test_the_published_example_imports_and_a_second_time_changes_nothing(forme, exemple):
    contenu = (DOSSIER / exemple).read_bytes()
    premier, second = _importe(contenu, forme), _importe(contenu, forme)
    assert (premier.crees, premier.erreurs) == (1, [])
    version = Dispositif.objects.get().versions.get(numero=1)
    assert version.financeur_nom == "BPIFRANCE (BPIFRANCE)"
    assert version.get_codes(Famille.PERIMETRE_EXCLU) == ["REG-84", "DEP-01", "COM-83141"]
    assert version.complements == {"types_aides": ["information", "financement"]}
    assert (second.crees, second.modifies, second.erreurs) == (0, 0, [])


@pytest.mark.parametrize("forme", EXEMPLES)
def test_what_is_exported_obeys_the_schema_and_comes_back_unchanged(client, forme):
    make_organisation(nom="Financeur", siren="200072999", is_financeur=True)
    make_dispositif(titre="Sans rien")
    make_dispositif(
        titre="Riche",
        contenu={"taux_max": 3333, "naf": ["C"], "promesse": "Gagnez du temps"},
        listes={
            Famille.NATURE: [NatureAide.PRET],
            Famille.BENEFICIAIRE: ["organisme_formation"],
            Famille.AXE: ["v2/foncier"],
        },
    )
    fichier = _exporte(client, forme)
    assert next(csv.DictReader(io.StringIO(fichier.decode()))).keys() == {
        champ["name"] for champ in load_schema(forme)["fields"]
    }
    assert read_schema(fichier, "export.csv", forme).erreurs == []
    bilan = _importe(fichier, forme)
    assert (bilan.lus, bilan.crees, bilan.modifies, bilan.erreurs) == (2, 0, 0, [])
    assert Dispositif.objects.get(titre="Riche").versions.get().get_codes(Famille.BENEFICIAIRE) == [
        "organisme_formation"
    ]


def test_an_import_changes_only_the_columns_that_differ(client):
    dispositif = make_dispositif(
        titre="Avant", contenu={"taux_max": 3333}, listes={Famille.BENEFICIAIRE: ["organisme_formation"]}
    )
    fichier = _exporte(client, "schema").replace(b"Avant", "Après".encode())
    assert _importe(fichier, "schema").modifies == 1
    version = dispositif.versions.prefetch_related("facettes").get(numero=2)
    assert (version.titre, version.taux_max) == ("Après", 3333)
    assert version.get_codes(Famille.BENEFICIAIRE) == ["organisme_formation"]
    assert set(version.sources) == {"titre"}


@pytest.mark.parametrize(
    ("colonne", "valeur", "phrase"),
    [
        ("id", "12", "n’est pas un identifiant UUID"),
        ("titre", "", "la valeur manque"),
        ("promesse", "x" * 181, "181 signes, pour 180 au plus"),
        ("cibles", "tout le monde", "n’a pas la forme attendue"),
        ("eligibilite_geographique", "52", "n’a pas la forme attendue"),
        ("date_ouverture", "demain", "n’est pas une date"),
        ("porteurs", "ADEME", "ce n’est pas une liste d’objets JSON"),
        ("porteurs", '[{"nom": "X", "siren": "123456789", "roles": []}]', "est faux"),
        ("url_source", "ftp://x", "n’a pas la forme attendue"),
    ],
)
def test_a_bad_value_names_its_line_and_its_column(client, colonne, valeur, phrase):
    make_dispositif()
    lignes = list(csv.DictReader(io.StringIO(_exporte(client, "schema").decode())))
    lignes[0][colonne] = valeur
    sortie = io.StringIO()
    ecrivain = csv.DictWriter(sortie, list(lignes[0]))
    ecrivain.writeheader()
    ecrivain.writerows(lignes)
    (erreur,) = read_schema(sortie.getvalue().encode(), "x.csv", "schema").erreurs
    assert erreur.startswith(f"ligne 2, colonne «\u00a0{colonne}\u00a0»")
    assert phrase in erreur


def test_two_funders_of_the_same_name_ask_for_the_siren(client):
    fichier = (DOSSIER / EXEMPLES["schema"]).read_bytes()
    for _ in range(2):
        make_organisation(nom="BPIFRANCE (BPIFRANCE)")
    bilan = _importe(fichier, "schema")
    assert bilan.crees == 0
    assert "donnez le SIREN" in bilan.erreurs[0]


def test_corsica_is_written_so_that_the_schema_accepts_it(client):
    version = make_dispositif(listes={Famille.PERIMETRE: ["REG-94"]}).versions.get()
    assert to_colonnes(version, "schema")["eligibilite_geographique"] == "REG-94"
    corse = (DOSSIER / EXEMPLES["schema"]).read_bytes().replace(b"PAYS-99100", b"DEP-2A")
    assert _importe(corse, "schema").erreurs == []


def test_the_objects_of_the_schema_read_in_both_writings():
    attendu = [{"nom": "Conseil d'État", "roles": ["financeur"]}]
    assert read_objets("[{ nom: 'Conseil d'État', roles: [ 'financeur' ]}]") == attendu
    assert read_objets(json.dumps(attendu)) == attendu


AIDE = {
    "id": 42,
    "url": "/aides/prime/",
    "name": "Prime",
    "financers": ["Région d’essai"],
    "description": "<p>Bonjour<script>x</script></p>",
    "eligibility": "",
    "perimeter": "Pays de la Loire",
    "perimeter_scale": "Région",
    "mobilization_steps": ["Réflexion / conception"],
    "targeted_audiences": ["Communes", "private-sector"],
    "aid_types": ["Subvention", "Ingénierie technique"],
    "categories": ["Développement économique / Industrie"],
    "submission_deadline": "2027-01-31",
    "subvention_rate_upper_bound": 50,
    "recurrence": "Ponctuelle",
}


def _api(*aides):
    return json.dumps({"count": len(aides), "previous": None, "next": None, "results": aides}).encode()


def test_an_aid_of_the_api_becomes_a_scheme_and_twice_the_same():
    Region.objects.create(code="52", nom="Pays de la Loire", zone="metro")
    financeur = make_organisation(nom="Région d’essai")
    assert _importe(_api(AIDE), "aides-territoires").crees == 1
    assert _importe(_api(AIDE), "aides-territoires").modifies == 0
    dispositif = Dispositif.objects.get()
    version = dispositif.versions.get()
    assert (dispositif.origine, dispositif.financeur) == (Origine.AIDES_TERRITOIRES, financeur)
    assert version.get_codes(Famille.PERIMETRE) == ["REG-52"]
    assert version.get_codes(Famille.NATURE) == ["subvention", "ingenierie"]
    assert version.get_codes(Famille.BENEFICIAIRE) == ["commune", "entreprise"]
    assert (version.taux_max, version.description) == (5000, "<p>Bonjour</p>")
    aide = to_aide(version)
    assert tuple(aide) == list_champs_api()
    assert len(aide) == 44
    for champ in ("name", "perimeter", "perimeter_scale", "mobilization_steps", "categories", "recurrence",
                  "submission_deadline", "subvention_rate_upper_bound"):  # fmt: skip
        assert aide[champ] == AIDE[champ], champ


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"id": "x"}, "champ «\u00a0id\u00a0»"),
        ({"name": " "}, "champ «\u00a0name\u00a0»"),
        ({"subvention_rate_upper_bound": 150}, "pourcentage entier"),
        ({"start_date": "hier"}, "n’est pas une date"),
        ({"aid_types": "Subvention"}, "n’est pas une liste"),
    ],
)
def test_a_bad_aid_is_named_and_the_others_are_kept(change, phrase):
    bilan = _importe(_api(AIDE | change, AIDE | {"id": 43}), "aides-territoires")
    assert bilan.crees == 1
    (erreur,) = bilan.erreurs
    assert erreur.startswith("aide 1")
    assert phrase in erreur


def test_what_is_not_json_is_a_sentence():
    with pytest.raises(DonneesIllisibles, match="pas du JSON"):
        _importe(b"<html>", "aides-territoires")


def test_only_the_delegation_imports_and_it_reads_what_was_refused(client):
    client.force_login(make_personne(RoleOrganisation.FINANCEUR))
    assert client.get(reverse("dispositifs-import")).status_code == 403
    client.force_login(make_personne(RoleOrganisation.NATIONAL))
    fichier = io.BytesIO(_api(AIDE | {"id": None}, AIDE))
    fichier.name = "aides.json"
    page = client.post(reverse("dispositifs-import"), {"forme": "aides-territoires", "fichier": fichier})
    assert "aide 1, champ" in page.content.decode()
    assert Dispositif.objects.count() == 1
