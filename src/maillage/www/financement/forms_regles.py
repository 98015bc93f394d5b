"""Formulaires de ce que les règles demandent : sur l’opération, sur une aide, aides de minimis déclarées."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models

from maillage.financement.models import PrecisionLigne, PrecisionPlan
from maillage.socle.champs import MontantFormField, TauxFormField
from maillage.www.champs import JourField

PAS_DIT = "Pas encore dit"
AIDE_TAUX = "En pour cent, par exemple 33,33."


class ReponseField(forms.TypedChoiceField):
    """Oui, non, ou pas encore dit (None)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("", PAS_DIT), ("oui", "Oui"), ("non", "Non")],
            coerce=lambda valeur: {"oui": True, "non": False}[valeur],
            empty_value=None,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "oui", False: "non", None: ""}.get(value, value)


@dataclass(frozen=True)
class Groupe:
    """Des champs qui vont ensemble ; `is_ouvert` : montré déplié."""

    titre: str
    aide: str
    champs: list[Any]
    is_ouvert: bool


class PrecisionForm(forms.Form):
    """Un formulaire tiré des champs d’un modèle de précisions, rangés par groupes (titre, aide, noms)."""

    MODELE: type[models.Model]
    GROUPES: tuple[tuple[str, str, tuple[str, ...]], ...]
    AIDES: dict[str, str] = {}

    version_lue = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, precision: Any) -> None:
        noms = [nom for _, _, groupe in self.GROUPES for nom in groupe]
        initial = {nom: getattr(precision, nom) for nom in noms if nom in _get_champs(self.MODELE)}
        super().__init__(
            data, initial=initial | {"version_lue": precision.version} | self.get_initial(precision)
        )
        champs = _get_champs(self.MODELE)
        for nom in noms:
            if nom not in self.fields:
                self.fields[nom] = _build_field(champs[nom], self.AIDES.get(nom, ""))
        self.order_fields(["version_lue", *noms])

    def get_initial(self, precision: Any) -> dict[str, Any]:
        return {}

    def list_groupes(self) -> list[Groupe]:
        """Les groupes, dépliés s’ils portent une réponse ou une erreur ; le premier toujours."""
        return [
            Groupe(
                titre,
                aide,
                [self[nom] for nom in noms],
                rang == 0 or any(self[nom].errors or self.initial.get(nom) for nom in noms),
            )
            for rang, (titre, aide, noms) in enumerate(self.GROUPES)
        ]

    def accept_version(self, version: int) -> None:
        """Après un conflit : la même saisie, prête à être enregistrée de nouveau en connaissance de cause."""
        self.data = self.data.copy()
        self.data["version_lue"] = str(version)


def _get_champs(modele: type[models.Model]) -> dict[str, Any]:
    return {champ.name: champ for champ in modele._meta.get_fields() if hasattr(champ, "verbose_name")}


def _build_field(champ: Any, aide: str) -> forms.Field:
    nom = str(champ.verbose_name)
    commun: dict[str, Any] = {"label": f"{nom[:1].upper()}{nom[1:]}", "help_text": aide, "required": False}
    if isinstance(champ, models.BooleanField):
        return ReponseField(**commun) if champ.null else forms.BooleanField(**commun)
    if isinstance(champ, models.DateField):
        return JourField(**commun)
    if champ.name in ("taux", "intensite"):
        return TauxFormField(**commun | {"help_text": aide or AIDE_TAUX})
    if isinstance(champ, models.BigIntegerField):
        return MontantFormField(**commun)
    if isinstance(champ, models.PositiveSmallIntegerField):
        return forms.IntegerField(
            min_value=1,
            max_value=240,
            error_messages={
                "invalid": "Écrivez un nombre de mois, par exemple 36.",
                "min_value": "Écrivez un nombre de mois, par exemple 36.",
                "max_value": "Au plus 240 mois.",
            },
            **commun,
        )
    if champ.choices:
        return forms.ChoiceField(choices=[("", PAS_DIT), *champ.flatchoices], **commun)
    if isinstance(champ, models.TextField):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **commun)
    return forms.CharField(
        max_length=champ.max_length,
        error_messages={"max_length": f"Au plus {champ.max_length} signes."},
        **commun,
    )


