"""Le pupitre de l’animateur, l’écran de la salle, la synthèse."""

import uuid
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from maillage.agenda.models import Invitation
from maillage.ateliers import actions
from maillage.ateliers.actions_tableau import retain_carte
from maillage.ateliers.enums import EtatAtelier, EtatPhase
from maillage.ateliers.models import Atelier, Phase
from maillage.ateliers.selectors import load_etat
from maillage.fiches.models import FicheAction
from tests import fabriques as f
from tests.ateliers.salle import fill, make_atelier, pose, start

pytestmark = pytest.mark.django_db


def url(nom: str, atelier: Atelier, *suite: Any) -> str:
    return reverse(nom, args=[atelier.territoire.vague.code, atelier.territoire.id_ti, atelier.pk, *suite])


@pytest.fixture
def atelier(client: Client) -> Atelier:
    objet = make_atelier(ouvert=False)
    client.force_login(objet.cree_by)
    return objet


def act(client: Client, atelier: Atelier, geste: str, **champs: Any) -> str:
    reponse = client.post(url("atelier-geste", atelier), {"geste": geste, **champs}, follow=True)
    atelier.refresh_from_db()
    return reponse.content.decode()


def test_an_evening_is_prepared_opened_run_and_closed_from_the_pupitre(
    client: Client, atelier: Atelier
) -> None:
    territoire = atelier.territoire
    base = [territoire.vague.code, territoire.id_ti]
    client.post(
        reverse("atelier-create", args=base),
        {
            "titre": "Nogent",
            "jour": "15/07/2019",
            "heure": "18:00",
            "lieu": "Pôle techno",
            "modele": "swot_projets",
        },
    )
    nogent = Atelier.objects.get(titre="Nogent")
    assert "Nogent" in client.get(reverse("ateliers", args=base)).content.decode()
    assert nogent.code in act(client, nogent, "ouvrir")
    fill(nogent, 8)
    assert "personne ne retrouve" in act(client, nogent, "composer", tour=1, nombre=2)
    phase = nogent.phases.get(rang=2)
    act(client, nogent, "lancer", phase=phase.pk)
    act(client, nogent, "pause", phase=phase.pk)
    act(client, nogent, "reprendre", phase=phase.pk)
    act(client, nogent, "prolonger", phase=phase.pk)
    act(client, nogent, "finir", phase=phase.pk)
    phase.refresh_from_db()
    assert (phase.etat, phase.tableaux.count()) == (EtatPhase.FINIE, 2)
    act(client, nogent, "clore")
    assert nogent.etat == EtatAtelier.CLOS


def test_a_geste_the_state_refuses_is_told_and_changes_nothing(client: Client, atelier: Atelier) -> None:
    phase = atelier.phases.get(rang=1)
    assert "pas encore ouvert" in act(client, atelier, "lancer", phase=phase.pk)
    assert "demandez-en moins" in act(client, atelier, "composer", tour=1, nombre=3)
    assert "n’existe pas" in act(client, atelier, "inconnu")
    assert not atelier.groupes.exists()


def test_an_elu_of_the_territoire_sees_the_programme_and_not_the_room(
    client: Client, atelier: Atelier
) -> None:
    client.force_login(f.make_personne("elu", territoire=atelier.territoire))
    page = client.get(atelier.get_absolute_url()).content.decode()
    assert "Portrait de l’industrie" in page
    assert atelier.code not in page
    assert client.get(url("atelier-ecran", atelier)).status_code == 403
    assert client.get(url("atelier-synthese", atelier)).status_code == 403


def test_another_territoire_does_not_know_the_atelier(client: Client, atelier: Atelier) -> None:
    client.force_login(f.make_personne("chef_projet", territoire=f.make_territoire("v1/ti-autre")))
    assert client.get(atelier.get_absolute_url()).status_code == 404


