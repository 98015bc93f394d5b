"""Les pages des rôles et des référents : ce qu’on y lit, ce qu’un refus garde, qui y écrit."""

import re
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from maillage.comptes.models import Organisation
from maillage.fiches.models import Portage
from maillage.territoires.actions import give_mandat
from maillage.territoires.actions_mandats import create_binome
from maillage.territoires.enums import EtatPlace, PorteeBinome, RangReferent, RoleMandat
from maillage.territoires.models import Binome, CofinancementPoste, Mandat, Place, Referent
from tests.fabriques import (
    FABRIQUE,
    make_fiche,
    make_organisation,
    make_personne,
    make_referent,
    make_region,
    make_territoire,
)

pytestmark = pytest.mark.django_db


def texte(reponse):
    html = reponse.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


@pytest.fixture
def territoire():
    return make_territoire("v2/ti-2701", nom="Doubs d’essai")


@pytest.fixture
def chef(territoire, connecter):
    return connecter(make_personne("chef_projet", territoire=territoire, nom="La cheffe"))


def adresse(nom, territoire, *args):
    return reverse(nom, args=[territoire.vague.code, territoire.id_ti, *args])


def test_vacant_places_are_shown_as_vacant(chef, territoire):
    page = texte(chef.get(adresse("territoire-roles", territoire)))
    assert page.count("Place vacante") == 2
    assert "elle n’empêche ni un atelier, ni une fiche" in page
    assert "La cheffe" in page


def test_a_pair_is_named_with_a_firm_nobody_knew(chef, territoire):
    url = adresse("mandat-create", territoire)
    saisie = {
        "role": "industriel",
        "prenom": "Ada",
        "nom": "Essai",
        "organisation": "Atelier neuf",
        "debut": "2024-01-01",
    }
    refuse = chef.post(url, saisie)
    assert refuse.status_code == 200
    assert "dites juste en dessous ce qu’elle est" in texte(refuse)
    assert 'value="Atelier neuf"' in refuse.content.decode()
    assert chef.post(url, saisie | {"type_organisation": "entreprise"}).status_code == 302
    mandat = Mandat.objects.get(role=RoleMandat.INDUSTRIEL)
    assert (str(mandat.personne), mandat.organisation.nom) == ("Ada Essai", "Atelier neuf")
    assert Organisation.objects.get(nom="Atelier neuf").type == "entreprise"


def test_an_overlap_is_refused_at_the_field_and_what_was_typed_comes_back(chef, territoire):
    give_mandat(
        territoire=territoire,
        personne=make_personne(nom="En place"),
        role=RoleMandat.ELU,
        debut=date(2024, 1, 1),
        by=FABRIQUE,
    )
    reponse = chef.post(
        adresse("mandat-create", territoire),
        {"role": "elu", "nom": "Suivante", "intitule": "Maire", "debut": "2024-06-01"},
    )
    assert reponse.status_code == 200
    html = reponse.content.decode()
    assert 'id="id_debut_error"' in html
    assert "Cette place est tenue par En place" in texte(reponse)
    assert 'value="Suivante"' in html
    assert 'value="Maire"' in html
    assert Mandat.objects.filter(role=RoleMandat.ELU).count() == 1


def test_a_mandate_is_corrected_ended_and_withdrawn(chef, territoire):
    mandat = give_mandat(
        territoire=territoire,
        personne=make_personne(nom="Une élue"),
        role=RoleMandat.ELU,
        debut=date(2024, 1, 1),
        by=FABRIQUE,
    )
    url = adresse("mandat-update", territoire, mandat.pk)
    assert "Dites pourquoi ce fait change" in texte(chef.post(url, {"debut": "2024-02-01"}))
    assert chef.post(url, {"debut": "2024-02-01", "motif": "faute"}).status_code == 302
    corrige = Mandat.objects.connus().get(role=RoleMandat.ELU)
    assert chef.get(url).status_code == 404  # l’ancien fait ne se corrige plus
    fin = adresse("fait-end", territoire, "mandat", corrige.pk)
    assert "ne vient pas après le début" in texte(chef.post(fin, {"fin": "2024-01-15"}))
    depart = {"fin": "2024-06-01", "motif": "démission"}
    assert "ferme" in texte(chef.post(fin, depart))  # ce que le geste ferme se dit avant
    assert chef.post(fin, depart | {"confirme": "oui"}).status_code == 302
    page = texte(chef.get(adresse("territoire-roles", territoire)))
    assert "Mandats finis (1)" in page
    assert "Une élue" in texte(chef.get(adresse("territoire-roles", territoire), {"au": "2024-03-01"}))
    fini = Mandat.objects.connus().get(role=RoleMandat.ELU)
    assert chef.post(adresse("mandat-cancel", territoire, fini.pk), {"motif": "homonyme"}).status_code == 302
    assert not Mandat.objects.connus().filter(role=RoleMandat.ELU).exists()


