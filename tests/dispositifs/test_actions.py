from datetime import date

import pytest

from maillage.comptes.enums import RoleOrganisation
from maillage.dispositifs.actions import create_dispositif, record_convention, record_version
from maillage.dispositifs.enums import EtatDispositif, Famille, NatureAide
from maillage.dispositifs.models import Dispositif, VersionDispositif
from maillage.dispositifs.permissions import financeurs_of, user_can_update_dispositif
from maillage.dispositifs.policies import get_etat
from maillage.financement.actions import add_ligne
from maillage.financement.enums import NatureLigne
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from tests.fabriques import EUROS, FABRIQUE, make_dispositif, make_organisation, make_personne, make_plan

pytestmark = pytest.mark.django_db


def test_a_value_not_given_stays_unknown():
    version = make_dispositif(titre="Prime").versions.get()
    assert (version.taux_max, version.plancher_depense, version.cloture, version.accord_gouvernance) == (
        None,
        None,
        None,
        None,
    )
    assert version.description == ""
    assert version.porteurs == []


def test_a_version_keeps_what_it_does_not_change_and_names_what_it_does():
    dispositif = make_dispositif(
        titre="Prime", contenu={"taux_max": 5000}, listes={Famille.NATURE: [NatureAide.SUBVENTION]}
    )
    version = record_version(
        dispositif=dispositif,
        contenu={"plancher_depense": 400_000 * EUROS},
        version_lue=1,
        depuis=date(2025, 1, 1),
        motif="règles de 2025",
        by=FABRIQUE,
    )
    assert (version.numero, version.taux_max, version.plancher_depense) == (2, 5000, 400_000 * EUROS)
    assert version.get_codes(Famille.NATURE) == ["subvention"]
    entree = Entree.objects.latest("id")
    assert phrase(entree).endswith("(dépense éligible au moins)")
    assert dispositif.versions.get(numero=1).plancher_depense is None


def test_the_version_in_force_is_the_last_one_whose_day_has_come():
    dispositif = make_dispositif(depuis=date(2024, 1, 1))
    record_version(
        dispositif=dispositif,
        contenu={"taux_max": 2000},
        version_lue=1,
        depuis=date(2025, 1, 1),
        by=FABRIQUE,
    )

    def at(jour):
        return [v.numero for v in VersionDispositif.objects.en_vigueur(jour)]

    assert at(date(2023, 12, 31)) == []
    assert at(date(2024, 12, 31)) == [1]
    assert at(date(2025, 1, 1)) == [2]


def test_a_correction_of_the_past_does_not_replace_what_came_after():
    dispositif = make_dispositif(depuis=date(2024, 1, 1))
    record_version(
        dispositif=dispositif,
        contenu={"taux_max": 2000},
        version_lue=1,
        depuis=date(2025, 1, 1),
        by=FABRIQUE,
    )
    record_version(
        dispositif=dispositif,
        contenu={"taux_max": 1500},
        version_lue=2,
        depuis=date(2024, 6, 1),
        by=FABRIQUE,
    )
    assert VersionDispositif.objects.en_vigueur(date(2024, 7, 1)).get().taux_max == 1500
    assert VersionDispositif.objects.en_vigueur(date(2025, 7, 1)).get().taux_max == 2000


def test_nothing_is_written_when_nothing_changes():
    dispositif = make_dispositif(titre="Prime")
    avant = Entree.objects.count()
    record_version(dispositif=dispositif, contenu={"titre": " Prime "}, version_lue=1, by=FABRIQUE)
    assert dispositif.versions.count() == 1
    assert Entree.objects.count() == avant


def test_a_stale_edition_overwrites_nothing():
    dispositif = make_dispositif()
    record_version(dispositif=dispositif, contenu={"taux_max": 3000}, version_lue=1, by=FABRIQUE)
    with pytest.raises(ConflitEdition):
        record_version(dispositif=dispositif, contenu={"taux_max": 4000}, version_lue=1, by=FABRIQUE)
    assert Dispositif.objects.get().version == 2


@pytest.mark.parametrize(
    ("contenu", "champ"),
    [
        ({"titre": " "}, "titre"),
        ({"taux_min": 5000, "taux_max": 1000}, "taux_min"),
        ({"plancher_depense": 2, "plafond_depense": 1}, "plancher_depense"),
        ({"plancher_aide": -1}, "plancher_aide"),
        ({"ouverture": date(2025, 2, 1), "cloture": date(2025, 1, 1)}, "cloture"),
        ({"url_source": "javascript:alert(1)"}, "url_source"),
        ({"naf": ["25.9.9"]}, "naf"),
        ({"effectif_min": 10, "effectif_max": 9}, "effectif_min"),
    ],
)
def test_a_content_that_means_nothing_is_refused_at_its_field(contenu, champ):
    with pytest.raises(ActionImpossible) as refus:
        make_dispositif(contenu=contenu)
    assert refus.value.champ == champ
    assert not Dispositif.objects.exists()


