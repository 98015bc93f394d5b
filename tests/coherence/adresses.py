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
from maillage.comptes.permissions_comptes import user_can_manage_comptes
from maillage.contrats.permissions import actes_visible_to, user_can_prepare_acte, user_can_sign
from maillage.dispositifs.permissions import (
    user_can_create_dispositif,
    user_can_update_dispositif,
    user_is_delegation,
)
from maillage.echanges.permissions import imports_visible_to, user_can_import
from maillage.equipes.permissions import (
    demandes_visible_to,
    invitations_visible_to,
    user_can_end_mandat,
)
from maillage.equipes.selectors import can_open_equipe
from maillage.fiches.enums import StatutFiche
from maillage.fiches.permissions import (
    fiches_visible_to,
    transitions_for,
    user_can_answer_partage,
    user_can_close_commentaire,
    user_can_mark_lue,
    user_can_recode_fiche,
    user_can_update_fiche,
)
from maillage.financement.enums import StatutLigne
from maillage.financement.permissions import (
    lignes_visible_to,
    user_can_confirm_part,
    user_can_declare_recu,
    user_can_move_ligne,
    user_can_precise_ligne,
    user_can_read_pieces,
    user_can_send_lien,
    user_can_update_plan,
    user_is_financeur_of,
)
from maillage.financement.selectors_enveloppes import enveloppes_of
from maillage.gouvernance.permissions import (
    comites_visible_to,
    get_siege_signataire,
    seances_visible_to,
    user_can_create_copil,
    user_can_manage_comite,
)
from maillage.instruction.permissions import (
    avis_visible_to,
    dossiers_visible_to,
    get_regions_instruites,
    user_can_instruct,
)
from maillage.instruction.permissions import user_can_render_avis as user_can_render_avis_plan
from maillage.pilotage.selectors_espaces import organisations_visible_to
from maillage.programmation.permissions import (
    simulations_visible_to,
    user_can_simulate,
    user_owns_simulation,
)
from maillage.territoires.permissions import (
    can_read_referents,
    has_permission,
    has_permission_nationale,
    organisations_for_referents,
    referents_of_user,
    user_can_add_avis,
    user_can_decide_demande,
    user_can_record_demande,
    user_can_render_avis,
    user_can_withdraw_demande,
)
from maillage.territoires.permissions import demandes_visible_to as demandes_perimetre_visible_to
from maillage.verification.permissions import campagnes_visible_to, user_can_manage_campagnes
from maillage.verification.selectors import make_jeton
from maillage.www.espace.entrees import (
    can_open_financeur,
    can_open_national,
    can_open_organisations,
    can_open_porteur,
    can_read_organisations,
)
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
    objet_public: bool = False  # l’objet se lit sans connexion : nul n’y est étranger


# --- questions posées aux permissions --------------------------------------------------------------------------------


def _permission(permission: Permission) -> Question:
    """Vrai si la personne a cette permission sur le territoire à soi."""
    return lambda user, m: has_permission(user, permission, m.territoire)


def _nationale(permission: Permission) -> Question:
    return lambda user, m: has_permission_nationale(user, permission)


def _fiche(user: Any, m: Monde) -> bool:
    return fiches_visible_to(user).filter(pk=m.fiche.pk).exists()


def _campagne(user: Any, m: Monde) -> bool:
    return campagnes_visible_to(user).filter(pk=m.campagne.pk).exists()


def _mene_campagne(**autres: Callable[[Monde], Any]) -> Privee:
    return Privee(
        methodes="POST",
        args=lambda m: m.args(m.campagne, **{nom: lit(m) for nom, lit in autres.items()}),
        voit=_campagne,
        peut=lambda user, m: user_can_manage_campagnes(user, m.territoire),
    )


def _import(user: Any, m: Monde) -> bool:
    return imports_visible_to(user).filter(pk=m.import_plan.pk).exists()


def _importe(user: Any, m: Monde) -> bool:
    return user_can_import(user, m.territoire)


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


def _jamais(user: Any, m: Monde) -> bool:
    return False


def _equipe(user: Any, m: Monde) -> bool:
    return can_open_equipe(user)


def _invitation(user: Any, m: Monde) -> bool:
    return invitations_visible_to(user).filter(pk=m.invitation.pk).exists()


def _tient_les_comptes(user: Any, m: Monde) -> bool:
    return user_can_manage_comptes(user)


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


def _role(nom: str = "") -> Privee:
    """Une page des rôles du territoire à soi, réservée à qui les tient. `nom` : l’objet de l’adresse, dans le monde."""
    args = (lambda m: m.args(getattr(m, nom))) if nom else _territoire
    return Privee(methodes="GET POST", args=args, voit=LIT_TERRITOIRE, peut=_permission(P.MANDAT_GIVE))


