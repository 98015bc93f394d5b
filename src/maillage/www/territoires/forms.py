"""Formulaires du périmètre, du label et des demandes. Les règles sont dans les actes ; ici, la forme de ce qui est saisi."""

import re
from typing import Any

from django import forms
from django.db.models import QuerySet

from maillage.documents.formats import TYPES_PIECES
from maillage.referentiels.models import Commune, Epci, Region
from maillage.referentiels.selectors import find_membres
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import Fait, Fiabilite, Mutation, NatureStatut, SensAvis, StatutDemande
from maillage.territoires.models import Perimetre, Territoire, Vague
from maillage.www.champs import JourField

AIDE_CODES = "Un par ligne : le nom, le SIREN d’une intercommunalité (9 chiffres) ou le code INSEE d’une commune (5 signes)."
ACCEPTE = ",".join(f".{extension}" for extension in TYPES_PIECES)


class PieceField(forms.FileField):
    """Un document à joindre."""

    def __init__(
        self, label: str, *, required: bool = False, help_text: str = "", condition: str = ""
    ) -> None:
        super().__init__(
            label=label,
            required=required,
            help_text=help_text,
            widget=forms.ClearableFileInput(attrs={"accept": ACCEPTE}),
            error_messages={
                "required": "Joignez le document : il est la preuve de l’acte.",
                "empty": "Le fichier est vide : vérifiez-le, puis choisissez-le de nouveau.",
                "invalid": "Le fichier n’est pas arrivé : choisissez-le de nouveau.",
                "missing": "Joignez le document : il est la preuve de l’acte.",
            },
        )
        self.widget = forms.FileInput(attrs={"accept": ACCEPTE})
        self.condition = condition


CODE = re.compile(r"[0-9]{9}|[0-9][0-9AB][0-9]{3}")


class MembresField(forms.CharField):
    """Des EPCI, EPT ou communes, par code ou par nom, un par ligne ; rend les objets du référentiel."""

    widget = forms.Textarea

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label=label,
            help_text=kwargs.pop("help_text", AIDE_CODES),
            widget=forms.Textarea(attrs={"rows": 4}),
            error_messages={"required": "Écrivez au moins un nom ou un code."},
            **kwargs,
        )

    def clean(self, value: Any) -> list[Epci | Commune]:  # type: ignore[override]
        texte = super().clean(value)
        trouves: list[Epci | Commune] = []
        refus: list[str] = []
        for ligne in filter(None, (morceau.strip() for morceau in texte.splitlines())):
            mots = re.split(r"[\s,;]+", ligne)
            est_code = all(CODE.fullmatch(mot.upper()) for mot in mots if mot)
            for cherche in [mot.upper() for mot in mots if mot] if est_code else [ligne]:
                membres = find_membres(cherche)
                if len(membres) == 1:
                    trouves += [membre for membre in membres if membre not in trouves]
                elif membres:
                    refus.append(
                        f"« {cherche} » désigne plusieurs membres ({', '.join(f'{m} : {m.pk}' for m in membres[:6])}) : "
                        "écrivez le code."
                    )
                else:
                    refus.append(
                        f"« {cherche} » est inconnu du découpage : vérifiez le nom, le SIREN (9 chiffres) ou le code INSEE (5 signes)."
                    )
        if refus:
            raise forms.ValidationError(refus)
        return trouves


