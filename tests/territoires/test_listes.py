"""Une liste reçue est reconnue, comparée, puis appliquée en évènements ; un mauvais fichier ne change rien."""

import io
from datetime import date

import pytest
import time_machine
from django.core.management import CommandError, call_command
from tests.fabriques import FABRIQUE, make_departement, make_epci, make_region, make_territoire

from maillage.referentiels.models import Commune, CommuneAncienne
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.actions_perimetre import Preuve, record_mutation
from maillage.territoires.enums import Mutation
from maillage.territoires.imports import apply_liste, compare_recue, read_jour, receive_liste
from maillage.territoires.models import EvenementPerimetre, ListeRecue, Perimetre, Territoire
from maillage.territoires.selectors_perimetre import list_sejours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ce_jour")]
ENTETE = "id_ti,lib_ti,siren_groupement,lib_groupement,nature_juridique\n"
SIRENS = ("200000001", "200000002", "200000003", "200000004")


@pytest.fixture
def ce_jour():
    with time_machine.travel("2025-03-01", tick=False):
        yield


@pytest.fixture
def pays():
    """Deux territoires de la phase 2, et leurs homonymes d’identifiant en phase 1."""
    region = make_region("44", "Grand Est")
    departement = make_departement("52", "Haute-Marne", region=region)
    a, b, c, d = (
        make_epci(siren, nom=f"CC {lettre}", departement=departement)
        for siren, lettre in zip(SIRENS, "ABCD", strict=True)
    )
    make_territoire("v1/ti-4401", nom="Ancien un", departement=departement, epcis=[d])
    make_territoire("v1/ti-4402", nom="Ancien deux", departement=departement)
    return (
        make_territoire("v2/ti-4401", nom="Un", departement=departement, epcis=[a, b]),
        make_territoire("v2/ti-4402", nom="Deux", departement=departement, epcis=[c]),
    )


def liste(*lignes):
    return (ENTETE + "".join(f"{ti},{nom},{siren},x,CC\n" for ti, nom, siren in lignes)).encode()


IDENTIQUE = (
    ("ti-4401", "Un", SIRENS[0]),
    ("ti-4401", "Un", SIRENS[1]),
    ("ti-4402", "Deux", SIRENS[2]),
)


def receive(contenu, fichier="liste-ti-grpt2023-20240704.csv", **suite):
    return receive_liste(contenu=contenu, fichier=fichier, by=FABRIQUE, **suite)


def test_the_format_the_phase_and_the_day_are_read_from_the_file(pays):
    recue = receive(liste(*IDENTIQUE))
    assert (recue.format, recue.vague.numero, recue.arretee_le) == ("groupements", 2, date(2024, 7, 4))
    assert recue.depuis == date(2023, 11, 10)
    assert compare_recue(recue).is_vide
    with pytest.raises(ActionImpossible, match="ne change rien"):
        apply_liste(recue=recue, by=FABRIQUE)


def test_who_enters_leaves_moves_and_changes_name_is_shown_before_anything_changes(pays):
    un, _ = pays
    make_territoire("v2/ti-4405", nom="Cinq", epcis=[make_epci("200000005")])
    recue = receive(
        liste(
            ("ti-4405", "Cinq", "200000005"),
            ("ti-4401", "Un renommé", SIRENS[0]),
            ("ti-4402", "Deux", SIRENS[1]),
            ("ti-4402", "Deux", SIRENS[2]),
            ("ti-4403", "Trois", SIRENS[3]),
        )
    )
    comparaison = compare_recue(recue)
    assert [(e.id_ti, e.nom) for e in comparaison.nouveaux] == [("ti-4403", "Trois")]
    assert [(e.ancien_nom, e.nom) for e in comparaison.renommes] == [("Un", "Un renommé")]
    assert [(t.membre.nom, t.de, t.vers) for t in comparaison.transferts] == [("CC B", "ti-4401", "ti-4402")]
    assert {s.nom for s in list_sejours(un, date(2025, 1, 1))} == {"CC A", "CC B"}
    bilan = apply_liste(recue=recue, by=FABRIQUE)
    assert (bilan.crees, bilan.modifies) == (1, 2)
    un.refresh_from_db()
    assert un.nom == "Un renommé"
    assert {s.nom for s in list_sejours(un, date(2025, 1, 1))} == {"CC A"}
    assert {e.mutation for e in EvenementPerimetre.objects.filter(source=recue.source)} == {
        "creation",
        "transfert",
        "renommage",
    }
    evenement = EvenementPerimetre.objects.get(mutation="transfert")
    assert (evenement.debut, evenement.fin) == (date(2023, 11, 10), date(2024, 7, 4))
    with pytest.raises(ActionImpossible, match="déjà appliquée"):
        apply_liste(recue=recue, by=FABRIQUE)


