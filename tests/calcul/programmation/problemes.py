"""De petits problèmes écrits à la main, ou tirés au hasard avec des montants de quelques euros."""

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from calcul.financement.modele import (
    CertitudeLigne,
    Ligne,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    TypePorteur,
)
from calcul.programmation.modele import EURO, Dispositif, Enveloppe, Fiche, Probleme

JOUR = date(2026, 1, 1)


def build_fiche(
    identifiant="f",
    *,
    cout=100,
    propre=30,
    prive=0,
    poids=1,
    porteur=TypePorteur.ASSOCIATION,
    eligible=None,
    centimes=0,
    **autres,
):
    """Une fiche en euros ; `centimes` s’ajoutent au coût."""
    lignes = [
        Ligne(
            identifiant=nature.value,
            financeur="Porteur",
            nature=nature,
            origine=origine,
            montant=montant * EURO,
            etat=CertitudeLigne.ACCORDE,
        )
        for nature, origine, montant in (
            (NatureLigne.AUTOFINANCEMENT, OrigineFinanceur.PORTEUR, propre),
            (NatureLigne.PRIVE, OrigineFinanceur.PRIVE, prive),
        )
        if montant
    ]
    plan = Plan(
        cout_total=cout * EURO + centimes,
        depense_eligible=None if eligible is None else eligible * EURO,
        lignes=tuple(lignes),
        porteur=porteur,
        est_investissement=True,
        outre_mer=False,
        exception_participation="",
        jour=JOUR,
    )
    champs = {"territoire": "t", "region": "r", "annee": 2026, **autres}
    return Fiche(identifiant=identifiant, plan=plan, poids=poids, **champs)


def build_dispositif(
    identifiant="d", *, plafond=1_000, plancher=0, taux=1, origine=OrigineFinanceur.REGION, **autres
):
    return Dispositif(
        identifiant=identifiant,
        nom=f"Aide {identifiant}",
        financeur=f"Financeur {identifiant}",
        origine=origine,
        taux=Fraction(taux),
        plafond=plafond * EURO,
        plancher=plancher * EURO,
        **autres,
    )


def build_enveloppe(dispositif="d", montant=1_000, **autres):
    champs = {"identifiant": f"e-{dispositif}", **autres}
    return Enveloppe(dispositif=dispositif, montant=montant * EURO, **champs)


def build_probleme(fiches, dispositifs=None, enveloppes=None, **autres):
    dispositifs = dispositifs if dispositifs is not None else (build_dispositif(),)
    enveloppes = (
        enveloppes if enveloppes is not None else tuple(build_enveloppe(d.identifiant) for d in dispositifs)
    )
    return Probleme(
        fiches=tuple(fiches), dispositifs=tuple(dispositifs), enveloppes=tuple(enveloppes), **autres
    )


ORIGINES = (
    OrigineFinanceur.REGION,
    OrigineFinanceur.ETAT_BUDGET_GENERAL,
    OrigineFinanceur.ETAT_DOTATION,
    OrigineFinanceur.EUROPE,
    OrigineFinanceur.PRIVE,
)


@st.composite
def petits_problemes(draw, fiches_max=12):
    """Au plus douze fiches et trois dispositifs, des besoins de quelques euros : l’énumération reste possible."""
    dispositifs = [
        build_dispositif(
            f"d{n}",
            plafond=draw(st.integers(0, 8)),
            plancher=draw(st.integers(0, 4)),
            taux=draw(st.sampled_from([Fraction(1, 5), Fraction(1, 2), Fraction(4, 5), Fraction(1)])),
            origine=draw(st.sampled_from(ORIGINES)),
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    enveloppes = [build_enveloppe(d.identifiant, draw(st.integers(0, 15))) for d in dispositifs]
    fiches = []
    for n in range(draw(st.integers(0, fiches_max))):
        besoin, propre, prive = draw(st.integers(0, 8)), draw(st.integers(0, 4)), draw(st.integers(0, 2))
        cout = besoin + propre + prive
        fiches.append(
            build_fiche(
                f"f{n}",
                cout=cout,
                propre=propre,
                prive=prive,
                centimes=draw(st.sampled_from([0, 0, 37])),
                poids=draw(st.integers(0, 10)),
                porteur=draw(
                    st.sampled_from(
                        [TypePorteur.COLLECTIVITE, TypePorteur.ENTREPRISE, TypePorteur.ASSOCIATION]
                    )
                ),
                eligible=draw(st.none() | st.integers(0, cout)),
                plafond_aides_etat=draw(st.none() | st.integers(0, 10).map(lambda e: e * EURO)),
            )
        )
    attendent = frozenset(f.identifiant for f in fiches if draw(st.integers(0, 9)) == 0)
    return build_probleme(fiches, dispositifs, enveloppes, attendent=attendent)
