"""Les vraies données de donnees/ : comptes connus, rattachements, deuxième import sans effet, taille de la carte."""

import gzip

import pytest
from django.core.management import call_command
from django.db.models import Sum

from maillage.journal.actions import Systeme
from maillage.referentiels.actions import import_referentiels
from maillage.referentiels.cartes import Forme, dessiner_carte
from maillage.referentiels.enums import Couche, TypeEpci
from maillage.referentiels.models import (
    CodePostal,
    Commune,
    CommuneAncienne,
    Contour,
    Departement,
    Epci,
    ImportReferentiel,
    Naf,
    Region,
)
from maillage.referentiels.selectors import compute_population_municipale, find_communes


@pytest.mark.django_db
def test_real_data_is_imported_whole_once_and_searchable(capsys):
    call_command("importer_referentiels")
    assert " 0 rejetés" in capsys.readouterr().out
    assert not ImportReferentiel.objects.filter(rejetes__gt=0).exists()

    assert Region.objects.exclude(zone="com").count() == 18
    assert Departement.objects.exclude(zone="com").count() == 101
    assert Commune.objects.count() == 34_969
    assert CommuneAncienne.objects.exclude(nom="").count() == 2_105 + 471 + 45
    assert CodePostal.objects.count() == 35_493
    assert Epci.objects.fiscalite_propre().count() == 1_255
    assert Epci.objects.filter(type=TypeEpci.EPT).count() == 11
    assert Naf.objects.count() == 1_707
    assert Naf.objects.filter(is_industrie=True, niveau="division").count() == 34
    assert {couche: Contour.objects.filter(couche=couche).count() for couche in Couche.values} == {
        "region": 18,
        "departement": 101,
        "epci": 1_255,
        "ept": 11,
        "ti_v1": 149,
        "ti_v2": 183,
    }

    sans_epci = Commune.objects.filter(epci=None).exclude(zone="com")
    assert sorted(sans_epci.values_list("pk", flat=True)) == ["22016", "29083", "29155", "85113"]
    assert Commune.objects.exclude(ept=None).count() == 129  # la métropole sans Paris
    assert (
        Commune.objects.aggregate(s=Sum("population_municipale_epci"))["s"]
        == (Epci.objects.fiscalite_propre().aggregate(s=Sum("population_municipale"))["s"])
    )

    langres = find_communes("langres")[0]
    assert (langres.code_insee, langres.epci_id, langres.departement_id) == ("52269", "200072999", "52")
    assert compute_population_municipale(langres.epci.communes.values_list("pk", flat=True)) == 20_701
    assert find_communes("52200")[0] == langres
    assert [c.nom for c in find_communes("paris 13e")] == ["Paris"]

    bilans = import_referentiels(by=Systeme("import"), forcer=True)
    assert sum(bilan.crees + bilan.modifies + bilan.supprimes for bilan in bilans) == 0
    assert all(bilan.deja_importe for bilan in import_referentiels(by=Systeme("import")))

    codes = Contour.objects.filter(couche=Couche.TI_V2).values_list("code", flat=True)
    carte = dessiner_carte(
        formes=[Forme(Couche.TI_V2, code, code, href=f"/territoires/v2/{code}/") for code in codes],
        titre="Territoires d’industrie",
        description="183 territoires",
    )
    assert carte.count("<a ") == 183
    assert len(gzip.compress(carte.encode(), 6)) < 60_000
