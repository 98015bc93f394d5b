"""Actes sur les gens et les contacts d’une organisation : fonctions nommées, finies, vacantes ; façons de la joindre."""

from datetime import date

from django.db import transaction

from maillage.comptes import events
from maillage.comptes.actions import create_personne, give_fonction
from maillage.comptes.actions_connexion import revoke_sessions
from maillage.comptes.enums import RoleOrganisation
from maillage.comptes.models import ContactOrganisation, Fonction, FonctionVacante, Organisation, Personne
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui


def _check_periode(debut: date | None, fin: date | None) -> None:
    if debut and fin and fin <= debut:
        raise ActionImpossible(
            f"La fin ({format_jour(fin)}) ne vient pas après le début ({format_jour(debut)})\u00a0: corrigez l’une des deux dates.",
            champ="fin",
        )


@transaction.atomic
def name_fonction(
    *,
    organisation: Organisation,
    role: RoleOrganisation,
    by: Auteur,
    personne: Personne | None = None,
    prenom: str = "",
    nom: str = "",
    intitule: str = "",
    debut: date | None = None,
    fin: date | None = None,
) -> Fonction:
    """Donne une fonction à une personne connue ou à un nom écrit ; pourvoit la fonction vacante du même intitulé.

    Une personne peut avoir plusieurs fonctions ; deux fois la même, aux mêmes jours, est refusé au champ `debut`.
    """
    _check_periode(debut, fin)
    if personne is None and not nom.strip():
        raise ActionImpossible("Choisissez une personne connue, ou écrivez son nom.", champ="nom")
    if personne is not None:
        for autre in Fonction.objects.filter(personne=personne, organisation=organisation, role=role):
            if (fin is None or autre.debut is None or autre.debut < fin) and (
                debut is None or autre.fin is None or debut < autre.fin
            ):
                raise ActionImpossible(
                    f"{personne} a déjà cette fonction à ces dates\u00a0: mettez-y fin d’abord, ou choisissez d’autres dates.",
                    champ="debut",
                )
    fonction = give_fonction(
        personne=personne or create_personne(prenom=prenom.strip(), nom=nom.strip(), by=by),
        organisation=organisation,
        role=role,
        intitule=intitule.strip(),
        debut=debut,
        fin=fin,
        by=by,
    )
    if intitule.strip():
        vacantes = FonctionVacante.objects.filter(
            organisation=organisation, intitule__iexact=intitule.strip(), fin__isnull=True
        )
        for vacante in vacantes:
            fill_fonction(vacante=vacante, fin=debut or aujourdhui(), by=by)
    return fonction


@transaction.atomic
def end_fonction(*, fonction: Fonction, fin: date, by: Auteur, motif: str = "") -> Fonction:
    """Met fin à une fonction le jour `fin` (exclu) : les droits s’arrêtent ce jour-là, le passé reste.

    Dès que la fin est passée, les sessions de la personne se ferment.
    """
    fonction = (
        Fonction.objects.select_for_update(of=("self",))
        .select_related("personne", "organisation")
        .get(pk=fonction.pk)
    )
    _check_periode(fonction.debut, fin)
    if fonction.fin is not None and fonction.fin <= fin:
        raise ActionImpossible(f"Cette fonction a déjà pris fin le {format_jour(fonction.fin)}.", champ="fin")
    if fonction.role == RoleOrganisation.ADMINISTRATEUR:
        _check_autre_administrateur(fonction, fin)
    fonction.fin = fin
    fonction.save(update_fields=["fin"])
    record(
        events.FONCTION_FINIE,
        cible=fonction,
        by=by,
        motif=motif,
        date_effet=fin,
        apres={
            "fin": format_jour(fin),
            "role": fonction.get_role_display(),
            "personne": str(fonction.personne),
            "organisation": fonction.organisation.nom,
        },
    )
    if fin <= aujourdhui():
        revoke_sessions(personne=fonction.personne, by=by)
    return fonction


