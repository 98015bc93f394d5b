"""Ce qui peut être permis. Les rôles (maillage.comptes.roles) disent à qui ; `territoires.permissions` dit où."""

from enum import StrEnum, auto


class Permission(StrEnum):
    TERRITOIRE_READ = auto()
    TERRITOIRE_UPDATE = auto()
    FICHE_READ = auto()
    FICHE_CREATE = auto()
    FICHE_UPDATE = auto()
    FICHE_RETAIN = auto()
    FICHE_TRANSMIT = auto()
    FICHE_INSTRUCT = auto()
    PLAN_UPDATE = auto()
    LIGNE_REQUEST = auto()
    LIGNE_ATTEST = auto()
    LIGNE_DECIDE = auto()
    ACTE_READ = auto()
    ACTE_PREPARE = auto()
    ACTE_SIGN = auto()
    JOURNAL_READ = auto()
    PILOTAGE_READ = auto()
    ETAPE_RECORD = auto()
    PERIMETRE_REQUEST = auto()
    PERIMETRE_OPINE = auto()
    PERIMETRE_DECIDE = auto()
    PERIMETRE_RECORD = auto()
    CHIFFRE_PUBLISH = auto()
    COMPTE_MANAGE = auto()
