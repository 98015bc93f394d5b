"""Typographie française des gabarits : espace insécable devant « : ; ! ? » et dans les guillemets, apostrophe courbe.

Ne touche qu’au texte lu par les gens, jamais aux balises. `./maillage corriger` s’en sert ; tests/coherence vérifie.
"""

import re
import sys
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


def find_gabarits() -> list[Path]:
    maillage = RACINE / "src" / "maillage"
    return sorted(
        chemin
        for dossier in (maillage / "templates", *maillage.glob("*/templates"))
        for chemin in dossier.rglob("*")
        if chemin.suffix in (".html", ".txt")
    )


def main() -> int:
    for chemin in find_gabarits():
        source = chemin.read_text(encoding="utf-8")
        corrige = fix_gabarit(source)
        if corrige != source:
            chemin.write_text(corrige, encoding="utf-8")
            sys.stdout.write(f"{chemin.relative_to(RACINE)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
