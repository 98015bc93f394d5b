"""Cumul d'aides d'État sur les mêmes coûts : la somme des équivalents-subvention face à une intensité.

Ce qui n'est pas connu (taille, zone, équivalent d'un prêt, base) donne un intervalle ; le plan n'est fautif que si le moins
qu'il puisse recevoir dépasse le plus que le texte puisse permettre.

Unités : centimes entiers ; parts exactes, comparées sans arrondi.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.intensites import ARTICLES, Intensite, compute_intensite
from calcul.financement.modele import Ligne, NatureLigne, Plan
from calcul.financement.remedes import add_retrait_seul, build_remede_vers, find_remede_plafond
from calcul.financement.reponses import say_lignes
from calcul.financement.verdict import Remede, Severite, Verdict, build_a_verifier, build_verdict
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES

DONNEE_BASE = "les coûts admissibles"


@dataclass(frozen=True, kw_only=True)
class Groupe:
    """Des aides sur les mêmes coûts et l'intensité qui les borne. `eligible` : coûts admissibles (le plus petit, le plus
    grand), ou None s'ils ne sont pas connus."""

    intitule: str
    lignes: tuple[Ligne, ...]
    intensite: Intensite
    eligible: tuple[int, int] | None

    @property
    def cumul(self) -> int:
        """Centimes d'équivalent-subvention connus."""
        return sum(ligne.equivalent or 0 for ligne in self.lignes)

    @property
    def plafond(self) -> int:
        """Ce qui est permis quoi qu'on apprenne ; 0 sans coûts admissibles connus."""
        return floor(self.intensite.basse * self.eligible[0]) if self.eligible else 0

    @property
    def is_fautif(self) -> bool:
        """Au-dessus du plafond, quoi qu'on apprenne."""
        return self.eligible is not None and self.cumul > self.intensite.haute * self.eligible[1]

    @property
    def manquantes(self) -> tuple[str, ...]:
        """Les données qui trancheraient, en mots ; vide quand le groupe est sûrement en règle ou sûrement fautif."""
        inconnus = [ligne for ligne in self.lignes if ligne.equivalent is None]
        if self.is_fautif or (self.eligible and not inconnus and self.cumul <= self.plafond):
            return ()
        manquantes = [] if self.eligible else [DONNEE_BASE]
        manquantes += [donnee for donnee in self.intensite.manquantes if donnee not in manquantes]
        if inconnus:
            manquantes.append(f"l’équivalent-subvention brut de {say_lignes(inconnus)}")
        if self.eligible and self.eligible[0] < self.eligible[1]:
            manquantes.append("les coûts admissibles communs à ces aides, que les lignes disent différents")
        return tuple(manquantes)


def group_by_assiette(lignes: Iterable[Ligne]) -> list[list[Ligne]]:
    """Les lignes qui aident les mêmes coûts, ensemble."""
    groupes: dict[str, list[Ligne]] = {}
    for ligne in lignes:
        groupes.setdefault(ligne.aide.assiette, []).append(ligne)
    return list(groupes.values())


def get_intensite(plan: Plan, lignes: Sequence[Ligne], ligne: Ligne) -> Intensite:
    """L'intensité qui borne cette ligne, parmi celles qui aident les mêmes coûts. Erreur : ParametreSansValeur."""
    if ligne.aide.regime is RegimeAide.EXEMPTE and ligne.aide.article in ARTICLES:
        eligible = get_eligible(plan, lignes)
        return compute_intensite(
            article=ligne.aide.article,
            entreprise=plan.entreprise,
            majorations=ligne.aide.majorations,
            couts=eligible[0] if eligible and eligible[0] == eligible[1] else None,
            jour=plan.jour,
        )
    connue = ligne.aide.intensite
    donnee = (
        "l’article du règlement général d’exemption"
        if ligne.aide.regime is RegimeAide.EXEMPTE
        else "l’intensité maximale du régime notifié"
    )
    return Intensite(
        basse=Fraction(0) if connue is None else connue,
        haute=Fraction(1) if connue is None else connue,
        manquantes=() if connue is not None else (f"{donnee} pour {say_lignes([ligne])}",),
        is_verifiee=connue is not None,
        citation="décision de la Commission européenne sur le régime",
    )


def get_eligible(plan: Plan, lignes: Sequence[Ligne]) -> tuple[int, int] | None:
    """Les coûts admissibles de ces lignes, le plus petit et le plus grand ; None si l'un n'est pas connu."""
    bases = plan.get_bases(lignes)
    return (bases[0], bases[-1]) if bases else None


