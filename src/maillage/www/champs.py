"""Champs de formulaire communs aux pages : les dates."""

from typing import Any

from django import forms

from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui


def show_refus(form: forms.Form, erreur: ActionImpossible) -> None:
    """Montre un refus au champ en cause si le formulaire l’a, sinon en tête ; la saisie reste."""
    form.add_error(erreur.champ if erreur.champ in form.fields else None, str(erreur))


class JourField(forms.DateField):
    """Une date : champ du navigateur, ou JJ/MM/AAAA écrit à la main."""

    widget = forms.DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={
                "invalid": "Ce n’est pas une date. Écrivez-la JJ/MM/AAAA, par exemple 19/11/2019.",
                "required": "Indiquez la date.",
            }
            | kwargs.pop("error_messages", {}),
            **kwargs,
        )


class DateEffetField(JourField):
    """Le jour où le fait a eu lieu : aujourd’hui si la case est vide, jamais dans l’avenir."""

    def __init__(self) -> None:
        super().__init__(
            label="Date d’effet",
            required=False,
            initial=aujourdhui,
            help_text="Le jour où c’est arrivé. Aujourd’hui si la case est vide.",
        )
