"""Plans d'essai : lecture des cas écrits, et plans tirés au hasard (montants petits, pour atteindre les limites)."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

from calcul.exemples import read_table
from calcul.financement.aide_etat import (
    AideEtat,
    Entreprise,
    RegimeAide,
    TailleEntreprise,
    TypeZoneAfr,
    ZoneAfr,
)
from calcul.financement.de_minimis import AideDeMinimis
from calcul.financement.intensites import ARTICLES, MAJORATIONS
from calcul.financement.modele import (
    CertitudeLigne,
    ChefDeFile,
    DatesLigne,
    Ligne,
    LigneImpossible,
    NatureLigne,
    OrigineFinanceur,
    Paiements,
    Plan,
    Programme,
    TypePorteur,
    get_categorie,
    get_exceptions,
)

propriete = settings(max_examples=120, deadline=None)
JOUR = date(2025, 6, 1)


def read_cas(nom):
    return read_table((Path(__file__).parent / "cas" / f"{nom.lower()}.txt").read_text(encoding="utf-8"))


def is_possible(nature, origine):
    try:
        get_categorie(nature, origine)
    except LigneImpossible:
        return False
    return True


COUPLES = [(n, o) for n in NatureLigne for o in OrigineFinanceur if is_possible(n, o)]
# Le tirage au hasard de tous les couples donnerait peu de plans soumis aux règles : ceux-ci sont favorisés.
COUPLES_USUELS = [
    (NatureLigne.SUBVENTION, OrigineFinanceur.ETAT_BUDGET_GENERAL),
    (NatureLigne.SUBVENTION, OrigineFinanceur.ETAT_DOTATION),
    (NatureLigne.SUBVENTION, OrigineFinanceur.REGION),
    (NatureLigne.SUBVENTION, OrigineFinanceur.DEPARTEMENT),
    (NatureLigne.SUBVENTION, OrigineFinanceur.EPCI),
    (NatureLigne.SUBVENTION, OrigineFinanceur.EUROPE),
    (NatureLigne.AUTOFINANCEMENT, OrigineFinanceur.PORTEUR),
    (NatureLigne.PRIVE, OrigineFinanceur.PRIVE),
]
montants = st.integers(0, 60) | st.integers(0, 10**12)
reponses = st.sampled_from([None, True, False])
jours = st.dates(JOUR - timedelta(days=1500), JOUR + timedelta(days=400))
parts = st.fractions(0, 1, max_denominator=100)


def maybe(strategie):
    return st.none() | strategie


aides = st.builds(
    AideEtat,
    regime=maybe(st.sampled_from(RegimeAide)),
    article=st.sampled_from(["", "14", "17", "31", *ARTICLES]),
    assiette=st.sampled_from(["", "", "machine"]),
    equivalent=maybe(st.integers(0, 60)),
    intensite=maybe(parts),
    majorations=st.sampled_from([(), tuple(MAJORATIONS)]),
    declaration=st.none() | st.just(False) | jours,
    registre=st.none() | st.just(False) | jours,
    transparence=st.none() | st.just(False) | jours,
)
dates = st.builds(
    DatesLigne,
    demande=maybe(jours),
    reception=maybe(jours),
    decision=maybe(jours),
    notification=maybe(jours),
    debut=maybe(jours),
    achevement=maybe(jours),
    debut_proroge=st.booleans(),
    achevement_proroge=st.booleans(),
)
paiements = st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans(), st.booleans()).map(
    lambda t: Paiements(avance=t[0], cumul=t[0] + t[1], garantie_bancaire=t[2], is_solde=t[3])
)
zones = st.just(ZoneAfr(type=TypeZoneAfr.HORS_ZONE)) | st.builds(
    ZoneAfr,
    type=st.sampled_from([TypeZoneAfr.A, TypeZoneAfr.C]),
    taux=st.sampled_from([Fraction(15, 100), Fraction(70, 100)]),
)
recues = st.lists(st.builds(AideDeMinimis, siren=st.just(""), jour=jours, montant=montants), max_size=4)
entreprises = st.builds(
    Entreprise,
    taille=maybe(st.sampled_from(TailleEntreprise)),
    en_difficulte=reponses,
    zone=maybe(zones),
    aides_de_minimis=maybe(recues.map(tuple)),
)
faits_ligne = st.fixed_dictionaries(
    {
        "programme": st.sampled_from(Programme),
        "numero_dossier": st.sampled_from(["", "1"]),
        "base": maybe(montants),
        "taux": maybe(parts),
        "annexe_vii": reponses,
        "convention_region": reponses,
        "aide": aides,
        "dates": dates,
        "paiements": paiements,
    }
)
faits_plan = st.fixed_dictionaries(
    {
        "chef_de_file": maybe(st.sampled_from(ChefDeFile)),
        "inscrite_cper": reponses,
        "ctec": reponses,
        "derogation_detr": reponses,
        "objet_immobilier": reponses,
        "perimetre_ti": reponses,
        "accord_gouvernance": reponses,
        "debut_travaux": maybe(jours),
        "duree_mois": maybe(st.integers(1, 72)),
        "publication": st.none() | st.just(False) | jours,
        "seulement_equipement": st.booleans(),
        "entreprise": entreprises,
    }
)


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
            montant=0 if nature is NatureLigne.SERVICE else montant,
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
        jour=JOUR,
        **autres,
    )


@st.composite
def plans_complets(draw, **fixes):
    """Plans dont les lignes et l'entreprise portent des faits tirés au hasard, au 1er juin 2025."""
    plan = draw(plans(montants=st.integers(0, 60), jour=JOUR, **fixes))
    lignes = tuple(replace(ligne, **draw(faits_ligne)) for ligne in plan.lignes)
    return replace(plan, lignes=lignes, **draw(faits_plan))


