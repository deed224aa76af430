"""PostgreSQL and DuckDB together keep exactly the rows that a predicate means."""

from __future__ import annotations

import datetime as dt
import operator
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dkdata.dialects.postgres.relation import Kept, Relation
from dkdata.predicate import And, as_predicate, col
from dkdata.query import Query
from dkdata.testing.dtypes import EVERY_DTYPE
from dkdata.testing.predicates import PREDICATES, SQL_TEXTS, expected_ids, frame
from dkdata.testing.reading import drawn_predicates
from tests.dialects.postgres.tables import Session, canonical_table, kept_ids, relation_of, save

_OPERATORS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)
_LEFT = [col("s").ilike("GRÖ%"), col("n") < col("f")]
_LEFT_TEXTS = [
    "f = 0.3::double", "lower(s) = 'apple'", "n % 2 = 1 and n > 0", "length(s) = 1",
    'coalesce("o\'s ""name""", \'a\') = \'a\'',
]  # fmt: skip
# Of these PostgreSQL is asked only what is null.
_OPAQUE = {
    "wide decimal objects", "integers beyond 64 bits", "mixed objects", "nothing but null",
    "null ArrowDtype",
}  # fmt: skip
_HOSTILE = ["", " ", "a", "A", "aa", "a ", "B", "b", "ä", "a\u0308", "ß", "ss", "Z", "é", "e", "\n",
            "\\", "%", "_", "a%b", "a_b", "a\\b", "'", '"', "🙂", "\uffff", "İ", "i", "K", "k",
            "\u017f", "co-op", "coop", "%s", "\uff21\uff22", None]  # fmt: skip


@pytest.fixture
def session(postgres_url):
    with Session(postgres_url) as opened:
        yield opened


@pytest.fixture
def meanings(postgres_url):
    rows = canonical_table(frame())
    return save(postgres_url, rows, relation_of(rows))


def _kept(session, relation, predicate):
    """Return the ids of the rows that are kept, and whether anything was left to DuckDB."""
    rows, planned = session.answer(relation, Query(columns=("id",), where=predicate))
    return rows["id"].to_pylist(), planned.rest is not None


@pytest.mark.parametrize("negated", [False, True], ids=["plain", "not"])
def test_the_predicate_table(session, meanings, negated):
    for plain in PREDICATES:
        predicate = ~plain if negated else plain
        is_left = plain in _LEFT
        found = (predicate, *_kept(session, meanings, predicate))
        assert found == (predicate, expected_ids(predicate), is_left)


def test_sql_texts(session, meanings):
    for text, predicate in SQL_TEXTS.items():
        found = (text, *_kept(session, meanings, as_predicate(text)))
        assert found == (text, expected_ids(predicate), text in _LEFT_TEXTS)


@given(predicate=drawn_predicates())
def test_drawn_predicates(session, meanings, predicate):
    assert _kept(session, meanings, predicate)[0] == expected_ids(predicate)


@given(parts=st.lists(st.sampled_from([*PREDICATES, *map(as_predicate, SQL_TEXTS)]), max_size=4))
def test_drawn_conjunctions(session, meanings, parts):
    means = {repr(as_predicate(text)): predicate for text, predicate in SQL_TEXTS.items()}
    judged = And(tuple(means.get(repr(part), part) for part in parts))
    assert _kept(session, meanings, And(tuple(parts)))[0] == expected_ids(judged)


def _questions(values):
    yield from (col("x").is_null(), col("x").not_null())
    for value in values:
        yield from (compare(col("x"), value) for compare in _OPERATORS)
        if isinstance(value, str):
            yield from (col("x").like(f"{value}%"), ~col("x").contains(value))
            yield from (col("x").starts_with(value), col("x").ends_with(value))
            pattern = value.replace("\\", r"\\")
            yield from (col("x").regex(f"^{pattern}"), col("x").ilike(f"%{value}_"))
    yield from (col("x").is_in(values), ~col("x").is_in(values[:2]))


@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_every_dtype(postgres_url, session, name):
    series = EVERY_DTYPE[name]
    numbered = series.to_frame()
    numbered.insert(0, "id", range(len(numbered)))
    rows = canonical_table(numbered)
    relation = save(postgres_url, rows, relation_of(rows))
    is_opaque = name in _OPAQUE or relation.kept["x"].type in ("jsonb", "bigint[]")
    is_opaque = is_opaque or name in ("lists", "dictionaries")
    values = [] if is_opaque else [v for v in series.dropna().tolist() if repr(v) != "nan"]
    asked = list(_questions(values))[: 2 if is_opaque else None]
    for predicate in asked:
        found = (predicate, *_kept(session, relation, predicate))
        is_left = "ilike" in repr(predicate) and not repr(predicate).isascii()
        assert found == (predicate, kept_ids(rows, predicate), is_left)


