from __future__ import annotations

import datetime as dt
import re
import sys
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pytest
from hypothesis import given, settings
from pandera import extensions
from pandera.pandas import Check, Column, DataFrameSchema

import dkdata as dk
from dkdata.errors import MissingDependencyError
from dkdata.validation.exchange.pandera_checks import check_for
from dkdata.validation.exchange.pandera_columns import column_for
from tests.validation.schema.drawn import SCHEMAS

UTC = pd.DatetimeTZDtype("us", "UTC")
DAY = pd.Timestamp("2024-02-29")


def one(*checks, dtype=None, **rest):
    """Return the field of a pandera schema of one column."""
    return dk.Schema.from_pandera(DataFrameSchema({"a": Column(dtype, [*checks], **rest)}))["a"]


def field(field_type, *constraints, required=True, **rest):
    return dk.Field("a", field_type, required=required, constraints=constraints, **rest)


def column(made):
    return dk.Schema("s", [made]).to_pandera().columns["a"]


@pytest.mark.parametrize(("dtype", "expected"), [
    (int, "integer"), ("int64", "integer"), ("int32", pa.int32()), ("uint8", pa.uint8()),
    (float, "float"), ("float32", pa.float32()), (bool, "boolean"), (str, "string"),
    ("string[python]", "string"), ("datetime64[ns]", "datetime"), ("datetime64[us]", "datetime"),
    (UTC, pa.timestamp("us", "UTC")), ("timedelta64[ns]", "duration"), (object, "any"),
    (None, "any"), (pandera.Date, "date"), ("date32[pyarrow]", "date"),
    (pd.ArrowDtype(pa.time64("us")), "time"), (pd.ArrowDtype(pa.large_binary()), "binary"),
    (pd.ArrowDtype(pa.decimal128(9, 2)), pa.decimal128(9, 2)),
    (pd.ArrowDtype(pa.int64()), pa.int64()),
])  # fmt: skip
def test_dtypes(dtype, expected):
    assert one(dtype=dtype) == field(expected)


@pytest.mark.parametrize(("dtype", "expected"), [
    ("Int64", "integer"), ("Int8", pa.int8()), ("UInt16", pa.uint16()), ("Float64", "float"),
    ("Float32", pa.float32()), ("boolean", "boolean"), (str, "string"),
])  # fmt: skip
def test_dtypes_that_hold_null(dtype, expected):
    assert one(dtype=dtype, nullable=True) == field(expected, required=False)


@pytest.mark.parametrize(("made", "dtype"), [
    (field("string"), "string[pyarrow]"), (field("integer"), "int64"),
    (field("integer", required=False), "Int64"), (field("float", required=False), "float64"),
    (field("boolean"), "bool"), (field("boolean", required=False), "boolean"),
    (field("datetime"), "datetime64[ns]"), (field("duration"), "timedelta64[ns]"),
    (field("date"), "date32[day][pyarrow]"), (field("time"), "time64[us][pyarrow]"),
    (field("binary"), "large_binary[pyarrow]"), (field("any"), "None"), (field("json"), "None"),
    (field(pa.int8()), "int8"), (field(pa.uint16(), required=False), "UInt16"),
    (field(pa.float32(), required=False), "float32"),
    (field(pa.timestamp("ms", "UTC")), "datetime64[ms, UTC]"),
])  # fmt: skip
def test_the_dtypes_of_fields(made, dtype):
    assert str(column(made).dtype) == dtype
    assert dk.Schema.from_pandera(dk.Schema("s", [made]).to_pandera())["a"] == made


BOTH_WAYS = [
    ("float64", Check.ge(0), dk.MinValue(0)),
    ("float64", Check.le(0.5), dk.MaxValue(0.5)),
    ("int64", Check.gt(0), ~dk.MaxValue(0)),
    ("int64", Check.lt(9), ~dk.MinValue(9)),
    ("int64", Check.in_range(0, 9), dk.Range(0, 9)),
    ("datetime64[ns]", Check.ge(DAY), dk.MinValue(DAY)),
    ("int64", Check.isin([1, 2]), dk.Enum([1, 2])),
    ("str", Check.notin(["a"]), ~dk.Enum(["a"])),
    ("str", Check.str_matches("a|b"), dk.Pattern(r"\A(?:a|b)", search=True)),
    ("str", Check.str_matches(r"(?:a|b)\Z"), dk.Pattern("a|b")),
    ("str", Check.str_contains("a+"), dk.Pattern("a+", search=True)),
    ("str", Check.str_startswith("a.b"), dk.Pattern(r"\Aa\.b", search=True)),
    ("str", Check.str_endswith("a.b\n"), dk.Pattern("a\\.b\\\n\\Z", search=True)),
    ("str", Check.str_length(2, 4), dk.Length(2, 4)),
    ("str", Check.str_length(min_value=2), dk.MinLength(2)),
    ("str", Check.str_length(max_value=4), dk.MaxLength(4)),
]


