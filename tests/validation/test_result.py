from __future__ import annotations

import json
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import UnsupportedError, ValidationError
from dkdata.validation import Suite, expect, expect_columns, expect_pair, expect_table, validate

LEVELS = ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE")
ROWS = {"k": [1, 2, 2, 3], "v": [5.0, None, 7.0, 100.0]}
SUITE = Suite("s", [expect("k").unique(), expect("v").not_null().between(0, 10)])
KINDS = {
    "pandas": pd.DataFrame(ROWS),
    "polars": pl.DataFrame(ROWS),
    "lazy": pl.LazyFrame(ROWS),
    "arrow": pa.table(ROWS),
    "reader": pa.table(ROWS),
    "duckdb": duckdb.connect().from_arrow(pa.table(ROWS)),
    "list": [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)],
}
OUT = {"reader": pa.Table, "list": pd.DataFrame}


@pytest.fixture(scope="module")
def result():
    return validate(KINDS["pandas"], SUITE)


def _as_arrow(frame):
    match frame:
        case pl.LazyFrame():
            return frame.collect().to_arrow()
        case pl.DataFrame():
            return frame.to_arrow()
        case pd.DataFrame():
            return pa.Table.from_pandas(frame, preserve_index=False)
    return frame if isinstance(frame, pa.Table) else frame.to_arrow_table()


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_out_is_of_the_kind_that_went_in(kind):
    given = KINDS[kind].to_reader() if kind == "reader" else KINDS[kind]
    result = validate(given, SUITE)
    invalid, valid = result.invalid(), result.valid()
    assert isinstance(invalid, OUT.get(kind, type(given)))
    assert isinstance(valid, OUT.get(kind, type(given)))
    assert _as_arrow(invalid)["k"].to_pylist() == [2, 2, 3]
    assert _as_arrow(valid).to_pydict() == {"k": [1], "v": [5.0]}
    reasons = [["k: unique", "v: not_null"], ["k: unique"], ["v: between(0, 10)"]]
    assert reasons == _as_arrow(invalid)["_dk_reasons"].to_pylist()


def test_rows_of_pandas_keep_their_index_and_dtypes():
    frame = KINDS["pandas"].set_axis(["a", "a", "b", "a"], axis=0)
    result = validate(frame, SUITE)
    pd.testing.assert_frame_equal(frame.iloc[1:], result.invalid().drop(columns="_dk_reasons"))
    pd.testing.assert_frame_equal(frame.iloc[:1], result.valid())


@pytest.mark.parametrize("index", [
    pd.Index([5, 5, 5, 5], name="i"), pd.RangeIndex(3, -1, -1), pd.RangeIndex(4, name="k"),
    pd.MultiIndex.from_product([["x"], [1, 1, 2, 2]], names=["p", None]),
    pd.date_range("2024-01-01", periods=4), pd.CategoricalIndex(["a", "a", None, "b"]),
])  # fmt: skip
@pytest.mark.parametrize("level", LEVELS)
def test_rows_are_found_under_any_index_and_format(index, level):
    frame = KINDS["pandas"].set_axis(index, axis=0)
    result = validate(frame, SUITE, result_format=level)
    assert result.valid()["v"].tolist() == [5.0]
    assert list(result.counts().values()) == [2, 1, 1]


def test_more_rows_than_great_expectations_lists():
    result = validate(pd.DataFrame({"a": range(1000)}), expect("a").between(0, 9))
    assert list(range(10, 1000)) == result.invalid()["a"].tolist()


def test_mostly_passes_and_the_rows_are_still_shown():
    result = validate(KINDS["pandas"], expect("v").between(0, 10, mostly=0.5))
    assert result.success
    assert result.invalid()["v"].tolist() == [100.0]


def test_all_kinds_of_row_rules_name_their_rows():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1, 5, 2]})
    rules = [expect_pair("a", "b").greater_than(), expect_columns(["a", "b"]).equal()]
    reasons = validate(frame, Suite("s", rules)).invalid()["_dk_reasons"].tolist()
    assert reasons == [
        ["a, b: greater_than"],
        ["a, b: greater_than", "a, b: equal"],
        ["a, b: equal"],
    ]


