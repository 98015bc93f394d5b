"""Le rejeu fictif de Langres – Chaumont : mêmes fiches, mais montants, porteurs, décisions et signatures inventés.

Tout passe par les actes des écrans, aux dates d’effet de 2019. L’espace est marqué « fictif » : rien n’y compte
dans les chiffres publics.
"""

from datetime import date
from typing import Any

from django.db import transaction

from maillage.comptes.models import Organisation, Personne
from maillage.contrats.actions import add_signataire, freeze_acte, open_acte, sign_acte
from maillage.contrats.enums import College, NatureActe, StatutActe
from maillage.contrats.models import Acte
from maillage.demonstration.comptes import AUTEUR, get_compte, get_organisation
from maillage.demonstration.faits_publies import get_territoire, read_programme
from maillage.demonstration.financements import follow_money, open_enveloppes
from maillage.demonstration.gouvernance import build_comite, build_seances
from maillage.documents import blocs
from maillage.documents.actions import store_piece
from maillage.documents.models import Piece
from maillage.documents.rendu_pdf import render_pdf
from maillage.fiches.actions import create_fiche, move_fiche, update_fiche
from maillage.fiches.enums import Maturite, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.actions import (
    add_depense,
    add_ligne,
    declare_sans_besoin,
    move_ligne,
    update_precision_ligne,
    update_precision_plan,
)
from maillage.financement.enums import NatureDepense, NatureLigne, OrigineFinanceur, StatutLigne
from maillage.financement.models import LigneFinancement
from maillage.instruction import actions as instruction
from maillage.instruction.actions import AvisSurFiche
from maillage.instruction.enums import SensAvisPlan
from maillage.instruction.models import AvisPlan
from maillage.referentiels.models import Epci
from maillage.socle.texte import replier
from maillage.territoires.actions_demandes import decide_demande, render_avis, request_perimetre
from maillage.territoires.actions_perimetre import create_espace_fictif
from maillage.territoires.enums import Mutation, SensAvis, StatutDemande
from maillage.territoires.models import Axe, Territoire

CLE = "v1/fictif-4403"
EUROS = 100  # centimes

GRAND_LANGRES, CHAUMONT, FORGES = "200072999", "200068658", "Forges fictives du Bassigny"
REGION, PREFECTURE, BDT = "Région Grand Est", "Préfecture de la Haute-Marne", "Banque des Territoires"
S, Nat, Ori = StatutLigne, NatureLigne, OrigineFinanceur

