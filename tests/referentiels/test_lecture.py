"""Un fichier abîmé donne une phrase qui nomme le fichier et la place ; un fichier tolérable se lit."""

import gzip

import pytest

from maillage.referentiels.lecture import (
    Enregistrement,
    check_sans_doublon,
    compute_sha256,
    lire_csv,
    lire_enregistrements,
    lire_json,
)
from maillage.socle.erreurs import DonneesIllisibles


@pytest.fixture
def ecrire(tmp_path):
    def ecrire(contenu, nom="essai.csv"):
        chemin = tmp_path / nom
        chemin.write_bytes(contenu if isinstance(contenu, bytes) else contenu.encode())
        return chemin

    return ecrire


@pytest.mark.parametrize(
    "contenu",
    [
        "code,nom\n01,Ain\n",
        "code;nom\n01;Ain\n",
        "\ufeffcode,nom\r\n01,Ain\r\n",
        "nom,code,reste\nAin,01,x\n",
        "code;nom;\n01;Ain;\n",
        "code,nom\n\n01,Ain",
    ],
    ids=[
        "virgule",
        "point-virgule",
        "marque d'ordre et CRLF",
        "ordre libre",
        "séparateur final",
        "ligne vide",
    ],
)
def test_csv_is_read_whatever_its_separator_and_order(ecrire, contenu):
    lignes = lire_csv(ecrire(contenu), ["code", "nom"])
    assert [(ligne.texte("code"), ligne.texte("nom")) for ligne in lignes] == [("01", "Ain")]


def test_csv_keeps_separators_and_line_breaks_inside_quotes(ecrire):
    lignes = lire_csv(ecrire('code,nom\n01,"Ain, pays\nde Gex"\n02,Aisne\n'), ["code", "nom"])
    assert lignes[0].texte("nom") == "Ain, pays\nde Gex"
    assert lignes[1].repere == "ligne 4"


def test_a_compressed_csv_is_read(ecrire):
    chemin = ecrire(gzip.compress(b"code,nom\n01,Ain\n", mtime=0), "essai.csv.gz")
    assert lire_csv(chemin, ["code"])[0].texte("nom") == "Ain"


@pytest.mark.parametrize(
    ("contenu", "nom", "attendus"),
    [
        ("code,libelle\n01,Ain\n", "essai.csv", ["ligne 1", "la colonne « nom »", "code, libelle"]),
        ("a,b\n01,Ain\n", "essai.csv", ["les colonnes « code », « nom »"]),
        ("code,nom,code\n01,Ain,02\n", "essai.csv", ["« code » est en double"]),
        ("code,nom\n01,Ain\n02\n", "essai.csv", ["ligne 3", "1 valeurs au lieu de 2"]),
        ("code,nom\n01,Ain,trop\n", "essai.csv", ["ligne 2", "3 valeurs au lieu de 2"]),
        ('code,nom\n01,"Ain\n02,Aisne', "essai.csv", ["jamais fermés"]),
        ("code,nom\n01,Ain\n02,Rhône\n".encode("cp1252"), "essai.csv", ["ligne 3", "UTF-8"]),
        ("code,nom\n01,Ain\n".encode("utf-16"), "essai.csv", ["UTF-16"]),
        (b"PK\x03\x04\x00\x00", "essai.csv", ["classeur"]),
        ("", "essai.csv", ["vide"]),
        (gzip.compress(b"code,nom\n" * 100, mtime=0)[:-10], "essai.csv.gz", ["tronqué"]),
        (b"ceci n'est pas du gzip", "essai.csv.gz", ["abîmé"]),
    ],
)
def test_a_bad_csv_is_refused_with_a_sentence(ecrire, contenu, nom, attendus):
    with pytest.raises(DonneesIllisibles) as refus:
        lire_csv(ecrire(contenu, nom), ["code", "nom"])
    phrase = str(refus.value).replace("\u00a0", " ")
    assert phrase.startswith(nom)
    for attendu in attendus:
        assert attendu in phrase


def test_a_missing_file_is_refused_with_its_folder(tmp_path):
    with pytest.raises(DonneesIllisibles, match=r"absent\.csv.*Vérifiez"):
        lire_csv(tmp_path / "absent.csv", ["code"])


def test_a_truncated_json_is_refused_with_its_line(ecrire):
    with pytest.raises(DonneesIllisibles, match=r"essai\.json, ligne 2.*tronqué"):
        lire_json(ecrire('[{"code": "01"},\n {"code":', "essai.json"))


@pytest.mark.parametrize(
    ("contenu", "attendu"),
    [
        ('{"code": "01"}', "liste d’objets"),
        ("[]", "liste d’objets"),
        ('[{"code": "01"}, {"nom": "Ain"}]', "enregistrement 2"),
        ('[{"code": "01"}, 3]', "enregistrement 2"),
    ],
)
def test_a_json_of_another_shape_is_refused(ecrire, contenu, attendu):
    with pytest.raises(DonneesIllisibles, match=attendu):
        lire_enregistrements(ecrire(contenu, "essai.json"), ["code"])


def _lu(**valeurs):
    return Enregistrement("essai.json", "enregistrement 3", valeurs)


@pytest.mark.parametrize("valeur", [12, "12", " 12 "])
def test_entier_reads_numbers_and_digits(valeur):
    assert _lu(n=valeur).entier("n") == 12


@pytest.mark.parametrize("valeur", [None, "", "douze", -1, "-1", 1.5, True, "١٢", "²"])
def test_entier_refuses_anything_else(valeur):
    with pytest.raises(DonneesIllisibles, match=r"essai\.json, enregistrement 3.*nombre entier"):
        _lu(n=valeur).entier("n")


def test_entier_ou_zero_reads_an_absent_value_as_zero_and_still_refuses_text():
    assert _lu().entier_ou_zero("n") == 0
    with pytest.raises(DonneesIllisibles):
        _lu(n="douze").entier_ou_zero("n")


@pytest.mark.parametrize(
    "lire",
    [
        lambda lu: lu.texte("x"),
        lambda lu: lu.texte_ou_vide("x"),
        lambda lu: lu.textes("x"),
        lambda lu: lu.enregistrements("x"),
        lambda lu: lu.choix("x", ["a"]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(lire):
    with pytest.raises(DonneesIllisibles, match="enregistrement 3"):
        lire(_lu(x={"ni": "texte ni liste"}))


def test_choix_names_the_values_allowed():
    with pytest.raises(DonneesIllisibles, match=r"CC, CA"):
        _lu(type="ZZ").choix("type", ["CC", "CA"])


def test_a_duplicate_names_both_places():
    lus = [
        Enregistrement("essai.csv", f"ligne {n}", {"code": code})
        for n, code in ((2, "01"), (3, "02"), (4, "01"))
    ]
    with pytest.raises(DonneesIllisibles, match=r"ligne 4.*01.*ligne 2"):
        check_sans_doublon(lus, "code")


def test_sha256_is_that_of_the_file_as_stored(ecrire):
    assert compute_sha256(ecrire("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
