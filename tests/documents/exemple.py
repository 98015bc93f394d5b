"""Un protocole inventé, d'une vingtaine de pages et quinze annexes, marqué fictif : pour les tests et les mesures."""

from datetime import date

from calcul.montants import format_montant
from maillage.documents.blocs import (
    Annexe,
    Article,
    BlocSignatures,
    Champ,
    College,
    Document,
    Image,
    Lien,
    Liste,
    Paragraphe,
    Signataire,
    Tableau,
    Texte,
    Titre,
    Visas,
)

CARTE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 160" width="400" height="160">
<rect x="1" y="1" width="398" height="158" fill="#eef0f8" stroke="#000091"/>
<path d="M20 140 L90 40 L170 90 L250 30 L380 120 Z" fill="#c3c9e8" stroke="#000091"/>
<circle cx="90" cy="70" r="5" fill="#a3001b"/><circle cx="250" cy="60" r="5" fill="#a3001b"/></svg>"""

_THEMES = ("Attirer", "Recruter", "Innover", "Simplifier")
_INTITULES = (
    "Faire connaître les métiers de la forge et de la fonderie auprès des collégiens",
    "Ouvrir une école de production",
    "Loger les apprentis près des ateliers",
    "Créer un plateau partagé de contrôle non destructif et de métrologie tridimensionnelle pour les sous-traitants",
    "Requalifier l'ancienne filature",
)


def _intitule(rang: int) -> str:
    return _INTITULES[rang % len(_INTITULES)]


def _fiche(rang: int) -> Annexe:
    cout = 18_000_000 + rang * 7_345_050
    part = cout // 5
    return Annexe(
        str(rang),
        f"Fiche action F{rang}\u00a0: {_intitule(rang)}",
        (
            Paragraphe(
                (
                    "Porteur\u00a0: ",
                    Champ(
                        "porteur",
                        None if rang % 3 == 0 else "Communauté de communes des Trois Forges",
                        "porteur",
                    ),
                    ". Thème\u00a0: ",
                    Texte(_THEMES[rang % 4], gras=True),
                    ".",
                )
            ),
            Titre(1, "Constat et objectifs"),
            Paragraphe(
                "Les entreprises du bassin peinent à recruter\u00a0: trois offres sur quatre restent ouvertes plus de six mois. "
                "L'action réunit les industriels, les établissements d'enseignement et les collectivités autour d'un même "
                "calendrier, afin que chaque jeune visite au moins deux ateliers avant la fin du collège.\n\n"
                "Elle s'appuie sur les moyens existants\u00a0; aucun organisme nouveau n'est créé."
            ),
            Liste(
                (
                    "visites d'ateliers, deux fois par an\u00a0;",
                    (
                        "page d'inscription\u00a0: ",
                        Lien(
                            "https://exemple.invalid/visites/tres-longue-adresse-sans-espace",
                            "https://exemple.invalid/visites/tres-longue-adresse-sans-espace",
                        ),
                        " ;",
                    ),
                    "parrainage de chaque classe par une entreprise.",
                )
            ),
            Titre(1, "Calendrier"),
            Tableau(
                "Jalons de l'action",
                ("Jalon", "Échéance", "Responsable"),
                (
                    ("Convention avec les établissements", "mars 2025", "Chef de projet"),
                    ("Premières visites", "octobre 2025", ""),
                    (
                        "Bilan présenté au comité de pilotage, avec le nombre de jeunes reçus et d'apprentis recrutés",
                        "juin 2026",
                        "Binôme",
                    ),
                ),
            ),
            Titre(1, "Plan de financement"),
            Tableau(
                "Dépenses et ressources de l'action",
                ("Financeur", "Nature", "État de la ligne", "Demandé", "Accordé"),
                (
                    ("État (DETR)", "Subvention", "Accordé", format_montant(part), format_montant(part)),
                    ("Région", "Subvention", "Sollicité", format_montant(part * 2), ""),
                    (
                        "Maître d'ouvrage",
                        "Autofinancement",
                        "Confirmé",
                        format_montant(cout - part * 3),
                        format_montant(cout - part * 3),
                    ),
                ),
                ("gauche", "gauche", "gauche", "droite", "droite"),
                ("Total", "", "", format_montant(cout), format_montant(cout - part * 2)),
            ),
        ),
    )


def protocole(*, annexes: int = 15, statut: str = "projet", fictif: bool = True) -> Document:
    articles = [
        Article(
            numero,
            titre,
            (
                Paragraphe(
                    "Le présent article précise les engagements réciproques des parties. Elles conviennent de se réunir au "
                    "moins deux fois par an, de partager les informations utiles à la conduite des actions et de rendre compte "
                    "publiquement des résultats obtenus, dans le respect du secret des affaires et des données personnelles."
                ),
                Liste(
                    ("informer les partenaires\u00a0;", "suivre les délais\u00a0;", "mesurer les effets."),
                    ordonnee=rang % 2 == 0,
                ),
                Paragraphe(
                    "Chaque partie désigne un correspondant. Le secrétariat est tenu par la structure animatrice, qui prépare les "
                    "séances, conserve les relevés de décisions et tient à jour le tableau de suivi annexé."
                ),
            ),
        )
        for rang, (numero, titre) in enumerate(
            [
                ("1er", "Objet du protocole"),
                ("2", "Périmètre"),
                ("3", "Gouvernance"),
                ("4", "Engagements des parties"),
                ("5", "Suivi et évaluation"),
                ("6", "Durée, modification et résiliation"),
            ]
        )
    ]
    plan = Tableau(
        "Plan d'actions et financement demandé",
        ("Code", "Intitulé", "Thème", "Coût", "État", "Région", "EPCI"),
        tuple(
            (
                f"F{rang}",
                _intitule(rang),
                _THEMES[rang % 4],
                format_montant(18_000_000 + rang * 7_345_050),
                format_montant(3_600_000 + rang * 1_469_010),
                format_montant(7_200_000 + rang * 2_938_020) if rang % 4 else "",
                format_montant(7_200_000),
            )
            for rang in range(1, 25)
        ),
        ("gauche", "gauche", "gauche", "droite", "droite", "droite", "droite"),
        (
            "Total",
            "",
            "",
            "25 215 151,50\u00a0€",
            "5 407 030\u00a0€",
            "10 814 060\u00a0€",
            "1 728 000\u00a0€",
        ),
    )
    return Document(
        titre="Protocole d'engagement du Territoire d'industrie «\u00a0Trois Forges et Haute Vallée\u00a0»",
        sous_titre="Programme Territoires d'industrie, phase 2 (2023-2027)",
        date=date(2025, 3, 1),
        auteur="Communauté de communes des Trois Forges",
        statut=statut,
        mention_fictif=fictif,
        enfants=(
            Titre(1, "Parties et visas"),
            Visas(
                (
                    "Vu le code général des collectivités territoriales, notamment ses articles L. 1111-9 et L. 1111-10\u00a0;",
                    "Vu la délibération du conseil communautaire du 12 décembre 2024 approuvant le plan d'actions et autorisant son président à signer le présent protocole\u00a0;",
                    (
                        "Vu l'avis de la Région en date du ",
                        Champ("avis_region", None, "date de l'avis"),
                        " ;",
                    ),
                    "Considérant que l'industrie emploie un actif sur trois dans le territoire,",
                )
            ),
            Paragraphe((Texte("Il est convenu ce qui suit\u00a0:", gras=True),)),
            Titre(1, "Dispositions"),
            *articles[:3],
            Image(
                CARTE,
                "Carte du périmètre\u00a0: deux intercommunalités voisines, l'une à l'ouest, l'autre à l'est.",
                "Périmètre au 1er mars 2025",
            ),
            *articles[3:],
            Titre(1, "Plan d'actions"),
            Paragraphe("Les montants sont en euros, toutes taxes comprises."),
            plan,
            Titre(1, "Signatures"),
            BlocSignatures(
                (
                    College(
                        "Collège des collectivités",
                        (
                            Signataire("Communauté de communes des Trois Forges", "Prénom Nom", "Président"),
                            Signataire("Région Exemple", "", "Présidente du conseil régional"),
                        ),
                    ),
                    College(
                        "Collège des industriels",
                        (
                            Signataire(
                                "Forges de la Vallée SAS",
                                "Prénom Nom",
                                "Directrice générale",
                                "Signé le 1er mars 2025 par code reçu à l'adresse p…@exemple.invalid",
                            ),
                        ),
                    ),
                )
            ),
            *(_fiche(rang) for rang in range(1, annexes + 1)),
        ),
    )
