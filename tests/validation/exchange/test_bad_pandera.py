from __future__ import annotations

import pandas as pd
import pandera.pandas as pandera
import pytest
from pandera.pandas import Check, Column, DataFrameSchema, Index

import dkdata as dk
from dkdata.errors import UsageError

CUSTOM = (
    "Leave it out, and give the field a dk.Custom(name, function), whose function gets the column."
)
DTYPES = (
    "is not the type of a field. There are: string, integer, float, boolean, datetime, duration,"
    " date, numbers of any width, times with a zone, and the dtypes of Arrow. Give one of them, or"
    " none."
)


DAY = pd.Timestamp("2024-02-29")


def left_out(told, what="a field"):
    return f"{told} cannot be said of {what}. Leave it out."


def asked(values):
    return values > 0


def isin(values, allowed_values):
    return ~values.isin(allowed_values)


@pytest.mark.parametrize(("dtype", "check", "told"), [
    ("str", Check.isin(["a", 1]), "check 'isin': 1 is of type number, the column string"),
    ("int64", Check.gt("a"), "check 'greater_than': 'a' is of type string, the column number"),
    ("float64", Check.isin([True]), "check 'isin': True is of type boolean, the column number"),
    ("Int64", Check.ne(True), "check 'not_equal_to': True is of type boolean, the column number"),
    ("bool", Check.eq(1), "check 'equal_to': 1 is of type number, the column boolean"),
    ("datetime64[ns]", Check.in_range("2024-01-01", "2024-02-01"),
     "check 'in_range': '2024-01-01' is of type string, the column datetime"),
    ("datetime64[ns]", Check.le(DAY.date()),
     ("check 'less_than_or_equal_to': datetime.date(2024, 2, 29) is of type date, the column"
      " datetime")),
    ("datetime64[ns, UTC]", Check.lt(DAY), ("check 'less_than': Timestamp('2024-02-29 00:00:00') is"
     " of type datetime, the column datetime with a zone")),
    ("datetime64[ns]", Check.lt(DAY.tz_localize("UTC")), ("check 'less_than': Timestamp('2024-02-29"
     " 00:00:00+0000', tz='UTC') is of type datetime with a zone, the column datetime")),
], ids=str)  # fmt: skip
def test_values_of_another_type_than_the_column(dtype, check, told):
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_pandera(DataFrameSchema({"a": Column(dtype, check)}, name="s"))
    assert str(caught.value) == (
        f"pandera schema 's', column 'a': {told}. Give values of the column's type."
    )


@pytest.mark.parametrize(("checks", "rest", "message"), [
    ([], {"regex": True}, left_out("regex=True")),
    ([], {"default": 3}, left_out("default=3")),
    ([], {"parsers": pandera.Parser(abs)}, left_out("parsers=[<Parser abs>]")),
    ([], {"report_duplicates": "exclude_first"}, left_out("report_duplicates='exclude_first'")),
    ([], {"unique": True, "nullable": True},
     ("unique=True refuses a second null, and no field does. Give nullable=False, or leave"
      " unique=True out and give the field dk.Unique(), to which nulls are not equal.")),
    ([], {"drop_invalid_rows": True}, left_out("drop_invalid_rows=True")),
    ([Check(asked, element_wise=True, name="pos")], {},
     f"check 'pos': it is asked value by value. {CUSTOM}"),
    ([Check(lambda values: values > 0)], {}, f"check '<lambda>': it has no name. {CUSTOM}"),
    ([Check.ge(0, ignore_na=False)], {},
     "check 'greater_than_or_equal_to': " + left_out("ignore_na=False")),
    ([Check.ge(0, raise_warning=True)], {},
     "check 'greater_than_or_equal_to': " + left_out("raise_warning=True")),
    ([Check(asked, groupby="b", name="pos")], {}, "check 'pos': " + left_out("groupby=['b']")),
    ([Check.unique_values_eq([1])], {},
     "check 'unique_values_eq': it is no constraint of a field. Leave it out."),
    ([pandera.Hypothesis.one_sample_ttest(0)], {},
     "check 'one_sample_ttest': it is no constraint of a field. Leave it out."),
    ([Check(isin, allowed_values=[3], name="not in")], {},
     ("check 'not in': its function is called 'isin' like a check of pandera's own, which pandera"
      " asks instead of it. Give the function another name.")),
    ([Check.str_contains("a")], {"dtype": int},
     "check 'str_contains': it is about text, and the column is of type number. Leave it out."),
    ([Check.isin([None])], {},
     "check 'isin': Enum: no value is allowed by an empty list. Give one or more."),
    ([], {"dtype": "category"}, f"dtype 'category' {DTYPES}"),
    ([], {"dtype": "complex128"}, f"dtype 'complex128' {DTYPES}"),
    ([], {"dtype": "float128"}, f"dtype 'float128' {DTYPES}"),
    ([], {"dtype": "period[D]"}, f"dtype 'period[D]' {DTYPES}"),
    ([], {"dtype": "Sparse[int64]"}, f"dtype 'Sparse[int64, 0]' {DTYPES}"),
    ([], {"dtype": pandera.Decimal}, f"dtype 'Decimal(28, 0)' {DTYPES}"),
    ([], {"dtype": dict}, f"dtype \"<class 'dict'>\" {DTYPES}"),
    ([], {"metadata": {"dkdata": {"name": "a", "type": "string"}}}, ("its metadata says Field('a':"
     " string), and the column says something else. Remove 'dkdata' from the metadata where the"
     " column holds.")),
    ([], {"metadata": {"dkdata": 3}}, "field: 3 is not its JSON: {'name': …, 'type': …}."),
], ids=lambda part: str(part)[:70])  # fmt: skip
def test_what_no_field_says(checks, rest, message):
    columns = {"a": Column(**{"checks": checks, **rest}), "b": Column(int)}
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_pandera(DataFrameSchema(columns, name="s"))
    assert str(caught.value) == f"pandera schema 's', column 'a': {message}"


