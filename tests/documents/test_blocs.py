import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillage.documents.blocs import (
    SCHEMA,
    Annexe,
    Article,
    BlocInvalide,
    BlocSignatures,
    Champ,
    College,
    Document,
    Image,
    Lien,
    Liste,
    Paragraphe,
    SautDePage,
    Signataire,
    Tableau,
    Texte,
    Titre,
    Visas,
    from_json,
    to_json,
)
from tests.documents.exemple import CARTE, protocole

textes = st.text(max_size=20)
pleins = textes.filter(lambda texte: any(signe.isprintable() and not signe.isspace() for signe in texte))
morceaux = st.lists(
    st.builds(Texte, textes, st.booleans(), st.booleans())
    | st.builds(Champ, textes, st.none() | textes, pleins)
    | st.builds(
        Lien,
        pleins,
        st.from_regex(r"https?://[a-z.]+(/[a-zé0-9/?&=#%.@\[\]|]*)?|mailto:[a-zé]+@[a-zé.]+", fullmatch=True),
    ),
    max_size=3,
).map(tuple)


@st.composite
def tableaux(draw):
    colonnes = draw(st.integers(1, 3))
    ligne = st.tuples(*[morceaux] * colonnes)
    return Tableau(
        draw(pleins),
        draw(st.tuples(*[pleins] * colonnes)),
        draw(st.lists(ligne, max_size=2)),
        draw(st.tuples(*[st.sampled_from(["gauche", "centre", "droite"])] * colonnes)),
        draw(st.just(()) | ligne),
    )


signataires = st.builds(Signataire, textes, textes, textes, textes)
feuilles = (
    st.builds(Titre, st.integers(1, 4), pleins)
    | st.builds(Paragraphe, morceaux)
    | st.builds(Liste, st.lists(morceaux, max_size=3), st.booleans())
    | st.builds(Visas, st.lists(morceaux, max_size=3))
    | st.builds(Image, st.just(CARTE), pleins, textes)
    | st.builds(BlocSignatures, st.lists(st.tuples(pleins, st.lists(signataires, max_size=2)), max_size=2))
    | st.just(SautDePage())
    | tableaux()
)
contenus = st.lists(feuilles, max_size=3)
documents = st.builds(
    Document,
    titre=pleins,
    date=st.dates(),
    auteur=textes,
    enfants=st.lists(
        feuilles | st.builds(Article, pleins, textes, contenus) | st.builds(Annexe, pleins, textes, contenus),
        max_size=4,
    ),
    sous_titre=textes,
    statut=st.sampled_from(["projet", "arrete"]),
    mention_fictif=st.booleans(),
)


@given(documents)
def test_arbre_comes_back_equal_from_its_json(document):
    assert from_json(json.loads(json.dumps(to_json(document)))) == document


def test_json_carries_its_schema_and_refuses_another():
    donnees = to_json(protocole())
    assert donnees["schema"] == SCHEMA
    with pytest.raises(BlocInvalide, match="schéma 99, attendu 1"):
        from_json(donnees | {"schema": 99})


@pytest.mark.parametrize(
    "enfant",
    [
        {"type": "script", "texte": "x"},
        {"type": "titre", "niveau": 1, "texte": "x", "inconnu": 1},
        {"type": "titre", "niveau": 1},
        {"type": "tableau", "legende": "x", "entetes": 3, "lignes": []},
        {"type": "texte", "texte": "un morceau n'est pas un bloc"},
        "du texte nu",
    ],
)
def test_json_refuses_what_it_does_not_know(enfant):
    donnees = to_json(Document("T", date(2025, 1, 1), "A", ()))
    assert from_json(donnees).enfants == ()
    with pytest.raises(BlocInvalide):
        from_json(donnees | {"enfants": [enfant]})


def test_image_without_texte_de_remplacement_is_refused():
    assert Image(CARTE, "Carte du périmètre")
    for alt in ("", "  ", None):
        with pytest.raises(BlocInvalide, match="texte de remplacement"):
            Image(CARTE, alt)


@pytest.mark.parametrize(
    "svg", ["pas une image", CARTE.replace("</svg>", '<image href="/etc/hostname"/></svg>')]
)
def test_image_that_does_not_stand_alone_is_refused(svg):
    with pytest.raises(BlocInvalide):
        Image(svg, "Carte")


def test_lien_accepts_only_web_and_mail_addresses():
    assert Lien("page", "HTTPS://exemple.invalid").url
    assert Lien("courriel", "mailto:contact@exemple.invalid").url
    for url in (
        "javascript:alert(1)",
        "file:///etc/passwd",
        "/interne",
        "https://",
        "https://exemple.invalid/a b",
        "https://exemple.invalid/\x1f",
        "https://nom@exemple.invalid/",
        "mailto:personne",
    ):
        with pytest.raises(BlocInvalide, match="n'est pas une adresse"):
            Lien("page", url)


def test_tableau_demands_as_many_cellules_as_entetes():
    assert Tableau("T", ("A", "B"), (("1", "2"),), (), ("x", "y"))
    for lignes, totaux in (((("1",),), ()), (((),), ()), ((), ("x",))):
        with pytest.raises(BlocInvalide, match="pour 2 colonnes"):
            Tableau("T", ("A", "B"), lignes, (), totaux)


@pytest.mark.parametrize(
    "construire",
    [
        lambda: Tableau("", ("A",), ()),
        lambda: Tableau("T", (), ()),
        lambda: Tableau("T", ("A", " "), ()),
        lambda: Tableau("T", ("A",), (), ("milieu",)),
        lambda: Titre(0, "x"),
        lambda: Titre(1, " "),
        lambda: Champ("cle", "valeur", ""),
        lambda: Document("T", date(2025, 1, 1), "A", (), statut="signe"),
        lambda: Article("1", "Objet", (Annexe("1", "A"),)),
        lambda: Paragraphe((Titre(1, "x"),)),
        lambda: BlocSignatures([(" ", [])]),
    ],
)
def test_blocs_refuse_what_would_be_unreadable(construire):
    with pytest.raises(BlocInvalide):
        construire()


def test_signatures_accept_plain_tuples():
    bloc = BlocSignatures([("Élus", [("EPCI", "Nom", "Président", "")])])
    assert bloc.colleges == (College("Élus", (Signataire("EPCI", "Nom", "Président", ""),)),)
