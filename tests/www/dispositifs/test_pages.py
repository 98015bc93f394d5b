from datetime import date

import pytest
from django.urls import reverse

from calcul.dispositifs.adequation import Verdict
from maillage.comptes.enums import RoleOrganisation
from maillage.dispositifs.actions import record_version
from maillage.dispositifs.enums import Famille, NatureAide
from maillage.dispositifs.models import Dispositif
from maillage.dispositifs.selectors import versions_en_vigueur
from maillage.financement.models import LigneFinancement
from maillage.financement.selectors_dispositifs import fiches_for_dispositif, list_propositions
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_dispositif,
    make_fiche,
    make_organisation,
    make_personne,
    make_plan,
    make_territoire,
)

pytestmark = pytest.mark.django_db
SUBVENTION = {Famille.NATURE: [NatureAide.SUBVENTION]}


def _page(client, nom, *args, **requete):
    reponse = client.get(reverse(nom, args=args), requete)
    assert reponse.status_code == 200
    return reponse.content.decode()


def test_the_catalogue_is_public_searched_and_filtered(client):
    make_dispositif(titre="Prime à l’écologie", listes=SUBVENTION)
    make_dispositif(titre="Fonds de roulement", listes={Famille.NATURE: ["pret"]})
    make_dispositif(titre="Répétition", is_fictif=True)
    page = _page(client, "dispositifs")
    assert "Prime" in page
    assert "Répétition" not in page
    assert "Fonds de roulement" not in _page(client, "dispositifs", nature="subvention")
    assert "Prime" in _page(client, "dispositifs", q="ECOLOGIE")


@pytest.mark.parametrize(
    ("contenu", "etat"),
    [
        ({}, "non_publie"),
        ({"recurrence": "permanente"}, "ouvert"),
        ({"cloture": date(2020, 1, 1)}, "clos"),
        ({"ouverture": date(2999, 1, 1)}, "a_venir"),
    ],
)
def test_the_calendar_filter_agrees_with_the_rule(client, contenu, etat):
    make_dispositif(titre="Le mien", contenu=contenu)
    trouves = [e for e in ("non_publie", "ouvert", "clos", "a_venir", "bientot_clos")
               if "Le mien" in _page(client, "dispositifs", etat=e)]  # fmt: skip
    assert trouves == [etat]


def test_the_catalogue_asks_the_same_number_of_queries_for_one_or_many(client, django_assert_max_num_queries):
    for _ in range(12):
        make_dispositif(listes=SUBVENTION)
    with django_assert_max_num_queries(9):
        _page(client, "dispositifs")


def test_a_value_shows_its_source_and_an_unknown_one_is_said_unknown(client):
    dispositif = make_dispositif(
        contenu={"taux_max": 7000},
        sources={"*": {"texte": "Notice générale"}, "taux_max": {"texte": "Fiche de 2022"}},
    )
    page = _page(client, "dispositif-detail", dispositif.pk)
    assert "70\u00a0%" in page
    assert "Fiche de 2022" in page
    assert "Non publié dans les sources lues" in page


def test_a_past_day_shows_the_version_of_that_day(client):
    dispositif = make_dispositif(contenu={"promesse": "Avant"}, depuis=date(2024, 1, 1))
    record_version(
        dispositif=dispositif,
        contenu={"promesse": "Après"},
        version_lue=1,
        depuis=date(2025, 1, 1),
        by=FABRIQUE,
    )
    assert "Avant" in _page(client, "dispositif-detail", dispositif.pk, au="2024-06-01")
    assert "Après" in _page(client, "dispositif-detail", dispositif.pk)
    comparaison = _page(client, "dispositif-versions", dispositif.pk)
    assert "Avant" in comparaison
    assert "Après" in comparaison
    assert client.get(reverse("dispositif-detail", args=[dispositif.pk]), {"au": "hier"}).status_code == 404


def _saisie(**champs):
    return {"titre": "Prime", "source_texte": "Délibération", "nature": ["subvention"]} | champs


def test_a_funder_inscribes_its_scheme(client):
    agent = make_personne(RoleOrganisation.FINANCEUR)
    financeur = agent.get_fonctions()[0].organisation
    client.force_login(agent)
    url = reverse("dispositif-create")
    refus = client.post(url, _saisie(financeur=financeur.pk, taux_max="0,5"))
    assert refus.status_code == 200
    assert "pour la moitié" in refus.content.decode().lower()
    assert "Délibération" in refus.content.decode()
    client.post(
        url, _saisie(financeur=financeur.pk, taux_max="50", plancher_depense="1\u202f000,50 €", axe=[])
    )
    version = Dispositif.objects.get().versions.get()
    assert (version.taux_max, version.plancher_depense) == (5000, 100_050)
    assert version.sources == {"*": {"texte": "Délibération"}}


def test_an_edition_changes_only_what_was_typed_and_sources_it(client):
    agent = make_personne(RoleOrganisation.FINANCEUR)
    riche = "<p>Un <strong>gras</strong></p>"
    dispositif = make_dispositif(
        titre="Prime",
        financeur=agent.get_fonctions()[0].organisation,
        contenu={"description": riche, "naf": ["C"], "base_juridique": [{"libelle": "Loi", "lien": ""}]},
        listes=SUBVENTION,
        sources={"*": {"texte": "Avant"}},
    )
    client.force_login(agent)
    url = reverse("dispositif-update", args=[dispositif.pk])
    formulaire = client.get(url).context["form"]
    donnees = {nom: formulaire[nom].value() for nom in formulaire.fields}
    donnees = {nom: "" if valeur is None else valeur for nom, valeur in donnees.items()}
    donnees |= {"naf": "C", "base_juridique": "Loi", "programmes": "", "secteurs": "", "perimetre": "",
                "perimetre_exclu": "", "naf_exclus": "", "avance_max": "15", "source_texte": "Instruction"}  # fmt: skip
    reponse = client.post(url, donnees)
    assert reponse.status_code == 302, reponse.context["form"].errors
    version = dispositif.versions.get(numero=2)
    assert (version.avance_max, version.description, version.naf) == (1500, riche, ["C"])
    assert version.sources == {"*": {"texte": "Avant"}, "avance_max": {"texte": "Instruction"}}
    perime = client.post(url, donnees | {"avance_max": "20"})
    assert perime.status_code == 200
    assert "entre-temps" in perime.content.decode()


