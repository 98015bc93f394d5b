"""Ce que contient une fiche : listes écrites entières, gardées par les versions, refusées avec une phrase."""

from datetime import date

import pytest

from maillage.contrats.composition import compose_acte
from maillage.documents.blocs import to_json
from maillage.fiches.actions import create_fiche, move_fiche, update_fiche
from maillage.fiches.actions_contenu import add_valeur
from maillage.fiches.completude import compute_completude, list_exigences
from maillage.fiches.enums import NatureValeur, StatutFiche
from maillage.fiches.models import ValeurIndicateur
from maillage.fiches.rubriques import COLLECTIONS, TITRES, find_section
from maillage.fiches.selectors import compare_contenus, describe_contenu, find_fiches, get_contenu
from maillage.fiches.selectors_contenu import list_mesures, list_parties_publiques, list_suivis
from maillage.journal.models import Entree
from maillage.socle.erreurs import ActionImpossible
from tests.fabriques import FABRIQUE, make_acte, make_fiche, make_territoire

pytestmark = pytest.mark.django_db

ETAPES = [
    {"libelle": "Étude", "echeance": date(2030, 3, 1)},
    {"libelle": "Travaux", "debut": date(2030, 3, 2), "echeance": date(2031, 1, 1), "apres": [1]},
]


def change(fiche, **champs):
    return update_fiche(fiche=fiche, by=FABRIQUE, version_lue=fiche.version, **champs)


def test_a_list_is_kept_by_the_version_and_by_the_tables():
    fiche = change(make_fiche(), jalons=ETAPES, objectifs="Former trente personnes")
    assert [(j.libelle, [a.libelle for a in j.apres.all()]) for j in fiche.jalons.all()] == [
        ("Étude", []),
        ("Travaux", ["Étude"]),
    ]
    contenu = fiche.versions.get(numero=fiche.version).contenu
    assert contenu == get_contenu(fiche)
    assert [(ligne["libelle"], ligne["apres"]) for ligne in contenu["jalons"]] == [
        ("Étude", []),
        ("Travaux", [1]),
    ]
    assert "échéance\u00a0: 1er mars 2030" in describe_contenu(contenu)["jalons"]


def test_saving_the_same_list_makes_no_version():
    fiche = change(make_fiche(), jalons=ETAPES)
    lignes = get_contenu(fiche)["jalons"]
    assert change(fiche, jalons=lignes).version == fiche.version


def test_a_line_keeps_its_identity_and_a_missing_one_leaves():
    fiche = change(make_fiche(), jalons=ETAPES)
    etude, travaux = get_contenu(fiche)["jalons"]
    apres = change(fiche, jalons=[travaux | {"libelle": "Gros œuvre", "apres": []}])
    assert [(j.pk, j.libelle) for j in apres.jalons.all()] == [(travaux["id"], "Gros œuvre")]
    ecarts = compare_contenus(*(v.contenu for v in fiche.versions.order_by("-numero")[:2]))
    assert [ecart.champ for ecart in ecarts] == ["jalons"]
    assert etude["libelle"] in ecarts[0].apres


def test_a_move_keeps_the_lists_in_the_version():
    fiche = change(make_fiche(statut=StatutFiche.BROUILLON), jalons=ETAPES)
    fiche = move_fiche(fiche=fiche, vers=StatutFiche.PROPOSEE, by=FABRIQUE)
    assert len(fiche.versions.get(numero=fiche.version).contenu["jalons"]) == 2


@pytest.mark.parametrize(
    ("nom", "lignes", "phrase"),
    [
        ("jalons", [{"libelle": ""}], "ligne 1"),
        ("jalons", [{"libelle": "Étude", "echeance": "20219-01-01"}], "date"),
        ("jalons", [{"libelle": "Étude", "echeance": date(219, 1, 1)}], "vraisemblable"),
        (
            "jalons",
            [{"libelle": "Étude", "debut": date(2030, 2, 1), "echeance": date(2030, 1, 1)}],
            "avant le début",
        ),
        ("jalons", [{"libelle": "A", "apres": [2]}, {"libelle": "B", "apres": [1]}], "s’attendent"),
        ("jalons", [{"libelle": "A", "apres": [1]}], "elle-même"),
        ("jalons", [{"libelle": "A", "realise_le": date(2099, 1, 1)}], "pas venu"),
        ("partenaires", [{"nom": "x" * 201}], "201 signes"),
        ("partenaires", [{"nom": "UIMM", "engagement": "peut-être"}], "dans la liste"),
        ("indicateurs", [{"libelle": "Emplois", "cible": "beaucoup"}], "nombre"),
        ("sites", [{"libelle": "Halle", "commune": "99999"}], "commune"),
        ("sites", [{"libelle": "Halle", "surface_m2": -1}], "nombre"),
        ("sous_actions", [{"titre": f"n° {n}"} for n in range(201)], "201 lignes"),
    ],
)
def test_a_wrong_line_is_refused_with_a_sentence_and_nothing_is_written(nom, lignes, phrase):
    fiche = make_fiche()
    with pytest.raises(ActionImpossible, match=phrase) as refus:
        change(fiche, **{nom: lignes})
    assert refus.value.champ == nom
    fiche.refresh_from_db()
    assert fiche.version == fiche.versions.count()
    assert not getattr(fiche, nom).exists()


