"""Écrit docs/etats.md et docs/roles.md depuis les tables du code : ce que dit la page est ce que fait la plateforme."""

from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import TextChoices

from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION, ROLES_SECOND_FACTEUR, ROLES_TERRITOIRE, Role
from maillage.contrats import policies as contrats
from maillage.contrats.enums import StatutActe
from maillage.equipes.permissions import ROLES_INVITES_PAR_EQUIPE
from maillage.fiches import policies as fiches
from maillage.fiches.enums import StatutFiche
from maillage.financement import policies as financement
from maillage.financement.enums import StatutLigne
from maillage.gouvernance import policies as gouvernance
from maillage.gouvernance.enums import StatutSeance
from maillage.instruction import policies as instruction
from maillage.instruction.enums import StatutDossier
from maillage.territoires import policies as territoires
from maillage.territoires.enums import StatutDemande

AVIS = "<!-- Page écrite par `./maillage docs`\u00a0: changez la table du code, pas cette page. -->"
PAR_LES_SIGNATURES = "les signatures données, à leur tour"


class Command(BaseCommand):
    help = "Écrit docs/etats.md et docs/roles.md depuis les tables du code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--verifier", action="store_true", help="ne change rien, échoue si une page n’est plus à jour"
        )

    def handle(self, *args: Any, verifier: bool, **options: Any) -> None:
        dossier = Path(settings.RACINE) / "docs"
        pages = {"etats.md": build_etats(), "roles.md": build_roles()}
        if not verifier:
            for nom, contenu in pages.items():
                (dossier / nom).write_text(contenu, encoding="utf-8")
            return
        perimees = [nom for nom, contenu in pages.items() if _read(dossier / nom) != contenu]
        if perimees:
            raise CommandError(
                f"docs/ n’est plus à jour ({', '.join(perimees)})\u00a0: lancez ./maillage docs."
            )


def _read(chemin: Path) -> str:
    return chemin.read_text(encoding="utf-8") if chemin.exists() else ""


def build_etats() -> str:
    """Les états et les passages des fiches, des lignes de financement, des actes et des séances : un dessin et un tableau chacun."""
    qui_fiche = {
        (de, vers): _list_roles(p) for de, suite in fiches.TRANSITIONS.items() for vers, p in suite.items()
    }
    mains = {
        financement.Main.TERRITOIRE: "le territoire (" + _list_roles(Permission.LIGNE_REQUEST) + ")",
        financement.Main.FINANCEUR: "le financeur de la ligne, et lui seul",
    }
    qui_ligne = {
        (de, vers): mains[main]
        for de, suite in financement.TRANSITIONS.items()
        for vers, main in suite.items()
    }
    qui_acte = {
        (de, vers): _list_roles(Permission.ACTE_PREPARE) if vers is StatutActe.ARRETE else PAR_LES_SIGNATURES
        for de, suite in contrats.TRANSITIONS.items()
        for vers in suite
    }
    tiennent = (
        f"{_list_roles(Permission.COMITE_MANAGE)}\u00a0; qui préside le comité ou en tient le secrétariat"
    )
    qui_seance = {(de, vers): tiennent for de, suite in gouvernance.TRANSITIONS.items() for vers in suite}
    mains_demande = {
        StatutDemande.A_DECIDER: "les Régions concernées, par le dernier avis requis",
        StatutDemande.RETIREE: _list_roles(Permission.PERIMETRE_REQUEST),
        StatutDemande.ENREGISTREE: _list_roles(Permission.PERIMETRE_RECORD),
    }
    qui_demande = {
        (de, vers): mains_demande.get(vers, "la Région chef de file, au nom du comité de pilotage régional")
        for de, suite in territoires.TRANSITIONS.items()
        for vers in suite
    }
    conditions = [
        _phrase_statuts("Un montant est demandé pour passer à", StatutLigne, financement.DEMANDE_MONTANT),
        _phrase_statuts("Une pièce est demandée pour passer à", StatutLigne, financement.DEMANDE_PIECE),
        _phrase_statuts("Un motif est demandé pour passer à", StatutLigne, financement.DEMANDE_MOTIF),
    ]
    chef_de_file = f"la Région chef de file ({_list_roles(Permission.FICHE_INSTRUCT)})"
    mains_dossier = {
        StatutDossier.TRANSMIS: _list_roles(Permission.FICHE_TRANSMIT),
        StatutDossier.RETIRE: _list_roles(Permission.FICHE_TRANSMIT),
        **dict.fromkeys(
            (StatutDossier.VALIDE, StatutDossier.REFUSE, StatutDossier.AJOURNE),
            "le comité de pilotage régional",
        ),
    }
    qui_dossier = {
        (de, vers): mains_dossier.get(vers, chef_de_file)
        for de, suite in instruction.TRANSITIONS.items()
        for vers in suite
    }
    return "\n".join(
        [
            AVIS,
            "",
            "# États",
            "",
            "Deux échelles ne se mêlent jamais\u00a0: la vie d’une fiche et l’état de son argent.",
            "",
            *_section(
                "Fiche action",
                StatutFiche,
                fiches.TRANSITIONS,
                qui_fiche,
                departs=(StatutFiche.IDEE, StatutFiche.BROUILLON),
            ),
            *_section(
                "Ligne de financement",
                StatutLigne,
                financement.TRANSITIONS,
                qui_ligne,
                departs=(StatutLigne.PRESSENTI,),
            ),
            *conditions,
            "",
            *_section(
                "Acte (protocole ou contrat)",
                StatutActe,
                contrats.TRANSITIONS,
                qui_acte,
                departs=(StatutActe.PROJET, StatutActe.CONSTATE),
            ),
            f"Un acte «\u00a0{StatutActe.CONSTATE.label}\u00a0» vient d’une source publiée\u00a0: il naît et reste dans cet état.",
            "",
            *_section(
                "Séance d’un comité",
                StatutSeance,
                gouvernance.TRANSITIONS,
                qui_seance,
                departs=(StatutSeance.EN_PREPARATION,),
            ),
            *_section(
                "Plan d’actions devant la Région",
                StatutDossier,
                instruction.TRANSITIONS,
                qui_dossier,
                departs=(StatutDossier.TRANSMIS,),
            ),
            *_section(
                "Demande de périmètre",
                StatutDemande,
                territoires.TRANSITIONS,
                qui_demande,
                departs=(StatutDemande.DEPOSEE,),
            ),
            "",
        ]
    )


