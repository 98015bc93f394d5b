"""Saisies de la gouvernance : comité, règle, membre, séance, point, décision."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from maillage.agenda.enums import Presence
from maillage.comptes.models import Organisation
from maillage.fiches.models import FicheAction
from maillage.gouvernance.enums import (
    NATURES_TERRITOIRE,
    SUR_UNE_FICHE,
    NatureComite,
    NatureDecision,
    Parite,
    Qualite,
    SansQuorum,
    Sens,
)
from maillage.gouvernance.models import CollegeComite, Comite, Decision, MembreComite, PointOrdreJour, Seance
from maillage.gouvernance.policies import get_natures_decision
from maillage.referentiels.models import Region
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire
from maillage.www.champs import JourField


def _texte(label: str, max_length: int, *, required: bool = False, **kwargs: Any) -> forms.CharField:
    messages = {"max_length": f"{label}\u00a0: {max_length} signes au plus."} | kwargs.pop(
        "error_messages", {}
    )
    return forms.CharField(
        label=label, max_length=max_length, required=required, error_messages=messages, **kwargs
    )


class OrganisationField(forms.CharField):
    """Une organisation connue, écrite par son nom exact (liste de suggestions « organisations »)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=220,
            required=False,
            widget=forms.TextInput(attrs={"list": "organisations", "autocomplete": "off"}),
            error_messages={"max_length": "Ce nom est trop long\u00a0: choisissez-le dans la liste."},
            **kwargs,
        )

    def clean(self, value: Any) -> Organisation | None:
        nom = super().clean(value).strip()
        if not nom:
            return None
        trouvees = list(Organisation.objects.filter(nom__iexact=nom).order_by("id")[:2])
        if not trouvees:
            trouvees = list(Organisation.objects.filter(sigle__iexact=nom).order_by("id")[:2])
        if len(trouvees) != 1:
            raise forms.ValidationError(
                "Cette organisation n’est pas connue\u00a0: choisissez-la dans la liste, ou laissez vide et donnez un nom."
            )
        return trouvees[0]


