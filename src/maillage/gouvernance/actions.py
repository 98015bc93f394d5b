"""Seuls actes qui écrivent un comité, une séance, une décision, un relevé."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.urls import reverse

from maillage.agenda.actions import (
    cancel_rendez_vous,
    change_invitation,
    close_reponses,
    create_rendez_vous,
    invite,
    remove_invitation,
    send_invitations,
    update_rendez_vous,
)
from maillage.agenda.actions import record_presence as record_presence_agenda
from maillage.agenda.enums import Presence
from maillage.comptes.actions import create_lien_personnel
from maillage.comptes.enums import ButLien
from maillage.comptes.models import Invite, Organisation, Personne
from maillage.documents.actions import store_piece
from maillage.documents.blocs import to_json
from maillage.documents.rendu_pdf import render_pdf
from maillage.documents.rendu_word import render_word
from maillage.fiches.actions import freeze_plan_actions, move_fiche
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.gouvernance import events, policies
from maillage.gouvernance.composition import compose_releve
from maillage.gouvernance.enums import (
    SUR_UNE_FICHE,
    NatureComite,
    NatureDecision,
    Parite,
    Portee,
    Qualite,
    SansQuorum,
    Sens,
    StatutSeance,
)
from maillage.gouvernance.models import (
    CollegeComite,
    Comite,
    Decision,
    MembreComite,
    NomComite,
    Participant,
    PointOrdreJour,
    RegleComite,
    ReleveDecisions,
    Seance,
    SignatureReleve,
    VersionSeance,
)
from maillage.gouvernance.permissions import TIENNENT, can_send_lien_releve, check_user_can_sign_releve
from maillage.gouvernance.selectors import (
    PointPropose,
    comites_projet,
    fiches_du_plan,
    get_contenu,
    get_etat_quorum,
    get_regle,
    list_membres,
    list_participants,
)
from maillage.gouvernance.signals import decision_prise
from maillage.journal.actions import Auteur, record
from maillage.notifications.actions import Jointe, close_attente, open_attente, send_courriel
from maillage.referentiels.models import Region
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.actions import record_etape
from maillage.territoires.enums import Fait, Fiabilite
from maillage.territoires.models import Etape, Territoire
from maillage.territoires.selectors_mandats import read_binomes

N, S = NatureDecision, StatutSeance
ATTENTE_RELEVE, ATTENTE_SIGNER = "gouvernance.releve", "gouvernance.signer_releve"

# --- comités ---------------------------------------------------------------------------------------------------------


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
        _record_gouvernance(comite, installe_le, by)
    return comite


def _record_gouvernance(comite: Comite, jour: date, by: Auteur) -> None:
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
        statut__in=[S.EN_PREPARATION, S.CONVOQUEE, S.OUVERTE], rendez_vous__debut_at__date__gte=jour
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


# --- membres ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_membre(
    *,
    comite: Comite,
    by: Auteur,
    nom: str = "",
    titre: str = "",
    email: str = "",
    organisation: Organisation | None = None,
    college: CollegeComite | None = None,
    place: Qualite = Qualite.MEMBRE,
    has_voix: bool = True,
    titulaire: MembreComite | None = None,
    debut: date | None = None,
    fin: date | None = None,
    source: str = "",
) -> MembreComite:
    """Fait entrer quelqu’un au comité, jusqu’à une date (exclue) ou sans terme. Deux mandats de la même personne ne se
    chevauchent pas. Une organisation sans nom est une place dont le représentant reste à désigner."""
    nom, email = nom.strip(), email.strip().lower()
    if not nom and organisation is None:
        raise ActionImpossible("Donnez un nom, ou au moins l’organisation représentée.")
    if debut and fin and debut >= fin:
        raise ActionImpossible("La fin du mandat vient avant son début\u00a0: corrigez l’une des deux dates.")
    if titulaire and (titulaire.comite_id != comite.pk or titulaire.titulaire_id):
        raise ActionImpossible("Un suppléant supplée un titulaire de ce comité.")
    if college and college.comite_id != comite.pk:
        raise ActionImpossible("Ce collège est celui d’un autre comité.")
    Comite.objects.select_for_update().get(pk=comite.pk)  # deux mandats saisis ensemble ne se croisent pas
    personne = Personne.objects.filter(email__iexact=email).first() if email else None
    membre = MembreComite(
        comite=comite,
        nom=nom[:150],
        titre=titre.strip()[:150],
        email=email,
        personne=personne,
        organisation=organisation,
        college=titulaire.college if titulaire else college,
        place=place,
        has_voix=has_voix and place != Qualite.INVITE,
        titulaire=titulaire,
        debut=debut,
        fin=fin,
        source=source,
    )
    _check_chevauchement(membre)
    membre.save()
    record(
        events.MEMBRE_AJOUTE,
        cible=membre,
        territoire=comite.cle,
        by=by,
        apres={
            "comite": comite.nom,
            "qualite": f"suppléant·e de {titulaire}" if titulaire else str(Qualite(place).label),
        },
        date_effet=debut,
    )
    return membre


@transaction.atomic
def update_membre(*, membre: MembreComite, nom: str, titre: str, email: str, by: Auteur) -> MembreComite:
    """Corrige le nom, la qualité ou l’adresse d’un membre ; sans changement, rien. Une autre place, un autre collège ou une
    autre voix est un nouveau mandat : on clôt celui-ci.

    Une adresse changée vaut pour les séances à venir : l’invitation est à renvoyer.
    """
    membre = (
        MembreComite.objects.select_for_update(of=("self",))
        .select_related("comite__territoire__vague", "organisation")
        .get(pk=membre.pk)
    )
    apres = {"nom": nom.strip()[:150], "titre": titre.strip()[:150], "email": email.strip().lower()}
    changes = [champ for champ, valeur in apres.items() if getattr(membre, champ) != valeur]
    if not changes:
        return membre
    if not apres["nom"] and membre.organisation is None:
        raise ActionImpossible("Donnez un nom, ou au moins l’organisation représentée.")
    for champ in changes:
        setattr(membre, champ, apres[champ])
    membre.personne = Personne.objects.filter(email__iexact=membre.email).first() if membre.email else None
    _check_chevauchement(membre)
    membre.save()
    a_venir = Participant.objects.filter(membre=membre, seance__statut__in=[S.EN_PREPARATION, S.CONVOQUEE])
    for participant in a_venir.select_related("invitation__rendez_vous"):
        change_invitation(
            invitation=participant.invitation,
            nom=membre.nom or str(membre.organisation),
            email=membre.email,
            personne=membre.personne,
        )
    libelles = [str(MembreComite._meta.get_field(champ).verbose_name) for champ in changes]  # type: ignore[union-attr]
    record(
        events.MEMBRE_MODIFIE,
        cible=membre,
        territoire=membre.comite.cle,
        by=by,
        apres={"comite": membre.comite.nom, "champs": libelles},
    )
    return membre


def _say_mandat(membre: MembreComite) -> str:
    debut = f"depuis le {format_jour(membre.debut)}" if membre.debut else "depuis une date non précisée"
    return debut + (f", jusqu’au {format_jour(membre.fin)}" if membre.fin else ", sans terme")


def _check_chevauchement(membre: MembreComite) -> None:
    identite = Q(nom__iexact=membre.nom, organisation=membre.organisation)
    if membre.email:
        identite |= Q(email=membre.email)
    if membre.personne_id:
        identite |= Q(personne=membre.personne_id)
    dates = Q()
    if membre.fin:
        dates &= Q(debut__isnull=True) | Q(debut__lt=membre.fin)
    if membre.debut:
        dates &= Q(fin__isnull=True) | Q(fin__gt=membre.debut)
    deja = (
        MembreComite.objects.filter(identite, dates, comite=membre.comite)
        .exclude(pk=membre.pk)
        .select_related("organisation")
        .order_by("id")
        .first()
    )
    if deja:
        raise ActionImpossible(
            f"{deja} siège déjà à ce comité, {_say_mandat(deja)}\u00a0: les deux mandats se chevauchent. Mettez fin au premier, ou "
            "changez les dates du second."
        )


@transaction.atomic
def end_membre(*, membre: MembreComite, fin: date, by: Auteur) -> MembreComite:
    """Met fin à un mandat ce jour-là (exclu) ; ses suppléants partent avec lui. Ce qu’il a fait reste."""
    membre = (
        MembreComite.objects.select_for_update(of=("self",))
        .select_related("comite__territoire__vague", "organisation")
        .get(pk=membre.pk)
    )
    if membre.fin and membre.fin <= fin:
        raise ActionImpossible(f"Ce mandat finit déjà le {format_jour(membre.fin)}.")
    if membre.debut and fin <= membre.debut:
        raise ActionImpossible(f"Ce mandat commence le {format_jour(membre.debut)}\u00a0: il finit après.")
    for mandat in [membre, *membre.suppleants.select_related("organisation")]:
        if (mandat.fin and mandat.fin <= fin) or (mandat.debut and fin <= mandat.debut):
            continue
        mandat.fin = fin
        mandat.save(update_fields=["fin"])
        record(
            events.MEMBRE_PARTI,
            cible=mandat,
            territoire=membre.comite.cle,
            by=by,
            apres={"comite": membre.comite.nom, "fin": format_jour(fin)},
            date_effet=fin,
        )
    return membre


# --- séances ---------------------------------------------------------------------------------------------------------


def _write_version(seance: Seance, by: Auteur) -> None:
    VersionSeance.objects.create(
        seance=seance,
        numero=seance.version,
        contenu=get_contenu(seance),
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )


def _lock(seance: Seance) -> Seance:
    return (
        Seance.objects.select_for_update(of=("self",))
        .select_related("comite__territoire__vague", "comite__region", "rendez_vous__organisateur")
        .get(pk=seance.pk)
    )


def _has_releve(seance: Seance) -> bool:
    return ReleveDecisions.objects.filter(seance=seance).exists()


@transaction.atomic
def create_seance(
    *,
    comite: Comite,
    titre: str,
    debut_at: datetime,
    fin_at: datetime,
    by: Auteur,
    lieu: str = "",
    visio: str = "",
    message: str = "",
) -> Seance:
    """Prépare une séance ; une date passée est admise : on enregistre alors ce qui s’est tenu."""
    if comite.dissous_le:
        raise ActionImpossible(f"«\u00a0{comite}\u00a0» est dissous\u00a0: il ne se réunit plus.")
    rendez_vous = create_rendez_vous(
        objet_type=Seance._meta.label_lower,
        titre=titre,
        debut_at=debut_at,
        fin_at=fin_at,
        lieu=lieu,
        visio=visio,
        message=message,
        territoire=comite.cle,
        organisateur=by if isinstance(by, Personne) else None,
        by=by,
    )
    seance = Seance.objects.create(comite=comite, rendez_vous=rendez_vous)
    _write_version(seance, by)
    record(events.SEANCE_CREEE, cible=seance, territoire=comite.cle, by=by, date_effet=seance.jour)
    return seance


@transaction.atomic
def update_seance(*, seance: Seance, version_lue: int, by: Auteur, **champs: Any) -> Seance:
    """Change le titre, la date, le lieu ou le mot d’une séance à venir ; les personnes convoquées sont prévenues.

    `version_lue` : celle que la personne avait sous les yeux ; si elle n’est plus la dernière, ConflitEdition.
    """
    seance = _lock(seance)
    if seance.version != version_lue:
        raise ConflitEdition(
            "Quelqu’un a enregistré cette séance pendant que vous l’écriviez. Votre saisie est gardée\u00a0: choisissez, champ par "
            "champ, puis enregistrez de nouveau."
        )
    policies.check_can_prepare(seance)
    changes = update_rendez_vous(rendez_vous=seance.rendez_vous, by=by, **champs)
    if not changes:
        return seance
    seance = _lock(seance)
    seance.version += 1
    seance.save(update_fields=["version"])
    _write_version(seance, by)
    libelles = {
        "debut_at": "début",
        "fin_at": "fin",
        "visio": "visioconférence",
        "message": "mot d’invitation",
    }
    record(
        events.SEANCE_MODIFIEE,
        cible=seance,
        territoire=seance.comite.cle,
        by=by,
        apres={"champs": [libelles.get(champ, champ) for champ in changes]},
    )
    return seance


def _move(seance: Seance, vers: StatutSeance) -> None:
    policies.check_can_move(seance, vers)
    seance.statut = vers
    seance.save(update_fields=["statut"])


def _sync_participants(seance: Seance, by: Auteur) -> None:
    """Chaque mandat du jour de la séance a son invitation ; qui ne siège plus perd la sienne."""
    membres = list_membres(seance.comite, seance.jour)
    presents = {m.pk for m in membres}
    attendus = {p.membre_id: p for p in list_participants(seance) if p.membre_id}
    for cle, participant in attendus.items():
        if cle not in presents:
            remove_invitation(invitation=participant.invitation, by=by)
            participant.delete()
    for membre in membres:
        if membre.pk not in attendus:
            _add_participant(seance, membre, by)


def _add_participant(seance: Seance, membre: MembreComite, by: Auteur) -> Participant:
    personne = membre.personne
    if personne is None and membre.email:
        personne = Personne.objects.filter(email__iexact=membre.email).first()
        if personne:
            membre.personne = personne
            membre.save(update_fields=["personne"])
    email = membre.email or (personne.email if personne and personne.email else "")
    if not email and membre.organisation and not personne:
        email = membre.organisation.courriel
    # Deux places d’une même organisation n’ont qu’une adresse : une seule invitation y part.
    if email and seance.rendez_vous.invitations.en_cours().filter(email=email.lower()).exists():
        email = ""
    invitation = invite(
        rendez_vous=seance.rendez_vous,
        nom=membre.nom or str(membre.organisation),
        email=email,
        personne=personne,
        organisation=membre.organisation,
        by=by,
    )
    return Participant.objects.create(seance=seance, invitation=invitation, membre=membre)


@transaction.atomic
def add_invite(
    *, seance: Seance, nom: str, by: Auteur, email: str = "", organisation: Organisation | None = None
) -> Participant:
    """Invite quelqu’un pour cette seule séance, ou note qu’il y était. Il n’a pas de voix."""
    seance = _lock(seance)
    if seance.statut == S.ANNULEE or _has_releve(seance):
        raise ActionImpossible("Cette séance ne reçoit plus personne.")
    email = email.strip().lower()
    if email and seance.rendez_vous.invitations.en_cours().filter(email=email).exists():
        raise ActionImpossible(f"{email} est déjà invité à cette séance.")
    invitation = invite(
        rendez_vous=seance.rendez_vous,
        nom=nom,
        email=email,
        personne=Personne.objects.filter(email__iexact=email).first() if email else None,
        organisation=organisation,
        by=by,
    )
    return Participant.objects.create(seance=seance, invitation=invitation)


@transaction.atomic
def convoke_seance(*, seance: Seance, by: Auteur) -> int:
    """Convoque le comité : invite ses membres du jour et envoie l’invitation à ceux qui ne l’ont pas reçue ; rend leur nombre."""
    seance = _lock(seance)
    if seance.statut != S.CONVOQUEE:
        _move(seance, S.CONVOQUEE)
    _sync_participants(seance, by)
    participants = list_participants(seance)
    if not participants:
        raise ActionImpossible(
            "Le comité n’a pas de membre ce jour-là, et personne n’est invité\u00a0: ajoutez quelqu’un d’abord."
        )
    territoire = seance.comite.territoire
    nombre = send_invitations(
        rendez_vous=seance.rendez_vous,
        by=by,
        url=seance.get_absolute_url(),
        territoire_nom=territoire.nom if territoire else seance.comite.lieu,
    )
    record(
        events.SEANCE_CONVOQUEE,
        cible=seance,
        territoire=seance.comite.cle,
        by=by,
        apres={"nombre": nombre, "personnes": len(participants)},
    )
    return nombre


@transaction.atomic
def cancel_seance(*, seance: Seance, motif: str, by: Auteur) -> Seance:
    """Annule une séance à venir ; les personnes convoquées sont prévenues, avec le motif."""
    seance = _lock(seance)
    _move(seance, S.ANNULEE)
    cancel_rendez_vous(rendez_vous=seance.rendez_vous, motif=motif, by=by)
    record(events.SEANCE_ANNULEE, cible=seance, territoire=seance.comite.cle, by=by, motif=motif.strip())
    return seance


@transaction.atomic
def open_seance(*, seance: Seance, by: Auteur) -> Seance:
    """Ouvre la séance, le jour dit ou après : on relève les présences, on enregistre les décisions."""
    seance = _lock(seance)
    policies.check_can_open(seance, aujourdhui())
    _move(seance, S.OUVERTE)
    _sync_participants(seance, by)
    close_reponses(rendez_vous=seance.rendez_vous)
    record(events.SEANCE_OUVERTE, cible=seance, territoire=seance.comite.cle, by=by, date_effet=seance.jour)
    return seance


@transaction.atomic
def record_presence(*, participant: Participant, presence: Presence, by: Auteur) -> bool:
    """Relève une présence pendant la séance, ou après tant que le relevé n’est pas arrêté ; faux si rien ne change."""
    seance = _lock(participant.seance)
    policies.check_can_record(seance, has_releve=_has_releve(seance))
    return record_presence_agenda(invitation=participant.invitation, presence=presence, by=by)


@transaction.atomic
def close_seance(*, seance: Seance, by: Auteur) -> Seance:
    """Clôt la séance ; le relevé de décisions reste à arrêter."""
    seance = _lock(seance)
    _move(seance, S.TENUE)
    etat = get_etat_quorum(seance)
    record(
        events.SEANCE_CLOSE,
        cible=seance,
        territoire=seance.comite.cle,
        by=by,
        apres={"quorum": policies.describe_quorum(etat)},
        date_effet=seance.jour,
    )
    _record_gouvernance(seance.comite, seance.jour, by)
    _open_attente(
        seance, ATTENTE_RELEVE, f"Arrêter le relevé de décisions «\u00a0{seance.rendez_vous.titre}\u00a0»", by
    )
    return seance


def _open_attente(seance: Seance, code: str, libelle: str, by: Auteur) -> None:
    """Attend l’équipe du territoire ; pour un COPIL, la personne qui a convoqué."""
    comite = seance.comite
    personne = None if comite.territoire else (seance.rendez_vous.organisateur or _personne(by))
    if comite.territoire is None and personne is None:
        return
    open_attente(
        code=code,
        objet=seance,
        role="chef_projet" if comite.territoire else "",
        personne=personne,
        territoire=comite.cle,
        territoire_nom=comite.lieu,
        libelle=libelle,
        url=seance.get_absolute_url(),
    )


def _personne(by: Auteur) -> Personne | None:
    return by if isinstance(by, Personne) else None


# --- ordre du jour ---------------------------------------------------------------------------------------------------


@transaction.atomic
def add_point(
    *,
    seance: Seance,
    titre: str,
    by: Auteur,
    texte: str = "",
    nature: NatureDecision = NatureDecision.LIBRE,
    fiche: FicheAction | None = None,
    territoire: Territoire | None = None,
    url: str = "",
) -> PointOrdreJour:
    """Met un point à l’ordre du jour, à la suite ; permis jusqu’à la clôture : une séance change d’ordre du jour."""
    seance = _lock(seance)
    _check_ordre_du_jour(seance)
    titre = titre.strip()
    if not titre:
        raise ActionImpossible("Donnez un titre au point.")
    point = PointOrdreJour.objects.create(
        seance=seance,
        rang=(seance.points.aggregate(m=Max("rang"))["m"] or 0) + 1,
        titre=titre[:300],
        texte=texte.replace("\r\n", "\n").strip(),
        nature=nature,
        fiche=fiche,
        territoire=territoire,
        url=url,
    )
    record(
        events.POINT_AJOUTE,
        cible=point,
        territoire=seance.comite.cle,
        by=by,
        apres={"seance": seance.rendez_vous.titre},
    )
    return point


def _check_ordre_du_jour(seance: Seance) -> None:
    if seance.statut in (S.TENUE, S.ANNULEE):
        raise ActionImpossible(
            f"La séance est «\u00a0{S(seance.statut).label.lower()}\u00a0»\u00a0: son ordre du jour ne change plus."
        )


@transaction.atomic
def add_points_proposes(*, seance: Seance, points: list[PointPropose], by: Auteur) -> int:
    """Met à l’ordre du jour des points que l’état des choses propose ; rend leur nombre."""
    for point in points:
        add_point(
            seance=seance,
            titre=point.titre,
            nature=point.nature,
            fiche=point.fiche,
            territoire=point.territoire,
            url=point.url,
            by=by,
        )
    return len(points)


@transaction.atomic
def move_point(*, point: PointOrdreJour, sens: int, by: Auteur) -> None:
    """Monte (`sens` = -1) ou descend (+1) un point d’un rang ; aux bords, rien ne change."""
    seance = _lock(point.seance)
    _check_ordre_du_jour(seance)
    points = list(seance.points.order_by("rang", "id"))
    place = next((rang for rang, p in enumerate(points) if p.pk == point.pk), None)
    if place is None or not 0 <= place + sens < len(points):
        return
    points[place], points[place + sens] = points[place + sens], points[place]
    for rang, p in enumerate(points, start=1):
        p.rang = rang
    PointOrdreJour.objects.bulk_update(points, ["rang"])


@transaction.atomic
def remove_point(*, point: PointOrdreJour, by: Auteur) -> None:
    """Retire un point sur lequel rien n’a été décidé."""
    seance = _lock(point.seance)
    _check_ordre_du_jour(seance)
    if point.decisions.exists():
        raise ActionImpossible("Une décision a été prise sur ce point\u00a0: il reste à l’ordre du jour.")
    record(
        events.POINT_RETIRE,
        cible=point,
        territoire=seance.comite.cle,
        by=by,
        apres={"seance": seance.rendez_vous.titre},
    )
    point.delete()


# --- décisions -------------------------------------------------------------------------------------------------------

# Ce qu’une décision adoptée fait à la fiche.
PASSAGES = {
    N.FICHE_RETENUE: StatutFiche.RETENUE,
    N.FICHE_RENVOYEE: StatutFiche.BROUILLON,
    N.FICHE_ECARTEE: StatutFiche.ABANDONNEE,
}


@transaction.atomic
def record_decision(
    *,
    seance: Seance,
    nature: NatureDecision,
    sens: Sens,
    by: Auteur,
    intitule: str = "",
    texte: str = "",
    point: PointOrdreJour | None = None,
    fiche: FicheAction | None = None,
    territoire: Territoire | None = None,
    pour: int | None = None,
    contre: int | None = None,
    abstentions: int | None = None,
    remplace: Decision | None = None,
) -> Decision:
    """Enregistre ce que la séance a décidé, et le fait : une fiche est retenue, un plan validé, à la date de la séance.

    Sans quorum (ou sans parité exigée), la règle du comité dit si la décision est refusée (ActionImpossible) ou si elle
    n’est qu’une consultation ; une consultation, un rejet ou un ajournement ne changent rien d’autre.
    """
    seance = _lock(seance)
    comite, nature, sens = seance.comite, NatureDecision(nature), Sens(sens)
    policies.check_can_record(seance, has_releve=_has_releve(seance))
    policies.check_nature(comite, nature, has_fiche=fiche is not None, has_territoire=territoire is not None)
    if fiche and comite.territoire_id and fiche.territoire_id != comite.territoire_id:
        raise ActionImpossible("Cette fiche est celle d’un autre territoire.")
    if nature not in SUR_UNE_FICHE and nature != N.LIBRE:
        fiche = None
    if point and point.seance_id != seance.pk:
        raise ActionImpossible("Ce point est celui d’une autre séance.")
    etat = get_etat_quorum(seance)
    portee = policies.get_portee(get_regle(comite, seance.jour), etat, sens)
    _check_votes(etat, pour, contre, abstentions)
    decision = Decision(
        seance=seance,
        point=point,
        numero=(seance.decisions.aggregate(m=Max("numero"))["m"] or 0) + 1,
        nature=nature,
        intitule=(intitule.strip() or _get_intitule(nature, fiche, territoire))[:300],
        texte=texte.replace("\r\n", "\n").strip(),
        sens=sens,
        portee=portee,
        pour=pour,
        contre=contre,
        abstentions=abstentions,
        quorum=etat.to_json(),
        fiche=fiche,
        territoire=territoire if comite.region_id else comite.territoire,
        remplace=remplace,
        enregistre_at=maintenant(),
        enregistre_by=str(by)[:200],
    )
    if not decision.intitule:
        raise ActionImpossible("Écrivez ce que le comité a décidé.")
    try:
        with transaction.atomic():
            decision.save()
    except IntegrityError as erreur:
        raise ActionImpossible("Cette décision a déjà été remplacée par une autre.") from erreur
    record(
        events.DECISION_PRISE,
        cible=decision,
        territoire=comite.cle or (territoire.cle if territoire else ""),
        by=by,
        apres={
            "nature": nature.label,
            "sens": sens.label,
            "portee": Portee(portee).label,
            "quorum": policies.describe_quorum(etat),
        },
        date_effet=seance.jour,
    )
    if sens is Sens.ADOPTEE and portee == Portee.DECISION:
        _apply(decision, by)
    decision_prise.send(sender=Decision, decision=decision, by=by)
    return decision


def _check_votes(
    etat: policies.EtatQuorum, pour: int | None, contre: int | None, abstentions: int | None
) -> None:
    total = sum(voix or 0 for voix in (pour, contre, abstentions))
    if etat.sieges and total > etat.presentes:
        raise ActionImpossible(
            f"{total} voix comptées pour {etat.presentes} {'présente' if etat.presentes <= 1 else 'présentes'}\u00a0: relevez d’abord "
            "les présences, ou corrigez le compte."
        )


def _get_intitule(nature: NatureDecision, fiche: FicheAction | None, territoire: Territoire | None) -> str:
    if nature == N.LIBRE:
        return ""
    if nature in SUR_UNE_FICHE:
        return f"{nature.label}\u00a0: «\u00a0{fiche}\u00a0»"
    return f"{nature.label} de {territoire.nom}" if territoire else str(nature.label)


def _apply(decision: Decision, by: Auteur) -> None:
    """Fait ce que la décision décide, par les actes des applications du dessous, à la date de la séance."""
    seance, nature = decision.seance, NatureDecision(decision.nature)
    jour, source = seance.jour, f"décision du {seance.comite.nom} du {format_jour(seance.jour)}"
    if nature in PASSAGES and decision.fiche:
        move_fiche(
            fiche=decision.fiche,
            vers=PASSAGES[nature],
            by=by,
            date_effet=jour,
            motif=decision.texte or f"Par {source}.",
        )
    elif nature == N.PLAN_VALIDE and seance.comite.region_id and decision.territoire:
        record_etape(
            territoire=decision.territoire,
            fait=Fait.PLAN_VALIDE,
            debut=jour,
            source=f"Plan d’actions validé, {source}",
            fiabilite=Fiabilite.PLATEFORME,
            objet=decision,
            by=by,
        )
    elif nature == N.PLAN_VALIDE and decision.territoire:
        fiches = list(fiches_du_plan(decision.territoire))
        if not fiches:
            raise ActionImpossible(
                "Aucune fiche n’est retenue\u00a0: le plan d’actions serait vide. Retenez d’abord des fiches."
            )
        decision.plan_actions = freeze_plan_actions(
            territoire=decision.territoire,
            fiches=fiches,
            titre=f"Plan d’actions, {source}"[:200],
            date_effet=jour,
            by=by,
        )
        decision.save(update_fields=["plan_actions"])


# --- relevé de décisions ---------------------------------------------------------------------------------------------


def arrete_releve(*, seance: Seance, by: Auteur) -> ReleveDecisions:
    """Arrête le relevé d’une séance tenue : PDF et Word dessinés hors transaction, empreinte gardée, signatures attendues."""
    seance = Seance.objects.select_related(
        "comite__territoire__vague", "comite__region", "rendez_vous__organisateur"
    ).get(pk=seance.pk)
    _check_can_arreter(seance)
    document = compose_releve(seance, arrete=True)
    contenu = to_json(document)
    pdf, word = render_pdf(document), render_word(document)
    nom = f"releve-{seance.jour.isoformat()}-{seance.pk}"
    with transaction.atomic():
        verrou = _lock(seance)
        _check_can_arreter(verrou)
        if to_json(compose_releve(verrou, arrete=True)) != contenu:
            raise ConflitEdition(
                "Une présence ou une décision a changé pendant qu’on dessinait le relevé. Relisez, puis recommencez."
            )
        releve = ReleveDecisions.objects.create(
            seance=verrou,
            contenu=contenu,
            piece_pdf=store_piece(contenu=pdf, nom=f"{nom}.pdf", by=by, description=document.titre),
            piece_word=store_piece(contenu=word, nom=f"{nom}.docx", by=by, description=document.titre),
            arrete_at=maintenant(),
            arrete_by=str(by)[:200],
        )
        close_attente(code=ATTENTE_RELEVE, objet=verrou)
        record(
            events.RELEVE_ARRETE,
            cible=releve,
            territoire=verrou.comite.cle,
            by=by,
            apres={"seance": verrou.rendez_vous.titre, "sha256": releve.piece_pdf.sha256},
            date_effet=verrou.jour,
        )
        for membre in list_membres(verrou.comite, verrou.jour):
            if isinstance(by, Personne) and can_send_lien_releve(membre):
                send_lien_releve(releve=releve, membre=membre, by=by)
            elif membre.place in TIENNENT and membre.personne:
                open_attente(
                    code=ATTENTE_SIGNER,
                    objet=releve,
                    personne=membre.personne,
                    territoire=verrou.comite.cle,
                    territoire_nom=verrou.comite.lieu,
                    libelle=f"Signer le relevé de décisions «\u00a0{verrou.rendez_vous.titre}\u00a0»",
                    url=verrou.get_adresse("seance-releve"),
                )
    return releve


def _check_can_arreter(seance: Seance) -> None:
    if _has_releve(seance):
        raise ActionImpossible("Le relevé de cette séance est déjà arrêté.")
    if seance.statut != S.TENUE:
        raise ActionImpossible(
            f"La séance est «\u00a0{S(seance.statut).label.lower()}\u00a0»\u00a0: on arrête le relevé une fois la séance close."
        )


@transaction.atomic
def send_lien_releve(*, releve: ReleveDecisions, membre: MembreComite, by: Personne) -> str:
    """Envoie à qui présidait ou tenait le secrétariat sans compte le lien qui permet de signer ; rend son adresse.

    Lève `ActionImpossible` si ce membre signe autrement, ou s’il a déjà signé. Un lien précédent ne marche plus.
    """
    if not can_send_lien_releve(membre) or membre.organisation is None:
        raise ActionImpossible(
            "Un lien pour signer part à la présidence ou au secrétariat sans compte, dont l’organisation et l’adresse sont "
            "connues. Complétez ce membre dans le comité."
        )
    if releve.signatures.filter(membre=membre).exists():
        raise ActionImpossible(f"{membre} a déjà signé ce relevé.")
    _, jeton = create_lien_personnel(
        but=ButLien.SIGNER_RELEVE,
        objet=releve,
        organisation=membre.organisation,
        nom=membre.nom,
        email=membre.email,
        by=by,
        territoire=releve.seance.comite.cle,
    )
    url = settings.ADRESSE_PUBLIQUE + reverse("lien-ouvrir", args=[jeton])
    send_courriel(
        destinataire=membre.email,
        gabarit="lien_releve",
        contexte={
            "membre": membre,
            "seance": releve.seance,
            "jour": format_jour(releve.seance.jour),
            "url": url,
        },
        motif=f"vous étiez {membre.get_place_display().lower()} de cette séance",
    )
    return url


@transaction.atomic
def sign_releve(*, releve: ReleveDecisions, by: Personne | Invite) -> SignatureReleve:
    """Signe le relevé, comme présidence ou secrétariat de la séance. La preuve : qui, quand, sur quelle empreinte."""
    releve = (
        ReleveDecisions.objects.select_for_update(of=("self",))
        .select_related("seance__comite__territoire__vague", "seance__rendez_vous", "piece_pdf")
        .get(pk=releve.pk)
    )
    seance = releve.seance
    membre = check_user_can_sign_releve(by, seance)
    if releve.signatures.filter(membre=membre).exists():
        raise ActionImpossible("Vous avez déjà signé ce relevé.")
    signature = SignatureReleve.objects.create(
        releve=releve,
        membre=membre,
        nom=str(membre)[:250],
        place=membre.place,
        sha256=releve.piece_pdf.sha256,
        signe_at=maintenant(),
        signe_by=str(by)[:200],
    )
    if isinstance(by, Personne):
        close_attente(code=ATTENTE_SIGNER, objet=releve, personne=by)
    record(
        events.RELEVE_SIGNE,
        cible=releve,
        territoire=seance.comite.cle,
        by=by,
        apres={
            "signataire": signature.nom,
            "seance": seance.rendez_vous.titre,
            "sha256": signature.sha256,
        },
    )
    return signature


@transaction.atomic
def send_releve(*, releve: ReleveDecisions, by: Auteur) -> int:
    """Envoie le relevé (PDF joint) à toutes les personnes attendues qui ont une adresse ; rend leur nombre."""
    releve = (
        ReleveDecisions.objects.select_for_update(of=("self",))
        .select_related("seance__comite__territoire__vague", "seance__rendez_vous", "piece_pdf")
        .get(pk=releve.pk)
    )
    seance = releve.seance
    destinataires = [p.invitation for p in list_participants(seance) if p.invitation.email]
    if not destinataires:
        raise ActionImpossible(
            "Aucune personne attendue n’a d’adresse\u00a0: téléchargez le relevé et remettez-le vous-même."
        )
    for invitation in destinataires:
        send_courriel(
            destinataire=invitation.email,
            gabarit="releve_decisions",
            contexte={
                "seance": seance,
                "comite": seance.comite,
                "nom": invitation.nom,
                "sha256": releve.piece_pdf.sha256,
                "verifier": f"{settings.ADRESSE_PUBLIQUE}/verifier/",
                "jour": format_jour(seance.jour),
            },
            motif="vous étiez attendu à cette séance",
            personne=invitation.personne,
            jointes=[Jointe(releve.piece_pdf.nom, piece=releve.piece_pdf)],
        )
    releve.envoye_at = maintenant()
    releve.save(update_fields=["envoye_at"])
    record(
        events.RELEVE_ENVOYE,
        cible=releve,
        territoire=seance.comite.cle,
        by=by,
        apres={"seance": seance.rendez_vous.titre, "nombre": len(destinataires)},
    )
    return len(destinataires)
