"""Vocabulaire des actes."""

from django.db.models import TextChoices


class NatureActe(TextChoices):
    PROTOCOLE = "protocole", "Protocole d’accord"
    CONTRAT = "contrat", "Contrat"
    NON_PRECISE = "non_precise", "Protocole ou contrat, non précisé"


class StatutActe(TextChoices):
    PROJET = "projet", "Projet"
    ARRETE = "arrete", "Arrêté, prêt à signer"
    SIGNE_PARTIELLEMENT = "signe_partiellement", "Signé en partie"
    SIGNE = "signe", "Signé"
    CONSTATE = "constate", "Acte constaté"


class College(TextChoices):
    INTERCOMMUNALITES = "intercommunalites", "Les intercommunalités"
    PUBLICS = "publics", "Les partenaires publics"
    ECONOMIQUES = "economiques", "Les partenaires économiques et industriels"
