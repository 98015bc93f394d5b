"""Les écrits du financement en arbre de blocs : lettre d’un financeur, plan publié, affiche de chantier."""

from typing import Any

from calcul.francais import format_jour as format_date
from calcul.francais import with_article
from calcul.montants import format_montant
from maillage.documents import blocs
from maillage.financement.enums import NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import LigneFinancement, PublicationPlan
from maillage.financement.policies import PARTS_PROPRES
from maillage.financement.selectors import get_certitude, say_demande
from maillage.financement.selectors_plans import PlanLu
from maillage.socle.dates import format_jour
from maillage.socle.horloge import aujourdhui

S = StatutLigne
PRIVES = (OrigineFinanceur.PRIVE, OrigineFinanceur.PORTEUR)

OBJETS: dict[StatutLigne, str] = {
    S.DOSSIER_COMPLET: "Votre dossier est complet",
    S.ANNONCE: "Intention de financement",
    S.ACCORDE: "Décision de financement",
    S.CONVENTIONNE: "Convention de financement",
    S.REFUSE: "Réponse à votre demande",
    S.RETIRE: "Retrait d’un financement",
    S.CADUC: "Caducité d’un financement",
}


def compose_lettre(
    ligne: LigneFinancement,
    *,
    vers: StatutLigne,
    montant: int | None,
    jour: Any = None,
    motif: str = "",
    conditions: str = "",
    is_projet: bool = True,
) -> blocs.Document:
    """La lettre du financeur au porteur pour cette réponse ; `montant` en centimes. `is_projet` : pas encore enregistrée.

    `ligne` : avec son plan, sa fiche, son porteur et son territoire.
    """
    fiche = ligne.plan.fiche
    jour = jour or aujourdhui()
    destinataire = fiche.porteur.nom if fiche.porteur else f"l’équipe du territoire {fiche.territoire.nom}"
    quoi = f"un {say_demande(ligne)}" if ligne.is_service else f"un financement de {say_demande(ligne)}"
    demande = f" le {format_jour(ligne.sollicite_le)}" if ligne.sollicite_le else ""
    enfants: list[blocs.Bloc] = [
        blocs.Paragraphe(f"À l’attention de\u00a0: {destinataire}"),
        blocs.Paragraphe("Madame, Monsieur,"),
        blocs.Paragraphe(
            f"Vous avez demandé{demande} {quoi} pour l’action «\u00a0{fiche}\u00a0» du Territoire d’industrie "
            f"{fiche.territoire.nom}."
        ),
        blocs.Paragraphe(_say_reponse(ligne, vers, montant)),
    ]
    if conditions.strip():
        enfants += [blocs.Titre(1, "Conditions"), blocs.Paragraphe(conditions.strip())]
    if motif.strip():
        enfants += [blocs.Titre(1, "Raisons"), blocs.Paragraphe(motif.strip())]
    if ligne.numero_dossier:
        enfants.append(blocs.Paragraphe(f"Dossier n°\u00a0{ligne.numero_dossier}"))
    enfants += [
        blocs.Paragraphe(
            "Je vous prie d’agréer, Madame, Monsieur, l’expression de ma considération distinguée."
        ),
        blocs.Paragraphe(f"Pour {with_article(ligne.financeur.nom)}\u00a0:\n\n\n" + "." * 30),
    ]
    return blocs.Document(
        titre=OBJETS.get(vers, "Réponse à votre demande"),
        sous_titre=f"{ligne.financeur.nom}, {format_jour(jour)}",
        date=jour,
        auteur=ligne.financeur.nom,
        statut="projet" if is_projet else "arrete",
        mention_fictif=fiche.territoire.is_fictif,
        enfants=tuple(enfants),
    )


def _say_reponse(ligne: LigneFinancement, vers: StatutLigne, montant: int | None) -> str:
    nom = with_article(ligne.financeur.nom)
    debut = nom[:1].upper() + nom[1:]
    somme = format_montant(montant) if montant is not None else ""
    if ligne.is_service:
        phrases = {
            S.ACCORDE: f"{debut} accepte de vous rendre ce service\u00a0: {ligne.objet}",
            S.REFUSE: f"{debut} ne peut pas vous rendre ce service.",
            S.DOSSIER_COMPLET: f"{debut} a reçu tout ce qu’il faut pour vous répondre.",
        }
    else:
        phrases = {
            S.DOSSIER_COMPLET: f"{debut} a reçu tout ce qu’il faut pour décider. Ce courrier ne promet aucun financement.",
            S.ANNONCE: f"{debut} a l’intention de vous apporter {somme}. Cette intention n’est pas encore une décision.",
            S.ACCORDE: f"{debut} vous accorde un financement de {somme} ({NatureLigne(ligne.nature).label.lower()}).",
            S.CONVENTIONNE: f"{debut} s’engage par convention à hauteur de {somme}.",
            S.REFUSE: f"{debut} ne peut pas donner une suite favorable à cette demande.",
            S.RETIRE: f"{debut} retire ce financement. Ce qui est déjà versé n’est pas remis en cause par ce courrier.",
            S.CADUC: f"{debut} constate que le délai est passé\u00a0: ce qui n’est pas versé ne le sera plus.",
        }
    return phrases.get(vers, f"{debut} répond à votre demande.")


