"""Les rôles : un nom, une phrase qu’un responsable comprend, une liste de permissions.

Un rôle de territoire vient d’un `territoires.Mandat` ; un rôle d’organisation, d’une `comptes.Fonction`.
La matrice est dessinée dans docs/roles.md par `./maillage docs`.
"""

from dataclasses import dataclass

from maillage.comptes.permissions import Permission as P

_LECTURE = frozenset({P.TERRITOIRE_READ, P.FICHE_READ, P.ACTE_READ, P.JOURNAL_READ})


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
            "Anime le territoire : écrit les fiches, cherche l’argent, prépare les actes.",
            _LECTURE
            | {
                P.TERRITOIRE_UPDATE,
                P.FICHE_CREATE,
                P.FICHE_UPDATE,
                P.FICHE_RETAIN,
                P.FICHE_TRANSMIT,
                P.PLAN_UPDATE,
                P.LIGNE_REQUEST,
                P.LIGNE_ATTEST,
                P.ACTE_PREPARE,
                P.PERIMETRE_REQUEST,
            },
        ),
        _role(
            "elu",
            "Binôme : élu·e",
            "Conduit le territoire avec l’industriel : lit tout, retient les fiches.",
            _LECTURE | {P.FICHE_RETAIN},
        ),
        _role(
            "industriel",
            "Binôme : industriel·le",
            "Conduit le territoire avec l’élu : lit tout, retient les fiches.",
            _LECTURE | {P.FICHE_RETAIN},
        ),
        _role(
            "partenaire",
            "Partenaire mandaté",
            "Cluster, chambre, agence ou cabinet mandaté jusqu’à une date : aide à écrire les fiches.",
            frozenset({P.TERRITOIRE_READ, P.FICHE_READ, P.FICHE_CREATE, P.FICHE_UPDATE}),
        ),
        _role(
            "referent_etat",
            "Référent de l’État",
            "Sous-préfet ou référent : suit le territoire.",
            _LECTURE,
        ),
    ]
)

ROLES_ORGANISATION: dict[str, Role] = dict(
    [
        _role(
            "epci",
            "EPCI membre",
            "Lit son territoire, confirme sa propre part, signe.",
            _LECTURE | {P.LIGNE_DECIDE, P.ACTE_SIGN},
        ),
        _role(
            "porteur",
            "Porteur d’une action",
            "Ne voit que ses actions ; confirme sa propre part, signe.",
            frozenset({P.LIGNE_DECIDE, P.ACTE_SIGN}),
        ),
        _role(
            "region",
            "Région",
            "Lit les territoires de la région, instruit les fiches, décide de son argent et des périmètres, signe.",
            _LECTURE
            | {
                P.FICHE_INSTRUCT,
                P.LIGNE_DECIDE,
                P.ACTE_SIGN,
                P.PILOTAGE_READ,
                P.PERIMETRE_OPINE,
                P.PERIMETRE_DECIDE,
            },
        ),
        _role(
            "prefecture",
            "Préfecture",
            "Lit les territoires de son ressort, décide de l’argent de l’État, signe.",
            _LECTURE | {P.LIGNE_DECIDE, P.ACTE_SIGN, P.PILOTAGE_READ, P.PERIMETRE_OPINE},
        ),
        _role(
            "financeur",
            "Opérateur ou financeur",
            "Répond aux demandes qui lui sont faites, ligne par ligne ; signe.",
            frozenset({P.LIGNE_DECIDE, P.ACTE_SIGN}),
        ),
        _role(
            "national",
            "Délégation nationale",
            "Lit tout, tient les étapes constatées, les périmètres, les chiffres publiés et les adresses de contact.",
            _LECTURE | {P.PILOTAGE_READ, P.ETAPE_RECORD, P.CHIFFRE_PUBLISH, P.PERIMETRE_RECORD},
        ),
        _role(
            "administrateur",
            "Administrateur",
            "Tient les comptes et les organisations ; ne décide d’aucun argent.",
            frozenset({P.TERRITOIRE_READ, P.COMPTE_MANAGE, P.JOURNAL_READ, P.PILOTAGE_READ}),
        ),
    ]
)
