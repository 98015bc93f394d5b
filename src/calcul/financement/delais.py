"""Délais de droit d'une ligne de financement : le dernier jour, les rappels avant, ce qui arrive après.

Chaque fonction rend une `Echeance` (ou None quand le délai ne court pas) et n'applique rien : une demande réputée
rejetée, une subvention caduque se constatent par quelqu'un, pièce à l'appui.

Un délai en années ou en mois finit le même jour, compris (`calcul.calendrier`). Erreur de toutes : ParametreSansValeur
quand aucune version du texte n'est connue au jour où le délai part.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from calcul.calendrier import add_annees, add_mois
from calcul.financement.modele import CertitudeLigne, Ligne, Plan, TypePorteur
from calcul.financement.verdict import Echeance
from calcul.francais import format_jour, typographie
from calcul.parametres import PARAMETRES, ValeurDatee

# Jours avant la fin d'un délai où le rappeler (choix de la plateforme) : deux mois, quinze jours, la veille.
RAPPELS = (60, 15, 1)


def compute_validite_demande(ligne: Ligne) -> Echeance | None:
    """Le 31 décembre de l'exercice qui suit la demande : sans arrêté ce jour-là, elle est réputée rejetée (R21)."""
    demande = ligne.dates.demande
    if not ligne.is_dotation or demande is None:
        return None
    exercices = PARAMETRES["validite_demande_dotation"].at(demande)
    limite = date(demande.year + int(exercices.valeur), 12, 31)
    return _build(
        code="validite_demande",
        ligne=ligne,
        limite=limite,
        fait=ligne.dates.decision,
        source=exercices,
        phrase=f"Demande du {format_jour(demande)}\u00a0: sans arrêté le {format_jour(limite)}, elle est réputée rejetée et se "
        "dépose de nouveau.",
    )


def compute_commencement(ligne: Ligne) -> Echeance | None:
    """Le dernier jour pour commencer l'opération après la notification (R22), prorogation du préfet comprise (dotations
    seulement). Études préalables et achat du terrain ne sont pas un commencement."""
    depart = ligne.dates.notification
    if depart is None or not _is_de_l_etat(ligne):
        return None
    cle = (
        f"delai_commencement_dotation.{'proroge' if ligne.dates.debut_proroge else 'ordinaire'}"
        if ligne.is_dotation
        else "delai_commencement_budget_general"
    )
    annees = PARAMETRES[cle].at(depart)
    limite = add_annees(depart, int(annees.valeur))
    return _build(
        code="commencement",
        ligne=ligne,
        limite=limite,
        fait=ligne.dates.debut,
        source=annees,
        phrase=f"Notifiée le {format_jour(depart)}\u00a0: l’opération commence au plus tard le {format_jour(limite)}, sinon la "
        "subvention devient caduque.",
    )


def compute_demande_prorogation(ligne: Ligne) -> Echeance | None:
    """Le dernier jour pour demander au préfet la prorogation du délai de commencement d'une dotation."""
    depart = ligne.dates.notification
    if depart is None or not ligne.is_dotation or ligne.dates.debut_proroge:
        return None
    annees = PARAMETRES["delai_commencement_dotation.ordinaire"].at(depart)
    mois = PARAMETRES["delai_prorogation_dotation"].at(depart)
    limite = add_mois(add_annees(depart, int(annees.valeur)), -int(mois.valeur))
    return _build(
        code="demande_prorogation",
        ligne=ligne,
        limite=limite,
        fait=ligne.dates.debut,
        source=mois,
        phrase=f"Si l’opération ne peut pas commencer à temps, la prorogation se demande au préfet, avec ses raisons, avant "
        f"le {format_jour(limite)}.",
        is_facultative=True,
    )


