"""``dk.sql`` over tables of a store answers drawn statements as DuckDB does over the same rows."""

from __future__ import annotations

import pytest
from hypothesis import given

import dkdata as dk
from tests.drawn_statements import plainly, shown, statements


@pytest.fixture(autouse=True)
def _stores():
    dk.register_backend("far", "tests.far_store:FarStore")
    dk.configure({"stores": {"far": {"backend": "far"}}})


@given(statements())
def test_a_drawn_statement_is_answered_as_over_the_rows_themselves(drawn):
    text, held, values = drawn
    expected = plainly(text, held, values)
    for name in "tu":
        dk.save(held[name], f"far.{name}", mode="replace")
    found = dk.sql(text.replace("near.n n", "n"), values, as_="arrow", n=held["n"])
    assert shown(found) == expected