def find_remede_groupes(plan: Plan, fautifs: Sequence[Groupe]) -> Remede | None:
    """Chaque groupe ramené à ce qui est permis quoi qu'on apprenne ; None si les aides sont acquises ou s'il faut d'abord
    saisir une donnée qui change l'intensité."""
    change = plan
    for groupe in fautifs:
        if groupe.intensite.basse < groupe.intensite.haute or None in [li.equivalent for li in groupe.lignes]:
            return None
        identifiants = {ligne.identifiant for ligne in groupe.lignes}
        lignes = [
            li
            for li in change.lignes_comptees
            if li.identifiant in identifiants and li.nature is NatureLigne.SUBVENTION
        ]
        exces = (
            sum(li.equivalent or 0 for li in change.lignes if li.identifiant in identifiants) - groupe.plafond
        )
        if exces <= 0:
            continue
        remede = find_remede_plafond(plan=change, lignes=lignes, exces=exces, quoi="d’aides à l’entreprise")
        if remede is None:
            return None
        change = remede.plan
    remede = build_remede_vers(plan=plan, change=change, quoi="d’aides à l’entreprise")
    return add_retrait_seul(plan=plan, remede=remede, quoi="d’aides à l’entreprise")


def conclude_groupes(
    *, regle: str, plan: Plan, groupes: Sequence[Groupe], manquantes: Sequence[str] = ()
) -> Verdict:
    """Le verdict d'une règle sur ces groupes : « depassement », « donnees_manquantes » ou « respectee ».

    `manquantes` : ce que la règle sait déjà devoir demander. La règle ne bloque que si un juriste a confirmé ses valeurs
    (paramètre « confirmation_juriste ») et si celles qu'elle suit sont lues. Erreur : ParametreSansValeur.
    """
    texte = "\u00a0; ".join(dict.fromkeys(groupe.intensite.citation for groupe in groupes))
    fautifs = [groupe for groupe in groupes if groupe.is_fautif]
    if fautifs:
        confirmee = PARAMETRES[f"confirmation_juriste.{regle.lower()}"].at(plan.jour).valeur == 1
        is_sure = confirmee and all(groupe.intensite.is_verifiee for groupe in fautifs)
        return build_verdict(
            regle=regle,
            code="depassement",
            severite=Severite.BLOQUANT if is_sure else Severite.AVERTISSEMENT,
            respectee=False,
            chiffres=_get_chiffres(fautifs[0]),
            texte=texte,
            phrase=" ".join(_say_depassement(groupe) for groupe in fautifs),
            remede=find_remede_groupes(plan, fautifs),
            lignes=tuple(li.identifiant for groupe in fautifs for li in groupe.lignes),
        )
    a_saisir = [*manquantes, *(donnee for groupe in groupes for donnee in groupe.manquantes)]
    incertains = [groupe for groupe in groupes if groupe.manquantes]
    if a_saisir:
        return build_a_verifier(
            regle=regle,
            code="donnees_manquantes",
            phrase=" ".join(_say_incertain(groupe) for groupe in incertains)
            or "L’intensité de ces aides ne peut pas être vérifiée.",
            texte=texte,
            manquantes=tuple(dict.fromkeys(a_saisir)),
            chiffres=_get_chiffres(incertains[0]) if incertains else None,
            lignes=tuple(li.identifiant for groupe in incertains for li in groupe.lignes),
        )
    return build_verdict(
        regle=regle,
        code="respectee",
        severite=Severite.INFORMATION,
        respectee=True,
        chiffres=_get_chiffres(max(groupes, key=lambda groupe: groupe.cumul - groupe.plafond)),
        texte=texte,
        phrase=" ".join(_say_respecte(groupe) for groupe in groupes),
    )


def _get_chiffres(groupe: Groupe) -> dict[str, int | Fraction]:
    chiffres: dict[str, int | Fraction] = {"cumul": groupe.cumul}
    if groupe.intensite.basse == groupe.intensite.haute:
        chiffres["intensite"] = groupe.intensite.basse
    if groupe.eligible:
        chiffres |= {"eligible": groupe.eligible[0], "plafond": groupe.plafond}
        chiffres["depassement"] = max(groupe.cumul - groupe.plafond, 0)
    return chiffres


def _say_aides(groupe: Groupe) -> str:
    return f"{groupe.intitule}\u00a0: {format_montant(groupe.cumul)} d’aides"


def _say_depassement(groupe: Groupe) -> str:
    haut = floor(groupe.intensite.haute * (groupe.eligible[1] if groupe.eligible else 0))
    return (
        f"{_say_aides(groupe)}, pour {format_montant(haut)} au plus ({format_taux(groupe.intensite.haute)} des coûts "
        f"admissibles)\u00a0: {format_montant(groupe.cumul - haut)} de trop."
    )


def _say_incertain(groupe: Groupe) -> str:
    basse, haute = groupe.intensite.basse, groupe.intensite.haute
    bornes = format_taux(basse) if basse == haute else f"{format_taux(basse)} à {format_taux(haute)}"
    return f"{_say_aides(groupe)}, pour une intensité permise de {bornes} des coûts admissibles."


def _say_respecte(groupe: Groupe) -> str:
    return (
        f"{_say_aides(groupe)}, dans la limite de {format_montant(groupe.plafond)} "
        f"({format_taux(groupe.intensite.basse)} des coûts admissibles)."
    )
