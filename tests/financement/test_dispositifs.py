from datetime import date

import pytest
import time_machine
from django.core.management import call_command

from maillage.dispositifs.actions import record_version
from maillage.dispositifs.enums import Famille, Origine
from maillage.financement.actions.dispositifs import CLOTURES, NOUVEAUX, alert_dispositifs
from maillage.notifications.models import Attente
from maillage.territoires.selectors import attentes_for
from tests.fabriques import FABRIQUE, make_dispositif, make_fiche, make_personne

pytestmark = pytest.mark.django_db


def _ouvertes():
    return list(Attente.objects.ouvertes().order_by("code").values_list("code", "libelle"))


@time_machine.travel("2025-06-01 09:00+02:00")
def test_the_territory_is_told_once_of_what_is_new_and_may_serve_it():
    fiche = make_fiche()
    make_dispositif(titre="Utile")
    make_dispositif(titre="Ailleurs", listes={Famille.VAGUE: ["v2"]})
    make_dispositif(titre="Du premier jour", origine=Origine.CATALOGUE)
    for _ in range(2):
        call_command("signaler_dispositifs")
    assert [(code, "Utile" in libelle) for code, libelle in _ouvertes()] == [(NOUVEAUX, True)]
    assert "Ailleurs" not in _ouvertes()[0][1]
    assert "Du premier jour" not in _ouvertes()[0][1]
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    assert attentes_for(chef).filter(code=NOUVEAUX).exists()
    with time_machine.travel("2025-07-15 09:00+02:00"):
        assert alert_dispositifs() == 0
    assert _ouvertes() == []


def test_a_closing_scheme_is_told_with_its_day_and_forgotten_after():
    make_fiche()
    with time_machine.travel("2025-01-01 09:00+01:00"):
        dispositif = make_dispositif(titre="Bientôt clos", contenu={"cloture": date(2025, 6, 30)})
    with time_machine.travel("2025-05-15 09:00+02:00"):
        assert alert_dispositifs() == 0
    with time_machine.travel("2025-06-10 09:00+02:00"):
        assert alert_dispositifs() == 1
        attente = Attente.objects.ouvertes().get()
        assert (attente.code, attente.echeance) == (CLOTURES, date(2025, 6, 30))
        record_version(dispositif=dispositif, contenu={"titre": "Renommé"}, version_lue=1, by=FABRIQUE)
    with time_machine.travel("2025-06-12 09:00+02:00"):
        assert alert_dispositifs() == 1
        attente = Attente.objects.ouvertes().get()
        assert "Renommé" in attente.libelle
        assert attente.depuis == date(2025, 6, 10)
    with time_machine.travel("2025-07-01 09:00+02:00"):
        assert alert_dispositifs() == 0