# Montants inventés, en euros. code : (porteur, maturité, coût, nature de dépense, [(financeur, nature, origine, montant, jusqu’où)])
PLANS: dict[
    str,
    tuple[
        str, Maturite, int, NatureDepense, list[tuple[str, NatureLigne, OrigineFinanceur, int, StatutLigne]]
    ],
] = {
    "F2.0": (
        GRAND_LANGRES,
        Maturite.MATURE,
        120_000,
        NatureDepense.COMMUNICATION,
        [
            (REGION, Nat.SUBVENTION, Ori.REGION, 48_000, S.CONVENTIONNE),
            (PREFECTURE, Nat.SUBVENTION, Ori.ETAT_BUDGET_GENERAL, 48_000, S.ACCORDE),
            (GRAND_LANGRES, Nat.AUTOFINANCEMENT, Ori.PORTEUR, 24_000, S.ACCORDE),
        ],
    ),
    "F2.1": (
        CHAUMONT,
        Maturite.MATURATION,
        1_000_000,
        NatureDepense.FONCIER,
        [
            (PREFECTURE, Nat.SUBVENTION, Ori.ETAT_BUDGET_GENERAL, 400_000, S.ACCORDE),
            (REGION, Nat.SUBVENTION, Ori.REGION, 400_000, S.SOLLICITE),
            (CHAUMONT, Nat.AUTOFINANCEMENT, Ori.PORTEUR, 200_000, S.ACCORDE),
        ],
    ),
    "F2.2": (
        GRAND_LANGRES,
        Maturite.MATURATION,
        60_000,
        NatureDepense.PERSONNEL,
        [
            (REGION, Nat.SUBVENTION, Ori.REGION, 30_000, S.REFUSE),
            (GRAND_LANGRES, Nat.AUTOFINANCEMENT, Ori.PORTEUR, 30_000, S.ACCORDE),
        ],
    ),
    "F10": (
        CHAUMONT,
        Maturite.MATURATION,
        80_000,
        NatureDepense.COMMUNICATION,
        [
            (BDT, Nat.SUBVENTION, Ori.OPERATEUR, 40_000, S.SOLLICITE),
            (CHAUMONT, Nat.AUTOFINANCEMENT, Ori.PORTEUR, 16_000, S.PRESSENTI),
        ],
    ),
    "F3": (
        GRAND_LANGRES,
        Maturite.MATURATION,
        150_000,
        NatureDepense.ETUDES,
        [
            (BDT, Nat.SUBVENTION, Ori.OPERATEUR, 75_000, S.ATTESTE),
            (REGION, Nat.SUBVENTION, Ori.REGION, 45_000, S.ANNONCE),
            (GRAND_LANGRES, Nat.AUTOFINANCEMENT, Ori.PORTEUR, 30_000, S.ACCORDE),
        ],
    ),
    "F9": (
        CHAUMONT,
        Maturite.MATURE,
        700_000,
        NatureDepense.EQUIPEMENT,
        [
            (REGION, Nat.SUBVENTION, Ori.REGION, 350_000, S.SOLDE),
            (PREFECTURE, Nat.SUBVENTION, Ori.ETAT_BUDGET_GENERAL, 210_000, S.VERSE_PARTIEL),
            (CHAUMONT, Nat.AUTOFINANCEMENT, Ori.PORTEUR, 140_000, S.ACCORDE),
        ],
    ),
    "F11": (
        FORGES,
        Maturite.MATURE,
        250_000,
        NatureDepense.ETUDES,
        [
            (REGION, Nat.SUBVENTION, Ori.REGION, 100_000, S.SOLLICITE),
            (FORGES, Nat.AUTOFINANCEMENT, Ori.PORTEUR, 150_000, S.ACCORDE),
        ],
    ),
    "F6": (
        FORGES,
        Maturite.MATURATION,
        2_400_000,
        NatureDepense.EQUIPEMENT,
        [
            (BDT, Nat.PRISE_PARTICIPATION, Ori.OPERATEUR, 800_000, S.SOLLICITE),
            (REGION, Nat.SUBVENTION, Ori.REGION, 600_000, S.PRESSENTI),
            (FORGES, Nat.EMPRUNT, Ori.PORTEUR, 700_000, S.PRESSENTI),
        ],
    ),
}
SANS_BESOIN = {
    "F4": "Demande à l’État d’un interlocuteur unique\u00a0: aucune dépense.",
    "F5": "Demande de dérogation\u00a0: aucune dépense.",
    "F7": "Accompagnement par les services existants\u00a0: aucune dépense.",
}
# Fiches que le rejeu laisse en chemin, pour que quelque chose attende le chef de projet et la Région.
EN_ATTENTE = {"F13": StatutFiche.RETENUE, "F12": StatutFiche.TRANSMISE}
# Comptes qui agissent pour chaque organisation.
GENS = {
    GRAND_LANGRES: "epci",
    CHAUMONT: "epci-chaumont",
    FORGES: "porteur",
    REGION: "region",
    PREFECTURE: "prefecture",
    BDT: "financeur",
}
# Le chemin jusqu’à chaque état, avec les dates (fictives) du rejeu.
CHEMIN = (
    (S.SOLLICITE, date(2019, 9, 16)),
    (S.ANNONCE, date(2019, 10, 7)),
    (S.ACCORDE, date(2019, 10, 21)),
    (S.CONVENTIONNE, date(2019, 12, 2)),
    (S.VERSE_PARTIEL, date(2020, 2, 17)),
    (S.SOLDE, date(2020, 9, 28)),
)
DIRECT: dict[StatutLigne, tuple[StatutLigne, ...]] = {
    S.PRESSENTI: (),
    S.ANNONCE: (S.SOLLICITE, S.ANNONCE),
    S.ACCORDE: (S.SOLLICITE, S.ACCORDE),
    S.REFUSE: (S.SOLLICITE, S.REFUSE),
    S.ATTESTE: (S.SOLLICITE, S.ATTESTE),
}
# Le protocole est arrêté après ce qui était décidé ce jour-là, signé une semaine plus tard ; le reste vient ensuite.
PRESIDENCE = "Président ou présidente (rôle fictif)"
ARRET, SIGNATURE = date(2019, 11, 12), date(2019, 11, 19)


