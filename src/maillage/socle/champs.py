"""Champs de modèle et de formulaire communs : l'argent en centimes entiers."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from calcul.montants import MontantIllisible, format_montant, parse_montant


class MontantFormField(forms.CharField):
    """Saisie « 1 250 000,50 € » ; la valeur propre est en centimes entiers (ou None)."""

    def __init__(self, *, negatif: bool = False, **kwargs: Any) -> None:
        self.negatif = negatif
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def prepare_value(self, value: Any) -> Any:
        return format_montant(value, symbole=False) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        try:
            centimes = parse_montant(str(value))
        except MontantIllisible as erreur:
            raise ValidationError(str(erreur), code="montant") from erreur
        if centimes < 0 and not self.negatif:
            raise ValidationError("Un montant ne peut pas être négatif ici.", code="negatif")
        return centimes

    def clean(self, value: Any) -> int | None:
        centimes = self.to_python(value)
        self.validate(centimes)
        return centimes

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class TauxFormField(forms.CharField):
    """Saisie d’un taux en pour cent (« 33,33 » ou « 33,33 % ») ; la valeur propre est en dix-millièmes (3333), ou None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 12)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        entier, reste = divmod(value, 100)
        return f"{entier},{reste:02d}".removesuffix(",00")

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        propre = re.sub(r"[\s%]", "", str(value))
        forme = re.fullmatch(r"(\d{1,3})(?:[.,](\d{1,2}))?", propre)
        if forme is None:
            raise ValidationError(
                "Écrivez le taux en pour cent, avec deux décimales au plus, par exemple 33,33.", code="taux"
            )
        dix_milliemes = int(forme[1]) * 100 + int((forme[2] or "0").ljust(2, "0"))
        if dix_milliemes > 10_000:
            raise ValidationError("Un taux ne dépasse pas 100\u00a0%.", code="taux")
        if 0 < dix_milliemes <= 100:
            raise ValidationError(
                f"«\u00a0{propre}\u00a0» serait un taux de {propre}\u00a0%. Pour la moitié, écrivez 50, et non 0,5.",
                code="taux",
            )
        return dix_milliemes

    def clean(self, value: Any) -> int | None:
        dix_milliemes = self.to_python(value)
        self.validate(dix_milliemes)
        return dix_milliemes

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


if TYPE_CHECKING:
    _Entier = models.BigIntegerField[Any, int]
else:
    _Entier = models.BigIntegerField


class MontantField(_Entier):
    """Montant en centimes entiers (jamais décimal : SQLite en ferait un flottant)."""

    def formfield(self, **kwargs: Any) -> Any:
        return MontantFormField(
            required=not self.blank,
            label=kwargs.get("label") or str(self.verbose_name).capitalize(),
            help_text=kwargs.get("help_text", self.help_text),
            initial=self.get_default() if self.has_default() else None,
        )
