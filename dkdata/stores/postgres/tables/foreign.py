"""Columns of tables that others made: in which canonical type each is read."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.fragment import quote
from dkdata.stores.postgres.tables.types import TEXT, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# An interval of others may have months, which no length of time is.
_TYPES: Mapping[str, pa.DataType] = {
    "oid": pa.int64(),
    **{name: t for t, name in TYPES.items() if not is_type.is_duration(t)},
}
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)")
_PRECISION = re.compile(r"\(\d\)")  # of the seconds of a time
_DIGITS, _MOST_DIGITS = 38, 76
_CLOCK = "time without time zone"
# Numbers of which only their values tell how many digits they have.
UNBOUNDED = ("numeric", "money")


def resolved(oid: str, modifier: str) -> str:
    """Return an SQL expression of the name of a type, with what domains stand for.

    Parameters
    ----------
    oid, modifier
        Expressions of the type and its modifier, as in ``pg_attribute``; without a name that
        ``pg_type`` has as well.

    Examples
    --------
    >>> resolved("a.atttypid", "a.atttypmod")[:40]
    '(WITH RECURSIVE step(oid, modifier, tail'
    """
    # An array is followed only to a domain that its items have.
    return f"""(WITH RECURSIVE step(oid, modifier, tail) AS (
        SELECT {oid}, {modifier}, ''
        UNION ALL
        SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE item.oid END,
            CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE -1 END,
            CASE t.typtype WHEN 'd' THEN step.tail ELSE step.tail || '[]' END
        FROM step JOIN pg_catalog.pg_type t ON t.oid = step.oid
        LEFT JOIN pg_catalog.pg_type item ON item.oid = t.typelem AND item.typarray = t.oid
        WHERE t.typtype = 'd' OR item.typtype = 'd')
    SELECT pg_catalog.format_type(step.oid, step.modifier) || step.tail
    FROM step JOIN pg_catalog.pg_type t ON t.oid = step.oid
    LEFT JOIN pg_catalog.pg_type item ON item.oid = t.typelem AND item.typarray = t.oid
    WHERE t.typtype <> 'd' AND item.typtype IS DISTINCT FROM 'd')"""


def loaded_types(
    table: str,
    columns: Mapping[str, str],
    ask: Callable[[str], Sequence[object]],
) -> dict[str, pa.DataType]:
    """Return the canonical type in which each column of a table is read.

    Numbers without bounds, arrays without a number of dimensions, and types with a value that
    Arrow lacks (NaN of a decimal number, the time 24:00) are looked through, with one query for
    all of them.

    Parameters
    ----------
    table
        What stands after FROM.
    columns
        The type of each, as ``resolved`` tells it.
    ask
        Runs a SELECT of one row, in the snapshot in which the rows are read later.

    Examples
    --------
    >>> loaded_types("t", {"id": "uuid", "n": "oid"}, ask=lambda select: ())
    {'id': DataType(large_string), 'n': DataType(int64)}
    """
    probes = [_probe(quote(name), of) for name, of in columns.items()]
    asked = ", ".join(probe for probe in probes if probe)
    answers = iter(ask(f"SELECT {asked} FROM {table}") if asked else ())
    return {
        name: _chosen(of, next(answers) if probe else None)
        for (name, of), probe in zip(columns.items(), probes, strict=True)
    }


def usual_type(postgres_type: str) -> pa.DataType:
    """Return the canonical type in which a column is read whose values have nothing special.

    Examples
    --------
    >>> usual_type("uuid"), usual_type("smallint[]")
    (DataType(large_string), LargeListType(large_list<item: int16>))
    """
    return _chosen(postgres_type, [] if postgres_type in UNBOUNDED else None)


def is_certain(postgres_type: str) -> bool:
    """Whether a type alone tells how its columns are read.

    Examples
    --------
    >>> is_certain("uuid"), is_certain("numeric")
    (True, False)
    """
    return _probe("", postgres_type) is None


def _probe(name: str, postgres_type: str) -> str | None:
    """Return the aggregate that tells how a column is read, if its type does not."""
    if postgres_type.endswith("[]"):
        special = _special(postgres_type.removesuffix("[]"))
        test = f" OR {special} = ANY ({name})" if special else ""
        return f"bool_or(array_ndims({name}) > 1{test})"
    if special := _special(postgres_type):
        return f"bool_or({name} = {special})"
    if postgres_type == "money" or _is_numeric(postgres_type):
        number = f"{name}::numeric"
        # Only what is not finite has no scale.
        return (
            f"ARRAY[max(scale({number})), max(trunc(abs({number}))) FILTER"
            f" (WHERE scale({number}) IS NOT NULL), count({number}) - count(scale({number}))]"
        )
    return None


def _special(postgres_type: str) -> str | None:
    """Return the value, in SQL, that the type in Arrow lacks, if it is a single one."""
    if _PRECISION.sub("", postgres_type) == _CLOCK:
        return "'24:00'"
    return None if _decimal(postgres_type) is None else "'NaN'"


def _chosen(postgres_type: str, answer: object) -> pa.DataType:
    """Return the type that holds every value, given what the probe said."""
    match answer:
        case True:
            return TEXT
        case [_, _, Decimal() as special] if special:
            return TEXT
        case [Decimal() as scale, Decimal() as whole, _]:
            return _wide_enough(whole, int(scale))
        case [*_]:  # there is no value
            return pa.decimal128(_DIGITS, 0)
    if postgres_type.endswith("[]"):
        item = postgres_type.removesuffix("[]")
        return TEXT if item.endswith("[]") else pa.large_list(_scalar(item))
    return _scalar(postgres_type)


def _scalar(postgres_type: str) -> pa.DataType:
    """Return the type of a value by itself; text if nothing else is sure to hold it."""
    name = _PRECISION.sub("", postgres_type)
    return _TYPES.get(name) or _decimal(postgres_type) or TEXT


def _is_numeric(postgres_type: str) -> bool:
    return postgres_type == "numeric" or _NUMERIC.fullmatch(postgres_type) is not None


def _decimal(postgres_type: str) -> pa.DataType | None:
    """Return the decimal type of a numeric one, if it has bounds that Arrow has too."""
    found = _NUMERIC.fullmatch(postgres_type)
    if not found:
        return None
    digits, scale = int(found[1]), int(found[2])
    # A negative scale means zeros before the point, a large one zeros behind it.
    digits = max(digits - min(scale, 0), scale)
    return _with_digits(digits, max(scale, 0)) if digits <= _MOST_DIGITS else None


def _wide_enough(whole: Decimal, scale: int) -> pa.DataType:
    digits = len(str(int(whole))) + scale
    if digits > _MOST_DIGITS:
        return TEXT
    return _with_digits(_DIGITS if digits <= _DIGITS else _MOST_DIGITS, scale)


def _with_digits(digits: int, scale: int) -> pa.DataType:
    return (pa.decimal128 if digits <= _DIGITS else pa.decimal256)(digits, scale)
