from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import SchemaError, UsageError
from dkdata.validation.coercion import custom


@pytest.fixture(autouse=True)
def _own_types(monkeypatch):
    monkeypatch.setattr(custom, "_FUNCTIONS", {})


def _coerced(values, function):
    dk.register_coercion("mine", function)
    return pd.DataFrame({"x": values}, index=range(10, 10 + len(values))).dk.coerce({"x": "mine"})


def test_a_function_gets_the_whole_column():
    seen = []

    def function(values):
        seen.append(len(values))
        return values.str.upper()

    made = _coerced(["a", None], function)
    assert made
    assert made.frame["x"].tolist()[:1] == ["A"]
    assert made.frame.index.tolist() == [10, 11]
    assert seen == [2]


def test_only_the_values_that_raise_fail():
    made = _coerced(["1", "x", "9007199254740993", "y"], lambda values: values.astype(int))
    assert made.frame["x"].tolist() == [1, pd.NA, 9007199254740993, pd.NA]
    assert made.failures["row"].tolist() == [11, 13]
    assert made.failures["reason"][0] == "invalid literal for int() with base 10: 'x'"


def test_all_values_raise():
    def function(_values):
        raise KeyError

    made = _coerced(["1", "x"], function)
    assert made.failures["reason"].tolist() == ["KeyError", "KeyError"]
    assert made.frame["x"].isna().all()
    assert _coerced([], function).frame.empty


def test_the_index_of_what_it_returns_does_not_matter():
    made = _coerced(["b", "a"], lambda values: pd.Series(list(values), index=[5, 6]))
    assert made.frame["x"].tolist() == ["b", "a"]
    made = _coerced(["b", "a"], lambda values: [len(value) for value in values])
    assert made.frame["x"].tolist() == [1, 1]


def test_a_function_that_loses_rows():
    with pytest.raises(SchemaError, match="type 'mine' returned 1 values for 2 rows"):
        _coerced(["a", "b"], lambda values: values[:1])


def test_a_function_cannot_change_the_input():
    def function(values):
        values.iloc[0] = "changed"
        return values

    frame = pd.DataFrame({"x": ["a"]})
    dk.register_coercion("mine", function)
    assert frame.dk.coerce({"x": "mine"}).frame["x"].tolist() == ["changed"]
    assert frame["x"].tolist() == ["a"]


@pytest.mark.parametrize(("name", "function", "message"), [
    ("integer", str, "values become 'integer' in dkdata's own way already"),
    ("any", str, "values become 'any' in dkdata's own way already"),
    ("", str, "type='' is not a name"), (int, str, "is not a name"),
    ("mine", "str", "function='str' is no function"),
])  # fmt: skip
def test_what_cannot_be_registered(name, function, message):
    with pytest.raises(UsageError, match=message):
        dk.register_coercion(name, function)
