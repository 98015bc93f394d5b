"""Formulaires : inviter, rejoindre, partir."""

from typing import Any

from django import forms

from maillage.comptes.models import Organisation
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.equipes.enums import ROLES_PAR_TYPE
from maillage.equipes.permissions import Titre
from maillage.socle.texte import replier
from maillage.territoires.models import Territoire
from maillage.www.champs import JourField

ADRESSE = {
    "required": "Indiquez l’adresse.",
    "invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr.",
}


class InvitationForm(forms.Form):
    """Inviter à l’un des titres que la personne peut donner."""

    email = forms.EmailField(
        label="Adresse de la personne",
        help_text="Son adresse professionnelle. Format attendu\u00a0: nom@domaine.fr",
        error_messages=ADRESSE,
    )
    prenom = forms.CharField(label="Prénom", max_length=80, required=False)
    nom = forms.CharField(label="Nom", max_length=120, required=False)
    titre = forms.ChoiceField(label="À quel titre", error_messages={"required": "Choisissez à quel titre."})
    fin = JourField(
        label="Jusqu’au",
        required=False,
        help_text="Le premier jour sans ce rôle. Obligatoire pour un partenaire mandaté.",
    )
    message = forms.CharField(
        label="Votre message",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Au plus 500 signes."},
    )

    def __init__(self, *args: Any, titres: list[Titre], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.titres = {titre.code: titre for titre in titres}
        choix = [(titre.code, titre.libelle) for titre in titres]
        self.fields["titre"].choices = choix if len(choix) == 1 else [("", "Choisir"), *choix]  # type: ignore[attr-defined]

    def get_titre(self) -> Titre:
        return self.titres[self.cleaned_data["titre"]]


class InvitationLibreForm(InvitationForm):
    """Celle de l’administrateur : tout rôle, toute organisation, tout territoire."""

    titre = forms.ChoiceField(
        label="Rôle",
        choices=[
            ("", "Choisir"),
            ("Dans une organisation", [(code, role.nom) for code, role in ROLES_ORGANISATION.items()]),
            ("Sur un territoire", [(code, role.nom) for code, role in ROLES_TERRITOIRE.items()]),
        ],
        error_messages={"required": "Choisissez le rôle."},
    )
    organisation = forms.CharField(
        label="Organisation", required=False, help_text="Nom exact ou SIREN. Pour un rôle d’organisation."
    )
    territoire = forms.ModelChoiceField(
        Territoire.objects.select_related("vague").order_by("nom", "pk"),
        label="Territoire",
        required=False,
        empty_label="Aucun",
        help_text="Pour un rôle de territoire.",
    )
    field_order = ("email", "prenom", "nom", "titre", "organisation", "territoire", "fin", "message")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("titres", None)
        forms.Form.__init__(self, *args, **kwargs)
        self.fields["territoire"].label_from_instance = lambda t: f"{t.nom} ({t.cle})"  # type: ignore[attr-defined]

    def clean_organisation(self) -> Organisation | None:
        reference = self.cleaned_data["organisation"].strip()
        if not reference:
            return None
        organisation = find_organisation(reference)
        if organisation is None:
            raise forms.ValidationError(
                "Aucune organisation, ou plusieurs, à ce nom\u00a0: donnez le nom exact ou le SIREN, ou créez-la d’abord."
            )
        return organisation

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        role = donnees.get("titre", "")
        if (
            role in ROLES_ORGANISATION
            and not donnees.get("organisation")
            and "organisation" not in self.errors
        ):
            self.add_error("organisation", "Ce rôle s’exerce au nom d’une organisation\u00a0: donnez-la.")
        if role in ROLES_TERRITOIRE and not donnees.get("territoire"):
            self.add_error("territoire", "Ce rôle s’exerce sur un territoire\u00a0: choisissez-le.")
        return donnees

    def get_titre(self) -> Titre:
        role = self.cleaned_data["titre"]
        if role in ROLES_TERRITOIRE:
            return Titre(role, territoire=self.cleaned_data["territoire"])
        return Titre(role, organisation=self.cleaned_data["organisation"])


def find_organisation(reference: str) -> Organisation | None:
    """Par SIREN, ou par nom, sans accent ni majuscule ; None s’il y en a plusieurs ou aucune."""
    if reference.replace(" ", "").isdecimal():
        return Organisation.objects.filter(siren=reference.replace(" ", "")).first()
    exactes = list(Organisation.objects.filter(nom__iexact=reference)[:2])
    if not exactes:
        cherche = replier(reference)
        cles = [
            pk
            for pk, nom in Organisation.objects.order_by().values_list("pk", "nom")
            if replier(nom) == cherche
        ]
        exactes = list(Organisation.objects.filter(pk__in=cles)[:2])
    return exactes[0] if len(exactes) == 1 else None


class AccepterForm(forms.Form):
    prenom = forms.CharField(label="Prénom", max_length=80, required=False)
    nom = forms.CharField(label="Nom", max_length=120, error_messages={"required": "Indiquez votre nom."})


class RejoindreForm(forms.Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(type__in=list(ROLES_PAR_TYPE), is_fictif=False).order_by("nom", "pk"),
        label="Votre organisation",
        empty_label="Choisir",
        help_text="Une entreprise n’est pas dans la liste\u00a0: elle entre sur invitation de son territoire.",
        error_messages={
            "required": "Choisissez votre organisation.",
            "invalid_choice": "Choisissez dans la liste.",
        },
    )
    prenom = forms.CharField(label="Prénom", max_length=80, required=False)
    nom = forms.CharField(label="Nom", max_length=120, error_messages={"required": "Indiquez votre nom."})
    email = forms.EmailField(
        label="Votre adresse professionnelle",
        help_text="Nous y envoyons un lien à ouvrir. Format attendu\u00a0: nom@domaine.fr",
        error_messages=ADRESSE,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    message = forms.CharField(
        label="Ce que vous y faites",
        required=False,
        max_length=500,
        help_text="Lu par la personne qui vous répondra.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Au plus 500 signes."},
    )


class DemandeForm(forms.Form):
    """Accepter, à un rôle que l’on peut donner."""

    role = forms.ChoiceField(label="Rôle donné", error_messages={"required": "Choisissez le rôle."})

    def __init__(self, *args: Any, titres: list[Titre], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (titre.role, ROLES_ORGANISATION[titre.role].nom) for titre in titres
        ]


class RefusForm(forms.Form):
    motif = forms.CharField(
        label="Motif du refus",
        max_length=300,
        help_text="La personne le lira.",
        error_messages={"required": "Écrivez pourquoi\u00a0: la personne lira ce motif."},
    )


class DepartForm(forms.Form):
    fin = JourField(
        label="Premier jour sans ce rôle", help_text="Aujourd’hui\u00a0: les droits tombent aussitôt."
    )
    motif = forms.CharField(label="Motif", max_length=300, required=False)


class FinCorrigeeForm(forms.Form):
    fin = JourField(label="Premier jour sans ce rôle", required=False, help_text="Vide : le rôle continue.")
    motif = forms.CharField(
        label="Pourquoi",
        max_length=300,
        error_messages={"required": "Dites pourquoi : le motif paraît au journal."},
    )
