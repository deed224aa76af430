"""What a notebook shows of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

import dkdata as dk


def test_long_texts_and_nested_values_are_cut():
    long = pd.DataFrame({"text": ["x" * 500, None], "list": [[1] * 500, [2]], "n": [1.5, None]})
    dk.save(long, "memory.long", mode="replace")
    shown = dk.table("memory.long")._repr_html_()
    assert f"<td>{'x' * 49}…</td>" in shown
    assert "<td>[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, …</td>" in shown
    assert "<td>1.5</td>" in shown
    assert "(2 rows, 3 columns)" in shown


def test_wide_and_empty_tables():
    wide = pd.DataFrame(np.zeros((1, 30))).rename(columns=str)
    dk.save(wide, "memory.wide", mode="replace")
    assert "and 10 more" in dk.table("memory.wide")._repr_html_()
    dk.save(pd.DataFrame({"<b>": []}), "memory.wide", mode="replace")
    assert "(0 rows, 1 column)" in dk.table("memory.wide")._repr_html_()
    assert "<b>&lt;" not in dk.table("memory.wide")._repr_html_()


def test_a_query_says_that_it_is_one():
    dk.save(pd.DataFrame({"a": [1, 2]}), "memory.some", mode="replace")
    assert "memory.some, a query on it" in dk.table("memory.some").filter("a > 1")._repr_html_()