# --- plan publié -------------------------------------------------------------------------------------------------


def compose_contenu(lu: PlanLu) -> dict[str, Any]:
    """Ce qui est publié, figé en données : coût total, chaque aide publique accordée, le reste en deux sommes.

    L’argent privé n’est dit qu’en somme ; ce qui n’est que demandé n’est pas publié. Montants en centimes.
    """
    plan = lu.plan
    fiche = plan.fiche
    C = "accorde"  # noqa: N806
    accordees = [
        ligne
        for ligne in lu.lignes
        if not ligne.is_service
        and ligne.nature != NatureLigne.GARANTIE
        and get_certitude(ligne).value == C
        and ligne.montant_accorde
    ]
    publiques = [
        ligne for ligne in accordees if ligne.origine not in PRIVES and ligne.nature not in PARTS_PROPRES
    ]
    part = sum(ligne.montant_accorde for ligne in accordees if ligne.nature in PARTS_PROPRES)
    prive = (
        sum(ligne.montant_accorde for ligne in accordees) - part - sum(li.montant_accorde for li in publiques)
    )
    return {
        "fiche": fiche.titre,
        "code": fiche.code,
        "territoire": fiche.territoire.nom,
        "porteur": fiche.porteur.nom if fiche.porteur else "",
        "cout": plan.cout_total,
        "aides": [
            {
                "financeur": ligne.financeur.nom,
                "nature": ligne.nature_lisible,
                "dispositif": ligne.nom_dispositif,
                "montant": ligne.montant_accorde,
            }
            for ligne in publiques
        ],
        "part": part,
        "prive": prive,
        "is_fictif": fiche.territoire.is_fictif,
    }


def compose_plan_publie(publication: PublicationPlan) -> blocs.Document:
    """Le plan publié, à mettre au siège et sur le site."""
    contenu = publication.contenu
    lignes = [
        (aide["financeur"], _say_nature(aide), format_montant(aide["montant"])) for aide in contenu["aides"]
    ]
    autres = [
        ("Part du porteur", contenu["porteur"], contenu["part"]),
        ("Financements privés", "", contenu["prive"]),
        ("Autres ressources, encore à confirmer", "", get_reste(contenu)),
    ]
    lignes += [(nom, quoi, format_montant(montant)) for nom, quoi, montant in autres if montant]
    return blocs.Document(
        titre=f"Plan de financement\u00a0: {contenu['fiche']}",
        sous_titre=f"{contenu['porteur']}, publié le {format_date(publication.jour)}",
        date=publication.jour,
        auteur=contenu["porteur"] or "Maillage",
        statut="arrete",
        mention_fictif=contenu["is_fictif"],
        enfants=(
            blocs.Tableau(
                legende="Coût total de l’opération et montant des aides publiques",
                entetes=("Financeur", "Nature", "Montant"),
                alignements=("gauche", "gauche", "droite"),
                lignes=tuple(lignes),
                totaux=("Coût total", "", format_montant(contenu["cout"])),
            ),
            blocs.Paragraphe(
                "Publié en application des articles L. 1111-11 et D. 1111-8 du code général des collectivités territoriales."
            ),
        ),
    )


def compose_affiche(publication: PublicationPlan) -> blocs.Document:
    """L’affiche de chantier : chaque financeur public sur une ligne, à la même taille."""
    contenu = publication.contenu
    enfants: list[blocs.Bloc] = [
        blocs.Paragraphe(f"Maître d’ouvrage\u00a0: {contenu['porteur']}"),
        blocs.Titre(1, f"Coût total\u00a0: {format_montant(contenu['cout'])}"),
        blocs.Titre(1, "Avec le financement de"),
        *(
            blocs.Titre(2, f"{aide['financeur']}\u00a0: {format_montant(aide['montant'])}")
            for aide in contenu["aides"]
        ),
        blocs.Paragraphe("Placez le logo de chaque financeur à côté de son nom, à la même taille."),
    ]
    return blocs.Document(
        titre=contenu["fiche"],
        sous_titre=f"Territoire d’industrie {contenu['territoire']}",
        date=publication.jour,
        auteur=contenu["porteur"] or "Maillage",
        statut="arrete",
        mention_fictif=contenu["is_fictif"],
        enfants=tuple(enfants),
    )


def _say_nature(aide: dict[str, Any]) -> str:
    return ", ".join(filter(None, [aide["nature"], aide["dispositif"]]))


def get_reste(contenu: dict[str, Any]) -> int:
    """Centimes du coût que rien d’accordé ne couvre encore."""
    accorde = sum(aide["montant"] for aide in contenu["aides"]) + contenu["part"] + contenu["prive"]
    return max(contenu["cout"] - accorde, 0)
