"""Ce qui se déduit des mouvements : membres d’un jour, nom, régions, population."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Q

from calcul.presence import Pas, PasIncoherent, Presence, replay
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Commune, Departement, Epci, Region
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires import events
from maillage.territoires.enums import Mutation, Sens
from maillage.territoires.models import (
    EvenementPerimetre,
    MouvementPerimetre,
    Perimetre,
    Territoire,
)
from maillage.territoires.selectors_perimetre import build_perimetre

Cle = tuple[int, str | None, str | None]


def settle(territoires: Sequence[Territoire]) -> None:
    """Refait, pour ces territoires, ce qui se déduit des évènements : membres datés, nom, régions, départements, population.

    Refuse (ActionImpossible) des mouvements qui ne se suivent pas, et un membre dans deux territoires d’une phase à la fois.
    """
    _rebuild_perimetres(territoires)
    _check_doubles(territoires)
    refresh_territoires(territoires)


def _rebuild_perimetres(territoires: Sequence[Territoire]) -> None:
    ids = [t.pk for t in territoires]
    par_membre: dict[Cle, list[MouvementPerimetre]] = defaultdict(list)
    mouvements = (
        MouvementPerimetre.objects.connus()
        .filter(territoire__in=ids)
        .select_related("evenement", "territoire__vague", "epci", "commune")
    )
    for mouvement in mouvements:
        par_membre[mouvement.territoire_id, mouvement.epci_id, mouvement.commune_id].append(mouvement)
    nouveaux = []
    for liste in par_membre.values():
        try:
            presences = replay(Pas(m.sens == Sens.ENTREE, m.debut, m.fin, m) for m in liste)
        except PasIncoherent as erreur:
            raise ActionImpossible(_write_incoherence(erreur)) from erreur
        nouveaux += [build_perimetre(presence) for presence in presences]
    Perimetre.objects.filter(territoire__in=ids).delete()
    Perimetre.objects.bulk_create(nouveaux)


def _write_incoherence(erreur: PasIncoherent) -> str:
    mouvement: MouvementPerimetre = erreur.pas.objet
    if erreur.pas.is_entree:
        return (
            f"« {mouvement.nom} » est déjà membre de « {mouvement.territoire} » à cette date : "
            "ôtez-le de la demande, ou corrigez son entrée."
        )
    return (
        f"« {mouvement.nom} » n’est pas membre de « {mouvement.territoire} » à cette date : "
        "il ne peut pas en sortir. Vérifiez la date et le membre."
    )


def _presence(sejour: Perimetre) -> Presence:
    sortie = Pas(False, sejour.fin_au_plus_tot or sejour.fin, sejour.fin) if sejour.fin is not None else None
    return Presence(Pas(True, sejour.debut, sejour.constate_le), sortie)


def _check_doubles(territoires: Sequence[Territoire]) -> None:
    """Un membre n’est, le même jour, que dans un territoire d’une phase. Un site ou un espace fictif ne compte pas.

    Une commune seule est aussi tenue par son intercommunalité : elle ne peut pas être ailleurs le même jour.
    """
    miens = Perimetre.objects.filter(territoire__in=[t.pk for t in territoires if not t.is_fictif])
    groupements = {pk for pk in miens.values_list("epci_id", flat=True) if pk}
    communes = {pk for pk in miens.values_list("commune_id", flat=True) if pk}
    for epci, ept in Commune.objects.filter(pk__in=communes).values_list("epci_id", "ept_id"):
        groupements |= {epci, ept} - {None}
    sejours = (
        Perimetre.objects.filter(
            territoire__vague__in={t.vague_id for t in territoires},
            territoire__is_fictif=False,
            territoire__is_site=False,
            site="",
        )
        .filter(
            Q(epci__in=groupements)
            | Q(commune__in=communes)
            | Q(commune__epci__in=groupements)
            | Q(commune__ept__in=groupements)
        )
        .select_related("territoire__vague", "epci", "commune")
    )
    par_lieu: dict[tuple[int, str], list[Perimetre]] = defaultdict(list)
    for sejour in sejours:
        vague = sejour.territoire.vague_id
        if sejour.epci_id:
            par_lieu[vague, sejour.epci_id].append(sejour)
            continue
        commune = sejour.commune
        for groupement in {commune.epci_id, commune.ept_id} if commune else ():
            if groupement:
                par_lieu[vague, groupement].append(sejour)
    for liste in par_lieu.values():
        for un, autre in combinations(liste, 2):
            memes = un.territoire_id == autre.territoire_id
            deux_communes = un.commune_id and autre.commune_id and un.commune_id != autre.commune_id
            if not memes and not deux_communes and _presence(un).overlaps(_presence(autre)):
                raise ActionImpossible(_write_double(un, autre))


def _write_double(un: Perimetre, autre: Perimetre) -> str:
    if un.nom == autre.nom:
        debut = f"« {un.nom} » serait"
    else:
        debut = f"« {un.nom} » et « {autre.nom} », qui se recouvrent, seraient"
    return (
        f"{debut} à la fois dans « {un.territoire} » et dans « {autre.territoire} », de la {un.territoire.vague.nom}. "
        "Un membre n’est que dans un territoire par phase : enregistrez un transfert, ou d’abord sa sortie."
    )


def refresh_territoires(territoires: Sequence[Territoire], au: date | None = None) -> int:
    """Remet à jour nom, régions, départements et population d’après les évènements ; rend le nombre de territoires changés.

    Au jour `au` (ce jour), ou au dernier jour d’une phase finie. Un territoire sans membre ce jour-là garde les siens.
    """
    au = au or aujourdhui()
    ids = [t.pk for t in territoires]
    jours = {t.pk: min(au, t.vague.fin) if t.vague.fin else au for t in territoires}
    noms = _read_noms(ids, jours)
    par_territoire: dict[int, list[Perimetre]] = defaultdict(list)
    sejours = Perimetre.objects.filter(territoire__in=ids).select_related("epci", "commune")
    for sejour in sejours:
        jour = jours[sejour.territoire_id]
        if sejour.debut <= jour and (sejour.fin is None or sejour.fin > jour):
            par_territoire[sejour.territoire_id].append(sejour)
    places = _read_places({s.epci_id for liste in par_territoire.values() for s in liste if s.epci_id})
    departements = set(Departement.objects.values_list("pk", flat=True))
    avant_regions = _read_liens(Territoire.regions.through, "region_id", ids)
    avant_departements = _read_liens(Territoire.departements.through, "departement_id", ids)
    changes = 0
    for territoire in territoires:
        membres = par_territoire[territoire.pk]
        nom = noms.get(territoire.pk, territoire.nom)
        population = sum(s.population for s in membres) if membres else territoire.population
        change = (nom, population) != (territoire.nom, territoire.population)
        if change:
            territoire.nom, territoire.population = nom, population
            territoire.save(update_fields=["nom", "nom_recherche", "population"])
        if membres:
            trouves = {
                place
                for s in membres
                for place in (
                    {(s.commune.departement_id, s.commune.region_id)} if s.commune else places[str(s.epci_id)]
                )
            }
            regions = {r for _, r in trouves} | {territoire.region_id}
            if regions != avant_regions[territoire.pk]:
                territoire.regions.set(Region.objects.filter(pk__in=regions))
                change = True
            siens = {d for d, _ in trouves} & departements
            if (
                siens
                and territoire.departement_id not in siens
                and (territoire.departement_id or len(siens) == 1)
            ):
                # Aucun texte ne dit qui mène : seul un territoire d’un seul département n’a pas à choisir.
                territoire.departement_id = next(iter(siens)) if len(siens) == 1 else None
                territoire.save(update_fields=["departement"])
                change = True
            if siens and siens != avant_departements[territoire.pk]:
                territoire.departements.set(Departement.objects.filter(pk__in=siens))
                change = True
        changes += change
    return changes


def _read_noms(ids: list[int], jours: dict[int, date]) -> dict[int, str]:
    """Le dernier nom pris à coup sûr par chaque territoire qui en a changé."""
    noms: dict[int, str] = {}
    renommages = EvenementPerimetre.objects.filter(mutation=Mutation.RENOMMAGE, territoire__in=ids)
    for evenement in renommages.order_by("debut", "fin", "id"):
        pk = evenement.territoire_id
        # Un nom annulé laisse la place à celui d’avant lui.
        noms.setdefault(pk, evenement.ancien_nom)
        if evenement.remplace_at is None and evenement.fin <= jours[pk]:
            noms[pk] = evenement.nouveau_nom
    return noms


def _read_places(epcis: set[str]) -> dict[str, set[tuple[str, str]]]:
    """(département, région) des communes de chaque groupement : un EPCI peut être à cheval."""
    places: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for champ in ("epci_id", "ept_id"):
        lignes = Commune.objects.filter(**{f"{champ.removesuffix('_id')}__in": epcis})
        for groupement, departement, region in (
            lignes.order_by().values_list(champ, "departement_id", "region_id").distinct()
        ):
            places[groupement].add((departement, region))
    for epci in Epci.objects.filter(pk__in=epcis - set(places)):
        places[epci.pk].add((epci.departement_id, epci.region_id))
    return places


@transaction.atomic
def choose_prefecture(
    *, territoire: Territoire, departement: Departement, motif: str, by: Auteur
) -> Territoire:
    """Choisit la préfecture chef de file, parmi les départements du territoire."""
    if not territoire.departements.filter(pk=departement.pk).exists():
        raise ActionImpossible(
            f"Le territoire n’a aucun membre dans le département {departement} : choisissez-en un de la liste."
        )
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi : le motif reste au journal.")
    if territoire.departement_id == departement.pk:
        return territoire
    avant = territoire.departement
    territoire.departement = departement
    territoire.save(update_fields=["departement"])
    record(
        events.PREFECTURE_CHOISIE,
        cible=territoire,
        territoire=territoire.cle,
        by=by,
        motif=motif.strip(),
        avant={"departement": str(avant or "")},
        apres={"departement": str(departement)},
    )
    return territoire


def _read_liens(table: Any, champ: str, ids: list[int]) -> dict[int, set[str]]:
    liens: dict[int, set[str]] = defaultdict(set)
    for pk, code in table.objects.filter(territoire__in=ids).values_list("territoire_id", champ):
        liens[pk].add(code)
    return liens
