"""D’un classeur aux fiches et à leur argent : rien n’entre sans choix, rien ne se perd, tout passe par les actes."""

import io

import pytest
from django.core.management import call_command

from maillage.comptes.enums import TypeOrganisation
from maillage.echanges import actions
from maillage.echanges.enums import EtatImport, Existantes
from maillage.echanges.models import ImportPlan
from maillage.echanges.plan_transitions import read_plan, write_plan
from maillage.echanges.selectors import Choix, list_actions, propose
from maillage.fiches.enums import Avancement, Priorite, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.enums import StatutLigne
from maillage.socle.erreurs import ActionImpossible
from tests import fabriques as f
from tests.echanges.classeurs import make_classeur

pytestmark = pytest.mark.django_db

PLAN = (
    {
        "axe": "Axe 1 : Attirer",
        "sous_axe": "1.1 Accueillir",
        "titre": "Ouvrir une école",
        "description": "Une école de production.",
        "objectifs": "Former\nRecruter",
        "indicateurs": "Apprentis formés\nDiplômés",
        "structures": "CC des Essais, Cluster inconnu",
        "partenaires": "Lycée, CCI",
        "pilotes": "Anne Petit, Luc Grand",
        "financeur_1": "Région",
        "montant_1": 60_000,
        "financeur_2": "Fondation nouvelle",
        "montant_2": 10_000,
        "financeur_3": "Autofinancement",
        "montant_3": 30_000,
        "budget": 100_000,
        "statut": "En cours",
        "priorite": "Élevé",
        "debut": "01/09/2026",
        "fin": "30/06/2028",
    },
    {
        "axe": "Axe 1 : Attirer",
        "sous_axe": "1.1 Accueillir",
        "titre": "Ouvrir une école",
        "sous_titre": "Trouver le lieu",
        "budget": 5_000,
    },
    {"axe": "2. Autre chose", "titre": "Une idée"},
)


@pytest.fixture
def territoire():
    territoire = f.make_territoire("v1/ti-4403")
    f.make_organisation(TypeOrganisation.EPCI, nom="CC des Essais")
    f.make_organisation(TypeOrganisation.REGION, nom="Région des Essais", region=territoire.region)
    return territoire


@pytest.fixture
def cheffe(territoire):
    return f.make_personne("chef_projet", territoire=territoire)


def _receive(territoire, cheffe, *lignes, nom="plan.xlsx") -> ImportPlan:
    return actions.receive_import(
        territoire=territoire, contenu=make_classeur(*(lignes or PLAN)), nom=nom, by=cheffe
    )


def _import(recu, cheffe, choix=None, *, sans_fautives=False) -> ImportPlan:
    recu = actions.start_import(recu=recu, choix=choix or Choix(), sans_fautives=sans_fautives)
    return actions.advance_import(recu=recu, by=cheffe)


def test_receiving_a_workbook_writes_no_fiche(territoire, cheffe):
    recu = _receive(territoire, cheffe)
    assert (recu.verdict, recu.etat) == ("importable", EtatImport.A_RELIRE)
    assert not FicheAction.objects.exists()


def test_each_column_finds_its_place_in_the_fiche(territoire, cheffe):
    recu = _import(_receive(territoire, cheffe), cheffe)
    assert recu.etat == EtatImport.FINI
    fiche = FicheAction.objects.get(titre="Ouvrir une école")
    assert (fiche.code, fiche.axe.code, fiche.statut) == ("F1", "attirer", StatutFiche.BROUILLON)
    assert (fiche.porteur.nom, fiche.sous_axe, fiche.objectifs) == (
        "CC des Essais",
        "1.1 Accueillir",
        "Former\nRecruter",
    )
    assert (fiche.avancement, fiche.priorite) == (Avancement.EN_COURS, Priorite.ELEVEE)
    assert fiche.personne_pilote == "Anne Petit, Luc Grand"
    assert [(p.nom, p.role) for p in fiche.partenaires.all()] == [
        ("Cluster inconnu", "Structure pilote"),
        ("Lycée", ""),
        ("CCI", ""),
    ]
    assert [i.libelle for i in fiche.indicateurs.all()] == ["Apprentis formés", "Diplômés"]
    sous = fiche.sous_actions.get()
    assert sous.titre == "Trouver le lieu"
    assert "5\u00a0000\u00a0€" in sous.description
    assert "plan.xlsx" in fiche.source


