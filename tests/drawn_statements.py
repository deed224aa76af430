"""Drawn statements over the tables ``far.t``, ``far.u`` and ``near.n``, and their answers."""

from __future__ import annotations

import datetime as dt
import math

import duckdb
import pyarrow as pa
from hypothesis import assume, reject
from hypothesis import strategies as st

TYPES = {
    "i": pa.int64(), "h": pa.int32(), "f": pa.float64(), "g": pa.float32(), "s": pa.string(),
    "b": pa.bool_(), "d": pa.date32(), "m": pa.timestamp("us"), "z": pa.timestamp("us", "UTC"),
}  # fmt: skip
DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 2), dt.date(1969, 12, 31)]
TIMES = [dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, 12, 0, 0, 1)]  # noqa: DTZ001
VALUES = {
    "i": [0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1], "h": [0, 1, -1, 2**31 - 1],
    "f": [0.0, -0.0, 0.1, 1.0, 2.0**53, math.inf, math.nan], "g": [0.0, 0.1, 1.0, 2.0**24],
    "s": ["", "a", "A", "ab", "é", "1", "2024-01-01"], "b": [True, False],
    "d": DAYS, "m": TIMES, "z": TIMES,
}  # fmt: skip
NUMBERS = ["0", "1", "-1", "1.0", "0.1", "1e0", "0.5", "9007199254740993", "9007199254740992.0",
           "16777217", "null"]  # fmt: skip
MOMENTS = ["'2024-01-01'", "date '2024-01-01'", "timestamp '2024-01-01'", "'2024-01-01 12:00'",
           "timestamp '2024-01-01 12:00:00.000001'", "date '2024-01-01 12:00'"]  # fmt: skip
LITERALS = {
    **dict.fromkeys("ihfg", NUMBERS), "s": ["''", "'a'", "'é'", "'2024-01-01'", "null"],
    "b": ["true", "false", "'true'", "1"], "d": MOMENTS, "m": MOMENTS,
    "z": [*MOMENTS, "'2024-01-01 02:00:00+02'", "timestamptz '2024-01-01 00:00:00Z'"],
}  # fmt: skip
JOINS = ["join", "left join", "right join", "full join", "semi join", "anti join"]
ALIKE = ["i", "h", "s", "b", "d", "m"]


@st.composite
def tables(draw, kinds, prefix=""):
    """Return a table whose columns are called by their type, after a prefix."""
    rows = draw(st.integers(0, 4))
    most = draw(st.sampled_from([1, 2, 9]))  # of few values, many meet in joins
    columns = {
        f"{prefix}{kind}": pa.array(
            draw(
                st.lists(
                    st.sampled_from([*VALUES[kind][:most], None]), min_size=rows, max_size=rows
                )
            ),
            TYPES[kind],
        )
        for kind in kinds
    }
    return pa.table(columns)


@st.composite
def atoms(draw, columns):
    """Return a condition on one column, and the values of its parameters."""
    alias, name = draw(st.sampled_from(columns))
    column = draw(st.sampled_from([f"{alias}.{name}", name, name.upper()]))
    kind = name[-1]
    values = [value for value in VALUES[kind] if value == value]  # noqa: PLR0124 - no NaN
    value = draw(st.sampled_from([None, *values]))
    one, two = (draw(st.sampled_from(LITERALS[kind])) for _ in range(2))
    op = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
    other_alias, other = draw(st.sampled_from(columns))
    forms = [
        (f"{column} {op} {one}", []),
        (f"{one} {op} {column}", []),
        (f"{column} {op} ?", [value]),
        (f"{column} in ({one}, {two})", []),
        (f"{column} not in ({one}, ?)", [value]),
        (f"{column} between {one} and {two}", []),
        (f"{column} is not null", []),
    ]
    if draw(st.integers(0, 3)) == 0:
        return f"{column} is null", []
    if kind == "s":
        forms += [(f"{column} like '_'", []), (f"{column} not ilike 'a%'", [])]
    if kind == "b":
        forms += [(column, []), (f"not {column}", [])]
    if kind == other[-1]:
        forms += [(f"{column} {op} {other_alias}.{other}", [])]
    return draw(st.sampled_from(forms))


