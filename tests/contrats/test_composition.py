"""Le texte d’un acte, tiré des données : un seul arbre pour le PDF et le Word."""

import json
from datetime import date
from typing import Any

import pytest

from maillage.contrats.composition import compose_acte, find_champs_inconnus, get_champs, load_gabarit
from maillage.contrats.enums import NatureActe
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.selectors import fiches_a_inscrire
from maillage.documents.blocs import (
    Annexe,
    Article,
    BlocSignatures,
    Document,
    Paragraphe,
    Tableau,
    Visas,
    to_json,
)
from maillage.fiches.models import FicheAction
from maillage.financement.actions import declare_sans_besoin
from maillage.financement.enums import StatutLigne
from tests.contrats.monde import Monde, create_monde
from tests.fabriques import FABRIQUE, make_ligne


def compose(acte: Acte, *, arrete: bool = False) -> Document:
    return compose_acte(
        acte,
        fiches=list(fiches_a_inscrire(acte.territoire)),
        signataires=list(acte.signataires.select_related("organisation")),
        arrete=arrete,
    )


def read(document: Document) -> str:
    return json.dumps(to_json(document), ensure_ascii=False)


def find_all(blocs: tuple[Any, ...], genre: type) -> list[Any]:
    trouves: list[Any] = []
    for bloc in blocs:
        if isinstance(bloc, genre):
            trouves.append(bloc)
        trouves += find_all(getattr(bloc, "enfants", ()), genre)
    return trouves


@pytest.mark.parametrize("nature", [NatureActe.PROTOCOLE, NatureActe.CONTRAT])
def test_each_nature_has_a_gabarit_with_plan_and_financement(nature: NatureActe) -> None:
    gabarit = load_gabarit(nature)
    assert gabarit.preambule
    assert [a["bloc"] for a in gabarit.articles if a["bloc"]] == ["plan_actions", "financement"]


@pytest.mark.django_db
@pytest.mark.parametrize("nature", [NatureActe.PROTOCOLE, NatureActe.CONTRAT])
def test_a_gabarit_cites_only_known_champs(nature: NatureActe) -> None:
    gabarit = load_gabarit(nature)
    territoire = create_monde().territoire
    acte = Acte(territoire=territoire, preambule=gabarit.preambule, articles=list(gabarit.articles))
    assert find_champs_inconnus(acte) == []


def test_champs_take_the_value_of_the_day_and_unknown_ones_stay(monde: Monde) -> None:
    acte = monde.projet()
    acte.preambule = "Le {territoire}, {inconnu}, { pas un champ } et {nombre_fiches} fiches."
    assert find_champs_inconnus(acte) == ["inconnu"]
    paragraphe = find_all(compose(acte).enfants, Paragraphe)
    textes = [
        "".join(getattr(m, "valeur", None) or getattr(m, "texte", "") for m in p.morceaux) for p in paragraphe
    ]
    assert "Le Pays des Forges, {inconnu}, { pas un champ } et 3 fiches." in textes


def test_a_missing_value_is_shown_not_invented(monde: Monde) -> None:
    acte = monde.projet()
    acte.periode = ""
    acte.territoire.population = 0
    champs = get_champs(acte, nombre_fiches=0)
    assert [cle for cle, champ in champs.items() if champ.manque] == ["periode", "population"]


def test_annexes_follow_the_order_of_presentation(monde: Monde) -> None:
    FicheAction.objects.filter(code="F3").update(rang=0)
    annexes = find_all(compose(monde.projet()).enfants, Annexe)
    assert [(a.numero, a.titre) for a in annexes] == [
        ("1", "Fiche F3\u00a0: Action F3"),
        ("2", "Fiche F1\u00a0: Action F1"),
        ("3", "Fiche F2\u00a0: Action F2"),
    ]


