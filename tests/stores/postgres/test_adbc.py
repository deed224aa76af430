from __future__ import annotations

import time
from urllib.parse import urlsplit

import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import DeadlineError, DkWarning, SchemaError
from dkdata.query import Aggregate, Measure, Query
from dkdata.stores.postgres.reading import adbc
from dkdata.stores.postgres.reading.columns import Column
from dkdata.testing import BlackHole, FaultProxy, Refuse
from tests.interrupting import interrupted
from tests.services.databases import address, run
from tests.services.postgres import filled, role
from tests.stores.postgres.faulty import LONG, behind_proxy, configure, load_long, put_long
from tests.stores.postgres.sessions import NUMBER, by_adbc, counted, selected, session
from tests.stores.postgres.values import CASES

MOMENT = Column("a", "timestamp without time zone", pa.timestamp("us"))
DAY = Column("a", "date", pa.date32())


@pytest.fixture
def connection(postgres_url):
    with session(postgres_url) as opened:
        yield opened


def test_values_are_the_same_as_by_copy(connection):
    known = [case for case in CASES if adbc.is_faster([Column("a", *case[:2])])]
    assert len(known) > 10
    for of, to, values in known:
        rows = ", ".join(f"(({value})::{of})" for value in values)
        select = f"SELECT * FROM (VALUES {rows}) v(a)"
        with by_adbc(connection, select, [Column("a", of, to)]) as found:
            column = counted(found.read_all().column(0))
        assert repr(column.to_pylist()) == repr(list(values.values()))


@pytest.mark.parametrize("column", [DAY, MOMENT])
def test_infinity_is_the_same_as_by_copy(connection, column):
    of = column.postgres_type
    select = (
        f"SELECT * FROM (VALUES ('infinity'::{of}), ('-infinity'), ('1970-01-01'), (NULL)) v(a)"
    )
    with (
        pytest.warns(DkWarning, match="column 'a' holds infinity 2 times"),
        by_adbc(connection, select, [column]) as rows,
    ):
        found = rows.read_all()
    with pytest.warns(DkWarning, match="column 'a' holds infinity 2 times"):
        assert found == selected(connection, select, [column]).read_all()


def test_a_time_that_arrow_lacks_is_refused(connection):
    select = "SELECT * FROM (VALUES ('infinity'::timestamp), ('294276-12-31')) v(a)"
    with (
        by_adbc(connection, select, [MOMENT]) as rows,
        pytest.raises(SchemaError, match="column 'a', row 1: a time after the year 294246"),
    ):
        rows.read_all()


def test_other_types_are_read_by_copy():
    assert not adbc.is_faster([NUMBER, Column("a", "numeric(3,1)", pa.decimal128(3, 1))])
    assert not adbc.is_faster([Column("a", "bigint", pa.timestamp("ns"))])


def test_rows_are_those_of_the_transaction(connection, postgres_url):
    run(postgres_url, "CREATE TABLE t AS SELECT 1 AS n")
    with by_adbc(connection, "SELECT n FROM public.t", [NUMBER]) as rows:
        run(postgres_url, "INSERT INTO t VALUES (2)")
        assert rows.read_all().num_rows == 1


def test_settings_are_those_of_other_reads(postgres_url):
    select = "SELECT extract(hour FROM '2024-01-01 00:00+00'::timestamptz)::integer AS n"
    with (
        role(postgres_url, TimeZone="Asia/Tokyo") as url,
        session(url) as connection,
        by_adbc(connection, select, [NUMBER]) as rows,
    ):
        assert rows.read_all().column(0).to_pylist() == [0]


def test_an_error_of_the_server_is_not_told_by_adbc(connection):
    late = "SELECT 1 / (n - 50000) AS n FROM generate_series(1, 100000) AS s(n)"
    for select in (late, "SELECT x"):
        with by_adbc(connection, select, [NUMBER]) as rows, pytest.raises(adbc.FailedError) as told:
            rows.read_all()
        assert str(told.value) == "ADBC did not give the rows"


