"""Vocabulaire de l’argent. Les valeurs de NatureLigne et OrigineFinanceur sont celles de `calcul.financement.modele`."""

from django.db.models import TextChoices


class NatureDepense(TextChoices):
    ETUDES = "etudes", "Études"
    AMO = "amo", "Assistance à maîtrise d’ouvrage"
    FONCIER = "foncier", "Foncier"
    TRAVAUX = "travaux", "Travaux"
    EQUIPEMENT = "equipement", "Équipement"
    IMMATERIEL = "immateriel", "Immatériel"
    PERSONNEL = "personnel", "Personnel"
    FORMATION = "formation", "Formation"
    COMMUNICATION = "communication", "Communication"
    FRAIS_GENERAUX = "frais_generaux", "Frais généraux"


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


class TypePorteur(TextChoices):
    COLLECTIVITE = "collectivite", "Collectivité ou groupement"
    ENTREPRISE = "entreprise", "Entreprise"
    ASSOCIATION = "association", "Association"
    ETABLISSEMENT_PUBLIC = "etablissement_public", "Établissement public"
    AUTRE = "autre", "Autre"
