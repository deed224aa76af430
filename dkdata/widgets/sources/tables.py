"""A table of a store as a source: it is asked, and read page by page."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata import engine, validation
from dkdata.capabilities import SupportsQuestions, SupportsSource
from dkdata.dialects.columns import Columns
from dkdata.dialects.fragment import text as quoted_text
from dkdata.errors import ConflictError, UsageError
from dkdata.query import Query
from dkdata.widgets.sources.columns import Column, has_labels, index_names, kind_of
from dkdata.widgets.sources.frames import FrameSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import duckdb
    import numpy as np

    from dkdata.dialects.select import Source
    from dkdata.lazy import Table
    from dkdata.validation import Result, Suite
    from dkdata.widgets.sources.view import Failing, View

_MOST_HELD: Final = 100_000
"""Failing rows that are held to be filtered and sorted."""
_MOST_BETWEEN: Final = 500_000
"""Rows that are read for a page of failing rows; for those farther apart, the whole table is."""


class TableSource:
    """A table of a store, or a query on one; nothing of it is held but pages of rows."""

    def __init__(self, table: Table) -> None:
        self._table = table
        empty = table.limit(0).to_pandas()
        self.columns = _columns(table, empty)
        self.index = index_names(empty)
        self.has_labels = has_labels(empty)
        self.pulled = 0
        self._failing: tuple[Failing, FrameSource] | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the server that keeps the table answers questions about it."""
        return isinstance(self._table.location.store, SupportsQuestions)

    @property
    def told(self) -> str:
        """Where the rows are, and who answers."""
        store = self._table.location.store
        where = f"table {self._table.location.label!r}"
        if self.is_answered:
            return f"{where}: its server answers, rows travel page by page"
        if isinstance(store, SupportsSource):
            return f"{where}: read by DuckDB where it is"
        return f"{where}: read whole for every figure"

    @property
    def sql_name(self) -> str:
        """What stands after FROM in ``dk.sql``; of a query on a table, nothing does."""
        if self._table.steps != (Query(),):
            return ""
        label = self._table.location.label
        return label if label.replace(".", "").isidentifier() else quoted_text(label)

    def name_of(self, position: int) -> str:
        """Return what predicates on this source call a column."""
        return self.columns[position].name

    def to_dict(self) -> dict[str, Any]:
        """Return what a page is told of the source."""
        more = f" · {self.pulled:,} rows read" if self.pulled else ""
        return {"told": f"{self.told}{more}"}

    @property
    def data(self) -> Table:
        """The table."""
        return self._table

    def check_columns(self) -> None:
        """Raise if the table has other columns than when it was opened."""
        if _columns(self._table, self._table.limit(0).to_pandas()) != self.columns:
            message = "the columns of the table were changed. Run the cell again to see them."
            raise ConflictError(message)

    def count(self) -> int:
        """Return the number of rows."""
        return self._table.count()

    def state(self) -> object:
        """Return what changes when the rows do."""
        return self._table.version if self._table.version is not None else self.count()

    @contextmanager
    def scanned(
        self, given: duckdb.DuckDBPyConnection, positions: Sequence[int]
    ) -> Iterator[tuple[Source, dict[int, str], dict[int, Any]]]:
        """Let DuckDB read some columns; with their names and kinds by position."""
        names = {position: self.name_of(position) for position in positions}
        kinds = {position: self.columns[position].kind for position in positions}
        store, location = self._table.location.store, self._table.location
        if self._table.steps == (Query(),) and isinstance(store, SupportsSource):
            with store.source(given, location.table) as source:
                yield source, names, kinds
            return
        labels = [self.columns[position].label for position in positions]
        rows = self._table.select(*labels).reader().read_all()
        self.pulled += rows.num_rows
        with engine.register(given, rows) as source:
            yield source, names, kinds

    def _shown(self, view: View) -> Table:
        where = view.where(self.name_of)
        table = self._table if where is None else self._table.filter(where)
        return table.sort(*view.order_by(self.name_of)) if view.sort else table

    def length(self, given: duckdb.DuckDBPyConnection, view: View) -> int:
        """Return how many rows a view has."""
        if view.failing is None:
            return self._shown(view).count()
        if not view.filters:
            return len(view.failing)
        return self._held(view.failing).length(given, replace(view, failing=None))

    def order(self, given: duckdb.DuckDBPyConnection, view: View) -> None:
        """Look up nothing: pages of a table are ordered one by one."""

    def page(
        self,
        given: duckdb.DuckDBPyConnection | None,
        view: View,
        offset: int,
        limit: int,
        positions: Sequence[int],
    ) -> pd.DataFrame:
        """Return some rows of a view, with their index and some columns."""
        if view.failing is None:
            rows = self._cut(self._shown(view), offset, limit, positions)
        elif view.is_filtered:
            held = self._held(view.failing)
            return held.page(given, replace(view, failing=None), offset, limit, positions)
        else:
            places = view.failing.places[offset : offset + limit]
            rows = self._at(view.failing, places, positions)
        self.pulled += len(rows)
        return rows

    def _cut(self, table: Table, offset: int, limit: int, positions: Sequence[int]) -> pd.DataFrame:
        """Return some rows and columns, with the index of the rows or their numbers."""
        # Of no columns at all nothing could be read, neither their labels.
        labels = [self.columns[position].label for position in positions or (0,)]
        chosen = table.limit(limit, offset).select(*labels)
        return _numbered(chosen.to_pandas(), offset).iloc[:, : len(positions)]

    def _at(
        self, failing: Failing, places: np.ndarray[Any, Any], positions: Sequence[int]
    ) -> pd.DataFrame:
        """Return some failing rows; if they are near each other, read with those between them."""
        first, end = (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)
        if self.is_answered or end - first > _MOST_BETWEEN:
            return failing.rows(places).iloc[:, list(positions)]
        return self._cut(self._table, first, end - first, positions).iloc[places - first]

    def _held(self, failing: Failing) -> FrameSource:
        """Return the failing rows of a rule as a frame, to be filtered and sorted."""
        if len(failing) > _MOST_HELD:
            message = (
                f"{len(failing):,} rows of {self._table.location.label!r} break the rule: too many"
                " to be filtered or sorted here. Take the filters away, or use failing() in Python."
            )
            raise UsageError(message)
        # What was found anew may be of other rows, though the rule is the same.
        if self._failing is None or self._failing[0] is not failing:
            rows = failing.rows()
            self.pulled += len(rows)
            self._failing = (failing, FrameSource(rows))
        return self._failing[1]

    def validated(self, suite: Suite) -> Result:
        """Return what a suite says of the table."""
        return validation.validate(self._table, suite)

    def whole(self, positions: Sequence[int]) -> Any:  # noqa: ANN401 - a frame
        """Return some columns as a frame; they are read whole."""
        self.pulled += self.count()
        return self._table.select(*(self.columns[p].label for p in positions)).to_pandas()

    def look(self, work: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - what the work gives
        """Return what ``work`` makes of one state of the rows, as their server answers."""
        return self._table.look(work)


def _numbered(rows: pd.DataFrame, offset: int) -> pd.DataFrame:
    """Return a page of rows; if they have no labels, with their numbers in the view."""
    if not rows.index.equals(pd.RangeIndex(len(rows))) or rows.index.name is not None:
        return rows
    return rows.set_axis(pd.RangeIndex(offset, offset + len(rows)))


def _columns(table: Table, empty: pd.DataFrame) -> list[Column]:
    """Return the columns of a table, with the dtypes that they have in pandas."""
    schema = table.schema
    known = Columns(schema, schema)
    made = []
    for position, (label, dtype) in enumerate(zip(empty.columns, empty.dtypes, strict=True)):
        column = known.find(str(label))
        kind = kind_of(column.type, column.kind)
        made.append(Column(position, label, str(dtype), column.type, kind, nullable=True))
    return made
