"""Actes de connexion : limites d’essais, sessions, second facteur, identités ProConnect."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Q

from maillage.comptes import events
from maillage.comptes.enums import MoyenConnexion, NatureTentative
from maillage.comptes.models import (
    CodeSecours,
    IdentiteExterne,
    Personne,
    SecondFacteur,
    SessionOuverte,
    Tentative,
)
from maillage.comptes.policies_connexion import LIMITES
from maillage.journal.actions import Auteur, record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant

PAS = 30  # secondes, RFC 6238
CODES_SECOURS = 10
NOM_TOTP = "Maillage"


# --- limites -------------------------------------------------------------------------------------------------------


def _hash_cle(sorte: str, valeur: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{sorte}:{valeur.lower()}".encode(), "sha256").hexdigest()


def check_limite(*, nature: NatureTentative, adresse: str, machine: str = "") -> None:
    """ActionImpossible si l’adresse ou la machine a épuisé ses essais de l’heure (`policies_connexion.LIMITES`)."""
    limite = LIMITES[nature]
    cles = {
        _hash_cle("adresse", adresse): limite.par_adresse,
        _hash_cle("machine", machine) if machine else "": limite.par_machine,
    }
    comptes = (
        Tentative.objects.filter(nature=nature, cle__in=cles, at__gt=maintenant() - limite.fenetre)
        .values_list("cle")
        .annotate(n=Count("pk"))
        .order_by()
    )
    if any(nombre >= cles[cle] for cle, nombre in comptes):
        raise ActionImpossible(limite.phrase)


def record_tentative(*, nature: NatureTentative, adresse: str, machine: str = "") -> None:
    """Compte un essai, pour l’adresse et pour la machine."""
    cles = [_hash_cle("adresse", adresse)] + ([_hash_cle("machine", machine)] if machine else [])
    Tentative.objects.bulk_create([Tentative(nature=nature, cle=cle, at=maintenant()) for cle in cles])


# --- sessions ------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_session(
    *,
    personne: Personne,
    cle: str,
    moyen: MoyenConnexion,
    is_forte: bool,
    appareil: str,
    machine: str,
    expire_at: datetime,
) -> SessionOuverte:
    """Inscrit la session `cle`, que la page vient d’ouvrir ; une clé réemployée remplace son ancienne ligne."""
    ouverte, _ = SessionOuverte.objects.update_or_create(
        cle=cle,
        defaults={
            "personne": personne,
            "moyen": moyen,
            "is_forte": is_forte,
            "appareil": appareil[:120],
            "machine": machine[:45],
            "ouverte_at": maintenant(),
            "expire_at": expire_at,
            "fermee_at": None,
        },
    )
    return ouverte


@transaction.atomic
def close_session(*, cle: str) -> None:
    """La personne se déconnecte elle-même."""
    SessionOuverte.objects.filter(cle=cle, fermee_at__isnull=True).update(fermee_at=maintenant())


@transaction.atomic
def revoke_sessions(*, personne: Personne, by: Auteur, sauf: str = "", seule: int | None = None) -> int:
    """Ferme les sessions ouvertes d’une personne : refusées dès la demande suivante. Rend leur nombre.

    `sauf` : clé de la session à garder. `seule` : identifiant de la seule session à fermer.
    """
    ouvertes = SessionOuverte.objects.filter(
        personne=personne, fermee_at__isnull=True, expire_at__gt=maintenant()
    ).exclude(cle=sauf)
    if seule is not None:
        ouvertes = ouvertes.filter(pk=seule)
    cles = list(ouvertes.values_list("cle", flat=True))
    Session.objects.filter(session_key__in=cles).delete()
    SessionOuverte.objects.filter(cle__in=cles).update(fermee_at=maintenant())
    if cles:
        record(events.SESSIONS_FERMEES, cible=personne, by=by, apres={"nombre": len(cles)})
    return len(cles)


# --- second facteur ------------------------------------------------------------------------------------------------


def _fernet() -> MultiFernet:
    """Le chiffre des secrets TOTP, tiré de la clé de l’installation : une copie de la base ne suffit pas à les lire."""
    cles = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(hashlib.sha256(f"maillage.second_facteur:{cle}".encode()).digest())
            )
            for cle in cles
        ]
    )


def read_secret(facteur: SecondFacteur) -> str:
    """Le secret en clair, pour le montrer une fois ou vérifier un code. Clé changée : ActionImpossible."""
    try:
        return _fernet().decrypt(facteur.secret_chiffre.encode()).decode()
    except InvalidToken:
        raise ActionImpossible(
            "Votre second facteur n’est plus lisible par cette installation. "
            "Demandez à l’administrateur de le retirer, puis inscrivez-le de nouveau."
        ) from None


def build_adresse_totp(facteur: SecondFacteur) -> str:
    """L’adresse « otpauth:// » que lit l’application, mise dans le dessin à photographier."""
    return pyotp.TOTP(read_secret(facteur)).provisioning_uri(
        name=facteur.personne.email or str(facteur.personne), issuer_name=NOM_TOTP
    )


