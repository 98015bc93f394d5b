"""Une seule question, pour toute la maison : cette personne a-t-elle cette permission sur ce territoire, aujourd’hui ?

Un mandat ouvre un territoire ; une fonction ouvre ceux du ressort de son organisation (région, département,
EPCI membre, ou tous pour la délégation nationale et l’administrateur). Ce qui n’est pas à soi est un 404 :
les pages partent de `visible_to`.
"""

from typing import Any

from django.db.models import Q, QuerySet

from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_TERRITOIRE
from maillage.socle.erreurs import AccesRefuse
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import (
    AvisPerimetre,
    DemandePerimetre,
    Mandat,
    Perimetre,
    Referent,
    Territoire,
    TerritoireQuerySet,
)


def _mandats(user: Personne) -> list[Mandat]:
    if not hasattr(user, "_mandats_du_jour"):
        user._mandats_du_jour = list(Mandat.objects.du_jour().filter(personne=user))  # type: ignore[attr-defined]
    return user._mandats_du_jour  # type: ignore[attr-defined,no-any-return]


def q_territoires(user: Any, permission: Permission) -> Q:
    """Condition sur Territoire : ceux où `user` a `permission` aujourd’hui."""
    rien = Q(pk__in=[])
    if not isinstance(user, Personne):
        return rien
    condition = rien
    ids = [m.territoire_id for m in _mandats(user) if permission in ROLES_TERRITOIRE[m.role].permissions]
    if ids:
        condition |= Q(pk__in=ids)
    for fonction in user.get_fonctions():
        if permission not in ROLES_ORGANISATION[fonction.role].permissions:
            continue
        organisation = fonction.organisation
        if fonction.role in ("national", "administrateur"):
            return Q()
        if fonction.role == "epci" and organisation.epci_id:
            membres = Perimetre.objects.at(aujourdhui()).filter(epci_id=organisation.epci_id)
            condition |= Q(pk__in=membres.values("territoire_id"))
        if fonction.role == "region" and organisation.region_id:
            condition |= Q(
                pk__in=Territoire.regions.through.objects.filter(region_id=organisation.region_id).values(
                    "territoire_id"
                )
            )
        if fonction.role == "prefecture":
            if organisation.departement_id:
                condition |= Q(
                    pk__in=Territoire.departements.through.objects.filter(
                        departement_id=organisation.departement_id
                    ).values("territoire_id")
                )
            elif organisation.region_id:
                condition |= Q(
                    pk__in=Territoire.regions.through.objects.filter(region_id=organisation.region_id).values(
                        "territoire_id"
                    )
                )
    return condition


def territoires_for(user: Any, permission: Permission = Permission.TERRITOIRE_READ) -> TerritoireQuerySet:
    """Territoires où `user` a `permission` aujourd’hui."""
    return Territoire.objects.filter(q_territoires(user, permission))


def has_permission(user: Any, permission: Permission, territoire: Territoire) -> bool:
    """Vrai si `user` a `permission` sur `territoire` aujourd’hui, par mandat ou par le ressort de son organisation."""
    cache = user.__dict__.setdefault("_permissions_par_territoire", {})
    cle = (permission, territoire.pk)
    if cle not in cache:
        cache[cle] = territoires_for(user, permission).filter(pk=territoire.pk).exists()
    return bool(cache[cle])


def has_permission_nationale(user: Any, permission: Permission) -> bool:
    """Vrai si une fonction de `user` porte `permission` sans être attachée à un territoire."""
    if not isinstance(user, Personne):
        return False
    return any(permission in ROLES_ORGANISATION[f.role].permissions for f in user.get_fonctions())


def check_permission(user: Any, permission: Permission, territoire: Territoire) -> None:
    """Refuse (403) avec une phrase si `user` n’a pas `permission` sur `territoire`."""
    if not has_permission(user, permission, territoire):
        raise AccesRefuse(PHRASES_REFUS[permission].format(territoire=territoire))


def organisations_for_referents(user: Any) -> QuerySet[Organisation]:
    """Opérateurs dont `user` peut nommer les référents : les siens ; tous, pour une équipe de territoire ou le national."""
    attendus = Organisation.objects.filter(type=TypeOrganisation.OPERATEUR).order_by("nom")
    if not isinstance(user, Personne):
        return attendus.none()
    if territoires_for(user, Permission.REFERENT_NAME).exists():
        return attendus
    siens = {
        f.organisation_id
        for f in user.get_fonctions()
        if Permission.REFERENT_NAME in ROLES_ORGANISATION[f.role].permissions
    }
    return attendus.filter(pk__in=siens)


