"""La fiche action : l’objet que tous partagent. Ses versions, ses faits datés, les plans d’actions figés."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.urls import reverse

from maillage.fiches.enums import (
    Avancement,
    ChampDate,
    EtatPartage,
    EtatPorteur,
    Maturite,
    Priorite,
    StatutFiche,
    Visibilite,
)
from maillage.fiches.models.suivi import PartageFiche
from maillage.territoires.models import FaitDate


class FicheActionQuerySet(models.QuerySet["FicheAction"]):
    def publiques(self) -> "FicheActionQuerySet":
        return self.filter(visibilite=Visibilite.PUBLIQUE, territoire__is_fictif=False)

    def of_territoire(self, territoire: Any) -> "FicheActionQuerySet":
        """Ses fiches, et celles d’autres territoires qu’il a accepté de porter avec eux."""
        partagees = PartageFiche.objects.filter(territoire=territoire, etat=EtatPartage.ACCEPTE)
        return self.filter(Q(territoire=territoire) | Q(pk__in=partagees.values("fiche")))

    def with_faits(self, au: date, connu_le: date | None = None) -> "FicheActionQuerySet":
        """Annote `statut_au`, `maturite_au`, `axe_au` : la valeur de chaque fait daté au jour `au` (None : pas encore née).

        `connu_le` : tels que ces faits étaient connus ce jour-là.
        """
        annotations = {}
        for champ in (ChampDate.STATUT, ChampDate.MATURITE, ChampDate.AXE):
            faits = FaitFiche.objects.filter(fiche=OuterRef("pk"), champ=champ, date_effet__lte=au)
            if connu_le is not None:
                faits = faits.filter(enregistre_at__date__lte=connu_le)
            annotations[f"{champ.value}_au"] = Subquery(
                faits.order_by("-date_effet", "-id").values("valeur")[:1]
            )
        return self.annotate(**annotations)

    def in_statuts(self, statuts: Iterable[StatutFiche], *, au: date) -> "FicheActionQuerySet":
        """Fiches dont l’état au jour `au` est l’un de ceux-ci, avec leurs faits datés de ce jour."""
        return self.with_faits(au).filter(statut_au__in=statuts)


class FicheAction(models.Model):
    """Une action : un code propre au territoire, un titre, un axe, un porteur, un calendrier, deux échelles d’état."""

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="fiches")
    code = models.CharField(
        max_length=20, blank=True, help_text="Le code du territoire, par exemple F2.1. Il reste le même."
    )
    rang = models.PositiveIntegerField("rang de présentation", default=0)
    titre = models.CharField(max_length=250)
    axe = models.ForeignKey("territoires.Axe", models.PROTECT, null=True, blank=True, related_name="fiches")
    presentateur = models.CharField("présentateur", max_length=120, blank=True)
    porteur = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="fiches_portees"
    )
    etat_porteur = models.CharField(
        "état du porteur", max_length=20, choices=EtatPorteur.choices, default=EtatPorteur.A_DESIGNER
    )
    sous_axe = models.CharField("sous-axe", max_length=200, blank=True)
    sous_sous_axe = models.CharField("sous-sous-axe", max_length=200, blank=True)
    description = models.TextField(blank=True)
    contexte = models.TextField("contexte et enjeux", blank=True)
    objectifs = models.TextField(blank=True)
    livrables = models.TextField("livrables attendus", blank=True)
    public_vise = models.TextField("public visé", blank=True)
    service_pilote = models.CharField("direction ou service pilote", max_length=200, blank=True)
    personne_pilote = models.CharField("personne pilote", max_length=200, blank=True)
    contact = models.CharField("contact technique", max_length=200, blank=True)
    elu_referent = models.CharField("élu·e référent·e", max_length=200, blank=True)
    instances = models.TextField("instances de gouvernance", blank=True)
    moyens = models.TextField("moyens humains et techniques", blank=True)
    participation = models.TextField("participation citoyenne", blank=True)
    note_financement = models.TextField("précisions sur le financement", blank=True)
    obstacles = models.TextField("obstacles", blank=True)
    resume_public = models.TextField("résumé publiable", blank=True)
    bilan = models.TextField("ce que l’on referait, ce que l’on ferait autrement", blank=True)
    priorite = models.CharField("priorité", max_length=20, choices=Priorite.choices, blank=True)
    avancement = models.CharField("avancement déclaré", max_length=20, choices=Avancement.choices, blank=True)
    debut_prevu = models.DateField("début prévu", null=True, blank=True)
    fin_prevue = models.DateField("fin prévue", null=True, blank=True)
    statut = models.CharField("état", max_length=20, choices=StatutFiche.choices, default=StatutFiche.IDEE)
    maturite = models.CharField(
        "maturité", max_length=20, choices=Maturite.choices, default=Maturite.EMERGENCE
    )
    visibilite = models.CharField(
        "visibilité", max_length=20, choices=Visibilite.choices, default=Visibilite.TERRITOIRE
    )
    source = models.CharField(max_length=300, blank=True)
    # Une fiche abandonnée parce qu’une autre la reprend ; une fiche née d’une autre, partagée en plusieurs.
    fusionnee_dans = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbees"
    )
    scindee_de = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="morceaux")
    # Tout ce que dit la fiche, replié (sans accent ni casse) : la recherche se fait dans la base.
    texte_recherche = models.TextField("texte de recherche", blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    creee_at = models.DateTimeField()
    modifiee_at = models.DateTimeField()

    objects = FicheActionQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche action"
        ordering = ["rang", "id"]
        constraints = [
            # « F2.0 » et « f2.0 » seraient le même code pour tout le monde.
            models.UniqueConstraint(
                "territoire", Lower("code"), name="fiche_code_unique", condition=~Q(code="")
            ),
            models.CheckConstraint(
                name="fiche_porteur_with_etat",
                condition=Q(porteur__isnull=False, etat_porteur="designe")
                | (Q(porteur__isnull=True) & ~Q(etat_porteur="designe")),
            ),
            models.CheckConstraint(
                name="fiche_debut_lte_fin",
                condition=Q(debut_prevu__isnull=True)
                | Q(fin_prevue__isnull=True)
                | Q(debut_prevu__lte=F("fin_prevue")),
            ),
            models.CheckConstraint(
                name="fiche_code_and_axe_after_idee",
                condition=Q(statut="idee") | (Q(axe__isnull=False) & ~Q(code="")) | Q(statut="abandonnee"),
            ),
        ]
        indexes = [models.Index(fields=["territoire", "rang"], name="fiche_par_rang")]

    def __str__(self) -> str:
        return f"{self.code} {self.titre}".strip()

    def get_absolute_url(self) -> str:
        return reverse("fiche-detail", args=[self.territoire.vague.code, self.territoire.id_ti, self.pk])

    def get_public_url(self) -> str:
        """Sa page publique ; elle n’existe que si la fiche est publique."""
        return reverse("fiche-publique", args=[self.territoire.vague.code, self.territoire.id_ti, self.pk])

    @property
    def sort(self) -> str:
        """Ce qu’elle est devenue, en mots : « Fusionnée dans F3 » ; vide si elle suit sa vie."""
        if self.fusionnee_dans_id and self.fusionnee_dans:
            return f"Fusionnée dans {self.fusionnee_dans.code or self.fusionnee_dans.titre}"
        return ""

    @property
    def is_publique(self) -> bool:
        """La même règle que `publiques()`, pour une fiche déjà lue (avec son territoire)."""
        return self.visibilite == Visibilite.PUBLIQUE and not self.territoire.is_fictif


class FaitFiche(models.Model):
    """Une valeur datée (état, maturité, axe, visibilité) ; jamais modifiée. Le dernier fait effectif à une date l’emporte."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="faits")
    champ = models.CharField(max_length=20, choices=ChampDate.choices)
    valeur = models.CharField(max_length=40)
    date_effet = models.DateField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "fait daté d’une fiche"
        ordering = ["date_effet", "id"]
        indexes = [models.Index(fields=["fiche", "champ", "-date_effet", "-id"], name="fait_fiche_au")]


