"""Prévenir chaque territoire des dispositifs nouveaux, ou bientôt clos, qui peuvent servir une de ses fiches."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import islice

from django.db import transaction
from django.urls import reverse

from calcul.dispositifs.adequation import Verdict
from maillage.dispositifs.enums import EtatDispositif, Origine
from maillage.dispositifs.models import VersionDispositif
from maillage.dispositifs.policies import get_etat
from maillage.dispositifs.selectors import versions_en_vigueur
from maillage.fiches.models import FicheAction
from maillage.financement.selectors_dispositifs import FINIES, Juge, prepare_fiches
from maillage.notifications.actions import close_attente, open_attente
from maillage.notifications.models import Attente
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Territoire

NOUVEAUX, CLOTURES = "dispositifs.nouveaux", "dispositifs.clotures"
RECENT = timedelta(days=30)
LOT = 500
CITES = 3  # au-delà, le nombre suffit : la page les montre tous


@transaction.atomic
def alert_dispositifs() -> int:
    """Ouvre, refait ou clôt l’attente de chaque territoire ; rend le nombre d’attentes ouvertes à la fin. Rejouable.

    Une attente par territoire et par raison, et non par dispositif : un import de mille aides ne fait pas mille messages.
    """
    au = aujourdhui()
    versions = list(versions_en_vigueur(au))
    raisons = {
        NOUVEAUX: [
            v
            for v in versions
            if v.dispositif.cree_at.date() > au - RECENT
            and v.dispositif.origine != Origine.CATALOGUE  # le premier catalogue n’est pas une nouvelle
            and get_etat(v, au) is not EtatDispositif.CLOS
        ],
        CLOTURES: [v for v in versions if get_etat(v, au) is EtatDispositif.BIENTOT_CLOS],
    }
    utiles = _find_utiles({v.pk: v for lot in raisons.values() for v in lot}, au)
    ouvertes = 0
    for territoire in Territoire.objects.filter(fiches__isnull=False).select_related("vague").distinct():
        for code, lot in raisons.items():
            servent = [v for v in lot if v.pk in utiles[territoire.pk]]
            ouvertes += _write_attente(territoire, code, servent)
    return ouvertes


def _find_utiles(versions: dict[int, VersionDispositif], au: date) -> defaultdict[int, set[int]]:
    """Pour chaque territoire, les versions qui conviennent ou peuvent convenir à une de ses fiches en vie."""
    utiles: defaultdict[int, set[int]] = defaultdict(set)
    if not versions:
        return utiles
    juges = {pk: Juge(version, au=au) for pk, version in versions.items()}
    fiches = prepare_fiches(FicheAction.objects.exclude(statut__in=FINIES)).order_by("territoire", "pk")
    suite = fiches.iterator(chunk_size=LOT)
    while lot := list(islice(suite, LOT)):
        for pk, juge in juges.items():
            juge.prepare(lot)
            for fiche in lot:
                deja = utiles[fiche.territoire_id]
                if pk not in deja and juge.judge(fiche).verdict is not Verdict.NE_CONVIENT_PAS:
                    deja.add(pk)
    return utiles


def _write_attente(territoire: Territoire, code: str, versions: list[VersionDispositif]) -> bool:
    """Vrai si une attente est ouverte. Ce qui a changé remplace l’attente, qui garde le jour où elle a commencé."""
    ouverte = (
        Attente.objects.ouvertes()
        .filter(code=code, objet_type=territoire._meta.label_lower, objet_id=str(territoire.pk))
        .first()
    )
    libelle = _say(code, versions) if versions else ""
    if ouverte and ouverte.libelle == libelle:
        return True
    if ouverte:
        close_attente(code=code, objet=territoire)
    if not versions:
        return False
    etat = EtatDispositif.BIENTOT_CLOS.value
    suite = f"?etat={etat}&tri=etat" if code == CLOTURES else "?tri=-nouveau"
    open_attente(
        code=code,
        objet=territoire,
        territoire=territoire.cle,
        territoire_nom=territoire.nom,
        role=RoleMandat.CHEF_PROJET,
        libelle=libelle,
        url=reverse("dispositifs") + suite,
        depuis=ouverte.depuis if ouverte else None,
        echeance=min((v.cloture for v in versions if v.cloture), default=None) if code == CLOTURES else None,
    )
    return True


def _say(code: str, versions: list[VersionDispositif]) -> str:
    titres = sorted(version.titre for version in versions)
    cites = "\u00a0; ".join(f"«\u00a0{titre}\u00a0»" for titre in titres[:CITES])
    reste = f"\u00a0; et {len(titres) - CITES} autres" if len(titres) > CITES else ""
    quoi = "Déposer avant la clôture" if code == CLOTURES else "Regarder ce qui est nouveau au catalogue"
    return f"{quoi}\u00a0: {cites}{reste}"[:300]