def conditions(columns):
    """Return conditions of atoms."""

    def joined(parts):
        return st.builds(
            lambda word, one, two: (f"({one[0]} {word} {two[0]})", one[1] + two[1]),
            st.sampled_from(["and", "or"]), parts, parts,
        ) | st.builds(lambda part: (f"not {part[0]}", part[1]), parts)  # fmt: skip

    return atoms(columns) | st.recursive(atoms(columns), joined, max_leaves=5)


@st.composite
def statements(draw):
    """Return a statement over two or three tables, the tables, and the values of parameters."""
    kinds = draw(st.lists(st.sampled_from(list(TYPES)), min_size=1, max_size=3, unique=True))
    more = draw(st.lists(st.sampled_from(list(TYPES)), max_size=2, unique=True))
    held = {
        "t": draw(tables(kinds)),
        "u": draw(tables(dict.fromkeys([kinds[0], *more]), draw(st.sampled_from(["", "u_"])))),
        "n": draw(tables(kinds[:1], "n_")),
    }
    columns = [(alias, name) for alias in "tu" for name in held[alias].column_names]
    join = draw(st.sampled_from([*JOINS, "cross join", "asof join", "natural join"]))
    on, values = _on(draw, join, held)
    left, right = draw(st.permutations(["far.t t", "far.u u"]))
    source = f"{left} {join} {right}{on}"
    if draw(st.integers(0, 3)) == 0:
        further = draw(st.sampled_from(["left join", "right join", "full join", "anti join"]))
        condition, more = draw(conditions(columns))
        source = f"{source} {further} near.n n on {condition}"
        values += more
    if draw(st.integers(0, 5)):
        condition, more = draw(conditions(columns))
        source, values = f"{source} where {condition}", values + more
    names = [f"{alias}.{name}" for alias, name in columns]
    text = (
        f"select {draw(st.sampled_from(['*', 't.*', 'count(*)', 't', '1', *names]))} from {source}"
    )
    forms = [
        text,
        f"with c as ({text}) select * from c",
        f"select count(*) from ({text})",
        f"{text} union all {text}",
        f"select {draw(st.sampled_from(['*', names[0], '1']))} from far.t t limit 2 offset 1",
    ]
    chosen = draw(st.sampled_from(forms if not values else forms[:3]))
    return chosen, held, values


def _on(draw, join, held):
    """Return the condition of a join of ``t`` and ``u``, and the values of its parameters."""
    if join in ("cross join", "natural join"):
        return "", []
    columns = [(alias, name) for alias in "tu" for name in held[alias].column_names]
    shared = [name for name in held["t"].column_names if name in held["u"].column_names]
    pairs = [
        f"t.{one} = u.{two}"
        for one in held["t"].column_names
        for two in held["u"].column_names
        if one[-1] == two[-1]
    ]
    if join == "asof join":
        assume(pairs)
        return f" on {draw(st.sampled_from(pairs)).replace('=', '>=')}", []
    if shared and draw(st.booleans()):
        return f" using ({draw(st.sampled_from(shared))})", []
    both = draw(st.sampled_from([*pairs, "true"]))
    if draw(st.booleans()):
        return f" on {both}", []
    condition, values = draw(conditions(columns))
    return f" on {both} and {condition}", values


def plainly(text, held, values):
    """Return what DuckDB answers over the tables themselves, if the statement is one."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; PRAGMA disable_optimizer")
        for name, table in held.items():
            connection.register(name, table)
        try:
            found = connection.sql(text.replace("far.", "").replace("near.", ""), params=values)
            return shown(found.to_arrow_table())
        except duckdb.Error:
            return reject()


def shown(table):
    """Return the rows as text, in an order that no one decides."""
    columns = [column.to_pylist() for column in table.columns]
    return sorted(map(repr, zip(*columns, strict=True)))