class SejoursField(forms.ModelMultipleChoiceField):
    """Des membres présents, à cocher."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, label: str, queryset: QuerySet[Perimetre], **kwargs: Any) -> None:
        super().__init__(
            queryset=queryset.select_related("epci", "commune"),
            label=label,
            error_messages={
                "required": "Choisissez au moins un membre.",
                "invalid_choice": "Ce membre n’est plus dans le territoire : rechargez la page.",
            },
            **kwargs,
        )

    def label_from_instance(self, obj: Perimetre) -> str:
        return f"{obj.nom} (site {obj.site})" if obj.site else obj.nom


class AutreField(forms.ModelChoiceField):
    """Un autre territoire de la même phase."""

    def __init__(self, territoire: Territoire, **kwargs: Any) -> None:
        super().__init__(
            queryset=Territoire.objects.filter(vague=territoire.vague, is_fictif=territoire.is_fictif)
            .exclude(pk=territoire.pk)
            .order_by("nom_recherche"),
            label="Autre territoire",
            empty_label="Choisir un territoire",
            error_messages={
                "required": "Choisissez l’autre territoire.",
                "invalid_choice": "Ce territoire n’est pas de la même phase : choisissez-en un dans la liste.",
            },
            **kwargs,
        )


def _texte(
    label: str, *, lignes: int = 0, requis: str = "", aide: str = "", maximum: int = 0, condition: str = ""
) -> forms.CharField:
    """Un champ de texte. `condition` : quand il est demandé sans l’être toujours, dit à côté de son nom."""
    options: dict[str, Any] = {"label": label, "required": bool(requis), "help_text": aide}
    if requis:
        options["error_messages"] = {"required": requis}
    if lignes:
        options["widget"] = forms.Textarea(attrs={"rows": lignes})
    if maximum:
        options["max_length"] = maximum
    champ = forms.CharField(**options)
    champ.condition = condition  # type: ignore[attr-defined]
    return champ


# --- demandes ------------------------------------------------------------------------------------------------------


class DemandeForm(forms.Form):
    """Ce que le territoire demande, selon la nature du changement."""

    def __init__(
        self, data: Any = None, *, territoire: Territoire, mutation: Mutation, autre: Territoire | None
    ) -> None:
        super().__init__(data)
        membres = Perimetre.objects.at(aujourdhui())
        if mutation == Mutation.ENTREE:
            self.fields["entrent"] = MembresField("Qui entrerait")
            self.fields["site"] = _texte(
                "Seulement un site",
                aide="Le nom du site, si seul un site de l’intercommunalité est concerné.",
                maximum=200,
            )
        elif mutation == Mutation.SORTIE:
            self.fields["sortent"] = SejoursField("Qui sortirait", membres.filter(territoire=territoire))
        elif mutation == Mutation.TRANSFERT:
            self.fields["sortent"] = SejoursField(
                f"Qui viendrait de « {autre} »", membres.filter(territoire=autre)
            )
        elif mutation == Mutation.FUSION:
            self.fields["autre"] = AutreField(territoire)
        else:
            self.fields["nouveau_nom"] = _texte("Nouveau nom", requis="Écrivez le nouveau nom.", maximum=250)
        self.fields["motif"] = _texte(
            "Pourquoi",
            lignes=4,
            requis="Dites pourquoi : les Régions et le comité de pilotage liront ce motif.",
        )
        # Une phase finie ne change plus après son dernier jour : on n’y propose aucun jour, la personne l’écrit.
        self.fields["souhaite_le"] = JourField(
            label="Effet souhaité le", initial=None if territoire.vague.fin else aujourdhui
        )


class AutreForm(forms.Form):
    """Première question d’un transfert : de quel territoire viendrait le membre."""

    def __init__(self, data: Any = None, *, territoire: Territoire) -> None:
        super().__init__(data)
        self.fields["autre"] = AutreField(territoire)
        self.fields["autre"].label = "De quel territoire viendrait le membre"


class AvisForm(forms.Form):
    sens = forms.ChoiceField(
        label="Avis",
        choices=SensAvis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le sens de l’avis."},
    )
    texte = _texte("Motivation", lignes=4, condition="obligatoire pour une réserve ou un avis défavorable")

    def __init__(self, data: Any = None, files: Any = None, *, recu: bool = False, prefix: str = "") -> None:
        super().__init__(data, files, prefix=prefix or None)
        if recu:
            self.fields["rendu_le"] = JourField(label="Rendu le", required=False)
        self.fields["piece"] = PieceField("Document reçu" if recu else "Document", required=recu)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label="Décision",
        choices=[
            (StatutDemande.ACCEPTEE.value, "Acceptée"),
            (StatutDemande.AJOURNEE.value, "Ajournée"),
            (StatutDemande.REFUSEE.value, "Refusée"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la décision."},
    )
    instance = _texte("Instance", requis="Dites quelle instance a décidé.", maximum=200)
    decide_le = JourField(label="Décidé le", initial=aujourdhui)
    effet_le = JourField(
        label="Effet le", required=False, help_text="Si la demande est acceptée. Vide : la date souhaitée."
    )
    motif = _texte(
        "Motif",
        lignes=3,
        condition="obligatoire pour ajourner, refuser, ou dater la décision avant la demande ou un avis",
    )
    piece = PieceField("Relevé de décisions", condition="obligatoire pour accepter")


class MotifForm(forms.Form):
    motif = _texte("Pourquoi", lignes=2, requis="Dites pourquoi : le motif reste au journal.")


# --- faits constatés par la délégation nationale ----------------------------------------------------------------------


class FaitForm(forms.Form):
    """Ce que tout fait constaté porte : sa date ou ses bornes, sa source, un document."""

    debut = JourField(
        label="Date d’effet", help_text="Ou le plus tôt possible, si la date exacte n’est pas connue."
    )
    fin = JourField(label="Au plus tard le", required=False, help_text="Vide si la date est exacte.")
    fiabilite = forms.ChoiceField(
        label="D’où le tient-on",
        choices=[choix for choix in Fiabilite.choices if choix[0] != Fiabilite.PLATEFORME],
    )
    source = _texte(
        "Source",
        lignes=2,
        requis="Citez la source : un texte publié, un document, une décision.",
    )
    source_url = forms.URLField(
        label="Adresse de la source",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Ce n’est pas une adresse de page : recopiez-la depuis le navigateur."},
    )
    piece = PieceField("Document")


class EtapeForm(FaitForm):
    fait = forms.ChoiceField(label="Étape", choices=Fait.choices)
    field_order = ("fait",)


class EtapeCorrigeForm(FaitForm):
    motif = _texte("Pourquoi corriger", requis="Dites pourquoi : le motif reste au journal.")


class StatutForm(forms.Form):
    nature = forms.ChoiceField(label="Statut", choices=NatureStatut.choices)
    debut = JourField(label="Depuis le")
    fin = JourField(label="Jusqu’au (exclu)", required=False)
    aide = _texte(
        "Aide apportée", lignes=3, aide="Ingénierie, enveloppe, mission : ce que le territoire reçoit."
    )
    source = _texte(
        "Source", lignes=2, requis="Citez la source : un texte publié, un document, une décision."
    )
    source_url = forms.URLField(
        label="Adresse de la source",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Ce n’est pas une adresse de page : recopiez-la depuis le navigateur."},
    )
    piece = PieceField("Document")


class StatutCorrigeForm(StatutForm):
    motif = _texte("Pourquoi changer", requis="Dites pourquoi : le motif reste au journal.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["nature"]


class MutationForm(FaitForm):
    """Un évènement de périmètre décidé ou publié, que la délégation nationale enregistre sans demande."""

    instance = _texte("Instance qui a décidé", maximum=200, aide="Par exemple : COPIL régional du Grand Est.")
    decide_le = JourField(label="Décidé le", required=False)
    remarque = _texte("Remarque", lignes=2)

    def __init__(
        self, data: Any = None, files: Any = None, *, territoire: Territoire, mutation: Mutation
    ) -> None:
        super().__init__(data, files)
        presents = Perimetre.objects.at(aujourdhui()).filter(territoire=territoire)
        tete: dict[str, forms.Field] = {}
        if mutation in (Mutation.ENTREE, Mutation.DISSOLUTION_EPCI):
            requis = mutation == Mutation.ENTREE
            tete["entrent"] = MembresField(
                "Qui entre",
                required=requis,
                help_text=AIDE_CODES if requis else f"{AIDE_CODES} Vide : personne.",
            )
        if mutation == Mutation.ENTREE:
            tete["site"] = _texte("Seulement un site", maximum=200)
        if mutation in (Mutation.SORTIE, Mutation.DISSOLUTION_EPCI):
            tete["sortent"] = SejoursField("Qui sort", presents)
        if mutation == Mutation.TRANSFERT:
            tete["autre"] = AutreField(territoire)
            tete["autre"].label = "Territoire d’arrivée"
            tete["sortent"] = SejoursField("Qui part", presents)
        if mutation == Mutation.RENOMMAGE:
            tete["nouveau_nom"] = _texte("Nouveau nom", requis="Écrivez le nouveau nom.", maximum=250)
        if mutation == Mutation.FUSION:
            tete["autre"] = AutreField(territoire)
            tete["autre"].label = "Territoire qui le rejoint"
        if mutation == Mutation.FUSION_EPCI:
            tete["sortent"] = SejoursField(
                "Intercommunalités qui fusionnent", presents.filter(epci__isnull=False)
            )
            tete["entrent"] = MembresField(
                "Intercommunalité née de la fusion", help_text="Son nom ou son SIREN (9 chiffres)."
            )
        if mutation == Mutation.SCISSION:
            tete["premier"] = SejoursField("Membres du premier nouveau territoire", presents)
            for rang, nom in (("1", "premier"), ("2", "second")):
                tete[f"id_{rang}"] = forms.RegexField(
                    r"^[\w-]{1,30}$",
                    label=f"Identifiant du {nom} territoire",
                    help_text="Par exemple ti-4413.",
                    error_messages={
                        "required": "Écrivez l’identifiant.",
                        "invalid": "Des lettres, des chiffres et des tirets, au plus 30 : par exemple ti-4413.",
                    },
                )
                tete[f"nom_{rang}"] = _texte(
                    f"Nom du {nom} territoire", requis="Écrivez le nom.", maximum=250
                )
        if mutation in (Mutation.SCISSION, Mutation.FUSION_EPCI):
            del self.fields["fin"]
            self.fields["debut"].help_text = "Le jour exact."
        self.fields = {**tete, **self.fields}
        if mutation == Mutation.SCISSION:
            self.order_fields(["id_1", "nom_1", "premier", "id_2", "nom_2"])


class MutationCorrigeForm(FaitForm):
    motif = _texte("Pourquoi corriger", requis="Dites pourquoi : le motif reste au journal.")


# --- listes publiques ------------------------------------------------------------------------------------------------


class ListeForm(forms.Form):
    fichier = forms.FileField(
        label="Fichier CSV",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text="Liste ANCT par groupements ou par communes, ou liste de la Caisse des dépôts.",
        error_messages={
            "required": "Choisissez le fichier.",
            "empty": "Le fichier est vide : vérifiez-le, puis choisissez-le de nouveau.",
            "invalid": "Le fichier n’est pas arrivé : choisissez-le de nouveau.",
            "missing": "Choisissez le fichier.",
        },
    )
    vague = forms.ModelChoiceField(
        Vague.objects.all(),
        label="Phase attendue",
        required=False,
        empty_label="Celle que le fichier dit",
        help_text="Un fichier d’une autre phase sera refusé.",
    )
    arretee_le = JourField(
        label="Liste arrêtée le", required=False, help_text="Vide : la date que porte le nom du fichier."
    )
    depuis = JourField(
        label="Changements au plus tôt le",
        required=False,
        help_text="Vide : le lendemain du dernier état connu de cette phase.",
    )
    source = _texte("Source à citer", aide="Vide : la forme, le nom et la date du fichier.", maximum=300)


class NouveauTerritoireForm(FaitForm):
    """Un territoire labellisé hors d’une liste."""

    vague = forms.ModelChoiceField(Vague.objects.all(), label="Phase", empty_label=None)
    id_ti = forms.RegexField(
        r"^[\w-]{1,30}$",
        label="Identifiant",
        help_text="Par exemple ti-4422.",
        error_messages={
            "required": "Écrivez l’identifiant.",
            "invalid": "Des lettres, des chiffres et des tirets, au plus 30 : par exemple ti-4422.",
        },
    )
    nom = _texte("Nom", requis="Écrivez le nom.", maximum=250)
    region = forms.ModelChoiceField(Region.objects.all(), label="Région chef de file", empty_label=None)
    entrent = MembresField("Membres")
    instance = _texte("Instance qui a décidé", maximum=200)
    field_order = ("vague", "id_ti", "nom", "region", "entrent")


class PrefectureForm(forms.Form):
    """La préfecture qui mène, parmi les départements du territoire."""

    motif = _texte("Pourquoi", requis="Dites pourquoi : le motif reste au journal.")
    field_order = ("departement", "motif")

    def __init__(self, data: Any = None, *, territoire: Territoire) -> None:
        super().__init__(data)
        self.fields["departement"] = forms.ModelChoiceField(
            territoire.departements.all(),
            label="Département de la préfecture chef de file",
            empty_label=None,
            initial=territoire.departement_id,
            error_messages={"invalid_choice": "Le territoire n’a aucun membre dans ce département."},
        )
        self.order_fields(self.field_order)