@transaction.atomic
def ensure_espace() -> Territoire:
    """L’espace fictif, créé s’il manque (les comptes y reçoivent ensuite leurs mandats)."""
    deja = Territoire.objects.by_cle(*CLE.split("/")).select_related("vague", "region").first()
    return deja or create_espace_fictif(
        modele=get_territoire("v1/ti-4403"),
        id_ti="fictif-4403",
        nom="Langres – Chaumont (rejeu fictif)",
        by=AUTEUR,
    )


def build_rejeu() -> None:
    """Construit le rejeu, une fois : fiches, plans, réponses des financeurs, protocole, signatures."""
    territoire = get_territoire(CLE)
    if Acte.objects.filter(territoire=territoire, statut=StatutActe.SIGNE).exists():
        return
    with transaction.atomic():
        _create_fiches(territoire)
        _move_fiches(territoire)
        open_enveloppes()
        _fund_fiches(territoire)
    build_comite()
    _sign_protocole(territoire)
    with transaction.atomic():
        _continue_lignes(territoire)
        _answer_rules(territoire)
        preuve = _store_fictif("Réponse", "Réponse fictive", get_compte("prefecture"))
        follow_money(territoire, piece=preuve)
        _start_some(territoire)
        _ask_perimetres(territoire)
    build_seances()


# Inventé, pour que chaque écran ait de quoi se lire : quelques fiches entières, les autres comme le texte public les laisse.
CONTENUS: dict[str, dict[str, Any]] = {
    "F9": {
        "objectifs": "Former trente techniciens de maintenance par an (objectif fictif).\nOuvrir un plateau commun à quatre entreprises (objectif fictif).",
        "livrables": "Un plateau technique équipé (livrable fictif).",
        "moyens": "Un formateur à plein temps, un atelier prêté (moyens fictifs).",
        "priorite": "elevee",
        "partenaires": [
            {
                "nom": "Centre de formation fictif du Bassigny",
                "role": "Forme les techniciens",
                "engagement": "confirme",
            },
            {"nom": FORGES, "role": "Prête des machines", "engagement": "pressenti"},
        ],
        "jalons": [
            {
                "libelle": "Étude des besoins (fictive)",
                "debut": date(2020, 1, 6),
                "echeance": date(2020, 3, 31),
                "realise_le": date(2020, 4, 14),
            },
            {
                "libelle": "Délibération de l’agglomération (fictive)",
                "nature": "decision",
                "echeance": date(2020, 6, 30),
                "realise_le": date(2020, 7, 2),
                "apres": [1],
            },
            {
                "libelle": "Équipement du plateau (fictif)",
                "debut": date(2020, 9, 1),
                "echeance": date(2021, 3, 31),
                "realise_le": date(2021, 3, 15),
                "apres": [2],
            },
            {
                "libelle": "Première promotion (fictive)",
                "echeance": date(2021, 9, 1),
                "realise_le": date(2021, 9, 6),
                "apres": [3],
            },
        ],
        "indicateurs": [
            {
                "libelle": "Techniciens formés (fictif)",
                "famille": "competences",
                "portee": "resultat",
                "unite": "personnes",
                "reference": 0,
                "cible": 30_000,
            },
            {
                "libelle": "Emplois créés (fictif)",
                "famille": "emplois",
                "portee": "resultat",
                "unite": "emplois",
                "cible": 12_000,
            },
        ],
        "sites": [{"libelle": "Plateau technique (fictif)", "commune": "52121", "surface_m2": 800}],
        "cadres": [{"cadre": "cper", "intitule": "Volet fictif"}],
    },
    "F2.1": {
        "objectifs": "Remettre en usage douze hectares de zones d’activité (objectif fictif).",
        "priorite": "elevee",
        "jalons": [
            {"libelle": "Inventaire des terrains (fictif)", "echeance": date(2020, 4, 30)},
            {
                "libelle": "Achat des terrains (fictif)",
                "debut": date(2020, 5, 1),
                "echeance": date(2021, 6, 30),
                "apres": [1],
            },
        ],
        "sites": [{"libelle": "Zone d’activité (fictive)", "commune": "52269", "surface_m2": 120_000}],
    },
    "F6": {
        "objectifs": "Partager une machine d’usinage de précision entre PME (objectif fictif).",
        "priorite": "moyenne",
        "sites": [{"libelle": "Atelier commun (fictif)", "commune": "52353", "surface_m2": 1_500}],
    },
}


