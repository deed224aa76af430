"""What names and URLs mean: the store and the table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import dkdata as dk
from dkdata import catalog
from dkdata.errors import DkWarning, StoreNotFoundError, TableNotFoundError, UsageError
from tests.configuration.servers import configured

FRAME = pd.DataFrame({"a": [1, 2]})
STORES = """
stores:
  warehouse: {backend: duckdb, path: warehouse.duckdb}
  lake: {backend: delta, path: lake}
  files: {backend: file, path: files, format: csv}
  folder: {backend: file, path: files}
"""


@pytest.fixture
def _stores():
    configured(STORES)


@pytest.mark.usefixtures("_stores")
class TestNames:
    @pytest.mark.parametrize(
        ("target", "store", "table"),
        [
            ("orders", "local", "orders"),
            ("local.orders", "local", "orders"),
            ("memory.orders", "memory", "orders"),
            ("warehouse.orders", "warehouse", "orders"),
            ("warehouse.sales.orders", "warehouse", "sales.orders"),
            ('warehouse."my.orders"', "warehouse", "my.orders"),
            ("lake.orders@3", "lake", "orders@3"),
            ("files.orders", "files", "orders"),
            ('folder."orders.csv"', "folder", "orders.csv"),
        ],
    )
    def test_a_name(self, target, store, table):
        found = catalog.locate(target)
        assert (found.store.name, found.table, found.label) == (store, table, target)

    def test_the_same_name_is_the_same_store(self):
        first, second = catalog.locate("warehouse.a").store, catalog.locate("warehouse.b").store
        assert first is second is dk.config().store("warehouse")

    def test_a_store_that_is_not_configured(self):
        with pytest.raises(StoreNotFoundError) as raised:
            dk.load("warehose.orders")
        message = "no store named 'warehose'. Did you mean 'warehouse'? There are: local, memory,"
        assert str(raised.value).startswith(f"{message} files, folder, lake, warehouse.")

    def test_versions_where_the_store_keeps_them(self):
        FRAME.dk.save("lake.orders")
        FRAME.dk.save("lake.orders", mode="append")
        assert (dk.count("lake.orders"), dk.count("lake.orders@0")) == (4, 2)
        with pytest.raises(dk.errors.UnsupportedError, match="store 'warehouse' keeps no versions"):
            dk.load("warehouse.orders@0")

    def test_sql_over_stores(self):
        FRAME.dk.save("warehouse.sales.orders")
        FRAME.dk.save("files.orders")
        query = "select count(*) n from warehouse.sales.orders join files.orders using (a)"
        assert dk.sql(query)["n"].tolist() == [2]

    def test_a_rule_that_compares_with_a_table_of_a_store(self):
        FRAME.dk.save("warehouse.orders")
        kwargs = {"other_table_name": "warehouse.orders"}
        rule = {"type": "expect_table_row_count_to_equal_other_table", "kwargs": kwargs}
        assert dk.validate(FRAME, [rule]).success


@pytest.mark.usefixtures("_stores")
class TestFolders:
    def test_tables_of_a_format_are_named_without_their_suffix(self):
        FRAME.dk.save("files.orders")
        FRAME.dk.save('files."orders.parquet"')
        assert sorted(path.name for path in Path("files").glob("o*[tv]")) == [
            "orders.csv",
            "orders.parquet",
        ]
        assert dk.tables("files")["table"].tolist() == ["orders", "orders.parquet"]
        assert dk.tables("folder")["table"].tolist() == ["orders.csv", "orders.parquet"]
        dk.rename("files.orders", "files.sales")
        assert dk.load('folder."sales.csv"').equals(FRAME)

    def test_rejected_rows_are_beside_it(self):
        rule = dk.expect("a").between(2, 9)
        FRAME.dk.save("files.a.orders", suite=rule, on_invalid="quarantine")
        assert dk.tables("files")["table"].tolist() == ["a.orders", "a.orders__invalid"]

    def test_another_format_for_one_call(self):
        FRAME.dk.save('files."orders.dat"', format="csv", options={"sep": ";"})
        assert Path("files/orders.dat.csv").read_text() == "a\n1\n2\n"
        assert dk.load('folder."orders.dat.csv"', options={"sep": ";"}).equals(FRAME)

    @pytest.mark.parametrize("name", ["../orders", "a/orders", "..", "."])
    def test_no_table_lies_outside_the_folder(self, name):
        with pytest.raises(UsageError, match="is not the name of a file"):
            FRAME.dk.save(f'files."{name}"')

    def test_a_table_without_a_known_suffix(self):
        with pytest.raises(UsageError, match=r"'orders': no suffix\. There are: \.parquet"):
            FRAME.dk.save("folder.orders")


class TestUrls:
    def test_one_store_for_all_tables_of_a_url(self, tmp_path):
        url = f"duckdb:///{tmp_path}/shop.duckdb"
        FRAME.dk.save(f"{url}#orders")
        assert catalog.locate(f"{url}#a").store is catalog.locate(f"{url}#b").store

    def test_configure_closes_it(self):
        configured("")
        store = catalog.locate("server://db#orders").store
        dk.configure()
        assert store.is_closed
        assert catalog.locate("server://db#orders").store is not store

    def test_a_table_name_may_be_encoded(self, tmp_path):
        FRAME.dk.save(f"duckdb:///{tmp_path}/shop.duckdb#my%23orders%40home")
        with dk.connect(f"duckdb:///{tmp_path}/shop.duckdb") as store:
            assert store.tables() == ["my#orders@home"]

    def test_a_folder_of_delta_tables(self, tmp_path):
        FRAME.dk.save(f"delta:///{tmp_path}/lake#orders")
        assert dk.load(f"{tmp_path}/lake/orders/").equals(FRAME)
        assert dk.count(f"delta:///{tmp_path}/lake#orders@0") == 2

    def test_a_password_that_holds_a_hash_sign(self):
        with pytest.raises(UsageError, match="write a '#' of a password as %23"):
            dk.load("postgresql://ada:a#b@db/shop#orders")

    def test_no_table(self, tmp_path):
        url = f"duckdb:///{tmp_path}/shop.duckdb"
        with pytest.raises(
            UsageError, match=f"names no table. Add '#' and its name: '{url}#orders'"
        ):
            dk.load(url)


class TestTables:
    def test_of_all_stores(self):
        configured(STORES)
        for target in ("orders", "lake.orders", "files.orders"):
            FRAME.dk.save(target)
        found = dk.tables()
        found = found[found["store"] != "memory"].to_numpy().tolist()
        assert found == [
            ["local", "orders", 2, 1],
            ["files", "orders", 2, 1],
            ["folder", "orders.csv", 2, 1],
            ["lake", "orders", 2, 1],
        ]

    def test_a_store_that_cannot_be_reached_does_not_hide_the_others(self):
        configured("stores: {gone: {backend: dead}, none: {backend: server, user: '${NONE}'}}")
        FRAME.dk.save("orders")
        with pytest.warns(DkWarning) as warned:
            found = dk.tables()
        assert "local" in found["store"].tolist()
        lacking = "dkdata.yaml: stores.none.user: environment variable 'NONE' is not set. Set it"
        told = [str(one.message) for one in warned]
        assert told == [
            "the tables of store 'gone' are not listed: the server does not answer",
            f"the tables of store 'none' are not listed: {lacking}, or write ${{NONE:default}}.",
        ]
        assert {one.filename for one in warned} == {__file__}
        with pytest.raises(dk.errors.StoreError, match="the server does not answer"):
            dk.tables("gone")


def test_without_a_configuration_no_save_loads_yaml_or_pydantic(tmp_path):
    code = "import sys, pandas, dkdata as dk; f = pandas.DataFrame({'a': [1]})\n"
    code += "dk.save(f, 'orders'); dk.save(f, 'memory.orders'); dk.save(f, 'orders.csv')\n"
    code += "print([name for name in ('pydantic', 'yaml') if name in sys.modules])"
    run = [sys.executable, "-W", "ignore", "-c", code]
    told = subprocess.run(run, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert told.stdout.split("\n")[0] == "[]"


def test_a_path_needs_no_configuration():
    Path("dkdata.yaml").write_text("- wrong")
    FRAME.dk.save("orders.csv")
    with pytest.raises(dk.errors.ConfigError, match="it holds a list"):
        FRAME.dk.save("orders")


def test_a_table_that_is_not_there_is_named_with_its_store():
    configured(STORES)
    FRAME.dk.save("files.orders")
    with pytest.raises(
        TableNotFoundError, match=r"no table named 'ordres' in store 'files'\. Did yo"
    ):
        dk.load("files.ordres")
