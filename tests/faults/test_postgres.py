"""The fault tests of PostgreSQL in their short form: few instants, few rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import dkdata as dk
from tests.services.harness import POSTGRES

ROOT = Path(dk.__file__).parent.parent


@pytest.mark.parametrize("name", POSTGRES)
def test_saves_that_are_struck_are_whole_or_not_there(name):
    command = ["-m", "tests.faults", "--rows", "2000", "--most", "2", name, "5"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(", 0 faults") == 9
