"""Pages des comités et des séances, du clic à ce qui est enregistré."""

import re
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.agenda.enums import Presence, ValeurReponse
from maillage.agenda.selectors import make_jeton
from maillage.comptes.enums import ButLien
from maillage.comptes.models import LienPersonnel
from maillage.fiches.enums import StatutFiche
from maillage.gouvernance import actions
from maillage.gouvernance.enums import NatureComite, NatureDecision, Qualite, SansQuorum, Sens, StatutSeance
from maillage.gouvernance.models import Comite, Decision, ReleveDecisions, Seance
from maillage.gouvernance.selectors import list_participants
from maillage.www.comptes.views import CLE_LIENS
from tests.fabriques import (
    FABRIQUE,
    make_comite,
    make_fiche,
    make_membre,
    make_organisation,
    make_personne,
    make_region,
    make_seance,
    make_territoire,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("un_matin")]
S = StatutSeance
CONFIRME = {"confirme": "oui"}


@pytest.fixture
def un_matin():
    with time_machine.travel("2026-03-03 09:00:00+01:00", tick=False):
        yield


@pytest.fixture
def comite():
    return make_comite()


@pytest.fixture
def client_chef(comite, connecter):
    return connecter(make_personne("chef_projet", territoire=comite.territoire))


def lire(reponse):
    return reponse.content.decode()


# --- comités ---------------------------------------------------------------------------------------------------------


def test_an_empty_territoire_says_that_nothing_is_blocked(connecter):
    territoire = make_territoire()
    client = connecter(make_personne("chef_projet", territoire=territoire))
    page = lire(client.get(reverse("comite-liste", args=["v1", "ti-4403"])))
    assert "avancent sans lui" in page
    assert reverse("comite-create", args=["v1", "ti-4403"]) in page


def test_a_comite_is_created_then_given_a_college_a_rule_and_a_member(comite, client_chef):
    territoire = comite.territoire
    reponse = client_chef.post(
        reverse("comite-create", args=[territoire.vague.code, territoire.id_ti]),
        {"nature": "executif", "nom": "COMEX"},
    )
    comex = Comite.objects.get(nom="COMEX")
    assert reponse["Location"] == comex.get_absolute_url()
    client_chef.post(comex.get_adresse("comite-college-create"), {"nom": "Élus"})
    client_chef.post(
        comex.get_adresse("comite-regle"),
        {"mode": "pour_cent", "valeur": "50", "parite": "aucune", "sans_quorum": "refuser"},
    )
    client_chef.post(
        comex.get_adresse("comite-membre-create"),
        {"nom": "Camille", "place": "membre", "has_voix": "on", "college": comex.colleges.get().pk},
    )
    page = lire(client_chef.get(comex.get_absolute_url()))
    assert "Collège\u00a0: Élus" in page
    assert "Camille" in page
    assert "Quorum de 50\u00a0% des voix" in page


