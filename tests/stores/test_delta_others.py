"""Delta tables that others write or read."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import deltalake
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    DkWarning,
    SchemaError,
    UnsupportedError,
)
from dkdata.testing.comparing import assert_same
from tests.stores.delta_tables import (
    DELETED,
    DELETING,
    NEW_YEAR,
    ORDERS,
    folder_of_orders,
    parts,
    rewrite_log,
)

target = folder_of_orders


class TestOthers:
    def test_a_table_of_somebody_else_loads_well(self, target):
        frame = pa.table(
            {
                "id": pa.array([1, 2], pa.int32()),
                "at": pa.array([NEW_YEAR, None], pa.timestamp("us", "UTC")),
                "d": pa.array([Decimal("1.50"), None], pa.decimal128(20, 2)),
                "tags": [["a"], None],
            },
        )
        deltalake.write_deltalake(target, frame)
        assert dk.load(target, as_="arrow").to_pylist() == frame.to_pylist()
        assert str(dk.load(target)["at"].dtype) == "datetime64[us, UTC]"
        assert dk.load(target, where=dk.col("at").is_null())["id"].tolist() == [2]

    def test_append_to_a_table_of_somebody_else_keeps_it_theirs(self, target):
        deltalake.write_deltalake(target, pa.table({"id": [1], "s": ["x"]}), partition_by=["s"])
        dk.save(pd.DataFrame({"id": [2], "s": ["y"]}), target, mode="append")
        held = deltalake.DeltaTable(target)
        assert held.schema().fields[0].metadata == {}
        assert pl.scan_delta(target).sort("id").collect().rows() == [(1, "x"), (2, "y")]

    def test_others_read_ours(self, target):
        frame = pd.DataFrame(
            {
                "id": [1, 2],
                "c": pd.Categorical(["b", "a"]),
                "t": pd.to_datetime(["2024-01-01", None]),
            }
        )
        dk.save(frame, target)
        rows = [(1, "b", NEW_YEAR), (2, "a", None)]
        assert pl.scan_delta(target).collect().rows() == rows
        found = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(target))
        read = pa.table(found.execute("select * from t where t is not null")).to_pylist()
        assert [row["c"] for row in read] == ["b"]

    def test_others_append_to_ours(self, target):
        frame = pd.DataFrame({"id": [1], "c": pd.Categorical(["a"], categories=["a", "b"])})
        dk.save(frame, target)
        deltalake.write_deltalake(target, pa.table({"id": [2], "c": ["b"]}), mode="append")
        held = dk.load(target)
        assert held["c"].tolist() == ["a", "b"]
        assert held["c"].dtype == frame["c"].dtype

    def test_columns_that_others_added_are_null_before(self, target):
        dk.save(ORDERS, target)
        more = pa.table({"id": [4], "city": ["Bern"], "paid": [True], "extra": [1.5]})
        deltalake.write_deltalake(target, more, mode="append", schema_mode="merge")
        with pytest.warns(DkWarning, match=r"added since they were saved.*\['extra'\]"):
            held = dk.load(target)
        assert held["extra"].tolist()[3] == 1.5
        assert held["extra"].isna().tolist() == [True, True, True, False]
        assert held["id"].dtype == "int64"

    def test_a_damaged_descriptor_is_one_warning(self, target):
        dk.save(ORDERS, target)
        log = Path(target) / "_delta_log" / f"{0:020}.json"
        log.write_text(log.read_text().replace("writer", 'writer\\\\\\"x'))
        with pytest.warns(DkWarning, match="descriptor cannot be used"):
            assert dk.load(target)["id"].tolist() == [1, 2, 3]

    def test_a_long_descriptor_is_in_the_same_commit(self, target):
        frame = pd.DataFrame(
            {"c": pd.Categorical(["x1"], categories=[f"x{n}" for n in range(30_000)])}
        )
        dk.save(frame, target)
        assert_same(dk.load(target), frame)
        assert len(list(Path(f"{target}/_delta_log").iterdir())) == 1

    def test_a_replace_keeps_what_was_set_about_versions(self, target):
        setting = {"delta.logRetentionDuration": "interval 90 days"}
        deltalake.write_deltalake(target, pa.table({"id": [1]}), configuration=setting)
        dk.save(ORDERS, target, mode="replace")
        held = deltalake.DeltaTable(target).metadata().configuration
        assert held == {"delta.checkpointInterval": "20", **setting}

    def test_rules_of_others_are_not_broken(self, target):
        dk.save(ORDERS, target)
        rewrite_log(target, '"configuration":{', '"configuration":{"delta.constraints.c":"id > 0",')
        assert dk.count(target) == 3
        with pytest.raises(UnsupportedError, match=r"rules.*delta\.constraints\.c"):
            dk.save(ORDERS, target, mode="append")

    def test_deletion_vectors_are_refused(self, target):
        dk.save(ORDERS, target)
        rewrite_log(target, '"minReaderVersion":1,"minWriterVersion":2', DELETING)
        assert dk.count(target) == 3
        with_vector = f'"deletionVector":{json.dumps(DELETED)},"dataChange":true'
        rewrite_log(target, '"dataChange":true', with_vector)
        for read in (dk.load, dk.count):
            with pytest.raises(UnsupportedError, match=r"cannot be read here: deletionVectors"):
                read(target)
        with pytest.raises(UnsupportedError, match=r"deletion vectors.*Drop it first"):
            dk.save(ORDERS, target, mode="replace")

    def test_mapped_columns_are_refused(self, target):
        dk.save(ORDERS, target)
        setting = '"configuration":{"delta.columnMapping.mode":"name",'
        rewrite_log(target, '"configuration":{', setting)
        with pytest.raises(UnsupportedError, match=r"columnMapping"):
            dk.load(target)

    def test_a_table_with_rules_may_not_be_nulled(self, target):
        schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("x", pa.int64())])
        deltalake.DeltaTable.create(target, deltalake.Schema.from_arrow(schema))
        with pytest.raises(SchemaError, match="'id' holds null"):
            dk.save(
                pd.DataFrame({"id": pd.array([None], "Int64"), "x": [1]}), target, mode="append"
            )
        assert parts(target) == []
