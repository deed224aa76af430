"""Groups that the server makes, and what it computes of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from dkdata.dialects.elasticsearch import EVERYTHING, Indexed
from dkdata.dialects.elasticsearch.aggregates import PAGE, Grouped, Groups, grouped
from dkdata.dialects.elasticsearch.figures import NotExactError
from dkdata.dialects.select import Source, needed, selection
from dkdata.physical import Carrier, physical_schema
from dkdata.query import Query, Sort
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.failures import RefusedError
from dkdata.stores.elasticsearch.paging import of_moment, point_in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dkdata.dialects.elasticsearch.aggregates import Bucket
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held
    from dkdata.stores.elasticsearch.reading import Answer

T = TypeVar("T")
_MOST_PAGES = 40  # of 50,000 groups; beyond, to fetch the rows takes no longer
_TOLD = "aggregations,hits.total"
_LIMIT = "search.max_buckets"


class _TooManyError(Exception):
    """There are more groups than are asked for."""


def _if_exact(work: Callable[[], T]) -> T | None:
    """Return what is made of groups; ``None`` where the server rounds, or makes not so many."""
    try:
        return work()
    except (NotExactError, _TooManyError):
        return None
    except RefusedError as error:
        if _LIMIT in str(error):
            return None
        raise


@dataclass(frozen=True)
class Asked:
    """An aggregate that the server is asked for.

    Parameters
    ----------
    where
        Of which documents; ``None``: of all.
    schema
        The canonical schema of the groups, with descriptor.
    rest
        What DuckDB answers on the groups.
    """

    held: Held
    grouped: Grouped
    where: Mapping[str, Any] | None
    schema: pa.Schema
    rest: Query

    def told(self) -> str:
        """Return what the server is asked for, and what is left to DuckDB."""
        asked = [self.grouped.groups, *self.grouped.distinct.values()]
        query = self.where or EVERYTHING
        lines = [
            f"Elasticsearch: {json.dumps({'query': query, **one.first()}, ensure_ascii=False)}"
            for one in asked
        ]
        left = "nothing is left" if self.rest == Query() else f"on these groups: {self.rest}"
        return "\n".join([*lines, f"DuckDB: {left}; all, where that would be rounded"])

    def answered(self, client: Client) -> pa.Table | None:
        """Return the groups, of one moment; ``None`` where the server does not tell exactly."""
        indices, *more = self.held.indices()
        if more:  # one request does not name them all
            return None
        with point_in_time(client, indices) as point:
            search = Buckets(client, point, self.where)
            return _if_exact(lambda: self._table(search))

    def _table(self, search: Buckets) -> pa.Table:
        by = len(self.grouped.groups.keys)
        distinct = {
            by + place: search.different(groups) for place, groups in self.grouped.distinct.items()
        }
        pages = search.buckets(self.grouped.groups)
        return pa.Table.from_batches(
            [self._batch(page, distinct) for page in pages], schema=self.schema
        )

    def _batch(
        self, buckets: Iterable[Bucket], distinct: Mapping[int, Mapping[Any, int]]
    ) -> pa.RecordBatch:
        rows = list[list[Any]]()
        for keys, told in buckets:
            row = [*keys, *self.grouped.groups.values(told)]
            for place, counts in distinct.items():
                row[place] = counts.get(keys, 0)
            rows.append(row)
        columns = zip(*rows, strict=True) if rows else [()] * len(self.schema)
        arrays = [
            pa.array(list(column), field.type)
            for column, field in zip(columns, self.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


@dataclass(frozen=True)
class Buckets:
    """Searches of one moment of a table, for groups of documents.

    Parameters
    ----------
    where
        Which documents; ``None``: all.
    """

    client: Client
    point: str
    where: Mapping[str, Any] | None

    def buckets(self, groups: Groups) -> Iterator[list[Bucket]]:
        """Yield the groups, by pages."""
        if groups.are_few:
            found = groups.all_of(self._asked(groups.first()))
            if found is not None:
                yield found
                return
        after = None
        for _ in range(_MOST_PAGES):
            answer = self._asked(groups.page(after))
            yield (found := groups.some_of(answer))
            if len(found) < PAGE:
                return
            after = answer["aggregations"]["groups"]["after_key"]
        raise _TooManyError

    def all_of(self, groups: Groups) -> list[Bucket] | None:
        """Return the groups; ``None`` where the server does not tell them exactly, or too many."""
        return _if_exact(lambda: [bucket for page in self.buckets(groups) for bucket in page])

    def different(self, groups: Groups) -> Counter[tuple[Any, ...]]:
        """Return how many groups differ in their last value only, by their other values."""
        return Counter(
            keys[:-1] for page in self.buckets(groups) for keys, _ in page if keys[-1] is not None
        )

    def _asked(self, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        asked = {
            "query": self.where or EVERYTHING,
            **of_moment(self.point),
            "track_total_hits": False,
            **body,
        }
        return self.client.ask(
            "POST", path_of("_search"), asked, filter_path=_TOLD,
            allow_partial_search_results="false",
        )  # fmt: skip


def asked(held: Held, query: Query, answer: Answer) -> Asked | None:
    """Return how the server is asked for an aggregate; ``None`` where it does not answer exactly.

    Parameters
    ----------
    answer
        How the query would be answered by rows.
    """
    if query.aggregate is None or answer.rest.where is not None:
        return None
    source = Source("", physical_schema(held.schema, Carrier.DUCKDB), held.schema)
    aggregate = Query(aggregate=query.aggregate)
    if not _agree(held, needed(source, aggregate)):
        return None
    index = Indexed(source.columns, held.newest.fields, held.unsearched)
    found = grouped(query.aggregate, index)
    if found is None:
        return None
    schema = selection(source, aggregate).schema
    order = query.order_by or tuple(map(Sort, schema.names[: len(query.aggregate.by)]))
    rest = replace(query, where=None, aggregate=None, order_by=order)
    return Asked(held, found, answer.where, schema, rest)


def _agree(held: Held, names: Iterable[str]) -> bool:
    """Whether columns are kept in all parts of a table alike."""
    newest = held.newest
    return all(
        part.fields[name] == newest.fields[name]
        and part.schema.field(name).type == newest.schema.field(name).type
        for part in held.parts
        for name in names
    )
