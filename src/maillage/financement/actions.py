"""Seuls actes qui écrivent un plan ou une ligne de financement. Montants en centimes."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Max, Sum
from django.urls import reverse

from calcul.financement import modele
from calcul.montants import format_montant
from maillage.comptes.actions import create_lien_personnel
from maillage.comptes.enums import ButLien, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.documents.actions import store_piece
from maillage.documents.models import Piece
from maillage.fiches.actions import check_date_effet, open_acces
from maillage.fiches.models import FicheAction
from maillage.financement import events, policies
from maillage.financement.enums import Mesure, NatureDepense, NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import (
    EtapeLigne,
    EtatPlan,
    LigneDepense,
    LigneFinancement,
    Mouvement,
    PlanFinancement,
    TotalJour,
)
from maillage.financement.permissions import (
    check_user_can_move_ligne,
    check_user_can_send_lien,
    financeur_has_compte,
)
from maillage.financement.selectors import LIBELLES_BOUCLAGE, compute_bouclage_plan, get_montant_compte
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente, open_attente, send_courriel
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import maintenant

S = StatutLigne


def _lock_plan(plan_id: int) -> PlanFinancement:
    return (
        PlanFinancement.objects.select_for_update(of=("self",))
        .select_related("fiche__territoire__vague", "fiche__porteur")
        .get(pk=plan_id)
    )


@transaction.atomic
def open_plan(*, fiche: FicheAction, by: Auteur, date_effet: date | None = None) -> PlanFinancement:
    """Le plan de la fiche, créé s’il n’existe pas encore."""
    plan, cree = PlanFinancement.objects.get_or_create(fiche=fiche)
    if cree:
        record(events.PLAN_OUVERT, cible=plan, territoire=fiche.territoire.cle, by=by, date_effet=date_effet)
        _refresh_bouclage(plan, by, check_date_effet(date_effet))
    return plan


@transaction.atomic
def update_plan(*, plan: PlanFinancement, by: Auteur, version_lue: int, **champs: Any) -> PlanFinancement:
    """Change le cadre du plan : type_porteur, is_investissement, depense_eligible (centimes), exception_participation."""
    plan = _lock_plan(plan.pk)
    if plan.version != version_lue:
        raise ConflitEdition(
            "Le plan a été enregistré par quelqu’un d’autre entre-temps. Relisez-le, puis enregistrez de nouveau."
        )
    avant = {champ: getattr(plan, champ) for champ in champs}
    changes = {champ: valeur for champ, valeur in champs.items() if avant[champ] != valeur}
    if not changes:
        return plan
    if changes.get("exception_participation", "") not in ("", *modele.get_exceptions()):
        raise ActionImpossible(
            "Cette exception à la part minimale n’est pas connue\u00a0: choisissez-en une dans la liste."
        )
    for champ, valeur in changes.items():
        setattr(plan, champ, valeur)
    plan.version += 1
    plan.save()
    record(
        events.PLAN_MODIFIE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        avant={champ: avant[champ] for champ in changes},
        apres=changes,
    )
    _refresh_bouclage(plan, by, check_date_effet(None))
    return plan


@transaction.atomic
def update_cadre(*, fiche: FicheAction, by: Auteur, version_lue: int, **champs: Any) -> PlanFinancement:
    """Change le cadre du plan de la fiche, ouvert au besoin (mêmes champs et mêmes refus que `update_plan`)."""
    return update_plan(plan=open_plan(fiche=fiche, by=by), by=by, version_lue=version_lue, **champs)


@transaction.atomic
def add_depense(
    *,
    fiche: FicheAction,
    nature: NatureDepense,
    libelle: str,
    montant: int,
    by: Auteur,
    annee: int | None = None,
    date_effet: date | None = None,
) -> LigneDepense:
    """Ajoute une dépense (centimes, > 0) au plan de la fiche."""
    jour = check_date_effet(date_effet)
    plan = _lock_plan(open_plan(fiche=fiche, by=by, date_effet=jour).pk)
    _check_montant(montant)
    if plan.sans_besoin_depuis:
        raise ActionImpossible(
            "La fiche est déclarée sans besoin financier\u00a0: levez d’abord cette déclaration."
        )
    depense = LigneDepense.objects.create(
        plan=plan, nature=nature, libelle=libelle.strip(), montant=montant, annee=annee
    )
    record(
        events.DEPENSE_AJOUTEE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        apres={"libelle": depense.libelle, "montant": montant},
        date_effet=jour,
    )
    _refresh_bouclage(plan, by, jour)
    return depense


@transaction.atomic
def update_depense(
    *, depense: LigneDepense, by: Auteur, nature: NatureDepense, libelle: str, montant: int, annee: int | None
) -> LigneDepense:
    """Change une dépense (centimes, > 0)."""
    plan = _lock_plan(depense.plan_id)
    _check_montant(montant)
    depense = _get_depense(depense.pk)
    avant = {"libelle": depense.libelle, "montant": depense.montant}
    depense.nature, depense.libelle, depense.montant, depense.annee = nature, libelle.strip(), montant, annee
    depense.save()
    record(
        events.DEPENSE_MODIFIEE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        avant=avant,
        apres={"libelle": depense.libelle, "montant": montant},
    )
    _refresh_bouclage(plan, by, check_date_effet(None))
    return depense


@transaction.atomic
def delete_depense(*, depense: LigneDepense, by: Auteur) -> None:
    """Retire une dépense ; le journal garde son libellé et son montant."""
    plan = _lock_plan(depense.plan_id)
    depense = _get_depense(depense.pk)
    avant = {"libelle": depense.libelle, "montant": depense.montant}
    depense.delete()
    record(events.DEPENSE_RETIREE, cible=plan, territoire=plan.fiche.territoire.cle, by=by, avant=avant)
    _refresh_bouclage(plan, by, check_date_effet(None))


def _get_depense(depense_id: int) -> LigneDepense:
    depense = LigneDepense.objects.filter(pk=depense_id).first()
    if depense is None:
        raise ActionImpossible("Quelqu’un a retiré cette dépense entre-temps\u00a0: relisez le plan.")
    return depense


@transaction.atomic
def declare_sans_besoin(
    *, fiche: FicheAction, motif: str, by: Auteur, date_effet: date | None = None
) -> PlanFinancement:
    """Déclare que la fiche ne demande pas d’argent, avec une raison. Elle ne sera jamais comptée « bouclée »."""
    jour = check_date_effet(date_effet)
    plan = _lock_plan(open_plan(fiche=fiche, by=by, date_effet=jour).pk)
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi la fiche n’a pas besoin d’argent.")
    if plan.cout_total or plan.lignes.exclude(statut__in=policies.PERDUS).exists():
        raise ActionImpossible(
            "Le plan porte des dépenses ou des financements\u00a0: retirez-les avant de déclarer la fiche sans besoin."
        )
    plan.sans_besoin_motif, plan.sans_besoin_depuis = motif.strip(), jour
    plan.version += 1
    plan.save()
    record(
        events.SANS_BESOIN_DECLARE,
        cible=plan,
        territoire=plan.fiche.territoire.cle,
        by=by,
        motif=motif,
        date_effet=jour,
    )
    _refresh_bouclage(plan, by, jour)
    return plan


@transaction.atomic
def lift_sans_besoin(*, plan: PlanFinancement, by: Auteur) -> PlanFinancement:
    """Lève la déclaration « sans besoin financier »."""
    plan = _lock_plan(plan.pk)
    if plan.sans_besoin_depuis is None:
        raise ActionImpossible("La fiche n’est plus déclarée sans besoin financier\u00a0: relisez le plan.")
    plan.sans_besoin_motif, plan.sans_besoin_depuis = "", None
    plan.version += 1
    plan.save()
    record(events.SANS_BESOIN_LEVE, cible=plan, territoire=plan.fiche.territoire.cle, by=by)
    _refresh_bouclage(plan, by, check_date_effet(None))
    return plan


@transaction.atomic
def add_ligne(
    *,
    fiche: FicheAction,
    financeur: Organisation,
    nature: NatureLigne,
    montant: int,
    by: Auteur,
    origine: OrigineFinanceur | None = None,
    dispositif: str = "",
    date_effet: date | None = None,
) -> LigneFinancement:
    """Inscrit un financement « pressenti » (centimes, > 0) : une intention du territoire, qui n’engage personne.

    `origine` : d’où vient l’argent ; sans elle, celle du financeur (policies.get_origine).
    """
    jour = check_date_effet(date_effet)
    plan = _lock_plan(open_plan(fiche=fiche, by=by, date_effet=jour).pk)
    _check_montant(montant)
    if plan.sans_besoin_depuis:
        raise ActionImpossible(
            "La fiche est déclarée sans besoin financier\u00a0: levez d’abord cette déclaration."
        )
    if nature in (NatureLigne.AUTOFINANCEMENT, NatureLigne.EMPRUNT):
        if plan.fiche.porteur_id is None:
            raise ActionImpossible(
                "L’autofinancement est payé par le porteur\u00a0: désignez d’abord le porteur de la fiche."
            )
        if financeur.pk != plan.fiche.porteur_id:
            raise ActionImpossible(
                f"L’autofinancement et l’emprunt sont payés par le porteur, {plan.fiche.porteur}."
            )
    if origine is None:
        origine = policies.get_origine(
            type_organisation=TypeOrganisation(financeur.type),
            is_porteur=financeur.pk == plan.fiche.porteur_id,
        )
    try:
        modele.get_categorie(modele.NatureLigne(nature), modele.OrigineFinanceur(origine))
    except modele.LigneImpossible as erreur:
        raise ActionImpossible(str(erreur)) from erreur
    ligne = LigneFinancement.objects.create(
        plan=plan,
        financeur=financeur,
        nature=nature,
        origine=origine,
        dispositif=dispositif.strip(),
        montant_pressenti=montant,
        statut_depuis=jour,
    )
    EtapeLigne.objects.create(
        ligne=ligne,
        vers=S.PRESSENTI,
        montant=montant,
        date_effet=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
    )
    record(
        events.LIGNE_AJOUTEE,
        cible=ligne,
        territoire=plan.fiche.territoire.cle,
        by=by,
        apres={"financeur": financeur.nom, "montant": montant, "fiche": str(plan.fiche)},
        date_effet=jour,
    )
    _refresh_bouclage(plan, by, jour)
    return ligne


@transaction.atomic
def move_ligne(
    *,
    ligne: LigneFinancement,
    vers: StatutLigne,
    by: Any,
    montant: int | None = None,
    piece: Piece | None = None,
    fichier: "UploadedFile[Any] | None" = None,
    motif: str = "",
    numero_dossier: str = "",
    date_effet: date | None = None,
    etape_lue: int | None = None,
) -> LigneFinancement:
    """Fait avancer une ligne d’un état à un autre, au jour de l’effet, par celui qui a la main.

    `montant` (centimes) : demandé, annoncé, attesté, accordé, conventionné ; pour un versement, la somme versée ce jour
    (0 pour solder une ligne déjà toute versée).
    Aller d’« accordé » à « accordé », ou de « conventionné » à « conventionné », corrige le montant. Accorder plus que ce
    qui est demandé veut un `motif`.
    « Accordé » et au-delà demandent une `piece`, ou un `fichier` gardé comme pièce si tout le reste est bon.
    `etape_lue` : la dernière étape que la personne avait sous les yeux ; s’il y en a une plus récente, ConflitEdition
    (un même versement n’est pas compté deux fois). AccesRefuse si `by` n’a pas la main ; ActionImpossible sinon.
    """
    jour = check_date_effet(date_effet)
    plan = _lock_plan(ligne.plan_id)
    ligne = LigneFinancement.objects.select_related("financeur").get(pk=ligne.pk)
    ligne.plan = plan
    policies.check_can_move(ligne, vers)
    check_user_can_move_ligne(by, ligne, vers)
    dernieres = ligne.etapes.aggregate(etape=Max("id"), jour=Max("date_effet"))
    if etape_lue is not None and dernieres["etape"] != etape_lue:
        raise ConflitEdition(
            f"Cette ligne a avancé pendant que vous remplissiez le formulaire\u00a0: elle est «\u00a0{S(ligne.statut).label}\u00a0» depuis le "
            f"{ligne.statut_depuis:%d/%m/%Y}. Relisez ses étapes, puis recommencez s’il le faut."
        )
    if vers in policies.DEMANDE_MONTANT:
        if montant is None and vers is S.SOLLICITE:
            montant = ligne.montant_pressenti
        if montant is None:
            raise ActionImpossible(f"Indiquez le montant pour passer à «\u00a0{S(vers).label}\u00a0».")
        if vers is not S.SOLDE or montant:
            _check_montant(montant)
        elif not ligne.montant_verse:
            raise ActionImpossible(
                "Rien n’a été versé sur cette ligne\u00a0: elle ne peut pas être soldée. Constatez plutôt sa caducité."
            )
    else:
        montant = None
    if vers in policies.DEMANDE_PIECE and piece is None and fichier is None:
        raise ActionImpossible(
            f"Joignez la pièce qui prouve l’état «\u00a0{S(vers).label}\u00a0»\u00a0: arrêté, lettre, convention, avis de paiement."
        )
    if vers in policies.DEMANDE_MOTIF and not motif.strip():
        raise ActionImpossible(f"Dites pourquoi la ligne passe à «\u00a0{S(vers).label}\u00a0».")
    if vers is S.ACCORDE and montant and montant > ligne.montant_demande and not motif.strip():
        raise ActionImpossible(
            f"Le montant accordé ({format_montant(montant)}) dépasse le montant demandé "
            f"({format_montant(ligne.montant_demande)})\u00a0: vérifiez-le, ou dites dans le motif pourquoi vous accordez plus."
        )
    if dernieres["jour"] and jour < dernieres["jour"]:
        raise ActionImpossible(
            f"Le dernier pas de cette ligne date du {dernieres['jour']:%d/%m/%Y}\u00a0: la date d’effet ne peut pas venir avant."
        )
    avant = S(ligne.statut)
    deltas = _deltas(ligne, vers, montant)
    if fichier is not None:
        piece = store_piece(
            contenu=fichier,
            nom=fichier.name or "",
            by=by,
            description=f"{ligne.financeur}\u00a0: {S(vers).label}",
        )
    etape = EtapeLigne.objects.create(
        ligne=ligne,
        vers=vers,
        montant=montant,
        date_effet=jour,
        enregistre_at=maintenant(),
        enregistre_by=str(by),
        piece=piece,
        motif=motif.strip(),
    )
    for mesure, delta in deltas.items():
        champ = f"montant_{mesure.value}"
        setattr(ligne, champ, getattr(ligne, champ) + delta)
        _write_mouvement(etape, ligne, mesure, delta, jour)
    if not (vers is avant and vers in policies.CORRIGIBLES):
        ligne.statut, ligne.statut_depuis = vers, jour
    ligne.numero_dossier = numero_dossier.strip() or ligne.numero_dossier
    ligne.save()
    _update_attentes(ligne, vers, jour, by)
    record(
        events.LIGNE_AVANCEE,
        cible=ligne,
        territoire=plan.fiche.territoire.cle,
        by=by,
        motif=motif,
        avant={"statut": avant.label},
        apres={
            "statut": S(vers).label,
            "montant": montant,
            "financeur": ligne.financeur.nom,
            "fiche": str(plan.fiche),
        },
        date_effet=jour,
    )
    _refresh_bouclage(plan, by, jour)
    return ligne


def _deltas(ligne: LigneFinancement, vers: StatutLigne, montant: int | None) -> dict[Mesure, int]:
    """Ce qu’un pas change à chaque mesure (centimes signés). Les montants sont cumulés : une demande refusée reste
    demandée ; un accord retiré ou caduc sort de l’accordé et du conventionné, sauf ce qui est déjà versé. La convention
    ramène l’accordé à ce qu’elle prévoit, car le reste ne pourra pas être versé ; corrigée, elle peut remonter jusqu’à
    la dernière décision du financeur."""
    somme = montant or 0
    deltas: dict[Mesure, int] = {}
    if vers is S.SOLLICITE:
        deltas[Mesure.DEMANDE] = somme - ligne.montant_demande
    elif vers is S.ANNONCE:
        deltas[Mesure.ANNONCE] = somme - ligne.montant_annonce
    elif vers is S.ATTESTE:
        deltas[Mesure.ATTESTE] = somme - ligne.montant_atteste
    elif vers is S.ACCORDE:
        deltas[Mesure.ACCORDE] = somme - ligne.montant_accorde
        deltas[Mesure.ATTESTE] = -ligne.montant_atteste
    elif vers is S.CONVENTIONNE:
        decide = _get_montant_decide(ligne)
        if somme > decide:
            raise ActionImpossible(
                f"Le montant conventionné ({format_montant(somme)}) dépasse le montant accordé ({format_montant(decide)})."
            )
        deltas[Mesure.CONVENTIONNE] = somme - ligne.montant_conventionne
        deltas[Mesure.ACCORDE] = somme - ligne.montant_accorde
    elif vers in (S.VERSE_PARTIEL, S.SOLDE):
        plafond = ligne.montant_conventionne or ligne.montant_accorde
        if ligne.montant_verse + somme > plafond:
            raise ActionImpossible(
                f"Avec ce versement, {format_montant(ligne.montant_verse + somme)} seraient versés pour "
                f"{format_montant(plafond)} {'conventionnés' if ligne.montant_conventionne else 'accordés'}."
            )
        deltas[Mesure.VERSE] = somme
        if vers is S.SOLDE:
            verse = ligne.montant_verse + somme
            deltas[Mesure.ACCORDE] = verse - ligne.montant_accorde
            if ligne.montant_conventionne:
                deltas[Mesure.CONVENTIONNE] = verse - ligne.montant_conventionne
    elif vers in policies.PERDUS:
        deltas[Mesure.ATTESTE] = -ligne.montant_atteste
        if ligne.montant_accorde:
            deltas[Mesure.ACCORDE] = ligne.montant_verse - ligne.montant_accorde
        if ligne.montant_conventionne:
            deltas[Mesure.CONVENTIONNE] = ligne.montant_verse - ligne.montant_conventionne
    return {mesure: delta for mesure, delta in deltas.items() if delta}


def _get_montant_decide(ligne: LigneFinancement) -> int:
    """Ce que la dernière décision du financeur accorde (centimes), avant que la convention ne le ramène."""
    return int(ligne.etapes.filter(vers=S.ACCORDE).latest("id").montant or 0)


def _write_mouvement(
    etape: EtapeLigne, ligne: LigneFinancement, mesure: Mesure, delta: int, jour: date
) -> None:
    territoire = ligne.plan.fiche.territoire
    dimensions: dict[str, Any] = {
        "financeur_id": ligne.financeur_id,
        "region_id": territoire.region_id,
        "vague_id": territoire.vague_id,
        "is_fictif": territoire.is_fictif,
        "is_part_propre": ligne.nature in (NatureLigne.AUTOFINANCEMENT, NatureLigne.EMPRUNT),
        "mesure": mesure,
        "jour": jour,
    }
    Mouvement.objects.create(
        etape=etape,
        ligne=ligne,
        centimes=delta,
        enregistre_at=etape.enregistre_at,
        territoire=territoire,
        **dimensions,
    )
    total, _ = TotalJour.objects.get_or_create(**dimensions)
    TotalJour.objects.filter(pk=total.pk).update(centimes=F("centimes") + delta)


def _update_attentes(ligne: LigneFinancement, vers: StatutLigne, jour: date, by: Any) -> None:
    fiche = ligne.plan.fiche
    close_attente(code="financement.repondre", objet=ligne)
    if vers in policies.EN_ATTENTE_DU_FINANCEUR:
        open_acces(fiche=fiche, organisation=ligne.financeur, motif="financeur", by=by)
        phrase = "Confirmer la pièce déposée pour" if vers is S.ATTESTE else "Répondre à la demande de"
        open_attente(
            code="financement.repondre",
            objet=ligne,
            organisation=ligne.financeur,
            territoire=fiche.territoire.cle,
            territoire_nom=fiche.territoire.nom,
            libelle=f"{phrase} {format_montant(ligne.montant_demande)}\u00a0: {fiche}",
            url=get_ligne_url(ligne),
            depuis=jour,
        )
    if vers is S.SOLLICITE and ligne.financeur.courriel:
        send_courriel(
            destinataire=ligne.financeur.courriel,
            gabarit="ligne_sollicitee",
            contexte={
                "ligne": ligne,
                "fiche": fiche,
                "montant": format_montant(ligne.montant_demande),
                "url": get_ligne_url(ligne),
            },
            motif=f"{ligne.financeur} est sollicité pour cette action",
        )


def get_ligne_url(ligne: LigneFinancement) -> str:
    """Adresse de la page où un financeur répond à la ligne."""
    return reverse("ligne-detail", args=[ligne.pk])


def _check_montant(montant: int) -> None:
    if montant <= 0:
        raise ActionImpossible("Indiquez un montant supérieur à zéro.")


def _refresh_bouclage(plan: PlanFinancement, by: Auteur, jour: date) -> None:
    """Recalcule le coût et l’état du bouclage ; un changement de l’un ou de l’autre est daté, et l’état est raconté.

    L’état tient compte de tous les faits connus : il vaut donc depuis le plus récent d’entre eux, même si celui qu’on
    enregistre est plus ancien.
    """
    dernier = plan.etats.order_by("-date_effet", "-id").first()
    jour = max(jour, dernier.date_effet) if dernier else jour
    plan.cout_total = plan.depenses.aggregate(s=Sum("montant"))["s"] or 0
    avant = plan.code_bouclage
    bouclage = compute_bouclage_plan(plan, jour=jour)
    plan.code_bouclage = bouclage.code.value
    plan.save(update_fields=["cout_total", "code_bouclage"])
    if dernier is None or (dernier.code, dernier.cout_total) != (plan.code_bouclage, plan.cout_total):
        EtatPlan.objects.create(
            plan=plan,
            code=plan.code_bouclage,
            cout_total=plan.cout_total,
            date_effet=jour,
            enregistre_at=maintenant(),
        )
    if avant != plan.code_bouclage:
        record(
            events.BOUCLAGE_CHANGE,
            cible=plan,
            territoire=plan.fiche.territoire.cle,
            by=by,
            avant={"code": avant, "libelle": LIBELLES_BOUCLAGE[avant]},
            apres={"code": plan.code_bouclage, "libelle": LIBELLES_BOUCLAGE[plan.code_bouclage]},
            date_effet=jour,
        )


def follow_porteur(*, fiche: FicheAction, by: Auteur, jour: date, **_: Any) -> None:
    """Recalcule le bouclage quand le porteur de la fiche change : les règles dépendent de ce qu’il est."""
    plan = PlanFinancement.objects.filter(fiche=fiche).first()
    if plan:
        _refresh_bouclage(_lock_plan(plan.pk), by, jour)


@transaction.atomic
def send_lien_ligne(*, ligne: LigneFinancement, nom: str, by: Personne) -> str:
    """Envoie à l’adresse de contact du financeur, qui n’a pas de compte, un lien pour répondre à la ligne ; rend
    l’adresse du lien. `nom` : à qui, chez lui, le lien est destiné.

    AccesRefuse si `by` n’est pas de l’équipe du territoire ; ActionImpossible si le financeur n’a rien à répondre, a un
    compte, ou n’a pas d’adresse de contact.
    """
    ligne = LigneFinancement.objects.select_related("financeur", "plan__fiche__territoire__vague").get(
        pk=ligne.pk
    )
    check_user_can_send_lien(by, ligne)
    if refus := policies.say_lien_impossible(ligne, has_compte=financeur_has_compte(ligne.financeur)):
        raise ActionImpossible(refus)
    if not nom.strip():
        raise ActionImpossible("Donnez le nom de la personne à qui le lien est envoyé.")
    fiche = ligne.plan.fiche
    _, jeton = create_lien_personnel(
        but=ButLien.REPONDRE_LIGNE,
        objet=ligne,
        organisation=ligne.financeur,
        nom=nom.strip(),
        email=ligne.financeur.courriel,
        by=by,
        territoire=fiche.territoire.cle,
    )
    url = settings.ADRESSE_PUBLIQUE + reverse("lien-ouvrir", args=[jeton])
    send_courriel(
        destinataire=ligne.financeur.courriel,
        gabarit="lien_ligne",
        contexte={
            "nom": nom.strip(),
            "ligne": ligne,
            "fiche": fiche,
            "montant": format_montant(get_montant_compte(ligne)),
            "url": url,
            "by": by,
        },
        motif=f"{ligne.financeur} est sollicité pour cette action",
    )
    return url
