"""The types of JSON Schema and those of fields, and their values."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import UsageError, listing, shortened
from dkdata.validation.schemas.field_types import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.validation.schemas.field_types import Type

KEYWORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "duration": {"type": "string", "format": "duration"},
    "decimal": {"type": "number"},
    "binary": {"type": "string", "contentEncoding": "base64"},
    "json": {"type": "object"},
    "list": {"type": "array"},
    "any": {},
}
"""What JSON Schema calls the type of a field; the first of several reads so again."""

PATTERNS: Final[Mapping[str, str]] = {
    "uuid": "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
    "email": r"[^@\s]+@[^@\s]+",
    "hostname": (
        "(?=.{1,253}$)[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
        "(?:[.][0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?)*"
    ),
    "ipv4": "(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:[.](?!$)|$)){4}",
    "uri": r"[A-Za-z][0-9A-Za-z+.-]*:[^\s]+",
}
"""The formats of text that are no type of their own, as what the whole text matches."""

ITEMS: Final[Mapping[str, pa.DataType]] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}
"""What the items of an array of scalars are."""

_FORMATS: Final = {
    words["format"]: name for name, words in KEYWORDS.items() if "format" in words
}  # fmt: skip
_READ: Final[Mapping[str, type[Any]]] = {
    "date": dt.date,
    "datetime": dt.datetime,
    "time": dt.time,
}
"""What the text of a format is read as."""

_OF_VALUES: Final = {str: "string", bool: "boolean", int: "integer", float: "float"}


def keywords_of(field_type: Type) -> dict[str, Any]:
    """Return what JSON Schema says of the values of a type.

    Examples
    --------
    >>> keywords_of("date")
    {'type': 'string', 'format': 'date'}
    """
    told: dict[str, Any] = dict(KEYWORDS[name_of(field_type)])
    if isinstance(field_type, pa.DataType) and is_type.is_list(field_type):
        items = [word for word, item in ITEMS.items() if item == field_type.value_type]
        told |= {"items": {"type": items[0]}} if items else {}
    return told


def type_of(told: Mapping[str, Any]) -> Type:
    """Return the type of a field of which JSON Schema says that, null aside.

    Raises
    ------
    UsageError
        There are several types, or the format or the items are none that a field has.

    Examples
    --------
    >>> type_of({"type": ["integer", "null"]}), type_of({"enum": ["a", "b"]})
    ('integer', 'string')
    """
    given = told.get("type", [])
    words = [word for word in ([given] if isinstance(given, str) else given) if word != "null"]
    match sorted(words), told.get("format"), told.get("contentEncoding"):
        case [], None, None if not given:
            return _type_of_values(told)
        case [("integer" | "boolean") as word], None, None:
            return word
        case ["number"] | ["integer", "number"], None, None:
            return "float"
        case ["object"], None, None:
            return "json"
        case ["array"], None, None:
            return _list_of(told.get("items", True))
        case ["string"], None, "base64":
            return "binary"
        case ["string"], word, None if word is None or word in PATTERNS:
            return "string"
        case ["string"], str(word), None if word in _FORMATS:
            return _FORMATS[word]
    raise _no_type(told)


def _no_type(told: Mapping[str, Any]) -> UsageError:
    for key, known in (("contentEncoding", ["base64"]), ("format", [*_FORMATS, *PATTERNS])):
        if key in told:
            return UsageError(
                f"keyword {key!r}: {shortened(told[key])} beside type"
                f" {shortened(told.get('type'))} is not the type of a field. There are, of text:"
                f" {listing(known)}. Remove it."
            )
    return UsageError(
        f"keyword 'type': {shortened(told['type'])} is not the type of one field. Give one type,"
        " and 'null' beside it where null is allowed."
    )


def _list_of(items: object) -> Type:
    match items:
        case True | {} if not items or items is True:
            return "list"
        case {"type": str(word), **rest} if word in ITEMS and not rest:
            return pa.list_(ITEMS[word])
    message = (
        f"keyword 'items': {shortened(items)} cannot be said of a field. Items have one type"
        f" ({listing(ITEMS)}), or are not told of."
    )
    raise UsageError(message)


def _type_of_values(told: Mapping[str, Any]) -> str:
    """Return the type of the values listed, ``any`` if they are of several or not listed."""
    listed = [told["const"]] if "const" in told else told.get("enum", [])
    names = {_OF_VALUES.get(type(value), "any") for value in listed if value is not None}
    if names == {"integer", "float"}:
        return "float"
    return names.pop() if len(names) == 1 else "any"


def value_from(value: Any, field_type: Type) -> Any:  # noqa: ANN401 - any value
    """Return a value of JSON as a field of that type compares with it.

    Raises
    ------
    UsageError
        It is text of another format.

    Examples
    --------
    >>> value_from("2024-02-29", "date")
    datetime.date(2024, 2, 29)
    """
    read = _READ.get(name_of(field_type))
    if read is None or not isinstance(value, str):
        return value
    try:
        return read.fromisoformat(value)
    except ValueError as error:
        message = f"{value!r} is not the text of a {name_of(field_type)}: {error}."
        raise UsageError(message) from error


def value_to(value: Any, field_type: Type) -> Any:  # noqa: ANN401 - any value
    """Return a value of a field of that type in JSON; ``TypeError`` if JSON has none such.

    Examples
    --------
    >>> value_to(dt.date(2024, 2, 29), "date"), value_to(0.5, "float")
    ('2024-02-29', 0.5)
    """
    if type(value) is _READ.get(name_of(field_type)):
        return value.isoformat()
    if not _is_json(value):
        message = f"JSON has no {shortened(value)}"
        raise TypeError(message)
    return value


def _is_json(value: object) -> bool:
    match value:
        case None | bool() | int() | str():
            return True
        case float():
            return math.isfinite(value)
        case list():
            return all(map(_is_json, value))
        case dict():
            return all(isinstance(key, str) for key in value) and all(map(_is_json, value.values()))
    return False
