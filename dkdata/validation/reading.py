"""Suites in any form, Great Expectations' JSON and objects among them, to their plain parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, listing, shortened
from dkdata.validation import json_files
from dkdata.validation.exchange.gx_legacy import kwargs_of, told_by
from dkdata.validation.exchange.gx_versions import check_version, with_values
from dkdata.validation.expectation import Expectation

if TYPE_CHECKING:
    import os

_FORMS: Final = (
    "Give a dk.Suite, a dk.Schema, dk.expect(column)…, a suite of Great Expectations, its JSON (a"
    " dict or the path of a .json file), the name of a saved suite, one expectation or a list of"
    " them."
)


_TYPES: Final = {"type", "expectation_type"}
_OTHERS: Final[Mapping[str, str]] = {
    "results": " It is a result; its suite is what it was validated with.",
    "validations": " It is a checkpoint; the suite has a file of its own.",
    "validation_definitions": " It is a checkpoint; the suite has a file of its own.",
    "properties": " It is a JSON Schema: read it with dk.Schema.from_json_schema.",
    "fields": " It is a dk.Schema: read it with dk.Schema.from_json.",
}
"""What else a file may be, by a name that it has."""


def read_json(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return the mapping in a JSON file."""
    file = Path(path)
    held = json_files.loaded(
        file, "suite", "the JSON of a suite", "the .json file of a suite in it"
    )
    if not isinstance(held, Mapping):
        message = f"{str(file)!r} is not the JSON of a suite: it holds a {type(held).__name__}."
        raise UsageError(message)
    if not (is_suite(held) or _TYPES & set(held)):
        other = next((what for key, what in _OTHERS.items() if key in held), "")
        message = (
            f"{str(file)!r} is not the JSON of a suite: it has no 'expectations'. There are:"
            f" {listing(map(repr, held))}.{other}"
        )
        raise UsageError(message)
    return held


def is_suite(given: object) -> bool:
    """Whether it is a mapping or an object of a whole suite."""
    if isinstance(given, Mapping):
        return "expectations" in given
    return hasattr(given, "expectations")


def suite_within(given: Any) -> Any:  # noqa: ANN401 - any value
    """Return the suite that an object makes, as schemas do, or has, as explorers do."""
    if hasattr(given, "to_suite"):
        return given.to_suite()
    held = getattr(given, "suite", None)
    return held if is_suite(held) else None


def suite_parts(given: Any) -> dict[str, Any]:  # noqa: ANN401 - a mapping or an object
    """Return name, expectations, meta, notes and id of a suite's JSON or genuine object."""
    if getattr(given, "suite_parameters", None) and not isinstance(given, Mapping):
        given = given.to_json_dict()
    if not isinstance(given, Mapping):
        names = ("name", "expectations", "meta", "notes", "id")
        given = {name: getattr(given, name, None) for name in names}
    rules, meta = given["expectations"], given.get("meta")
    if not isinstance(rules, Iterable) or isinstance(rules, str | Mapping):
        message = f"expectations={shortened(rules)} is not a list."
        raise UsageError(message)
    name = given.get("name") or given.get("expectation_suite_name") or "suite"
    _check_mapping(f"suite {name!r}: meta", meta)
    check_version(name, meta)
    values = given.get("suite_parameters") or given.get("evaluation_parameters")
    kept, told = told_by(meta)
    return {
        "name": name,
        "expectations": with_values(name, list(rules), values),
        "meta": kept or None,
        "notes": told.get("notes", given.get("notes")) or None,
        "id": given.get("id") or given.get("ge_cloud_id"),
    }


def _check_mapping(what: str, value: object) -> None:
    if value is not None and not isinstance(value, Mapping):
        message = f"{what}={shortened(value)} is no mapping."
        raise UsageError(message)


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
    rule_type = given["expectation_type"] if is_legacy else given["type"]
    for name in ("kwargs", "meta", "expectation_context"):
        _check_mapping(f"{rule_type}: {name}", given.get(name))
    kwargs = dict(given.get("kwargs") or {})
    if is_legacy:
        kwargs = kwargs_of(rule_type, kwargs)
    kwargs.pop("batch_id", None)
    meta, told = told_by(given.get("meta"))
    context = given.get("expectation_context") or {}  # where 0.18 had descriptions
    severity = told.get("severity", given.get("severity")) or "critical"
    return Expectation(
        rule_type,
        kwargs,
        meta=meta or None,
        severity=getattr(severity, "value", severity),
        notes=told.get("notes", given.get("notes")) or None,
        description=told.get("description", given.get("description") or context.get("description")),
        id=given.get("id") or given.get("ge_cloud_id"),
    )


def not_a_suite(given: object) -> UsageError:
    """Return the error of a value that is no suite in any form."""
    return UsageError(f"{shortened(given)} is not a suite. {_FORMS}")
