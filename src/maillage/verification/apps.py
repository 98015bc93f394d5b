from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "maillage.verification"
    verbose_name = "Vérification auprès des entreprises"
