"""Formulaires des échanges : le classeur reçu, et ce que l’on choisit d’en prendre."""

from typing import Any

from django import forms

from maillage.echanges.enums import Existantes
from maillage.echanges.plan_transitions import PlanLu
from maillage.echanges.selectors import Choix
from maillage.territoires.models import Axe

LIGNES_A_COCHER = 300  # au-delà, on choisit par axe, non ligne par ligne


class ClasseurForm(forms.Form):
    fichier = forms.FileField(
        label="Classeur du plan",
        help_text="Le classeur de plan de Territoires en Transitions (.xlsx), 10\u00a0Mo au plus.",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={
            "required": "Choisissez un classeur (.xlsx).",
            "empty": "Ce fichier est vide\u00a0: choisissez-en un autre.",
        },
    )


class ChoixForm(forms.Form):
    """Un axe par axe du classeur, que faire des fiches déjà là, les codes, et les lignes gardées."""

    existantes = forms.ChoiceField(
        label="Les actions dont la fiche est déjà là",
        choices=Existantes.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    numeroter = forms.BooleanField(label="Donner le prochain code libre aux fiches nouvelles", required=False)
    sans_fautives = forms.BooleanField(label="N’importer que les actions sans faute", required=False)

    def __init__(
        self,
        *args: Any,
        plan: PlanLu,
        axes: list[Axe],
        choix: Choix,
        lus: dict[str, Axe | None],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.plan, self.choix = plan, choix
        self.fields["existantes"].initial = choix.existantes
        self.fields["numeroter"].initial = choix.numeroter
        self.axes_lus = list(plan.axes)
        options = [("", "Aucun\u00a0: laisser en idée"), *((axe.code, axe.nom) for axe in axes)]
        for rang, texte in enumerate(self.axes_lus):
            axe = lus.get(texte)
            self.fields[f"axe_{rang}"] = forms.ChoiceField(
                label=f"«\u00a0{texte}\u00a0»",
                choices=options,
                required=False,
                initial=axe.code if axe else "",
            )
        if not plan.erreurs:
            del self.fields["sans_fautives"]

    @property
    def champs_axes(self) -> list[Any]:
        return [self[f"axe_{rang}"] for rang in range(len(self.axes_lus))]

    @property
    def with_lignes(self) -> bool:
        return len(self.plan.fiches) <= LIGNES_A_COCHER

    def get_choix(self) -> Choix:
        """Ce que le formulaire dit. Sans cases à cocher, toutes les lignes sont gardées."""
        donnees = self.cleaned_data
        ecartees: frozenset[int] = frozenset()
        if self.with_lignes:
            gardees = {int(v) for v in self.data.getlist("garder") if v.isascii() and v.isdigit()}  # type: ignore[attr-defined]
            ecartees = frozenset(action.ligne for action in self.plan.fiches if action.ligne not in gardees)
        return Choix(
            axes={texte: donnees.get(f"axe_{rang}", "") for rang, texte in enumerate(self.axes_lus)},
            ecartees=ecartees,
            existantes=Existantes(donnees["existantes"] or Existantes.LAISSER),
            numeroter=donnees["numeroter"],
        )
