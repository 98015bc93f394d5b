"""Un plan devant la Région : transmettre, compléter, donner un avis, décider."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from maillage.comptes.enums import TypeOrganisation
from maillage.fiches.actions import update_fiche
from maillage.fiches.enums import StatutFiche
from maillage.gouvernance.actions import record_decision
from maillage.gouvernance.enums import NatureDecision, Sens, StatutSeance
from maillage.instruction import actions
from maillage.instruction.actions import AvisSurFiche
from maillage.instruction.enums import SensAvisPlan, StatutDossier
from maillage.instruction.models import DossierPlan
from maillage.instruction.selectors import get_transmission, lignes_of, read_nouveautes
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import Fait
from maillage.territoires.models import Etape
from tests.fabriques import (
    FABRIQUE,
    PDF,
    make_comite,
    make_departement,
    make_dossier,
    make_fiche,
    make_membre,
    make_organisation,
    make_organisation_for,
    make_personne,
    make_region,
    make_seance,
    make_territoire,
)

pytestmark = pytest.mark.django_db
S = StatutDossier


@pytest.fixture
def territoire():
    return make_territoire("v1/ti-4403")


@pytest.fixture
def interregional():
    """Un territoire à cheval : Pays de la Loire mène, la Bretagne donne aussi son avis."""
    territoire = make_territoire("v1/ti-4404", departement=make_departement("49", "Maine-et-Loire"))
    territoire.regions.add(make_region("53", "Bretagne"))
    return territoire


def _seance(territoire, statut=StatutSeance.OUVERTE):
    return make_seance(make_comite(region=territoire.region), statut=statut)


def _avis(dossier, region=None):
    avis = dossier.avis.filter(sens="").select_related("dossier__territoire")
    return avis.get(region=region or dossier.territoire.region)


# --- transmettre -----------------------------------------------------------------------------------------------------


def test_a_transmission_freezes_versions_moves_fiches_and_warns_the_region(territoire):
    fiche = make_fiche(territoire=territoire, statut=StatutFiche.RETENUE, titre="Avant")
    dossier = actions.transmit_plan(territoire=territoire, fiches=[fiche], message="À lire", by=FABRIQUE)

    fiche.refresh_from_db()
    assert fiche.statut == StatutFiche.TRANSMISE
    update_fiche(fiche=fiche, version_lue=fiche.version, titre="Après", by=FABRIQUE)
    assert [ligne.version.contenu["titre"] for ligne in lignes_of(get_transmission(dossier))] == ["Avant"]
    assert Etape.objects.connues().filter(territoire=territoire, fait=Fait.PLAN_TRANSMIS).exists()
    attente = Attente.objects.ouvertes().get(code="instruction.suite")
    assert (attente.role, attente.objet_id) == ("region", str(dossier.pk))
    assert Entree.objects.for_cible(dossier).get().code == "instruction.dossier.transmis"


def test_a_plan_is_before_the_region_once(territoire):
    make_dossier(territoire=territoire)
    autre = make_fiche(territoire=territoire, statut=StatutFiche.RETENUE)
    with pytest.raises(ActionImpossible, match="déjà devant la Région"):
        actions.transmit_plan(territoire=territoire, fiches=[autre], by=FABRIQUE)
    assert DossierPlan.objects.count() == 1


def test_a_fiche_without_porteur_is_named_and_nothing_is_sent(territoire):
    bonne = make_fiche(territoire=territoire, statut=StatutFiche.RETENUE)
    sans = make_fiche(territoire=territoire, statut=StatutFiche.RETENUE, code="F99")
    update_fiche(fiche=sans, version_lue=sans.version, porteur=None, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match=r"Désignez d’abord un porteur.*F99"):
        actions.transmit_plan(territoire=territoire, fiches=[bonne, sans], by=FABRIQUE)
    bonne.refresh_from_db()
    assert bonne.statut == StatutFiche.RETENUE


def test_a_plan_takes_neither_a_draft_nor_the_fiche_of_another_territoire(territoire):
    brouillon = make_fiche(territoire=territoire)
    with pytest.raises(ActionImpossible, match="seules les fiches retenues"):
        actions.transmit_plan(territoire=territoire, fiches=[brouillon], by=FABRIQUE)
    ailleurs = make_fiche(territoire=make_territoire("v1/ti-4405"), statut=StatutFiche.RETENUE)
    with pytest.raises(ActionImpossible, match="n’est pas, ou n’est plus, de ce territoire"):
        actions.transmit_plan(territoire=territoire, fiches=[ailleurs], by=FABRIQUE)


# --- compléter, plusieurs tours --------------------------------------------------------------------------------------


def test_complements_reopen_only_the_named_fiches(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.RECU, fiches=2)
    premiere, seconde = (ligne.version.fiche for ligne in lignes_of(get_transmission(dossier)))
    dossier = actions.ask_complements(
        dossier=dossier, motif="", fiches={premiere.pk: "Le coût manque."}, by=FABRIQUE
    )
    premiere.refresh_from_db()
    seconde.refresh_from_db()
    assert (dossier.statut, premiere.statut, seconde.statut) == (S.A_COMPLETER, "a_completer", "transmise")
    assert Attente.objects.ouvertes().get(code="instruction.suite").role == "chef_projet"
    assert (
        Attente.objects.ouvertes().get(code="fiches.suite", objet_id=str(premiere.pk)).motif
        == "Le coût manque."
    )


def test_complements_without_a_word_are_refused(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.RECU)
    with pytest.raises(ActionImpossible, match="Dites ce qui manque"):
        actions.ask_complements(dossier=dossier, motif=" ", fiches={}, by=FABRIQUE)
    dossier.refresh_from_db()
    assert dossier.statut == S.RECU


def test_a_second_round_keeps_the_first_and_asks_each_region_again(interregional):
    dossier = make_dossier(territoire=interregional, statut=S.A_DECIDER)
    actions.ask_complements(dossier=dossier, motif="Reprendre", by=FABRIQUE)
    fiches = [ligne.version.fiche for ligne in lignes_of(get_transmission(dossier))]
    ajoutee = make_fiche(territoire=interregional, statut=StatutFiche.RETENUE)
    dossier = actions.transmit_plan(territoire=interregional, fiches=[*fiches, ajoutee], by=FABRIQUE)
    assert dossier.statut == S.TRANSMIS
    assert [len(lignes_of(t)) for t in dossier.transmissions.all()] == [1, 2]
    assert dossier.avis.exclude(sens="").count() == 2
    assert dossier.avis.filter(sens="").count() == 2


# --- avis ------------------------------------------------------------------------------------------------------------


def test_the_lead_region_concludes_after_the_others(interregional):
    dossier = make_dossier(territoire=interregional, statut=S.EN_INSTRUCTION)
    with pytest.raises(ActionImpossible, match=r"on attend encore l’avis de la Région Bretagne"):
        actions.render_avis(avis=_avis(dossier), sens=SensAvisPlan.FAVORABLE, by=FABRIQUE)
    actions.render_avis(avis=_avis(dossier, "53"), sens=SensAvisPlan.FAVORABLE, by=FABRIQUE)
    dossier.refresh_from_db()
    assert dossier.statut == S.EN_INSTRUCTION
    actions.render_avis(avis=_avis(dossier), sens=SensAvisPlan.FAVORABLE, by=FABRIQUE)
    dossier.refresh_from_db()
    assert dossier.statut == S.A_DECIDER
    assert not Attente.objects.ouvertes().filter(code="instruction.avis").exists()


@pytest.mark.parametrize(
    ("sens", "champs", "phrase"),
    [
        (SensAvisPlan.DEFAVORABLE, {}, "Motivez un avis défavorable"),
        (SensAvisPlan.CONDITIONS, {"texte": "Oui"}, "Écrivez les conditions"),
    ],
)
def test_an_avis_says_why_and_on_what_conditions(territoire, sens, champs, phrase):
    dossier = make_dossier(territoire=territoire, statut=S.EN_INSTRUCTION)
    with pytest.raises(ActionImpossible, match=phrase):
        actions.render_avis(avis=_avis(dossier), sens=sens, by=FABRIQUE, **champs)


def test_an_avis_is_given_once_and_only_on_a_complete_dossier(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.RECU)
    with pytest.raises(ActionImpossible, match="Déclarez-le complet"):
        actions.render_avis(avis=_avis(dossier), sens=SensAvisPlan.FAVORABLE, by=FABRIQUE)
    actions.declare_complet(dossier=dossier, by=FABRIQUE)
    avis = _avis(dossier)
    actions.render_avis(avis=avis, sens=SensAvisPlan.FAVORABLE, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="déjà rendu"):
        actions.render_avis(avis=avis, sens=SensAvisPlan.DEFAVORABLE, texte="Non", by=FABRIQUE)


def test_an_operator_answers_on_what_was_submitted_and_nothing_else(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.RECU, fiches=2)
    soumise, autre = (ligne.version.fiche for ligne in lignes_of(get_transmission(dossier)))
    operateur = make_organisation(TypeOrganisation.OPERATEUR)
    avis = actions.ask_avis(dossier=dossier, organisation=operateur, fiches=[soumise], by=FABRIQUE)
    assert Attente.objects.ouvertes().get(code="instruction.avis").organisation == operateur
    with pytest.raises(ActionImpossible, match="n’est pas, ou n’est plus, dans le plan qui vous est soumis"):
        actions.render_avis(
            avis=avis,
            sens=SensAvisPlan.FAVORABLE,
            fiches={autre.pk: AvisSurFiche(SensAvisPlan.FAVORABLE)},
            by=FABRIQUE,
        )
    avis = actions.render_avis(
        avis=avis,
        sens=SensAvisPlan.FAVORABLE,
        fiches={soumise.pk: AvisSurFiche(SensAvisPlan.CONDITIONS, conditions="Dépolluer")},
        by=FABRIQUE,
    )
    assert avis.fiches.get().conditions == "Dépolluer"
    dossier.refresh_from_db()
    assert dossier.statut == S.RECU  # l’avis d’un opérateur ne conclut rien


def test_the_same_avis_is_not_asked_twice_nor_for_yesterday(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.RECU)
    operateur = make_organisation(TypeOrganisation.OPERATEUR)
    with pytest.raises(ActionImpossible, match="échéance est passée"):
        actions.ask_avis(
            dossier=dossier, organisation=operateur, echeance=aujourdhui() - timedelta(days=1), by=FABRIQUE
        )
    actions.ask_avis(dossier=dossier, organisation=operateur, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="déjà demandé"):
        actions.ask_avis(dossier=dossier, organisation=operateur, by=FABRIQUE)


def test_a_reminder_leaves_once_a_day_to_the_address_of_the_organisation(
    territoire, django_capture_on_commit_callbacks
):
    dossier = make_dossier(territoire=territoire, statut=S.RECU)
    muet = actions.ask_avis(dossier=dossier, organisation=make_organisation(), by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="Aucune adresse de contact"):
        actions.remind_avis(avis=muet, by=FABRIQUE)
    avis = actions.ask_avis(
        dossier=dossier, organisation=make_organisation(courriel="avis@essai.example"), by=FABRIQUE
    )
    with django_capture_on_commit_callbacks(execute=True):
        actions.remind_avis(avis=avis, by=FABRIQUE)
    assert [message.to for message in mail.outbox] == [["avis@essai.example"]]
    with pytest.raises(ActionImpossible, match="déjà été relancé ce jour"):
        actions.remind_avis(avis=avis, by=FABRIQUE)


# --- décider ---------------------------------------------------------------------------------------------------------


def test_an_adopted_plan_validates_its_fiches_and_refuses_the_unfavourable_ones(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.EN_INSTRUCTION, fiches=2)
    bonne, mauvaise = (ligne.version.fiche for ligne in lignes_of(get_transmission(dossier)))
    actions.render_avis(
        avis=_avis(dossier),
        sens=SensAvisPlan.FAVORABLE,
        fiches={mauvaise.pk: AvisSurFiche(SensAvisPlan.DEFAVORABLE, "Hors du SRDEII.")},
        by=FABRIQUE,
    )
    dossier.refresh_from_db()
    actions.decide_dossiers(dossiers=[dossier], seance=_seance(territoire), sens=Sens.ADOPTEE, by=FABRIQUE)
    for objet in (dossier, bonne, mauvaise):
        objet.refresh_from_db()
    assert (dossier.statut, bonne.statut, mauvaise.statut) == (S.VALIDE, "validee", "refusee")
    assert Entree.objects.for_cible(mauvaise).filter(motif="Hors du SRDEII.").exists()
    assert Etape.objects.connues().filter(territoire=territoire, fait=Fait.PLAN_VALIDE).count() == 1


def test_a_decision_taken_in_the_committee_itself_moves_the_dossier(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.A_DECIDER)
    record_decision(
        seance=_seance(territoire),
        nature=NatureDecision.PLAN_VALIDE,
        sens=Sens.ADOPTEE,
        territoire=territoire,
        by=FABRIQUE,
    )
    dossier.refresh_from_db()
    assert dossier.statut == S.VALIDE
    assert dossier.decision is not None


def test_a_consultation_without_quorum_concludes_nothing(territoire):
    from maillage.gouvernance.actions import set_regle

    dossier = make_dossier(territoire=territoire, statut=S.A_DECIDER)
    comite = make_comite(region=territoire.region)
    make_membre(comite)
    set_regle(comite=comite, quorum_nombre=1, by=FABRIQUE)
    seance = make_seance(comite, statut=StatutSeance.OUVERTE)
    actions.decide_dossiers(dossiers=[dossier], seance=seance, sens=Sens.ADOPTEE, by=FABRIQUE)
    dossier.refresh_from_db()
    assert dossier.statut == S.A_DECIDER


def test_a_batch_is_decided_whole_or_not_at_all(territoire):
    voisin = make_territoire("v1/ti-4406")
    pret = make_dossier(territoire=territoire, statut=S.A_DECIDER)
    pas_pret = make_dossier(territoire=voisin, statut=S.RECU)
    seance = _seance(territoire)
    with pytest.raises(ActionImpossible, match="la Région rend d’abord son avis"):
        actions.decide_dossiers(dossiers=[pret, pas_pret], seance=seance, sens=Sens.ADOPTEE, by=FABRIQUE)
    pret.refresh_from_db()
    assert (pret.statut, seance.decisions.count()) == (S.A_DECIDER, 0)
    with pytest.raises(ActionImpossible, match="Dites pourquoi"):
        actions.decide_dossiers(dossiers=[pret], seance=seance, sens=Sens.AJOURNEE, by=FABRIQUE)


def test_a_committee_does_not_decide_for_another_region(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.A_DECIDER)
    ailleurs = make_seance(make_comite(region=make_region("53", "Bretagne")), statut=StatutSeance.OUVERTE)
    with pytest.raises(ActionImpossible, match="ne relève pas de ce comité"):
        actions.put_on_agenda(dossiers=[dossier], seance=ailleurs, by=FABRIQUE)


def test_a_plan_is_on_the_agenda_of_a_session_once(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.A_DECIDER)
    seance = _seance(territoire, StatutSeance.EN_PREPARATION)
    assert actions.put_on_agenda(dossiers=[dossier], seance=seance, by=FABRIQUE) == 1
    assert actions.put_on_agenda(dossiers=[dossier], seance=seance, by=FABRIQUE) == 0


# --- attentes, lectures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statut", StatutDossier)
def test_the_waiting_follows_the_state(statut):
    dossier = make_dossier(statut=statut)
    attentes = Attente.objects.ouvertes().filter(code="instruction.suite", objet_id=str(dossier.pk))
    attendu = actions.ATTENTES.get(statut)
    assert [a.role for a in attentes] == ([attendu[0]] if attendu else [])


def test_what_changed_since_my_last_reading(territoire):
    dossier = make_dossier(territoire=territoire, statut=S.RECU)
    lecteur = make_personne("region", territoire=territoire)
    assert read_nouveautes(dossier, lecteur) is None
    with time_machine.travel("2030-01-01 10:00+01:00"):
        actions.mark_lu(dossier=dossier, by=lecteur)
        assert read_nouveautes(dossier, lecteur).is_vide
    with time_machine.travel("2030-01-02 10:00+01:00"):
        actions.ask_complements(dossier=dossier, motif="Le coût", by=FABRIQUE)
        fiche = lignes_of(get_transmission(dossier))[0].version.fiche
        fiche.refresh_from_db()
        fiche = update_fiche(fiche=fiche, version_lue=fiche.version, description="Chiffrée", by=FABRIQUE)
        actions.transmit_plan(territoire=territoire, fiches=[fiche], by=FABRIQUE)
    nouveautes = read_nouveautes(dossier, lecteur)
    assert {e.code for e in nouveautes.entrees} == {
        "instruction.dossier.complements_demandes",
        "instruction.dossier.transmis",
    }
    [changee] = nouveautes.fiches
    assert [(e.champ, e.apres) for e in changee.ecarts] == [("description", "Chiffrée")]


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_whole_road_through_the_pages(client, territoire):
    cheffe = make_personne("chef_projet", territoire=territoire)
    region = make_personne("region", territoire=territoire)
    fiche = make_fiche(territoire=territoire, statut=StatutFiche.RETENUE)
    client.force_login(cheffe)
    url = reverse("plan-transmit", args=["v1", "ti-4403"])
    assert client.get(url).status_code == 200
    reponse = client.post(url, {"fiches": [fiche.pk], "message": "Bonjour"})
    dossier = DossierPlan.objects.get()
    assert reponse.url == dossier.get_absolute_url()

    client.force_login(region)
    client.post(reverse("dossier-receive", args=[dossier.pk]), {"recu_le": "2019-01-01"})
    dossier.refresh_from_db()
    assert dossier.statut == S.TRANSMIS  # reçu avant d’être transmis : refusé
    client.post(reverse("dossier-receive", args=[dossier.pk]), {"recu_le": aujourdhui().isoformat()})
    client.post(reverse("dossier-complete", args=[dossier.pk]))
    avis = dossier.avis.get()
    url = reverse("avis-plan-render", args=[dossier.pk, avis.pk])
    refus = client.post(url, {"sens": "conditions", "texte": "Bien", "conditions": ""})
    assert refus.status_code == 200
    assert "Écrivez les conditions" in refus.content.decode()
    client.post(
        url,
        {
            "sens": "favorable",
            "texte": "Bien",
            f"sens-{fiche.pk}": "conditions",
            f"conditions-{fiche.pk}": "Chiffrer",
        },
    )
    seance = _seance(territoire)
    lot = reverse("dossiers-lot")
    assert territoire.nom in client.get(lot).content.decode()
    client.post(lot, {"dossiers": [dossier.pk], "seance": seance.pk, "sens": "adoptee", "texte": ""})
    dossier.refresh_from_db()
    assert dossier.statut == S.VALIDE
    page = client.get(dossier.get_absolute_url()).content.decode()
    assert "Chiffrer" in page
    assert "Adoptée" in page


def test_a_consulted_service_reads_only_what_is_submitted(client, territoire):
    dossier = make_dossier(territoire=territoire, statut=S.RECU, fiches=2)
    soumise, autre = (ligne.version.fiche for ligne in lignes_of(get_transmission(dossier)))
    operateur = make_organisation_for("financeur")
    client.force_login(make_personne("financeur", organisation=operateur))
    assert client.get(dossier.get_absolute_url()).status_code == 404
    actions.ask_avis(dossier=dossier, organisation=operateur, fiches=[soumise], by=FABRIQUE)
    page = client.get(dossier.get_absolute_url()).content.decode()
    assert soumise.titre in page
    assert autre.titre not in page


def test_the_lead_region_files_an_avis_it_received_with_its_document(client, territoire):
    from django.core.files.uploadedfile import SimpleUploadedFile

    dossier = make_dossier(territoire=territoire, statut=S.RECU)
    avis = actions.ask_avis(dossier=dossier, organisation=make_organisation(), by=FABRIQUE)
    client.force_login(make_personne("region", territoire=territoire))
    url = reverse("avis-plan-render", args=[dossier.pk, avis.pk])
    assert client.post(url, {"sens": "favorable"}).status_code == 200  # sans document : refusé
    client.post(
        url,
        {
            "sens": "favorable",
            "rendu_le": aujourdhui().isoformat(),
            "piece": SimpleUploadedFile("avis.pdf", PDF, "application/pdf"),
        },
    )
    avis.refresh_from_db()
    assert avis.piece is not None
    assert client.get(reverse("avis-plan-piece", args=[dossier.pk, avis.pk])).status_code == 200


def test_lists_ask_the_same_number_of_queries_for_one_and_for_six(
    client, territoire, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(make_personne("region", territoire=territoire))
    _seance(territoire)
    make_dossier(territoire=territoire, statut=S.A_DECIDER)
    comptes = {}
    for nombre in (1, 6):
        for rang in range(2, nombre + 1):
            make_dossier(territoire=make_territoire(f"v1/ti-55{rang:02d}"), statut=S.A_DECIDER)
        for nom in ("dossiers", "dossiers-lot"):
            client.get(reverse(nom))
            with CaptureQueriesContext(
                connection,
            ) as requetes:
                client.get(reverse(nom))
            comptes.setdefault(nom, []).append(len(requetes))
    assert all(un == six for un, six in comptes.values()), comptes


def test_two_dates_are_kept_apart(territoire):
    dossier = make_dossier(territoire=territoire)
    with pytest.raises(ActionImpossible, match="L’avis est attendu après la réception"):
        actions.receive_dossier(dossier=dossier, echeance=date(2019, 1, 1), by=FABRIQUE)
