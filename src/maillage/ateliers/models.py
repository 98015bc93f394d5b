"""L’atelier : son programme, ses participants sans compte, ses groupes, ses tableaux et leurs évènements.

Les mots restent dans la salle : un évènement dit qui l’a écrit, mais aucune page ne le montre si l’auteur ne l’a pas
voulu, et une carte ne sort de l’atelier que publiée une à une.
"""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from calcul.ateliers.tableau import TypeEvenement
from maillage.ateliers.enums import College, EtatAtelier, EtatPhase, NaturePhase


class Atelier(models.Model):
    """Une soirée, un lieu, un code à six caractères pour entrer sans compte."""

    territoire = models.ForeignKey("territoires.Territoire", models.PROTECT, related_name="ateliers")
    titre = models.CharField(max_length=200)
    jour = models.DateField()
    heure = models.TimeField("heure de début", null=True, blank=True)
    lieu = models.CharField(max_length=200, blank=True)
    hote = models.CharField("hôte", max_length=200, blank=True)
    code = models.CharField(max_length=6, unique=True)
    etat = models.CharField("état", max_length=20, choices=EtatAtelier.choices, default=EtatAtelier.PREPARE)
    contributions_jusqu_au = models.DateField(
        "contributions des absents jusqu’au", null=True, blank=True, help_text="Ce jour compris."
    )
    precedent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="suivants",
        verbose_name="fait suite à",
        help_text="La synthèse compare les deux soirées.",
    )
    rendez_vous = models.OneToOneField(
        "agenda.RendezVous",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="atelier",
        help_text="Né de la première invitation ou de l’annonce.",
    )
    presentation = models.TextField("présentation publique", blank=True)
    annonce_at = models.DateTimeField(
        "annoncé", null=True, blank=True, help_text="Dès lors, une page publique dit l’atelier et inscrit."
    )
    synthese_publiee_at = models.DateTimeField(
        "synthèse publiée",
        null=True,
        blank=True,
        help_text="Dès lors, la page publique montre les cartes publiées une à une.",
    )
    version_salle = models.PositiveIntegerField(default=0)
    version_page = models.PositiveIntegerField(
        default=0, help_text="Change quand les pages de la salle ne montrent plus la même chose."
    )
    cree_at = models.DateTimeField()
    cree_by = models.ForeignKey("comptes.Personne", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-jour", "-id"]

    def __str__(self) -> str:
        return self.titre

    def get_absolute_url(self) -> str:
        return reverse("atelier", args=[self.territoire.vague.code, self.territoire.id_ti, self.pk])

    def get_public_url(self) -> str:
        return reverse("atelier-public", args=[self.pk])


class Inscription(models.Model):
    """Quelqu’un qui s’est inscrit lui-même par la page publique. Il ne compte qu’en répondant « oui » au courriel reçu.

    Donnée personnelle (collège, organisation ; nom et adresse sont dans l’invitation) : sert à préparer les groupes ;
    effacée un an après l’atelier.
    """

    atelier = models.ForeignKey(Atelier, models.CASCADE, related_name="inscriptions")
    invitation = models.OneToOneField("agenda.Invitation", models.CASCADE, related_name="+")
    college = models.CharField("collège", max_length=20, choices=College.choices)
    organisation = models.CharField(max_length=150, blank=True)
    inscrit_at = models.DateTimeField()

    class Meta:
        ordering = ["inscrit_at", "id"]

    def __str__(self) -> str:
        return str(self.invitation)


class Phase(models.Model):
    """Un temps du programme. `fin_prevue_at` porte l’horloge commune ; suspendue, elle garde ce qui reste."""

    atelier = models.ForeignKey(Atelier, models.CASCADE, related_name="phases")
    rang = models.PositiveSmallIntegerField()
    nature = models.CharField(max_length=20, choices=NaturePhase.choices)
    titre = models.CharField(max_length=120)
    consigne = models.TextField(blank=True)
    duree = models.PositiveSmallIntegerField("durée (minutes)", null=True, blank=True)
    colonnes = models.JSONField(default=list, help_text="Suite de {code, nom}.")
    tour = models.PositiveSmallIntegerField(
        "tour de groupes", null=True, blank=True, help_text="Vide : tous ensemble, un seul tableau."
    )
    source = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="suites",
        verbose_name="porte sur les cartes de",
    )
    points = models.PositiveSmallIntegerField("points par personne", default=0)
    etat = models.CharField("état", max_length=20, choices=EtatPhase.choices, default=EtatPhase.A_VENIR)
    debut_at = models.DateTimeField(null=True, blank=True)
    fin_prevue_at = models.DateTimeField(null=True, blank=True)
    reste_secondes = models.PositiveIntegerField(null=True, blank=True)
    finie_at = models.DateTimeField(null=True, blank=True)
    groupe_restitue = models.ForeignKey("Groupe", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["atelier", "rang"]
        constraints = [
            models.UniqueConstraint(
                name="phase_one_en_cours",
                fields=["atelier"],
                condition=Q(etat__in=["en_cours", "suspendue"]),
            ),
        ]

    def __str__(self) -> str:
        return self.titre


class Participant(models.Model):
    """Quelqu’un dans la salle, sans compte. Le jeton de son téléphone n’est gardé que haché.

    Donnée personnelle (prénom, organisation) : sert à composer les groupes ; effacée un an après l’atelier.
    """

    atelier = models.ForeignKey(Atelier, models.CASCADE, related_name="participants")
    prenom = models.CharField("prénom", max_length=60)
    college = models.CharField("collège", max_length=20, choices=College.choices)
    organisation = models.CharField(max_length=150, blank=True)
    concurrence = models.CharField("à séparer de", max_length=40, blank=True)
    table = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Numéro de la table dont ce téléphone est le seul\u00a0; hors de la composition.",
    )
    is_absent = models.BooleanField("contribue après la soirée", default=False)
    jeton_sha256 = models.CharField(max_length=64, unique=True)
    rejoint_at = models.DateTimeField()
    parti_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["atelier", "id"]

    def __str__(self) -> str:
        return f"{self.prenom} ({self.organisation})" if self.organisation else self.prenom


