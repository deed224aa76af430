"""The rows that an explorer shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata import engine, frames
from dkdata.errors import ConflictError
from dkdata.predicate.sql import select_sql
from dkdata.widgets import cells
from dkdata.widgets.sources.filters import filter_of, position_of
from dkdata.widgets.sources.view import View
from dkdata.widgets.worker import Job, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from dkdata.widgets.sources.opening import Explored
    from dkdata.widgets.sources.view import Failing
    from dkdata.widgets.worker import Worker

PAGE_ROWS: Final = 80
"""Rows that are published with a view; a page asks for the others."""

PAGE_COLUMNS: Final = 20
"""Columns of them."""


class Viewing:
    """The rows that are shown, all or those of filters and of one rule, in some order.

    Parameters
    ----------
    desk
        The thread that reads them.
    failing_of
        Returns the rows that break the rule of a key.
    publish
        Takes what changed, by the names of the traits of the explorer; called in any thread.
    """

    def __init__(
        self,
        source: Explored,
        desk: Worker,
        failing_of: Callable[[str], Failing],
        publish: Callable[..., object],
    ) -> None:
        self._source = source
        self._desk = desk
        self._failing_of = failing_of
        self._publish = publish
        self.view = View()
        self.epoch = 0
        self._rows: int | None = None
        self._state: object = None
        self._wanted: tuple[Sequence[Any], Sequence[Any], str] = ((), (), "")

    def count(self) -> None:
        """Have the rows of the source counted."""
        self._desk.put(Job(Urgency.VIEW, "count", self._count, yields=True))

    def show(self, filters: Sequence[Any], sort: Sequence[Any], showing: str) -> None:
        """Have other rows shown."""
        self._wanted = filters, sort, showing

        def run(given: duckdb.DuckDBPyConnection) -> None:
            columns = self._source.columns
            view = View(
                tuple(filter_of(one, columns) for one in filters),
                tuple((position_of(position, columns), bool(down)) for position, down in sort),
                self._failing_of(showing) if showing else None,
            )
            self._show(given, view)

        self._desk.put(Job(Urgency.VIEW, "view", run, yields=True))

    def first(self) -> dict[str, Any]:
        """Return the first page of all rows; it takes no connection."""
        return {"epoch": 0, **self.page(None, View(), 0, PAGE_ROWS, 0, PAGE_COLUMNS)}

    @property
    def known_rows(self) -> int:
        """The number of rows of the source; -1 if it is not known yet."""
        return -1 if self._rows is None else self._rows

    def rows(self) -> int:
        """Return the number of rows of the source."""
        if self._rows is None:
            self._rows = self._source.count()
        return self._rows

    def all_rows(self, most: int | None = None) -> Any:  # noqa: ANN401 - pandas.DataFrame
        """Return the rows that are shown: all of them, or the first so many."""
        given = engine.connection()
        length = self._source.length(given, self.view)
        length = length if most is None else min(length, most)
        return self._source.page(given, self.view, 0, length, range(len(self._source.columns)))

    def relation(self) -> Any:  # noqa: ANN401 - duckdb.DuckDBPyRelation
        """Return the rows that are shown, all of them, as a relation of DuckDB."""
        return frames.from_arrow(frames.to_arrow(self.all_rows(), index=False), "duckdb")

    def _count_anew(self, given: duckdb.DuckDBPyConnection) -> None:
        self._source.check_columns()
        self._count(given)

    def _count(self, given: duckdb.DuckDBPyConnection) -> None:
        del given
        self._rows = self._source.count()
        self._state = self._source.state()
        rows = self._rows if self.view.is_all else -1
        self._publish(rows=self._rows, view=self.told(rows), sql=self.sql())

    def _show(self, given: duckdb.DuckDBPyConnection, view: View) -> None:
        first = self.page(given, view, 0, PAGE_ROWS, 0, PAGE_COLUMNS)
        self.view, self.epoch = view, self.epoch + 1
        shown = len(first["labels"])
        if shown < PAGE_ROWS:
            known = shown
        else:
            known = -1 if view.filters or view.failing else self.known_rows
        self._publish(head={"epoch": self.epoch, **first}, view=self.told(known), sql=self.sql())
        if known < 0:
            rows = self._source.length(given, view)
            self._publish(view=self.told(rows), source=self._source.to_dict())
        if view.sort:
            order = Job(
                Urgency.LAST, "order", lambda own: self._source.order(own, view), yields=True
            )
            self._desk.put(order)
        self._check_state()

    def told(self, rows: int) -> dict[str, Any]:
        """Return what a page is told of the view; -1 rows are not counted yet."""
        return {"epoch": self.epoch, "rows": rows, "total": self.known_rows, "sql": self.sql()}

    def page(  # noqa: PLR0913, PLR0917 - the parts of a page
        self,
        given: duckdb.DuckDBPyConnection | None,
        view: View,
        offset: int,
        limit: int,
        first: int,
        count: int,
    ) -> dict[str, Any]:
        """Return some rows of a view and some columns, from the one at ``first`` on."""
        positions = range(first, min(first + count, len(self._source.columns)))
        rows = self._source.page(given, view, offset, limit, positions)
        page: dict[str, Any] = {
            "offset": offset, "first": first, "labels": cells.labels(rows.index),
            "cells": cells.cells(rows),
        }  # fmt: skip
        if view.failing is not None:
            named = view.failing.expectation.columns
            marked = [c.position for c in self._source.columns if c.label in named]
            page["marks"] = [marked] * len(rows)
        return page

    def forget(self) -> None:
        """Count and read everything anew."""
        self._rows = self._state = None
        self._desk.put(Job(Urgency.VIEW, "count", self._count_anew, yields=True))
        self.show(*self._wanted)

    def _check_state(self) -> None:
        """Raise if the source is a table that was changed since it was counted."""
        if self._state is not None and self._source.state() != self._state:
            message = "the table was changed since it was opened: ↻ reads everything anew."
            raise ConflictError(message)

    def sql(self) -> str:
        """Return the SQL of the view; of failing rows, of the view that they are from.

        Empty for a query on a table, which ``dk.sql`` has no name for.
        """
        columns = self._source.columns
        if not self._source.sql_name:
            return ""

        def name_of(position: int) -> str:
            return columns[position].name

        where, order_by = self.view.where(name_of), self.view.order_by(name_of)
        return select_sql(self._source.sql_name, where, order_by)
