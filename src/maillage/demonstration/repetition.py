"""La répétition de Mulhouse : quinze espaces fictifs copiés du Grand Est de 2019, onze actes signés en une cérémonie.

Le communiqué du 19 novembre 2019 donne le compte (« 2 sur 15 », puis « 13 sur 15 ») et non la liste des onze : ceux d’ici
sont pris dans l’ordre des noms, et tout y est fictif. Rien n’entre dans les chiffres publics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from time import perf_counter

from django.db import transaction

from maillage.comptes.actions import create_organisation, create_personne, give_fonction
from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.contrats.actions import (
    Source,
    add_acte_ceremonie,
    add_signataire,
    close_ceremonie,
    create_ceremonie,
    freeze_acte,
    open_acte,
    open_ceremonie,
    record_acte_constate,
    set_presence,
    sign_mine,
)
from maillage.contrats.enums import College, NatureActe
from maillage.contrats.models import Acte, Ceremonie, Signataire
from maillage.contrats.selectors_ceremonie import CompteSignes, count_signes, get_courant, read_ceremonie
from maillage.fiches.actions import create_fiche, move_fiche
from maillage.fiches.enums import StatutFiche
from maillage.journal.actions import Systeme
from maillage.referentiels.models import Region
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.actions import give_mandat
from maillage.territoires.actions_perimetre import create_espace_fictif
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Territoire, Vague

AUTEUR = Systeme("Répétition de Mulhouse (fictive)")
TITRE = "Mulhouse, 19 novembre 2019 (répétition fictive)"
JOUR, ARRET, NAISSANCE = date(2019, 11, 19), date(2019, 11, 12), date(2019, 9, 2)
DEJA, A_MULHOUSE, TOTAL = 2, 11, 15


@dataclass(frozen=True)
class Bilan:
    """Ce que la répétition a montré : le compte avant et après, les signatures, le temps (secondes)."""

    avant: CompteSignes
    apres: CompteSignes
    signatures: int
    preparation: float
    ceremonie: float


def rehearse_mulhouse(
    *, region: Region, vague: Vague, modeles: list[Territoire], dire: Callable[[str], None]
) -> Bilan:
    """Prépare onze actes, tient la cérémonie et rend le bilan. Une coupure est simulée au milieu : la suite reprend où l’on en était.

    `modeles` : les territoires copiés, quinze en tout avec l’espace du rejeu s’il existe. Une seule répétition par base.
    """
    if Ceremonie.objects.filter(titre=TITRE).exists():
        raise ActionImpossible("La répétition de Mulhouse a déjà été jouée dans cette base.")
    depart = perf_counter()
    gens = _create_gens(region)
    espaces = [_create_espace(rang, modele) for rang, modele in enumerate(modeles, start=1)]
    ceremonie = create_ceremonie(
        titre=TITRE,
        region=region,
        vague=vague,
        jour=JOUR,
        lieu="Mulhouse (fictif)",
        is_fictif=True,
        by=AUTEUR,
    )
    manquent = DEJA - count_signes(ceremonie).signes  # le rejeu a pu signer le sien
    for espace in espaces[:manquent]:
        record_acte_constate(
            territoire=espace,
            titre=f"Protocole déjà signé de {espace.nom}",
            debut=date(2019, 10, 1),
            fin=date(2019, 11, 18),
            sources=[Source("répétition fictive", NatureActe.PROTOCOLE)],
            by=AUTEUR,
        )
    ceremonie = create_ceremonie(
        titre=TITRE,
        region=region,
        vague=vague,
        jour=JOUR,
        lieu="Mulhouse (fictif)",
        is_fictif=True,
        by=AUTEUR,
    )
    for espace in espaces[DEJA : DEJA + A_MULHOUSE]:
        acte = _prepare(espace, gens)
        add_acte_ceremonie(ceremonie=ceremonie, acte=acte, by=AUTEUR)
        dire(f"Préparé\u00a0: {acte.titre}")
    avant, pret = count_signes(ceremonie), perf_counter()
    ceremonie = open_ceremonie(ceremonie=ceremonie, by=AUTEUR)
    salle = list(Signataire.objects.filter(acte__ceremonie__ceremonie=ceremonie))
    set_presence(ceremonie=ceremonie, signataires=salle, by=AUTEUR)
    signatures = 0
    while courant := get_courant(read_ceremonie(ceremonie)):
        signataire = courant.attendus[0]
        sign_mine(
            ceremonie=ceremonie, by=gens[signataire.organisation_id], authentification="Répétition fictive"
        )
        signatures += 1
    close_ceremonie(ceremonie=ceremonie, by=AUTEUR)
    return Bilan(avant, count_signes(ceremonie), signatures, pret - depart, perf_counter() - pret)


def _create_gens(region: Region) -> dict[int, Personne]:
    """La Région et la préfecture fictives, et qui signe pour elles."""
    gens = {}
    for type_organisation, nom, role in (
        (TypeOrganisation.REGION, "Région (fictive, répétition)", RoleOrganisation.REGION),
        (TypeOrganisation.ETAT, "Préfecture de région (fictive, répétition)", RoleOrganisation.PREFECTURE),
    ):
        organisation = create_organisation(nom=nom, type=type_organisation, is_fictif=True, by=AUTEUR)
        gens[organisation.pk] = _create_personne(organisation, role)
    return gens


def _create_personne(organisation: Organisation, role: RoleOrganisation) -> Personne:
    personne = create_personne(
        nom=f"Signataire fictif, {organisation.nom}"[:150],
        email=f"repetition-{organisation.pk}@demonstration.invalid",
        source="répétition fictive",
        by=AUTEUR,
    )
    give_fonction(personne=personne, organisation=organisation, role=role, by=AUTEUR)
    return personne


def _create_espace(rang: int, modele: Territoire) -> Territoire:
    return create_espace_fictif(
        modele=modele, id_ti=f"mulhouse-{rang:02d}", nom=f"{modele.nom} (répétition fictive)", by=AUTEUR
    )


@transaction.atomic
def _prepare(espace: Territoire, gens: dict[int, Personne]) -> Acte:
    epci = create_organisation(
        nom=f"Intercommunalité fictive de {espace.nom}"[:200],
        type=TypeOrganisation.EPCI,
        is_fictif=True,
        by=AUTEUR,
    )
    gens[epci.pk] = _create_personne(epci, RoleOrganisation.EPCI)
    chef = create_personne(
        nom=f"Chef·fe de projet fictif de {espace.nom}"[:150], source="répétition fictive", by=AUTEUR
    )
    give_mandat(territoire=espace, personne=chef, role=RoleMandat.CHEF_PROJET, by=AUTEUR)
    fiche = create_fiche(
        territoire=espace,
        titre="Action fictive de la répétition",
        code="F1",
        axe=espace.vague.axes.earliest("rang"),
        porteur=epci,
        statut=StatutFiche.BROUILLON,
        date_effet=NAISSANCE,
        by=AUTEUR,
    )
    for vers in (StatutFiche.PROPOSEE, StatutFiche.RETENUE):
        fiche = move_fiche(fiche=fiche, vers=vers, date_effet=NAISSANCE, by=AUTEUR)
    acte = open_acte(territoire=espace, nature=NatureActe.PROTOCOLE, periode="2019-2022", by=AUTEUR)
    for rang, organisation in enumerate(
        [epci, *Organisation.objects.filter(pk__in=list(gens)[:2]).order_by("pk")]
    ):
        add_signataire(
            acte=acte,
            organisation=organisation,
            nom=f"Signataire fictif {rang + 1}",
            qualite="Rôle fictif",
            college=College.PUBLICS if rang else College.INTERCOMMUNALITES,
            deliberation="FICTIF-2019",
            deliberation_le=date(2019, 11, 7),
            by=AUTEUR,
        )
    return freeze_acte(acte=acte, by=chef, date_effet=ARRET)
