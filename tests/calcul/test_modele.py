from dataclasses import replace
from fractions import Fraction

import pytest

from calcul.exemples import build_plan, read_table
from calcul.financement.aide_etat import AideEtat
from calcul.financement.echeancier import compute_echeancier
from calcul.financement.modele import (
    Categorie,
    CertitudeLigne,
    Depense,
    Ligne,
    LigneImpossible,
    NatureLigne,
    OrigineFinanceur,
    Paiements,
    Programme,
    get_categorie,
    get_exceptions,
)
from calcul.financement.remedes import with_montant
from tests.calcul.plans import is_possible

C, N, O = Categorie, NatureLigne, OrigineFinanceur  # noqa: E741
PUBLIQUES = set(OrigineFinanceur) - {O.EUROPE, O.PORTEUR, O.PRIVE}


@pytest.mark.parametrize("origine", sorted(PUBLIQUES))
def test_a_public_grant_is_public_money(origine):
    assert get_categorie(N.SUBVENTION, origine) is C.PUBLIC


@pytest.mark.parametrize(
    ("nature", "origine", "categorie"),
    [
        (N.SUBVENTION, O.EUROPE, C.EUROPE),
        (N.SUBVENTION, O.PRIVE, C.PRIVE),
        (N.AVANCE_REMBOURSABLE, O.REGION, C.AVANCE),
        (N.PRET, O.OPERATEUR, C.PROPRE),
        (N.EMPRUNT, O.PORTEUR, C.PROPRE),
        (N.EMPRUNT, O.PRIVE, C.PROPRE),
        (N.AUTOFINANCEMENT, O.PORTEUR, C.PROPRE),
        (N.PRISE_PARTICIPATION, O.OPERATEUR, C.CAPITAL),
        (N.GARANTIE, O.OPERATEUR, C.GARANTIE),
        (N.PRIVE, O.PRIVE, C.PRIVE),
        (N.NATURE, O.PORTEUR, C.NATURE),
        (N.NATURE, O.COMMUNE, C.NATURE),
    ],
)
def test_money_falls_in_the_heap_of_its_nature(nature, origine, categorie):
    assert get_categorie(nature, origine) is categorie


def test_only_contradictory_pairs_are_refused():
    refuses = {(n, o) for n in N for o in O if not is_possible(n, o)}

    assert refuses == (
        {(N.SUBVENTION, O.PORTEUR)}
        | {(N.AUTOFINANCEMENT, o) for o in O if o is not O.PORTEUR}
        | {(N.PRIVE, o) for o in O if o is not O.PRIVE}
    )


def build_ligne(**changements):
    valeurs = {
        "identifiant": "a",
        "financeur": "Région",
        "nature": N.SUBVENTION,
        "origine": O.REGION,
        "montant": 100,
        "etat": CertitudeLigne.DEMANDE,
    }
    return Ligne(**(valeurs | changements))


def test_a_contradictory_line_cannot_be_built():
    assert build_ligne().categorie is C.PUBLIC
    with pytest.raises(LigneImpossible, match="inscrivez cette somme en autofinancement"):
        build_ligne(origine=O.PORTEUR)


def test_amounts_are_never_negative():
    with pytest.raises(ValueError, match="négatif"):
        build_ligne(montant=-1)
    with pytest.raises(ValueError, match="jamais négatifs"):
        build_plan({"cout": "-1"})
    with pytest.raises(ValueError, match="jamais négatifs"):
        build_plan({"cout": "1", "eligible": "-1"})


def test_identifiers_are_unique():
    plan = build_plan({"cout": "100", "region": "50"})
    with pytest.raises(ValueError, match="même identifiant"):
        replace(plan, lignes=plan.lignes * 2)


def test_an_unknown_exception_names_the_known_ones():
    with pytest.raises(ValueError, match="calamite_publique"):
        build_plan({"cout": "100", "exception": "autre"})
    assert get_exceptions()["renovation_urbaine"] == "rénovation urbaine"