def _texts(values):
    return pa.table(
        {
            "id": pa.array(range(len(values)), pa.int64()),
            "x": pa.array(values, pa.large_string()),
            "y": pa.array([*values[1:], *values[:1]], pa.large_string()),
        }
    )


def _text_questions():
    yield from _questions([text for text in _HOSTILE if text is not None])
    yield from (compare(col("x"), col("y")) for compare in _OPERATORS)
    yield from (compare(col("x"), "a\0b") for compare in _OPERATORS)
    yield from (col("x").is_in(["a", "\0"]), ~col("x").is_in(["\0"]), col("x").contains("\0"))


_COLLATIONS = {
    "text": 'text collate "und-x-icu"',
    "character varying(9)": 'character varying(9) collate "de-x-icu"',
    "citext": "citext",
    "nondeterministic": "text collate any_case",
}


@pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("declared", _COLLATIONS)
def test_hostile_texts_under_collations(session, declared):
    rows = _texts(_HOSTILE)
    session.run("create extension citext")
    session.run(
        "create collation any_case (provider = icu, locale = 'und-u-ks-level2',"
        " deterministic = false)"
    )
    session.run(f"create table t (id bigint, x {_COLLATIONS[declared]}, y {_COLLATIONS[declared]})")
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        session.run("insert into t values (%s, %s, %s)", row)
    kept = Kept("text" if declared == "nondeterministic" else declared, None, declared == "text")
    relation = Relation("t", rows.schema, {"id": Kept("bigint"), "x": kept, "y": kept}, "ctid")
    for predicate in _text_questions():
        assert (predicate, _kept(session, relation, predicate)[0]) == (
            predicate,
            kept_ids(rows, predicate),
        )
    for key in ("x", "-x"):
        query = Query(columns=("id",), order_by=(key, "id"))
        found = session.answer(relation, query)[0]["id"].to_pylist()
        texts = sorted((t for t in _HOSTILE if t is not None), reverse=key == "-x")
        assert [_HOSTILE[i] for i in found] == [*texts, None]


def test_types_of_others(session):
    session.run("create type mood as enum ('sad', 'ok'); create domain small as varchar(5)")
    session.run(
        "create table t (id bigint, c character(4), m mood, u uuid, n name, d small, k numeric)"
    )
    one, two = "00000000-0000-0000-0000-00000000000a", "f0000000-0000-0000-0000-000000000000"
    held = [
        ("a", "sad", one, "a", "a", 1),
        ("b ", "ok", two, "B", "b", Decimal("1.50")),
        (None,) * 6,
    ]
    for number, row in enumerate(held):
        session.run("insert into t values (%s, %s, %s, %s, %s, %s, %s)", (number, *row))
    declared = {
        "c": "character(4)",
        "m": "mood",
        "u": "uuid",
        "n": "name",
        "d": "character varying(5)",
    }
    kept = {"id": Kept("bigint"), **{name: Kept(t) for name, t in declared.items()}}
    names = list(declared)
    values = [["a", "b", None], *([row[i] for row in held] for i in range(1, 5))]
    rows = pa.table(
        {"id": pa.array([0, 1, 2], pa.int64())}
        | {n: pa.array(v, pa.large_string()) for n, v in zip(names, values, strict=True)}
        | {"k": pa.array([row[5] for row in held], pa.decimal128(38, 2))}
    )
    relation = Relation("t", rows.schema, {**kept, "k": Kept("numeric")}, "ctid")
    literals = ["a", "b", "b ", "B", "sad", "ok", one, two, one.upper(), "f"]
    for name in names:
        for value in literals:
            for compare in _OPERATORS:
                predicate = compare(col(name), value)
                ids, is_left = _kept(session, relation, predicate)
                assert (predicate, ids, is_left) == (
                    predicate,
                    kept_ids(rows, predicate),
                    name == "m",
                )
    assert _kept(session, relation, col("u").is_in([one, two])) == ([0, 1], False)
    assert _kept(session, relation, col("k") == 1.5) == ([1], False)


def test_paths_into_documents(postgres_url, session):
    struct = pa.struct(
        [("s", pa.large_string()), ("n", pa.int64()), ("b", pa.bool_()), ("f", pa.float64()),
         ("l", pa.large_list(pa.struct([("x", pa.large_string())])))]
    )  # fmt: skip
    values = [
        {"s": "Oslo", "n": 2**63 - 1, "b": True, "f": float("nan"), "l": [{"x": "a"}, None]},
        {"s": "ö%", "n": None, "b": False, "f": None, "l": []},
        {"s": None, "n": -1, "b": None, "f": 1.5, "l": None},
        None,
    ]
    rows = pa.table({"id": pa.array(range(4), pa.int64()), "p": pa.array(values, struct)})
    relation = save(postgres_url, rows, relation_of(rows))
    pushed = [
        col("p.s") == "Oslo", col("p.s") != "Oslo", col("p.s") > "P", ~col("p.s").like("Os%"),
        col("p.s").is_in(["ö%", "x"]), col("p.n") >= 2**63 - 1, col("p.n").between(-5, 0),
        ~col("p.b"), col("p.b") == True, col("p.f").is_null(), col("p.l").is_null(),  # noqa: E712
        col("p.l.0.x") == "a", col("p.l.1").is_null(), col("p.l.0").not_null(),
        col("p.s") < col("p.s"),
    ]  # fmt: skip
    for predicate in pushed:
        found = (predicate, *_kept(session, relation, predicate))
        assert found == (predicate, kept_ids(rows, predicate), False)
    assert _kept(session, relation, col("p.f") > 1) == ([0, 2], True)