def test_binomes_places_post_and_body_are_entered(chef, territoire):
    epci = territoire.perimetres.get().epci
    assert "Choisissez l’intercommunalité" in texte(
        chef.post(adresse("binome-create", territoire), {"portee": "epci"})
    )
    chef.post(
        adresse("binome-create", territoire), {"portee": "epci", "epci": epci.pk, "is_chef_de_file": "on"}
    )
    binome = Binome.objects.get()
    assert (binome.epci, binome.is_chef_de_file) == (epci, True)
    chef.post(
        f"{adresse('place-declare', territoire, 'elu')}?binome={binome.pk}",
        {"etat": "a_confirmer", "source": "presse"},
    )
    assert Place.objects.get().etat == EtatPlace.A_CONFIRMER
    banque = make_organisation(nom="Banque d’essai")
    refuse = chef.post(
        adresse("cofinancement-create", territoire),
        {"financeur": "Banque d’essai", "taux": "beaucoup", "source": "s"},
    )
    assert "Ce n’est pas un taux" in texte(refuse)
    chef.post(
        adresse("cofinancement-create", territoire),
        {"financeur": "Banque d’essai", "taux": "62,5 %", "montant": "43 800,50", "source": "convention"},
    )
    part = CofinancementPoste.objects.get()
    assert (part.financeur, part.montant) == (banque, 4_380_050)
    chef.post(adresse("animation-create", territoire), {"organisation": "Banque d’essai", "mission": "anime"})
    page = texte(chef.get(adresse("territoire-roles", territoire)))
    for attendu in (
        epci.nom,
        "Chef de file",
        "Nom à confirmer",
        "62,5 %",
        "43 800,50 €",
        "convention",
        "anime",
    ):
        assert attendu in page


def test_a_share_that_no_decimal_writes_stays_a_fraction(chef, territoire):
    make_organisation(nom="Banque d’essai")
    chef.post(
        adresse("cofinancement-create", territoire),
        {"financeur": "Banque d’essai", "taux": "2/3", "source": "convention"},
    )
    assert "2/3" in texte(chef.get(adresse("territoire-roles", territoire)))


def test_those_who_only_read_see_no_gesture(territoire, connecter):
    page = connecter(make_personne("elu", territoire=territoire)).get(adresse("territoire-roles", territoire))
    assert "Ajouter un binôme" not in texte(page)
    assert "Corriger" not in texte(page)


def test_the_national_level_gives_mandates_too(territoire, connecter):
    national = connecter(make_personne("national"))
    assert (
        national.post(adresse("mandat-create", territoire), {"role": "elu", "nom": "Nommée"}).status_code
        == 302
    )


def test_an_unreadable_day_or_binome_breaks_nothing(chef, territoire):
    assert chef.get(adresse("territoire-roles", territoire), {"au": "hier"}).status_code == 200
    for binome in ("x", "999999", "9" * 40):
        url = f"{adresse('place-declare', territoire, 'elu')}?binome={binome}"
        assert chef.get(url).status_code == 404
    assert chef.get(adresse("place-declare", territoire, "roi")).status_code == 404
    assert chef.get(adresse("fait-end", territoire, "trone", 1)).status_code == 404


