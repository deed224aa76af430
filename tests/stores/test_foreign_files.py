"""Files that somebody else wrote load well, and others read ours."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dkdata as dk
from dkdata.errors import SchemaError

ORDERS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "city": ["Oslo", "", None],
        "zip": ["00501", "NA", "1e5"],
        "at": pd.to_datetime(["2024-01-01 10:00", None, "2024-01-03 00:00"]),
        "paid": pd.array([True, None, False], "boolean"),
        "kind": pd.Categorical(["x", "y", None]),
        "zoned": pd.to_datetime(["2024-01-01 10:00", None, "2024-07-01 00:00"]).tz_localize(
            "Europe/Oslo"
        ),
    }
)
SUFFIXES = ("csv", "tsv", "json", "jsonl", "parquet", "arrow", "csv.gz")


def written(path, content):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def dtypes(frame):
    return frame.dtypes.astype(str).tolist()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "orders.csv"


class TestOthersCsv:
    def test_types_that_lose_nothing(self, target):
        written(
            target,
            "id,zip,region,day,at,zoned,paid,price,note\n"
            "1,00501,NA,2024-01-01,2024-01-01 10:00:00,2024-01-01T10:00:00+02:00,true,1.5,\n"
            "-2,10001,null,2024-02-29,2024-01-01 11:00:00.5,2024-01-01T10:00:00Z,false,inf,x\n",
        )
        loaded = dk.load(target)
        assert dtypes(loaded) == [
            "int64", "str", "str", "date32[day][pyarrow]", "datetime64[us]",
            "datetime64[us, UTC]", "bool", "float64", "str",
        ]  # fmt: skip
        assert loaded["zip"].tolist() == ["00501", "10001"]
        assert loaded["region"].tolist() == ["NA", "null"]
        assert loaded["day"].tolist() == [dt.date(2024, 1, 1), dt.date(2024, 2, 29)]
        assert loaded["zoned"][0] == pd.Timestamp("2024-01-01 08:00", tz="UTC")
        assert dk.count(target, "day = '2024-02-29' and zip like '1%'") == 1

    @pytest.mark.parametrize(
        ("texts", "dtype", "values"),
        [
            (["1", "", "3"], "Int64", [1, None, 3]),
            (["true", "", "false"], "boolean", [True, None, False]),
            (["1", "x"], "str", ["1", "x"]),
            (["1", "2.5"], "float64", [1.0, 2.5]),
            (["2024-01-01", "soon"], "str", ["2024-01-01", "soon"]),
            (["0x10", "1_000"], "str", ["0x10", "1_000"]),
            (["2024-13-01", "x"], "str", ["2024-13-01", "x"]),
            (["18446744073709551615", "1"], "uint64", [2**64 - 1, 1]),
            (["9007199254740993", "1.5"], "str", ["9007199254740993", "1.5"]),
            (["+1", "2"], "str", ["+1", "2"]),
            ([" 1", "2"], "str", [" 1", "2"]),
        ],
    )
    def test_a_column_has_the_type_that_all_of_it_fits(self, target, texts, dtype, values):
        written(target, "k,x\n" + "".join(f"0,{text}\n" for text in texts))
        loaded = dk.load(target)
        assert dtypes(loaded)[1] == dtype
        assert dk.load(target, as_="arrow")["x"].to_pylist() == values

    def test_a_value_far_below_changes_the_type(self, target):
        written(target, "x\n" + "1000\n" * 300_000 + "007\n")
        assert dk.load(target, as_="arrow")["x"].to_pylist()[-2:] == ["1000", "007"]

    def test_integers_beyond_64_bits_are_decimals(self, target):
        written(target, f"x\n{10**30}\n-1\n")
        assert dk.load(target)["x"].tolist() == [Decimal(10**30), Decimal(-1)]

    def test_null_and_empty_text_are_told_apart(self, target):
        written(target, 'id,name\n1,\n2,""\n')
        assert dk.load(target, as_="arrow")["name"].to_pylist() == [None, ""]
        assert dk.count(target, dk.col("name").is_null()) == 1

    def test_marks_line_ends_and_quotes_of_other_tools(self, target):
        content = b'\xef\xbb\xbfid,"the name"\r\n1,"a\r\nb"\r\n2,"say ""hi"""\r\n'
        written(target, content)
        loaded = dk.load(target)
        assert loaded.columns.tolist() == ["id", "the name"]
        assert loaded["the name"].tolist() == ["a\r\nb", 'say "hi"']

    def test_no_line_end_at_the_end(self, target):
        assert dk.load(written(target, "a,b\n1,2\n3,4"))["b"].tolist() == [2, 4]
        assert dk.count(target) == 2

    def test_tabs(self, tmp_path):
        at = written(tmp_path / "a.tsv", "a\tb\n1\tx, y\n2\t\n")
        assert dk.load(at, as_="arrow").to_pylist() == [{"a": 1, "b": "x, y"}, {"a": 2, "b": None}]

    def test_gzip_in_two_members(self, tmp_path):
        parts = gzip.compress(b"a,b\n1,007\n") + gzip.compress(b"2,x\n")
        at = written(tmp_path / "a.csv.gz", parts)
        assert dk.load(at)["b"].tolist() == ["007", "x"]
        assert dk.count(at) == 2

    def test_append_keeps_the_rows_of_others(self, target):
        written(target, "id,name\n1,Ada\n")
        dk.save(pd.DataFrame({"name": ["Bob"], "id": [2]}), target, mode="append")
        assert dk.load(target)["name"].tolist() == ["Ada", "Bob"]
        assert target.read_text() == "id,name\n1,Ada\n2,Bob\n"
        with pytest.raises(SchemaError, match="column 'id' is text here and int64 in the table"):
            dk.save(pd.DataFrame({"id": ["x"], "name": ["y"]}), target, mode="append")


