"""Ce que l’état d’un acte permet."""

from collections.abc import Sequence
from datetime import date

from maillage.comptes.enums import TypeOrganisation
from maillage.contrats.enums import College, MoyenSignature, NatureActe, StatutActe
from maillage.contrats.models import Acte, Signataire
from maillage.fiches.models import FicheAction
from maillage.socle.dates import format_jour
from maillage.socle.erreurs import ActionImpossible
from maillage.territoires.enums import Fait

S = StatutActe
# Un territoire ne choisit pas l’adresse d’où ces organisations signent : c’est la leur, tenue par l’administrateur.
TYPES_PUBLICS = frozenset(
    {
        TypeOrganisation.EPCI,
        TypeOrganisation.REGION,
        TypeOrganisation.DEPARTEMENT,
        TypeOrganisation.ETAT,
        TypeOrganisation.OPERATEUR,
        TypeOrganisation.COMMUNE,
        TypeOrganisation.PETR,
    }
)

# Ce qu’un acte signé ou constaté fait compter à son territoire.
FAITS: dict[NatureActe, Fait] = {
    NatureActe.PROTOCOLE: Fait.PROTOCOLE,
    NatureActe.CONTRAT: Fait.CONTRAT,
    NatureActe.NON_PRECISE: Fait.ACTE_NATURE_INCONNUE,
}

TRANSITIONS: dict[StatutActe, tuple[StatutActe, ...]] = {
    S.PROJET: (S.ARRETE,),
    S.ARRETE: (S.SIGNE_PARTIELLEMENT, S.SIGNE, S.PROJET, S.RETIRE),
    S.SIGNE_PARTIELLEMENT: (S.SIGNE, S.RETIRE),
    S.SIGNE: (),
    S.CONSTATE: (),
    S.RETIRE: (),
}
A_SIGNER = (S.ARRETE, S.SIGNE_PARTIELLEMENT)
# Organismes dont l’assemblée délibère avant que leur président signe (proposé par défaut, réglable par signataire).
TYPES_DELIBERANTS = frozenset(
    {
        TypeOrganisation.EPCI,
        TypeOrganisation.REGION,
        TypeOrganisation.DEPARTEMENT,
        TypeOrganisation.COMMUNE,
        TypeOrganisation.PETR,
    }
)
M = MoyenSignature
# Ce que vaut chaque façon de signer, dit à qui signe et à qui vérifie.
VALEURS: dict[MoyenSignature, str] = {
    M.PLATEFORME: "Signature électronique simple (règlement européen eIDAS)\u00a0: compte nominatif, identité confirmée au moment de signer, "
    "texte consenti et empreinte gardés.",
    M.LIEN: "Signature électronique simple (règlement européen eIDAS)\u00a0: lien personnel et code envoyé par courriel, texte consenti et "
    "empreinte gardés.",
    M.PDF: "Signature électronique avec certificat\u00a0: avancée ou qualifiée selon le certificat, que la preuve nomme.",
    M.PAPIER: "Signature manuscrite\u00a0: l’original papier fait foi, la copie numérisée en est la trace.",
}
CONSENTEMENT = (
    "J’ai lu l’acte «\u00a0{titre}\u00a0», dont l’empreinte SHA-256 est {sha256}. Je consens à le signer par voie électronique, au nom de "
    "{organisation}, en qualité de {qualite}."
)


def write_consentement(acte: Acte, signataire: Signataire) -> str:
    """Le texte auquel la personne consent, mot pour mot ; il est gardé avec sa signature."""
    return CONSENTEMENT.format(
        titre=acte.titre,
        sha256=acte.piece_pdf.sha256 if acte.piece_pdf else "",
        organisation=signataire.organisation,
        qualite=signataire.qualite + (f", {signataire.delegation}" if signataire.delegation else ""),
    )


def check_can_edit(acte: Acte) -> None:
    """Seul un projet se modifie ; un acte arrêté ne bouge plus."""
    if not can_edit(acte):
        raise ActionImpossible(
            f"L’acte est «\u00a0{S(acte.statut).label}\u00a0»\u00a0: son contenu ne change plus. Il faut un avenant."
        )


def can_edit(acte: Acte) -> bool:
    return acte.statut == S.PROJET


