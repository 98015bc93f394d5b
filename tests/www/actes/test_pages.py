"""Les actes d’un territoire : liste, ouverture, détail, aperçu, fichiers, arrêt."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.contrats import events
from maillage.contrats.actions import Source, record_acte_constate, sign_acte
from maillage.contrats.enums import NatureActe, StatutActe
from maillage.contrats.models import Acte
from maillage.documents.models import Piece
from maillage.fiches.actions import move_fiche, update_fiche
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.journal.models import Entree
from maillage.notifications.models import Courriel
from tests.contrats.monde import Monde, create_monde
from tests.fabriques import FABRIQUE, make_acte


def adresse(nom: str, acte: Acte, *suite: Any) -> str:
    return reverse(nom, args=[acte.territoire.vague.code, acte.territoire.id_ti, acte.pk, *suite])


def adresse_territoire(nom: str, monde: Monde) -> str:
    return reverse(nom, args=[monde.territoire.vague.code, monde.territoire.id_ti])


# --- liste ------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_to_who_can(cheffe: Client, presidente: Client, monde: Monde) -> None:
    ouvrir = adresse_territoire("acte-ouvrir", monde)
    page = cheffe.get(adresse_territoire("actes", monde))
    assert "Aucun acte pour le moment" in page.content.decode()
    assert ouvrir in page.content.decode()
    assert ouvrir not in presidente.get(adresse_territoire("actes", monde)).content.decode()


def test_the_list_shows_ours_and_those_known_from_a_source(cheffe: Client, monde: Monde) -> None:
    monde.arrete()
    record_acte_constate(
        territoire=monde.territoire,
        titre="Acte de Mulhouse",
        debut=date(2019, 11, 1),
        fin=date(2019, 11, 19),
        sources=[Source("Presse", NatureActe.CONTRAT)],
        by=FABRIQUE,
    )
    page = cheffe.get(adresse_territoire("actes", monde)).content.decode()
    assert "Acte de Mulhouse" in page
    assert "entre le 1er novembre 2019 et le 19 novembre 2019" in page
    assert "0 sur 3" in page
    filtree = cheffe.get(adresse_territoire("actes", monde), {"etat": "constate"}).content.decode()
    assert "1 masquée par les filtres" in filtree.replace("\u00a0", " ")


def test_the_list_is_404_for_a_stranger(sous_prefet: Client, monde: Monde) -> None:
    assert sous_prefet.get(adresse_territoire("actes", monde)).status_code == 404


def test_the_list_takes_as_many_queries_for_six_actes_as_for_one(cheffe: Client, monde: Monde) -> None:
    url = adresse_territoire("actes", monde)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            assert cheffe.get(url).status_code == 200
        return len(requetes)

    monde.signataires(monde.projet())
    un = count()
    for _ in range(5):
        monde.signataires(monde.projet())
    assert count() == un


def test_the_list_is_exported(cheffe: Client, monde: Monde) -> None:
    monde.projet()
    fichier = cheffe.get(adresse_territoire("actes", monde), {"export": "csv"})
    assert "Protocole d’accord du Territoire d’industrie" in b"".join(fichier.streaming_content).decode()


# --- ouvrir -----------------------------------------------------------------------------------------------------


def test_a_projet_opens_from_its_gabarit(cheffe: Client, monde: Monde) -> None:
    reponse = cheffe.post(
        adresse_territoire("acte-ouvrir", monde), {"nature": "contrat", "periode": "2020-2022"}
    )
    acte = Acte.objects.get()
    assert reponse.url == acte.get_absolute_url()
    assert (acte.nature, acte.periode, acte.statut, len(acte.articles)) == (
        "contrat",
        "2020-2022",
        "projet",
        8,
    )


def test_a_projet_without_nature_gives_back_what_was_typed(cheffe: Client, monde: Monde) -> None:
    page = cheffe.post(adresse_territoire("acte-ouvrir", monde), {"periode": "2020-2022"})
    assert page.status_code == 200
    assert "Choisissez un protocole, un contrat ou une convention" in page.content.decode()
    assert 'value="2020-2022"' in page.content.decode()
    assert not Acte.objects.exists()


def test_who_only_reads_does_not_open(presidente: Client, monde: Monde) -> None:
    assert presidente.post(adresse_territoire("acte-ouvrir", monde), {"nature": "contrat"}).status_code == 403


# --- détail -----------------------------------------------------------------------------------------------------


def test_a_projet_shows_its_next_step_to_the_equipe(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    page = cheffe.get(acte.get_absolute_url()).content.decode()
    assert "désigner les signataires" in page
    assert adresse("acte-update", acte) in page
    monde.signataires(acte)
    assert adresse("acte-arreter", acte) in cheffe.get(acte.get_absolute_url()).content.decode()


def test_who_only_reads_sees_no_button_to_change(presidente: Client, monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    page = presidente.get(acte.get_absolute_url()).content.decode()
    for nom in ("acte-update", "acte-signataires", "acte-arreter"):
        assert adresse(nom, acte) not in page
    assert "alix@forges.example" not in page


def test_an_acte_arrete_says_who_must_sign_since_when(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    page = cheffe.get(acte.get_absolute_url()).content.decode()
    assert "attendu de CC des Forges, Préfecture d’essai" in page
    for piece in (acte.piece_pdf, acte.piece_word):
        assert f"<code>{piece.sha256}</code>" in page


def test_a_signataire_from_elsewhere_reaches_the_acte_and_its_button(
    sous_prefet: Client, monde: Monde
) -> None:
    acte = monde.arrete()
    signataire = acte.signataires.get(organisation=monde.etat)
    page = sous_prefet.get(acte.get_absolute_url())
    assert page.status_code == 200
    assert adresse("acte-sign", acte, signataire.pk) in page.content.decode()
    assert f'href="{adresse_territoire("actes", monde)}"' not in page.content.decode()


def test_an_acte_is_404_for_a_stranger_and_under_another_territoire(
    cheffe: Client, sous_prefet: Client, monde: Monde
) -> None:
    autre = make_acte(territoire=create_monde(cle="v1/ti-9902").territoire)
    projet = monde.projet()
    assert cheffe.get(autre.get_absolute_url()).status_code == 404
    assert sous_prefet.get(projet.get_absolute_url()).status_code == 404
    assert cheffe.get(projet.get_absolute_url().replace("ti-9901", "ti-9902")).status_code == 404
    assert cheffe.get(projet.get_absolute_url().replace("/v1/", "/vx/")).status_code == 404


def test_conflicting_sources_are_both_shown(cheffe: Client, monde: Monde) -> None:
    acte = record_acte_constate(
        territoire=monde.territoire,
        titre="Acte de Mulhouse",
        debut=date(2019, 11, 19),
        sources=[
            Source("Communiqué régional", NatureActe.PROTOCOLE, "https://exemple.fr/a"),
            Source("Presse locale", NatureActe.CONTRAT),
        ],
        by=FABRIQUE,
    )
    page = cheffe.get(acte.get_absolute_url()).content.decode()
    for texte in ("Communiqué régional", "Presse locale", "ne s’accordent pas", "https://exemple.fr/a"):
        assert texte in page
    assert 'id="signataires"' not in page


def test_a_fiche_changed_since_is_marked_but_not_one_that_only_moved(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    retenue = FicheAction.objects.get(code="F2")
    move_fiche(fiche=retenue, vers=StatutFiche.TRANSMISE, by=FABRIQUE)
    assert "modifiée depuis" not in cheffe.get(acte.get_absolute_url()).content.decode()
    fiche = FicheAction.objects.get(code="F1")
    update_fiche(fiche=fiche, version_lue=fiche.version, titre="Autre titre", by=FABRIQUE)
    page = cheffe.get(acte.get_absolute_url()).content.decode()
    assert "modifiée depuis" in page
    assert "F1 Action F1" in page


def test_the_detail_takes_as_many_queries_for_six_fiches_as_for_one(
    db: None, connecter: Callable[[Any], Client]
) -> None:
    comptes = []
    for rang, nombre in enumerate((1, 6)):
        monde = create_monde(cle=f"v1/ti-99{rang}0")
        for numero in range(nombre):
            monde.fiche(f"F{numero}")
        acte = monde.arrete()
        client = connecter(monde.cheffe)
        client.get(acte.get_absolute_url())
        with CaptureQueriesContext(connection) as requetes:
            assert client.get(acte.get_absolute_url()).status_code == 200
        comptes.append(len(requetes))
    assert comptes[0] == comptes[1]


# --- aperçu, fichiers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("forme", "debut"), [("pdf", b"%PDF"), ("docx", b"PK")])
def test_an_apercu_is_drawn_and_kept_nowhere(cheffe: Client, monde: Monde, forme: str, debut: bytes) -> None:
    acte = monde.projet()
    avant = Entree.objects.count()
    reponse = cheffe.get(adresse("acte-apercu", acte, forme))
    assert reponse.content.startswith(debut)
    assert f'filename="projet-protocole-v1-ti-9901.{forme}"' in reponse["Content-Disposition"]
    assert (Piece.objects.count(), Entree.objects.count()) == (0, avant)


def test_a_frozen_acte_has_no_apercu(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    reponse = cheffe.get(adresse("acte-apercu", acte, "pdf"), follow=True)
    assert "ne change plus" in reponse.content.decode()


def test_the_files_are_those_kept(sous_prefet: Client, monde: Monde) -> None:
    acte = monde.arrete()
    reponse = sous_prefet.get(adresse("acte-fichier", acte, "pdf"))
    with acte.piece_pdf.fichier.open("rb") as fichier:
        assert b"".join(reponse.streaming_content) == fichier.read()
    assert reponse["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("nom", ["acte-apercu", "acte-fichier"])
def test_an_unknown_form_is_404(cheffe: Client, monde: Monde, nom: str) -> None:
    assert cheffe.get(adresse(nom, monde.projet(), "odt")).status_code == 404


def test_a_projet_has_no_file(cheffe: Client, monde: Monde) -> None:
    assert cheffe.get(adresse("acte-fichier", monde.projet(), "pdf")).status_code == 404


# --- arrêter ----------------------------------------------------------------------------------------------------


def test_the_confirmation_says_what_enters_and_what_stays_out(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    page = cheffe.get(adresse("acte-arreter", acte)).content.decode().replace("\u00a0", " ")
    assert "2 fiches entrent dans l’acte" in page
    assert page.index("F1 Action F1") < page.index("F2 Action F2") < page.index("F3 Action F3")
    assert "Elle n’a pas encore été proposée" in page
    assert "3 personnes signent" in page


def test_an_acte_is_frozen_from_its_confirmation(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    page = cheffe.get(adresse("acte-arreter", acte))
    cheffe.post(
        adresse("acte-arreter", acte), {"empreinte": page.context["empreinte"], "date_effet": "2019-11-12"}
    )
    acte.refresh_from_db()
    assert (acte.statut, acte.arrete_le) == (StatutActe.ARRETE, date(2019, 11, 12))


@pytest.mark.parametrize(
    ("jour", "phrase"), [("2999-01-01", "dans l’avenir"), ("", "Donnez la date d’effet")]
)
def test_a_confirmation_without_a_past_date_freezes_nothing(
    cheffe: Client, monde: Monde, jour: str, phrase: str
) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    page = cheffe.post(adresse("acte-arreter", acte), {"empreinte": "", "date_effet": jour})
    assert page.status_code == 200
    assert phrase in page.content.decode()
    acte.refresh_from_db()
    assert acte.statut == StatutActe.PROJET


def test_a_confirmation_older_than_a_change_is_refused_and_shows_the_change(
    cheffe: Client, monde: Monde
) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    ancienne = cheffe.get(adresse("acte-arreter", acte)).context["empreinte"]
    monde.fiche("F9")
    page = cheffe.post(adresse("acte-arreter", acte), {"empreinte": ancienne, "date_effet": "2019-11-12"})
    assert page.status_code == 200
    assert "n’est pas ce que vous avez relu" in page.content.decode()
    assert "F9 Action F9" in page.content.decode()
    acte.refresh_from_db()
    assert acte.statut == StatutActe.PROJET


def test_what_is_missing_is_said_before_the_button(cheffe: Client, monde: Monde) -> None:
    page = cheffe.get(adresse("acte-arreter", monde.projet())).content.decode()
    assert "au moins une intercommunalité et un partenaire public" in page
    assert "Arrêter l’acte et prévenir les signataires" not in page


def test_who_only_reads_does_not_freeze(presidente: Client, monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    assert presidente.post(adresse("acte-arreter", acte)).status_code == 403
    assert not Entree.objects.filter(code=events.ACTE_ARRETE).exists()


# --- renvoyer le lien -------------------------------------------------------------------------------------------


def test_a_lien_is_sent_again_to_who_is_awaited(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    dernier = acte.signataires.get(organisation=monde.entreprise)
    saisie = {"email": "alix@forges.example"}
    trop_tot = cheffe.post(adresse("acte-lien", acte, dernier.pk), saisie, follow=True)
    assert "quand viendra le tour de" in trop_tot.content.decode()
    assert not Courriel.objects.filter(destinataire="alix@forges.example").exists()
    sign_acte(signataire=acte.signataires.get(organisation=monde.epci), by=monde.presidente)
    sign_acte(signataire=acte.signataires.get(organisation=monde.etat), by=monde.sous_prefet)
    avant = Courriel.objects.filter(destinataire="alix@forges.example").count()
    page = cheffe.post(adresse("acte-lien", acte, dernier.pk), saisie, follow=True)
    assert "Un nouveau lien est parti" in page.content.decode()
    assert Courriel.objects.filter(destinataire="alix@forges.example").count() == avant + 1


def test_the_email_of_an_awaited_signataire_changes_from_the_page(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    dernier = acte.signataires.get(organisation=monde.entreprise)
    url = adresse("acte-lien", acte, dernier.pk)
    page = cheffe.get(acte.get_absolute_url()).content.decode()
    assert url in page
    assert adresse("acte-lien", acte, acte.signataires.get(organisation=monde.epci).pk) not in page
    assert "pas complète" in cheffe.post(url, {"email": "alix"}, follow=True).content.decode()
    cheffe.post(url, {"email": "Nouvelle@forges.example"})
    dernier.refresh_from_db()
    assert dernier.email == "nouvelle@forges.example"


def test_what_to_check_is_said_before_the_button(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    page = cheffe.get(adresse("acte-arreter", acte)).content.decode()
    assert "À vérifier avant d’arrêter" in page
    assert "Fiches que la Région n’a pas encore validées" in page
    assert "Arrêter l’acte et prévenir les signataires" in page


def test_an_acte_frozen_by_mistake_is_taken_back_from_its_page(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    sha256 = acte.piece_pdf.sha256
    assert "Arrêté par erreur" in cheffe.get(adresse("acte-detail", acte)).content.decode()
    page = cheffe.post(adresse("acte-reprendre", acte), {"motif": ""}).content.decode()
    assert "l’historique garde cette phrase" in page
    page = cheffe.post(adresse("acte-reprendre", acte), {"motif": "Titre faux"}, follow=True).content.decode()
    assert "Version remplacée" in page
    assert "Titre faux" in page
    assert "Modifier le texte" in page
    remplace = acte.arrets_remplaces.get()
    fichier = cheffe.get(adresse("acte-fichier-remplace", acte, remplace.pk, "pdf"))
    assert b"".join(fichier.streaming_content).startswith(b"%PDF")
    reponse = cheffe.get(reverse("verifier-empreinte", args=[sha256])).content.decode()
    assert "Il ne vaut plus" in reponse
    assert "Signataires" not in reponse


def test_a_signed_acte_is_not_taken_back(cheffe: Client, monde: Monde) -> None:
    acte = monde.arrete()
    sign_acte(signataire=acte.signataires.get(organisation=monde.epci), by=monde.presidente)
    assert "Arrêté par erreur" not in cheffe.get(adresse("acte-detail", acte)).content.decode()
    page = cheffe.post(adresse("acte-reprendre", acte), {"motif": "Trop tard"}, follow=True).content.decode()
    assert "Il faut un avenant" in page


def test_a_date_in_the_past_shows_the_fiches_and_the_money_of_that_day(cheffe: Client, monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    monde.fiche("F9", date_effet=date(2019, 12, 1))
    lue = cheffe.get(adresse("acte-arreter", acte)).context["empreinte"]
    page = cheffe.post(adresse("acte-arreter", acte), {"empreinte": lue, "date_effet": "2019-11-12"})
    assert "Elle n’existait pas encore le 12 novembre 2019" in page.content.decode().replace("\u00a0", " ")
    assert "son financement au 12 novembre 2019" in page.content.decode().replace("\u00a0", " ")
    confirmee = {"empreinte": page.context["empreinte"], "date_effet": "2019-11-12"}
    assert cheffe.post(adresse("acte-arreter", acte), confirmee).status_code == 302
    acte.refresh_from_db()
    assert acte.arrete_le == date(2019, 11, 12)
