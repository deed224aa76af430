from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, SchemaError, UsageError

TYPES = {"age": "integer", "born": "date"}
GIVEN = {"age": ["36", "old", None], "name": ["Ada", "Bob", "Cy"], "born": ["1988-01-02", "", "x"]}
REASONS = ["not a number", "empty text", "not an ISO 8601 date or time"]


def test_a_pandas_frame_keeps_all_else():
    frame = pd.DataFrame(GIVEN, index=["a", "b", "a"])
    frame["kind"] = pd.Categorical(["u", "v", "u"])
    frame.attrs["source"] = "form"
    before = frame.copy(deep=True)
    made = frame.dk.coerce(TYPES)
    pd.testing.assert_frame_equal(frame, before)
    wanted = frame.assign(
        age=pd.array([36, None, None], "Int64"),
        born=pd.Series(["1988-01-02", None, None], index=frame.index).astype("date32[pyarrow]"),
    )
    pd.testing.assert_frame_equal(made.frame, wanted)
    assert made.frame.attrs == frame.attrs
    failures = pd.DataFrame(
        {"column": ["age", "born", "born"], "row": ["b", "b", "a"],
         "value": pd.Series(["old", "", "x"], dtype=object), "reason": REASONS}
    )  # fmt: skip
    pd.testing.assert_frame_equal(made.failures, failures)


def test_polars_frames():
    frame = pl.DataFrame(GIVEN).with_columns(pl.col("name").cast(pl.Categorical))
    for given in (frame, frame.lazy()):
        made = given.dk.coerce(TYPES)
        assert type(made.frame) is type(given)
        whole = made.frame.lazy().collect()
        assert whole.dtypes == [pl.Int64, pl.Categorical, pl.Date]
        assert whole["age"].to_list() == [36, None, None]
        assert made.failures["row"].tolist() == [1, 1, 2]


def test_arrow_tables_and_relations():
    table = pa.table({**GIVEN, "n": pa.array([1, 2, 3], pa.int8())})
    for given in (table, table.to_batches()[0], table.to_reader()):
        made = dk.coerce(given, TYPES)
        assert made.frame.schema.types == [pa.int64(), pa.string(), pa.date32(), pa.int8()]
        assert made.frame["age"].to_pylist() == [36, None, None]
        assert made.failures["reason"].tolist() == REASONS
    connection = duckdb.connect()
    relation = connection.sql("select '1' as a, 2::tinyint as b")
    made = dk.coerce(relation, {"a": "integer"}).frame
    assert made.fetchall() == [(1, 2)]
    assert [str(kind) for kind in made.types] == ["BIGINT", "TINYINT"]


def test_an_arrow_type_is_the_type_of_the_column():
    exact = pa.timestamp("ms", "Europe/Berlin")
    table = pa.table({"t": ["2024-01-02T00:00Z"]})
    assert dk.coerce(table, {"t": exact}).frame.schema.types == [exact]
    made = pl.DataFrame({"n": ["1"]}).dk.coerce({"n": pa.int8()}).frame
    assert made.schema == {"n": pl.Int8}


def test_every_type_in_every_kind_of_frame():
    given = {"string": 1, "integer": "1", "float": "1.5", "boolean": "yes", "decimal": "1.50",
             "datetime": "2024-01-02T00:00Z", "date": "2024-01-02", "time": "10:00",
             "duration": "PT1S", "binary": "a", "json": '{"a": [1]}', "list": "[1]"}  # fmt: skip
    frame = pd.DataFrame([given])
    for kind in (frame, pl.DataFrame([given]), pa.table(frame)):
        made = dk.coerce(kind, {name: name for name in given})
        assert made
        assert list(made.frame.columns) == list(given) or made.frame.column_names == list(given)


def test_records_may_hold_anything():
    made = dk.coerce([{"a": 1, "b": "x"}, {"a": "2"}, {"c": 0.5, "a": b"3"}], {"a": "integer"})
    assert made.frame["a"].tolist() == [1, 2, pd.NA]
    assert made.frame.columns.tolist() == ["a", "b", "c"]
    assert made.frame["c"].dtype == "float64"
    assert made.failures["value"].tolist() == [b"3"]


