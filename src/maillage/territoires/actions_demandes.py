"""Le circuit d’une demande de périmètre : le territoire demande, les Régions donnent leur avis, le comité de pilotage
régional décide, la délégation nationale enregistre. Chaque pas ferme une attente et ouvre la suivante.
"""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.timezone import localdate

from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Fonction, Organisation
from maillage.documents.models import Piece
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import close_attente, open_attente
from maillage.referentiels.models import Commune, Epci, Region
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires import events
from maillage.territoires.actions import get_vies
from maillage.territoires.actions_perimetre import (
    Mouvement,
    Preuve,
    record_mutation,
)
from maillage.territoires.enums import Fiabilite, Mutation, Sens, SensAvis, StatutDemande
from maillage.territoires.models import (
    AvisPerimetre,
    DemandePerimetre,
    EvenementPerimetre,
    MembreDemande,
    Perimetre,
    Territoire,
)
from maillage.territoires.policies import (
    DECISIONS,
    DEMANDABLES,
    check_can_move,
    check_decision_date,
    check_effet,
)

ATTENTE_AVIS = "territoires.demande.avis"
ATTENTE_DECISION = "territoires.demande.decision"
ATTENTE_ENREGISTREMENT = "territoires.demande.enregistrement"
S = StatutDemande


@transaction.atomic
def request_perimetre(
    *,
    territoire: Territoire,
    mutation: Mutation,
    motif: str,
    souhaite_le: date,
    by: Auteur,
    entrent: Sequence[Epci | Commune] = (),
    sortent: Sequence[Perimetre] = (),
    autre: Territoire | None = None,
    nouveau_nom: str = "",
    site: str = "",
) -> DemandePerimetre:
    """Dépose une demande et demande leur avis à toutes les Régions concernées (celles du territoire, de l’autre, des membres).

    `sortent` : membres du territoire (ou, pour un transfert, membres de `autre` qui viendraient). Une demande impossible
    est refusée tout de suite : déjà membre, pris par un autre territoire de la phase, avant le label.
    """
    _check_demande(territoire, mutation, entrent, sortent, autre, nouveau_nom, motif)
    _check_effet([territoire, autre], souhaite_le)
    _check_pas_deja(territoire, mutation, entrent, sortent, autre, nouveau_nom)
    if mutation == Mutation.ENTREE:
        for membre in entrent:
            _check_libre(territoire, membre, souhaite_le, site)
    demande = DemandePerimetre.objects.create(
        territoire=territoire,
        mutation=mutation,
        autre=autre,
        nouveau_nom=nouveau_nom.strip(),
        motif=motif.strip(),
        souhaite_le=souhaite_le,
        statut=S.DEPOSEE,
        deposee_at=maintenant(),
        deposee_by=str(by)[:200],
    )
    MembreDemande.objects.bulk_create(
        [
            *(
                MembreDemande(
                    demande=demande,
                    sens=Sens.ENTREE,
                    epci=membre if isinstance(membre, Epci) else None,
                    commune=membre if isinstance(membre, Commune) else None,
                    site=site,
                )
                for membre in entrent
            ),
            *(
                MembreDemande(
                    demande=demande,
                    sens=Sens.ENTREE if mutation == Mutation.TRANSFERT else Sens.SORTIE,
                    epci=sejour.epci,
                    commune=sejour.commune,
                    site=sejour.site,
                )
                for sejour in sortent
            ),
        ]
    )
    record(
        events.DEMANDE_DEPOSEE,
        cible=demande,
        territoire=territoire.cle,
        by=by,
        motif=motif.strip(),
        apres={"resume": describe_demande(demande)},
    )
    for region in _list_regions(demande, entrent, sortent):
        avis = AvisPerimetre.objects.create(demande=demande, region=region)
        organisation = _find_region(region)
        _open(
            ATTENTE_AVIS,
            demande,
            f"Donner l’avis de la Région {region} : {describe_demande(demande)}",
            organisation,
            "region",
            objet=avis,
        )
    return demande


