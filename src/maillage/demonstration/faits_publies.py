"""Enregistre ce que des textes publiés disent (donnees/programme/), par les actes de la plateforme. Rejouable.

Une installation réelle s’en sert aussi : ce ne sont pas des données de démonstration.
"""

import tomllib
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from maillage.comptes.actions import create_organisation, create_personne
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.contrats.actions import Source, record_acte_constate
from maillage.contrats.enums import NatureActe
from maillage.fiches.actions import create_fiche
from maillage.fiches.actions_partage import answer_partage, propose_partage
from maillage.fiches.enums import EtatPorteur, Maturite, StatutFiche, Visibilite
from maillage.fiches.models import FicheAction
from maillage.fiches.rubriques import COLLECTIONS
from maillage.gouvernance.actions import add_college, create_comite
from maillage.gouvernance.enums import NatureComite
from maillage.gouvernance.models import Comite
from maillage.journal.actions import Auteur, Systeme
from maillage.pilotage.actions import record_chiffre_publie
from maillage.pilotage.models import Unite
from maillage.referentiels.models import Departement, Epci, Region
from maillage.territoires.actions import (
    correct_etape,
    give_mandat,
    record_etape,
    rename_nom_local,
    tell_evenement,
)
from maillage.territoires.actions_mandats import create_binome, declare_place, name_animation
from maillage.territoires.enums import (
    ROLES_BINOME,
    EtatPlace,
    Fait,
    Fiabilite,
    NatureEvenement,
    PorteeBinome,
    RoleMandat,
)
from maillage.territoires.imports import record_perimetres_publies
from maillage.territoires.models import (
    Axe,
    Binome,
    Etape,
    Evenement,
    Mandat,
    Place,
    StructureAnimatrice,
    Territoire,
)

AUTEUR = Systeme("faits publiés")


def read_programme(nom: str) -> dict[str, Any]:
    """Un fichier de donnees/programme/."""
    return tomllib.loads((settings.DOSSIER_DONNEES / "programme" / nom).read_text(encoding="utf-8"))


def get_territoire(cle: str) -> Territoire:
    """Le territoire d’une clé « v1/ti-4403 », avec sa vague."""
    vague, id_ti = cle.split("/")
    return Territoire.objects.by_cle(vague, id_ti).select_related("vague", "region").get()


@transaction.atomic
def record_faits_publies(*, by: Auteur = AUTEUR) -> None:
    """Enregistre organisations, labels, actes constatés, évènements, binômes, fiches et chiffres publiés."""
    donnees = read_programme("faits_publies.toml")
    sources = donnees["sources"]
    organisations = {bloc["cle"]: ensure_organisation(bloc, by) for bloc in donnees["organisations"]}
    for bloc in donnees["labels"]:
        for cle in bloc["territoires"]:
            _record_label(get_territoire(cle), bloc, sources[bloc["source"]], by)
    record_perimetres_publies(by=by)
    for bloc in donnees["actes"]:
        for cle in bloc["territoires"]:
            record_acte_constate(
                territoire=get_territoire(cle),
                titre=bloc["titre"],
                debut=bloc["debut"],
                fin=bloc["fin"],
                sources=[
                    Source(
                        texte=f"{sources[s['source']]['texte']}\u00a0: {s['dit']}",
                        nature=NatureActe(s["nature"]),
                        url=sources[s["source"]].get("url", ""),
                    )
                    for s in bloc["sources"]
                ],
                by=by,
            )
    for bloc in donnees["evenements"]:
        if not Evenement.objects.filter(jour=bloc["jour"], titre=bloc["titre"]).exists():
            tell_evenement(
                territoires=[get_territoire(cle) for cle in bloc["territoires"]],
                jour=bloc["jour"],
                nature=NatureEvenement(bloc["nature"]),
                titre=bloc["titre"],
                lieu=bloc.get("lieu", ""),
                recit=bloc.get("recit", ""),
                organisations=[organisations[cle] for cle in bloc.get("organisations", [])],
                source=sources[bloc["source"]]["texte"],
                by=by,
            )
    for bloc in donnees["binomes"]:
        _ensure_binome(bloc, sources[bloc["source"]]["texte"], by)
    for bloc in donnees["mandats"]:
        _record_mandat(bloc, organisations, sources[bloc["source"]]["texte"], by)
    for bloc in donnees["binomes"]:
        _record_places(bloc, sources[bloc["source"]]["texte"], by)
    for bloc in donnees["places"]:
        _ensure_place(
            get_territoire(bloc["territoire"]),
            RoleMandat(bloc["role"]),
            None,
            sources[bloc["source"]]["texte"],
            by,
            bloc["precision"],
        )
    for bloc in donnees["animations"]:
        _record_animation(bloc, organisations[bloc["organisation"]], sources[bloc["source"]]["texte"], by)
    for bloc in donnees["noms_locaux"]:
        rename_nom_local(territoire=get_territoire(bloc["territoire"]), nom_local=bloc["nom"], by=by)
    for bloc in donnees["comites"]:
        _record_comite(bloc, sources[bloc["source"]]["texte"], by)
    _record_fiches(donnees["fiches"], sources, by)
    grand_est = donnees["fiches_grand_est"]
    _record_fiches_grand_est(grand_est, sources[grand_est["source"]]["texte"], by)
    _record_chiffres(by)


