from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.change import Change, Comparison, compare, side_of
from dkdata.errors import UsageError

OLD = dk.Schema(
    "people@1",
    [
        dk.Field("id", "integer", required=True, constraints=dk.Unique()),
        dk.Field("name", "string"),
        dk.Field("age", pa.int32(), constraints=dk.Range(0, 120)),
        dk.Field("legacy", "float"),
    ],
)
NEW = dk.Schema(
    "people@2",
    [
        dk.Field("id", "integer", required=True, constraints=dk.Unique()),
        dk.Field("full_name", "string"),
        dk.Field("age", pa.int64(), required=True, constraints=dk.Range(0, 120) | dk.Enum([-1])),
        dk.Field("email", "string", default="none"),
    ],
)


def test_a_comparison_is_json_of_one_shape():
    found = compare(OLD, NEW, targets=["duckdb"]).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert list(found) == ["left", "right", "verdict", "told", "changes", "backends", "preview"]
    assert found["left"] == "people@1"
    assert found["verdict"] == "none"
    assert [(each["kind"], each["column"], each["breaks"]) for each in found["changes"]] == [
        ("type", "age", "forward"),
        ("nullable", "age", "backward"),
        ("renamed", "name", "both"),
        ("removed", "legacy", "forward"),
        ("added", "email", ""),
        ("rule changed", "age", "forward"),
    ]
    assert set(found["changes"][0]) == {"kind", "column", "before", "after", "breaks", "why"}
    assert found["backends"] == {
        "duckdb": {
            "verdict": "replace",
            "why": "an append adds, drops and renames no column: write it with mode='replace'",
        }
    }
    assert found["preview"] == [
        "rename 'name' to 'full_name'",
        "cast 'age' from int32 to int64",
        "fill 'age' where it is null",
        "add 'email' (string, default 'none')",
        "drop 'legacy'",
    ]


def test_the_steps_of_a_migration_make_the_rows_of_the_right_side():
    rows = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "age": [5, 6], "legacy": [0.5, 1.0]})
    rows["age"] = rows["age"].astype("int32")
    assert dk.validate(rows, OLD).success
    made = rows.rename(columns={"name": "full_name"}).astype({"age": "int64"})
    made = made.assign(email="none").drop(columns="legacy")
    assert dk.validate(made, NEW).success


@pytest.mark.parametrize(
    ("breaks", "verdict", "told"),
    [
        ([], "full", "'a' and 'b' say the same."),
        ([""], "full", "rows of each meet the other."),
        (
            ["", "forward"], "backward",
            "rows of 'a' meet 'b', but not the other way: 1 of 2 changes break that.",
        ),
        (
            ["backward"], "forward",
            "rows of 'b' meet 'a', but not the other way: 1 of 1 changes break that.",
        ),
        (
            ["backward", "forward"], "none",
            "neither rows of 'a' meet 'b', nor the other way: 2 of 2 changes break that.",
        ),
        (["both"], "none", None),
    ],
)  # fmt: skip
def test_the_verdict_follows_of_what_breaks(breaks, verdict, told):
    found = Comparison("a", "b", tuple(Change("type", "x", breaks=each) for each in breaks))
    assert found.verdict == verdict
    assert told is None or found.told == told


HOSTILE = "<img src=x onerror=alert(1)>\n'\"&\x1b[31m"


def test_hostile_names_and_texts_stay_text():
    left = dk.Schema(HOSTILE, [dk.Field(HOSTILE, "string", constraints=dk.Enum([HOSTILE]))])
    right = dk.Schema(HOSTILE, [dk.Field("a", "integer", default=None)], strict=True)
    found = compare(left, right)
    html = found._repr_html_()
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert "\x1b" not in str(found)
    assert str(found).count("\n") == 2 + len(found.changes) + 4 + len(found.preview)


def test_long_comparisons_are_cut():
    many = dk.Schema("many", [dk.Field(f"c{n}", "any") for n in range(60)])
    none = dk.Schema("none", [])
    found = compare(many, none)
    assert len(found.changes) == len(found.preview) == 60
    assert str(found).count("and 10 more") == found._repr_html_().count("and 10 more") == 2


FRAME = pd.DataFrame({"a": [1], "b": ["x"]})


@pytest.mark.parametrize(
    "frame",
    [
        FRAME, pl.from_pandas(FRAME), pl.from_pandas(FRAME).lazy(), pa.Table.from_pandas(FRAME),
        pa.Table.from_pandas(FRAME).schema, pa.Table.from_pandas(FRAME).to_reader(),
        [{"a": 1, "b": "x"}],
    ],
    ids=["pandas", "polars", "lazy", "arrow", "schema", "reader", "records"],
)  # fmt: skip
def test_the_columns_of_any_frame_are_compared(frame):
    assert [(each.name, each.words) for each in side_of(frame).columns] == [
        ("a", "int64"),
        ("b", "text"),
    ]
    assert compare(frame, FRAME).verdict == "full"


def test_stored_tables_are_compared_by_name_and_path():
    FRAME.dk.save("memory.one")
    FRAME.assign(a=FRAME["a"].astype("int8")).dk.save("two.parquet")
    for left, name in (("memory.one", "memory.one"), (dk.table("memory.one"), "one")):
        for right in ("two.parquet", Path("two.parquet"), dk.table("two.parquet")):
            found = compare(left, right)
            assert (found.left, found.verdict) == (name, "forward")
            assert [change.column for change in found.changes] == ["a"]


def test_a_frame_brings_its_rules_and_a_label_stays_what_it_is():
    frame = pd.DataFrame({0: [1], "0": [2]})
    old = side_of(frame, dk.expect(0).between(0, 5), name="old")
    new = side_of(frame, dk.expect(0).between(0, 9), name="new")
    assert [column.name for column in new.columns] == [0, "0"]
    assert str(compare(old, new, targets=())) == (
        "Comparison of 'old' and 'new': backward\n"
        "rows of 'old' meet 'new', but not the other way: 1 of 1 changes break that.\n"
        "  rule changed '0': between(0, 5) -> between(0, 9) [breaks forward]"
        " - looser: rows of 'new' may break it"
    )


def test_a_suite_knows_the_columns_that_its_rules_name():
    suite = dk.Suite("s", [dk.expect("a").not_null(), dk.expect_pair("b", "c").equal()])
    columns = [(column.name, column.words, column.nullable) for column in side_of(suite).columns]
    assert columns == [("a", "any", False), ("b", "any", True), ("c", "any", True)]


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(UsageError, match=r"a value of type 'int' is not a frame"):
        compare(3, FRAME)
    with pytest.raises(UsageError, match=r"suite= is for the columns of a frame or a table"):
        side_of(OLD, dk.expect("a").not_null())
    with pytest.raises(UsageError, match=r"targets='oracle'"):
        compare(OLD, NEW, targets=["oracle"])
    with pytest.raises(UsageError, match=r"targets='duckdb' is not a list of backends"):
        compare(OLD, NEW, targets="duckdb")