def test_a_territoire_absent_from_the_list_is_told_and_kept(pays):
    recue = receive(liste(*IDENTIQUE[:2], ("ti-4401", "Un", SIRENS[3])))
    assert [t.nom for t in compare_recue(recue).absents] == ["Deux"]
    apply_liste(recue=recue, by=FABRIQUE)
    assert list_sejours(pays[1], date(2025, 1, 1))


def test_an_unknown_code_is_shown_and_refuses_the_whole_list(pays):
    recue = receive(liste(*IDENTIQUE, ("ti-4402", "Deux", "999999999")))
    assert "999999999" in compare_recue(recue).liste.inconnus[0]
    with pytest.raises(ActionImpossible, match="999999999"):
        apply_liste(recue=recue, by=FABRIQUE)
    recue.refresh_from_db()
    assert recue.appliquee_at is None


def test_a_list_that_puts_one_epci_in_two_territoires_is_refused(pays):
    recue = receive(liste(*IDENTIQUE, ("ti-4402", "Deux", SIRENS[0])))
    avant = list(Perimetre.objects.order_by("pk").values_list("pk", "epci"))
    with pytest.raises(ActionImpossible, match="à la fois dans"):
        apply_liste(recue=recue, by=FABRIQUE)
    assert list(Perimetre.objects.order_by("pk").values_list("pk", "epci")) == avant


def test_the_phase_is_known_by_the_names_not_by_the_identifiers(pays):
    contenu = liste(("ti-4401", "Ancien un", SIRENS[3]), ("ti-4402", "Ancien deux", SIRENS[2]))
    assert receive(contenu, arretee_le=date(2022, 12, 31)).vague.numero == 1
    with pytest.raises(ActionImpossible, match="non de la Phase 2"):
        receive(contenu, arretee_le=date(2022, 12, 31), vague_attendue=pays[0].vague)


@pytest.mark.parametrize(
    ("contenu", "suite", "phrase"),
    [
        (b"", {}, "vide"),
        (b"a,b\n1,2\n", {}, "ce n’est pas une liste"),
        (ENTETE.encode(), {}, "aucune ligne"),
        (liste(*IDENTIQUE).replace(b"CC\n", b"XX\n"), {}, "nature_juridique"),
        (liste(("ti-1", "Inconnu", SIRENS[0])), {}, "ne se reconnaît pas"),
        (liste(*IDENTIQUE, ("ti-4402", "Autre nom", SIRENS[3])), {}, "deux noms"),
        ("é".encode("latin-1") + ENTETE.encode(), {}, "UTF-8"),
        (liste(*IDENTIQUE), {"fichier": "liste.csv"}, "À quel jour"),
        (liste(*IDENTIQUE), {"arretee_le": date(2026, 1, 1)}, "avenir"),
        (liste(*IDENTIQUE), {"arretee_le": date(2020, 1, 1)}, "commence le"),
        (liste(*IDENTIQUE), {"depuis": date(2024, 8, 1)}, "plus tardifs"),
    ],
)
def test_a_wrong_file_gets_a_sentence_and_nothing_is_kept(pays, contenu, suite, phrase):
    avant = Territoire.objects.count(), Perimetre.objects.count()
    with pytest.raises(ActionImpossible, match=phrase):
        receive(contenu, **suite)
    assert not ListeRecue.objects.exists()
    assert (Territoire.objects.count(), Perimetre.objects.count()) == avant


def _make_communes(epci, *codes):
    for code in codes:
        Commune.objects.create(
            code_insee=code,
            nom=code,
            nom_recherche=code,
            departement=epci.departement,
            region=epci.region,
            epci=epci,
            zone="metro",
            population=10,
            population_municipale_epci=10,
        )


CAISSE = "id_ti;lib_ti;insee_com;lib_com;geom;Nom Officiel EPCI;Code Officiel EPCI\n"


