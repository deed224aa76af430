"""Rows that a suite rejects: as which frame they come back, and where they are put."""

from __future__ import annotations

import signal
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.testing.comparing import assert_same
from tests.stores.in_processes import in_process

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None], "age": [36.5, None, 41.0]})
NAMED = dk.expect("name").not_null()


def _quarantined(frame, target="people", suite=NAMED, **options):
    return dk.save(frame, target, suite=suite, on_invalid="quarantine", **options)


def test_reasons_tell_rules_of_the_same_text_apart():
    suite = dk.expect("age").between(0, 40).between(0, 40)
    rejected = _quarantined(PEOPLE, suite=suite).rejected
    assert rejected["_dk_reasons"].tolist() == [
        ["age: between(0, 40) (#1)", "age: between(0, 40) (#2)"]
    ]


class TestFrames:
    @pytest.mark.parametrize(
        ("kind", "made", "gives"),
        [
            ("pandas", lambda frame: frame, pd.DataFrame),
            ("polars", pl.from_pandas, pl.DataFrame),
            ("lazy", lambda frame: pl.from_pandas(frame).lazy(), pl.DataFrame),
            ("arrow", pa.Table.from_pandas, pa.Table),
            ("reader", lambda frame: pa.Table.from_pandas(frame).to_reader(1), pa.Table),
            ("records", lambda frame: frame.head(3).to_dict("records"), pd.DataFrame),
            (
                "table",
                lambda frame: frame.dk.save("memory.t", mode="replace") and dk.table("memory.t"),
                pd.DataFrame,
            ),
        ],
        ids=lambda given: given if isinstance(given, str) else "",
    )
    def test_rejected_rows_are_the_kind_of_frame_that_was_given(self, kind, made, gives):
        frame = PEOPLE.assign(name=["Ada", "Bob", "Cy"])
        saved = _quarantined(made(frame), suite=dk.expect("name").in_set(["Ada", "Bob"]))
        assert isinstance(saved.rejected, gives), kind
        assert len(saved.rejected) == 1
        assert str(saved).startswith("people: 2 rows inserted, 1 rejected in ")
        none = _quarantined(made(frame), "all", dk.expect("id").unique()).rejected
        assert isinstance(none, gives)
        assert len(none) == 0

    def test_a_table_and_a_copy(self):
        PEOPLE.dk.save("people")
        saved = dk.copy("people", "named.csv", suite=NAMED, on_invalid="quarantine")
        assert (saved.inserted, dk.load("named__invalid.csv")["id"].tolist()) == (2, [3])
        assert dk.save(dk.table("people").filter("id < 3"), "first", suite=NAMED).rows == 2

    @pytest.mark.parametrize(
        ("index", "kept"),
        [
            (pd.RangeIndex(3), [0, 1]),
            (pd.RangeIndex(10, 40, 10), [0, 1]),
            (pd.RangeIndex(10, 40, 10, name="row"), [10, 20]),
            (pd.Index([7, 5, 3]), [7, 5]),
            (pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]), [("a", 1), ("a", 2)]),
            (pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin"), None),
        ],
        ids=["default", "range", "named range", "integers", "levels", "times"],
    )
    def test_index(self, index, kept):
        frame = PEOPLE.set_axis(index)
        saved = _quarantined(frame)
        assert list(saved.rejected.index) == [index[2]]
        assert dk.load("people").index.tolist() == (kept or index[:2].tolist())

    @pytest.mark.parametrize(
        ("labels", "rule"),
        [
            ([0, 1, 2], dk.expect(1).not_null()),
            (pd.MultiIndex.from_tuples([("a", ""), ("b", "x"), ("b", "y")]),
             dk.expect(("b", "x")).not_null()),
        ],
        ids=["numbers", "levels"],
    )  # fmt: skip
    def test_labels_that_are_no_text(self, labels, rule):
        frame = PEOPLE.set_axis(labels, axis=1)
        saved = _quarantined(frame, suite=rule)
        assert_same(dk.load("people"), frame.head(2))
        found = dk.load("people__invalid")
        assert found.columns.tolist() == saved.rejected.columns.tolist()

    @pytest.mark.parametrize("target", ["people", "people.parquet", "people/"])
    def test_a_column_that_is_called_as_the_reasons_are(self, target):
        aside = {"people": "people__invalid", "people/": "people__invalid/"}
        frame = PEOPLE.assign(_dk_reasons="own", _DK_REASONS="mine")
        _quarantined(frame, target)
        assert_same(dk.load(target), frame.head(2))
        found = dk.load(aside.get(target, "people__invalid.parquet"))
        assert found.columns.tolist() == ["id", "name", "age", "_DK_REASONS", "_dk_reasons"]
        assert found["_dk_reasons"].tolist() == [["name: not_null"]]
        assert found["_DK_REASONS"].tolist() == ["mine"]

    @pytest.mark.parametrize("target", ["people", "people.parquet", "people.csv", "people/"])
    def test_an_index_that_is_called_as_the_reasons_are(self, target):
        frame = PEOPLE.set_axis(pd.Index(["x", "y", "z"], name="_dk_reasons"))
        saved = _quarantined(frame, target)
        aside = {"people": "people__invalid", "people/": "people__invalid/"}
        found = dk.load(aside.get(target, target.replace(".", "__invalid.")))
        for rejected in (saved.rejected, found):
            assert rejected.index.equals(pd.Index(["z"], name="_dk_reasons"))
            assert rejected["id"].tolist() == [3]
        assert list(found.iloc[0, -1]) == ["name: not_null"]

    def test_rejected_rows_that_are_mended_and_saved(self):
        _quarantined(PEOPLE)
        mended = dk.load("people__invalid").drop(columns="_dk_reasons").assign(name="Cy")
        mended.dk.save("people", mode="append", suite=NAMED)
        assert dk.load("people")["name"].tolist() == ["Ada", "Bob", "Cy"]

    def test_a_key_need_not_hold_in_rejected_rows(self):
        frame = PEOPLE.assign(name=["Ada", None, None], id=[1, 1, 1])
        saved = _quarantined(frame, key="id", mode="upsert")
        assert (saved.inserted, dk.count("people__invalid")) == (1, 2)


