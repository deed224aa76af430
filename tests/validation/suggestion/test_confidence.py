from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest

from dkdata.validation import expect
from dkdata.validation.suggestion.confidence import because, confidence, confidence_of, mostly_for


def _chance_of_more(rows, exceptions, share):
    """Return the chance of more exceptions than those, summed in fractions."""
    p = Fraction(share)
    chances = (comb(rows, k) * p**k * (1 - p) ** (rows - k) for k in range(exceptions + 1))
    return float(1 - sum(chances))


@pytest.mark.parametrize("rows", [0, 1, 69, 299, 1_000])
def test_without_exceptions_it_is_the_rule_of_three(rows):
    assert confidence(rows) == pytest.approx(1 - 0.99**rows)


@pytest.mark.parametrize(("rows", "exceptions"), [(10, 1), (344, 1), (344, 2), (1_000, 9)])
def test_with_exceptions_it_is_the_upper_tail_of_the_binomial(rows, exceptions):
    expected = _chance_of_more(rows, exceptions, 0.01) if exceptions < rows * 0.01 else 0
    assert confidence(rows, exceptions) == pytest.approx(expected)


def test_a_rule_with_mostly_is_no_surer_than_one_without_exceptions():
    assert confidence(10, 1, mostly=0.5) == confidence(10)
    assert confidence(1_000, 5, mostly=0.99) == pytest.approx(_chance_of_more(1_000, 5, 0.01))


@pytest.mark.parametrize(("rows", "exceptions", "mostly"), [
    (10, 0, 1), (0, 0, 1), (1_000_000, 7_000, 0.99), (1_000, 7, 0.98), (1_000_000, 5_000, 0.99),
    (1_000_000, 1, 0.9999), (30, 1, 0.8), (100, 40, 0.5), (100, 50, None), (2, 2, None),
])  # fmt: skip
def test_mostly_is_one_that_new_rows_reach_too(rows, exceptions, mostly):
    assert mostly_for(rows, exceptions) == mostly


@pytest.mark.parametrize("rows", [20, 500, 100_000])
def test_mostly_is_never_above_the_share_that_was_seen(rows):
    for exceptions in range(1, rows, max(1, rows // 50)):
        mostly = mostly_for(rows, exceptions)
        assert mostly is None or mostly < 1 - exceptions / rows


def test_what_speaks_for_a_rule_is_plain_json():
    rule = because(expect("a").not_null(), "Why.", 0.123456, least=float("nan"))
    told = {"evidence": {"least": None}, "confidence": 0.1235, "reason": "Why."}
    assert rule.to_dict()["meta"] == {"dkdata": told}
    assert confidence_of(rule) == 0.1235
