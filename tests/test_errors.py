"""Messages: what is wrong, what there is, what to do."""

from __future__ import annotations

import pytest

from dkdata import errors
from dkdata.errors import (
    ColumnNotFoundError,
    DkError,
    ExistsError,
    MissingDependencyError,
    SchemaError,
    StoreNotFoundError,
    TableNotFoundError,
    UsageError,
    did_you_mean,
    listing,
    shortened,
)

BASES = [
    ("TableNotFoundError", LookupError),
    ("ColumnNotFoundError", LookupError),
    ("RecordNotFoundError", LookupError),
    ("StoreNotFoundError", LookupError),
    ("ExpectationNotFoundError", LookupError),
    ("ExistsError", ValueError),
    ("UsageError", ValueError),
    ("SchemaError", ValueError),
    ("ValidationError", ValueError),
    ("ConfigError", ValueError),
    ("QueryError", ValueError),
    ("ConflictError", DkError),
    ("UnsupportedError", NotImplementedError),
    ("MissingDependencyError", ImportError),
    ("MigrationError", DkError),
    ("DeadlineError", TimeoutError),
    ("StoreError", OSError),
]
MESSAGES = [
    (
        TableNotFoundError("poeple", "warehouse", ["orders", "people"]),
        (
            "no table named 'poeple' in store 'warehouse'. Did you mean 'people'?"
            " There are: orders, people."
        ),
    ),
    (TableNotFoundError("x", "memory"), "no table named 'x' in store 'memory'. There are: none."),
    (
        ColumnNotFoundError("AGE", ["age", 1]),
        "no column 'AGE'. Did you mean 'age'? There are: age, 1.",
    ),
    (
        ColumnNotFoundError("b", ["a"], "table 't'"),
        "no column 'b' in table 't'. There are: a.",
    ),
    (
        StoreNotFoundError("locl", ["local", "memory"]),
        (
            "no store named 'locl'. Did you mean 'local'? There are: local, memory."
            " For a table whose name holds a dot, write it in double quotes."
        ),
    ),
    (
        ExistsError.table("flights", "local", 336_776),
        (
            "table 'flights' exists in store 'local' (336,776 rows)."
            " Choose mode='replace', 'append', 'upsert' or 'skip'."
        ),
    ),
    (
        ExistsError.table("flights", "local", None),
        (
            "table 'flights' exists in store 'local'."
            " Choose mode='replace', 'append', 'upsert' or 'skip'."
        ),
    ),
    (
        UsageError.choice("mode", "apend", ["error", "append"]),
        "mode='apend' is not possible. Did you mean 'append'? Choose one of: 'error', 'append'.",
    ),
    (
        SchemaError.value("age", 300, 2, "above 127"),
        (
            "column 'age', row 2: 300 cannot be kept exactly: above 127."
            " Change the value or the column's type."
        ),
    ),
    (
        SchemaError.append("people", ["column 'a' is text", "column 'b' is not in the table"]),
        (
            "cannot append to 'people': column 'a' is text; column 'b' is not in the table."
            " Cast or rename, or write with mode='replace'."
        ),
    ),
    (
        SchemaError.keys(["id", "day"], "is repeated", [(1, 2)]),
        (
            "key 'id', 'day' is repeated: (1, 2). Nothing was written."
            " Remove those rows, or choose other key columns."
        ),
    ),
    (
        MissingDependencyError("dask", "as_='dask'"),
        "as_='dask' needs 'dask'. Install it: pip install dask.",
    ),
]


@pytest.mark.parametrize(("name", "base"), BASES)
def test_every_error_is_one_of_ours_and_of_python(name, base):
    error = getattr(errors, name)
    assert issubclass(error, DkError)
    assert issubclass(error, base)


@pytest.mark.parametrize(("error", "message"), MESSAGES)
def test_message(error, message):
    assert str(error) == message


def test_suggestions_ignore_case_and_say_nothing_without_a_near_name():
    assert did_you_mean("PEOPLE", ["people"]) == " Did you mean 'people'?"
    assert did_you_mean("x", ["people"]) == ""


def test_long_listings_are_cut():
    assert listing(range(22)).endswith("18, 19 and 2 more")


def test_long_values_are_cut():
    assert shortened("x" * 200) == "'" + "x" * 78 + "…"
