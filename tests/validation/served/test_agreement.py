"""Every rule on every dtype: a server answers as the kernels do, or not at all."""

from __future__ import annotations

from itertools import cycle

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import dkdata as dk
from tests.validation.fidelity.columns import COLUMNS, frame_of
from tests.validation.fidelity.rules import PATTERNS, rules
from tests.validation.fidelity.sweep import FORMATS, VARIANTS
from tests.validation.served.agreeing import SERVED, assert_agrees, served

_IS_LONG = settings().max_examples > 100
_KNOWN = (
    "bool", "int8", "int32", "int64", "big int64", "uint8", "float32", "float64", "infinite",
    "all NaN", "str", "all null str", "string", "datetime us", "datetime ns", "datetime s",
    "datetime zone", "timedelta", "category text", "Int64", "UInt8", "boolean", "arrow int64",
    "arrow date",
)  # fmt: skip
_LEFT = tuple(name for name in COLUMNS if name not in _KNOWN)
_INDEXES = {
    "range": pd.RangeIndex,
    "steps": lambda n: pd.RangeIndex(5, 5 + 3 * n, 3),
    "repeated": lambda n: pd.Index([place // 2 for place in range(n)]),
    "texts": lambda n: pd.Index([f"r{place}" for place in range(n)], name="key"),
    "levels": lambda n: pd.MultiIndex.from_arrays([range(n), ["x"] * n], names=["m", "a.b"]),
}


_CASES = list(zip(_KNOWN, cycle(VARIANTS[2::7]), strict=False))


def _every(name, mostly=1, condition=None):
    shared = {} if condition is None else {"row_condition": condition}
    a = dk.expect("a")
    likes = [a.like_any(PATTERNS[:2], mostly=mostly, **shared), a.not_like_any(PATTERNS, **shared)]
    for pattern in PATTERNS:
        likes += [a.like(pattern, mostly=mostly, **shared), a.not_like(pattern, **shared)]
    return dk.Suite("every rule", [*rules(COLUMNS[name], mostly, condition), *likes])


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(("name", "variant"), _CASES)
def test_each_rule_in_each_form(name, variant):
    frame = frame_of(COLUMNS[name])
    frame.dk.save("warehouse.columns")
    for told, mostly, condition in (("SUMMARY", 1, None), (variant[0], variant[2], variant[1])):
        asked = served("warehouse.columns", _every(name, mostly, condition), told)
        result = assert_agrees("warehouse.columns", frame, asked, told)
        assert {outcome.tier for outcome in result.results} <= SERVED
        assert len(asked) > 3


@pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("name", _LEFT)
def test_of_other_dtypes_little_is_asked_of_the_server(name):
    frame = frame_of(COLUMNS[name])
    frame.dk.save("warehouse.columns")
    asked = served("warehouse.columns", _every(name))
    assert_agrees("warehouse.columns", frame, asked)
    about = {one.type for one in asked if one.columns == ("a",) and "null" not in one.type}
    assert about <= {
        "expect_column_values_to_be_of_type",
        "expect_column_values_to_be_in_type_list",
    }


# The whole is compared on many more in the long form.
@settings(
    max_examples=settings().max_examples if _IS_LONG else 25,
    derandomize=not _IS_LONG,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(
    name=st.sampled_from(_KNOWN),
    rows=st.lists(st.integers(0, 11), max_size=40),
    index=st.sampled_from(sorted(_INDEXES)),
    chosen=st.lists(st.integers(0, 200), min_size=3, max_size=20, unique=True),
    asked=st.tuples(st.sampled_from([1, 0.9, 0.5, 0]), st.sampled_from(FORMATS)),
)
@pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
@pytest.mark.usefixtures("warehouse")
def test_drawn_rows_rules_and_indexes(name, rows, index, chosen, asked):
    mostly, told = asked
    frame = frame_of(COLUMNS[name]).iloc[rows].set_axis(_INDEXES[index](len(rows)))
    frame.dk.save("warehouse.drawn", mode="replace")
    every = list(_every(name, mostly))
    suite = dk.Suite("drawn", [every[number % len(every)] for number in chosen])
    assert_agrees("warehouse.drawn", frame, served("warehouse.drawn", suite, told), told)
