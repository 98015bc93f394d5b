"""Les espaces : ce qui m’attend, la vue d’ensemble, le journal, les métiers."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from maillage.fiches.enums import StatutFiche
from maillage.financement.actions import move_ligne
from maillage.financement.enums import StatutLigne
from maillage.notifications.models import Attente
from maillage.socle.horloge import aujourdhui
from maillage.territoires.selectors import attentes_for
from tests.fabriques import (
    EUROS,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_plan,
    make_territoire,
)

pytestmark = pytest.mark.django_db

JOUR = date(2019, 11, 19)


def lire(client, nom, *args, **parametres):
    reponse = client.get(reverse(nom, args=args), parametres)
    assert reponse.status_code == 200
    return reponse.content.decode()


def texte(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


def cle(territoire):
    return territoire.vague.code, territoire.id_ti


@pytest.fixture
def territoire():
    return make_territoire("v1/ti-4403", nom="Bassin d’essai")


# --- accueil -----------------------------------------------------------------------------------------------------


def test_a_new_account_is_told_what_to_do(connecter):
    page = lire(connecter(make_personne()), "espace-accueil")
    assert "Votre compte n’a encore ni territoire ni organisation" in page
    assert "Rien ne vous attend" in page


def test_what_waits_is_shown_with_its_territory_its_age_and_lateness(connecter, territoire, time_machine):
    time_machine.move_to(date(2020, 1, 10), tick=False)
    region = make_personne("region", territoire=territoire)
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, date_effet=date(2020, 1, 5))
    Attente.objects.filter(pk=attentes_for(region).get().pk).update(echeance=date(2020, 1, 9))
    page = texte(lire(connecter(region), "espace-accueil"))
    assert (
        "En retard Bassin d’essai · Région depuis le 5 janvier 2020 (5 jours), échéance le 9 janvier 2020"
        in page
    )


@pytest.mark.parametrize(
    ("role", "cartes"),
    [
        ("chef_projet", ["Bassin d’essai", "Organisations", "Référents", "Mon équipe"]),
        ("partenaire", ["Bassin d’essai", "Référents"]),
        ("epci", ["Mes territoires", "Référents", "Mon équipe"]),
        ("porteur", ["Mes actions", "Mon équipe"]),
        (
            "region",
            [
                "Mes territoires",
                "Région",
                "Pilotage",
                "Simulations",
                "Comités",
                "Cérémonies",
                "Organisations",
                "Référents",
                "Mon équipe",
            ],
        ),
        (
            "prefecture",
            [
                "Mes territoires",
                "Pilotage",
                "Simulations",
                "Cérémonies",
                "Organisations",
                "Référents",
                "Mon équipe",
            ],
        ),
        ("financeur", ["Financeur", "Simulations", "Référents", "Mon équipe"]),
        (
            "national",
            [
                "Programme",
                "Mes territoires",
                "Pilotage",
                "Simulations",
                "Comités",
                "Listes de territoires",
                "Organisations",
                "Référents",
                "Mon équipe",
            ],
        ),
    ],
)
def test_each_hat_has_its_card_and_every_card_opens(connecter, territoire, role, cartes):
    client = connecter(make_personne(role, territoire=territoire))
    page = lire(client, "espace-accueil")
    trouvees = re.findall(r'<h3><a href="([^"]+)">([^<]+)</a></h3>', page)
    assert [titre for _, titre in trouvees] == cartes
    for url, _ in trouvees:
        assert client.get(url).status_code == 200


def test_a_funder_card_appears_for_an_epci_once_something_is_asked_of_it(connecter, territoire):
    elue = make_personne("epci", territoire=territoire)
    epci = elue.fonctions.get().organisation
    assert "Financeur" not in lire(connecter(elue), "espace-accueil")
    make_ligne(financeur=epci, statut=StatutLigne.SOLLICITE)
    assert "Financeur" in lire(connecter(elue), "espace-accueil")


def test_the_full_list_of_what_waits_is_searched_and_exported(connecter, territoire):
    region = make_personne("region", territoire=territoire)
    for titre in ("Halle", "Pont"):
        make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, titre=titre)
    client = connecter(region)
    page = lire(client, "espace-attentes", q="Halle")
    assert "Halle" in page
    assert "Pont" not in page
    assert client.get(reverse("espace-attentes"), {"export": "xlsx"}).status_code == 200


def test_without_anything_waiting_the_list_says_so(connecter):
    assert "Rien ne vous attend" in lire(connecter(make_personne()), "espace-attentes")


# --- territoire --------------------------------------------------------------------------------------------------


def test_the_overview_shows_the_chain_the_money_and_the_vacant_places(connecter, territoire):
    fiche = make_fiche(territoire=territoire, statut=StatutFiche.RETENUE)
    make_plan(fiche=fiche, cout=100_000 * EUROS)
    make_ligne(fiche=fiche, statut=StatutLigne.ACCORDE, montant=40_000 * EUROS)
    page = texte(
        lire(connecter(make_personne("elu", territoire=territoire)), "espace-territoire", *cle(territoire))
    )
    assert "Prochain pas" in page
    assert "Obtenu 40 000 € (40 %)" in page
    assert "Industriel·le : Place vacante" in page
    assert "100 000 € de coût : 40 000 € obtenus" in page
    assert "Aucune réunion n’est prévue" in page


def test_an_empty_territory_says_where_to_start(connecter, territoire):
    page = lire(
        connecter(make_personne("chef_projet", territoire=territoire)), "espace-territoire", *cle(territoire)
    )
    assert "Aucune fiche action" in page


def test_a_foreign_territory_does_not_exist(connecter, territoire):
    client = connecter(make_personne("chef_projet", territoire=make_territoire("v1/ti-1")))
    for nom in ("espace-territoire", "territoire-journal"):
        assert client.get(reverse(nom, args=cle(territoire))).status_code == 404


def test_the_administrator_sees_neither_fiches_nor_money(connecter, territoire):
    make_plan(fiche=make_fiche(territoire=territoire))
    page = lire(connecter(make_personne("administrateur")), "espace-territoire", *cle(territoire))
    assert "Fiches et financement" not in page
    assert reverse("fiches", args=cle(territoire)) not in page


def test_the_person_who_is_waited_for_has_the_button(connecter, territoire):
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    region, elu = make_personne("region", territoire=territoire), make_personne("elu", territoire=territoire)
    assert "Le faire" in lire(connecter(region), "espace-territoire", *cle(territoire))
    vue = lire(connecter(elu), "espace-territoire", *cle(territoire))
    assert "Le faire" not in vue
    assert "attendu de la Région" in vue


def test_the_journal_is_filtered_by_subject_and_searched(connecter, territoire):
    make_fiche(territoire=territoire, titre="Halle")
    client = connecter(make_personne("chef_projet", territoire=territoire))
    assert "Halle" in lire(client, "territoire-journal", *cle(territoire), sujet="fiches")
    assert "Halle" not in lire(client, "territoire-journal", *cle(territoire), sujet="territoires")
    vide = texte(lire(client, "territoire-journal", *cle(territoire), q="introuvable"))
    assert "0 ligne" in vide
    assert "masquées par les filtres" in vide


def test_the_journal_is_exported(connecter, territoire):
    make_fiche(territoire=territoire, titre="Halle")
    client = connecter(make_personne("chef_projet", territoire=territoire))
    reponse = client.get(reverse("territoire-journal", args=cle(territoire)), {"export": "csv"})
    assert "Halle" in b"".join(reponse.streaming_content).decode()


def test_a_mandated_partner_does_not_read_the_journal(connecter, territoire):
    client = connecter(make_personne("partenaire", territoire=territoire))
    assert client.get(reverse("territoire-journal", args=cle(territoire))).status_code == 403
    assert "Derniers faits" not in lire(client, "espace-territoire", *cle(territoire))


# --- métiers -----------------------------------------------------------------------------------------------------


def test_a_region_sees_the_fiches_to_instruct_before_its_territories(connecter, territoire):
    make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, titre="Halle", date_effet=JOUR)
    client = connecter(make_personne("region", territoire=territoire))
    page = texte(lire(client, "espace-region"))
    assert page.index("Halle") < page.index("Territoires de la région")
    assert "19 novembre 2019" in page
    assert "Halle" in lire(client, "espace-region-fiches")


def test_a_region_with_nothing_to_instruct_is_told_so(connecter, territoire):
    client = connecter(make_personne("region", territoire=territoire))
    assert "Aucune fiche n’attend votre avis" in lire(client, "espace-region")
    assert "Aucune fiche n’attend votre avis" in lire(client, "espace-region-fiches")


def test_a_funder_answers_then_follows_its_commitments(connecter, territoire):
    fiche = make_fiche(territoire=territoire, titre="Halle")
    make_plan(fiche=fiche)
    banque = make_organisation(is_financeur=True)
    make_ligne(fiche=fiche, financeur=banque, statut=StatutLigne.SOLLICITE, montant=10_000 * EUROS)
    make_ligne(fiche=fiche, financeur=banque, statut=StatutLigne.ACCORDE, montant=5_000 * EUROS)
    client = connecter(make_personne("financeur", organisation=banque))
    assert "1 ligne" in texte(lire(client, "espace-financeur"))
    page = texte(lire(client, "espace-financeur-engagements"))
    assert "2 lignes" in page
    assert "15 000 € Demandé 5 000 € Accordé" in page
    assert "Délai médian de réponse, en jours" in page
    filtree = texte(lire(client, "espace-financeur-engagements", etat="accorde"))
    assert "5 000 € Demandé" in filtree
    assert "1 masquée" in filtree


def test_fictional_lines_are_told_apart_in_the_totals_of_a_funder(connecter, territoire):
    banque = make_organisation(is_financeur=True)
    for lieu, montant in ((territoire, 10_000), (make_territoire("v1/fictif-1", is_fictif=True), 7_000)):
        fiche = make_plan(fiche=make_fiche(territoire=lieu)).fiche
        make_ligne(fiche=fiche, financeur=banque, statut=StatutLigne.SOLLICITE, montant=montant * EUROS)
    client = connecter(make_personne("financeur", organisation=banque))
    page = texte(lire(client, "espace-financeur-engagements"))
    assert "17 000 € Demandé" in page
    assert "Des lignes fictives sont comprises" in page
    reelle = texte(lire(client, "espace-financeur-engagements", espace="reel"))
    assert "10 000 € Demandé" in reelle
    assert "fictives" not in reelle


def test_a_funder_without_request_is_told_when_one_will_appear(connecter):
    client = connecter(make_personne("financeur"))
    assert "Aucune demande n’attend votre réponse" in lire(client, "espace-financeur")
    assert "Aucune ligne ne vous est adressée" in lire(client, "espace-financeur-engagements")


def test_a_carrier_sees_its_actions_and_an_empty_space_says_how_one_comes(connecter, territoire):
    porteur = make_organisation(nom="Forges")
    patron = connecter(make_personne("porteur", organisation=porteur))
    assert "ne porte encore aucune action" in lire(patron, "espace-porteur")
    make_fiche(territoire=territoire, porteur=porteur, titre="Halle")
    assert "Halle" in lire(patron, "espace-porteur")


@pytest.mark.parametrize(
    "nom",
    [
        "espace-region",
        "espace-region-fiches",
        "espace-financeur",
        "espace-financeur-engagements",
        "espace-porteur",
    ],
)
def test_a_space_that_is_not_mine_is_refused_with_a_sentence(connecter, territoire, nom):
    reponse = connecter(make_personne("chef_projet", territoire=territoire)).get(reverse(nom))
    assert reponse.status_code == 403
    assert "Cet espace est celui des" in reponse.content.decode()


def test_my_territories_are_those_of_my_remit(connecter, territoire):
    make_territoire("v1/ti-1", nom="Territoire lointain")
    page = lire(connecter(make_personne("chef_projet", territoire=territoire)), "espace-territoires")
    assert "Bassin d’essai" in page
    assert "Territoire lointain" not in page
    assert "Aucun territoire ne vous est ouvert" in lire(connecter(make_personne()), "espace-territoires")


@pytest.mark.parametrize(
    ("nom", "role"),
    [
        ("espace-accueil", "region"),
        ("espace-region", "region"),
        ("espace-region-fiches", "region"),
        ("espace-territoires", "region"),
        ("espace-financeur", "financeur"),
        ("espace-financeur-engagements", "financeur"),
        ("espace-porteur", "porteur"),
        ("espace-territoire", "chef_projet"),
        ("territoire-feuille", "chef_projet"),
        ("espace-national", "national"),
        ("territoire-journal", "chef_projet"),
    ],
)
def test_the_number_of_queries_does_not_depend_on_the_rows(
    connecter, territoire, django_assert_max_num_queries, nom, role
):
    organisation = make_organisation(is_financeur=True) if role in ("financeur", "porteur") else None
    client = connecter(make_personne(role, territoire=territoire, organisation=organisation))
    args = cle(territoire) if nom in ("espace-territoire", "territoire-feuille", "territoire-journal") else ()

    def ajouter(n):
        for _ in range(n):
            fiche = make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE, porteur=organisation)
            make_plan(fiche=fiche)
            make_ligne(fiche=fiche, financeur=organisation, statut=StatutLigne.SOLLICITE)
            make_ligne(fiche=fiche, financeur=organisation, statut=StatutLigne.ACCORDE)

    ajouter(1)
    with django_assert_max_num_queries(40) as peu:
        lire(client, nom, *args)
    ajouter(5)
    with django_assert_max_num_queries(len(peu)):
        lire(client, nom, *args)


@time_machine.travel("2026-11-22 17:30:15+00:00", tick=False)
def test_the_hours_of_the_exports_are_those_of_paris(connecter, territoire):
    client = connecter(make_personne("chef_projet", territoire=territoire))
    adresse = reverse("territoire-journal", args=cle(territoire))
    csv = b"".join(client.get(adresse, {"export": "csv"}).streaming_content).decode()
    assert "2026-11-22 18:30" in csv
    feuille = load_workbook(BytesIO(client.get(adresse, {"export": "xlsx"}).getvalue())).active
    assert feuille.cell(row=2, column=4).value.isoformat() == "2026-11-22T18:30:15"


def test_an_announced_line_waits_since_its_last_step(connecter, territoire):
    demande, annonce = aujourdhui() - timedelta(days=30), aujourdhui() - timedelta(days=4)
    fiche = make_fiche(territoire=territoire, date_effet=demande)
    ligne = make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE, date_effet=demande)
    agent = make_personne("financeur", organisation=ligne.financeur)
    move_ligne(ligne=ligne, vers=StatutLigne.ANNONCE, by=agent, montant=1_000, date_effet=annonce)
    client = connecter(agent)
    reponse = client.get(reverse("espace-financeur"), {"export": "csv"})
    assert b"".join(reponse.streaming_content).decode().strip().endswith(";4")
    assert "(4 jours)" in lire(client, "espace-accueil").replace("\xa0", " ")


def test_every_total_of_a_funder_opens_the_lines_that_make_it(connecter):
    banque = make_organisation(is_financeur=True, nom="Banque")
    for statut, titre in ((StatutLigne.ACCORDE, "Décidée"), (StatutLigne.SOLLICITE, "Attendue")):
        fiche = make_plan(fiche=make_fiche(titre=titre)).fiche
        make_ligne(fiche=fiche, statut=statut, financeur=banque, montant=40_000 * EUROS)
    client = connecter(make_personne("financeur", organisation=banque))
    page = lire(client, "espace-financeur-engagements")
    for mesure in ("demande", "accorde", "conventionne", "verse"):
        assert f'href="?montant={mesure}"' in page
    accordees = texte(lire(client, "espace-financeur-engagements", montant="accorde"))
    assert "Décidée" in accordees
    assert "Attendue" not in accordees
    assert "40 000 € Accordé" in accordees