class ComiteForm(forms.Form):
    """Créer ou renommer un comité."""

    nature = forms.ChoiceField(
        label="Quel comité\u00a0?", error_messages={"required": "Choisissez un comité."}
    )
    nom = _texte(
        "Nom", 200, help_text="Comme on l’appelle ici. Vide\u00a0: le nom ordinaire de ce genre de comité."
    )
    installe_le = JourField(
        label="Installé le", required=False, help_text="Vide si le jour n’est pas connu. Rien n’en dépend."
    )

    def __init__(
        self, *args: Any, natures: tuple[NatureComite, ...] = NATURES_TERRITOIRE, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nature"].choices = [(n.value, n.label) for n in natures]


class CopilForm(ComiteForm):
    """Créer un COPIL régional ou national : `region` vide pour le national."""

    def __init__(self, *args: Any, regions: list[Region], national: bool, **kwargs: Any) -> None:
        natures = []
        if regions:
            natures.append(NatureComite.COPIL_REGIONAL)
        if national:
            natures.append(NatureComite.COPIL_NATIONAL)
        super().__init__(*args, natures=tuple(natures), **kwargs)
        self.regions = {region.pk: region for region in regions}
        if regions:
            self.fields["region"] = forms.ChoiceField(
                label="Région",
                required=False,
                choices=[(region.pk, region.nom) for region in regions],
                initial=regions[0].pk,
            )

    def get_region(self) -> Region | None:
        if self.cleaned_data["nature"] != NatureComite.COPIL_REGIONAL:
            return None
        return self.regions.get(self.cleaned_data.get("region", "")) or next(iter(self.regions.values()))


class RenommerForm(forms.Form):
    nature = forms.ChoiceField(label="Nature")
    nom = _texte("Nom", 200, required=True, error_messages={"required": "Un comité garde toujours un nom."})
    depuis = JourField(label="Depuis le", required=False, help_text="Aujourd’hui si la case est vide.")
    motif = _texte("Pourquoi", 300)

    def __init__(self, *args: Any, comite: Comite, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        natures = NATURES_TERRITOIRE if comite.territoire_id else (NatureComite(comite.nature),)
        self.fields["nature"].choices = [(n.value, n.label) for n in natures]


class DissoudreForm(forms.Form):
    jour = JourField(label="Dissous le", initial=aujourdhui)
    motif = _texte("Pourquoi", 300, required=True, error_messages={"required": "Dites pourquoi."})


class RegleForm(forms.Form):
    mode = forms.ChoiceField(
        label="Quorum",
        choices=[
            ("aucun", "Pas de quorum"),
            ("pour_cent", "Une part des voix"),
            ("nombre", "Un nombre de voix"),
        ],
        widget=forms.RadioSelect,
        initial="aucun",
    )
    valeur = forms.IntegerField(
        label="Combien",
        required=False,
        min_value=1,
        max_value=1000,
        help_text="50 pour la moitié des voix, ou un nombre de voix. Vide sans quorum.",
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Au moins 1.",
            "max_value": "Trop grand.",
        },
    )
    parite = forms.ChoiceField(label="Parité entre collèges", choices=Parite.choices, initial=Parite.AUCUNE)
    sans_quorum = forms.ChoiceField(
        label="Sans quorum ou sans parité exigée, que devient une décision\u00a0?",
        choices=SansQuorum.choices,
        widget=forms.RadioSelect,
        initial=SansQuorum.CONSULTATION,
    )
    depuis = JourField(
        label="Règle en vigueur depuis le", required=False, help_text="Aujourd’hui si la case est vide."
    )
    texte = _texte(
        "Texte qui la fixe", 300, help_text="Par exemple «\u00a0règlement intérieur, article 4\u00a0»."
    )

    def clean(self) -> dict[str, Any]:
        propre: dict[str, Any] = super().clean() or {}
        if (
            propre.get("mode") in ("pour_cent", "nombre")
            and not propre.get("valeur")
            and "valeur" not in self.errors
        ):
            self.add_error("valeur", "Donnez le quorum, ou choisissez «\u00a0Pas de quorum\u00a0».")
        return propre

    def get_champs(self) -> dict[str, Any]:
        propre = self.cleaned_data
        return {
            "quorum_nombre": propre["valeur"] if propre["mode"] == "nombre" else None,
            "quorum_pour_cent": propre["valeur"] if propre["mode"] == "pour_cent" else None,
            "parite": propre["parite"],
            "sans_quorum": propre["sans_quorum"],
            "depuis": propre["depuis"],
            "texte": propre["texte"],
        }


class CollegeForm(forms.Form):
    nom = _texte(
        "Nouveau collège",
        120,
        required=True,
        error_messages={"required": "Donnez un nom au collège, par exemple «\u00a0Élus\u00a0»."},
    )


class MembreForm(forms.Form):
    nom = _texte(
        "Nom et prénom",
        150,
        help_text="Vide si la personne reste à désigner\u00a0: donnez alors l’organisation.",
    )
    titre = _texte(
        "Qualité", 150, help_text="Par exemple «\u00a0présidente\u00a0», «\u00a0sous-préfet\u00a0»."
    )
    organisation = OrganisationField(
        label="Organisation représentée", help_text="Écrivez les premières lettres, puis choisissez."
    )
    email = forms.EmailField(
        label="Courriel",
        required=False,
        help_text="Pour la convocation. C’est aussi ce qui relie la personne à son compte, si elle en a un.",
        error_messages={"invalid": "Cette adresse n’est pas lisible. Exemple\u00a0: nom@organisme.fr."},
    )
    place = forms.ChoiceField(label="Place", choices=Qualite.choices, initial=Qualite.MEMBRE)
    has_voix = forms.BooleanField(label="A une voix", required=False, initial=True)
    college = forms.ModelChoiceField(
        label="Collège", queryset=CollegeComite.objects.none(), required=False, empty_label="(aucun)"
    )
    titulaire = forms.ModelChoiceField(
        label="Supplée",
        queryset=MembreComite.objects.none(),
        required=False,
        empty_label="(titulaire)",
        help_text="Pour un suppléant\u00a0: la personne qu’il remplace quand elle n’est pas là.",
    )
    debut = JourField(label="Mandat depuis le", required=False)
    fin = JourField(label="Jusqu’au", required=False, help_text="Vide\u00a0: sans terme.")

    def __init__(self, *args: Any, comite: Comite, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleges = comite.colleges.order_by("rang", "id")
        self.fields["college"].queryset = colleges
        self.fields["titulaire"].queryset = (
            comite.membres.at(aujourdhui())
            .filter(titulaire__isnull=True)
            .select_related("organisation")
            .order_by("nom", "id")
        )
        self.has_colleges = colleges.exists()


class MembreUpdateForm(forms.Form):
    nom = MembreForm.base_fields["nom"]
    titre = MembreForm.base_fields["titre"]
    email = MembreForm.base_fields["email"]


class FinForm(forms.Form):
    fin = JourField(label="Dernier jour du mandat (exclu)", initial=aujourdhui)


class SeanceForm(forms.Form):
    titre = _texte("Titre", 200, required=True, error_messages={"required": "Donnez un titre à la séance."})
    jour = JourField(label="Jour")
    debut = forms.TimeField(
        label="Début",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"required": "Indiquez l’heure.", "invalid": "Écrivez l’heure ainsi\u00a0: 14:30."},
    )
    fin = forms.TimeField(
        label="Fin",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"required": "Indiquez l’heure.", "invalid": "Écrivez l’heure ainsi\u00a0: 16:00."},
    )
    lieu = _texte("Lieu", 250)
    visio = forms.URLField(
        label="Lien de visioconférence",
        required=False,
        max_length=400,
        assume_scheme="https",
        error_messages={"invalid": "Ce lien n’est pas lisible. Il commence par https://."},
    )
    message = _texte("Mot d’invitation", 4000, widget=forms.Textarea(attrs={"rows": 4}))

    def clean(self) -> dict[str, Any]:
        propre: dict[str, Any] = super().clean() or {}
        if propre.get("debut") and propre.get("fin") and propre["fin"] <= propre["debut"]:
            self.add_error("fin", "La fin vient avant le début\u00a0: corrigez l’une des deux heures.")
        return propre

    def get_champs(self) -> dict[str, Any]:
        """Les champs de l’acte : le jour et les heures deviennent deux instants, à Paris."""
        propre = self.cleaned_data
        return {
            "titre": propre["titre"],
            "debut_at": _instant(propre["jour"], propre["debut"]),
            "fin_at": _instant(propre["jour"], propre["fin"]),
            "lieu": propre["lieu"],
            "visio": propre["visio"],
            "message": propre["message"].replace("\r\n", "\n").strip(),
        }


