"""De l'arbre de blocs à une suite plate prête à composer : ce que le PDF et le Word ont en commun.

Ici se décident les niveaux de titre (jamais un niveau sauté : PDF/UA l'interdit), la typographie, la numérotation des
tableaux, la largeur des colonnes et le texte des champs absents. Les deux rendus ne font plus que dessiner.
"""

import re
import textwrap
from typing import Any
from urllib.parse import quote

from maillage.documents import blocs
from maillage.documents.typographie import ecrire_date, nettoyer, typographier

MENTION_FICTIF = "DOCUMENT FICTIF — démonstration"
PHRASE_FICTIF = "Ce document sert d’exemple\u00a0: il n’engage personne et ses montants ne sont pas réels."
MENTION_PROJET = "PROJET"
SANS_TITRE = "(sans titre)"
SEUIL_SOMMAIRE = 5
"""Nombre de titres à partir duquel un sommaire aide."""
NIVEAU_MAX = 6

# Mesures en caractères, prises sur le gabarit PDF (160 mm de texte, corps 9,5).
_CARACTERES_PAR_LIGNE = 98
_ECHELLES = (1, 0.95, 0.9, 0.85, 0.8)
_MOT_MAX = 26
_MOT_COUPABLE = 13
_MARGE_CELLULE = 2.5
_CELLULE_MAX = 64
_LIGNE_SECABLE = 700
_TABLEAU_INSECABLE = 900

Fiche = dict[str, Any]


def prepare(document: blocs.Document) -> Fiche:
    """La suite plate : {titre, sous_titre, …, sommaire: bool, corps: [bloc]}, faite de types JSON seulement."""
    corps = _Corps()
    corps.poser_tout(document.enfants, base=0)
    jour = ecrire_date(document.date)
    titre = _ligne(document.titre) or SANS_TITRE
    return {
        "titre": titre,
        "titre_court": textwrap.shorten(titre, 92, placeholder="…"),
        "sous_titre": _ligne(document.sous_titre),
        "auteur": _ligne(document.auteur),
        "langue": document.langue,
        "date": [document.date.year, document.date.month, document.date.day],
        "etat": f"Document arrêté le {jour}" if document.statut == "arrete" else f"Projet, état au {jour}",
        "projet": MENTION_PROJET if document.statut == "projet" else "",
        "fictif": MENTION_FICTIF if document.mention_fictif else "",
        "phrase_fictif": PHRASE_FICTIF,
        "sommaire": sum(bloc.get("au_sommaire", False) for bloc in corps.blocs) >= SEUIL_SOMMAIRE,
        "corps": corps.blocs,
    }


class _Corps:
    def __init__(self) -> None:
        self.blocs: list[Fiche] = []
        self.dernier_niveau = 0
        self.tableaux = 0
        self.en_annexe = False

    def poser(self, genre: str, **contenu: Any) -> None:
        self.blocs.append({"type": genre, **contenu})

    def poser_titre(self, niveau: int, texte: str) -> int:
        niveau = min(niveau, self.dernier_niveau + 1, NIVEAU_MAX)
        self.dernier_niveau = niveau
        # Les titres intérieurs d'une annexe ne vont pas au sommaire : quinze fiches le rempliraient de redites.
        au_sommaire = niveau == 1 or (niveau == 2 and not self.en_annexe)
        self.poser("titre", niveau=niveau, texte=_ligne(texte) or SANS_TITRE, au_sommaire=au_sommaire)
        return niveau

    def poser_tout(self, enfants: tuple[blocs.Bloc, ...], *, base: int) -> None:
        courant = base  # niveau du dernier titre de ce contenant : un article se range sous lui
        for bloc in enfants:
            match bloc:
                case blocs.Titre(niveau=niveau, texte=texte):
                    courant = self.poser_titre(base + niveau, texte)
                case blocs.Article(numero=numero, titre=titre, enfants=contenu):
                    niveau = self.poser_titre(courant + 1, _intitule("Article", numero, titre))
                    self.poser_tout(contenu, base=niveau)
                case blocs.Annexe(numero=numero, titre=titre, enfants=contenu):
                    self.poser("saut")
                    self.en_annexe = True
                    niveau = self.poser_titre(1, _intitule("Annexe", numero, titre))
                    self.poser_tout(contenu, base=niveau)
                    self.en_annexe = False
                    courant = base
                case blocs.Paragraphe(morceaux=morceaux):
                    for paragraphe in _paragraphes(morceaux):
                        self.poser("paragraphe", morceaux=paragraphe)
                case blocs.Liste(elements=elements, ordonnee=ordonnee):
                    self.poser(
                        "liste", ordonnee=ordonnee, elements=[_morceaux(element) for element in elements]
                    )
                case blocs.Visas(liste=liste):
                    self.poser("visas", elements=[_morceaux(element) for element in liste])
                case blocs.Tableau():
                    self.poser_tableau(bloc)
                case blocs.Image(svg=svg, alt=alt, legende=legende):
                    self.poser(
                        "image", svg=svg, alt=_ligne(alt) or "(sans description)", legende=_ligne(legende)
                    )
                case blocs.SautDePage():
                    self.poser("saut")
                case blocs.BlocSignatures(colleges=colleges):
                    for college in colleges:
                        self.poser("signatures", **_signatures(college))

    def poser_tableau(self, tableau: blocs.Tableau) -> None:
        self.tableaux += 1
        entetes = [_ligne(entete) for entete in tableau.entetes]
        lignes = [[_morceaux(cellule) for cellule in ligne] for ligne in tableau.lignes]
        if not lignes:
            lignes = [[_morceaux((blocs.Texte("Aucune ligne", italique=True),)), *([] for _ in entetes[1:])]]
        totaux = [_morceaux(cellule) for cellule in tableau.totaux]
        colonnes = [
            # En gras, un en-tête ou un total prend une lettre de plus.
            [
                f"{entete}.",
                *(_brut(ligne[rang]) for ligne in lignes),
                *([f"{_brut(totaux[rang])}."] if totaux else []),
            ]
            for rang, entete in enumerate(entetes)
        ]
        largeurs, echelle = _largeurs(colonnes, tableau.alignements)
        self.poser(
            "tableau",
            numero=self.tableaux,
            legende=_ligne(tableau.legende),
            entetes=entetes,
            lignes=lignes,
            totaux=totaux,
            alignements=list(tableau.alignements),
            largeurs=largeurs,
            echelle=echelle,
            secables=[max(len(_brut(cellule)) for cellule in ligne) > _LIGNE_SECABLE for ligne in lignes],
            secable=sum(len(texte) for colonne in colonnes for texte in colonne) > _TABLEAU_INSECABLE
            or len(lignes) > 8,
        )


