"""Arrêter, signer, constater : ce que les actes écrivent, et ce qu’ils refusent."""

import json
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core import mail

from maillage.comptes.enums import ButLien, TypeOrganisation
from maillage.comptes.models import Invite, LienPersonnel
from maillage.contrats import events
from maillage.contrats.actions import (
    Source,
    add_signataire,
    add_signataire_nouveau,
    arret,
    freeze_acte,
    open_acte,
    record_acte_constate,
    remove_signataire,
    send_lien_signature,
    sign_acte,
    unfreeze_acte,
    update_acte,
)
from maillage.contrats.enums import College, NatureActe, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.selectors import compute_empreinte_projet, fiches_a_inscrire, find_acte_by_sha256
from maillage.documents.formats import compute_sha256
from maillage.fiches.actions import update_fiche
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction, PlanActions
from maillage.financement.actions import move_ligne, update_depense
from maillage.financement.enums import StatutLigne
from maillage.financement.selectors_plans import read_plans
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.socle.erreurs import AccesRefuse, ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import Fait
from maillage.territoires.models import Etape
from tests.contrats.monde import Monde
from tests.fabriques import FABRIQUE, make_piece

LE_19_NOVEMBRE = datetime(2019, 11, 19, 9, tzinfo=UTC)


def lignes(code: str) -> int:
    return Entree.objects.filter(code=code).count()


def get_invite(signataire: Signataire) -> Invite:
    return Invite(LienPersonnel.objects.valides().get(but=ButLien.SIGNER_ACTE, objet_id=str(signataire.pk)))


def read_empreinte(acte: Acte, signataires: list[Signataire], jour: date | None = None) -> str:
    """Ce que la personne a sous les yeux quand elle arrête l’acte au jour dit."""
    jour = jour or aujourdhui()
    fiches = list(fiches_a_inscrire(acte.territoire, au=jour))
    plans = read_plans(fiches, au=jour)
    return compute_empreinte_projet(acte, fiches=fiches, signataires=signataires, plans=plans)


def sign_tous(acte: Acte, monde: Monde, jour: date | None = None) -> Acte:
    par_organisation = {s.organisation_id: s for s in acte.signataires.all()}
    sign_acte(signataire=par_organisation[monde.epci.pk], by=monde.presidente, signe_le=jour)
    sign_acte(signataire=par_organisation[monde.etat.pk], by=monde.sous_prefet, signe_le=jour)
    dernier = par_organisation[monde.entreprise.pk]
    return sign_acte(signataire=dernier, by=get_invite(dernier), signe_le=jour)


def test_open_acte_refuses_an_unknown_nature(monde: Monde) -> None:
    with pytest.raises(ActionImpossible, match="choisissez"):
        open_acte(territoire=monde.territoire, nature=NatureActe.NON_PRECISE, periode="", by=monde.cheffe)
    assert not Acte.objects.exists()


def test_update_acte_writes_one_line_and_refuses_an_old_page(monde: Monde) -> None:
    acte = monde.projet()
    saisie = {"titre": "Protocole", "periode": "2019-2022", "preambule": "Un.", "articles": acte.articles}
    update_acte(acte=acte, by=monde.cheffe, version_lue=1, **saisie)
    with pytest.raises(ConflitEdition):
        update_acte(acte=acte, by=monde.cheffe, version_lue=1, **(saisie | {"preambule": "Deux."}))
    acte.refresh_from_db()
    assert (acte.preambule, acte.version, lignes(events.ACTE_MODIFIE)) == ("Un.", 2, 1)


def test_update_acte_without_change_writes_nothing(monde: Monde) -> None:
    acte = monde.projet()
    update_acte(
        acte=acte,
        by=monde.cheffe,
        version_lue=1,
        titre=acte.titre,
        periode=acte.periode,
        preambule=acte.preambule,
        articles=acte.articles,
    )
    assert (Acte.objects.get().version, lignes(events.ACTE_MODIFIE)) == (1, 0)


