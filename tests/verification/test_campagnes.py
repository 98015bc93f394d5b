"""Une entreprise répond en deux minutes, sans compte ; sa réponse n’est qu’à l’équipe ; on ne l’importune pas."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.fiches.actions import move_fiche
from maillage.fiches.enums import StatutFiche
from maillage.journal.models import Entree
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from maillage.verification import actions
from maillage.verification.actions import Avis
from maillage.verification.enums import EtatCampagne
from maillage.verification.models import ReponseEntreprise, Sollicitation
from maillage.verification.selectors import find_sollicitation, list_resultats, make_jeton, summarize
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def territoire():
    return f.make_territoire("v1/ti-4403")


@pytest.fixture
def cheffe(territoire):
    return f.make_personne("chef_projet", territoire=territoire)


@pytest.fixture
def fiches(territoire):
    return [f.make_fiche(territoire=territoire, titre=f"Action {i}") for i in range(4)]


@pytest.fixture
def campagne(territoire, cheffe, fiches):
    return actions.create_campagne(
        territoire=territoire,
        titre="Vos besoins",
        fin=aujourdhui() + timedelta(days=21),
        fiches=[(fiche, f"Phrase une de {fiche.titre}. Phrase deux.") for fiche in fiches],
        by=cheffe,
    )


def _add(campagne, cheffe, nom="Usine A", nombre=3) -> Sollicitation:
    return actions.add_sollicitation(
        campagne=campagne,
        entreprise=nom,
        email=f"{nom.lower().replace(' ', '')}@usine.example",
        fiches=list(campagne.fiches.all())[:nombre],
        by=cheffe,
    )


@pytest.fixture
def usine(campagne, cheffe):
    sollicitation = _add(campagne, cheffe)
    actions.open_campagne(campagne=campagne, by=cheffe)
    return Sollicitation.objects.select_related("campagne").get(pk=sollicitation.pk)


def _page(sollicitation):
    return reverse("besoins", args=[make_jeton(sollicitation)])


def _texte(reponse):
    return reponse.content.decode()


def test_a_firm_reads_at_most_three_fiches(campagne, cheffe):
    with pytest.raises(ActionImpossible, match="3 fiches"):
        _add(campagne, cheffe, nombre=4)
    with pytest.raises(ActionImpossible, match="SIRET"):
        actions.add_sollicitation(
            campagne=campagne,
            entreprise="B",
            email="b@b.example",
            siret="123",
            fiches=[campagne.fiches.first()],
            by=cheffe,
        )
    _add(campagne, cheffe)
    with pytest.raises(ActionImpossible, match="déjà"):
        _add(campagne, cheffe)


def test_opening_sends_each_firm_its_own_link(campagne, cheffe, django_capture_on_commit_callbacks):
    a, b = _add(campagne, cheffe), _add(campagne, cheffe, "Usine B")
    with django_capture_on_commit_callbacks(execute=True):
        actions.open_campagne(campagne=campagne, by=cheffe)
    liens = {courriel.to[0]: courriel.body for courriel in mail.outbox}
    assert make_jeton(a) in liens[a.email]
    assert make_jeton(b) in liens[b.email]
    assert make_jeton(b) not in liens[a.email]


def test_a_campaign_without_firms_does_not_open(campagne, cheffe):
    with pytest.raises(ActionImpossible, match="au moins une entreprise"):
        actions.open_campagne(campagne=campagne, by=cheffe)


def test_a_firm_answers_without_an_account_and_may_change_its_mind(usine):
    client = Client()
    page = client.get(_page(usine))
    assert page.status_code == 200
    assert "Phrase une de Action 0" in _texte(page)
    assert "Action 3" not in _texte(page)
    premiere = usine.fiches.first()
    champs = {
        f"f{premiere.pk}-utile": "oui",
        f"f{premiere.pk}-embauches": "3",
        f"f{premiere.pk}-investissement": "40 k€",
    }
    client.post(_page(usine), champs)
    reponse = ReponseEntreprise.objects.get()
    assert (reponse.utile, reponse.embauches, reponse.investissement) == ("oui", 3, 4_000_000)
    client.post(_page(usine), champs)
    assert ReponseEntreprise.objects.count() == 1
    client.post(_page(usine), champs | {f"f{premiere.pk}-embauches": "5"})
    assert ReponseEntreprise.objects.count() == 2
    resultat = list_resultats(usine.campagne)[0]
    assert (resultat.utiles, resultat.embauches, resultat.investissement) == (1, 5, 4_000_000)


def test_what_is_wrong_is_said_and_what_was_typed_stays(usine):
    premiere = usine.fiches.first()
    page = Client().post(
        _page(usine), {f"f{premiere.pk}-embauches": "beaucoup", "besoin": "Un four plus grand"}
    )
    assert page.status_code == 200
    assert "Écrivez un nombre entier" in _texte(page)
    assert "Un four plus grand" in _texte(page)
    assert not ReponseEntreprise.objects.exists()


@pytest.mark.parametrize("defaut", ["faux", "ferme", "expire"])
def test_a_link_that_is_false_closed_or_expired_opens_nothing(usine, cheffe, defaut):
    url = _page(usine)
    if defaut == "faux":
        url = reverse("besoins", args=[make_jeton(usine)[:-2] + "xx"])
    elif defaut == "ferme":
        actions.revoke_sollicitation(sollicitation=usine, by=cheffe)
    jour = timezone.now() + (timedelta(days=500) if defaut == "expire" else timedelta())
    with time_machine.travel(jour, tick=False):
        assert Client().get(url).status_code == 404


def test_an_answer_after_the_end_is_refused_with_a_sentence(usine, cheffe):
    actions.close_campagne(campagne=usine.campagne, by=cheffe)
    page = Client().post(_page(usine), {"besoin": "Trop tard"})
    assert page.status_code == 200
    assert "ne sont plus attendues" in _texte(page)
    assert not usine.besoins.exists()


def test_no_one_but_the_team_reads_who_answered_what(usine, campagne, cheffe, territoire, client):
    premiere = usine.fiches.first()
    actions.answer(
        sollicitation=usine, avis=[Avis(premiere, utile="oui", embauches=7, manque="Un quai de chargement")]
    )
    client.force_login(cheffe)
    assert "Usine A" in _texte(client.get(campagne.get_absolute_url()))
    client.force_login(f.make_personne("industriel", territoire=territoire))
    binome = _texte(client.get(campagne.get_absolute_url()))
    assert "Un quai de chargement" in binome
    assert "Usine A" not in binome
    assert "usinea@" not in binome
    client.force_login(f.make_personne("region", territoire=territoire))
    region = _texte(client.get(campagne.get_absolute_url()))
    assert "Un quai de chargement" not in region
    assert "moins de 3" in region
    autre = _add(campagne, cheffe, "Usine B")
    assert "Un quai de chargement" not in _texte(Client().get(_page(autre)))


def test_the_journal_never_names_a_firm(usine):
    actions.answer(sollicitation=usine, avis=[], besoin="Un four plus grand")
    for entree in Entree.objects.filter(code__startswith="verification."):
        dit = f"{entree.cible_libelle} {entree.avant} {entree.apres} {entree.motif} {entree.auteur_libelle}"
        assert "Usine A" not in dit
        assert "four" not in dit


def test_reminders_are_two_at_most_a_week_apart_and_stop_at_an_answer(campagne, cheffe):
    muette, bavarde, lasse = (_add(campagne, cheffe, nom) for nom in ("Muette", "Bavarde", "Lasse"))
    campagne = actions.open_campagne(campagne=campagne, by=cheffe)
    actions.answer(sollicitation=bavarde, avis=[], besoin="Un besoin")
    actions.refuse(sollicitation=lasse)
    envois = []
    for jours in (3, 8, 9, 16, 20):
        with time_machine.travel(timezone.now() + timedelta(days=jours), tick=False):
            envois.append(actions.send_relances())
    assert envois == [0, 1, 0, 1, 0]
    muette.refresh_from_db()
    assert muette.relances == 2


def test_a_firm_that_answered_is_told_once_when_its_fiche_moves(usine, cheffe, fiches):
    actions.answer(sollicitation=usine, avis=[Avis(usine.fiches.first(), utile="oui")])
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert actions.send_nouvelles() == 0
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        vers = StatutFiche.PROPOSEE if fiches[0].statut == StatutFiche.BROUILLON else StatutFiche.BROUILLON
        move_fiche(fiche=fiches[0], vers=vers, by=cheffe)
        assert actions.send_nouvelles() == 1
        assert actions.send_nouvelles() == 0
        assert StatutFiche(vers).label.lower() in _texte(Client().get(_page(usine)))


def test_a_new_need_becomes_a_draft_fiche_without_the_words_of_the_firm(usine, cheffe, territoire):
    actions.answer(sollicitation=usine, avis=[], besoin="Chez Usine A il nous faut un four")
    besoin = usine.besoins.get()
    fiche = actions.make_fiche(besoin=besoin, titre="Mutualiser un four", by=cheffe)
    assert (fiche.statut, fiche.territoire) == (StatutFiche.IDEE, territoire)
    assert "Usine A" not in f"{fiche.titre}{fiche.description}{fiche.source}"
    with pytest.raises(ActionImpossible, match="déjà"):
        actions.make_fiche(besoin=besoin, titre="Encore", by=cheffe)
    assert "Mutualiser un four" in _texte(Client().get(_page(usine)))


def test_a_campaign_is_prepared_and_run_from_its_pages(client, cheffe, territoire, fiches):
    client.force_login(cheffe)
    page = client.post(
        reverse("campagne-create", args=["v1", "ti-4403"]),
        {
            "titre": "Recruter",
            "fin": (aujourdhui() + timedelta(days=20)).isoformat(),
            f"fiche_{fiches[0].pk}": "on",
            f"resume_{fiches[0].pk}": "Deux phrases. Ici.",
        },
        follow=True,
    )
    campagne = territoire.campagnes.get()
    assert "La vérification est prête" in _texte(page)
    args = ["v1", "ti-4403", campagne.pk]
    client.post(
        reverse("sollicitation-create", args=args),
        {"entreprise": "Usine C", "email": "c@usine.example", "fiches": [campagne.fiches.get().pk]},
    )
    client.post(reverse("campagne-open", args=args))
    campagne.refresh_from_db()
    assert campagne.etat == EtatCampagne.OUVERTE
    assert find_sollicitation(make_jeton(campagne.sollicitations.get())) is not None


def test_two_sentences_are_taken_from_the_description(territoire):
    fiche = f.make_fiche(territoire=territoire, titre="Titre")
    fiche.description = "Une phrase. Deux phrases ! Trois."
    assert summarize(fiche) == "Une phrase. Deux phrases !"
    fiche.description = ""
    assert summarize(fiche) == "Titre"
