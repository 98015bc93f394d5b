"""Les listes derrière les chiffres : leurs colonnes, leur recherche."""

from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from maillage.fiches.enums import Maturite, StatutFiche
from maillage.pilotage.selectors import SANS_AXE
from maillage.pilotage.selectors_sommeil import SIGNES, Preuves, Sommeil
from maillage.socle.dates import format_bornes, format_jour
from maillage.socle.texte import replier
from maillage.territoires.enums import Fait
from maillage.territoires.models import Territoire
from maillage.territoires.selectors import find_territoires
from maillage.www.colonnes import (
    colonne_fiche,
    colonne_jour,
    colonne_montant,
    colonne_territoire,
    colonnes_territoires,
    find_by_fiche,
)
from maillage.www.portes import Portes
from maillage.www.tableaux import Colonne, Filtre, Liste

C = Colonne


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
            *colonnes_territoires(Portes(request.user).find_territoire),
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


def liste_signes(
    request: HttpRequest,
    lignes: QuerySet[Territoire],
    sommeil: Sommeil,
    aides: dict[int, list[Any]],
    ouverts: set[int],
) -> Liste:
    """Les territoires qui portent un signe, tous leurs signes avec leurs preuves, et la dernière aide reçue.

    `ouverts` : ceux dont la personne peut ouvrir l’espace ; les autres gardent leurs preuves, sans porte.
    """

    portes = Portes(request.user)

    def preuves(territoire: Any) -> Preuves:
        lues = sommeil.preuves.get(territoire.pk, [])
        return Preuves(lues if territoire.pk in ouverts else [replace(p, url="") for p in lues])

    def aide(territoire: Any) -> str:
        recues = aides.get(territoire.pk)
        return f"{recues[0].nature}, le {format_jour(recues[0].jour)}" if recues else ""

    return Liste(
        request,
        lignes,
        nom="territoires-qui-dorment",
        titre="Territoires",
        tri_defaut=("nom",),
        recherche=find_territoires,
        aide_recherche="Nom ou identifiant",
        filtres=[
            Filtre(
                "nombre",
                "Signes",
                [(str(n), f"{n} ou plus") for n in range(2, len(SIGNES) + 1)],
                lambda n: Q(pk__in=sommeil.get_ids(minimum=int(n))),
            ),
            Filtre(
                "connu",
                "Ce qu’on en sait",
                [("oui", "Quelque chose est enregistré"), ("non", "Rien n’est enregistré")],
                lambda connu: Q(pk__in=sommeil.inconnus) if connu == "non" else ~Q(pk__in=sommeil.inconnus),
            ),
        ],
        colonnes=[
            *colonnes_territoires(
                lambda t: (
                    reverse("territoire-signes", args=[t.vague.code, t.id_ti])
                    if t.pk in ouverts
                    else portes.find_territoire(t)
                )
            ),
            C("nombre", "Signes", lambda t: len(preuves(t)), nombre=True),
            C("preuves", "Pourquoi", preuves, gabarit="pilotage/cellule_preuves.html"),
            C("aide", "Dernière aide", aide),
        ],
    )


def liste_fiches(request: HttpRequest, lignes: QuerySet[Any], axes: dict[str, str]) -> Liste:
    portes = Portes(request.user)
    return Liste(
        request,
        lignes.select_related("territoire__vague", "territoire__region", "porteur"),
        nom="fiches",
        titre="Fiches action",
        tri_defaut=("territoire__nom", "rang"),
        recherche=find_by_fiche(),
        aide_recherche="Titre, code ou territoire",
        colonnes=[
            C(
                "titre",
                "Fiche",
                lambda f: f.titre,
                tri=("titre",),
                entete=True,
                lien=portes.find_fiche,
            ),
            C("code", "Code", lambda f: f.code, tri=("code",)),
            colonne_territoire(lien=portes.find_territoire),
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
            colonne_territoire(lien=Portes(request.user).find_territoire, entete=True),
            C("region", "Région chef de file", lambda m: m.region.nom, tri=("region__nom",)),
            C("financeur", "Financeur", lambda m: m.financeur.nom, tri=("financeur__nom",)),
            colonne_jour("jour", "Dernier mouvement", "jour"),
            colonne_montant("somme", "Somme", "somme"),
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
            colonne_fiche(
                "ligne__plan__fiche",
                cle="fiche",
                titre="Action",
                lien=lambda m: m.ligne.plan.fiche.get_absolute_url(),
            ),
            colonne_territoire(),
            C("financeur", "Financeur", lambda m: m.financeur.nom, tri=("financeur__nom",)),
            colonne_jour("jour", "Jour de l’effet", "jour"),
            colonne_montant("montant", "Montant", "centimes"),
        ],
    )
