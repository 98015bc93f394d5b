"""Relier les mots d’un classeur à ce que la plateforme connaît : axes, organisations, financeurs."""

import re
from collections import defaultdict
from dataclasses import dataclass

from maillage.comptes.enums import CategorieOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation
from maillage.financement.enums import NatureLigne
from maillage.socle.texte import replier
from maillage.territoires.models import Axe, Territoire

_NUMERO = re.compile(r"^(?:axe )?(\d+(?: \d+)*)\b ?")


def split_axe(texte: str) -> tuple[str, str]:
    """« Axe 2 : Innover » → (« 2 », « innover »), repliés."""
    plie = replier(texte)
    numero = _NUMERO.match(plie)
    libelle = plie[numero.end() :] if numero else plie.removeprefix("axe ")
    return (numero[1] if numero else "", libelle)


def match_axe(texte: str, axes: list[Axe]) -> Axe | None:
    """L’axe de la phase qu’un texte désigne : son code, son nom, ou le seul dont tous les mots y sont ; None sinon."""
    libelle = split_axe(texte)[1]
    if not libelle:
        return None
    exacts = [axe for axe in axes if libelle in (replier(axe.code), replier(axe.nom))]
    mots = set(libelle.split())
    proches = exacts or [
        axe for axe in axes if set(replier(axe.nom).split()) <= mots or set(replier(axe.code).split()) <= mots
    ]
    return proches[0] if len(proches) == 1 else None


def choose_axe(texte: str, choix: dict[str, str], axes: list[Axe]) -> Axe | None:
    """L’axe choisi pour ce texte (par le texte entier ou par son numéro), sinon celui qu’il désigne seul."""
    plie, (numero, libelle) = replier(texte), split_axe(texte)
    for cle, valeur in choix.items():
        if replier(cle) in {plie, libelle, numero, f"axe {numero}"} - {"", "axe "}:
            return find_axe(valeur, axes)
    return match_axe(texte, axes)


def find_axe(valeur: str, axes: list[Axe]) -> Axe | None:
    """L’axe de ce code ou de ce nom exact."""
    return next((axe for axe in axes if replier(valeur) in (replier(axe.code), replier(axe.nom))), None)


# --- organisations -----------------------------------------------------------------------------------------------------

_TYPES: tuple[tuple[str, TypeOrganisation], ...] = (
    (r"\b(feder|fse|ftj|feader|interreg|europe|union europeenne|ue)\b", TypeOrganisation.EUROPE),
    (r"\b(etat|prefecture|detr|dsil|dsid|fnadt|fonds vert|dreets|dreal|ddt|ddtm|drac|ars|rectorat|plan de relance)\b", TypeOrganisation.ETAT),
    (r"\b(ademe|bpifrance|bpi|banque des territoires|caisse des depots|cdc|agence de l eau|france travail|pole emploi|business france|anct|action logement|france 2030)\b", TypeOrganisation.OPERATEUR),
    (r"\b(region|conseil regional)\b", TypeOrganisation.REGION),
    (r"\b(departement|conseil departemental)\b", TypeOrganisation.DEPARTEMENT),
    (r"\b(epf|etablissement public foncier)\b", TypeOrganisation.EPF),
    (r"\b(cci|cma|chambre)\b", TypeOrganisation.CHAMBRE),
    (r"\b(petr|pays|pole metropolitain)\b", TypeOrganisation.PETR),
    (r"\b(communaute|agglo|agglomeration|metropole|cc|ca|cu|epci|intercommunalite)\b", TypeOrganisation.EPCI),
    (r"\b(commune|communes|ville|mairie)\b", TypeOrganisation.COMMUNE),
    (r"\b(syndicat)\b", TypeOrganisation.SYNDICAT_MIXTE),
    (r"\b(universite|laboratoire|cnrs|inrae)\b", TypeOrganisation.RECHERCHE),
    (r"\b(lycee|cfa|campus|ecole|greta|afpa)\b", TypeOrganisation.FORMATION),
    (r"\b(cluster|federation|pole de competitivite|uimm)\b", TypeOrganisation.CLUSTER),
    (r"\b(agence)\b", TypeOrganisation.AGENCE),
    (r"\b(association)\b", TypeOrganisation.ASSOCIATION),
)  # fmt: skip
_DISPOSITIFS = re.compile(r"\b(detr|dsil|dsid|dpv|fnadt|fonds vert|france 2030|plan de relance)\b")
_PARTS_PROPRES = {
    "autofinancement",
    "fonds propres",
    "part propre",
    "fonds propre",
    "maitre d ouvrage",
    "porteur",
    "porteur de projet",
}


