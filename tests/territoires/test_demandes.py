"""Le circuit d’une demande : le territoire demande, les Régions donnent leur avis, le comité décide, le national enregistre."""

from datetime import date

import pytest
import time_machine
from tests.fabriques import (
    FABRIQUE,
    make_departement,
    make_epci,
    make_organisation,
    make_organisation_for,
    make_personne,
    make_piece,
    make_region,
    make_territoire,
)

from maillage.comptes.enums import TypeOrganisation
from maillage.notifications.models import Attente
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.actions_demandes import (
    add_avis,
    decide_demande,
    record_demande,
    render_avis,
    request_perimetre,
    withdraw_demande,
)
from maillage.territoires.enums import Mutation, SensAvis, StatutDemande
from maillage.territoires.permissions import (
    demandes_visible_to,
    user_can_decide_demande,
    user_can_record_demande,
    user_can_render_avis,
    user_can_withdraw_demande,
)
from maillage.territoires.selectors import attentes_for, destinataires_of
from maillage.territoires.selectors_perimetre import list_sejours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ce_jour")]
EFFET = date(2025, 7, 1)
S = StatutDemande


@pytest.fixture
def ce_jour():
    with time_machine.travel("2025-06-01", tick=False):
        yield


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-5201", epcis=[make_epci(nom="A")])


def ask(territoire, **suite):
    valeurs = {
        "mutation": Mutation.ENTREE,
        "motif": "Même bassin d’emploi",
        "souhaite_le": EFFET,
        "entrent": [make_epci(nom="B")] if "mutation" not in suite else [],
    }
    return request_perimetre(territoire=territoire, by=FABRIQUE, **valeurs | suite)


def opine(demande, sens=SensAvis.FAVORABLE, texte=""):
    for avis in demande.avis.filter(sens=""):
        render_avis(avis=avis, sens=sens, texte=texte, by=FABRIQUE)
    demande.refresh_from_db()


def decide(demande, decision=S.ACCEPTEE, **suite):
    valeurs = {
        "instance": "COPIL régional",
        "decide_le": date(2025, 6, 1),
        "piece": make_piece() if decision == S.ACCEPTEE else None,
        "motif": "" if decision == S.ACCEPTEE else "Périmètre trop large",
    }
    return decide_demande(demande=demande, decision=decision, by=FABRIQUE, **valeurs | suite)


def noms(territoire, jour=EFFET):
    return {s.nom for s in list_sejours(territoire, jour)}


def test_an_accepted_request_becomes_a_dated_event_with_its_proof(territoire):
    demande = ask(territoire)
    assert demande.statut == S.DEPOSEE
    opine(demande)
    assert demande.statut == S.A_DECIDER
    demande = decide(demande)
    evenement = record_demande(demande=demande, by=FABRIQUE)
    assert (evenement.debut, evenement.instance, evenement.piece) == (EFFET, "COPIL régional", demande.piece)
    assert noms(territoire, date(2025, 6, 30)) == {"A"}
    assert noms(territoire) == {"A", "B"}
    demande.refresh_from_db()
    assert demande.statut == S.ENREGISTREE


def test_what_waits_moves_from_hand_to_hand(territoire):
    region = make_personne("region", territoire=territoire)
    national = make_personne("national", territoire=territoire)
    demande = ask(territoire)
    assert [a.code for a in attentes_for(region)] == ["territoires.demande.avis"]
    opine(demande)
    assert [a.code for a in attentes_for(region)] == ["territoires.demande.decision"]
    decide(demande)
    assert not attentes_for(region).exists()
    assert [a.code for a in attentes_for(national)] == ["territoires.demande.enregistrement"]
    demande.refresh_from_db()
    record_demande(demande=demande, by=national)
    assert not Attente.objects.ouvertes().exists()


def test_an_inter_regional_request_needs_the_opinion_of_every_region(territoire):
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    demande = ask(territoire, mutation=Mutation.ENTREE, entrent=[make_epci(nom="L", departement=loin)])
    ici, ailleurs = demande.avis.order_by("region__nom")[1], demande.avis.order_by("region__nom")[0]
    assert {a.region_id for a in demande.avis.all()} == {"52", "27"}
    render_avis(avis=ici, sens=SensAvis.FAVORABLE, texte="", by=FABRIQUE)
    demande.refresh_from_db()
    with pytest.raises(ActionImpossible, match="manque encore l’avis"):
        decide(demande)
    render_avis(avis=ailleurs, sens=SensAvis.RESERVE, texte="À revoir dans un an", by=FABRIQUE)
    demande.refresh_from_db()
    assert decide(demande).statut == S.ACCEPTEE


def test_a_region_that_does_not_see_the_territoire_sees_the_request_and_gives_only_its_opinion(territoire):
    loin = make_region("27", "Bourgogne-Franche-Comté")
    departement = make_departement("21", "Côte-d’Or", region=loin)
    demande = ask(territoire, mutation=Mutation.ENTREE, entrent=[make_epci(departement=departement)])
    autre = make_personne(
        "region", organisation=make_organisation(TypeOrganisation.REGION, region=loin, nom="Région loin")
    )
    assert demande in demandes_visible_to(autre)
    assert user_can_render_avis(autre, demande.avis.get(region=loin))
    assert not user_can_render_avis(autre, demande.avis.exclude(region=loin).get())
    assert not user_can_decide_demande(autre, demande)


