"""Saisies des actes : ouvrir, écrire, désigner et recevoir une signature, vérifier un fichier."""

import re
from datetime import date
from typing import Any

from django import forms
from django.conf import settings

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.contrats.enums import College, NatureActe
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import JourField

_SIREN = re.compile(r"\[(\d{9})\]\s*$")
_EMPREINTE = re.compile(r"[0-9a-f]{64}")


class ActeOuvrirForm(forms.Form):
    nature = forms.ChoiceField(
        label="Que préparez-vous\u00a0?",
        choices=[
            (n.value, n.label) for n in (NatureActe.PROTOCOLE, NatureActe.CONTRAT, NatureActe.CONVENTION)
        ],
        widget=forms.RadioSelect,
        help_text="Le protocole fixe le plan d’actions\u00a0; le contrat engage les parties. Ce sont deux actes, avec deux dates. Une "
        "convention ne compte ni comme l’un ni comme l’autre.",
        error_messages={
            "required": "Choisissez un protocole, un contrat ou une convention.",
            "invalid_choice": "Choisissez un protocole, un contrat ou une convention.",
        },
    )
    periode = forms.CharField(
        label="Période",
        max_length=30,
        required=False,
        help_text="Par exemple 2019-2022.",
        error_messages={"max_length": "La période tient en 30 signes, par exemple 2019-2022."},
    )


class ActeForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    titre = forms.CharField(
        label="Titre",
        max_length=250,
        error_messages={
            "required": "Donnez un titre à l’acte.",
            "max_length": "Le titre tient en 250 signes.",
        },
    )
    periode = ActeOuvrirForm.base_fields["periode"]
    preambule = forms.CharField(
        label="Préambule",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"max_length": "Le préambule tient en 20 000 signes."},
    )


class ArticleForm(forms.Form):
    titre = forms.CharField(
        label="Titre de l’article",
        max_length=200,
        error_messages={
            "required": "Donnez un titre à l’article, ou retirez-le.",
            "max_length": "Le titre d’un article tient en 200 signes.",
        },
    )
    texte = forms.CharField(
        label="Texte de l’article",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"max_length": "Le texte d’un article tient en 20 000 signes."},
    )
    bloc = forms.ChoiceField(
        choices=[("", ""), ("plan_actions", ""), ("financement", "")],
        required=False,
        widget=forms.HiddenInput,
    )


class ArticlesFormSet(forms.BaseFormSet):
    """Les articles dans l’ordre de l’acte."""

    default_error_messages = {
        "missing_management_form": "La page est incomplète\u00a0: rechargez-la.",
        "too_many_forms": "Un acte tient en 60 articles.",
    }

    def get_articles(self) -> list[dict[str, str]]:
        return [
            {
                "titre": f.cleaned_data["titre"],
                "texte": f.cleaned_data["texte"],
                "bloc": f.cleaned_data["bloc"],
            }
            for f in self.forms
        ]


ArticleFormSet = forms.formset_factory(
    ArticleForm, formset=ArticlesFormSet, extra=0, max_num=60, absolute_max=60, validate_max=True
)


