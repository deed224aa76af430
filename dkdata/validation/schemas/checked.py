"""The parts that a schema is made of, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dkdata.errors import UsageError, listing, shortened
from dkdata.validation.schemas.field import Field
from dkdata.validation.suite import Suite, as_suite

_VERSION: Final = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", re.ASCII)


def checked_version(schema: str, given: object) -> str:
    """Return the version of a schema, checked."""
    if isinstance(given, str) and _VERSION.fullmatch(given):
        return given
    message = (
        f"schema {schema!r}: version={given!r} is not a version. Give three numbers, such as"
        " '1.0.0'."
    )
    raise UsageError(message)


def checked_further(schema: str, given: Any) -> Suite:  # noqa: ANN401 - a suite in any form
    """Return the further rules as a suite of the schema's name."""
    suite = as_suite(list(given) if isinstance(given, tuple) else given)
    return Suite(schema, suite.expectations, meta=suite.meta, notes=suite.notes, id=suite.id)


def checked_fields(schema: str, given: Iterable[Field]) -> tuple[Field, ...]:
    """Return the fields of a schema, checked."""
    if isinstance(given, Field | str | Mapping) or not isinstance(given, Iterable):
        message = f"schema {schema!r}: fields={shortened(given)} is not a list of fields."
        raise UsageError(message)
    made = tuple(given)
    for number, field in enumerate(made, start=1):
        if not isinstance(field, Field):
            message = (
                f"schema {schema!r}, field {number}: {shortened(field)} is not a field. Give"
                " dk.Field(name, type)."
            )
            raise UsageError(message)
    names = [field.name for field in made]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        message = (
            f"schema {schema!r} has several fields named {listing(map(repr, twice))}. Rename or"
            " remove all but one."
        )
        raise UsageError(message)
    return made
