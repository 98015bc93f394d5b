"""Les espaces d’une personne : une carte par rôle tenu, et le menu de chacun. Une entrée n’existe que si elle mène quelque part."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from maillage.comptes.enums import RoleOrganisation
from maillage.comptes.models import Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.permissions_comptes import user_can_manage_comptes
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.equipes.selectors import can_open_equipe
from maillage.financement.selectors import lignes_of_financeur
from maillage.gouvernance.models import MembreComite
from maillage.gouvernance.permissions import user_can_create_copil
from maillage.instruction.permissions import dossiers_visible_to
from maillage.pilotage.selectors_espaces import fiches_carried_by, reads_all_organisations
from maillage.programmation.permissions import user_can_simulate
from maillage.socle.erreurs import AccesRefuse
from maillage.socle.horloge import aujourdhui
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Mandat
from maillage.territoires.permissions import (
    can_read_referents,
    demandes_visible_to,
    has_permission_nationale,
    territoires_for,
)
from maillage.www.commun import Chemin, MenuEspace
from maillage.www.contexte import Entree


@dataclass(frozen=True)
class CarteEspace:
    """Un espace ouvert à la personne : à quel titre, et ce qu’on y fait."""

    titre: str
    role: str
    phrase: str
    url: str
    is_fictif: bool = False


PHRASES_MANDAT: dict[str, str] = {
    RoleMandat.CHEF_PROJET: "Écrire les fiches, chercher l’argent, préparer les actes.",
    RoleMandat.ELU: "Suivre le territoire, retenir les fiches.",
    RoleMandat.INDUSTRIEL: "Suivre le territoire, retenir les fiches.",
    RoleMandat.PARTENAIRE: "Aider à écrire les fiches.",
    RoleMandat.REFERENT_ETAT: "Suivre le territoire.",
}


PERMISSIONS_DEMANDES = (Permission.PERIMETRE_OPINE, Permission.PERIMETRE_RECORD)
PERMISSIONS_ORGANISATIONS = (Permission.COMPTE_MANAGE, Permission.CHIFFRE_PUBLISH)


def build_cartes(user: Personne) -> list[CarteEspace]:
    """Une carte par mandat, puis par métier."""
    mandats = (
        Mandat.objects.du_jour()
        .filter(personne=user)
        .select_related("territoire__vague")
        .order_by("territoire__nom", "role", "id")
    )
    cartes = [
        CarteEspace(
            m.territoire.nom,
            f"{m.get_role_display()}, phase {m.territoire.vague.numero}",
            PHRASES_MANDAT[m.role],
            m.territoire.get_espace_url(),
            m.territoire.is_fictif,
        )
        for m in mandats
    ]
    if can_open_national(user):
        cartes.append(
            CarteEspace(
                "Programme",
                _noms(user, Permission.ETAPE_RECORD),
                "Voir ce qui attend, les alertes et les régions d’un coup d’œil.",
                reverse("espace-national"),
            )
        )
    if user.get_fonctions() and territoires_for(user, Permission.TERRITOIRE_READ).exists():
        organisations = _noms(user, Permission.TERRITOIRE_READ)
        if organisations:
            cartes.append(
                CarteEspace(
                    "Mes territoires",
                    organisations,
                    "Voir où en est chaque territoire de votre ressort.",
                    reverse("espace-territoires"),
                )
            )
    if has_permission_nationale(user, Permission.FICHE_INSTRUCT):
        cartes.append(
            CarteEspace(
                "Région",
                _noms(user, Permission.FICHE_INSTRUCT),
                "Instruire les fiches transmises par vos territoires.",
                reverse("espace-region"),
            )
        )
    if can_open_financeur(user):
        cartes.append(
            CarteEspace(
                "Financeur",
                _noms(user, Permission.LIGNE_DECIDE),
                "Répondre aux demandes, suivre vos engagements.",
                reverse("espace-financeur"),
            )
        )
    if can_open_porteur(user):
        cartes.append(
            CarteEspace(
                "Mes actions",
                _noms(user),
                "Suivre les actions portées par votre organisation.",
                reverse("espace-porteur"),
            )
        )
    if has_permission_nationale(user, Permission.PILOTAGE_READ):
        cartes.append(
            CarteEspace(
                "Pilotage",
                _noms(user, Permission.PILOTAGE_READ),
                "Lire les chiffres à toute date, comparer deux jours.",
                reverse("pilotage"),
            )
        )
    if user_can_simulate(user):
        cartes.append(
            CarteEspace(
                "Simulations",
                _noms(user, Permission.SIMULATION_MANAGE),
                "Avec telles enveloppes, voir quelles fiches peuvent être bouclées.",
                reverse("simulations"),
            )
        )
    if can_open_comites(user):
        cartes.append(
            CarteEspace(
                "Comités",
                _noms(user),
                "Préparer un COPIL, retrouver les séances des comités où vous siégez.",
                reverse("comite-miens"),
            )
        )
    if can_open_dossiers(user):
        cartes.append(
            CarteEspace(
                "Plans à instruire",
                _noms(user, Permission.AVIS_RENDER),
                "Lire les plans d’actions transmis à la Région, donner un avis, suivre les échéances.",
                reverse("dossiers"),
            )
        )
    if can_open_demandes(user):
        cartes.append(
            CarteEspace(
                "Demandes de périmètre",
                _noms(user, *PERMISSIONS_DEMANDES),
                "Donner un avis, décider, enregistrer un changement de membres ou de nom.",
                reverse("demandes-perimetre"),
            )
        )
    if has_permission_nationale(user, Permission.PERIMETRE_RECORD):
        cartes.append(
            CarteEspace(
                "Listes de territoires",
                _noms(user, Permission.PERIMETRE_RECORD),
                "Comparer une liste publique, puis appliquer ce qu’elle change.",
                reverse("listes-territoires"),
            )
        )
    if can_open_organisations(user):
        cartes.append(
            CarteEspace(
                "Organisations",
                _noms(user, *PERMISSIONS_ORGANISATIONS),
                "Tenir les organisations, leurs adresses et leurs gens.",
                reverse("organisations"),
            )
        )
    elif can_read_organisations(user):
        cartes.append(
            CarteEspace(
                "Organisations",
                "Annuaire",
                "Chercher une organisation, voir qui y tient quelle fonction.",
                reverse("organisations"),
            )
        )
    if can_read_referents(user):
        cartes.append(
            CarteEspace(
                "Référents",
                "Annuaire des opérateurs",
                "Trouver qui répond pour chaque opérateur, voir qui n’en a pas.",
                reverse("referents"),
            )
        )
    if can_open_equipe(user):
        cartes.append(
            CarteEspace(
                "Mon équipe",
                _noms(user) or "Équipe de territoire",
                "Inviter, répondre à qui demande à entrer, dire un départ.",
                reverse("equipe"),
            )
        )
    if user_can_manage_comptes(user):
        cartes.append(
            CarteEspace(
                "Comptes",
                _noms(user, Permission.COMPTE_MANAGE),
                "Ouvrir et fermer les comptes, aider quelqu’un, suivre les courriels.",
                reverse("comptes"),
            )
        )
    return cartes


def _noms(user: Personne, *permissions: Permission) -> str:
    """Les organisations au nom desquelles la personne agit (avec l’une de ces permissions)."""
    noms = [
        f.organisation.nom
        for f in user.get_fonctions()
        if not permissions or ROLES_ORGANISATION[f.role].permissions.intersection(permissions)
    ]
    return ", ".join(dict.fromkeys(noms))


def can_open_financeur(user: Personne) -> bool:
    """Un financeur, toujours ; une autre organisation, dès qu’une demande lui est adressée."""
    if user.get_organisation_ids(RoleOrganisation.FINANCEUR):
        return True
    return has_permission_nationale(user, Permission.LIGNE_DECIDE) and lignes_of_financeur(user).exists()


def can_open_porteur(user: Personne) -> bool:
    """Un porteur, toujours ; une autre organisation, dès qu’elle porte une action."""
    return bool(user.get_organisation_ids(RoleOrganisation.PORTEUR)) or fiches_carried_by(user).exists()


def can_open_national(user: Personne) -> bool:
    """La délégation nationale, qui constate les étapes."""
    return has_permission_nationale(user, Permission.ETAPE_RECORD)


def can_open_comites(user: Personne) -> bool:
    """La Région et la délégation nationale, qui tiennent un COPIL ; et qui siège à un comité."""
    if user_can_create_copil(user):
        return True
    return MembreComite.objects.at(aujourdhui()).filter(personne=user).exists()


def can_open_organisations(user: Personne) -> bool:
    """La délégation nationale et l’administrateur : eux seuls disent où écrire à une organisation."""
    return any(has_permission_nationale(user, permission) for permission in PERMISSIONS_ORGANISATIONS)


def can_read_organisations(user: Personne) -> bool:
    """L’annuaire : ceux qui tiennent les organisations, qui pilotent, ou qui nomment des gens sur un territoire."""
    return reads_all_organisations(user) or territoires_for(user, Permission.MANDAT_GIVE).exists()


def can_open_dossiers(user: Personne) -> bool:
    """Les Régions, l’État et les opérateurs, dès qu’un plan est à lire."""
    return has_permission_nationale(user, Permission.AVIS_RENDER) and dossiers_visible_to(user).exists()


def can_open_demandes(user: Personne) -> bool:
    """La Région, la préfecture et la délégation nationale, dès qu’une demande est à lire."""
    return any(has_permission_nationale(user, p) for p in PERMISSIONS_DEMANDES) and (
        demandes_visible_to(user).exists()
    )


def check_can_open(ouvert: bool, phrase: str) -> None:
    """Refuse (403) un espace qui n’est pas celui de la personne."""
    if not ouvert:
        raise AccesRefuse(phrase)


def menu(request: HttpRequest, titre: str, entrees: list[tuple[str, str]], courant: str) -> MenuEspace:
    """Menu de côté d’un métier. `entrees` : (libellé, nom d’adresse)."""
    return MenuEspace(
        titre, [Entree(libelle, reverse(nom), "page" if nom == courant else "") for libelle, nom in entrees]
    )


def chemin(titre: str) -> Chemin:
    return [("Mon espace", reverse("espace-accueil")), (titre, "")]
