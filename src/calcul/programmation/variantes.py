"""D'autres façons de choisir, sur les mêmes fiches et les mêmes enveloppes : compter, peser par le coût ou l'emploi,
garantir un minimum à chaque territoire ou région, et dire ce que l'équité coûte."""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from calcul.francais import typographie
from calcul.montants import format_taux
from calcul.programmation.modele import EURO, Fiche, Plancher, Probleme
from calcul.programmation.phrases import compte
from calcul.programmation.recherche import Programmation, Reglages, Suivi, programme
from calcul.programmation.reseau import Cause, build_reseau


class Critere(StrEnum):
    """Ce qu'on cherche à rendre le plus grand. PRIORITE : les poids donnés ; COUT : euros de projets bouclés."""

    PRIORITE = "priorite"
    NOMBRE = "nombre"
    COUT = "cout"
    EMPLOIS = "emplois"


class Maille(StrEnum):
    """Entre qui l'équilibre est cherché."""

    TERRITOIRE = "territoire"
    REGION = "region"


def with_critere(probleme: Probleme, critere: Critere) -> Probleme:
    """Le même problème, pesé selon ce critère. Une fiche de poids nul n'est jamais proposée."""
    if critere is Critere.PRIORITE:
        return probleme
    return replace(
        probleme,
        fiches=tuple(replace(fiche, poids=_get_poids(fiche, critere)) for fiche in probleme.fiches),
    )


def _get_poids(fiche: Fiche, critere: Critere) -> int:
    if critere is Critere.COUT:
        return fiche.plan.cout_total // EURO
    return fiche.emplois if critere is Critere.EMPLOIS else 1


def with_minimum(probleme: Probleme, maille: Maille, minimum: int) -> Probleme:
    """Au moins `minimum` fiches bouclées dans chaque territoire ou région, ou toutes celles qui peuvent l'être s'il y en a
    moins."""
    return _with_minima(probleme, maille, minimum, _get_bouclables(probleme))


def _get_bouclables(probleme: Probleme) -> frozenset[str]:
    causes = build_reseau(probleme).cause
    return frozenset(
        fiche.identifiant
        for fiche, cause in zip(probleme.fiches, causes, strict=True)
        if cause in (Cause.AUCUNE, Cause.DEJA_BOUCLEE) and fiche.identifiant not in probleme.attendent
    )


def _get_groupes(probleme: Probleme, maille: Maille) -> dict[str, list[Fiche]]:
    groupes: dict[str, list[Fiche]] = {}
    for fiche in probleme.fiches:
        groupes.setdefault(fiche.territoire if maille is Maille.TERRITOIRE else fiche.region, []).append(
            fiche
        )
    return groupes


def _with_minima(probleme: Probleme, maille: Maille, minimum: int, bouclables: frozenset[str]) -> Probleme:
    planchers = []
    for nom, fiches in sorted(_get_groupes(probleme, maille).items()):
        membres = frozenset(f.identifiant for f in fiches) & bouclables
        if exige := min(minimum, len(membres)):
            planchers.append(Plancher(nom=nom, fiches=membres, minimum=exige))
    return replace(probleme, planchers=(*probleme.planchers, *planchers))


@dataclass(frozen=True, kw_only=True, slots=True)
class Equilibre:
    """Le plus grand minimum tenu partout, la programmation qui le tient, et celle qu'on aurait sans lui."""

    minimum: int
    probleme: Probleme
    programmation: Programmation
    sans_equilibre: Programmation
    prix: Fraction
    phrase: str


def compute_max_min(
    probleme: Probleme, maille: Maille, reglages: Reglages | None = None, suivi: Suivi | None = None
) -> Equilibre:
    """Le plus grand minimum trouvé, par dichotomie, que chaque territoire ou région puisse atteindre à la fois.

    Chaque essai est une première réponse sans échanges ; « trouvé » et non « prouvé » : un minimum plus haut peut exister
    si la recherche ne l'a pas atteint. La programmation finale est faite avec tous les réglages."""
    reglages = reglages or Reglages()
    rapides = replace(reglages, echanges=0, coupes=0)
    bouclables = _get_bouclables(probleme)
    tailles = [
        len({f.identifiant for f in fiches} & bouclables)
        for fiches in _get_groupes(probleme, maille).values()
    ]
    bas, haut = 0, max(tailles, default=0)
    while bas < haut:
        milieu = (bas + haut + 1) // 2
        essai = programme(_with_minima(probleme, maille, milieu, bouclables), rapides)
        bas, haut = (milieu, haut) if essai.is_tenue else (bas, milieu - 1)
    sans = programme(probleme, reglages, suivi)
    equilibre = _with_minima(probleme, maille, bas, bouclables)
    avec = programme(equilibre, reglages, suivi) if bas else sans
    return Equilibre(
        minimum=bas,
        probleme=equilibre,
        programmation=avec,
        sans_equilibre=sans,
        prix=compute_prix_equite(sans, avec),
        phrase=describe_prix_equite(sans, avec, maille, bas),
    )


def compute_prix_equite(sans: Programmation, avec: Programmation) -> Fraction:
    """(valeur sans équité − valeur avec) ÷ valeur sans (Bertsimas, Farias et Trichakis, 2011). Nul si la valeur est nulle."""
    return Fraction(max(sans.valeur - avec.valeur, 0), sans.valeur) if sans.valeur else Fraction(0)


def describe_prix_equite(sans: Programmation, avec: Programmation, maille: Maille, minimum: int) -> str:
    """« Garantir 3 fiches à chaque territoire coûte 1,2 % de la valeur et 4 fiches bouclées de moins. »"""
    perdues = len(sans.octrois) - len(avec.octrois)
    nom = "territoire" if maille is Maille.TERRITOIRE else "région"
    if not minimum:
        return typographie(f"Aucun minimum ne peut être tenu dans chaque {nom} à la fois.")
    garantie = f"Garantir {compte(minimum, 'fiche')} à chaque {nom} (ou toutes celles qui peuvent l’être)"
    if not (prix := compute_prix_equite(sans, avec)) and perdues <= 0:
        return typographie(f"{garantie} ne coûte rien.")
    fin = f" et {compte(perdues, 'fiche bouclée', 'fiches bouclées')} de moins" if perdues > 0 else ""
    return typographie(f"{garantie} coûte {format_taux(prix)} de la valeur{fin}.")
