"""Portable expressions find what pandas finds with the original, in each engine."""

from __future__ import annotations

import re
import warnings

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dkdata.validation.kernels.regexes import found_in, portable

TEXTS = [
    "", "a", "ab1", "AB", "a\n", "\n", "a\nb", "\na", "x@y.org", "N14228", "٣", "ñandú", "ä1",
    "_", "-",
    "a-b", "12.50", "]", "[", "^", "\\", "a b", "\t", "\x1c", "😀", "aaa", "ba", "$", "a$",
    "a\r\n", "K",
]  # fmt: skip
PATTERNS = [
    "a", "^a", "a$", "^a$", "^$", "$", "a|b", "(a|b)+", "a{2}", "a{2,}", "a{1,3}?", "[ab]", "[^a]",
    "[^a]$", r"\d", r"\d+$", r"\w", r"^\w+$", r"[\w.]+@[\w.]+", "a.b", r"a\.b", r"\[", r"[\]]",
    "[a-z]+",
    "[a-c-]", r"[\\]", "(?:a)b?", "(?P<n>a)", r"\Aa\Z", "a*", "", "(a$)", "a$|b", "^a|b$", "$a",
    "a$$", r"[-a]",
    "[[a]", "[a&&b]", "[a--b]", "[a~~b]", "x{1001}", "é", "😀", r"\x41", r"\101", "a{2}{3}",
    "(a*)*", "[]a]",
]  # fmt: skip
NOT_PORTABLE = [r"\s", r"\bA", r"\D", "(?i)a", "(?m)^a", "(?=a)", "(?<!a)b", r"(a)\1", "a++",
    "(?>a)",
                "[^\n]", "(a$)b", "(", "a{,2}", "[[:alpha:]]"]  # fmt: skip


def _by_pandas(texts: list[str | None], pattern: str) -> list[bool]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # groups, and sets within sets
        series = pd.Series(texts, dtype="str")
        return series.str.contains(pattern).fillna(False).astype(bool).tolist()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_found_is_what_pandas_finds(pattern):
    found = found_in(pd.Series([*TEXTS, None], dtype="str"), pattern)
    if found is not None:
        assert found.tolist() == _by_pandas([*TEXTS, None], pattern)
    plain = [text for text in TEXTS if text.isascii()]
    found = found_in(pd.Series(plain, dtype="str"), pattern)
    assert found is None or found.tolist() == _by_pandas(plain, pattern)


@pytest.mark.parametrize("pattern", NOT_PORTABLE)
def test_what_engines_read_differently_is_left(pattern):
    assert portable(pattern) is None


def test_common_expressions_are_portable():
    common = ["^[a-z0-9._]+@[a-z0-9-]+\\.[a-z]{2,}$", r"^\d{4}-\d{2}-\d{2}$", "^N", "(foo|bar)+"]
    assert all(portable(pattern) for pattern in common)


_PIECES = st.sampled_from(
    ["a", "b", "1", "_", "-", " ", ".", "^", "$", "|", "(", ")", "(?:", "[", "]", "[^", "a-c",
    r"\d", r"\w",
     r"\.", r"\-", r"\]", "*", "+", "?", "{2}", "{1,}", "{0,2}", "{,2}", "[[:alpha:]]", "*?",
     r"\Z", r"\A", "&&", "~", "\\", "é"]
)  # fmt: skip
_TEXT = st.text(st.sampled_from(list("ab1_-. \n\r\té٣😀]^$\\&~K")), max_size=6)


@given(
    pieces=st.lists(_PIECES, max_size=7), texts=st.lists(st.none() | _TEXT, min_size=1, max_size=8)
)
def test_drawn_expressions_find_what_pandas_finds(pieces, texts):
    pattern = "".join(pieces)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error:
        assert portable(pattern) is None
        return
    found = found_in(pd.Series(texts, dtype="str"), pattern)
    assert found is None or found.tolist() == _by_pandas(texts, pattern)


@given(pieces=st.lists(_PIECES, max_size=7), texts=st.lists(_TEXT, min_size=1, max_size=8))
def test_drawn_expressions_mean_the_same_in_duckdb(pieces, texts):
    written = portable("".join(pieces))
    if written is None or (written.needs_ascii and not "".join(texts).isascii()):
        return
    query = """select list(regexp_matches(t, $1) order by i)
               from (select unnest($2) t, generate_subscripts($2, 1) i)"""
    row = duckdb.connect().execute(query, [written.text, texts]).fetchone()
    assert row is not None
    assert row[0] == _by_pandas(texts, "".join(pieces))