@pytest.mark.parametrize(("dtype", "check", "constraint"), BOTH_WAYS, ids=str)
def test_checks_that_are_constraints(dtype, check, constraint):
    made = one(check, dtype=dtype)
    assert made.constraints == (constraint,)
    again = column(made)
    assert [(each.name, _values(each)) for each in again.checks] == [(check.name, _values(check))]
    assert again.metadata is None


def _values(check):
    return {name: value for name, value in check.statistics.items() if value is not None}


@pytest.mark.parametrize(("check", "constraints"), [
    (Check.eq(3), [dk.Enum([3])]),
    (Check.ne(3), [~dk.Enum([3])]),
    (Check.in_range(0, 9, include_min=False), [~dk.MaxValue(0), dk.MaxValue(9)]),
    (Check.in_range(0, 9, include_max=False), [dk.MinValue(0), ~dk.MinValue(9)]),
    (Check.isin([1, None, float("nan")]), [dk.Enum([1])]),
    (Check.str_length(exact_value=3), [dk.Length(3)]),
    (Check.str_matches(re.compile("a", re.IGNORECASE)),
     [dk.Pattern(r"\A(?:(?i:a))", search=True)]),
    (Check.str_matches("(?i)a|b"), [dk.Pattern(r"\A(?:(?i:a|b))", search=True)]),
    (Check.str_contains("(?ms)(?i)a"), [dk.Pattern("(?ims:a)", search=True)]),
    (Check.str_matches("(?u)a"), [dk.Pattern(r"\A(?:a)", search=True)]),
    (Check.str_matches(re.compile("(?i)a")), [dk.Pattern(r"\A(?:(?i:a))", search=True)]),
    (Check.str_matches(re.compile("a # comment", re.VERBOSE)),
     [dk.Pattern("\\A(?:(?x:a # comment\n))", search=True)]),
    (Check.str_matches(r"(?:a)|(?:b)\Z"), [dk.Pattern(r"\A(?:(?:a)|(?:b)\Z)", search=True)]),
])  # fmt: skip
def test_other_checks_that_are_constraints(check, constraints):
    assert list(one(check).constraints) == constraints


@pytest.mark.parametrize(("rest", "expected"), [
    ({"nullable": True}, field("any", required=False)),
    ({"unique": True}, field("any", dk.Unique())),
    ({"required": False}, field("any", default=None)),
    ({"description": "d"}, field("any", description="d")),
    ({"coerce": True}, field("any")),
])  # fmt: skip
def test_what_else_a_column_says(rest, expected):
    assert one(**rest) == expected


def test_a_named_check_of_columns_is_a_custom_constraint():
    check = Check(lambda values, by: values % by == 0, name="multiple of by", by=3)
    assert one(check, dtype=int).constraints == (dk.Custom("schema.a.multiple of by(by=3)"),)
    schema = dk.Schema.from_pandera(DataFrameSchema({"a": Column(int, check)}))
    assert schema.validate([{"a": 3}, {"a": 4}]).invalid()["a"].tolist() == [4]


def failing(schema, **columns):
    """Return the positions of the rows that fail."""
    return schema.validate(pd.DataFrame(columns)).invalid().index.tolist()


def above(values, limit):
    return values > limit


def with_limits(**limits):
    columns = {name: Column(int, Check(above, limit=limit)) for name, limit in limits.items()}
    return dk.Schema.from_pandera(DataFrameSchema(columns, name="limits"))


def test_one_function_with_several_arguments():
    schema = with_limits(x=3, y=100)
    assert schema["y"].constraints == (dk.Custom("limits.y.above(limit=100)"),)
    assert failing(schema, x=[1, 50], y=[200, 200]) == [0]
    assert with_limits(x=3, y=100) == schema
    several = [Check(above, limit=1), Check(above, limit=5)]
    assert one(*several, dtype=int).constraints == (
        dk.Custom("schema.a.above(limit=1)"), dk.Custom("schema.a.above(limit=5)"),
    )  # fmt: skip


def test_a_check_that_was_registered():
    if not hasattr(Check, "is_multiple"):

        @extensions.register_check_method(statistics=["of"])
        def is_multiple(values, *, of):
            return values % of == 0

    columns = {"a": Column(int, Check.is_multiple(2)), "b": Column(int, Check.is_multiple(of=5))}
    schema = dk.Schema.from_pandera(DataFrameSchema(columns))
    assert failing(schema, a=[2, 3, 5], b=[5, 5, 5]) == [1, 2]
    assert dk.Schema.from_pandera(DataFrameSchema(columns)) == schema


