"""A frame in memory as a source: read where it is, a few columns at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from dkdata import engine, frames, validation
from dkdata.frames import envelope
from dkdata.query import Query
from dkdata.types import batches_of
from dkdata.widgets.sources.columns import (
    Column,
    columns_of_arrow,
    columns_of_pandas,
    has_labels,
    index_names,
    kinds_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.validation import Result, Suite
    from dkdata.widgets.sources.view import View

_ROW: Final = "row"
_FIRST: Final = 1_000
"""Rows of a sorted view that are looked up at first; the rest when they are scrolled to."""


class FrameSource:
    """A frame in memory: pandas, polars, or Arrow rows of any other kind.

    It keeps the frame, not a copy of it. Figures, filters and orders are asked of DuckDB, about
    those columns alone that they need; rows are cut out of the frame by their places.
    """

    told = "in memory"
    is_answered = False
    sql_name = "this"

    def __init__(self, frame: Any) -> None:  # noqa: ANN401 - any frame
        self._frame = _held(frame)
        self.columns = _columns(self._frame)
        is_pandas = isinstance(self._frame, pd.DataFrame)
        self.index = index_names(self._frame) if is_pandas else [""]
        self.has_labels = is_pandas and has_labels(self._frame)
        self._ordered_view: tuple[View, np.ndarray[Any, Any]] | None = None

    def name_of(self, position: int) -> str:
        """Return what predicates on this source call a column."""
        return f"c{position}"

    def to_dict(self) -> dict[str, Any]:
        """Return what a page is told of the source."""
        return {"told": self.told}

    @property
    def data(self) -> Any:  # noqa: ANN401 - as it is kept
        """The frame."""
        return self._frame

    def check_columns(self) -> None:
        """Raise nothing: the frame is kept."""

    def count(self) -> int:
        """Return the number of rows."""
        return _height(self._frame)

    def state(self) -> object:
        """Return what changes when the rows do: nothing does."""
        return None

    @contextmanager
    def scanned(
        self, given: duckdb.DuckDBPyConnection, positions: Sequence[int]
    ) -> Iterator[tuple[Source, dict[int, str], dict[int, Any]]]:
        """Let DuckDB read some columns; with their names and kinds by position."""
        rows = self._arrow(positions)
        names = {position: self.name_of(position) for position in positions}
        found = kinds_of(rows.schema)
        kinds = {position: found[name] for position, name in names.items()}
        with engine.register(given, rows) as source:
            yield source, names, kinds

    def length(self, given: duckdb.DuckDBPyConnection, view: View) -> int:
        """Return how many rows a view has."""
        if view.failing is None and not view.filters:
            return self.count()
        return len(self._ordered(given, view))

    def page(
        self,
        given: duckdb.DuckDBPyConnection | None,
        view: View,
        offset: int,
        limit: int,
        positions: Sequence[int],
    ) -> pd.DataFrame:
        """Return some rows of a view, with their index and some columns."""
        if view.is_all:
            return self._cut(slice(offset, offset + limit), positions)
        assert given is not None  # noqa: S101 - only the first rows of all are read without
        is_first = bool(view.sort) and offset + limit <= _FIRST and self._known(view) is None
        places = self._looked_up(given, view, _FIRST) if is_first else self._ordered(given, view)
        return self._cut(places[offset : offset + limit], positions)

    def order(self, given: duckdb.DuckDBPyConnection, view: View) -> None:
        """Look up the order of all rows of a view, before somebody goes to the last of them."""
        self._ordered(given, view)

    def _known(self, view: View) -> np.ndarray[Any, Any] | None:
        """Return the places of the rows of a view, if it is the one that was looked up last."""
        kept = self._ordered_view
        return kept[1] if kept is not None and kept[0] == view else None

    def _ordered(self, given: duckdb.DuckDBPyConnection, view: View) -> np.ndarray[Any, Any]:
        """Return the places of all rows of a view; those of the last one are kept."""
        places = self._known(view)
        if places is None:
            places = self._looked_up(given, view, None)
            self._ordered_view = view, places
        return places

    def _looked_up(
        self, given: duckdb.DuckDBPyConnection, view: View, limit: int | None
    ) -> np.ndarray[Any, Any]:
        if view.failing is not None and not view.is_filtered:
            return view.failing.places
        rows = self._arrow(view.positions)
        if view.failing is None:
            every = np.arange(self.count(), dtype=np.uint32)
        else:
            every = view.failing.places.astype(np.uint32)
            rows = rows.take(pa.array(every))
        rows = rows.append_column(_ROW, pa.array(every))
        query = Query((_ROW,), view.where(self.name_of), view.order_by(self.name_of), limit)
        with engine.register(given, rows) as source:
            found = engine.read(given, source, query).read_all()
        return found.column(0).to_numpy().astype(np.uint32)

    def validated(self, suite: Suite) -> Result:
        """Return what a suite says of the frame."""
        return validation.validate(self._about(suite), suite)

    def _about(self, suite: Suite) -> Any:  # noqa: ANN401 - a frame
        """Return the frame, or what of it rules are about where all would have to be converted."""
        rules = [one for one in suite if one.entry is not None and one.entry.is_row_rule]
        if isinstance(self._frame, pd.DataFrame) or len(rules) < len(suite):
            return self._frame
        if any(one.kwargs.get("row_condition") for one in rules):
            return self._frame
        labels = {label for one in rules for label in one.columns}
        chosen = [column.position for column in self.columns if column.label in labels]
        return _selected(self._frame, chosen) if chosen else self._frame

    def whole(self, positions: Sequence[int]) -> Any:  # noqa: ANN401 - a frame
        """Return some columns as a frame."""
        return _selected(self._frame, positions)

    def _arrow(self, positions: Sequence[int]) -> pa.Table:
        """Return some columns as canonical rows, named by their positions."""
        names = [self.name_of(position) for position in positions]
        if isinstance(self._frame, pd.DataFrame):
            chosen = self._frame.iloc[:, list(positions)].set_axis(names, axis=1)
            rows = frames.to_arrow(chosen, index=False, lossy=True)
        else:
            chosen = _selected(self._frame, positions)
            rows = frames.to_arrow(chosen, lossy=True)
        table = rows if isinstance(rows, pa.Table) else batches_of(rows).read_all()
        if isinstance(self._frame, pd.DataFrame):
            return table
        return table.rename_columns(names).replace_schema_metadata()

    def _cut(self, places: Any, positions: Sequence[int]) -> pd.DataFrame:  # noqa: ANN401 - slice or array
        if isinstance(self._frame, pd.DataFrame):
            return self._frame.iloc[places, list(positions)]
        # Of no columns at all, a frame of polars would have no rows.
        chosen = _selected(self._frame, positions or range(min(1, len(self.columns))))
        rows = _taken(chosen, places)
        made = frames.from_arrow(frames.to_arrow(rows), "pandas").iloc[:, : len(positions)]
        if isinstance(places, slice):
            return made.set_axis(pd.RangeIndex(places.start, places.start + len(made)))
        return made.set_axis(pd.Index(places))


def _held(frame: Any) -> Any:  # noqa: ANN401 - any frame
    """Return a frame as it is kept: pandas and polars as they are, all others as Arrow rows."""
    match frame:
        case pd.DataFrame():
            return frame.copy(deep=False)
        case pl.LazyFrame():
            return frame.collect()
        case pl.DataFrame():
            return frame
    rows = frames.to_arrow(frame)
    table = rows if isinstance(rows, pa.Table) else batches_of(rows).read_all()
    is_pandas = frames.kind_of(frame) == "pandas"
    return frames.from_arrow(table, "pandas") if is_pandas else table


def _columns(frame: Any) -> list[Column]:  # noqa: ANN401 - as it is kept
    match frame:
        case pd.DataFrame():
            return columns_of_pandas(frame)
        case pl.DataFrame():
            schema = frames.to_arrow(frame.clear(), lossy=True).schema
            return columns_of_arrow(frame.columns, frame.dtypes, schema)
    return columns_of_arrow(envelope.labels(frame.schema), frame.schema.types, frame.schema)


def _height(frame: Any) -> int:  # noqa: ANN401 - as it is kept
    return int(frame.num_rows) if isinstance(frame, pa.Table) else len(frame)


def _selected(frame: Any, positions: Sequence[int]) -> Any:  # noqa: ANN401 - as it is kept
    match frame:
        case pd.DataFrame():
            return frame.iloc[:, list(positions)]
        case pl.DataFrame():
            return frame[:, list(positions)]
    return frame.select(list(positions))


def _taken(frame: Any, places: Any) -> Any:  # noqa: ANN401 - as it is kept; slice or array
    if isinstance(places, slice):
        # Arrow takes rows beyond the end of a table without columns.
        start, stop = (min(place, _height(frame)) for place in (places.start, places.stop))
        return frame.slice(start, stop - start)
    if isinstance(frame, pl.DataFrame):
        return frame[places]
    return frame.take(pa.array(places))
