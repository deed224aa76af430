"""What the tests of Delta tables share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import catalog
from dkdata.query import Query

DELETING = (
    '"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],'
    '"writerFeatures":["deletionVectors"]'
)
# The row at position 1, as the format of the log writes it.
DELETED = {
    "storageType": "i",
    "pathOrInlineDv": "^Bg9^0rr910000000000iXQKl0rr91000005c8Xg0rr91",
    "sizeInBytes": 34,
    "cardinality": 1,
}
NAN = float("nan")
NEW_YEAR = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - without zone
PRICE = pd.ArrowDtype(pa.decimal128(10, 2))
ORDERS = pd.DataFrame(
    {"id": [1, 2, 3], "city": ["Oslo", "Rome", None], "paid": [True, False, True]}
)


@pytest.fixture(name="target")
def folder_of_orders(tmp_path):
    return f"{tmp_path}/orders/"


def rewrite_log(target, old, new):
    """Change the first commit into one of somebody else."""
    log = Path(target) / "_delta_log" / f"{0:020}.json"
    assert old in log.read_text()
    log.write_text(log.read_text().replace(old, new))


def with_ids(rows, ids):
    return rows.set_column(0, rows.schema.field("id"), [ids])


def parts(target):
    found = (str(path) for path in Path(target).rglob("*.parquet"))
    return sorted(path for path in found if "_delta_log" not in path)


def files_read(target, where=None):
    location = catalog.locate(target)
    told = location.store.explain(
        location.table, Query(where=dk.col("id").is_null() if where is None else where)
    )
    return told.splitlines()[0]
