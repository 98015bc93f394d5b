"""Objets d’essai, faits par les vrais actes : un état n’existe ici que si la plateforme permet d’y arriver.

Tout est petit, faux et nommé simplement. Les dates d’effet sont le jour présent, sauf demande contraire.
"""

from collections import deque
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from maillage.comptes import actions as comptes
from maillage.comptes.enums import ButLien, RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Invite, Organisation, Personne
from maillage.comptes.roles import ROLES_TERRITOIRE
from maillage.contrats import actions as contrats
from maillage.contrats.enums import College, NatureActe, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.contrats.selectors import fiches_a_inscrire, find_sans_moyen
from maillage.dispositifs.actions import create_dispositif
from maillage.dispositifs.models import Dispositif
from maillage.documents.actions import store_piece
from maillage.documents.models import Piece
from maillage.equipes import actions as equipes
from maillage.equipes.models import DemandeRattachement, Invitation
from maillage.equipes.permissions import Titre
from maillage.fiches import actions as fiches
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.policies import TRANSITIONS as TRANSITIONS_FICHE
from maillage.financement import actions as financement
from maillage.financement.enums import NatureDepense, NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import AideDeMinimisRecue, LigneFinancement, PlanFinancement, PublicationPlan
from maillage.financement.policies import DEMANDE_MONTANT, DEMANDE_MOTIF, DEMANDE_PIECE, Main
from maillage.financement.policies import TRANSITIONS as TRANSITIONS_LIGNE
from maillage.gouvernance import actions as gouvernance
from maillage.gouvernance.enums import NatureComite, StatutSeance
from maillage.gouvernance.enums import Sens as SensDecision
from maillage.gouvernance.models import Comite, MembreComite, Seance
from maillage.instruction import actions as instruction
from maillage.instruction.enums import SensAvisPlan, StatutDossier
from maillage.instruction.models import DossierPlan
from maillage.instruction.policies import TRANSITIONS as TRANSITIONS_DOSSIER
from maillage.journal.actions import Systeme
from maillage.programmation import actions as programmation
from maillage.programmation.enums import Perimetre
from maillage.programmation.models import Simulation
from maillage.referentiels.enums import TypeEpci, Zone
from maillage.referentiels.models import Departement, Epci, Region
from maillage.socle.horloge import aujourdhui, maintenant
from maillage.territoires import actions as territoires
from maillage.territoires import actions_demandes as demandes
from maillage.territoires import actions_perimetre as perimetres
from maillage.territoires.actions_mandats import name_referent
from maillage.territoires.enums import (
    Fait,
    Mutation,
    NatureStatut,
    RangReferent,
    RoleMandat,
    Sens,
    SensAvis,
    StatutDemande,
)
from maillage.territoires.imports import receive_liste
from maillage.territoires.models import (
    Axe,
    DemandePerimetre,
    Etape,
    EvenementPerimetre,
    ListeRecue,
    Referent,
    StatutTerritoire,
    Territoire,
    Vague,
)
from maillage.territoires.policies import TRANSITIONS as TRANSITIONS_DEMANDE

FABRIQUE = Systeme("Essais")
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
EUROS = 100  # centimes

_numeros = count(1)

VAGUES = {
    1: ("Phase 1 (2018–2022)", date(2018, 11, 22), date(2023, 11, 8)),
    2: ("Phase 2 (2023–2027)", date(2023, 11, 9), None),
}
AXES = {
    1: [
        ("recruter", "Recruter"),
        ("innover", "Innover"),
        ("attirer", "Attirer"),
        ("simplifier", "Simplifier"),
    ],
    2: [
        ("transition", "Transition écologique"),
        ("innovation", "Innovation"),
        ("competences", "Compétences"),
    ],
}


