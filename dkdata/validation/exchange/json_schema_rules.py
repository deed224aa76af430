"""The keywords of JSON Schema about values, and the constraints of fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, shortened
from dkdata.validation.constraints.constraint import (
    AllOf,
    AnyOf,
    Constraint,
    Enum,
    Length,
    MaxLength,
    MaxValue,
    MinLength,
    MinValue,
    Not,
    Pattern,
    Range,
)
from dkdata.validation.exchange.json_schema_types import PATTERNS, keywords_of, value_from, value_to
from dkdata.validation.schemas.field_types import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.schemas.field import Field
    from dkdata.validation.schemas.field_types import Type

_NUMBERS: Final = ("integer", "float", "decimal")
_ENDS: Final = ("minimum", "maximum")
_BEYOND: Final = ("exclusiveMinimum", "exclusiveMaximum")
_LENGTHS: Final = ("minLength", "maxLength")
_COUNTS: Final = ("minItems", "maxItems")
_OF_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_NUMBERS, (*_ENDS, *_BEYOND)),
    "string": (*_LENGTHS, "pattern"),
    "list": _COUNTS,
}
"""The keywords about values of each type, beside those about values of any."""

_OF_ANY: Final = ("enum", "const", "allOf", "anyOf", "not")
RULES: Final = (*_ENDS, *_BEYOND, *_LENGTHS, *_COUNTS, "pattern", *_OF_ANY)
"""The keywords that are constraints."""

_WHOLE: Final = ("^(?:", ")$")
_PYTHON_ONLY: Final = re.compile(
    r"\\[AZaN]|\(\?(?:P|#|\(|>|[aiLmsux-]+[:)])|[*+?}]\+|\{,|\[\]|\[\^\]|\[\[|\\\d{3}"
)
"""What regular expressions of Python have, and those of JSON Schema do not or read differently."""


def constraints_of(told: Mapping[str, Any], field_type: Type) -> Iterator[Constraint]:
    """Yield the constraints that the keywords about a value say, null aside.

    Raises
    ------
    UsageError
        A keyword says nothing about values of that type, or no value could meet it.

    Examples
    --------
    >>> list(constraints_of({"minimum": 0, "maximum": 9, "enum": [3, None]}, "integer"))
    [Range(0, 9), Enum([3])]
    """
    known = (*_OF_TYPES.get(name_of(field_type), ()), *_OF_ANY)
    met: set[str] = set()
    for key, value in told.items():
        if key == "format" and value in PATTERNS:
            yield Pattern(PATTERNS[value])
        if key not in RULES or key in met:
            continue
        if key not in known:
            message = (
                f"keyword {key!r} says nothing about values of type {str(field_type)!r}. Remove it,"
                " or give the type that it is about."
            )
            raise UsageError(message)
        pair = next((pair for pair in (_ENDS, _LENGTHS, _COUNTS) if key in pair), (key,))
        met |= set(pair)
        try:
            yield from _read(key, value, [told.get(name) for name in pair], field_type)
        except UsageError as error:
            message = str(error) if f"{key!r}" in str(error) else f"keyword {key!r}: {error}"
            raise UsageError(message) from error


def _read(key: str, value: Any, pair: list[Any], field_type: Type) -> Iterator[Constraint]:  # noqa: ANN401 - JSON
    """Yield the constraints of one keyword, or of a pair of them."""
    match key:
        case "minimum" | "maximum":
            yield _between(pair, MinValue, MaxValue, Range)
        case "minLength" | "maxLength" | "minItems" | "maxItems":
            sizes = [None if size is None else int(size) for size in pair]
            yield _between(sizes, MinLength, MaxLength, Length)
        case "exclusiveMinimum":
            yield ~MaxValue(value)
        case "exclusiveMaximum":
            yield ~MinValue(value)
        case "pattern":
            yield _pattern_of(value)
        case "enum" | "const":
            yield from _listed([value] if key == "const" else value, field_type)
        case "allOf":
            yield from (_part(part, field_type) for part in value)
        case "anyOf":
            parts = tuple(_part(part, field_type) for part in value)
            yield parts[0] if len(parts) == 1 else AnyOf(parts)
        case "not" if value != {"type": "null"}:
            yield Not(_part(value, field_type))


def _pattern_of(regex: str) -> Pattern:
    """Return the pattern that is found in a text; of ``^(?:…)$`` the one of the whole text."""
    start, end = _WHOLE
    if regex.startswith(start) and regex.endswith(end):
        try:
            return Pattern(regex[len(start) : -len(end)])
        except UsageError:  # the group that ends there does not start there
            pass
    return Pattern(regex, search=True)


def _between(ends: list[Any], low: Any, high: Any, both: Any) -> Constraint:  # noqa: ANN401 - classes
    one, other = ends
    if one is None or other is None:
        return high(other) if one is None else low(one)
    return both(one, other)


def _listed(values: Iterable[Any], field_type: Type) -> Iterator[Constraint]:
    held = [value_from(value, field_type) for value in values if value is not None]
    if not held:
        message = "null alone is allowed, which is no column of values. Remove it."
        raise UsageError(message)
    yield Enum(held)


def _part(told: Any, field_type: Type) -> Constraint:  # noqa: ANN401 - JSON
    """Return the constraint that a document within a keyword says."""
    expected = keywords_of(field_type)
    rest = dict(told) if isinstance(told, Mapping) else {}
    for key, value in expected.items():
        if rest.get(key) == value:
            rest.pop(key)
    is_text = name_of(field_type) == "string" and rest.get("format") in PATTERNS
    is_rule = set(rest) <= {*RULES, *["format"] * is_text}
    found = tuple(constraints_of(rest, field_type)) if is_rule else ()
    if not found:
        message = (
            f"{shortened(told)} is no rule about values of type {str(field_type)!r}. Write the"
            " keywords about its values only."
        )
        raise UsageError(message)
    return found[0] if len(found) == 1 else AllOf(found)


def property_of(field: Field) -> dict[str, Any]:
    """Return what JSON Schema says of a field; for what it has no words, it says nothing.

    Examples
    --------
    >>> from dkdata.validation.schemas.field import Field
    >>> property_of(Field("age", "integer", constraints=[Range(0, 9), Enum([3])]))
    {'type': ['integer', 'null'], 'minimum': 0, 'maximum': 9, 'enum': [3, None]}
    """
    told = keywords_of(field.type)
    if not field.required and "type" in told:
        told["type"] = [told["type"], "null"]
    elif field.required and "type" not in told:
        told["not"] = {"type": "null"}
    for constraint in field.constraints:
        try:
            words = _words(constraint, field.type, null=not field.required)
        except TypeError:  # it has no words
            continue
        if told.keys() & words.keys():
            words = {"allOf": [*told.pop("allOf", []), words]}
        told |= words
    if field.has_default and field.default is not None:
        with suppress(TypeError):  # it has no words
            told["default"] = value_to(field.default, field.type)
    return told | ({"description": field.description} if field.description else {})


def _words(constraint: Constraint, field_type: Type, *, null: bool) -> dict[str, Any]:
    """Return the keywords of a constraint; ``TypeError`` if it has none."""
    name = name_of(field_type)
    match constraint:
        case MinValue() | MaxValue() | Range() if name in _NUMBERS:
            ends = zip(("min", "max"), _ENDS, strict=True)
            return {
                key: _number(getattr(constraint, end))
                for end, key in ends
                if hasattr(constraint, end)
            }
        case MinLength() | MaxLength() | Length() if name in ("string", "list"):
            keys = zip(("min", "max"), _LENGTHS if name == "string" else _COUNTS, strict=True)
            return {key: getattr(constraint, end) for end, key in keys if hasattr(constraint, end)}
        case Not(MinValue(end) | MaxValue(end)) if name in _NUMBERS:
            is_low = isinstance(constraint.of, MaxValue)
            return {_BEYOND[0 if is_low else 1]: _number(end)}
        case Pattern(regex, search) if name == "string" and _PYTHON_ONLY.search(regex) is None:
            formats = [word for word, known in PATTERNS.items() if known == regex and not search]
            whole = regex if search else regex.join(_WHOLE)
            return {"format": formats[0]} if formats else {"pattern": whole}
        case Enum(values) if name not in ("decimal", "binary", "duration"):
            listed = [value_to(value, field_type) for value in values]
            return {"enum": [*listed, *[None] * null]}
    return _of_parts(constraint, field_type, null=null)


def _of_parts(constraint: Constraint, field_type: Type, *, null: bool) -> dict[str, Any]:
    """Return the keywords of a constraint made of others; ``TypeError`` if it has none."""
    match constraint:
        case AllOf(of):
            return {"allOf": [_words(part, field_type, null=null) for part in of]}
        case AnyOf(of):
            return {"anyOf": [_words(part, field_type, null=null) for part in of]}
        case Not(inner):
            # Of null, keywords about numbers or text are true: only the type says that it is none.
            guard = keywords_of(field_type)
            return {"not": {**guard, **_words(inner, field_type, null=False)}}
    message = f"JSON Schema has no words for {constraint}"
    raise TypeError(message)


def _number(value: object) -> Any:  # noqa: ANN401 - a number
    if isinstance(value, bool | str):
        message = f"{value!r} is no number"
        raise TypeError(message)
    return value_to(value, "float")
