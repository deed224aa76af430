"""What PostgreSQL selects for a query, what is left to DuckDB, and that the answer is the same."""

from __future__ import annotations

import math

import pandas as pd
import psycopg2
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dkdata.dialects.postgres.figures import figure
from dkdata.dialects.postgres.planning import plan
from dkdata.dialects.postgres.relation import Kept, Relation
from dkdata.errors import ColumnNotFoundError, QueryError, UsageError
from dkdata.predicate import col
from dkdata.query import MEASURES, Aggregate, Measure, Query, Sort
from dkdata.testing.dtypes import EVERY_DTYPE
from dkdata.testing.predicates import frame
from dkdata.testing.reading import drawn_predicates
from tests.dialects.postgres.tables import Session, canonical_table, expected, relation_of, save

_SCHEMA = pa.schema(
    [("id", pa.int64()), ("s", pa.large_string()), ("f", pa.float64()), ("b", pa.bool_()),
     ("m", pa.decimal128(10, 2)), ("w", pa.large_binary())]
)  # fmt: skip
_TYPES = ("bigint", "text", "double precision", "boolean", "numeric(10,2)", "bytea")
_KEPT = {name: Kept(declared) for name, declared in zip(_SCHEMA.names, _TYPES, strict=True)}
RELATION = Relation("sales.things", _SCHEMA, _KEPT, "ctid")
_ALL = '"id", "s", "f", "b", "m", encode("w", \'hex\')'
_IDS, _S = col("id") > 1, "CAST(%s AS bigint)"
_ROUNDED = {"mean", "std", "var"}


def _shown(sql, postgres_type, _):
    return f"encode({sql}, 'hex')" if postgres_type == "bytea" else sql


def _measures(**measures):
    return tuple(Measure(name, *of) for name, of in measures.items())


@pytest.mark.parametrize(
    ("query", "sql", "in_order"),
    [
        (Query(), f"{_ALL} FROM sales.things", True),
        (Query(("w", "id")), "encode(\"w\", 'hex'), \"id\" FROM sales.things", True),
        (
            Query(("s",), _IDS, ("s", "-id"), 5, 2),
            (
                f'"s" FROM sales.things WHERE "id" > {_S} ORDER BY "s" COLLATE "C" NULLS LAST,'
                ' "id" DESC NULLS LAST, ctid LIMIT 5 OFFSET 2'
            ),
            False,
        ),
        (Query(("id",), limit=0), '"id" FROM sales.things LIMIT 0', True),
        (Query(("id",), offset=3), '"id" FROM sales.things OFFSET 3', True),
        (
            Query(where=_IDS, aggregate=Aggregate((), _measures(n=(None, "size")))),
            f'"c0" FROM (SELECT count(*) AS c0 FROM sales.things WHERE "id" > {_S}) AS groups',
            False,
        ),
        (
            Query(aggregate=Aggregate(("s", "b"), _measures(top=("s", "max"), of=("id", "sum")))),
            (
                '"c0", "c1", "c2", "c3" FROM (SELECT "s" COLLATE "C" AS c0, "b" AS c1,'
                ' max("s" COLLATE "C") AS c2, CAST(sum("id") AS bigint) AS c3 FROM sales.things'
                ' GROUP BY 1, 2) AS groups'
                ' ORDER BY "c0" COLLATE "C" NULLS LAST, "c1" NULLS LAST, c0, c1'
            ),
            False,
        ),
        (
            Query(
                ("most",), None, (Sort("most", descending=True),), 3, 0,
                Aggregate(("w",), _measures(most=("b", "max"), x=("m", "sum"))),
            ),
            (
                '"c1" FROM (SELECT "w" AS c0, bool_or("b") AS c1, CAST(sum("m") AS numeric(38,2))'
                ' AS c2 FROM sales.things GROUP BY 1) AS groups'
                ' ORDER BY "c1" DESC NULLS LAST, c0 LIMIT 3'
            ),
            False,
        ),
    ],
    ids=repr,
)  # fmt: skip
def test_what_postgres_answers(query, sql, in_order):
    found = plan(RELATION, query, _shown)
    assert (found.sql.sql, found.rest, found.in_order) == (f"SELECT {sql}", None, in_order)


_ODD = col("s").ilike("Ö%")


@pytest.mark.parametrize(
    ("query", "sql", "rest"),
    [
        (
            Query(("f",), _IDS & _ODD, ("-b",), 5),
            f'"s", "f", "b" FROM sales.things WHERE "id" > {_S}',
            Query(("f",), _ODD, ("-b",), 5),
        ),
        (
            Query(None, _ODD),
            f"{_ALL} FROM sales.things",
            Query(None, _ODD),
        ),
        (
            Query(None, _IDS, aggregate=Aggregate(("b",), _measures(x=("f", "sum")))),
            f'"f", "b" FROM sales.things WHERE "id" > {_S}',
            Query(aggregate=Aggregate(("b",), _measures(x=("f", "sum")))),
        ),
        (
            Query(None, _ODD, aggregate=Aggregate((), _measures(n=(None, "size")))),
            '"s" FROM sales.things',
            Query(None, _ODD, aggregate=Aggregate((), _measures(n=(None, "size")))),
        ),
    ],
    ids=repr,
)  # fmt: skip
def test_what_duckdb_is_left(query, sql, rest):
    found = plan(RELATION, query, _shown)
    assert (found.sql.sql, found.rest) == (f"SELECT {sql}", rest)


