"""Lectures des actes : fiches qui entrent ou restent dehors, qui doit signer, à quel acte appartient un fichier."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Abs

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Fonction
from maillage.contrats import policies
from maillage.contrats.enums import College, MoyenSignature, StatutActe
from maillage.contrats.models import Acte, ArretRemplace, Signataire
from maillage.contrats.permissions import ROLES_SIGNATAIRES
from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.fiches.models import FaitFiche, FicheAction, PlanActionsFiche, VersionFiche
from maillage.fiches.policies import STATUTS_AU_PLAN
from maillage.financement.selectors import get_montant_compte
from maillage.financement.selectors_plans import PlanLu
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


def fiches_a_inscrire(territoire: Territoire, *, au: date | None = None) -> QuerySet[FicheAction]:
    """Fiches qui entrent dans un acte du territoire arrêté au jour `au` (défaut : ce jour), dans leur ordre de présentation.

    Leur état le permet aujourd’hui et le permettait ce jour-là ; une action peut avoir commencé avant.
    """
    return (
        FicheAction.objects.filter(territoire=territoire, statut__in=STATUTS_AU_PLAN)
        .in_statuts(STATUTS_AU_PLAN, au=au or aujourdhui())
        .select_related("axe", "porteur", "territoire__region")
        .order_by("rang", "id")
    )


def fiches_ecartees(territoire: Territoire, *, au: date | None = None) -> list[tuple[FicheAction, str]]:
    """Fiches du territoire qui n’entrent pas dans un acte arrêté au jour `au`, avec la raison, dans leur ordre de présentation."""
    jour = au or aujourdhui()
    fiches = (
        FicheAction.objects.filter(territoire=territoire)
        .with_faits(jour)
        .exclude(pk__in=fiches_a_inscrire(territoire, au=jour).values("pk"))
        .order_by("rang", "id")
    )
    return [(fiche, _say_ecart(fiche, jour)) for fiche in fiches]


def _say_ecart(fiche: Any, jour: date) -> str:
    if fiche.statut not in STATUTS_AU_PLAN:
        return RAISONS_ECART[StatutFiche(fiche.statut)]
    if fiche.statut_au is None:
        return f"Elle n’existait pas encore le {format_jour(jour)}."
    return f"Le {format_jour(jour)}, elle était encore à l’état «\u00a0{StatutFiche(fiche.statut_au).label}\u00a0»."


def compute_empreinte_projet(
    acte: Acte, *, fiches: list[FicheAction], signataires: list[Signataire], plans: dict[int, PlanLu]
) -> str:
    """Résumé de ce qu’on va arrêter : versions du texte et des fiches, argent au jour dit, signataires. Un écart se voit.

    `plans` : ceux de `financement.selectors_plans.read_plans`, au jour de l’arrêt.
    """
    contenu = [
        acte.pk,
        acte.version,
        [[fiche.pk, fiche.version, _resume_plan(plans[fiche.pk])] for fiche in fiches],
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


def _resume_plan(lu: PlanLu) -> list[Any]:
    return [
        lu.bouclage.code.value,
        lu.plan.sans_besoin_motif,
        [[d.pk, d.nature, d.libelle, d.montant] for d in lu.depenses],
        [[ligne.pk, ligne.statut, get_montant_compte(ligne)] for ligne in lu.lignes],
    ]


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
    phrases += _find_faits_posterieurs(fiches, jour)
    if codes := [f.code for f in fiches if f.statut in (_S.RETENUE, _S.TRANSMISE)]:
        phrases.append(f"Fiches que la Région n’a pas encore validées\u00a0: {', '.join(codes)}.")
    return phrases


def _find_faits_posterieurs(fiches: list[FicheAction], jour: date) -> list[str]:
    """Ce qui a changé après le jour `jour` dans des fiches que l’acte annexe dans leur version présente."""
    faits = FaitFiche.objects.filter(
        fiche__in=fiches, champ__in=[ChampDate.MATURITE, ChampDate.AXE], date_effet__gt=jour
    ).select_related("fiche")
    return [
        f"{fait.fiche.code}\u00a0: «\u00a0{ChampDate(fait.champ).label}\u00a0» a changé le {format_jour(fait.date_effet)}, après la date "
        f"d’effet de l’acte\u00a0; il portera la valeur présente."
        for fait in faits.order_by("fiche__rang", "id")
    ]


def actes_with_signatures(actes: QuerySet[Acte]) -> QuerySet[Acte]:
    """Actes annotés de `parties` (organisations signataires), `signatures` attendues et `signees` données."""
    return actes.select_related("territoire__vague").annotate(
        parties=Count("signataires__organisation", distinct=True),
        signatures=Count("signataires", distinct=True),
        signees=Count("signataires", distinct=True, filter=Q(signataires__signe_at__isnull=False)),
    )


def get_attendus(acte: Acte, signataires: list[Signataire]) -> list[Signataire]:
    """Ceux dont c’est le tour de signer ; vide si l’acte ne se signe pas."""
    if acte.statut not in policies.A_SIGNER:
        return []
    tour = policies.get_tour(signataires)
    return [s for s in policies.find_restants(signataires) if s.ordre == tour]


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
    """Ce que dit une version, sans l’état ni les rubriques vides : une version ancienne ne les avait pas toutes."""
    return {
        cle: valeur
        for cle, valeur in version.contenu.items()
        if cle != "statut" and valeur not in ("", None, [])
    }


@dataclass(frozen=True)
class Verification:
    """Un fichier reconnu : l’acte dont il est la forme « PDF » ou « Word », et qui l’a signé."""

    acte: Acte
    forme: str
    signataires: list[Signataire]
    remplace: ArretRemplace | None = None


def find_acte_by_sha256(sha256: str) -> Verification | None:
    """L’acte arrêté ici dont le PDF ou le Word a cette empreinte (64 chiffres hexadécimaux) ; None s’il n’y en a pas.

    Un fichier repris avant toute signature est reconnu aussi, avec l’arrêt qu’il portait (`remplace`) et sans signataire.
    """
    empreinte = sha256.lower()
    acte = (
        Acte.objects.filter(
            Q(piece_pdf__sha256=empreinte)
            | Q(piece_word__sha256=empreinte)
            | Q(piece_cachet__sha256=empreinte)
        )
        .select_related("territoire__vague", "piece_pdf", "piece_word", "piece_cachet")
        .order_by("id")
        .first()
    )
    if acte is None or acte.piece_pdf is None:
        return _find_remplace(empreinte) or _find_preuve(empreinte)
    forme = "PDF" if acte.piece_pdf.sha256 == empreinte else "Word"
    if acte.piece_cachet and acte.piece_cachet.sha256 == empreinte:
        forme = "PDF scellé par la plateforme"
    return Verification(acte, forme, list(acte.signataires.select_related("organisation", "groupe")))


def _find_remplace(empreinte: str) -> Verification | None:
    remplace = (
        ArretRemplace.objects.filter(Q(piece_pdf__sha256=empreinte) | Q(piece_word__sha256=empreinte))
        .select_related("acte__territoire__vague", "piece_pdf", "piece_word")
        .first()
    )
    if remplace is None:
        return None
    forme = "PDF" if remplace.piece_pdf.sha256 == empreinte else "Word"
    return Verification(remplace.acte, forme, [], remplace)


def _find_preuve(empreinte: str) -> Verification | None:
    """Un fichier qui prouve une signature : la copie numérisée d’un acte sur papier, ou le PDF d’un autre parapheur."""
    signataire = (
        Signataire.objects.filter(piece_preuve__sha256=empreinte)
        .select_related("acte__territoire__vague", "acte__piece_pdf")
        .first()
    )
    if signataire is None:
        return None
    forme = (
        "PDF signé avec un certificat"
        if signataire.moyen == MoyenSignature.PDF
        else "copie numérisée, signée à la main"
    )
    return Verification(
        signataire.acte, forme, list(signataire.acte.signataires.select_related("organisation", "groupe"))
    )


# Octets communs qui rattachent un fichier à un acte : le début de tout PDF se ressemble.
_DEBUT_RECONNU = 1024


def find_acte_prolonge(contenu: bytes) -> tuple[Acte, str] | None:
    """L’acte dont ce PDF a été tiré, et ce qui lui est arrivé : « prolongé » (signé ou annoté ensuite), « tronqué » ou « modifié ».

    None si rien ne le rattache à un acte. On compare aux actes dont le fichier a une taille voisine.
    """
    for acte in _actes_de_taille_voisine(contenu):
        assert acte.piece_pdf is not None  # noqa: S101 - la requête n’en rend pas d’autre
        with acte.piece_pdf.fichier.open("rb") as fichier:
            arrete = fichier.read()
        if contenu.startswith(arrete):
            return acte, "prolonge"
        if len(contenu) >= _DEBUT_RECONNU and arrete.startswith(contenu):
            return acte, "tronque"
        if (
            contenu[:_DEBUT_RECONNU] == arrete[:_DEBUT_RECONNU]
            or contenu[-_DEBUT_RECONNU:] == arrete[-_DEBUT_RECONNU:]
        ):
            return acte, "modifie"
    return None


def _actes_de_taille_voisine(contenu: bytes) -> list[Acte]:
    """Les vingt actes dont le PDF a la taille la plus proche, sans les ouvrir tous."""
    taille = len(contenu)
    return list(
        Acte.objects.filter(piece_pdf__isnull=False, piece_pdf__taille__gte=taille // 4)
        .select_related("territoire__vague", "piece_pdf")
        .order_by(Abs(F("piece_pdf__taille") - taille), "id")[:20]
    )


def actes_of_fiche(fiche: FicheAction) -> QuerySet[Acte]:
    """Actes arrêtés ou signés qui annexent une version de cette fiche, le plus récent d’abord."""
    return (
        Acte.objects.filter(plan_actions__lignes__version__fiche=fiche)
        .exclude(statut=StatutActe.PROJET)
        .select_related("territoire__vague")
        .order_by("-id")
    )
