from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, SchemaError, UsageError
from dkdata.validation import Suite, expect, expect_columns, expect_pair, expect_table, validate

FRAME = pd.DataFrame({"age": [1], "name": ["x"]})


@pytest.mark.parametrize("rule", [
    expect("agee").between(0, 1), expect_pair("agee", "name").equal(),
    expect_columns(["name", "agee"]).unique_together(), expect("agee").max(0, 1),
])  # fmt: skip
def test_a_column_that_is_not_there(rule):
    message = (
        r"^suite 'people', expectation 2 \(expect_.*\): no column 'agee'\. Did you mean 'age'\?$"
    )
    with pytest.raises(ColumnNotFoundError, match=message) as got:
        validate(FRAME, Suite("people", [expect("age").not_null(), rule]))
    assert got.value.column == "agee"


def test_rules_about_which_columns_there_are():
    assert not validate(FRAME, expect("agee").exists())
    assert validate(FRAME, expect_table().columns_are(["name", "age"]))


def test_a_column_that_is_there_twice():
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"])
    with pytest.raises(SchemaError, match="the frame has 2 columns named 'a'"):
        validate(frame, expect("a").not_null())
    assert len(validate(frame, expect("b").null()).invalid()) == 1


def test_labels_that_cannot_be_told_apart():
    frame = pd.DataFrame({1: [1], "1": [2]})
    with pytest.raises(SchemaError, match="columns 1 and '1' cannot be told apart"):
        validate(frame, expect(1).null())
    assert validate(frame, expect("1").null()).invalid()["1"].tolist() == [2]


@pytest.mark.parametrize(("options", "message"), [
    ({"engine": "spark"}, r"engine='spark' is not possible\. Choose one of: 'auto', 'gx'"),
    ({"result_format": "SUMARY"}, r"result_format='SUMARY' .* Did you mean 'SUMMARY'"),
    ({"result_format": {"result_format": "ALL"}}, r"result_format='ALL' is not possible"),
    ({"result_format": {"partial_count": 3}}, r"'partial_count' is not possible"),
])  # fmt: skip
def test_wrong_options(options, message):
    with pytest.raises(UsageError, match=message):
        validate(FRAME, expect("age").null(), **options)


def test_what_is_no_frame():
    with pytest.raises(UsageError, match=r"a value of type 'int' is not a frame"):
        validate(3, expect("age").null())
    with pytest.raises(UsageError, match=r"is not a frame\. In place of dk\.scan\(source"):
        validate((batch for batch in ()), expect("age").null())
    with pytest.raises(UsageError, match=r"is not a frame\. Read it first: dk\.load\('p\.csv'"):
        dk.coerce("p.csv", {"a": "integer"})


def test_suites_are_written_and_read_without_great_expectations():
    code = (
        "import sys; from dkdata.validation import *; "
        "as_suite(Suite('s', [expect('a').not_null()]).to_dict()); expectations(); "
        "print('great_expectations' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    run = [sys.executable, "-W", "ignore", "-c", code]
    told = subprocess.run(run, check=True, capture_output=True, text=True, cwd=root).stdout
    assert told == "False\n"


@pytest.mark.parametrize("dtype", ["float64", "Int64", "int64[pyarrow]"])
def test_a_missing_value_is_neither_greater_nor_equal(dtype):
    frame = pd.DataFrame({"a": [1, None, 5, None], "b": [2, 2, 3, None]}).astype(dtype)
    told = {
        "greater": (expect_pair("a", "b").greater_than(), [0, 1]),
        "equal": (expect_pair("a", "b").equal(), [0, 1, 2]),
        "sum": (expect_columns(["a", "b"]).sum_to(3), [1, 2]),
    }
    for name, (rule, broken) in told.items():
        assert validate(frame, rule).invalid().index.tolist() == broken, name


def test_the_columns_that_name_failing_rows_have_to_be_there():
    frame = pd.DataFrame({"a": [1], "key": ["x"]})
    told = {"result_format": "SUMMARY", "unexpected_index_column_names": ["kye"]}
    with pytest.raises(UsageError, match=r"no column 'kye'\. Did you mean 'key'\?"):
        validate(frame, expect("a").null(), result_format=told)


@pytest.mark.parametrize(("rule", "error"), [
    (expect("zz").type("int64"), ColumnNotFoundError),
    (expect("a").not_outlier(multiplier=-1), UsageError),
    (expect("a").distinct_in([]), UsageError),
])  # fmt: skip
def test_what_great_expectations_refuses_is_refused(rule, error):
    with pytest.raises(error, match="expectation 1 "):
        validate(pd.DataFrame({"a": [1, 2]}), rule)


def test_rules_about_types_of_columns_whose_labels_are_numbers():
    frame = pd.DataFrame([[1, 2]])
    assert validate(frame, [*expect(0).type("int64"), *expect(1).exists()])
