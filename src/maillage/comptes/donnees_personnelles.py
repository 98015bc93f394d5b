"""Ce que les comptes gardent d’une personne."""

from datetime import datetime, timedelta

from maillage.comptes.models import (
    CodeConnexion,
    LienPersonnel,
    Personne,
    SessionOuverte,
    Tentative,
)
from maillage.socle.donnees_personnelles import Lignes, Traitement

UN_AN = timedelta(days=365)
UN_JOUR = timedelta(days=1)


def _export_compte(personne: Personne) -> Lignes:
    return [
        {
            "prenom": personne.prenom,
            "nom": personne.nom,
            "courriel": personne.email,
            "source": personne.source,
        }
    ] + [
        {
            "fonction": f.get_role_display(),
            "organisation": f.organisation.nom,
            "qualite": f.intitule,
            "debut": f.debut and f.debut.isoformat(),
            "fin": f.fin and f.fin.isoformat(),
        }
        for f in personne.fonctions.select_related("organisation").order_by("id")
    ]


def _export_sessions(personne: Personne) -> Lignes:
    return [
        {
            "appareil": s.appareil,
            "machine": s.machine,
            "moyen": s.get_moyen_display(),
            "ouverte_le": s.ouverte_at.isoformat(),
            "fermee_le": s.fermee_at and s.fermee_at.isoformat(),
        }
        for s in personne.sessions.order_by("id")
    ]


def _export_identites(personne: Personne) -> Lignes:
    return [
        {
            "emetteur": i.emetteur,
            "identifiant": i.sub,
            "siret": i.siret,
            "reliee_le": i.reliee_at.isoformat(),
            "derniere_connexion": i.vue_at.isoformat(),
        }
        for i in personne.identites.order_by("id")
    ]


def _export_facteur(personne: Personne) -> Lignes:
    facteur = getattr(personne, "second_facteur", None)
    return [{"en_service_depuis": facteur.confirme_at and facteur.confirme_at.isoformat()}] if facteur else []


def _export_codes(personne: Personne) -> Lignes:
    codes = CodeConnexion.objects.filter(email__iexact=personne.email or "").order_by("id")
    return [{"demande_le": code.cree_at.isoformat()} for code in codes]


def _export_liens(personne: Personne) -> Lignes:
    liens = LienPersonnel.objects.filter(email__iexact=personne.email or "").order_by("id")
    return [
        {
            "but": lien.get_but_display(),
            "nom": lien.nom,
            "organisation": str(lien.organisation),
            "envoye_le": lien.cree_at.isoformat(),
        }
        for lien in liens.select_related("organisation")
    ]


def _purge_sessions(instant: datetime) -> int:
    return SessionOuverte.objects.filter(expire_at__lt=instant - UN_AN).delete()[0]


def _purge_codes(instant: datetime) -> int:
    nombre = CodeConnexion.objects.filter(expire_at__lt=instant - UN_JOUR).delete()[0]
    return nombre + Tentative.objects.filter(at__lt=instant - UN_JOUR).delete()[0]


def _purge_liens(instant: datetime) -> int:
    return LienPersonnel.objects.filter(expire_at__lt=instant - UN_AN).delete()[0]


TRAITEMENTS = [
    Traitement(
        "compte",
        "Compte\u00a0: nom, prénom, courriel, fonctions datées",
        "Se connecter, et n’agir que là où l’on en a le droit",
        "Tant que le compte sert\u00a0; effacé sur demande, seul reste le nom dans les actes et le journal",
        _export_compte,
    ),
    Traitement(
        "codes",
        "Codes de connexion (hachés) et essais (adresse hachée)",
        "Vérifier que l’adresse est la vôtre, sans mot de passe\u00a0; arrêter qui devine",
        "Un jour",
        _export_codes,
        _purge_codes,
    ),
    Traitement(
        "sessions",
        "Sessions\u00a0: appareil, adresse réseau, date",
        "Vous montrer d’où l’on s’est connecté en votre nom, et fermer ce qui n’est pas vous",
        "Un an après la fin de la session",
        _export_sessions,
        _purge_sessions,
    ),
    Traitement(
        "second_facteur",
        "Second facteur\u00a0: secret partagé avec votre application (chiffré), codes de secours (hachés)",
        "Protéger les comptes qui engagent l’État, une Région, un opérateur",
        "Tant qu’il est en service",
        _export_facteur,
    ),
    Traitement(
        "identites",
        "Identité ProConnect\u00a0: identifiant, SIRET de l’employeur",
        "Vous reconnaître d’une connexion à l’autre",
        "Tant que le compte sert",
        _export_identites,
    ),
    Traitement(
        "liens",
        "Lien personnel\u00a0: nom, courriel, organisation",
        "Répondre à une demande ou signer sans créer de compte",
        "Un an après l’expiration du lien",
        _export_liens,
        _purge_liens,
    ),
]
