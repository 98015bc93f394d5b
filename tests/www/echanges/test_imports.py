"""Les pages d’import et d’export : déposer, relire, choisir, suivre ; un refus se lit au champ."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from maillage.echanges.actions import LOT
from maillage.echanges.enums import EtatImport
from maillage.echanges.models import ImportPlan
from maillage.echanges.plan_transitions import read_plan
from maillage.fiches.models import FicheAction
from maillage.socle.travaux import ask_arret, get_travail
from tests import fabriques as f
from tests.echanges.classeurs import make_classeur

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire():
    return f.make_territoire("v1/ti-4403")


@pytest.fixture
def cheffe(client, territoire):
    personne = f.make_personne("chef_projet", territoire=territoire)
    client.force_login(personne)
    return personne


def _deposer(client, contenu, nom="plan.xlsx"):
    url = reverse("echanges", args=["v1", "ti-4403"])
    return client.post(url, {"fichier": SimpleUploadedFile(nom, contenu)}, follow=True)


def _texte(reponse):
    return reponse.content.decode()


def _url(recu, nom="import-plan"):
    return reverse(nom, args=["v1", "ti-4403", recu.pk])


def test_a_plan_is_dropped_reread_and_imported(client, cheffe):
    page = _deposer(client, make_classeur({"axe": "Thème A", "titre": "Ouvrir une école", "budget": 1000}))
    assert "Importable" in _texte(page)
    assert "Thème A" in _texte(page)
    assert not FicheAction.objects.exists()
    recu = ImportPlan.objects.get()
    revue = client.post(
        _url(recu, "import-plan-choisir"),
        {"axe_0": "innover", "existantes": "laisser", "numeroter": "on", "garder": "4"},
        follow=True,
    )
    assert "Innover" in _texte(revue)
    assert not FicheAction.objects.exists()
    fin = client.post(
        _url(recu, "import-plan-choisir"),
        {"axe_0": "innover", "existantes": "laisser", "numeroter": "on", "garder": "4", "importer": "1"},
        follow=True,
    )
    fiche = FicheAction.objects.get()
    assert (fiche.axe.code, fiche.code) == ("innover", "F1")
    assert fiche.get_absolute_url() in _texte(fin)


def test_an_action_unchecked_is_left_out(client, cheffe):
    _deposer(client, make_classeur({"axe": "Attirer", "titre": "Une"}, {"axe": "Attirer", "titre": "Deux"}))
    recu = ImportPlan.objects.get()
    client.post(_url(recu, "import-plan-choisir"), {"axe_0": "attirer", "garder": ["5"], "importer": "1"})
    assert [fiche.titre for fiche in FicheAction.objects.all()] == ["Deux"]


def test_faults_are_told_cell_by_cell_and_the_annotated_workbook_carries_them(client, cheffe):
    page = _deposer(client, make_classeur({"axe": "Attirer", "titre": "Une", "budget": "beaucoup"}))
    assert "À corriger" in _texte(page)
    assert "X4" in _texte(page)
    recu = ImportPlan.objects.get()
    refus = client.post(
        _url(recu, "import-plan-choisir"), {"axe_0": "attirer", "garder": ["4"], "importer": "1"}
    )
    assert refus.status_code == 200
    assert "Rien n’a été écrit" in _texte(refus)
    annote = client.get(_url(recu, "import-plan-annote"))
    assert read_plan(annote.content, "annote.xlsx").erreurs[0].cellule == "X4"


@pytest.mark.parametrize(
    ("contenu", "nom"),
    [
        (b"MZ\x90", "plan.xlsx"),
        (b"%PDF-1.7", "plan.xlsx"),
        (b"", "plan.xlsx"),
        (make_classeur({"titre": "x"}), "plan.exe"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_at_the_field(client, cheffe, contenu, nom):
    page = _deposer(client, contenu, nom)
    assert page.status_code == 200
    assert "fr-error-text" in _texte(page)
    assert not ImportPlan.objects.exists()


def test_a_long_import_is_done_outside_the_page_and_can_be_taken_up(
    client, cheffe, django_capture_on_commit_callbacks
):
    _deposer(client, make_classeur(*({"titre": f"Action {i}"} for i in range(LOT + 1))))
    recu = ImportPlan.objects.get()
    lignes = [str(4 + i) for i in range(LOT + 1)]
    page = client.post(_url(recu, "import-plan-choisir"), {"garder": lignes, "importer": "1"}, follow=True)
    assert "En file" in _texte(page)
    ask_arret(get_travail(recu))
    assert "Reprendre l’import" in _texte(client.get(_url(recu)))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(_url(recu, "import-plan-avancer"))
    recu.refresh_from_db()
    assert recu.etat == EtatImport.FINI
    assert FicheAction.objects.count() == LOT + 1


def test_an_import_given_up_writes_nothing(client, cheffe):
    _deposer(client, make_classeur({"titre": "Une"}))
    recu = ImportPlan.objects.get()
    client.post(_url(recu, "import-plan-choisir"), {"renoncer": "1"})
    recu.refresh_from_db()
    assert recu.etat == EtatImport.ABANDONNE
    assert not FicheAction.objects.exists()
    assert client.post(_url(recu, "import-plan-choisir"), {"importer": "1", "garder": "4"}).status_code == 200
    assert not FicheAction.objects.exists()


def test_the_plan_of_the_territory_is_taken_away_and_read_again(client, cheffe, territoire):
    f.make_fiche(territoire=territoire, titre="À emporter")
    plan = read_plan(client.get(reverse("export-transitions", args=["v1", "ti-4403"])).content, "plan.xlsx")
    assert [action.titre.split(" – ")[-1] for action in plan.fiches] == ["À emporter"]


def test_someone_who_may_not_import_sees_the_exports_only(client, territoire):
    client.force_login(f.make_personne("elu", territoire=territoire))
    page = client.get(reverse("echanges", args=["v1", "ti-4403"]))
    assert "Apporter un plan" not in _texte(page)
    assert _deposer(client, make_classeur({"titre": "x"})).status_code == 403


def test_the_model_is_an_empty_workbook_that_reads(client, cheffe):
    contenu = client.get(reverse("modele-transitions", args=["v1", "ti-4403"])).content
    assert io.BytesIO(contenu)
    assert not read_plan(contenu, "modele.xlsx").refus
