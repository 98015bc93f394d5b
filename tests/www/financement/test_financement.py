"""Pages du financement : vue d’ensemble, plan d’une fiche, page d’une ligne, avec ou sans compte."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from calcul.exemples import build_plan, read_table
from calcul.financement.regles import REGLES
from calcul.montants import format_montant
from maillage.comptes.actions import update_organisation
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Fonction
from maillage.financement import actions
from maillage.financement.enums import NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import LigneFinancement, PlanFinancement
from maillage.notifications.models import Courriel
from maillage.www.comptes.views import CLE_LIENS
from maillage.www.financement.presentation import get_badge, list_chiffres
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    PDF,
    make_fiche,
    make_invite,
    make_ligne,
    make_organisation,
    make_personne,
    make_piece,
    make_plan,
    make_territoire,
)

pytestmark = pytest.mark.django_db
S = StatutLigne


def url(nom, fiche, *suite):
    return reverse(nom, args=[fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk, *suite])


def url_financement(territoire):
    return reverse("financement", args=[territoire.vague.code, territoire.id_ti])


@pytest.fixture
def territoire(db):
    return make_territoire()


@pytest.fixture
def chef(territoire, connecter):
    return connecter(make_personne("chef_projet", territoire=territoire))


@pytest.fixture
def fiche(territoire):
    return make_plan(fiche=make_fiche(territoire=territoire), cout=100_000 * EUROS).fiche


@pytest.fixture
def ligne(fiche):
    return make_ligne(fiche=fiche, statut=S.SOLLICITE)


@pytest.fixture
def agent(ligne, connecter):
    return connecter(make_personne("financeur", organisation=ligne.financeur))


def arrete():
    return SimpleUploadedFile("arrete.pdf", PDF, content_type="application/pdf")


def pas(ligne, vers, **champs):
    """Ce que le navigateur envoie pour un pas de la ligne."""
    champs.setdefault("etape_lue", ligne.etapes.last().pk)
    return {f"{vers.value}-{cle}": valeur for cle, valeur in champs.items()}


# --- vue d’ensemble ----------------------------------------------------------------------------------------------


def test_the_overview_sums_the_money_and_counts_fiches_by_state(chef, territoire, fiche):
    make_ligne(fiche=fiche, statut=S.ACCORDE, montant=40_000 * EUROS)
    make_fiche(territoire=territoire)
    reponse = chef.get(url_financement(territoire))
    assert reponse.context["barre"].obtenu == 40_000 * EUROS
    comptes = {code: nombre for code, _, nombre in reponse.context["comptes"]}
    assert (comptes["a_completer"], comptes["non_chiffree"], sum(comptes.values())) == (1, 1, 2)


def test_the_lignes_are_listed_filtered_and_exported(chef, territoire, fiche):
    region = make_organisation(TypeOrganisation.REGION, nom="Région d’essai")
    make_ligne(fiche=fiche, financeur=region, origine=OrigineFinanceur.REGION)
    make_ligne(fiche=fiche, statut=S.ACCORDE)
    adresse = f"{url_financement(territoire)}?vue=lignes"
    assert chef.get(adresse).context["liste"].total == 2
    assert [li.statut for li in chef.get(f"{adresse}&statut=accorde").context["liste"].page] == ["accorde"]
    lignes = b"".join(chef.get(f"{adresse}&q=region essai&export=csv")).decode().splitlines()
    assert len(lignes) == 2
    assert "Pressenti" in lignes[1]
    assert ";40000,00;0,00;0,00" in lignes[1]


def test_an_overview_without_fiche_says_what_to_do(chef, territoire):
    assert "Rien à financer pour l’instant" in chef.get(url_financement(territoire)).content.decode()


def test_the_money_of_another_territoire_is_not_found(chef):
    assert chef.get(url_financement(make_territoire("v1/ti-9999"))).status_code == 404


# --- plan --------------------------------------------------------------------------------------------------------


def test_the_plan_says_what_is_missing_who_may_and_which_rules_hold(chef, fiche, ligne):
    page = chef.get(url("plan-detail", fiche)).content.decode()
    assert "Il manque" in page
    assert "Chaque financeur fait seul passer sa ligne" in page
    for regle in ("R01", "R03", "R07"):
        assert f"{regle} – " in page
    assert "L. 1111-10" in page or "L.1111-10" in page


def test_a_rule_that_is_broken_shows_its_numbers_and_its_remedy(chef, fiche):
    actions.update_cadre(fiche=fiche, by=FABRIQUE, version_lue=1, type_porteur="collectivite")
    make_ligne(fiche=fiche, montant=95_000 * EUROS, origine=OrigineFinanceur.ETAT_DOTATION)
    make_ligne(
        fiche=fiche,
        montant=5_000 * EUROS,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
    )
    page = chef.get(url("plan-detail", fiche)).content.decode()
    assert "Bloque le bouclage" in page
    assert "Que faire" in page
    assert "Autofinancement minimal" in page


def test_a_plan_not_opened_yet_is_shown_and_opened_by_its_first_depense(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    assert "n’est pas chiffré" in chef.get(url("plan-detail", fiche)).content.decode()
    assert not PlanFinancement.objects.exists()
    chef.post(
        url("depense-create", fiche),
        {
            "depense-libelle": "Étude",
            "depense-nature": "etudes",
            "depense-montant": "12 000,50",
            "depense-annee": "",
        },
    )
    assert fiche.plan.cout_total == 12_000_50


def test_a_bad_depense_comes_back_as_typed_with_a_sentence(chef, fiche):
    reponse = chef.post(
        url("depense-create", fiche),
        {
            "depense-libelle": "Étude",
            "depense-nature": "etudes",
            "depense-montant": "douze",
            "depense-annee": "20",
        },
    )
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert "«\u00a0douze\u00a0» n" in page
    assert 'value="Étude"' in page
    assert "L’année est entre 2000 et 2100" in page
    assert fiche.plan.depenses.count() == 1


def test_a_depense_is_changed_then_removed(chef, fiche):
    depense = fiche.plan.depenses.get()
    adresse = url("depense-update", fiche, depense.pk)
    assert depense.libelle in chef.get(adresse).content.decode()
    champs = {
        "depense-libelle": "Presse",
        "depense-nature": "equipement",
        "depense-montant": "1,2 M€",
        "depense-annee": "2020",
    }
    chef.post(adresse, champs)
    depense.refresh_from_db()
    assert (depense.libelle, depense.montant, depense.annee) == ("Presse", 120_000_000, 2020)
    page = chef.post(url("depense-delete", fiche, depense.pk), follow=True).content.decode()
    assert "La dépense «\u00a0Presse\u00a0» est retirée" in page
    assert not fiche.plan.depenses.exists()
    assert chef.get(adresse).status_code == 404


def test_a_ligne_is_added_with_the_origin_of_its_financeur(chef, fiche):
    region = make_organisation(TypeOrganisation.REGION, is_financeur=True)
    champs = {
        "ligne-nature": "subvention",
        "ligne-montant": "40 k€",
        "ligne-dispositif_libelle": "",
        "ligne-origine": "",
    }
    chef.post(url("ligne-create", fiche), champs | {"ligne-financeur": region.pk})
    ligne = LigneFinancement.objects.get()
    assert (ligne.origine, ligne.montant_pressenti, ligne.statut) == ("region", 40_000 * EUROS, "pressenti")
    refuse = chef.post(url("ligne-create", fiche), champs | {"ligne-financeur": make_organisation().pk})
    assert "Ce financeur n’est pas dans la liste" in refuse.content.decode()
    contraire = chef.post(
        url("ligne-create", fiche), champs | {"ligne-financeur": region.pk, "ligne-nature": "autofinancement"}
    ).content.decode()
    assert "payés par le porteur" in contraire
    assert "40 k€" in contraire


def test_the_frame_is_changed_and_a_conflict_shows_what_is_stored(chef, fiche):
    adresse = url("plan-update", fiche)
    champs = {
        "cadre-version_lue": fiche.plan.version,
        "cadre-type_porteur": "entreprise",
        "cadre-depense_eligible": "80 000",
        "cadre-exception_participation": "",
    }
    chef.post(adresse, champs)
    plan = PlanFinancement.objects.get(fiche=fiche)
    assert (plan.type_porteur, plan.is_investissement, plan.depense_eligible) == (
        "entreprise",
        False,
        80_000 * EUROS,
    )
    reponse = chef.post(adresse, champs | {"cadre-depense_eligible": "90 000"})
    page = reponse.content.decode()
    assert "enregistré par quelqu’un d’autre" in page
    assert f"Enregistré entre-temps\u00a0: «\u00a0{format_montant(80_000 * EUROS)}\u00a0»" in page
    assert 'value="90 000"' in page
    chef.post(adresse, champs | {"cadre-depense_eligible": "90 000", "cadre-version_lue": plan.version})
    plan.refresh_from_db()
    assert plan.depense_eligible == 90_000 * EUROS


def test_sans_besoin_is_declared_then_lifted(chef, territoire):
    fiche = make_fiche(territoire=territoire)
    vide = chef.post(url("sans-besoin-declare", fiche), {"sansbesoin-motif": ""})
    assert "Dites pourquoi" in vide.content.decode()
    chef.post(url("sans-besoin-declare", fiche), {"sansbesoin-motif": "Une dérogation suffit"})
    page = chef.get(url("plan-detail", fiche)).content.decode()
    assert "Une dérogation suffit" in page
    assert "Lever la déclaration" in page
    chef.post(url("sans-besoin-lift", fiche))
    assert PlanFinancement.objects.get(fiche=fiche).sans_besoin_depuis is None
    assert "n’est plus déclarée" in chef.post(url("sans-besoin-lift", fiche), follow=True).content.decode()


@pytest.mark.parametrize("nom", ["depense-create", "ligne-create", "plan-update", "sans-besoin-declare"])
def test_a_reader_changes_nothing_in_a_plan(fiche, territoire, connecter, nom):
    lecteur = connecter(make_personne("prefecture", territoire=territoire))
    assert lecteur.get(url("plan-detail", fiche)).status_code == 200
    assert lecteur.post(url(nom, fiche)).status_code == 403
    assert "Ajouter la dépense" not in lecteur.get(url("plan-detail", fiche)).content.decode()


def test_the_plan_asks_the_same_queries_for_one_ligne_and_for_six(chef, fiche):
    def count():
        with CaptureQueriesContext(connection) as requetes:
            assert chef.get(url("plan-detail", fiche)).status_code == 200
        return len(requetes)

    make_ligne(fiche=fiche, statut=S.ACCORDE)
    count()
    une = count()
    for _ in range(5):
        make_ligne(fiche=fiche, statut=S.ACCORDE)
    assert count() == une


# --- ligne -------------------------------------------------------------------------------------------------------


def test_the_territoire_requests_a_ligne(chef, fiche):
    ligne = make_ligne(fiche=fiche)
    page = chef.get(reverse("ligne-detail", args=[ligne.pk])).content.decode()
    assert "Demander le financement" in page
    chef.post(reverse("ligne-move", args=[ligne.pk, "sollicite"]), pas(ligne, S.SOLLICITE, montant="30 000"))
    ligne.refresh_from_db()
    assert (ligne.statut, ligne.montant_demande) == ("sollicite", 30_000 * EUROS)


def test_the_financeur_grants_with_its_piece_and_the_parties_read_it(agent, chef, ligne, connecter):
    page = agent.get(reverse("ligne-detail", args=[ligne.pk])).content.decode()
    assert "10 Mo au plus" in page
    reponse = agent.post(
        reverse("ligne-move", args=[ligne.pk, "accorde"]),
        pas(ligne, S.ACCORDE, montant="40 000", fichier=arrete(), numero_dossier="2019-42"),
        follow=True,
    )
    assert (
        "La ligne est passée de «\u00a0Sollicité\u00a0» à «\u00a0Accordé\u00a0»" in reponse.content.decode()
    )
    ligne.refresh_from_db()
    assert (ligne.montant_accorde, ligne.numero_dossier) == (40_000 * EUROS, "2019-42")
    adresse = reverse("piece-ligne", args=[ligne.pk, ligne.etapes.last().pk])
    fichier = chef.get(adresse)
    assert b"".join(fichier.streaming_content) == PDF
    assert fichier["Content-Disposition"].startswith("attachment")
    autre = make_ligne(fiche=ligne.plan.fiche, statut=S.SOLLICITE)
    concurrent = connecter(make_personne("financeur", organisation=autre.financeur))
    assert concurrent.get(adresse).status_code == 404
    assert chef.get(reverse("piece-ligne", args=[ligne.pk, ligne.etapes.first().pk])).status_code == 404


def test_the_territoire_cannot_grant_in_the_place_of_the_financeur(chef, ligne):
    reponse = chef.post(
        reverse("ligne-move", args=[ligne.pk, "accorde"]),
        pas(ligne, S.ACCORDE, montant="1", fichier=arrete()),
    )
    assert reponse.status_code == 403
    assert "déposez la pièce" in reponse.content.decode()
    ligne.refresh_from_db()
    assert ligne.statut == "sollicite"


def test_a_refused_form_keeps_what_was_typed_and_says_the_file_is_lost(agent, ligne):
    reponse = agent.post(
        reverse("ligne-move", args=[ligne.pk, "accorde"]),
        pas(ligne, S.ACCORDE, montant="beaucoup", fichier=arrete(), numero_dossier="2019-42"),
    )
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert "Choisissez de nouveau le fichier" in page
    assert 'value="beaucoup"' in page
    assert 'value="2019-42"' in page
    assert re.search(r'id="pas-accorde" open', page)
    ligne.refresh_from_db()
    assert ligne.statut == "sollicite"


@pytest.mark.parametrize(
    ("nom", "contenu", "phrase"),
    [
        ("arrete.exe", b"MZ", "Le format .exe n’est pas accepté"),
        ("arrete.pdf", b"pas un pdf", "n’est pas un PDF lisible"),
        ("arrete.pdf", b"", "Le fichier est vide"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_a_sentence(agent, ligne, nom, contenu, phrase):
    reponse = agent.post(
        reverse("ligne-move", args=[ligne.pk, "accorde"]),
        pas(ligne, S.ACCORDE, montant="1 000", fichier=SimpleUploadedFile(nom, contenu)),
    )
    assert phrase in reponse.content.decode()
    ligne.refresh_from_db()
    assert ligne.statut == "sollicite"


def test_a_piece_is_asked_for_in_a_sentence(agent, ligne):
    reponse = agent.post(
        reverse("ligne-move", args=[ligne.pk, "accorde"]), pas(ligne, S.ACCORDE, montant="1 000")
    )
    assert "sans elle, rien ne prouve ce pas" in reponse.content.decode()


def test_an_old_page_is_told_the_present_state(agent, ligne):
    ancien = pas(ligne, S.ACCORDE, montant="1 000", fichier=arrete())
    agent.post(reverse("ligne-move", args=[ligne.pk, "refuse"]), pas(ligne, S.REFUSE, motif="hors champ"))
    page = agent.post(reverse("ligne-move", args=[ligne.pk, "accorde"]), ancien, follow=True).content.decode()
    assert "Cette ligne a avancé pendant que vous remplissiez le formulaire" in page
    assert "elle est « Refusé »" in page.replace("\u00a0", " ")


def test_a_payment_sent_twice_is_counted_once_and_may_be_confirmed(connecter, fiche):
    ligne = make_ligne(fiche=fiche, statut=S.ACCORDE)
    agent = connecter(make_personne("financeur", organisation=ligne.financeur))
    adresse, lue = reverse("ligne-move", args=[ligne.pk, "verse_partiel"]), ligne.etapes.last().pk

    def verser(etape_lue):
        return agent.post(
            adresse, pas(ligne, S.VERSE_PARTIEL, montant="1 000", fichier=arrete(), etape_lue=etape_lue)
        )

    assert verser(lue).status_code == 302
    page = verser(lue).content.decode()
    assert "Cette ligne a avancé pendant que vous remplissiez" in page
    ligne.refresh_from_db()
    assert ligne.montant_verse == 1_000 * EUROS
    nouvelle = re.search(r'name="verse_partiel-etape_lue" value="(\d+)"', page)[1]
    assert verser(nouvelle).status_code == 302
    ligne.refresh_from_db()
    assert ligne.montant_verse == 2_000 * EUROS


def test_a_stranger_does_not_find_the_ligne(ligne, connecter):
    client = connecter(make_personne("financeur", organisation=make_organisation()))
    assert client.get(reverse("ligne-detail", args=[ligne.pk])).status_code == 404
    assert client.post(reverse("ligne-move", args=[ligne.pk, "refuse"])).status_code == 404
    assert client.post(reverse("ligne-lien", args=[ligne.pk])).status_code == 404


def test_an_unknown_step_is_not_found(agent, ligne):
    assert agent.post(reverse("ligne-move", args=[ligne.pk, "inconnu"])).status_code == 404


def test_each_payment_is_told_and_the_last_one_invites_to_settle(fiche):
    ligne = make_ligne(fiche=fiche, statut=S.ACCORDE, montant=50_000 * EUROS)
    client = Client()
    client.force_login(make_personne("financeur", organisation=ligne.financeur))
    adresse = reverse("ligne-move", args=[ligne.pk, "verse_partiel"])
    for montant, phrase in [
        ("20 000", "Versement de 20 000 € enregistré ; 30 000 € restent à verser."),
        ("30 000", "Versement de 30 000 € enregistré : tout est versé, vous pouvez solder."),
    ]:
        page = client.post(
            adresse, pas(ligne, S.VERSE_PARTIEL, montant=montant, fichier=arrete()), follow=True
        ).content.decode()
        assert phrase in " ".join(page.replace("\xa0", " ").replace("\u202f", " ").split())


def test_the_financeur_corrects_its_grant(fiche):
    ligne = make_ligne(fiche=fiche, statut=S.ACCORDE, montant=50_000 * EUROS)
    client = Client()
    client.force_login(make_personne("financeur", organisation=ligne.financeur))
    assert (
        "Corriger le montant accordé" in client.get(reverse("ligne-detail", args=[ligne.pk])).content.decode()
    )
    adresse = reverse("ligne-move", args=[ligne.pk, "accorde"])
    refuse = client.post(adresse, pas(ligne, S.ACCORDE, montant="500 000", fichier=arrete()))
    assert "dépasse le montant demandé" in refuse.content.decode()
    page = client.post(adresse, pas(ligne, S.ACCORDE, montant="5 000", fichier=arrete()), follow=True)
    assert "Le montant accordé est corrigé" in page.content.decode()


def test_amounts_are_numbers_in_the_exports_and_nothing_when_unknown(chef, territoire):
    make_fiche(territoire=territoire, titre="Sans chiffre")
    make_plan(fiche=make_fiche(territoire=territoire, titre="Chiffrée"), cout=120_000 * EUROS + 5)
    adresse = url_financement(territoire)
    csv = b"".join(chef.get(adresse, {"export": "csv"}).streaming_content).decode()
    assert "Coût (€)" in csv
    assert ";Sans chiffre;Non chiffrée;;;;;;" in csv
    assert ";Chiffrée;À compléter;120000,05;0,00;0,00;0,00;0,00;120000,05" in csv
    feuille = load_workbook(BytesIO(chef.get(adresse, {"export": "xlsx"}).getvalue())).active
    lignes = {ligne[1].value: ligne for ligne in feuille.iter_rows()}
    assert (lignes["Chiffrée"][3].value, lignes["Chiffrée"][3].number_format) == (120_000.05, "#,##0.00")
    assert lignes["Sans chiffre"][3].value is None


# --- lien personnel ----------------------------------------------------------------------------------------------


def ouvrir(ligne):
    """Un client sans compte, entré par un lien personnel sur la ligne."""
    invite, _ = make_invite(ligne)
    client = Client()
    session = client.session
    session[CLE_LIENS] = [invite.lien.pk]
    session.save()
    return client, invite


def test_the_territoire_sends_a_link_to_the_contact_address_only(chef, ligne):
    adresse = reverse("ligne-lien", args=[ligne.pk])
    Fonction.objects.filter(organisation=ligne.financeur).delete()
    page = chef.get(reverse("ligne-detail", args=[ligne.pk])).content.decode()
    assert "Demandez à la délégation nationale" in page
    assert "Envoyer un lien personnel" not in page
    refuse = chef.post(
        adresse, {"lien-nom": "Ada Essai", "lien-email": "moi@territoire.example"}
    ).content.decode()
    assert "Demandez à la délégation nationale" in refuse
    assert 'value="Ada Essai"' in refuse
    update_organisation(
        organisation=ligne.financeur, courriel="contact@essai.example", is_financeur=True, by=FABRIQUE
    )
    assert "contact@essai.example" in chef.get(reverse("ligne-detail", args=[ligne.pk])).content.decode()
    saisie = {"lien-nom": "Ada Essai", "lien-email": "moi@territoire.example"}
    page = chef.post(adresse, saisie, follow=True).content.decode()
    assert "Un lien personnel est envoyé à contact@essai.example" in page
    assert "Lien envoyé à Ada Essai" in page
    assert Courriel.objects.get(motif="lien_ligne").destinataire == "contact@essai.example"


def test_the_financeur_sends_no_link(agent, ligne):
    assert (
        "Envoyer un lien personnel"
        not in agent.get(reverse("ligne-detail", args=[ligne.pk])).content.decode()
    )
    assert agent.post(reverse("ligne-lien", args=[ligne.pk])).status_code == 403


def test_somebody_without_account_answers_by_the_link(ligne):
    client, invite = ouvrir(ligne)
    page = client.get(reverse("lien-ligne", args=[ligne.pk])).content.decode()
    assert ligne.plan.fiche.titre in page
    assert "Accorder" in page
    reponse = client.post(
        reverse("lien-ligne-move", args=[ligne.pk, "accorde"]),
        pas(ligne, S.ACCORDE, montant="40 000", fichier=arrete()),
    )
    assert reponse.url == reverse("lien-ligne", args=[ligne.pk])
    etape = ligne.etapes.last()
    assert (etape.vers, etape.enregistre_by) == ("accorde", str(invite))
    assert (etape.piece.deposee_by, etape.piece.deposant_libelle) == (None, str(invite))
    fichier = client.get(reverse("lien-ligne-piece", args=[ligne.pk, etape.pk]))
    assert b"".join(fichier.streaming_content) == PDF


def test_a_bad_answer_by_the_link_comes_back_as_typed(ligne):
    client, _ = ouvrir(ligne)
    reponse = client.post(
        reverse("lien-ligne-move", args=[ligne.pk, "refuse"]),
        pas(ligne, S.REFUSE, motif="", date_effet="2999-01-01"),
    )
    assert reponse.status_code == 200
    assert "Dites pourquoi" in reponse.content.decode()
    assert "2999-01-01" in reponse.content.decode()


def test_without_an_open_link_the_page_is_not_found(ligne, fiche, client):
    autre = make_ligne(fiche=fiche, statut=S.SOLLICITE)
    ouvert, _ = ouvrir(autre)
    for qui in (client, ouvert):
        assert qui.get(reverse("lien-ligne", args=[ligne.pk])).status_code == 404
        assert qui.post(reverse("lien-ligne-move", args=[ligne.pk, "refuse"])).status_code == 404
        assert (
            qui.get(reverse("lien-ligne-piece", args=[ligne.pk, ligne.etapes.last().pk])).status_code == 404
        )


def test_an_invite_does_nothing_that_is_in_the_hand_of_the_territoire(ligne):
    client, _ = ouvrir(ligne)
    reponse = client.post(
        reverse("lien-ligne-move", args=[ligne.pk, "retire"]), pas(ligne, S.RETIRE, motif="x")
    )
    assert reponse.status_code == 403


def test_a_missing_file_is_said_and_not_a_failure(chef, fiche):
    ligne = make_ligne(fiche=fiche, statut=S.SOLLICITE)
    piece = make_piece(contenu=PDF + b"perdu")
    agent = make_personne("financeur", organisation=ligne.financeur)
    actions.move_ligne(ligne=ligne, vers=S.ACCORDE, by=agent, montant=100, piece=piece)
    piece.fichier.delete(save=False)
    page = chef.get(reverse("piece-ligne", args=[ligne.pk, ligne.etapes.last().pk]), follow=True)
    assert "introuvable dans le stockage" in page.content.decode()


def test_every_number_and_every_badge_of_a_verdict_has_its_words():
    """Chaque cas écrit d’une règle se montre : un libellé par chiffre, un badge par réponse."""
    for regle in REGLES:
        cas = Path("tests/calcul/cas") / f"{regle.IDENTIFIANT.lower()}.txt"
        for un in read_table(cas.read_text(encoding="utf-8")):
            verdict = regle.evaluer(build_plan(un))
            assert get_badge(verdict)
            assert len(list_chiffres(verdict)) == len(verdict.chiffres)


# --- financeur proposé, part du porteur --------------------------------------------------------------------------


def saisie_nouveau(**champs):
    base = {"nature": "subvention", "montant": "1000", "nouveau_nom": "Fondation du Bassin"}
    return {
        f"ligne-{cle}": valeur for cle, valeur in (base | {"nouveau_type": "association"} | champs).items()
    }


def test_an_unknown_funder_is_proposed_from_the_line_form(chef, fiche):
    chef.post(url("ligne-create", fiche), saisie_nouveau(nouveau_siren="732829320"))
    financeur = LigneFinancement.objects.get().financeur
    assert (financeur.nom, financeur.courriel) == ("Fondation du Bassin", "")


def test_look_alikes_are_shown_first_and_may_be_chosen_or_set_aside(chef, fiche):
    connue = make_organisation(nom="Fondation du bassin minier")
    page = chef.post(url("ligne-create", fiche), saisie_nouveau()).content.decode()
    assert "Est-ce l’une de celles-ci" in page
    assert "Fondation du bassin minier" in page
    assert not LigneFinancement.objects.exists()
    chef.post(url("ligne-create", fiche), saisie_nouveau(proche=str(connue.pk), nouveau_type=""))
    assert LigneFinancement.objects.get().financeur == connue
    chef.post(url("ligne-create", fiche), saisie_nouveau(proche="aucun"))
    assert LigneFinancement.objects.last().financeur.nom == "Fondation du Bassin"


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"nouveau_nom": ""}, "Choisissez qui paierait"),
        ({"nouveau_type": ""}, "Dites ce qu’est ce financeur"),
        ({"nouveau_siren": "12"}, "Le SIREN s’écrit en neuf chiffres"),
    ],
)
def test_a_proposed_funder_is_complete(chef, fiche, champs, phrase):
    page = chef.post(url("ligne-create", fiche), saisie_nouveau(**champs))
    assert phrase in page.content.decode()
    assert not LigneFinancement.objects.exists()


def test_a_funder_is_chosen_or_added_not_both(chef, fiche):
    financeur = make_organisation(is_financeur=True)
    page = chef.post(url("ligne-create", fiche), saisie_nouveau(financeur=financeur.pk)).content.decode()
    assert "videz l’un des deux" in page


@pytest.fixture
def part(fiche):
    return make_ligne(
        fiche=fiche,
        financeur=fiche.porteur,
        nature=NatureLigne.AUTOFINANCEMENT,
        origine=OrigineFinanceur.PORTEUR,
        montant=20_000 * EUROS,
    )


def test_a_carrier_sees_its_money_what_waits_and_confirms_its_part(connecter, part):
    patron = connecter(make_personne("porteur", organisation=part.financeur))
    page = patron.get(reverse("espace-porteur")).content.decode()
    adresse = reverse("ligne-confirm", args=[part.pk])
    assert adresse in page
    assert "Votre part, à confirmer" in page
    assert format_montant(20_000 * EUROS) in page
    formulaire = patron.get(adresse).content.decode()
    assert "sans vous l’avoir encore demandé" in formulaire
    refus = patron.post(adresse, pas(part, S.ACCORDE, montant="20 000"))
    assert "Joignez la pièce" in refus.content.decode()
    page = patron.post(adresse, pas(part, S.ACCORDE, montant="20 000", fichier=arrete()), follow=True)
    assert "Votre part est confirmée" in page.content.decode()
    part.refresh_from_db()
    assert (part.statut, part.montant_accorde) == ("accorde", 20_000 * EUROS)
    assert adresse not in page.content.decode()
    assert patron.get(adresse).status_code == 302


def test_the_team_does_not_confirm_the_part_of_the_carrier(chef, part):
    assert chef.get(reverse("ligne-confirm", args=[part.pk])).status_code == 403
    assert "Confirmer notre part" not in chef.get(reverse("ligne-detail", args=[part.pk])).content.decode()


# --- répondre aux règles -----------------------------------------------------------------------------------------


def test_the_plan_leads_to_what_a_rule_asks_and_the_answer_changes_it(chef, fiche):
    ligne = make_ligne(
        fiche=fiche, statut=S.SOLLICITE, montant=40_000 * EUROS, origine=OrigineFinanceur.REGION
    )
    page = chef.get(url("plan-detail", fiche)).content.decode()
    adresse = reverse("ligne-preciser", args=[ligne.pk])
    assert adresse in page
    assert "sans objet pour ce plan" in page

    formulaire = chef.get(adresse)
    assert "Règlement du financeur" in formulaire.content.decode()
    reponse = chef.post(adresse, {"version_lue": "1", "base": "50 000,00 €", "taux": "80 %"})
    assert reponse.status_code == 302
    ligne.refresh_from_db()
    assert (ligne.precision.base, ligne.precision.taux) == (50_000 * EUROS, 8_000)
    [r02] = [un for un in chef.get(url("plan-detail", fiche)).context["regles"] if un.verdict.regle == "R02"]
    assert r02.verdict.respectee is True


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"taux": "0,5"}, "Pour la moitié, écrivez 50"),
        ({"taux": "101"}, "ne dépasse pas 100"),
        ({"taux": "un tiers"}, "Écrivez le taux en pour cent"),
        ({"base": "-5"}, "négatif"),
        ({"notification": "31/02/2026"}, "Ce n’est pas une date"),
        ({"avance": "1 000 000"}, "L’avance dépasse ce qui est accordé"),
    ],
)
def test_a_wrong_answer_is_said_at_its_field_and_comes_back(chef, ligne, champs, phrase):
    reponse = chef.post(reverse("ligne-preciser", args=[ligne.pk]), {"version_lue": "1"} | champs)
    page = reponse.content.decode()
    assert reponse.status_code == 200
    assert phrase in page
    assert next(iter(champs.values())) in page


def test_the_operation_answers_and_the_declared_aids_are_kept(chef, fiche):
    adresse = url("plan-preciser", fiche)
    chef.post(adresse, {"version_lue": "1", "ctec": "non", "taille": "petite", "debut_travaux": "2026-03-02"})
    precision = PlanFinancement.objects.get(fiche=fiche).precision
    assert (precision.ctec, precision.inscrite_cper, precision.taille) == (False, None, "petite")

    refus = chef.post(adresse, {"version_lue": "1", "ctec": "oui"})
    assert "a répondu entre-temps" in refus.content.decode()
    assert 'name="version_lue" value="2"' in refus.content.decode()
    assert (
        "Aucune commune" in chef.post(adresse, {"version_lue": "2", "code_commune": "99999"}).content.decode()
    )

    chef.post(
        url("aide-recue-create", fiche),
        {"aide-financeur": "Région", "aide-jour": "2025-01-10", "aide-montant": "1 000,50 €"},
    )
    page = chef.get(adresse).content.decode()
    assert "1\u00a0000,50\u00a0€" in page
    aide = PlanFinancement.objects.get(fiche=fiche).aides_recues.get()
    chef.post(url("aide-recue-delete", fiche, aide.pk))
    assert not PlanFinancement.objects.get(fiche=fiche).aides_recues.exists()


def test_a_funder_answers_for_its_own_line_only(agent, fiche, ligne):
    autre = make_ligne(fiche=fiche, statut=S.SOLLICITE)
    assert agent.get(reverse("ligne-preciser", args=[ligne.pk])).status_code == 200
    assert agent.get(reverse("ligne-preciser", args=[autre.pk])).status_code in (403, 404)


def test_the_rules_cost_the_same_queries_for_one_line_or_ten(chef, fiche):
    make_ligne(fiche=fiche, statut=S.SOLLICITE)
    comptes = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as requetes:
            chef.get(url("plan-detail", fiche))
        comptes.append(len(requetes))
        for _ in range(5):
            make_ligne(fiche=fiche, statut=S.SOLLICITE)
    assert comptes[0] == comptes[1]
