"""L’histoire des périmètres telle que les sources la disent, relue sur les données réelles."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command

from maillage.pilotage.models import ChiffrePublie, Indicateur
from maillage.pilotage.selectors import Perimetre as Vue
from maillage.pilotage.selectors import compute_chiffres
from maillage.socle.texte import replier
from maillage.territoires.enums import Fiabilite, Sens
from maillage.territoires.listes import read_liste
from maillage.territoires.models import MouvementPerimetre, Perimetre, Territoire, Vague
from maillage.territoires.selectors_perimetre import (
    compute_etendue,
    labellises_at,
    list_mutations,
    list_sejours,
    noms_at,
)

pytestmark = pytest.mark.usefixtures("demonstration")

LANCEMENT, MULHOUSE, FIN_2022 = date(2018, 11, 22), date(2019, 11, 19), date(2022, 12, 31)
PHASE_2, VERSION_2023, LISTE_2024 = date(2023, 11, 9), date(2023, 11, 14), date(2024, 7, 4)
JOINVILLE = "CC du Bassin de Joinville en Champagne"

TREIZE = [
    "Alsace bossue – Saverne – Nord Alsace",
    "Alsace centrale",
    "Bassin de Joinville – Langres – Chaumont",
    "Bazancourt – Pomacle",
    "Epernay – Bassin sézannais – Portes de Romilly",
    "Moselle Est",
    "Nord Est Ardenne",
    "Nord Lorraine",
    "Sud Alsace",
    "Troyes – Bar-sur-Aube",
    "Val et Terres de Lorraine",
    "Vitry-le-François – Saint-Dizier – Bar-le-Duc",
    "Vosges",
]


@pytest.fixture(autouse=True)
def _lire_sans_transaction(django_db_blocker):
    with django_db_blocker.unblock():
        yield


def grand_est(jour, *, certains=True):
    vague = Vague.objects.get(numero=1)
    return list(labellises_at(vague, jour, certains=certains).filter(region="44"))


def noms(jour):
    territoires = grand_est(jour)
    return sorted(replier(nom.nom) for nom in noms_at(territoires, jour).values())


def membres(cle, jour):
    vague, id_ti = cle.split("/")
    return {s.nom: s for s in list_sejours(Territoire.objects.by_cle(vague, id_ti).get(), jour)}


def test_grand_est_has_the_thirteen_names_of_the_first_day_and_no_other():
    assert noms(LANCEMENT) == sorted(map(replier, TREIZE))
    assert len(grand_est(LANCEMENT, certains=False)) == 13


def test_grand_est_has_fifteen_territoires_on_the_day_of_mulhouse():
    du_jour = noms(MULHOUSE)
    assert len(du_jour) == 15
    assert {"val de lorraine", "terres de lorraine", "sel et vermois", "langres chaumont"} <= set(du_jour)
    assert "val et terres de lorraine" not in du_jour
    assert any(nom.endswith("bassin de joinville") for nom in du_jour)


def test_val_et_terres_de_lorraine_splits_into_two():
    ancien = Territoire.objects.by_cle("v1", "val-et-terres-de-lorraine").get()
    scission = next(e for e in list_mutations(ancien) if e.mutation == "scission")
    assert {t.cle for t in scission.territoires.all()} == {
        "v1/val-et-terres-de-lorraine",
        "v1/ti-4411",
        "v1/ti-4413",
    }
    assert (scission.debut, scission.fin) == (LANCEMENT + timedelta(days=1), date(2019, 11, 14))
    assert membres(ancien.cle, MULHOUSE) == {}
    assert "CC Moselle et Madon" in membres("v1/ti-4411", MULHOUSE)


def test_the_composition_that_no_source_tells_is_to_confirm():
    sejours = membres("v1/val-et-terres-de-lorraine", LANCEMENT).values()
    assert len(sejours) == 8
    assert all(s.is_a_confirmer and not s.is_certain for s in sejours)


def test_joinville_leaves_langres_chaumont_for_vitry_between_the_two_days():
    langres, vitry = "v1/ti-4403", "v1/ti-4414"
    assert membres(langres, LANCEMENT)[JOINVILLE].is_certain
    assert JOINVILLE not in membres(vitry, LANCEMENT)
    entre = date(2019, 5, 1)
    assert not membres(langres, entre)[JOINVILLE].is_certain
    assert not membres(vitry, entre)[JOINVILLE].is_certain
    assert JOINVILLE not in membres(langres, MULHOUSE)
    assert membres(vitry, MULHOUSE)[JOINVILLE].is_certain


def test_sel_et_vermois_is_known_from_the_list_of_2022_and_was_not_among_the_thirteen():
    sel = Territoire.objects.by_cle("v1", "ti-4409").get()
    assert sel not in grand_est(LANCEMENT, certains=False)
    assert sel in grand_est(MULHOUSE)


def test_wave_two_is_the_state_of_july_2024_not_of_november_2023():
    annonce, version, liste = map(compute_etendue, (PHASE_2, VERSION_2023, LISTE_2024))
    assert (annonce.intercommunalites.certains, annonce.intercommunalites.possibles) == (630, 630)
    assert version.membres.certains == 630
    assert [c.certains for c in (liste.epci, liste.ept, liste.communes_seules)] == [626, 3, 12]
    assert "CC Haute-Corrèze Communauté" in membres("v2/ti-7506", VERSION_2023)
    assert "CC Haute-Corrèze Communauté" not in membres("v2/ti-7506", LISTE_2024)
    assert ("CC du Vallespir" in membres("v2/ti-7613", VERSION_2023)) is False
    assert membres("v2/ti-2707", LISTE_2024)["Cercy-la-Tour"].nature == "commune seule"


def test_the_members_of_the_announcement_are_marked_as_deduced():
    deduits = Perimetre.objects.filter(territoire__vague__numero=2, debut=PHASE_2)
    assert set(deduits.values_list("fiabilite", flat=True)) == {Fiabilite.DEDUCTION}


@pytest.mark.parametrize(
    ("jour", "territoires", "epci", "ept", "seules", "communes"),
    [
        (FIN_2022, 149, 547, 3, 38, 16_151),
        (PHASE_2, 183, 627, 3, 0, 18_701),
        (LISTE_2024, 183, 626, 3, 12, 18_639),
    ],
)
def test_counts_at_the_dates_of_the_lists(jour, territoires, epci, ept, seules, communes):
    etendue = compute_etendue(jour)
    comptes = (etendue.territoires, etendue.epci, etendue.ept, etendue.communes_seules, etendue.communes)
    assert all(compte.is_exact for compte in comptes)
    assert [compte.certains for compte in comptes] == [territoires, epci, ept, seules, communes]


def test_every_published_figure_lies_between_certain_and_possible_or_shows_its_conflict():
    publies = ChiffrePublie.objects.filter(
        indicateur__in=[Indicateur.LABELLISES, Indicateur.INTERCOMMUNALITES, Indicateur.COMMUNES]
    )
    assert {p.indicateur for p in publies} == {"labellises", "intercommunalites", "communes"}
    for chiffre in publies:
        jour = chiffre.valable_depuis
        affiche = next(
            p
            for p in compute_chiffres(Vue(au=jour, region=chiffre.region_id or "")).publies
            if p.chiffre.pk == chiffre.pk
        )
        tient = affiche.calcule <= chiffre.valeur <= affiche.calcule_possible
        assert tient or affiche.en_conflit, f"{chiffre} {chiffre.valeur}"


def test_no_member_is_certain_in_two_territoires_of_one_phase():
    for jour in (LANCEMENT, MULHOUSE, FIN_2022, PHASE_2, LISTE_2024):
        certains = Perimetre.objects.certains_at(jour).filter(territoire__is_fictif=False, site="")
        vus = list(certains.values_list("territoire__vague", "epci", "commune"))
        assert len(vus) == len(set(vus))


def test_the_stored_members_are_those_that_the_events_tell():
    en_vigueur = MouvementPerimetre.objects.connus()
    assert Perimetre.objects.count() == en_vigueur.filter(sens=Sens.ENTREE).count()
    assert Perimetre.objects.exclude(sortie=None).count() == en_vigueur.filter(sens=Sens.SORTIE).count()
    assert not Perimetre.objects.filter(entree=None).exists()


@pytest.mark.parametrize("vague", [1, 2])
def test_the_list_by_communes_says_the_same_members_as_the_list_by_groupings(vague, settings):
    dossier = settings.DOSSIER_DONNEES / "territoires-industrie"
    groupements = read_liste((dossier / f"ti_v{vague}_groupements.csv").read_bytes(), "groupements.csv")
    entete, *lignes = (dossier / f"ti_v{vague}_communes.csv").read_text(encoding="utf-8").splitlines()
    assert entete.startswith("id_ti,code_insee,siren_commune,nom_commune")
    par_commune = ["insee_com,lib_com,id_ti,lib_ti"]
    for ligne in lignes:
        id_ti, code = ligne.split(",")[:2]
        par_commune.append(f'{code},Commune,{id_ti},"{groupements.noms[id_ti]}"')
    communes = read_liste("\n".join(par_commune).encode(), "communes.csv")
    assert {k: set(v) for k, v in communes.membres.items()} == {
        k: set(v) for k, v in groupements.membres.items()
    }
    assert not communes.inconnus
    assert not communes.partiels


def test_the_command_prints_the_computed_and_published_counts():
    sortie = io.StringIO()
    call_command("chiffres", "--perimetres", stdout=sortie)
    texte = sortie.getvalue()
    assert "2022-12-31 | 149 | 547 | 3 | 38 | 16151" in texte
    assert "2023-11-09 | 183 | 627 | 3 | 0" in texte
    assert "Conflit" in texte
