"""Import des phases, des territoires et de leurs membres depuis les listes publiques. Tout ou rien, rejouable.

Actes comme ceux d’`actions` : une transaction, une ligne de journal par liste. Une liste est d’abord comparée
(`listes.compare_liste`), puis ses écarts deviennent des évènements datés. Un territoire absent d’une liste est
signalé, jamais sorti : une sortie du programme est un fait décidé, qui s’enregistre à part.
"""

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from maillage.journal.actions import Auteur, record
from maillage.referentiels.lecture import lire_texte
from maillage.referentiels.models import Commune, Epci, Region
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible, DonneesIllisibles
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires import events
from maillage.territoires.actions import record_etape, record_statut
from maillage.territoires.actions_perimetre import (
    Mouvement,
    Preuve,
    build_mouvement,
    lock_vagues,
    record_mutation,
    settle,
    tell,
    write_mutation,
)
from maillage.territoires.enums import Fait, Fiabilite, Mutation, NatureStatut, Sens
from maillage.territoires.listes import (
    EPCI,
    CleMembre,
    Comparaison,
    Ecart,
    ListeLue,
    compare_liste,
    detect_vague,
    read_liste,
    read_liste_texte,
)
from maillage.territoires.models import (
    Axe,
    Etape,
    EvenementPerimetre,
    ListeRecue,
    MouvementPerimetre,
    StatutTerritoire,
    Territoire,
    Vague,
)

ECARTS_NOMMES = 5


@dataclass
class BilanTerritoires:
    """Ce qu’un import a fait, pour une vague."""

    vague: str
    fichier: str
    lus: int = 0
    crees: int = 0
    modifies: int = 0
    membres_ajoutes: int = 0
    membres_sortis: int = 0
    absents: list[str] = field(default_factory=list)

    def phrase(self) -> str:
        texte = (
            f"{self.vague} ({self.fichier}) : {self.lus} groupements lus, {self.crees} territoires créés, "
            f"{self.modifies} modifiés, {self.membres_ajoutes} membres ajoutés, {self.membres_sortis} sortis"
        )
        if self.absents:
            texte += f" ; absents de la liste et gardés : {', '.join(self.absents)}"
        return texte


@dataclass(frozen=True)
class Cadre:
    """Quand et d’après quoi les écarts d’une liste ont eu lieu : entre `debut` et `fin`."""

    debut: date
    fin: date
    source: str
    label_debut: date
    label_fin: date
    label_source: str
    fiabilite: Fiabilite = Fiabilite.SOURCE
    sites: Mapping[str, str] = field(default_factory=dict)


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
    donnees = _read_toml(chemin)
    bilans = []
    sites = {site["territoire"]: site["site"] for site in donnees.get("sites", [])}
    for bloc in donnees["vagues"]:
        vague = _write_vague(bloc)
        bilan = _import_liste(vague, bloc, chemin.parent.parent, sites, by)
        suivi(bilan)
        bilans.append(bilan)
    return bilans


