"""``dk.sql`` asks a store for the columns and rows that a statement needs, and for no others."""

from __future__ import annotations

import datetime as dt
import math
from contextlib import suppress
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import Query, col
from dkdata.errors import QueryError, TableNotFoundError
from dkdata.frames.envelope import ColumnDescriptor, FrameDescriptor, attach
from dkdata.pushdown import needed
from dkdata.statements import parsed
from dkdata.testing.comparing import assert_same
from tests.far_store import FarStore

DAY, NOON = dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 12)  # noqa: DTZ001
DAYS = [DAY, DAY, None, dt.date(2024, 1, 3)]
FLIGHTS = pa.table(
    {
        "id": [1, 2, 3, 4],
        "carrier": ["AA", "UA", None, "ua"],
        "delay": [1.5, None, -0.0, math.nan],
        "late": [True, False, None, True],
        "day": DAYS,
        "start": pa.array([NOON, None, NOON, NOON], pa.timestamp("us")),
        "seen": pa.array([NOON, None, NOON, NOON], pa.timestamp("us", "UTC")),
        "there": pa.array([NOON, None, NOON, NOON], pa.timestamp("us", "Asia/Tokyo")),
        "paid": pa.array([Decimal("1.50"), None, Decimal(2), Decimal(-1)], pa.decimal128(10, 2)),
        "clock": [dt.time(12, 30), None, dt.time(0), dt.time(1)],
        "single": pa.array([1, 2, 3, 0.1], pa.float32()),
        "place": [{"x": 1, "id": 2}] * 4,
        "wide": pa.array([Decimal(1)] * 4, pa.decimal128(38, 2)),
        "größe": [1, 2, 3, 4],
        "raw": [b"a"] * 4,
    }
)
AIRLINES = pd.DataFrame(
    {"carrier": ["AA", "UA", "ZZ"], "name": ["American", None, "Zed"], "rank": [1, 2, 3]}
)
ALL = None


@pytest.fixture(autouse=True)
def _stores():
    dk.register_backend("far", "tests.far_store:FarStore")
    dk.configure({"default": "far", "stores": {"far": {"backend": "far"}}})
    dk.save(FLIGHTS, "far.flights", mode="replace")
    dk.save(AIRLINES, "far.airlines", mode="replace")
    FarStore.asked.clear()


def asked(text, parameters=None, table="flights"):
    """Return the one query that a statement makes of a table, whatever DuckDB makes of its rows."""
    with suppress(QueryError):
        dk.sql(text, parameters, local=AIRLINES)
    (query,) = [query for name, query in FarStore.asked if name == table]
    return query


