"""Qui siège dans un comité, depuis quand, jusqu’à quand."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from maillage.agenda.actions import (
    change_invitation,
)
from maillage.comptes.models import Organisation, Personne
from maillage.gouvernance import events
from maillage.gouvernance.enums import (
    Qualite,
    StatutSeance,
)
from maillage.gouvernance.models import (
    CollegeComite,
    Comite,
    MembreComite,
    Participant,
)
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible


@transaction.atomic
def add_membre(
    *,
    comite: Comite,
    by: Auteur,
    nom: str = "",
    titre: str = "",
    email: str = "",
    organisation: Organisation | None = None,
    college: CollegeComite | None = None,
    place: Qualite = Qualite.MEMBRE,
    has_voix: bool = True,
    titulaire: MembreComite | None = None,
    debut: date | None = None,
    fin: date | None = None,
    source: str = "",
) -> MembreComite:
    """Fait entrer quelqu’un au comité, jusqu’à une date (exclue) ou sans terme. Deux mandats de la même personne ne se
    chevauchent pas. Une organisation sans nom est une place dont le représentant reste à désigner."""
    nom, email = nom.strip(), email.strip().lower()
    if not nom and organisation is None:
        raise ActionImpossible("Donnez un nom, ou au moins l’organisation représentée.")
    if debut and fin and debut >= fin:
        raise ActionImpossible("La fin du mandat vient avant son début\u00a0: corrigez l’une des deux dates.")
    if titulaire and (titulaire.comite_id != comite.pk or titulaire.titulaire_id):
        raise ActionImpossible("Un suppléant supplée un titulaire de ce comité.")
    if college and college.comite_id != comite.pk:
        raise ActionImpossible("Ce collège est celui d’un autre comité.")
    Comite.objects.select_for_update().get(pk=comite.pk)  # deux mandats saisis ensemble ne se croisent pas
    personne = Personne.objects.filter(email__iexact=email).first() if email else None
    membre = MembreComite(
        comite=comite,
        nom=nom[:150],
        titre=titre.strip()[:150],
        email=email,
        personne=personne,
        organisation=organisation,
        college=titulaire.college if titulaire else college,
        place=place,
        has_voix=has_voix and place != Qualite.INVITE,
        titulaire=titulaire,
        debut=debut,
        fin=fin,
        source=source,
    )
    _check_chevauchement(membre)
    membre.save()
    record(
        events.MEMBRE_AJOUTE,
        cible=membre,
        territoire=comite.cle,
        by=by,
        apres={
            "comite": comite.nom,
            "qualite": f"suppléant·e de {titulaire}" if titulaire else str(Qualite(place).label),
        },
        date_effet=debut,
    )
    return membre


@transaction.atomic
def update_membre(*, membre: MembreComite, nom: str, titre: str, email: str, by: Auteur) -> MembreComite:
    """Corrige le nom, la qualité ou l’adresse d’un membre ; sans changement, rien. Une autre place, un autre collège ou une
    autre voix est un nouveau mandat : on clôt celui-ci.

    Une adresse changée vaut pour les séances à venir : l’invitation est à renvoyer.
    """
    membre = (
        MembreComite.objects.select_for_update(of=("self",))
        .select_related("comite__territoire__vague", "organisation")
        .get(pk=membre.pk)
    )
    apres = {"nom": nom.strip()[:150], "titre": titre.strip()[:150], "email": email.strip().lower()}
    changes = [champ for champ, valeur in apres.items() if getattr(membre, champ) != valeur]
    if not changes:
        return membre
    if not apres["nom"] and membre.organisation is None:
        raise ActionImpossible("Donnez un nom, ou au moins l’organisation représentée.")
    for champ in changes:
        setattr(membre, champ, apres[champ])
    membre.personne = Personne.objects.filter(email__iexact=membre.email).first() if membre.email else None
    _check_chevauchement(membre)
    membre.save()
    a_venir = Participant.objects.filter(
        membre=membre, seance__statut__in=[StatutSeance.EN_PREPARATION, StatutSeance.CONVOQUEE]
    )
    for participant in a_venir.select_related("invitation__rendez_vous"):
        change_invitation(
            invitation=participant.invitation,
            nom=membre.nom or str(membre.organisation),
            email=membre.email,
            personne=membre.personne,
        )
    libelles = [str(MembreComite._meta.get_field(champ).verbose_name) for champ in changes]  # type: ignore[union-attr]
    record(
        events.MEMBRE_MODIFIE,
        cible=membre,
        territoire=membre.comite.cle,
        by=by,
        apres={"comite": membre.comite.nom, "champs": libelles},
    )
    return membre


def _say_mandat(membre: MembreComite) -> str:
    debut = f"depuis le {format_jour(membre.debut)}" if membre.debut else "depuis une date non précisée"
    return debut + (f", jusqu’au {format_jour(membre.fin)}" if membre.fin else ", sans terme")


def _check_chevauchement(membre: MembreComite) -> None:
    identite = Q(nom__iexact=membre.nom, organisation=membre.organisation)
    if membre.email:
        identite |= Q(email=membre.email)
    if membre.personne_id:
        identite |= Q(personne=membre.personne_id)
    dates = Q()
    if membre.fin:
        dates &= Q(debut__isnull=True) | Q(debut__lt=membre.fin)
    if membre.debut:
        dates &= Q(fin__isnull=True) | Q(fin__gt=membre.debut)
    deja = (
        MembreComite.objects.filter(identite, dates, comite=membre.comite)
        .exclude(pk=membre.pk)
        .select_related("organisation")
        .order_by("id")
        .first()
    )
    if deja:
        raise ActionImpossible(
            f"{deja} siège déjà à ce comité, {_say_mandat(deja)}\u00a0: les deux mandats se chevauchent. Mettez fin au premier, ou "
            "changez les dates du second."
        )


@transaction.atomic
def end_membre(*, membre: MembreComite, fin: date, by: Auteur) -> MembreComite:
    """Met fin à un mandat ce jour-là (exclu) ; ses suppléants partent avec lui. Ce qu’il a fait reste."""
    membre = (
        MembreComite.objects.select_for_update(of=("self",))
        .select_related("comite__territoire__vague", "organisation")
        .get(pk=membre.pk)
    )
    if membre.fin and membre.fin <= fin:
        raise ActionImpossible(f"Ce mandat finit déjà le {format_jour(membre.fin)}.")
    if membre.debut and fin <= membre.debut:
        raise ActionImpossible(f"Ce mandat commence le {format_jour(membre.debut)}\u00a0: il finit après.")
    for mandat in [membre, *membre.suppleants.select_related("organisation")]:
        if (mandat.fin and mandat.fin <= fin) or (mandat.debut and fin <= mandat.debut):
            continue
        mandat.fin = fin
        mandat.save(update_fields=["fin"])
        record(
            events.MEMBRE_PARTI,
            cible=mandat,
            territoire=membre.comite.cle,
            by=by,
            apres={"comite": membre.comite.nom, "fin": format_jour(fin)},
            date_effet=fin,
        )
    return membre