def make_vague(numero: int = 1) -> Vague:
    """Une phase, avec ses axes."""
    nom, debut, fin = VAGUES[numero]
    vague, creee = Vague.objects.get_or_create(
        numero=numero, defaults={"nom": nom, "debut": debut, "fin": fin, "source": "liste d’essai"}
    )
    if creee:
        for rang, (code, libelle) in enumerate(AXES[numero], start=1):
            Axe.objects.create(vague=vague, code=code, nom=libelle, rang=rang)
    return vague


def make_axe(code: str = "attirer", *, vague: Vague | None = None) -> Axe:
    return (vague or make_vague(1)).axes.get(code=code)


def make_region(code: str = "52", nom: str = "Pays de la Loire") -> Region:
    region, _ = Region.objects.get_or_create(code=code, defaults={"nom": nom, "zone": Zone.METRO})
    return region


def make_departement(
    code: str = "44", nom: str = "Loire-Atlantique", *, region: Region | None = None
) -> Departement:
    departement, _ = Departement.objects.get_or_create(
        code=code, defaults={"nom": nom, "region": region or make_region(), "zone": Zone.METRO}
    )
    return departement


def make_epci(
    siren: str = "", *, nom: str = "", departement: Departement | None = None, population: int = 50_000
) -> Epci:
    n = next(_numeros)
    departement = departement or make_departement()
    epci, _ = Epci.objects.get_or_create(
        siren=siren or f"2{n:08d}",
        defaults={
            "nom": nom or f"CC d’essai {n}",
            "type": TypeEpci.CC,
            "population_municipale": population,
            "population_totale": population,
            "departement": departement,
            "region": departement.region,
        },
    )
    return epci


@transaction.atomic
def make_territoire(
    cle: str = "v1/ti-4403",
    *,
    nom: str = "",
    departement: Departement | None = None,
    epcis: list[Epci] | None = None,
    is_fictif: bool = False,
) -> Territoire:
    """Un territoire labellisé, dont le périmètre est fait d’un EPCI (ou de ceux donnés) depuis le début de sa phase."""
    code_vague, _, id_ti = cle.partition("/")
    vague = make_vague(int(code_vague.removeprefix("v")))
    deja = Territoire.objects.filter(vague=vague, id_ti=id_ti).select_related("vague", "region").first()
    if deja:
        return deja
    departement = departement or make_departement()
    membres = epcis or [make_epci(departement=departement)]
    territoire = Territoire.objects.create(
        vague=vague,
        id_ti=id_ti,
        nom=nom or f"Territoire {id_ti}",
        region=departement.region,
        population=sum(epci.population_municipale for epci in membres),
        is_fictif=is_fictif,
        source="liste d’essai",
    )
    territoire.regions.add(departement.region)
    territoire.departements.add(departement)
    perimetres.write_mutation(
        mutation=Mutation.CREATION,
        territoire=territoire,
        debut=vague.debut,
        fin=vague.debut,
        preuve=perimetres.Preuve(source="liste d’essai"),
        mouvements=[perimetres.Mouvement(territoire, Sens.ENTREE, epci=epci) for epci in membres],
        by=FABRIQUE,
    )
    perimetres.settle([territoire])
    return territoire


def make_organisation(
    type: TypeOrganisation = TypeOrganisation.OPERATEUR,
    *,
    nom: str = "",
    **champs: Any,
) -> Organisation:
    return comptes.create_organisation(
        nom=nom or f"{TypeOrganisation(type).label} {next(_numeros)}", type=type, by=FABRIQUE, **champs
    )