class VersionFiche(models.Model):
    """Le contenu d’une fiche à chaque enregistrement, tel qu’un plan ou un acte peut s’y référer."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="versions")
    numero = models.PositiveIntegerField("numéro")
    contenu = models.JSONField()
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "version d’une fiche"
        ordering = ["numero"]
        constraints = [models.UniqueConstraint(name="version_fiche_unique", fields=["fiche", "numero"])]


class AccesFiche(models.Model):
    """Une organisation à qui la fiche est ouverte (porteur, financeur sollicité), et pourquoi."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="acces")
    organisation = models.ForeignKey("comptes.Organisation", models.CASCADE, related_name="acces_fiches")
    motif = models.CharField(max_length=60)
    ouvert_at = models.DateTimeField()

    class Meta:
        verbose_name = "accès à une fiche"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="acces_fiche_unique", fields=["fiche", "organisation"])]


class PlanActions(models.Model):
    """Un ensemble figé de versions de fiches : ce qui est transmis, validé, annexé à un acte."""

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="plans_actions")
    titre = models.CharField(max_length=200)
    date_effet = models.DateField()
    fige_at = models.DateTimeField()
    fige_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "plan d’actions"
        ordering = ["-date_effet", "-id"]


class PlanActionsFiche(models.Model):
    plan = models.ForeignKey(PlanActions, models.CASCADE, related_name="lignes")
    version = models.ForeignKey(VersionFiche, models.PROTECT, related_name="+")
    rang = models.PositiveIntegerField()

    class Meta:
        verbose_name = "fiche d’un plan d’actions"
        ordering = ["rang", "id"]
        constraints = [
            models.UniqueConstraint(name="plan_actions_version_unique", fields=["plan", "version"])
        ]


class Portage(FaitDate):
    """Un binôme porte une action, de tel jour à tel jour (fin exclue) : il en répond devant le territoire."""

    fiche = models.ForeignKey(FicheAction, models.CASCADE, related_name="portages")
    binome = models.ForeignKey("territoires.Binome", models.PROTECT, related_name="portages")

    class Meta(FaitDate.Meta):
        ordering = ["fiche__rang", "id"]

    def __str__(self) -> str:
        return f"{self.fiche}\u00a0: {self.binome}"

    @property
    def territoire(self) -> Any:
        return self.fiche.territoire
