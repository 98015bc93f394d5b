"""Un mauvais fichier dit où il est mauvais et ne change rien."""

from datetime import date

import pytest

from maillage.journal.actions import Systeme
from maillage.referentiels.models import Commune, Departement, Epci, Region
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.imports import import_territoires
from maillage.territoires.models import Etape, Perimetre, Territoire, Vague

pytestmark = pytest.mark.django_db

ENTETE = "id_ti,lib_ti,siren_groupement,lib_groupement,nature_juridique\n"
BONNES = ENTETE + (
    "ti-4401,Essai,200000001,CC d’Essai,CC\n"
    "ti-4401,Essai,215200002,Seule,COM\n"
    "ti-4402,Autre,200000003,CC d’Ailleurs,CC\n"
)


@pytest.fixture
def referentiel():
    region = Region.objects.create(code="44", nom="Grand Est", zone="metro")
    autre = Region.objects.create(code="27", nom="Bourgogne-Franche-Comté", zone="metro")
    d52 = Departement.objects.create(code="52", nom="Haute-Marne", region=region, zone="metro")
    d70 = Departement.objects.create(code="70", nom="Haute-Saône", region=autre, zone="metro")
    epci, _ = (
        Epci.objects.create(
            siren=siren,
            nom=nom,
            type="CC",
            population_municipale=1000,
            population_totale=1010,
            departement=d52,
            region=region,
        )
        for siren, nom in (("200000001", "CC d’Essai"), ("200000003", "CC d’Ailleurs"))
    )
    for code, departement, siren in (("52001", d52, "215200001"), ("70001", d70, "217000001")):
        Commune.objects.create(
            code_insee=code,
            nom=code,
            nom_recherche=code,
            departement=departement,
            region=departement.region,
            epci=epci,
            siren=siren,
            zone="metro",
            population=500,
            population_municipale_epci=500,
        )
    Commune.objects.create(
        code_insee="52002",
        nom="Seule",
        nom_recherche="seule",
        departement=d52,
        region=region,
        siren="215200002",
        zone="metro",
        population=42,
        population_municipale_epci=40,
    )


@pytest.fixture
def programme(tmp_path):
    """Un dossier de données avec un vagues.toml et la liste donnée."""

    def ecrire(liste: str | bytes = BONNES, label_fin: str = "2022-12-31"):
        dossier = tmp_path / "programme"
        dossier.mkdir(exist_ok=True)
        contenu = liste if isinstance(liste, bytes) else liste.encode()
        (tmp_path / "liste.csv").write_bytes(contenu)
        (dossier / "vagues.toml").write_text(
            f"""[[vagues]]
numero = 1
nom = "Phase 1"
debut = 2018-11-22
fin = 2023-11-08
source = "essai"
fichier = "liste.csv"
liste_au = 2022-12-31
liste_source = "liste d’essai"
label_debut = 2018-11-22
label_fin = {label_fin}
[[vagues.axes]]
code = "attirer"
nom = "Attirer"
description = ""
"""
        )
        return dossier / "vagues.toml"

    return ecrire


def test_liste_gives_territoires_membres_regions_and_bounded_labels(referentiel, programme):
    (bilan,) = import_territoires(by=Systeme("essai"), programme=programme())
    assert (bilan.lus, bilan.crees, bilan.membres_ajoutes) == (3, 2, 3)
    essai = Territoire.objects.get(id_ti="ti-4401")
    assert essai.population == 1040
    assert set(essai.regions.values_list("code", flat=True)) == {"44", "27"}
    assert set(essai.departements.values_list("code", flat=True)) == {"52", "70"}
    label = Etape.objects.get(territoire=essai)
    assert (label.debut, label.fin) == (date(2018, 11, 22), date(2022, 12, 31))


def test_second_import_changes_nothing(referentiel, programme):
    chemin = programme()
    import_territoires(by=Systeme("essai"), programme=chemin)
    (bilan,) = import_territoires(by=Systeme("essai"), programme=chemin)
    assert (bilan.crees, bilan.modifies, bilan.membres_ajoutes) == (0, 0, 0)
    assert (Territoire.objects.count(), Perimetre.objects.count(), Etape.objects.count()) == (2, 3, 2)


def test_territoire_gone_from_the_liste_is_reported_and_kept(referentiel, programme):
    import_territoires(by=Systeme("essai"), programme=programme())
    (bilan,) = import_territoires(
        by=Systeme("essai"),
        programme=programme(BONNES.replace("ti-4402,Autre,200000003,CC d’Ailleurs,CC\n", "")),
    )
    assert bilan.absents == ["ti-4402 Autre"]
    assert Territoire.objects.count() == 2


@pytest.mark.parametrize(
    ("liste", "phrase"),
    [
        (ENTETE + "ti-4401,Essai,999999999,Inconnue,CC\n", "inconnu du référentiel"),
        (ENTETE + "ti-4401,Essai,200000001,CC d’Essai,XX\n", "nature_juridique"),
        (ENTETE + "ti-9901,Essai,200000001,CC d’Essai,CC\n", "code de région"),
        (
            ENTETE + "ti-4401,Essai,200000001,CC d’Essai,CC\nti-4401,Autre nom,200000001,CC d’Essai,CC\n",
            "deux noms",
        ),
        (BONNES + "ti-4403,Encore,200000001,CC d’Essai,CC\n", "à la fois dans"),
        ("id,nom\n1,2\n", "id_ti"),
        (BONNES.encode("latin-1", "replace").replace(b"?", b"\xe9"), "liste.csv"),
        ("", "liste.csv"),
    ],
)
def test_bad_liste_gets_a_sentence_and_changes_nothing(referentiel, programme, liste, phrase):
    with pytest.raises(ActionImpossible, match=phrase):
        import_territoires(by=Systeme("essai"), programme=programme(liste))
    assert not Territoire.objects.exists()
    assert not Vague.objects.exists()
