"""Une fonction ou un mandat sans date de début ne se donne pas deux fois : la base y veille, sur les deux moteurs."""

import pytest
from django.db import IntegrityError, transaction
from tests.fabriques import make_personne

from maillage.comptes.models import Fonction
from maillage.territoires.models import Mandat

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("modele", "role"), [(Fonction, "national"), (Mandat, "chef_projet")])
def test_a_role_without_a_beginning_is_given_once(modele, role):
    personne = make_personne(role)
    donne = modele.objects.get(personne=personne)
    donne.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        donne.save(force_insert=True)