def _list_roles(permission: Permission) -> str:
    """Les rôles qui portent une permission, en une phrase."""
    roles = [
        role.nom
        for role in (ROLES_TERRITOIRE | ROLES_ORGANISATION).values()
        if permission in role.permissions
    ]
    return ", ".join(roles)


def _phrase_statuts(debut: str, enum: type[TextChoices], statuts: Iterable[TextChoices]) -> str:
    libelles = ", ".join(f"«\u00a0{statut.label}\u00a0»" for statut in enum if statut in set(statuts))
    return f"- {debut}\u00a0: {libelles}."


def _section(
    titre: str,
    enum: type[TextChoices],
    transitions: Mapping[Any, Iterable[Any]],
    qui: Mapping[tuple[Any, Any], str],
    *,
    departs: Iterable[TextChoices],
) -> list[str]:
    dessin = ["```mermaid", "stateDiagram-v2"]
    dessin += [rf"    {statut.value} : {statut.label}" for statut in enum]
    dessin += [f"    [*] --> {depart.value}" for depart in departs]
    dessin += [f"    {de.value} --> {vers.value}" for de, suite in transitions.items() for vers in suite]
    dessin += [f"    {de.value} --> [*]" for de, suite in transitions.items() if not suite]
    tableau = ["| de | vers | qui |", "| --- | --- | --- |"]
    tableau += [
        f"| {de.label} | {vers.label} | {qui[de, vers]} |"
        for de, suite in transitions.items()
        for vers in suite
    ]
    return [f"## {titre}", "", *dessin, "```", "", *tableau, ""]


def build_roles() -> str:
    """Les rôles, en une phrase chacun, puis la matrice des permissions."""
    return "\n".join(
        [
            AVIS,
            "",
            "# Rôles et permissions",
            "",
            "Un rôle de territoire vient d’un mandat daté\u00a0; un rôle d’organisation, d’une fonction datée\u00a0: il vaut partout "
            "où l’organisation agit (son ressort, ses fiches, ses lignes).",
            "",
            *_table_roles("Rôles de territoire", ROLES_TERRITOIRE),
            *_table_roles("Rôles d’organisation", ROLES_ORGANISATION),
            "## Matrice",
            "",
            *_matrice(ROLES_TERRITOIRE | ROLES_ORGANISATION),
            "",
            "## Second facteur",
            "",
            "Ces rôles prouvent leur identité deux fois (ADR 0012)\u00a0: "
            + ", ".join(
                role.nom
                for role in (ROLES_TERRITOIRE | ROLES_ORGANISATION).values()
                if role.code in ROLES_SECOND_FACTEUR
            )
            + ".",
            "",
            "## Qui fait entrer qui",
            "",
            "Chacun invite à son propre rôle dans ses organisations. L’équipe d’un territoire (`territoire_update`) y invite\u00a0: "
            + ", ".join(ROLES_TERRITOIRE[role].nom for role in ROLES_INVITES_PAR_EQUIPE)
            + ". L’administrateur (`compte_manage`) invite à tout. Une invitation ne vaut que tant que son auteur peut donner ce rôle.",
            "",
        ]
    )


def _table_roles(titre: str, roles: Mapping[str, Role]) -> list[str]:
    lignes = [f"| `{role.code}` | {role.nom} | {role.description} |" for role in roles.values()]
    return [f"## {titre}", "", "| code | rôle | ce qu’il fait |", "| --- | --- | --- |", *lignes, ""]


def _matrice(roles: Mapping[str, Role]) -> list[str]:
    colonnes = list(roles.values())
    lignes = ["| permission | " + " | ".join(role.nom for role in colonnes) + " |"]
    lignes += ["| --- |" + " :-: |" * len(colonnes)]
    for permission in Permission:
        cases = " | ".join("oui" if permission in role.permissions else "" for role in colonnes)
        lignes.append(f"| `{permission.value}` | {cases} |")
    return lignes
