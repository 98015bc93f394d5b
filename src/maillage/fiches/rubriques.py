"""Les rubriques d’une fiche : ce qui s’écrit d’elle, sous quel nom, dans quelle partie de la page, et qui peut le lire.

Une seule déclaration pour la saisie, les versions, leur comparaison, la page, l’annexe d’un acte et les échanges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Model, TextChoices

from maillage.fiches.enums import (
    Avancement,
    Cadre,
    Engagement,
    FamilleIndicateur,
    Maturite,
    NatureDemande,
    NatureJalon,
    PorteeIndicateur,
    Priorite,
    StatutFiche,
    Visibilite,
)
from maillage.fiches.models import (
    DemandeEtat,
    Indicateur,
    Jalon,
    LienCadre,
    Partenaire,
    SiteFiche,
    SousAction,
)

LONGUEUR_MAX = 20_000  # signes d’un texte long : une dizaine de pages


class Forme(StrEnum):
    """Comment une valeur s’écrit, se lit et se garde dans une version."""

    TEXTE = "texte"
    LONG = "long"
    JOUR = "jour"
    CHOIX = "choix"
    ENTIER = "entier"
    QUANTITE = "quantite"  # millièmes d’unité
    COMMUNE = "commune"  # code INSEE
    RANGS = "rangs"  # lignes de la même liste, par leur numéro (1, 2, 3)
    ADRESSE = "adresse"


@dataclass(frozen=True)
class Champ:
    """Une valeur d’une fiche, ou d’une ligne de liste. `interne` : ne se lit ni en public ni dans un acte."""

    nom: str
    titre: str
    forme: Forme = Forme.TEXTE
    choix: type[TextChoices] | None = None
    aide: str = ""
    maximum: int = 200
    obligatoire: bool = False
    interne: bool = False


@dataclass(frozen=True)
class Collection:
    """Une liste de lignes : ses colonnes, dans l’ordre. Le nom est celui de la relation depuis la fiche."""

    nom: str
    titre: str
    singulier: str
    modele: type[Model]
    colonnes: tuple[Champ, ...]
    interne: bool = False

    @property
    def cle(self) -> Champ:
        """La colonne sans laquelle une ligne ne dit rien."""
        return next(colonne for colonne in self.colonnes if colonne.obligatoire)


@dataclass(frozen=True)
class Section:
    """Une partie de la fiche, que l’on écrit d’un coup. `aide` : ce qu’un lecteur y cherche."""

    code: str
    titre: str
    aide: str
    champs: tuple[Champ, ...] = ()
    collections: tuple[Collection, ...] = ()

    @property
    def noms(self) -> tuple[str, ...]:
        """Tout ce qui s’écrit dans cette partie."""
        return (*(champ.nom for champ in self.champs), *(c.nom for c in self.collections))


T = Forme

JALONS = Collection(
    "jalons",
    "Étapes",
    "étape",
    Jalon,
    (
        Champ("libelle", "Étape", maximum=250, obligatoire=True),
        Champ("nature", "Nature", T.CHOIX, NatureJalon),
        Champ("debut", "Début", T.JOUR),
        Champ("echeance", "Échéance", T.JOUR),
        Champ("realise_le", "Faite le", T.JOUR),
        Champ("apres", "Après les étapes", T.RANGS, aide="Leurs numéros, par exemple 1, 3."),
    ),
)
PARTENAIRES = Collection(
    "partenaires",
    "Partenaires",
    "partenaire",
    Partenaire,
    (
        Champ("nom", "Partenaire", obligatoire=True),
        Champ("role", "Rôle", maximum=300, aide="Ce qu’il apporte ou ce qu’il fait."),
        Champ("engagement", "Engagement", T.CHOIX, Engagement),
    ),
)
INDICATEURS = Collection(
    "indicateurs",
    "Indicateurs",
    "indicateur",
    Indicateur,
    (
        Champ("libelle", "Indicateur", maximum=250, obligatoire=True),
        Champ("famille", "Famille", T.CHOIX, FamilleIndicateur),
        Champ("portee", "Portée", T.CHOIX, PorteeIndicateur),
        Champ("unite", "Unité", maximum=60),
        Champ("reference", "Valeur de départ", T.QUANTITE),
        Champ("reference_le", "Date de départ", T.JOUR),
        Champ("cible", "Cible", T.QUANTITE, aide="En chiffres\u00a0; l’unité a sa case."),
        Champ("cible_le", "Date de la cible", T.JOUR),
        Champ("source", "Source", maximum=300, aide="D’où viendra la mesure."),
    ),
)
SITES = Collection(
    "sites",
    "Lieux",
    "lieu",
    SiteFiche,
    (
        Champ("libelle", "Lieu", maximum=250, obligatoire=True),
        Champ(
            "commune",
            "Commune",
            T.COMMUNE,
            aide="Son nom, avec le département s’il le faut\u00a0: «\u00a0Langres (52)\u00a0».",
        ),
        Champ("adresse", "Adresse", maximum=300),
        Champ("surface_m2", "Surface (m²)", T.ENTIER),
    ),
)
DEMANDES_ETAT = Collection(
    "demandes_etat",
    "Demandes à l’État",
    "demande",
    DemandeEtat,
    (
        Champ("nature", "Nature", T.CHOIX, NatureDemande),
        Champ("objet", "Demande", maximum=500, obligatoire=True),
        Champ("regle", "Règle en cause", maximum=300),
        Champ("service", "Service de l’État"),
    ),
)
CADRES = Collection(
    "cadres",
    "Autres cadres",
    "cadre",
    LienCadre,
    (
        Champ("cadre", "Cadre", T.CHOIX, Cadre, obligatoire=True),
        Champ("intitule", "Intitulé ou numéro", maximum=250),
        Champ("adresse", "Adresse de la page", T.ADRESSE, maximum=300),
    ),
)
SOUS_ACTIONS = Collection(
    "sous_actions",
    "Sous-actions",
    "sous-action",
    SousAction,
    (
        Champ("titre", "Sous-action", maximum=250, obligatoire=True),
        Champ("description", "Description", T.LONG),
        Champ("pilote", "Pilote"),
        Champ("avancement", "Avancement", T.CHOIX, Avancement),
        Champ("priorite", "Priorité", T.CHOIX, Priorite),
        Champ("debut", "Début", T.JOUR),
        Champ("fin", "Fin", T.JOUR),
    ),
)

# Les champs de la première page, que les autres parties complètent. `porteur` et `axe` ont leurs propres règles.
ESSENTIEL = Section(
    "essentiel",
    "L’essentiel",
    "Titre, code, axe, description, porteur, dates, maturité.",
    champs=(
        Champ("code", "Code", maximum=20),
        Champ("titre", "Titre", maximum=250, obligatoire=True),
        Champ("statut", "État", T.CHOIX, StatutFiche),
        Champ("axe", "Axe"),
        Champ("presentateur", "Présentateur", maximum=120),
        Champ("porteur", "Porteur"),
        Champ("description", "Description", T.LONG),
        Champ("debut_prevu", "Début prévu", T.JOUR),
        Champ("fin_prevue", "Fin prévue", T.JOUR),
        Champ("maturite", "Maturité", T.CHOIX, Maturite),
        Champ("visibilite", "Visibilité", T.CHOIX, Visibilite),
        Champ("rang", "Rang de présentation", T.ENTIER),
    ),
)

SECTIONS: tuple[Section, ...] = (
    ESSENTIEL,
    Section(
        "contexte",
        "Contexte et objectifs",
        "Pourquoi agir, pour qui, et ce que l’on aura à la fin.",
        champs=(
            Champ(
                "contexte",
                "Contexte et enjeux",
                T.LONG,
                aide="Le besoin, les chiffres du territoire, d’où vient l’idée.",
            ),
            Champ("objectifs", "Objectifs", T.LONG, aide="Un par ligne."),
            Champ("livrables", "Livrables attendus", T.LONG, aide="Ce qui existera à la fin."),
            Champ("public_vise", "Public visé", T.LONG, aide="Entreprises, salariés, jeunes, habitants…"),
        ),
    ),
    Section(
        "pilotage",
        "Pilotage",
        "Qui fait, qui répond, où l’on décide.",
        champs=(
            Champ("service_pilote", "Direction ou service pilote"),
            Champ("personne_pilote", "Personne pilote", interne=True),
            Champ(
                "contact",
                "Contact technique",
                aide="Nom, téléphone ou courriel. Jamais publié.",
                interne=True,
            ),
            Champ("elu_referent", "Élu·e référent·e"),
            Champ(
                "instances", "Instances de gouvernance", T.LONG, aide="Comité technique, comité de pilotage…"
            ),
            Champ("sous_axe", "Sous-axe"),
            Champ("sous_sous_axe", "Sous-sous-axe"),
            Champ("priorite", "Priorité", T.CHOIX, Priorite),
            Champ("avancement", "Avancement déclaré", T.CHOIX, Avancement),
        ),
    ),
    Section("partenaires", "Partenaires", "Qui participe, et à quoi.", collections=(PARTENAIRES,)),
    Section("etapes", "Étapes", "Les dates qui comptent, et ce qui doit venir avant.", collections=(JALONS,)),
    Section(
        "indicateurs",
        "Indicateurs",
        "Ce que l’on mesurera. Emplois prévus, déclarés et vérifiés restent trois chiffres.",
        collections=(INDICATEURS,),
    ),
    Section("lieux", "Lieux", "Où l’action se passe.", collections=(SITES,)),
    Section(
        "moyens",
        "Moyens",
        "Les gens et les outils\u00a0; l’argent a son plan.",
        champs=(
            Champ("moyens", "Moyens humains et techniques", T.LONG),
            Champ("participation", "Participation citoyenne", T.LONG),
            Champ(
                "note_financement",
                "Précisions sur le financement",
                T.LONG,
                interne=True,
                aide="Ce que les montants ne disent pas. Les montants s’écrivent dans le plan de financement.",
            ),
        ),
    ),
    Section(
        "etat",
        "Obstacles et demandes à l’État",
        "Ce qui bloque, et ce que l’on demande qui n’est pas de l’argent.",
        champs=(Champ("obstacles", "Obstacles", T.LONG, interne=True),),
        collections=(DEMANDES_ETAT,),
    ),
    Section(
        "cadres", "Autres cadres", "CRTE, CPER, Action cœur de ville, France 2030…", collections=(CADRES,)
    ),
    Section(
        "sous-actions", "Sous-actions", "Les morceaux de l’action, s’il y en a.", collections=(SOUS_ACTIONS,)
    ),
    Section(
        "partage",
        "À partager",
        "Ce que d’autres peuvent en apprendre.",
        champs=(
            Champ(
                "resume_public",
                "Résumé publiable",
                T.LONG,
                aide="Trois phrases, pour qui ne connaît pas le dossier.",
            ),
            Champ("bilan", "Ce que l’on referait, ce que l’on ferait autrement", T.LONG),
        ),
    ),
)
PAR_CODE = {section.code: section for section in SECTIONS}
COLLECTIONS: dict[str, Collection] = {c.nom: c for section in SECTIONS for c in section.collections}
# Les valeurs simples ajoutées par les parties autres que l’essentiel.
CHAMPS_SECTIONS: dict[str, Champ] = {
    champ.nom: champ for section in SECTIONS if section is not ESSENTIEL for champ in section.champs
}


def iter_rubriques() -> Iterator[tuple[str, str]]:
    """(nom, titre) de tout ce qui s’écrit d’une fiche, dans l’ordre de la page."""
    for section in SECTIONS:
        for champ in section.champs:
            yield champ.nom, champ.titre
        for collection in section.collections:
            yield collection.nom, collection.titre


TITRES: dict[str, str] = dict(iter_rubriques())


def find_section(nom: str) -> Section:
    """La partie où s’écrit un champ ou une liste. KeyError si rien ne s’appelle ainsi."""
    for section in SECTIONS:
        if nom in section.noms:
            return section
    raise KeyError(nom)
