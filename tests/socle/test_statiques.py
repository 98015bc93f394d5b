"""En production, un module JavaScript demande ses voisins par leur nom empreint."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

EMPREINT = re.compile(r'^import .* from "\./[a-z]+\.[0-9a-f]{12}\.js";$')


@pytest.fixture(scope="module")
def statiques(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dossier = tmp_path_factory.mktemp("statiques")
    with override_settings(
        STATIC_ROOT=dossier,
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "maillage.socle.statiques.StatiquesEmpreints"},
        },
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
    return dossier


@pytest.mark.parametrize("page", ["salle", "ecran", "pupitre"])
def test_modules_of_the_room_import_fingerprinted_neighbours(statiques: Path, page: str) -> None:
    (module,) = [
        f
        for f in (statiques / "js" / "atelier").glob(f"{page}.*.js")
        if re.search(r"\.[0-9a-f]{12}\.js$", f.name)
    ]
    imports = [ligne for ligne in module.read_text().splitlines() if ligne.startswith("import ")]
    assert imports
    for ligne in imports:
        assert EMPREINT.match(ligne), ligne
        nom = ligne.split('"./')[1].rstrip('";')
        assert (module.parent / nom).exists()
