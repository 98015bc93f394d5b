"""Lectures : qui est dans mes équipes, qui n’a pas encore reçu son courriel de la semaine."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from maillage.comptes.models import Fonction, Organisation, Personne
from maillage.comptes.permissions_comptes import user_can_manage_comptes
from maillage.equipes.permissions import is_en_personne, territoires_of_equipe
from maillage.notifications.models import Attente
from maillage.socle.dates import format_jour
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Mandat, Territoire


@dataclass
class Equipe:
    """Les gens d’une organisation ou d’un territoire, aujourd’hui. `roles` : fonctions, ou mandats."""

    nom: str
    organisation: Organisation | None = None
    territoire: Territoire | None = None
    roles: list[Any] = field(default_factory=list)


def list_equipes(user: Any) -> list[Equipe]:
    """Mes organisations puis mes territoires, et qui y tient un rôle aujourd’hui. Trois requêtes."""
    if not is_en_personne(user):
        return []
    organisations = {
        f.organisation_id: Equipe(f.organisation.nom, f.organisation) for f in user.get_fonctions()
    }
    fonctions = (
        Fonction.objects.at(aujourdhui())
        .filter(organisation__in=organisations)
        .select_related("personne", "organisation")
        .order_by("role", "personne__nom", "id")
    )
    for fonction in fonctions:
        organisations[fonction.organisation_id].roles.append(fonction)
    territoires = {t.pk: Equipe(t.nom, territoire=t) for t in territoires_of_equipe(user)}
    mandats = (
        Mandat.objects.du_jour()
        .filter(territoire__in=territoires)
        .select_related("personne", "territoire__vague")
        .order_by("role", "personne__nom", "id")
    )
    for mandat in mandats:
        territoires[mandat.territoire_id].roles.append(mandat)
    return [*organisations.values(), *territoires.values()]


def has_role_public(personne: Personne) -> bool:
    """Vrai pour qui a tenu un rôle public : binôme d’un territoire, ou nommé par une source. Son nom reste."""
    return (
        bool(personne.source)
        or Mandat.objects.connus().filter(personne=personne, role__in=("elu", "industriel")).exists()
    )


def can_open_equipe(user: Any) -> bool:
    """La page s’ouvre à qui fait partie d’une organisation, conduit un territoire ou tient les comptes."""
    if not is_en_personne(user):
        return False
    return bool(user.get_fonctions()) or user_can_manage_comptes(user) or territoires_of_equipe(user).exists()


def describe_depart(role: Fonction | Mandat, fin: date) -> list[str]:
    """Ce qu’un départ ferme et qui reste, en phrases, pour la page qui le confirme."""
    personne = role.personne
    ou: str
    autres: Any
    if isinstance(role, Fonction):
        ou, autres = str(role.organisation), Fonction.objects.at(fin).filter(organisation=role.organisation)
        attentes = Attente.objects.ouvertes().filter(organisation=role.organisation).count()
    else:
        ou, autres = (
            str(role.territoire),
            Mandat.objects.at(fin).filter(territoire=role.territoire, role=role.role),
        )
        attentes = Attente.objects.ouvertes().filter(territoire=role.territoire.cle, role=role.role).count()
    phrases = [
        f"Le {format_jour(fin)}, {personne} n’est plus «\u00a0{role.get_role_display()}\u00a0» ({ou})."
    ]
    phrases.append(
        "Ses droits tombent et ses sessions se ferment aussitôt."
        if fin <= aujourdhui()
        else "Jusque-là, ses droits restent."
    )
    noms = sorted(
        {
            str(autre.personne)
            for autre in autres.filter(personne__is_active=True, personne__email__isnull=False)
            .exclude(personne=personne)
            .select_related("personne")
        }
    )
    if noms:
        suite = f" et {len(noms) - 5} autres" if len(noms) > 5 else ""
        phrases.append(f"Restent à ce titre\u00a0: {', '.join(noms[:5])}{suite}.")
    else:
        qui = f"Plus personne ne répondra pour {ou} à ce titre."
        if attentes:
            qui += f" Réponses attendues qui resteront sans personne\u00a0: {attentes}."
        phrases.append(f"{qui} Invitez d’abord quelqu’un, si ce n’est pas voulu.")
    return phrases
