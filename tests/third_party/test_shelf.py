"""A backend of another package, found by its entry point, keeps every promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dkdata.testing import StoreTests, table_fixture

HERE = Path(__file__).parent
table = table_fixture


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder in which pip has installed the package."""
    folder = tmp_path_factory.mktemp("site")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    options = ["--no-build-isolation", "--no-compile", "--target", str(folder)]
    subprocess.run([*install, *options, str(HERE / "dk_shelf")], check=True, capture_output=True)
    return folder


@pytest.fixture(autouse=True)
def _installed(site, monkeypatch):
    monkeypatch.syspath_prepend(site)


@pytest.fixture
def target(tmp_path):
    return lambda name: f"shelf:///{tmp_path}/shelf#{name}"


class TestShelfStore(StoreTests):
    pass
