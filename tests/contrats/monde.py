"""Un petit monde pour les actes : un territoire, ses fiches, ses signataires, les gens qui préparent et signent."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from maillage.comptes.enums import RoleOrganisation, TypeOrganisation
from maillage.comptes.models import Organisation, Personne
from maillage.contrats.actions import add_signataire, freeze_acte, open_acte
from maillage.contrats.enums import College, NatureActe
from maillage.contrats.models import Acte, Signataire
from maillage.fiches.enums import StatutFiche
from maillage.fiches.models import FicheAction
from maillage.financement.actions import add_depense, add_ligne
from maillage.financement.enums import NatureDepense, NatureLigne, OrigineFinanceur
from maillage.territoires.enums import RoleMandat
from maillage.territoires.models import Territoire
from tests.fabriques import (
    FABRIQUE,
    make_departement,
    make_epci,
    make_fiche,
    make_organisation,
    make_organisation_for,
    make_personne,
    make_region,
    make_territoire,
)

# Bien avant l’arrêt de l’acte : ce jour-là, les fiches et leur financement existent déjà.
NAISSANCE = date(2019, 1, 7)


@dataclass
class Monde:
    territoire: Territoire
    cheffe: Personne
    presidente: Personne
    sous_prefet: Personne
    epci: Organisation
    etat: Organisation
    entreprise: Organisation

    def fiche(self, code: str, statut: StatutFiche = StatutFiche.VALIDEE, **champs: Any) -> FicheAction:
        """Une fiche menée pas à pas jusqu’à l’état voulu."""
        titre = champs.pop("titre", f"Action {code}")
        champs.setdefault("date_effet", NAISSANCE)
        return make_fiche(territoire=self.territoire, statut=statut, code=code, titre=titre, **champs)

    def finance(self, fiche: FicheAction) -> None:
        """30 000 € de dépenses, dont 24 000 € demandés à l’État (pressentis)."""
        add_depense(
            fiche=fiche,
            nature=NatureDepense.ETUDES,
            libelle="Étude",
            montant=30_000_00,
            date_effet=NAISSANCE,
            by=FABRIQUE,
        )
        add_ligne(
            fiche=fiche,
            financeur=self.etat,
            nature=NatureLigne.SUBVENTION,
            origine=OrigineFinanceur.ETAT_BUDGET_GENERAL,
            montant=24_000_00,
            date_effet=NAISSANCE,
            by=FABRIQUE,
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
        """Un protocole arrêté au 12 novembre 2019, à signer par trois personnes."""
        acte = self.projet()
        self.signataires(acte)
        return freeze_acte(acte=acte, by=self.cheffe, date_effet=date(2019, 11, 12))


def create_monde(*, is_fictif: bool = False, cle: str = "v1/ti-9901") -> Monde:
    departement = make_departement("99", "Essai", region=make_region("99", "Région d’essai"))
    siren = (
        f"2{cle.rpartition('-')[2]:0>8}"  # une intercommunalité par monde : elle n’est que dans un territoire
    )
    intercommunalite = make_epci(siren, nom="CC des Forges", departement=departement, population=21_500)
    territoire = make_territoire(
        cle, nom="Pays des Forges", departement=departement, epcis=[intercommunalite], is_fictif=is_fictif
    )
    epci = make_organisation_for(RoleOrganisation.EPCI, territoire)
    # Sans département ni région : cette préfecture ne voit le territoire que parce qu’elle signe l’acte.
    etat = make_organisation(TypeOrganisation.ETAT, nom=f"Préfecture d’essai {cle}")
    entreprise = make_organisation(TypeOrganisation.ENTREPRISE, nom=f"Forges réunies {cle}")
    return Monde(
        territoire=territoire,
        cheffe=make_personne(RoleMandat.CHEF_PROJET, territoire=territoire, nom="Projet"),
        presidente=make_personne(RoleOrganisation.EPCI, organisation=epci, nom="Camille Martin"),
        sous_prefet=make_personne(RoleOrganisation.PREFECTURE, organisation=etat, nom="Dominique Petit"),
        epci=epci,
        etat=etat,
        entreprise=entreprise,
    )
