"""Columns of a PostgreSQL query: how each is selected, and as what its text is parsed."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.physical import Carrier, physical
from dkdata.stores.postgres.tables.types import TEXT

_TEXTS = (TEXT, pa.large_binary())
# Types whose text form within an array is right; the cast of others to text gives it.
_NO_CAST = ("text", "inet", "cidr")


@dataclass(frozen=True)
class Column:
    """A column of a query.

    Parameters
    ----------
    postgres_type
        As ``format_type`` writes it, domains resolved.
    type
        The canonical type wanted.
    """

    name: str
    postgres_type: str
    type: pa.DataType

    @property
    def is_array(self) -> bool:
        """Whether a list is kept as an array, not as a document."""
        return is_type.is_nested(self.type) and self.postgres_type.endswith("[]")

    @property
    def is_json(self) -> bool:
        """Whether an array is selected as JSON: its items may hold any character."""
        return self.is_array and self.type.value_type in _TEXTS

    @property
    def item(self) -> Column:
        """The items of an array, as a column."""
        name = self.postgres_type.removesuffix("[]")
        return Column(self.name, name, self.type.value_type)

    @property
    def parsed(self) -> pa.DataType:
        """The type in which the CSV parser reads the column; text is decoded afterwards."""
        held = physical(self.type, Carrier.POSTGRES)
        if any(
            test(self.type)
            for test in (is_type.is_nested, is_type.is_large_binary, is_type.is_decimal256)
        ):
            return TEXT
        if is_type.is_duration(held):
            return TEXT
        return held if is_type.is_temporal(self.type) else self.type


def read_expression(quoted_name: str, postgres_type: str, canonical_type: pa.DataType) -> str:
    """Return the SQL that selects a column so that its text becomes the canonical type exactly.

    Its value is the same for equal values only: it can stand in DISTINCT too, but what is
    filtered or sorted is the column itself.

    Parameters
    ----------
    quoted_name
        Of the column, as an SQL identifier.
    postgres_type
        As ``format_type`` writes it.

    Examples
    --------
    >>> read_expression('"a"', "integer", pa.int32())
    '"a"'
    >>> read_expression('"a"', "character varying(9)[]", pa.large_list(pa.large_string()))
    'to_json("a"::text[])'
    """
    column = Column("", postgres_type, canonical_type)
    if column.is_json:
        cast = "" if column.item.postgres_type in _NO_CAST else "::text[]"
        return f"to_json({quoted_name}{cast})"
    if postgres_type == "money" and is_type.is_decimal(canonical_type):
        return f"{quoted_name}::numeric"
    if postgres_type.startswith("character("):  # the blanks at its end mean nothing
        return f"{quoted_name}::text"
    return quoted_name
