"""Un avenant part du texte en vigueur, dit ce qui change et donne le texte consolidé."""

from datetime import date

import pypdfium2
import pytest

from maillage.contrats.actions import (
    add_signataire,
    freeze_acte,
    open_acte,
    open_avenant,
    remove_signataire,
    sign_acte,
    update_acte,
    withdraw_acte,
)
from maillage.contrats.avenants import compare_avenant, list_chaine
from maillage.contrats.enums import College, NatureActe, StatutActe
from maillage.contrats.models import Acte
from maillage.contrats.selectors import fiches_a_inscrire
from maillage.fiches.actions import update_fiche
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Etape
from tests.contrats.monde import Monde
from tests.fabriques import make_organisation, make_personne
from tests.www.actes.test_pages import adresse

JOUR = date(2019, 11, 19)


def _sign_all(acte: Acte, monde: Monde, jour: date = JOUR) -> Acte:
    for signataire in acte.signataires.select_related("organisation"):
        if not signataire.deliberation and signataire.doit_deliberer:
            signataire.deliberation = "2020-1"
            signataire.save()
        by = make_personne("epci", organisation=signataire.organisation)
        acte = sign_acte(signataire=signataire, by=by, signe_le=jour)
    return acte


def _texte(piece) -> str:
    with piece.fichier.open("rb") as fichier:
        document = pypdfium2.PdfDocument(fichier.read())
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


@pytest.fixture
def signe(monde: Monde) -> Acte:
    return _sign_all(monde.arrete(), monde)


def test_an_avenant_amends_a_signed_acte_one_at_a_time(monde: Monde, signe: Acte):
    with pytest.raises(ActionImpossible, match="un avenant modifie un acte signé"):
        open_avenant(acte=monde.projet(), motif="x", by=monde.cheffe)
    with pytest.raises(ActionImpossible, match="Dites pourquoi modifier"):
        open_avenant(acte=signe, motif=" ", by=monde.cheffe)
    with pytest.raises(ActionImpossible, match="s’ouvre depuis l’acte signé"):
        open_acte(territoire=monde.territoire, nature=NatureActe.AVENANT, periode="", by=monde.cheffe)
    avenant = open_avenant(acte=signe, motif="Le plan évolue.", by=monde.cheffe)
    assert avenant.articles == signe.articles
    assert avenant.signataires.count() == signe.signataires.count()
    with pytest.raises(ActionImpossible, match="Un avenant est déjà en cours"):
        open_avenant(acte=signe, motif="Encore", by=monde.cheffe)


def test_what_changes_is_told_then_drawn_with_the_consolidated_text(monde: Monde, signe: Acte):
    avenant = open_avenant(acte=signe, motif="Le plan évolue.", by=monde.cheffe)
    rien = compare_avenant(
        avenant,
        fiches=list(fiches_a_inscrire(monde.territoire)),
        signataires=list(avenant.signataires.select_related("organisation")),
        jour=JOUR,
    )
    assert rien.is_vide
    articles = [dict(article) for article in avenant.articles]
    articles[0]["texte"] = "Un objet tout neuf."
    update_acte(
        acte=avenant,
        by=monde.cheffe,
        version_lue=avenant.version,
        titre=avenant.titre,
        periode="2019-2023",
        preambule=avenant.preambule,
        articles=articles[:-1],
    )
    premiere, seconde = list(fiches_a_inscrire(monde.territoire))[:2]
    update_fiche(fiche=premiere, version_lue=premiere.version, description="Autre", by=monde.cheffe)
    monde.fiche("F9", titre="Nouvelle action")
    remove_signataire(signataire=avenant.signataires.get(organisation=monde.entreprise), by=monde.cheffe)
    add_signataire(
        acte=avenant,
        organisation=make_organisation("operateur", nom="Opérateur neuf"),
        qualite="Direction",
        college=College.PUBLICS,
        email="",
        by=monde.cheffe,
    )
    avenant = Acte.objects.select_related("territoire__vague", "avenant_de").get(pk=avenant.pk)
    change = compare_avenant(
        avenant,
        fiches=list(fiches_a_inscrire(monde.territoire)),
        signataires=list(avenant.signataires.select_related("organisation")),
        jour=JOUR,
    )
    assert change.periode == ("2019-2022", "2019-2023")
    assert [(a.titre, a.nature) for a in change.articles] == [
        (signe.articles[0]["titre"], "réécrit"),
        (signe.articles[-1]["titre"], "retiré"),
    ]
    assert change.fiches_ajoutees == ["F9 Nouvelle action"]
    assert [nom for nom, _ in change.fiches_changees] == [str(premiere)]
    assert (change.parties_ajoutees, change.parties_retirees) == (["Opérateur neuf"], [str(monde.entreprise)])
    make_personne("financeur", organisation=avenant.signataires.get(qualite="Direction").organisation)
    avenant = freeze_acte(acte=avenant, by=monde.cheffe)
    texte = _texte(avenant.piece_pdf)
    for attendu in (
        "Ce qui change",
        "Texte consolidé",
        "2019-2023, au lieu de 2019-2022",
        "Un objet tout neuf.",
    ):
        assert attendu in texte
    assert seconde.titre in texte


def test_a_signed_avenant_counts_no_second_acte_and_continues_the_chain(monde: Monde, signe: Acte):
    etapes = Etape.objects.connues().filter(territoire=monde.territoire).count()
    premier = open_avenant(acte=signe, motif="Un", by=monde.cheffe)
    premier = _sign_all(freeze_acte(acte=premier, by=monde.cheffe), monde, aujourdhui())
    assert premier.statut == StatutActe.SIGNE
    assert Etape.objects.connues().filter(territoire=monde.territoire).count() == etapes
    second = open_avenant(acte=premier, motif="Deux", by=monde.cheffe)
    assert second.avenant_de == signe
    assert [a.pk for a in list_chaine(second)] == [signe.pk, premier.pk, second.pk]
    freeze_acte(acte=second, by=monde.cheffe)
    withdraw_acte(acte=second, motif="Renoncé", by=monde.cheffe)
    assert open_avenant(acte=signe, motif="Trois", by=monde.cheffe).titre.startswith("Avenant n°\u00a02")


def test_the_team_opens_an_avenant_from_the_page(client, monde: Monde, signe: Acte):
    client.force_login(monde.cheffe)
    assert adresse("acte-avenant", signe) in client.get(signe.get_absolute_url()).content.decode()
    url = client.post(adresse("acte-avenant", signe), {"motif": "Le périmètre change"}).url
    page = client.get(url).content.decode()
    assert "Ce que change cet avenant" in page
    assert "L’acte et ses avenants" in page
