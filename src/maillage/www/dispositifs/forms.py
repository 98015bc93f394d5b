"""Formulaires du catalogue : un dispositif, et sa mise au plan d’une fiche."""

import html
import re
from typing import Any

from django import forms

from maillage.comptes.models import Organisation
from maillage.dispositifs.enums import (
    Beneficiaire,
    CategorieTaille,
    Credit,
    EtapeProjet,
    Famille,
    NatureAide,
    NatureDepense,
    Recurrence,
)
from maillage.dispositifs.models import VersionDispositif
from maillage.fiches.models import FicheAction
from maillage.financement.enums import NatureLigne
from maillage.financement.selectors import financeurs_for
from maillage.socle.champs import MontantFormField, TauxFormField
from maillage.territoires.models import Vague
from maillage.www.champs import JourField
from maillage.www.financement.forms_regles import ReponseField

_SIMPLE = re.compile(r"</?(?:p|br)>")
PAS_DIT = "Pas encore dit"
LISTES_TEXTE = (
    "perimetre",
    "perimetre_exclu",
    "naf",
    "naf_exclus",
    "programmes",
    "secteurs",
    "formes_juridiques",
)
HTML = ("description", "eligibilite", "cumul", "contact")


def html_to_saisie(texte: str) -> str:
    """Un HTML fait des seuls paragraphes qu’on a tapés redevient ce texte ; un HTML plus riche reste tel quel."""
    if "<" in _SIMPLE.sub("", texte):
        return texte
    brut = texte.replace("</p><p>", "\n\n").replace("<br>", "\n").replace("<p>", "").replace("</p>", "")
    return html.unescape(brut)


class ListeTexteField(forms.CharField):
    """Des codes ou des mots séparés par des virgules, points-virgules, barres ou lignes ; la valeur propre est une liste."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        morceaux = (morceau.strip() for morceau in re.split(r"[,;|\n]", value or ""))
        return list(dict.fromkeys(filter(None, morceaux)))

    def clean(self, value: Any) -> Any:
        return self.to_python(value)


class LiensField(forms.CharField):
    """Un texte de droit par ligne : « Décret 2018-514 | https://… » ; l’adresse est facultative."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(" | ".join(filter(None, (t.get("libelle"), t.get("lien")))) for t in value)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        textes = []
        for ligne in filter(None, (ligne.strip() for ligne in (value or "").splitlines())):
            libelle, _, lien = (morceau.strip() for morceau in ligne.partition("|"))
            if lien and not lien.startswith(("http://", "https://")):
                raise forms.ValidationError(
                    f"«\u00a0{lien}\u00a0» n’est pas une adresse de page. Elle commence par https://.",
                    code="lien",
                )
            textes.append({"libelle": libelle, "lien": lien})
        return textes

    def clean(self, value: Any) -> Any:
        return self.to_python(value)


def _texte(nom: str, *, lignes: int = 0, aide: str = "", max_length: int | None = None) -> forms.CharField:
    champ = VersionDispositif._meta.get_field(nom)
    maximum = max_length or getattr(champ, "max_length", None)
    return forms.CharField(
        label=_label(nom),
        required=False,
        max_length=maximum,
        help_text=aide,
        widget=forms.Textarea(attrs={"rows": lignes}) if lignes else forms.TextInput,
        error_messages={"max_length": f"Au plus {maximum} signes."},
    )


def _label(nom: str) -> str:
    libelle = str(VersionDispositif._meta.get_field(nom).verbose_name)  # type: ignore[union-attr]
    return libelle[:1].upper() + libelle[1:]


def _cases(libelle: str, choix: Any, aide: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=libelle,
        choices=choix,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=aide,
    )


def _entier(nom: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=_label(nom),
        required=False,
        min_value=0,
        max_value=1_000_000,
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Écrivez un nombre positif.",
            "max_value": "Ce nombre est trop grand.",
        },
    )


