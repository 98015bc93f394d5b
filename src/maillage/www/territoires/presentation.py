"""Ce que les pages du périmètre montrent : l’histoire lue du point de vue d’un territoire."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from maillage.socle.dates import format_bornes
from maillage.territoires.enums import Fiabilite, Mutation, Sens
from maillage.territoires.models import EvenementPerimetre, Territoire


@dataclass(frozen=True)
class MouvementVu:
    """« Entrent : CC A, CC B » ; `ailleurs` : l’autre territoire, quand ce n’est pas celui de la page."""

    sens: str
    noms: str
    ailleurs: Territoire | None
    precision: str


@dataclass(frozen=True)
class MutationVue:
    evenement: EvenementPerimetre
    titre: str
    quand: str
    mouvements: list[MouvementVu]
    autres: list[Territoire]

    @property
    def is_a_confirmer(self) -> bool:
        return self.evenement.fiabilite == Fiabilite.A_CONFIRMER

    @property
    def is_remplace(self) -> bool:
        return self.evenement.remplace_at is not None


def view_mutations(territoire: Territoire, evenements: Iterable[EvenementPerimetre]) -> list[MutationVue]:
    """L’histoire d’un territoire, chaque évènement avec ses mouvements regroupés."""
    return [_view(territoire, evenement) for evenement in evenements]


def _view(territoire: Territoire, evenement: EvenementPerimetre) -> MutationVue:
    groupes: dict[tuple[int, str, date, date], list[str]] = {}
    par_pk: dict[int, Territoire] = {}
    for m in evenement.mouvements.all():
        if m.remplace_at is not None and evenement.remplace_at is None:
            continue
        par_pk[m.territoire_id] = m.territoire
        nom = f"{m.nom} (site {m.site})" if m.site else m.nom
        groupes.setdefault((m.territoire_id, m.sens, m.debut, m.fin), []).append(nom)
    mouvements = []
    for (pk, sens, debut, fin), noms in sorted(
        groupes.items(), key=lambda g: (g[0][0] != territoire.pk, g[0][1])
    ):
        verbe = "Entre" if sens == Sens.ENTREE else "Sort"
        memes = (debut, fin) == (evenement.debut, evenement.fin)
        mouvements.append(
            MouvementVu(
                verbe + ("nt" if len(noms) > 1 and sens == Sens.ENTREE else "ent" if len(noms) > 1 else ""),
                ", ".join(noms),
                None if pk == territoire.pk else par_pk[pk],
                "" if memes else format_bornes(debut, fin),
            )
        )
    autres = [t for t in evenement.territoires.all() if t.pk != territoire.pk]
    titre = Mutation(evenement.mutation).label
    if evenement.mutation == Mutation.RENOMMAGE:
        titre = f"« {evenement.ancien_nom} » devient « {evenement.nouveau_nom} »"
    return MutationVue(evenement, titre, format_bornes(evenement.debut, evenement.fin), mouvements, autres)


def list_dates(evenements: Iterable[EvenementPerimetre]) -> list[date]:
    """Les jours où quelque chose a changé : bornes des évènements, du plus ancien au plus récent."""
    return sorted({jour for e in evenements for jour in (e.debut, e.fin)})
