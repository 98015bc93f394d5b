"""Ce qu’un import changerait, ligne par ligne ; et le plan d’un territoire tel qu’un classeur l’écrit."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from calcul.montants import format_montant
from maillage.comptes.models import Organisation
from maillage.echanges.enums import Existantes
from maillage.echanges.liaisons import Annuaire, Liaison, choose_axe
from maillage.echanges.models import ImportPlan
from maillage.echanges.plan_transitions import ActionLue, FinancementLu, PlanLu, split_noms
from maillage.echanges.rapport import Signalement
from maillage.fiches.enums import Avancement, Priorite
from maillage.fiches.models import FicheAction
from maillage.fiches.rubriques import COLLECTIONS, TITRES
from maillage.fiches.selectors import suggest_code
from maillage.fiches.selectors_contenu import load_listes, read_collection
from maillage.financement.enums import NatureLigne, StatutLigne
from maillage.financement.policies import OBTENUS, PERDUS
from maillage.socle.texte import replier
from maillage.territoires.models import Axe, Territoire

AVANCEMENTS = {
    "À venir": Avancement.A_VENIR,
    "En cours": Avancement.EN_COURS,
    "Réalisé": Avancement.REALISE,
    "En pause": Avancement.EN_PAUSE,
    "Abandonné": Avancement.ABANDONNE,
    "Bloqué": Avancement.BLOQUE,
    "En retard": Avancement.EN_RETARD,
    "A discuter": Avancement.A_DISCUTER,
}
PRIORITES = {"Bas": Priorite.BASSE, "Moyen": Priorite.MOYENNE, "Élevé": Priorite.ELEVEE}
STRUCTURE_PILOTE = "Structure pilote"
TITRE_MAX, NOM_MAX = 250, 200
# Un titre qui commence par son code, comme nos propres exports l’écrivent : « F2.1 – Renforcer l’offre ».
_CODE_EN_TETE = re.compile(r"^(\S{1,20}) [–—] (.+)$")


@dataclass(frozen=True)
class Choix:
    """Ce que la personne a choisi pour un import. `ecartees` : numéros de lignes du classeur à laisser dehors."""

    axes: dict[str, str] = field(default_factory=dict)
    ecartees: frozenset[int] = frozenset()
    existantes: Existantes = Existantes.LAISSER
    numeroter: bool = True
    ecraser: bool = False  # notre classeur : remplacer aussi ce qui a changé ici depuis l’export

    def to_json(self) -> dict[str, Any]:
        return {
            "axes": self.axes,
            "ecartees": sorted(self.ecartees),
            "existantes": self.existantes.value,
            "numeroter": self.numeroter,
            "ecraser": self.ecraser,
        }

    @classmethod
    def from_json(cls, objet: dict[str, Any]) -> "Choix":
        return cls(
            axes=dict(objet.get("axes", {})),
            ecartees=frozenset(objet.get("ecartees", [])),
            existantes=Existantes(objet.get("existantes", Existantes.LAISSER)),
            numeroter=bool(objet.get("numeroter", True)),
            ecraser=bool(objet.get("ecraser", False)),
        )


@dataclass
class Proposition:
    """Une action du classeur et la fiche qu’elle ferait. `existante` : celle qui est déjà là ; `ecarts` : ce qui y changerait."""

    action: ActionLue
    titre: str
    code: str
    axe: Axe | None
    porteur: Organisation | None
    sous_actions: list[ActionLue]
    financeurs: list[Liaison]
    existante: FicheAction | None = None
    ecarts: list[str] = field(default_factory=list)
    is_fautive: bool = False
    is_ecartee: bool = False

    @cached_property
    def total_financeurs(self) -> int:
        return sum(liaison.montant for liaison in self.financeurs)


def load_plan(recu: ImportPlan) -> PlanLu:
    """Le plan tel qu’il a été lu à la réception."""
    return PlanLu(
        feuille=recu.lu["feuille"],
        actions=[ActionLue.from_json(objet) for objet in recu.lu["actions"]],
        erreurs=[Signalement.from_json(objet) for objet in recu.lu["erreurs"]],
        avertissements=[Signalement.from_json(objet) for objet in recu.lu["avertissements"]],
        refus=recu.verdict == "refuse",
    )


def list_axes(territoire: Territoire) -> list[Axe]:
    return list(Axe.objects.filter(vague_id=territoire.vague_id).order_by("rang"))


def list_axes_inconnus(plan: PlanLu, axes: list[Axe], choix: dict[str, str]) -> list[Signalement]:
    """Un avertissement par axe du classeur qui n’est encore aucun axe de la phase, à sa première cellule."""
    premieres: dict[str, int] = {}
    for action in plan.actions:
        if action.axe:
            premieres.setdefault(action.axe, action.ligne)
    return [
        Signalement(
            plan.feuille,
            f"A{ligne}",
            texte,
            "Cet axe ne correspond à aucun axe de la phase\u00a0: les fiches resteront des idées.",
            f"Choisissez sa correspondance parmi\u00a0: {', '.join(f'{axe.nom} ({axe.code})' for axe in axes)}.",
        )
        for texte, ligne in premieres.items()
        if choose_axe(texte, choix, axes) is None
    ]


def get_lignes_fautives(erreurs: list[Signalement]) -> set[int]:
    """Les lignes du classeur qu’une erreur touche."""
    return {int(chiffres[0]) for s in erreurs if (chiffres := re.findall(r"\d+$", s.cellule))}


def propose(territoire: Territoire, plan: PlanLu, choix: Choix) -> list[Proposition]:
    """Ce que chaque action du plan ferait, dans l’ordre du classeur. Le nombre de requêtes ne dépend pas du plan."""
    axes, annuaire = list_axes(territoire), Annuaire(territoire)
    fautives = get_lignes_fautives(plan.erreurs)
    sous: dict[tuple[Any, ...], list[ActionLue]] = defaultdict(list)
    for action in plan.sous_actions:
        sous[(*action.chemin, replier(action.titre))].append(action)
    par_titre, par_code = _index_fiches(territoire)
    codes = _Codes(territoire)
    prises: set[int] = set()
    propositions = []
    for action in plan.fiches:
        code, titre = split_code(action.titre)
        axe = choose_axe(action.axe, choix.axes, axes) if action.axe else None
        existante = _find_existante(code, titre, axe, par_titre, par_code, prises)
        mes_sous_actions = sous.get((*action.chemin, replier(action.titre)), [])
        ecartee = action.ligne in choix.ecartees
        if existante:
            code = existante.code or code
        elif not code and axe and choix.numeroter and not ecartee:
            code = codes.next()
        elif code:
            codes.take(code)
        proposition = Proposition(
            action,
            titre,
            code,
            axe,
            find_porteur(action, annuaire),
            mes_sous_actions,
            [annuaire.relie(f.nom, f.montant) for f in action.financeurs if f.montant],
            existante,
            is_fautive=bool({action.ligne, *(s.ligne for s in mes_sous_actions)} & fautives),
            is_ecartee=ecartee,
        )
        if existante:
            proposition.ecarts = list_ecarts(existante, to_champs(proposition))
        propositions.append(proposition)
    return propositions


def list_a_ecrire(propositions: list[Proposition]) -> list[Proposition]:
    """Les actions que l’import écrira : ni écartées, ni fautives."""
    return [p for p in propositions if not (p.is_ecartee or p.is_fautive)]


def split_code(titre: str) -> tuple[str, str]:
    """« F2.1 – Renforcer l’offre » → (« F2.1 », « Renforcer l’offre ») ; sans code en tête, le titre entier."""
    forme = _CODE_EN_TETE.match(titre)
    return (forme[1], forme[2]) if forme and re.search(r"\d", forme[1]) else ("", titre)


def _index_fiches(territoire: Territoire) -> tuple[dict[str, list[FicheAction]], dict[str, FicheAction]]:
    par_titre: dict[str, list[FicheAction]] = defaultdict(list)
    par_code: dict[str, FicheAction] = {}
    fiches = list(
        territoire.fiches.order_by("rang", "id").select_related("territoire__vague", "axe", "porteur", "plan")
    )
    load_listes(fiches)
    for fiche in fiches:
        par_titre[replier(fiche.titre)].append(fiche)
        if fiche.code:
            par_code[fiche.code.lower()] = fiche
    return par_titre, par_code


def _find_existante(
    code: str,
    titre: str,
    axe: Axe | None,
    par_titre: dict[str, list[FicheAction]],
    par_code: dict[str, FicheAction],
    prises: set[int],
) -> FicheAction | None:
    """La fiche de ce code ; à défaut celle de ce titre, de préférence dans cet axe. Une fiche ne sert qu’une fois."""
    candidates = [par_code[code.lower()]] if code.lower() in par_code else []
    memes = par_titre.get(replier(titre[:TITRE_MAX]), [])
    candidates += sorted(memes, key=lambda fiche: fiche.axe_id != (axe.pk if axe else None))
    for fiche in candidates:
        if fiche.pk not in prises:
            prises.add(fiche.pk)
            return fiche
    return None


class _Codes:
    """Les prochains codes libres, dans la manière du territoire, sans relire la base à chaque fois."""

    def __init__(self, territoire: Territoire) -> None:
        self.pris = {
            code.lower() for code in territoire.fiches.exclude(code="").values_list("code", flat=True)
        }
        forme = re.match(r"^(\D*)(\d+)$", suggest_code(territoire) or "F1")
        self.prefixe, chiffres = (forme[1], forme[2]) if forme else ("F", "1")
        self.numero, self.largeur = int(chiffres), len(chiffres)

    def take(self, code: str) -> None:
        self.pris.add(code.lower())

    def next(self) -> str:
        while True:
            code = f"{self.prefixe}{self.numero:0{self.largeur}d}"
            self.numero += 1
            if code.lower() not in self.pris:
                self.take(code)
                return code


def find_porteur(action: ActionLue, annuaire: Annuaire) -> Organisation | None:
    """La première structure pilote que la plateforme connaît."""
    return next((o for nom in action.structures if (o := annuaire.find(nom))), None)


def to_champs(proposition: Proposition) -> dict[str, Any]:
    """Ce que la fiche recevra : champs et listes de `fiches.actions.create_fiche`, ceux que le classeur remplit."""
    action, porteur = proposition.action, proposition.porteur
    description = action.description
    if len(proposition.titre) > TITRE_MAX:
        description = f"{proposition.titre}\n\n{description}".strip()
    structures = [nom for nom in action.structures if not porteur or not _is(nom, porteur)]
    champs: dict[str, Any] = {
        "description": description,
        "objectifs": action.objectifs,
        "sous_axe": action.sous_axe[:NOM_MAX],
        "sous_sous_axe": action.sous_sous_axe[:NOM_MAX],
        "service_pilote": ", ".join(action.services)[:NOM_MAX],
        "personne_pilote": ", ".join(action.pilotes)[:NOM_MAX],
        "elu_referent": ", ".join(action.elus)[:NOM_MAX],
        "instances": "\n".join(action.instances),
        "moyens": action.moyens,
        "participation": action.participation,
        "note_financement": "\n".join([t for t in (action.financements, *_sans_montant(proposition)) if t]),
        "avancement": AVANCEMENTS.get(action.statut, ""),
        "priorite": PRIORITES.get(action.priorite, ""),
        "debut_prevu": action.debut,
        "fin_prevue": action.fin,
        "porteur": porteur,
        "axe": proposition.axe,
        "partenaires": [{"nom": nom[:NOM_MAX], "role": STRUCTURE_PILOTE} for nom in structures]
        + [{"nom": nom[:NOM_MAX]} for nom in action.partenaires],
        "indicateurs": [{"libelle": libelle[:TITRE_MAX]} for libelle in split_lignes(action.indicateurs)],
        "sous_actions": [_to_sous_action(sous) for sous in proposition.sous_actions],
    }
    return {cle: valeur for cle, valeur in champs.items() if valeur not in (None, "", [])}


def _is(nom: str, organisation: Organisation) -> bool:
    return replier(nom) in {
        replier(t) for t in (organisation.nom, organisation.sigle, organisation.siren or "") if t
    }


def _sans_montant(proposition: Proposition) -> list[str]:
    """Les financeurs qui ne peuvent pas devenir une ligne : sans montant, ou part d’un porteur encore inconnu."""
    phrases = [f"Financeur envisagé\u00a0: {f.nom}" for f in proposition.action.financeurs if not f.montant]
    if proposition.porteur is None:
        phrases += [
            f"{liaison.nom}\u00a0: {format_montant(liaison.montant)}"
            for liaison in proposition.financeurs
            if liaison.is_part_propre
        ]
    return phrases


def split_lignes(texte: str) -> list[str]:
    """Une ligne ou un point-virgule sépare deux indicateurs ; une virgule, non : elle est dans leur nom."""
    return [
        propre for morceau in re.split(r"[\n;]", texte) if (propre := morceau.strip().lstrip("-•").strip())
    ]


def _to_sous_action(sous: ActionLue) -> dict[str, Any]:
    """Une sous-action. Ce que notre fiche n’y a pas (moyens, financeurs…) reste lisible dans sa description."""
    restes = [
        ("Objectifs", sous.objectifs),
        ("Indicateurs", sous.indicateurs),
        ("Moyens", sous.moyens),
        ("Partenaires", ", ".join(sous.partenaires)),
        ("Structure pilote", ", ".join(sous.structures)),
        ("Direction ou service pilote", ", ".join(sous.services)),
        ("Élu·e référent·e", ", ".join(sous.elus)),
        ("Instances", ", ".join(sous.instances)),
        ("Participation citoyenne", sous.participation),
        ("Financements", sous.financements),
        (
            "Financeurs",
            ", ".join(
                f.nom + (f" ({format_montant(f.montant)})" if f.montant else "") for f in sous.financeurs
            ),
        ),
        ("Budget prévisionnel", format_montant(sous.budget) if sous.budget is not None else ""),
    ]
    suite = "\n".join(f"{titre}\u00a0: {texte}" for titre, texte in restes if texte)
    return {
        "titre": sous.sous_titre[:TITRE_MAX],
        "description": "\n".join(t for t in (sous.description, suite) if t),
        "pilote": ", ".join(sous.pilotes)[:NOM_MAX],
        "avancement": AVANCEMENTS.get(sous.statut, ""),
        "priorite": PRIORITES.get(sous.priorite, ""),
        "debut": sous.debut,
        "fin": sous.fin,
    }


# --- ce qui changerait dans une fiche déjà là ---------------------------------------------------------------------------


def merge_champs(fiche: FicheAction, champs: dict[str, Any]) -> dict[str, Any]:
    """Ce que la mise à jour écrirait : seulement ce qui change. Une liste s’augmente et se précise ; rien ne s’y perd.

    Un axe ou un porteur déjà choisi ici reste celui d’ici.
    """
    changes: dict[str, Any] = {}
    for nom, valeur in champs.items():
        if nom in COLLECTIONS:
            presentes = read_collection(fiche, nom)
            fondues = _merge_lignes(COLLECTIONS[nom].cle.nom, presentes, valeur)
            if fondues != presentes:
                changes[nom] = fondues
        elif nom in ("axe", "porteur"):
            if getattr(fiche, f"{nom}_id") is None:
                changes[nom] = valeur
        elif getattr(fiche, nom) != valeur:
            changes[nom] = valeur
    return changes


def _merge_lignes(cle: str, presentes: list[Any], nouvelles: list[dict[str, Any]]) -> list[Any]:
    fondues = [dict(ligne) for ligne in presentes]
    par_cle = {replier(str(ligne[cle])): ligne for ligne in fondues}
    for nouvelle in nouvelles:
        dits = {
            nom: valeur.isoformat() if isinstance(valeur, date) else valeur
            for nom, valeur in nouvelle.items()
            if valeur not in (None, "")
        }
        deja = par_cle.get(replier(str(nouvelle[cle])))
        if deja is None:
            fondues.append(dits)
        else:
            deja.update(dits)
    return fondues


def list_ecarts(fiche: FicheAction, champs: dict[str, Any]) -> list[str]:
    """Les titres de ce qui changerait dans une fiche déjà là."""
    return [TITRES[nom] for nom in merge_champs(fiche, champs)]


# --- écrire le plan d’un territoire ---------------------------------------------------------------------------------------

_STATUTS: dict[str, str] = {avancement.value: texte for texte, avancement in AVANCEMENTS.items()}
_PRIORITES: dict[str, str] = {priorite.value: texte for texte, priorite in PRIORITES.items()}


def list_actions(fiches: QuerySet[FicheAction]) -> list[ActionLue]:
    """Des fiches telles que le classeur de Territoires en Transitions les écrit, en un nombre constant de requêtes."""
    lues = list(fiches.select_related("axe", "porteur", "plan").prefetch_related("plan__lignes__financeur"))
    load_listes(lues)
    return [action for fiche in lues for action in to_actions(fiche)]


def to_actions(fiche: FicheAction) -> list[ActionLue]:
    """La ligne de la fiche, puis une par sous-action. Le code est en tête du titre : « F2.1 – Renforcer l’offre ».

    Le classeur n’a que trois financeurs : les suivants s’écrivent dans « Financements ».
    """
    partenaires = list(fiche.partenaires.all())
    pilotes = [p.nom for p in partenaires if p.role == STRUCTURE_PILOTE]
    financeurs = list_financeurs(fiche)
    plan = getattr(fiche, "plan", None)
    action = ActionLue(
        titre=f"{fiche.code} – {fiche.titre}" if fiche.code else fiche.titre,
        axe=fiche.axe.nom if fiche.axe else "",
        sous_axe=fiche.sous_axe,
        sous_sous_axe=fiche.sous_sous_axe,
        description=fiche.description,
        instances=split_noms(fiche.instances),
        objectifs=fiche.objectifs,
        indicateurs="\n".join(indicateur.libelle for indicateur in fiche.indicateurs.all()),
        structures=tuple(([fiche.porteur.nom] if fiche.porteur else []) + pilotes),
        moyens=fiche.moyens,
        partenaires=tuple(p.nom for p in partenaires if p.role != STRUCTURE_PILOTE),
        services=split_noms(fiche.service_pilote),
        pilotes=split_noms(fiche.personne_pilote),
        elus=split_noms(fiche.elu_referent),
        participation=fiche.participation,
        financements="\n".join(
            [t for t in (fiche.note_financement,) if t]
            + [f"{f.nom}\u00a0: {format_montant(f.montant or 0)}" for f in financeurs[3:]]
        ),
        financeurs=tuple(financeurs[:3]),
        budget=plan.cout_total if plan and plan.cout_total else None,
        statut=_STATUTS.get(fiche.avancement, ""),
        priorite=_PRIORITES.get(fiche.priorite, ""),
        debut=fiche.debut_prevu,
        fin=fiche.fin_prevue,
    )
    sous_actions = [
        ActionLue(
            titre=action.titre,
            sous_titre=sous.titre,
            axe=action.axe,
            sous_axe=action.sous_axe,
            sous_sous_axe=action.sous_sous_axe,
            description=sous.description,
            pilotes=split_noms(sous.pilote),
            statut=_STATUTS.get(sous.avancement, ""),
            priorite=_PRIORITES.get(sous.priorite, ""),
            debut=sous.debut,
            fin=sous.fin,
        )
        for sous in fiche.sous_actions.all()
    ]
    return [action, *sous_actions]


def list_financeurs(fiche: FicheAction) -> list[FinancementLu]:
    """Les financeurs d’une fiche et leur montant le plus sûr (accordé, sinon demandé, sinon pressenti), le plus grand d’abord."""
    plan = getattr(fiche, "plan", None)
    lignes = [ligne for ligne in plan.lignes.all() if StatutLigne(ligne.statut) not in PERDUS] if plan else []
    financeurs = [
        FinancementLu(
            "Autofinancement" if ligne.nature == NatureLigne.AUTOFINANCEMENT else ligne.financeur.nom,
            ligne.montant_accorde
            if StatutLigne(ligne.statut) in OBTENUS
            else ligne.montant_demande or ligne.montant_pressenti,
        )
        for ligne in lignes
    ]
    return sorted(financeurs, key=lambda f: -(f.montant or 0))