class DispositifForm(forms.Form):
    """Une version d’un dispositif. Un champ vide : nulle source ne le dit."""

    PARTIES = (
        ("Ce que c’est", ("titre", "promesse", "description", "nature", "credit", "programmes")),
        ("Pour qui, où", ("beneficiaire", "taille", "effectif_min", "effectif_max", "naf", "naf_exclus",
                          "secteurs", "perimetre", "perimetre_exclu", "vague", "axe")),
        ("Pour quoi", ("etape", "depense", "eligibilite", "accord_gouvernance", "avant_travaux",
                       "exclut_difficulte")),
        ("Combien", ("taux_min", "taux_max", "taux_precision", "plancher_depense", "plafond_depense",
                     "plancher_aide", "plafond_aide", "avance_max")),
        ("Quand", ("ouverture", "cloture", "recurrence", "calendrier")),
        ("Sous quelle règle, avec qui", ("base_juridique", "cumul", "contact", "url_source", "url_demande")),
    )  # fmt: skip

    version_lue = forms.IntegerField(widget=forms.HiddenInput, required=False)
    titre = forms.CharField(
        label="Titre",
        max_length=250,
        error_messages={"required": "Donnez un titre au dispositif.", "max_length": "Au plus 250 signes."},
    )
    promesse = _texte("promesse", aide="Ce qu’y gagne le porteur, en une phrase qui commence par un verbe.")
    description = _texte("description", lignes=5, max_length=5000)
    nature = _cases("Nature", NatureAide.choices)
    credit = forms.ChoiceField(label="Crédit", required=False, choices=[("", PAS_DIT), *Credit.choices])
    programmes = ListeTexteField(label="Programmes et régimes parents", help_text="Séparés par des virgules.")
    beneficiaire = _cases("Bénéficiaires", Beneficiaire.choices)
    taille = _cases("Tailles d’entreprise", CategorieTaille.choices)
    effectif_min = _entier("effectif_min")
    effectif_max = _entier("effectif_max")
    naf = ListeTexteField(label="Activités (NAF)", help_text="Par exemple C, 25, 25.11Z.")
    naf_exclus = ListeTexteField(label="Activités exclues (NAF)")
    secteurs = ListeTexteField(label="Secteurs d’activité")
    perimetre = ListeTexteField(
        label="Périmètre",
        help_text="Codes géographiques\u00a0: PAYS-99100 pour toute la France, REG-44, DEP-52, EPCI-200072999, COM-52121.",
    )
    perimetre_exclu = ListeTexteField(label="Périmètre exclu", help_text="Les mêmes codes.")
    etape = _cases("Étapes du projet", EtapeProjet.choices)
    depense = _cases("Dépenses éligibles", NatureDepense.choices)
    eligibilite = _texte("eligibilite", lignes=5, aide="Un critère par ligne.")
    accord_gouvernance = ReponseField(label=_label("accord_gouvernance"), required=False)
    avant_travaux = ReponseField(label=_label("avant_travaux"), required=False)
    exclut_difficulte = ReponseField(label=_label("exclut_difficulte"), required=False)
    taux_min = TauxFormField(
        label="Taux minimal", required=False, help_text="En pour cent, par exemple 33,33."
    )
    taux_max = TauxFormField(label="Taux maximal", required=False, help_text="En pour cent.")
    taux_precision = _texte("taux_precision")
    plancher_depense = MontantFormField(
        label=_label("plancher_depense"), required=False, help_text="En euros."
    )
    plafond_depense = MontantFormField(label=_label("plafond_depense"), required=False, help_text="En euros.")
    plancher_aide = MontantFormField(label=_label("plancher_aide"), required=False, help_text="En euros.")
    plafond_aide = MontantFormField(label=_label("plafond_aide"), required=False, help_text="En euros.")
    avance_max = TauxFormField(label="Avance au plus", required=False, help_text="En pour cent de l’aide.")
    ouverture = JourField(label="Ouvert le", required=False)
    cloture = JourField(
        label="Clos après le", required=False, help_text="Le dernier jour où l’on peut déposer."
    )
    recurrence = forms.ChoiceField(
        label="Récurrence", required=False, choices=[("", PAS_DIT), *Recurrence.choices]
    )
    calendrier = _texte("calendrier")
    base_juridique = LiensField(
        label="Base juridique",
        required=False,
        help_text="Un texte par ligne, puis «\u00a0|\u00a0» et son adresse.",
    )
    cumul = _texte("cumul", lignes=3)
    contact = _texte("contact", lignes=3, aide="Un service, pas une personne.")
    url_source = _texte("url_source", aide="Commence par https://.")
    url_demande = _texte("url_demande", aide="Commence par https://.")
    depuis = JourField(
        label="En vigueur depuis le",
        required=False,
        help_text="Vide\u00a0: aujourd’hui. L’ancienne version vaut toujours pour les jours d’avant.",
    )
    source_texte = forms.CharField(
        label="D’après",
        max_length=300,
        help_text="Le texte qui prouve ce que vous écrivez\u00a0: cahier des charges, délibération, page.",
        error_messages={
            "required": "Dites d’après quel texte\u00a0: une valeur sans source n’entre pas au catalogue.",
            "max_length": "Au plus 300 signes.",
        },
    )
    source_url = forms.URLField(
        label="Adresse de ce texte",
        required=False,
        max_length=400,
        assume_scheme="https",
        error_messages={"invalid": "Ce n’est pas une adresse de page. Elle commence par https://."},
    )
    motif = forms.CharField(
        label="Ce qui change, en une phrase",
        required=False,
        max_length=300,
        error_messages={"max_length": "Au plus 300 signes."},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        version: VersionDispositif | None = None,
        financeurs: Any = None,
        libre: bool = False,
    ) -> None:
        super().__init__(data, initial=_get_initial(version) if version else {})
        self.version = version
        vagues = list(Vague.objects.prefetch_related("axes"))
        self.fields["vague"] = _cases("Phases servies", [(v.code, v.nom) for v in vagues])
        self.fields["axe"] = _cases(
            "Axes", [(f"{v.code}/{a.code}", f"{a.nom} ({v.nom})") for v in vagues for a in v.axes.all()]
        )
        if version is None:
            self.fields["financeur"] = forms.ModelChoiceField(
                financeurs if financeurs is not None else Organisation.objects.none(),
                label="Financeur",
                required=not libre,
                empty_label="Choisir un financeur",
                error_messages={"required": "Choisissez le financeur."},
            )

    def list_parties(self) -> list[tuple[str, list[Any]]]:
        return [(titre, [self[nom] for nom in noms]) for titre, noms in self.PARTIES]

    def accept_version(self, version: int) -> None:
        """Après un conflit : la même saisie, prête à être enregistrée de nouveau en connaissance de cause."""
        self.data = self.data.copy()
        self.data["version_lue"] = str(version)

    def get_contenu(self) -> dict[str, Any]:
        """Les champs d’une version ; un HTML que la personne n’a pas touché reste celui de la source."""
        champs = {f.name for f in VersionDispositif._meta.concrete_fields} - {"depuis", "sources", "motif"}
        contenu = {nom: valeur for nom, valeur in self.cleaned_data.items() if nom in champs}
        for nom in HTML:
            if (
                self.version
                and contenu[nom].splitlines() == html_to_saisie(getattr(self.version, nom)).splitlines()
            ):
                contenu[nom] = getattr(self.version, nom)
        return contenu

    def get_listes(self) -> dict[Famille, list[str]]:
        return {f: self.cleaned_data[f.value] for f in Famille}

    def get_source(self) -> dict[str, str]:
        return {
            nom: valeur
            for nom, valeur in (
                ("texte", self.cleaned_data["source_texte"]),
                ("url", self.cleaned_data["source_url"]),
            )
            if valeur
        }


