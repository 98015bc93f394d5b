"""Vocabulaire des territoires."""

from django.db.models import TextChoices


class Fait(TextChoices):
    """Étapes comptées nationalement, dans l’ordre de la chaîne."""

    LABEL = "label", "Labellisé"
    GOUVERNANCE = "gouvernance", "Gouvernance installée"
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
