import csv
import gzip

import pytest
from django.conf import settings

from maillage.aides.enums import SourceAides
from maillage.aides.lecture import (
    LigneRejetee,
    read_code_commune,
    read_fichier,
    read_montant,
    read_siren,
)
from maillage.socle.erreurs import DonneesIllisibles

FONDS_VERT_2023 = settings.DOSSIER_DONNEES / "fonds-vert" / "fonds_vert_2023.csv.gz"
SOMME_2023 = 195_635_488_400  # centimes


@pytest.mark.parametrize(
    ("texte", "centimes"),
    [
        ("21667", 2_166_700),
        ("23828.9", 2_382_890),
        ("98708.70000000001", 9_870_870),
        ("21\u00a0667,00\u00a0€", 2_166_700),
        ("1\u202f000,50 €", 100_050),
        ("1 000,50 €", 100_050),
    ],
)
def test_an_amount_reads_to_the_cent_in_every_edition(texte, centimes):
    assert read_montant(texte) == centimes


@pytest.mark.parametrize("texte", ["", "abc", "-5", "12.345", "-5.5"])
def test_an_amount_that_is_not_one_is_rejected_never_rounded(texte):
    with pytest.raises(LigneRejetee):
        read_montant(texte)


@pytest.mark.parametrize(
    ("texte", "siren"),
    [
        ("200072999", "200072999"),
        ("200072999.0", "200072999"),
        ("20007299900013", "200072999"),
        ("5550", ""),
        ("#", ""),
        ("200072998", ""),
    ],
)
def test_a_siren_is_kept_only_if_its_key_is_right(texte, siren):
    assert read_siren(texte) == siren


@pytest.mark.parametrize(
    ("texte", "code"), [("1004", "01004"), ("01004", "01004"), ("2A004", "2A004"), ("NULL", ""), ("", "")]
)
def test_a_commune_code_finds_its_lost_zero(texte, code):
    assert read_code_commune(texte) == code


def test_the_2023_file_sums_to_the_cent():
    lecture = read_fichier(FONDS_VERT_2023, SourceAides.FONDS_VERT)
    assert (lecture.lignes, lecture.centimes, lecture.rejets) == (10_782, SOMME_2023, [])
    assert len({aide.cle for aide in lecture.aides}) == 10_782


def test_the_other_edition_of_the_same_file_reads_the_same(tmp_path):
    with gzip.open(FONDS_VERT_2023, "rt", encoding="utf-8", newline="") as flux:
        lignes = list(csv.DictReader(flux))
    for ligne in lignes:
        for colonne in ("code_departement", "code_commune", "siren"):
            if ligne[colonne].isdigit():
                ligne[colonne] = ligne[colonne].lstrip("0")
        centimes = read_montant(ligne["montant_engage"])
        entiers = f"{centimes // 100:,}".replace(",", "\u202f")
        ligne["montant_engage"] = f"{entiers},{centimes % 100:02d}\u00a0€"
    autre = tmp_path / "fonds-vert-2023-autre.csv"
    with autre.open("w", encoding="utf-8-sig", newline="") as flux:
        ecrivain = csv.DictWriter(flux, list(lignes[0]), delimiter=";")
        ecrivain.writeheader()
        ecrivain.writerows(reversed(lignes))
    lue, premiere = (read_fichier(f, SourceAides.FONDS_VERT) for f in (autre, FONDS_VERT_2023))
    assert lue.centimes == SOMME_2023
    assert {a.cle: a for a in lue.aides} == {a.cle: a for a in premiere.aides}


def test_the_2024_format_reads_with_its_own_columns(tmp_path):
    fichier = tmp_path / "fonds-vert-2024.csv"
    fichier.write_text(
        "code_commune,demarche,numero_dossier_ds,nom_du_projet,raison_sociale_beneficiaire,siren_beneficiaire,"
        "resume_projet,montant_engage\n44109,Recyclage foncier,123,Friche,VILLE,200072999,Une friche,1500.5\n",
        encoding="utf-8",
    )
    (aide,) = read_fichier(fichier, SourceAides.FONDS_VERT).aides
    assert (aide.annee, aide.mesure, aide.montant, aide.numero_dossier, aide.siren) == (
        2024,
        "Recyclage foncier",
        150_050,
        "123",
        "200072999",
    )


def test_an_unreadable_row_does_not_stop_the_others(tmp_path):
    fichier = tmp_path / "scdl.csv"
    fichier.write_text(
        "nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,idBeneficiaire,objet,montant,nature\n"
        "Région,20005226400013,2023-05-02,D1,Ville,,Étude,1000.00,aide en numéraire\n"
        "Région,20005226400013,02-05-2023,D2,Ville,,Étude,1000.00,aide en numéraire\n"
        "Région,20005226400013,2023-05-02,D3,Ville,,Étude,beaucoup,aide en numéraire\n",
        encoding="utf-8",
    )
    lecture = read_fichier(fichier, SourceAides.SCDL)
    assert (lecture.lignes, len(lecture.aides), lecture.centimes) == (3, 1, 100_000)
    assert [rejet.split("\u00a0:")[0] for rejet in lecture.rejets] == ["ligne 3", "ligne 4"]


def test_a_file_of_another_kind_is_refused_with_what_is_missing(tmp_path):
    fichier = tmp_path / "autre.csv"
    fichier.write_text("nom,montant\nx,1\n", encoding="utf-8")
    with pytest.raises(DonneesIllisibles, match="demarche"):
        read_fichier(fichier, SourceAides.FONDS_VERT)
