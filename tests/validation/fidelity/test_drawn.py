"""Drawn rows, indexes, rules and names: the results are those of Great Expectations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import dkdata as dk
from tests.validation.fidelity.columns import COLUMNS, frame_of
from tests.validation.fidelity.comparing import cells, comparable
from tests.validation.fidelity.rules import rules
from tests.validation.fidelity.sweep import FORMATS

_INDEXES = {
    "range": pd.RangeIndex,
    "steps": lambda n: pd.RangeIndex(5, 5 + 3 * n, 3),
    "repeated": lambda n: pd.Index(np.arange(n) // 2),
    "texts": lambda n: pd.Index([f"r{i}" for i in range(n)], name="key"),
    "times": lambda n: pd.date_range("2024-01-01", periods=n, freq="D"),
    "levels": lambda n: pd.MultiIndex.from_arrays([range(n), ["x"] * n], names=["n_1", None]),
}


_IS_LONG = settings().max_examples > 100


# Great Expectations takes about half a second for each of these: few, the same each time, but in
# the long form. What is found is small already, and making it smaller would take an hour.
@settings(
    max_examples=settings().max_examples if _IS_LONG else 12,
    derandomize=not _IS_LONG,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    report_multiple_bugs=False,
)
@given(
    name=st.sampled_from(sorted(COLUMNS)),
    rows=st.lists(st.integers(0, 11), max_size=30),
    index=st.sampled_from(sorted(_INDEXES)),
    chosen=st.lists(st.integers(0, 200), min_size=5, max_size=16, unique=True),
    asked=st.tuples(st.sampled_from([1, 0.9, 0.5, 0]), st.sampled_from(FORMATS[:5])),
)
def test_drawn_rows_and_rules(name, rows, index, chosen, asked):
    mostly, told = asked
    column = COLUMNS[name]
    frame = frame_of(column).iloc[rows].set_axis(_INDEXES[index](len(rows)))
    every = list(rules(column, mostly))
    suite = dk.Suite("drawn", [every[number % len(every)] for number in chosen])
    compared = cells(frame, suite, told)
    assert [str(cell) for cell in compared if cell.kind == "differs"] == []


NAMES = {
    "a space": "total amount", "a keyword": "from", "upper": "A", "unicode": "größe",
    "quoted": 'a"b',
    "dotted": "a.b", "a number": "1", "like an index": "index",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES.values(), ids=list(NAMES))
def test_names_of_columns(name):
    second = f"{name} 2"
    frame = pd.DataFrame({name: [1.0, None, 3.0, 3.0], second: [1, 2, 3, 4], "z": list("wxyz")})
    condition = {
        "type": "comparison",
        "column": {"name": name},
        "operator": ">",
        "parameter": 1,
    }
    suite = dk.Suite("named", [
        dk.expect(name).not_null().between(0, 2).unique().mean(0, 1).exists(),
        dk.expect("z").in_set(["y"], row_condition=condition),
        dk.expect_pair(name, second).equal(),
        dk.expect_columns([name, second]).sum_to(6).unique_together(),
    ])  # fmt: skip
    assert [str(cell) for cell in cells(frame, suite) if cell.kind != "equal"] == []


@pytest.mark.parametrize("name", ["str", "arrow string", "arrow int64", "arrow double", "string"])
def test_chunks_of_arrow_make_no_difference(name):
    column = COLUMNS[name]
    whole = frame_of(column)
    parts = pd.concat([whole.iloc[:5], whole.iloc[5:6], whole.iloc[6:]])
    assert parts["a"].array._pa_array.num_chunks == 3
    answered = dk.validate(whole, rules(column)).results
    # Arrow sums squares chunk by chunk; of what raises, only Great Expectations tells.
    left = [
        one.expectation for one in answered if not one.error and "stdev" not in one.expectation.type
    ]
    results = [dk.validate(frame, left, result_format="COMPLETE") for frame in (whole, parts)]
    first, second = (comparable(result.to_dict()) for result in results)
    assert len(left) > 60
    assert first == second


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_threads_make_no_difference(threads):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=50_000), "t": rng.choice(["a", "b1", None], 50_000)})
    suite = dk.Suite("s", [
        dk.expect("x").mean(0, 0).sum(0, 0).stdev(0, 0).quantiles({0.5: (0, 0)}).between(-1, 1),
        dk.expect("t").matches(r"\d").in_set(["a"]).unique_count(0, 1).most_common(["a"]),
    ])  # fmt: skip
    before = pa.cpu_count()
    expected = comparable(dk.validate(frame, suite, result_format="COMPLETE").to_dict())
    pa.set_cpu_count(threads)
    try:
        actual = comparable(dk.validate(frame, suite, result_format="COMPLETE").to_dict())
    finally:
        pa.set_cpu_count(before)
    assert expected == actual


def test_permuted_rows_break_the_same_rules():
    frame = frame_of(COLUMNS["float64"])
    order = np.random.default_rng(3).permutation(len(frame))
    every = rules(COLUMNS["float64"])
    suite = dk.Suite("s", [one for one in every if "creasing" not in one.type])
    plain, permuted = dk.validate(frame, suite), dk.validate(frame.iloc[order], suite)
    assert plain.counts() == permuted.counts()


def test_names_that_differ_in_case_are_told_apart():
    """Great Expectations answers for the first of them."""
    frame = pd.DataFrame({"A": [1, 2, 3], "a": [7, 8, 9]})
    assert dk.validate(frame, dk.expect("a").between(7, 9))
    assert dk.validate(frame, dk.expect("A").between(1, 3))
    assert not dk.validate(frame, dk.expect("a").min(1, 3))
