"""Import des phases, des territoires et de leurs membres depuis les listes de l’ANCT. Tout ou rien, rejouable.

Actes comme ceux d’`actions` : une transaction, une ligne de journal par liste. Ce qui a disparu d’une liste est
signalé, jamais effacé : une sortie est un fait daté, décidé, qui s’enregistre à part.
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from maillage.journal.actions import Auteur, record
from maillage.referentiels.lecture import Enregistrement, lire_csv
from maillage.referentiels.models import Commune, Departement, Epci, Region
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.horloge import maintenant
from maillage.territoires import events
from maillage.territoires.enums import Fait, Fiabilite
from maillage.territoires.models import Axe, Etape, Perimetre, Territoire, Vague

NATURES = ("CC", "CA", "CU", "METRO", "MET69", "EPT", "COM")
COLONNES = ("id_ti", "lib_ti", "siren_groupement", "lib_groupement", "nature_juridique")


@dataclass
class BilanTerritoires:
    """Ce qu’un import a fait, pour une vague."""

    vague: str
    fichier: str
    lus: int = 0
    crees: int = 0
    modifies: int = 0
    membres_ajoutes: int = 0
    absents: list[str] = field(default_factory=list)

    def phrase(self) -> str:
        texte = (
            f"{self.vague} ({self.fichier})\u00a0: {self.lus} groupements lus, {self.crees} territoires créés, "
            f"{self.modifies} modifiés, {self.membres_ajoutes} membres ajoutés"
        )
        if self.absents:
            texte += f" ; absents de la liste et gardés\u00a0: {', '.join(self.absents)}"
        return texte


@transaction.atomic
def import_territoires(
    *,
    by: Auteur,
    programme: Path | None = None,
    suivi: Callable[[BilanTerritoires], None] = lambda bilan: None,
) -> list[BilanTerritoires]:
    """Importe phases, axes, territoires et membres décrits par `donnees/programme/vagues.toml`.

    Erreur : DonneesIllisibles (fichier absent, colonnes, code inconnu, ligne en cause) ; rien n’est alors écrit.
    """
    chemin = programme or settings.DOSSIER_DONNEES / "programme" / "vagues.toml"
    try:
        donnees = tomllib.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as erreur:
        raise DonneesIllisibles(
            f"{chemin.name} ne se lit pas ({erreur}). Reprenez le fichier d’origine."
        ) from erreur
    bilans = []
    sites = {site["territoire"] for site in donnees.get("sites", [])}
    for bloc in donnees["vagues"]:
        vague = _write_vague(bloc)
        bilan = _import_liste(vague, bloc, chemin.parent.parent, sites, by)
        suivi(bilan)
        bilans.append(bilan)
    return bilans


def _write_vague(bloc: dict[str, Any]) -> Vague:
    vague, _ = Vague.objects.update_or_create(
        numero=bloc["numero"],
        defaults={
            "nom": bloc["nom"],
            "debut": bloc["debut"],
            "fin": bloc.get("fin"),
            "source": bloc["source"],
        },
    )
    for rang, axe in enumerate(bloc["axes"], start=1):
        Axe.objects.update_or_create(
            vague=vague,
            code=axe["code"],
            defaults={
                "nom": axe["nom"],
                "rang": rang,
                "description": axe["description"],
                "debut": axe.get("debut"),
            },
        )
    return vague


@dataclass(frozen=True)
class _Membre:
    lu: Enregistrement
    epci: Epci | None
    commune: Commune | None

    @property
    def population(self) -> int:
        if self.epci:
            return self.epci.population_municipale
        assert self.commune is not None  # noqa: S101 - l’un des deux est toujours là
        return self.commune.population_municipale_epci or self.commune.population


def _import_liste(
    vague: Vague, bloc: dict[str, Any], dossier: Path, sites: set[str], by: Auteur
) -> BilanTerritoires:
    chemin = dossier / bloc["fichier"]
    lus = lire_csv(chemin, COLONNES)
    bilan = BilanTerritoires(vague.nom, chemin.name, lus=len(lus))
    noms: dict[str, str] = {}
    membres: dict[str, list[_Membre]] = defaultdict(list)
    for membre in _resolve(lus):
        id_ti = membre.lu.texte("id_ti")
        nom = membre.lu.texte("lib_ti")
        if noms.setdefault(id_ti, nom) != nom:
            membre.lu.refuse(
                f"«\u00a0{id_ti}\u00a0» porte deux noms\u00a0: «\u00a0{noms[id_ti]}\u00a0» et «\u00a0{nom}\u00a0»"
            )
        membres[id_ti].append(membre)
    connus = {t.id_ti: t for t in Territoire.objects.filter(vague=vague, is_fictif=False)}
    regions = {r.pk: r for r in Region.objects.all()}
    departements = set(Departement.objects.values_list("pk", flat=True))
    nouveaux: dict[str, bool] = {}
    for id_ti, nom in noms.items():
        territoire = connus.get(id_ti)
        nouveaux[id_ti] = territoire is None
        region = regions.get(id_ti.removeprefix("ti-")[:2])
        if region is None:
            membres[id_ti][0].lu.refuse(f"«\u00a0{id_ti}\u00a0» ne commence pas par un code de région")
        if territoire is None:
            territoire = Territoire(vague=vague, id_ti=id_ti)
            connus[id_ti] = territoire
        avant = (territoire.nom, territoire.population, territoire.region_id, territoire.is_site)
        territoire.nom = nom
        territoire.region = region
        territoire.population = sum(membre.population for membre in membres[id_ti])
        territoire.is_site = f"{vague.code}/{id_ti}" in sites
        territoire.source = bloc["liste_source"]
        if nouveaux[id_ti]:
            bilan.crees += 1
        elif avant != (territoire.nom, territoire.population, territoire.region_id, territoire.is_site):
            bilan.modifies += 1
        else:
            continue
        territoire.save()
    _write_membres(connus, membres, bloc, bilan)
    _write_regions(connus, membres, departements)
    _write_labels([connus[id_ti] for id_ti in noms], bloc, by)
    bilan.absents = sorted(f"{id_ti} {connus[id_ti].nom}" for id_ti in set(connus) - set(noms))
    if bilan.crees or bilan.modifies or bilan.membres_ajoutes:
        record(
            events.LISTE_IMPORTEE,
            cible=vague,
            by=by,
            apres={"fichier": bilan.fichier, "crees": bilan.crees, "modifies": bilan.modifies},
        )
    return bilan


def _resolve(lus: list[Enregistrement]) -> list[_Membre]:
    """Rattache chaque ligne à un EPCI, un EPT ou une commune du référentiel ; un code inconnu refuse le fichier."""
    sirens = [lu.texte("siren_groupement") for lu in lus]
    epcis = Epci.objects.select_related("departement").in_bulk(sirens)
    communes = {c.siren: c for c in Commune.objects.filter(siren__in=[s for s in sirens if s not in epcis])}
    membres = []
    for lu, siren in zip(lus, sirens, strict=True):
        nature = lu.choix("nature_juridique", NATURES)
        epci = epcis.get(siren) if nature != "COM" else None
        commune = communes.get(siren) if nature == "COM" else None
        if epci is None and commune is None:
            lu.refuse(
                f"le {'code de commune' if nature == 'COM' else 'groupement'} «\u00a0{siren}\u00a0» est inconnu du référentiel"
            )
        membres.append(_Membre(lu, epci, commune))
    return membres


def _write_membres(
    connus: dict[str, Territoire],
    membres: dict[str, list[_Membre]],
    bloc: dict[str, Any],
    bilan: BilanTerritoires,
) -> None:
    deja = set(
        Perimetre.objects.filter(territoire__in=connus.values()).values_list(
            "territoire_id", "epci_id", "commune_id"
        )
    )
    nouveaux = [
        Perimetre(
            territoire=connus[id_ti],
            epci=membre.epci,
            commune=membre.commune,
            libelle=membre.lu.texte_ou_vide("lib_groupement"),
            debut=bloc["debut"],
            constate_le=bloc["liste_au"],
            source=bloc["liste_source"],
        )
        for id_ti, liste in membres.items()
        for membre in liste
        if (
            connus[id_ti].pk,
            membre.epci.pk if membre.epci else None,
            membre.commune.pk if membre.commune else None,
        )
        not in deja
    ]
    Perimetre.objects.bulk_create(nouveaux)
    bilan.membres_ajoutes = len(nouveaux)


def _write_regions(
    connus: dict[str, Territoire], membres: dict[str, list[_Membre]], departements: set[str]
) -> None:
    """Régions et départements d’un territoire : ceux de ses communes (un EPCI peut être à cheval)."""
    epcis = {m.epci.pk for liste in membres.values() for m in liste if m.epci}
    places: dict[str, set[tuple[str, str]]] = defaultdict(set)
    lignes = Commune.objects.filter(Q(epci__in=epcis) | Q(ept__in=epcis)).values_list(
        "epci_id", "ept_id", "departement_id", "region_id"
    )
    for epci, ept, departement, region in lignes.distinct():
        for groupement in (epci, ept):
            if groupement in epcis:
                places[groupement].add((departement, region))
    for id_ti, liste in membres.items():
        trouves = {
            place
            for m in liste
            for place in (
                places[m.epci.pk] if m.epci else {(m.commune.departement_id, m.commune.region_id)}  # type: ignore[union-attr]
            )
        }
        territoire = connus[id_ti]
        territoire.departements.set(sorted({d for d, _ in trouves} & departements))
        territoire.regions.set(sorted({r for _, r in trouves} | {territoire.region_id}))


def _write_labels(territoires: list[Territoire], bloc: dict[str, Any], by: Auteur) -> None:
    """Le label de chaque territoire de la liste, entre les bornes de la phase, s’il n’en a pas déjà un de connu."""
    deja = set(
        Etape.objects.filter(fait=Fait.LABEL, territoire__in=territoires).values_list(
            "territoire_id", flat=True
        )
    )
    debut: date = bloc["label_debut"]
    fin: date = bloc["label_fin"]
    Etape.objects.bulk_create(
        Etape(
            territoire=territoire,
            fait=Fait.LABEL,
            debut=debut,
            fin=fin,
            fiabilite=Fiabilite.SOURCE,
            source=bloc["source"] if debut == fin else bloc["liste_source"],
            enregistre_at=maintenant(),
            enregistre_by=str(by),
        )
        for territoire in territoires
        if territoire.pk not in deja
    )
