"""What versions of Great Expectations wrote around the rules of a suite."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dkdata.errors import UsageError, shortened

_KEYS: Final = ("great_expectations_version", "great_expectations.__version__")
_VERSION: Final = re.compile(r"(\d+)\.(\d+)(?!\d)")
_OLDEST, _LATEST = (0, 13), (0, 18)
_READ: Final = "Suites of 1.x and of 0.13 to 0.18 are read."


def check_version(name: object, meta: object) -> None:
    """Raise if the meta of a suite names a version of Great Expectations that is not read.

    Raises
    ------
    UsageError
        The version is another one, or none that is known.

    Examples
    --------
    >>> check_version("people", {"great_expectations_version": "0.18.22"})
    """
    if not isinstance(meta, Mapping):
        return
    given = next((meta[key] for key in _KEYS if meta.get(key) is not None), None)
    if given is None:
        return
    found = _VERSION.match(str(given))
    if found is None:
        message = (
            f"suite {name!r}: {shortened(given)} is no version of Great Expectations. {_READ}"
            " Correct great_expectations_version in its meta, or remove it."
        )
        raise UsageError(message)
    version = (int(found[1]), int(found[2]))
    if version[0] != 1 and not _OLDEST <= version <= _LATEST:
        way = "an earlier" if version > _LATEST else "a later"
        message = (
            f"suite {name!r} was written by Great Expectations {given}. {_READ} Write it with {way}"
            " version of Great Expectations."
        )
        raise UsageError(message)


def with_values(name: object, rules: list[Any], given: object) -> list[Any]:
    """Return the rules of a suite's JSON with the values that the suite gives its parameters.

    What a suite gives no value for stays as it is: Great Expectations may get it later.

    Raises
    ------
    UsageError
        The parameters are no mapping, or a rule computes with one of them.

    Examples
    --------
    >>> rule = {"kwargs": {"column": "age", "min_value": {"$PARAMETER": "low"}}}
    >>> with_values("people", [rule], {"low": 18})
    [{'kwargs': {'column': 'age', 'min_value': 18}}]
    """
    if not given:
        return rules
    if not isinstance(given, Mapping):
        message = f"suite {name!r}: its parameters {shortened(given)} are no mapping of values."
        raise UsageError(message)
    return [
        _valued(f"suite {name!r}, expectation {number}", rule, given)
        for number, rule in enumerate(rules, start=1)
    ]


def _valued(place: str, value: Any, given: Mapping[Any, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return a part of the JSON with the values of the parameters in it."""
    match value:
        case {"$PARAMETER": str(text)}:
            return given[text] if text in given else _kept(place, text, value, given)
        case Mapping():
            return {name: _valued(place, item, given) for name, item in value.items()}
        case list():
            return [_valued(place, item, given) for item in value]
    return value


def _kept(
    place: str, text: str, value: Mapping[Any, Any], given: Mapping[Any, Any]
) -> dict[Any, Any]:
    """Return a parameter without a value, if it does not compute with one that has a value."""
    used = [name for name in given if re.search(rf"(?<!\w){re.escape(str(name))}(?!\w)", text)]
    if used:
        message = (
            f"{place}: {dict(value)} computes with the parameter {used[0]!r} of the suite."
            " Write the value in its place."
        )
        raise UsageError(message)
    return dict(value)
