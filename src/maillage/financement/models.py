"""Qui paie quoi, à quel point c’est sûr. Montants en centimes ; chaque pas d’une ligne est un fait daté.

L’état présent d’une ligne est une commodité : la vérité est la suite de ses étapes, et l’argent à une date
est la somme des mouvements jusqu’à ce jour (`TotalJour` en tient les sommes par jour, dans la même transaction).
"""

from django.db import models
from django.db.models import F, Q

from calcul.financement.intensites import ARTICLES
from maillage.financement.enums import (
    ChefDeFile,
    Credit,
    Mesure,
    NatureDepense,
    NatureLigne,
    OrigineFinanceur,
    Periode,
    Programme,
    RegimeAide,
    StatutLigne,
    TailleEntreprise,
    TypePorteur,
    TypeService,
)
from maillage.financement.models_suivi import (
    AnneeLigne,
    EchangeLigne,
    Enveloppe,
    FaitEnveloppe,
    LigneLot,
    Lot,
    PublicationPlan,
    VersementRecu,
)
from maillage.socle.champs import MontantField

__all__ = [
    "AideDeMinimisRecue",
    "AnneeLigne",
    "EchangeLigne",
    "Enveloppe",
    "EtapeLigne",
    "EtatPlan",
    "FaitEnveloppe",
    "LigneDepense",
    "LigneFinancement",
    "LigneLot",
    "Lot",
    "Mouvement",
    "PlanFinancement",
    "PrecisionLigne",
    "PrecisionPlan",
    "PublicationPlan",
    "TotalJour",
    "TotalPeriode",
    "VersementRecu",
    "get_libelle_statut",
]


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


SERVICE_SANS_MONTANT = Q(
    nature=NatureLigne.SERVICE.value,
    montant_pressenti=0,
    montant_demande=0,
    montant_annonce=0,
    montant_atteste=0,
    montant_accorde=0,
) & ~Q(service="")


class LigneFinancement(models.Model):
    """Une ressource, un financeur. Lui seul la fait passer à « accordé » et au-delà, avec une pièce."""

    plan = models.ForeignKey(PlanFinancement, models.CASCADE, related_name="lignes")
    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="lignes")
    nature = models.CharField(max_length=30, choices=NatureLigne.choices)
    origine = models.CharField(max_length=30, choices=OrigineFinanceur.choices)
    # D’une demande de service : lequel, et pour quoi. Aucun de ses montants n’est jamais autre que zéro.
    service = models.CharField(max_length=20, choices=TypeService.choices, blank=True)
    objet = models.CharField("ce qui est demandé", max_length=300, blank=True)
    dispositif = models.ForeignKey(
        "dispositifs.Dispositif", models.PROTECT, null=True, blank=True, related_name="lignes"
    )
    dispositif_libelle = models.CharField("dispositif hors catalogue", max_length=200, blank=True)
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
    montant_recu = MontantField("reçu, dit le porteur", default=0)
    enveloppe = models.ForeignKey(
        "financement.Enveloppe", models.PROTECT, null=True, blank=True, related_name="lignes"
    )
    # La première fois de chaque chose : elle ne change plus, et dit donc aussi l’état d’un jour passé.
    sollicite_le = models.DateField(null=True, blank=True)
    repondu_le = models.DateField("première réponse", null=True, blank=True)
    complet_le = models.DateField("dossier complet", null=True, blank=True)
    decide_le = models.DateField("décision", null=True, blank=True)
    verse_le = models.DateField("premier versement", null=True, blank=True)

    class Meta:
        verbose_name = "ligne de financement"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="ligne_one_dispositif",
                condition=Q(dispositif__isnull=True) | Q(dispositif_libelle=""),
            ),
            models.CheckConstraint(
                name="ligne_pressenti_positif",
                condition=Q(montant_pressenti__gt=0, service="") | SERVICE_SANS_MONTANT,
            ),
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
        return f"{self.financeur} ({self.nature_lisible.lower()})"

    @property
    def nature_lisible(self) -> str:
        """« Subvention », ou le service demandé."""
        if self.is_service:
            return f"Service\u00a0: {TypeService(self.service).label.lower()}"
        return str(NatureLigne(self.nature).label)

    @property
    def is_service(self) -> bool:
        return self.nature == NatureLigne.SERVICE

    def get_statut_display(self) -> str:
        return get_libelle_statut(self.statut, is_service=self.is_service)

    @property
    def nom_dispositif(self) -> str:
        """Le dispositif du catalogue, ou ce que le territoire a écrit s’il n’y est pas ; vide : pas encore dit."""
        return self.dispositif.titre if self.dispositif_id else self.dispositif_libelle


