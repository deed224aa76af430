"""What every test has: a folder and a workspace of its own, and no network beyond this machine."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address

import pytest
from hypothesis import HealthCheck, settings

from dkdata.configuration.finding import forget
from tests.services import fixtures, spreading

settings.register_profile(
    "dkdata",
    max_examples=int(os.environ.get("DKDATA_TEST_EXAMPLES", "100")),
    deadline=None,  # the first example opens a database
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("dkdata")


class _Isolation:
    """Fixtures of all tests, also of the examples in docstrings, which lie outside this folder."""

    @pytest.fixture(autouse=True)
    def _own_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DKDATA_HOME", str(tmp_path / ".dkdata"))
        monkeypatch.delenv("DKDATA_CONFIG", raising=False)
        monkeypatch.setattr("dkdata.registry._registered", {})
        yield
        forget()


def pytest_configure(config):
    config.pluginmanager.register(_Isolation(), "dkdata-isolation")
    config.pluginmanager.register(fixtures, "dkdata-services")
    config.pluginmanager.register(spreading, "dkdata-spreading")


def _refuse_the_network(event, arguments):
    """Let tests talk to this machine only; native libraries are not seen here."""
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else "127.0.0.1"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        message = f"a test asked the network for {host!r}"
        raise RuntimeError(message)


def _is_here(host):
    text = host.decode() if isinstance(host, bytes) else (host or "localhost")
    try:
        return ip_address(text).is_loopback or ip_address(text).is_unspecified
    except ValueError:
        return text == "localhost"


sys.addaudithook(_refuse_the_network)
