"""Requêtes, poids et temps de chaque page principale, avec les données de la démonstration puis cent fois plus.

    ./maillage bench pages [--fois 100]

La base est la sienne (`.maillage/bench.sqlite3`). Le nombre de requêtes doit être le même : la mesure échoue sinon.
Le temps est donné à titre indicatif ; seule compte la comparaison dans le même lancement.
"""

import argparse
import gzip
import io
import sys
import time
from collections.abc import Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import connection, models
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.comptes.models import Personne
from maillage.contrats.models import Acte
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
from maillage.territoires.models import Territoire

COMPTES = ("", "chef-projet", "region", "financeur", "porteur", "national")


def build() -> None:
    """La démonstration, à neuf."""
    call_command("demo", "--raz", "--sans-serveur", stdout=io.StringIO())


def pages() -> Iterator[tuple[str, str]]:
    """(compte, adresse) de chaque page mesurée ; compte vide : public."""
    fictif = Territoire.objects.get(is_fictif=True)
    args = [fictif.vague.code, fictif.id_ti]
    fiche = FicheAction.objects.get(territoire=fictif, code="F9")
    ligne = LigneFinancement.objects.filter(plan__fiche=fiche).order_by("id")[0]
    acte = Acte.objects.get(territoire=fictif)
    for nom in ("accueil", "territoires", "chiffres", "sources", "connexion"):
        yield "", reverse(nom)
    yield "", reverse("territoire-detail", args=["v2", "ti-2701"])
    yield "", reverse("mon-territoire") + "?q=Langres"
    yield "chef-projet", reverse("espace-accueil")
    for nom in ("espace-territoire", "fiches", "financement", "actes", "territoire-journal"):
        yield "chef-projet", reverse(nom, args=args)
    yield "chef-projet", reverse("fiche-detail", args=[*args, fiche.pk])
    yield "chef-projet", reverse("ligne-detail", args=[ligne.pk])
    yield "chef-projet", reverse("acte-detail", args=[*args, acte.pk])
    yield "region", reverse("espace-region")
    yield "financeur", reverse("espace-financeur")
    yield "porteur", reverse("espace-porteur")
    yield "national", reverse("pilotage") + "?fictif=1"


def measure() -> dict[tuple[str, str], tuple[int, int, float]]:
    """(requêtes, octets compressés, secondes) de chaque page."""
    resultats = {}
    clients = {}
    for compte in COMPTES:
        clients[compte] = Client()
        if compte:
            clients[compte].force_login(Personne.objects.get(email=f"{compte}@demonstration.invalid"))
    for compte, adresse in pages():
        clients[compte].get(adresse)  # caches chauds, comme le deuxième visiteur
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            depart = time.perf_counter()
            reponse = clients[compte].get(adresse)
            duree = time.perf_counter() - depart
        if reponse.status_code != 200:
            sys.exit(f"{adresse} répond {reponse.status_code}")
        resultats[compte, adresse] = (len(requetes), len(gzip.compress(reponse.content, 6)), duree)
    return resultats


def _copy(
    modele: type[models.Model], objets: list[models.Model], fois: int, **liens: dict[int, list[int]]
) -> dict[int, list[int]]:
    """Copie `objets` `fois` fois ; `liens` : champ -> (ancienne clé -> nouvelles clés). Rend la même table pour eux."""
    nouveaux = []
    origine = []
    for objet in objets:
        for tour in range(fois):
            copie = modele(**{f.attname: getattr(objet, f.attname) for f in modele._meta.concrete_fields})
            copie.pk = None
            for champ, table in liens.items():
                setattr(copie, f"{champ}_id", table[getattr(objet, f"{champ}_id")][tour])
            if modele is FicheAction:
                copie.code, copie.rang = f"{objet.code}-{tour}", objet.rang + 100 * (tour + 1)
            nouveaux.append(copie)
            origine.append(objet.pk)
    avant = modele.objects.aggregate(m=Max("pk"))["m"] or 0
    modele.objects.bulk_create(nouveaux, batch_size=500)
    cles = list(modele.objects.filter(pk__gt=avant).order_by("pk").values_list("pk", flat=True))
    table: dict[int, list[int]] = {}
    for ancienne, nouvelle in zip(origine, cles, strict=True):
        table.setdefault(ancienne, []).append(nouvelle)
    return table


def multiply(fois: int) -> None:
    """Cent fois les fiches, plans, lignes, mouvements, attentes et journal de l’espace fictif (écrits en masse)."""
    fiches = _copy(FicheAction, list(FicheAction.objects.filter(territoire__is_fictif=True)), fois)
    _copy(FaitFiche, list(FaitFiche.objects.filter(fiche__in=list(fiches))), fois, fiche=fiches)
    _copy(VersionFiche, list(VersionFiche.objects.filter(fiche__in=list(fiches))), fois, fiche=fiches)
    plans = _copy(
        PlanFinancement, list(PlanFinancement.objects.filter(fiche__in=list(fiches))), fois, fiche=fiches
    )
    _copy(EtatPlan, list(EtatPlan.objects.filter(plan__in=list(plans))), fois, plan=plans)
    _copy(LigneDepense, list(LigneDepense.objects.filter(plan__in=list(plans))), fois, plan=plans)
    lignes = _copy(
        LigneFinancement, list(LigneFinancement.objects.filter(plan__in=list(plans))), fois, plan=plans
    )
    etapes = _copy(EtapeLigne, list(EtapeLigne.objects.filter(ligne__in=list(lignes))), fois, ligne=lignes)
    _copy(Mouvement, list(Mouvement.objects.filter(etape__in=list(etapes))), fois, etape=etapes, ligne=lignes)
    _copy(Attente, list(Attente.objects.all()), fois)
    _copy(Entree, list(Entree.objects.all()), fois)


def main(arguments: list[str]) -> int:
    analyse = argparse.ArgumentParser(prog="bench pages")
    analyse.add_argument("--fois", type=int, default=100)
    options = analyse.parse_args(arguments)
    settings.ALLOWED_HOSTS = ["*"]
    build()
    avant = measure()
    multiply(options.fois)
    apres = measure()
    print(
        f"{'page':62} {'requêtes':>9} {f'×{options.fois}':>6} {'Ko gzip':>8} {f'×{options.fois}':>7} {'ms':>6} {f'×{options.fois}':>7}"
    )
    defauts = 0
    for (compte, adresse), (requetes, octets, duree) in avant.items():
        requetes2, octets2, duree2 = apres[compte, adresse]
        signe = "" if requetes == requetes2 else "  ← varie"
        defauts += requetes != requetes2
        print(
            f"{(compte or 'public') + ' ' + adresse:62} {requetes:9} {requetes2:6} {octets / 1024:8.1f} {octets2 / 1024:7.1f} "
            f"{duree * 1000:6.0f} {duree2 * 1000:7.0f}{signe}"
        )
    print(f"{len(avant)} pages, {defauts} dont le nombre de requêtes varie")
    return 1 if defauts else 0
