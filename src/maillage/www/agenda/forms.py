"""Saisie d’une réponse à une invitation."""

from django import forms

from maillage.agenda.enums import ValeurReponse


class ReponseForm(forms.Form):
    """Oui, non, peut-être ; et un mot, si l’on veut."""

    valeur = forms.ChoiceField(
        label="Réponse",
        choices=ValeurReponse.choices,
        error_messages={
            "required": "Choisissez une réponse.",
            "invalid_choice": "Choisissez une réponse.",
        },
    )
    message = forms.CharField(
        label="Un mot pour qui organise",
        required=False,
        max_length=300,
        error_messages={"max_length": "Le mot tient en 300 signes."},
    )
