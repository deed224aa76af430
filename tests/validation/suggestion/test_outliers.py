from __future__ import annotations

import numpy as np
import pytest

from dkdata.validation.suggestion.outliers import bulk_of

_RANDOM = np.random.default_rng(1)
AGES = _RANDOM.integers(0, 100, 1_000)


@pytest.mark.parametrize(("values", "expected"), [
    (np.append(AGES, 999), (0, 99, "far from all others")),
    (np.append(AGES, [-900, 999]), (0, 99, "far from all others")),
    (np.append(AGES, [120, 130]), (0, 130, "")),
    (np.append(AGES.repeat(3), [-1, -1]), (0, 99, "below zero, unlike all others")),
    (np.append(AGES, [-1, -2, -3]), (-3, 99, "")),
    (np.append(AGES, [999] * 50), (0, 999, "")),
    (np.append(AGES, np.inf), (0, 99, "infinite")),
    (np.append(AGES * 1e305 - 1.7e308, 1.7e308), (-1.7e308, 99e305 - 1.7e308,
                                                  "far from all others")),
    (np.array([5]), (5, 5, "")),
    (np.array([0] * 900 + [7] * 100), (0, 7, "")),
])  # fmt: skip
def test_where_most_values_lie(values, expected):
    bulk = bulk_of(values)
    assert (bulk.low, bulk.high, bulk.reason) == expected


def test_a_long_tail_is_no_outlier():
    amounts = _RANDOM.lognormal(4, 1, 100_000)
    assert bulk_of(amounts).reason == ""
    assert bulk_of(amounts).high == amounts.max()


def test_a_tail_below_zero_is_no_outlier_but_what_has_no_mirror_is():
    degrees = _RANDOM.normal(100, 30, 100_000)
    assert 0 < (degrees < 0).sum() < 100
    assert bulk_of(degrees).reason == ""
    amounts = np.append(_RANDOM.lognormal(4, 1, 100_000), [-5, -7])
    assert bulk_of(amounts).reason == "below zero, unlike all others"


def test_times_before_1970_are_no_outliers():
    times = np.append(np.arange(3_000) * 1_000, -1)
    codes = np.append(times, -1)
    assert bulk_of(codes).reason == "below zero, unlike all others"
    assert bulk_of(codes, allows_sign=False).low == -1


def test_nothing_but_infinite_values():
    assert not np.isfinite(bulk_of(np.array([np.inf, -np.inf])).low)
