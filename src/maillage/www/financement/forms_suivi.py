"""Formulaires du suivi : échanges, sommes reçues, années, enveloppes, réponses par lot. Montants en centimes."""

from typing import Any

from django import forms

from maillage.dispositifs.models import Dispositif
from maillage.financement.enums import (
    NatureEchange,
    NatureFaitEnveloppe,
    RegleEnveloppe,
    SensAvisFinanceur,
    StatutLigne,
)
from maillage.financement.models import Enveloppe, LigneFinancement
from maillage.financement.policies import REPONSES_PAR_LOT
from maillage.referentiels.models import Region
from maillage.socle.champs import MontantFormField
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import DateEffetField
from maillage.www.financement.forms import AIDE_MONTANT, FICHIER_PERDU, HORS_ENVELOPPE, REQUIS_MONTANT

ANNEES_A_VENIR = 6
LONG = {"max_length": "Au plus 4 000 signes."}


class FichierForm(forms.Form):
    """Un formulaire dont la pièce est à choisir de nouveau quand il revient."""

    def say_fichier_perdu(self) -> None:
        if "fichier" in self.fields and self.files:
            self.add_error("fichier", FICHIER_PERDU)


class EchangeForm(FichierForm):
    """Une question, sa réponse, ou un avis."""

    sens = forms.ChoiceField(label="Votre avis", choices=SensAvisFinanceur.choices)
    texte = forms.CharField(
        label="Votre message",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Écrivez votre message.", **LONG},
    )
    fichier = forms.FileField(
        label="Pièce, si besoin",
        required=False,
        error_messages={"empty": "Le fichier est vide\u00a0: vérifiez-le, puis choisissez-le de nouveau."},
    )
    date_effet = DateEffetField()

    def __init__(self, data: Any = None, files: Any = None, *, nature: NatureEchange) -> None:
        super().__init__(data, files, prefix=nature.value)
        if nature is not NatureEchange.AVIS:
            del self.fields["sens"]


