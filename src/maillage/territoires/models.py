"""Territoires labellisés, périmètres datés, étapes de la chaîne, mandats.

La clé d’un territoire est (vague, id_ti), écrite « v2/ti-2701 » : 145 identifiants existent dans les deux vagues.
Un fait daté peut n’être connu qu’entre deux bornes (`debut`, `fin`) : « certain » après la seconde,
« possible » dès la première.
"""

from datetime import date
from fractions import Fraction
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from maillage.socle.champs import MontantField
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.enums import (
    EtatPlace,
    Fait,
    Fiabilite,
    FormatListe,
    Mutation,
    NatureEvenement,
    NatureStatut,
    PorteeBinome,
    RangReferent,
    RoleMandat,
    Sens,
    SensAvis,
    StatutDemande,
)


class VagueQuerySet(models.QuerySet["Vague"]):
    def at(self, jour: date) -> "VagueQuerySet":
        return self.filter(debut__lte=jour).filter(Q(fin__isnull=True) | Q(fin__gte=jour))


class Vague(models.Model):
    """Une phase du programme : 2018–2022 puis 2023–2027 ; une troisième serait une ligne de plus."""

    numero = models.PositiveSmallIntegerField("numéro", unique=True)
    nom = models.CharField(max_length=80)
    debut = models.DateField("labels en vigueur depuis")
    fin = models.DateField("labels en vigueur jusqu’au (inclus)", null=True, blank=True)
    source = models.CharField(max_length=300)

    objects = VagueQuerySet.as_manager()

    class Meta:
        ordering = ["numero"]

    def __str__(self) -> str:
        return self.nom

    @property
    def code(self) -> str:
        return f"v{self.numero}"


class Axe(models.Model):
    """Thème (phase 1) ou axe (phase 2) : une liste datée par vague, pas du code."""

    vague = models.ForeignKey(Vague, models.CASCADE, related_name="axes")
    code = models.CharField(max_length=30)
    nom = models.CharField(max_length=120)
    rang = models.PositiveSmallIntegerField()
    description = models.TextField(blank=True)
    debut = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["vague", "rang"]
        constraints = [models.UniqueConstraint(name="axe_unique", fields=["vague", "code"])]

    def __str__(self) -> str:
        return self.nom


class TerritoireQuerySet(models.QuerySet["Territoire"]):
    def publics(self) -> "TerritoireQuerySet":
        """Hors espaces fictifs (rejeux, répétitions), qui ne comptent jamais dans les chiffres publics."""
        return self.filter(is_fictif=False)

    def en_cours(self, jour: date) -> "TerritoireQuerySet":
        """Ceux qu’on compte ce jour-là : phase commencée et non finie, hors espaces fictifs, hors sortis à coup sûr."""
        sorti = (
            Etape.objects.connues().certaines(jour).filter(territoire=models.OuterRef("pk"), fait=Fait.SORTI)
        )
        return (
            self.publics()
            .filter(vague__debut__lte=jour)
            .filter(Q(vague__fin__isnull=True) | Q(vague__fin__gte=jour))
            .exclude(models.Exists(sorti))
        )

    def by_cle(self, vague: str, id_ti: str) -> "TerritoireQuerySet":
        return self.filter(vague__numero=int(vague.removeprefix("v")), id_ti=id_ti)


