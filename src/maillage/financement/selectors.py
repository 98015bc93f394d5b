"""Lectures du financement : le plan tel que `calcul` le lit, le bouclage, l’argent à une date, l’histoire d’une fiche."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Any

from django.db.models import Case, Count, F, Model, Prefetch, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, Greatest

from calcul.financement import modele
from calcul.financement.bouclage import DEMANDES as CERTITUDES_DEMANDE
from calcul.financement.bouclage import Bouclage, CodeBouclage, compute_bouclage
from calcul.financement.delais import iter_echeances
from calcul.financement.remedes import flatten
from calcul.financement.verdict import Echeance, Remede
from calcul.montants import format_montant
from calcul.parametres import ParametreSansValeur
from maillage.comptes.enums import ButLien
from maillage.comptes.models import LienPersonnel, Organisation, Personne
from maillage.comptes.permissions import Permission
from maillage.comptes.roles import ROLES_ORGANISATION
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.enums import Mesure, StatutLigne, TypeService
from maillage.financement.models import LigneFinancement, Mouvement, PlanFinancement
from maillage.financement.policies import OBTENUS, PERDUS
from maillage.financement.selectors_regles import to_ligne, to_plan
from maillage.journal.models import Entree
from maillage.notifications.models import Attente
from maillage.socle.horloge import aujourdhui
from maillage.socle.texte import replier
from maillage.territoires.models import Territoire

LIBELLES_BOUCLAGE: dict[str, str] = {
    CodeBouclage.NON_CHIFFREE.value: "Non chiffrée",
    CodeBouclage.SANS_BESOIN.value: "Sans besoin financier",
    CodeBouclage.A_COMPLETER.value: "À compléter",
    CodeBouclage.PRESENTE.value: "Présenté, en attente des financeurs",
    CodeBouclage.PARTIELLEMENT_CONFIRME.value: "Partiellement confirmé",
    CodeBouclage.BOUCLE.value: "Bouclé",
    CodeBouclage.BOUCLAGE_EMPECHE.value: "Bouclage empêché",
}

CERTITUDES: dict[StatutLigne, modele.CertitudeLigne] = (
    {
        StatutLigne.PRESSENTI: modele.CertitudeLigne.PRESSENTI,
        StatutLigne.SOLLICITE: modele.CertitudeLigne.DEMANDE,
        StatutLigne.DOSSIER_COMPLET: modele.CertitudeLigne.DEMANDE,
        StatutLigne.ANNONCE: modele.CertitudeLigne.ANNONCE,
        StatutLigne.ATTESTE: modele.CertitudeLigne.ATTESTE,
    }
    | dict.fromkeys(OBTENUS, modele.CertitudeLigne.ACCORDE)
    | dict.fromkeys(PERDUS, modele.CertitudeLigne.EXCLU)
)


# États d’une demande dont on attend la décision.
DEMANDES = [statut for statut, certitude in CERTITUDES.items() if certitude in CERTITUDES_DEMANDE]


def get_certitude(ligne: LigneFinancement) -> modele.CertitudeLigne:
    """À quel point la ligne est sûre. Retirée ou caduque après un versement, ce qui est versé reste accordé."""
    if StatutLigne(ligne.statut) in PERDUS and ligne.montant_accorde:
        return modele.CertitudeLigne.ACCORDE
    return CERTITUDES[StatutLigne(ligne.statut)]


def get_montant_compte(ligne: LigneFinancement) -> int:
    """Le montant qui compte aujourd’hui (centimes) : accordé s’il l’est, attesté, demandé, sinon pressenti."""
    statut = StatutLigne(ligne.statut)
    if statut in OBTENUS or ligne.montant_accorde:
        return int(ligne.montant_accorde)
    if statut is StatutLigne.ATTESTE:
        return int(ligne.montant_atteste)
    if statut is StatutLigne.ANNONCE:
        return int(ligne.montant_annonce)
    return int(ligne.montant_demande or ligne.montant_pressenti)


def get_cle_remede(regle: str, remede: Remede) -> str:
    """Ce qui désigne un remède d’une page à l’envoi : la règle et les montants auxquels il mène."""
    texte = repr((regle, sorted(remede.montants.items())))
    return sha256(texte.encode()).hexdigest()[:16]


def find_remede(bouclage: Bouclage, *, regle: str, cle: str) -> Remede | None:
    """Le remède de cette clé parmi ceux que la règle propose aujourd’hui ; None s’il n’y est plus."""
    proposes = flatten([verdict.remede for verdict in bouclage.verdicts if verdict.regle == regle])
    return next((remede for remede in proposes if get_cle_remede(regle, remede) == cle), None)


def say_demande(ligne: LigneFinancement) -> str:
    """Ce que la ligne demande, en mots : « 40 000 € », ou « service (ingénierie) »."""
    if ligne.is_service:
        return f"service ({TypeService(ligne.service).label.lower()})"
    return format_montant(ligne.montant_demande or ligne.montant_pressenti)


def to_calcul(plan: PlanFinancement, *, jour: date, lignes: Iterable[LigneFinancement]) -> modele.Plan:
    """Le plan dans la langue de `calcul`, au `jour` ; lignes avec leur financeur, leurs précisions et leurs étapes."""
    return to_plan(
        plan,
        jour=jour,
        lignes=[
            to_ligne(ligne, jour=jour, montant=get_montant_compte(ligne), etat=get_certitude(ligne))
            for ligne in lignes
        ],
    )


def compute_bouclage_plan(plan: PlanFinancement, *, jour: date | None = None) -> Bouclage:
    """Où en est le plan, avec la phrase qui dit ce qui manque et les verdicts des règles du jour."""
    lignes = plan.lignes.select_related("financeur", "precision").prefetch_related("etapes", "annees")
    return compute_bouclage(
        to_calcul(plan, jour=jour or aujourdhui(), lignes=list(lignes)),
        sans_besoin=plan.sans_besoin_depuis is not None,
    )


def list_echeances(ligne: LigneFinancement, *, jour: date) -> list[Echeance]:
    """Les délais de droit de la ligne (avec ses étapes, ses années, ses précisions) ; aucun quand nul texte n’est connu."""
    if ligne.is_service:
        return []
    try:
        lue = to_ligne(ligne, jour=jour, montant=get_montant_compte(ligne), etat=get_certitude(ligne))
        return list(iter_echeances(lue))
    except ParametreSansValeur:
        return []


@dataclass(frozen=True)
class Barre:
    """La barre de financement, à toute échelle (centimes) : obtenu, attesté, demandé, pressenti, reste à trouver.

    Le reste d’un ensemble est la somme des restes : l’excès d’un plan ne comble pas le manque d’un autre.
    """

    cout: int
    obtenu: int
    atteste: int
    demande: int
    pressenti: int
    reste: int

    @property
    def total(self) -> int:
        return self.obtenu + self.atteste + self.demande + self.pressenti + self.reste


ZERO = Barre(0, 0, 0, 0, 0, 0)


def compute_barre(plan: PlanFinancement, lignes: Iterable[LigneFinancement] | None = None) -> Barre:
    """La barre d’un plan, faite de `lignes` ; à défaut, de celles du plan, déjà lues (prefetch « lignes »)."""
    sommes = dict.fromkeys(modele.CertitudeLigne, 0)
    for ligne in plan.lignes.all() if lignes is None else lignes:
        if ligne.nature != modele.NatureLigne.GARANTIE:
            sommes[get_certitude(ligne)] += get_montant_compte(ligne)
    C = modele.CertitudeLigne  # noqa: N806
    parts = (sommes[C.ACCORDE], sommes[C.ATTESTE], sommes[C.DEMANDE] + sommes[C.ANNONCE], sommes[C.PRESSENTI])
    return Barre(plan.cout_total, *parts, reste=max(plan.cout_total - sum(parts), 0))


def sum_barres(plans: QuerySet[PlanFinancement]) -> Barre:
    """La barre d’un ensemble de plans, sommée par la base : mêmes règles que `compute_barre`, plan par plan."""
    acquise = Q(lignes__statut__in=OBTENUS) | Q(lignes__montant_accorde__gt=0)
    financent = ~Q(lignes__nature=modele.NatureLigne.GARANTIE.value)

    def somme(champ: Any, condition: Q) -> Any:
        return Coalesce(Sum(champ, filter=financent & condition), 0)

    demande = Case(
        When(lignes__statut=StatutLigne.ANNONCE, then=F("lignes__montant_annonce")),
        When(lignes__montant_demande=0, then=F("lignes__montant_pressenti")),
        default=F("lignes__montant_demande"),
    )
    par_plan = plans.order_by().annotate(
        barre_obtenu=somme("lignes__montant_accorde", acquise),
        barre_atteste=somme("lignes__montant_atteste", ~acquise & Q(lignes__statut=StatutLigne.ATTESTE)),
        barre_demande=somme(demande, ~acquise & Q(lignes__statut__in=DEMANDES)),
        barre_pressenti=somme(
            "lignes__montant_pressenti", ~acquise & Q(lignes__statut=StatutLigne.PRESSENTI)
        ),
    )
    parts = F("barre_obtenu") + F("barre_atteste") + F("barre_demande") + F("barre_pressenti")
    sommes = par_plan.annotate(barre_reste=Greatest(F("cout_total") - parts, 0)).aggregate(
        cout=Coalesce(Sum("cout_total"), 0),
        **{
            nom: Coalesce(Sum(f"barre_{nom}"), 0)
            for nom in ("obtenu", "atteste", "demande", "pressenti", "reste")
        },
    )
    return Barre(**sommes)


def plans_vivants(territoire: Territoire) -> QuerySet[PlanFinancement]:
    """Plans des fiches non abandonnées d’un territoire."""
    return PlanFinancement.objects.filter(fiche__territoire=territoire).exclude(
        fiche__statut=StatutFiche.ABANDONNEE
    )


def plans_with_lignes(plans: QuerySet[PlanFinancement]) -> QuerySet[PlanFinancement]:
    """Plans prêts à afficher, en un nombre constant de requêtes."""
    return plans.select_related(
        "fiche__territoire__vague", "fiche__territoire__region", "fiche__axe"
    ).prefetch_related(
        Prefetch("lignes", LigneFinancement.objects.select_related("financeur").order_by("id")), "depenses"
    )


def lignes_of_financeur(user: Any) -> QuerySet[LigneFinancement]:
    """Lignes adressées aux organisations au nom desquelles la personne décide ; « pressenti » n’est encore adressé à personne."""
    if not isinstance(user, Personne):
        return LigneFinancement.objects.none()
    roles = [role for role, r in ROLES_ORGANISATION.items() if Permission.LIGNE_DECIDE in r.permissions]
    return (
        LigneFinancement.objects.filter(financeur__in=user.get_organisation_ids(*roles))
        .exclude(statut=StatutLigne.PRESSENTI)
        .exclude(statut=StatutLigne.RETIRE, montant_demande=0)
    )


def sum_mouvements(ligne: LigneFinancement, mesure: Mesure, au: date) -> int:
    """Une mesure d’une ligne à une date (centimes), rejouée depuis ses mouvements."""
    somme = Mouvement.objects.filter(ligne=ligne, mesure=mesure, jour__lte=au).aggregate(s=Sum("centimes"))[
        "s"
    ]
    return somme or 0


def count_bouclages(territoire: Territoire) -> dict[str, int]:
    """Nombre de fiches non abandonnées par état du bouclage ; une fiche sans plan est « non chiffrée »."""
    comptes = dict.fromkeys(LIBELLES_BOUCLAGE, 0)
    lignes = (
        territoire.fiches.exclude(statut="abandonnee")
        .order_by()
        .values("plan__code_bouclage")
        .annotate(n=Count("pk"))
    )
    for ligne in lignes:
        comptes[ligne["plan__code_bouclage"] or CodeBouclage.NON_CHIFFREE.value] += ligne["n"]
    return comptes


def find_lignes(lignes: QuerySet[LigneFinancement], texte: str) -> QuerySet[LigneFinancement]:
    """Lignes dont chaque mot cherché est dans le financeur, le dispositif, le numéro de dossier ou la fiche, sans accent.

    La comparaison se fait en Python sur les textes : à employer sur les lignes d’un territoire, non sur la nation.
    """
    mots = replier(texte).split()
    champs = (
        "financeur__nom",
        "financeur__sigle",
        "dispositif__titre",
        "dispositif_libelle",
        "numero_dossier",
        "plan__fiche__code",
        "plan__fiche__titre",
    )
    trouvees = [
        pk
        for pk, *textes in lignes.order_by().values_list("pk", *champs)
        if all(mot in replier(" ".join(filter(None, textes))) for mot in mots)
    ]
    return lignes.filter(pk__in=trouvees)


def financeurs_for(fiche: FicheAction) -> QuerySet[Organisation]:
    """Qui peut être inscrit au plan de la fiche : les financeurs connus, son porteur, et ceux que le territoire a déjà
    inscrits à l’un de ses plans (un financeur proposé ne l’est que chez lui tant que la délégation ne l’a pas reconnu)."""
    inscrits = LigneFinancement.objects.filter(plan__fiche__territoire=fiche.territoire_id)
    return Organisation.objects.filter(
        Q(is_financeur=True) | Q(pk=fiche.porteur_id) | Q(pk__in=inscrits.values("financeur"))
    ).order_by("nom", "id")


# Assez haut pour ne pas confondre « CC du Bassin de Chaumont » et « CC du Bassin de Nogent » : on propose, on n’impose pas.
RESSEMBLANCE = 0.75
# Mots qui disent ce qu’est une organisation, non laquelle.
_MOTS_COMMUNS = frozenset(
    [
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "et",
        "communaute",
        "communes",
        "agglomeration",
        "commune",
        "sa",
        "sas",
        "sarl",
    ]
)


def find_organisations_proches(nom: str, *, siren: str = "", maximum: int = 6) -> list[Organisation]:
    """Les organisations connues qu’un nom (ou un SIREN) pourrait désigner, la plus ressemblante d’abord.

    Même SIREN, même sigle, mots propres contenus l’un dans l’autre, ou écritures proches (faute de frappe).
    """
    cherche = replier(nom)
    mots = set(cherche.split()) - _MOTS_COMMUNS
    notes: list[tuple[float, int]] = []
    lignes = Organisation.objects.order_by("id").values_list("pk", "nom", "sigle", "siren")
    for pk, nom_connu, sigle_connu, siren_connu in lignes:
        connu, sigle = replier(nom_connu), replier(sigle_connu)
        siens = set(connu.split()) - _MOTS_COMMUNS
        if (siren and siren == siren_connu) or cherche in (connu, sigle):
            note = 1.0
        elif mots and siens and (mots <= siens or siens <= mots):
            note = 0.9
        else:
            note = SequenceMatcher(None, cherche, connu).ratio()
        if note >= RESSEMBLANCE:
            notes.append((-note, pk))
    rangs = {pk: rang for rang, (_, pk) in enumerate(sorted(notes)[:maximum])}
    return sorted(Organisation.objects.filter(pk__in=rangs), key=lambda organisation: rangs[organisation.pk])


def get_histoire(fiche: FicheAction, *, maximum: int = 300) -> list[Entree]:
    """Les entrées du journal de la fiche, de son plan et de ses lignes, les plus récentes d’abord (`maximum` au plus).

    L’histoire suit : celle des fiches qu’elle a reprises, et de celle dont elle est née.
    """
    parentes = FicheAction.objects.filter(fusionnee_dans=fiche).values_list("pk", flat=True)
    naissance = [fiche.scindee_de_id] if fiche.scindee_de_id else []
    condition = _q_objet("cible", FicheAction, [fiche.pk, *parentes, *naissance])
    plan = PlanFinancement.objects.filter(fiche=fiche).first()
    if plan:
        condition |= _q_objet("cible", PlanFinancement, [plan.pk])
        condition |= _q_objet("cible", LigneFinancement, plan.lignes.values_list("pk", flat=True))
    return list(Entree.objects.filter(condition)[:maximum])


def get_histoire_ligne(ligne: LigneFinancement) -> list[Entree]:
    """Les entrées du journal d’une ligne, les plus récentes d’abord."""
    return list(Entree.objects.filter(_q_objet("cible", LigneFinancement, [ligne.pk])))


def attentes_of_fiche(fiche: FicheAction) -> QuerySet[Attente]:
    """Attentes ouvertes sur la fiche et sur ses lignes : celles de la fiche d’abord, puis les plus anciennes."""
    lignes = LigneFinancement.objects.filter(plan__fiche=fiche).values_list("pk", flat=True)
    condition = _q_objet("objet", FicheAction, [fiche.pk]) | _q_objet("objet", LigneFinancement, lignes)
    return (
        Attente.objects.ouvertes()
        .filter(condition)
        .select_related("organisation")
        .order_by("objet_type", "depuis", "id")
    )


def with_ecart(lignes: QuerySet[LigneFinancement]) -> QuerySet[LigneFinancement]:
    """Les lignes où ce que le porteur dit avoir reçu n’est pas ce que le financeur dit avoir versé."""
    return lignes.exclude(montant_recu=F("montant_verse"))


def liens_of_ligne(ligne: LigneFinancement) -> QuerySet[LienPersonnel]:
    """Liens personnels encore valables pour répondre à la ligne."""
    return LienPersonnel.objects.valides().filter(
        but=ButLien.REPONDRE_LIGNE, objet_type=LigneFinancement._meta.label_lower, objet_id=str(ligne.pk)
    )


def _q_objet(champ: str, model: type[Model], cles: Iterable[int]) -> Q:
    """Condition sur les objets d’un modèle, dans une table qui les nomme par type et clé (journal, attentes)."""
    return Q(**{f"{champ}_type": model._meta.label_lower, f"{champ}_id__in": [str(cle) for cle in cles]})
