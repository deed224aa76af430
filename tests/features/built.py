"""What works."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata.testing import FaultProxy, Refuse, StoreTests
from tests.features.uses import PAGE, PEOPLE, ROOT, collected

USES, use = collected()


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


@use("queries")
def sql_over_a_table_a_file_and_a_frame():
    """`dk.sql` over tables, files and frames together"""
    PEOPLE.dk.save("people")
    PEOPLE.dk.save("people.csv")
    query = "select sum(f.id) n from people p join 'people.csv' c using (id) join f using (id)"
    assert dk.sql(query, f=PEOPLE)["n"].tolist() == [6]


@use("expectations")
def validate_a_suite_written_as_json():
    """suites as JSON, objects or lists; genuine results"""
    kwargs = {"column": "age", "min_value": 0, "max_value": 40}
    rule = {"type": "expect_column_values_to_be_between", "kwargs": kwargs}
    result = dk.validate(PEOPLE, {"name": "people", "expectations": [rule], "meta": {}})
    assert result.invalid()["id"].tolist() == [3]


@use("expectations")
def a_suite_for_an_older_version():
    """JSON of 1.x and of 0.18, read and written"""
    suite = dk.Suite("people", dk.expect("id").unique(severity="warning"))
    old = suite.to_dict(version="0.18")
    assert old["expectation_suite_name"] == "people"
    assert dk.Suite.from_dict(old).expectations == suite.expectations


@use("expectations")
def a_suite_by_its_name():
    """`suite.save("people")`: every version by its name; `dk.suites`"""
    dk.expect("age").between(0, 40).save("people")
    dk.expect("age").between(0, 50).save("people")
    assert [PEOPLE.dk.validate(name).success for name in ("people", "people@1")] == [True, False]
    assert dk.suites()["version"].tolist() == [2]


@use("binder")
def the_environment_of_the_notebooks():
    """`binder/` opens the notebooks"""
    binder = ROOT / "binder"
    assert (binder / "requirements.txt").read_text().strip() == ".[binder]"


@use("configuration")
def the_folder_of_the_workspace():
    """`$DKDATA_HOME`: where the workspace is"""
    PEOPLE.dk.save("people")
    assert (Path(os.environ["DKDATA_HOME"]) / "workspace.duckdb").is_file()
    assert dk.tables("local")["table"].tolist() == ["people"]


@use("configuration")
def stores_from_yaml():
    """`dkdata.yaml`: stores, suites and schemas by name; `dk.configure`, `dk.config`"""
    Path("dkdata.yaml").write_text("stores: {out: {backend: file, path: '${OUT:data}'}}")
    PEOPLE.dk.save('out."people.csv"')
    assert Path("data/people.csv").exists()
    assert dk.config().get_instance("stores", "out").tables() == ["people.csv"]


@use("configuration")
def a_store_by_its_url():
    """`dk.connect` by a URL or by options"""
    with dk.connect("duckdb:///shop.duckdb") as store:
        assert store.tables() == []


@use("registry")
def register_a_backend():
    """`dk.register_backend`, entry points, `dk.backends`"""
    dk.register_backend("shelf_of_features", "dkdata.stores.memory:MemoryStore")
    assert "shelf_of_features" in dk.backends()["name"].tolist()


@use("migration")
def copy_a_table_to_another_backend():
    """`dk.copy` of a table or a part of it, in bounded memory"""
    PEOPLE.dk.save("people")
    assert dk.copy("people", "people.parquet", where="age is not null").rows == 2


@use("evolution")
def versions_of_a_schema():
    """`dk.Evolution`: changes, plan, upgrade and downgrade of frames and tables; JSON, YAML"""
    people = dk.Evolution("people").add_version([dk.Field("age", "float")])
    people = people.add_version([dk.Field("years", "integer")], renamed={"age": "years"})
    PEOPLE[["age"]].head(0).dk.save("ages")
    people.upgrade("ages")
    assert dk.load("ages").columns.tolist() == ["years"]
    people.downgrade("ages", to="1")
    assert dk.load("ages").columns.tolist() == ["age"]


@use("transformer")
def transform_a_frame_or_a_record():
    """`dk.Transform`: steps for frames, streams and records; on_error, explain, JSON and YAML"""
    steps = dk.Transform().rename({"age": "years"}).map("name", "upper").filter("years < 40")
    assert steps(PEOPLE)["name"].tolist() == ["ADA"]
    assert steps({"id": 1, "name": "Al", "age": 5}) == {"id": 1, "name": "AL", "years": 5}
    assert dk.Transform.from_dict(steps.to_dict()) == steps


@use("schema")
def a_schema_of_fields_and_its_suite():
    """`dk.Schema` of `dk.Field`, strict, with versions and defaults; `to_suite`, `from_suite`"""
    age = dk.Field("age", "float", default=None, constraints=dk.Range(0, 40))
    schema = dk.Schema("people", [*PEOPLE.dk.schema.fields[:2], age], strict=True, version="1.1.0")
    assert schema.validate(PEOPLE).invalid()["id"].tolist() == [3]
    assert not schema.validate(PEOPLE.assign(agee=1).head(1))
    assert dk.Schema.from_suite(schema.to_suite()) == schema


@use("schema")
def infer_a_schema():
    """`dk.Schema.infer`, `df.dk.schema`"""
    assert [field.type for field in dk.Schema.infer(PEOPLE)] == ["integer", "string", "float"]


@use("schema")
def schemas_of_other_tools():
    """JSON Schema and pandera: `from_json_schema`, `from_pandera` and back"""
    document = {"title": "people", "properties": {"id": {"type": "integer", "maximum": 2}}}
    schema = dk.Schema.from_json_schema(document)
    assert schema.validate(PEOPLE).invalid()["id"].tolist() == [3]
    assert dk.Schema.from_json_schema(schema.to_json_schema()) == schema
    assert dk.Schema.from_pandera(schema.to_pandera()) == schema


@use("constraints")
def not_null_unique_between_and_in_set():
    """as expectations: `not_null unique between in_set matches length_between` …"""
    rules = [
        dk.expect("id").not_null().unique().between(1, 3),
        dk.expect("name").in_set(["Ada", "Bob"]).matches("^[A-Z]"),
        dk.expect("name").length_between(2, 5),
    ]
    assert dk.validate(PEOPLE, rules).success


@use("constraints")
def constraints_of_fields():
    """as constraints of a `dk.Field`, with `& | ~`, your own among them; as JSON"""
    short = dk.Custom("short", lambda values: values.str.len() < 3)
    name = dk.Field("name", "string", required=True, constraints=~short & dk.Pattern("[A-Z].*"))
    schema = dk.Schema.from_json(dk.Schema("people", [name]).to_json())
    assert schema.validate(PEOPLE).invalid()["_dk_reasons"].tolist() == [["name: not_null"]]


@use("coercion")
def coerce_text_to_the_types_of_a_schema():
    """`dk.coerce` to the types of a schema; what failed, with its reasons, as a frame"""
    made = dk.coerce(PEOPLE.astype({"id": "str", "age": "str"}), dk.Schema.infer(PEOPLE))
    pd.testing.assert_frame_equal(made.frame, PEOPLE)
    failed = dk.coerce(PEOPLE, {"name": "integer"}).failures
    assert failed["reason"].tolist() == ["not a number", "not a number"]


@use("coercion")
def convert_to_a_type_of_your_own():
    """`dk.register_coercion`"""
    dk.register_coercion("initial", lambda names: names.str[0])
    assert dk.coerce(PEOPLE, {"name": "initial"}).frame["name"].tolist()[:2] == ["A", "B"]


@use("record frames")
def a_list_of_dictionaries_is_a_frame():
    """lists of dictionaries are frames"""
    dk.save([{"id": 1, "name": "Ada"}, {"id": 2}], "people")
    assert dk.load("people", order_by="-id", as_="polars")["name"].to_list() == [None, "Ada"]


@use("migration")
def migrate_between_stores():
    """`dk.migrate`, `MigrationReport`"""
    dk.save(PEOPLE, "people")
    assert dk.migrate("people", "people.parquet", key="id").written == 3


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


@use("performance")
def estimate_a_cost():
    """`dk.estimate_cost`: bytes, requests, seconds; of a bucket, money a month"""
    cost = PEOPLE.dk.estimate_cost("s3://bucket/people", region="us-east-1")
    assert (cost.save.total, cost.load.total) == (4, 2)
    assert 0 < cost.total < 0.01
    assert PEOPLE.dk.estimate_cost("people").stored > 0


@use("documentation")
def executed_pages():
    """these pages; their Python is run by the tests"""
    index = PAGE.with_name("index.md").read_text()
    assert all(page.name in index for page in PAGE.parent.glob("*.md") if page.stem != "index")


@use("tests")
def the_shipped_suite_of_store_tests():
    """`make test`; `dkdata.testing.StoreTests` for every backend"""
    assert [name for name in dir(StoreTests) if name.startswith("test_")]


@use("tests")
def faults_of_the_network():
    """`dkdata.testing.FaultProxy`: connections that break, stall or lose a reply"""
    with FaultProxy(("127.0.0.1", 1), Refuse()) as proxy:
        with pytest.raises(ConnectionResetError), socket.create_connection(proxy.address) as client:
            client.recv(1)
        assert proxy.fired(Refuse()) == 1


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


@use("gate")
def refuse_a_save_that_breaks_a_suite():
    """`save(suite=…)`: valid rows or nothing"""
    with pytest.raises(dk.errors.ValidationError, match="name: not_null"):
        PEOPLE.dk.save("people", suite=dk.expect("name").not_null())
    assert not dk.exists("people")


@use("gate")
def quarantine_invalid_rows():
    """`on_invalid="quarantine"`: the other rows beside the table, with reasons"""
    rule = dk.expect("name").not_null()
    assert len(PEOPLE.dk.save("people", suite=rule, on_invalid="quarantine").rejected) == 1
    assert dk.load("people__invalid")["_dk_reasons"].tolist() == [["name: not_null"]]


@use("fast validation")
def rules_answered_without_great_expectations():
    """answered by vectorised kernels, in chunks where a table is large"""
    result = PEOPLE.dk.validate(dk.expect("id").not_null().unique().between(1, 3))
    assert {outcome.tier for outcome in result.results} == {"kernels"}


@use("fast validation")
def every_failing_row_with_its_reasons():
    """`invalid()`: every failing row, with reasons"""
    frame = pd.DataFrame({"a": range(1_000)})
    invalid = frame.dk.validate(dk.expect("a").between(0, 99)).invalid()
    assert len(invalid) == 900
    assert "a" in invalid["_dk_reasons"].iloc[0][0]


@use("suggestions")
def suggest_a_suite():
    """`suggest`: a suite from the data, with evidence, confidence and reasons"""
    frame = pd.DataFrame({"id": range(400), "size": ["S", "L"] * 200})
    suite = frame.dk.suggest()
    told = suite[-1].meta["dkdata"]
    assert suite[-1].kwargs["value_set"] == ["L", "S"]
    assert told["evidence"]["counts"] == {"L": 200, "S": 200}
    assert told["confidence"] > 0.95
    assert frame.dk.validate(suite)


@use("suggestions")
def suggest_references_to_other_tables():
    """references to keys of other tables"""
    PEOPLE.dk.save("people")
    trips = pd.DataFrame({"person_id": [1, 3] * 100})
    told = trips.dk.suggest(references=True)[-1].meta["dkdata"]["reason"]
    assert told == "All 2 values of 'person_id' are in 'id' of 'people'."


@use("frames")
def profile_a_frame():
    """`profile`: figures of every column as HTML without scripts"""
    profile = PEOPLE.dk.profile(name="people")
    assert "<b>people</b> (3 rows, 3 columns)" in profile
    assert "<script" not in profile


@use("explorer")
def explore_a_frame():
    """`df.dk.explore()`: figures, rows and rules of a frame or a table, to be seen and edited"""
    explorer = PEOPLE.dk.explore(dk.expect("age").between(0, 40))
    explorer.showing = explorer.rules[0]["key"]
    assert explorer.wait(60)
    assert explorer.results[explorer.showing]["failing"] == 1
    assert explorer.data().df()["id"].tolist() == explorer.failing(0)["id"].tolist() == [3]
    explorer.suite += dk.expect("name").not_null()
    assert explorer.validate().counts() == {"age: between(0, 40)": 1, "name: not_null": 1}


@use("explorer")
def show_a_report_without_a_widget():
    """a static report where no widget can be"""
    html = PEOPLE.dk.explore(dk.expect("age").between(0, 40)).to_html()
    assert "between(0, 40): 1 failing" in html
