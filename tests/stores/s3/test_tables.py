"""Tables in buckets: their objects, their names, and what others read and write there."""

from __future__ import annotations

import io

import pandas as pd
import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

import dkdata as dk
from dkdata.errors import TableNotFoundError, UsageError

ORDERS = pd.DataFrame({"id": [1, 2, 3], "city": ["Oslo", "a b", None]})
ODD = ["Oslo", "a b", "ü/ñ%20", "50%", None, "x=y", "q?#"]


def _driver(name):
    place = dk.config().store("lake").root.place(name)
    # polars wants numbers where Delta's driver wants texts.
    options = {key: value for key, value in place.storage_options.items() if key != "max_retries"}
    return place.driver_uri, options


def test_an_append_adds_two_objects(lake):
    dk.save(ORDERS, "lake.orders")
    before = lake.listed()
    dk.save(ORDERS, "lake.orders", mode="append")
    added = sorted(set(lake.listed()) - set(before))
    assert [key.rpartition("/")[0] for key in added] == ["orders/_delta_log", "orders"]
    assert dk.count("lake.orders") == 6
    assert dk.load("lake.orders@0").equals(ORDERS)


@pytest.mark.parametrize(
    "name", ["a b", "a#b", "50%", "ünï", "a@b", "back\\slash", "q?x=1", "[x]*"]
)
def test_names_hold_what_keys_hold(lake, name):
    target = f'lake."{name}"'
    dk.save(ORDERS, target, key="id")
    assert dk.save(ORDERS.assign(id=[3, 4, 5]), target, mode="upsert").updated == 1
    assert dk.load(target, where="id > 3")["id"].tolist() == [4, 5]
    assert dk.tables("lake")["table"].tolist() == [name]
    assert all(key.startswith(f"{name}/") for key in lake.listed())


@pytest.mark.parametrize("name", ["..", "a/b", "x" * 800, "%41", "a\nb"])
def test_other_names_are_refused(lake, name):
    with pytest.raises(UsageError, match="name"):
        dk.save(ORDERS, f'lake."{name}"')
    assert lake.listed() == []


@pytest.mark.usefixtures("lake")
def test_partitions_of_odd_values_are_read_by_others_too():
    frame = pd.DataFrame({"city": ODD, "n": range(len(ODD))})
    dk.save(frame, "lake.parts", partition_by=["city"])
    assert dk.load("lake.parts", order_by="n").equals(frame)
    for number, value in enumerate(ODD):
        where = dk.col("city").is_null() if value is None else dk.col("city") == value
        assert dk.load("lake.parts", where=where)["n"].tolist() == [number]
    uri, options = _driver("parts")
    assert DeltaTable(uri, storage_options=options).to_pyarrow_table().num_rows == len(ODD)
    found = pl.scan_delta(uri, storage_options=options).sort("n").collect()
    assert found["city"].to_list() == ODD


@pytest.mark.usefixtures("lake")
def test_tables_of_others_are_read_and_written():
    uri, options = _driver("theirs")
    write_deltalake(uri, pl.DataFrame({"id": [1, 2]}), storage_options=options)
    dk.save(pd.DataFrame({"id": [3]}), "lake.theirs", mode="append")
    assert dk.load("lake.theirs")["id"].tolist() == [1, 2, 3]
    write_deltalake(uri, pl.DataFrame({"id": [4]}), mode="append", storage_options=options)
    assert dk.count("lake.theirs") == 4


def test_a_plain_folder_of_parquet_objects_is_read(lake):
    for year in (2023, 2024):
        content = io.BytesIO()
        pl.DataFrame({"n": [year, year + 1]}).write_parquet(content)
        lake.put(f"plain/year={year}/part.parquet", content.getvalue())
    assert dk.load("lake.plain", where="year = 2024")["n"].tolist() == [2024, 2025]
    with pytest.raises(UsageError, match="plain folder"):
        dk.save(ORDERS, "lake.plain", mode="append")


def test_objects_of_others_are_left_as_they_are(lake):
    lake.put("orders/notes.txt", b"mine")
    with pytest.raises(UsageError, match=r"other objects \('notes.txt'\)"):
        dk.save(ORDERS, "lake.orders")
    assert lake.listed() == ["orders/notes.txt"]


def test_a_dropped_table_leaves_nothing(lake):
    dk.save(ORDERS, "lake.orders")
    dk.save(ORDERS, "lake.orders_of_others")
    dk.drop("lake.orders")
    assert {key.partition("/")[0] for key in lake.listed()} == {"orders_of_others"}
    with pytest.raises(TableNotFoundError, match="orders_of_others"):
        dk.load("lake.orders")


def test_a_table_that_is_renamed_keeps_its_versions(lake):
    dk.save(ORDERS, "lake.before", run_id="r1")
    dk.save(ORDERS[:1], "lake.before", mode="append")
    dk.rename("lake.before", "lake.after")
    assert {key.partition("/")[0] for key in lake.listed()} == {"after"}
    assert dk.load("lake.after@0").equals(ORDERS)
    assert dk.history("lake.after")["version"].tolist() == [1, 0]
    assert dk.save(ORDERS, "lake.after", run_id="r1").repeated


@pytest.mark.usefixtures("lake")
def test_small_files_are_merged():
    for start in range(4):
        dk.save(ORDERS.assign(id=[start, start, start]), "lake.orders", mode="append")
    dk.optimize("lake.orders")
    assert "1 of 1 files" in dk.table("lake.orders").explain()
    assert dk.load("lake.orders")["id"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.usefixtures("lake")
def test_a_bucket_is_joined_with_the_workspace():
    dk.save(ORDERS, "lake.orders")
    dk.save(pd.DataFrame({"city": ["Oslo"], "country": ["NO"]}), "cities")
    joined = dk.sql("select id, country from lake.orders join cities using (city)")
    assert joined.to_dict("list") == {"id": [1], "country": ["NO"]}


def test_a_url_is_a_target_of_whoever_the_environment_says(lake, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", lake.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", lake.secret)
    monkeypatch.setenv("AWS_ENDPOINT_URL", lake.endpoint)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    target = f"s3://{lake.name}/some prefix/or#ders"
    dk.save(ORDERS, target)
    assert dk.load(f"{target}@0").equals(ORDERS)
    assert all(key.startswith("some prefix/or#ders/") for key in lake.listed())
    with pytest.raises(UsageError, match=r"names no table. Add its name"):
        dk.load(f"s3://{lake.name}")


def test_the_example_of_a_configuration_runs_as_it_is(lake, monkeypatch, tmp_path):
    (tmp_path / "dkdata.yaml").write_text(
        'stores:\n  lake: {backend: s3, bucket: "${S3_BUCKET:my-bucket}",'
        ' prefix: "${S3_PREFIX:records/}", region: "${AWS_REGION:us-west-2}",'
        ' endpoint_url: "${S3_ENDPOINT:}"}\n'
    )
    for name, value in {
        "S3_BUCKET": lake.name,
        "S3_ENDPOINT": lake.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": lake.key,
        "AWS_SECRET_ACCESS_KEY": lake.secret,
    }.items():
        monkeypatch.setenv(name, value)
    dk.configure(tmp_path / "dkdata.yaml")
    dk.save(ORDERS, "lake.orders")
    assert dk.load("lake.orders").equals(ORDERS)
    assert all(key.startswith("records/orders/") for key in lake.listed())
