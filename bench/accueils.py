"""Requêtes et temps des pages qu’on ouvre le matin : vue d’ensemble, feuille, accueils de la Région et du national.

    ./maillage bench accueils [--fois 10]

Trois tailles dans le même lancement : la démonstration ; le pays (les 183 territoires de la phase 2, quinze fiches
chacun, leurs plans, lignes, attentes, journal et équipes) ; `--fois` fois plus. Le nombre de requêtes doit rester le
même du pays à dix pays : la mesure échoue sinon. Le temps n’a de sens que comparé dans le même lancement.
"""

import argparse
import sys
import time
from datetime import date
from typing import Any

from bench.pages import build, copy
from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.comptes.models import Personne
from maillage.fiches.models import FaitFiche, FicheAction, VersionFiche
from maillage.financement.models import (
    EtapeLigne,
    EtatPlan,
    LigneDepense,
    LigneFinancement,
    Mouvement,
    PlanFinancement,
)
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.territoires.enums import NatureEvenement, RangReferent, RoleMandat
from maillage.territoires.models import Evenement, Mandat, Referent, Territoire
from maillage.territoires.selectors_mandats import operateurs_attendus

DOUBS = ("v2", "ti-2701")


def pages() -> list[tuple[str, str]]:
    """(compte, adresse)."""
    return [
        ("chef-projet-doubs", reverse("espace-territoire", args=DOUBS)),
        ("chef-projet-doubs", reverse("territoire-feuille", args=DOUBS)),
        ("chef-projet-doubs", reverse("territoire-roles", args=DOUBS)),
        ("region", reverse("espace-region")),
        ("national", reverse("espace-national")),
        ("national", reverse("pilotage-signes")),
        ("national", reverse("referents")),
        ("national", reverse("referents-manquants")),
    ]


def measure() -> dict[tuple[str, str], tuple[int, float]]:
    """(requêtes, secondes : la meilleure de trois) de chaque page."""
    resultats = {}
    for compte, adresse in pages():
        client = Client()
        client.force_login(Personne.objects.get(email=f"{compte}@demonstration.invalid"))
        client.get(adresse)
        durees = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as requetes:
                depart = time.perf_counter()
                reponse = client.get(adresse)
                durees.append(time.perf_counter() - depart)
            if reponse.status_code != 200:
                sys.exit(f"{adresse} répond {reponse.status_code}")
        resultats[compte, adresse] = (len(requetes), min(durees))
    return resultats


def _spread(fois: int, suffixe: str) -> None:
    """Donne `fois` fois les fiches de l’espace fictif à chaque territoire de la phase 2, avec tout ce qui les suit."""
    modeles = list(FicheAction.objects.filter(territoire__is_fictif=True).order_by("pk"))
    pays = list(Territoire.objects.publics().filter(vague__numero=2).select_related("vague"))
    lieux = [(territoire, tour) for territoire in pays for tour in range(fois)]
    avant = FicheAction.objects.aggregate(m=Max("pk"))["m"] or 0
    nouvelles = []
    for fiche in modeles:
        for territoire, tour in lieux:
            valeurs = {f.attname: getattr(fiche, f.attname) for f in FicheAction._meta.concrete_fields}
            valeurs |= {"id": None, "territoire_id": territoire.pk, "code": f"{fiche.code}-{suffixe}{tour}"}
            nouvelles.append(FicheAction(**valeurs))
    FicheAction.objects.bulk_create(nouvelles, batch_size=500)
    cles = list(FicheAction.objects.filter(pk__gt=avant).order_by("pk").values_list("pk", flat=True))
    nombre = len(lieux)
    table = {f.pk: cles[rang * nombre : (rang + 1) * nombre] for rang, f in enumerate(modeles)}

    def of(modele: Any, **filtre: Any) -> list[Any]:
        return list(modele.objects.filter(**filtre))

    copy(FaitFiche, of(FaitFiche, fiche__in=modeles), nombre, fiche=table)
    copy(VersionFiche, of(VersionFiche, fiche__in=modeles), nombre, fiche=table)
    plans = copy(PlanFinancement, of(PlanFinancement, fiche__in=modeles), nombre, fiche=table)
    copy(EtatPlan, of(EtatPlan, plan__in=list(plans)), nombre, plan=plans)
    copy(LigneDepense, of(LigneDepense, plan__in=list(plans)), nombre, plan=plans)
    lignes = copy(LigneFinancement, of(LigneFinancement, plan__in=list(plans)), nombre, plan=plans)
    etapes = copy(EtapeLigne, of(EtapeLigne, ligne__in=list(lignes)), nombre, ligne=lignes)
    copy(Mouvement, of(Mouvement, etape__in=list(etapes)), nombre, etape=etapes, ligne=lignes)
    for modele in (Attente, Entree):
        objets = of(modele, territoire__contains="fictif")
        copies = []
        for objet in objets:
            for territoire, _ in lieux:
                valeurs = {f.attname: getattr(objet, f.attname) for f in modele._meta.concrete_fields}
                valeurs |= {"id": None, "territoire": territoire.cle}
                copies.append(modele(**valeurs))
        modele.objects.bulk_create(copies, batch_size=500)


def _staff() -> None:
    """Une équipe, une réunion et des référents pour deux territoires sur trois : le reste garde ses signes."""
    personne = Personne.objects.create(nom="Essai", is_active=False)
    reunion = Evenement.objects.create(
        jour=date(2026, 9, 1), nature=NatureEvenement.REUNION, titre="Réunion d’essai", source="bench"
    )
    pays = list(Territoire.objects.publics().filter(vague__numero=2))
    pourvus = [t for rang, t in enumerate(pays) if rang % 3]
    reunion.territoires.set(pourvus)
    roles = (RoleMandat.CHEF_PROJET, RoleMandat.ELU, RoleMandat.INDUSTRIEL)
    Mandat.objects.bulk_create(
        (
            Mandat(territoire=t, personne=personne, role=role, debut=date(2024, 1, 1))
            for t in pourvus
            for role in roles
        ),
        ignore_conflicts=True,
    )
    Referent.objects.bulk_create(
        Referent(territoire=t, personne=personne, organisation=o, rang=RangReferent.TITULAIRE)
        for t in pourvus
        for o in list(operateurs_attendus())[:4]
    )


def main(arguments: list[str]) -> int:
    analyse = argparse.ArgumentParser(prog="bench accueils")
    analyse.add_argument("--fois", type=int, default=10)
    options = analyse.parse_args(arguments)
    settings.ALLOWED_HOSTS = ["*"]
    build()
    mesures = [measure()]
    _staff()
    _spread(1, "a")
    tailles = [FicheAction.objects.count()]
    mesures.append(measure())
    _spread(options.fois - 1, "b")
    tailles.append(FicheAction.objects.count())
    mesures.append(measure())
    sys.stdout.write(f"pays : {tailles[0]} fiches ; ×{options.fois} : {tailles[1]} fiches\n")
    sys.stdout.write(f"{'page':66} {'démo':>14} {'pays':>14} {'×' + str(options.fois):>14}\n")
    defauts = 0
    for cle in mesures[0]:
        varie = mesures[1][cle][0] != mesures[2][cle][0]
        defauts += varie
        colonnes = " ".join(f"{m[cle][0]:5} {m[cle][1] * 1000:5.0f} ms" for m in mesures)
        sys.stdout.write(f"{' '.join(cle):66} {colonnes}{'  ← varie' if varie else ''}\n")
    sys.stdout.write(f"{len(mesures[0])} pages, {defauts} dont le nombre de requêtes varie\n")
    return 1 if defauts else 0
