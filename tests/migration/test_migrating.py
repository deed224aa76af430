"""What becomes of the rows of a migration, and what its report tells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.configuration.resolving import workspace
from dkdata.errors import (
    ColumnNotFoundError,
    ConflictError,
    DkError,
    DkWarning,
    ExistsError,
    MigrationError,
    SchemaError,
    TableNotFoundError,
    UsageError,
    ValidationError,
)

PEOPLE = pd.DataFrame(
    {"id": [1, 2, 3, 4], "name": ["Ada", "Bob", None, "Di"], "age": ["36", "x", "5", "7"]}
)
NAMED = dk.expect("name").not_null()


@pytest.fixture(autouse=True)
def people():
    dk.save(PEOPLE, "people", key="id")


def _counts(report):
    assert report.read == report.written + report.skipped + report.failed == report.read
    return report.read, report.written, report.skipped, report.failed


def _nothing_is_left():
    assert not (workspace() / "migrations").exists()
    assert not [name for name in dk.tables("local")["table"] if "__migrating" in name]


def test_a_part_of_a_table():
    report = dk.migrate("people", "some.parquet", where="id > 1 and name is not null")
    assert _counts(report) == (2, 2, 0, 0)
    assert dk.load("some.parquet")["id"].tolist() == [2, 4]
    assert (report.verified, report.resumed_from, len(report.rejected)) == (True, None, 0)
    assert str(report).startswith("people -> some.parquet: 2 rows read, 2 written in ")
    assert "people -&gt; some.parquet" in report._repr_html_()
    _nothing_is_left()


def test_a_query_on_a_table():
    chosen = dk.table("people").select("id", "name").sort("-id").limit(2)
    assert _counts(dk.migrate(chosen, "some/")) == (2, 2, 0, 0)
    assert dk.load("some/")["id"].tolist() == [4, 3]


def test_the_key_goes_with_the_rows():
    dk.migrate("people", "kept/")
    with pytest.raises(ConflictError, match="rows with key 'id' already"):
        dk.save(PEOPLE, "kept/", mode="append")


def test_no_rows():
    report = dk.migrate("people", "none.parquet", where="id > 9")
    assert _counts(report) == (0, 0, 0, 0)
    assert dk.load("none.parquet").columns.tolist() == ["id", "name", "age"]


@pytest.mark.parametrize("target", ["there", "there.parquet", "there/"])
def test_a_table_that_is_there_needs_a_key(target):
    dk.save(PEOPLE[["name"]], target)
    dk.save(PEOPLE[["name"]], "memory.names", mode="replace")
    with pytest.raises(ExistsError, match=r"exists \(4 rows\), and nothing tells which"):
        dk.migrate("memory.names", target)
    assert dk.count(target) == 4
    _nothing_is_left()


@pytest.mark.parametrize("target", ["there", "there.parquet", "there/", "memory.there"])
def test_on_conflict(target):
    dk.save(PEOPLE.head(2).assign(name="old"), target, key="id", mode="replace")
    with pytest.raises(ConflictError, match="rows with key 'id' already"):
        dk.migrate("people", target)
    assert _counts(dk.migrate("people", target, on_conflict="skip")) == (4, 2, 2, 0)
    assert dk.load(target)["name"].tolist()[:2] == ["old", "old"]
    assert _counts(dk.migrate("people", target, on_conflict="upsert")) == (4, 4, 0, 0)
    assert dk.load(target).sort_values("id")["name"].tolist()[:2] == ["Ada", "Bob"]
    fresh = dk.migrate("people", target, where="id > 9")
    assert _counts(fresh) == (0, 0, 0, 0)
    _nothing_is_left()


@pytest.mark.parametrize("batch_rows", [None, 1])
def test_a_suite_ends_it_before_anything_is_written(batch_rows):
    with pytest.raises(ValidationError, match=r"(?s)nothing was written to 'moved/'.*on_error="):
        dk.migrate("people", "moved/", suite=NAMED, batch_rows=batch_rows)
    assert not dk.exists("moved/")
    _nothing_is_left()


@pytest.mark.parametrize("batch_rows", [None, 1, 2])
@pytest.mark.parametrize("target", ["moved", "moved/", "moved.parquet", "memory.moved"])
def test_rows_that_a_suite_rejects_are_quarantined(target, batch_rows):
    dk.drop("memory.moved", missing_ok=True)
    dk.drop("memory.moved__invalid", missing_ok=True)
    report = dk.migrate("people", target, suite=NAMED, on_error="quarantine", batch_rows=batch_rows)
    assert _counts(report) == (4, 3, 0, 1)
    assert dk.load(target)["id"].tolist() == [1, 2, 4]
    aside = {"moved/": "moved__invalid/", "moved.parquet": "moved__invalid.parquet"}
    held = dk.load(aside.get(target, f"{target}__invalid"))
    assert held["id"].tolist() == report.rejected["id"].tolist() == [3]
    assert report.rejected["_dk_reasons"].tolist() == [["name: not_null"]]
    _nothing_is_left()


def test_a_function_gets_the_rows_that_are_rejected():
    seen = []
    report = dk.migrate("people", "moved/", suite=NAMED, on_error=seen.append)
    assert _counts(report) == (4, 3, 0, 1)
    assert [frame["id"].tolist() for frame in seen] == [[3]]
    assert not dk.exists("moved__invalid/")


def test_a_rule_that_is_not_about_rows_ends_it():
    suite = dk.expect_table().row_count_between(10, 20)
    with pytest.raises(ValidationError, match="No single rows are to blame"):
        dk.migrate("people", "moved/", suite=suite, on_error="skip")


def test_of_mild_rules_is_warned():
    mild = dk.expect("name").not_null(severity="warning")
    with pytest.warns(DkWarning, match="rows that are migrated to 'moved/' do not meet: name"):
        report = dk.migrate("people", "moved/", suite=mild)
    assert _counts(report) == (4, 4, 0, 0)


def test_a_transform():
    adults = dk.Transform().rename({"name": "who"}).filter("id < 4").add("twice", "id * 2")
    report = dk.migrate("people", "moved/", transform=adults)
    assert _counts(report) == (4, 3, 1, 0)
    assert dk.load("moved/").to_dict("list")["twice"] == [2, 4, 6]
    assert dk.load("moved/").columns.tolist() == ["id", "who", "age", "twice"]
    assert report.types.set_index("column")["read"].isna().to_dict()["twice"]


@pytest.mark.parametrize("batch_rows", [None, 1])
def test_values_that_a_transform_cannot_convert(batch_rows):
    ages = dk.Transform().map("age", "to_int")
    with pytest.raises(SchemaError, match="row 1, step 1"):
        dk.migrate("people", "moved/", transform=ages, batch_rows=batch_rows)
    assert not dk.exists("moved/")
    _nothing_is_left()
    report = dk.migrate(
        "people", "moved/", transform=ages, on_error="quarantine", batch_rows=batch_rows
    )
    assert _counts(report) == (4, 3, 0, 1)
    assert dk.load("moved/")["age"].tolist() == [36, 5, 7]
    assert dk.load("moved__invalid/")["age"].tolist() == ["x"]
    with pytest.raises(MigrationError, match="a row cannot be migrated to 'more/'") as caught:
        dk.migrate(
            "people", "more/", transform=dk.Transform(on_error="reject").map("age", "to_int")
        )
    assert caught.value.rejected["id"].tolist() == [2]


def test_a_transform_and_a_suite():
    steps = dk.Transform().map("age", "to_int").filter("id != 1")
    report = dk.migrate("people", "moved/", transform=steps, suite=NAMED, on_error="skip")
    assert _counts(report) == (4, 1, 1, 2)
    assert sorted(report.rejected["id"]) == [2, 3]


def test_values_that_cannot_be_converted_become_null_where_that_is_allowed():
    steps = dk.Transform().map("name", "to_int")
    with pytest.raises(DkError, match=r"step 1 \(map 'name' by to_int\)"):
        dk.migrate("people", "moved/", transform=steps)
    report = dk.migrate("people", "moved/", transform=steps, lossy="allow")
    assert report.written == report.read
    assert dk.load("moved/")["name"].isna().all()


def test_rows_of_which_several_are_made_cannot_be_counted_as_failed():
    steps = dk.Transform().add("n", "[1, 2]").explode("n").drop("id")
    assert dk.migrate("people", "moved/", transform=steps).written == 4
    assert dk.count("moved/") == 8
    for options in ({"on_error": "skip"}, {"on_conflict": "skip"}, {"dry_run": True}):
        with pytest.raises(UsageError, match="a transform that explodes"):
            dk.migrate("people", "other/", transform=steps, **options)


def test_an_error_of_a_function_is_raised_as_it_is():
    def broken(_):
        message = "no"
        raise ZeroDivisionError(message)

    with pytest.raises((ZeroDivisionError, DkError), match="no"):
        dk.migrate("people", "moved/", transform=dk.Transform().map("age", broken))
    assert not dk.exists("moved/")
    _nothing_is_left()


@pytest.mark.parametrize("batch_rows", [None, 2])
def test_keys_that_are_null_or_repeated(batch_rows):
    rows = pd.DataFrame({"k": pd.Series([1, 1, None, 2], dtype="Int64"), "v": range(4)})
    dk.save(rows, "wrong.parquet")
    with pytest.raises(SchemaError, match="key 'k'"):
        dk.migrate("wrong.parquet", "right", key="k", batch_rows=batch_rows)
    options = {"key": "k", "on_error": "quarantine", "batch_rows": batch_rows}
    report = dk.migrate("wrong.parquet", "right", resume=False, **options)
    assert _counts(report) == (4, 2, 0, 2)
    assert dk.load("right")["v"].tolist() == [0, 3]
    assert report.rejected["_dk_reasons"].tolist() == [["k: not unique"], ["k: null"]]
    _nothing_is_left()


@pytest.mark.usefixtures("stores")
def test_values_that_the_target_refuses():
    texts = pd.DataFrame({"id": range(5), "text": ["a", "b\0", "c", "\0", "e"]})
    dk.save(texts, "texts.parquet")
    with pytest.raises(SchemaError, match="column 'text', row 1"):
        dk.migrate("texts.parquet", "warehouse.texts")
    assert not dk.exists("warehouse.texts")
    for number, batch_rows in enumerate((None, 2)):
        target = f"warehouse.texts{number}"
        report = dk.migrate("texts.parquet", target, on_error="quarantine", batch_rows=batch_rows)
        assert _counts(report) == (5, 3, 0, 2)
        assert dk.load(target)["id"].tolist() == [0, 2, 4]
        assert report.rejected["id"].tolist() == [1, 3]
        assert dk.load(f"{target}__invalid")["text"].tolist() == [r'"b\u0000"', r'"\u0000"']
    _nothing_is_left()


@pytest.mark.parametrize("batch_rows", [None, 3])
def test_new_ids(batch_rows):
    report = dk.migrate("people", "new", ids="regenerate", batch_rows=batch_rows)
    assert _counts(report) == (4, 4, 0, 0)
    made, told = dk.load("new"), dk.load("new__ids")
    assert told["old"].tolist() == [1, 2, 3, 4]
    assert told["new"].tolist() == made["id"].tolist() == sorted(set(made["id"]))
    assert made["name"].tolist()[:2] == ["Ada", "Bob"]


def test_new_ids_need_one_column():
    dk.save(PEOPLE, "no_key")
    with pytest.raises(UsageError, match="needs one column of ids"):
        dk.migrate("no_key", "new", ids="regenerate")
    assert not dk.exists("new")


@pytest.mark.parametrize("target", ["dry", "dry/", "dry.parquet", "memory.dry"])
def test_a_dry_run_changes_nothing(target):
    report = dk.migrate("people", target, suite=NAMED, on_error="quarantine", dry_run=True)
    assert _counts(report) == (4, 3, 0, 1)
    assert report.is_dry
    assert "a dry run" in str(report)
    assert report.types["written"].tolist() == ["int64", "text", "text"]
    assert not dk.exists(target)
    dk.save(PEOPLE.head(3).assign(name="old"), target, key="id")
    for on_conflict, counts in (("upsert", (4, 4, 0, 0)), ("skip", (4, 1, 3, 0))):
        report = dk.migrate("people", target, on_conflict=on_conflict, dry_run=True)
        assert _counts(report) == counts
    with pytest.raises(ConflictError, match="rows with key 'id' already"):
        dk.migrate("people", target, dry_run=True)
    assert dk.load(target)["name"].tolist() == ["old"] * 3
    dk.drop(target)
    _nothing_is_left()


def test_several_tables():
    dk.save(PEOPLE.head(1), "pets")
    dk.save(PEOPLE.head(2), 'local."a.b"')
    dk.configure({"stores": {"files": {"backend": "file", "path": "out", "format": "csv"}}})
    reports = dk.migrate("local", "files", tables="*")
    assert {name: report.written for name, report in reports.items()} == {
        "a.b": 2, "people": 4, "pets": 1
    }  # fmt: skip
    assert (reports.read, reports.written, reports.skipped, reports.failed) == (7, 7, 0, 0)
    pd.testing.assert_frame_equal(dk.load("files.people"), PEOPLE)
    assert reports.frame["table"].tolist() == ["a.b", "people", "pets"]
    assert list(dk.migrate("local", "memory", tables=["pe*"])) == ["people", "pets"]
    for name in ("people", "pets"):
        dk.drop(f"memory.{name}")
    with pytest.raises(TableNotFoundError, match="no table named 'pest'"):
        dk.migrate("local", "files", tables=["pest"])


@pytest.mark.parametrize("target", ["named", "named/", "named.parquet"])
@pytest.mark.parametrize("batch_rows", [None, 3])
def test_a_migration_that_has_a_name_is_done_once(target, batch_rows):
    first = dk.migrate("people", target, run_id="night 1", batch_rows=batch_rows)
    again = dk.migrate("people", target, run_id="night 1", batch_rows=batch_rows)
    assert _counts(first) == _counts(again) == (4, 4, 0, 0)
    assert (first.resumed_from, again.resumed_from) == (None, 4)
    assert dk.count(target) == 4
    with pytest.raises(ConflictError):
        dk.migrate("people", target, run_id="night 2")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"on_error": "ignore"}, "on_error='ignore' is not possible"),
        ({"on_conflict": "replace"}, "on_conflict='replace' is not possible"),
        ({"ids": "new"}, "ids='new' is not possible"),
        ({"verify": "all"}, "verify='all' is not possible"),
        ({"batch_rows": 0}, "batch_rows=0 is not possible"),
        ({"run_id": ""}, "run_id='' names no migration"),
    ],
)
def test_arguments_that_are_not_possible(options, told):
    with pytest.raises(UsageError, match=told):
        dk.migrate("people", "moved", **options)
    assert not dk.exists("moved")


def test_what_is_not_there():
    with pytest.raises(TableNotFoundError, match="no table named 'peple'"):
        dk.migrate("peple", "moved")
    with pytest.raises(ColumnNotFoundError, match="no column 'idd'"):
        dk.migrate("people", "moved", key="idd")
    with pytest.raises(UsageError, match="is the source and the target"):
        dk.migrate("people", "local.people")
    _nothing_is_left()


@pytest.mark.usefixtures("stores")
def test_types_that_the_target_cannot_hold():
    far = pd.DataFrame({"t": pd.array([pd.Timestamp("1800-01-01"), None], "datetime64[s]")})
    dk.save(far, "far.parquet")
    dk.migrate("far.parquet", "warehouse.far")
    pd.testing.assert_frame_equal(dk.load("warehouse.far"), far)


def test_every_row_is_told_to_the_progress(capsys):
    many = pd.DataFrame({"n": np.arange(10)})
    dk.save(many, "many")
    assert dk.migrate("many", "many.parquet", progress=False).written == 10
    assert capsys.readouterr().err == ""
