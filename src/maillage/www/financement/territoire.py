"""Financement d’un territoire : vue d’ensemble, ses fiches, ses lignes."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from maillage.comptes.permissions import Permission
from maillage.financement.enums import NatureLigne, StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.financement.selectors import (
    LIBELLES_BOUCLAGE,
    count_bouclages,
    find_lignes,
    plans_vivants,
    sum_barres,
)
from maillage.territoires.models import Territoire
from maillage.territoires.permissions import check_permission, has_permission
from maillage.www.commun import contexte_territoire, load_territoire
from maillage.www.fiches.presentation import Argent
from maillage.www.fiches.views import (
    args_fiche,
    q_bouclage,
    with_argent,
)
from maillage.www.tableaux import Colonne, Filtre, Liste


def _build_liste_fiches(request: HttpRequest, territoire: Territoire) -> Liste:
    return Liste(
        request,
        with_argent(territoire.fiches.exclude(statut="abandonnee")),
        nom=f"plans-{territoire.vague.code}-{territoire.id_ti}",
        titre="Financement par fiche",
        colonnes=[
            Colonne("code", "Code", lambda f: f.code or "—", tri=("code",)),
            Colonne(
                "titre",
                "Fiche",
                lambda f: f.titre,
                tri=("titre",),
                entete=True,
                lien=lambda f: reverse("plan-detail", args=args_fiche(f)),
            ),
            Colonne(
                "bouclage",
                "État",
                Argent,
                tri=("plan__code_bouclage",),
                gabarit="fiches/cellules/argent.html",
            ),
            Colonne(
                "cout",
                "Coût",
                lambda f: Argent(f).get_montant("cout"),
                tri=("plan__cout_total",),
                montant=True,
            ),
            Colonne(
                "obtenu",
                "Obtenu",
                lambda f: Argent(f).get_montant("obtenu"),
                montant=True,
            ),
            Colonne(
                "atteste",
                "Attesté",
                lambda f: Argent(f).get_montant("atteste"),
                montant=True,
            ),
            Colonne(
                "demande",
                "Demandé",
                lambda f: Argent(f).get_montant("demande"),
                montant=True,
            ),
            Colonne(
                "pressenti",
                "Pressenti",
                lambda f: Argent(f).get_montant("pressenti"),
                montant=True,
            ),
            Colonne(
                "reste",
                "Reste à trouver",
                lambda f: Argent(f).get_montant("reste"),
                montant=True,
            ),
        ],
        filtres=[Filtre("bouclage", "État", list(LIBELLES_BOUCLAGE.items()), q_bouclage)],
        tri_defaut=("rang",),
    )


def _say_nature(ligne: LigneFinancement) -> str:
    return ", ".join(filter(None, [ligne.nature_lisible, ligne.nom_dispositif]))


def _build_liste_lignes(request: HttpRequest, territoire: Territoire) -> Liste:
    lignes = LigneFinancement.objects.filter(plan__fiche__territoire=territoire)
    financeurs = lignes.order_by("financeur__nom").values_list("financeur_id", "financeur__nom").distinct()

    return Liste(
        request,
        lignes.select_related("financeur", "dispositif", "plan__fiche__territoire__vague"),
        nom=f"lignes-{territoire.vague.code}-{territoire.id_ti}",
        titre="Lignes de financement",
        colonnes=[
            Colonne(
                "financeur",
                "Financeur",
                lambda li: li.financeur.nom,
                tri=("financeur__nom",),
                entete=True,
                lien=lambda li: reverse("ligne-detail", args=[li.pk]),
            ),
            Colonne(
                "fiche",
                "Fiche",
                lambda li: li.plan.fiche.code or li.plan.fiche.titre,
                tri=("plan__fiche__rang",),
            ),
            Colonne(
                "nature",
                "Nature, dispositif",
                _say_nature,
                tri=("nature", "dispositif__titre", "dispositif_libelle"),
            ),
            Colonne(
                "statut",
                "État",
                lambda li: li.get_statut_display(),
                tri=("statut",),
                gabarit="fiches/cellules/statut.html",
            ),
            Colonne(
                "depuis",
                "Depuis le",
                lambda li: li.statut_depuis,
                tri=("statut_depuis",),
                gabarit="financement/cellules/jour.html",
            ),
            Colonne(
                "demande",
                "Demandé, ou pressenti",
                lambda li: None if li.is_service else li.montant_demande or li.montant_pressenti,
                tri=("montant_pressenti",),
                montant=True,
            ),
            Colonne(
                "accorde",
                "Accordé",
                lambda li: None if li.is_service else li.montant_accorde,
                tri=("montant_accorde",),
                montant=True,
            ),
            Colonne(
                "verse",
                "Versé",
                lambda li: None if li.is_service else li.montant_verse,
                tri=("montant_verse",),
                montant=True,
            ),
        ],
        filtres=[
            Filtre("statut", "État", list(StatutLigne.choices), lambda code: Q(statut=code)),
            Filtre("nature", "Nature", list(NatureLigne.choices), lambda code: Q(nature=code)),
            Filtre(
                "financeur",
                "Financeur",
                [(str(pk), nom) for pk, nom in financeurs],
                lambda cle: Q(financeur=cle),
            ),
        ],
        recherche=find_lignes,
        aide_recherche="Financeur, dispositif, dossier, fiche",
        tri_defaut=("plan__fiche__rang",),
    )


VUES = {"fiches": _build_liste_fiches, "lignes": _build_liste_lignes}


@require_http_methods(["GET"])
def financement(request: HttpRequest, vague: str, id_ti: str) -> HttpResponse:
    """L’argent du territoire : barre, fiches par état du bouclage, puis les fiches ou les lignes (`?vue=lignes`)."""
    territoire = load_territoire(request, vague, id_ti)
    check_permission(request.user, Permission.FICHE_READ, territoire)
    vue = request.GET.get("vue", "")
    vue = vue if vue in VUES else "fiches"
    liste = VUES[vue](request, territoire)
    if fichier := liste.export():
        return fichier
    adresse = reverse("financement", args=[territoire.vague.code, territoire.id_ti])
    comptes = count_bouclages(territoire)
    contexte = contexte_territoire(request, territoire, "financement", ("Financement", adresse))
    contexte |= {
        "liste": liste,
        "vue": vue,
        "adresse": adresse,
        "barre": sum_barres(plans_vivants(territoire)),
        "comptes": [(code, libelle, comptes[code]) for code, libelle in LIBELLES_BOUCLAGE.items()],
        "fiches_count": sum(comptes.values()),
        "url_create": reverse("fiche-create", args=[territoire.vague.code, territoire.id_ti])
        if has_permission(request.user, Permission.FICHE_CREATE, territoire)
        else "",
    }
    return render(request, "financement/financement.html", contexte)