def _check_effet(territoires: Sequence[Territoire | None], effet: date) -> None:
    concernes = [territoire for territoire in territoires if territoire is not None]
    vies = get_vies(concernes)
    for territoire in concernes:
        check_effet(territoire, vies[territoire.pk], effet, effet)


def _check_pas_deja(
    territoire: Territoire,
    mutation: Mutation,
    entrent: Sequence[Epci | Commune],
    sortent: Sequence[Perimetre],
    autre: Territoire | None,
    nouveau_nom: str,
) -> None:
    """La même demande ne se dépose pas deux fois tant que la première attend."""
    voulus = {("", m.pk) if isinstance(m, Epci) else (m.pk, "") for m in entrent}
    voulus |= {(s.commune_id or "", s.epci_id or "") for s in sortent}
    pareilles = DemandePerimetre.objects.filter(
        territoire=territoire,
        mutation=mutation,
        autre=autre,
        nouveau_nom=nouveau_nom.strip(),
        statut__in=[S.DEPOSEE, S.A_DECIDER, S.AJOURNEE, S.ACCEPTEE],
    ).prefetch_related("membres")
    for demande in pareilles:
        if voulus == {(m.commune_id or "", m.epci_id or "") for m in demande.membres.all()}:
            raise ActionImpossible(
                f"Une demande identique attend déjà, depuis le {format_jour(localdate(demande.deposee_at))}\u00a0: "
                "suivez-la dans «\u00a0Demandes de périmètre\u00a0», ou retirez-la d’abord."
            )


def describe_demande(demande: DemandePerimetre) -> str:
    """« faire entrer CC A », « prendre CC B à « X » », « s’appeler « Y » »."""
    noms = ", ".join(m.nom for m in demande.membres.all())
    match Mutation(demande.mutation):
        case Mutation.RENOMMAGE:
            return f"s’appeler « {demande.nouveau_nom} »"
        case Mutation.TRANSFERT:
            return f"prendre {noms} à « {demande.autre} »"
        case Mutation.FUSION:
            return f"fusionner avec « {demande.autre} »"
        case Mutation.SORTIE:
            return f"faire sortir {noms}"
        case _:
            return f"faire entrer {noms}"


def _check_demande(
    territoire: Territoire,
    mutation: Mutation,
    entrent: Sequence[Epci | Commune],
    sortent: Sequence[Perimetre],
    autre: Territoire | None,
    nouveau_nom: str,
    motif: str,
) -> None:
    if mutation not in DEMANDABLES:
        raise ActionImpossible("Ce changement ne se demande pas : la délégation nationale l’enregistre.")
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi : les Régions et le comité de pilotage liront ce motif.")
    if mutation == Mutation.RENOMMAGE and (not nouveau_nom.strip() or nouveau_nom.strip() == territoire.nom):
        raise ActionImpossible("Donnez un nouveau nom, différent du nom présent.")
    if mutation == Mutation.ENTREE and not entrent:
        raise ActionImpossible("Dites qui entrerait : une intercommunalité ou une commune par ligne.")
    if mutation in (Mutation.SORTIE, Mutation.TRANSFERT) and not sortent:
        raise ActionImpossible("Choisissez au moins un membre.")
    if mutation in (Mutation.TRANSFERT, Mutation.FUSION):
        if autre is None or autre.pk == territoire.pk:
            raise ActionImpossible("Choisissez l’autre territoire, de la même phase.")
        if autre.vague_id != territoire.vague_id:
            raise ActionImpossible("Les deux territoires doivent être de la même phase.")
    source = autre if mutation == Mutation.TRANSFERT else territoire
    if any(source is None or sejour.territoire_id != source.pk for sejour in sortent):
        raise ActionImpossible(f"Un des membres choisis n’est pas dans « {source} » : reprenez la liste.")


