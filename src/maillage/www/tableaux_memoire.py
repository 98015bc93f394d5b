"""Export de lignes qui ne viennent pas d’une seule requête : les mêmes fichiers que `www.tableaux.Liste`."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from maillage.socle.tableur import disarm


def export_lignes(
    request: HttpRequest, nom: str, titres: list[str], lignes: Iterable[list[Any]]
) -> HttpResponse | None:
    """Le fichier demandé par `?export=csv` ou `xlsx`, None si aucun ne l’est."""
    forme = request.GET.get("export")
    if forme == "csv":
        tampon = io.StringIO()
        tampon.write("\ufeff")
        ecrivain = csv.writer(tampon, delimiter=";")
        ecrivain.writerow(titres)
        ecrivain.writerows([disarm(valeur) for valeur in ligne] for ligne in lignes)
        reponse = HttpResponse(tampon.getvalue(), content_type="text/csv; charset=utf-8")
    elif forme == "xlsx":
        from openpyxl import Workbook

        classeur = Workbook(write_only=True)
        feuille = classeur.create_sheet(nom[:31])
        feuille.append(titres)
        for ligne in lignes:
            feuille.append([disarm(valeur) for valeur in ligne])
        sortie = io.BytesIO()
        classeur.save(sortie)
        reponse = HttpResponse(
            sortie.getvalue(),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    else:
        return None
    reponse["Content-Disposition"] = f'attachment; filename="{nom}.{forme}"'
    return reponse
