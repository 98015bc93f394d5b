"""Arrêter, signer, envoyer le relevé de décisions."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from maillage.comptes.actions import create_lien_personnel
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite, Personne
from maillage.documents.actions import store_piece
from maillage.documents.blocs import to_json
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.gouvernance import events
from maillage.gouvernance.actions.communs import ATTENTE_RELEVE, ATTENTE_SIGNER, has_releve, lock_seance
from maillage.gouvernance.composition import compose_releve
from maillage.gouvernance.enums import (
    StatutSeance,
)
from maillage.gouvernance.models import (
    MembreComite,
    ReleveDecisions,
    Seance,
    SignatureReleve,
)
from maillage.gouvernance.permissions import TIENNENT, can_send_lien_releve, check_user_can_sign_releve
from maillage.gouvernance.selectors import (
    list_membres,
    list_participants,
)
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import Jointe, close_attente, open_attente, send_courriel
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import maintenant


def arrete_releve(*, seance: Seance, by: Auteur) -> ReleveDecisions:
    """Arrête le relevé d’une séance tenue : PDF et Word dessinés hors transaction, empreinte gardée, signatures attendues."""
    seance = Seance.objects.select_related(
        "comite__territoire__vague", "comite__region", "rendez_vous__organisateur"
    ).get(pk=seance.pk)
    _check_can_arreter(seance)
    document = compose_releve(seance, arrete=True)
    contenu = to_json(document)
    pdf, word = render_pdf(document), render_word(document)
    nom = f"releve-{seance.jour.isoformat()}-{seance.pk}"
    with transaction.atomic():
        verrou = lock_seance(seance)
        _check_can_arreter(verrou)
        if to_json(compose_releve(verrou, arrete=True)) != contenu:
            raise ConflitEdition(
                "Une présence ou une décision a changé pendant qu’on dessinait le relevé. Relisez, puis recommencez."
            )
        releve = ReleveDecisions.objects.create(
            seance=verrou,
            contenu=contenu,
            piece_pdf=store_piece(contenu=pdf, nom=f"{nom}.pdf", by=by, description=document.titre),
            piece_word=store_piece(contenu=word, nom=f"{nom}.docx", by=by, description=document.titre),
            arrete_at=maintenant(),
            arrete_by=str(by)[:200],
        )
        close_attente(code=ATTENTE_RELEVE, objet=verrou)
        record(
            events.RELEVE_ARRETE,
            cible=releve,
            territoire=verrou.comite.cle,
            by=by,
            apres={"seance": verrou.rendez_vous.titre, "sha256": releve.piece_pdf.sha256},
            date_effet=verrou.jour,
        )
        for membre in list_membres(verrou.comite, verrou.jour):
            if isinstance(by, Personne) and can_send_lien_releve(membre):
                send_lien_releve(releve=releve, membre=membre, by=by)
            elif membre.place in TIENNENT and membre.personne:
                open_attente(
                    code=ATTENTE_SIGNER,
                    objet=releve,
                    personne=membre.personne,
                    territoire=verrou.comite.cle,
                    territoire_nom=verrou.comite.lieu,
                    libelle=f"Signer le relevé de décisions «\u00a0{verrou.rendez_vous.titre}\u00a0»",
                    url=verrou.get_adresse("seance-releve"),
                )
    return releve


def _check_can_arreter(seance: Seance) -> None:
    if has_releve(seance):
        raise ActionImpossible("Le relevé de cette séance est déjà arrêté.")
    if seance.statut != StatutSeance.TENUE:
        raise ActionImpossible(
            f"La séance est «\u00a0{StatutSeance(seance.statut).label.lower()}\u00a0»\u00a0: on arrête le relevé une fois la séance close."
        )


@transaction.atomic
def send_lien_releve(*, releve: ReleveDecisions, membre: MembreComite, by: Personne) -> str:
    """Envoie à qui présidait ou tenait le secrétariat sans compte le lien qui permet de signer ; rend son adresse.

    Lève `ActionImpossible` si ce membre signe autrement, ou s’il a déjà signé. Un lien précédent ne marche plus.
    """
    if not can_send_lien_releve(membre) or membre.organisation is None:
        raise ActionImpossible(
            "Un lien pour signer part à la présidence ou au secrétariat sans compte, dont l’organisation et l’adresse sont "
            "connues. Complétez ce membre dans le comité."
        )
    if releve.signatures.filter(membre=membre).exists():
        raise ActionImpossible(f"{membre} a déjà signé ce relevé.")
    _, jeton = create_lien_personnel(
        but=ButLien.SIGNER_RELEVE,
        objet=releve,
        organisation=membre.organisation,
        nom=membre.nom,
        email=membre.email,
        by=by,
        territoire=releve.seance.comite.cle,
    )
    url = settings.ADRESSE_PUBLIQUE + reverse("lien-ouvrir", args=[jeton])
    send_courriel(
        destinataire=membre.email,
        gabarit="lien_releve",
        contexte={
            "membre": membre,
            "seance": releve.seance,
            "jour": format_jour(releve.seance.jour),
            "url": url,
        },
        motif=f"vous étiez {membre.get_place_display().lower()} de cette séance",
    )
    return url


@transaction.atomic
def sign_releve(*, releve: ReleveDecisions, by: Personne | Invite) -> SignatureReleve:
    """Signe le relevé, comme présidence ou secrétariat de la séance. La preuve : qui, quand, sur quelle empreinte."""
    releve = (
        ReleveDecisions.objects.select_for_update(of=("self",))
        .select_related("seance__comite__territoire__vague", "seance__rendez_vous", "piece_pdf")
        .get(pk=releve.pk)
    )
    seance = releve.seance
    membre = check_user_can_sign_releve(by, seance)
    if releve.signatures.filter(membre=membre).exists():
        raise ActionImpossible("Vous avez déjà signé ce relevé.")
    signature = SignatureReleve.objects.create(
        releve=releve,
        membre=membre,
        nom=str(membre)[:250],
        place=membre.place,
        sha256=releve.piece_pdf.sha256,
        signe_at=maintenant(),
        signe_by=str(by)[:200],
    )
    if isinstance(by, Personne):
        close_attente(code=ATTENTE_SIGNER, objet=releve, personne=by)
    record(
        events.RELEVE_SIGNE,
        cible=releve,
        territoire=seance.comite.cle,
        by=by,
        apres={
            "signataire": signature.nom,
            "seance": seance.rendez_vous.titre,
            "sha256": signature.sha256,
        },
    )
    return signature


@transaction.atomic
def send_releve(*, releve: ReleveDecisions, by: Auteur) -> int:
    """Envoie le relevé (PDF joint) à toutes les personnes attendues qui ont une adresse ; rend leur nombre."""
    releve = (
        ReleveDecisions.objects.select_for_update(of=("self",))
        .select_related("seance__comite__territoire__vague", "seance__rendez_vous", "piece_pdf")
        .get(pk=releve.pk)
    )
    seance = releve.seance
    destinataires = [p.invitation for p in list_participants(seance) if p.invitation.email]
    if not destinataires:
        raise ActionImpossible(
            "Aucune personne attendue n’a d’adresse\u00a0: téléchargez le relevé et remettez-le vous-même."
        )
    for invitation in destinataires:
        send_courriel(
            destinataire=invitation.email,
            gabarit="releve_decisions",
            contexte={
                "seance": seance,
                "comite": seance.comite,
                "nom": invitation.nom,
                "sha256": releve.piece_pdf.sha256,
                "verifier": f"{settings.ADRESSE_PUBLIQUE}/verifier/",
                "jour": format_jour(seance.jour),
            },
            motif="vous étiez attendu à cette séance",
            personne=invitation.personne,
            jointes=[Jointe(releve.piece_pdf.nom, piece=releve.piece_pdf)],
        )
    releve.envoye_at = maintenant()
    releve.save(update_fields=["envoye_at"])
    record(
        events.RELEVE_ENVOYE,
        cible=releve,
        territoire=seance.comite.cle,
        by=by,
        apres={"seance": seance.rendez_vous.titre, "nombre": len(destinataires)},
    )
    return len(destinataires)
