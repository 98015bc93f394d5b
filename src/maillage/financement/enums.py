"""Vocabulaire de l’argent. Les valeurs lues par les règles (NatureLigne, OrigineFinanceur, Programme, RegimeAide…) sont
celles de `calcul.financement`."""

from django.db.models import TextChoices

from maillage.dispositifs.enums import Credit, NatureDepense

__all__ = [
    "ChefDeFile",
    "Credit",
    "Mesure",
    "NatureDepense",
    "NatureLigne",
    "OrigineFinanceur",
    "Programme",
    "RegimeAide",
    "StatutLigne",
    "TailleEntreprise",
    "TypePorteur",
]


class NatureLigne(TextChoices):
    SUBVENTION = "subvention", "Subvention"
    AVANCE_REMBOURSABLE = "avance_remboursable", "Avance remboursable"
    PRET = "pret", "Prêt"
    GARANTIE = "garantie", "Garantie"
    PRISE_PARTICIPATION = "prise_participation", "Prise de participation"
    AUTOFINANCEMENT = "autofinancement", "Autofinancement"
    EMPRUNT = "emprunt", "Emprunt du porteur"
    PRIVE = "prive", "Apport privé"
    NATURE = "nature", "Apport en nature"
    SERVICE = "service", "Service, sans montant"


class TypeService(TextChoices):
    """Ce qui se demande sans argent."""

    INGENIERIE = "ingenierie", "Ingénierie"
    CONSEIL = "conseil", "Conseil"
    MISE_EN_RELATION = "mise_en_relation", "Mise en relation"
    DEROGATION = "derogation", "Simplification ou dérogation"
    FORMATION = "formation", "Formation"
    COMMUNICATION = "communication", "Communication"


class OrigineFinanceur(TextChoices):
    ETAT_BUDGET_GENERAL = "etat_budget_general", "État, budget général (FNADT, fonds vert…)"
    ETAT_DOTATION = "etat_dotation", "État, dotations (DETR, DSIL, DSID, DPV)"
    REGION = "region", "Région"
    DEPARTEMENT = "departement", "Département"
    EPCI = "epci", "Intercommunalité"
    COMMUNE = "commune", "Commune"
    EUROPE = "europe", "Europe"
    OPERATEUR = "operateur", "Opérateur de l’État"
    AUTRE_PUBLIC = "autre_public", "Autre financeur public"
    PORTEUR = "porteur", "Porteur lui-même"
    PRIVE = "prive", "Privé"


class StatutLigne(TextChoices):
    PRESSENTI = "pressenti", "Pressenti"
    SOLLICITE = "sollicite", "Sollicité"
    DOSSIER_COMPLET = "dossier_complet", "Dossier complet"
    ANNONCE = "annonce", "Annoncé"
    ATTESTE = "atteste", "Attesté par pièce, à confirmer"
    ACCORDE = "accorde", "Accordé"
    CONVENTIONNE = "conventionne", "Conventionné"
    VERSE_PARTIEL = "verse_partiel", "Versé en partie"
    SOLDE = "solde", "Soldé"
    REFUSE = "refuse", "Refusé"
    RETIRE = "retire", "Retiré"
    CADUC = "caduc", "Caduc"


class Mesure(TextChoices):
    """Les cinq montants du suivi national, plus celui des pièces reçues ; tous cumulés."""

    DEMANDE = "demande", "Demandé"
    ANNONCE = "annonce", "Annoncé"
    ATTESTE = "atteste", "Attesté par pièce, à confirmer"
    ACCORDE = "accorde", "Accordé"
    CONVENTIONNE = "conventionne", "Conventionné"
    VERSE = "verse", "Versé"


class Periode(TextChoices):
    """À quelle échelle un total est tenu, en plus du jour."""

    MOIS = "mois", "Mois"
    ANNEE = "annee", "Année"


class TypePorteur(TextChoices):
    COLLECTIVITE = "collectivite", "Collectivité ou groupement"
    ENTREPRISE = "entreprise", "Entreprise"
    ASSOCIATION = "association", "Association"
    ETABLISSEMENT_PUBLIC = "etablissement_public", "Établissement public"
    AUTRE = "autre", "Autre"


class Programme(TextChoices):
    DETR = "detr", "DETR"
    DSIL = "dsil", "DSIL"
    DSID = "dsid", "DSID"
    DPV = "dpv", "DPV"
    FNADT = "fnadt", "FNADT"
    FONDS_VERT_TI = "fonds_vert_ti", "Fonds vert Territoires d’industrie"
    FONDS_VERT = "fonds_vert", "Fonds vert, autre mesure"
    PLAN_RELANCE = "plan_relance", "Plan de relance"
    FRANCE_2030 = "france_2030", "France 2030"


class RegimeAide(TextChoices):
    HORS_AIDE = "hors_aide", "Pas une aide d’État"
    DE_MINIMIS = "de_minimis", "De minimis (2023/2831)"
    DE_MINIMIS_SIEG = "de_minimis_sieg", "De minimis, service d’intérêt économique général (2023/2832)"
    EXEMPTE = "exempte", "Règlement général d’exemption (651/2014)"
    NOTIFIE = "notifie", "Régime notifié"
    MARCHE = "marche", "Investisseur avisé (prix du marché)"


class RegleEnveloppe(TextChoices):
    """Ce qu’un financeur veut quand un accord dépasse ce que l’enveloppe a de disponible."""

    REFUSE = "refuse", "Refuser l’accord"
    SIGNALE = "signale", "Accepter, et signaler le dépassement"


class NatureFaitEnveloppe(TextChoices):
    ANNONCEE = "annoncee", "Annoncée"
    DISPONIBLE = "disponible", "Disponible"


class NatureEchange(TextChoices):
    QUESTION = "question", "Question"
    REPONSE = "reponse", "Réponse du territoire"
    AVIS = "avis", "Avis"


class SensAvisFinanceur(TextChoices):
    FAVORABLE = "favorable", "Favorable"
    RESERVE = "reserve", "Réservé"
    DEFAVORABLE = "defavorable", "Défavorable"


class TailleEntreprise(TextChoices):
    MICRO = "micro", "Micro"
    PETITE = "petite", "Petite"
    MOYENNE = "moyenne", "Moyenne"
    GRANDE = "grande", "Grande (les ETI aussi)"


class ChefDeFile(TextChoices):
    AUCUN = "aucun", "Aucun\u00a0: la compétence n’a pas de chef de file"
    REGION = "region", "La Région"
    DEPARTEMENT = "departement", "Le Département"
