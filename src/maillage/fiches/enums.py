"""Deux échelles jamais mêlées : la vie de la fiche et la maturité de son contenu (l’état de l’argent est ailleurs)."""

from django.db.models import TextChoices


class StatutFiche(TextChoices):
    IDEE = "idee", "Idée"
    BROUILLON = "brouillon", "Brouillon"
    PROPOSEE = "proposee", "Proposée au comité de projet"
    RETENUE = "retenue", "Retenue localement"
    TRANSMISE = "transmise", "Transmise à la Région"
    A_COMPLETER = "a_completer", "À compléter"
    VALIDEE = "validee", "Validée par la Région"
    REFUSEE = "refusee", "Refusée par la Région"
    INSCRITE = "inscrite", "Inscrite au contrat"
    EN_COURS = "en_cours", "En cours"
    REALISEE = "realisee", "Réalisée"
    EVALUEE = "evaluee", "Évaluée"
    ABANDONNEE = "abandonnee", "Abandonnée"


class Maturite(TextChoices):
    NON_PUBLIEE = "non_publiee", "Non publiée"
    EMERGENCE = "emergence", "Émergence"
    MATURATION = "maturation", "En maturation"
    MATURE = "mature", "Mature"


class EtatPorteur(TextChoices):
    A_DESIGNER = "a_designer", "À désigner"
    DESIGNE = "designe", "Désigné"
    NON_PUBLIE = "non_publie", "Non publié"


class Visibilite(TextChoices):
    TERRITOIRE = "territoire", "Territoire et partenaires"
    RESEAU = "reseau", "Réseau des Territoires d’industrie"
    PUBLIQUE = "publique", "Publique"


class ChampDate(TextChoices):
    """Ce qui, d’une fiche, est compté nationalement et donc daté."""

    STATUT = "statut", "État"
    MATURITE = "maturite", "Maturité"
    AXE = "axe", "Axe"
    VISIBILITE = "visibilite", "Visibilité"


class Priorite(TextChoices):
    ELEVEE = "elevee", "Élevée"
    MOYENNE = "moyenne", "Moyenne"
    BASSE = "basse", "Basse"


class Avancement(TextChoices):
    """Ce que l’équipe dit de l’avancement ; la vie de la fiche (`StatutFiche`) suit ses propres passages."""

    A_DISCUTER = "a_discuter", "À discuter"
    A_VENIR = "a_venir", "À venir"
    EN_COURS = "en_cours", "En cours"
    EN_RETARD = "en_retard", "En retard"
    EN_PAUSE = "en_pause", "En pause"
    BLOQUE = "bloque", "Bloqué"
    REALISE = "realise", "Réalisé"
    ABANDONNE = "abandonne", "Abandonné"


class NatureJalon(TextChoices):
    ETAPE = "etape", "Étape"
    DECISION = "decision", "Décision ou délibération"
    COMITE = "comite", "Comité"
    LIVRABLE = "livrable", "Livrable"


class Engagement(TextChoices):
    """Ce qu’un partenaire a dit : rien encore, ou oui."""

    PRESSENTI = "pressenti", "Pressenti"
    CONFIRME = "confirme", "Confirmé"


class FamilleIndicateur(TextChoices):
    EMPLOIS = "emplois", "Emplois"
    FONCIER = "foncier", "Foncier"
    COMPETENCES = "competences", "Compétences"
    INNOVATION = "innovation", "Innovation"
    TRANSITION = "transition", "Transition écologique"
    ATTRACTIVITE = "attractivite", "Attractivité"
    SIMPLIFICATION = "simplification", "Simplification"
    AUTRE = "autre", "Autre"


class PorteeIndicateur(TextChoices):
    REALISATION = "realisation", "Réalisation"
    RESULTAT = "resultat", "Résultat"


class NatureValeur(TextChoices):
    """Trois façons de connaître une valeur ; elles ne s’additionnent jamais."""

    PREVUE = "prevue", "Prévue"
    DECLAREE = "declaree", "Déclarée"
    VERIFIEE = "verifiee", "Vérifiée"


class NatureDemande(TextChoices):
    DEROGATION = "derogation", "Dérogation"
    SIMPLIFICATION = "simplification", "Simplification"
    INTERLOCUTEUR = "interlocuteur", "Interlocuteur unique"
    INGENIERIE = "ingenierie", "Ingénierie"
    MISE_EN_RELATION = "mise_en_relation", "Mise en relation"
    SERVICE = "service", "Service du panier"
    AUTRE = "autre", "Autre demande"


class Cadre(TextChoices):
    CRTE = "crte", "CRTE"
    CPER = "cper", "CPER"
    PTRTE = "ptrte", "PTRTE"
    ACV = "acv", "Action cœur de ville"
    PVD = "pvd", "Petites villes de demain"
    FRANCE_2030 = "france_2030", "France 2030"
    REBOND = "rebond", "Rebond industriel"
    POCE = "poce", "POCE"
    REGION = "region", "Contrat ou pacte régional"
    EUROPE = "europe", "Programme européen"
    AUTRE = "autre", "Autre cadre"


class EtatPartage(TextChoices):
    PROPOSE = "propose", "Proposé"
    ACCEPTE = "accepte", "Accepté"
    REFUSE = "refuse", "Refusé"
    RETIRE = "retire", "Retiré"
