"""Tables of dkdata that somebody else altered: what still fits is restored, the rest is loaded."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import DkWarning, SchemaError
from dkdata.testing.comparing import assert_same
from tests.services.postgres import role

ORDERS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "city": ["Oslo", None, "Rome"],
        "kind": pd.Categorical(["x", "y", None], categories=["y", "x"]),
        "took": pd.to_timedelta([1, None, 3], unit="s"),
        "small": np.array([1, 2, 3], "int8"),
        "tags": [["a"], None, []],
    },
    index=pd.Index([7, 8, 9], name="nr"),
)
# What is done, the column that the warning names, what the others are restored as.
CHANGES = [
    ("ALTER id TYPE text", "id"),
    ("ALTER id TYPE integer", "id"),
    ("ALTER id TYPE numeric", "id"),
    ("ALTER small TYPE bigint", "small"),
    ("ALTER nr TYPE text", "nr"),
    ("ALTER kind TYPE int USING 1", "kind"),
    ("ADD COLUMN extra int DEFAULT 5", "extra"),
    ("RENAME city TO town", "town"),
    ("RENAME took TO lasted", "lasted"),
    ("RENAME nr TO number", "number"),
]
SILENT = ["DROP city", "DROP kind", "DROP nr", "ALTER city TYPE varchar(9)", "ALTER city TYPE name",
          "ALTER tags TYPE text"]  # fmt: skip
DAMAGED = [
    None,
    "a word of Ada's",
    "{damaged",
    '{"writer": "dkdata"}',
    '{"writer": "dkdata", "version": 1, "columns": 5}',
    '{"writer": "dkdata", "version": 1, "columns": [{"name": "id"}]}',
    '{"writer": "dkdata", "version": 99, "columns": []}',
    '{"writer": "dkdata", "version": 1, "names": 5, "types": [], "key": 7}',
    '{"writer": "dkdata", "version": 1, "names": {"id": []}, "key": ["id"]}',
    '{"writer": "dkdata", "version": 1, "spilled": 5}',
]


@pytest.fixture
def orders(sql):  # noqa: ARG001 - it configures the store
    dk.save(ORDERS, "warehouse.orders")
    return "warehouse.orders"


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_one_warning_names_the_column(sql, orders, change, named):
    sql(f"ALTER TABLE orders {change}")
    with pytest.warns(DkWarning, match=rf"columns \['{named}'\]") as warned:
        loaded = dk.load(orders)
    assert len(warned) == 1
    assert named in loaded
    same = [name for name in ORDERS if name in loaded and name != named]
    assert_same(loaded[same].set_axis(ORDERS.index), ORDERS[same])


@pytest.mark.parametrize("change", SILENT)
def test_what_is_loaded_as_before_needs_no_warning(sql, orders, change):
    sql(f"ALTER TABLE orders {change}")
    loaded = dk.load(orders)
    same = [name for name in ORDERS if name in loaded]
    assert_same(loaded[same].set_axis(ORDERS.index), ORDERS[same])


@pytest.mark.filterwarnings("ignore:changed or added")
@pytest.mark.parametrize("change", [change for change, _ in CHANGES] + SILENT)
def test_its_own_rows_are_taken_again_and_its_types_stay(sql, orders, change):
    sql(f"ALTER TABLE orders {change}")
    types = """
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = 'orders'::regclass AND attnum > 0 ORDER BY attname
    """
    before = sql(types)
    dk.save(dk.load(orders), orders, mode="append")
    assert sql(types) == before
    assert dk.count(orders) == 6


def test_a_type_that_was_made_narrower_refuses_what_does_not_fit(sql, orders):
    sql("ALTER TABLE orders ALTER city TYPE varchar(4)")
    with pytest.raises(SchemaError, match=r"column 'city', row 1: 'London'.*varying\(4\)"):
        dk.save(ORDERS.assign(city=["Bonn", "London", "Rome"]), orders, mode="append")


@pytest.mark.filterwarnings("ignore:the table's descriptor cannot be used")
@pytest.mark.parametrize("comment", DAMAGED)
def test_a_descriptor_that_is_lost_or_damaged(sql, orders, comment):
    sql(
        "COMMENT ON TABLE orders IS "
        + ("NULL" if comment is None else f"'{comment}'").replace("Ada's", "Ada''s")
    )
    loaded = dk.load(orders)
    assert loaded["city"].tolist() == ORDERS["city"].tolist()
    assert loaded["nr"].tolist() == [7, 8, 9]
    dk.save(loaded, orders, mode="append")
    assert dk.count(orders) == 6
    dk.save(ORDERS, orders, mode="replace")
    assert_same(dk.load(orders), ORDERS)


def test_a_long_descriptor_that_is_lost_or_not_to_be_read(sql, postgres_url):
    many = pd.DataFrame(
        {"kind": pd.Categorical(["c1"], categories=[f"c{n}" for n in range(30_000)])}
    )
    dk.save(many, "warehouse.many")
    assert "spilled" in json.loads(sql("SELECT obj_description('many'::regclass)")[0][0])
    assert_same(dk.load("warehouse.many"), many)
    with role(postgres_url, "select on many") as url:
        assert dk.load(f"{url}#many")["kind"].tolist() == ["c1"]
    sql("TRUNCATE dkdata.notes")
    assert dk.load("warehouse.many")["kind"].tolist() == ["c1"]
    sql("DROP SCHEMA dkdata CASCADE")
    assert dk.load("warehouse.many")["kind"].tolist() == ["c1"]
    dk.save(many, "warehouse.many", mode="replace")
    assert_same(dk.load("warehouse.many"), many)


def test_rows_that_were_added_are_there(sql, orders):
    sql("INSERT INTO orders (id, kind, nr) VALUES (4, 'z', 10)")
    loaded = dk.load(orders)
    assert loaded["kind"].cat.categories.tolist() == ["y", "x", "z"]
    assert loaded["nr" if "nr" in loaded else "id"].tolist() == [1, 2, 3, 4]


# Column, a value that somebody else put there, what the column is loaded as then.
STRANGE = [
    ("small", "300", [1, 2, 3, 300]),
    ("took", "'1 mon'", ["00:00:01", None, "00:00:03", "1 mon"]),
    ("doc", "'[1]'", ['{"a": 1}', None, None, "[1]"]),
    ("at", "'24:00'", ["01:00:00", None, None, "24:00:00"]),
    ("price", "'NaN'", ["1.50", None, None, "NaN"]),
]


@pytest.mark.parametrize(("column", "value", "expected"), STRANGE)
def test_a_value_of_another_form_changes_only_its_column(sql, column, value, expected):
    at = pd.array([dt.time(1), None, None], pd.ArrowDtype(pa.time64("us")))
    price = pd.array([Decimal("1.50"), None, None], pd.ArrowDtype(pa.decimal128(8, 2)))
    doc = pd.array([{"a": 1}, None, None], pd.ArrowDtype(pa.struct([("a", pa.int64())])))
    mine = ORDERS.assign(at=at, price=price, doc=doc)
    dk.save(mine, "warehouse.orders")
    sql(f"INSERT INTO orders (id, small, {column}) VALUES (4, 1, {value})"
        if column != "small" else "INSERT INTO orders (id, small) VALUES (4, 300)")  # fmt: skip
    for more in ({}, {"order_by": "id"}, {"where": "id % 1 = 0"}):
        with pytest.warns(DkWarning, match=rf"columns \['{column}'\]") as warned:
            loaded = dk.load("warehouse.orders", **more)
        assert len(warned) == 1
        assert (
            loaded[column].astype(object).where(loaded[column].notna(), None).tolist() == expected
        )
        assert loaded["kind"].dtype == ORDERS["kind"].dtype
    assert dk.load("warehouse.orders", columns=["id"])["id"].tolist() == [1, 2, 3, 4]
    dk.save(mine, "warehouse.orders", mode="replace")
    assert_same(dk.load("warehouse.orders"), mine)
