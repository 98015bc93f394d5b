"""Pages autour d’une fiche : brouillon, versions, remarques, partage, fusion, scission."""

import pytest
from django.urls import reverse

from maillage.fiches.actions import save_brouillon, update_fiche
from maillage.fiches.actions_partage import propose_partage
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import BrouillonFiche
from tests.fabriques import FABRIQUE, make_fiche, make_personne, make_territoire

pytestmark = pytest.mark.django_db


def url(nom, fiche, *suite):
    return reverse(nom, args=[fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk, *suite])


@pytest.fixture
def territoire(db):
    return make_territoire()


@pytest.fixture
def personne(territoire):
    return make_personne("chef_projet", territoire=territoire)


@pytest.fixture
def chef(personne, connecter):
    return connecter(personne)


@pytest.fixture
def fiche(territoire):
    return make_fiche(territoire=territoire)


def test_a_draft_is_kept_offered_taken_up_then_gone_once_saved(chef, fiche):
    saisie = {
        "contexte": "À moitié écrit",
        "objectifs": "",
        "livrables": "",
        "public_vise": "",
        "version_lue": 1,
    }
    assert "garde_a" in chef.post(url("fiche-brouillon", fiche, "contexte"), saisie).json()
    page = url("fiche-partie", fiche, "contexte")
    assert "Reprendre le brouillon" in chef.get(page).content.decode()
    assert "À moitié écrit" not in chef.get(page).content.decode()
    assert "À moitié écrit" in chef.get(f"{page}?brouillon=1").content.decode()
    fiche.refresh_from_db()
    assert fiche.version == 1
    chef.post(page, saisie)
    fiche.refresh_from_db()
    assert fiche.contexte == "À moitié écrit"
    assert not BrouillonFiche.objects.exists()


def test_a_draft_is_read_by_its_author_only(chef, fiche, connecter):
    collegue = make_personne("partenaire", territoire=fiche.territoire)
    save_brouillon(fiche=fiche, partie="contexte", champs=[("contexte", "Secret")], by=collegue)
    assert "Secret" not in chef.get(url("fiche-partie", fiche, "contexte") + "?brouillon=1").content.decode()


def test_a_draft_can_be_forgotten_and_a_huge_one_is_a_sentence(chef, fiche):
    trop = chef.post(url("fiche-brouillon", fiche, "contexte"), {"contexte": "x" * 600_000})
    assert (trop.status_code, "trop long" in trop.json()["erreur"]) == (400, True)
    chef.post(url("fiche-brouillon", fiche, "contexte"), {"contexte": "a"})
    assert chef.post(url("fiche-brouillon", fiche, "contexte"), {"oublier": "1"}).status_code == 302
    assert not BrouillonFiche.objects.exists()
    assert chef.post(url("fiche-brouillon", fiche, "rien"), {}).status_code == 404


def test_a_version_is_taken_back_from_its_page(chef, fiche):
    update_fiche(fiche=fiche, by=FABRIQUE, version_lue=1, titre="Titre raté")
    assert "Reprendre ce contenu" in chef.get(url("fiche-versions", fiche)).content.decode()
    assert chef.post(url("version-restaurer", fiche, 1), {"version_lue": 2}).status_code == 302
    titre = fiche.titre
    fiche.refresh_from_db()
    assert (fiche.titre, fiche.version) == (titre, 3)
    assert chef.post(url("version-restaurer", fiche, 1), {"version_lue": 2}, follow=True).status_code == 200


def test_the_region_says_it_has_read_and_sees_what_changed(connecter, territoire):
    fiche = make_fiche(territoire=territoire, statut=StatutFiche.TRANSMISE)
    region = connecter(make_personne("region", territoire=territoire))
    assert "Noter comme lue" in region.get(fiche.get_absolute_url()).content.decode()
    region.post(url("fiche-lue", fiche))
    lue = fiche.version
    update_fiche(fiche=fiche, by=FABRIQUE, version_lue=lue, objectifs="Former")
    page = region.get(fiche.get_absolute_url()).content.decode()
    assert "Voir ce qui a changé depuis" in page
    assert "Former" in region.get(url("fiche-versions", fiche) + f"?a={lue}&b={lue + 1}").content.decode()


