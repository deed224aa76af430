"""The rows that are most like what is searched for."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dkdata import engine
from dkdata.errors import QueryError, UsageError, listing
from dkdata.frames import envelope
from dkdata.query import Query
from dkdata.stores.elasticsearch import reading
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.failures import ABSENT, RefusedError
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.elasticsearch.searchable import WORDS, is_findable, near_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dkdata.query import Search
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held
    from dkdata.stores.elasticsearch.reading import Answer

SCORE, HIGHLIGHTS = "_dk_score", "_dk_highlights"
_MOST = 10_000  # rows that one search returns, and vectors that it looks at
_LOOKED_AT = 10  # vectors for each that is wanted: the more, the fewer near ones are missed
_LEAST_LOOKED_AT = 200
_MORE = 5
_LONGEST_TEXT = 999_999  # characters that are looked through for what to highlight
_OPERATORS = "PHRASE|PREFIX|WHITESPACE|ESCAPE"
_BETWEEN = " … "


def best(client: Client, held: Held, wanted: Search, query: Query) -> pa.Table:
    """Return the best rows, with their scores and what was found.

    Raises
    ------
    ColumnNotFoundError, UsageError
        What is searched is no column that is found so.
    QueryError
        Too few of those that the server finds meet the rest of the condition.
    """
    answer = reading.planned(held, Query(columns=query.columns, where=query.where))
    columns = answer.schema.names if query.columns is None else query.columns
    asked = _Asked.of(held, wanted)
    size = min(wanted.limit, _MOST)
    while True:
        hits = asked.hits(client, answer, size)
        rows = _rows(held, answer.schema, hits)
        if answer.rest.where is not None:
            rows = engine.read_rows(rows, Query(where=answer.rest.where)).read_all()
        if rows.num_rows >= wanted.limit or len(hits) < size:
            kept = Query(columns=(*columns, SCORE, HIGHLIGHTS), limit=wanted.limit)
            return engine.read_rows(rows, kept).read_all()
        if size == _MOST:
            message = (
                f"{held.table!r}: of the {_MOST:,} best rows, {rows.num_rows:,} meet the condition,"
                f" and limit={wanted.limit:,} are wanted. Lower limit=, or filter the result."
            )
            raise QueryError(message)
        size = min(size * _MORE, _MOST)


@dataclass(frozen=True)
class _Asked:
    """A search as the server has it.

    Parameters
    ----------
    fields
        Whose words are searched for ``text``.
    vectors
        Fields, and to what their vectors are to be near.
    """

    held: Held
    text: str
    fields: list[str]
    vectors: list[tuple[str, list[float]]]

    @classmethod
    def of(cls, held: Held, wanted: Search) -> _Asked:
        """Return what is searched for in a table."""
        fields = _words(held, wanted.within) if wanted.text.strip() else []
        return cls(held, wanted.text, fields, _vectors(held, wanted.near))

    def hits(self, client: Client, answer: Answer, size: int) -> list[dict[str, Any]]:
        """Return the best documents among those of an answer, the best one first."""
        wanted = [self.held.newest.fields[name] for name in answer.schema.names]
        body = {
            **self._words(answer.where),
            **self._near(answer.where, size),
            "size": size,
            "sort": [{"_score": "desc"}, {ROW: "asc"}],
            "track_total_hits": False,
            "_source": [*wanted, ROW],
        }
        # Words are weighed by how rare they are in the whole table, not in one index of it.
        over_all = {} if self.vectors else {"search_type": "dfs_query_then_fetch"}
        found = client.ask(
            "POST", path_of(self.held.alias, "_search"), body, allow_partial_search_results="false",
            **over_all,
        )  # fmt: skip
        hits: list[dict[str, Any]] = found["hits"]["hits"]
        if not {hit["_index"] for hit in hits} <= {part.index for part in self.held.parts}:
            message = f"{self.held.table!r} is not any more what it was."
            raise RefusedError(message, ABSENT, "")
        return hits

    def _words(self, where: Mapping[str, Any] | None) -> dict[str, Any]:
        if not self.fields:
            return {}
        words = {"query": self.text, "fields": self.fields, "flags": _OPERATORS}
        found = {"must": [{"simple_query_string": words}], "filter": [where] if where else []}
        shown: dict[str, Any] = {"fields": {field: {} for field in self.fields}}
        return {
            "query": {"bool": found},
            "highlight": {**shown, "max_analyzed_offset": _LONGEST_TEXT},
        }

    def _near(self, where: Mapping[str, Any] | None, size: int) -> dict[str, Any]:
        looked_at = min(max(size * _LOOKED_AT, _LEAST_LOOKED_AT), _MOST)
        how = {"k": size, "num_candidates": looked_at, "filter": [where] if where else []}
        every = [{"field": field, "query_vector": vector, **how} for field, vector in self.vectors]
        return {"knn": every} if every else {}


def _words(held: Held, within: tuple[str, ...]) -> list[str]:
    """Return the fields whose words are searched."""
    part = held.newest
    if not part.words:
        message = (
            f"{held.table!r} has no column that is searched by words. Save it with"
            " options={'text': [names of columns]}."
        )
        raise UsageError(message)
    chosen = envelope.resolved(within, held.schema, "within") if within else list(part.words)
    for name in chosen:
        if name not in part.words:
            message = (
                f"within={name!r}: this column of {held.table!r} is not searched by words. There"
                f" are: {listing(part.words)}."
            )
            raise UsageError(message)
    return [f"{part.fields[name]}.{WORDS}" for name in chosen]


def _vectors(
    held: Held, near: Mapping[str, Sequence[float]] | Sequence[float]
) -> list[tuple[str, list[float]]]:
    """Return the fields whose vectors are searched, and to what they are to be near."""
    if not len(near):
        return []
    known = near_fields(held.schema, held.newest.fields)
    if not isinstance(near, dict):
        if len(known) != 1:
            way = (
                "Write near={'column': […]}."
                if known
                else "Save a column of lists of one length: pd.ArrowDtype(pa.list_(pa.float32(),"
                " length))."
            )
            message = (
                f"near=[…]: {held.table!r} has {len(known)} columns of vectors (lists of numbers of"
                f" one length): {listing(known)}. {way}"
            )
            raise UsageError(message)
        near = {next(iter(known)): near}  # type: ignore[dict-item]
    names = envelope.resolved(near, held.schema, "near")
    return [
        _vector(held, name, known, vector)
        for name, vector in zip(names, near.values(), strict=True)
    ]


def _vector(
    held: Held, name: str, known: Mapping[str, tuple[str, int]], given: Sequence[float]
) -> tuple[str, list[float]]:
    if name not in known:
        message = (
            f"near=: column {name!r} of {held.table!r} has no vectors. There are: {listing(known)}."
        )
        raise UsageError(message)
    (field, size), numbers = known[name], _numbers(given)
    if len(numbers) != size:
        message = (
            f"near=: the vectors of {name!r} have {size} numbers, and {len(numbers)} are given."
        )
        raise UsageError(message)
    if not is_findable(numbers).all():
        message = (
            f"near={given!r:.100} has no direction: it needs finite numbers, not all of them 0."
        )
        raise UsageError(message)
    return field, numbers.tolist()


def _numbers(given: Sequence[float]) -> np.ndarray:
    message = f"near={given!r:.100} is no list of numbers."
    try:
        with np.errstate(over="ignore"):
            numbers = np.array(list(given), dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise UsageError(message) from error
    if numbers.ndim != 1:
        raise UsageError(message)
    return numbers


def _rows(held: Held, schema: pa.Schema, hits: list[dict[str, Any]]) -> pa.Table:
    """Return documents as rows, in their order, with their scores and highlights."""
    tables, places = [schema.empty_table()], list[int]()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="dkdata-")))
        for part in held.parts:
            own = [n for n, hit in enumerate(hits) if hit["_index"] == part.index]
            if own:
                file = folder / part.index
                file.write_bytes(b"".join(_line(hits[n]) for n in own))
                tables.append(reading.decoded(part, file, schema, stack).read_all())
                places += own
    rows = pa.concat_tables(tables).take(pa.array(np.argsort(places), pa.int64()))
    scores = pa.array([hit["_score"] for hit in hits], pa.float64())
    shown = pa.array([_highlighted(hit) for hit in hits], pa.large_string())
    whole = rows.append_column(SCORE, scores).append_column(HIGHLIGHTS, shown)
    return whole.cast(envelope.completed(whole.schema))


def _line(hit: Mapping[str, Any]) -> bytes:
    return json.dumps(hit["_source"], ensure_ascii=False).encode() + b"\n"


def _highlighted(hit: Mapping[str, Any]) -> str | None:
    parts = [part for found in hit.get("highlight", {}).values() for part in found]
    return _BETWEEN.join(parts) or None
