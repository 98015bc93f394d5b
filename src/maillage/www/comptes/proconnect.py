"""ProConnect (OpenID Connect) : préparer la demande, lire la réponse. Tout ce qui prouve passe par Authlib et joserfc.

Vérifié à chaque connexion : `state` (session), PKCE S256, `nonce`, signature par une clé publiée de l’émetteur et un
algorithme asymétrique de la liste, `iss`, `aud`, `exp`, `iat` ; puis le `userinfo`, signé lui aussi, dont le `sub` doit
être celui du jeton d’identité.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from maillage.socle.erreurs import ActionImpossible

# Jamais « none », jamais un algorithme à secret partagé : une clé publique ne doit pas pouvoir en tenir lieu.
ALGORITHMES = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
TOLERANCE = 30  # secondes entre deux horloges
DELAI = 10  # secondes d’attente de l’émetteur
ECHEC = "ProConnect n’a pas pu confirmer votre identité. Recommencez, ou recevez un code par courriel."
AMR_FORTS = frozenset({"mfa"})


@dataclass(frozen=True)
class Identite:
    """Ce que ProConnect atteste. `is_forte` : deux facteurs ont été vérifiés chez lui."""

    emetteur: str
    sub: str
    email: str
    is_email_sur: bool
    prenom: str
    nom: str
    siret: str
    is_forte: bool
    id_token: str


def is_actif() -> bool:
    return bool(settings.PROCONNECT_EMETTEUR)


@lru_cache(maxsize=4)
def _build_client(emetteur: str, client: str, secret: str, portees: str) -> Any:
    return OAuth().register(
        "proconnect",
        client_id=client,
        client_secret=secret,
        server_metadata_url=f"{emetteur.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": portees,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": settings.PROCONNECT_AUTHENTIFICATION,
            "default_timeout": DELAI,
            # Le jeton d’accès de ProConnect ne vit qu’une minute : le renouveler d’avance le dirait déjà mort.
            "leeway": 0,
        },
    )


def get_client() -> Any:
    """Le client de l’émetteur réglé, ses adresses lues à sa page de découverte. ActionImpossible s’il ne répond pas."""
    client = _build_client(
        settings.PROCONNECT_EMETTEUR,
        settings.PROCONNECT_CLIENT,
        settings.PROCONNECT_SECRET,
        settings.PROCONNECT_PORTEES,
    )
    try:
        metadonnees = client.load_server_metadata()
    except (RequestException, ValueError) as panne:
        raise ActionImpossible(
            "ProConnect ne répond pas. Recevez un code par courriel, ou réessayez plus tard."
        ) from panne
    if metadonnees.get("issuer") != settings.PROCONNECT_EMETTEUR:
        raise ActionImpossible(ECHEC)
    metadonnees["id_token_signing_alg_values_supported"] = ALGORITHMES
    return client


def get_adresse_retour() -> str:
    return settings.ADRESSE_PUBLIQUE + reverse("proconnect-retour")


def start(request: HttpRequest) -> HttpResponse:
    """Renvoie vers l’émetteur, `state`, `nonce` et preuve PKCE gardés en session."""
    parametres = {
        # ProConnect ne donne « acr » et « amr » que si on les demande.
        "claims": json.dumps({"id_token": {"amr": {"essential": True}, "acr": {"essential": True}}})
    }
    if settings.PROCONNECT_ACR:
        parametres["acr_values"] = settings.PROCONNECT_ACR
    try:
        reponse: HttpResponse = get_client().authorize_redirect(request, get_adresse_retour(), **parametres)
    except RequestException as panne:
        raise ActionImpossible(ECHEC) from panne
    return reponse


def read_identite(request: HttpRequest) -> Identite:
    """L’identité attestée par la réponse. Tout écart (state, nonce, signature, dates, destinataire…) : ActionImpossible."""
    client = get_client()
    attendu = {
        "iss": {"essential": True, "value": settings.PROCONNECT_EMETTEUR},
        "aud": {"essential": True, "value": settings.PROCONNECT_CLIENT},
    }
    try:
        jetons = client.authorize_access_token(request, claims_options=attendu, leeway=TOLERANCE)
        if "userinfo" not in jetons:
            raise ActionImpossible(ECHEC)
        prouve = jetons["userinfo"]
        detail = _read_userinfo(client, jetons)
    except (OAuthError, JoseError, RequestException, ValueError, KeyError) as erreur:
        raise ActionImpossible(ECHEC) from erreur
    if detail.get("sub") != prouve["sub"]:
        raise ActionImpossible(ECHEC)
    amr = prouve.get("amr") or []
    return Identite(
        emetteur=settings.PROCONNECT_EMETTEUR,
        sub=str(prouve["sub"]),
        email=str(detail.get("email", "")).strip().lower(),
        is_email_sur=detail.get("email_verified", True) is True,
        prenom=str(detail.get("given_name", "")),
        nom=str(detail.get("usual_name") or detail.get("family_name") or ""),
        siret="".join(chiffre for chiffre in str(detail.get("siret", "")) if chiffre.isdigit()),
        is_forte=bool(AMR_FORTS.intersection(amr)) or prouve.get("acr") in settings.PROCONNECT_ACR_FORTS,
        id_token=jetons["id_token"],
    )


def _read_userinfo(client: Any, jetons: dict[str, Any]) -> dict[str, Any]:
    """Le détail de l’identité : un JWT signé (forme de ProConnect) ou du JSON lu en direct chez l’émetteur."""
    reponse = client.get(client.server_metadata["userinfo_endpoint"], token=jetons)
    reponse.raise_for_status()
    if "jwt" not in reponse.headers.get("Content-Type", ""):
        donnees: dict[str, Any] = reponse.json()
        return donnees
    cles = KeySet.import_key_set(client.fetch_jwk_set())
    try:
        lu = jwt.decode(reponse.text.strip(), cles, algorithms=ALGORITHMES)
    except InvalidKeyIdError:  # une clé neuve chez l’émetteur
        lu = jwt.decode(
            reponse.text.strip(),
            KeySet.import_key_set(client.fetch_jwk_set(force=True)),
            algorithms=ALGORITHMES,
        )
    jwt.JWTClaimsRegistry(
        leeway=TOLERANCE,
        iss={"essential": True, "value": settings.PROCONNECT_EMETTEUR},
        aud={"essential": True, "value": settings.PROCONNECT_CLIENT},
    ).validate(lu.claims)
    return dict(lu.claims)


def build_adresse_fin(request: HttpRequest, id_token: str) -> str:
    """L’adresse qui ferme aussi la session chez l’émetteur ; vide s’il n’en a pas ou ne répond pas."""
    try:
        fin = get_client().create_logout_url(
            post_logout_redirect_uri=settings.ADRESSE_PUBLIQUE + reverse("proconnect-fin"),
            id_token_hint=id_token,
        )
    except (ActionImpossible, RuntimeError):
        return ""
    request.session["proconnect_fin"] = fin["state"]
    return str(fin["url"])
