"""Référentiels : le découpage administratif, la nomenclature d'activités, les contours, et la trace des imports.

Les clés primaires sont les codes officiels (code INSEE, SIREN), des chaînes qui gardent leurs zéros de tête.
"""

import re

from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When

from maillage.referentiels.enums import (
    Couche,
    NiveauNaf,
    RepereCarte,
    SourceImport,
    TypeCommuneAncienne,
    TypeEpci,
    Zone,
)
from maillage.socle.texte import replier


class Region(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    nom = models.CharField(max_length=100)
    zone = models.CharField(max_length=5, choices=Zone)

    class Meta:
        verbose_name = "région"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom


class Departement(models.Model):
    """Département, ou collectivité d'outre-mer (zone « com »)."""

    code = models.CharField(max_length=3, primary_key=True)
    nom = models.CharField(max_length=100)
    region = models.ForeignKey(Region, models.PROTECT, related_name="departements")
    zone = models.CharField(max_length=5, choices=Zone)

    class Meta:
        verbose_name = "département"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.nom} ({self.code})"


class EpciQuerySet(models.QuerySet["Epci"]):
    def fiscalite_propre(self) -> "EpciQuerySet":
        """Les EPCI au sens strict : sans les établissements publics territoriaux du Grand Paris."""
        return self.exclude(type=TypeEpci.EPT)


class Epci(models.Model):
    """Intercommunalité : EPCI à fiscalité propre, ou EPT. Les populations sont celles de ses membres (même millésime)."""

    siren = models.CharField("SIREN", max_length=9, primary_key=True)
    nom = models.CharField(max_length=200)
    type = models.CharField(max_length=5, choices=TypeEpci)
    mode_financement = models.CharField("mode de financement", max_length=3, blank=True)
    population_municipale = models.PositiveIntegerField()
    population_totale = models.PositiveIntegerField()
    departement = models.ForeignKey(
        Departement,
        models.PROTECT,
        related_name="epcis",
        verbose_name="département majoritaire en population",
    )
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="epcis", verbose_name="région majoritaire en population"
    )

    objects = EpciQuerySet.as_manager()

    class Meta:
        verbose_name = "EPCI"
        verbose_name_plural = "EPCI"
        ordering = ["nom", "siren"]

    def __str__(self) -> str:
        return self.nom


def q_nom(recherche: str) -> Q:
    """Chaque mot de `recherche` (déjà repliée) commence un mot du nom."""
    condition = Q()
    for mot in recherche.split():
        condition &= Q(nom_recherche__startswith=mot) | Q(nom_recherche__contains=f" {mot}")
    return condition


class CommuneQuerySet(models.QuerySet["Commune"]):
    def search(self, texte: str) -> "CommuneQuerySet":
        """Communes actuelles d'un code postal (cinq chiffres) ou dont chaque mot du nom commence comme saisi.

        Sans accent ni casse ; un nom de commune déléguée, associée ou d'arrondissement mène à la commune actuelle.
        Le nom exact d'abord, puis la plus peuplée. Une saisie vide ne trouve rien.
        """
        chiffres = re.sub(r"\s", "", texte)
        if re.fullmatch(r"[0-9]{5}", chiffres):
            # Sous-requête et non jointure : une commune ne sort qu'une fois.
            par_code = CodePostal.objects.filter(code=chiffres).values("commune_id")
            return self.filter(pk__in=par_code).order_by("-population", "nom", "pk")
        recherche = replier(texte)
        if not recherche or recherche.isdigit():
            return self.none()
        nommee = q_nom(recherche)
        par_ancienne = CommuneAncienne.objects.filter(nommee).values("commune_id")
        exact = Q(nom_recherche=recherche) | Q(
            pk__in=CommuneAncienne.objects.filter(nom_recherche=recherche).values("commune_id")
        )
        return (
            self.filter(nommee | Q(pk__in=par_ancienne))
            .annotate(rang=Case(When(exact, then=Value(0)), default=Value(1), output_field=IntegerField()))
            .order_by("rang", "-population", "nom", "pk")
        )


class Commune(models.Model):
    """Commune actuelle du code officiel géographique."""

    code_insee = models.CharField("code INSEE", max_length=5, primary_key=True)
    nom = models.CharField(max_length=100)
    nom_recherche = models.CharField(max_length=100, db_index=True, editable=False)
    departement = models.ForeignKey(Departement, models.PROTECT, related_name="communes")
    region = models.ForeignKey(Region, models.PROTECT, related_name="communes")
    epci = models.ForeignKey(Epci, models.PROTECT, null=True, blank=True, related_name="communes")
    ept = models.ForeignKey(Epci, models.PROTECT, null=True, blank=True, related_name="communes_ept")
    population = models.PositiveIntegerField("population (millésime du code officiel)", default=0)
    population_municipale_epci = models.PositiveIntegerField(
        "population municipale (millésime des EPCI)",
        null=True,
        blank=True,
        help_text="La seule à sommer pour un EPCI ou un territoire ; absente hors EPCI.",
    )
    zone = models.CharField(max_length=5, choices=Zone)
    siren = models.CharField("SIREN", max_length=9, blank=True)

    # Posé par find_communes quand c'est un ancien nom qui a mené ici.
    trouvee_par: "CommuneAncienne | None" = None

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        ordering = ["nom", "code_insee"]

    def __str__(self) -> str:
        return f"{self.nom} ({self.departement_id})"


