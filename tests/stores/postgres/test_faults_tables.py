"""Tables that others change, make or drop meanwhile, and what PostgreSQL cannot call or hold."""

from __future__ import annotations

import threading
from contextlib import closing
from decimal import Decimal
from functools import partial

import pandas as pd
import psycopg2
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ConflictError,
    DkError,
    QueryError,
    SchemaError,
    StoreError,
    TableNotFoundError,
    UsageError,
)  # fmt: skip
from tests.services.databases import run
from tests.services.postgres import wait_for_lock, wait_for_session
from tests.stores.postgres.faulty import (
    NEW,
    OLD,
    after,
    as_stream,
    configure,
    held,
    key_of,
    leftovers,
)  # fmt: skip

# What somebody else does, and what has become of the table `orders` of 1000 rows.
CHANGES = {
    "a column more": "alter table orders add column extra int",
    "a column less": "alter table orders drop column text",
    "another type": "alter table orders alter column id type numeric",
    "another name": "alter table orders rename column text to words",
    "dropped": "drop table orders",
    "replaced": "drop table orders; create table orders (id bigint, text text)",
    "renamed": "alter table orders rename to kept",
}

UNFIT = ("a column less", "a column more", "another type", "another name")


def test_an_append_that_somebody_else_makes_meanwhile_is_not_made_twice(orders):
    dk.save(NEW, "warehouse.orders", mode="append", run_id="first")
    dk.delete("warehouse.orders", "id >= 0")
    with closing(psycopg2.connect(orders)) as other, other.cursor() as cursor:
        cursor.execute(
            "insert into dkdata.commits select schema_name, table_name, 'again', result, true"
            " from dkdata.commits where run_id = 'first'"
        )
        made = []
        append = partial(dk.save, NEW, "warehouse.orders", mode="append", run_id="again")
        saving = threading.Thread(target=lambda: made.append(append()))
        saving.start()
        wait_for_session(orders, "%INSERT INTO dkdata.commits%")
        other.commit()
        saving.join()
    assert made[0].rows == len(NEW)
    assert held(orders) == []


def test_two_appends_at_once_both_tell_their_categories(orders):
    first = pd.DataFrame({"kind": pd.Categorical(["a"], ordered=True)})
    dk.save(first, "warehouse.kinds")
    made = []
    appends = [
        threading.Thread(
            target=lambda kind=kind: made.append(
                dk.save(
                    pd.DataFrame({"kind": pd.Categorical([kind])}), "warehouse.kinds", mode="append"
                )
            )
        )
        for kind in ("y", "z")
    ]
    with closing(psycopg2.connect(orders)) as other, other.cursor() as cursor:
        cursor.execute("lock table kinds in share update exclusive mode")
        for append in appends:
            append.start()
        wait_for_lock(orders, 2)
        other.commit()
        for append in appends:
            append.join()
    assert len(made) == 2
    loaded = dk.load("warehouse.kinds")["kind"]
    assert sorted(loaded.cat.categories) == ["a", "y", "z"]


class TestBetweenTwoCalls:
    @pytest.mark.parametrize("change", ["a column more", "another type", "another name"])
    def test_a_load_has_the_columns_that_are_there(self, orders, change):
        dk.load("warehouse.orders")
        run(orders, CHANGES[change])
        with pytest.warns(dk.errors.DkWarning, match="changed or added since"):
            loaded = dk.load("warehouse.orders")
        assert len(loaded) == len(OLD)
        names = (
            "select attname from pg_attribute where attrelid = 'orders'::regclass and attnum > 0"
        )
        assert list(loaded) == [name for (name,) in run(orders, names)]

    @pytest.mark.parametrize("change", ["dropped", "renamed"])
    def test_a_table_that_has_gone_is_missed(self, orders, change):
        dk.load("warehouse.orders")
        run(orders, CHANGES[change])
        with pytest.raises(TableNotFoundError):
            dk.load("warehouse.orders")
        assert dk.save(NEW, "warehouse.orders", mode="append").rows == len(NEW)
        assert held(orders) == after("replace")

    def test_a_table_of_another_is_appended_to(self, orders):
        run(orders, CHANGES["replaced"])
        assert dk.save(NEW, "warehouse.orders", mode="append").rows == len(NEW)
        assert held(orders) == after("replace")


