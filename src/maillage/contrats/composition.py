"""Le texte d’un acte, tiré des données : un seul arbre de blocs, que `documents` rend en PDF et en Word.

L’ouverture (parties par collège, « ENTRE… ET… AINSI QUE… », visas des délibérations) suit les protocoles et contrats
publiés en 2019 et 2020 ; la rédaction des articles est la nôtre, dans `gabarits/`, et chaque territoire la change.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

from calcul.financement.modele import CertitudeLigne
from calcul.montants import ESPACE_INSECABLE, format_montant
from maillage.contrats.avenants import Changements, compare_avenant
from maillage.contrats.enums import College
from maillage.contrats.models import Acte, Signataire
from maillage.documents import blocs
from maillage.fiches.enums import EtatPorteur, Maturite
from maillage.fiches.models import FicheAction
from maillage.fiches.selectors import get_contenu
from maillage.fiches.selectors_contenu import list_parties, load_listes
from maillage.financement.enums import NatureLigne
from maillage.financement.policies import PERDUS
from maillage.financement.selectors import get_certitude, get_montant_compte
from maillage.financement.selectors_plans import PlanLu, read_plans
from maillage.socle.dates import format_jour
from maillage.socle.horloge import aujourdhui
from maillage.territoires.models import Territoire

_DOSSIER = Path(__file__).parent / "gabarits"
_OUVERTURES = {
    College.INTERCOMMUNALITES: ("Entre", "ci-après «\u00a0les intercommunalités\u00a0», d’une part,"),
    College.PUBLICS: ("Et", "ci-après «\u00a0les partenaires publics\u00a0», d’autre part,"),
    College.ECONOMIQUES: ("Ainsi que", "ci-après «\u00a0les partenaires économiques et industriels\u00a0»,"),
}
_CHAMP = re.compile(r"\{(\w+)\}")
NON_RENSEIGNE = "—"
# Colonne du tableau par financeur : accordé, demandé. Le pressenti n’a encore été demandé à personne.
_COLONNES_FINANCEUR = {
    CertitudeLigne.ACCORDE: 0,
    CertitudeLigne.ATTESTE: 1,
    CertitudeLigne.ANNONCE: 1,
    CertitudeLigne.DEMANDE: 1,
}


@dataclass(frozen=True)
class Gabarit:
    preambule: str
    articles: tuple[dict[str, str], ...]


@cache
def load_gabarit(nature: str) -> Gabarit:
    """Le squelette d’un acte de cette nature (« protocole » ou « contrat »), lu dans `gabarits/<nature>.toml`."""
    donnees = tomllib.loads((_DOSSIER / f"{nature}.toml").read_text(encoding="utf-8"))
    articles = tuple(
        {"titre": article["titre"], "texte": article["texte"].strip(), "bloc": article.get("bloc", "")}
        for article in donnees["articles"]
    )
    return Gabarit(donnees["preambule"].strip(), articles)


def compose_acte(
    acte: Acte,
    *,
    fiches: list[FicheAction],
    signataires: list[Signataire],
    arrete: bool,
    jour: date | None = None,
    plans: dict[int, PlanLu] | None = None,
) -> blocs.Document:
    """L’arbre de blocs de l’acte : parties, visas, préambule, articles, signatures, une annexe par fiche.

    `arrete` : sans filigrane « projet ». `jour` : date portée par le document (défaut : ce jour) ; périmètre et argent
    sont ceux de ce jour-là. `plans` : les plans déjà lus à ce jour. ActionImpossible si l’argent de ce jour est perdu.
    """
    jour = jour or aujourdhui()
    load_listes(fiches)
    plans = read_plans(fiches, au=jour) if plans is None else plans
    valeurs = get_champs(acte, nombre_fiches=len(fiches), jour=jour)
    enfants: list[blocs.Bloc] = [
        *_parties(signataires),
        *_visas(signataires),
        blocs.Titre(1, "Préambule"),
        *_paragraphes(acte.preambule, valeurs),
        blocs.Titre(1, "Il est convenu ce qui suit"),
    ]
    if acte.avenant_de:
        enfants += _changements(
            acte, compare_avenant(acte, fiches=fiches, signataires=signataires, jour=jour)
        )
        enfants.append(blocs.Titre(1, "Texte consolidé"))
        enfants.append(
            blocs.Paragraphe(
                "Le texte de l’acte, tel que le présent avenant le rend. Lui seul vaut désormais."
            )
        )
    for numero, article in enumerate(acte.articles, start=1):
        contenu = _paragraphes(article["texte"], valeurs)
        if article.get("bloc") == "plan_actions":
            contenu.append(compose_tableau_actions(fiches))
        elif article.get("bloc") == "financement":
            contenu += compose_financement([(fiche, plans[fiche.pk]) for fiche in fiches], jour)
        enfants.append(blocs.Article("1er" if numero == 1 else str(numero), article["titre"], tuple(contenu)))
    enfants += _signatures(signataires)
    enfants += [_annexe(numero, fiche, plans[fiche.pk]) for numero, fiche in enumerate(fiches, start=1)]
    return blocs.Document(
        titre=acte.titre,
        sous_titre=f"Période {acte.periode}" if acte.periode else "",
        date=jour,
        auteur="Maillage",
        statut="arrete" if arrete else "projet",
        mention_fictif=acte.territoire.is_fictif,
        enfants=tuple(enfants),
    )


def _changements(acte: Acte, change: Changements) -> list[blocs.Bloc]:
    """« Ce qui change », en mots : période, parties, membres, articles, fiches."""
    origine = acte.avenant_de
    assert origine is not None  # noqa: S101 - l’appelant l’a vérifié
    resultat: list[blocs.Bloc] = [
        blocs.Titre(1, "Ce qui change"),
        blocs.Paragraphe(
            f"Le présent avenant modifie «\u00a0{origine.titre}\u00a0»"
            + (f", signé le {format_jour(origine.date_fin)}" if origine.date_fin else "")
            + "."
        ),
    ]
    lignes: list[str] = []
    if change.periode:
        lignes.append(
            f"Période\u00a0: {change.periode[1] or NON_RENSEIGNE}, au lieu de {change.periode[0] or NON_RENSEIGNE}."
        )
    for libelle, noms in (
        ("Parties qui rejoignent l’acte", change.parties_ajoutees),
        ("Parties qui le quittent", change.parties_retirees),
        ("Membres entrés dans le territoire", change.membres_entres),
        ("Membres sortis", change.membres_sortis),
        ("Fiches ajoutées", change.fiches_ajoutees),
        ("Fiches retirées", change.fiches_retirees),
    ):
        if noms:
            lignes.append(f"{libelle}\u00a0: {', '.join(noms)}.")
    for nom, ecarts in change.fiches_changees:
        lignes.append(f"Fiche {nom}\u00a0: {', '.join(ecart.titre.lower() for ecart in ecarts)}.")
    if lignes:
        resultat.append(blocs.Liste(tuple(lignes)))
    for article in change.articles:
        resultat.append(
            blocs.Paragraphe(
                blocs.Texte(f"Article «\u00a0{article.titre}\u00a0» {article.nature}", gras=True)
            )
        )
        if article.avant:
            resultat.append(blocs.Paragraphe(f"Il disait\u00a0: {article.avant}"))
        if article.apres:
            resultat.append(blocs.Paragraphe(f"Il dit\u00a0: {article.apres}"))
    if change.is_vide:
        resultat.append(blocs.Paragraphe("Rien ne change encore."))
    return resultat


def get_champs(acte: Acte, *, nombre_fiches: int, jour: date | None = None) -> dict[str, blocs.Champ]:
    """Les champs `{cle}` qu’un texte d’acte peut citer, avec leur valeur au jour dit (défaut : ce jour) ; vide, le document le montre."""
    territoire: Territoire = acte.territoire
    membres = [
        perimetre.nom
        for perimetre in territoire.perimetres.at(jour or aujourdhui())
        .select_related("epci", "commune")
        .order_by("id")
    ]
    population = f"{territoire.population:,}".replace(",", ESPACE_INSECABLE) if territoire.population else ""
    donnees = {
        "territoire": (territoire.nom_local or territoire.nom, "nom du territoire"),
        "periode": (acte.periode, "période"),
        "vague": (str(territoire.vague), "phase du programme"),
        "region": (territoire.region.nom, "région chef de file"),
        "intercommunalites": (", ".join(membres), "membres du territoire"),
        "population": (population, "population municipale"),
        "nombre_fiches": (str(nombre_fiches), "nombre d’actions"),
    }
    return {cle: blocs.Champ(cle, valeur, libelle) for cle, (valeur, libelle) in donnees.items()}


def find_champs_inconnus(acte: Acte) -> list[str]:
    """Champs `{cle}` cités par le préambule ou un article et que les données n’ont pas : ils resteraient tels quels."""
    connus = get_champs(acte, nombre_fiches=0)
    textes = [acte.preambule, *(article["texte"] for article in acte.articles)]
    return sorted({cle for texte in textes for cle in _CHAMP.findall(texte) if cle not in connus})


def _paragraphes(texte: str, valeurs: dict[str, blocs.Champ]) -> list[blocs.Bloc]:
    """Un paragraphe par alinéa ; « {champ} » est remplacé par la donnée, un champ inconnu reste tel quel."""
    resultat: list[blocs.Bloc] = []
    for alinea in texte.replace("\r\n", "\n").split("\n\n"):
        morceaux: list[blocs.Morceau] = []
        fin = 0
        for trouve in _CHAMP.finditer(alinea):
            if trouve[1] not in valeurs:
                continue
            morceaux += [blocs.Texte(alinea[fin : trouve.start()]), valeurs[trouve[1]]]
            fin = trouve.end()
        morceaux.append(blocs.Texte(alinea[fin:]))
        if alinea.strip():
            resultat.append(blocs.Paragraphe(tuple(morceaux)))
    return resultat


def _par_college(signataires: list[Signataire]) -> list[tuple[College, list[Signataire]]]:
    return [
        (college, groupe)
        for college in College
        if (groupe := [s for s in signataires if s.college == college])
    ]


def _parties(signataires: list[Signataire]) -> list[blocs.Bloc]:
    resultat: list[blocs.Bloc] = [blocs.Titre(1, "Les parties")]
    if not signataires:
        return [*resultat, blocs.Paragraphe(blocs.Champ("signataires", "", "signataires de l’acte"))]
    for college, groupe in _par_college(signataires):
        mot, suite = _OUVERTURES[college]
        resultat += [
            blocs.Paragraphe(blocs.Texte(f"{mot}{ESPACE_INSECABLE}:", gras=True)),
            blocs.Liste(
                tuple(
                    (
                        blocs.Texte(s.organisation.nom, gras=True),
                        blocs.Texte(", ayant pour signataire "),
                        blocs.Champ("representant", s.nom, "nom du signataire"),
                        blocs.Texte(f", {s.qualite},"),
                    )
                    for s in groupe
                )
            ),
            blocs.Paragraphe(blocs.Texte(suite, italique=True)),
        ]
    resultat.append(blocs.Paragraphe("ensemble «\u00a0les signataires\u00a0»."))
    return resultat


def _visas(signataires: list[Signataire]) -> list[blocs.Bloc]:
    visas = [
        (
            f"Vu la délibération n°{ESPACE_INSECABLE}{s.deliberation}"
            + (f" du {format_jour(s.deliberation_le)}" if s.deliberation_le else "")
            + f" ({s.organisation.nom}), qui autorise la signature du présent acte{ESPACE_INSECABLE};"
        )
        for s in signataires
        if s.deliberation
    ]
    return [blocs.Visas(tuple(visas))] if visas else []


def _signatures(signataires: list[Signataire]) -> list[blocs.Bloc]:
    page = "sur la page «\u00a0Vérifier un acte\u00a0» de la plateforme"
    if settings.ADRESSE_PUBLIQUE.startswith("https://"):  # une adresse d’essai n’a rien à faire dans un acte
        page = f"à l’adresse {settings.ADRESSE_PUBLIQUE}/verifier/"
    resultat: list[blocs.Bloc] = [
        blocs.Titre(1, "Signatures"),
        blocs.Paragraphe(
            "Chaque signataire engage l’organisation au nom de laquelle il ou elle signe. Les signatures données sur la "
            "plateforme Maillage portent sur ce fichier et sur lui seul\u00a0: son empreinte permet à chacun de le vérifier "
            f"{page}."
        ),
    ]
    if not signataires:
        return resultat
    return [
        *resultat,
        blocs.BlocSignatures(
            tuple(
                (college.label, tuple((s.organisation.nom, s.nom, s.qualite, "") for s in groupe))
                for college, groupe in _par_college(signataires)
            )
        ),
    ]


def say_porteur(fiche: FicheAction) -> str:
    """Le nom du porteur, ou ce qu’on en sait."""
    if fiche.porteur:
        return fiche.porteur.nom
    return str(EtatPorteur(fiche.etat_porteur).label)


def compose_tableau_actions(fiches: list[FicheAction]) -> blocs.Tableau:
    """Le tableau des actions : code, titre, axe, porteur, maturité."""
    return blocs.Tableau(
        legende="Plan d’actions",
        entetes=("Code", "Action", "Axe", "Porteur", "Maturité"),
        lignes=tuple(
            (
                f.code,
                f.titre,
                f.axe.nom if f.axe else NON_RENSEIGNE,
                say_porteur(f),
                str(Maturite(f.maturite).label),
            )
            for f in fiches
        ),
    )


_NOTE_FINANCEMENT = (
    "«\u00a0Accordé\u00a0» comprend la part que les porteurs paient eux-mêmes et qu’ils ont confirmée. «\u00a0Demandé\u00a0» comprend ce qu’un "
    "financeur a annoncé et ce qu’une pièce atteste, sans qu’il l’ait encore confirmé. «\u00a0Pressenti\u00a0» n’a été demandé à "
    "personne."
)


def compose_financement(plans: list[tuple[FicheAction, PlanLu]], jour: date) -> list[blocs.Bloc]:
    """Le financement par action, ce que ses colonnes veulent dire, puis le financement par financeur."""
    lignes, totaux = [], [0, 0, 0, 0, 0]
    par_financeur: dict[str, list[int]] = {}
    for fiche, lu in plans:
        barre = lu.barre
        if not barre.cout:
            lignes.append((fiche.code, lu.libelle_bouclage, "", "", "", "", ""))
            continue
        montants = (barre.cout, barre.obtenu, barre.atteste + barre.demande, barre.pressenti, barre.reste)
        totaux = [total + montant for total, montant in zip(totaux, montants, strict=True)]
        lignes.append((fiche.code, lu.libelle_bouclage, *(format_montant(m) for m in montants)))
        for ligne in lu.lignes:
            rang = _COLONNES_FINANCEUR.get(get_certitude(ligne))
            if rang is not None and ligne.nature not in (NatureLigne.GARANTIE, NatureLigne.SERVICE):
                sommes = par_financeur.setdefault(ligne.financeur.nom, [0, 0])
                sommes[rang] += get_montant_compte(ligne)
    resultat: list[blocs.Bloc] = [
        blocs.Tableau(
            legende=f"Financement des actions au {format_jour(jour)}",
            entetes=("Code", "État", "Coût", "Accordé", "Demandé", "Pressenti", "Reste à trouver"),
            alignements=("gauche", "gauche", *("droite",) * 5),
            lignes=tuple(lignes),
            totaux=("", "Total", *(format_montant(total) for total in totaux)) if totaux[0] else (),
        )
    ]
    if totaux[0]:
        resultat.append(blocs.Paragraphe(_NOTE_FINANCEMENT))
    if par_financeur:
        accorde, demande = (sum(sommes[rang] for sommes in par_financeur.values()) for rang in (0, 1))
        resultat.append(
            blocs.Tableau(
                legende=f"Financement par financeur au {format_jour(jour)}",
                entetes=("Financeur", "Accordé", "Demandé"),
                alignements=("gauche", "droite", "droite"),
                lignes=tuple(
                    (nom, *(format_montant(somme) for somme in sommes))
                    for nom, sommes in sorted(par_financeur.items())
                ),
                totaux=("Total", format_montant(accorde), format_montant(demande)),
            )
        )
    return resultat


def _parties_fiche(fiche: FicheAction) -> list[blocs.Bloc]:
    """Ce que la fiche dit au-delà de sa carte d’identité, partie par partie ; rien de ce qui est interne."""
    resultat: list[blocs.Bloc] = []
    for partie in list_parties(get_contenu(fiche), with_interne=False):
        if partie.is_vide:
            continue
        resultat.append(blocs.Titre(1, partie.section.titre))
        for champ, texte in partie.textes:
            resultat.append(blocs.Paragraphe(blocs.Texte(f"{champ.titre}.", gras=True)))
            resultat += [blocs.Paragraphe(ligne) for ligne in texte.splitlines() if ligne.strip()]
        resultat += [
            blocs.Tableau(
                legende=tableau.titre,
                entetes=tuple(colonne.titre for colonne in tableau.colonnes),
                lignes=tableau.lignes,
            )
            for tableau in partie.tableaux
        ]
    return resultat


def _annexe(numero: int, fiche: FicheAction, lu: PlanLu) -> blocs.Annexe:
    return blocs.Annexe(
        str(numero), f"Fiche {fiche.code}\u00a0: {fiche.titre}", tuple(compose_fiche(fiche, lu))
    )


def compose_fiche(fiche: FicheAction, lu: PlanLu) -> list[blocs.Bloc]:
    """Une fiche en blocs : carte d’identité, description, parties, financement. Rien de ce qui est interne."""
    calendrier = " – ".join(f"{jour:%m/%Y}" for jour in (fiche.debut_prevu, fiche.fin_prevue) if jour)
    enfants: list[blocs.Bloc] = [
        blocs.Tableau(
            legende="Carte d’identité",
            entetes=("Rubrique", "Contenu"),
            lignes=(
                ("Axe", fiche.axe.nom if fiche.axe else NON_RENSEIGNE),
                ("Porteur", say_porteur(fiche)),
                ("Présentée par", fiche.presentateur or NON_RENSEIGNE),
                ("Maturité", str(Maturite(fiche.maturite).label)),
                ("Calendrier", calendrier or NON_RENSEIGNE),
            ),
        ),
        blocs.Titre(1, "Description"),
        blocs.Paragraphe(blocs.Champ("description", fiche.description, "description de l’action")),
        *_parties_fiche(fiche),
        blocs.Titre(1, "Financement"),
    ]
    if not lu.barre.cout:
        enfants.append(blocs.Paragraphe(f"{lu.libelle_bouclage}."))
        if lu.plan.sans_besoin_motif:
            enfants.append(blocs.Paragraphe(lu.plan.sans_besoin_motif))
    else:
        enfants += [
            blocs.Tableau(
                legende="Dépenses",
                entetes=("Nature", "Libellé", "Montant"),
                alignements=("gauche", "gauche", "droite"),
                lignes=tuple(
                    (d.get_nature_display(), d.libelle, format_montant(d.montant)) for d in lu.depenses
                ),
                totaux=("", "Total", format_montant(lu.barre.cout)),
            ),
            blocs.Tableau(
                legende="Ressources",
                entetes=("Financeur", "Nature", "État", "Montant"),
                alignements=("gauche", "gauche", "gauche", "droite"),
                lignes=tuple(
                    (
                        ligne.financeur.nom,
                        ligne.nature_lisible,
                        str(ligne.get_statut_display()),
                        "sans montant" if ligne.is_service else format_montant(get_montant_compte(ligne)),
                    )
                    for ligne in lu.lignes
                    if ligne.statut not in PERDUS  # refusée, retirée ou caduque : elle ne finance plus rien
                ),
                totaux=("Reste à trouver", "", "", format_montant(lu.barre.reste)),
            ),
        ]
    return enfants
