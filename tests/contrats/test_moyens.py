"""Plusieurs façons de signer le même acte, et tout ce qui peut mal se passer entre l’arrêt et la dernière signature."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from maillage.contrats import papier, pdf_signe
from maillage.contrats.actions import (
    add_signataire,
    declare_fonction_vacante,
    file_scan,
    freeze_acte,
    open_acte,
    record_deliberation,
    record_pdf_signe,
    record_signature_papier,
    refuse_signature,
    replace_signataire,
    seal_acte,
    set_groupe,
    sign_acte,
    unfreeze_acte,
    withdraw_acte,
)
from maillage.contrats.dossier_preuve import build_dossier_preuve
from maillage.contrats.enums import College, MoyenSignature, NatureActe, StatutActe
from maillage.contrats.models import Acte
from maillage.contrats.selectors import find_acte_by_sha256, find_acte_prolonge
from maillage.notifications.models import Attente
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from tests.contrats.monde import Monde
from tests.fabriques import make_personne, make_piece

JOUR = date(2019, 11, 19)


def _lire(piece) -> bytes:
    with piece.fichier.open("rb") as fichier:
        return fichier.read()


def _sign(acte, monde, *noms):
    gens = {"epci": (monde.epci, monde.presidente), "etat": (monde.etat, monde.sous_prefet)}
    for nom in noms:
        organisation, personne = gens[nom]
        acte = sign_acte(
            signataire=acte.signataires.get(organisation=organisation), by=personne, signe_le=JOUR
        )
    return acte


def _numeriser(contenu: bytes, *, angles=None, sauf=()) -> bytes:
    """Imprime, puis numérise : des images, tournées de tant de degrés, sans certaines pages (numéros depuis 1)."""
    source, images = pypdfium2.PdfDocument(contenu), []
    for rang in range(len(source)):
        if rang + 1 in sauf:
            continue
        image = source[rang].render(scale=150 / 72, grayscale=True).to_pil()
        images.append(image.rotate((angles or {}).get(rang + 1, 0), expand=True, fillcolor=255))
    source.close()
    tampon = io.BytesIO()
    images[0].save(tampon, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return tampon.getvalue()


@pytest.fixture
def cachet(settings, tmp_path: Path):
    settings.CACHET_P12, settings.CACHET_MOT_DE_PASSE = str(tmp_path / "cachet.p12"), "essai"
    pdf_signe.write_certificat_essai(tmp_path / "cachet.p12", mot_de_passe="essai", nom="Région d’essai")


# --- délibération, groupe, fonction ----------------------------------------------------------------------------------


def test_a_body_that_deliberates_waits_for_its_deliberation(monde: Monde):
    acte = monde.projet()
    monde.signataires(acte)
    epci = acte.signataires.get(organisation=monde.epci)
    epci.deliberation, epci.deliberation_le = "", None
    epci.save()
    acte = freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 12))
    with pytest.raises(ActionImpossible, match="enregistrez d’abord sa délibération"):
        _sign(acte, monde, "epci")
    record_deliberation(
        signataire=epci, numero="2019-40", deliberation_le=date(2019, 11, 18), by=monde.cheffe
    )
    with pytest.raises(ActionImpossible, match=r"La délibération .* est du 18 novembre 2019"):
        sign_acte(signataire=epci, by=monde.presidente, signe_le=date(2019, 11, 14))
    assert _sign(acte, monde, "epci").statut == StatutActe.SIGNE_PARTIELLEMENT


def test_a_deliberation_is_received_after_it_is_taken(monde: Monde):
    epci = monde.arrete().signataires.get(organisation=monde.epci)
    with pytest.raises(ActionImpossible, match="La préfecture la reçoit après"):
        record_deliberation(
            signataire=epci,
            numero="1",
            deliberation_le=date(2019, 11, 18),
            recue_le=date(2019, 11, 1),
            by=monde.cheffe,
        )


def test_two_of_three_are_enough(monde: Monde):
    acte = monde.projet()
    monde.signataires(acte)
    trois = [
        add_signataire(
            acte=acte,
            organisation=monde.epci,
            nom=f"Vice-présidence {rang}",
            qualite="Vice-président",
            college=College.INTERCOMMUNALITES,
            deliberation="2019-12",
            by=monde.cheffe,
        )
        for rang in (1, 2, 3)
    ]
    with pytest.raises(ActionImpossible, match="de 1 à 2 signatures"):
        set_groupe(acte=acte, nom="Bureau", requis=3, signataires=trois, by=monde.cheffe)
    set_groupe(acte=acte, nom="Bureau", requis=2, signataires=trois, by=monde.cheffe)
    acte = freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 12))
    acte = _sign(acte, monde, "etat")
    sign_acte(signataire=acte.signataires.get(nom="Camille Martin"), by=monde.presidente, signe_le=JOUR)
    gens = [make_personne("epci", organisation=monde.epci) for _ in trois]
    for signataire, personne in list(zip(trois, gens, strict=True))[:2]:
        sign_acte(signataire=signataire, by=personne, signe_le=JOUR)
    assert Attente.objects.ouvertes().get(code="contrats.signer").organisation == monde.entreprise  # rang 2
    with pytest.raises(ActionImpossible, match="a déjà assez de signatures"):
        sign_acte(signataire=trois[2], by=gens[2], signe_le=JOUR)


def test_one_person_does_not_sign_for_two(monde: Monde):
    acte = monde.projet()
    monde.signataires(acte)
    second = add_signataire(
        acte=acte,
        organisation=monde.etat,
        nom="Seconde préfète",
        qualite="Préfète",
        college=College.PUBLICS,
        by=monde.cheffe,
    )
    acte = freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 12))
    sign_acte(signataire=acte.signataires.get(nom="Dominique Petit"), by=monde.sous_prefet, signe_le=JOUR)
    with pytest.raises(ActionImpossible, match="Vous avez déjà signé cet acte pour"):
        sign_acte(signataire=second, by=monde.sous_prefet, signe_le=JOUR)
    premier = acte.signataires.get(nom="Dominique Petit")
    with pytest.raises(ActionImpossible, match="a déjà signé"):
        sign_acte(signataire=premier, by=monde.sous_prefet, signe_le=JOUR)


def test_who_lost_the_function_does_not_sign(monde: Monde):
    acte = monde.arrete()
    monde.presidente.fonctions.update(fin=date(2019, 1, 1))
    perdue = type(monde.presidente).objects.get(pk=monde.presidente.pk)
    with pytest.raises(AccesRefuse):
        sign_acte(signataire=acte.signataires.get(organisation=monde.epci), by=perdue, signe_le=JOUR)


def test_a_vacant_function_waits_for_a_replacement_and_the_document_does_not_move(monde: Monde):
    acte = monde.arrete()
    empreinte = acte.piece_pdf.sha256
    epci = acte.signataires.get(organisation=monde.epci)
    declare_fonction_vacante(signataire=epci, motif="Démission", by=monde.cheffe)
    with pytest.raises(ActionImpossible, match="est vacante depuis"):
        _sign(acte, monde, "epci")
    with pytest.raises(ActionImpossible, match="Joignez l’arrêté de délégation"):
        replace_signataire(
            signataire=epci,
            nom="Nouveau",
            qualite="Vice-président",
            motif="x",
            delegation="arrêté 3",
            by=monde.cheffe,
        )
    epci = replace_signataire(
        signataire=epci,
        nom="Nouveau",
        qualite="Vice-président",
        motif="Délégation du bureau",
        delegation="arrêté n° 3",
        piece_delegation=make_piece(),
        by=monde.cheffe,
    )
    acte = _sign(acte, monde, "epci")
    epci.refresh_from_db()
    assert (acte.piece_pdf.sha256, epci.nom) == (empreinte, "Nouveau")
    assert [r.nouveau_nom for r in epci.remplacements.all()] == ["", "Nouveau"]
    assert "arrêté n° 3" in epci.preuve["consentement"]
    with pytest.raises(ActionImpossible, match="a déjà signé"):
        replace_signataire(signataire=epci, nom="X", qualite="Y", motif="z", by=monde.cheffe)


# --- refus, retrait --------------------------------------------------------------------------------------------------


def test_a_refusal_says_why_and_lets_one_sign_later(monde: Monde):
    acte = monde.arrete()
    epci = acte.signataires.get(organisation=monde.epci)
    with pytest.raises(ActionImpossible, match="Dites pourquoi"):
        refuse_signature(signataire=epci, motif=" ", by=monde.presidente)
    with pytest.raises(AccesRefuse):
        refuse_signature(signataire=epci, motif="Non", by=monde.sous_prefet)
    refuse_signature(signataire=epci, motif="L’article 4 a changé", by=monde.presidente)
    assert Attente.objects.ouvertes().get(code="contrats.refus").motif == "L’article 4 a changé"
    _sign(acte, monde, "epci")
    epci.refresh_from_db()
    assert epci.signe_at is not None
    assert not Attente.objects.ouvertes().filter(code="contrats.refus").exists()


def test_an_acte_is_withdrawn_before_the_last_signature_only(monde: Monde):
    acte = _sign(monde.arrete(), monde, "epci")
    acte = withdraw_acte(acte=acte, motif="Le périmètre change", by=monde.cheffe)
    assert acte.statut == StatutActe.RETIRE
    assert not Attente.objects.ouvertes().filter(code="contrats.signer").exists()
    with pytest.raises(ActionImpossible, match="on ne peut pas le signer"):
        _sign(acte, monde, "etat")
    with pytest.raises(ActionImpossible, match="on ne retire qu’un acte arrêté"):
        withdraw_acte(acte=acte, motif="Encore", by=monde.cheffe)


def test_the_proof_of_a_platform_signature_says_what_was_read(monde: Monde):
    acte = monde.arrete()
    signataire = acte.signataires.get(organisation=monde.epci)
    sign_acte(
        signataire=signataire, by=monde.presidente, signe_le=JOUR, authentification="Identité confirmée"
    )
    signataire.refresh_from_db()
    assert signataire.moyen == MoyenSignature.PLATEFORME
    assert signataire.preuve["sha256"] == acte.piece_pdf.sha256
    assert acte.piece_pdf.sha256 in signataire.preuve["consentement"]
    assert signataire.preuve["authentification"] == "Identité confirmée"


# --- papier ----------------------------------------------------------------------------------------------------------


def _autre(monde: Monde) -> Acte:
    """Un contrat, dont le texte n’est pas celui du protocole."""
    acte = open_acte(
        territoire=monde.territoire, nature=NatureActe.CONTRAT, periode="2019-2022", by=monde.cheffe
    )
    monde.signataires(acte)
    return freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 12))


def _version_papier(acte: Acte) -> bytes:
    return papier.draw_version_papier(_lire(acte.piece_pdf), sha256=acte.piece_pdf.sha256)


def test_a_scan_in_every_direction_is_recognised_and_put_upright(monde: Monde):
    acte = monde.arrete()
    total = len(pypdfium2.PdfDocument(_lire(acte.piece_pdf)))
    assert total >= 3
    copie = _numeriser(_version_papier(acte), angles={1: 180, 2: 90, 3: 3})
    depot = file_scan(contenu=copie, by=monde.cheffe, peut=lambda autre: True, attendu=acte)
    [une] = depot.copies
    assert (une.pages_lues, une.manquantes, depot.remarques) == (total, [], [])
    redressee = pypdfium2.PdfDocument(_lire(une.piece))
    assert [page.get_rotation() for page in redressee][:2] == [180, 90]
    acte = record_signature_papier(
        copie=une,
        signataires=[acte.signataires.get(organisation=o) for o in (monde.epci, monde.etat)],
        signe_le=JOUR,
        by=monde.cheffe,
    )
    assert set(acte.signataires.filter(signe_at__isnull=False).values_list("moyen", flat=True)) == {"papier"}
    assert find_acte_by_sha256(une.piece.sha256).acte == acte


def test_a_scan_that_misses_a_page_is_filed_but_signs_nothing(monde: Monde):
    acte = monde.arrete()
    copie = _numeriser(_version_papier(acte), sauf=(2,))
    [une] = file_scan(contenu=copie, by=monde.cheffe, peut=lambda autre: True, attendu=acte).copies
    assert une.manquantes == [2]
    with pytest.raises(ActionImpossible, match="la page 2"):
        record_signature_papier(
            copie=une,
            signataires=[acte.signataires.get(organisation=monde.epci)],
            signe_le=JOUR,
            by=monde.cheffe,
        )
    assert not acte.signataires.filter(signe_at__isnull=False).exists()


def test_the_scan_of_another_acte_is_named_and_refused(monde: Monde):
    autre, acte = _autre(monde), monde.arrete()
    copie = _numeriser(_version_papier(autre))
    with pytest.raises(ActionImpossible, match=f"c’est celle de «\u00a0{autre.titre}"):
        file_scan(contenu=copie, by=monde.cheffe, peut=lambda un: True, attendu=acte)
    assert not acte.copies.exists()


def test_several_actes_in_one_file_go_each_to_its_own(monde: Monde):
    un, deux = monde.arrete(), _autre(monde)
    melange = pikepdf.new()
    for contenu in (_numeriser(_version_papier(un)), _numeriser(_version_papier(deux))):
        with pikepdf.open(io.BytesIO(contenu)) as source:
            melange.pages.extend(source.pages)
    tampon = io.BytesIO()
    melange.save(tampon)
    depot = file_scan(contenu=tampon.getvalue(), by=monde.cheffe, peut=lambda acte: True, attendu=un)
    assert {copie.acte_id: copie.is_complete for copie in depot.copies} == {un.pk: True, deux.pk: True}


@pytest.mark.parametrize(
    ("contenu", "phrase"), [(b"%PDF-1.7 tronque", "ne se lit pas"), (b"pas un pdf", "ne se lit pas")]
)
def test_an_unreadable_scan_is_a_sentence(monde: Monde, contenu, phrase):
    with pytest.raises(ActionImpossible, match=phrase):
        file_scan(contenu=contenu, by=monde.cheffe, peut=lambda acte: True)


def test_a_scan_without_our_drawing_is_a_sentence(monde: Monde):
    acte = monde.arrete()
    with pytest.raises(ActionImpossible, match="Aucune page de ce fichier ne porte le dessin"):
        file_scan(contenu=_lire(acte.piece_pdf), by=monde.cheffe, peut=lambda un: True, attendu=acte)


def test_the_copy_of_a_version_taken_back_is_worth_nothing(monde: Monde):
    acte = monde.arrete()
    copie = _numeriser(_version_papier(acte))
    unfreeze_acte(acte=acte, by=monde.cheffe, motif="Erreur")
    with pytest.raises(ActionImpossible, match="d’une version qui ne vaut plus"):
        file_scan(contenu=copie, by=monde.cheffe, peut=lambda un: True, attendu=acte)


# --- PDF signé ailleurs, cachet --------------------------------------------------------------------------------------


def test_a_pdf_signed_elsewhere_is_accepted_with_its_certificate(monde: Monde, cachet):
    acte = monde.arrete()
    epci = acte.signataires.get(organisation=monde.epci)
    signe = pdf_signe.seal_pdf(_lire(acte.piece_pdf), raison="essai")
    record_pdf_signe(signataire=epci, contenu=signe, nom="signe.pdf", signe_le=JOUR, by=monde.cheffe)
    epci.refresh_from_db()
    [lue] = epci.preuve["signatures"]
    assert epci.moyen == MoyenSignature.PDF
    assert (lue["signataire"], lue["intacte"], lue["autorite_reconnue"]) == ("Région d’essai", True, False)
    assert epci.preuve["fichier_prolonge"] is True


def test_a_pdf_rewritten_by_a_signature_tool_keeps_its_words(monde: Monde, cachet):
    acte = monde.arrete()
    with pikepdf.open(io.BytesIO(_lire(acte.piece_pdf))) as pdf:
        tampon = io.BytesIO()
        pdf.save(tampon, linearize=True)
    signe = pdf_signe.seal_pdf(tampon.getvalue(), raison="essai")
    epci = acte.signataires.get(organisation=monde.epci)
    record_pdf_signe(signataire=epci, contenu=signe, nom="signe.pdf", signe_le=JOUR, by=monde.cheffe)
    epci.refresh_from_db()
    assert epci.preuve["fichier_prolonge"] is False


def test_a_pdf_that_is_not_the_acte_or_does_not_hold_is_refused(monde: Monde, cachet):
    acte, autre = monde.arrete(), monde.projet()
    arrete = _lire(acte.piece_pdf)
    epci = acte.signataires.get(organisation=monde.epci)

    def deposer(contenu):
        record_pdf_signe(signataire=epci, contenu=contenu, nom="a.pdf", signe_le=JOUR, by=monde.cheffe)

    with pytest.raises(ActionImpossible, match="ne porte aucune signature"):
        deposer(arrete)
    with pikepdf.open(io.BytesIO(arrete)) as pdf:
        del pdf.pages[-1]
        tampon = io.BytesIO()
        pdf.save(tampon)
    with pytest.raises(ActionImpossible, match="il en manque"):
        deposer(pdf_signe.seal_pdf(tampon.getvalue(), raison="x"))
    abime = bytearray(pdf_signe.seal_pdf(arrete, raison="x"))
    abime[700] ^= 1
    with pytest.raises(ActionImpossible):
        deposer(bytes(abime))
    with pytest.raises(ActionImpossible, match="ne se lit pas"):
        deposer(b"%PDF-1.7 rien")
    assert autre.statut == StatutActe.PROJET
    epci.refresh_from_db()
    assert epci.signe_at is None


def _signe(monde: Monde) -> Acte:
    acte = _sign(monde.arrete(), monde, "epci", "etat")
    by = make_personne("porteur", organisation=monde.entreprise)
    return sign_acte(signataire=acte.signataires.get(organisation=monde.entreprise), by=by, signe_le=JOUR)


def test_the_seal_of_the_platform_prolongs_the_frozen_file(monde: Monde, cachet):
    acte = monde.arrete()
    with pytest.raises(ActionImpossible, match="signé par tous"):
        seal_acte(acte=acte, by=monde.cheffe)
    acte = seal_acte(acte=_signe(monde), by=monde.cheffe)
    scelle = _lire(acte.piece_cachet)
    assert scelle.startswith(_lire(acte.piece_pdf))
    assert pdf_signe.read_signatures(scelle)[0].is_intacte
    assert find_acte_by_sha256(acte.piece_cachet.sha256).forme == "PDF scellé par la plateforme"
    with pytest.raises(ActionImpossible, match="porte déjà le cachet"):
        seal_acte(acte=acte, by=monde.cheffe)


def test_a_wrong_password_of_the_seal_is_a_sentence(monde: Monde, cachet, settings):
    settings.CACHET_MOT_DE_PASSE = "faux"
    with pytest.raises(ActionImpossible, match="Le cachet n’a pas pu être posé"):
        seal_acte(acte=_signe(monde), by=monde.cheffe)


# --- preuve et vérification ------------------------------------------------------------------------------------------


def test_the_proof_file_holds_the_acte_and_each_signature_in_time_order(monde: Monde):
    acte = _signe(monde)
    archive = zipfile.ZipFile(io.BytesIO(build_dossier_preuve(acte)))
    assert archive.read("acte.pdf") == _lire(acte.piece_pdf)
    preuve = json.loads(archive.read("preuve.json"))
    assert preuve["sha256"] == acte.piece_pdf.sha256
    instants = [ligne["enregistree"] for ligne in preuve["signatures"]]
    assert instants == sorted(instants)
    assert all("eIDAS" in ligne["valeur"] for ligne in preuve["signatures"])
    assert "sha256sum" in archive.read("LISEZ-MOI.txt").decode()
    assert build_dossier_preuve(acte) == build_dossier_preuve(acte)


def test_a_cut_a_changed_and_a_completed_file_are_named(monde: Monde, cachet, client):
    acte = monde.arrete()
    arrete = _lire(acte.piece_pdf)
    change = bytearray(arrete)
    change[len(arrete) // 2] ^= 1
    cas = {
        "prolonge": pdf_signe.seal_pdf(arrete, raison="x"),
        "tronque": arrete[: len(arrete) // 2],
        "modifie": bytes(change),
    }
    for ecart, contenu in cas.items():
        assert find_acte_prolonge(contenu) == (acte, ecart)
    assert find_acte_prolonge(b"%PDF-1.4 autre chose") is None
    fichier = SimpleUploadedFile("a.pdf", cas["tronque"], "application/pdf")
    page = client.post("/verifier/", {"fichier": fichier}).content.decode()
    assert "Ce fichier est coupé" in page
