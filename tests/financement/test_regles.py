"""Ce que les règles demandent : réponses gardées, verdicts recalculés, journal, refus."""

from datetime import date

import pytest

from calcul.financement.bouclage import CodeBouclage
from maillage.comptes.enums import TypeOrganisation
from maillage.financement import actions
from maillage.financement.enums import OrigineFinanceur, StatutLigne
from maillage.financement.models import EtatPlan
from maillage.financement.selectors_plans import read_plan
from maillage.journal.models import Entree
from maillage.journal.phrases import phrase
from maillage.referentiels.models import Commune
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from tests.fabriques import (
    EUROS,
    FABRIQUE,
    make_aide_recue,
    make_departement,
    make_fiche,
    make_ligne,
    make_organisation,
    make_plan,
)

pytestmark = pytest.mark.django_db
S = StatutLigne


@pytest.fixture
def fiche():
    entreprise = make_organisation(TypeOrganisation.ENTREPRISE, nom="Forges d’essai")
    return make_plan(fiche=make_fiche(porteur=entreprise), cout=100_000 * EUROS).fiche


def precise_plan(fiche, version=1, **champs):
    return actions.update_precision_plan(fiche=fiche, by=FABRIQUE, version_lue=version, **champs)


def precise_ligne(ligne, version=1, **champs):
    return actions.update_precision_ligne(ligne=ligne, by=FABRIQUE, version_lue=version, **champs)


def get_verdict(fiche, regle):
    [verdict] = [v for v in read_plan(fiche).bouclage.verdicts if v.regle == regle]
    return verdict


def test_an_answer_changes_the_verdict_of_its_rule(fiche):
    ligne = make_ligne(
        fiche=fiche, montant=20_000 * EUROS, statut=S.SOLLICITE, origine=OrigineFinanceur.REGION
    )
    assert get_verdict(fiche, "R09").code == "donnees_manquantes"

    precise_ligne(ligne, regime="exempte", article="17", base=100_000 * EUROS, taux=2_000)
    assert get_verdict(fiche, "R02").code == "respectee"
    assert get_verdict(fiche, "R09").manquantes == ("la taille de l’entreprise",)
    precise_plan(fiche, taille="moyenne")

    verdict = get_verdict(fiche, "R09")
    assert (verdict.respectee, verdict.chiffres["depassement"]) == (False, 10_000 * EUROS)
    assert verdict.lignes == (str(ligne.pk),)


def test_the_declared_aids_fill_the_window(fiche):
    ligne = make_ligne(
        fiche=fiche, montant=50_000 * EUROS, statut=S.SOLLICITE, origine=OrigineFinanceur.REGION
    )
    precise_ligne(ligne, regime="de_minimis")
    assert "la déclaration des aides" in get_verdict(fiche, "R08").manquantes[0]

    aide = make_aide_recue(fiche.plan, jour=date(2026, 1, 10), montant=260_000 * EUROS)
    precise_plan(fiche, de_minimis_declarees=date(2026, 2, 1))
    assert get_verdict(fiche, "R08").chiffres["depassement"] == 10_000 * EUROS
    assert get_verdict(fiche, "R08").is_bloquant

    actions.delete_aide_recue(aide=aide, by=FABRIQUE)
    assert get_verdict(fiche, "R08").respectee is True
    with pytest.raises(ActionImpossible, match="retiré cette aide entre-temps"):
        actions.delete_aide_recue(aide=aide, by=FABRIQUE)


def test_an_answer_that_breaks_a_rule_takes_bouclage_away_and_dates_it(fiche):
    ligne = make_ligne(
        fiche=fiche, montant=100_000 * EUROS, statut=S.ACCORDE, origine=OrigineFinanceur.REGION
    )
    plan = fiche.plan
    plan.refresh_from_db()
    assert plan.code_bouclage == CodeBouclage.BOUCLE

    precise_ligne(ligne, regime="exempte", article="17")
    precise_plan(fiche, en_difficulte=True)

    plan.refresh_from_db()
    assert plan.code_bouclage == CodeBouclage.BOUCLAGE_EMPECHE
    assert EtatPlan.objects.filter(plan=plan).latest("id").code == CodeBouclage.BOUCLAGE_EMPECHE


def test_the_journal_says_each_answer_in_words(fiche):
    ligne = make_ligne(fiche=fiche, statut=S.SOLLICITE)
    precise_ligne(ligne, taux=3_333, notification=date(2026, 3, 2), annexe_vii=False, base=40_000 * EUROS)
    entree = Entree.objects.filter(code="financement.ligne.precisee").latest("id")
    dit = phrase(entree).replace("\u00a0", " ")

    assert "taux maximal du financeur : 33,33 %" in dit
    assert "décision notifiée le : 2 mars 2026" in dit
    assert "programme de l’annexe VII du code (cumul avec la DETR) : non" in dit
    assert "40 000 €" in dit
    avant = Entree.objects.count()
    precise_ligne(ligne, version=2, taux=3_333)
    assert Entree.objects.count() == avant


def test_two_people_do_not_overwrite_each_other(fiche):
    precise_plan(fiche, ctec=True)
    with pytest.raises(ConflitEdition, match="a répondu entre-temps"):
        precise_plan(fiche, version=1, ctec=False)


def test_wrong_answers_are_refused_in_words(fiche):
    ligne = make_ligne(fiche=fiche, montant=1_000 * EUROS, statut=S.ACCORDE)
    with pytest.raises(ActionImpossible, match="L’avance dépasse ce qui est accordé"):
        precise_ligne(ligne, avance=1_000 * EUROS + 1)
    with pytest.raises(ActionImpossible, match="Aucune commune n’a le code"):
        precise_plan(fiche, code_commune="99999")
    with pytest.raises(ActionImpossible, match="avenir"):
        make_aide_recue(fiche.plan, jour=date(2999, 1, 1))
    with pytest.raises(ActionImpossible, match="supérieur à zéro"):
        make_aide_recue(fiche.plan, montant=0)
    with pytest.raises(ActionImpossible, match="qui a accordé"):
        actions.add_aide_recue(fiche=fiche, by=FABRIQUE, jour=date(2025, 1, 1), montant=1, financeur=" ")


def test_the_zone_is_read_from_the_file_of_the_decree(fiche, settings, tmp_path):
    departement = make_departement()
    commune = Commune.objects.create(
        code_insee="44109",
        nom="Nantes",
        nom_recherche="nantes",
        departement=departement,
        region=departement.region,
    )
    precise_plan(fiche, code_commune=commune.pk)
    ligne = make_ligne(
        fiche=fiche, montant=20_000 * EUROS, statut=S.SOLLICITE, origine=OrigineFinanceur.REGION
    )
    precise_ligne(ligne, regime="exempte", article="14", base=100_000 * EUROS)
    assert any("zone" in donnee for donnee in get_verdict(fiche, "R09").manquantes)

    fichier = tmp_path / "zonage.csv"
    fichier.write_text(f"code_commune;zone;taux\n{commune.pk};c;15\n", encoding="utf-8")
    settings.ZONAGE_AFR = str(fichier)
    precise_plan(fiche, version=2, taille="petite")
    verdict = get_verdict(fiche, "R09")

    assert (verdict.respectee, verdict.chiffres["plafond"]) == (True, 35_000 * EUROS)
