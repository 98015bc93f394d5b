"""Écrire un projet : rien de ce qui est tapé ne se perd, même sans JavaScript, même à deux."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from maillage.comptes.models import Organisation
from maillage.contrats.actions import update_acte
from maillage.contrats.models import Acte
from tests.contrats.monde import Monde
from tests.www.actes.test_pages import adresse


def make_saisie(acte: Acte, **changements: Any) -> dict[str, Any]:
    """Ce qu’un navigateur enverrait de la page telle qu’elle est."""
    saisie: dict[str, Any] = {
        "version": acte.version,
        "titre": acte.titre,
        "periode": acte.periode,
        "preambule": acte.preambule,
        "article-TOTAL_FORMS": len(acte.articles),
        "article-INITIAL_FORMS": len(acte.articles),
    }
    for rang, article in enumerate(acte.articles):
        saisie |= {f"article-{rang}-{champ}": valeur for champ, valeur in article.items()}
    return saisie | changements


def get_titres(page: Any) -> list[str]:
    return [form["titre"].value() for form in page.context["articles"]]


def test_the_text_is_saved(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = make_saisie(acte, geste="enregistrer", preambule="Nouveau.", **{"article-0-texte": "Neuf."})
    assert cheffe.post(adresse("acte-update", acte), saisie).url == acte.get_absolute_url()
    acte.refresh_from_db()
    assert (acte.preambule, acte.articles[0]["texte"], acte.version) == ("Nouveau.", "Neuf.", 2)
    assert acte.articles[4]["bloc"] == "plan_actions"


def test_saving_untouched_writes_nothing(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = {
        cle: valeur.replace("\n", "\r\n") if isinstance(valeur, str) else valeur
        for cle, valeur in make_saisie(acte, geste="enregistrer").items()
    }
    cheffe.post(adresse("acte-update", acte), saisie)
    acte.refresh_from_db()
    assert acte.version == 1


@pytest.mark.parametrize(
    ("geste", "attendus"),
    [
        ("monter:1", [1, 0, 2]),
        ("descendre:0", [1, 0, 2]),
        ("retirer:0", [1, 2, 3]),
        ("monter:0", [0, 1, 2]),
        ("monter:99", [0, 1, 2]),
        ("danser", [0, 1, 2]),
    ],
)
def test_articles_move_without_script_and_without_saving(
    cheffe: Client, monde: Monde, geste: str, attendus: list[int]
) -> None:
    acte = monde.projet()
    titres = [article["titre"] for article in acte.articles]
    page = cheffe.post(adresse("acte-update", acte), make_saisie(acte, geste=geste, preambule="Gardé\u00a0?"))
    assert get_titres(page)[:3] == [titres[rang] for rang in attendus]
    assert "Gardé\u00a0?" in page.content.decode()
    acte.refresh_from_db()
    assert acte.version == 1


def test_an_article_keeps_its_bloc_when_it_moves(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    page = cheffe.post(adresse("acte-update", acte), make_saisie(acte, geste="monter:4"))
    assert [form["bloc"].value() for form in page.context["articles"]][3] == "plan_actions"


def test_an_article_is_added_then_saved(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    page = cheffe.post(adresse("acte-update", acte), make_saisie(acte, geste="ajouter"))
    assert len(get_titres(page)) == 9
    saisie = make_saisie(acte, geste="enregistrer") | {
        "article-TOTAL_FORMS": 9,
        "article-8-titre": "Communication",
        "article-8-texte": "",
        "article-8-bloc": "",
    }
    cheffe.post(adresse("acte-update", acte), saisie)
    acte.refresh_from_db()
    assert acte.articles[8] == {"titre": "Communication", "texte": "", "bloc": ""}


def test_an_added_article_without_title_is_named_in_the_errors(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = make_saisie(acte, geste="enregistrer") | {
        "article-TOTAL_FORMS": 9,
        "article-8-texte": "Du texte.",
    }
    page = cheffe.post(adresse("acte-update", acte), saisie)
    assert page.status_code == 200
    assert "Donnez un titre à l’article, ou retirez-le." in page.content.decode()
    assert "Du texte." in page.content.decode()
    acte.refresh_from_db()
    assert len(acte.articles) == 8


def test_bad_input_gives_back_everything(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = make_saisie(acte, geste="enregistrer", titre="", preambule="Long travail.") | {
        "article-0-titre": ""
    }
    page = cheffe.post(adresse("acte-update", acte), saisie).content.decode()
    for texte in ("Donnez un titre à l’acte.", "Donnez un titre à l’article", "Long travail."):
        assert texte in page


def test_a_conflict_shows_both_texts_then_saves_mine(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = make_saisie(acte, geste="enregistrer", preambule="Ma version.")
    update_acte(
        acte=acte,
        by=monde.presidente,
        version_lue=1,
        titre=acte.titre,
        periode=acte.periode,
        preambule="Sa version.",
        articles=acte.articles,
    )
    page = cheffe.post(adresse("acte-update", acte), saisie)
    contenu = page.content.decode()
    assert page.status_code == 200
    assert "Votre saisie est gardée" in contenu
    assert "Sa version." in contenu
    assert "Ma version." in contenu
    assert [nom for nom, _, _ in page.context["autres"]] == ["Préambule"]
    cheffe.post(adresse("acte-update", acte), saisie | {"version": page.context["form"]["version"].value()})
    acte.refresh_from_db()
    assert acte.preambule == "Ma version."


def test_a_frozen_acte_is_not_edited(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    assert "avenant" in cheffe.get(adresse("acte-update", acte), follow=True).content.decode()
    page = cheffe.post(adresse("acte-update", acte), make_saisie(acte, geste="enregistrer", preambule="X"))
    assert "avenant" in page.content.decode()


def test_who_only_reads_does_not_edit(presidente: Client, monde: Monde) -> None:
    acte = monde.projet()
    assert presidente.get(adresse("acte-update", acte)).status_code == 403
    assert presidente.post(adresse("acte-signataires", acte), {}).status_code == 403


def test_champs_are_documented_with_their_value(cheffe: Client, monde: Monde) -> None:
    page = cheffe.get(adresse("acte-update", monde.projet())).content.decode()
    assert "<code>{territoire}</code>" in page
    assert "21\u00a0500" in page


# --- signataires ------------------------------------------------------------------------------------------------


SIGNATAIRE = {"qualite": "Présidente", "college": "intercommunalites", "ordre": "1"}


def test_a_signataire_is_added_by_the_name_of_its_organisation(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = SIGNATAIRE | {
        "organisation": "cc des forges",
        "nom": "Camille Martin",
        "deliberation": "2019-12",
        "deliberation_le": "12/11/2019",
    }
    cheffe.post(adresse("acte-signataires", acte), saisie)
    signataire = acte.signataires.get()
    assert (signataire.organisation, signataire.deliberation_le.isoformat()) == (monde.epci, "2019-11-12")


def test_a_homonym_is_chosen_by_its_siren(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    Organisation.objects.create(nom="Ville", type="commune", siren="210000001")
    bonne = Organisation.objects.create(nom="Ville", type="commune", siren="210000002")
    page = cheffe.post(adresse("acte-signataires", acte), SIGNATAIRE | {"organisation": "Ville"})
    assert "le bon SIREN" in page.content.decode()
    assert "Ville [210000002]" in page.content.decode()
    cheffe.post(adresse("acte-signataires", acte), SIGNATAIRE | {"organisation": "Ville [210000002]"})
    assert acte.signataires.get().organisation == bonne


def test_an_unknown_organisation_is_refused_then_added_with_its_type(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = SIGNATAIRE | {"organisation": "Club des forgerons", "nom": "Andrea Blanc"}
    page = cheffe.post(adresse("acte-signataires", acte), saisie)
    assert page.status_code == 200
    assert "dites ce qu’elle est" in page.content.decode()
    assert "Andrea Blanc" in page.content.decode()
    cheffe.post(adresse("acte-signataires", acte), saisie | {"type_organisation": "cluster"})
    assert acte.signataires.get().organisation.type == "cluster"


def test_the_same_signataire_twice_gives_the_sentence(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    saisie = SIGNATAIRE | {"organisation": "CC des Forges", "nom": "Camille Martin"}
    cheffe.post(adresse("acte-signataires", acte), saisie)
    page = cheffe.post(adresse("acte-signataires", acte), saisie)
    assert "est déjà signataire sous ce nom" in page.content.decode()
    assert acte.signataires.count() == 1


def test_a_signataire_is_removed_once(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    retire = monde.signataires(acte)["etat"]
    url = reverse("acte-signataire-retirer", args=["v1", "ti-9901", acte.pk, retire.pk])
    assert "ne signe plus cet acte" in cheffe.post(url, follow=True).content.decode()
    assert cheffe.post(url).status_code == 404
    assert acte.signataires.count() == 2


def test_a_frozen_acte_shows_its_signataires_without_form(cheffe: Client, monde: Monde) -> None:
    page = cheffe.get(adresse("acte-signataires", monde.arrete())).content.decode()
    assert "ses signataires ne changent plus" in page
    assert 'name="qualite"' not in page


def test_a_signataire_is_corrected_while_the_acte_is_a_projet(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    signataire = monde.signataires(acte)["epci"]
    url = adresse("acte-signataire-update", acte, signataire.pk)
    assert url in cheffe.get(adresse("acte-signataires", acte)).content.decode()
    assert 'value="Camille Martin"' in cheffe.get(url).content.decode()
    saisie = SIGNATAIRE | {"nom": "Claude Roux", "deliberation": "2019-14", "deliberation_le": "2019-11-14"}
    assert cheffe.post(url, saisie).url == adresse("acte-signataires", acte)
    signataire.refresh_from_db()
    assert (signataire.nom, signataire.deliberation, signataire.organisation) == (
        "Claude Roux",
        "2019-14",
        monde.epci,
    )


def test_a_bad_correction_gives_back_what_was_typed(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    signataire = monde.signataires(acte)["epci"]
    url = adresse("acte-signataire-update", acte, signataire.pk)
    page = cheffe.post(
        url, SIGNATAIRE | {"nom": "Claude Roux", "deliberation": "9", "deliberation_le": "2999-01-01"}
    )
    assert page.status_code == 200
    assert "dans l’avenir" in page.content.decode()
    assert "Claude Roux" in page.content.decode()
    signataire.refresh_from_db()
    assert signataire.nom == "Camille Martin"
