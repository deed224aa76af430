"""Each kernel has the ipykernel that its name says, and imports this copy of dkdata."""

from __future__ import annotations

import os
import subprocess

import pytest

import dkdata
from tests.browser import kernels
from tests.services.fixtures import is_required, lacking
from tests.services.places import UnavailableError

CODE = """import ipykernel, importlib.metadata, dkdata
print(ipykernel.__version__, importlib.metadata.version("ipykernel"), dkdata.__file__)"""


@pytest.mark.parametrize(
    ("name", "wanted"), [(kernels.CURRENT, "7.4"), (kernels.OLDER, "7.0.1")], ids=kernels.KERNELS
)
def test_a_kernel_is_what_its_name_says(name, wanted, tmp_path):
    try:
        described = kernels.specification(name, install=is_required())
    except UnavailableError as error:
        lacking(str(error))
    told = subprocess.run(
        [described["argv"][0], "-c", CODE],
        cwd=tmp_path,
        env=os.environ | described["env"],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded, installed, file = told.stdout.split()
    assert loaded == installed
    assert loaded.startswith(wanted)
    assert file == dkdata.__file__
