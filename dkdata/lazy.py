"""Table: what is to be read of a source, put together before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from dkdata import commit, engine, frames, instance, ongoing, preview, showing, spilling
from dkdata.capabilities import SupportsPolars, SupportsQuestions, SupportsSearch
from dkdata.errors import UnsupportedError, UsageError, no_attribute
from dkdata.frames import envelope
from dkdata.predicate import And, Column, Predicate, as_condition
from dkdata.predicate.tree import columns_of
from dkdata.query import Aggregate, Measure, Query, Search, Sort, as_count, as_names

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from dkdata.catalog import Location
    from dkdata.questions import View
    from dkdata.record.collection import Records
    from dkdata.validation import Result
    from dkdata.widgets import Profile, SchemaExplorer

T = TypeVar("T")

_ELSEWHERE = {
    "where": "filter", "query": "filter", "group_by": "aggregate", "groupby": "aggregate",
    "agg": "aggregate", "order_by": "sort", "sort_values": "sort", "collect": "to_polars",
    "df": "to_pandas", "dtypes": "schema", "shape": "count",
}  # fmt: skip


def _measure(name: str, given: object) -> Measure:
    match given:
        case str(function):
            return Measure(name, None, function)
        case (column, str(function)):
            return Measure(name, str(column), function)
    message = f"aggregate of {name!r}: {given!r} is no (column, function), nor 'size'."
    raise UsageError(message)


@dataclass(frozen=True, repr=False)
class Table:
    """A table of a store and the queries on it, each on the result of the one before.

    Immutable: every method returns a new ``Table``. Nothing is read before a method that ends
    in data: ``to_pandas``, ``count``, ``batches`` …

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1, 2, 3]}), "memory.letters", mode="replace")
    >>> dk.table("memory.letters").filter("a > 1").sort("-a").to_pandas()["a"].tolist()
    [3, 2]
    """

    location: Location
    steps: tuple[Query, ...] = (Query(),)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            """Refuse, naming the method that may have been meant."""
            error = no_attribute("a table", name, dir(type(self)), _ELSEWHERE)
            raise error

    @property
    def _last(self) -> Query:
        return self.steps[-1]

    def _with(self, query: Query) -> Table:
        """Return the table with its last query replaced."""
        return replace(self, steps=(*self.steps[:-1], query))

    def then(self, query: Query) -> Table:
        """Return the result of a query on the rows so far."""
        if query.is_whole_table:
            return self
        before = () if self.steps == (Query(),) else self.steps
        return replace(self, steps=(*before, query))

    @property
    def _pages(self) -> bool:
        return self._last.limit is not None or self._last.offset > 0

    def _has_all(self, names: frozenset[Hashable]) -> bool:
        """Whether the last query leaves those columns."""
        kept = self._last.columns
        return kept is None or names <= frozenset(kept)

    def filter(self, where: Predicate | Column | str) -> Table:
        """Keep the rows for which ``where`` is true."""
        predicate = as_condition(where)
        if predicate is None:
            return self
        last = self._last
        if self._pages or last.aggregate or not self._has_all(columns_of(predicate)):
            return self.then(Query(where=predicate))
        both = predicate if last.where is None else And((last.where, predicate))
        return self._with(replace(last, where=both))

    def select(self, *columns: Hashable) -> Table:
        """Keep those columns, in that order."""
        names = tuple(name for given in columns for name in as_names(given))
        if self._has_all(frozenset(names)) and not self._last.aggregate:
            return self._with(replace(self._last, columns=names))
        return self.then(Query(columns=names))

    def sort(self, *by: str | Sort) -> Table:
        """Sort, the first key the most important; rows that tie keep their order."""
        keys = tuple(key for given in by for key in as_names(given))
        if self._pages or self._last.columns is not None:
            return self.then(Query(order_by=keys))
        return self._with(replace(self._last, order_by=keys + self._last.order_by))

    def limit(self, n: int | None, offset: int = 0) -> Table:
        """Keep ``n`` rows after the first ``offset``; ``None`` keeps all."""
        page = Query(limit=n, offset=offset)
        if self._pages:
            return self.then(page)
        return self._with(replace(self._last, limit=page.limit, offset=page.offset))

    def head(self, n: int = 5) -> pd.DataFrame:
        """Return the first ``n`` rows as a pandas frame."""
        return self.limit(n).to_pandas()

    def aggregate(
        self,
        by: str | list[str] | None = None,
        **measures: tuple[str, str] | str,
    ) -> Table:
        """Compute aggregates of groups; null is a group.

        Parameters
        ----------
        by
            Columns that make the groups; without them, one row over everything.
        **measures
            ``name=(column, function)``, or ``name="size"``: the number of rows.
        """
        made = Aggregate(
            as_names(by),
            tuple(_measure(name, given) for name, given in measures.items()),
        )
        last = self._last
        if last == Query(where=last.where):
            return self._with(replace(last, aggregate=made))
        return self.then(Query(aggregate=made))

    def reader(self) -> pa.RecordBatchReader:
        """Return the rows as a stream of Arrow batches with canonical types."""
        first, *rest = self.steps
        rows = self.location.store.read(self.location.table, first)
        for step in rest:
            rows = engine.read_rows(rows, step)
        return rows

    @property
    def _keeps_rows(self) -> bool:
        return all(step.keeps_rows for step in self.steps)

    def to(self, kind: str) -> Any:  # noqa: ANN401 - the kind decides
        """Return the rows as that kind of frame."""
        table = self.with_index() if kind == "pandas" else self
        if kind in ("polars", "lazy") and (frame := self._by_polars()) is not None:
            return frame.lazy() if kind == "lazy" else frame
        with spilling.held_whole():
            rows = ongoing.counted(table.reader())
            return frames.from_arrow(rows, kind, filtered=not self._keeps_rows)

    def _by_polars(self) -> pl.DataFrame | None:
        """Return a whole table where its store reads it with polars, which is shorter."""
        store = self.location.store
        if self.steps != (Query(),) or not isinstance(store, SupportsPolars):
            return None
        return store.to_polars(self.location.table)

    def with_index(self) -> Table:
        """Return the table with the index columns that a projection left out."""
        names = self._last.columns
        if names is None or len(self.steps) > 1 or self._last.aggregate:
            return self
        schema = self.location.store.schema(self.location.table)
        chosen = set(envelope.resolved(names, schema))
        index = tuple(name for name in envelope.index_names(schema) if name not in chosen)
        return self._with(replace(self._last, columns=names + index))

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas frame with the saved dtypes and index."""
        return self.to("pandas")

    def to_polars(self) -> pl.DataFrame:
        """Return the rows as a polars frame."""
        return self.to("polars")

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        return self.to("arrow")

    def to_duckdb(self) -> duckdb.DuckDBPyRelation:
        """Return the rows as a DuckDB relation, detached from the store."""
        return self.to("duckdb")

    def batches(self, n: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Return the rows in Arrow batches of ``n`` rows (the last may be shorter)."""
        size = as_count("n", n, 1)
        held = self.location.store.schema(self.location.table)
        sorts = any(step.order_by or step.aggregate for step in self.steps)
        rows = instance.frugally(len(held), self.reader, sorts=sorts)
        return spilling.rebatched(rows, size)

    def search(  # noqa: PLR0913 - the public signature
        self,
        text: str = "",
        *,
        near: Mapping[str, Sequence[float]] | Sequence[float] = (),
        columns: Hashable | list[Hashable] | None = None,
        within: str | list[str] | None = None,
        limit: int = 20,
        as_: str = "pandas",
    ) -> Any:  # noqa: ANN401 - as_ decides
        """Return the rows that are most like what is searched for, the best one first.

        Parameters
        ----------
        text
            Words, of which the more and the rarer ones count most (BM25). ``"in quotes"`` is a
            phrase, ``begin*`` the beginning of a word.
        near
            A vector, or vectors by the names of columns: rows whose vectors point in nearly the
            same direction (cosine), found by an index that may miss one. With words, the scores of
            both are added.
        columns
            Those of the result; by default all.
        within
            Columns whose words are searched; by default all that were saved with
            ``options={"text": [...]}``.
        limit
            How many rows, at most.
        as_
            The kind of frame, as in ``load``.

        Returns
        -------
        frame
            With ``_dk_score``, the greater the better, and ``_dk_highlights``, where the words were
            found: ``"a <em>fast</em> car"``; null where no words were searched for.

        Raises
        ------
        UnsupportedError
            The store does not search: Elasticsearch does.
        UsageError
            Nothing is searched for, no column is searched so, or the table is not one that is only
            filtered.
        QueryError
            Too few of the best rows meet a filter that the server does not answer.

        Examples
        --------
        ``dk.table("search.docs").filter("year > 2020").search("fast car", limit=5)``
        """
        wanted = Search(text, near, as_names(within), limit)
        store, last = self.location.store, self._last
        if not isinstance(store, SupportsSearch):
            message = (
                f"{self.location.label}: this store does not search. Elasticsearch does; or filter"
                " by col(…).contains(…)."
            )
            raise UnsupportedError(message)
        if self.steps != (Query(where=last.where, columns=last.columns),):
            message = "search() finds rows of a table, filtered at most. Sort and limit its result."
            raise UsageError(message)
        chosen = self if columns is None else self.select(*as_names(columns))
        table = chosen.with_index() if as_ == "pandas" else chosen
        found = store.search(self.location.table, wanted, table.steps[-1])
        return frames.from_arrow(found, as_, filtered=True)

    def count(self) -> int:
        """Return the number of rows."""
        if self.steps == (Query(where=self._last.where),):
            return self.location.store.count(self.location.table, self._last.where)
        counted = engine.read_rows(self.reader(), Query(aggregate=commit.COUNT))
        return int(counted.read_all().column(0)[0].as_py())

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.count()

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows, with canonical types."""
        if self.steps == (Query(),):
            return self.location.store.schema(self.location.table)
        return self.limit(0).reader().schema

    @property
    def columns(self) -> list[Hashable]:
        """The names of the columns, without the index."""
        return envelope.labels(self.schema)

    @property
    def version(self) -> int | None:
        """The version of the table, where its store keeps versions (Delta)."""
        find = getattr(self.location.store, "version", None)
        return None if find is None else find(self.location.table)

    def describe(self) -> pd.DataFrame:
        """Return the usual statistics of the rows, as pandas computes them."""
        return self.to_pandas().describe(include="all")

    def validate(
        self,
        suite: Any,  # noqa: ANN401 - a suite in any form
        *,
        progress: bool | None = None,
        **options: Any,  # noqa: ANN401 - of ``validate``
    ) -> Result:
        """Return which rows and rules of a suite the table breaks; as ``dk.validate``."""
        return showing.validated(self, suite, self.location.label, progress=progress, **options)

    def records(
        self,
        key: Hashable | Sequence[Hashable] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> Records:
        """Return the records of the table, by their ids; as ``dk.records``.

        Raises
        ------
        UsageError
            It is a part of a table, or a query on it: ``find`` takes those.
        """
        from dkdata.record.collection import Records  # noqa: PLC0415 - on use

        if self.steps != (Query(),):
            message = (
                f"{self._title} has no records of its own. Ask dk.records({self.location.label!r}),"
                " and give find() what is wanted."
            )
            raise UsageError(message)
        return Records.of(self.location, key, **options)

    def explore(self, suite: Any = None, **options: Any) -> SchemaExplorer:  # noqa: ANN401
        """Return a widget that shows the table and edits rules about it; as ``dk.explore``."""
        from dkdata.widgets import SchemaExplorer  # noqa: PLC0415 - loads ipywidgets

        return SchemaExplorer(self, suite, **options)

    def profile(self, *, name: str | None = None) -> Profile:
        """Return a report on the table, as HTML without scripts; as ``dk.profile``."""
        from dkdata.widgets import profiling  # noqa: PLC0415 - loads ipywidgets

        return profiling.profile(self, name=name)

    def look(self, work: Callable[[View | None], T]) -> T:
        """Return what ``work`` makes of one state of the rows; it may be called again.

        It gets ``None`` where the store does not answer questions about them.
        """
        store, indexed = self.location.store, self.with_index()
        if len(indexed.steps) > 1 or not isinstance(store, SupportsQuestions):
            return work(None)
        return store.look(self.location.table, indexed.steps[0], work)

    def explain(self) -> str:
        """Return what the backend does and what is left to DuckDB."""
        first, *rest = self.steps
        store, table = self.location.store, self.location.table
        told = store.explain(table, first)
        return "\n".join([told, *(f"then DuckDB, on the rows of that: {step}" for step in rest)])

    def _repr_html_(self) -> str:
        return preview.html(self._title, self.count(), self.limit(preview.ROWS).to_pandas())

    @property
    def _title(self) -> str:
        whole = self.steps == (Query(),)
        return self.location.label if whole else f"{self.location.label}, a query on it"

    def __repr__(self) -> str:
        """Return the name of the table, and the queries on it."""
        steps = () if self.steps == (Query(),) else self.steps
        return f"Table({', '.join([repr(self.location.label), *map(repr, steps)])})"
