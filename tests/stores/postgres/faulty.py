"""Databases that a test reaches by a network that fails, and what must not be left in them."""

from __future__ import annotations

import threading
import traceback
from contextlib import contextmanager, suppress

import pandas as pd
import pyarrow as pa

import dkdata as dk
from dkdata.testing import FaultProxy
from tests.services.databases import address, run, through
from tests.services.postgres import leftovers as leftovers  # noqa: PLC0414
from tests.services.waiting import wait_until

_SECONDS = 5
OLD = pd.DataFrame({"id": range(1000), "text": [f"old {n}" for n in range(1000)]})
NEW = pd.DataFrame({"id": range(500, 2500), "text": [f"new {n}" for n in range(500, 2500)]})
LETTERS = "repeat('x', 1000)"
LONG = (list(range(1, 20_001)), ["x" * 1000])
MODES = ("replace", "append", "upsert")


def configure(url, **options):
    """Call the database ``warehouse``."""
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": url, **options}}})


@contextmanager
def behind_proxy(url):
    """Call the database, as it is reached through a proxy, ``warehouse``."""
    with FaultProxy(address(url)) as proxy:
        configure(through(url, proxy.address))
        yield proxy


def as_stream(frame, batch_rows=500):
    """Return the rows as a stream, which can be read once."""
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    return pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(batch_rows))


def key_of(mode):
    """Return the key that a mode needs."""
    return "id" if mode == "upsert" else None


def put_old(mode):
    """Let the table ``orders`` be there, as a save of that mode finds it."""
    dk.save(OLD, "warehouse.orders", mode="replace", key=key_of(mode))


def put_long(url):
    """Let the table ``long`` be there, which is long enough to be read by ADBC."""
    run(url, f"create table long as select n, {LETTERS} as text from generate_series(1, 20000) n")


def load_long(**options):
    """Load ``long`` and return what its rows are, which is ``LONG``."""
    rows = dk.load("warehouse.long", **options)
    return rows["n"].tolist(), rows["text"].unique().tolist()


def after(mode):
    """Return the rows of ``orders`` after a save of ``NEW``, by id and text."""
    kept = {"replace": OLD[:0], "append": OLD, "upsert": OLD[:500]}[mode]
    return _sorted(pd.concat([kept, NEW]))


def held(url):
    """Return the rows of ``orders``, read around dkdata."""
    return _sorted(pd.DataFrame(run(url, "select id, text from orders"), columns=["id", "text"]))


def _sorted(frame):
    return frame.sort_values(["id", "text"], ignore_index=True).to_numpy().tolist()


def _threads():
    return {one for one in threading.enumerate() if one.name != "dkdata-fault-proxy"}


def threads_left(known):
    """Return the names of threads beyond those known, after a moment for them to end."""
    with suppress(TimeoutError):
        wait_until(lambda: _threads() <= known, "a thread is left", _SECONDS)
    return [thread.name for thread in _threads() - known]


def told(error):
    """Return all that may be shown of an error."""
    return "".join([str(error), repr(error), *traceback.format_exception(error)])
