"""Les délais de droit qui approchent : une attente par délai, ouverte au premier rappel, close quand l’acte est fait.

Rien n’est appliqué : une caducité, une demande réputée rejetée se constatent par quelqu’un, avec sa raison.
"""

from datetime import date

from django.urls import reverse

from calcul.financement.verdict import Echeance
from maillage.financement.models import LigneFinancement, PlanFinancement
from maillage.financement.policies import ORIGINES_ETAT
from maillage.financement.selectors import list_echeances
from maillage.notifications.actions import close_attente, open_attente
from maillage.notifications.models import Attente
from maillage.territoires.enums import RoleMandat

PREFIXE = "financement.delai."
LIBELLES = {
    "validite_demande": "Obtenir l’arrêté, ou déposer de nouveau la demande",
    "demande_prorogation": "Demander la prorogation si l’opération ne peut pas commencer à temps",
    "commencement": "Commencer l’opération, et déclarer son début",
    "achevement": "Achever l’opération, et déclarer son achèvement",
    "solde": "Demander le solde",
}


def is_a_rappeler(echeance: Echeance, jour: date) -> bool:
    """Le premier rappel est venu et l’acte reste à faire ; une possibilité éteinte ne se rappelle plus."""
    if echeance.is_tenue is not None or jour < min(echeance.rappels):
        return False
    return not (echeance.is_facultative and jour > echeance.limite)


def sync_echeances(*, plan: PlanFinancement, jour: date) -> int:
    """Ouvre et clôt les attentes des délais de droit de ce plan, tels qu’au `jour` ; rend combien restent ouvertes."""
    lignes = {
        str(ligne.pk): ligne
        for ligne in plan.lignes.filter(origine__in=ORIGINES_ETAT)
        .select_related("financeur", "precision")
        .prefetch_related("etapes", "annees")
    }
    if not lignes:
        return 0
    attendues = {
        (cle, echeance.code): echeance
        for cle, ligne in lignes.items()
        for echeance in list_echeances(ligne, jour=jour)
        if echeance.code in LIBELLES and is_a_rappeler(echeance, jour)
    }
    ouvertes = Attente.objects.ouvertes().filter(
        code__startswith=PREFIXE, objet_type=LigneFinancement._meta.label_lower, objet_id__in=lignes
    )
    for attente in ouvertes:
        echeance = attendues.pop((attente.objet_id, attente.code.removeprefix(PREFIXE)), None)
        if echeance is None or echeance.limite != attente.echeance:  # faite, ou prorogée
            close_attente(code=attente.code, objet=lignes[attente.objet_id])
        if echeance is not None and echeance.limite != attente.echeance:
            _open(plan, lignes[attente.objet_id], echeance)
    for (cle, _), echeance in attendues.items():
        _open(plan, lignes[cle], echeance)
    return ouvertes.all().count()


def _open(plan: PlanFinancement, ligne: LigneFinancement, echeance: Echeance) -> None:
    fiche = plan.fiche
    open_attente(
        code=PREFIXE + echeance.code,
        objet=ligne,
        role=RoleMandat.CHEF_PROJET,
        territoire=fiche.territoire.cle,
        territoire_nom=fiche.territoire.nom,
        libelle=f"{LIBELLES[echeance.code]} ({ligne.financeur})\u00a0: {fiche}",
        motif=echeance.phrase,
        url=reverse("ligne-detail", args=[ligne.pk]),
        depuis=min(echeance.rappels),
        echeance=echeance.limite,
    )