def test_parties_and_signatures_are_grouped_by_college(monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    bloc = find_all(compose(acte).enfants, BlocSignatures)[0]
    assert [
        (college.libelle, [s.organisation for s in college.signataires]) for college in bloc.colleges
    ] == [
        ("Les intercommunalités", ["CC des Forges"]),
        ("Les partenaires publics", [monde.etat.nom]),
        ("Les partenaires économiques et industriels", [monde.entreprise.nom]),
    ]


def test_only_given_deliberations_become_visas(monde: Monde) -> None:
    acte = monde.projet()
    assert not find_all(compose(acte).enfants, Visas)
    monde.signataires(acte)
    visas = find_all(compose(acte).enfants, Visas)[0]
    assert len(visas.liste) == 1
    assert "12 novembre 2019 (CC des Forges)" in visas.liste[0][0].texte


def test_financement_counts_what_is_granted_apart_from_what_is_asked(monde: Monde) -> None:
    monde.finance(FicheAction.objects.get(code="F1"))
    tableaux = {t.legende: t for t in find_all(compose(monde.projet()).enfants, Tableau)}
    tableau = next(t for legende, t in tableaux.items() if legende.startswith("Financement"))
    cellules = [[c[0].texte.replace("\u00a0", " ") if c else "" for c in ligne] for ligne in tableau.lignes]
    assert cellules[0][2:] == ["30 000 €", "0 €", "0 €", "24 000 €", "6 000 €"]
    assert cellules[1][1] == "Non chiffrée"
    assert [c[0].texte.replace("\u00a0", " ") for c in tableau.totaux[2:]] == [
        "30 000 €",
        "0 €",
        "0 €",
        "24 000 €",
        "6 000 €",
    ]
    assert not any(legende.startswith("Financement par financeur") for legende in tableaux)


def test_financement_by_financeur_sums_what_is_granted_and_what_is_asked(monde: Monde) -> None:
    for code, statut in (
        ("F1", StatutLigne.ACCORDE),
        ("F2", StatutLigne.ANNONCE),
        ("F3", StatutLigne.REFUSE),
    ):
        fiche = FicheAction.objects.get(code=code)
        monde.finance(fiche)
        make_ligne(fiche=fiche, statut=statut, financeur=monde.etat, montant=5_000_00)
    document = compose(monde.projet())
    tableau = next(
        t for t in find_all(document.enfants, Tableau) if t.legende.startswith("Financement par financeur")
    )
    cellules = [
        [c[0].texte.replace("\u00a0", " ") for c in ligne] for ligne in (*tableau.lignes, tableau.totaux)
    ]
    assert cellules == [[monde.etat.nom, "5 000 €", "5 000 €"], ["Total", "5 000 €", "5 000 €"]]
    assert "«\u00a0Accordé\u00a0» comprend la part que les porteurs" in read(document)


def test_an_annexe_without_need_says_why(monde: Monde) -> None:
    fiche = FicheAction.objects.get(code="F1")
    declare_sans_besoin(fiche=fiche, motif="Demande de dérogation\u00a0: aucune dépense.", by=FABRIQUE)
    assert "Demande de dérogation\u00a0: aucune dépense." in read(compose(monde.projet()))


def test_an_apercu_is_marked_projet_and_a_frozen_acte_is_not(monde: Monde) -> None:
    acte = monde.projet()
    assert (compose(acte).statut, compose(acte, arrete=True).statut) == ("projet", "arrete")


def test_a_fictif_territoire_gives_a_fictif_document(db: None) -> None:
    monde = create_monde(is_fictif=True)
    monde.fiche("F1")
    assert compose(monde.projet()).mention_fictif


def test_a_projet_without_signataire_composes(monde: Monde) -> None:
    document = compose(monde.projet())
    assert "signataires de l’acte" in read(document)
    assert len(find_all(document.enfants, Article)) == 8


def test_composing_takes_as_many_queries_for_six_fiches_as_for_one(
    db: None, django_assert_num_queries: Any
) -> None:
    monde = create_monde()
    acte = monde.projet()
    monde.finance(monde.fiche("F1"))
    with django_assert_num_queries(18):
        compose(acte)
    for numero in range(2, 7):
        monde.finance(monde.fiche(f"F{numero}"))
    with django_assert_num_queries(18):
        compose(acte)


def test_the_date_of_the_document_is_the_day_asked(monde: Monde) -> None:
    acte = monde.projet()
    jour = date(2019, 11, 19)
    document = compose_acte(
        acte, fiches=[], signataires=list(Signataire.objects.none()), arrete=False, jour=jour
    )
    assert document.date == jour
