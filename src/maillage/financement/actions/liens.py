"""Le lien personnel par lequel un financeur sans compte répond à une ligne."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from maillage.comptes.actions import create_lien_personnel
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Personne
from maillage.financement import policies
from maillage.financement.models import LigneFinancement
from maillage.financement.permissions import check_user_can_send_lien, financeur_has_compte
from maillage.financement.selectors import say_demande
from maillage.notifications.actions import send_courriel
from maillage.socle.erreurs import ActionImpossible


@transaction.atomic
def send_lien_ligne(*, ligne: LigneFinancement, nom: str, by: Personne) -> str:
    """Envoie à l’adresse de contact du financeur, qui n’a pas de compte, un lien pour répondre à la ligne ; rend
    l’adresse du lien. `nom` : à qui, chez lui, le lien est destiné.

    AccesRefuse si `by` n’est pas de l’équipe du territoire ; ActionImpossible si le financeur n’a rien à répondre, a un
    compte, ou n’a pas d’adresse de contact.
    """
    ligne = LigneFinancement.objects.select_related("financeur", "plan__fiche__territoire__vague").get(
        pk=ligne.pk
    )
    check_user_can_send_lien(by, ligne)
    if refus := policies.say_lien_impossible(ligne, has_compte=financeur_has_compte(ligne.financeur)):
        raise ActionImpossible(refus)
    if not nom.strip():
        raise ActionImpossible("Donnez le nom de la personne à qui le lien est envoyé.")
    fiche = ligne.plan.fiche
    _, jeton = create_lien_personnel(
        but=ButLien.REPONDRE_LIGNE,
        objet=ligne,
        organisation=ligne.financeur,
        nom=nom.strip(),
        email=ligne.financeur.courriel,
        by=by,
        territoire=fiche.territoire.cle,
    )
    url = settings.ADRESSE_PUBLIQUE + reverse("lien-ouvrir", args=[jeton])
    send_courriel(
        destinataire=ligne.financeur.courriel,
        gabarit="lien_ligne",
        contexte={
            "nom": nom.strip(),
            "ligne": ligne,
            "fiche": fiche,
            "demande": say_demande(ligne),
            "url": url,
            "by": by,
        },
        motif=f"{ligne.financeur} est sollicité pour cette action",
    )
    return url