def test_a_function_of_the_users_by_the_name_of_a_check():
    even = dk.Custom("s.a.asked(by=2)", lambda values: values % 2 == 0)
    schema = DataFrameSchema({"a": Column(int, Check(asked, by=2))}, name="s")
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_pandera(schema)
    assert str(caught.value) == (
        "pandera schema 's', column 'a': check 'asked': it would be registered as"
        " 's.a.asked(by=2)', and you registered another function by that name. Give the check"
        " another name."
    )
    by_hand = dk.Schema("s", [dk.Field("a", "integer", constraints=even)])
    assert by_hand.validate([{"a": 2}, {"a": 3}]).invalid()["a"].tolist() == [3]


A = {"a": Column(int)}


@pytest.mark.parametrize(("told", "message"), [
    ({"columns": {}, "index": Index(int)},
     left_out("index=<Schema Index(name=None, type=DataType(int64))>", "a schema")),
    ({"columns": {}, "checks": Check(asked, name="pos")},
     left_out("checks=[<Check pos>]", "a schema")),
    ({"columns": {}, "dtype": int}, left_out("dtype=DataType(int64)", "a schema")),
    ({"columns": {}, "drop_invalid_rows": True}, left_out("drop_invalid_rows=True", "a schema")),
    ({"columns": A, "add_missing_columns": True}, left_out("add_missing_columns=True", "a schema")),
    ({"columns": A, "unique_column_names": True},
     left_out("unique_column_names=True", "a schema")),
    ({"columns": A, "strict": "filter"},
     "strict='filter' changes the frame. Give True or False."),
    ({"columns": A, "ordered": True}, ("ordered=True cannot be said of columns that may be absent"
     " or have others between them. Leave it out, or give strict=True and required=True.")),
    ({"columns": A, "unique": ["a"]},
     "unique=['a'] is about one column. Give that column unique=True."),
    ({"columns": A, "metadata": {"dkdata": {"x": 1}}},
     "metadata['dkdata']={'x': 1} is not what dkdata writes: version, further."),
], ids=lambda part: str(part)[:70])  # fmt: skip
def test_what_no_schema_says(told, message):
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_pandera(DataFrameSchema(**told, name="s"))
    assert str(caught.value) == f"pandera schema 's': {message}"


def test_metadata_that_says_something_else():
    fields = [dk.Field("a", "integer"), dk.Field("b", "integer")]
    together = dk.expect_columns(["a", "b"]).unique_together(ignore_row_if="never")
    rules = [together, dk.expect("a").mean(0)]
    made = dk.Schema("s", fields, further=rules).to_pandera()
    made.unique = None
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_pandera(made)
    assert str(caught.value) == (
        "pandera schema 's': its metadata says other rules of the whole table than unique=None and"
        " ordered=False. Remove 'dkdata' from the metadata where those hold."
    )


def test_what_is_no_schema_of_pandera():
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_pandera(int)
    assert str(caught.value) == (
        "<class 'int'> is no schema of pandera for pandas. Give a DataFrameSchema or a"
        " DataFrameModel of pandera.pandas."
    )