def compute_achevement(ligne: Ligne) -> Echeance | None:
    """Le dernier jour pour achever l'opération après son début déclaré (R22), prorogation comprise ; ensuite, plus rien
    n'est payé."""
    depart = ligne.dates.debut
    if depart is None or not _is_de_l_etat(ligne):
        return None
    cle = (
        f"delai_achevement_dotation.{'proroge' if ligne.dates.achevement_proroge else 'ordinaire'}"
        if ligne.is_dotation
        else "delai_achevement_budget_general"
    )
    annees = PARAMETRES[cle].at(depart)
    limite = add_annees(depart, int(annees.valeur))
    return _build(
        code="achevement",
        ligne=ligne,
        limite=limite,
        fait=ligne.dates.achevement,
        source=annees,
        phrase=f"Commencée le {format_jour(depart)}\u00a0: l’opération est achevée au plus tard le {format_jour(limite)}\u00a0; les "
        "demandes de paiement d’après ne sont plus recevables.",
    )


def compute_solde(ligne: Ligne) -> Echeance | None:
    """Le dernier jour pour demander le solde d'une subvention du budget général après l'achèvement."""
    depart = ligne.dates.achevement
    if depart is None or not ligne.is_budget_general:
        return None
    mois = PARAMETRES["delai_solde_budget_general"].at(depart)
    limite = add_mois(depart, int(mois.valeur))
    echeance = _build(
        code="solde",
        ligne=ligne,
        limite=limite,
        fait=None,
        source=mois,
        phrase=f"Achevée le {format_jour(depart)}\u00a0: le solde se demande au plus tard le {format_jour(limite)}.",
    )
    return None if ligne.paiements.is_solde else echeance


def compute_publication(plan: Plan) -> Echeance | None:
    """Le dernier jour pour publier le plan de financement d'une collectivité après le début des travaux (R18)."""
    debut = plan.debut_travaux
    if debut is None or plan.porteur is not TypePorteur.COLLECTIVITE:
        return None
    jours = PARAMETRES["delai_publication_plan"].at(debut)
    limite = debut + timedelta(days=int(jours.valeur))
    return _build(
        code="publication",
        ligne=None,
        limite=limite,
        fait=plan.publication or None,
        source=jours,
        phrase=f"Travaux commencés le {format_jour(debut)}\u00a0: le plan de financement est publié (siège et site) au plus tard "
        f"le {format_jour(limite)}, et affiché sur le chantier.",
    )


def compute_transparence(ligne: Ligne) -> Echeance | None:
    """Le dernier jour pour publier une aide individuelle à une entreprise (R19)."""
    decision = ligne.dates.decision
    if decision is None or not ligne.is_aide_etat:
        return None
    mois = PARAMETRES["delai_transparence"].at(decision)
    limite = add_mois(decision, int(mois.valeur))
    return _build(
        code="transparence",
        ligne=ligne,
        limite=limite,
        fait=ligne.aide.transparence or None,
        source=mois,
        phrase=f"Aide octroyée le {format_jour(decision)}\u00a0: elle est publiée au plus tard le {format_jour(limite)}.",
    )


_DELAIS_LIGNE: tuple[Callable[[Ligne], Echeance | None], ...] = (
    compute_validite_demande,
    compute_demande_prorogation,
    compute_commencement,
    compute_achevement,
    compute_solde,
)


def iter_echeances(ligne: Ligne) -> Iterator[Echeance]:
    """Les délais qui courent sur une ligne encore au plan, du premier au dernier. Erreur : ParametreSansValeur."""
    if ligne.etat is CertitudeLigne.EXCLU:
        return
    for compute in _DELAIS_LIGNE:
        if (echeance := compute(ligne)) is not None:
            yield echeance


def _is_de_l_etat(ligne: Ligne) -> bool:
    return ligne.is_dotation or ligne.is_budget_general


def _build(
    *,
    code: str,
    ligne: Ligne | None,
    limite: date,
    fait: date | None,
    source: ValeurDatee,
    phrase: str,
    is_facultative: bool = False,
) -> Echeance:
    return Echeance(
        code=code,
        ligne=ligne.identifiant if ligne else "",
        limite=limite,
        rappels=tuple(limite - timedelta(days=jours) for jours in RAPPELS),
        is_tenue=None if fait is None else fait <= limite,
        texte=typographie(source.citation),
        is_verifiee=source.is_verifiee,
        phrase=typographie(phrase if source.is_verifiee else f"{phrase} Délai à confirmer dans le texte."),
        is_facultative=is_facultative,
    )