class PrecisionPlan(models.Model):
    """Ce que les règles demandent sur l’opération. Une réponse vide n’est pas encore donnée, et la règle la demande."""

    plan = models.OneToOneField(PlanFinancement, models.CASCADE, related_name="precision")
    version = models.PositiveIntegerField(default=1)
    chef_de_file = models.CharField(
        "chef de file de la compétence", max_length=20, choices=ChefDeFile.choices, blank=True
    )
    inscrite_cper = models.BooleanField("inscrite au contrat de plan ou de convergence", null=True)
    ctec = models.BooleanField("couverte par une convention territoriale d’exercice concerté", null=True)
    justification = models.TextField("pourquoi déroger à la part de 30\u00a0%", blank=True)
    derogation_detr = models.BooleanField("cumul avec la DETR permis par le préfet", null=True)
    accord_gouvernance = models.BooleanField("accord écrit de la gouvernance du territoire", null=True)
    debut_travaux = models.DateField("début des travaux, prévu ou constaté", null=True)
    duree_mois = models.PositiveSmallIntegerField("durée prévue de l’opération, en mois", null=True)
    publication = models.DateField("plan de financement publié le", null=True)
    seulement_equipement = models.BooleanField("les aides ne portent que sur de l’équipement", default=False)
    objet_immobilier = models.BooleanField("l’aide porte sur l’immobilier d’entreprise", null=True)
    taille = models.CharField(
        "taille de l’entreprise", max_length=20, choices=TailleEntreprise.choices, blank=True
    )
    en_difficulte = models.BooleanField("entreprise en difficulté au sens européen", null=True)
    commune = models.ForeignKey(
        "referentiels.Commune", models.PROTECT, null=True, related_name="+", verbose_name="commune du projet"
    )
    de_minimis_declarees = models.DateField("aides de minimis déclarées par l’entreprise le", null=True)

    class Meta:
        verbose_name = "précisions d’un plan"

    def __str__(self) -> str:
        return f"Précisions du {self.plan}"


class AideDeMinimisRecue(models.Model):
    """Une aide de minimis déjà reçue par l’entreprise unique qui porte l’opération, telle qu’elle la déclare."""

    plan = models.ForeignKey(PlanFinancement, models.CASCADE, related_name="aides_recues")
    jour = models.DateField("accordée le")
    montant = MontantField("équivalent-subvention")
    financeur = models.CharField(max_length=200)
    is_sieg = models.BooleanField("pour un service d’intérêt économique général", default=False)

    class Meta:
        verbose_name = "aide de minimis reçue"
        ordering = ["jour", "id"]
        constraints = [models.CheckConstraint(name="aide_recue_positive", condition=Q(montant__gt=0))]

    def __str__(self) -> str:
        return self.financeur


