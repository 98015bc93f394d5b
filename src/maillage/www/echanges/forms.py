"""Formulaires des échanges : le classeur reçu, et ce que l’on choisit d’en prendre."""

from typing import Any

from django import forms

from maillage.echanges.enums import Existantes
from maillage.echanges.selectors import Choix
from maillage.territoires.models import Axe

LIGNES_A_COCHER = 300  # au-delà, on choisit par axe, non ligne par ligne


class ClasseurForm(forms.Form):
    fichier = forms.FileField(
        label="Classeur du plan",
        help_text="Le classeur complet exporté d’ici, ou le plan de Territoires en Transitions (.xlsx), 10\u00a0Mo au plus.",
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
    numeroter = forms.BooleanField(
        label="Donner le prochain code libre aux fiches nouvelles",
        required=False,
        help_text="Avec un axe et un code, une fiche naît «\u00a0Brouillon\u00a0»\u00a0; sinon «\u00a0Idée\u00a0».",
    )
    sans_fautives = forms.BooleanField(label="N’importer que les actions sans faute", required=False)

    ecraser = forms.BooleanField(label="Écraser aussi ce qui a changé ici depuis l’export", required=False)

    def __init__(
        self,
        *args: Any,
        lignes: list[int],
        with_fautes: bool,
        is_notre: bool,
        axes: list[Axe],
        choix: Choix,
        lus: dict[str, Axe | None],
        **kwargs: Any,
    ) -> None:
        """`lus` : chaque axe du classeur et l’axe de la phase qu’il désigne ; vide pour notre classeur."""
        super().__init__(*args, **kwargs)
        self.lignes, self.axes_lus = lignes, list(lus)
        for nom in ("existantes", "numeroter", "ecraser"):
            self.fields[nom].initial = getattr(choix, nom)
        options = [("", "Aucun\u00a0: laisser en idée"), *((axe.code, axe.nom) for axe in axes)]
        for rang, (texte, axe) in enumerate(lus.items()):
            self.fields[f"axe_{rang}"] = forms.ChoiceField(
                label=f"«\u00a0{texte}\u00a0»",
                choices=options,
                required=False,
                initial=axe.code if axe else "",
            )
        for nom in ["existantes", "numeroter"] if is_notre else ["ecraser"]:
            del self.fields[nom]
        if not with_fautes:
            del self.fields["sans_fautives"]

    @property
    def champs_axes(self) -> list[Any]:
        return [self[f"axe_{rang}"] for rang in range(len(self.axes_lus))]

    @property
    def autres_champs(self) -> list[Any]:
        return [champ for champ in self.visible_fields() if not champ.name.startswith("axe_")]

    @property
    def with_lignes(self) -> bool:
        return len(self.lignes) <= LIGNES_A_COCHER

    def get_choix(self) -> Choix:
        """Ce que le formulaire dit. Sans cases à cocher, toutes les lignes sont gardées."""
        donnees = self.cleaned_data
        ecartees: frozenset[int] = frozenset()
        if self.with_lignes:
            gardees = {int(v) for v in self.data.getlist("garder") if v.isascii() and v.isdigit()}  # type: ignore[attr-defined]
            ecartees = frozenset(ligne for ligne in self.lignes if ligne not in gardees)
        return Choix(
            axes={texte: donnees.get(f"axe_{rang}", "") for rang, texte in enumerate(self.axes_lus)},
            ecartees=ecartees,
            existantes=Existantes(donnees.get("existantes") or Existantes.LAISSER),
            numeroter=donnees.get("numeroter", True),
            ecraser=donnees.get("ecraser", False),
        )
