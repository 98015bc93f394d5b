"""R03 — Part minimale d'une collectivité maître d'ouvrage.

Règle : toute collectivité territoriale, ou tout groupement, maître d'ouvrage d'une opération d'investissement, en
assure une part minimale : 20 % du total des financements apportés par des personnes publiques à ce projet.

Source : code général des collectivités territoriales, article L. 1111-10, III ; seules les exceptions écrites dans
cet article y dérogent (instruction du 28 février 2025, NOR ATDB2506163J). Ne s'applique pas outre-mer.

Formule : OWN ≥ 20 % × (OWN + PUB), c'est-à-dire PUB ≤ 4 × OWN. La base est l'argent public seul, part du maître
d'ouvrage comprise ; ce n'est pas le coût total.

- PUB : les subventions publiques ; les fonds européens s'y ajoutent selon un paramètre daté.
- OWN : l'autofinancement, l'emprunt et les prêts que le maître d'ouvrage rembourse.
- Ni l'un ni l'autre : l'argent privé, les avances remboursables, les participations, les garanties, la nature.

Toutes les lignes inscrites comptent, même pressenties ; celles refusées, retirées ou caduques ne comptent pas.

Prudence : quand la règle n'est violée qu'en suivant un point non vérifié dans un texte (fonds européens comptés,
avances remboursables et apports en nature du porteur non comptés comme sa part), elle avertit et ne bloque pas.

Remède : le plus petit échange, au centime, entre aides publiques et autofinancement, à total inchangé ; si du coût
reste à couvrir, l'ajout d'autofinancement est proposé aussi. Une aide accordée, ou attestée par pièce, n'est jamais
réduite.

Unités : centimes entiers ; parts exactes, comparées sans arrondi.
"""

from fractions import Fraction

from calcul.financement.modele import Plan, get_exceptions
from calcul.financement.participation import (
    PARAMETRES_COMMUNS,
    SANS_OBJET,
    Part,
    compute_part,
    find_remede_part,
    format_part,
    get_exception,
    get_public_possible,
    get_raison_sans_objet,
)
from calcul.financement.remedes import compute_reductible
from calcul.financement.reponses import HORS_PERIODE, LECTURES, repond_hors_periode
from calcul.financement.verdict import Verdict, build_sans_objet, build_verdict
from calcul.francais import enumere
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES, ValeurDatee

IDENTIFIANT = "R03"
TITRE = "Part minimale d’une collectivité maître d’ouvrage"
PARAMETRES_SUIVIS: tuple[str, ...] = ("part_minimale_maitre_ouvrage", *PARAMETRES_COMMUNS)
# (respectée selon la lecture par défaut, selon la plus favorable) -> code
CODES_LECTURES = {
    (True, True): "respectee",
    (False, True): "insuffisante_a_verifier",
    (False, False): "insuffisante",
}
CODES: tuple[str, ...] = (*CODES_LECTURES.values(), *SANS_OBJET, HORS_PERIODE)
PHRASE = (
    "L’autofinancement apporte {propre} et les aides publiques {public}\u00a0: {part} de l’argent public, "
    "pour un minimum de {taux}."
)
PHRASE_SANS_AIDE = "Aucune aide publique n’est inscrite\u00a0: la part minimale est respectée."
PHRASE_MANQUE = (
    " Pour ce montant d’aides, il faudrait au moins {minimum} d’autofinancement\u00a0: il en manque {manque}."
)
PHRASE_A_VERIFIER = " Point à vérifier, non lu dans un texte\u00a0: {doutes}. C’est un avertissement, à confirmer avec la préfecture."
PHRASE_SANS_REMEDE = (
    " Les aides déjà accordées ou attestées par pièce ({acquis}) dépassent les {possible} que la règle permet sans "
    "financer au-delà du coût\u00a0: seul un financeur peut réduire la sienne, à moins que de l’autofinancement ne remplace "
    "une autre ressource."
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare la part du maître d'ouvrage au minimum légal du jour ; chiffres en centimes, `part` en fraction."""
    taux = PARAMETRES["part_minimale_maitre_ouvrage"].at(plan.jour)
    if (raison := get_raison_sans_objet(plan)) is not None:
        return build_sans_objet(
            regle=IDENTIFIANT, code=raison, phrase=SANS_OBJET[raison], texte=taux.citation
        )
    exception = get_exception(plan)
    if exception is not None and exception.valeur == 0:
        intitule = get_exceptions()[plan.exception_participation]
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="exception",
            phrase=SANS_OBJET["exception"].format(exception=intitule),
            texte=exception.citation,
        )
    suivi = exception or taux
    return _conclude(plan, suivi, compute_part(plan, suivi))


def _conclude(plan: Plan, taux: ValeurDatee, part: Part) -> Verdict:
    severite, respectee = LECTURES[part.is_respectee, part.is_favorable]
    code = CODES_LECTURES[part.is_respectee, part.is_favorable]
    chiffres: dict[str, int | Fraction] = {
        "propre": part.propre,
        "public": part.aides.total,
        "taux": taux.valeur,
        "minimum": part.minimum,
        "manque": part.manque,
    }
    phrase = PHRASE_SANS_AIDE
    if part.part is not None:
        chiffres["part"] = part.part
        phrase = PHRASE.format(
            propre=format_montant(part.propre),
            public=format_montant(part.aides.total),
            part=format_part(part.part),
            taux=format_taux(taux.valeur),
        )
    remede = None
    if not respectee:
        phrase += PHRASE_MANQUE.format(
            minimum=format_montant(part.minimum), manque=format_montant(part.manque)
        )
        if code == "insuffisante_a_verifier":
            phrase += PHRASE_A_VERIFIER.format(doutes=enumere(part.doutes))
        remede = find_remede_part(plan, taux.valeur)
        if remede is None:
            phrase += PHRASE_SANS_REMEDE.format(
                acquis=format_montant(part.aides.total - compute_reductible(part.aides.lignes)),
                possible=format_montant(get_public_possible(plan, part.aides, taux.valeur)),
            )
    return build_verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=severite,
        respectee=respectee,
        chiffres=chiffres,
        texte=taux.citation,
        phrase=phrase,
        remede=remede,
    )
