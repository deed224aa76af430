"""What dkdata does: one small real use of each feature, and the page made of them.

``python -m tests.test_features`` writes ``docs/what-dkdata-does.md``.
"""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata.testing import StoreTests

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parent.parent / "docs" / "what-dkdata-does.md"
PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None], "age": [36.5, None, 41.0]})

FEATURES = {
    "frames": "DataFrames are the primary interface: `df.dk` on pandas, polars and Dask",
    "backends": "Push a frame to any backend; DuckDB is the embedded default",
    "queries": "DuckDB handles local queries over frames, files and every store",
    "expectations": "Schema constraints are Great Expectations suites",
    "explorer": "An interactive schema explorer",
    "binder": "Launch via Binder",
    "records": "Records with ids, fields and metadata; queries over them",
    "async": "Sync and async",
    "configuration": "Configuration of every backend: YAML, environment variables, defaults",
    "registry": "A registry of backends, open to third parties",
    "s3": "S3: tables, records, tags, multipart, caching, retries, any endpoint",
    "migration": "Migration between any two backends",
    "evolution": "Schema evolution: versions, generated migrations, forward and backward",
    "transformer": "Transformer: mapping, renaming, values, filters, pipelines",
    "schema": "Schema: fields, validation, strict mode, versions",
    "constraints": "Constraints: required, unique, ranges, lengths, patterns, sets, custom",
    "coercion": "Type coercion with a report of what failed",
    "record frames": "Records to frames and back, with types, index and metadata",
    "types": "Types mapped between fields, Arrow, pandas and polars; custom converters",
    "batches": "Bulk saves, query results as frames, pushed-down aggregates, chunks, export",
    "performance": "Caching, query optimisation, benchmarks, cost estimates",
    "documentation": "Documentation of each area, executed",
    "tests": "Tests run by `uv`, against real services",
    "exactness": "Exact dtypes everywhere; atomic, exactly-once, verified saves",
    "gate": "A quality gate on saves, with quarantine",
    "fast validation": "Suites at many times the speed of Great Expectations; every failing row",
    "suggestions": "Suites suggested from the data, with their evidence",
    "dask": "Scale-out on Dask",
    "command line": "A command line for pipelines",
}


@dataclass(frozen=True)
class Use:
    """One use of a feature; ``lacking`` is the error while it is not built."""

    feature: str
    run: Callable[[], None]
    lacking: type[Exception] | None

    @property
    def told(self):
        return self.run.__doc__


USES: list[Use] = []


def use(feature, *, not_built_yet=None):
    """Register a function as a use of a feature."""

    def register(run):
        USES.append(Use(feature, run, not_built_yet))
        return run

    return register


@use("frames")
def save_validate_and_query_pandas():
    """`save`, `validate` and `query` on pandas"""
    assert PEOPLE.dk.save("people").rows == 3
    assert not PEOPLE.dk.validate(dk.expect("name").not_null())
    assert PEOPLE.dk.query("select id from this where name = 'Bob'")["id"].tolist() == [2]


@use("frames")
def save_validate_and_query_polars():
    """`save`, `validate` and `query` on polars, eager and lazy"""
    people = pl.from_pandas(PEOPLE)
    assert people.lazy().dk.save("people").rows == 3
    assert people.dk.validate(dk.expect("id").unique())
    assert isinstance(people.dk.query("select id from this"), pl.DataFrame)


@use("frames", not_built_yet=AttributeError)
def profile_a_frame():
    """`profile`"""
    assert "age" in PEOPLE.dk.profile()


@use("backends")
def memory_and_the_embedded_duckdb():
    """memory, the embedded DuckDB, any DuckDB file"""
    other = f"duckdb:///{Path('other.duckdb').absolute()}#people"
    for target in ("people", "memory.people_of_features", other):
        PEOPLE.dk.save(target, mode="replace")
        pd.testing.assert_frame_equal(dk.load(target), PEOPLE)
    dk.drop("memory.people_of_features")


