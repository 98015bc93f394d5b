"""Filtres et composants de Maillage. Chacun est montré sur la galerie, /composants/.

Les composants sont des balises à arguments nommés : un gabarit de page n’écrit pas deux fois le même dessin.
"""

from datetime import date
from fractions import Fraction
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from calcul.fiches.quantites import format_quantite
from calcul.montants import format_montant, format_montant_court
from maillage.socle.dates import format_bornes, format_jour
from maillage.socle.envois import CHAMP_JETON, create_jeton, is_jeton

register = template.Library()


@register.simple_tag(takes_context=True)
def jeton_envoi(context: template.Context, formulaire: str) -> SafeString:
    """Le champ caché d’un formulaire de création : avec `www.envoi.envoi_unique`, un double envoi ne crée rien deux fois.

    Un formulaire rendu avec ses erreurs garde son jeton. `formulaire` : son nom, différent des autres de la même page.
    """
    request = context.get("request")
    recu = request.POST.get(CHAMP_JETON, "") if request is not None else ""
    jeton = recu if is_jeton(recu, formulaire=formulaire) else create_jeton(formulaire)
    return format_html('<input type="hidden" name="{}" value="{}">', CHAMP_JETON, jeton)


@register.filter
def montant(centimes: int | None) -> str:
    """125000050 → « 1 250 000,50 € » ; vide si inconnu."""
    return "" if centimes is None else format_montant(centimes)


@register.filter
def taux(part: Fraction | None) -> str:
    """Fraction(4, 5) → « 80 % » ; une part que deux décimales n’écrivent pas exactement reste une fraction, « 2/3 »."""
    if part is None:
        return ""
    centiemes = part * 10_000
    if centiemes.denominator != 1:
        return f"{part.numerator}/{part.denominator}"
    entier, reste = divmod(int(centiemes), 100)
    decimales = f",{reste:02d}".rstrip("0") if reste else ""
    return f"{entier}{decimales}\u00a0%"


@register.filter
def montant_court(centimes: int | None) -> SafeString | str:
    """Écriture abrégée, avec la valeur exacte au survol et pour les lecteurs d’écran."""
    if centimes is None:
        return ""
    court, exact = format_montant_court(centimes), format_montant(centimes)
    if court == exact:
        return exact
    return format_html('<abbr class="mg-abrege" title="{}">{}</abbr>', exact, court)


@register.filter
def jour(valeur: date | None) -> str:
    """« 19 novembre 2019 » ; vide si inconnu."""
    return "" if valeur is None else format_jour(valeur)


@register.filter
def bornes(objet: Any) -> str:
    """« le 19 novembre 2019 », ou « entre le … et le … » : un fait avec `debut` et `fin` (ou `date_debut`, `date_fin`)."""
    debut = getattr(objet, "debut", None) or getattr(objet, "date_debut", None)
    fin = getattr(objet, "fin", None) or getattr(objet, "date_fin", None)
    return format_bornes(debut, fin) if debut and fin else ""


@register.filter
def nombre(valeur: int | None) -> str:
    """Entier avec ses milliers séparés."""
    return "" if valeur is None else f"{valeur:,}".replace(",", "\u00a0")


@register.filter
def quantite(milliemes: int | None) -> str:
    """Quantité gardée en millièmes : 12 500 → « 12,5 » ; vide si inconnue."""
    return format_quantite(milliemes)


@register.filter
def pluriel(valeur: int, formes: str) -> str:
    """`{{ n|pluriel:"fiche,fiches" }}` : le singulier pour 0 et 1."""
    singulier, plusieurs = formes.split(",")
    return plusieurs if abs(valeur) >= 2 else singulier


@register.filter
def get(table: Any, cle: Any) -> Any:
    """Valeur d’un dictionnaire pour une clé variable ; vide si absente."""
    return table.get(cle, "") if table else ""


@register.filter
def rang(suite: Any, numero: int) -> Any:
    """L’élément d’une suite à un rang variable, compté de zéro."""
    return suite[numero]


TONS = {"neutre", "info", "succes", "attention", "erreur", "fictif"}


