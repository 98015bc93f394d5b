"""Import des référentiels : rejouable, tout ou rien, avec bilan et journal."""

import json

import pytest
from django.core.management import CommandError, call_command

from maillage.journal.actions import Systeme
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.referentiels.actions import PARTIES as PARTIES_REELLES
from maillage.referentiels.actions import import_referentiels
from maillage.referentiels.enums import SourceImport
from maillage.referentiels.models import (
    CodePostal,
    Commune,
    CommuneAncienne,
    Contour,
    Departement,
    Epci,
    ImportReferentiel,
    Naf,
    Region,
)
from maillage.socle.erreurs import ActionImpossible, DonneesIllisibles
from tests.referentiels.conftest import FICHIERS, PARTIES


def _etat():
    modeles = (
        Region,
        Departement,
        Commune,
        CommuneAncienne,
        CodePostal,
        Epci,
        Naf,
        Contour,
        ImportReferentiel,
        Entree,
    )
    return {modele.__name__: list(modele.objects.order_by("pk").values()) for modele in modeles}


@pytest.fixture
def modifie(tmp_path):
    """Écrit une copie d'un fichier d'essai, changée par une fonction."""

    def modifie(nom, changement):
        valeur = json.loads((FICHIERS / nom).read_text())
        valeur = changement(valeur) or valeur
        chemin = tmp_path / nom
        chemin.write_text(json.dumps(valeur))
        return chemin

    return modifie


def test_every_source_has_one_partie_and_leans_only_on_earlier_ones():
    sources = [partie.source for partie in PARTIES_REELLES]
    assert sources == list(SourceImport)
    for rang, partie in enumerate(PARTIES_REELLES):
        assert set(partie.appuis) <= set(sources[:rang])


def test_a_first_import_creates_everything(referentiel):
    lus = {partie: (bilan.lus, bilan.crees) for partie, bilan in referentiel.items()}
    assert lus == {
        "regions": (3, 3),
        "departements": (3, 3),
        "communes": (6, 6),
        "communes_anciennes": (4, 4),
        "codes_postaux": (6, 6),
        "epci": (3, 3),
        "ept": (1, 1),
        "naf": (3, 3),
        "contours_region": (1, 1),
        "contours_epci": (3, 2),
    }


def test_communes_get_their_epci_their_ept_and_the_population_of_the_epci_vintage(referentiel):
    langres = Commune.objects.get(pk="52269")
    assert (langres.epci.nom, langres.population, langres.population_municipale_epci) == (
        "CC du Grand Langres",
        7900,
        7800,
    )
    assert langres.ept is None
    assert Commune.objects.get(pk="75056").ept_id == "200057867"
    assert Commune.objects.get(pk="75056").epci_id == "200054781"


def test_departement_and_region_of_an_epci_are_the_most_populated(referentiel):
    a_cheval = Epci.objects.get(nom="CC à cheval")
    assert (a_cheval.departement_id, a_cheval.region_id) == ("52", "44")


def test_an_absent_population_is_zero_and_a_folded_name_is_kept(referentiel):
    commune = Commune.objects.get(pk="52999")
    assert (commune.population, commune.siren, commune.nom_recherche) == (0, "", "saint etienne l oeuvre")
    assert commune.population_municipale_epci is None


def test_old_codes_lead_to_the_current_commune_with_their_name_when_known(referentiel):
    anciennes = {a.pk: (a.nom, a.type, a.commune_id) for a in CommuneAncienne.objects.all()}
    assert anciennes == {
        "52239": ("Heuilley-Cotton", "deleguee", "52529"),
        "52529": ("Villegusien", "deleguee", "52529"),
        "52998": ("", "ancienne", "52529"),
        "75113": ("Paris 13e Arrondissement", "arrondissement_municipal", "75056"),
    }


def test_naf_marks_industrie(referentiel):
    assert {naf.code: naf.is_industrie for naf in Naf.objects.all()} == {
        "25": True,
        "25.11Z": True,
        "01.11Z": False,
    }


def test_contours_are_projected_with_their_box(referentiel):
    contour = Contour.objects.get(couche="epci", code="200072999")
    assert contour.repere == "metropole"
    xs = [x for x, _ in contour.geometrie[0][0]]
    ys = [y for _, y in contour.geometrie[0][0]]
    assert contour.boite == (min(xs), min(ys), max(xs), max(ys))
    assert 870_000 < contour.ouest < contour.est < 882_000