def _instant(jour: Any, heure: time) -> datetime:
    return timezone.make_aware(datetime.combine(jour, heure))


class SeanceUpdateForm(SeanceForm):
    version_lue = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


def get_initial(seance: Seance) -> dict[str, Any]:
    """Ce que le formulaire montre d’une séance, en texte, à l’heure de Paris."""
    rendez_vous = seance.rendez_vous
    debut, fin = timezone.localtime(rendez_vous.debut_at), timezone.localtime(rendez_vous.fin_at)
    return {
        "titre": rendez_vous.titre,
        "jour": debut.date().isoformat(),
        "debut": f"{debut:%H:%M}",
        "fin": f"{fin:%H:%M}",
        "lieu": rendez_vous.lieu,
        "visio": rendez_vous.visio,
        "message": rendez_vous.message,
    }


class AnnulerForm(forms.Form):
    motif = _texte(
        "Pourquoi",
        300,
        required=True,
        help_text="Les personnes invitées le liront.",
        error_messages={"required": "Dites pourquoi\u00a0: les personnes invitées le liront."},
    )


class PointForm(forms.Form):
    titre = _texte("Point", 300, required=True, error_messages={"required": "Donnez un titre au point."})
    texte = _texte("Précisions", 4000, widget=forms.Textarea(attrs={"rows": 3}))


