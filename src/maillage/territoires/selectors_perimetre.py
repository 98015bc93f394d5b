"""Lectures du périmètre dans le temps : qui était membre tel jour, sous quel nom, d’après quoi, et ce qui a changé entre deux jours.

Le nombre de requêtes ne dépend pas du nombre de territoires.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from calcul.presence import Pas, Presence, replay
from maillage.referentiels.models import Commune, Epci
from maillage.socle.dates import format_bornes
from maillage.socle.texte import replier
from maillage.territoires.enums import Fait, Fiabilite, Mutation, NatureStatut, Sens
from maillage.territoires.models import (
    Etape,
    EvenementPerimetre,
    MouvementPerimetre,
    Perimetre,
    StatutTerritoire,
    Territoire,
    Vague,
)
from maillage.territoires.selectors import with_etape

# --- noms ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NomDate:
    """Le nom d’un territoire un jour donné ; `peut_etre` : le nom qu’il portait peut-être déjà."""

    nom: str
    peut_etre: str = ""

    @property
    def is_certain(self) -> bool:
        return not self.peut_etre

    def __str__(self) -> str:
        return self.nom if self.is_certain else f"{self.nom}, ou déjà {self.peut_etre}"


def noms_at(territoires: Iterable[Territoire], au: date) -> dict[int, NomDate]:
    """Le nom officiel de chaque territoire ce jour-là, d’après les changements de nom enregistrés. Une requête."""
    territoires = list(territoires)
    noms = {t.pk: NomDate(t.nom) for t in territoires}
    renommages: dict[int, list[EvenementPerimetre]] = defaultdict(list)
    for e in (
        EvenementPerimetre.objects.connus()
        .filter(mutation=Mutation.RENOMMAGE, territoire__in=list(noms))
        .order_by("debut", "fin", "id")
    ):
        renommages[e.territoire_id].append(e)
    for pk, suite in renommages.items():
        nom, peut_etre = suite[0].ancien_nom, ""
        for e in suite:
            if e.fin <= au:
                nom, peut_etre = e.nouveau_nom, ""
            elif e.debut <= au:
                peut_etre = e.nouveau_nom
                break
        noms[pk] = NomDate(nom, peut_etre)
    return noms


# --- membres et histoire d’un territoire ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sejour:
    """Un membre un jour donné : certain, ou seulement possible, avec ce qui le prouve."""

    perimetre: Perimetre
    is_certain: bool
    communes: int

    @property
    def nom(self) -> str:
        return self.perimetre.nom

    @property
    def nature(self) -> str:
        epci = self.perimetre.epci
        return str(epci.get_type_display()) if epci else "commune seule"

    @property
    def is_a_confirmer(self) -> bool:
        return self.perimetre.fiabilite == Fiabilite.A_CONFIRMER

    @property
    def depuis(self) -> str:
        return format_bornes(self.perimetre.debut, self.perimetre.constate_le)

    @property
    def jusque(self) -> str:
        p = self.perimetre
        return format_bornes(p.fin_au_plus_tot or p.fin, p.fin) if p.fin else ""


def build_perimetre(presence: Presence) -> Perimetre:
    """Le séjour que disent une entrée et une sortie, non enregistré."""
    entree: MouvementPerimetre = presence.entree.objet
    sortie: MouvementPerimetre | None = presence.sortie.objet if presence.sortie else None
    return Perimetre(
        territoire=entree.territoire,
        epci=entree.epci,
        commune=entree.commune,
        site=entree.site,
        libelle=entree.libelle,
        debut=entree.debut,
        constate_le=entree.fin,
        fin_au_plus_tot=sortie.debut if sortie and not sortie.is_exact else None,
        fin=sortie.fin if sortie else None,
        fiabilite=entree.fiabilite,
        source=entree.evenement.source[:300],
        entree=entree,
        sortie=sortie,
    )


def list_sejours(territoire: Territoire, au: date, connu_le: date | None = None) -> list[Sejour]:
    """Les membres possibles ce jour-là, le plus peuplé d’abord ; chacun dit s’il est certain. Une requête.

    `connu_le` : tels qu’on les connaissait un autre jour, rejoués depuis les mouvements. Deux requêtes.
    """
    if connu_le is not None:
        return _replay_sejours(territoire, au, connu_le)
    perimetres: QuerySet[Any] = (
        Perimetre.objects.at(au)
        .filter(territoire=territoire)
        .select_related("epci", "commune__epci", "entree__evenement", "sortie__evenement")
        .annotate(
            n_epci=Count("epci__communes", distinct=True), n_ept=Count("epci__communes_ept", distinct=True)
        )
    )
    sejours = [Sejour(p, is_certain(p, au), (p.n_epci or p.n_ept) if p.epci_id else 1) for p in perimetres]
    return sorted(sejours, key=lambda s: (-s.perimetre.population, s.nom))


def _replay_sejours(territoire: Territoire, au: date, connu_le: date) -> list[Sejour]:
    mouvements = (
        MouvementPerimetre.objects.connus(connu_le)
        .filter(territoire=territoire)
        .select_related("evenement", "territoire", "epci", "commune__epci")
    )
    par_membre: dict[tuple[str | None, str | None], list[Pas]] = defaultdict(list)
    for m in mouvements:
        par_membre[m.epci_id, m.commune_id].append(Pas(m.sens == Sens.ENTREE, m.debut, m.fin, m))
    perimetres = [
        build_perimetre(presence)
        for pas in par_membre.values()
        for presence in replay(pas)
        if presence.is_possible(au)
    ]
    epcis: QuerySet[Any] = Epci.objects.filter(pk__in=[p.epci_id for p in perimetres if p.epci_id])
    tailles = {
        epci.pk: epci.n_epci or epci.n_ept
        for epci in epcis.annotate(
            n_epci=Count("communes", distinct=True), n_ept=Count("communes_ept", distinct=True)
        )
    }
    sejours = [Sejour(p, is_certain(p, au), tailles.get(p.epci_id, 1)) for p in perimetres]
    return sorted(sejours, key=lambda s: (-s.perimetre.population, s.nom))


def is_certain(p: Perimetre, au: date) -> bool:
    """La règle de `PerimetreQuerySet.certains_at`, sur une ligne déjà lue."""
    fin = p.fin_au_plus_tot or p.fin
    return p.constate_le <= au and (fin is None or fin > au) and p.fiabilite != Fiabilite.A_CONFIRMER


def list_mutations(territoire: Territoire, *, avec_remplaces: bool = False) -> list[EvenementPerimetre]:
    """L’histoire du périmètre et du nom, du plus récent au plus ancien, avec les mouvements de tous les territoires concernés.

    `avec_remplaces` : aussi ce qu’une correction a remplacé.
    """
    evenements = EvenementPerimetre.objects.filter(territoires=territoire)
    if not avec_remplaces:
        evenements = evenements.filter(remplace_at__isnull=True)
    mouvements = MouvementPerimetre.objects.select_related("epci", "commune", "territoire__vague")
    return list(
        evenements.select_related("territoire__vague", "organisation", "piece", "corrige", "demande")
        .prefetch_related(
            Prefetch("mouvements", mouvements.order_by("sens", "pk")),
            Prefetch("territoires", Territoire.objects.select_related("vague")),
        )
        .order_by("-fin", "-debut", "-pk")
    )


def list_statuts(territoire: Territoire, au: date | None = None) -> list[StatutTerritoire]:
    """Les statuts connus du territoire ; ceux d’un jour seulement, si on le demande."""
    statuts = StatutTerritoire.objects.connus().filter(territoire=territoire).select_related("piece")
    if au is not None:
        statuts = statuts.filter(debut__lte=au).filter(Q(fin__isnull=True) | Q(fin__gt=au))
    return list(statuts.order_by("debut", "pk"))


# --- tout le pays un jour donné ------------------------------------------------------------------------------------------


def labellises_at(vague: Vague, au: date, *, certains: bool = False) -> QuerySet[Territoire]:
    """Territoires publics d’une phase dont le label court ce jour-là : à coup sûr, ou peut-être."""
    etapes = Etape.objects.connues().filter(territoire=OuterRef("pk"))
    label = etapes.filter(fait=Fait.LABEL)
    sorti = etapes.filter(fait=Fait.SORTI)
    if certains:
        label, sorti = label.certaines(au), sorti.possibles(au)
    else:
        label, sorti = label.possibles(au), sorti.certaines(au)
    return Territoire.objects.publics().filter(vague=vague).filter(Exists(label)).exclude(Exists(sorti))


def en_place_at(vague: Vague, au: date) -> QuerySet[Territoire]:
    """Territoires publics d’une phase, sauf ceux sortis à coup sûr ce jour-là (scission, fusion, sortie du programme)."""
    sorti = Etape.objects.connues().certaines(au).filter(territoire=OuterRef("pk"), fait=Fait.SORTI)
    return Territoire.objects.publics().filter(vague=vague).exclude(Exists(sorti))


@dataclass(frozen=True)
class Compte:
    """Un nombre certain (au moins) et possible (au plus)."""

    certains: int
    possibles: int

    @property
    def is_exact(self) -> bool:
        return self.certains == self.possibles

    def __str__(self) -> str:
        return str(self.certains) if self.is_exact else f"{self.certains} à {self.possibles}"

    def __add__(self, autre: "Compte") -> "Compte":
        return Compte(self.certains + autre.certains, self.possibles + autre.possibles)

    def contains(self, valeur: int) -> bool:
        return self.certains <= valeur <= self.possibles


@dataclass(frozen=True)
class Etendue:
    """Ce que le programme couvre un jour : territoires, groupements (EPCI + EPT), communes seules, communes, habitants.

    Communes et populations au découpage présent : une commune fusionnée depuis compte une fois.
    """

    au: date
    vague: Vague | None
    territoires: Compte
    epci: Compte
    ept: Compte
    communes_seules: Compte
    communes: Compte
    population: Compte

    @property
    def intercommunalites(self) -> Compte:
        """EPCI et EPT ensemble : ce que la presse appelle les EPCI ou les intercommunalités."""
        return self.epci + self.ept

    @property
    def membres(self) -> Compte:
        """Tous les membres : EPCI, EPT et communes seules (les « groupements » des listes de l’ANCT)."""
        return self.intercommunalites + self.communes_seules


def compute_etendue(au: date) -> Etendue:
    """L’étendue du programme ce jour-là, dans la phase en vigueur. Six requêtes au plus."""
    vague = Vague.objects.at(au).order_by("-numero").first()
    rien = Compte(0, 0)
    if vague is None:
        return Etendue(au, None, rien, rien, rien, rien, rien, rien)
    territoires = {
        certains: set(labellises_at(vague, au, certains=certains).values_list("pk", flat=True))
        for certains in (True, False)
    }
    epcis: dict[bool, set[str]] = {True: set(), False: set()}
    epts: dict[bool, set[str]] = {True: set(), False: set()}
    seules: dict[bool, set[str]] = {True: set(), False: set()}
    sejours = Perimetre.objects.at(au).filter(territoire__in=territoires[False]).select_related("epci")
    for p in sejours:
        # Le label d’un territoire peut n’être que possible alors que sa composition est certaine, s’il l’a.
        certain = is_certain(p, au)
        for certitude in (True, False) if certain else (False,):
            if p.epci:
                (epts if p.epci.type == "EPT" else epcis)[certitude].add(p.epci.pk)
            else:
                seules[certitude].add(str(p.commune_id))
    communes, habitants = {}, {}
    for certitude in (True, False):
        places = Commune.objects.filter(
            Q(epci__in=epcis[certitude]) | Q(ept__in=epts[certitude]) | Q(pk__in=seules[certitude])
        ).aggregate(n=Count("pk"), habitants=Sum(Coalesce("population_municipale_epci", "population")))
        communes[certitude], habitants[certitude] = places["n"], places["habitants"] or 0

    def compte(valeurs: Mapping[bool, set[Any]]) -> Compte:
        return Compte(len(valeurs[True]), len(valeurs[False]))

    return Etendue(
        au,
        vague,
        compte(territoires),
        compte(epcis),
        compte(epts),
        compte(seules),
        Compte(communes[True], communes[False]),
        Compte(habitants[True], habitants[False]),
    )


@dataclass
class TerritoireAt:
    """Un territoire un jour donné, pour la carte et son tableau."""

    territoire: Territoire
    nom: NomDate
    is_certain: bool
    etape: str
    etape_rang: int | None
    statuts: list[str] = field(default_factory=list)
    membres: list[Perimetre] = field(default_factory=list)
    certains: set[int] = field(default_factory=set)

    @property
    def etape_libelle(self) -> str:
        return Fait(self.etape).label if self.etape else ""

    @property
    def membres_compte(self) -> Compte:
        return Compte(len(self.certains), len(self.membres))

    @property
    def cles(self) -> frozenset[str]:
        """Les membres, sous une forme qui se compare."""
        return frozenset(cle_membre(p) for p in self.membres)


def cle_membre(p: Perimetre) -> str:
    return p.epci_id or f"commune {p.commune_id}"


def list_territoires_at(vague: Vague, au: date, *, region: str = "", etape: str = "") -> list[TerritoireAt]:
    """Les territoires d’une phase ce jour-là, rangés par région puis nom, avec leurs membres, leur étape et leurs statuts.

    `etape` : seulement ceux qui ont atteint cette étape (ou plus loin) à coup sûr. Six requêtes.
    """
    requete: Any = labellises_at(vague, au)
    if region:
        requete = requete.filter(region=region)
    certains = set(labellises_at(vague, au, certains=True).values_list("pk", flat=True))
    lus: list[Any] = list(with_etape(requete, au).select_related("vague", "region"))
    noms = noms_at(lus, au)
    lignes = {
        t.pk: TerritoireAt(t, noms[t.pk], t.pk in certains, t.etape_au or "", t.etape_rang) for t in lus
    }
    if etape:
        faits = Etape.objects.connues().certaines(au).filter(fait=etape, territoire__in=list(lignes))
        atteints = set(faits.values_list("territoire_id", flat=True))
        lignes = {pk: ligne for pk, ligne in lignes.items() if pk in atteints}
    sejours = Perimetre.objects.at(au).filter(territoire__in=list(lignes)).select_related("epci", "commune")
    for p in sejours:
        lignes[p.territoire_id].membres.append(p)
        if is_certain(p, au):
            lignes[p.territoire_id].certains.add(p.pk)
    statuts = StatutTerritoire.objects.connus().filter(territoire__in=list(lignes), debut__lte=au)
    for statut in statuts.filter(Q(fin__isnull=True) | Q(fin__gt=au)):
        lignes[statut.territoire_id].statuts.append(NatureStatut(statut.nature).label)
    return sorted(
        lignes.values(), key=lambda ligne: (replier(ligne.territoire.region.nom), replier(ligne.nom.nom))
    )


# --- avant, après -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changement:
    """Ce qui a changé d’un territoire entre deux jours. `avant` ou `apres` manque s’il est né ou sorti."""

    territoire: Territoire
    avant: TerritoireAt | None
    apres: TerritoireAt | None
    entrent: list[Perimetre]
    sortent: list[Perimetre]

    @property
    def ancien_nom(self) -> str:
        if self.avant and self.apres and self.avant.nom.nom != self.apres.nom.nom:
            return self.avant.nom.nom
        return ""

    @property
    def resume(self) -> str:
        if self.avant is None:
            return "nouveau"
        if self.apres is None:
            return "sorti"
        return "renommé" if self.ancien_nom and not (self.entrent or self.sortent) else "modifié"

    @property
    def nom(self) -> str:
        vu = self.apres or self.avant
        return vu.nom.nom if vu else self.territoire.nom


def compare_jours(
    avant: Iterable[TerritoireAt], apres: Iterable[TerritoireAt]
) -> tuple[list[Changement], int]:
    """Les territoires d’une même phase qui ont changé entre deux jours, et le nombre de ceux qui n’ont pas changé."""
    premiers = {ligne.territoire.pk: ligne for ligne in avant}
    seconds = {ligne.territoire.pk: ligne for ligne in apres}
    changements = []
    for pk in {**premiers, **seconds}:
        un, deux = premiers.get(pk), seconds.get(pk)
        anciens = {cle_membre(p): p for p in un.membres} if un else {}
        nouveaux = {cle_membre(p): p for p in deux.membres} if deux else {}
        vu = deux or un
        if vu is None:
            continue
        changement = Changement(
            vu.territoire,
            un,
            deux,
            [p for cle, p in nouveaux.items() if cle not in anciens],
            [p for cle, p in anciens.items() if cle not in nouveaux],
        )
        if un is None or deux is None or changement.entrent or changement.sortent or changement.ancien_nom:
            changements.append(changement)
    total = len({**premiers, **seconds})
    return sorted(changements, key=lambda c: (replier(c.territoire.region.nom), replier(c.nom))), (
        total - len(changements)
    )


# --- d’où vient un territoire, ce qu’il est devenu ----------------------------------------------------------------------


@dataclass(frozen=True)
class Lignee:
    """Un partage, une réunion ou une sortie : une phrase à suivre des `territoires` liés. `is_sortie` : il n’existe plus."""

    phrase: str
    territoires: list[Territoire]
    is_sortie: bool = False


def list_lignees(territoire: Territoire) -> list[Lignee]:
    """Les territoires nés de celui-ci ou dont il est né, et sa sortie, du plus ancien au plus récent. Trois requêtes."""
    evenements = (
        EvenementPerimetre.objects.connus()
        .filter(territoires=territoire, mutation__in=(Mutation.SCISSION, Mutation.FUSION))
        .select_related("territoire__vague")
        .prefetch_related(Prefetch("territoires", Territoire.objects.select_related("vague").order_by("nom")))
        .order_by("fin", "pk")
    )
    lignees = []
    for e in evenements:
        quand = format_bornes(e.debut, e.fin)
        est_principal = e.territoire_id == territoire.pk
        lies = [t for t in e.territoires.all() if t.pk != territoire.pk] if est_principal else [e.territoire]
        if e.mutation == Mutation.SCISSION:
            lignees.append(
                Lignee(f"Partagé {quand} en", lies, True)
                if est_principal
                else Lignee(f"Né {quand} du partage de", lies)
            )
        else:
            lignees.append(
                Lignee(f"A réuni {quand}", lies) if est_principal else Lignee(f"Réuni {quand} à", lies, True)
            )
    sortie = Etape.objects.connues().filter(territoire=territoire, fait=Fait.SORTI).order_by("fin").first()
    if sortie and not any(lignee.is_sortie for lignee in lignees):
        lignees.append(Lignee(f"Sorti du programme {format_bornes(sortie.debut, sortie.fin)}", [], True))
    return lignees
