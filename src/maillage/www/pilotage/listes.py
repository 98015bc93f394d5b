"""Les listes derrière les chiffres : leurs colonnes, leur recherche."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from maillage.fiches.enums import Maturite, StatutFiche
from maillage.pilotage.selectors import SANS_AXE
from maillage.socle.dates import format_bornes
from maillage.socle.texte import replier
from maillage.territoires.enums import Fait
from maillage.territoires.models import Territoire
from maillage.territoires.selectors import find_territoires
from maillage.www.tableaux import Colonne, Liste

C = Colonne


def _nom(territoire: Territoire) -> str:
    return territoire.nom


def _lien(territoire: Territoire) -> str:
    """Sa page publique ; un espace fictif n’en a pas."""
    return territoire.get_espace_url() if territoire.is_fictif else territoire.get_absolute_url()


def liste_territoires(request: HttpRequest, lignes: QuerySet[Territoire]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="territoires",
        titre="Territoires",
        tri_defaut=("nom",),
        recherche=find_territoires,
        aide_recherche="Nom ou identifiant",
        colonnes=[
            C("nom", "Territoire", _nom, tri=("nom",), entete=True, lien=_lien),
            C("cle", "Clé", lambda t: t.cle, tri=("vague__numero", "id_ti")),
            C("region", "Région chef de file", lambda t: t.region.nom, tri=("region__nom",)),
            C("fait", "Fait", lambda t: "\u00a0; ".join(Fait(e.fait).label for e in t.faits_lus)),
            C(
                "date",
                "Date ou bornes",
                lambda t: "\u00a0; ".join(format_bornes(e.debut, e.fin) for e in t.faits_lus),
            ),
            C(
                "certitude",
                "Ce jour-là",
                lambda t: "Certain" if t.is_certain else "Possible",
                tri=("-is_certain",),
            ),
            C(
                "source",
                "Source",
                lambda t: "\u00a0; ".join(dict.fromkeys(e.source for e in t.faits_lus)),
                gabarit="pilotage/cellule_sources.html",
            ),
        ],
    )


def liste_signes(request: HttpRequest, lignes: QuerySet[Territoire]) -> Liste:
    def manque(territoire: Any) -> str:
        places = (
            ("chef·fe de projet", territoire.has_chef),
            ("élu·e du binôme", territoire.has_elu),
            ("industriel·le du binôme", territoire.has_industriel),
        )
        return ", ".join(nom for nom, tenue in places if not tenue)

    return Liste(
        request,
        lignes,
        nom="territoires-qui-dorment",
        titre="Territoires",
        tri_defaut=("nom",),
        recherche=find_territoires,
        aide_recherche="Nom ou identifiant",
        colonnes=[
            C("nom", "Territoire", _nom, tri=("nom",), entete=True, lien=_lien),
            C("cle", "Clé", lambda t: t.cle, tri=("vague__numero", "id_ti")),
            C("region", "Région chef de file", lambda t: t.region.nom, tri=("region__nom",)),
            C("manque", "Places vacantes", manque),
        ],
    )


def _find_fiches(fiches: QuerySet[Any], texte: str) -> QuerySet[Any]:
    return fiches.filter(
        Q(titre__icontains=texte)
        | Q(code__iexact=texte)
        | Q(territoire__nom_recherche__contains=replier(texte))
    )


def liste_fiches(request: HttpRequest, lignes: QuerySet[Any], axes: dict[str, str]) -> Liste:
    return Liste(
        request,
        lignes.select_related("territoire__vague", "territoire__region", "porteur"),
        nom="fiches",
        titre="Fiches action",
        tri_defaut=("territoire__nom", "rang"),
        recherche=_find_fiches,
        aide_recherche="Titre, code ou territoire",
        colonnes=[
            C("titre", "Fiche", lambda f: f.titre, tri=("titre",), entete=True),
            C("code", "Code", lambda f: f.code, tri=("code",)),
            C(
                "territoire",
                "Territoire",
                lambda f: f.territoire.nom,
                tri=("territoire__nom",),
                lien=lambda f: _lien(f.territoire),
            ),
            C("axe", "Axe", lambda f: axes.get(f.axe_au or SANS_AXE, f.axe_au), tri=("axe_au",)),
            C(
                "maturite",
                "Maturité",
                lambda f: Maturite(f.maturite_au or Maturite.NON_PUBLIEE).label,
                tri=("maturite_au",),
            ),
            C("etat", "État", lambda f: StatutFiche(f.statut_au).label, tri=("statut_au",)),
        ],
    )


def _find_mouvements(mouvements: QuerySet[Any], texte: str) -> QuerySet[Any]:
    return mouvements.filter(
        Q(territoire__nom_recherche__contains=replier(texte))
        | Q(financeur__nom__icontains=texte)
        | Q(financeur__sigle__iexact=texte)
    )


def liste_sommes(request: HttpRequest, lignes: QuerySet[Any]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="sommes",
        titre="Sommes par territoire et financeur",
        tri_defaut=("-somme",),
        recherche=_find_mouvements,
        aide_recherche="Territoire ou financeur",
        colonnes=[
            C(
                "territoire",
                "Territoire",
                lambda m: m.territoire.nom,
                tri=("territoire__nom",),
                entete=True,
                lien=lambda m: _lien(m.territoire),
            ),
            C("region", "Région chef de file", lambda m: m.region.nom, tri=("region__nom",)),
            C("financeur", "Financeur", lambda m: m.financeur.nom, tri=("financeur__nom",)),
            C(
                "jour",
                "Dernier mouvement",
                lambda m: m.jour,
                tri=("jour",),
                gabarit="pilotage/cellule_jour.html",
            ),
            C(
                "somme",
                "Somme",
                lambda m: m.somme,
                tri=("somme",),
                montant=True,
            ),
        ],
    )


def liste_mouvements(request: HttpRequest, lignes: QuerySet[Any]) -> Liste:
    return Liste(
        request,
        lignes,
        nom="mouvements",
        titre="Mouvements",
        tri_defaut=("-jour",),
        recherche=_find_mouvements,
        aide_recherche="Territoire ou financeur",
        colonnes=[
            C(
                "fiche",
                "Action",
                lambda m: str(m.ligne.plan.fiche),
                tri=("ligne__plan__fiche__titre",),
                entete=True,
                lien=lambda m: m.ligne.plan.fiche.get_absolute_url(),
            ),
            C("territoire", "Territoire", lambda m: m.territoire.nom, tri=("territoire__nom",)),
            C("financeur", "Financeur", lambda m: m.financeur.nom, tri=("financeur__nom",)),
            C(
                "jour",
                "Jour de l’effet",
                lambda m: m.jour,
                tri=("jour",),
                gabarit="pilotage/cellule_jour.html",
            ),
            C(
                "montant",
                "Montant",
                lambda m: m.centimes,
                tri=("centimes",),
                montant=True,
            ),
        ],
    )
