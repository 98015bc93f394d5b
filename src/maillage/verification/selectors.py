"""Lire une campagne : liens, réponses qui valent, résultats par fiche, nouvelles à donner."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.core import signing

from maillage.fiches.enums import ChampDate, StatutFiche
from maillage.fiches.models import FaitFiche, FicheAction
from maillage.verification.enums import Utilite
from maillage.verification.models import Besoin, Campagne, FicheVerifiee, ReponseEntreprise, Sollicitation
from maillage.verification.policies import SEUIL

_SEL = "verification.sollicitation"
_PHRASE = re.compile(r"[^.!?…]+[.!?…]+")
RESUME_MAX = 400


def make_jeton(sollicitation: Sollicitation) -> str:
    """Le jeton du lien d’une entreprise : signé, il ne s’invente pas ; fermé (`serie`), il n’ouvre plus."""
    return signing.Signer(salt=_SEL).sign_object([sollicitation.pk, sollicitation.serie])


def find_sollicitation(jeton: str) -> Sollicitation | None:
    """L’entreprise de ce jeton ; None s’il est faux ou fermé."""
    try:
        pk, serie = signing.Signer(salt=_SEL).unsign_object(jeton)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (
        Sollicitation.objects.filter(pk=pk, serie=serie, revoquee_at__isnull=True)
        .select_related("campagne__territoire__vague", "campagne__territoire__region")
        .first()
    )


def summarize(fiche: FicheAction) -> str:
    """Les deux premières phrases de la fiche, à relire : le titre, à défaut."""
    texte = " ".join(fiche.description.split())
    phrases = _PHRASE.findall(texte)[:2]
    resume = "".join(phrases).strip() or texte or fiche.titre
    return resume if len(resume) <= RESUME_MAX else f"{resume[: RESUME_MAX - 1]}…"


def list_reponses(campagne: Campagne) -> list[ReponseEntreprise]:
    """La dernière réponse de chaque entreprise à chaque fiche."""
    reponses = (
        ReponseEntreprise.objects.filter(sollicitation__campagne=campagne)
        .select_related("sollicitation")
        .order_by("id")
    )
    return list({(r.sollicitation_id, r.fiche_id): r for r in reponses}.values())


@dataclass
class Resultat:
    """Ce que les entreprises disent d’une fiche. Embauches et investissement sont des intentions, jamais des faits."""

    fiche: FicheVerifiee
    reponses: list[ReponseEntreprise] = field(default_factory=list)

    @property
    def utiles(self) -> int:
        return sum(r.utile == Utilite.OUI for r in self.reponses)

    @property
    def participants(self) -> int:
        return sum(r.participe for r in self.reponses)

    @property
    def embauches(self) -> int:
        return sum(r.embauches or 0 for r in self.reponses)

    @property
    def investissement(self) -> int:
        return sum(r.investissement or 0 for r in self.reponses)

    @property
    def manques(self) -> list[str]:
        return [r.manque for r in self.reponses if r.manque]

    @property
    def is_lisible(self) -> bool:
        """Assez de réponses pour qu’un total n’en désigne aucune."""
        return len(self.reponses) >= SEUIL


def list_resultats(campagne: Campagne) -> list[Resultat]:
    """Un résultat par fiche de la campagne, dans son ordre."""
    resultats = {
        fv.pk: Resultat(fv) for fv in campagne.fiches.select_related("fiche__territoire__vague", "fiche__axe")
    }
    for reponse in list_reponses(campagne):
        resultats[reponse.fiche_id].reponses.append(reponse)
    return list(resultats.values())


@dataclass(frozen=True)
class Suivi:
    """Une entreprise de la campagne : où elle en est."""

    sollicitation: Sollicitation
    reponses: int
    besoins: list[Besoin]

    @property
    def etat(self) -> str:
        s = self.sollicitation
        if s.revoquee_at:
            return "Lien fermé"
        if self.reponses or self.besoins:
            return "A répondu"
        if s.refusee_at:
            return "Ne souhaite pas répondre"
        if s.relances:
            return f"Relancée {s.relances} fois"
        return "Sollicitée" if s.envoyee_at else "À solliciter"


def list_suivis(campagne: Campagne) -> list[Suivi]:
    """Chaque entreprise et où elle en est, en un nombre constant de requêtes."""
    nombres: dict[int, int] = defaultdict(int)
    for reponse in list_reponses(campagne):
        nombres[reponse.sollicitation_id] += 1
    sollicitations = campagne.sollicitations.prefetch_related(
        "fiches__fiche", "besoins__fiche__territoire__vague"
    )
    return [Suivi(s, nombres[s.pk], list(s.besoins.all())) for s in sollicitations]


def has_repondu(sollicitation: Sollicitation) -> bool:
    return sollicitation.reponses.exists() or sollicitation.besoins.exists()


@dataclass(frozen=True)
class Nouvelle:
    """Où en est l’action dont une entreprise a parlé. `change` : l’état a bougé depuis les dernières nouvelles."""

    fiche: FicheAction
    etat: str
    depuis: date | None
    change: bool


def list_nouvelles(sollicitation: Sollicitation) -> list[Nouvelle]:
    """« Votre besoin → où il en est » : les fiches dont l’entreprise a parlé, et celles nées de ses besoins."""
    ids = {
        *sollicitation.reponses.values_list("fiche__fiche", flat=True),
        *sollicitation.besoins.exclude(fiche=None).values_list("fiche", flat=True),
    }
    fiches = FicheAction.objects.filter(pk__in=ids).select_related("territoire__vague").order_by("rang", "id")
    return _describe(fiches, sollicitation.nouvelles_au)


def _describe(fiches: Iterable[FicheAction], jusqu_au: date | None) -> list[Nouvelle]:
    fiches = list(fiches)
    derniers = {
        fait.fiche_id: fait
        for fait in FaitFiche.objects.filter(fiche__in=fiches, champ=ChampDate.STATUT).order_by(
            "date_effet", "id"
        )
    }
    return [
        Nouvelle(
            fiche,
            StatutFiche(fiche.statut).label,
            derniers[fiche.pk].date_effet if fiche.pk in derniers else None,
            jusqu_au is not None
            and fiche.pk in derniers
            and derniers[fiche.pk].enregistre_at.date() > jusqu_au,
        )
        for fiche in fiches
    ]
