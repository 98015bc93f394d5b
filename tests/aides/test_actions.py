import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from maillage.aides.enums import Place, Rapprochement
from maillage.aides.models import AideObservee, FichierAides
from maillage.aides.selectors import compare_territoires, rapproche_lignes, with_place
from maillage.financement.enums import OrigineFinanceur, StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.journal.models import Entree
from maillage.referentiels.models import Commune, CommuneAncienne
from maillage.socle.horloge import aujourdhui
from tests.fabriques import EUROS, make_departement, make_epci, make_ligne, make_territoire

pytestmark = pytest.mark.django_db
COLONNES = (
    "nom_region,code_departement,nom_departement,code_commune,nom_commune,axe,numero_demarche_ds,nom_demarche_ds,"
    "numero_dossier_ds,nom_du_projet,nom_beneficiaire_principal,siren,montant_engage\n"
)


def _ligne(dossier, commune, montant, mesure="Recyclage foncier", region="Pays de la Loire"):
    return f"{region},44,Loire-Atlantique,{commune},X,2,1,{mesure},{dossier},Projet {dossier},VILLE,200072999,{montant}\n"


@pytest.fixture
def communes():
    """Une commune dans un territoire des deux phases, une ancienne commune qui y mène, une commune dehors."""
    departement = make_departement()
    epci = make_epci(departement=departement)
    commun = {"departement": departement, "region": departement.region, "zone": "metro"}
    dedans = Commune.objects.create(
        code_insee="44001", nom="Dedans", nom_recherche="dedans", epci=epci, population=1000, **commun
    )
    Commune.objects.create(code_insee="44002", nom="Dehors", nom_recherche="dehors", population=500, **commun)
    CommuneAncienne.objects.create(
        code_insee="44003", nom="Ancienne", nom_recherche="ancienne", type="deleguee", commune=dedans
    )
    make_territoire("v1/ti-5201", epcis=[epci])
    make_territoire("v2/ti-5209", epcis=[epci])
    make_territoire("v1/fictif-5201", epcis=[epci], is_fictif=True)


@pytest.fixture
def fichier(tmp_path):
    def ecrire(*lignes, nom="fonds-vert-2023.csv"):
        chemin = tmp_path / nom
        chemin.write_text(COLONNES + "".join(lignes), encoding="utf-8")
        return chemin

    return ecrire


def _importe(chemin):
    sortie = StringIO()
    call_command("importer_aides", "fonds-vert", str(chemin), "--json", stdout=sortie)
    return json.loads(sortie.getvalue())


LIGNES = (
    _ligne("1", "44001", "1000"),
    _ligne("2", "44003", "500.5"),
    _ligne("3", "44002", "2000"),
    _ligne("4", "NULL", "10"),
    _ligne("5", "44002", "moins que rien"),
)


def test_each_row_is_placed_and_the_second_run_says_and_writes_the_same(communes, fichier):
    attendu = {
        "lignes": 5,
        "montant_centimes": 351_050,
        "dans_ti": {"v1": 2, "v2": 2},
        "hors_ti": 2,
        "rejets": 1,
    }
    chemin = fichier(*LIGNES)
    assert _importe(chemin) == attendu
    pks, entrees = set(AideObservee.objects.values_list("pk", flat=True)), Entree.objects.count()
    assert _importe(chemin) == attendu
    assert set(AideObservee.objects.values_list("pk", flat=True)) == pks
    assert Entree.objects.count() == entrees
    assert FichierAides.objects.count() == 1


def test_a_row_corrected_by_a_new_edition_keeps_the_old_one(communes, fichier):
    _importe(fichier(_ligne("1", "44001", "1000")))
    _importe(fichier(_ligne("1", "44001", "1200"), nom="edition-2023-b.csv"))
    ancienne, nouvelle = AideObservee.objects.order_by("pk")
    assert ancienne.remplacee_at is not None
    assert (nouvelle.montant, nouvelle.remplacee_at) == (120_000, None)
    assert nouvelle.territoires.count() == 2


def test_a_file_with_two_lines_for_one_dossier_keeps_both(communes, fichier):
    bilan = _importe(fichier(_ligne("1", "44001", "1000"), _ligne("1", "44001", "300")))
    assert (bilan["lignes"], AideObservee.objects.count()) == (2, 2)


def test_a_missing_file_is_a_sentence_and_writes_nothing(tmp_path):
    with pytest.raises(CommandError, match="Rien n’a été enregistré"):
        call_command("importer_aides", "fonds-vert", str(tmp_path / "absent.csv"))


def test_a_row_without_commune_is_neither_in_nor_out(communes, fichier):
    _importe(fichier(*LIGNES))
    territoire = make_territoire("v2/ti-5209")
    places = dict(
        with_place(AideObservee.objects.all(), territoire.vague).values_list("numero_dossier", "place")
    )
    assert places == {"1": Place.DANS, "2": Place.DANS, "3": Place.HORS, "4": Place.INCONNUE}


def test_the_comparison_counts_every_inhabitant_and_splits_every_euro(
    communes, fichier, django_assert_max_num_queries
):
    _importe(fichier(*LIGNES))
    vague = make_territoire("v2/ti-5209").vague
    with django_assert_max_num_queries(6):
        comparaison = compare_territoires(vague=vague, au=aujourdhui(), annee=2023)
    total = comparaison.total
    assert (total.dans.nombre, total.dans.centimes, total.dans.par_habitant) == (2, 150_050, 150)
    assert (total.hors.nombre, total.hors.centimes, total.hors.habitants) == (1, 200_000, 500)
    assert (total.inconnue.nombre, total.inconnue.centimes, total.inconnue.par_habitant) == (1, 1_000, None)
    assert [ligne.centimes for ligne in comparaison.mesures] == [351_050]
    assert sum(ligne.centimes for ligne in comparaison.regions) == total.centimes


@pytest.mark.parametrize(
    ("dossier", "montant", "attendu", "ecart"),
    [
        ("777", "1000", Rapprochement.CONCORDE, 0),
        ("777", "900", Rapprochement.ECART, -10_000),
        ("778", "1000", Rapprochement.INCONNUE, None),
    ],
)
def test_a_declared_line_meets_the_published_one_by_its_dossier(
    communes, fichier, dossier, montant, attendu, ecart
):
    ligne = make_ligne(
        statut=StatutLigne.ACCORDE, montant=1_000 * EUROS, origine=OrigineFinanceur.ETAT_BUDGET_GENERAL
    )
    LigneFinancement.objects.filter(pk=ligne.pk).update(numero_dossier="777")
    _importe(fichier(_ligne(dossier, "44001", montant)))
    lue = rapproche_lignes(LigneFinancement.objects.all()).get()
    assert (lue.rapprochement, lue.ecart) == (attendu, ecart)


def test_the_same_dossier_of_another_funder_is_not_a_match(communes, fichier):
    ligne = make_ligne(statut=StatutLigne.ACCORDE, origine=OrigineFinanceur.OPERATEUR)
    LigneFinancement.objects.filter(pk=ligne.pk).update(numero_dossier="777")
    _importe(fichier(_ligne("777", "44001", "1000")))
    lue = rapproche_lignes(LigneFinancement.objects.all()).get()
    assert lue.rapprochement == Rapprochement.INCONNUE