@pytest.mark.parametrize(("name", "condition"), [
    (None, "index > 10"), (None, "ilevel_0 > 10"), ("key", "key > 10"),
])  # fmt: skip
def test_a_condition_may_name_the_index(name, condition):
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=pd.Index([10, 20, 30], name=name))
    result = validate(frame, expect("a").between(3, row_condition=condition))
    assert result.invalid().index.tolist() == [20]


def test_nothing_fails():
    result = validate(KINDS["pandas"], expect("k").not_null())
    assert result
    assert len(result.invalid()) == 0
    pd.testing.assert_frame_equal(KINDS["pandas"], result.valid())


def test_an_empty_frame_meets_row_rules():
    result = validate(KINDS["pandas"].iloc[:0], SUITE)
    assert result.success
    assert (len(result.invalid()), len(result.valid())) == (0, 0)


def test_an_empty_suite():
    result = validate(KINDS["pandas"], Suite("nothing"))
    assert result.success
    assert result.statistics["success_percent"] is None


def test_labels_that_are_no_text():
    frame = pd.DataFrame([[1, 9]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    invalid = validate(frame, expect(("a", 2)).between(0, 5)).invalid()
    assert invalid[("_dk_reasons", "")].item() == ["('a', 2): between(0, 5)"]
    numbered = validate(pd.DataFrame({7: [9], "a": [1]}), expect(7).null())
    assert numbered.invalid()[7].tolist() == [9]
    assert numbered.valid().columns.tolist() == [7, "a"]


def test_statistics(result):
    assert not result
    assert result.statistics == {
        "evaluated_expectations": 3,
        "successful_expectations": 0,
        "unsuccessful_expectations": 3,
        "success_percent": 0.0,
    }


def test_counts(result):
    assert result.counts() == {"k: unique": 2, "v: not_null": 1, "v: between(0, 10)": 1}


def test_each_result_reads_like_its_json(result):
    first = result.results[0]
    assert (first["success"], first["result"]["unexpected_count"]) == (False, 2)
    assert first["meta"] == {"dkdata": {"tier": "kernels"}}
    assert first["expectation_config"]["meta"] == {"dkdata": {"tier": "kernels"}}
    assert first.tier == "kernels"


def test_the_genuine_result(result):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Great Expectations, about itself
        genuine = result.to_gx()
        assert json.loads(genuine.describe())["success"] is False
        theirs = genuine.to_json_dict()
    assert type(genuine).__name__ == "ExpectationSuiteValidationResult"
    assert json.loads(json.dumps(result.to_dict())) == theirs | {"id": None}


def test_raise_for_failure(result):
    with pytest.raises(
        ValidationError, match=r"suite 's': 0 of 3 .*\n.* k: unique — 2 fail"
    ) as got:
        result.raise_for_failure()
    assert result is got.value.result
    validate(KINDS["pandas"], expect("k").not_null()).raise_for_failure()


def test_text(result):
    assert str(result).splitlines() == [
        "suite 's': 0 of 3 expectations met",
        "  k: unique — 2 failing rows, such as 2",
        "  v: not_null — 1 failing row",
        "  v: between(0, 10) — 1 failing row, such as 100.0",
    ]


def test_severity_is_kept_and_shown():
    result = validate(KINDS["pandas"], expect("v").not_null(severity="warning"))
    assert result.to_dict()["results"][0]["expectation_config"]["severity"] == "warning"
    assert "v: not_null [warning]" in str(result)


def test_aggregates_show_what_was_observed():
    result = validate(KINDS["pandas"], expect("k").max(0, 2))
    assert str(result).splitlines()[1] == "  k: max(0, 2) — observed 3"
    assert result.counts() == {}
    assert len(result.valid()) == 4


def test_rows_are_not_known_where_a_rule_was_not_evaluated():
    result = validate(pd.DataFrame({"a": ["x"]}), expect("a").between(0, 1))
    message = r"which rows are valid is not known: a: between\(0, 1\) \(.*\) could not be evaluated"
    for method in (result.invalid, result.valid):
        with pytest.raises(UnsupportedError, match=message):
            method()
    assert "0 of 1 expectations met, 1 could not be evaluated" in str(result)
    assert "a: between(0, 1) — Column values, min_value, and max_value must" in str(result)


def test_html_is_escaped_and_needs_nothing_from_outside(tmp_path):
    frame = pd.DataFrame({"<script>a": ["<img src=x>", "y"]})
    result = validate(frame, Suite("<i>", [expect("<script>a").in_set(["<b>"])]))
    result.save_html(tmp_path / "r.html")
    for html in (result._repr_html_(), (tmp_path / "r.html").read_text(encoding="utf-8")):
        assert not any(tag in html for tag in ("<script", "<img", "<i>", "<link", "http"))
        assert all(text in html for text in ("&lt;script&gt;a", "&lt;img src=x&gt;", "&lt;i&gt;"))


def test_validating_again_replaces_the_reasons(result):
    again = validate(result.invalid(), expect("k").in_set([2])).invalid()
    assert again["_dk_reasons"].tolist() == [["k: in_set([2])"]]


def test_a_table_rule_has_no_rows():
    result = validate(KINDS["pandas"], expect_table().row_count(9))
    assert not result
    assert len(result.invalid()) == 0


def test_a_page_about_50_columns_is_small(tmp_path):
    frame = pd.DataFrame({f"column_{n:02}": np.arange(200) % (n + 2) for n in range(50)})
    rules = [dk.expect(name).not_null().between(0, 20).type("int64").unique_count(1, 10)
             for name in frame]  # fmt: skip
    page = tmp_path / "result.html"
    dk.validate(frame, rules).save_html(page)
    assert page.stat().st_size < 40_000
    assert "<script" not in page.read_text(encoding="utf-8")


def test_the_gravest_severity_of_what_failed():
    frame = pd.DataFrame({"a": [1, 2]})
    info, warning = (dk.expect("a").max(0, 1, severity=one) for one in ("info", "warning"))
    assert dk.validate(frame, dk.expect("a").max(0, 2)).severity is None
    assert dk.validate(frame, [info]).severity == "info"
    result = dk.validate(frame, [info, warning])
    assert (result.success, result.severity) == (False, "warning")
    assert str(result).splitlines()[0].endswith("0 of 2 expectations met, gravest failure: warning")
    assert "⚠" in result._repr_html_()
    assert dk.validate(frame, [info, dk.expect("a").max(0, 1)]).severity == "critical"


def test_rules_with_the_same_text_are_told_apart():
    frame = pd.DataFrame({"a": ["x1", "x2", "y"]})
    long = [f"x{'0' * n}" for n in range(20)]
    rules = [
        dk.expect("a").in_set([*long, "x1"]).in_set([*long, "x2"]).length(2),
        dk.expect("a").length(2, severity="info"),
    ]
    result = dk.validate(frame, rules)
    cut = str(result.suite[0])
    assert cut == str(result.suite[1])
    assert result.counts() == {
        f"{cut} (#1)": 2, f"{cut} (#2)": 2, "a: length(2) (#3)": 1, "a: length(2) (#4)": 1,
    }  # fmt: skip
    assert result.invalid()["_dk_reasons"].tolist() == [
        [f"{cut} (#2)"], [f"{cut} (#1)"], list(result.counts()),
    ]  # fmt: skip
    assert "  a: length(2) (#4) [info] — 1 failing row" in str(result)


@pytest.mark.parametrize("level", LEVELS)
def test_only_row_rules_are_counted_whatever_answers(level):
    rule = expect("k").distinct_in([1, 2, 3]).distinct_in([1]).unique()
    for engine in ("auto", "gx"):
        result = validate(KINDS["pandas"], rule, engine=engine, result_format=level)
        assert result.counts() == {"k: unique": 2}


def test_what_is_null_is_no_example_of_what_is_not():
    result = validate(pd.DataFrame({"t": pd.to_datetime([None, "2024-01-01"])}),
                      expect("t").not_null())  # fmt: skip
    assert str(result).splitlines()[1] == "  t: not_null — 1 failing row"
    assert "NaT" not in result._repr_html_()


def test_a_page_in_a_folder_that_is_not_there_yet(result, tmp_path):
    result.save_html(tmp_path / "a" / "b.html")
    assert (tmp_path / "a" / "b.html").exists()
