"""What importing dkdata loads, and what it leaves as it is.

``python -m tests.test_import`` prints what it costs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent

_HEAVY = (
    "adbc_driver_manager", "anywidget", "boto3", "botocore", "dask", "deltalake", "duckdb",
    "elasticsearch", "great_expectations", "IPython", "ipywidgets", "psycopg2", "pydantic",
    "s3fs", "scipy", "sqlglot", "tenacity", "tqdm", "yaml",
)  # fmt: skip

_CEILING = 1.0  # seconds of CPU
_LOADED = """
import sys
import pandas
before = set(sys.modules)
import dkdata
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""

_EVERY_MODULE = """
import importlib, pkgutil, warnings
warnings.simplefilter("ignore")
import dkdata
public = {name: getattr(dkdata, name) for name in dkdata.__all__}
for module in pkgutil.walk_packages(dkdata.__path__, "dkdata."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*(name for name in public if getattr(dkdata, name) is not public[name]))
"""


def _printed(code):
    run = [sys.executable, "-W", "ignore", "-c", code]
    told = subprocess.run(run, check=False, capture_output=True, text=True, cwd=_ROOT)
    assert told.returncode == 0, told.stderr
    return told.stdout.split()


def test_import_loads_no_driver():
    assert [name for name in _printed(_LOADED) if name in _HEAVY] == []


def test_import_adds_polars_and_dkdata_only():
    third_party = set(_printed(_LOADED)) - set(sys.stdlib_module_names)
    third_party -= {"typing_extensions"}  # of polars, on some versions of Python
    assert {"dkdata", "polars"} == {name for name in third_party if not name.startswith("_")}


def test_no_module_replaces_a_public_function():
    assert _printed(_EVERY_MODULE) == []


def test_every_public_name_is_there_and_no_module():
    code = "import types, dkdata as dk; print(*(n for n in set(dk.__all__) - {'aio', 'errors'} if "
    code += "isinstance(getattr(dk, n), types.ModuleType)))"
    assert _printed(code) == []


def seconds():
    """Return the CPU seconds of ``import dkdata`` beyond ``import pandas``; the best of five."""
    code = "import time, pandas; t = time.process_time(); import dkdata; "
    code += "print(time.process_time() - t)"
    return min(float(_printed(code)[0]) for _ in range(5))


if __name__ == "__main__":
    spent = seconds()
    print(f"import dkdata: {spent:.2f} s of CPU beyond import pandas (at most {_CEILING:.2f} s)")
    sys.exit(spent > _CEILING)
