"""Evolutions as plain JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, listing, shortened

if TYPE_CHECKING:
    from dkdata.change.evolving.evolution import Evolution

_FORMAT: Final = 1
_KNOWN: Final = ("format", "name", "versions")


def to_dict(evolution: Evolution) -> dict[str, Any]:
    """Return an evolution; see ``Evolution.to_dict``."""
    versions = []
    for version in evolution.versions:
        told: dict[str, Any] = {"version": version.name, "schema": version.schema.to_dict()}
        pairs = [[old, new] for old, new in version.renamed.items()]
        versions.append(told | ({"renamed": pairs} if pairs else {}))
    return {"format": _FORMAT, "name": evolution.name, "versions": versions}


def from_dict(data: Any) -> Evolution:  # noqa: ANN401 - JSON
    """Return an evolution; see ``Evolution.from_dict``."""
    from dkdata.change.evolving.evolution import Evolution  # noqa: PLC0415 - it imports this

    if not isinstance(data, Mapping) or not isinstance(data.get("versions"), list):
        message = f"{shortened(data)} is no evolution. Give what Evolution.to_dict() returned."
        raise UsageError(message)
    if data.get("format", _FORMAT) != _FORMAT:
        message = (
            f"the evolution was written by a later version of dkdata (format {data['format']!r})."
            " Update dkdata."
        )
        raise UsageError(message)
    for name in data:
        if name not in _KNOWN:
            message = f"an evolution has no {name!r}. There are: {listing(_KNOWN)}."
            raise UsageError(message)
    made = Evolution(data.get("name", ""))
    for version in data["versions"]:
        if not isinstance(version, Mapping) or not {"version", "schema"} <= set(version):
            message = f"{shortened(version)} is no version. It has 'version', 'schema', 'renamed'."
            raise UsageError(message)
        if unknown := set(version) - {"version", "schema", "renamed"}:
            message = f"a version has no {listing(map(repr, unknown))}: version, schema, renamed."
            raise UsageError(message)
        renamed = version.get("renamed", {})
        made = made.add_version(
            version["schema"], version["version"], renamed=dict(renamed) if renamed else None
        )
    return made
