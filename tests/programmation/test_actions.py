"""Une simulation : préparée, figée, calculée hors de la page, partagée ; elle n’écrit jamais l’état d’une ligne."""

import pytest

from calcul.programmation.modele import Octroi
from maillage.comptes.enums import TypeOrganisation
from maillage.financement.actions import add_depense, add_ligne, create_enveloppe, record_fait_enveloppe
from maillage.financement.enums import (
    NatureDepense,
    NatureFaitEnveloppe,
    NatureLigne,
    RegleEnveloppe,
    StatutLigne,
)
from maillage.financement.models import EtapeLigne, LigneFinancement
from maillage.programmation import actions
from maillage.programmation.enums import Critere, Equilibre, IssueFiche, Perimetre, StatutSimulation, Verrou
from maillage.programmation.models import Simulation
from maillage.programmation.permissions import perimetres_of, regions_of, simulations_visible_to
from maillage.programmation.selectors import compare_simulations, compute_bilan, list_suites
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from maillage.socle.models import StatutTravail
from maillage.socle.travaux import get_travail
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_dispositif,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_territoire,
)

pytestmark = pytest.mark.django_db
I = IssueFiche  # noqa: E741


def make_fiche_chiffree(territoire, cout, propre):
    """Une fiche d’un EPCI, d’un coût donné (euros), dont `propre` (euros) est payé par le porteur."""
    porteur = make_organisation(type=TypeOrganisation.EPCI)
    fiche = make_fiche(territoire=territoire, porteur=porteur)
    add_depense(
        fiche=fiche, nature=NatureDepense.TRAVAUX, libelle="Travaux", montant=cout * EUROS, by=FABRIQUE
    )
    add_ligne(
        fiche=fiche,
        financeur=porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        montant=propre * EUROS,
        by=FABRIQUE,
    )
    return fiche


@pytest.fixture
def territoire():
    return make_territoire()


@pytest.fixture
def region(territoire):
    return make_organisation(type=TypeOrganisation.REGION, region=territoire.region, is_financeur=True)


@pytest.fixture
def agente(region):
    return make_personne("region", organisation=region)


@pytest.fixture
def cinq(territoire):
    """Les cinq fiches de docs/programmation.md, dont la somme des besoins dépasse les enveloppes."""
    couts = [(200_000, 60_000), (150_000, 50_000), (100_000, 40_000), (300_000, 100_000), (50_000, 35_000)]
    return [make_fiche_chiffree(territoire, cout, propre) for cout, propre in couts]


def preparer(agente, territoire, **cadre):
    cadre = {"critere": Critere.PRIORITE, "source_poids": "Priorités votées", **cadre}
    organisation = cadre.pop("organisation", None) or agente.get_fonctions()[0].organisation
    simulation = actions.create_simulation(
        organisation=organisation,
        nom="Commission d’automne",
        perimetre=Perimetre.REGION,
        region=territoire.region,
        annee=2026,
        by=agente,
        **cadre,
    )
    etat = make_organisation(type=TypeOrganisation.ETAT, is_financeur=True)
    for financeur, taux, plancher, plafond, enveloppe in (
        (organisation, 4_000, 20_000, 150_000, 250_000),
        (etat, 5_000, 10_000, 200_000, 200_000),
    ):
        aide = actions.add_aide(
            simulation=simulation,
            financeur=financeur,
            libelle=f"Aide de {financeur}",
            taux=taux,
            plancher=plancher * EUROS,
            plafond=plafond * EUROS,
            by=agente,
        )
        actions.set_enveloppe(aide=aide, montant=enveloppe * EUROS, by=agente)
    return simulation


def calculer(simulation, agente, capture):
    with capture(execute=True):
        actions.launch_simulation(simulation=simulation, by=agente)
    simulation.refresh_from_db()
    return simulation


def issues_of(simulation):
    return {r.fiche_id: r.issue for r in simulation.resultats.all()}


def test_the_worked_example_of_the_docs_is_found_and_proved(
    cinq, agente, territoire, django_capture_on_commit_callbacks
):
    simulation = preparer(agente, territoire)
    points = dict(zip((f.pk for f in cinq), (8, 5, 4, 9, 3), strict=True))
    actions.set_reglages(simulation=simulation, reglages={pk: (n, "") for pk, n in points.items()}, by=agente)
    avant = EtapeLigne.objects.count()
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    assert simulation.statut == StatutSimulation.CALCULEE
    assert simulation.valeur == simulation.borne == 24
    a, b, c, d, e = (f.pk for f in cinq)
    assert issues_of(simulation) == {a: I.BOUCLEE, b: I.NON_BOUCLEE, c: I.BOUCLEE, d: I.BOUCLEE, e: I.BOUCLEE}
    bilan = compute_bilan(simulation)
    assert (bilan.bouclees, bilan.octrois) == (4, 415_000 * EUROS)
    assert simulation.resultats.get(fiche=b).raison
    assert get_travail(simulation).statut == StatutTravail.FINI
    assert EtapeLigne.objects.count() == avant
    enveloppes = [e for aide in simulation.aides.all() for e in aide.enveloppes.all()]
    assert sum(e.engage for e in enveloppes) == 415_000 * EUROS
    assert all(e.phrase for e in enveloppes)