def test_a_remark_is_written_answered_and_closed(chef, fiche, personne):
    page = url("fiche-remarques", fiche)
    assert chef.post(page, {"champ": "porteur", "texte": ""}).status_code == 200
    assert chef.post(page, {"champ": "porteur", "texte": "Qui porte ?"}).status_code == 302
    remarque = fiche.commentaires.get()
    assert chef.post(page, {"parent": remarque.pk, "texte": ""}).status_code == 200
    assert chef.post(page, {"parent": remarque.pk, "texte": "La CCI"}).status_code == 302
    contenu = chef.get(page).content.decode()
    assert "Qui porte" in contenu
    assert "La CCI" in contenu
    assert "1 ouverte" in chef.get(fiche.get_absolute_url()).content.decode()
    assert chef.post(url("remarque-clore", fiche, remarque.pk)).status_code == 302
    assert "Close" in chef.get(page).content.decode()
    assert chef.post(page, {"parent": "999999", "texte": "a"}).status_code == 404


def test_another_territory_answers_on_its_own_page(chef, fiche, connecter):
    autre = make_territoire("v1/ti-5201", nom="Bresle – Vimeu")
    page = url("fiche-territoires", fiche)
    assert "Aucun territoire" in chef.post(page, {"territoire": "Nulle part"}).content.decode()
    assert chef.post(page, {"territoire": "v9/x/y"}).status_code == 200
    assert chef.post(page, {"territoire": "v1/ti-5201", "part": "30"}).status_code == 302
    partage = fiche.partages.get()
    partenaire = connecter(make_personne("chef_projet", territoire=autre))
    assert "Accepter" in partenaire.get(page).content.decode()
    assert partenaire.post(url("partage-repondre", fiche, partage.pk), {"accepte": "non"}).status_code == 302
    partage.refresh_from_db()
    assert partage.etat == "propose"
    partenaire.post(url("partage-repondre", fiche, partage.pk), {"accepte": "oui"})
    liste = partenaire.get(reverse("fiches", args=["v1", "ti-5201"])).content.decode()
    assert fiche.titre in liste
    assert fiche.territoire.nom in liste
    sortie = partenaire.post(url("partage-retirer", fiche, partage.pk), follow=True)
    assert sortie.status_code == 200
    assert partenaire.get(page).status_code == 404


def test_the_lead_ends_a_share_but_another_partner_does_not(chef, fiche, connecter):
    un, deux = (
        propose_partage(fiche=fiche, territoire=make_territoire(f"v1/ti-520{n}"), by=FABRIQUE) for n in (1, 2)
    )
    intrus = connecter(make_personne("chef_projet", territoire=deux.territoire))
    assert intrus.post(url("partage-repondre", fiche, un.pk), {"accepte": "oui"}).status_code == 403
    assert intrus.post(url("partage-retirer", fiche, un.pk)).status_code == 403
    assert chef.post(url("partage-retirer", fiche, un.pk)).status_code == 302


def test_a_merge_and_a_split_from_their_pages(chef, fiche):
    autre = make_fiche(territoire=fiche.territoire, code="F90")
    page = url("fiche-fusionner", fiche)
    assert "Choisissez" in chef.post(page, {}).content.decode()
    assert chef.post(page, {"dans": autre.pk, "motif": "Même sujet"}).status_code == 302
    assert "fusionnée dans" in chef.get(fiche.get_absolute_url()).content.decode()
    scinder = url("fiche-scinder", autre)
    assert "au moins deux" in chef.post(scinder, {"code_1": "F90.1", "titre_1": "Un"}).content.decode()
    donnees = {"code_1": "F90.1", "titre_1": "Un", "code_2": "F90.2", "titre_2": "Deux"}
    assert chef.post(scinder, donnees).status_code == 302
    assert "est scindée" in chef.get(autre.get_absolute_url()).content.decode()