def _read_toml(chemin: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as erreur:
        raise DonneesIllisibles(
            f"{chemin.name} ne se lit pas ({erreur}). Reprenez le fichier d’origine."
        ) from erreur


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


def _import_liste(
    vague: Vague, bloc: dict[str, Any], dossier: Path, sites: Mapping[str, str], by: Auteur
) -> BilanTerritoires:
    chemin = dossier / bloc["fichier"]
    liste = read_liste_texte(lire_texte(chemin), chemin.name)
    _check_connus(liste)
    corrections = bloc.get("corrections", [])
    comparaison = compare_liste(liste, vague, bloc["liste_au"])
    cadre = Cadre(
        debut=bloc.get("membres_debut", bloc["debut"]),
        fin=bloc.get("membres_fin", bloc["liste_au"]),
        source=bloc["liste_source"],
        label_debut=bloc["label_debut"],
        label_fin=bloc["label_fin"],
        label_source=bloc["source"] if bloc["label_debut"] == bloc["label_fin"] else bloc["liste_source"],
        fiabilite=Fiabilite(bloc.get("membres_fiabilite", "source")),
        sites={cle.split("/")[1]: site for cle, site in sites.items() if cle.split("/")[0] == vague.code},
    )
    _put_back(comparaison, corrections)
    bilan = write_comparaison(comparaison, cadre, by)
    for correction in corrections:
        _apply_correction(vague, correction, by)
    if bilan.crees or bilan.modifies or bilan.membres_ajoutes:
        _record_import(vague, bilan, by)
    return bilan


def _record_import(vague: Vague, bilan: BilanTerritoires, by: Auteur) -> None:
    record(
        events.LISTE_IMPORTEE,
        cible=vague,
        by=by,
        apres={"fichier": bilan.fichier, "crees": bilan.crees, "modifies": bilan.modifies},
    )


def _check_connus(liste: ListeLue) -> None:
    """Un code inconnu refuse la liste entière : un membre manquant fausserait tout ce qui s’en déduit."""
    if not liste.inconnus:
        return
    n = len(liste.inconnus)
    suite = f" ; et {n - ECARTS_NOMMES} autres" if n > ECARTS_NOMMES else ""
    raise DonneesIllisibles(
        f"{liste.fichier}, {liste.inconnus[0]} : {n} {'code est inconnu' if n == 1 else 'codes sont inconnus'} du "
        f"référentiel ({' ; '.join(liste.inconnus[:ECARTS_NOMMES])}{suite}). Mettez à jour le découpage administratif, ou "
        "corrigez le fichier, puis recommencez.",
        liste.inconnus,
    )


def _put_back(comparaison: Comparaison, corrections: Iterable[Mapping[str, Any]]) -> None:
    """Avant une correction déjà connue, un territoire neuf avait les membres qu’elle a fait sortir, non ceux qu’elle a fait entrer."""
    neufs = {ecart.id_ti for ecart in comparaison.nouveaux}
    for correction in corrections:
        id_ti = correction["territoire"]
        if id_ti not in neufs:
            continue
        entres = {("epci", code) for code in correction.get("entrent", [])}
        entres |= {("commune", code) for code in correction.get("entrent_communes", [])}
        ecart = next(e for e in comparaison.ecarts if e.id_ti == id_ti)
        ecart.entrent[:] = [m for m in ecart.entrent if m.cle not in entres]
        ecart.entrent.extend(comparaison.view([(EPCI, code) for code in correction.get("sortent", [])]))


def _apply_correction(vague: Vague, correction: Mapping[str, Any], by: Auteur) -> None:
    """Un changement connu entre deux listes publiées, enregistré une fois."""
    territoire = Territoire.objects.select_related("vague").get(vague=vague, id_ti=correction["territoire"])
    source = correction["source"]
    deja = EvenementPerimetre.objects.filter(
        territoire=territoire, mutation__in=[Mutation.ENTREE, Mutation.SORTIE], source=source
    )
    if deja.exists():
        return
    entrent = [*Epci.objects.filter(pk__in=correction.get("entrent", []))]
    communes = [*Commune.objects.filter(pk__in=correction.get("entrent_communes", []))]
    sortent = [*Epci.objects.filter(pk__in=correction.get("sortent", []))]
    mouvements = [Mouvement(territoire, Sens.SORTIE, epci=epci) for epci in sortent]
    mouvements += [Mouvement(territoire, Sens.ENTREE, epci=epci) for epci in entrent]
    mouvements += [Mouvement(territoire, Sens.ENTREE, commune=commune) for commune in communes]
    record_mutation(
        mutation=Mutation.ENTREE if entrent or communes else Mutation.SORTIE,
        territoire=territoire,
        debut=correction["debut"],
        fin=correction["fin"],
        preuve=Preuve(
            source=source,
            fiabilite=Fiabilite(correction.get("fiabilite", "source")),
            remarque=correction.get("remarque", ""),
        ),
        mouvements=mouvements,
        by=by,
    )


# --- écrire les écarts d’une liste -----------------------------------------------------------------------------------


def write_comparaison(comparaison: Comparaison, cadre: Cadre, by: Auteur) -> BilanTerritoires:
    """Fait de chaque écart un évènement daté, puis refait les membres. À appeler dans une transaction."""
    vague, liste = comparaison.vague, comparaison.liste
    lock_vagues([vague.pk])
    bilan = BilanTerritoires(vague.nom, liste.fichier, lus=liste.lignes)
    cles = [m.cle for ecart in comparaison.ecarts for m in (*ecart.entrent, *ecart.sortent)]
    membres = _load_membres(cles)
    neufs = _write_nouveaux(comparaison, cadre, membres, by)
    connus = {e.id_ti: e.territoire for e in comparaison.ecarts if e.territoire} | neufs
    preuve = Preuve(source=cadre.source, fiabilite=cadre.fiabilite)
    transferts = {(t.membre.cle, t.de): t.vers for t in comparaison.transferts}
    par_paire: dict[tuple[str, str], list[CleMembre]] = defaultdict(list)
    for (cle, de), vers in transferts.items():
        par_paire[de, vers].append(cle)

    def move(territoire: Territoire, sens: Sens, cles: Iterable[CleMembre]) -> list[Mouvement]:
        return [
            _build(territoire, sens, membres[cle], liste.libelles.get(cle[1], ""), cadre.sites)
            for cle in cles
        ]

    def write(mutation: Mutation, territoire: Territoire, mouvements: list[Mouvement], **suite: Any) -> None:
        if mouvements or suite:
            write_mutation(
                mutation=mutation,
                territoire=territoire,
                debut=cadre.debut,
                fin=cadre.fin,
                preuve=preuve,
                mouvements=mouvements,
                by=by,
                **suite,
            )

    for (de, vers), cles_paire in par_paire.items():
        if vers in neufs:
            continue
        write(
            Mutation.TRANSFERT,
            connus[vers],
            [*move(connus[de], Sens.SORTIE, cles_paire), *move(connus[vers], Sens.ENTREE, cles_paire)],
        )
    for ecart in comparaison.ecarts:
        territoire = ecart.territoire
        if territoire is None:
            continue
        bilan.modifies += 1
        partis = [
            m.cle
            for m in ecart.sortent
            if (m.cle, ecart.id_ti) not in transferts or transferts[m.cle, ecart.id_ti] in neufs
        ]
        arrives = {cle for (de, vers), liste_ in par_paire.items() for cle in liste_ if vers == ecart.id_ti}
        write(Mutation.SORTIE, territoire, move(territoire, Sens.SORTIE, partis))
        write(
            Mutation.ENTREE,
            territoire,
            move(territoire, Sens.ENTREE, [m.cle for m in ecart.entrent if m.cle not in arrives]),
        )
        if ecart.is_renomme:
            write(Mutation.RENOMMAGE, territoire, [], ancien_nom=ecart.ancien_nom, nouveau_nom=ecart.nom)
    _write_sites(vague, cadre.sites)
    settle(list(Territoire.objects.filter(pk__in=[t.pk for t in connus.values()]).select_related("vague")))
    bilan.crees = len(neufs)
    bilan.membres_ajoutes = comparaison.entrees_count
    bilan.membres_sortis = comparaison.sorties_count
    bilan.absents = [f"{t.id_ti} {t.nom}" for t in comparaison.absents]
    return bilan


def _write_sites(vague: Vague, sites: Mapping[str, str]) -> None:
    Territoire.objects.filter(vague=vague, id_ti__in=list(sites), is_site=False).update(is_site=True)


def _load_membres(cles: Iterable[CleMembre]) -> dict[CleMembre, Epci | Commune]:
    cles = list(cles)
    membres: dict[CleMembre, Epci | Commune] = {}
    for epci in Epci.objects.filter(pk__in=[code for nature, code in cles if nature == EPCI]):
        membres[EPCI, epci.pk] = epci
    for commune in Commune.objects.filter(pk__in=[code for nature, code in cles if nature != EPCI]):
        membres["commune", commune.pk] = commune
    return membres


def _build(
    territoire: Territoire, sens: Sens, membre: Epci | Commune, libelle: str, sites: Mapping[str, str]
) -> Mouvement:
    return Mouvement(
        territoire,
        sens,
        epci=membre if isinstance(membre, Epci) else None,
        commune=membre if isinstance(membre, Commune) else None,
        site=sites.get(territoire.id_ti, ""),
        libelle=libelle[:250],
    )


def _write_nouveaux(
    comparaison: Comparaison,
    cadre: Cadre,
    membres: Mapping[CleMembre, Epci | Commune],
    by: Auteur,
) -> dict[str, Territoire]:
    """Crée d’un coup les territoires que la liste fait connaître : label, évènement de création, membres."""
    regions = {r.pk: r for r in Region.objects.all()}
    ecarts: dict[str, Ecart] = {ecart.id_ti: ecart for ecart in comparaison.nouveaux}
    for id_ti in ecarts:
        if id_ti.removeprefix("ti-")[:2] not in regions:
            raise DonneesIllisibles(
                f"{comparaison.liste.fichier} : « {id_ti} » ne commence pas par un code de région. "
                "Corrigez le fichier ou reprenez l’original, puis recommencez."
            )
    vague, instant = comparaison.vague, maintenant()
    for id_ti, ecart in ecarts.items():
        territoire = Territoire(
            vague=vague,
            id_ti=id_ti,
            nom=ecart.nom,
            region=regions[id_ti.removeprefix("ti-")[:2]],
            is_site=id_ti in cadre.sites,
            source=cadre.source,
        )
        territoire.save()
    neufs = {
        t.id_ti: t
        for t in Territoire.objects.filter(vague=vague, id_ti__in=list(ecarts)).select_related("vague")
    }
    Etape.objects.bulk_create(
        Etape(
            territoire=territoire,
            fait=Fait.LABEL,
            debut=cadre.label_debut,
            fin=cadre.label_fin,
            fiabilite=Fiabilite.SOURCE,
            source=cadre.label_source,
            enregistre_at=instant,
            enregistre_by=str(by),
        )
        for territoire in neufs.values()
    )
    EvenementPerimetre.objects.bulk_create(
        EvenementPerimetre(
            mutation=Mutation.CREATION,
            territoire=territoire,
            debut=cadre.debut,
            fin=cadre.fin,
            nouveau_nom=territoire.nom,
            fiabilite=cadre.fiabilite,
            source=cadre.source,
            enregistre_at=instant,
            enregistre_by=str(by),
        )
        for territoire in neufs.values()
    )
    creations = {
        e.territoire_id: e
        for e in EvenementPerimetre.objects.filter(
            mutation=Mutation.CREATION, territoire__in=[t.pk for t in neufs.values()]
        )
    }
    table = EvenementPerimetre.territoires.through
    table.objects.bulk_create(
        table(evenementperimetre_id=e.pk, territoire_id=pk) for pk, e in creations.items()
    )
    MouvementPerimetre.objects.bulk_create(
        build_mouvement(
            creations[territoire.pk],
            _build(
                territoire,
                Sens.ENTREE,
                membres[membre.cle],
                comparaison.liste.libelles.get(membre.cle[1], ""),
                cadre.sites,
            ),
            instant,
        )
        for id_ti, territoire in neufs.items()
        for membre in ecarts[id_ti].entrent
    )
    return neufs


# --- une liste reçue : comparée, puis appliquée ------------------------------------------------------------------------


@transaction.atomic
def receive_liste(
    *,
    contenu: bytes,
    fichier: str,
    by: Auteur,
    vague_attendue: Vague | None = None,
    arretee_le: date | None = None,
    depuis: date | None = None,
    source: str = "",
) -> ListeRecue:
    """Lit une liste, reconnaît sa forme et sa phase, et la garde pour être comparée. Ne change aucun territoire.

    `arretee_le` : lue dans le nom du fichier (AAAAMMJJ) si elle manque. `depuis` : le lendemain de la dernière liste connue.
    Erreur : DonneesIllisibles (forme, phase inconnue ou autre que celle attendue), ActionImpossible (dates).
    """
    fichier = Path(fichier).name[:200]
    liste = read_liste(contenu, fichier)
    vague = detect_vague(liste)
    if vague_attendue is not None and vague_attendue.pk != vague.pk:
        raise DonneesIllisibles(
            f"{fichier} contient les {len(liste.noms)} territoires de la {vague.nom}, et non de la {vague_attendue.nom}. "
            "Reprenez le bon fichier, ou changez la phase attendue."
        )
    arretee_le = arretee_le or read_jour(fichier)
    if arretee_le is None:
        raise ActionImpossible(
            "À quel jour cette liste est-elle arrêtée ? Le nom du fichier ne le dit pas : indiquez la date."
        )
    if arretee_le > aujourdhui():
        raise ActionImpossible("Une liste ne peut pas être arrêtée dans l’avenir : corrigez la date.")
    if arretee_le < vague.debut:
        raise ActionImpossible(
            f"La {vague.nom} commence le {format_jour(vague.debut)} : une liste arrêtée le {format_jour(arretee_le)} "
            "ne peut pas être la sienne. Corrigez la date."
        )
    depuis = depuis or min(get_lendemain(vague, arretee_le), arretee_le)
    if depuis > arretee_le:
        raise ActionImpossible(
            "Les changements ne peuvent pas être plus tardifs que la liste : corrigez « au plus tôt »."
        )
    recue = ListeRecue.objects.create(
        fichier=fichier,
        sha256=hashlib.sha256(contenu).hexdigest(),
        format=liste.format,
        vague=vague,
        arretee_le=arretee_le,
        depuis=depuis,
        source=source.strip()[:300] or f"Liste {liste.format.label}, {fichier}, au {format_jour(arretee_le)}",
        contenu=liste.to_json(),
        recue_at=maintenant(),
        recue_by=str(by)[:200],
    )
    record(events.LISTE_RECUE, cible=recue, by=by)
    return recue


def read_jour(fichier: str) -> date | None:
    """La date d’un nom « liste-ti-20240704.csv » ; None s’il n’en porte pas."""
    trouves = re.findall(r"(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})(?!\d)", fichier)
    for annee, mois, jour in reversed(trouves):
        try:
            return date(int(annee), int(mois), int(jour))
        except ValueError:
            continue
    return None


def get_lendemain(vague: Vague, avant: date) -> date:
    """Le lendemain du dernier état connu d’une phase avant un jour ; son début si rien n’en est connu."""
    derniere = (
        EvenementPerimetre.objects.filter(territoire__vague=vague, territoire__is_fictif=False, fin__lt=avant)
        .order_by("-fin")
        .values_list("fin", flat=True)
        .first()
    )
    return derniere + timedelta(days=1) if derniere else vague.debut


def compare_recue(recue: ListeRecue) -> Comparaison:
    """La comparaison d’une liste gardée avec ce qu’on sait aujourd’hui du jour où elle est arrêtée."""
    return compare_liste(ListeLue.from_json(recue.fichier, recue.contenu), recue.vague, recue.arretee_le)


@transaction.atomic
def apply_liste(*, recue: ListeRecue, by: Auteur) -> BilanTerritoires:
    """Applique les écarts d’une liste reçue : chacun devient un évènement, daté entre les bornes de la liste.

    Erreurs : déjà appliquée, codes inconnus, rien à changer, ou un membre dans deux territoires ; rien n’est alors écrit.
    """
    recue = ListeRecue.objects.select_for_update(of=("self",)).select_related("vague").get(pk=recue.pk)
    if recue.appliquee_at:
        raise ActionImpossible("Cette liste est déjà appliquée : il n’y a rien à refaire.")
    comparaison = compare_recue(recue)
    _check_connus(comparaison.liste)
    if comparaison.is_vide:
        raise ActionImpossible("Cette liste ne change rien : les territoires sont déjà ainsi.")
    cadre = Cadre(
        debut=recue.depuis,
        fin=recue.arretee_le,
        source=recue.source,
        label_debut=recue.depuis,
        label_fin=recue.arretee_le,
        label_source=recue.source,
    )
    bilan = write_comparaison(comparaison, cadre, by)
    recue.appliquee_at = maintenant()
    recue.appliquee_by = str(by)[:200]
    recue.save(update_fields=["appliquee_at", "appliquee_by"])
    _record_import(recue.vague, bilan, by)
    return bilan


# --- l’histoire que des textes publiés racontent ---------------------------------------------------------------------


@transaction.atomic
def record_perimetres_publies(*, by: Auteur, programme: Path | None = None) -> int:
    """Enregistre les changements de périmètre et de nom de `donnees/programme/perimetres.toml` ; rend leur nombre.

    Chacun une fois : un évènement de même nature, de mêmes bornes et de même source n’est pas refait. Une entrée mieux
    datée remplace celle que la liste bornait, qui reste dans l’histoire.
    """
    chemin = programme or settings.DOSSIER_DONNEES / "programme" / "perimetres.toml"
    donnees = _read_toml(chemin)
    sources = donnees["sources"]
    for bloc in donnees.get("territoires", []):
        _ensure_ancien(bloc, sources[bloc["source"]], by)
    faits = [
        evenement
        for bloc in donnees["evenements"]
        if (evenement := _write_publie(bloc, sources[bloc["source"]], by)) is not None
    ]
    # Tous écrits avant d’être rejoués : l’un explique l’autre (la scission dit quand les membres ont changé de territoire).
    concernes = Territoire.objects.filter(mutations_vecues__in=[e.pk for e in faits])
    settle(list(concernes.select_related("vague").distinct()))
    for evenement in faits:
        tell(evenement, by)
    for bloc in donnees.get("statuts", []):
        for cle in bloc["territoires"]:
            _ensure_statut(_get(cle), bloc, sources[bloc["source"]], by)
    return len(faits)


def _ensure_statut(
    territoire: Territoire, bloc: Mapping[str, Any], source: Mapping[str, str], by: Auteur
) -> None:
    """Un statut publié, une fois : ni refait, ni rétabli si quelqu’un l’a corrigé depuis."""
    if StatutTerritoire.objects.filter(territoire=territoire, nature=bloc["nature"]).exists():
        return
    record_statut(
        territoire=territoire,
        nature=NatureStatut(bloc["nature"]),
        debut=bloc["debut"],
        fin=bloc.get("fin"),
        aide=bloc.get("aide", ""),
        source=source["texte"],
        source_url=source.get("url", ""),
        fiabilite=Fiabilite(bloc.get("fiabilite", "source")),
        by=by,
    )


def _get(cle: str) -> Territoire:
    vague, id_ti = cle.split("/")
    return Territoire.objects.by_cle(vague, id_ti).select_related("vague", "region").get()


def _ensure_ancien(bloc: Mapping[str, Any], source: Mapping[str, str], by: Auteur) -> None:
    """Un territoire nommé par une source, que les listes ne connaissent plus."""
    code, id_ti = bloc["cle"].split("/")
    if Territoire.objects.by_cle(code, id_ti).exists():
        return
    territoire = Territoire.objects.create(
        vague=Vague.objects.get(numero=int(code.removeprefix("v"))),
        id_ti=id_ti,
        nom=bloc["nom"],
        region=Region.objects.get(pk=bloc["region"]),
        source=source["texte"][:300],
    )
    territoire.regions.add(territoire.region)
    record(
        events.TERRITOIRE_CREE, cible=territoire, territoire=territoire.cle, by=by, date_effet=bloc["jour"]
    )
    record_etape(
        territoire=territoire,
        fait=Fait.LABEL,
        debut=bloc["jour"],
        source=source["texte"],
        source_url=source.get("url", ""),
        by=by,
    )


def _write_publie(
    bloc: Mapping[str, Any], source: Mapping[str, str], by: Auteur
) -> EvenementPerimetre | None:
    territoire = _get(bloc["territoire"])
    mutation = Mutation(bloc["mutation"])
    debut: date = bloc["debut"]
    fin: date = bloc["fin"]
    texte = source["texte"] + (f"\u00a0; {bloc['complement']}" if "complement" in bloc else "")
    deja = EvenementPerimetre.objects.filter(
        territoire=territoire,
        mutation=mutation,
        debut=debut,
        fin=fin,
        source=texte,
        nouveau_nom=bloc.get("nouveau_nom", ""),
    )
    if deja.exists():
        return None
    groupes = [
        _read_mouvement(ligne, sens)
        for sens in (Sens.SORTIE, Sens.ENTREE)
        for ligne in bloc.get("sortent" if sens == Sens.SORTIE else "entrent", [])
    ]
    mouvements = [m for groupe in groupes for m in groupe]
    return write_mutation(
        mutation=mutation,
        territoire=territoire,
        debut=debut,
        fin=fin,
        preuve=Preuve(
            source=texte,
            source_url=source.get("url", ""),
            fiabilite=Fiabilite(bloc.get("fiabilite", "source")),
            instance=bloc.get("instance", ""),
        ),
        mouvements=mouvements,
        autres=[_get(cle) for cle in bloc.get("autres", [])],
        ancien_nom=bloc.get("ancien_nom", ""),
        nouveau_nom=bloc.get("nouveau_nom", ""),
        remplace=_find_remplaces(mouvements),
        by=by,
    )


def _read_mouvement(ligne: Mapping[str, Any], sens: Sens) -> list[Mouvement]:
    territoire = _get(ligne["territoire"])
    dates = {
        "debut": ligne.get("debut"),
        "fin": ligne.get("fin"),
        "fiabilite": Fiabilite(ligne["fiabilite"]) if "fiabilite" in ligne else None,
    }
    return [
        *(
            Mouvement(territoire, sens, epci=epci, **dates)
            for epci in Epci.objects.filter(pk__in=ligne.get("epci", [])).order_by("pk")
        ),
        *(
            Mouvement(territoire, sens, commune=commune, **dates)
            for commune in Commune.objects.filter(pk__in=ligne.get("communes", [])).order_by("pk")
        ),
    ]


def _find_remplaces(mouvements: Iterable[Mouvement]) -> list[MouvementPerimetre]:
    """Les entrées déjà connues du même membre dans le même territoire, que les nouvelles précisent."""
    remplaces: list[MouvementPerimetre] = []
    for mouvement in mouvements:
        if mouvement.sens == Sens.ENTREE:
            remplaces += MouvementPerimetre.objects.connus().filter(
                territoire=mouvement.territoire,
                sens=Sens.ENTREE,
                epci=mouvement.epci,
                commune=mouvement.commune,
            )
    return remplaces
