"""R08 — Aides de minimis : 300 000 € par entreprise unique sur trois ans glissants.

Règle : les aides de minimis reçues par une entreprise unique, cette aide comprise, ne dépassent pas 300 000 € sur trois ans
(750 000 € pour un service d'intérêt économique général). La fenêtre est glissante, de date à date, et finit le jour de
l'octroi : celui où naît le droit, quel que soit le jour du paiement.

Source : règlement (UE) 2023/2831 du 13 décembre 2023, articles 2 et 3 (du 1er janvier 2024 au 31 décembre 2030) ; pour les
services d'intérêt économique général, règlement (UE) 2023/2832.

Formule : Σ des aides dans la fenêtre ≤ plafond, à chaque jour d'octroi. Un prêt, une avance ou une garantie comptent pour
leur équivalent-subvention brut. Sans date de décision, l'octroi est supposé au jour du plan.

Prudence : une aide reçue il y a trois ans jour pour jour est comptée, mais la règle avertit seulement quand elle seule fait
dépasser. Sans déclaration de l'entreprise, la règle la demande ; elle bloque pourtant si le plan dépasse à lui seul.

Remède : ramener l'aide à ce qui reste disponible, la différence en autofinancement ; ou attendre le jour où une aide
ancienne sort de la fenêtre.

Unités : centimes entiers d'équivalent-subvention brut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.de_minimis import AideDeMinimis, compute_cumul, find_premier_jour
from calcul.financement.modele import Ligne, NatureLigne, Plan
from calcul.financement.remedes import (
    add_retrait_seul,
    build_demarche,
    build_remede_vers,
    chain,
    find_remede_plafond,
    replace_lignes,
)
from calcul.financement.reponses import (
    HORS_PERIODE,
    LECTURES,
    get_identifiants,
    repond_hors_periode,
    say_acquis,
    say_lignes,
)
from calcul.financement.verdict import Remede, Verdict, build_a_verifier, build_sans_objet, build_verdict
from calcul.francais import format_jour
from calcul.montants import format_montant
from calcul.parametres import PARAMETRES, ValeurDatee

IDENTIFIANT = "R08"
TITRE = "Aides de minimis\u00a0: un plafond par entreprise unique sur trois ans"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "plafond_de_minimis",
    "plafond_de_minimis_sieg",
    "fenetre_de_minimis",
)
CODES_LECTURES = {
    (True, True): "respectee",
    (False, True): "depassement_a_verifier",
    (False, False): "depassement",
}
CODES: tuple[str, ...] = (
    *CODES_LECTURES.values(),
    "sans_de_minimis",
    "cumul_inconnu",
    HORS_PERIODE,
)
PLAFONDS = {
    RegimeAide.DE_MINIMIS: "plafond_de_minimis",
    RegimeAide.DE_MINIMIS_SIEG: "plafond_de_minimis_sieg",
}
DONNEE_DECLARATION = "la déclaration des aides de minimis reçues par l’entreprise unique en trois ans"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Le jour où la fenêtre est la plus pleine, pour un plafond. Centimes."""

    lignes: tuple[Ligne, ...]
    plafond: ValeurDatee
    certain: int
    possible: int

    @property
    def exces(self) -> int:
        return self.possible - int(self.plafond.valeur)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Cumule, à chaque octroi, les aides de la fenêtre ; chiffres en centimes."""
    annees = int(PARAMETRES["fenetre_de_minimis"].at(plan.jour).valeur)
    situations = [
        situation for regime in PLAFONDS if (situation := _get_situation(plan, regime, annees)) is not None
    ]
    if not situations:
        return build_sans_objet(
            regle=IDENTIFIANT, code="sans_de_minimis", phrase="Aucune aide de minimis n’est inscrite."
        )
    pire = max(situations, key=lambda situation: situation.exces)
    plafond = int(pire.plafond.valeur)
    lignes = [ligne for situation in situations for ligne in situation.lignes]
    lecture, favorable = (
        pire.possible <= plafond,
        max(s.certain - int(s.plafond.valeur) for s in situations) <= 0,
    )
    manquantes = _get_manquantes(plan, lignes)
    chiffres = {
        "cumul": pire.possible,
        "plafond": plafond,
        "depassement": max(pire.exces, 0),
        "disponible": max(-pire.exces, 0),
    }
    phrase = (
        f"Les aides de minimis de l’entreprise unique atteignent {format_montant(pire.possible)} sur {annees} ans, celles "
        f"du plan comprises, pour un plafond de {format_montant(plafond)}."
    )
    if favorable and manquantes:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="cumul_inconnu",
            phrase=phrase.replace("atteignent", "atteignent au moins"),
            texte=pire.plafond.citation,
            manquantes=manquantes,
            chiffres=chiffres,
            lignes=get_identifiants(lignes),
        )
    severite, respectee = LECTURES[lecture, favorable]
    remede = None
    if not respectee:
        phrase += f" Elles le dépassent de {format_montant(pire.exces)}."
        if favorable:
            phrase += " Le dépassement tient à une aide reçue il y a trois ans jour pour jour\u00a0: vérifiez-la, ou accordez l’aide le lendemain."
        remede = _find_remede(plan, annees) if not manquantes else None
        if remede is None and not manquantes:
            phrase += say_acquis(lignes)
    return build_verdict(
        regle=IDENTIFIANT,
        code=CODES_LECTURES[lecture, favorable],
        severite=severite,
        respectee=respectee,
        chiffres=chiffres,
        texte=pire.plafond.citation,
        phrase=phrase,
        remede=remede,
        manquantes=manquantes,
        lignes=get_identifiants(lignes),
    )


def _get_lignes(plan: Plan, regime: RegimeAide) -> tuple[Ligne, ...]:
    return tuple(li for li in plan.aides_publiques if li.aide.regime is regime)


def _to_aide(plan: Plan, ligne: Ligne) -> AideDeMinimis:
    return AideDeMinimis(
        siren="",
        jour=ligne.dates.decision or plan.jour,
        montant=ligne.equivalent or 0,
        financeur=ligne.financeur,
    )


def _get_registre(plan: Plan, regime: RegimeAide) -> list[AideDeMinimis]:
    is_sieg = regime is RegimeAide.DE_MINIMIS_SIEG
    return [aide for aide in plan.entreprise.aides_de_minimis or () if aide.sieg is is_sieg]


def _get_situation(plan: Plan, regime: RegimeAide, annees: int) -> Situation | None:
    lignes = _get_lignes(plan, regime)
    if not lignes:
        return None
    plafond = PARAMETRES[PLAFONDS[regime]].at(plan.jour)
    du_plan = [_to_aide(plan, ligne) for ligne in lignes]
    aides = [*_get_registre(plan, regime), *du_plan]
    premier = min(aide.jour for aide in du_plan)
    jours = sorted({aide.jour for aide in aides if aide.jour >= premier})
    cumuls = [(jour, compute_cumul(aides, jour=jour, annees=annees)) for jour in jours]
    jour, pire = max(cumuls, key=lambda datee: datee[1].possible)
    return Situation(
        lignes=tuple(
            ligne
            for ligne, aide in zip(lignes, du_plan, strict=True)
            if compute_cumul([aide], jour=jour, annees=annees).possible or aide.montant == 0
        ),
        plafond=plafond,
        certain=max(cumul.certain for _, cumul in cumuls),
        possible=pire.possible,
    )


def _get_manquantes(plan: Plan, lignes: Sequence[Ligne]) -> list[str]:
    manquantes = [] if plan.entreprise.aides_de_minimis is not None else [DONNEE_DECLARATION]
    if inconnus := [ligne for ligne in lignes if ligne.equivalent is None]:
        manquantes.append(f"l’équivalent-subvention brut de {say_lignes(inconnus)}")
    return manquantes


def _find_remede(plan: Plan, annees: int) -> Remede | None:
    return chain([_find_reduction(plan, annees), _find_attente(plan, annees)])


def _find_reduction(plan: Plan, annees: int) -> Remede | None:
    change = plan
    for regime in PLAFONDS:
        # Chaque tour vide la fenêtre la plus pleine : il y en a au plus une par ligne.
        for _ in range(len(plan.lignes) + 1):
            situation = _get_situation(change, regime, annees)
            if situation is None or situation.exces <= 0:
                break
            lignes = [li for li in situation.lignes if li.nature is NatureLigne.SUBVENTION]
            remede = find_remede_plafond(
                plan=change, lignes=lignes, exces=situation.exces, quoi="d’aides de minimis"
            )
            if remede is None:
                return None
            change = remede.plan
    remede = build_remede_vers(plan=plan, change=change, quoi="d’aides de minimis")
    return add_retrait_seul(plan=plan, remede=remede, quoi="d’aides de minimis")


def _find_attente(plan: Plan, annees: int) -> Remede | None:
    """Accorder plus tard : seulement quand une seule aide du plan, que personne n'a encore accordée, est en cause."""
    en_cause = [(regime, ligne) for regime in PLAFONDS for ligne in _get_lignes(plan, regime)]
    if len(en_cause) != 1 or en_cause[0][1].is_acquise:
        return None
    [(regime, ligne)] = en_cause
    depart = ligne.dates.decision or plan.jour
    jour = find_premier_jour(
        _get_registre(plan, regime),
        montant=ligne.equivalent or 0,
        plafond=int(PARAMETRES[PLAFONDS[regime]].at(plan.jour).valeur),
        annees=annees,
        a_partir_de=max(depart, plan.jour),
    )
    if jour is None or jour == depart:
        return None
    attendue = replace(ligne, dates=replace(ligne.dates, decision=jour))
    return build_demarche(
        plan=replace_lignes(plan, [attendue]),
        phrase=f"Attendre\u00a0: à partir du {format_jour(jour)}, {say_lignes([ligne])} tient dans le plafond, car une aide plus "
        "ancienne est sortie de la fenêtre.",
    )
