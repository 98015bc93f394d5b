"""D’une saisie à des communes : nom, code postal, code INSEE, ancien nom, avec ou sans son département."""

import re
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Replace

from maillage.referentiels.models import CodePostal, Commune, CommuneAncienne, Departement
from maillage.socle.texte import replier

CODE = re.compile(r"[0-9]{5}|2[ab][0-9]{3}")
CODE_DEPARTEMENT = re.compile(r"[0-9]{2}|2[ab]|97[0-9]")
# Un nom ne finit pas ainsi : « Nogent sur » + « Marne » n’est pas « Nogent » dans la Marne.
LIAISONS = {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sous", "sur"}

# Du plus sûr au moins sûr ; à égalité, la commune la plus peuplée d’abord.
RANG_EXACT, RANG_ANCIEN_EXACT, RANG_DEBUT, RANG_MOTS, RANG_ANCIEN = range(5)


@dataclass(frozen=True)
class Saisie:
    """Ce qui a été tapé, lu : un code (postal ou INSEE), des mots, et les départements qu’on a pu y reconnaître.

    `dans` : (mots restants, codes de département) quand le début ou la fin de la saisie est un département.
    """

    code: str
    mots: tuple[str, ...]
    dans: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    @property
    def is_vide(self) -> bool:
        return not self.code and (not self.mots or all(mot.isdigit() for mot in self.mots))


def read_saisie(texte: str) -> Saisie:
    """« Nogent 52 », « 52800 Nogent », « lhay les roses », « 52 200 », « Paris 13ème » : ce que chacun veut dire."""
    mots = [re.sub(r"^([0-9]{1,2})(?:er|eme|me)$", r"\1e", mot) for mot in replier(texte).split()]
    colle = "".join(mots)
    if CODE.fullmatch(colle):
        return Saisie(colle.upper(), ())
    codes = [mot for mot in mots if CODE.fullmatch(mot)]
    if len(codes) == 1:
        return Saisie(codes[0].upper(), tuple(m for m in mots if m not in (codes[0], "cedex") and len(m) > 1))
    return Saisie("", tuple(mots), _find_departements(mots))


def _find_departements(mots: list[str]) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    if len(mots) < 2:
        return ()
    trouves = []
    for mot, reste in ((mots[-1], mots[:-1]), (mots[0], mots[1:])):
        if CODE_DEPARTEMENT.fullmatch(mot):
            trouves.append((tuple(reste), (mot.upper(),)))
    noms = [(code, replier(nom).split()) for code, nom in Departement.objects.values_list("code", "nom")]
    for code, nom in noms:
        if len(nom) >= len(mots):
            continue
        if mots[-len(nom) :] == nom and mots[-len(nom) - 1] not in LIAISONS:
            trouves.append((tuple(mots[: -len(nom)]), (code,)))
        elif mots[: len(nom)] == nom:
            trouves.append((tuple(mots[len(nom) :]), (code,)))
    return tuple(trouves)


def q_nom(mots: tuple[str, ...] | list[str]) -> Q:
    """Chaque mot (déjà replié) commence un mot du nom."""
    condition = Q()
    for mot in mots:
        condition &= Q(nom_recherche__startswith=mot) | Q(nom_recherche__contains=f" {mot}")
    return condition


def _anciennes(condition: Q) -> Q:
    return Q(pk__in=CommuneAncienne.objects.filter(condition).values("commune_id"))


def search_communes(texte: str) -> QuerySet[Commune]:
    """Communes actuelles qui répondent à la saisie, la plus sûre d’abord ; aucune pour une saisie vide.

    Par code postal ou code INSEE (même ancien), par nom sans accent, casse, tiret ni apostrophe (« lhay » vaut « L’Haÿ »),
    par le nom d’une commune déléguée, associée ou d’arrondissement, dans un département nommé ou numéroté.
    """
    saisie = read_saisie(texte)
    if saisie.is_vide:
        return Commune.objects.none()
    rangs = _rank_code(saisie) if saisie.code else _rank_nom(saisie)
    toutes = Q()
    for condition, _ in rangs:
        toutes |= condition
    return (
        Commune.objects.annotate(nom_colle=Replace(F("nom_recherche"), Value(" "), Value("")))
        .filter(toutes)
        .annotate(
            rang=Case(
                *(When(condition, then=Value(rang)) for condition, rang in rangs),
                default=Value(RANG_ANCIEN),
                output_field=IntegerField(),
            )
        )
        .order_by("rang", "-population", "nom", "pk")
    )


def _rank_code(saisie: Saisie) -> list[tuple[Q, int]]:
    code = saisie.code
    # Sous-requête et non jointure : une commune ne sort qu’une fois.
    postal = Q(pk__in=CodePostal.objects.filter(code=code).values("commune_id"))
    insee = Q(pk=code) | _anciennes(Q(code_insee=code))
    if not saisie.mots:
        return [(postal, RANG_EXACT), (insee, RANG_ANCIEN_EXACT)]
    nommee = q_nom(saisie.mots) | _anciennes(q_nom(saisie.mots))
    departement = code[:3] if code.startswith("97") else code[:2]
    rangs = [(postal & nommee, RANG_EXACT), (insee & nommee, RANG_ANCIEN_EXACT)]
    # Un code « cedex » n’est celui d’aucune commune : reste le nom, dans ce département.
    return [*rangs, (nommee & Q(departement=departement), RANG_MOTS)]


def _rank_nom(saisie: Saisie) -> list[tuple[Q, int]]:
    rangs = _rank_mots(saisie.mots)
    for mots, codes in saisie.dans:
        rangs = [
            *((condition & Q(departement__in=codes), rang) for condition, rang in _rank_mots(mots)),
            *rangs,
        ]
    return sorted(rangs, key=lambda couple: couple[1])


def _rank_mots(mots: tuple[str, ...]) -> list[tuple[Q, int]]:
    nom, colle = " ".join(mots), "".join(mots)
    return [
        (Q(nom_recherche=nom) | Q(nom_colle=colle), RANG_EXACT),
        (_anciennes(Q(nom_recherche=nom)), RANG_ANCIEN_EXACT),
        (
            Q(nom_recherche__startswith=nom)
            | Q(nom_recherche__contains=f" {nom}")
            | Q(nom_colle__startswith=colle),
            RANG_DEBUT,
        ),
        (q_nom(mots), RANG_MOTS),
        (_anciennes(q_nom(mots)), RANG_ANCIEN),
    ]


def explain_communes(communes: list[Commune], texte: str) -> list[Commune]:
    """Les mêmes communes ; `trouvee_par` dit l’ancienne commune qui a mené à chacune, quand son propre nom n’y répond pas."""
    saisie = read_saisie(texte)
    if saisie.code:
        condition = Q(code_insee=saisie.code)
        muettes = communes
    else:
        condition = Q()
        for mots in (saisie.mots, *(mots for mots, _ in saisie.dans)):
            condition |= q_nom(mots)
        muettes = [commune for commune in communes if not _answers(commune, saisie)]
    par_pk = {commune.pk: commune for commune in muettes}
    if par_pk:
        for ancienne in CommuneAncienne.objects.filter(condition, commune__in=par_pk).order_by("-nom"):
            par_pk[ancienne.commune_id].trouvee_par = ancienne
    return communes


def _answers(commune: Commune, saisie: Saisie) -> bool:
    nom = commune.nom_recherche
    restes = [mots for mots, codes in saisie.dans if commune.departement_id in codes]
    return any(
        nom.replace(" ", "").startswith("".join(mots)) or all(f" {mot}" in f" {nom}" for mot in mots)
        for mots in (saisie.mots, *restes)
    )