@transaction.atomic
def start_second_facteur(*, personne: Personne) -> SecondFacteur:
    """Prépare un second facteur, pas encore en service. Un facteur déjà confirmé : ActionImpossible."""
    facteur = SecondFacteur.objects.select_for_update().filter(personne=personne).first()
    if facteur and facteur.confirme_at:
        raise ActionImpossible(
            "Votre second facteur est déjà en service. Retirez-le avant d’en inscrire un autre."
        )
    if facteur:
        return facteur
    return SecondFacteur.objects.create(
        personne=personne,
        secret_chiffre=_fernet().encrypt(pyotp.random_base32().encode()).decode(),
        cree_at=maintenant(),
    )


def _find_pas(secret: str, code: str) -> int | None:
    """L’intervalle dont `code` est le code juste : le présent, ou un voisin pour une horloge décalée. Sinon None."""
    totp = pyotp.TOTP(secret, interval=PAS)
    present = int(maintenant().timestamp()) // PAS
    propre = "".join(code.split())
    for pas in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(pas).encode(), propre.encode()):
            return pas
    return None


def _refuse_facteur(personne: Personne, machine: str, phrase: str) -> ActionImpossible:
    record_tentative(nature=NatureTentative.FACTEUR_FAUX, adresse=f"personne:{personne.pk}", machine=machine)
    return ActionImpossible(phrase)


def _check_facteur_limite(personne: Personne, machine: str) -> None:
    check_limite(nature=NatureTentative.FACTEUR_FAUX, adresse=f"personne:{personne.pk}", machine=machine)


def _use_code_totp(personne: Personne, code: str, *, confirme: bool) -> bool:
    """Vrai si le code est juste et n’a pas servi ; il ne resservira pas."""
    with transaction.atomic():
        facteur = (
            SecondFacteur.objects.select_for_update()
            .filter(personne=personne, confirme_at__isnull=not confirme)
            .first()
        )
        if facteur is None:
            return False
        pas = _find_pas(read_secret(facteur), code)
        if pas is None or (facteur.dernier_pas is not None and pas <= facteur.dernier_pas):
            return False
        facteur.dernier_pas = pas
        facteur.save(update_fields=["dernier_pas"])
        return True


def confirm_second_facteur(*, personne: Personne, code: str, machine: str = "") -> list[str]:
    """Met en service le second facteur préparé, sur un premier code juste ; rend les codes de secours, montrés une fois."""
    _check_facteur_limite(personne, machine)
    if not _use_code_totp(personne, code, confirme=False):
        raise _refuse_facteur(
            personne,
            machine,
            "Ce n’est pas le code que montre votre application. Vérifiez l’heure de votre téléphone, puis recopiez le code présent.",
        )
    with transaction.atomic():
        SecondFacteur.objects.filter(personne=personne).update(confirme_at=maintenant())
        record(events.FACTEUR_INSCRIT, cible=personne, by=personne)
        return _draw_codes_secours(personne)


def check_second_facteur(*, personne: Personne, code: str, machine: str = "") -> None:
    """Accepte un code de l’application ou un code de secours, une seule fois chacun ; sinon ActionImpossible."""
    _check_facteur_limite(personne, machine)
    if _use_code_totp(personne, code, confirme=True):
        return
    if _use_code_secours(personne, code):
        return
    raise _refuse_facteur(
        personne,
        machine,
        "Ce code n’est pas le bon, ou il a déjà servi. Attendez le code suivant de votre application, ou prenez un code de secours.",
    )


