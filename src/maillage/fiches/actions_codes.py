"""Fusionner deux fiches, en scinder une : les codes restent stables, l’histoire suit.

L’argent est l’affaire de l’application du dessus : les pages appellent `financement.actions.merge_fiche` et `split_fiche`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from maillage.fiches import events, policies
from maillage.fiches.actions import create_fiche, move_fiche
from maillage.fiches.enums import EtatPorteur, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.policies import get_statut_initial
from maillage.journal.actions import Auteur, record
from maillage.socle.erreurs import ActionImpossible


@transaction.atomic
def absorb_fiche(*, fiche: FicheAction, dans: FicheAction, by: Auteur, motif: str) -> FicheAction:
    """La fiche est reprise par une autre : elle est abandonnée, « fusionnée dans F3 », et les deux histoires le disent."""
    policies.check_can_merge(fiche, dans)
    fiche = move_fiche(
        fiche=fiche,
        vers=StatutFiche.ABANDONNEE,
        by=by,
        motif=motif.strip() or f"Fusionnée dans «\u00a0{dans}\u00a0».",
    )
    fiche.fusionnee_dans = dans
    fiche.save(update_fields=["fusionnee_dans"])
    for cible in (fiche, dans):
        record(
            events.FUSIONNEE,
            cible=cible,
            territoire=fiche.territoire.cle,
            by=by,
            motif=motif.strip(),
            apres={"dans": str(dans), "fiche": str(fiche)},
        )
    return fiche


@dataclass(frozen=True)
class Morceau:
    """Une fiche à naître d’une scission."""

    code: str
    titre: str


@transaction.atomic
def divide_fiche(
    *, fiche: FicheAction, morceaux: Sequence[Morceau], by: Auteur, motif: str
) -> list[FicheAction]:
    """Scinde une fiche en deux ou plus (« F2 » → « F2.1 », « F2.2 ») : mêmes axe, porteur, dates et description.

    La première est abandonnée, son histoire nomme les autres. Moins de deux morceaux, ou un code pris : ActionImpossible.
    """
    policies.check_can_split(fiche)
    if len(morceaux) < 2:
        raise ActionImpossible(
            "Scinder demande au moins deux fiches\u00a0: donnez deux codes et deux titres."
        )
    nees = [
        create_fiche(
            territoire=fiche.territoire,
            titre=morceau.titre,
            code=morceau.code,
            axe=fiche.axe,
            porteur=fiche.porteur,
            etat_porteur=EtatPorteur(fiche.etat_porteur),
            presentateur=fiche.presentateur,
            description=fiche.description,
            contexte=fiche.contexte,
            objectifs=fiche.objectifs,
            debut_prevu=fiche.debut_prevu,
            fin_prevue=fiche.fin_prevue,
            maturite=fiche.maturite,
            visibilite=fiche.visibilite,
            rang=fiche.rang,
            source=fiche.source,
            scindee_de=fiche,
            statut=get_statut_initial(code=morceau.code, axe=fiche.axe),
            by=by,
        )
        for morceau in morceaux
    ]
    codes = [nee.code or nee.titre for nee in nees]
    fiche = move_fiche(
        fiche=fiche,
        vers=StatutFiche.ABANDONNEE,
        by=by,
        motif=motif.strip() or f"Scindée en {', '.join(codes)}.",
    )
    record(
        events.SCINDEE,
        cible=fiche,
        territoire=fiche.territoire.cle,
        by=by,
        motif=motif.strip(),
        apres={"codes": codes},
    )
    return nees
