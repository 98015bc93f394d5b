"""Argent : toujours des centimes entiers ; les taux sont des `Fraction`.

Une seule règle d'arrondi, écrite ici : au centime le plus proche, la moitié s'éloignant de zéro
(arrondi « commercial », celui des arrêtés de subvention). Voir docs/adr/0007-argent.md.
"""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

ESPACE_INSECABLE = "\u00a0"
PLAFOND_CENTIMES = 10**15  # 10 000 milliards d'euros : au-delà, c'est une faute de frappe

_FORME = re.compile(r"^([+-]?)(\d{1,3}(?: \d{3})+|\d+)(?:[.,](\d{1,2}))?$")
_MULTIPLES = {"k": 1_000, "m": 1_000_000, "md": 1_000_000_000}
_FORME_ABREGEE = re.compile(r"^([+-]?(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,]\d+)?) ?(k|m|md)$")


class MontantIllisible(ValueError):
    """Le texte saisi n'est pas un montant ; le message est écrit pour la personne à l'écran."""


def parse_montant(texte: str) -> int:
    """Centimes entiers lus dans une saisie française : « 1 250 000,50 € », « 1250000.5 », « 1,25 M€ », « 40 k€ ».

    Erreur : MontantIllisible, avec une phrase. Jamais d'arrondi silencieux : plus de deux décimales est refusé.
    """
    propre = re.sub(r"[\s\u00a0\u202f]+", " ", texte).strip().lower().replace("−", "-")
    propre = re.sub(r" ?(€|euros?|eur)$", "", propre).strip()
    if abrege := _FORME_ABREGEE.match(propre):
        try:
            centimes = Decimal(abrege[1].replace(" ", "").replace(",", ".")) * _MULTIPLES[abrege[2]] * 100
        except InvalidOperation:  # pragma: no cover - la forme l'exclut
            raise MontantIllisible(_phrase(texte)) from None
        if centimes != centimes.to_integral_value():
            raise MontantIllisible(
                f"«\u00a0{texte.strip()}\u00a0» est plus fin que le centime\u00a0: écrivez le montant en euros."
            )
        resultat = int(centimes)
    elif forme := _FORME.match(propre):
        signe, entiers, decimales = forme.groups()
        resultat = int(entiers.replace(" ", "")) * 100 + int((decimales or "0").ljust(2, "0"))
        resultat = -resultat if signe == "-" else resultat
    else:
        raise MontantIllisible(_phrase(texte))
    if abs(resultat) > PLAFOND_CENTIMES:
        raise MontantIllisible(
            f"«\u00a0{texte.strip()}\u00a0» dépasse 10 000 milliards d'euros\u00a0: vérifiez les zéros."
        )
    return resultat


def _phrase(texte: str) -> str:
    return f"«\u00a0{texte.strip()}\u00a0» n'est pas un montant. Écrivez par exemple 1 250 000,50 ou 1,25 M€."


def format_montant(centimes: int, *, symbole: bool = True) -> str:
    """Écriture française exacte : 125000050 → « 1 250 000,50 € » ; les centimes nuls sont omis (« 40 000 € »).

    Les espaces sont des U+00A0 (la police Marianne n'a pas U+202F).
    """
    signe = "−" if centimes < 0 else ""
    euros, reste = divmod(abs(centimes), 100)
    entier = f"{euros:,}".replace(",", ESPACE_INSECABLE)
    decimales = f",{reste:02d}" if reste else ""
    return f"{signe}{entier}{decimales}" + (f"{ESPACE_INSECABLE}€" if symbole else "")


def format_montant_court(centimes: int) -> str:
    """Écriture abrégée pour les grandes tuiles : « 1,25 M€ », « 458,3 M€ », « 1,36 Md€ », « 40 000 € » sous le million."""
    valeur = abs(centimes)
    signe = "−" if centimes < 0 else ""
    for seuil, unite in ((10**11, "Md€"), (10**8, "M€")):
        if valeur >= seuil:
            centiemes = arrondi(Fraction(valeur * 100, seuil))
            entier, decimales = divmod(centiemes, 100)
            texte = f"{entier:,}".replace(",", ESPACE_INSECABLE)
            suite = f",{decimales:02d}".rstrip("0") if decimales else ""
            return f"{signe}{texte}{suite}{ESPACE_INSECABLE}{unite}"
    return format_montant(centimes)


def arrondi(valeur: Fraction) -> int:
    """Entier le plus proche ; une demie s'éloigne de zéro."""
    signe = -1 if valeur < 0 else 1
    return signe * int((abs(valeur) + Fraction(1, 2)).__floor__())


def part(taux: Fraction, centimes: int) -> int:
    """`taux` × `centimes`, arrondi au centime par la règle unique."""
    return arrondi(taux * centimes)


def format_taux(taux: Fraction, *, decimales: int = 2) -> str:
    """Taux en pourcentage, arrondi pour l'œil seulement : Fraction(1, 7) → « 14,29 % »."""
    unites = arrondi(taux * 100 * 10**decimales)
    signe = "−" if unites < 0 else ""
    entier, reste = divmod(abs(unites), 10**decimales)
    fin = f",{reste:0{decimales}d}".rstrip("0").rstrip(",") if decimales and reste else ""
    return f"{signe}{entier}{fin}{ESPACE_INSECABLE}%"
