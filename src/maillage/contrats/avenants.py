"""Ce qu’un avenant change à l’acte qu’il modifie : articles, fiches, parties, périmètre, période ; et la chaîne des actes."""

from dataclasses import dataclass
from datetime import date

from maillage.contrats.enums import NatureActe, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.fiches.models import FicheAction
from maillage.fiches.selectors import compare_contenus, get_contenu
from maillage.socle.conflits import Ecart
from maillage.socle.horloge import aujourdhui


@dataclass(frozen=True)
class ArticleChange:
    """Un article ajouté (`avant` vide), retiré (`apres` vide) ou réécrit."""

    titre: str
    avant: str
    apres: str

    @property
    def nature(self) -> str:
        if not self.avant:
            return "ajouté"
        return "réécrit" if self.apres else "retiré"


@dataclass(frozen=True)
class Changements:
    """Ce qui change d’un acte à son avenant."""

    periode: tuple[str, str] | None
    articles: list[ArticleChange]
    fiches_ajoutees: list[str]
    fiches_retirees: list[str]
    fiches_changees: list[tuple[str, list[Ecart]]]
    parties_ajoutees: list[str]
    parties_retirees: list[str]
    membres_entres: list[str]
    membres_sortis: list[str]

    @property
    def is_vide(self) -> bool:
        return self.periode is None and not any(
            (
                self.articles,
                self.fiches_ajoutees,
                self.fiches_retirees,
                self.fiches_changees,
                self.parties_ajoutees,
                self.parties_retirees,
                self.membres_entres,
                self.membres_sortis,
            )
        )


def list_chaine(acte: Acte) -> list[Acte]:
    """L’acte d’origine et ses avenants, dans l’ordre où ils ont été ouverts."""
    origine = acte.avenant_de or acte
    return [origine, *origine.avenants.order_by("cree_at", "id")]


def get_en_vigueur(acte: Acte) -> Acte:
    """Le dernier acte signé de la chaîne, avant celui-ci s’il en est : c’est lui qu’un avenant modifie."""
    signes = [a for a in list_chaine(acte) if a.statut == StatutActe.SIGNE and a.pk != acte.pk]
    return max(signes, key=lambda a: (a.date_fin or date.min, a.pk), default=acte.avenant_de or acte)


def get_avenant_ouvert(acte: Acte) -> Acte | None:
    """L’avenant en préparation ou à signer de cette chaîne ; None s’il n’y en a pas."""
    ouverts = (StatutActe.PROJET, StatutActe.ARRETE, StatutActe.SIGNE_PARTIELLEMENT)
    return next(
        (a for a in list_chaine(acte) if a.nature == NatureActe.AVENANT and a.statut in ouverts), None
    )


def compare_avenant(
    avenant: Acte, *, fiches: list[FicheAction], signataires: list[Signataire], jour: date | None = None
) -> Changements:
    """Ce que cet avenant change à l’acte en vigueur, avec ces fiches et ces signataires, au jour dit (défaut : ce jour)."""
    avant = get_en_vigueur(avenant)
    jour = jour or aujourdhui()
    anciennes = {
        ligne.version.fiche_id: ligne.version.contenu
        for ligne in (avant.plan_actions.lignes.select_related("version") if avant.plan_actions else [])
    }
    presentes = {fiche.pk: get_contenu(fiche) for fiche in fiches}
    changees = []
    for cle, contenu in presentes.items():
        if cle in anciennes:
            ecarts = [
                e for e in compare_contenus(anciennes[cle], contenu) if e.champ not in ("statut", "rang")
            ]
            if ecarts:
                changees.append((_nom(contenu), ecarts))
    anciens = {
        s.organisation_id: str(s.organisation) for s in avant.signataires.select_related("organisation")
    }
    parties = {s.organisation_id: str(s.organisation) for s in signataires}
    membres_avant, membres_apres = _membres(avant, avant.arrete_le or jour), _membres(avenant, jour)
    return Changements(
        periode=(avant.periode, avenant.periode) if avant.periode != avenant.periode else None,
        articles=_compare_articles(avant.articles, avenant.articles),
        fiches_ajoutees=[_nom(c) for cle, c in presentes.items() if cle not in anciennes],
        fiches_retirees=[_nom(c) for cle, c in anciennes.items() if cle not in presentes],
        fiches_changees=changees,
        parties_ajoutees=sorted(nom for cle, nom in parties.items() if cle not in anciens),
        parties_retirees=sorted(nom for cle, nom in anciens.items() if cle not in parties),
        membres_entres=sorted(membres_apres - membres_avant),
        membres_sortis=sorted(membres_avant - membres_apres),
    )


def _nom(contenu: dict[str, str]) -> str:
    return f"{contenu['code']} {contenu['titre']}".strip()


def _membres(acte: Acte, jour: date) -> set[str]:
    return {
        perimetre.nom for perimetre in acte.territoire.perimetres.at(jour).select_related("epci", "commune")
    }


def _compare_articles(avant: list[dict[str, str]], apres: list[dict[str, str]]) -> list[ArticleChange]:
    """Un article se reconnaît à son titre ; réécrit si son texte n’est plus le même."""
    anciens = {article["titre"]: article["texte"] for article in avant}
    nouveaux = {article["titre"]: article["texte"] for article in apres}
    changes = [
        ArticleChange(titre, anciens.get(titre, ""), texte)
        for titre, texte in nouveaux.items()
        if anciens.get(titre, "").split() != texte.split()
    ]
    return changes + [
        ArticleChange(titre, texte, "") for titre, texte in anciens.items() if titre not in nouveaux
    ]
