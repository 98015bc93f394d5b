"""Vocabulaire des simulations. Les critères et les mailles ont les valeurs de `calcul.programmation.variantes`."""

from django.db.models import TextChoices


class StatutSimulation(TextChoices):
    EN_PREPARATION = "en_preparation", "En préparation"
    LANCEE = "lancee", "Lancée"
    CALCULEE = "calculee", "Calculée"


class Perimetre(TextChoices):
    """Les fiches qu’une simulation regarde, parmi celles que la personne peut lire."""

    REGION = "region", "Une région"
    NATION = "nation", "Tout le programme"
    FICTIF = "fictif", "L’espace fictif, pour s’exercer"


class NatureSimulee(TextChoices):
    """Ce qu’une programmation répartit. Les valeurs sont celles de `financement.NatureLigne` : un prêt s’inscrit au plan."""

    SUBVENTION = "subvention", "Subvention"
    AVANCE_REMBOURSABLE = "avance_remboursable", "Avance remboursable"


class Critere(TextChoices):
    """Ce que la simulation cherche à rendre le plus grand."""

    PRIORITE = "priorite", "Les points de priorité des fiches"
    NOMBRE = "nombre", "Le nombre de fiches bouclées"
    COUT = "cout", "Les euros de projets bouclés"


class Equilibre(TextChoices):
    """Ce qui est garanti entre territoires ou régions."""

    AUCUN = "", "Rien de particulier"
    TERRITOIRE = "territoire", "Un minimum de fiches par territoire"
    REGION = "region", "Un minimum de fiches par région"


class Verrou(TextChoices):
    """Ce que la personne impose à une fiche."""

    PASSE = "passe", "Doit passer"
    ATTEND = "attend", "Attend"


class IssueFiche(TextChoices):
    """Ce que le calcul propose pour une fiche."""

    BOUCLEE = "bouclee", "Bouclée"
    NON_BOUCLEE = "non_bouclee", "Non bouclée"
    ECARTEE = "ecartee", "Ne peut pas l’être"
