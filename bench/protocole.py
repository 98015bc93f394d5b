"""Temps de composition d’un protocole de quinze annexes, et de son dessin en PDF et en Word.

    ./maillage bench protocole

Les données sont faites par les actes de la plateforme, dans une transaction annulée : rien ne reste dans la base.
Chaque mesure est la médiane de cinq ; le rapport à la composition, dans le même lancement, dit plus que les secondes.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from tests.fabriques import (
    FABRIQUE,
    make_fiche,
    make_ligne,
    make_organisation,
    make_plan,
    make_signataire,
    make_territoire,
)

from calcul.montants import ESPACE_INSECABLE
from maillage.contrats.actions import open_acte
from maillage.contrats.composition import compose_acte
from maillage.contrats.enums import NatureActe
from maillage.contrats.models import Acte
from maillage.contrats.selectors import fiches_a_inscrire
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.fiches.enums import StatutFiche

ANNEXES = 15
FOIS = 5
DESCRIPTION = "\n\n".join(
    "Les entreprises du bassin peinent à recruter et à garder leurs salariés qualifiés. L’action réunit les employeurs, "
    "les organismes de formation et les collectivités pour bâtir un parcours commun, suivi chaque année."
    for _ in range(4)
)


def build() -> Acte:
    """Un projet de protocole, dix signataires, quinze fiches chiffrées à deux financeurs chacune."""
    territoire = make_territoire("v1/ti-bench", is_fictif=True)
    financeurs = [make_organisation(is_financeur=True) for _ in range(2)]
    for _ in range(ANNEXES):
        fiche = make_fiche(
            territoire=territoire,
            statut=StatutFiche.VALIDEE,
            description=DESCRIPTION,
            debut_prevu=date(2020, 1, 1),
            fin_prevue=date(2022, 12, 31),
        )
        make_plan(fiche=fiche)
        for financeur in financeurs:
            make_ligne(fiche=fiche, financeur=financeur)
    acte = open_acte(territoire=territoire, nature=NatureActe.PROTOCOLE, periode="2019-2022", by=FABRIQUE)
    for _ in range(10):
        make_signataire(acte, nom="Camille Martin")
    return Acte.objects.select_related("territoire__vague", "territoire__region").get(pk=acte.pk)


def measure(travail: Callable[[], Any]) -> tuple[float, Any]:
    """(secondes, résultat) : médiane de FOIS passages, après un premier qui chauffe les caches."""
    resultat = travail()
    durees = []
    for _ in range(FOIS):
        depart = time.perf_counter()
        resultat = travail()
        durees.append(time.perf_counter() - depart)
    return statistics.median(durees), resultat


def _write_nombre(nombre: float, decimales: int) -> str:
    return f"{nombre:.{decimales}f}".replace(".", ",")


def main(arguments: list[str]) -> int:
    settings.DOSSIER_VAR.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        acte = build()

        def compose() -> Any:
            return compose_acte(
                acte,
                fiches=list(fiches_a_inscrire(acte.territoire)),
                signataires=list(acte.signataires.select_related("organisation")),
                arrete=True,
            )

        composition, document = measure(compose)
        pdf, octets_pdf = measure(lambda: render_pdf(document))
        word, octets_word = measure(lambda: render_word(document))
        transaction.set_rollback(True)
    print(f"Protocole de {ANNEXES} annexes, médiane de {FOIS}")
    print(f"{'':14}{'temps':>10}{'rapport':>10}{'poids':>10}")
    for nom, duree, octets in (
        ("Composer", composition, b""),
        ("Dessiner PDF", pdf, octets_pdf),
        ("Dessiner Word", word, octets_word),
    ):
        temps = f"{_write_nombre(duree * 1000, 0)}{ESPACE_INSECABLE}ms"
        rapport = f"× {_write_nombre(duree / composition, 1)}"
        poids = f"{_write_nombre(len(octets) / 1024, 0)}{ESPACE_INSECABLE}Kio" if octets else ""
        print(f"{nom:14}{temps:>10}{rapport:>10}{poids:>10}")
    return 0