class TestPlaces:
    @pytest.mark.parametrize(
        ("target", "aside", "options"),
        [
            ("my.orders.CSV.gz", "my.orders__invalid.CSV.gz", {}),
            ("orders.dat", "orders__invalid.dat", {"format": "csv", "options": {"sep": ";"}}),
            ("orders", "orders__invalid", {}),
            ('local."a.b"', 'local."a.b__invalid"', {}),
            ("duckdb:///shop.duckdb#orders", "duckdb:///shop.duckdb#orders__invalid", {}),
            ("file:///{here}#orders.parquet", "orders__invalid.parquet", {}),
        ],
    )
    def test_rejected_rows_are_put_beside_the_table(self, target, aside, options):
        _quarantined(PEOPLE, target.format(here=Path.cwd()), mode="replace", **options)
        found = dk.load(aside, **options)
        assert found["id"].tolist() == [3]

    def test_a_delta_folder_with_partitions(self):
        _quarantined(PEOPLE, "people/", partition_by="id")
        assert dk.load("people__invalid/")["_dk_reasons"].tolist() == [["name: not_null"]]
        assert not list(Path("people__invalid").glob("id=*"))

    @pytest.mark.parametrize("target", ["people", "people.parquet", "people.csv", "people/"])
    def test_a_save_that_is_killed_between_its_two_commits(self, target, tmp_path):
        code = """
            import os, signal, sys
            from dataclasses import replace
            import dkdata as dk
            from dkdata import catalog, frames
            from dkdata.gate import Gate
            os.chdir(sys.argv[2])
            location = catalog.locate(sys.argv[1])
            def put(rows, write):
                def die():
                    write.before_commit()
                    os.kill(os.getpid(), signal.SIGKILL)
                return location.store.write(
                    location.table, rows, replace(write, before_commit=die))
            people = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
            gate = Gate.of(dk.expect("name").not_null(), "quarantine")
            write = dk.Write("append", run_id="r1", repeatable=True)
            gate.save(people, frames.to_arrow(people), location, write, put)
            """
        with in_process(code, target, tmp_path) as process:
            assert process.wait() == -signal.SIGKILL, process.stderr.read()
        aside = {"people": "people__invalid", "people/": "people__invalid/"}.get(
            target, target.replace(".", "__invalid.")
        )
        assert not dk.exists(target)
        assert dk.exists(aside) == (target != "people")  # DuckDB commits both at once
        people = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
        saved = _quarantined(people, target, mode="append", run_id="r1")
        assert (saved.inserted, len(saved.rejected)) == (1, 1)
        assert (dk.count(target), dk.count(aside)) == (1, 1)
