"""R14 — Aide d'une commune ou d'un groupement à une entreprise : convention avec la Région.

Règle : la Région définit seule les aides aux entreprises. Une commune ou un groupement n'y participe que par convention avec
elle ; l'immobilier d'entreprise (terrains, bâtiments) est, lui, de sa seule compétence.

Source : code général des collectivités territoriales, articles L. 1511-2 et L. 1511-3 (loi n° 2015-991 du 7 août 2015,
article 3).

Formule : bénéficiaire = entreprise, financeur = commune ou groupement, objet ≠ immobilier ⇒ convention avec la Région. Les
subventions, avances et prêts sont visés. Si l'objet ou la convention ne sont pas dits, la règle les demande.

Remède : signer la convention avec la Région ; ou remplacer l'aide par de l'autofinancement.

Unités : centimes entiers.
"""

from dataclasses import replace

from calcul.financement.modele import Ligne, NatureLigne, OrigineFinanceur, Plan, TypePorteur
from calcul.financement.remedes import build_demarche, chain, find_remede_plafond, replace_lignes
from calcul.financement.reponses import (
    HORS_PERIODE,
    get_identifiants,
    repond_hors_periode,
    say_lignes,
    total,
)
from calcul.financement.verdict import (
    Remede,
    Severite,
    Verdict,
    build_a_verifier,
    build_sans_objet,
    build_verdict,
)
from calcul.parametres import PARAMETRES

IDENTIFIANT = "R14"
TITRE = "Aide d’une intercommunalité à une entreprise\u00a0: convention avec la Région"
PARAMETRES_SUIVIS: tuple[str, ...] = ("aide_commune_entreprise",)
SANS_OBJET = {
    "porteur_non_concerne": "Le bénéficiaire n’est pas une entreprise.",
    "sans_aide": "Aucune commune ni intercommunalité n’aide l’entreprise.",
    "immobilier": "L’aide porte sur l’immobilier\u00a0: la commune ou l’intercommunalité est seule compétente.",
}
CODES: tuple[str, ...] = (
    *SANS_OBJET,
    "respectee",
    "convention_inconnue",
    "sans_convention",
    HORS_PERIODE,
)
NATURES = (NatureLigne.SUBVENTION, NatureLigne.AVANCE_REMBOURSABLE, NatureLigne.PRET)


@repond_hors_periode(IDENTIFIANT)
def evaluer(plan: Plan) -> Verdict:
    """Cherche une aide communale ou intercommunale hors immobilier sans convention."""
    aides = [
        li
        for li in plan.aides_publiques
        if li.nature in NATURES and li.origine in (OrigineFinanceur.EPCI, OrigineFinanceur.COMMUNE)
    ]
    raison = None
    if plan.porteur is not TypePorteur.ENTREPRISE:
        raison = "porteur_non_concerne"
    elif not aides:
        raison = "sans_aide"
    elif plan.objet_immobilier:
        raison = "immobilier"
    if raison is not None:
        return build_sans_objet(regle=IDENTIFIANT, code=raison, phrase=SANS_OBJET[raison])
    regle = PARAMETRES["aide_commune_entreprise"].at(plan.jour)
    refusees = [li for li in aides if li.convention_region is False]
    inconnues = [li for li in aides if li.convention_region is None]
    if refusees and plan.objet_immobilier is False:
        return build_verdict(
            regle=IDENTIFIANT,
            code="sans_convention",
            severite=Severite.BLOQUANT if regle.is_verifiee else Severite.AVERTISSEMENT,
            respectee=False,
            chiffres={"aides": total(refusees)},
            texte=regle.citation,
            phrase=f"Sans convention avec la Région, une commune ou une intercommunalité n’aide pas une entreprise hors de "
            f"l’immobilier\u00a0: {say_lignes(refusees)}.",
            remede=_build_remede(plan, refusees, inconnues),
            lignes=get_identifiants(refusees),
        )
    if inconnues or refusees:
        manquantes = (
            [] if plan.objet_immobilier is False else ["si l’aide porte sur l’immobilier d’entreprise"]
        )
        if inconnues:
            manquantes.append(f"si une convention avec la Région couvre {say_lignes(inconnues)}")
        return build_a_verifier(
            regle=IDENTIFIANT,
            code="convention_inconnue",
            phrase="Hors de l’immobilier, cette aide demande une convention avec la Région.",
            texte=regle.citation,
            manquantes=manquantes,
            lignes=get_identifiants([*refusees, *inconnues]),
        )
    return build_verdict(
        regle=IDENTIFIANT,
        code="respectee",
        severite=Severite.INFORMATION,
        respectee=True,
        texte=regle.citation,
        phrase="Une convention avec la Région couvre chaque aide communale ou intercommunale.",
    )


def _build_remede(plan: Plan, refusees: list[Ligne], inconnues: list[Ligne]) -> Remede | None:
    signees = [replace(li, convention_region=True) for li in [*refusees, *inconnues]]
    convention = build_demarche(
        plan=replace_lignes(plan, signees),
        phrase=f"Signer avec la Région la convention qui couvre {say_lignes([*refusees, *inconnues])}\u00a0: les montants ne "
        "changent pas.",
    )
    lignes = [*refusees, *inconnues]
    return chain([convention, find_remede_plafond(plan=plan, lignes=lignes, exces=total(lignes))])
