from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import TableNotFoundError, UsageError
from dkdata.validation.constraints.constraint import Constraint, OfType
from dkdata.validation.constraints.evaluating import failing

DAY, LATER = dt.date(2024, 2, 29), dt.date(2024, 3, 1)
BIG = 2**53 + 1


def passing(constraint, values, dtype=None):
    column = values if isinstance(values, pd.Series) else pd.Series(values, dtype=dtype)
    found = failing(constraint, column)
    assert len(found.rows) == len(column)
    return [int(not fails) for fails in found.rows]


def raised(constraint, values, dtype=object):
    found = failing(constraint, pd.Series(values, dtype=dtype))
    return {text: rows.tolist() for text, rows in found.raised.items()}


@pytest.mark.parametrize(("constraint", "good"), [
    (dk.Required(), False), (dk.Unique(), True), (dk.Range(0, 1), True), (~dk.Range(0, 1), True),
    (~dk.Required(), True), (~~dk.Required(), False), (dk.Required() & dk.Unique(), False),
    (dk.Required() | dk.Unique(), True), (~(dk.Required() | dk.Unique()), True),
    (~(dk.Required() & dk.Unique()), True), (dk.Custom("null?", lambda values: values < 0), True),
])  # fmt: skip
@pytest.mark.parametrize("dtype", ["Int64", "float64", "object", "str", "datetime64[us]"])
def test_null_passes_everything_but_required(constraint, good, dtype):
    assert passing(constraint, [None, None], dtype) == [good, good]


@pytest.mark.parametrize("dtype", ["int8", "Int16", "int64", "uint64", "int64[pyarrow]", "object"])
def test_ranges_of_whole_numbers(dtype):
    assert passing(dk.Range(2, 4), [1, 2, 3, 4, 5], dtype) == [0, 1, 1, 1, 0]
    assert passing(dk.Range(1.5, Decimal("4.5")), [1, 2, 4, 5], dtype) == [0, 1, 1, 0]
    assert passing(dk.MinValue(-(10**30)), [1, 2], dtype) == [1, 1]
    assert passing(dk.MinValue(10**30), [1, 2], dtype) == [0, 0]
    assert passing(dk.MaxValue(float("inf")), [1, 2], dtype) == [1, 1]
    assert passing(dk.Enum([1, 2.0, Decimal(3), 4.5, "5", True]), [1, 2, 3, 4, 5], dtype) == [
        1, 1, 1, 0, 0,
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "Float64", "double[pyarrow]", "object"])
def test_ranges_of_floats_are_exact(dtype):
    assert passing(dk.MaxValue(Decimal("0.1")), [0.1, 0.09], dtype) == [0, 1]
    assert passing(dk.MinValue(Decimal("0.1")), [0.1, 0.09], dtype) == [1, 0]
    assert passing(dk.MinValue(BIG), [float(2**53), float(2**53 + 2)], dtype) == [0, 1]
    assert passing(dk.Range(0, 1), [-0.0, float("inf"), 1.0], dtype) == [1, 0, 1]
    assert passing(dk.Enum([0.1, Decimal("0.2"), 3]), [0.1, 0.2, 3.0], dtype) == [1, 0, 1]


def test_narrow_floats_are_compared_as_what_they_are():
    assert passing(dk.MaxValue(0.1), [0.1], "float32") == [0]  # it holds a little more
    assert passing(dk.MaxValue(0.1), [0.1], "float64") == [1]


def test_wide_whole_numbers_are_not_rounded():
    assert passing(dk.MinValue(float(2**53)), [2**53 - 1, 2**53, BIG], "int64") == [0, 1, 1]
    assert passing(dk.MaxValue(2**64 - 1), [2**64 - 1], "uint64") == [1]
    assert passing(dk.MaxValue(2**64 - 2), [2**64 - 1], "uint64") == [0]
    assert passing(dk.Enum([float(2**53)]), [BIG], "int64") == [0]


@pytest.mark.parametrize("dtype", [
    pd.ArrowDtype(pa.decimal128(10, 2)), pd.ArrowDtype(pa.decimal128(38, 2)), object,
])  # fmt: skip
def test_decimals_are_compared_as_decimals(dtype):
    values = pd.Series(map(Decimal, ["-0.10", "0.10", "0.30"])).astype(dtype)
    assert passing(dk.Range(Decimal("0.1"), Decimal("0.30")), values) == [0, 1, 1]
    assert passing(dk.MaxValue(0.1), values) == [1, 1, 0]  # that float is a little above 0.1
    assert passing(dk.MinValue(0.1), values) == [0, 0, 1]
    assert passing(dk.Enum([Decimal("0.100")]), values) == [0, 1, 0]


