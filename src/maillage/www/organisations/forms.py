"""Formulaires des organisations : les créer, dire ce qu’elles sont, qui y tient quoi, comment les joindre."""

from typing import Any

from django import forms
from django.db.models import Q

from calcul.siren import normalise
from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.comptes.policies_organisations import CATEGORIES, check_siren
from maillage.referentiels.models import Departement, Region
from maillage.socle.erreurs import ActionImpossible
from maillage.www.champs import JourField
from maillage.www.roles.forms import LONG, NommeeForm, OrganisationTexteField


class ContactForm(forms.Form):
    """Où écrire pour une décision, et si l’organisation peut financer."""

    courriel = forms.EmailField(
        label="Adresse de contact",
        required=False,
        help_text="Les liens pour répondre à une demande partent à cette adresse, et à elle seule. Format attendu\u00a0: nom@domaine.fr",
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr."},
    )
    is_financeur = forms.BooleanField(label="Peut financer des actions", required=False)

    def clean_courriel(self) -> str:
        courriel: str = self.cleaned_data["courriel"]
        return courriel.lower()


class OrganisationForm(ContactForm):
    """Une organisation : son identité et son adresse. `organisation` : celle qu’on modifie, ou rien."""

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
    categorie = forms.ChoiceField(
        label="Catégorie",
        required=False,
        choices=[
            ("", "Aucune"),
            *(
                (genre.label, [(c.value, c.label) for c in categories])
                for genre, categories in CATEGORIES.items()
            ),
        ],
        help_text="Ce qu’elle est au juste, quand son type en distingue plusieurs.",
    )
    siren = forms.CharField(
        label="SIREN", required=False, max_length=20, help_text="Neuf chiffres, si elle en a un."
    )
    region = forms.ModelChoiceField(
        Region.objects.order_by("nom"), label="Région", required=False, empty_label="Aucune"
    )
    departement = forms.ModelChoiceField(
        Departement.objects.order_by("code"), label="Département", required=False, empty_label="Aucun"
    )
    parent = OrganisationTexteField(
        label="Dépend de",
        required=False,
        help_text="L’organisation dont elle fait partie\u00a0: son nom, son sigle ou son SIREN.",
    )

    field_order = (
        "nom",
        "sigle",
        "type",
        "categorie",
        "siren",
        "region",
        "departement",
        "parent",
        "courriel",
        "is_financeur",
    )

    def __init__(self, data: Any = None, *, organisation: Organisation | None = None) -> None:
        self.organisation = organisation
        initial = {}
        if organisation is not None:
            initial = {champ: getattr(organisation, champ) for champ in self.field_order if champ != "parent"}
            initial["parent"] = organisation.parent.nom if organisation.parent else ""
        super().__init__(data, initial=initial)

    def _autres(self) -> Any:
        return Organisation.objects.exclude(pk=self.organisation.pk if self.organisation else None)

    def clean_nom(self) -> str:
        nom: str = self.cleaned_data["nom"]
        if self._autres().filter(nom__iexact=nom).exists():
            raise forms.ValidationError(
                "Une organisation porte déjà ce nom\u00a0: cherchez-la dans la liste."
            )
        return nom

    def clean_siren(self) -> str | None:
        siren = normalise(self.cleaned_data["siren"]) or None
        try:
            check_siren(siren)
        except ActionImpossible as refus:
            raise forms.ValidationError(str(refus)) from None
        if siren and (deja := self._autres().filter(siren=siren).first()):
            raise forms.ValidationError(f"Ce SIREN est déjà celui de {deja}.")
        return siren


class FonctionForm(NommeeForm):
    """Une fonction datée d’une personne. Le rôle dit ce qu’elle peut faire au nom de l’organisation."""

    role = forms.ChoiceField(label="Rôle sur la plateforme", choices=RoleOrganisation.choices)
    debut = JourField(label="Depuis le", required=False, help_text="Vide si la date n’est pas connue.")
    fin = JourField(label="Jusqu’au (exclu)", required=False, help_text="Vide si elle n’a pas de fin.")

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        super().__init__(data)
        self.fields["personne"].queryset = (  # type: ignore[attr-defined]
            Personne.objects.filter(
                Q(fonctions__organisation=organisation) | Q(mandats__organisation=organisation)
            )
            .distinct()
            .order_by("nom", "prenom", "id")
        )


class VacanceForm(forms.Form):
    intitule = forms.CharField(
        label="Fonction vacante",
        max_length=150,
        help_text="Par exemple\u00a0: direction générale, référent industrie.",
        error_messages=LONG | {"required": "Nommez la fonction."},
    )
    debut = JourField(
        label="Vacante depuis le", required=False, help_text="Vide si la date n’est pas connue."
    )
    source = forms.CharField(label="Source", max_length=300, required=False, error_messages=LONG)


class JoindreForm(forms.Form):
    libelle = forms.CharField(
        label="Sujet ou service",
        max_length=120,
        help_text="Par exemple\u00a0: standard, dossiers Territoires d’industrie.",
        error_messages=LONG | {"required": "Dites à quoi sert ce contact."},
    )
    courriel = forms.EmailField(
        label="Courriel",
        required=False,
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr."},
    )
    telephone = forms.CharField(label="Téléphone", max_length=30, required=False, error_messages=LONG)
