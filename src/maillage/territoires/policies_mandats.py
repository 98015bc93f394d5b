"""Ce que l’état des rôles permet : pas deux mandats qui se chevauchent, une place de binôme n’a qu’une personne.

Rien d’autre n’est exigé : une place vacante ou un binôme incomplet n’empêche ni atelier, ni fiche, ni demande.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from maillage.comptes.models import Organisation, Personne
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.enums import ROLES_BINOME, PorteeBinome, RangReferent, RoleMandat
from maillage.territoires.models import Binome, FaitDate, Mandat, Referent, StructureAnimatrice, Territoire


def check_periode(debut: date | None, fin: date | None) -> None:
    """Une période a un jour au moins : `fin` (exclue) vient après `debut`. Erreur au champ `fin`."""
    if debut and fin and fin <= debut:
        raise ActionImpossible(
            f"La fin ({format_jour(fin)}) ne vient pas après le début ({format_jour(debut)})\u00a0: corrigez l’une des deux dates.",
            champ="fin",
        )


def find_chevauchement(faits: Iterable[Any], debut: date | None, fin: date | None) -> Any | None:
    """Le premier de ces faits qui partage un jour avec [`debut`, `fin`[ ; une borne vide est sans limite."""
    for fait in faits:
        if (fin is None or fait.debut is None or fait.debut < fin) and (
            debut is None or fait.fin is None or debut < fait.fin
        ):
            return fait
    return None


def format_periode(fait: FaitDate) -> str:
    """« depuis le 9 novembre 2023 », « du … au … (exclu) », ou « sans date »."""
    if fait.debut and fait.fin:
        return f"du {format_jour(fait.debut)} au {format_jour(fait.fin)}"
    if fait.debut:
        return f"depuis le {format_jour(fait.debut)}"
    return f"jusqu’au {format_jour(fait.fin)}" if fait.fin else "sans date de début connue"


def check_mandat(
    *,
    territoire: Territoire,
    personne: Personne,
    role: RoleMandat,
    binome: Binome | None,
    debut: date | None,
    fin: date | None,
    sauf: Mandat | None = None,
) -> None:
    """Refuse un mandat sans fin pour un partenaire, un double de la même personne, une place de binôme déjà tenue."""
    check_periode(debut, fin)
    if role == RoleMandat.PARTENAIRE and fin is None:
        raise ActionImpossible(
            "Un partenaire est mandaté jusqu’à une date\u00a0: indiquez la fin du mandat.", champ="fin"
        )
    if binome is not None and role not in ROLES_BINOME:
        raise ActionImpossible(
            "Seuls l’élu·e et l’industriel·le siègent dans un binôme\u00a0: laissez le binôme vide.",
            champ="binome",
        )
    if binome is not None and binome.territoire_id != territoire.pk:
        raise ActionImpossible(
            "Ce binôme est celui d’un autre territoire\u00a0: choisissez-en un d’ici.", champ="binome"
        )
    autres = (
        Mandat.objects.connus()
        .filter(territoire=territoire, role=role)
        .exclude(pk=sauf.pk if sauf else None)
        .select_related("personne")
    )
    # Un partenaire ou un chef de projet peut partager son rôle ; une même personne ne le tient pas deux fois.
    siens = autres.filter(personne=personne, binome=binome)
    if double := find_chevauchement(siens, debut, fin):
        raise ActionImpossible(
            f"{personne} a déjà ce rôle ({format_periode(double)})\u00a0: corrigez ce mandat, ou choisissez des dates qui ne le recouvrent pas.",
            champ="debut",
        )
    if role not in ROLES_BINOME:
        return
    if tenue := find_chevauchement(autres.filter(binome=binome), debut, fin):
        raise ActionImpossible(
            f"Cette place est tenue par {tenue.personne} ({format_periode(tenue)})\u00a0: mettez d’abord fin à son mandat, "
            "ou ajoutez un autre binôme.",
            champ="debut",
        )


def check_fin_mandat(mandat: Mandat, fin: date) -> None:
    """Un mandat finit après son début, et pas avant la phase de son territoire quand ce début n’est pas connu."""
    check_periode(mandat.debut, fin)
    phase = mandat.territoire.vague
    if mandat.debut is None and fin < phase.debut:
        raise ActionImpossible(
            f"La phase {phase.numero} commence le {format_jour(phase.debut)}\u00a0: aucun mandat n’y finit avant. Corrigez la date.",
            champ="fin",
        )


def check_binome(
    *, territoire: Territoire, portee: PorteeBinome, axe: Any, epci: Any, sujet: str, is_chef_de_file: bool,
    debut: date | None, fin: date | None, sauf: Binome | None = None,
) -> None:  # fmt: skip
    """Refuse un binôme sans objet, en double sur le même objet, ou un second chef de file le même jour."""
    check_periode(debut, fin)
    if portee == PorteeBinome.AXE and axe is None:
        raise ActionImpossible("Choisissez l’axe que ce binôme suit.", champ="axe")
    if portee == PorteeBinome.EPCI and epci is None:
        raise ActionImpossible("Choisissez l’intercommunalité que ce binôme représente.", champ="epci")
    if portee == PorteeBinome.ACTION and not sujet.strip():
        raise ActionImpossible("Nommez l’action que ce binôme porte.", champ="sujet")
    autres = Binome.objects.connus().filter(territoire=territoire).exclude(pk=sauf.pk if sauf else None)
    semblables = autres.filter(portee=portee, axe=axe, epci=epci)
    if portee == PorteeBinome.ACTION:
        semblables = semblables.filter(sujet__iexact=sujet.strip())
    if double := find_chevauchement(semblables.select_related("axe", "epci"), debut, fin):
        raise ActionImpossible(
            f"«\u00a0{double}\u00a0» existe déjà ({format_periode(double)})\u00a0: nommez ses membres, ou mettez-y fin d’abord.",
            champ="portee",
        )
    if is_chef_de_file and (
        tete := find_chevauchement(
            autres.filter(is_chef_de_file=True).select_related("axe", "epci"), debut, fin
        )
    ):
        raise ActionImpossible(
            f"«\u00a0{tete}\u00a0» est déjà chef de file ({format_periode(tete)})\u00a0: un territoire n’en a qu’un à la fois.",
            champ="is_chef_de_file",
        )


def check_animation(
    *, territoire: Territoire, organisation: Organisation, debut: date | None, fin: date | None,
    sauf: StructureAnimatrice | None = None,
) -> None:  # fmt: skip
    """Refuse deux fois la même structure aux mêmes jours ; deux structures différentes peuvent animer ensemble."""
    check_periode(debut, fin)
    siennes = (
        StructureAnimatrice.objects.connus()
        .filter(territoire=territoire, organisation=organisation)
        .exclude(pk=sauf.pk if sauf else None)
    )
    if double := find_chevauchement(siennes, debut, fin):
        raise ActionImpossible(
            f"{organisation} anime déjà ce territoire ({format_periode(double)})\u00a0: choisissez des dates qui ne la recouvrent pas.",
            champ="debut",
        )


def check_referent(
    *, territoire: Territoire, organisation: Organisation, personne: Personne, rang: RangReferent,
    debut: date | None, fin: date | None, sauf: Referent | None = None,
) -> None:  # fmt: skip
    """Un opérateur a un seul référent titulaire par territoire (conventions du 5 mars 2019) ; des suppléants, autant qu’il veut."""
    check_periode(debut, fin)
    autres = (
        Referent.objects.connus()
        .filter(territoire=territoire, organisation=organisation)
        .exclude(pk=sauf.pk if sauf else None)
        .select_related("personne")
    )
    if double := find_chevauchement(autres.filter(personne=personne), debut, fin):
        raise ActionImpossible(
            f"{personne} est déjà référent·e pour «\u00a0{territoire}\u00a0» ({format_periode(double)}).",
            champ="debut",
        )
    if rang == RangReferent.TITULAIRE and (
        tenu := find_chevauchement(autres.filter(rang=RangReferent.TITULAIRE), debut, fin)
    ):
        raise ActionImpossible(
            f"{tenu.personne} est déjà référent·e titulaire pour «\u00a0{territoire}\u00a0» ({format_periode(tenu)})\u00a0: "
            "mettez-y fin d’abord, ou nommez un·e suppléant·e.",
            champ="rang",
        )