@register.inclusion_tag("composants/badge.html")
def badge(*, libelle: str, ton: str = "neutre") -> dict[str, Any]:
    """Un état en mots. La couleur ne dit jamais seule : le libellé suffit. Galerie : /composants/#badge"""
    if ton not in TONS:
        raise ValueError(f"ton inconnu\u00a0: {ton}\u00a0; connus\u00a0: {', '.join(sorted(TONS))}")
    return {"libelle": libelle, "ton": ton}


TON_STATUT = {
    # fiches
    "idee": "neutre",
    "brouillon": "neutre",
    "proposee": "info",
    "retenue": "info",
    "transmise": "info",
    "a_completer": "attention",
    "validee": "succes",
    "refusee": "erreur",
    "inscrite": "succes",
    "en_cours": "succes",
    "realisee": "succes",
    "evaluee": "succes",
    "abandonnee": "erreur",
    # lignes
    "pressenti": "neutre",
    "sollicite": "info",
    "dossier_complet": "info",
    "annonce": "info",
    "atteste": "attention",
    "accorde": "succes",
    "conventionne": "succes",
    "verse_partiel": "succes",
    "solde": "succes",
    "refuse": "erreur",
    "retire": "erreur",
    "caduc": "erreur",
    # plans
    "non_chiffree": "neutre",
    "sans_besoin": "neutre",
    "presente": "info",
    "partiellement_confirme": "info",
    "boucle": "succes",
    "bouclage_empeche": "erreur",
    # séances et décisions
    "en_preparation": "neutre",
    "convoquee": "info",
    "ouverte": "attention",
    "tenue": "succes",
    "annulee": "erreur",
    "adoptee": "succes",
    "rejetee": "erreur",
    "ajournee": "neutre",
    # instruction
    "transmis": "info",
    "recu": "info",
    "en_instruction": "info",
    "a_decider": "attention",
    "ajourne": "neutre",
    "valide": "succes",
    "favorable": "succes",
    "conditions": "attention",
    "defavorable": "erreur",
    "sans_avis": "neutre",
    # actes
    "projet": "neutre",
    "arrete": "info",
    "signe_partiellement": "info",
    "signe": "succes",
    "constate": "info",
}


@register.inclusion_tag("composants/badge.html")
def badge_statut(*, code: str, libelle: str) -> dict[str, Any]:
    """Le badge d’un état de fiche, de ligne, de plan ou d’acte. Galerie : /composants/#badge"""
    return {"libelle": libelle, "ton": TON_STATUT.get(code, "neutre")}


@register.inclusion_tag("composants/barre_financement.html", takes_context=True)
def barre_financement(
    context: Any, *, barre: Any, titre: str = "Financement", detail: bool = True
) -> dict[str, Any]:
    """Obtenu, attesté, demandé, pressenti, reste à trouver : le même dessin à toute échelle.

    `barre` : financement.selectors.Barre (centimes). Motifs distincts à l’impression. Galerie : /composants/#barre
    """
    parts = []
    position = 0.0
    for code, libelle in (
        ("obtenu", "Obtenu"),
        ("atteste", "Attesté par pièce, à confirmer"),
        ("demande", "Demandé"),
        ("pressenti", "Pressenti"),
        ("reste", "Reste à trouver"),
    ):
        centimes = getattr(barre, code)
        if not centimes and code in ("atteste", "pressenti"):
            continue
        largeur = centimes * 100 / barre.total if barre.total else 0.0
        parts.append(
            {
                "code": code,
                "libelle": libelle,
                "centimes": centimes,
                "x": f"{position:.3f}",
                "largeur": f"{largeur:.3f}",
                "pour_cent": round(centimes * 100 / barre.cout) if barre.cout else None,
            }
        )
        position += largeur
    # Les motifs ont des identifiants : la première barre d’une page les définit pour toutes.
    request = getattr(context, "request", None)
    with_motifs = bool(barre.total) and not getattr(request, "with_motifs_barre", False)
    if request is not None and with_motifs:
        request.with_motifs_barre = True
    return {"barre": barre, "parts": parts, "titre": titre, "detail": detail, "with_motifs": with_motifs}