class Territoire(models.Model):
    """Un territoire labellisé, fait d’EPCI, d’EPT, de communes seules ou d’un site."""

    vague = models.ForeignKey(Vague, models.PROTECT, related_name="territoires")
    id_ti = models.CharField("identifiant ANCT", max_length=30)
    nom = models.CharField(max_length=250)
    nom_local = models.CharField("marque locale", max_length=250, blank=True)
    nom_recherche = models.CharField(max_length=500, editable=False)
    region = models.ForeignKey(
        "referentiels.Region",
        models.PROTECT,
        verbose_name="région chef de file",
        related_name="territoires_menes",
    )
    departement = models.ForeignKey(
        "referentiels.Departement",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="département de la préfecture chef de file",
        related_name="territoires_menes",
    )
    regions = models.ManyToManyField("referentiels.Region", related_name="territoires")
    departements = models.ManyToManyField("referentiels.Departement", related_name="territoires")
    population = models.PositiveIntegerField("population municipale", default=0)
    is_site = models.BooleanField("limité à un site de son intercommunalité", default=False)
    is_fictif = models.BooleanField("espace fictif", default=False)
    source = models.CharField(max_length=300, blank=True)

    objects = TerritoireQuerySet.as_manager()

    class Meta:
        ordering = ["vague__numero", "id_ti"]
        constraints = [models.UniqueConstraint(name="territoire_cle", fields=["vague", "id_ti"])]
        indexes = [models.Index(fields=["is_fictif", "vague", "nom"], name="territoire_par_nom")]

    def __str__(self) -> str:
        return self.nom

    def save(self, *args: object, **kwargs: object) -> None:
        from maillage.socle.texte import replier

        self.nom_recherche = replier(f"{self.nom} {self.nom_local} {self.id_ti}")
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("territoire-detail", args=[self.vague.code, self.id_ti])

    def get_perimetre_url(self) -> str:
        """La page publique du périmètre ; celle de l’espace pour un espace fictif, qui n’a pas de page publique."""
        nom = "perimetre" if self.is_fictif else "territoire-perimetre"
        return reverse(nom, args=[self.vague.code, self.id_ti])

    def get_espace_url(self) -> str:
        return reverse("espace-territoire", args=[self.vague.code, self.id_ti])

    @property
    def cle(self) -> str:
        """« v1/ti-4403 » ; demande la vague (select_related)."""
        return f"{self.vague.code}/{self.id_ti}"


class PerimetreQuerySet(models.QuerySet["Perimetre"]):
    def at(self, jour: date) -> "PerimetreQuerySet":
        """Membres possibles ce jour-là : peut-être entrés, pas encore sortis à coup sûr."""
        return self.filter(debut__lte=jour).filter(Q(fin__isnull=True) | Q(fin__gt=jour))

    def certains_at(self, jour: date) -> "PerimetreQuerySet":
        """Membres à coup sûr ce jour-là : entrés, pas même peut-être sortis, et qu’une source nomme."""
        return (
            self.filter(constate_le__lte=jour)
            .exclude(fiabilite=Fiabilite.A_CONFIRMER)
            .filter(
                Q(fin__isnull=True)
                | Q(fin_au_plus_tot__gt=jour)
                | Q(fin_au_plus_tot__isnull=True, fin__gt=jour)
            )
        )


class Perimetre(models.Model):
    """Un membre d’un territoire, de telle date à telle date (fin exclue) : EPCI ou EPT, commune seule, ou site.

    Commodité de lecture, réécrite depuis les mouvements (`MouvementPerimetre`) par les actes du périmètre.
    """

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="perimetres")
    epci = models.ForeignKey(
        "referentiels.Epci", models.PROTECT, null=True, blank=True, related_name="perimetres"
    )
    commune = models.ForeignKey(
        "referentiels.Commune", models.PROTECT, null=True, blank=True, related_name="perimetres"
    )
    site = models.CharField("site précis", max_length=200, blank=True)
    libelle = models.CharField("libellé de la source", max_length=250, blank=True)
    debut = models.DateField("membre au plus tôt le")
    constate_le = models.DateField(
        "constaté le",
        help_text="Jour de la liste publiée qui le nomme ; égal au début quand la date exacte est connue.",
    )
    fin_au_plus_tot = models.DateField(
        "plus membre, peut-être, dès le",
        null=True,
        blank=True,
        help_text="Vide quand la date de sortie est exacte, ou sans sortie.",
    )
    fin = models.DateField("plus membre à coup sûr le", null=True, blank=True)
    fiabilite = models.CharField(
        "fiabilité", max_length=20, choices=Fiabilite.choices, default=Fiabilite.SOURCE
    )
    source = models.CharField(max_length=300)
    entree = models.ForeignKey(
        "MouvementPerimetre",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="mouvement d’entrée",
    )
    sortie = models.ForeignKey(
        "MouvementPerimetre",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="mouvement de sortie",
    )

    objects = PerimetreQuerySet.as_manager()

    class Meta:
        verbose_name = "périmètre"
        ordering = ["territoire", "id"]
        constraints = [
            models.CheckConstraint(
                name="perimetre_debut_before_fin", condition=Q(fin__isnull=True) | Q(fin__gt=F("debut"))
            ),
            models.CheckConstraint(
                name="perimetre_sortie_bornee",
                condition=Q(fin_au_plus_tot__isnull=True)
                | Q(fin__isnull=False, fin_au_plus_tot__lte=F("fin")),
            ),
            models.CheckConstraint(
                name="perimetre_debut_lte_constat", condition=Q(debut__lte=F("constate_le"))
            ),
            models.CheckConstraint(
                name="perimetre_one_membre",
                condition=Q(epci__isnull=False, commune__isnull=True)
                | Q(epci__isnull=True, commune__isnull=False),
            ),
            models.UniqueConstraint(
                name="perimetre_epci_unique",
                fields=["territoire", "epci", "debut"],
                condition=Q(epci__isnull=False),
            ),
            models.UniqueConstraint(
                name="perimetre_commune_unique",
                fields=["territoire", "commune", "debut"],
                condition=Q(commune__isnull=False),
            ),
        ]

    @property
    def nom(self) -> str:
        return str(self.epci.nom if self.epci_id else self.commune.nom)

    @property
    def population(self) -> int:
        if self.epci_id:
            return self.epci.population_municipale
        return self.commune.population_municipale_epci or self.commune.population or 0


