"""Champs de formulaire communs aux pages : les dates, les taux."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from django import forms

from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui

FORMATS_JOUR = ["%Y-%m-%d", "%d/%m/%Y"]


class JourInput(forms.DateInput):
    """Le calendrier du navigateur. Une saisie qui n’est pas une date y serait perdue : elle revient dans une case de texte."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date"})

    def format_value(self, value: Any) -> str | None:
        """La valeur au format du calendrier (AAAA-MM-JJ) si c’est une date, sinon ce qui a été écrit."""
        if isinstance(value, str):
            for forme in FORMATS_JOUR:
                try:
                    return datetime.strptime(value.strip(), forme).date().isoformat()  # noqa: DTZ007 - un jour
                except ValueError:
                    continue
        return super().format_value(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        contexte = super().get_context(name, value, attrs)
        ecrit = contexte["widget"]["value"]
        if ecrit:
            try:
                datetime.strptime(ecrit, "%Y-%m-%d")  # noqa: DTZ007 - un jour
            except ValueError:
                contexte["widget"]["type"] = "text"
        return contexte


def show_refus(form: forms.Form, erreur: ActionImpossible) -> None:
    """Montre un refus au champ en cause si le formulaire l’a, sinon en tête ; la saisie reste."""
    form.add_error(erreur.champ if erreur.champ in form.fields else None, str(erreur))


class JourField(forms.DateField):
    """Une date : champ du navigateur, ou JJ/MM/AAAA écrit à la main."""

    widget = JourInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=FORMATS_JOUR,
            widget=JourInput(),
            error_messages={
                "invalid": "Ce n’est pas une date. Écrivez-la JJ/MM/AAAA, par exemple 19/11/2019.",
                "required": "Indiquez la date.",
            }
            | kwargs.pop("error_messages", {}),
            **kwargs,
        )


class JourPasseField(JourField):
    """Un jour passé, ou ce jour : ce qu’on peut recalculer."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and value > aujourdhui():
            raise forms.ValidationError(
                "Ce jour est dans l’avenir\u00a0: choisissez un jour passé, ou ce jour.", code="avenir"
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


class TauxField(forms.CharField):
    """« 80 % », « 62,5 % », « 2/3 » ; la valeur propre est une fraction exacte (ou None)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: Any) -> Fraction | None:
        texte = (super().clean(value) or "").replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
        if not texte:
            return None
        try:
            if "/" in texte:
                return Fraction(texte)
            return Fraction(texte.removesuffix("%").replace(",", ".")) / 100
        except (ValueError, ZeroDivisionError):
            raise forms.ValidationError(
                "Ce n’est pas un taux. Écrivez par exemple 80\u00a0%, 62,5\u00a0% ou 2/3."
            ) from None
