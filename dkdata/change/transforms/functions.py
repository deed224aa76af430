"""The built-in functions of ``Transform.map``: their arguments, and what makes their values."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects import mapping
from dkdata.dialects.converting import converted
from dkdata.dialects.fragment import Fragment
from dkdata.dialects.sql import bind
from dkdata.dialects.stages import Made
from dkdata.errors import SchemaError, UsageError, did_you_mean, listing, shortened
from dkdata.frames import assigning
from dkdata.frames.envelope import ColumnDescriptor
from dkdata.physical import convert
from dkdata.types import canonical, parse_type
from dkdata.validation.coercion.notation import Notation
from dkdata.validation.coercion.targets import target_of
from dkdata.validation.schemas.field_types import FIELD_TYPES, Type, type_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dkdata.dialects.columns import Column
    from dkdata.predicate import Operator

_KEEP: Final = object()
_MOST_DIGITS: Final = 38
_HASHES: Final = ("sha256", "sha1", "md5")


@dataclass(frozen=True)
class Conversion:
    """A conversion to another type, which decides of every value by itself.

    Parameters
    ----------
    type
        The canonical type of the result; ``None`` is that of JSON values.
    """

    type: pa.DataType | None
    notation: Notation = field(default_factory=Notation)
    writes_json: bool = False

    def made(self, column: Column) -> Made | None:
        """Return the values in SQL, or ``None`` where it is not sure of any."""
        if self.type is None or self.writes_json or self.notation != Notation():
            return None
        return converted(column, self.type)


def _check_count(name: str, value: object, least: int = 0) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        message = f"{name}={shortened(value)} is not possible. Give a whole number from {least} on."
        raise UsageError(message)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        message = f"{name}={shortened(value)} is not possible. Give text."
        raise UsageError(message)


def _check_pattern(pattern: object) -> None:
    _check_text("pattern", pattern)
    try:
        duckdb.execute("SELECT regexp_matches('', ?)", [pattern])
    except duckdb.Error as error:
        message = f"pattern={pattern!r} is no regular expression of RE2: {error}."
        raise UsageError(message) from error


@dataclass(frozen=True)
class Values:
    """A function of values that SQL has for all of them."""

    made: Callable[[Column], Made]


@dataclass(frozen=True)
class Emptied:
    """Nothing in place of values, of which those are lost that are not the default."""

    default: Any = None

    def made(self, column: Column) -> Made:
        """Return null in SQL, which is right where nothing is lost."""
        sure = Fragment("FALSE")
        if self.default is not None:
            value = _literal(column, self.default)
            sure = Fragment(f"{column.sql} = {value.sql}", value.parameters)
        return Made(Fragment("NULL"), column.physical, column.type, is_like=True, sure=sure)


def _to_int() -> Conversion:
    """Return whole numbers of 64 bits."""
    return Conversion(pa.int64())


def _to_float() -> Conversion:
    """Return floats of 64 bits."""
    return Conversion(pa.float64())


def _to_bool() -> Conversion:
    """Return true or false: words such as ``yes`` and ``off`` in any case, 1 and 0."""
    return Conversion(pa.bool_())


def _to_string() -> Conversion:
    """Return text that reads as the same value again."""
    return Conversion(pa.large_string())


def _to_datetime(
    zone: str | None = None,
    format: str | None = None,  # noqa: A002 - as in ``coerce``
    *,
    day_first: bool = False,
    epoch: str | None = None,
) -> Conversion:
    """Return moments, to the microsecond, without a zone or in UTC."""
    if zone not in (None, "UTC"):
        message = f"zone={zone!r} is not possible: moments are in UTC, or without a zone (None)."
        raise UsageError(message)
    if epoch is not None and zone is None:
        message = f"epoch={epoch!r} counts from a moment in UTC. Give zone='UTC', too."
        raise UsageError(message)
    notation = Notation(format=format, day_first=day_first, epoch=epoch)
    return Conversion(pa.timestamp("us", zone), notation)


def _to_date(
    format: str | None = None,  # noqa: A002 - as in ``coerce``
    *,
    day_first: bool = False,
) -> Conversion:
    """Return dates."""
    return Conversion(pa.date32(), Notation(format=format, day_first=day_first))


def _to_decimal(precision: int = 38, scale: int = 9) -> Conversion:
    """Return decimals of so many digits, ``scale`` of them after the point."""
    _check_count("precision", precision, 1)
    _check_count("scale", scale)
    if not scale <= precision <= _MOST_DIGITS:
        message = (
            f"precision={precision}, scale={scale} is not possible: a decimal has at most"
            f" {_MOST_DIGITS} digits, so many of them after the point or fewer."
        )
        raise UsageError(message)
    return Conversion(pa.decimal128(precision, scale))


def _convert(to: Any) -> Conversion:  # noqa: ANN401 - a type
    """Return values of a field type, such as ``time``, or of an Arrow type."""
    wanted = _type_of(to)
    if isinstance(wanted, str):
        known = {"json": None, "decimal": pa.decimal128(_MOST_DIGITS, 9)}
        arrow = known.get(wanted, FIELD_TYPES[wanted].arrow)
        if arrow is None and wanted != "json":
            message = f"to={to!r}: the values decide what that is. Give an Arrow type."
            raise UsageError(message)
        return Conversion(arrow)
    target_of(wanted)  # raises for types that no values can be converted to
    return Conversion(canonical(wanted))


def _type_of(given: Any) -> Type:  # noqa: ANN401 - many forms
    """Return a type by its name, also that of one of Arrow's: ``int8``, ``decimal(10, 2)``."""
    if not isinstance(given, str) or given in FIELD_TYPES:
        return type_from_json(given)
    try:
        return parse_type(given)
    except (KeyError, ValueError) as error:
        message = (
            f"to={given!r} is no type.{did_you_mean(given, FIELD_TYPES)} There are:"
            f" {listing(FIELD_TYPES)}, and those of Arrow."
        )
        raise UsageError(message) from error