class CodePostal(models.Model):
    code = models.CharField(max_length=5)
    commune = models.ForeignKey(Commune, models.CASCADE, related_name="codes_postaux")

    class Meta:
        verbose_name = "code postal"
        verbose_name_plural = "codes postaux"
        ordering = ["code", "commune_id"]
        constraints = [models.UniqueConstraint(fields=["code", "commune"], name="code_postal_unique")]

    def __str__(self) -> str:
        return self.code


class CommuneAncienne(models.Model):
    """Code qui n'est plus, ou n'est pas, une commune actuelle, et la commune actuelle où il mène.

    `nom` est vide pour les anciens codes dont la source ne donne pas le nom.
    """

    code_insee = models.CharField("code INSEE", max_length=5, primary_key=True)
    nom = models.CharField(max_length=100, blank=True)
    nom_recherche = models.CharField(max_length=100, blank=True, db_index=True, editable=False)
    type = models.CharField(max_length=30, choices=TypeCommuneAncienne)
    commune = models.ForeignKey(Commune, models.CASCADE, related_name="anciennes")

    class Meta:
        verbose_name = "commune ancienne"
        verbose_name_plural = "communes anciennes"
        ordering = ["nom", "code_insee"]

    def __str__(self) -> str:
        return f"{self.nom or self.code_insee}, {TypeCommuneAncienne(self.type).label}"


class Naf(models.Model):
    """Poste de la nomenclature d'activités française, révision 2. `is_industrie` : sections B à E."""

    code = models.CharField(max_length=6, primary_key=True)
    niveau = models.CharField(max_length=11, choices=NiveauNaf)
    libelle = models.CharField("libellé", max_length=200)
    section = models.CharField(max_length=1)
    division = models.CharField(max_length=2)
    a38 = models.CharField("poste A38", max_length=2)
    a17 = models.CharField("poste A17", max_length=2)
    a5 = models.CharField("poste A5", max_length=2)
    is_industrie = models.BooleanField("industrie (sections B à E)")
    code_sans_point = models.CharField("code sans point (2511Z)", max_length=5, db_index=True)

    class Meta:
        verbose_name = "activité (NAF)"
        verbose_name_plural = "activités (NAF)"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.libelle}"


class Contour(models.Model):
    """Contour projeté, en mètres entiers : Lambert-93 en métropole, repère local ailleurs (voir calcul.carte).

    `geometrie` : liste de polygones ; un polygone est une liste d'anneaux (le contour, puis ses trous) ; un anneau,
    une liste de [x, y].
    """

    couche = models.CharField(max_length=11, choices=Couche)
    code = models.CharField(max_length=20)
    repere = models.CharField("repère", max_length=9, choices=RepereCarte)
    geometrie = models.JSONField("géométrie")
    # Quatre colonnes et non un JSON : « ce qui touche cette fenêtre » se demande alors à la base.
    # (Et non « xmin », « xmax » : PostgreSQL garde ces noms pour ses colonnes système.)
    ouest = models.IntegerField()
    sud = models.IntegerField()
    est = models.IntegerField()
    nord = models.IntegerField()

    class Meta:
        verbose_name = "contour"
        ordering = ["couche", "code"]
        constraints = [models.UniqueConstraint(fields=["couche", "code"], name="contour_unique")]

    def __str__(self) -> str:
        return f"{self.couche} {self.code}"

    @property
    def boite(self) -> tuple[int, int, int, int]:
        """(xmin, ymin, xmax, ymax), en mètres projetés."""
        return self.ouest, self.sud, self.est, self.nord


class ImportReferentiel(models.Model):
    """Trace d'un import fait : quel fichier, quand, avec quel effet. Un fichier déjà importé n'en laisse pas d'autre."""

    source = models.CharField(max_length=30, choices=SourceImport)
    fichier = models.CharField(max_length=200)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    execute_at = models.DateTimeField("exécuté le")
    lus = models.PositiveIntegerField()
    crees = models.PositiveIntegerField("créés")
    modifies = models.PositiveIntegerField("modifiés")
    inchanges = models.PositiveIntegerField("inchangés")
    rejetes = models.PositiveIntegerField("rejetés")
    details = models.JSONField(
        "détails", default=dict, help_text="rejets, absents, supprimes : listes de phrases ou nombres"
    )

    class Meta:
        verbose_name = "import de référentiel"
        verbose_name_plural = "imports de référentiel"
        ordering = ["-id"]
        indexes = [models.Index(fields=["source", "-id"], name="import_par_source")]

    def __str__(self) -> str:
        return f"{self.get_source_display()} ({self.fichier})"
