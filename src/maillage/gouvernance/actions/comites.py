"""Créer, nommer, régler, dissoudre un comité."""

from datetime import date

from django.db import transaction
from django.db.models import Max

from maillage.gouvernance import events, policies
from maillage.gouvernance.enums import (
    NatureComite,
    Parite,
    SansQuorum,
    StatutSeance,
)
from maillage.gouvernance.models import (
    CollegeComite,
    Comite,
    NomComite,
    RegleComite,
)
from maillage.gouvernance.selectors import (
    comites_projet,
)
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Region
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait, Fiabilite
from maillage.territoires.models import Etape, Territoire
from maillage.territoires.selectors_mandats import read_binomes


@transaction.atomic
def create_comite(
    *,
    nature: NatureComite,
    by: Auteur,
    territoire: Territoire | None = None,
    region: Region | None = None,
    nom: str = "",
    installe_le: date | None = None,
    source: str = "",
) -> Comite:
    """Crée un comité, sans quorum, ni parité, ni collège. Sans `nom` il porte celui de sa nature.

    `installe_le` : vide si personne ne sait le jour. Deux comités en activité ne portent pas le même nom au même endroit.
    """
    nature = NatureComite(nature)
    policies.check_nature_comite(nature, has_territoire=territoire is not None, has_region=region is not None)
    nom = nom.strip() or str(nature.label)
    if installe_le and installe_le > aujourdhui():
        raise ActionImpossible(
            "Le comité sera installé plus tard\u00a0: créez-le ce jour-là, ou laissez la date vide."
        )
    _check_nom_libre(nom, territoire, region)
    comite = Comite.objects.create(
        territoire=territoire, region=region, nature=nature, nom=nom, installe_le=installe_le, source=source
    )
    _write_nom(comite, depuis=installe_le, motif="", by=by)
    record(
        events.COMITE_CREE,
        cible=comite,
        territoire=comite.cle,
        by=by,
        apres={"nature": nature.label, "source": source},
        date_effet=installe_le,
    )
    if installe_le:
        record_gouvernance(comite, installe_le, by)
    return comite


def record_gouvernance(comite: Comite, jour: date, by: Auteur) -> None:
    """Binôme désigné et comité installé : la gouvernance l’est, et c’est compté (une fois). Rien ne l’exige."""
    territoire = comite.territoire
    if territoire is None or comite.nature == NatureComite.TECHNIQUE:
        return
    if Etape.objects.connues().filter(territoire=territoire, fait=Fait.GOUVERNANCE).exists():
        return
    if not any(binome.is_complet for binome in read_binomes(territoire, jour)):
        return
    record_etape(
        territoire=territoire,
        fait=Fait.GOUVERNANCE,
        debut=jour,
        source=f"Binôme désigné et «\u00a0{comite.nom}\u00a0» installé, sur la plateforme",
        fiabilite=Fiabilite.PLATEFORME,
        objet=comite,
        by=by,
    )


def _check_nom_libre(
    nom: str, territoire: Territoire | None, region: Region | None, sauf: Comite | None = None
) -> None:
    pareils = Comite.objects.actifs(aujourdhui()).filter(
        territoire=territoire, region=region, nom__iexact=nom
    )
    if sauf:
        pareils = pareils.exclude(pk=sauf.pk)
    if pareils.exists():
        raise ActionImpossible(
            f"Il y a déjà ici un comité «\u00a0{nom}\u00a0»\u00a0: donnez-lui un autre nom."
        )


def _write_nom(comite: Comite, *, depuis: date | None, motif: str, by: Auteur) -> None:
    NomComite.objects.create(
        comite=comite,
        nature=comite.nature,
        nom=comite.nom,
        depuis=depuis,
        motif=motif[:300],
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )


@transaction.atomic
def rename_comite(
    *, comite: Comite, nature: NatureComite, nom: str, by: Auteur, depuis: date | None = None, motif: str = ""
) -> Comite:
    """Donne au comité un autre nom ou une autre nature depuis un jour (défaut : ce jour) ; l’ancien reste dans l’histoire."""
    comite = (
        Comite.objects.select_for_update(of=("self",))
        .select_related("territoire__vague", "region")
        .get(pk=comite.pk)
    )
    jour, nom, nature = depuis or aujourdhui(), nom.strip(), NatureComite(nature)
    if jour > aujourdhui():
        raise ActionImpossible("La date est dans l’avenir\u00a0: renommez le comité ce jour-là.")
    policies.check_nature_comite(
        nature, has_territoire=comite.territoire_id is not None, has_region=comite.region_id is not None
    )
    if not nom:
        raise ActionImpossible("Un comité garde toujours un nom.")
    if (comite.nom, comite.nature) == (nom, nature):
        return comite
    dernier = comite.noms.aggregate(m=Max("depuis"))["m"]
    if dernier and jour < dernier:
        raise ActionImpossible(
            f"Le comité porte son nom depuis le {format_jour(dernier)}\u00a0: la nouvelle date ne peut pas venir avant."
        )
    _check_nom_libre(nom, comite.territoire, comite.region, sauf=comite)
    avant = comite.nom
    comite.nom, comite.nature = nom, nature
    comite.save(update_fields=["nom", "nature"])
    _write_nom(comite, depuis=jour, motif=motif.strip(), by=by)
    record(
        events.COMITE_RENOMME,
        cible=comite,
        territoire=comite.cle,
        by=by,
        motif=motif.strip(),
        avant={"nom": avant},
        apres={"nom": nom, "nature": nature.label},
        date_effet=jour,
    )
    return comite