def test_a_lock_displaces_others_and_the_difference_is_shown(
    cinq, agente, territoire, django_capture_on_commit_callbacks
):
    simulation = preparer(agente, territoire)
    points = dict(zip((f.pk for f in cinq), (8, 5, 4, 9, 3), strict=True))
    reglages = {pk: (n, "") for pk, n in points.items()}
    actions.set_reglages(simulation=simulation, reglages=reglages, by=agente)
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    copie = actions.copy_simulation(
        simulation=simulation, organisation=simulation.organisation, nom="B doit passer", by=agente
    )
    b = cinq[1].pk
    actions.set_reglages(simulation=copie, reglages=reglages | {b: (5, Verrou.PASSE)}, by=agente)
    calculer(copie, agente, django_capture_on_commit_callbacks)
    assert copie.valeur == 22
    changements = compare_simulations(simulation, copie)
    assert changements[0].fiche.pk == b
    assert {c.fiche.pk for c in changements[1:]} == {cinq[2].pk, cinq[4].pk}


def test_the_same_question_has_the_same_empreinte_and_the_same_answer(
    cinq, agente, territoire, django_capture_on_commit_callbacks
):
    un = calculer(preparer(agente, territoire), agente, django_capture_on_commit_callbacks)
    deux = actions.copy_simulation(simulation=un, organisation=un.organisation, nom="La même", by=agente)
    calculer(deux, agente, django_capture_on_commit_callbacks)
    assert (deux.valeur, deux.borne) == (un.valeur, un.borne)
    assert issues_of(deux) == issues_of(un)
    with pytest.raises(ActionImpossible, match="déjà calculée"):
        actions.launch_simulation(simulation=un, by=agente)
    assert len(un.empreinte) == 64


def test_a_launched_simulation_is_frozen(cinq, agente, territoire, django_capture_on_commit_callbacks):
    simulation = preparer(agente, territoire)
    aide = simulation.aides.first()
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    with pytest.raises(ActionImpossible, match="figées"):
        actions.set_enveloppe(aide=aide, montant=1, by=agente)
    with pytest.raises(ActionImpossible, match="figées"):
        actions.remove_aide(aide=aide, by=agente)


def test_a_balance_says_what_it_costs(cinq, agente, territoire, django_capture_on_commit_callbacks):
    simulation = preparer(agente, territoire, critere=Critere.NOMBRE, equilibre=Equilibre.TERRITOIRE)
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    assert simulation.phrase_equite.startswith("Garantir")


def test_what_is_granted_is_fixed_and_what_is_only_asked_is_to_decide(
    agente, region, territoire, django_capture_on_commit_callbacks
):
    fiche = make_fiche_chiffree(territoire, 100_000, 40_000)
    make_ligne(fiche=fiche, financeur=region, montant=20_000 * EUROS)
    simulation = preparer(agente, territoire)
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    assert simulation.resultats.get().besoin == 60_000 * EUROS
    make_ligne(fiche=fiche, financeur=region, montant=15_000 * EUROS, statut=StatutLigne.ACCORDE)
    simulation = preparer(agente, territoire, organisation=region)
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    assert simulation.resultats.get().besoin == 45_000 * EUROS


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"nom": " "}, "Donnez un nom"),
        ({"annee": 20219}, "Écrivez une année"),
        ({"region": None}, "Choisissez la région"),
        ({"minimum": 2}, "choisissez lequel"),
    ],
)
def test_a_bad_frame_is_refused_with_a_sentence(agente, territoire, champs, phrase):
    cadre = {"nom": "Essai", "region": territoire.region, "annee": 2026} | champs
    with pytest.raises(ActionImpossible, match=phrase):
        actions.create_simulation(
            organisation=agente.get_fonctions()[0].organisation,
            perimetre=Perimetre.REGION,
            by=agente,
            **cadre,
        )


def test_without_envelope_or_without_fiche_nothing_is_launched(agente, territoire):
    organisation = agente.get_fonctions()[0].organisation
    simulation = actions.create_simulation(
        organisation=organisation,
        nom="Vide",
        perimetre=Perimetre.REGION,
        region=territoire.region,
        annee=2026,
        by=agente,
    )
    with pytest.raises(ActionImpossible, match="Aucune aide n’a d’enveloppe"):
        actions.launch_simulation(simulation=simulation, by=agente)
    aide = actions.add_aide(
        simulation=simulation, financeur=organisation, libelle="Aide", taux=5_000, plafond=EUROS, by=agente
    )
    actions.set_enveloppe(aide=aide, montant=EUROS, by=agente)
    with pytest.raises(ActionImpossible, match="Aucune fiche chiffrée"):
        actions.launch_simulation(simulation=simulation, by=agente)


