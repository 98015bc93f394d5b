"""Faits du journal : chiffres publiés."""

CHIFFRE_ENREGISTRE = "pilotage.chiffre_publie.enregistre"

PHRASES = {
    CHIFFRE_ENREGISTRE: lambda e: (
        f"Chiffre publié enregistré\u00a0: {e.cible_libelle}, {e.apres['valeur']} ({e.apres['source']})"
    ),
}
