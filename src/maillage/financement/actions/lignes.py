"""Actes sur une ligne de financement : l’inscrire, la faire avancer."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from calcul.financement import modele
from calcul.montants import format_montant
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.dispositifs.models import Dispositif
from maillage.documents.actions import store_piece
from maillage.documents.models import Piece
from maillage.fiches.actions import check_date_effet, open_acces
from maillage.fiches.models import FicheAction
from maillage.financement import events, policies
from maillage.financement.actions.enveloppes import charge_enveloppe
from maillage.financement.actions.mouvements import compute_deltas, write_mouvement
from maillage.financement.actions.plan import check_montant, lock_plan, open_plan, refresh_bouclage
from maillage.financement.enums import Mesure, NatureLigne, OrigineFinanceur, StatutLigne, TypeService
from maillage.financement.models import Enveloppe, EtapeLigne, LigneFinancement, get_libelle_statut
from maillage.financement.permissions import (
    check_user_can_confirm_part,
    check_user_can_move_ligne,
    check_user_can_send_lien,
)
from maillage.financement.selectors import say_demande
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant

S = StatutLigne
CODE_QUESTION = "financement.question"


@transaction.atomic
def add_ligne(
    *,
    fiche: FicheAction,
    financeur: Organisation,
    nature: NatureLigne,
    montant: int,
    by: Auteur,
    origine: OrigineFinanceur | None = None,
    dispositif: Dispositif | None = None,
    dispositif_libelle: str = "",
    date_effet: date | None = None,
) -> LigneFinancement:
    """Inscrit un financement « pressenti » (centimes, > 0) : une intention du territoire, qui n’engage personne.

    `origine` : d’où vient l’argent ; sans elle, celle du financeur (policies.get_origine).
    `dispositif` : celui du catalogue ; `dispositif_libelle` : son nom, quand le catalogue ne l’a pas.
    """
    jour = check_date_effet(date_effet)
    plan = lock_plan(open_plan(fiche=fiche, by=by, date_effet=jour).pk)
    if nature == NatureLigne.SERVICE:
        raise ActionImpossible(
            "Un service se demande sans montant\u00a0: choisissez «\u00a0Demander un service\u00a0»."
        )
    check_montant(montant)
    if plan.sans_besoin_depuis:
        raise ActionImpossible(
            "La fiche est déclarée sans besoin financier\u00a0: levez d’abord cette déclaration."
        )
    if nature in policies.PARTS_PROPRES:
        if plan.fiche.porteur_id is None:
            raise ActionImpossible(
                "L’autofinancement est payé par le porteur\u00a0: désignez d’abord le porteur de la fiche."
            )
        if financeur.pk != plan.fiche.porteur_id:
            raise ActionImpossible(
                f"L’autofinancement et l’emprunt sont payés par le porteur, {plan.fiche.porteur}."
            )
    if origine is None:
        origine = policies.get_origine(
            type_organisation=TypeOrganisation(financeur.type),
            is_porteur=financeur.pk == plan.fiche.porteur_id,
        )
    if dispositif is not None and dispositif.financeur_id not in (None, financeur.pk):
        raise ActionImpossible(
            f"«\u00a0{dispositif}\u00a0» est un dispositif de {dispositif.financeur}, pas de {financeur}\u00a0: choisissez son financeur.",
            champ="dispositif",
        )
    try:
        modele.get_categorie(modele.NatureLigne(nature), modele.OrigineFinanceur(origine))
    except modele.LigneImpossible as erreur:
        raise ActionImpossible(str(erreur)) from erreur
    return _create_ligne(
        plan=plan,
        financeur=financeur,
        nature=nature,
        origine=origine,
        dispositif=dispositif,
        dispositif_libelle="" if dispositif else dispositif_libelle.strip(),
        montant_pressenti=montant,
        statut_depuis=jour,
        by=by,
    )


@transaction.atomic
def add_service(
    *,
    fiche: FicheAction,
    financeur: Organisation,
    service: TypeService,
    objet: str,
    by: Auteur,
    dispositif: Dispositif | None = None,
    dispositif_libelle: str = "",
    date_effet: date | None = None,
) -> LigneFinancement:
    """Inscrit une demande de service « pressentie » : mêmes états, mêmes délais, mêmes réponses qu’un financement, et
    aucun montant. Elle ne boucle rien ; une fiche sans besoin financier peut en porter.

    ActionImpossible sans dire ce qui est demandé, ou si l’organisme est le porteur lui-même.
    """
    jour = check_date_effet(date_effet)
    plan = lock_plan(open_plan(fiche=fiche, by=by, date_effet=jour).pk)
    if not objet.strip():
        raise ActionImpossible("Dites ce que vous demandez\u00a0: l’organisme le lira.")
    if financeur.pk == plan.fiche.porteur_id:
        raise ActionImpossible(
            f"{financeur} porte la fiche\u00a0: un service se demande à un autre organisme."
        )
    return _create_ligne(
        plan=plan,
        financeur=financeur,
        nature=NatureLigne.SERVICE,
        origine=policies.get_origine(type_organisation=TypeOrganisation(financeur.type), is_porteur=False),
        service=service,
        objet=objet.strip(),
        dispositif=dispositif,
        dispositif_libelle="" if dispositif else dispositif_libelle.strip(),
        montant_pressenti=0,
        statut_depuis=jour,
        by=by,
    )


def _create_ligne(*, by: Auteur, **champs: Any) -> LigneFinancement:
    ligne = LigneFinancement.objects.create(**champs)
    plan, jour = ligne.plan, ligne.statut_depuis
    montant = None if ligne.is_service else ligne.montant_pressenti
    EtapeLigne.objects.create(
        ligne=ligne,
        vers=S.PRESSENTI,
        montant=montant,
        date_effet=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
    )
    record(
        events.LIGNE_AJOUTEE,
        cible=ligne,
        territoire=plan.fiche.territoire.cle,
        by=by,
        apres={
            "financeur": ligne.financeur.nom,
            "montant": montant,
            "service": TypeService(ligne.service).label if ligne.is_service else "",
            "fiche": str(plan.fiche),
        },
        date_effet=jour,
    )
    refresh_bouclage(plan, by, jour)
    return ligne


@transaction.atomic
def move_ligne(
    *,
    ligne: LigneFinancement,
    vers: StatutLigne,
    by: Any,
    montant: int | None = None,
    piece: Piece | None = None,
    fichier: "UploadedFile[Any] | None" = None,
    motif: str = "",
    conditions: str = "",
    numero_dossier: str = "",
    date_effet: date | None = None,
    etape_lue: int | None = None,
    enveloppe: Enveloppe | None = None,
    hors_enveloppe: bool = False,
) -> LigneFinancement:
    """Fait avancer une ligne d’un état à un autre, au jour de l’effet, par celui qui a la main.

    `montant` (centimes) : demandé, annoncé, attesté, accordé, conventionné ; pour un versement, la somme versée ce jour
    (0 pour solder une ligne déjà toute versée).
    Aller d’« accordé » à « accordé », ou de « conventionné » à « conventionné », corrige le montant. Accorder plus que ce
    qui est demandé veut un `motif`.
    `conditions` : celles d’un accord. `enveloppe` : celle qui le paie (à défaut, la seule qui convienne ; aucune avec
    `hors_enveloppe`) : voir `actions.enveloppes.charge_enveloppe`.
    « Accordé » et au-delà demandent une `piece`, ou un `fichier` gardé comme pièce si tout le reste est bon.
    `etape_lue` : la dernière étape que la personne avait sous les yeux ; s’il y en a une plus récente, ConflitEdition
    (un même versement n’est pas compté deux fois). AccesRefuse si `by` n’a pas la main ; ActionImpossible sinon.
    """
    jour = check_date_effet(date_effet)
    ligne = lock_ligne(ligne)
    if etape_lue is not None:
        policies.check_etape_lue(ligne, lue=etape_lue, derniere=ligne.etapes.latest("id").pk)
    policies.check_can_move(ligne, vers)
    check_user_can_move_ligne(by, ligne, vers)
    return _advance(
        ligne=ligne,
        vers=vers,
        by=by,
        jour=jour,
        montant=montant,
        piece=piece,
        fichier=fichier,
        motif=motif,
        conditions=conditions,
        numero_dossier=numero_dossier,
        enveloppe=enveloppe,
        hors_enveloppe=hors_enveloppe,
    )


@transaction.atomic
def revise_ligne(
    *,
    ligne: LigneFinancement,
    montant: int,
    by: Any,
    motif: str = "",
    date_effet: date | None = None,
    etape_lue: int | None = None,
) -> LigneFinancement:
    """Le territoire revoit le montant pressenti ou demandé (centimes, > 0), tant que le financeur n’a rien promis.

    L’état et le jour de la demande ne changent pas ; l’ancien montant reste dans l’histoire. ActionImpossible si la ligne
    est déjà répondue ; ConflitEdition si elle a avancé depuis `etape_lue` ; AccesRefuse à qui ne peut pas demander.
    """
    jour = check_date_effet(date_effet)
    ligne = lock_ligne(ligne)
    plan, statut = ligne.plan, S(ligne.statut)
    if etape_lue is not None:
        policies.check_etape_lue(ligne, lue=etape_lue, derniere=ligne.etapes.latest("id").pk)
    policies.check_can_revise(ligne)
    check_user_can_send_lien(by, ligne)
    check_montant(montant)
    _check_jour(ligne, jour)
    avant = policies.get_montant_revu(ligne)
    if montant == avant:
        return ligne
    etape = EtapeLigne.objects.create(
        ligne=ligne,
        vers=statut,
        montant=montant,
        date_effet=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        motif=motif.strip(),
    )
    if statut is S.PRESSENTI:
        ligne.montant_pressenti = montant
    else:
        write_mouvement(etape, ligne, Mesure.DEMANDE, montant - ligne.montant_demande, jour)
        ligne.montant_demande = montant
    ligne.save()
    if statut is not S.PRESSENTI:
        _update_attentes(ligne, statut, ligne.statut_depuis, by)
    record(
        events.LIGNE_REVUE,
        cible=ligne,
        territoire=plan.fiche.territoire.cle,
        by=by,
        motif=motif,
        avant={"montant": avant},
        apres={
            "montant": montant,
            "quoi": "pressenti" if statut is S.PRESSENTI else "demandé",
            "financeur": ligne.financeur.nom,
            "fiche": str(plan.fiche),
        },
        date_effet=jour,
    )
    refresh_bouclage(plan, by, jour)
    return ligne


@transaction.atomic
def confirm_part(
    *,
    ligne: LigneFinancement,
    by: Any,
    montant: int,
    piece: Piece | None = None,
    fichier: "UploadedFile[Any] | None" = None,
    motif: str = "",
    date_effet: date | None = None,
    etape_lue: int | None = None,
) -> LigneFinancement:
    """Le porteur confirme d’un geste la part qu’il paie (centimes), pièce à l’appui, même si nul ne la lui a demandée.

    Ce qui n’était que pressenti est demandé puis accordé le même jour : les deux étapes restent dans l’histoire.
    AccesRefuse si `by` n’est pas du porteur ; ActionImpossible si la ligne n’est pas sa part, ou est déjà tranchée.
    """
    jour = check_date_effet(date_effet)
    ligne = lock_ligne(ligne)
    if etape_lue is not None:
        policies.check_etape_lue(ligne, lue=etape_lue, derniere=ligne.etapes.latest("id").pk)
    policies.check_can_confirm_part(ligne)
    check_user_can_confirm_part(by, ligne)
    if ligne.statut == S.PRESSENTI:
        ligne = _advance(ligne=ligne, vers=S.SOLLICITE, by=by, jour=jour, montant=montant, annonce=False)
    return _advance(
        ligne=ligne,
        vers=S.ACCORDE,
        by=by,
        jour=jour,
        montant=montant,
        piece=piece,
        fichier=fichier,
        motif=motif,
    )


def lock_ligne(ligne: LigneFinancement) -> LigneFinancement:
    """La ligne relue, son plan verrouillé : deux actes sur un plan passent l’un après l’autre."""
    plan = lock_plan(ligne.plan_id)
    ligne = LigneFinancement.objects.select_related("financeur", "enveloppe").get(pk=ligne.pk)
    ligne.plan = plan
    return ligne


def _advance(
    *,
    ligne: LigneFinancement,
    vers: StatutLigne,
    by: Any,
    jour: date,
    montant: int | None = None,
    piece: Piece | None = None,
    fichier: "UploadedFile[Any] | None" = None,
    motif: str = "",
    conditions: str = "",
    numero_dossier: str = "",
    annonce: bool = True,
    enveloppe: Enveloppe | None = None,
    hors_enveloppe: bool = False,
) -> LigneFinancement:
    """Écrit le pas d’une ligne verrouillée, une fois dit qui a la main. `annonce` : prévenir qui est attendu ensuite."""
    plan = ligne.plan
    if policies.needs_montant(ligne, vers):
        if montant is None and vers is S.SOLLICITE:
            montant = ligne.montant_pressenti
        if montant is None:
            raise ActionImpossible(f"Indiquez le montant pour passer à «\u00a0{S(vers).label}\u00a0».")
        if vers is not S.SOLDE or montant:
            check_montant(montant)
        elif not ligne.montant_verse:
            raise ActionImpossible(
                "Rien n’a été versé sur cette ligne\u00a0: elle ne peut pas être soldée. Constatez plutôt sa caducité."
            )
    else:
        montant = None
    if vers in policies.DEMANDE_PIECE and piece is None and fichier is None:
        raise ActionImpossible(
            f"Joignez la pièce qui prouve l’état «\u00a0{S(vers).label}\u00a0»\u00a0: arrêté, lettre, convention, avis de paiement."
        )
    if vers in policies.DEMANDE_MOTIF and not motif.strip():
        raise ActionImpossible(f"Dites pourquoi la ligne passe à «\u00a0{S(vers).label}\u00a0».")
    if vers is S.ACCORDE and montant and montant > ligne.montant_demande and not motif.strip():
        raise ActionImpossible(
            f"Le montant accordé ({format_montant(montant)}) dépasse le montant demandé "
            f"({format_montant(ligne.montant_demande)})\u00a0: vérifiez-le, ou dites dans le motif pourquoi vous accordez plus."
        )
    _check_jour(ligne, jour)
    avant = S(ligne.statut)
    deltas = compute_deltas(ligne, vers, montant)
    if vers is S.ACCORDE or (ligne.enveloppe and deltas.get(Mesure.ACCORDE, 0) > 0):
        ligne.enveloppe = charge_enveloppe(
            ligne=ligne,
            delta=deltas.get(Mesure.ACCORDE, 0),
            jour=jour,
            by=by,
            enveloppe=enveloppe,
            hors_enveloppe=hors_enveloppe,
        )
    if fichier is not None:
        piece = store_piece(
            contenu=fichier,
            nom=fichier.name or "",
            by=by,
            description=f"{ligne.financeur}\u00a0: {S(vers).label}",
        )
    etape = EtapeLigne.objects.create(
        ligne=ligne,
        vers=vers,
        montant=montant,
        date_effet=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        piece=piece,
        motif=motif.strip(),
        conditions=conditions.strip() if vers is S.ACCORDE else "",
    )
    for champ in policies.get_premieres_fois(ligne, vers, montant):
        setattr(ligne, champ, jour)
    for mesure, delta in deltas.items():
        champ = f"montant_{mesure.value}"
        setattr(ligne, champ, getattr(ligne, champ) + delta)
        write_mouvement(etape, ligne, mesure, delta, jour)
    if not (vers is avant and vers in policies.CORRIGIBLES):
        ligne.statut, ligne.statut_depuis = vers, jour
    ligne.numero_dossier = numero_dossier.strip() or ligne.numero_dossier
    ligne.save()
    if annonce:
        _update_attentes(ligne, vers, jour, by)
    record(
        events.LIGNE_AVANCEE,
        cible=ligne,
        territoire=plan.fiche.territoire.cle,
        by=by,
        motif=motif,
        avant={"statut": avant.label},
        apres={
            "statut": get_libelle_statut(vers, is_service=ligne.is_service),
            "montant": montant,
            "financeur": ligne.financeur.nom,
            "fiche": str(plan.fiche),
        },
        date_effet=jour,
    )
    refresh_bouclage(plan, by, jour)
    return ligne


def _check_jour(ligne: LigneFinancement, jour: date) -> None:
    dernier_jour = ligne.etapes.aggregate(jour=Max("date_effet"))["jour"]
    if dernier_jour and jour < dernier_jour:
        raise ActionImpossible(
            f"Le dernier pas de cette ligne date du {dernier_jour:%d/%m/%Y}\u00a0: la date d’effet ne peut pas venir avant."
        )


def _update_attentes(ligne: LigneFinancement, vers: StatutLigne, jour: date, by: Any) -> None:
    fiche = ligne.plan.fiche
    close_attente(code="financement.repondre", objet=ligne)
    if vers not in policies.EN_ATTENTE_DU_FINANCEUR:
        close_attente(code=CODE_QUESTION, objet=ligne)  # il a décidé sans attendre la réponse
    if vers in policies.EN_ATTENTE_DU_FINANCEUR:
        open_acces(fiche=fiche, organisation=ligne.financeur, motif="financeur", by=by)
        phrase = "Confirmer la pièce déposée pour" if vers is S.ATTESTE else "Répondre à la demande de"
        open_attente(
            code="financement.repondre",
            objet=ligne,
            organisation=ligne.financeur,
            territoire=fiche.territoire.cle,
            territoire_nom=fiche.territoire.nom,
            libelle=f"{phrase} {say_demande(ligne)}\u00a0: {fiche}",
            url=get_ligne_url(ligne),
            depuis=jour,
        )
    # Une demande revue récrit à qui doit répondre : il n’a peut-être que ce courriel.
    if vers is S.SOLLICITE and ligne.financeur.courriel:
        send_courriel(
            destinataire=ligne.financeur.courriel,
            gabarit="ligne_sollicitee",
            contexte={
                "ligne": ligne,
                "fiche": fiche,
                "demande": say_demande(ligne),
                "url": get_ligne_url(ligne),
            },
            motif=f"{ligne.financeur} est sollicité pour cette action",
        )


def get_ligne_url(ligne: LigneFinancement) -> str:
    """Adresse de la page où un financeur répond à la ligne."""
    return reverse("ligne-detail", args=[ligne.pk])
