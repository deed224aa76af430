"""The rows that fail a schema of pandera are those that fail ours, and the other way round."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pandera
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.pandas import Check, Column, DataFrameSchema

import dkdata as dk

INTEGERS, TEXTS = st.integers(-9, 9), st.text("ab.1", max_size=4)
FLOATS = st.sampled_from([-2.5, -1.0, 0.0, 0.1, 0.5, 3.0])
MOMENTS = st.datetimes(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-09")).map(
    lambda moment: pd.Timestamp(moment.replace(fold=0))
)
REGEXES = st.sampled_from(["a", "a|b1", "[ab]+", "^b", "b$", r"a\.", "(?:a|b)", ""])
VALUES = {
    "int64": INTEGERS, "Int64": INTEGERS, "int8": INTEGERS, "float64": FLOATS, "str": TEXTS,
    "bool": st.booleans(), "boolean": st.booleans(), "datetime64[us]": MOMENTS,
}  # fmt: skip
HOLD_NULL = ("float64", "str", "datetime64[us]")


@st.composite
def ordered_checks(draw, values):
    low, high = sorted((draw(values), draw(values)))
    ends = draw(st.tuples(st.booleans(), st.booleans())) if low < high else (True, True)
    return draw(
        st.sampled_from([
            Check.ge(low), Check.gt(low), Check.le(high), Check.lt(high),
            Check.in_range(low, high, *ends),
        ])
    )  # fmt: skip


def checks(dtype):
    values = VALUES[dtype]
    some = st.lists(values, min_size=1, max_size=3)
    known = [
        values.map(Check.eq), values.map(Check.ne), some.map(Check.isin), some.map(Check.notin)
    ]  # fmt: skip
    if dtype == "str":
        sizes = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted)
        known += [
            REGEXES.map(Check.str_matches), REGEXES.map(Check.str_contains),
            TEXTS.map(Check.str_startswith), TEXTS.map(Check.str_endswith),
            sizes.map(lambda pair: Check.str_length(*pair)),
        ]  # fmt: skip
    elif not dtype.startswith("bool"):
        known.append(ordered_checks(values))
    return st.one_of(known)


@st.composite
def columns(draw):
    """Draw a column of a schema, and the values of a frame for it."""
    dtype = draw(st.sampled_from([*VALUES]))
    may_be_null = draw(st.booleans())
    # The dtype that is written of a required column holds no null.
    has_null = dtype in HOLD_NULL or (may_be_null and dtype in ("Int64", "boolean"))
    held = st.one_of(st.none(), VALUES[dtype]) if has_null else VALUES[dtype]
    several = draw(st.lists(checks(dtype), max_size=3))
    is_unique = not may_be_null and draw(st.booleans())
    column = Column(dtype, several, nullable=may_be_null, unique=is_unique)
    return column, pd.Series(draw(st.lists(held, min_size=5, max_size=5)), dtype=dtype)


TABLES = st.dictionaries(st.sampled_from("abc"), columns(), min_size=1)
KEYS = st.lists(st.integers(0, 2), min_size=5, max_size=5)


def failing(schema, frame):
    """Return the rows that fail a schema of pandera."""
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        assert set(cases["check"]) - {"dtype"} == set(cases["check"]), cases
        return sorted(set(cases["index"]))
    return []


@given(TABLES, KEYS, st.booleans())
@settings(deadline=None)
def test_the_same_rows_fail(drawn, keys, is_unique):
    # pandera tells no rows where all that is unique together is null: a key never is.
    held = {**drawn, "key": (Column("int64"), pd.Series(keys))}
    given_schema = DataFrameSchema(
        {name: column for name, (column, _) in held.items()},
        unique=[*held] if is_unique else None,
    )
    frame = pd.DataFrame({name: values for name, (_, values) in held.items()})
    schema = dk.Schema.from_pandera(given_schema)
    rows = schema.validate(frame).invalid().index.tolist()
    assert rows == failing(given_schema, frame)
    as_written = frame.astype({
        name: str(column.dtype)
        for name, column in schema.to_pandera().columns.items()
        if "str" not in str(column.dtype)
    })  # fmt: skip
    assert rows == failing(schema.to_pandera(), as_written)


def test_columns_that_are_missing_or_not_expected():
    given_schema = DataFrameSchema({"a": Column(int), "b": Column(int)}, strict=True)
    frame = pd.DataFrame({"a": [1], "c": [2]})
    told = str(dk.Schema.from_pandera(given_schema).validate(frame))
    assert told == (
        "suite 'schema': 3 of 5 expectations met\n"
        "  table: columns_are(['a', 'b']) — unexpected: 'c'; missing: 'b'\n"
        "  b: exists"
    )
    assert failing(given_schema, frame) == [None]


def test_pandera_converts_and_a_schema_does_not():
    given_schema = DataFrameSchema({"a": Column(int, coerce=True)})
    frame = pd.DataFrame({"a": ["1", "2"]})
    schema = dk.Schema.from_pandera(given_schema)
    assert (failing(given_schema, frame), schema.validate(frame).success) == ([], False)
    assert schema.validate(dk.coerce(frame, schema).frame).success


def test_a_column_of_booleans_that_may_be_null_is_written_as_another():
    given_schema = DataFrameSchema({"a": Column(bool, nullable=True)})
    frame = pd.DataFrame({"a": [True]})
    schema = dk.Schema.from_pandera(given_schema)
    assert (failing(given_schema, frame), schema.validate(frame).success) == ([], True)
    with pytest.raises(pandera.errors.SchemaError, match="type boolean"):
        schema.to_pandera().validate(frame)
    assert failing(schema.to_pandera(), frame.astype("boolean")) == []