@pytest.mark.parametrize(("index", "rows"), [
    (pd.MultiIndex.from_tuples([("a", 1), ("a", 1)]), [("a", 1)]),
    (pd.DatetimeIndex(["2024-01-01", "2024-01-02"]), [pd.Timestamp("2024-01-02")]),
    (pd.RangeIndex(5, 9, 2), [7]), (pd.Index(["x", "x"], name="i"), ["x"]),
])  # fmt: skip
def test_failures_have_the_labels_of_their_rows(index, rows):
    frame = pd.DataFrame({"a": ["1", "x"]}, index=index)
    made = frame.dk.coerce({"a": "integer"})
    assert made.failures["row"].tolist() == rows
    assert made.frame.index.equals(index)
    assert made.frame.index.names == index.names


def test_columns_in_levels():
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])
    made = pd.DataFrame([["1", "x"]], columns=columns).dk.coerce({("a", "y"): "integer"})
    assert made.failures["column"].tolist() == [("a", "y")]
    assert made.frame.columns.equals(columns)


@pytest.mark.parametrize("wanted", [
    "string", "integer", "float", "boolean", "datetime", "date", "time", "duration", "decimal",
    "binary", "json", "list", "any", pa.int8(), pa.timestamp("ns"), pa.list_(pa.int8()),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("values", [
    pd.Series([], dtype=object), pd.Series([], dtype="str"), pd.Series([], dtype="float64"),
    pd.Series([None, None], dtype=object), pd.Series([None, pd.NA], dtype="str"),
    pd.Series([np.nan, None], dtype="float64"), pd.Series([pd.NaT, None], dtype="datetime64[ns]"),
    pd.Series([None, np.nan, pd.NA, pd.NaT], dtype=object), pd.Series([None], dtype="Int8"),
    pd.Series([None], dtype="category"), pd.Series([None], dtype=pd.ArrowDtype(pa.null())),
    pd.Series([None], dtype=pd.ArrowDtype(pa.list_(pa.int8()))),
], ids=lambda values: f"{len(values)} {values.dtype!r}")  # fmt: skip
def test_nothing_and_nulls(wanted, values):
    made = values.to_frame("x").dk.coerce({"x": wanted})
    assert made
    assert made.failures.columns.tolist() == ["column", "row", "value", "reason"]
    assert made.frame["x"].isna().all()
    assert len(made.frame) == len(values)


ODD = [
    pd.Series([1 + 2j]), pd.Series(pd.period_range("2024", periods=2, freq="M")),
    pd.Series(pd.interval_range(0, 2)), pd.Series([{1, 2}, object()], dtype=object),
    pd.Series(pa.array([pa.MonthDayNano([1, 2, 3])]),
              dtype=pd.ArrowDtype(pa.month_day_nano_interval())),
    pd.Series(pa.array([b"x", None]), dtype=pd.ArrowDtype(pa.binary())),
    pd.Series(pa.array([[1]]), dtype=pd.ArrowDtype(pa.list_(pa.int8()))),
    pd.Series([True, False]), pd.Series(pd.to_timedelta([1], unit="ns")),
    pd.Series(pd.to_datetime([1], unit="ns").tz_localize("UTC")),
    pd.Series(np.array(["290000-01-01"], "datetime64[s]")),
    pd.Series([1.5, None], dtype="float16"), pd.Series([1.5], dtype="longdouble"),
    pd.Series(pa.array(["x", "1", None], pa.string_view()), dtype=pd.ArrowDtype(pa.string_view())),
    pd.Series(pa.array([b"x", None], pa.binary_view()), dtype=pd.ArrowDtype(pa.binary_view())),
    pd.Series(pa.array([1, None], pa.time32("s")), dtype=pd.ArrowDtype(pa.time32("s"))),
    pd.Series(pd.Categorical([1, "x", None])), pd.Series(["\ud800", "5", None] * 2, dtype=object),
]  # fmt: skip


@pytest.mark.parametrize("wanted", [
    "string", "integer", "float", "boolean", "datetime", "date", "time", "duration", "decimal",
    "binary", "json", "list", "any", pa.int8(), pa.timestamp("ns"), pa.struct([("a", pa.int8())]),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("values", ODD, ids=lambda values: f"{len(values)} {values.dtype!r}")
def test_no_value_makes_it_raise(wanted, values):
    made = values.to_frame("x").dk.coerce({"x": wanted})
    is_null = made.frame["x"].isna()
    assert set(made.failures["row"]) == set(is_null[is_null & values.notna()].index)


def test_arrow_types_are_not_the_field_types_of_their_names():
    frame = pd.DataFrame({"x": ["0.1"]})
    dtypes = {"string": "str", "float": "float64", "binary": "large_binary[pyarrow]"}
    exact = {pa.string(): "string[pyarrow]", pa.float32(): "float[pyarrow]",
             pa.binary(): "binary[pyarrow]"}  # fmt: skip
    for wanted, dtype in [*dtypes.items(), *exact.items(), *dtypes.items()]:
        made = frame.dk.coerce({"x": wanted})
        assert str(made.frame["x"].dtype) == dtype


def test_blank_text_beside_text_that_arrow_cannot_have():
    frame = pd.DataFrame({"x": pd.Series(["\ud800", "", "5"], dtype=object)})
    made = frame.dk.coerce({"x": "integer"}, empty_is_null=True)
    assert made.failures["row"].tolist() == [0]
    assert made.frame["x"].tolist() == [pd.NA, pd.NA, 5]


def test_empty_text_is_null_where_it_is_told():
    frame = pd.DataFrame({"a": ["1", "", " "], "b": ["x", "", " "]})
    made = frame.dk.coerce({"a": "integer", "b": "string"}, empty_is_null=True)
    assert made
    assert made.frame["a"].tolist() == [1, pd.NA, pd.NA]
    assert made.frame["b"].isna().tolist() == [False, True, True]
    assert len(frame.dk.coerce({"a": "integer", "b": "string"}).failures) == 2


def test_options_of_single_columns():
    frame = pd.DataFrame({"a": ["1,5"], "b": ["1,500"]})
    options = {"a": {"decimal": ","}, "b": {"thousands": ","}}
    made = frame.dk.coerce({"a": "float", "b": "integer"}, options=options)
    assert made.frame.iloc[0].tolist() == [1.5, 1500]
    made = frame.dk.coerce(
        {"a": "float", "b": "float"}, decimal=",", options={"b": {"decimal": "."}}
    )
    assert made.failures["column"].tolist() == ["b"]


WRONG = [
    ({"aa": "integer"}, {}, ColumnNotFoundError, "no column 'aa' in the frame. Did you mean 'a'"),
    ({"a": "integr"}, {}, UsageError, "type='integr' is not the type of a field.* 'integer'"),
    ({"a": int}, {}, UsageError, "is not the type of a field"),
    ({"a": pa.dictionary(pa.int8(), pa.string())}, {}, UsageError, "cannot be converted to"),
    ("integer", {}, UsageError, "'integer' is not a schema"),
    ({"a": "float"}, {"decimals": ","}, UsageError, "options 'decimals' is not known.* 'decimal'"),
    ({"a": "float"}, {"decimal": ",,"}, UsageError, "decimal=',,' is not a mark"),
    ({"a": "float"}, {"thousands": "1"}, UsageError, "thousands='1' is not a mark"),
    ({"a": "float"}, {"thousands": "."}, UsageError, "cannot be told apart"),
    ({"a": "datetime"}, {"epoch": "h"}, UsageError, "epoch='h' is not possible"),
    ({"a": "list"}, {"delimiter": ""}, UsageError, "delimiter='' separates nothing"),
    ({"a": "float"}, {"options": {"b": {}}}, ColumnNotFoundError, "no column 'b' in the schema"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "options", "error", "message"), WRONG)
def test_wrong_calls(schema, options, error, message):
    frame = pd.DataFrame({"a": ["1"]})
    with pytest.raises(error, match=message):
        dk.coerce(frame, schema, **options)


def test_columns_that_are_there_twice():
    frame = pd.DataFrame([["1", "2", "3"]], columns=["a", "a", "b"])
    with pytest.raises(SchemaError, match="the frame has 2 columns named 'a'"):
        dk.coerce(frame, {"a": "integer"})
    assert dk.coerce(frame, {"b": "integer"}).frame.iloc[0].tolist() == ["1", "2", 3]


SCHEMA = dk.Schema("people", [
    dk.Field("age", "integer", required=True, constraints=dk.Range(0, 120)),
    dk.Field("city", "string", default="Oslo"), dk.Field("tags", "list", default=[]),
    dk.Field("seen", "datetime", default=None), dk.Field("n", pa.int8(), default=1),
])  # fmt: skip


def test_a_schema_and_the_defaults_of_its_fields():
    frame = pd.DataFrame(
        {"age": ["36", "410", "x"], "city": ["Rome", None, "Bonn"]}, index=[1, 1, 2]
    )
    made = frame.dk.coerce(SCHEMA)
    assert made.failures["column"].tolist() == ["age"]
    assert made.frame.columns.tolist() == ["age", "city", "tags", "seen", "n"]
    assert [str(dtype) for dtype in made.frame.dtypes] == [
        "Int64", "str", "list<item: null>[pyarrow]", "datetime64[us]", "int8[pyarrow]",
    ]  # fmt: skip
    assert made.frame["city"].isna().tolist() == [False, True, False]
    assert made.frame["n"].tolist() == [1, 1, 1]
    assert made.frame["tags"].tolist() == [[], [], []]


def test_defaults_in_other_frames():
    for frame in (pl.DataFrame({"age": ["36"]}), pa.table({"age": ["36"]})):
        made = dk.coerce(frame, SCHEMA).frame
        assert pa.table(made).to_pylist() == [
            {"age": 36, "city": "Oslo", "tags": [], "seen": None, "n": 1}
        ]
    made = dk.coerce(
        pl.DataFrame({"a": [1, 2]}), dk.Schema("s", [dk.Field("b", "integer", default=0)])
    )
    assert made.frame.to_dict(as_series=False) == {"a": [1, 2], "b": [0, 0]}
    assert dk.coerce([], dk.Schema("s", [dk.Field("b", "integer", default=0)])).frame.shape == (
        0,
        1,
    )


def test_what_was_coerced_meets_the_types_of_the_schema():
    frame = pd.DataFrame({"age": ["36", "41"]})
    schema = dk.Schema(
        "people", [dk.Field("age", "integer"), dk.Field("born", "date", default=None)]
    )
    assert not schema.validate(frame)
    assert schema.validate(frame.dk.coerce(schema).frame)


def test_the_default_of_one_row_is_not_that_of_another():
    schema = dk.Schema("s", [dk.Field("b", "json", default={})])
    made = dk.coerce(pd.DataFrame({"a": [1, 2]}), schema).frame
    made["b"][0]["x"] = 1
    assert made["b"].tolist() == [{"x": 1}, {}]
    assert schema["b"].default == {}


@pytest.mark.parametrize("lacking", [pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]})])
def test_a_field_that_may_be_absent_but_not_null_stays_absent(lacking):
    field = dk.Field("b", "integer", required=True, default=None)
    schema = dk.Schema("s", [dk.Field("a", "integer"), field])
    made = dk.coerce(lacking, schema).frame
    assert list(made.columns) == ["a"]
    assert schema.validate(made)
    assert dk.coerce([{"a": "1", "b": "2"}], schema).frame["b"].tolist() == [2]


def test_a_field_without_default_must_be_there():
    with pytest.raises(ColumnNotFoundError, match="no column 'age' in the frame"):
        dk.coerce(pd.DataFrame({"a": [1]}), SCHEMA)


def test_no_column_at_all():
    for frame in (pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]}), pa.table({"a": [1]})):
        made = dk.coerce(frame, {})
        assert made
        assert made.frame.equals(frame)


def test_names_that_differ_by_case():
    frame = pl.DataFrame({"a": ["x"], "A": ["1"]})
    made = dk.coerce(frame, {"A": "integer"})
    assert made.frame.to_dicts() == [{"a": "x", "A": 1}]


def test_the_result_shows_what_failed():
    frame = pd.DataFrame({"a": ["1", "x", "<b>", "y", "z"], "b": ["1"] * 5})
    made = frame.dk.coerce({"a": "integer", "b": "integer"})
    assert not made
    assert repr(made) == (
        "4 values could not be converted\n"
        "  a: 4 — 'x' (not a number), '<b>' (not a number), 'y' (not a number), …"
    )
    assert "&lt;b&gt;" in made._repr_html_()
    fine = frame.dk.coerce({"b": "integer"})
    assert fine
    assert repr(fine) == "every value was converted"
    assert "every value" in fine._repr_html_()