def test_ten_megabytes_of_text_are_a_sentence():
    with pytest.raises(ActionImpossible, match="signes") as refus:
        create_fiche(territoire=make_territoire(), titre="Titre", description="é" * 10_000_000, by=FABRIQUE)
    assert refus.value.champ == "description"


def test_values_of_three_natures_stay_apart_and_a_correction_keeps_the_first():
    fiche = change(make_fiche(), indicateurs=[{"libelle": "Emplois", "famille": "emplois", "cible": 40_000}])
    emplois = fiche.indicateurs.get()
    for nature, valeur in (
        ("prevue", 40_000),
        ("declaree", 30_000),
        ("declaree", 31_000),
        ("verifiee", 12_000),
    ):
        add_valeur(
            indicateur=emplois,
            nature=NatureValeur(nature),
            valeur=valeur,
            source="enquête",
            date_effet=date(2020, 1, 1),
            by=FABRIQUE,
        )
    assert [v.valeur for _, v in list_suivis(fiche)[0].dernieres] == [40_000, 31_000, 12_000]
    assert [m.valeur.valeur for m in list_mesures(emplois) if m.is_corrigee] == [30_000]
    assert Entree.objects.for_cible(fiche).filter(code="fiches.indicateur.valeur_ajoutee").count() == 4
    with pytest.raises(ActionImpossible, match="valeurs datées"):
        change(fiche, indicateurs=[])


@pytest.mark.parametrize(
    ("champs", "champ"),
    [({"source": " "}, "source"), ({"date_effet": date(2099, 1, 1)}, "date_effet")],
)
def test_a_value_without_source_or_from_the_future_is_refused(champs, champ):
    fiche = change(make_fiche(), indicateurs=[{"libelle": "Emplois"}])
    donnees = {"nature": NatureValeur.DECLAREE, "valeur": 1000, "source": "enquête", "by": FABRIQUE}
    with pytest.raises(ActionImpossible) as refus:
        add_valeur(indicateur=fiche.indicateurs.get(), **(donnees | champs))
    assert refus.value.champ == champ
    assert not ValeurIndicateur.objects.exists()


def test_what_the_fiche_says_is_in_the_annexe_except_what_is_internal():
    territoire = make_territoire()
    fiche = make_fiche(territoire=territoire, statut=StatutFiche.RETENUE)
    fiche = change(fiche, objectifs="Doubler la filière", contact="06 00 00 00 00", jalons=ETAPES)
    texte = str(
        to_json(compose_acte(make_acte(territoire=territoire), fiches=[fiche], signataires=[], arrete=False))
    )
    assert "Doubler la filière" in texte
    assert "Travaux" in texte
    assert "06 00 00 00 00" not in texte


def test_only_confirmed_partners_are_published_and_no_request():
    fiche = change(
        make_fiche(),
        partenaires=[{"nom": "UIMM", "engagement": "confirme"}, {"nom": "Forges secrètes"}],
        demandes_etat=[{"objet": "Interlocuteur unique"}],
        obstacles="Foncier",
    )
    publie = str(list_parties_publiques(get_contenu(fiche)))
    assert "UIMM" in publie
    for secret in ("Forges secrètes", "Interlocuteur unique"):
        assert secret not in publie


@pytest.mark.parametrize(
    "texte", ["elec", "ÉLECTRICITÉ", "travaux gros", "etudes", "grandes ecoles", "Étude"]
)
def test_search_reads_every_rubrique_without_accents_or_plural(texte):
    fiche = change(
        make_fiche(titre="Filière électricité", description="Une grande école"),
        jalons=[{"libelle": "Étude"}, {"libelle": "Gros travaux"}],
    )
    make_fiche(territoire=fiche.territoire, titre="Autre")
    assert list(find_fiches(fiche.territoire.fiches.all(), texte)) == [fiche]


def test_completude_says_who_will_miss_what():
    vide = make_fiche(statut=StatutFiche.IDEE)
    completude = compute_completude(vide, get_contenu(vide))
    region = next(m for m in completude.manques if m.exigence.code == "region")
    assert "objectifs" in region.champs
    pleine = change(
        make_fiche(description="Ce qui sera fait", debut_prevu=date(2030, 1, 1), fin_prevue=date(2031, 1, 1)),
        objectifs="Former",
        partenaires=[{"nom": "UIMM"}],
    )
    completude = compute_completude(pleine, get_contenu(pleine), {"cout"})
    assert not next(m for m in completude.manques if m.exigence.code == "region").champs
    assert completude.remplis < completude.total


def test_exigences_of_a_phase_replace_the_general_ones():
    premiere, seconde = ({e.code: e for e in list_exigences(vague=vague, region="44")} for vague in (1, 2))
    assert "indicateurs" not in premiere["region"].champs
    assert "indicateurs" in seconde["region"].champs
    assert "ademe" not in premiere
    champs = {champ for e in (*premiere.values(), *seconde.values()) for champ in e.champs}
    assert champs - {"calendrier", "cout", "financeurs"} <= set(TITRES)


def test_every_rubrique_has_one_section():
    assert all(find_section(nom) for nom in (*TITRES, *COLLECTIONS))
