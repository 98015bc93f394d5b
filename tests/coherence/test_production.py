"""La production refuse de démarrer mal réglée, et dit pourquoi."""

import os
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config.verifications import find_dangers
from tests.fabriques import make_personne

BONS = {
    "SECRET_KEY": "aZ3-kLm9_pQrStUv7wXyZbCdEf5gHjKnMoPq2RsTuVwXy8zAbCdEfGh",
    "ADRESSE_PUBLIQUE": "https://maillage.example.org",
    "ALLOWED_HOSTS": ["maillage.example.org"],
    "BASE_DECLAREE": True,
    "EMAIL_HOST": "smtp.example.org",
    "DEFAULT_FROM_EMAIL": "Maillage <ne-pas-repondre@example.org>",
    "MARQUE_ETAT": False,
    "DEBUG": False,
    "CONNEXION_DEMONSTRATION": False,
    "SECOND_FACTEUR_EXIGE": True,
    "PROCONNECT_EMETTEUR": "",
}
ENVIRONNEMENT = {
    "MAILLAGE_SECRET": BONS["SECRET_KEY"],
    "MAILLAGE_ADRESSE": BONS["ADRESSE_PUBLIQUE"],
    "MAILLAGE_HOTES": "maillage.example.org",
    "MAILLAGE_BASE": "sqlite:///production.sqlite3",
    "MAILLAGE_COURRIEL_HOTE": "smtp.example.org",
    "MAILLAGE_EXPEDITEUR": BONS["DEFAULT_FROM_EMAIL"],
}


def test_good_settings_hold_no_danger():
    assert find_dangers(BONS) == []


@pytest.mark.parametrize(
    ("mauvais", "mot"),
    [
        ({"SECRET_KEY": ""}, "MAILLAGE_SECRET manque"),
        ({"SECRET_KEY": "court"}, "trop facile"),
        ({"SECRET_KEY": "a" * 80}, "trop facile"),
        ({"SECRET_KEY": "demonstration-seulement-jamais-en-production-demonstration"}, "trop facile"),
        ({"ADRESSE_PUBLIQUE": "http://maillage.example.org"}, "https"),
        ({"ADRESSE_PUBLIQUE": "https://maillage.example.org/site"}, "https"),
        ({"ADRESSE_PUBLIQUE": "https://localhost", "ALLOWED_HOSTS": ["localhost"]}, "cette machine"),
        ({"ALLOWED_HOSTS": []}, "MAILLAGE_HOTES"),
        ({"ALLOWED_HOSTS": ["*"]}, "MAILLAGE_HOTES"),
        ({"ALLOWED_HOSTS": ["autre.example.org"]}, "ne contient pas"),
        ({"BASE_DECLAREE": False}, "MAILLAGE_BASE manque"),
        ({"EMAIL_HOST": ""}, "MAILLAGE_COURRIEL_HOTE"),
        ({"DEFAULT_FROM_EMAIL": "x@maillage.invalid"}, "MAILLAGE_EXPEDITEUR"),
        ({"MARQUE_ETAT": True}, "gouv.fr"),
        ({"DEBUG": True}, "MAILLAGE_DEBUG"),
        ({"CONNEXION_DEMONSTRATION": True}, "CONNEXION_DEMONSTRATION"),
        ({"SECOND_FACTEUR_EXIGE": False}, "second facteur"),
        (
            {
                "PROCONNECT_EMETTEUR": "http://id.example.org",
                "PROCONNECT_CLIENT": "a",
                "PROCONNECT_SECRET": "b",
            },
            "https://",
        ),
        ({"PROCONNECT_EMETTEUR": "https://id.example.org"}, "MAILLAGE_PROCONNECT_CLIENT"),
    ],
)
def test_a_dangerous_setting_is_named_alone(mauvais, mot):
    (danger,) = find_dangers(BONS | mauvais)
    assert mot in danger


def test_the_state_brand_is_allowed_on_a_gouv_fr_address():
    etat = {
        "ADRESSE_PUBLIQUE": "https://maillage.gouv.fr",
        "ALLOWED_HOSTS": [".gouv.fr"],
        "MARQUE_ETAT": True,
    }
    assert find_dangers(BONS | etat) == []


def _start(tmp_path, **environnement):
    propre = {
        nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(("MAILLAGE_", "DJANGO_"))
    }
    propre |= {
        "PYTHONPATH": str(settings.RACINE / "src"),
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "MAILLAGE_VAR": str(tmp_path),
        **environnement,
    }
    return subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=propre,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_its_environment_and_passes_the_deployment_checks(tmp_path):
    resultat = _start(tmp_path, **ENVIRONNEMENT)
    assert resultat.returncode == 0, resultat.stderr


def test_production_does_not_start_without_its_environment_and_lists_every_danger(tmp_path):
    resultat = _start(tmp_path, MAILLAGE_DEBUG="oui")
    assert resultat.returncode != 0
    for nom in ("MAILLAGE_SECRET", "MAILLAGE_ADRESSE", "MAILLAGE_HOTES", "MAILLAGE_BASE", "MAILLAGE_DEBUG"):
        assert nom in resultat.stderr


@pytest.fixture
def installation(settings, tmp_path):
    """Les réglages d’une installation saine, posés sur la base de test."""
    for nom, valeur in BONS.items():
        setattr(settings, nom, valeur)
    for nom in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        setattr(settings, nom, True)
    settings.SECURE_HSTS_SECONDS = 3600
    settings.SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    settings.STATIC_ROOT, settings.MEDIA_ROOT = str(tmp_path), str(tmp_path / "pieces")
    (tmp_path / "staticfiles.json").write_text("{}")
    return tmp_path


@pytest.mark.django_db
def test_a_sound_installation_may_serve(installation):
    sortie = StringIO()
    call_command("verifier_production", stdout=sortie)
    assert "en ordre" in sortie.getvalue()


@pytest.mark.django_db
def test_active_demonstration_accounts_are_refused(installation):
    compte = make_personne(is_demonstration=True)
    with pytest.raises(CommandError, match="comptes de démonstration"):
        call_command("verifier_production")
    compte.is_active = False
    compte.save()
    call_command("verifier_production", stdout=StringIO())


@pytest.mark.django_db
def test_missing_static_files_and_an_unsafe_cookie_are_refused_together(installation, settings):
    (installation / "staticfiles.json").unlink()
    settings.SESSION_COOKIE_SECURE = False
    with pytest.raises(CommandError) as refus:
        call_command("verifier_production")
    assert "collectstatic" in str(refus.value)
    assert "SESSION_COOKIE_SECURE" in str(refus.value)


@pytest.mark.django_db
def test_a_folder_of_files_that_cannot_be_written_is_refused(installation, settings):
    (installation / "fichier").write_text("")
    settings.MEDIA_ROOT = str(installation / "fichier" / "pieces")
    with pytest.raises(CommandError, match="MAILLAGE_MEDIA"):
        call_command("verifier_production")
