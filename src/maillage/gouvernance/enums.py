"""Vocabulaire des comités, des séances et des décisions."""

from django.db.models import TextChoices


class NatureComite(TextChoices):
    PROJET = "projet", "Comité de projet"
    SUIVI = "suivi", "Comité de suivi"
    EXECUTIF = "executif", "Comité exécutif (COMEX)"
    TECHNIQUE = "technique", "Comité technique"
    COPIL_REGIONAL = "copil_regional", "Comité de pilotage régional"
    COPIL_NATIONAL = "copil_national", "Comité de pilotage national"
    AUTRE = "autre", "Autre comité"


# Celles qu’un territoire peut donner à ses comités ; « comité de suivi » vient de la signature, mais peut la précéder.
NATURES_TERRITOIRE = (
    NatureComite.PROJET,
    NatureComite.SUIVI,
    NatureComite.EXECUTIF,
    NatureComite.TECHNIQUE,
    NatureComite.AUTRE,
)


class Qualite(TextChoices):
    """La place d’un membre dans le comité."""

    MEMBRE = "membre", "Membre"
    PRESIDENT = "president", "Président·e ou coprésident·e"
    SECRETAIRE = "secretaire", "Secrétaire de séance"
    INVITE = "invite", "Invité·e permanent·e"


class SansQuorum(TextChoices):
    """Ce que devient une décision prise sans quorum, selon la règle que le comité s’est donnée."""

    REFUSER = "refuser", "Elle est refusée"
    CONSULTATION = "consultation", "Elle est enregistrée comme une consultation"


class Parite(TextChoices):
    """Autant de voix présentes dans chaque collège."""

    AUCUNE = "aucune", "Pas de règle de parité"
    AFFICHEE = "affichee", "Montrée, sans effet sur les décisions"
    EXIGEE = "exigee", "Exigée pour décider, comme le quorum"


class StatutSeance(TextChoices):
    EN_PREPARATION = "en_preparation", "En préparation"
    CONVOQUEE = "convoquee", "Convoquée"
    OUVERTE = "ouverte", "En cours"
    TENUE = "tenue", "Tenue"
    ANNULEE = "annulee", "Annulée"


class NatureDecision(TextChoices):
    FICHE_RETENUE = "fiche_retenue", "Retenir une fiche action"
    FICHE_RENVOYEE = "fiche_renvoyee", "Renvoyer une fiche au brouillon"
    FICHE_ECARTEE = "fiche_ecartee", "Écarter une fiche"
    PLAN_VALIDE = "plan_valide", "Valider le plan d’actions"
    ACCORD_FONDS_VERT = "accord_fonds_vert", "Donner l’accord de la gouvernance (fonds vert)"
    PRIORITE = "priorite", "Donner la priorité à une fiche"
    LIBRE = "libre", "Autre décision"


# Celles qui portent sur une fiche.
SUR_UNE_FICHE = (
    NatureDecision.FICHE_RETENUE,
    NatureDecision.FICHE_RENVOYEE,
    NatureDecision.FICHE_ECARTEE,
    NatureDecision.ACCORD_FONDS_VERT,
    NatureDecision.PRIORITE,
)


class Sens(TextChoices):
    ADOPTEE = "adoptee", "Adoptée"
    REJETEE = "rejetee", "Rejetée"
    AJOURNEE = "ajournee", "Ajournée"


# Une consultation n’adopte ni ne rejette : elle donne un avis.
AVIS = {
    Sens.ADOPTEE: "Avis favorable",
    Sens.REJETEE: "Avis défavorable",
    Sens.AJOURNEE: "Ajournée",
}


class Portee(TextChoices):
    DECISION = "decision", "Décision"
    CONSULTATION = "consultation", "Consultation"
