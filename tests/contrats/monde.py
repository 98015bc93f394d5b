"""Un petit monde pour les actes : un territoire, ses fiches, ses signataires, les gens qui préparent et signent."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from maillage.comptes.actions import create_organisation, create_personne, give_fonction
from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.contrats.actions import add_signataire, freeze_acte, open_acte
from maillage.contrats.enums import College, NatureActe
from maillage.contrats.models import Acte, Signataire
from maillage.fiches.actions import create_fiche, move_fiche
from maillage.fiches.enums import EtatPorteur, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.actions import add_depense, add_ligne
from maillage.financement.enums import NatureDepense, NatureLigne, OrigineFinanceur
from maillage.journal.actions import Systeme
from maillage.referentiels.models import Departement, Epci, Region
from maillage.territoires.actions import give_mandat
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Axe, Perimetre, Territoire, Vague

BY = Systeme("essais")
VERS_VALIDEE = (
    StatutFiche.BROUILLON,
    StatutFiche.PROPOSEE,
    StatutFiche.RETENUE,
    StatutFiche.TRANSMISE,
    StatutFiche.VALIDEE,
)


@dataclass
class Monde:
    territoire: Territoire
    axe: Axe
    cheffe: Personne
    presidente: Personne
    sous_prefet: Personne
    epci: Organisation
    etat: Organisation
    entreprise: Organisation

    def fiche(self, code: str, jusqu_a: StatutFiche = StatutFiche.VALIDEE, **champs: Any) -> FicheAction:
        """Une fiche menée pas à pas jusqu’à l’état voulu."""
        fiche = create_fiche(
            territoire=self.territoire,
            code=code,
            titre=champs.pop("titre", f"Action {code}"),
            axe=self.axe,
            etat_porteur=EtatPorteur.NON_PUBLIE,
            by=BY,
            **champs,
        )
        for statut in VERS_VALIDEE:
            if fiche.statut == jusqu_a:
                break
            fiche = move_fiche(fiche=fiche, vers=statut, by=BY)
        return fiche

    def finance(self, fiche: FicheAction) -> None:
        """30 000 € de dépenses, dont 24 000 € demandés à l’État (pressentis)."""
        add_depense(fiche=fiche, nature=NatureDepense.ETUDES, libelle="Étude", montant=30_000_00, by=BY)
        add_ligne(
            fiche=fiche,
            financeur=self.etat,
            nature=NatureLigne.SUBVENTION,
            origine=OrigineFinanceur.ETAT_BUDGET_GENERAL,
            montant=24_000_00,
            by=BY,
        )

    def projet(self) -> Acte:
        """Un protocole en projet, sans signataire."""
        return open_acte(
            territoire=self.territoire, nature=NatureActe.PROTOCOLE, periode="2019-2022", by=self.cheffe
        )

    def signataires(self, acte: Acte) -> dict[str, Signataire]:
        """L’intercommunalité et l’État signent d’abord (ordre 1), l’industriel ensuite (ordre 2), par lien."""
        communs = {"acte": acte, "by": self.cheffe}
        return {
            "epci": add_signataire(
                organisation=self.epci,
                nom="Camille Martin",
                qualite="Présidente",
                college=College.INTERCOMMUNALITES,
                deliberation="2019-12",
                deliberation_le=date(2019, 11, 12),
                **communs,
            ),
            "etat": add_signataire(
                organisation=self.etat,
                nom="Dominique Petit",
                qualite="Sous-préfet",
                college=College.PUBLICS,
                **communs,
            ),
            "entreprise": add_signataire(
                organisation=self.entreprise,
                nom="Alix Durand",
                qualite="Directrice générale",
                college=College.ECONOMIQUES,
                ordre=2,
                email="alix@forges.example",
                **communs,
            ),
        }

    def arrete(self) -> Acte:
        """Un protocole arrêté, à signer par trois personnes."""
        acte = self.projet()
        self.signataires(acte)
        return freeze_acte(acte=acte, by=self.cheffe)


def create_monde(*, is_fictif: bool = False, id_ti: str = "ti-9901") -> Monde:
    region, _ = Region.objects.get_or_create(code="99", defaults={"nom": "Région d’essai", "zone": "metro"})
    departement, _ = Departement.objects.get_or_create(
        code="99", defaults={"nom": "Essai", "region": region, "zone": "metro"}
    )
    vague, _ = Vague.objects.get_or_create(
        numero=1, defaults={"nom": "Phase 1 (2018-2022)", "debut": date(2018, 11, 22)}
    )
    axe, _ = Axe.objects.get_or_create(vague=vague, code="recruter", defaults={"nom": "Recruter", "rang": 1})
    intercommunalite, _ = Epci.objects.get_or_create(
        siren="200000001",
        defaults={
            "nom": "CC des Forges",
            "type": "CC",
            "population_municipale": 21500,
            "population_totale": 22000,
            "departement": departement,
            "region": region,
        },
    )
    territoire = Territoire.objects.create(
        vague=vague,
        id_ti=id_ti,
        nom="Pays des Forges",
        region=region,
        population=21500,
        is_fictif=is_fictif,
    )
    Perimetre.objects.create(
        territoire=territoire, epci=intercommunalite, debut=date(2018, 11, 22), source="essais"
    )
    epci, _ = Organisation.objects.get_or_create(
        epci=intercommunalite, defaults={"nom": "CC des Forges", "type": TypeOrganisation.EPCI}
    )
    etat = create_organisation(nom=f"Préfecture d’essai {id_ti}", type=TypeOrganisation.ETAT, by=BY)
    entreprise = create_organisation(nom=f"Forges réunies {id_ti}", type=TypeOrganisation.ENTREPRISE, by=BY)
    cheffe = create_personne(nom="Projet", prenom="Claude", email=f"cheffe-{id_ti}@essai.example", by=BY)
    give_mandat(territoire=territoire, personne=cheffe, role=RoleMandat.CHEF_PROJET, by=BY)
    presidente = create_personne(
        nom="Martin", prenom="Camille", email=f"presidente-{id_ti}@essai.example", by=BY
    )
    give_fonction(personne=presidente, organisation=epci, role=RoleOrganisation.EPCI, by=BY)
    # Sans département ni région : cette préfecture ne voit le territoire que parce qu’elle signe l’acte.
    sous_prefet = create_personne(
        nom="Petit", prenom="Dominique", email=f"sous-prefet-{id_ti}@essai.example", by=BY
    )
    give_fonction(personne=sous_prefet, organisation=etat, role=RoleOrganisation.PREFECTURE, by=BY)
    return Monde(territoire, axe, cheffe, presidente, sous_prefet, epci, etat, entreprise)