class EtapeQuerySet(models.QuerySet["Etape"]):
    def connues(self, connu_le: "date | None" = None) -> "EtapeQuerySet":
        """Faits en vigueur (non remplacés), éventuellement tels qu’ils étaient connus un jour donné."""
        if connu_le is None:
            return self.filter(remplacee_at__isnull=True)
        return self.filter(enregistre_at__date__lte=connu_le).filter(
            Q(remplacee_at__isnull=True) | Q(remplacee_at__date__gt=connu_le)
        )

    def certaines(self, au: date) -> "EtapeQuerySet":
        """Faits dont la borne tardive est passée : ils ont eu lieu à coup sûr."""
        return self.filter(fin__lte=au)

    def possibles(self, au: date) -> "EtapeQuerySet":
        """Faits dont la borne précoce est passée : ils ont pu avoir lieu."""
        return self.filter(debut__lte=au)


class Etape(models.Model):
    """Un fait compté nationalement : ce qui est arrivé, quand (ou entre quelles bornes), d’après quoi.

    Jamais modifié : une correction est un nouveau fait, et l’ancien garde le jour où il a été remplacé.
    """

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="etapes")
    fait = models.CharField(max_length=30, choices=Fait.choices)
    debut = models.DateField("au plus tôt le")
    fin = models.DateField("au plus tard le")
    fiabilite = models.CharField("fiabilité", max_length=20, choices=Fiabilite.choices)
    source = models.TextField()
    source_url = models.URLField("adresse de la source", max_length=400, blank=True)
    piece = models.ForeignKey(
        "documents.Piece", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    objet_type = models.CharField(max_length=60, blank=True)
    objet_id = models.CharField(max_length=40, blank=True)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    remplacee_at = models.DateTimeField(null=True, blank=True)

    objects = EtapeQuerySet.as_manager()

    class Meta:
        verbose_name = "étape"
        ordering = ["fin", "id"]
        constraints = [models.CheckConstraint(name="etape_debut_lte_fin", condition=Q(debut__lte=F("fin")))]
        indexes = [
            models.Index(fields=["fait", "fin"], name="etape_par_fait"),
            models.Index(fields=["territoire", "fait"], name="etape_par_territoire"),
        ]

    @property
    def is_exacte(self) -> bool:
        return self.debut == self.fin


class FaitsQuerySet(models.QuerySet[Any]):
    """Faits qu’une correction remplace sans les effacer."""

    def connus(self, connu_le: "date | None" = None) -> "FaitsQuerySet":
        """Faits en vigueur (non remplacés), éventuellement tels qu’ils étaient connus un jour donné."""
        if connu_le is None:
            return self.filter(remplace_at__isnull=True)
        return self.filter(enregistre_at__date__lte=connu_le).filter(
            Q(remplace_at__isnull=True) | Q(remplace_at__date__gt=connu_le)
        )


class StatutTerritoire(models.Model):
    """Ce qu’un territoire est à côté de son label (pilote, fragile, Rebond industriel), avec l’aide apportée.

    Jamais modifié : une fin ou une correction est un nouveau fait, et l’ancien garde le jour de son remplacement.
    """

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="statuts")
    nature = models.CharField(max_length=20, choices=NatureStatut.choices)
    debut = models.DateField("depuis le")
    fin = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    aide = models.TextField("aide apportée", blank=True)
    fiabilite = models.CharField("fiabilité", max_length=20, choices=Fiabilite.choices)
    source = models.TextField()
    source_url = models.URLField("adresse de la source", max_length=400, blank=True)
    piece = models.ForeignKey(
        "documents.Piece", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    remplace_at = models.DateTimeField(null=True, blank=True)

    objects = FaitsQuerySet.as_manager()

    class Meta:
        verbose_name = "statut d’un territoire"
        ordering = ["debut", "id"]
        constraints = [
            models.CheckConstraint(
                name="statut_debut_before_fin", condition=Q(fin__isnull=True) | Q(fin__gt=F("debut"))
            ),
        ]
        indexes = [models.Index(fields=["territoire", "nature"], name="statut_par_territoire")]

    def __str__(self) -> str:
        return self.get_nature_display()


class EvenementPerimetre(models.Model):
    """Ce qui arrive à un périmètre ou à un nom : quand (ou entre quelles bornes), décidé par qui, d’après quoi.

    Les entrées et les sorties sont ses mouvements. Jamais modifié : une correction est un nouvel évènement.
    """

    mutation = models.CharField(max_length=20, choices=Mutation.choices)
    territoire = models.ForeignKey(
        Territoire, models.CASCADE, related_name="mutations", verbose_name="territoire principal"
    )
    territoires = models.ManyToManyField(
        Territoire, related_name="mutations_vecues", verbose_name="territoires concernés"
    )
    debut = models.DateField("effet au plus tôt le")
    fin = models.DateField("effet au plus tard le")
    ancien_nom = models.CharField(max_length=250, blank=True)
    nouveau_nom = models.CharField(max_length=250, blank=True)
    instance = models.CharField("instance qui a décidé", max_length=200, blank=True)
    organisation = models.ForeignKey(
        "comptes.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="organisation qui a décidé",
    )
    decide_le = models.DateField("décidé le", null=True, blank=True)
    piece = models.ForeignKey(
        "documents.Piece", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    fiabilite = models.CharField("fiabilité", max_length=20, choices=Fiabilite.choices)
    source = models.TextField()
    source_url = models.URLField("adresse de la source", max_length=400, blank=True)
    remarque = models.TextField(blank=True)
    enregistre_at = models.DateTimeField()
    enregistre_by = models.CharField(max_length=200)
    remplace_at = models.DateTimeField(null=True, blank=True)
    corrige = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="corrige"
    )

    objects = FaitsQuerySet.as_manager()

    class Meta:
        verbose_name = "évènement de périmètre"
        verbose_name_plural = "évènements de périmètre"
        ordering = ["debut", "fin", "id"]
        constraints = [
            models.CheckConstraint(name="mutation_debut_lte_fin", condition=Q(debut__lte=F("fin"))),
            models.CheckConstraint(
                name="mutation_renommage_nomme",
                condition=~Q(mutation="renommage") | (~Q(nouveau_nom="") & ~Q(ancien_nom="")),
            ),
        ]
        indexes = [models.Index(fields=["mutation", "debut"], name="mutation_par_nature")]

    def __str__(self) -> str:
        return f"{self.get_mutation_display()} : {self.territoire}"

    @property
    def is_exact(self) -> bool:
        return self.debut == self.fin


class MouvementPerimetre(models.Model):
    """Un membre qui entre dans un territoire ou en sort, à une date ou entre deux bornes."""

    evenement = models.ForeignKey(EvenementPerimetre, models.CASCADE, related_name="mouvements")
    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="mouvements_perimetre")
    sens = models.CharField(max_length=10, choices=Sens.choices)
    epci = models.ForeignKey("referentiels.Epci", models.PROTECT, null=True, blank=True, related_name="+")
    commune = models.ForeignKey(
        "referentiels.Commune", models.PROTECT, null=True, blank=True, related_name="+"
    )
    site = models.CharField("site précis", max_length=200, blank=True)
    libelle = models.CharField("libellé de la source", max_length=250, blank=True)
    debut = models.DateField("au plus tôt le")
    fin = models.DateField("au plus tard le")
    fiabilite = models.CharField("fiabilité", max_length=20, choices=Fiabilite.choices)
    enregistre_at = models.DateTimeField()
    remplace_at = models.DateTimeField(null=True, blank=True)

    objects = FaitsQuerySet.as_manager()

    class Meta:
        verbose_name = "mouvement de périmètre"
        verbose_name_plural = "mouvements de périmètre"
        ordering = ["debut", "fin", "id"]
        constraints = [
            models.CheckConstraint(name="mouvement_debut_lte_fin", condition=Q(debut__lte=F("fin"))),
            models.CheckConstraint(
                name="mouvement_one_membre",
                condition=Q(epci__isnull=False, commune__isnull=True)
                | Q(epci__isnull=True, commune__isnull=False),
            ),
        ]

    @property
    def nom(self) -> str:
        return str(self.epci.nom if self.epci_id else self.commune.nom)

    @property
    def is_exact(self) -> bool:
        return self.debut == self.fin


