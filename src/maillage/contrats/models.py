"""Protocoles et contrats : préparés et signés ici, ou constatés d’après une source. Une fois arrêté, rien ne bouge."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from maillage.contrats.enums import College, MoyenSignature, NatureActe, StatutActe


class Acte(models.Model):
    """Un protocole ou un contrat d’un territoire.

    `date_debut` et `date_fin` bornent la date de signature ; elles sont égales quand le jour est connu.
    `arrete_le` est la date d’effet de l’arrêt, celle que porte le document ; `arrete_at` l’instant où il est enregistré.
    """

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="actes")
    nature = models.CharField(max_length=20, choices=NatureActe.choices)
    titre = models.CharField(max_length=250)
    periode = models.CharField("période", max_length=30, blank=True)
    statut = models.CharField("état", max_length=20, choices=StatutActe.choices)
    preambule = models.TextField("préambule", blank=True)
    articles = models.JSONField(
        default=list
    )  # [{"titre", "texte", "bloc": "" | "plan_actions" | "financement"}]
    plan_actions = models.OneToOneField(
        "fiches.PlanActions", models.PROTECT, null=True, blank=True, related_name="acte"
    )
    date_debut = models.DateField("signé au plus tôt le", null=True, blank=True)
    date_fin = models.DateField("signé au plus tard le", null=True, blank=True)
    contenu = models.JSONField(null=True, blank=True)  # l’arbre de blocs arrêté
    piece_pdf = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")
    piece_word = models.ForeignKey("documents.Piece", models.PROTECT, null=True, blank=True, related_name="+")
    arrete_at = models.DateTimeField("arrêté le", null=True, blank=True)
    arrete_by = models.CharField(max_length=200, blank=True)
    arrete_le = models.DateField("date d’effet de l’arrêt", null=True, blank=True)
    # Le fichier signé par tous, scellé par le cachet de la plateforme ; le PDF arrêté, lui, ne bouge pas.
    piece_cachet = models.ForeignKey(
        "documents.Piece", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # L’acte d’origine que celui-ci modifie ; ses articles sont alors le texte consolidé.
    avenant_de = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="avenants", verbose_name="avenant à"
    )
    retire_at = models.DateTimeField("retiré le", null=True, blank=True)
    retire_by = models.CharField(max_length=200, blank=True)
    retire_motif = models.TextField("pourquoi il est retiré", blank=True)
    version = models.PositiveIntegerField(default=1)
    cree_at = models.DateTimeField()

    class Meta:
        ordering = ["-date_fin", "-id"]
        constraints = [
            models.CheckConstraint(
                name="acte_avenant_de_with_nature",
                condition=Q(nature="avenant", avenant_de__isnull=False)
                | (~Q(nature="avenant") & Q(avenant_de__isnull=True)),
            ),
            models.CheckConstraint(
                name="acte_retire_at_and_by_together",
                condition=Q(retire_at__isnull=True, retire_by="", retire_motif="")
                | (Q(retire_at__isnull=False, statut="retire") & ~Q(retire_by="") & ~Q(retire_motif="")),
            ),
            models.CheckConstraint(
                name="acte_arrete_at_and_by_together",
                condition=Q(
                    arrete_at__isnull=True, arrete_le__isnull=True, arrete_by="", piece_pdf__isnull=True
                )
                | (
                    Q(arrete_at__isnull=False, arrete_le__isnull=False, piece_pdf__isnull=False)
                    & ~Q(arrete_by="")
                ),
            ),
            models.CheckConstraint(
                name="acte_bornes_together",
                condition=Q(date_debut__isnull=True, date_fin__isnull=True)
                | Q(date_debut__lte=F("date_fin")),
            ),
            models.CheckConstraint(
                name="acte_signe_has_dates",
                condition=~Q(statut__in=["signe", "constate"]) | Q(date_fin__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("acte-detail", args=[self.territoire.vague.code, self.territoire.id_ti, self.pk])


class ArretRemplace(models.Model):
    """Un arrêt repris avant toute signature : ce qui avait été figé, gardé tel quel, et pourquoi il ne vaut plus."""

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="arrets_remplaces")
    plan_actions = models.OneToOneField(
        "fiches.PlanActions", models.PROTECT, null=True, related_name="arret_remplace"
    )
    contenu = models.JSONField()
    piece_pdf = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    piece_word = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    arrete_at = models.DateTimeField("arrêté le")
    arrete_by = models.CharField(max_length=200)
    arrete_le = models.DateField("date d’effet de l’arrêt")
    remplace_at = models.DateTimeField("repris le")
    remplace_by = models.CharField(max_length=200)
    motif = models.TextField()

    class Meta:
        verbose_name = "arrêt remplacé"
        ordering = ["-remplace_at", "-id"]

    def __str__(self) -> str:
        return f"{self.acte} (remplacé)"


class SourceActe(models.Model):
    """Ce qu’une source publique dit d’un acte constaté : deux sources peuvent se contredire, toutes deux restent."""

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="sources")
    texte = models.TextField()
    url = models.URLField(max_length=400, blank=True)
    nature_dite = models.CharField("nature selon la source", max_length=20, choices=NatureActe.choices)

    class Meta:
        verbose_name = "source d’un acte"
        ordering = ["id"]


class GroupeSignature(models.Model):
    """Plusieurs signataires dont `requis` suffisent : « deux vice-présidents sur trois »."""

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="groupes")
    nom = models.CharField(max_length=120)
    requis = models.PositiveSmallIntegerField("signatures qui suffisent")

    class Meta:
        verbose_name = "groupe de signataires"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="groupe_signature_requis_positive", condition=Q(requis__gte=1)),
            models.UniqueConstraint(name="groupe_signature_nom_unique", fields=["acte", "nom"]),
        ]

    def __str__(self) -> str:
        return self.nom


class Signataire(models.Model):
    """Qui signe, pour quelle organisation, à quel titre, dans quel ordre ; et sa signature quand elle est donnée.

    `moyen` et `preuve` disent comment elle l’a été : empreinte signée, texte consenti, authentification, certificat.
    Un refus laisse la place : la personne peut signer ensuite, ou l’équipe la remplacer.

    `signe_le` est la date de la signature (celle de l’acte) ; `signe_at` l’instant où elle a été enregistrée.
    Donnée personnelle : nom et adresse, pour signer ; gardés avec l’acte.
    """

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="signataires")
    organisation = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="signatures")
    nom = models.CharField("représentant·e", max_length=150, blank=True)
    qualite = models.CharField("qualité", max_length=150)
    college = models.CharField("collège", max_length=20, choices=College.choices)
    ordre = models.PositiveSmallIntegerField(default=1)
    email = models.EmailField("courriel (pour signer par lien)", blank=True)
    deliberation = models.CharField("délibération n°", max_length=80, blank=True)
    deliberation_le = models.DateField("délibération du", null=True, blank=True)
    signe_le = models.DateField(null=True, blank=True)
    signe_at = models.DateTimeField(null=True, blank=True)
    signe_by = models.CharField(max_length=250, blank=True)
    moyen = models.CharField(max_length=20, choices=MoyenSignature.choices, blank=True)
    preuve = models.JSONField(default=dict, blank=True)
    piece_preuve = models.ForeignKey(
        "documents.Piece", models.PROTECT, null=True, blank=True, related_name="+"
    )
    doit_deliberer = models.BooleanField("signe après une délibération", default=False)
    deliberation_recue_le = models.DateField("délibération reçue en préfecture le", null=True, blank=True)
    delegation = models.CharField("par délégation", max_length=250, blank=True)
    piece_delegation = models.ForeignKey(
        "documents.Piece", models.PROTECT, null=True, blank=True, related_name="+"
    )
    groupe = models.ForeignKey(
        GroupeSignature, models.PROTECT, null=True, blank=True, related_name="signataires"
    )
    vacant_depuis = models.DateField("fonction vacante depuis le", null=True, blank=True)
    refuse_at = models.DateTimeField("refusé le", null=True, blank=True)
    refuse_by = models.CharField(max_length=250, blank=True)
    refus_motif = models.TextField("pourquoi il ou elle refuse", blank=True)

    class Meta:
        ordering = ["ordre", "id"]
        constraints = [
            models.CheckConstraint(
                name="signataire_refuse_at_and_by_together",
                condition=Q(refuse_at__isnull=True, refuse_by="", refus_motif="")
                | (Q(refuse_at__isnull=False) & ~Q(refuse_by="") & ~Q(refus_motif="")),
            ),
            models.CheckConstraint(
                name="signataire_signe_at_and_by_together",
                condition=Q(signe_at__isnull=True, signe_le__isnull=True, signe_by="")
                | (Q(signe_at__isnull=False, signe_le__isnull=False) & ~Q(signe_by="")),
            ),
            models.UniqueConstraint(name="signataire_unique", fields=["acte", "organisation", "nom"]),
        ]

    def __str__(self) -> str:
        return (
            f"{self.nom}, {self.qualite}, {self.organisation}"
            if self.nom
            else f"{self.organisation} ({self.qualite})"
        )


class CopieNumerisee(models.Model):
    """La copie numérisée d’un acte signé à la main : ses pages reconnues par leur dessin, comparées à celles de l’acte."""

    acte = models.ForeignKey(Acte, models.CASCADE, related_name="copies")
    piece = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    pages_attendues = models.PositiveSmallIntegerField()
    pages_lues = models.PositiveSmallIntegerField()
    manquantes = models.JSONField("pages qui manquent", default=list)
    deposee_at = models.DateTimeField("déposée le")
    deposee_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "copie numérisée"
        ordering = ["-deposee_at", "-id"]

    def __str__(self) -> str:
        return f"Copie de «\u00a0{self.acte}\u00a0»"

    @property
    def is_complete(self) -> bool:
        return not self.manquantes


class RemplacementSignataire(models.Model):
    """Entre l’arrêt et la signature, quelqu’un d’autre tient la fonction : le document garde l’ancien nom, l’acte dit le nouveau."""

    signataire = models.ForeignKey(Signataire, models.CASCADE, related_name="remplacements")
    ancien_nom = models.CharField(max_length=150, blank=True)
    ancienne_qualite = models.CharField(max_length=150)
    nouveau_nom = models.CharField(max_length=150, blank=True)
    nouvelle_qualite = models.CharField(max_length=150)
    effet_le = models.DateField("depuis le")
    motif = models.TextField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "remplacement d’un signataire"
        ordering = ["id"]


class Ceremonie(models.Model):
    """Une cérémonie de signature : plusieurs actes, signés dans l’ordre, devant un même écran. Une coupure ne perd rien :
    où elle en est se lit des signatures données."""

    titre = models.CharField(max_length=200)
    region = models.ForeignKey(
        "referentiels.Region", models.PROTECT, related_name="ceremonies", verbose_name="région"
    )
    vague = models.ForeignKey(
        "territoires.Vague", models.PROTECT, related_name="ceremonies", verbose_name="phase"
    )
    jour = models.DateField()
    lieu = models.CharField(max_length=200, blank=True)
    is_fictif = models.BooleanField("répétition, dans des espaces fictifs", default=False)
    ouverte_at = models.DateTimeField("ouverte le", null=True, blank=True)
    close_at = models.DateTimeField("close le", null=True, blank=True)
    cree_at = models.DateTimeField()
    cree_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "cérémonie"
        ordering = ["-jour", "-id"]
        constraints = [
            models.CheckConstraint(
                name="ceremonie_close_after_ouverte",
                condition=Q(close_at__isnull=True)
                | Q(ouverte_at__isnull=False, close_at__gte=F("ouverte_at")),
            )
        ]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("ceremonie-detail", args=[self.pk])


class ActeCeremonie(models.Model):
    """Un acte d’une cérémonie, à son rang."""

    ceremonie = models.ForeignKey(Ceremonie, models.CASCADE, related_name="lignes")
    acte = models.OneToOneField(Acte, models.PROTECT, related_name="ceremonie")
    rang = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = "acte d’une cérémonie"
        ordering = ["rang", "id"]


class PresenceCeremonie(models.Model):
    """Un signataire est dans la salle. Donnée personnelle : qui est venu ; gardée avec l’acte."""

    ceremonie = models.ForeignKey(Ceremonie, models.CASCADE, related_name="presences")
    signataire = models.ForeignKey(Signataire, models.CASCADE, related_name="presences")
    present_at = models.DateTimeField()

    class Meta:
        verbose_name = "présence à une cérémonie"
        constraints = [
            models.UniqueConstraint(name="presence_ceremonie_unique", fields=["ceremonie", "signataire"])
        ]
