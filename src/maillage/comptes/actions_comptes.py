"""Actes sur les comptes : fermeture, réouverture, effacement, support au nom de quelqu’un."""

from datetime import timedelta

from django.db import transaction

from maillage.comptes import events
from maillage.comptes.actions_connexion import revoke_sessions
from maillage.comptes.actions_organisations import end_fonction
from maillage.comptes.enums import RoleOrganisation
from maillage.comptes.models import Assistance, CodeConnexion, Fonction, Personne
from maillage.comptes.permissions_comptes import check_user_can_assist
from maillage.journal.actions import Auteur, record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant

DUREE_ASSISTANCE = timedelta(minutes=30)


def _end_fonctions(personne: Personne, *, by: Auteur, motif: str) -> None:
    """Finit les fonctions du jour ; une fonction commencée aujourd’hui finit demain, faute de pouvoir finir avant de commencer."""
    for fonction in Fonction.objects.at(aujourdhui()).filter(personne=personne):
        commence = fonction.debut == aujourdhui()
        end_fonction(fonction=fonction, fin=aujourdhui() + timedelta(days=int(commence)), by=by, motif=motif)


@transaction.atomic
def close_compte(*, personne: Personne, motif: str, by: Auteur) -> Personne:
    """Ferme un compte : plus de connexion, sessions fermées, fonctions finies aujourd’hui. Tout reste à l’historique."""
    personne = Personne.objects.select_for_update().get(pk=personne.pk)
    if not personne.is_active:
        raise ActionImpossible(f"Le compte de {personne} est déjà fermé.")
    if personne.pk == by.pk:
        raise ActionImpossible(
            "Vous ne pouvez pas fermer votre propre compte ici\u00a0: demandez-le à un autre administrateur."
        )
    if not motif.strip():
        raise ActionImpossible("Écrivez pourquoi ce compte se ferme\u00a0: le motif paraît au journal.")
    _end_fonctions(personne, by=by, motif=motif)
    revoke_sessions(personne=personne, by=by)
    personne.is_active = False
    personne.save(update_fields=["is_active"])
    record(events.COMPTE_FERME, cible=personne, by=by, motif=motif.strip())
    return personne


@transaction.atomic
def reopen_compte(*, personne: Personne, by: Auteur) -> Personne:
    """Rouvre un compte fermé ; ses fonctions passées ne reviennent pas. Sans adresse : ActionImpossible."""
    personne = Personne.objects.select_for_update().get(pk=personne.pk)
    if personne.is_active:
        raise ActionImpossible(f"Le compte de {personne} est déjà ouvert.")
    if not personne.email:
        raise ActionImpossible(
            "Ce compte n’a plus d’adresse\u00a0: invitez la personne, un nouveau compte s’ouvrira."
        )
    personne.is_active = True
    personne.save(update_fields=["is_active"])
    record(events.COMPTE_ROUVERT, cible=personne, by=by)
    return personne


@transaction.atomic
def update_personne(*, personne: Personne, prenom: str, nom: str, by: Auteur) -> Personne:
    """Corrige le prénom et le nom d’un compte ; sans changement, n’écrit rien."""
    personne = Personne.objects.select_for_update().get(pk=personne.pk)
    avant = str(personne)
    personne.prenom, personne.nom = prenom.strip(), nom.strip()
    if str(personne) == avant:
        return personne
    personne.save(update_fields=["prenom", "nom"])
    record(
        events.PERSONNE_RENOMMEE, cible=personne, by=by, avant={"nom": avant}, apres={"nom": str(personne)}
    )
    return personne


@transaction.atomic
def move_email(*, personne: Personne, email: str, by: Auteur) -> Personne:
    """Donne au compte une autre adresse, déjà vérifiée ; ses sessions et ses codes ne valent plus.

    Appelé par `equipes.actions.change_adresse`, qui prévient les deux adresses.
    """
    personne = Personne.objects.select_for_update().get(pk=personne.pk)
    revoke_sessions(personne=personne, by=by)
    CodeConnexion.objects.filter(email__iexact=personne.email or "").delete()
    personne.identites.all().delete()
    personne.email = email
    personne.save(update_fields=["email"])
    record(events.ADRESSE_CHANGEE, cible=personne, by=by)
    return personne


@transaction.atomic
def erase_personne(*, personne: Personne, is_publique: bool, by: Auteur, motif: str = "") -> Personne:
    """Efface ce qui permet de joindre ou de reconnaître une personne : adresse, sessions, identités, second facteur.

    `is_publique` : la personne a tenu un rôle public (élu ou industriel d’un binôme, personne nommée par une source) ;
    son nom et ce rôle restent, le contact part. Les actes signés et le journal gardent leurs noms : ils font preuve.
    """
    personne = Personne.objects.select_for_update().get(pk=personne.pk)
    if personne.efface_at:
        raise ActionImpossible("Ces données sont déjà effacées.")
    revoke_sessions(personne=personne, by=by)
    if personne.email:
        CodeConnexion.objects.filter(email__iexact=personne.email).delete()
    for lies in (personne.identites, personne.codes_secours, personne.sessions):
        lies.all().delete()
    if second_facteur := getattr(personne, "second_facteur", None):
        second_facteur.delete()
    _end_fonctions(personne, by=by, motif="effacement")
    personne.email, personne.is_active, personne.efface_at = None, False, maintenant()
    if not is_publique:
        personne.prenom, personne.nom = "", f"Personne effacée n° {personne.pk}"
    personne.save(update_fields=["email", "is_active", "efface_at", "prenom", "nom"])
    record(events.PERSONNE_EFFACEE, cible=personne, by=by, motif=motif.strip())
    return personne


@transaction.atomic
def start_assistance(*, assistant: Personne, personne: Personne, motif: str) -> Assistance:
    """Le support agit au nom de `personne` pendant trente minutes. AccesRefuse ou ActionImpossible, avec la raison."""
    check_user_can_assist(assistant)
    if len(motif.strip()) < 10:
        raise ActionImpossible(
            "Écrivez en une phrase pourquoi vous agissez en son nom\u00a0: elle paraît au journal."
        )
    if personne.pk == assistant.pk:
        raise ActionImpossible("C’est votre propre compte.")
    if not personne.is_active:
        raise ActionImpossible(f"Le compte de {personne} est fermé\u00a0: on ne peut pas agir en son nom.")
    if any(f.role == RoleOrganisation.ADMINISTRATEUR for f in personne.get_fonctions()):
        raise ActionImpossible("On n’agit pas au nom d’un autre administrateur.")
    Assistance.objects.en_cours().filter(assistant=assistant).update(finie_at=maintenant())
    assistance = Assistance.objects.create(
        assistant=assistant,
        personne=personne,
        motif=motif.strip()[:300],
        ouverte_at=maintenant(),
        expire_at=maintenant() + DUREE_ASSISTANCE,
    )
    record(
        events.ASSISTANCE_OUVERTE,
        cible=personne,
        by=assistant,
        apres={"assistant": str(assistant), "personne": str(personne)},
        motif=motif.strip(),
    )
    return assistance


@transaction.atomic
def end_assistance(*, assistance: Assistance) -> None:
    """Le support rend la main ; déjà rendue, n’écrit rien."""
    if Assistance.objects.filter(pk=assistance.pk, finie_at__isnull=True).update(finie_at=maintenant()):
        record(
            events.ASSISTANCE_FINIE,
            cible=assistance.personne,
            by=assistance.assistant,
            apres={"assistant": str(assistance.assistant), "personne": str(assistance.personne)},
        )
