"""Lire une liste publique de territoires, dire de quelle phase elle est, et la comparer à ce que l’on sait.

Trois formes : ANCT par groupements, ANCT par communes, Caisse des dépôts par communes. Rien n’est écrit ici.
Un fichier qui n’est pas une de ces listes est refusé (DonneesIllisibles) avec une phrase.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from maillage.referentiels.lecture import Enregistrement, decoder, lire_csv_texte
from maillage.referentiels.models import Commune, CommuneAncienne, Epci
from maillage.socle.erreurs import DonneesIllisibles
from maillage.socle.texte import replier
from maillage.territoires.enums import FormatListe
from maillage.territoires.models import Perimetre, Territoire, Vague

NATURES = ("CC", "CA", "CU", "METRO", "MET69", "EPT", "COM")
COLONNES: dict[FormatListe, tuple[str, ...]] = {
    FormatListe.GROUPEMENTS: (
        "id_ti",
        "lib_ti",
        "siren_groupement",
        "lib_groupement",
        "nature_juridique",
    ),
    FormatListe.CAISSE: ("id_ti", "lib_ti", "insee_com", "lib_com", "Code Officiel EPCI"),
    FormatListe.COMMUNES: ("id_ti", "lib_ti", "insee_com", "lib_com"),
}
ID_TI = re.compile(r"[\w-]{1,30}")
# Une phase est reconnue quand au moins la moitié des identifiants de la liste y portent le même nom.
PART_RECONNUE = 0.5
# Un groupement est membre dès que la moitié de ses communes sont dans la liste ; en dessous, ce sont des communes seules.
PART_GROUPEMENT = 0.5

EPCI, COMMUNE = "epci", "commune"
CleMembre = tuple[str, str]  # ("epci", SIREN) ou ("commune", code INSEE)


@dataclass
class ListeLue:
    """Ce qu’un fichier dit : pour chaque identifiant, un nom et des membres. `inconnus` : codes absents du référentiel."""

    fichier: str
    format: FormatListe
    noms: dict[str, str] = field(default_factory=dict)
    membres: dict[str, list[CleMembre]] = field(default_factory=lambda: defaultdict(list))
    libelles: dict[str, str] = field(default_factory=dict)
    inconnus: list[str] = field(default_factory=list)
    partiels: list[str] = field(default_factory=list)
    lignes: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "format": self.format.value,
            "noms": self.noms,
            "membres": {id_ti: [list(cle) for cle in cles] for id_ti, cles in self.membres.items()},
            "libelles": self.libelles,
            "inconnus": self.inconnus,
            "partiels": self.partiels,
            "lignes": self.lignes,
        }

    @classmethod
    def from_json(cls, fichier: str, contenu: Mapping[str, Any]) -> "ListeLue":
        membres: dict[str, list[CleMembre]] = defaultdict(list)
        for id_ti, cles in contenu["membres"].items():
            membres[id_ti] = [(nature, code) for nature, code in cles]
        return cls(
            fichier,
            FormatListe(contenu["format"]),
            noms=dict(contenu["noms"]),
            membres=membres,
            libelles=dict(contenu["libelles"]),
            inconnus=list(contenu["inconnus"]),
            partiels=list(contenu["partiels"]),
            lignes=contenu["lignes"],
        )


def read_liste(octets: bytes, fichier: str) -> ListeLue:
    """Lit une des trois formes. Erreur : DonneesIllisibles (pas une liste, ligne mal faite, un identifiant à deux noms)."""
    return read_liste_texte(decoder(octets, fichier), fichier)


def read_liste_texte(texte: str, fichier: str) -> ListeLue:
    """Comme `read_liste`, d’un texte déjà décodé."""
    forme = detect_format(texte.splitlines()[0], fichier)
    lus = lire_csv_texte(texte, fichier, COLONNES[forme])
    if not lus:
        raise DonneesIllisibles(f"{fichier} : la liste n’a aucune ligne. Reprenez l’original.")
    liste = ListeLue(fichier, forme, lignes=len(lus))
    if forme == FormatListe.GROUPEMENTS:
        _read_groupements(lus, liste)
    else:
        _read_communes(lus, liste)
    return liste


def detect_format(entete: str, fichier: str) -> FormatListe:
    """La forme que disent les colonnes de la première ligne."""
    separateur = max((",", ";"), key=entete.count)
    colonnes = {colonne.strip().strip('"') for colonne in entete.split(separateur)}
    for forme, attendues in COLONNES.items():
        if colonnes.issuperset(attendues):
            return forme
    raise DonneesIllisibles(
        f"{fichier} : ce n’est pas une liste de Territoires d’industrie que Maillage connaît (colonnes lues : "
        f"{', '.join(sorted(c for c in colonnes if c))[:200]}). Formes connues : "
        "groupements de l’ANCT (id_ti, lib_ti, siren_groupement, lib_groupement, nature_juridique), communes de l’ANCT "
        "(insee_com, lib_com, id_ti, lib_ti), Caisse des dépôts."
    )


def _name(liste: ListeLue, lu: Enregistrement, id_ti: str, nom: str) -> None:
    if not ID_TI.fullmatch(id_ti):
        lu.refuse(f"« {id_ti} » n’a pas la forme d’un identifiant de territoire")
    if liste.noms.setdefault(id_ti, nom) != nom:
        lu.refuse(f"« {id_ti} » porte deux noms : « {liste.noms[id_ti]} » et « {nom} »")


def _read_groupements(lus: list[Enregistrement], liste: ListeLue) -> None:
    sirens = [lu.texte("siren_groupement") for lu in lus]
    epcis = set(Epci.objects.filter(pk__in=sirens).values_list("pk", flat=True))
    communes = dict(
        Commune.objects.filter(siren__in=[s for s in sirens if s not in epcis]).values_list("siren", "pk")
    )
    for lu, siren in zip(lus, sirens, strict=True):
        nature = lu.choix("nature_juridique", NATURES)
        id_ti = lu.texte("id_ti")
        _name(liste, lu, id_ti, lu.texte("lib_ti"))
        libelle = lu.texte_ou_vide("lib_groupement")
        cle: CleMembre | None = None
        if nature == "COM" and siren in communes:
            cle = (COMMUNE, communes[siren])
        elif nature != "COM" and siren in epcis:
            cle = (EPCI, siren)
        if cle is None:
            quoi = "code de commune" if nature == "COM" else "groupement"
            liste.inconnus.append(f"{lu.repere} : {quoi} « {siren} » ({libelle or 'sans nom'}), dans {id_ti}")
            continue
        liste.libelles[cle[1]] = libelle
        if cle not in liste.membres[id_ti]:
            liste.membres[id_ti].append(cle)


def _read_communes(lus: list[Enregistrement], liste: ListeLue) -> None:
    """Des communes aux groupements : un groupement dont toutes les communes (ou la moitié) sont là est membre."""
    codes = {lu.texte("insee_com") for lu in lus}
    actuelles: dict[str, tuple[str | None, str | None]] = {
        pk: (epci, ept) for pk, epci, ept in Commune.objects.values_list("pk", "epci_id", "ept_id")
    }
    anciennes = dict(
        CommuneAncienne.objects.filter(pk__in=codes - set(actuelles)).values_list("pk", "commune_id")
    )
    taille: Counter[str] = Counter()
    for epci, ept in actuelles.values():
        taille.update({groupement for groupement in (epci, ept) if groupement})
    par_ti: dict[str, dict[str | None, set[str]]] = defaultdict(lambda: defaultdict(set))
    for lu in lus:
        code = lu.texte("insee_com")
        ids = [morceau.strip() for morceau in lu.texte("id_ti").split(";") if morceau.strip()]
        noms = [morceau.strip() for morceau in lu.texte("lib_ti").split("\u00a0; ")]
        if len(ids) == 1:
            noms = [lu.texte("lib_ti")]
        elif len(ids) != len(noms):
            lu.refuse(f"« {lu.texte('id_ti')} » et « {lu.texte('lib_ti')} » ne vont pas par paires")
        actuelle = code if code in actuelles else anciennes.get(code)
        for id_ti, nom in zip(ids, noms, strict=True):
            _name(liste, lu, id_ti, nom)
            if actuelle is None:
                liste.inconnus.append(
                    f"{lu.repere} : code de commune « {code} » ({lu.texte_ou_vide('lib_com')}), dans {id_ti}"
                )
                continue
            epci, ept = actuelles[actuelle]
            par_ti[id_ti][ept or epci].add(actuelle)
    for id_ti, groupements in par_ti.items():
        for groupement, communes in groupements.items():
            if groupement and len(communes) >= PART_GROUPEMENT * taille[groupement]:
                liste.membres[id_ti].append((EPCI, groupement))
                if len(communes) < taille[groupement]:
                    liste.partiels.append(
                        f"{groupement}, dans {id_ti} : {len(communes)} communes listées sur {taille[groupement]}"
                    )
            else:
                liste.membres[id_ti] += [(COMMUNE, code) for code in sorted(communes)]


def detect_vague(liste: ListeLue) -> Vague:
    """La phase dont la liste porte les identifiants sous les mêmes noms. Erreur : DonneesIllisibles si aucune ne convient.

    L’identifiant seul ne suffit pas : 145 sont dans les deux phases, et 125 d’entre eux y nomment d’autres territoires.
    """
    communs: Counter[int] = Counter()
    vagues = {vague.pk: vague for vague in Vague.objects.all()}
    connus = Territoire.objects.publics().filter(id_ti__in=list(liste.noms))
    for id_ti, nom, vague in connus.values_list("id_ti", "nom", "vague_id"):
        communs[vague] += replier(nom) == replier(liste.noms[id_ti])
    trouvees = [pk for pk, n in communs.most_common() if n >= PART_RECONNUE * len(liste.noms)]
    if not trouvees or (len(trouvees) > 1 and communs[trouvees[0]] == communs[trouvees[1]]):
        meilleurs = ", ".join(f"{vagues[pk].nom} : {n}" for pk, n in communs.most_common()) or "aucun"
        raise DonneesIllisibles(
            f"{liste.fichier} : la phase de cette liste de {len(liste.noms)} territoires ne se reconnaît pas (noms en "
            f"commun : {meilleurs}). Vérifiez que c’est bien une liste de Territoires d’industrie, entière."
        )
    return vagues[trouvees[0]]


# --- comparer --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MembreVu:
    """Un membre dans une comparaison, avec son nom courant."""

    cle: CleMembre
    nom: str

    @property
    def nature(self) -> str:
        return "commune seule" if self.cle[0] == COMMUNE else "groupement"


@dataclass(frozen=True)
class Ecart:
    """Ce que la liste change pour un territoire. `territoire` : None s’il est nouveau."""

    id_ti: str
    nom: str
    territoire: Territoire | None
    ancien_nom: str
    entrent: list[MembreVu]
    sortent: list[MembreVu]

    @property
    def is_renomme(self) -> bool:
        return bool(self.ancien_nom)


@dataclass(frozen=True)
class Transfert:
    membre: MembreVu
    de: str
    vers: str


@dataclass
class Comparaison:
    """Une liste lue, comparée au périmètre connu le jour où elle est arrêtée."""

    liste: ListeLue
    vague: Vague
    au: date
    ecarts: list[Ecart]
    transferts: list[Transfert]
    absents: list[Territoire]
    inchanges: int

    @property
    def nouveaux(self) -> list[Ecart]:
        return [ecart for ecart in self.ecarts if ecart.territoire is None]

    @property
    def renommes(self) -> list[Ecart]:
        return [ecart for ecart in self.ecarts if ecart.is_renomme]

    @property
    def entrees_count(self) -> int:
        return sum(len(ecart.entrent) for ecart in self.ecarts)

    @property
    def sorties_count(self) -> int:
        return sum(len(ecart.sortent) for ecart in self.ecarts)

    @property
    def is_vide(self) -> bool:
        return not self.ecarts

    def view(self, cles: Iterable[CleMembre]) -> list[MembreVu]:
        """Des membres qui ne sont pas dans la liste, nommés comme les autres."""
        cles = list(cles)
        return _view(cles, read_noms_membres(cles))


def compare_liste(liste: ListeLue, vague: Vague, au: date) -> Comparaison:
    """Qui entre, sort, change de nom ou de territoire entre ce qu’on sait au jour `au` et la liste. Quatre requêtes.

    Un membre qui a pu entrer avant ce jour compte comme déjà là ; un nom se compare sans accent ni ponctuation.
    """
    connus = {t.id_ti: t for t in Territoire.objects.publics().filter(vague=vague).select_related("vague")}
    actuels: dict[str, set[CleMembre]] = defaultdict(set)
    sejours = Perimetre.objects.at(au).filter(territoire__vague=vague, territoire__is_fictif=False)
    for id_ti, epci, commune in sejours.values_list("territoire__id_ti", "epci_id", "commune_id"):
        actuels[id_ti].add((EPCI, epci) if epci else (COMMUNE, commune))
    cles = {cle for membres in (*actuels.values(), *liste.membres.values()) for cle in membres}
    noms = read_noms_membres(cles)
    ecarts = []
    inchanges = 0
    for id_ti, nom in liste.noms.items():
        territoire = connus.get(id_ti)
        nouveaux = set(liste.membres[id_ti])
        anciens = actuels[id_ti] if territoire else set()
        renomme = territoire is not None and replier(territoire.nom) != replier(nom)
        ecart = Ecart(
            id_ti,
            nom,
            territoire,
            territoire.nom if territoire and renomme else "",
            _view(nouveaux - anciens, noms),
            _view(anciens - nouveaux, noms),
        )
        if territoire is None or renomme or ecart.entrent or ecart.sortent:
            ecarts.append(ecart)
        else:
            inchanges += 1
    return Comparaison(
        liste=liste,
        vague=vague,
        au=au,
        ecarts=sorted(ecarts, key=lambda ecart: ecart.id_ti),
        transferts=_find_transferts(ecarts),
        absents=sorted(
            (t for id_ti, t in connus.items() if id_ti not in liste.noms and actuels[id_ti]),
            key=lambda t: t.id_ti,
        ),
        inchanges=inchanges,
    )


def _view(cles: Iterable[CleMembre], noms: Mapping[CleMembre, str]) -> list[MembreVu]:
    return sorted((MembreVu(cle, noms[cle]) for cle in cles), key=lambda membre: replier(membre.nom))


def _find_transferts(ecarts: Iterable[Ecart]) -> list[Transfert]:
    ecarts = list(ecarts)
    departs = {membre.cle: ecart for ecart in ecarts for membre in ecart.sortent}
    return [
        Transfert(membre, departs[membre.cle].id_ti, ecart.id_ti)
        for ecart in ecarts
        for membre in ecart.entrent
        if membre.cle in departs
    ]


def read_noms_membres(cles: Iterable[CleMembre]) -> dict[CleMembre, str]:
    """Nom courant de chaque membre. Deux requêtes."""
    cles = list(cles)
    noms: dict[CleMembre, str] = {}
    epcis = Epci.objects.filter(pk__in=[code for nature, code in cles if nature == EPCI])
    for pk, nom in epcis.values_list("pk", "nom"):
        noms[EPCI, pk] = nom
    communes = Commune.objects.filter(pk__in=[code for nature, code in cles if nature == COMMUNE])
    for pk, nom in communes.values_list("pk", "nom"):
        noms[COMMUNE, pk] = nom
    return noms