class TestOthersJson:
    RECORDS = ({"id": 1, "name": "Ada", "tags": ["a"]}, {"id": 2}, {"name": "007", "at": {"x": 1}})

    @pytest.mark.parametrize(
        ("suffix", "text"),
        [
            ("json", json.dumps(RECORDS)),
            ("json", json.dumps(RECORDS, indent=2)),
            ("json", "\n".join(map(json.dumps, RECORDS))),
            ("jsonl", "\n\n".join(map(json.dumps, RECORDS)) + "\n"),
            ("jsonl", json.dumps(RECORDS)),
            ("ndjson", "\r\n".join(map(json.dumps, RECORDS))),
            ("json", "\ufeff" + json.dumps(RECORDS)),
        ],
        ids=["array", "indented", "lines in .json", "lines", "array in .jsonl", "crlf", "mark"],
    )
    def test_records_with_missing_keys(self, tmp_path, suffix, text):
        at = written(tmp_path / f"a.{suffix}", text)
        loaded = dk.load(at, as_="arrow")
        assert loaded.column_names == ["id", "name", "tags", "at"]
        assert loaded["id"].to_pylist() == [1, 2, None]
        assert loaded["name"].to_pylist() == ["Ada", None, "007"]
        assert loaded["at"].to_pylist() == [None, None, {"x": 1}]
        assert dk.count(at, dk.col("at.x") == 1) == 1

    def test_columns_come_in_the_order_of_their_first_values(self, tmp_path):
        records = [{"z": 1, "b": {"y": 1, "x": 2}}] * 5_000 + [{"m": 1, "a": {"c": 1}, "z": 2}]
        orders = set()
        for n in range(5):
            at = written(tmp_path / f"{n}.jsonl", "\n".join(map(json.dumps, records)))
            loaded = dk.load(at, as_="arrow")
            orders.add((*loaded.column_names, str(loaded.schema.field("b").type)))
        assert orders == {("z", "b", "m", "a", "struct<y: int64, x: int64>")}

    def test_an_empty_first_record_is_a_row_of_nulls(self, tmp_path):
        at = written(tmp_path / "a.json", '[{}, {"b": 1, "a": 2}]')
        assert dk.load(at, as_="arrow").to_pylist() == [{"b": None, "a": None}, {"b": 1, "a": 2}]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_a_single_object_is_one_row(self, tmp_path, indent):
        at = written(tmp_path / "a.json", json.dumps({"a": 1, "b": {"c": [1, 2]}}, indent=indent))
        assert dk.load(at, as_="arrow").to_pylist() == [{"a": 1, "b": {"c": [1, 2]}}]
        assert dk.count(at) == 1

    def test_long_integers_are_exact(self, tmp_path):
        at = written(tmp_path / "a.json", '[{"n":9007199254740993},{"n":18446744073709551615}]')
        assert dk.load(at)["n"].tolist() == [9007199254740993, 18446744073709551615]

    def test_values_of_several_kinds_are_kept_as_text(self, tmp_path):
        at = written(tmp_path / "a.jsonl", '{"v": 1}\n{"v": "x"}\n{"v": [1]}\n')
        assert dk.load(at)["v"].tolist() == ["1", "x", "[1]"]

    def test_packed(self, tmp_path):
        at = written(tmp_path / "a.jsonl.gz", gzip.compress(b'{"a":1}\n{"a":2}\n'))
        assert (dk.load(at)["a"].tolist(), dk.count(at)) == ([1, 2], 2)