@pytest.mark.filterwarnings("ignore:changed or added since:dkdata.errors.DkWarning")
class TestDuringASave:
    def _saved(self, url, mode, change, form=pd.DataFrame):
        """Save while somebody else, who holds the table since before, changes it."""
        outcome = []

        def save():
            try:
                outcome.append(
                    dk.save(form(NEW), "warehouse.orders", mode=mode, key=key_of(mode), timeout=20)
                )
            except DkError as error:
                outcome.append(error)

        with closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
            cursor.execute("lock table orders in share mode")
            saving = threading.Thread(target=save)
            saving.start()
            wait_for_lock(url)
            cursor.execute(CHANGES[change])
            other.commit()
        saving.join()
        assert leftovers(url) == []
        return outcome[0]

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize("mode", ["replace", "append"])
    def test_the_save_is_as_if_it_came_after(self, orders, mode, change):
        done = self._saved(orders, mode, change)
        if mode == "append" and change in UNFIT:
            assert isinstance(done, SchemaError)
            assert run(orders, "select count(*) from orders") == [(len(OLD),)]
        else:
            assert done.rows == len(NEW)
            assert held(orders) == after("replace")

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_stream_is_refused_or_saved(self, orders, change):
        done = self._saved(orders, "append", change, as_stream)
        assert isinstance(done, ConflictError)
        assert "Nothing was written. The rows are a stream" in str(done)

    def test_a_table_that_another_makes_is_not_overwritten(self, postgres_url):
        configure(postgres_url)

        def batches():
            rows = as_stream(NEW)
            yield rows.read_next_batch()
            run(postgres_url, "create table orders (id bigint, text text)")
            yield from rows

        rows = pa.RecordBatchReader.from_batches(as_stream(NEW).schema, batches())
        with pytest.raises(DkError) as caught:
            dk.save(rows, "warehouse.orders")
        assert "Nothing was written" in str(caught.value)
        assert run(postgres_url, "select count(*) from orders") == [(0,)]


class TestNames:
    LONG = "größe" * 10

    def test_a_table_whose_name_is_too_long_is_refused(self, postgres_url):
        configure(postgres_url)
        with pytest.raises(UsageError, match=r"is 70 bytes long: .* at most 63\. Choose a shorter"):
            dk.save(OLD, f"warehouse.{self.LONG}")
        assert dk.tables("warehouse").empty

    def test_a_rename_to_a_name_that_is_too_long_is_refused(self, orders):
        with pytest.raises(UsageError, match="is 70 bytes long"):
            dk.rename("warehouse.orders", f"warehouse.{self.LONG}")
        assert len(held(orders)) == len(OLD)

    def test_columns_of_any_name_come_back(self, postgres_url):
        configure(postgres_url)
        names = [self.LONG + "a", self.LONG + "b", "a" * 63, "a" * 64, "ctid", 'a"b', "%s"]
        frame = pd.DataFrame([[n for n, _ in enumerate(names)]], columns=names)
        dk.save(frame, "warehouse.wide", key=names[0])
        assert dk.load("warehouse.wide").equals(frame)
        again = frame.assign(**{names[1]: 7})
        assert dk.save(again, "warehouse.wide", mode="upsert").updated == 1
        assert dk.load("warehouse.wide", where=dk.col(names[1]) == 7).equals(again)

    @pytest.mark.usefixtures("orders")
    @pytest.mark.parametrize("name", ["\ud800", "a\0b"])
    def test_a_name_that_is_no_text_is_refused(self, name):
        assert not dk.exists(f"warehouse.{name}")
        for call in (
            lambda: dk.save(OLD, f"warehouse.{name}"),
            lambda: dk.rename("warehouse.orders", f"warehouse.{name}"),
        ):
            with pytest.raises(UsageError, match="is no name that a table"):
                call()
        assert dk.tables("warehouse")["table"].tolist() == ["orders"]

    def test_a_schema_of_a_name_that_is_not_there_is_named(self, orders):
        run(orders, 'create schema sales; create schema "S.x"')
        wrong = (
            r"no schema 'salse' for table 'new'\. Did you mean 'sales'\? .* CREATE SCHEMA \"salse"
        )
        with pytest.raises(StoreError, match=wrong):
            dk.save(OLD, "warehouse.salse.new")
        with pytest.raises(StoreError, match=wrong):
            dk.rename("warehouse.orders", "warehouse.salse.new")
        assert dk.tables("warehouse")["table"].tolist() == ["orders"]
        for schema in ("sales", '"S.x"'):
            dk.save(OLD, f'warehouse.{schema}."new.one"')
            assert run(orders, f'select count(*) from {schema}."new.one"') == [(len(OLD),)]

    def test_a_schema_that_is_not_there_is_named(self, postgres_url):
        configure(postgres_url, schema="nosuch")
        with pytest.raises(StoreError, match=r"no schema 'nosuch' for .* CREATE SCHEMA nosuch; or"):
            dk.save(OLD, "warehouse.orders")
        assert run(postgres_url, "select 1 from pg_class where relname = 'orders'") == []
        assert dk.tables("warehouse").empty
        run(postgres_url, "create schema nosuch")
        assert dk.save(OLD, "warehouse.orders").rows == len(OLD)
        assert run(postgres_url, "select count(*) from nosuch.orders") == [(len(OLD),)]


