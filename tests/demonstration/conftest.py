import io

import pytest
from django.core.management import call_command


@pytest.fixture(scope="module")
def demonstration(django_db_setup, django_db_blocker):
    """La vraie démonstration, construite une fois pour le module puis effacée ; les tests du module la lisent."""
    with django_db_blocker.unblock():
        call_command("demo", "--sans-serveur", stdout=io.StringIO())
        yield
        call_command("flush", "--no-input", verbosity=0)