class Groupe(models.Model):
    """Une petite table d’un tour ; recomposée au tour suivant."""

    atelier = models.ForeignKey(Atelier, models.CASCADE, related_name="groupes")
    tour = models.PositiveSmallIntegerField()
    numero = models.PositiveSmallIntegerField("numéro")

    class Meta:
        ordering = ["atelier", "tour", "numero"]
        constraints = [models.UniqueConstraint(name="groupe_unique", fields=["atelier", "tour", "numero"])]

    def __str__(self) -> str:
        return f"Groupe {self.numero}"


class MembreGroupe(models.Model):
    """Un participant dans un groupe ; un seul groupe par tour (l’acte y veille)."""

    groupe = models.ForeignKey(Groupe, models.CASCADE, related_name="membres")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="appartenances")
    is_rapporteur = models.BooleanField("rapporteur", default=False)

    class Meta:
        verbose_name = "membre d’un groupe"
        ordering = ["groupe", "id"]
        constraints = [models.UniqueConstraint(name="membre_groupe_unique", fields=["groupe", "participant"])]


class Tableau(models.Model):
    """Les cartes d’un groupe (ou de la salle) pendant une phase. `version` : celle du dernier évènement."""

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="tableaux")
    groupe = models.ForeignKey(Groupe, models.PROTECT, null=True, blank=True, related_name="tableaux")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "tableaux"
        ordering = ["phase", "groupe__numero", "id"]
        constraints = [
            models.UniqueConstraint(
                name="tableau_of_groupe", fields=["phase", "groupe"], condition=Q(groupe__isnull=False)
            ),
            models.UniqueConstraint(
                name="tableau_of_salle", fields=["phase"], condition=Q(groupe__isnull=True)
            ),
        ]


class EvenementTableau(models.Model):
    """Ce qui s’est passé sur un tableau ; jamais modifié. `cle` : donnée par le téléphone, pour n’écrire qu’une fois."""

    tableau = models.ForeignKey(Tableau, models.CASCADE, related_name="evenements")
    version = models.PositiveIntegerField()
    type = models.CharField(max_length=12, choices=[(t.value, t.value) for t in TypeEvenement])
    carte = models.CharField(max_length=36)
    participant = models.ForeignKey(
        Participant, models.PROTECT, null=True, blank=True, related_name="evenements"
    )
    personne = models.ForeignKey("comptes.Personne", models.PROTECT, null=True, blank=True, related_name="+")
    donnees = models.JSONField("données", default=dict)
    cle = models.CharField("clé du téléphone", max_length=36)
    enregistre_at = models.DateTimeField()

    class Meta:
        verbose_name = "évènement d’un tableau"
        verbose_name_plural = "évènements d’un tableau"
        ordering = ["tableau", "version"]
        constraints = [
            models.UniqueConstraint(name="evenement_tableau_version", fields=["tableau", "version"]),
            models.UniqueConstraint(name="evenement_tableau_cle", fields=["tableau", "cle"]),
        ]
        indexes = [models.Index(fields=["tableau", "carte"], name="evenement_tableau_par_carte")]


class OrigineFiche(models.Model):
    """D’où vient une fiche : la carte d’un atelier. Hors de la salle, seul le nombre de contributions se dit."""

    fiche = models.ForeignKey("fiches.FicheAction", models.CASCADE, related_name="origines")
    tableau = models.ForeignKey(Tableau, models.PROTECT, related_name="origines")
    carte = models.CharField(max_length=36)
    contributions = models.PositiveIntegerField(default=1)
    cree_at = models.DateTimeField()

    class Meta:
        verbose_name = "origine d’une fiche"
        ordering = ["fiche", "id"]
        constraints = [
            models.UniqueConstraint(name="origine_unique", fields=["fiche", "tableau", "carte"]),
            # Une carte devient une fiche, pas deux : deux animateurs peuvent presser le bouton ensemble.
            models.UniqueConstraint(name="origine_carte_unique", fields=["tableau", "carte"]),
        ]