COLUMNS = [
    ("select id from far.flights", ("id",)),
    ('select "ID", Flights.DELAY from far.flights', ("id", "delay")),
    ("select f.id from far.flights f where f.delay > 1", ("id", "delay")),
    ("select count(*) from far.flights", ("late",)),
    ("select 1 from far.flights", ("late",)),
    ("select count(*) from far.flights, local", ("late",)),
    ("select * from far.flights", ALL),
    ("from far.flights", ALL),
    ("select f.* from far.flights f", ALL),
    ("select l.*, id from far.flights f, local l", ("id",)),
    ("select * exclude (id) from far.flights", ALL),
    ("select * replace (id + 1 as id) from far.flights", ALL),
    ("select columns('i.*') from far.flights", ALL),
    ("select columns(lambda c: c like 'i%') from far.flights", ALL),
    ("select max(columns(*)) from far.flights", ALL),
    ("select count(columns(f.*)) from far.flights f", ALL),
    ("select flights from far.flights", ALL),
    ("select f from far.flights f", ALL),
    ("select to_json(F) from far.flights as f", ALL),
    ("select place from far.flights", ("place",)),
    ("select place.x from far.flights", ("place",)),
    ("select f.place.x from far.flights f", ("place",)),
    ("select place.* from far.flights", ("place",)),
    ("select f.id from far.flights f, local id", ("id",)),
    ("select id from far.flights join local using (carrier)", ("id", "carrier")),
    ("select id from far.flights f join local l on f.carrier = l.carrier", ("id", "carrier")),
    ("select id from far.flights natural join local", ALL),
    ("select id from far.flights semi join local using (carrier)", ("id", "carrier")),
    ("select id, n from far.flights f, (select f.delay + 1 as n)", ("id", "delay")),
    ("select id, (select max(rank) from local l where l.carrier = f.carrier) from far.flights f",
     ("id", "carrier")),
    ("select name from local where carrier in (select carrier from far.flights)", ("carrier",)),
    ("with f as (select id, delay from far.flights) select * from f", ("id", "delay")),
    ("with f as (from far.flights) select id from f", ALL),
    ("select id from (select id, late from far.flights)", ("id", "late")),
    ("select row_number() over (partition by carrier order by day) from far.flights",
     ("carrier", "day")),
    ("select id from far.flights window w as (order by clock) qualify rank() over w = 1",
     ("id", "clock")),
    ("select carrier, sum(delay) from far.flights group by all order by all",
     ("carrier", "delay")),
    ("select carrier, sum(delay) from far.flights group by 1 having bool_or(late) order by 2",
     ("carrier", "delay", "late")),
    ("select count(*) filter (late), list(id order by day) from far.flights",
     ("id", "late", "day")),
    ("select distinct on (carrier) id from far.flights", ("id", "carrier")),
    ("select id from far.flights order by columns('d.*')", ALL),
    ("select id from far.flights union all select rank from local", ("id",)),
    ("select id from far.flights union select f.id from far.flights f where f.late",
     ("id", "late")),
    ("select id from far.flights union by name select rank from local", ("id",)),
    ("select #1 from far.flights", ALL),
    ("select a from far.flights as f(a)", ALL),
    ("summarize flights", ALL),
    ("from (unpivot far.flights on id, single)", ALL),
    ("select flights.id from flights, query_table('flights') as q", ALL),
    ("select [i + 1 for i in [id]] from far.flights", ("id",)),
    ("select unnest([id, 2]) from far.flights", ("id",)),
    ("select id from far.flights, range(2)", ("id",)),
    ("select case when late then id end from far.flights", ("id", "late")),
    ("select id from far.flights tablesample 100%", ("id",)),
    ("select id as x from far.flights where x > 0", ("id",)),
    ("with recursive r as (select id from far.flights union select 1 from r) from r", ("id",)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), COLUMNS)
def test_only_columns_that_are_needed_are_fetched(text, names):
    assert asked(text).columns == names


