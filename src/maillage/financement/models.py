"""Qui paie quoi, à quel point c’est sûr. Montants en centimes ; chaque pas d’une ligne est un fait daté.

L’état présent d’une ligne est une commodité : la vérité est la suite de ses étapes, et l’argent à une date
est la somme des mouvements jusqu’à ce jour (`TotalJour` en tient les sommes par jour, dans la même transaction).
"""

from django.db import models
from django.db.models import F, Q

from maillage.financement.enums import (
    Mesure,
    NatureDepense,
    NatureLigne,
    OrigineFinanceur,
    StatutLigne,
    TypePorteur,
)
from maillage.socle.champs import MontantField


class PlanFinancement(models.Model):
    """Ressources contre dépenses d’une fiche."""

    fiche = models.OneToOneField("fiches.FicheAction", models.PROTECT, related_name="plan")
    # Vide : d’après l’organisation qui porte la fiche (policies.get_type_porteur).
    type_porteur = models.CharField("type de porteur", max_length=30, choices=TypePorteur.choices, blank=True)
    is_investissement = models.BooleanField("opération d’investissement", default=True)
    depense_eligible = MontantField("dépense éligible prévue", null=True, blank=True)
    exception_participation = models.CharField(
        "exception légale à la part minimale", max_length=40, blank=True
    )
    sans_besoin_motif = models.TextField("pourquoi sans besoin financier", blank=True)
    sans_besoin_depuis = models.DateField(null=True, blank=True)
    cout_total = MontantField("coût total", default=0)
    code_bouclage = models.CharField("état du bouclage", max_length=30, default="non_chiffree")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "plan de financement"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="plan_sans_besoin_motif_and_date",
                condition=Q(sans_besoin_depuis__isnull=True, sans_besoin_motif="")
                | (Q(sans_besoin_depuis__isnull=False) & ~Q(sans_besoin_motif="")),
            ),
            models.CheckConstraint(name="plan_cout_positif", condition=Q(cout_total__gte=0)),
        ]

    def __str__(self) -> str:
        return f"Plan de financement de {self.fiche}"


class EtatPlan(models.Model):
    """L’état du bouclage, daté : ce qu’un tableau de bord compte à une date passée."""

    plan = models.ForeignKey(PlanFinancement, models.CASCADE, related_name="etats")
    code = models.CharField(max_length=30)
    cout_total = MontantField()
    date_effet = models.DateField()
    enregistre_at = models.DateTimeField()

    class Meta:
        verbose_name = "état daté d’un plan"
        ordering = ["date_effet", "id"]
        indexes = [models.Index(fields=["plan", "-date_effet", "-id"], name="etat_plan_au")]


class LigneDepense(models.Model):
    plan = models.ForeignKey(PlanFinancement, models.CASCADE, related_name="depenses")
    nature = models.CharField(max_length=20, choices=NatureDepense.choices)
    libelle = models.CharField("libellé", max_length=200)
    montant = MontantField()
    annee = models.PositiveSmallIntegerField("année", null=True, blank=True)

    class Meta:
        verbose_name = "ligne de dépense"
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="depense_montant_positif", condition=Q(montant__gt=0))]

    def __str__(self) -> str:
        return self.libelle


