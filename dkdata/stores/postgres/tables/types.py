"""PostgreSQL's types: which one a canonical Arrow type has in a table, and the other way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.physical import Carrier, physical
from dkdata.types import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

# As PostgreSQL itself writes them.
TYPES: Mapping[pa.DataType, str] = {
    pa.bool_(): "boolean", pa.int16(): "smallint", pa.int32(): "integer", pa.int64(): "bigint",
    pa.float32(): "real", pa.float64(): "double precision", pa.large_string(): "text",
    pa.large_binary(): "bytea", pa.date32(): "date", pa.time64("us"): "time without time zone",
    pa.timestamp("us"): "timestamp without time zone",
    pa.timestamp("us", "UTC"): "timestamp with time zone", pa.duration("us"): "interval",
}  # fmt: skip
TEXT = pa.large_string()
DAY_MICROSECONDS = 86_400_000_000
# PostgreSQL counts days and microseconds from 2000-01-01.
EPOCH_DAYS = 10_957
EPOCH_MICROSECONDS = EPOCH_DAYS * DAY_MICROSECONDS
# Its dates, counted from 1970: 4714-11-24 BC to 5874897-12-31.
FIRST_DAY, LAST_DAY = -2_440_588, 2_145_042_905
# Its moments, in microseconds: as many as 64 bits hold.
FIRST_MOMENT, LAST_MOMENT = FIRST_DAY * DAY_MICROSECONDS, 2**63 - 1
DOCUMENT = "jsonb"


def postgres_type(t: pa.DataType) -> str:
    """Return the type, as PostgreSQL itself writes it, of a column that keeps a canonical type.

    Examples
    --------
    >>> postgres_type(pa.large_list(pa.int8())), postgres_type(pa.decimal128(10, 2))
    ('smallint[]', 'numeric(10,2)')
    """
    held = physical(t, Carrier.POSTGRES)
    if is_type.is_large_list(held):
        return f"{TYPES[held.value_type]}[]"
    if is_type.is_nested(t):
        return DOCUMENT
    if is_type.is_decimal(held):
        # Zeros before the point are digits too: not every version takes a negative scale.
        return f"numeric({held.precision - min(held.scale, 0)},{max(held.scale, 0)})"
    return TYPES[held]


def shown(t: pa.DataType) -> pa.DataType:
    """Return the canonical type that a column, made for a canonical type, shows by itself.

    Examples
    --------
    >>> shown(pa.int8())
    DataType(int16)
    """
    return canonical(physical(t, Carrier.POSTGRES))


def is_own(declared: str) -> bool:
    """Whether a type is one that columns of a table have which dkdata made.

    Examples
    --------
    >>> is_own("bigint[]"), is_own("character varying(20)")
    (True, False)
    """
    return (
        declared == DOCUMENT
        or declared.removesuffix("[]") in TYPES.values()
        or re.fullmatch(r"numeric\(\d+,\d+\)", declared) is not None
    )