def test_money_enters_as_intended_by_the_territory_and_engages_nobody(territoire, cheffe):
    _import(_receive(territoire, cheffe), cheffe)
    plan = FicheAction.objects.get(titre="Ouvrir une école").plan
    assert plan.cout_total == 10_000_000
    assert {(ligne.financeur.nom, ligne.montant_pressenti) for ligne in plan.lignes.all()} == {
        ("Région des Essais", 6_000_000),
        ("Fondation nouvelle", 1_000_000),
        ("CC des Essais", 3_000_000),
    }
    assert set(plan.lignes.values_list("statut", flat=True)) == {StatutLigne.PRESSENTI}


def test_an_action_whose_axis_is_not_mapped_stays_an_idea_until_mapped(territoire, cheffe):
    _import(_receive(territoire, cheffe), cheffe)
    assert FicheAction.objects.get(titre="Une idée").statut == StatutFiche.IDEE
    autre = f.make_territoire("v1/ti-4404")
    chef = f.make_personne("chef_projet", territoire=autre)
    _import(_receive(autre, chef), chef, Choix(axes={"2. Autre chose": "innover"}))
    fiche = autre.fiches.get(titre="Une idée")
    assert (fiche.axe.code, fiche.statut) == ("innover", StatutFiche.BROUILLON)


def test_an_import_done_twice_creates_nothing_more(territoire, cheffe):
    _import(_receive(territoire, cheffe), cheffe)
    avant = list(FicheAction.objects.values_list("pk", "version"))
    recu = _import(_receive(territoire, cheffe), cheffe, Choix(existantes=Existantes.METTRE_A_JOUR))
    assert {ligne["issue"] for ligne in recu.bilan} == {"inchangee"}
    assert list(FicheAction.objects.values_list("pk", "version")) == avant


def test_an_existing_fiche_changes_only_if_chosen_and_loses_nothing(territoire, cheffe):
    _import(_receive(territoire, cheffe), cheffe)
    change = {**PLAN[0], "description": "Une autre école.", "partenaires": "Mission locale"}
    propositions = propose(territoire, read_plan(make_classeur(change), "p.xlsx"), Choix())
    assert propositions[0].ecarts == ["Description", "Partenaires"]
    _import(_receive(territoire, cheffe, change), cheffe)
    fiche = FicheAction.objects.get(titre="Ouvrir une école")
    assert fiche.description == "Une école de production."
    _import(_receive(territoire, cheffe, change), cheffe, Choix(existantes=Existantes.METTRE_A_JOUR))
    fiche.refresh_from_db()
    assert fiche.description == "Une autre école."
    assert [p.nom for p in fiche.partenaires.all()] == ["Cluster inconnu", "Lycée", "CCI", "Mission locale"]


def test_faulty_lines_stay_out_only_if_someone_chose_so(territoire, cheffe):
    lignes = (
        {"axe": "Attirer", "titre": "Bonne"},
        {"axe": "Attirer", "titre": "Fautive", "budget": "beaucoup"},
    )
    recu = _receive(territoire, cheffe, *lignes)
    with pytest.raises(ActionImpossible, match="à corriger"):
        _import(recu, cheffe)
    _import(recu, cheffe, sans_fautives=True)
    assert [fiche.titre for fiche in FicheAction.objects.all()] == ["Bonne"]


def test_a_refused_workbook_is_never_imported(territoire, cheffe):
    contenu = make_classeur(PLAN[0], retouche=lambda feuille: feuille.__setitem__("B2", "Autre"))
    recu = actions.receive_import(territoire=territoire, contenu=contenu, nom="p.xlsx", by=cheffe)
    with pytest.raises(ActionImpossible, match="refusé"):
        actions.start_import(recu=recu, choix=Choix(), sans_fautives=True)


def test_a_long_import_goes_by_batches_and_takes_up_where_it_was(territoire, cheffe):
    recu = _receive(territoire, cheffe, *({"axe": "Attirer", "titre": f"Action {i}"} for i in range(7)))
    recu = actions.start_import(recu=recu, choix=Choix(), sans_fautives=False)
    vues = []
    while recu.etat == EtatImport.EN_COURS:
        recu = actions.advance_import(recu=recu, by=cheffe, lot=3)
        vues.append(recu.faites)
    assert vues == [3, 6, 7]
    assert sorted(FicheAction.objects.values_list("code", flat=True)) == [f"F{i}" for i in range(1, 8)]


