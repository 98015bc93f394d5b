"""Ce que les actes d’une équipe partagent : lire une adresse, ouvrir un compte, donner un titre."""

import secrets
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from maillage.comptes.actions import create_personne, give_fonction, hash_jeton
from maillage.comptes.actions_comptes import (
    reopen_compte,
)
from maillage.comptes.enums import RoleOrganisation
from maillage.comptes.models import Fonction, Personne
from maillage.comptes.permissions_comptes import user_can_manage_comptes
from maillage.equipes.permissions import Titre
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions import give_mandat
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Mandat


def read_email(email: str) -> str:
    """L’adresse, en minuscules. Mal formée : ActionImpossible."""
    propre = email.strip().lower()
    try:
        validate_email(propre)
    except ValidationError:
        raise ActionImpossible(
            "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr.", champ="email"
        ) from None
    return propre


def draw_jeton() -> tuple[str, str]:
    jeton = secrets.token_urlsafe(32)
    return jeton, hash_jeton(jeton)


def holds_titre(personne: Personne, titre: Titre) -> bool:
    """Vrai si la personne tient ce rôle aujourd’hui."""
    if titre.territoire:
        return (
            Mandat.objects.du_jour()
            .filter(personne=personne, territoire=titre.territoire, role=titre.role)
            .exists()
        )
    return (
        Fonction.objects.at(aujourdhui())
        .filter(personne=personne, organisation=titre.organisation, role=titre.role)
        .exists()
    )


def open_compte(
    *, email: str, prenom: str, nom: str, by: Personne, nommee: Personne | None = None
) -> Personne:
    """Le compte de cette adresse, ouvert s’il manque ; `nommee` : la personne sans compte à qui il revient."""
    connue = Personne.objects.select_for_update().filter(email__iexact=email).first()
    if connue is not None:
        if not connue.is_active and not user_can_manage_comptes(by):
            raise ActionImpossible(
                "Le compte de cette adresse est fermé\u00a0: écrivez à l’administrateur de la plateforme."
            )
        return connue if connue.is_active else reopen_compte(personne=connue, by=by)
    if nommee is not None and not nommee.email and not nommee.efface_at:
        nommee.email, nommee.is_active = email, True
        nommee.save(update_fields=["email", "is_active"])
        return nommee
    if not nom.strip():
        raise ActionImpossible("Indiquez votre nom.")
    return create_personne(prenom=prenom.strip(), nom=nom.strip(), email=email, by=by)


def give_titre(personne: Personne, titre: Titre, *, fin: date | None, by: Personne) -> None:
    if titre.territoire:
        give_mandat(
            territoire=titre.territoire,
            personne=personne,
            role=RoleMandat(titre.role),
            debut=aujourdhui(),
            fin=fin,
            by=by,
        )
    elif titre.organisation:
        give_fonction(
            personne=personne,
            organisation=titre.organisation,
            role=RoleOrganisation(titre.role),
            debut=aujourdhui(),
            fin=fin,
            by=by,
        )
