"""Notre classeur en regard de ce qui est enregistré : ce qu’il dit de nouveau, fiche par fiche, rubrique par rubrique."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from openpyxl.utils import get_column_letter

from calcul.montants import format_montant
from maillage.echanges.classeur_maillage import CHAMPS, LISTES, MONTANTS, MONTRES, ClasseurLu, FicheLue
from maillage.echanges.liaisons import Annuaire, find_axe
from maillage.echanges.models import ImportPlan
from maillage.echanges.rapport import Signalement, Verdict
from maillage.echanges.selectors import Choix, list_axes
from maillage.fiches.models import FicheAction
from maillage.fiches.rubriques import COLLECTIONS, Champ, Forme
from maillage.fiches.selectors import get_scalaires
from maillage.fiches.selectors_contenu import load_listes, read_collection, say_valeur
from maillage.financement.models import PlanFinancement
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.models import Axe, Territoire

# Où l’export écrit chaque rubrique ; un rapport les cite ainsi.
LETTRES = {champ.nom: get_column_letter(rang) for rang, champ in enumerate(CHAMPS, start=3)}


def list_fiches_lues(fiches: QuerySet[FicheAction]) -> list[FicheLue]:
    """Des fiches telles que notre classeur les écrit, en un nombre constant de requêtes."""
    lues = list(
        fiches.select_related("axe", "porteur", "plan").prefetch_related(
            "plan__depenses", "plan__lignes__financeur", "plan__lignes__dispositif"
        )
    )
    load_listes(lues)
    return [to_fiche_lue(fiche) for fiche in lues]


def to_fiche_lue(fiche: FicheAction) -> FicheLue:
    """Une fiche enregistrée sous la forme du classeur."""
    contenu = get_scalaires(fiche)
    valeurs = {champ.nom: contenu.get(champ.nom) for champ in CHAMPS}
    valeurs |= {"axe": contenu["axe_nom"], "porteur": contenu["porteur_nom"]}
    plan: PlanFinancement | None = getattr(fiche, "plan", None)
    listes: dict[str, list[dict[str, Any]]] = {
        "couts": [
            {"id": d.pk, "nature": d.nature, "libelle": d.libelle, "montant": d.montant, "annee": d.annee}
            for d in (plan.depenses.all() if plan else ())
        ],
        "financements": [
            {
                "id": ligne.pk,
                "financeur": ligne.financeur.nom,
                "nature": ligne.nature,
                "montant": ligne.montant_pressenti,
                "dispositif": ligne.nom_dispositif,
                "etat": ligne.get_statut_display(),
                "accorde": ligne.montant_accorde or None,
            }
            for ligne in (plan.lignes.all() if plan else ())
        ],
    }
    for nom, collection in COLLECTIONS.items():
        colonnes = {colonne.nom for colonne in collection.colonnes} | {"id"}
        listes[nom] = [
            {cle: valeur for cle, valeur in ligne.items() if cle in colonnes}
            for ligne in read_collection(fiche, nom)
        ]
    return FicheLue(f"fiche-{fiche.pk}", 0, fiche.version, valeurs, listes)


# --- ce qui changerait ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EcartClasseur:
    """Une rubrique qui change : son titre, ce qu’elle dit, ce qu’elle dirait."""

    nom: str
    titre: str
    avant: str
    apres: str


@dataclass
class FicheProposee:
    """Une fiche du classeur et ce qu’elle ferait. `is_depassee` : la fiche a changé ici depuis l’export."""

    lue: FicheLue
    existante: FicheAction | None
    ecarts: list[EcartClasseur] = field(default_factory=list)
    is_depassee: bool = False
    is_fautive: bool = False
    is_ecartee: bool = False

    @property
    def titre(self) -> str:
        return str(self.lue.valeurs.get("titre", ""))

    @property
    def is_inchangee(self) -> bool:
        return self.existante is not None and not self.ecarts


def load_classeur(recu: ImportPlan) -> ClasseurLu:
    """Notre classeur tel qu’il a été lu à la réception."""
    return ClasseurLu(
        [FicheLue.from_json(objet) for objet in recu.lu["fiches"]],
        [Signalement.from_json(objet) for objet in recu.lu["erreurs"]],
        [Signalement.from_json(objet) for objet in recu.lu["avertissements"]],
        refus=recu.verdict == Verdict.REFUSE.value,
    )


def check_liaisons(territoire: Territoire, lu: ClasseurLu) -> list[Signalement]:
    """Les axes et porteurs que le classeur nomme et que la plateforme ne connaît pas ; leurs fiches sont fautives."""
    axes, annuaire = list_axes(territoire), Annuaire(territoire)
    inconnus: list[Signalement] = []
    for fiche in lu.fiches:
        axe, porteur = fiche.valeurs.get("axe"), fiche.valeurs.get("porteur")
        avant = len(inconnus)
        if axe and find_axe(axe, axes) is None:
            inconnus.append(
                Signalement(
                    "Fiches",
                    f"{LETTRES['axe']}{fiche.ligne}",
                    axe,
                    "Cet axe n’est pas de la phase du territoire.",
                    f"Choisissez parmi\u00a0: {', '.join(a.nom for a in axes)}.",
                )
            )
        if porteur and annuaire.find(porteur) is None:
            inconnus.append(
                Signalement(
                    "Fiches",
                    f"{LETTRES['porteur']}{fiche.ligne}",
                    porteur,
                    "Aucune organisation connue ne s’appelle ainsi.",
                    "Écrivez son nom exact ou son SIREN, ou videz la case.",
                )
            )
        fiche.is_fautive = fiche.is_fautive or len(inconnus) > avant
    return inconnus


def propose_classeur(territoire: Territoire, lu: ClasseurLu, choix: Choix) -> list[FicheProposee]:
    """Ce que chaque fiche du classeur changerait, dans son ordre. Le nombre de requêtes ne dépend pas du classeur."""
    fiches = territoire.fiches.select_related("territoire__vague")
    presentes = {f"fiche-{fiche.pk}": fiche for fiche in fiches}
    dites = {dite.reference: dite for dite in list_fiches_lues(territoire.fiches.all())}
    propositions = []
    for lue in lu.fiches:
        existante = presentes.get(lue.reference)
        propositions.append(
            FicheProposee(
                lue,
                existante,
                list_ecarts_classeur(dites.get(lue.reference), lue),
                is_depassee=existante is not None and lue.version != existante.version,
                is_fautive=lue.is_fautive,
                is_ecartee=lue.ligne in choix.ecartees,
            )
        )
    return propositions


def list_a_ecrire_classeur(propositions: list[FicheProposee]) -> list[FicheProposee]:
    """Les fiches que l’import lira : ni écartées, ni fautives."""
    return [p for p in propositions if not (p.is_ecartee or p.is_fautive)]


def list_ecarts_classeur(avant: FicheLue | None, apres: FicheLue) -> list[EcartClasseur]:
    """Les rubriques qui changent, en mots. Une rubrique sans colonne dans le classeur ne change pas."""
    avant = avant or FicheLue("")
    ecarts = []
    for champ in CHAMPS:
        if champ.nom in MONTRES or champ.nom not in apres.valeurs:
            continue
        if champ.nom == "etat_porteur" and apres.valeurs.get("porteur"):
            continue
        present, nouveau = avant.valeurs.get(champ.nom), apres.valeurs[champ.nom]
        if (present or None) != (nouveau or None):
            ecarts.append(EcartClasseur(champ.nom, champ.titre, _say(champ, present), _say(champ, nouveau)))
    for nom, (titre, champs) in LISTES.items():
        if nom not in apres.listes:
            continue
        presentes, nouvelles = avant.listes.get(nom, []), apres.listes[nom]
        if _normalise(champs, presentes) != _normalise(champs, nouvelles):
            ecarts.append(
                EcartClasseur(nom, titre, _say_lignes(champs, presentes), _say_lignes(champs, nouvelles))
            )
    return ecarts


def _normalise(champs: Iterable[Champ], lignes: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Une case de choix vide vaut son premier choix là où la fiche en a toujours un."""
    return [(ligne.get("id"), *(ligne.get(champ.nom) or None for champ in champs)) for ligne in lignes]


