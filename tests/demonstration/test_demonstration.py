"""La démonstration dit ce que disent les textes, ni plus ni moins. Lue en entier sur les données réelles."""

import io
import json
from datetime import date

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Sum

from maillage.agenda.models import Invitation
from maillage.ateliers.models import Atelier, EvenementTableau, OrigineFiche
from maillage.ateliers.selectors import compare_with_precedent
from maillage.contrats.models import Acte
from maillage.contrats.policies import get_tour
from maillage.documents.formats import compute_sha256
from maillage.equipes.models import DemandeRattachement
from maillage.fiches.actions import ATTENTES
from maillage.fiches.models import FicheAction
from maillage.financement.actions.echeances import PREFIXE, is_a_rappeler
from maillage.financement.actions.lignes import CODE_QUESTION
from maillage.financement.enums import Mesure
from maillage.financement.models import LigneFinancement, Mouvement, PlanFinancement, TotalJour
from maillage.financement.policies import EN_ATTENTE_DU_FINANCEUR, ORIGINES_ETAT, has_question_ouverte
from maillage.financement.selectors import list_echeances
from maillage.gouvernance.models import Comite, ReleveDecisions, Seance
from maillage.instruction.actions import ATTENTES as ATTENTES_DOSSIER
from maillage.instruction.models import DossierPlan
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.pilotage.models import ChiffrePublie, Indicateur
from maillage.pilotage.selectors import Perimetre, compute_chiffres
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions_demandes import ATTENTE_AVIS, ATTENTE_DECISION, ATTENTE_ENREGISTREMENT
from maillage.territoires.models import DemandePerimetre, Etape, Territoire
from maillage.territoires.selectors_mandats import read_binomes
from maillage.verification.actions import CODE_ATTENTE as BESOIN_A_LIRE
from maillage.verification.models import Besoin

pytestmark = pytest.mark.usefixtures("demonstration")


@pytest.fixture(autouse=True)
def _lire_sans_transaction(django_db_blocker):
    with django_db_blocker.unblock():
        yield


def chiffres(au: date, region: str = "", **options):
    return compute_chiffres(Perimetre(au=au, region=region, **options))


@pytest.mark.parametrize(("jour", "signes"), [(date(2019, 11, 18), 2), (date(2019, 11, 19), 13)])
def test_grand_est_shows_the_published_acts_out_of_fifteen(jour, signes):
    resultat = chiffres(jour, "44")
    assert resultat.territoires["au_moins_un_acte"].certains == signes
    assert resultat.territoires["labellises"].certains == 15
    assert resultat.labellises_publie.valeur == 15


def test_eleven_acts_of_mulhouse_keep_an_unknown_nature():
    resultat = chiffres(date(2019, 11, 19), "44").territoires
    assert (
        resultat["acte_nature_inconnue"].certains == 12
    )  # les onze, et Sud Alsace dont deux textes se contredisent
    assert resultat["protocole"].certains == 1
    assert resultat["contrat"].certains == 0


def test_sud_alsace_keeps_both_contradictory_sources():
    acte = Acte.objects.get(territoire__id_ti="ti-4410", territoire__vague__numero=1)
    assert acte.nature == "non_precise"
    assert set(acte.sources.values_list("nature_dite", flat=True)) == {"contrat", "protocole"}
    assert not acte.signataires.exists()


@pytest.mark.parametrize(
    ("jour", "certains", "possibles"),
    [
        (date(2018, 11, 21), 0, 0),
        (date(2022, 12, 31), 149, 149),
        (date(2023, 11, 8), 149, 149),
        (date(2023, 11, 9), 183, 183),
    ],
)
def test_labels_follow_the_vague_in_force(jour, certains, possibles):
    labels = chiffres(jour).territoires["labellises"]
    assert (labels.certains, labels.possibles) == (certains, possibles)


def test_published_label_counts_lie_between_certain_and_possible_or_show_a_conflict():
    for publie in ChiffrePublie.objects.filter(indicateur=Indicateur.LABELLISES):
        resultat = chiffres(publie.jour, publie.region_id or "")
        affiche = next(p for p in resultat.publies if p.chiffre.pk == publie.pk)
        compte = resultat.territoires["labellises"]
        if not compte.certains <= publie.valeur <= compte.possibles:
            assert affiche.en_conflit
            assert "Conflit" in affiche.phrase


def test_two_sources_of_the_same_day_that_disagree_are_both_shown():
    du_jour = [
        p for p in chiffres(date(2019, 11, 14)).publies if p.chiffre.indicateur == Indicateur.LABELLISES
    ]
    assert [p.chiffre.valeur for p in du_jour] == [146, 144]
    assert all(p.en_conflit for p in du_jour)