def test_an_overlapping_mandate_is_a_sentence_and_what_was_typed_stays(comite, client_chef):
    make_membre(comite, nom="Camille", email="c@essai.example")
    reponse = client_chef.post(
        comite.get_adresse("comite-membre-create"),
        {"nom": "Camille", "email": "c@essai.example", "place": "membre", "titre": "présidente"},
    )
    assert reponse.status_code == 200
    assert "se chevauchent" in lire(reponse)
    assert 'value="présidente"' in lire(reponse)


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"mode": "pour_cent", "valeur": "", "parite": "aucune"}, "Donnez le quorum"),
        ({"mode": "pour_cent", "valeur": "150", "parite": "aucune"}, "de 1 à 100"),
        ({"mode": "nombre", "valeur": "x", "parite": "aucune"}, "nombre entier"),
        ({"mode": "aucun", "valeur": "", "parite": "exigee"}, "deux collèges"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_a_sentence(comite, client_chef, champs, phrase):
    reponse = client_chef.post(
        comite.get_adresse("comite-regle"), {"sans_quorum": SansQuorum.REFUSER, **champs}
    )
    assert reponse.status_code == 200
    assert phrase in lire(reponse)
    assert not comite.regles.exists()


def test_the_region_holds_its_copil_and_no_other(connecter):
    territoire = make_territoire()
    client = connecter(make_personne("region", territoire=territoire))
    client.post(reverse("comite-copil-create"), {"nature": "copil_regional", "region": territoire.region.pk})
    copil = Comite.objects.get()
    assert (copil.region, copil.nature) == (territoire.region, NatureComite.COPIL_REGIONAL)
    assert "Préparer une séance" in lire(client.get(copil.get_absolute_url()))
    assert copil.nom in lire(client.get(reverse("comite-miens")))
    ailleurs = make_comite(region=make_region("44", "Grand Est"))
    assert client.get(ailleurs.get_absolute_url()).status_code == 404


def test_a_comite_answers_only_at_its_own_address(comite, client_chef):
    assert client_chef.get(reverse("comite-detail", args=[comite.pk])).status_code == 404
    assert client_chef.get(reverse("comite-detail", args=["v2", "ti-4403", comite.pk])).status_code == 404


@pytest.mark.parametrize(
    "nom",
    [
        "comite-detail",
        "comite-update",
        "comite-dissoudre",
        "comite-regle",
        "comite-membre-create",
        "seance-create",
    ],
)
def test_every_page_of_a_copil_opens_without_a_territoire(connecter, nom):
    territoire = make_territoire()
    copil = make_comite(region=territoire.region)
    client = connecter(make_personne("region", territoire=territoire))
    assert client.get(copil.get_adresse(nom)).status_code == 200


@pytest.mark.parametrize(
    "nom",
    ["seance-detail", "seance-update", "seance-presence", "seance-decision", "seance-releve", "seance-ics"],
)
def test_every_page_of_a_copil_seance_opens_without_a_territoire(connecter, nom):
    territoire = make_territoire()
    seance = make_seance(make_comite(region=territoire.region))
    client = connecter(make_personne("region", territoire=territoire))
    assert client.get(seance.get_adresse(nom)).status_code == 200


# --- préparer une séance ---------------------------------------------------------------------------------------------

SAISIE = {
    "titre": "Comité de mars",
    "jour": "2026-03-20",
    "debut": "14:00",
    "fin": "16:00",
    "lieu": "Mairie",
    "visio": "",
    "message": "",
}


def test_a_seance_is_prepared_its_agenda_composed_and_the_comite_convoked(comite, client_chef):
    membre = make_membre(comite)
    fiche = make_fiche(territoire=comite.territoire, statut=StatutFiche.PROPOSEE, titre="Atelier partagé")
    client_chef.post(comite.get_adresse("seance-create"), SAISIE)
    seance = Seance.objects.get()
    assert seance.jour == date(2026, 3, 20)
    page = lire(client_chef.get(seance.get_absolute_url()))
    assert "Ce qui attend une décision (1)" in page
    client_chef.post(
        seance.get_adresse("seance-points-proposes"), {"point": f"fiche_retenue:fiche:{fiche.pk}"}
    )
    client_chef.post(seance.get_adresse("seance-point-create"), {"titre": "Questions diverses"})
    assert [p.titre for p in seance.points.all()][1] == "Questions diverses"
    reponse = client_chef.post(seance.get_adresse("seance-move", "convoquee"), follow=True)
    assert "1 invitation est partie" in lire(reponse)
    [participant] = list_participants(seance)
    assert participant.membre == membre


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"fin": "13:00"}, "La fin vient avant le début"),
        ({"debut": "midi"}, "Écrivez l’heure ainsi"),
        ({"jour": "31/02/2026"}, "Ce n’est pas une date"),
        ({"jour": "01/01/1802"}, "Le programme commence en 2018"),
        ({"titre": ""}, "Donnez un titre"),
        ({"visio": "teams"}, "Ce lien n’est pas lisible"),
    ],
)
def test_a_bad_seance_is_refused_at_its_field(comite, client_chef, champs, phrase):
    reponse = client_chef.post(comite.get_adresse("seance-create"), SAISIE | champs)
    assert reponse.status_code == 200
    assert phrase in lire(reponse)
    assert not Seance.objects.exists()


