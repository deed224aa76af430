"""Roles that may only read, or only some of the rest; connections that are read-only."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import StoreError, TableNotFoundError, UsageError
from tests.services import postgres

ORDERS = pd.DataFrame({"id": [1, 2, 3], "city": ["Oslo", None, "Rome"]})
READS = {
    "load": lambda t: dk.load(t)["id"].tolist(),
    "where": lambda t: dk.load(t, where="id % 2 = 1", order_by="-id")["id"].tolist(),
    "scan": lambda t: [batch.num_rows for batch in dk.scan(t, batch_rows=2)],
    "count": lambda t: dk.count(t, "city = 'Oslo'"),
    "aggregate": lambda t: dk.table(t).aggregate(n=("id", "sum")).to_pandas()["n"].tolist(),
    "schema": lambda t: dk.table(t).schema.names,
    "exists": dk.exists,
    "explain": lambda t: "orders" in dk.table(t).filter("id > 1").explain(),
    "sql": lambda t: dk.sql(f"select max(id) as m from {t}")["m"].tolist(),
    "validate": lambda t: dk.validate(t, dk.expect("id").not_null()).success,
    "tables": lambda t: dk.tables(t.partition(".")[0])["table"].tolist(),
    "history of saves": lambda t: dk.doctor(t.partition(".")[0]) is not None,
}
WRITES = {
    "append": lambda t: dk.save(ORDERS, t, mode="append"),
    "replace": lambda t: dk.save(ORDERS, t, mode="replace"),
    "upsert": lambda t: dk.save(ORDERS, t, mode="upsert", key="id"),
    "new": lambda t: dk.save(ORDERS, f"{t}_new"),
    "update": lambda t: dk.update(t, {"city": "x"}, "id = 1"),
    "delete": lambda t: dk.delete(t, "true"),
    "drop": dk.drop,
    "rename": lambda t: dk.rename(t, f"{t}_new"),
}


@pytest.fixture(params=["role", "role and setting", "option"])
def readable(sql, postgres_url, request):
    """A table that may be read only, of a database where dkdata keeps nothing."""
    sql("CREATE TABLE orders AS SELECT * FROM (VALUES (1::bigint, 'Oslo'), (2, NULL), (3, 'Rome'))"
        " AS v (id, city)")  # fmt: skip
    settings = {"default_transaction_read_only": "on"} if "setting" in request.param else {}
    with postgres.role(postgres_url, "select on table orders", **settings) as url:
        options = (
            {"read_only": True, "url": postgres_url} if request.param == "option" else {"url": url}
        )
        dk.configure({"stores": {"reader": {"backend": "postgres", **options}}})
        yield "reader.orders"


def test_reading_writes_nothing(sql, readable):
    found = {name: read(readable) for name, read in READS.items()}
    assert found == {
        "load": [1, 2, 3],
        "where": [3, 1],
        "scan": [2, 1],
        "count": 1,
        "aggregate": [6],
        "schema": ["id", "city"],
        "exists": True,
        "explain": True,
        "sql": [3],
        "validate": True,
        "tables": ["orders"],
        "history of saves": True,
    }
    assert sql("SELECT to_regnamespace('dkdata')") == [(None,)]


@pytest.mark.parametrize("write", WRITES)
def test_writing_is_refused_and_says_why(sql, readable, write):
    reasons = "lacks a right: .*GRANT|read-only: .*takes writes|only its owner can .*OWNER TO"
    with pytest.raises(StoreError, match=reasons):
        WRITES[write](readable)
    assert sql("SELECT id, city FROM orders") == [(1, "Oslo"), (2, None), (3, "Rome")]
    assert sql("SELECT to_regnamespace('dkdata'), to_regclass('orders_new')") == [(None, None)]


def test_a_table_that_may_not_be_read_is_not_listed(sql, postgres_url):
    sql("CREATE TABLE orders (id int); CREATE TABLE secret (id int); CREATE SCHEMA hidden;"
        " CREATE TABLE hidden.orders (id int)")  # fmt: skip
    with postgres.role(postgres_url, "select (id) on table orders") as url:
        store = dk.connect(url)
        assert store.tables() == ["orders"]
        with pytest.raises(TableNotFoundError, match=r"There are: orders\."):
            dk.load(f"{url}#secrets")
        with pytest.raises(StoreError, match=r'GRANT SELECT ON "public"\."secret" TO'):
            dk.load(f"{url}#secret")


def test_a_role_that_may_insert_appends_without_anything_else(sql, postgres_url):
    sql("CREATE TABLE orders (id bigint, city text)")
    with postgres.role(postgres_url, "select, insert on table orders") as url:
        assert dk.save(ORDERS, f"{url}#orders", mode="append").inserted == 3
        with pytest.raises(UsageError, match=r"run_id='nightly' cannot be kept: .*AUTHORIZATION"):
            dk.save(ORDERS, f"{url}#orders", mode="append", run_id="nightly")
    assert sql("SELECT count(*) FROM orders") == [(3,)]
    assert sql("SELECT to_regnamespace('dkdata')") == [(None,)]
