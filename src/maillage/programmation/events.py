"""Codes du journal et leur phrase."""

SIMULATION_CREEE = "programmation.simulation.creee"
SIMULATION_LANCEE = "programmation.simulation.lancee"
SIMULATION_PARTAGEE = "programmation.simulation.partagee"
SIMULATION_RETIREE = "programmation.simulation.retiree"
SIMULATION_SUPPRIMEE = "programmation.simulation.supprimee"
PLAN_REPRIS = "programmation.plan.repris"

PHRASES = {
    SIMULATION_CREEE: lambda e: f"Simulation créée\u00a0: {e.cible_libelle}",
    SIMULATION_LANCEE: lambda e: f"Simulation lancée\u00a0: {e.cible_libelle}, {e.apres['fiches']} fiches",
    SIMULATION_PARTAGEE: lambda e: (
        f"Simulation «\u00a0{e.cible_libelle}\u00a0» partagée avec {e.apres['organisation']}"
    ),
    SIMULATION_RETIREE: lambda e: (
        f"Simulation «\u00a0{e.cible_libelle}\u00a0» retirée à {e.avant['organisation']}"
    ),
    SIMULATION_SUPPRIMEE: lambda e: f"Simulation supprimée\u00a0: {e.avant['nom']}",
    PLAN_REPRIS: lambda e: (
        f"Plan proposé par le calcul, repris par le territoire\u00a0: {e.apres['financeurs']} (financements pressentis)"
    ),
}