def _say(champ: Champ, valeur: Any) -> str:
    if champ.nom in MONTANTS and isinstance(valeur, int):
        return format_montant(valeur)
    return say_valeur(champ, valeur)


def _say_lignes(champs: Iterable[Champ], lignes: list[dict[str, Any]]) -> str:
    champs = list(champs)
    return "\n".join(
        "\u00a0; ".join(texte for champ in champs if (texte := _say(champ, ligne.get(champ.nom))))
        for ligne in lignes
    )


# --- ce que les actes attendent ---------------------------------------------------------------------------------------------


def to_champs_classeur(
    proposition: FicheProposee, axes: list[Axe], annuaire: Annuaire
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """(champs qui changent, listes qui changent) sous la forme des actes de `fiches`. Nom inconnu : ActionImpossible."""
    changes = {ecart.nom for ecart in proposition.ecarts}
    valeurs, champs = proposition.lue.valeurs, {}
    for champ in CHAMPS:
        if champ.nom not in changes:
            continue
        valeur = valeurs[champ.nom]
        if champ.nom == "axe":
            champs["axe"] = _find("axe", valeur, find_axe(valeur, axes) if valeur else None)
        elif champ.nom == "porteur":
            champs["porteur"] = _find("porteur", valeur, annuaire.find(valeur) if valeur else None)
        elif champ.forme is Forme.JOUR:
            champs[champ.nom] = date.fromisoformat(valeur) if valeur else None
        elif champ.nom == "rang":
            champs["rang"] = valeur or 0
        elif valeur not in ("", None) or champ.nom not in ("maturite", "visibilite", "etat_porteur"):
            champs[champ.nom] = valeur
    listes = {nom: proposition.lue.listes[nom] for nom in LISTES if nom in changes}
    if "partenaires" in listes and proposition.existante:
        # Le classeur ne montre pas l’organisation d’un partenaire : elle reste celle de sa ligne.
        liens = {p["id"]: p["organisation"] for p in read_collection(proposition.existante, "partenaires")}
        listes["partenaires"] = [p | {"organisation": liens.get(p["id"])} for p in listes["partenaires"]]
    return champs, listes


def _find(quoi: str, texte: str, trouve: Any) -> Any:
    if texte and trouve is None:
        raise ActionImpossible(f"«\u00a0{texte}\u00a0» n’est pas un {quoi} connu.", champ=quoi)
    return trouve
