"""Saisies de l’instruction. Les règles sont dans les actes ; ici, la forme de ce qui est écrit."""

from typing import Any

from django import forms

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.fiches.models import FicheAction, PlanActionsFiche
from maillage.gouvernance.enums import Sens
from maillage.gouvernance.models import Seance
from maillage.instruction.actions import AvisSurFiche
from maillage.instruction.enums import SensAvisPlan
from maillage.instruction.models import AvisPlan, DossierPlan
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import JourField
from maillage.www.territoires.forms import PieceField

# Ceux à qui une Région demande un avis.
TYPES_CONSULTES = (
    TypeOrganisation.ETAT,
    TypeOrganisation.OPERATEUR,
    TypeOrganisation.DEPARTEMENT,
    TypeOrganisation.CHAMBRE,
)


def texte_long(label: str, *, lignes: int = 3, aide: str = "", requis: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(requis),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": lignes}),
        help_text=aide,
        error_messages={"required": requis, "max_length": "Ce texte tient en 10 000 signes."},
    )


class FichesField(forms.ModelMultipleChoiceField):
    """Des fiches à cocher, dites par leur code, leur titre et leur état."""

    def __init__(self, label: str, *, manque: str) -> None:
        super().__init__(
            queryset=FicheAction.objects.none(),
            label=label,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": manque,
                "invalid_choice": "Une des fiches choisies n’est plus dans la liste\u00a0: relisez-la.",
                "invalid_pk_value": "Une des fiches choisies n’est plus dans la liste\u00a0: relisez-la.",
            },
        )

    def label_from_instance(self, fiche: Any) -> str:
        return f"{fiche} ({fiche.get_statut_display().lower()})"


