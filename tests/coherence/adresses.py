"""La table des adresses : une entrée par nom d’adresse. Une adresse absente d’ici fait échouer la suite.

Pour ajouter une page :

    "fiche-update": Privee(
        methodes="GET POST",
        args=lambda m: m.args(m.fiche),                              # objet du territoire à soi (tests/coherence/monde.py)
        voit=lambda user, m: m.fiche in fiches_visible_to(user),     # sinon 404
        peut=lambda user, m: user_can_update_fiche(user, m.fiche),   # sinon 403
    ),

`voit` et `peut` citent les fonctions de permissions, jamais une liste de rôles : la page et la règle doivent s’accorder.
Une page publique est une exception, inscrite comme `Publique` : la liste blanche est ici, et nulle part ailleurs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maillage.comptes.permissions import Permission
from maillage.contrats.permissions import actes_visible_to, user_can_prepare_acte, user_can_sign
from maillage.fiches.enums import StatutFiche
from maillage.fiches.permissions import fiches_visible_to, transitions_for, user_can_update_fiche
from maillage.financement.enums import StatutLigne
from maillage.financement.permissions import (
    lignes_visible_to,
    user_can_move_ligne,
    user_can_read_pieces,
    user_can_send_lien,
    user_can_update_plan,
)
from maillage.territoires.permissions import (
    demandes_visible_to,
    has_permission,
    has_permission_nationale,
    user_can_add_avis,
    user_can_decide_demande,
    user_can_record_demande,
    user_can_render_avis,
    user_can_withdraw_demande,
)
from maillage.www.espace.entrees import can_open_financeur, can_open_organisations, can_open_porteur
from tests.coherence.monde import Monde

Arguments = Callable[[Monde], dict[str, Any]]
Question = Callable[[Any, Monde], bool]


def _rien(monde: Monde) -> dict[str, Any]:
    return {}


def _toujours(user: Any, monde: Monde) -> bool:
    return True


@dataclass(frozen=True)
class Publique:
    """Page lisible sans connexion. `statuts` : réponses normales d’un GET anonyme."""

    args: Arguments = _rien
    methodes: str = "GET"
    statuts: tuple[int, ...] = (200,)
    requete: str = ""


@dataclass(frozen=True)
class Privee:
    """Page qui demande une connexion. `voit` : l’objet est à moi (404 sinon) ; `peut` : j’ai le droit (403 sinon)."""

    args: Arguments = _rien
    voit: Question = _toujours
    peut: Question = _toujours
    methodes: str = "GET"
    requete: str = ""


# --- questions posées aux permissions --------------------------------------------------------------------------------


def _permission(permission: Permission) -> Question:
    """Vrai si la personne a cette permission sur le territoire à soi."""
    return lambda user, m: has_permission(user, permission, m.territoire)


def _nationale(permission: Permission) -> Question:
    return lambda user, m: has_permission_nationale(user, permission)


def _fiche(user: Any, m: Monde) -> bool:
    return fiches_visible_to(user).filter(pk=m.fiche.pk).exists()


def _acte(nom: str) -> Question:
    return lambda user, m: actes_visible_to(user).filter(pk=getattr(m, nom).pk).exists()


def _ligne(user: Any, m: Monde) -> bool:
    return lignes_visible_to(user).filter(pk=m.ligne.pk).exists()


def _piece(user: Any, m: Monde) -> bool:
    return _ligne(user, m) and user_can_read_pieces(user, m.ligne_accordee)


def _change_plan(user: Any, m: Monde) -> bool:
    return user_can_update_plan(user, m.fiche)


def _prepare(user: Any, m: Monde) -> bool:
    return user_can_prepare_acte(user, m.acte)


P = Permission
LIT_TERRITOIRE, LIT_FICHES, LIT_ACTES = (
    _permission(permission) for permission in (P.TERRITOIRE_READ, P.FICHE_READ, P.ACTE_READ)
)


def _territoire(m: Monde) -> dict[str, Any]:
    return m.args()


def _change_un_plan(**autres: Any) -> Privee:
    return Privee(
        methodes="POST",
        args=lambda m: m.args(m.fiche, **{nom: valeur(m) for nom, valeur in autres.items()}),
        voit=_fiche,
        peut=_change_plan,
    )


def _prepare_un_acte(methodes: str) -> Privee:
    return Privee(methodes=methodes, args=lambda m: m.args(m.acte), voit=_acte("acte"), peut=_prepare)


def _enregistre(args: Arguments, permission: Permission, methodes: str = "GET POST") -> Privee:
    return Privee(args=args, methodes=methodes, voit=LIT_TERRITOIRE, peut=_permission(permission))


def _demande(user: Any, m: Monde) -> bool:
    return demandes_visible_to(user).filter(pk=m.demande.pk).exists()


def _demande_args(m: Monde) -> dict[str, Any]:
    return {"pk": m.demande.pk}


def _agit_sur_demande(peut: Question) -> Privee:
    return Privee(methodes="POST", args=_demande_args, voit=_demande, peut=peut)


ADRESSES: dict[str, Publique | Privee] = {
    # --- pages publiques -------------------------------------------------------------------------------------------
    "accueil": Publique(),
    "territoires": Publique(),
    "territoire-detail": Publique(args=_territoire),
    "mon-territoire": Publique(),
    "territoire-perimetre": Publique(args=_territoire),
    "carte": Publique(),
    "passage": Publique(),
    "sources": Publique(),
    "accessibilite": Publique(),
    "mentions-legales": Publique(),
    "composants": Publique(),
    "chiffres": Publique(),
    "chiffres-json": Publique(),
    "chiffres-territoires": Publique(),
    "chiffres-fiches": Publique(),
    "chiffres-montants": Publique(),
    "verifier": Publique(methodes="GET POST"),
    "verifier-empreinte": Publique(args=lambda m: {"sha256": m.acte_arrete.piece_pdf.sha256}),
    # --- connexion -------------------------------------------------------------------------------------------------
    "connexion": Publique(methodes="GET POST"),
    "connexion-code": Publique(methodes="GET POST", statuts=(302,)),
    "connexion-demonstration": Publique(methodes="POST", statuts=(404,)),
    "deconnexion": Publique(methodes="POST"),
    # --- liens personnels : sans le lien ouvert dans la session, rien n’existe ----------------------------------------
    "lien-ouvrir": Publique(args=lambda m: {"jeton": m.jeton}, methodes="GET POST"),
    "lien-ligne": Publique(args=lambda m: {"pk": m.ligne.pk}, statuts=(404,)),
    "lien-ligne-move": Publique(
        args=lambda m: {"pk": m.ligne.pk, "vers": "accorde"}, methodes="POST", statuts=(404,)
    ),
    "lien-ligne-piece": Publique(
        args=lambda m: {"pk": m.ligne_accordee.pk, "etape_pk": m.etape_avec_piece.pk}, statuts=(404,)
    ),
    "lien-signature": Publique(
        args=lambda m: {"pk": m.signataire_arrete.pk}, methodes="GET POST", statuts=(404,)
    ),
    "lien-signature-pdf": Publique(args=lambda m: {"pk": m.signataire_arrete.pk}, statuts=(404,)),
    # --- espaces ---------------------------------------------------------------------------------------------------
    "reprise": Privee(methodes="GET POST"),
    "espace-accueil": Privee(),
    "espace-attentes": Privee(),
    "espace-territoires": Privee(),
    "espace-region": Privee(peut=_nationale(P.FICHE_INSTRUCT)),
    "espace-region-fiches": Privee(peut=_nationale(P.FICHE_INSTRUCT)),
    "espace-financeur": Privee(peut=lambda user, m: can_open_financeur(user)),
    "espace-financeur-engagements": Privee(peut=lambda user, m: can_open_financeur(user)),
    "espace-porteur": Privee(peut=lambda user, m: can_open_porteur(user)),
    "espace-territoire": Privee(args=_territoire, voit=LIT_TERRITOIRE),
    "territoire-journal": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=_permission(P.JOURNAL_READ)),
    # --- périmètre, label, demandes, listes --------------------------------------------------------------------------
    "perimetre": Privee(args=_territoire, voit=LIT_TERRITOIRE),
    "label": Privee(args=_territoire, voit=LIT_TERRITOIRE),
    "mutation-create": _enregistre(lambda m: m.args(mutation="entree"), P.PERIMETRE_RECORD),
    "mutation-correct": _enregistre(lambda m: m.args(m.mutation), P.PERIMETRE_RECORD),
    "mutation-cancel": _enregistre(lambda m: m.args(m.mutation), P.PERIMETRE_RECORD, "POST"),
    "mutation-piece": Privee(args=lambda m: m.args(m.mutation), voit=LIT_TERRITOIRE),
    "etape-create": _enregistre(_territoire, P.ETAPE_RECORD),
    "etape-correct": _enregistre(lambda m: m.args(m.etape), P.ETAPE_RECORD),
    "etape-piece": Privee(args=lambda m: m.args(m.etape), voit=LIT_TERRITOIRE),
    "prefecture-choose": _enregistre(_territoire, P.PERIMETRE_RECORD),
    "statut-create": _enregistre(_territoire, P.ETAPE_RECORD),
    "statut-correct": _enregistre(lambda m: m.args(m.statut), P.ETAPE_RECORD),
    "demande-create": _enregistre(lambda m: m.args(mutation="entree"), P.PERIMETRE_REQUEST),
    "demandes-perimetre": Privee(),
    "demande-perimetre": Privee(args=_demande_args, voit=_demande),
    "avis-add": _agit_sur_demande(lambda user, m: user_can_add_avis(user, m.demande)),
    "avis-render": Privee(
        methodes="POST",
        args=lambda m: _demande_args(m) | {"avis_pk": m.demande.avis.earliest("pk").pk},
        voit=_demande,
        peut=lambda user, m: user_can_render_avis(user, m.demande.avis.earliest("pk")),
    ),
    "demande-decide": _agit_sur_demande(lambda user, m: user_can_decide_demande(user, m.demande)),
    "demande-record": _agit_sur_demande(lambda user, m: user_can_record_demande(user, m.demande)),
    "demande-withdraw": _agit_sur_demande(lambda user, m: user_can_withdraw_demande(user, m.demande)),
    "demande-piece": Privee(
        args=lambda m: {"pk": m.demande_decidee.pk, "piece_pk": m.demande_decidee.piece_id},
        voit=lambda user, m: demandes_visible_to(user).filter(pk=m.demande_decidee.pk).exists(),
    ),
    "listes-territoires": Privee(methodes="GET POST", peut=_nationale(P.PERIMETRE_RECORD)),
    "territoire-create": Privee(methodes="GET POST", peut=_nationale(P.PERIMETRE_RECORD)),
    "liste-territoires": Privee(args=lambda m: {"pk": m.liste.pk}, voit=_nationale(P.PERIMETRE_RECORD)),
    "liste-apply": Privee(
        methodes="POST", args=lambda m: {"pk": m.liste.pk}, voit=_nationale(P.PERIMETRE_RECORD)
    ),
    # --- organisations ---------------------------------------------------------------------------------------------
    "organisations": Privee(peut=lambda user, m: can_open_organisations(user)),
    "organisation-create": Privee(methodes="GET POST", peut=lambda user, m: can_open_organisations(user)),
    "organisation-update": Privee(
        args=lambda m: {"pk": m.financeur.pk},
        methodes="GET POST",
        voit=lambda user, m: can_open_organisations(user),
    ),
    # --- pilotage --------------------------------------------------------------------------------------------------
    "pilotage": Privee(peut=_nationale(P.PILOTAGE_READ)),
    "pilotage-signes": Privee(peut=_nationale(P.PILOTAGE_READ), requete="?signe=sans_binome"),
    # --- fiches ----------------------------------------------------------------------------------------------------
    "fiches": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "fiche-create": Privee(
        args=_territoire, methodes="GET POST", voit=LIT_TERRITOIRE, peut=_permission(P.FICHE_CREATE)
    ),
    "fiche-detail": Privee(args=lambda m: m.args(m.fiche), voit=_fiche),
    "fiche-versions": Privee(args=lambda m: m.args(m.fiche), voit=_fiche),
    "fiche-update": Privee(
        args=lambda m: m.args(m.fiche),
        methodes="GET POST",
        voit=_fiche,
        peut=lambda user, m: user_can_update_fiche(user, m.fiche),
    ),
    "fiche-move": Privee(
        args=lambda m: m.args(m.fiche, vers="proposee"),
        methodes="GET POST",
        voit=_fiche,
        peut=lambda user, m: StatutFiche.PROPOSEE in transitions_for(user, m.fiche),
    ),
    # --- financement -----------------------------------------------------------------------------------------------
    "financement": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "plan-detail": Privee(args=lambda m: m.args(m.fiche), voit=_fiche),
    "plan-update": _change_un_plan(),
    "sans-besoin-declare": _change_un_plan(),
    "sans-besoin-lift": _change_un_plan(),
    "depense-create": _change_un_plan(),
    "depense-delete": _change_un_plan(depense_pk=lambda m: m.depense.pk),
    "depense-update": Privee(
        args=lambda m: m.args(m.fiche, depense_pk=m.depense.pk),
        methodes="GET POST",
        voit=_fiche,
        peut=_change_plan,
    ),
    "ligne-create": _change_un_plan(),
    "ligne-detail": Privee(args=lambda m: {"pk": m.ligne.pk}, voit=_ligne),
    "ligne-move": Privee(
        args=lambda m: {"pk": m.ligne.pk, "vers": "accorde"},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_can_move_ligne(user, m.ligne, StatutLigne.ACCORDE),
    ),
    "ligne-lien": Privee(
        args=lambda m: {"pk": m.ligne.pk},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_can_send_lien(user, m.ligne),
    ),
    # La pièce d’un autre financeur n’existe pas pour moi, même si je vois la ligne.
    "piece-ligne": Privee(
        args=lambda m: {"pk": m.ligne_accordee.pk, "etape_pk": m.etape_avec_piece.pk}, voit=_piece
    ),
    # --- actes -----------------------------------------------------------------------------------------------------
    "actes": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_ACTES),
    "acte-ouvrir": Privee(
        args=_territoire, methodes="GET POST", voit=LIT_TERRITOIRE, peut=_permission(P.ACTE_PREPARE)
    ),
    "acte-detail": Privee(args=lambda m: m.args(m.acte_arrete), voit=_acte("acte_arrete")),
    "acte-apercu": Privee(args=lambda m: m.args(m.acte, forme="docx"), voit=_acte("acte")),
    "acte-fichier": Privee(args=lambda m: m.args(m.acte_arrete, forme="pdf"), voit=_acte("acte_arrete")),
    "acte-arreter": _prepare_un_acte("GET POST"),
    "acte-update": _prepare_un_acte("GET POST"),
    "acte-signataires": _prepare_un_acte("GET POST"),
    "acte-signataire-update": Privee(
        args=lambda m: m.args(m.acte, signataire=m.signataire.pk),
        methodes="GET POST",
        voit=_acte("acte"),
        peut=_prepare,
    ),
    "acte-signataire-retirer": Privee(
        args=lambda m: m.args(m.acte, signataire=m.signataire.pk),
        methodes="POST",
        voit=_acte("acte"),
        peut=_prepare,
    ),
    "acte-sign": Privee(
        args=lambda m: m.args(m.acte_arrete, signataire=m.signataire_arrete.pk),
        methodes="GET POST",
        voit=_acte("acte_arrete"),
        peut=lambda user, m: user_can_sign(user, m.signataire_arrete),
    ),
    "acte-lien": Privee(
        args=lambda m: m.args(m.acte_arrete, signataire=m.signataire_arrete.pk),
        methodes="POST",
        voit=_acte("acte_arrete"),
        peut=_prepare,
    ),
}
