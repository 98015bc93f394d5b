"""Ce qu’un atelier calcule : la composition des groupes, l’état d’un tableau d’après ses évènements."""
