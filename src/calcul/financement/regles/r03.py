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

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from calcul.financement.aides import AidesPubliques, compute_aides_publiques
from calcul.financement.modele import (
    Categorie,
    NatureLigne,
    OrigineFinanceur,
    Plan,
    TypePorteur,
    get_exceptions,
    get_valeur_exception,
)
from calcul.financement.remedes import build_remede, compute_reductible
from calcul.financement.verdict import Remede, Severite, Verdict
from calcul.francais import enumere, typographie
from calcul.montants import format_montant, format_taux
from calcul.parametres import PARAMETRES, ParametreSansValeur, ValeurDatee

IDENTIFIANT = "R03"
TITRE = "Part minimale d’une collectivité maître d’ouvrage"
PARAMETRES_SUIVIS: tuple[str, ...] = (
    "part_minimale_maitre_ouvrage",
    "europe_compte_comme_argent_public",
    "exemption_outre_mer",
    *(f"exception_participation_{code}" for code in get_exceptions()),
)

# (respectée selon la lecture par défaut, respectée selon la lecture la plus favorable) -> code, sévérité, respectée
MATRICE: dict[tuple[bool, bool], tuple[str, Severite, bool]] = {
    (True, True): ("respectee", Severite.INFORMATION, True),
    (False, True): ("insuffisante_a_verifier", Severite.AVERTISSEMENT, False),
    (False, False): ("insuffisante", Severite.BLOQUANT, False),
}
SANS_OBJET = {
    "porteur_non_concerne": "La part minimale ne concerne que les collectivités et leurs groupements.",
    "fonctionnement": "La part minimale ne concerne que les opérations d’investissement.",
    "outre_mer": "La part minimale ne s’applique pas aux collectivités d’outre-mer.",
    "exception": "Exception invoquée\u00a0: {exception}. Aucune part minimale n’est vérifiée ici\u00a0; joignez la décision.",
    "hors_periode": "Aucune version du texte n’est connue à cette date\u00a0: {raison}",
}
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


def evaluer(plan: Plan) -> Verdict:
    """Compare la part du maître d'ouvrage au minimum légal du jour ; chiffres en centimes, `part` en fraction."""
    try:
        taux = PARAMETRES["part_minimale_maitre_ouvrage"].at(plan.jour)
        if (code := _get_raison_sans_objet(plan)) is not None:
            return _build_sans_objet(code, texte=taux.citation)
        exception = _get_exception(plan)
        if exception is not None and exception.valeur == 0:
            return _build_sans_objet(
                "exception",
                texte=exception.citation,
                exception=get_exceptions()[plan.exception_participation],
            )
        return _compare(plan, exception or taux, compute_aides_publiques(plan))
    except ParametreSansValeur as absence:
        return _build_sans_objet("hors_periode", texte="", raison=str(absence))


def is_suffisante(*, propre: int, public: int, taux: Fraction) -> bool:
    """La formule de la règle, exacte au centime."""
    return propre >= taux * (propre + public)


def _get_raison_sans_objet(plan: Plan) -> str | None:
    if plan.porteur is not TypePorteur.COLLECTIVITE:
        return "porteur_non_concerne"
    if not plan.est_investissement:
        return "fonctionnement"
    if plan.outre_mer and PARAMETRES["exemption_outre_mer"].at(plan.jour).valeur:
        return "outre_mer"
    return None


def _get_exception(plan: Plan) -> ValeurDatee | None:
    """La part qui reste sous l'exception invoquée, ou None sans exception connue ce jour-là."""
    if not plan.exception_participation:
        return None
    try:
        return get_valeur_exception(plan.exception_participation, plan.jour)
    except ParametreSansValeur:
        return None


def _build_sans_objet(code: str, *, texte: str, **valeurs: str) -> Verdict:
    return Verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=Severite.INFORMATION,
        respectee=None,
        chiffres={},
        texte=typographie(texte),
        phrase=typographie(SANS_OBJET[code].format(**valeurs)),
    )