def test_a_contour_without_its_epci_is_rejected_with_its_place(referentiel):
    rejets = referentiel["contours_epci"].rejets
    assert len(rejets) == 1
    assert "contour 3" in rejets[0]
    assert "299999999" in rejets[0]
    trace = ImportReferentiel.objects.get(source="contours_epci")
    assert (trace.rejetes, trace.details["rejets"]) == (1, rejets)


def test_the_same_file_again_changes_nothing_and_leaves_no_trace(referentiel, importer):
    # Les parties dont un appui a été importé après elles seraient relues : aucune ici, l'ordre est respecté.
    avant = _etat()
    bilans = [importer(partie) for partie in PARTIES]
    assert all(bilan.deja_importe for bilan in bilans)
    assert _etat() == avant


def test_a_forced_import_finds_everything_unchanged(referentiel, importer):
    for partie in PARTIES:
        bilan = importer(partie, forcer=True)
        assert (bilan.crees, bilan.modifies, bilan.supprimes, bilan.absents) == (0, 0, 0, [])
        assert bilan.inchanges == bilan.lus - len(bilan.rejets)


def test_a_partie_is_read_again_when_what_it_leans_on_was_imported_since(referentiel, importer):
    importer("communes", forcer=True)
    assert not importer("epci").deja_importe
    assert importer("epci").deja_importe


def test_a_change_is_applied_and_counted(referentiel, importer, modifie):
    def renommer(communes):
        communes[0]["nom"] = "Langres-la-Haute"

    bilan = importer("communes", modifie("communes.json", renommer))
    assert (bilan.crees, bilan.modifies, bilan.inchanges) == (0, 1, 5)
    langres = Commune.objects.get(pk="52269")
    assert langres.nom_recherche == "langres la haute"
    assert langres.epci_id == "200072999"


def test_a_commune_that_leaves_its_epci_loses_it(referentiel, importer, modifie):
    importer("epci", modifie("epci.json", lambda epcis: epcis[0]["membres"].pop() and None))
    partie = Commune.objects.get(pk="52102")
    assert (partie.epci_id, partie.population_municipale_epci) == (None, None)
    assert Commune.objects.get(pk="52269").epci_id == "200072999"


def test_a_commune_absent_from_the_file_is_kept_and_reported(referentiel, importer, modifie):
    bilan = importer("communes", modifie("communes.json", lambda communes: communes.pop(3) and None))
    assert bilan.absents == ["21292"]
    assert Commune.objects.filter(pk="21292").exists()
    assert "1 absents" in bilan.phrase()


def test_a_postcode_absent_from_the_file_is_removed(referentiel, importer, modifie):
    def retirer(communes):
        communes[4]["codesPostaux"] = ["75001"]

    bilan = importer("codes_postaux", modifie("communes.json", retirer))
    assert (bilan.supprimes, bilan.inchanges) == (1, 5)
    assert not CodePostal.objects.filter(code="75013").exists()


def _sans(cle):
    return lambda lus: lus[1].pop(cle) and None


def _avec(rang, **valeurs):
    return lambda lus: lus[rang].update(valeurs)


@pytest.mark.parametrize(
    ("partie", "changement", "attendus"),
    [
        ("regions", _sans("nom"), ["enregistrement 2", "« nom »"]),
        ("regions", lambda lus: lus.append(lus[0]), ["enregistrement 4", "44", "enregistrement 1"]),
        ("regions", _avec(0, zone="lune"), ["lune", "metro, drom, com"]),
        ("departements", _avec(1, region="99"), ["enregistrement 2", "la région 99"]),
        ("communes", _avec(2, departement="99"), ["enregistrement 3", "le département 99"]),
        ("communes", _avec(2, region="99"), ["la région 99"]),
        ("communes", _avec(2, population="beaucoup"), ["« population »", "beaucoup"]),
        ("communes", _avec(2, type="village"), ["village", "commune-actuelle"]),
        ("communes_anciennes", _avec(6, chefLieu="99999"), ["enregistrement 7", "la commune 99999"]),
        ("codes_postaux", _avec(0, codesPostaux="52200"), ["« codesPostaux »"]),
        ("epci", lambda lus: lus[0]["membres"].append(lus[1]["membres"][0]), ["52529", "déjà membre"]),
        (
            "epci",
            lambda lus: lus[0]["membres"][0].update(code="99999"),
            ["« membres » n° 1", "99999"],
        ),
        ("epci", _avec(0, membres=[]), ["aucun membre"]),
        ("epci", _avec(0, type="EPT"), ["EPT"]),
        ("ept", _avec(0, type="CC"), ["EPT"]),
        ("contours_epci", lambda topo: topo["objects"].pop("epci") and None, ["l'objet « epci »"]),
        ("contours_epci", lambda topo: topo["arcs"][0].append([120, 80]), ["contour 1", "120.0000"]),
        ("contours_epci", lambda topo: [1], ["Topology"]),
    ],
)
def test_a_bad_file_is_refused_with_its_place_and_changes_nothing(
    referentiel, importer, modifie, partie, changement, attendus
):
    avant = _etat()
    with pytest.raises(DonneesIllisibles) as refus:
        importer(partie, modifie(PARTIES[partie], changement))
    message = str(refus.value).replace("\u00a0", " ")
    assert message.startswith(PARTIES[partie])
    for attendu in attendus:
        assert attendu in message
    assert _etat() == avant


