"""Seule porte d'écriture des pièces. Le journal est tenu par l'acte qui s'en sert, non par le dépôt."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from calcul.montants import ESPACE_INSECABLE
from maillage.documents.formats import TYPES_PIECES, check_format, clean_nom, compute_sha256
from maillage.documents.models import Piece
from maillage.documents.typographie import nettoyer
from maillage.journal.actions import Auteur
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant


@transaction.atomic
def store_piece(
    *,
    contenu: "bytes | UploadedFile[Any]",
    nom: str,
    by: Auteur,
    description: str = "",
    types: Collection[str] = tuple(TYPES_PIECES),
) -> Piece:
    """Garde un fichier après l'avoir contrôlé : taille, format (`types` : extensions admises), accord nom-contenu, macros.

    `by` sans compte (lien personnel, import) : seul son nom est gardé. Tout refus est une ActionImpossible.
    """
    propre = clean_nom(nom)
    taille = len(contenu) if isinstance(contenu, bytes) else (contenu.size or 0)
    _check_taille(propre, taille)
    octets = contenu if isinstance(contenu, bytes) else _lire(contenu)
    _check_taille(propre, len(octets))  # la taille annoncée n'engage que le navigateur
    type_piece = check_format(contenu=octets, nom=propre, types=types)
    piece = Piece(
        sha256=compute_sha256(octets),
        nom=propre,
        type_mime=type_piece.type_mime,
        taille=len(octets),
        deposee_at=maintenant(),
        deposee_by_id=by.pk if isinstance(by, get_user_model()) else None,
        deposant_libelle=str(by)[:200],
        description=nettoyer(description).strip()[:300],
    )
    piece.fichier.save(propre, ContentFile(octets), save=False)
    piece.save(force_insert=True)
    return piece


def _lire(fichier: "UploadedFile[Any]") -> bytes:
    fichier.seek(0)
    return bytes(fichier.read())


def _check_taille(nom: str, taille: int) -> None:
    if not taille:
        raise ActionImpossible(
            f"Le fichier «\u00a0{nom}\u00a0» est vide\u00a0: vérifiez-le, puis déposez-le de nouveau."
        )
    if taille > settings.TAILLE_MAX_PIECE:
        raise ActionImpossible(
            f"Le fichier «\u00a0{nom}\u00a0» pèse {_ecrire_taille(taille)}\u00a0; la limite est de {_ecrire_taille(settings.TAILLE_MAX_PIECE)}. "
            "Réduisez-le (par exemple en PDF de moindre qualité) ou déposez-le en plusieurs fichiers."
        )


def _ecrire_taille(octets: int) -> str:
    """« 10 Mo », « 10,5 Mo » : mégaoctets de 1 048 576 octets, arrondis au dixième supérieur."""
    dixiemes = -(-octets * 10 // 2**20)
    decimale = f",{dixiemes % 10}" if dixiemes % 10 else ""
    return f"{dixiemes // 10}{decimale}{ESPACE_INSECABLE}Mo"
