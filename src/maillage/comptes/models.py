"""Personnes, organisations, fonctions ; liens personnels et codes de connexion.

Qui travaille sur quel territoire est ailleurs : `territoires.Mandat`.
"""

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from maillage.comptes.enums import (
    ButLien,
    CategorieOrganisation,
    MoyenConnexion,
    NatureTentative,
    RoleOrganisation,
    TypeOrganisation,
)
from maillage.socle.horloge import aujourdhui, maintenant


class Organisation(models.Model):
    """Une personne morale : EPCI, Région, service de l’État, opérateur, entreprise, cluster…"""

    nom = models.CharField(max_length=200)
    sigle = models.CharField(max_length=30, blank=True)
    type = models.CharField(max_length=20, choices=TypeOrganisation.choices)
    categorie = models.CharField(
        "catégorie", max_length=30, choices=CategorieOrganisation.choices, blank=True
    )
    siren = models.CharField(max_length=9, unique=True, null=True, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name="dépend de", related_name="filles"
    )
    courriel = models.EmailField("courriel de contact", blank=True)
    region = models.ForeignKey("referentiels.Region", models.PROTECT, null=True, blank=True, related_name="+")
    departement = models.ForeignKey(
        "referentiels.Departement", models.PROTECT, null=True, blank=True, related_name="+"
    )
    epci = models.OneToOneField(
        "referentiels.Epci", models.PROTECT, null=True, blank=True, related_name="organisation"
    )
    is_financeur = models.BooleanField("peut financer", default=False)
    is_fictif = models.BooleanField("de démonstration", default=False)

    class Meta:
        ordering = ["nom", "id"]

    def __str__(self) -> str:
        return self.nom

    @property
    def nom_court(self) -> str:
        return self.sigle or self.nom


class PersonneManager(BaseUserManager["Personne"]):
    def get_by_natural_key(self, username: str | None) -> "Personne":
        return self.get(email__iexact=username)


class Personne(AbstractBaseUser):
    """Une personne : avec une adresse elle peut se connecter ; sans adresse, elle est seulement nommée par une source."""

    password = None  # type: ignore[assignment]
    email = models.EmailField("courriel", unique=True, null=True, blank=True)
    prenom = models.CharField("prénom", max_length=80, blank=True)
    nom = models.CharField(max_length=120)
    is_active = models.BooleanField("peut se connecter", default=True)
    is_demonstration = models.BooleanField("compte de démonstration", default=False)
    libelle_demonstration = models.CharField(max_length=120, blank=True)
    source = models.CharField("source qui la nomme", max_length=200, blank=True)

    efface_at = models.DateTimeField("effacée le", null=True, blank=True)

    objects = PersonneManager()

    # Posée par la page quand le support agit au nom de cette personne ; jamais en base.
    assistance: "Assistance | None" = None

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["nom"]

    class Meta:
        ordering = ["nom", "prenom", "id"]

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom}".strip()

    @property
    def is_assistee(self) -> bool:
        """Vrai si c’est le support qui agit en son nom : il ne signe ni n’accorde rien."""
        return self.assistance is not None

    @property
    def libelle_auteur(self) -> str:
        """Ce que le journal écrit : les deux noms quand le support agit au nom de quelqu’un."""
        if self.assistance is None:
            return str(self)
        return f"{self.assistance.assistant} (support), au nom de {self}"

    @property
    def assistant_id(self) -> int | None:
        return self.assistance.assistant_id if self.assistance else None

    # La connexion se fait par code : il n’y a pas de mot de passe à vérifier ni à perdre.
    def set_password(self, raw_password: Any) -> None:
        raise NotImplementedError("Maillage n’a pas de mot de passe.")

    def check_password(self, raw_password: Any) -> bool:
        return False

    def get_session_auth_hash(self) -> str:
        from django.utils.crypto import salted_hmac

        return salted_hmac(
            "maillage.personne", f"{self.pk}:{self.email}:{self.is_active}", algorithm="sha256"
        ).hexdigest()

    def get_fonctions(self) -> list["Fonction"]:
        """Fonctions du jour, avec leur organisation ; lues une fois par requête."""
        if not hasattr(self, "_fonctions"):
            self._fonctions = list(
                self.fonctions.at(aujourdhui())
                .select_related("organisation", "organisation__epci")
                .order_by("id")
            )
        return self._fonctions

    def get_organisation_ids(self, *roles: str) -> set[int]:
        """Organisations au nom desquelles la personne agit aujourd’hui (avec l’un de ces rôles, ou tous)."""
        return {f.organisation_id for f in self.get_fonctions() if not roles or f.role in roles}


