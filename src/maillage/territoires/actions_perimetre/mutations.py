"""Enregistrer, corriger, annuler un évènement de périmètre."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from maillage.comptes.models import Organisation
from maillage.documents.models import Piece
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Commune, Epci
from maillage.socle.dates import format_bornes
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires import events
from maillage.territoires.actions import record_etape
from maillage.territoires.actions_perimetre.deductions import Cle, settle
from maillage.territoires.enums import Fait, Fiabilite, Mutation, Sens
from maillage.territoires.models import (
    Etape,
    EvenementPerimetre,
    MouvementPerimetre,
    Territoire,
    Vague,
)
from maillage.territoires.policies import check_bornes, check_not_before_label


@dataclass(frozen=True)
class Mouvement:
    """Un membre (EPCI, EPT, commune seule) qui entre ou sort. Dates et fiabilité : celles de l’évènement si elles manquent."""

    territoire: Territoire
    sens: Sens
    epci: Epci | None = None
    commune: Commune | None = None
    site: str = ""
    libelle: str = ""
    debut: date | None = None
    fin: date | None = None
    fiabilite: Fiabilite | None = None

    @property
    def cle(self) -> Cle:
        return (
            self.territoire.pk,
            self.epci.pk if self.epci else None,
            self.commune.pk if self.commune else None,
        )

    @property
    def nom(self) -> str:
        return str(self.epci.nom if self.epci else self.commune.nom if self.commune else "")


@dataclass(frozen=True)
class Preuve:
    """D’où l’on tient un changement : l’instance qui l’a décidé, le document ou la source publiée."""

    source: str
    source_url: str = ""
    piece: Piece | None = None
    fiabilite: Fiabilite = Fiabilite.SOURCE
    instance: str = ""
    organisation: Organisation | None = None
    decide_le: date | None = None
    remarque: str = ""


@transaction.atomic
def record_mutation(
    *,
    mutation: Mutation,
    territoire: Territoire,
    debut: date,
    fin: date | None = None,
    preuve: Preuve,
    by: Auteur,
    mouvements: Sequence[Mouvement] = (),
    autres: Sequence[Territoire] = (),
    nouveau_nom: str = "",
    ancien_nom: str = "",
    remplace: Sequence[MouvementPerimetre] = (),
    corrige: EvenementPerimetre | None = None,
) -> EvenementPerimetre:
    """Enregistre ce qui arrive à un périmètre, à une date ou entre deux bornes, et refait les membres qui en dépendent.

    `remplace` : mouvements que celui-ci précise (même entrée, mieux datée). `autres` : territoires concernés sans
    mouvement. Une scission fait sortir le territoire du programme et naître les `autres` ; une fusion, l’inverse.
    Erreurs (ActionImpossible, une phrase) : sans source, avant le label, déjà ou pas membre, membre de deux
    territoires de la même phase à la fois.
    """
    evenement = write_mutation(
        mutation=mutation,
        territoire=territoire,
        debut=debut,
        fin=fin or debut,
        preuve=preuve,
        by=by,
        mouvements=mouvements,
        autres=autres,
        nouveau_nom=nouveau_nom,
        ancien_nom=ancien_nom,
        remplace=remplace,
        corrige=corrige,
    )
    settle(list(evenement.territoires.select_related("vague")))
    tell(evenement, by)
    return evenement


def write_mutation(
    *,
    mutation: Mutation,
    territoire: Territoire,
    debut: date,
    fin: date,
    preuve: Preuve,
    by: Auteur,
    mouvements: Sequence[Mouvement] = (),
    autres: Sequence[Territoire] = (),
    nouveau_nom: str = "",
    ancien_nom: str = "",
    remplace: Sequence[MouvementPerimetre] = (),
    corrige: EvenementPerimetre | None = None,
) -> EvenementPerimetre:
    """Écrit l’évènement et ses mouvements sans refaire les membres : à suivre de `settle`, dans la même transaction."""
    check_bornes(debut, fin)
    if not preuve.source.strip():
        raise ActionImpossible(
            "Un changement de périmètre cite sa source : une délibération, un document, un texte publié."
        )
    if mutation == Mutation.RENOMMAGE:
        ancien_nom = ancien_nom.strip() or territoire.nom
        if not nouveau_nom.strip():
            raise ActionImpossible("Donnez le nouveau nom du territoire.")
        if nouveau_nom.strip() == ancien_nom:
            raise ActionImpossible(f"Le territoire s’appelle déjà « {ancien_nom} » : donnez un autre nom.")
    elif not mouvements and not autres and mutation != Mutation.CREATION:
        raise ActionImpossible("Ce changement ne déplace personne : choisissez au moins un membre.")
    concernes = list({t.pk: t for t in (territoire, *autres, *(m.territoire for m in mouvements))}.values())
    lock_vagues({t.vague_id for t in concernes})
    labels = get_labels(concernes)
    for t in concernes:
        check_not_before_label(t.nom, labels.get(t.pk), fin)
    instant = maintenant()
    evenement = EvenementPerimetre.objects.create(
        mutation=mutation,
        territoire=territoire,
        debut=debut,
        fin=fin,
        ancien_nom=ancien_nom.strip(),
        nouveau_nom=nouveau_nom.strip(),
        instance=preuve.instance.strip(),
        organisation=preuve.organisation,
        decide_le=preuve.decide_le,
        piece=preuve.piece,
        fiabilite=preuve.fiabilite,
        source=preuve.source.strip(),
        source_url=preuve.source_url,
        remarque=preuve.remarque,
        enregistre_at=instant,
        enregistre_by=str(by)[:200],
        corrige=corrige,
    )
    evenement.territoires.set(concernes)
    MouvementPerimetre.objects.filter(pk__in=[m.pk for m in remplace]).update(remplace_at=instant)
    MouvementPerimetre.objects.bulk_create(
        build_mouvement(evenement, mouvement, instant) for mouvement in mouvements
    )
    _write_etapes(evenement, [t for t in autres if t.pk != territoire.pk], preuve, by)
    return evenement


def lock_vagues(vagues: Iterable[int]) -> None:
    """Fait attendre les autres changements de périmètre des mêmes phases : deux territoires ne prennent pas le même membre."""
    list(Vague.objects.select_for_update().filter(pk__in=set(vagues)).order_by("pk"))


def build_mouvement(evenement: EvenementPerimetre, mouvement: Mouvement, instant: Any) -> MouvementPerimetre:
    """Le mouvement à écrire, daté comme son évènement s’il ne l’est pas lui-même."""
    return MouvementPerimetre(
        evenement=evenement,
        territoire=mouvement.territoire,
        sens=mouvement.sens,
        epci=mouvement.epci,
        commune=mouvement.commune,
        site=mouvement.site,
        libelle=mouvement.libelle,
        debut=mouvement.debut or evenement.debut,
        fin=mouvement.fin or evenement.fin,
        fiabilite=mouvement.fiabilite or evenement.fiabilite,
        enregistre_at=instant,
    )


def get_labels(territoires: Iterable[Territoire]) -> dict[int, date]:
    """Le jour au plus tôt du label de chaque territoire, quand il est connu."""
    labels: dict[int, date] = {}
    etapes = Etape.objects.connues().filter(fait=Fait.LABEL, territoire__in=[t.pk for t in territoires])
    for pk, debut in etapes.values_list("territoire_id", "debut"):
        labels[pk] = min(debut, labels.get(pk, debut))
    return labels


def _write_etapes(
    evenement: EvenementPerimetre, autres: Sequence[Territoire], preuve: Preuve, by: Auteur
) -> None:
    """Une scission ou une fusion fait naître des labels et en éteint, entre les mêmes bornes."""
    if evenement.mutation == Mutation.SCISSION:
        nes, eteints = list(autres), [evenement.territoire]
    elif evenement.mutation == Mutation.FUSION:
        nes, eteints = [evenement.territoire], list(autres)
    else:
        return
    labels = get_labels(nes)
    faits = [(t, Fait.SORTI) for t in eteints] + [(t, Fait.LABEL) for t in nes if t.pk not in labels]
    for territoire, fait in faits:
        record_etape(
            territoire=territoire,
            fait=fait,
            debut=evenement.debut,
            fin=evenement.fin,
            source=f"{evenement.get_mutation_display()} : {preuve.source}",
            source_url=preuve.source_url,
            fiabilite=preuve.fiabilite,
            objet=evenement,
            by=by,
        )


def tell(evenement: EvenementPerimetre, by: Auteur) -> None:
    """Une entrée de journal par territoire concerné."""
    apres = {
        "mutation": Mutation(evenement.mutation).label,
        "date": format_bornes(evenement.debut, evenement.fin),
        "resume": describe(evenement),
        "source": evenement.source[:200],
    }
    for territoire in evenement.territoires.select_related("vague"):
        record(
            events.PERIMETRE_CHANGE,
            cible=evenement,
            territoire=territoire.cle,
            by=by,
            apres=apres,
            date_effet=evenement.fin,
        )


def describe(evenement: EvenementPerimetre) -> str:
    """« entrent CC A, CC B ; sort CC C », « « X » devient « Y » », pour le journal et les pages."""
    if evenement.mutation == Mutation.RENOMMAGE:
        return f"« {evenement.ancien_nom} » devient « {evenement.nouveau_nom} »"
    noms: dict[str, list[str]] = defaultdict(list)
    for mouvement in evenement.mouvements.select_related("epci", "commune"):
        noms[mouvement.sens].append(mouvement.nom)
    morceaux = []
    for sens, un, plusieurs in ((Sens.ENTREE, "entre", "entrent"), (Sens.SORTIE, "sort", "sortent")):
        if liste := list(dict.fromkeys(noms[sens])):
            suite = f" et {len(liste) - 5} autres" if len(liste) > 5 else ""
            morceaux.append(f"{un if len(liste) == 1 else plusieurs} {', '.join(liste[:5])}{suite}")
    return "\u00a0; ".join(morceaux) or evenement.territoire.nom


@transaction.atomic
def correct_mutation(
    *,
    evenement: EvenementPerimetre,
    by: Auteur,
    motif: str,
    debut: date,
    fin: date | None = None,
    preuve: Preuve,
    nouveau_nom: str = "",
) -> EvenementPerimetre:
    """Redate ou redocumente un évènement : un nouveau le remplace, avec les mêmes membres ; l’ancien reste lisible.

    Un mouvement qui avait ses propres dates les garde ; un mouvement daté comme l’évènement le suit.
    """
    evenement = EvenementPerimetre.objects.select_for_update().get(pk=evenement.pk)
    _check_motif(evenement, motif)
    anciens = list(evenement.mouvements.select_related("epci", "commune", "territoire__vague"))
    mouvements = [
        Mouvement(
            territoire=m.territoire,
            sens=Sens(m.sens),
            epci=m.epci,
            commune=m.commune,
            site=m.site,
            libelle=m.libelle,
            debut=None if m.debut == evenement.debut else m.debut,
            fin=None if m.fin == evenement.fin else m.fin,
        )
        for m in anciens
        if m.remplace_at is None
    ]
    avant = describe(evenement)
    autres = list(evenement.territoires.exclude(pk=evenement.territoire_id).select_related("vague"))
    _retire(evenement)
    nouveau = write_mutation(
        mutation=Mutation(evenement.mutation),
        territoire=evenement.territoire,
        debut=debut,
        fin=fin or debut,
        preuve=preuve,
        by=by,
        mouvements=mouvements,
        autres=autres,
        ancien_nom=evenement.ancien_nom,
        nouveau_nom=nouveau_nom or evenement.nouveau_nom,
        corrige=evenement,
    )
    settle([evenement.territoire, *autres])
    for territoire in (evenement.territoire, *autres):
        record(
            events.PERIMETRE_CORRIGE,
            cible=nouveau,
            territoire=territoire.cle,
            by=by,
            motif=motif,
            avant={"resume": f"{avant}, {format_bornes(evenement.debut, evenement.fin)}"},
            apres={"resume": describe(nouveau), "date": format_bornes(nouveau.debut, nouveau.fin)},
            date_effet=nouveau.fin,
        )
    return nouveau


@transaction.atomic
def cancel_mutation(*, evenement: EvenementPerimetre, by: Auteur, motif: str) -> EvenementPerimetre:
    """Retire un évènement enregistré par erreur. Il reste dans l’histoire, marqué annulé, avec le motif au journal."""
    evenement = EvenementPerimetre.objects.select_for_update().get(pk=evenement.pk)
    _check_motif(evenement, motif)
    if evenement.mutation == Mutation.CREATION:
        raise ActionImpossible(
            "On n’annule pas la création d’un territoire : enregistrez sa sortie du programme, à sa date."
        )
    territoires = list(evenement.territoires.select_related("vague"))
    _retire(evenement)
    settle(territoires)
    for territoire in territoires:
        record(
            events.PERIMETRE_ANNULE,
            cible=evenement,
            territoire=territoire.cle,
            by=by,
            motif=motif,
            avant={"resume": f"{describe(evenement)}, {format_bornes(evenement.debut, evenement.fin)}"},
        )
    return evenement


def _check_motif(evenement: EvenementPerimetre, motif: str) -> None:
    if evenement.remplace_at:
        raise ActionImpossible(
            "Cet évènement a déjà été corrigé ou annulé : partez de celui qui le remplace."
        )
    if not motif.strip():
        raise ActionImpossible("Dites pourquoi vous corrigez : le motif reste au journal.")


def _retire(evenement: EvenementPerimetre) -> None:
    """Marque remplacés l’évènement, ses mouvements et les étapes qu’il avait fait naître."""
    instant = maintenant()
    EvenementPerimetre.objects.filter(pk=evenement.pk).update(remplace_at=instant)
    MouvementPerimetre.objects.connus().filter(evenement=evenement).update(remplace_at=instant)
    Etape.objects.connues().filter(objet_type=evenement._meta.label_lower, objet_id=str(evenement.pk)).update(
        remplacee_at=instant
    )
