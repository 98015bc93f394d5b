"""Douze personnes à la même seconde, sur le serveur qui répond pour de vrai : rien ne casse, rien ne se perd.

Des demandes HTTP simultanées, sans navigateur : un navigateur n’en enverrait qu’une à la fois.
"""

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from threading import Barrier
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from tests.e2e.serveur import Serveur
from tests.e2e.test_financement import PDF, read_ligne

pytestmark = pytest.mark.chaine

N = 12
PLAN = "/espace/territoires/v1/fictif-4403/fiches/{}/financement/"
CHEF, FINANCEUR = "chef-projet", "financeur"


@dataclass
class Session:
    """Une personne connectée : ses témoins de connexion et ses demandes."""

    serveur: Serveur
    compte: str
    temoins: CookieJar = field(default_factory=CookieJar)

    def __post_init__(self) -> None:
        self.porteur: OpenerDirector = build_opener(HTTPCookieProcessor(self.temoins))
        personne = self.serveur.read(
            "SELECT id FROM comptes_personne WHERE email = ?", f"{self.compte}@demonstration.invalid"
        )[0][0]
        self.get("/connexion/")
        assert self.post("/connexion/demonstration/", {"personne": str(personne)})[0] == 200

    def _open(self, demande: Request) -> tuple[int, str]:
        try:
            with self.porteur.open(demande, timeout=60) as reponse:
                return reponse.status, reponse.read().decode()
        except HTTPError as refus:
            return refus.code, refus.read().decode()

    def get(self, adresse: str) -> tuple[int, str]:
        return self._open(Request(self.serveur.url + adresse))  # noqa: S310 - l’adresse du serveur d’essai

    def post(self, adresse: str, champs: dict[str, str], fichier: str = "") -> tuple[int, str]:
        """Envoie le formulaire et suit la redirection ; `fichier` : nom du champ qui reçoit la pièce d’essai."""
        jeton = next(temoin.value or "" for temoin in self.temoins if temoin.name == "csrftoken")
        champs = champs | {"csrfmiddlewaretoken": jeton}
        type_mime, corps = "application/x-www-form-urlencoded", urlencode(champs).encode()
        if fichier:
            borne = uuid.uuid4().hex
            parties = [
                f'--{borne}\r\nContent-Disposition: form-data; name="{nom}"\r\n\r\n{valeur}\r\n'.encode()
                for nom, valeur in champs.items()
            ]
            entete = f'name="{fichier}"; filename="{PDF["name"]}"\r\nContent-Type: application/pdf'
            parties.append(f"--{borne}\r\nContent-Disposition: form-data; {entete}\r\n\r\n".encode())
            parties += [PDF["buffer"], f"\r\n--{borne}--\r\n".encode()]
            type_mime, corps = f"multipart/form-data; boundary={borne}", b"".join(parties)
        demande = Request(self.serveur.url + adresse, corps, {"Content-Type": type_mime})  # noqa: S310
        return self._open(demande)


def _do_together(gestes: list[Callable[[], tuple[int, str]]]) -> list[tuple[int, str]]:
    """Fait tous les gestes au même instant, un fil chacun ; rend (statut, page) dans leur ordre."""
    depart = Barrier(len(gestes))

    def run(geste: Callable[[], tuple[int, str]]) -> tuple[int, str]:
        depart.wait()
        return geste()

    with ThreadPoolExecutor(len(gestes)) as fils:
        return list(fils.map(run, gestes))


def _get_fiche(serveur: Serveur, code: str) -> int:
    return int(
        serveur.read(
            "SELECT f.id FROM fiches_ficheaction f JOIN territoires_territoire t ON t.id = f.territoire_id "
            "WHERE t.id_ti = 'fictif-4403' AND f.code = ?",
            code,
        )[0][0]
    )


def _add_lignes(serveur: Serveur, chef: Session, code: str, nombre: int) -> list[int]:
    """Inscrit `nombre` lignes pressenties de la Banque des Territoires sur cette fiche ; rend leurs numéros."""
    fiche = _get_fiche(serveur, code)
    financeur = serveur.read("SELECT id FROM comptes_organisation WHERE nom = 'Banque des Territoires'")[0][0]
    for rang in range(nombre):
        champs = {
            "ligne-financeur": str(financeur),
            "ligne-nature": "subvention",
            "ligne-montant": str(1000 + rang),
        }
        statut, page = chef.post(PLAN.format(fiche) + "lignes/", champs)
        assert statut == 200
        assert "est pressenti" in page
    lignes = serveur.read(
        "SELECT l.id FROM financement_lignefinancement l JOIN financement_planfinancement p ON p.id = l.plan_id "
        "WHERE p.fiche_id = ? AND l.statut = 'pressenti' ORDER BY l.id",
        fiche,
    )
    return [ligne for (ligne,) in lignes]


def _get_etape_lue(session: Session, ligne: int) -> str:
    """L’étape que la personne a sous les yeux, cachée dans son formulaire."""
    trouve = re.search(r'name="\w+-etape_lue" value="(\d+)"', session.get(f"/espace/lignes/{ligne}/")[1])
    assert trouve
    return trouve[1]


