"""R04 — Compétence à chef de file : 30 % au moins, et la Région ou le Département, pas les deux.

Règle : pour une opération d'investissement d'une collectivité dans une compétence où la Région ou le Département est chef
de file, la part minimale du maître d'ouvrage est de 30 % des financements publics, et le projet reçoit l'aide de la
Région ou celle d'un Département, pas les deux. Les opérations inscrites au contrat de plan État–Région, ou au contrat de
convergence, n'y sont pas soumises ; une convention territoriale d'exercice concerté peut y déroger.

Source : code général des collectivités territoriales, article L. 1111-9, I. Le champ et les exceptions sont ceux de R03.
Compétences lues : la Région pour l'aménagement durable, la biodiversité, le climat et l'énergie, la jeunesse, les
mobilités, l'enseignement supérieur et la recherche ; le Département pour l'action sociale, l'autonomie, la solidarité.

Formule : OWN ≥ 30 % × (OWN + PUB), et l'une au plus des aides de la Région et des Départements est au-dessus de zéro.

Prudence : la règle avertit et demande une justification ; elle ne bloque jamais. Si le plan la respecte, elle ne demande
pas de quelle compétence il relève.

Remède : l'échange le plus petit avec l'autofinancement ; des deux aides, retirer d'abord la moins élevée.

Unités : centimes entiers ; parts exactes, comparées sans arrondi.
"""

from collections.abc import Sequence
from fractions import Fraction

from calcul.financement.modele import ChefDeFile, Ligne, NatureLigne, OrigineFinanceur, Plan, get_exceptions
from calcul.financement.participation import (
    PARAMETRES_COMMUNS,
    SANS_OBJET,
    Part,
    compute_part,
    find_remede_part,
    format_part,
    get_exception,
    get_raison_sans_objet,
)
from calcul.financement.remedes import build_remede, build_remede_vers, chain, compute_reductible
from calcul.financement.reponses import HORS_PERIODE, repond_hors_periode, say_lignes, total
from calcul.financement.verdict import (
    Remede,
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.francais import enumere
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES, ValeurDatee

IDENTIFIANT = "R04"
TITRE = "Compétence à chef de file\u00a0: 30\u00a0%, et une seule aide de la Région ou du Département"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "part_minimale_chef_de_file",
    "cumul_region_departement",
    *PARAMETRES_COMMUNS,
)
SANS_CHEF_DE_FILE = {
    "sans_chef_de_file": "L’opération ne relève pas d’une compétence à chef de file.",
    "contrat_de_plan": "L’opération est inscrite au contrat de plan ou de convergence\u00a0: la règle ne joue pas.",
    "convention": "Une convention territoriale d’exercice concerté organise le cumul\u00a0: la règle ne joue pas.",
}
CODES: tuple[str, ...] = (
    "respectee",
    "competence_inconnue",
    "insuffisante",
    "region_et_departement",
    "insuffisante_et_cumul",
    *SANS_OBJET,
    *SANS_CHEF_DE_FILE,
    HORS_PERIODE,
)
PHRASE_PART = (
    "L’autofinancement apporte {propre} et les aides publiques {public}\u00a0: {part} de l’argent public, pour un minimum de "
    "{taux} dans une compétence à chef de file."
)
PHRASE_CUMUL = "La Région et un Département aident tous deux l’opération\u00a0: {aides}."


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare la part du maître d'ouvrage à 30 % et cherche les deux aides ; chiffres en centimes."""
    taux = PARAMETRES["part_minimale_chef_de_file"].at(plan.jour)
    raison = get_raison_sans_objet(plan)
    exception = get_exception(plan)
    if raison is None and exception is not None:
        raison = "exception"
    if raison is not None:
        intitule = get_exceptions().get(plan.exception_participation, "")
        return build_sans_objet(
            regle=IDENTIFIANT,
            code=raison,
            phrase=SANS_OBJET[raison].format(exception=intitule),
            texte=taux.citation,
        )
    if (raison := _get_raison_sans_chef_de_file(plan)) is not None:
        return build_sans_objet(
            regle=IDENTIFIANT, code=raison, phrase=SANS_CHEF_DE_FILE[raison], texte=taux.citation
        )
    return _conclude(plan, taux, compute_part(plan, taux))


