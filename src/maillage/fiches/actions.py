"""Seuls actes qui écrivent une fiche. Chacun : une transaction, une version, une ligne de journal."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min

from maillage.comptes.models import Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.fiches import events, policies
from maillage.fiches.actions_contenu import clean_lignes, clean_valeur, write_collection
from maillage.fiches.enums import ChampDate, EtatPorteur, StatutFiche
from maillage.fiches.models import (
    AccesFiche,
    BrouillonFiche,
    FaitFiche,
    FicheAction,
    LectureFiche,
    PlanActions,
    PlanActionsFiche,
    VersionFiche,
)
from maillage.fiches.rubriques import CHAMPS_SECTIONS, COLLECTIONS, ESSENTIEL
from maillage.fiches.selectors import (
    build_texte_recherche,
    get_scalaires,
    get_version,
    list_champs_rouverts,
)
from maillage.fiches.selectors_contenu import Ligne, is_same_liste
from maillage.fiches.signals import porteur_change
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente, open_attente
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Territoire

_ESSENTIELS = {champ.nom: champ for champ in ESSENTIEL.champs if champ.nom in ("presentateur", "description")}
CHAMPS = (
    "code",
    "rang",
    "titre",
    "axe",
    "presentateur",
    "porteur",
    "etat_porteur",
    "description",
    "debut_prevu",
    "fin_prevue",
    "maturite",
    "visibilite",
    *CHAMPS_SECTIONS,
)
LIBELLES = {
    champ.name: str(champ.verbose_name) for champ in FicheAction._meta.fields if champ.name in CHAMPS
} | {collection.nom: collection.titre.lower() for collection in COLLECTIONS.values()}


def _write_version(fiche: FicheAction, by: Auteur, contenu: dict[str, Any]) -> None:
    VersionFiche.objects.create(
        fiche=fiche,
        numero=fiche.version,
        contenu=contenu,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
    )


def _write_fait(
    fiche: FicheAction, champ: ChampDate, valeur: str, date_effet: date, by: Auteur, source: str = ""
) -> None:
    FaitFiche.objects.create(
        fiche=fiche,
        champ=champ,
        valeur=valeur,
        date_effet=date_effet,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        source=source,
    )


def check_date_effet(date_effet: date | None) -> date:
    """Le jour où le fait a eu lieu : aujourd’hui par défaut, jamais dans l’avenir."""
    jour = date_effet or aujourdhui()
    if jour > aujourdhui():
        raise ActionImpossible(
            "La date d’effet est dans l’avenir\u00a0: enregistrez le fait quand il aura eu lieu."
        )
    return jour


@transaction.atomic
def create_fiche(
    *,
    territoire: Territoire,
    titre: str,
    by: Auteur,
    date_effet: date | None = None,
    source: str = "",
    statut: StatutFiche = StatutFiche.IDEE,
    **champs: Any,
) -> FicheAction:
    """Crée une fiche : un titre suffit. Avec un code et un axe elle peut naître « brouillon ».

    `champs` : ceux de CHAMPS, et les listes de COLLECTIONS (lignes : `selectors_contenu.Ligne`). `date_effet` : le jour où la fiche est née (fiches historiques). Code déjà pris : ActionImpossible.
    """
    jour = check_date_effet(date_effet)
    listes = {nom: clean_lignes(nom, champs.pop(nom)) for nom in COLLECTIONS if nom in champs}
    _clean_champs(champs)
    fiche = FicheAction(territoire=territoire, titre=titre.strip(), source=source, statut=statut, **champs)
    if not fiche.titre:
        raise ActionImpossible("Donnez un titre à la fiche\u00a0: c’est le seul champ obligatoire.")
    if fiche.porteur_id:
        fiche.etat_porteur = EtatPorteur.DESIGNE
    elif fiche.etat_porteur == EtatPorteur.DESIGNE:
        fiche.etat_porteur = EtatPorteur.A_DESIGNER
    if statut not in (StatutFiche.IDEE, StatutFiche.BROUILLON):
        raise ActionImpossible("Une fiche naît «\u00a0Idée\u00a0» ou «\u00a0Brouillon\u00a0».")
    if statut == StatutFiche.BROUILLON and not (fiche.code and fiche.axe_id):
        raise ActionImpossible("Un brouillon a un code et un axe\u00a0; sans eux la fiche reste une idée.")
    _check_axe(fiche)
    if not fiche.rang:
        fiche.rang = (
            FicheAction.objects.filter(territoire=territoire).aggregate(m=Max("rang"))["m"] or 0
        ) + 1
    fiche.creee_at = fiche.modifiee_at = maintenant()
    _save(fiche)
    contenu = get_scalaires(fiche) | {nom: [] for nom in COLLECTIONS}
    contenu |= {nom: write_collection(fiche, nom, lignes) for nom, lignes in listes.items()}
    _write_recherche(fiche, contenu)
    _write_version(fiche, by, contenu)
    _write_fait(fiche, ChampDate.STATUT, fiche.statut, jour, by, source)
    _write_fait(fiche, ChampDate.MATURITE, fiche.maturite, jour, by, source)
    _write_fait(fiche, ChampDate.VISIBILITE, fiche.visibilite, jour, by, source)
    if fiche.axe:
        _write_fait(fiche, ChampDate.AXE, fiche.axe.code, jour, by, source)
    if fiche.porteur:
        open_acces(fiche=fiche, organisation=fiche.porteur, motif="porteur", by=by)
    record(
        events.FICHE_CREEE,
        cible=fiche,
        territoire=territoire.cle,
        by=by,
        apres={"titre": fiche.titre},
        date_effet=jour,
    )
    return fiche


@transaction.atomic
def update_fiche(
    *, fiche: FicheAction, by: Auteur, version_lue: int, date_effet: date | None = None, **champs: Any
) -> FicheAction:
    """Enregistre les champs donnés (ceux de CHAMPS, et les listes de COLLECTIONS, entières) en une nouvelle version.

    `version_lue` : la version que la personne avait sous les yeux ; si elle n’est plus la dernière, ConflitEdition.
    Sans changement réel, rien n’est écrit.
    """
    jour = check_date_effet(date_effet)
    fiche = (
        FicheAction.objects.select_for_update(of=("self",))
        .select_related("territoire__vague", "axe", "porteur")
        .get(pk=fiche.pk)
    )
    if fiche.version != version_lue:
        raise ConflitEdition(
            "Quelqu’un a enregistré cette fiche pendant que vous l’écriviez. Votre saisie est gardée ci-dessous\u00a0: "
            "comparez, puis enregistrez de nouveau pour la garder."
        )
    policies.check_can_edit(fiche, champs, list_champs_rouverts(fiche))
    _check_after_naissance(fiche, jour)
    if "porteur" in champs:
        if champs["porteur"]:
            champs["etat_porteur"] = EtatPorteur.DESIGNE
        elif champs.get("etat_porteur", EtatPorteur.DESIGNE) == EtatPorteur.DESIGNE:
            champs["etat_porteur"] = EtatPorteur.A_DESIGNER
    listes = {nom: clean_lignes(nom, champs[nom]) for nom in COLLECTIONS if nom in champs}
    _clean_champs(champs)
    changes = [champ for champ in CHAMPS if champ in champs and getattr(fiche, champ) != champs[champ]]
    avant = get_scalaires(fiche) | _read_listes(fiche)
    listes = {nom: lignes for nom, lignes in listes.items() if not is_same_liste(lignes, avant[nom])}
    if not changes and not listes:
        return fiche
    for champ in changes:
        setattr(fiche, champ, champs[champ])
    if not fiche.titre.strip():
        raise ActionImpossible("Une fiche garde toujours un titre.")
    if StatutFiche(fiche.statut) is not StatutFiche.IDEE and not (fiche.code and fiche.axe_id):
        raise ActionImpossible("Une fiche qui n’est plus une idée garde un code et un axe.")
    _check_axe(fiche)
    for champ_date in (ChampDate.MATURITE, ChampDate.VISIBILITE, ChampDate.AXE):
        if champ_date.value in changes:
            _check_after_dernier_fait(fiche, champ_date, jour)
    fiche.version += 1
    fiche.modifiee_at = maintenant()
    _save(fiche)
    apres = get_scalaires(fiche) | {nom: avant[nom] for nom in COLLECTIONS}
    apres |= {nom: write_collection(fiche, nom, lignes) for nom, lignes in listes.items()}
    _write_recherche(fiche, apres)
    _write_version(fiche, by, apres)
    if "maturite" in changes:
        _write_fait(fiche, ChampDate.MATURITE, fiche.maturite, jour, by)
    if "visibilite" in changes:
        _write_fait(fiche, ChampDate.VISIBILITE, fiche.visibilite, jour, by)
    if "axe" in changes:
        _write_fait(fiche, ChampDate.AXE, fiche.axe.code if fiche.axe else "", jour, by)
    if "porteur" in changes and fiche.porteur:
        open_acces(fiche=fiche, organisation=fiche.porteur, motif="porteur", by=by)
    record(
        events.FICHE_MODIFIEE,
        cible=fiche,
        territoire=fiche.territoire.cle,
        by=by,
        avant={cle: avant[cle] for cle in avant if avant[cle] != apres[cle]},
        apres={cle: apres[cle] for cle in apres if avant[cle] != apres[cle]}
        | {"champs": [LIBELLES[c] for c in (*changes, *listes)]},
        date_effet=jour,
    )
    if "porteur" in changes:
        porteur_change.send(sender=FicheAction, fiche=fiche, by=by, jour=jour)
    return fiche


def _clean_champs(champs: dict[str, Any]) -> None:
    """Contrôle sur place les valeurs simples des parties, le code, le titre et la description."""
    for nom, valeur in champs.items():
        champ = CHAMPS_SECTIONS.get(nom) or _ESSENTIELS.get(nom)
        if champ is None:
            continue
        try:
            champs[nom] = clean_valeur(champ, valeur)
        except ActionImpossible as erreur:
            raise ActionImpossible(str(erreur), champ=nom) from erreur


def _read_listes(fiche: FicheAction) -> dict[str, list[Ligne]]:
    """Les listes telles que la dernière version les a gardées : rien ne les écrit sans faire de version."""
    contenu = fiche.versions.order_by("-numero").values_list("contenu", flat=True)[0]
    return {nom: contenu.get(nom, []) for nom in COLLECTIONS}


def _write_recherche(fiche: FicheAction, contenu: dict[str, Any]) -> None:
    fiche.texte_recherche = build_texte_recherche(fiche, contenu)
    fiche.save(update_fields=["texte_recherche"])


def _check_after_naissance(fiche: FicheAction, jour: date) -> None:
    naissance = fiche.faits.aggregate(m=Min("date_effet"))["m"]
    if naissance and jour < naissance:
        raise ActionImpossible(
            f"La fiche est née le {naissance:%d/%m/%Y}\u00a0: la date d’effet ne peut pas venir avant."
        )


def _check_after_dernier_fait(fiche: FicheAction, champ: ChampDate, jour: date) -> None:
    """Un fait plus ancien que le dernier ne serait pas celui en vigueur : l’état présent le contredirait."""
    dernier = fiche.faits.filter(champ=champ).aggregate(m=Max("date_effet"))["m"]
    if dernier and jour < dernier:
        raise ActionImpossible(
            f"«\u00a0{champ.label}\u00a0» a changé le {dernier:%d/%m/%Y}\u00a0: la nouvelle date d’effet ne peut pas venir avant."
        )


def _check_axe(fiche: FicheAction) -> None:
    if fiche.axe and fiche.axe.vague_id != fiche.territoire.vague_id:
        raise ActionImpossible(f"L’axe «\u00a0{fiche.axe}\u00a0» n’est pas de la phase de ce territoire.")


def _save(fiche: FicheAction) -> None:
    try:
        with transaction.atomic():
            fiche.save()
    except IntegrityError as erreur:
        if (
            fiche.code
            and FicheAction.objects.filter(territoire=fiche.territoire, code__iexact=fiche.code)
            .exclude(pk=fiche.pk)
            .exists()
        ):
            raise ActionImpossible(
                f"Le code «\u00a0{fiche.code}\u00a0» est déjà celui d’une autre fiche du territoire."
            ) from erreur
        if fiche.debut_prevu and fiche.fin_prevue and fiche.debut_prevu > fiche.fin_prevue:
            raise ActionImpossible("La fin prévue vient avant le début.") from erreur
        raise


@transaction.atomic
def move_fiche(
    *, fiche: FicheAction, vers: StatutFiche, by: Auteur, date_effet: date | None = None, motif: str = ""
) -> FicheAction:
    """Fait passer la fiche d’un état à un autre, selon la table des transitions, à une date d’effet.

    Un abandon et un renvoi portent un motif.
    """
    jour = check_date_effet(date_effet)
    fiche = (
        FicheAction.objects.select_for_update(of=("self",))
        .select_related("territoire__vague", "axe", "porteur")
        .get(pk=fiche.pk)
    )
    policies.check_can_move(fiche, vers)
    if policies.needs_motif(StatutFiche(fiche.statut), vers) and not motif.strip():
        raise ActionImpossible(f"Dites pourquoi la fiche passe à «\u00a0{StatutFiche(vers).label}\u00a0».")
    _check_after_dernier_fait(fiche, ChampDate.STATUT, jour)
    avant = StatutFiche(fiche.statut)
    if policies.TRANSITIONS[avant][vers] is Permission.FICHE_INSTRUCT:
        mark_lue(fiche=fiche, by=by)
    fiche.statut = vers
    if vers is not StatutFiche.ABANDONNEE:
        fiche.fusionnee_dans = None
    fiche.version += 1
    fiche.modifiee_at = maintenant()
    _save(fiche)
    _write_version(fiche, by, get_scalaires(fiche) | _read_listes(fiche))
    _write_fait(fiche, ChampDate.STATUT, vers, jour, by)
    _update_attentes(fiche, avant, vers, jour, motif)
    record(
        events.STATUT_MODIFIE,
        cible=fiche,
        territoire=fiche.territoire.cle,
        by=by,
        motif=motif,
        avant={"statut": avant.label},
        apres={"statut": StatutFiche(vers).label},
        date_effet=jour,
    )
    return fiche


@transaction.atomic
def mark_lue(*, fiche: FicheAction, by: Auteur) -> LectureFiche | None:
    """La Région dit avoir lu la version présente. Déjà lue : rien ne change, None."""
    if LectureFiche.objects.filter(fiche=fiche, version=fiche.version).exists():
        return None
    lecture = LectureFiche.objects.create(
        fiche=fiche, version=fiche.version, lue_le=maintenant(), lecteur=str(by)[:200]
    )
    record(
        events.LUE,
        cible=fiche,
        territoire=fiche.territoire.cle,
        by=by,
        apres={"version": fiche.version},
    )
    return lecture


# Ce qu’une restauration reprend : le contenu, non ce qui est compté ou daté à part (état, maturité, visibilité, code, rang).
RESTAURES = (
    "titre",
    "axe",
    "presentateur",
    "porteur",
    "etat_porteur",
    "description",
    "debut_prevu",
    "fin_prevue",
    *CHAMPS_SECTIONS,
    *COLLECTIONS,
)


@transaction.atomic
def restore_version(*, fiche: FicheAction, numero: int, by: Auteur, version_lue: int) -> FicheAction:
    """Rend à la fiche le contenu d’une version passée, en une version nouvelle : rien de ce qui suit n’est perdu.

    L’état, la maturité, la visibilité, le code et le rang restent ceux d’aujourd’hui. Version inconnue : ActionImpossible.
    """
    version = get_version(fiche, numero)
    if version is None:
        raise ActionImpossible(f"La fiche n’a pas de version {numero}.")
    contenu = version.contenu
    champs = {nom: contenu[nom] for nom in RESTAURES if nom in contenu}
    for nom in ("debut_prevu", "fin_prevue"):
        champs[nom] = date.fromisoformat(contenu[nom]) if contenu[nom] else None
    champs["axe"] = fiche.territoire.vague.axes.filter(code=contenu["axe"]).first()
    champs["porteur"] = Organisation.objects.filter(pk=contenu["porteur_id"]).first()
    return update_fiche(fiche=fiche, by=by, version_lue=version_lue, **champs)


# --- brouillons ----------------------------------------------------------------------------------------------------

BROUILLON_MAX = 500_000  # signes


@transaction.atomic
def save_brouillon(
    *, fiche: FicheAction, partie: str, champs: list[tuple[str, str]], by: Personne
) -> BrouillonFiche:
    """Garde ce qu’une personne est en train d’écrire d’une partie : ni version, ni journal, visible d’elle seule."""
    if sum(len(nom) + len(valeur) for nom, valeur in champs) > BROUILLON_MAX:
        raise ActionImpossible(
            "Ce texte est trop long pour être gardé en brouillon\u00a0: enregistrez-le, ou raccourcissez-le."
        )
    brouillon, _ = BrouillonFiche.objects.update_or_create(
        fiche=fiche,
        personne=by,
        partie=partie,
        defaults={
            "champs": [[nom, valeur.replace("\x00", "")] for nom, valeur in champs],
            "modifie_le": maintenant(),
        },
    )
    return brouillon


@transaction.atomic
def drop_brouillon(*, fiche: FicheAction, partie: str, by: Personne) -> None:
    """Oublie le brouillon d’une personne : il est enregistré, ou elle n’en veut plus."""
    BrouillonFiche.objects.filter(fiche=fiche, personne=by, partie=partie).delete()


# Qui est attendu dans chaque état : rôle sur le territoire (ou Région) et ce qu’on attend de lui.
ATTENTES: dict[StatutFiche, tuple[str, str]] = {
    StatutFiche.PROPOSEE: ("elu", "Retenir ou renvoyer la fiche"),
    StatutFiche.RETENUE: ("chef_projet", "Transmettre à la Région la fiche"),
    StatutFiche.TRANSMISE: ("region", "Instruire la fiche"),
    StatutFiche.A_COMPLETER: ("chef_projet", "Compléter la fiche"),
    StatutFiche.REFUSEE: ("chef_projet", "Reprendre ou abandonner, après le refus de la Région, la fiche"),
}
ATTENTE_RENVOI = ("chef_projet", "Reprendre la fiche renvoyée au brouillon")


def _update_attentes(
    fiche: FicheAction, depuis: StatutFiche, vers: StatutFiche, jour: date, motif: str
) -> None:
    """Qui est attendu ensuite. Le motif d’une demande, d’un refus ou d’un renvoi est écrit là où il attend."""
    close_attente(code="fiches.suite", objet=fiche)
    attente = ATTENTE_RENVOI if (depuis, vers) in policies.RENVOIS else ATTENTES.get(vers)
    if attente:
        role, phrase = attente
        open_attente(
            code="fiches.suite",
            objet=fiche,
            role=role,
            territoire=fiche.territoire.cle,
            territoire_nom=fiche.territoire.nom,
            libelle=f"{phrase} «\u00a0{fiche}\u00a0»",
            motif=motif.strip() if policies.needs_motif(depuis, vers) else "",
            url=fiche.get_absolute_url(),
            depuis=jour,
        )


@transaction.atomic
def open_acces(*, fiche: FicheAction, organisation: Organisation, motif: str, by: Auteur) -> None:
    """Ouvre la fiche à une organisation (porteur, financeur sollicité). Déjà ouverte : rien ne change."""
    _, cree = AccesFiche.objects.get_or_create(
        fiche=fiche, organisation=organisation, defaults={"motif": motif, "ouvert_at": maintenant()}
    )
    if cree:
        record(
            events.ACCES_OUVERT,
            cible=fiche,
            territoire=fiche.territoire.cle,
            by=by,
            apres={"organisation": organisation.nom, "motif": motif},
        )


@transaction.atomic
def freeze_plan_actions(
    *,
    territoire: Territoire,
    fiches: list[FicheAction],
    titre: str,
    by: Auteur,
    date_effet: date | None = None,
) -> PlanActions:
    """Fige la version présente de chaque fiche, dans l’ordre donné : rien de ce plan ne bougera plus."""
    jour = check_date_effet(date_effet)
    if not fiches:
        raise ActionImpossible("Un plan d’actions contient au moins une fiche.")
    plan = PlanActions.objects.create(
        territoire=territoire, titre=titre, date_effet=jour, fige_at=maintenant(), fige_by=str(by)
    )
    versions = {
        (v.fiche_id, v.numero): v for v in VersionFiche.objects.filter(fiche__in=fiches).order_by("id")
    }
    PlanActionsFiche.objects.bulk_create(
        PlanActionsFiche(plan=plan, version=versions[fiche.pk, fiche.version], rang=rang)
        for rang, fiche in enumerate(fiches, start=1)
    )
    record(
        events.PLAN_FIGE,
        cible=plan,
        territoire=territoire.cle,
        by=by,
        apres={"nombre": len(fiches)},
        date_effet=jour,
    )
    return plan