def test_a_limit_of_the_role_is_said_as_by_copy(postgres_url):
    put_long(postgres_url)
    run(postgres_url, "create function slow(n integer) returns boolean language plpgsql as"
                      " $$ begin perform pg_sleep(0.001); return true; end $$")  # fmt: skip
    run(postgres_url, "alter table long enable row level security")
    run(postgres_url, "create policy all_rows on long using (slow(n))")
    with role(postgres_url, "select on long", statement_timeout="300ms") as url:
        configure(url)
        with pytest.raises(DeadlineError, match=r"due to statement timeout.* ALTER ROLE"):
            dk.load("warehouse.long")


def test_an_interrupt_ends_the_query(connection):
    with by_adbc(connection, "SELECT 1 AS n FROM pg_sleep(60)", [NUMBER]) as rows, interrupted(0.5):
        rows.read_all()


class TestNoSecondConnection:
    """All rows come by the connection that there is."""

    def test_a_role_that_may_have_one(self, postgres_url):
        put_long(postgres_url)
        with role(postgres_url, "select on long") as url:
            run(postgres_url, f"alter role {urlsplit(url).username} connection limit 1")
            configure(url)
            assert load_long() == LONG
            assert load_long(timeout=20) == LONG

    def test_rows_of_which_duckdb_answers_something(self, postgres_url):
        put_long(postgres_url)
        first = Query(aggregate=Aggregate(measures=(Measure("first", "n", "first"),)))
        with role(postgres_url, "select on long") as url:
            run(postgres_url, f"alter role {urlsplit(url).username} connection limit 1")
            configure(url)
            store = dk.config().store("warehouse")
            assert "on the rows of that" in store.explain("long", first)
            assert store.read("long", first).read_all().to_pylist() == [{"first": 1}]

    def test_a_server_that_is_full(self, own_postgres):
        put_long(own_postgres.url)
        configure(own_postgres.url)
        dk.tables("warehouse")
        with filled(own_postgres.url):
            assert load_long() == LONG

    def test_a_server_that_is_gone_for_new_ones(self, postgres_url):
        put_long(postgres_url)
        with behind_proxy(postgres_url) as proxy:
            dk.tables("warehouse")
            proxy.inject(refused := Refuse(times=None))
            assert load_long() == LONG
            assert proxy.fired(refused) >= 1

    def test_a_second_one_that_is_to_another_server(self, postgres_url, own_postgres):
        put_long(postgres_url)
        with role(postgres_url, "select on long") as url, FaultProxy(address(url)) as proxy:
            known = urlsplit(url)
            login = f"create role {known.username} login password '{known.password}'"
            run(own_postgres.url, login)
            run(own_postgres.url, f"create database {known.path[1:]}")
            places = [f"{host}:{port}" for host, port in (proxy.address, address(own_postgres.url))]
            credentials = f"{known.username}:{known.password}"
            configure(f"postgresql://{credentials}@{','.join(places)}{known.path}")
            dk.tables("warehouse")
            proxy.inject(refused := Refuse(times=None))
            assert load_long() == LONG
            assert proxy.fired(refused) >= 1

    @pytest.mark.parametrize("moment", [b"application_name", b"SET TRANSACTION SNAPSHOT"])
    def test_a_pooler_that_lets_it_wait(self, postgres_url, monkeypatch, moment):
        monkeypatch.setattr(adbc, "_OPENING_SECONDS", 1)
        put_long(postgres_url)
        with behind_proxy(postgres_url) as proxy:
            dk.tables("warehouse")
            proxy.inject(hole := BlackHole(after=moment))
            assert load_long() == LONG
            assert proxy.fired(hole) == 1

    @pytest.mark.parametrize("moment", [b"application_name", b"SET TRANSACTION SNAPSHOT"])
    def test_the_time_allowed_holds_while_it_waits(self, postgres_url, moment):
        put_long(postgres_url)
        with behind_proxy(postgres_url) as proxy:
            dk.tables("warehouse")
            proxy.inject(BlackHole(after=moment))
            started = time.monotonic()
            with pytest.raises(DeadlineError, match="ran out during the read of 'long'"):
                load_long(timeout=0.5)
            assert time.monotonic() - started < 0.5 + 1