def test_an_action_the_rules_refuse_does_not_stop_the_others(territoire, cheffe):
    _import(_receive(territoire, cheffe, {"axe": "Attirer", "titre": "Finie"}), cheffe)
    fiche = FicheAction.objects.get()
    f.move_fiche_to(fiche, StatutFiche.ABANDONNEE) if hasattr(
        f, "move_fiche_to"
    ) else FicheAction.objects.update(statut=StatutFiche.ABANDONNEE)
    recu = _receive(
        territoire,
        cheffe,
        {"axe": "Attirer", "titre": "Finie", "description": "x"},
        {"axe": "Attirer", "titre": "Neuve"},
    )
    recu = _import(recu, cheffe, Choix(existantes=Existantes.METTRE_A_JOUR))
    assert [ligne["issue"] for ligne in recu.bilan] == ["refusee", "creee"]
    assert recu.bilan[0]["phrase"]


def test_the_plan_written_is_the_plan_read(territoire, cheffe):
    _import(_receive(territoire, cheffe), cheffe)
    ecrites = list_actions(territoire.fiches.order_by("id"))
    relues = read_plan(write_plan(ecrites), "plan.xlsx")
    assert relues.erreurs == []
    propositions = propose(territoire, relues, Choix())
    assert [p.existante.titre for p in propositions] == ["Ouvrir une école", "Une idée"]
    assert [p.ecarts for p in propositions] == [[], []]


def test_previewing_asks_the_same_number_of_queries_for_one_action_or_many(
    territoire, cheffe, django_assert_max_num_queries
):
    _import(
        _receive(
            territoire, cheffe, *({"axe": "Attirer", "titre": f"A{i}", "partenaires": "X"} for i in range(12))
        ),
        cheffe,
    )
    plan = read_plan(
        make_classeur(*({"axe": "Attirer", "titre": f"A{i}", "partenaires": "Y"} for i in range(12))),
        "p.xlsx",
    )
    with django_assert_max_num_queries(20):
        assert len(propose(territoire, plan, Choix())) == 12


# --- la commande -----------------------------------------------------------------------------------------------------


def _run(tmp_path, contenu, *options):
    import json

    chemin = tmp_path / "plan.xlsx"
    chemin.write_bytes(contenu)
    sortie = io.StringIO()
    statut = 0
    try:
        call_command(
            "importer_plan", str(chemin), "--territoire", "v1/ti-4403", "--json", *options, stdout=sortie
        )
    except SystemExit as fin:
        statut = fin.code
    return statut, json.loads(sortie.getvalue())


def test_the_command_says_importable_and_simulates_without_writing(territoire, tmp_path):
    statut, dit = _run(tmp_path, make_classeur(*PLAN), "--simuler")
    assert (statut, dit["verdict"], dit["fiches"], dit["sous_actions"]) == (0, "importable", 2, 1)
    assert dit["erreurs"] == []
    assert [a["cellule"] for a in dit["avertissements"]] == ["A6"]
    assert set(dit["avertissements"][0]) == {"feuille", "cellule", "valeur", "raison", "que_faire"}
    assert not FicheAction.objects.exists()


def test_the_command_maps_axes_and_imports(territoire, tmp_path):
    statut, dit = _run(tmp_path, make_classeur(*PLAN), "--axes", "2=innover")
    assert (statut, dit["avertissements"]) == (0, [])
    assert FicheAction.objects.count() == 2


@pytest.mark.parametrize(
    ("contenu", "verdict"),
    [
        (make_classeur({**PLAN[0], "budget": "beaucoup"}), "a_corriger"),
        (make_classeur(PLAN[0], retouche=lambda feuille: feuille.__setitem__("B2", "Autre")), "refuse"),
        (b"MZ programme", "refuse"),
    ],
)
def test_the_command_fails_on_anything_else_and_writes_nothing(territoire, tmp_path, contenu, verdict):
    statut, dit = _run(tmp_path, contenu)
    assert statut
    assert dit["verdict"] == verdict
    assert dit["erreurs"]
    assert not FicheAction.objects.exists()


def test_the_command_names_a_territory_it_does_not_know(tmp_path, db):
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match="v2/ti-2701"):
        call_command("importer_plan", str(tmp_path / "p.xlsx"), "--territoire", "v9/ti-1")