def test_a_fiche_sees_what_fits_what_may_and_what_does_not():
    territoire = make_territoire()
    fiche = make_plan(fiche=make_fiche(territoire=territoire), cout=100_000 * EUROS).fiche
    convient = make_dispositif(titre="A", listes={Famille.BENEFICIAIRE: ["entreprise"]})
    peut = make_dispositif(titre="B", contenu={"accord_gouvernance": True})
    non = make_dispositif(titre="C", listes={Famille.VAGUE: ["v2"]})
    rangees = list_propositions(fiche, au=aujourdhui())
    assert {v: [p.version.dispositif for p in lot] for v, lot in rangees.items()} == {
        Verdict.CONVIENT: [convient],
        Verdict.PEUT_CONVENIR: [peut],
        Verdict.NE_CONVIENT_PAS: [non],
    }


def test_the_queries_of_a_fiche_do_not_follow_the_catalogue(client, django_assert_max_num_queries):
    fiche = make_plan().fiche
    for _ in range(6):
        make_dispositif(listes={Famille.PERIMETRE: ["REG-52"]})
    with django_assert_max_num_queries(12):
        list_propositions(fiche, au=aujourdhui())
    for _ in range(6):
        make_dispositif(listes={Famille.PERIMETRE: ["REG-52"]})
    with django_assert_max_num_queries(12):
        list_propositions(fiche, au=aujourdhui())


def test_adding_to_the_plan_makes_a_hoped_line_that_names_the_scheme(client):
    fiche = make_plan(cout=100_000 * EUROS).fiche
    dispositif = make_dispositif(contenu={"taux_max": 3000}, listes=SUBVENTION)
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    client.force_login(chef)
    args = [fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk]
    page = _page(client, "fiche-dispositifs", *args)
    assert "au plus 30\u00a0000\u00a0€" in page
    url = reverse("fiche-dispositif-add", args=[*args, dispositif.pk])
    assert "30\u00a0000" in client.get(url).content.decode()
    assert client.post(url, {"montant": "-5"}).status_code == 200
    client.post(url, {"montant": "25 000"})
    ligne = LigneFinancement.objects.get()
    assert (ligne.dispositif, ligne.statut, ligne.montant_pressenti) == (
        dispositif,
        "pressenti",
        25_000 * EUROS,
    )
    assert "Déjà au plan" in _page(client, "fiche-dispositifs", *args)


def test_a_scheme_lists_only_the_fiches_i_see(client):
    mienne, autre = make_fiche(), make_fiche(territoire=make_territoire("v1/ti-5202"))
    dispositif = make_dispositif(listes={Famille.BENEFICIAIRE: ["entreprise"]})
    chef = make_personne("chef_projet", territoire=mienne.territoire)
    client.force_login(chef)
    page = _page(client, "dispositif-fiches", dispositif.pk)
    assert mienne.titre in page
    assert autre.titre not in page


def test_a_closed_scheme_serves_no_fiche(client):
    fiche = make_fiche()
    dispositif = make_dispositif(contenu={"cloture": date(2020, 1, 1)})
    client.force_login(make_personne("chef_projet", territoire=fiche.territoire))
    page = _page(client, "dispositif-fiches", dispositif.pk)
    assert "Ce dispositif est clos" in page
    assert fiche.titre not in page


@pytest.mark.parametrize(
    ("listes", "servies"),
    [
        ({}, True),
        ({Famille.VAGUE: ["v2"]}, False),
        ({Famille.AXE: ["v1/recruter"]}, True),
        ({Famille.AXE: ["v1/simplifier"]}, False),
        ({Famille.AXE: ["v2/innovation"]}, True),
        ({Famille.BENEFICIAIRE: ["commune"]}, False),
        ({Famille.PERIMETRE: ["REG-52"]}, True),
        ({Famille.PERIMETRE: ["REG-11"]}, False),
    ],
)
def test_the_database_leaves_out_only_what_the_rule_refuses(listes, servies):
    fiche = make_fiche()
    chef = make_personne("chef_projet", territoire=fiche.territoire)
    dispositif = make_dispositif(listes=listes)
    version = versions_en_vigueur(aujourdhui()).get(dispositif=dispositif)
    assert fiches_for_dispositif(chef, version).filter(pk=fiche.pk).exists() is servies
    rangees = list_propositions(fiche, au=aujourdhui())
    assert bool(rangees[Verdict.NE_CONVIENT_PAS]) is not servies


def test_a_rehearsal_scheme_is_not_public(client):
    dispositif = make_dispositif(is_fictif=True)
    assert client.get(reverse("dispositif-detail", args=[dispositif.pk])).status_code == 404


def test_a_foreign_funder_may_read_but_not_edit(client):
    dispositif = make_dispositif(financeur=make_organisation(is_financeur=True))
    client.force_login(make_personne(RoleOrganisation.FINANCEUR))
    assert client.get(reverse("dispositif-detail", args=[dispositif.pk])).status_code == 200
    assert client.get(reverse("dispositif-update", args=[dispositif.pk])).status_code == 403
