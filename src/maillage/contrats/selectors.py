"""Lectures des actes : fiches qui entrent ou restent dehors, qui doit signer, à quel acte appartient un fichier."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Fonction
from maillage.contrats import policies
from maillage.contrats.enums import College, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.permissions import ROLES_SIGNATAIRES
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction, PlanActionsFiche, VersionFiche
from maillage.fiches.policies import STATUTS_AU_PLAN
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire

_S = StatutFiche
# Pourquoi une fiche dans cet état n’entre pas dans un acte ; la table couvre tous les autres états (tests/contrats).
RAISONS_ECART: dict[StatutFiche, str] = {
    _S.IDEE: "C’est encore une idée\u00a0: donnez-lui un code et un axe, puis proposez-la au comité de projet.",
    _S.BROUILLON: "Elle n’a pas encore été proposée au comité de projet.",
    _S.PROPOSEE: "Le comité de projet ne l’a pas encore retenue.",
    _S.A_COMPLETER: "La Région attend des compléments.",
    _S.REFUSEE: "La Région l’a refusée.",
    _S.REALISEE: "Elle est déjà réalisée.",
    _S.EVALUEE: "Elle est déjà évaluée.",
    _S.ABANDONNEE: "Elle est abandonnée.",
}


def fiches_a_inscrire(territoire: Territoire) -> QuerySet[FicheAction]:
    """Fiches qui entrent dans un acte du territoire, dans leur ordre de présentation ; une action peut avoir commencé avant."""
    return (
        FicheAction.objects.filter(territoire=territoire, statut__in=STATUTS_AU_PLAN)
        .select_related("axe", "porteur")
        .order_by("rang", "id")
    )


def fiches_ecartees(territoire: Territoire) -> list[tuple[FicheAction, str]]:
    """Fiches du territoire qui n’entrent pas dans un acte, chacune avec la raison, dans leur ordre de présentation."""
    fiches = (
        FicheAction.objects.filter(territoire=territoire)
        .exclude(statut__in=STATUTS_AU_PLAN)
        .order_by("rang", "id")
    )
    return [(fiche, RAISONS_ECART[StatutFiche(fiche.statut)]) for fiche in fiches]


def compute_empreinte_projet(acte: Acte, *, fiches: list[FicheAction], signataires: list[Signataire]) -> str:
    """Résumé de ce qu’on va arrêter : version du texte, des fiches, et liste des signataires. Un écart se voit."""
    contenu = [
        acte.pk,
        acte.version,
        [[fiche.pk, fiche.version] for fiche in fiches],
        [
            [
                s.pk,
                s.organisation_id,
                s.nom,
                s.qualite,
                s.college,
                s.ordre,
                s.deliberation,
                str(s.deliberation_le),
            ]
            for s in signataires
        ],
    ]
    return hashlib.sha256(json.dumps(contenu).encode()).hexdigest()


def find_organisations_with_compte(signataires: Iterable[Signataire]) -> set[int]:
    """Clés des organisations signataires dont quelqu’un peut, aujourd’hui, signer avec son compte."""
    return set(
        Fonction.objects.at(aujourdhui())
        .filter(
            organisation__in={s.organisation_id for s in signataires},
            role__in=ROLES_SIGNATAIRES,
            personne__is_active=True,
            personne__email__isnull=False,
        )
        .values_list("organisation", flat=True)
    )


def find_sans_moyen(signataires: list[Signataire]) -> list[Signataire]:
    """Ceux qui ne pourraient pas signer : ni compte dans leur organisation, ni lien qu’on puisse leur envoyer."""
    comptes = find_organisations_with_compte(signataires)
    return [s for s in signataires if s.organisation_id not in comptes and not can_send_lien(s, comptes)]


def can_send_lien(signataire: Signataire, comptes: set[int]) -> bool:
    """Vrai si son lien personnel peut lui être envoyé ; `comptes` : celui de `find_organisations_with_compte`."""
    try:
        policies.check_can_send_lien(signataire, has_compte=signataire.organisation_id in comptes)
    except ActionImpossible:
        return False
    return True


COLLEGES_ATTENDUS: dict[str, College] = {
    TypeOrganisation.EPCI: College.INTERCOMMUNALITES,
    TypeOrganisation.REGION: College.PUBLICS,
    TypeOrganisation.ETAT: College.PUBLICS,
    TypeOrganisation.OPERATEUR: College.PUBLICS,
    TypeOrganisation.ENTREPRISE: College.ECONOMIQUES,
    TypeOrganisation.CLUSTER: College.ECONOMIQUES,
    TypeOrganisation.CHAMBRE: College.ECONOMIQUES,
}


def find_a_verifier(*, signataires: list[Signataire], fiches: list[FicheAction], jour: date) -> list[str]:
    """Ce qui étonne dans un projet sans empêcher de l’arrêter au jour `jour` : une phrase par constat."""
    phrases = []
    for s in signataires:
        organisation = s.organisation
        if not s.nom:
            phrases.append(f"{organisation}\u00a0: le nom du ou de la signataire manque.")
        if organisation.type in (TypeOrganisation.EPCI, TypeOrganisation.REGION) and not s.deliberation:
            phrases.append(f"{organisation}\u00a0: aucune délibération n’autorise la signature.")
        if s.deliberation_le and s.deliberation_le > jour:
            phrases.append(
                f"{organisation}\u00a0: la délibération est du {format_jour(s.deliberation_le)}, après la date d’effet de l’acte "
                f"({format_jour(jour)})."
            )
        attendu = COLLEGES_ATTENDUS.get(organisation.type)
        if attendu and s.college != attendu:
            phrases.append(
                f"{organisation} ({organisation.get_type_display()}) est rangée parmi «\u00a0{s.get_college_display()}\u00a0»\u00a0; "
                f"on l’attend parmi «\u00a0{attendu.label}\u00a0»."
            )
    if codes := [f.code for f in fiches if f.statut in (_S.RETENUE, _S.TRANSMISE)]:
        phrases.append(f"Fiches que la Région n’a pas encore validées\u00a0: {', '.join(codes)}.")
    return phrases


def actes_with_signatures(actes: QuerySet[Acte]) -> QuerySet[Acte]:
    """Actes annotés de `parties` (organisations signataires), `signatures` attendues et `signees` données."""
    return actes.select_related("territoire__vague").annotate(
        parties=Count("signataires__organisation", distinct=True),
        signatures=Count("signataires", distinct=True),
        signees=Count("signataires", distinct=True, filter=Q(signataires__signe_at__isnull=False)),
    )


def get_attendus(acte: Acte, signataires: list[Signataire]) -> list[Signataire]:
    """Ceux dont c’est le tour de signer ; vide si l’acte ne se signe pas."""
    if acte.statut not in (StatutActe.ARRETE, StatutActe.SIGNE_PARTIELLEMENT):
        return []
    tour = policies.get_tour(signataires)
    return [s for s in signataires if s.ordre == tour and s.signe_at is None]


def find_fiches_changees(lignes: list[PlanActionsFiche]) -> set[int]:
    """Clés des fiches dont le contenu n’est plus celui que le plan a figé ; un simple changement d’état ne compte pas."""
    presentes = VersionFiche.objects.filter(
        fiche__in=[ligne.version.fiche_id for ligne in lignes], numero=F("fiche__version")
    )
    contenus = {version.fiche_id: _get_texte(version) for version in presentes}
    return {
        ligne.version.fiche_id
        for ligne in lignes
        if contenus.get(ligne.version.fiche_id) != _get_texte(ligne.version)
    }


def _get_texte(version: VersionFiche) -> dict[str, Any]:
    return {cle: valeur for cle, valeur in version.contenu.items() if cle != "statut"}


@dataclass(frozen=True)
class Verification:
    """Un fichier reconnu : l’acte dont il est la forme « PDF » ou « Word », et qui l’a signé."""

    acte: Acte
    forme: str
    signataires: list[Signataire]


def find_acte_by_sha256(sha256: str) -> Verification | None:
    """L’acte arrêté ici dont le PDF ou le Word a cette empreinte (64 chiffres hexadécimaux) ; None s’il n’y en a pas."""
    empreinte = sha256.lower()
    acte = (
        Acte.objects.filter(Q(piece_pdf__sha256=empreinte) | Q(piece_word__sha256=empreinte))
        .select_related("territoire__vague", "piece_pdf", "piece_word")
        .order_by("id")
        .first()
    )
    if acte is None or acte.piece_pdf is None:
        return None
    forme = "PDF" if acte.piece_pdf.sha256 == empreinte else "Word"
    return Verification(acte, forme, list(acte.signataires.select_related("organisation")))


def actes_of_fiche(fiche: FicheAction) -> QuerySet[Acte]:
    """Actes arrêtés ou signés qui annexent une version de cette fiche, le plus récent d’abord."""
    return (
        Acte.objects.filter(plan_actions__lignes__version__fiche=fiche)
        .exclude(statut=StatutActe.PROJET)
        .select_related("territoire__vague")
        .order_by("-id")
    )