def guess_type(nom: str) -> TypeOrganisation:
    """Le type qu’un nom laisse supposer ; une entreprise à défaut. Une supposition, que la délégation vérifie."""
    plie = replier(nom)
    return next((type_ for motif, type_ in _TYPES if re.search(motif, plie)), TypeOrganisation.ENTREPRISE)


@dataclass(frozen=True)
class Liaison:
    """Un financeur du classeur et ce que l’import en fera. `organisation` None : elle sera proposée, de ce `type`."""

    nom: str
    montant: int
    nature: NatureLigne
    type: TypeOrganisation
    organisation: Organisation | None = None
    dispositif: str = ""

    @property
    def is_part_propre(self) -> bool:
        return self.nature is NatureLigne.AUTOFINANCEMENT


class Annuaire:
    """Les organisations connues, lues une fois, vues depuis un territoire. Un nom ambigu n’y désigne personne."""

    def __init__(self, territoire: Territoire) -> None:
        self.territoire = territoire
        self.region_id = territoire.region_id
        self.departements = set(territoire.departements.values_list("pk", flat=True))
        self._par_nom: dict[str, list[Organisation]] = defaultdict(list)
        for organisation in Organisation.objects.order_by("id"):
            self.add(organisation)

    def add(self, organisation: Organisation) -> None:
        """Fait connaître une organisation créée depuis."""
        for texte in {organisation.nom, organisation.sigle, organisation.siren or ""}:
            if plie := replier(texte):
                self._par_nom[plie].append(organisation)

    def find(self, nom: str) -> Organisation | None:
        """L’organisation de ce nom, de ce sigle ou de ce SIREN ; « Région », « Département », « Préfecture » : ceux du territoire."""
        plie = replier(nom)
        trouvees = self._par_nom.get(plie, [])
        if len(trouvees) == 1:
            return trouvees[0]
        if trouvees:
            return None
        if plie in ("region", "conseil regional", "la region"):
            return self._seule(lambda o: o.type == TypeOrganisation.REGION and o.region_id == self.region_id)
        if plie in ("departement", "conseil departemental", "le departement"):
            return self._seule(
                lambda o: o.type == TypeOrganisation.DEPARTEMENT and o.departement_id in self.departements
            )
        if plie in ("etat", "l etat", "prefecture") or _DISPOSITIFS.fullmatch(plie.removeprefix("etat ")):
            return self._seule(
                lambda o: (
                    o.type == TypeOrganisation.ETAT
                    and o.departement_id in self.departements
                    and o.categorie in ("", CategorieOrganisation.PREFECTURE)
                )
            )
        return None

    def _seule(self, est: "object") -> Organisation | None:
        gardees = {o.pk: o for liste in self._par_nom.values() for o in liste if est(o)}  # type: ignore[operator]
        return next(iter(gardees.values())) if len(gardees) == 1 else None

    def relie(self, nom: str, montant: int) -> Liaison:
        """Ce qu’un financeur écrit dans le classeur devient ici."""
        plie = replier(nom)
        if plie in _PARTS_PROPRES:
            return Liaison(nom, montant, NatureLigne.AUTOFINANCEMENT, TypeOrganisation.COMMUNE)
        nature = NatureLigne.PRET if re.search(r"\bpret\b", plie) else NatureLigne.SUBVENTION
        dispositif = _DISPOSITIFS.search(plie)
        return Liaison(
            nom, montant, nature, guess_type(nom), self.find(nom), dispositif=nom if dispositif else ""
        )