class FonctionQuerySet(models.QuerySet["Fonction"]):
    def at(self, jour: date) -> "FonctionQuerySet":
        return self.filter(Q(debut__isnull=True) | Q(debut__lte=jour), Q(fin__isnull=True) | Q(fin__gt=jour))


class Fonction(models.Model):
    """Ce qu’une personne est dans une organisation, de telle date à telle date (fin exclue)."""

    personne = models.ForeignKey(Personne, models.CASCADE, related_name="fonctions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="fonctions")
    role = models.CharField("rôle", max_length=20, choices=RoleOrganisation.choices)
    intitule = models.CharField("qualité", max_length=150, blank=True)
    debut = models.DateField("début", null=True, blank=True)
    fin = models.DateField(null=True, blank=True)

    objects = FonctionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="fonction_debut_before_fin",
                condition=Q(fin__isnull=True) | Q(debut__isnull=True) | Q(fin__gt=F("debut")),
            ),
            models.UniqueConstraint(
                name="fonction_unique",
                fields=["personne", "organisation", "role", "debut"],
            ),
            # Deux vides sont distincts pour une contrainte d’unicité ; SQLite ne sait pas dire le contraire.
            models.UniqueConstraint(
                name="fonction_unique_sans_debut",
                fields=["personne", "organisation", "role"],
                condition=Q(debut__isnull=True),
            ),
        ]


class FonctionVacanteQuerySet(models.QuerySet["FonctionVacante"]):
    def at(self, jour: date) -> "FonctionVacanteQuerySet":
        return self.filter(Q(debut__isnull=True) | Q(debut__lte=jour), Q(fin__isnull=True) | Q(fin__gt=jour))


class FonctionVacante(models.Model):
    """Une fonction que personne ne tient, de telle date à telle date (fin exclue) : la vacance est un fait, pas un oubli."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="fonctions_vacantes")
    intitule = models.CharField("qualité", max_length=150)
    debut = models.DateField("vacante depuis le", null=True, blank=True)
    fin = models.DateField("pourvue le", null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)

    objects = FonctionVacanteQuerySet.as_manager()

    class Meta:
        verbose_name = "fonction vacante"
        ordering = ["intitule", "id"]
        constraints = [
            models.CheckConstraint(
                name="fonction_vacante_debut_before_fin",
                condition=Q(fin__isnull=True) | Q(debut__isnull=True) | Q(fin__gt=F("debut")),
            )
        ]

    def __str__(self) -> str:
        return self.intitule


class ContactOrganisation(models.Model):
    """Une façon de joindre une organisation : un service, pas une personne. L’adresse des décisions est `courriel`."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="contacts")
    libelle = models.CharField("sujet ou service", max_length=120)
    courriel = models.EmailField(blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    ferme_le = models.DateField("fermé le", null=True, blank=True)

    class Meta:
        verbose_name = "contact"
        ordering = ["libelle", "id"]
        constraints = [
            models.CheckConstraint(
                name="contact_courriel_or_telephone", condition=~Q(courriel="") | ~Q(telephone="")
            )
        ]

    def __str__(self) -> str:
        return self.libelle


class LienPersonnelQuerySet(models.QuerySet["LienPersonnel"]):
    def valides(self) -> "LienPersonnelQuerySet":
        return self.filter(revoque_at__isnull=True, expire_at__gt=maintenant())


class LienPersonnel(models.Model):
    """Une porte sans compte : un objet, un but, une adresse. Le jeton n’est gardé que haché.

    Donnée personnelle (adresse, nom) : sert à répondre ou signer ; effacée avec le lien, un an après son expiration.
    """

    jeton_sha256 = models.CharField(max_length=64, unique=True)
    but = models.CharField(max_length=30, choices=ButLien.choices)
    objet_type = models.CharField(max_length=60)
    objet_id = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="liens")
    nom = models.CharField(max_length=150)
    email = models.EmailField("courriel")
    cree_at = models.DateTimeField()
    cree_by = models.ForeignKey(Personne, models.PROTECT, related_name="+")
    expire_at = models.DateTimeField()
    revoque_at = models.DateTimeField(null=True, blank=True)

    objects = LienPersonnelQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["objet_type", "objet_id"], name="lien_par_objet")]

    def __str__(self) -> str:
        return f"{self.nom} ({self.organisation.nom})"


class CodeConnexion(models.Model):
    """Code à usage unique envoyé par courriel : six chiffres, dix minutes, cinq essais. Gardé haché."""

    email = models.EmailField()
    code_hache = models.CharField(max_length=64)
    lien = models.ForeignKey(LienPersonnel, models.CASCADE, null=True, blank=True, related_name="codes")
    cree_at = models.DateTimeField()
    expire_at = models.DateTimeField()
    essais = models.PositiveSmallIntegerField(default=0)
    utilise_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["email", "-cree_at"], name="code_par_email")]


