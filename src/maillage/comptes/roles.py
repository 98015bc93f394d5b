"""Les rôles : un nom, une phrase qu’un responsable comprend, une liste de permissions.

Un rôle de territoire vient d’un `territoires.Mandat` ; un rôle d’organisation, d’une `comptes.Fonction`.
La matrice est dessinée dans docs/roles.md par `./maillage docs`.
"""

from dataclasses import dataclass

from maillage.comptes.permissions import Permission as P

_LECTURE = frozenset({P.TERRITOIRE_READ, P.FICHE_READ, P.ACTE_READ, P.COMITE_READ, P.JOURNAL_READ})


@dataclass(frozen=True)
class Role:
    code: str
    nom: str
    description: str
    permissions: frozenset[P]


def _role(code: str, nom: str, description: str, permissions: frozenset[P]) -> tuple[str, Role]:
    return code, Role(code, nom, description, permissions)


ROLES_TERRITOIRE: dict[str, Role] = dict(
    [
        _role(
            "chef_projet",
            "Chef·fe de projet",
            "Anime le territoire\u00a0: écrit les fiches, cherche l’argent, prépare les actes.",
            _LECTURE
            | {
                P.TERRITOIRE_UPDATE,
                P.ATELIER_ANIMATE,
                P.FICHE_CREATE,
                P.FICHE_UPDATE,
                P.FICHE_RETAIN,
                P.FICHE_TRANSMIT,
                P.PLAN_UPDATE,
                P.LIGNE_REQUEST,
                P.LIGNE_ATTEST,
                P.ACTE_PREPARE,
                P.MANDAT_GIVE,
                P.REFERENT_NAME,
                P.COMITE_MANAGE,
                P.PERIMETRE_REQUEST,
            },
        ),
        _role(
            "elu",
            "Binôme\u00a0: élu·e",
            "Conduit le territoire avec l’industriel\u00a0: lit tout, retient les fiches.",
            _LECTURE | {P.FICHE_RETAIN},
        ),
        _role(
            "industriel",
            "Binôme\u00a0: industriel·le",
            "Conduit le territoire avec l’élu\u00a0: lit tout, retient les fiches.",
            _LECTURE | {P.FICHE_RETAIN},
        ),
        _role(
            "partenaire",
            "Partenaire mandaté",
            "Cluster, chambre, agence ou cabinet mandaté jusqu’à une date\u00a0: anime les ateliers, aide à écrire les fiches.",
            frozenset(
                {
                    P.TERRITOIRE_READ,
                    P.ATELIER_ANIMATE,
                    P.FICHE_READ,
                    P.FICHE_CREATE,
                    P.FICHE_UPDATE,
                    P.COMITE_READ,
                }
            ),
        ),
        _role(
            "referent_etat",
            "Référent de l’État",
            "Sous-préfet ou référent\u00a0: suit le territoire.",
            _LECTURE,
        ),
    ]
)

ROLES_ORGANISATION: dict[str, Role] = dict(
    [
        _role(
            "epci",
            "EPCI membre",
            "Lit son territoire, confirme sa propre part, tient ses dispositifs d’aide, signe.",
            _LECTURE | {P.LIGNE_DECIDE, P.ACTE_SIGN, P.DISPOSITIF_UPDATE},
        ),
        _role(
            "porteur",
            "Porteur d’une action",
            "Ne voit que ses actions\u00a0; confirme sa propre part, signe.",
            frozenset({P.LIGNE_DECIDE, P.ACTE_SIGN}),
        ),
        _role(
            "region",
            "Région",
            "Lit les territoires de la région, instruit les fiches, décide de son argent et des périmètres, simule une programmation, tient ses dispositifs d’aide et le COPIL régional, signe.",
            _LECTURE
            | {
                P.FICHE_INSTRUCT,
                P.AVIS_RENDER,
                P.LIGNE_DECIDE,
                P.ACTE_SIGN,
                P.COPIL_MANAGE,
                P.PILOTAGE_READ,
                P.PERIMETRE_OPINE,
                P.PERIMETRE_DECIDE,
                P.DISPOSITIF_UPDATE,
                P.SIMULATION_MANAGE,
            },
        ),
        _role(
            "prefecture",
            "Préfecture",
            "Lit les territoires de son ressort, décide de l’argent de l’État, tient ses dispositifs d’aide, signe.",
            _LECTURE
            | {
                P.LIGNE_DECIDE,
                P.ACTE_SIGN,
                P.PILOTAGE_READ,
                P.PERIMETRE_OPINE,
                P.DISPOSITIF_UPDATE,
                P.SIMULATION_MANAGE,
                P.AVIS_RENDER,
            },
        ),
        _role(
            "financeur",
            "Opérateur ou financeur",
            "Répond aux demandes qui lui sont faites, ligne par ligne\u00a0; tient ses dispositifs d’aide\u00a0; nomme ses référents\u00a0; signe.",
            frozenset(
                {
                    P.LIGNE_DECIDE,
                    P.ACTE_SIGN,
                    P.REFERENT_NAME,
                    P.DISPOSITIF_UPDATE,
                    P.AVIS_RENDER,
                    P.SIMULATION_MANAGE,
                }
            ),
        ),
        _role(
            "national",
            "Délégation nationale",
            "Lit tout, tient les étapes constatées, les périmètres, les mandats, les chiffres publiés, le catalogue des dispositifs, les adresses de contact et le COPIL national.",
            _LECTURE
            | {
                P.PILOTAGE_READ,
                P.ETAPE_RECORD,
                P.CHIFFRE_PUBLISH,
                P.MANDAT_GIVE,
                P.REFERENT_NAME,
                P.COPIL_MANAGE,
                P.PERIMETRE_RECORD,
                P.DISPOSITIF_UPDATE,
                P.SIMULATION_MANAGE,
            },
        ),
        _role(
            "administrateur",
            "Administrateur",
            "Tient les comptes, les mandats et les organisations\u00a0; ne décide d’aucun argent.",
            frozenset(
                {
                    P.TERRITOIRE_READ,
                    P.COMPTE_MANAGE,
                    P.COMITE_READ,
                    P.JOURNAL_READ,
                    P.PILOTAGE_READ,
                    P.MANDAT_GIVE,
                    P.REFERENT_NAME,
                }
            ),
        ),
    ]
)

# L’État, les Régions, les opérateurs et l’administrateur ouvrent de l’argent ou des comptes : un second facteur s’ajoute
# au code reçu par courriel.
ROLES_SECOND_FACTEUR: frozenset[str] = frozenset(
    {"prefecture", "region", "financeur", "national", "administrateur", "referent_etat"}
)
