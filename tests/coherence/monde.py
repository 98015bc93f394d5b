"""Un petit monde : un territoire à soi, ses objets, et une personne par rôle. Un second territoire, pour les étrangers."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from maillage.agenda.selectors import make_jeton
from maillage.ateliers.actions import create_atelier
from maillage.ateliers.actions_annonce import announce_atelier
from maillage.ateliers.models import Atelier, Phase
from maillage.comptes.actions_organisations import add_contact
from maillage.comptes.models import ContactOrganisation, Organisation, Personne
from maillage.contrats.actions import unfreeze_acte
from maillage.contrats.enums import StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.dispositifs.models import Dispositif
from maillage.echanges.actions import receive_import
from maillage.echanges.models import ImportPlan
from maillage.echanges.plan_transitions import ActionLue, write_plan
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.fiches.actions_commentaires import write_commentaire
from maillage.fiches.actions_partage import propose_partage
from maillage.fiches.enums import StatutFiche, Visibilite
from maillage.fiches.models import Commentaire, FicheAction, Indicateur, PartageFiche
from maillage.financement.actions import answer_lot, create_enveloppe
from maillage.financement.actions.lots import Reponse
from maillage.financement.enums import NatureLigne, OrigineFinanceur, RegleEnveloppe, StatutLigne
from maillage.financement.models import (
    AideDeMinimisRecue,
    Enveloppe,
    EtapeLigne,
    LigneDepense,
    LigneFinancement,
    Lot,
    PlanFinancement,
    PublicationPlan,
)
from maillage.gouvernance.actions import add_college, add_point
from maillage.gouvernance.enums import StatutSeance
from maillage.gouvernance.models import CollegeComite, Comite, MembreComite, PointOrdreJour, Seance
from maillage.instruction.actions import ask_avis, render_avis
from maillage.instruction.enums import SensAvisPlan, StatutDossier
from maillage.instruction.models import AvisPlan, DossierPlan
from maillage.notifications.models import Courriel
from maillage.programmation.actions import share_simulation
from maillage.programmation.models import PartageSimulation, Simulation
from maillage.socle.horloge import aujourdhui
from maillage.territoires.actions_mandats import create_binome
from maillage.territoires.enums import PorteeBinome, RoleMandat, StatutDemande
from maillage.territoires.models import (
    Binome,
    DemandePerimetre,
    Etape,
    EvenementPerimetre,
    ListeRecue,
    Mandat,
    Referent,
    StatutTerritoire,
    Territoire,
)
from maillage.verification.actions import add_sollicitation, answer, create_campagne, open_campagne
from maillage.verification.models import Besoin, Campagne, Sollicitation
from tests.fabriques import (
    FABRIQUE,
    make_acte,
    make_aide_recue,
    make_comite,
    make_demande,
    make_demande_perimetre,
    make_departement,
    make_dispositif,
    make_dossier,
    make_etape,
    make_fiche,
    make_invitation,
    make_invite,
    make_ligne,
    make_liste,
    make_membre,
    make_mutation,
    make_organisation_for,
    make_personne,
    make_piece,
    make_plan,
    make_publication,
    make_referent,
    make_region,
    make_seance,
    make_signataire,
    make_simulation,
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
    dispositif: Dispositif
    fiche: FicheAction
    fiche_publique: FicheAction
    indicateur: Indicateur
    remarque: Commentaire
    partage: PartageFiche
    plan: PlanFinancement
    depense: LigneDepense
    aide_recue: AideDeMinimisRecue
    ligne: LigneFinancement
    ligne_accordee: LigneFinancement
    ligne_part: LigneFinancement
    etape_avec_piece: EtapeLigne
    acte: Acte
    acte_arrete: Acte
    acte_constate: Acte
    acte_repris: Acte
    signataire: Signataire
    signataire_arrete: Signataire
    mandat: Mandat
    binome: Binome
    referent: Referent
    contact: ContactOrganisation
    comite: Comite
    college: CollegeComite
    membre: MembreComite
    seance: Seance
    point: PointOrdreJour
    jeton_rendez_vous: str
    dossier: DossierPlan
    avis_plan: AvisPlan
    avis_recu: AvisPlan
    mutation: EvenementPerimetre
    etape: Etape
    statut: StatutTerritoire
    demande_perimetre: DemandePerimetre
    demande_decidee: DemandePerimetre
    liste: ListeRecue
    jeton: str
    invitation: Invitation
    jeton_invitation: str
    demande: DemandeRattachement
    jeton_demande: str
    mandat_elu: Mandat
    courriel: Courriel
    atelier: Atelier
    phase: Phase
    simulation: Simulation
    simulation_calculee: Simulation
    partage_simulation: PartageSimulation
    enveloppe: Enveloppe
    lot: Lot
    publication: PublicationPlan
    import_plan: ImportPlan
    campagne: Campagne
    sollicitation: Sollicitation
    besoin: Besoin
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
    fiche = make_fiche(
        territoire=territoire, porteur=porteur, titre="À soi", indicateurs=[{"libelle": "Emplois créés"}]
    )
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
    comite = make_comite(territoire=territoire)
    membre = make_membre(comite)
    seance = make_seance(comite, statut=StatutSeance.CONVOQUEE)
    organisations = {"porteur": porteur, "financeur": financeur}
    personnes = {
        role: make_personne(role, territoire=territoire, organisation=organisations.get(role))
        for role in ROLES
        if role != VOISIN
    }
    personnes[VOISIN] = make_personne("financeur", organisation=voisin)
    personnes[ETRANGER] = make_personne("chef_projet", territoire=ailleurs)
    plan.refresh_from_db()
    dossier = make_dossier(territoire=territoire, statut=StatutDossier.EN_INSTRUCTION)
    invitation, jeton_invitation = make_invitation(territoire=territoire, role="chef_projet")
    demande, jeton_demande = make_demande(organisation=personnes["region"].fonctions.get().organisation)
    atelier = create_atelier(
        territoire=territoire,
        titre="À soi",
        jour=aujourdhui(),
        heure=time(18),
        modele="swot_projets",
        by=personnes["chef_projet"],
    )
    programme = {"by": personnes["region"], "region": territoire.region}
    simulation = make_simulation(**programme)
    campagne = create_campagne(
        territoire=territoire,
        titre="À soi",
        fin=aujourdhui() + timedelta(days=20),
        fiches=[(fiche, "Une phrase. Une autre.")],
        by=personnes["chef_projet"],
    )
    sollicitation = add_sollicitation(
        campagne=campagne,
        entreprise="Une entreprise",
        email="contact@entreprise.example",
        fiches=list(campagne.fiches.all()),
        by=personnes["chef_projet"],
    )
    open_campagne(campagne=campagne, by=personnes["chef_projet"])
    answer(sollicitation=sollicitation, avis=[], besoin="Un besoin nouveau")
    announce_atelier(
        atelier=atelier, presentation="", adresse="http://essai.invalid/a/", by=personnes["chef_projet"]
    )
    return Monde(
        simulation=simulation,
        simulation_calculee=make_simulation(**programme, calculee=True),
        partage_simulation=share_simulation(
            simulation=simulation, organisation=voisin, by=personnes["region"]
        ),
        territoire=territoire,
        porteur=porteur,
        financeur=financeur,
        dispositif=make_dispositif(financeur=financeur),
        fiche=fiche,
        fiche_publique=fiche_publique,
        indicateur=fiche.indicateurs.get(),
        remarque=write_commentaire(fiche=fiche, texte="À revoir", by=personnes["region"]),
        partage=propose_partage(fiche=fiche, territoire=make_territoire("v1/ti-5201"), by=FABRIQUE),
        plan=plan,
        depense=plan.depenses.get(),
        aide_recue=make_aide_recue(plan),
        ligne=ligne,
        ligne_accordee=ligne_accordee,
        ligne_part=make_ligne(
            fiche=fiche,
            financeur=porteur,
            nature=NatureLigne.AUTOFINANCEMENT,
            origine=OrigineFinanceur.PORTEUR,
        ),
        etape_avec_piece=ligne_accordee.etapes.exclude(piece=None).get(),
        acte=acte,
        acte_arrete=acte_arrete,
        acte_constate=make_acte(territoire=territoire, statut=StatutActe.CONSTATE),
        acte_repris=unfreeze_acte(
            acte=make_acte(territoire=territoire, statut=StatutActe.ARRETE), by=FABRIQUE, motif="essai"
        ),
        signataire=make_signataire(acte, organisation=make_organisation_for("epci", territoire)),
        signataire_arrete=acte_arrete.signataires.earliest("ordre", "pk"),
        mandat=Mandat.objects.get(territoire=territoire, role=RoleMandat.ELU),
        binome=create_binome(territoire=territoire, portee=PorteeBinome.ACTION, sujet="Former", by=FABRIQUE),
        referent=make_referent(territoire=territoire, organisation=financeur),
        contact=add_contact(
            organisation=financeur, libelle="Standard", telephone="01 00 00 00 00", by=FABRIQUE
        ),
        comite=comite,
        college=add_college(comite=comite, nom="Élus", by=FABRIQUE),
        membre=membre,
        seance=seance,
        point=add_point(seance=seance, titre="Point d’essai", by=FABRIQUE),
        jeton_rendez_vous=make_jeton(seance.rendez_vous.invitations.get()),
        dossier=dossier,
        avis_plan=ask_avis(dossier=dossier, organisation=financeur, by=FABRIQUE),
        avis_recu=render_avis(
            avis=ask_avis(dossier=dossier, organisation=voisin, by=FABRIQUE),
            sens=SensAvisPlan.FAVORABLE,
            piece=make_piece(),
            by=FABRIQUE,
        ),
        mutation=make_mutation(territoire),
        etape=make_etape(territoire),
        statut=make_statut(territoire),
        demande_perimetre=make_demande_perimetre(territoire),
        demande_decidee=make_demande_perimetre(territoire, statut=StatutDemande.ACCEPTEE),
        liste=make_liste(territoire),
        jeton=make_invite(ligne)[1],
        invitation=invitation,
        jeton_invitation=jeton_invitation,
        demande=demande,
        jeton_demande=jeton_demande,
        mandat_elu=personnes["elu"].mandats.get(),
        courriel=Courriel.objects.order_by("pk")[0],
        atelier=atelier,
        phase=atelier.phases.earliest("rang"),
        enveloppe=create_enveloppe(
            financeur=financeur,
            nom="À soi",
            annee=aujourdhui().year,
            regle=RegleEnveloppe.REFUSE,
            by=personnes["financeur"],
        ),
        lot=answer_lot(
            reponses=[
                Reponse(make_ligne(fiche=fiche, statut=StatutLigne.SOLLICITE, financeur=financeur), None, 0)
            ],
            vers=StatutLigne.DOSSIER_COMPLET,
            by=personnes["financeur"],
        ),
        publication=make_publication(territoire=territoire),
        import_plan=receive_import(
            territoire=territoire,
            contenu=write_plan([ActionLue("Une action", axe="Attirer")]),
            nom="plan.xlsx",
            by=personnes["chef_projet"],
        ),
        campagne=campagne,
        sollicitation=sollicitation,
        besoin=sollicitation.besoins.get(),
        personnes=personnes,
    )
