"""Every expectation on every dtype; the sweep beside this file varies all the rest as well."""

from __future__ import annotations

from itertools import cycle

import pytest

from tests.validation.fidelity.columns import COLUMNS
from tests.validation.fidelity.sweep import VARIANTS, Variant, compared

CASES = [
    pytest.param(name, variant, place, id=f"{name}, {variant.id}")
    for place, (name, variant) in enumerate(zip(COLUMNS, cycle(VARIANTS[1::9]), strict=False))
]


def _differing(cells):
    return [str(cell) for cell in cells if cell.kind == "differs"]


@pytest.mark.parametrize("name", COLUMNS)
def test_every_rule(name):
    cells = compared(name, Variant())
    assert len(cells) > 50
    assert _differing(cells) == []


@pytest.mark.parametrize(("name", "variant", "part"), CASES)
def test_formats_conditions_and_shares(name, variant, part):
    cells = compared(name, variant, part)
    assert cells
    assert _differing(cells) == []


def test_only_what_raises_there_and_few_others_fall_back():
    cells = [
        cell for name in ("int64", "float64", "str", "Int64") for cell in compared(name, Variant())
    ]
    left = [
        cell.outcome.expectation.type
        for cell in cells
        if cell.kind == "fell back" and not cell.outcome.error
    ]
    assert set(left) == {"expect_column_kl_divergence_to_be_less_than"}
