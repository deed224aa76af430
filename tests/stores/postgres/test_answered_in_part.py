"""Conditions of which PostgreSQL answers a part only, and DuckDB the rest."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import SchemaError
from dkdata.stores.postgres.connection import streams

EVEN = "id % 2 = 0"  # SQL's remainder is left to DuckDB


@pytest.fixture
def small_blocks(monkeypatch):
    """Let rows travel in as many blocks as those of a large table do."""
    monkeypatch.setattr(streams, "_BLOCK_BYTES", 1 << 10)


@pytest.mark.usefixtures("small_blocks")
def test_many_rows_are_changed_and_deleted(sql):
    dk.save(pd.DataFrame({"id": range(20_000), "text": "a"}), "warehouse.t")
    assert "nothing is left" not in dk.table("warehouse.t").filter(EVEN).explain()
    assert dk.update("warehouse.t", {"text": "b"}, EVEN) == 10_000
    assert sql("SELECT count(*), sum(id % 2) FROM t WHERE text = 'b'") == [(10_000, 0)]
    assert dk.delete("warehouse.t", EVEN) == 10_000
    assert sql("SELECT count(*), sum(id % 2) FROM t") == [(10_000, 10_000)]


def test_columns_may_have_any_name(sql):
    frame = pd.DataFrame({"id": [1, 2], "__dk_place": ["a", "b"], "__dk_part": ["c", "d"]})
    dk.save(frame, "warehouse.t")
    assert dk.delete("warehouse.t", EVEN) == 1
    assert sql("SELECT * FROM t") == [(1, "a", "c")]


def test_what_a_row_has_wrong_is_said_as_it_is(sql):
    sql("CREATE TABLE t AS SELECT 2 AS id, timestamp '294260-01-01' AS at")
    with pytest.raises(SchemaError, match=r"column 'at'.* row 0"):
        dk.load("warehouse.t", where=EVEN)