def test_the_page_costs_the_same_for_one_or_six_binomes(chef, territoire, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = adresse("territoire-roles", territoire)
    chef.get(url)
    with CaptureQueriesContext(connection) as vide:
        chef.get(url)
    for numero in range(6):
        binome = create_binome(
            territoire=territoire, portee=PorteeBinome.ACTION, sujet=f"Action {numero}", by=FABRIQUE
        )
        give_mandat(
            territoire=territoire, personne=make_personne(), role=RoleMandat.ELU, binome=binome, by=FABRIQUE
        )
        make_referent(territoire=territoire)
    with django_assert_num_queries(len(vide)):
        chef.get(url)


def test_each_binome_carries_an_action_and_hands_it_back(chef, territoire, connecter):
    binome = create_binome(territoire=territoire, portee=PorteeBinome.GENERAL, by=FABRIQUE)
    fiche = make_fiche(territoire=territoire, titre="Former")
    ailleurs = make_fiche(territoire=make_territoire("v2/ti-2702"))
    url = adresse("portage-create", territoire, binome.pk)
    assert "n’est pas à vous" in texte(chef.post(url, {"fiche": ailleurs.pk}))
    assert chef.post(url, {"fiche": fiche.pk, "debut": "2024-01-01"}).status_code == 302
    assert "porte déjà cette action" in texte(chef.post(url, {"fiche": fiche.pk}))
    assert f"Porte : {fiche}" in texte(chef.get(adresse("territoire-roles", territoire)))
    administrateur = connecter(make_personne("administrateur"))
    assert "Former" not in texte(administrateur.get(adresse("territoire-roles", territoire)))
    portage = Portage.objects.get()
    chef.post(adresse("fait-end", territoire, "portage", portage.pk), {"fin": "2024-06-01"})
    assert "Porte :" not in texte(chef.get(adresse("territoire-roles", territoire)))
    assert "Porte :" in texte(chef.get(adresse("territoire-roles", territoire), {"au": "2024-03-01"}))


# --- référents ---------------------------------------------------------------------------------------------------


def test_an_operator_names_its_referents_for_a_region_and_the_others_are_listed(connecter, territoire):
    voisin = make_territoire("v2/ti-2702", nom="Voisin d’essai")
    banque = make_organisation(nom="Banque d’essai")
    make_organisation(nom="Agence d’essai")
    client = connecter(make_personne("financeur", organisation=banque))
    saisie = {"organisation": banque.pk, "nom": "Delta", "prenom": "Dana", "rang": "titulaire"}
    sans_lieu = client.post(reverse("referent-create"), saisie)
    assert "Dites pour quel territoire" in texte(sans_lieu)
    reponse = client.post(
        reverse("referent-create"), saisie | {"region": make_region().pk, "courriel": "dana@essai.example"}
    )
    assert reponse.status_code == 302
    assert Referent.objects.filter(organisation=banque).count() == 2
    page = texte(client.get(reverse("referents")))
    assert "Doubs d’essai" in page
    assert "Dana Delta" in page
    manquants = texte(client.get(reverse("referents-manquants")))
    assert "Agence d’essai" in manquants
    filtres = texte(client.get(reverse("referents-manquants"), {"operateur": banque.pk}))
    assert "Personne ne manque" in filtres
    assert voisin.nom in texte(client.get(reverse("referents"), {"q": "voisin"}))


def test_an_operator_names_nobody_for_another_one(connecter, territoire):
    banque, autre = make_organisation(), make_organisation()
    client = connecter(make_personne("financeur", organisation=banque))
    reponse = client.post(
        reverse("referent-create"),
        {"organisation": autre.pk, "nom": "X", "rang": "titulaire", "territoire": territoire.cle},
    )
    assert reponse.status_code == 200
    assert not Referent.objects.exists()
    etranger = make_referent(territoire=territoire, organisation=autre)
    assert client.get(reverse("referent-end", args=[etranger.pk])).status_code == 404


def test_a_second_first_referent_is_refused_at_the_rank(connecter, territoire):
    banque = make_organisation()
    make_referent(territoire=territoire, organisation=banque)
    client = connecter(make_personne("financeur", organisation=banque))
    saisie = {"organisation": banque.pk, "nom": "X", "rang": "titulaire", "territoire": territoire.cle}
    reponse = client.post(reverse("referent-create"), saisie)
    assert 'id="id_rang_error"' in reponse.content.decode()
    assert client.post(reverse("referent-create"), saisie | {"rang": "suppleant"}).status_code == 302
    assert Referent.objects.filter(rang=RangReferent.SUPPLEANT).count() == 1


def test_the_directory_is_exported(connecter, territoire):
    make_referent(territoire=territoire, organisation=make_organisation(nom="Banque d’essai"))
    client = connecter(make_personne("chef_projet", territoire=territoire))
    csv = b"".join(client.get(reverse("referents"), {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("Territoire;Clé;Région;Opérateur;Référent;Rang")
    assert "Doubs d’essai;v2/ti-2701" in csv
    make_organisation(nom="Agence d’essai")
    reponse = client.get(reverse("referents-manquants"), {"export": "xlsx"})
    lignes = list(load_workbook(BytesIO(reponse.getvalue())).active.values)
    assert lignes[1][0] == "Doubs d’essai"
    assert lignes[1][4] == "Agence d’essai"


def test_the_directory_shows_only_the_territories_one_follows(connecter, territoire):
    ailleurs = make_territoire("v2/ti-9901", nom="Ailleurs")
    make_referent(territoire=ailleurs)
    client = connecter(make_personne("chef_projet", territoire=territoire))
    assert "Ailleurs" not in texte(client.get(reverse("referents")))


def test_the_directory_shows_a_rehearsal_to_all_who_read_it(connecter, territoire):
    fictif = make_territoire("v1/fictif-1", nom="Répétition", is_fictif=True)
    referent = make_referent(territoire=fictif)
    for personne in (
        make_personne("national"),
        make_personne("financeur", organisation=referent.organisation),
        make_personne("region", territoire=fictif),
        make_personne("chef_projet", territoire=fictif),
    ):
        assert "Répétition" in texte(connecter(personne).get(reverse("referents")))


def test_nobody_is_said_to_be_missing_where_no_territoire_is_concerned(connecter):
    passe = make_territoire("v1/ti-2790", nom="Phase finie")
    page = texte(
        connecter(make_personne("chef_projet", territoire=passe)).get(reverse("referents-manquants"))
    )
    assert "Aucun territoire concerné" in page
    assert "Personne ne manque" not in page


def test_the_directory_costs_the_same_for_one_or_many(connecter, territoire, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = connecter(make_personne("national"))
    banque = make_organisation()
    make_referent(territoire=territoire, organisation=banque)
    for nom in ("referents", "referents-manquants"):
        client.get(reverse(nom))
        with CaptureQueriesContext(connection) as une:
            client.get(reverse(nom))
        for numero in range(3):
            make_territoire(f"v2/ti-{nom[-3:]}{numero}")
            make_referent(territoire=territoire, organisation=banque, rang=RangReferent.SUPPLEANT)
        with django_assert_num_queries(len(une)):
            client.get(reverse(nom))