def test_a_phase_is_added_with_its_colonnes_and_a_bad_one_comes_back(
    client: Client, atelier: Atelier
) -> None:
    adresse = url("phase-create", atelier)
    client.post(
        adresse, {"titre": "Idées", "nature": "contribuer", "duree": 20, "colonnes": "Foncier\nÉnergie\n"}
    )
    phase = Phase.objects.get(titre="Idées")
    assert [c["nom"] for c in phase.colonnes] == ["Foncier", "Énergie"]
    page = client.post(adresse, {"titre": "Vote", "nature": "voter", "duree": "dix"}).content.decode()
    assert "nombre de minutes" in page
    assert 'value="Vote"' in page
    page = client.post(adresse, {"titre": "Sans colonne", "nature": "contribuer"}).content.decode()
    assert "au moins une colonne" in page


def test_an_idee_becomes_a_fiche_from_the_synthese_and_a_code_already_used_is_told(client: Client) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    f.make_fiche(territoire=atelier.territoire, code="F1")
    tableau = start(atelier, 4).tableaux.get()
    carte = pose(tableau, fill(atelier, 1)[0], "Navette entre gare et zone", "attirer")
    adresse = url("atelier-synthese", atelier)
    donnees = {"tableau": tableau.pk, "carte": carte, "titre": "Navette", "code": "F1"}
    page = client.post(adresse, donnees).content.decode()
    assert "F1" in page
    assert 'value="Navette"' in page
    client.post(adresse, donnees | {"code": "F2"})
    assert FicheAction.objects.get(code="F2").titre == "Navette"
    assert "Fiche F2 Navette" in client.get(adresse).content.decode()


def test_beyond_thirty_the_least_supported_cartes_of_a_phase_are_folded(client: Client) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    tableau = start(atelier, 2).tableaux.get()
    for n in range(32):
        pose(tableau, atelier.cree_by, f"idée {n}")
    page = client.get(url("atelier-synthese", atelier)).content.decode()
    assert "Les 2 autres" in page
    assert page.count("En faire une fiche") == 32
    cartes = load_etat(tableau).get_colonne("atouts")
    reponses = [
        client.post(
            url("atelier-synthese", atelier),
            {"tableau": tableau.pk, "carte": carte.id, "titre": "x", "code": "F1"},
        )
        for carte in (cartes[0], cartes[-1])
    ]
    page = reponses[1].content.decode()  # le code est pris : la carte refusée se voit
    assert '<details class="mg-suite" open>' in page


