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
from maillage.financement.actions.mouvements import compute_deltas, write_mouvement
from maillage.financement.actions.plan import check_montant, lock_plan, open_plan, refresh_bouclage
from maillage.financement.enums import NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import EtapeLigne, LigneFinancement
from maillage.financement.permissions import check_user_can_confirm_part, check_user_can_move_ligne
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant

S = StatutLigne


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
    ligne = LigneFinancement.objects.create(
        plan=plan,
        financeur=financeur,
        nature=nature,
        origine=origine,
        dispositif=dispositif,
        dispositif_libelle="" if dispositif else dispositif_libelle.strip(),
        montant_pressenti=montant,
        statut_depuis=jour,
    )
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
        apres={"financeur": financeur.nom, "montant": montant, "fiche": str(plan.fiche)},
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
    numero_dossier: str = "",
    date_effet: date | None = None,
    etape_lue: int | None = None,
) -> LigneFinancement:
    """Fait avancer une ligne d’un état à un autre, au jour de l’effet, par celui qui a la main.

    `montant` (centimes) : demandé, annoncé, attesté, accordé, conventionné ; pour un versement, la somme versée ce jour
    (0 pour solder une ligne déjà toute versée).
    Aller d’« accordé » à « accordé », ou de « conventionné » à « conventionné », corrige le montant. Accorder plus que ce
    qui est demandé veut un `motif`.
    « Accordé » et au-delà demandent une `piece`, ou un `fichier` gardé comme pièce si tout le reste est bon.
    `etape_lue` : la dernière étape que la personne avait sous les yeux ; s’il y en a une plus récente, ConflitEdition
    (un même versement n’est pas compté deux fois). AccesRefuse si `by` n’a pas la main ; ActionImpossible sinon.
    """
    jour = check_date_effet(date_effet)
    ligne = _lock_ligne(ligne)
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
        numero_dossier=numero_dossier,
    )


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
    ligne = _lock_ligne(ligne)
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


def _lock_ligne(ligne: LigneFinancement) -> LigneFinancement:
    plan = lock_plan(ligne.plan_id)
    ligne = LigneFinancement.objects.select_related("financeur").get(pk=ligne.pk)
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
    numero_dossier: str = "",
    annonce: bool = True,
) -> LigneFinancement:
    """Écrit le pas d’une ligne verrouillée, une fois dit qui a la main. `annonce` : prévenir qui est attendu ensuite."""
    plan = ligne.plan
    if vers in policies.DEMANDE_MONTANT:
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
    dernier_jour = ligne.etapes.aggregate(jour=Max("date_effet"))["jour"]
    if dernier_jour and jour < dernier_jour:
        raise ActionImpossible(
            f"Le dernier pas de cette ligne date du {dernier_jour:%d/%m/%Y}\u00a0: la date d’effet ne peut pas venir avant."
        )
    avant = S(ligne.statut)
    deltas = compute_deltas(ligne, vers, montant)
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
    )
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
            "statut": S(vers).label,
            "montant": montant,
            "financeur": ligne.financeur.nom,
            "fiche": str(plan.fiche),
        },
        date_effet=jour,
    )
    refresh_bouclage(plan, by, jour)
    return ligne


def _update_attentes(ligne: LigneFinancement, vers: StatutLigne, jour: date, by: Any) -> None:
    fiche = ligne.plan.fiche
    close_attente(code="financement.repondre", objet=ligne)
    if vers in policies.EN_ATTENTE_DU_FINANCEUR:
        open_acces(fiche=fiche, organisation=ligne.financeur, motif="financeur", by=by)
        phrase = "Confirmer la pièce déposée pour" if vers is S.ATTESTE else "Répondre à la demande de"
        open_attente(
            code="financement.repondre",
            objet=ligne,
            organisation=ligne.financeur,
            territoire=fiche.territoire.cle,
            territoire_nom=fiche.territoire.nom,
            libelle=f"{phrase} {format_montant(ligne.montant_demande)}\u00a0: {fiche}",
            url=get_ligne_url(ligne),
            depuis=jour,
        )
    if vers is S.SOLLICITE and ligne.financeur.courriel:
        send_courriel(
            destinataire=ligne.financeur.courriel,
            gabarit="ligne_sollicitee",
            contexte={
                "ligne": ligne,
                "fiche": fiche,
                "montant": format_montant(ligne.montant_demande),
                "url": get_ligne_url(ligne),
            },
            motif=f"{ligne.financeur} est sollicité pour cette action",
        )


def get_ligne_url(ligne: LigneFinancement) -> str:
    """Adresse de la page où un financeur répond à la ligne."""
    return reverse("ligne-detail", args=[ligne.pk])
