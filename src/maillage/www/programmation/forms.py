"""Saisie d’une simulation : cadre, aides, enveloppes, réglages des fiches."""

from typing import Any

from django import forms

from maillage.comptes.models import Organisation
from maillage.dispositifs.models import Dispositif
from maillage.programmation.enums import Critere, Equilibre, NatureSimulee, Perimetre, Verrou
from maillage.programmation.models import Simulation
from maillage.programmation.permissions import organisations_of, perimetres_of, regions_of
from maillage.programmation.policies import ANNEES
from maillage.programmation.selectors import DIX_MILLE, read_conditions
from maillage.referentiels.models import Region
from maillage.socle.champs import MontantFormField
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import TauxField

REQUIS = {"required": "Dites-le\u00a0: le calcul en a besoin."}


class CadreForm(forms.Form):
    """Ce qu’on cherche, sur quelles fiches."""

    nom = forms.CharField(
        label="Nom",
        max_length=150,
        help_text="Par exemple\u00a0: Commission de mars, 2\u00a0M€ de plus.",
        error_messages={
            "required": "Donnez un nom à la simulation.",
            "max_length": "Le nom est trop long\u00a0: cent cinquante signes au plus.",
        },
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Au nom de",
        error_messages={"required": "Choisissez l’organisation."},
    )
    perimetre = forms.ChoiceField(label="Les fiches")
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label="Région",
        required=False,
        empty_label="Choisir si «\u00a0Une région\u00a0»",
    )
    annee = forms.IntegerField(
        label="Année des enveloppes",
        min_value=ANNEES[0],
        max_value=ANNEES[1],
        error_messages={
            "required": "Écrivez l’année.",
            "invalid": "Écrivez une année en quatre chiffres.",
            "min_value": f"Écrivez une année entre {ANNEES[0]} et {ANNEES[1]}.",
            "max_value": f"Écrivez une année entre {ANNEES[0]} et {ANNEES[1]}.",
        },
    )
    critere = forms.ChoiceField(
        label="Chercher le plus grand", choices=Critere.choices, initial=Critere.NOMBRE
    )
    source_poids = forms.CharField(
        label="D’où viennent les points de priorité",
        max_length=300,
        required=False,
        help_text="Les priorités votées par les territoires, ou vos critères publiés. C’est imprimé avec le résultat\u00a0: "
        "le calcul ne juge aucun projet.",
        error_messages={"max_length": "C’est trop long\u00a0: trois cents signes au plus."},
    )
    equilibre = forms.ChoiceField(label="Équilibre", required=False, choices=Equilibre.choices)
    minimum = forms.IntegerField(
        label="Fiches garanties à chacun",
        min_value=1,
        max_value=1000,
        required=False,
        help_text="Vide avec un équilibre\u00a0: le plus grand minimum que tous peuvent atteindre à la fois.",
        error_messages={
            "invalid": "Écrivez un nombre de fiches.",
            "min_value": "Le minimum est d’au moins une fiche.",
            "max_value": "Mille fiches au plus.",
        },
    )

    def __init__(self, data: Any = None, *, user: Any, simulation: Simulation | None = None) -> None:
        initial: dict[str, Any] = {"annee": aujourdhui().year}
        if simulation:
            initial = {champ: getattr(simulation, champ) for champ in self.base_fields}
        super().__init__(data, initial=initial)
        perimetres = perimetres_of(user)
        self.fields["organisation"].queryset = organisations_of(user)  # type: ignore[attr-defined]
        self.fields["region"].queryset = regions_of(user)  # type: ignore[attr-defined]
        self.fields["perimetre"].choices = [(p.value, p.label) for p in perimetres]  # type: ignore[attr-defined]
        if simulation:
            del self.fields["organisation"]
        elif organisations_of(user).count() == 1:
            self.fields["organisation"].initial = organisations_of(user).get()
        regions = list(regions_of(user)[:2])
        if len(regions) == 1 and not simulation:
            self.fields["region"].initial = regions[0]

    def clean(self) -> dict[str, Any]:
        propre = super().clean() or {}
        propre["perimetre"] = Perimetre(propre["perimetre"]) if propre.get("perimetre") else None
        if propre["perimetre"] and propre["perimetre"] != Perimetre.REGION:
            propre["region"] = None
        return propre