ROWS = {
    "id > 2": "col('id') > 2",
    "2 < id": "col('id') > 2",
    "f.ID = -1 and F.carrier = 'AA'": "(col('id') == -1) & (col('carrier') == 'AA')",
    "id in (1, 2, null)": "col('id').is_in([1, 2, None])",
    "id not in (1, 2)": "~col('id').is_in([1, 2])",
    "id between 1 and 2.5": "col('id').between(1, 2.5)",
    "id < 2.5": "col('id') < 2.5",
    "id < 2.5e0": ALL,
    "id < 9223372036854775808": ALL,
    "id < '2'": ALL,
    "id < delay": ALL,
    "id <= f.id": "col('id') <= col('id')",
    "id + 1 < 3": ALL,
    "carrier like 'A%'": "col('carrier').like('A%')",
    "carrier not ilike 'a_'": "~col('carrier').ilike('a_')",
    r"carrier like 'A\%'": ALL,
    "carrier like 'A!%' escape '!'": ALL,
    "carrier = 1": ALL,
    "carrier = 'aa' collate nocase": ALL,
    "carrier = time '12:30'": ALL,
    "carrier is not null": "col('carrier').not_null()",
    "carrier is null": "col('carrier').is_null()",
    "carrier is distinct from 'AA'": ALL,
    "lower(carrier) = 'aa'": ALL,
    "delay > 1.5": "col('delay') > 1.5",
    "delay > 1.5e-3": "col('delay') > 1.5e-3",
    "delay > 9007199254740993": ALL,
    "delay > 1234567890.12345678": ALL,
    "late": "col('late')",
    "not late": "~col('late')",
    "late = true": "col('late') == True",
    "late = 1": ALL,
    "late = 'true'": ALL,
    "day >= '2024-01-02'": "col('day') >= '2024-01-02'",
    "day >= date '2024-01-02'": "col('day') >= '2024-01-02'",
    "day >= '2024-01-02 12:00:00'": ALL,
    "day >= date '2024-01-02 12:00:00'": ALL,
    "day >= timestamp '2024-01-02 12:00:00'": ALL,
    "start > '2024-01-02'": "col('start') > '2024-01-02'",
    "start > timestamp '2024-01-02 12:00'": "col('start') > '2024-01-02 12:00'",
    "start > timestamp(0) '2024-01-02 12:00'": ALL,
    "start > '2024-01-02 12:00:00.1234567'": ALL,
    "start > '2024-01-02 12:00:00+02'": ALL,
    "seen > '2024-01-02'": "col('seen') > '2024-01-02'",
    "seen > '2024-01-02 12:00:00+02'": "col('seen') > '2024-01-02 12:00:00+02'",
    "seen > timestamptz '2024-01-02 12:00:00+02'": "col('seen') > '2024-01-02 12:00:00+02'",
    "there > '2024-01-02'": ALL,
    "there > '2024-01-02 12:00:00Z'": "col('there') > '2024-01-02 12:00:00Z'",
    "paid = 1.5": "col('paid') == 1.5",
    "paid = 1.5e0": ALL,
    "wide = 1": ALL,
    "id = true": ALL,
    "raw = 'a'": ALL,
    "größe = 1": "col('größe') == 1",
    "Größe = 1": ALL,
    "clock < '12:30'": "col('clock') < '12:30'",
    "clock < time '12:30'": ALL,
    "single = 0.1": ALL,
    "single = 1": "col('single') == 1",
    "place.x = 1": ALL,
    "id > 1 or carrier = 'AA'": "(col('id') > 1) | (col('carrier') == 'AA')",
    "id > 1 or lower(carrier) = 'aa'": ALL,
    "(id > 1 and lower(carrier) = 'aa') or id < 1": "(col('id') > 1) | (col('id') < 1)",
    "not (id > 1 or late)": "(col('id') <= 1) & ~col('late')",
    "id > 1 and random() < 2": "col('id') > 1",
    "id > (select 1)": ALL,
    "exists (select 1) and id > 1": "col('id') > 1",
    "true": ALL,
    "id = null": "col('id') == None",
}


@pytest.mark.parametrize("condition", ROWS)
def test_only_rows_that_are_needed_are_fetched(condition):
    told = asked(f"select id from far.flights f where {condition}").where
    assert (None if told is None else repr(told)) == ROWS[condition]


PARAMETERS = [
    ("id > ?", [2], "col('id') > 2"),
    ("id > $low", {"low": 2}, "col('id') > 2"),
    ("id in ($1, $2)", [np.int64(1), 2], "col('id').is_in([1, 2])"),
    ("id > ?", [None], ALL),
    ("id > ?", [1.5], ALL),
    ("id > ?", [2**63], ALL),
    ("id > ?", [Decimal("1.5")], "col('id') > 1.5"),
    ("delay > ?", [0.1 + 0.2], "col('delay') > 0.30000000000000004e0"),
    ("delay > ?", [math.nan], ALL),
    ("carrier like ?", ["A%"], "col('carrier').like('A%')"),
    ("carrier = ?", ["A'A"], """col('carrier') == "A'A\""""),
    ("carrier = ?", [1], ALL),
    ("late = ?", [True], "col('late') == True"),
    ("day = ?", [DAY], "col('day') == '2024-01-02'"),
    ("day = ?", [NOON], ALL),
    ("start = ?", [NOON], "col('start') == '2024-01-02T12:00:00'"),
    ("start = ?", [pd.Timestamp(NOON)], "col('start') == '2024-01-02T12:00:00'"),
    ("seen = ?", [NOON.replace(tzinfo=dt.UTC)], "col('seen') == '2024-01-02T12:00:00+00:00'"),
    ("carrier = ?", [NOON.replace(tzinfo=dt.UTC)], ALL),
]


@pytest.mark.parametrize(("condition", "values", "told"), PARAMETERS)
def test_parameters_are_values(condition, values, told):
    where = asked(f"select id from far.flights f where {condition}", values).where
    assert (None if where is None else repr(where)) == told


