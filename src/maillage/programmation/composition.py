"""La liste préparée pour la commission, en arbre de blocs (`documents` la rend en Word et en PDF)."""

from calcul.montants import format_montant
from maillage.documents import blocs
from maillage.programmation.enums import Critere, IssueFiche, Perimetre
from maillage.programmation.models import ResultatFiche, Simulation
from maillage.programmation.selectors import compute_bilan, resultats_of
from maillage.socle.dates import format_jour
from maillage.socle.horloge import aujourdhui

PROPOSITION = (
    "Ce document est une proposition du calcul. Il ne vaut ni demande, ni décision\u00a0: la commission décide, et les "
    "financeurs répondent ligne par ligne."
)


def compose_liste(simulation: Simulation) -> blocs.Document:
    """Le document de la commission : la question, les fiches proposées, celles qui ne le sont pas et pourquoi, les enveloppes."""
    bilan = compute_bilan(simulation)
    resultats = list(resultats_of(simulation).order_by("fiche__territoire__nom", "fiche__rang", "fiche_id"))
    bouclees = [r for r in resultats if r.issue == IssueFiche.BOUCLEE]
    autres = [r for r in resultats if r.issue != IssueFiche.BOUCLEE]
    enfants: list[blocs.Bloc] = [
        blocs.Paragraphe(PROPOSITION),
        blocs.Titre(1, "Ce qui a été demandé au calcul"),
        blocs.Liste(tuple(_list_question(simulation))),
        blocs.Titre(1, f"Fiches proposées ({bilan.bouclees} sur {bilan.fiches})"),
    ]
    enfants.append(
        _table_bouclees(bouclees) if bouclees else blocs.Paragraphe("Aucune fiche ne peut être bouclée.")
    )
    if autres:
        enfants += [
            blocs.Titre(1, f"Fiches qui ne sont pas proposées ({len(autres)})"),
            blocs.Tableau(
                "Fiches non proposées, et pourquoi",
                ("Territoire", "Fiche", "Besoin", "Pourquoi"),
                tuple(
                    (r.fiche.territoire.nom, str(r.fiche), format_montant(r.besoin), r.raison or "—")
                    for r in autres
                ),
                ("gauche", "gauche", "droite", "gauche"),
            ),
        ]
    enfants += [blocs.Titre(1, "Enveloppes"), _table_enveloppes(simulation)]
    return blocs.Document(
        titre="Programmation proposée",
        sous_titre=simulation.nom,
        date=simulation.au or aujourdhui(),
        auteur=simulation.organisation.nom,
        enfants=tuple(enfants),
        mention_fictif=simulation.perimetre == Perimetre.FICTIF,
    )


def _list_question(simulation: Simulation) -> list[str]:
    points = [
        f"Fiches\u00a0: {simulation.libelle_perimetre}, chiffrées et non bouclées au {format_jour(simulation.au or aujourdhui())}.",
        f"Critère\u00a0: {str(Critere(simulation.critere).label).lower()}.",
    ]
    if simulation.source_poids:
        points.append(f"Points de priorité\u00a0: {simulation.source_poids}.")
    if simulation.phrase_equite:
        points.append(simulation.phrase_equite)
    return [*points, simulation.phrase_ecart, f"Empreinte des entrées\u00a0: {simulation.empreinte[:16]}…"]


def _table_bouclees(bouclees: list[ResultatFiche]) -> blocs.Tableau:
    return blocs.Tableau(
        "Fiches bouclées et aides proposées",
        ("Territoire", "Fiche", "Coût", "Aides proposées"),
        tuple(
            (
                r.fiche.territoire.nom,
                str(r.fiche),
                format_montant(r.cout),
                "\u00a0; ".join(
                    f"{o.aide.libelle}\u00a0: {format_montant(o.montant)}" for o in r.octrois.all()
                ),
            )
            for r in bouclees
        ),
        ("gauche", "gauche", "droite", "gauche"),
        (
            "Total",
            "",
            format_montant(sum(r.cout for r in bouclees)),
            format_montant(sum(o.montant for r in bouclees for o in r.octrois.all())),
        ),
    )


def _table_enveloppes(simulation: Simulation) -> blocs.Tableau:
    lignes = []
    for aide in simulation.aides.prefetch_related("enveloppes__region"):
        for enveloppe in aide.enveloppes.all():
            lignes.append(
                (
                    aide.libelle,
                    enveloppe.region.nom if enveloppe.region else "Toutes",
                    f"{format_montant(enveloppe.montant)}{' (hypothèse)' if enveloppe.is_hypothese else ''}",
                    format_montant(enveloppe.engage or 0),
                    enveloppe.phrase,
                )
            )
    return blocs.Tableau(
        "Ce que chaque enveloppe engage, et ce que vaudrait un million de plus",
        ("Aide", "Région", "Enveloppe", "Engagé", "À la marge"),
        tuple(lignes),
        ("gauche", "gauche", "droite", "droite", "gauche"),
    )