@use("backends")
def files_in_json_csv_parquet_and_arrow():
    """files: JSON, CSV, Parquet, Arrow, compressed text"""
    for target in ("p.json", "p.jsonl.gz", "p.csv", "p.tsv.zst", "p.parquet", "p.arrow"):
        PEOPLE.dk.save(target)
        pd.testing.assert_frame_equal(dk.load(target), PEOPLE)


@use("backends")
def folders_in_delta_lake_format():
    """folders in Delta Lake format"""
    PEOPLE.dk.save("people/", partition_by="name")
    assert len(dk.load("people/", where="name = 'Ada'")) == 1
    assert dk.count("people/@0") == 3


@use("backends", not_built_yet=dk.errors.UnsupportedError)
def postgresql():
    """PostgreSQL"""
    PEOPLE.dk.save("postgresql://localhost/test#people", mode="replace")


@use("backends", not_built_yet=dk.errors.UnsupportedError)
def elasticsearch():
    """Elasticsearch"""
    PEOPLE.dk.save("elasticsearch://localhost:9200#people", mode="replace")


@use("queries")
def sql_over_a_table_a_file_and_a_frame():
    """`dk.sql` over tables, files and frames together"""
    PEOPLE.dk.save("people")
    PEOPLE.dk.save("people.csv")
    query = "select sum(f.id) n from people p join 'people.csv' c using (id) join f using (id)"
    assert dk.sql(query, f=PEOPLE)["n"].tolist() == [6]


@use("queries", not_built_yet=ModuleNotFoundError)
def the_cell_magic():
    """the cell magic `%%dk`"""
    assert importlib.import_module("dkdata.magics")


@use("expectations")
def validate_a_suite_written_as_json():
    """suites as JSON, objects or lists; genuine results"""
    kwargs = {"column": "age", "min_value": 0, "max_value": 40}
    rule = {"type": "expect_column_values_to_be_between", "kwargs": kwargs}
    result = dk.validate(PEOPLE, {"name": "people", "expectations": [rule], "meta": {}})
    assert result.invalid()["id"].tolist() == [3]


@use("explorer", not_built_yet=AttributeError)
def explore_a_frame():
    """`df.dk.explore()`"""
    assert PEOPLE.dk.explore().suite


@use("binder")
def the_environment_of_the_notebooks():
    """`binder/` opens the notebooks"""
    binder = Path(__file__).parent.parent / "binder"
    assert (binder / "requirements.txt").read_text().strip() == ".[binder]"


@use("records", not_built_yet=AttributeError)
def create_and_read_a_record():
    """`dk.records`"""
    people = dk.records("people", key="id")
    made = people.create({"name": "Ada"})
    assert people.read(made.id)["name"] == "Ada"


@use("async", not_built_yet=AttributeError)
def await_a_load():
    """`dk.aio`"""
    assert dk.aio.load


@use("configuration", not_built_yet=AttributeError)
def stores_from_yaml():
    """`dkdata.yaml`"""
    Path("dkdata.yaml").write_text("stores: {out: {backend: file, path: '${OUT:data}'}}")
    assert dk.configure("dkdata.yaml").store("out")


@use("configuration")
def the_folder_of_the_workspace():
    """`$DKDATA_HOME`: where the workspace is"""
    PEOPLE.dk.save("people")
    assert (Path(os.environ["DKDATA_HOME"]) / "workspace.duckdb").is_file()
    assert dk.tables("local")["table"].tolist() == ["people"]


@use("registry", not_built_yet=AttributeError)
def register_a_backend():
    """`dk.register_backend`, `dk.backends`"""
    dk.register_backend("shelf", "dkdata.stores.memory:MemoryStore")
    assert "shelf" in dk.backends()["name"].tolist()


@use("s3", not_built_yet=dk.errors.UnsupportedError)
def save_to_a_bucket():
    """tables and records in buckets"""
    PEOPLE.dk.save("s3://bucket/people", mode="replace")


@use("migration")
def copy_a_table_to_another_backend():
    """`dk.copy` of a table or a part of it, in bounded memory"""
    PEOPLE.dk.save("people")
    assert dk.copy("people", "people.parquet", where="age is not null").rows == 2


