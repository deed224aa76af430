from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk

N = 2_000
_RANDOM = np.random.default_rng(3)
START = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(_RANDOM.integers(0, 9**7, N), "s"))
LATER = START + pd.to_timedelta(_RANDOM.integers(1, 9**5, N), "s")
LATEST = LATER + pd.to_timedelta(_RANDOM.integers(0, 9**5, N), "s")
PRICE = pd.Series(_RANDOM.random(N))


def _pairs(frame):
    return [str(item) for item in dk.suggest(frame) if len(item.columns) > 1]


def test_times_of_which_one_is_never_later():
    frame = pd.DataFrame({"shipped": LATER, "ordered": START})
    (rule,) = [item for item in dk.suggest(frame) if len(item.columns) > 1]
    assert rule.columns == ("shipped", "ordered")
    assert rule.meta["dkdata"]["evidence"] == {"rows": N, "reversed": 0, "equal": 0}
    assert rule.meta["dkdata"]["reason"] == "'ordered' is never above 'shipped'."


def test_what_follows_from_other_pairs_is_left_out():
    frame = pd.DataFrame({"a": START, "b": LATER, "c": LATEST})
    assert [told.partition(":")[0] for told in _pairs(frame)] == ["b, a", "c, b"]


def test_a_few_rows_may_be_reversed():
    wrong = LATER.copy()
    wrong[:2] = START[:2] - pd.Timedelta("1h")
    (told,) = _pairs(pd.DataFrame({"start": START, "end": wrong}))
    assert told.startswith("end, start: greater_than(")
    assert told.endswith("mostly=0.99)")


@pytest.mark.parametrize("frame", [
    pd.DataFrame({"a": START, "b": START.sample(frac=1, random_state=1).to_numpy()}),
    pd.DataFrame({"a": START, "b": START + pd.Timedelta("9999D")}),
    pd.DataFrame({"a": START, "b": LATER.dt.tz_localize("UTC")}),
    pd.DataFrame({"a": START, "b": START}),
    pd.DataFrame({"a": START, "b": pd.Series([pd.NaT] * N, dtype=START.dtype)}),
    pd.DataFrame({"low": PRICE, "bid": PRICE + 0.1}),
    pd.DataFrame({"min": PRICE, "max": (PRICE * 9).astype("int64")}),
], ids=[
    "in no order", "far apart", "of a zone", "equal", "missing", "names", "dtypes",
])  # fmt: skip
def test_columns_that_are_no_pair(frame):
    assert _pairs(frame) == []


@pytest.mark.parametrize("names", [
    ("price_min", "price_max"), ("Low", "High"), ("start_page", "end_page"), ("minX", "maxX"),
])  # fmt: skip
def test_numbers_whose_names_say_so(names):
    low, high = names
    frame = pd.DataFrame({high: PRICE + _RANDOM.random(N), low: PRICE})
    assert [told.partition(":")[0] for told in _pairs(frame)] == [f"{high}, {low}"]


def test_rows_in_which_one_is_missing_do_not_count():
    end = LATER.copy()
    end[:500] = pd.NaT
    (rule,) = [item for item in dk.suggest(pd.DataFrame({"a": START, "b": end})) if
               len(item.columns) > 1]  # fmt: skip
    assert rule.meta["dkdata"]["evidence"]["rows"] == N - 500
    assert rule.kwargs["ignore_row_if"] == "either_value_is_missing"