class PrecisionLigne(models.Model):
    """Ce que les règles demandent sur une aide : règlement du financeur, aide d’État, jours. Taux en dix-millièmes."""

    ligne = models.OneToOneField(LigneFinancement, models.CASCADE, related_name="precision")
    version = models.PositiveIntegerField(default=1)
    programme = models.CharField("budget de l’État", max_length=20, choices=Programme.choices, blank=True)
    credit = models.CharField("crédit", max_length=20, choices=Credit.choices, blank=True)
    base = MontantField("dépense éligible retenue par le financeur", null=True, blank=True)
    taux = models.PositiveSmallIntegerField("taux maximal du financeur", null=True)
    annexe_vii = models.BooleanField("programme de l’annexe VII du code (cumul avec la DETR)", null=True)
    convention_region = models.BooleanField("couverte par une convention avec la Région", null=True)
    regime = models.CharField("régime d’aide d’État", max_length=20, choices=RegimeAide.choices, blank=True)
    article = models.CharField(
        "article du règlement d’exemption", max_length=30, choices=list(ARTICLES.items()), blank=True
    )
    assiette = models.CharField("coûts aidés", max_length=100, blank=True)
    equivalent = MontantField("équivalent-subvention brut", null=True, blank=True)
    intensite = models.PositiveSmallIntegerField("intensité maximale du régime notifié", null=True)
    is_collaborative = models.BooleanField("collaboration, diffusion ou licence (article 25)", default=False)
    is_public_prioritaire = models.BooleanField(
        "formation de travailleurs handicapés ou défavorisés (article 31)", default=False
    )
    declaration = models.DateField("déclaration de minimis recueillie le", null=True)
    registre = models.DateField("inscrite au registre de minimis le", null=True)
    transparence = models.DateField("publiée au registre de transparence le", null=True)
    reception = models.DateField("demande reçue par le financeur le", null=True)
    notification = models.DateField("décision notifiée le", null=True)
    debut = models.DateField("début d’exécution déclaré le", null=True)
    debut_proroge = models.BooleanField("délai de début prorogé par le préfet", default=False)
    achevement = models.DateField("opération achevée le", null=True)
    achevement_proroge = models.BooleanField("délai d’achèvement prorogé par le préfet", default=False)
    avance = MontantField("avance versée au démarrage", default=0)
    garantie_bancaire = models.BooleanField("avance couverte par une garantie bancaire", default=False)

    class Meta:
        verbose_name = "précisions d’une ligne"
        constraints = [
            models.CheckConstraint(
                name="precision_ligne_taux_lte_100",
                condition=(Q(taux__isnull=True) | Q(taux__lte=10_000))
                & (Q(intensite__isnull=True) | Q(intensite__lte=10_000)),
            )
        ]

    def __str__(self) -> str:
        return f"Précisions de {self.ligne}"


def get_libelle_statut(statut: str, *, is_service: bool) -> str:
    """L’état en mots ; un service qu’on solde est un service rendu."""
    return "Rendu" if is_service and statut == StatutLigne.SOLDE else str(StatutLigne(statut).label)


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
    conditions = models.TextField("conditions de l’accord", blank=True)

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
    enveloppe = models.ForeignKey("financement.Enveloppe", models.PROTECT, null=True, related_name="+")

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
        indexes = [models.Index(fields=["is_fictif", "is_part_propre", "jour"], name="total_jour_par_jour")]


class TotalPeriode(models.Model):
    """La même somme que `TotalJour`, par mois et par année : une date passée se lit sans additionner dix ans de jours."""

    periode = models.CharField("période", max_length=10, choices=Periode.choices)
    debut = models.DateField("premier jour")
    mesure = models.CharField(max_length=20, choices=Mesure.choices)
    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="+")
    region = models.ForeignKey("referentiels.Region", models.PROTECT, related_name="+")
    vague = models.ForeignKey("territoires.Vague", models.PROTECT, related_name="+")
    is_fictif = models.BooleanField()
    is_part_propre = models.BooleanField("part du porteur (autofinancement ou emprunt)")
    centimes = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "total d’une période"
        ordering = ["debut", "id"]
        constraints = [
            models.UniqueConstraint(
                name="total_periode_unique",
                fields=[
                    "is_fictif",
                    "is_part_propre",
                    "periode",
                    "debut",
                    "mesure",
                    "financeur",
                    "region",
                    "vague",
                ],
            )
        ]
