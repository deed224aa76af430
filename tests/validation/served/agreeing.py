"""What a server answers of a table, beside what is said of the same rows in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

import dkdata as dk
from dkdata.validation.results.result_format import ResultFormat
from dkdata.validation.served.answering import answered
from tests.validation.fidelity.comparing import comparable

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVED = {"server", "metadata"}


def served(table: Any, suite: dk.Suite, told: str | Mapping[str, Any] = "SUMMARY") -> dk.Suite:
    """Return those rules of a suite that the server of a table answers."""
    table = dk.table(table) if isinstance(table, str) else table
    found = answered(table, lambda _: suite, ResultFormat.of(told))
    numbers = sorted(outcome.number for outcome in found.outcomes) if found else []
    return suite.replaced([suite[number] for number in numbers])


def assert_agrees(
    table: Any, frame: pd.DataFrame, suite: Any, told: str | Mapping[str, Any] = "SUMMARY"
) -> dk.Result:
    """Check that a table's result is that of its rows in memory; return it."""
    result = dk.validate(table, suite, result_format=told)
    expected = dk.validate(frame, suite, result_format=told)
    there, here = comparable(expected.to_dict()), comparable(result.to_dict())
    differing = [
        pair for pair in zip(there["results"], here["results"], strict=True) if pair[0] != pair[1]
    ]
    assert differing == []
    assert there == here
    assert expected.counts() == result.counts()
    if not any(outcome.error for outcome in expected.results):
        pd.testing.assert_frame_equal(expected.invalid(), result.invalid())
        pd.testing.assert_frame_equal(expected.valid(), result.valid())
    return result
