"""Dire quelque chose d’un champ d’une fiche, y répondre, le clore ; demander une correction, qui rouvre ce champ seul."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from maillage.comptes.models import Personne
from maillage.fiches import events
from maillage.fiches.models import Commentaire, FicheAction
from maillage.fiches.rubriques import TITRES
from maillage.journal.actions import record
from maillage.notifications.actions import close_attente, open_attente
from maillage.socle.erreurs import ActionImpossible
from maillage.socle.horloge import maintenant

TEXTE_MAX = 5_000


@transaction.atomic
def write_commentaire(
    *,
    fiche: FicheAction,
    texte: str,
    by: Personne,
    champ: str = "",
    parent: Commentaire | None = None,
    mentions: Sequence[Personne] = (),
    is_correction: bool = False,
) -> Commentaire:
    """Écrit une remarque sur un champ (`rubriques.TITRES` ; vide : la fiche entière), ou une réponse à une remarque.

    Chaque personne nommée reçoit une attente et un courriel. Une demande de correction porte sur un champ, attend l’équipe
    du territoire, et rouvre ce champ seul. Texte vide ou trop long, champ inconnu : ActionImpossible.
    """
    propre = texte.replace("\x00", "").strip()
    if not propre:
        raise ActionImpossible("Écrivez votre remarque.", champ="texte")
    if len(propre) > TEXTE_MAX:
        raise ActionImpossible(
            f"La remarque a {len(propre)} signes, {TEXTE_MAX} au plus\u00a0: raccourcissez-la.", champ="texte"
        )
    if parent:
        if parent.fiche_id != fiche.pk or parent.parent_id:
            raise ActionImpossible("Cette remarque n’est pas de cette fiche.")
        champ, is_correction = parent.champ, False
    if champ and champ not in TITRES:
        raise ActionImpossible("Cette fiche n’a pas ce champ\u00a0: choisissez dans la liste.", champ="champ")
    if is_correction and (not champ or champ == "statut"):
        raise ActionImpossible("Dites quel champ est à corriger\u00a0: lui seul sera rouvert.", champ="champ")
    commentaire = Commentaire.objects.create(
        fiche=fiche,
        champ=champ,
        parent=parent,
        texte=propre,
        is_correction=is_correction,
        auteur=by,
        auteur_libelle=str(by)[:200],
        ecrit_le=maintenant(),
    )
    commentaire.mentions.set(mentions)
    _open_attentes(commentaire, mentions, by)
    record(
        events.COMMENTAIRE_ECRIT,
        cible=fiche,
        territoire=fiche.territoire.cle,
        by=by,
        apres={"champ": TITRES.get(champ, ""), "correction": is_correction},
    )
    return commentaire


def _open_attentes(commentaire: Commentaire, mentions: Sequence[Personne], by: Personne) -> None:
    fiche = commentaire.fiche
    commun: dict[str, Any] = {
        "objet": commentaire,
        "territoire": fiche.territoire.cle,
        "territoire_nom": fiche.territoire.nom,
        "motif": commentaire.texte[:500],
        "url": f"{fiche.get_absolute_url()}remarques/#remarque-{commentaire.parent_id or commentaire.pk}",
    }
    for personne in mentions:
        if personne.pk != by.pk:
            open_attente(
                code="fiches.mention",
                personne=personne,
                libelle=f"{by} vous parle de la fiche «\u00a0{fiche}\u00a0»",
                **commun,
            )
    if commentaire.is_correction:
        open_attente(
            code="fiches.correction",
            role="chef_projet",
            libelle=f"Corriger «\u00a0{TITRES[commentaire.champ]}\u00a0» dans la fiche «\u00a0{fiche}\u00a0»",
            **commun,
        )


@transaction.atomic
def close_commentaire(*, commentaire: Commentaire, by: Personne) -> Commentaire:
    """Clôt une remarque : elle reste lisible ; une correction close referme son champ. Déjà close : rien ne change."""
    commentaire = (
        Commentaire.objects.select_for_update(of=("self",))
        .select_related("fiche__territoire__vague")
        .get(pk=commentaire.pk)
    )
    if commentaire.resolu_at is None:
        commentaire.resolu_at, commentaire.resolu_by = maintenant(), str(by)[:200]
        commentaire.save(update_fields=["resolu_at", "resolu_by"])
        for objet in (commentaire, *commentaire.reponses.all()):
            close_attente(code="fiches.mention", objet=objet)
        close_attente(code="fiches.correction", objet=commentaire)
        record(
            events.COMMENTAIRE_CLOS,
            cible=commentaire.fiche,
            territoire=commentaire.fiche.territoire.cle,
            by=by,
            apres={"champ": TITRES.get(commentaire.champ, "")},
        )
    return commentaire