def _get_raison_sans_chef_de_file(plan: Plan) -> str | None:
    if plan.chef_de_file is ChefDeFile.AUCUN:
        return "sans_chef_de_file"
    if plan.inscrite_cper:
        return "contrat_de_plan"
    return "convention" if plan.ctec else None


def _get_manquantes(plan: Plan) -> list[str]:
    """Ce qu'il faut dire pour savoir si la règle s'applique."""
    manquantes = []
    if plan.chef_de_file is None:
        manquantes.append("la compétence dont relève l’opération")
    if plan.inscrite_cper is None:
        manquantes.append("son inscription au contrat de plan ou de convergence")
    if plan.ctec is None:
        manquantes.append("la convention territoriale d’exercice concerté, s’il y en a une")
    return manquantes


def _conclude(plan: Plan, taux: ValeurDatee, part: Part) -> Verdict:
    region, departement = (
        _get_aides(plan, origine) for origine in (OrigineFinanceur.REGION, OrigineFinanceur.DEPARTEMENT)
    )
    is_cumul = (
        bool(region and departement) and not PARAMETRES["cumul_region_departement"].at(plan.jour).valeur
    )
    chiffres: dict[str, int | Fraction] = {
        "propre": part.propre,
        "public": part.aides.total,
        "taux": taux.valeur,
        "minimum": part.minimum,
        "manque": part.manque,
    }
    phrases = []
    if part.part is not None:
        chiffres["part"] = part.part
        phrases.append(
            PHRASE_PART.format(
                propre=format_montant(part.propre),
                public=format_montant(part.aides.total),
                part=format_part(part.part),
                taux=format_taux(taux.valeur),
            )
        )
    else:
        phrases.append("Aucune aide publique n’est inscrite.")
    if is_cumul:
        phrases.append(PHRASE_CUMUL.format(aides=say_lignes([*region, *departement])))
    if part.is_respectee and not is_cumul:
        return build_verdict(
            regle=IDENTIFIANT,
            code="respectee",
            severite=Severite.INFORMATION,
            respectee=True,
            chiffres=chiffres,
            texte=taux.citation,
            phrase=" ".join(phrases),
        )
    if manquantes := _get_manquantes(plan):
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="competence_inconnue",
            phrase=" ".join([*phrases, "Cela n’est permis que hors d’une compétence à chef de file."]),
            texte=taux.citation,
            manquantes=manquantes,
            chiffres=chiffres,
        )
    if not part.is_respectee:
        phrases.append(f"Il manque {format_montant(part.manque)} d’autofinancement pour ce montant d’aides.")
    phrases.append(
        f"Justification donnée\u00a0: «\u00a0{plan.justification}\u00a0»."
        if plan.justification
        else "Une justification est demandée si vous gardez ce plan."
    )
    codes = {(False, True): "insuffisante_et_cumul", (False, False): "insuffisante"}
    return build_verdict(
        regle=IDENTIFIANT,
        code=codes.get((part.is_respectee, is_cumul), "region_et_departement"),
        severite=Severite.AVERTISSEMENT,
        respectee=False,
        chiffres=chiffres,
        texte=taux.citation,
        phrase=" ".join(phrases),
        remede=_find_remede(plan, taux, [region, departement] if is_cumul else []),
    )


def _get_aides(plan: Plan, origine: OrigineFinanceur) -> list[Ligne]:
    return [
        li for li in plan.aides_publiques if li.nature is NatureLigne.SUBVENTION and li.origine is origine
    ]


def _find_remede(plan: Plan, taux: ValeurDatee, cumules: Sequence[list[Ligne]]) -> Remede | None:
    if not cumules:
        return find_remede_part(plan, taux.valeur)
    remedes = []
    for lignes in sorted(cumules, key=total):
        somme = total(lignes)
        if compute_reductible(lignes) < somme:
            continue
        change = build_remede(plan=plan, lignes=lignes, retire=somme, ajoute=somme).plan
        if not compute_part(change, taux).is_respectee:
            suite = find_remede_part(change, taux.valeur)
            if suite is None:
                continue
            change = suite.plan
        noms = enumere([ligne.financeur for ligne in lignes])
        quoi = f"d’aides publiques, dont toute celle de «\u00a0{noms}\u00a0»,"
        remedes.append(build_remede_vers(plan=plan, change=change, quoi=quoi))
    return chain(remedes)