def test_a_slice_of_decimals():
    values = pd.Series(
        pa.array(map(Decimal, range(5)), pa.decimal128(5, 0)).slice(2, 2).to_pylist()
    )
    column = values.astype(pd.ArrowDtype(pa.decimal128(5, 0))).iloc[1:]
    assert passing(dk.Range(3, 3), column) == [1]


@pytest.mark.parametrize("dtype", ["datetime64[ns]", "datetime64[s]", "timestamp[ms][pyarrow]"])
def test_moments(dtype):
    column = pd.Series(["2024-02-28", "2024-02-29", "2024-03-01"]).astype("M8[us]").astype(dtype)
    noon = dt.datetime(2024, 2, 29, 12)  # noqa: DTZ001 - naive on purpose
    assert passing(dk.Range(DAY, LATER), column) == [0, 1, 1]
    assert passing(dk.Range("2024-02-29", "2024-02-29T12:00"), column) == [0, 1, 0]
    assert passing(dk.MinValue(noon), column) == [0, 0, 1]
    assert passing(dk.MaxValue(pd.Timestamp("2024-02-29 00:00:00.000000001")), column) == [1, 1, 0]
    assert passing(dk.Enum([DAY, "x", 3]), column) == [0, 1, 0]


def test_moments_with_a_zone():
    column = pd.Series(pd.to_datetime(["2024-07-01T00:00", "2024-07-01T01:00"]))
    berlin = column.dt.tz_localize("Europe/Berlin")
    assert passing(dk.MinValue("2024-07-01T01:00"), berlin) == [0, 1]  # in the column's zone
    assert passing(dk.MinValue(pd.Timestamp("2024-06-30T23:00", tz="UTC")), berlin) == [0, 1]
    arrow = berlin.astype(pd.ArrowDtype(pa.timestamp("us", "Europe/Berlin")))
    assert passing(dk.MinValue("2024-07-01T01:00"), arrow) == [0, 1]
    zoned = dk.MinValue(pd.Timestamp("2024-07-01", tz="UTC"))
    assert passing(zoned, column) == [0, 0]
    assert raised(zoned, column, "M8[us]") == {
        "TypeError: moments without a zone cannot be compared with Timestamp('2024-07-01"
        " 00:00:00+0000', tz='UTC')": [0, 1]
    }


def test_dates_times_and_durations():
    days = pd.Series([DAY, LATER], dtype="date32[pyarrow]")
    assert passing(dk.Range(LATER, LATER), days) == [0, 1]
    assert passing(dk.MaxValue("2024-02-29"), days) == [1, 0]
    hours = pd.Series([dt.time(9), dt.time(17)], dtype="time64[us][pyarrow]")
    assert passing(dk.MinValue(dt.time(9, 0, 0, 1)), hours) == [0, 1]
    assert passing(dk.Enum(["09:00"]), hours) == [1, 0]
    for dtype in ("timedelta64[s]", "duration[ms][pyarrow]"):
        spans = pd.Series([dt.timedelta(hours=1), dt.timedelta(hours=2)]).astype(dtype)
        assert passing(dk.MaxValue(dt.timedelta(minutes=90)), spans) == [1, 0]
    assert passing(dk.MinValue(1), days) == [0, 0]


@pytest.mark.parametrize(
    "dtype", ["str", "string[python]", "string[pyarrow]", "object", "category"]
)
def test_text(dtype):
    column = pd.Series(["a", "b", "Zé", "b\n", None]).astype(dtype)
    assert passing(dk.Range("a", "b"), column) == [1, 1, 0, 0, 1]
    assert passing(dk.Length(1), column) == [1, 1, 0, 0, 1]
    assert passing(dk.MinLength(2), column) == [0, 0, 1, 1, 1]
    assert passing(dk.MaxLength(1), column) == [1, 1, 0, 0, 1]
    assert passing(dk.Enum(["a", "Zé", 1]), column) == [1, 0, 1, 0, 1]
    assert passing(dk.Pattern("[a-z]"), column) == [1, 1, 0, 0, 1]
    assert passing(dk.Pattern("[a-z]", search=True), column) == [1, 1, 0, 1, 1]
    assert passing(dk.Pattern("a|b"), column) == [1, 1, 0, 0, 1]
    assert passing(dk.Pattern("(?i)z."), column) == [0, 0, 1, 0, 1]
    assert passing(OfType("string"), column) == [1, 1, 1, 1, 1]
    assert passing(OfType("integer"), column) == [0, 0, 0, 0, 1]


def test_true_is_no_number():
    assert passing(dk.Enum([1, "a"]), [True, 1, "a", "1"], object) == [0, 1, 1, 0]
    assert passing(dk.Enum([True]), [True, False], "boolean") == [1, 0]
    assert passing(dk.Enum([True]), [1, 0], "int64") == [0, 0]
    assert passing(dk.Unique(), [True, 1, 2, 2], object) == [1, 1, 0, 0]
    assert raised(dk.Range(0, 1), [True, 1]) == {"TypeError: true and false have no order": [0]}


