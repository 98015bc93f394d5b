"""Désigner, corriger, joindre un signataire : chacun doit pouvoir signer, et personne à sa place."""

from datetime import date

import pytest
from django.test import override_settings

from maillage.comptes.enums import ButLien, RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Invite, LienPersonnel, Personne
from maillage.contrats import events
from maillage.contrats.actions import (
    add_signataire,
    change_email_signataire,
    freeze_acte,
    send_lien_signature,
    sign_acte,
    update_signataire,
)
from maillage.contrats.composition import compose_acte
from maillage.contrats.enums import College, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.selectors import fiches_a_inscrire, find_a_verifier
from maillage.documents.blocs import to_json
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.journal.models import Entree
from maillage.notifications.models import Courriel
from maillage.socle.erreurs import AccesRefuse, ActionImpossible
from tests.contrats.monde import Monde
from tests.fabriques import make_organisation, make_personne


def sign_premiers(acte: Acte, monde: Monde) -> Signataire:
    """Les deux rangs 1 ont signé ; rend le signataire de l’entreprise, dont c’est le tour."""
    for organisation, by in ((monde.epci, monde.presidente), (monde.etat, monde.sous_prefet)):
        sign_acte(
            signataire=acte.signataires.get(organisation=organisation), by=by, signe_le=date(2019, 11, 19)
        )
    return acte.signataires.get(organisation=monde.entreprise)


def get_champs(signataire: Signataire, **changements: object) -> dict[str, object]:
    champs = ("nom", "qualite", "college", "ordre", "email", "deliberation", "deliberation_le")
    return {champ: getattr(signataire, champ) for champ in champs} | changements


# --- corriger -----------------------------------------------------------------------------------------------------


def test_update_signataire_writes_one_line_naming_what_changed(monde: Monde) -> None:
    signataire = monde.signataires(monde.projet())["epci"]
    update_signataire(signataire=signataire, by=monde.cheffe, **get_champs(signataire, nom="Claude Roux"))
    update_signataire(signataire=signataire, by=monde.cheffe, **get_champs(signataire, nom="Claude Roux"))
    entree = Entree.objects.get(code=events.SIGNATAIRE_MODIFIE)
    assert entree.apres["champs"] == ["représentant·e"]
    assert Signataire.objects.get(pk=signataire.pk).nom == "Claude Roux"


def test_a_signataire_of_a_frozen_acte_is_not_corrected(monde: Monde) -> None:
    signataire = monde.arrete().signataires.first()
    with pytest.raises(ActionImpossible, match="avenant"):
        update_signataire(signataire=signataire, by=monde.cheffe, **get_champs(signataire, nom="X"))


def test_a_correction_does_not_make_a_double(monde: Monde) -> None:
    acte = monde.projet()
    premier = monde.signataires(acte)["epci"]
    second = add_signataire(
        acte=acte,
        organisation=monde.epci,
        qualite="Élu",
        college=College.INTERCOMMUNALITES,
        nom="Autre",
        by=monde.cheffe,
    )
    with pytest.raises(ActionImpossible, match="déjà signataire"):
        update_signataire(signataire=second, by=monde.cheffe, **get_champs(second, nom=premier.nom))


def test_a_deliberation_is_never_in_the_future(monde: Monde) -> None:
    with pytest.raises(ActionImpossible, match="avenir"):
        add_signataire(
            acte=monde.projet(),
            organisation=monde.epci,
            qualite="Présidente",
            college=College.INTERCOMMUNALITES,
            deliberation="1",
            deliberation_le=date(2999, 1, 1),
            by=monde.cheffe,
        )
    assert not Signataire.objects.exists()


# --- pouvoir signer -----------------------------------------------------------------------------------------------


