"""Formulaires de la vérification : la campagne, une entreprise, sa réponse."""

from typing import Any

from django import forms

from maillage.fiches.models import FicheAction
from maillage.socle.champs import MontantFormField
from maillage.verification.actions import TEXTE_MAX, Avis
from maillage.verification.enums import Utilite
from maillage.verification.models import Campagne, FicheVerifiee, ReponseEntreprise
from maillage.verification.policies import FICHES_MAX
from maillage.verification.selectors import RESUME_MAX, summarize
from maillage.www.champs import JourField


class CampagneForm(forms.Form):
    """La campagne et, pour chaque fiche du territoire, une case et ses deux phrases, à relire."""

    titre = forms.CharField(
        label="Titre",
        max_length=200,
        help_text="L’entreprise le lit\u00a0: «\u00a0Vos besoins en recrutement\u00a0».",
        error_messages={"required": "Donnez un titre à la vérification."},
    )
    message = forms.CharField(
        label="Mot d’accueil",
        required=False,
        max_length=TEXTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Pourquoi vous demandez, et ce que vous ferez des réponses.",
    )
    fin = JourField(label="Réponses jusqu’au", help_text="Trois semaines suffisent d’ordinaire.")

    def __init__(self, *args: Any, fiches: list[FicheAction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fiches = fiches
        for fiche in fiches:
            self.fields[f"fiche_{fiche.pk}"] = forms.BooleanField(label=str(fiche), required=False)
            self.fields[f"resume_{fiche.pk}"] = forms.CharField(
                label="En deux phrases",
                required=False,
                max_length=RESUME_MAX,
                initial=summarize(fiche),
                widget=forms.Textarea(attrs={"rows": 2}),
                error_messages={"max_length": f"Au plus {RESUME_MAX} signes."},
            )

    @property
    def lignes(self) -> list[tuple[Any, Any]]:
        return [(self[f"fiche_{f.pk}"], self[f"resume_{f.pk}"]) for f in self.fiches]

    def get_fiches(self) -> list[tuple[FicheAction, str]]:
        return [
            (fiche, self.cleaned_data[f"resume_{fiche.pk}"])
            for fiche in self.fiches
            if self.cleaned_data[f"fiche_{fiche.pk}"]
        ]


class SollicitationForm(forms.Form):
    entreprise = forms.CharField(
        label="Entreprise", max_length=200, error_messages={"required": "Donnez le nom de l’entreprise."}
    )
    siret = forms.CharField(label="SIRET", max_length=20, required=False, help_text="14 chiffres.")
    contact = forms.CharField(label="Personne à joindre", max_length=120, required=False)
    email = forms.EmailField(
        label="Son courriel",
        error_messages={
            "required": "Donnez l’adresse où envoyer le lien.",
            "invalid": "Cette adresse n’est pas un courriel.",
        },
    )
    fiches = forms.ModelMultipleChoiceField(
        FicheVerifiee.objects.none(),
        label=f"Les actions qui la concernent ({FICHES_MAX} au plus)",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une action."},
    )

    def __init__(self, *args: Any, campagne: Campagne, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champ: Any = self.fields["fiches"]
        champ.queryset = campagne.fiches.select_related("fiche")


class BesoinForm(forms.Form):
    titre = forms.CharField(
        label="Titre de la fiche",
        max_length=250,
        help_text="Vos mots, sans nommer l’entreprise\u00a0: la fiche sera lue par d’autres.",
        error_messages={"required": "Donnez un titre à la fiche."},
    )


class AvisForm(forms.Form):
    """Ce qu’une entreprise dit d’une action. Rien n’est obligatoire."""

    utile = forms.ChoiceField(
        label="Cette action vous serait-elle utile\u00a0?",
        choices=Utilite.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    participe = forms.BooleanField(label="J’y participe, ou j’y participerais", required=False)
    embauches = forms.IntegerField(
        label="J’embaucherais (personnes)",
        required=False,
        min_value=0,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Un nombre d’embauches n’est pas négatif.",
            "max_value": "Vérifiez ce nombre.",
        },
    )
    investissement = MontantFormField(
        label="J’investirais (€)",
        required=False,
        help_text="«\u00a040 k€\u00a0» ou «\u00a01,2 M€\u00a0» se lisent.",
    )
    manque = forms.CharField(
        label="Ce qui manque", required=False, max_length=TEXTE_MAX, widget=forms.Textarea(attrs={"rows": 2})
    )
    rappel = forms.BooleanField(label="Contactez-moi", required=False)

    def __init__(
        self, *args: Any, fiche: FicheVerifiee, derniere: ReponseEntreprise | None, **kwargs: Any
    ) -> None:
        if derniere:
            kwargs["initial"] = {
                nom: getattr(derniere, nom)
                for nom in ("utile", "participe", "embauches", "investissement", "manque", "rappel")
            }
        super().__init__(*args, prefix=f"f{fiche.pk}", **kwargs)
        self.fiche = fiche

    def get_avis(self) -> Avis:
        return Avis(self.fiche, **self.cleaned_data)
