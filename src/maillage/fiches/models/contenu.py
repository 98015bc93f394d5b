"""Ce qu’une fiche contient de plus d’une sorte : étapes, partenaires, indicateurs, lieux, demandes, cadres, sous-actions.

Les lignes sont l’état présent, dans leur ordre ; chaque version de la fiche en garde la photographie. Les nombres sont en
millièmes d’unité (`calcul.fiches.quantites`), pour rester exacts dans les deux bases.
"""

from django.db import models
from django.db.models import F, Q

from maillage.fiches.enums import (
    Avancement,
    Cadre,
    Engagement,
    FamilleIndicateur,
    NatureDemande,
    NatureJalon,
    NatureValeur,
    PorteeIndicateur,
    Priorite,
)


class LigneContenu(models.Model):
    """Une ligne d’une fiche, à son rang."""

    rang = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ("rang", "id")


class Jalon(LigneContenu):
    """Une étape : prévue de tel jour à tel jour, peut-être faite, peut-être après d’autres étapes de la fiche."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="jalons")
    libelle = models.CharField("étape", max_length=250)
    nature = models.CharField(max_length=20, choices=NatureJalon.choices, default=NatureJalon.ETAPE)
    debut = models.DateField("début", null=True, blank=True)
    echeance = models.DateField("échéance", null=True, blank=True)
    realise_le = models.DateField("faite le", null=True, blank=True)
    apres = models.ManyToManyField("self", symmetrical=False, related_name="avant", blank=True)

    class Meta(LigneContenu.Meta):
        verbose_name = "étape d’une fiche"
        constraints = (
            models.CheckConstraint(
                name="jalon_debut_lte_echeance",
                condition=Q(debut__isnull=True) | Q(echeance__isnull=True) | Q(debut__lte=F("echeance")),
            ),
        )

    def __str__(self) -> str:
        return self.libelle


class Partenaire(LigneContenu):
    """Qui participe, et pour quoi faire ; son organisation si la plateforme la connaît."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="partenaires")
    nom = models.CharField("partenaire", max_length=200)
    organisation = models.ForeignKey(
        "comptes.Organisation", models.SET_NULL, null=True, blank=True, related_name="partenariats"
    )
    role = models.CharField("rôle", max_length=300, blank=True)
    engagement = models.CharField(max_length=20, choices=Engagement.choices, default=Engagement.PRESSENTI)

    class Meta(LigneContenu.Meta):
        verbose_name = "partenaire d’une fiche"

    def __str__(self) -> str:
        return self.nom


class Indicateur(LigneContenu):
    """Ce que l’on mesure : un point de départ, une cible. Les valeurs datées s’ajoutent (`ValeurIndicateur`)."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="indicateurs")
    libelle = models.CharField("indicateur", max_length=250)
    famille = models.CharField(
        max_length=20, choices=FamilleIndicateur.choices, default=FamilleIndicateur.AUTRE
    )
    portee = models.CharField(
        "portée", max_length=20, choices=PorteeIndicateur.choices, default=PorteeIndicateur.REALISATION
    )
    unite = models.CharField("unité", max_length=60, blank=True)
    reference = models.BigIntegerField("valeur de départ, en millièmes", null=True, blank=True)
    reference_le = models.DateField("date de la valeur de départ", null=True, blank=True)
    cible = models.BigIntegerField("cible, en millièmes", null=True, blank=True)
    cible_le = models.DateField("date de la cible", null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)

    class Meta(LigneContenu.Meta):
        verbose_name = "indicateur d’une fiche"

    def __str__(self) -> str:
        return self.libelle


class ValeurIndicateur(models.Model):
    """Une valeur à une date, prévue, déclarée ou vérifiée ; jamais modifiée. Pour un même jour et une même nature, la
    dernière enregistrée vaut : les autres sont ce qui était su avant."""

    indicateur = models.ForeignKey(Indicateur, models.PROTECT, related_name="valeurs")
    nature = models.CharField(max_length=20, choices=NatureValeur.choices)
    date_effet = models.DateField()
    valeur = models.BigIntegerField("valeur, en millièmes")
    source = models.CharField(max_length=300)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "valeur datée d’un indicateur"
        ordering = ("date_effet", "id")


class SiteFiche(LigneContenu):
    """Un lieu de l’action : une commune, une adresse, une surface."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="sites")
    libelle = models.CharField("lieu", max_length=250)
    commune = models.ForeignKey(
        "referentiels.Commune", models.PROTECT, null=True, blank=True, related_name="+"
    )
    adresse = models.CharField(max_length=300, blank=True)
    surface_m2 = models.PositiveIntegerField("surface (m²)", null=True, blank=True)

    class Meta(LigneContenu.Meta):
        verbose_name = "lieu d’une fiche"

    def __str__(self) -> str:
        return self.libelle


class DemandeEtat(LigneContenu):
    """Ce que l’action demande à l’État sans argent : une dérogation, une simplification, un service."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="demandes_etat")
    nature = models.CharField(
        max_length=20, choices=NatureDemande.choices, default=NatureDemande.SIMPLIFICATION
    )
    objet = models.CharField("demande", max_length=500)
    regle = models.CharField("règle en cause", max_length=300, blank=True)
    service = models.CharField("service de l’État", max_length=200, blank=True)

    class Meta(LigneContenu.Meta):
        verbose_name = "demande à l’État"

    def __str__(self) -> str:
        return self.objet


class LienCadre(LigneContenu):
    """Un autre cadre où l’action est inscrite : CRTE, CPER, Action cœur de ville…"""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="cadres")
    cadre = models.CharField(max_length=20, choices=Cadre.choices)
    intitule = models.CharField("intitulé ou numéro", max_length=250, blank=True)
    adresse = models.URLField("adresse", max_length=300, blank=True)

    class Meta(LigneContenu.Meta):
        verbose_name = "lien avec un autre cadre"

    def __str__(self) -> str:
        return f"{self.get_cadre_display()} {self.intitule}".strip()


class SousAction(LigneContenu):
    """Une partie de l’action, avec son pilote et ses dates."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="sous_actions")
    titre = models.CharField("sous-action", max_length=250)
    description = models.TextField("description", blank=True)
    pilote = models.CharField(max_length=200, blank=True)
    avancement = models.CharField(max_length=20, choices=Avancement.choices, blank=True)
    priorite = models.CharField("priorité", max_length=20, choices=Priorite.choices, blank=True)
    debut = models.DateField("début", null=True, blank=True)
    fin = models.DateField(null=True, blank=True)

    class Meta(LigneContenu.Meta):
        verbose_name = "sous-action"
        constraints = (
            models.CheckConstraint(
                name="sous_action_debut_lte_fin",
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(debut__lte=F("fin")),
            ),
        )

    def __str__(self) -> str:
        return self.titre
