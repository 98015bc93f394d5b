"""Vocabulaire des dispositifs d’aide. Les natures d’argent ont les valeurs des lignes de financement ; les bénéficiaires,
étapes et récurrences, celles d’Aides-territoires ; les tailles, celles du schéma national « dispositif d’aide »."""

from django.db.models import TextChoices


class NatureAide(TextChoices):
    SUBVENTION = "subvention", "Subvention"
    AVANCE_REMBOURSABLE = "avance_remboursable", "Avance remboursable"
    PRET = "pret", "Prêt"
    GARANTIE = "garantie", "Garantie"
    PRISE_PARTICIPATION = "prise_participation", "Prise de participation"
    INGENIERIE = "ingenierie", "Ingénierie"
    SERVICE = "service", "Service"


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
    NON_PRECISEE = "non_precisee", "Non précisée"  # un budget total repris d’un fichier


class Beneficiaire(TextChoices):
    COMMUNE = "commune", "Commune"
    EPCI = "epci", "Intercommunalité ou pays"
    DEPARTEMENT = "departement", "Département"
    REGION = "region", "Région"
    OUTRE_MER = "outre_mer", "Collectivité d’outre-mer à statut particulier"
    ASSOCIATION = "association", "Association"
    ENTREPRISE = "entreprise", "Entreprise"
    GROUPEMENT = "groupement", "Groupement d’employeurs"
    ENTREPRISE_PUBLIQUE = "entreprise_publique", "Entreprise publique locale (Sem, Spl)"
    ETABLISSEMENT_PUBLIC = "etablissement_public", "Établissement public ou service de l’État"
    FORMATION = "organisme_formation", "Organisme de formation"
    RECHERCHE = "recherche", "Université ou recherche"
    AGRICULTEUR = "agriculteur", "Agriculteur"
    PARTICULIER = "particulier", "Particulier"


class EtapeProjet(TextChoices):
    REFLEXION = "reflexion", "Réflexion, conception"
    REALISATION = "realisation", "Mise en œuvre, réalisation"
    USAGE = "usage", "Usage, valorisation"


class Recurrence(TextChoices):
    PERMANENTE = "permanente", "Permanente"
    PONCTUELLE = "ponctuelle", "Ponctuelle"
    RECURRENTE = "recurrente", "Récurrente"


class Credit(TextChoices):
    SPECIFIQUE = "specifique", "Réservé aux Territoires d’industrie"
    DROIT_COMMUN = "droit_commun", "Droit commun"


class CategorieTaille(TextChoices):
    """Tailles d’entreprise au sens de l’Insee (seuils d’effectif et financiers combinés)."""

    MIC = "MIC", "Microentreprise"
    PME = "PME", "Petite ou moyenne entreprise"
    ETI = "ETI", "Entreprise de taille intermédiaire"
    GE = "GE", "Grande entreprise"


class Famille(TextChoices):
    """Les listes d’une version, chacune faite de codes : ce que la base sait filtrer."""

    NATURE = "nature", "Nature"
    BENEFICIAIRE = "beneficiaire", "Bénéficiaire"
    PERIMETRE = "perimetre", "Périmètre"
    PERIMETRE_EXCLU = "perimetre_exclu", "Périmètre exclu"
    VAGUE = "vague", "Phase du programme"
    AXE = "axe", "Axe"
    ETAPE = "etape", "Étape du projet"
    DEPENSE = "depense", "Dépense éligible"
    TAILLE = "taille", "Taille d’entreprise"


class Origine(TextChoices):
    """D’où vient une entrée du catalogue."""

    CATALOGUE = "catalogue", "Premier catalogue, tiré des textes"
    SAISIE = "saisie", "Saisie sur la plateforme"
    SCHEMA = "schema", "Schéma national «\u00a0dispositif d’aide\u00a0»"
    AIDES_TERRITOIRES = "aides_territoires", "Aides-territoires"


class EtatDispositif(TextChoices):
    """Où en est un dispositif un jour donné, d’après son calendrier."""

    A_VENIR = "a_venir", "À venir"
    OUVERT = "ouvert", "Ouvert"
    BIENTOT_CLOS = "bientot_clos", "Bientôt clos"
    CLOS = "clos", "Clos"
    NON_PUBLIE = "non_publie", "Calendrier non publié"
