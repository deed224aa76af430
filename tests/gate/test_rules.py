"""What a suite lets pass before a save, what it refuses, and of what it warns."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    DeadlineError,
    DkWarning,
    ExistsError,
    UsageError,
    ValidationError,
)

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None], "age": [36.5, None, 41.0]})
NAMED = dk.expect("name").not_null()
FEW = dk.expect_table().row_count(2)
LOOKUP = dk.Schema("p", [dk.Field("id", "integer", constraints=dk.Unique(unique_in="nowhere"))])
UNKNOWN = dk.expect_table().no_rows("select nope from {batch}")


def _of_severity(severity, *suites):
    rules = [rule.to_dict() | {"severity": severity} for suite in suites for rule in suite]
    return dk.Suite("graded", rules)


def _quarantined(frame, target="people", suite=NAMED, **options):
    return dk.save(frame, target, suite=suite, on_invalid="quarantine", **options)


class TestRules:
    @pytest.mark.parametrize("way", ["raise", "quarantine", "warn"])
    @pytest.mark.parametrize(
        ("suite", "told"),
        [
            (FEW, r"table: row_count\(2\)"),
            (dk.expect("age").mean(0, 1), r"age: mean\(0, 1\)"),
            (dk.Suite("both", [NAMED, FEW]), r"table: row_count\(2\)"),
            (UNKNOWN, "1 could not be evaluated"),
            (LOOKUP, "1 could not be evaluated"),
        ],
        ids=["table", "aggregate", "with a row rule", "wrong query", "lookup that fails"],
    )
    def test_what_no_rows_are_to_blame_for_is_refused(self, way, suite, told):
        with pytest.raises(ValidationError, match=f"(?s){told}.*No single rows are to blame"):
            PEOPLE.dk.save("people", suite=suite, on_invalid=way)
        assert not dk.exists("people")
        assert not dk.exists("people__invalid")

    @pytest.mark.parametrize("way", ["raise", "quarantine", "warn"])
    def test_rules_of_severity_warning_refuse_nothing(self, way):
        suite = _of_severity("warning", NAMED, FEW, UNKNOWN)
        told = r"do not meet suite 'graded': name: not_null \(1 row\), table: row_count\(2\), table"
        with pytest.warns(DkWarning, match=told):
            saved = PEOPLE.dk.save("people", suite=suite, on_invalid=way)
        assert saved.inserted == 3

    @pytest.mark.parametrize("way", ["raise", "quarantine", "warn"])
    def test_rules_of_severity_info_say_nothing(self, way):
        suite = _of_severity("info", NAMED, FEW)
        assert PEOPLE.dk.save("people", suite=suite, on_invalid=way).inserted == 3

    def test_rows_that_mostly_lets_pass_are_saved(self):
        suite = dk.Suite("some", [NAMED, dk.expect("age").not_null(mostly=0.5)])
        saved = _quarantined(PEOPLE, suite=suite)
        assert saved.rejected["id"].tolist() == [3]
        assert saved.rejected["_dk_reasons"].tolist() == [["name: not_null"]]
        assert dk.load("people")["id"].tolist() == [1, 2]

    def test_every_critical_rule_that_a_row_breaks_is_told(self):
        saved = _quarantined(PEOPLE, suite=[NAMED, dk.expect("id").between(2, 2)])
        assert saved.rejected["_dk_reasons"].tolist() == [
            ["id: between(2, 2)"], ["name: not_null", "id: between(2, 2)"],
        ]  # fmt: skip

    def test_a_schema(self):
        fields = [dk.Field("id", "integer"), dk.Field("name", "string", required=True)]
        schema = dk.Schema("people", [*fields, dk.Field("age", "float")], strict=True)
        assert _quarantined(PEOPLE, suite=schema).rejected["id"].tolist() == [3]
        with pytest.raises(ValidationError, match="agee"):
            PEOPLE.assign(agee=1).dk.save("more", suite=schema)

    def test_json_and_the_path_of_it(self):
        suite = dk.Suite("people", NAMED)
        suite.dump("people.json")
        for number, given in enumerate((suite.to_dict(), "people.json", Path("people.json"))):
            assert len(_quarantined(PEOPLE, f"p{number}", given).rejected) == 1


class TestArguments:
    @pytest.mark.parametrize(
        ("given", "error", "message"),
        [
            ({"suite": NAMED, "on_invalid": "quarantene"}, UsageError, "Did you mean 'quarantine'"),
            ({"on_invalid": "quarantine"}, UsageError, "on_invalid='quarantine' needs suite="),
            ({"suite": 5}, UsageError, "5 is not a suite"),
            ({"suite": "none.json"}, dk.errors.NotFoundError, "no suite at 'none.json'"),
            ({"suite": dk.expect("nam").not_null()}, ColumnNotFoundError, "Did you mean 'name'"),
        ],
        ids=["on_invalid", "no suite", "not a suite", "no file", "no column"],
    )
    def test_what_cannot_be_meant_is_refused(self, given, error, message):
        with pytest.raises(error, match=message):
            PEOPLE.dk.save("memory.refused", **given)
        assert not dk.exists("memory.refused")

    @pytest.mark.parametrize(
        ("target", "options", "error"),
        [
            ("there", {}, ExistsError),
            ("there", {"mode": "upsert"}, UsageError),
            ("new", {"partition_by": "id"}, UsageError),
            ("there/@0", {"mode": "append"}, UsageError),
        ],
        ids=["mode", "no key", "no partitions", "version"],
    )
    def test_what_speaks_against_a_save_is_said_before_rows_are_read(self, target, options, error):
        for made in ("there", "there/"):
            PEOPLE.dk.save(made)

        def batches():
            pytest.fail("rows were read")
            yield

        rows = pa.RecordBatchReader.from_batches(pa.schema([("name", pa.string())]), batches())
        with pytest.raises(error):
            dk.save(rows, target, suite=NAMED, **options)

    def test_a_repeated_run_is_not_validated(self):
        valid = PEOPLE.head(2)
        first = valid.dk.save("people", suite=NAMED, run_id="r1")
        again = PEOPLE.dk.save("people", suite=NAMED, run_id="r1")
        assert (again.inserted, again.repeated) == (first.inserted, True)
        assert (again.target, again.rejected) == ("people", None)

    def test_the_time_allowed_covers_the_validation(self):
        slow = dk.Custom("slow", lambda values: time.sleep(0.2) or values.notna())
        schema = dk.Schema("people", [dk.Field("id", "integer", constraints=slow)])
        with pytest.raises(DeadlineError, match="validation of the rows of 'people'"):
            PEOPLE.dk.save("people", suite=schema, timeout=0.1)
        assert not dk.exists("people")

    def test_the_warning_is_about_the_line_that_saves(self):
        for save in (PEOPLE.dk.save, lambda *given, **more: dk.save(PEOPLE, *given, **more)):
            with warnings.catch_warnings(record=True) as given:
                warnings.simplefilter("always")
                save("people", mode="replace", suite=NAMED, on_invalid="warn")
            assert [one.filename for one in given] == [__file__]