PLACES = [
    ("far.flights f, local l where id = 1", True),
    ("far.flights f join local l on f.carrier = l.carrier where f.id = 1", True),
    ("far.flights f join local l on f.carrier = l.carrier and f.id = 1", True),
    ("far.flights f left join local l using (carrier) where id = 1", True),
    ("far.flights f left join local l on f.carrier = l.carrier and id = 1", False),
    ("local l left join far.flights f using (carrier) where id = 1", True),
    ("local l left join far.flights f on f.carrier = l.carrier and id = 1", True),
    ("local l left join far.flights f using (carrier) where id is null", False),
    ("local l left join far.flights f using (carrier) where id = 1 or id is null", False),
    (
        "local l left join far.flights f using (carrier) where not (id = 1 and late is not null)",
        False,
    ),
    ("local l right join far.flights f using (carrier) where id = 1", True),
    ("local l right join far.flights f on f.carrier = l.carrier and id = 1", False),
    ("far.flights f right join local l on f.carrier = l.carrier and id = 1", True),
    ("far.flights f full join local l using (carrier) where id = 1", True),
    ("far.flights f full join local l on f.carrier = l.carrier and id = 1", False),
    ("far.flights f full join local l using (carrier) where carrier = 'AA'", False),
    ("far.flights f full join local l using (carrier) where id is null", False),
    ("far.flights f semi join local l using (carrier) where id = 1", True),
    ("far.flights f anti join local l using (carrier) where id = 1", True),
    ("local l semi join far.flights f on f.carrier = l.carrier and f.id = 1", True),
    ("local l anti join far.flights f on f.carrier = l.carrier and f.id = 1", True),
    ("far.flights f anti join local l on f.carrier = l.carrier and f.id = 1", False),
    ("far.flights f asof join local l on f.id >= l.rank where id = 1", True),
    ("local l asof join far.flights f on l.rank >= f.id where id = 1", False),
    ("far.flights f positional join local l where id = 1", False),
    ("far.flights f natural join local l where f.id = 1", True),
    ("local a left join (local l join far.flights f on l.rank = f.id and f.id = 1) on true", True),
    ("far.flights f, (select f.id + 1 as n) where id = 1", False),
    ("far.flights f, (select f.id + 1 as n) where f.id = 1", True),
    ("local l, (select * from far.flights f where f.id = l.rank and f.id = 1)", True),
    ("local l where exists (from far.flights f where f.id = l.rank and id = 1)", True),
    ("(from far.flights where id = 1 union all from far.flights where id = 1)", False),
    ("(select id from far.flights where id = 1 union all select rank from local)", True),
    ("(from far.flights) where id = 1", False),
    ("far.flights f tablesample 100% where id = 1", False),
    ("far.flights f where id = 1 using sample 100%", False),
    ("far.flights f where id = 1 window w as (order by day)", True),
    ("far.flights f(a) where a = 1", False),
    ("far.flights f(delay, id) where id = 'AA'", False),
    ("far.flights f, local l(a, b, c) where id = 1", False),
    ("far.flights f, local l(a, b, c) where f.id = 1", True),
    ("far.flights f, local l where id = 1 qualify row_number() over () = 1", True),
]


@pytest.mark.parametrize(("source", "is_asked"), PLACES)
def test_rows_are_asked_for_where_the_answer_stays_the_same(source, is_asked):
    query = asked(f"select count(*) from {source}")
    assert query.where == (col("id") == 1 if is_asked else None)


LIMITS = [
    ("from far.flights limit 3", 3),
    ("select id, delay + 1 from far.flights limit 3 offset 2", 5),
    ("select id from far.flights limit $n", 3),
    ("select count(*) from (select id from far.flights limit 3)", 3),
    ("select id from far.flights limit 0", 0),
    ("select id from far.flights limit 1 + 1", None),
    ("select id from far.flights limit null", None),
    ("select id from far.flights limit 50%", None),
    ("select id from far.flights offset 2", None),
    ("select id from far.flights order by id limit 3", None),
    ("select distinct id from far.flights limit 3", None),
    ("select id from far.flights where lower(carrier) = 'aa' limit 3", None),
    ("select id from far.flights where id > 1 limit 3", None),
    ("select count(*) from far.flights limit 3", None),
    ("select id from far.flights group by id limit 3", None),
    ("select unnest([id, id]) from far.flights limit 3", None),
    ("select row_number() over () from far.flights limit 3", None),
    ("select id from far.flights, local limit 3", None),
    ("select id from far.flights tablesample 100% limit 3", None),
    ("select id from far.flights using sample 100% limit 3", None),
    ("(select id from far.flights) union all (select rank from local) limit 3", None),
    ("select id, (select count(*) from local where rank = id) from far.flights limit 3", None),
]


