"""Les enveloppes à une date : annoncé et disponible (faits du financeur), promis et consommé (accords et versements
imputés). Montants en centimes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from maillage.comptes.models import Personne
from maillage.financement.enums import Mesure, NatureFaitEnveloppe
from maillage.financement.models import Enveloppe, FaitEnveloppe, LigneFinancement, Mouvement
from maillage.financement.permissions import ROLES_DECIDEURS
from maillage.socle.erreurs import ActionImpossible


@dataclass(frozen=True)
class EnveloppeLue:
    """Une enveloppe à une date. `annonce` et `disponible` : None tant que rien n’est inscrit."""

    enveloppe: Enveloppe
    annonce: int | None
    disponible: int | None
    promis: int
    consomme: int

    @property
    def plafond(self) -> int | None:
        """Ce qui borne les accords : le disponible, à défaut l’annoncé ; None sans l’un ni l’autre."""
        return self.disponible if self.disponible is not None else self.annonce

    @property
    def reste(self) -> int | None:
        """Ce qui peut encore être promis ; None quand rien ne borne."""
        return None if self.plafond is None else max(self.plafond - self.promis, 0)

    @property
    def depassement(self) -> int:
        return max(self.promis - self.plafond, 0) if self.plafond is not None else 0


def enveloppes_of(user: Any) -> QuerySet[Enveloppe]:
    """Les enveloppes des organisations au nom desquelles la personne décide."""
    if not isinstance(user, Personne):
        return Enveloppe.objects.none()
    return Enveloppe.objects.filter(financeur__in=user.get_organisation_ids(*ROLES_DECIDEURS)).select_related(
        "financeur", "region"
    )


def enveloppes_for(ligne: LigneFinancement, jour: date) -> QuerySet[Enveloppe]:
    """Les enveloppes qui peuvent payer cette ligne : même financeur, année de la décision, région du territoire ou toutes,
    dispositif de la ligne ou tous."""
    territoire = ligne.plan.fiche.territoire
    dispositif = Q(dispositif=None) | Q(dispositif=ligne.dispositif_id) if ligne.dispositif_id else Q()
    return Enveloppe.objects.filter(
        dispositif,
        Q(region=None) | Q(region=territoire.region_id),
        financeur=ligne.financeur_id,
        annee=jour.year,
        is_fictif=territoire.is_fictif,
    )


def find_enveloppe(ligne: LigneFinancement, jour: date) -> Enveloppe | None:
    """L’enveloppe de la ligne quand une seule convient (le même dispositif départage) ; None s’il n’y en a pas.

    ActionImpossible quand il faut choisir.
    """
    possibles = list(enveloppes_for(ligne, jour))
    memes = [un for un in possibles if un.dispositif_id and un.dispositif_id == ligne.dispositif_id]
    if len(memes) == 1:
        return memes[0]
    if len(possibles) > 1:
        raise ActionImpossible(
            "Plusieurs enveloppes peuvent payer cet accord\u00a0: choisissez-en une, ou «\u00a0hors enveloppe\u00a0».",
            champ="enveloppe",
        )
    return possibles[0] if possibles else None


def read_enveloppes(enveloppes: Iterable[Enveloppe], *, au: date | None = None) -> list[EnveloppeLue]:
    """Ces enveloppes au jour `au` (aujourd’hui et tout ce qui est connu, sans date), en deux requêtes."""
    enveloppes = list(enveloppes)
    jusqua = Q(jour__lte=au) if au else Q()
    faits: dict[tuple[int, str], int] = {}
    requete = FaitEnveloppe.objects.filter(enveloppe__in=enveloppes)
    for fait in (requete.filter(date_effet__lte=au) if au else requete).order_by("date_effet", "id"):
        faits[fait.enveloppe_id, fait.nature] = fait.montant
    sommes = {
        (ligne["enveloppe"], ligne["mesure"]): ligne["centimes"]
        for ligne in Mouvement.objects.filter(
            jusqua, enveloppe__in=enveloppes, mesure__in=[Mesure.ACCORDE, Mesure.VERSE]
        )
        .order_by()
        .values("enveloppe", "mesure")
        .annotate(centimes=Sum("centimes"))
    }
    return [
        EnveloppeLue(
            un,
            faits.get((un.pk, NatureFaitEnveloppe.ANNONCEE)),
            faits.get((un.pk, NatureFaitEnveloppe.DISPONIBLE)),
            sommes.get((un.pk, Mesure.ACCORDE), 0),
            sommes.get((un.pk, Mesure.VERSE), 0),
        )
        for un in enveloppes
    ]


def read_enveloppe(enveloppe: Enveloppe, *, au: date | None = None) -> EnveloppeLue:
    return read_enveloppes([enveloppe], au=au)[0]
