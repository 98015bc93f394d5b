"""Vocabulaire des territoires."""

from django.db.models import TextChoices


class Fait(TextChoices):
    """Étapes comptées nationalement, dans l’ordre de la chaîne."""

    LABEL = "label", "Labellisé"
    GOUVERNANCE = "gouvernance", "Gouvernance installée"
    PLAN_EN_COURS = "plan_en_cours", "Plan d’actions en cours"
    PLAN_TRANSMIS = "plan_transmis", "Plan d’actions transmis"
    PLAN_VALIDE = "plan_valide", "Plan d’actions validé par la Région"
    PROTOCOLE = "protocole", "Protocole signé"
    CONTRAT = "contrat", "Contrat signé"
    ACTE_NATURE_INCONNUE = "acte_nature_inconnue", "Acte signé, protocole ou contrat non précisé"
    SUIVI = "suivi", "En suivi"
    CLOS = "clos", "Clos"
    SORTI = "sorti", "Sorti du programme"


ACTES = (Fait.PROTOCOLE, Fait.CONTRAT, Fait.ACTE_NATURE_INCONNUE)


class RoleMandat(TextChoices):
    CHEF_PROJET = "chef_projet", "Chef·fe de projet"
    ELU = "elu", "Binôme\u00a0: élu·e"
    INDUSTRIEL = "industriel", "Binôme\u00a0: industriel·le"
    PARTENAIRE = "partenaire", "Partenaire mandaté"
    REFERENT_ETAT = "referent_etat", "Référent de l’État"


class Fiabilite(TextChoices):
    """D’où l’on tient un fait."""

    SOURCE = "source", "Lu dans une source"
    DEDUCTION = "deduction", "Déduit"
    A_CONFIRMER = "a_confirmer", "À confirmer"
    PLATEFORME = "plateforme", "Acte de la plateforme"


class NatureEvenement(TextChoices):
    COURRIER = "courrier", "Courrier"
    REUNION = "reunion", "Réunion"
    ATELIER = "atelier", "Atelier"
    CEREMONIE = "ceremonie", "Cérémonie"


class PorteeBinome(TextChoices):
    """Ce dont un binôme a la charge dans son territoire."""

    GENERAL = "general", "Tout le territoire"
    AXE = "axe", "Un axe"
    EPCI = "epci", "Une intercommunalité"
    ACTION = "action", "Une action"


class EtatPlace(TextChoices):
    """Pourquoi une place n’a pas de nom : personne ne la tient, ou le nom n’est dit par aucun texte."""

    VACANTE = "vacante", "Vacante"
    A_CONFIRMER = "a_confirmer", "Nom à confirmer"


class RangReferent(TextChoices):
    TITULAIRE = "titulaire", "Titulaire"
    SUPPLEANT = "suppleant", "Suppléant·e"


ROLES_BINOME = (RoleMandat.ELU, RoleMandat.INDUSTRIEL)


class NatureStatut(TextChoices):
    """Ce qu’un territoire peut être à côté de son label, de telle date à telle date."""

    PILOTE = "pilote", "Territoire pilote (préfigurateur)"
    FRAGILE = "fragile", "Territoire fragile"
    REBOND = "rebond", "Rebond industriel"


class Mutation(TextChoices):
    """Ce qui arrive à un périmètre."""

    CREATION = "creation", "Création du territoire"
    ENTREE = "entree", "Entrée de membres"
    SORTIE = "sortie", "Sortie de membres"
    TRANSFERT = "transfert", "Transfert entre territoires"
    SCISSION = "scission", "Scission d’un territoire"
    FUSION = "fusion", "Fusion de territoires"
    RENOMMAGE = "renommage", "Changement de nom"
    FUSION_EPCI = "fusion_epci", "Fusion d’intercommunalités"
    DISSOLUTION_EPCI = "dissolution_epci", "Dissolution d’une intercommunalité"


class Sens(TextChoices):
    ENTREE = "entree", "Entre"
    SORTIE = "sortie", "Sort"


class StatutDemande(TextChoices):
    """Où en est une demande de changement de périmètre."""

    DEPOSEE = "deposee", "En attente d’avis"
    A_DECIDER = "a_decider", "Avis rendus, à décider"
    ACCEPTEE = "acceptee", "Acceptée, à enregistrer"
    AJOURNEE = "ajournee", "Ajournée"
    REFUSEE = "refusee", "Refusée"
    RETIREE = "retiree", "Retirée"
    ENREGISTREE = "enregistree", "Enregistrée"


class SensAvis(TextChoices):
    FAVORABLE = "favorable", "Favorable"
    RESERVE = "reserve", "Favorable avec réserves"
    DEFAVORABLE = "defavorable", "Défavorable"


class FormatListe(TextChoices):
    """Les listes publiques que la plateforme sait lire."""

    GROUPEMENTS = "groupements", "ANCT, par groupements"
    COMMUNES = "communes", "ANCT, par communes"
    CAISSE = "caisse", "Caisse des dépôts, par communes"
