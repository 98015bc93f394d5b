"""Le catalogue : ce que chaque financeur propose. Une identité (`Dispositif`) et ses versions datées, jamais réécrites.

Une valeur vide n’est pas connue : rien ne l’invente. Chaque valeur donnée porte sa source (`VersionDispositif.sources`).
Montants en centimes, taux en dix-millièmes.
"""

from datetime import date

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse

from maillage.dispositifs.enums import Credit, Famille, Origine, Recurrence
from maillage.socle.champs import MontantField


class Convention(models.Model):
    """Une convention entre l’État et un opérateur : l’acte dont découlent des services offerts aux territoires."""

    operateur = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, verbose_name="opérateur", related_name="conventions"
    )
    titre = models.CharField(max_length=200)
    signee_le = models.DateField("signée le")
    engagement = models.TextField("ce que l’opérateur s’engage à faire", blank=True)
    source = models.CharField(max_length=300)
    url = models.URLField("adresse de la source", max_length=400, blank=True)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "convention entre l’État et un opérateur"
        ordering = ["signee_le", "operateur__nom", "id"]
        constraints = [
            models.UniqueConstraint(name="convention_unique", fields=["operateur", "signee_le", "titre"])
        ]

    def __str__(self) -> str:
        return self.titre


class Dispositif(models.Model):
    """Un dispositif ou un service, quelle que soit sa version. `titre` : celui de la dernière version enregistrée."""

    identifiant = models.UUIDField(unique=True)
    financeur = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="dispositifs"
    )
    titre = models.CharField(max_length=250)
    titre_recherche = models.CharField(max_length=500, editable=False, blank=True)
    origine = models.CharField(max_length=20, choices=Origine.choices, default=Origine.SAISIE)
    identifiant_externe = models.CharField("identifiant d’origine", max_length=80, blank=True)
    convention = models.ForeignKey(
        Convention, models.PROTECT, null=True, blank=True, related_name="dispositifs"
    )
    is_fictif = models.BooleanField("de démonstration", default=False)
    version = models.PositiveIntegerField("dernière version", default=0)
    cree_at = models.DateTimeField()
    modifie_at = models.DateTimeField()

    class Meta:
        verbose_name = "dispositif"
        ordering = ["titre", "id"]
        constraints = [
            models.UniqueConstraint(
                name="dispositif_externe_unique",
                fields=["origine", "identifiant_externe"],
                condition=~Q(identifiant_externe=""),
            )
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("dispositif-detail", args=[self.pk])


class VersionDispositifQuerySet(models.QuerySet["VersionDispositif"]):
    def en_vigueur(self, au: date) -> "VersionDispositifQuerySet":
        """La version de chaque dispositif qui vaut le jour `au` : la dernière dont l’effet a commencé."""
        derniere = (
            VersionDispositif.objects.filter(dispositif=OuterRef("dispositif"), depuis__lte=au)
            .order_by("-depuis", "-numero")
            .values("pk")[:1]
        )
        return self.filter(depuis__lte=au, pk=Subquery(derniere))

    def publiques(self) -> "VersionDispositifQuerySet":
        return self.filter(dispositif__is_fictif=False)


class VersionDispositif(models.Model):
    """Ce qu’un dispositif offre depuis un jour. Ses listes (natures, bénéficiaires…) sont dans `facettes`."""

    dispositif = models.ForeignKey(Dispositif, models.CASCADE, related_name="versions")
    numero = models.PositiveIntegerField("numéro")
    depuis = models.DateField("en vigueur depuis le")
    titre = models.CharField(max_length=250)
    promesse = models.CharField("en une phrase", max_length=180, blank=True)
    description = models.TextField(blank=True)
    eligibilite = models.TextField("critères d’éligibilité", blank=True)
    financeur_nom = models.CharField("financeur, tel que la source le nomme", max_length=200, blank=True)
    porteurs = models.JSONField("qui le met en œuvre", default=list, blank=True)
    programmes = models.JSONField("programmes et régimes parents", default=list, blank=True)
    credit = models.CharField("crédit", max_length=20, choices=Credit.choices, blank=True)
    # --- argent -------------------------------------------------------------------------------------------------
    taux_min = models.PositiveSmallIntegerField("taux minimal", null=True, blank=True)
    taux_max = models.PositiveSmallIntegerField("taux maximal", null=True, blank=True)
    taux_precision = models.CharField("précision sur le taux", max_length=300, blank=True)
    plancher_depense = MontantField("dépense éligible au moins", null=True, blank=True)
    plafond_depense = MontantField("dépense éligible au plus", null=True, blank=True)
    plancher_aide = MontantField("aide au moins", null=True, blank=True)
    plafond_aide = MontantField("aide au plus", null=True, blank=True)
    avance_max = models.PositiveSmallIntegerField("avance au plus", null=True, blank=True)
    # --- calendrier ---------------------------------------------------------------------------------------------
    ouverture = models.DateField("ouvert le", null=True, blank=True)
    cloture = models.DateField("clos après le", null=True, blank=True)
    recurrence = models.CharField("récurrence", max_length=20, choices=Recurrence.choices, blank=True)
    calendrier = models.CharField("précision sur le calendrier", max_length=300, blank=True)
    # --- conditions ---------------------------------------------------------------------------------------------
    accord_gouvernance = models.BooleanField("demande l’accord de la gouvernance du territoire", null=True)
    avant_travaux = models.BooleanField("demande à déposer avant le début des travaux", null=True)
    exclut_difficulte = models.BooleanField("exclut les entreprises en difficulté", null=True)
    effectif_min = models.PositiveIntegerField("effectif au moins", null=True, blank=True)
    effectif_max = models.PositiveIntegerField("effectif au plus", null=True, blank=True)
    annees_existence_min = models.PositiveSmallIntegerField(
        "années d’existence au moins", null=True, blank=True
    )
    formes_juridiques = models.JSONField("formes juridiques", default=list, blank=True)
    formes_juridiques_exclues = models.JSONField("formes juridiques exclues", default=list, blank=True)
    secteurs = models.JSONField("secteurs d’activité", default=list, blank=True)
    naf = models.JSONField("activités (NAF)", default=list, blank=True)
    naf_exclus = models.JSONField("activités exclues (NAF)", default=list, blank=True)
    # --- droit, cumul, contact ------------------------------------------------------------------------------------
    base_juridique = models.JSONField("base juridique", default=list, blank=True)
    cumul = models.TextField("cumul avec d’autres aides", blank=True)
    contact = models.TextField(blank=True)
    url_source = models.URLField("page de référence", max_length=500, blank=True)
    url_demande = models.URLField("demande en ligne", max_length=500, blank=True)
    chainage_paiement = models.CharField("dispositif de l’étude préalable", max_length=80, blank=True)
    # --- preuve -------------------------------------------------------------------------------------------------
    sources = models.JSONField("source de chaque valeur", default=dict, blank=True)
    complements = models.JSONField("champs de la source sans équivalent", default=dict, blank=True)
    motif = models.CharField("ce qui change", max_length=300, blank=True)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    objects = VersionDispositifQuerySet.as_manager()

    class Meta:
        verbose_name = "version d’un dispositif"
        ordering = ["numero"]
        constraints = [
            models.UniqueConstraint(name="version_dispositif_unique", fields=["dispositif", "numero"]),
            models.CheckConstraint(
                name="version_dispositif_taux",
                condition=(Q(taux_max__isnull=True) | Q(taux_max__lte=10_000))
                & (Q(taux_min__isnull=True) | Q(taux_max__isnull=True) | Q(taux_min__lte=F("taux_max"))),
            ),
            models.CheckConstraint(
                name="version_dispositif_ouverture_lte_cloture",
                condition=Q(ouverture__isnull=True)
                | Q(cloture__isnull=True)
                | Q(ouverture__lte=F("cloture")),
            ),
            models.CheckConstraint(
                name="version_dispositif_plancher_lte_plafond",
                condition=(
                    Q(plancher_depense__isnull=True)
                    | Q(plafond_depense__isnull=True)
                    | Q(plancher_depense__lte=F("plafond_depense"))
                )
                & (
                    Q(plancher_aide__isnull=True)
                    | Q(plafond_aide__isnull=True)
                    | Q(plancher_aide__lte=F("plafond_aide"))
                ),
            ),
        ]
        indexes = [models.Index(fields=["dispositif", "-depuis", "-numero"], name="version_dispositif_au")]

    def __str__(self) -> str:
        return f"{self.titre} (version {self.numero})"

    def get_codes(self, famille: Famille) -> list[str]:
        """Les codes d’une liste ; lit `facettes`, à précharger pour plusieurs versions."""
        return [f.code for f in self.facettes.all() if f.famille == famille]


class Facette(models.Model):
    """Un code d’une des listes d’une version : une nature, un bénéficiaire, un périmètre, un axe…"""

    version = models.ForeignKey(VersionDispositif, models.CASCADE, related_name="facettes")
    famille = models.CharField(max_length=20, choices=Famille.choices)
    code = models.CharField(max_length=40)

    class Meta:
        verbose_name = "facette d’un dispositif"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="facette_unique", fields=["version", "famille", "code"])]
        indexes = [models.Index(fields=["famille", "code", "version"], name="facette_par_code")]

    def __str__(self) -> str:
        return f"{self.get_famille_display()}\u00a0: {self.code}"
