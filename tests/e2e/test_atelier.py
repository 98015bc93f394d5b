"""Une soirée à huit navigateurs : l’animateur, l’écran de la salle, six téléphones en deux groupes, dont un perd le réseau.

Et l’état d’un tableau, que le téléphone et le serveur calculent chacun de leur côté : le même sur des suites tirées au hasard.
"""

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from calcul.ateliers.tableau import Evenement, Tableau, TypeEvenement, rejouer
from tests.e2e.conftest import Ouvrir
from tests.e2e.navigation import check_page_ouverte, connecter, remplir, suivre, visiter

ATELIERS = "/espace/territoires/v1/fictif-4403/ateliers/"
CHEF = "Chef·fe de projet, Langres"
PRENOMS = ("Ada", "Bob", "Cleo", "Dora", "Elio", "Fanny")
COLLEGES = ("Élu·e", "Industriel·le", "Partenaire")
PORTRAIT = "Portrait de l’industrie du territoire"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Huit navigateurs sur une petite machine : chacun attend son tour plus longtemps."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


def _enter(telephone: Page, code: str, prenom: str, college: str, *, capture: str = "") -> None:
    if capture:  # le premier tape le code et vérifie chaque page ; les autres ont photographié le QR
        visiter(telephone, "/a/", capture=f"{capture}-code")
        telephone.get_by_label("Code de l’atelier").fill(code.lower())
        entrer = telephone.get_by_role("main").get_by_role("button", name="Entrer")
        suivre(telephone, entrer, capture=f"{capture}-entree")
    else:
        telephone.goto(f"/a/{code}/")
    telephone.get_by_label("Prénom").fill(prenom)
    telephone.get_by_text(college, exact=True).click()
    telephone.get_by_role("button", name="Entrer dans la salle").click()
    expect(telephone.get_by_role("heading", name="En attente de l’animateur")).to_be_visible()


def _pose(telephone: Page, texte: str) -> None:
    telephone.get_by_label("Votre carte").fill(texte)
    telephone.get_by_role("button", name="Poser la carte").click()


def _carte(page: Page, texte: str) -> Any:
    return page.locator("[data-carte], .mg-note").filter(has_text=texte).first


def _get_groupe(telephone: Page) -> str:
    return telephone.locator(".mg-atelier__groupe").inner_text()


def _act(page: Page, bouton: str) -> None:
    suivre(page, page.get_by_role("button", name=bouton).first)


