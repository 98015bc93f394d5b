"""Les pages d’une simulation, du premier clic à la liste de la commission ; et les plans proposés à une fiche."""

import pytest
from django.urls import reverse

from maillage.comptes.enums import TypeOrganisation
from maillage.financement.actions import add_depense, add_ligne
from maillage.financement.enums import NatureDepense, NatureLigne
from maillage.financement.models import LigneFinancement
from maillage.programmation.models import ResultatFiche, Simulation
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_dispositif,
    make_fiche,
    make_organisation,
    make_personne,
    make_simulation,
    make_territoire,
)

pytestmark = pytest.mark.django_db


def lire(reponse):
    return reponse.content.decode()


@pytest.fixture
def territoire():
    return make_territoire()


@pytest.fixture
def agente(territoire):
    region = make_organisation(type=TypeOrganisation.REGION, region=territoire.region, is_financeur=True)
    return make_personne("region", organisation=region)


@pytest.fixture
def fiche(territoire):
    porteur = make_organisation(type=TypeOrganisation.EPCI)
    fiche = make_fiche(territoire=territoire, porteur=porteur, titre="Halle partagée")
    add_depense(
        fiche=fiche, nature=NatureDepense.TRAVAUX, libelle="Travaux", montant=100_000 * EUROS, by=FABRIQUE
    )
    add_ligne(
        fiche=fiche,
        financeur=porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        montant=40_000 * EUROS,
        by=FABRIQUE,
    )
    return fiche


