"""The programs of PostgreSQL are found, installed where that is wanted, or asked for."""

from __future__ import annotations

import os
import re

import pytest

from tests.services import programs
from tests.services.places import UnavailableError
from tests.services.scripts import executable


def _installed(folder, version):
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        executable(folder / name, f"echo 'postgres (PostgreSQL) {version}'")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without PostgreSQL, whose PATH is one folder."""
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(programs, "_DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(programs, "_DROP_IN", tmp_path / "etc" / "tests.conf")
    return tmp_path


@pytest.mark.parametrize(
    ("versions", "chosen"),
    [(["15.18"], "15"), (["14.1", "15.18", "17.2"], "15"), (["16.1", "17.2"], "17")],
)
def test_of_several_15_is_taken_else_the_newest(machine, versions, chosen):
    for version in versions:
        _installed(machine / "debian" / version[:2] / "bin", version)
    assert programs.of_system(install=False) == machine / "debian" / chosen / "bin"


def test_links_on_the_path_are_followed(machine):
    _installed(machine / "cellar" / "bin", "16.1")
    (machine / "path" / "initdb").symlink_to(machine / "cellar" / "bin" / "initdb")
    assert programs.of_system(install=False) == machine / "cellar" / "bin"


def test_an_installation_that_is_old_or_not_whole_does_not_count(machine):
    _installed(machine / "debian" / "14" / "bin", "14.1")
    _installed(machine / "debian" / "15" / "bin", "15.18")
    (machine / "debian" / "15" / "bin" / "postgres").unlink()
    message = f"there is no PostgreSQL 15 or later in {machine / 'debian'} or on the PATH. Install"
    with pytest.raises(UnavailableError, match=re.escape(message)):
        programs.of_system(install=False)


APT = """
case "$*" in
    *common*) /bin/mkdir -p {etc} ;;
    *postgresql-15*) /bin/cat {etc}/tests.conf; /bin/mkdir {debian}; /bin/mv {ready} {debian}/15 ;;
esac >> {log}
echo "$@" >> {log}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")
def test_debians_package_is_installed_without_its_cluster(machine):
    _installed(machine / "ready" / "bin", "15.18")
    names = {name: machine / name for name in ("etc", "debian", "ready", "log")}
    executable(machine / "path" / "apt-get", APT.format(**names))
    with pytest.raises(UnavailableError):
        programs.of_system(install=False)
    assert programs.of_system(install=True) == machine / "debian" / "15" / "bin"
    assert (machine / "log").read_text().splitlines() == [
        "--quiet --yes update",
        "--quiet --yes install --no-install-recommends postgresql-common",
        "create_main_cluster = false",
        "--quiet --yes install --no-install-recommends postgresql-15",
    ]
    assert list((machine / "etc").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")
def test_what_cannot_be_installed_is_said(machine):
    executable(machine / "path" / "apt-get", "echo 'E: no such package' >&2; exit 100")
    message = "PostgreSQL 15 could not be installed by apt-get: E: no such package"
    with pytest.raises(UnavailableError, match=message):
        programs.of_system(install=True)
