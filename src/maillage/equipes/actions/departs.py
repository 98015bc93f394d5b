"""Partir, fermer un compte, effacer ses données, changer d’adresse."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction

from maillage.comptes.actions_comptes import (
    close_compte,
    erase_personne,
    move_email,
)
from maillage.comptes.actions_connexion import revoke_sessions
from maillage.comptes.actions_organisations import end_fonction
from maillage.comptes.models import Fonction, Personne
from maillage.comptes.permissions_comptes import check_user_can_manage_comptes
from maillage.equipes.actions.communs import read_email
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.equipes.permissions import Titre, check_user_can_give
from maillage.equipes.selectors import has_role_public
from maillage.notifications.actions import send_courriel
from maillage.notifications.models import Courriel, PreferenceCourriel, Recapitulatif
from maillage.socle.donnees_personnelles import list_traitements
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions_mandats import end_mandat
from maillage.territoires.models import Mandat


@transaction.atomic
def record_depart(*, roles: Iterable[Fonction | Mandat], fin: date, by: Personne, motif: str = "") -> int:
    """Dit le départ de quelqu’un : chaque rôle prend fin le jour `fin` (exclu), l’historique reste ; rend leur nombre.

    Si `fin` est passé ou aujourd’hui, ses sessions se ferment. AccesRefuse si `by` ne peut pas finir l’un des rôles.
    """
    nombre = 0
    for role in roles:
        if isinstance(role, Fonction):
            check_user_can_give(by, Titre(role.role, organisation=role.organisation))
            end_fonction(fonction=role, fin=fin, by=by, motif=motif)
        else:
            check_user_can_give(by, Titre(role.role, territoire=role.territoire))
            end_mandat(mandat=role, fin=fin, by=by, motif=motif)
            if fin <= aujourdhui():
                revoke_sessions(personne=role.personne, by=by)
        nombre += 1
    return nombre


@transaction.atomic
def close_compte_and_mandats(*, personne: Personne, motif: str, by: Personne) -> Personne:
    """Ferme un compte et finit ses mandats de territoire ; les personnes et leurs rôles passés restent à l’historique."""
    check_user_can_manage_comptes(by)
    _end_mandats(personne, by=by, motif=motif)
    return close_compte(personne=personne, motif=motif, by=by)


def _end_mandats(personne: Personne, *, by: Personne, motif: str) -> None:
    for mandat in Mandat.objects.du_jour().filter(personne=personne).select_related("territoire__vague"):
        commence = mandat.debut == aujourdhui()  # une fin ne peut pas précéder le début
        end_mandat(mandat=mandat, fin=aujourdhui() + timedelta(days=int(commence)), by=by, motif=motif)


@transaction.atomic
def erase_donnees(*, personne: Personne, by: Personne, motif: str = "") -> Personne:
    """Efface les données d’une personne, à sa demande ou par l’administrateur. Ses mandats publics restent, son contact part."""
    if by.pk != personne.pk:
        check_user_can_manage_comptes(by)
    is_publique = has_role_public(personne)
    for traitement in list_traitements():
        if traitement.effacer is not None:
            traitement.effacer(personne)
    if personne.email:
        Courriel.objects.filter(destinataire__iexact=personne.email).update(
            destinataire="efface@maillage.invalid", corps="", sujet="(effacé)"
        )
        Invitation.objects.filter(email__iexact=personne.email).update(
            email="efface@maillage.invalid", prenom="", nom=""
        )
        DemandeRattachement.objects.filter(email__iexact=personne.email).update(
            email="efface@maillage.invalid", prenom="", nom="Personne effacée", message=""
        )
    PreferenceCourriel.objects.filter(personne=personne).delete()
    Recapitulatif.objects.filter(personne=personne).delete()
    if not is_publique:
        _end_mandats(personne, by=by, motif="effacement")
    return erase_personne(personne=personne, is_publique=is_publique, by=by, motif=motif)


@transaction.atomic
def change_adresse(*, personne: Personne, email: str, by: Personne) -> Personne:
    """Change l’adresse d’un compte, par l’administrateur qui a vérifié la personne. Les deux adresses sont prévenues,
    les sessions se ferment, l’identité ProConnect se reliera à la prochaine connexion.

    ActionImpossible, au champ `email`, si l’adresse est mal formée ou déjà celle d’un autre compte.
    """
    check_user_can_manage_comptes(by)
    email = read_email(email)
    if email == personne.email:
        return personne
    if Personne.objects.filter(email__iexact=email).exists():
        raise ActionImpossible("Cette adresse est déjà celle d’un autre compte.", champ="email")
    avant = personne.email
    personne = move_email(personne=personne, email=email, by=by)
    for adresse in filter(None, (avant, email)):
        send_courriel(
            destinataire=adresse,
            gabarit="adresse_changee",
            contexte={"personne": personne, "email": email, "by": by},
            motif="l’adresse de votre compte a changé",
            personne=personne,
        )
    return personne