class Low(pandera.DataFrameModel):
    a: int

    @pandera.check("a")
    def ok(cls, values):  # noqa: N805 - of the class
        return values < 5


class High(pandera.DataFrameModel):
    a: int

    @pandera.check("a")
    def ok(cls, values):  # noqa: N805 - of the class
        return values > 5


def test_checks_of_two_models_by_one_name():
    low, high = dk.Schema.from_pandera(Low), dk.Schema.from_pandera(High)
    assert (failing(low, a=[1, 9]), failing(high, a=[1, 9])) == ([1], [0])
    assert dk.Schema.from_pandera(Low) == low


def test_checks_of_two_schemas_by_one_name():
    low, high = (
        DataFrameSchema({"a": Column(int, Check(asked, name="asked"))})
        for asked in (lambda values: values < 5, lambda values: values > 5)
    )
    found = [dk.Schema.from_pandera(each) for each in (low, high, low, high)]
    assert [failing(each, a=[1, 9]) for each in found] == [[1], [0], [1], [0]]
    assert [str(each["a"].constraints[0]) for each in found] == 2 * [
        "Custom('schema.a.asked')", "Custom('schema.a.asked (2)')",
    ]  # fmt: skip


def among(values, given):
    return values.isin(given)


def test_arguments_that_are_sets_or_arrays():
    held = [{2, 1}, {1, 2}, np.array([1, 2]), np.array([1, 2])]
    schemas = [DataFrameSchema({"a": Column(int, Check(among, given=given))}) for given in held]
    found = [str(dk.Schema.from_pandera(each)["a"].constraints[0]) for each in 2 * schemas]
    assert found == 2 * [
        "Custom('schema.a.among(given=[1, 2])')",
        "Custom('schema.a.among(given=[1, 2])')",
        "Custom('schema.a.among(given=array([1, 2]))')",
        "Custom('schema.a.among(given=array([1, 2])) (2)')",
    ]


def test_a_function_by_the_name_of_a_check_of_panderas():
    check = Check(lambda values, min_value: values < min_value, name="greater_than", min_value=3)
    schema = dk.Schema.from_pandera(DataFrameSchema({"a": Column(int, check)}))
    assert schema.validate([{"a": 2}, {"a": 4}]).invalid()["a"].tolist() == [4]


def test_a_check_of_panderas_by_another_name():
    assert one(Check.ge(0, name="positive")).constraints == (dk.MinValue(0),)


class Positive(pandera.DataFrameModel):
    a: int = pandera.Field(gt=0)


def test_the_checks_of_a_model_are_panderas():
    assert dk.Schema.from_pandera(Positive)["a"].constraints == (~dk.MaxValue(0),)


class People(pandera.DataFrameModel):
    id: int = pandera.Field(ge=0, unique=True, description="Of a person.")
    name: str = pandera.Field(nullable=True, str_length={"min_value": 1, "max_value": 3})

    class Config:
        strict = True
        ordered = True
        unique = ["id", "name"]  # noqa: RUF012 - pandera's way
        name = "people"
        description = "Everybody."
        title = "T"


def test_a_model():
    schema = dk.Schema.from_pandera(People)
    assert repr(schema) == (
        "Schema 'people' 1.0.0, strict, 2 fields\n"
        "  id: integer, required, Unique(), MinValue(0) — Of a person.\n"
        "  name: string, Length(1, 3)\n"
        "and 2 further rules\n"
        "  id, name: unique_together('never')\n"
        "  table: columns_ordered(['id', 'name'])"
    )
    assert schema.further.notes == "Everybody."
    made = schema.to_pandera()
    assert (made.unique, made.ordered, made.strict) == (["id", "name"], True, True)
    assert (made.title, made.description, made.metadata) == ("T", "Everybody.", None)
    assert dk.Schema.from_pandera(made) == schema


def test_notes_are_kept():
    column = Column(int, title="A", metadata={"unit": "m"})
    schema = dk.Schema.from_pandera(DataFrameSchema({"a": column}, metadata={"owner": "me"}))
    told = {
        "metadata": {"owner": "me"}, "columns": {"a": {"title": "A", "metadata": {"unit": "m"}}}
    }  # fmt: skip
    assert schema.further.meta == {"pandera": told}
    made = schema.to_pandera()
    assert (made.metadata, made.columns["a"].title) == ({"owner": "me"}, "A")
    assert made.columns["a"].metadata == {"unit": "m"}


