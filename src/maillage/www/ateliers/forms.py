"""Formulaires de qui prépare et conduit un atelier."""

from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.validators import validate_email

from maillage.ateliers.enums import College, EtatPhase, NaturePhase
from maillage.ateliers.modeles import MODELES
from maillage.ateliers.models import Atelier, Phase
from maillage.territoires.models import Territoire
from maillage.www.champs import JourField


class AtelierForm(forms.Form):
    titre = forms.CharField(label="Titre", max_length=200, error_messages={"required": "Donnez un titre."})
    jour = JourField(label="Date")
    heure = forms.TimeField(
        label="Heure de début",
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": "Ce n’est pas une heure. Écrivez-la HH:MM, par exemple 18:00."},
    )
    lieu = forms.CharField(label="Lieu", max_length=200, required=False)
    hote = forms.CharField(
        label="Hôte", max_length=200, required=False, help_text="L’entreprise ou la mairie qui reçoit."
    )

    precedent = forms.ModelChoiceField(
        label="Fait suite à",
        queryset=Atelier.objects.none(),
        required=False,
        empty_label="Aucun",
        help_text="La synthèse compare les deux soirées\u00a0: besoins encore sans fiche, besoins nouveaux.",
    )

    def __init__(
        self, *args: Any, territoire: Territoire, atelier: Atelier | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        autres = territoire.ateliers.all()
        if atelier is not None:
            autres = autres.exclude(pk=atelier.pk).exclude(precedent=atelier)
        self.fields["precedent"].queryset = autres  # type: ignore[attr-defined]

    @staticmethod
    def get_initial(atelier: Atelier) -> dict[str, Any]:
        champs = ("titre", "jour", "heure", "lieu", "hote", "precedent")
        return {champ: getattr(atelier, champ) for champ in champs}


class AtelierCreateForm(AtelierForm):
    modele = forms.ChoiceField(
        label="Programme type",
        choices=[(code, f"{m['nom']} : {m['description']}") for code, m in MODELES.items()],
        widget=forms.RadioSelect,
        initial="swot_projets",
        help_text="Chaque phase peut ensuite être changée, retirée ou déplacée.",
    )


class InviterForm(forms.Form):
    """Une personne par ligne : « Nom <courriel> », ou le courriel seul. `cleaned_data["personnes"]` : (nom, courriel)."""

    personnes = forms.CharField(
        label="Personnes à inviter",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Une par ligne\u00a0: Jeanne Martin <jeanne@exemple.fr>, ou l’adresse seule.",
        error_messages={"required": "Écrivez au moins une adresse."},
    )

    def clean_personnes(self) -> list[tuple[str, str]]:
        lues = []
        for ligne in self.cleaned_data["personnes"].splitlines():
            if not ligne.strip():
                continue
            nom, courriel = parseaddr(ligne.strip())
            try:
                validate_email(courriel)
            except forms.ValidationError:
                raise forms.ValidationError(
                    f"«\u00a0{ligne.strip()}\u00a0» n’a pas d’adresse lisible. Écrivez\u00a0: Nom <nom@exemple.fr>."
                ) from None
            lues.append((nom or courriel.partition("@")[0], courriel))
        return lues


class AnnonceForm(forms.Form):
    presentation = forms.CharField(
        label="Présentation",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Pour qui, pour quoi faire. Tout le monde peut la lire.",
    )


class InscriptionForm(forms.Form):
    """S’inscrire soi-même, sans compte. `site` est un leurre : un humain ne le voit pas, un robot le remplit."""

    nom = forms.CharField(
        label="Prénom et nom",
        max_length=120,
        error_messages={"required": "Donnez votre prénom et votre nom."},
    )
    email = forms.EmailField(
        label="Courriel",
        help_text="Format attendu\u00a0: nom@domaine.fr. Il sert à confirmer votre venue et à vous prévenir d’un changement.",
        error_messages={
            "required": "Donnez votre adresse.",
            "invalid": "Cette adresse ne se lit pas. Écrivez-la nom@domaine.fr.",
        },
    )
    college = forms.ChoiceField(
        label="Vous venez comme",
        choices=College.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez dans la liste.",
            "invalid_choice": "Choisissez dans la liste.",
        },
    )
    organisation = forms.CharField(label="Entreprise ou organisation", max_length=150, required=False)
    site = forms.CharField(label="Ne pas remplir", max_length=200, required=False)