@pytest.mark.parametrize(
    ("role", "droits"),
    [
        ("chef_projet", (True, False, False, False)),
        ("region", (False, True, True, False)),
        ("national", (False, True, False, True)),
        ("prefecture", (False, False, False, False)),
        ("epci", (False, False, False, False)),
    ],
)
def test_each_step_belongs_to_one_role(territoire, role, droits):
    demande = ask(territoire)
    user = make_personne(role, territoire=territoire)
    assert (
        user_can_withdraw_demande(user, demande),
        user_can_render_avis(user, demande.avis.get()),
        user_can_decide_demande(user, demande),
        user_can_record_demande(user, demande),
    ) == droits


def test_a_stranger_does_not_see_the_request(territoire):
    demande = ask(territoire)
    etranger = make_personne("chef_projet", territoire=make_territoire("v2/ti-5299"))
    assert demande not in demandes_visible_to(etranger)


def test_a_prefecture_adds_an_opinion_that_holds_nothing_back(territoire):
    demande = ask(territoire)
    prefecture = make_organisation_for("prefecture", territoire)
    add_avis(
        demande=demande,
        organisation=prefecture,
        sens=SensAvis.DEFAVORABLE,
        texte="Trop tôt",
        by=FABRIQUE,
    )
    with pytest.raises(ActionImpossible, match="déjà donné"):
        add_avis(demande=demande, organisation=prefecture, sens=SensAvis.FAVORABLE, texte="", by=FABRIQUE)
    opine(demande)
    assert demande.statut == S.A_DECIDER


def test_a_transfer_leaves_one_and_enters_the_other(territoire):
    b = make_epci(nom="B")
    autre = make_territoire("v2/ti-5202", epcis=[b, make_epci(nom="C")])
    demande = ask(
        territoire, mutation=Mutation.TRANSFERT, autre=autre, sortent=[autre.perimetres.get(epci=b)]
    )
    opine(demande)
    record_demande(demande=decide(demande), by=FABRIQUE)
    assert (noms(territoire), noms(autre)) == ({"A", "B"}, {"C"})


def test_a_merger_takes_every_member_and_ends_the_other(territoire):
    autre = make_territoire("v2/ti-5202", epcis=[make_epci(nom="C")])
    demande = ask(territoire, mutation=Mutation.FUSION, autre=autre)
    opine(demande)
    record_demande(demande=decide(demande), by=FABRIQUE)
    assert (noms(territoire), noms(autre)) == ({"A", "C"}, set())
    assert autre.etapes.filter(fait="sorti", debut=EFFET).exists()


def test_a_new_name_and_a_leaving_member_go_through_the_same_circuit(territoire):
    renommage = ask(territoire, mutation=Mutation.RENOMMAGE, nouveau_nom="Nouveau nom")
    opine(renommage)
    record_demande(demande=decide(renommage, effet_le=date(2025, 6, 1)), by=FABRIQUE)
    territoire.refresh_from_db()
    assert territoire.nom == "Nouveau nom"
    sortie = ask(territoire, mutation=Mutation.SORTIE, sortent=[territoire.perimetres.get()])
    opine(sortie)
    record_demande(demande=decide(sortie), by=FABRIQUE)
    assert noms(territoire) == set()


def test_an_adjourned_request_may_be_decided_later_and_a_refused_one_never(territoire):
    demande = ask(territoire)
    opine(demande)
    demande = decide(demande, S.AJOURNEE)
    demande = decide(demande, S.REFUSEE)
    with pytest.raises(ActionImpossible, match="ne peut pas devenir"):
        decide(demande)
    with pytest.raises(ActionImpossible, match="ne peut pas devenir"):
        record_demande(demande=demande, by=FABRIQUE)


def test_a_withdrawn_request_waits_for_nobody(territoire):
    demande = withdraw_demande(demande=ask(territoire), motif="Déposée trop tôt", by=FABRIQUE)
    assert demande.statut == S.RETIREE
    assert not Attente.objects.ouvertes().exists()
    with pytest.raises(ActionImpossible, match="plus attendus"):
        render_avis(avis=demande.avis.get(), sens=SensAvis.FAVORABLE, texte="", by=FABRIQUE)


