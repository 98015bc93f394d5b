"""Seuls actes qui reçoivent un classeur et en font des fiches. Les fiches et l’argent passent par leurs propres actes."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction

from maillage.comptes.models import Organisation
from maillage.documents.actions import store_piece
from maillage.echanges import events
from maillage.echanges.classeur import check_classeur
from maillage.echanges.classeur_maillage import FICHES, is_notre_classeur, read_classeur
from maillage.echanges.enums import EtatImport, Existantes, Issue, NatureClasseur
from maillage.echanges.liaisons import Annuaire, Liaison
from maillage.echanges.models import ImportPlan
from maillage.echanges.plan_transitions import PlanLu, read_plan
from maillage.echanges.rapport import Verdict
from maillage.echanges.selectors import (
    TITRE_MAX,
    Choix,
    Proposition,
    list_a_ecrire,
    list_axes,
    load_plan,
    merge_champs,
    propose,
    to_champs,
)
from maillage.echanges.selectors_classeur import (
    FicheProposee,
    check_liaisons,
    list_a_ecrire_classeur,
    load_classeur,
    propose_classeur,
    to_champs_classeur,
)
from maillage.fiches.actions import create_fiche, update_fiche
from maillage.fiches.models import FicheAction
from maillage.fiches.policies import get_statut_initial
from maillage.financement.actions import (
    add_depense,
    add_ligne,
    add_ligne_nouveau_financeur,
    delete_depense,
    update_depense,
)
from maillage.financement.enums import NatureDepense, NatureLigne
from maillage.financement.models import LigneDepense, LigneFinancement
from maillage.journal.actions import Auteur, Systeme, record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.socle.models import Travail
from maillage.socle.travaux import Suivi, open_travail
from maillage.territoires.models import Axe, Territoire

GENRE_IMPORT = "echanges.import"
LOT = 50  # actions écrites dans une même transaction
LIBELLE_BUDGET = "Budget prévisionnel total HT, repris du classeur"


@transaction.atomic
def receive_import(*, territoire: Territoire, contenu: bytes, nom: str, by: Auteur) -> ImportPlan:
    """Garde un classeur et ce qu’on y lit ; n’écrit aucune fiche. Fichier illisible : DonneesIllisibles, rien n’est gardé.

    Le modèle se reconnaît : le nôtre a une feuille « Fiches » ; sinon, celui de Territoires en Transitions.
    """
    check_classeur(contenu, nom)
    nature = NatureClasseur.MAILLAGE if is_notre_classeur(contenu, nom) else NatureClasseur.TRANSITIONS
    verdict, lu, nombre = (
        _read_notre(territoire, contenu, nom)
        if nature is NatureClasseur.MAILLAGE
        else _read_transitions(contenu, nom)
    )
    piece = store_piece(contenu=contenu, nom=nom, by=by, types=("xlsx",))
    recu = ImportPlan.objects.create(
        territoire=territoire,
        fichier=piece.nom,
        piece=piece,
        nature=nature,
        verdict=verdict.value,
        lu=lu,
        choix=Choix().to_json(),
        depose_at=maintenant(),
        depose_by=str(by)[:200],
        auteur_id=by.pk,
    )
    record(
        events.IMPORT_RECU,
        cible=recu,
        territoire=territoire.cle,
        by=by,
        apres={"fiches": nombre, "verdict": verdict.value},
    )
    return recu


def _read_transitions(contenu: bytes, nom: str) -> tuple[Verdict, dict[str, Any], int]:
    plan = read_plan(contenu, nom)
    lu = {
        "feuille": plan.feuille,
        "actions": [action.to_json() for action in plan.actions],
        "erreurs": [s.to_json() for s in plan.erreurs],
        "avertissements": [s.to_json() for s in plan.avertissements],
    }
    return plan.verdict, lu, len(plan.fiches)


def _read_notre(territoire: Territoire, contenu: bytes, nom: str) -> tuple[Verdict, dict[str, Any], int]:
    classeur = read_classeur(contenu, nom)
    if not classeur.refus:
        classeur.erreurs += check_liaisons(territoire, classeur)
    lu = {
        "feuille": FICHES,
        "fiches": [fiche.to_json() for fiche in classeur.fiches],
        "erreurs": [s.to_json() for s in classeur.erreurs],
        "avertissements": [s.to_json() for s in classeur.avertissements],
    }
    return classeur.verdict, lu, len(classeur.fiches)


@transaction.atomic
def set_choix(*, recu: ImportPlan, choix: Choix) -> ImportPlan:
    """Garde ce que la personne a choisi, pour lui montrer ce que cela ferait. Le journal attend l’import lui-même."""
    recu = _lock(recu)
    _check_a_relire(recu)
    recu.choix = choix.to_json()
    recu.save(update_fields=["choix"])
    return recu


@transaction.atomic
def start_import(*, recu: ImportPlan, choix: Choix, sans_fautives: bool) -> ImportPlan:
    """Commence l’import. Avec des lignes fautives, il faut avoir choisi de les laisser (`sans_fautives`) : rien n’entre à moitié
    sans que quelqu’un l’ait voulu."""
    recu = _lock(recu)
    _check_a_relire(recu)
    if recu.verdict == Verdict.REFUSE.value:
        raise ActionImpossible(
            "Ce classeur est refusé\u00a0: corrigez ses colonnes, puis déposez-le de nouveau."
        )
    if recu.lu["erreurs"] and not sans_fautives:
        raise ActionImpossible(
            "Des lignes sont à corriger. Corrigez le classeur et déposez-le de nouveau, ou choisissez de n’importer que le reste."
        )
    total = len(_list_suivantes(recu, choix))
    if not total:
        raise ActionImpossible("Il ne reste aucune action à importer\u00a0: gardez-en au moins une.")
    recu.choix, recu.etat, recu.total = choix.to_json(), EtatImport.EN_COURS, total
    recu.save(update_fields=["choix", "etat", "total"])
    return recu


@transaction.atomic
def advance_import(*, recu: ImportPlan, by: Auteur | None = None, lot: int = LOT) -> ImportPlan:
    """Écrit les `lot` actions suivantes ; la dernière clôt l’import. Repris après une panne, il continue où il en était.

    Une action que les règles refusent n’arrête pas les autres : le bilan dit laquelle et pourquoi.
    """
    recu = _lock(recu)
    if recu.etat != EtatImport.EN_COURS:
        return recu
    by = by or recu.auteur or Systeme(recu.depose_by)
    choix = Choix.from_json(recu.choix)
    annuaire, axes = Annuaire(recu.territoire), list_axes(recu.territoire)
    suivantes = _list_suivantes(recu, choix)[recu.faites : recu.faites + lot]
    for proposition in suivantes:
        recu.bilan.append(
            apply_fiche_proposee(
                proposition=proposition,
                territoire=recu.territoire,
                fichier=recu.fichier,
                choix=choix,
                annuaire=annuaire,
                axes=axes,
                by=by,
            )
            if isinstance(proposition, FicheProposee)
            else apply_proposition(
                proposition=proposition,
                territoire=recu.territoire,
                fichier=recu.fichier,
                choix=choix,
                annuaire=annuaire,
                by=by,
            )
        )
    if recu.faites >= recu.total or not suivantes:
        recu.etat, recu.fini_at = EtatImport.FINI, maintenant()
        issues = [ligne["issue"] for ligne in recu.bilan]
        record(
            events.IMPORT_FINI,
            cible=recu,
            territoire=recu.territoire.cle,
            by=by,
            apres={"creees": issues.count(Issue.CREEE), "mises_a_jour": issues.count(Issue.MISE_A_JOUR)},
        )
    recu.save(update_fields=["bilan", "etat", "fini_at"])
    return recu


def _list_suivantes(recu: ImportPlan, choix: Choix) -> list[Any]:
    """Ce que l’import écrit, dans l’ordre du classeur : le même d’un lot à l’autre."""
    if recu.is_notre:
        return list_a_ecrire_classeur(propose_classeur(recu.territoire, load_classeur(recu), choix))
    return list_a_ecrire(propose(recu.territoire, load_plan(recu), choix))


def run_import(*, recu: ImportPlan, suivi: Suivi) -> str:
    """Mène un import jusqu’au bout, un lot par transaction ; rend la phrase de fin.

    Arrêté en chemin, ce qui est écrit reste, et l’import se reprend où il en était.
    """
    while recu.etat == EtatImport.EN_COURS and suivi("Écriture des fiches", recu.faites, recu.total):
        recu = advance_import(recu=recu)
    if recu.etat == EtatImport.EN_COURS:
        return f"{recu.faites} actions traitées sur {recu.total} ; le reste attend que vous repreniez."
    return f"{recu.faites} actions traitées."


@transaction.atomic
def resume_import(*, recu: ImportPlan, by: Auteur) -> Travail:
    """Ouvre le travail long qui mène l’import ; il est déjà en cours : ActionImpossible."""
    from maillage.echanges.tasks import poursuivre_import

    travail = open_travail(genre=GENRE_IMPORT, objet=recu, by=by)
    transaction.on_commit(partial(poursuivre_import.enqueue, travail.pk, recu.pk))
    return travail


@transaction.atomic
def abandon_import(*, recu: ImportPlan, by: Auteur) -> ImportPlan:
    """Renonce à un classeur reçu, avant d’en avoir rien pris."""
    recu = _lock(recu)
    _check_a_relire(recu)
    recu.etat, recu.fini_at = EtatImport.ABANDONNE, maintenant()
    recu.save(update_fields=["etat", "fini_at"])
    record(events.IMPORT_ABANDONNE, cible=recu, territoire=recu.territoire.cle, by=by)
    return recu


def _lock(recu: ImportPlan) -> ImportPlan:
    return (
        ImportPlan.objects.select_for_update(of=("self",))
        .select_related("territoire__vague", "territoire__region", "auteur")
        .get(pk=recu.pk)
    )


def _check_a_relire(recu: ImportPlan) -> None:
    if recu.etat != EtatImport.A_RELIRE:
        raise ActionImpossible(
            f"Cet import est «\u00a0{EtatImport(recu.etat).label.lower()}\u00a0»\u00a0: ses choix ne changent plus. Déposez un autre classeur."
        )


@transaction.atomic
def apply_proposition(
    *,
    proposition: Proposition,
    territoire: Territoire,
    fichier: str,
    choix: Choix,
    annuaire: Annuaire,
    by: Auteur,
) -> dict[str, Any]:
    """Écrit une action et son financement ; rend sa ligne de bilan. Un refus défait cette action entière, et elle seule."""
    ligne = {
        "ligne": proposition.action.ligne,
        "titre": proposition.titre[:TITRE_MAX],
        "fiche": None,
        "phrase": "",
    }
    try:
        with transaction.atomic():
            fiche, issue = _write_fiche(proposition, territoire, fichier, choix, by)
            phrases = [] if issue is Issue.INCHANGEE else _write_argent(fiche, proposition, annuaire, by)
    except ActionImpossible as refus:
        return ligne | {"issue": Issue.REFUSEE.value, "phrase": str(refus)}
    return ligne | {"issue": issue.value, "fiche": fiche.pk, "phrase": " ".join(phrases)}


def _write_fiche(
    proposition: Proposition, territoire: Territoire, fichier: str, choix: Choix, by: Auteur
) -> tuple[FicheAction, Issue]:
    champs, existante = to_champs(proposition), proposition.existante
    if existante is None:
        statut = get_statut_initial(code=proposition.code, axe=proposition.axe)
        fiche = create_fiche(
            territoire=territoire,
            titre=proposition.titre[:TITRE_MAX],
            code=proposition.code,
            statut=statut,
            source=f"Classeur «\u00a0{fichier}\u00a0»",
            by=by,
            **champs,
        )
        return fiche, Issue.CREEE
    changes = merge_champs(existante, champs) if choix.existantes is Existantes.METTRE_A_JOUR else {}
    if not changes:
        return existante, Issue.INCHANGEE
    return update_fiche(fiche=existante, by=by, version_lue=existante.version, **changes), Issue.MISE_A_JOUR


def _write_argent(fiche: FicheAction, proposition: Proposition, annuaire: Annuaire, by: Auteur) -> list[str]:
    """Le budget en une dépense, chaque financeur en une ligne « pressentie » ; rien si la fiche a déjà un plan chiffré."""
    plan = getattr(fiche, "plan", None)
    if plan is not None and (plan.depenses.exists() or plan.lignes.exists()):
        return ["Son plan de financement n’a pas changé\u00a0: il était déjà chiffré."]
    budget = proposition.action.budget
    if budget:
        add_depense(
            fiche=fiche, nature=NatureDepense.NON_PRECISEE, libelle=LIBELLE_BUDGET, montant=budget, by=by
        )
    return [
        phrase for liaison in proposition.financeurs if (phrase := _write_ligne(fiche, liaison, annuaire, by))
    ]


def _write_ligne(fiche: FicheAction, liaison: Liaison, annuaire: Annuaire, by: Auteur) -> str:
    champs: dict[str, Any] = {
        "fiche": fiche,
        "nature": liaison.nature,
        "montant": liaison.montant,
        "dispositif_libelle": liaison.dispositif,
        "by": by,
    }
    if liaison.is_part_propre:
        if fiche.porteur is None:
            return "L’autofinancement attend que le porteur soit désigné."
        add_ligne(financeur=fiche.porteur, **champs)
        return ""
    financeur: Organisation | None = liaison.organisation or annuaire.find(liaison.nom)
    if financeur is not None:
        add_ligne(financeur=financeur, **champs)
        return ""
    ligne = add_ligne_nouveau_financeur(nom=liaison.nom[:200], type_organisation=liaison.type, **champs)
    annuaire.add(ligne.financeur)
    return f"«\u00a0{liaison.nom}\u00a0» est proposé comme financeur, à reconnaître."


@transaction.atomic
def import_plan(
    *, territoire: Territoire, plan: PlanLu, fichier: str, choix: Choix, by: Auteur, simuler: bool
) -> list[dict[str, Any]]:
    """Importe un plan sans garder son classeur (ligne de commande) : tout, ou rien. Rend le bilan.

    `simuler` : tout est défait à la fin. Une action refusée par les règles défait tout aussi.
    """
    if plan.verdict is not Verdict.IMPORTABLE:
        raise ActionImpossible("Ce classeur n’est pas importable\u00a0: corrigez ce que le rapport en dit.")
    annuaire = Annuaire(territoire)
    bilan = [
        apply_proposition(
            proposition=proposition,
            territoire=territoire,
            fichier=fichier,
            choix=choix,
            annuaire=annuaire,
            by=by,
        )
        for proposition in list_a_ecrire(propose(territoire, plan, choix))
    ]
    if simuler or any(ligne["issue"] == Issue.REFUSEE for ligne in bilan):
        transaction.set_rollback(True)
    return bilan


# --- notre classeur -----------------------------------------------------------------------------------------------------


@transaction.atomic
def apply_fiche_proposee(
    *,
    proposition: FicheProposee,
    territoire: Territoire,
    fichier: str,
    choix: Choix,
    annuaire: Annuaire,
    axes: list[Axe],
    by: Auteur,
) -> dict[str, Any]:
    """Écrit une fiche de notre classeur ; rend sa ligne de bilan. Un refus défait cette fiche entière, et elle seule."""
    ligne: dict[str, Any] = {
        "ligne": proposition.lue.ligne,
        "titre": proposition.titre[:TITRE_MAX],
        "fiche": None,
        "phrase": "",
    }
    if proposition.existante is not None and not proposition.ecarts:
        return ligne | {"issue": Issue.INCHANGEE.value, "fiche": proposition.existante.pk}
    if proposition.is_depassee and not choix.ecraser:
        return ligne | {
            "issue": Issue.REFUSEE.value,
            "phrase": "Elle a changé ici depuis l’export. Exportez de nouveau, ou choisissez de l’écraser.",
        }
    try:
        with transaction.atomic():
            fiche, phrases = _write_fiche_proposee(proposition, territoire, fichier, annuaire, axes, by)
    except ActionImpossible as refus:
        return ligne | {"issue": Issue.REFUSEE.value, "phrase": str(refus)}
    issue = Issue.MISE_A_JOUR if proposition.existante else Issue.CREEE
    return ligne | {"issue": issue.value, "fiche": fiche.pk, "phrase": " ".join(phrases)}


def _write_fiche_proposee(
    proposition: FicheProposee,
    territoire: Territoire,
    fichier: str,
    annuaire: Annuaire,
    axes: list[Axe],
    by: Auteur,
) -> tuple[FicheAction, list[str]]:
    champs, listes = to_champs_classeur(proposition, axes, annuaire)
    couts, financements = listes.pop("couts", None), listes.pop("financements", None)
    contenu: dict[str, Any] = champs | listes
    fiche = proposition.existante
    if fiche is None:
        fiche = create_fiche(
            territoire=territoire,
            statut=get_statut_initial(code=champs.get("code", ""), axe=champs.get("axe")),
            source=f"Classeur «\u00a0{fichier}\u00a0»"[:300],
            by=by,
            **contenu,
        )
    elif contenu:
        fiche = update_fiche(fiche=fiche, by=by, version_lue=fiche.version, **contenu)
    if couts is not None:
        _write_couts(fiche, couts, by)
    return fiche, [] if financements is None else _write_financements(fiche, financements, annuaire, by)


def _write_couts(fiche: FicheAction, couts: list[dict[str, Any]], by: Auteur) -> None:
    """Fait des lignes du classeur les dépenses de la fiche : ajoutées, changées, retirées par leurs actes."""
    presentes = {d.pk: d for d in LigneDepense.objects.filter(plan__fiche=fiche)}
    for cout in couts:
        valeurs = {cle: cout[cle] for cle in ("libelle", "montant", "annee")}
        nature = NatureDepense(cout["nature"])
        depense = presentes.pop(cout["id"], None)
        if depense is None:
            add_depense(fiche=fiche, nature=nature, by=by, **valeurs)
        elif {"nature": depense.nature} | {cle: getattr(depense, cle) for cle in valeurs} != {
            "nature": nature.value
        } | valeurs:
            update_depense(depense=depense, nature=nature, by=by, **valeurs)
    for depense in presentes.values():
        delete_depense(depense=depense, by=by)


def _write_financements(
    fiche: FicheAction, financements: list[dict[str, Any]], annuaire: Annuaire, by: Auteur
) -> list[str]:
    """Inscrit « pressentis » les financements neufs. Ceux déjà inscrits n’avancent que par leur financeur : le bilan le dit."""
    presents = {
        ligne.pk: (ligne.financeur.nom, ligne.nature, ligne.montant_pressenti)
        for ligne in LigneFinancement.objects.filter(plan__fiche=fiche).select_related("financeur")
    }
    phrases = []
    for dit in financements:
        present = presents.pop(dit["id"], None)
        if present is None:
            liaison = annuaire.relie(dit["financeur"], dit["montant"])
            if not liaison.is_part_propre:
                liaison = replace(liaison, nature=NatureLigne(dit["nature"]))
            phrases.append(
                _write_ligne(fiche, replace(liaison, dispositif=dit.get("dispositif") or ""), annuaire, by)
            )
        elif present != (dit["financeur"], dit["nature"], dit["montant"]):
            phrases.append(
                f"Le financement de {present[0]} n’a pas changé\u00a0: il avance dans la plateforme."
            )
    if presents:
        phrases.append("Un financement absent du classeur est resté\u00a0: il se retire dans la plateforme.")
    return [phrase for phrase in phrases if phrase]
