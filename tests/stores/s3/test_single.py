"""Single objects, whose keys end as files do, are tables too."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ConflictError,
    SchemaError,
    StoreError,
    TableNotFoundError,
    UnsupportedError,
    UsageError,
)
from dkdata.testing import StoreTests, table_fixture
from dkdata.testing.comparing import assert_same
from dkdata.testing.fidelity import FidelityTests
from tests.stores.overtaken import save_overtaken

table = table_fixture
FRAME = pd.DataFrame(
    {"id": [1, 2], "kind": pd.Categorical(["b", "a"]), "n": pd.array([1, None], "Int8")}
)
CSV = 'lake."orders.csv"'


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
class TestCsv(StoreTests):
    @pytest.fixture
    def target(self):
        return lambda name: f'lake."{name}.csv"'


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("bucket", ["localstack"], indirect=True)
class TestParquet(FidelityTests):
    @pytest.fixture
    def target(self):
        return lambda name: f'lake."{name}.parquet"'


def test_what_others_wrote_is_read_by_its_url(lake):
    lake.put("in/orders.csv", b"id,day\n1,2024-01-31\n2,\n")
    lake.put("in/orders.jsonl", b'{"id": 1}\n{"id": 2}\n')
    lake.put("in/orders.txt", gzip.compress(b"id;x\n007;1.5\n"))
    dk.configure({"stores": {"lake": lake.options | {"prefix": "in"}}})
    assert dk.load(CSV, where="day is not null")["id"].tolist() == [1]
    assert dk.load('lake."orders.jsonl"')["id"].sum() == 3
    found = dk.load('lake."orders.txt"', format="csv.gz", options={"sep": ";"})
    assert (found["id"].tolist(), found["x"].tolist()) == (["007"], [1.5])
    assert dk.sql(f"select count(*) n from {CSV}")["n"].tolist() == [2]


def test_others_read_what_is_saved(lake):
    dk.save(FRAME, 'lake."orders.parquet"')
    dk.save(FRAME, CSV)
    dk.save(FRAME, "lake.orders", format="jsonl")
    assert lake.listed() == [
        "orders",
        "orders.csv",
        "orders.csv.dk.json",
        "orders.dk.json",
        "orders.parquet",
    ]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "orders.parquet"
        copy.write_bytes(lake.read("orders.parquet"))
        assert pd.read_parquet(copy)["id"].tolist() == [1, 2]
    assert lake.read("orders.csv").splitlines()[0] == b"id,kind,n"


def test_a_folder_that_is_called_like_a_file_stays_one(lake):
    with tempfile.TemporaryDirectory() as folder:
        for part in (0, 1):
            path = Path(folder) / "part.parquet"
            FRAME[["id"]].to_parquet(path)
            lake.put(f"orders.parquet/part.{part}.parquet", path.read_bytes())
    assert dk.load('lake."orders.parquet"')["id"].tolist() == [1, 2, 1, 2]


def write_overtaken(name, frame, mode, overtake):
    """Write the ids of a frame, while somebody else writes the same object."""
    save_overtaken(pa.Table.from_pandas(frame[["id"]]), name, mode, overtake)


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("name", ['lake."orders.csv"', 'lake."orders.parquet"'])
@pytest.mark.parametrize("mode", ["replace", "append"])
def test_of_two_writers_one_is_told_to_try_again(name, mode):
    dk.save(FRAME[["id"]], name)
    between = FRAME[["id"]].assign(id=[8, 9])
    with pytest.raises(ConflictError, match=r"somebody else wrote 'orders.*Try again"):
        write_overtaken(name, FRAME, mode, lambda: dk.save(between, name, mode="replace"))
    assert_same(dk.load(name), between)


@pytest.mark.usefixtures("lake")
@pytest.mark.parametrize("name", ['lake."orders.csv"', 'lake."orders.parquet"'])
def test_of_two_that_make_an_object_one_does(name):
    with pytest.raises(ConflictError, match="somebody else wrote"):
        write_overtaken(name, FRAME, "error", lambda: dk.save(FRAME.head(1), name))
    assert_same(dk.load(name), FRAME.head(1))


def test_a_large_object_is_sent_in_parts_and_fetched_in_pieces(lake):
    noise = np.random.default_rng(7).random(3_000_000)
    frame = pd.DataFrame({"x": noise})
    dk.save(frame, 'lake."large.parquet"')
    assert len(lake.read("large.parquet")) > 16 << 20
    assert_same(dk.load('lake."large.parquet"'), frame)


def test_an_upload_that_comes_too_late_leaves_no_parts(lake):
    frame = pd.DataFrame({"id": np.random.default_rng(7).random(3_000_000)})
    name = 'lake."large.parquet"'
    with pytest.raises(ConflictError):
        write_overtaken(name, frame, "error", lambda: dk.save(FRAME, name))
    assert_same(dk.load('lake."large.parquet"'), FRAME)
    begun = lake.client.list_multipart_uploads(Bucket=lake.name, Prefix="large.parquet")
    assert not begun.get("Uploads")


def test_errors_name_the_object(lake):
    lake.put("broken.parquet", b"PAR1 and no more")
    place = f"s3://{lake.name}/broken.parquet"
    with pytest.raises(StoreError, match=f"'{place}' cannot be read"):
        dk.load('lake."broken.parquet"')
    with pytest.raises(TableNotFoundError, match=r"'orders.csv'.*broken.parquet"):
        dk.load(CSV)
    with pytest.raises(UsageError, match="partition_by"):
        dk.save(FRAME, CSV, partition_by="kind")
    with pytest.raises(UnsupportedError, match="keeps no versions"):
        dk.history(CSV)


def test_a_save_that_is_refused_writes_nothing(lake):
    dk.save(FRAME, CSV)
    before = lake.read("orders.csv")
    with pytest.raises(SchemaError):
        dk.save(pd.DataFrame({"id": ["x"], "other": [1]}), CSV, mode="append")
    assert lake.read("orders.csv") == before


@pytest.mark.usefixtures("lake")
def test_copies_are_gone_afterwards(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dk.save(FRAME, CSV)
    rows = dk.table(CSV).batches(1)
    next(iter(rows))
    dk.save(FRAME.head(1), CSV, mode="append")
    assert dk.count(CSV) == 3, "a reader that is still open does not hold back what others see"
    list(rows)
    del rows
    assert list(tmp_path.iterdir()) == []


def test_an_object_is_renamed_and_dropped_with_what_describes_it(lake):
    dk.save(FRAME, CSV)
    dk.rename(CSV, 'lake."new.csv"')
    assert_same(dk.load('lake."new.csv"'), FRAME)
    with pytest.raises(UsageError, match="leaves the format"):
        dk.rename('lake."new.csv"', 'lake."new.parquet"')
    dk.drop('lake."new.csv"')
    assert lake.listed() == []