def _compare(plan: Plan, taux: ValeurDatee, aides: AidesPubliques) -> Verdict:
    propre, propre_favorable = plan.total(Categorie.PROPRE), _get_propre_favorable(plan)
    doutes_de_date = _get_doutes_de_date(plan, taux)
    respectee = is_suffisante(propre=propre, public=aides.total, taux=taux.valeur)
    favorable = bool(doutes_de_date) or is_suffisante(
        propre=propre_favorable, public=aides.certain, taux=taux.valeur
    )
    code, severite, is_respectee = MATRICE[respectee, respectee or favorable]
    minimum = _get_minimum(public=aides.total, taux=taux.valeur)
    chiffres: dict[str, int | Fraction] = {
        "propre": propre,
        "public": aides.total,
        "taux": taux.valeur,
        "minimum": minimum,
        "manque": max(minimum - propre, 0),
    }
    phrase = PHRASE_SANS_AIDE
    if aides.total:
        chiffres["part"] = part = Fraction(propre, propre + aides.total)
        phrase = PHRASE.format(
            propre=format_montant(propre),
            public=format_montant(aides.total),
            part=_format_part(part),
            taux=format_taux(taux.valeur),
        )
    remede = None
    if not is_respectee:
        phrase += PHRASE_MANQUE.format(
            minimum=format_montant(minimum), manque=format_montant(minimum - propre)
        )
        if code == "insuffisante_a_verifier":
            doutes = [
                *doutes_de_date,
                *(["si les fonds européens sont de l’argent public"] if aides.certain < aides.total else []),
                *(
                    ["si les avances et les apports en nature du porteur font partie de sa part"]
                    if propre < propre_favorable
                    else []
                ),
            ]
            phrase += PHRASE_A_VERIFIER.format(doutes=enumere(doutes))
        remede = _find_remede(plan, aides, taux.valeur)
        if remede is None:
            phrase += PHRASE_SANS_REMEDE.format(
                acquis=format_montant(aides.total - compute_reductible(plan, aides)),
                possible=format_montant(_get_public_possible(plan, aides, taux.valeur)),
            )
    return Verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=severite,
        respectee=is_respectee,
        chiffres=chiffres,
        texte=typographie(taux.citation),
        phrase=typographie(phrase),
        remede=remede,
    )


def _get_doutes_de_date(plan: Plan, taux: ValeurDatee) -> list[str]:
    """Les points qu'aucun texte lu ne tranche au jour du plan, en mots."""
    doutes = [] if taux.is_verifiee else ["le taux suivi"]
    if plan.outre_mer:
        doutes.append("la date de l’exemption d’outre-mer")
    if plan.exception_participation and _get_exception(plan) is None:
        doutes.append("la date de l’exception invoquée, inconnue ce jour-là")
    return doutes


def _get_propre_favorable(plan: Plan) -> int:
    nature = sum(
        li.montant
        for li in plan.lignes_comptees
        if li.nature is NatureLigne.NATURE and li.origine is OrigineFinanceur.PORTEUR
    )
    return plan.total(Categorie.PROPRE, Categorie.AVANCE) + nature


def _get_minimum(*, public: int, taux: Fraction) -> int:
    """Le plus petit autofinancement, en centimes, que la règle admet pour ce montant d'aides."""
    return ceil(taux / (1 - taux) * public)


def _format_part(part: Fraction) -> str:
    """Part en pourcentage, arrondie par défaut : 19,999 % ne s'affiche jamais « 20 % »."""
    return format_taux(Fraction(floor(part * 10_000), 10_000))


def _get_marge(plan: Plan) -> int:
    """Centimes que le coût attend encore (0 si le plan est équilibré, sur-financé ou non chiffré)."""
    return max(plan.cout_total - plan.ressources, 0)


def _get_public_possible(plan: Plan, aides: AidesPubliques, taux: Fraction) -> int:
    """Le plus d'aides publiques, en centimes, quand l'autofinancement prend tout ce que le coût lui laisse."""
    ensemble = plan.total(Categorie.PROPRE) + aides.total + _get_marge(plan)
    return ensemble - ceil(taux * ensemble)


def _find_remede(plan: Plan, aides: AidesPubliques, taux: Fraction) -> Remede | None:
    """Le plus petit changement qui suffit, ou None quand les aides acquises l'interdisent.

    Dans l'ordre : échanger à total inchangé ; ajouter dans ce que le coût attend encore ; les deux à la fois.
    """
    propre, marge, reductible = (
        plan.total(Categorie.PROPRE),
        _get_marge(plan),
        compute_reductible(plan, aides),
    )
    echange = ceil(taux * (propre + aides.total)) - propre
    ajout = _get_minimum(public=aides.total, taux=taux) - propre
    remede = build_remede(plan=plan, aides=aides, retire=0, ajoute=ajout) if ajout <= marge else None
    if echange <= reductible:
        return replace(
            build_remede(plan=plan, aides=aides, retire=echange, ajoute=echange), alternative=remede
        )
    if remede is not None:
        return remede
    public = _get_public_possible(plan, aides, taux)
    if aides.total - public > reductible:
        return None
    return build_remede(
        plan=plan, aides=aides, retire=aides.total - public, ajoute=aides.total - public + marge
    )