def ensure_organisation(bloc: dict[str, Any], by: Auteur) -> Organisation:
    """L’organisation décrite, créée si elle manque ; un EPCI prend nom et SIREN du référentiel."""
    if siren := bloc.get("epci"):
        epci = Epci.objects.get(pk=siren)
        deja = Organisation.objects.filter(epci=epci).first()
        return deja or create_organisation(
            nom=epci.nom,
            type=TypeOrganisation.EPCI,
            siren=siren,
            epci=epci,
            region=epci.region,
            departement=epci.departement,
            is_financeur=True,
            by=by,
        )
    deja = Organisation.objects.filter(nom=bloc["nom"]).first()
    return deja or create_organisation(
        nom=bloc["nom"],
        type=TypeOrganisation(bloc["type"]),
        categorie=bloc.get("categorie", ""),
        region=Region.objects.get(pk=bloc["region"]) if "region" in bloc else None,
        departement=Departement.objects.get(pk=bloc["departement"]) if "departement" in bloc else None,
        is_financeur=bloc.get("is_financeur", False),
        is_fictif=bloc.get("is_fictif", False),
        by=by,
    )


def _record_comite(bloc: dict[str, Any], source: str, by: Auteur) -> None:
    """Un comité dont un texte parle, avec ses collèges s’il les dit ; ses membres restent à nommer."""
    territoire = get_territoire(bloc["territoire"])
    if Comite.objects.filter(territoire=territoire, noms__nom=bloc["nom"]).exists():
        return
    comite = create_comite(
        territoire=territoire,
        nature=NatureComite(bloc["nature"]),
        nom=bloc["nom"],
        source=f"{bloc['dit']} ({source})"[:300],
        by=by,
    )
    for nom in bloc.get("colleges", []):
        add_college(comite=comite, nom=nom, by=by)


def _record_label(territoire: Territoire, bloc: dict[str, Any], source: dict[str, str], by: Auteur) -> None:
    """Un label mieux connu corrige celui que la liste bornait ; le premier fait reste lisible."""
    texte = source["texte"] + (f"\u00a0; {bloc['complement']}" if "complement" in bloc else "")
    debut: date = bloc["debut"]
    fin: date = bloc["fin"]
    etapes = Etape.objects.connues().filter(territoire=territoire, fait=Fait.LABEL)
    if etapes.filter(debut=debut, fin=fin).exists():
        return
    if etape := etapes.first():
        correct_etape(
            etape=etape,
            debut=debut,
            fin=fin,
            source=texte,
            fiabilite=Fiabilite(bloc["fiabilite"]),
            source_url=source.get("url", ""),
            motif="date mieux connue par une source",
            by=by,
        )
    else:
        record_etape(
            territoire=territoire,
            fait=Fait.LABEL,
            debut=debut,
            fin=fin,
            source=texte,
            source_url=source.get("url", ""),
            fiabilite=Fiabilite(bloc["fiabilite"]),
            by=by,
        )


def _record_mandat(
    bloc: dict[str, Any], organisations: dict[str, Organisation], source: str, by: Auteur
) -> None:
    territoire = get_territoire(bloc["territoire"])
    personne = Personne.objects.filter(prenom=bloc["prenom"], nom=bloc["nom"], source=source).first()
    if personne is None:
        personne = create_personne(prenom=bloc["prenom"], nom=bloc["nom"], source=source, by=by)
    if Mandat.objects.connus().filter(territoire=territoire, personne=personne, role=bloc["role"]).exists():
        return
    give_mandat(
        territoire=territoire,
        personne=personne,
        role=RoleMandat(bloc["role"]),
        intitule=bloc["intitule"],
        organisation=organisations[bloc["organisation"]],
        binome=_find_binome(territoire, bloc["binome"]) if "binome" in bloc else None,
        fiabilite=Fiabilite(bloc.get("fiabilite", "source")),
        source=source,
        by=by,
    )


def _find_binome(territoire: Territoire, siren: str) -> Binome | None:
    """Le binôme d’une intercommunalité du territoire."""
    trouve: Binome | None = Binome.objects.connus().filter(territoire=territoire, epci=siren).first()
    return trouve


def _ensure_binome(bloc: dict[str, Any], source: str, by: Auteur) -> None:
    territoire = get_territoire(bloc["territoire"])
    if _find_binome(territoire, bloc["epci"]) is None:
        create_binome(
            territoire=territoire,
            portee=PorteeBinome.EPCI,
            epci=Epci.objects.get(pk=bloc["epci"]),
            is_chef_de_file=bloc.get("is_chef_de_file", False),
            fiabilite=Fiabilite(bloc.get("fiabilite", "source")),
            source=source,
            by=by,
        )


