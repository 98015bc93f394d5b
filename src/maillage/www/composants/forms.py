"""Un champ de chaque sorte, pour la galerie."""

from django import forms

from maillage.socle.champs import MontantFormField


class GalerieForm(forms.Form):
    titre = forms.CharField(
        label="Titre", help_text="En une ligne.", error_messages={"required": "Écrivez un titre."}
    )
    description = forms.CharField(
        label="Description", widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    montant = MontantFormField(label="Montant demandé", help_text="Par exemple 1 250 000,50\u00a0€ ou 40 k€.")
    debut = forms.DateField(
        label="Début prévu", widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    axe = forms.ChoiceField(
        label="Axe", choices=[("", "Choisissez"), ("attirer", "Attirer"), ("recruter", "Recruter")]
    )
    nature = forms.ChoiceField(
        label="Nature", choices=[("subvention", "Subvention"), ("pret", "Prêt")], widget=forms.RadioSelect
    )
    piece = forms.FileField(label="Pièce reçue", required=False, help_text="PDF, 10 Mo au plus.")
    accord = forms.BooleanField(label="J’ai relu la fiche", required=False)
