"""Formulaires des rôles : nommer, corriger, finir. Une organisation s’écrit ; le serveur la retrouve, ou l’ajoute."""

from typing import Any

from django import forms
from django.db.models import Q

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.fiches.selectors import find_organisations, organisations_proches
from maillage.referentiels.models import Epci, Region
from maillage.socle.champs import MontantFormField
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions_mandats import Nomme
from maillage.territoires.enums import ROLES_BINOME, EtatPlace, PorteeBinome, RangReferent, RoleMandat
from maillage.territoires.models import Binome, Mandat, Perimetre, Territoire
from maillage.territoires.selectors import find_territoires
from maillage.www.champs import JourField, TauxField

LISTE_ORGANISATIONS = "organisations-proposees"
LONG = {"max_length": "C’est trop long\u00a0: raccourcissez."}
DEBUT = "Vide si la date n’est pas connue."
FIN = "Le premier jour où il ne vaut plus. Vide s’il n’a pas de fin."


class OrganisationTexteField(forms.CharField):
    """Un nom, un sigle ou un SIREN écrit ; la valeur propre est l’organisation, ou None si la case est vide."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Écrivez son nom, son sigle ou son SIREN.")
        super().__init__(
            max_length=200,
            widget=forms.TextInput(attrs={"list": LISTE_ORGANISATIONS, "autocomplete": "off"}),
            error_messages=LONG | kwargs.pop("error_messages", {}),
            **kwargs,
        )
        self.inconnue_permise = False

    def clean(self, value: Any) -> Any:
        texte = (super().clean(value) or "").strip()
        if not texte:
            return None
        trouvees = find_organisations(texte)
        if len(trouvees) == 1:
            return trouvees[0]
        if not trouvees:
            if self.inconnue_permise:
                return texte
            raise forms.ValidationError(
                f"Aucune organisation connue ne s’appelle «\u00a0{texte}\u00a0»\u00a0: vérifiez le nom, ou demandez à la délégation "
                "nationale de l’ajouter."
            )
        noms = "\u00a0; ".join(f"{o.nom} ({o.siren})" if o.siren else o.nom for o in trouvees)
        raise forms.ValidationError(
            f"«\u00a0{texte}\u00a0» désigne plusieurs organisations\u00a0: {noms}. Écrivez le nom entier de l’une d’elles, ou son SIREN."
        )


class _Preuve(forms.Form):
    """Les dates et la preuve, communes à tous les faits."""

    debut = JourField(label="Depuis le", required=False, help_text=DEBUT)
    fin = JourField(label="Jusqu’au (exclu)", required=False, help_text=FIN)
    source = forms.CharField(
        label="Source",
        max_length=300,
        required=False,
        help_text="Délibération, convention, compte rendu, article. Vide\u00a0: c’est vous qui le dites.",
        error_messages=LONG,
    )


class NommeeForm(forms.Form):
    """Une personne : dans la liste (que la page remplit), ou un nom écrit."""

    personne = forms.ModelChoiceField(
        Personne.objects.none(), label="Personne connue", required=False, empty_label="Une autre personne"
    )
    prenom = forms.CharField(
        label="Prénom",
        max_length=80,
        required=False,
        help_text="Si elle n’est pas dans la liste.",
        error_messages=LONG,
    )
    nom = forms.CharField(
        label="Nom",
        max_length=120,
        required=False,
        help_text="Si elle n’est pas dans la liste.",
        error_messages=LONG,
    )
    intitule = forms.CharField(
        label="Qualité",
        max_length=150,
        required=False,
        help_text="Par exemple\u00a0: vice-présidente, directeur de site.",
        error_messages=LONG,
    )


class PersonneForm(NommeeForm):
    """Qui est nommé : une personne déjà connue du territoire, ou un nom écrit."""

    organisation = OrganisationTexteField(label="Son organisation", required=False)
    type_organisation = forms.ChoiceField(
        label="Si elle n’est pas connue, cette organisation est",
        required=False,
        choices=[("", "Déjà connue"), *TypeOrganisation.choices],
    )

    def __init__(self, *args: Any, territoire: Territoire, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.territoire = territoire
        champ = self.fields["organisation"]
        champ.inconnue_permise = True  # type: ignore[attr-defined]
        self.fields["personne"].queryset = personnes_connues(territoire)  # type: ignore[attr-defined]

    @property
    def organisations(self) -> list[Organisation]:
        return list(organisations_proches(self.territoire))

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if isinstance(donnees.get("organisation"), str) and not donnees.get("type_organisation"):
            self.add_error(
                "organisation",
                f"Aucune organisation connue ne s’appelle «\u00a0{donnees['organisation']}\u00a0»\u00a0: corrigez le nom, ou dites "
                "juste en dessous ce qu’elle est pour l’ajouter.",
            )
        return donnees

    def get_nomme(self) -> Nomme:
        organisation = self.cleaned_data["organisation"]
        inconnue = isinstance(organisation, str)
        return Nomme(
            personne=self.cleaned_data["personne"],
            prenom=self.cleaned_data["prenom"],
            nom=self.cleaned_data["nom"],
            organisation=None if inconnue else organisation,
            organisation_nom=organisation if inconnue else "",
            organisation_type=TypeOrganisation(self.cleaned_data["type_organisation"]) if inconnue else None,
        )


def personnes_connues(territoire: Territoire) -> Any:
    """Personnes qui ont ou ont eu un mandat ici, ou une fonction dans une intercommunalité du territoire."""
    membres = Perimetre.objects.at(aujourdhui()).filter(territoire=territoire, epci__isnull=False)
    return (
        Personne.objects.filter(
            Q(mandats__territoire=territoire)
            | Q(referents__territoire=territoire)
            | Q(fonctions__organisation__epci__in=membres.values("epci"))
        )
        .distinct()
        .order_by("nom", "prenom", "id")
    )


class BinomeChoiceField(forms.ModelChoiceField):
    def __init__(self, territoire: Territoire) -> None:
        super().__init__(
            Binome.objects.du_jour().filter(territoire=territoire).select_related("axe", "epci"),
            label="Binôme",
            required=False,
            empty_label="Celui de tout le territoire",
            help_text="Pour l’élu·e et l’industriel·le seulement.",
        )


class MandatForm(_Preuve, PersonneForm):
    role = forms.ChoiceField(label="Rôle", choices=RoleMandat.choices)

    def __init__(self, *args: Any, territoire: Territoire, **kwargs: Any) -> None:
        super().__init__(*args, territoire=territoire, **kwargs)
        self.fields["binome"] = BinomeChoiceField(territoire)
        self.order_fields(
            ["role", "binome", "personne", "prenom", "nom", "intitule", "organisation", "type_organisation"]
        )


class MandatUpdateForm(forms.Form):
    """Ce qui se corrige d’un mandat : tout, sauf la personne et le rôle."""

    intitule = forms.CharField(label="Qualité", max_length=150, required=False, error_messages=LONG)
    organisation = OrganisationTexteField(label="Organisation", required=False)
    debut = JourField(label="Depuis le", required=False, help_text=DEBUT)
    fin = JourField(label="Jusqu’au (exclu)", required=False, help_text=FIN)
    motif = forms.CharField(
        label="Pourquoi cette correction",
        max_length=300,
        help_text="Elle s’écrit au journal, à côté de l’ancien fait.",
        error_messages=LONG | {"required": "Dites pourquoi ce fait change\u00a0: l’ancien reste au journal."},
    )

    def __init__(self, data: Any = None, *, mandat: Mandat) -> None:
        super().__init__(
            data,
            initial={
                "intitule": mandat.intitule,
                "organisation": mandat.organisation.nom if mandat.organisation else "",
                "debut": mandat.debut,
                "fin": mandat.fin,
                "binome": mandat.binome_id,
            },
        )
        self.territoire = mandat.territoire
        if mandat.role in ROLES_BINOME:
            self.fields["binome"] = BinomeChoiceField(mandat.territoire)
            self.order_fields(["binome"])

    @property
    def organisations(self) -> list[Organisation]:
        return list(organisations_proches(self.territoire))


class MotifForm(forms.Form):
    motif = forms.CharField(
        label="Pourquoi c’était une erreur",
        max_length=300,
        error_messages=LONG | {"required": "Dites pourquoi\u00a0: le fait retiré reste au journal."},
    )


class FinForm(forms.Form):
    fin = JourField(
        label="Fin le",
        help_text="Le premier jour où cela ne vaut plus. Les droits s’arrêtent ce jour-là\u00a0; le passé reste.",
    )
    motif = forms.CharField(label="Motif", max_length=300, required=False, error_messages=LONG)


class BinomeForm(_Preuve):
    portee = forms.ChoiceField(label="Ce dont il a la charge", choices=PorteeBinome.choices)
    axe = forms.ModelChoiceField(None, label="Axe", required=False, empty_label="Aucun")
    epci = forms.ModelChoiceField(
        Epci.objects.none(), label="Intercommunalité", required=False, empty_label="Aucune"
    )
    sujet = forms.CharField(
        label="Action ou précision",
        max_length=200,
        required=False,
        help_text="L’action que ce binôme porte, en une phrase.",
        error_messages=LONG,
    )
    is_chef_de_file = forms.BooleanField(
        label="Binôme chef de file",
        required=False,
        help_text="Celui qui parle pour le territoire quand il y en a plusieurs.",
    )

    def __init__(self, data: Any = None, *, territoire: Territoire) -> None:
        super().__init__(data)
        self.fields["axe"].queryset = territoire.vague.axes.order_by("rang")  # type: ignore[attr-defined]
        self.fields["epci"].queryset = Epci.objects.filter(  # type: ignore[attr-defined]
            pk__in=Perimetre.objects.at(aujourdhui())
            .filter(territoire=territoire, epci__isnull=False)
            .values("epci")
        ).order_by("nom")
        self.order_fields(["portee", "axe", "epci", "sujet", "is_chef_de_file"])


class PortageForm(_Preuve):
    fiche = forms.ModelChoiceField(
        None,
        label="Action",
        empty_label="Choisir une action",
        error_messages={
            "required": "Choisissez l’action que ce binôme porte.",
            "invalid_choice": "Cette action n’est pas à vous\u00a0: choisissez-en une dans la liste.",
        },
    )

    def __init__(self, data: Any = None, *, fiches: Any) -> None:
        super().__init__(data)
        self.fields["fiche"].queryset = fiches  # type: ignore[attr-defined]
        self.order_fields(["fiche"])


class PlaceForm(forms.Form):
    etat = forms.ChoiceField(label="Cette place est", choices=EtatPlace.choices, widget=forms.RadioSelect)
    debut = JourField(label="Depuis le", required=False, help_text=DEBUT)
    precision = forms.CharField(
        label="Précision",
        max_length=300,
        required=False,
        help_text="Par exemple\u00a0: départ en retraite, recrutement en cours.",
        error_messages=LONG,
    )
    source = _Preuve.base_fields["source"]


class AnimationForm(_Preuve):
    organisation = OrganisationTexteField(
        label="Structure animatrice",
        error_messages={"required": "Écrivez le nom de la structure."},
        help_text="Une intercommunalité, ou une chambre, un PETR, une agence, un cluster…",
    )
    mission = forms.CharField(label="Ce qu’elle fait", max_length=200, required=False, error_messages=LONG)

    def __init__(self, data: Any = None, *, territoire: Territoire) -> None:
        super().__init__(data)
        self.territoire = territoire
        self.order_fields(["organisation", "mission"])

    @property
    def organisations(self) -> list[Organisation]:
        return list(organisations_proches(self.territoire))


class CofinancementForm(_Preuve):
    financeur = OrganisationTexteField(
        label="Qui paie cette part", error_messages={"required": "Écrivez le nom du financeur."}
    )
    employeur = OrganisationTexteField(label="Employeur du poste", required=False)
    taux = TauxField(label="Taux", required=False, help_text="Par exemple 80\u00a0%, 62,5\u00a0% ou 2/3.")
    montant = MontantFormField(
        label="Montant sur la période", required=False, help_text="En euros, par exemple 40 000."
    )
    precision = forms.CharField(label="Précision", max_length=200, required=False, error_messages=LONG)
    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="Convention, arrêté ou délibération qui le dit.",
        error_messages=LONG | {"required": "Citez la convention, l’arrêté ou la délibération."},
    )

    def __init__(self, data: Any = None, *, territoire: Territoire) -> None:
        super().__init__(data)
        self.territoire = territoire
        self.order_fields(["financeur", "employeur", "taux", "montant", "precision"])

    @property
    def organisations(self) -> list[Organisation]:
        return list(organisations_proches(self.territoire))


class ReferentForm(_Preuve):
    """Un référent pour un territoire, ou pour tous ceux d’une région dans la phase en cours."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Opérateur",
        empty_label="Choisir un opérateur",
        error_messages={"required": "Choisissez l’opérateur."},
    )
    prenom = forms.CharField(label="Prénom", max_length=80, required=False, error_messages=LONG)
    nom = forms.CharField(
        label="Nom", max_length=120, error_messages=LONG | {"required": "Écrivez le nom du référent."}
    )
    rang = forms.ChoiceField(label="Rang", choices=RangReferent.choices)
    courriel = forms.EmailField(
        label="Courriel professionnel",
        required=False,
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit nom@domaine.fr."},
    )
    telephone = forms.CharField(
        label="Téléphone professionnel", max_length=30, required=False, error_messages=LONG
    )
    territoire = forms.CharField(
        label="Territoire",
        max_length=250,
        required=False,
        help_text="Son nom ou son identifiant (v2/ti-2701). Laissez vide pour toute une région.",
        widget=forms.TextInput(attrs={"list": "territoires-proposes", "autocomplete": "off"}),
    )
    region = forms.ModelChoiceField(
        Region.objects.order_by("nom"),
        label="Ou tous les territoires de la phase en cours dans cette région",
        required=False,
        empty_label="Aucune",
    )
    garder = forms.BooleanField(
        label="Laisser en place les titulaires déjà nommés",
        required=False,
        help_text="Sinon, rien n’est écrit si un territoire de la région a déjà un titulaire.",
    )

    def __init__(
        self, data: Any = None, *, organisations: Any, territoires: Any, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.territoires = territoires
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        self.order_fields(
            [
                "organisation",
                "prenom",
                "nom",
                "rang",
                "courriel",
                "telephone",
                "territoire",
                "region",
                "garder",
            ]
        )

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        texte, region = (donnees.get("territoire") or "").strip(), donnees.get("region")
        if texte and region:
            self.add_error("region", "Choisissez un territoire ou une région, pas les deux.")
        elif region:
            jour = aujourdhui()
            donnees["territoires"] = list(
                self.territoires.filter(regions=region, vague__debut__lte=jour)
                .filter(Q(vague__fin__isnull=True) | Q(vague__fin__gte=jour))
                .select_related("vague")
            )
            if not donnees["territoires"]:
                self.add_error(
                    "region", "Aucun territoire de cette région n’est à vous dans la phase en cours."
                )
        elif texte:
            donnees["territoires"] = self._find(texte)
        else:
            self.add_error("territoire", "Dites pour quel territoire, ou choisissez une région.")
        return donnees

    def _find(self, texte: str) -> list[Territoire]:
        vague, _, id_ti = texte.partition("/")
        if id_ti and vague[:1] == "v" and vague[1:].isdecimal():
            trouves = list(self.territoires.by_cle(vague, id_ti).select_related("vague"))
        else:
            trouves = list(
                find_territoires(self.territoires, texte)
                .select_related("vague")
                .order_by("-vague__numero")[:6]
            )
            exacts = [
                t for t in trouves if texte.casefold() in (t.nom.casefold(), f"{t.nom} ({t.cle})".casefold())
            ]
            trouves = exacts[:1] or trouves
        if len(trouves) == 1:
            return trouves
        if not trouves:
            self.add_error(
                "territoire",
                "Aucun territoire à vous ne porte ce nom. Essayez son identifiant, par exemple v2/ti-2701.",
            )
        else:
            noms = "\u00a0; ".join(f"{t.nom} ({t.cle})" for t in trouves)
            self.add_error(
                "territoire",
                f"Plusieurs territoires répondent à ce nom\u00a0: {noms}. Écrivez l’identifiant.",
            )
        return []
