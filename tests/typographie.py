"""Typographie française : espace insécable devant « : ; ! ? », dans les guillemets, avant € et % ; apostrophe courbe.

Relit les gabarits et les phrases écrites en Python. Ne touche qu’au texte lu par les gens : ni balises, ni code, ni
docstrings, ni chaînes brutes (expressions régulières). `./maillage corriger` s’en sert ; tests/coherence vérifie.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
INSECABLE = "\u00a0"
# Blocs entiers que personne ne lit, puis balises de gabarit et balises HTML.
_BALISES = re.compile(
    r"(\{%\s*comment.*?endcomment\s*%\}|<script.*?</script>|<style.*?</style>|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>)",
    re.DOTALL,
)


def _fix_texte(texte: str) -> str:
    texte = re.sub(r"(?<=\w)'(?=\w)", "’", texte)
    texte = re.sub(r" (?=[;:!?»](?:\s|$|[.,)]))", INSECABLE, texte)
    return re.sub(r"« ?(?!\u00a0)", f"«{INSECABLE}", texte)


def fix_gabarit(source: str) -> str:
    """Le gabarit, avec sa typographie corrigée hors des balises."""
    morceaux = _BALISES.split(source)
    return "".join(morceau if rang % 2 else _fix_texte(morceau) for rang, morceau in enumerate(morceaux))


_CHAINE = re.compile(
    r"""(?P<prefixe>[A-Za-z]*)(?P<guillemet>\"\"\"|'''|"|')(?P<corps>.*)(?P=guillemet)""", re.DOTALL
)
# Les champs d’une chaîne à trous : du code. Une accolade doublée est une accolade écrite.
_CHAMPS = re.compile(r"(\{\{|\}\}|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})")
# Une ponctuation suit un mot ou un champ ; ce qui vient après elle finit la chaîne ou le mot.
_PONCTUATION = re.compile(r"(?<=\S) (?=[;:!?»](?:[\s.,)]|$|\\[nu]))")
_EN_TETE = re.compile(r"^ (?=[;:!?»](?:[\s.,)]|$|\\[nu]))")
# Ce qui joint deux textes lus par les gens.
SEPARATEURS = (" ; ", " : ")
_UNITE = re.compile(r"(?<=\d) (?=[%€](?:[\s.,;)]|$))")


def _fix_phrase(texte: str, *, apres_champ: bool) -> str:
    ecrite = "\\u00a0"
    if apres_champ or texte in SEPARATEURS:
        texte = _EN_TETE.sub(lambda _: ecrite, texte)
    texte = _PONCTUATION.sub(lambda _: ecrite, texte)
    texte = _UNITE.sub(lambda _: ecrite, texte)
    return texte.replace("« ", f"«{ecrite}")


def _fix_chaine(jeton: str) -> str:
    trouve = _CHAINE.fullmatch(jeton)
    if trouve is None or set(trouve["prefixe"].lower()) & {"r", "b"}:
        return jeton
    a_trous = "f" in trouve["prefixe"].lower()
    morceaux = _CHAMPS.split(trouve["corps"]) if a_trous else [trouve["corps"]]
    corps = "".join(
        morceau if rang % 2 else _fix_phrase(morceau, apres_champ=rang > 0)
        for rang, morceau in enumerate(morceaux)
    )
    return f"{trouve['prefixe']}{trouve['guillemet']}{corps}{trouve['guillemet']}"


def _find_docstrings(source: str) -> set[tuple[int, int]]:
    avec = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        (noeud.body[0].lineno, noeud.body[0].col_offset)
        for noeud in ast.walk(ast.parse(source))
        if isinstance(noeud, avec) and ast.get_docstring(noeud, clean=False) is not None
    }


def fix_python(source: str) -> str:
    """Le module, avec la typographie de ses phrases corrigée (l’espace insécable y est écrite « \\u00a0 », pour se voir)."""
    docstrings = _find_docstrings(source)
    lignes = source.splitlines(keepends=True)
    debuts = [0]
    for ligne in lignes:
        debuts.append(debuts[-1] + len(ligne))
    morceaux, fin = [], 0
    for jeton in tokenize.generate_tokens(io.StringIO(source).readline):
        octets = len(jeton.line[: jeton.start[1]].encode()) if jeton.type == tokenize.STRING else 0
        if jeton.type != tokenize.STRING or (jeton.start[0], octets) in docstrings:
            continue
        debut = debuts[jeton.start[0] - 1] + jeton.start[1]
        morceaux += [source[fin:debut], _fix_chaine(jeton.string)]
        fin = debut + len(jeton.string)
    return "".join([*morceaux, source[fin:]])


def find_gabarits() -> list[Path]:
    maillage = RACINE / "src" / "maillage"
    return sorted(
        chemin
        for dossier in (maillage / "templates", *maillage.glob("*/templates"))
        for chemin in dossier.rglob("*")
        if chemin.suffix in (".html", ".txt")
    )


def find_modules() -> list[Path]:
    """Le code de l’application, sans les migrations (une migration appliquée ne change plus) ni les modèles : leurs textes
    d’aide ne sont lus que par qui développe, et en changer un demanderait une migration."""
    return sorted(
        chemin
        for chemin in (RACINE / "src").rglob("*.py")
        if "migrations" not in chemin.relative_to(RACINE).parts and chemin.name != "models.py"
    )


def main() -> int:
    corriger: list[tuple[list[Path], Callable[[str], str]]] = [
        (find_gabarits(), fix_gabarit),
        (find_modules(), fix_python),
    ]
    for chemins, fix in corriger:
        for chemin in chemins:
            source = chemin.read_text(encoding="utf-8")
            corrige = fix(source)
            if corrige != source:
                chemin.write_text(corrige, encoding="utf-8")
                sys.stdout.write(f"{chemin.relative_to(RACINE)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