class DemandePerimetre(models.Model):
    """Un changement de périmètre ou de nom demandé par un territoire, jusqu’à son enregistrement national."""

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="demandes_perimetre")
    mutation = models.CharField("changement demandé", max_length=20, choices=Mutation.choices)
    autre = models.ForeignKey(
        Territoire,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="demandes_recues",
        verbose_name="autre territoire",
    )
    nouveau_nom = models.CharField(max_length=250, blank=True)
    motif = models.TextField("pourquoi")
    souhaite_le = models.DateField("effet souhaité le")
    statut = models.CharField(max_length=20, choices=StatutDemande.choices)
    deposee_at = models.DateTimeField("déposée le")
    deposee_by = models.CharField(max_length=200)
    instance = models.CharField("instance qui a décidé", max_length=200, blank=True)
    organisation = models.ForeignKey(
        "comptes.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="organisation qui a décidé",
    )
    decide_le = models.DateField("décidé le", null=True, blank=True)
    effet_le = models.DateField("effet décidé le", null=True, blank=True)
    motif_decision = models.TextField("motif de la décision", blank=True)
    piece = models.ForeignKey(
        "documents.Piece",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="document de la décision",
    )
    evenement = models.OneToOneField(
        EvenementPerimetre, models.PROTECT, null=True, blank=True, related_name="demande"
    )

    class Meta:
        verbose_name = "demande de périmètre"
        verbose_name_plural = "demandes de périmètre"
        ordering = ["-deposee_at", "-id"]
        indexes = [models.Index(fields=["statut", "territoire"], name="demande_par_statut")]

    def __str__(self) -> str:
        return f"{self.get_mutation_display()} : {self.territoire}"

    def get_absolute_url(self) -> str:
        return reverse("demande-perimetre", args=[self.pk])


