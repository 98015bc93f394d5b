"""Un financeur que la plateforme ne connaît pas : le territoire le propose, la délégation nationale le reconnaît.

Le territoire donne un nom, un type, un SIREN ; jamais une adresse de contact : elle reçoit les liens qui valent décision.
"""

from typing import Any

from django.db import transaction
from django.urls import reverse

from maillage.comptes.actions import create_organisation, update_organisation
from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.fiches.models import FicheAction
from maillage.financement.actions.lignes import add_ligne
from maillage.financement.models import LigneFinancement
from maillage.journal.actions import Auteur
from maillage.notifications.actions import close_attente, open_attente
from maillage.socle.erreurs import ActionImpossible

CODE_ATTENTE = "financement.reconnaitre"


@transaction.atomic
def add_ligne_nouveau_financeur(
    *,
    fiche: FicheAction,
    nom: str,
    type_organisation: TypeOrganisation,
    by: Auteur,
    siren: str = "",
    **champs: Any,
) -> LigneFinancement:
    """Inscrit au plan un financeur encore inconnu, et le crée. `champs` : ceux d’`add_ligne`, sans `financeur`.

    Il naît sans adresse de contact ni droit de financer ailleurs : la délégation nationale est attendue pour le
    reconnaître. Nom ou SIREN déjà connu : ActionImpossible.
    """
    nom = nom.strip()
    if not nom:
        raise ActionImpossible("Donnez le nom du financeur à ajouter.")
    if Organisation.objects.filter(nom__iexact=nom).exists():
        raise ActionImpossible(f"«\u00a0{nom}\u00a0» est déjà connue\u00a0: choisissez-la.")
    if siren and (deja := Organisation.objects.filter(siren=siren).first()):
        raise ActionImpossible(f"Ce SIREN est déjà celui de {deja}\u00a0: choisissez-la.")
    financeur = create_organisation(
        nom=nom,
        type=type_organisation,
        siren=siren or None,
        is_fictif=fiche.territoire.is_fictif,
        by=by,
    )
    ligne = add_ligne(fiche=fiche, financeur=financeur, by=by, **champs)
    delegations = Organisation.objects.filter(fonctions__role=RoleOrganisation.NATIONAL).distinct()
    for delegation in delegations:
        open_attente(
            code=CODE_ATTENTE,
            objet=financeur,
            organisation=delegation,
            territoire=fiche.territoire.cle,
            territoire_nom=fiche.territoire.nom,
            libelle=f"Reconnaître le financeur proposé «\u00a0{financeur}\u00a0», et tenir son adresse de contact",
            url=reverse("organisation-update", args=[financeur.pk]),
        )
    return ligne


@transaction.atomic
def review_organisation(
    *, organisation: Organisation, courriel: str, is_financeur: bool, by: Auteur
) -> Organisation:
    """La délégation tient l’adresse de contact d’une organisation et dit si elle peut financer ; ce qu’on attendait d’elle
    à son sujet est fait, même si elle n’a rien changé."""
    close_attente(code=CODE_ATTENTE, objet=organisation)
    return update_organisation(organisation=organisation, courriel=courriel, is_financeur=is_financeur, by=by)
