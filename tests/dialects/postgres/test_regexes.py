"""Regular expressions that PostgreSQL is given are found in the texts in which RE2 finds them."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dkdata.dialects.postgres.regexes import translated
from tests.dialects.postgres.tables import Session

_LETTERS = "abAZ09_ é\n\t\v\r-^.]🙂\u017f\u212a\u00a0"
_ATOMS = ["a", "b", "é", "🙂", "_", " ", "-", "]", "}", "\n", ".", r"\.", r"\-", r"\ ", r"\]",
          r"\n", r"\t", r"\v", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", "[ab]", "[^a]", "[a-z]",
          "[^b-é]", r"[\d_]", r"[\w-]", r"[\s.]", "[-a]", "[a^]", r"[\]\\]", "[é-🙂]", r"[^\n]",
          "[ -~]", "[+--]", "[.]", "[$|]", "[{}]", "[a:]", "[=a=]"]  # fmt: skip
_SIGNS = ["", "", "", "*", "+", "?", "*?", "{2}", "{0,1}", "{1,}", "{0}", "{2,3}?"]
_ANCHORS = ["^", "$", r"\A", r"\z", r"\b"]
_REPEATED = st.tuples(st.sampled_from(_ATOMS), st.sampled_from(_SIGNS)).map("".join)
_PARTS = st.one_of(_REPEATED, _REPEATED, st.sampled_from(_ANCHORS))


def _grown(part):
    sequence = st.lists(part, max_size=3).map("".join)
    choice = st.lists(sequence, min_size=1, max_size=3).map("|".join)
    group = st.tuples(st.sampled_from(["(", "(?:"]), choice, st.just(")")).map("".join)
    return st.one_of(
        sequence, choice, group, st.tuples(group, st.sampled_from(_SIGNS)).map("".join)
    )


PATTERNS = st.recursive(_PARTS, _grown, max_leaves=6)
TEXTS = st.lists(st.text(_LETTERS, max_size=6), min_size=1, max_size=12)


@pytest.fixture
def session(postgres_url):
    with Session(postgres_url) as opened:
        yield opened


def _found_by_duckdb(pattern, texts):
    sql = "select list_transform(?::varchar[], lambda t: regexp_matches(t, ?))"
    with duckdb.connect() as connection:  # not the one that all tests share
        return connection.execute(sql, [texts, pattern]).fetchall()[0][0]


def _found_by_postgres(session, pattern, texts):
    sql = 'select array(select t collate "C" ~ %s from unnest(%s::text[]) with ordinality u(t, n)'
    return session.run(sql + " order by n)", (pattern, texts))[0][0]


@given(pattern=PATTERNS, texts=TEXTS)
def test_drawn_expressions(session, pattern, texts):
    told = translated(pattern)
    if told is not None:
        found = _found_by_postgres(session, told, texts)
        assert (told, found) == (told, _found_by_duckdb(pattern, texts))


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("", ""),
        ("^a.*e$", "^a[^\n]*e$"),
        (r"\d{2,}?x", "[0-9]{2,}x"),
        (r"(a|b)+?\.", r"(?:a|b)+\."),
        (r"\Ax\b\z", r"^x\y$"),
        (r"[^\w-]", r"[^0-9A-Za-z_\-]"),
        (r"[a\]]", r"[a\]]"),
        ("größe_100%", "größe_100%"),
        ("()", "(?:)"),
    ],
)
def test_what_postgres_is_given(pattern, told):
    assert translated(pattern) == told


@pytest.mark.parametrize(
    "pattern",
    [
        "(?i)a", "(?s).", "(?P<n>a)", "(?=a)", r"\pL", r"\p{L}", r"\B", r"\Qa\E", r"\x41", r"\1",
        r"\_", r"\C", "[[:alpha:]]", "[[]", "[]a]", "[^]a]", r"[\D]", "[a-c-e]", "[b-a]", r"[\d-z]",
        "[a", "(a", "a)", "a**", "a{2}{2}", "^*", r"(\b)*", "(a|^)*", "*a", "a|*", "{1}", "a{,2}",
        "a{2,1}", "a{02}", "a{256}", "(a{100}){100}", "a{x}", "\\", "a\0",
        "[\0]", "(" * 60 + ")" * 60,
    ],
)  # fmt: skip
def test_what_duckdb_is_left(pattern):
    assert translated(pattern) is None
