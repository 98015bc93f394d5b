"""Une simulation de l’espace fictif : la Région y voit ce que le calcul propose. Enveloppes inventées, marquées fictives."""

from maillage.demonstration.comptes import get_compte, get_organisation
from maillage.programmation.actions import (
    add_aide,
    calcule,
    create_simulation,
    launch_simulation,
    set_enveloppe,
)
from maillage.programmation.enums import Perimetre
from maillage.programmation.models import Simulation
from maillage.socle.travaux import run_travail

NOM = "Commission d’automne (fictif)"
EUROS = 100  # centimes
# (financeur, nom, taux en dix-millièmes, minimum, maximum, enveloppe) : inventés
AIDES = (
    ("Région Grand Est", "Aide régionale fictive à l’industrie", 4_000, 5_000, 300_000, 600_000),
    ("Préfecture de la Haute-Marne", "Crédits fictifs de l’État", 5_000, 10_000, 400_000, 500_000),
    ("Banque des Territoires", "Ingénierie fictive", 5_000, 0, 60_000, 120_000),
)


def build_simulations() -> None:
    """Crée et calcule la simulation si elle manque."""
    if Simulation.objects.filter(nom=NOM).exists():
        return
    region = get_compte("region")
    simulation = create_simulation(
        organisation=get_organisation("Région Grand Est"),
        nom=NOM,
        perimetre=Perimetre.FICTIF,
        annee=2019,
        by=region,
    )
    for financeur, nom, taux, plancher, plafond, enveloppe in AIDES:
        aide = add_aide(
            simulation=simulation,
            financeur=get_organisation(financeur),
            libelle=nom,
            taux=taux,
            plancher=plancher * EUROS,
            plafond=plafond * EUROS,
            by=region,
        )
        set_enveloppe(aide=aide, montant=enveloppe * EUROS, by=region)
    travail = launch_simulation(simulation=simulation, by=region)
    run_travail(travail.pk, lambda suivi: calcule(simulation_id=simulation.pk, suivi=suivi))