def _by_axes(lignes: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    """Axes -> somme non nulle, en centimes (PostgreSQL rend une somme en nombre décimal)."""
    return {axes: int(somme) for *cles, somme in lignes if somme and (axes := tuple(cles))}


def _check_totaux(serveur: Serveur) -> None:
    """Les totaux par jour sont la somme exacte des mouvements, et l’état des lignes celle de leurs étapes."""
    axes = "is_fictif, mesure, jour, financeur_id, region_id, vague_id"
    rejeu = serveur.read(f"SELECT {axes}, SUM(centimes) FROM financement_mouvement GROUP BY {axes}")  # noqa: S608
    totaux = serveur.read(f"SELECT {axes}, centimes FROM financement_totaljour")  # noqa: S608
    assert _by_axes(totaux) == _by_axes(rejeu)
    for mesure in ("demande", "accorde", "verse"):
        ecarts = serveur.read(
            f"SELECT l.id, l.montant_{mesure}, COALESCE(SUM(m.centimes), 0) FROM financement_lignefinancement l "  # noqa: S608
            f"LEFT JOIN financement_mouvement m ON m.ligne_id = l.id AND m.mesure = '{mesure}' "
            f"GROUP BY l.id, l.montant_{mesure} HAVING l.montant_{mesure} <> COALESCE(SUM(m.centimes), 0)"
        )
        assert ecarts == [], mesure


def _check_serveur(serveur: Serveur) -> None:
    assert "database is locked" not in serveur.journal
    assert "deadlock" not in serveur.journal
    assert serveur.find_pannes() == []


def test_twelve_people_move_twelve_lines_at_once(serveur):
    """Toutes les lignes ont le même financeur et le même jour : un seul total reçoit les douze mouvements."""
    gens = [Session(serveur, CHEF) for _ in range(N)]
    lignes = _add_lignes(serveur, gens[0], "F8", N)
    lues = [_get_etape_lue(gens[0], ligne) for ligne in lignes]
    gestes = [
        lambda personne=personne, ligne=ligne, lue=lue: personne.post(
            f"/espace/lignes/{ligne}/passer/sollicite/",
            {"sollicite-montant": "1500", "sollicite-etape_lue": lue},
        )
        for personne, ligne, lue in zip(gens, lignes, lues, strict=True)
    ]
    reponses = _do_together(gestes)
    assert [statut for statut, _ in reponses] == [200] * N
    assert [read_ligne(serveur, ligne) for ligne in lignes] == [("sollicite", 150_000, 0)] * N
    _check_totaux(serveur)
    _check_serveur(serveur)


def test_twelve_people_grant_one_line_at_once_and_exactly_one_wins(serveur):
    chef = Session(serveur, CHEF)
    (ligne,) = _add_lignes(serveur, chef, "F12", 1)
    lue = _get_etape_lue(chef, ligne)
    chef.post(
        f"/espace/lignes/{ligne}/passer/sollicite/",
        {"sollicite-montant": "9000", "sollicite-etape_lue": lue},
    )
    assert read_ligne(serveur, ligne) == ("sollicite", 900_000, 0)
    gens = [Session(serveur, FINANCEUR) for _ in range(N)]
    lue = _get_etape_lue(gens[0], ligne)
    reponses = _do_together(
        [
            lambda personne=personne, rang=rang: personne.post(
                f"/espace/lignes/{ligne}/passer/accorde/",
                {"accorde-montant": str(8000 + rang), "accorde-etape_lue": lue},
                fichier="accorde-fichier",
            )
            for rang, personne in enumerate(gens)
        ]
    )
    assert {statut for statut, _ in reponses} == {200}
    etapes = serveur.read(
        "SELECT montant FROM financement_etapeligne WHERE ligne_id = ? AND vers = 'accorde'", ligne
    )
    assert len(etapes) == 1
    assert read_ligne(serveur, ligne) == ("accorde", 900_000, etapes[0][0])
    gagnants = [page for _, page in reponses if "fr-alert--success" in page]
    refuses = [page for _, page in reponses if "fr-alert--error" in page]
    assert (len(gagnants), len(refuses)) == (1, N - 1), "chacun apprend ce qu’est devenu son envoi"
    _check_totaux(serveur)
    _check_serveur(serveur)


def test_twelve_people_create_fiches_at_once_with_one_code_and_one_gets_it(serveur):
    gens = [Session(serveur, CHEF) for _ in range(N)]
    reponses = _do_together(
        [
            lambda personne=personne, rang=rang: personne.post(
                "/espace/territoires/v1/fictif-4403/fiches/nouvelle/",
                {
                    "titre": f"Saisie {rang}",
                    "code": "F99",
                    "maturite": "emergence",
                    "visibilite": "territoire",
                },
            )
            for rang, personne in enumerate(gens)
        ]
    )
    assert {statut for statut, _ in reponses} == {200}
    assert serveur.read("SELECT COUNT(*) FROM fiches_ficheaction WHERE code = 'F99'") == [(1,)]
    refus = [page for _, page in reponses if "fr-alert--error" in page]
    assert len(refus) == N - 1
    assert all(f'value="Saisie {rang}"' in page for rang, (_, page) in enumerate(reponses) if page in refus)
    _check_serveur(serveur)
