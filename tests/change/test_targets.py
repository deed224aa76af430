"""What a comparison says of stored tables is what the stores do."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.change import compare
from dkdata.errors import DkWarning, SchemaError
from tests.services.databases import run

NUMBERS = pd.DataFrame({"k": [1, 2], "x": [1, 2]})
BEFORE = NUMBERS.astype({"x": "int32"})
# The rows of the right side, and what the table does when they are appended.
WIDER = NUMBERS
SAME_IN_POSTGRES = (NUMBERS.astype({"x": "uint32"}), NUMBERS)
REFUSED = (
    NUMBERS.astype({"x": "float64"}),
    NUMBERS.astype({"x": "str"}),
    NUMBERS.assign(y=1),
    NUMBERS[["k"]],
    NUMBERS.rename(columns={"x": "y"}),
)


def verdict(before, after, target):
    (found,) = compare(before, after, targets=[target]).backends
    return found.verdict


@pytest.fixture(params=["duckdb", "delta", "parquet"])
def stored(request):
    """A backend, and the table in it."""
    return request.param, {"duckdb": "t", "delta": "t/", "parquet": "t.parquet"}[request.param]


@pytest.mark.parametrize("after", REFUSED, ids=["float", "text", "more", "fewer", "renamed"])
def test_what_no_append_does_has_to_be_replaced(stored, after):
    backend, table = stored
    assert verdict(BEFORE, after, backend) == "replace"
    BEFORE.dk.save(table)
    with pytest.raises(SchemaError):
        after.dk.save(table, mode="append")
    after.dk.save(table, mode="replace")
    assert compare(table, after).changes == ()


def test_duckdb_widens_a_column_in_place():
    assert verdict(BEFORE, WIDER, "duckdb") == "in place"
    BEFORE.dk.save("t")
    WIDER.dk.save("t", mode="append")
    assert compare("t", WIDER).changes == ()


def test_delta_writes_all_rows_of_a_widened_column_anew():
    assert verdict(BEFORE, WIDER, "delta") == "rewrite"
    BEFORE.dk.save("t/")
    with pytest.warns(DkWarning, match="all of its rows are written anew"):
        WIDER.dk.save("t/", mode="append")
    assert compare("t/", WIDER).changes == ()


def test_a_parquet_file_is_always_written_anew():
    assert verdict(BEFORE, WIDER, "parquet") == "rewrite"
    BEFORE.dk.save("t.parquet")
    WIDER.dk.save("t.parquet", mode="append")
    assert compare("t.parquet", WIDER).changes == ()


def test_postgresql_widens_a_column_in_place(postgres_url):
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
    assert verdict(BEFORE, WIDER, "postgres") == "in place"
    BEFORE.dk.save("warehouse.t")
    (before,) = oids(postgres_url)
    WIDER.dk.save("warehouse.t", mode="append")
    assert compare("warehouse.t", WIDER).changes == ()
    assert oids(postgres_url) == [(before[0], "bigint")]


def test_postgresql_keeps_a_column_whose_values_it_stores_alike(postgres_url):
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
    before, after = SAME_IN_POSTGRES
    assert verdict(before, after, "postgres") == "as it is"
    assert verdict(before, after, "duckdb") == "in place"
    before.dk.save("warehouse.t")
    held = oids(postgres_url)
    after.dk.save("warehouse.t", mode="append")
    assert oids(postgres_url) == held


def oids(url):
    """The table itself, and the type of its column."""
    return run(
        url,
        "SELECT attrelid, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 't'::regclass AND attname = 'x'",
    )


def test_a_type_that_is_a_name_leaves_the_table_as_it_is():
    schema = dk.Schema("s", [dk.Field("k", "integer"), dk.Field("x", "integer")])
    assert verdict(BEFORE, schema, "delta") == "as it is"
    assert verdict(schema, BEFORE, "delta") == "replace"
    text = dk.Schema("s", [dk.Field("k", "integer"), dk.Field("x", "string")])
    assert verdict(BEFORE, text, "duckdb") == "replace"
    assert verdict(schema, dk.Schema("s", [*schema.fields]), "parquet") == "as it is"
