"""Suites in any form, Great Expectations' JSON and objects among them, to their plain parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import NotFoundError, UsageError, shortened
from dkdata.validation.expectation import Expectation

if TYPE_CHECKING:
    import os

# Parameters that Great Expectations 0.18 wrote into every expectation and 1.x does not know.
_LEGACY: Final = ("auto", "profiler_config", "include_config", "parse_strings_as_datetimes",
                  "allow_cross_type_comparisons", "output_strftime_format",
                  "ge_cloud_id")  # fmt: skip
_FORMS: Final = (
    "Give a dk.Suite, a dk.Schema, dk.expect(column)…, a suite of Great Expectations, its JSON (a"
    " dict or the path of a .json file), one expectation or a list of them."
)


def read_json(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return the mapping in a JSON file."""
    file = Path(path)
    try:
        loaded = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"no suite at {str(file)!r}: there is no such file."
        raise NotFoundError(message) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        message = f"{str(file)!r} is not the JSON of a suite: {error}."
        raise UsageError(message) from error
    if not isinstance(loaded, Mapping):
        message = f"{str(file)!r} is not the JSON of a suite: it holds a {type(loaded).__name__}."
        raise UsageError(message)
    return loaded


def is_suite(given: object) -> bool:
    """Whether it is a mapping or an object of a whole suite."""
    if isinstance(given, Mapping):
        return "expectations" in given
    return hasattr(given, "expectations")


def suite_parts(given: Any) -> dict[str, Any]:  # noqa: ANN401 - a mapping or an object
    """Return name, expectations, meta, notes and id of a suite's JSON or genuine object."""
    if not isinstance(given, Mapping):
        names = ("name", "expectations", "meta", "notes", "id")
        given = {name: getattr(given, name, None) for name in names}
    if not isinstance(given["expectations"], Iterable):
        message = f"expectations={shortened(given['expectations'])} is not a list."
        raise UsageError(message)
    return {
        "name": given.get("name") or given.get("expectation_suite_name") or "suite",
        "expectations": list(given["expectations"]),
        "meta": given.get("meta") or None,
        "notes": given.get("notes") or None,
        "id": given.get("id") or given.get("ge_cloud_id"),
    }


def expectation_of(given: Any) -> Expectation | None:  # noqa: ANN401 - a mapping or an object
    """Return one expectation given in any form, ``None`` if it is not one.

    Raises
    ------
    UsageError
        Its parameters are not those of its type.
    """
    match given:
        case Expectation():
            return given
        case Mapping() if "type" in given or "expectation_type" in given:
            return _from_mapping(given)
        case Mapping():
            return None
    # A genuine expectation has a configuration; a configuration has a type and parameters.
    configuration = getattr(given, "configuration", given)
    if not (hasattr(configuration, "type") and hasattr(configuration, "kwargs")):
        return None
    names = ("type", "kwargs", "meta", "severity", "notes", "description", "id")
    return _from_mapping({name: getattr(configuration, name, None) for name in names})


def _from_mapping(given: Mapping[str, Any]) -> Expectation:
    """Return the expectation of the JSON of Great Expectations 1.x or 0.18."""
    is_legacy = "type" not in given
    kwargs = dict(given.get("kwargs") or {})
    if is_legacy:
        kwargs = {
            name: value
            for name, value in kwargs.items()
            if value is not None and not (name in _LEGACY and not value)
        }
    kwargs.pop("batch_id", None)
    severity = given.get("severity") or "critical"
    return Expectation(
        given["expectation_type"] if is_legacy else given["type"],
        kwargs,
        meta=given.get("meta") or None,
        severity=getattr(severity, "value", severity),
        notes=given.get("notes") or None,
        description=given.get("description"),
        id=given.get("id") or given.get("ge_cloud_id"),
    )


def not_a_suite(given: object) -> UsageError:
    """Return the error of a value that is no suite in any form."""
    return UsageError(f"{shortened(given)} is not a suite. {_FORMS}")
