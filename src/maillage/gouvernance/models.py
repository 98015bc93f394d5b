"""Comités, membres, règles, séances, ordre du jour, décisions, relevés.

Un comité est celui d’un territoire, d’une région (COPIL régional) ou de la nation (ni l’un ni l’autre). Par défaut il n’a
ni quorum, ni parité, ni collège : il se les donne s’il le veut. Le jour, l’heure, le lieu et les invitations d’une séance
sont dans son rendez-vous (`agenda`).
"""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from maillage.gouvernance.enums import (
    AVIS,
    NatureComite,
    NatureDecision,
    Parite,
    Portee,
    Qualite,
    SansQuorum,
    Sens,
    StatutSeance,
)
from maillage.socle.dates import format_jour


class ComiteQuerySet(models.QuerySet["Comite"]):
    def actifs(self, jour: date) -> "ComiteQuerySet":
        return self.filter(Q(dissous_le__isnull=True) | Q(dissous_le__gt=jour))


class Comite(models.Model):
    """Une instance qui se réunit et décide. `nature` et `nom` sont ceux d’aujourd’hui : `NomComite` en garde l’histoire."""

    territoire = models.ForeignKey(
        "territoires.Territoire", models.PROTECT, null=True, blank=True, related_name="comites"
    )
    region = models.ForeignKey(
        "referentiels.Region",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="région",
        related_name="comites",
    )
    nature = models.CharField(max_length=20, choices=NatureComite.choices)
    nom = models.CharField(max_length=200)
    installe_le = models.DateField("installé le", null=True, blank=True)
    dissous_le = models.DateField("dissous le", null=True, blank=True)
    source = models.CharField("d’après", max_length=300, blank=True)

    objects = ComiteQuerySet.as_manager()

    class Meta:
        verbose_name = "comité"
        ordering = ["nom", "id"]
        constraints = [
            models.CheckConstraint(
                name="comite_one_echelon", condition=Q(territoire__isnull=True) | Q(region__isnull=True)
            ),
            models.CheckConstraint(
                name="comite_installe_before_dissous",
                condition=Q(installe_le__isnull=True)
                | Q(dissous_le__isnull=True)
                | Q(dissous_le__gte=F("installe_le")),
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    def get_absolute_url(self) -> str:
        return self.get_adresse("comite-detail")

    @property
    def cle(self) -> str:
        """La clé du territoire pour le journal et les attentes ; vide pour un comité régional ou national."""
        return self.territoire.cle if self.territoire else ""

    @property
    def lieu(self) -> str:
        """Le territoire, la région ou la nation dont c’est le comité."""
        if self.territoire:
            return self.territoire.nom
        return self.region.nom if self.region else "Nation"

    def get_adresse(self, nom: str, *suite: Any) -> str:
        """L’adresse d’une page de ce comité : sous son territoire s’il en a un."""
        args: list[Any] = [self.pk, *suite]
        if self.territoire:
            args = [self.territoire.vague.code, self.territoire.id_ti, *args]
        return reverse(nom, args=args)


class NomComite(models.Model):
    """Le nom et la nature d’un comité depuis un jour : devenir « comité de suivi » est un fait daté."""

    comite = models.ForeignKey(Comite, models.CASCADE, related_name="noms")
    nature = models.CharField(max_length=20, choices=NatureComite.choices)
    nom = models.CharField(max_length=200)
    depuis = models.DateField(null=True, blank=True)
    motif = models.CharField(max_length=300, blank=True)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "nom d’un comité"
        ordering = ["id"]


class RegleComite(models.Model):
    """La règle que le comité s’est donnée, depuis un jour. Sans ligne : aucune règle."""

    comite = models.ForeignKey(Comite, models.CASCADE, related_name="regles")
    depuis = models.DateField()
    quorum_nombre = models.PositiveSmallIntegerField("voix présentes au moins", null=True, blank=True)
    quorum_pour_cent = models.PositiveSmallIntegerField(
        "pour cent des voix présentes au moins", null=True, blank=True
    )
    parite = models.CharField("parité", max_length=20, choices=Parite.choices, default=Parite.AUCUNE)
    sans_quorum = models.CharField(max_length=20, choices=SansQuorum.choices, default=SansQuorum.CONSULTATION)
    texte = models.CharField("référence du texte", max_length=300, blank=True)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "règle d’un comité"
        ordering = ["depuis", "id"]
        constraints = [
            models.CheckConstraint(
                name="regle_one_quorum",
                condition=Q(quorum_nombre__isnull=True) | Q(quorum_pour_cent__isnull=True),
            ),
            models.CheckConstraint(
                name="regle_pour_cent_range",
                condition=Q(quorum_pour_cent__isnull=True)
                | Q(quorum_pour_cent__gte=1, quorum_pour_cent__lte=100),
            ),
        ]

    @property
    def has_quorum(self) -> bool:
        return bool(self.quorum_nombre or self.quorum_pour_cent)


class CollegeComite(models.Model):
    """Un collège que le comité s’est donné (élus, industriels, partenaires…)."""

    comite = models.ForeignKey(Comite, models.CASCADE, related_name="colleges")
    nom = models.CharField(max_length=120)
    rang = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = "collège d’un comité"
        ordering = ["rang", "id"]
        constraints = [models.UniqueConstraint(name="college_comite_unique", fields=["comite", "nom"])]

    def __str__(self) -> str:
        return self.nom


class MembreQuerySet(models.QuerySet["MembreComite"]):
    def at(self, jour: date) -> "MembreQuerySet":
        return self.filter(Q(debut__isnull=True) | Q(debut__lte=jour), Q(fin__isnull=True) | Q(fin__gt=jour))


class MembreComite(models.Model):
    """Un mandat dans un comité, de telle date à telle date (fin exclue) : une personne, pour une organisation ou non.

    Un suppléant (`titulaire`) siège quand son titulaire n’est pas là. Donnée personnelle (nom, adresse) : sert à
    convoquer ; gardée avec le mandat.
    """

    comite = models.ForeignKey(Comite, models.CASCADE, related_name="membres")
    nom = models.CharField(max_length=150, blank=True)
    titre = models.CharField("qualité", max_length=150, blank=True)
    email = models.EmailField("courriel", blank=True)
    personne = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="sieges"
    )
    organisation = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="sieges"
    )
    college = models.ForeignKey(
        CollegeComite,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="collège",
        related_name="membres",
    )
    place = models.CharField(max_length=20, choices=Qualite.choices, default=Qualite.MEMBRE)
    has_voix = models.BooleanField("a une voix", default=True)
    titulaire = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="supplée",
        related_name="suppleants",
    )
    debut = models.DateField("début", null=True, blank=True)
    fin = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)

    objects = MembreQuerySet.as_manager()

    class Meta:
        verbose_name = "membre d’un comité"
        ordering = ["nom", "id"]
        constraints = [
            models.CheckConstraint(
                name="membre_debut_before_fin",
                condition=Q(fin__isnull=True) | Q(debut__isnull=True) | Q(fin__gt=F("debut")),
            ),
            models.CheckConstraint(
                name="membre_nom_or_organisation", condition=~Q(nom="") | Q(organisation__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        if not self.nom:
            return str(self.organisation)
        return f"{self.nom} ({self.organisation.nom_court})" if self.organisation else self.nom


class Seance(models.Model):
    """Une réunion d’un comité. `version` : ce qu’on lisait quand on a commencé à écrire."""

    comite = models.ForeignKey(Comite, models.PROTECT, related_name="seances")
    rendez_vous = models.OneToOneField("agenda.RendezVous", models.PROTECT, related_name="seance")
    statut = models.CharField(
        max_length=20, choices=StatutSeance.choices, default=StatutSeance.EN_PREPARATION
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "séance"
        ordering = ["-rendez_vous__debut_at", "-id"]

    def __str__(self) -> str:
        return f"{self.rendez_vous.titre}, {format_jour(self.rendez_vous.jour)}"

    def get_absolute_url(self) -> str:
        return self.get_adresse("seance-detail")

    @property
    def jour(self) -> date:
        return self.rendez_vous.jour

    def get_adresse(self, nom: str, *suite: Any) -> str:
        """L’adresse d’une page de cette séance : sous le territoire de son comité s’il en a un."""
        territoire = self.comite.territoire
        args: list[Any] = [territoire.vague.code, territoire.id_ti] if territoire else []
        return reverse(nom, args=[*args, self.pk, *suite])


class VersionSeance(models.Model):
    """Ce qu’une séance disait à chaque enregistrement, pour départager deux saisies."""

    seance = models.ForeignKey(Seance, models.CASCADE, related_name="versions")
    numero = models.PositiveIntegerField()
    contenu = models.JSONField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "version d’une séance"
        ordering = ["numero"]
        constraints = [models.UniqueConstraint(name="version_seance_unique", fields=["seance", "numero"])]


class Participant(models.Model):
    """Qui est attendu à une séance : un membre du comité, ou quelqu’un d’invité pour cette fois (`membre` vide)."""

    seance = models.ForeignKey(Seance, models.CASCADE, related_name="participants")
    invitation = models.OneToOneField("agenda.Invitation", models.CASCADE, related_name="participant")
    membre = models.ForeignKey(
        MembreComite, models.PROTECT, null=True, blank=True, related_name="participations"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="participant_membre_unique",
                fields=["seance", "membre"],
                condition=Q(membre__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.membre or self.invitation)


class PointOrdreJour(models.Model):
    """Un point de l’ordre du jour : repris de ce qui attend une décision, ou écrit à la main."""

    seance = models.ForeignKey(Seance, models.CASCADE, related_name="points")
    rang = models.PositiveSmallIntegerField()
    titre = models.CharField(max_length=300)
    texte = models.TextField("précisions", blank=True)
    nature = models.CharField(max_length=30, choices=NatureDecision.choices, default=NatureDecision.LIBRE)
    fiche = models.ForeignKey(
        "fiches.FicheAction", models.PROTECT, null=True, blank=True, related_name="points_ordre_jour"
    )
    territoire = models.ForeignKey(
        "territoires.Territoire", models.PROTECT, null=True, blank=True, related_name="points_ordre_jour"
    )
    url = models.CharField("adresse de ce qui attend", max_length=300, blank=True)

    class Meta:
        verbose_name = "point de l’ordre du jour"
        ordering = ["rang", "id"]

    def __str__(self) -> str:
        return self.titre


class Decision(models.Model):
    """Ce qu’une séance a décidé, à quelles conditions de quorum. Jamais modifiée : une autre décision la remplace."""

    seance = models.ForeignKey(Seance, models.PROTECT, related_name="decisions")
    point = models.ForeignKey(PointOrdreJour, models.PROTECT, null=True, blank=True, related_name="decisions")
    numero = models.PositiveSmallIntegerField("numéro")
    nature = models.CharField(max_length=30, choices=NatureDecision.choices)
    intitule = models.CharField("intitulé", max_length=300)
    texte = models.TextField("texte et conditions", blank=True)
    sens = models.CharField(max_length=20, choices=Sens.choices)
    portee = models.CharField("portée", max_length=20, choices=Portee.choices)
    pour = models.PositiveSmallIntegerField(null=True, blank=True)
    contre = models.PositiveSmallIntegerField(null=True, blank=True)
    abstentions = models.PositiveSmallIntegerField(null=True, blank=True)
    quorum = models.JSONField("présences au moment de décider", default=dict)
    fiche = models.ForeignKey(
        "fiches.FicheAction", models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    plan_actions = models.ForeignKey(
        "fiches.PlanActions", models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    territoire = models.ForeignKey(
        "territoires.Territoire", models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    remplace = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="remplacee_par"
    )
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "décision"
        ordering = ["numero", "id"]
        constraints = [models.UniqueConstraint(name="decision_numero_unique", fields=["seance", "numero"])]

    def __str__(self) -> str:
        return self.intitule

    @property
    def issue(self) -> str:
        """« Adoptée », ou « Avis favorable » quand ce n’est qu’une consultation."""
        if self.portee == Portee.CONSULTATION:
            return AVIS[Sens(self.sens)]
        return str(self.get_sens_display())


class ReleveDecisions(models.Model):
    """Le relevé d’une séance, arrêté : l’arbre du document, ses deux fichiers et leur empreinte. Rien n’en bouge plus."""

    seance = models.OneToOneField(Seance, models.PROTECT, related_name="releve")
    contenu = models.JSONField()
    piece_pdf = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    piece_word = models.ForeignKey("documents.Piece", models.PROTECT, related_name="+")
    arrete_at = models.DateTimeField()
    arrete_by = models.CharField(max_length=200)
    envoye_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "relevé de décisions"
        ordering = ["-arrete_at", "-id"]

    def __str__(self) -> str:
        return f"Relevé de décisions, {self.seance}"


class SignatureReleve(models.Model):
    """Une signature : qui, à quelle place, quand, sur quelle empreinte. Donnée personnelle (nom), gardée avec le relevé."""

    releve = models.ForeignKey(ReleveDecisions, models.PROTECT, related_name="signatures")
    membre = models.ForeignKey(MembreComite, models.PROTECT, related_name="signatures")
    nom = models.CharField(max_length=250)
    place = models.CharField(max_length=20, choices=Qualite.choices)
    sha256 = models.CharField("empreinte signée", max_length=64)
    signe_at = models.DateTimeField()
    signe_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "signature d’un relevé"
        ordering = ["signe_at", "id"]
        constraints = [models.UniqueConstraint(name="signature_releve_unique", fields=["releve", "membre"])]
