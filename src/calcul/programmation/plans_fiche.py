"""Pour une seule fiche : quelques plans de financement possibles, bien distincts, chacun jugé par les règles.

Trois façons de bien faire : le moins de financeurs, les dispositifs les plus sûrs, le moins d'argent propre. Chacune
est un petit programme exact (au plus une soixantaine de dispositifs) ; un plan trouvé interdit son support aux suivants
(coupes « no-good », Balas et Jeroslow, 1972).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

import numpy as np

from calcul.financement.modele import Categorie, NatureLigne, Plan
from calcul.financement.regles import evaluer_tout
from calcul.financement.verdict import Verdict
from calcul.francais import typographie
from calcul.montants import format_montant
from calcul.programmation.lineaire import INFINI, Programme
from calcul.programmation.modele import (
    EURO,
    Dispositif,
    Enveloppe,
    Fiche,
    Octroi,
    Probleme,
    build_plan_programme,
)
from calcul.programmation.phrases import compte, describe_cause
from calcul.programmation.plafonds import (
    GROUPES,
    PUBLIQUE,
    Plafonds,
    compute_plafonds,
    get_rang,
    is_budget_general,
)
from calcul.programmation.reseau import (
    Cause,
    Entiers,
    build_reseau,
    compute_haut,
    get_enveloppes,
    is_eligible,
)
from calcul.programmation.supports import Besoin, Offre, share_besoin
from calcul.programmation.verification import REGLES_RELUES


class Preference(StrEnum):
    """Ce qu'un plan fait au mieux."""

    MOINS_DE_FINANCEURS = "moins_de_financeurs"
    PLUS_SUR = "plus_sur"
    MOINS_D_ARGENT_PROPRE = "moins_d_argent_propre"