class PrecisionPlanForm(PrecisionForm):
    MODELE = PrecisionPlan
    GROUPES = (
        (
            "Calendrier",
            "Les règles comparent ces jours à ceux des demandes.",
            ("debut_travaux", "duree_mois", "publication", "seulement_equipement"),
        ),
        (
            "Collectivité maître d’ouvrage",
            "Part minimale et cumul des aides.",
            ("chef_de_file", "inscrite_cper", "ctec", "justification", "derogation_detr"),
        ),
        ("Fonds vert", "Conditions du fonds vert Territoires d’industrie.", ("accord_gouvernance",)),
        (
            "Entreprise aidée",
            "À remplir si l’opération aide une entreprise.",
            ("taille", "en_difficulte", "objet_immobilier", "code_commune", "de_minimis_declarees"),
        ),
    )
    AIDES = {
        "publication": "Au siège et sur le site, dans les 15 jours qui suivent le début des travaux.",
        "chef_de_file": "La Région\u00a0: climat, énergie, mobilités, biodiversité, jeunesse, recherche. Le Département\u00a0: "
        "action sociale, autonomie, solidarité.",
        "justification": "Demandée si la part est sous 30\u00a0% dans une compétence à chef de file.",
        "duree_mois": "Au-delà de 48 mois, les acomptes de l’État montent à 90\u00a0%.",
        "taille": "Avec les entreprises liées et partenaires. Petite\u00a0: moins de 50 personnes\u00a0; moyenne\u00a0: moins de 250.",
        "objet_immobilier": "Terrain ou bâtiment\u00a0: la commune ou l’intercommunalité est alors seule compétente.",
        "de_minimis_declarees": "Le jour de sa déclaration, même si elle n’a rien reçu. Inscrivez ses aides plus bas.",
    }

    code_commune = forms.CharField(
        label="Commune du projet (code INSEE)",
        required=False,
        max_length=5,
        help_text="Elle dit la zone d’aide à finalité régionale.",
        error_messages={"max_length": "Un code INSEE a cinq signes, par exemple 52121."},
    )

    def get_initial(self, precision: Any) -> dict[str, Any]:
        return {"code_commune": precision.commune_id or ""}


class PrecisionLigneForm(PrecisionForm):
    MODELE = PrecisionLigne
    GROUPES = (
        (
            "Règlement du financeur",
            "Ce qu’il retient, et d’où vient son argent.",
            ("base", "taux", "programme", "credit"),
        ),
        ("Cumul", "Ce que l’aide permet ou interdit à côté d’elle.", ("annexe_vii", "convention_region")),
        (
            "Aide à une entreprise",
            "Sur quoi l’aide repose au regard du droit européen.",
            (
                "regime",
                "article",
                "assiette",
                "equivalent",
                "intensite",
                "is_collaborative",
                "is_public_prioritaire",
                "declaration",
                "registre",
                "transparence",
            ),
        ),
        (
            "Jours et versements",
            "Les délais de droit courent de ces jours.",
            (
                "reception",
                "notification",
                "debut",
                "debut_proroge",
                "achevement",
                "achevement_proroge",
                "avance",
                "garantie_bancaire",
            ),
        ),
    )
    AIDES = {
        "base": "En euros. Vide\u00a0: celle du plan.",
        "annexe_vii": "Une subvention de l’État de cette annexe ne se cumule pas avec la DETR.",
        "convention_region": "Exigée pour l’aide d’une commune ou d’une intercommunalité à une entreprise.",
        "assiette": "Un nom, si plusieurs aides portent sur des coûts différents. Vide\u00a0: les mêmes coûts.",
        "equivalent": "Pour un prêt, une avance ou une garantie. Vide pour une subvention.",
        "intensite": "Celle de la décision de la Commission, en pour cent.",
        "debut": "Premier acte qui engage envers un fournisseur. Ni les études préalables, ni l’achat du terrain.",
        "avance": "En euros.",
    }

    def clean_avance(self) -> int:
        return self.cleaned_data["avance"] or 0


class AideRecueForm(forms.Form):
    financeur = forms.CharField(
        label="Accordée par",
        max_length=200,
        error_messages={"required": "Dites qui a accordé cette aide.", "max_length": "Au plus 200 signes."},
    )
    jour = JourField(label="Accordée le", help_text="Le jour de la décision, et non du paiement.")
    montant = MontantFormField(
        label="Équivalent-subvention",
        help_text="En euros, par exemple 40 000.",
        error_messages={"required": "Indiquez un montant, par exemple 40 000."},
    )
    is_sieg = forms.BooleanField(label="Pour un service d’intérêt économique général", required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="aide")