def _organisation(user: Any, m: Monde) -> bool:
    return organisations_visible_to(user).filter(pk=m.financeur.pk).exists()


def _tient_une_organisation(methodes: str, **autres: Any) -> Privee:
    return Privee(
        methodes=methodes,
        args=lambda m: {"pk": m.financeur.pk} | {nom: valeur(m) for nom, valeur in autres.items()},
        voit=_organisation,
        peut=lambda user, m: can_open_organisations(user),
    )


ANIME = _permission(P.ATELIER_ANIMATE)


def _anime(methodes: str, **autres: Any) -> Privee:
    return Privee(
        methodes=methodes,
        args=lambda m: m.args(m.atelier, **{nom: valeur(m) for nom, valeur in autres.items()}),
        voit=LIT_TERRITOIRE,
        peut=ANIME,
    )


def _comite(user: Any, m: Monde) -> bool:
    return comites_visible_to(user).filter(pk=m.comite.pk).exists()


def _seance(user: Any, m: Monde) -> bool:
    return seances_visible_to(user).filter(pk=m.seance.pk).exists()


def _tient(user: Any, m: Monde) -> bool:
    return user_can_manage_comite(user, m.comite)


def _tient_un_comite(methodes: str = "GET POST", **autres: Any) -> Privee:
    return Privee(
        methodes=methodes,
        args=lambda m: m.args(m.comite, **{nom: valeur(m) for nom, valeur in autres.items()}),
        voit=_comite,
        peut=_tient,
    )


def _tient_une_seance(methodes: str = "POST", **autres: Any) -> Privee:
    return Privee(
        methodes=methodes,
        args=lambda m: m.args(m.seance, **{nom: valeur(m) for nom, valeur in autres.items()}),
        voit=_seance,
        peut=_tient,
    )


def _voit_une_seance(methodes: str = "GET", **autres: Any) -> Privee:
    return Privee(methodes=methodes, args=lambda m: m.args(m.seance, **autres), voit=_seance)


def _enregistre(args: Arguments, permission: Permission, methodes: str = "GET POST") -> Privee:
    return Privee(args=args, methodes=methodes, voit=LIT_TERRITOIRE, peut=_permission(permission))


def _simule(user: Any, m: Monde) -> bool:
    return user_can_simulate(user)


def _simulation(nom: str, methodes: str = "GET", *, mienne: bool = True, **autres: Any) -> Privee:
    """Une page de la simulation `nom` du monde : lue par son organisation et celles à qui elle est partagée, changée par
    la première seule."""

    def voit(user: Any, m: Monde) -> bool:
        return simulations_visible_to(user).filter(pk=getattr(m, nom).pk).exists()

    def peut(user: Any, m: Monde) -> bool:
        return user_owns_simulation(user, getattr(m, nom))

    def args(m: Monde) -> dict[str, Any]:
        return {"pk": getattr(m, nom).pk} | {cle: valeur(m) for cle, valeur in autres.items()}

    return Privee(methodes=methodes, args=args, voit=voit, peut=peut if mienne else _toujours)


def _aide_simulee(m: Monde) -> int:
    return m.simulation.aides.get().pk


def _enveloppe_simulee(m: Monde) -> int:
    return m.simulation.aides.get().enveloppes.get().pk


def _demande(user: Any, m: Monde) -> bool:
    return demandes_perimetre_visible_to(user).filter(pk=m.demande_perimetre.pk).exists()


def _demande_args(m: Monde) -> dict[str, Any]:
    return {"pk": m.demande_perimetre.pk}


def _dossier(user: Any, m: Monde) -> bool:
    return dossiers_visible_to(user).filter(pk=m.dossier.pk).exists()


def _dossier_args(m: Monde) -> dict[str, Any]:
    return {"pk": m.dossier.pk}


def _avis_args(m: Monde) -> dict[str, Any]:
    return {"pk": m.dossier.pk, "avis": m.avis_plan.pk}


def _avis_plan(user: Any, m: Monde) -> bool:
    return avis_visible_to(user, m.dossier).filter(pk=m.avis_plan.pk).exists()


def _instruit(methodes: str = "POST") -> Privee:
    return Privee(
        methodes=methodes,
        args=_dossier_args,
        voit=_dossier,
        peut=lambda user, m: user_can_instruct(user, m.dossier),
    )


def _agit_sur_demande(peut: Question) -> Privee:
    return Privee(methodes="POST", args=_demande_args, voit=_demande, peut=peut)


