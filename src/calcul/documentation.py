"""Écrit docs/regles/ à partir du code : docstrings des règles, paramètres, cas des tests et phrases calculées.

python -m calcul.documentation              écrit les pages
python -m calcul.documentation --verifier   ne change rien ; échoue si une page n'est plus à jour
"""

import argparse
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from calcul.exemples import build_plan, read_table
from calcul.financement import bouclage
from calcul.financement.bouclage import compute_bouclage
from calcul.financement.regles import REGLES, Regle
from calcul.financement.verdict import Verdict
from calcul.francais import format_jour
from calcul.parametres import PARAMETRES, Parametre

RACINE = Path(__file__).resolve().parents[2]
FIABILITES = {"S": "lu", "K": "à vérifier", "D": "choix de la plateforme"}
# Colonnes qui disent ce que le test attend ; la phrase calculée le dit déjà.
RESULTATS = {"cas", "code", "ecart", "retire", "ajoute", "manque", "reste_a_demander"}
AVIS = "<!-- Page écrite par `python -m calcul.documentation`\u00a0: changez la règle ou ses cas, pas cette page. -->"


def build_pages(racine: Path) -> dict[str, str]:
    """Le contenu de chaque page de docs/regles/, par nom de fichier. `racine` : le dossier du projet."""
    pages = {f"{regle.IDENTIFIANT.lower()}.md": _build_page_regle(regle, racine) for regle in REGLES}
    return pages | {"bouclage.md": _build_page_bouclage(racine), "index.md": _build_index()}


def find_ecarts(racine: Path) -> list[str]:
    """Les pages absentes, périmées ou en trop dans docs/regles/, par nom de fichier."""
    dossier = racine / "docs" / "regles"
    attendues = build_pages(racine)
    presentes = {chemin.name: chemin.read_text(encoding="utf-8") for chemin in dossier.glob("*.md")}
    return sorted(nom for nom in attendues | presentes if attendues.get(nom) != presentes.get(nom))


def main(arguments: Sequence[str] | None = None, *, racine: Path = RACINE) -> int:
    """Écrit les pages, ou les compare. Code de sortie : 0 si tout est à jour."""
    analyseur = argparse.ArgumentParser(
        prog="python -m calcul.documentation", description="Pages de docs/regles/."
    )
    analyseur.add_argument(
        "--verifier", action="store_true", help="ne change rien, échoue si une page diffère"
    )
    if not analyseur.parse_args(arguments).verifier:
        dossier = racine / "docs" / "regles"
        dossier.mkdir(parents=True, exist_ok=True)
        for nom, contenu in build_pages(racine).items():
            (dossier / nom).write_text(contenu, encoding="utf-8")
        return 0
    ecarts = find_ecarts(racine)
    if ecarts:
        sys.stderr.write(
            f"docs/regles/ n’est plus à jour ({', '.join(ecarts)})\u00a0: relancez python -m calcul.documentation.\n"
        )
    return 1 if ecarts else 0


def _build_page_regle(regle: Regle, racine: Path) -> str:
    parametres = [PARAMETRES[cle] for cle in regle.PARAMETRES_SUIVIS]
    parties = [
        AVIS,
        f"# {regle.IDENTIFIANT} — {regle.TITRE}",
        _build_prose(regle.__doc__),
        *(["## Paramètres", _build_table_parametres(parametres)] if parametres else []),
        "## Cas",
        "Ces cas sont des tests. Ressource sans mention\u00a0: demandée.",
        _build_cas(
            read_table(_read_cas(racine, regle.IDENTIFIANT)),
            lambda cas: _say_verdict(regle.evaluer(build_plan(cas))),
        ),
    ]
    return "\n\n".join(parties) + "\n"


def _build_page_bouclage(racine: Path) -> str:
    parties = [
        AVIS,
        "# Bouclage d’un plan de financement",
        inspect.cleandoc(bouclage.__doc__ or ""),
        "## Cas",
        "Ces cas sont des tests. Ressource sans mention\u00a0: demandée.",
        _build_cas(
            read_table(_read_cas(racine, "bouclage")), lambda cas: compute_bouclage(build_plan(cas)).phrase
        ),
    ]
    return "\n\n".join(parties) + "\n"


def _build_index() -> str:
    lignes = [f"- [{regle.IDENTIFIANT} — {regle.TITRE}]({regle.IDENTIFIANT.lower()}.md)" for regle in REGLES]
    return "\n".join(
        [
            AVIS,
            "",
            "# Règles d’un plan de financement",
            "",
            *lignes,
            "- [Bouclage\u00a0: où en est un plan, ce qui manque](bouclage.md)",
            "",
            "Une règle dont le texte a été lu peut bloquer\u00a0; les autres avertissent.",
            "",
        ]
    )


def _build_prose(docstring: str | None) -> str:
    """La docstring sans sa première ligne, qui est le titre."""
    return inspect.cleandoc(docstring or "").partition("\n")[2].strip()


def _build_table_parametres(parametres: Sequence[Parametre]) -> str:
    lignes = ["| paramètre | depuis | valeur | source | lecture |", "|---|---|---|---|---|"]
    for parametre in parametres:
        for valeur in parametre.valeurs:
            source = f"[{valeur.reference}]({valeur.url})" if valeur.url else valeur.reference
            lignes.append(
                f"| {parametre.nom} ({parametre.unite}) | {format_jour(valeur.depuis)} | {valeur.valeur} | {source} "
                f"| {FIABILITES[valeur.fiabilite]} |"
            )
    return "\n".join(lignes)


def _build_cas(cas: Sequence[Mapping[str, str]], say: Callable[[Mapping[str, str]], str]) -> str:
    return "\n\n".join(
        f"**{un['cas']}**\n\n{_build_donnees(un)}\n\n> `{un['code']}`\u00a0: {say(un)}" for un in cas
    )


def _say_verdict(verdict: Verdict) -> str:
    remedes = [verdict.remede, verdict.remede and verdict.remede.alternative]
    return "\n>\n> ".join(
        [verdict.phrase, *(f"Remède\u00a0: {remede.phrase}" for remede in remedes if remede)]
    )


def _build_donnees(cas: Mapping[str, str]) -> str:
    donnees = [
        f"{colonne}\u00a0: {valeur}" for colonne, valeur in cas.items() if valeur and colonne not in RESULTATS
    ]
    return "\u00a0; ".join(donnees)


def _read_cas(racine: Path, nom: str) -> str:
    return (racine / "tests" / "calcul" / "cas" / f"{nom.lower()}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