def _intitule(mot: str, numero: str, titre: str) -> str:
    propre = titre.strip()
    return f"{mot}\u00a0{numero} — {propre}" if propre else f"{mot}\u00a0{numero}"


def _ligne(texte: str) -> str:
    return re.sub(r"[ \n]+", " ", typographier(texte)).strip()


def _morceau(morceau: blocs.Morceau) -> Fiche:
    fiche = {"texte": "", "gras": False, "italique": False, "manque": False, "url": ""}
    match morceau:
        case blocs.Texte(texte=texte, gras=gras, italique=italique):
            return fiche | {"texte": typographier(texte), "gras": gras, "italique": italique}
        case blocs.Lien(texte=texte, url=url):
            # Une adresse écrite en clair se copie : aucun signe n'y est changé.
            lisible = nettoyer(url) if texte == url else typographier(texte)
            return fiche | {"texte": lisible, "url": quote(url, safe="/#%=:;$&()+,!?*@'~")}
        case blocs.Champ(valeur=valeur) if valeur is not None and not morceau.manque:
            return fiche | {"texte": typographier(valeur)}
        case blocs.Champ(libelle=libelle):
            return fiche | {"texte": f"«\u00a0à compléter\u00a0: {_ligne(libelle)}\u00a0»", "manque": True}


def _morceaux(morceaux: blocs.Morceaux) -> list[Fiche]:
    """Morceaux d'une cellule ou d'un élément : les lignes vides y sont resserrées."""
    fiches = [_morceau(morceau) for morceau in morceaux]
    for fiche in fiches:
        fiche["texte"] = re.sub(r"\n\s*\n", "\n", fiche["texte"])
    return [fiche for fiche in fiches if fiche["texte"]]


def _paragraphes(morceaux: blocs.Morceaux) -> list[list[Fiche]]:
    """Un paragraphe saisi avec des lignes vides en donne plusieurs."""
    paragraphes: list[list[Fiche]] = [[]]
    for fiche in map(_morceau, morceaux):
        for rang, texte in enumerate(re.split(r"\n\s*\n", fiche["texte"])):
            if rang:
                paragraphes.append([])
            if texte:
                paragraphes[-1].append(fiche | {"texte": texte})
    return [
        paragraphe for paragraphe in paragraphes if "".join(fiche["texte"] for fiche in paragraphe).strip()
    ]


def _brut(morceaux: list[Fiche]) -> str:
    return "".join(morceau["texte"] for morceau in morceaux)


def _largeurs(colonnes: list[list[str]], alignements: tuple[str, ...]) -> tuple[list[float], float]:
    """Parts de la largeur de page (somme 1) et échelle du corps (1 ou moins).

    Chaque colonne reçoit de quoi loger son plus long mot (un montant, à droite, est un seul mot ; un mot de texte peut
    se couper), puis le reste se partage selon la longueur des textes. Si ce reste est trop court, le corps diminue.
    """
    minimums, souhaits = [], []
    for colonne, alignement in zip(colonnes, alignements, strict=True):
        plafond = _MOT_MAX if alignement == "droite" else _MOT_COUPABLE
        minimums.append(
            _MARGE_CELLULE
            + max(min(len(mot), plafond) for texte in colonne for mot in re.split(r"[ \n]", texte))
        )
        souhaits.append(
            max(minimums[-1], _MARGE_CELLULE + max(min(len(texte), _CELLULE_MAX) for texte in colonne))
        )
    marge = sum(souhaits) - sum(minimums)
    for echelle in _ECHELLES:
        largeur = _CARACTERES_PAR_LIGNE / echelle
        reste = max(0, largeur - sum(minimums))
        if reste >= min(marge, largeur / 5):
            break
    parts = [
        minimum + (reste * (souhait - minimum) / marge if marge else reste / len(colonnes))
        for minimum, souhait in zip(minimums, souhaits, strict=True)
    ]
    return [round(part / sum(parts), 4) for part in parts], echelle


def _signatures(college: blocs.College) -> Fiche:
    def champ(valeur: str, libelle: str) -> list[Fiche]:
        return _morceaux((blocs.Champ("", valeur, libelle),))

    return {
        "legende": _ligne(college.libelle),
        "entetes": ["Organisation", "Représentée par", "En qualité de", "Signature"],
        "lignes": [
            {
                "cellules": [
                    champ(signataire.organisation, "organisation"),
                    champ(signataire.representant, "nom"),
                    champ(signataire.qualite, "qualité"),
                ],
                "mention": _morceaux((blocs.Texte(signataire.mention),)),
            }
            for signataire in college.signataires
        ],
    }