class TestOthersBinary:
    FRAME = pd.DataFrame(
        {
            "n": pd.array([1, None], "Int64"),
            "kind": pd.Categorical(["a", None]),
            "at": pd.to_datetime(["2024-01-01", None]).tz_localize("Europe/Oslo"),
            "x": [1.5, float("nan")],
        },
        index=pd.Index([5, 7], name="k"),
    )

    @pytest.mark.parametrize("suffix", ["parquet", "feather"])
    def test_written_by_pandas(self, tmp_path, suffix):
        at = tmp_path / f"a.{suffix}"
        frame = self.FRAME if suffix == "parquet" else self.FRAME.reset_index()
        getattr(frame, f"to_{suffix}")(at)
        loaded = dk.load(at)
        assert sorted(loaded) == ["at", "k", "kind", "n", "x"]
        assert loaded["at"][0] == pd.Timestamp("2023-12-31 23:00", tz="UTC")
        assert (loaded["kind"][0], loaded["k"].tolist()) == ("a", [5, 7])
        assert dk.count(at, "n = 1 and kind = 'a'") == 1

    def test_written_by_polars(self, tmp_path):
        frame = pl.DataFrame(
            {
                "n": [1, None],
                "small": pl.Series([1, 2], dtype=pl.UInt8),
                "tags": [None, [1, 2]],
                "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
                "took": pl.Series([1, 2], dtype=pl.Duration("ms")),
                "who": [{"name": "Ada"}, None],
            }
        )
        frame.write_parquet(tmp_path / "a.parquet")
        loaded = dk.load(tmp_path / "a.parquet", as_="polars")
        assert loaded.equals(frame.with_columns(pl.col("kind").cast(pl.String)))
        dk.save(loaded, tmp_path / "a.parquet", mode="append")
        assert dk.load(tmp_path / "a.parquet")["tags"].isna().tolist() == [True, False] * 2

    def test_many_row_groups_in_order(self, tmp_path):
        at = tmp_path / "a.parquet"
        pq.write_table(pa.table({"n": range(50_000)}), at, row_group_size=999)
        assert dk.load(at)["n"].tolist() == list(range(50_000))
        assert dk.load(at, where="n between 999 and 1001")["n"].tolist() == [999, 1000, 1001]

    def test_arrow_as_a_stream(self, tmp_path):
        rows = pa.table({"a": [1, 2], "s": ["x", None]})
        with pa.ipc.new_stream(tmp_path / "a.arrow", rows.schema) as out:
            out.write_table(rows)
        assert dk.load(tmp_path / "a.arrow", as_="arrow").to_pylist() == rows.to_pylist()


class TestOthersRead:
    @pytest.fixture
    def at(self, tmp_path):
        for suffix in SUFFIXES:
            dk.save(ORDERS, tmp_path / f"orders.{suffix}")
        return lambda suffix: f"{tmp_path}/orders.{suffix}"

    def test_pandas(self, at):
        held = pd.read_parquet(at("parquet"))
        assert dtypes(held)[:4] == ["int64", "str", "str", "datetime64[us]"]
        assert str(held["zoned"].dtype) == "datetime64[us, UTC]"
        assert pd.read_csv(at("csv.gz"), parse_dates=["at"])["at"].equals(ORDERS["at"])
        assert pd.read_feather(at("arrow"))["id"].tolist() == [1, 2, 3]
        assert pd.read_json(at("json"))["id"].tolist() == [1, 2, 3]
        assert pd.read_json(at("jsonl"), lines=True)["kind"].tolist()[:2] == ["x", "y"]

    def test_polars(self, at):
        types = {"at": pl.Datetime("us"), "paid": pl.Boolean, "kind": pl.String, "id": pl.Int64}
        assert types.items() <= dict(pl.read_parquet(at("parquet")).schema).items()
        assert pl.read_csv(at("tsv"), separator="\t")["zip"].to_list()[1] == "NA"
        assert pl.read_ndjson(at("jsonl"))["paid"].to_list() == [True, None, False]

    @pytest.mark.parametrize("suffix", ["parquet", "csv", "json", "jsonl", "csv.gz"])
    def test_duckdb(self, at, suffix):
        with duckdb.connect() as own:  # not the one that all tests share
            described = own.sql(f"DESCRIBE FROM '{at(suffix)}'").fetchall()
            ((cities,),) = own.sql(f"SELECT count(city) FROM '{at(suffix)}'").fetchall()
        types = {row[0]: row[1] for row in described}
        assert (types["id"], types["at"], types["paid"]) == ("BIGINT", "TIMESTAMP", "BOOLEAN")
        assert types["zoned"] == "TIMESTAMP WITH TIME ZONE"
        assert cities >= 1