class LigneFinancement(models.Model):
    """Une ressource, un financeur. Lui seul la fait passer à « accordé » et au-delà, avec une pièce."""

    plan = models.ForeignKey(PlanFinancement, models.CASCADE, related_name="lignes")
    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="lignes")
    nature = models.CharField(max_length=30, choices=NatureLigne.choices)
    origine = models.CharField(max_length=30, choices=OrigineFinanceur.choices)
    dispositif = models.CharField(max_length=200, blank=True)
    numero_dossier = models.CharField("numéro de dossier", max_length=60, blank=True)
    statut = models.CharField(
        "état", max_length=20, choices=StatutLigne.choices, default=StatutLigne.PRESSENTI
    )
    statut_depuis = models.DateField()
    montant_pressenti = MontantField()
    montant_demande = MontantField("demandé", default=0)
    montant_annonce = MontantField("annoncé", default=0)
    montant_atteste = MontantField("attesté par pièce", default=0)
    montant_accorde = MontantField("accordé", default=0)
    montant_conventionne = MontantField("conventionné", default=0)
    montant_verse = MontantField("versé", default=0)

    class Meta:
        verbose_name = "ligne de financement"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="ligne_pressenti_positif", condition=Q(montant_pressenti__gt=0)),
            models.CheckConstraint(
                name="ligne_verse_lte_accorde", condition=Q(montant_verse__lte=F("montant_accorde"))
            ),
            models.CheckConstraint(
                name="ligne_conventionne_lte_accorde",
                condition=Q(montant_conventionne__lte=F("montant_accorde")),
            ),
        ]
        indexes = [models.Index(fields=["financeur", "statut"], name="ligne_par_financeur")]

    def __str__(self) -> str:
        return f"{self.financeur} ({NatureLigne(self.nature).label.lower()})"


class EtapeLigne(models.Model):
    """Un pas d’une ligne : vers quel état, quel montant, quel jour, par qui, avec quelle pièce. Jamais modifié."""

    ligne = models.ForeignKey(LigneFinancement, models.CASCADE, related_name="etapes")
    vers = models.CharField(max_length=20, choices=StatutLigne.choices)
    montant = MontantField(null=True)
    date_effet = models.DateField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    piece = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")
    motif = models.TextField(blank=True)

    class Meta:
        verbose_name = "étape d’une ligne"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="etape_ligne_ferme_has_piece",
                condition=Q(piece__isnull=False)
                | ~Q(vers__in=["atteste", "accorde", "conventionne", "verse_partiel", "solde"]),
            )
        ]


class Mouvement(models.Model):
    """Ce qu’une étape ajoute ou retire à une mesure, en centimes signés, au jour de son effet."""

    etape = models.ForeignKey(EtapeLigne, models.CASCADE, related_name="mouvements")
    ligne = models.ForeignKey(LigneFinancement, models.CASCADE, related_name="mouvements")
    mesure = models.CharField(max_length=20, choices=Mesure.choices)
    centimes = models.BigIntegerField()
    jour = models.DateField()
    enregistre_at = models.DateTimeField()
    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="+")
    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="+")
    region = models.ForeignKey("referentiels.Region", models.PROTECT, related_name="+")
    vague = models.ForeignKey("territoires.Vague", models.PROTECT, related_name="+")
    is_fictif = models.BooleanField()
    is_part_propre = models.BooleanField("part du porteur (autofinancement ou emprunt)")

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="mouvement_not_zero", condition=~Q(centimes=0))]
        indexes = [
            models.Index(fields=["is_fictif", "mesure", "jour"], name="mouvement_par_jour"),
            models.Index(fields=["ligne", "mesure", "jour"], name="mouvement_par_ligne"),
        ]


class TotalJour(models.Model):
    """Somme des mouvements d’un jour, par financeur, région, vague et mesure ; tenue avec eux, jamais seule.

    La part du porteur est à part : ce qu’il se demande à lui-même n’est ni une demande ni un accord d’un financeur.
    """

    jour = models.DateField()
    mesure = models.CharField(max_length=20, choices=Mesure.choices)
    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="+")
    region = models.ForeignKey("referentiels.Region", models.PROTECT, related_name="+")
    vague = models.ForeignKey("territoires.Vague", models.PROTECT, related_name="+")
    is_fictif = models.BooleanField()
    is_part_propre = models.BooleanField("part du porteur (autofinancement ou emprunt)")
    centimes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "total d’un jour"
        ordering = ["jour", "id"]
        constraints = [
            models.UniqueConstraint(
                name="total_jour_unique",
                fields=["is_fictif", "is_part_propre", "mesure", "jour", "financeur", "region", "vague"],
            )
        ]