def test_an_organisation_signs_twice_only_under_two_names(monde: Monde) -> None:
    acte = monde.projet()
    champs = {"organisation": monde.epci, "qualite": "Élu", "college": College.INTERCOMMUNALITES}
    add_signataire(acte=acte, nom="Un", by=monde.cheffe, **champs)
    add_signataire(acte=acte, nom="Deux", by=monde.cheffe, **champs)
    with pytest.raises(ActionImpossible, match="déjà signataire"):
        add_signataire(acte=acte, nom="Un", by=monde.cheffe, **champs)
    assert (acte.signataires.count(), lignes(events.SIGNATAIRE_AJOUTE)) == (2, 2)


def test_add_signataire_nouveau_creates_its_organisation_once(monde: Monde) -> None:
    acte = monde.projet()
    champs = {"qualite": "Président", "college": College.ECONOMIQUES, "by": monde.cheffe}
    signataire = add_signataire_nouveau(
        acte=acte, nom_organisation="Club des forgerons", type_organisation=TypeOrganisation.CLUSTER, **champs
    )
    assert (signataire.organisation.nom, signataire.organisation.type) == ("Club des forgerons", "cluster")
    with pytest.raises(ActionImpossible, match="dans la liste"):
        add_signataire_nouveau(
            acte=acte,
            nom_organisation="club des forgerons ",
            type_organisation=TypeOrganisation.CLUSTER,
            **champs,
        )