@pytest.mark.parametrize(
    ("suite", "phrase"),
    [
        ({"motif": " "}, "pourquoi"),
        ({"mutation": Mutation.ENTREE, "entrent": []}, "qui entrerait"),
        ({"mutation": Mutation.SORTIE}, "au moins un membre"),
        ({"mutation": Mutation.RENOMMAGE}, "nouveau nom"),
        ({"mutation": Mutation.TRANSFERT, "sortent": ["mien"]}, "autre territoire"),
        ({"mutation": Mutation.SCISSION}, "ne se demande pas"),
        ({"souhaite_le": date(2020, 1, 1)}, "labellisé que depuis"),
        ({"mutation": Mutation.ENTREE, "entrent": ["mien"]}, "déjà membre"),
        ({"mutation": Mutation.ENTREE, "entrent": ["autre"]}, "demandez un transfert"),
    ],
)
def test_an_impossible_request_gets_a_sentence(territoire, suite, phrase):
    from maillage.territoires.actions import record_etape
    from maillage.territoires.enums import Fait

    record_etape(territoire=territoire, fait=Fait.LABEL, debut=date(2023, 11, 9), source="s", by=FABRIQUE)
    voisin = make_territoire("v2/ti-5202")
    objets = {"mien": territoire.perimetres.get(), "autre": voisin.perimetres.get()}
    for cle in ("entrent", "sortent"):
        if cle in suite:
            choisis = [objets.get(x, x) for x in suite[cle]]
            suite = suite | {cle: [p.epci for p in choisis] if cle == "entrent" else choisis}
    with pytest.raises(ActionImpossible, match=phrase):
        ask(territoire, **suite)
    assert not territoire.demandes_perimetre.exists()


@pytest.mark.parametrize(
    ("suite", "phrase"),
    [
        ({"piece": None}, "relevé de décisions"),
        ({"instance": ""}, "quelle instance"),
        ({"decide_le": date(2026, 1, 1)}, "avenir"),
        ({"decision": S.REFUSEE, "motif": ""}, "motif"),
        ({"decision": S.ENREGISTREE}, "Choisissez la décision"),
    ],
)
def test_a_decision_without_its_proof_gets_a_sentence(territoire, suite, phrase):
    demande = ask(territoire)
    opine(demande)
    with pytest.raises(ActionImpossible, match=phrase):
        decide(demande, **suite)


def test_an_opinion_received_by_letter_needs_the_letter(territoire):
    avis = ask(territoire).avis.get()
    with pytest.raises(ActionImpossible, match="document reçu"):
        render_avis(avis=avis, sens=SensAvis.FAVORABLE, texte="", recu=True, by=FABRIQUE)
    avis = render_avis(
        avis=avis, sens=SensAvis.FAVORABLE, texte="", recu=True, piece=make_piece(), by=FABRIQUE
    )
    assert "reçu" in avis.rendu_by


@pytest.mark.parametrize("fictif", [False, True])
def test_an_effect_before_the_phase_is_refused_even_without_a_known_label(fictif):
    territoire = make_territoire("v1/ti-5203", epcis=[make_epci(nom="A")], is_fictif=fictif)
    with pytest.raises(ActionImpossible, match="commence le 22 novembre 2018"):
        ask(territoire, souhaite_le=date(2010, 1, 1))
    demande = ask(territoire, souhaite_le=date(2020, 1, 1))
    opine(demande)
    with pytest.raises(ActionImpossible, match="commence le 22 novembre 2018"):
        decide(demande, effet_le=date(2010, 1, 1))


def test_a_decision_dated_before_the_request_says_why(territoire):
    demande = ask(territoire)
    opine(demande)
    with pytest.raises(ActionImpossible, match="avant le dépôt de la demande"):
        decide(demande, decide_le=date(2020, 2, 1))
    assert decide(demande, decide_le=date(2020, 2, 1), motif="Relevé retrouvé tard").statut == S.ACCEPTEE


def test_a_decision_dated_before_an_opinion_says_why(territoire):
    demande = ask(territoire)
    with time_machine.travel("2025-06-10", tick=False):
        opine(demande)
        with pytest.raises(ActionImpossible, match="avant le dernier avis"):
            decide(demande, decide_le=date(2025, 6, 5))


def test_the_same_request_does_not_wait_twice(territoire):
    b = make_epci(nom="B")
    ask(territoire, mutation=Mutation.ENTREE, entrent=[b])
    with pytest.raises(ActionImpossible, match="demande identique attend déjà"):
        ask(territoire, mutation=Mutation.ENTREE, entrent=[b])
    ask(territoire, mutation=Mutation.ENTREE, entrent=[make_epci(nom="C")])


def test_a_finished_phase_receives_no_request_for_later(territoire):
    ancien = make_territoire("v1/ti-5204", epcis=[make_epci(nom="A1")])
    with pytest.raises(ActionImpossible, match="a pris fin le 8 novembre 2023"):
        ask(ancien, mutation=Mutation.RENOMMAGE, nouveau_nom="Trop tard")


def test_the_administrator_of_the_delegation_is_not_shown_what_only_the_delegation_does(territoire):
    national = make_personne("national", territoire=territoire)
    admin = make_personne("administrateur", organisation=national.fonctions.get().organisation)
    demande = ask(territoire)
    opine(demande)
    decide(demande)
    attente = Attente.objects.ouvertes().get()
    for personne in (national, admin):
        peut = user_can_record_demande(personne, demande)
        assert attentes_for(personne).filter(pk=attente.pk).exists() == peut
        assert destinataires_of(attente).filter(pk=personne.pk).exists() == peut
