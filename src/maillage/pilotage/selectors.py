"""Les chiffres du programme à une date, et les lignes derrière chacun. Lecture seule.

`au` : les faits effectifs ce jour-là, tels que connus aujourd’hui (ou `connu_le`). Un fait connu entre deux bornes
est « certain » après la seconde et « possible » dès la première. Les labels suivent la vague en vigueur ;
les fiches, les actes et les montants sont donnés par vague et au total, et ne disparaissent jamais.
Les espaces fictifs ne comptent que si `fictif` le demande, et alors ils comptent seuls.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from maillage.comptes.enums import TypeOrganisation
from maillage.fiches.enums import Maturite, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.enums import Mesure
from maillage.financement.models import Mouvement, TotalJour
from maillage.pilotage.models import ChiffrePublie, Indicateur, Unite
from maillage.socle.dates import format_jour
from maillage.territoires.enums import ACTES, Fait
from maillage.territoires.models import Axe, Etape, Territoire, Vague

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

    certains: int
    possibles: int


@dataclass(frozen=True)
class LigneFinanceur:
    financeur_id: int
    nom: str
    type: str
    montants: dict[str, int]


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
    publies: list[Publie] = field(default_factory=list)

    @property
    def labellises_publie(self) -> ChiffrePublie | None:
        """Le nombre de labellisés publié le plus récent, tant que les dates exactes des labels manquent."""
        return next((p.chiffre for p in self.publies if p.chiffre.indicateur == Indicateur.LABELLISES), None)


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
        sortis = etapes_of(p, (Fait.SORTI,)).filter(territoire=OuterRef("pk"))
        territoires = territoires.filter(vague=vague).exclude(Exists(sortis))
        faits: tuple[Fait, ...] = (Fait.LABEL,)
    else:
        faits = FAITS_COMPTES[cle]
    return territoires.filter(
        Exists(etapes_of(p, faits, certaines=certaines).filter(territoire=OuterRef("pk")))
    )


def _compte(p: Perimetre, cle: str) -> Compte:
    return Compte(territoires_with(p, cle).count(), territoires_with(p, cle, certaines=False).count())


# --- fiches ------------------------------------------------------------------------------------------------------


def fiches_of(p: Perimetre) -> QuerySet[FicheAction]:
    """Fiches nées au jour `au`, avec leurs faits ce jour-là (statut_au, maturite_au, axe_au)."""
    return (
        FicheAction.objects.filter(territoire__in=territoires_of(p))
        .with_faits(p.au, p.connu_le)
        .filter(statut_au__isnull=False)
    )


def fiches_comptees(p: Perimetre) -> QuerySet[FicheAction]:
    return fiches_of(p).exclude(statut_au=StatutFiche.ABANDONNEE)


def with_engagement(fiches: QuerySet[FicheAction], p: Perimetre) -> QuerySet[FicheAction]:
    """Fiches dont la somme accordée par l’État ou un opérateur est positive ce jour-là."""
    accordes = mouvements_of(p).filter(
        mesure=Mesure.ACCORDE,
        financeur__type__in=[TypeOrganisation.ETAT, TypeOrganisation.DELEGATION, TypeOrganisation.OPERATEUR],
    )
    engagees = accordes.values("ligne__plan__fiche").annotate(s=Sum("centimes")).filter(s__gt=0)
    return fiches.filter(pk__in=engagees.values("ligne__plan__fiche"))


# --- argent ------------------------------------------------------------------------------------------------------


def mouvements_of(p: Perimetre) -> QuerySet[Mouvement]:
    mouvements = Mouvement.objects.filter(is_fictif=p.fictif, jour__lte=p.au)
    if p.connu_le:
        mouvements = mouvements.filter(enregistre_at__date__lte=p.connu_le)
    if p.region:
        mouvements = mouvements.filter(region__code=p.region)
    if p.vague:
        mouvements = mouvements.filter(vague__numero=p.vague)
    return mouvements


def _sommes(p: Perimetre) -> list[dict[str, Any]]:
    """Sommes par mesure et financeur : des totaux par jour, ou des mouvements si l’on demande ce qui était connu."""
    if p.connu_le:
        requete: QuerySet[Any] = mouvements_of(p)
    else:
        requete = TotalJour.objects.filter(is_fictif=p.fictif, jour__lte=p.au)
        if p.region:
            requete = requete.filter(region__code=p.region)
        if p.vague:
            requete = requete.filter(vague__numero=p.vague)
    return list(
        requete.order_by()
        .values("mesure", "financeur_id", "financeur__nom", "financeur__type")
        .annotate(s=Sum("centimes"))
    )


# --- l’ensemble --------------------------------------------------------------------------------------------------


def compute_chiffres(p: Perimetre, *, detail: bool = True) -> Chiffres:
    """Tous les chiffres d’un périmètre. `detail` : avec ceux de chaque vague et les chiffres publiés."""
    territoires = {"labellises": _compte(p, "labellises")} | {cle: _compte(p, cle) for cle in FAITS_COMPTES}
    comptes = list(
        fiches_of(p).order_by().values("statut_au", "maturite_au", "axe_au").annotate(n=Count("pk"))
    )
    vivantes = [ligne for ligne in comptes if ligne["statut_au"] != StatutFiche.ABANDONNEE]
    par_etat, par_maturite, par_axe = Counter[str](), Counter[str](), Counter[str]()
    for ligne in vivantes:
        par_etat[ligne["statut_au"]] += ligne["n"]
        par_maturite[ligne["maturite_au"] or Maturite.NON_PUBLIEE.value] += ligne["n"]
        par_axe[ligne["axe_au"] or "sans_axe"] += ligne["n"]
    montants = {mesure.value: 0 for mesure in MESURES_PUBLIQUES} | {Mesure.ATTESTE.value: 0}
    financeurs: dict[int, LigneFinanceur] = {}
    for somme in _sommes(p):
        montants[somme["mesure"]] += somme["s"]
        ligne_financeur = financeurs.setdefault(
            somme["financeur_id"],
            LigneFinanceur(
                somme["financeur_id"],
                somme["financeur__nom"],
                somme["financeur__type"],
                dict.fromkeys(montants, 0),
            ),
        )
        ligne_financeur.montants[somme["mesure"]] += somme["s"]
    chiffres = Chiffres(
        perimetre=p,
        vague=get_vague(p.au),
        territoires=territoires,
        fiches_total=sum(par_etat.values()),
        abandonnees=sum(ligne["n"] for ligne in comptes) - sum(par_etat.values()),
        par_axe=_ranges(par_axe, [axe.code for axe in Axe.objects.order_by("vague__numero", "rang")]),
        par_maturite=_ranges(par_maturite, list(Maturite.values)),
        par_etat=_ranges(par_etat, list(StatutFiche.values)),
        avec_engagement=with_engagement(fiches_comptees(p), p).count(),
        montants=montants,
        par_financeur=sorted(
            financeurs.values(), key=lambda f: (-f.montants["accorde"], -f.montants["demande"], f.nom)
        ),
    )
    if not detail:
        return chiffres
    for vague in Vague.objects.all():
        sous = Perimetre(au=p.au, region=p.region, connu_le=p.connu_le, fictif=p.fictif, vague=vague.numero)
        chiffres.par_vague[vague.code] = compute_chiffres(sous, detail=False)
    if not p.fictif:
        chiffres.publies.extend(_publies(p, chiffres))
    return chiffres


def _ranges(comptes: Counter[str], ordre: list[str]) -> dict[str, int]:
    """Les comptes non nuls, dans l’ordre de la liste de référence, puis le reste."""
    suite = [cle for cle in dict.fromkeys(ordre) if comptes[cle]] + sorted(set(comptes) - set(ordre))
    return {cle: comptes[cle] for cle in suite}


def _calcule(chiffres: Chiffres, chiffre: ChiffrePublie) -> tuple[int | None, int | None]:
    if chiffre.indicateur in chiffres.territoires and chiffre.unite == Unite.NOMBRE:
        compte = chiffres.territoires[chiffre.indicateur]
        return compte.certains, compte.possibles
    if chiffre.indicateur == Indicateur.FICHES:
        return chiffres.fiches_total, None
    if chiffre.unite == Unite.CENTIMES:
        return chiffres.montants[chiffre.indicateur.removeprefix("montant_")], None
    return None, None


def _publies(p: Perimetre, chiffres: Chiffres) -> list[Publie]:
    """Pour chaque indicateur, les chiffres publiés en vigueur ce jour-là : le plus récent, et ceux du même jour qui le contredisent."""
    resultat = []
    candidats = ChiffrePublie.objects.filter(
        valable_depuis__lte=p.au, region__code=p.region or None
    ).select_related("region")
    if chiffres.vague:
        candidats = candidats.filter(
            Q(valable_depuis__gte=chiffres.vague.debut) | ~Q(indicateur=Indicateur.LABELLISES)
        )
    derniers: dict[str, date] = {}
    for chiffre in candidats.order_by("indicateur", "-valable_depuis", "-jour", "id"):
        if derniers.setdefault(chiffre.indicateur, chiffre.valable_depuis) != chiffre.valable_depuis:
            continue
        calcule, possible = _calcule(chiffres, chiffre)
        resultat.append(_compare(chiffre, calcule, possible))
    return resultat


def _compare(chiffre: ChiffrePublie, calcule: int | None, possible: int | None) -> Publie:
    origine = f"publié le {format_jour(chiffre.jour)} ({chiffre.source})"
    if calcule is None:
        return Publie(chiffre, None, None, False, f"Chiffre {origine}, sans équivalent calculé.")
    if possible is None:
        return Publie(
            chiffre,
            calcule,
            None,
            False,
            f"Chiffre {origine} ; la plateforme ne compte que ce qui y est enregistré.",
        )
    if calcule <= chiffre.valeur <= possible:
        phrase = (
            f"Chiffre {origine} ; il coïncide avec le calcul."
            if calcule == chiffre.valeur
            else f"Chiffre {origine}. {calcule} sont certains ce jour-là et {possible} possibles, "
            "car la date exacte de plusieurs faits n’est connue qu’entre deux bornes."
        )
        return Publie(chiffre, calcule, possible, False, phrase)
    if calcule < chiffre.valeur and chiffre.indicateur != Indicateur.LABELLISES:
        return Publie(
            chiffre,
            calcule,
            possible,
            False,
            f"Chiffre {origine}. La plateforme n’en connaît que {calcule} : les faits territoire par territoire n’ont pas tous été publiés.",
        )
    return Publie(
        chiffre,
        calcule,
        possible,
        True,
        f"Conflit : {chiffre.valeur} {origine}, mais {calcule} à {possible} d’après les faits enregistrés. Les deux sont gardés.",
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