def _create_fiches(territoire: Territoire) -> None:
    chef = get_compte("chef-projet")
    axes = {axe.code: axe for axe in Axe.objects.filter(vague=territoire.vague)}
    for rang, bloc in enumerate(read_programme("faits_publies.toml")["fiches"]["liste"], start=1):
        if FicheAction.objects.filter(territoire=territoire, code=bloc["code"]).exists():
            continue
        idee = create_fiche(
            territoire=territoire,
            titre=bloc["titre"],
            rang=rang,
            presentateur=bloc.get("presentateur", ""),
            date_effet=date(2019, 7, 15),
            source="rejeu fictif",
            by=chef,
        )
        porteur, maturite = (
            PLANS[bloc["code"]][:2] if bloc["code"] in PLANS else (GRAND_LANGRES, Maturite.EMERGENCE)
        )
        fiche = update_fiche(
            fiche=idee,
            version_lue=idee.version,
            code=bloc["code"],
            axe=axes[bloc["axe"]],
            porteur=get_organisation(porteur),
            maturite=maturite,
            description=(
                f"Action «\u00a0{bloc['titre']}\u00a0» du programme du 9 septembre 2019. "
                "Le texte public n’en donne que le titre\u00a0: cette description est fictive et sert la démonstration."
            ),
            debut_prevu=date(2020, 1, 1),
            fin_prevue=date(2021, 12, 31),
            date_effet=date(2019, 8, 26),
            by=chef,
            **CONTENUS.get(bloc["code"], {}),
        )
        move_fiche(fiche=fiche, vers=StatutFiche.BROUILLON, date_effet=date(2019, 8, 26), by=chef)


def _move_fiches(territoire: Territoire) -> None:
    """Les fiches sont proposées, retenues, transmises ensemble à la Région, qui donne son avis puis les valide."""
    chef, elu, region = get_compte("chef-projet"), get_compte("elu"), get_compte("region")
    fiches = list(FicheAction.objects.filter(territoire=territoire).order_by("rang"))
    for vers, jour, qui in (
        (StatutFiche.PROPOSEE, date(2019, 9, 9), chef),
        (StatutFiche.RETENUE, date(2019, 9, 23), elu),
    ):
        fiches = [move_fiche(fiche=fiche, vers=vers, date_effet=jour, by=qui) for fiche in fiches]
    plan = [fiche for fiche in fiches if EN_ATTENTE.get(fiche.code) != StatutFiche.RETENUE]
    _instruct(territoire, plan)
    for fiche in plan:
        if fiche.code not in EN_ATTENTE:
            move_fiche(fiche=fiche, vers=StatutFiche.VALIDEE, date_effet=date(2019, 10, 28), by=region)


