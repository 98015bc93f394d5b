"""Le SIREN : neuf chiffres dont le dernier est une clé (formule de Luhn, ISO/IEC 7812-1, retenue par l’INSEE)."""

LONGUEUR = 9


def normalise(texte: str) -> str:
    """« 200 072 999 » → « 200072999 » : les espaces, même insécables, ne comptent pas."""
    return "".join(texte.split())


def is_siren(texte: str) -> bool:
    """Vrai si `texte` a neuf chiffres et que sa clé est juste. Une faute de frappe sur un chiffre la fausse toujours."""
    if len(texte) != LONGUEUR or not (texte.isascii() and texte.isdecimal()):
        return False
    somme = 0
    for rang, chiffre in enumerate(reversed(texte)):
        valeur = int(chiffre) * (2 if rang % 2 else 1)
        somme += valeur - 9 if valeur > 9 else valeur
    return somme % 10 == 0