@pytest.mark.parametrize(("function", "in_order"), [("sum", False), ("first", True)])
def test_the_order_matters_to_what_is_first(function, in_order):
    query = Query(aggregate=Aggregate((), _measures(x=("f", function))))
    assert plan(RELATION, query, _shown).in_order is in_order


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        (Query(("nn",)), ColumnNotFoundError, "no column 'nn'"),
        (Query(order_by=("idd",)), ColumnNotFoundError, "no column 'idd'.* Did you mean 'id'"),
        (Query(columns=()), UsageError, "asks for no column"),
        (Query(where=col("s") > 1), QueryError, "cannot be compared with 1"),
        (Query(aggregate=Aggregate((), _measures(x=("s", "sum")))), QueryError, "for numbers"),
    ],
)
def test_what_does_not_fit_is_refused(query, error, message):
    with pytest.raises(error, match=message):
        plan(RELATION, query, _shown)


_EXACT = ["count", "max", "mean", "median", "min", "n_unique", "size", "std", "sum", "var"]


@pytest.mark.parametrize(
    ("name", "pushed"),
    [
        ("id", _EXACT),
        ("b", _EXACT),
        ("m", _EXACT),
        ("s", ["count", "max", "min", "n_unique", "size"]),
        ("f", ["count", "max", "min", "n_unique", "size"]),
        ("w", ["count", "n_unique", "size"]),
    ],
)
def test_the_figures_that_postgres_computes(name, pushed):
    measures = [Measure("x", name, function) for function in MEASURES]
    assert sorted(m.function for m in measures if figure(m, RELATION)) == pushed


@pytest.fixture
def session(postgres_url):
    with Session(postgres_url) as opened:
        yield opened


def _queries():
    yield Query()
    yield from (Query(order_by=keys, limit=3, offset=1) for keys in (("x",), ("-x", "-id")))
    yield Query(aggregate=Aggregate(("x",)))
    grouped = Aggregate(("x",), _measures(k=("id", "max"), n=("x", "n_unique")))
    yield Query(("n", "k"), order_by=("-x",), aggregate=grouped)
    yield from (Query(aggregate=Aggregate((), _measures(x=("x", of)))) for of in MEASURES)


def _same(found, wanted, query):
    measures = query.aggregate.measures if query.aggregate else ()
    if not any(measure.function in _ROUNDED for measure in measures):
        return repr(found.to_pylist()) == repr(wanted.to_pylist())
    (one,), (other,) = found["x"].to_pylist(), wanted["x"].to_pylist()
    return repr(one) == repr(other) or math.isclose(one, other, rel_tol=1e-15)


@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_every_dtype(postgres_url, session, name):
    numbered = EVERY_DTYPE[name].to_frame()
    numbered.insert(0, "id", range(len(numbered)))
    rows = canonical_table(numbered)
    relation = save(postgres_url, rows, relation_of(rows))
    for query in _queries():
        try:
            wanted = expected(rows, query)
        except QueryError:
            with pytest.raises((QueryError, psycopg2.DataError)):
                session.answer(relation, query)
            continue
        found, _ = session.answer(relation, query)
        assert found.schema.equals(wanted.schema, check_metadata=True)
        assert _same(found, wanted, query), (query, found.to_pylist(), wanted.to_pylist())


_NAMES = list(frame().columns)
_KEYS = st.lists(
    st.sampled_from([*_NAMES, *(f"-{name}" for name in _NAMES)]), max_size=3, unique=True
).map(tuple)
_FIGURES = st.lists(
    st.tuples(
        st.sampled_from(["id", "n", "m", "z"]), st.sampled_from(["sum", "min", "max", "count"])
    ),
    max_size=3,
)


@pytest.fixture
def meanings(postgres_url):
    rows = canonical_table(frame())
    return save(postgres_url, rows, relation_of(rows)), rows


_ROWS = st.builds(
    Query,
    st.none() | st.lists(st.sampled_from(_NAMES), min_size=1, unique=True).map(tuple),
    st.none() | drawn_predicates(),
    _KEYS,
    st.none() | st.integers(0, 12),
    st.integers(0, 3),
)
_GROUPS = st.builds(
    lambda where, limit, by, figures: Query(
        where=where,
        limit=limit,
        aggregate=Aggregate(by, tuple(Measure(f"x{i}", *of) for i, of in enumerate(figures))),
    ),
    st.none() | drawn_predicates(),
    st.none() | st.integers(0, 5),
    st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3, unique=True).map(tuple),
    _FIGURES,
)