class AbsentsForm(forms.Form):
    jusqu_au = JourField(label="Jusqu’au", help_text="Ce jour compris.")


class PhaseForm(forms.Form):
    """Une phase. Les colonnes s’écrivent une par ligne ; leur code vient de leur rang."""

    titre = forms.CharField(label="Titre", max_length=120, error_messages={"required": "Donnez un titre."})
    nature = forms.ChoiceField(label="Ce qu’on y fait", choices=NaturePhase.choices)
    duree = forms.IntegerField(
        label="Durée (minutes)",
        required=False,
        min_value=1,
        max_value=480,
        help_text="Vide : sans horloge.",
        error_messages={
            "invalid": "Écrivez un nombre de minutes.",
            "min_value": "Une minute au moins.",
            "max_value": "Huit heures (480 minutes) au plus.",
        },
    )
    consigne = forms.CharField(label="Consigne", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    colonnes = forms.CharField(
        label="Colonnes",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Une par ligne ; pour une phase où l’on contribue.",
    )
    tour = forms.IntegerField(
        label="Tour de groupes",
        required=False,
        min_value=1,
        max_value=20,
        help_text="Vide : tous ensemble. Un tour nouveau se compose avec d’autres voisins.",
        error_messages={"invalid": "Écrivez un numéro de tour : 1, 2…"},
    )
    source = forms.ModelChoiceField(
        label="Porte sur les cartes de",
        queryset=Phase.objects.none(),
        required=False,
        empty_label="—",
        help_text="Pour regrouper, voter ou restituer.",
    )
    points = forms.IntegerField(
        label="Points par personne", required=False, min_value=1, max_value=50, help_text="Pour voter."
    )

    def __init__(self, *args: Any, atelier: Atelier, phase: Phase | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.phase = phase
        anterieures = atelier.phases.filter(nature__in=(NaturePhase.CONTRIBUER, NaturePhase.REGROUPER))
        if phase is not None:
            anterieures = anterieures.exclude(pk=phase.pk)
        self.fields["source"].queryset = anterieures  # type: ignore[attr-defined]

    @staticmethod
    def get_initial(phase: Phase) -> dict[str, Any]:
        champs = ("titre", "nature", "duree", "consigne", "tour", "source")
        return {champ: getattr(phase, champ) for champ in champs} | {
            "points": phase.points or None,
            "colonnes": "\n".join(c["nom"] for c in phase.colonnes),
        }

    def get_champs(self) -> dict[str, Any]:
        """Les champs que `save_phase` attend. Une colonne déjà là garde son code."""
        connus = {c["nom"]: c["code"] for c in (self.phase.colonnes if self.phase else [])}
        noms = [n.strip() for n in self.cleaned_data["colonnes"].splitlines() if n.strip()]
        pris = set(connus.values())
        colonnes = []
        for rang, nom in enumerate(dict.fromkeys(noms), start=1):
            code = connus.get(nom) or next(
                c
                for c in (f"colonne-{rang}", *(f"colonne-{rang}-{n}" for n in range(2, 99)))
                if c not in pris
            )
            pris.add(code)
            colonnes.append({"code": code, "nom": nom[:80]})
        return {
            **{c: self.cleaned_data[c] for c in ("titre", "nature", "duree", "consigne", "tour", "source")},
            "points": self.cleaned_data["points"] or 0,
            "colonnes": colonnes,
        }


class GroupesForm(forms.Form):
    tour = forms.IntegerField(label="Tour", min_value=1, max_value=20, initial=1)
    nombre = forms.IntegerField(
        label="Nombre de groupes",
        min_value=1,
        max_value=80,
        error_messages={"required": "Dites combien de groupes."},
    )


# Gestes de conduite proposés selon l’état d’une phase, dans l’ordre.
GESTES_PHASE: dict[str, tuple[tuple[str, str], ...]] = {
    EtatPhase.A_VENIR: (("lancer", "Lancer"),),
    EtatPhase.EN_COURS: (
        ("pause", "Mettre en pause"),
        ("prolonger", "Prolonger de 5 min"),
        ("finir", "Finir"),
    ),
    EtatPhase.SUSPENDUE: (
        ("reprendre", "Reprendre"),
        ("prolonger", "Prolonger de 5 min"),
        ("finir", "Finir"),
    ),
    EtatPhase.FINIE: (("lancer", "Relancer"),),
}
