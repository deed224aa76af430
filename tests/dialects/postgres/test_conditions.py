"""What PostgreSQL is asked for each predicate, and what is left to DuckDB."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pyarrow as pa
import pytest

from dkdata.dialects.postgres.conditions import condition
from dkdata.dialects.postgres.relation import Kept, Relation
from dkdata.errors import ColumnNotFoundError, QueryError
from dkdata.predicate import And, Constant, Or, as_predicate, col
from dkdata.values import Moment

_PLACE = pa.struct([("city", pa.large_string()), ("zip", pa.int64()), ("x", pa.float64())])
_TYPES = {
    "n": (pa.int64(), "bigint"), "k": (pa.int32(), "integer"), "u": (pa.uint64(), "numeric(20,0)"),
    "f": (pa.float64(), "double precision"), "r": (pa.float32(), "real"),
    "m": (pa.decimal128(10, 2), "numeric(10,2)"), "b": (pa.bool_(), "boolean"),
    "s": (pa.large_string(), "text"), "v": (pa.large_string(), "character varying(9)"),
    "c": (pa.large_string(), "character(9)"), "i": (pa.large_string(), "citext"),
    "e": (pa.large_string(), "mood"), "g": (pa.large_string(), "uuid"),
    "y": (pa.large_binary(), "bytea"), "d": (pa.date32(), "date"),
    "t": (pa.timestamp("us"), "timestamp without time zone"),
    "z": (pa.timestamp("us", "UTC"), "timestamp(3) with time zone"),
    "ns": (pa.timestamp("ns"), "bigint"), "h": (pa.time64("us"), "time without time zone"),
    "w": (pa.duration("us"), "interval"), "ms": (pa.duration("ms"), "bigint"),
    "wt": (pa.large_string(), "interval"), "p": (_PLACE, "jsonb"),
    "l": (pa.large_list(pa.int64()), "bigint[]"), "100%": (pa.int64(), "bigint"),
}  # fmt: skip
_SCHEMA = pa.schema([(name, t) for name, (t, _) in _TYPES.items()])
_KEPT = {name: Kept(declared) for name, (_, declared) in _TYPES.items()}
RELATION = Relation("things", _SCHEMA, _KEPT | {"v": Kept("character varying(9)", None, True)})


def _asked(predicate):
    told, left = condition(predicate, RELATION)
    assert left is None
    return told.sql, list(told.parameters)


@pytest.mark.parametrize(
    ("predicate", "sql", "values"),
    [
        (col("n") > 36.5, '"n" > CAST(%s AS bigint)', [36]),
        (col("n") == 36.5, "FALSE", []),
        (col("n") < 2**70, '"n" IS NOT NULL', []),
        (col("u") != 2**64 - 1, '"u" <> CAST(%s AS numeric)', [Decimal(2**64 - 1)]),
        (col("f") == 0.3, '"f" = CAST(%s AS double precision)', [0.3]),
        (col("r") <= 0.1, '"r" < CAST(%s AS double precision)', [0.10000000149011612]),
        (col("m") >= Decimal("1.105"), '"m" > CAST(%s AS numeric)', [Decimal("1.10")]),
        (col("b") == True, '"b" = CAST(%s AS boolean)', [True]),  # noqa: E712
        (~col("b"), '(NOT "b")', []),
        (col("y") < b"\0", '"y" < CAST(%s AS bytea)', [b"\0"]),
        (col("s") == "x", '"s" COLLATE "C" = CAST(%s AS text)', ["x"]),
        (col("v") == "x", '"v" = CAST(%s AS text)', ["x"]),
        (col("v") < "x", '"v" COLLATE "C" < CAST(%s AS text)', ["x"]),
        (col("i") == "x", 'CAST("i" AS text) COLLATE "C" = CAST(%s AS text)', ["x"]),
        (col("c") == "x", 'CAST("c" AS text) COLLATE "C" = CAST(%s AS text)', ["x"]),
        (col("g") == uuid.UUID(int=1), '"g" = CAST(%s AS uuid)', [str(uuid.UUID(int=1))]),
        (col("g") > "x", 'CAST("g" AS text) COLLATE "C" > CAST(%s AS text)', ["x"]),
        (col("s") == "a\0", "FALSE", []),
        (col("s") != "a\0", '"s" IS NOT NULL', []),
        (col("s") < "a\0b", '"s" COLLATE "C" <= %s', ["a"]),
        (col("s") >= "a\0b", '"s" COLLATE "C" > %s', ["a"]),
        (col("v").like("a\\%"), "\"v\" LIKE %s ESCAPE ''", ["a\\%"]),
        (~col("v").starts_with("5%_\\"), '(NOT "v" LIKE %s)', ["5\\%\\_\\\\%"]),
        (col("s").contains("a"), '"s" COLLATE "C" LIKE %s', ["%a%"]),
        (col("s").ends_with("\0"), "FALSE", []),
        (col("s").ilike("Bo_%"), '"s" COLLATE "C" ILIKE %s ESCAPE \'\'', ["Bo_%"]),
        (
            col("s").ilike("Kiel"),
            "translate(\"s\", %s, 'ik') COLLATE \"C\" ILIKE %s ESCAPE ''",
            ["\u0130\u212a", "Kiel"],
        ),
        (col("s").regex(r"^\d."), '"s" COLLATE "C" ~ %s', ["^[0-9][^\n]"]),
        (col("d") == "2024-02-29", '"d" = CAST(%s AS date)', ["2024-02-29"]),
        (col("d") > "2024-01-01T12:00", '"d" > CAST(%s AS date)', ["2024-01-01"]),
        (
            col("t") == dt.date(2024, 1, 1),
            '"t" = CAST(%s AS timestamp)',
            ["2024-01-01 00:00:00.000000"],
        ),
        (
            col("z") < "0001-01-01T00:00+02:00",
            '"z" < CAST(%s AS timestamptz)',
            ["0001-12-31 22:00:00.000000+00 BC"],
        ),
        (
            col("ns") >= Moment("1970-01-01T00:00:00.000000001"),
            '"ns" >= CAST(%s AS bigint)',
            [1],
        ),
        (col("h") == "12:30", '"h" = CAST(%s AS time)', ["12:30:00.000000"]),
        (
            col("w") > dt.timedelta(days=-1, microseconds=-1),
            '"w" > CAST(%s AS interval)',
            ["-2 days +23:59:59.999999"],
        ),
        (col("ms") == "2 seconds", '"ms" = CAST(%s AS bigint)', [2000]),
        (
            col("p.city") == "Oslo",
            "(\"p\" #>> ARRAY['city']) COLLATE \"C\" = CAST(%s AS text)",
            ["Oslo"],
        ),
        (col("p.zip") > 1, "CAST(\"p\" #>> ARRAY['zip'] AS numeric) > CAST(%s AS numeric)", [1]),
        (col("p.x").is_null(), "(\"p\" #>> ARRAY['x']) IS NULL", []),
        (col("l").not_null(), '"l" IS NOT NULL', []),
        (col("100%") == 1, '"100%%" = CAST(%s AS bigint)', [1]),
        (col("n").is_in([1, 2.5, 2**70]), '"n" = ANY (CAST(%s AS bigint[]))', [[1]]),
        (col("n").is_in([]), "FALSE", []),
        (~col("n").is_in([]), '"n" IS NOT NULL', []),
        (~col("n").is_in([1, None]), "FALSE", []),
        (~col("v").is_in(["a", "a\0"]), '"v" <> ALL (CAST(%s AS text[]))', [["a"]]),
        (col("n") > col("k"), '"n" > "k"', []),
        (col("s") != col("v"), '"s" COLLATE "C" <> "v" COLLATE "C"', []),
        (col("u") == col("m"), '"u" = "m"', []),
        (Constant(None), "FALSE", []),
        (~Constant(value=False), "TRUE", []),
        (And(()), "TRUE", []),
        (Or(()), "FALSE", []),
        (
            ~((col("n") > 1) & col("s").is_null()) | (col("b") == False),  # noqa: E712
            '(("n" <= CAST(%s AS bigint) OR "s" IS NOT NULL) OR "b" = CAST(%s AS boolean))',
            [1, False],
        ),
        (
            col("n").between(1, 2, "left"),
            '("n" >= CAST(%s AS bigint) AND "n" < CAST(%s AS bigint))',
            [1, 2],
        ),
    ],
    ids=repr,
)  # fmt: skip
def test_what_postgres_is_asked(predicate, sql, values):
    assert _asked(predicate) == (sql, values)


@pytest.mark.parametrize(
    "predicate",
    [
        col("n") > col("f"), col("f") == col("m"), col("ns") > col("t"), col("w") == col("ms"),
        col("e") == "sad", col("e").is_in(["sad"]), col("e").like("s%"), col("wt") == "1 day",
        col("s").ilike("GRÖ%"), col("s").regex("(?i)a"), col("s").regex("\0"), col("p.x") > 1,
        col("l.0") == 1, as_predicate("n % 2 = 1"), (col("n") > 1) | (col("e") == "sad"),
        ~((col("n") > 1) & col("s").regex("(?i)a")),
    ],
    ids=repr,
)  # fmt: skip
def test_what_duckdb_is_left(predicate):
    told, left = condition(predicate, RELATION)
    assert (told, left is not None) == (None, True)


def test_only_a_conjunction_is_divided():
    wanted = (col("n") > 1) & ((col("e") == "sad") & (col("s").ilike("Ö") | (col("k") == 1)))
    told, left = condition(wanted, RELATION)
    assert (told.sql, told.parameters) == ('"n" > CAST(%s AS bigint)', (1,))
    assert left == (col("e") == "sad") & (col("s").ilike("Ö") | (col("k") == 1))


def test_texts_of_another_encoding_are_left():
    other = Relation("things", _SCHEMA, _KEPT, is_unicode=False)
    told, left = condition((col("s") == "x") & (col("n") == 1) & col("s").is_null(), other)
    assert told.sql == '("n" = CAST(%s AS bigint) AND "s" IS NULL)'
    assert left == (col("s") == "x")


def test_a_column_that_was_altered_is_left():
    altered = Relation("t", pa.schema([("a", pa.timestamp("ns"))]), {"a": Kept("date")})
    told, left = condition(col("a") == "2024-01-01", altered)
    assert (told, left) == (None, col("a") == "2024-01-01")


@pytest.mark.parametrize(
    ("predicate", "error", "message"),
    [
        ((col("e") == "x") & (col("nn") > 1), ColumnNotFoundError, "no column 'nn'"),
        (col("b") == 0, QueryError, "column 'b' is true or false"),
        (col("l") == 1, QueryError, "nested and cannot be compared"),
        (col("n").like("1%"), QueryError, "for text"),
        (col("t") == "2024-01-01T00:00Z", QueryError, "times without a zone"),
        (col("p.zap") == 1, ColumnNotFoundError, "no column 'p.zap'"),
    ],
)
def test_what_does_not_fit_is_refused(predicate, error, message):
    with pytest.raises(error, match=message):
        condition(predicate, RELATION)
