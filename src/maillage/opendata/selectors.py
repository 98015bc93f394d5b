"""Les jeux de données ouverts : ce que chacun contient, colonne par colonne, et ses lignes à une date.

Rien qui ne soit déjà public à l’écran : ni espace fictif, ni fiche gardée, ni part d’un porteur. Lecture seule, au fil de l’eau.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.urls import reverse

from maillage.contrats.enums import NatureActe, StatutActe
from maillage.contrats.models import Acte
from maillage.fiches.enums import EtatPorteur, Maturite, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.enums import Mesure
from maillage.pilotage.definitions import DEFINITIONS
from maillage.pilotage.models import ChiffrePublie, Unite
from maillage.pilotage.selectors import (
    CLES_TERRITOIRES,
    MESURES_PUBLIQUES,
    Chiffres,
    LigneRegion,
    Perimetre,
    compute_chiffres,
    mouvements_of,
    territoires_with,
)
from maillage.territoires.enums import Fait
from maillage.territoires.models import Axe, Territoire
from maillage.territoires.models import Perimetre as PerimetreTerritoire
from maillage.territoires.selectors import with_etape, with_membres_count

LOT = 1000
LISTE = " | "  # entre deux valeurs d’une même case


class TypeChamp(StrEnum):
    """Ce qu’une case contient."""

    TEXTE = "texte"
    ENTIER = "nombre entier"
    MONTANT = "montant en euros"
    JOUR = "date (AAAA-MM-JJ)"
    OUI_NON = "oui ou non"


T = TypeChamp


@dataclass(frozen=True)
class Champ:
    """Une colonne du dictionnaire : son nom, ce qu’elle dit, son type."""

    nom: str
    sens: str
    type: TypeChamp = TypeChamp.TEXTE


@dataclass(frozen=True)
class Licence:
    nom: str
    url: str


LICENCE_OUVERTE = Licence("Licence Ouverte 2.0", "https://www.etalab.gouv.fr/licence-ouverte-open-licence")


@dataclass(frozen=True)
class Jeu:
    """Un jeu de données. `lignes(au)` rend une valeur par champ, dans l’ordre (montants en centimes, None si inconnu).

    `sources` : clés de donnees/sources.toml dont le jeu est tiré, et dont il faut reprendre la mention.
    """

    cle: str
    titre: str
    phrase: str
    champs: tuple[Champ, ...]
    lignes: Callable[[date], Iterator[tuple[Any, ...]]]
    sources: tuple[str, ...] = ()
    licence: Licence = field(default=LICENCE_OUVERTE)
    has_contours: bool = False
    is_date: bool = True


_CLE = Champ(
    "territoire",
    "Clé du territoire\u00a0: phase et identifiant ANCT («\u00a0v2/ti-2701\u00a0»). Le même identifiant nomme deux territoires sans rapport d’une phase à l’autre.",
)
_VAGUE = Champ("phase", "Numéro de la phase du programme\u00a0: 1 (2018-2022) ou 2 (2023-2027).", T.ENTIER)


# --- territoires et membres --------------------------------------------------------------------------------------


def _list_territoires(au: date) -> Iterator[tuple[Any, ...]]:
    p = Perimetre(au=au)
    requete: Any = Territoire.objects.publics().select_related("vague", "region")
    territoires: Any = with_etape(with_membres_count(requete, au), au).annotate(
        is_certain=Exists(territoires_with(p, "labellises").filter(pk=OuterRef("pk"))),
        is_possible=Exists(territoires_with(p, "labellises", certaines=False).filter(pk=OuterRef("pk"))),
    )
    for t in (
        territoires.prefetch_related("regions", "departements")
        .order_by("vague__numero", "id_ti")
        .iterator(chunk_size=LOT)
    ):
        yield (
            t.cle,
            t.vague.numero,
            t.id_ti,
            t.nom,
            t.nom_local,
            t.region_id,
            t.region.nom,
            LISTE.join(sorted(region.pk for region in t.regions.all())),
            LISTE.join(sorted(departement.pk for departement in t.departements.all())),
            t.population,
            t.membres_count,
            t.is_site,
            "certain" if t.is_certain else "possible" if t.is_possible else "non",
            Fait(t.etape_au).label if t.etape_au else "",
            t.source,
        )


def _list_membres(au: date) -> Iterator[tuple[Any, ...]]:
    # Une phase finie se lit à son dernier jour, comme sur la page du territoire.
    membres: Any = (
        PerimetreTerritoire.objects.filter(territoire__is_fictif=False, debut__lte=au)
        .filter(Q(fin__isnull=True) | Q(fin__gt=au) | Q(fin__gt=F("territoire__vague__fin")))
        .select_related("territoire__vague", "epci", "commune")
        .order_by("territoire__vague__numero", "territoire__id_ti", "id")
    )
    for m in membres.iterator(chunk_size=LOT):
        yield (
            m.territoire.cle,
            m.territoire.vague.numero,
            m.territoire.nom,
            m.epci.get_type_display() if m.epci_id else "commune seule",
            m.epci_id or m.commune_id,
            m.nom,
            m.site,
            m.population,
            m.debut,
            m.constate_le,
            m.fin,
            m.source,
        )


# --- fiches et actes ---------------------------------------------------------------------------------------------


def _list_fiches(au: date) -> Iterator[tuple[Any, ...]]:
    axes = {(v, code): nom for v, code, nom in Axe.objects.values_list("vague_id", "code", "nom")}
    mouvements = mouvements_of(Perimetre(au=au)).filter(ligne__plan__fiche=OuterRef("pk"))
    sommes = {
        f"somme_{mesure.value}": Subquery(
            mouvements.filter(mesure=mesure)
            .order_by()
            .values("ligne__plan__fiche")
            .annotate(s=Sum("centimes"))
            .values("s")
        )
        for mesure in MESURES_PUBLIQUES
    }
    publiques: Any = FicheAction.objects.publiques()
    fiches = (
        publiques.with_faits(au)
        .filter(statut_au__isnull=False)
        .annotate(**sommes)
        .select_related("territoire__vague", "porteur")
        .order_by("territoire__vague__numero", "territoire__id_ti", "rang", "id")
    )
    for f in fiches.iterator(chunk_size=LOT):
        yield (
            f.territoire.cle,
            f.territoire.vague.numero,
            f.territoire.nom,
            f.code,
            f.titre,
            axes.get((f.territoire.vague_id, f.axe_au), ""),
            StatutFiche(f.statut_au).label,
            Maturite(f.maturite_au or Maturite.NON_PUBLIEE).label,
            f.porteur.nom if f.porteur else EtatPorteur(f.etat_porteur).label,
            f.debut_prevu,
            f.fin_prevue,
            *(getattr(f, f"somme_{mesure.value}") for mesure in MESURES_PUBLIQUES),
            f.source,
            f.get_public_url(),
        )


def _list_actes(au: date) -> Iterator[tuple[Any, ...]]:
    actes: Any = (
        Acte.objects.filter(
            territoire__is_fictif=False,
            statut__in=[StatutActe.CONSTATE, StatutActe.SIGNE],
            date_debut__lte=au,
        )
        .select_related("territoire__vague", "piece_pdf")
        .prefetch_related("sources")
        .order_by("date_fin", "id")
    )
    for a in actes.iterator(chunk_size=LOT):
        yield (
            a.territoire.cle,
            a.territoire.vague.numero,
            a.territoire.nom,
            a.titre,
            a.get_nature_display(),
            "certain" if a.date_fin <= au else "possible",
            a.date_debut,
            a.date_fin,
            a.get_statut_display(),
            LISTE.join(f"{NatureActe(s.nature_dite).label}, selon {s.texte}" for s in a.sources.all()),
            LISTE.join(s.url for s in a.sources.all() if s.url),
            a.piece_pdf.sha256 if a.piece_pdf else "",
            reverse("verifier-empreinte", args=[a.piece_pdf.sha256]) if a.piece_pdf else "",
        )


# --- chiffres ----------------------------------------------------------------------------------------------------


def _list_chiffres(au: date) -> Iterator[tuple[Any, ...]]:
    ensemble = compute_chiffres(Perimetre(au=au))
    yield from _rows_chiffres(au, "national", "", "", ensemble)
    for code, vague in ensemble.par_vague.items():
        yield from _rows_chiffres(au, "phase", code, f"Phase {code.removeprefix('v')}", vague)
    for region in ensemble.par_region:
        yield from _rows_chiffres(au, "région chef de file", region.code, region.nom, region)


def _rows_chiffres(
    au: date, perimetre: str, code: str, nom: str, lus: Chiffres | LigneRegion
) -> Iterator[tuple[Any, ...]]:
    debut = (au, perimetre, code, nom)
    for cle in CLES_TERRITOIRES:
        compte = lus.territoires[cle]
        yield (*debut, cle, DEFINITIONS[cle].libelle, compte.certains, compte.possibles, None)
    fiches = lus.fiches if isinstance(lus, LigneRegion) else lus.fiches_total
    yield (*debut, "fiches", DEFINITIONS["fiches"].libelle, fiches, fiches, None)
    for mesure in MESURES_PUBLIQUES:
        libelle = DEFINITIONS[mesure].libelle
        yield (*debut, f"montant_{mesure.value}", libelle, None, None, lus.montants[mesure])


def _list_publies(au: date) -> Iterator[tuple[Any, ...]]:
    publies = (
        ChiffrePublie.objects.filter(valable_depuis__lte=au)
        .select_related("region")
        .order_by("jour", "indicateur", "id")
    )
    for c in publies.iterator(chunk_size=LOT):
        is_montant = c.unite == Unite.CENTIMES
        yield (
            c.indicateur,
            c.get_indicateur_display(),
            c.region_id or "",
            c.region.nom if c.region else "",
            c.valable_depuis,
            c.jour,
            c.precision,
            None if is_montant else c.valeur,
            c.valeur if is_montant else None,
            c.get_unite_display(),
            c.source,
            c.url,
            c.remarque,
        )


def _montant(mesure: Mesure) -> Champ:
    return Champ(
        f"{mesure.value}_euros",
        f"{DEFINITIONS[mesure].libelle}\u00a0: somme cumulée des financeurs à la date du fichier, sans la part du porteur. Vide si rien n’est enregistré.",
        T.MONTANT,
    )


JEUX: dict[str, Jeu] = {
    jeu.cle: jeu
    for jeu in (
        Jeu(
            "territoires",
            "Territoires d’industrie",
            "Les territoires des deux phases\u00a0: région, départements, population, label et étape atteinte à la date choisie.",
            (
                _CLE,
                _VAGUE,
                Champ("id_ti", "Identifiant donné par l’ANCT dans sa phase."),
                Champ("nom", "Nom officiel."),
                Champ("marque_locale", "Nom que le territoire se donne, s’il en a un."),
                Champ("region_code", "Code INSEE de la région chef de file."),
                Champ("region", "Région chef de file."),
                Champ("regions_codes", "Codes de toutes ses régions, séparés par «\u00a0|\u00a0»."),
                Champ("departements_codes", "Codes de ses départements, séparés par «\u00a0|\u00a0»."),
                Champ(
                    "population",
                    "Population municipale, découpage 2026\u00a0; celle de l’intercommunalité entière quand seul un site est concerné.",
                    T.ENTIER,
                ),
                Champ(
                    "membres",
                    "Nombre de membres à la date, ou au dernier jour d’une phase finie.",
                    T.ENTIER,
                ),
                Champ("site_seulement", "Oui si seul un site de l’intercommunalité est concerné.", T.OUI_NON),
                Champ(
                    "labellise",
                    "Label en vigueur à la date\u00a0: «\u00a0certain\u00a0», «\u00a0possible\u00a0» (la date du label n’est connue qu’entre deux bornes) ou «\u00a0non\u00a0».",
                ),
                Champ(
                    "etape",
                    "Étape certaine la plus avancée à la date\u00a0; vide si aucune source n’en dit.",
                ),
                Champ("source", "Liste publique qui le nomme."),
            ),
            _list_territoires,
            ("territoires-industrie-v1", "territoires-industrie-v2", "decoupage-administratif"),
            has_contours=True,
        ),
        Jeu(
            "membres",
            "Membres des territoires",
            "Qui compose chaque territoire à la date choisie\u00a0: intercommunalités, établissements publics territoriaux, communes seules.",
            (
                _CLE,
                _VAGUE,
                Champ("territoire_nom", "Nom officiel du territoire."),
                Champ(
                    "nature",
                    "Nature du membre\u00a0: type d’intercommunalité, ou «\u00a0commune seule\u00a0».",
                ),
                Champ("code", "SIREN de l’intercommunalité, ou code INSEE de la commune."),
                Champ("nom", "Nom du membre."),
                Champ("site", "Site précis, quand le membre ne l’est que pour lui."),
                Champ("population", "Population municipale du membre, découpage 2026.", T.ENTIER),
                Champ("membre_depuis", "Membre au plus tôt le.", T.JOUR),
                Champ("constate_le", "Jour de la liste publique qui le nomme.", T.JOUR),
                Champ(
                    "membre_jusqu_au", "Jour où il n’est plus membre\u00a0; vide s’il l’est encore.", T.JOUR
                ),
                Champ("source", "Liste publique qui le nomme."),
            ),
            _list_membres,
            ("territoires-industrie-v1", "territoires-industrie-v2", "decoupage-administratif"),
        ),
        Jeu(
            "fiches",
            "Fiches action publiques",
            "Les actions que les territoires ont rendues publiques, dans leur état à la date choisie.",
            (
                _CLE,
                _VAGUE,
                Champ("territoire_nom", "Nom officiel du territoire."),
                Champ("code", "Code donné par le territoire\u00a0; vide pour une idée."),
                Champ("titre", "Titre de l’action."),
                Champ("axe", "Axe ou thème du programme, à la date\u00a0; vide s’il n’est pas choisi."),
                Champ("etat", "Vie de la fiche à la date."),
                Champ("maturite", "Maturité du contenu à la date\u00a0; jamais celle de l’argent."),
                Champ("porteur", "Organisation qui porte l’action, ou l’état du porteur s’il n’y en a pas."),
                Champ("debut_prevu", "Début prévu.", T.JOUR),
                Champ("fin_prevue", "Fin prévue.", T.JOUR),
                *(_montant(mesure) for mesure in MESURES_PUBLIQUES),
                Champ(
                    "source",
                    "Texte public dont la fiche est tirée\u00a0; vide si elle est née sur la plateforme.",
                ),
                Champ("page", "Adresse de sa page publique sur ce site."),
            ),
            _list_fiches,
            ("programme",),
        ),
        Jeu(
            "actes",
            "Protocoles et contrats",
            "Les actes signés sur la plateforme, ou constatés d’après une source publique, à la date choisie.",
            (
                _CLE,
                _VAGUE,
                Champ("territoire_nom", "Nom officiel du territoire."),
                Champ("titre", "Titre de l’acte."),
                Champ("nature", "Protocole, contrat, ou non précisé par les sources."),
                Champ(
                    "certitude",
                    "«\u00a0certain\u00a0» si l’acte est signé à coup sûr à la date, «\u00a0possible\u00a0» entre ses deux bornes.",
                ),
                Champ("signe_au_plus_tot", "Première borne de la date de signature.", T.JOUR),
                Champ(
                    "signe_au_plus_tard",
                    "Seconde borne\u00a0; égale à la première quand le jour est connu.",
                    T.JOUR,
                ),
                Champ(
                    "etat",
                    "«\u00a0Signé\u00a0» sur la plateforme, ou «\u00a0Acte constaté\u00a0» d’après une source.",
                ),
                Champ("sources", "Ce que chaque source dit de sa nature\u00a0; les désaccords sont gardés."),
                Champ("sources_adresses", "Adresses de ces sources, séparées par «\u00a0|\u00a0»."),
                Champ("sha256", "Empreinte du document PDF signé ici\u00a0; vide pour un acte constaté."),
                Champ("verification", "Adresse de la page qui vérifie ce document sur ce site."),
            ),
            _list_actes,
            ("programme",),
        ),
        Jeu(
            "chiffres",
            "Chiffres clés à une date",
            "Les chiffres de la page Chiffres, pour le pays, chaque phase et chaque région chef de file.",
            (
                Champ("au", "Jour pour lequel le chiffre vaut.", T.JOUR),
                Champ(
                    "perimetre",
                    "«\u00a0national\u00a0», «\u00a0phase\u00a0» ou «\u00a0région chef de file\u00a0».",
                ),
                Champ("perimetre_code", "Code de la phase ou de la région\u00a0; vide pour le pays."),
                Champ("perimetre_nom", "Nom de la phase ou de la région."),
                Champ("indicateur", "Nom stable du chiffre, le même que dans «\u00a0chiffres.json\u00a0»."),
                Champ("libelle", "Ce que le chiffre compte."),
                Champ("certains", "Nombre certain ce jour-là\u00a0; vide pour un montant.", T.ENTIER),
                Champ("possibles", "Nombre le plus grand possible, quand des dates sont bornées.", T.ENTIER),
                Champ("euros", "Montant cumulé\u00a0; vide pour un compte.", T.MONTANT),
            ),
            _list_chiffres,
            ("programme",),
        ),
        Jeu(
            "chiffres-publies",
            "Chiffres publiés",
            "Les chiffres nationaux ou régionaux écrits par la presse et les rapports, gardés tels quels avec leur source.",
            (
                Champ("indicateur", "Nom stable du chiffre calculé auquel il se compare."),
                Champ("libelle", "Ce que le chiffre compte."),
                Champ("region_code", "Code de la région chef de file\u00a0; vide pour le pays."),
                Champ("region", "Région chef de file\u00a0; vide pour le pays."),
                Champ("valable_depuis", "Jour depuis lequel la source dit qu’il vaut.", T.JOUR),
                Champ("publie_le", "Jour de la publication.", T.JOUR),
                Champ("precision", "«\u00a0environ\u00a0», «\u00a0plus de\u00a0»… comme l’écrit la source."),
                Champ("valeur", "Nombre publié\u00a0; vide pour un montant.", T.ENTIER),
                Champ("euros", "Montant publié\u00a0; vide pour un nombre.", T.MONTANT),
                Champ("unite", "Unité du chiffre."),
                Champ("source", "Texte qui le publie."),
                Champ("adresse", "Adresse de ce texte."),
                Champ("remarque", "Ce qu’il faut savoir pour le lire."),
            ),
            _list_publies,
            ("programme",),
        ),
    )
}
