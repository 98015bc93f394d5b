"""La vérification fictive auprès d’entreprises, et un classeur à relire. Tout est inventé, dans l’espace fictif."""

from datetime import timedelta

from django.db import transaction

from maillage.demonstration.comptes import get_compte
from maillage.demonstration.faits_publies import get_territoire
from maillage.demonstration.rejeu import CLE
from maillage.echanges.actions import receive_import
from maillage.echanges.models import ImportPlan
from maillage.echanges.plan_transitions import ActionLue, FinancementLu, write_plan
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire
from maillage.verification.actions import Avis, add_sollicitation, answer, create_campagne, open_campagne
from maillage.verification.enums import Utilite
from maillage.verification.models import Campagne
from maillage.verification.selectors import summarize

TITRE = "Vos besoins, fiche par fiche (fictif)"
CODES = ("F8", "F9", "F12", "F3")
EUROS = 100  # centimes
# entreprise fictive : (utile, participe, embauches, euros, ce qui manque) pour chacune de ses fiches
REPONSES: dict[str, list[tuple[Utilite, bool, int | None, int | None, str]]] = {
    "Atelier fictif A": [
        (Utilite.OUI, True, 3, 120_000, ""),
        (Utilite.OUI, False, 2, None, "Des formations courtes, le soir."),
        (Utilite.PEUT_ETRE, False, None, None, ""),
    ],
    "Atelier fictif B": [
        (Utilite.OUI, True, 5, None, "Un car à six heures."),
        (Utilite.NON, False, None, None, ""),
    ],
    "Atelier fictif C": [(Utilite.OUI, False, 1, 40_000, "")],
    "Atelier fictif D": [],
}


@transaction.atomic
def build_entreprises() -> None:
    """Une vérification ouverte, avec ses réponses, et un classeur déposé qui attend qu’on le relise. Une seule fois."""
    territoire = get_territoire(CLE)
    if not Campagne.objects.filter(territoire=territoire).exists():
        _verify(territoire)
    if not ImportPlan.objects.filter(territoire=territoire).exists():
        _drop_classeur(territoire)


def _verify(territoire: Territoire) -> None:
    chef = get_compte("chef-projet")
    fiches = {fiche.code: fiche for fiche in territoire.fiches.filter(code__in=CODES)}
    campagne = create_campagne(
        territoire=territoire,
        titre=TITRE,
        message="Dites-nous ce qui vous servirait. Entreprises et réponses sont fictives.",
        fin=aujourdhui() + timedelta(days=21),
        fiches=[(fiches[code], summarize(fiches[code])) for code in CODES],
        by=chef,
    )
    verifiees = list(campagne.fiches.all())
    sollicitations = [
        add_sollicitation(
            campagne=campagne,
            entreprise=nom,
            contact="Direction (rôle fictif)",
            email=f"atelier-{rang}@demonstration.example",
            fiches=verifiees[:3],
            by=chef,
        )
        for rang, nom in enumerate(REPONSES, start=1)
    ]
    open_campagne(campagne=campagne, by=chef)
    for sollicitation, reponses in zip(sollicitations, REPONSES.values(), strict=True):
        avis = [
            Avis(
                fiche,
                utile=utile.value,
                participe=participe,
                embauches=embauches,
                investissement=euros * EUROS if euros else None,
                manque=manque,
                rappel=participe,
            )
            for fiche, (utile, participe, embauches, euros, manque) in zip(verifiees, reponses, strict=False)
        ]
        besoin = "Un four de traitement thermique à partager." if sollicitation == sollicitations[0] else ""
        if avis:
            answer(sollicitation=sollicitation, avis=avis, besoin=besoin)


def _drop_classeur(territoire: Territoire) -> None:
    """Un plan au format de Territoires en Transitions : deux actions, une sous-action, une date à corriger."""
    actions = [
        ActionLue(
            "Accueillir les nouveaux salariés (fictif)",
            axe="Axe 1\u00a0: Attirer",
            description="Un guichet unique pour le logement et l’école. Exemple inventé.",
            structures=("Intercommunalité fictive",),
            financeurs=(FinancementLu("Région", 40_000 * EUROS),),
            budget=60_000 * EUROS,
            statut="À venir",
            priorite="Élevé",
        ),
        ActionLue(
            "Accueillir les nouveaux salariés (fictif)",
            axe="Axe 1\u00a0: Attirer",
            sous_titre="Ouvrir une page d’accueil",
        ),
        ActionLue(
            "Visiter les ateliers (fictif)",
            axe="Axe 2\u00a0: Faire connaître",
            description="Exemple inventé.",
        ),
    ]
    receive_import(
        territoire=territoire,
        contenu=write_plan(actions, titre="Plan fictif"),
        nom="plan-fictif.xlsx",
        by=get_compte("chef-projet"),
    )
