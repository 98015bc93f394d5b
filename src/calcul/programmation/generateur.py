"""Des programmations inventées mais vraisemblables, tirées d'une graine : pour les mesures et les essais.

Coûts de 20 000 € à 5 M€ (loi log-uniforme), besoins de 55 à 80 % du coût, taux de 10 à 80 %, planchers de 5 000 à
50 000 €, enveloppes très inégales qui couvrent ensemble une part donnée des besoins. Aucun chiffre n'est réel.
"""

import random
from datetime import date
from fractions import Fraction

from calcul.financement.modele import (
    CertitudeLigne,
    Ligne,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    TypePorteur,
)
from calcul.programmation.modele import EURO, Dispositif, Enveloppe, Fiche, Probleme
from calcul.programmation.reseau import compute_haut, is_eligible

JOUR = date(2026, 1, 1)
REGIONS = tuple(f"r{n:02d}" for n in range(13))
THEMES = tuple(f"t{n}" for n in range(8))
TAUX = (10, 15, 20, 25, 30, 40, 50, 60, 80)
PLANCHERS = (5_000, 10_000, 15_000, 20_000, 30_000, 50_000)
ORIGINES_NATIONALES = (
    OrigineFinanceur.ETAT_BUDGET_GENERAL,
    OrigineFinanceur.ETAT_DOTATION,
    OrigineFinanceur.OPERATEUR,
    OrigineFinanceur.EUROPE,
    OrigineFinanceur.PRIVE,
)
DISPARITE = 6
PORTEURS = (
    TypePorteur.COLLECTIVITE,
    TypePorteur.COLLECTIVITE,
    TypePorteur.ENTREPRISE,
    TypePorteur.ETABLISSEMENT_PUBLIC,
    TypePorteur.ASSOCIATION,
)


def build_probleme_tire(
    *,
    graine: int = 1,
    territoires: int = 183,
    fiches_par_territoire: int = 20,
    nationaux: int = 25,
    regionaux: int = 35,
    part_enveloppes: Fraction = Fraction(2, 5),
) -> Probleme:
    """Un problème tiré de `graine` ; `part_enveloppes` : total des enveloppes sur total des besoins."""
    hasard = random.Random(graine)  # noqa: S311 (des essais, pas un secret)
    dispositifs = tuple(_tire_dispositif(hasard, n, n < nationaux) for n in range(nationaux + regionaux))
    fiches = []
    for territoire in range(territoires):
        region = hasard.choice(REGIONS)
        for rang in range(fiches_par_territoire):
            fiches.append(
                _tire_fiche(hasard, f"ti{territoire:04d}", f"ti{territoire:04d}-f{rang:02d}", region)
            )
    return Probleme(
        fiches=tuple(fiches),
        dispositifs=dispositifs,
        enveloppes=_tire_enveloppes(hasard, tuple(fiches), dispositifs, part_enveloppes),
    )


def _tire_dispositif(hasard: random.Random, rang: int, national: bool) -> Dispositif:
    origine = hasard.choice(ORIGINES_NATIONALES) if national else OrigineFinanceur.REGION
    return Dispositif(
        identifiant=f"d{rang:02d}",
        nom=f"{'Aide nationale' if national else 'Aide régionale'} {rang + 1}",
        financeur=f"Financeur {rang + 1}",
        origine=origine,
        taux=Fraction(hasard.choice(TAUX), 100),
        plafond=round(10 ** hasard.uniform(5, 6.5), -3).__int__() * EURO,
        plancher=hasard.choice(PLANCHERS) * EURO,
        regions=frozenset() if national else frozenset({hasard.choice(REGIONS)}),
        criteres=frozenset(hasard.sample(THEMES, 6)),
        certitude=hasard.randrange(20, 100, 5),
    )


def _tire_fiche(hasard: random.Random, territoire: str, identifiant: str, region: str) -> Fiche:
    cout = int(10 ** hasard.uniform(4.30103, 6.69897)) * EURO + hasard.randrange(EURO)
    besoin = int(cout * hasard.uniform(0.55, 0.8))
    porteur = hasard.choice(PORTEURS)
    propre = cout - besoin
    eligible = max(besoin, int(cout * hasard.uniform(0.75, 1)))
    return Fiche(
        identifiant=identifiant,
        territoire=territoire,
        region=region,
        annee=JOUR.year,
        plan=Plan(
            cout_total=cout,
            depense_eligible=eligible,
            lignes=(
                Ligne(
                    identifiant="propre",
                    financeur="Porteur",
                    nature=NatureLigne.AUTOFINANCEMENT,
                    origine=OrigineFinanceur.PORTEUR,
                    montant=propre,
                    etat=CertitudeLigne.ACCORDE,
                ),
            ),
            porteur=porteur,
            est_investissement=hasard.random() < 0.8,
            outre_mer=False,
            exception_participation="",
            jour=JOUR,
        ),
        poids=hasard.randint(1, 10),
        emplois=int(10 ** hasard.uniform(0, 2)),
        criteres=frozenset({hasard.choice(THEMES)}),
        plafond_aides_etat=int(cout * hasard.uniform(0.5, 0.85))
        if porteur is TypePorteur.ENTREPRISE
        else None,
    )


def _tire_enveloppes(
    hasard: random.Random, fiches: tuple[Fiche, ...], dispositifs: tuple[Dispositif, ...], part: Fraction
) -> tuple[Enveloppe, ...]:
    """Chaque enveloppe est proportionnelle à ce que son dispositif pourrait servir, à un facteur 36 près : les unes débordent, les autres manquent."""
    attraits = []
    for dispositif in dispositifs:
        servable = sum(
            compute_haut(dispositif, assiette=fiche.assiette, besoin=fiche.besoin)
            for fiche in fiches
            if is_eligible(fiche, dispositif)
        )
        attraits.append(servable * DISPARITE ** hasard.uniform(-1, 1))
    total = int(part * sum(fiche.besoin for fiche in fiches))
    somme = sum(attraits) or 1
    return tuple(
        Enveloppe(
            identifiant=f"e-{dispositif.identifiant}",
            dispositif=dispositif.identifiant,
            montant=int(total * attrait / somme) * EURO,
        )
        for dispositif, attrait in zip(dispositifs, attraits, strict=True)
    )
