"""Lectures du financement : le plan tel que `calcul` le lit, le bouclage, l’argent à une date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum

from calcul.financement import modele
from calcul.financement.bouclage import Bouclage, CodeBouclage, compute_bouclage
from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.financement.enums import Mesure, StatutLigne
from maillage.financement.models import LigneFinancement, Mouvement, PlanFinancement
from maillage.financement.policies import OBTENUS, PERDUS
from maillage.socle.horloge import aujourdhui

LIBELLES_BOUCLAGE: dict[str, str] = {
    CodeBouclage.NON_CHIFFREE.value: "Non chiffrée",
    CodeBouclage.SANS_BESOIN.value: "Sans besoin financier",
    CodeBouclage.A_COMPLETER.value: "À compléter",
    CodeBouclage.PRESENTE.value: "Présenté, en attente des financeurs",
    CodeBouclage.PARTIELLEMENT_CONFIRME.value: "Partiellement confirmé",
    CodeBouclage.BOUCLE.value: "Bouclé",
    CodeBouclage.BOUCLAGE_EMPECHE.value: "Bouclage empêché",
}

CERTITUDES: dict[StatutLigne, modele.CertitudeLigne] = (
    {
        StatutLigne.PRESSENTI: modele.CertitudeLigne.PRESSENTI,
        StatutLigne.SOLLICITE: modele.CertitudeLigne.DEMANDE,
        StatutLigne.DOSSIER_COMPLET: modele.CertitudeLigne.DEMANDE,
        StatutLigne.ANNONCE: modele.CertitudeLigne.DEMANDE,
        StatutLigne.ATTESTE: modele.CertitudeLigne.ATTESTE,
    }
    | dict.fromkeys(OBTENUS, modele.CertitudeLigne.ACCORDE)
    | dict.fromkeys(PERDUS, modele.CertitudeLigne.EXCLU)
)


def get_montant_compte(ligne: LigneFinancement) -> int:
    """Le montant qui compte aujourd’hui (centimes) : accordé s’il l’est, attesté, demandé, sinon pressenti."""
    statut = StatutLigne(ligne.statut)
    if statut in OBTENUS:
        return ligne.montant_accorde
    if statut is StatutLigne.ATTESTE:
        return ligne.montant_atteste
    if statut is StatutLigne.ANNONCE:
        return ligne.montant_annonce
    return ligne.montant_demande or ligne.montant_pressenti


def to_calcul(
    plan: PlanFinancement, *, jour: date, lignes: Iterable[LigneFinancement] | None = None
) -> modele.Plan:
    """Le plan dans la langue de `calcul` ; l’outre-mer se lit sur la région du territoire."""
    lignes = plan.lignes.select_related("financeur") if lignes is None else lignes
    return modele.Plan(
        cout_total=plan.cout_total,
        depense_eligible=plan.depense_eligible,
        lignes=tuple(
            modele.Ligne(
                identifiant=str(ligne.pk),
                financeur=ligne.financeur.nom,
                nature=modele.NatureLigne(ligne.nature),
                origine=modele.OrigineFinanceur(ligne.origine),
                montant=get_montant_compte(ligne),
                etat=CERTITUDES[StatutLigne(ligne.statut)],
            )
            for ligne in lignes
        ),
        porteur=modele.TypePorteur(plan.type_porteur),
        est_investissement=plan.is_investissement,
        outre_mer=plan.fiche.territoire.region.zone != "metro",
        exception_participation=plan.exception_participation,
        jour=jour,
    )


def compute_bouclage_plan(plan: PlanFinancement, *, jour: date | None = None) -> Bouclage:
    """Où en est le plan, avec la phrase qui dit ce qui manque et les verdicts des règles du jour."""
    return compute_bouclage(
        to_calcul(plan, jour=jour or aujourdhui(), lignes=list(plan.lignes.select_related("financeur"))),
        sans_besoin=plan.sans_besoin_depuis is not None,
    )


@dataclass(frozen=True)
class Barre:
    """La barre de financement, à toute échelle (centimes) : obtenu, attesté, demandé, pressenti, reste à trouver."""

    cout: int
    obtenu: int
    atteste: int
    demande: int
    pressenti: int

    @property
    def reste(self) -> int:
        return max(self.cout - self.obtenu - self.atteste - self.demande - self.pressenti, 0)

    @property
    def total(self) -> int:
        return self.obtenu + self.atteste + self.demande + self.pressenti + self.reste

    def __add__(self, autre: "Barre") -> "Barre":
        return Barre(
            self.cout + autre.cout,
            self.obtenu + autre.obtenu,
            self.atteste + autre.atteste,
            self.demande + autre.demande,
            self.pressenti + autre.pressenti,
        )


ZERO = Barre(0, 0, 0, 0, 0)


def compute_barre(plan: PlanFinancement) -> Barre:
    """La barre d’un plan dont les lignes sont déjà lues (prefetch « lignes »)."""
    sommes = dict.fromkeys(modele.CertitudeLigne, 0)
    for ligne in plan.lignes.all():
        if ligne.nature != modele.NatureLigne.GARANTIE:
            sommes[CERTITUDES[StatutLigne(ligne.statut)]] += get_montant_compte(ligne)
    C = modele.CertitudeLigne  # noqa: N806
    return Barre(
        plan.cout_total, sommes[C.ACCORDE], sommes[C.ATTESTE], sommes[C.DEMANDE], sommes[C.PRESSENTI]
    )


def plans_with_lignes(plans: QuerySet[PlanFinancement]) -> QuerySet[PlanFinancement]:
    """Plans prêts à afficher, en un nombre constant de requêtes."""
    return plans.select_related(
        "fiche__territoire__vague", "fiche__territoire__region", "fiche__axe"
    ).prefetch_related(
        Prefetch("lignes", LigneFinancement.objects.select_related("financeur").order_by("id")), "depenses"
    )


def lignes_of_financeur(user: Any) -> QuerySet[LigneFinancement]:
    """Lignes adressées aux organisations au nom desquelles la personne décide ; « pressenti » n’est encore adressé à personne."""
    if not isinstance(user, Personne):
        return LigneFinancement.objects.none()
    roles = [role for role, r in ROLES_ORGANISATION.items() if Permission.LIGNE_DECIDE in r.permissions]
    return (
        LigneFinancement.objects.filter(financeur__in=user.get_organisation_ids(*roles))
        .exclude(statut=StatutLigne.PRESSENTI)
        .exclude(statut=StatutLigne.RETIRE, montant_demande=0)
    )


def sum_mouvements(ligne: LigneFinancement, mesure: Mesure, au: date) -> int:
    """Une mesure d’une ligne à une date (centimes), rejouée depuis ses mouvements."""
    somme = Mouvement.objects.filter(ligne=ligne, mesure=mesure, jour__lte=au).aggregate(s=Sum("centimes"))[
        "s"
    ]
    return somme or 0
