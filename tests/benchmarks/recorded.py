"""Records one by one, against the calls of the drivers; many, against frames."""

from __future__ import annotations

import itertools
import math
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import obstore
import pandas as pd
import psycopg2
from elasticsearch import Elasticsearch
from obstore.store import S3Store

import dkdata as dk
from tests.benchmarks.ratio import Job
from tests.services.s3.server import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.services.elasticsearch.indices import Indices
    from tests.services.s3.buckets import Bucket

_HELD = 1_000
_EACH = 50  # calls of one run
_BATCH = 10_000
_MANY = 100_000
_FIELDS = {"n": 1, "x": 1.5, "name": "new"}
_SHOWN = math.inf  # the goal is 1.3


def _new() -> dict[str, Any]:
    return {"id": uuid.uuid4().hex, **_FIELDS}


def _held(rows: int) -> pd.DataFrame:
    numbers = np.arange(rows)
    texts = pd.Series(numbers).astype("str")
    return pd.DataFrame({"id": texts, "n": numbers, "x": numbers / 7, "name": "name " + texts})


def _times(call: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(_EACH):
            call()

    return run


def jobs(folder: Path, url: str, bucket: Bucket, indices: Indices) -> Iterator[Job]:
    """Return the jobs on records: of each backend, then of many."""
    names = itertools.cycle(map(str, range(_HELD)))
    places = {
        f"duckdb:///{folder / 'records.duckdb'}#people": _duckdb(folder, names),
        f"{url}#people": _postgres(url, names),
        f"s3://{bucket.name}/people": _s3(bucket, names),
        f"{indices.target}#people": _elasticsearch(indices, names),
    }
    for target, (name, against, read, create) in places.items():
        layout = "objects" if name == "S3" else None
        dk.save(_held(_HELD), target, key="id", layout=layout, mode="replace", progress=False)
        people = dk.records(target)
        for what, ours, theirs in (
            ("read", lambda p=people: p.read(next(names)), read),
            ("create", lambda p=people: p.create(_new()), create),
        ):
            title = f"records: {what} one, {name} ({_EACH} times)"
            yield Job(title, against, _SHOWN, _times(ours), _times(theirs))
    yield from _many()


_Peer = tuple[str, str, "Callable[[], object]", "Callable[[], object]"]


def _duckdb(folder: Path, names: Iterator[str]) -> _Peer:
    path = folder / "theirs.duckdb"
    connection = duckdb.connect()
    held = _held(_HELD)  # noqa: F841 - DuckDB finds it by its name
    connection.execute(f"ATTACH '{path}' AS o")
    connection.execute("CREATE TABLE o.people AS FROM held")
    connection.execute("DETACH o")

    def attached(statement: str, values: list[Any], mode: str = "") -> object:
        connection.execute(f"ATTACH '{path}' AS o{mode}")
        found = connection.execute(statement, values).fetchall()
        connection.execute("DETACH o")
        return found

    return (
        "DuckDB", "ATTACH, statement, DETACH",
        lambda: attached("SELECT * FROM o.people WHERE id = ?", [next(names)], " (READ_ONLY)"),
        lambda: attached("INSERT INTO o.people VALUES (?, ?, ?, ?)", list(_new().values())),
    )  # fmt: skip


def _postgres(url: str, names: Iterator[str]) -> _Peer:
    connection = psycopg2.connect(url)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE theirs (id text PRIMARY KEY, n bigint, x float8, name text)")
    cursor.execute("PREPARE one AS SELECT * FROM theirs WHERE id = $1")
    cursor.execute("PREPARE new AS INSERT INTO theirs VALUES ($1, $2, $3, $4)")
    connection.commit()

    def read() -> object:
        cursor.execute("EXECUTE one(%s)", [next(names)])
        found = cursor.fetchall()
        connection.commit()
        return found

    def create() -> None:
        cursor.execute("EXECUTE new(%s, %s, %s, %s)", list(_new().values()))
        connection.commit()

    return "PostgreSQL", "psycopg2, prepared, commit", read, create


def _s3(bucket: Bucket, names: Iterator[str]) -> _Peer:
    store = S3Store(
        bucket.name, endpoint=bucket.endpoint, access_key_id=bucket.key,
        secret_access_key=bucket.secret, region=REGION, client_options={"allow_http": True},
    )  # fmt: skip
    for number in range(_HELD):
        obstore.put(store, f"theirs/{number}.json", b'{"n":1,"x":1.5,"name":"new"}')
    return (
        "S3", "obstore get, put",
        lambda: bytes(obstore.get(store, f"theirs/{next(names)}.json").bytes()),
        lambda: obstore.put(
            store, f"theirs/{uuid.uuid4().hex}.json", b'{"n":1,"x":1.5}', mode="create"
        ),
    )  # fmt: skip


def _elasticsearch(indices: Indices, names: Iterator[str]) -> _Peer:
    client = Elasticsearch(indices.options["hosts"])
    index = f"{indices.options['prefix']}theirs"
    with suppress(Exception):
        client.indices.delete(index=index)
    for number in range(_HELD):
        client.index(index=index, id=str(number), document=_FIELDS)
    return (
        "Elasticsearch", "index with refresh, get",
        lambda: client.get(index=index, id=next(names)),
        lambda: client.index(
            index=index, id=uuid.uuid4().hex, document=_FIELDS, op_type="create", refresh=True
        ),
    )  # fmt: skip


def _many() -> Iterator[Job]:
    first = itertools.count(10**9, _BATCH)

    def batch() -> list[dict[str, Any]]:
        start = next(first)
        return [{"id": str(start + n), **_FIELDS} for n in range(_BATCH)]

    dk.save(_held(_HELD), "memory.batches", key="id", mode="replace", progress=False)
    people = dk.records("memory.batches")

    def prepare() -> None:
        people.clear()
        given[:] = batch()

    given: list[dict[str, Any]] = []
    yield Job(
        f"records: create {_BATCH:,} in memory", "dk.save(list, mode='append')", 1.1,
        lambda: people.create_many(given),
        lambda: dk.save(given, "memory.batches", mode="append", progress=False),
        prepare=prepare,
    )  # fmt: skip
    frame = pd.DataFrame({f"c{n}": np.arange(_MANY) * n for n in range(10)})
    yield Job(
        f"records: frame to {_MANY:,} x 10 records and back", "frame.to_dict('records') and back",
        _SHOWN,
        lambda: dk.from_records(dk.to_records(frame)),
        lambda: pd.DataFrame(frame.to_dict("records")),
        seconds=1.5,
    )  # fmt: skip
    yield Job(
        f"records: {_MANY:,} x 10 from a frame", "frame.to_dict('records')", _SHOWN,
        lambda: dk.to_records(frame),
        lambda: frame.to_dict("records"),
        seconds=0.5,
    )  # fmt: skip