ADRESSES: dict[str, Publique | Privee] = {
    # --- programmation ------------------------------------------------------------------------------------------------
    "simulations": Privee(peut=_simule),
    "simulation-create": Privee(methodes="GET POST", peut=_simule),
    "simulation-detail": _simulation("simulation", mienne=False),
    "simulation-update": _simulation("simulation", "GET POST"),
    "simulation-copy": _simulation("simulation", "POST", mienne=False),
    "simulation-delete": _simulation("simulation", "GET POST"),
    "aide-simulee-create": _simulation("simulation", "POST"),
    "aide-simulee-remove": _simulation("simulation", "POST", aide=_aide_simulee),
    "enveloppe-simulee-set": _simulation("simulation", "GET POST", aide=_aide_simulee),
    "enveloppe-simulee-remove": _simulation("simulation", "POST", enveloppe=_enveloppe_simulee),
    "simulation-fiches": _simulation("simulation", "GET POST"),
    "simulation-launch": _simulation("simulation", "POST"),
    "simulation-stop": _simulation("simulation", "POST"),
    "simulation-share": _simulation("simulation", "POST"),
    "simulation-unshare": _simulation("simulation", "POST", partage=lambda m: m.partage_simulation.pk),
    "simulation-resultats": _simulation("simulation_calculee", mienne=False),
    "simulation-suites": _simulation("simulation_calculee", mienne=False),
    "simulation-comparer": _simulation("simulation_calculee", mienne=False),
    "simulation-liste": _simulation("simulation_calculee", mienne=False, forme=lambda m: "docx"),
    # --- instruction d’un plan par la Région -----------------------------------------------------------------------
    "instruction": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "plan-transmit": Privee(
        methodes="GET POST", args=_territoire, voit=LIT_TERRITOIRE, peut=_permission(P.FICHE_TRANSMIT)
    ),
    "dossiers": Privee(),
    "dossiers-lot": Privee(methodes="GET POST", peut=lambda user, m: bool(get_regions_instruites(user))),
    "dossier-detail": Privee(args=_dossier_args, voit=_dossier),
    "dossier-read": Privee(methodes="POST", args=_dossier_args, voit=_dossier),
    "dossier-withdraw": Privee(
        methodes="POST", args=_dossier_args, voit=_dossier, peut=_permission(P.FICHE_TRANSMIT)
    ),
    "dossier-receive": _instruit(),
    "dossier-complete": _instruit(),
    "dossier-complements": _instruit("GET POST"),
    "avis-plan-ask": _instruit("GET POST"),
    "avis-plan-render": Privee(
        methodes="GET POST",
        args=_avis_args,
        voit=_avis_plan,
        peut=lambda user, m: user_can_render_avis_plan(user, m.avis_plan),
    ),
    "avis-plan-remind": Privee(
        methodes="POST",
        args=_avis_args,
        voit=_avis_plan,
        peut=lambda user, m: user_can_instruct(user, m.dossier),
    ),
    "avis-plan-piece": Privee(
        args=lambda m: {"pk": m.dossier.pk, "avis": m.avis_recu.pk},
        voit=lambda user, m: avis_visible_to(user, m.dossier).filter(pk=m.avis_recu.pk).exists(),
    ),
    # --- rôles d’un territoire, référents --------------------------------------------------------------------------
    "espace-national": Privee(peut=lambda user, m: can_open_national(user)),
    "territoire-feuille": Privee(args=_territoire, voit=LIT_TERRITOIRE),
    "territoire-roles": Privee(args=_territoire, voit=LIT_TERRITOIRE),
    "mandat-create": _role(),
    "mandat-update": _role("mandat"),
    "mandat-cancel": _role("mandat"),
    "binome-create": _role(),
    "portage-create": _role("binome"),
    "place-declare": Privee(
        methodes="GET POST",
        args=lambda m: m.args(role="elu"),
        voit=LIT_TERRITOIRE,
        peut=_permission(P.MANDAT_GIVE),
    ),
    "animation-create": _role(),
    "cofinancement-create": _role(),
    "fait-end": Privee(
        methodes="GET POST",
        args=lambda m: m.args(m.mandat, genre="mandat"),
        voit=LIT_TERRITOIRE,
        peut=_permission(P.MANDAT_GIVE),
    ),
    "referents": Privee(peut=lambda user, m: can_read_referents(user)),
    "referents-manquants": Privee(peut=lambda user, m: can_read_referents(user)),
    "referent-create": Privee(
        methodes="GET POST", peut=lambda user, m: organisations_for_referents(user).exists()
    ),
    "referent-end": Privee(
        methodes="GET POST",
        args=lambda m: {"pk": m.referent.pk},
        voit=lambda user, m: referents_of_user(user).filter(pk=m.referent.pk).exists(),
    ),
    # --- pages publiques -------------------------------------------------------------------------------------------
    "accueil": Publique(),
    "aides-observees": Publique(),
    "dispositifs": Publique(),
    "dispositifs-fichier": Publique(args=lambda m: {"forme": "schema"}),
    "dispositifs-import": Privee(methodes="GET POST", peut=lambda user, m: user_is_delegation(user)),
    "dispositif-detail": Publique(args=lambda m: {"pk": m.dispositif.pk}),
    "dispositif-versions": Publique(args=lambda m: {"pk": m.dispositif.pk}),
    "dispositif-create": Privee(methodes="GET POST", peut=lambda user, m: user_can_create_dispositif(user)),
    "dispositif-update": Privee(
        methodes="GET POST",
        args=lambda m: {"pk": m.dispositif.pk},
        peut=lambda user, m: user_can_update_dispositif(user, m.dispositif),
        objet_public=True,
    ),
    "dispositif-fiches": Privee(args=lambda m: {"pk": m.dispositif.pk}, objet_public=True),
    "fiche-dispositifs": Privee(args=lambda m: m.args(m.fiche), voit=_fiche),
    "fiche-dispositif-add": Privee(
        methodes="GET POST",
        args=lambda m: m.args(m.fiche, dispositif_pk=m.dispositif.pk),
        voit=_fiche,
        peut=_change_plan,
    ),
    "aides-lignes": Publique(),
    "aides-rapprochement": Privee(),
    "territoires": Publique(),
    "territoire-detail": Publique(args=_territoire),
    "fiche-publique": Publique(args=lambda m: m.args(m.fiche_publique)),
    "mon-territoire": Publique(),
    "donnees": Publique(),
    "donnees-catalogue": Publique(),
    "donnees-fichier": Publique(args=lambda m: {"cle": "fiches", "forme": "csv"}),
    "robots": Publique(),
    "sitemap": Publique(),
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
    "connexion-facteur": Publique(methodes="GET POST", statuts=(302,)),
    "facteur-inscrire": Publique(methodes="GET POST", statuts=(302, 200)),
    "facteur-passer": Publique(methodes="POST", statuts=(404,)),
    "proconnect": Publique(statuts=(404,)),
    "proconnect-retour": Publique(statuts=(404,)),
    "proconnect-fin": Publique(statuts=(302,)),
    "deconnexion": Publique(methodes="POST"),
    "invitation-ouvrir": Publique(args=lambda m: {"jeton": m.jeton_invitation}, methodes="GET POST"),
    "rejoindre": Publique(methodes="GET POST"),
    "rejoindre-envoyee": Publique(),
    "rattachement-confirmer": Publique(args=lambda m: {"jeton": m.jeton_demande}, methodes="GET POST"),
    # --- liens personnels : sans le lien ouvert dans la session, rien n’existe ----------------------------------------
    "lien-ouvrir": Publique(args=lambda m: {"jeton": m.jeton}, methodes="GET POST"),
    "lien-ligne": Publique(args=lambda m: {"pk": m.ligne.pk}, statuts=(404,)),
    "lien-ligne-move": Publique(
        args=lambda m: {"pk": m.ligne.pk, "vers": "accorde"}, methodes="POST", statuts=(404,)
    ),
    "chiffres-argent": Publique(),
    "lien-ligne-echange": Publique(
        args=lambda m: {"pk": m.ligne.pk, "nature": "question"}, methodes="POST", statuts=(404,)
    ),
    "lien-ligne-lettre": Publique(
        args=lambda m: {"pk": m.ligne.pk, "vers": "accorde", "forme": "docx"}, methodes="POST", statuts=(404,)
    ),
    "plan-publie": Publique(args=lambda m: {"pk": m.publication.pk}),
    "plan-publie-fichier": Publique(args=lambda m: {"pk": m.publication.pk, "forme": "docx"}),
    "plan-publie-affiche": Publique(args=lambda m: {"pk": m.publication.pk, "forme": "docx"}),
    "lien-ligne-piece": Publique(
        args=lambda m: {"pk": m.ligne_accordee.pk, "etape_pk": m.etape_avec_piece.pk}, statuts=(404,)
    ),
    "lien-signature": Publique(
        args=lambda m: {"pk": m.signataire_arrete.pk}, methodes="GET POST", statuts=(404,)
    ),
    "lien-signature-pdf": Publique(args=lambda m: {"pk": m.signataire_arrete.pk}, statuts=(404,)),
    "lien-releve": Publique(args=lambda m: {"pk": 1}, methodes="GET POST", statuts=(404,)),
    "lien-releve-pdf": Publique(args=lambda m: {"pk": 1}, statuts=(404,)),
    # --- ateliers : la salle s’ouvre par un code et un jeton de téléphone ----------------------------------------------
    "atelier-entrer": Publique(methodes="GET POST"),
    "atelier-service": Publique(),
    "atelier-rejoindre": Publique(args=lambda m: {"code": m.atelier.code}, methodes="GET POST"),
    "atelier-salle": Publique(args=lambda m: {"code": m.atelier.code}, methodes="GET POST", statuts=(302,)),
    "atelier-quitter": Publique(args=lambda m: {"code": m.atelier.code}, methodes="POST", statuts=(404,)),
    "atelier-gestes": Publique(
        args=lambda m: {"code": m.atelier.code, "pk": 1}, methodes="POST", statuts=(404,)
    ),
    "atelier-suite": Publique(args=lambda m: {"code": m.atelier.code}, statuts=(200, 404)),
    "ateliers": Privee(args=_territoire, voit=LIT_TERRITOIRE),
    "atelier-create": Privee(methodes="GET POST", args=_territoire, voit=LIT_TERRITOIRE, peut=ANIME),
    "atelier": Privee(args=lambda m: m.args(m.atelier), voit=LIT_TERRITOIRE),
    "atelier-update": _anime("GET POST"),
    "atelier-geste": _anime("POST"),
    "phase-create": _anime("GET POST"),
    "phase-update": _anime("GET POST", phase=lambda m: m.phase.pk),
    "atelier-ecran": _anime("GET"),
    "atelier-feuilles": _anime("GET"),
    "atelier-saisie": _anime("GET POST"),
    "atelier-inviter": _anime("GET POST"),
    "atelier-publication": _anime("POST"),
    "atelier-public": Publique(args=lambda m: {"pk": m.atelier.pk}, methodes="GET POST"),
    "atelier-public-ics": Publique(args=lambda m: {"pk": m.atelier.pk}),
    "atelier-absents": _anime("POST"),
    "atelier-synthese": _anime("GET POST"),
    "atelier-synthese-fichier": _anime("GET", forme=lambda m: "docx"),
    # --- espaces ---------------------------------------------------------------------------------------------------
    "reprise": Privee(methodes="GET POST"),
    "compte": Privee(methodes="GET POST"),
    "compte-securite": Privee(),
    "compte-donnees": Privee(),
    "compte-export": Privee(),
    "compte-effacer": Privee(methodes="GET POST"),
    "sessions-fermer": Privee(methodes="POST"),
    "facteur-retirer": Privee(
        methodes="POST", peut=_jamais
    ),  # la session du balayage n’a pas de second facteur
    "codes-secours": Privee(methodes="POST", peut=_jamais),
    "equipe": Privee(peut=_equipe),
    "depart": Privee(
        args=lambda m: {"sorte": "mandat", "pk": m.mandat_elu.pk},
        methodes="GET POST",
        voit=lambda user, m: user_can_end_mandat(user, m.mandat_elu),
    ),
    "invitations": Privee(peut=_equipe),
    "invitation-create": Privee(methodes="GET POST", peut=_equipe),
    "invitation-resend": Privee(args=lambda m: {"pk": m.invitation.pk}, methodes="POST", voit=_invitation),
    "invitation-cancel": Privee(args=lambda m: {"pk": m.invitation.pk}, methodes="POST", voit=_invitation),
    "rattachements": Privee(peut=_equipe),
    "rattachement": Privee(
        args=lambda m: {"pk": m.demande.pk},
        methodes="GET POST",
        voit=lambda user, m: demandes_visible_to(user).filter(pk=m.demande.pk).exists(),
    ),
    "comptes": Privee(peut=_tient_les_comptes),
    "compte-detail": Privee(
        args=lambda m: {"pk": m.personnes["elu"].pk}, methodes="GET POST", voit=_tient_les_comptes
    ),
    "compte-acte": Privee(
        args=lambda m: {"pk": m.personnes["elu"].pk, "acte": "fermer-sessions"},
        methodes="POST",
        voit=_tient_les_comptes,
    ),
    "assistance-finir": Privee(methodes="POST"),
    "courriels": Privee(peut=_tient_les_comptes),
    "courriel": Privee(args=lambda m: {"pk": m.courriel.pk}, methodes="GET POST", voit=_tient_les_comptes),
    "espace-accueil": Privee(),
    "espace-attentes": Privee(),
    "espace-territoires": Privee(),
    "espace-region": Privee(peut=_nationale(P.FICHE_INSTRUCT)),
    "espace-region-fiches": Privee(peut=_nationale(P.FICHE_INSTRUCT)),
    "espace-financeur": Privee(peut=lambda user, m: can_open_financeur(user)),
    "espace-financeur-engagements": Privee(peut=lambda user, m: can_open_financeur(user)),
    "lot-create": Privee(methodes="GET POST", peut=lambda user, m: can_open_financeur(user)),
    "lot-detail": Privee(
        args=lambda m: {"pk": m.lot.pk}, voit=lambda user, m: user == m.personnes["financeur"]
    ),
    "enveloppe-liste": Privee(methodes="GET POST", peut=lambda user, m: can_open_financeur(user)),
    "enveloppe-detail": Privee(
        args=lambda m: {"pk": m.enveloppe.pk},
        methodes="GET POST",
        voit=lambda user, m: enveloppes_of(user).filter(pk=m.enveloppe.pk).exists(),
        peut=lambda user, m: can_open_financeur(user),
    ),
    "financeur-delais": Privee(peut=lambda user, m: can_open_financeur(user)),
    "financeur-delais-lignes": Privee(
        peut=lambda user, m: can_open_financeur(user), requete="?delai=decision"
    ),
    "pilotage-delais": Privee(peut=_nationale(P.PILOTAGE_READ)),
    "pilotage-delais-lignes": Privee(peut=_nationale(P.PILOTAGE_READ), requete="?delai=decision"),
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
    "avis-add": _agit_sur_demande(lambda user, m: user_can_add_avis(user, m.demande_perimetre)),
    "avis-render": Privee(
        methodes="POST",
        args=lambda m: _demande_args(m) | {"avis_pk": m.demande_perimetre.avis.earliest("pk").pk},
        voit=_demande,
        peut=lambda user, m: user_can_render_avis(user, m.demande_perimetre.avis.earliest("pk")),
    ),
    "demande-decide": _agit_sur_demande(lambda user, m: user_can_decide_demande(user, m.demande_perimetre)),
    "demande-record": _agit_sur_demande(lambda user, m: user_can_record_demande(user, m.demande_perimetre)),
    "demande-withdraw": _agit_sur_demande(
        lambda user, m: user_can_withdraw_demande(user, m.demande_perimetre)
    ),
    "demande-piece": Privee(
        args=lambda m: {"pk": m.demande_decidee.pk, "piece_pk": m.demande_decidee.piece_id},
        voit=lambda user, m: demandes_perimetre_visible_to(user).filter(pk=m.demande_decidee.pk).exists(),
    ),
    "listes-territoires": Privee(methodes="GET POST", peut=_nationale(P.PERIMETRE_RECORD)),
    "territoire-create": Privee(methodes="GET POST", peut=_nationale(P.PERIMETRE_RECORD)),
    "liste-territoires": Privee(args=lambda m: {"pk": m.liste.pk}, voit=_nationale(P.PERIMETRE_RECORD)),
    "liste-apply": Privee(
        methodes="POST", args=lambda m: {"pk": m.liste.pk}, voit=_nationale(P.PERIMETRE_RECORD)
    ),
    # --- organisations ---------------------------------------------------------------------------------------------
    "organisations": Privee(peut=lambda user, m: can_read_organisations(user)),
    "organisation-create": Privee(methodes="GET POST", peut=lambda user, m: can_open_organisations(user)),
    "organisation-detail": Privee(args=lambda m: {"pk": m.financeur.pk}, voit=_organisation),
    "organisation-update": _tient_une_organisation("GET POST"),
    "fonction-create": _tient_une_organisation("GET POST"),
    "fonction-end": _tient_une_organisation(
        "GET POST", fonction=lambda m: m.financeur.fonctions.earliest("pk").pk
    ),
    "vacance-create": _tient_une_organisation("GET POST"),
    "contact-create": _tient_une_organisation("GET POST"),
    "contact-close": _tient_une_organisation("POST", contact=lambda m: m.contact.pk),
    # --- pilotage --------------------------------------------------------------------------------------------------
    "pilotage": Privee(peut=_nationale(P.PILOTAGE_READ)),
    "pilotage-signes": Privee(peut=_nationale(P.PILOTAGE_READ), requete="?signe=sans_binome"),
    "territoire-signes": Privee(
        methodes="GET POST", args=_territoire, voit=LIT_TERRITOIRE, peut=_permission(P.PILOTAGE_READ)
    ),
    # --- vérification auprès des entreprises -----------------------------------------------------------------------
    "campagnes": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "campagne-create": Privee(
        args=_territoire, methodes="GET POST", voit=LIT_TERRITOIRE, peut=_permission(P.TERRITOIRE_UPDATE)
    ),
    "campagne": Privee(args=lambda m: m.args(m.campagne), voit=_campagne),
    "campagne-open": _mene_campagne(),
    "campagne-close": _mene_campagne(),
    "sollicitation-create": _mene_campagne(),
    "sollicitation-revoke": _mene_campagne(sollicitation=lambda m: m.sollicitation.pk),
    "besoin-convert": _mene_campagne(besoin=lambda m: m.besoin.pk),
    "besoins": Publique(args=lambda m: {"jeton": make_jeton(m.sollicitation)}, methodes="GET POST"),
    "besoins-refuse": Publique(
        args=lambda m: {"jeton": make_jeton(m.sollicitation)}, methodes="POST", statuts=(405,)
    ),
    # --- échanges --------------------------------------------------------------------------------------------------
    "echanges": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "export-transitions": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "export-plan": Privee(args=lambda m: m.args(forme="docx"), voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "export-fiche": Privee(args=lambda m: m.args(m.fiche, forme="docx"), voit=_fiche),
    "export-classeur": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "export-json": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "modele-transitions": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "import-plan": Privee(args=lambda m: m.args(m.import_plan), voit=_import),
    "import-plan-annote": Privee(args=lambda m: m.args(m.import_plan), voit=_import),
    "import-plan-choisir": Privee(
        methodes="POST", args=lambda m: m.args(m.import_plan), voit=_import, peut=_importe
    ),
    "import-plan-avancer": Privee(
        methodes="POST", args=lambda m: m.args(m.import_plan), voit=_import, peut=_importe
    ),
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
    "fiches-tableau": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "fiches-calendrier": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "fiches-carte": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "fiches-lot": Privee(
        args=_territoire, methodes="GET POST", voit=LIT_TERRITOIRE, peut=_permission(P.FICHE_UPDATE)
    ),
    "fiches-colonnes": Privee(args=_territoire, methodes="POST", voit=LIT_TERRITOIRE, peut=LIT_FICHES),
    "fiche-partie": Privee(
        args=lambda m: m.args(m.fiche, partie="etapes"),
        methodes="GET POST",
        voit=_fiche,
        peut=lambda user, m: user_can_update_fiche(user, m.fiche),
    ),
    "fiche-indicateur": Privee(args=lambda m: m.args(m.fiche, indicateur=m.indicateur.pk), voit=_fiche),
    "fiche-remarques": Privee(args=lambda m: m.args(m.fiche), methodes="GET POST", voit=_fiche),
    "remarque-clore": Privee(
        args=lambda m: m.args(m.fiche, remarque=m.remarque.pk),
        methodes="POST",
        voit=_fiche,
        peut=lambda user, m: user_can_close_commentaire(user, m.remarque),
    ),
    "fiche-fusionner": Privee(
        args=lambda m: m.args(m.fiche),
        methodes="GET POST",
        voit=_fiche,
        peut=lambda user, m: user_can_recode_fiche(user, m.fiche),
    ),
    "fiche-scinder": Privee(
        args=lambda m: m.args(m.fiche),
        methodes="GET POST",
        voit=_fiche,
        peut=lambda user, m: user_can_recode_fiche(user, m.fiche),
    ),
    "fiche-territoires": Privee(args=lambda m: m.args(m.fiche), voit=_fiche),
    "partage-repondre": Privee(
        args=lambda m: m.args(m.fiche, partage=m.partage.pk),
        methodes="POST",
        voit=_fiche,
        peut=lambda user, m: user_can_answer_partage(user, m.partage),
    ),
    "partage-retirer": Privee(
        args=lambda m: m.args(m.fiche, partage=m.partage.pk),
        methodes="POST",
        voit=_fiche,
        peut=lambda user, m: user_can_update_fiche(user, m.fiche),
    ),
    "fiche-lue": Privee(
        args=lambda m: m.args(m.fiche),
        methodes="POST",
        voit=_fiche,
        peut=lambda user, m: user_can_mark_lue(user, m.fiche),
    ),
    "fiche-brouillon": Privee(
        args=lambda m: m.args(m.fiche, partie="etapes"),
        methodes="POST",
        voit=_fiche,
        peut=lambda user, m: user_can_update_fiche(user, m.fiche),
    ),
    "version-restaurer": Privee(
        args=lambda m: m.args(m.fiche, numero=1),
        methodes="POST",
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
    "plan-proposer": Privee(
        args=lambda m: m.args(m.fiche), methodes="GET POST", voit=_fiche, peut=_change_plan
    ),
    "plan-preciser": Privee(
        args=lambda m: m.args(m.fiche), methodes="GET POST", voit=_fiche, peut=_change_plan
    ),
    "aide-recue-create": _change_un_plan(),
    "aide-recue-delete": _change_un_plan(aide_pk=lambda m: m.aide_recue.pk),
    "ligne-preciser": Privee(
        args=lambda m: {"pk": m.ligne.pk},
        methodes="GET POST",
        voit=_ligne,
        peut=lambda user, m: user_can_precise_ligne(user, m.ligne),
    ),
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
    "service-create": _change_un_plan(),
    "remede-apply": _change_un_plan(),
    "plan-publish": _change_un_plan(),
    "ligne-echange": Privee(
        args=lambda m: {"pk": m.ligne.pk, "nature": "question"},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_is_financeur_of(user, m.ligne),
    ),
    "ligne-recu": Privee(
        args=lambda m: {"pk": m.ligne.pk},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_can_declare_recu(user, m.ligne),
    ),
    "ligne-annees": Privee(
        args=lambda m: {"pk": m.ligne.pk},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_can_precise_ligne(user, m.ligne),
    ),
    "ligne-lettre": Privee(
        args=lambda m: {"pk": m.ligne.pk, "vers": "accorde", "forme": "docx"},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_can_move_ligne(user, m.ligne, StatutLigne.ACCORDE),
    ),
    "lettre-etape": Privee(
        args=lambda m: {"pk": m.ligne_accordee.pk, "etape_pk": m.etape_avec_piece.pk, "forme": "docx"},
        voit=_piece,
    ),
    "ligne-revise": Privee(
        args=lambda m: {"pk": m.ligne.pk},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_can_send_lien(user, m.ligne),
    ),
    "ligne-detail": Privee(args=lambda m: {"pk": m.ligne.pk}, voit=_ligne),
    "ligne-move": Privee(
        args=lambda m: {"pk": m.ligne.pk, "vers": "accorde"},
        methodes="POST",
        voit=_ligne,
        peut=lambda user, m: user_can_move_ligne(user, m.ligne, StatutLigne.ACCORDE),
    ),
    "ligne-confirm": Privee(
        args=lambda m: {"pk": m.ligne_part.pk},
        methodes="GET POST",
        voit=lambda user, m: lignes_visible_to(user).filter(pk=m.ligne_part.pk).exists(),
        peut=lambda user, m: user_can_confirm_part(user, m.ligne_part),
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
    "acte-reprendre": Privee(
        args=lambda m: m.args(m.acte_arrete), methodes="GET POST", voit=_acte("acte_arrete"), peut=_prepare
    ),
    "acte-fichier-remplace": Privee(
        args=lambda m: m.args(m.acte_repris, arret=m.acte_repris.arrets_remplaces.get().pk, forme="pdf"),
        voit=_acte("acte_repris"),
    ),
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
    # --- gouvernance ---------------------------------------------------------------------------------------------
    "invitation-repondre": Publique(args=lambda m: {"jeton": m.jeton_rendez_vous}, methodes="GET POST"),
    "invitation-ics": Publique(args=lambda m: {"jeton": m.jeton_rendez_vous}),
    "comite-liste": Privee(args=_territoire, voit=LIT_TERRITOIRE, peut=_permission(P.COMITE_READ)),
    "comite-create": Privee(
        args=_territoire, methodes="GET POST", voit=LIT_TERRITOIRE, peut=_permission(P.COMITE_MANAGE)
    ),
    "comite-miens": Privee(),
    "comite-copil-create": Privee(methodes="GET POST", peut=lambda user, m: user_can_create_copil(user)),
    "comite-detail": Privee(args=lambda m: m.args(m.comite), voit=_comite),
    "comite-update": _tient_un_comite(),
    "comite-dissoudre": _tient_un_comite(),
    "comite-regle": _tient_un_comite(),
    "comite-college-create": _tient_un_comite("POST"),
    "comite-college-remove": _tient_un_comite("POST", college=lambda m: m.college.pk),
    "comite-membre-create": _tient_un_comite(),
    "comite-membre-update": _tient_un_comite(membre=lambda m: m.membre.pk),
    "comite-membre-end": _tient_un_comite(membre=lambda m: m.membre.pk),
    "seance-create": _tient_un_comite(),
    "seance-detail": _voit_une_seance(),
    "seance-update": _tient_une_seance("GET POST"),
    "seance-annuler": _tient_une_seance("GET POST"),
    "seance-move": _tient_une_seance(vers=lambda m: "convoquee"),
    "seance-point-create": _tient_une_seance(),
    "seance-points-proposes": _tient_une_seance(),
    "seance-point-move": _tient_une_seance(point=lambda m: m.point.pk),
    "seance-point-remove": _tient_une_seance(point=lambda m: m.point.pk),
    "seance-invite": _tient_une_seance(),
    "seance-repondre": _voit_une_seance("POST"),
    "seance-ics-depot": _tient_une_seance(),
    "seance-ics": _voit_une_seance(),
    "seance-presence": _tient_une_seance("GET POST"),
    "seance-feuille": _voit_une_seance(),
    "seance-decision": _tient_une_seance("GET POST"),
    "seance-releve": _voit_une_seance(),
    "seance-releve-fichier": _voit_une_seance(forme="docx"),
    "seance-releve-arreter": _tient_une_seance(),
    "seance-releve-envoyer": _tient_une_seance(),
    "seance-releve-lien": _tient_une_seance(membre=lambda m: m.membre.pk),
    "seance-releve-signer": Privee(
        args=lambda m: m.args(m.seance),
        methodes="POST",
        voit=_seance,
        peut=lambda user, m: get_siege_signataire(user, m.seance) is not None,
    ),
}
