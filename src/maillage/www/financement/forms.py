"""Formulaires du financement : dépenses, lignes, cadre du plan, pas d’une ligne, lien personnel. Montants en centimes."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from calcul.financement.modele import get_exceptions
from calcul.montants import format_montant
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.documents.formats import TYPES_PIECES
from maillage.fiches.models import FicheAction
from maillage.financement.enums import (
    NatureDepense,
    NatureLigne,
    OrigineFinanceur,
    StatutLigne,
    TypePorteur,
    TypeService,
)
from maillage.financement.models import Enveloppe, LigneDepense, LigneFinancement, PlanFinancement
from maillage.financement.policies import (
    DEMANDE_MOTIF,
    DEMANDE_PIECE,
    PARTS_PROPRES,
    Main,
    get_montant_revu,
    get_transitions,
    get_type_of_porteur,
    needs_montant,
)
from maillage.financement.selectors import financeurs_for, find_organisations_proches, get_montant_compte
from maillage.financement.selectors_enveloppes import enveloppes_for
from maillage.socle.champs import MontantFormField
from maillage.socle.horloge import aujourdhui
from maillage.www.champs import DateEffetField, JourField

S = StatutLigne
AIDE_MONTANT = "En euros, par exemple 40 000 ou 1,25 M€."
REQUIS_MONTANT = {"required": "Indiquez un montant, par exemple 40 000."}
FICHIER_PERDU = (
    "Choisissez de nouveau le fichier\u00a0: le navigateur ne le garde pas quand un formulaire est refusé. Le reste de votre "
    "saisie est conservé."
)


AUCUN_PROCHE = "aucun"
HORS_ENVELOPPE = "hors"


class DepenseForm(forms.Form):
    nature = forms.ChoiceField(label="Nature", choices=NatureDepense.choices)
    libelle = forms.CharField(
        label="Libellé",
        max_length=200,
        error_messages={"required": "Dites ce qui est acheté ou payé.", "max_length": "Au plus 200 signes."},
    )
    montant = MontantFormField(label="Montant", help_text=AIDE_MONTANT, error_messages=REQUIS_MONTANT)
    annee = forms.IntegerField(
        label="Année",
        required=False,
        min_value=2000,
        max_value=2100,
        error_messages={
            "invalid": "Écrivez l’année en quatre chiffres.",
            "min_value": "L’année est entre 2000 et 2100.",
            "max_value": "L’année est entre 2000 et 2100.",
        },
    )

    def __init__(self, data: Any = None, *, depense: LigneDepense | None = None) -> None:
        initial = {}
        if depense:
            initial = {
                "nature": depense.nature,
                "libelle": depense.libelle,
                "montant": depense.montant,
                "annee": depense.annee,
            }
        super().__init__(data, prefix="depense", initial=initial)


class LigneForm(forms.Form):
    nature = forms.ChoiceField(
        label="Nature", choices=[choix for choix in NatureLigne.choices if choix[0] != NatureLigne.SERVICE]
    )
    montant = MontantFormField(
        label="Montant pressenti", help_text=AIDE_MONTANT, error_messages=REQUIS_MONTANT
    )
    dispositif_libelle = forms.CharField(
        label="Dispositif",
        max_length=200,
        required=False,
        help_text="Par exemple\u00a0: FNADT, fonds vert, appel à projets régional.",
        error_messages={"max_length": "Au plus 200 signes."},
    )
    origine = forms.ChoiceField(
        label="Origine de l’argent",
        required=False,
        choices=[("", "Celle du financeur (d’après son type)"), *OrigineFinanceur.choices],
        help_text="À préciser si ce n’est pas l’argent habituel du financeur\u00a0: une préfecture peut verser une dotation.",
    )
    nouveau_nom = forms.CharField(
        label="Nom du financeur à ajouter",
        max_length=200,
        required=False,
        error_messages={"max_length": "Au plus 200 signes."},
    )
    nouveau_type = forms.ChoiceField(
        label="Ce qu’il est", required=False, choices=[("", "Choisir un type"), *TypeOrganisation.choices]
    )
    nouveau_siren = forms.CharField(
        label="SIREN",
        required=False,
        help_text="Neuf chiffres, si vous le connaissez.",
        validators=[RegexValidator(r"^[0-9]{9}$", "Le SIREN s’écrit en neuf chiffres.")],
    )
    date_effet = JourField(
        label="Pressenti depuis le",
        required=False,
        help_text="Vide\u00a0: aujourd’hui. Une date passée permet ensuite d’inscrire les étapes anciennes.",
    )

    def __init__(self, data: Any = None, *, fiche: FicheAction) -> None:
        super().__init__(data, prefix="ligne")
        self.proches: list[Organisation] = []
        self.fields["financeur"] = forms.ModelChoiceField(
            financeurs_for(fiche),
            label="Financeur",
            empty_label="Choisir un financeur",
            help_text="Un financeur connu, ou le porteur de la fiche pour sa propre part.",
            error_messages={
                "required": "Choisissez qui paierait.",
                "invalid_choice": "Ce financeur n’est pas dans la liste\u00a0: choisissez-en un autre.",
            },
        )
        self.order_fields(["financeur", "nature", "montant", "dispositif_libelle", "origine", "date_effet"])

    def clean(self) -> dict[str, Any]:
        """Un financeur de la liste, ou un financeur à ajouter ; s’il ressemble à d’autres, ils sont proposés d’abord."""
        propre = super().clean() or {}
        nom, choisi = propre.get("nouveau_nom", ""), propre.get("financeur")
        if choisi and nom:
            self.add_error(
                "nouveau_nom",
                "Choisissez un financeur de la liste, ou ajoutez-en un\u00a0: videz l’un des deux.",
            )
        elif nom and not choisi:
            if self.has_error("financeur", "required"):  # il est à ajouter, non à choisir
                del self.errors["financeur"]
            propre["financeur"] = None
            self._clean_nouveau(propre, nom)
        return propre

    def _clean_nouveau(self, propre: dict[str, Any], nom: str) -> None:
        if not propre.get("nouveau_type"):
            self.add_error("nouveau_type", "Dites ce qu’est ce financeur.")
        self.proches = find_organisations_proches(nom, siren=propre.get("nouveau_siren", ""))
        reponse = self.data.get(self.add_prefix("proche"), "")
        if not self.proches or reponse == AUCUN_PROCHE:
            return
        connu = next((proche for proche in self.proches if str(proche.pk) == reponse), None)
        if connu is None:
            self.add_error(
                "nouveau_nom",
                "Des organisations connues ont un nom proche\u00a0: choisissez la bonne ci-dessous, ou dites qu’aucune ne l’est.",
            )
            return
        propre["financeur"], propre["nouveau_nom"] = connu, ""
        if "nouveau_type" in self.errors:
            del self.errors["nouveau_type"]


class ServiceForm(forms.Form):
    """Une demande sans argent : à qui, quoi, pour quoi."""

    service = forms.ChoiceField(label="Service", choices=TypeService.choices)
    objet = forms.CharField(
        label="Ce que vous demandez",
        max_length=300,
        help_text="Une phrase\u00a0: le besoin, le lieu, la date utile.",
        error_messages={"required": "Dites ce que vous demandez.", "max_length": "Au plus 300 signes."},
    )
    date_effet = JourField(label="Pressenti depuis le", required=False, help_text="Vide\u00a0: aujourd’hui.")

    def __init__(self, data: Any = None, *, fiche: FicheAction) -> None:
        super().__init__(data, prefix="service")
        self.fields["financeur"] = forms.ModelChoiceField(
            financeurs_for(fiche),
            label="Organisme",
            empty_label="Choisir un organisme",
            error_messages={
                "required": "Choisissez à qui vous le demandez.",
                "invalid_choice": "Cet organisme n’est pas dans la liste\u00a0: choisissez-en un autre.",
            },
        )
        self.order_fields(["financeur", "service", "objet", "date_effet"])


class CadreForm(forms.Form):
    """Ce qui décide des règles : qui porte, quelle opération, quelle dépense éligible, quelle exception."""

    version_lue = forms.IntegerField(widget=forms.HiddenInput)
    type_porteur = forms.ChoiceField(label="Type de porteur", required=False, choices=[])
    is_investissement = forms.BooleanField(
        label="Opération d’investissement",
        required=False,
        help_text="Décochez pour une dépense de fonctionnement.",
    )
    depense_eligible = MontantFormField(
        label="Dépense éligible prévue",
        required=False,
        help_text=f"Vide si elle n’est pas connue. {AIDE_MONTANT}",
    )
    exception_participation = forms.ChoiceField(
        label="Exception légale à la part minimale du porteur", required=False, choices=[]
    )

    def __init__(self, data: Any = None, *, plan: PlanFinancement) -> None:
        initial = {
            "version_lue": plan.version,
            "type_porteur": plan.type_porteur,
            "is_investissement": plan.is_investissement,
            "depense_eligible": plan.depense_eligible,
            "exception_participation": plan.exception_participation,
        }
        super().__init__(data, prefix="cadre", initial=initial)
        porteur = get_type_of_porteur(plan.fiche.porteur).label
        self.fields["type_porteur"].choices = [("", f"D’après le porteur ({porteur})"), *TypePorteur.choices]  # type: ignore[attr-defined]
        self.fields["exception_participation"].choices = [("", "Aucune"), *get_exceptions().items()]  # type: ignore[attr-defined]

    def build_conflit(self, *, plan: PlanFinancement) -> "CadreForm":
        """La même saisie, prête à être enregistrée de nouveau ; chaque champ qui diffère dit ce qui est enregistré."""
        donnees = dict(self.data.items())
        donnees[self.add_prefix("version_lue")] = str(plan.version)
        form = CadreForm(donnees, plan=plan)
        for champ in form.visible_fields():
            enregistre = form.initial[champ.name]
            if form.fields[champ.name].has_changed(enregistre, champ.data):
                form.add_error(
                    champ.name,
                    f"Enregistré entre-temps\u00a0: «\u00a0{_say(champ.field, enregistre)}\u00a0».",
                )
        return form


def _say(champ: forms.Field, valeur: Any) -> str:
    """Une valeur enregistrée, en mots."""
    if isinstance(champ, forms.ChoiceField):
        return str(dict(champ.choices)[valeur])  # type: ignore[arg-type]
    if isinstance(champ, forms.BooleanField):
        return "oui" if valeur else "non"
    return format_montant(valeur) if valeur is not None else "vide"


class SansBesoinForm(forms.Form):
    motif = forms.CharField(
        label="Pourquoi la fiche n’a pas besoin d’argent",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Dites pourquoi\u00a0: la fiche ne sera jamais comptée «\u00a0bouclée\u00a0»."
        },
    )
    date_effet = DateEffetField()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="sansbesoin")


LIBELLES_MONTANT: dict[StatutLigne, str] = {
    S.SOLLICITE: "Montant demandé",
    S.ANNONCE: "Montant annoncé",
    S.ATTESTE: "Montant écrit sur la pièce",
    S.ACCORDE: "Montant accordé",
    S.CONVENTIONNE: "Montant conventionné",
    S.VERSE_PARTIEL: "Somme versée ce jour",
    S.SOLDE: "Dernier versement",
}
AIDES_MONTANT: dict[StatutLigne, str] = {
    S.VERSE_PARTIEL: "La somme de ce versement seul, sans les précédents.",
    S.SOLDE: "La somme de ce versement seul\u00a0; 0 si tout est déjà versé. L’accord est ramené à ce qui est versé.",
}
LIBELLES_PIECE: dict[StatutLigne, str] = {
    S.ATTESTE: "Pièce reçue du financeur (lettre, arrêté, délibération)",
    S.ACCORDE: "Décision (arrêté, délibération, lettre d’accord)",
    S.CONVENTIONNE: "Convention signée",
    S.VERSE_PARTIEL: "Avis de paiement",
    S.SOLDE: "Avis de paiement ou certificat de solde",
}


LIBELLES_PIECE_SERVICE: dict[StatutLigne, str] = {
    S.ATTESTE: "Réponse reçue de l’organisme (lettre, courriel)",
    S.ACCORDE: "Réponse (lettre, courriel)",
    S.SOLDE: "Preuve du service rendu (livrable, compte rendu, décision)",
}


class MouvementLigneForm(forms.Form):
    """Un pas d’une ligne : seulement les champs que ce pas demande."""

    etape_lue = forms.IntegerField(widget=forms.HiddenInput)
    montant = MontantFormField(error_messages=REQUIS_MONTANT)
    fichier = forms.FileField(
        error_messages={
            "required": "Joignez la pièce\u00a0: sans elle, rien ne prouve ce pas.",
            "empty": "Le fichier est vide\u00a0: vérifiez-le, puis choisissez-le de nouveau.",
            "invalid": "Le fichier n’est pas arrivé\u00a0: choisissez-le de nouveau.",
            "missing": "Joignez la pièce\u00a0: sans elle, rien ne prouve ce pas.",
        }
    )
    date_effet = DateEffetField()
    numero_dossier = forms.CharField(label="Numéro de dossier", max_length=60, required=False)
    motif = forms.CharField(
        label="Motif",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Dites pourquoi\u00a0: le territoire et le financeur liront cette phrase."
        },
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        ligne: LigneFinancement,
        vers: StatutLigne,
        etape_lue: int,
    ) -> None:
        super().__init__(data, files, prefix=vers.value, initial={"etape_lue": etape_lue})
        if needs_montant(ligne, vers):
            montant = self.fields["montant"]
            montant.label, montant.help_text = LIBELLES_MONTANT[vers], AIDES_MONTANT.get(vers, AIDE_MONTANT)
            if vers not in (S.VERSE_PARTIEL, S.SOLDE):
                montant.initial = get_montant_compte(ligne)
        else:
            del self.fields["montant"]
        if vers in DEMANDE_PIECE:
            fichier = self.fields["fichier"]
            fichier.label = LIBELLES_PIECE_SERVICE[vers] if ligne.is_service else LIBELLES_PIECE[vers]
            mega = settings.TAILLE_MAX_PIECE // 2**20
            fichier.help_text = f"{mega} Mo au plus. Formats\u00a0: {', '.join(TYPES_PIECES)}."
            fichier.widget.attrs["accept"] = ",".join(f".{extension}" for extension in TYPES_PIECES)
        else:
            del self.fields["fichier"]
        self.enveloppes: dict[str, Enveloppe] = {}
        if vers is S.ACCORDE:
            self._add_accord(ligne)
        motif = self.fields["motif"]
        if vers is S.ACCORDE and not ligne.is_service:
            motif.required = False
            motif.help_text = "À écrire si vous accordez plus que le montant demandé."
        elif vers not in DEMANDE_MOTIF:
            del self.fields["motif"]
        if get_transitions(ligne).get(vers) is Main.FINANCEUR:
            self.fields["numero_dossier"].initial = ligne.numero_dossier
        else:
            del self.fields["numero_dossier"]

    def _add_accord(self, ligne: LigneFinancement) -> None:
        """Ce qu’un accord dit de plus : ses conditions, et l’enveloppe qui le paie s’il y en a."""
        self.fields["conditions"] = forms.CharField(
            label="Conditions",
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text="Ce que le porteur doit faire pour être payé. Elles se lisent sur la ligne et dans la lettre.",
            error_messages={"max_length": "Au plus 4 000 signes."},
        )
        if ligne.nature in PARTS_PROPRES or ligne.is_service or ligne.enveloppe_id:
            return
        self.enveloppes = {
            str(un.pk): un
            for un in enveloppes_for(ligne, aujourdhui()).select_related("region", "dispositif")
        }
        if self.enveloppes:
            self.fields["enveloppe"] = forms.ChoiceField(
                label="Enveloppe qui paie",
                required=False,
                choices=[
                    *((cle, str(un)) for cle, un in self.enveloppes.items()),
                    (HORS_ENVELOPPE, "Hors enveloppe"),
                ],
            )

    def get_champs(self) -> dict[str, Any]:
        """Ce que prend `actions.move_ligne`."""
        propre = dict(self.cleaned_data)
        choix = propre.pop("enveloppe", "")
        return propre | {
            "enveloppe": self.enveloppes.get(choix),
            "hors_enveloppe": choix == HORS_ENVELOPPE,
        }

    def say_fichier_perdu(self) -> None:
        """À appeler quand le formulaire revient avec des erreurs : un fichier choisi ne revient pas avec lui."""
        if "fichier" in self.fields and self.files:
            self.add_error("fichier", FICHIER_PERDU)


class RevisionForm(forms.Form):
    """Le territoire revoit ce qu’il pressent ou demande."""

    etape_lue = forms.IntegerField(widget=forms.HiddenInput)
    montant = MontantFormField(label="Nouveau montant", help_text=AIDE_MONTANT, error_messages=REQUIS_MONTANT)
    motif = forms.CharField(
        label="Motif",
        required=False,
        max_length=500,
        help_text="Le financeur le lira.",
        error_messages={"max_length": "Au plus 500 signes."},
    )
    date_effet = DateEffetField()

    def __init__(self, data: Any = None, *, ligne: LigneFinancement, etape_lue: int) -> None:
        initial = {"etape_lue": etape_lue, "montant": get_montant_revu(ligne)}
        super().__init__(data, prefix="revision", initial=initial)


class PartForm(MouvementLigneForm):
    """Le porteur confirme sa part : le montant, la preuve, le jour."""

    def __init__(
        self, data: Any = None, files: Any = None, *, ligne: LigneFinancement, etape_lue: int
    ) -> None:
        super().__init__(data, files, ligne=ligne, vers=S.ACCORDE, etape_lue=etape_lue)
        self.fields.pop("numero_dossier", None)
        self.fields.pop("conditions", None)
        self.fields["montant"].label = "Montant que nous payons"
        self.fields["fichier"].label = "Preuve (délibération, décision de dépense, attestation)"
        if ligne.montant_demande:
            self.fields["motif"].help_text = "À écrire si vous payez plus que le montant demandé."
        else:
            del self.fields["motif"]


class LienForm(forms.Form):
    nom = forms.CharField(
        label="Nom de la personne",
        max_length=150,
        error_messages={"required": "Donnez le nom de la personne.", "max_length": "Au plus 150 signes."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="lien")
