"""Plusieurs actes signés dans l’ordre, le même jour ; une coupure ne perd rien."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.contrats.actions import (
    add_acte_ceremonie,
    close_ceremonie,
    create_ceremonie,
    open_ceremonie,
    remove_acte_ceremonie,
    set_presence,
    sign_mine,
)
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Signataire
from maillage.contrats.selectors_ceremonie import count_signes, get_courant, read_ceremonie
from maillage.demonstration.repetition import rehearse_mulhouse
from maillage.pilotage.selectors import Perimetre, compute_chiffres
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.www.comptes.session import CLE_CONFIRMEE
from tests.fabriques import FABRIQUE, make_acte, make_personne, make_region, make_territoire

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire():
    return make_territoire("v1/ti-4403")


@pytest.fixture
def ceremonie(territoire):
    return create_ceremonie(
        titre="Essai", region=territoire.region, vague=territoire.vague, jour=aujourdhui(), by=FABRIQUE
    )


def _signer(ceremonie):
    """La personne attendue signe l’acte courant."""
    [signataire, *_] = get_courant(read_ceremonie(ceremonie)).attendus
    return sign_mine(ceremonie=ceremonie, by=make_personne("epci", organisation=signataire.organisation))


def test_actes_are_signed_one_after_the_other(ceremonie, territoire):
    premier, second = (make_acte(territoire=territoire, statut=StatutActe.ARRETE) for _ in range(2))
    for acte in (premier, second):
        add_acte_ceremonie(ceremonie=ceremonie, acte=acte, by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="n’est pas ouverte"):
        _signer(ceremonie)
    open_ceremonie(ceremonie=ceremonie, by=FABRIQUE)
    du_second = second.signataires.earliest("ordre", "pk")
    with pytest.raises(ActionImpossible, match="attendez l’acte suivant"):
        sign_mine(ceremonie=ceremonie, by=make_personne("epci", organisation=du_second.organisation))
    assert [_signer(ceremonie).pk for _ in range(4)] == [premier.pk, premier.pk, second.pk, second.pk]
    with pytest.raises(ActionImpossible, match="Tous les actes de la cérémonie sont signés"):
        sign_mine(ceremonie=ceremonie, by=make_personne())
    assert count_signes(ceremonie).signes == 1  # un territoire, deux actes


def test_a_cut_resumes_where_it_was(ceremonie, territoire):
    acte = make_acte(territoire=territoire, statut=StatutActe.ARRETE)
    add_acte_ceremonie(ceremonie=ceremonie, acte=acte, by=FABRIQUE)
    open_ceremonie(ceremonie=ceremonie, by=FABRIQUE)
    _signer(ceremonie)
    avant = ceremonie.__class__.objects.get(pk=ceremonie.pk).ouverte_at
    assert open_ceremonie(ceremonie=ceremonie, by=FABRIQUE).ouverte_at == avant
    assert read_ceremonie(ceremonie)[0].signees == 1
    assert _signer(ceremonie).statut == StatutActe.SIGNE


def test_what_enters_a_ceremony(ceremonie, territoire):
    def inscrire(acte):
        add_acte_ceremonie(ceremonie=ceremonie, acte=acte, by=FABRIQUE)

    with pytest.raises(ActionImpossible, match="on inscrit un acte arrêté"):
        inscrire(make_acte(territoire=territoire))
    fictif = make_territoire("v1/fictif-1", is_fictif=True)
    with pytest.raises(ActionImpossible, match="Un acte fictif se signe dans une répétition"):
        inscrire(make_acte(territoire=fictif, statut=StatutActe.ARRETE))
    acte = make_acte(territoire=territoire, statut=StatutActe.ARRETE)
    inscrire(acte)
    with pytest.raises(ActionImpossible, match="déjà inscrit"):
        inscrire(acte)
    ailleurs = create_ceremonie(
        titre="Loin",
        region=make_region("53", "Bretagne"),
        vague=territoire.vague,
        jour=aujourdhui(),
        by=FABRIQUE,
    )
    remove_acte_ceremonie(ligne=ceremonie.lignes.get(), by=FABRIQUE)
    with pytest.raises(ActionImpossible, match="n’est pas dans la région Bretagne"):
        add_acte_ceremonie(ceremonie=ailleurs, acte=acte, by=FABRIQUE)


def test_a_ceremony_opens_on_its_day_and_closes_once(territoire, ceremonie):
    with pytest.raises(ActionImpossible, match="Inscrivez au moins un acte"):
        open_ceremonie(ceremonie=ceremonie, by=FABRIQUE)
    acte = make_acte(territoire=territoire, statut=StatutActe.ARRETE)
    add_acte_ceremonie(ceremonie=ceremonie, acte=acte, by=FABRIQUE)
    with (
        time_machine.travel(f"{aujourdhui() - timedelta(days=2)} 10:00+01:00"),
        pytest.raises(ActionImpossible, match="prévue plus tard"),
    ):
        open_ceremonie(ceremonie=ceremonie, by=FABRIQUE)
    open_ceremonie(ceremonie=ceremonie, by=FABRIQUE)
    close_ceremonie(ceremonie=ceremonie, by=FABRIQUE)
    for acte_de_plus in (open_ceremonie, close_ceremonie):
        with pytest.raises(ActionImpossible):
            acte_de_plus(ceremonie=ceremonie, by=FABRIQUE)


def test_who_is_in_the_room_is_a_signatory_of_the_ceremony(ceremonie, territoire):
    acte, autre = (make_acte(territoire=territoire, statut=StatutActe.ARRETE) for _ in range(2))
    add_acte_ceremonie(ceremonie=ceremonie, acte=acte, by=FABRIQUE)
    assert set_presence(ceremonie=ceremonie, signataires=list(acte.signataires.all()[:1]), by=FABRIQUE) == 1
    assert len(read_ceremonie(ceremonie)[0].absents) == 1
    with pytest.raises(ActionImpossible, match="ne signe aucun acte"):
        set_presence(ceremonie=ceremonie, signataires=list(autre.signataires.all()), by=FABRIQUE)
    assert set_presence(ceremonie=ceremonie, signataires=[], by=FABRIQUE) == 0


def test_the_pages_of_a_ceremony(client, territoire):
    region = make_personne("region", territoire=territoire)
    client.force_login(region)
    saisie = {
        "titre": "Mulhouse",
        "region": territoire.region.pk,
        "vague": territoire.vague.pk,
        "jour": aujourdhui().isoformat(),
    }
    assert "Donnez un titre" in client.post(reverse("ceremonies"), saisie | {"titre": ""}).content.decode()
    url = client.post(reverse("ceremonies"), saisie).url
    pk = int(url.rstrip("/").rpartition("/")[2])
    acte = make_acte(territoire=territoire, statut=StatutActe.ARRETE)
    client.post(reverse("ceremonie-acte", args=[pk]), {"acte": acte.pk})
    client.post(reverse("ceremonie-ouvrir", args=[pk]))
    assert "On attend" in client.get(reverse("ceremonie-ecran", args=[pk])).content.decode()
    signataire = acte.signataires.earliest("ordre", "pk")
    client.force_login(make_personne("epci", organisation=signataire.organisation))
    session = client.session
    assert "confirmez votre identité" in client.get(url).content.decode()
    session[CLE_CONFIRMEE] = f"{aujourdhui()}T00:00:00+00:00"
    from maillage.socle.horloge import maintenant

    session[CLE_CONFIRMEE] = maintenant().isoformat()
    session.save()
    assert acte.piece_pdf.sha256 in client.get(url).content.decode()
    client.post(reverse("ceremonie-signer", args=[pk]))
    signataire.refresh_from_db()
    assert signataire.signe_at is None  # sans la case cochée
    client.post(reverse("ceremonie-signer", args=[pk]), {"accord": "oui"})
    signataire.refresh_from_db()
    assert "lors de «\u00a0Mulhouse\u00a0»" in signataire.preuve["authentification"]


def test_the_screen_asks_the_same_number_of_queries_for_one_and_for_four(ceremonie, territoire, client):
    client.force_login(make_personne("region", territoire=territoire))
    comptes = []
    for nombre in (1, 3):
        for _ in range(nombre):
            acte = make_acte(territoire=territoire, statut=StatutActe.ARRETE)
            add_acte_ceremonie(ceremonie=ceremonie, acte=acte, by=FABRIQUE)
        client.get(reverse("ceremonie-ecran", args=[ceremonie.pk]))
        with CaptureQueriesContext(connection) as requetes:
            client.get(reverse("ceremonie-ecran", args=[ceremonie.pk]))
        comptes.append(len(requetes))
    assert comptes[0] == comptes[1]


def test_mulhouse_rehearsed_goes_from_2_to_13_of_15_outside_public_figures():
    modeles = [make_territoire(f"v1/ti-99{rang:02d}") for rang in range(1, 16)]
    region, vague = modeles[0].region, modeles[0].vague
    avant = compute_chiffres(Perimetre(aujourdhui())).territoires["au_moins_un_acte"].certains
    bilan = rehearse_mulhouse(region=region, vague=vague, modeles=modeles, dire=lambda phrase: None)
    assert (bilan.avant.signes, bilan.avant.total) == (2, 15)
    assert (bilan.apres.signes, bilan.apres.total) == (13, 15)
    assert bilan.signatures == 33 == Signataire.objects.filter(signe_at__isnull=False).count()
    assert compute_chiffres(Perimetre(aujourdhui())).territoires["au_moins_un_acte"].certains == avant
    with pytest.raises(ActionImpossible, match="déjà été jouée"):
        rehearse_mulhouse(region=region, vague=vague, modeles=modeles, dire=lambda phrase: None)