def test_the_second_of_two_editors_sees_the_difference_and_chooses(comite, client_chef):
    client_chef.post(comite.get_adresse("seance-create"), SAISIE)
    seance = Seance.objects.get()
    url = seance.get_adresse("seance-update")
    client_chef.post(url, SAISIE | {"version_lue": 1, "lieu": "Préfecture", "titre": "Comité élargi"})
    ma_saisie = SAISIE | {"version_lue": 1, "lieu": "Cité administrative", "fin": "17:00"}
    page = lire(client_chef.post(url, ma_saisie))
    assert "Deux saisies à départager" in page
    assert "Préfecture" in page
    assert 'value="Cité administrative"' in page  # ma saisie, là où j’ai changé
    assert 'value="Comité élargi"' in page  # l’enregistré, là où je n’avais rien touché
    choix = {"choix_lieu": "enregistre", "choix_fin": "saisie"}
    client_chef.post(url, ma_saisie | {"version_lue": 2, "titre": "Comité élargi"} | choix)
    seance.rendez_vous.refresh_from_db()
    assert (seance.rendez_vous.lieu, seance.rendez_vous.titre) == ("Préfecture", "Comité élargi")
    assert f"{seance.rendez_vous.fin_at:%H:%M}" == "16:00"  # 17 h à Paris


# --- répondre --------------------------------------------------------------------------------------------------------


def test_opening_a_personal_link_answers_nothing_and_one_click_does(comite, client):
    make_membre(comite)
    seance = make_seance(comite, statut=S.CONVOQUEE)
    invitation = seance.rendez_vous.invitations.get()
    url = reverse("invitation-repondre", args=[make_jeton(invitation)])
    assert "Venez-vous" in lire(client.get(url))
    assert not invitation.reponses.exists()
    page = lire(client.post(url, {"valeur": "oui"}, follow=True))
    assert "votre réponse est enregistrée" in page
    page = lire(client.post(url, {"valeur": "oui"}, follow=True))
    assert "déjà répondu" in page
    invitation.refresh_from_db()
    assert invitation.reponse == ValeurReponse.OUI
    assert invitation.reponses.count() == 1


def test_a_wrong_link_is_not_found(client):
    assert client.get(reverse("invitation-repondre", args=["12-abc"])).status_code == 404


def test_a_cancelled_seance_says_so_at_its_link(comite, client):
    make_membre(comite)
    seance = make_seance(comite, statut=S.CONVOQUEE)
    actions.cancel_seance(seance=seance, motif="La salle est fermée", by=FABRIQUE)
    url = reverse("invitation-repondre", args=[make_jeton(seance.rendez_vous.invitations.get())])
    page = lire(client.get(url))
    assert "est annulé" in page
    assert "La salle est fermée" in page
    assert lire(client.post(url, {"valeur": "oui"})).count("est annulé") >= 1


def test_an_invited_person_answers_with_the_account(comite, connecter):
    elu = make_personne("elu", territoire=comite.territoire)
    make_membre(comite, elu)
    seance = make_seance(comite, statut=S.CONVOQUEE)
    client = connecter(elu)
    assert "Dites si vous venez" in lire(client.get(seance.get_absolute_url()))
    client.post(seance.get_adresse("seance-repondre"), {"valeur": "non", "message": "En congés"})
    assert "En congés" in lire(client.get(seance.get_absolute_url()))
    assert seance.rendez_vous.invitations.get().reponse == ValeurReponse.NON


def test_someone_of_an_organisation_answers_for_a_place_without_a_name(comite, connecter):
    organisation = make_organisation()
    make_membre(comite, nom="", email="", organisation=organisation)
    seance = make_seance(comite, statut=S.CONVOQUEE)
    client = connecter(make_personne("financeur", organisation=organisation))
    assert seance.get_absolute_url() in lire(client.get(reverse("espace-attentes")))
    client.post(seance.get_adresse("seance-repondre"), {"valeur": "oui"})
    assert seance.rendez_vous.invitations.get().reponse == ValeurReponse.OUI
    assert seance.get_absolute_url() not in lire(client.get(reverse("espace-attentes")))


def test_a_member_is_corrected_from_the_comite(comite, client_chef):
    membre = make_membre(comite)
    url = comite.get_adresse("comite-membre-update", membre.pk)
    assert membre.email in lire(client_chef.get(url))
    client_chef.post(url, {"nom": "Camille", "titre": "présidente", "email": membre.email})
    assert "Camille, présidente" in lire(client_chef.get(comite.get_absolute_url()))


# --- tenir la séance -------------------------------------------------------------------------------------------------