class MembreDemande(models.Model):
    """Un membre dont la demande veut l’entrée, la sortie ou le transfert (`sens` : du point de vue du demandeur)."""

    demande = models.ForeignKey(DemandePerimetre, models.CASCADE, related_name="membres")
    sens = models.CharField(max_length=10, choices=Sens.choices)
    epci = models.ForeignKey("referentiels.Epci", models.PROTECT, null=True, blank=True, related_name="+")
    commune = models.ForeignKey(
        "referentiels.Commune", models.PROTECT, null=True, blank=True, related_name="+"
    )
    site = models.CharField("site précis", max_length=200, blank=True)

    class Meta:
        verbose_name = "membre d’une demande"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="membre_demande_one_membre",
                condition=Q(epci__isnull=False, commune__isnull=True)
                | Q(epci__isnull=True, commune__isnull=False),
            ),
        ]

    @property
    def nom(self) -> str:
        return str(self.epci.nom if self.epci_id else self.commune.nom)


class AvisPerimetre(models.Model):
    """L’avis d’une Région (ou d’un service de l’État) sur une demande. Attendu tant que `sens` est vide."""

    demande = models.ForeignKey(DemandePerimetre, models.CASCADE, related_name="avis")
    region = models.ForeignKey(
        "referentiels.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Région"
    )
    organisation = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_requis = models.BooleanField("requis", default=True)
    sens = models.CharField(max_length=20, choices=SensAvis.choices, blank=True)
    texte = models.TextField("motivation", blank=True)
    rendu_le = models.DateField("rendu le", null=True, blank=True)
    rendu_by = models.CharField(max_length=200, blank=True)
    piece = models.ForeignKey(
        "documents.Piece", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )

    class Meta:
        verbose_name = "avis sur une demande de périmètre"
        ordering = ["-is_requis", "id"]
        constraints = [
            models.UniqueConstraint(
                name="avis_region_unique", fields=["demande", "region"], condition=Q(region__isnull=False)
            ),
            models.CheckConstraint(
                name="avis_rendu_has_date",
                condition=Q(sens="", rendu_le__isnull=True) | (~Q(sens="") & Q(rendu_le__isnull=False)),
            ),
        ]

    @property
    def de(self) -> str:
        """Qui donne cet avis."""
        if self.organisation_id:
            return str(self.organisation)
        return f"Région {self.region}"


