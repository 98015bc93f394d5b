"""Créer, fusionner, scinder un territoire ; l’espace fictif d’un territoire."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q

from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Commune, Epci, Region
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires import events
from maillage.territoires.actions import record_etape
from maillage.territoires.actions_perimetre.deductions import settle
from maillage.territoires.actions_perimetre.mutations import (
    Mouvement,
    Preuve,
    record_mutation,
    tell,
    write_mutation,
)
from maillage.territoires.enums import Fait, Fiabilite, Mutation, Sens
from maillage.territoires.models import (
    EvenementPerimetre,
    MouvementPerimetre,
    Perimetre,
    Territoire,
    Vague,
)


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
    record_etape(
        territoire=territoire,
        fait=Fait.LABEL,
        debut=debut,
        fin=fin,
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
