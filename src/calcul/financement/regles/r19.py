"""R19 — Transparence : publier une aide de plus de 100 000 € à une entreprise.

Règle : celui qui accorde une aide exemptée ou notifiée de plus de 100 000 € d'équivalent-subvention à une entreprise la
publie au registre européen de transparence, dans les six mois qui suivent l'octroi.

Source : règlement (UE) n° 651/2014, article 9, modifié par le règlement (UE) 2023/1315. Le seuil et le délai sont à
confirmer.

Formule : équivalent-subvention > 100 000 € ⇒ jour de la publication ≤ octroi + 6 mois. La règle rappelle et ne bloque
jamais.

Unités : centimes entiers ; jours.
"""

from calcul.financement.aide_etat import RegimeAide
from calcul.financement.delais import compute_transparence
from calcul.financement.modele import CertitudeLigne, Ligne, Plan
from calcul.financement.reponses import (
    HORS_PERIODE,
    conclude_echeances,
    get_identifiants,
    repond_hors_periode,
    say_lignes,
)
from calcul.financement.verdict import Verdict, build_a_verifier, build_sans_objet
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R19"
TITRE = "Transparence\u00a0: publier une aide de plus de 100 000\u00a0€ à une entreprise"
PARAMETRES_SUIVIS: tuple[str, ...] = ("seuil_transparence", "delai_transparence")
CODES: tuple[str, ...] = (
    "sans_aide",
    "donnees_manquantes",
    "a_temps",
    "a_faire",
    "en_retard",
    HORS_PERIODE,
)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Rappelle la publication de chaque aide individuelle au-dessus du seuil."""
    seuil = PARAMETRES["seuil_transparence"].at(plan.jour)
    lignes = [
        li
        for li in plan.aides_publiques
        if li.etat is CertitudeLigne.ACCORDE
        and li.aide.regime in (RegimeAide.EXEMPTE, RegimeAide.NOTIFIE)
        and (li.equivalent is None or li.equivalent > seuil.valeur)
    ]
    if not lignes:
        return build_sans_objet(
            regle=IDENTIFIANT,
            code="sans_aide",
            phrase="Aucune aide accordée à une entreprise ne dépasse le seuil de publication.",
            texte=seuil.citation,
        )
    if manquantes := _get_manquantes(lignes):
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="donnees_manquantes",
            phrase=f"Une aide de plus de 100 000\u00a0€ se publie\u00a0: {say_lignes(lignes)}.",
            texte=seuil.citation,
            manquantes=manquantes,
            lignes=get_identifiants(lignes),
        )
    echeances = [echeance for li in lignes if (echeance := compute_transparence(li)) is not None]
    return conclude_echeances(
        regle=IDENTIFIANT,
        plan=plan,
        echeances=echeances,
        phrase_a_temps="Chaque aide au-dessus du seuil est publiée.",
        texte=seuil.citation,
    )


def _get_manquantes(lignes: list[Ligne]) -> list[str]:
    manquantes = []
    if inconnus := [li for li in lignes if li.equivalent is None]:
        manquantes.append(f"l’équivalent-subvention brut de {say_lignes(inconnus)}")
    if sans_date := [li for li in lignes if li.dates.decision is None]:
        manquantes.append(f"le jour de la décision de {say_lignes(sans_date)}")
    return manquantes
