from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, QueryDict

from maillage.pilotage.selectors import Perimetre
from maillage.referentiels.models import Region
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.www.champs import JourPasseField
from maillage.www.roles.forms import OrganisationTexteField


def champ_jour(label: str, *, requis: bool = False, aide: str = "") -> JourPasseField:
    """Une date, saisie au calendrier ou écrite JJ/MM/AAAA."""
    return JourPasseField(
        label=label,
        required=requis,
        help_text=aide,
        error_messages={
            "required": "Choisissez un jour.",
            "invalid": "Ce n’est pas une date. Écrivez 2019-11-19 ou 19/11/2019.",
        },
    )


class PerimetreForm(forms.Form):
    """Ce qu’on regarde : un jour et une région chef de file."""

    au = champ_jour("Au", requis=True)
    region = forms.ModelChoiceField(
        label="Région chef de file",
        queryset=Region.objects.none(),
        required=False,
        empty_label="Toutes les régions",
        to_field_name="code",
        error_messages={
            "invalid_choice": "Cette région ne mène aucun territoire. Choisissez-en une dans la liste."
        },
    )
    vague = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=99,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Cette phase n’existe pas."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        menees = Region.objects.filter(territoires_menes__isnull=False).distinct()
        self.fields["region"].queryset = menees
        # « Île-de-France » se range à I, que la base sache ou non trier les accents.
        self.fields["region"].choices = [
            ("", self.fields["region"].empty_label),
            *((region.pk, region.nom) for region in sorted(menees, key=lambda region: replier(region.nom))),
        ]

    def get_perimetre(self) -> Perimetre:
        donnees = self.cleaned_data
        return Perimetre(
            au=donnees["au"],
            region=donnees["region"].code if donnees["region"] else "",
            connu_le=donnees.get("connu_le"),
            fictif=donnees.get("fictif", False),
            vague=donnees["vague"],
        )


class AideForm(forms.Form):
    """Une aide apportée à un territoire qui dort."""

    nature = forms.CharField(
        label="Aide apportée",
        max_length=150,
        help_text="Par exemple\u00a0: appel, visite, mission d’ingénierie, renfort d’un chef de projet.",
        error_messages={"required": "Dites quelle aide a été apportée.", "max_length": "Au plus 150 signes."},
    )
    jour = champ_jour("Le", requis=True)
    par = OrganisationTexteField(label="Par", required=False)
    recit = forms.CharField(
        label="Ce qui a été fait, ce qui en sort", required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


F = TypeVar("F", bound=PerimetreForm)


class EspaceForm(PerimetreForm):
    """Ce qu’on regarde, et l’espace fictif."""

    fictif = forms.BooleanField(label="Espace fictif seulement", required=False)


class LignesForm(PerimetreForm):
    """Ce qu’on regarde, avec ce qu’on en savait à une date, et l’espace fictif."""

    connu_le = champ_jour("Tel que connu le", aide="Pour revoir un chiffre tel qu’il était donné ce jour-là.")
    fictif = forms.BooleanField(label="Espace fictif seulement", required=False)


class PilotageForm(LignesForm):
    """Le périmètre du pilotage, avec une seconde date à comparer."""

    compare = champ_jour("Comparé au", aide="Une seconde date\u00a0: avant, après, écart.")


def read_form(classe: type[F], request: HttpRequest, **defauts: str) -> F:
    """Le formulaire lu dans l’adresse ; ce jour si `au` n’y est pas, et `defauts` pour le reste."""
    donnees = QueryDict(mutable=True)
    for cle, valeur in ({"au": aujourdhui().isoformat()} | defauts).items():
        donnees[cle] = valeur
    for cle, valeur in request.GET.items():
        donnees[cle] = valeur
    return classe(donnees)
