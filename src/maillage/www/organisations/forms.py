"""Formulaires des organisations : les créer, tenir leur adresse de contact."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.referentiels.models import Region


class ContactForm(forms.Form):
    """Ce qui se change : où écrire, et si l’organisation peut financer."""

    courriel = forms.EmailField(
        label="Adresse de contact",
        required=False,
        help_text="Les liens pour répondre à une demande partent à cette adresse, et à elle seule. Format attendu\u00a0: nom@domaine.fr",
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr."},
    )
    is_financeur = forms.BooleanField(label="Peut financer des actions", required=False)


class OrganisationForm(ContactForm):
    nom = forms.CharField(
        label="Nom",
        max_length=200,
        error_messages={"required": "Donnez le nom de l’organisation.", "max_length": "Au plus 200 signes."},
    )
    sigle = forms.CharField(
        label="Sigle", max_length=30, required=False, error_messages={"max_length": "Au plus 30 signes."}
    )
    type = forms.ChoiceField(
        label="Type",
        choices=[("", "Choisir un type"), *TypeOrganisation.choices],
        error_messages={"required": "Choisissez le type de l’organisation."},
    )
    siren = forms.CharField(
        label="SIREN",
        required=False,
        help_text="Neuf chiffres.",
        validators=[RegexValidator(r"^[0-9]{9}$", "Le SIREN s’écrit en neuf chiffres.")],
    )
    region = forms.ModelChoiceField(
        Region.objects.order_by("nom"), label="Région", required=False, empty_label="Aucune"
    )

    field_order = ("nom", "sigle", "type", "siren", "region", "courriel", "is_financeur")

    def clean_nom(self) -> str:
        nom: str = self.cleaned_data["nom"]
        if Organisation.objects.filter(nom__iexact=nom).exists():
            raise forms.ValidationError(
                "Une organisation porte déjà ce nom\u00a0: cherchez-la dans la liste."
            )
        return nom

    def clean_siren(self) -> str | None:
        siren: str = self.cleaned_data["siren"]
        if deja := Organisation.objects.filter(siren=siren).exclude(siren=None).first():
            raise forms.ValidationError(f"Ce SIREN est déjà celui de {deja}.")
        return siren or None

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if "courriel" in donnees:
            donnees["courriel"] = donnees["courriel"].lower()
        return donnees