@transaction.atomic
def turn_comite_suivi(*, territoire: Territoire, jour: date, motif: str, by: Auteur) -> list[Comite]:
    """À la signature d’un acte, le comité de projet devient comité de suivi ce jour-là ; sans comité, rien ne se passe.

    Un comité au nom choisi (« Comité des industriels ») garde son nom et change de nature.
    """
    tournes = []
    for comite in comites_projet(territoire, jour).select_related("territoire__vague", "region"):
        ordinaire = comite.nom == NatureComite.PROJET.label
        nom = str(NatureComite.SUIVI.label) if ordinaire else comite.nom
        dernier = comite.noms.aggregate(m=Max("depuis"))["m"]
        libre = not (
            Comite.objects.actifs(jour)
            .filter(territoire=territoire, nom__iexact=nom)
            .exclude(pk=comite.pk)
            .exists()
        )
        tournes.append(
            rename_comite(
                comite=comite,
                nature=NatureComite.SUIVI,
                nom=nom if libre else comite.nom,
                depuis=max(jour, dernier or jour),
                motif=motif,
                by=by,
            )
        )
    return tournes


@transaction.atomic
def dissolve_comite(*, comite: Comite, jour: date, motif: str, by: Auteur) -> Comite:
    """Dissout un comité ce jour-là ; ses séances, ses décisions et ses membres restent."""
    comite = (
        Comite.objects.select_for_update(of=("self",)).select_related("territoire__vague").get(pk=comite.pk)
    )
    if comite.dissous_le:
        raise ActionImpossible(
            f"«\u00a0{comite}\u00a0» est déjà dissous, depuis le {format_jour(comite.dissous_le)}."
        )
    if jour > aujourdhui() or (comite.installe_le and jour < comite.installe_le):
        raise ActionImpossible(
            "Un comité se dissout au plus tôt le jour où il est installé, au plus tard aujourd’hui."
        )
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi le comité est dissous.")
    a_venir = comite.seances.filter(
        statut__in=[StatutSeance.EN_PREPARATION, StatutSeance.CONVOQUEE, StatutSeance.OUVERTE],
        rendez_vous__debut_at__date__gte=jour,
    ).exists()
    if a_venir:
        raise ActionImpossible("Une séance est encore prévue\u00a0: annulez-la, puis dissolvez le comité.")
    comite.dissous_le = jour
    comite.save(update_fields=["dissous_le"])
    record(
        events.COMITE_DISSOUS,
        cible=comite,
        territoire=comite.cle,
        by=by,
        motif=motif.strip(),
        date_effet=jour,
    )
    return comite


@transaction.atomic
def set_regle(
    *,
    comite: Comite,
    by: Auteur,
    depuis: date | None = None,
    quorum_nombre: int | None = None,
    quorum_pour_cent: int | None = None,
    parite: Parite = Parite.AUCUNE,
    sans_quorum: SansQuorum = SansQuorum.CONSULTATION,
    texte: str = "",
) -> RegleComite:
    """Donne au comité une règle depuis un jour (défaut : ce jour). Tout vide : il n’en a plus."""
    policies.check_regle(
        quorum_nombre=quorum_nombre,
        quorum_pour_cent=quorum_pour_cent,
        parite=Parite(parite),
        colleges=comite.colleges.count(),
    )
    regle = RegleComite.objects.create(
        comite=comite,
        depuis=depuis or aujourdhui(),
        quorum_nombre=quorum_nombre or None,
        quorum_pour_cent=quorum_pour_cent or None,
        parite=parite,
        sans_quorum=sans_quorum,
        texte=texte.strip()[:300],
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )
    record(
        events.REGLE_DONNEE,
        cible=comite,
        territoire=comite.cle,
        by=by,
        apres={"regle": policies.describe_regle(regle), "texte": regle.texte},
        date_effet=regle.depuis,
    )
    return regle


@transaction.atomic
def add_college(*, comite: Comite, nom: str, by: Auteur) -> CollegeComite:
    """Donne un collège de plus au comité."""
    nom = nom.strip()[:120]
    if not nom:
        raise ActionImpossible(
            "Donnez un nom au collège, par exemple «\u00a0Élus\u00a0» ou «\u00a0Industriels\u00a0»."
        )
    if comite.colleges.filter(nom__iexact=nom).exists():
        raise ActionImpossible(f"Le comité a déjà un collège «\u00a0{nom}\u00a0».")
    college = CollegeComite.objects.create(
        comite=comite, nom=nom, rang=(comite.colleges.aggregate(m=Max("rang"))["m"] or 0) + 1
    )
    record(events.COLLEGE_AJOUTE, cible=comite, territoire=comite.cle, by=by, apres={"college": nom})
    return college


@transaction.atomic
def remove_college(*, college: CollegeComite, by: Auteur) -> None:
    """Retire un collège où personne n’a siégé."""
    if college.membres.exists():
        raise ActionImpossible(
            f"Le collège «\u00a0{college}\u00a0» a des membres, présents ou passés\u00a0: il reste, pour qu’on sache qui y siégeait."
        )
    comite = college.comite
    record(events.COLLEGE_RETIRE, cible=comite, territoire=comite.cle, by=by, avant={"college": college.nom})
    college.delete()
