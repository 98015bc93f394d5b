"""Où en est une cérémonie : lu des signatures données, donc jamais perdu."""

from dataclasses import dataclass
from datetime import date

from maillage.contrats import policies
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, ActeCeremonie, Ceremonie, Signataire
from maillage.contrats.selectors import get_attendus
from maillage.territoires.models import Territoire


@dataclass(frozen=True)
class LigneCeremonie:
    """Un acte de la cérémonie, ses signatures, qui est attendu maintenant et qui est dans la salle."""

    ligne: ActeCeremonie
    acte: Acte
    signataires: list[Signataire]
    attendus: list[Signataire]
    presents: set[int]

    @property
    def signees(self) -> int:
        return sum(1 for signataire in self.signataires if signataire.signe_at)

    @property
    def restantes(self) -> int:
        return len(policies.find_restants(self.signataires))

    @property
    def is_signe(self) -> bool:
        return self.acte.statut == StatutActe.SIGNE

    @property
    def absents(self) -> list[Signataire]:
        """Ceux qui doivent encore signer et qu’on n’a pas vus dans la salle."""
        return [s for s in policies.find_restants(self.signataires) if s.pk not in self.presents]


def read_ceremonie(ceremonie: Ceremonie) -> list[LigneCeremonie]:
    """Les actes de la cérémonie dans l’ordre, en un nombre constant de requêtes."""
    lignes = list(
        ceremonie.lignes.select_related("acte__territoire__vague", "acte__piece_pdf").order_by("rang", "id")
    )
    par_acte: dict[int, list[Signataire]] = {}
    for signataire in Signataire.objects.filter(acte__in=[ligne.acte_id for ligne in lignes]).select_related(
        "organisation", "groupe"
    ):
        par_acte.setdefault(signataire.acte_id, []).append(signataire)
    presents = set(ceremonie.presences.values_list("signataire", flat=True))
    lues = []
    for ligne in lignes:
        signataires = par_acte.get(ligne.acte_id, [])
        lues.append(
            LigneCeremonie(ligne, ligne.acte, signataires, get_attendus(ligne.acte, signataires), presents)
        )
    return lues


def get_courant(lignes: list[LigneCeremonie]) -> LigneCeremonie | None:
    """L’acte qu’on signe maintenant : le premier qui reste à signer ; None s’il n’y en a plus."""
    return next((ligne for ligne in lignes if ligne.acte.statut in policies.A_SIGNER), None)


@dataclass(frozen=True)
class CompteSignes:
    """Territoires d’une région et d’une phase qui ont au moins un acte signé ou constaté, sur ceux qu’elle compte."""

    signes: int
    total: int


def count_signes(ceremonie: Ceremonie, au: date | None = None) -> CompteSignes:
    """« 13 sur 15 » : territoires chefs de file dans la région, fictifs ou réels comme la cérémonie, au jour dit (défaut : présent)."""
    territoires = Territoire.objects.filter(
        region=ceremonie.region_id, vague=ceremonie.vague_id, is_fictif=ceremonie.is_fictif
    )
    signes = Acte.objects.filter(
        territoire__in=territoires.values("pk"), statut__in=[StatutActe.SIGNE, StatutActe.CONSTATE]
    )
    if au is not None:
        signes = signes.filter(date_fin__lte=au)
    return CompteSignes(signes.values("territoire").distinct().count(), territoires.count())
