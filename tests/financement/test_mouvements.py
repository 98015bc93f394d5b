"""L’argent à une date : la somme des jours égale le rejeu des étapes, quel que soit l’ordre des enregistrements."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillage.financement.actions import add_ligne, move_ligne
from maillage.financement.enums import Mesure, NatureLigne, StatutLigne
from maillage.financement.models import LigneFinancement, PlanFinancement, TotalJour
from maillage.financement.policies import (
    DEMANDE_MONTANT,
    DEMANDE_MOTIF,
    DEMANDE_PIECE,
    PERDUS,
    TRANSITIONS,
    Main,
)
from maillage.financement.selectors import compute_barre, plans_with_lignes, sum_barres, sum_mouvements
from maillage.financement.totaux import get_totaux
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui
from tests.fabriques import (
    FABRIQUE,
    make_fiche,
    make_ligne,
    make_organisation,
    make_personne,
    make_piece,
    make_plan,
)

S = StatutLigne
PAS = st.tuples(
    st.integers(0, 2),  # quelle ligne
    st.integers(0, 5),  # quel passage, parmi ceux que la table permet
    st.integers(1, 1_000_000),  # centimes
    st.integers(0, 60),  # avance du calendrier de cette ligne, en jours
)


def replay(etapes):
    """Les six mesures d’une ligne, refaites à partir de ses étapes seules."""
    m = dict.fromkeys(Mesure, 0)
    for etape in etapes:
        vers, somme = S(etape.vers), etape.montant or 0
        if vers is S.SOLLICITE:
            m[Mesure.DEMANDE] = somme
        elif vers is S.ANNONCE:
            m[Mesure.ANNONCE] = somme
        elif vers is S.ATTESTE:
            m[Mesure.ATTESTE] = somme
        elif vers is S.ACCORDE:
            m[Mesure.ACCORDE], m[Mesure.ATTESTE] = somme, 0
        elif vers is S.CONVENTIONNE:
            m[Mesure.CONVENTIONNE] = m[Mesure.ACCORDE] = somme
        elif vers in (S.VERSE_PARTIEL, S.SOLDE):
            m[Mesure.VERSE] += somme
        if vers is S.SOLDE or vers in PERDUS:
            m[Mesure.ATTESTE] = 0
            m[Mesure.ACCORDE] = m[Mesure.VERSE]
            m[Mesure.CONVENTIONNE] = m[Mesure.VERSE] if m[Mesure.CONVENTIONNE] else 0
    return m


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pas=st.lists(PAS, max_size=18))
def test_sums_by_day_equal_the_replay_of_the_steps(pas):
    with transaction.atomic():
        _check_sums(pas)
        transaction.set_rollback(True)


def _check_sums(pas):
    fiche = make_plan().fiche
    debut = aujourdhui() - timedelta(days=400)
    financeurs = [make_organisation(is_financeur=True) for _ in range(3)]
    lignes = [
        add_ligne(
            fiche=fiche,
            financeur=f,
            nature=NatureLigne.SUBVENTION,
            montant=1_000,
            by=FABRIQUE,
            date_effet=debut,
        )
        for f in financeurs
    ]
    mains = {
        (Main.TERRITOIRE, n): make_personne("chef_projet", territoire=fiche.territoire) for n in range(3)
    } | {(Main.FINANCEUR, n): make_personne("financeur", organisation=f) for n, f in enumerate(financeurs)}
    piece, jours = make_piece(), [debut] * 3
    for numero, choix, centimes, avance in pas:
        passages = TRANSITIONS[S(lignes[numero].statut)]
        if not passages:
            continue
        vers, main = list(passages.items())[choix % len(passages)]
        jour = jours[numero] + timedelta(days=avance)
        try:
            lignes[numero] = move_ligne(
                ligne=lignes[numero],
                vers=vers,
                by=mains[main, numero],
                montant=centimes if vers in DEMANDE_MONTANT else None,
                piece=piece if vers in DEMANDE_PIECE else None,
                motif="essai" if vers in DEMANDE_MOTIF or vers is S.ACCORDE else "",
                date_effet=jour,
            )
        except ActionImpossible:
            continue  # un versement trop grand : refusé, donc rien à retrouver
        jours[numero] = jour
    for au in {
        debut - timedelta(days=1),
        *jours,
        *(debut + timedelta(days=n) for n in (3, 10, 40, 200, 390)),
    }:
        rejeux = [replay(ligne.etapes.filter(date_effet__lte=au)) for ligne in lignes]
        for mesure in Mesure:
            attendu = [rejeu[mesure] for rejeu in rejeux]
            assert [sum_mouvements(ligne, mesure, au) for ligne in lignes] == attendu
            total = TotalJour.objects.filter(mesure=mesure, jour__lte=au, financeur__in=financeurs)
            assert (total.aggregate(s=Sum("centimes"))["s"] or 0) == sum(attendu)
            suites = [
                suite.filter(mesure=mesure, financeur__in=financeurs).aggregate(s=Sum("centimes"))["s"] or 0
                for suite in get_totaux(au)
            ]
            assert sum(suites) == sum(attendu)
    for ligne in LigneFinancement.objects.filter(plan__fiche=fiche):
        rejeu = replay(ligne.etapes.all())
        assert {mesure: getattr(ligne, f"montant_{mesure.value}") for mesure in Mesure} == rejeu
    (plan,) = plans_with_lignes(fiche.plan.__class__.objects.filter(fiche=fiche))
    accorde = sum(ligne.montant_accorde for ligne in plan.lignes.all())
    assert compute_barre(plan).obtenu == accorde


@pytest.mark.django_db
def test_barre_of_many_plans_is_the_sum_of_theirs_whatever_the_state_of_each_line():
    """La base et Python comptent pareil, et l’excès d’un plan ne comble pas le manque d’un autre."""
    for statut in StatutLigne:
        fiche = make_fiche()
        make_plan(fiche=fiche)
        make_ligne(fiche=fiche, statut=statut)
    depasse = make_plan()
    make_ligne(fiche=depasse.fiche, montant=depasse.cout_total + 1_000_000, statut=StatutLigne.ACCORDE)
    une_a_une = [compute_barre(plan) for plan in plans_with_lignes(PlanFinancement.objects.all())]
    ensemble = sum_barres(PlanFinancement.objects.all())
    for part in ("cout", "obtenu", "atteste", "demande", "pressenti", "reste"):
        assert getattr(ensemble, part) == sum(getattr(barre, part) for barre in une_a_une), part
    assert ensemble.reste > 0
    assert sum_barres(PlanFinancement.objects.none()).total == 0
