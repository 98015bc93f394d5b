"""Ce que la programmation dit aux personnes : l'écart, les prix des enveloppes, pourquoi une fiche ne passe pas.

Rien ici ne juge un projet : les phrases parlent d'argent, de règles et des poids choisis par ceux qui décident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from calcul.francais import enumere, typographie
from calcul.montants import format_montant, format_taux
from calcul.programmation.borne import FINESSE
from calcul.programmation.modele import EURO, Enveloppe, Fiche, Octroi, Probleme
from calcul.programmation.reseau import Cause, compute_haut, is_eligible

if TYPE_CHECKING:
    from calcul.programmation.recherche import Programmation

_CAUSES = {
    Cause.DEJA_BOUCLEE: "Son plan est déjà équilibré\u00a0: elle ne demande rien.",
    Cause.SUR_FINANCEE: "Les ressources inscrites dépassent son coût de {exces}\u00a0: corrigez le plan avant de programmer.",
    Cause.NON_CHIFFREE: "Aucun coût n’est inscrit\u00a0: saisissez les dépenses prévues.",
    Cause.SANS_DISPOSITIF: "Aucun dispositif ouvert ne convient à sa région, à son porteur et à ses critères.",
    Cause.BESOIN_HORS_D_ATTEINTE: "Les dispositifs éligibles peuvent servir {possible} au plus, pour un besoin de {besoin}\u00a0: "
    "il manque {manque}. Cherchez une autre ressource ou revoyez le coût.",
    Cause.REGLE: "Les règles sur l’argent public (part du porteur, dotations, dépense éligible, aides d’État) ne laissent pas "
    "couvrir son besoin de {besoin}. Augmentez la part propre ou une ressource privée.",
    Cause.PLANCHERS: "Aucune combinaison d’aides ne fait exactement {besoin}\u00a0: les planchers et les plafonds des dispositifs s’y "
    "opposent. Ajustez la part propre ou demandez une dérogation au plancher.",
    Cause.ENVELOPPES: "Ce qui reste dans les enveloppes qui la concernent ne peut pas faire {besoin}, même si elle était seule à "
    "demander. Attendez une nouvelle enveloppe ou revoyez le coût.",
}


def compte(nombre: int, singulier: str, pluriel: str = "") -> str:
    """« 1 fiche », « 3 fiches »."""
    return f"{nombre} {singulier if nombre < 2 else pluriel or singulier + 's'}"


def describe_cause(fiche: Fiche, cause: Cause, probleme: Probleme) -> str:
    """Pourquoi aucune programmation ne peut boucler cette fiche. Erreur : KeyError si elle le peut (Cause.AUCUNE)."""
    besoin = fiche.besoin * EURO
    possible = EURO * sum(
        compute_haut(dispositif, assiette=fiche.assiette, besoin=fiche.besoin)
        for dispositif in probleme.dispositifs
        if is_eligible(fiche, dispositif) and dispositif.identifiant not in fiche.accordees
    )
    return typographie(
        _CAUSES[cause].format(
            besoin=format_montant(besoin),
            possible=format_montant(min(possible, besoin)),
            manque=format_montant(max(besoin - possible, 0)),
            exces=format_montant(max(-fiche.manque, 0)),
        )
    )


def describe_ecart(programmation: "Programmation") -> str:
    """La preuve, en une phrase."""
    if programmation.ecart == 0:
        return typographie("Aucune autre proposition ne vaut plus\u00a0: c’est prouvé.")
    return typographie(
        f"Cette proposition est à {format_taux(programmation.ecart, decimales=3)} au plus de la meilleure possible\u00a0: c’est prouvé."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PrixEnveloppe:
    """Ce que vaut une enveloppe à la marge. Centimes : `engage`, `reste`. `points_par_million` : poids gagné, au plus,
    pour un million d'euros de plus."""

    enveloppe: str
    engage: int
    reste: int
    points_par_million: Fraction
    phrase: str