def test_langres_has_the_fifteen_fiches_of_the_text_in_its_order():
    fiches = FicheAction.objects.filter(territoire__id_ti="ti-4403", territoire__vague__numero=1).order_by(
        "rang"
    )
    assert [f.code for f in fiches] == (
        ["F2.0", "F2.1", "F2.2", "F13", "F10", "F3", "F1", "F8", "F9", "F12", "F11", "F6", "F4", "F5", "F7"]
    )
    assert [f.presentateur for f in fiches if f.presentateur] == ["Jean-François"]
    assert {f.etat_porteur for f in fiches} == {"non_publie"}
    resultat = chiffres(date(2019, 9, 9), "44")
    assert resultat.par_axe == {"attirer": 7, "recruter": 3, "innover": 2, "simplifier": 3}
    assert chiffres(date(2019, 9, 8), "44").fiches_total == 0


def test_no_real_fiche_carries_an_invented_amount():
    assert not PlanFinancement.objects.filter(fiche__territoire__is_fictif=False).exists()
    assert not Mouvement.objects.filter(is_fictif=False).exists()
    assert set(chiffres(date(2026, 1, 1)).montants.values()) == {0}


def test_fictional_space_counts_only_when_asked():
    public, fictif = chiffres(date(2020, 12, 31)), chiffres(date(2020, 12, 31), fictif=True)
    assert public.fiches_total == 25  # quinze à Langres, dix nommées par le communiqué de Mulhouse
    assert fictif.fiches_total == 15
    assert fictif.montants["accorde"] > 0
    assert fictif.territoires["protocole"].certains == 1
    assert public.territoires["protocole"].certains == 1  # Bazancourt-Pomacle seul


def test_doubs_has_six_epci_and_the_binome_of_the_text():
    doubs = Territoire.objects.by_cle("v2", "ti-2701").get()
    assert doubs.perimetres.filter(epci__isnull=False).count() == 6
    assert doubs.population == 297_147
    assert {
        str(m.personne) for m in doubs.mandats.filter(role__in=["elu", "industriel"], fiabilite="source")
    } == {
        "Cédric Bôle",
        "Nathalie Augé",
    }


def test_langres_has_no_binome_named_by_a_source():
    langres = Territoire.objects.by_cle("v1", "ti-4403").get()
    assert not langres.mandats.filter(role__in=["elu", "industriel"]).exists()


def test_langres_shows_its_two_places_to_confirm_with_what_the_text_says():
    langres = Territoire.objects.by_cle("v1", "ti-4403").get()
    places = langres.places.filter(etat="a_confirmer")
    assert {place.role for place in places} == {"elu", "industriel"}
    assert all("sans être nommé binôme" in place.precision and place.source for place in places)


def test_doubs_has_six_binomes_one_leading_and_five_to_confirm():
    doubs = Territoire.objects.by_cle("v2", "ti-2701").get()
    binomes = read_binomes(doubs, date(2026, 1, 1))
    assert {lu.binome.epci_id for lu in binomes} == set(doubs.perimetres.values_list("epci", flat=True))
    assert [lu.binome.is_chef_de_file for lu in binomes] == [True] + [False] * 5
    assert [lu.is_complet for lu in binomes] == [True] + [False] * 5
    assert all(place.is_a_confirmer for lu in binomes[1:] for place in lu.places)
    assert [a.organisation.nom for a in doubs.animations.select_related("organisation")] == [
        "CCI Saône-Doubs"
    ]


def test_real_territories_match_the_official_counts():
    v2 = Territoire.objects.publics().filter(vague__numero=2)
    assert v2.count() == 183
    membres = [
        (p.epci.type if p.epci_id else "COM")
        for t in v2.prefetch_related("perimetres__epci")
        for p in t.perimetres.all()
        if p.fin is None
    ]
    assert (len(membres), membres.count("EPT"), membres.count("COM")) == (641, 3, 12)
    plusieurs = [t for t in v2.prefetch_related("regions") if len(t.regions.all()) > 1]
    assert len(plusieurs) == 15


def test_building_twice_changes_nothing():
    def compter():
        return {
            modele._meta.label: modele.objects.count()
            for modele in apps.get_models()
            if modele.__module__.startswith("maillage.")
        }

    avant = compter()
    call_command("demo", "--sans-serveur", stdout=io.StringIO())
    assert compter() == avant


def test_journal_tells_the_whole_chain():
    codes = set(Entree.objects.filter(territoire="v1/fictif-4403").values_list("code", flat=True))
    assert {
        "fiches.fiche_action.creee",
        "fiches.fiche_action.statut_modifie",
        "financement.ligne.statut_modifie",
        "contrats.acte.arrete",
        "contrats.signature.donnee",
    } <= codes