def test_a_soiree_with_eight_browsers_one_of_them_offline(ouvrir: Ouvrir) -> None:
    animateur, ecran = ouvrir(), ouvrir()
    telephones = [ouvrir(etroite=True) for _ in PRENOMS]
    for page in (animateur, ecran, *telephones):
        page.context.set_default_timeout(40_000)
    connecter(animateur, CHEF)
    visiter(animateur, f"{ATELIERS}nouveau/")
    remplir(animateur, {"Titre": "Soirée à huit navigateurs", "Date": "2026-11-22"})
    suivre(animateur, animateur.get_by_role("button", name="Enregistrer"))
    pupitre = animateur.url
    _act(animateur, "Ouvrir l’atelier")
    code = animateur.locator(".mg-code").first.inner_text()
    connecter(ecran, CHEF)
    visiter(ecran, f"{pupitre}ecran/", capture="atelier-ecran-accueil")

    for rang, telephone in enumerate(telephones):
        capture = "atelier-telephone" if rang == 0 else ""
        _enter(telephone, code, PRENOMS[rang], COLLEGES[rang % 3], capture=capture)
    # Le pupitre et l’écran ont suivi les arrivées, sans recharger.
    expect(animateur.locator("[data-presents]")).to_have_text("6\u00a0présents")
    expect(ecran.locator("[data-presents]")).to_have_text("6\u00a0présents")
    expect(animateur.get_by_role("rowheader", name="Fanny")).to_be_visible()

    animateur.get_by_label("Nombre de groupes").fill("2")
    _act(animateur, "Composer les groupes")
    _act(animateur, f"Lancer « {PORTRAIT} »")
    check_page_ouverte(animateur, capture="atelier-pupitre")
    groupes: dict[str, list[Page]] = {}
    for telephone in telephones:
        expect(telephone.get_by_role("heading", name=PORTRAIT)).to_be_visible()
        groupes.setdefault(_get_groupe(telephone), []).append(telephone)
    assert sorted(len(g) for g in groupes.values()) == [3, 3]
    (un, deux), (ada, *_), (dora, *_) = groupes, *groupes.values()

    # Une carte posée se voit dans son groupe et sur l’écran, pas dans l’autre groupe.
    _pose(ada, "Un savoir-faire rare")
    for telephone in groupes[un]:
        expect(_carte(telephone, "Un savoir-faire rare")).to_be_visible()
    expect(_carte(ecran, "Un savoir-faire rare")).to_be_visible()
    expect(_carte(dora, "Un savoir-faire rare")).to_have_count(0)

    # Un téléphone perd le réseau, écrit, se recharge, revient : chaque carte part une fois, dans l’ordre.
    perdu = groupes[deux][1]
    perdu.context.set_offline(True)
    for n in range(3):
        _pose(perdu, f"hors réseau {n}")
    expect(perdu.locator("[data-reseau]")).to_contain_text("3 gestes gardés")
    expect(_carte(dora, "hors réseau")).to_have_count(0)
    perdu.reload()  # le téléphone s’est éteint, puis rallumé sans réseau
    expect(perdu.get_by_role("heading", name=PORTRAIT)).to_be_visible()
    expect(_carte(perdu, "hors réseau 2")).to_be_visible()
    expect(perdu.locator("[data-reseau]")).to_contain_text("3 gestes gardés")
    perdu.context.set_offline(False)
    expect(dora.locator(".mg-note__texte").filter(has_text="hors réseau")).to_have_text(
        ["hors réseau 0", "hors réseau 1", "hors réseau 2"], timeout=40_000
    )
    expect(perdu.locator("[data-reseau]")).to_have_text("")
    perdu.surveillance.erreurs[:] = [  # type: ignore[attr-defined]
        e
        for e in perdu.surveillance.erreurs
        if "ERR_INTERNET_DISCONNECTED" not in e  # type: ignore[attr-defined]
    ]
    check_page_ouverte(perdu, capture="atelier-salle")

    # Ranger la carte d’un autre, corriger la sienne : tout le groupe le voit.
    dora.get_by_label("Ranger « hors réseau 0 »").focus()
    dora.get_by_label("Ranger « hors réseau 0 »").select_option(label="Vers Menaces")
    expect(perdu.locator("[data-colonne=menaces] .mg-note__texte")).to_have_text("hors réseau 0")
    _carte(ada, "savoir-faire").get_by_role("button", name="Modifier").click()
    ada.get_by_label("Texte de ma carte").fill("Un savoir-faire très rare")
    ada.get_by_role("button", name="Enregistrer").click()
    expect(_carte(ecran, "très rare")).to_be_visible()

    # La fin ferme la saisie ; la restitution montre un groupe après l’autre sur l’écran.
    _act(animateur, "Lancer « Restitution du portrait »")
    expect(ecran.get_by_role("heading", level=1)).to_have_text("Restitution du portrait")
    suivre(animateur, animateur.get_by_role("button", name=re.compile("^Groupe 1$")))
    expect(ecran.get_by_role("heading", level=1)).to_contain_text("Groupe 1")
    check_page_ouverte(ecran, capture="atelier-restitution")
    expect(ada.get_by_role("button", name="Poser la carte")).to_have_count(0)

    # Des groupes nouveaux pour les projets ; puis la salle réunit deux cartes de groupes différents, et vote.
    animateur.get_by_label("Nombre de groupes").fill("2")
    _act(animateur, "Composer les groupes")
    _act(animateur, "Lancer «\u00a0Projets qui répondent aux besoins\u00a0»")
    expect(ada.get_by_role("heading", name="Projets qui répondent aux besoins")).to_be_visible()
    expect(dora.get_by_role("heading", name="Projets qui répondent aux besoins")).to_be_visible()
    autre = next(t for t in telephones if _get_groupe(t) != _get_groupe(ada))
    _pose(ada, "Un internat")
    _pose(autre, "Loger les apprentis")
    expect(_carte(ecran, "Un internat")).to_be_visible()
    expect(_carte(ecran, "Loger les apprentis")).to_be_visible()
    _act(animateur, "Lancer «\u00a0Réunir les idées proches\u00a0»")
    expect(ada.get_by_role("heading", name="Réunir les idées proches")).to_be_visible()
    ranger = ada.get_by_label("Ranger «\u00a0Loger les apprentis\u00a0»")
    ranger.focus()
    ranger.select_option(label="Réunir avec «\u00a0Un internat\u00a0»")
    for page in (autre, ecran):
        expect(_carte(page, "Un internat")).to_contain_text("2 contributions")
    _act(animateur, "Lancer «\u00a0Priorités\u00a0»")
    expect(autre.get_by_role("heading", name="Priorités")).to_be_visible()
    for points in (1, 2):
        autre.get_by_role("button", name="+ un point").click()
        expect(_carte(autre, "Un internat")).to_contain_text(f"{points} de mes points")
    expect(_carte(ecran, "Un internat")).to_contain_text("2 points")
    check_page_ouverte(autre, capture="atelier-vote")

    _act(animateur, "Clore l’atelier")
    visiter(animateur, f"{pupitre}synthese/", capture="atelier-synthese")
    expect(animateur.get_by_text("Un savoir-faire très rare").first).to_be_visible()


