"""Entrer pour de vrai : invité par courriel, reconnu par un code, protégé par une application ; aidé, puis parti."""

import re

import pyotp
from playwright.sync_api import expect

from tests.e2e.navigation import connecter, enter_code, suivre, visiter

INVITEE = "invitee-parcours@demonstration.invalid"


def test_an_invited_person_enters_signs_in_again_with_a_code_and_protects_the_account(ouvrir, serveur):
    chef = ouvrir()
    connecter(chef, "Chef·fe de projet, Langres")
    visiter(chef, "/espace/equipe/invitations/nouvelle/", capture="inviter")
    chef.get_by_label("Adresse de la personne").fill(INVITEE)
    chef.get_by_label("À quel titre").select_option(
        label="Chef·fe de projet, Langres – Chaumont (rejeu fictif)"
    )
    suivre(chef, chef.get_by_role("button", name="Envoyer l’invitation"), capture="invitations")
    expect(chef.get_by_role("main")).to_contain_text("L’invitation est envoyée")

    lien = re.search(r"https?://\S+(/invitation/\S+)", serveur.read_courriel(INVITEE))
    assert lien
    invitee = ouvrir(etroite=True)
    visiter(invitee, lien[1], capture="invitation")
    invitee.get_by_label("Nom", exact=True).fill("Invitée du parcours")
    suivre(invitee, invitee.get_by_role("button", name="Accepter l’invitation"))
    expect(invitee.get_by_role("region", name="Mes espaces")).to_contain_text("Langres – Chaumont")

    # La même personne, un autre jour, un autre appareil : un code suffit, et la première session se voit.
    ailleurs = ouvrir()
    visiter(ailleurs, "/connexion/?next=/espace/compte/securite/")
    ailleurs.get_by_label("Votre adresse de courriel").fill(INVITEE)
    suivre(ailleurs, ailleurs.get_by_role("button", name="Recevoir un code"))
    enter_code(ailleurs, serveur, INVITEE, bouton="Se connecter", capture="securite")
    sessions = ailleurs.get_by_role("table").get_by_role("row")
    expect(sessions).to_have_count(3)

    # Le second facteur : dessin, premier code, codes de secours ; la session du téléphone se ferme.
    suivre(ailleurs, ailleurs.get_by_role("link", name="Inscrire un second facteur"))
    suivre(ailleurs, ailleurs.get_by_role("button", name="Commencer"), capture="second-facteur")
    secret = ailleurs.locator(".mg-cle").inner_text().replace(" ", "")
    ailleurs.get_by_label("Code de votre application").fill(pyotp.TOTP(secret).now())
    suivre(ailleurs, ailleurs.get_by_role("button", name="Mettre en service"), capture="codes-secours")
    secours = ailleurs.locator(".mg-codes code").first.inner_text()
    suivre(ailleurs, ailleurs.get_by_role("link", name="Je les ai notés, continuer"))
    expect(ailleurs.get_by_role("main")).to_contain_text("En service")
    visiter(invitee, "/espace/")
    expect(invitee).to_have_url(re.compile("/connexion/"))

    # Désormais le code ne suffit plus ; un code de secours remplace l’application.
    suivre(ailleurs, ailleurs.get_by_role("button", name="Se déconnecter"))
    visiter(ailleurs, "/connexion/")
    ailleurs.get_by_label("Votre adresse de courriel").fill(INVITEE)
    suivre(ailleurs, ailleurs.get_by_role("button", name="Recevoir un code"))
    enter_code(ailleurs, serveur, INVITEE, bouton="Se connecter", capture="second-facteur-demande")
    expect(ailleurs.get_by_role("heading", level=1)).to_have_text("Second facteur")
    ailleurs.get_by_label("Code de votre application").fill(secours)
    suivre(ailleurs, ailleurs.get_by_role("button", name="Continuer"))
    expect(ailleurs.get_by_role("heading", level=1)).to_have_text("Mon espace")


def test_support_helps_under_a_banner_and_gives_the_hand_back(ouvrir):
    admin = ouvrir()
    connecter(admin, "Administrateur de la plateforme")
    visiter(admin, "/espace/comptes/?q=prefecture", capture="comptes")
    suivre(admin, admin.get_by_role("link", name="Préfecture de la Haute-Marne"), capture="compte-detail")
    admin.get_by_label("Motif").fill("Elle ne retrouve pas sa demande, elle m’appelle")
    suivre(admin, admin.get_by_role("button", name="Agir en son nom"), capture="assistance")
    bandeau = admin.get_by_role("region", name="Assistance en cours")
    expect(bandeau).to_contain_text("vous agissez au nom de Préfecture de la Haute-Marne")
    visiter(admin, "/chiffres/")
    expect(bandeau).to_be_visible()
    visiter(admin, "/espace/compte/donnees/", statut=403)
    visiter(admin, "/espace/")
    suivre(admin, bandeau.get_by_role("button", name="Rendre la main"))
    expect(bandeau).to_have_count(0)
    expect(admin.get_by_role("main")).to_contain_text("n’agit plus au nom de")


def test_pages_about_me_hold_on_every_screen(ouvrir):
    page = ouvrir()
    connecter(page, "Région Grand Est")
    for adresse in ("/espace/compte/", "/espace/compte/securite/", "/espace/compte/donnees/"):
        visiter(page, adresse)
    with page.expect_download() as telechargement:
        page.get_by_role("link", name="Emporter mes données").click()
    assert telechargement.value.suggested_filename.startswith("mes-donnees-maillage-")
    visiter(page, "/espace/compte/donnees/effacer/")
    anonyme = ouvrir()
    for adresse in ("/connexion/", "/rejoindre/", "/rejoindre/envoyee/"):
        visiter(anonyme, adresse)
