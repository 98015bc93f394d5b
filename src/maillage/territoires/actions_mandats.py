"""Actes sur les rôles d’un territoire : binômes, places, structure animatrice, poste, référents.

Rien n’est réécrit : finir ou corriger un fait en écrit un autre et garde le premier, avec l’instant de son remplacement.
`give_mandat` est dans `actions.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from django.db import transaction

from maillage.comptes.actions import create_organisation, create_personne
from maillage.comptes.enums import TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.journal.actions import Auteur, record
from maillage.referentiels.models import Epci
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant
from maillage.territoires import events
from maillage.territoires.enums import EtatPlace, Fiabilite, PorteeBinome, RangReferent, RoleMandat
from maillage.territoires.models import (
    Axe,
    Binome,
    CofinancementPoste,
    FaitDate,
    Mandat,
    Place,
    Referent,
    StructureAnimatrice,
    Territoire,
)
from maillage.territoires.policies_mandats import (
    check_animation,
    check_binome,
    check_fin_mandat,
    check_mandat,
    check_periode,
    check_referent,
)

Fait = TypeVar("Fait", bound=FaitDate)

DEJA_REMPLACE = "Ce fait a été corrigé entre-temps\u00a0: rechargez la page et reprenez le plus récent."


def lock_fait(fait: Fait) -> Fait:
    """Le fait, à jour, tenu jusqu’à la fin de la transaction. ActionImpossible s’il a été remplacé."""
    present: Fait = type(fait)._default_manager.select_for_update().get(pk=fait.pk)
    if present.remplace_at is not None:
        raise ActionImpossible(DEJA_REMPLACE)
    return present


def replace_fait(fait: Fait, **changements: Any) -> Fait:
    """Marque `fait` remplacé et écrit le même avec `changements` ; rend le nouveau."""
    instant = maintenant()
    type(fait)._default_manager.filter(pk=fait.pk).update(remplace_at=instant)
    champs = {f.attname: getattr(fait, f.attname) for f in fait._meta.concrete_fields if not f.primary_key}
    nouveau = type(fait)(**champs)
    for champ, valeur in (changements | {"enregistre_at": instant, "remplace_at": None}).items():
        setattr(nouveau, champ, valeur)
    nouveau.save()
    return nouveau


def hold_roles(territoire: Territoire) -> None:
    """Retient les rôles du territoire jusqu’à la fin de la transaction : deux nominations ne se croisent pas."""
    Territoire.objects.select_for_update().get(pk=territoire.pk)


def _date(jour: date | None) -> str:
    return format_jour(jour) if jour else "sans date"


def _record(
    code: str, fait: Any, by: Auteur, *, motif: str = "", date_effet: date | None = None, **apres: Any
) -> None:
    territoire: Territoire = fait.territoire
    record(
        code,
        cible=fait,
        territoire=territoire.cle,
        by=by,
        motif=motif,
        date_effet=date_effet,
        apres={"nom": str(fait)} | apres,
    )


# --- mandats -----------------------------------------------------------------------------------------------------


@transaction.atomic
def correct_mandat(
    *,
    mandat: Mandat,
    by: Auteur,
    motif: str,
    organisation: Organisation | None,
    intitule: str,
    binome: Binome | None,
    debut: date | None,
    fin: date | None,
) -> Mandat:
    """Corrige un mandat par un nouveau fait ; sans changement, n’écrit rien. `motif` dit pourquoi."""
    mandat = lock_fait(mandat)
    hold_roles(mandat.territoire)
    valeurs: dict[str, Any] = {
        "organisation_id": organisation.pk if organisation else None,
        "intitule": intitule.strip(),
        "binome_id": binome.pk if binome else None,
        "debut": debut,
        "fin": fin,
    }
    if all(getattr(mandat, champ) == valeur for champ, valeur in valeurs.items()):
        return mandat
    _require_motif(motif)
    check_mandat(
        territoire=mandat.territoire,
        personne=mandat.personne,
        role=RoleMandat(mandat.role),
        binome=binome,
        debut=debut,
        fin=fin,
        sauf=mandat,
    )
    nouveau = replace_fait(mandat, **valeurs)
    _record(
        events.MANDAT_CORRIGE, nouveau, by, motif=motif, date_effet=debut, debut=_date(debut), fin=_date(fin)
    )
    return nouveau


@transaction.atomic
def end_mandat(*, mandat: Mandat, fin: date, by: Auteur, motif: str = "") -> Mandat:
    """Met fin à un mandat le jour `fin` (exclu) : les droits qu’il donne s’arrêtent ce jour-là, le passé reste."""
    mandat = lock_fait(mandat)
    if mandat.fin is not None and mandat.fin <= fin:
        raise ActionImpossible(f"Ce mandat a déjà pris fin le {format_jour(mandat.fin)}.", champ="fin")
    check_fin_mandat(mandat, fin)
    nouveau = replace_fait(mandat, fin=fin)
    _record(events.MANDAT_FINI, nouveau, by, motif=motif, date_effet=fin, fin=format_jour(fin))
    return nouveau


@transaction.atomic
def cancel_mandat(*, mandat: Mandat, by: Auteur, motif: str) -> None:
    """Retire un mandat écrit par erreur : il n’a jamais valu. Il reste lisible, remplacé par rien. Motif obligatoire."""
    mandat = lock_fait(mandat)
    _require_motif(motif)
    Mandat.objects.filter(pk=mandat.pk).update(remplace_at=maintenant())
    _record(events.MANDAT_RETIRE, mandat, by, motif=motif)


def _require_motif(motif: str) -> None:
    if not motif.strip():
        raise ActionImpossible(
            "Dites pourquoi ce fait change\u00a0: l’ancien reste au journal.", champ="motif"
        )


# --- binômes et places -------------------------------------------------------------------------------------------


@transaction.atomic
def create_binome(
    *,
    territoire: Territoire,
    portee: PorteeBinome,
    by: Auteur,
    axe: Axe | None = None,
    epci: Epci | None = None,
    sujet: str = "",
    is_chef_de_file: bool = False,
    debut: date | None = None,
    fin: date | None = None,
    fiabilite: Fiabilite = Fiabilite.PLATEFORME,
    source: str = "",
) -> Binome:
    """Ajoute un binôme ; ses membres sont nommés ensuite, par des mandats. Seul l’objet de sa portée est gardé."""
    hold_roles(territoire)
    axe = axe if portee == PorteeBinome.AXE else None
    epci = epci if portee == PorteeBinome.EPCI else None
    check_binome(
        territoire=territoire,
        portee=portee,
        axe=axe,
        epci=epci,
        sujet=sujet,
        is_chef_de_file=is_chef_de_file,
        debut=debut,
        fin=fin,
    )
    binome = Binome.objects.create(
        territoire=territoire,
        portee=portee,
        axe=axe,
        epci=epci,
        sujet=sujet.strip(),
        is_chef_de_file=is_chef_de_file,
        debut=debut,
        fin=fin,
        fiabilite=fiabilite,
        source=source,
    )
    _record(events.BINOME_CREE, binome, by, date_effet=debut)
    return binome


@transaction.atomic
def end_binome(*, binome: Binome, fin: date, by: Auteur, motif: str = "") -> Binome:
    """Met fin à un binôme le jour `fin` (exclu), et à ses mandats encore ouverts ce jour-là.

    Le binôme garde sa clé, que ses mandats passés citent : sa fin est écrite sur lui et au journal.
    """
    binome = lock_fait(binome)
    check_periode(binome.debut, fin)
    for mandat in Mandat.objects.at(fin).filter(binome=binome).select_related("territoire__vague"):
        if mandat.debut == fin:
            cancel_mandat(mandat=mandat, by=by, motif=motif or "le binôme finit ce jour-là")
        else:
            end_mandat(mandat=mandat, fin=fin, by=by, motif=motif)
    for place in Place.objects.at(fin).filter(binome=binome):
        close_place(place=place, fin=fin)
    binome.fin = fin
    binome.save(update_fields=["fin"])
    _record(events.BINOME_FINI, binome, by, motif=motif, date_effet=fin, fin=format_jour(fin))
    return binome


@transaction.atomic
def declare_place(
    *,
    territoire: Territoire,
    role: RoleMandat,
    etat: EtatPlace,
    by: Auteur,
    binome: Binome | None = None,
    precision: str = "",
    debut: date | None = None,
    fiabilite: Fiabilite = Fiabilite.PLATEFORME,
    source: str = "",
) -> Place:
    """Dit qu’une place est vacante depuis `debut`, ou tenue par quelqu’un qu’aucun texte ne nomme.

    Une place tenue ce jour-là ne peut pas être dite vacante : ActionImpossible, au champ `debut`.
    """
    hold_roles(territoire)
    tenus = (
        Mandat.objects.connus()
        .filter(territoire=territoire, role=role, binome=binome)
        .select_related("personne")
    )
    tenu = next((m for m in tenus if m.fin is None or (debut is not None and m.fin > debut)), None)
    if tenu is not None:
        raise ActionImpossible(
            f"{tenu.personne} tient cette place\u00a0: mettez d’abord fin à son mandat.", champ="debut"
        )
    for deja in Place.objects.connus().filter(
        territoire=territoire, role=role, binome=binome, fin__isnull=True
    ):
        if deja.etat == etat:
            raise ActionImpossible("Cette place est déjà dite ainsi.", champ="etat")
        replace_fait(deja, fin=debut) if debut and (deja.debut or date.min) < debut else _drop(deja)
    place = Place.objects.create(
        territoire=territoire,
        role=role,
        binome=binome,
        etat=etat,
        precision=precision.strip(),
        debut=debut,
        fiabilite=fiabilite,
        source=source,
    )
    _record(events.PLACE_DITE, place, by, date_effet=debut)
    return place


def _drop(place: Place) -> None:
    Place.objects.filter(pk=place.pk).update(remplace_at=maintenant())


def close_place(*, place: Place, fin: date | None) -> None:
    """La place est pourvue (ou son binôme finit) : l’état sans nom s’arrête à `fin`, ou ne valait pas si `fin` est vide.

    Appelé par l’acte qui pourvoit la place, dans sa transaction ; son journal le raconte.
    """
    if fin is not None and (place.debut is None or place.debut < fin):
        replace_fait(place, fin=fin)
    else:
        _drop(place)


# --- structure animatrice et poste -------------------------------------------------------------------------------


@transaction.atomic
def name_animation(
    *,
    territoire: Territoire,
    organisation: Organisation,
    by: Auteur,
    mission: str = "",
    debut: date | None = None,
    fin: date | None = None,
    fiabilite: Fiabilite = Fiabilite.PLATEFORME,
    source: str = "",
) -> StructureAnimatrice:
    """Dit quelle structure anime le territoire ; elle peut n’être pas un EPCI (chambre, PETR, agence, cluster)."""
    hold_roles(territoire)
    check_animation(territoire=territoire, organisation=organisation, debut=debut, fin=fin)
    animation = StructureAnimatrice.objects.create(
        territoire=territoire,
        organisation=organisation,
        mission=mission.strip(),
        debut=debut,
        fin=fin,
        fiabilite=fiabilite,
        source=source,
    )
    _record(events.ANIMATION_NOMMEE, animation, by, date_effet=debut)
    return animation


@transaction.atomic
def record_cofinancement(
    *,
    territoire: Territoire,
    financeur: Organisation,
    source: str,
    by: Auteur,
    employeur: Organisation | None = None,
    taux: Fraction | None = None,
    montant: int | None = None,
    debut: date | None = None,
    fin: date | None = None,
    precision: str = "",
    fiabilite: Fiabilite = Fiabilite.PLATEFORME,
) -> CofinancementPoste:
    """Écrit la part d’un financeur dans le poste de chef·fe de projet : `taux` exact (entre 0 et 1) ou `montant` en centimes.

    La source est obligatoire : convention, arrêté, délibération. La somme des taux d’un même jour ne dépasse pas 100 %.
    """
    hold_roles(territoire)
    check_periode(debut, fin)
    if taux is None and montant is None:
        raise ActionImpossible("Donnez le taux ou le montant de cette part.", champ="taux")
    if taux is not None and not 0 < taux <= 1:
        raise ActionImpossible("Le taux est entre 0 et 100\u00a0%.", champ="taux")
    if not source.strip():
        raise ActionImpossible("Citez la convention, l’arrêté ou la délibération.", champ="source")
    if taux is not None:
        _check_somme_taux(territoire, financeur, taux, debut, fin)
    part = CofinancementPoste.objects.create(
        territoire=territoire,
        financeur=financeur,
        employeur=employeur,
        taux_numerateur=taux.numerator if taux is not None else None,
        taux_denominateur=taux.denominator if taux is not None else None,
        montant=montant,
        debut=debut,
        fin=fin,
        precision=precision.strip(),
        fiabilite=fiabilite,
        source=source.strip(),
    )
    _record(events.COFINANCEMENT_ECRIT, part, by, date_effet=debut)
    return part


def _check_somme_taux(
    territoire: Territoire, financeur: Organisation, taux: Fraction, debut: date | None, fin: date | None
) -> None:
    """Aucun jour où les parts connues passeraient 100 % ; il suffit de regarder le premier jour de chaque part."""
    parts = [p for p in CofinancementPoste.objects.connus().filter(territoire=territoire) if p.taux]
    jours = {debut or date.min} | {p.debut for p in parts if p.debut and p.debut >= (debut or date.min)}
    for jour in jours:
        if fin is not None and jour >= fin:
            continue
        en_cours = [
            p for p in parts if (p.debut is None or p.debut <= jour) and (p.fin is None or p.fin > jour)
        ]
        if any(p.financeur_id == financeur.pk for p in en_cours):
            raise ActionImpossible(
                f"{financeur} a déjà une part à ces dates\u00a0: mettez-y fin d’abord.", champ="financeur"
            )
        if sum((p.taux for p in en_cours if p.taux), taux) > 1:
            raise ActionImpossible(
                "Les parts de ce poste dépasseraient 100 %\u00a0: vérifiez le taux.", champ="taux"
            )


# --- référents ---------------------------------------------------------------------------------------------------


@transaction.atomic
def name_referent(
    *,
    territoire: Territoire,
    organisation: Organisation,
    personne: Personne,
    by: Auteur,
    rang: RangReferent = RangReferent.TITULAIRE,
    courriel: str = "",
    telephone: str = "",
    debut: date | None = None,
    fin: date | None = None,
    fiabilite: Fiabilite = Fiabilite.PLATEFORME,
    source: str = "",
) -> Referent:
    """Nomme le référent d’un opérateur pour un territoire : un titulaire à la fois, des suppléants."""
    hold_roles(territoire)
    check_referent(
        territoire=territoire,
        organisation=organisation,
        personne=personne,
        rang=rang,
        debut=debut,
        fin=fin,
    )
    referent = Referent.objects.create(
        territoire=territoire,
        organisation=organisation,
        personne=personne,
        rang=rang,
        courriel=courriel.strip().lower(),
        telephone=telephone.strip(),
        debut=debut,
        fin=fin,
        fiabilite=fiabilite,
        source=source,
    )
    _record(
        events.REFERENT_NOMME,
        referent,
        by,
        date_effet=debut,
        rang=RangReferent(rang).label.lower(),
        organisation=organisation.nom,
    )
    return referent


# --- finir un fait -----------------------------------------------------------------------------------------------

FINS: dict[type[FaitDate], str] = {
    StructureAnimatrice: events.ANIMATION_FINIE,
    CofinancementPoste: events.COFINANCEMENT_FINI,
    Referent: events.REFERENT_FINI,
}


@transaction.atomic
def end_fait(*, fait: Fait, fin: date, by: Auteur, motif: str = "") -> Fait:
    """Met fin le jour `fin` (exclu) à une structure animatrice, une part du poste ou un référent."""
    fait = lock_fait(fait)
    check_periode(fait.debut, fin)
    nouveau = replace_fait(fait, fin=fin)
    _record(FINS[type(fait)], nouveau, by, motif=motif, date_effet=fin, fin=format_jour(fin))
    return nouveau


# --- nommer, depuis une saisie -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nomme:
    """Qui est nommé : une personne déjà connue, ou un nom écrit ; son organisation, connue ou à créer (nom et type)."""

    personne: Personne | None = None
    prenom: str = ""
    nom: str = ""
    organisation: Organisation | None = None
    organisation_nom: str = ""
    organisation_type: TypeOrganisation | None = None

    def ensure(self, by: Auteur) -> tuple[Personne, Organisation | None]:
        """La personne et son organisation, créées si elles manquent. ActionImpossible, au champ `nom`, sans nom écrit."""
        if self.personne is None and not self.nom.strip():
            raise ActionImpossible("Choisissez une personne connue, ou écrivez son nom.", champ="nom")
        organisation = self.organisation
        if organisation is None and self.organisation_nom and self.organisation_type:
            organisation = create_organisation(nom=self.organisation_nom, type=self.organisation_type, by=by)
        personne = self.personne or create_personne(
            prenom=self.prenom.strip(), nom=self.nom.strip(), source="nommée par le territoire", by=by
        )
        return personne, organisation


@transaction.atomic
def name_referents(
    *,
    territoires: Iterable[Territoire],
    organisation: Organisation,
    nomme: Nomme,
    by: Auteur,
    garder: bool = False,
    rang: RangReferent = RangReferent.TITULAIRE,
    **champs: Any,
) -> list[Referent]:
    """Nomme la même personne pour plusieurs territoires, tous ou aucun. `garder` : saute ceux qui ont déjà un titulaire.

    Un nom déjà référent chez cet opérateur est la même personne.
    """
    deja = Personne.objects.filter(
        referents__organisation=organisation,
        nom__iexact=nomme.nom.strip(),
        prenom__iexact=nomme.prenom.strip(),
    ).first()
    personne = deja if deja and nomme.personne is None else nomme.ensure(by)[0]
    nommes = []
    for territoire in territoires:
        try:
            with transaction.atomic():
                nommes.append(
                    name_referent(
                        territoire=territoire,
                        organisation=organisation,
                        personne=personne,
                        rang=rang,
                        by=by,
                        **champs,
                    )
                )
        except ActionImpossible as refus:
            if not (garder and refus.champ == "rang"):
                raise
    if not nommes:
        raise ActionImpossible(
            "Tous ces territoires ont déjà un titulaire\u00a0: rien n’a changé.", champ="territoire"
        )
    return nommes