@pytest.mark.parametrize(
    ("entete", "ligne", "forme"),
    [
        ("insee_com,lib_com,id_ti,lib_ti\n", "{code},C,{ti},{nom}\n", "communes"),
        (CAISSE, "{ti};{nom};{code};C;" + "x" * 200_000 + ";CC;200\n", "caisse"),
    ],
)
def test_a_list_by_communes_gives_epci_and_communes_alone(pays, entete, ligne, forme):
    un, deux = pays
    a, b = (p.epci for p in un.perimetres.order_by("epci__nom"))
    [c] = (p.epci for p in deux.perimetres.all())
    d = make_epci(SIRENS[3])
    for n, epci in enumerate((a, b, c, d), start=1):
        _make_communes(epci, *(f"520{n}{i}" for i in range(1, 5)))
    CommuneAncienne.objects.create(code_insee="52999", type="commune-deleguee", commune_id="52011")
    codes = [(f"520{n}{i}", "ti-4401", "Un") for n in (1, 2) for i in range(1, 5)]
    codes += [(f"5203{i}", "ti-4402", "Deux") for i in range(1, 5)]
    codes += [("52999", "ti-4401", "Un"), ("52041", "ti-4402", "Deux")]
    contenu = entete + "".join(ligne.format(code=code, ti=ti, nom=nom) for code, ti, nom in codes)
    recue = receive(contenu.encode(), arretee_le=date(2024, 7, 4))
    assert recue.format == forme
    [ecart] = compare_recue(recue).ecarts
    assert (ecart.id_ti, [m.cle for m in ecart.entrent], ecart.sortent) == (
        "ti-4402",
        [("commune", "52041")],
        [],
    )


@pytest.mark.parametrize(
    ("nom", "jour"),
    [
        ("liste-ti-grpt2023-20240704.csv", date(2024, 7, 4)),
        ("liste-ti-2024-07-04.csv", date(2024, 7, 4)),
        ("liste-ti.csv", None),
        ("liste-ti-20241399.csv", None),
    ],
)
def test_the_day_of_a_list_is_in_its_name(nom, jour):
    assert read_jour(nom) == jour


def test_the_command_shows_the_differences_and_applies_them_only_when_asked(pays, tmp_path):
    chemin = tmp_path / "liste-ti-grpt2023-20240704.csv"
    chemin.write_bytes(liste(*IDENTIQUE, ("ti-4402", "Deux", SIRENS[3])))
    sortie = io.StringIO()
    call_command("comparer_liste", str(chemin), stdout=sortie)
    assert "+ CC D (groupement)" in sortie.getvalue()
    assert "Rien n’a changé" in sortie.getvalue()
    assert not pays[1].perimetres.filter(epci=SIRENS[3]).exists()
    call_command("comparer_liste", str(chemin), "--appliquer", stdout=sortie)
    assert pays[1].perimetres.filter(epci=SIRENS[3]).exists()


@pytest.mark.parametrize(
    ("options", "phrase"),
    [
        (["--vague", "1"], "non de la"),
        (["--vague", "9"], "n’existe pas"),
        (["--arretee-le", "demain"], "n’est pas une date"),
    ],
)
def test_the_command_refuses_with_a_sentence(pays, tmp_path, options, phrase):
    chemin = tmp_path / "liste-ti-20240704.csv"
    chemin.write_bytes(liste(*IDENTIQUE))
    with pytest.raises(CommandError, match=phrase):
        call_command("comparer_liste", str(chemin), *options)
    with pytest.raises(CommandError):
        call_command("comparer_liste", str(tmp_path / "absent.csv"))
    assert not ListeRecue.objects.exists()


def test_a_change_to_come_takes_its_day_to_show_on_the_territoire(pays):
    un, _ = pays
    record_mutation(
        mutation=Mutation.RENOMMAGE,
        territoire=un,
        debut=date(2025, 7, 1),
        preuve=Preuve(source="décision"),
        nouveau_nom="Bientôt",
        by=FABRIQUE,
    )
    un.refresh_from_db()
    assert un.nom == "Un"
    with time_machine.travel("2025-07-01", tick=False):
        sortie = io.StringIO()
        call_command("actualiser_territoires", stdout=sortie)
    un.refresh_from_db()
    assert un.nom == "Bientôt"
    assert "mis à jour : 1." in sortie.getvalue().replace("\u00a0", " ")
