"""Actes sur les personnes et les organisations, et connexion par code."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db import models, transaction

from maillage.comptes import events
from maillage.comptes.enums import ButLien, RoleOrganisation, TypeOrganisation
from maillage.comptes.models import CodeConnexion, Fonction, LienPersonnel, Organisation, Personne
from maillage.journal.actions import Auteur, record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant

DUREE_CODE = timedelta(minutes=10)
ESSAIS_MAX = 5
CODES_PAR_HEURE = 6
DUREE_LIEN = timedelta(days=60)


@transaction.atomic
def create_organisation(*, nom: str, type: TypeOrganisation, by: Auteur, **champs: object) -> Organisation:
    """Crée une organisation. `champs` : sigle, siren, region, departement, epci, courriel, is_financeur, is_fictif."""
    organisation = Organisation.objects.create(nom=nom, type=type, **champs)
    record(events.ORGANISATION_CREEE, cible=organisation, by=by, apres={"type": type})
    return organisation


@transaction.atomic
def update_organisation(
    *, organisation: Organisation, courriel: str, is_financeur: bool, by: Auteur
) -> Organisation:
    """Change l’adresse de contact d’une organisation et dit si elle peut financer ; sans changement, n’écrit rien.

    Une adresse changée ferme les liens de réponse envoyés à l’ancienne : ils ne sont plus entre les bonnes mains.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    apres: dict[str, object] = {"courriel": courriel.strip().lower(), "is_financeur": is_financeur}
    avant = {champ: getattr(organisation, champ) for champ in apres}
    changes = {champ: valeur for champ, valeur in apres.items() if avant[champ] != valeur}
    if not changes:
        return organisation
    for champ, valeur in changes.items():
        setattr(organisation, champ, valeur)
    organisation.save(update_fields=[*changes])
    if "courriel" in changes:
        organisation.liens.filter(but=ButLien.REPONDRE_LIGNE, revoque_at__isnull=True).update(
            revoque_at=maintenant()
        )
    record(
        events.ORGANISATION_MODIFIEE,
        cible=organisation,
        by=by,
        avant={champ: avant[champ] for champ in changes},
        apres=changes,
    )
    return organisation


@transaction.atomic
def create_personne(
    *, nom: str, by: Auteur, prenom: str = "", email: str | None = None, **champs: object
) -> Personne:
    """Ajoute une personne ; sans `email` elle est nommée par une source et ne peut pas se connecter."""
    personne = Personne.objects.create(
        nom=nom, prenom=prenom, email=email.lower() if email else None, is_active=bool(email), **champs
    )
    record(events.PERSONNE_CREEE, cible=personne, by=by)
    return personne


@transaction.atomic
def give_fonction(
    *,
    personne: Personne,
    organisation: Organisation,
    role: RoleOrganisation,
    by: Auteur,
    intitule: str = "",
    debut: date | None = None,
    fin: date | None = None,
) -> Fonction:
    """Donne une fonction datée (fin exclue) à une personne dans une organisation."""
    fonction = Fonction.objects.create(
        personne=personne, organisation=organisation, role=role, intitule=intitule, debut=debut, fin=fin
    )
    record(
        events.FONCTION_DONNEE,
        cible=fonction,
        by=by,
        apres={
            "role": RoleOrganisation(role).label,
            "personne": str(personne),
            "organisation": organisation.nom,
        },
    )
    return fonction


def hash_jeton(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


def _hash_code(email: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{email.lower()}:{code}".encode(), "sha256").hexdigest()


@transaction.atomic
def create_lien_personnel(
    *,
    but: ButLien,
    objet: models.Model,
    organisation: Organisation,
    nom: str,
    email: str,
    by: Personne,
    territoire: str = "",
) -> tuple[LienPersonnel, str]:
    """Ouvre une porte sans compte sur `objet`. Rend le lien et son jeton, qui n’est visible qu’ici.

    Un lien antérieur pour le même objet et la même adresse est révoqué : une seule porte à la fois.
    """
    jeton = secrets.token_urlsafe(24)
    ref = {"objet_type": objet._meta.label_lower, "objet_id": str(objet.pk)}
    LienPersonnel.objects.filter(**ref, but=but, email__iexact=email, revoque_at__isnull=True).update(
        revoque_at=maintenant()
    )
    lien = LienPersonnel.objects.create(
        jeton_sha256=hash_jeton(jeton),
        but=but,
        organisation=organisation,
        nom=nom,
        email=email.lower(),
        cree_at=maintenant(),
        cree_by=by,
        expire_at=maintenant() + DUREE_LIEN,
        **ref,
    )
    record(events.LIEN_CREE, cible=lien, by=by, territoire=territoire, apres={"but": ButLien(but).label})
    return lien, jeton


def revoke_liens(*, but: ButLien, objets: Iterable[models.Model]) -> int:
    """Ferme les liens encore ouverts pour ce but sur ces objets, dans la transaction de l’appelant ; rend leur nombre."""
    return sum(
        LienPersonnel.objects.filter(
            but=but, objet_type=objet._meta.label_lower, objet_id=str(objet.pk), revoque_at__isnull=True
        ).update(revoque_at=maintenant())
        for objet in objets
    )


@transaction.atomic
def create_code(*, email: str, lien: LienPersonnel | None = None) -> str:
    """Prépare un code de connexion et le rend (l’appelant l’envoie). Trop de demandes : ActionImpossible."""
    depuis = maintenant() - timedelta(hours=1)
    if CodeConnexion.objects.filter(email__iexact=email, cree_at__gt=depuis).count() >= CODES_PAR_HEURE:
        raise ActionImpossible(
            "Trop de codes ont été demandés pour cette adresse depuis une heure. Utilisez le dernier reçu ou réessayez plus tard."
        )
    code = f"{secrets.randbelow(10**6):06d}"
    CodeConnexion.objects.create(
        email=email.lower(),
        code_hache=_hash_code(email, code),
        lien=lien,
        cree_at=maintenant(),
        expire_at=maintenant() + DUREE_CODE,
    )
    return code


def use_code(*, email: str, code: str, lien: LienPersonnel | None = None) -> bool:
    """Vrai si le code est le bon (il ne resservira pas). Sinon ActionImpossible, avec ce qu’il faut faire.

    L’essai manqué est compté même si l’appelant échoue : sa transaction est close avant de répondre.
    """
    with transaction.atomic():
        dernier = (
            CodeConnexion.objects.select_for_update()
            .filter(email__iexact=email, lien=lien, utilise_at__isnull=True, expire_at__gt=maintenant())
            .order_by("-cree_at", "-id")
            .first()
        )
        bon = False
        epuise = dernier is None or dernier.essais >= ESSAIS_MAX
        if dernier is not None and not epuise:
            bon = hmac.compare_digest(dernier.code_hache, _hash_code(email, code.strip().replace(" ", "")))
            if bon:
                dernier.utilise_at = maintenant()
            else:
                dernier.essais += 1
            dernier.save(update_fields=["utilise_at", "essais"])
    if epuise:
        raise ActionImpossible("Ce code n’est plus valable. Demandez-en un nouveau.")
    if not bon:
        raise ActionImpossible(
            "Ce n’est pas le bon code. Vérifiez les six chiffres du dernier courriel reçu."
        )
    return True
