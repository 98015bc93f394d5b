"""Actes sur les périmètres : chaque changement est un évènement daté, et les membres d’un jour s’en déduisent.

Seuls écrivains d’`EvenementPerimetre`, de `MouvementPerimetre` et de `Perimetre`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Min, Q

from calcul.presence import Pas, PasIncoherent, Presence, replay
from maillage.comptes.models import Organisation
from maillage.documents.models import Piece
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Commune, Departement, Epci, Region
from maillage.socle.dates import format_bornes, format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires import events
from maillage.territoires.actions import get_vies, write_etape
from maillage.territoires.enums import Fait, Fiabilite, Mutation, Sens
from maillage.territoires.models import (
    Etape,
    EvenementPerimetre,
    MouvementPerimetre,
    Perimetre,
    Territoire,
    Vague,
)
from maillage.territoires.policies import check_bornes, check_creation, check_effet
from maillage.territoires.selectors_perimetre import build_perimetre

Cle = tuple[int, str | None, str | None]


@dataclass(frozen=True)
class Mouvement:
    """Un membre (EPCI, EPT, commune seule) qui entre ou sort. Dates et fiabilité : celles de l’évènement si elles manquent."""

    territoire: Territoire
    sens: Sens
    epci: Epci | None = None
    commune: Commune | None = None
    site: str = ""
    libelle: str = ""
    debut: date | None = None
    fin: date | None = None
    fiabilite: Fiabilite | None = None

    @property
    def cle(self) -> Cle:
        return (
            self.territoire.pk,
            self.epci.pk if self.epci else None,
            self.commune.pk if self.commune else None,
        )

    @property
    def nom(self) -> str:
        return str(self.epci.nom if self.epci else self.commune.nom if self.commune else "")


@dataclass(frozen=True)
class Preuve:
    """D’où l’on tient un changement : l’instance qui l’a décidé, le document ou la source publiée."""

    source: str
    source_url: str = ""
    piece: Piece | None = None
    fiabilite: Fiabilite = Fiabilite.SOURCE
    instance: str = ""
    organisation: Organisation | None = None
    decide_le: date | None = None
    remarque: str = ""


@transaction.atomic
def record_mutation(
    *,
    mutation: Mutation,
    territoire: Territoire,
    debut: date,
    fin: date | None = None,
    preuve: Preuve,
    by: Auteur,
    mouvements: Sequence[Mouvement] = (),
    autres: Sequence[Territoire] = (),
    nouveau_nom: str = "",
    ancien_nom: str = "",
    remplace: Sequence[MouvementPerimetre] = (),
    corrige: EvenementPerimetre | None = None,
) -> EvenementPerimetre:
    """Enregistre ce qui arrive à un périmètre, à une date ou entre deux bornes, et refait les membres qui en dépendent.

    `remplace` : mouvements que celui-ci précise (même entrée, mieux datée). `autres` : territoires concernés sans
    mouvement. Une scission fait sortir le territoire du programme et naître les `autres` ; une fusion, l’inverse.
    Erreurs (ActionImpossible, une phrase) : sans source, avant le label, déjà ou pas membre, membre de deux
    territoires de la même phase à la fois.
    """
    evenement = write_mutation(
        mutation=mutation,
        territoire=territoire,
        debut=debut,
        fin=fin or debut,
        preuve=preuve,
        by=by,
        mouvements=mouvements,
        autres=autres,
        nouveau_nom=nouveau_nom,
        ancien_nom=ancien_nom,
        remplace=remplace,
        corrige=corrige,
    )
    settle(list(evenement.territoires.select_related("vague")))
    tell(evenement, by)
    return evenement


def write_mutation(
    *,
    mutation: Mutation,
    territoire: Territoire,
    debut: date,
    fin: date,
    preuve: Preuve,
    by: Auteur,
    mouvements: Sequence[Mouvement] = (),
    autres: Sequence[Territoire] = (),
    nouveau_nom: str = "",
    ancien_nom: str = "",
    remplace: Sequence[MouvementPerimetre] = (),
    corrige: EvenementPerimetre | None = None,
) -> EvenementPerimetre:
    """Écrit l’évènement et ses mouvements sans refaire les membres : à suivre de `settle`, dans la même transaction."""
    check_bornes(debut, fin)
    if not preuve.source.strip():
        raise ActionImpossible(
            "Un changement de périmètre cite sa source : une délibération, un document, un texte publié."
        )
    if mutation == Mutation.RENOMMAGE:
        ancien_nom = ancien_nom.strip() or territoire.nom
        if not nouveau_nom.strip():
            raise ActionImpossible("Donnez le nouveau nom du territoire.")
        if nouveau_nom.strip() == ancien_nom:
            raise ActionImpossible(f"Le territoire s’appelle déjà « {ancien_nom} » : donnez un autre nom.")
    elif not mouvements and not autres and mutation != Mutation.CREATION:
        raise ActionImpossible("Ce changement ne déplace personne : choisissez au moins un membre.")
    concernes = list({t.pk: t for t in (territoire, *autres, *(m.territoire for m in mouvements))}.values())
    lock_vagues({t.vague_id for t in concernes})
    vies = get_vies(concernes)
    for t in concernes:
        check_effet(t, vies[t.pk], debut, fin)
    instant = maintenant()
    evenement = EvenementPerimetre.objects.create(
        mutation=mutation,
        territoire=territoire,
        debut=debut,
        fin=fin,
        ancien_nom=ancien_nom.strip(),
        nouveau_nom=nouveau_nom.strip(),
        instance=preuve.instance.strip(),
        organisation=preuve.organisation,
        decide_le=preuve.decide_le,
        piece=preuve.piece,
        fiabilite=preuve.fiabilite,
        source=preuve.source.strip(),
        source_url=preuve.source_url,
        remarque=preuve.remarque,
        enregistre_at=instant,
        enregistre_by=str(by)[:200],
        corrige=corrige,
    )
    evenement.territoires.set(concernes)
    MouvementPerimetre.objects.filter(pk__in=[m.pk for m in remplace]).update(remplace_at=instant)
    MouvementPerimetre.objects.bulk_create(
        build_mouvement(evenement, mouvement, instant) for mouvement in mouvements
    )
    _write_etapes(evenement, [t for t in autres if t.pk != territoire.pk], preuve, by)
    return evenement


def lock_vagues(vagues: Iterable[int]) -> None:
    """Fait attendre les autres changements de périmètre des mêmes phases : deux territoires ne prennent pas le même membre."""
    list(Vague.objects.select_for_update().filter(pk__in=set(vagues)).order_by("pk"))


def build_mouvement(evenement: EvenementPerimetre, mouvement: Mouvement, instant: Any) -> MouvementPerimetre:
    """Le mouvement à écrire, daté comme son évènement s’il ne l’est pas lui-même."""
    return MouvementPerimetre(
        evenement=evenement,
        territoire=mouvement.territoire,
        sens=mouvement.sens,
        epci=mouvement.epci,
        commune=mouvement.commune,
        site=mouvement.site,
        libelle=mouvement.libelle,
        debut=mouvement.debut or evenement.debut,
        fin=mouvement.fin or evenement.fin,
        fiabilite=mouvement.fiabilite or evenement.fiabilite,
        enregistre_at=instant,
    )


def _write_etapes(
    evenement: EvenementPerimetre, autres: Sequence[Territoire], preuve: Preuve, by: Auteur
) -> None:
    """Une scission ou une fusion fait naître des labels et en éteint, entre les mêmes bornes."""
    if evenement.mutation == Mutation.SCISSION:
        nes, eteints = list(autres), [evenement.territoire]
    elif evenement.mutation == Mutation.FUSION:
        nes, eteints = [evenement.territoire], list(autres)
    else:
        return
    vies = get_vies(nes)
    faits = [(t, Fait.SORTI) for t in eteints] + [(t, Fait.LABEL) for t in nes if vies[t.pk].label is None]
    for territoire, fait in faits:
        write_etape(
            territoire=territoire,
            fait=fait,
            debut=evenement.debut,
            fin=evenement.fin,
            source=f"{evenement.get_mutation_display()} : {preuve.source}",
            source_url=preuve.source_url,
            fiabilite=preuve.fiabilite,
            objet=evenement,
            by=by,
        )


def tell(evenement: EvenementPerimetre, by: Auteur) -> None:
    """Une entrée de journal par territoire concerné."""
    apres = {
        "mutation": Mutation(evenement.mutation).label,
        "date": format_bornes(evenement.debut, evenement.fin),
        "resume": describe(evenement),
        "source": evenement.source[:200],
    }
    for territoire in evenement.territoires.select_related("vague"):
        record(
            events.PERIMETRE_CHANGE,
            cible=evenement,
            territoire=territoire.cle,
            by=by,
            apres=apres,
            date_effet=evenement.fin,
        )


def describe(evenement: EvenementPerimetre) -> str:
    """« entrent CC A, CC B ; sort CC C », « « X » devient « Y » », pour le journal et les pages."""
    if evenement.mutation == Mutation.RENOMMAGE:
        return f"« {evenement.ancien_nom} » devient « {evenement.nouveau_nom} »"
    noms: dict[str, list[str]] = defaultdict(list)
    for mouvement in evenement.mouvements.select_related("epci", "commune"):
        noms[mouvement.sens].append(mouvement.nom)
    morceaux = []
    for sens, un, plusieurs in ((Sens.ENTREE, "entre", "entrent"), (Sens.SORTIE, "sort", "sortent")):
        if liste := list(dict.fromkeys(noms[sens])):
            suite = f" et {len(liste) - 5} autres" if len(liste) > 5 else ""
            morceaux.append(f"{un if len(liste) == 1 else plusieurs} {', '.join(liste[:5])}{suite}")
    return "\u00a0; ".join(morceaux) or evenement.territoire.nom


@transaction.atomic
def correct_mutation(
    *,
    evenement: EvenementPerimetre,
    by: Auteur,
    motif: str,
    debut: date,
    fin: date | None = None,
    preuve: Preuve,
    nouveau_nom: str = "",
) -> EvenementPerimetre:
    """Redate ou redocumente un évènement : un nouveau le remplace, avec les mêmes membres ; l’ancien reste lisible.

    Un mouvement qui avait ses propres dates les garde ; un mouvement daté comme l’évènement le suit.
    """
    evenement = EvenementPerimetre.objects.select_for_update().get(pk=evenement.pk)
    _check_motif(evenement, motif)
    anciens = list(evenement.mouvements.select_related("epci", "commune", "territoire__vague"))
    mouvements = [
        Mouvement(
            territoire=m.territoire,
            sens=Sens(m.sens),
            epci=m.epci,
            commune=m.commune,
            site=m.site,
            libelle=m.libelle,
            debut=None if m.debut == evenement.debut else m.debut,
            fin=None if m.fin == evenement.fin else m.fin,
        )
        for m in anciens
        if m.remplace_at is None
    ]
    avant = describe(evenement)
    autres = list(evenement.territoires.exclude(pk=evenement.territoire_id).select_related("vague"))
    if evenement.mutation == Mutation.CREATION:
        suivants = EvenementPerimetre.objects.connus().filter(territoires=evenement.territoire)
        check_creation(
            debut,
            Etape.objects.connues()
            .filter(territoire=evenement.territoire, fait=Fait.LABEL)
            .aggregate(m=Min("fin"))["m"],
            suivants.exclude(pk=evenement.pk).order_by("fin", "pk").first(),
        )
    _retire(evenement)
    nouveau = write_mutation(
        mutation=Mutation(evenement.mutation),
        territoire=evenement.territoire,
        debut=debut,
        fin=fin or debut,
        preuve=preuve,
        by=by,
        mouvements=mouvements,
        autres=autres,
        ancien_nom=evenement.ancien_nom,
        nouveau_nom=nouveau_nom or evenement.nouveau_nom,
        corrige=evenement,
    )
    settle([evenement.territoire, *autres])
    for territoire in (evenement.territoire, *autres):
        record(
            events.PERIMETRE_CORRIGE,
            cible=nouveau,
            territoire=territoire.cle,
            by=by,
            motif=motif,
            avant={"resume": f"{avant}, {format_bornes(evenement.debut, evenement.fin)}"},
            apres={"resume": describe(nouveau), "date": format_bornes(nouveau.debut, nouveau.fin)},
            date_effet=nouveau.fin,
        )
    return nouveau


@transaction.atomic
def cancel_mutation(*, evenement: EvenementPerimetre, by: Auteur, motif: str) -> EvenementPerimetre:
    """Retire un évènement enregistré par erreur. Il reste dans l’histoire, marqué annulé, avec le motif au journal."""
    evenement = EvenementPerimetre.objects.select_for_update().get(pk=evenement.pk)
    _check_motif(evenement, motif)
    if evenement.mutation == Mutation.CREATION:
        raise ActionImpossible(
            "On n’annule pas la création d’un territoire : enregistrez sa sortie du programme, à sa date."
        )
    territoires = list(evenement.territoires.select_related("vague"))
    _retire(evenement)
    settle(territoires)
    for territoire in territoires:
        record(
            events.PERIMETRE_ANNULE,
            cible=evenement,
            territoire=territoire.cle,
            by=by,
            motif=motif,
            avant={"resume": f"{describe(evenement)}, {format_bornes(evenement.debut, evenement.fin)}"},
        )
    return evenement


def _check_motif(evenement: EvenementPerimetre, motif: str) -> None:
    if evenement.remplace_at:
        raise ActionImpossible(
            "Cet évènement a déjà été corrigé ou annulé : partez de celui qui le remplace."
        )
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi vous corrigez : le motif reste au journal.")


def _retire(evenement: EvenementPerimetre) -> None:
    """Marque remplacés l’évènement, ses mouvements et les étapes qu’il avait fait naître."""
    instant = maintenant()
    EvenementPerimetre.objects.filter(pk=evenement.pk).update(remplace_at=instant)
    MouvementPerimetre.objects.connus().filter(evenement=evenement).update(remplace_at=instant)
    Etape.objects.connues().filter(objet_type=evenement._meta.label_lower, objet_id=str(evenement.pk)).update(
        remplacee_at=instant
    )


# --- créer, fusionner ----------------------------------------------------------------------------------------------


@transaction.atomic
def create_territoire(
    *,
    vague: Vague,
    id_ti: str,
    nom: str,
    region: Region,
    membres: Sequence[Epci | Commune],
    debut: date,
    fin: date | None = None,
    preuve: Preuve,
    by: Auteur,
    membres_fiabilite: Fiabilite | None = None,
) -> Territoire:
    """Labellise un territoire avec ses premiers membres, à une date ou entre deux bornes."""
    if not nom.strip() or not id_ti.strip():
        raise ActionImpossible("Donnez l’identifiant et le nom du nouveau territoire.")
    if Territoire.objects.filter(vague=vague, id_ti=id_ti).exists():
        raise ActionImpossible(
            f"L’identifiant « {id_ti} » est déjà pris dans la {vague.nom} : choisissez-en un autre."
        )
    territoire = Territoire.objects.create(
        vague=vague, id_ti=id_ti.strip(), nom=nom.strip(), region=region, source=preuve.source[:300]
    )
    territoire.regions.add(region)
    write_etape(
        territoire=territoire,
        fait=Fait.LABEL,
        debut=debut,
        fin=fin or debut,
        source=preuve.source,
        source_url=preuve.source_url,
        fiabilite=preuve.fiabilite,
        by=by,
    )
    record_mutation(
        mutation=Mutation.CREATION,
        territoire=territoire,
        debut=debut,
        fin=fin,
        preuve=preuve,
        mouvements=[
            Mouvement(
                territoire,
                Sens.ENTREE,
                epci=membre if isinstance(membre, Epci) else None,
                commune=membre if isinstance(membre, Commune) else None,
                fiabilite=membres_fiabilite,
            )
            for membre in membres
        ],
        nouveau_nom=nom,
        by=by,
    )
    record(events.TERRITOIRE_CREE, cible=territoire, territoire=territoire.cle, by=by, date_effet=debut)
    territoire.refresh_from_db()
    return territoire


@transaction.atomic
def record_fusion_epci(
    *,
    anciens: Sequence[Epci],
    nouveau: Epci,
    jour: date,
    preuve: Preuve,
    by: Auteur,
    dissolution: bool = False,
) -> list[EvenementPerimetre]:
    """Remplace, dans chaque territoire, des intercommunalités par celle qui les reprend, à une date.

    Un évènement par territoire. Si elles étaient dans deux territoires de la même phase, l’intercommunalité née de la
    fusion serait dans les deux à la fois : l’acte est refusé, un transfert se décide d’abord.
    """
    if nouveau.pk in {epci.pk for epci in anciens}:
        raise ActionImpossible("L’intercommunalité qui reprend les autres ne peut pas être l’une d’elles.")
    sejours = (
        Perimetre.objects.at(jour)
        .filter(epci__in=[epci.pk for epci in anciens], territoire__is_fictif=False)
        .filter(Q(territoire__vague__fin__isnull=True) | Q(territoire__vague__fin__gte=jour))
        .select_related("territoire__vague", "epci")
        .order_by("territoire_id", "epci_id")
    )
    par_territoire: dict[int, list[Perimetre]] = defaultdict(list)
    for sejour in sejours:
        par_territoire[sejour.territoire_id].append(sejour)
    if not par_territoire:
        raise ActionImpossible(
            f"Aucune de ces intercommunalités n’est membre d’un territoire au {format_jour(jour)} : rien à changer."
        )
    deja = set(
        Perimetre.objects.at(jour)
        .filter(epci=nouveau, territoire__in=par_territoire)
        .values_list("territoire_id", flat=True)
    )
    evenements = []
    for pk, partants in par_territoire.items():
        territoire = partants[0].territoire
        mouvements = [
            Mouvement(territoire, Sens.SORTIE, epci=p.epci, site=p.site, libelle=p.libelle) for p in partants
        ]
        if pk not in deja:
            mouvements.append(Mouvement(territoire, Sens.ENTREE, epci=nouveau))
        evenements.append(
            write_mutation(
                mutation=Mutation.DISSOLUTION_EPCI if dissolution else Mutation.FUSION_EPCI,
                territoire=territoire,
                debut=jour,
                fin=jour,
                preuve=preuve,
                mouvements=mouvements,
                by=by,
            )
        )
    settle([partants[0].territoire for partants in par_territoire.values()])
    for evenement in evenements:
        tell(evenement, by)
    return evenements


@transaction.atomic
def split_territoire(
    *,
    territoire: Territoire,
    parts: Sequence[tuple[str, str, Sequence[Perimetre]]],
    jour: date,
    preuve: Preuve,
    by: Auteur,
) -> list[Territoire]:
    """Partage un territoire en plusieurs nouveaux : (identifiant, nom, membres pris) pour chacun ; l’ancien sort du programme.

    Chaque membre du jour va dans une part et une seule.
    """
    if len(parts) < 2:
        raise ActionImpossible("Une scission fait au moins deux territoires.")
    pris = [sejour.pk for _, _, sejours in parts for sejour in sejours]
    membres = set(Perimetre.objects.at(jour).filter(territoire=territoire).values_list("pk", flat=True))
    if len(pris) != len(set(pris)) or set(pris) != membres:
        raise ActionImpossible(
            "Chaque membre va dans un des nouveaux territoires, et un seul : vérifiez le partage."
        )
    nouveaux = []
    for id_ti, nom, _ in parts:
        if Territoire.objects.filter(vague=territoire.vague, id_ti=id_ti).exists():
            raise ActionImpossible(
                f"L’identifiant « {id_ti} » est déjà pris dans la {territoire.vague.nom} : choisissez-en un autre."
            )
        nouveau = Territoire.objects.create(
            vague=territoire.vague,
            id_ti=id_ti,
            nom=nom,
            region=territoire.region,
            is_fictif=territoire.is_fictif,
            source=preuve.source[:300],
        )
        nouveau.regions.add(territoire.region)
        record(events.TERRITOIRE_CREE, cible=nouveau, territoire=nouveau.cle, by=by, date_effet=jour)
        nouveaux.append(nouveau)
    mouvements = [
        Mouvement(cible, sens, epci=s.epci, commune=s.commune, site=s.site, libelle=s.libelle)
        for nouveau, (_, _, sejours) in zip(nouveaux, parts, strict=True)
        for s in sejours
        for cible, sens in ((territoire, Sens.SORTIE), (nouveau, Sens.ENTREE))
    ]
    record_mutation(
        mutation=Mutation.SCISSION,
        territoire=territoire,
        debut=jour,
        preuve=preuve,
        mouvements=mouvements,
        autres=nouveaux,
        by=by,
    )
    return nouveaux


@transaction.atomic
def create_espace_fictif(*, modele: Territoire, id_ti: str, nom: str, by: Auteur) -> Territoire:
    """Ouvre un espace fictif (rejeu, répétition) qui copie les mouvements de `modele` et ne compte jamais en public."""
    espace = Territoire.objects.create(
        vague=modele.vague,
        id_ti=id_ti,
        nom=nom,
        region=modele.region,
        departement=modele.departement,
        population=modele.population,
        is_fictif=True,
        source=f"Espace fictif, d’après {modele.nom}",
    )
    espace.regions.set(modele.regions.all())
    espace.departements.set(modele.departements.all())
    anciens = (
        MouvementPerimetre.objects.connus()
        .filter(territoire=modele)
        .select_related("epci", "commune")
        .order_by("debut", "fin", "pk")
    )
    mouvements = [
        Mouvement(
            espace,
            Sens(m.sens),
            epci=m.epci,
            commune=m.commune,
            site=m.site,
            libelle=m.libelle,
            debut=m.debut,
            fin=m.fin,
            fiabilite=Fiabilite(m.fiabilite),
        )
        for m in anciens
    ]
    write_mutation(
        mutation=Mutation.CREATION,
        territoire=espace,
        debut=modele.vague.debut,
        fin=modele.vague.debut,
        preuve=Preuve(source=espace.source, fiabilite=Fiabilite.PLATEFORME),
        mouvements=mouvements,
        by=by,
    )
    settle([espace])
    record(events.TERRITOIRE_CREE, cible=espace, territoire=espace.cle, by=by)
    return espace


# --- ce qui se déduit des mouvements ---------------------------------------------------------------------------------


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