def territoires_for_referents(user: Any) -> TerritoireQuerySet:
    """Territoires où `user` peut nommer un référent : un opérateur, partout ; une équipe, chez elle."""
    if not isinstance(user, Personne):
        return Territoire.objects.none()
    if has_permission_nationale(user, Permission.REFERENT_NAME):
        return Territoire.objects.filter(is_fictif=False)
    return territoires_for(user, Permission.REFERENT_NAME)


def can_read_referents(user: Any) -> bool:
    """L’annuaire s’ouvre à qui suit un territoire, pilote ou nomme des référents."""
    return isinstance(user, Personne) and (
        has_permission_nationale(user, Permission.REFERENT_NAME)
        or territoires_for(user, Permission.TERRITOIRE_READ).exists()
    )


def territoires_of_annuaire(user: Any) -> TerritoireQuerySet:
    """Territoires dont `user` lit les référents : les siens, et tous pour qui en nomme partout."""
    if isinstance(user, Personne) and has_permission_nationale(user, Permission.REFERENT_NAME):
        return Territoire.objects.filter(is_fictif=False)
    return territoires_for(user, Permission.TERRITOIRE_READ)


def referents_of_user(user: Any) -> QuerySet[Any]:
    """Référents que `user` peut finir : ceux de ses opérateurs, dans les territoires où il peut en nommer."""
    return Referent.objects.connus().filter(
        organisation__in=organisations_for_referents(user), territoire__in=territoires_for_referents(user)
    )


PHRASES_REFUS = {
    Permission.TERRITOIRE_READ: "Vous n’avez pas accès au territoire «\u00a0{territoire}\u00a0».",
    Permission.TERRITOIRE_UPDATE: "Seule l’équipe du territoire «\u00a0{territoire}\u00a0» peut modifier ses réglages.",
    Permission.FICHE_READ: "Vous n’avez pas accès aux fiches de «\u00a0{territoire}\u00a0».",
    Permission.FICHE_CREATE: "Seuls l’équipe de «\u00a0{territoire}\u00a0» et ses partenaires mandatés peuvent créer une fiche.",
    Permission.FICHE_UPDATE: "Seuls l’équipe de «\u00a0{territoire}\u00a0» et ses partenaires mandatés peuvent modifier ses fiches.",
    Permission.FICHE_RETAIN: "Seuls le binôme et l’équipe de «\u00a0{territoire}\u00a0» peuvent retenir ou écarter une fiche.",
    Permission.FICHE_TRANSMIT: "Seule l’équipe de «\u00a0{territoire}\u00a0» peut transmettre une fiche à la Région.",
    Permission.FICHE_INSTRUCT: "Seule la Région peut instruire les fiches de «\u00a0{territoire}\u00a0».",
    Permission.PLAN_UPDATE: "Seule l’équipe de «\u00a0{territoire}\u00a0» peut modifier un plan de financement.",
    Permission.LIGNE_REQUEST: "Seule l’équipe de «\u00a0{territoire}\u00a0» peut demander un financement.",
    Permission.LIGNE_ATTEST: "Seule l’équipe de «\u00a0{territoire}\u00a0» peut déposer une pièce reçue d’un financeur.",
    Permission.LIGNE_DECIDE: "Seul le financeur de la ligne peut y répondre.",
    Permission.ACTE_READ: "Vous n’avez pas accès aux actes de «\u00a0{territoire}\u00a0».",
    Permission.ACTE_PREPARE: "Seule l’équipe de «\u00a0{territoire}\u00a0» peut préparer un acte.",
    Permission.ACTE_SIGN: "Seul le signataire désigné peut signer.",
    Permission.COMITE_READ: "Vous n’avez pas accès aux comités de «\u00a0{territoire}\u00a0».",
    Permission.COMITE_MANAGE: "Seuls l’équipe de «\u00a0{territoire}\u00a0» et qui préside le comité ou en tient le secrétariat peuvent le faire.",
    Permission.COPIL_MANAGE: "Seule la Région tient son comité de pilotage, et la délégation nationale le sien.",
    Permission.JOURNAL_READ: "Le journal de «\u00a0{territoire}\u00a0» est réservé à ses membres.",
    Permission.PILOTAGE_READ: "Le pilotage est réservé à la délégation nationale, aux Régions et aux préfectures.",
    Permission.ETAPE_RECORD: "Seule la délégation nationale peut constater une étape de «\u00a0{territoire}\u00a0».",
    Permission.PERIMETRE_REQUEST: "Seule l’équipe de «\u00a0{territoire}\u00a0» peut demander un changement de son périmètre.",
    Permission.PERIMETRE_OPINE: "Seules les Régions concernées et les préfectures donnent un avis sur le périmètre de «\u00a0{territoire}\u00a0».",
    Permission.PERIMETRE_DECIDE: "Seule la Région chef de file de «\u00a0{territoire}\u00a0» enregistre la décision de son comité de pilotage.",
    Permission.PERIMETRE_RECORD: "Seule la délégation nationale enregistre un changement de périmètre de «\u00a0{territoire}\u00a0».",
    Permission.CHIFFRE_PUBLISH: "Seule la délégation nationale tient les chiffres publiés.",
    Permission.ATELIER_ANIMATE: "Seuls l’équipe de «\u00a0{territoire}\u00a0» et ses partenaires mandatés animent ses ateliers.",
    Permission.AVIS_RENDER: "Seuls les services et opérateurs consultés donnent un avis sur le plan de «\u00a0{territoire}\u00a0».",
    Permission.COMPTE_MANAGE: "Seul l’administrateur tient les comptes.",
    Permission.SIMULATION_MANAGE: "Les simulations sont faites par les Régions, les préfectures, les opérateurs et la délégation nationale.",
    Permission.DISPOSITIF_UPDATE: "Seuls les gens du financeur et la délégation nationale tiennent un dispositif au catalogue.",
    Permission.MANDAT_GIVE: "Seules l’équipe de «\u00a0{territoire}\u00a0» et la délégation nationale tiennent ses binômes et ses mandats.",
    Permission.REFERENT_NAME: "Seuls un opérateur, l’équipe de «\u00a0{territoire}\u00a0» et la délégation nationale nomment un référent.",
}


