"""Exporter, changer dans un tableur, rapporter : la différence est montrée, puis appliquée, et rien d’autre ne bouge."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from maillage.comptes.enums import TypeOrganisation
from maillage.echanges import actions
from maillage.echanges.classeur_maillage import CHAMPS, read_classeur, write_classeur
from maillage.echanges.models import ImportPlan
from maillage.echanges.selectors import Choix
from maillage.echanges.selectors_classeur import list_fiches_lues, load_classeur, propose_classeur
from maillage.fiches.actions import create_fiche, update_fiche
from maillage.fiches.models import FicheAction
from maillage.financement.enums import StatutLigne
from maillage.financement.models import LigneDepense
from tests import fabriques as f

pytestmark = pytest.mark.django_db
COLONNE = {champ.nom: rang for rang, champ in enumerate(CHAMPS, start=3)}


@pytest.fixture
def territoire():
    return f.make_territoire("v1/ti-4403")


@pytest.fixture
def cheffe(territoire):
    return f.make_personne("chef_projet", territoire=territoire)


@pytest.fixture
def fiche(territoire, cheffe):
    fiche = create_fiche(
        territoire=territoire,
        titre="Une école",
        code="F1",
        axe=f.make_axe("attirer"),
        by=cheffe,
        objectifs="Former",
        jalons=[{"libelle": "Permis"}, {"libelle": "Travaux", "apres": [1]}],
        indicateurs=[{"libelle": "Apprentis", "cible": 12_500}],
        partenaires=[{"nom": "Lycée"}],
    )
    f.make_plan(fiche=fiche)
    f.make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE)
    return fiche


def _export(territoire) -> bytes:
    return write_classeur(list_fiches_lues(territoire.fiches.order_by("id")))


def _change(contenu, *retouches, ajouts=()) -> bytes:
    classeur = load_workbook(io.BytesIO(contenu))
    for feuille, ligne, colonne, valeur in retouches:
        classeur[feuille].cell(ligne, colonne).value = valeur
    for feuille, valeurs in ajouts:
        classeur[feuille].append(valeurs)
    tampon = io.BytesIO()
    classeur.save(tampon)
    return tampon.getvalue()


def _import(territoire, cheffe, contenu, **choix) -> ImportPlan:
    recu = actions.receive_import(territoire=territoire, contenu=contenu, nom="fiches.xlsx", by=cheffe)
    assert recu.is_notre
    recu = actions.start_import(recu=recu, choix=Choix(**choix), sans_fautives=True)
    return actions.advance_import(recu=recu, by=cheffe)


def test_what_is_exported_and_brought_back_changes_nothing(territoire, cheffe, fiche):
    lu = read_classeur(_export(territoire), "fiches.xlsx")
    assert lu.erreurs == []
    proposition = propose_classeur(territoire, lu, Choix())[0]
    assert proposition.ecarts == []
    recu = _import(territoire, cheffe, _export(territoire))
    assert [ligne["issue"] for ligne in recu.bilan] == ["inchangee"]
    fiche.refresh_from_db()
    assert fiche.version == 1


def test_only_what_changed_is_shown_and_written(territoire, cheffe, fiche):
    contenu = _change(
        _export(territoire),
        ("Fiches", 2, COLONNE["objectifs"], "Former et recruter"),
        ("Étapes", 2, 3, "Permis de construire"),
        ajouts=[
            ("Étapes", [f"fiche-{fiche.pk}", None, "Ouverture"]),
            ("Coûts", [f"fiche-{fiche.pk}", None, "Travaux", "Toit", 1000]),
        ],
    )
    recu = actions.receive_import(territoire=territoire, contenu=contenu, nom="fiches.xlsx", by=cheffe)
    ecarts = propose_classeur(territoire, load_classeur(recu), Choix())[0].ecarts
    assert [ecart.titre for ecart in ecarts] == ["Objectifs", "Coûts", "Étapes"]
    assert (ecarts[0].avant, ecarts[0].apres) == ("Former", "Former et recruter")
    jalon = fiche.jalons.get(libelle="Permis")
    recu = actions.start_import(recu=recu, choix=Choix(), sans_fautives=False)
    recu = actions.advance_import(recu=recu, by=cheffe)
    assert [(ligne["issue"], ligne["phrase"]) for ligne in recu.bilan] == [("mise_a_jour", "")]
    fiche.refresh_from_db()
    assert fiche.objectifs == "Former et recruter"
    assert [j.libelle for j in fiche.jalons.all()] == ["Permis de construire", "Travaux", "Ouverture"]
    assert fiche.jalons.get(libelle="Permis de construire").pk == jalon.pk
    assert LigneDepense.objects.filter(plan__fiche=fiche, libelle="Toit", montant=100_000).exists()
    assert propose_classeur(territoire, read_classeur(_export(territoire), "x.xlsx"), Choix())[0].ecarts == []


def test_a_fiche_changed_here_since_the_export_is_kept_unless_chosen(territoire, cheffe, fiche):
    contenu = _change(_export(territoire), ("Fiches", 2, COLONNE["objectifs"], "Du classeur"))
    update_fiche(fiche=fiche, by=cheffe, version_lue=1, objectifs="D’ici")
    recu = _import(territoire, cheffe, contenu)
    assert recu.bilan[0]["issue"] == "refusee"
    fiche.refresh_from_db()
    assert fiche.objectifs == "D’ici"
    _import(territoire, cheffe, contenu, ecraser=True)
    fiche.refresh_from_db()
    assert fiche.objectifs == "Du classeur"


def test_a_new_line_makes_a_new_fiche_and_none_is_ever_removed(territoire, cheffe, fiche):
    ligne = [None] * (len(CHAMPS) + 2)
    ligne[0], ligne[COLONNE["titre"] - 1], ligne[COLONNE["code"] - 1] = "neuve", "Un four", "F9"
    ligne[COLONNE["axe"] - 1] = "Innover"
    contenu = _change(
        _export(territoire),
        ajouts=[("Fiches", ligne), ("Financements", ["neuve", None, "Fondation", "Subvention", 500])],
    )
    _import(territoire, cheffe, contenu)
    neuve = FicheAction.objects.get(code="F9")
    assert (neuve.axe.code, neuve.plan.lignes.get().montant_pressenti) == ("innover", 50_000)
    classeur = load_workbook(io.BytesIO(_export(territoire)))
    classeur["Fiches"].delete_rows(2)
    tampon = io.BytesIO()
    classeur.save(tampon)
    assert FicheAction.objects.count() == 2


def test_a_line_of_money_already_there_does_not_move_from_a_workbook(territoire, cheffe, fiche):
    montant = fiche.plan.lignes.earliest("id").montant_pressenti
    recu = _import(territoire, cheffe, _change(_export(territoire), ("Financements", 2, 5, 12)))
    assert "avance dans la plateforme" in recu.bilan[0]["phrase"]
    assert fiche.plan.lignes.earliest("id").montant_pressenti == montant


def test_an_unknown_axis_or_carrier_is_told_before_anything_is_written(territoire, cheffe, fiche):
    contenu = _change(
        _export(territoire),
        ("Fiches", 2, COLONNE["axe"], "Nulle part"),
        ("Fiches", 2, COLONNE["porteur"], "Personne"),
    )
    recu = actions.receive_import(territoire=territoire, contenu=contenu, nom="f.xlsx", by=cheffe)
    assert recu.verdict == "a_corriger"
    assert [erreur["valeur"] for erreur in recu.lu["erreurs"]] == ["Nulle part", "Personne"]


def test_a_partner_keeps_its_organisation(territoire, cheffe, fiche):
    lycee = f.make_organisation(TypeOrganisation.FORMATION, nom="Lycée X")
    fiche.partenaires.update(organisation=lycee)
    contenu = _change(_export(territoire), ("Partenaires", 2, 4, "Accueille"))
    _import(territoire, cheffe, contenu)
    assert fiche.partenaires.get().organisation == lycee


def test_the_page_shows_before_and_after(client, territoire, cheffe, fiche):
    client.force_login(cheffe)
    contenu = client.get(reverse("export-classeur", args=["v1", "ti-4403"])).content
    recu = actions.receive_import(
        territoire=territoire,
        contenu=_change(contenu, ("Fiches", 2, COLONNE["objectifs"], "Autre but")),
        nom="f.xlsx",
        by=cheffe,
    )
    page = client.get(recu.get_absolute_url()).content.decode()
    assert "<del>Former</del>" in page
    assert "<ins>Autre but</ins>" in page
    client.post(
        reverse("import-plan-choisir", args=["v1", "ti-4403", recu.pk]), {"garder": "2", "importer": "1"}
    )
    fiche.refresh_from_db()
    assert fiche.objectifs == "Autre but"


def test_the_json_says_what_the_workbook_says(client, territoire, cheffe, fiche):
    client.force_login(cheffe)
    dit = client.get(reverse("export-json", args=["v1", "ti-4403"])).json()
    assert dit["fiches"][0]["titre"] == "Une école"
    assert [j["libelle"] for j in dit["fiches"][0]["jalons"]] == ["Permis", "Travaux"]


def test_exporting_asks_the_same_number_of_queries_for_one_fiche_or_many(
    territoire, cheffe, fiche, django_assert_max_num_queries
):
    for i in range(6):
        create_fiche(territoire=territoire, titre=f"F {i}", by=cheffe, partenaires=[{"nom": "X"}])
    with django_assert_max_num_queries(20):
        assert len(list_fiches_lues(territoire.fiches.all())) == 7