def test_a_wrong_naf_file_is_refused(referentiel, importer, tmp_path):
    chemin = tmp_path / "naf.csv"
    chemin.write_text("code;libelle\n25;Fabrication\n")
    with pytest.raises(DonneesIllisibles, match="niveau"):
        importer("naf", chemin)


def test_a_file_half_as_long_as_the_last_is_refused_unless_forced(referentiel, importer, modifie):
    court = modifie("communes.json", lambda communes: communes[:2])
    with pytest.raises(DonneesIllisibles, match=r"2 enregistrements, contre 6.*--forcer"):
        importer("communes", court)
    assert importer("communes", court, forcer=True).lus == 2


def test_when_one_file_of_several_is_bad_nothing_is_kept(db, settings, tmp_path):
    dossier = tmp_path / "decoupage-administratif"
    dossier.mkdir()
    (dossier / "regions.json").write_text((FICHIERS / "regions.json").read_text())
    (dossier / "departements.json").write_text("[{")
    settings.DOSSIER_DONNEES = tmp_path
    with pytest.raises(DonneesIllisibles):
        import_referentiels(by=Systeme("import"), parties=["regions", "departements"])
    assert not Region.objects.exists()
    assert not Entree.objects.exists()


def test_each_import_leaves_one_line_in_the_journal(referentiel):
    entrees = Entree.objects.filter(code="referentiels.import.effectue")
    assert entrees.count() == len(PARTIES)
    entree = entrees.get(cible_libelle__startswith="régions")
    assert (entree.auteur_libelle, entree.apres["crees"]) == ("import", 3)
    assert phrase(entree).replace("\u00a0", " ") == (
        "Import de régions (regions.json) : 3 lus, 3 créés, 0 modifiés, 0 inchangés, 0 rejetés."
    )


def test_nothing_is_kept_when_the_journal_fails(db, importer, monkeypatch):
    def panne(*args, **kwargs):
        raise RuntimeError("journal en panne")

    monkeypatch.setattr("maillage.referentiels.actions.record", panne)
    with pytest.raises(RuntimeError):
        importer("regions")
    assert not Region.objects.exists()


@pytest.mark.parametrize("parties", [[], ["regions", "naf"]])
def test_a_file_goes_with_exactly_one_partie(db, parties):
    with pytest.raises(ActionImpossible, match="une seule partie"):
        import_referentiels(by=Systeme("import"), parties=parties, fichier=FICHIERS / "regions.json")


def test_an_unknown_partie_is_refused_with_the_list(db):
    with pytest.raises(ActionImpossible, match=r"planetes.*regions, departements"):
        import_referentiels(by=Systeme("import"), parties=["planetes"])


def test_the_command_prints_the_report_and_the_rejects(referentiel, capsys):
    call_command(
        "importer_referentiels", partie=["contours_epci"], fichier=FICHIERS / "epci.topojson", forcer=True
    )
    sortie = capsys.readouterr().out.replace("\u00a0", " ")
    assert "contours des EPCI (epci.topojson) : 3 lus, 0 créés, 0 modifiés, 2 inchangés, 1 rejetés" in sortie
    assert "rejeté, contour 3 : le code 299999999" in sortie


def test_the_command_says_that_nothing_was_saved(db, tmp_path):
    with pytest.raises(CommandError, match="Rien n’a été enregistré"):
        call_command("importer_referentiels", partie=["regions"], fichier=tmp_path / "absent.json")
