"""Seuls actes qui écrivent les aides observées."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from maillage.aides import events
from maillage.aides.enums import SourceAides
from maillage.aides.lecture import AideLue, Lecture, read_fichier
from maillage.aides.models import AideObservee, FichierAides
from maillage.journal.actions import Auteur, record
from maillage.referentiels.lecture import compute_sha256
from maillage.referentiels.models import Commune, CommuneAncienne, Departement, Region
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.socle.texte import replier
from maillage.territoires.selectors import territoires_of_communes

LOT = 2_000
COMPARES = (
    "annee",
    "jour",
    "mesure",
    "axe",
    "numero_dossier",
    "projet",
    "beneficiaire",
    "siren",
    "attribuant",
    "attribuant_siren",
    "nature",
    "montant",
    "commune_id",
    "region_id",
)


@dataclass
class BilanAides:
    """Ce qu’un fichier contient et ce qu’il a changé. Les nombres du contenu sont les mêmes à la seconde lecture.

    `dans_ti` : lignes dans un territoire, par phase (« v1 », « v2 ») ; une ligne peut être des deux. `hors_ti` : lignes
    d’aucun territoire, y compris celles (`non_localisees`) dont la source ne donne pas la commune.
    """

    lignes: int
    centimes: int
    dans_ti: dict[str, int]
    hors_ti: int
    non_localisees: int
    rejets: list[str]
    crees: int = 0
    corriges: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "lignes": self.lignes,
            "montant_centimes": self.centimes,
            "dans_ti": self.dans_ti,
            "hors_ti": self.hors_ti,
            "rejets": len(self.rejets),
        }


@transaction.atomic
def import_aides(*, source: SourceAides, chemin: Path, by: Auteur, annee: int | None = None) -> BilanAides:
    """Enregistre les lignes d’un fichier, chacune placée dans sa commune et ses territoires. Rejouable sans effet.

    Une ligne connue qui diffère (nouvelle édition) suit l’ancienne sans l’effacer. DonneesIllisibles si le fichier n’est
    pas de ce format : rien n’est alors écrit.
    """
    lecture = read_fichier(chemin, source, annee=annee)
    fichier, recu = FichierAides.objects.get_or_create(
        source=source,
        sha256=compute_sha256(chemin),
        defaults={
            "nom": chemin.name,
            "annee": lecture.annee,
            "recu_at": maintenant(),
            "lignes": lecture.lignes,
            "centimes": lecture.centimes,
            "crees": 0,
            "corriges": 0,
            "rejets": lecture.rejets,
        },
    )
    nouvelles, corriges = _write_aides(lecture, fichier)
    bilan = _place(lecture, source)
    bilan.crees, bilan.corriges = nouvelles, corriges
    if nouvelles or corriges:
        fichier.crees, fichier.corriges = nouvelles, corriges
        fichier.save(update_fields=["crees", "corriges"])
    if recu or nouvelles or corriges:
        record(
            events.FICHIER_IMPORTE,
            cible=fichier,
            by=by,
            apres={
                "lignes": lecture.lignes,
                "crees": nouvelles,
                "corriges": corriges,
                "rejets": len(lecture.rejets),
            },
        )
    return bilan


def _write_aides(lecture: Lecture, fichier: FichierAides) -> tuple[int, int]:
    """Crée les lignes inconnues, fait suivre celles qui ont changé ; rend leurs nombres."""
    connues = {
        aide.cle: aide
        for lot in _lots([aide.cle for aide in lecture.aides])
        for aide in AideObservee.objects.en_vigueur().filter(source=lecture.source, cle__in=lot)
    }
    lieux = _Lieux(lecture)
    at = maintenant()
    a_creer, remplacees = [], []
    for lue in lecture.aides:
        aide = lieux.build(lue, fichier, at)
        ancienne = connues.get(lue.cle)
        if ancienne and all(getattr(ancienne, champ) == getattr(aide, champ) for champ in COMPARES):
            continue
        if ancienne:
            remplacees.append(ancienne.pk)
        a_creer.append(aide)
    for lot in _lots(remplacees):
        AideObservee.objects.filter(pk__in=lot).update(remplacee_at=at)
    AideObservee.objects.bulk_create(a_creer, batch_size=LOT)
    return len(a_creer) - len(remplacees), len(remplacees)


class _Lieux:
    """Du code d’une ligne à la commune actuelle et à la région."""

    def __init__(self, lecture: Lecture) -> None:
        self.communes = dict(Commune.objects.values_list("pk", "region_id"))
        self.anciennes = dict(CommuneAncienne.objects.values_list("pk", "commune_id"))
        self.departements = dict(Departement.objects.values_list("pk", "region_id"))
        self.regions = {replier(nom): code for code, nom in Region.objects.values_list("pk", "nom")}
        self.par_siren: dict[str, str] = {}
        if (
            lecture.source == SourceAides.SCDL
        ):  # seul lieu qu’elle donne : le bénéficiaire, quand c’est une commune
            self.par_siren = dict(Commune.objects.exclude(siren="").values_list("siren", "pk"))

    def build(self, lue: AideLue, fichier: FichierAides, at: Any) -> AideObservee:
        code = lue.code_commune or self.par_siren.get(lue.siren, "")
        commune = code if code in self.communes else self.anciennes.get(code)
        region = self.communes.get(commune) if commune else None
        region = region or self.departements.get(lue.code_departement)
        region = region or self.regions.get(replier(lue.nom_region))
        return AideObservee(
            fichier=fichier,
            source=fichier.source,
            cle=lue.cle,
            annee=lue.annee,
            jour=lue.jour,
            mesure=lue.mesure[:300],
            axe=lue.axe[:20],
            numero_dossier=lue.numero_dossier[:60],
            projet=lue.projet,
            beneficiaire=lue.beneficiaire,
            siren=lue.siren,
            attribuant=lue.attribuant,
            attribuant_siren=lue.attribuant_siren,
            nature=lue.nature,
            montant=lue.montant,
            commune_id=commune,
            region_id=region,
            lieu_source=lue.lieu_source,
            enregistree_at=at,
        )


def _place(lecture: Lecture, source: SourceAides) -> BilanAides:
    """Refait la place de chaque aide du fichier d’après les périmètres du jour : une phase finie se lit à son dernier jour."""
    aides = [
        couple
        for lot in _lots([aide.cle for aide in lecture.aides])
        for couple in AideObservee.objects.en_vigueur()
        .filter(source=source, cle__in=lot)
        .values_list("pk", "commune_id")
    ]
    communes = sorted({commune for _, commune in aides if commune})
    par_commune: dict[str, dict[int, str]] = {}
    for lot in _lots(communes):
        reponses = territoires_of_communes(Commune.objects.filter(pk__in=lot), aujourdhui())
        for code, vagues in reponses.items():
            par_commune[code] = {
                rattachement.territoire.pk: reponse.vague.code
                for reponse in vagues
                for rattachement in reponse.rattachements
            }
    voulues = {(pk, territoire) for pk, commune in aides for territoire in par_commune.get(commune or "", {})}
    lien = AideObservee.territoires.through
    presentes = {
        (aide, territoire): pk
        for lot in _lots([pk for pk, _ in aides])
        for pk, aide, territoire in lien.objects.filter(aideobservee__in=lot).values_list(
            "pk", "aideobservee_id", "territoire_id"
        )
    }
    for lot in _lots([pk for couple, pk in presentes.items() if couple not in voulues]):
        lien.objects.filter(pk__in=lot).delete()
    lien.objects.bulk_create(
        (
            lien(aideobservee_id=aide, territoire_id=territoire)
            for aide, territoire in sorted(voulues - set(presentes))
        ),
        batch_size=LOT,
    )
    dans = {"v1": 0, "v2": 0}
    hors = 0
    for _, commune in aides:
        phases = set(par_commune.get(commune or "", {}).values())
        for phase in phases:
            dans[phase] = dans.get(phase, 0) + 1
        hors += not phases
    return BilanAides(
        lignes=lecture.lignes,
        centimes=lecture.centimes,
        dans_ti=dans,
        hors_ti=hors,
        non_localisees=sum(1 for _, commune in aides if not commune),
        rejets=lecture.rejets,
    )


def _lots(valeurs: Iterable[Any]) -> Iterable[list[Any]]:
    liste = list(valeurs)
    return (liste[debut : debut + LOT] for debut in range(0, len(liste), LOT))
