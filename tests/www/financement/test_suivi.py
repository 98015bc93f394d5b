"""Pages du suivi : services, remède, échanges, lettres, lot, enveloppes, reçu, années, délais, publication, argent."""

import io
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.comptes.enums import TypeOrganisation
from maillage.financement import actions
from maillage.financement.actions.lots import Reponse
from maillage.financement.enums import NatureFaitEnveloppe, OrigineFinanceur, RegleEnveloppe, StatutLigne
from maillage.financement.models import Enveloppe, LigneFinancement, Lot, PublicationPlan
from maillage.journal.models import Entree
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    EUROS,
    PDF,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_plan,
    make_publication,
    make_territoire,
)
from tests.financement.test_services_et_remedes import get_remede, make_plan_r03

pytestmark = pytest.mark.django_db
S = StatutLigne


@pytest.fixture
def ligne(db):
    return make_ligne(statut=S.SOLLICITE, montant=40_000 * EUROS)


@pytest.fixture
def agent(ligne, connecter):
    return connecter(make_personne("financeur", organisation=ligne.financeur))


@pytest.fixture
def chef(ligne, connecter):
    return connecter(make_personne("chef_projet", territoire=ligne.plan.fiche.territoire))


def url_fiche(nom, fiche, *suite):
    return reverse(nom, args=[fiche.territoire.vague.code, fiche.territoire.id_ti, fiche.pk, *suite])


def texte(reponse):
    return reponse.content.decode().replace("\u00a0", " ")


def piece():
    return SimpleUploadedFile("arrete.pdf", PDF, content_type="application/pdf")


# --- services et remède ------------------------------------------------------------------------------------------


def test_a_service_is_asked_from_the_plan_and_shows_no_amount(chef, ligne):
    fiche = ligne.plan.fiche
    organisme = make_organisation(is_financeur=True, nom="Agence d’ingénierie")
    page = chef.post(
        url_fiche("service-create", fiche),
        {
            "service-financeur": organisme.pk,
            "service-service": "ingenierie",
            "service-objet": "Dix jours d’expert",
        },
        follow=True,
    )
    assert "Demande de service" in texte(page)
    assert "Dix jours d’expert" in texte(page)
    assert "sans montant" in texte(chef.get(url_fiche("plan-detail", fiche)))
    vide = chef.post(url_fiche("service-create", fiche), {"service-service": "ingenierie"})
    assert "Dites ce que vous demandez" in texte(vide)
    assert "Choisissez à qui" in texte(vide)


def test_the_cure_of_a_rule_is_a_button_that_changes_the_plan_and_says_what_it_did(connecter):
    fiche, aide, _ = make_plan_r03()
    chef = connecter(make_personne("chef_projet", territoire=fiche.territoire))
    page = texte(chef.get(url_fiche("plan-detail", fiche)))
    assert "Appliquer ce remède" in page
    cle = page.split('name="regle" value="R03"')[1].split('name="cle" value="')[1].split('"')[0]
    apres = texte(chef.post(url_fiche("remede-apply", fiche), {"regle": "R03", "cle": cle}, follow=True))
    assert "Le remède est appliqué : Remplacer 40 000 €" in apres
    aide.refresh_from_db()
    assert aide.montant_demande == 560_000 * EUROS
    assert get_remede(fiche) is None
    encore = texte(chef.post(url_fiche("remede-apply", fiche), {"regle": "R03", "cle": cle}, follow=True))
    assert "ne propose plus ce remède" in encore


@pytest.mark.parametrize(
    ("saisie", "phrase"),
    [
        ("-5", "ne peut pas être négatif ici"),
        ("999999999999999", "dépasse 10 000 milliards"),
        ("abc", "n'est pas un montant"),
        ("10,005", "n'est pas un montant"),
    ],
)
def test_a_bad_revised_amount_comes_back_with_a_sentence(chef, ligne, saisie, phrase):
    lue = ligne.etapes.latest("id").pk
    page = chef.post(
        reverse("ligne-revise", args=[ligne.pk]), {"revision-montant": saisie, "revision-etape_lue": lue}
    )
    assert page.status_code == 200
    assert phrase.replace("'", "’") in texte(page).replace("&#x27;", "’").replace("'", "’")
    assert f'value="{saisie}"' in texte(page)


@pytest.mark.parametrize("espace", [" ", "\u00a0", "\u202f"])
def test_an_amount_is_read_with_every_kind_of_space(chef, ligne, espace):
    lue = ligne.etapes.latest("id").pk
    chef.post(
        reverse("ligne-revise", args=[ligne.pk]),
        {"revision-montant": f"1{espace}000,50{espace}€", "revision-etape_lue": lue},
    )
    ligne.refresh_from_db()
    assert ligne.montant_demande == 100_050