PHRASES = {
    Preference.MOINS_DE_FINANCEURS: "Le moins de financeurs à convaincre\u00a0: {financeurs}.",
    Preference.PLUS_SUR: "Les aides les plus sûres\u00a0: certitude moyenne {certitude} sur 100, {financeurs}.",
    Preference.MOINS_D_ARGENT_PROPRE: "Le moins d’argent propre\u00a0: {propre} au lieu de {propre_prevu}, {financeurs}.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanPropose:
    """Un plan possible. `apport_en_moins` : centimes d'autofinancement remplacés par des aides ; `certitude` : moyenne
    des certitudes des aides, pondérée par leurs montants ; `verdicts` : ceux de toutes les règles sur ce plan."""

    preference: Preference
    octrois: tuple[Octroi, ...]
    apport_en_moins: int
    certitude: int
    plan: Plan
    verdicts: tuple[Verdict, ...]
    phrase: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposition:
    """Les plans trouvés, ou la phrase qui dit pourquoi il n'y en a pas."""

    plans: tuple[PlanPropose, ...]
    phrase: str


@dataclass(frozen=True, slots=True)
class _Modele:
    fiche: Fiche
    dispositifs: tuple[Dispositif, ...]
    offres: tuple[Offre, ...]
    plafonds: Plafonds
    reductible: int  # euros d'autofinancement que des aides peuvent remplacer
    par_nom: Mapping[str, Dispositif]


def propose_plans(
    fiche: Fiche,
    dispositifs: tuple[Dispositif, ...],
    enveloppes: tuple[Enveloppe, ...],
    *,
    par_preference: int = 1,
) -> Proposition:
    """Les meilleurs plans de la fiche selon chaque préférence, tous différents, ou la cause en une phrase.

    `enveloppes` : ce qui reste à engager ; un plan ne demande jamais plus. Erreur : ProblemeImpossible."""
    probleme = Probleme(fiches=(fiche,), dispositifs=dispositifs, enveloppes=enveloppes)
    cause = build_reseau(probleme).cause[0]
    if cause is not Cause.AUCUNE:
        return Proposition(plans=(), phrase=describe_cause(fiche, cause, probleme))
    modele = _build_modele(fiche, dispositifs, enveloppes)
    plans: list[PlanPropose] = []
    supports: list[tuple[int, ...]] = []
    for preference in Preference:
        siens: list[tuple[int, ...]] = []
        # Moins d'argent propre, c'est un autre plan même avec les mêmes financeurs.
        autres = [] if preference is Preference.MOINS_D_ARGENT_PROPRE else supports
        for _ in range(par_preference):
            trouve = _solve(modele, preference, interdits=[*autres, *siens], evites=siens)
            if trouve is None:
                break
            support, plan = trouve
            siens.append(support)
            if plan is not None and (
                plan.apport_en_moins or preference is not Preference.MOINS_D_ARGENT_PROPRE
            ):
                plans.append(plan)
        supports += siens
    if not plans:
        return Proposition(
            plans=(),
            phrase=typographie(
                f"Aucun plan ne boucle «\u00a0{fiche.identifiant}\u00a0» avec ce qui reste dans les enveloppes\u00a0: "
                f"il manque {format_montant(fiche.manque)}. Attendez une nouvelle enveloppe ou revoyez le coût."
            ),
        )
    phrase = (
        f"{compte(len(plans), 'plan possible', 'plans possibles')} pour «\u00a0{fiche.identifiant}\u00a0»."
    )
    return Proposition(plans=tuple(plans), phrase=typographie(phrase))


def _build_modele(
    fiche: Fiche, dispositifs: tuple[Dispositif, ...], enveloppes: tuple[Enveloppe, ...]
) -> _Modele:
    par_dispositif: dict[str, list[tuple[int, Enveloppe]]] = {}
    for n, enveloppe in enumerate(enveloppes):
        par_dispositif.setdefault(enveloppe.dispositif, []).append((n, enveloppe))
    propre = sum(
        ligne.montant for ligne in fiche.plan.lignes_comptees if ligne.nature is NatureLigne.AUTOFINANCEMENT
    )
    reductible = propre // EURO
    retenus, offres = [], []
    for dispositif in dispositifs:
        touchees = get_enveloppes(fiche, dispositif.identifiant, par_dispositif)
        if not touchees or not is_eligible(fiche, dispositif) or dispositif.identifiant in fiche.accordees:
            continue
        haut = compute_haut(dispositif, assiette=fiche.assiette, besoin=fiche.besoin + reductible)
        haut = min(haut, *(enveloppes[n].montant // EURO for n in touchees))
        bas = max(-(-dispositif.plancher // EURO), 1)
        if haut >= bas:
            retenus.append(dispositif)
            offres.append(
                Offre(
                    bas=bas,
                    haut=haut,
                    rang=get_rang(dispositif, fiche.plan.jour),
                    etat=is_budget_general(dispositif),
                )
            )
    par_nom = {d.identifiant: d for d in dispositifs}
    return _Modele(
        fiche, tuple(retenus), tuple(offres), compute_plafonds(fiche, par_nom), reductible, par_nom
    )


def _solve(
    m: _Modele, preference: Preference, *, interdits: list[tuple[int, ...]], evites: list[tuple[int, ...]]
) -> tuple[tuple[int, ...], PlanPropose | None] | None:
    """Le meilleur support selon la préférence, hors des `interdits` et de ce qui contient un des `evites`."""
    n = len(m.offres)
    if not n:
        return None
    unite = max(m.fiche.besoin, 1) / 1_000
    haut = np.array([o.haut for o in m.offres], float) / unite
    bas = np.array([o.bas for o in m.offres], float) / unite
    certitudes = np.array([d.certitude for d in m.dispositifs], float)
    couts_z = np.full(n, -0.01 if preference is not Preference.MOINS_DE_FINANCEURS else -10.0)
    couts_g = certitudes * (1e-2 if preference is Preference.PLUS_SUR else 1e-5)
    reduit = preference is Preference.MOINS_D_ARGENT_PROPRE
    p = Programme()
    g = p.add_colonnes(couts_g, np.zeros(n), haut)
    z = p.add_colonnes(couts_z, np.zeros(n), np.ones(n), entieres=True)
    t = p.add_colonnes(np.array([1.0]), np.zeros(1), np.array([m.reductible / unite if reduit else 0.0]))
    ligne = p.add_lignes(np.array([m.fiche.besoin / unite]), np.array([m.fiche.besoin / unite]))
    p.add_termes(np.repeat(ligne, n), g, np.ones(n))
    p.add_termes(ligne, t, np.array([-1.0]))
    for borne, sens in ((haut, -1.0), (bas, 1.0)):
        lignes = p.add_lignes(
            np.full(n, -INFINI) if sens < 0 else np.zeros(n), np.zeros(n) if sens < 0 else np.full(n, INFINI)
        )
        p.add_termes(lignes, g, np.ones(n))
        p.add_termes(lignes, z, -borne)
    _add_plafonds(p, m, g, z, t, unite)
    for support in interdits:
        dedans = np.isin(np.arange(n), support)
        ligne = p.add_lignes(np.array([1.0 - len(support)]), np.array([INFINI]))
        p.add_termes(np.repeat(ligne, n), z, np.where(dedans, -1.0, 1.0))
    for support in evites:
        ligne = p.add_lignes(np.array([-INFINI]), np.array([len(support) - 1.0]))
        p.add_termes(np.repeat(ligne, len(support)), z[list(support)], np.ones(len(support)))
    p.pose(ecart=1e-6, noeuds=5_000)
    reponse = p.resout()
    if not reponse.is_realisable:
        return None
    support = tuple(int(k) for k in np.flatnonzero(reponse.valeurs[z] > 0.5))
    retire = int(reponse.valeurs[t][0] * unite + 1e-6)
    return support, _build_plan(m, preference, support, retire)


def _add_plafonds(p: Programme, m: _Modele, g: Entiers, z: Entiers, t: Entiers, unite: float) -> None:
    """Les groupes emboîtés ; sous R03, un euro de part propre en moins coûte `levier` euros d'aides publiques."""
    levier = float(m.plafonds.levier) if m.plafonds.levier is not None else 0.0
    rangs = np.array([o.rang for o in m.offres])
    total = sum(o.haut for o in m.offres)
    for groupe in range(GROUPES):
        dedans = np.flatnonzero(rangs <= groupe)
        plafond = m.plafonds.groupes[groupe]
        if len(dedans) and plafond < total + m.reductible * levier:
            ligne = p.add_lignes(np.array([-INFINI]), np.array([plafond / unite]))
            p.add_termes(np.repeat(ligne, len(dedans)), g[dedans], np.ones(len(dedans)))
            if groupe == PUBLIQUE and levier:
                p.add_termes(ligne, t, np.array([levier]))
    publics = np.flatnonzero(rangs <= PUBLIQUE)
    sous = max(m.plafonds.avec_budget_general, 0)
    libre = sum(o.haut for o in m.offres if o.rang <= PUBLIQUE)
    for k, offre in enumerate(m.offres):
        if offre.etat and sous < libre:
            ligne = p.add_lignes(np.array([-INFINI]), np.array([libre / unite]))
            p.add_termes(np.repeat(ligne, len(publics)), g[publics], np.ones(len(publics)))
            p.add_termes(ligne, z[[k]], np.array([(libre - sous) / unite]))


def _build_plan(
    m: _Modele, preference: Preference, support: tuple[int, ...], retire: int
) -> PlanPropose | None:
    """Le plan à l'euro sur ce support, ou None si les règles le refusent."""
    offres = [m.offres[k] for k in support]
    dotations, publiques, aides = m.plafonds.groupes
    perdu = ceil((m.plafonds.levier or 0) * retire)
    besoin = Besoin(
        montant=m.fiche.besoin + retire,
        groupes=(dotations, publiques - perdu, aides),
        avec_etat=m.plafonds.avec_budget_general,
    )
    ordre = sorted(range(len(support)), key=lambda k: (-m.dispositifs[support[k]].certitude, k))
    montants = share_besoin(besoin, offres, ordre)
    if montants is None:
        return None
    octrois = tuple(
        Octroi(dispositif=m.dispositifs[k].identifiant, montant=montant)
        for k, montant in zip(support, montants, strict=True)
    )
    return _judge(m, preference, octrois, retire * EURO)


def _judge(
    m: _Modele,
    preference: Preference,
    octrois: tuple[Octroi, ...],
    retire: int,
) -> PlanPropose | None:
    plan = build_plan_programme(m.fiche, octrois, m.par_nom, apport_en_moins=retire)
    verdicts = evaluer_tout(plan)
    if any(v.respectee is False and v.regle in REGLES_RELUES for v in verdicts):
        return None
    total = sum(octroi.montant for octroi in octrois)
    certitude = round(Fraction(sum(o.montant * m.par_nom[o.dispositif].certitude for o in octrois), total))
    propre = plan.total(Categorie.PROPRE)
    phrase = PHRASES[preference].format(
        financeurs=compte(len(octrois), "financeur"),
        certitude=certitude,
        propre=format_montant(propre),
        propre_prevu=format_montant(propre + retire),
    )
    return PlanPropose(
        preference=preference,
        octrois=octrois,
        apport_en_moins=retire,
        certitude=certitude,
        plan=plan,
        verdicts=verdicts,
        phrase=typographie(phrase),
    )