def _record_places(bloc: dict[str, Any], source: str, by: Auteur) -> None:
    """Un binôme dont la source dit l’existence sans nommer ses membres : deux places, nom à confirmer."""
    territoire = get_territoire(bloc["territoire"])
    for role in ROLES_BINOME:
        _ensure_place(territoire, role, _find_binome(territoire, bloc["epci"]), source, by)


def _ensure_place(
    territoire: Territoire,
    role: RoleMandat,
    binome: Binome | None,
    source: str,
    by: Auteur,
    precision: str = "",
) -> None:
    ref = {"territoire": territoire, "role": role, "binome": binome}
    if Mandat.objects.filter(**ref).exists() or Place.objects.filter(**ref).exists():
        return
    declare_place(
        territoire=territoire,
        role=role,
        binome=binome,
        etat=EtatPlace.A_CONFIRMER,
        precision=precision,
        fiabilite=Fiabilite.SOURCE,
        source=source,
        by=by,
    )


def _record_animation(bloc: dict[str, Any], organisation: Organisation, source: str, by: Auteur) -> None:
    territoire = get_territoire(bloc["territoire"])
    if not StructureAnimatrice.objects.filter(territoire=territoire, organisation=organisation).exists():
        name_animation(
            territoire=territoire,
            organisation=organisation,
            mission=bloc.get("mission", ""),
            debut=bloc.get("debut"),
            fiabilite=Fiabilite.SOURCE,
            source=source,
            by=by,
        )


# Ce qu’un texte peut dire d’une fiche au-delà de son titre.
RUBRIQUES_PUBLIEES = ("description", "contexte", "objectifs", "public_vise", "instances", *COLLECTIONS)


def _record_fiches(bloc: dict[str, Any], sources: dict[str, Any], by: Auteur) -> None:
    territoire = get_territoire(bloc["territoire"])
    axes = {axe.code: axe for axe in Axe.objects.filter(vague=territoire.vague)}
    deja = set(FicheAction.objects.filter(territoire=territoire).values_list("code", flat=True))
    for rang, fiche in enumerate(bloc["liste"], start=1):
        if fiche["code"] in deja:
            continue
        dits = bloc | fiche
        create_fiche(
            territoire=territoire,
            titre=fiche["titre"],
            code=fiche["code"],
            axe=axes[fiche["axe"]],
            rang=rang,
            presentateur=fiche.get("presentateur", ""),
            etat_porteur=EtatPorteur.NON_PUBLIE,
            maturite=Maturite.NON_PUBLIEE,
            visibilite=Visibilite.PUBLIQUE,
            statut=StatutFiche.BROUILLON,
            source=sources[bloc["source"]]["texte"],
            date_effet=bloc["jour"],
            by=by,
            **{nom: dits[nom] for nom in RUBRIQUES_PUBLIEES if nom in dits},
        )


def _record_fiches_grand_est(bloc: dict[str, Any], source: str, by: Auteur) -> None:
    """Les projets que le communiqué nomme : ni code ni axe n’y sont, ce sont donc des « idées » ; chacune à son territoire."""
    for dit in bloc["liste"]:
        territoire = get_territoire(dit["territoire"])
        if FicheAction.objects.filter(territoire=territoire, titre=dit["titre"]).exists():
            continue
        fiche = create_fiche(
            territoire=territoire,
            titre=dit["titre"],
            etat_porteur=EtatPorteur.NON_PUBLIE,
            maturite=Maturite.NON_PUBLIEE,
            visibilite=Visibilite.PUBLIQUE,
            statut=StatutFiche.IDEE,
            source=source[:300],
            date_effet=bloc["jour"],
            by=by,
            **{nom: dit[nom] for nom in RUBRIQUES_PUBLIEES if nom in dit},
        )
        for avec in dit.get("partages", ()):
            partage = propose_partage(
                fiche=fiche,
                territoire=get_territoire(avec["territoire"]),
                role=avec["role"],
                date_effet=bloc["jour"],
                by=by,
            )
            answer_partage(partage=partage, accepte=True, date_effet=bloc["jour"], by=by)


def _record_chiffres(by: Auteur) -> None:
    for bloc in read_programme("chiffres_publies.toml")["chiffres"]:
        euros = bloc.get("unite") == "euros"
        record_chiffre_publie(
            indicateur=bloc["indicateur"],
            jour=bloc["jour"],
            valable_depuis=bloc.get("valable_depuis"),
            valeur=bloc["valeur"] * (100 if euros else 1),
            unite=Unite.CENTIMES if euros else Unite(bloc.get("unite", "nombre")),
            region=Region.objects.get(pk=bloc["region"]) if "region" in bloc else None,
            source=bloc["source"],
            url=bloc.get("url", ""),
            remarque=bloc.get("remarque", ""),
            by=by,
        )