def _parse_json() -> Conversion:
    """Return the values that JSON text writes."""
    return Conversion(None)


def _to_json() -> Conversion:
    """Return JSON text in its one form: sorted keys, no space."""
    return Conversion(pa.large_string(), writes_json=True)


def _lower() -> Values:
    """Return text in small letters."""
    return Values(mapping.lower)


def _upper() -> Values:
    """Return text in capital letters."""
    return Values(mapping.upper)


def _strip(characters: str = mapping.WHITE) -> Values:
    """Return text without white space, or other characters, at its ends."""
    _check_text("characters", characters)
    return Values(partial(mapping.strip, characters=characters))


def _normalize() -> Values:
    """Return text in Unicode's composed form (NFC), stripped, with single blanks within."""
    return Values(mapping.normalize)


def _truncate(n: int) -> Values:
    """Return the first ``n`` characters of text."""
    _check_count("n", n)
    return Values(partial(mapping.truncate, n=n))


def _regex_extract(pattern: str, group: int = 0) -> Values:
    """Return what a group of a pattern finds first in text; null where that is nothing."""
    _check_pattern(pattern)
    _check_count("group", group)
    return Values(partial(mapping.regex_extract, pattern=pattern, group=group))


def _replace(old: str, new: str, *, regex: bool = False) -> Values:
    """Return text in which every ``old`` is ``new``."""
    _check_text("new", new)
    if regex:
        _check_pattern(old)
    else:
        _check_text("old", old)
    return Values(partial(mapping.replace, old=old, new=new, regex=regex))


def _map_values(m: Mapping[Any, Any] | list[list[Any]], default: Any = _KEEP) -> Values:  # noqa: ANN401
    """Return what a mapping has for values; others stay, or become ``default``."""
    try:
        pairs = dict(m)
    except (TypeError, ValueError) as error:
        message = f"m={shortened(m)} is no mapping. Give {{value: new value}}."
        raise UsageError(message) from error
    rest = () if default is _KEEP else (default,)
    return Values(lambda column: mapping.map_values(column, pairs, *rest))


def _default(value: Any) -> Values:  # noqa: ANN401 - any value
    """Return values with another in place of null."""
    if value is None:
        message = "default(None) leaves null as it is. Give a value of the column's type."
        raise UsageError(message)
    return Values(lambda column: mapping.default(column, _literal(column, value)))


