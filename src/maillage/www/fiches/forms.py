"""Formulaires d’une fiche : tout est facultatif sauf le titre ; le porteur s’écrit, l’organisation se retrouve."""

from typing import Any

from django import forms

from maillage.comptes.models import Organisation
from maillage.fiches.enums import EtatPorteur, Maturite, Visibilite
from maillage.fiches.models import FicheAction
from maillage.fiches.selectors import find_organisations, organisations_proches
from maillage.territoires.models import Axe, Territoire
from maillage.www.champs import DateEffetField, JourField

LISTE_ORGANISATIONS = "organisations-proposees"


class AxeField(forms.ModelChoiceField):
    def __init__(self, territoire: Territoire) -> None:
        super().__init__(
            Axe.objects.filter(vague=territoire.vague).order_by("rang"),
            label="Axe",
            required=False,
            empty_label="Pas encore choisi",
            error_messages={
                "invalid_choice": "Cet axe n’est pas de la phase du territoire\u00a0: choisissez-en un dans la liste."
            },
        )


class FicheForm(forms.Form):
    """Contenu d’une fiche. `organisations` : les noms proposés pour le porteur, complétés après une saisie ambiguë."""

    titre = forms.CharField(
        label="Titre",
        max_length=250,
        help_text="Une phrase qui dit l’action\u00a0: «\u00a0Ouvrir une école de production\u00a0».",
        error_messages={
            "required": "Donnez un titre à la fiche\u00a0: c’est le seul champ obligatoire.",
            "max_length": "Le titre a au plus 250 signes\u00a0; celui-ci en a %(show_value)d.",
        },
    )
    code = forms.CharField(
        label="Code",
        max_length=20,
        required=False,
        error_messages={"max_length": "Le code a au plus 20 signes."},
    )
    presentateur = forms.CharField(
        label="Présentateur",
        max_length=120,
        required=False,
        help_text="La personne qui présente l’action au comité.",
        error_messages={"max_length": "Au plus 120 signes."},
    )
    porteur = forms.CharField(
        label="Organisation porteuse",
        max_length=200,
        required=False,
        help_text="Écrivez son nom, son sigle ou son SIREN. Laissez vide si elle n’est pas désignée.",
        widget=forms.TextInput(attrs={"list": LISTE_ORGANISATIONS, "autocomplete": "off"}),
    )
    etat_porteur = forms.ChoiceField(
        label="Sans organisation porteuse, le porteur est",
        required=False,
        choices=[(e.value, e.label.lower()) for e in (EtatPorteur.A_DESIGNER, EtatPorteur.NON_PUBLIE)],
        help_text="«\u00a0Non publié\u00a0»\u00a0: il existe, mais la source ne le nomme pas.",
    )
    description = forms.CharField(
        label="Description",
        required=False,
        help_text="Le besoin, ce qui sera fait, ce que l’on en attend.",
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    debut_prevu = JourField(label="Début prévu", required=False)
    fin_prevue = JourField(label="Fin prévue", required=False)
    maturite = forms.ChoiceField(
        label="Maturité du contenu",
        choices=Maturite.choices,
        initial=Maturite.EMERGENCE,
        help_text="Où en est le contenu de l’action\u00a0; l’état de l’argent est ailleurs.",
    )
    visibilite = forms.ChoiceField(
        label="Visibilité",
        choices=Visibilite.choices,
        initial=Visibilite.TERRITOIRE,
        help_text="Qui peut lire la fiche.",
    )
    rang = forms.IntegerField(
        label="Rang de présentation",
        required=False,
        min_value=0,
        max_value=9999,
        help_text="L’ordre dans les listes. Il ne change pas le code. Vide ou 0\u00a0: à la fin.",
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Le rang n’est pas négatif.",
            "max_value": "Le rang va jusqu’à 9999.",
        },
    )

    def __init__(
        self, *args: Any, territoire: Territoire, fiche: FicheAction | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.territoire = territoire
        self.fiche = fiche
        self.fields["axe"] = AxeField(territoire)
        self.suggestions: list[Organisation] = []

    @property
    def organisations(self) -> list[Organisation]:
        proches = list(organisations_proches(self.territoire))
        return [*self.suggestions, *(o for o in proches if o not in self.suggestions)]

    def clean_porteur(self) -> Organisation | None:
        texte = self.cleaned_data["porteur"].strip()
        if not texte:
            return None
        actuel = self.fiche.porteur if self.fiche else None
        if actuel and texte == actuel.nom:
            return actuel
        trouvees = find_organisations(texte)
        if len(trouvees) == 1:
            return trouvees[0]
        self.suggestions = trouvees
        if not trouvees:
            raise forms.ValidationError(
                f"Aucune organisation connue ne s’appelle «\u00a0{texte}\u00a0». Vérifiez le nom, ou laissez le porteur à désigner et "
                "demandez à l’administrateur d’ajouter l’organisation."
            )
        noms = "\u00a0; ".join(f"{o.nom} ({o.siren})" if o.siren else o.nom for o in trouvees)
        raise forms.ValidationError(
            f"«\u00a0{texte}\u00a0» désigne plusieurs organisations\u00a0: {noms}. Écrivez le nom entier de l’une d’elles, ou son SIREN."
        )

    def clean(self) -> dict[str, Any]:
        propre = super().clean() or {}
        debut, fin = propre.get("debut_prevu"), propre.get("fin_prevue")
        if debut and fin and debut > fin:
            self.add_error(
                "fin_prevue", "La fin prévue vient avant le début\u00a0: corrigez l’une des deux dates."
            )
        return propre

    def get_champs(self) -> dict[str, Any]:
        """Les champs propres, tels que l’action les attend."""
        champs = {cle: self.cleaned_data[cle] for cle in self.fields if cle in self.cleaned_data}
        champs["code"] = champs["code"].strip()
        champs["titre"] = champs["titre"].strip()
        champs["rang"] = champs["rang"] or (self.fiche.rang if self.fiche else 0)
        champs["etat_porteur"] = champs["etat_porteur"] or EtatPorteur.A_DESIGNER
        return champs


def get_initial(fiche: FicheAction) -> dict[str, Any]:
    """Ce que le formulaire montre d’une fiche enregistrée."""
    return {
        "titre": fiche.titre,
        "code": fiche.code,
        "axe": fiche.axe_id or "",
        "presentateur": fiche.presentateur,
        "porteur": fiche.porteur.nom if fiche.porteur else "",
        "etat_porteur": "" if fiche.porteur else fiche.etat_porteur,
        "description": fiche.description,
        "debut_prevu": fiche.debut_prevu,
        "fin_prevue": fiche.fin_prevue,
        "maturite": fiche.maturite,
        "visibilite": fiche.visibilite,
        "rang": fiche.rang,
    }


class FicheUpdateForm(FicheForm):
    """Le contenu, la version lue (cachée) et le jour d’effet des champs datés."""

    version_lue = forms.IntegerField(widget=forms.HiddenInput)
    date_effet = DateEffetField()

    def get_champs(self) -> dict[str, Any]:
        champs = super().get_champs()
        del champs["version_lue"], champs["date_effet"]
        return champs


class MouvementFicheForm(forms.Form):
    """Jour d’effet et, s’il le faut, motif d’un passage d’état."""

    date_effet = DateEffetField()
    motif = forms.CharField(
        label="Motif",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text="Il paraît dans l’historique de la fiche.",
        error_messages={"required": "Dites pourquoi\u00a0: l’historique de la fiche garde cette phrase."},
    )

    def __init__(self, *args: Any, with_motif: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"].required = with_motif