class ListeRecue(models.Model):
    """Une liste publique de territoires reçue : ce qu’elle contient, gardée pour être comparée puis appliquée."""

    fichier = models.CharField(max_length=200)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    format = models.CharField(max_length=20, choices=FormatListe.choices)
    vague = models.ForeignKey(Vague, models.PROTECT, related_name="listes_recues")
    arretee_le = models.DateField("arrêtée le")
    depuis = models.DateField("changements au plus tôt le")
    source = models.CharField(max_length=300)
    contenu = models.JSONField(help_text="territoires lus, leurs membres, codes inconnus")
    recue_at = models.DateTimeField("reçue le")
    recue_by = models.CharField(max_length=200)
    appliquee_at = models.DateTimeField("appliquée le", null=True, blank=True)
    appliquee_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "liste reçue"
        verbose_name_plural = "listes reçues"
        ordering = ["-recue_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="liste_appliquee_at_and_by",
                condition=Q(appliquee_at__isnull=True, appliquee_by="")
                | (Q(appliquee_at__isnull=False) & ~Q(appliquee_by="")),
            ),
        ]

    def __str__(self) -> str:
        return self.fichier


class Evenement(models.Model):
    """Ce qu’une source raconte de la vie d’un territoire : une démarche, une réunion, une cérémonie passée."""

    territoires = models.ManyToManyField(Territoire, related_name="evenements")
    jour = models.DateField()
    nature = models.CharField(max_length=20, choices=NatureEvenement.choices)
    titre = models.CharField(max_length=250)
    lieu = models.CharField(max_length=200, blank=True)
    recit = models.TextField("récit", blank=True)
    organisations = models.ManyToManyField("comptes.Organisation", related_name="evenements", blank=True)
    source = models.CharField(max_length=300)

    class Meta:
        verbose_name = "évènement"
        ordering = ["jour", "id"]
        constraints = [models.UniqueConstraint(name="evenement_unique", fields=["jour", "titre"])]

    def __str__(self) -> str:
        return self.titre


class FaitDateQuerySet(models.QuerySet[Any]):
    """Faits datés d’un rôle : ceux qui valent (non remplacés), et parmi eux ceux d’un jour (fin exclue)."""

    def connus(self) -> Self:
        return self.filter(remplace_at__isnull=True)

    def at(self, jour: date) -> Self:
        return self.connus().filter(
            Q(debut__isnull=True) | Q(debut__lte=jour), Q(fin__isnull=True) | Q(fin__gt=jour)
        )

    def du_jour(self) -> Self:
        return self.at(aujourdhui())


