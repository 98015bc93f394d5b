"""L’argent du programme à une date, avec 500 000 lignes et 1 500 000 mouvements : médiane, et rapport à une page nue.

    ./maillage bench argent [--lignes 500000] [--mesures 30]

La base est la sienne (`MAILLAGE_BASE_BENCH` : SQLite ou PostgreSQL) et repart de zéro. Tout est écrit en SQL, d’après des
rangées faites par les actes, puis les totaux sont refaits de la même façon que la migration. La mesure échoue si la médiane
dépasse 300 ms, ou si une somme par totaux n’est pas celle des mouvements.
"""

import argparse
import statistics
import sys
import time
from datetime import date, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from tests.fabriques import make_departement, make_fiche, make_ligne, make_plan, make_region, make_territoire

from maillage.comptes.models import Organisation
from maillage.fiches.models import FicheAction
from maillage.financement.enums import Mesure, StatutLigne
from maillage.financement.models import EtapeLigne, LigneFinancement, Mouvement, PlanFinancement, TotalJour
from maillage.financement.totaux import rebuild_periodes
from maillage.pilotage.selectors import Perimetre, compute_argent
from maillage.territoires.models import Territoire

SEUIL = 0.3
DEBUT, JOURS = date(2018, 11, 22), 2_900
LIGNES_PAR_FICHE = 10
# Un financeur sur quinze est national et paie partout ; les autres ne paient que dans leur région.
NATIONAUX, PAR_REGION = 20, 15
TERRITOIRES, REGIONS = 180, 18
PAGE_NUE = "mentions-legales"


def _execute(requete: str, *parametres: Any) -> None:
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)


def _fill(nom: str, colonnes: str, rangees: list[tuple[Any, ...]]) -> None:
    _execute(f"CREATE TEMPORARY TABLE {nom} ({colonnes})")
    with connection.cursor() as curseur:
        places = ", ".join(["%s"] * len(rangees[0]))
        curseur.executemany(f"INSERT INTO {nom} VALUES ({places})", rangees)  # noqa: S608


def _multiply(
    modele: type[models.Model], gabarit: models.Model, nombre: int, jointures: str, **valeurs: str
) -> int:
    """Écrit `nombre` rangées semblables à `gabarit`, avec ces `valeurs` (SQL sur n.i) ; rend la clé de la première."""
    premiere = (modele._default_manager.aggregate(m=models.Max("pk"))["m"] or 0) + 1
    table = modele._meta.db_table
    champs = [champ.column for champ in modele._meta.concrete_fields]
    valeurs = {"id": f"{premiere} + n.i"} | valeurs
    lus = ", ".join(valeurs.get(champ, f"g.{champ}") for champ in champs)
    colonnes, source = ", ".join(champs), f"{table} g, nombres n {jointures} WHERE g.id = %s AND n.i < %s"
    _execute(f"INSERT INTO {table} ({colonnes}) SELECT {lus} FROM {source}", gabarit.pk, nombre)  # noqa: S608
    return premiere


def build(lignes: int) -> None:
    """Des territoires, une ligne faite par les actes ; d’après elle, les fiches, plans, lignes, étapes et mouvements, puis les totaux."""
    call_command("migrate", verbosity=0)
    call_command("flush", "--no-input", verbosity=0)
    for rang in range(TERRITOIRES):
        region = make_region(f"{rang % REGIONS + 1:02d}", f"Région de mesure {rang % REGIONS + 1}")
        departement = make_departement(
            f"{rang % REGIONS + 1:02d}", f"Département {rang % REGIONS + 1}", region=region
        )
        make_territoire(f"v{rang % 2 + 1}/ti-{rang}", departement=departement)
    ligne = make_ligne(
        fiche=make_plan(fiche=make_fiche(territoire=make_territoire("v1/ti-0"))).fiche,
        statut=StatutLigne.SOLLICITE,
    )
    mouvements, fiches = 3 * lignes, lignes // LIGNES_PAR_FICHE
    territoires = list(
        Territoire.objects.filter(is_fictif=False).order_by("pk").values_list("pk", "region_id", "vague_id")
    )
    rangs = {code: rang for rang, code in enumerate(sorted({region for _, region, _ in territoires}))}
    modele_org = ligne.financeur
    fiche = ligne.plan.fiche
    etape = EtapeLigne.objects.filter(ligne=ligne, mouvements__isnull=False).order_by("pk")[0]
    with transaction.atomic():
        _execute(
            "CREATE TEMPORARY TABLE nombres AS WITH RECURSIVE suite(i) AS "  # noqa: S608
            f"(SELECT 0 UNION ALL SELECT i + 1 FROM suite WHERE i + 1 < {mouvements}) SELECT i FROM suite"
        )
        _fill(
            "jours",
            "i integer primary key, jour date",
            [(i, DEBUT + timedelta(days=i)) for i in range(JOURS)],
        )
        _fill(
            "lieux",
            "i integer primary key, territoire bigint, region varchar(3), vague bigint, rang integer",
            [(i, *lieu, rangs[lieu[1]]) for i, lieu in enumerate(territoires)],
        )
        lieux = len(territoires)
        org = _multiply(
            Organisation,
            modele_org,
            NATIONAUX + PAR_REGION * len(rangs),
            "",
            nom="'Financeur de mesure ' || n.i",
            **{champ: "NULL" for champ in ("siren", "epci_id", "commune_id") if _has(Organisation, champ)},
        )
        jf = _multiply(
            FicheAction,
            fiche,
            fiches,
            f"JOIN lieux l ON l.i = n.i % {lieux}",
            territoire_id="l.territoire",
            code="'B' || n.i",
            rang="1000 + n.i",
        )
        jp = _multiply(PlanFinancement, fiche.plan, fiches, "", fiche_id=f"{jf} + n.i")
        jl = _multiply(
            LigneFinancement,
            ligne,
            lignes,
            f"JOIN lieux l ON l.i = (n.i / {LIGNES_PAR_FICHE}) % {lieux}",
            plan_id=f"{jp} + n.i / {LIGNES_PAR_FICHE}",
            financeur_id=_say_financeur(org, "n.i"),
        )
        je = _multiply(EtapeLigne, etape, mouvements, "", ligne_id=f"{jl} + n.i / 3")
        _multiply(
            Mouvement,
            etape.mouvements.earliest("pk"),
            mouvements,
            f"JOIN lieux l ON l.i = (n.i / {3 * LIGNES_PAR_FICHE}) % {lieux} "
            f"JOIN jours j ON j.i = ((n.i / 3) * 13 + (n.i % 3) * 71) % {JOURS}",
            etape_id=f"{je} + n.i",
            ligne_id=f"{jl} + n.i / 3",
            mesure="CASE n.i % 3 WHEN 0 THEN 'demande' WHEN 1 THEN 'accorde' ELSE 'verse' END",
            centimes="1000000 + (n.i % 997) * 100",
            jour="j.jour",
            territoire_id="l.territoire",
            region_id="l.region",
            vague_id="l.vague",
            financeur_id=_say_financeur(org, "(n.i / 3)"),
            is_fictif="'0'" if connection.vendor == "sqlite" else "false",
            is_part_propre="'0'" if connection.vendor == "sqlite" else "false",
        )
        _rebuild_jours()
        rebuild_periodes()
    _execute("ANALYZE")