def test_freeze_names_those_who_could_never_sign(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    Signataire.objects.filter(pk=signataires["entreprise"].pk).update(email="")
    Personne.objects.filter(pk=monde.sous_prefet.pk).update(is_active=False)
    with pytest.raises(ActionImpossible) as refus:
        freeze_acte(acte=acte, by=monde.cheffe)
    assert monde.entreprise.nom in str(refus.value)
    assert monde.etat.nom in str(refus.value)
    assert monde.epci.nom not in str(refus.value)
    acte.refresh_from_db()
    assert acte.statut == StatutActe.PROJET


def test_a_public_body_receives_a_lien_only_at_its_own_address(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    Personne.objects.filter(pk=monde.sous_prefet.pk).update(is_active=False)
    Signataire.objects.filter(pk=signataires["etat"].pk).update(email="chef@territoire.example")
    with pytest.raises(ActionImpossible, match="Personne ne pourrait signer"):
        freeze_acte(acte=acte, by=monde.cheffe)
    monde.etat.courriel = "Prefecture@essai.example"
    monde.etat.save()
    Signataire.objects.filter(pk=signataires["etat"].pk).update(email="prefecture@essai.example")
    acte = freeze_acte(acte=acte, by=monde.cheffe)
    assert LienPersonnel.objects.get(but=ButLien.SIGNER_ACTE).email == "prefecture@essai.example"
    signataire = acte.signataires.get(organisation=monde.etat)
    with pytest.raises(ActionImpossible, match="organisme public"):
        change_email_signataire(signataire=signataire, email="chef@territoire.example", by=monde.cheffe)
    signataire.refresh_from_db()
    assert signataire.email == "prefecture@essai.example"


def test_no_lien_goes_to_who_signs_with_an_account(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    Signataire.objects.filter(pk=signataires["epci"].pk).update(email="autre@territoire.example")
    freeze_acte(acte=acte, by=monde.cheffe)
    assert not LienPersonnel.objects.filter(but=ButLien.SIGNER_ACTE).exists()
    signataires["epci"].refresh_from_db()
    with pytest.raises(ActionImpossible, match="avec son compte"):
        send_lien_signature(signataire=signataires["epci"], by=monde.cheffe)


def test_an_account_that_cannot_sign_does_not_count(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    Signataire.objects.filter(pk=signataires["entreprise"].pk).update(email="")
    make_personne(RoleOrganisation.ADMINISTRATEUR, organisation=monde.entreprise)
    with pytest.raises(ActionImpossible, match="Personne ne pourrait signer"):
        freeze_acte(acte=acte, by=monde.cheffe)
    make_personne(RoleOrganisation.PORTEUR, organisation=monde.entreprise)
    assert freeze_acte(acte=acte, by=monde.cheffe).statut == StatutActe.ARRETE


# --- changer l’adresse ----------------------------------------------------------------------------------------------


def test_a_new_address_gets_the_lien_and_the_old_one_signs_no_more(monde: Monde) -> None:
    signataire = sign_premiers(monde.arrete(), monde)
    ancien = LienPersonnel.objects.get(but=ButLien.SIGNER_ACTE)
    assert change_email_signataire(signataire=signataire, email="Neuve@forges.example", by=monde.cheffe)
    nouveau = LienPersonnel.objects.get(but=ButLien.SIGNER_ACTE, email="neuve@forges.example")
    with pytest.raises(AccesRefuse, match="Cette signature revient à"):
        sign_acte(signataire=signataire, by=Invite(ancien))
    assert Entree.objects.filter(code=events.SIGNATAIRE_MODIFIE).count() == 1
    assert sign_acte(signataire=signataire, by=Invite(nouveau)).statut == StatutActe.SIGNE


def test_the_address_of_who_has_signed_or_of_a_projet_does_not_change_there(monde: Monde) -> None:
    projet = monde.projet()
    signataire = monde.signataires(projet)["entreprise"]
    with pytest.raises(ActionImpossible, match="Projet"):
        change_email_signataire(signataire=signataire, email="a@b.example", by=monde.cheffe)
    acte = monde.arrete()
    dernier = sign_premiers(acte, monde)
    with pytest.raises(ActionImpossible, match="a déjà signé"):
        change_email_signataire(
            signataire=acte.signataires.get(organisation=monde.epci), email="a@b.example", by=monde.cheffe
        )
    assert dernier.email == "alix@forges.example"


def test_the_mail_speaks_of_the_equipe_and_not_of_who_signed_before(monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    Signataire.objects.filter(organisation=monde.entreprise).update(nom="")
    acte = freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 12))
    sign_premiers(acte, monde)
    texte = Courriel.objects.get(destinataire="alix@forges.example").corps
    assert "Bonjour," in texte
    assert "l’équipe du territoire Pays des Forges" in texte
    assert monde.sous_prefet.nom not in texte


def test_fiches_are_inscribed_by_the_signature_and_not_by_a_signataire(monde: Monde) -> None:
    signataire = sign_premiers(monde.arrete(), monde)
    lien = LienPersonnel.objects.get(but=ButLien.SIGNER_ACTE)
    sign_acte(signataire=signataire, by=Invite(lien), signe_le=date(2019, 11, 19))
    inscrite = FicheAction.objects.get(code="F1")
    assert inscrite.statut == StatutFiche.INSCRITE
    entree = Entree.objects.for_cible(inscrite).order_by("-pk").first()
    assert entree.auteur_libelle == "signature de l’acte"


# --- à vérifier -----------------------------------------------------------------------------------------------------


def test_what_surprises_in_a_projet_is_said_phrase_by_phrase(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    Signataire.objects.filter(pk=signataires["etat"].pk).update(nom="", college=College.ECONOMIQUES)
    region = make_organisation(TypeOrganisation.REGION, nom="Région d’essai")
    add_signataire(
        acte=acte, organisation=region, nom="R", qualite="Q", college=College.PUBLICS, by=monde.cheffe
    )
    phrases = find_a_verifier(
        signataires=list(acte.signataires.select_related("organisation")),
        fiches=list(fiches_a_inscrire(acte.territoire)),
        jour=date(2019, 11, 11),
    )
    attendues = [
        ("CC des Forges", "après la date d’effet"),
        (monde.etat.nom, "le nom du ou de la signataire manque"),
        (monde.etat.nom, "on l’attend parmi «\u00a0Les partenaires publics\u00a0»"),
        ("Région d’essai", "aucune délibération"),
        ("F3", "n’a pas encore validées"),
    ]
    assert len(phrases) == len(attendues)
    for qui, quoi in attendues:
        assert any(qui in phrase and quoi in phrase for phrase in phrases), (qui, quoi)


def test_nothing_surprises_in_a_complete_projet(monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    signataires = list(acte.signataires.select_related("organisation"))
    assert find_a_verifier(signataires=signataires, fiches=[], jour=date(2019, 11, 12)) == []


# --- adresse de vérification ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adresse", "attendu"),
    [
        ("https://maillage.example", "à l’adresse https://maillage.example/verifier/"),
        ("http://localhost:8000", "sur la page « Vérifier un acte » de la plateforme"),
    ],
)
def test_only_a_public_address_is_printed(monde: Monde, adresse: str, attendu: str) -> None:
    acte = monde.projet()
    with override_settings(ADRESSE_PUBLIQUE=adresse):
        document = compose_acte(acte, fiches=[], signataires=[], arrete=True)
    texte = str(to_json(document)).replace("\\xa0", " ")
    assert attendu in texte
    assert "localhost" not in texte