def _instruct(territoire: Territoire, plan: list[FicheAction]) -> None:
    """Le plan devant la Région : reçu, complet, deux avis rendus (fictifs) ; il attend le comité de pilotage."""
    region = get_compte("region")
    dossier = instruction.transmit_plan(
        territoire=territoire,
        fiches=plan,
        message="Plan retenu par le comité de projet du 23 septembre (fictif).",
        date_effet=date(2019, 9, 30),
        by=get_compte("chef-projet"),
    )
    instruction.receive_dossier(
        dossier=dossier, recu_le=date(2019, 10, 2), echeance=date(2019, 10, 21), by=region
    )
    instruction.declare_complet(dossier=dossier, by=region)
    par_code = {fiche.code: fiche for fiche in plan}
    consulte = instruction.ask_avis(
        dossier=dossier,
        organisation=get_organisation(BDT),
        question="Ces trois montages relèvent-ils de vos offres\u00a0? (question fictive)",
        demande_le=date(2019, 10, 4),
        echeance=date(2019, 10, 18),
        fiches=[par_code[code] for code in ("F3", "F6", "F10")],
        by=region,
    )
    instruction.render_avis(
        avis=consulte,
        sens=SensAvisPlan.CONDITIONS,
        texte="Les études de F3 et F10 entrent dans nos crédits d’ingénierie (avis fictif).",
        conditions="F6\u00a0: préciser le tour de table avant toute prise de participation (condition fictive).",
        fiches={par_code["F3"].pk: AvisSurFiche(SensAvisPlan.FAVORABLE)},
        rendu_le=date(2019, 10, 16),
        by=get_compte("financeur"),
    )
    instruction.render_avis(
        avis=AvisPlan.objects.get(dossier=dossier, region=territoire.region),
        sens=SensAvisPlan.CONDITIONS,
        texte="Le plan suit les priorités de la Région (avis fictif).",
        cadres="Cohérent avec le SRDEII\u00a0; F2.1 est à rapprocher de la stratégie foncière (avis fictif).",
        conditions="Chiffrer F12 avant sa validation (condition fictive).",
        fiches={
            par_code["F12"].pk: AvisSurFiche(
                SensAvisPlan.CONDITIONS, conditions="Donner un coût et un calendrier (fictif)."
            )
        },
        rendu_le=date(2019, 10, 21),
        by=region,
    )


def _fund_fiches(territoire: Territoire) -> None:
    chef = get_compte("chef-projet")
    for fiche in (
        FicheAction.objects.filter(territoire=territoire)
        .select_related("territoire__vague", "porteur")
        .order_by("rang")
    ):
        if motif := SANS_BESOIN.get(fiche.code):
            declare_sans_besoin(fiche=fiche, motif=motif, date_effet=date(2019, 9, 9), by=chef)
        if fiche.code not in PLANS:
            continue
        _, _, cout, nature, lignes = PLANS[fiche.code]
        add_depense(
            fiche=fiche,
            nature=nature,
            libelle=f"{nature.label} (montant fictif)",
            montant=cout * EUROS,
            date_effet=date(2019, 9, 9),
            by=chef,
        )
        for nom, nature_ligne, origine, montant, statut in lignes:
            ligne = add_ligne(
                fiche=fiche,
                financeur=get_organisation(nom),
                nature=nature_ligne,
                origine=origine,
                montant=montant * EUROS,
                date_effet=date(2019, 9, 9),
                by=chef,
            )
            _advance(ligne, nom, statut, montant * EUROS, jusqu_au=ARRET)


def _continue_lignes(territoire: Territoire) -> None:
    """Ce qui est arrivé après l’arrêt du protocole : conventions, versements."""
    lignes = LigneFinancement.objects.filter(plan__fiche__territoire=territoire)
    for ligne in lignes.select_related("plan__fiche", "financeur").order_by("plan__fiche__rang", "pk"):
        for nom, nature, _, montant, statut in PLANS[ligne.plan.fiche.code][-1]:
            if ligne.financeur == get_organisation(nom) and ligne.nature == nature:
                _advance(ligne, nom, statut, montant * EUROS, depuis=ARRET)


