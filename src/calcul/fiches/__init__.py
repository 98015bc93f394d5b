"""Ce qui se calcule d’une fiche action sans rien connaître de la plateforme."""