def _clip(lower: Any = None, upper: Any = None) -> Values:  # noqa: ANN401 - any value
    """Return values between bounds: those beyond become the bound; null and NaN stay."""
    sides: tuple[tuple[Operator, Any], ...] = (("<", lower), (">", upper))
    given = {op: bound for op, bound in sides if bound is not None}
    if not given:
        message = "clip needs a bound: lower=, upper=, or both."
        raise UsageError(message)

    def made(column: Column) -> Made:
        bounds = {op: (bound, _literal(column, bound)) for op, bound in given.items()}
        return mapping.clip(column, bounds)

    return Values(made)


def _round(digits: int = 0) -> Values:
    """Return numbers rounded to so many digits after the point, halves away from zero."""
    _check_count("digits", digits, -_MOST_DIGITS)
    return Values(partial(mapping.rounded, digits=digits))


def _hash(algorithm: str = "sha256", salt: str = "") -> Values:
    """Return the hash of text, or of whole numbers as text, in hexadecimal digits."""
    if algorithm not in _HASHES:
        raise UsageError.choice("algorithm", algorithm, _HASHES)
    _check_text("salt", salt)
    return Values(partial(mapping.hashed, algorithm=algorithm, salt=salt))


def _mask(keep: int = 4, character: str = "*") -> Values:
    """Return text of which only the last characters are shown; none where it has no more."""
    _check_count("keep", keep)
    _check_text("character", character)
    if len(character) != 1:
        message = f"character={character!r} is not one character."
        raise UsageError(message)
    return Values(partial(mapping.mask, keep=keep, character=character))


def _literal(column: Column, value: Any) -> Fragment:  # noqa: ANN401 - any value
    """Return a value as a column holds it, in SQL."""
    told = ColumnDescriptor.from_json(column.descriptor) if column.descriptor else None
    field = pa.field(column.name, column.type)
    if is_type.is_nested(column.type) or column.kind is not None:
        message = f"column {column.name!r} is {column.described}: no single value can stand in it."
        raise SchemaError(message)
    made = convert(assigning.column_of([value], field, told), column.physical)[0]
    t = column.physical
    if is_type.is_decimal(t):
        return bind(column, int(made.as_py().scaleb(t.scale)))
    return bind(column, made.value if is_type.is_temporal(t) else made.as_py())


BUILT_IN: Final[Mapping[str, Callable[..., Conversion | Values]]] = {
    "to_string": _to_string, "to_int": _to_int, "to_float": _to_float, "to_bool": _to_bool,
    "to_datetime": _to_datetime, "to_date": _to_date, "to_decimal": _to_decimal,
    "convert": _convert, "parse_json": _parse_json, "to_json": _to_json, "normalize": _normalize,
    "lower": _lower, "upper": _upper, "strip": _strip, "truncate": _truncate,
    "regex_extract": _regex_extract, "replace": _replace, "map_values": _map_values,
    "default": _default, "clip": _clip, "round": _round, "hash": _hash, "mask": _mask,
}  # fmt: skip


def arguments_of(name: str, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the arguments of a built-in function by their names, checked.

    Raises
    ------
    UsageError
        They are not those of the function, or not possible.
    """
    function = BUILT_IN[name]
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        message = f"map(…, {name!r}): {error}. It takes: {signature_of(name)}."
        raise UsageError(message) from error
    function(**bound.arguments)  # raises for those that are not possible
    pairs = {"m": dict(bound.arguments["m"])} if "m" in bound.arguments else {}
    return bound.arguments | pairs


def signature_of(name: str) -> str:
    """Return the parameters of a built-in function.

    Examples
    --------
    >>> signature_of("regex_extract")
    '(pattern, group=0)'
    """
    found = inspect.signature(BUILT_IN[name])
    plain = [one.replace(annotation=one.empty) for one in found.parameters.values()]
    told = str(found.replace(parameters=plain, return_annotation=found.empty))
    return told.replace(repr(_KEEP), "…").replace(repr(mapping.WHITE), "white space")
