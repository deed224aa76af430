"""Binder's own tool accepts the folder ``binder/`` and would build what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BINDER = ROOT / "binder"


@pytest.fixture(scope="module")
def dockerfile():
    """What repo2docker would build; it needs no container engine to say so."""
    run = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    told = subprocess.run(run, check=True, capture_output=True, text=True)
    return told.stdout + told.stderr


def test_binder_installs_the_project_with_pip(dockerfile):
    assert re.search(r"pip install .*-r .?binder/requirements\.txt", dockerfile)
    assert ".[binder]" in (BINDER / "requirements.txt").read_text().split()


def test_binder_uses_a_python_that_the_project_supports(dockerfile):
    assert "py3.12" in dockerfile or "3.12" in (BINDER / "runtime.txt").read_text()


def test_binder_prepares_and_starts_with_our_scripts(dockerfile):
    assert re.search(r"RUN \./binder/postBuild", dockerfile)
    assert re.search(r"R2D_ENTRYPOINT.*binder/start", dockerfile)


@pytest.mark.parametrize("script", ["postBuild", "start"])
def test_binder_scripts_can_be_executed_and_parsed(script):
    path = BINDER / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_start_hands_over_to_what_binder_starts():
    run = [str(BINDER / "start"), "echo", "started"]
    told = subprocess.run(run, check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "started"
