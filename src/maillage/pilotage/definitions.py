"""Ce que chaque chiffre compte, en une phrase : « d’où vient ce chiffre ? », le même partout."""

from dataclasses import dataclass

from maillage.financement.enums import Mesure


@dataclass(frozen=True)
class Definition:
    """Le nom d’un chiffre, ce qu’il compte et d’où il vient."""

    libelle: str
    phrase: str


_ETAPES = "Source\u00a0: les étapes enregistrées territoire par territoire, chacune avec sa date ou ses bornes et son texte."
_MOUVEMENTS = (
    "Source\u00a0: les mouvements de chaque ligne de financement, au jour de leur effet. Somme cumulée, "
    "sans la part des porteurs (autofinancement, emprunt)."
)

DEFINITIONS: dict[str, Definition] = {
    "labellises": Definition(
        "Territoires labellisés",
        f"Territoires de la vague en vigueur ce jour-là dont le label est connu, moins les sortis. {_ETAPES}",
    ),
    "avec_gouvernance": Definition(
        "Avec gouvernance", f"Territoires dont le binôme et le comité sont installés. {_ETAPES}"
    ),
    "plan_valide": Definition(
        "Plan validé par la Région", f"Territoires dont la Région a validé le plan d’actions. {_ETAPES}"
    ),
    "protocole": Definition(
        "Protocole signé",
        f"Territoires qui ont signé un protocole d’accord, sur la plateforme ou d’après une source. {_ETAPES}",
    ),
    "contrat": Definition(
        "Contrat signé",
        f"Territoires qui ont signé un contrat, sur la plateforme ou d’après une source. {_ETAPES}",
    ),
    "acte_nature_inconnue": Definition(
        "Acte de nature non précisée",
        f"Territoires dont les sources disent qu’ils ont signé, sans dire «\u00a0protocole\u00a0» ou «\u00a0contrat\u00a0», ou en se contredisant. {_ETAPES}",
    ),
    "au_moins_un_acte": Definition(
        "Avec au moins un acte",
        f"Territoires qui ont signé un protocole, un contrat, ou un acte de nature non précisée. {_ETAPES}",
    ),
    "fiches": Definition(
        "Fiches action",
        "Fiches nées ce jour-là au plus tard et non abandonnées, toutes vagues ensemble. Source\u00a0: l’état daté de chaque fiche.",
    ),
    "engagement": Definition(
        "Avec un engagement de l’État ou d’un opérateur",
        "Fiches pour lesquelles l’État, la délégation ou un opérateur a accordé une somme, encore acquise ce jour-là. "
        "Source\u00a0: les mouvements «\u00a0accordé\u00a0».",
    ),
    Mesure.DEMANDE.value: Definition(
        "Demandé", f"Tout ce qui a été demandé aux financeurs, y compris ce qu’ils ont refusé. {_MOUVEMENTS}"
    ),
    Mesure.ANNONCE.value: Definition(
        "Annoncé", f"Ce que les financeurs ont annoncé, sans décision encore. {_MOUVEMENTS}"
    ),
    Mesure.ATTESTE.value: Definition(
        "Attesté par pièce, à confirmer",
        f"Ce qu’une pièce reçue par le territoire atteste et que le financeur n’a pas encore confirmé\u00a0: compté à part. {_MOUVEMENTS}",
    ),
    Mesure.ACCORDE.value: Definition(
        "Accordé",
        f"Ce que les financeurs ont accordé, pièce à l’appui\u00a0; un accord retiré ou caduc en sort à sa date. {_MOUVEMENTS}",
    ),
    Mesure.CONVENTIONNE.value: Definition(
        "Conventionné", f"La part accordée qu’une convention porte. {_MOUVEMENTS}"
    ),
    Mesure.VERSE.value: Definition("Versé", f"La part accordée qui a été payée. {_MOUVEMENTS}"),
    "taux_accord": Definition(
        "Taux d’accord", "Accordé divisé par demandé, en euros cumulés depuis l’origine."
    ),
}
