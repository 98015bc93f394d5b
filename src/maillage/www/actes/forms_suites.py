"""Saisies entre l’arrêt d’un acte et la dernière signature."""

from typing import Any

from django import forms

from maillage.contrats.models import Signataire
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import JourField, JourPasseField
from maillage.www.territoires.forms import PieceField


class FichierPdfField(forms.FileField):
    def __init__(self, label: str, *, manque: str, help_text: str = "") -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            widget=forms.ClearableFileInput(attrs={"accept": ".pdf"}),
            error_messages={
                "required": manque,
                "empty": "Ce fichier est vide\u00a0: choisissez-en un autre.",
                "missing": "Le fichier n’est pas arrivé\u00a0: recommencez.",
                "invalid": "Le fichier n’est pas arrivé\u00a0: recommencez.",
            },
        )


class MotifForm(forms.Form):
    motif = forms.CharField(
        label="Pourquoi\u00a0?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Dites pourquoi\u00a0: cette phrase reste dans l’historique de l’acte.",
            "max_length": "Le motif tient en 2000 signes.",
        },
    )


class CopieForm(forms.Form):
    copie = FichierPdfField(
        "Copie numérisée",
        manque="Choisissez la copie numérisée, en PDF.",
        help_text="En PDF. Les pages peuvent être de travers, et le fichier contenir plusieurs actes.",
    )


class SignataireChoix(forms.ModelMultipleChoiceField):
    def label_from_instance(self, signataire: Any) -> str:
        return str(signataire)


class SignaturesPapierForm(forms.Form):
    signataires = SignataireChoix(
        queryset=Signataire.objects.none(),
        label="Qui a signé sur cette copie",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choisissez qui a signé sur cette copie.",
            "invalid_choice": "Un de ces signataires n’est plus attendu\u00a0: relisez la liste.",
            "invalid_pk_value": "Un de ces signataires n’est plus attendu\u00a0: relisez la liste.",
        },
    )
    signe_le = JourPasseField(label="Signé le", initial=aujourdhui)

    def __init__(self, *args: Any, signataires: list[Signataire], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signataires"].queryset = Signataire.objects.filter(  # type: ignore[attr-defined]
            pk__in=[s.pk for s in signataires]
        ).select_related("organisation")


class PdfSigneForm(forms.Form):
    pdf = FichierPdfField("PDF signé", manque="Choisissez le PDF signé.")
    signe_le = JourField(
        label="Date de la signature",
        required=False,
        help_text="Vide\u00a0: celle que porte la dernière signature du fichier.",
    )


class RemplacerForm(forms.Form):
    vacante = forms.BooleanField(label="Plus personne ne tient cette fonction", required=False)
    nom = forms.CharField(label="Nom de qui signera", max_length=150, required=False)
    qualite = forms.CharField(label="Qualité", max_length=150, required=False)
    email = forms.EmailField(
        label="Courriel",
        required=False,
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr."},
    )
    delegation = forms.CharField(
        label="Par délégation",
        max_length=250,
        required=False,
        help_text="Par exemple\u00a0: arrêté n°\u00a02026-14 du 3 mars 2026. Laissez vide si la personne signe de plein droit.",
    )
    piece_delegation = PieceField("Arrêté de délégation")
    effet_le = JourPasseField(label="Depuis le", initial=aujourdhui)
    motif = MotifForm.base_fields["motif"]


class DeliberationForm(forms.Form):
    numero = forms.CharField(
        label="Délibération n°",
        max_length=80,
        error_messages={"required": "Donnez le numéro de la délibération."},
    )
    deliberation_le = JourPasseField(label="Délibération du")
    recue_le = JourPasseField(label="Reçue en préfecture le", required=False)


class GroupeForm(forms.Form):
    nom = forms.CharField(
        label="Nom du groupe", max_length=120, error_messages={"required": "Donnez un nom au groupe."}
    )
    signataires = SignataireChoix(
        queryset=Signataire.objects.none(),
        label="Signataires du groupe",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choisissez au moins deux signataires.",
            "invalid_choice": "Un de ces signataires n’est plus à cet acte\u00a0: relisez la liste.",
            "invalid_pk_value": "Un de ces signataires n’est plus à cet acte\u00a0: relisez la liste.",
        },
    )
    requis = forms.IntegerField(
        label="Combien de signatures suffisent",
        min_value=1,
        error_messages={
            "required": "Dites combien de signatures suffisent.",
            "invalid": "C’est un nombre entier.",
            "min_value": "Au moins une signature.",
        },
    )

    def __init__(self, *args: Any, signataires: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signataires"].queryset = signataires  # type: ignore[attr-defined]