def test_a_region_asks_reads_and_prints_the_answer(
    agente, fiche, territoire, connecter, django_capture_on_commit_callbacks
):
    client = connecter(agente)
    assert "Aucune simulation" in lire(client.get(reverse("simulations")))
    organisation = agente.get_fonctions()[0].organisation
    cadre = {
        "nom": "Commission de mars",
        "organisation": organisation.pk,
        "perimetre": "region",
        "region": territoire.region_id,
        "annee": 2026,
        "critere": "nombre",
    }
    page = lire(client.post(reverse("simulation-create"), cadre, follow=True))
    simulation = Simulation.objects.get()
    assert "1 fiche chiffrée et non bouclée" in page
    saisie = {
        "aide-libelle": "Aide régionale",
        "aide-financeur": organisation.pk,
        "aide-nature": "subvention",
        "aide-taux": "80 %",
        "aide-plafond": "100 000",
        "aide-certitude": "60",
        "aide-enveloppe": "70 000 €",
    }
    page = lire(
        client.post(reverse("simulation-fiches", args=[simulation.pk]), {f"f{fiche.pk}-points": "trois"})
    )
    assert "Écrivez un nombre entier" in page
    assert 'value="trois"' in page
    page = lire(client.post(reverse("aide-simulee-create", args=[simulation.pk]), saisie, follow=True))
    assert "Figer les entrées et lancer le calcul" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("simulation-launch", args=[simulation.pk]))
    page = lire(client.get(simulation.get_absolute_url()))
    assert "La proposition" in page
    assert "Aucune autre proposition ne vaut plus" in page
    page = lire(client.get(reverse("simulation-resultats", args=[simulation.pk])))
    assert "Halle partagée" in page
    assert "60\u00a0000" in page
    assert "Aucune demande" in lire(client.get(reverse("simulation-suites", args=[simulation.pk])))
    csv = client.get(reverse("simulation-suites", args=[simulation.pk]), {"export": "csv"})
    assert "60000,00" in csv.getvalue().decode()
    pdf = client.get(reverse("simulation-liste", args=[simulation.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF-")
    assert client.get(reverse("simulation-liste", args=[simulation.pk, "exe"])).status_code == 404


def test_what_the_catalogue_does_not_say_is_asked_at_its_field(agente, territoire, connecter):
    simulation = make_simulation(by=agente, region=territoire.region)
    dispositif = make_dispositif(
        financeur=agente.get_fonctions()[0].organisation, contenu={"taux_max": 5_000}
    )
    saisie = {
        "aide-dispositif": dispositif.pk,
        "aide-nature": "subvention",
        "aide-certitude": "50",
        "aide-enveloppe": "1000",
    }
    url = reverse("aide-simulee-create", args=[simulation.pk])
    page = lire(connecter(agente).post(url, saisie))
    assert "Le catalogue ne le dit pas" in page
    page = lire(connecter(agente).post(url, saisie | {"aide-plafond": "50 000"}, follow=True))
    assert "hypothèse\u00a0: maximum" in page


def test_an_aide_without_envelope_is_refused_whole(agente, territoire, connecter):
    simulation = make_simulation(by=agente, region=territoire.region)
    saisie = {
        "aide-libelle": "Sans enveloppe",
        "aide-financeur": agente.get_fonctions()[0].organisation_id,
        "aide-nature": "subvention",
        "aide-taux": "50",
        "aide-plafond": "100",
        "aide-certitude": "50",
    }
    page = lire(connecter(agente).post(reverse("aide-simulee-create", args=[simulation.pk]), saisie))
    assert "Aucune enveloppe n’est inscrite" in page
    assert simulation.aides.count() == 1


def test_two_simulations_are_compared_and_one_is_copied(agente, fiche, territoire, connecter):
    client = connecter(agente)
    avant = make_simulation(by=agente, region=territoire.region, calculee=True)
    apres = make_simulation(by=agente, region=territoire.region, calculee=True)
    page = lire(client.get(reverse("simulation-comparer", args=[apres.pk]), {"avec": avant.pk}))
    assert "Les mêmes fiches sont bouclées" in page
    ResultatFiche.objects.filter(simulation=avant).update(issue="non_bouclee", raison="L’argent manque")
    page = lire(client.get(reverse("simulation-comparer", args=[apres.pk]), {"avec": avant.pk}))
    assert "L’argent manque" in page
    page = lire(client.get(reverse("simulation-comparer", args=[apres.pk]), {"avec": "abc"}, follow=True))
    assert "Choisissez une simulation calculée" in page
    copie = {"nom": "Deux millions de plus", "organisation": apres.organisation_id}
    client.post(reverse("simulation-copy", args=[apres.pk]), copie)
    assert Simulation.objects.get(nom="Deux millions de plus").statut == "en_preparation"


def test_three_plans_are_proposed_to_a_fiche_and_one_is_taken_over(agente, fiche, territoire, connecter):
    region = agente.get_fonctions()[0].organisation
    contenu = {"taux_max": 8_000, "plafond_aide": 100_000 * EUROS, "recurrence": "permanente"}
    make_dispositif(
        titre="AMI régional", financeur=region, contenu=contenu, listes={"nature": ["subvention"]}
    )
    make_dispositif(titre="Sans taux", financeur=region, listes={"nature": ["subvention"]})
    client = connecter(make_personne("chef_projet", territoire=territoire))
    url = reverse("plan-proposer", args=["v1", "ti-4403", fiche.pk])
    page = lire(client.get(url))
    assert "Le moins de financeurs" in page
    assert "AMI régional" in page
    assert "Sans taux\u00a0: son taux ou son montant maximal n’est pas connu" in page
    page = lire(client.post(url, {"plan": "moins_de_financeurs"}, follow=True))
    assert "1 financement pressenti inscrit" in page
    ligne = LigneFinancement.objects.get(dispositif__titre="AMI régional")
    assert ligne.montant_pressenti == 60_000 * EUROS
    assert "Ce plan n’est plus possible" in lire(client.post(url, {"plan": "inconnu"}, follow=True))


def test_a_fiche_without_cost_is_told_so(agente, territoire, connecter):
    fiche = make_fiche(territoire=territoire)
    client = connecter(make_personne("chef_projet", territoire=territoire))
    page = lire(client.get(reverse("plan-proposer", args=["v1", "ti-4403", fiche.pk])))
    assert "inscrivez d’abord ses dépenses" in page


@pytest.mark.parametrize("nom", ["simulations", "simulation-resultats", "simulation-suites"])
def test_the_number_of_queries_does_not_depend_on_the_data(
    agente, fiche, territoire, connecter, nom, django_assert_max_num_queries
):
    simulation = make_simulation(by=agente, region=territoire.region, calculee=True)
    for _ in range(6):
        autre = make_fiche(territoire=territoire)
        ResultatFiche.objects.create(
            simulation=simulation, fiche=autre, issue="ecartee", cout=1, besoin=1, poids=1
        )
    make_simulation(by=agente, region=territoire.region)
    args = [] if nom == "simulations" else [simulation.pk]
    client = connecter(agente)
    with django_assert_max_num_queries(24):
        client.get(reverse(nom, args=args))