@given(SCHEMAS)
@settings(deadline=None)
def test_a_schema_is_read_from_pandera_as_it_was(schema):
    again = dk.Schema.from_pandera(schema.to_pandera())
    assert again == schema
    assert repr(again) == repr(schema)


def test_what_pandera_has_no_words_for_is_asked():
    even = dk.Custom("even for pandera", lambda values: values % 2 == 0)
    fields = [
        dk.Field("a", "integer", required=True, constraints=even),
        dk.Field("b", "json"),
        dk.Field("c", "date", constraints=dk.MinValue(dt.date(2024, 1, 1))),
    ]
    days = [dt.date(2024, 2, 29), dt.date(2023, 2, 28), None, None]
    frame = pd.DataFrame({
        "a": [1, 2, 4, 6],
        "b": pd.Series([{"x": 1}, None, {1, 2}, "{}"], dtype=object),
        "c": pd.Series(days, dtype="date32[pyarrow]"),
    })  # fmt: skip
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        dk.Schema("s", fields).to_pandera().validate(frame, lazy=True)
    found = caught.value.failure_cases[["column", "check", "index"]].to_numpy().tolist()
    assert sorted(found) == [
        ["a", "Custom('even for pandera')", 0],
        ["b", "OfType('json')", 2],
        ["c", "MinValue(datetime.date(2024, 1, 1))", 1],
    ]


@pytest.mark.parametrize("regex", [
    r"\A(?:a)|(b)", r"\A(?:a)|(?:b)", r"\A(?:a)[)]", r"\A(?:a|b)", r"\A(?:\))", "(?x)a # b",
])  # fmt: skip
def test_groups_of_a_pattern(regex):
    schema = dk.Schema("s", [field("string", dk.Pattern(regex, search=True))])
    texts = ["a", "b", "cb", "a)", ")", "c"]
    rows = failing(schema, a=texts)
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        schema.to_pandera().validate(pd.DataFrame({"a": texts}), lazy=True)
    assert caught.value.failure_cases["index"].tolist() == rows


def test_a_moment_without_a_zone_and_a_column_with_one():
    made = field(pa.timestamp("us", "UTC"), dk.MinValue(DAY))
    days = pd.date_range("2024-02-28", periods=3, tz="UTC", unit="us")
    rows = failing(dk.Schema("s", [made]), a=days)
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        dk.Schema("s", [made]).to_pandera().validate(pd.DataFrame({"a": days}), lazy=True)
    assert caught.value.failure_cases["index"].tolist() == rows


@pytest.mark.parametrize(("dtype", "check"), [
    (int, Check.isin([1.5, Decimal(2)])), ("float32", Check.ge(1)), (bool, Check.eq(value=True)),
    ("datetime64[us]", Check.ge(DAY.to_pydatetime())), ("date32[pyarrow]", Check.ge(DAY.date())),
    (UTC, Check.ge(DAY.tz_localize("Europe/Rome"))), (None, Check.isin([1, "a"])),
    (object, Check.str_length(1)), ("timedelta64[ns]", Check.ge(DAY - DAY)),
    (pd.ArrowDtype(pa.decimal128(5, 2)), Check.ge(1)), ("large_binary[pyarrow]", Check.eq(b"a")),
], ids=str)  # fmt: skip
def test_values_of_the_type_of_the_column(dtype, check):
    assert len(one(check, dtype=dtype).constraints) == 1


def test_nulls_are_not_equal():
    schema = dk.Schema("s", [dk.Field("a", "string", constraints=dk.Unique())])
    made = schema.to_pandera()
    made.validate(pd.DataFrame({"a": pd.Series(["a", None, None], dtype="str")}))
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        made.validate(pd.DataFrame({"a": pd.Series(["a", None, "a"], dtype="str")}), lazy=True)
    assert caught.value.failure_cases["index"].tolist() == [0, 2]
    assert dk.Schema.from_pandera(made) == schema


@pytest.mark.parametrize(("way", "call"), [
    ("dk.Schema.from_pandera", partial(dk.Schema.from_pandera, 3)),
    ("Schema.to_pandera", dk.Schema("s", []).to_pandera),
    ("Schema.to_pandera", partial(column_for, field("string"))),
    ("Schema.to_pandera", partial(check_for, dk.MinLength(2), "string")),
], ids=["read", "write", "column", "check"])  # fmt: skip
def test_without_pandera(monkeypatch, way, call):
    monkeypatch.setitem(sys.modules, "pandera.pandas", None)
    with pytest.raises(MissingDependencyError) as caught:
        call()
    assert str(caught.value) == f"{way} needs 'pandera'. Install it: pip install pandera."