@given(query=st.one_of(_ROWS, _GROUPS))
def test_drawn_queries(session, meanings, query):
    relation, rows = meanings
    found, _ = session.answer(relation, query)
    wanted = expected(rows, query)
    assert found.schema.equals(wanted.schema, check_metadata=True)
    assert repr(found.to_pylist()) == repr(wanted.to_pylist())


@given(values=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_drawn_integers(session, values):
    rows = pa.table({"x": pa.array(values, pa.int64())})
    listed = ", ".join("NULL" if value is None else f"'{value}'" for value in values)
    sql = f"(SELECT unnest(CAST(ARRAY[{listed}] AS bigint[])) AS x) AS t"
    relation = Relation(sql, rows.schema, {"x": Kept("bigint")})
    functions = ("median", "n_unique", "min", "max", "count", "mean", "std", "var")
    query = Query(aggregate=Aggregate((), _measures(**{name: ("x", name) for name in functions})))
    found, planned = session.answer(relation, query)
    (one,), (other,) = found.to_pylist(), expected(rows, query).to_pylist()
    assert planned.rest is None
    is_small = sum(abs(value or 0) for value in values) < 2**53
    # DuckDB rounds a large sum otherwise, and the mean of a spread with every value.
    near = {"mean": 0.0 if is_small else 1e-15, "std": 1e-9, "var": 1e-9}
    for name in functions:
        within = near.get(name, 0.0)
        assert one[name] == other[name] or math.isclose(one[name], other[name], rel_tol=within)


def test_an_overflow_is_an_error(postgres_url, session):
    rows = pa.table({"x": pa.array([2**62, 2**62], pa.int64())})
    relation = save(postgres_url, rows, relation_of(rows))
    with pytest.raises(psycopg2.errors.NumericValueOutOfRange):
        session.answer(relation, Query(aggregate=Aggregate((), _measures(x=("x", "sum")))))


def test_groups_and_names_of_any_kind(postgres_url, session):
    names = ["100%s", 'o"%', "%%", "a.b", "größe", "select", "-x"]
    rows = canonical_table(pd.DataFrame({name: ["a", "b", None] for name in names}))
    relation = save(postgres_url, rows, relation_of(rows, '"odd %%s"'))
    for name in names:
        where = (col(name) == "b") | col(name).is_null() | col(name).like("%s%")
        far = f"{'long ' * 20}{name}"
        for query in (
            Query((name,), where, (Sort(name, descending=True),)),
            Query(
                aggregate=Aggregate(
                    (name,), _measures(**{far: (name, "max"), f"{far}2": (name, "count")})
                )
            ),
        ):
            found, planned = session.answer(relation, query)
            wanted = expected(rows, query)
            assert (found.to_pylist(), planned.rest) == (wanted.to_pylist(), None)


def test_columns_that_postgres_calls_otherwise(session):
    session.run("create table t (c1 text, c2 bigint); insert into t values ('a', 1), ('b', 2)")
    schema = pa.schema([("x" * 70, pa.large_string()), ("n", pa.int64())])
    relation = Relation(
        "t", schema, {"x" * 70: Kept("text", "c1"), "n": Kept("bigint", "c2")}, "ctid"
    )
    found, _ = session.answer(relation, Query(where=col("x" * 70) == "b", order_by=("-n",)))
    assert found.to_pylist() == [{"x" * 70: "b", "n": 2}]


def test_a_plan_can_be_copied(postgres_url, session):
    rows = canonical_table(pd.DataFrame({"50%": ["a%s", "b"]}))
    relation = save(postgres_url, rows, relation_of(rows, '"t%%"'))
    planned = plan(relation, Query(where=col("50%").ends_with("%s")), lambda sql, *_: sql)
    assert session.copied(planned) == "a%s\n"


def test_an_index_serves_a_comparison(session):
    session.run(
        'create table t (n bigint primary key, s text collate "POSIX" unique, u uuid unique);'
        " insert into t select i, i::text, md5(i::text)::uuid from generate_series(1, 10000) i;"
        " analyze t"
    )
    schema = pa.schema([("n", pa.int64()), ("s", pa.large_string()), ("u", pa.large_string())])
    kept = {"n": Kept("bigint"), "s": Kept("text", None, True), "u": Kept("uuid")}
    relation = Relation("t", schema, kept, "ctid")
    one = "c4ca4238-a0b9-2382-0dcc-509a6f75849b"
    for where in (
        col("n") == 1, col("n").is_in([1, 2]), col("s") == "1", col("u") == one,
        col("u").is_in([one]),
    ):  # fmt: skip
        planned = plan(relation, Query(("n",), where), lambda sql, *_: sql)
        steps = session.run(f"explain {planned.sql.sql}", planned.sql.parameters)
        assert "Index" in steps[0][0] or "Bitmap" in steps[0][0]