def _say_financeur(premier: int, ligne: str) -> str:
    """En SQL, qui paie cette ligne : un national une fois sur trois, sinon un de la région."""
    local = f"{NATIONAUX} + l.rang * {PAR_REGION} + {ligne} % {PAR_REGION}"
    return f"{premier} + CASE {ligne} % 3 WHEN 0 THEN {ligne} % {NATIONAUX} ELSE {local} END"


def _has(modele: type[models.Model], colonne: str) -> bool:
    return colonne in {champ.column for champ in modele._meta.concrete_fields}


def _rebuild_jours() -> None:
    dimensions = "is_fictif, is_part_propre, mesure, jour, financeur_id, region_id, vague_id"
    TotalJour.objects.all().delete()
    totaux, source = TotalJour._meta.db_table, Mouvement._meta.db_table
    somme = f"SELECT {dimensions}, SUM(centimes) FROM {source} GROUP BY {dimensions}"  # noqa: S608
    _execute(f"INSERT INTO {totaux} ({dimensions}, centimes) {somme}")


def _time(client: Client, adresse: str) -> float:
    depart = time.perf_counter()
    reponse = client.get(adresse)
    duree = time.perf_counter() - depart
    if reponse.status_code != 200:
        sys.exit(f"{adresse} répond {reponse.status_code}")
    return duree


def _check(jours: list[date]) -> None:
    """Les totaux disent la même chose que les mouvements, à toute date."""
    for au in jours:
        attendu = Mouvement.objects.filter(
            is_fictif=False, is_part_propre=False, mesure=Mesure.ACCORDE, jour__lte=au
        ).aggregate(s=Sum("centimes"))["s"]
        trouve = compute_argent(Perimetre(au=au)).montants[Mesure.ACCORDE]
        if trouve != (attendu or 0):
            sys.exit(f"au {au}, les totaux font {trouve} et les mouvements {attendu}")


def main(arguments: list[str]) -> int:
    analyse = argparse.ArgumentParser(prog="bench argent")
    analyse.add_argument("--lignes", type=int, default=500_000)
    analyse.add_argument("--mesures", type=int, default=30)
    options = analyse.parse_args(arguments)
    settings.ALLOWED_HOSTS = ["*"]
    depart = time.perf_counter()
    build(options.lignes)
    print(
        f"{connection.vendor} : {LigneFinancement.objects.count():,} lignes, {Mouvement.objects.count():,} mouvements, "
        f"{TotalJour.objects.count():,} totaux de jour, écrits en {time.perf_counter() - depart:.0f} s".replace(
            ",", " "
        )
    )
    hasard = Random(4403)
    dates = [DEBUT + timedelta(days=hasard.randrange(JOURS)) for _ in range(options.mesures)]
    _check([*dates[:3], date(2019, 12, 31), date(2020, 1, 1)])
    client = Client()
    page, nue = reverse("chiffres-argent"), reverse(PAGE_NUE)
    _time(client, page), _time(client, nue)
    temps, nues = [], []
    for au in dates:
        temps.append(_time(client, f"{page}?au={au}"))
        nues.append(_time(client, nue))
    depart = time.perf_counter()
    Mouvement.objects.filter(
        is_fictif=False, is_part_propre=False, jour__lte=dates[0]
    ).order_by().values_list("mesure", "financeur", "region", "vague").annotate(s=Sum("centimes")).count()
    brute = time.perf_counter() - depart
    mediane, mediane_nue = statistics.median(temps), statistics.median(nues)
    print(
        f"page {mediane * 1000:.0f} ms (médiane de {len(temps)}, la plus longue {max(temps) * 1000:.0f} ms) ; page nue "
        f"{mediane_nue * 1000:.0f} ms ; rapport {mediane / mediane_nue:.1f} ; somme des mouvements {brute * 1000:.0f} ms"
    )
    return 0 if mediane <= SEUIL else 1
