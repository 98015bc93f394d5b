"""Actes sur les territoires : étapes, mandats, évènements. Les imports ANCT sont dans `imports.py`."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models, transaction

from maillage.comptes.models import Organisation, Personne
from maillage.documents.models import Piece
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_bornes, format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires import events
from maillage.territoires.actions_mandats import Nomme, close_place, hold_roles
from maillage.territoires.enums import Fait, Fiabilite, NatureEvenement, NatureStatut, RoleMandat
from maillage.territoires.models import Binome, Etape, Evenement, Mandat, Place, StatutTerritoire, Territoire
from maillage.territoires.policies import VieLabel, check_bornes, check_constat, check_not_before_label
from maillage.territoires.policies_mandats import check_mandat


def get_vies(territoires: Iterable[Territoire]) -> dict[int, VieLabel]:
    """Ce qu’on sait du label de chaque territoire : premier jour possible du label, dernier jour possible de la sortie."""
    ids = [t.pk for t in territoires]
    labels: dict[int, date] = {}
    sorties: dict[int, date] = {}
    etapes = Etape.objects.connues().filter(fait__in=(Fait.LABEL, Fait.SORTI), territoire__in=ids)
    for pk, fait, debut, fin in etapes.values_list("territoire_id", "fait", "debut", "fin"):
        if fait == Fait.LABEL:
            labels[pk] = min(debut, labels.get(pk, debut))
        else:
            sorties[pk] = max(fin, sorties.get(pk, fin))
    return {pk: VieLabel(labels.get(pk), sorties.get(pk)) for pk in ids}


def get_label_debut(territoire: Territoire) -> date | None:
    """Le jour au plus tôt du label d’un territoire ; None s’il n’est pas connu."""
    return get_vies([territoire])[territoire.pk].label


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
    piece: Piece | None = None,
    objet: models.Model | None = None,
) -> Etape:
    """Constate une étape à une date, ou entre deux bornes (`debut` au plus tôt, `fin` au plus tard).

    Les étapes se constatent dans n’importe quel ordre : on peut en sauter, ou en apprendre une tard. Aucune ne précède
    le label. Le même fait, de la même source et du même objet, n’est pas enregistré deux fois. Sans `objet`, c’est une
    personne qui constate : ni l’avenir, ni deux fois la même étape, ni une étape d’un territoire sorti (ActionImpossible).
    """
    fin = fin or debut
    check_bornes(debut, fin)
    if objet is None:
        _check_constat(territoire, fait, debut, fin, source)
    return write_etape(
        territoire=territoire,
        fait=fait,
        debut=debut,
        fin=fin,
        source=source,
        by=by,
        fiabilite=fiabilite,
        source_url=source_url,
        piece=piece,
        objet=objet,
    )


def _check_constat(territoire: Territoire, fait: Fait, debut: date, fin: date, source: str) -> None:
    connues = Etape.objects.connues().filter(territoire=territoire)
    # Le même constat, envoyé deux fois, n’est pas un autre constat.
    deja = list(connues.filter(fait=fait).exclude(debut=debut, fin=fin, source=source))
    check_constat(territoire, fait, get_vies([territoire])[territoire.pk], deja, debut, fin, aujourdhui())


@transaction.atomic
def write_etape(
    *,
    territoire: Territoire,
    fait: Fait,
    debut: date,
    fin: date,
    source: str,
    by: Auteur,
    fiabilite: Fiabilite = Fiabilite.SOURCE,
    source_url: str = "",
    piece: Piece | None = None,
    objet: models.Model | None = None,
) -> Etape:
    """Écrit une étape qu’un autre acte fait naître (label d’un territoire créé, sortie d’une fusion), même à venir."""
    check_bornes(debut, fin)
    if fait != Fait.LABEL:
        check_not_before_label(territoire.nom, get_label_debut(territoire), fin)
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
            "piece": piece,
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
    piece: Piece | None = None,
) -> Etape:
    """Remplace un fait par un autre, sans effacer le premier : il garde le jour de son remplacement.

    `fait` : ce qui est constaté, quand c’est cela que la correction change (défaut : le même).
    """
    check_bornes(debut, fin)
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi vous corrigez\u00a0: le motif reste au journal.")
    if fin > aujourdhui() and not etape.objet_id:
        check_constat(etape.territoire, Fait(fait or etape.fait), VieLabel(), [], debut, fin, aujourdhui())
    etape = Etape.objects.select_for_update().get(pk=etape.pk)
    if etape.remplacee_at:
        raise ActionImpossible("Cette étape a déjà été corrigée\u00a0: corrigez la plus récente.")
    if etape.fait != Fait.LABEL:
        check_not_before_label(etape.territoire.nom, get_label_debut(etape.territoire), fin)
    Etape.objects.filter(pk=etape.pk).update(remplacee_at=maintenant())
    nouvelle = Etape.objects.create(
        territoire=etape.territoire,
        fait=fait or etape.fait,
        debut=debut,
        fin=fin,
        source=source,
        source_url=source_url,
        piece=piece,
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
    binome: Binome | None = None,
    debut: date | None = None,
    fin: date | None = None,
    fiabilite: Fiabilite = Fiabilite.PLATEFORME,
    source: str = "",
) -> Mandat:
    """Donne un rôle à une personne sur un territoire. Un partenaire l’est toujours jusqu’à une date (`fin`, exclue).

    `binome` : pour un élu ou un industriel ; vide, celui de tout le territoire. La place dite vacante ou à confirmer est
    pourvue à `debut`. Deux mandats qui se chevauchent sont refusés (ActionImpossible, au champ).
    """
    hold_roles(territoire)
    check_mandat(
        territoire=territoire, personne=personne, role=RoleMandat(role), binome=binome, debut=debut, fin=fin
    )
    mandat = Mandat.objects.create(
        territoire=territoire,
        personne=personne,
        organisation=organisation,
        role=role,
        intitule=intitule,
        binome=binome,
        debut=debut,
        fin=fin,
        fiabilite=fiabilite,
        source=source,
    )
    for place in Place.objects.connus().filter(
        territoire=territoire, role=role, binome=binome, fin__isnull=True
    ):
        close_place(place=place, fin=debut)
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
def appoint(*, territoire: Territoire, role: RoleMandat, nomme: Nomme, by: Auteur, **champs: Any) -> Mandat:
    """Donne un mandat à une personne connue ou à un nom écrit ; la personne et son organisation naissent du même acte.

    `champs` : ceux de `give_mandat` (intitulé, binôme, dates, source). Un refus n’écrit rien.
    """
    personne, organisation = nomme.ensure(by)
    return give_mandat(
        territoire=territoire, personne=personne, organisation=organisation, role=role, by=by, **champs
    )


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


# --- statuts à côté du label -----------------------------------------------------------------------------------------


@transaction.atomic
def record_statut(
    *,
    territoire: Territoire,
    nature: NatureStatut,
    debut: date,
    source: str,
    by: Auteur,
    fin: date | None = None,
    aide: str = "",
    source_url: str = "",
    piece: Piece | None = None,
    fiabilite: Fiabilite = Fiabilite.SOURCE,
) -> StatutTerritoire:
    """Constate un statut (pilote, fragile, Rebond industriel) depuis un jour, avec l’aide apportée. `fin` : exclue.

    Un même statut ne court pas deux fois à la fois ; le même, de même début, n’est pas enregistré deux fois.
    """
    _check_statut(territoire, debut, fin, source)
    deja = StatutTerritoire.objects.connus().filter(territoire=territoire, nature=nature)
    autre: StatutTerritoire
    for autre in deja:
        if autre.debut == debut:
            return autre
        if (fin is None or autre.debut < fin) and (autre.fin is None or debut < autre.fin):
            raise ActionImpossible(
                f"«\u00a0{territoire}\u00a0» est déjà «\u00a0{NatureStatut(nature).label}\u00a0», {_write_periode(autre.debut, autre.fin)}\u00a0: "
                "corrigez ce statut, ou donnez-lui une fin."
            )
    statut = StatutTerritoire.objects.create(
        territoire=territoire,
        nature=nature,
        debut=debut,
        fin=fin,
        aide=aide.strip(),
        fiabilite=fiabilite,
        source=source.strip(),
        source_url=source_url,
        piece=piece,
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )
    record(
        events.STATUT_CONSTATE,
        cible=territoire,
        territoire=territoire.cle,
        by=by,
        apres={
            "statut": NatureStatut(nature).label,
            "debut": format_jour(debut),
            "aide": aide.strip(),
            "source": source.strip()[:200],
        },
        date_effet=debut,
    )
    return statut


@transaction.atomic
def correct_statut(
    *,
    statut: StatutTerritoire,
    debut: date,
    fin: date | None,
    aide: str,
    source: str,
    motif: str,
    by: Auteur,
    source_url: str = "",
    piece: Piece | None = None,
) -> StatutTerritoire:
    """Termine ou corrige un statut : un nouveau fait remplace l’ancien, qui reste lisible."""
    statut = (
        StatutTerritoire.objects.select_for_update(of=("self",))
        .select_related("territoire__vague")
        .get(pk=statut.pk)
    )
    if statut.remplace_at:
        raise ActionImpossible("Ce statut a déjà été corrigé\u00a0: partez du plus récent.")
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi vous corrigez\u00a0: le motif reste au journal.")
    _check_statut(statut.territoire, debut, fin, source)
    StatutTerritoire.objects.filter(pk=statut.pk).update(remplace_at=maintenant())
    nouveau = StatutTerritoire.objects.create(
        territoire=statut.territoire,
        nature=statut.nature,
        debut=debut,
        fin=fin,
        aide=aide.strip(),
        fiabilite=statut.fiabilite,
        source=source.strip(),
        source_url=source_url or statut.source_url,
        piece=piece or statut.piece,
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )
    record(
        events.STATUT_CORRIGE,
        cible=statut.territoire,
        territoire=statut.territoire.cle,
        by=by,
        motif=motif.strip(),
        avant={"periode": _write_periode(statut.debut, statut.fin)},
        apres={"statut": NatureStatut(statut.nature).label, "periode": _write_periode(debut, fin)},
        date_effet=fin or debut,
    )
    return nouveau


def _check_statut(territoire: Territoire, debut: date, fin: date | None, source: str) -> None:
    if fin is not None and fin <= debut:
        raise ActionImpossible("La fin vient après le début\u00a0: corrigez l’une des deux dates.")
    if not source.strip():
        raise ActionImpossible("Un statut cite sa source\u00a0: un texte publié, un document, une décision.")
    check_not_before_label(territoire.nom, get_label_debut(territoire), debut)


def _write_periode(debut: date, fin: date | None) -> str:
    suite = f" au {format_jour(fin)}" if fin else ""
    return f"du {format_jour(debut)}{suite}" if fin else f"depuis le {format_jour(debut)}"