# --- échanges et lettres -----------------------------------------------------------------------------------------


def test_a_question_and_its_answer_are_read_on_the_same_page(agent, chef, ligne):
    url = reverse("ligne-echange", args=[ligne.pk, "question"])
    vide = agent.post(url, {"question-texte": ""})
    assert "Écrivez votre message" in texte(vide)
    agent.post(url, {"question-texte": "Quel calendrier ?"})
    assert "Quel calendrier ?" in texte(chef.get(reverse("ligne-detail", args=[ligne.pk])))
    chef.post(reverse("ligne-echange", args=[ligne.pk, "reponse"]), {"reponse-texte": "Juin 2027"})
    assert "Juin 2027" in texte(agent.get(reverse("ligne-detail", args=[ligne.pk])))
    assert chef.post(url, {"question-texte": "Et moi ?"}).status_code == 403
    assert agent.post(reverse("ligne-echange", args=[ligne.pk, "autre"])).status_code == 404


def test_the_letter_is_drafted_from_what_is_typed_and_kept_after_the_decision(agent, ligne):
    lue = ligne.etapes.latest("id").pk
    saisie = {
        "accorde-montant": "25 000",
        "accorde-conditions": "Publier le plan",
        "accorde-etape_lue": lue,
        "accorde-date_effet": aujourdhui().isoformat(),
    }
    lettre = agent.post(reverse("ligne-lettre", args=[ligne.pk, "accorde", "docx"]), saisie)
    mots = ZipFile(io.BytesIO(lettre.content)).read("word/document.xml").decode().replace("\u00a0", " ")
    assert "25 000 €" in mots
    assert "Publier le plan" in mots
    ligne.refresh_from_db()
    assert ligne.statut == S.SOLLICITE
    fautive = agent.post(
        reverse("ligne-lettre", args=[ligne.pk, "accorde", "docx"]), saisie | {"accorde-montant": "beaucoup"}
    )
    assert "pas un montant" in texte(fautive)
    agent.post(
        reverse("ligne-move", args=[ligne.pk, "accorde"]), saisie | {"accorde-fichier": piece()}, follow=True
    )
    page = texte(agent.get(reverse("ligne-detail", args=[ligne.pk])))
    assert "Conditions : Publier le plan" in page
    etape = ligne.etapes.latest("id")
    pdf = agent.get(reverse("lettre-etape", args=[ligne.pk, etape.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF")
    assert agent.get(reverse("lettre-etape", args=[ligne.pk, etape.pk, "txt"])).status_code == 404


# --- décision : fautes de saisie ---------------------------------------------------------------------------------


def test_a_decision_before_the_request_or_without_document_is_refused_as_typed(agent, ligne):
    url = reverse("ligne-move", args=[ligne.pk, "accorde"])
    lue = ligne.etapes.latest("id").pk
    avant = agent.post(
        url,
        {
            "accorde-montant": "40 000",
            "accorde-date_effet": "2001-01-01",
            "accorde-etape_lue": lue,
            "accorde-fichier": piece(),
        },
    )
    assert "ne peut pas venir avant" in texte(avant)
    assert 'value="2001-01-01"' in texte(avant)
    sans = agent.post(url, {"accorde-montant": "40 000", "accorde-etape_lue": lue})
    assert "Joignez la pièce" in texte(sans)
    trop = agent.post(
        url, {"accorde-montant": "40 000,01", "accorde-etape_lue": lue, "accorde-fichier": piece()}
    )
    assert "dépasse le montant demandé" in texte(trop)
    ligne.refresh_from_db()
    assert ligne.statut == S.SOLLICITE


def test_a_line_moved_by_another_funder_is_not_found_and_writes_nothing(ligne, connecter):
    autre = connecter(make_personne("financeur"))
    avant = Entree.objects.count()
    assert autre.post(reverse("ligne-move", args=[ligne.pk, "accorde"])).status_code == 404
    assert autre.post(reverse("ligne-echange", args=[ligne.pk, "question"])).status_code == 404
    ligne.refresh_from_db()
    assert (ligne.statut, Entree.objects.count()) == (S.SOLLICITE, avant)


def test_the_envelope_is_chosen_on_the_form_and_its_refusal_keeps_what_was_typed(agent, ligne):
    personne = ligne.financeur.fonctions.latest("id").personne
    enveloppe = actions.create_enveloppe(
        financeur=ligne.financeur,
        nom="Appel",
        annee=aujourdhui().year,
        regle=RegleEnveloppe.REFUSE,
        by=personne,
    )
    actions.record_fait_enveloppe(
        enveloppe=enveloppe, nature=NatureFaitEnveloppe.DISPONIBLE, montant=30_000 * EUROS, by=personne
    )
    url, lue = reverse("ligne-move", args=[ligne.pk, "accorde"]), ligne.etapes.latest("id").pk
    saisie = {"accorde-montant": "40 000", "accorde-etape_lue": lue, "accorde-enveloppe": enveloppe.pk}
    refus = agent.post(url, saisie | {"accorde-fichier": piece()})
    assert "ne suffit pas" in texte(refus)
    assert "il reste 30 000 €" in texte(refus)
    assert 'value="40 000"' in texte(refus)
    hors = agent.post(url, saisie | {"accorde-enveloppe": "hors", "accorde-fichier": piece()}, follow=True)
    assert "est passée de" in texte(hors)


# --- lot ---------------------------------------------------------------------------------------------------------


def test_several_lines_are_answered_by_one_document_with_a_report(agent, ligne):
    autre = make_ligne(statut=S.SOLLICITE, montant=10_000 * EUROS, financeur=ligne.financeur)
    page = texte(agent.get(reverse("lot-create")))
    assert page.count('name="ligne"') == 2
    lues = {f"etape-{li.pk}": li.etapes.latest("id").pk for li in (ligne, autre)}
    saisie = lues | {
        "ligne": [ligne.pk, autre.pk],
        f"montant-{ligne.pk}": "25 000",
        f"montant-{autre.pk}": "10 000",
        "lot-vers": "accorde",
    }
    sans = agent.post(reverse("lot-create"), saisie)
    assert "Joignez la décision" in texte(sans)
    assert 'value="25 000"' in texte(sans)
    illisible = agent.post(
        reverse("lot-create"), saisie | {f"montant-{ligne.pk}": "-3", "lot-fichier": piece()}
    )
    assert "supérieur à zéro" in texte(illisible)
    assert not Lot.objects.exists()
    compte_rendu = agent.post(reverse("lot-create"), saisie | {"lot-fichier": piece()}, follow=True)
    assert "2 lignes répondues sur 2" in texte(compte_rendu), [
        un.refus for un in Lot.objects.get().lignes.all()
    ]
    assert {li.montant_accorde for li in LigneFinancement.objects.all()} == {25_000 * EUROS, 10_000 * EUROS}


def test_the_report_of_a_batch_belongs_to_who_sent_it(agent, ligne, connecter):
    personne = ligne.financeur.fonctions.latest("id").personne
    lot = actions.answer_lot(
        reponses=[Reponse(ligne, None, ligne.etapes.latest("id").pk)], vers=S.DOSSIER_COMPLET, by=personne
    )
    assert agent.get(reverse("lot-detail", args=[lot.pk])).status_code == 200
    collegue = connecter(make_personne("financeur", organisation=ligne.financeur))
    assert collegue.get(reverse("lot-detail", args=[lot.pk])).status_code == 404


def test_the_batch_page_asks_the_same_queries_for_one_line_and_for_six(agent, ligne):
    def compter():
        agent.get(reverse("lot-create"))
        with CaptureQueriesContext(connection) as requetes:
            agent.get(reverse("lot-create"))
        return len(requetes)

    un = compter()
    for _ in range(5):
        make_ligne(statut=S.SOLLICITE, financeur=ligne.financeur)
    assert compter() == un


# --- enveloppes, reçu, années ------------------------------------------------------------------------------------


def test_an_envelope_is_opened_dated_and_read(agent, ligne):
    assert "Aucune enveloppe" in texte(agent.get(reverse("enveloppe-liste")))
    saisie = {
        "enveloppe-financeur": ligne.financeur_id,
        "enveloppe-nom": "Appel",
        "enveloppe-annee": aujourdhui().year,
        "enveloppe-regle": "refuse",
    }
    agent.post(reverse("enveloppe-liste"), saisie)
    enveloppe = Enveloppe.objects.get()
    double = agent.post(reverse("enveloppe-liste"), saisie)
    assert "déjà une enveloppe" in texte(double)
    url = reverse("enveloppe-detail", args=[enveloppe.pk])
    mauvais = agent.post(url, {"fait-nature": "disponible", "fait-montant": "-1"})
    assert "ne peut pas être négatif ici" in texte(mauvais)
    agent.post(url, {"fait-nature": "disponible", "fait-montant": "1,25 M€"})
    assert "1 250 000 €" in texte(agent.get(url))
    etrangere = make_organisation(is_financeur=True)
    volee = agent.post(reverse("enveloppe-liste"), saisie | {"enveloppe-financeur": etrangere.pk})
    assert "Choisissez pour qui" in texte(volee)


def test_the_carrier_declares_what_it_received_and_the_funder_sees_the_difference(connecter):
    ligne = make_ligne(statut=S.VERSE_PARTIEL, montant=40_000 * EUROS)
    porteur = connecter(make_personne("porteur", organisation=ligne.plan.fiche.porteur))
    agent = connecter(make_personne("financeur", organisation=ligne.financeur))
    url = reverse("ligne-recu", args=[ligne.pk])
    mauvais = porteur.post(url, {"recu-montant": "-5"})
    assert "Dites pourquoi vous corrigez" in texte(mauvais)
    porteur.post(url, {"recu-montant": "15 000"})
    assert "5 000 € de plus versés que reçus" in texte(agent.get(reverse("ligne-detail", args=[ligne.pk])))
    assert agent.post(url, {"recu-montant": "1"}).status_code == 403
    liste = texte(agent.get(reverse("espace-financeur-engagements") + "?ecart=oui"))
    assert "1 ligne" in liste.replace("<strong>", "").replace("</strong>", "")


def test_a_resource_is_shared_by_year_on_its_page(chef, ligne):
    url, annee = reverse("ligne-annees", args=[ligne.pk]), aujourdhui().year
    faux = chef.post(url, {f"annees-{annee}": "10 000"})
    assert "corrigez l’écart de 30 000 €" in texte(faux)
    assert 'value="10 000"' in texte(faux)
    chef.post(url, {f"annees-{annee}": "10 000", f"annees-{annee + 1}": "30 000"})
    plan = texte(chef.get(url_fiche("plan-detail", ligne.plan.fiche)))
    assert "Année par année" in plan


# --- délais ------------------------------------------------------------------------------------------------------


def test_a_funder_reads_its_delays_and_opens_their_rows(agent, ligne):
    personne = ligne.financeur.fonctions.latest("id").personne
    actions.ask_question(ligne=ligne, texte="Et ?", by=personne)
    page = texte(agent.get(reverse("financeur-delais")))
    assert "Première réponse" in page
    lignes = texte(agent.get(reverse("financeur-delais-lignes") + "?delai=reponse&finie=oui"))
    assert str(ligne.plan.fiche.titre) in lignes
    assert agent.get(reverse("financeur-delais-lignes") + "?delai=autre").status_code == 404
    assert agent.get(reverse("financeur-delais") + "?au=demain").status_code == 200


def test_who_steers_reads_the_delays_of_a_closed_month_only(ligne, connecter, time_machine):
    national = connecter(make_personne("national"))
    jour = aujourdhui()
    page = texte(national.get(reverse("pilotage-delais") + f"?au={jour.isoformat()}"))
    assert "le dernier mois clos est montré" in page
    assert ligne.financeur.nom not in page
    assert national.get(reverse("pilotage-delais-lignes") + "?delai=decision").status_code == 200


# --- publication et argent ---------------------------------------------------------------------------------------


def test_a_plan_is_published_in_one_gesture_and_read_by_anybody(connecter):
    territoire = make_territoire()
    porteur = make_organisation(TypeOrganisation.EPCI, is_financeur=True)
    fiche = make_plan(fiche=make_fiche(territoire=territoire, porteur=porteur)).fiche
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    refus = chef.post(url_fiche("plan-publish", fiche), follow=True)
    assert "il n’y a rien à publier" in texte(refus)
    make_ligne(fiche=fiche, statut=S.ACCORDE, montant=60_000 * EUROS, origine=OrigineFinanceur.REGION)
    publie = chef.post(url_fiche("plan-publish", fiche), follow=True)
    assert "Le plan est publié" in texte(publie)
    publication = PublicationPlan.objects.get()
    page = texte(Client().get(reverse("plan-publie", args=[publication.pk])))
    assert "60 000 €" in page
    assert "100 000 €" in page
    affiche = Client().get(reverse("plan-publie-affiche", args=[publication.pk, "pdf"]))
    assert affiche.content.startswith(b"%PDF")


def test_an_older_publication_says_that_another_replaces_it():
    premiere = make_publication()
    actions.publish_plan(
        fiche=premiere.plan.fiche, by=make_personne("chef_projet", territoire=premiere.plan.fiche.territoire)
    )
    page = texte(Client().get(reverse("plan-publie", args=[premiere.pk])))
    assert "Un plan plus récent est publié" in page


def test_the_money_alone_is_read_at_any_date_and_opens_its_rows():
    ligne = make_ligne(statut=S.ACCORDE, montant=40_000 * EUROS)
    page = texte(Client().get(reverse("chiffres-argent")))
    assert ligne.financeur.nom in page
    assert reverse("chiffres-montants") in page
    vieux = texte(Client().get(reverse("chiffres-argent") + "?au=2018-11-22"))
    assert "Aucun montant n’était enregistré" in vieux
    assert Client().get(reverse("chiffres-argent") + "?au=hier").status_code == 200