@register.inclusion_tag("composants/frise.html")
def frise(*, etapes: list[Any], titre: str = "La chaîne") -> dict[str, Any]:
    """Frise de la chaîne : chaque étape faite (avec sa date), en cours ou à venir, et sa preuve.

    `etapes` : objets avec code, libelle, etat, precision, url. `etat` : « fait », « en_cours », « a_venir » ; ou
    « explication », quand la frise dit comment va la chaîne et non où elle en est. Galerie : /composants/#frise
    """
    return {"etapes": etapes, "titre": titre}


@register.inclusion_tag("composants/prochain_pas.html")
def prochain_pas(
    *, phrase: str, attendu_de: str = "", depuis: date | None = None, url: str = "", bouton: str = ""
) -> dict[str, Any]:
    """« Prochain pas : … — attendu de … depuis le … », avec le bouton s’il est à moi. Galerie : /composants/#prochain-pas

    `attendu_de` : avec son article s’il en a un (« la Région », « le binôme » : écrit « du binôme »).
    """
    attendu_de = f"du {attendu_de[3:]}" if attendu_de.startswith("le ") else attendu_de and f"de {attendu_de}"
    return {"phrase": phrase, "attendu_de": attendu_de, "depuis": depuis, "url": url, "bouton": bouton}


@register.inclusion_tag("composants/etat_vide.html")
def etat_vide(*, titre: str, phrase: str, url: str = "", bouton: str = "") -> dict[str, Any]:
    """Une page sans contenu dit à quoi elle sert, quoi faire d’abord et qui peut. Galerie : /composants/#vide"""
    return {"titre": titre, "phrase": phrase, "url": url, "bouton": bouton}


@register.inclusion_tag("composants/chiffre.html")
def chiffre(
    *, valeur: Any, libelle: str, url: str = "", precision: str = "", origine: str = ""
) -> dict[str, Any]:
    """Un chiffre avec sa porte : le lien mène aux lignes qui le font, `origine` dit d’où il vient. Galerie : /composants/#chiffre"""
    return {"valeur": valeur, "libelle": libelle, "url": url, "precision": precision, "origine": origine}


@register.filter
def difference(valeur: int | None) -> str:
    """Écart signé : « +3 », « −2 », « = » si rien ne change."""
    if not valeur:
        return "="
    return f"{'+' if valeur > 0 else '−'}{nombre(abs(valeur))}"


@register.filter
def difference_montant(centimes: int | None) -> str:
    """Écart signé d’un montant : « +40 000 € », « −2 000 € », « = » si rien ne change."""
    if not centimes:
        return "="
    return f"{'+' if centimes > 0 else ''}{format_montant(centimes)}"


@register.inclusion_tag("composants/champ.html")
def champ(*, champ: Any, indice: str = "") -> dict[str, Any]:
    """Un champ de formulaire au dessin de l’État : étiquette, aide, erreur liée. Galerie : /composants/#formulaire"""
    return {"champ": champ, "indice": indice or champ.help_text}


@register.inclusion_tag("composants/conflit.html")
def conflit(*, conflit: Any, with_choix: bool = False) -> dict[str, Any]:
    """Deux saisies à départager (`socle.conflits.Conflit`), dans un formulaire. `with_choix` : la personne choisit champ par
    champ (`choix_<champ>` vaut « saisie » ou « enregistre »). Galerie : /composants/#conflit"""
    return {"conflit": conflit, "with_choix": with_choix}


@register.inclusion_tag("composants/erreurs_formulaire.html")
def erreurs_formulaire(*, form: Any) -> dict[str, Any]:
    """Résumé des erreurs en tête de formulaire, avec un lien vers chaque champ. Galerie : /composants/#formulaire"""
    return {"form": form}


@register.simple_tag(takes_context=True)
def adresse_avec(context: dict[str, Any], **changements: Any) -> str:
    """L’adresse présente avec quelques paramètres changés (None ou vide : retirés) ; la page revient au début."""
    parametres = context["request"].GET.copy()
    if "page" not in changements:
        parametres.pop("page", None)
    for cle, valeur in changements.items():
        if valeur in (None, ""):
            parametres.pop(cle, None)
        else:
            parametres[cle] = valeur
    requete = parametres.urlencode()
    return f"?{requete}" if requete else "?"


@register.simple_tag(takes_context=True)
def retirer_filtre(context: dict[str, Any], cle: str) -> str:
    """L’adresse présente sans le filtre `cle`."""
    return adresse_avec(context, **{cle: None})