def test_screen_sheets_and_synthese_do_not_query_more_with_more_cartes(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    personnes = fill(atelier, 12)
    tableau = start(atelier, 2).tableaux.get()
    for n in range(40):
        pose(tableau, personnes[n % 12], f"idée {n}", "faiblesses")
    for nom in ("atelier", "atelier-ecran", "atelier-feuilles", "atelier-synthese"):
        with django_assert_max_num_queries(26):
            assert client.get(url(nom, atelier)).status_code == 200


def test_notes_of_paper_are_entered_one_per_line_and_never_twice(client: Client) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    tableau = start(atelier, 2).tableaux.get()
    adresse = url("atelier-saisie", atelier)
    saisie = {
        "cle": str(uuid.uuid4()),
        "ou": f"{tableau.pk}:atouts",
        "notes": "Savoir-faire\n\n  Le rail \nSavoir-faire",
    }
    for _ in range(2):
        assert client.post(adresse, saisie).status_code == 302
    assert [c.texte for c in load_etat(tableau).get_colonne("atouts")] == [
        "Savoir-faire",
        "Le rail",
        "Savoir-faire",
    ]
    page = client.post(adresse, saisie | {"cle": "", "notes": f"Courte\n{'a' * 600}"}).content.decode()
    assert "500 au plus" in page
    assert f"{'a' * 600}</textarea>" in page
    assert "Choisissez où" in client.post(adresse, {"notes": "x"}).content.decode()


def test_people_are_placed_named_and_separated_from_the_pupitre(client: Client) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    ada = fill(atelier, 4)[0]
    assert "aucun groupe" in act(client, atelier, "rapporteur", participant=ada.pk)
    act(client, atelier, "composer", tour=1, nombre=2)
    assert "rapporte pour le groupe" in act(client, atelier, "rapporteur", participant=ada.pk)
    assert "sera séparé" in act(client, atelier, "separer", participant=ada.pk, marque="forge")
    assert "Choisissez une personne" in act(client, atelier, "deplacer", participant="")
    assert "Choisissez un groupe" in act(client, atelier, "deplacer", participant=ada.pk)


def test_only_a_published_carte_is_read_outside_the_room(client: Client) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    tableau = start(atelier, 4).tableaux.get()
    carte = pose(tableau, fill(atelier, 1)[0], "Navette entre gare et zone", "attirer")
    fiche = retain_carte(tableau=tableau, carte=carte, titre="Mobilité", by=atelier.cree_by)
    elu = f.make_personne("elu", territoire=atelier.territoire)
    client.force_login(elu)
    page = client.get(fiche.get_absolute_url()).content.decode()
    assert "issue de l’atelier du" in page
    assert "1\u00a0contribution" in page
    assert "Navette" not in page
    client.force_login(atelier.cree_by)
    client.post(url("atelier-synthese", atelier), {"tableau": tableau.pk, "carte": carte, "publier": "oui"})
    client.force_login(elu)
    assert "Navette entre gare et zone" in client.get(fiche.get_absolute_url()).content.decode()


@pytest.mark.parametrize("forme", ["docx", "pdf"])
def test_the_synthese_comes_out_as_a_document_whatever_was_written(client: Client, forme: str) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    tableau = start(atelier, 2).tableaux.get()
    for texte in ("Savoir-faire", "😀 مرحبا", "<b>#let x = 1</b>\nà la ligne"):
        pose(tableau, fill(atelier, 1)[0], texte, "faiblesses")
    reponse = client.get(url("atelier-synthese-fichier", atelier, forme))
    assert reponse.content.startswith(b"PK" if forme == "docx" else b"%PDF")
    assert client.get(url("atelier-synthese-fichier", atelier, "exe")).status_code == 404


def test_the_absent_are_let_in_from_the_pupitre(client: Client) -> None:
    atelier = make_atelier()
    client.force_login(atelier.cree_by)
    act(client, atelier, "clore")
    page = client.post(url("atelier-absents", atelier), {"jusqu_au": ""}, follow=True).content.decode()
    assert "Donnez une date" in page
    page = client.post(
        url("atelier-absents", atelier), {"jusqu_au": "31/12/2099"}, follow=True
    ).content.decode()
    assert "Les absents peuvent contribuer" in page
    telephone = Client()
    telephone.post(
        reverse("atelier-rejoindre", args=[atelier.code]), {"prenom": "Zoé", "college": "industriel"}
    )
    page = telephone.get(reverse("atelier-salle", args=[atelier.code])).content.decode()
    assert "Vous n’étiez pas là" in page
    assert page.count("Poser la carte") == 2


def test_people_are_invited_by_courriel_once_and_told_of_a_new_day(client: Client) -> None:
    with time_machine.travel(datetime(2019, 7, 1, 9, tzinfo=UTC), tick=False):
        atelier = make_atelier(ouvert=False)
        client.force_login(atelier.cree_by)
        adresse = url("atelier-inviter", atelier)
        liste = {"personnes": "Jeanne Martin <jeanne@exemple.fr>\n\npaul@exemple.fr"}
        page = client.post(adresse, liste).content.decode()
        assert "heure de début" in page
        assert "jeanne@exemple.fr" in page
        actions.update_atelier(atelier=atelier, heure=time(18), by=atelier.cree_by)
        page = client.post(adresse, {"personnes": "pas une adresse"}).content.decode()
        assert "n’a pas d’adresse lisible" in page
        assert not Invitation.objects.exists()
        for _ in range(2):
            assert client.post(adresse, liste).status_code == 302
        atelier.refresh_from_db()
        assert [(i.nom, i.email) for i in Invitation.objects.order_by("email")] == [
            ("Jeanne Martin", "jeanne@exemple.fr"),
            ("paul", "paul@exemple.fr"),
        ]
        rendez_vous = atelier.rendez_vous
        assert rendez_vous is not None
        assert (rendez_vous.fin_at - rendez_vous.debut_at).total_seconds() == 170 * 60
        actions.update_atelier(atelier=atelier, jour=date(2019, 7, 16), by=atelier.cree_by)
        rendez_vous.refresh_from_db()
        assert rendez_vous.jour == date(2019, 7, 16)
        assert rendez_vous.sequence == 1
