"""How fast stores take and give rows: as measured, at a date, on a machine that is told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dkdata.configuration import yaml_files
from dkdata.registry import known_backends

if TYPE_CHECKING:
    from dkdata.store import Store

_SAME = {"ndjson": "jsonl", "feather": "arrow", "tsv": "csv"}


@dataclass(frozen=True)
class Rate:
    """Bytes of rows, as they are in memory, that a save and a load take in a second."""

    save: float
    load: float
    basis: str


def rate_of(store: Store, file_format: str | None = None) -> Rate | None:
    """Return how fast a store is; ``None`` where nobody has measured it."""
    key = backend_of(store)
    if key == "file":
        form = str(file_format).lower().lstrip(".")
        key = f"file.{_SAME.get(form, form)}"
    told = _measured()
    found = told["rates"].get(key)
    if found is None:
        return None
    return Rate(float(found["save"]), float(found["load"]), f"{told['date']}: {told['basis']}")


def backend_of(store: Store) -> str:
    """Return the name of the backend whose class a store is of; nothing where it has none."""
    for kind in type(store).__mro__:
        for backend in known_backends().values():
            module, _, class_name = backend.place.partition(":")
            if kind.__name__ == class_name and f"{kind.__module__}.".startswith(f"{module}."):
                return backend.name
    return ""


@cache
def _measured() -> dict[str, Any]:
    path = Path(str(files("dkdata.costs"))) / "rates.yaml"
    return yaml_files.read(path, path.name)
