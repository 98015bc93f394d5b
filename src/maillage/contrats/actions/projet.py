"""Actes sur le projet : l’ouvrir, écrire son texte, désigner ses signataires."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from maillage.comptes.actions import create_organisation
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.contrats import events, policies
from maillage.contrats.avenants import get_avenant_ouvert, list_chaine
from maillage.contrats.composition import load_gabarit
from maillage.contrats.enums import College, NatureActe, StatutActe
from maillage.contrats.models import Acte, GroupeSignature, Signataire
from maillage.journal.actions import Auteur, record
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible, ConflitEdition
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires.models import Territoire

S = StatutActe


@transaction.atomic
def open_acte(*, territoire: Territoire, nature: NatureActe, periode: str, by: Auteur) -> Acte:
    """Ouvre le projet d’un protocole ou d’un contrat, depuis le gabarit de la phase du territoire."""
    if nature == NatureActe.NON_PRECISE:
        raise ActionImpossible("Un acte préparé ici est un protocole ou un contrat\u00a0: choisissez.")
    if nature == NatureActe.AVENANT:
        raise ActionImpossible("Un avenant s’ouvre depuis l’acte signé qu’il modifie.")
    gabarit = load_gabarit(nature)
    acte = Acte.objects.create(
        territoire=territoire,
        nature=nature,
        titre=f"{NatureActe(nature).label} du Territoire d’industrie {territoire.nom}",
        periode=periode,
        statut=S.PROJET,
        preambule=gabarit.preambule,
        articles=list(gabarit.articles),
        cree_at=maintenant(),
    )
    record(events.ACTE_OUVERT, cible=acte, territoire=territoire.cle, by=by)
    return acte


@transaction.atomic
def open_avenant(*, acte: Acte, motif: str, by: Auteur) -> Acte:
    """Ouvre un avenant à un acte signé : le texte en vigueur, à modifier, et les mêmes signataires, à revoir.

    `motif` : pourquoi on modifie ; il fait le préambule. Les fiches seront celles du plan le jour de l’arrêt.
    """
    acte = lock_acte(acte)
    origine = Acte.objects.select_related("territoire__vague").get(pk=acte.avenant_de_id or acte.pk)
    policies.check_can_amend(origine, get_avenant_ouvert(origine))
    if not motif.strip():
        raise ActionImpossible(
            "Dites pourquoi modifier l’acte\u00a0: cette phrase fait le préambule de l’avenant.",
            champ="motif",
        )
    chaine = list_chaine(origine)
    vigueur = max((a for a in chaine if a.statut == S.SIGNE), key=lambda a: (a.date_fin, a.pk))
    rang = sum(1 for a in chaine if a.nature == NatureActe.AVENANT and a.statut != S.RETIRE) + 1
    avenant = Acte.objects.create(
        territoire=origine.territoire,
        nature=NatureActe.AVENANT,
        avenant_de=origine,
        titre=f"Avenant n°\u00a0{rang} au {NatureActe(origine.nature).label.lower()} du Territoire d’industrie {origine.territoire.nom}"[
            :250
        ],
        periode=vigueur.periode,
        statut=S.PROJET,
        preambule=_clean(motif),
        articles=vigueur.articles,
        cree_at=maintenant(),
    )
    for signataire in vigueur.signataires.select_related("organisation"):
        Signataire.objects.create(
            acte=avenant,
            organisation=signataire.organisation,
            nom=signataire.nom,
            qualite=signataire.qualite,
            college=signataire.college,
            ordre=signataire.ordre,
            email=signataire.email,
            doit_deliberer=signataire.doit_deliberer,
        )
    record(
        events.AVENANT_OUVERT, cible=avenant, territoire=origine.territoire.cle, by=by, motif=motif.strip()
    )
    return avenant


def lock_acte(acte: Acte) -> Acte:
    return Acte.objects.select_for_update(of=("self",)).select_related("territoire__vague").get(pk=acte.pk)


def _clean(texte: str) -> str:
    """Sans blancs autour ; les navigateurs envoient « \\r\\n », ce qui ne doit pas passer pour un changement."""
    return texte.replace("\r\n", "\n").strip()


@transaction.atomic
def update_acte(
    *,
    acte: Acte,
    by: Auteur,
    version_lue: int,
    titre: str,
    periode: str,
    preambule: str,
    articles: list[dict[str, str]],
) -> Acte:
    """Change le texte d’un projet. `articles` : [{"titre", "texte", "bloc"}] dans l’ordre."""
    acte = lock_acte(acte)
    if acte.version != version_lue:
        raise ConflitEdition(
            "L’acte a été enregistré par quelqu’un d’autre entre-temps. Votre saisie est gardée\u00a0: comparez, puis enregistrez."
        )
    policies.check_can_edit(acte)
    nouveaux = {
        "titre": titre.strip(),
        "periode": periode.strip(),
        "preambule": _clean(preambule),
        "articles": [{cle: _clean(valeur) for cle, valeur in article.items()} for article in articles],
    }
    changes = [champ for champ, valeur in nouveaux.items() if getattr(acte, champ) != valeur]
    if not changes:
        return acte
    for champ in changes:
        setattr(acte, champ, nouveaux[champ])
    acte.version += 1
    acte.save()
    libelles = [str(Acte._meta.get_field(champ).verbose_name) for champ in changes]  # type: ignore[union-attr]
    record(events.ACTE_MODIFIE, cible=acte, territoire=acte.territoire.cle, by=by, apres={"champs": libelles})
    return acte


def _check_deliberation(jour: date | None) -> None:
    if jour and jour > aujourdhui():
        raise ActionImpossible(
            f"La délibération est datée du {format_jour(jour)}, dans l’avenir\u00a0: donnez-la quand elle aura été prise."
        )


@transaction.atomic
def add_signataire(
    *,
    acte: Acte,
    organisation: Organisation,
    qualite: str,
    college: College,
    by: Auteur,
    nom: str = "",
    ordre: int = 1,
    email: str = "",
    deliberation: str = "",
    deliberation_le: date | None = None,
    doit_deliberer: bool | None = None,
) -> Signataire:
    """Ajoute un signataire à un projet. Une organisation peut en avoir deux, s’ils sont nommés.

    `doit_deliberer` : elle ne signe qu’une fois sa délibération enregistrée (défaut : selon son type, TYPES_DELIBERANTS).
    """
    acte = lock_acte(acte)
    policies.check_can_edit(acte)
    _check_deliberation(deliberation_le)
    try:
        with transaction.atomic():
            signataire = Signataire.objects.create(
                acte=acte,
                organisation=organisation,
                nom=nom.strip(),
                qualite=qualite.strip(),
                college=college,
                ordre=ordre,
                email=email.strip().lower(),
                deliberation=deliberation.strip(),
                deliberation_le=deliberation_le,
                doit_deliberer=organisation.type in policies.TYPES_DELIBERANTS
                if doit_deliberer is None
                else doit_deliberer,
            )
    except IntegrityError as erreur:
        raise ActionImpossible(f"{organisation} est déjà signataire sous ce nom.") from erreur
    record(
        events.SIGNATAIRE_AJOUTE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": str(signataire)},
    )
    return signataire


@transaction.atomic
def add_signataire_nouveau(
    *, acte: Acte, nom_organisation: str, type_organisation: TypeOrganisation, by: Auteur, **champs: Any
) -> Signataire:
    """Ajoute un signataire dont l’organisation n’est pas encore connue, et la crée. `champs` : ceux d’add_signataire."""
    nom = nom_organisation.strip()
    if Organisation.objects.filter(nom__iexact=nom).exists():
        raise ActionImpossible(f"«\u00a0{nom}\u00a0» est déjà connue\u00a0: choisissez-la dans la liste.")
    organisation = create_organisation(
        nom=nom, type=type_organisation, is_fictif=acte.territoire.is_fictif, by=by
    )
    return add_signataire(acte=acte, organisation=organisation, by=by, **champs)


@transaction.atomic
def update_signataire(
    *,
    signataire: Signataire,
    by: Auteur,
    nom: str,
    qualite: str,
    college: College,
    ordre: int,
    email: str,
    deliberation: str,
    deliberation_le: date | None,
    doit_deliberer: bool | None = None,
) -> Signataire:
    """Change ce qu’un projet dit d’un signataire ; son organisation, elle, ne change pas. Sans changement, rien."""
    acte = lock_acte(signataire.acte)
    policies.check_can_edit(acte)
    _check_deliberation(deliberation_le)
    present = Signataire.objects.select_related("organisation").filter(pk=signataire.pk).first()
    if present is None:
        raise ActionImpossible(f"{signataire} a été retiré de cet acte.")
    nouveaux: dict[str, Any] = {
        "nom": nom.strip(),
        "qualite": qualite.strip(),
        "college": college,
        "ordre": ordre,
        "email": email.strip().lower(),
        "deliberation": deliberation.strip(),
        "deliberation_le": deliberation_le,
    }
    if doit_deliberer is not None:
        nouveaux["doit_deliberer"] = doit_deliberer
    changes = [champ for champ, valeur in nouveaux.items() if getattr(present, champ) != valeur]
    if not changes:
        return present
    for champ in changes:
        setattr(present, champ, nouveaux[champ])
    try:
        with transaction.atomic():
            present.save()
    except IntegrityError as erreur:
        raise ActionImpossible(f"{present.organisation} est déjà signataire sous ce nom.") from erreur
    record_modification(acte, present, changes, by)
    return present


def record_modification(acte: Acte, signataire: Signataire, champs: list[str], by: Auteur) -> None:
    libelles = [str(Signataire._meta.get_field(champ).verbose_name) for champ in champs]  # type: ignore[union-attr]
    record(
        events.SIGNATAIRE_MODIFIE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": str(signataire), "champs": libelles},
    )


@transaction.atomic
def remove_signataire(*, signataire: Signataire, by: Auteur) -> None:
    """Retire un signataire d’un projet."""
    acte = lock_acte(signataire.acte)
    policies.check_can_edit(acte)
    if not Signataire.objects.filter(pk=signataire.pk).exists():
        raise ActionImpossible(f"{signataire} a déjà été retiré de cet acte.")
    record(
        events.SIGNATAIRE_RETIRE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        avant={"signataire": str(signataire)},
    )
    signataire.delete()


@transaction.atomic
def set_groupe(
    *, acte: Acte, nom: str, requis: int, signataires: list[Signataire], by: Auteur
) -> GroupeSignature:
    """Fait un groupe de signataires d’un projet : `requis` signatures y suffisent. Ils signent au même rang."""
    acte = lock_acte(acte)
    policies.check_can_edit(acte)
    cles = [signataire.pk for signataire in signataires]
    membres = list(acte.signataires.filter(pk__in=cles))
    if len(membres) != len(set(cles)) or len(membres) < 2:
        raise ActionImpossible("Choisissez au moins deux signataires de cet acte.", champ="signataires")
    if not 1 <= requis < len(membres):
        raise ActionImpossible(
            f"Sur {len(membres)} signataires, demandez de 1 à {len(membres) - 1} signatures\u00a0; pour toutes, aucun groupe n’est utile.",
            champ="requis",
        )
    if len({signataire.ordre for signataire in membres}) > 1:
        raise ActionImpossible(
            "Les signataires d’un groupe signent au même rang\u00a0: corrigez leur rang.", champ="signataires"
        )
    if not nom.strip():
        raise ActionImpossible("Donnez un nom au groupe.", champ="nom")
    groupe, _ = GroupeSignature.objects.update_or_create(
        acte=acte, nom=nom.strip()[:120], defaults={"requis": requis}
    )
    acte.signataires.filter(groupe=groupe).update(groupe=None)
    acte.signataires.filter(pk__in=cles).update(groupe=groupe)
    record(
        events.SIGNATAIRE_MODIFIE,
        cible=acte,
        territoire=acte.territoire.cle,
        by=by,
        apres={"signataire": f"{groupe.nom} ({requis} sur {len(membres)})", "champs": ["groupe"]},
    )
    return groupe