def check_can_freeze(
    acte: Acte,
    signataires: list[Signataire],
    fiches: list[FicheAction],
    sans_moyen: Sequence[Signataire] = (),
) -> None:
    """On arrête un projet qui a des articles, des fiches à inscrire, une intercommunalité et un partenaire public.

    `sans_moyen` : signataires qui n’auraient ni compte ni lien pour signer (selectors.find_sans_moyen).
    """
    check_can_edit(acte)
    if not acte.articles:
        raise ActionImpossible("L’acte n’a pas d’article\u00a0: ajoutez-en avant de l’arrêter.")
    colleges = {signataire.college for signataire in signataires}
    if not {College.INTERCOMMUNALITES, College.PUBLICS} <= colleges:
        raise ActionImpossible(
            "Il faut au moins une intercommunalité et un partenaire public parmi les signataires."
        )
    if not fiches:
        raise ActionImpossible(
            "Aucune fiche n’est retenue, transmise ou validée\u00a0: l’acte n’aurait pas de plan d’actions."
        )

    if sans_moyen:
        noms = ", ".join(str(signataire.organisation) for signataire in sans_moyen)
        raise ActionImpossible(
            f"Personne ne pourrait signer pour {noms}. Donnez une adresse aux signataires privés\u00a0; pour un organisme public, "
            "demandez à l’administrateur d’ouvrir un compte, ou indiquez l’adresse de contact de l’organisme."
        )


def check_can_unfreeze(acte: Acte, signataires: Sequence[Signataire]) -> None:
    """On reprend en projet un acte arrêté que personne n’a signé."""
    if acte.statut == S.PROJET:
        raise ActionImpossible("L’acte est déjà un projet\u00a0: vous pouvez le modifier.")
    if acte.statut != S.ARRETE or any(signataire.signe_at for signataire in signataires):
        raise ActionImpossible(
            f"L’acte est «\u00a0{S(acte.statut).label}\u00a0»\u00a0: une signature engage déjà quelqu’un sur ce texte. Il faut un avenant."
        )


def can_unfreeze(acte: Acte) -> bool:
    return acte.statut == S.ARRETE


def find_restants(signataires: Sequence[Signataire]) -> list[Signataire]:
    """Ceux dont la signature manque encore : pas signé, et pas d’un groupe qui en a déjà assez."""
    signees: dict[int, int] = {}
    for signataire in signataires:
        if signataire.groupe_id and signataire.signe_at:
            signees[signataire.groupe_id] = signees.get(signataire.groupe_id, 0) + 1
    return [
        s
        for s in signataires
        if s.signe_at is None and (s.groupe is None or signees.get(s.groupe.pk, 0) < s.groupe.requis)
    ]


def get_tour(signataires: Sequence[Signataire]) -> int | None:
    """L’ordre de ceux qui doivent signer maintenant ; None s’il ne manque plus aucune signature."""
    return min((signataire.ordre for signataire in find_restants(signataires)), default=None)


def get_empechement(signataire: Signataire) -> str:
    """Ce qui empêche cette personne de signer même à son tour, en une phrase ; vide si rien ne l’empêche."""
    if signataire.vacant_depuis:
        return (
            f"La fonction de {signataire.qualite} ({signataire.organisation}) est vacante depuis le "
            f"{format_jour(signataire.vacant_depuis)}\u00a0: désignez d’abord qui la tient."
        )
    if signataire.doit_deliberer and not signataire.deliberation:
        return f"{signataire.organisation} signe après avoir délibéré\u00a0: enregistrez d’abord sa délibération (numéro et date)."
    return ""


def check_can_sign(acte: Acte, signataire: Signataire, signataires: list[Signataire]) -> None:
    """On signe un acte arrêté, une seule fois, à son tour."""
    if acte.statut not in (S.ARRETE, S.SIGNE_PARTIELLEMENT):
        raise ActionImpossible(
            f"L’acte est «\u00a0{S(acte.statut).label}\u00a0»\u00a0: on ne peut pas le signer."
        )
    if signataire.signe_at is not None:
        raise ActionImpossible(f"{signataire} a déjà signé.")
    restants = find_restants(signataires)
    if signataire not in restants:
        raise ActionImpossible(
            f"Le groupe «\u00a0{signataire.groupe}\u00a0» a déjà assez de signatures\u00a0: la vôtre n’est plus attendue."
        )
    tour = get_tour(signataires)
    if tour is not None and signataire.ordre > tour:
        attendus = ", ".join(str(s.organisation) for s in restants if s.ordre == tour)
        raise ActionImpossible(f"Ce n’est pas encore votre tour\u00a0: on attend la signature de {attendus}.")
    if empechement := get_empechement(signataire):
        raise ActionImpossible(empechement)


