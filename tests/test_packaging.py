"""The built distributions hold the package, whole, typed and alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import dkdata

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
_TOP_LEVEL = {
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md",
    "binder", "compose.yaml", "dkdata", "docs", "notebooks", "pyproject.toml",
    "requirements.lock", "tests",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return folder


def _installed(folder, what):
    """Install without a network, as pip does it for users, and return the folder."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    options = ["--no-build-isolation", "--no-compile", "--target", str(folder), str(what)]
    subprocess.run([*install, *options], check=True, capture_output=True)
    return folder


def _imported_from(folder):
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    code += "import dkdata; print(dkdata.__version__, dkdata.__file__)"
    run = [sys.executable, "-P", "-c", code]
    told = subprocess.run(run, check=True, capture_output=True, text=True)
    return told.stdout.split()


def _shipped(folder):
    """Name the modules, and what the widgets show, beneath a folder."""
    widgets = folder / "dkdata" / "widgets"
    modules = (path for path in (folder / "dkdata").rglob("*") if path.suffix in (".py", ".typed"))
    pages = [*(widgets / "static").glob("*"), *widgets.glob("*.json")]
    data = (folder / "dkdata" / "costs").glob("*.yaml")
    return {
        str(path.relative_to(folder))
        for path in (*modules, *pages, *data)
        if not path.is_relative_to(widgets / "js")
    }


def test_wheel_holds_every_module_and_nothing_else(built):
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"dkdata", f"dkdata-{dkdata.__version__}.dist-info"} == {n.split("/")[0] for n in names}
    assert _shipped(ROOT) == {n for n in names if n.startswith("dkdata/")}
    assert "dkdata/py.typed" in names
    assert {"dkdata/widgets/static/explorer.js", "dkdata/costs/prices.yaml"} <= set(names)


def test_installed_wheel_is_the_one_imported(built, tmp_path):
    (wheel,) = built.glob("*.whl")
    folder = _installed(tmp_path / "site", wheel)
    expected = [PROJECT["project"]["version"], str(folder / "dkdata" / "__init__.py")]
    assert expected == _imported_from(folder)


def test_pip_installs_from_a_source_distribution(built, tmp_path):
    (source,) = built.glob("*.tar.gz")
    folder = _installed(tmp_path / "site", source)
    assert _shipped(ROOT) == _shipped(folder)


def test_source_distribution_has_what_a_developer_needs(built):
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {Path(name).parts[1] for name in archive.getnames()}
    assert names >= _TOP_LEVEL
    assert names - _TOP_LEVEL <= {"PKG-INFO", ".gitignore"}


def test_source_distribution_has_the_sources_of_the_widgets_page_and_no_packages(built):
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        page = {name.partition("/dkdata/widgets/js/")[2] for name in archive.getnames()}
    assert {"package-lock.json", "src/explorer.tsx", "build.mjs"} <= page
    assert {name for name in page if name.startswith(("node_modules/", "build/"))} == set()


def test_lock_of_the_widgets_page_names_no_registry():
    lock = (ROOT / "dkdata/widgets/js/package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')


def test_version_is_the_same_everywhere():
    assert PROJECT["project"]["version"] == dkdata.__version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] in (dkdata.__version__, "Unreleased")


def _locked():
    lines = re.findall(
        r"^([\w.-]+)==([^ ]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    return {(canonicalize_name(name), Version(version)) for name, version in lines}


def _declared():
    groups = PROJECT["dependency-groups"].values()
    extras = PROJECT["project"]["optional-dependencies"].values()
    everything = [PROJECT["project"]["dependencies"], *groups, *extras]
    return [Requirement(text) for part in everything for text in part if isinstance(text, str)]


def test_lock_meets_every_declared_requirement():
    locked = _locked()
    for requirement in _declared():
        versions = [v for name, v in locked if name == canonicalize_name(requirement.name)]
        assert versions, requirement
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_lock_names_no_index_and_no_machine():
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|--index|--find-links|/home/|/root/", text)
    pinned = re.findall(r"^[\w.-]+==.*(?:\n.*)?", text, re.MULTILINE)
    assert [line for line in pinned if "--hash=sha256:" not in line] == []


def test_contributing_says_what_every_dependency_is_for():
    table = (ROOT / "CONTRIBUTING.md").read_text()
    named = {canonicalize_name(name) for name in re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)}
    runtime = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    assert {canonicalize_name(requirement.name) for requirement in runtime} == named
