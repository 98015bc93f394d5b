"""Écrire sur un tableau : une suite d’évènements, chacun une seule fois, dans l’ordre, avec une version sans trou."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from calcul.ateliers.tableau import Carte, Evenement, TypeEvenement, rejouer
from maillage.ateliers import events, policies
from maillage.ateliers.actions import gather_cartes, notify_ecrans
from maillage.ateliers.enums import NaturePhase
from maillage.ateliers.models import EvenementTableau, OrigineFiche, Participant, Phase, Tableau
from maillage.ateliers.permissions import check_user_can_animate
from maillage.ateliers.selectors import (
    get_groupe,
    get_phase_active,
    has_fiche,
    is_rapporteur,
    load_etat,
    to_evenement,
)
from maillage.comptes.models import Personne
from maillage.fiches.actions import create_fiche
from maillage.fiches.models import FicheAction
from maillage.journal.actions import record
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import aujourdhui, maintenant

ENVOI_MAXIMUM = 100
_CLE = re.compile(r"[A-Za-z0-9-]{8,36}")


@dataclass(frozen=True)
class Resultat:
    """Ce qu’est devenu un geste envoyé : sa `version` sur le tableau, ou la phrase de `refus`."""

    cle: str
    version: int | None = None
    refus: str = ""


@transaction.atomic
def post_evenements(
    *, tableau: Tableau, gestes: Sequence[Mapping[str, Any]], by: Participant | Personne
) -> list[Resultat]:
    """Écrit les gestes d’un téléphone, dans l’ordre où il les a faits ; rend un résultat par geste.

    Un geste : `cle` (8 à 36 caractères, tirée par le téléphone), `type`, `carte`, puis ce que le type demande, et
    `saisi_at` (datetime) s’il a attendu le réseau. Un geste déjà reçu rend sa version sans être récrit. Un geste
    refusé n’empêche pas les suivants.
    """
    if len(gestes) > ENVOI_MAXIMUM:
        raise ActionImpossible(f"{len(gestes)} gestes d’un coup : envoyez-les par {ENVOI_MAXIMUM} au plus.")
    if isinstance(by, Personne):
        check_user_can_animate(by, tableau.phase.atelier)
    # Le verrou de la ligne ordonne les versions d’un tableau sans retenir les autres.
    tableau = (
        Tableau.objects.select_for_update(of=("self",)).select_related("phase__atelier").get(pk=tableau.pk)
    )
    if isinstance(by, Participant):
        check_participant_on_tableau(by, tableau)
    contexte = _Contexte(tableau, by, get_phase_active(tableau.phase.atelier))
    resultats = []
    for geste in gestes:
        cle = str(geste.get("cle", ""))
        try:
            resultats.append(Resultat(cle, version=contexte.write(cle, geste)))
        except ActionImpossible as refus:
            resultats.append(Resultat(cle, refus=str(refus)))
    if contexte.ecrits:
        EvenementTableau.objects.bulk_create(contexte.ecrits)
        Tableau.objects.filter(pk=tableau.pk).update(version=contexte.version)
        # Arrivée pendant qu’on réunit (hors réseau, rapporteur) : la salle la reçoit aussi.
        active = contexte.active
        if (
            active is not None
            and active.nature == NaturePhase.REGROUPER
            and active.source_id == tableau.phase_id
        ):
            gather_cartes(active)
        notify_ecrans()
    return resultats


def check_participant_on_tableau(participant: Participant, tableau: Tableau) -> None:
    """Un participant n’écrit que sur le tableau de la salle, celui de son groupe, ou celui soumis au vote de tous."""
    phase = tableau.phase
    if phase.atelier_id != participant.atelier_id:
        raise ActionImpossible("Ce tableau est d’un autre atelier.")
    if participant.is_absent and tableau.groupe_id is not None:
        raise ActionImpossible("Ce tableau est celui d’un groupe\u00a0: écrivez sur celui des absents.")
    if tableau.groupe_id is None:
        return
    active = get_phase_active(phase.atelier)
    if active is not None and phase.pk in policies.get_phases_touchees(active) - {active.pk}:
        return
    groupe = get_groupe(participant, phase.tour)
    if groupe is None or groupe.pk != tableau.groupe_id:
        raise ActionImpossible("Ce tableau est celui d’un autre groupe : allez sur celui du vôtre.")


class _Contexte:
    """Les gestes d’un même envoi : versions qui se suivent, cartes relues une fois."""

    def __init__(self, tableau: Tableau, by: Participant | Personne, active: Phase | None) -> None:
        self.tableau = tableau
        self.by = by
        self.active = active
        self.version = tableau.version
        self.instant = maintenant()
        self.ecrits: list[EvenementTableau] = []
        self.colonnes = {c["code"] for c in tableau.phase.colonnes}
        self.is_rapporteur = self.participant is not None and is_rapporteur(self.participant, tableau)

    @property
    def participant(self) -> Participant | None:
        return self.by if isinstance(self.by, Participant) else None

    def write(self, cle: str, geste: Mapping[str, Any]) -> int:
        if not _CLE.fullmatch(cle):
            raise ActionImpossible("Ce geste n’a pas de clé lisible : rechargez la page.")
        deja = self._find(cle)
        if deja is not None:
            return deja
        try:
            type_ = TypeEvenement(geste.get("type", ""))
        except ValueError:
            raise ActionImpossible("Ce geste est inconnu : rechargez la page.") from None
        identifiant = str(geste.get("carte", ""))
        if not _CLE.fullmatch(identifiant):
            raise ActionImpossible("Cette carte n’existe pas sur ce tableau.")
        tardive = self._check_moment(type_, geste.get("saisi_at"))
        donnees = self._read(type_, identifiant, geste)
        if tardive:
            donnees["tardive"] = True
        self.version += 1
        self.ecrits.append(
            EvenementTableau(
                tableau=self.tableau,
                version=self.version,
                type=type_,
                carte=identifiant,
                participant=self.participant,
                personne=self.by if isinstance(self.by, Personne) else None,
                donnees=donnees,
                cle=cle,
                enregistre_at=self.instant,
            )
        )
        return self.version

    def _find(self, cle: str) -> int | None:
        for ecrit in self.ecrits:
            if ecrit.cle == cle:
                return ecrit.version
        return self.tableau.evenements.filter(cle=cle).values_list("version", flat=True).first()

    def _check_moment(self, type_: TypeEvenement, saisi_at: datetime | None) -> bool:
        if self.participant is None:
            if type_ not in policies.PERMIS_ANIMATEUR:
                raise ActionImpossible("L’animateur ne vote pas : entrez par le code pour donner vos points.")
            return False
        atelier = self.tableau.phase.atelier
        if self.participant.is_absent:
            policies.check_absent_can(type_, atelier, aujourdhui())
            return False
        if self.is_rapporteur and type_ in policies.PERMIS_RAPPORTEUR:
            policies.check_is_ouvert(atelier)
            return False
        return policies.check_participant_can(
            type_,
            active=self.active,
            du_tableau=self.tableau.phase,
            instant=self.instant,
            saisi_at=saisi_at if isinstance(saisi_at, datetime) else None,
        )

    def _load_carte(self, identifiant: str) -> Carte | None:
        """La carte telle que ses seuls évènements la font : un tableau de mille cartes n’est pas relu à chaque geste."""
        lignes = [
            *self.tableau.evenements.filter(carte=identifiant).order_by("version"),
            *(e for e in self.ecrits if e.carte == identifiant),
        ]
        suite = [
            Evenement(n, e.type, e.carte, e.auteur, e.donnees)
            for n, e in enumerate((to_evenement(ligne) for ligne in lignes), start=1)
        ]
        return rejouer(suite).cartes.get(identifiant)

    def _read(self, type_: TypeEvenement, identifiant: str, geste: Mapping[str, Any]) -> dict[str, Any]:
        """Les données gardées de ce geste, vérifiées une à une ; rien d’autre n’entre."""
        carte = self._load_carte(identifiant)
        if type_ is TypeEvenement.POSEE:
            if carte is not None:
                raise ActionImpossible("Cette carte est déjà posée.")
            return {
                "colonne": self._read_colonne(geste),
                "texte": policies.check_texte(geste.get("texte")),
                "par": self.participant.prenom if self.participant and geste.get("signee") is True else "",
            }
        auteur = self.participant.pk if self.participant else None
        policies.check_carte(carte, type_, auteur, animateur=self.participant is None)
        match type_:
            case TypeEvenement.MODIFIEE:
                return {"texte": policies.check_texte(geste.get("texte"))}
            case TypeEvenement.DEPLACEE:
                avant = str(geste.get("avant", ""))
                return {
                    "colonne": self._read_colonne(geste),
                    "avant": avant if _CLE.fullmatch(avant) else "",
                }
            case TypeEvenement.FUSIONNEE:
                avec = str(geste.get("avec", ""))
                if not _CLE.fullmatch(avec):
                    raise ActionImpossible("Choisissez la carte à réunir.")
                if avec == identifiant:
                    raise ActionImpossible("Une carte ne se réunit pas à elle-même.")
                policies.check_carte(self._load_carte(avec), type_, auteur, animateur=True)
                return {"avec": avec}
            case TypeEvenement.VOTEE:
                return {"points": self._read_points(identifiant, geste)}
            case TypeEvenement.LIEE:
                return {"besoin": self._read_besoin(geste), "oui": geste.get("oui") is not False}
            case TypeEvenement.PUBLIEE:
                return {"oui": geste.get("oui") is not False}
        return {}

    def _read_colonne(self, geste: Mapping[str, Any]) -> str:
        colonne = str(geste.get("colonne", ""))
        if colonne not in self.colonnes:
            raise ActionImpossible("Cette colonne n’existe pas sur ce tableau : choisissez-en une autre.")
        return colonne

    def _read_besoin(self, geste: Mapping[str, Any]) -> str:
        besoin = str(geste.get("besoin", ""))
        tableau, _, carte = besoin.partition(":")
        atelier = self.tableau.phase.atelier
        lisible = tableau.isdecimal() and len(tableau) < 12 and _CLE.fullmatch(carte)
        existe = lisible and EvenementTableau.objects.filter(
            tableau=int(tableau),
            tableau__phase__atelier__in=[pk for pk in (atelier.pk, atelier.precedent_id) if pk],
            carte=carte,
            type=TypeEvenement.POSEE,
        )
        if not existe or not existe.exists():
            raise ActionImpossible("Ce besoin n’est pas une carte de cet atelier.")
        return besoin

    def _read_points(self, identifiant: str, geste: Mapping[str, Any]) -> int:
        """Points de cette personne sur cette carte ; la somme sur tous les tableaux du vote a un plafond."""
        points = geste.get("points")
        plafond = self.active.points if self.active else 0
        if not isinstance(points, int) or isinstance(points, bool) or not 0 <= points <= plafond:
            raise ActionImpossible(f"Donnez de 0 à {plafond} points.")
        votes: dict[tuple[int, str], int] = {}
        recus = EvenementTableau.objects.filter(
            tableau__phase=self.tableau.phase, participant=self.participant, type=TypeEvenement.VOTEE
        ).order_by("id")
        for ligne in [*recus, *(e for e in self.ecrits if e.type == TypeEvenement.VOTEE)]:
            votes[ligne.tableau_id, ligne.carte] = ligne.donnees["points"]
        votes[self.tableau.pk, identifiant] = points
        donnes = sum(votes.values())
        if donnes > plafond:
            raise ActionImpossible(
                f"Vous avez {plafond} points en tout et celui-ci en ferait {donnes} : reprenez-en sur une autre carte."
            )
        return points


@transaction.atomic
def link_fiche(*, tableau: Tableau, carte: str, fiche: FicheAction, by: Personne) -> OrigineFiche:
    """Dit qu’une fiche déjà écrite vient de cette carte. Une carte n’est à l’origine que d’une fiche."""
    atelier = tableau.phase.atelier
    check_user_can_animate(by, atelier)
    Tableau.objects.select_for_update().get(pk=tableau.pk)
    etat = load_etat(tableau)
    policies.check_carte(etat.cartes.get(carte), TypeEvenement.PUBLIEE, None, animateur=True)
    if fiche.territoire_id != atelier.territoire_id:
        raise ActionImpossible("Cette fiche est d’un autre territoire.")
    if has_fiche(tableau, etat.cartes[carte]):
        raise ActionImpossible("Cette idée est déjà à l’origine d’une fiche\u00a0: ouvrez-la.")
    origine = OrigineFiche.objects.create(
        fiche=fiche,
        tableau=tableau,
        carte=carte,
        contributions=etat.count_contributions(carte),
        cree_at=maintenant(),
    )
    record(
        events.IDEE_RETENUE,
        cible=atelier,
        territoire=atelier.territoire.cle,
        by=by,
        apres={"fiche": str(fiche)},
    )
    return origine


@transaction.atomic
def retain_carte(
    *, tableau: Tableau, carte: str, by: Personne, titre: str = "", code: str = ""
) -> FicheAction:
    """Une idée devient une fiche « Idée » du territoire, avec le lien à sa carte. Une carte ne donne qu’une fiche.

    `titre` : celui de la fiche (défaut : le texte de la carte, coupé) ; l’axe est celui de la colonne s’il existe.
    """
    atelier = tableau.phase.atelier
    check_user_can_animate(by, atelier)
    Tableau.objects.select_for_update().get(pk=tableau.pk)
    etat = load_etat(tableau)
    idee = etat.cartes.get(carte)
    policies.check_carte(idee, TypeEvenement.PUBLIEE, None, animateur=True)
    assert idee is not None  # noqa: S101 (check_carte vient de le dire)
    if has_fiche(tableau, idee):
        raise ActionImpossible(
            "Cette idée est déjà devenue une fiche : ouvrez-la plutôt que d’en créer une autre."
        )
    axe = atelier.territoire.vague.axes.filter(code=idee.colonne).first()
    fiche = create_fiche(
        territoire=atelier.territoire,
        titre=(titre.strip() or idee.texte)[:250],
        code=code,
        axe=axe,
        by=by,
        source=f"Atelier du {atelier.jour:%d/%m/%Y}",
    )
    OrigineFiche.objects.create(
        fiche=fiche,
        tableau=tableau,
        carte=carte,
        contributions=etat.count_contributions(carte),
        cree_at=maintenant(),
    )
    record(
        events.IDEE_RETENUE,
        cible=atelier,
        territoire=atelier.territoire.cle,
        by=by,
        apres={"fiche": str(fiche)},
    )
    return fiche