def test_signed_protocole_keeps_its_file_and_its_dates():
    acte = Acte.objects.get(territoire__is_fictif=True)
    assert acte.statut == "signe"
    assert acte.date_fin == date(2019, 11, 19)
    with acte.piece_pdf.fichier.open("rb") as fichier:
        assert compute_sha256(fichier) == acte.piece_pdf.sha256
    assert all(
        s.signe_le == date(2019, 11, 19) and s.signe_at.date() > s.signe_le for s in acte.signataires.all()
    )
    assert Etape.objects.get(territoire=acte.territoire, fait="protocole").debut == date(2019, 11, 19)
    assert acte.plan_actions.lignes.count() == 15


def test_the_protocole_shows_only_what_was_decided_when_it_was_frozen():
    acte = Acte.objects.get(territoire__is_fictif=True)
    assert acte.arrete_le == date(2019, 11, 12)
    assert acte.contenu["date"] == "2019-11-12"
    contenu = json.dumps(acte.contenu, ensure_ascii=False)
    assert "Attesté" in contenu
    for plus_tard in ("Conventionné", "Versé", "Soldé"):
        assert plus_tard not in contenu
    signataires = list(acte.signataires.all())
    assert len({s.nom for s in signataires}) == len(signataires)
    deliberations = [s.deliberation for s in signataires if s.deliberation]
    assert len(set(deliberations)) == len(deliberations) == 3
    assert "·" not in " ".join(s.qualite for s in signataires)


def test_daily_totals_equal_the_replay_of_movements():
    cles = ("jour", "mesure", "financeur", "region", "vague", "is_fictif", "is_part_propre")
    rejoues = {
        tuple(m[c] for c in cles): m["s"]
        for m in Mouvement.objects.order_by().values(*cles).annotate(s=Sum("centimes"))
    }
    tenus = {tuple(t[c] for c in cles): t["centimes"] for t in TotalJour.objects.values(*cles, "centimes")}
    assert tenus == rejoues
    for ligne in LigneFinancement.objects.all():
        for mesure in Mesure:
            somme = ligne.mouvements.filter(mesure=mesure).aggregate(s=Sum("centimes"))["s"] or 0
            assert somme == getattr(ligne, f"montant_{mesure.value}")


def test_waiting_list_is_what_the_states_say():
    attendues = {
        ("financement.repondre", str(li.pk))
        for li in LigneFinancement.objects.filter(statut__in=EN_ATTENTE_DU_FINANCEUR)
    }
    suivies = LigneFinancement.objects.select_related(
        "plan__fiche__territoire__region", "plan__fiche__porteur", "financeur"
    )
    attendues |= {
        (PREFIXE + echeance.code, str(ligne.pk))
        for ligne in suivies.filter(origine__in=ORIGINES_ETAT)
        for echeance in list_echeances(ligne, jour=aujourdhui())
        if is_a_rappeler(echeance, aujourdhui())
    }
    attendues |= {
        (CODE_QUESTION, str(ligne.pk))
        for ligne in suivies
        if has_question_ouverte(list(ligne.echanges.all())) and ligne.statut in EN_ATTENTE_DU_FINANCEUR
    }
    attendues |= {("fiches.suite", str(f.pk)) for f in FicheAction.objects.filter(statut__in=list(ATTENTES))}
    demandes = DemandeRattachement.objects.filter(confirmee_at__isnull=False, decidee_at=None)
    attendues |= {("equipes.rattachement", str(demande.pk)) for demande in demandes}
    for acte in Acte.objects.filter(statut__in=["arrete", "signe_partiellement"]):
        signataires = list(acte.signataires.all())
        tour = get_tour(signataires)
        attendues |= {
            ("contrats.signer", str(s.pk)) for s in signataires if s.ordre == tour and s.signe_at is None
        }
    attendues |= {
        ("agenda.repondre", str(i.pk))
        for i in Invitation.objects.en_cours().filter(
            sequence_envoyee__gte=0, reponse="", rendez_vous__statut="prevu"
        )
        if i.personne_id or i.organisation_id
    }
    attendues |= {
        ("gouvernance.releve", str(s.pk)) for s in Seance.objects.filter(statut="tenue", releve__isnull=True)
    }
    for releve in ReleveDecisions.objects.select_related("seance__comite"):
        signes = set(releve.signatures.values_list("membre", flat=True))
        places = releve.seance.comite.membres.filter(
            place__in=["president", "secretaire"], personne__isnull=False
        )
        if places.exclude(pk__in=signes).exists():
            attendues.add(("gouvernance.signer_releve", str(releve.pk)))
    attendues |= {
        (BESOIN_A_LIRE, str(campagne))
        for campagne in Besoin.objects.filter(fiche=None).values_list("sollicitation__campagne", flat=True)
    }
    for dossier in DossierPlan.objects.all():
        if dossier.statut in ATTENTES_DOSSIER:
            attendues.add(("instruction.suite", str(dossier.pk)))
        if dossier.statut == "en_instruction":
            attendues |= {("instruction.avis", str(avis.pk)) for avis in dossier.avis.filter(sens="")}
    for demande in DemandePerimetre.objects.all():
        if demande.statut == "deposee":
            attendues |= {(ATTENTE_AVIS, str(avis.pk)) for avis in demande.avis.filter(sens="")}
        elif demande.statut in ("a_decider", "ajournee"):
            attendues.add((ATTENTE_DECISION, str(demande.pk)))
        elif demande.statut == "acceptee":
            attendues.add((ATTENTE_ENREGISTREMENT, str(demande.pk)))
    assert set(Attente.objects.ouvertes().values_list("code", "objet_id")) == attendues