def test_remove_signataire_keeps_its_name_in_the_journal(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    remove_signataire(signataire=signataires["etat"], by=monde.cheffe)
    assert acte.signataires.count() == 2
    assert "Dominique Petit" in Entree.objects.get(code=events.SIGNATAIRE_RETIRE).avant["signataire"]


def test_freeze_keeps_the_versions_of_the_fiches_in_order(monde: Monde) -> None:
    acte = monde.arrete()
    figees = [(li.version.contenu["code"], li.version.numero) for li in acte.plan_actions.lignes.all()]
    assert figees == [(f.code, f.version) for f in FicheAction.objects.filter(code__in=["F1", "F2", "F3"])]
    assert acte.statut == StatutActe.ARRETE
    assert lignes(events.ACTE_ARRETE) == 1


def test_a_frozen_acte_never_changes_when_a_fiche_changes(monde: Monde) -> None:
    acte = monde.arrete()
    contenu, empreinte = acte.contenu, acte.piece_pdf.sha256
    fiche = FicheAction.objects.get(code="F1")
    update_fiche(fiche=fiche, version_lue=fiche.version, titre="Tout autre titre", by=FABRIQUE)
    acte = Acte.objects.get(pk=acte.pk)
    assert acte.contenu == contenu
    assert acte.plan_actions.lignes.get(rang=1).version.contenu["titre"] == "Action F1"
    for piece in (acte.piece_pdf, acte.piece_word):
        with piece.fichier.open("rb") as fichier:
            assert compute_sha256(fichier.read()) == piece.sha256
    assert acte.piece_pdf.sha256 == empreinte


@pytest.mark.parametrize("geste", ["texte", "signataire_ajoute", "signataire_retire", "arreter"])
def test_a_frozen_acte_refuses_every_change(monde: Monde, geste: str) -> None:
    acte = monde.arrete()
    signataire = acte.signataires.first()
    gestes = {
        "texte": lambda: update_acte(
            acte=acte,
            by=monde.cheffe,
            version_lue=acte.version,
            titre="X",
            periode="",
            preambule="",
            articles=[],
        ),
        "signataire_ajoute": lambda: add_signataire(
            acte=acte, organisation=monde.epci, qualite="X", college=College.PUBLICS, nom="Y", by=monde.cheffe
        ),
        "signataire_retire": lambda: remove_signataire(signataire=signataire, by=monde.cheffe),
        "arreter": lambda: freeze_acte(acte=acte, by=monde.cheffe),
    }
    avant = Entree.objects.count()
    with pytest.raises(ActionImpossible, match="avenant"):
        gestes[geste]()
    assert Entree.objects.count() == avant


def test_freeze_needs_an_intercommunalite_and_a_public_partner(monde: Monde) -> None:
    acte = monde.projet()
    add_signataire(
        acte=acte,
        organisation=monde.epci,
        qualite="Présidente",
        college=College.INTERCOMMUNALITES,
        by=monde.cheffe,
    )
    with pytest.raises(ActionImpossible, match="partenaire public"):
        freeze_acte(acte=acte, by=monde.cheffe)
    assert not PlanActions.objects.exists()


@pytest.mark.parametrize("changement", ["fiche", "signataire", "texte"])
def test_freeze_writes_nothing_when_something_changes_while_drawing(
    monde: Monde, monkeypatch: pytest.MonkeyPatch, changement: str
) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    dessiner = arret.render_pdf

    def dessiner_lentement(document: object) -> bytes:
        if changement == "fiche":
            fiche = FicheAction.objects.get(code="F2")
            update_fiche(fiche=fiche, version_lue=fiche.version, titre="Changée", by=FABRIQUE)
        elif changement == "signataire":
            remove_signataire(signataire=signataires["entreprise"], by=monde.cheffe)
        else:
            update_acte(
                acte=acte,
                by=monde.cheffe,
                version_lue=1,
                titre="Autre",
                periode="",
                preambule="",
                articles=acte.articles,
            )
        return dessiner(document)

    monkeypatch.setattr(arret, "render_pdf", dessiner_lentement)
    with pytest.raises(ConflitEdition, match="pendant qu’on dessinait"):
        freeze_acte(acte=acte, by=monde.cheffe)
    acte.refresh_from_db()
    assert (acte.statut, acte.piece_pdf, lignes(events.ACTE_ARRETE)) == (StatutActe.PROJET, None, 0)
    assert not PlanActions.objects.exists()


def test_freeze_refuses_what_the_person_has_not_read(monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    signataires = list(acte.signataires.all())
    lue = read_empreinte(acte, signataires)
    monde.fiche("F9")
    with pytest.raises(ConflitEdition, match="n’est pas ce que vous avez relu"):
        freeze_acte(acte=acte, by=monde.cheffe, empreinte_lue=lue)
    relue = read_empreinte(acte, signataires)
    assert freeze_acte(acte=acte, by=monde.cheffe, empreinte_lue=relue).statut == StatutActe.ARRETE


def test_freeze_tells_those_whose_turn_it_is_and_only_them(monde: Monde) -> None:
    acte = monde.arrete()
    attendues = set(
        Attente.objects.ouvertes().filter(code="contrats.signer").values_list("organisation", flat=True)
    )
    assert attendues == {monde.epci.pk, monde.etat.pk}
    assert not LienPersonnel.objects.filter(objet_type=Signataire._meta.label_lower).exists()
    assert acte.signataires.filter(signe_at__isnull=False).count() == 0


def test_each_signs_in_turn(monde: Monde) -> None:
    acte = monde.arrete()
    par_organisation = {s.organisation_id: s for s in acte.signataires.all()}
    with pytest.raises(ActionImpossible, match="pas encore"):
        send_lien_signature(signataire=par_organisation[monde.entreprise.pk], by=monde.cheffe)
    sign_acte(signataire=par_organisation[monde.epci.pk], by=monde.presidente)
    assert Acte.objects.get().statut == StatutActe.SIGNE_PARTIELLEMENT
    assert not LienPersonnel.objects.filter(but=ButLien.SIGNER_ACTE).exists()
    sign_acte(signataire=par_organisation[monde.etat.pk], by=monde.sous_prefet)
    get_invite(par_organisation[monde.entreprise.pk])  # son tour est venu : son lien est parti
    ouvertes = Attente.objects.ouvertes().filter(code="contrats.signer")
    assert [attente.organisation_id for attente in ouvertes] == [monde.entreprise.pk]


def test_a_signature_sends_no_second_lien_to_those_already_told(
    monde: Monde, django_capture_on_commit_callbacks: object
) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    acte.signataires.update(ordre=1)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        freeze_acte(acte=acte, by=monde.cheffe)
        sign_acte(signataire=acte.signataires.get(organisation=monde.epci), by=monde.presidente)
    assert LienPersonnel.objects.filter(but=ButLien.SIGNER_ACTE).count() == 1
    liens = [message.to for message in mail.outbox if "/lien/" in message.body]
    assert liens == [["alix@forges.example"]]


def test_a_second_person_with_an_old_page_gets_the_sentence_and_no_second_line(monde: Monde) -> None:
    acte = monde.arrete()
    signataire = acte.signataires.get(organisation=monde.epci)
    sign_acte(signataire=signataire, by=monde.presidente)
    with pytest.raises(ActionImpossible, match="a déjà signé"):
        sign_acte(signataire=signataire, by=monde.presidente)
    assert lignes(events.SIGNATURE_DONNEE) == 1


def test_only_the_organisation_of_the_signataire_signs(monde: Monde) -> None:
    acte = monde.arrete()
    signataire = acte.signataires.get(organisation=monde.epci)
    for autre in (monde.sous_prefet, monde.cheffe):
        with pytest.raises(AccesRefuse):
            sign_acte(signataire=signataire, by=autre)
    assert acte.signataires.filter(signe_at__isnull=False).count() == 0


def test_a_lien_signs_only_its_own_signature(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    acte.signataires.update(ordre=1)
    freeze_acte(acte=acte, by=monde.cheffe)
    invite = get_invite(signataires["entreprise"])
    with pytest.raises(AccesRefuse):
        sign_acte(signataire=signataires["epci"], by=invite)
    sign_acte(signataire=signataires["entreprise"], by=invite)
    signataires["entreprise"].refresh_from_db()
    assert signataires["entreprise"].signe_by.endswith("par lien personnel")


def test_a_signature_is_never_in_the_future(monde: Monde) -> None:
    acte = monde.arrete()
    with time_machine.travel(LE_19_NOVEMBRE, tick=False), pytest.raises(ActionImpossible, match="avenir"):
        sign_acte(signataire=acte.signataires.first(), by=monde.presidente, signe_le=date(2019, 11, 20))


def test_the_document_carries_the_date_of_the_freeze(monde: Monde) -> None:
    acte = monde.arrete()
    assert acte.arrete_le == date(2019, 11, 12)
    assert acte.contenu["date"] == "2019-11-12"
    assert Entree.objects.get(code=events.ACTE_ARRETE).date_effet == date(2019, 11, 12)


def test_a_signature_is_never_older_than_the_freeze(monde: Monde) -> None:
    acte = monde.arrete()
    signataire = acte.signataires.get(organisation=monde.epci)
    with pytest.raises(ActionImpossible, match="arrêté au 12 novembre 2019"):
        sign_acte(signataire=signataire, by=monde.presidente, signe_le=date(2019, 11, 11))
    assert acte.signataires.filter(signe_at__isnull=False).count() == 0


def test_a_signature_is_never_older_than_an_earlier_rank(monde: Monde) -> None:
    acte = monde.arrete()
    par_organisation = {s.organisation_id: s for s in acte.signataires.all()}
    sign_acte(signataire=par_organisation[monde.epci.pk], by=monde.presidente, signe_le=date(2019, 11, 19))
    sign_acte(signataire=par_organisation[monde.etat.pk], by=monde.sous_prefet, signe_le=date(2019, 11, 14))
    dernier = par_organisation[monde.entreprise.pk]
    with pytest.raises(ActionImpossible, match="CC des Forges a signé au rang précédent le 19 novembre 2019"):
        sign_acte(signataire=dernier, by=get_invite(dernier), signe_le=date(2019, 11, 18))
    sign_acte(signataire=dernier, by=get_invite(dernier), signe_le=date(2019, 11, 19))


def test_the_last_signature_writes_the_etape_at_its_effective_date(monde: Monde) -> None:
    acte = monde.arrete()
    acte = sign_tous(acte, monde, jour=date(2019, 11, 19))
    etape = Etape.objects.get(fait=Fait.PROTOCOLE)
    assert (acte.statut, acte.date_debut, acte.date_fin) == (
        StatutActe.SIGNE,
        date(2019, 11, 19),
        date(2019, 11, 19),
    )
    assert (etape.debut, etape.fin) == (date(2019, 11, 19), date(2019, 11, 19))
    assert etape.enregistre_at.date() > etape.fin
    assert not Attente.objects.ouvertes().filter(code="contrats.signer").exists()
    assert lignes(events.ACTE_SIGNE) == 1


def test_the_last_signature_inscribes_validated_fiches_only(monde: Monde) -> None:
    sign_tous(monde.arrete(), monde, jour=date(2019, 11, 19))
    statuts = dict(FicheAction.objects.values_list("code", "statut"))
    assert statuts == {
        "F1": StatutFiche.INSCRITE,
        "F2": StatutFiche.INSCRITE,
        "F3": StatutFiche.TRANSMISE,
        "F4": StatutFiche.BROUILLON,
    }


def test_an_acte_constate_with_conflicting_sources_keeps_both_and_no_nature(monde: Monde) -> None:
    acte = record_acte_constate(
        territoire=monde.territoire,
        titre="Acte signé à Mulhouse",
        debut=date(2019, 11, 19),
        sources=[
            Source("Communiqué\u00a0: un protocole", NatureActe.PROTOCOLE, "https://exemple.fr/communique"),
            Source("Presse\u00a0: un contrat", NatureActe.CONTRAT),
        ],
        by=FABRIQUE,
    )
    assert acte.nature == NatureActe.NON_PRECISE
    assert [s.nature_dite for s in acte.sources.all()] == [NatureActe.PROTOCOLE, NatureActe.CONTRAT]
    etape = Etape.objects.get(territoire=monde.territoire)
    assert (etape.fait, etape.fin) == (Fait.ACTE_NATURE_INCONNUE, date(2019, 11, 19))
    assert "Communiqué" in etape.source
    assert "Presse" in etape.source


def test_an_acte_constate_invents_nothing(monde: Monde) -> None:
    acte = record_acte_constate(
        territoire=monde.territoire,
        titre="Protocole",
        debut=date(2019, 10, 1),
        fin=date(2019, 10, 31),
        sources=[Source("Presse", NatureActe.PROTOCOLE)],
        by=FABRIQUE,
    )
    assert (acte.date_debut, acte.date_fin) == (date(2019, 10, 1), date(2019, 10, 31))
    assert not acte.signataires.exists()
    assert (acte.articles, acte.preambule, acte.contenu, acte.piece_pdf, acte.plan_actions) == (
        [],
        "",
        None,
        None,
        None,
    )


def test_an_acte_constate_cites_a_source_and_is_recorded_once(monde: Monde) -> None:
    champs = {
        "territoire": monde.territoire,
        "titre": "Protocole",
        "debut": date(2019, 10, 1),
        "by": FABRIQUE,
    }
    with pytest.raises(ActionImpossible, match="source"):
        record_acte_constate(sources=[], **champs)
    source = [Source("Presse", NatureActe.PROTOCOLE)]
    assert record_acte_constate(sources=source, **champs) == record_acte_constate(sources=source, **champs)
    assert lignes(events.ACTE_CONSTATE) == 1


def test_a_new_source_for_the_same_acte_is_kept_beside_the_first_and_may_undo_its_nature(
    monde: Monde,
) -> None:
    champs = {"territoire": monde.territoire, "titre": "Acte", "debut": date(2019, 3, 18), "by": FABRIQUE}
    presse, mairie = Source("Presse", NatureActe.CONTRAT), Source("Mairie", NatureActe.PROTOCOLE)
    premier = record_acte_constate(sources=[presse], **champs)
    second = record_acte_constate(sources=[presse, mairie], **champs)
    assert (second.pk, second.nature) == (premier.pk, NatureActe.NON_PRECISE)
    assert [source.texte for source in second.sources.all()] == ["Presse", "Mairie"]
    etapes = Etape.objects.filter(territoire=monde.territoire)
    assert [(e.fait, e.source) for e in etapes.connues()] == [
        (Fait.ACTE_NATURE_INCONNUE, "Presse\u00a0; Mairie")
    ]
    assert etapes.get(fait=Fait.CONTRAT).remplacee_at is not None
    assert lignes(events.ACTE_SOURCE_AJOUTEE) == 1
    record_acte_constate(sources=[mairie], **champs)
    assert (second.sources.count(), lignes(events.ACTE_SOURCE_AJOUTEE)) == (2, 1)


def test_an_acte_frozen_by_mistake_is_a_project_again_and_its_files_are_kept(monde: Monde) -> None:
    acte = monde.arrete()
    sha256, plan = acte.piece_pdf.sha256, acte.plan_actions
    acte = unfreeze_acte(acte=acte, by=monde.cheffe, motif="Le titre est faux")
    assert (acte.statut, acte.piece_pdf, acte.arrete_le, acte.plan_actions) == (
        StatutActe.PROJET,
        None,
        None,
        None,
    )
    remplace = acte.arrets_remplaces.get()
    assert (remplace.piece_pdf.sha256, remplace.plan_actions, remplace.motif) == (
        sha256,
        plan,
        "Le titre est faux",
    )
    assert not Attente.objects.ouvertes().filter(code="contrats.signer").exists()
    assert Entree.objects.get(code=events.ACTE_REPRIS).motif == "Le titre est faux"
    verification = find_acte_by_sha256(sha256)
    assert (verification.remplace, verification.signataires) == (remplace, [])
    acte = freeze_acte(acte=acte, by=monde.cheffe)
    assert acte.statut == StatutActe.ARRETE
    assert Attente.objects.ouvertes().filter(code="contrats.signer").count() == 2


def test_a_lien_sent_before_an_acte_is_taken_back_signs_no_more(monde: Monde) -> None:
    acte = monde.projet()
    signataires = monde.signataires(acte)
    acte.signataires.update(ordre=1)
    acte = freeze_acte(acte=acte, by=monde.cheffe)
    lien = LienPersonnel.objects.get(but=ButLien.SIGNER_ACTE, objet_id=str(signataires["entreprise"].pk))
    unfreeze_acte(acte=acte, by=monde.cheffe, motif="Erreur")
    assert not LienPersonnel.objects.valides().filter(pk=lien.pk).exists()


def test_an_acte_is_taken_back_with_a_reason_and_before_any_signature_only(monde: Monde) -> None:
    acte = monde.arrete()
    with pytest.raises(ActionImpossible, match="pourquoi"):
        unfreeze_acte(acte=acte, by=monde.cheffe, motif=" ")
    sign_acte(signataire=acte.signataires.get(organisation=monde.epci), by=monde.presidente)
    with pytest.raises(ActionImpossible, match="Il faut un avenant"):
        unfreeze_acte(acte=acte, by=monde.cheffe, motif="Trop tard")
    assert not acte.arrets_remplaces.exists()


def test_an_acte_frozen_in_the_past_carries_the_money_and_the_fiches_of_that_day(monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    fiche = FicheAction.objects.get(code="F1")
    monde.finance(fiche)
    ligne = fiche.plan.lignes.get()
    monde.fiche("F8", date_effet=date(2019, 12, 1))
    move_ligne(ligne=ligne, vers=StatutLigne.SOLLICITE, by=monde.cheffe, date_effet=date(2019, 11, 4))
    move_ligne(
        ligne=ligne,
        vers=StatutLigne.ACCORDE,
        by=monde.sous_prefet,
        montant=20_000_00,
        piece=make_piece(),
        date_effet=date(2019, 12, 2),
    )
    avant = freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 12))
    texte = json.dumps(avant.contenu, ensure_ascii=False).replace("\u00a0", " ")
    assert "Sollicité" in texte
    assert "20 000\u00a0€" not in texte
    assert "F8" not in texte
    assert avant.plan_actions.date_effet == date(2019, 11, 12)


def test_an_acte_is_not_frozen_at_a_day_whose_expenses_are_lost(monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    fiche = FicheAction.objects.get(code="F1")
    monde.finance(fiche)
    depense = fiche.plan.depenses.get()
    with time_machine.travel(LE_19_NOVEMBRE, tick=False):
        update_depense(
            depense=depense, by=FABRIQUE, nature=depense.nature, libelle="Étude", montant=1_00, annee=None
        )
    with pytest.raises(ActionImpossible, match="Choisissez une date à partir du 19 novembre 2019"):
        freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 12))
    assert freeze_acte(acte=acte, by=monde.cheffe, date_effet=date(2019, 11, 19)).statut == StatutActe.ARRETE


def test_a_change_of_date_that_changes_the_acte_asks_to_read_it_again(monde: Monde) -> None:
    acte = monde.projet()
    monde.signataires(acte)
    monde.fiche("F8", date_effet=date(2019, 12, 1))
    lue = read_empreinte(acte, list(acte.signataires.all()))
    with pytest.raises(ConflitEdition, match="arrêté au 12 novembre 2019"):
        freeze_acte(acte=acte, by=monde.cheffe, empreinte_lue=lue, date_effet=date(2019, 11, 12))