def test_a_guarantee_brings_no_money_and_a_refused_line_leaves():
    plan = build_plan({"cout": "100", "region": "50", "garantie": "30", "propre": "10 X"})
    assert plan.ressources == 50_00
    assert plan.total(C.GARANTIE) == 30_00
    assert plan.total(C.PROPRE) == 0


def test_a_table_with_a_missing_cell_is_refused():
    with pytest.raises(ValueError, match="1 cellules pour 2 colonnes\u00a0: seul"):
        read_table("cas | code\n----+-----\nseul\n")


def test_a_service_has_no_amount_and_brings_no_money():
    service = build_ligne(nature=N.SERVICE, origine=O.OPERATEUR, montant=0)
    assert service.categorie is C.SERVICE
    assert replace(build_plan({"cout": "100"}), lignes=(service,)).ressources == 0
    with pytest.raises(ValueError, match="pas de montant"):
        build_ligne(nature=N.SERVICE, origine=O.OPERATEUR, montant=1)


def test_a_rate_is_a_share_and_a_base_is_not_negative():
    with pytest.raises(ValueError, match="entre 0 et 1"):
        build_ligne(taux=Fraction(50))
    with pytest.raises(ValueError, match="négatif"):
        build_ligne(base=-1)
    with pytest.raises(ValueError, match="avance"):
        Paiements(avance=2, cumul=1)
    with pytest.raises(ValueError, match="négatif"):
        Depense(nature="études", montant=-1)


def test_a_schedule_makes_the_amount_and_shrinks_from_its_end():
    ligne = build_ligne(montant=100, echeancier=((2025, 60), (2026, 40)))
    assert with_montant(ligne, 70).echeancier == ((2025, 60), (2026, 10))
    assert with_montant(ligne, 50).echeancier == ((2025, 50), (2026, 0))
    assert with_montant(ligne, 130).echeancier == ((2025, 60), (2026, 70))
    with pytest.raises(ValueError, match="ne fait pas le montant"):
        build_ligne(montant=100, echeancier=((2025, 60),))


def test_state_money_is_told_apart_by_its_programme():
    dsil = build_ligne(origine=O.ETAT_DOTATION)
    fnadt = build_ligne(origine=O.ETAT_BUDGET_GENERAL, programme=Programme.FNADT)
    detr = build_ligne(origine=O.ETAT_BUDGET_GENERAL, programme=Programme.DETR)

    assert (dsil.is_dotation, dsil.is_budget_general) == (True, False)
    assert (fnadt.is_dotation, fnadt.is_budget_general) == (False, True)
    assert (detr.is_dotation, detr.is_budget_general) == (True, False)


def test_the_grant_equivalent_of_a_loan_must_be_computed():
    assert build_ligne().equivalent == 100
    assert build_ligne(nature=N.PRET).equivalent is None
    assert build_ligne(nature=N.PRET, aide=AideEtat(equivalent=7)).equivalent == 7


def test_a_schedule_adds_up_and_says_what_to_advance():
    region = build_ligne(identifiant="r", montant=80, echeancier=((2026, 30), (2028, 50)))
    propre = build_ligne(identifiant="p", nature=N.AUTOFINANCEMENT, origine=O.PORTEUR, montant=20)
    perdue = build_ligne(identifiant="x", montant=9, echeancier=((2025, 9),), etat=CertitudeLigne.EXCLU)
    plan = replace(
        build_plan({"cout": "1"}),
        lignes=(region, propre, perdue),
        depenses=(
            Depense(nature="études", montant=40, annee=2026),
            Depense(nature="travaux", montant=50, annee=2027),
            Depense(nature="travaux", montant=10),
        ),
    )
    echeancier = compute_echeancier(plan)

    assert [(a.annee, a.depenses, a.ressources, a.cumul) for a in echeancier.annees] == [
        (2026, 40, 30, -10),
        (2027, 50, 0, -60),
        (2028, 0, 50, -10),
    ]
    assert echeancier.avance == 60
    assert (echeancier.depenses_sans_annee, echeancier.ressources_sans_annee) == (10, 20)
    assert compute_echeancier(build_plan({"cout": "1"})).annees == ()
