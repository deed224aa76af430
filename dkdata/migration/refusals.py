"""Rows that the target refuses, found one after the other while they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from dkdata import engine
from dkdata.dialects import keys
from dkdata.dialects.fragment import Fragment
from dkdata.errors import RejectedError, SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.query import SaveResult

_MOST: Final = 1_000
"""So many attempts are made: each is a whole write."""


def written(
    rows: pa.Table,
    put: Callable[[pa.Table], SaveResult],
    refused: dict[int, str],
    key: tuple[str, ...],
) -> SaveResult:
    """Write rows without those that the target refuses.

    Parameters
    ----------
    put
        Writes rows, all of them or none.
    refused
        Gets the places of the rows that are refused, and the reasons.
    key
        Columns that identify a row.

    Raises
    ------
    SchemaError
        It is not about single rows, or about very many.
    """
    for _ in range(_MOST):
        places = np.setdiff1d(np.arange(rows.num_rows), list(refused), assume_unique=True)
        left = rows if not refused else rows.take(pa.array(places))
        try:
            return put(left)
        except SchemaError as error:
            found = _refused(error, left, key)
            if not found:
                raise
            refused |= {int(places[place]): reason for place, reason in found.items()}
    return put(left)


def _refused(error: SchemaError, rows: pa.Table, key: tuple[str, ...]) -> dict[int, str]:
    """Return the places of the rows that an error is about, and what is wrong with each."""
    if isinstance(error, RejectedError):
        reasons = error.rejected.column(error.rejected.num_columns - 1).to_pylist()
        return {row: "; ".join(told) for row, told in zip(error.rows, reasons, strict=True)}
    if error.row is not None:
        return {error.row: f"{error.column}: {error.reason}"}
    return _wrong_keys(rows, key) if error.is_of_keys else {}


def _wrong_keys(rows: pa.Table, key: tuple[str, ...]) -> dict[int, str]:
    """Return the rows whose key is null, or that of a row before."""
    number = max(key, key=len) + "_"  # none of them is called so
    numbered = rows.select(list(key))
    numbered = numbered.append_column(number, pa.array(range(rows.num_rows), pa.int64()))
    connection = engine.connection()
    with engine.register(connection, numbered.replace_schema_metadata()) as source:
        found: list[Any] = engine.fetched(
            connection, Fragment(keys.wrong_keys(source.sql, key, number))
        )
    shown = ", ".join(key)
    return {int(row): f"{shown}: {'null' if is_null else 'not unique'}" for row, is_null in found}
