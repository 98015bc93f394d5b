"""Boucler ce qui peut l'être, une fiche après l'autre, en nombres entiers : le plus fort poids par euro d'abord, chez le
dispositif qui a le plus d'argent. C'est ce qu'on fait à la main ; la recherche s'en sert pour commencer et pour finir."""

import numpy as np

from calcul.programmation.plafonds import SANS_PLAFOND
from calcul.programmation.plongee import get_besoin, get_offres
from calcul.programmation.reseau import Etat, Reseau
from calcul.programmation.supports import Besoin, Offre, is_tenable, share_besoin


def fill_glouton(reseau: Reseau, etat: Etat) -> Etat:
    """La même programmation, plus toutes les fiches que le reste des enveloppes permet de boucler dans cet ordre."""
    r = reseau
    octrois, bouclees = etat.octrois.copy(), etat.bouclees.copy()
    reste = (r.disponible - r.compute_consomme(octrois)).tolist()
    ouvertes = np.flatnonzero(r.ouverte & ~bouclees & (np.diff(r.debut) > 0))
    ordre = sorted(
        ouvertes.tolist(), key=lambda i: (not r.imposee[i], -int(r.poids[i]) / int(r.besoin[i]), i)
    )
    puise, puise_debut = r.puise.tolist(), r.puise_debut.tolist()
    for i in ordre:
        couples = np.arange(int(r.debut[i]), int(r.debut[i + 1]))
        touchees = [puise[puise_debut[j] : puise_debut[j + 1]] for j in couples.tolist()]
        places = np.array([min(reste[e] for e in lot) for lot in touchees])
        besoin = get_besoin(r, i, SANS_PLAFOND)
        if int(np.minimum(r.haut[couples], places).sum()) < besoin.montant:
            continue
        trouve = _find(besoin, get_offres(r, couples, places), places.tolist())
        if trouve is None:
            continue
        for k, montant in trouve:
            octrois[couples[k]] = montant
            for e in touchees[k]:
                reste[e] -= montant
        bouclees[i] = True
    return Etat(octrois, bouclees)


def _find(besoin: Besoin, offres: list[Offre], places: list[int]) -> list[tuple[int, int]] | None:
    """Le premier support tenable en ajoutant les dispositifs un à un, sans puis avec ceux du budget général."""
    possibles = [(k, offre) for k, offre in enumerate(offres) if offre.haut >= offre.bas]
    possibles.sort(key=lambda paire: (-min(paire[1].haut, besoin.montant), -places[paire[0]], paire[0]))
    for garde_l_etat in (True, False):
        pris: list[tuple[int, Offre]] = []
        for paire in possibles:
            if paire[1].etat and not garde_l_etat:
                continue
            pris.append(paire)
            choisies = [offre for _, offre in pris]
            if is_tenable(besoin, choisies):
                montants = share_besoin(besoin, choisies, range(len(choisies)))
                if montants is not None:
                    return list(zip([k for k, _ in pris], montants, strict=True))
    return None
