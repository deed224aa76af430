from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dkdata.validation.suggestion.rounding import as_text, outward, outward_times


@pytest.mark.parametrize(("low", "high", "bounds"), [
    (3, 8_599, (0, 9_000)), (-43, 1_301, (-100, 1_400)), (32.1, 59.6, (32, 60)),
    (0.003, 0.998, (0, 1)), (13.1, 21.5, (13, 21.5)), (-0.02, 0.31, (-0.02, 0.32)), (5, 5, (5, 5)),
    (2.5, 2.5, (2.5, 2.5)), (1e-9, 3e-9, (1e-9, 3e-9)),
])  # fmt: skip
def test_bounds_are_round(low, high, bounds):
    whole = isinstance(low, int)
    assert outward(low, high, is_whole=whole) == bounds


_FINITE = some.floats(allow_nan=False, allow_infinity=False)


@given(_FINITE, _FINITE)
def test_bounds_hold_the_range_and_stay_on_their_side_of_zero(one, other):
    least, greatest = sorted([one, other])
    low, high = outward(least, greatest, is_whole=False)
    assert -np.inf < low <= least <= greatest <= high < np.inf
    assert (low < 0) == (least < 0)
    assert (high > 0) == (greatest > 0)


@given(some.integers(-(2**53) + 1, 2**53 - 1), some.integers(-(2**53) + 1, 2**53 - 1))
def test_bounds_of_integers_are_integers(one, other):
    low, high = outward(min(one, other), max(one, other), is_whole=True)
    assert {type(low), type(high)} == {int}
    assert low <= min(one, other) <= max(one, other) <= high


@pytest.mark.parametrize(("first", "last", "bounds"), [
    ("2013-01-01T05:00:00", "2013-12-31T23:00:00", ("2013-01-01", "2014-01-01")),
    ("2013-02-03T05:00:00", "2013-05-01T00:00:00", ("2013-02-01", "2013-05-01")),
    ("1969-12-31T23:00:00", "1970-01-09T01:00:00", ("1969-12-31", "1970-01-10")),
    ("2013-02-03T05:10:00", "2013-02-03T09:50:00", ("2013-02-03T05", "2013-02-03T10")),
    ("2013-02-03T05:10:00", "2013-02-03T05:11:00", ("2013-02-03T05:10:00", "2013-02-03T05:11:00")),
    ("9998-02-03T00:00:00", "9999-12-31T00:00:00", ("9998", "9999-12-31T00:00:00")),
])  # fmt: skip
@pytest.mark.parametrize("unit", ["s", "us"])
def test_times_are_bounded_by_the_calendar(first, last, bounds, unit):
    counts = [int(np.datetime64(time, unit).astype("int64")) for time in (first, last)]
    assert outward_times(*counts, unit) == tuple(np.datetime64(bound) for bound in bounds)


def test_times_that_iso_text_does_not_reach_have_no_bounds():
    assert outward_times(0, 2**62, "s") is None


def test_nanoseconds_do_not_overflow():
    extremes = np.iinfo("int64")
    assert outward_times(int(extremes.min) + 1, int(extremes.max), "ns") is None
    late = int(np.datetime64("2261-07-01", "ns").astype("int64"))
    assert outward_times(0, late, "ns") == (np.datetime64("1970"), np.datetime64(late, "ns"))


def test_texts_of_times_are_as_short_as_they_can_be():
    assert as_text(np.datetime64("2024"), is_zoned=False) == "2024-01-01T00:00:00"
    assert as_text(np.datetime64("2024-01-01T00:00:00.5", "ns"), is_zoned=True) == (
        "2024-01-01T00:00:00.500+00:00"
    )
