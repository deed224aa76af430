"""The names and types of the columns of any frame, as fields."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import pandas as pd

from dkdata import catalog, frames
from dkdata.query import Query
from dkdata.validation.schemas.field import Field
from dkdata.validation.schemas.field_types import type_of_column, type_of_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator


def inferred(frame: Any) -> Iterator[Field]:  # noqa: ANN401 - any frame
    """Yield a field for each column of a frame: its name and its type.

    Rows are looked at only where a column holds Python objects.
    """
    kind = frames.kind_of(frame)
    if isinstance(frame, pd.DataFrame):
        yield from _of_pandas(frame)
    elif _is_table(frame):
        yield from _of_table(frame)
    elif kind in ("polars", "lazy"):
        yield from _of_dtypes(frame.collect_schema().items())
    elif kind == "pandas" or isinstance(frame, str | PathLike):
        yield from _of_pandas(frames.from_arrow(frames.to_arrow(loaded(frame)), "pandas"))
    else:
        schema = frame.schema if hasattr(frame, "schema") else frames.to_arrow(frame).schema
        yield from _of_dtypes(zip(schema.names, schema.types, strict=True))


def _of_pandas(frame: pd.DataFrame) -> Iterator[Field]:
    for position, label in enumerate(frame.columns):
        yield Field(label, type_of_column(frame.iloc[:, position]))


def _of_table(table: Any) -> Iterator[Field]:  # noqa: ANN401 - a lazy table
    empty = table.limit(0).to_pandas()
    for position, label in enumerate(empty.columns):
        named = type_of_dtype(empty.dtypes.iloc[position])
        yield Field(label, named or type_of_column(table.select(label).to_pandas()[label]))


def _of_dtypes(columns: Any) -> Iterator[Field]:  # noqa: ANN401 - names and dtypes
    for name, dtype in columns:
        yield Field(name, type_of_dtype(dtype) or "any")


def _is_table(given: object) -> bool:
    """Whether it is a table of a store: what is lazy in a layer above."""
    return hasattr(given, "location") and hasattr(given, "to_pandas")


def loaded(frame: Any) -> Any:  # noqa: ANN401 - any frame or source
    """Return the rows of a table, its name, path or URL; a frame as it is."""
    if isinstance(frame, str | PathLike):
        location = catalog.locate(frame)
        return frames.from_arrow(location.store.read(location.table, Query()), "pandas")
    return frame.to_pandas() if _is_table(frame) else frame
