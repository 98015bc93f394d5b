"""Un fournisseur d’identité d’essai : OpenID Connect, jetons signés RS256, userinfo signé comme celui de ProConnect.

Il tourne sur 127.0.0.1, sans réseau. Chaque écart (`ecarts`) fabrique la réponse d’un fournisseur malveillant ou cassé.
À la main : `python -m tests.fournisseur 8200`, puis MAILLAGE_PROCONNECT_EMETTEUR=http://127.0.0.1:8200.
"""

import base64
import hashlib
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "maillage-essai", "secret-essai"
IDENTITE = {
    "sub": "sub-123",
    "email": "agent@essai.example",
    "given_name": "Camille",
    "usual_name": "Essai",
    "siret": "13002526500013",
}


# Une fois par lancement : tirer une clé RSA est long.
CLE, FAUSSE_CLE = (RSAKey.generate_key(2048, {"kid": "essai", "use": "sig"}) for _ in range(2))


def _b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass
class Fournisseur:
    """`identite` : ce que dit le userinfo. `ecarts` : champs changés dans le jeton d’identité, ou forme de la réponse."""

    identite: dict[str, Any] = field(default_factory=lambda: dict(IDENTITE))
    amr: list[str] = field(default_factory=lambda: ["pwd"])
    acr: str = "eidas1"
    ecarts: dict[str, Any] = field(default_factory=dict)
    demandes: dict[str, dict[str, str]] = field(default_factory=dict)
    adresse: str = ""
    cle: RSAKey = field(default_factory=lambda: CLE)
    fausse_cle: RSAKey = field(default_factory=lambda: FAUSSE_CLE)

    def decouvre(self) -> dict[str, Any]:
        return {
            "issuer": self.ecarts.get("issuer", self.adresse),
            "authorization_endpoint": f"{self.adresse}/authorize",
            "token_endpoint": f"{self.adresse}/token",
            "userinfo_endpoint": f"{self.adresse}/userinfo",
            "jwks_uri": f"{self.adresse}/jwks",
            "end_session_endpoint": f"{self.adresse}/session/end",
            # Un fournisseur qui se dit prêt à tout : c’est à nous de refuser « none ».
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }

    def autorise(self, parametres: dict[str, str]) -> str:
        """L’adresse de retour, avec un code neuf."""
        code = f"code-{len(self.demandes)}"
        self.demandes[code] = parametres
        return parametres["redirect_uri"] + "?" + urlencode({"code": code, "state": parametres["state"]})

    def echange(self, formulaire: dict[str, str]) -> tuple[int, dict[str, Any]]:
        demande = self.demandes.pop(formulaire.get("code", ""), None)
        if demande is None or formulaire.get("client_secret") != SECRET:
            return 400, {"error": "invalid_grant"}
        attendu = _b64(hashlib.sha256(formulaire.get("code_verifier", "").encode()).digest())
        if demande.get("code_challenge_method") != "S256" or attendu != demande["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        instant = int(time.time())
        revendications = {
            "iss": self.adresse,
            "sub": self.identite["sub"],
            "aud": CLIENT,
            "iat": instant,
            "exp": instant + 60,
            "nonce": demande["nonce"],
            "acr": self.acr,
            "amr": self.amr,
        } | {
            cle: valeur
            for cle, valeur in self.ecarts.items()
            if cle in ("iss", "aud", "exp", "iat", "nonce", "azp")
        }
        reponse = {"access_token": "jeton-acces", "token_type": "Bearer", "expires_in": 60}
        if "sans_id_token" not in self.ecarts:
            reponse["id_token"] = self._sign(revendications)
        return 200, reponse

    def _sign(self, revendications: dict[str, Any]) -> str:
        alg = self.ecarts.get("alg", "RS256")
        if alg == "none":
            entete = _b64(json.dumps({"alg": "none", "typ": "JWT"}).encode())
            return f"{entete}.{_b64(json.dumps(revendications).encode())}."
        if alg == "HS256":  # la clé publique prise pour un secret partagé
            cle = OctKey.import_key(self.cle.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": "essai"}, revendications, cle, algorithms=["HS256"])
        cle = self.fausse_cle if "fausse_cle" in self.ecarts else self.cle
        return jwt.encode({"alg": "RS256", "kid": "essai"}, revendications, cle)

    def renseigne(self) -> tuple[str, bytes]:
        if "userinfo_json" in self.ecarts:
            return "application/json", json.dumps(self.identite).encode()
        cle = self.fausse_cle if "userinfo_faux" in self.ecarts else self.cle
        detail = self.identite | {
            "iss": self.adresse,
            "aud": self.ecarts.get("userinfo_aud", CLIENT),
            "sub": self.ecarts.get("userinfo_sub", self.identite["sub"]),
            "iat": int(time.time()),
        }
        return "application/jwt", jwt.encode({"alg": "RS256", "kid": "essai"}, detail, cle).encode()


def _build_porte(fournisseur: Fournisseur) -> type[BaseHTTPRequestHandler]:
    class Porte(BaseHTTPRequestHandler):
        def _send(self, statut: int, corps: bytes, nature: str = "application/json", **entetes: str) -> None:
            self.send_response(statut)
            for nom, valeur in (
                {"Content-Type": nature, "Content-Length": str(len(corps))} | entetes
            ).items():
                self.send_header(nom, valeur)
            self.end_headers()
            self.wfile.write(corps)

        def do_GET(self) -> None:
            adresse = urlsplit(self.path)
            parametres = {nom: valeurs[0] for nom, valeurs in parse_qs(adresse.query).items()}
            if adresse.path == "/.well-known/openid-configuration":
                self._send(200, json.dumps(fournisseur.decouvre()).encode())
            elif adresse.path == "/jwks":
                self._send(200, json.dumps({"keys": [fournisseur.cle.as_dict(private=False)]}).encode())
            elif adresse.path == "/authorize":
                self._send(302, b"", Location=fournisseur.autorise(parametres))
            elif adresse.path == "/userinfo":
                nature, corps = fournisseur.renseigne()
                self._send(200, corps, nature)
            elif adresse.path == "/session/end":
                retour = (
                    f"{parametres['post_logout_redirect_uri']}?{urlencode({'state': parametres['state']})}"
                )
                self._send(302, b"", Location=retour)
            else:
                self._send(404, b"{}")

        def do_POST(self) -> None:
            corps = self.rfile.read(int(self.headers["Content-Length"])).decode()
            statut, reponse = fournisseur.echange({n: v[0] for n, v in parse_qs(corps).items()})
            self._send(statut, json.dumps(reponse).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Le journal des essais reste lisible."""

    return Porte


def serve(fournisseur: Fournisseur, port: int = 0) -> ThreadingHTTPServer:
    """Démarre le fournisseur dans un fil ; `shutdown()` puis `server_close()` l’arrêtent."""
    serveur = ThreadingHTTPServer(("127.0.0.1", port), _build_porte(fournisseur))
    fournisseur.adresse = f"http://127.0.0.1:{serveur.server_address[1]}"
    threading.Thread(target=serveur.serve_forever, daemon=True).start()
    return serveur


if __name__ == "__main__":
    local = Fournisseur()
    serve(local, int(sys.argv[1]) if len(sys.argv) > 1 else 8200)
    sys.stdout.write(f"Fournisseur d’essai : {local.adresse}, client {CLIENT}, secret {SECRET}\n")
    threading.Event().wait()