def test_lengths_of_lists_and_bytes():
    lists = [[1], [1, 2], (), None]
    assert passing(dk.Length(1, 2), lists, object) == [1, 1, 0, 1]
    assert passing(dk.Length(1, 2), lists, pd.ArrowDtype(pa.list_(pa.int8()))) == [1, 1, 0, 1]
    assert passing(dk.MinLength(2), [b"a", b"ab"], "binary[pyarrow]") == [0, 1]
    assert raised(dk.MinLength(1), [3]) == {"TypeError: object of type 'int' has no len()": [0]}


def test_unique_spans_the_batch_and_ignores_null():
    assert passing(dk.Unique(), [1, 2, 1, None, None], "Int64") == [0, 1, 0, 1, 1]
    assert passing(dk.Unique(), ["a", "b", "a", None], "category") == [0, 1, 0, 1]
    assert passing(dk.Unique(), [[1], [1], {"a": 1}, {"a": 2}, None], object) == [0, 0, 1, 1, 1]
    assert passing(dk.Unique(), [[1], [1], [2]], pd.ArrowDtype(pa.list_(pa.int8()))) == [0, 0, 1]
    assert passing(~dk.Unique(), [1, 1, 2], "int64") == [1, 1, 0]


def test_unique_in_a_stored_table():
    dk.save([{"id": 1, "at": DAY}, {"id": None, "at": LATER}], "memory.stored_ids", mode="replace")
    constraint = dk.Unique(unique_in="memory.stored_ids")
    assert passing(constraint, pd.Series([1, 2, 3, 3, None], dtype="Int64", name="id")) == [
        0, 1, 0, 0, 1,
    ]  # fmt: skip
    assert passing(constraint, pd.Series([DAY, dt.date(2000, 1, 1)], name="at")) == [0, 1]
    with pytest.raises(TableNotFoundError, match="no table named 'nothing'"):
        passing(dk.Unique(unique_in="memory.nothing"), pd.Series([1], name="id"))


def test_categories_are_what_they_hold():
    sizes = pd.Series([1, 5, None, 1], dtype="category")
    assert passing(dk.Range(2, 9), sizes) == [0, 1, 1, 0]
    assert passing(OfType("integer"), sizes) == [1, 1, 1, 1]
    found = failing(dk.MinLength(1), pd.Series([1, "a", 1, None], dtype="category"))
    assert {text: rows.tolist() for text, rows in found.raised.items()} == {
        "TypeError: object of type 'int' has no len()": [0, 2]
    }


def test_a_row_about_which_something_raises_fails_also_in_combinations():
    values = [1, "a", None, 30]
    text = "TypeError: '>=' not supported between instances of 'str' and 'int'"
    for constraint, good in (
        (dk.Range(0, 10), [1, 0, 1, 0]),
        (~dk.Range(0, 10), [0, 0, 1, 1]),
        (dk.Range(0, 10) | dk.Enum([30, "a"]), [1, 0, 1, 1]),
    ):
        assert passing(constraint, values, object) == good
        assert raised(constraint, values) == {text: [1]}