@pytest.mark.parametrize(("text", "rows"), LIMITS)
def test_no_more_rows_are_fetched_than_are_shown(text, rows):
    assert asked(text, {"n": 3} if "$n" in text else None).limit == rows


def test_a_table_that_is_named_twice_is_fetched_once_with_all_rows():
    query = asked("select f.id from far.flights f join far.flights g on f.id = g.id and f.late")
    assert query == Query(columns=("id", "late"))


def test_both_tables_of_a_join_are_narrow():
    text = """
        select name, avg(delay) from far.flights join far.airlines using (carrier)
        where carrier = 'AA' and rank < 3 group by name
    """
    assert asked(text) == Query(columns=("carrier", "delay"), where=col("carrier") == "AA")
    FarStore.asked.clear()
    assert asked(text, table="airlines") == Query(where=col("rank") < 3)


def test_what_duckdb_refuses_is_refused_before_anything_is_fetched():
    with pytest.raises(QueryError, match=r'"delya" not found.*\n.*"delay"'):
        dk.sql("select delya, id from far.flights")
    with pytest.raises(QueryError, match="Cannot compare"):
        dk.sql("select id from far.flights where id < carrier")
    assert FarStore.asked == []


def test_a_table_that_is_not_there_is_told_with_the_frames_that_are():
    with pytest.raises(TableNotFoundError, match=r"no table named 'flihgts'.*Frames given: local"):
        dk.sql("from far.flihgts", local=AIRLINES)


def test_columns_that_sql_cannot_tell_apart_are_refused_though_only_one_is_needed():
    dk.save(pd.DataFrame({"a": [1], "A": [2], "b": [3]}), "far.cases", mode="replace")
    with pytest.raises(QueryError, match="does not tell column 'A' of"):
        dk.sql('select "A" from far.cases')
    assert dk.sql('select "A__2" as a from far.cases where "A__2" = 2')["a"].tolist() == [2]
    assert FarStore.asked[-1][1] == Query(columns=("A__2",), where=col("A__2") == 2)


def test_a_name_that_is_the_label_of_another_column_asks_for_all_columns_and_rows():
    labelled = ColumnDescriptor("b", "int64", {"of": "plain"}, label="a", has_label=True)
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("c", pa.int64())])
    schemas = {"t": attach(schema, FrameDescriptor(columns=(labelled,)))}
    assert needed(parsed("select a from t where a = 1"), "t", schemas) == Query()
    assert needed(parsed("select b from t where b = 1"), "t", schemas) == Query(
        columns=("b",), where=col("b") == 1
    )


def test_dtypes_and_labels_of_narrow_tables_stay():
    frame = pd.DataFrame({"a": pd.Categorical(["x", "y"]), 1: [1, 2], "c": [True, False]})
    dk.save(frame, "far.kept", mode="replace")
    found = dk.sql("select a, \"1\" from far.kept where a = 'y'")
    assert_same(found, frame[["a", 1]].iloc[[1]].reset_index(drop=True))


@pytest.mark.parametrize("meanwhile", [{"id": ["a"]}, {"other": [1]}, {"id": [5], "late": [1]}])
@pytest.mark.parametrize("condition", ["true", "id > 0 or late"])
def test_a_table_that_has_changed_meanwhile_is_read_as_a_whole(meanwhile, condition, monkeypatch):
    schema = FarStore._schema

    def changed_after(store, table):
        found = schema(store, table)
        dk.save(pd.DataFrame(meanwhile), f"memory.{table}", mode="replace")
        return found

    monkeypatch.setattr(FarStore, "_schema", changed_after)
    with suppress(QueryError):
        dk.sql(f"select count(id), count(late) from far.flights where {condition}")
    assert FarStore.asked[-1] == ("flights", Query())
