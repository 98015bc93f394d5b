"""Dans la salle : le code, la présentation, le tableau, avec et sans JavaScript."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maillage.ateliers.models import Atelier, EvenementTableau, Participant
from maillage.ateliers.selectors import load_etat
from maillage.www.ateliers import debit
from tests.ateliers.salle import fill, geste, make_atelier, pose, start

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def seaux_pleins() -> None:
    debit._seaux.clear()


def enter(client: Client, atelier: Atelier, **champs: str) -> Any:
    donnees = {"prenom": "Ada", "college": "industriel", **champs}
    return client.post(reverse("atelier-rejoindre", args=[atelier.code]), donnees)


def send(client: Client, atelier: Atelier, tableau: int, *gestes: dict[str, Any]) -> Any:
    return client.post(
        reverse("atelier-gestes", args=[atelier.code, tableau]),
        json.dumps({"gestes": gestes}),
        content_type="application/json",
    )


def test_a_code_is_read_whatever_its_case_and_spaces(client: Client) -> None:
    atelier = make_atelier()
    code = f" {atelier.code[:3].lower()} {atelier.code[3:]} "
    reponse = client.post(reverse("atelier-entrer"), {"code": code})
    assert reponse.url == reverse("atelier-rejoindre", args=[atelier.code])


def test_a_code_that_does_not_exist_comes_back_with_a_sentence(client: Client) -> None:
    page = client.post(reverse("atelier-entrer"), {"code": "ZZZ999"}).content.decode()
    assert "Aucun atelier n’a ce code" in page
    assert 'value="ZZZ999"' in page


def test_the_same_phone_is_the_same_participant(client: Client) -> None:
    atelier = make_atelier()
    enter(client, atelier)
    assert enter(client, atelier).url == reverse("atelier-salle", args=[atelier.code])
    assert Participant.objects.count() == 1


def test_a_missing_prenom_gives_back_what_was_typed(client: Client) -> None:
    page = enter(client, make_atelier(), prenom=" ", organisation="Marle").content.decode()
    assert "Donnez votre prénom" in page
    assert 'value="Marle"' in page


def test_words_stay_in_the_room(client: Client) -> None:
    atelier = make_atelier()
    tableau = start(atelier, 2).tableaux.get()
    pose(tableau, fill(atelier, 1)[0], "un secret")
    assert client.get(reverse("atelier-salle", args=[atelier.code])).status_code == 302
    assert client.get(reverse("atelier-suite", args=[atelier.code])).status_code == 404
    assert send(client, atelier, tableau.pk, geste("posee", str(uuid.uuid4()))).status_code == 404


def test_without_javascript_a_carte_is_posed_by_a_plain_form(client: Client) -> None:
    atelier = make_atelier()
    enter(client, atelier)
    tableau = start(atelier, 2).tableaux.get()
    adresse = reverse("atelier-salle", args=[atelier.code])
    formulaire = geste(
        "posee", str(uuid.uuid4()), colonne="atouts", texte="<b>savoir-faire</b>", tableau=tableau.pk
    )
    assert client.post(adresse, formulaire).status_code == 302
    assert client.post(adresse, formulaire).status_code == 302  # renvoyé par un retour arrière
    assert EvenementTableau.objects.count() == 1
    assert "&lt;b&gt;savoir-faire" in client.get(adresse).content.decode()


def test_without_javascript_another_text_typed_after_a_step_back_is_not_lost(client: Client) -> None:
    atelier = make_atelier()
    enter(client, atelier)
    tableau = start(atelier, 2).tableaux.get()
    adresse = reverse("atelier-salle", args=[atelier.code])
    page = {"cle": str(uuid.uuid4()), "type": "posee", "tableau": tableau.pk, "colonne": "atouts"}
    for texte in ("une", "une", "deux"):
        assert client.post(adresse, page | {"texte": texte}).status_code == 302
    cartes = load_etat(tableau).get_colonne("atouts")
    assert [c.texte for c in cartes] == ["une", "deux"]
    corrige = page | {"type": "modifiee", "carte": cartes[0].id, "texte": "une, corrigée"}
    assert client.post(adresse, corrige).status_code == 302
    assert "une, corrigée" in client.get(adresse).content.decode()
    assert "clé lisible" in client.post(adresse, page | {"cle": "?"}).content.decode()


def test_a_refused_text_comes_back_in_the_form(client: Client) -> None:
    atelier = make_atelier()
    enter(client, atelier)
    tableau = start(atelier, 2).tableaux.get()
    trop_long = "mot " * 200
    page = client.post(
        reverse("atelier-salle", args=[atelier.code]),
        geste("posee", str(uuid.uuid4()), colonne="menaces", texte=trop_long, tableau=tableau.pk),
    ).content.decode()
    assert "500 au plus" in page
    assert trop_long.strip() in page
    assert '<option value="menaces" selected>' in page


def test_suite_gives_what_follows_the_known_version_and_never_an_author(client: Client) -> None:
    atelier = make_atelier()
    enter(client, atelier)
    tableau = start(atelier, 2).tableaux.get()
    for n in range(3):
        pose(tableau, fill(atelier, 1)[0], f"idée {n}")
    recu = client.get(reverse("atelier-suite", args=[atelier.code]), {f"t{tableau.pk}": 1}).json()
    assert [e["v"] for e in recu["evenements"]] == [2, 3]
    assert "participant" not in json.dumps(recu)
    assert recu["salle"]["titre"] == "Portrait de l’industrie du territoire"


def test_a_phone_that_sends_too_much_is_told_to_wait_and_others_are_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Sur une machine chargée, soixante envois prennent le temps de remplir le seau.
    monkeypatch.setattr(debit, "CADENCE", 0.01)
    atelier = make_atelier()
    enter(client, atelier)
    tableau = start(atelier, 2).tableaux.get()
    autre = Client()
    enter(autre, atelier, prenom="Bob")
    poser = [geste("posee", str(uuid.uuid4()), colonne="atouts", texte=f"{n}") for n in range(60)]
    statuts = [send(client, atelier, tableau.pk, g).status_code for g in poser]
    assert statuts.count(200) >= debit.RESERVE
    assert 429 in statuts
    assert send(autre, atelier, tableau.pk, poser[0] | {"cle": str(uuid.uuid4())}).status_code == 200


@pytest.mark.parametrize(
    "corps", ["", "[]", "{}", '{"gestes": 3}', '{"gestes": [1]}', '{"gestes": []}', "[" * 5000]
)
def test_an_unreadable_body_is_a_sentence(client: Client, corps: str) -> None:
    atelier = make_atelier()
    enter(client, atelier)
    tableau = start(atelier, 2).tableaux.get()
    reponse = client.post(
        reverse("atelier-gestes", args=[atelier.code, tableau.pk]), corps, content_type="application/json"
    )
    assert reponse.status_code == 400
    assert "rechargez" in reponse.json()["phrase"]


def test_queries_of_the_room_do_not_grow_with_cartes(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    atelier = make_atelier()
    enter(client, atelier)
    tableau = start(atelier, 2).tableaux.get()
    for n in range(30):
        pose(tableau, fill(atelier, 1)[0], f"idée {n}")
    with django_assert_max_num_queries(15):
        client.get(reverse("atelier-salle", args=[atelier.code]))