def test_what_the_catalogue_does_not_say_is_a_hypothesis(agente, region, territoire):
    simulation = preparer(agente, territoire)
    dispositif = make_dispositif(
        financeur=region, contenu={"taux_max": 4_000, "plafond_aide": 100_000 * EUROS}
    )
    aide = actions.add_aide(
        simulation=simulation,
        financeur=region,
        dispositif=dispositif,
        taux=4_000,
        plafond=80_000 * EUROS,
        by=agente,
    )
    assert aide.hypotheses == ["plafond"]
    assert not actions.set_enveloppe(aide=aide, montant=EUROS, by=agente).is_hypothese
    with pytest.raises(ActionImpossible, match="Aucune enveloppe n’est inscrite"):
        actions.set_enveloppe(aide=aide, by=agente)
    inscrite = create_enveloppe(
        financeur=region,
        nom="AMI industrie",
        annee=2026,
        regle=RegleEnveloppe.REFUSE,
        dispositif=dispositif,
        by=agente,
    )
    record_fait_enveloppe(
        enveloppe=inscrite, nature=NatureFaitEnveloppe.ANNONCEE, montant=9 * EUROS, by=agente
    )
    reprise = actions.set_enveloppe(aide=aide, by=agente)
    assert (reprise.montant, reprise.reel, reprise.is_hypothese) == (9 * EUROS, 9 * EUROS, False)
    assert actions.set_enveloppe(aide=aide, montant=10 * EUROS, by=agente).is_hypothese
    autre = make_organisation(is_financeur=True)
    aide = actions.add_aide(
        simulation=simulation, financeur=autre, libelle="Ailleurs", taux=1, plafond=1, by=agente
    )
    assert actions.set_enveloppe(aide=aide, montant=EUROS, by=agente).is_hypothese


def test_a_simulation_is_read_by_its_organisation_and_by_those_it_is_shared_with(agente, region, territoire):
    simulation = preparer(agente, territoire)
    operateur = make_organisation(is_financeur=True)
    autre = make_personne("financeur", organisation=operateur)
    assert not simulations_visible_to(autre).exists()
    partage = actions.share_simulation(simulation=simulation, organisation=operateur, by=agente)
    assert simulations_visible_to(autre).get() == simulation
    with pytest.raises(AccesRefuse, match="Copiez-la"):
        actions.launch_simulation(simulation=simulation, by=autre)
    actions.unshare_simulation(partage=partage, by=agente)
    assert not simulations_visible_to(autre).exists()
    assert not simulations_visible_to(make_personne("chef_projet", territoire=territoire)).exists()


def test_a_region_simulates_on_itself_and_an_operator_on_the_nation(agente, territoire):
    assert list(regions_of(agente)) == [territoire.region]
    assert Perimetre.NATION not in perimetres_of(agente)
    assert Perimetre.NATION in perimetres_of(
        make_personne("financeur", organisation=make_organisation(is_financeur=True))
    )


def test_a_decision_answers_a_proposition(
    cinq, agente, region, territoire, django_capture_on_commit_callbacks
):
    simulation = preparer(agente, territoire)
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    suites = list_suites(simulation)
    assert suites
    assert {s.libelle for s in suites} == {"Aucune demande"}
    servie = next(s.octroi for s in suites if s.octroi.aide.financeur_id == region.pk)
    make_ligne(
        fiche=servie.resultat.fiche,
        financeur=region,
        montant=servie.montant - EUROS,
        statut=StatutLigne.ACCORDE,
    )
    suite = next(s for s in list_suites(simulation) if s.octroi.pk == servie.pk)
    assert (suite.libelle, suite.ecart) == ("Accordé", -EUROS)


def test_a_plan_is_taken_over_as_lines_that_engage_nobody(territoire, region):
    fiche = make_fiche_chiffree(territoire, 100_000, 40_000)
    dispositif = make_dispositif(
        financeur=region, contenu={"taux_max": 8_000, "plafond_aide": 100_000 * EUROS}
    )
    [ligne] = actions.adopt_plan(
        fiche=fiche,
        octrois=[Octroi(dispositif="d", montant=60_000)],
        dispositifs={"d": dispositif},
        by=FABRIQUE,
    )
    assert (ligne.statut, ligne.montant_pressenti) == (StatutLigne.PRESSENTI, 60_000 * EUROS)
    assert LigneFinancement.objects.filter(dispositif=dispositif).count() == 1


def test_a_simulation_is_deleted_with_all_that_it_holds(
    cinq, agente, territoire, django_capture_on_commit_callbacks
):
    simulation = preparer(agente, territoire)
    calculer(simulation, agente, django_capture_on_commit_callbacks)
    actions.delete_simulation(simulation=simulation, by=agente)
    assert not Simulation.objects.exists()