def test_a_phone_without_javascript_enters_writes_corrects_and_reads(ouvrir: Ouvrir) -> None:
    animateur = ouvrir()
    une, autre = (ouvrir(etroite=True, java_script_enabled=False) for _ in range(2))
    for page in (animateur, une, autre):
        page.context.set_default_timeout(40_000)
    connecter(animateur, CHEF)
    visiter(animateur, f"{ATELIERS}nouveau/")
    remplir(animateur, {"Titre": "Soirée sans script", "Date": "2026-11-22"})
    suivre(animateur, animateur.get_by_role("button", name="Enregistrer"))
    _act(animateur, "Ouvrir l’atelier")
    code = animateur.locator(".mg-code").first.inner_text()
    _act(animateur, f"Lancer «\u00a0{PORTRAIT}\u00a0»")
    for telephone, prenom in ((une, "Ada"), (autre, "Bob")):
        visiter(telephone, f"/a/{code}/")
        telephone.get_by_label("Prénom").fill(prenom)
        telephone.get_by_text("Partenaire", exact=True).click()
        suivre(telephone, telephone.get_by_role("button", name="Entrer dans la salle"))
    une.get_by_label("Votre carte").fill("Une carte sans script")
    suivre(une, une.get_by_role("button", name="Poser la carte"), capture="atelier-sans-script")
    une.get_by_text("Modifier ma carte").click()
    une.get_by_label("Texte de ma carte").fill("Une carte corrigée")
    suivre(une, une.get_by_role("button", name="Enregistrer"))
    suivre(autre, autre.get_by_role("link", name="Voir ce qui a changé"))
    expect(_carte(autre, "Une carte corrigée")).to_be_visible()
    expect(autre.get_by_text("Modifier ma carte")).to_have_count(0)


def test_every_page_around_the_evening_holds(ouvrir: Ouvrir) -> None:
    """Celles de l’équipe, puis la page publique de Nogent (synthèse) et d’une soirée à venir (inscription)."""
    page, visiteur = ouvrir(), ouvrir()
    for p in (page, visiteur):
        p.context.set_default_timeout(40_000)
    connecter(page, CHEF)
    visiter(page, ATELIERS)
    adresses = {
        nom: page.get_by_role("link", name=nom).first.get_attribute("href") or ""
        for nom in ("façon d’écrire", "Salle d’essai", "Où en sont nos fiches")
    }
    for suite in ("", "inviter/", "synthese/"):
        visiter(page, adresses["façon d’écrire"] + suite)
    for suite in ("ecran/", "feuilles/", "saisie/", "phases/nouvelle/", "modifier/"):
        visiter(page, adresses["Salle d’essai"] + suite)
    visiter(page, f"{adresses['Où en sont nos fiches']}inviter/", capture="atelier-inviter")
    annonce = page.locator("main a[href^='/ateliers/']").first.get_attribute("href") or ""
    visiter(page, f"{adresses['façon d’écrire']}synthese/")
    publiee = page.get_by_role("link", name="la synthèse publiée").get_attribute("href") or ""
    visiter(visiteur, publiee, capture="atelier-synthese-publique")
    expect(visiteur.get_by_text("Une formation de maintenance")).to_be_visible()
    visiter(visiteur, annonce, capture="atelier-annonce")
    visiteur.get_by_role("button", name="M’inscrire").click()
    expect(visiteur.get_by_text("Donnez votre prénom").first).to_be_visible()
    visiteur.get_by_label("Prénom et nom").fill("Jeanne Martin")
    visiteur.get_by_label("Courriel").fill("jeanne@exemple.invalid")
    visiteur.get_by_text("Partenaire", exact=True).click()
    parti = visiteur.get_by_text("Un courriel vient de partir")
    while not parti.count():  # remplie en moins de deux secondes, la page demande de relire
        suivre(visiteur, visiteur.get_by_role("button", name="M’inscrire"))


