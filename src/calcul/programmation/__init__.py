"""La programmation : le meilleur usage de l’argent, avec sa preuve. Voir docs/programmation.md."""
