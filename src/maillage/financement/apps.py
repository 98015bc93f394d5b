from django.apps import AppConfig


class FinancementConfig(AppConfig):
    name = "maillage.financement"
    label = "financement"

    def ready(self) -> None:
        from maillage.fiches.signals import porteur_change
        from maillage.financement.actions import follow_porteur

        porteur_change.connect(follow_porteur, dispatch_uid="financement.follow_porteur")
