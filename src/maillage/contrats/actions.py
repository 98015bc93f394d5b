"""Seuls actes qui écrivent un protocole ou un contrat."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from maillage.comptes.actions import create_lien_personnel, create_organisation
from maillage.comptes.enums import ButLien, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.contrats import events, policies
from maillage.contrats.composition import compose_acte, load_gabarit
from maillage.contrats.enums import College, NatureActe, StatutActe
from maillage.contrats.models import Acte, Signataire, SourceActe
from maillage.contrats.permissions import check_user_can_sign
from maillage.contrats.selectors import (
    can_send_lien,
    compute_empreinte_projet,
    fiches_a_inscrire,
    find_organisations_with_compte,
    find_sans_moyen,
    get_attendus,
)
from maillage.documents.actions import store_piece
from maillage.documents.blocs import to_json
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.fiches.actions import check_date_effet, freeze_plan_actions, move_fiche
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.gouvernance.actions import turn_comite_suivi
from maillage.journal.actions import Auteur, Systeme, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.notifications.models import Attente
from maillage.socle.dates import format_bornes, format_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait, Fiabilite
from maillage.territoires.models import Territoire

S = StatutActe
FAITS = {
    NatureActe.PROTOCOLE: Fait.PROTOCOLE,
    NatureActe.CONTRAT: Fait.CONTRAT,
    NatureActe.NON_PRECISE: Fait.ACTE_NATURE_INCONNUE,
}


@transaction.atomic
def open_acte(*, territoire: Territoire, nature: NatureActe, periode: str, by: Auteur) -> Acte:
    """Ouvre le projet d’un protocole ou d’un contrat, depuis le gabarit de la phase du territoire."""
    if nature == NatureActe.NON_PRECISE:
        raise ActionImpossible("Un acte préparé ici est un protocole ou un contrat\u00a0: choisissez.")
    gabarit = load_gabarit(nature)
    acte = Acte.objects.create(
        territoire=territoire,
        nature=nature,
        titre=f"{NatureActe(nature).label} du Territoire d’industrie {territoire.nom}",
        periode=periode,
        statut=S.PROJET,
        preambule=gabarit.preambule,
        articles=list(gabarit.articles),
        cree_at=maintenant(),
    )
    record(events.ACTE_OUVERT, cible=acte, territoire=territoire.cle, by=by)
    return acte


def _lock(acte: Acte) -> Acte:
    return Acte.objects.select_for_update(of=("self",)).select_related("territoire__vague").get(pk=acte.pk)


def _clean(texte: str) -> str:
    """Sans blancs autour ; les navigateurs envoient « \\r\\n », ce qui ne doit pas passer pour un changement."""
    return texte.replace("\r\n", "\n").strip()


@transaction.atomic
def update_acte(
    *,
    acte: Acte,
    by: Auteur,
    version_lue: int,
    titre: str,
    periode: str,
    preambule: str,
    articles: list[dict[str, str]],
) -> Acte:
    """Change le texte d’un projet. `articles` : [{"titre", "texte", "bloc"}] dans l’ordre."""
    acte = _lock(acte)
    if acte.version != version_lue:
        raise ConflitEdition(
            "L’acte a été enregistré par quelqu’un d’autre entre-temps. Votre saisie est gardée\u00a0: comparez, puis enregistrez."
        )
    policies.check_can_edit(acte)
    nouveaux = {
        "titre": titre.strip(),
        "periode": periode.strip(),
        "preambule": _clean(preambule),
        "articles": [{cle: _clean(valeur) for cle, valeur in article.items()} for article in articles],
    }
    changes = [champ for champ, valeur in nouveaux.items() if getattr(acte, champ) != valeur]
    if not changes:
        return acte
    for champ in changes:
        setattr(acte, champ, nouveaux[champ])
    acte.version += 1
    acte.save()
    libelles = [str(Acte._meta.get_field(champ).verbose_name) for champ in changes]  # type: ignore[union-attr]
    record(events.ACTE_MODIFIE, cible=acte, territoire=acte.territoire.cle, by=by, apres={"champs": libelles})
    return acte


def _check_deliberation(jour: date | None) -> None:
    if jour and jour > aujourdhui():
        raise ActionImpossible(
            f"La délibération est datée du {format_jour(jour)}, dans l’avenir\u00a0: donnez-la quand elle aura été prise."
        )


@transaction.atomic
def add_signataire(
    *,
    acte: Acte,
    organisation: Organisation,
    qualite: str,
    college: College,
    by: Auteur,
    nom: str = "",
    ordre: int = 1,
    email: str = "",
    deliberation: str = "",
    deliberation_le: date | None = None,
) -> Signataire:
    """Ajoute un signataire à un projet. Une organisation peut en avoir deux, s’ils sont nommés."""
    acte = _lock(acte)
    policies.check_can_edit(acte)
    _check_deliberation(deliberation_le)
    try:
        with transaction.atomic():
            signataire = Signataire.objects.create(
                acte=acte,
                organisation=organisation,
                nom=nom.strip(),
                qualite=qualite.strip(),
                college=college,
                ordre=ordre,
                email=email.strip().lower(),
                deliberation=deliberation.strip(),
                deliberation_le=deliberation_le,
            )
    except IntegrityError as erreur:
        raise ActionImpossible(f"{organisation} est déjà signataire sous ce nom.") from erreur
    record(
        events.SIGNATAIRE_AJOUTE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": str(signataire)},
    )
    return signataire


@transaction.atomic
def add_signataire_nouveau(
    *, acte: Acte, nom_organisation: str, type_organisation: TypeOrganisation, by: Auteur, **champs: Any
) -> Signataire:
    """Ajoute un signataire dont l’organisation n’est pas encore connue, et la crée. `champs` : ceux d’add_signataire."""
    nom = nom_organisation.strip()
    if Organisation.objects.filter(nom__iexact=nom).exists():
        raise ActionImpossible(f"«\u00a0{nom}\u00a0» est déjà connue\u00a0: choisissez-la dans la liste.")
    organisation = create_organisation(
        nom=nom, type=type_organisation, is_fictif=acte.territoire.is_fictif, by=by
    )
    return add_signataire(acte=acte, organisation=organisation, by=by, **champs)


@transaction.atomic
def update_signataire(
    *,
    signataire: Signataire,
    by: Auteur,
    nom: str,
    qualite: str,
    college: College,
    ordre: int,
    email: str,
    deliberation: str,
    deliberation_le: date | None,
) -> Signataire:
    """Change ce qu’un projet dit d’un signataire ; son organisation, elle, ne change pas. Sans changement, rien."""
    acte = _lock(signataire.acte)
    policies.check_can_edit(acte)
    _check_deliberation(deliberation_le)
    present = Signataire.objects.select_related("organisation").filter(pk=signataire.pk).first()
    if present is None:
        raise ActionImpossible(f"{signataire} a été retiré de cet acte.")
    nouveaux = {
        "nom": nom.strip(),
        "qualite": qualite.strip(),
        "college": college,
        "ordre": ordre,
        "email": email.strip().lower(),
        "deliberation": deliberation.strip(),
        "deliberation_le": deliberation_le,
    }
    changes = [champ for champ, valeur in nouveaux.items() if getattr(present, champ) != valeur]
    if not changes:
        return present
    for champ in changes:
        setattr(present, champ, nouveaux[champ])
    try:
        with transaction.atomic():
            present.save()
    except IntegrityError as erreur:
        raise ActionImpossible(f"{present.organisation} est déjà signataire sous ce nom.") from erreur
    _record_modification(acte, present, changes, by)
    return present


def _record_modification(acte: Acte, signataire: Signataire, champs: list[str], by: Auteur) -> None:
    libelles = [str(Signataire._meta.get_field(champ).verbose_name) for champ in champs]  # type: ignore[union-attr]
    record(
        events.SIGNATAIRE_MODIFIE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": str(signataire), "champs": libelles},
    )


@transaction.atomic
def change_email_signataire(*, signataire: Signataire, email: str, by: Personne) -> bool:
    """Donne ou change l’adresse d’un signataire d’un acte arrêté qui n’a pas signé ; l’ancien lien ne signe plus.

    Si c’est son tour, son lien part ; rend vrai dans ce cas.
    """
    acte = _lock(Acte(pk=signataire.acte_id))
    signataires = list(acte.signataires.select_related("organisation"))
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    policies.check_can_change_email(acte, signataire)
    ancienne, signataire.email = signataire.email, email.strip().lower()
    policies.check_can_send_lien(signataire, has_compte=bool(find_organisations_with_compte([signataire])))
    if signataire.email != ancienne:
        signataire.save(update_fields=["email"])
        _record_modification(acte, signataire, ["email"], by)
    if signataire not in get_attendus(acte, signataires):
        return False
    send_lien_signature(signataire=signataire, by=by)
    return True


@transaction.atomic
def remove_signataire(*, signataire: Signataire, by: Auteur) -> None:
    """Retire un signataire d’un projet."""
    acte = _lock(signataire.acte)
    policies.check_can_edit(acte)
    if not Signataire.objects.filter(pk=signataire.pk).exists():
        raise ActionImpossible(f"{signataire} a déjà été retiré de cet acte.")
    record(
        events.SIGNATAIRE_RETIRE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        avant={"signataire": str(signataire)},
    )
    signataire.delete()


def freeze_acte(*, acte: Acte, by: Personne, empreinte_lue: str = "", date_effet: date | None = None) -> Acte:
    """Arrête un projet : fige les versions des fiches, dessine le PDF et le Word, garde leur empreinte SHA-256.

    `date_effet` : jour que porte le document (défaut : ce jour), jamais dans l’avenir.
    Les fiches retenues, transmises, validées ou inscrites du territoire y entrent, dans leur ordre de présentation.
    `empreinte_lue` : celle de ce que la personne a relu (selectors.compute_empreinte_projet). Si le texte, une fiche ou
    les signataires ont changé depuis, ou pendant le dessin (fait hors transaction), ConflitEdition et rien n’est écrit.
    """
    jour = check_date_effet(date_effet)
    acte = Acte.objects.select_related("territoire__vague", "territoire__region").get(pk=acte.pk)
    signataires = list(acte.signataires.select_related("organisation"))
    fiches = list(fiches_a_inscrire(acte.territoire))
    policies.check_can_freeze(acte, signataires, fiches, find_sans_moyen(signataires))
    empreinte = compute_empreinte_projet(acte, fiches=fiches, signataires=signataires)
    if empreinte_lue and empreinte_lue != empreinte:
        raise ConflitEdition(
            "Le projet, une fiche ou les signataires ont changé depuis que vous avez ouvert cette page. Relisez, puis confirmez."
        )
    document = compose_acte(acte, fiches=fiches, signataires=signataires, arrete=True, jour=jour)
    pdf, word = render_pdf(document), render_word(document)
    nom = f"{acte.nature}-{acte.territoire.vague.code}-{acte.territoire.id_ti}"
    with transaction.atomic():
        verrou = _lock(acte)
        signataires = list(verrou.signataires.select_related("organisation"))
        fiches = list(fiches_a_inscrire(verrou.territoire))
        if compute_empreinte_projet(verrou, fiches=fiches, signataires=signataires) != empreinte:
            raise ConflitEdition(
                "Le projet, une fiche ou les signataires ont changé pendant qu’on dessinait l’acte. Relisez, puis recommencez."
            )
        policies.check_can_freeze(verrou, signataires, fiches, find_sans_moyen(signataires))
        verrou.plan_actions = freeze_plan_actions(
            territoire=verrou.territoire,
            fiches=fiches,
            titre=f"Plan d’actions de «\u00a0{verrou.titre}\u00a0»",
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
        _open_attentes(verrou, by)
    return verrou


def _open_attentes(acte: Acte, by: Personne) -> None:
    """Prévient ceux dont c’est le tour : leur organisation, et par lien personnel s’ils ont une adresse."""
    signataires = list(acte.signataires.select_related("organisation"))
    tour = policies.get_tour(signataires)
    comptes = find_organisations_with_compte(signataires)
    for signataire in signataires:
        if signataire.ordre != tour or signataire.signe_at is not None:
            continue
        ref = {
            "code": "contrats.signer",
            "objet_type": signataire._meta.label_lower,
            "objet_id": str(signataire.pk),
        }
        if Attente.objects.ouvertes().filter(**ref).exists():
            continue  # déjà prévenu : un second lien révoquerait le premier
        open_attente(
            code="contrats.signer",
            objet=signataire,
            organisation=signataire.organisation,
            territoire=acte.territoire.cle,
            territoire_nom=acte.territoire.nom,
            libelle=f"Signer «\u00a0{acte.titre}\u00a0»",
            url=acte.get_absolute_url(),
        )
        if can_send_lien(signataire, comptes):
            send_lien_signature(signataire=signataire, by=by)


@transaction.atomic
def send_lien_signature(*, signataire: Signataire, by: Personne) -> str:
    """Envoie à un signataire sans compte son lien personnel ; rend l’adresse du lien (pour les essais et l’écran)."""
    from django.conf import settings
    from django.urls import reverse

    has_compte = bool(find_organisations_with_compte([signataire]))
    policies.check_can_send_lien(signataire, has_compte=has_compte)
    acte = Acte.objects.select_related("territoire__vague").get(pk=signataire.acte_id)
    policies.check_can_sign(acte, signataire, list(acte.signataires.select_related("organisation")))
    _, jeton = create_lien_personnel(
        but=ButLien.SIGNER_ACTE,
        objet=signataire,
        organisation=signataire.organisation,
        nom=signataire.nom or signataire.qualite,
        email=signataire.email,
        by=by,
        territoire=acte.territoire.cle,
    )
    url = settings.ADRESSE_PUBLIQUE + reverse("lien-ouvrir", args=[jeton])
    send_courriel(
        destinataire=signataire.email,
        gabarit="lien_signature",
        contexte={"signataire": signataire, "acte": acte, "url": url},
        motif=f"vous signez pour {signataire.organisation}",
    )
    return url


@transaction.atomic
def sign_acte(*, signataire: Signataire, by: Any, signe_le: date | None = None) -> Acte:
    """Donne une signature, à son tour. `signe_le` : jour de la signature (défaut : ce jour), jamais dans l’avenir, ni
    avant l’arrêt de l’acte, ni avant une signature d’un rang précédent.

    Quand tous ont signé, l’acte est signé, l’étape est constatée et les fiches validées sont « inscrites ».
    """
    jour = check_date_effet(signe_le)
    acte = _lock(Acte(pk=signataire.acte_id))
    signataires = list(acte.signataires.select_related("organisation"))
    signataire = next(s for s in signataires if s.pk == signataire.pk)
    check_user_can_sign(by, signataire)
    policies.check_can_sign(acte, signataire, signataires)
    policies.check_date_signature(acte, signataire, signataires, jour)
    signataire.signe_le, signataire.signe_at, signataire.signe_by = jour, maintenant(), str(by)[:250]
    signataire.save()
    close_attente(code="contrats.signer", objet=signataire)
    record(
        events.SIGNATURE_DONNEE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": str(signataire), "acte": acte.titre, "signe_le": format_jour(jour)},
        date_effet=jour,
    )
    if policies.get_tour(signataires) is None:
        _conclude(acte, signataires, by)
    else:
        acte.statut = S.SIGNE_PARTIELLEMENT
        acte.save(update_fields=["statut"])
        _open_attentes(acte, by if isinstance(by, Personne) else by.lien.cree_by)
    return acte


def _conclude(acte: Acte, signataires: list[Signataire], by: Any) -> None:
    jour = max(s.signe_le for s in signataires if s.signe_le)
    acte.statut, acte.date_debut, acte.date_fin = S.SIGNE, jour, jour
    acte.save(update_fields=["statut", "date_debut", "date_fin"])
    record(events.ACTE_SIGNE, cible=acte, territoire=acte.territoire.cle, by=by, date_effet=jour)
    record_etape(
        territoire=acte.territoire,
        fait=FAITS[NatureActe(acte.nature)],
        debut=jour,
        source=f"«\u00a0{acte.titre}\u00a0», signé sur la plateforme",
        fiabilite=Fiabilite.PLATEFORME,
        objet=acte,
        by=by,
    )
    turn_comite_suivi(
        territoire=acte.territoire, jour=jour, motif=f"Signature de «\u00a0{acte.titre}\u00a0»", by=by
    )
    if acte.plan_actions:
        for ligne in acte.plan_actions.lignes.select_related("version__fiche"):
            if ligne.version.fiche.statut == StatutFiche.VALIDEE:
                # Une fiche validée après le jour de la dernière signature devient « inscrite » le jour de sa validation.
                valide_le = ligne.version.fiche.faits.filter(champ=ChampDate.STATUT).aggregate(
                    m=Max("date_effet")
                )["m"]
                move_fiche(
                    fiche=ligne.version.fiche,
                    vers=StatutFiche.INSCRITE,
                    by=Systeme("signature de l’acte"),
                    date_effet=max(jour, valide_le or jour),
                )


@dataclass(frozen=True)
class Source:
    """Ce qu’un texte publié dit d’un acte."""

    texte: str
    nature: NatureActe
    url: str = ""


@transaction.atomic
def record_acte_constate(
    *,
    territoire: Territoire,
    titre: str,
    debut: date,
    fin: date | None = None,
    sources: list[Source],
    by: Auteur,
) -> Acte:
    """Constate un acte connu d’une source publiée, sans délibération ni signature inventée.

    Si les sources ne s’accordent pas sur sa nature, elle reste « non précisée » et toutes sont gardées.
    Le même acte (territoire, dates) n’est pas constaté deux fois.
    """
    fin = fin or debut
    if not sources:
        raise ActionImpossible("Un acte constaté cite au moins une source.")
    natures = {source.nature for source in sources}
    nature = natures.pop() if len(natures) == 1 else NatureActe.NON_PRECISE
    deja = Acte.objects.filter(
        territoire=territoire, statut=S.CONSTATE, date_debut=debut, date_fin=fin
    ).first()
    if deja:
        return deja
    acte = Acte.objects.create(
        territoire=territoire,
        nature=nature,
        titre=titre,
        statut=S.CONSTATE,
        date_debut=debut,
        date_fin=fin,
        cree_at=maintenant(),
    )
    SourceActe.objects.bulk_create(
        SourceActe(acte=acte, texte=source.texte, url=source.url, nature_dite=source.nature)
        for source in sources
    )
    record(
        events.ACTE_CONSTATE,
        cible=acte,
        territoire=territoire.cle,
        by=by,
        apres={"date": format_bornes(debut, fin)},
        date_effet=fin,
    )
    record_etape(
        territoire=territoire,
        fait=FAITS[NatureActe(nature)],
        debut=debut,
        fin=fin,
        source="\u00a0; ".join(source.texte for source in sources),
        source_url=sources[0].url,
        objet=acte,
        by=by,
    )
    return acte