def test_a_seance_is_held_from_the_attendance_sheet_to_the_signed_record(comite, connecter):
    chef = make_personne("chef_projet", territoire=comite.territoire)
    elu = make_personne("elu", territoire=comite.territoire)
    make_membre(comite, elu, place=Qualite.PRESIDENT)
    actions.set_regle(comite=comite, quorum_nombre=1, sans_quorum=SansQuorum.REFUSER, by=FABRIQUE)
    fiche = make_fiche(territoire=comite.territoire, statut=StatutFiche.PROPOSEE)
    seance = make_seance(comite, statut=S.OUVERTE)
    client = connecter(chef)
    decision = {"nature": NatureDecision.FICHE_RETENUE, "fiche": fiche.pk, "sens": Sens.ADOPTEE}
    page = lire(client.post(seance.get_adresse("seance-decision"), decision))
    assert "Le comité ne peut pas décider" in page
    assert not Decision.objects.exists()
    [participant] = list_participants(seance)
    page = lire(
        client.post(
            seance.get_adresse("seance-presence"),
            {"participant": participant.pk, "presence": Presence.PRESENT},
            follow=True,
        )
    )
    assert "Quorum atteint" in page
    client.post(seance.get_adresse("seance-decision"), decision)
    fiche.refresh_from_db()
    assert fiche.statut == StatutFiche.RETENUE
    assert "Décisions des comités" in lire(client.get(fiche.get_absolute_url()))
    client.post(seance.get_adresse("seance-move", "tenue"))
    page = lire(client.post(seance.get_adresse("seance-releve-arreter")))
    assert "Une fois arrêté, il ne change plus" in page
    assert not ReleveDecisions.objects.exists()
    client.post(seance.get_adresse("seance-releve-arreter"), CONFIRME)
    pdf = b"".join(client.get(seance.get_adresse("seance-releve-fichier", "pdf")).streaming_content)
    assert pdf.startswith(b"%PDF-")
    assert client.post(seance.get_adresse("seance-releve-signer")).status_code == 403
    client_elu = connecter(elu)
    page = lire(client_elu.post(seance.get_adresse("seance-releve-signer")))
    assert "Vous signez" in page
    page = lire(client_elu.post(seance.get_adresse("seance-releve-signer"), CONFIRME, follow=True))
    assert "Votre signature est enregistrée" in page
    seance.refresh_from_db()
    page = lire(client.get(reverse("verifier-empreinte", args=[seance.releve.piece_pdf.sha256])))
    assert "Ce fichier est reconnu" in page


def test_who_chairs_without_account_signs_the_releve_by_a_personal_link(comite, client_chef, mailoutbox):
    organisation = make_organisation(nom="Forges du Bassigny")
    membre = make_membre(
        comite, nom="Ada Forge", email="ada@forge.test", organisation=organisation, place=Qualite.PRESIDENT
    )
    seance = make_seance(comite, statut=S.TENUE)
    client_chef.post(seance.get_adresse("seance-releve-arreter"), CONFIRME)
    page = lire(client_chef.get(seance.get_adresse("seance-releve")))
    assert "signe sans compte, par un lien envoyé à ada@forge.test" in page
    page = lire(client_chef.post(seance.get_adresse("seance-releve-lien", membre.pk), follow=True))
    assert "Le précédent ne marche plus" in page
    releve = ReleveDecisions.objects.get(seance=seance)
    url = reverse("lien-releve", args=[releve.pk])
    assert Client().get(url).status_code == 404
    invite = Client()
    session = invite.session
    session[CLE_LIENS] = [LienPersonnel.objects.valides().get(but=ButLien.SIGNER_RELEVE).pk]
    session.save()
    assert "Ada Forge, président" in lire(invite.get(url))
    pdf = b"".join(invite.get(reverse("lien-releve-pdf", args=[releve.pk])).streaming_content)
    assert pdf.startswith(b"%PDF-")
    page = lire(invite.post(url, follow=True))
    assert "Vous avez signé le relevé" in page
    assert "déjà signé" in lire(invite.post(url, follow=True))
    assert releve.signatures.get().membre == membre
    page = lire(client_chef.post(seance.get_adresse("seance-releve-lien", membre.pk), follow=True))
    assert "a déjà signé ce relevé" in page