class AideForm(forms.Form):
    """Une aide du catalogue, ou une aide qui n’y est pas."""

    dispositif = forms.ModelChoiceField(
        Dispositif.objects.none(),
        label="Dispositif du catalogue",
        required=False,
        empty_label="Une aide hors catalogue",
        help_text="Ses conditions connues remplacent les cases laissées vides.",
    )
    libelle = forms.CharField(
        label="Nom de l’aide, si elle est hors catalogue",
        max_length=200,
        required=False,
        error_messages={"max_length": "C’est trop long\u00a0: deux cents signes au plus."},
    )
    financeur = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Financeur, si elle est hors catalogue",
        required=False,
        empty_label="Celui du dispositif",
    )
    nature = forms.ChoiceField(label="Nature", choices=NatureSimulee.choices)
    taux = TauxField(label="Taux de la dépense éligible, au plus (%)", required=False)
    plancher = MontantFormField(label="Aide au moins", required=False)
    plafond = MontantFormField(label="Aide au plus", required=False)
    certitude = forms.IntegerField(
        label="Certitude, de 0 à 100",
        min_value=0,
        max_value=100,
        initial=50,
        help_text="À quel point une demande éligible aboutit, d’après vous.",
        error_messages={
            "required": "Écrivez un nombre de 0 à 100.",
            "invalid": "Écrivez un nombre de 0 à 100.",
            "min_value": "Écrivez un nombre de 0 à 100.",
            "max_value": "Écrivez un nombre de 0 à 100.",
        },
    )
    enveloppe = MontantFormField(
        label="Enveloppe, octrois déjà accordés compris",
        required=False,
        help_text="Pour toutes les régions du périmètre\u00a0; vous pourrez la partager ensuite. Vide\u00a0: celle que votre "
        "organisation a inscrite sur la plateforme.",
    )

    def __init__(self, data: Any = None, *, simulation: Simulation) -> None:
        super().__init__(data, prefix="aide")
        deja = simulation.aides.exclude(dispositif=None).values("dispositif")
        fictif = simulation.perimetre == Perimetre.FICTIF
        self.fields["dispositif"].queryset = (  # type: ignore[attr-defined]
            Dispositif.objects.exclude(pk__in=deja)
            .filter(financeur__isnull=False, is_fictif__in=[True, False] if fictif else [False])
            .select_related("financeur")
        )
        self.fields["financeur"].queryset = Organisation.objects.filter(is_financeur=True).order_by("nom")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ce qui est vide vient du catalogue ; ce que ni l’un ni l’autre ne dit est demandé à sa case."""
        propre = super().clean() or {}
        if propre.get("taux") is not None:
            propre["taux"] = int(propre["taux"] * DIX_MILLE)
        dispositif = propre.get("dispositif")
        if dispositif:
            conditions = read_conditions(dispositif)
            propre["financeur"] = dispositif.financeur
            if conditions.nature:
                propre["nature"] = conditions.nature
            for champ in ("taux", "plancher", "plafond"):
                if propre.get(champ) is None and champ not in self.errors:
                    propre[champ] = getattr(conditions, champ)
        elif not propre.get("financeur") and "financeur" not in self.errors:
            self.add_error("financeur", "Choisissez qui paierait cette aide.")
        elif not propre.get("libelle"):
            self.add_error("libelle", "Donnez un nom à l’aide.")
        for champ in ("taux", "plafond"):
            if propre.get(champ) is None and champ not in self.errors:
                phrase = (
                    "Le catalogue ne le dit pas\u00a0: faites-en l’hypothèse."
                    if dispositif
                    else REQUIS["required"]
                )
                self.add_error(champ, phrase)
        propre["plancher"] = propre.get("plancher") or 0
        return propre


class EnveloppeForm(forms.Form):
    region = forms.ModelChoiceField(
        Region.objects.none(), label="Région", required=False, empty_label="Toutes les régions du périmètre"
    )
    montant = MontantFormField(
        label="Montant",
        required=False,
        help_text="Vide : celle que votre organisation a inscrite sur la plateforme pour cette année.",
    )

    def __init__(
        self, data: Any = None, *, simulation: Simulation, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        regions = Region.objects.order_by("nom")
        if simulation.region_id:
            regions = regions.filter(pk=simulation.region_id)
        self.fields["region"].queryset = regions  # type: ignore[attr-defined]


class CopieForm(forms.Form):
    nom = forms.CharField(
        label="Nom de la copie", max_length=150, error_messages={"required": "Donnez un nom à la copie."}
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Au nom de",
        error_messages={"required": "Choisissez l’organisation."},
    )

    def __init__(self, data: Any = None, *, user: Any, simulation: Simulation) -> None:
        organisations = organisations_of(user)
        super().__init__(
            data,
            initial={
                "nom": f"{simulation.nom} (copie)"[:150],
                "organisation": organisations.filter(pk=simulation.organisation_id).first()
                or organisations.first(),
            },
        )
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class PartageForm(forms.Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Organisation",
        empty_label="Choisir une organisation",
        error_messages={"required": "Choisissez qui pourra la lire."},
    )

    def __init__(self, data: Any = None, *, simulation: Simulation) -> None:
        super().__init__(data, prefix="partage")
        self.fields["organisation"].queryset = (  # type: ignore[attr-defined]
            Organisation.objects.filter(is_financeur=True)
            .exclude(pk=simulation.organisation_id)
            .order_by("nom")
        )


class ReglageForm(forms.Form):
    """Les points et le verrou d’une fiche ; le préfixe est sa clé."""

    points = forms.IntegerField(
        label="Points",
        min_value=0,
        max_value=1_000_000,
        required=False,
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Les points ne sont jamais négatifs.",
            "max_value": "Un million de points au plus.",
        },
    )
    verrou = forms.ChoiceField(label="Verrou", required=False, choices=[("", "Libre"), *Verrou.choices])
