"""Seuls actes qui écrivent une campagne, ses entreprises et leurs réponses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from calcul.siren import is_siren
from maillage.fiches.actions import create_fiche
from maillage.fiches.models import FicheAction
from maillage.journal.actions import Auteur, Systeme, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Territoire
from maillage.verification import events, policies
from maillage.verification.enums import EtatCampagne, Utilite
from maillage.verification.models import (
    Besoin,
    Campagne,
    FicheVerifiee,
    ReponseEntreprise,
    Sollicitation,
)
from maillage.verification.selectors import RESUME_MAX, has_repondu, list_nouvelles, make_jeton

CODE_ATTENTE = "verification.besoins"
ENTREPRISE = Systeme("Une entreprise sollicitée")
TEXTE_MAX = 2_000
# Une entreprise relit où en sont ses besoins jusqu’à un an après la fin des réponses.
DUREE_SUIVI = timedelta(days=365)


@transaction.atomic
def create_campagne(
    *,
    territoire: Territoire,
    titre: str,
    fin: date,
    fiches: Sequence[tuple[FicheAction, str]],
    by: Auteur,
    message: str = "",
) -> Campagne:
    """Prépare une vérification : des fiches (avec leurs deux phrases), un mot d’accueil, un dernier jour."""
    policies.check_fin(fin)
    if not titre.strip():
        raise ActionImpossible("Donnez un titre à la vérification.", champ="titre")
    if not fiches:
        raise ActionImpossible("Choisissez au moins une fiche à vérifier.", champ="fiches")
    for fiche, resume in fiches:
        if fiche.territoire_id != territoire.pk:
            raise ActionImpossible("Une fiche d’un autre territoire ne se vérifie pas ici.", champ="fiches")
        if not resume.strip() or len(resume) > RESUME_MAX:
            raise ActionImpossible(
                f"Dites «\u00a0{fiche}\u00a0» en deux phrases, {RESUME_MAX} signes au plus\u00a0: c’est ce que l’entreprise lira."
            )
    campagne = Campagne.objects.create(
        territoire=territoire,
        titre=titre.strip(),
        message=message.strip(),
        fin=fin,
        creee_at=maintenant(),
        creee_by=str(by)[:200],
    )
    FicheVerifiee.objects.bulk_create(
        FicheVerifiee(campagne=campagne, fiche=fiche, resume=resume.strip(), rang=rang)
        for rang, (fiche, resume) in enumerate(fiches, start=1)
    )
    record(
        events.CAMPAGNE_CREEE, cible=campagne, territoire=territoire.cle, by=by, apres={"fiches": len(fiches)}
    )
    return campagne


@transaction.atomic
def add_sollicitation(
    *,
    campagne: Campagne,
    entreprise: str,
    email: str,
    fiches: Sequence[FicheVerifiee],
    by: Auteur,
    contact: str = "",
    siret: str = "",
) -> Sollicitation:
    """Ajoute une entreprise, avec trois fiches au plus. Campagne déjà ouverte : son lien part aussitôt."""
    campagne = _lock(campagne)
    policies.check_can_change(campagne)
    siret = re.sub(r"\D", "", siret)
    if not entreprise.strip():
        raise ActionImpossible("Donnez le nom de l’entreprise.", champ="entreprise")
    try:
        validate_email(email.strip())
    except ValidationError as erreur:
        raise ActionImpossible("Cette adresse n’est pas un courriel.", champ="email") from erreur
    if siret and not (len(siret) == 14 and is_siren(siret[:9])):
        raise ActionImpossible("Ce SIRET n’a pas 14 chiffres, ou sa clé est fausse.", champ="siret")
    if not 1 <= len(fiches) <= policies.FICHES_MAX:
        raise ActionImpossible(
            f"Choisissez une à {policies.FICHES_MAX} fiches pour cette entreprise\u00a0: elle répond en deux minutes.",
            champ="fiches",
        )
    if any(fv.campagne_id != campagne.pk for fv in fiches):
        raise ActionImpossible("Une de ces fiches n’est pas dans cette vérification.", champ="fiches")
    if campagne.sollicitations.filter(email__iexact=email.strip()).exists():
        raise ActionImpossible("Cette adresse est déjà sollicitée dans cette vérification.", champ="email")
    sollicitation = Sollicitation.objects.create(
        campagne=campagne,
        entreprise=entreprise.strip()[:200],
        siret=siret,
        contact=contact.strip()[:120],
        email=email.strip().lower(),
        expire_le=campagne.fin + DUREE_SUIVI,
        ajoutee_at=maintenant(),
    )
    sollicitation.fiches.set(fiches)
    record(events.ENTREPRISE_AJOUTEE, cible=campagne, territoire=campagne.territoire.cle, by=by)
    if campagne.etat == EtatCampagne.OUVERTE:
        _send(sollicitation)
    return sollicitation


@transaction.atomic
def open_campagne(*, campagne: Campagne, by: Auteur) -> Campagne:
    """Ouvre la vérification et envoie à chaque entreprise son lien."""
    campagne = _lock(campagne)
    if campagne.etat != EtatCampagne.PREPAREE:
        raise ActionImpossible("Cette vérification est déjà ouverte, ou close.")
    policies.check_fin(campagne.fin)
    sollicitations = list(campagne.sollicitations.filter(revoquee_at__isnull=True))
    if not sollicitations:
        raise ActionImpossible("Ajoutez au moins une entreprise avant d’ouvrir la vérification.")
    campagne.etat, campagne.ouverte_at = EtatCampagne.OUVERTE, maintenant()
    campagne.save(update_fields=["etat", "ouverte_at"])
    for sollicitation in sollicitations:
        sollicitation.campagne = campagne
        _send(sollicitation)
    record(
        events.CAMPAGNE_OUVERTE,
        cible=campagne,
        territoire=campagne.territoire.cle,
        by=by,
        apres={"entreprises": len(sollicitations)},
    )
    return campagne


@transaction.atomic
def close_campagne(*, campagne: Campagne, by: Auteur) -> Campagne:
    """Clôt la vérification : plus de réponse ni de relance ; les entreprises qui ont répondu gardent leur page de suivi."""
    campagne = _lock(campagne)
    policies.check_can_change(campagne)
    campagne.etat, campagne.close_at = EtatCampagne.CLOSE, maintenant()
    campagne.save(update_fields=["etat", "close_at"])
    record(events.CAMPAGNE_CLOSE, cible=campagne, territoire=campagne.territoire.cle, by=by)
    return campagne


@transaction.atomic
def revoke_sollicitation(*, sollicitation: Sollicitation, by: Auteur) -> None:
    """Ferme le lien d’une entreprise ; ses réponses restent."""
    campagne = sollicitation.campagne
    if Sollicitation.objects.filter(pk=sollicitation.pk, revoquee_at__isnull=True).update(
        revoquee_at=maintenant(), serie=F("serie") + 1
    ):
        record(events.LIEN_REVOQUE, cible=campagne, territoire=campagne.territoire.cle, by=by)


def _lock(campagne: Campagne) -> Campagne:
    return (
        Campagne.objects.select_for_update(of=("self",))
        .select_related("territoire__vague")
        .get(pk=campagne.pk)
    )


def get_lien(sollicitation: Sollicitation) -> str:
    """L’adresse entière du lien personnel d’une entreprise."""
    return settings.ADRESSE_PUBLIQUE + reverse("besoins", args=[make_jeton(sollicitation)])


def _send(sollicitation: Sollicitation) -> None:
    send_courriel(gabarit="besoins_demande", **_write_message(sollicitation))
    sollicitation.envoyee_at = maintenant()
    sollicitation.save(update_fields=["envoyee_at"])


def _write_message(sollicitation: Sollicitation) -> dict[str, Any]:
    """Ce qu’une demande et sa relance ont en commun : à qui, quoi, pourquoi."""
    return {
        "destinataire": sollicitation.email,
        "contexte": {
            "sollicitation": sollicitation,
            "campagne": sollicitation.campagne,
            "fiches": [fv.fiche for fv in sollicitation.fiches.select_related("fiche")],
            "url": get_lien(sollicitation),
        },
        "motif": f"le Territoire d’industrie {sollicitation.campagne.territoire} demande l’avis de votre entreprise. "
        "Un bouton de la page arrête ces messages",
    }


# --- ce que dit une entreprise -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Avis:
    """Ce qu’une entreprise dit d’une fiche. Investissement en centimes."""

    fiche: FicheVerifiee
    utile: str = ""
    participe: bool = False
    embauches: int | None = None
    investissement: int | None = None
    manque: str = ""
    rappel: bool = False

    @property
    def is_vide(self) -> bool:
        return not (
            self.utile
            or self.participe
            or self.embauches
            or self.investissement
            or self.manque.strip()
            or self.rappel
        )


@transaction.atomic
def answer(*, sollicitation: Sollicitation, avis: Sequence[Avis], besoin: str = "") -> int:
    """Garde ce qu’une entreprise dit ; ce qui n’a pas changé n’est pas répété. Rend le nombre de réponses écrites.

    Un avis vide ne dit rien. Campagne close ou lien fermé : ActionImpossible, la saisie reste à l’écran.
    """
    sollicitation = (
        Sollicitation.objects.select_for_update(of=("self",))
        .select_related("campagne__territoire__vague")
        .get(pk=sollicitation.pk)
    )
    if not policies.can_answer(sollicitation):
        raise ActionImpossible("Les réponses ne sont plus attendues\u00a0: écrivez à l’équipe du territoire.")
    campagne = sollicitation.campagne
    dernieres = {r.fiche_id: r for r in sollicitation.reponses.order_by("id")}
    ecrites = 0
    for dit in avis:
        if dit.fiche.campagne_id != campagne.pk:
            raise ActionImpossible("Une de ces actions n’est pas de cette vérification.")
        if dit.utile and dit.utile not in Utilite.values:
            raise ActionImpossible("Cette réponse n’est pas dans la liste.")
        champs = {
            "utile": dit.utile,
            "participe": dit.participe,
            "embauches": dit.embauches,
            "investissement": dit.investissement,
            "manque": dit.manque.strip()[:TEXTE_MAX],
            "rappel": dit.rappel,
        }
        derniere = dernieres.get(dit.fiche.pk)
        if derniere is None and dit.is_vide:
            continue
        if derniere is not None and all(getattr(derniere, nom) == valeur for nom, valeur in champs.items()):
            continue
        ReponseEntreprise.objects.create(
            sollicitation=sollicitation, fiche=dit.fiche, recue_at=maintenant(), **champs
        )
        ecrites += 1
    if texte := besoin.strip()[:TEXTE_MAX]:
        Besoin.objects.create(sollicitation=sollicitation, texte=texte, recu_at=maintenant())
        ecrites += 1
        open_attente(
            code=CODE_ATTENTE,
            objet=campagne,
            role="chef_projet",
            territoire=campagne.territoire.cle,
            territoire_nom=campagne.territoire.nom,
            libelle=f"Lire un besoin nouveau dans «\u00a0{campagne}\u00a0»",
            url=campagne.get_absolute_url(),
        )
    if ecrites:
        sollicitation.refusee_at = None
        sollicitation.nouvelles_au = sollicitation.nouvelles_au or aujourdhui()
        sollicitation.save(update_fields=["refusee_at", "nouvelles_au"])
        record(events.REPONSE_RECUE, cible=campagne, territoire=campagne.territoire.cle, by=ENTREPRISE)
    return ecrites


@transaction.atomic
def refuse(*, sollicitation: Sollicitation) -> None:
    """L’entreprise ne veut plus être sollicitée par cette campagne : plus aucun message ne part."""
    Sollicitation.objects.filter(pk=sollicitation.pk, refusee_at__isnull=True).update(refusee_at=maintenant())


@transaction.atomic
def make_fiche(*, besoin: Besoin, titre: str, by: Auteur) -> FicheAction:
    """Fait d’un besoin une fiche « Idée ». Ni le nom de l’entreprise ni ses mots n’y entrent : le titre est à l’équipe."""
    besoin = (
        Besoin.objects.select_for_update(of=("self",))
        .select_related("sollicitation__campagne__territoire__vague")
        .get(pk=besoin.pk)
    )
    campagne = besoin.sollicitation.campagne
    if besoin.fiche_id:
        raise ActionImpossible("Ce besoin est déjà devenu une fiche.")
    fiche = create_fiche(
        territoire=campagne.territoire,
        titre=titre,
        source=f"Besoin d’entreprise, vérification «\u00a0{campagne}\u00a0»"[:300],
        by=by,
    )
    besoin.fiche = fiche
    besoin.save(update_fields=["fiche"])
    if not Besoin.objects.filter(sollicitation__campagne=campagne, fiche=None).exists():
        close_attente(code=CODE_ATTENTE, objet=campagne)
    record(
        events.BESOIN_REPRIS,
        cible=campagne,
        territoire=campagne.territoire.cle,
        by=by,
        apres={"fiche": fiche.titre},
    )
    return fiche


# --- ce qui part tout seul, poliment ---------------------------------------------------------------------------------------


def send_relances() -> int:
    """Relance, deux fois au plus et à sept jours, les entreprises qui n’ont ni répondu ni refusé. Rend le nombre d’envois."""
    limite = maintenant() - policies.DELAI_RELANCE
    muettes = (
        Sollicitation.objects.filter(
            Q(relancee_at__lte=limite) | Q(relancee_at__isnull=True, envoyee_at__lte=limite),
            campagne__etat=EtatCampagne.OUVERTE,
            campagne__fin__gte=aujourdhui(),
            relances__lt=policies.RELANCES_MAX,
            revoquee_at__isnull=True,
            refusee_at__isnull=True,
            reponses__isnull=True,
            besoins__isnull=True,
        )
        .exclude(email="")
        .values_list("pk", flat=True)
    )
    return sum(_relance(pk) for pk in list(muettes))


@transaction.atomic
def _relance(pk: int) -> bool:
    sollicitation = (
        Sollicitation.objects.select_for_update(of=("self",))
        .select_related("campagne__territoire__vague")
        .get(pk=pk)
    )
    if has_repondu(sollicitation) or sollicitation.refusee_at:
        return False
    sollicitation.relances += 1
    sollicitation.relancee_at = maintenant()
    sollicitation.save(update_fields=["relances", "relancee_at"])
    send_courriel(gabarit="besoins_relance", **_write_message(sollicitation))
    return True


def send_nouvelles() -> int:
    """« Votre besoin → où il en est » : un seul message par entreprise quand ses fiches ont avancé. Rend le nombre d’envois."""
    repondantes = Sollicitation.objects.filter(
        nouvelles_au__lt=aujourdhui(),
        revoquee_at__isnull=True,
        refusee_at__isnull=True,
        expire_le__gte=aujourdhui(),
    ).exclude(email="")
    return sum(_raconte(pk) for pk in list(repondantes.values_list("pk", flat=True)))


@transaction.atomic
def _raconte(pk: int) -> bool:
    sollicitation = (
        Sollicitation.objects.select_for_update(of=("self",))
        .select_related("campagne__territoire__vague")
        .get(pk=pk)
    )
    nouvelles = [nouvelle for nouvelle in list_nouvelles(sollicitation) if nouvelle.change]
    if not nouvelles:
        return False
    sollicitation.nouvelles_au = aujourdhui()
    sollicitation.save(update_fields=["nouvelles_au"])
    send_courriel(
        destinataire=sollicitation.email,
        gabarit="besoins_nouvelles",
        contexte={"sollicitation": sollicitation, "nouvelles": nouvelles, "url": get_lien(sollicitation)},
        motif="votre entreprise a répondu à cette vérification. Un bouton de la page arrête ces messages",
    )
    return True
