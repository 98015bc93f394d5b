"""Les modèles tiennent leurs promesses : nommés au glossaire, états dans une table, paires liées en base."""

import re
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CheckConstraint, Q, TextChoices

APPLICATIONS = [config for config in apps.get_app_configs() if config.name.startswith("maillage.")]
MODELES = [modele for config in APPLICATIONS for modele in config.get_models()]


def _find_statuts():
    for config in APPLICATIONS:
        if find_spec(f"{config.name}.enums") is None:
            continue
        module = import_module(f"{config.name}.enums")
        for nom, objet in vars(module).items():
            if nom.startswith("Statut") and isinstance(objet, type) and issubclass(objet, TextChoices):
                yield pytest.param(config.name, objet, id=f"{config.label}.{nom}")


def test_every_model_is_in_the_glossary():
    glossaire = (settings.RACINE / "docs" / "glossaire.md").read_text(encoding="utf-8")
    mots = set(re.findall(r"`([A-Za-z]+)`", glossaire))
    assert not {modele.__name__ for modele in MODELES} - mots, "à définir dans docs/glossaire.md"


def test_the_glossary_names_no_model_that_is_gone():
    glossaire = (settings.RACINE / "docs" / "glossaire.md").read_text(encoding="utf-8")
    lignes = [ligne.split("|") for ligne in glossaire.splitlines() if ligne.startswith("| ")]
    nommes = {mot for ligne in lignes for mot in re.findall(r"^`([A-Z][A-Za-z]+)`$", ligne[2].strip())}
    connus = {modele.__name__ for modele in MODELES}
    for config in APPLICATIONS:
        for salle in ("enums", "models", "selectors", "policies", "actions"):
            if find_spec(f"{config.name}.{salle}"):
                piece = import_module(f"{config.name}.{salle}")
                # Une salle devenue trop grande est un dossier : ses modules en sont.
                parties = [
                    import_module(f"{piece.__name__}.{m.name}")
                    for m in iter_modules(getattr(piece, "__path__", []))
                ]
                connus |= {nom for partie in (piece, *parties) for nom in vars(partie)}
    assert nommes, "le glossaire n’a pas de colonne «\u00a0code\u00a0»"
    assert not nommes - connus


@pytest.mark.parametrize(("application", "enum"), list(_find_statuts()))
def test_every_statut_is_in_its_transition_table(application, enum):
    table = import_module(f"{application}.policies").TRANSITIONS
    assert set(table) == set(enum)
    assert {vers for suite in table.values() for vers in suite} <= set(enum)


def _fields_of(condition):
    if isinstance(condition, Q):
        for enfant in condition.children:
            yield from _fields_of(enfant)
    else:
        yield condition[0].split("__")[0]


def _find_paires():
    for modele in MODELES:
        champs = {champ.name: champ for champ in modele._meta.concrete_fields}
        for nom, champ in champs.items():
            racine = nom.removesuffix("_at")
            if nom.endswith("_at") and f"{racine}_by" in champs and champ.null:
                yield pytest.param(modele, racine, id=f"{modele.__name__}.{racine}")


def test_there_are_pairs_to_check():
    assert list(_find_paires())


@pytest.mark.parametrize(("modele", "racine"), list(_find_paires()))
def test_an_at_and_its_by_are_tied_in_the_database(modele, racine):
    lies = [
        set(_fields_of(contrainte.condition))
        for contrainte in modele._meta.constraints
        if isinstance(contrainte, CheckConstraint)
    ]
    assert any({f"{racine}_at", f"{racine}_by"} <= champs for champs in lies)


@pytest.mark.parametrize("modele", MODELES, ids=lambda modele: modele.__name__)
def test_money_is_never_a_decimal_or_a_float(modele):
    types = {champ.get_internal_type() for champ in modele._meta.concrete_fields}
    assert not types & {"DecimalField", "FloatField"}