def _check_libre(territoire: Territoire, membre: Epci | Commune, jour: date, site: str) -> None:
    """Qui est déjà membre, ou dans un autre territoire de la phase, n’entre pas : un transfert se demande."""
    sejours = Perimetre.objects.at(jour).filter(
        territoire__vague=territoire.vague_id, territoire__is_fictif=territoire.is_fictif, site=""
    )
    sejours = sejours.filter(epci=membre) if isinstance(membre, Epci) else sejours.filter(commune=membre)
    sejour = sejours.select_related("territoire").first()
    if sejour is None or (site and sejour.territoire_id != territoire.pk):
        return
    if sejour.territoire_id == territoire.pk:
        raise ActionImpossible(f"« {membre.nom} » est déjà membre : ôtez-le de la demande.")
    raise ActionImpossible(
        f"« {membre.nom} » est dans « {sejour.territoire} », de la même phase : demandez un transfert."
    )


def _list_regions(
    demande: DemandePerimetre, entrent: Sequence[Epci | Commune], sortent: Sequence[Perimetre]
) -> list[Region]:
    """Toutes les Régions dont l’avis est requis : un territoire interrégional les demande toutes."""
    codes = set(demande.territoire.regions.values_list("pk", flat=True)) | {demande.territoire.region_id}
    if demande.autre:
        codes |= set(demande.autre.regions.values_list("pk", flat=True))
    membres: list[Epci | Commune | None] = [*entrent, *(s.epci or s.commune for s in sortent)]
    for membre in membres:
        if membre is None:
            continue
        codes.add(membre.region_id)
        if isinstance(membre, Epci):
            codes |= set(membre.communes.values_list("region_id", flat=True))
    return list(Region.objects.filter(pk__in=codes).order_by("pk"))


def _find_region(region: Region) -> Organisation | None:
    return Organisation.objects.filter(type=TypeOrganisation.REGION, region=region).order_by("pk").first()


def _open(
    code: str,
    demande: DemandePerimetre,
    libelle: str,
    organisation: Organisation | None,
    role: str,
    objet: AvisPerimetre | None = None,
) -> None:
    open_attente(
        code=code,
        objet=objet or demande,
        territoire=demande.territoire.cle,
        territoire_nom=demande.territoire.nom,
        libelle=libelle,
        url=reverse("demande-perimetre", args=[demande.pk]),
        organisation=organisation,
        role="" if organisation else role,
    )


def _lock(demande: DemandePerimetre) -> DemandePerimetre:
    return (
        DemandePerimetre.objects.select_for_update(of=("self",))
        .select_related("territoire__vague", "territoire__region", "autre__vague")
        .get(pk=demande.pk)
    )


@transaction.atomic
def render_avis(
    *,
    avis: AvisPerimetre,
    sens: SensAvis,
    texte: str,
    by: Auteur,
    rendu_le: date | None = None,
    piece: Piece | None = None,
    recu: bool = False,
) -> AvisPerimetre:
    """Donne l’avis attendu d’une Région. `recu` : déposé pour elle, d’après un document (`piece` alors requise).

    Le dernier avis requis ouvre la décision au comité de pilotage régional.
    """
    demande = _lock(avis.demande)
    avis = AvisPerimetre.objects.select_related("region", "organisation").get(pk=avis.pk)
    if demande.statut != S.DEPOSEE:
        raise ActionImpossible(
            f"Cette demande est « {S(demande.statut).label} » : les avis ne sont plus attendus."
        )
    if avis.sens:
        raise ActionImpossible("Cet avis est déjà donné : il ne change plus.")
    _write_avis(demande, avis, sens, texte, by, rendu_le, piece, recu)
    close_attente(code=ATTENTE_AVIS, objet=avis)
    if not demande.avis.filter(is_requis=True, sens="").exists():
        _move(demande, S.A_DECIDER)
        _open(
            ATTENTE_DECISION,
            demande,
            f"Décider en comité de pilotage régional : {describe_demande(demande)}",
            _find_region(demande.territoire.region),
            "region",
        )
    return avis


