"""Les brouillons oubliés s’effacent ; les siens et ses remarques se rendent à la personne."""

from datetime import timedelta

import pytest

from maillage.fiches.donnees_personnelles import DUREE_BROUILLON, TRAITEMENTS
from maillage.fiches.models import BrouillonFiche
from maillage.socle.horloge import maintenant
from tests.fabriques import make_fiche, make_personne

pytestmark = pytest.mark.django_db
BROUILLONS = next(t for t in TRAITEMENTS if t.code == "brouillons_fiches")


def test_a_forgotten_draft_is_erased_and_a_recent_one_is_given_back():
    fiche, personne = make_fiche(), make_personne()
    champs = {"fiche": fiche, "personne": personne, "champs": [["titre", "Halle"]]}
    BrouillonFiche.objects.create(
        partie="vieille", modifie_le=maintenant() - DUREE_BROUILLON - timedelta(days=1), **champs
    )
    BrouillonFiche.objects.create(partie="recente", modifie_le=maintenant(), **champs)
    assert BROUILLONS.purger(maintenant()) == 1
    [ligne] = BROUILLONS.exporter(personne)
    assert (ligne["partie"], ligne["saisie"]) == ("recente", [["titre", "Halle"]])
    assert not BROUILLONS.exporter(make_personne())
