"""R02 — Chaque aide tient dans le règlement de son financeur.

Règle : une aide ne dépasse pas le taux que son financeur applique à la dépense qu'il juge éligible, et cette dépense ne
dépasse pas le coût de l'opération.

Source : règlement de chaque financeur (délibération, appel à projets, arrêté), saisi ligne par ligne ; ce n'est pas un
texte commun, la règle avertit donc et ne bloque jamais.

Formule : S ≤ taux × E et E ≤ T, où S est l'aide, E la dépense éligible que ce financeur retient (à défaut, celle du
plan) et T le coût total. Sans taux connu, S ≤ E est vérifié.

Remède : ramener la dépense éligible au coût, l'aide à ce que le taux permet, et mettre la différence en autofinancement.

Unités : centimes entiers ; taux exacts, comparés sans arrondi.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from calcul.financement.modele import Ligne, NatureLigne, Plan
from calcul.financement.remedes import (
    add_retrait_seul,
    build_remede_vers,
    chain,
    find_remede_plafond,
    flatten,
    replace_lignes,
)
from calcul.financement.reponses import get_identifiants, say_lignes
from calcul.financement.verdict import (
    Remede,
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.francais import with_article
from calcul.montants import format_montant, format_taux

IDENTIFIANT = "R02"
TITRE = "Chaque aide dans le règlement de son financeur"
PARAMETRES_SUIVIS: tuple[str, ...] = ()
CODES: tuple[str, ...] = ("sans_aide", "respectee", "base_ou_taux_inconnus", "depassement")
TEXTE = "Règlement du financeur, saisi sur la ligne"
PHRASE_DEPASSEMENT = (
    "L’aide de {financeur} ({montant}) dépasse de {exces} ce que son règlement permet\u00a0: {plafond}, soit {taux} de "
    "{base} de dépense éligible."
)
PHRASE_BASE = "La dépense éligible retenue par {financeur} ({base}) dépasse le coût de l’opération ({cout})."


@dataclass(frozen=True, kw_only=True)
class Limite:
    """Ce que le règlement d'un financeur permet, en centimes."""

    ligne: Ligne
    base: int
    taux: Fraction
    cout: int

    @property
    def plafond(self) -> int:
        return floor(self.taux * (min(self.base, self.cout) if self.cout else self.base))

    @property
    def exces(self) -> int:
        return max(self.ligne.montant - self.plafond, 0)

    @property
    def is_base_trop_haute(self) -> bool:
        return 0 < self.cout < self.base

    @property
    def phrase(self) -> str:
        financeur = with_article(self.ligne.financeur)
        phrases = []
        if self.is_base_trop_haute:
            phrases.append(
                PHRASE_BASE.format(
                    financeur=financeur, base=format_montant(self.base), cout=format_montant(self.cout)
                )
            )
        if self.exces:
            phrases.append(
                PHRASE_DEPASSEMENT.format(
                    financeur=financeur,
                    montant=format_montant(self.ligne.montant),
                    exces=format_montant(self.exces),
                    plafond=format_montant(self.plafond),
                    taux=format_taux(self.taux),
                    base=format_montant(min(self.base, self.cout) if self.cout else self.base),
                )
            )
        return " ".join(phrases)


def evaluer(plan: Plan) -> Verdict:
    """Compare chaque subvention publique au règlement de son financeur ; chiffres en centimes."""
    aides = [li for li in plan.aides_publiques if li.nature is NatureLigne.SUBVENTION]
    if not aides:
        return build_sans_objet(
            regle=IDENTIFIANT, code="sans_aide", phrase="Aucune subvention publique n’est inscrite."
        )
    limites = [limite for li in aides if (limite := _get_limite(plan, li)) is not None]
    depassees = [limite for limite in limites if limite.exces or limite.is_base_trop_haute]
    if depassees:
        return build_verdict(
            regle=IDENTIFIANT,
            code="depassement",
            severite=Severite.AVERTISSEMENT,
            respectee=False,
            chiffres={"depassement": sum(limite.exces for limite in depassees)},
            texte=TEXTE,
            phrase=" ".join(limite.phrase for limite in depassees),
            remede=_find_remede(plan, depassees),
            lignes=get_identifiants(limite.ligne for limite in depassees),
        )
    inconnues = [li for li in aides if li.taux is None or (li.base is None and plan.depense_eligible is None)]
    if inconnues:
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="base_ou_taux_inconnus",
            phrase=f"Le règlement n’est pas connu en entier pour {say_lignes(inconnues)}.",
            texte=TEXTE,
            manquantes=["la dépense éligible et le taux maximal de ces aides"],
            lignes=get_identifiants(inconnues),
        )
    return build_verdict(
        regle=IDENTIFIANT,
        code="respectee",
        severite=Severite.INFORMATION,
        respectee=True,
        chiffres={"plafond": sum(limite.plafond for limite in limites)},
        texte=TEXTE,
        phrase="Chaque subvention tient dans le taux et la dépense éligible de son financeur.",
    )


def _get_limite(plan: Plan, ligne: Ligne) -> Limite | None:
    base = plan.depense_eligible if ligne.base is None else ligne.base
    if base is None:
        return None
    taux = Fraction(1) if ligne.taux is None else ligne.taux
    return Limite(ligne=ligne, base=base, taux=taux, cout=plan.cout_total)


def _find_remede(plan: Plan, depassees: list[Limite]) -> Remede | None:
    """Chaque base ramenée au coût, chaque aide à son plafond ; None si l'une est acquise ou la base celle du plan."""
    if any(limite.ligne.is_acquise for limite in depassees):
        return None
    change = plan
    if any(limite.is_base_trop_haute and limite.ligne.base is None for limite in depassees):
        change = replace(change, depense_eligible=plan.cout_total)
    change = replace_lignes(
        change,
        [
            replace(limite.ligne, base=plan.cout_total)
            for limite in depassees
            if limite.is_base_trop_haute and limite.ligne.base is not None
        ],
    )
    for limite in depassees:
        ligne = next(li for li in change.lignes if li.identifiant == limite.ligne.identifiant)
        remede = find_remede_plafond(plan=change, lignes=[ligne], exces=limite.exces)
        if remede is None:
            return None
        change = remede.plan
    remede = add_retrait_seul(plan=plan, remede=build_remede_vers(plan=plan, change=change))
    if not any(limite.is_base_trop_haute for limite in depassees):
        return remede
    debut = f"Ramener la dépense éligible au coût, {format_montant(plan.cout_total)}."
    return chain(
        replace(un, alternative=None, phrase=f"{debut} {un.phrase}" if un.retire else debut)
        for un in flatten([remede])
    )
