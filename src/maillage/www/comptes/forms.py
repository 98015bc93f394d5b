"""Formulaires de connexion et de compte."""

from typing import Any

from django import forms


class CourrielForm(forms.Form):
    email = forms.EmailField(
        label="Votre adresse de courriel",
        help_text="Nous vous y envoyons un code à six chiffres. Format attendu\u00a0: nom@domaine.fr",
        error_messages={
            "required": "Indiquez votre adresse.",
            "invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code reçu par courriel",
        help_text="Six chiffres, valables dix minutes.",
        max_length=12,
        error_messages={"required": "Recopiez le code reçu."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class FacteurForm(forms.Form):
    code = forms.CharField(
        label="Code de votre application",
        help_text="Six chiffres, renouvelés toutes les trente secondes. Un code de secours convient aussi.",
        max_length=30,
        error_messages={"required": "Recopiez le code que montre votre application."},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )


class PreferenceForm(forms.Form):
    hebdomadaire = forms.BooleanField(
        label="Chaque semaine, la liste de ce qui m’attend",
        required=False,
        help_text="Les semaines où rien ne vous attend, aucun courriel ne part.",
    )
    immediat = forms.BooleanField(
        label="Tout de suite, quand quelqu’un est arrêté tant que je n’ai pas répondu",
        required=False,
        help_text="C’est mon tour de signer\u00a0; quelqu’un demande à rejoindre mon organisation.",
    )


class NomForm(forms.Form):
    prenom = forms.CharField(label="Prénom", max_length=80, required=False)
    nom = forms.CharField(label="Nom", max_length=120, error_messages={"required": "Indiquez le nom."})


class AdresseForm(forms.Form):
    email = forms.EmailField(
        label="Nouvelle adresse",
        help_text="Vérifiez d’abord, de vive voix, que c’est bien la personne. Format attendu\u00a0: nom@domaine.fr",
        error_messages={
            "required": "Indiquez l’adresse.",
            "invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr.",
        },
    )


class MotifForm(forms.Form):
    motif = forms.CharField(
        label="Motif", max_length=300, required=False, help_text="Une phrase\u00a0: elle paraît au journal."
    )


class EffacerForm(forms.Form):
    confirmation = forms.CharField(
        label="Votre adresse, pour confirmer",
        error_messages={"required": "Recopiez votre adresse pour confirmer."},
    )

    def __init__(self, *args: Any, attendu: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attendu = attendu

    def clean_confirmation(self) -> str:
        saisie: str = self.cleaned_data["confirmation"].strip()
        if saisie.lower() != self.attendu.lower():
            raise forms.ValidationError(f"Ce n’est pas votre adresse\u00a0: recopiez {self.attendu}.")
        return saisie
