"""Formulaires d’une partie de la fiche, tirés de sa déclaration (`fiches.rubriques`) : textes, choix, listes de lignes."""

from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from calcul.fiches.quantites import QuantiteIllisible, format_quantite, parse_quantite
from maillage.fiches.rubriques import LONGUEUR_MAX, Champ, Collection, Forme, Section
from maillage.fiches.selectors import find_organisations
from maillage.fiches.selectors_contenu import Ligne
from maillage.referentiels.models import Commune
from maillage.referentiels.recherche import search_communes
from maillage.socle.texte import replier
from maillage.www.champs import JourField

TROP_LONG = (
    "Ce texte a %(show_value)d signes, %(limit_value)d au plus. Raccourcissez-le, ou joignez une pièce."
)


class QuantiteField(forms.CharField):
    """Un nombre exact, rendu en millièmes d’unité ; None si la case est vide."""

    def to_python(self, value: Any) -> Any:
        texte = super().to_python(value)
        if not texte:
            return None
        try:
            return parse_quantite(texte)
        except QuantiteIllisible as erreur:
            raise forms.ValidationError(str(erreur)) from erreur

    def prepare_value(self, value: Any) -> Any:
        return format_quantite(value) if isinstance(value, int) else value


class NumerosField(forms.CharField):
    """Des numéros de lignes : « 1, 3 » ou « 1 3 »."""

    def to_python(self, value: Any) -> list[int]:
        morceaux = (super().to_python(value) or "").replace(",", " ").replace(";", " ").split()
        if not all(m.isascii() and m.isdigit() and len(m) <= 3 for m in morceaux):
            raise forms.ValidationError("Écrivez des numéros d’étapes, par exemple 1, 3.")
        return [int(m) for m in morceaux]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial or [], data)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value


class CommuneField(forms.CharField):
    """Le nom d’une commune ; rend son code INSEE. Un nom que plusieurs portent demande son département."""

    def to_python(self, value: Any) -> str:
        texte = (super().to_python(value) or "").strip()
        if not texte:
            return ""
        trouvees = list(search_communes(texte)[:6])
        cherche = replier(texte)
        exactes = [c for c in trouvees if cherche in (replier(str(c)), replier(c.nom), replier(c.pk))]
        if len(exactes) == 1 or (not exactes and len(trouvees) == 1):
            commune: Commune = (exactes or trouvees)[0]
            return commune.pk
        if not trouvees:
            raise forms.ValidationError(
                f"Aucune commune ne s’appelle «\u00a0{texte[:60]}\u00a0»\u00a0: vérifiez le nom."
            )
        noms = ", ".join(str(c) for c in exactes or trouvees)
        raise forms.ValidationError(
            f"Plusieurs communes répondent\u00a0: {noms}. Écrivez l’une d’elles en entier."
        )


def build_field(champ: Champ) -> forms.Field:
    """Le champ de formulaire d’une rubrique."""
    commun: dict[str, Any] = {
        "label": champ.titre,
        "required": champ.obligatoire,
        "help_text": champ.aide,
        "error_messages": {"required": f"Remplissez «\u00a0{champ.titre}\u00a0», ou retirez la ligne."},
    }
    match champ.forme:
        case Forme.LONG:
            commun["error_messages"]["max_length"] = TROP_LONG
            return forms.CharField(
                max_length=LONGUEUR_MAX, widget=forms.Textarea(attrs={"rows": 5}), **commun
            )
        case Forme.JOUR:
            return JourField(**commun)
        case Forme.CHOIX if champ.choix:
            commun["error_messages"]["invalid_choice"] = "Choisissez dans la liste."
            return forms.ChoiceField(choices=[("", "—"), *champ.choix.choices], **commun)
        case Forme.ENTIER:
            commun["error_messages"] |= {
                "invalid": "Écrivez un nombre entier.",
                "min_value": "Ce nombre n’est pas négatif.",
                "max_value": "Ce nombre est trop grand.",
            }
            return forms.IntegerField(min_value=0, max_value=2**31 - 1, **commun)
        case Forme.QUANTITE:
            return QuantiteField(**commun)
        case Forme.RANGS:
            return NumerosField(**commun)
        case Forme.COMMUNE:
            return CommuneField(**commun)
        case Forme.ADRESSE:
            commun["error_messages"]["invalid"] = (
                "Ce n’est pas une adresse de page\u00a0: elle commence par https://."
            )
            return forms.URLField(max_length=champ.maximum, assume_scheme="https", **commun)
        case _:
            commun["error_messages"]["max_length"] = TROP_LONG
            return forms.CharField(max_length=champ.maximum, **commun)