@pytest.mark.parametrize(
    ("famille", "code"), [(Famille.NATURE, "cadeau"), (Famille.PERIMETRE, "52"), (Famille.TAILLE, "XL")]
)
def test_a_code_out_of_its_list_is_refused(famille, code):
    with pytest.raises(ActionImpossible):
        make_dispositif(listes={famille: [code]})


def test_a_script_never_enters_the_catalogue():
    version = make_dispositif(
        contenu={
            "description": '<p onclick="x()">Aide<script>alert(1)</script> <a href="javascript:x">ici</a></p>'
        }
    ).versions.get()
    assert "script" not in version.description
    assert "onclick" not in version.description
    assert "<p>Aide" in version.description


def test_a_plain_text_keeps_its_paragraphs():
    assert make_dispositif(contenu={"description": "Un\nDeux\n\nTrois <5"}).versions.get().description == (
        "<p>Un<br>Deux</p><p>Trois &lt;5</p>"
    )


@pytest.mark.parametrize(
    ("contenu", "etat"),
    [
        ({}, EtatDispositif.NON_PUBLIE),
        ({"recurrence": "permanente"}, EtatDispositif.OUVERT),
        ({"ouverture": date(2025, 6, 2)}, EtatDispositif.A_VENIR),
        ({"ouverture": date(2025, 6, 1)}, EtatDispositif.OUVERT),
        ({"cloture": date(2025, 7, 2)}, EtatDispositif.OUVERT),
        ({"cloture": date(2025, 7, 1)}, EtatDispositif.BIENTOT_CLOS),
        ({"cloture": date(2025, 6, 1)}, EtatDispositif.BIENTOT_CLOS),
        ({"cloture": date(2025, 5, 31)}, EtatDispositif.CLOS),
    ],
)
def test_the_calendar_says_where_a_scheme_stands(contenu, etat):
    assert get_etat(make_dispositif(contenu=contenu).versions.get(), date(2025, 6, 1)) is etat


def test_a_funder_keeps_its_own_schemes_and_the_delegation_keeps_all():
    mien, autre = make_organisation(is_financeur=True), make_organisation(is_financeur=True)
    dispositif = make_dispositif(financeur=mien)
    agent = make_personne(RoleOrganisation.FINANCEUR, organisation=mien)
    etranger = make_personne(RoleOrganisation.FINANCEUR, organisation=autre)
    national = make_personne(RoleOrganisation.NATIONAL)
    porteur = make_personne(RoleOrganisation.PORTEUR, organisation=mien)
    assert [user_can_update_dispositif(p, dispositif) for p in (agent, etranger, national, porteur)] == [
        True,
        False,
        True,
        False,
    ]
    assert list(financeurs_of(agent)) == [mien]
    assert set(financeurs_of(national)) == {mien, autre}


def test_a_convention_is_recorded_once():
    operateur = make_organisation()
    for _ in range(2):
        convention = record_convention(
            operateur=operateur,
            titre="Convention d’essai",
            signee_le=date(2019, 3, 5),
            source="texte",
            by=FABRIQUE,
        )
    assert list(operateur.conventions.all()) == [convention]


def test_a_line_names_a_scheme_of_the_catalogue_or_a_text_never_both():
    financeur = make_organisation(is_financeur=True)
    dispositif = make_dispositif(titre="Prime", financeur=financeur)
    fiche = make_plan().fiche
    ligne = add_ligne(
        fiche=fiche,
        financeur=financeur,
        nature=NatureLigne.SUBVENTION,
        montant=10 * EUROS,
        dispositif=dispositif,
        dispositif_libelle="autre chose",
        by=FABRIQUE,
    )
    assert (ligne.nom_dispositif, ligne.dispositif_libelle) == ("Prime", "")
    libre = add_ligne(
        fiche=fiche,
        financeur=financeur,
        nature=NatureLigne.SUBVENTION,
        montant=10 * EUROS,
        dispositif_libelle=" FNADT ",
        by=FABRIQUE,
    )
    assert libre.nom_dispositif == "FNADT"


def test_a_line_cannot_take_the_scheme_of_another_funder():
    dispositif = make_dispositif(financeur=make_organisation(is_financeur=True))
    with pytest.raises(ActionImpossible, match="choisissez son financeur"):
        add_ligne(
            fiche=make_plan().fiche,
            financeur=make_organisation(is_financeur=True),
            nature=NatureLigne.SUBVENTION,
            montant=10 * EUROS,
            dispositif=dispositif,
            by=FABRIQUE,
        )


def test_create_refuses_an_unknown_field():
    with pytest.raises(TypeError):
        create_dispositif(contenu={"titre": "x", "inconnu": 1}, by=FABRIQUE)