def test_a_lien_to_sign_leaves_only_for_who_chairs_without_account(comite, client_chef):
    membre = make_membre(comite)
    seance = make_seance(comite, statut=S.TENUE)
    url = seance.get_adresse("seance-releve-lien", membre.pk)
    assert "Arrêtez d’abord le relevé" in lire(client_chef.post(url, follow=True))
    client_chef.post(seance.get_adresse("seance-releve-arreter"), CONFIRME)
    assert "Complétez ce membre" in lire(client_chef.post(url, follow=True))
    assert client_chef.post(seance.get_adresse("seance-releve-lien", 999)).status_code == 404
    assert not LienPersonnel.objects.exists()


def test_the_printed_sheet_is_a_pdf(comite, client_chef):
    make_membre(comite)
    seance = make_seance(comite, statut=S.CONVOQUEE)
    assert client_chef.get(seance.get_adresse("seance-feuille")).content.startswith(b"%PDF-")


def test_who_only_reads_sees_no_button(comite, connecter):
    make_membre(comite)
    seance = make_seance(comite, statut=S.OUVERTE)
    page = lire(
        connecter(make_personne("referent_etat", territoire=comite.territoire)).get(seance.get_absolute_url())
    )
    assert "Clore la séance" not in page
    assert "Écrire un point" not in page


@pytest.mark.parametrize("nom", ["seance-detail", "seance-presence", "seance-releve"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_people(comite, client_chef, nom):
    def count(nombre):
        for _ in range(nombre):
            make_membre(comite)
        seance = make_seance(comite, statut=S.OUVERTE)
        actions.add_point(seance=seance, titre="Point", by=FABRIQUE)
        with CaptureQueriesContext(connection) as requetes:
            client_chef.get(seance.get_adresse(nom))
        return len(requetes)

    assert count(1) == count(6)


def test_the_homes_of_the_territoire_and_the_region_say_the_next_seance(connecter):
    territoire = make_territoire()
    local, copil = (
        make_seance(make_comite(territoire=territoire)),
        make_seance(make_comite(region=territoire.region)),
    )
    client = connecter(make_personne("region", territoire=territoire))
    assert copil.get_absolute_url() in lire(client.get(reverse("espace-region")))
    assert local.get_absolute_url() in lire(client.get(territoire.get_espace_url()))
    actions.cancel_seance(seance=copil, motif="essai", by=FABRIQUE)
    assert "Aucun COPIL n’est prévu" in lire(client.get(reverse("espace-region")))


def test_a_seance_sent_twice_is_created_once(comite, client_chef):
    url = comite.get_adresse("seance-create")
    jeton = re.search(r'name="jeton_envoi" value="([^"]+)"', lire(client_chef.get(url)))[1]
    saisie = SAISIE | {"jeton_envoi": jeton}
    premiere = client_chef.post(url, saisie)
    assert premiere.status_code == 302
    client_chef.post(url, saisie)
    assert Seance.objects.filter(comite=comite).count() == 1


def test_closing_says_whose_presence_is_not_recorded(comite, client_chef):
    membre = make_membre(comite, nom="Nadia Forge")
    seance = make_seance(comite, statut=S.OUVERTE)
    url = seance.get_adresse("seance-move", "tenue")
    page = lire(client_chef.post(url))
    assert f"Présence non relevée\u00a0: {membre.nom}" in page
    seance.refresh_from_db()
    assert seance.statut == S.OUVERTE
    client_chef.post(url, CONFIRME)
    seance.refresh_from_db()
    assert seance.statut == S.TENUE


def test_a_releve_already_sent_is_sent_again_only_on_confirmation(comite, client_chef):
    make_membre(comite)
    seance = make_seance(comite, statut=S.OUVERTE)
    actions.close_seance(seance=seance, by=FABRIQUE)
    client_chef.post(seance.get_adresse("seance-releve-arreter"), CONFIRME)
    url = seance.get_adresse("seance-releve-envoyer")
    assert "Le relevé est parti à 1 personne" in lire(client_chef.post(url, follow=True))
    page = lire(client_chef.post(url))
    assert "Il est déjà parti le 03/03/2026" in page
    assert "Renvoyer à 1" in lire(client_chef.get(seance.get_adresse("seance-releve")))
    assert "Le relevé est parti" in lire(client_chef.post(url, CONFIRME, follow=True))
