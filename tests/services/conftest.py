"""A place where a test starts and stops servers without meeting those of other tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.services import harness, places
from tests.services.harness import SERVICES
from tests.services.scripts import executable


@pytest.fixture
def home(monkeypatch):
    """A folder of servers for this test, in which no other test looks."""
    cache = Path(tempfile.mkdtemp(prefix="dk-", dir="/var/tmp"))
    cache.chmod(0o711)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    for service in SERVICES.values():
        monkeypatch.delenv(service.variable, raising=False)
    executable(cache / "docker", "exit 1")
    executable(cache / "podman", "exit 1")
    monkeypatch.setenv("PATH", str(cache), prepend=os.pathsep)
    assert places.home() == cache / "dkdata" / "services"
    yield places.home()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))  # a test may have changed it
    for service in SERVICES.values():
        harness.down(service)
    shutil.rmtree(cache)