class FaitDate(models.Model):
    """Ce que tout fait daté garde : de quand à quand (fin exclue), d’après quoi, et s’il a été remplacé.

    Jamais réécrit : une correction ou une fin est un nouveau fait, et l’ancien garde l’instant où il a été remplacé.
    """

    debut = models.DateField("depuis le", null=True, blank=True)
    fin = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    fiabilite = models.CharField(
        "fiabilité", max_length=20, choices=Fiabilite.choices, default=Fiabilite.PLATEFORME
    )
    source = models.CharField(max_length=300, blank=True)
    enregistre_at = models.DateTimeField(default=maintenant, editable=False)
    remplace_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = FaitDateQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_debut_before_fin",
                condition=Q(fin__isnull=True) | Q(debut__isnull=True) | Q(fin__gt=F("debut")),
            )
        ]


class Binome(FaitDate):
    """Un duo élu et industriel : pour tout le territoire, un axe, une intercommunalité ou une action.

    Les personnes sont des mandats (`Mandat.binome`). Un mandat sans binôme est celui du binôme général.
    """

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="binomes")
    portee = models.CharField("portée", max_length=10, choices=PorteeBinome.choices)
    axe = models.ForeignKey(Axe, models.PROTECT, null=True, blank=True, related_name="binomes")
    epci = models.ForeignKey(
        "referentiels.Epci", models.PROTECT, null=True, blank=True, related_name="binomes"
    )
    sujet = models.CharField("action ou précision", max_length=200, blank=True)
    is_chef_de_file = models.BooleanField("binôme chef de file", default=False)

    class Meta(FaitDate.Meta):
        verbose_name = "binôme"
        ordering = ["-is_chef_de_file", "id"]
        constraints = [
            *FaitDate.Meta.constraints,
            models.CheckConstraint(
                name="binome_portee_named",
                condition=Q(portee=PorteeBinome.GENERAL, axe__isnull=True, epci__isnull=True)
                | Q(portee=PorteeBinome.AXE, axe__isnull=False, epci__isnull=True)
                | Q(portee=PorteeBinome.EPCI, axe__isnull=True, epci__isnull=False)
                | (Q(portee=PorteeBinome.ACTION, axe__isnull=True, epci__isnull=True) & ~Q(sujet="")),
            ),
        ]

    def __str__(self) -> str:
        """Demande l’axe et l’EPCI (select_related) : « Binôme de l’axe Attirer »."""
        if self.portee == PorteeBinome.AXE:
            return f"Binôme de l’axe «\u00a0{self.axe}\u00a0»"
        if self.portee == PorteeBinome.EPCI:
            return f"Binôme\u00a0: {self.epci.nom}"
        if self.portee == PorteeBinome.ACTION:
            return f"Binôme de l’action «\u00a0{self.sujet}\u00a0»"
        return "Binôme du territoire"