def test_the_fictional_space_held_a_meeting_and_convokes_another():
    comite = Comite.objects.get(territoire__is_fictif=True)
    assert [(nom.nature, nom.depuis) for nom in comite.noms.all()] == [
        ("projet", date(2019, 9, 2)),
        ("suivi", date(2019, 11, 19)),
    ]
    passee, a_venir = comite.seances.order_by("rendez_vous__debut_at")
    assert (passee.statut, a_venir.statut) == ("tenue", "convoquee")
    assert passee.releve.signatures.count() == 1
    assert passee.decisions.count() == 3
    assert a_venir.points.filter(fiche__statut="proposee").exists()


def test_the_real_territories_have_no_committee_but_the_one_a_text_names():
    comites = Comite.objects.exclude(territoire__is_fictif=True)
    [comex] = comites
    assert (comex.territoire.id_ti, comex.nature) == ("ti-2701", "executif")
    assert "6 chefs d’entreprise" in comex.source
    assert not comex.membres.exists()
    assert comex.installe_le is None


def test_command_chiffres_prints_json_only_and_the_same_figures():
    sortie = io.StringIO()
    call_command("chiffres", "--au", "2019-11-19", "--region", "44", "--json", stdout=sortie)
    lu = json.loads(sortie.getvalue())
    assert {"au", "territoires", "fiches", "montants", "par_vague", "publies"} <= set(lu)
    assert lu["territoires"]["au_moins_un_acte"] == 13
    assert lu["territoires"]["labellises"] == 15
    assert lu["territoires"]["labellises_possibles"] == 15
    assert lu["fiches"]["par_axe"] == {"attirer": 7, "recruter": 3, "innover": 2, "simplifier": 3}
    assert {"demande", "annonce", "accorde", "conventionne", "verse", "par_financeur"} <= set(lu["montants"])
    assert all(publie["source"] for publie in lu["publies"])


def test_the_fifteen_fiches_come_from_the_evening_of_nogent_and_every_card_says_it_is_fictitious():
    nogent = Atelier.objects.get(jour=date(2019, 7, 15))
    assert nogent.territoire.is_fictif
    nees = {o.fiche.code for o in OrigineFiche.objects.filter(tableau__phase__atelier=nogent)}
    assert len(nees) == 15
    poses = EvenementTableau.objects.filter(type="posee")
    assert poses.exists()
    assert all(e.donnees["texte"].endswith("(carte fictive)") for e in poses)
    langres = Atelier.objects.get(jour=date(2019, 9, 9))
    assert langres.precedent == nogent
    comparaison = compare_with_precedent(langres)
    assert {f.code for f in comparaison.fiches} == nees
    assert [i.carte.texte for i in comparaison.encore_oublies] == [
        "Le fret ferroviaire s’en va (carte fictive)"
    ]


def test_ghost_is_one_fiche_shown_in_three_territoires():
    ghost = FicheAction.objects.get(titre__contains="[G]HOST")
    cles = ["ti-4411", "ti-3209", "ti-3213"]
    for cle in cles:
        assert ghost in FicheAction.objects.of_territoire(Territoire.objects.by_cle("v1", cle).get())
    assert FicheAction.objects.filter(titre=ghost.titre).count() == 1
    assert (ghost.etat_porteur, ghost.maturite) == ("non_publie", "non_publiee")


def test_the_fiches_of_langres_say_what_the_texts_say():
    langres = FicheAction.objects.filter(territoire=Territoire.objects.by_cle("v1", "ti-4403").get())
    assert langres.exclude(contexte="").count() == 15
    assert langres.get(code="F5").sites.get().commune_id == "52469"
    assert langres.filter(demandes_etat__isnull=False).count() == 3