@transaction.atomic
def move_fin_fonction(*, fonction: Fonction, fin: date | None, motif: str, by: Auteur) -> Fonction:
    """Corrige la fin d’une fonction finie ; `fin` vide : elle continue. Motif obligatoire ; le journal garde l’ancienne date."""
    fonction = (
        Fonction.objects.select_for_update(of=("self",))
        .select_related("personne", "organisation")
        .get(pk=fonction.pk)
    )
    if not motif.strip():
        raise ActionImpossible(
            "Dites pourquoi la date change\u00a0: le motif paraît au journal.", champ="motif"
        )
    if fonction.fin is None:
        raise ActionImpossible("Cette fonction n’a pas de fin\u00a0: dites plutôt le départ.", champ="fin")
    if not fonction.personne.is_active:
        raise ActionImpossible("Le compte de cette personne est fermé\u00a0: rouvrez-le d’abord.")
    _check_periode(fonction.debut, fin)
    avant = fonction.fin
    fonction.fin = fin
    fonction.save(update_fields=["fin"])
    record(
        events.FONCTION_CORRIGEE,
        cible=fonction,
        by=by,
        motif=motif.strip(),
        date_effet=fin,
        avant={"fin": format_jour(avant)},
        apres={
            "fin": f"le {format_jour(fin)}" if fin else "sans fin",
            "role": fonction.get_role_display(),
            "personne": str(fonction.personne),
            "organisation": fonction.organisation.nom,
        },
    )
    return fonction


def _check_autre_administrateur(fonction: Fonction, fin: date) -> None:
    """Refuse le départ du dernier administrateur : plus personne ne tiendrait les comptes."""
    autres = (
        Fonction.objects.at(fin)
        .filter(role=RoleOrganisation.ADMINISTRATEUR, personne__is_active=True)
        .exclude(personne=fonction.personne_id)
    )
    if not autres.exists():
        raise ActionImpossible(
            f"{fonction.personne} serait le dernier administrateur à partir\u00a0: invitez-en d’abord un autre."
        )


@transaction.atomic
def declare_vacante(
    *, organisation: Organisation, intitule: str, by: Auteur, debut: date | None = None, source: str = ""
) -> FonctionVacante:
    """Dit qu’une fonction est vacante depuis un jour. Déjà dite : ActionImpossible, au champ `intitule`."""
    intitule = intitule.strip()
    if FonctionVacante.objects.filter(
        organisation=organisation, intitule__iexact=intitule, fin__isnull=True
    ).exists():
        raise ActionImpossible(f"«\u00a0{intitule}\u00a0» est déjà dite vacante.", champ="intitule")
    vacante = FonctionVacante.objects.create(
        organisation=organisation, intitule=intitule, debut=debut, source=source.strip()
    )
    record(
        events.FONCTION_VACANTE,
        cible=vacante,
        by=by,
        date_effet=debut,
        apres={"organisation": organisation.nom},
    )
    return vacante


@transaction.atomic
def fill_fonction(*, vacante: FonctionVacante, fin: date, by: Auteur) -> None:
    """La fonction est pourvue ou supprimée le jour `fin` : sa vacance s’arrête, et reste lisible au passé.

    Pourvue le jour même où elle était dite vacante, ou avant, elle ne l’a jamais été : seul le journal s’en souvient.
    """
    if vacante.debut and fin <= vacante.debut:
        FonctionVacante.objects.filter(pk=vacante.pk).delete()
    else:
        vacante.fin = fin
        vacante.save(update_fields=["fin"])
    record(
        events.FONCTION_POURVUE,
        cible=vacante,
        by=by,
        date_effet=fin,
        apres={"organisation": vacante.organisation.nom},
    )


@transaction.atomic
def add_contact(
    *, organisation: Organisation, libelle: str, by: Auteur, courriel: str = "", telephone: str = ""
) -> ContactOrganisation:
    """Ajoute une façon de joindre l’organisation : un courriel ou un téléphone de service."""
    if not courriel.strip() and not telephone.strip():
        raise ActionImpossible("Donnez un courriel ou un téléphone.", champ="courriel")
    contact = ContactOrganisation.objects.create(
        organisation=organisation,
        libelle=libelle.strip(),
        courriel=courriel.strip().lower(),
        telephone=telephone.strip(),
    )
    record(events.CONTACT_AJOUTE, cible=contact, by=by, apres={"organisation": organisation.nom})
    return contact


@transaction.atomic
def close_contact(*, contact: ContactOrganisation, by: Auteur) -> None:
    """Ferme un contact qui ne répond plus ; il reste au journal."""
    if contact.ferme_le is not None:
        return
    contact.ferme_le = aujourdhui()
    contact.save(update_fields=["ferme_le"])
    record(events.CONTACT_FERME, cible=contact, by=by, apres={"organisation": contact.organisation.nom})
