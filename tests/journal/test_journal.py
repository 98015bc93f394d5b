"""Le journal raconte, ne s’efface pas, et refuse un code qu’il ne saurait pas dire."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps

from maillage.comptes.actions import create_organisation
from maillage.comptes.enums import TypeOrganisation
from maillage.journal.actions import Systeme, record
from maillage.journal.models import Entree
from maillage.journal.phrases import PHRASES, phrase


@pytest.mark.django_db
def test_entry_keeps_effect_date_author_and_sentence():
    organisation = create_organisation(nom="Essai", type=TypeOrganisation.CLUSTER, by=Systeme("essai"))
    entree = record(
        "comptes.organisation.creee",
        cible=organisation,
        by=Systeme("import"),
        date_effet=date(2019, 7, 15),
        motif="rejeu",
    )
    assert entree.date_effet == date(2019, 7, 15)
    assert entree.enregistre_at.date() > entree.date_effet
    assert phrase(entree) == "Organisation «\u00a0Essai\u00a0» créée"
    assert Entree.objects.for_cible(organisation).count() == 2


@pytest.mark.django_db
def test_unknown_code_is_refused_before_anything_is_written():
    organisation = create_organisation(nom="Essai", type=TypeOrganisation.CLUSTER, by=Systeme("essai"))
    with pytest.raises(KeyError, match="inconnu"):
        record("essai.inconnu", cible=organisation, by=Systeme("essai"))
    assert Entree.objects.count() == 1


def test_every_events_constant_has_a_sentence():
    for config in apps.get_app_configs():
        if not config.name.startswith("maillage."):
            continue
        try:
            module = import_module(f"{config.name}.events")
        except ModuleNotFoundError:
            continue
        codes = {valeur for nom, valeur in vars(module).items() if nom.isupper() and isinstance(valeur, str)}
        assert codes == set(module.PHRASES)
        assert codes <= set(PHRASES())