class PartieForm(forms.Form):
    """Les valeurs simples d’une partie, et la version que la personne avait lue (cachée)."""

    version_lue = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.noms = [champ.nom for champ in section.champs]
        for champ in section.champs:
            self.fields[champ.nom] = build_field(champ)

    @property
    def visibles(self) -> list[Any]:
        return [self[nom] for nom in self.noms]

    def get_champs(self) -> dict[str, Any]:
        return {nom: self.cleaned_data[nom] for nom in self.noms}


class LigneForm(forms.Form):
    """Une ligne d’une liste ; vide, elle ne compte pas."""

    collection: Collection
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for colonne in self.collection.colonnes:
            self.fields[colonne.nom] = build_field(colonne)
            if colonne.forme is Forme.CHOIX and not colonne.obligatoire:
                modele = self.collection.modele._meta.get_field(colonne.nom)
                if defaut := modele.get_default():
                    self.fields[colonne.nom].choices = colonne.choix.choices
                    self.fields[colonne.nom].initial = defaut

    @property
    def visibles(self) -> list[Any]:
        return [self[colonne.nom] for colonne in self.collection.colonnes]

    def get_ligne(self) -> Ligne | None:
        """La ligne telle que l’acte l’attend ; None si elle est vide ou retirée."""
        if not self.cleaned_data or self.cleaned_data.get("DELETE"):
            return None
        ligne = {colonne.nom: self.cleaned_data.get(colonne.nom) for colonne in self.collection.colonnes}
        if self.collection.nom == "partenaires":
            trouvees = find_organisations(ligne["nom"])
            exacte = len(trouvees) == 1 and replier(ligne["nom"]) in (
                replier(trouvees[0].nom),
                replier(trouvees[0].sigle),
                trouvees[0].siren,
            )
            ligne["organisation"] = trouvees[0].pk if exacte else None
        return ligne | {"id": self.cleaned_data.get("id")}


class LignesFormSet(BaseFormSet):
    """Les lignes d’une liste."""

    collection: Collection

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Retirer"

    def get_lignes(self) -> list[Ligne]:
        return [ligne for form in self.forms if (ligne := form.get_ligne()) is not None]


def build_formset(collection: Collection, donnees: Any, lignes: list[Ligne]) -> LignesFormSet:
    """Le formulaire d’une liste : ses lignes présentes, puis une ou deux lignes vides."""
    form = type("Form", (LigneForm,), {"collection": collection})
    classe = formset_factory(
        form, formset=LignesFormSet, can_delete=True, extra=1 if lignes else 2, max_num=200, absolute_max=250
    )
    classe.collection = collection
    initial = [
        {c.nom: ligne.get("commune_nom" if c.forme is Forme.COMMUNE else c.nom) for c in collection.colonnes}
        | {"id": ligne["id"]}
        for ligne in lignes
    ]
    return classe(donnees, prefix=collection.nom, initial=initial)


def add_ligne(donnees: Any, collection: Collection) -> Any:
    """La saisie reçue, avec une ligne vide de plus dans une liste."""
    copie = donnees.copy()
    cle = f"{collection.nom}-TOTAL_FORMS"
    nombre = copie.get(cle, "0")
    copie[cle] = str(min(int(nombre) + 1, 200) if nombre.isascii() and nombre.isdigit() else 1)
    return copie
