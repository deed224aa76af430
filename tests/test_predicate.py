"""What Python reads otherwise than it was meant is refused, with the remedy."""

from __future__ import annotations

import pytest

from dkdata import col
from dkdata.errors import UsageError


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (lambda: 3 & col("b"), "Put each comparison in parentheses"),
        (lambda: "x" | col("b"), r"'x' cannot be joined to col\('b'\)"),
        (lambda: col("a") > (col("b") & col("c")), "cannot be compared with"),
        (lambda: (col("a") > 3) and (col("b") < 2), "Combine predicates with & | ~"),
        (lambda: 1 < col("a") < 3, r"write between\(\) for a < x < b"),
        (lambda: not col("a"), "not by itself"),
        (lambda: col("a") == None, r"Use is_null\(\)"),  # noqa: E711
        (lambda: col("a") != None, r"Use not_null\(\)"),  # noqa: E711
        (lambda: col("a").is_in("abc"), r"Write is_in\(\['abc'\]\)"),
    ],
)
def test_misread_conditions_are_refused(written, told):
    with pytest.raises(UsageError, match=told):
        written()