def _draw_suite(hasard: random.Random, longueur: int) -> list[dict[str, Any]]:
    """Une suite d’évènements comme le serveur en envoie, y compris sur des cartes absentes, retirées ou déjà réunies."""
    colonnes, cartes = ("a", "b", "c"), [f"carte-{n}" for n in range(8)]
    suite: list[dict[str, Any]] = []
    posees: set[str] = set()
    for version in range(1, longueur + 1):
        carte = hasard.choice(cartes)
        type_ = hasard.choice(list(TypeEvenement)) if carte in posees else TypeEvenement.POSEE
        posees.add(carte)
        donnees: dict[str, Any] = {
            TypeEvenement.POSEE: {"colonne": hasard.choice(colonnes), "texte": f"t{version}", "par": ""},
            TypeEvenement.MODIFIEE: {"texte": f"t{version}"},
            TypeEvenement.DEPLACEE: {
                "colonne": hasard.choice(colonnes),
                "avant": hasard.choice(["", *cartes]),
            },
            TypeEvenement.FUSIONNEE: {"avec": hasard.choice(cartes)},
            TypeEvenement.VOTEE: {"points": hasard.randrange(4), "votant": hasard.randrange(3)},
            TypeEvenement.LIEE: {"besoin": f"1:{hasard.choice('xyz')}", "oui": hasard.random() < 0.7},
            TypeEvenement.PUBLIEE: {"oui": hasard.random() < 0.5},
        }.get(type_, {})
        if type_ == TypeEvenement.POSEE and any(e["carte"] == carte for e in suite):
            donnees, type_ = {"texte": f"t{version}"}, TypeEvenement.MODIFIEE
        suite.append({"v": version, "type": str(type_), "carte": carte, **donnees})
    return suite


def _show(tableau: Tableau) -> Any:
    return [
        [
            c.id,
            c.texte,
            c.colonne,
            c.retiree,
            c.publiee,
            c.fusionnee_dans,
            sorted(c.votes.items()),
            c.besoins,
            [r.id for r in tableau.get_fusionnees(c.id)],
        ]
        for c in sorted(tableau.cartes.values(), key=lambda c: c.id)
    ] + [[k, *(c.id for c in tableau.get_colonne(k))] for k in sorted(tableau.ordre)]


LIRE = """async (suites) => {
  const { Tableau } = await import("/statique/js/atelier/tableau.js");
  return suites.map((suite) => {
    const t = new Tableau();
    for (const e of suite) { t.appliquer(e); t.appliquer(e); }
    const cartes = [...t.cartes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return [
      ...cartes.map((c) => [c.id, c.texte, c.colonne, c.retiree, c.publiee, c.dans,
        [...c.votes].sort((a, b) => a[0] - b[0]), c.besoins, t.reunies(c.id).map((r) => r.id)]),
      ...[...t.ordre.keys()].sort().map((k) => [k, ...t.colonne(k).map((c) => c.id)]),
    ];
  });
}"""


@pytest.mark.parametrize("graine", [1, 2, 3])
def test_the_phone_and_the_server_read_the_same_tableau(page: Page, graine: int) -> None:
    hasard = random.Random(graine)
    suites = [_draw_suite(hasard, hasard.randrange(5, 80)) for _ in range(100)]
    attendus = [
        _show(
            rejouer(
                Evenement(e["v"], TypeEvenement(e["type"]), e["carte"], e.get("votant"), e) for e in suite
            )
        )
        for suite in suites
    ]
    visiter(page, "/a/")
    recus = page.evaluate(LIRE, suites)
    assert [[list(x) for x in suite] for suite in recus] == [
        [
            [list(map(list, v)) if isinstance(v, list) and v and isinstance(v[0], tuple) else v for v in x]
            for x in s
        ]
        for s in attendus
    ]