@use("migration", not_built_yet=AttributeError)
def migrate_with_a_transformation():
    """`dk.migrate`"""
    assert dk.migrate("people", "people.parquet", key="id").written == 3


@use("evolution", not_built_yet=AttributeError)
def versions_of_a_schema():
    """`dk.Evolution`"""
    assert dk.Evolution("people")


@use("transformer", not_built_yet=AttributeError)
def rename_and_convert():
    """`dk.Transform`"""
    assert "years" in dk.Transform().rename({"age": "years"})(PEOPLE)


@use("schema", not_built_yet=AttributeError)
def infer_a_schema():
    """`dk.Schema`"""
    assert dk.Schema.infer(PEOPLE)


@use("constraints")
def not_null_unique_between_and_in_set():
    """as expectations: `not_null unique between in_set matches length_between` …"""
    rules = [
        dk.expect("id").not_null().unique().between(1, 3),
        dk.expect("name").in_set(["Ada", "Bob"]).matches("^[A-Z]"),
        dk.expect("name").length_between(2, 5),
    ]
    assert dk.validate(PEOPLE, rules).success


@use("constraints", not_built_yet=AttributeError)
def custom_constraints_of_fields():
    """as constraints of a `dk.Field`"""
    assert dk.Field("age", "float", constraints=[dk.MinValue(0)])


@use("coercion", not_built_yet=AttributeError)
def coerce_text_to_numbers():
    """`dk.coerce`"""
    assert dk.coerce(PEOPLE.astype(str), dk.Schema.infer(PEOPLE)).failures


@use("record frames", not_built_yet=AttributeError)
def records_with_metadata():
    """`dk.to_records`, `dk.from_records`"""
    assert dk.from_records(dk.to_records(PEOPLE)).equals(PEOPLE)


@use("record frames")
def a_list_of_dictionaries_is_a_frame():
    """lists of dictionaries are frames"""
    dk.save([{"id": 1, "name": "Ada"}, {"id": 2}], "people")
    assert dk.load("people", order_by="-id", as_="polars")["name"].to_list() == [None, "Ada"]


@use("types")
def pandas_and_polars_understand_each_other():
    """pandas and polars dtypes, each into the other"""
    sizes = pd.DataFrame({"size": pd.Categorical(["S", "L"]), "n": pd.array([1, None], "Int8")})
    sizes.dk.save("sizes")
    assert pl.Int8 == dk.load("sizes", as_="polars").schema["n"]


@use("types")
def register_a_dtype_of_your_own():
    """`dk.register_type`"""
    dk.register_type("geometry", to_arrow=lambda v: v.to_wkb(), from_arrow=lambda v: v)


@use("batches")
def scan_aggregate_and_export():
    """`scan`, `aggregate`, `copy` to CSV and Parquet"""
    frame = pd.DataFrame({"a": np.arange(1_000) % 7})
    frame.dk.save("numbers")
    assert [b.num_rows for b in dk.scan("numbers", batch_rows=600)] == [600, 400]
    groups = dk.table("numbers").aggregate(by="a", n=("a", "count"))
    assert groups.to_pandas()["n"].sum() == 1_000
    dk.copy("numbers", "numbers.csv")
    assert len(pd.read_csv("numbers.csv")) == 1_000


@use("performance")
def explain_what_the_backend_does():
    """filters, columns and aggregates pushed down; `explain`; benchmarks"""
    PEOPLE.dk.save("people.parquet")
    assert dk.table("people.parquet").filter("id > 1").explain()


@use("performance", not_built_yet=AttributeError)
def estimate_a_cost():
    """`dk.estimate_cost`"""
    assert dk.estimate_cost(PEOPLE, "people")


@use("performance", not_built_yet=AttributeError)
def a_cache_of_what_is_read_often():
    """`dk.cache`"""
    assert dk.cache() is not None


@use("documentation")
def executed_pages():
    """these pages; their Python is run by the tests"""
    index = PAGE.with_name("index.md").read_text()
    assert all(page.name in index for page in PAGE.parent.glob("*.md") if page.stem != "index")


