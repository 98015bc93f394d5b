"""Chaque code du journal a une phrase, est employé, et sa phrase se lit."""

import re
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.apps import apps
from django.conf import settings

from maillage.contrats.enums import StatutActe
from maillage.financement.enums import StatutLigne
from maillage.journal.models import Entree
from maillage.journal.phrases import PHRASES, phrase
from tests.fabriques import make_acte, make_invite, make_ligne, make_plan

EVENTS = [
    (config.label, import_module(f"{config.name}.events"))
    for config in apps.get_app_configs()
    if config.name.startswith("maillage.") and find_spec(f"{config.name}.events")
]
CODES = [
    pytest.param(label, nom, valeur, id=valeur)
    for label, module in EVENTS
    for nom, valeur in vars(module).items()
    if nom.isupper() and isinstance(valeur, str)
]


@pytest.mark.parametrize(("label", "nom", "code"), CODES)
def test_a_code_is_dotted_after_its_application(label, nom, code):
    assert re.fullmatch(rf"{label}\.[a-z_]+\.[a-z_]+", code)


@pytest.mark.parametrize(("label", "module"), EVENTS, ids=[label for label, _ in EVENTS])
def test_each_code_has_a_phrase_and_each_phrase_a_code(label, module):
    codes = {valeur for nom, valeur in vars(module).items() if nom.isupper() and isinstance(valeur, str)}
    assert set(module.PHRASES) == codes


@pytest.mark.parametrize(("label", "nom", "code"), CODES)
def test_each_code_is_written_by_some_action(label, nom, code):
    dossier = settings.RACINE / "src" / "maillage"
    sources = [chemin for chemin in dossier.rglob("*.py") if chemin.name != "events.py"]
    assert any(re.search(rf"\bevents\.{nom}\b", chemin.read_text(encoding="utf-8")) for chemin in sources)


@pytest.mark.django_db
def test_every_entry_written_by_the_factories_reads_as_a_sentence():
    make_acte(statut=StatutActe.SIGNE)
    make_acte(statut=StatutActe.CONSTATE)
    make_invite(make_ligne(statut=StatutLigne.SOLLICITE))
    for statut in (StatutLigne.SOLDE, StatutLigne.ATTESTE, StatutLigne.REFUSE, StatutLigne.CADUC):
        make_ligne(statut=statut)
    make_plan(sans_besoin=True)
    entrees = list(Entree.objects.all())
    assert len({entree.code for entree in entrees}) >= 12
    for entree in entrees:
        assert entree.code in PHRASES()
        assert phrase(entree) not in ("", entree.code)
