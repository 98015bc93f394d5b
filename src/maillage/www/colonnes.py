"""Les colonnes et les recherches que plusieurs listes partagent : le même mot, le même tri, la même porte partout."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from maillage.socle.texte import replier
from maillage.territoires.models import Territoire
from maillage.www.tableaux import Colonne

Recherche = Callable[[QuerySet[Any], str], QuerySet[Any]]
Porte = Callable[[Any], str]


def _suivre(chemin: str) -> Callable[[Any], Any]:
    """Lit un chemin de base de données (« plan__fiche ») sur un objet déjà lu ; vide : l’objet lui-même."""

    def lire(objet: Any) -> Any:
        for nom in filter(None, chemin.split("__")):
            objet = getattr(objet, nom)
        return objet

    return lire


def _prefixe(chemin: str) -> str:
    return f"{chemin}__" if chemin else ""


def colonnes_territoires(lien: Porte) -> list[Colonne]:
    """Les premières colonnes d’une liste de territoires : nom, clé, région chef de file."""
    return [
        Colonne("nom", "Territoire", lambda t: t.nom, tri=("nom_recherche",), entete=True, lien=lien),
        Colonne("cle", "Clé", lambda t: t.cle, tri=("vague__numero", "id_ti")),
        Colonne("region", "Région chef de file", lambda t: t.region.nom, tri=("region__nom",)),
    ]


def colonne_territoire(
    chemin: str = "territoire", *, lien: Callable[[Territoire], str] | None = None, entete: bool = False
) -> Colonne:
    """Le territoire d’une ligne, au bout de `chemin`."""
    lire = _suivre(chemin)
    return Colonne(
        "territoire",
        "Territoire",
        lambda objet: lire(objet).nom,
        tri=(f"{chemin}__nom_recherche",),
        entete=entete,
        lien=(lambda objet: lien(lire(objet))) if lien else None,
    )


def colonne_fiche(chemin: str = "", *, cle: str = "titre", titre: str = "Fiche", lien: Porte) -> Colonne:
    """Code et titre d’une fiche, au bout de `chemin` (vide : la ligne est la fiche)."""
    lire = _suivre(chemin)
    return Colonne(
        cle, titre, lambda objet: str(lire(objet)), tri=(f"{_prefixe(chemin)}titre",), entete=True, lien=lien
    )


def colonne_jour(cle: str, titre: str, champ: str) -> Colonne:
    """Une date, en toutes lettres à l’écran."""
    return Colonne(
        cle, titre, lambda objet: getattr(objet, champ), tri=(champ,), gabarit="pilotage/cellule_jour.html"
    )


def colonne_montant(cle: str, titre: str, champ: str) -> Colonne:
    """Un montant, en centimes dans `champ`."""
    return Colonne(cle, titre, lambda objet: getattr(objet, champ), tri=(champ,), montant=True)


def colonne_statut(lire: Callable[[Any], str]) -> Colonne:
    """L’état d’une fiche ou d’une ligne, en badge à l’écran."""
    return Colonne("etat", "État", lire, tri=("statut",), gabarit="espace/cellule_statut.html")


def find_by_fiche(chemin: str = "", *autres: str) -> Recherche:
    """Recherche par titre, code ou territoire de la fiche au bout de `chemin`, ou dans les champs `autres`.

    Faite par la base : elle vaut pour la nation entière. Le nom d’un territoire se cherche sans accent.
    """
    debut = _prefixe(chemin)

    def chercher(lignes: QuerySet[Any], texte: str) -> QuerySet[Any]:
        condition = (
            Q(**{f"{debut}titre__icontains": texte})
            | Q(**{f"{debut}code__iexact": texte})
            | Q(**{f"{debut}territoire__nom_recherche__contains": replier(texte)})
        )
        for champ in autres:
            condition |= Q(**{f"{champ}__icontains": texte})
        return lignes.filter(condition)

    return chercher