def _hash_secours(personne: Personne, code: str) -> str:
    propre = "".join(lettre for lettre in code.lower() if lettre.isalnum())
    return hmac.new(
        settings.SECRET_KEY.encode(), f"secours:{personne.pk}:{propre}".encode(), "sha256"
    ).hexdigest()


def _use_code_secours(personne: Personne, code: str) -> bool:
    with transaction.atomic():
        utilises = CodeSecours.objects.filter(
            personne=personne, code_hache=_hash_secours(personne, code), utilise_at__isnull=True
        ).update(utilise_at=maintenant())
        if utilises:
            reste = CodeSecours.objects.filter(personne=personne, utilise_at__isnull=True).count()
            record(events.CODE_SECOURS_UTILISE, cible=personne, by=personne, apres={"reste": reste})
        return bool(utilises)


def _draw_codes_secours(personne: Personne) -> list[str]:
    """Tire dix codes neufs ; les anciens ne valent plus."""
    CodeSecours.objects.filter(personne=personne).delete()
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(CODES_SECOURS)]
    CodeSecours.objects.bulk_create(
        [
            CodeSecours(personne=personne, code_hache=_hash_secours(personne, code), cree_at=maintenant())
            for code in codes
        ]
    )
    return codes


@transaction.atomic
def renew_codes_secours(*, personne: Personne) -> list[str]:
    """Remplace les codes de secours et les rend, montrés une fois. Sans second facteur : ActionImpossible."""
    if not has_second_facteur(personne):
        raise ActionImpossible(
            "Inscrivez d’abord un second facteur\u00a0: les codes de secours le remplacent en cas de perte."
        )
    codes = _draw_codes_secours(personne)
    record(events.CODES_SECOURS_RENOUVELES, cible=personne, by=personne)
    return codes


@transaction.atomic
def remove_second_facteur(*, personne: Personne, by: Auteur, motif: str = "") -> None:
    """Retire le second facteur et ses codes de secours. Par quelqu’un d’autre : un motif, et ses sessions se ferment."""
    by_autre = by.pk != personne.pk
    if by_autre and not motif.strip():
        raise ActionImpossible(
            "Écrivez pourquoi vous retirez ce second facteur\u00a0: le motif paraît au journal."
        )
    if not SecondFacteur.objects.filter(personne=personne).delete()[0]:
        raise ActionImpossible(f"{personne} n’a pas de second facteur.")
    CodeSecours.objects.filter(personne=personne).delete()
    record(events.FACTEUR_RETIRE, cible=personne, by=by, motif=motif.strip())
    if by_autre:
        revoke_sessions(personne=personne, by=by)


def has_second_facteur(personne: Personne) -> bool:
    """Vrai si un second facteur est en service."""
    return SecondFacteur.objects.filter(personne=personne, confirme_at__isnull=False).exists()


# --- ProConnect ----------------------------------------------------------------------------------------------------


@transaction.atomic
def find_personne_proconnect(
    *, emetteur: str, sub: str, email: str, is_email_sur: bool, siret: str = ""
) -> Personne | None:
    """La personne que cet émetteur atteste, ou None si aucun compte ouvert ne lui répond.

    On reconnaît d’abord l’identifiant chez l’émetteur ; à la première connexion, l’adresse qu’il a vérifiée, et
    l’identité est reliée. Un compte déjà relié à une autre identité du même émetteur ne change pas de mains.
    """
    identite = (
        IdentiteExterne.objects.select_for_update(of=("self",))
        .select_related("personne")
        .filter(emetteur=emetteur, sub=sub)
        .first()
    )
    if identite is not None:
        identite.vue_at, identite.siret = maintenant(), siret[:14]
        identite.save(update_fields=["vue_at", "siret"])
        return identite.personne if identite.personne.is_active else None
    if not email or not is_email_sur:
        return None
    personne = (
        Personne.objects.filter(email__iexact=email, is_active=True)
        .exclude(Q(identites__emetteur=emetteur))
        .first()
    )
    if personne is None:
        return None
    IdentiteExterne.objects.create(
        personne=personne,
        emetteur=emetteur,
        sub=sub,
        siret=siret[:14],
        reliee_at=maintenant(),
        vue_at=maintenant(),
    )
    record(events.IDENTITE_RELIEE, cible=personne, by=personne, apres={"emetteur": emetteur})
    return personne