class Mandat(FaitDate):
    """Qui fait quoi dans quel territoire, de telle date à telle date (fin exclue). Une place vacante se voit : `Place`."""

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="mandats")
    personne = models.ForeignKey("comptes.Personne", models.PROTECT, related_name="mandats")
    organisation = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="mandats"
    )
    role = models.CharField("rôle", max_length=20, choices=RoleMandat.choices)
    intitule = models.CharField("qualité", max_length=150, blank=True)
    binome = models.ForeignKey(
        Binome,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="binôme",
        related_name="mandats",
        help_text="Vide : le binôme de tout le territoire.",
    )

    class Meta(FaitDate.Meta):
        ordering = ["role", "id"]
        constraints = [
            *FaitDate.Meta.constraints,
            models.UniqueConstraint(
                name="mandat_unique",
                fields=["territoire", "personne", "role", "binome", "debut"],
                condition=Q(remplace_at__isnull=True),
            ),
            # Deux vides sont distincts pour une contrainte d’unicité ; SQLite ne sait pas dire le contraire.
            models.UniqueConstraint(
                name="mandat_unique_sans_binome",
                fields=["territoire", "personne", "role", "debut"],
                condition=Q(binome__isnull=True, remplace_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="mandat_unique_sans_debut",
                fields=["territoire", "personne", "role", "binome"],
                condition=Q(debut__isnull=True, remplace_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="mandat_unique_sans_binome_ni_debut",
                fields=["territoire", "personne", "role"],
                condition=Q(binome__isnull=True, debut__isnull=True, remplace_at__isnull=True),
            ),
            models.CheckConstraint(
                name="mandat_partenaire_has_fin",
                condition=~Q(role="partenaire") | Q(fin__isnull=False),
            ),
            models.CheckConstraint(
                name="mandat_binome_for_binome",
                condition=Q(binome__isnull=True) | Q(role__in=["elu", "industriel"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.personne}, {self.get_role_display()}"


class Place(FaitDate):
    """Une place dont on sait qu’elle est vacante, ou tenue par quelqu’un que nul texte ne nomme encore."""

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="places")
    role = models.CharField("rôle", max_length=20, choices=RoleMandat.choices)
    binome = models.ForeignKey(Binome, models.PROTECT, null=True, blank=True, related_name="places")
    etat = models.CharField("état", max_length=20, choices=EtatPlace.choices)
    precision = models.CharField("précision", max_length=300, blank=True)

    class Meta(FaitDate.Meta):
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{RoleMandat(self.role).label}, {self.get_etat_display().lower()}"


class StructureAnimatrice(FaitDate):
    """Qui anime le territoire au quotidien : un EPCI, ou un PETR, une chambre, une agence, un cluster…"""

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="animations")
    organisation = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="animations")
    mission = models.CharField(max_length=200, blank=True)

    class Meta(FaitDate.Meta):
        verbose_name = "structure animatrice"
        verbose_name_plural = "structures animatrices"
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.organisation)


class CofinancementPoste(FaitDate):
    """Qui paie une part du poste de chef·fe de projet. Le taux est une fraction exacte ; le montant, en centimes, vaut pour la période."""

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="cofinancements")
    financeur = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="cofinancements_poste")
    employeur = models.ForeignKey(
        "comptes.Organisation", models.PROTECT, null=True, blank=True, related_name="postes_cofinances"
    )
    taux_numerateur = models.PositiveIntegerField(null=True, blank=True)
    taux_denominateur = models.PositiveIntegerField(null=True, blank=True)
    montant = MontantField("montant sur la période", null=True, blank=True)
    precision = models.CharField("précision", max_length=200, blank=True)

    class Meta(FaitDate.Meta):
        verbose_name = "cofinancement du poste"
        verbose_name_plural = "cofinancements du poste"
        ordering = ["id"]
        constraints = [
            *FaitDate.Meta.constraints,
            models.CheckConstraint(
                name="cofinancement_taux_or_montant",
                condition=Q(taux_numerateur__isnull=False) | Q(montant__isnull=False),
            ),
            models.CheckConstraint(
                name="cofinancement_taux_at_most_one",
                condition=Q(taux_numerateur__isnull=True, taux_denominateur__isnull=True)
                | Q(
                    taux_numerateur__gt=0,
                    taux_denominateur__gt=0,
                    taux_numerateur__lte=F("taux_denominateur"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Part de {self.financeur}"

    @property
    def taux(self) -> Fraction | None:
        """La part du poste, exacte ; None si seul le montant est connu."""
        if self.taux_numerateur is None or self.taux_denominateur is None:
            return None
        return Fraction(self.taux_numerateur, self.taux_denominateur)


class Referent(FaitDate):
    """Qui, chez un opérateur, répond pour un territoire : un titulaire à la fois, des suppléants."""

    territoire = models.ForeignKey(Territoire, models.CASCADE, related_name="referents")
    organisation = models.ForeignKey("comptes.Organisation", models.PROTECT, related_name="referents")
    personne = models.ForeignKey("comptes.Personne", models.PROTECT, related_name="referents")
    rang = models.CharField(max_length=10, choices=RangReferent.choices, default=RangReferent.TITULAIRE)
    courriel = models.EmailField("courriel professionnel", blank=True)
    telephone = models.CharField("téléphone professionnel", max_length=30, blank=True)

    class Meta(FaitDate.Meta):
        verbose_name = "référent"
        ordering = ["organisation__nom", "rang", "id"]
        indexes = [models.Index(fields=["territoire", "organisation"], name="referent_par_territoire")]

    def __str__(self) -> str:
        return f"{self.personne} ({self.organisation.nom_court})"