class SignataireForm(forms.Form):
    organisation = forms.CharField(
        label="Organisation",
        max_length=220,
        help_text="Écrivez les premières lettres, puis choisissez dans la liste.",
        widget=forms.TextInput(attrs={"list": "organisations", "autocomplete": "off"}),
        error_messages={
            "required": "Choisissez l’organisation qui signe.",
            "max_length": "Ce nom est trop long\u00a0: choisissez l’organisation dans la liste.",
        },
    )
    type_organisation = forms.ChoiceField(
        label="Elle n’est pas dans la liste\u00a0? Dites ce qu’elle est",
        required=False,
        choices=[("", "Elle est dans la liste"), *TypeOrganisation.choices],
        help_text="Elle sera ajoutée aux organisations connues. Elle pourra signer par lien.",
    )
    nom = forms.CharField(
        label="Nom du ou de la signataire",
        max_length=150,
        required=False,
        help_text="Vous pourrez le laisser vide tant qu’il n’est pas connu.",
        error_messages={"max_length": "Le nom tient en 150 signes."},
    )
    qualite = forms.CharField(
        label="Qualité",
        max_length=150,
        help_text="Par exemple\u00a0: présidente, sous-préfet, directeur régional.",
        error_messages={
            "required": "Dites à quel titre la personne signe.",
            "max_length": "La qualité tient en 150 signes.",
        },
    )
    college = forms.ChoiceField(
        label="Collège",
        choices=College.choices,
        error_messages={"required": "Choisissez un collège.", "invalid_choice": "Choisissez un collège."},
    )
    ordre = forms.IntegerField(
        label="Rang de signature",
        min_value=1,
        max_value=99,
        initial=1,
        help_text="Les rangs 1 signent d’abord, ensemble\u00a0; puis les rangs 2, et ainsi de suite.",
        error_messages={
            "required": "Donnez un rang, 1 pour le premier.",
            "invalid": "Le rang est un nombre, de 1 à 99.",
            "min_value": "Le rang est un nombre, de 1 à 99.",
            "max_value": "Le rang est un nombre, de 1 à 99.",
        },
    )
    email = forms.EmailField(
        label="Courriel",
        required=False,
        help_text="Pour qui n’a pas de compte\u00a0: un lien personnel y sera envoyé quand son tour viendra.",
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr."},
    )
    deliberation = forms.CharField(
        label="Délibération n°",
        max_length=80,
        required=False,
        help_text="Celle qui autorise la signature.",
        error_messages={"max_length": "Le numéro tient en 80 signes."},
    )
    deliberation_le = JourField(label="Délibération du", required=False)
    doit_deliberer = forms.BooleanField(
        label="Ne signe qu’une fois sa délibération enregistrée",
        required=False,
        help_text="D’ordinaire une intercommunalité, une commune, un département, une Région.",
    )

    def clean(self) -> dict[str, Any]:
        """Rend `organisation` en objet si elle est connue ; sinon il faut son type pour l’ajouter."""
        donnees = super().clean() or {}
        saisie = str(donnees.get("organisation", "")).strip()
        if not saisie:
            return donnees
        trouvees = self._find(saisie)
        if len(trouvees) == 1:
            donnees["organisation"] = trouvees[0]
        elif trouvees:
            self.add_error(
                "organisation",
                f"Plusieurs organisations s’appellent «\u00a0{saisie}\u00a0»\u00a0: choisissez celle qui porte le bon SIREN.",
            )
        elif not donnees.get("type_organisation"):
            self.add_error(
                "organisation",
                f"Aucune organisation ne s’appelle «\u00a0{saisie}\u00a0». Choisissez-la dans la liste, ou dites ce qu’elle est "
                "juste en dessous pour l’ajouter.",
            )
        if donnees.get("deliberation_le") and not donnees.get("deliberation"):
            self.add_error("deliberation", "Donnez le numéro de cette délibération.")
        return donnees

    @staticmethod
    def _find(saisie: str) -> list[Organisation]:
        if siren := _SIREN.search(saisie):
            return list(Organisation.objects.filter(siren=siren[1]))
        return list(Organisation.objects.filter(nom__iexact=saisie).order_by("id")[:2])


class LienForm(forms.Form):
    email = forms.EmailField(
        label="Courriel",
        error_messages={
            "required": "Donnez l’adresse où envoyer le lien.",
            "invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr.",
        },
    )


class SignataireUpdateForm(forms.Form):
    """Ce qu’un projet dit d’un signataire, sans son organisation."""

    nom = SignataireForm.base_fields["nom"]
    qualite = SignataireForm.base_fields["qualite"]
    college = SignataireForm.base_fields["college"]
    ordre = SignataireForm.base_fields["ordre"]
    email = SignataireForm.base_fields["email"]
    deliberation = SignataireForm.base_fields["deliberation"]
    deliberation_le = SignataireForm.base_fields["deliberation_le"]
    doit_deliberer = SignataireForm.base_fields["doit_deliberer"]

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if donnees.get("deliberation_le") and not donnees.get("deliberation"):
            self.add_error("deliberation", "Donnez le numéro de cette délibération.")
        return donnees


