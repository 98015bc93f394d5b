"""Seuls actes qui écrivent le catalogue. Montants en centimes, taux en dix-millièmes."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from maillage.comptes.models import Organisation
from maillage.dispositifs import events
from maillage.dispositifs.enums import Famille, Origine
from maillage.dispositifs.models import Convention, Dispositif, Facette, VersionDispositif
from maillage.dispositifs.policies import check_contenu, check_listes
from maillage.dispositifs.textes import clean_html
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.socle.texte import replier

Listes = Mapping[Famille, Iterable[str]]

TENUS_PAR_L_ACTE = {
    "id",
    "dispositif",
    "numero",
    "depuis",
    "motif",
    "sources",
    "enregistre_at",
    "enregistre_by",
}
CHAMPS = tuple(
    champ.name for champ in VersionDispositif._meta.concrete_fields if champ.name not in TENUS_PAR_L_ACTE
)
HTML = ("description", "eligibilite", "contact", "cumul")


@transaction.atomic
def create_dispositif(
    *,
    contenu: Mapping[str, Any],
    by: Auteur,
    listes: Listes | None = None,
    financeur: Organisation | None = None,
    depuis: date | None = None,
    sources: Mapping[str, Any] | None = None,
    origine: Origine = Origine.SAISIE,
    identifiant: UUID | None = None,
    identifiant_externe: str = "",
    convention: Convention | None = None,
    is_fictif: bool = False,
) -> Dispositif:
    """Inscrit un dispositif au catalogue, avec sa première version, en vigueur `depuis` ce jour (défaut : aujourd’hui).

    `contenu` : champs de `VersionDispositif` (`CHAMPS`) ; `listes` : codes par famille ; `sources` : champ → texte et url,
    « * » pour toutes les autres. Ce qui n’est pas donné reste inconnu. ActionImpossible, au champ, si une valeur ne va pas.
    """
    maintenant_ = maintenant()
    dispositif = Dispositif.objects.create(
        identifiant=identifiant or uuid4(),
        financeur=financeur,
        titre=str(contenu.get("titre", ""))[:250],
        origine=origine,
        identifiant_externe=identifiant_externe,
        convention=convention,
        is_fictif=is_fictif,
        cree_at=maintenant_,
        modifie_at=maintenant_,
    )
    _write_version(
        dispositif,
        contenu={**_vide(), **contenu},
        listes={**dict.fromkeys(Famille, ()), **(listes or {})},
        depuis=depuis or aujourdhui(),
        sources=sources or {},
        motif="",
        by=by,
    )
    record(
        events.DISPOSITIF_CREE,
        cible=dispositif,
        by=by,
        apres={
            "financeur": financeur.nom if financeur else "",
            "depuis": format_jour(depuis or aujourdhui()),
        },
        date_effet=depuis,
    )
    return dispositif


@transaction.atomic
def record_version(
    *,
    dispositif: Dispositif,
    by: Auteur,
    version_lue: int,
    contenu: Mapping[str, Any] | None = None,
    listes: Listes | None = None,
    depuis: date | None = None,
    sources: Mapping[str, Any] | None = None,
    source: Mapping[str, str] | None = None,
    motif: str = "",
) -> VersionDispositif:
    """Enregistre ce qui change, en vigueur `depuis` ce jour (défaut : aujourd’hui) ; le reste est repris de la dernière version.

    `sources` : champ → texte et url ; `source` : celle de tout ce qui change.
    Rien n’est écrasé : l’ancienne version vaut toujours pour les jours d’avant. Sans changement, rien n’est écrit et la
    dernière version est rendue. ConflitEdition si quelqu’un a enregistré une version après `version_lue`.
    """
    dispositif = Dispositif.objects.select_for_update(of=("self",)).get(pk=dispositif.pk)
    if dispositif.version != version_lue:
        raise ConflitEdition(
            "Ce dispositif a été enregistré par quelqu’un d’autre entre-temps. Relisez-le, puis enregistrez de nouveau."
        )
    derniere = dispositif.versions.prefetch_related("facettes").get(numero=dispositif.version)
    nouveau = {champ: getattr(derniere, champ) for champ in CHAMPS} | _propre(contenu or {})
    nouvelles = {famille: derniere.get_codes(famille) for famille in Famille}
    nouvelles |= {Famille(f): list(dict.fromkeys(codes)) for f, codes in (listes or {}).items()}
    champs = find_changes(derniere, nouveau, nouvelles)
    preuves = {**derniere.sources, **(sources or {})}
    if source:
        preuves |= {champ: dict(source) for champ in champs}
    is_meme_jour = depuis is None or depuis == derniere.depuis
    if not champs and preuves == derniere.sources and is_meme_jour:
        return derniere
    version = _write_version(
        dispositif,
        contenu=nouveau,
        listes=nouvelles,
        depuis=depuis or aujourdhui(),
        sources=preuves,
        motif=motif,
        by=by,
    )
    record(
        events.VERSION_ENREGISTREE,
        cible=dispositif,
        by=by,
        motif=motif,
        avant={"numero": derniere.numero},
        apres={
            "numero": version.numero,
            "depuis": format_jour(version.depuis),
            "champs": [get_libelle(champ) for champ in champs] or ["sources et date d’effet"],
        },
        date_effet=version.depuis,
    )
    return version


@transaction.atomic
def record_convention(
    *,
    operateur: Organisation,
    titre: str,
    signee_le: date,
    source: str,
    by: Auteur,
    url: str = "",
    engagement: str = "",
) -> Convention:
    """Enregistre l’acte qui lie l’État et un opérateur, d’après une source ; le même n’est pas enregistré deux fois."""
    convention, creee = Convention.objects.get_or_create(
        operateur=operateur,
        titre=titre,
        signee_le=signee_le,
        defaults={
            "engagement": engagement,
            "source": source,
            "url": url,
            "enregistre_at": maintenant(),
            "enregistre_by": str(by),
        },
    )
    if creee:
        record(
            events.CONVENTION_ENREGISTREE,
            cible=convention,
            by=by,
            apres={"operateur": operateur.nom},
            date_effet=signee_le,
        )
    return convention


def find_changes(
    version: VersionDispositif, contenu: Mapping[str, Any], listes: Mapping[Famille, Iterable[str]]
) -> list[str]:
    """Les champs et les listes qui diffèrent d’une version, dans l’ordre du modèle puis des familles."""
    champs = [champ for champ in CHAMPS if contenu[champ] != getattr(version, champ)]
    familles = [f.value for f in Famille if set(listes[f]) != set(version.get_codes(f))]
    return champs + familles


def get_libelle(champ: str) -> str:
    """Le nom, à l’écran, d’un champ ou d’une liste."""
    if champ in Famille.values:
        return Famille(champ).label.lower()
    return str(VersionDispositif._meta.get_field(champ).verbose_name)  # type: ignore[union-attr]


def _vide() -> dict[str, Any]:
    champs = {champ.name: champ for champ in VersionDispositif._meta.concrete_fields}
    return {
        nom: champs[nom].get_default() if champs[nom].has_default() else None if champs[nom].null else ""
        for nom in CHAMPS
    }


def _propre(contenu: Mapping[str, Any]) -> dict[str, Any]:
    inconnus = set(contenu) - set(CHAMPS)
    if inconnus:
        raise TypeError(f"champs inconnus d’une version\u00a0: {', '.join(sorted(inconnus))}")
    propre = dict(contenu)
    for champ in HTML:
        if champ in propre:
            propre[champ] = clean_html(propre[champ])
    if "titre" in propre:
        propre["titre"] = propre["titre"].strip()
    return propre


def _write_version(
    dispositif: Dispositif,
    *,
    contenu: Mapping[str, Any],
    listes: Listes,
    depuis: date,
    sources: Mapping[str, Any],
    motif: str,
    by: Auteur,
) -> VersionDispositif:
    propre = _propre(contenu)
    check_contenu(propre)
    check_listes(listes)
    version = VersionDispositif.objects.create(
        dispositif=dispositif,
        numero=dispositif.version + 1,
        depuis=depuis,
        sources=dict(sources),
        motif=motif.strip(),
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        **propre,
    )
    Facette.objects.bulk_create(
        Facette(version=version, famille=famille, code=code)
        for famille, codes in listes.items()
        for code in dict.fromkeys(codes)
    )
    dispositif.version = version.numero
    dispositif.titre = version.titre
    financeur = dispositif.financeur.nom if dispositif.financeur else version.financeur_nom
    dispositif.titre_recherche = replier(f"{version.titre} {version.promesse} {financeur}")[:500]
    dispositif.modifie_at = version.enregistre_at
    dispositif.save()
    return version