def make_organisation_for(role: str, territoire: Territoire | None = None) -> Organisation:
    """L’organisation au nom de laquelle un rôle agit, placée pour que `territoire` soit de son ressort."""
    if role == RoleOrganisation.EPCI:
        epci = territoire.perimetres.exclude(epci=None).earliest("pk").epci if territoire else make_epci()
        deja = Organisation.objects.filter(epci=epci).first()
        return deja or make_organisation(TypeOrganisation.EPCI, nom=epci.nom, epci=epci, is_financeur=True)
    if role == RoleOrganisation.REGION:
        region = territoire.region if territoire else make_region()
        return make_organisation(TypeOrganisation.REGION, region=region, is_financeur=True)
    if role == RoleOrganisation.PREFECTURE:
        departement = territoire.departements.earliest("pk") if territoire else make_departement()
        return make_organisation(TypeOrganisation.ETAT, departement=departement, region=departement.region)
    types = {
        RoleOrganisation.PORTEUR: TypeOrganisation.ENTREPRISE,
        RoleOrganisation.FINANCEUR: TypeOrganisation.OPERATEUR,
    }
    type_organisation = types.get(RoleOrganisation(role), TypeOrganisation.DELEGATION)
    return make_organisation(type_organisation, is_financeur=role == RoleOrganisation.FINANCEUR)


def make_personne(
    role: str = "",
    *,
    territoire: Territoire | None = None,
    organisation: Organisation | None = None,
    nom: str = "",
    email: str | None = None,
    **champs: Any,
) -> Personne:
    """Une personne qui peut se connecter, avec un rôle : de territoire (mandat) ou d’organisation (fonction).

    Un rôle d’organisation sans `organisation` en reçoit une dont `territoire` est le ressort.
    """
    n = next(_numeros)
    personne = comptes.create_personne(
        nom=nom or f"{role or 'Personne'} {n}",
        email=email or f"personne{n}@essai.example",
        by=FABRIQUE,
        **champs,
    )
    if role in ROLES_TERRITOIRE:
        territoires.give_mandat(
            territoire=territoire or make_territoire(),
            personne=personne,
            role=RoleMandat(role),
            organisation=organisation,
            fin=aujourdhui() + timedelta(days=365) if role == RoleMandat.PARTENAIRE else None,
            by=FABRIQUE,
        )
    elif role:
        comptes.give_fonction(
            personne=personne,
            organisation=organisation or make_organisation_for(role, territoire),
            role=RoleOrganisation(role),
            by=FABRIQUE,
        )
    return personne


def make_referent(
    *,
    territoire: Territoire | None = None,
    organisation: Organisation | None = None,
    rang: RangReferent = RangReferent.TITULAIRE,
    **champs: Any,
) -> Referent:
    """Le référent d’un opérateur pour un territoire."""
    return name_referent(
        territoire=territoire or make_territoire(),
        organisation=organisation or make_organisation(),
        personne=comptes.create_personne(nom=f"Référent {next(_numeros)}", by=FABRIQUE),
        rang=rang,
        by=FABRIQUE,
        **champs,
    )


def _find_chemin(transitions: Mapping[Any, Any], depart: Any, arrivee: Any) -> list[Any]:
    """Le plus court chemin d’un état à un autre dans une table de transitions, sans le départ."""
    vus, file = {depart}, deque([(depart, [])])
    while file:
        etat, chemin = file.popleft()
        if etat == arrivee:
            return chemin
        for suivant in transitions[etat]:
            if suivant not in vus:
                vus.add(suivant)
                file.append((suivant, [*chemin, suivant]))
    raise AssertionError(f"aucun chemin de {depart} à {arrivee}")


def make_fiche(
    *,
    territoire: Territoire | None = None,
    statut: StatutFiche = StatutFiche.BROUILLON,
    titre: str = "",
    code: str | None = None,
    axe: Axe | None = None,
    porteur: Organisation | None = None,
    date_effet: date | None = None,
    **champs: Any,
) -> FicheAction:
    """Une fiche menée jusqu’à `statut` par les passages que la table permet ; une idée n’a ni code, ni axe, ni porteur."""
    territoire = territoire or make_territoire()
    n = next(_numeros)
    if statut != StatutFiche.IDEE:
        code = f"F{n}" if code is None else code
        axe = axe or territoire.vague.axes.earliest("rang")
        porteur = porteur or make_organisation(TypeOrganisation.ENTREPRISE)
    depart = StatutFiche.IDEE if statut == StatutFiche.IDEE else StatutFiche.BROUILLON
    fiche = fiches.create_fiche(
        territoire=territoire,
        titre=titre or f"Action d’essai {n}",
        code=code or "",
        axe=axe,
        porteur=porteur,
        statut=depart,
        date_effet=date_effet,
        by=FABRIQUE,
        **champs,
    )
    for vers in _find_chemin(TRANSITIONS_FICHE, depart, StatutFiche(statut)):
        fiche = fiches.move_fiche(fiche=fiche, vers=vers, by=FABRIQUE, date_effet=date_effet, motif="essai")
    return fiche


