import shutil
import subprocess
import sys
from pathlib import Path

from calcul.documentation import RACINE, build_pages, find_ecarts, main
from calcul.financement.regles import REGLES

SRC = Path(__file__).resolve().parents[2] / "src"


def copy_projet(tmp_path):
    shutil.copytree(RACINE / "tests" / "calcul" / "cas", tmp_path / "tests" / "calcul" / "cas")
    return tmp_path


def test_pages_of_the_repository_are_up_to_date():
    assert find_ecarts(RACINE) == []


def test_every_rule_has_its_page_and_the_index_names_it():
    pages = build_pages(RACINE)
    for regle in REGLES:
        assert f"# {regle.IDENTIFIANT} — {regle.TITRE}" in pages[f"{regle.IDENTIFIANT.lower()}.md"]
        assert f"({regle.IDENTIFIANT.lower()}.md)" in pages["index.md"]


def test_a_page_shows_the_rule_its_sources_its_cases_and_its_cures():
    page = build_pages(RACINE)["r03.md"].replace("\u00a0", " ")
    assert "| 16/03/2012 | 1/5 | [CGCT, article L. 1111-10, III](" in page
    assert "**exemple 2 : l’argent privé ne compte pas dans la base**" in page
    assert "Remède : Remplacer 40 000 € d’aides publiques" in page


def test_verifier_fails_on_a_changed_a_missing_and_a_stray_page(tmp_path, capsys):
    racine = copy_projet(tmp_path)
    assert main(["--verifier"], racine=racine) == 1
    assert main([], racine=racine) == 0
    assert main(["--verifier"], racine=racine) == 0

    dossier = racine / "docs" / "regles"
    (dossier / "r01.md").write_text("autre", encoding="utf-8")
    (dossier / "r03.md").unlink()
    (dossier / "r99.md").write_text("", encoding="utf-8")
    capsys.readouterr()

    assert main(["--verifier"], racine=racine) == 1
    assert "r01.md, r03.md, r99.md" in capsys.readouterr().err
    assert (dossier / "r01.md").read_text(encoding="utf-8") == "autre"


def test_calcul_needs_nothing_but_python():
    """Sans site-packages (-S) ni variables d'environnement (-E) : ni Django, ni aucune bibliothèque."""
    code = f"import sys; sys.path.insert(0, {str(SRC)!r}); import calcul.documentation"
    subprocess.run([sys.executable, "-S", "-E", "-c", code], check=True)