class RecuForm(forms.Form):
    montant = MontantFormField(
        label="Somme reçue",
        negatif=True,
        help_text=f"{AIDE_MONTANT} Une somme négative corrige ce qui a été déclaré.",
        error_messages=REQUIS_MONTANT,
    )
    jour = DateEffetField()
    motif = forms.CharField(
        label="Motif",
        required=False,
        max_length=500,
        help_text="À écrire pour une correction.",
        error_messages={"max_length": "Au plus 500 signes."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="recu")
        self.fields["jour"].label = "Reçue le"


class AnneesForm(forms.Form):
    """Une somme par année."""

    def __init__(self, data: Any = None, *, ligne: LigneFinancement) -> None:
        super().__init__(data, prefix="annees")
        connues = {un.annee: un.montant for un in ligne.annees.all()}
        debut = min([aujourdhui().year, ligne.statut_depuis.year, *connues])
        fin = max([aujourdhui().year + ANNEES_A_VENIR, *connues])
        self.annees = list(range(debut, fin))
        for annee in self.annees:
            self.fields[str(annee)] = MontantFormField(
                label=str(annee), required=False, initial=connues.get(annee)
            )

    def get_annees(self) -> dict[int, int]:
        return {annee: self.cleaned_data[str(annee)] or 0 for annee in self.annees}


class EnveloppeForm(forms.Form):
    nom = forms.CharField(
        label="Nom",
        max_length=200,
        help_text="Par exemple\u00a0: FNADT régional, appel à projets compétences.",
        error_messages={"required": "Donnez un nom à l’enveloppe.", "max_length": "Au plus 200 signes."},
    )
    annee = forms.IntegerField(
        label="Année",
        min_value=2000,
        max_value=2100,
        error_messages={
            "required": "Indiquez l’année.",
            "invalid": "Écrivez l’année en quatre chiffres.",
            "min_value": "L’année est entre 2000 et 2100.",
            "max_value": "L’année est entre 2000 et 2100.",
        },
    )
    region = forms.ModelChoiceField(
        Region.objects.order_by("nom"), label="Région", required=False, empty_label="Toutes les régions"
    )
    dispositif = forms.ModelChoiceField(
        Dispositif.objects.none(), label="Dispositif", required=False, empty_label="Tous les dispositifs"
    )
    regle = forms.ChoiceField(label="Si un accord dépasse le disponible", choices=RegleEnveloppe.choices)
    is_fictif = forms.BooleanField(
        label="Enveloppe d’essai, pour les espaces fictifs",
        required=False,
        help_text="Elle ne paie que des actions fictives, et ne compte dans aucun chiffre public.",
    )

    def __init__(self, data: Any = None, *, financeurs: Any) -> None:
        super().__init__(data, prefix="enveloppe", initial={"annee": aujourdhui().year})
        self.fields["financeur"] = forms.ModelChoiceField(
            financeurs,
            label="Financeur",
            empty_label=None,
            error_messages={"required": "Choisissez pour qui.", "invalid_choice": "Choisissez pour qui."},
        )
        self.fields["dispositif"].queryset = Dispositif.objects.filter(  # type: ignore[attr-defined]
            financeur__in=financeurs
        )
        self.order_fields(["financeur", "nom", "annee", "region", "dispositif", "regle", "is_fictif"])


class FaitEnveloppeForm(forms.Form):
    nature = forms.ChoiceField(label="Ce qui est daté", choices=NatureFaitEnveloppe.choices)
    montant = MontantFormField(
        label="Montant de l’enveloppe à partir de ce jour",
        help_text=f"Le montant entier, non un ajout. {AIDE_MONTANT}",
        error_messages=REQUIS_MONTANT,
    )
    motif = forms.CharField(
        label="Source ou raison",
        required=False,
        max_length=500,
        error_messages={"max_length": "Au plus 500 signes."},
    )
    date_effet = DateEffetField()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="fait")


class LotForm(FichierForm):
    """La réponse commune à plusieurs lignes."""

    vers = forms.ChoiceField(
        label="Réponse", choices=[(vers.value, StatutLigne(vers).label) for vers in REPONSES_PAR_LOT]
    )
    fichier = forms.FileField(
        label="Décision",
        required=False,
        help_text="Une pièce pour toutes les lignes. Nécessaire pour accorder.",
        error_messages={"empty": "Le fichier est vide\u00a0: vérifiez-le, puis choisissez-le de nouveau."},
    )
    enveloppe = forms.ChoiceField(label="Enveloppe", required=False)
    conditions = forms.CharField(
        label="Conditions",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages=LONG,
    )
    motif = forms.CharField(
        label="Motif",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Nécessaire pour refuser, et pour accorder plus que demandé.",
        error_messages=LONG,
    )
    date_effet = DateEffetField()

    def __init__(self, data: Any = None, files: Any = None, *, enveloppes: list[Enveloppe]) -> None:
        super().__init__(data, files, prefix="lot")
        self.enveloppes = {str(un.pk): un for un in enveloppes}
        if enveloppes:
            choix = [
                ("", "Celle qui convient à chaque ligne"),
                *((cle, str(un)) for cle, un in self.enveloppes.items()),
            ]
            self.fields["enveloppe"].choices = [*choix, (HORS_ENVELOPPE, "Hors enveloppe")]  # type: ignore[attr-defined]
        else:
            del self.fields["enveloppe"]

    def get_champs(self) -> dict[str, Any]:
        """Ce que prend `actions.answer_lot`, sans les lignes."""
        propre = dict(self.cleaned_data)
        choix = propre.pop("enveloppe", "")
        return propre | {
            "vers": StatutLigne(propre["vers"]),
            "enveloppe": self.enveloppes.get(choix),
            "hors_enveloppe": choix == HORS_ENVELOPPE,
        }