def describe_prix(
    probleme: Probleme, programmation: "Programmation", *, unite: str = "point de priorité", unites: str = ""
) -> tuple[PrixEnveloppe, ...]:
    """Pour chaque enveloppe, ce qu'elle engage et ce que vaudrait un million de plus (prix duaux de la borne)."""
    engages = compute_engages(probleme, programmation.octrois)
    resultats = []
    for enveloppe in probleme.enveloppes:
        points = Fraction(programmation.prix[enveloppe.identifiant] * 1_000_000, FINESSE)
        engage = engages[enveloppe.identifiant]
        reste = enveloppe.montant - engage
        entiers, dixiemes = divmod(int(points * 10), 10)
        if not programmation.prix[enveloppe.identifiant]:
            phrase = f"Cette enveloppe ne manque pas\u00a0: il en reste {format_montant(reste)}, un million de plus ne changerait rien."
        elif entiers or dixiemes:
            nom = unite if points < 2 else unites or _pluralise(unite)
            phrase = f"Enveloppe disputée\u00a0: un million d’euros de plus rapporterait au plus {entiers},{dixiemes} {nom}."
        else:
            phrase = f"Un million d’euros de plus rapporterait moins d’un dixième de {unite}."
        resultats.append(
            PrixEnveloppe(
                enveloppe=enveloppe.identifiant,
                engage=engage,
                reste=reste,
                points_par_million=points,
                phrase=typographie(phrase),
            )
        )
    return tuple(resultats)


def _pluralise(nom: str) -> str:
    premier, _, reste = nom.partition(" ")
    return f"{premier}s {reste}".strip()


def compute_engages(probleme: Probleme, octrois: Mapping[str, tuple[Octroi, ...]]) -> dict[str, int]:
    """Centimes engagés dans chaque enveloppe, octrois déjà accordés compris."""
    par_dispositif: dict[str, list[Enveloppe]] = {}
    for enveloppe in probleme.enveloppes:
        par_dispositif.setdefault(enveloppe.dispositif, []).append(enveloppe)
    engages = {enveloppe.identifiant: 0 for enveloppe in probleme.enveloppes}
    for fiche in probleme.fiches:
        versements = [
            *fiche.accordees.items(),
            *((o.dispositif, o.montant * EURO) for o in octrois.get(fiche.identifiant, ())),
        ]
        for dispositif, montant in versements:
            for enveloppe in par_dispositif.get(dispositif, ()):
                if enveloppe.concerne(fiche):
                    engages[enveloppe.identifiant] += montant
    return engages


def find_suivantes(
    probleme: Probleme, programmation: "Programmation", enveloppe: Enveloppe, centimes: int
) -> tuple[str, ...]:
    """Les fiches en tête de file si cette enveloppe recevait `centimes` de plus : éligibles, non bouclées, au plus fort
    poids par euro, tant que leurs besoins tiennent dans la somme. Une indication, pas une décision."""
    dispositif = next(d for d in probleme.dispositifs if d.identifiant == enveloppe.dispositif)
    candidates = [
        fiche
        for fiche in probleme.fiches
        if fiche.identifiant not in programmation.octrois
        and fiche.identifiant not in programmation.causes
        and fiche.identifiant not in probleme.attendent
        and fiche.poids
        and enveloppe.concerne(fiche)
        and is_eligible(fiche, dispositif)
        and compute_haut(dispositif, assiette=fiche.assiette, besoin=fiche.besoin) > 0
    ]
    candidates.sort(key=lambda f: (Fraction(-f.poids, f.besoin), f.identifiant))
    reste, retenues = centimes // EURO, []
    for fiche in candidates:
        if fiche.besoin <= reste:
            retenues.append(fiche.identifiant)
            reste -= fiche.besoin
    return tuple(retenues)


def describe_refus(probleme: Probleme, programmation: "Programmation", fiche: Fiche) -> str:
    """Pourquoi cette fiche n'est pas bouclée : une cause propre, un verrou, ou les enveloppes disputées."""
    if fiche.identifiant in probleme.attendent:
        return typographie("Elle attend, comme vous l’avez demandé.")
    if (cause := programmation.causes.get(fiche.identifiant)) is not None:
        return describe_cause(fiche, cause, probleme)
    noms = {d.identifiant: d.nom for d in probleme.dispositifs if is_eligible(fiche, d)}
    disputees = sorted(
        (
            e
            for e in probleme.enveloppes
            if e.dispositif in noms and e.concerne(fiche) and programmation.prix[e.identifiant]
        ),
        key=lambda e: (-programmation.prix[e.identifiant], e.identifiant),
    )
    if not disputees:
        return typographie(
            "Les enveloppes suffiraient\u00a0; cette proposition ne l’a pas retenue\u00a0: imposez-la pour voir ce qu’elle déplace."
        )
    liste = enumere([f"«\u00a0{noms[e.dispositif]}\u00a0»" for e in disputees[:3]])
    return typographie(f"L’argent manque\u00a0: des fiches de plus fort poids par euro se disputent {liste}.")