def test_a_column_of_another_type_fails_as_a_whole():
    assert raised(dk.Range(0, 1), ["a", None, "b"], "str") == {
        "TypeError: text cannot be compared with 0": [0, 2]
    }
    assert raised(dk.MinValue("a"), [1, 2], "int64") == {
        "TypeError: numbers cannot be compared with 'a'": [0, 1]
    }
    assert passing(dk.Enum(["a"]), [1, 2], "int64") == [0, 0]
    assert passing(dk.Range(0, 1), pd.Series(pd.period_range("2024", periods=2, freq="D"))) == [
        0,
        0,
    ]
    assert passing(dk.MinValue(1), [Decimal("sNaN"), Decimal("NaN"), Decimal(2)], object) == [
        0, 1, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", ["datetime64[us]", "datetime64[us, UTC]"])
def test_text_that_is_no_time_is_equal_to_none(dtype):
    assert passing(dk.Enum(["", "NaT", "2024-01-01"]), ["2024-01-01"], dtype) == [1]
    assert raised(dk.MinValue(""), ["2024-01-01"], dtype) == {
        "TypeError: moments cannot be compared with ''": [0]
    }


def test_a_function_sees_the_values_that_are_there_as_a_series():
    seen = []
    dk.Custom("seen", lambda values: seen.append(values) or values > 1)
    column = pd.Series([1.5, None, 0.5], index=["x", "y", "z"], name="a")
    assert passing(dk.Custom("seen"), column) == [1, 1, 0]
    assert seen[0].to_dict() == {"x": 1.5, "z": 0.5}
    assert seen[0].name == "a"


@pytest.mark.parametrize("form", ["series", "array", "list", "masked", "objects", "nulls"])
def test_a_function_may_answer_in_any_boolean_form(form):
    forms = {
        "series": lambda good: good,
        "array": lambda good: good.to_numpy(),
        "list": lambda good: good.tolist(),
        "masked": lambda good: good.astype("boolean"),
        "objects": lambda good: good.astype(object),
        "nulls": lambda good: good.astype(object).where(good, None),
    }
    dk.Custom("form", lambda values: forms[form](values > 1))
    assert passing(dk.Custom("form"), [1, 2, 3], "int64") == [0, 1, 1]


def test_a_function_that_changes_its_values_changes_nothing():
    def zero(values):
        values.iloc[:] = 0
        return values == 0

    column = pd.Series([1, 2])
    assert passing(dk.Custom("zero", zero), column) == [1, 1]
    assert column.tolist() == [1, 2]


def test_only_the_rows_fail_for_which_a_function_raises():
    def parsed(values):
        return values.map(int) > 0

    column = ["1", "x", None, "-1", "y", "2"]
    assert passing(dk.Custom("parsed", parsed), column, object) == [1, 0, 1, 0, 0, 1]
    assert raised(dk.Custom("parsed", parsed), column) == {
        "ValueError: invalid literal for int() with base 10: 'x'": [1],
        "ValueError: invalid literal for int() with base 10: 'y'": [4],
    }


@pytest.mark.parametrize(("function", "text"), [
    (lambda _: True, "TypeError: the function returned True, not one answer for each of 3"),
    (lambda values: np.array([values.is_unique]),
     "TypeError: the function returned array([ True]), not one answer for each of 3"),
    (lambda values: values, "TypeError: the function returned int64, not true and false"),
    (lambda _: [], "TypeError: the function returned [], not one answer for each of 3"),
    (lambda values: values > 1 and values < 3, ("ValueError: The truth value of a Series is"
     " ambiguous. Use a.empty, a.item(), a.any() or a.all().")),
])  # fmt: skip
def test_a_function_that_answers_something_else_fails_every_row(function, text):
    assert raised(dk.Custom("odd", function), [1, 2, 3], "int64") == {text: [0, 1, 2]}


def test_one_answer_for_one_row_is_right():
    dk.Custom("alone", lambda values: np.array([values.is_unique]))
    assert passing(dk.Custom("alone"), [1], "int64") == [1]


def test_an_unvectorised_function_ends_soon_on_many_rows():
    calls = []

    def never(values):
        calls.append(len(values))
        message = "never"
        raise RuntimeError(message)

    found = failing(dk.Custom("never", never), pd.Series(np.arange(1_000_000)))
    assert found.rows.all()
    assert len(calls) < 100_000


def test_interrupts_pass():
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing(dk.Custom("interrupted", interrupted), pd.Series([1]))


def test_a_constraint_of_another_kind():
    class Odd(Constraint):
        pass

    with pytest.raises(
        UsageError, match=r"^Odd is no constraint of dkdata\. For one of your own: dk\.Cus"
    ):
        failing(Odd(), pd.Series([1]))


@pytest.mark.parametrize("column", [
    pd.Series([], dtype="int64"), pd.Series([], dtype=object), pd.Series([], dtype="str"),
    pd.Series([], dtype="category"), pd.Series([], dtype=pd.ArrowDtype(pa.decimal128(5, 1))),
    pd.Series([], dtype="datetime64[ns, UTC]"), pd.Series([], dtype="date32[pyarrow]"),
])  # fmt: skip
def test_an_empty_column_fails_nothing(column):
    dk.Custom("positive", lambda values: values > 0)
    for constraint in (
        dk.Required(), dk.Unique(), dk.Length(2), dk.Pattern("a"), dk.Enum([1, "a"]),
        dk.MinValue(1), OfType("integer"), dk.Custom("positive"), ~dk.Unique() | dk.MaxValue("b"),
    ):  # fmt: skip
        assert passing(constraint, column) == []


def test_a_million_rows_take_less_than_a_tenth_of_a_second():
    column = pd.Series(np.arange(1_000_000) % 120)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        found = failing(dk.Range(0, 10) | dk.Enum([99]), column)
        seconds.append(time.process_time() - started)
    assert found.rows.sum() == 899_993
    assert min(seconds) < 0.1


def test_great_expectations_is_not_asked_for_constraints():
    frame = pd.DataFrame({"a": [1, 5, 99]})
    suite = dk.Schema(
        "s", [dk.Field("a", "any", constraints=dk.Range(0, 2) | dk.Enum([99]))]
    ).to_suite()
    results = [dk.validate(frame, suite, engine=engine).invalid() for engine in ("auto", "gx")]
    assert [result["a"].tolist() for result in results] == [[5], [5]]
