"""Les chiffres du programme à une date, et les lignes derrière chacun. Lecture seule.

`au` : les faits effectifs ce jour-là, tels que connus aujourd’hui (ou `connu_le`). Un fait connu entre deux bornes
est « certain » après la seconde et « possible » dès la première. Les labels suivent la vague en vigueur ;
les fiches, les actes et les montants sont donnés par vague et au total, et ne disparaissent jamais.
Les espaces fictifs ne comptent que si `fictif` le demande, et alors ils comptent seuls.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.fiches.enums import Maturite, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.enums import Mesure
from maillage.financement.models import Mouvement
from maillage.financement.totaux import get_totaux, q_public
from maillage.pilotage.models import ChiffrePublie, Indicateur, Unite
from maillage.referentiels.models import Region
from maillage.socle.dates import format_jour
from maillage.socle.texte import replier
from maillage.territoires.enums import ACTES, Fait
from maillage.territoires.models import Axe, Etape, Territoire, Vague
from maillage.territoires.selectors_perimetre import Etendue, compute_etendue

MESURES_PUBLIQUES = (Mesure.DEMANDE, Mesure.ANNONCE, Mesure.ACCORDE, Mesure.CONVENTIONNE, Mesure.VERSE)

# clé du tableau de bord -> faits qui la composent
FAITS_COMPTES: dict[str, tuple[Fait, ...]] = {
    "avec_gouvernance": (Fait.GOUVERNANCE,),
    "plan_valide": (Fait.PLAN_VALIDE,),
    "protocole": (Fait.PROTOCOLE,),
    "contrat": (Fait.CONTRAT,),
    "acte_nature_inconnue": (Fait.ACTE_NATURE_INCONNUE,),
    "au_moins_un_acte": ACTES,
}
SANS_AXE = "sans_axe"
CLES_TERRITOIRES = ("labellises", *FAITS_COMPTES)


# Les dates des labels de la phase 1 ne sont connues qu’entre le 22/11/2018 et ce jour : avant lui, le chiffre publié mène.
LABELS_V1_CERTAINS = date(2022, 12, 31)


@dataclass(frozen=True)
class Perimetre:
    """Ce qu’on regarde : un jour, une région chef de file (code, ou toutes), l’espace réel ou l’espace fictif."""

    au: date
    region: str = ""
    connu_le: date | None = None
    fictif: bool = False
    vague: int | None = None


@dataclass(frozen=True)
class Compte:
    """Un nombre de territoires : certain (au moins) et possible (au plus)."""

    certains: int = 0
    possibles: int = 0

    @property
    def is_exact(self) -> bool:
        return self.certains == self.possibles

    def __add__(self, autre: "Compte") -> "Compte":
        return Compte(self.certains + autre.certains, self.possibles + autre.possibles)


@dataclass(frozen=True)
class LigneFinanceur:
    financeur_id: int
    nom: str
    type: str
    montants: dict[str, int]

    @property
    def type_libelle(self) -> str:
        return TypeOrganisation(self.type).label


@dataclass(frozen=True)
class LigneRegion:
    """Les chiffres d’une région chef de file. Montants en centimes ; `publie` : labellisés publiés pour elle, s’il y en a."""

    code: str
    nom: str
    territoires: dict[str, Compte]
    fiches: int
    montants: dict[str, int]
    publie: ChiffrePublie | None


@dataclass(frozen=True)
class Publie:
    """Un chiffre publié à côté du chiffre calculé à la même date."""

    chiffre: ChiffrePublie
    calcule: int | None
    calcule_possible: int | None
    en_conflit: bool
    phrase: str


@dataclass(frozen=True)
class Chiffres:
    perimetre: Perimetre
    vague: Vague | None
    territoires: dict[str, Compte]
    fiches_total: int
    abandonnees: int
    par_axe: dict[str, int]
    par_maturite: dict[str, int]
    par_etat: dict[str, int]
    avec_engagement: int
    montants: dict[str, int]
    par_financeur: list[LigneFinanceur]
    par_vague: dict[str, "Chiffres"] = field(default_factory=dict)
    par_region: list[LigneRegion] = field(default_factory=list)
    publies: list[Publie] = field(default_factory=list)

    @property
    def labellises_publie(self) -> ChiffrePublie | None:
        """Le nombre de labellisés publié le plus récent."""
        publie = self.publie_labellises
        return publie.chiffre if publie else None

    @property
    def publie_labellises(self) -> Publie | None:
        return next((p for p in self.publies if p.chiffre.indicateur == Indicateur.LABELLISES), None)

    @property
    def is_publie_en_tete(self) -> bool:
        """Vrai si le nombre publié de labellisés mène : avant le 31/12/2022, quand une source en donne un."""
        return self.perimetre.au < LABELS_V1_CERTAINS and self.publie_labellises is not None

    @property
    def denominateur(self) -> int:
        """Sur combien de territoires un nombre se lit (« 13 sur 15 ») : publié s’il mène, sinon certains, ou possibles s’ils diffèrent."""
        if self.is_publie_en_tete and self.labellises_publie:
            return self.labellises_publie.valeur
        return self.territoires["labellises"].possibles

    @property
    def taux_accord(self) -> Fraction | None:
        """Accordé sur demandé, en montants cumulés ; None si rien n’est demandé."""
        return get_taux_accord(self.montants)


# --- territoires -------------------------------------------------------------------------------------------------


def territoires_of(p: Perimetre) -> QuerySet[Territoire]:
    requete = Territoire.objects.filter(is_fictif=p.fictif)
    if p.region:
        requete = requete.filter(region__code=p.region)
    if p.vague:
        requete = requete.filter(vague__numero=p.vague)
    return requete


def get_vague(au: date) -> Vague | None:
    """La vague dont les labels sont en vigueur ce jour-là (aucune avant le 22/11/2018)."""
    return Vague.objects.at(au).order_by("-numero").first()


def etapes_of(p: Perimetre, faits: tuple[Fait, ...], *, certaines: bool = True) -> QuerySet[Etape]:
    etapes = Etape.objects.connues(p.connu_le).filter(fait__in=faits)
    return etapes.certaines(p.au) if certaines else etapes.possibles(p.au)


def territoires_with(p: Perimetre, cle: str, *, certaines: bool = True) -> QuerySet[Territoire]:
    """Territoires comptés par un chiffre (« labellises » ou une clé de FAITS_COMPTES)."""
    territoires = territoires_of(p)
    if cle == "labellises":
        vague = get_vague(p.au)
        if vague is None or (p.vague and p.vague != vague.numero):
            return territoires.none()
        sortis = _sortis(p, certaines=certaines).filter(territoire=OuterRef("pk"))
        territoires = territoires.filter(vague=vague).exclude(Exists(sortis))
        faits: tuple[Fait, ...] = (Fait.LABEL,)
    else:
        faits = FAITS_COMPTES[cle]
    return territoires.filter(
        Exists(etapes_of(p, faits, certaines=certaines).filter(territoire=OuterRef("pk")))
    )


def _sortis(p: Perimetre, *, certaines: bool) -> QuerySet[Etape]:
    """Les sorties qui retirent un territoire d’un compte : du compte certain dès qu’elles sont possibles, de l’autre à coup sûr."""
    return etapes_of(p, (Fait.SORTI,), certaines=not certaines)


def _comptes_territoires(p: Perimetre, vague: Vague | None) -> dict[tuple[str, int], dict[str, Compte]]:
    """Tous les comptes de territoires, par (région, vague), en une lecture des étapes."""

    def compte(faits: tuple[Fait, ...], borne: str, autres: Q = Q()) -> Count:  # noqa: B008
        return Count(
            "territoire", distinct=True, filter=Q(fait__in=faits, **{f"{borne}__lte": p.au}) & autres
        )

    agregats = {}
    for cle, faits in FAITS_COMPTES.items():
        agregats[f"{cle}_certains"] = compte(faits, "fin")
        agregats[f"{cle}_possibles"] = compte(faits, "debut")
    if vague:
        for nom, borne, certaines in (("certains", "fin", True), ("possibles", "debut", False)):
            restes = Q(territoire__vague=vague) & ~Q(
                territoire__in=_sortis(p, certaines=certaines).values("territoire")
            )
            agregats[f"labellises_{nom}"] = compte((Fait.LABEL,), borne, restes)
    etapes = Etape.objects.connues(p.connu_le).filter(
        territoire__in=territoires_of(p).values("pk"), debut__lte=p.au
    )
    lignes: Iterable[Any] = (
        etapes.order_by().values("territoire__region_id", "territoire__vague__numero").annotate(**agregats)
    )
    return {
        (ligne["territoire__region_id"], ligne["territoire__vague__numero"]): {
            cle: Compte(ligne.get(f"{cle}_certains", 0), ligne.get(f"{cle}_possibles", 0))
            for cle in CLES_TERRITOIRES
        }
        for ligne in lignes
    }


# --- fiches ------------------------------------------------------------------------------------------------------


def fiches_of(p: Perimetre) -> QuerySet[Any]:
    """Fiches nées au jour `au`, avec leurs faits ce jour-là (statut_au, maturite_au, axe_au)."""
    fiches: QuerySet[Any] = FicheAction.objects.filter(territoire__in=territoires_of(p)).with_faits(
        p.au, p.connu_le
    )
    return fiches.filter(statut_au__isnull=False)


def fiches_comptees(p: Perimetre) -> QuerySet[Any]:
    return fiches_of(p).exclude(statut_au=StatutFiche.ABANDONNEE)


def fiches_filtered(
    p: Perimetre, *, axe: str = "", maturite: str = "", etat: str = "", engagement: bool = False
) -> QuerySet[Any]:
    """Les fiches derrière un chiffre : d’un axe (« sans_axe » : aucun), d’une maturité, d’un état, avec engagement.

    Une fiche abandonnée ne se compte que si l’on demande cet état.
    """
    fiches = fiches_of(p) if etat == StatutFiche.ABANDONNEE else fiches_comptees(p)
    if etat:
        fiches = fiches.filter(statut_au=etat)
    if axe == SANS_AXE:
        fiches = fiches.filter(Q(axe_au__isnull=True) | Q(axe_au=""))
    elif axe:
        fiches = fiches.filter(axe_au=axe)
    if maturite:
        valeurs = Q(maturite_au=maturite)
        fiches = fiches.filter(
            valeurs | Q(maturite_au__isnull=True) if maturite == Maturite.NON_PUBLIEE else valeurs
        )
    return with_engagement(fiches, p) if engagement else fiches


def with_engagement(fiches: QuerySet[Any], p: Perimetre) -> QuerySet[Any]:
    """Fiches dont la somme accordée par l’État ou un opérateur est positive ce jour-là."""
    accordes = mouvements_of(p).filter(
        mesure=Mesure.ACCORDE,
        financeur__type__in=[TypeOrganisation.ETAT, TypeOrganisation.DELEGATION, TypeOrganisation.OPERATEUR],
    )
    engagees = accordes.values("ligne__plan__fiche").annotate(s=Sum("centimes")).filter(s__gt=0)
    return fiches.filter(pk__in=engagees.values("ligne__plan__fiche"))


# --- argent ------------------------------------------------------------------------------------------------------


def mouvements_of(p: Perimetre, *, part_propre: bool = False) -> QuerySet[Mouvement]:
    """Mouvements des financeurs (ou, à part, de la part des porteurs) jusqu’au jour du périmètre."""
    mouvements = Mouvement.objects.filter(is_fictif=p.fictif, is_part_propre=part_propre, jour__lte=p.au)
    if p.connu_le:
        mouvements = mouvements.filter(enregistre_at__date__lte=p.connu_le)
    if p.region:
        mouvements = mouvements.filter(region__code=p.region)
    if p.vague:
        mouvements = mouvements.filter(vague__numero=p.vague)
    return mouvements


def sum_by_mesure(p: Perimetre, fiche: FicheAction) -> dict[str, int]:
    """Sommes d’une fiche au jour du périmètre, par mesure publique (centimes ; zéro si rien), sans la part du porteur."""
    lues = (
        mouvements_of(p)
        .filter(ligne__plan__fiche=fiche)
        .order_by()
        .values_list("mesure")
        .annotate(s=Sum("centimes"))
    )
    sommes = dict(lues)
    return {mesure.value: sommes.get(mesure.value, 0) for mesure in MESURES_PUBLIQUES}


def _sommes(p: Perimetre) -> list[dict[str, Any]]:
    """Sommes par mesure, financeur, région et vague : des totaux par jour, ou des mouvements si l’on demande ce qui était connu.

    La part des porteurs n’y est pas : ce qu’un porteur se demande à lui-même fausserait le taux d’accord.
    """
    return _group_sommes(_get_suites(p))


def _get_suites(p: Perimetre) -> list[QuerySet[Any]]:
    """Ce dont la somme fait l’argent du périmètre : des totaux tenus, ou des mouvements si l’on demande ce qui était connu."""
    if p.connu_le:
        return [mouvements_of(p)]
    suites: list[QuerySet[Any]] = []
    for suite in get_totaux(p.au):
        totaux: QuerySet[Any] = suite.filter(q_public(is_fictif=p.fictif))
        if p.region:
            totaux = totaux.filter(region__code=p.region)
        if p.vague:
            totaux = totaux.filter(vague__numero=p.vague)
        suites.append(totaux)
    return suites


def _group_sommes(suites: list[QuerySet[Any]]) -> list[dict[str, Any]]:
    """Additionne des suites de totaux (ou de mouvements) par mesure, financeur, région et vague."""
    sommes = _add_suites(suites, "mesure", "financeur_id", "region_id", "vague__numero")
    financeurs = _read_financeurs({financeur for _, financeur, _, _ in sommes})
    return [
        {
            "mesure": mesure,
            "financeur_id": financeur,
            "financeur__nom": financeurs[financeur][0],
            "financeur__type": financeurs[financeur][1],
            "region_id": region,
            "vague__numero": vague,
            "s": centimes,
        }
        for (mesure, financeur, region, vague), centimes in sommes.items()
    ]


def _add_suites(suites: list[QuerySet[Any]], *cles: str) -> Counter[tuple[Any, ...]]:
    sommes: Counter[tuple[Any, ...]] = Counter()
    for suite in suites:
        for *cle, centimes in suite.order_by().values_list(*cles).annotate(s=Sum("centimes")):
            sommes[tuple(cle)] += centimes
    return sommes


def _read_financeurs(cles: set[int]) -> dict[int, tuple[str, str]]:
    """Clé → (nom, type) de ces organisations."""
    lues = Organisation.objects.filter(pk__in=cles).values_list("pk", "nom", "type")
    return {pk: (nom, type_) for pk, nom, type_ in lues}


@dataclass(frozen=True)
class Argent:
    """L’argent d’un périmètre, seul : sommes par mesure, par financeur, par région (centimes)."""

    perimetre: Perimetre
    montants: dict[str, int]
    par_financeur: list[LigneFinanceur]
    par_region: list[tuple[str, str, dict[str, int]]]

    @property
    def taux_accord(self) -> Fraction | None:
        """Accordé sur demandé, en montants cumulés ; None si rien n’est demandé."""
        return get_taux_accord(self.montants)


def get_taux_accord(montants: dict[str, int]) -> Fraction | None:
    """Accordé sur demandé ; None si rien n’est demandé."""
    demande = montants[Mesure.DEMANDE]
    return Fraction(montants[Mesure.ACCORDE], demande) if demande else None


def compute_argent(p: Perimetre) -> Argent:
    """L’argent à une date, en un nombre constant de requêtes, dont aucune ne lit les mouvements."""
    suites = _get_suites(p)
    par_financeur = _add_suites(suites, "mesure", "financeur_id")
    noms = _read_financeurs({financeur for _, financeur in par_financeur})
    montants, financeurs = _sum_financeurs(
        {
            "mesure": mesure,
            "financeur_id": financeur,
            "financeur__nom": noms[financeur][0],
            "financeur__type": noms[financeur][1],
            "s": centimes,
        }
        for (mesure, financeur), centimes in par_financeur.items()
    )
    regions: dict[str, dict[str, int]] = {}
    for (mesure, code), centimes in _add_suites(suites, "mesure", "region_id").items():
        if code not in regions:
            regions[code] = _zero()
        regions[code][mesure] += centimes
    libelles = dict(Region.objects.values_list("code", "nom"))
    return Argent(
        p,
        montants,
        financeurs,
        [
            (code, libelles[code], regions[code])
            for code in sorted(regions, key=lambda code: replier(libelles[code]))
        ],
    )


def _sum_financeurs(sommes: Iterable[dict[str, Any]]) -> tuple[dict[str, int], list[LigneFinanceur]]:
    """Les montants par mesure, et par financeur : le plus grand accordé d’abord."""
    montants = _zero()
    financeurs: dict[int, LigneFinanceur] = {}
    for somme in sommes:
        montants[somme["mesure"]] += somme["s"]
        cle = somme["financeur_id"]
        if cle not in financeurs:
            financeurs[cle] = LigneFinanceur(cle, somme["financeur__nom"], somme["financeur__type"], _zero())
        financeurs[cle].montants[somme["mesure"]] += somme["s"]
    return montants, sorted(
        financeurs.values(), key=lambda f: (-f.montants["accorde"], -f.montants["demande"], f.nom)
    )


# --- l’ensemble --------------------------------------------------------------------------------------------------


def compute_chiffres(p: Perimetre, *, detail: bool = True) -> Chiffres:
    """Tous les chiffres d’un périmètre. `detail` : avec ceux de chaque vague et région, et les chiffres publiés.

    Le nombre de requêtes ne dépend ni des données ni du nombre de vagues et de régions : tout est lu une fois, groupé.
    """
    lus = _read_grouped(p)
    chiffres = _assemble(p, lus)
    if not detail:
        return chiffres
    for vague in lus.vagues:
        if p.vague in (None, vague.numero):
            chiffres.par_vague[vague.code] = _assemble(replace(p, vague=vague.numero), lus)
    if not p.fictif:
        chiffres.publies.extend(_publies(p, chiffres))
    if not p.region:
        chiffres.par_region.extend(_par_region(p, lus))
    return chiffres


@dataclass(frozen=True)
class _Lus:
    """Ce qui est lu une fois : les comptes par (région, vague), les fiches et les sommes avec leur région et leur vague."""

    vagues: list[Vague]
    vague: Vague | None
    axes: list[str]
    territoires: dict[tuple[str, int], dict[str, Compte]]
    fiches: list[dict[str, Any]]
    engagements: list[dict[str, Any]]
    sommes: list[dict[str, Any]]


_CLES_FICHE = ("territoire__region_id", "territoire__vague__numero")


def _read_grouped(p: Perimetre) -> _Lus:
    vagues = list(Vague.objects.all())
    vague = next((v for v in reversed(vagues) if v.debut <= p.au and (v.fin is None or v.fin >= p.au)), None)
    return _Lus(
        vagues=vagues,
        vague=vague,
        axes=list(Axe.objects.order_by("vague__numero", "rang").values_list("code", flat=True)),
        territoires=_comptes_territoires(p, vague),
        fiches=list(
            fiches_of(p)
            .order_by()
            .values(*_CLES_FICHE, "statut_au", "maturite_au", "axe_au")
            .annotate(n=Count("pk"))
        ),
        engagements=list(
            with_engagement(fiches_comptees(p), p)
            .order_by()
            .values(*_CLES_FICHE)
            .annotate(n=Count("pk", distinct=True))
        ),
        sommes=_sommes(p),
    )


def _assemble(p: Perimetre, lus: _Lus) -> Chiffres:
    """Additionne les groupes lus qui sont de la vague du périmètre (toutes si elle n’est pas dite)."""
    territoires = dict.fromkeys(CLES_TERRITOIRES, Compte())
    for (_, numero), comptes in lus.territoires.items():
        if p.vague in (None, numero):
            territoires = {cle: compte + comptes[cle] for cle, compte in territoires.items()}
    fiches = [ligne for ligne in lus.fiches if p.vague in (None, ligne["territoire__vague__numero"])]
    par_etat, par_maturite, par_axe = Counter[str](), Counter[str](), Counter[str]()
    abandonnees = 0
    for ligne in fiches:
        if ligne["statut_au"] == StatutFiche.ABANDONNEE:
            abandonnees += ligne["n"]
            continue
        par_etat[ligne["statut_au"]] += ligne["n"]
        par_maturite[ligne["maturite_au"] or Maturite.NON_PUBLIEE.value] += ligne["n"]
        par_axe[ligne["axe_au"] or SANS_AXE] += ligne["n"]
    montants, financeurs = _sum_financeurs(
        somme for somme in lus.sommes if p.vague in (None, somme["vague__numero"])
    )
    return Chiffres(
        perimetre=p,
        vague=lus.vague,
        territoires=territoires,
        fiches_total=sum(par_etat.values()),
        abandonnees=abandonnees,
        par_axe=_ranges(par_axe, lus.axes),
        par_maturite=_ranges(par_maturite, list(Maturite.values)),
        par_etat=_ranges(par_etat, list(StatutFiche.values)),
        avec_engagement=sum(
            ligne["n"] for ligne in lus.engagements if p.vague in (None, ligne["territoire__vague__numero"])
        ),
        montants=montants,
        par_financeur=financeurs,
    )


def _zero() -> dict[str, int]:
    return {mesure.value: 0 for mesure in (*MESURES_PUBLIQUES, Mesure.ATTESTE)}


def _par_region(p: Perimetre, lus: _Lus) -> list[LigneRegion]:
    """Une ligne par région qui mène au moins un territoire, dans l’ordre des noms."""
    menees = Region.objects.filter(pk__in=territoires_of(p).values("region"))
    lignes = {
        r.code: LigneRegion(r.code, r.nom, dict.fromkeys(CLES_TERRITOIRES, Compte()), 0, _zero(), None)
        for r in menees
    }
    for (code, _), comptes in lus.territoires.items():
        ligne = lignes[code]
        ligne.territoires.update({cle: compte + comptes[cle] for cle, compte in ligne.territoires.items()})
    fiches = Counter[str]()
    for groupe in lus.fiches:
        if groupe["statut_au"] != StatutFiche.ABANDONNEE:
            fiches[groupe["territoire__region_id"]] += groupe["n"]
    for somme in lus.sommes:
        if somme["region_id"] in lignes:
            lignes[somme["region_id"]].montants[somme["mesure"]] += somme["s"]
    publies: dict[str, ChiffrePublie] = {}
    if not p.fictif:
        labellises = _publies_en_vigueur(p, lus.vague).filter(
            indicateur=Indicateur.LABELLISES, region__isnull=False
        )
        for chiffre in labellises.order_by("-valable_depuis", "-jour", "id"):
            publies.setdefault(str(chiffre.region_id), chiffre)
    return [
        replace(ligne, fiches=fiches[ligne.code], publie=publies.get(ligne.code))
        for ligne in sorted(lignes.values(), key=lambda ligne: replier(ligne.nom))
    ]


def _ranges(comptes: Counter[str], ordre: list[str]) -> dict[str, int]:
    """Les comptes non nuls, dans l’ordre de la liste de référence, puis le reste."""
    suite = [cle for cle in dict.fromkeys(ordre) if comptes[cle]] + sorted(set(comptes) - set(ordre))
    return {cle: comptes[cle] for cle in suite}


# Chiffres publiés qui se comparent à l’étendue du programme ce jour-là ; ils doivent tomber entre certain et possible.
INDICATEURS_ETENDUE = (Indicateur.INTERCOMMUNALITES, Indicateur.COMMUNES)


def _calcule(
    chiffres: Chiffres, chiffre: ChiffrePublie, etendue: Etendue | None
) -> tuple[int | None, int | None]:
    if etendue and chiffre.indicateur in INDICATEURS_ETENDUE:
        etendus = (
            etendue.intercommunalites
            if chiffre.indicateur == Indicateur.INTERCOMMUNALITES
            else etendue.communes
        )
        return etendus.certains, etendus.possibles
    if chiffre.indicateur in chiffres.territoires and chiffre.unite == Unite.NOMBRE:
        compte = chiffres.territoires[chiffre.indicateur]
        return compte.certains, compte.possibles
    if chiffre.indicateur == Indicateur.FICHES:
        return chiffres.fiches_total, None
    if chiffre.unite == Unite.CENTIMES:
        return chiffres.montants[chiffre.indicateur.removeprefix("montant_")], None
    return None, None


def _publies_en_vigueur(p: Perimetre, vague: Vague | None) -> QuerySet[ChiffrePublie]:
    """Chiffres publiés valables ce jour-là ; un nombre de labellisés ne vaut que dans sa vague."""
    candidats = ChiffrePublie.objects.filter(valable_depuis__lte=p.au)
    if vague:
        candidats = candidats.filter(
            Q(valable_depuis__gte=vague.debut)
            | ~Q(indicateur__in=[Indicateur.LABELLISES, *INDICATEURS_ETENDUE])
        )
    return candidats


def _publies(p: Perimetre, chiffres: Chiffres) -> list[Publie]:
    """Pour chaque indicateur, les chiffres publiés en vigueur ce jour-là : le plus récent, et ceux du même jour qui le contredisent."""
    candidats = (
        _publies_en_vigueur(p, chiffres.vague).filter(region=p.region or None).select_related("region")
    )
    derniers: dict[str, list[ChiffrePublie]] = {}
    for chiffre in candidats.order_by("indicateur", "-valable_depuis", "-jour", "id"):
        memes = derniers.setdefault(chiffre.indicateur, [chiffre])
        if chiffre is not memes[0] and chiffre.valable_depuis == memes[0].valable_depuis:
            memes.append(chiffre)
    # Une étendue se compare au jour où elle est publiée : elle change entre deux publications.
    etendues = {
        chiffre.valable_depuis: compute_etendue(chiffre.valable_depuis)
        for indicateur in INDICATEURS_ETENDUE
        for chiffre in derniers.get(indicateur, [])
        if not p.region
    }
    resultat = []
    for memes in derniers.values():
        for chiffre in memes:
            publie = _compare(chiffre, *_calcule(chiffres, chiffre, etendues.get(chiffre.valable_depuis)))
            contraires = [
                autre for autre in memes if (autre.valeur, autre.unite) != (chiffre.valeur, chiffre.unite)
            ]
            if contraires:
                autres = "\u00a0; ".join(autre.source for autre in contraires)
                publie = replace(
                    publie,
                    en_conflit=True,
                    phrase=f"{publie.phrase} Une autre source dit autre chose ({autres})\u00a0: les deux sont gardées.",
                )
            resultat.append(publie)
    return resultat


# Les jours où des sources disent combien de territoires, d’intercommunalités ou de communes le programme compte.
DATES_PUBLIEES = (date(2018, 11, 22), date(2019, 11, 19), date(2022, 12, 31), date(2023, 11, 9))


def find_publie_labellises(au: date, vague: Vague) -> ChiffrePublie | None:
    """Le nombre national de territoires labellisés publié en vigueur ce jour-là, dans cette vague ; None s’il n’y en a pas."""
    return (
        _publies_en_vigueur(Perimetre(au=au), vague)
        .filter(indicateur=Indicateur.LABELLISES, region=None)
        .order_by("-valable_depuis", "-jour", "id")
        .first()
    )


def list_publies_etendue(etendue: Etendue) -> list[Publie]:
    """Les chiffres publiés en vigueur ce jour-là qui se comparent à l’étendue : territoires, intercommunalités, communes."""
    p = Perimetre(au=etendue.au)
    return [
        publie
        for publie in _publies(p, compute_chiffres(p, detail=False))
        if publie.chiffre.indicateur in (Indicateur.LABELLISES, *INDICATEURS_ETENDUE)
    ]


def _compare(chiffre: ChiffrePublie, calcule: int | None, possible: int | None) -> Publie:
    origine = f"publié le {format_jour(chiffre.jour)} ({chiffre.source})"
    if calcule is None:
        return Publie(
            chiffre,
            None,
            None,
            False,
            f"Chiffre {origine}. La plateforme compte des territoires, pas cette part.",
        )
    if possible is None:
        return Publie(
            chiffre,
            calcule,
            None,
            False,
            f"Chiffre {origine}\u00a0; la plateforme ne compte que ce qui y est enregistré.",
        )
    if possible == 0:
        return Publie(
            chiffre,
            calcule,
            possible,
            False,
            f"Chiffre {origine}. La plateforme n’avait rien d’enregistré à cette date.",
        )
    if calcule <= chiffre.valeur <= possible:
        phrase = (
            f"Chiffre {origine}\u00a0; il coïncide avec le calcul."
            if calcule == chiffre.valeur
            else f"Chiffre {origine}. {calcule} sont certains ce jour-là et {possible} possibles, "
            "car la date exacte de plusieurs faits n’est connue qu’entre deux bornes."
        )
        return Publie(chiffre, calcule, possible, False, phrase)
    if calcule < chiffre.valeur and chiffre.indicateur not in (Indicateur.LABELLISES, *INDICATEURS_ETENDUE):
        return Publie(
            chiffre,
            calcule,
            possible,
            False,
            f"Chiffre {origine}. La plateforme n’en connaît que {calcule}\u00a0: les faits territoire par territoire n’ont pas tous été publiés.",
        )
    fourchette = str(calcule) if calcule == possible else f"{calcule} à {possible}"
    return Publie(
        chiffre,
        calcule,
        possible,
        True,
        f"Conflit\u00a0: {chiffre.valeur} {origine}, mais {fourchette} d’après les faits enregistrés. Les deux sont gardés.",
    )


def to_json(chiffres: Chiffres) -> dict[str, Any]:
    """La forme publique, stable : `./maillage chiffres --json` et l’API. Montants en centimes."""
    territoires: dict[str, int] = {
        "labellises": chiffres.territoires["labellises"].certains,
        "labellises_possibles": chiffres.territoires["labellises"].possibles,
    }
    for cle in FAITS_COMPTES:
        territoires[cle] = chiffres.territoires[cle].certains
        territoires[f"{cle}_possibles"] = chiffres.territoires[cle].possibles
    resultat: dict[str, Any] = {
        "territoires": territoires,
        "fiches": {
            "total": chiffres.fiches_total,
            "par_axe": chiffres.par_axe,
            "par_maturite": chiffres.par_maturite,
            "par_etat": chiffres.par_etat,
            "avec_engagement_etat_operateurs": chiffres.avec_engagement,
            "abandonnees": chiffres.abandonnees,
        },
        "montants": chiffres.montants
        | {
            "par_financeur": [
                {"financeur": f.nom, "type": f.type} | f.montants for f in chiffres.par_financeur
            ]
        },
    }
    if chiffres.perimetre.vague is not None:
        return resultat
    p = chiffres.perimetre
    return {
        "au": p.au.isoformat(),
        "connu_le": p.connu_le.isoformat() if p.connu_le else None,
        "region": p.region or None,
        "fictif": p.fictif,
        "vague_en_vigueur": chiffres.vague.code if chiffres.vague else None,
        **resultat,
        "par_vague": {code: to_json(sous) for code, sous in chiffres.par_vague.items()},
        "publies": [
            {
                "indicateur": publie.chiffre.indicateur,
                "valeur": publie.chiffre.valeur,
                "unite": publie.chiffre.unite,
                "precision": publie.chiffre.precision,
                "jour": publie.chiffre.jour.isoformat(),
                "valable_depuis": publie.chiffre.valable_depuis.isoformat(),
                "source": publie.chiffre.source,
                "url": publie.chiffre.url,
                "calcule": publie.calcule,
                "calcule_possible": publie.calcule_possible,
                "en_conflit": publie.en_conflit,
                "phrase": publie.phrase,
            }
            for publie in chiffres.publies
        ],
    }
