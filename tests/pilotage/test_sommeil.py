"""Les signes de sommeil : chacun a sa preuve et sa porte, à son seuil exact ; ne rien savoir n’est pas dormir."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from calcul.sommeil import SEUILS, get_limite, subtract_mois
from maillage.fiches.enums import StatutFiche
from maillage.financement.enums import StatutLigne
from maillage.pilotage.actions import record_aide
from maillage.pilotage.models import AideRecue
from maillage.pilotage.selectors import Perimetre
from maillage.pilotage.selectors_sommeil import SIGNES, compute_sommeil
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions import tell_evenement
from maillage.territoires.actions_mandats import create_binome, declare_place, end_mandat
from maillage.territoires.enums import EtatPlace, NatureEvenement, PorteeBinome, RoleMandat
from maillage.territoires.models import Mandat
from tests.fabriques import FABRIQUE, make_fiche, make_ligne, make_personne, make_plan
from tests.pilotage.faits import labellise

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vagues")]

JOUR = date(2026, 6, 1)
DEBUT = date(2023, 11, 9)


@pytest.fixture(autouse=True)
def au_jour_dit(vagues):
    with time_machine.travel("2026-06-01 10:00", tick=False):
        yield


@pytest.fixture
def territoire():
    return labellise("v2/ti-1", debut=DEBUT)


def signes(territoire, au=JOUR):
    return {p.signe: p for p in compute_sommeil(Perimetre(au)).preuves[territoire.pk]}


def reunir(territoire, jour):
    tell_evenement(
        territoires=[territoire],
        jour=jour,
        nature=NatureEvenement.REUNION,
        titre=f"Réunion du {jour}",
        source="s",
        by=FABRIQUE,
    )


def test_the_thresholds_are_dated_data_that_say_they_are_a_choice():
    assert set(SEUILS) == {"sans_reunion", "sans_fiche", "fiches_figees", "sans_reponse"}
    assert all(valeur.fiabilite == "D" and valeur.reference for s in SEUILS.values() for valeur in s.valeurs)


@pytest.mark.parametrize(
    ("jour", "mois", "attendu"),
    [
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2025, 3, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 15), 6, date(2023, 7, 15)),
        (date(2024, 12, 31), 12, date(2023, 12, 31)),
    ],
)
def test_months_are_counted_as_people_do(jour, mois, attendu):
    assert subtract_mois(jour, mois) == attendu


def test_nothing_known_is_not_sleep(territoire):
    sommeil = compute_sommeil(Perimetre(JOUR))
    assert sommeil.inconnus == {territoire.pk}
    assert sommeil.get_ids(connus=True) == []
    assert all(signe.nombre == 0 for signe in sommeil.count(connus=True))
    make_personne("elu", territoire=territoire)
    assert compute_sommeil(Perimetre(JOUR)).inconnus == set()


def test_a_team_that_left_is_known(territoire):
    mandat = Mandat.objects.get(personne=make_personne("elu", territoire=territoire))
    end_mandat(mandat=mandat, fin=date(2025, 1, 1), by=FABRIQUE)
    assert compute_sommeil(Perimetre(JOUR)).inconnus == set()
    assert "personne depuis le 1er janvier 2025" in signes(territoire)["sans_binome"].phrase


def test_a_vacant_function_says_since_when_and_opens_the_page_that_shows_it(territoire):
    declare_place(
        territoire=territoire,
        role=RoleMandat.CHEF_PROJET,
        etat=EtatPlace.VACANTE,
        debut=date(2026, 2, 1),
        by=FABRIQUE,
    )
    preuve = signes(territoire)["sans_chef_projet"]
    assert "place vacante depuis le 1er février 2026" in preuve.phrase
    assert preuve.url == reverse("territoire-roles", args=["v2", "ti-1"]) + "#equipe"
    make_personne("chef_projet", territoire=territoire)
    assert "sans_chef_projet" not in signes(territoire)


def test_one_complete_binome_is_enough(territoire):
    make_personne("elu", territoire=territoire)
    binome = create_binome(territoire=territoire, portee=PorteeBinome.ACTION, sujet="Former", by=FABRIQUE)
    assert "sans_binome" in signes(territoire)
    Mandat.objects.update(binome=binome)
    assert "sans_binome" in signes(territoire)
    make_personne("industriel", territoire=territoire)  # dans un autre binôme : aucun n’est complet
    assert "sans_binome" in signes(territoire)
    make_personne("elu", territoire=territoire)
    assert "sans_binome" not in signes(territoire)


def test_the_meeting_sign_comes_on_the_day_of_its_threshold(territoire):
    limite = get_limite("sans_reunion", JOUR)
    reunir(territoire, limite + timedelta(days=1))
    assert "sans_reunion" not in signes(territoire)
    demain = JOUR + timedelta(days=1)
    with time_machine.travel(demain, tick=False):
        assert "2 décembre 2025 (seuil\u00a0: 6 mois)" in signes(territoire, demain)["sans_reunion"].phrase


def test_a_meeting_to_come_does_not_wake_a_territory(territoire):
    reunir(territoire, JOUR + timedelta(days=10))
    assert "Aucune rencontre connue" in signes(territoire)["sans_reunion"].phrase


def test_untouched_fiches_are_a_sign_and_a_touched_one_is_not(territoire):
    with time_machine.travel("2024-01-10", tick=False):
        make_fiche(territoire=territoire)
    assert "10 janvier 2024 (seuil\u00a0: 12 mois)" in signes(territoire)["fiches_figees"].phrase
    make_fiche(territoire=territoire)
    assert not {"fiches_figees", "sans_fiche"} & set(signes(territoire))


def test_an_abandoned_fiche_does_not_count_as_one(territoire):
    make_fiche(territoire=territoire, statut=StatutFiche.ABANDONNEE)
    assert "sans_fiche" in signes(territoire)


def test_an_unanswered_request_is_a_sign_until_it_is_answered(territoire):
    fiche = make_plan(
        fiche=make_fiche(territoire=territoire, date_effet=date(2025, 1, 5)), date_effet=date(2025, 1, 5)
    ).fiche
    make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE, date_effet=date(2025, 3, 1))
    preuve = signes(territoire)["sans_reponse"]
    assert "Une demande attend une réponse, la plus ancienne depuis le 1er mars 2025" in preuve.phrase
    assert "sans_reponse" not in signes(territoire, date(2025, 4, 1))


def test_an_answered_request_is_no_sign(territoire):
    fiche = make_plan(
        fiche=make_fiche(territoire=territoire, date_effet=date(2025, 1, 5)), date_effet=date(2025, 1, 5)
    ).fiche
    make_ligne(fiche=fiche, statut=StatutLigne.REFUSE, date_effet=date(2025, 3, 1))
    assert "sans_reponse" not in signes(territoire)


def test_there_is_no_sign_before_the_first_threshold(territoire):
    assert compute_sommeil(Perimetre(date(2018, 1, 1))).preuves == {}


def test_every_sign_has_a_sentence():
    assert all(signe.phrase.endswith((".", "attendu.")) for signe in SIGNES.values())


def test_the_signs_cost_the_same_for_one_or_ten_territories(territoire, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as un:
        compute_sommeil(Perimetre(JOUR))
    for numero in range(2, 11):
        autre = labellise(f"v2/ti-{numero}", debut=DEBUT)
        make_fiche(territoire=autre)
        make_personne("elu", territoire=autre)
    with django_assert_max_num_queries(len(un)):
        compute_sommeil(Perimetre(JOUR))


# --- aides et pages ----------------------------------------------------------------------------------------------


def test_the_help_given_keeps_the_signs_of_that_day(territoire, connecter):
    client = connecter(make_personne("national"))
    url = reverse("territoire-signes", args=["v2", "ti-1"])
    vide = client.post(url, {"nature": "", "jour": "2026-05-01"})
    assert "Dites quelle aide a été apportée" in vide.content.decode()
    futur = client.post(url, {"nature": "Appel", "jour": "2027-01-01"})
    assert "Ce jour est dans l’avenir" in futur.content.decode()
    assert 'value="Appel"' in futur.content.decode()
    assert (
        client.post(url, {"nature": "Appel", "jour": "2026-05-01", "recit": "Rappelle en juin"}).status_code
        == 302
    )
    aide = AideRecue.objects.get()
    assert any("Chef·fe de projet" in signe for signe in aide.signes)
    page = client.get(url).content.decode()
    assert "Rappelle en juin" in page
    assert "Signes ce jour-là" in page
    liste = client.get(reverse("pilotage-signes")).content.decode()
    assert "Appel, le 1er mai 2026" in liste


def test_help_is_never_recorded_in_advance(territoire):
    with pytest.raises(ActionImpossible) as refus:
        record_aide(territoire=territoire, jour=aujourdhui() + timedelta(days=1), nature="Appel", by=FABRIQUE)
    assert refus.value.champ == "jour"


def test_a_region_opens_the_signs_of_its_territories_only(territoire, connecter):
    from tests.fabriques import make_departement, make_region

    loin = labellise(
        "v2/ti-9",
        debut=DEBUT,
        departement=make_departement("21", "Côte-d’Or", region=make_region("27", "BFC")),
    )
    client = connecter(make_personne("region", territoire=territoire))
    assert client.get(reverse("territoire-signes", args=["v2", "ti-1"])).status_code == 200
    assert client.get(reverse("territoire-signes", args=["v2", loin.id_ti])).status_code == 404
    page = client.get(reverse("pilotage-signes")).content.decode()
    assert reverse("territoire-signes", args=["v2", "ti-1"]) in page
    assert reverse("territoire-signes", args=["v2", "ti-9"]) not in page


def test_the_unknown_ones_are_set_apart_on_the_page(territoire, connecter):
    connu = labellise("v2/ti-2", debut=DEBUT, nom="Connu de tous")
    make_personne("elu", territoire=connu)
    client = connecter(make_personne("national"))
    oui = client.get(reverse("pilotage-signes"), {"connu": "oui"}).content.decode()
    assert "Connu de tous" in oui
    assert territoire.nom not in oui
    assert territoire.nom in client.get(reverse("pilotage-signes"), {"connu": "non"}).content.decode()