def make_plan(
    *,
    fiche: FicheAction | None = None,
    cout: int = 100_000 * EUROS,
    sans_besoin: bool = False,
    date_effet: date | None = None,
) -> PlanFinancement:
    """Un plan avec une dépense de `cout` centimes (0 : non chiffré), ou déclaré sans besoin financier."""
    fiche = fiche or make_fiche()
    if sans_besoin:
        return financement.declare_sans_besoin(fiche=fiche, motif="essai", by=FABRIQUE, date_effet=date_effet)
    plan = financement.open_plan(fiche=fiche, by=FABRIQUE, date_effet=date_effet)
    if cout:
        financement.add_depense(
            fiche=fiche,
            nature=NatureDepense.EQUIPEMENT,
            libelle="Matériel",
            montant=cout,
            by=FABRIQUE,
            date_effet=date_effet,
        )
        plan.refresh_from_db()
    return plan


def make_aide_recue(
    plan: PlanFinancement, *, jour: date = date(2025, 1, 10), montant: int = 1_000 * EUROS
) -> AideDeMinimisRecue:
    """Une aide de minimis déclarée par l’entreprise du plan (centimes)."""
    return financement.add_aide_recue(
        fiche=plan.fiche, jour=jour, montant=montant, financeur="Région d’essai", by=FABRIQUE
    )


def make_piece(nom: str = "arrete.pdf", *, contenu: bytes = PDF) -> Piece:
    return store_piece(contenu=contenu, nom=nom, by=FABRIQUE)


