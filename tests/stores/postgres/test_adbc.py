from __future__ import annotations

import pyarrow as pa
import pytest

from dkdata.errors import DkWarning, SchemaError, StoreError
from dkdata.stores.postgres.reading import adbc
from dkdata.stores.postgres.reading.columns import Column
from tests.services.databases import run
from tests.stores.postgres.sessions import by_adbc, counted, selected, session
from tests.stores.postgres.test_copying import NUMBER, interrupted
from tests.stores.postgres.test_decoding import CASES

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


def test_an_error_of_the_server_is_told_without_the_query(connection):
    late = "SELECT 1 / (n - 50000) AS n FROM generate_series(1, 100000) AS s(n)"
    for select, reason in ((late, "division by zero"), ("SELECT x", 'column "x" does not exist')):
        with by_adbc(connection, select, [NUMBER]) as rows, pytest.raises(StoreError) as raised:
            rows.read_all()
        assert str(raised.value) == f"PostgreSQL did not send the rows: {reason}."


def test_an_interrupt_ends_the_query(connection):
    with by_adbc(connection, "SELECT 1 AS n FROM pg_sleep(60)", [NUMBER]) as rows, interrupted(0.5):
        rows.read_all()
