"""Ce qu’on emporte d’un plan en document : une fiche, le plan entier, ou des diapositives pour un comité.

Les mêmes blocs que l’annexe d’un acte : ce qui est interne n’y est pas.
"""

import io
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from calcul.montants import format_montant
from maillage.contrats.composition import (
    compose_fiche,
    compose_financement,
    compose_tableau_actions,
    say_porteur,
)
from maillage.documents import blocs
from maillage.fiches.enums import Maturite, StatutFiche
from maillage.fiches.models import FicheAction
from maillage.fiches.selectors_contenu import load_listes
from maillage.financement.selectors_plans import PlanLu, read_plans
from maillage.socle.dates import format_jour
from maillage.territoires.models import Territoire

LIGNES_PAR_DIAPO = 10
FICHES_EN_DIAPO = 60  # au-delà, une diapositive par fiche ne se montre plus en séance
TEXTE_DIAPO, TITRE_DIAPO = 450, 160
LARGEURS = (1.0, 4.6, 2.4, 1.7, 1.2, 1.2)  # pouces : code, action, porteur, état, coût, accordé


def compose_document_fiche(fiche: FicheAction, jour: date) -> blocs.Document:
    """Une fiche en document : ce qu’elle dit et son financement au jour dit."""
    load_listes([fiche])
    plan = read_plans([fiche], au=jour)[fiche.pk]
    return blocs.Document(
        titre=f"Fiche {fiche.code}\u00a0: {fiche.titre}" if fiche.code else fiche.titre,
        sous_titre=f"{fiche.territoire.nom} · {StatutFiche(fiche.statut).label} · version {fiche.version}",
        date=jour,
        auteur="Maillage",
        statut="arrete",
        mention_fictif=fiche.territoire.is_fictif,
        enfants=tuple(compose_fiche(fiche, plan)),
    )


def compose_document_plan(
    territoire: Territoire, fiches: Sequence[FicheAction], jour: date
) -> blocs.Document:
    """Le plan d’actions entier : le tableau des actions, leur financement, puis chaque fiche sur sa page."""
    fiches = list(fiches)
    load_listes(fiches)
    plans = read_plans(fiches, au=jour)
    return blocs.Document(
        titre=f"Plan d’actions\u00a0: {territoire.nom}",
        sous_titre=f"{len(fiches)} fiches, au {format_jour(jour)}",
        date=jour,
        auteur="Maillage",
        statut="arrete",
        mention_fictif=territoire.is_fictif,
        enfants=(
            blocs.Titre(1, "Les actions"),
            compose_tableau_actions(fiches),
            blocs.Titre(1, "Leur financement"),
            *compose_financement([(fiche, plans[fiche.pk]) for fiche in fiches], jour),
            *(
                blocs.Annexe(str(rang), str(fiche), tuple(compose_fiche(fiche, plans[fiche.pk])))
                for rang, fiche in enumerate(fiches, start=1)
            ),
        ),
    )


# --- diapositives ----------------------------------------------------------------------------------------------------------


def write_diapositives(territoire: Territoire, fiches: Sequence[FicheAction], jour: date) -> bytes:
    """Un diaporama de comité (PPTX) : où en est le plan, les actions par axe, puis une diapositive par action.

    Chaque diapositive a un titre et rien qu’une image ne dise seule : un lecteur d’écran lit tout.
    """
    from pptx import Presentation
    from pptx.util import Inches

    fiches = list(fiches)
    plans = read_plans(fiches, au=jour)
    diaporama = Presentation()
    diaporama.slide_width, diaporama.slide_height = Inches(13.333), Inches(7.5)
    diaporama.core_properties.title = f"Plan d’actions\u00a0: {territoire.nom}"
    diaporama.core_properties.language = "fr-FR"
    diapo = _Diapositives(diaporama)
    fictif = "\nEspace fictif de démonstration" if territoire.is_fictif else ""
    diapo.couverture(f"Plan d’actions\n{territoire.nom}", f"Au {format_jour(jour)}{fictif}")
    diapo.points("Où en est le plan", _synthese(fiches, plans))
    for axe, siennes in _par_axe(fiches):
        for debut in range(0, len(siennes), LIGNES_PAR_DIAPO):
            lot = siennes[debut : debut + LIGNES_PAR_DIAPO]
            suite = f" ({debut // LIGNES_PAR_DIAPO + 1})" if len(siennes) > LIGNES_PAR_DIAPO else ""
            diapo.tableau(
                f"{axe}{suite}",
                ("Code", "Action", "Porteur", "État", "Coût", "Accordé"),
                [_ligne(fiche, plans[fiche.pk]) for fiche in lot],
            )
    if len(fiches) <= FICHES_EN_DIAPO:
        for fiche in fiches:
            diapo.points(str(fiche), _points(fiche, plans[fiche.pk]))
    tampon = io.BytesIO()
    diaporama.save(tampon)
    return tampon.getvalue()


def _synthese(fiches: list[FicheAction], plans: dict[int, PlanLu]) -> list[str]:
    etats = Counter(StatutFiche(fiche.statut) for fiche in fiches)
    barres = [plans[fiche.pk].barre for fiche in fiches]
    return [
        f"{len(fiches)} fiches action",
        *(f"{statut.label}\u00a0: {etats[statut]}" for statut in StatutFiche if etats[statut]),
        f"Coût des actions chiffrées\u00a0: {format_montant(sum(barre.cout for barre in barres))}",
        f"Accordé\u00a0: {format_montant(sum(barre.obtenu for barre in barres))}",
        f"Demandé, sans réponse encore\u00a0: {format_montant(sum(barre.atteste + barre.demande for barre in barres))}",
        f"Reste à trouver\u00a0: {format_montant(sum(barre.reste for barre in barres))}",
    ]