class TestValues:
    def test_a_text_with_the_character_of_code_0_is_refused(self, orders):
        wrong = NEW.assign(text=[*NEW["text"][:7], "a\0b", *NEW["text"][8:]])
        with pytest.raises(SchemaError, match=r"column 'text'.*row 7.*character of code 0"):
            dk.save(wrong, "warehouse.orders", mode="append")
        with pytest.raises(SchemaError, match=r"column 'text'.*row 7.*character of code 0"):
            dk.save(as_stream(wrong), "warehouse.orders", mode="replace")
        assert len(held(orders)) == len(OLD)

    def test_a_value_that_is_refused_on_its_way_makes_no_noise(self, orders, capfd):
        wrong = NEW.assign(text="a\0b")
        for _ in range(40):
            with pytest.raises(SchemaError):
                dk.save(as_stream(wrong), "warehouse.orders", mode="append", progress=False)
        assert capfd.readouterr() == ("", "")
        assert leftovers(orders) == []

    def test_a_number_beyond_the_type_of_a_column_is_refused(self, postgres_url):
        configure(postgres_url)
        run(postgres_url, "create table prices (price numeric(5, 2), weight smallint)")
        fits = pd.DataFrame({"price": [Decimal("999.99")], "weight": [32_767]})
        for wrong, error in (
            ({"price": [Decimal("1000.00")]}, "numeric field overflow"),
            ({"price": [Decimal("0.001")]}, "price"),
            ({"weight": [32_768]}, "smallint out of range|weight"),
        ):
            with pytest.raises((QueryError, SchemaError), match=error):
                dk.save(fits.assign(**wrong), "warehouse.prices", mode="append")
        assert run(postgres_url, "select count(*) from prices") == [(0,)]
        assert dk.save(fits, "warehouse.prices", mode="append").rows == 1


def test_a_name_that_an_index_would_have_may_be_taken(orders):
    run(orders, "create table plain_key (x int)")
    for name in ("plain", f"{'n' * 58}_2023", f"{'n' * 58}_2024"):
        dk.save(NEW, f"warehouse.{name}")
        saved = dk.save(NEW, f"warehouse.{name}", mode="upsert", key="id")
        assert saved.updated == len(NEW)
        dk.save(OLD, f"warehouse.{name}", mode="replace")
        assert dk.load(f"warehouse.{name}").equals(OLD)
