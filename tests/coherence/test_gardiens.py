"""Les gardiens de la suite gardent : chacun est mis à l’épreuve."""

import socket

import pytest
from django.conf import settings
from django.template import Context, engines
from django.template.base import Origin, Template

from tests.conftest import ReseauInterdit
from tests.gardiens import GabaritIncomplet, PageMalTenue, check_page


def test_the_network_is_closed_except_on_this_machine():
    with pytest.raises(ReseauInterdit):
        socket.create_connection(("192.0.2.1", 80), timeout=0.1)
    with pytest.raises(ReseauInterdit):
        socket.getaddrinfo("example.org", 80)
    with socket.create_server(("127.0.0.1", 0)) as serveur, socket.create_connection(serveur.getsockname()):
        pass


def _render(source, nom, **contexte):
    gabarit = Template(source, origin=Origin(str(settings.RACINE / nom)), engine=engines["django"].engine)
    return gabarit.render(Context(contexte))


def test_an_undefined_variable_fails_in_our_templates_only():
    with pytest.raises(GabaritIncomplet, match="absente"):
        _render("{{ absente }}", "src/maillage/templates/essai.html")
    with pytest.raises(GabaritIncomplet, match=r"objet\.absent"):
        _render("{{ objet.absent|default:'' }}", "src/maillage/templates/essai.html", objet={})
    assert _render("{% if absente %}oui{% endif %}", "src/maillage/templates/essai.html") == ""
    assert _render("{{ absente }}", ".venv/lib/dsfr/bouton.html") == ""


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<a onclick="x()">x</a>',
        '<p style="color:red">x</p>',
        "<style>p{}</style>",
        '<a href="javascript:x()">x</a>',
        "<p>{{ nom }}</p>",
        '<p title="{% url %}">x</p>',
        '<img src="https://ailleurs.example/a.png">',
        '<p id="a"></p><p id="a"></p>',
    ],
)
def test_a_badly_kept_page_fails(html):
    with pytest.raises(PageMalTenue):
        check_page(html, adresse="/essai/")


def test_a_well_kept_page_passes():
    check_page(
        '<link rel="canonical" href="https://maillage.example/"><script src="/a.js"></script><script nonce="x">1</script>'
        '<script type="application/json" id="d">{"a": "{{"}</script><a href="https://ailleurs.example/">x</a>',
        adresse="/essai/",
    )
