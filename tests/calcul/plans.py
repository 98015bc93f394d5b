"""Plans d'essai : lecture des cas écrits, et plans tirés au hasard (montants petits, pour atteindre les limites)."""

from datetime import date
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

from calcul.exemples import read_table
from calcul.financement.modele import (
    CertitudeLigne,
    Ligne,
    LigneImpossible,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    TypePorteur,
    get_categorie,
    get_exceptions,
)

propriete = settings(max_examples=120, deadline=None)


def read_cas(nom):
    return read_table((Path(__file__).parent / "cas" / f"{nom}.txt").read_text(encoding="utf-8"))


def is_possible(nature, origine):
    try:
        get_categorie(nature, origine)
    except LigneImpossible:
        return False
    return True


COUPLES = [(n, o) for n in NatureLigne for o in OrigineFinanceur if is_possible(n, o)]
# Le tirage au hasard de tous les couples donnerait peu de plans soumis à R03 et R07 : ceux-ci sont favorisés.
COUPLES_USUELS = [
    (NatureLigne.SUBVENTION, OrigineFinanceur.ETAT_BUDGET_GENERAL),
    (NatureLigne.SUBVENTION, OrigineFinanceur.REGION),
    (NatureLigne.SUBVENTION, OrigineFinanceur.EUROPE),
    (NatureLigne.AUTOFINANCEMENT, OrigineFinanceur.PORTEUR),
    (NatureLigne.PRIVE, OrigineFinanceur.PRIVE),
]
montants = st.integers(0, 60) | st.integers(0, 10**12)


def plans(*, montants=montants, couples=COUPLES, **fixes):
    """Plans dont le coût tombe souvent sur le total inscrit ou accordé ; `fixes` : champs imposés."""
    ligne = st.tuples(
        st.sampled_from(COUPLES_USUELS) | st.sampled_from(couples), montants, st.sampled_from(CertitudeLigne)
    )
    champs = {
        "depense_eligible": st.none() | montants,
        "porteur": st.sampled_from(TypePorteur),
        "est_investissement": st.booleans(),
        "outre_mer": st.booleans(),
        "exception_participation": st.sampled_from(["", *get_exceptions()]),
        "jour": st.dates(date(2010, 1, 1), date(2030, 1, 1)),
    }
    return st.builds(
        build_plan_tire,
        st.lists(ligne, max_size=6),
        st.sampled_from(["total", "accorde"]) | montants,
        st.fixed_dictionaries({**champs, **{nom: st.just(valeur) for nom, valeur in fixes.items()}}),
    )


def build_plan_tire(tirage, cout, champs):
    lignes = tuple(
        Ligne(
            identifiant=f"l{rang}",
            financeur=("Région Grand Est", "État", "Bpifrance")[rang % 3],
            nature=nature,
            origine=origine,
            montant=montant,
            etat=etat,
        )
        for rang, ((nature, origine), montant, etat) in enumerate(tirage)
    )
    couts = {
        "total": sum(ligne.montant for ligne in lignes if ligne.is_comptee),
        "accorde": sum(ligne.montant for ligne in lignes if ligne.etat is CertitudeLigne.ACCORDE),
    }
    return Plan(cout_total=couts.get(cout, cout), lignes=lignes, **champs)


def plans_soumis_a_r03(**autres):
    return plans(
        porteur=TypePorteur.COLLECTIVITE,
        est_investissement=True,
        outre_mer=False,
        exception_participation="",
        jour=date(2025, 6, 1),
        **autres,
    )
