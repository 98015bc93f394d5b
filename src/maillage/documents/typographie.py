"""Typographie française et caractères : ce qui est affiché, sans changer le sens de ce qui a été saisi."""

import re
import unicodedata
from datetime import date

INSECABLE = "\u00a0"
_CESURE = "\u200b"  # césure possible, invisible

# Marques invisibles : sens d'écriture forcé (qui ferait lire autre chose que ce qui est signé), largeur nulle, variantes,
# trait d'union conditionnel (qui, à la fin d'un lien, fait échouer le PDF balisé).
_INVISIBLES = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_COMMANDES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

# Caractères des polices livrées avec Typst (un test les compose tous, dans chaque graisse). Un seul caractère hors de ces
# polices ferait échouer le PDF/A entier.
HORS_POLICES = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u0344\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff"
    "\u1e00-\u1eff\u2000-\u200b\u2010-\u2027\u202f-\u2040\u2044-\u2052\u2070\u2071\u2074-\u208e\u20a0-\u20bf"
    "\u2100-\u211e\u2122\u2126\u2150-\u2151\u2153-\u2184\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff\u2713\u2714\u2717\u2718\ufb00-\ufb06]"
)
_MOIS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


def nettoyer(texte: str) -> str:
    """Texte sans caractère de commande ni marque invisible, accents composés ; les retours à la ligne restent."""
    texte = unicodedata.normalize("NFC", re.sub("\r\n?|[\u0085\u2028\u2029]", "\n", texte).replace("\t", " "))
    return _COMMANDES.sub("", _INVISIBLES.sub("", texte))


def typographier(texte: str) -> str:
    """Texte propre, avec les espaces insécables et les apostrophes françaises. Aucune espace n'est ajoutée."""
    texte = nettoyer(texte)
    texte = re.sub(r"(?<=\w)'(?=\w)", "’", texte)
    texte = re.sub(r"[ \u202f](?=[:;!?»€%])", INSECABLE, texte)
    texte = re.sub(r"(?<=«)[ \u202f]", INSECABLE, texte)
    texte = re.sub(r"(?<=\bn°) ", INSECABLE, texte)
    return re.sub(r"(?<=\d)[ \u202f](?=\d{3}(?!\d))", INSECABLE, texte)


def couper_les_mots_longs(texte: str, *, seuil: int = 30, pas: int = 30) -> str:
    """Ouvre une césure invisible dans les mots de plus de `seuil` signes (adresses, références) : après une ponctuation,
    et au moins tous les `pas` signes. Sans elle, ils sortiraient de la page ou de leur cellule."""

    def couper(trouve: re.Match[str]) -> str:
        mot = re.sub(r"([/_.@?&=\-])(?=[^/_.@?&=\-])", rf"\1{_CESURE}", trouve[0])
        return re.sub(rf"([^{_CESURE}]{{{pas}}})(?=[^{_CESURE}])", rf"\1{_CESURE}", mot)

    return re.sub(rf"[^\s\u00a0{_CESURE}]{{{seuil + 1},}}", couper, texte)


def limiter_aux_polices(texte: str) -> str:
    """Remplace chaque caractère que les polices du PDF n'ont pas par son code visible : « [U+1F600] »."""
    return HORS_POLICES.sub(lambda trouve: f"[U+{ord(trouve[0]):04X}]", texte)


def ecrire_date(jour: date) -> str:
    """« 1er mars 2019 », « 22 novembre 2018 »."""
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return f"{quantieme}{INSECABLE}{_MOIS[jour.month - 1]}{INSECABLE}{jour.year}"