# Ce que le territoire répond aux règles : sur l’opération, puis sur une aide (réponses fictives). F6 montre une intensité
# dépassée et son remède, F9 des délais qui courent, F2.1 des aides dans le règlement de leurs financeurs.
REPONSES_OPERATION: dict[str, dict[str, Any]] = {
    "F2.1": {"chef_de_file": "aucun", "debut_travaux": date(2020, 3, 2), "duree_mois": 24},
    "F6": {"taille": "moyenne", "en_difficulte": False, "objet_immobilier": False},
    "F9": {"chef_de_file": "aucun", "debut_travaux": date(2019, 12, 2), "duree_mois": 30},
}
REPONSES_AIDES: dict[tuple[str, str], dict[str, Any]] = {
    ("F2.1", PREFECTURE): {"base": 1_000_000 * EUROS, "taux": 4_000, "programme": "fnadt"},
    ("F2.1", REGION): {"base": 1_000_000 * EUROS, "taux": 4_000},
    ("F6", REGION): {"regime": "exempte", "article": "17", "base": 2_400_000 * EUROS, "taux": 5_000},
    ("F9", PREFECTURE): {
        "programme": "fnadt",
        "notification": date(2019, 11, 18),
        "debut": date(2019, 12, 2),
    },
}


def _answer_rules(territoire: Territoire) -> None:
    chef = get_compte("chef-projet")
    fiches = FicheAction.objects.filter(territoire=territoire).select_related("territoire__vague", "porteur")
    for fiche in fiches.order_by("rang"):
        if reponses := REPONSES_OPERATION.get(fiche.code):
            update_precision_plan(fiche=fiche, by=chef, version_lue=1, **reponses)
        for ligne in (
            LigneFinancement.objects.filter(plan__fiche=fiche).select_related("financeur").order_by("pk")
        ):
            for (code, nom), reponses in REPONSES_AIDES.items():
                if (code, get_organisation(nom)) == (fiche.code, ligne.financeur):
                    update_precision_ligne(ligne=ligne, by=chef, version_lue=1, **reponses)


def _get_pas(statut: StatutLigne, montant: int) -> list[tuple[StatutLigne, date, int]]:
    """Les pas qui mènent une ligne de « pressenti » à `statut` : état, date, centimes."""
    dates = dict(CHEMIN) | {S.REFUSE: date(2019, 11, 4), S.ATTESTE: ARRET}
    if statut in DIRECT:
        etapes = DIRECT[statut]
    else:
        chemin = [etape for etape, _ in CHEMIN if etape is not S.ANNONCE]
        etapes = tuple(chemin[: chemin.index(statut) + 1])
    part = montant * 3 // 10
    sommes = {S.VERSE_PARTIEL: part, S.SOLDE: montant - part}
    return [(etape, dates[etape], sommes.get(etape, montant)) for etape in etapes]


def _advance(
    ligne: LigneFinancement,
    nom: str,
    statut: StatutLigne,
    montant: int,
    *,
    depuis: date = date.min,
    jusqu_au: date = date.max,
) -> None:
    """Fait avancer la ligne du financeur `nom` des seuls pas datés après `depuis` et jusqu’au jour `jusqu_au` compris."""
    chef, financeur = get_compte("chef-projet"), get_compte(GENS[nom])
    for etape, jour, somme in _get_pas(statut, montant):
        if not depuis < jour <= jusqu_au:
            continue
        by = chef if etape in (S.SOLLICITE, S.ATTESTE) else financeur
        ligne = move_ligne(
            ligne=ligne,
            vers=etape,
            montant=None if etape is S.REFUSE else somme,
            piece=None if etape in (S.SOLLICITE, S.REFUSE) else _piece(ligne, etape, by),
            numero_dossier=f"FICTIF-{ligne.pk:04d}" if etape is S.ACCORDE else "",
            motif="Hors du règlement de l’aide (motif fictif)." if etape is S.REFUSE else "",
            date_effet=jour,
            by=by,
        )


_PDF: dict[str, bytes] = {}


def _piece(ligne: LigneFinancement, etape: StatutLigne, by: Personne) -> Piece:
    """Une pièce fictive, clairement marquée, du genre que l’état demande."""
    libelle = str(etape.label)
    return _store_fictif(libelle, f"{libelle}, {ligne.financeur}", by)


def _store_fictif(libelle: str, description: str, by: Personne) -> Piece:
    if libelle not in _PDF:
        _PDF[libelle] = render_pdf(
            blocs.Document(
                titre=f"Pièce fictive\u00a0: {libelle.lower()}",
                date=date(2019, 10, 21),
                auteur="Maillage",
                statut="arrete",
                mention_fictif=True,
                enfants=(
                    blocs.Paragraphe(
                        "Cette pièce n’existe que pour la démonstration. Elle n’engage personne."
                    ),
                ),
            )
        )
    nom = f"{replier(libelle).replace(' ', '-')}-fictif.pdf"
    return store_piece(contenu=_PDF[libelle], nom=nom, by=by, description=description)


