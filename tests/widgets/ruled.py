"""A frame, and what tests do with the rules about it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dkdata.validation import validate

PEOPLE = pd.DataFrame(
    {
        "age": [36.0, 410, None, -1, np.inf],
        "name": ["Ada", "", None, "Bob", "Bob"],
        "q\"'<b>": [1, 1, 2, 3, 4],
    }
)
BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"


def add_between(page, **kwargs):
    return page.edit("add", type=BETWEEN, kwargs={"column": "age", **kwargs})


def agrees(page, frame=PEOPLE):
    """Check every outcome that the page is told against ``validate`` of the whole suite."""
    explorer = page.explorer
    enabled = [rule["key"] for rule in explorer.rules if rule["enabled"]]
    assert list(explorer.results) == enabled
    found = sorted(validate(frame, explorer.suite).results, key=lambda outcome: outcome.number)
    for key, outcome in zip(enabled, found, strict=True):
        told = explorer.results[key]
        assert told["state"] == ("met" if outcome.success else "failed"), (key, told)
        failing = None if outcome.positions is None else len(outcome.positions)
        assert told["failing"] == failing