@use("tests")
def the_shipped_suite_of_store_tests():
    """`make test`; `dkdata.testing.StoreTests` for every backend"""
    assert [name for name in dir(StoreTests) if name.startswith("test_")]


@use("tests", not_built_yet=ModuleNotFoundError)
def real_servers():
    """`make services`: PostgreSQL, Elasticsearch and S3 servers"""
    assert importlib.import_module("tests.services")


@use("exactness")
def index_zone_and_attrs_survive_csv():
    """every dtype, the index and `attrs`, in every format"""
    hours = pd.date_range("2024-10-27", periods=4, freq="h", tz="Europe/Berlin", name="hour")
    frame = pd.DataFrame({"wait": pd.to_timedelta([1, 2, 3, 4], unit="s")}, index=hours)
    frame.attrs["source"] = "clock"
    frame.dk.save("hours.csv")
    again = dk.load("hours.csv")
    pd.testing.assert_frame_equal(again, frame)
    assert frame.attrs == again.attrs


@use("exactness")
def a_repeated_append_writes_once():
    """atomic saves, verified; once for each `run_id`"""
    for _ in range(3):
        PEOPLE.dk.save("people", mode="append", run_id="monday", verify="full")
    assert dk.count("people") == 3


@use("gate", not_built_yet=TypeError)
def quarantine_invalid_rows():
    """`save(suite=…)`"""
    rule = dk.expect("name").not_null()
    assert len(PEOPLE.dk.save("people", suite=rule, on_invalid="quarantine").rejected) == 1


@use("fast validation")
def every_failing_row_with_its_reasons():
    """`invalid()`: every failing row, with reasons"""
    frame = pd.DataFrame({"a": range(1_000)})
    invalid = frame.dk.validate(dk.expect("a").between(0, 99)).invalid()
    assert len(invalid) == 900
    assert "a" in invalid["_dk_reasons"].iloc[0][0]


@use("fast validation", not_built_yet=AssertionError)
def rules_answered_without_great_expectations():
    """answers without Great Expectations' engine"""
    result = PEOPLE.dk.validate(dk.expect("id").not_null())
    tiers = [
        each["expectation_config"]["meta"].get("dkdata", "gx")
        for each in result.to_dict()["results"]
    ]
    assert "gx" not in json.dumps(tiers)


@use("suggestions", not_built_yet=AttributeError)
def suggest_a_suite():
    """`df.dk.suggest()`"""
    assert PEOPLE.dk.suggest()


@use("dask", not_built_yet=ModuleNotFoundError)
def import_the_accessor_of_dask():
    """`import dkdata.dask`"""
    assert importlib.import_module("dkdata.dask")


@use("command line", not_built_yet=ModuleNotFoundError)
def validate_from_a_shell():
    """`dkdata validate` …"""
    assert importlib.import_module("dkdata.cli")


def _marked(one):
    lacking = one.lacking and pytest.mark.xfail(
        raises=one.lacking, strict=True, reason="not built yet"
    )
    return pytest.param(one, id=f"{one.feature}: {one.run.__name__}", marks=lacking or ())


@pytest.mark.parametrize("one", [_marked(one) for one in USES])
def test_feature(one):
    one.run()


def test_every_feature_has_a_use():
    assert set(FEATURES) == {one.feature for one in USES}


def page():
    """Return the page that says what is built and what is not."""
    lines = [
        "# What dkdata does",
        "",
        "Made from `tests/test_features.py`, where every entry is a small test: what works is",
        "tried on every run, and what is not built yet has a test that waits for it.",
        "",
        "| feature | works | not built yet |",
        "| --- | --- | --- |",
    ]
    for feature, promise in FEATURES.items():
        works, lacks = (
            "<br>".join(
                one.told for one in USES if one.feature == feature and bool(one.lacking) is bad
            )
            for bad in (False, True)
        )
        lines.append(f"| {promise} | {works} | {lacks} |")
    return "\n".join(lines) + "\n"


def test_page_is_made_from_this_table():
    assert page() == PAGE.read_text(encoding="utf-8")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
