"""R18 — Publier le plan de financement quand les travaux commencent.

Règle : une collectivité qui reçoit des subventions publiques pour une opération d'investissement publie, à son siège et sur
son site, le coût total et le montant de chaque subvention, dans les 15 jours qui suivent le début de l'exécution ; pendant
les travaux, un affichage les donne sur le chantier. Les aides qui ne portent que sur de l'équipement sont exclues.

Source : code général des collectivités territoriales, articles L. 1111-11 et D. 1111-8 (décret n° 2020-1129 du 14 septembre
2020, opérations commencées depuis le 1er octobre 2020).

Formule : jour de la publication ≤ début des travaux + 15 jours. La règle rappelle et ne bloque jamais ; une publication
tardive est notée.

Unités : jours.
"""

from calcul.financement.aides import compute_aides_publiques
from calcul.financement.delais import compute_publication
from calcul.financement.modele import Plan, TypePorteur
from calcul.financement.reponses import HORS_PERIODE, repond_hors_periode
from calcul.financement.verdict import Echeance, Severite, Verdict, build_sans_objet, build_verdict
from calcul.francais import format_jour

IDENTIFIANT = "R18"
TITRE = "Publier le plan de financement quand les travaux commencent"
PARAMETRES_SUIVIS: tuple[str, ...] = ("delai_publication_plan",)
SANS_OBJET = {
    "porteur_non_concerne": "La publication ne concerne que les collectivités et leurs groupements.",
    "fonctionnement": "La publication ne concerne que les opérations d’investissement.",
    "sans_subvention": "Aucune subvention publique n’est inscrite.",
    "equipement": "L’aide ne porte que sur de l’équipement\u00a0: la publication n’est pas exigée.",
    "debut_inconnu": "Les travaux n’ont pas de date de début\u00a0: le plan de financement se publiera dans les 15 jours qui la "
    "suivront.",
}
CODES: tuple[str, ...] = (
    *SANS_OBJET,
    "publiee",
    "publiee_tard",
    "a_publier",
    "en_retard",
    HORS_PERIODE,
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Compare le jour de la publication au délai ; l'échéance porte ses rappels."""
    if (raison := _get_raison_sans_objet(plan)) is not None:
        return build_sans_objet(regle=IDENTIFIANT, code=raison, phrase=SANS_OBJET[raison])
    echeance = compute_publication(plan)
    if echeance is None:
        return build_sans_objet(regle=IDENTIFIANT, code="debut_inconnu", phrase=SANS_OBJET["debut_inconnu"])
    code, severite, respectee, phrase = _read(plan, echeance)
    return build_verdict(
        regle=IDENTIFIANT,
        code=code,
        severite=severite,
        respectee=respectee,
        texte=echeance.texte,
        phrase=phrase,
        echeances=[echeance],
    )


def _get_raison_sans_objet(plan: Plan) -> str | None:
    if plan.porteur is not TypePorteur.COLLECTIVITE:
        return "porteur_non_concerne"
    if not plan.est_investissement:
        return "fonctionnement"
    if not compute_aides_publiques(plan).total:
        return "sans_subvention"
    return "equipement" if plan.seulement_equipement else None


def _read(plan: Plan, echeance: Echeance) -> tuple[str, Severite, bool | None, str]:
    if echeance.is_tenue is not None and plan.publication:
        jour = format_jour(plan.publication)
        if echeance.is_tenue:
            return "publiee", Severite.INFORMATION, True, f"Plan de financement publié le {jour}, à temps."
        fin = format_jour(echeance.limite)
        return (
            "publiee_tard",
            Severite.INFORMATION,
            True,
            f"Plan de financement publié le {jour}, après le délai du {fin}.",
        )
    if echeance.is_depassee(plan.jour):
        fin = format_jour(echeance.limite)
        return (
            "en_retard",
            Severite.RAPPEL,
            False,
            f"Le plan de financement devait être publié le {fin}\u00a0: publiez-le et affichez-le sur le chantier.",
        )
    return "a_publier", Severite.RAPPEL, None, echeance.phrase