class Invite:
    """Quelqu’un entré par un lien personnel : il n’agit que sur l’objet du lien, pour l’organisation du lien."""

    pk = None
    is_authenticated = True

    def __init__(self, lien: LienPersonnel) -> None:
        self.lien = lien

    def __str__(self) -> str:
        return f"{self.lien} par lien personnel"

    def get_organisation_ids(self, *roles: str) -> set[int]:
        return {self.lien.organisation_id}


# --- connexion ---------------------------------------------------------------------------------------------------


class SessionOuverte(models.Model):
    """Une session : depuis quel appareil, ouverte quand et comment. La révoquer déconnecte à la demande suivante.

    Donnée personnelle (appareil, machine) : sert à reconnaître une connexion qui n’est pas la sienne ; gardée un an.
    """

    personne = models.ForeignKey(Personne, models.CASCADE, related_name="sessions")
    cle = models.CharField("clé de session", max_length=40, unique=True)
    moyen = models.CharField(max_length=20, choices=MoyenConnexion.choices)
    is_forte = models.BooleanField("second facteur vérifié", default=False)
    appareil = models.CharField(max_length=120)
    machine = models.CharField("adresse de la machine", max_length=45, blank=True)
    ouverte_at = models.DateTimeField()
    expire_at = models.DateTimeField()
    fermee_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-ouverte_at", "-id"]
        indexes = [models.Index(fields=["personne", "fermee_at"], name="session_par_personne")]

    def __str__(self) -> str:
        return self.appareil


class SecondFacteur(models.Model):
    """Le second facteur d’une personne : un secret partagé avec son application (TOTP, RFC 6238), gardé chiffré.

    Confirmé par un premier code juste. `dernier_pas` : l’intervalle de trente secondes déjà servi, qui ne resservira pas.
    """

    personne = models.OneToOneField(Personne, models.CASCADE, related_name="second_facteur")
    secret_chiffre = models.CharField(max_length=300)
    cree_at = models.DateTimeField()
    confirme_at = models.DateTimeField(null=True, blank=True)
    dernier_pas = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.personne)


class CodeSecours(models.Model):
    """Un code de secours, pour entrer sans son application : gardé haché, ne sert qu’une fois."""

    personne = models.ForeignKey(Personne, models.CASCADE, related_name="codes_secours")
    code_hache = models.CharField(max_length=64)
    cree_at = models.DateTimeField()
    utilise_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="code_secours_unique", fields=["personne", "code_hache"])]


class IdentiteExterne(models.Model):
    """Une personne telle qu’un fournisseur d’identité (ProConnect) la connaît : émetteur et identifiant chez lui."""

    personne = models.ForeignKey(Personne, models.CASCADE, related_name="identites")
    emetteur = models.CharField("émetteur", max_length=200)
    sub = models.CharField("identifiant chez l’émetteur", max_length=255)
    siret = models.CharField(max_length=14, blank=True)
    reliee_at = models.DateTimeField()
    vue_at = models.DateTimeField("dernière connexion")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="identite_unique", fields=["emetteur", "sub"]),
            models.UniqueConstraint(name="identite_unique_par_personne", fields=["emetteur", "personne"]),
        ]

    def __str__(self) -> str:
        return f"{self.personne} ({self.emetteur})"


class Tentative(models.Model):
    """Un essai compté pour en limiter le nombre, par adresse ou par machine. La clé est hachée ; gardé un jour."""

    nature = models.CharField(max_length=30, choices=NatureTentative.choices)
    cle = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["nature", "cle", "at"], name="tentative_par_cle")]


class AssistanceQuerySet(models.QuerySet["Assistance"]):
    def en_cours(self) -> "AssistanceQuerySet":
        return self.filter(finie_at__isnull=True, expire_at__gt=maintenant())


class Assistance(models.Model):
    """Le support agit au nom d’une personne, pour une raison écrite et un temps court. Jamais pour signer ni accorder."""

    assistant = models.ForeignKey(Personne, models.PROTECT, related_name="+")
    personne = models.ForeignKey(Personne, models.PROTECT, related_name="assistances")
    motif = models.CharField(max_length=300)
    ouverte_at = models.DateTimeField()
    expire_at = models.DateTimeField()
    finie_at = models.DateTimeField(null=True, blank=True)

    objects = AssistanceQuerySet.as_manager()

    class Meta:
        ordering = ["-ouverte_at", "-id"]

    def __str__(self) -> str:
        return f"{self.assistant} au nom de {self.personne}"