# --- demandes de périmètre -------------------------------------------------------------------------------------------


def demandes_visible_to(user: Any) -> QuerySet[DemandePerimetre]:
    """Les demandes d’un territoire que je lis, ou qui attendent l’avis de ma Région."""
    regions = _get_regions(user)
    return DemandePerimetre.objects.filter(
        Q(territoire__in=territoires_for(user).values("pk"))
        | Q(autre__in=territoires_for(user).values("pk"))
        | Q(pk__in=AvisPerimetre.objects.filter(region__in=regions).values("demande"))
    )


def _get_regions(user: Any) -> set[str]:
    """Régions au nom desquelles la personne donne un avis sur un périmètre."""
    if not isinstance(user, Personne):
        return set()
    return {
        str(f.organisation.region_id)
        for f in user.get_fonctions()
        if f.role == "region"
        and f.organisation.region_id
        and Permission.PERIMETRE_OPINE in ROLES_ORGANISATION[f.role].permissions
    }


def user_can_render_avis(user: Any, avis: AvisPerimetre) -> bool:
    """La Région de l’avis ; la délégation nationale peut déposer un avis reçu par courrier."""
    if has_permission_nationale(user, Permission.PERIMETRE_RECORD):
        return True
    return avis.region_id is not None and str(avis.region_id) in _get_regions(user)


def user_can_add_avis(user: Any, demande: DemandePerimetre) -> bool:
    """Une préfecture du ressort peut donner un avis qui n’est pas requis."""
    return (
        isinstance(user, Personne)
        and any(f.role == "prefecture" for f in user.get_fonctions())
        and has_permission(user, Permission.PERIMETRE_OPINE, demande.territoire)
    )


def user_can_decide_demande(user: Any, demande: DemandePerimetre) -> bool:
    """La Région chef de file du territoire porte la décision du comité de pilotage régional."""
    return demande.territoire.region_id in _get_regions(user)


def user_can_withdraw_demande(user: Any, demande: DemandePerimetre) -> bool:
    return has_permission(user, Permission.PERIMETRE_REQUEST, demande.territoire)


def user_can_record_demande(user: Any, demande: DemandePerimetre) -> bool:
    return has_permission(user, Permission.PERIMETRE_RECORD, demande.territoire)
