"""Ce que l’état d’une séance permet, et ce qu’une règle de quorum ou de parité donne.

Par défaut il n’y a pas de règle : toute décision en est une. Un comité absent n’empêche jamais rien (conception § 4.8).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from maillage.gouvernance.enums import (
    SUR_UNE_FICHE,
    NatureComite,
    NatureDecision,
    Parite,
    Portee,
    Qualite,
    SansQuorum,
    Sens,
    StatutSeance,
)
from maillage.gouvernance.models import Comite, MembreComite, RegleComite, Seance
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible

S, N = StatutSeance, NatureDecision
PREMIERE_ANNEE = 2018  # le programme s’ouvre le 22 novembre 2018

TRANSITIONS: dict[StatutSeance, tuple[StatutSeance, ...]] = {
    S.EN_PREPARATION: (S.CONVOQUEE, S.OUVERTE, S.ANNULEE),
    S.CONVOQUEE: (S.OUVERTE, S.ANNULEE),
    S.OUVERTE: (S.TENUE,),
    S.TENUE: (),
    S.ANNULEE: (),
}
VERBES = {
    S.CONVOQUEE: "convoquer",
    S.OUVERTE: "ouvrir",
    S.TENUE: "clore",
    S.ANNULEE: "annuler",
}
# Ce qu’un comité peut décider ici, selon son échelon. Le comité local ne décide pas à la place de la Région.
NATURES_REGION = (N.PLAN_VALIDE, N.LIBRE)
NATURES_NATION = (N.LIBRE,)


def get_natures_decision(comite: Comite) -> tuple[NatureDecision, ...]:
    if comite.region_id:
        return NATURES_REGION
    return tuple(N) if comite.territoire_id else NATURES_NATION


def check_can_move(seance: Seance, vers: StatutSeance) -> None:
    if vers not in TRANSITIONS[S(seance.statut)]:
        raise ActionImpossible(
            f"Une séance «\u00a0{S(seance.statut).label.lower()}\u00a0» ne peut pas être «\u00a0{S(vers).label.lower()}\u00a0»."
        )


def can_move(seance: Seance, vers: StatutSeance) -> bool:
    return vers in TRANSITIONS[S(seance.statut)]


def can_prepare(seance: Seance) -> bool:
    """Vrai tant que la date, le lieu et l’ordre du jour peuvent changer."""
    return seance.statut in (S.EN_PREPARATION, S.CONVOQUEE)


def check_can_prepare(seance: Seance) -> None:
    if not can_prepare(seance):
        raise ActionImpossible(
            f"La séance est «\u00a0{S(seance.statut).label.lower()}\u00a0»\u00a0: sa date et son lieu ne changent plus."
        )


def check_can_open(seance: Seance, aujourdhui: date) -> None:
    """On n’ouvre pas une séance avant son jour."""
    check_can_move(seance, S.OUVERTE)
    if seance.jour > aujourdhui:
        raise ActionImpossible(
            f"La séance est prévue le {format_jour(seance.jour)}\u00a0: ouvrez-la ce jour-là, ou changez sa date."
        )


def can_record(seance: Seance, *, has_releve: bool) -> bool:
    """Vrai tant qu’on peut relever des présences et des décisions : séance ouverte ou tenue, relevé non arrêté."""
    return seance.statut in (S.OUVERTE, S.TENUE) and not has_releve


def check_can_record(seance: Seance, *, has_releve: bool) -> None:
    if has_releve:
        raise ActionImpossible(
            "Le relevé de décisions est arrêté\u00a0: présences et décisions ne changent plus. Une nouvelle décision se prend à une "
            "autre séance."
        )
    if not can_record(seance, has_releve=has_releve):
        raise ActionImpossible(
            f"La séance est «\u00a0{S(seance.statut).label.lower()}\u00a0»\u00a0: ouvrez-la pour relever les présences et les décisions."
        )


def check_nature(comite: Comite, nature: NatureDecision, *, has_fiche: bool, has_territoire: bool) -> None:
    """Ce qu’une décision doit porter : une fiche, ou le territoire dont un COPIL régional valide le plan."""
    if nature not in get_natures_decision(comite):
        raise ActionImpossible(
            f"«\u00a0{NatureDecision(nature).label}\u00a0» ne se décide pas au {comite.nom}."
        )
    if nature in SUR_UNE_FICHE and not has_fiche:
        raise ActionImpossible("Choisissez la fiche sur laquelle porte la décision.")
    if nature == N.PLAN_VALIDE and comite.region_id and not has_territoire:
        raise ActionImpossible("Choisissez le territoire dont le comité valide le plan d’actions.")


def check_nature_comite(comite_nature: NatureComite, *, has_territoire: bool, has_region: bool) -> None:
    attendu = {
        NatureComite.COPIL_REGIONAL: (False, True),
        NatureComite.COPIL_NATIONAL: (False, False),
    }.get(NatureComite(comite_nature), (True, False))
    if (has_territoire, has_region) != attendu:
        raise ActionImpossible(
            f"«\u00a0{NatureComite(comite_nature).label}\u00a0» n’est pas un comité de cet échelon\u00a0: un COPIL régional est celui d’une "
            "Région, un COPIL national celui de la nation, les autres ceux d’un territoire."
        )


# --- quorum et parité ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EtatCollege:
    """Les voix d’un collège : sièges, et sièges tenus par quelqu’un de présent."""

    nom: str
    sieges: int
    presentes: int


@dataclass(frozen=True)
class EtatQuorum:
    """Où en est une séance. `requis` vide : pas de quorum. `is_paritaire` vide : pas deux collèges à comparer."""

    sieges: int
    presentes: int
    requis: int | None
    is_atteint: bool
    colleges: tuple[EtatCollege, ...]
    is_paritaire: bool | None
    parite: str
    is_suffisant: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"colleges": [asdict(college) for college in self.colleges]}


def compute_quorum(
    regle: RegleComite | None, membres: Iterable[MembreComite], presents: Collection[int]
) -> EtatQuorum:
    """Compte les voix présentes : un siège est tenu par son titulaire présent, ou par un suppléant présent.

    `membres` : les mandats du jour ; `presents` : clés des membres présents. Le quorum en pour cent s’arrondit au siège
    supérieur (la moitié de 7 est 4). La parité demande autant de voix présentes, au moins une, dans chaque collège.
    """
    membres = list(membres)
    suppleants: dict[int, list[MembreComite]] = defaultdict(list)
    for membre in membres:
        if membre.titulaire_id:
            suppleants[membre.titulaire_id].append(membre)
    sieges = [m for m in membres if m.has_voix and m.titulaire_id is None and m.place != Qualite.INVITE]
    tenus = [m for m in sieges if m.pk in presents or any(s.pk in presents for s in suppleants[m.pk])]
    requis = None
    if regle and regle.quorum_nombre:
        requis = regle.quorum_nombre
    elif regle and regle.quorum_pour_cent:
        requis = -(-len(sieges) * regle.quorum_pour_cent // 100)
    is_atteint = requis is None or len(tenus) >= requis
    noms = {m.college.pk: m.college for m in sieges if m.college}
    colleges = tuple(
        EtatCollege(
            str(college),
            sum(m.college_id == cle for m in sieges),
            sum(m.college_id == cle for m in tenus),
        )
        for cle, college in sorted(noms.items(), key=lambda paire: (paire[1].rang, paire[0]))
    )
    is_paritaire = None
    if len(colleges) >= 2:
        presentes = {college.presentes for college in colleges}
        is_paritaire = len(presentes) == 1 and presentes != {0}
    parite = Parite(regle.parite) if regle else Parite.AUCUNE
    return EtatQuorum(
        sieges=len(sieges),
        presentes=len(tenus),
        requis=requis,
        is_atteint=is_atteint,
        colleges=colleges,
        is_paritaire=is_paritaire,
        parite=parite.value,
        is_suffisant=is_atteint and (parite != Parite.EXIGEE or is_paritaire is True),
    )


def describe_quorum(etat: EtatQuorum) -> str:
    """« quorum atteint (5 voix sur 8, il en faut 4) », en une ligne."""
    voix = f"{etat.presentes} voix {'présente' if etat.presentes <= 1 else 'présentes'} sur {etat.sieges}"
    if etat.requis is None:
        phrase = f"{voix}, pas de quorum"
    else:
        phrase = (
            f"quorum {'atteint' if etat.is_atteint else 'non atteint'} ({voix}, il en faut {etat.requis})"
        )
    if etat.parite != Parite.AUCUNE and etat.is_paritaire is not None:
        phrase += f", parité {'respectée' if etat.is_paritaire else 'non respectée'}"
    return phrase


def get_portee(regle: RegleComite | None, etat: EtatQuorum, sens: Sens = Sens.ADOPTEE) -> Portee:
    """Décision, ou consultation si le quorum manque et que la règle du comité le permet ; sinon ActionImpossible.

    Ajourner un point ne décide rien : c’est toujours permis.
    """
    if regle is None or etat.is_suffisant or sens == Sens.AJOURNEE:
        return Portee.DECISION
    if regle.sans_quorum == SansQuorum.REFUSER:
        raise ActionImpossible(
            f"Le comité ne peut pas décider\u00a0: {describe_quorum(etat)}. La règle qu’il s’est donnée refuse une décision prise "
            "ainsi. Ajournez le point, ou relevez les présences qui manquent."
        )
    return Portee.CONSULTATION


def check_regle(
    *,
    quorum_nombre: int | None,
    quorum_pour_cent: int | None,
    parite: Parite,
    colleges: int,
) -> None:
    if quorum_nombre and quorum_pour_cent:
        raise ActionImpossible("Donnez le quorum en nombre de voix ou en pour cent, pas les deux.")
    if quorum_pour_cent is not None and not 1 <= quorum_pour_cent <= 100:
        raise ActionImpossible("Un quorum en pour cent va de 1 à 100.")
    if parite != Parite.AUCUNE and colleges < 2:
        raise ActionImpossible(
            "La parité compare des collèges\u00a0: donnez au moins deux collèges au comité, puis revenez ici."
        )


def describe_regle(regle: RegleComite | None) -> str:
    """La règle en une phrase ; sans règle, le dit."""
    if regle is None or (not regle.has_quorum and regle.parite == Parite.AUCUNE):
        return "ni quorum, ni parité"
    morceaux = []
    if regle.quorum_nombre:
        morceaux.append(f"quorum de {regle.quorum_nombre} voix présentes")
    elif regle.quorum_pour_cent:
        morceaux.append(f"quorum de {regle.quorum_pour_cent}\u00a0% des voix")
    if regle.parite != Parite.AUCUNE:
        morceaux.append("parité exigée" if regle.parite == Parite.EXIGEE else "parité montrée")
    suite = (
        "une décision prise sans est refusée"
        if regle.sans_quorum == SansQuorum.REFUSER
        else "une décision prise sans devient une consultation"
    )
    return f"{', '.join(morceaux)}\u00a0; {suite}"


def check_jour_seance(debut_at: datetime) -> None:
    """Refuse une séance d’avant le programme (22 novembre 2018) : une date mal écrite."""
    if debut_at.year < PREMIERE_ANNEE:
        raise ActionImpossible(
            f"Le programme commence en {PREMIERE_ANNEE}\u00a0: corrigez la date de la séance.", champ="jour"
        )
