"""Ce que le calendrier et la forme d’un dispositif permettent."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from maillage.dispositifs.enums import (
    Beneficiaire,
    CategorieTaille,
    EtapeProjet,
    EtatDispositif,
    Famille,
    NatureAide,
    NatureDepense,
)
from maillage.dispositifs.models import VersionDispositif
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible

BIENTOT = timedelta(days=30)  # assez pour monter un dossier, et le dire dans un courriel de la semaine
CODE_GEO = re.compile(r"PAYS-\d{5}|REG-\d{2,3}|DEP-(?:\d{2,3}|2[AB])|EPCI-\d{9}|COM-(?:\d{5}|2[AB]\d{3})")
CODE_NAF = re.compile(r"[A-U]|\d{2}(?:\.\d(?:\d[A-Z]?)?)?")
CODES: dict[Famille, Iterable[str] | None] = {
    Famille.NATURE: NatureAide.values,
    Famille.BENEFICIAIRE: Beneficiaire.values,
    Famille.ETAPE: EtapeProjet.values,
    Famille.DEPENSE: NatureDepense.values,
    Famille.TAILLE: CategorieTaille.values,
    Famille.PERIMETRE: None,
    Famille.PERIMETRE_EXCLU: None,
    Famille.VAGUE: None,
    Famille.AXE: None,
}
URLS = ("url_source", "url_demande")
MONTANTS = ("plancher_depense", "plafond_depense", "plancher_aide", "plafond_aide")


def get_etat(version: VersionDispositif, au: date) -> EtatDispositif:
    """Où en est le dispositif ce jour-là. Sans date ni récurrence publiée, son calendrier n’est pas connu."""
    if version.ouverture and au < version.ouverture:
        return EtatDispositif.A_VENIR
    if version.cloture and au > version.cloture:
        return EtatDispositif.CLOS
    if version.cloture and version.cloture - au <= BIENTOT:
        return EtatDispositif.BIENTOT_CLOS
    if version.ouverture or version.cloture or version.recurrence:
        return EtatDispositif.OUVERT
    return EtatDispositif.NON_PUBLIE


def check_contenu(contenu: Mapping[str, Any]) -> None:
    """Refuse, au champ, un contenu que la base refuserait ou qui ne veut rien dire."""
    if not contenu.get("titre", "").strip():
        raise ActionImpossible("Donnez un titre au dispositif.", champ="titre")
    _check_ordre(
        contenu,
        "taux_min",
        "taux_max",
        "Le taux minimal dépasse le taux maximal\u00a0: corrigez l’un des deux.",
    )
    for objet in ("depense", "aide"):
        _check_ordre(
            contenu,
            f"plancher_{objet}",
            f"plafond_{objet}",
            "Le plancher dépasse le plafond\u00a0: corrigez l’un des deux.",
        )
    _check_ordre(
        contenu,
        "effectif_min",
        "effectif_max",
        "L’effectif minimal dépasse l’effectif maximal\u00a0: corrigez l’un des deux.",
    )
    ouverture, cloture = contenu.get("ouverture"), contenu.get("cloture")
    if ouverture and cloture and cloture < ouverture:
        raise ActionImpossible(
            f"La clôture ({format_jour(cloture)}) vient avant l’ouverture ({format_jour(ouverture)})\u00a0: corrigez l’une des deux dates.",
            champ="cloture",
        )
    for champ in MONTANTS:
        if (contenu.get(champ) or 0) < 0:
            raise ActionImpossible("Un montant ne peut pas être négatif ici.", champ=champ)
    for champ in URLS:
        if contenu.get(champ):
            check_url(contenu[champ], champ)
    for champ in ("naf", "naf_exclus"):
        for code in contenu.get(champ) or ():
            if not CODE_NAF.fullmatch(code):
                raise ActionImpossible(
                    f"«\u00a0{code}\u00a0» n’est pas un code d’activité. Écrivez par exemple C, 25, 25.1 ou 25.11Z.",
                    champ=champ,
                )


def check_url(url: str, champ: str) -> None:
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError:
        raise ActionImpossible(
            f"«\u00a0{url}\u00a0» n’est pas une adresse de page. Elle commence par https://.", champ=champ
        ) from None


def check_listes(listes: Mapping[Famille, Iterable[str]]) -> None:
    """Refuse un code qui n’est pas de la liste, ou un code géographique mal écrit."""
    for famille, codes in listes.items():
        connus = CODES[Famille(famille)]
        for code in codes:
            if connus is not None and code not in connus:
                raise ActionImpossible(
                    f"«\u00a0{code}\u00a0» n’est pas de la liste «\u00a0{Famille(famille).label}\u00a0».",
                    champ=famille,
                )
            if famille in (Famille.PERIMETRE, Famille.PERIMETRE_EXCLU) and not CODE_GEO.fullmatch(code):
                raise ActionImpossible(
                    f"«\u00a0{code}\u00a0» n’est pas un code géographique. Écrivez PAYS-99100, REG-44, DEP-52, "
                    "EPCI-200072999 ou COM-52121.",
                    champ=famille,
                )


def _check_ordre(contenu: Mapping[str, Any], bas: str, haut: str, phrase: str) -> None:
    if contenu.get(bas) is not None and contenu.get(haut) is not None and contenu[bas] > contenu[haut]:
        raise ActionImpossible(phrase, champ=bas)