class TransmettreForm(forms.Form):
    fiches = FichesField("Fiches du plan", manque="Choisissez au moins une fiche.")
    message = texte_long("Mot à la Région", aide="Facultatif\u00a0: ce qui a changé, ce qui presse.")

    def __init__(self, *args: Any, fiches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fiches"].queryset = fiches  # type: ignore[attr-defined]
        self.fields["fiches"].initial = [fiche.pk for fiche in fiches]


class RecevoirForm(forms.Form):
    recu_le = JourField(label="Reçu le", initial=aujourdhui)
    echeance = JourField(
        label="Avis rendus pour le",
        required=False,
        help_text="Le territoire et les services consultés lisent cette date.",
    )


class ComplementsForm(forms.Form):
    """Ce qui manque : au plan, et à chaque fiche."""

    motif = texte_long("Ce qui manque au plan", aide="Laissez vide si seules des fiches sont à reprendre.")

    def __init__(self, *args: Any, lignes: list[PlanActionsFiche], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cles = []
        for ligne in lignes:
            fiche = ligne.version.fiche
            self.cles.append(fiche.pk)
            self.fields[f"fiche-{fiche.pk}"] = texte_long(f"Ce qui manque à {fiche}", lignes=2)

    def get_fiches(self) -> dict[int, str]:
        return {cle: self.cleaned_data[f"fiche-{cle}"] for cle in self.cles}


class MotifRetraitForm(forms.Form):
    motif = texte_long(
        "Pourquoi retirer ce plan\u00a0?", requis="Dites pourquoi\u00a0: la Région lit cette phrase."
    )


class DemanderAvisForm(forms.Form):
    organisation = forms.ModelChoiceField(
        queryset=Organisation.objects.none(),
        label="À qui",
        empty_label="Choisissez un service ou un opérateur",
        error_messages={
            "required": "Choisissez à qui vous demandez un avis.",
            "invalid_choice": "Choisissez un service ou un opérateur de la liste.",
        },
    )
    question = texte_long("Ce que vous demandez", aide="Par exemple\u00a0: la faisabilité foncière de F2.1.")
    echeance = JourField(label="Réponse attendue le", required=False)
    fiches = FichesField("Fiches soumises", manque="Choisissez au moins une fiche.")

    def __init__(
        self, *args: Any, dossier: DossierPlan, lignes: list[PlanActionsFiche], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        organisations = Organisation.objects.filter(type__in=TYPES_CONSULTES).order_by("nom")
        if not dossier.territoire.is_fictif:
            organisations = organisations.filter(is_fictif=False)
        cles = [ligne.version.fiche_id for ligne in lignes]
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        self.fields["fiches"].queryset = FicheAction.objects.filter(pk__in=cles).order_by("rang", "id")  # type: ignore[attr-defined]
        self.fields["fiches"].initial = cles


class AvisPlanForm(forms.Form):
    """L’avis sur le plan, puis sur chaque fiche soumise."""

    sens = forms.ChoiceField(
        label="Votre avis sur le plan",
        choices=SensAvisPlan.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez le sens de l’avis.",
            "invalid_choice": "Choisissez le sens de l’avis.",
        },
    )
    texte = texte_long("Motivation", lignes=5, aide="Obligatoire pour un avis défavorable.")
    conditions = texte_long("Conditions", aide="Obligatoires pour un avis favorable sous conditions.")

    def __init__(
        self, *args: Any, avis: AvisPlan, lignes: list[PlanActionsFiche], recu: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if avis.is_requis:
            self.fields["cadres"] = texte_long(
                "Cohérence avec le SRDEII et les autres cadres",
                lignes=4,
                aide="Schéma régional de développement économique, contrat de plan, schéma d’aménagement, stratégie foncière…",
            )
        if recu:
            self.fields["rendu_le"] = JourField(label="Rendu le", required=False)
            self.fields["piece"] = PieceField("Avis reçu", required=True)
        self.fiches = [ligne.version.fiche for ligne in lignes]
        for fiche in self.fiches:
            self.fields[f"sens-{fiche.pk}"] = forms.ChoiceField(
                label="Avis",
                required=False,
                choices=[("", "Pas d’avis particulier"), *SensAvisPlan.choices],
                error_messages={"invalid_choice": "Choisissez un avis de la liste."},
            )
            self.fields[f"texte-{fiche.pk}"] = texte_long("Motivation", lignes=2)
            self.fields[f"conditions-{fiche.pk}"] = texte_long("Conditions", lignes=2)

    def get_generaux(self) -> list[Any]:
        """Les champs qui portent sur le plan entier."""
        return [champ for champ in self.visible_fields() if "-" not in champ.name]

    def get_par_fiche(self) -> list[tuple[FicheAction, list[Any]]]:
        """Chaque fiche, avec ses champs."""
        return [
            (fiche, [self[f"{nom}-{fiche.pk}"] for nom in ("sens", "texte", "conditions")])
            for fiche in self.fiches
        ]

    def get_fiches(self) -> dict[int, AvisSurFiche]:
        donnees = self.cleaned_data
        return {
            fiche.pk: AvisSurFiche(
                SensAvisPlan(donnees[f"sens-{fiche.pk}"]),
                donnees[f"texte-{fiche.pk}"],
                donnees[f"conditions-{fiche.pk}"],
            )
            for fiche in self.fiches
            if donnees.get(f"sens-{fiche.pk}")
        }


class LotForm(forms.Form):
    """Plusieurs plans, une séance : les y inscrire, ou enregistrer ce qu’elle en a décidé."""

    dossiers = forms.ModelMultipleChoiceField(
        queryset=DossierPlan.objects.none(),
        label="Plans d’actions",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choisissez au moins un plan.",
            "invalid_choice": "Un des plans choisis n’est plus à décider\u00a0: relisez la liste.",
            "invalid_pk_value": "Un des plans choisis n’est plus à décider\u00a0: relisez la liste.",
        },
    )
    seance = forms.ModelChoiceField(
        queryset=Seance.objects.none(),
        label="Séance du comité de pilotage",
        empty_label="Choisissez une séance",
        error_messages={
            "required": "Choisissez la séance.",
            "invalid_choice": "Cette séance n’est pas, ou plus, de votre comité.",
        },
    )
    sens = forms.ChoiceField(
        label="Ce que la séance a décidé",
        required=False,
        choices=[("", "Rien encore\u00a0: mettre à l’ordre du jour"), *Sens.choices],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choisissez une décision de la liste."},
    )
    texte = texte_long("Texte de la décision", aide="Obligatoire pour un rejet ou un ajournement.")

    def __init__(self, *args: Any, dossiers: Any, seances: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dossiers"].queryset = dossiers  # type: ignore[attr-defined]
        self.fields["seance"].queryset = seances  # type: ignore[attr-defined]
