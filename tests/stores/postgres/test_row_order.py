"""Rows come in the order in which they were saved, whatever PostgreSQL would like better."""

from __future__ import annotations

from contextlib import closing

import pandas as pd
import psycopg2
import pytest

import dkdata as dk

ROWS = 40_000
# 40 MB, which is more than a quarter of the memory that the server shares: readers join scans.
FRAME = pd.DataFrame(
    {"id": range(ROWS, 0, -1), "kind": [n % 3 for n in range(ROWS)], "text": "x" * 900}
)
# What makes indexes and several processes look good.
TEMPTING = {
    "random_page_cost": 0,
    "parallel_setup_cost": 0,
    "parallel_tuple_cost": 0,
    "min_parallel_table_scan_size": 0,
    "min_parallel_index_scan_size": 0,
    "enable_bitmapscan": "off",
}


@pytest.fixture
def table(sql):
    dk.save(FRAME, "warehouse.t")
    sql("CREATE INDEX ON t (id); CREATE INDEX ON t (kind, id); ANALYZE t")
    (name,) = sql("SELECT current_database()")[0]
    for setting, value in TEMPTING.items():
        sql(f"ALTER DATABASE {name} SET {setting} = {value}")
    yield "warehouse.t"
    for setting in TEMPTING:
        sql(f"ALTER DATABASE {name} RESET {setting}")


def test_while_another_session_scans_the_table(sql, postgres_url):
    dk.save(FRAME, "warehouse.t")
    assert sql("SELECT pg_relation_size('t') > setting::int8 * 8192 / 4 FROM pg_settings"
               " WHERE name = 'shared_buffers'") == [(True,)]  # fmt: skip
    with closing(psycopg2.connect(postgres_url)) as other, other.cursor("half") as cursor:
        cursor.execute("SELECT id FROM t")
        cursor.fetchmany(ROWS // 2)
        assert sql("SELECT id FROM t LIMIT 1") != [(ROWS,)]  # it joins in where the other one is
        assert dk.load("warehouse.t")["id"].tolist() == FRAME["id"].tolist()
        assert dk.load("warehouse.t", limit=1)["id"].tolist() == [ROWS]
        assert next(iter(dk.scan("warehouse.t", batch_rows=1)))["id"].to_pylist() == [ROWS]
        assert dk.load("warehouse.t", order_by="kind", limit=1)["id"].tolist() == [ROWS]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"columns": ["id"]},
        {"where": "id < 39000"},
        {"where": "kind = 1"},
        {"where": "kind = 1 and id % 2 = 0"},
        {"order_by": "kind"},
        {"order_by": "-kind", "where": "id < 39000"},
        {"order_by": ["kind"], "where": "id % 5 = 0"},
    ],
    ids=str,
)
def test_whatever_indexes_and_workers_there_are(table, query):
    expected = FRAME
    if "where" in query:
        expected = expected.query(query["where"].replace(" = ", " == "))
    if "order_by" in query:
        expected = expected.sort_values(
            "kind", ascending="-kind" not in query["order_by"], kind="stable"
        )
    assert dk.load(table, **query)["id"].tolist() == expected["id"].tolist()


def test_pages_are_parts_of_the_whole(table):
    for more in ({}, {"where": "kind = 2"}, {"order_by": "kind"}):
        whole = dk.load(table, columns=["id"], limit=90, **more)["id"].tolist()
        pages = [
            dk.load(table, columns=["id"], limit=30, offset=start, **more)["id"].tolist()
            for start in (0, 30, 60)
        ]
        assert [*pages[0], *pages[1], *pages[2]] == whole


def test_first_and_last_are_those_of_the_rows(table):
    found = dk.table(table).aggregate(by=["kind"], first=("id", "first"), last=("id", "last"))
    groups = FRAME.groupby("kind")["id"]
    assert found.to_pandas()["first"].tolist() == groups.first().tolist()
    assert found.to_pandas()["last"].tolist() == groups.last().tolist()


def test_a_table_that_stays_gets_its_rows_in_their_order(sql, table):
    sql("CREATE VIEW w AS SELECT * FROM t")
    for _ in range(2):
        dk.save(FRAME, table, mode="replace")
        sql("VACUUM t")
        assert dk.load(table)["id"].tolist() == FRAME["id"].tolist()


def test_appended_rows_are_last(table):
    dk.save(FRAME.head(2000).assign(id=0), table, mode="append")
    assert dk.load(table)["id"].tolist() == [*FRAME["id"], *[0] * 2000]