@transaction.atomic
def add_avis(
    *,
    demande: DemandePerimetre,
    organisation: Organisation,
    sens: SensAvis,
    texte: str,
    by: Auteur,
    piece: Piece | None = None,
) -> AvisPerimetre:
    """Ajoute un avis qui n’est pas requis (préfecture) : il éclaire la décision, il ne la retient pas."""
    demande = _lock(demande)
    if demande.statut not in (S.DEPOSEE, S.A_DECIDER, S.AJOURNEE):
        raise ActionImpossible(
            f"Cette demande est « {S(demande.statut).label} » : elle n’attend plus d’avis."
        )
    if demande.avis.filter(organisation=organisation).exists():
        raise ActionImpossible(f"{organisation} a déjà donné son avis : il ne change plus.")
    avis = AvisPerimetre(demande=demande, organisation=organisation, is_requis=False)
    _write_avis(demande, avis, sens, texte, by, None, piece, recu=False)
    return avis


def _write_avis(
    demande: DemandePerimetre,
    avis: AvisPerimetre,
    sens: SensAvis,
    texte: str,
    by: Auteur,
    rendu_le: date | None,
    piece: Piece | None,
    recu: bool,
) -> None:
    if sens not in SensAvis.values:
        raise ActionImpossible("Choisissez le sens de l’avis.")
    if sens != SensAvis.FAVORABLE and not texte.strip():
        raise ActionImpossible("Motivez l’avis : le territoire doit comprendre la réserve ou le refus.")
    if recu and piece is None:
        raise ActionImpossible("Un avis reçu se dépose avec le document reçu.")
    rendu_le = rendu_le or aujourdhui()
    if rendu_le > aujourdhui():
        raise ActionImpossible("Un avis ne peut pas être rendu dans l’avenir : corrigez la date.")
    avis.sens, avis.texte, avis.rendu_le, avis.piece = sens, texte.strip(), rendu_le, piece
    avis.rendu_by = f"avis reçu par écrit, versé par {by}"[:200] if recu else str(by)[:200]
    avis.save()
    record(
        events.AVIS_RENDU,
        cible=demande,
        territoire=demande.territoire.cle,
        by=by,
        motif=texte.strip(),
        apres={"de": avis.de, "avis": SensAvis(sens).label},
        date_effet=rendu_le,
    )


def _move(demande: DemandePerimetre, vers: StatutDemande) -> None:
    check_can_move(demande, vers)
    demande.statut = vers
    demande.save()


@transaction.atomic
def decide_demande(
    *,
    demande: DemandePerimetre,
    decision: StatutDemande,
    instance: str,
    decide_le: date,
    by: Auteur,
    piece: Piece | None = None,
    motif: str = "",
    effet_le: date | None = None,
    organisation: Organisation | None = None,
) -> DemandePerimetre:
    """Enregistre ce que le comité de pilotage régional a décidé : accepter (avec sa date d’effet), ajourner ou refuser.

    La décision est un acte : une instance, un jour, un document quand elle accepte, un motif quand elle ne le fait pas.
    """
    demande = _lock(demande)
    if decision not in DECISIONS:
        raise ActionImpossible("Choisissez la décision : acceptée, ajournée ou refusée.")
    check_can_move(demande, decision)
    if not instance.strip():
        raise ActionImpossible("Dites quelle instance a décidé.")
    if decide_le > aujourdhui():
        raise ActionImpossible("Une décision ne peut pas être datée de l’avenir : corrigez la date.")
    if decision == S.ACCEPTEE and piece is None:
        raise ActionImpossible("Joignez le relevé de décisions : il sera la preuve du nouveau périmètre.")
    if decision != S.ACCEPTEE and not motif.strip():
        raise ActionImpossible("Donnez le motif : le territoire doit comprendre la décision.")
    dernier_avis = demande.avis.aggregate(m=Max("rendu_le"))["m"]
    check_decision_date(demande, decide_le, dernier_avis, motif)
    effet = (effet_le or demande.souhaite_le) if decision == S.ACCEPTEE else None
    if effet is not None:
        _check_effet([demande.territoire, demande.autre], effet)
    demande.instance, demande.decide_le, demande.piece = instance.strip(), decide_le, piece
    demande.motif_decision, demande.effet_le, demande.organisation = motif.strip(), effet, organisation
    _move(demande, decision)
    record(
        events.DEMANDE_DECIDEE,
        cible=demande,
        territoire=demande.territoire.cle,
        by=by,
        motif=motif.strip(),
        apres={"instance": instance.strip(), "decision": S(decision).label.split(",")[0]},
        date_effet=decide_le,
    )
    if decision == S.AJOURNEE:
        return demande
    close_attente(code=ATTENTE_DECISION, objet=demande)
    if decision == S.ACCEPTEE:
        delegation = (
            Fonction.objects.at(aujourdhui())
            .filter(role=RoleOrganisation.NATIONAL)
            .select_related("organisation")
            .order_by("pk")
            .first()
        )
        _open(
            ATTENTE_ENREGISTREMENT,
            demande,
            f"Enregistrer le changement décidé : {describe_demande(demande)}",
            delegation.organisation if delegation else None,
            "national",
        )
    return demande


