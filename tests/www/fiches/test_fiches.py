"""Pages des fiches : ce qu’on y fait, ce qui est refusé, ce qui n’est pas à soi."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.contrats.enums import StatutActe
from maillage.fiches import actions
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from tests.fabriques import (
    FABRIQUE,
    make_acte,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_plan,
    make_territoire,
)

pytestmark = pytest.mark.django_db
S = StatutFiche


def url(nom, fiche, *suite):
    return reverse(nom, args=[fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk, *suite])


def url_liste(territoire, nom="fiches"):
    return reverse(nom, args=[territoire.vague.code, territoire.id_ti])


@pytest.fixture
def territoire(db):
    return make_territoire()


@pytest.fixture
def chef(territoire, connecter):
    return connecter(make_personne("chef_projet", territoire=territoire))


def saisie(fiche, **changements):
    """Ce que le navigateur renvoie d’une fiche affichée, avec quelques champs changés."""
    return {
        "titre": fiche.titre,
        "code": fiche.code,
        "axe": fiche.axe_id or "",
        "presentateur": fiche.presentateur,
        "porteur": fiche.porteur.nom if fiche.porteur else "",
        "etat_porteur": "a_designer",
        "description": fiche.description,
        "debut_prevu": "",
        "fin_prevue": "",
        "maturite": fiche.maturite,
        "visibilite": fiche.visibilite,
        "rang": fiche.rang,
        "version_lue": fiche.version,
        "date_effet": "",
    } | changements


# --- liste -------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_fiches_by_rank_with_their_money(chef, territoire):
    make_fiche(territoire=territoire, titre="La seconde", rang=2)
    fiche = make_fiche(territoire=territoire, titre="La première", rang=1)
    make_ligne(fiche=make_plan(fiche=fiche).fiche, statut="accorde")
    page = chef.get(url_liste(territoire)).content.decode()
    assert page.index("La première") < page.index("La seconde")
    assert "Non chiffrée" in page
    assert "Nouvelle fiche" in page
    assert 'name="q"' in page


@pytest.mark.parametrize(
    ("requete", "vues"),
    [
        ("q=ecole", ["École"]),
        ("statut=idee", ["Idée"]),
        ("axe=attirer", ["Attirer"]),
        ("maturite=mature", ["Mûre"]),
        ("bouclage=non_chiffree", ["École", "Idée", "Attirer", "Mûre"]),
        ("bouclage=boucle", []),
    ],
)
def test_the_list_is_filtered_and_says_what_is_hidden(chef, territoire, requete, vues):
    axes = {axe.code: axe for axe in territoire.vague.axes.all()}
    make_fiche(territoire=territoire, titre="École")
    make_fiche(territoire=territoire, titre="Idée", statut=S.IDEE)
    make_fiche(territoire=territoire, titre="Attirer", axe=axes["attirer"])
    make_fiche(territoire=territoire, titre="Mûre", maturite="mature")
    reponse = chef.get(f"{url_liste(territoire)}?{requete}")
    assert [fiche.titre for fiche in reponse.context["liste"].page] == vues
    assert reponse.context["liste"].masques == 4 - len(vues)


def test_the_list_is_exported_as_seen(chef, territoire):
    make_fiche(territoire=territoire, titre="Exportée", code="F7")
    make_fiche(territoire=territoire, titre="Cachée")
    lignes = b"".join(chef.get(f"{url_liste(territoire)}?q=exportee&export=csv")).decode().splitlines()
    assert len(lignes) == 2
    assert lignes[1].startswith("F7;Exportée;Recruter;")
    assert lignes[1].endswith(";Brouillon;Émergence;Non chiffrée")


def test_an_empty_list_says_what_to_do_and_who_can(chef, territoire, connecter):
    assert "Écrire la première fiche" in chef.get(url_liste(territoire)).content.decode()
    lecteur = connecter(make_personne("prefecture", territoire=territoire))
    page = lecteur.get(url_liste(territoire)).content.decode()
    assert "Écrire la première fiche" not in page
    assert "paraîtront ici" in page


def test_the_list_of_another_territoire_is_not_found(chef):
    assert chef.get(url_liste(make_territoire("v1/ti-9999"))).status_code == 404


@pytest.mark.parametrize("nom", ["fiches", "financement"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_fiches(chef, territoire, nom):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            assert chef.get(url_liste(territoire, nom)).status_code == 200
        return len(requetes)

    def add():
        make_ligne(fiche=make_plan(fiche=make_fiche(territoire=territoire)).fiche, statut="accorde")

    add()
    count()
    une = count()
    for _ in range(5):
        add()
    assert count() == une


# --- création ----------------------------------------------------------------------------------------------------


def test_a_title_is_enough_and_the_next_code_is_only_proposed(chef, territoire):
    make_fiche(territoire=territoire, code="F13")
    adresse = url_liste(territoire, "fiche-create")
    assert "Prochain code libre\u00a0: F14" in chef.get(adresse).content.decode()
    reponse = chef.post(
        adresse, {"titre": "Ouvrir une école", "maturite": "emergence", "visibilite": "territoire"}
    )
    fiche = FicheAction.objects.get(titre="Ouvrir une école")
    assert reponse.url == fiche.get_absolute_url()
    assert (fiche.code, fiche.statut) == ("", "idee")


def test_a_fiche_with_a_code_and_an_axe_is_created_brouillon(chef, territoire):
    axe = territoire.vague.axes.earliest("rang")
    porteur = make_organisation(nom="Forges d’Écot")
    chef.post(
        url_liste(territoire, "fiche-create"),
        {
            "titre": "Former",
            "code": "F1",
            "axe": axe.pk,
            "porteur": "forges d'ecot",
            "debut_prevu": "19/11/2019",
            "maturite": "emergence",
            "visibilite": "territoire",
        },
    )
    fiche = FicheAction.objects.get()
    assert (fiche.statut, fiche.porteur, str(fiche.debut_prevu)) == ("brouillon", porteur, "2019-11-19")


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"titre": ""}, "Donnez un titre à la fiche"),
        (
            {"titre": "x", "porteur": "Inconnue"},
            "Aucune organisation connue ne s’appelle «\u00a0Inconnue\u00a0»",
        ),
        (
            {"titre": "x", "debut_prevu": "2020-02-01", "fin_prevue": "2020-01-01"},
            "La fin prévue vient avant",
        ),
        ({"titre": "x", "debut_prevu": "hier"}, "Ce n’est pas une date"),
        ({"titre": "x", "code": "PRIS"}, "«\u00a0PRIS\u00a0» est déjà celui d’une autre fiche"),
        ({"titre": "x", "axe": "9999"}, "Cet axe n’est pas de la phase"),
    ],
)
def test_a_bad_input_comes_back_as_typed_with_a_sentence(chef, territoire, champs, phrase):
    make_fiche(territoire=territoire, code="PRIS")
    base = {"description": "Ce que j’ai écrit", "maturite": "emergence", "visibilite": "territoire"}
    reponse = chef.post(url_liste(territoire, "fiche-create"), base | champs)
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert phrase in page
    assert "Ce que j’ai écrit" in page
    assert FicheAction.objects.count() == 1


def test_an_ambiguous_porteur_comes_back_with_the_names_to_choose(chef, territoire):
    make_organisation(nom="Forges du Nord")
    make_organisation(nom="Forges du Sud")
    page = chef.post(
        url_liste(territoire, "fiche-create"), {"titre": "x", "porteur": "forges"}
    ).content.decode()
    assert "désigne plusieurs organisations\u00a0: Forges du Nord\u00a0; Forges du Sud" in page
    assert '<option value="Forges du Sud">' in page


def test_a_reader_cannot_create_a_fiche(territoire, connecter):
    lecteur = connecter(make_personne("prefecture", territoire=territoire))
    reponse = lecteur.post(url_liste(territoire, "fiche-create"), {"titre": "x"})
    assert reponse.status_code == 403
    assert "peuvent créer une fiche" in reponse.content.decode()


# --- page --------------------------------------------------------------------------------------------------------


def test_the_page_of_a_fiche_says_where_it_is_and_what_comes_next(chef, territoire, connecter):
    fiche = make_fiche(territoire=territoire, statut=S.PROPOSEE, titre="Ouvrir une école")
    page = chef.get(fiche.get_absolute_url()).content.decode()
    assert "Retenir ou renvoyer la fiche" in page
    assert "attendu du binôme" in page
    elu = (
        connecter(make_personne("elu", territoire=territoire)).get(fiche.get_absolute_url()).content.decode()
    )
    assert 'href="#passages">Répondre' in elu


def test_the_page_says_what_prevents_a_passage(chef, territoire):
    fiche = make_fiche(territoire=territoire, statut=S.IDEE)
    page = chef.get(fiche.get_absolute_url()).content.decode()
    assert "donnez à la fiche un code et un axe" in page
    assert url("fiche-move", fiche, "brouillon") not in page


def test_a_financeur_or_a_porteur_sees_its_fiche_without_the_space_of_the_territoire(connecter):
    ligne = make_ligne(statut="sollicite")
    fiche = ligne.plan.fiche
    for personne in (
        make_personne("financeur", organisation=ligne.financeur),
        make_personne("porteur", organisation=fiche.porteur),
    ):
        client = connecter(personne)
        for nom in ("fiche-detail", "fiche-versions", "plan-detail"):
            reponse = client.get(url(nom, fiche))
            assert reponse.status_code == 200
            assert fiche.territoire.get_espace_url() + '"' not in reponse.content.decode()
        assert client.get(url("fiche-update", fiche)).status_code == 403
        assert client.get(url_liste(fiche.territoire)).status_code == 404


def test_a_stranger_does_not_find_the_fiche(connecter):
    fiche = make_fiche()
    client = connecter(make_personne("financeur", organisation=make_organisation()))
    for nom in ("fiche-detail", "fiche-update", "fiche-versions", "plan-detail"):
        assert client.get(url(nom, fiche)).status_code == 404
    autre = reverse("fiche-detail", args=["v2", "ti-2701", fiche.pk])
    assert connecter(make_personne("national")).get(autre).status_code == 404


# --- passages ----------------------------------------------------------------------------------------------------


def test_a_passage_is_made_with_one_button(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    reponse = chef.post(url("fiche-move", fiche, "proposee"), follow=True)
    assert (
        "La fiche est passée de «\u00a0Brouillon\u00a0» à «\u00a0Proposée au comité de projet\u00a0»"
        in reponse.content.decode()
    )
    fiche.refresh_from_db()
    assert fiche.statut == "proposee"


def test_a_passage_that_needs_a_reason_asks_for_it(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    adresse = url("fiche-move", fiche, "abandonnee")
    assert chef.get(adresse).status_code == 200
    reponse = chef.post(adresse, {"motif": "", "date_effet": ""})
    assert reponse.status_code == 200
    assert "Dites pourquoi" in reponse.content.decode()
    chef.post(adresse, {"motif": "Le porteur renonce", "date_effet": ""})
    fiche.refresh_from_db()
    assert fiche.statut == "abandonnee"
    assert "Le porteur renonce" in chef.get(fiche.get_absolute_url()).content.decode()


def test_a_date_in_the_future_comes_back_with_a_sentence(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    reponse = chef.post(url("fiche-move", fiche, "proposee"), {"date_effet": "2999-01-01"})
    assert "dans l’avenir" in reponse.content.decode()
    assert "2999-01-01" in reponse.content.decode()


def test_an_old_page_is_told_the_present_state(chef, territoire):
    fiche = make_fiche(territoire=territoire, statut=S.PROPOSEE)
    page = chef.post(url("fiche-move", fiche, "realisee"), follow=True).content.decode()
    assert "La fiche est maintenant «\u00a0Proposée au comité de projet\u00a0»" in page


def test_a_passage_in_another_hand_is_refused(chef, territoire):
    fiche = make_fiche(territoire=territoire, statut=S.TRANSMISE)
    reponse = chef.post(url("fiche-move", fiche, "validee"))
    assert reponse.status_code == 403
    assert "Seule la Région" in reponse.content.decode()


@pytest.mark.parametrize("vers", ["inscrite", "inconnu"])
def test_a_passage_that_no_one_makes_by_hand_is_not_found(chef, territoire, vers):
    fiche = make_fiche(territoire=territoire, statut=S.VALIDEE)
    assert chef.post(url("fiche-move", fiche, vers)).status_code == 404


# --- modification ------------------------------------------------------------------------------------------------


def test_an_update_is_saved_as_a_new_version(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    adresse = url("fiche-update", fiche)
    assert fiche.titre in chef.get(adresse).content.decode()
    reponse = chef.post(adresse, saisie(fiche, titre="Un autre titre"), follow=True)
    assert "La fiche est enregistrée (version 2)" in reponse.content.decode()
    fiche.refresh_from_db()
    assert fiche.titre == "Un autre titre"


def test_an_update_without_change_makes_no_version(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    assert (
        "Rien n’avait changé"
        in chef.post(url("fiche-update", fiche), saisie(fiche), follow=True).content.decode()
    )
    assert fiche.versions.count() == 1


def test_a_porteur_can_be_unpublished(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    chef.post(url("fiche-update", fiche), saisie(fiche, porteur="", etat_porteur="non_publie"))
    fiche.refresh_from_db()
    assert (fiche.porteur, fiche.etat_porteur) == (None, "non_publie")


def test_a_conflict_compares_keeps_what_i_typed_and_lets_me_save_again(chef, territoire):
    fiche = make_fiche(territoire=territoire, titre="Au départ", description="Description au départ")
    actions.update_fiche(
        fiche=fiche,
        by=FABRIQUE,
        version_lue=1,
        titre="Son titre",
        description="Sa description",
        presentateur="Elle",
    )
    adresse = url("fiche-update", fiche)
    reponse = chef.post(adresse, saisie(fiche, titre="Mon titre"))
    assert reponse.status_code == 200
    page, conflit, form = reponse.content.decode(), reponse.context["conflit"], reponse.context["form"]
    assert "Quelqu’un a enregistré cette fiche" in page
    assert [(e.champ, e.avant, e.apres) for e in conflit.opposes] == [("titre", "Mon titre", "Son titre")]
    assert [e.champ for e in conflit.repris] == ["presentateur", "description"]
    assert form["version_lue"].value() == "2"
    assert (form["titre"].value(), form["description"].value()) == ("Mon titre", "Sa description")
    chef.post(adresse, {champ.name: champ.value() or "" for champ in form})
    fiche.refresh_from_db()
    assert (fiche.titre, fiche.description, fiche.presentateur) == ("Mon titre", "Sa description", "Elle")
    assert fiche.version == 3


def test_the_content_of_a_finished_fiche_is_refused_with_a_sentence(chef, territoire):
    fiche = make_fiche(territoire=territoire, statut=S.REALISEE)
    assert url("fiche-update", fiche) not in chef.get(fiche.get_absolute_url()).content.decode()
    page = chef.post(url("fiche-update", fiche), saisie(fiche, titre="Trop tard")).content.decode()
    assert "son contenu ne change plus" in page
    assert "Trop tard" in page


# --- versions ----------------------------------------------------------------------------------------------------


def test_two_versions_are_compared_field_by_field(chef, territoire):
    fiche = make_fiche(territoire=territoire, titre="Premier titre")
    actions.update_fiche(fiche=fiche, by=FABRIQUE, version_lue=1, titre="Second titre")
    reponse = chef.get(url("fiche-versions", fiche))
    assert [(e.titre, e.avant, e.apres) for e in reponse.context["ecarts"]] == [
        ("Titre", "Premier titre", "Second titre")
    ]
    memes = chef.get(url("fiche-versions", fiche) + "?a=2&b=2").content.decode()
    assert "C’est la même version" in memes
    assert chef.get(url("fiche-versions", fiche) + "?a=x&b=99").status_code == 200


def test_editing_an_annexed_fiche_says_that_the_acte_keeps_its_version(territoire, chef):
    fiche = make_fiche(territoire=territoire, statut=S.VALIDEE)
    assert "n’y entrera que par un avenant" not in chef.get(url("fiche-update", fiche)).content.decode()
    acte = make_acte(territoire=territoire, statut=StatutActe.ARRETE)
    page = chef.get(url("fiche-update", fiche)).content.decode()
    assert acte.titre in page
    assert "n’y entrera que par un avenant" in page


def test_what_the_region_asks_is_read_on_the_fiche_and_in_what_waits(connecter):
    territoire = make_territoire()
    fiche = make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    actions.move_fiche(
        fiche=fiche, vers=StatutFiche.A_COMPLETER, motif="Précisez le calendrier des travaux.", by=FABRIQUE
    )
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    page = chef.get(fiche.get_absolute_url()).content.decode()
    assert "Ce que la Région demande" in page
    assert page.index("Précisez le calendrier des travaux.") < page.index("Historique")
    assert "Précisez le calendrier des travaux." in chef.get(reverse("espace-accueil")).content.decode()
    assert "Précisez le calendrier des travaux." in chef.get(reverse("espace-attentes")).content.decode()
