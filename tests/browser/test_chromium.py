"""Chromium is found, installed where that is wanted, or asked for."""

from __future__ import annotations

import os

import pytest

from tests.browser import chromium
from tests.services.places import UnavailableError
from tests.services.scripts import executable


@pytest.fixture
def path(tmp_path, monkeypatch):
    """The PATH of a machine without a browser."""
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    return tmp_path / "path"


def test_the_one_that_the_variable_names_comes_before_that_of_the_system(path, monkeypatch):
    for name in ("google-chrome", "chromium", "mine"):
        executable(path / name, "")
    assert chromium.program(install=False) == str(path / "chromium")
    monkeypatch.setenv(chromium.VARIABLE, str(path / "mine"))
    assert chromium.program(install=False) == str(path / "mine")


def test_a_variable_that_names_nothing_is_an_error(path, monkeypatch):
    executable(path / "chromium", "")
    monkeypatch.setenv(chromium.VARIABLE, "/none/chromium")
    message = "DKDATA_TEST_CHROMIUM names '/none/chromium', which is no program"
    with pytest.raises(UnavailableError, match=message):
        chromium.program(install=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")
def test_debians_package_is_installed_where_that_is_wanted(path):
    log = path / "log"
    made = f"printf '#!/bin/sh\\n' > {path}/chromium; /bin/chmod +x {path}/chromium"
    executable(path / "apt-get", f'echo "$@" >> {log}; [ "$3" != install ] || {{ {made}; }}')
    message = "there is no chromium, .* or set DKDATA_TEST_CHROMIUM to the path of one"
    with pytest.raises(UnavailableError, match=message):
        chromium.program(install=False)
    assert chromium.program(install=True) == str(path / "chromium")
    assert log.read_text().splitlines() == [
        "--quiet --yes update",
        "--quiet --yes install --no-install-recommends chromium fonts-dejavu-core",
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")
def test_what_cannot_be_installed_is_said(path):
    executable(path / "apt-get", "echo 'E: no such package' >&2; exit 100")
    message = "Chromium could not be installed by apt-get: E: no such package"
    with pytest.raises(UnavailableError, match=message):
        chromium.program(install=True)
