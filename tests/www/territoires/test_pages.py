"""Les pages du périmètre : lire à une date, demander, décider, enregistrer, importer ; un refus garde la saisie."""

from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.comptes.enums import TypeOrganisation
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait, StatutDemande
from maillage.territoires.models import (
    DemandePerimetre,
    Etape,
    EvenementPerimetre,
    ListeRecue,
    StatutTerritoire,
    Territoire,
)
from tests.fabriques import (
    FABRIQUE,
    PDF,
    make_demande_perimetre,
    make_departement,
    make_epci,
    make_etape,
    make_liste,
    make_mutation,
    make_organisation,
    make_personne,
    make_region,
    make_statut,
    make_territoire,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ce_jour")]
V2 = date(2023, 11, 9)


@pytest.fixture
def ce_jour():
    with time_machine.travel("2025-06-01", tick=False):
        yield


@pytest.fixture
def territoire():
    territoire = make_territoire("v2/ti-5201", nom="Bassin d’essai", epcis=[make_epci(nom="CC Aube")])
    record_etape(territoire=territoire, fait=Fait.LABEL, debut=V2, source="annonce", by=FABRIQUE)
    return territoire


def cle(territoire, *suite):
    return [territoire.vague.code, territoire.id_ti, *suite]


def lire(client, nom, *args, **requete):
    return client.get(reverse(nom, args=args), requete).content.decode().replace("\u00a0", " ")


def document(nom="releve.pdf"):
    return SimpleUploadedFile(nom, PDF, content_type="application/pdf")


# --- lire --------------------------------------------------------------------------------------------------------------


def test_the_public_page_says_who_was_a_member_on_a_day_and_why(client, territoire):
    make_mutation(territoire, epci=make_epci(nom="CC Brume"), debut=date(2024, 5, 1))
    avant = lire(client, "territoire-perimetre", *cle(territoire), au="2024-04-30")
    assert "CC Aube" in avant.split("Ce qui a changé")[0]
    assert "CC Brume" not in avant.split("Ce qui a changé")[0]
    apres = lire(client, "territoire-perimetre", *cle(territoire), au="2024-05-01")
    assert "CC Brume" in apres.split("Ce qui a changé")[0]
    assert "décision d’essai" in apres


def test_a_day_that_is_not_one_gets_a_sentence(client, territoire):
    assert "Ce n’est pas une date" in lire(client, "territoire-perimetre", *cle(territoire), au="hier")
    assert "Ce n’est pas une date" in lire(client, "carte", au="2024-13-45")


def test_the_map_shows_the_territoires_of_a_day_and_their_list(client, territoire):
    assert "Bassin d’essai" in lire(client, "carte", au="2024-01-01")
    assert "n’avait pas commencé" in lire(client, "carte", au="2010-01-01")
    assert "Aucun territoire" in lire(client, "carte", au="2024-01-01", etape="contrat")
    export = client.get(reverse("carte"), {"au": "2024-01-01", "export": "csv"})
    assert "v2/ti-5201;Bassin d’essai" in export.getvalue().decode()
    assert client.get(reverse("carte"), {"au": "2024-01-01", "export": "xlsx"}).status_code == 200


def test_the_map_compares_two_days_in_either_order(client, territoire):
    make_mutation(territoire, epci=make_epci(nom="CC Brume"), debut=date(2024, 5, 1))
    for jours in (("2024-06-01", "2024-01-01"), ("2024-01-01", "2024-06-01")):
        page = lire(client, "carte", au=jours[0], avant=jours[1])
        ecarts = page.split("Territoires qui ont changé")[1].split("</table>")[0]
        assert "CC Brume" in ecarts
        assert "Modifié" in ecarts


def test_the_passage_page_finds_by_name_and_exports(client):
    page = lire(client, "passage", q="langres")
    assert "Bassins de Langres - Chaumont" in page
    assert "masqués par la recherche" in page
    assert "Aucun passage" in lire(client, "passage", q="nulle part ailleurs")
    assert b"v1/ti-4403" in client.get(reverse("passage"), {"q": "langres", "export": "csv"}).getvalue()


@pytest.mark.parametrize("page", ["carte", "territoire-perimetre"])
def test_a_public_page_costs_the_same_for_one_or_many(client, territoire, page):
    args = cle(territoire) if page == "territoire-perimetre" else []
    adresse = reverse(page, args=args)
    client.get(adresse)
    with CaptureQueriesContext(connection) as une:
        client.get(adresse)
    for n in range(5):
        make_mutation(territoire, epci=make_epci(nom=f"CC {n}"), debut=date(2024, 1, n + 1))
        autre = make_territoire(f"v2/ti-53{n:02d}")
        record_etape(territoire=autre, fait=Fait.LABEL, debut=V2, source="annonce", by=FABRIQUE)
    client.get(adresse)  # la carte dessinée est gardée : on compare deux lectures de la même carte
    with CaptureQueriesContext(connection) as plusieurs:
        client.get(adresse)
    assert len(plusieurs) == len(une)


# --- le circuit d’une demande -----------------------------------------------------------------------------------------


def test_a_request_goes_from_the_territoire_to_the_history_by_the_pages(connecter, territoire):
    make_epci("200000099", nom="CC Brume")
    region = make_personne("region", territoire=territoire)
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    reponse = chef.post(
        reverse("demande-create", args=cle(territoire, "entree")),
        {"entrent": "cc brume", "motif": "Même bassin", "souhaite_le": "2025-07-01"},
    )
    demande = DemandePerimetre.objects.get()
    assert reponse.url == demande.get_absolute_url()
    page = connecter(region)
    assert "Donner l’avis" in lire(page, "espace-accueil")
    avis = demande.avis.get()
    page.post(reverse("avis-render", args=[demande.pk, avis.pk]), {f"avis-{avis.pk}-sens": "favorable"})
    refus = page.post(
        reverse("demande-decide", args=[demande.pk]),
        {"decision": "acceptee", "instance": "COPIL", "decide_le": "2025-06-01"},
    )
    assert refus.status_code == 200
    assert "relevé de décisions" in refus.content.decode()
    assert 'value="COPIL"' in refus.content.decode()
    page.post(
        reverse("demande-decide", args=[demande.pk]),
        {"decision": "acceptee", "instance": "COPIL", "decide_le": "2025-06-01", "piece": document()},
    )
    national = connecter(make_personne("national", territoire=territoire))
    national.post(reverse("demande-record", args=[demande.pk]))
    demande.refresh_from_db()
    assert demande.statut == StatutDemande.ENREGISTREE
    histoire = lire(national, "perimetre", *cle(territoire))
    assert "CC Brume" in histoire
    assert "Décidé par COPIL" in histoire
    evenement = demande.evenement
    piece = national.get(reverse("mutation-piece", args=cle(territoire, evenement.pk)))
    assert b"".join(piece.streaming_content) == PDF


def test_a_refused_request_keeps_what_was_typed(connecter, territoire):
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    adresse = reverse("demande-create", args=cle(territoire, "entree"))
    refus = chef.post(
        adresse, {"entrent": "999999999", "motif": "Même bassin", "souhaite_le": "2025-07-01"}
    ).content.decode()
    assert "inconnu du découpage" in refus
    assert "Même bassin" in refus
    membre = territoire.perimetres.get().epci
    refus = chef.post(
        adresse, {"entrent": membre.pk, "motif": "Même bassin", "souhaite_le": "2025-07-01"}
    ).content.decode()
    assert "déjà membre" in refus
    assert not DemandePerimetre.objects.exists()


def test_a_transfer_first_asks_from_which_territoire(connecter, territoire):
    autre = make_territoire("v2/ti-5202", nom="Voisin", epcis=[make_epci(nom="CC Cime")])
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    adresse = reverse("demande-create", args=cle(territoire, "transfert"))
    assert "De quel territoire" in chef.get(adresse).content.decode()
    suite = f"{adresse}?autre={autre.pk}"
    assert "CC Cime" in chef.get(suite).content.decode()
    chef.post(suite, {"sortent": autre.perimetres.get().pk, "motif": "Filière", "souhaite_le": "2025-07-01"})
    assert DemandePerimetre.objects.get().autre == autre


@pytest.mark.parametrize("mutation", ["sortie", "fusion", "renommage"])
def test_each_kind_of_request_has_its_form(connecter, territoire, mutation):
    autre = make_territoire("v2/ti-5202")
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    adresse = reverse("demande-create", args=cle(territoire, mutation))
    assert chef.get(adresse).status_code == 200
    chef.post(
        adresse,
        {
            "sortent": territoire.perimetres.get().pk,
            "autre": autre.pk,
            "nouveau_nom": "Autre nom",
            "motif": "essai",
            "souhaite_le": "2025-07-01",
        },
    )
    assert DemandePerimetre.objects.get().mutation == mutation


def test_the_national_level_files_an_opinion_received_by_letter(connecter, territoire):
    demande = make_demande_perimetre(territoire)
    avis = demande.avis.get()
    national = connecter(make_personne("national"))
    adresse = reverse("avis-render", args=[demande.pk, avis.pk])
    assert (
        "Joignez le document"
        in national.post(adresse, {f"avis-{avis.pk}-sens": "favorable"}).content.decode()
    )
    national.post(
        adresse, {f"avis-{avis.pk}-sens": "favorable", f"avis-{avis.pk}-piece": document("lettre.pdf")}
    )
    avis.refresh_from_db()
    assert "avis reçu" in avis.rendu_by


def test_a_prefecture_adds_its_opinion_and_the_territoire_withdraws(connecter, territoire):
    demande = make_demande_perimetre(territoire)
    prefecture = connecter(make_personne("prefecture", territoire=territoire))
    adresse = reverse("avis-add", args=[demande.pk])
    assert "Motivez" in prefecture.post(adresse, {"ajouter-sens": "defavorable"}).content.decode()
    prefecture.post(adresse, {"ajouter-sens": "defavorable", "ajouter-texte": "Trop tôt"})
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    assert "Trop tôt" in lire(chef, "demande-perimetre", demande.pk)
    chef.post(reverse("demande-withdraw", args=[demande.pk]), {"retirer-motif": "Plus tard"})
    demande.refresh_from_db()
    assert demande.statut == StatutDemande.RETIREE
    assert "Retirée" in lire(chef, "demandes-perimetre", statut="retiree")


def test_a_foreign_region_opens_the_request_and_its_document_only(connecter, territoire):
    loin = make_region("27", "Bourgogne-Franche-Comté")
    autre = make_personne(
        "region", organisation=make_organisation(TypeOrganisation.REGION, region=loin, nom="Région loin")
    )
    demande = make_demande_perimetre(territoire)
    client = connecter(autre)
    assert client.get(demande.get_absolute_url()).status_code == 404
    demande.avis.create(region=loin)
    assert client.get(demande.get_absolute_url()).status_code == 200
    assert client.get(reverse("perimetre", args=cle(territoire))).status_code == 404


# --- ce que la délégation nationale enregistre ---------------------------------------------------------------------------

FAIT = {"debut": "2024-05-01", "fiabilite": "source", "source": "texte d’essai"}


@pytest.mark.parametrize(
    ("mutation", "saisie", "attendu"),
    [
        ("entree", {"entrent": "200000099"}, {"CC Aube", "CC Brume"}),
        ("sortie", {"sortent": "mien"}, set()),
        ("renommage", {"nouveau_nom": "Autre nom"}, {"CC Aube"}),
        ("transfert", {"sortent": "mien", "autre": "autre"}, set()),
        ("fusion", {"autre": "autre"}, {"CC Aube", "CC Voisine"}),
        ("fusion_epci", {"sortent": "mien", "entrent": "200000099"}, {"CC Brume"}),
        ("dissolution_epci", {"sortent": "mien", "entrent": "200000099"}, {"CC Brume"}),
    ],
)
def test_the_national_level_records_each_change(connecter, territoire, mutation, saisie, attendu):
    make_epci("200000099", nom="CC Brume")
    autre = make_territoire("v2/ti-5202", epcis=[make_epci(nom="CC Voisine")])
    objets = {"mien": territoire.perimetres.get().pk, "autre": autre.pk}
    national = connecter(make_personne("national"))
    adresse = reverse("mutation-create", args=cle(territoire, mutation))
    assert national.get(adresse).status_code == 200
    reponse = national.post(
        adresse, FAIT | {nom: objets.get(valeur, valeur) for nom, valeur in saisie.items()}
    )
    assert reponse.status_code == 302
    assert {p.nom for p in territoire.perimetres.at(date(2024, 5, 1))} == attendu


def test_the_national_level_splits_a_territoire(connecter, territoire):
    make_mutation(territoire, epci=make_epci(nom="CC Brume"), debut=date(2024, 1, 1))
    premier = territoire.perimetres.get(epci__nom="CC Aube")
    national = connecter(make_personne("national"))
    saisie = {"id_1": "ti-5211", "nom_1": "Un", "premier": premier.pk, "id_2": "ti-5212", "nom_2": "Deux"}
    adresse = reverse("mutation-create", args=cle(territoire, "scission"))
    assert national.post(adresse, FAIT | saisie).status_code == 302
    deux = Territoire.objects.get(id_ti="ti-5212")
    assert [p.nom for p in deux.perimetres.all()] == ["CC Brume"]


def test_a_change_before_the_label_comes_back_with_its_sentence(connecter, territoire):
    make_epci("200000099")
    national = connecter(make_personne("national"))
    refus = national.post(
        reverse("mutation-create", args=cle(territoire, "entree")),
        FAIT | {"entrent": "200000099", "debut": "2020-01-01"},
    ).content.decode()
    assert "labellisé que depuis" in refus
    assert "texte d’essai" in refus


def test_an_event_is_corrected_then_cancelled_and_stays_readable(connecter, territoire):
    evenement = make_mutation(territoire, epci=make_epci(nom="CC Brume"), debut=date(2024, 5, 1))
    national = connecter(make_personne("national"))
    adresse = reverse("mutation-correct", args=cle(territoire, evenement.pk))
    assert national.get(adresse).status_code == 200
    assert "Dites pourquoi" in national.post(adresse, FAIT).content.decode()
    national.post(adresse, FAIT | {"debut": "2024-06-01", "motif": "date lue de travers"})
    nouveau = EvenementPerimetre.objects.get(corrige=evenement)
    assert nouveau.debut == date(2024, 6, 1)
    annuler = reverse("mutation-cancel", args=cle(territoire, nouveau.pk))
    national.post(annuler, {"annuler-motif": ""})
    national.post(annuler, {"annuler-motif": "autre territoire"})
    assert not territoire.perimetres.filter(epci__nom="CC Brume").exists()
    assert "CC Brume" not in lire(national, "perimetre", *cle(territoire))
    assert "Remplacé ou annulé" in lire(national, "perimetre", *cle(territoire), tout="1")


def test_steps_and_statuses_are_recorded_and_corrected(connecter, territoire):
    national = connecter(make_personne("national"))
    national.post(
        reverse("etape-create", args=cle(territoire)), FAIT | {"fait": "plan_en_cours", "piece": document()}
    )
    etape = Etape.objects.get(fait=Fait.PLAN_EN_COURS)
    assert national.get(reverse("etape-piece", args=cle(territoire, etape.pk))).status_code == 200
    adresse = reverse("etape-correct", args=cle(territoire, etape.pk))
    assert national.get(adresse).status_code == 200
    national.post(adresse, FAIT | {"debut": "2024-07-01", "motif": "mieux daté"})
    statut = {"nature": "fragile", "debut": "2024-01-01", "aide": "Mission d’appui", "source": "décision"}
    national.post(reverse("statut-create", args=cle(territoire)), statut)
    fait = StatutTerritoire.objects.get()
    adresse = reverse("statut-correct", args=cle(territoire, fait.pk))
    assert national.get(adresse).status_code == 200
    national.post(adresse, statut | {"fin": "2024-12-31", "motif": "terminé"})
    page = lire(national, "label", *cle(territoire))
    assert "1 étape corrigée" in page
    assert "Mission d’appui" in page
    assert "au 31 décembre 2024" in page


@pytest.mark.parametrize(
    ("adresse", "saisie", "phrase"),
    [
        ("etape-create", FAIT | {"fait": "contrat", "debut": "2020-01-01"}, "labellisé que depuis"),
        ("etape-create", FAIT | {"fait": "contrat", "fin": "2024-01-01"}, "inversez"),
        (
            "statut-create",
            {"nature": "fragile", "debut": "2024-01-01", "fin": "2023-12-01", "source": "s"},
            "après le début",
        ),
    ],
)
def test_a_step_or_a_status_that_cannot_be_gets_a_sentence(connecter, territoire, adresse, saisie, phrase):
    national = connecter(make_personne("national"))
    assert phrase in national.post(reverse(adresse, args=cle(territoire)), saisie).content.decode()


def test_a_correction_of_what_was_already_corrected_gets_a_sentence(connecter, territoire):
    etape, statut = make_etape(territoire), make_statut(territoire)
    national = connecter(make_personne("national"))
    motif = {"motif": "essai"}
    for _ in range(2):
        fin = national.post(reverse("etape-correct", args=cle(territoire, etape.pk)), FAIT | motif)
        suite = national.post(
            reverse("statut-correct", args=cle(territoire, statut.pk)),
            {"debut": "2024-01-01", "source": "s"} | motif,
        )
    assert "déjà été corrigé" in fin.content.decode()
    assert "déjà été corrigé" in suite.content.decode()


# --- listes publiques -----------------------------------------------------------------------------------------------------


def test_a_list_is_shown_then_applied(connecter, territoire):
    make_epci("200000099", nom="CC Brume")
    national = connecter(make_personne("national"))
    lignes = ["id_ti,lib_ti,siren_groupement,lib_groupement,nature_juridique"]
    lignes += [f"ti-5201,Bassin d’essai,{territoire.perimetres.get().epci_id},x,CC"]
    lignes += ["ti-5201,Bassin d’essai,200000099,x,CC"]
    fichier = SimpleUploadedFile("liste-ti-grpt2025-20250301.csv", "\n".join(lignes).encode())
    reponse = national.post(reverse("listes-territoires"), {"fichier": fichier})
    recue = ListeRecue.objects.get()
    assert reponse.url == reverse("liste-territoires", args=[recue.pk])
    assert "CC Brume" in lire(national, "liste-territoires", recue.pk)
    assert not territoire.perimetres.filter(epci="200000099").exists()
    national.post(reverse("liste-apply", args=[recue.pk]))
    assert territoire.perimetres.filter(epci="200000099").exists()
    assert "Appliquée le" in lire(national, "liste-territoires", recue.pk)
    encore = national.post(reverse("liste-apply", args=[recue.pk])).content.decode()
    assert "déjà appliquée" in encore
    assert "liste-ti-grpt2025" in lire(national, "listes-territoires")


def test_a_wrong_file_is_refused_at_its_field(connecter, territoire):
    national = connecter(make_personne("national"))
    faux = SimpleUploadedFile("photo.csv", b"a,b\n1,2\n")
    page = national.post(
        reverse("listes-territoires"), {"fichier": faux, "source": "ma source"}
    ).content.decode()
    assert "pas une liste" in page
    assert "ma source" in page
    assert "Choisissez le fichier" in national.post(reverse("listes-territoires"), {}).content.decode()


def test_a_list_without_change_cannot_be_applied(connecter, territoire):
    recue = make_liste(territoire)
    national = connecter(make_personne("national"))
    assert "Rien" in lire(national, "liste-territoires", recue.pk)
    assert "ne change rien" in national.post(reverse("liste-apply", args=[recue.pk])).content.decode()


def test_a_member_named_twice_asks_for_its_code(connecter, territoire):
    departement = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    make_epci("200000001", nom="CC Double")
    make_epci("200000002", nom="CC Double", departement=departement)
    chef = connecter(make_personne("chef_projet", territoire=territoire))
    page = chef.post(
        reverse("demande-create", args=cle(territoire, "entree")),
        {"entrent": "CC Double", "motif": "m", "souhaite_le": "2025-07-01"},
    ).content.decode()
    assert "plusieurs membres" in page
    assert "200000002" in page


def test_the_national_level_labels_a_territoire_and_chooses_its_prefecture(connecter, territoire):
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    ici, ailleurs = (
        make_epci("200000001", population=10),
        make_epci("200000002", departement=loin, population=5),
    )
    national = connecter(make_personne("national"))
    saisie = FAIT | {
        "vague": territoire.vague.pk,
        "id_ti": "ti-5299",
        "nom": "Né ici",
        "region": territoire.region.pk,
        "entrent": f"{ici.pk}\n{ailleurs.pk}",
    }
    assert national.get(reverse("territoire-create")).status_code == 200
    assert national.post(reverse("territoire-create"), saisie).status_code == 302
    ne = Territoire.objects.get(id_ti="ti-5299")
    assert (ne.departement_id, ne.population) == (None, 15)
    assert "À confirmer" in lire(national, "label", *cle(ne))
    refus = national.post(reverse("territoire-create"), saisie).content.decode()
    assert "déjà pris" in refus
    adresse = reverse("prefecture-choose", args=cle(ne))
    assert national.get(adresse).status_code == 200
    assert "Dites pourquoi" in national.post(adresse, {"departement": "21"}).content.decode()
    national.post(adresse, {"departement": "21", "motif": "décision des préfets"})
    ne.refresh_from_db()
    assert ne.departement_id == "21"
    assert "Côte-d’Or" in lire(national, "label", *cle(ne))
