"""Faits du journal : organisations, personnes, connexions."""

ORGANISATION_CREEE = "comptes.organisation.creee"
ORGANISATION_MODIFIEE = "comptes.organisation.modifiee"
PERSONNE_CREEE = "comptes.personne.creee"
FONCTION_DONNEE = "comptes.fonction.donnee"
LIEN_CREE = "comptes.lien_personnel.cree"


def _modifiee(e):  # type: ignore[no-untyped-def]
    faits = []
    if "courriel" in e.apres:
        avant, apres = e.avant["courriel"] or "aucune", e.apres["courriel"] or "aucune"
        faits.append(f"adresse de contact\u00a0: {avant} → {apres}")
    if "is_financeur" in e.apres:
        faits.append("peut financer" if e.apres["is_financeur"] else "ne peut plus financer")
    return f"Organisation «\u00a0{e.cible_libelle}\u00a0»\u00a0: {', '.join(faits)}"


PHRASES = {
    ORGANISATION_CREEE: lambda e: f"Organisation «\u00a0{e.cible_libelle}\u00a0» créée",
    ORGANISATION_MODIFIEE: _modifiee,
    PERSONNE_CREEE: lambda e: f"Personne «\u00a0{e.cible_libelle}\u00a0» ajoutée",
    FONCTION_DONNEE: lambda e: (
        f"Fonction «\u00a0{e.apres['role']}\u00a0» donnée à {e.apres['personne']} chez {e.apres['organisation']}"
    ),
    LIEN_CREE: lambda e: f"Lien personnel envoyé à {e.cible_libelle}\u00a0: {e.apres['but']}",
}
