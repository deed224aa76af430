"""One moment of a table that answers questions about its rows: what travels is the answers."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dkdata.dialects.elasticsearch import EVERYTHING, Indexed, aggregates, divided
from dkdata.dialects.elasticsearch.figures import Field, NotExactError
from dkdata.dialects.elasticsearch.figures import Figure as Computed
from dkdata.dialects.select import Source
from dkdata.frames.envelope import project, resolved
from dkdata.physical import Carrier, physical_schema
from dkdata.query import Measure, Query
from dkdata.questions import Count, Figure, Groups, Shown
from dkdata.stores.elasticsearch import reading
from dkdata.stores.elasticsearch.aggregating import Buckets
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.elasticsearch.paging import Search, of_moment, point_in_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dkdata.dialects.elasticsearch.aggregates import Bucket
    from dkdata.dialects.elasticsearch.figures import Body
    from dkdata.predicate import Predicate
    from dkdata.questions import Question, Wanted
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part

_AT_ONCE = 300  # questions of one request
_MOST_VALUES = 10_000  # that one request names
_ROUNDED = 2**53


@dataclass(frozen=True)
class ElasticsearchView:
    """The rows of a table at one moment, in which the number of each is its place.

    Parameters
    ----------
    point
        The id of the moment.
    schema
        Of the columns that are asked about.
    """

    client: Client
    held: Held
    point: str
    index: Indexed
    schema: pa.Schema
    _repeated: dict[Groups, Body] = field(default_factory=dict, repr=False)

    @property
    def _part(self) -> Part:
        return self.held.newest

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, pa.Array]:
        """Return the answers to those of the questions that the server answers exactly."""
        every = list(dict.fromkeys(questions))
        found: dict[Question, pa.Array] = {}
        told = {one: body for one in every if (body := self._body(one)) is not None}
        asked = list(told)
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            found |= self._answers(some, [told[one] for one in some])
        for one in every:
            if isinstance(one, Groups) and (counted := self._counted(one)) is not None:
                found[one] = counted
        return found

    def _query(self, where: Predicate | None) -> Body | None:
        """Return what finds the rows of a condition; ``None`` where the server finds others."""
        if where is None:
            return EVERYTHING
        found, left = divided(where, self.index)
        return found if left is None else None

    def _body(self, question: Question) -> Body | None:
        """Return the aggregation that answers a question; ``None`` where none does."""
        if not isinstance(question, Count | Figure):
            return None
        query = self._query(question.where)
        if query is None or isinstance(question, Count):
            return None if query is None else {"filter": query}
        figure = self._figure(question)
        return None if figure is None else {"filter": query, "aggs": {"value": figure.body}}

    def _figure(self, question: Figure) -> Computed | None:
        measure = Measure("value", question.column, question.function)
        return aggregates.figure_of(measure, self.index)

    def _answers(
        self, questions: Sequence[Question], bodies: Sequence[Body]
    ) -> dict[Question, pa.Array]:
        aggregations = {str(number): body for number, body in enumerate(bodies)}
        told = self._asked({"size": 0, "track_total_hits": False, "aggs": aggregations})
        found: dict[Question, pa.Array] = {}
        for number, question in enumerate(questions):
            answer = told["aggregations"][str(number)]
            if isinstance(question, Count):
                found[question] = pa.array([answer["doc_count"]], pa.int64())
            elif isinstance(question, Figure):
                figure = self._figure(question)
                assert figure is not None  # noqa: S101 - it was asked for
                assert figure.field is not None  # noqa: S101 - of a column
                held = pa.int64() if question.function == "sum" else figure.field.type
                try:
                    value = figure.value(answer["doc_count"], answer["value"])
                except NotExactError:
                    continue
                found[question] = pa.array([value], held)
        return found

    def _asked(self, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        return self.client.ask(
            "POST", path_of("_search"), {**of_moment(self.point), **body},
            filter_path="aggregations", allow_partial_search_results="false",
        )  # fmt: skip

    def _buckets(self, columns: tuple[str, ...], where: Predicate | None) -> list[Bucket] | None:
        """Return the groups of equal rows; ``None`` where the server does not tell exactly."""
        query, fields = self._query(where), [self._field(name) for name in columns]
        known = tuple(one for one in fields if one is not None)
        if query is None or len(known) < len(fields):
            return None
        return Buckets(self.client, self.point, query).all_of(aggregates.Groups(known))

    def _field(self, name: str) -> Field | None:
        return aggregates.field_of(self.index, name)

    def _counted(self, groups: Groups) -> pa.Array | None:
        """Return how many groups there are, and how many rows have another like them."""
        found = self._buckets(groups.columns, groups.where)
        if found is None:
            return None
        repeated = [(keys, told["doc_count"]) for keys, told in found if told["doc_count"] > 1]
        self._remember(groups, [keys for keys, _ in repeated])
        return pa.array([len(found), sum(count for _, count in repeated)], pa.int64())

    def _remember(self, groups: Groups, repeated: Sequence[tuple[Any, ...]]) -> None:
        """Keep what finds the rows of groups again, if that is little."""
        query = self._query(groups.where)
        values = [keys[0] for keys in repeated]
        if len(groups.columns) > 1 or len(values) > _MOST_VALUES or None in values:
            return
        key = self._field(groups.columns[0])
        if query is not None and key is not None:
            terms = {"terms": {key.name: [key.told(value) for value in values]}}
            self._repeated[groups] = {"bool": {"filter": [query, terms]}}

    def different(
        self, column: str, where: Predicate, *, limit: int, most_frequent: bool = False
    ) -> pa.Array | None:
        """Return at most ``limit`` of the different values in some rows, or of the most frequent.

        ``None`` where the server does not answer exactly.
        """
        found, key = self._buckets((column,), where), self._field(column)
        if found is None or key is None:
            return None
        if most_frequent:
            most = max((told["doc_count"] for _, told in found), default=0)
            found = [(keys, told) for keys, told in found if told["doc_count"] == most]
        return pa.array([keys[0] for keys, _ in found[:limit]], key.type)

    def show(self, wanted: Sequence[Wanted], columns: Sequence[str]) -> Shown:
        """Return rows by their places, with columns by their stored names."""
        found = [self._rows(self._wanted(one), columns, one.limit) for one in wanted]
        together = pa.concat_tables(found)
        places, first = np.unique(together.column(0).to_numpy(), return_index=True)
        chosen = (np.searchsorted(places, one.column(0).to_numpy()) for one in found)
        rows = together.take(pa.array(first)).select(list(columns))
        return Shown(places, tuple(chosen), rows)

    def _wanted(self, wanted: Wanted) -> Body:
        """Return what finds rows; nothing does where they were not counted."""
        found = (
            self._repeated.get(wanted.rows)
            if isinstance(wanted.rows, Groups)
            else self._query(wanted.rows)
        )
        return {"match_none": {}} if found is None else found

    def _rows(self, query: Body, columns: Sequence[str], limit: int | None = None) -> pa.Table:
        """Return rows with their places, which are in the first column."""
        number = reading.free_name(self.held.schema)
        held, schema = reading.extended(self.held, self._part, {number: ROW})
        wanted, part = project(schema, [number, *columns]), held.newest
        fields = reading.fields_of(part, wanted.names)
        search = Search(self.client, part.index, self.point, fields, query)
        with ExitStack() as stack:
            found = reading.rows_of(held, wanted, [search.pages(limit)], stack).read_all()
        return found if limit is None else found.slice(0, limit)

    def at(self, places: np.ndarray) -> pa.Table:
        """Return the rows at some places, in their order."""
        names, starts = self.schema.names, range(0, max(1, len(places)), _MOST_VALUES)
        some = (places[start : start + _MOST_VALUES].tolist() for start in starts)
        parts = [self._rows({"terms": {ROW: numbers}}, names) for numbers in some]
        return pa.concat_tables(parts).select(names)


@contextmanager
def view_of(client: Client, held: Held, query: Query) -> Iterator[ElasticsearchView | None]:
    """Give the rows that a query asks for, to be asked about.

    ``None`` where their numbers are not their places, as after an append or a delete, where the
    server knows not all values, or where not all rows are asked for.
    """
    is_plain = query == Query(columns=query.columns) and len(held.parts) == 1
    if not is_plain or held.unsearched:
        yield None
        return
    with point_in_time(client, held.newest.index) as point:
        if not _is_dense(client, point):
            yield None
            return
        source = Source("", physical_schema(held.schema, Carrier.DUCKDB), held.schema)
        index = Indexed(source.columns, held.newest.fields)
        schema = held.schema
        if query.columns is not None:
            schema = project(schema, resolved(query.columns, schema))
        yield ElasticsearchView(client, held, point, index, schema)


def _is_dense(client: Client, point: str) -> bool:
    """Whether rows are numbered from 0, each by its own number, as far as their sum tells."""
    body = {"size": 0, "track_total_hits": True, "aggs": {"rows": {"stats": {"field": ROW}}}}
    told = client.ask("POST", path_of("_search"), {**body, **of_moment(point)})
    rows, numbers = told["hits"]["total"]["value"], told["aggregations"]["rows"]
    wanted = rows * (rows - 1) // 2
    if not rows or wanted >= _ROUNDED:  # beyond it, the server rounds
        return not rows
    return bool(numbers["count"] == rows == numbers["max"] + 1 and numbers["sum"] == wanted)
