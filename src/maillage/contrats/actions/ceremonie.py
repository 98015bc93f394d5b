"""Tenir une cérémonie : les actes dans l’ordre, les signataires dans la salle, chacun signe l’acte courant."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from maillage.comptes.models import Personne
from maillage.contrats import events, policies
from maillage.contrats.actions.signature import sign_acte
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, ActeCeremonie, Ceremonie, PresenceCeremonie, Signataire
from maillage.contrats.permissions import user_can_sign
from maillage.contrats.selectors_ceremonie import get_courant, read_ceremonie
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Vague


@transaction.atomic
def create_ceremonie(
    *,
    titre: str,
    region: Region,
    vague: Vague,
    jour: date,
    by: Auteur,
    lieu: str = "",
    is_fictif: bool = False,
) -> Ceremonie:
    """Prépare une cérémonie dans une région. `is_fictif` : une répétition, qui ne reçoit que des actes fictifs."""
    if not titre.strip():
        raise ActionImpossible("Donnez un titre à la cérémonie.", champ="titre")
    ceremonie = Ceremonie.objects.create(
        titre=titre.strip()[:200],
        region=region,
        vague=vague,
        jour=jour,
        lieu=lieu.strip()[:200],
        is_fictif=is_fictif,
        cree_at=maintenant(),
        cree_by=str(by)[:200],
    )
    record(events.CEREMONIE_PREPAREE, cible=ceremonie, by=by, date_effet=jour)
    return ceremonie


def _lock(ceremonie: Ceremonie) -> Ceremonie:
    return (
        Ceremonie.objects.select_for_update(of=("self",))
        .select_related("region", "vague")
        .get(pk=ceremonie.pk)
    )


@transaction.atomic
def add_acte_ceremonie(*, ceremonie: Ceremonie, acte: Acte, by: Auteur) -> ActeCeremonie:
    """Inscrit un acte arrêté, à la suite ; le même acte n’est que d’une cérémonie."""
    ceremonie = _lock(ceremonie)
    acte = Acte.objects.select_related("territoire__vague").get(pk=acte.pk)
    if ceremonie.close_at:
        raise ActionImpossible("La cérémonie est close\u00a0: préparez-en une autre.")
    if acte.statut not in policies.A_SIGNER:
        raise ActionImpossible(
            f"«\u00a0{acte}\u00a0» est «\u00a0{StatutActe(acte.statut).label}\u00a0»\u00a0: on inscrit un acte arrêté, qui reste à signer."
        )
    if acte.territoire.is_fictif != ceremonie.is_fictif:
        raise ActionImpossible(
            "Un acte fictif se signe dans une répétition, et elle ne reçoit que ceux-là\u00a0: les chiffres publics n’en savent rien."
        )
    if not acte.territoire.regions.filter(pk=ceremonie.region_id).exists():
        raise ActionImpossible(
            f"«\u00a0{acte.territoire}\u00a0» n’est pas dans la région {ceremonie.region}."
        )
    if ActeCeremonie.objects.filter(acte=acte).exists():
        raise ActionImpossible(f"«\u00a0{acte}\u00a0» est déjà inscrit à une cérémonie.")
    ligne = ActeCeremonie.objects.create(
        ceremonie=ceremonie, acte=acte, rang=(ceremonie.lignes.aggregate(m=Max("rang"))["m"] or 0) + 1
    )
    record(
        events.CEREMONIE_ACTE_AJOUTE,
        cible=ceremonie,
        territoire=acte.territoire.cle,
        by=by,
        apres={"acte": acte.titre},
    )
    return ligne


@transaction.atomic
def remove_acte_ceremonie(*, ligne: ActeCeremonie, by: Auteur) -> None:
    """Retire un acte de la cérémonie ; les signatures données restent à l’acte."""
    ceremonie = _lock(ligne.ceremonie)
    if ceremonie.close_at:
        raise ActionImpossible("La cérémonie est close\u00a0: sa liste ne change plus.")
    record(
        events.CEREMONIE_ACTE_RETIRE,
        cible=ceremonie,
        territoire=ligne.acte.territoire.cle,
        by=by,
        avant={"acte": ligne.acte.titre},
    )
    ligne.delete()


@transaction.atomic
def open_ceremonie(*, ceremonie: Ceremonie, by: Auteur) -> Ceremonie:
    """Ouvre la cérémonie, le jour dit ou après. Déjà ouverte, rien ne change : on reprend où l’on en était."""
    ceremonie = _lock(ceremonie)
    if ceremonie.ouverte_at and not ceremonie.close_at:
        return ceremonie
    if ceremonie.close_at:
        raise ActionImpossible(
            "La cérémonie est close\u00a0: préparez-en une autre pour ce qui reste à signer."
        )
    if ceremonie.jour > aujourdhui():
        raise ActionImpossible("La cérémonie est prévue plus tard\u00a0: ouvrez-la ce jour-là.")
    if not ceremonie.lignes.exists():
        raise ActionImpossible("Inscrivez au moins un acte avant d’ouvrir la cérémonie.")
    ceremonie.ouverte_at = maintenant()
    ceremonie.save(update_fields=["ouverte_at"])
    record(events.CEREMONIE_OUVERTE, cible=ceremonie, by=by, date_effet=ceremonie.jour)
    return ceremonie


@transaction.atomic
def close_ceremonie(*, ceremonie: Ceremonie, by: Auteur) -> Ceremonie:
    """Clôt la cérémonie. Ce qui n’est pas signé reste à signer, hors d’elle."""
    ceremonie = _lock(ceremonie)
    if not ceremonie.ouverte_at or ceremonie.close_at:
        raise ActionImpossible("On clôt une cérémonie ouverte, une fois.")
    ceremonie.close_at = maintenant()
    ceremonie.save(update_fields=["close_at"])
    record(
        events.CEREMONIE_CLOSE,
        cible=ceremonie,
        by=by,
        apres={"signes": ceremonie.lignes.filter(acte__statut=StatutActe.SIGNE).count()},
        date_effet=ceremonie.jour,
    )
    return ceremonie


@transaction.atomic
def set_presence(*, ceremonie: Ceremonie, signataires: list[Signataire], by: Auteur) -> int:
    """Note qui est dans la salle, tous actes confondus (remplace la liste) ; rend leur nombre."""
    ceremonie = _lock(ceremonie)
    attendus = set(
        Signataire.objects.filter(acte__ceremonie__ceremonie=ceremonie).values_list("pk", flat=True)
    )
    if {s.pk for s in signataires} - attendus:
        raise ActionImpossible("Un de ces signataires ne signe aucun acte de la cérémonie.")
    ceremonie.presences.exclude(signataire__in=signataires).delete()
    deja = set(ceremonie.presences.values_list("signataire", flat=True))
    PresenceCeremonie.objects.bulk_create(
        PresenceCeremonie(ceremonie=ceremonie, signataire=s, present_at=maintenant())
        for s in signataires
        if s.pk not in deja
    )
    return len(signataires)


def sign_mine(*, ceremonie: Ceremonie, by: Personne, authentification: str = "") -> Acte:
    """Signe l’acte courant de la cérémonie, pour la première de ses places que la personne tient. Un acte à la fois, dans l’ordre."""
    ceremonie = Ceremonie.objects.get(pk=ceremonie.pk)
    if not ceremonie.ouverte_at or ceremonie.close_at:
        raise ActionImpossible("La cérémonie n’est pas ouverte\u00a0: attendez qu’elle le soit.")
    courant = get_courant(read_ceremonie(ceremonie))
    if courant is None:
        raise ActionImpossible("Tous les actes de la cérémonie sont signés.")
    miennes = [s for s in courant.attendus if user_can_sign(by, s)]
    if not miennes:
        raise ActionImpossible(
            f"Vous n’avez rien à signer dans «\u00a0{courant.acte.titre}\u00a0», ou pas encore\u00a0: attendez l’acte suivant."
        )
    jour: Any = ceremonie.jour
    return sign_acte(
        signataire=miennes[0],
        by=by,
        signe_le=jour,
        authentification=f"{authentification}, lors de «\u00a0{ceremonie.titre}\u00a0»",
    )