def check_date_signature(
    acte: Acte, signataire: Signataire, signataires: list[Signataire], jour: date
) -> None:
    """On ne signe ni avant que l’acte soit arrêté, ni avant ceux dont c’était le tour plus tôt."""
    if acte.arrete_le and jour < acte.arrete_le:
        raise ActionImpossible(
            f"L’acte est arrêté au {format_jour(acte.arrete_le)}\u00a0: on ne peut pas l’avoir signé le {format_jour(jour)}. "
            "Donnez une date de signature à partir de ce jour."
        )
    if signataire.deliberation_le and jour < signataire.deliberation_le:
        raise ActionImpossible(
            f"La délibération de {signataire.organisation} est du {format_jour(signataire.deliberation_le)}\u00a0: la signature vient "
            "après. Corrigez l’une des deux dates."
        )
    precedents = [s for s in signataires if s.ordre < signataire.ordre and s.signe_le]
    dernier = max(precedents, key=lambda s: s.signe_le or jour, default=None)
    if dernier and dernier.signe_le and jour < dernier.signe_le:
        raise ActionImpossible(
            f"{dernier.organisation} a signé au rang précédent le {format_jour(dernier.signe_le)}\u00a0: votre signature ne peut "
            "pas être plus ancienne. Donnez une date à partir de ce jour."
        )


def check_not_signed_twice(
    signataire: Signataire, signataires: Sequence[Signataire], personne: int | None
) -> None:
    """Deux signataires d’une même organisation sont deux personnes : la même ne signe pas pour l’autre."""
    if personne is None:
        return
    for autre in signataires:
        if (
            autre.pk != signataire.pk
            and autre.organisation_id == signataire.organisation_id
            and autre.preuve.get("personne") == personne
        ):
            raise ActionImpossible(
                f"Vous avez déjà signé cet acte pour {autre.organisation}, en qualité de {autre.qualite}\u00a0: l’autre signature est "
                f"celle de {signataire}."
            )


def check_can_amend(acte: Acte, ouvert: Acte | None) -> None:
    """On modifie par avenant un acte signé ici, un avenant à la fois."""
    if acte.statut != S.SIGNE:
        raise ActionImpossible(
            f"L’acte est «\u00a0{S(acte.statut).label}\u00a0»\u00a0: un avenant modifie un acte signé sur la plateforme."
        )
    if ouvert is not None:
        raise ActionImpossible(
            f"Un avenant est déjà en cours\u00a0: «\u00a0{ouvert}\u00a0». Signez-le ou retirez-le d’abord."
        )


def can_withdraw(acte: Acte) -> bool:
    return S.RETIRE in TRANSITIONS[S(acte.statut)]


def check_can_withdraw(acte: Acte) -> None:
    """On retire un acte arrêté tant que la dernière signature n’est pas donnée."""
    if not can_withdraw(acte):
        raise ActionImpossible(
            f"L’acte est «\u00a0{S(acte.statut).label}\u00a0»\u00a0: on ne retire qu’un acte arrêté que tous n’ont pas signé."
        )


def check_can_replace(acte: Acte, signataire: Signataire) -> None:
    """Un signataire se remplace entre l’arrêt de l’acte et sa signature ; dans un projet, on corrige simplement son nom."""
    if acte.statut not in A_SIGNER:
        raise ActionImpossible(
            f"L’acte est «\u00a0{S(acte.statut).label}\u00a0»\u00a0: un signataire s’y remplace entre l’arrêt et la dernière signature."
        )
    if signataire.signe_at is not None:
        raise ActionImpossible(f"{signataire} a déjà signé\u00a0: sa signature reste.")


def check_can_send_lien(signataire: Signataire, *, has_compte: bool) -> None:
    """Un lien personnel ne sert qu’à qui n’a pas de compte ; un organisme public n’en reçoit qu’à son adresse de contact."""
    organisation = signataire.organisation
    if has_compte:
        raise ActionImpossible(
            f"{organisation} a déjà quelqu’un qui peut signer avec son compte\u00a0: aucun lien n’est envoyé."
        )
    if not signataire.email:
        raise ActionImpossible(f"Donnez d’abord l’adresse du signataire de {organisation}.")
    if organisation.type in TYPES_PUBLICS and signataire.email != organisation.courriel.lower():
        raise ActionImpossible(
            f"{organisation} est un organisme public\u00a0: son lien ne part qu’à son adresse de contact. "
            "Demandez à l’administrateur d’ouvrir un compte, ou de mettre cette adresse à jour."
        )


def check_can_change_email(acte: Acte, signataire: Signataire) -> None:
    """L’adresse d’un signataire change tant qu’il n’a pas signé, même une fois l’acte arrêté."""
    if signataire.signe_at is not None:
        raise ActionImpossible(f"{signataire} a déjà signé\u00a0: son adresse ne sert plus.")
    if acte.statut not in (S.ARRETE, S.SIGNE_PARTIELLEMENT):
        raise ActionImpossible(
            f"L’acte est «\u00a0{S(acte.statut).label}\u00a0»\u00a0: personne n’y est attendu par lien."
        )