class SignatureForm(forms.Form):
    signe_le = JourField(
        label="Date de votre signature",
        help_text="Celle de l’acte. Si vous avez signé à la main lors d’une cérémonie, donnez ce jour-là.",
        error_messages={"required": "Donnez la date de votre signature."},
    )
    accord = forms.BooleanField(
        error_messages={"required": "Cochez cette case pour signer\u00a0: elle dit que vous avez lu l’acte."}
    )

    code = forms.CharField(
        label="Code reçu par courriel",
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={
            "required": "Demandez un code, puis recopiez-le\u00a0: il confirme que c’est bien vous."
        },
    )

    def __init__(self, *args: Any, organisation: Organisation, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_code:
            del self.fields["code"]
        self.fields["accord"].label = f"J’ai lu l’acte et je le signe pour {organisation}"
        self.fields["signe_le"].widget.attrs["max"] = aujourdhui().isoformat()

    def clean_signe_le(self) -> date:
        jour: date = self.cleaned_data["signe_le"]
        if jour > aujourdhui():
            raise forms.ValidationError("Cette date est dans l’avenir\u00a0: donnez le jour où vous signez.")
        return jour


class ArreterForm(forms.Form):
    """La confirmation : ce qui a été relu, et le jour que portera le document."""

    empreinte = forms.CharField(widget=forms.HiddenInput, required=False)
    date_effet = JourField(
        label="Date d’effet",
        help_text="Le jour que porte l’acte arrêté. Personne ne peut l’avoir signé avant.",
        error_messages={"required": "Donnez la date d’effet de l’acte."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["date_effet"].widget.attrs["max"] = aujourdhui().isoformat()

    def clean_date_effet(self) -> date:
        jour: date = self.cleaned_data["date_effet"]
        if jour > aujourdhui():
            raise forms.ValidationError(
                "Cette date est dans l’avenir\u00a0: un acte s’arrête au plus tard ce jour."
            )
        return jour


class ReprendreForm(forms.Form):
    motif = forms.CharField(
        label="Pourquoi reprendre cet acte\u00a0?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Cette phrase paraît dans l’historique de l’acte et à côté du fichier remplacé.",
        error_messages={
            "required": "Dites pourquoi\u00a0: l’historique garde cette phrase.",
            "max_length": "Le motif tient en 2000 signes.",
        },
    )


def normalize_empreinte(texte: str) -> str | None:
    """Les 64 chiffres d’une empreinte SHA-256 collée avec ses espaces ou son préfixe ; None si ce n’en est pas une."""
    propre = re.sub(r"[\s:-]", "", texte.lower().removeprefix("sha256")).removeprefix("sha256")
    return propre if _EMPREINTE.fullmatch(propre) else None


class VerifierForm(forms.Form):
    fichier = forms.FileField(
        label="Le fichier reçu",
        required=False,
        help_text="PDF ou Word. Il est lu pour en calculer l’empreinte, puis oublié\u00a0: il n’est pas gardé.",
        error_messages={
            "empty": "Ce fichier est vide\u00a0: choisissez-en un autre.",
            "missing": "Le fichier n’est pas arrivé\u00a0: recommencez.",
        },
    )
    empreinte = forms.CharField(
        label="Ou son empreinte SHA-256",
        required=False,
        max_length=200,
        help_text="64 chiffres et lettres de a à f.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": "Une empreinte SHA-256 compte 64 signes."},
    )

    def clean_fichier(self) -> Any:
        fichier = self.cleaned_data["fichier"]
        if fichier and fichier.size > settings.TAILLE_MAX_PIECE:
            limite = settings.TAILLE_MAX_PIECE // 2**20
            raise forms.ValidationError(
                f"Ce fichier est trop lourd\u00a0: un acte produit ici pèse moins de {limite}\u00a0Mo. Collez plutôt son empreinte."
            )
        return fichier

    def clean_empreinte(self) -> str:
        texte = self.cleaned_data["empreinte"]
        if not texte:
            return ""
        empreinte = normalize_empreinte(texte)
        if empreinte is None:
            raise forms.ValidationError(
                "Une empreinte SHA-256 compte 64 signes, chiffres et lettres de a à f. Recopiez-la en entier."
            )
        return empreinte

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if not self.errors and not donnees.get("fichier") and not donnees.get("empreinte"):
            raise forms.ValidationError("Choisissez un fichier, ou collez une empreinte.")
        return donnees
