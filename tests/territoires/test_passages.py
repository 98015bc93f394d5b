from fractions import Fraction

import pytest
from tests.fabriques import make_territoire

from maillage.socle.erreurs import DonneesIllisibles
from maillage.territoires.passages import COLONNES, format_part, load_passages, passages_of

ENTETE = ",".join(COLONNES)


def test_the_published_list_reads_whole_and_its_parts_are_parts():
    passages = load_passages()
    assert len(passages) == 163
    assert all(0 <= p.part_v1 <= 1 and 0 <= p.part_v2 <= 1 for p in passages)


@pytest.mark.django_db
def test_a_territoire_split_in_two_leads_to_both_the_largest_part_first():
    liens = passages_of(make_territoire("v1/ti-1103"))
    assert [(lien.vague, lien.id_ti) for lien in liens] == [("v2", "ti-1103"), ("v2", "ti-1107")]
    assert liens[0].part_ici == Fraction("0.407")
    assert liens[0].pour_cent_ici == "41\u00a0%"


@pytest.mark.django_db
def test_the_same_passage_is_seen_from_both_sides():
    [depuis_v1] = passages_of(make_territoire("v1/ti-4403"))
    depuis_v2 = passages_of(make_territoire("v2/ti-4416"))
    retour = next(lien for lien in depuis_v2 if lien.id_ti == "ti-4403")
    assert (retour.part_ici, retour.part_autre) == (depuis_v1.part_autre, depuis_v1.part_ici)


@pytest.mark.django_db
def test_a_fictif_or_unknown_territoire_has_no_passage():
    assert passages_of(make_territoire("v1/ti-0000")) == []
    assert passages_of(make_territoire("v1/ti-4403", is_fictif=True)) == []


@pytest.mark.parametrize(
    ("part", "texte"),
    [("0", "0\u00a0%"), ("0.004", "moins de 1\u00a0%"), ("0.996", "plus de 99\u00a0%"), ("1", "100\u00a0%")],
)
def test_a_small_or_nearly_whole_part_is_not_rounded_away(part, texte):
    assert format_part(Fraction(part)) == texte


@pytest.mark.parametrize(
    "ligne",
    ["a,A,b,B,1,2,1.2,1", "a,A,b,B,1,2,beaucoup,1", "a,A,b,B,un,2,1,1", "a,A,b,B,1,2,1", "a,A,b,B,1,2,1/0,1"],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path, ligne):
    chemin = tmp_path / "passage.csv"
    chemin.write_text(f"{ENTETE}\n{ligne}\n", encoding="utf-8")
    with pytest.raises(DonneesIllisibles, match="ligne 2"):
        load_passages(chemin)