@transaction.atomic
def withdraw_demande(*, demande: DemandePerimetre, motif: str, by: Auteur) -> DemandePerimetre:
    """Le territoire retire sa demande tant qu’elle n’est pas décidée."""
    demande = _lock(demande)
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi vous retirez la demande.")
    _move(demande, S.RETIREE)
    for avis in demande.avis.all():
        close_attente(code=ATTENTE_AVIS, objet=avis)
    close_attente(code=ATTENTE_DECISION, objet=demande)
    record(
        events.DEMANDE_RETIREE, cible=demande, territoire=demande.territoire.cle, by=by, motif=motif.strip()
    )
    return demande


@transaction.atomic
def record_demande(*, demande: DemandePerimetre, by: Auteur) -> EvenementPerimetre:
    """La délégation nationale enregistre le changement accepté : il devient un évènement, à sa date d’effet."""
    demande = _lock(demande)
    check_can_move(demande, S.ENREGISTREE)
    if demande.effet_le is None or demande.decide_le is None:
        raise ActionImpossible("La décision n’a pas de date d’effet : la Région doit la compléter.")
    territoire, autre = demande.territoire, demande.autre
    effet = demande.effet_le
    mouvements: list[Mouvement] = []
    for membre in demande.membres.select_related("epci", "commune"):
        ici = Mouvement(territoire, Sens(membre.sens), membre.epci, membre.commune, membre.site)
        if demande.mutation == Mutation.TRANSFERT and autre is not None:
            mouvements.append(Mouvement(autre, Sens.SORTIE, membre.epci, membre.commune, membre.site))
        mouvements.append(ici)
    if demande.mutation == Mutation.FUSION and autre is not None:
        for sejour in Perimetre.objects.at(effet).filter(territoire=autre).select_related("epci", "commune"):
            mouvements += [
                Mouvement(autre, Sens.SORTIE, sejour.epci, sejour.commune, sejour.site),
                Mouvement(territoire, Sens.ENTREE, sejour.epci, sejour.commune, sejour.site),
            ]
    evenement = record_mutation(
        mutation=Mutation(demande.mutation),
        territoire=territoire,
        debut=effet,
        preuve=Preuve(
            source=f"{demande.instance}, décision du {format_jour(demande.decide_le)}",
            fiabilite=Fiabilite.PLATEFORME,
            instance=demande.instance,
            organisation=demande.organisation,
            decide_le=demande.decide_le,
            piece=demande.piece,
            remarque=demande.motif,
        ),
        mouvements=mouvements,
        autres=[autre] if autre is not None else [],
        nouveau_nom=demande.nouveau_nom,
        by=by,
    )
    demande.evenement = evenement
    _move(demande, S.ENREGISTREE)
    close_attente(code=ATTENTE_ENREGISTREMENT, objet=demande)
    record(events.DEMANDE_ENREGISTREE, cible=demande, territoire=territoire.cle, by=by, date_effet=effet)
    return evenement