def _sign_protocole(territoire: Territoire) -> None:
    chef = get_compte("chef-projet")
    acte = open_acte(territoire=territoire, nature=NatureActe.PROTOCOLE, periode="2019-2022", by=chef)
    parties: tuple[tuple[str, str, College, int], ...] = (
        (CHAUMONT, PRESIDENCE, College.INTERCOMMUNALITES, 1),
        (GRAND_LANGRES, PRESIDENCE, College.INTERCOMMUNALITES, 1),
        (FORGES, "Direction générale (entreprise fictive)", College.ECONOMIQUES, 2),
        (REGION, PRESIDENCE, College.PUBLICS, 3),
        (PREFECTURE, "Préfet ou préfète (rôle fictif)", College.PUBLICS, 3),
        (BDT, "Direction régionale (rôle fictif)", College.PUBLICS, 3),
    )
    signataires = []
    for rang, (nom, qualite, college, ordre) in enumerate(parties, start=1):
        organisation: Organisation = get_organisation(nom)
        delibere = college is College.INTERCOMMUNALITES or nom == REGION
        signataire = add_signataire(
            acte=acte,
            organisation=organisation,
            nom=f"Signataire fictif {rang}",
            qualite=qualite,
            college=college,
            ordre=ordre,
            deliberation=f"FICTIF-2019-{rang:02d}" if delibere else "",
            deliberation_le=date(2019, 11, 7) if delibere else None,
            by=chef,
        )
        signataires.append((signataire, get_compte(GENS[nom])))
    acte = freeze_acte(
        acte=Acte.objects.select_related("territoire__vague", "territoire__region").get(pk=acte.pk),
        by=chef,
        date_effet=ARRET,
    )
    for signataire, personne in signataires:
        sign_acte(signataire=signataire, by=personne, signe_le=SIGNATURE)


def _start_some(territoire: Territoire) -> None:
    chef = get_compte("chef-projet")
    for code, pas in {
        "F9": (StatutFiche.EN_COURS, StatutFiche.REALISEE),
        "F2.0": (StatutFiche.EN_COURS,),
    }.items():
        fiche = FicheAction.objects.get(territoire=territoire, code=code)
        for vers, jour in zip(pas, (date(2020, 1, 6), date(2021, 6, 30)), strict=False):
            fiche = move_fiche(fiche=fiche, vers=vers, date_effet=jour, by=chef)


# Demandes inventées : l’une attend l’avis de la Région, l’autre l’enregistrement national.
VOISINES = {
    "200069664": "Bassin d’emploi commun (demande fictive)",
    "200070332": "Même filière (demande fictive)",
}
COPIL = date(2020, 1, 20)


def _ask_perimetres(territoire: Territoire) -> None:
    """Deux demandes de périmètre du rejeu, menées par les comptes de démonstration."""
    _, acceptee = (
        request_perimetre(
            territoire=territoire,
            mutation=Mutation.ENTREE,
            entrent=[Epci.objects.get(pk=siren)],
            motif=motif,
            souhaite_le=date(2020, 3, 2),
            by=get_compte("chef-projet"),
        )
        for siren, motif in VOISINES.items()
    )
    region = get_compte("region")
    for avis in acceptee.avis.all():
        render_avis(
            avis=avis,
            sens=SensAvis.FAVORABLE,
            texte="Cohérent avec la stratégie régionale (avis fictif).",
            rendu_le=COPIL,
            by=region,
        )
    decide_demande(
        demande=acceptee,
        decision=StatutDemande.ACCEPTEE,
        instance="COPIL régional (fictif)",
        decide_le=COPIL,
        piece=_store_fictif("Relevé de décisions", f"COPIL régional fictif, {territoire}", region),
        organisation=get_organisation(REGION),
        by=region,
    )