def make_ligne(
    *,
    fiche: FicheAction | None = None,
    statut: StatutLigne = StatutLigne.PRESSENTI,
    montant: int = 40_000 * EUROS,
    financeur: Organisation | None = None,
    nature: NatureLigne = NatureLigne.SUBVENTION,
    origine: OrigineFinanceur = OrigineFinanceur.OPERATEUR,
    date_effet: date | None = None,
) -> LigneFinancement:
    """Une ligne menée jusqu’à `statut`, chaque pas fait par celui qui a la main, pièce à l’appui quand il en faut une.

    Le même `montant` (centimes) est demandé, accordé, conventionné et versé ; « versé en partie » en verse la moitié.
    """
    fiche = fiche or make_plan().fiche
    financeur = financeur or make_organisation(is_financeur=True)
    ligne = financement.add_ligne(
        fiche=fiche,
        financeur=financeur,
        nature=nature,
        origine=origine,
        montant=montant,
        by=FABRIQUE,
        date_effet=date_effet,
    )
    chemin = _find_chemin(TRANSITIONS_LIGNE, StatutLigne.PRESSENTI, StatutLigne(statut))
    if not chemin:
        return ligne
    territoire = fiche.territoire
    auteurs = {
        Main.TERRITOIRE: make_personne(RoleMandat.CHEF_PROJET, territoire=territoire),
        Main.FINANCEUR: make_personne(RoleOrganisation.FINANCEUR, organisation=financeur),
    }
    for vers in chemin:
        main = TRANSITIONS_LIGNE[StatutLigne(ligne.statut)][vers]
        ligne = financement.move_ligne(
            ligne=ligne,
            vers=vers,
            by=auteurs[main],
            montant=(montant // 2 if vers is StatutLigne.VERSE_PARTIEL else montant)
            if vers in DEMANDE_MONTANT
            else None,
            piece=make_piece() if vers in DEMANDE_PIECE else None,
            motif="essai" if vers in DEMANDE_MOTIF else "",
            date_effet=date_effet,
        )
    return ligne


def make_publication(*, territoire: Territoire | None = None) -> PublicationPlan:
    """Un plan publié par une intercommunalité : une aide publique accordée, et sa part."""
    territoire = territoire or make_territoire()
    porteur = make_organisation(TypeOrganisation.EPCI, is_financeur=True)
    fiche = make_plan(fiche=make_fiche(territoire=territoire, porteur=porteur)).fiche
    make_ligne(
        fiche=fiche, statut=StatutLigne.ACCORDE, montant=60_000 * EUROS, origine=OrigineFinanceur.REGION
    )
    return financement.publish_plan(
        fiche=fiche, by=make_personne(RoleMandat.CHEF_PROJET, territoire=territoire)
    )


def make_signataire(acte: Acte, college: College = College.INTERCOMMUNALITES, **champs: Any) -> Signataire:
    champs.setdefault("organisation", make_organisation(TypeOrganisation.EPCI))
    return contrats.add_signataire(acte=acte, qualite="Président", college=college, by=FABRIQUE, **champs)


def make_acte(
    *,
    territoire: Territoire | None = None,
    statut: StatutActe = StatutActe.PROJET,
    nature: NatureActe = NatureActe.PROTOCOLE,
    signataires: list[Organisation] | None = None,
) -> Acte:
    """Un acte mené jusqu’à `statut`. Un projet a déjà ses signataires : une intercommunalité et un partenaire public.

    `signataires` : organisations qui signent après elles, au collège public. Arrêter un acte y met une fiche retenue.
    """
    territoire = territoire or make_territoire()
    if statut == StatutActe.CONSTATE:
        return contrats.record_acte_constate(
            territoire=territoire,
            titre=f"{NatureActe(nature).label} de {territoire}",
            debut=aujourdhui(),
            sources=[contrats.Source("journal d’essai", nature)],
            by=FABRIQUE,
        )
    acte = contrats.open_acte(territoire=territoire, nature=nature, periode="2019–2022", by=FABRIQUE)
    make_signataire(acte)
    make_signataire(acte, College.PUBLICS, organisation=make_organisation(TypeOrganisation.REGION))
    for organisation in signataires or []:
        make_signataire(acte, College.PUBLICS, organisation=organisation)
    if statut == StatutActe.PROJET:
        return acte
    if not fiches_a_inscrire(territoire).exists():
        make_fiche(territoire=territoire, statut=StatutFiche.RETENUE)
    for signataire in find_sans_moyen(list(acte.signataires.select_related("organisation"))):
        make_personne(RoleOrganisation.EPCI, organisation=signataire.organisation)
    acte = contrats.freeze_acte(acte=acte, by=make_personne(RoleMandat.CHEF_PROJET, territoire=territoire))
    a_signer = {StatutActe.ARRETE: 0, StatutActe.SIGNE_PARTIELLEMENT: 1, StatutActe.SIGNE: None}[statut]
    for signataire in list(acte.signataires.select_related("organisation"))[:a_signer]:
        by = make_personne(RoleOrganisation.EPCI, organisation=signataire.organisation)
        acte = contrats.sign_acte(signataire=signataire, by=by)
    return acte


def make_invite(
    ligne_ou_signataire: LigneFinancement | Signataire, *, email: str = "invite@essai.example"
) -> tuple[Invite, str]:
    """Quelqu’un sans compte, entré par un lien personnel ; rend aussi le jeton du lien."""
    objet = ligne_ou_signataire
    is_ligne = isinstance(objet, LigneFinancement)
    territoire = objet.plan.fiche.territoire if is_ligne else objet.acte.territoire
    lien, jeton = comptes.create_lien_personnel(
        but=ButLien.REPONDRE_LIGNE if is_ligne else ButLien.SIGNER_ACTE,
        objet=objet,
        organisation=objet.financeur if is_ligne else objet.organisation,
        nom="Personne invitée",
        email=email,
        by=make_personne(RoleMandat.CHEF_PROJET, territoire=territoire),
        territoire=territoire.cle,
    )
    return Invite(lien), jeton


def make_invitation(
    *,
    territoire: Territoire | None = None,
    organisation: Organisation | None = None,
    role: str = "elu",
    email: str = "",
    by: Personne | None = None,
    **champs: Any,
) -> tuple[Invitation, str]:
    """Une invitation envoyée par la cheffe de projet du territoire, ou par quelqu’un de l’organisation ; et son jeton."""
    if organisation is None:
        territoire = territoire or make_territoire()
        by = by or make_personne(RoleMandat.CHEF_PROJET, territoire=territoire)
    by = by or make_personne(role, organisation=organisation)
    return equipes.create_invitation(
        email=email or f"invite{next(_numeros)}@essai.example",
        titre=Titre(role, organisation=organisation, territoire=territoire),
        by=by,
        nom="Invitée",
        **champs,
    )


def make_demande(
    *, organisation: Organisation | None = None, email: str = "", confirmee: bool = True
) -> tuple[DemandeRattachement, str]:
    """Une demande à rejoindre une organisation, dont l’adresse est confirmée ; et son jeton."""
    demande, jeton = equipes.request_rattachement(
        email=email or f"demande{next(_numeros)}@essai.example",
        prenom="Dominique",
        nom="Demandeuse",
        organisation=organisation or make_organisation_for("region"),
        message="Suivi des dossiers",
    )
    return (equipes.confirm_rattachement(demande=demande) if confirmee else demande), jeton


def make_comite(
    *,
    territoire: Territoire | None = None,
    region: Region | None = None,
    nature: NatureComite | None = None,
    **champs: Any,
) -> Comite:
    """Un comité : de projet pour un territoire (défaut), COPIL pour une région ou, avec sa nature, pour la nation."""
    if nature is None:
        nature = NatureComite.COPIL_REGIONAL if region else NatureComite.PROJET
    if region is None and nature != NatureComite.COPIL_NATIONAL:
        territoire = territoire or make_territoire()
    return gouvernance.create_comite(
        territoire=territoire, region=region, nature=nature, by=FABRIQUE, **champs
    )


def make_membre(comite: Comite, personne: Personne | None = None, **champs: Any) -> MembreComite:
    """Un membre ; avec `personne`, il est relié à son compte par son adresse."""
    n = next(_numeros)
    champs.setdefault("nom", personne.nom if personne else f"Membre {n}")
    champs.setdefault("email", (personne.email or "") if personne else f"membre{n}@essai.example")
    return gouvernance.add_membre(comite=comite, by=FABRIQUE, **champs)


def make_seance(
    comite: Comite | None = None, *, statut: StatutSeance = StatutSeance.EN_PREPARATION, by: Any = None
) -> Seance:
    """Une séance menée jusqu’à `statut` : à venir (dans dix jours) si elle se prépare, ce jour si elle s’ouvre."""
    comite = comite or make_comite()
    by = by or FABRIQUE
    ouverte = statut in (StatutSeance.OUVERTE, StatutSeance.TENUE)
    debut = maintenant() + (timedelta(0) if ouverte else timedelta(days=10))
    seance = gouvernance.create_seance(
        comite=comite,
        titre=f"Séance {next(_numeros)}",
        debut_at=debut,
        fin_at=debut + timedelta(minutes=5),
        lieu="Salle d’essai",
        by=by,
    )
    if statut == StatutSeance.CONVOQUEE:
        if not comite.membres.exists():
            make_membre(comite)
        gouvernance.convoke_seance(seance=seance, by=by)
    elif statut == StatutSeance.ANNULEE:
        gouvernance.cancel_seance(seance=seance, motif="essai", by=by)
    elif ouverte:
        gouvernance.open_seance(seance=seance, by=by)
        if statut == StatutSeance.TENUE:
            gouvernance.close_seance(seance=seance, by=by)
    seance.refresh_from_db()
    return seance


def make_dossier(
    *, territoire: Territoire | None = None, statut: StatutDossier = StatutDossier.TRANSMIS, fiches: int = 1
) -> DossierPlan:
    """Un plan transmis à la Région, mené jusqu’à `statut` : complet, il a l’avis favorable de ses Régions, puis une décision."""
    territoire = territoire or make_territoire()
    dossier = instruction.transmit_plan(
        territoire=territoire,
        fiches=[make_fiche(territoire=territoire, statut=StatutFiche.RETENUE) for _ in range(fiches)],
        by=FABRIQUE,
    )
    decisions = {
        StatutDossier.VALIDE: SensDecision.ADOPTEE,
        StatutDossier.REFUSE: SensDecision.REJETEE,
        StatutDossier.AJOURNE: SensDecision.AJOURNEE,
    }
    droit = [StatutDossier.RECU, StatutDossier.EN_INSTRUCTION, StatutDossier.A_DECIDER]
    if statut in decisions:
        chemin = [*droit, statut]
    elif statut in droit:
        chemin = droit[: droit.index(statut) + 1]
    else:
        chemin = _find_chemin(TRANSITIONS_DOSSIER, StatutDossier.TRANSMIS, statut)
    for vers in chemin:
        if vers in decisions:
            seance = make_seance(make_comite(region=territoire.region), statut=StatutSeance.OUVERTE)
            instruction.decide_dossiers(
                dossiers=[dossier], seance=seance, sens=decisions[vers], texte="essai", by=FABRIQUE
            )
        elif vers == StatutDossier.RECU:
            instruction.receive_dossier(dossier=dossier, by=FABRIQUE)
        elif vers == StatutDossier.EN_INSTRUCTION:
            instruction.declare_complet(dossier=dossier, by=FABRIQUE)
        elif vers == StatutDossier.A_COMPLETER:
            instruction.ask_complements(dossier=dossier, motif="essai", by=FABRIQUE)
        elif vers == StatutDossier.RETIRE:
            instruction.withdraw_dossier(dossier=dossier, motif="essai", by=FABRIQUE)
        else:
            avis = dossier.avis.filter(sens="").select_related("dossier__territoire")
            for un in sorted(avis, key=lambda a: a.region_id == territoire.region_id):
                instruction.render_avis(avis=un, sens=SensAvisPlan.FAVORABLE, by=FABRIQUE)
        dossier.refresh_from_db()
    return dossier


# --- périmètre et label ----------------------------------------------------------------------------------------------


def make_mutation(territoire: Territoire, *, epci: Epci | None = None, **champs: Any) -> EvenementPerimetre:
    """L’entrée d’un EPCI, aujourd’hui, avec son document."""
    return perimetres.record_mutation(
        mutation=Mutation.ENTREE,
        territoire=territoire,
        debut=champs.pop("debut", aujourdhui()),
        preuve=perimetres.Preuve(source="décision d’essai", piece=make_piece()),
        mouvements=[perimetres.Mouvement(territoire, Sens.ENTREE, epci=epci or make_epci())],
        by=FABRIQUE,
        **champs,
    )


def make_etape(territoire: Territoire, fait: Fait = Fait.GOUVERNANCE, **champs: Any) -> Etape:
    return territoires.record_etape(
        territoire=territoire,
        fait=fait,
        debut=champs.pop("debut", aujourdhui()),
        source="texte d’essai",
        piece=make_piece(),
        by=FABRIQUE,
        **champs,
    )


def make_statut(territoire: Territoire, nature: NatureStatut = NatureStatut.FRAGILE) -> StatutTerritoire:
    return territoires.record_statut(
        territoire=territoire,
        nature=nature,
        debut=aujourdhui(),
        aide="ingénierie",
        source="texte d’essai",
        by=FABRIQUE,
    )


def make_demande_perimetre(
    territoire: Territoire, *, statut: StatutDemande = StatutDemande.DEPOSEE
) -> DemandePerimetre:
    """Une demande d’entrée, menée jusqu’à `statut`, chaque pas avec ce qu’il demande."""
    demande = demandes.request_perimetre(
        territoire=territoire,
        mutation=Mutation.ENTREE,
        entrent=[make_epci(departement=territoire.departements.earliest("pk"))],
        motif="essai",
        souhaite_le=aujourdhui(),
        by=FABRIQUE,
    )
    for vers in _find_chemin(TRANSITIONS_DEMANDE, StatutDemande.DEPOSEE, statut):
        if vers == StatutDemande.A_DECIDER:
            for avis in demande.avis.filter(sens=""):
                demandes.render_avis(avis=avis, sens=SensAvis.FAVORABLE, texte="", by=FABRIQUE)
        elif vers == StatutDemande.RETIREE:
            demandes.withdraw_demande(demande=demande, motif="essai", by=FABRIQUE)
        elif vers == StatutDemande.ENREGISTREE:
            demandes.record_demande(demande=demande, by=FABRIQUE)
        else:
            demandes.decide_demande(
                demande=demande,
                decision=vers,
                instance="COPIL d’essai",
                decide_le=aujourdhui(),
                motif="essai",
                piece=make_piece(),
                by=FABRIQUE,
            )
        demande.refresh_from_db()
    return demande


def make_liste(territoire: Territoire) -> ListeRecue:
    """Une liste par groupements qui ne garde que ce territoire, sans rien changer à ses membres."""
    lignes = ["id_ti,lib_ti,siren_groupement,lib_groupement,nature_juridique"]
    lignes += [
        f"{territoire.id_ti},{territoire.nom},{siren},x,CC"
        for siren in territoire.perimetres.values_list("epci", flat=True)
    ]
    return receive_liste(
        contenu="\n".join(lignes).encode(),
        fichier="liste.csv",
        arretee_le=territoire.vague.fin or aujourdhui(),
        by=FABRIQUE,
    )


# --- catalogue -------------------------------------------------------------------------------------------------------


def make_dispositif(
    *,
    titre: str = "",
    financeur: Organisation | None = None,
    contenu: Mapping[str, Any] | None = None,
    depuis: date | None = None,
    **champs: Any,
) -> Dispositif:
    """Un dispositif à une version ; ce qui n’est pas donné dans `contenu` reste inconnu."""
    return create_dispositif(
        contenu={"titre": titre or f"Dispositif {next(_numeros)}", **(contenu or {})},
        financeur=financeur or make_organisation(is_financeur=True),
        depuis=depuis,
        by=FABRIQUE,
        **champs,
    )


def make_simulation(*, by: Personne, region: Region, calculee: bool = False) -> Simulation:
    """Une simulation de l’organisation de `by` sur une région, avec une aide et son enveloppe ; calculée si on le veut."""
    organisation = by.get_fonctions()[0].organisation
    simulation = programmation.create_simulation(
        organisation=organisation,
        nom=f"Simulation {next(_numeros)}",
        perimetre=Perimetre.REGION,
        region=region,
        annee=2026,
        by=by,
    )
    aide = programmation.add_aide(
        simulation=simulation,
        financeur=organisation,
        libelle="Aide simulée",
        taux=8_000,
        plafond=500_000 * EUROS,
        by=by,
    )
    programmation.set_enveloppe(aide=aide, montant=500_000 * EUROS, by=by)
    if calculee:
        programmation.launch_simulation(simulation=simulation, by=by)
        programmation.calcule(simulation_id=simulation.pk, suivi=lambda etape, fait, total: True)
        simulation.refresh_from_db()
    return simulation
