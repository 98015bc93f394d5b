"""Les chiffres prêts à dessiner : chacun avec ses mots, sa date et la porte vers ses lignes. Aucun calcul ici."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from calcul.montants import format_montant, format_montant_court, format_taux
from maillage.fiches.enums import Maturite, StatutFiche
from maillage.financement.enums import Mesure
from maillage.pilotage.definitions import DEFINITIONS
from maillage.pilotage.models import ChiffrePublie, Unite
from maillage.pilotage.selectors import (
    CLES_TERRITOIRES,
    FAITS_COMPTES,
    MESURES_PUBLIQUES,
    SANS_AXE,
    Argent,
    Chiffres,
    Compte,
    LigneFinanceur,
    LigneRegion,
    Perimetre,
    Publie,
)
from maillage.pilotage.selectors_lignes import Ecart, compute_ecarts
from maillage.socle.dates import format_jour
from maillage.socle.templatetags.maillage import difference, difference_montant, nombre, pluriel
from maillage.territoires.models import Axe

FINANCEURS_MONTRES = 30
MESURES = (*MESURES_PUBLIQUES, Mesure.ATTESTE)


@dataclass(frozen=True)
class Tuile:
    """Un chiffre avec sa porte (composants/chiffre.html)."""

    valeur: str
    libelle: str
    url: str
    precision: str
    origine: str


@dataclass(frozen=True)
class Tete:
    """Les territoires labellisés : le nombre qui mène, puis les autres, et la phrase qui dit pourquoi."""

    valeur: str
    libelle: str
    phrase: str
    source_url: str
    certains: Tuile
    possibles: Tuile
    publie: Tuile | None


@dataclass(frozen=True)
class Cellule:
    """Une case. Un zéro exact est tu sur les cartes du téléphone, où chaque case prend une ligne."""

    valeur: str
    url: str = ""
    precision: str = ""

    @property
    def is_zero(self) -> bool:
        return self.valeur in ("0", "", format_montant(0)) and not self.precision


@dataclass(frozen=True)
class Ligne:
    libelle: str
    cellules: list[Cellule]
    url: str = ""


@dataclass(frozen=True)
class Tableau:
    """Un petit tableau : une colonne d’intitulés, des colonnes de nombres ; `is_cartes` : une carte par ligne au téléphone."""

    titre: str
    colonnes: list[str]
    lignes: list[Ligne]
    intitule: str = ""
    note: str = ""
    is_cartes: bool = False


@dataclass(frozen=True)
class PublieAffiche:
    publie: Publie
    valeur: str
    calcule: str


@dataclass(frozen=True)
class Vue:
    """Tout ce que dessine « pilotage/chiffres_corps.html »."""

    perimetre: Perimetre
    tete: Tete
    territoires: list[Tuile]
    fiches: list[Tuile]
    tables_fiches: list[Tableau]
    montants: list[Tuile]
    financeurs: Tableau | None
    vagues: Tableau | None
    regions: Tableau | None
    publies: list[PublieAffiche] = field(default_factory=list)


def url_lignes(nom: str, p: Perimetre, **suite: Any) -> str:
    """L’adresse des lignes d’un chiffre, au même jour et dans le même périmètre."""
    parametres = {
        "au": p.au.isoformat(),
        "region": p.region,
        "vague": p.vague or "",
        "connu_le": p.connu_le.isoformat() if p.connu_le else "",
        "fictif": "1" if p.fictif else "",
    } | suite
    return f"{reverse(nom)}?{urlencode({cle: valeur for cle, valeur in parametres.items() if valeur})}"


def build_vue(chiffres: Chiffres) -> Vue:
    p = chiffres.perimetre
    return Vue(
        perimetre=p,
        tete=_tete(chiffres),
        territoires=[_tuile_territoires(chiffres, cle) for cle in FAITS_COMPTES],
        fiches=_tuiles_fiches(chiffres),
        tables_fiches=_tables_fiches(chiffres),
        montants=_tuiles_montants(chiffres),
        financeurs=_table_financeurs(chiffres) if chiffres.par_financeur else None,
        vagues=_table_vagues(chiffres) if len(chiffres.par_vague) > 1 else None,
        regions=_table_regions(p, chiffres.par_region) if chiffres.par_region else None,
        publies=[_publie(publie) for publie in chiffres.publies],
    )


def _au(p: Perimetre) -> str:
    return f"au {p.au:%d/%m/%Y}"


def format_publie(chiffre: ChiffrePublie) -> str:
    """« environ 1 400 », « 87 % », « 458 300 000 € »."""
    texte = {
        Unite.NOMBRE: nombre,
        Unite.POUR_CENT: lambda valeur: f"{valeur}\u00a0%",
        Unite.CENTIMES: format_montant,
    }[Unite(chiffre.unite)](chiffre.valeur)
    return f"{chiffre.precision} {texte}".strip()


# --- territoires -------------------------------------------------------------------------------------------------


def _tete(chiffres: Chiffres) -> Tete:
    p, compte, publie = chiffres.perimetre, chiffres.territoires["labellises"], chiffres.publie_labellises
    certains = Tuile(
        nombre(compte.certains),
        "certains",
        url_lignes("chiffres-territoires", p, cle="labellises"),
        "",
        "",
    )
    possibles = Tuile(
        nombre(compte.possibles),
        "possibles",
        url_lignes("chiffres-territoires", p, cle="labellises", certitude="possible"),
        "",
        "",
    )
    if publie and chiffres.is_publie_en_tete:
        return Tete(
            format_publie(publie.chiffre),
            "territoires labellisés, nombre publié",
            publie.phrase,
            publie.chiffre.url,
            certains,
            possibles,
            None,
        )
    if not chiffres.par_vague and not p.vague:
        phrase = "Aucune liste de territoires n’est encore importée ici."
    elif chiffres.vague is None:
        phrase = "Aucun label n’est en vigueur ce jour-là\u00a0: la première liste date du 22 novembre 2018."
    elif compte.is_exact:
        phrase = f"Labels de la {chiffres.vague.nom} en vigueur ce jour-là. {publie.phrase if publie else ''}".strip()
    else:
        phrase = (
            f"{compte.certains} sont certains ce jour-là et {compte.possibles} possibles, "
            "car la date exacte de plusieurs labels n’est connue qu’entre deux bornes. "
            f"{publie.phrase if publie else 'Aucune source ne donne de nombre publié pour ce périmètre.'}"
        )
    a_cote = None
    if publie:
        a_cote = Tuile(format_publie(publie.chiffre), "publiés", publie.chiffre.url, "", "")
    valeur = (
        nombre(compte.certains)
        if compte.is_exact
        else f"{nombre(compte.certains)} à {nombre(compte.possibles)}"
    )
    return Tete(valeur, "territoires labellisés, nombre calculé", phrase, "", certains, possibles, a_cote)


def _tuile_territoires(chiffres: Chiffres, cle: str) -> Tuile:
    p, compte = chiffres.perimetre, chiffres.territoires[cle]
    valeur, precisions = nombre(compte.certains), [_au(p)]
    if compte.possibles == 0:
        precisions.insert(0, "aucun fait de ce genre n’est enregistré")
    if not compte.is_exact:
        precisions.insert(
            0, f"jusqu’à {nombre(compte.possibles)} {pluriel(compte.possibles, 'possible,possibles')}"
        )
    if chiffres.vague and chiffres.denominateur:
        en_vigueur = chiffres.par_vague[chiffres.vague.code].territoires[cle].certains
        if compte.possibles and en_vigueur == compte.certains:
            valeur = f"{valeur} sur {nombre(chiffres.denominateur)}"
        elif compte.possibles:
            precisions.insert(
                0, f"dont {nombre(en_vigueur)} sur {nombre(chiffres.denominateur)} de la {chiffres.vague.nom}"
            )
    return Tuile(
        valeur,
        DEFINITIONS[cle].libelle,
        url_lignes("chiffres-territoires", p, cle=cle),
        " · ".join(precisions),
        DEFINITIONS[cle].phrase,
    )


def _cellule_compte(p: Perimetre, cle: str, compte: Compte, **suite: Any) -> Cellule:
    precision = (
        ""
        if compte.is_exact
        else f"{nombre(compte.possibles)} {pluriel(compte.possibles, 'possible,possibles')}"
    )
    return Cellule(
        nombre(compte.certains), url_lignes("chiffres-territoires", p, cle=cle, **suite), precision
    )


# --- fiches ------------------------------------------------------------------------------------------------------


def _tuiles_fiches(chiffres: Chiffres) -> list[Tuile]:
    p = chiffres.perimetre
    tuiles = [
        Tuile(
            nombre(chiffres.fiches_total),
            DEFINITIONS["fiches"].libelle,
            url_lignes("chiffres-fiches", p),
            _au(p),
            DEFINITIONS["fiches"].phrase,
        ),
        Tuile(
            nombre(chiffres.avec_engagement),
            DEFINITIONS["engagement"].libelle,
            url_lignes("chiffres-fiches", p, engagement="1"),
            _au(p),
            DEFINITIONS["engagement"].phrase,
        ),
    ]
    if chiffres.abandonnees:
        tuiles.append(
            Tuile(
                nombre(chiffres.abandonnees),
                "Abandonnées",
                url_lignes("chiffres-fiches", p, etat=StatutFiche.ABANDONNEE.value),
                f"comptées à part · {_au(p)}",
                "Fiches abandonnées ce jour-là au plus tard, hors du total. Source\u00a0: l’état daté de chaque fiche.",
            )
        )
    return tuiles


def get_axes() -> dict[str, str]:
    """code → nom des axes de toutes les vagues ; deux noms d’un même code sont donnés ensemble."""
    noms: dict[str, list[str]] = {}
    for code, nom in Axe.objects.order_by("vague__numero", "rang").values_list("code", "nom"):
        if nom not in noms.setdefault(code, []):
            noms[code].append(nom)
    return {code: " / ".join(liste) for code, liste in noms.items()} | {SANS_AXE: "Sans axe"}


def _tables_fiches(chiffres: Chiffres) -> list[Tableau]:
    p = chiffres.perimetre
    if not chiffres.fiches_total:
        return []

    def table(titre: str, cle: str, comptes: dict[str, int], noms: dict[str, str]) -> Tableau:
        lignes = [
            Ligne(noms.get(code, code), [Cellule(nombre(n), url_lignes("chiffres-fiches", p, **{cle: code}))])
            for code, n in comptes.items()
        ]
        return Tableau(titre, ["Fiches"], lignes, titre.removeprefix("Par ").capitalize())

    return [
        table("Par axe", "axe", chiffres.par_axe, get_axes()),
        table("Par maturité", "maturite", chiffres.par_maturite, dict(Maturite.choices)),
        table("Par état", "etat", chiffres.par_etat, dict(StatutFiche.choices)),
    ]


# --- argent ------------------------------------------------------------------------------------------------------


def _tuiles_montants(chiffres: Chiffres | Argent) -> list[Tuile]:
    p = chiffres.perimetre
    tuiles = [
        Tuile(
            format_montant_court(chiffres.montants[mesure]),
            DEFINITIONS[mesure].libelle,
            url_lignes("chiffres-montants", p, mesure=mesure.value),
            _au(p),
            DEFINITIONS[mesure].phrase,
        )
        for mesure in MESURES
    ]
    if chiffres.taux_accord is not None:
        taux = format_taux(chiffres.taux_accord, decimales=1)
        precision = f"{format_montant(chiffres.montants[Mesure.ACCORDE])} sur {format_montant(chiffres.montants[Mesure.DEMANDE])}"
        tuiles.append(
            Tuile(
                taux,
                DEFINITIONS["taux_accord"].libelle,
                url_lignes("chiffres-montants", p, mesure=Mesure.ACCORDE.value),
                precision,
                DEFINITIONS["taux_accord"].phrase,
            )
        )
    return tuiles


def _cellule_montant(p: Perimetre, montant: int, mesure: Mesure, **suite: Any) -> Cellule:
    url = url_lignes("chiffres-montants", p, mesure=mesure.value, **suite) if montant else ""
    return Cellule(format_montant(montant), url)


@dataclass(frozen=True)
class VueArgent:
    """L’argent prêt à dessiner."""

    perimetre: Perimetre
    montants: list[Tuile]
    financeurs: Tableau | None
    regions: Tableau | None


def build_vue_argent(argent: Argent) -> VueArgent:
    p = argent.perimetre
    regions = [
        Ligne(
            nom,
            [_cellule_montant(replace(p, region=code), montants[m], m) for m in MESURES],
        )
        for code, nom, montants in argent.par_region
    ]
    return VueArgent(
        p,
        _tuiles_montants(argent),
        _table_financeurs(argent) if argent.par_financeur else None,
        Tableau("Par région chef de file", [m.label for m in MESURES], regions, "Région", is_cartes=True)
        if len(regions) > 1
        else None,
    )


def _table_financeurs(chiffres: Chiffres | Argent) -> Tableau:
    p, tous = chiffres.perimetre, chiffres.par_financeur
    note = ""
    if len(tous) > FINANCEURS_MONTRES:
        note = (
            f"Les {FINANCEURS_MONTRES} premiers des {nombre(len(tous))} financeurs, par montant accordé. "
            "L’export les donne tous."
        )

    def ligne(financeur: LigneFinanceur) -> Ligne:
        cellules = [
            _cellule_montant(p, financeur.montants[m], m, financeur=financeur.financeur_id) for m in MESURES
        ]
        return Ligne(
            f"{financeur.nom} ({financeur.type_libelle[:1].lower()}{financeur.type_libelle[1:]})", cellules
        )

    lignes = [ligne(financeur) for financeur in tous[:FINANCEURS_MONTRES]]
    total = Ligne("Tous les financeurs", [_cellule_montant(p, chiffres.montants[m], m) for m in MESURES])
    return Tableau(
        "Par financeur", [m.label for m in MESURES], [*lignes, total], "Financeur", note, is_cartes=True
    )


# --- vagues, régions, publiés ------------------------------------------------------------------------------------


def _table_vagues(chiffres: Chiffres) -> Tableau:
    p = chiffres.perimetre
    colonnes = [*chiffres.par_vague.values(), chiffres]
    lignes = [
        Ligne(
            DEFINITIONS[cle].libelle,
            [_cellule_compte(c.perimetre, cle, c.territoires[cle]) for c in colonnes],
        )
        for cle in CLES_TERRITOIRES
    ]
    lignes.append(
        Ligne(
            "Fiches action",
            [Cellule(nombre(c.fiches_total), url_lignes("chiffres-fiches", c.perimetre)) for c in colonnes],
        )
    )
    lignes += [
        Ligne(DEFINITIONS[m].libelle, [_cellule_montant(c.perimetre, c.montants[m], m) for c in colonnes])
        for m in MESURES
    ]
    titres = [f"Phase {code.removeprefix('v')}" for code in chiffres.par_vague]
    return Tableau(f"Par vague, {_au(p)}", [*titres, "Total"], lignes, "Chiffre")


def _table_regions(p: Perimetre, regions: list[LigneRegion]) -> Tableau:
    def ligne(region: LigneRegion) -> Ligne:
        ici = {"region": region.code}
        publie = Cellule(format_publie(region.publie), region.publie.url) if region.publie else Cellule("")
        return Ligne(
            region.nom,
            [
                publie,
                _cellule_compte(p, "labellises", region.territoires["labellises"], **ici),
                _cellule_compte(p, "avec_gouvernance", region.territoires["avec_gouvernance"], **ici),
                _cellule_compte(p, "au_moins_un_acte", region.territoires["au_moins_un_acte"], **ici),
                Cellule(nombre(region.fiches), url_lignes("chiffres-fiches", p, **ici)),
                _cellule_montant(p, region.montants[Mesure.DEMANDE], Mesure.DEMANDE, **ici),
                _cellule_montant(p, region.montants[Mesure.ACCORDE], Mesure.ACCORDE, **ici),
            ],
            url=f"?{url_lignes('chiffres', p, **ici).partition('?')[2]}",
        )

    colonnes = [
        "Labellisés, publié",
        "Labellisés, certains",
        "Avec gouvernance",
        "Au moins un acte",
        "Fiches",
        "Demandé",
        "Accordé",
    ]
    return Tableau(
        f"Par région chef de file, {_au(p)}",
        colonnes,
        [ligne(region) for region in regions],
        "Région",
        is_cartes=True,
    )


def _publie(publie: Publie) -> PublieAffiche:
    calcule = ""
    if publie.calcule is not None:
        calcule = (
            format_montant(publie.calcule)
            if publie.chiffre.unite == Unite.CENTIMES
            else nombre(publie.calcule)
        )
        if publie.calcule_possible not in (None, publie.calcule):
            calcule = f"{calcule} certains, {nombre(publie.calcule_possible)} possibles"
    return PublieAffiche(publie, format_publie(publie.chiffre), calcule)


def build_table_ecarts(avant: Chiffres, apres: Chiffres) -> Tableau:
    """Deux dates côte à côte : chaque chiffre ouvre ses lignes, à sa date."""

    def cellule(chiffres: Chiffres, ecart: Ecart, valeur: int) -> Cellule:
        p = chiffres.perimetre
        if ecart.is_montant:
            return _cellule_montant(p, valeur, Mesure(ecart.cle))
        if ecart.cle in CLES_TERRITOIRES:
            return Cellule(nombre(valeur), url_lignes("chiffres-territoires", p, cle=ecart.cle))
        suite = {"engagement": "1"} if ecart.cle == "engagement" else {}
        return Cellule(nombre(valeur), url_lignes("chiffres-fiches", p, **suite))

    lignes = [
        Ligne(
            ecart.libelle,
            [
                cellule(avant, ecart, ecart.avant),
                cellule(apres, ecart, ecart.apres),
                Cellule(
                    difference_montant(ecart.difference) if ecart.is_montant else difference(ecart.difference)
                ),
            ],
        )
        for ecart in compute_ecarts(avant, apres)
    ]
    jours = [f"{chiffres.perimetre.au:%d/%m/%Y}" for chiffres in (avant, apres)]
    return Tableau(
        f"Chiffres certains du {format_jour(avant.perimetre.au)} au {format_jour(apres.perimetre.au)}",
        [*jours, "Écart"],
        lignes,
        "Chiffre",
        is_cartes=True,
    )


def format_perimetre(p: Perimetre, region_nom: str = "") -> str:
    """« au 19 novembre 2019, Grand Est, phase 1 »."""
    morceaux = [f"au {format_jour(p.au)}"]
    if region_nom:
        morceaux.append(region_nom)
    if p.vague:
        morceaux.append(f"phase {p.vague}")
    if p.connu_le:
        morceaux.append(f"tel que connu le {format_jour(p.connu_le)}")
    if p.fictif:
        morceaux.append("espace fictif")
    return ", ".join(morceaux)
