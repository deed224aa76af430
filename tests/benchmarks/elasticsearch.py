"""Tables in Elasticsearch, against the official client's helpers, eland, and the server itself.

A server on the same machine takes half a minute for a million rows, the helpers as long in the
client: what they do is done once, on fewer rows, and reckoned for as many as ours has.
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pandas as pd
from elasticsearch import helpers

import dkdata as dk
from dkdata import frames
from dkdata.parallel import at_once
from dkdata.stores.elasticsearch import encoding, mapping, naming, sending
from dkdata.stores.elasticsearch.definition import Part
from dkdata.stores.file.note import Note
from tests.benchmarks.apart import Apart, version
from tests.benchmarks.counting import counting
from tests.benchmarks.ratio import Job, Spent
from tests.benchmarks.traffic import Count, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa
    from elasticsearch import Elasticsearch

    from tests.services.elasticsearch.indices import Indices

_FEWER = 0.3  # of the rows
_RUNS = 3  # that are measured, of what takes long
_SHOWN = math.inf  # without a goal
_numbers = itertools.count()  # of tables that are new
_MOST_OF_ONE = 6  # requests of a small save
_GROUPED = {
    "groups": {
        "terms": {"field": "grade", "size": 1_000},
        "aggs": {"total": {"sum": {"field": "score"}}, "mean": {"avg": {"field": "score"}}},
    }
}


def eland(indices: Indices, frame: pd.DataFrame, folder: Path) -> Apart:
    """Return what does the jobs of ``elanded.py``."""
    made = _Tables(indices, frame)
    variables = {"ELASTICSEARCH_URL": indices.url}
    return Apart("eland", "elanded.py", made.fewer, folder, made.name("eland"), variables=variables)


def jobs(indices: Indices, frame: pd.DataFrame, eland: Apart) -> list[Job]:
    """Return the jobs on indices that nobody else uses."""
    dk.configure({"stores": {"search": indices.options}})
    made = _Tables(indices, frame)
    return [*_saves(made, eland), *_loads(made), *_small(made)]


@dataclass(frozen=True)
class _Tables:
    """The frame in Elasticsearch, as each tool writes it and reads it again."""

    indices: Indices
    frame: pd.DataFrame

    @property
    def client(self) -> Elasticsearch:
        """The official client."""
        return self.indices.client

    @property
    def fewer(self) -> pd.DataFrame:
        """The first rows."""
        return self.frame.head(max(1, int(len(self.frame) * _FEWER)))

    @property
    def scale(self) -> float:
        """How many times the first rows make all."""
        return len(self.frame) / len(self.fewer)

    def name(self, what: str) -> str:
        """Return the name of an index."""
        return f"{self.indices.prefix}{what}"

    def fresh(self, what: str, body: Mapping[str, Any]) -> str:
        """Make an index anew, and return its name."""
        self.client.indices.delete(index=self.name(what), ignore_unavailable=True)
        self.client.indices.create(index=self.name(what), **body)
        return self.name(what)

    def by_helpers(self, what: str, given: pd.DataFrame) -> None:
        """Write rows by the helper of the client, as its manual does."""
        index = self.fresh(what, _described(given, is_large=False))
        # What is missing has to be None.
        records = given.astype("object").where(given.notna(), None).to_dict("records")
        told = ({"_id": number, "_source": record} for number, record in enumerate(records))
        helpers.bulk(self.client, told, index=index)
        self.client.indices.refresh(index=index)

    def scanned(self, table: str, rows: int) -> pd.DataFrame:
        """Read rows by the helper of the client."""
        hits = helpers.scan(self.client, index=self.name(table))
        return pd.DataFrame([hit["_source"] for hit in itertools.islice(hits, rows)])


def _described(frame: pd.DataFrame, *, is_large: bool) -> dict[str, Any]:
    """Return the mapping that dkdata gives an index, for all to have the same to do."""
    schema = frames.to_arrow(frame.head(1), index=False).schema
    settings = mapping.settings_of(schema, is_large=is_large)
    return {"mappings": mapping.mapping_of(_part(schema)), "settings": settings}


def _part(schema: pa.Schema) -> Part:
    return Part("", 0, Note(schema, {}), naming.fields_of(schema.names))


def _once(run: Callable[[], object], scale: float = 1.0) -> Callable[[], Spent]:
    """Return what does something when it is first asked for, and tells its times always."""

    @cache
    def spent() -> Spent:
        return _spent(run, scale)

    return spent


def _spent(run: Callable[[], object], scale: float = 1.0) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    kept = run()
    told = Spent(time.perf_counter() - wall, time.process_time() - cpu)
    told = kept if isinstance(kept, Spent) else told
    return Spent(told.wall * scale, told.cpu * scale)


def _in_turn(run: Callable[[], object]) -> Callable[[], Spent]:
    """Return what does something some times, and tells the times of these runs in turn then."""
    known = list[Spent]()
    turns = itertools.count()

    def spent() -> Spent:
        if len(known) < _RUNS:
            known.append(_spent(run))
            return known[-1]
        return known[next(turns) % _RUNS]

    return spent


def _saves(made: _Tables, eland: Apart) -> Iterator[Job]:
    fewer, scale = made.fewer, made.scale
    few = f"{len(fewer):,} rows, times {scale:.3g}"
    save = _in_turn(lambda: dk.save(made.frame, "search.mixed", mode="replace", progress=False))
    yield Job(
        "save Elasticsearch", f"helpers.bulk, {few}", 1 / 12, save,
        _once(lambda: made.by_helpers("helped", fewer), scale), by_cpu=True,
    )  # fmt: skip
    yield Job(
        "save Elasticsearch, eland", f"pandas_to_eland {version('eland')}, {few}", 1 / 25,
        save, _once(eland.job("save"), scale), by_cpu=True,
    )  # fmt: skip
    rows = frames.to_arrow(fewer, index=False)
    ready = cache(lambda: list(encoding.bodies(rows, _part(rows.schema))))

    def send() -> None:
        index = made.fresh("ready", _described(fewer, is_large=True))
        sent = partial(made.client.bulk, index=index, filter_path="errors")
        answers = at_once(
            lambda body: sent(operations=body.content), ready(), workers=sending.WORKERS
        )
        assert not any(answer["errors"] for answer in answers)
        made.client.indices.refresh(index=index)

    yield Job(
        f"save Elasticsearch, {len(fewer):,} rows", "ready bodies", 1.15,
        lambda: dk.save(fewer, "search.fewer", mode="replace", progress=False), send,
    )  # fmt: skip


def _loads(made: _Tables) -> Iterator[Job]:
    few = f"{len(made.fewer):,} rows, times {made.scale:.3g}"
    half = "score < 500"

    def setup() -> None:
        if not dk.exists("search.mixed"):
            dk.save(made.frame, "search.mixed", progress=False)

    def scan(rows: int) -> Callable[[], Spent]:
        return _once(lambda: made.scanned("mixed", rows), len(made.frame) / rows)

    def some() -> pd.DataFrame:
        query = {"query": {"range": {"score": {"lt": 500}}}}
        hits = helpers.scan(made.client, query, index=made.name("mixed"))
        return pd.DataFrame([hit["_source"] for hit in hits])

    def by_hand() -> None:
        made.client.indices.clear_cache(request=True)
        made.client.search(index=made.name("mixed"), size=0, aggs=_GROUPED)

    def grouped(column: str) -> None:
        made.client.indices.clear_cache(request=True)
        measures = {"total": (column, "sum"), "mean": (column, "mean")}
        dk.table("search.mixed").aggregate(by="grade", **measures).to_pandas()

    yield Job(
        "load Elasticsearch", f"helpers.scan and DataFrame, {few}", 1 / 4,
        lambda: dk.load("search.mixed", progress=False), scan(len(made.fewer)), setup=setup,
    )  # fmt: skip
    yield Job(
        f"load Elasticsearch where {half}", "helpers.scan and DataFrame", _SHOWN,
        lambda: dk.load("search.mixed", where=half, progress=False), _once(some), setup=setup,
    )  # fmt: skip
    yield Job(
        "load one column of Elasticsearch", "load all", _SHOWN,
        lambda: dk.load("search.mixed", columns=["amount"], progress=False),
        _once(lambda: dk.load("search.mixed", progress=False)), setup=setup,
    )  # fmt: skip
    yield Job(
        "group Elasticsearch", "aggregation by hand", 1.3, lambda: grouped("score"), by_hand,
        setup=setup,
    )  # fmt: skip
    yield Job(  # DuckDB adds floats: the sum depends on the order
        "group floats of Elasticsearch", "aggregation by hand", _SHOWN, lambda: grouped("amount"),
        by_hand, setup=setup,
    )  # fmt: skip


def _small(made: _Tables) -> Iterator[Job]:
    for rows in (1, 1_000):
        given = made.frame.head(rows)
        yield Job(
            f"new table of {len(given):,} in Elasticsearch", "indices.create and helpers.bulk",
            _SHOWN, partial(_new, given),
            lambda given=given: made.by_helpers(f"few{next(_numbers)}", given),
        )  # fmt: skip


def _new(given: pd.DataFrame) -> object:
    return dk.save(given, f"search.new{next(_numbers)}", progress=False)


def counts(indices: Indices, frame: pd.DataFrame) -> Iterator[Count]:
    """Yield what small saves cost in requests and bytes."""
    with counting(indices.url) as proxy:
        seen = indices.at(proxy.endpoint)
        dk.configure({"stores": {"search": seen.options}})
        told = _Tables(seen, frame)
        _new(frame.head(1))
        for rows in (1, 1_000):
            given = frame.head(rows)
            ours = taken(proxy, partial(_new, given))
            yield Count(f"new table of {rows:,} in Elasticsearch", ours, _MOST_OF_ONE)
            theirs = taken(proxy, partial(told.by_helpers, f"byhand{next(_numbers)}", given))
            yield Count(f"new index of {rows:,}, by helpers.bulk", theirs)
