"""What the rules of a suite do not tell of a schema: kept in the meta of the suite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from dkdata.frames import tagged
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from dkdata.validation.schemas.schema import Schema

_FORMAT: Final = 1
_OWNER, _NAME = "dkdata", "schema"
_KNOWN: Final = ("default", "description")


@dataclass(frozen=True)
class Facts:
    """What rules do not tell of a schema.

    Parameters
    ----------
    fields
        The default and the description that each field has, by its name and in order.
    further
        The numbers of the rules that belong to no field, where they could be read as such.
    """

    version: str
    fields: Mapping[Any, Mapping[str, Any]]
    further: tuple[int, ...] = ()

    @classmethod
    def of(cls, schema: Schema) -> Facts:
        """Return the facts of a schema."""
        return cls(schema.version, {
            field.name: ({"default": field.default} if field.has_default else {})
            | ({"description": field.description} if field.description else {})
            for field in schema.fields
        })  # fmt: skip

    def telling(self, further: Iterable[int]) -> Facts:
        """Return the facts with the numbers of the further rules."""
        return replace(self, further=tuple(further))

    def to_dict(self) -> dict[str, Any]:
        """Return the facts in the plain types of JSON."""
        fields = [{"name": name, **tagged.encode(dict(told))} for name, told in self.fields.items()]
        made = {"format": _FORMAT, "version": self.version, "fields": fields}
        return made | ({"further": list(self.further)} if self.further else {})


def facts_of(suite: Suite) -> Facts | None:
    """Return the facts in the meta of a suite, ``None`` if there are none that can be read."""
    match suite.meta:
        case {
            "dkdata": {
                "schema": {"format": 1, "version": str(version), "fields": list(fields)} as given
            }
        }:
            pass
        case _:
            return None
    further = given.get("further", [])
    if not all(isinstance(field, Mapping) and "name" in field for field in fields):
        return None
    try:
        read = {field["name"]: _told(field) for field in fields}
        return Facts(version, read, tuple(map(int, further)))
    except (TypeError, ValueError, LookupError):  # changed by others: the rules count alone
        return None


def _told(field: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tagged.decode(field[name]) for name in _KNOWN if name in field}


def with_facts(suite: Suite, facts: Facts) -> Suite:
    """Return the suite with the facts in its meta."""
    meta = dict(suite.meta or {})
    held = meta.get(_OWNER)
    owned = {**(held if isinstance(held, Mapping) else {}), _NAME: facts.to_dict()}
    return Suite(
        suite.name, suite.expectations, meta={**meta, _OWNER: owned}, notes=suite.notes, id=suite.id
    )


def without_facts(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the meta of a suite without the facts."""
    kept = dict(meta or {})
    owned = {name: value for name, value in kept.pop(_OWNER, {}).items() if name != _NAME}
    return kept | ({_OWNER: owned} if owned else {})