class InviteForm(forms.Form):
    nom = _texte("Nom", 150, required=True, error_messages={"required": "Nommez la personne."})
    email = forms.EmailField(
        label="Courriel",
        required=False,
        error_messages={"invalid": "Cette adresse n’est pas lisible. Exemple\u00a0: nom@organisme.fr."},
    )


class PresenceForm(forms.Form):
    participant = forms.IntegerField(min_value=1)
    presence = forms.ChoiceField(choices=Presence.choices)


class IcsForm(forms.Form):
    fichier = forms.FileField(
        label="Réponse de calendrier (.ics)",
        help_text="Le fichier joint au courriel de réponse que votre messagerie a reçu.",
        error_messages={"required": "Choisissez le fichier .ics reçu.", "empty": "Ce fichier est vide."},
    )


class DecisionForm(forms.Form):
    nature = forms.ChoiceField(label="Ce qui est décidé")
    point = forms.ModelChoiceField(
        label="Point de l’ordre du jour",
        queryset=PointOrdreJour.objects.none(),
        required=False,
        empty_label="(hors de l’ordre du jour)",
    )
    fiche = forms.ModelChoiceField(
        label="Fiche", queryset=FicheAction.objects.none(), required=False, empty_label="(aucune)"
    )
    territoire = forms.ModelChoiceField(
        label="Territoire", queryset=Territoire.objects.none(), required=False, empty_label="(aucun)"
    )
    intitule = _texte("Intitulé", 300, help_text="Vide\u00a0: il est tiré de ce qui est décidé.")
    texte = _texte("Texte et conditions", 4000, widget=forms.Textarea(attrs={"rows": 4}))
    sens = forms.ChoiceField(
        label="Issue", choices=Sens.choices, widget=forms.RadioSelect, initial=Sens.ADOPTEE
    )
    pour = forms.IntegerField(label="Pour", required=False, min_value=0, max_value=999)
    contre = forms.IntegerField(label="Contre", required=False, min_value=0, max_value=999)
    abstentions = forms.IntegerField(label="Abstentions", required=False, min_value=0, max_value=999)
    remplace = forms.ModelChoiceField(
        label="Remplace une décision",
        queryset=Decision.objects.none(),
        required=False,
        empty_label="(aucune)",
    )

    def __init__(self, *args: Any, seance: Seance, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        comite = seance.comite
        natures = get_natures_decision(comite)
        self.fields["nature"].choices = [(n.value, n.label) for n in natures]
        self.fields["nature"].initial = NatureDecision.LIBRE.value
        self.fields["point"].queryset = seance.points.order_by("rang", "id")
        if comite.territoire_id and set(natures) & set(SUR_UNE_FICHE):
            self.fields["fiche"].queryset = FicheAction.objects.filter(territoire=comite.territoire).order_by(
                "rang", "id"
            )
        else:
            del self.fields["fiche"]
        if comite.region_id:
            self.fields["territoire"].queryset = (
                Territoire.objects.filter(regions=comite.region, is_fictif=False)
                .select_related("vague")
                .order_by("nom", "id")
            )
        else:
            del self.fields["territoire"]
        anciennes = Decision.objects.filter(seance__comite=comite, remplacee_par__isnull=True).order_by("-id")
        if anciennes.exists():
            self.fields["remplace"].queryset = anciennes
        else:
            del self.fields["remplace"]
