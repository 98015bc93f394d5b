"""Vocabulaire des actes."""

from django.db.models import TextChoices


class NatureActe(TextChoices):
    PROTOCOLE = "protocole", "Protocole d’accord"
    CONTRAT = "contrat", "Contrat"
    CONVENTION = "convention", "Convention"
    AVENANT = "avenant", "Avenant"
    NON_PRECISE = "non_precise", "Protocole ou contrat, non précisé"


class StatutActe(TextChoices):
    PROJET = "projet", "Projet"
    ARRETE = "arrete", "Arrêté, prêt à signer"
    SIGNE_PARTIELLEMENT = "signe_partiellement", "Signé en partie"
    SIGNE = "signe", "Signé"
    CONSTATE = "constate", "Acte constaté"
    RETIRE = "retire", "Retiré avant la dernière signature"


class MoyenSignature(TextChoices):
    """Comment une signature a été donnée ; chaque moyen a sa valeur juridique (policies.VALEURS)."""

    PLATEFORME = "plateforme", "Sur la plateforme, avec un compte"
    LIEN = "lien", "Sur la plateforme, par lien personnel et code"
    PDF = "pdf", "Dans un PDF signé avec un certificat"
    PAPIER = "papier", "À la main, sur papier"


class College(TextChoices):
    INTERCOMMUNALITES = "intercommunalites", "Les intercommunalités"
    PUBLICS = "publics", "Les partenaires publics"
    ECONOMIQUES = "economiques", "Les partenaires économiques et industriels"
