"""Tables that somebody has damaged are named, and many writers of one table lose nothing."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DkError, StoreError
from tests.services.s3.scripted import Answer, Fault
from tests.stores.in_processes import in_process

ORDERS = pd.DataFrame({"id": [1, 2, 3], "city": ["Oslo", "a b", None]})
WRITERS, APPENDS = 8, 2
READS = {
    "load": lambda: dk.load("lake.orders"),
    "load some": lambda: dk.load("lake.orders", where="id = 2"),
    "count some": lambda: dk.count("lake.orders", "id = 2"),
    "scan": lambda: list(dk.scan("lake.orders")),
    "sql": lambda: dk.sql("select * from lake.orders"),
}


@pytest.mark.parametrize(
    "content",
    [b"{not json", b'{"add": {"path": 7}}', b""],
    ids=["text", "other", "empty"],
)
@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
def test_a_damaged_log_is_named_and_left_as_it_is(lake, content):
    dk.save(ORDERS, "lake.orders")
    dk.save(ORDERS, "lake.orders", mode="append")
    lake.put(f"orders/_delta_log/{1:020d}.json", content)
    before = lake.listed()
    dk.configure({"stores": {"lake": lake.options}})
    for job in (*READS.values(), lambda: dk.save(ORDERS, "lake.orders", mode="append")):
        with pytest.raises(StoreError, match="orders"):
            job()
    assert lake.listed() == before


@pytest.mark.parametrize("read", READS.values(), ids=list(READS))
@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
def test_a_part_that_is_missing_is_named(lake, read):
    dk.save(ORDERS, "lake.orders")
    dk.save(ORDERS, "lake.orders", mode="append")
    part = next(key for key in lake.listed() if key.endswith(".parquet"))
    name = part.removeprefix("orders/")
    lake.client.delete_object(Bucket=lake.name, Key=part)
    with pytest.raises(DkError, match=f"orders.*{name}|{name}.*orders"):
        read()
    dk.save(ORDERS, "lake.orders", mode="replace")
    assert dk.load("lake.orders").equals(ORDERS)


@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
def test_eight_writers_lose_nothing(lake, monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": lake.key,
        "AWS_SECRET_ACCESS_KEY": lake.secret,
        "AWS_ENDPOINT_URL": lake.endpoint,
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    code = """
        import sys, pandas as pd, dkdata as dk
        for n in range(int(sys.argv[3])):
            frame = pd.DataFrame({"w": [int(sys.argv[2])], "n": [n]})
            try:
                dk.save(frame, sys.argv[1], mode="append", progress=False)
                print(sys.argv[2], n)
            except dk.errors.ConflictError:
                pass
        """
    target = f"s3://{lake.name}/raced"
    writers = [in_process(code, target, writer, APPENDS) for writer in range(WRITERS)]
    told, errors = zip(*(writer.communicate() for writer in writers), strict=True)
    assert set(errors) == {""}
    saved = Counter(tuple(map(int, line.split())) for line in "".join(told).splitlines())
    held = dk.load(target)
    assert Counter(zip(held["w"], held["n"], strict=True)) == saved
    assert len(saved) > WRITERS


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Answer(403, "AccessDenied"), "access denied"),
        (Answer(404, "NoSuchKey"), "is gone. Load again."),
    ],
    ids=["denied", "gone"],
)
@pytest.mark.parametrize("read", list(READS.values())[1:], ids=list(READS)[1:])
@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
def test_a_failure_within_a_query_is_that_of_the_server(lake, counted, read, fault, message):
    assert not lake.listed()
    dk.save(ORDERS, "lake.orders")
    counted.inject(Fault(fault, "get", times=None))
    with pytest.raises(DkError, match=message) as caught:
        read()
    assert type(caught.value) is StoreError