def _par_axe(fiches: list[FicheAction]) -> list[tuple[str, list[FicheAction]]]:
    axes: dict[str, list[FicheAction]] = {}
    for fiche in sorted(fiches, key=lambda f: (f.axe is None, f.axe.rang if f.axe else 0)):
        axes.setdefault(fiche.axe.nom if fiche.axe else "Sans axe encore", []).append(fiche)
    return list(axes.items())


def _ligne(fiche: FicheAction, plan: PlanLu) -> tuple[str, ...]:
    cout = plan.barre.cout
    return (
        fiche.code,
        fiche.titre,
        say_porteur(fiche),
        str(StatutFiche(fiche.statut).label),
        format_montant(cout) if cout else plan.libelle_bouclage,
        format_montant(plan.barre.obtenu) if cout else "",
    )


def _points(fiche: FicheAction, plan: PlanLu) -> list[str]:
    texte = " ".join(fiche.description.split())
    calendrier = " – ".join(f"{jour:%m/%Y}" for jour in (fiche.debut_prevu, fiche.fin_prevue) if jour)
    barre = plan.barre
    argent = (
        f"{format_montant(barre.cout)}, dont {format_montant(barre.obtenu)} accordés\u00a0; reste {format_montant(barre.reste)}"
        if barre.cout
        else plan.libelle_bouclage
    )
    points = [
        texte if len(texte) <= TEXTE_DIAPO else f"{texte[: TEXTE_DIAPO - 1]}…",
        f"Porteur\u00a0: {say_porteur(fiche)}",
        f"État\u00a0: {StatutFiche(fiche.statut).label}\u00a0; maturité\u00a0: {Maturite(fiche.maturite).label.lower()}",
        f"Calendrier\u00a0: {calendrier}" if calendrier else "",
        f"Financement\u00a0: {argent}",
    ]
    return [point for point in points if point]


class _Diapositives:
    """Trois formes de diapositive, aux couleurs sobres, avec les emplacements du modèle (titre, texte)."""

    def __init__(self, diaporama: Any) -> None:
        self.diaporama = diaporama

    def _ajoute(self, modele: int, titre: str) -> Any:
        from pptx.util import Inches, Pt

        diapo = self.diaporama.slides.add_slide(self.diaporama.slide_layouts[modele])
        zone = diapo.shapes.title
        zone.left, zone.top, zone.width, zone.height = Inches(0.6), Inches(0.3), Inches(12.1), Inches(1.1)
        zone.text_frame.word_wrap = True
        zone.text_frame.text = titre[:TITRE_DIAPO]
        for paragraphe in zone.text_frame.paragraphs:
            paragraphe.font.size, paragraphe.font.bold = Pt(28), True
        return diapo

    def couverture(self, titre: str, sous_titre: str) -> None:
        """La première : le titre, et le jour."""
        from pptx.util import Inches, Pt

        diapo = self._ajoute(0, titre)
        diapo.shapes.title.top, diapo.shapes.title.height = Inches(2.2), Inches(2)
        for paragraphe in diapo.shapes.title.text_frame.paragraphs:
            paragraphe.font.size = Pt(40)
        zone = diapo.placeholders[1]
        zone.left, zone.top, zone.width, zone.height = Inches(0.6), Inches(4.6), Inches(12.1), Inches(1.2)
        zone.text_frame.text = sous_titre

    def points(self, titre: str, points: Sequence[str]) -> None:
        """Un titre et une liste."""
        from pptx.util import Inches, Pt

        diapo = self._ajoute(1, titre)
        zone = diapo.placeholders[1]
        zone.left, zone.top, zone.width, zone.height = Inches(0.6), Inches(1.6), Inches(12.1), Inches(5.4)
        cadre = zone.text_frame
        cadre.word_wrap = True
        for rang, point in enumerate(points):
            paragraphe = cadre.paragraphs[0] if rang == 0 else cadre.add_paragraph()
            paragraphe.text = point
            paragraphe.font.size = Pt(18 if len(points) <= 12 else 14)

    def tableau(self, titre: str, entetes: Sequence[str], lignes: Sequence[Sequence[str]]) -> None:
        """Un titre et un tableau ; sa première ligne est son entête."""
        from pptx.util import Inches, Pt

        diapo = self._ajoute(5, titre)
        cadre = diapo.shapes.add_table(
            len(lignes) + 1,
            len(entetes),
            Inches(0.6),
            Inches(1.5),
            Inches(12.1),
            Inches(0.45 * (len(lignes) + 1)),
        )
        cadre.name = titre[:TITRE_DIAPO]
        tableau = cadre.table
        tableau.first_row = True
        for colonne, largeur in enumerate(LARGEURS):
            tableau.columns[colonne].width = Inches(largeur)
        for rang, ligne in enumerate([entetes, *lignes]):
            for colonne, texte in enumerate(ligne):
                cellule = tableau.cell(rang, colonne)
                cellule.text = texte
                for paragraphe in cellule.text_frame.paragraphs:
                    paragraphe.font.size = Pt(12)