def test_paths_into_documents_of_any_type(session):
    texts = ['{"a": {"b": "x"}}', '{"a": {"b": 1}}', '{"a": {"b": true}}', '{"a": {"b": null}}',
             '{"a": []}', "[1]", '"x"', None, '{"a": {"b": {"c": 1}}}']  # fmt: skip
    described = pd.DataFrame({"x": [{"a": 1}, {"b": "x"}]})
    found = canonical_table(described).schema
    session.run("create table t (id bigint, x jsonb)")
    for number, text in enumerate(texts):
        session.run("insert into t values (%s, %s)", (number, text))
    schema = pa.schema([("id", pa.int64()), ("x", pa.large_string())], metadata=found.metadata)
    rows = pa.table([pa.array(range(9), pa.int64()), pa.array(texts, pa.large_string())], schema)
    relation = Relation("t", schema, {"id": Kept("bigint"), "x": Kept("jsonb")}, "ctid")
    for predicate in (
        col("x.a.b") == "x", col("x.a.b") != "x", col("x.a.b").like("%"), col("x.a.b").is_null(),
        col("x.a.b") == True, ~col("x.a.b"), col("x.a.b").is_in(["x"]),  # noqa: E712
    ):  # fmt: skip
        found = (predicate, *_kept(session, relation, predicate))
        assert found == (predicate, kept_ids(rows, predicate), False)
    for predicate in (col("x.a.b") == 1, col("x.a.b").is_in(["x", True]), col("x.0").is_null()):
        found = (predicate, *_kept(session, relation, predicate))
        assert found == (predicate, kept_ids(rows, predicate), True)


@pytest.mark.parametrize("t", [pa.float32(), pa.float64()], ids=str)
def test_numbers_among_floats(postgres_url, session, t):
    nan, inf = float("nan"), float("inf")
    values = [nan, inf, -inf, -0.0, 0.0, 0.1, 2.0**53, 16777216.0, 5e-324, None]
    rows = pa.table({"id": pa.array(range(len(values)), pa.int64()), "x": pa.array(values, t)})
    relation = save(postgres_url, rows, relation_of(rows))
    others = [nan, inf, -inf, -0.0, 0, 2**53 + 1, 16777217, 10**400, Decimal("0.1"), 0.1, 1e-400]
    asked = [compare(col("x"), value) for value in others for compare in _OPERATORS]
    for predicate in [
        *asked,
        col("x").is_in(others),
        ~col("x").is_in([nan, 0]),
        col("x") == col("x"),
    ]:
        found = (predicate, *_kept(session, relation, predicate))
        assert found == (predicate, kept_ids(rows, predicate), False)


def test_many_values(session, meanings):
    many = list(range(9, 5000))
    assert _kept(session, meanings, col("n").is_in(many)) == ([3, 4, 5, 7], False)
    assert _kept(session, meanings, ~col("n").is_in(many)) == ([1, 6, 8, 9, 10], False)


@pytest.mark.parametrize("style", ["sql_standard", "postgres_verbose", "iso_8601"])
def test_the_settings_of_the_session_do_not_matter(postgres_url, session, style):
    times = pd.to_datetime(["2024-01-02T23:30", None, "1900-01-01T00:00"]).astype("M8[us]")
    waits = pd.to_timedelta([-1, None, 90_000_000_001], unit="us").astype("m8[us]")
    held = pd.DataFrame({"id": [0, 1, 2], "z": times.tz_localize("UTC"), "w": waits})
    rows = canonical_table(held)
    relation = save(postgres_url, rows, relation_of(rows))
    session.run(
        f"set timezone = 'Asia/Kolkata'; set datestyle = 'German'; set intervalstyle = {style}"
    )
    for predicate in (
        col("z") == dt.datetime(2024, 1, 2, 23, 30, tzinfo=dt.UTC), col("z") < "2024-01-02",
        col("w") == dt.timedelta(microseconds=-1), col("w") > dt.timedelta(days=1),
        col("w").is_in([dt.timedelta(seconds=90_000, microseconds=1)]),
    ):  # fmt: skip
        found = (predicate, *_kept(session, relation, predicate))
        assert found == (predicate, kept_ids(rows, predicate), False)
