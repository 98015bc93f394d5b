"""Questions, réponses et avis sur une demande : ce qui se dit avant de décider."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from calcul.francais import with_article
from maillage.documents.actions import store_piece
from maillage.fiches.actions import check_date_effet
from maillage.financement import events, policies
from maillage.financement.actions.lignes import CODE_QUESTION, get_ligne_url, lock_ligne
from maillage.financement.enums import NatureEchange, SensAvisFinanceur
from maillage.financement.models import EchangeLigne, LigneFinancement
from maillage.financement.permissions import check_user_can_reply, check_user_is_financeur_of
from maillage.journal.actions import record
from maillage.notifications.actions import close_attente, open_attente
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires.enums import RoleMandat

N = NatureEchange


@transaction.atomic
def ask_question(
    *,
    ligne: LigneFinancement,
    texte: str,
    by: Any,
    fichier: "UploadedFile[Any] | None" = None,
    date_effet: date | None = None,
) -> EchangeLigne:
    """Le financeur demande une précision, une pièce : l’équipe du territoire est attendue. Vaut première réponse.

    AccesRefuse à qui n’est pas du financeur ; ActionImpossible si la ligne n’attend plus sa décision.
    """
    ligne = lock_ligne(ligne)
    check_user_is_financeur_of(by, ligne)
    policies.check_attend_financeur(ligne)
    echange = _write(ligne, N.QUESTION, texte, by, fichier=fichier, date_effet=date_effet)
    fiche = ligne.plan.fiche
    nom = with_article(ligne.financeur.nom)
    open_attente(
        code=CODE_QUESTION,
        objet=ligne,
        role=RoleMandat.CHEF_PROJET,
        territoire=fiche.territoire.cle,
        territoire_nom=fiche.territoire.nom,
        libelle=f"Répondre à la question posée par {nom}\u00a0: {fiche}",
        motif=echange.texte,
        url=get_ligne_url(ligne),
        depuis=echange.date_effet,
    )
    return echange


@transaction.atomic
def reply_question(
    *,
    ligne: LigneFinancement,
    texte: str,
    by: Any,
    fichier: "UploadedFile[Any] | None" = None,
    date_effet: date | None = None,
) -> EchangeLigne:
    """L’équipe du territoire répond à la dernière question. ActionImpossible si aucune n’attend de réponse."""
    ligne = lock_ligne(ligne)
    check_user_can_reply(by, ligne)
    if not policies.has_question_ouverte(list(ligne.echanges.all())):
        raise ActionImpossible(
            "Aucune question n’attend de réponse sur cette ligne\u00a0: relisez les échanges."
        )
    echange = _write(ligne, N.REPONSE, texte, by, fichier=fichier, date_effet=date_effet)
    close_attente(code=CODE_QUESTION, objet=ligne)
    return echange


@transaction.atomic
def give_avis(
    *,
    ligne: LigneFinancement,
    sens: SensAvisFinanceur,
    texte: str,
    by: Any,
    fichier: "UploadedFile[Any] | None" = None,
    date_effet: date | None = None,
) -> EchangeLigne:
    """Le financeur donne un avis, qui n’est pas une décision : la ligne n’avance pas. Vaut première réponse."""
    ligne = lock_ligne(ligne)
    check_user_is_financeur_of(by, ligne)
    policies.check_attend_financeur(ligne)
    return _write(ligne, N.AVIS, texte, by, sens=sens, fichier=fichier, date_effet=date_effet)


def _write(
    ligne: LigneFinancement,
    nature: NatureEchange,
    texte: str,
    by: Any,
    *,
    sens: str = "",
    fichier: "UploadedFile[Any] | None",
    date_effet: date | None,
) -> EchangeLigne:
    jour = check_date_effet(date_effet)
    if not texte.strip():
        raise ActionImpossible("Écrivez votre message\u00a0: il sera lu par l’autre partie.", champ="texte")
    if ligne.sollicite_le and jour < ligne.sollicite_le:
        raise ActionImpossible(
            f"La demande date du {ligne.sollicite_le:%d/%m/%Y}\u00a0: rien n’a pu en être dit avant.",
            champ="date_effet",
        )
    piece = None
    if fichier is not None:
        piece = store_piece(
            contenu=fichier,
            nom=fichier.name or "",
            by=by,
            description=f"{ligne.financeur}\u00a0: {nature.label}",
        )
    echange = EchangeLigne.objects.create(
        ligne=ligne,
        nature=nature,
        sens=sens,
        texte=texte.strip(),
        date_effet=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        piece=piece,
    )
    if nature is not N.REPONSE and ligne.repondu_le is None:
        ligne.repondu_le = jour
        ligne.save(update_fields=["repondu_le"])
    record(
        events.ECHANGE,
        cible=ligne,
        territoire=ligne.plan.fiche.territoire.cle,
        by=by,
        motif=echange.texte,
        apres={
            "nature": nature.label,
            "sens": echange.get_sens_display() if sens else "",
            "financeur": ligne.financeur.nom,
            "fiche": str(ligne.plan.fiche),
        },
        date_effet=jour,
    )
    return echange
