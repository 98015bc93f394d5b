"""Les gabarits existent, servent, se lisent, et sont écrits en bon français."""

import re

import pytest
from django.conf import settings
from django.template.loader import get_template

from tests.typographie import find_modules, fix_gabarit, fix_python

MAILLAGE = settings.RACINE / "src" / "maillage"
DOSSIERS = [MAILLAGE / "templates", *sorted(MAILLAGE.glob("*/templates"))]
GABARITS = sorted(
    (chemin.relative_to(dossier).as_posix(), chemin)
    for dossier in DOSSIERS
    for chemin in dossier.rglob("*")
    if chemin.suffix in (".html", ".txt")
)
NOMS = [nom for nom, _ in GABARITS]
# Fait pour les gabarits de bibliothèques que nous remplaçons : ils sont appelés de chez elles.
REMPLACES = ("dsfr/", "django/", "widget_tweaks/")


def _read_sources():
    python = [chemin.read_text(encoding="utf-8") for chemin in MAILLAGE.rglob("*.py")]
    return "\n".join(python + [chemin.read_text(encoding="utf-8") for _, chemin in GABARITS])


def _find_cites():
    """Les gabarits que le code ou un gabarit nomme ; un courriel se nomme par `gabarit="…"`."""
    sources = _read_sources()
    cites = set(re.findall(r"""["']((?:[\w-]+/)+[\w-]+\.(?:html|txt))["']""", sources))
    return cites | {f"emails/{nom}.txt" for nom in re.findall(r'gabarit="([\w-]+)"', sources)}


def test_every_template_named_by_the_code_exists():
    absents = []
    for nom in _find_cites():
        try:
            get_template(nom)
        except Exception:
            absents.append(nom)
    assert not absents


def test_every_template_is_used():
    inutiles = [nom for nom in NOMS if nom not in _find_cites() and not nom.startswith(REMPLACES)]
    assert not inutiles


@pytest.mark.parametrize("nom", NOMS)
def test_a_template_compiles(nom):
    get_template(nom)


@pytest.mark.parametrize(("nom", "chemin"), GABARITS, ids=NOMS)
def test_a_template_follows_french_typography(nom, chemin):
    source = chemin.read_text(encoding="utf-8")
    assert source == fix_gabarit(source), "lancez ./maillage corriger"


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ("<p>l'élu : oui</p>", "<p>l’élu\u00a0: oui</p>"),
        ("« {{ nom }} » ?", "«\u00a0{{ nom }}\u00a0»\u00a0?"),
        ('<a title="a : b">{% if a == "l\'x" %}</a>', '<a title="a : b">{% if a == "l\'x" %}</a>'),
        ("de 10:30 à 11:00, http://a", "de 10:30 à 11:00, http://a"),
        ("<script>a ? b : c</script>", "<script>a ? b : c</script>"),
    ],
)
def test_the_typography_of_templates_touches_only_what_people_read(avant, apres):
    assert fix_gabarit(avant) == apres
    assert fix_gabarit(apres) == apres


@pytest.mark.parametrize(
    "chemin", find_modules(), ids=lambda chemin: chemin.relative_to(settings.RACINE / "src").as_posix()
)
def test_a_sentence_written_in_python_follows_french_typography(chemin):
    source = chemin.read_text(encoding="utf-8")
    assert source == fix_python(source), "lancez ./maillage corriger"


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ('x = "Trop tard : relisez."', 'x = "Trop tard\\u00a0: relisez."'),
        ('x = f"« {nom} » ? {n} : oui"', 'x = f"«\\u00a0{nom}\\u00a0»\\u00a0? {n}\\u00a0: oui"'),
        ('x = "de 40 € à 20 %."', 'x = "de 40\\u00a0€ à 20\\u00a0%."'),
        ('x = f"{a[b : c]} {{ d : e }}"', 'x = f"{a[b : c]} {{ d\\u00a0: e }}"'),
        ("x = r\" ;\" if a else b' : '", "x = r\" ;\" if a else b' : '"),
        ('def f():\n    """Une phrase : rien."""\n', 'def f():\n    """Une phrase : rien."""\n'),
        ('x = {"a : b://c": "10:30"}', 'x = {"a\\u00a0: b://c": "10:30"}'),
    ],
)
def test_the_typography_of_python_touches_only_what_people_read(avant, apres):
    assert fix_python(avant) == apres
    assert fix_python(apres) == apres
