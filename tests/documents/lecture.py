"""Relire un PDF dans les tests : ses balises (pikepdf) et le texte de ses pages (tables ToUnicode des polices)."""

import re
from collections import Counter
from io import BytesIO

import pikepdf


def lire_balises(pdf: pikepdf.Pdf) -> Counter[str]:
    """Combien de fois chaque balise de structure paraît."""
    compte: Counter[str] = Counter()
    for objet in pdf.objects:
        if isinstance(objet, pikepdf.Dictionary) and objet.get("/Type") == "/StructElem":
            compte[str(objet.S)[1:]] += 1
    return compte


def lire_texte(octets: bytes) -> list[str]:
    """Le texte de chaque page, dans l'ordre du dessin."""
    with pikepdf.open(BytesIO(octets)) as pdf:
        return [_lire_page(page) for page in pdf.pages]


def _lire_page(page: pikepdf.Page) -> str:
    polices = {nom: _table(police) for nom, police in page.resources.get("/Font", {}).items()}
    texte, table = [], {}
    for operandes, operateur in pikepdf.parse_content_stream(page):
        match str(operateur):
            case "Tf":
                table = polices[str(operandes[0])]
            case "TJ":
                texte += [
                    _decoder(bytes(morceau), table)
                    for morceau in operandes[0]
                    if isinstance(morceau, pikepdf.String)
                ]
            case "Tj":
                texte.append(_decoder(bytes(operandes[0]), table))

    return "".join(texte)


def _decoder(octets: bytes, table: dict[int, str]) -> str:
    return "".join(
        table.get(int.from_bytes(octets[rang : rang + 2]), "") for rang in range(0, len(octets), 2)
    )


def _table(police: pikepdf.Object) -> dict[int, str]:
    flux = police.ToUnicode.read_bytes().decode()
    table = {}
    for bloc in re.findall(r"beginbfchar(.*?)endbfchar", flux, re.S):
        for code, valeur in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", bloc):
            table[int(code, 16)] = bytes.fromhex(valeur).decode("utf-16-be")
    for bloc in re.findall(r"beginbfrange(.*?)endbfrange", flux, re.S):
        for debut, fin, valeur in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", bloc):
            depart = bytes.fromhex(valeur).decode("utf-16-be")
            for code in range(int(debut, 16), int(fin, 16) + 1):
                table[code] = depart[:-1] + chr(ord(depart[-1]) + code - int(debut, 16))
    return table
