from django.apps import AppConfig


class InstructionConfig(AppConfig):
    name = "maillage.instruction"
    label = "instruction"

    def ready(self) -> None:
        from maillage.gouvernance.signals import decision_prise
        from maillage.instruction.actions import follow_decision

        decision_prise.connect(follow_decision, dispatch_uid="instruction.follow_decision")
