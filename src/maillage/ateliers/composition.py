"""La synthèse d’un atelier en arbre de blocs (`documents` la rend en PDF et Word)."""

from maillage.ateliers.models import Atelier
from maillage.ateliers.selectors import (
    IdeeSynthese,
    Synthese,
    compare_with_precedent,
    count_presents,
    load_synthese,
)
from maillage.documents import blocs
from maillage.socle.dates import format_jour

PLUS_SOUTENUES = 10


def _pluriel(n: int, mot: str) -> str:
    return f"{n} {mot}{'s' if n > 1 else ''}"


def compose_synthese(atelier: Atelier) -> blocs.Document:
    """Présence, temps, cartes les plus soutenues, cartes par thème, fiches nées, oublis dans les deux sens.

    Aucun auteur n’y est dit, sauf une signature voulue. Lire ce document demande le droit d’animer.
    """
    synthese = load_synthese(atelier)
    enfants: list[blocs.Bloc] = [
        blocs.Titre(1, "La soirée"),
        blocs.Paragraphe(
            ". ".join(
                morceau
                for morceau in (
                    f"Le {format_jour(atelier.jour)}",
                    atelier.lieu,
                    f"Hôte\u00a0: {atelier.hote}" if atelier.hote else "",
                    _pluriel(count_presents(atelier), "personne"),
                )
                if morceau
            )
            + "."
        ),
    ]
    if synthese.colleges:
        enfants.append(
            blocs.Tableau(
                legende="Présence par collège",
                entetes=("Collège", "Personnes"),
                lignes=tuple((nom, str(n)) for nom, n in synthese.colleges),
            )
        )
    if synthese.durees:
        enfants.append(
            blocs.Tableau(
                legende="Temps passé, pauses comprises",
                entetes=("Phase", "Prévu (minutes)", "Passé (minutes)"),
                lignes=tuple((p.titre, str(p.duree or "—"), str(minutes)) for p, minutes in synthese.durees),
            )
        )
    soutenues = [i for _, idees in synthese.phases for i in idees if i.carte.points]
    soutenues.sort(key=lambda i: -i.carte.points)
    if soutenues:
        enfants.append(
            blocs.Tableau(
                legende="Les plus soutenues",
                entetes=("Carte", "Points", "Contributions", "Fiche"),
                lignes=tuple(
                    (
                        i.carte.texte,
                        str(i.carte.points),
                        str(i.contributions),
                        str(i.fiche) if i.fiche else "—",
                    )
                    for i in soutenues[:PLUS_SOUTENUES]
                ),
            )
        )
    for phase, idees in synthese.phases:
        enfants.append(blocs.Titre(1, phase.titre))
        if not idees:
            enfants.append(blocs.Paragraphe("Aucune carte."))
        for colonne in dict.fromkeys(c["nom"] for c in phase.colonnes):
            enfants += _list_colonne(colonne, idees)
    enfants += _list_oublis(synthese)
    enfants += _list_comparaison(atelier)
    return blocs.Document(
        titre=f"Synthèse\u00a0: {atelier.titre}",
        sous_titre=atelier.territoire.nom,
        date=atelier.jour,
        auteur="Maillage",
        statut="arrete",
        mention_fictif=atelier.territoire.is_fictif,
        enfants=tuple(enfants),
    )


def _list_colonne(colonne: str, idees: list[IdeeSynthese]) -> list[blocs.Bloc]:
    siennes = [i for i in idees if i.colonne == colonne]
    if not siennes:
        return []
    return [blocs.Titre(2, colonne), blocs.Liste(tuple(_say(i) for i in siennes))]


def _say(idee: IdeeSynthese) -> str:
    dits = [
        _pluriel(idee.contributions, "contribution") if idee.contributions > 1 else "",
        _pluriel(idee.carte.points, "point") if idee.carte.points else "",
        f"fiche {idee.fiche}" if idee.fiche else "",
    ]
    suite = ", ".join(d for d in dits if d)
    return f"{idee.carte.texte} ({suite})" if suite else idee.carte.texte


def _list_oublis(synthese: Synthese) -> list[blocs.Bloc]:
    blocs_oublis: list[blocs.Bloc] = []
    if synthese.oublis:
        blocs_oublis += [
            blocs.Titre(1, "Besoins qu’aucune fiche ne couvre"),
            blocs.Liste(tuple(f"{i.colonne}\u00a0: {i.carte.texte}" for i in synthese.oublis)),
        ]
    if synthese.sans_besoin:
        blocs_oublis += [
            blocs.Titre(1, "Fiches qu’aucun besoin n’a demandées"),
            blocs.Liste(tuple(str(f) for f in synthese.sans_besoin)),
        ]
    return blocs_oublis


def _list_comparaison(atelier: Atelier) -> list[blocs.Bloc]:
    comparaison = compare_with_precedent(atelier)
    if comparaison is None:
        return []
    precedent = comparaison.precedent
    return [
        blocs.Titre(1, f"Depuis l’atelier du {format_jour(precedent.jour)}"),
        blocs.Paragraphe(
            f"{_pluriel(len(comparaison.fiches), 'fiche')} en {'sont nées' if len(comparaison.fiches) > 1 else 'est née'}, "
            f"{_pluriel(len(comparaison.encore_oublies), 'besoin')} sans fiche, "
            f"{_pluriel(len(comparaison.nouveaux), 'besoin')} dit{'s' * (len(comparaison.nouveaux) > 1)} seulement cette fois."
        ),
    ]
