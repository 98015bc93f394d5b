"""Le fichier CSV ou XLSX que demande `?export=` : le même partout."""

from django.http import FileResponse, HttpRequest, StreamingHttpResponse

from maillage.socle.tableur import TYPE_CSV, TYPE_XLSX, Feuille, write_csv, write_xlsx


def export_feuille(
    request: HttpRequest, nom: str, feuille: Feuille
) -> FileResponse | StreamingHttpResponse | None:
    """Le fichier demandé par `?export=csv` ou `xlsx`, None si aucun ne l’est."""
    forme = request.GET.get("export")
    reponse: FileResponse | StreamingHttpResponse
    if forme == "csv":
        reponse = StreamingHttpResponse(write_csv(feuille), content_type=TYPE_CSV)
    elif forme == "xlsx":
        reponse = FileResponse(write_xlsx(feuille), content_type=TYPE_XLSX)
    else:
        return None
    reponse["Content-Disposition"] = f'attachment; filename="{nom}.{forme}"'
    return reponse
