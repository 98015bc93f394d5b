"""Actes sur les territoires : étapes, mandats, évènements. Les imports ANCT sont dans `imports.py`."""

from datetime import date

from django.db import models, transaction

from maillage.comptes.models import Organisation, Personne
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_bornes
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires import events
from maillage.territoires.enums import Fait, Fiabilite, NatureEvenement, RoleMandat
from maillage.territoires.models import Etape, Evenement, Mandat, Perimetre, Territoire


@transaction.atomic
def record_etape(
    *,
    territoire: Territoire,
    fait: Fait,
    debut: date,
    fin: date | None = None,
    source: str,
    by: Auteur,
    fiabilite: Fiabilite = Fiabilite.SOURCE,
    source_url: str = "",
    objet: models.Model | None = None,
) -> Etape:
    """Constate une étape à une date, ou entre deux bornes (`debut` au plus tôt, `fin` au plus tard).

    Le même fait, de la même source et du même objet, n’est pas enregistré deux fois.
    """
    fin = fin or debut
    if debut > fin:
        raise ActionImpossible("La date au plus tôt vient après la date au plus tard\u00a0: inversez-les.")
    if not source.strip():
        raise ActionImpossible(
            "Une étape constatée cite sa source\u00a0: un texte publié, un document, un acte."
        )
    ref = (
        {"objet_type": objet._meta.label_lower, "objet_id": str(objet.pk)}
        if objet
        else {"objet_type": "", "objet_id": ""}
    )
    etape, creee = Etape.objects.connues().get_or_create(
        territoire=territoire,
        fait=fait,
        debut=debut,
        fin=fin,
        source=source,
        **ref,
        defaults={
            "remplacee_at": None,
            "fiabilite": fiabilite,
            "source_url": source_url,
            "enregistre_at": maintenant(),
            "enregistre_by": str(by),
        },
    )
    if creee:
        record(
            events.ETAPE_CONSTATEE,
            cible=territoire,
            territoire=territoire.cle,
            by=by,
            apres={"fait": Fait(fait).label, "date": format_bornes(debut, fin), "source": source},
            date_effet=fin,
        )
    return etape


@transaction.atomic
def correct_etape(
    *,
    etape: Etape,
    debut: date,
    fin: date,
    source: str,
    by: Auteur,
    motif: str,
    fait: Fait | None = None,
    fiabilite: Fiabilite | None = None,
    source_url: str = "",
) -> Etape:
    """Remplace un fait par un autre, sans effacer le premier : il garde le jour de son remplacement.

    `fait` : ce qui est constaté, quand c’est cela que la correction change (défaut : le même).
    """
    etape = Etape.objects.select_for_update().get(pk=etape.pk)
    if etape.remplacee_at:
        raise ActionImpossible("Cette étape a déjà été corrigée\u00a0: corrigez la plus récente.")
    Etape.objects.filter(pk=etape.pk).update(remplacee_at=maintenant())
    nouvelle = Etape.objects.create(
        territoire=etape.territoire,
        fait=fait or etape.fait,
        debut=debut,
        fin=fin,
        source=source,
        source_url=source_url,
        fiabilite=fiabilite or etape.fiabilite,
        objet_type=etape.objet_type,
        objet_id=etape.objet_id,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
    )
    record(
        events.ETAPE_CORRIGEE,
        cible=etape.territoire,
        territoire=etape.territoire.cle,
        by=by,
        motif=motif,
        avant={"date": format_bornes(etape.debut, etape.fin)},
        apres={"fait": Fait(nouvelle.fait).label, "date": format_bornes(debut, fin)},
        date_effet=fin,
    )
    return nouvelle


@transaction.atomic
def give_mandat(
    *,
    territoire: Territoire,
    personne: Personne,
    role: RoleMandat,
    by: Auteur,
    organisation: Organisation | None = None,
    intitule: str = "",
    debut: date | None = None,
    fin: date | None = None,
    fiabilite: Fiabilite = Fiabilite.PLATEFORME,
    source: str = "",
) -> Mandat:
    """Donne un rôle à une personne sur un territoire. Un partenaire l’est toujours jusqu’à une date (`fin`, exclue)."""
    if role == RoleMandat.PARTENAIRE and fin is None:
        raise ActionImpossible("Un partenaire est mandaté jusqu’à une date\u00a0: indiquez la fin du mandat.")
    mandat = Mandat.objects.create(
        territoire=territoire,
        personne=personne,
        organisation=organisation,
        role=role,
        intitule=intitule,
        debut=debut,
        fin=fin,
        fiabilite=fiabilite,
        source=source,
    )
    record(
        events.MANDAT_DONNE,
        cible=mandat,
        territoire=territoire.cle,
        by=by,
        apres={"personne": str(personne), "role": RoleMandat(role).label},
        date_effet=debut,
    )
    return mandat


@transaction.atomic
def tell_evenement(
    *,
    territoires: list[Territoire],
    jour: date,
    nature: NatureEvenement,
    titre: str,
    source: str,
    by: Auteur,
    lieu: str = "",
    recit: str = "",
    organisations: list[Organisation] | None = None,
) -> Evenement:
    """Ajoute à la vie des territoires un évènement passé raconté par une source publique."""
    evenement = Evenement.objects.create(
        jour=jour, nature=nature, titre=titre, lieu=lieu, recit=recit, source=source
    )
    evenement.territoires.set(territoires)
    evenement.organisations.set(organisations or [])
    for territoire in territoires:
        record(events.EVENEMENT_RACONTE, cible=evenement, territoire=territoire.cle, by=by, date_effet=jour)
    return evenement


@transaction.atomic
def rename_nom_local(*, territoire: Territoire, nom_local: str, by: Auteur) -> Territoire:
    """Donne ou change la marque locale, à côté du nom officiel."""
    avant = territoire.nom_local
    if avant == nom_local.strip():
        return territoire
    territoire.nom_local = nom_local.strip()
    territoire.save(update_fields=["nom_local", "nom_recherche"])
    record(
        events.NOM_LOCAL_MODIFIE,
        cible=territoire,
        territoire=territoire.cle,
        by=by,
        avant={"nom_local": avant},
        apres={"nom_local": territoire.nom_local},
    )
    return territoire


@transaction.atomic
def create_espace_fictif(*, modele: Territoire, id_ti: str, nom: str, by: Auteur) -> Territoire:
    """Ouvre un espace fictif (rejeu, répétition) qui copie le périmètre de `modele` et ne compte jamais en public."""
    espace = Territoire.objects.create(
        vague=modele.vague,
        id_ti=id_ti,
        nom=nom,
        region=modele.region,
        population=modele.population,
        is_fictif=True,
        source=f"Espace fictif, d’après {modele.nom}",
    )
    espace.regions.set(modele.regions.all())
    espace.departements.set(modele.departements.all())
    Perimetre.objects.bulk_create(
        Perimetre(
            territoire=espace,
            epci=membre.epci,
            commune=membre.commune,
            libelle=membre.libelle,
            debut=membre.debut,
            constate_le=membre.constate_le,
            source=membre.source,
        )
        for membre in modele.perimetres.select_related("epci", "commune")
    )
    record(events.TERRITOIRE_CREE, cible=espace, territoire=espace.cle, by=by)
    return espace
