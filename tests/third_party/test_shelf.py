"""A backend of another package, found by its entry point, keeps every promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import dkdata as dk
from dkdata import registry
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


def test_the_package_is_found_by_its_entry_point(tmp_path):
    frame = pd.DataFrame({"a": [1, 2]})
    dk.configure({"stores": {"archive": {"backend": "shelf", "path": str(tmp_path / "shelf")}}})
    frame.dk.save("archive.orders")
    with dk.connect(f"shelf:///{tmp_path}/shelf") as store:
        assert (type(store).__name__, store.tables()) == ("ShelfStore", ["orders"])
    known = dk.backends().set_index("name").loc["shelf"].to_dict()
    told = "tables as Arrow files in one folder"
    assert known == {"installed": True, "install": "dk-shelf", "capabilities": told}


def test_a_package_that_is_installed_meanwhile_is_found(site, monkeypatch):
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(site)])
    with pytest.raises(dk.errors.UsageError, match="backend='shelf' is not possible"):
        registry.backend_named("shelf")
    sys.path.append(str(site))
    assert registry.backend_named("shelf").install == "dk-shelf"


def test_the_documentation_shows_this_very_package():
    page = (HERE.parent.parent / "docs" / "adding-a-backend.md").read_text(encoding="utf-8")
    for name, language in {"dk_shelf.py": "python", "pyproject.toml": "toml"}.items():
        text = (HERE / "dk_shelf" / name).read_text(encoding="utf-8")
        assert f"```{language}\n{text}```" in page
