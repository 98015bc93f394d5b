"""Arrêter un projet : figer les fiches, dessiner le PDF et le Word, garder leur empreinte ; le reprendre s’il le faut."""

from datetime import date

from django.db import transaction

from maillage.comptes.actions import revoke_liens
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Personne
from maillage.contrats import events, policies
from maillage.contrats.actions.projet import lock_acte
from maillage.contrats.actions.signature import open_attentes
from maillage.contrats.composition import compose_acte
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, ArretRemplace
from maillage.contrats.selectors import compute_empreinte_projet, fiches_a_inscrire, find_sans_moyen
from maillage.documents.actions import store_piece
from maillage.documents.blocs import to_json
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.fiches.actions import check_date_effet, freeze_plan_actions
from maillage.financement.selectors_plans import read_plans
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import maintenant

S = StatutActe
# Ce que l’arrêt écrit dans l’acte, et qu’un arrêt repris garde.
CHAMPS_ARRET = ("plan_actions", "contenu", "piece_pdf", "piece_word", "arrete_at", "arrete_by", "arrete_le")


def freeze_acte(*, acte: Acte, by: Personne, empreinte_lue: str = "", date_effet: date | None = None) -> Acte:
    """Arrête un projet : fige les versions des fiches, dessine le PDF et le Word, garde leur empreinte SHA-256.

    `date_effet` : jour que porte le document (défaut : ce jour), jamais dans l’avenir.
    Les fiches retenues, transmises, validées ou inscrites ce jour-là y entrent, dans leur ordre de présentation, avec leur
    financement de ce jour-là ; s’il ne se relit plus, ActionImpossible.
    `empreinte_lue` : celle de ce que la personne a relu (selectors.compute_empreinte_projet). Si le texte, une fiche,
    un financement ou les signataires ont changé depuis, ou pendant le dessin (fait hors transaction), ConflitEdition et rien n’est écrit.
    """
    jour = check_date_effet(date_effet)
    acte = Acte.objects.select_related("territoire__vague", "territoire__region", "avenant_de").get(
        pk=acte.pk
    )
    signataires = list(acte.signataires.select_related("organisation", "groupe"))
    fiches = list(fiches_a_inscrire(acte.territoire, au=jour))
    policies.check_can_freeze(acte, signataires, fiches, find_sans_moyen(signataires))
    plans = read_plans(fiches, au=jour)
    empreinte = compute_empreinte_projet(acte, fiches=fiches, signataires=signataires, plans=plans)
    if empreinte_lue and empreinte_lue != empreinte:
        raise ConflitEdition(
            f"Ce que l’acte arrêté au {format_jour(jour)} contiendrait n’est pas ce que vous avez relu\u00a0: la date, le projet, une "
            "fiche, un financement ou les signataires ont changé depuis. Relisez ci-dessous, puis confirmez."
        )
    document = compose_acte(acte, fiches=fiches, signataires=signataires, arrete=True, jour=jour, plans=plans)
    pdf, word = render_pdf(document), render_word(document)
    nom = f"{acte.nature}-{acte.territoire.vague.code}-{acte.territoire.id_ti}"
    with transaction.atomic():
        verrou = lock_acte(acte)
        signataires = list(verrou.signataires.select_related("organisation", "groupe"))
        fiches = list(fiches_a_inscrire(verrou.territoire, au=jour))
        plans = read_plans(fiches, au=jour)
        relue = compute_empreinte_projet(verrou, fiches=fiches, signataires=signataires, plans=plans)
        if relue != empreinte:
            raise ConflitEdition(
                "Le projet, une fiche, un financement ou les signataires ont changé pendant qu’on dessinait l’acte. Relisez, puis recommencez."
            )
        policies.check_can_freeze(verrou, signataires, fiches, find_sans_moyen(signataires))
        verrou.plan_actions = freeze_plan_actions(
            territoire=verrou.territoire,
            fiches=fiches,
            titre=f"Plan d’actions de «\u00a0{verrou.titre}\u00a0»",
            date_effet=jour,
            by=by,
        )
        verrou.contenu = to_json(document)
        verrou.piece_pdf = store_piece(contenu=pdf, nom=f"{nom}.pdf", by=by, description=verrou.titre)
        verrou.piece_word = store_piece(contenu=word, nom=f"{nom}.docx", by=by, description=verrou.titre)
        verrou.arrete_at, verrou.arrete_by, verrou.arrete_le = maintenant(), str(by), jour
        verrou.statut = S.ARRETE
        verrou.version += 1
        verrou.save()
        record(
            events.ACTE_ARRETE,
            cible=verrou,
            territoire=verrou.territoire.cle,
            by=by,
            apres={"sha256": verrou.piece_pdf.sha256, "fiches": len(fiches)},
            date_effet=jour,
        )
        open_attentes(verrou, by)
    return verrou


@transaction.atomic
def unfreeze_acte(*, acte: Acte, by: Auteur, motif: str) -> Acte:
    """Reprend en projet un acte arrêté par erreur, tant que personne ne l’a signé, en disant pourquoi.

    Les fichiers arrêtés sont gardés et marqués « remplacés » : leur empreinte reste vérifiable. Les liens partis ne
    signent plus, et plus personne n’est attendu.
    """
    acte = lock_acte(acte)
    signataires = list(acte.signataires.all())
    policies.check_can_unfreeze(acte, signataires)
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi l’acte est repris\u00a0: l’historique garde cette phrase.")
    figes = {champ: getattr(acte, champ) for champ in CHAMPS_ARRET}
    remplace = ArretRemplace.objects.create(
        acte=acte, **figes, remplace_at=maintenant(), remplace_by=str(by), motif=motif.strip()
    )
    acte.plan_actions = acte.contenu = acte.piece_pdf = acte.piece_word = None
    acte.arrete_at, acte.arrete_le, acte.arrete_by = None, None, ""
    acte.statut = S.PROJET
    acte.version += 1
    acte.save()
    revoke_liens(but=ButLien.SIGNER_ACTE, objets=signataires)
    for signataire in signataires:
        close_attente(code="contrats.signer", objet=signataire)
    record(
        events.ACTE_REPRIS,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        motif=motif,
        avant={"sha256": remplace.piece_pdf.sha256, "arrete_le": format_jour(remplace.arrete_le)},
    )
    return acte
