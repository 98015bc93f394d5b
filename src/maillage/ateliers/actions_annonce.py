"""Ce que l’atelier montre dehors : l’annonce et l’inscription avant la soirée, la synthèse des cartes publiées après."""

from django.db import transaction

from maillage.agenda.actions import invite, send_again, send_invitations
from maillage.ateliers import events, policies
from maillage.ateliers.actions import take_rendez_vous
from maillage.ateliers.models import Atelier, Inscription
from maillage.ateliers.permissions import check_user_can_animate
from maillage.ateliers.selectors import list_publiees
from maillage.comptes.actions_connexion import check_limite, record_tentative
from maillage.comptes.enums import NatureTentative
from maillage.comptes.models import Personne
from maillage.journal.actions import Systeme, record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant


@transaction.atomic
def announce_atelier(*, atelier: Atelier, presentation: str, adresse: str, by: Personne) -> None:
    """Ouvre la page publique et l’inscription, ou change sa présentation. `adresse` : celle où entrer le jour venu."""
    check_user_can_animate(by, atelier)
    atelier = Atelier.objects.select_for_update(of=("self",)).get(pk=atelier.pk)
    policies.check_can_announce(atelier)
    presentation = presentation.replace("\r\n", "\n").strip()
    if atelier.annonce_at and atelier.presentation == presentation:
        return
    take_rendez_vous(atelier=atelier, adresse=adresse, by=by)
    atelier.annonce_at = atelier.annonce_at or maintenant()
    atelier.presentation = presentation
    atelier.save(update_fields=["annonce_at", "presentation"])
    record(events.ANNONCE_PUBLIEE, cible=atelier, territoire=atelier.territoire.cle, by=by)


@transaction.atomic
def withdraw_annonce(*, atelier: Atelier, by: Personne) -> None:
    """Ferme la page publique et l’inscription ; ceux qui sont inscrits le restent."""
    check_user_can_animate(by, atelier)
    if atelier.annonce_at is None:
        raise ActionImpossible("Cet atelier n’est pas annoncé.")
    atelier.annonce_at = None
    atelier.save(update_fields=["annonce_at"])
    record(events.ANNONCE_RETIREE, cible=atelier, territoire=atelier.territoire.cle, by=by)


@transaction.atomic
def register(
    *, atelier: Atelier, nom: str, email: str, college: str, organisation: str = "", machine: str = ""
) -> None:
    """Inscrit quelqu’un par la page publique : un courriel part, avec le .ics et la réponse d’un clic.

    L’inscription ne compte qu’une fois ce courriel répondu : une adresse écrite par un autre ne remplit pas la salle.
    Qui est déjà invité reçoit de nouveau son courriel, et la page répond de même : elle n’apprend pas qui vient.
    """
    check_limite(nature=NatureTentative.INSCRIPTION, adresse=email, machine=machine)
    record_tentative(nature=NatureTentative.INSCRIPTION, adresse=email, machine=machine)
    policies.check_can_register(atelier, maintenant())
    rendez_vous = atelier.rendez_vous
    assert rendez_vous is not None  # noqa: S101 (l’annonce l’a pris)
    inscrit = Systeme("Inscription par la page publique")
    invitation = invite(rendez_vous=rendez_vous, nom=nom, email=email, by=inscrit)
    if invitation.sequence_envoyee >= rendez_vous.sequence:
        send_again(invitation=invitation)
        return
    Inscription.objects.get_or_create(
        invitation=invitation,
        defaults={
            "atelier": atelier,
            "college": college,
            "organisation": organisation.strip()[:150],
            "inscrit_at": maintenant(),
        },
    )
    send_invitations(
        rendez_vous=rendez_vous,
        by=inscrit,
        url=atelier.get_absolute_url(),
        territoire_nom=atelier.territoire.nom,
    )
    record(events.INSCRIPTION_RECUE, cible=atelier, territoire=atelier.territoire.cle, by=inscrit)


@transaction.atomic
def publish_synthese(*, atelier: Atelier, by: Personne) -> None:
    """Ouvre la synthèse publique : les seules cartes publiées une à une. Il en faut une au moins."""
    check_user_can_animate(by, atelier)
    policies.check_can_publish_synthese(atelier)
    cartes = len(list_publiees(atelier))
    if not cartes:
        raise ActionImpossible("Publiez au moins une carte\u00a0: la page publique ne montre qu’elles.")
    atelier.synthese_publiee_at = maintenant()
    atelier.save(update_fields=["synthese_publiee_at"])
    record(
        events.SYNTHESE_PUBLIEE,
        cible=atelier,
        territoire=atelier.territoire.cle,
        by=by,
        apres={"cartes": cartes},
    )


@transaction.atomic
def withdraw_synthese(*, atelier: Atelier, by: Personne) -> None:
    """Retire la synthèse du public ; les cartes publiées restent lisibles sur les fiches qu’elles ont fait naître."""
    check_user_can_animate(by, atelier)
    if atelier.synthese_publiee_at is None:
        raise ActionImpossible("Cette synthèse n’est pas publiée.")
    atelier.synthese_publiee_at = None
    atelier.save(update_fields=["synthese_publiee_at"])
    record(events.SYNTHESE_RETIREE, cible=atelier, territoire=atelier.territoire.cle, by=by)