def _get_initial(version: VersionDispositif) -> dict[str, Any]:
    initial = {champ.name: getattr(version, champ.attname) for champ in version._meta.concrete_fields}
    initial |= {nom: html_to_saisie(initial[nom]) for nom in HTML}
    initial |= {famille.value: version.get_codes(famille) for famille in Famille}
    return initial | {"version_lue": version.dispositif.version, "depuis": None, "motif": ""}


class AjoutForm(forms.Form):
    """Mettre un dispositif au plan d’une fiche : un financement pressenti."""

    montant = MontantFormField(
        label="Montant pressenti",
        help_text="En euros, par exemple 40 000.",
        error_messages={"required": "Indiquez un montant, par exemple 40 000."},
    )

    def __init__(
        self, data: Any = None, *, version: VersionDispositif, fiche: FicheAction, montant: int | None
    ) -> None:
        super().__init__(data, initial={"montant": montant})
        natures = [n for n in version.get_codes(Famille.NATURE) if n in NatureLigne.values]
        self.natures = natures
        if len(natures) != 1:
            self.fields["nature"] = forms.ChoiceField(
                label="Nature", choices=[(n, NatureLigne(n).label) for n in natures or NatureLigne.values[:5]]
            )
        if version.dispositif.financeur_id is None:
            self.fields["financeur"] = forms.ModelChoiceField(
                financeurs_for(fiche),
                label="Financeur",
                empty_label="Choisir un financeur",
                help_text=f"La source dit\u00a0: {version.financeur_nom}." if version.financeur_nom else "",
                error_messages={"required": "Choisissez qui paierait."},
            )
