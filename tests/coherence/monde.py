"""Un petit monde : un territoire à soi, ses objets, et une personne par rôle. Un second territoire, pour les étrangers."""

from dataclasses import dataclass
from typing import Any

from maillage.comptes.models import Organisation, Personne
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.fiches.enums import StatutFiche, Visibilite
from maillage.fiches.models import FicheAction
from maillage.financement.enums import StatutLigne
from maillage.financement.models import EtapeLigne, LigneDepense, LigneFinancement, PlanFinancement
from maillage.territoires.enums import StatutDemande
from maillage.territoires.models import (
    DemandePerimetre,
    Etape,
    EvenementPerimetre,
    ListeRecue,
    StatutTerritoire,
    Territoire,
)
from tests.fabriques import (
    make_acte,
    make_demande,
    make_departement,
    make_etape,
    make_fiche,
    make_invite,
    make_ligne,
    make_liste,
    make_mutation,
    make_organisation_for,
    make_personne,
    make_plan,
    make_region,
    make_signataire,
    make_statut,
    make_territoire,
)

ANONYME = "anonyme"
ETRANGER = "chef_projet d’un autre territoire"
VOISIN = "financeur d’une autre ligne"
ROLES = (
    "chef_projet",
    "elu",
    "industriel",
    "partenaire",
    "referent_etat",
    "epci",
    "porteur",
    "region",
    "prefecture",
    "financeur",
    "national",
    "administrateur",
    VOISIN,
)


@dataclass
class Monde:
    """Tout ce qu’une adresse peut demander. `personnes` : par rôle, ETRANGER compris."""

    territoire: Territoire
    porteur: Organisation
    financeur: Organisation
    fiche: FicheAction
    fiche_publique: FicheAction
    plan: PlanFinancement
    depense: LigneDepense
    ligne: LigneFinancement
    ligne_accordee: LigneFinancement
    etape_avec_piece: EtapeLigne
    acte: Acte
    acte_arrete: Acte
    acte_constate: Acte
    signataire: Signataire
    signataire_arrete: Signataire
    mutation: EvenementPerimetre
    etape: Etape
    statut: StatutTerritoire
    demande: DemandePerimetre
    demande_decidee: DemandePerimetre
    liste: ListeRecue
    jeton: str
    personnes: dict[str, Personne]

    def args(self, objet: Any = None, **autres: Any) -> dict[str, Any]:
        """Arguments d’adresse du territoire, plus `pk` de l’objet : la forme commune des pages d’un espace."""
        base = {"vague": self.territoire.vague.code, "id_ti": self.territoire.id_ti}
        return base | ({"pk": objet.pk} if objet is not None else {}) | autres


def build_monde() -> Monde:
    """À construire dans une transaction défaite à la fin ; tout passe par les actes."""
    territoire = make_territoire("v1/ti-4403")
    loin = make_departement("21", "Côte-d’Or", region=make_region("27", "Bourgogne-Franche-Comté"))
    ailleurs = make_territoire("v1/ti-2701", departement=loin)
    porteur, financeur = make_organisation_for("porteur"), make_organisation_for("financeur")
    fiche = make_fiche(territoire=territoire, porteur=porteur, titre="À soi")
    plan = make_plan(fiche=fiche)
    ligne = make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE, financeur=financeur)
    ligne_accordee = make_ligne(fiche=fiche, statut=StatutLigne.ACCORDE, financeur=financeur)
    voisin = make_organisation_for("financeur")
    make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE, financeur=voisin)
    fiche_publique = make_fiche(
        territoire=territoire, statut=StatutFiche.RETENUE, visibilite=Visibilite.PUBLIQUE, titre="Publique"
    )
    acte = make_acte(territoire=territoire)
    acte_arrete = make_acte(territoire=territoire, statut=StatutActe.ARRETE)
    organisations = {"porteur": porteur, "financeur": financeur}
    personnes = {
        role: make_personne(role, territoire=territoire, organisation=organisations.get(role))
        for role in ROLES
        if role != VOISIN
    }
    personnes[VOISIN] = make_personne("financeur", organisation=voisin)
    personnes[ETRANGER] = make_personne("chef_projet", territoire=ailleurs)
    plan.refresh_from_db()
    return Monde(
        territoire=territoire,
        porteur=porteur,
        financeur=financeur,
        fiche=fiche,
        fiche_publique=fiche_publique,
        plan=plan,
        depense=plan.depenses.get(),
        ligne=ligne,
        ligne_accordee=ligne_accordee,
        etape_avec_piece=ligne_accordee.etapes.exclude(piece=None).get(),
        acte=acte,
        acte_arrete=acte_arrete,
        acte_constate=make_acte(territoire=territoire, statut=StatutActe.CONSTATE),
        signataire=make_signataire(acte, organisation=make_organisation_for("epci", territoire)),
        signataire_arrete=acte_arrete.signataires.earliest("ordre", "pk"),
        mutation=make_mutation(territoire),
        etape=make_etape(territoire),
        statut=make_statut(territoire),
        demande=make_demande(territoire),
        demande_decidee=make_demande(territoire, statut=StatutDemande.ACCEPTEE),
        liste=make_liste(territoire),
        jeton=make_invite(ligne)[1],
        personnes=personnes,
    )