# Plafonds de minimis et intensités se jouent autour de quelques valeurs : les montants tirés ici y tombent souvent.
_MONTANTS_ENTREPRISE = st.integers(0, 60) | st.integers(0, 40_000_000)
_AIDES_ENTREPRISE = st.builds(
    AideEtat,
    regime=st.sampled_from([RegimeAide.EXEMPTE, RegimeAide.DE_MINIMIS, RegimeAide.NOTIFIE]),
    article=st.sampled_from(["14", "17", "31"]),
    intensite=st.sampled_from([Fraction(15, 100), Fraction(45, 100)]),
    declaration=st.none() | jours,
)


@st.composite
def plans_entreprise(draw):
    """Plans d'une entreprise connue, dont chaque aide a son régime ; parfois outre-mer, parfois ouverts."""
    rangs = range(draw(st.integers(1, 4)))
    lignes = [
        Ligne(
            identifiant=f"l{rang}",
            financeur="Région Grand Est",
            nature=NatureLigne.SUBVENTION,
            origine=draw(st.sampled_from([OrigineFinanceur.REGION, OrigineFinanceur.OPERATEUR])),
            montant=draw(_MONTANTS_ENTREPRISE),
            etat=draw(
                st.sampled_from([CertitudeLigne.PRESSENTI, CertitudeLigne.DEMANDE, CertitudeLigne.ACCORDE])
            ),
            aide=draw(_AIDES_ENTREPRISE),
            dates=draw(dates),
        )
        for rang in rangs
    ]
    propre = Ligne(
        identifiant="propre",
        financeur="Entreprise",
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        montant=draw(_MONTANTS_ENTREPRISE),
        etat=CertitudeLigne.DEMANDE,
    )
    total = sum(ligne.montant for ligne in (*lignes, propre))
    return Plan(
        cout_total=total + draw(st.sampled_from([0, 0, 5_000_000])),
        depense_eligible=draw(st.sampled_from([total, 2 * total, None])),
        lignes=(*lignes, propre),
        porteur=TypePorteur.ENTREPRISE,
        est_investissement=True,
        outre_mer=draw(st.booleans()),
        exception_participation="",
        jour=JOUR,
        debut_travaux=JOUR + timedelta(days=1000),
        entreprise=Entreprise(
            taille=draw(maybe(st.sampled_from(TailleEntreprise))),
            en_difficulte=False,
            zone=draw(maybe(zones)),
            aides_de_minimis=draw(
                st.lists(
                    st.builds(
                        AideDeMinimis, siren=st.just(""), jour=jours, montant=st.integers(0, 20_000_000)
                    ),
                    max_size=4,
                ).map(tuple)
            ),
        ),
    )


@st.composite
def plans_a_chef_de_file(draw):
    """Plans d'une collectivité dans une compétence à chef de file, la Région et le Département souvent tous deux."""
    plan = draw(
        plans_soumis_a_r03(
            montants=st.integers(0, 40),
            couples=[
                (NatureLigne.SUBVENTION, OrigineFinanceur.REGION),
                (NatureLigne.SUBVENTION, OrigineFinanceur.DEPARTEMENT),
            ],
        )
    )
    chef = draw(st.sampled_from([ChefDeFile.REGION, ChefDeFile.DEPARTEMENT]))
    return replace(plan, chef_de_file=chef, inscrite_cper=False, ctec=False)
