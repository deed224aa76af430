"""Indices that dkdata did not make are read as they are, and never written to."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    StoreError,
    TableNotFoundError,
    UnsupportedError,
)
from tests.stores.elasticsearch.others import LOGS, put

TEXT, UTC = pa.large_string(), pa.timestamp("us", "UTC")
NAIVE, FINE = pa.timestamp("us"), pa.timestamp("ns", "UTC")
ROWS = pd.DataFrame({"n": [1]})


def _loaded(name="logs", **arguments):
    return dk.load(f'search."{name}"', as_="arrow", **arguments)


def _moments(*texts):
    return [None if text is None else pd.Timestamp(text).to_pydatetime() for text in texts]


# What the mapping says (None: the server finds out), what stands in documents (...: nothing),
# and the type and the values of the column.
CASES = {
    "text": ({"type": "text"}, ["a", "b"], TEXT, ["a", "b"]),
    "multi-field": (
        {"type": "text", "fields": {"keyword": {"type": "keyword"}}}, ["a b", ...],
        TEXT, ["a b", None],
    ),
    "dynamic text": (None, ["a", None, ...], TEXT, ["a", None, None]),
    "dynamic number": (None, [1, 2], pa.int64(), [1, 2]),
    "dynamic numbers": (None, [1, 2.5], pa.float64(), [1.0, 2.5]),
    "dynamic boolean": (None, [True, ...], pa.bool_(), [True, None]),
    "dynamic date": (None, ["2024-01-02T03:04:05Z"], UTC, _moments("2024-01-02T03:04:05Z")),
    "array": (None, [["x", "y"], ["z"]], pa.large_list(TEXT), [["x", "y"], ["z"]]),
    "array or not": (None, ["x", ["y", "z"], []], pa.large_list(TEXT), [["x"], ["y", "z"], []]),
    "array with null": (None, [1, [2, None], ...], pa.large_list(pa.int64()),
                        [[1], [2, None], None]),
    "empty arrays": ({"type": "long"}, [[], []], pa.large_list(pa.int64()), [[], []]),
    "keyword of all kinds": (
        {"type": "keyword"}, ["x", 1, True, [2.5, "y"]], pa.large_list(TEXT),
        [["x"], ["1"], ["true"], ["2.5", "y"]],
    ),
    "text and number": ({"type": "keyword"}, ["x", 1, True], TEXT, ["x", "1", "true"]),
    "object": (
        None, [{"a": 1}, {"b": {"c": "x"}}],
        pa.struct([("a", pa.int64()), ("b", pa.struct([("c", TEXT)]))]),
        [{"a": 1, "b": None}, {"a": None, "b": {"c": "x"}}],
    ),
    "objects or one": (
        {"type": "nested"}, [{"a": 1}, [{"a": 2}, {"a": None}]],
        pa.large_list(pa.struct([("a", pa.int64())])), [[{"a": 1}], [{"a": 2}, {"a": None}]],
    ),
    "arrays in objects": (
        None, [{"t": "x"}, {"t": ["y", "z"]}, ...], pa.struct([("t", pa.large_list(TEXT))]),
        [{"t": ["x"]}, {"t": ["y", "z"]}, None],
    ),
    "object without fields": ({"type": "object"}, [{}, {"a": 1}], pa.struct([("a", pa.int64())]),
                              [{"a": None}, {"a": 1}]),
    "dates in objects": (None, [{"at": "2024-01-02"}], pa.struct([("at", TEXT)]),
                         [{"at": "2024-01-02"}]),
    "numbers as texts": ({"type": "long"}, ["5", 7, ...], pa.int64(), [5, 7, None]),
    "doubles as texts": ({"type": "double"}, ["5", "1.5", 2], pa.float64(), [5.0, 1.5, 2.0]),
    "texts as they are": ({"type": "long"}, ["007", "5"], TEXT, ["007", "5"]),
    "malformed numbers": ({"type": "long", "ignore_malformed": True}, ["x", 5], TEXT, ["x", "5"]),
    "whole doubles": ({"type": "double"}, [1, 2], pa.float64(), [1.0, 2.0]),
    "small numbers": ({"type": "short"}, [1, "-2"], pa.int16(), [1, -2]),
    "numbers that are cut": ({"type": "integer"}, [1.5, 2], pa.float64(), [1.5, 2.0]),
    "numbers out of range": (
        {"type": "byte", "ignore_malformed": True}, [1, 1000], pa.int64(), [1, 1000]
    ),
    "beyond 2**53": ({"type": "long"}, [2**53 + 1, -(2**63), "9007199254740995"], pa.int64(),
                     [2**53 + 1, -(2**63), 2**53 + 3]),
    "beyond 2**53 in arrays": (None, [[2**53 + 1], 1], pa.large_list(pa.int64()),
                               [[2**53 + 1], [1]]),
    "beyond 2**53 in objects": (None, [{"a": 2**53 + 1}], pa.struct([("a", pa.int64())]),
                                [{"a": 2**53 + 1}]),
    "long and with a point": ({"type": "object", "enabled": False}, [2**53 + 1, 0.5], TEXT,
                              [str(2**53 + 1), "0.5"]),
    "beyond 64 bits": ({"type": "object", "enabled": False}, [2**64, 1], pa.decimal128(38),
                       [2**64, 1]),
    "unsigned": ({"type": "object", "enabled": False}, [2**64 - 1, 1], pa.uint64(), [2**64 - 1, 1]),
    "booleans as texts": ({"type": "boolean"}, ["true", False, ["false"]],
                          pa.large_list(pa.bool_()), [[True], [False], [False]]),
    "a boolean as text": ({"type": "boolean"}, ["true", False, ...], pa.bool_(),
                          [True, False, None]),
    "an empty text as a boolean": ({"type": "boolean"}, ["", True], TEXT, ["", "true"]),
    "binary": ({"type": "binary"}, ["AAH/", ...], pa.large_binary(), [b"\x00\x01\xff", None]),
    "binary that is none": ({"type": "binary"}, ["no base64"], TEXT, ["no base64"]),
    "days": ({"type": "date"}, ["2024-01-02", "2024-02", ["2025"]], pa.large_list(NAIVE),
             [_moments("2024-01-02"), _moments("2024-02-01"), _moments("2025-01-01")]),
    "times without an offset": ({"type": "date"}, ["2024-01-02T03:04:05.123456", ...], NAIVE,
                                _moments("2024-01-02T03:04:05.123456", None)),
    "times with offsets": (
        {"type": "date"}, ["2024-01-02T03:04:05+02:00", "2024-01-02T03:04Z", "2024-01-02"], UTC,
        _moments("2024-01-02T01:04:05Z", "2024-01-02T03:04Z", "2024-01-02T00:00Z"),
    ),
    "epoch_millis": ({"type": "date"}, [1704164645123, "1704164645123", ...], UTC,
                     _moments("2024-01-02T03:04:05.123Z", "2024-01-02T03:04:05.123Z", None)),
    "several formats": (
        {"type": "date", "format": "dd.MM.yyyy||yyyy/MM/dd HH:mm||epoch_second"},
        ["02.01.2024", "2024/01/02 03:04", 1704164645], UTC,
        _moments("2024-01-02T00:00Z", "2024-01-02T03:04Z", "2024-01-02T03:04:05Z"),
    ),
    "a format without offset": ({"type": "date", "format": "yyyyMMdd"}, ["20240102"], NAIVE,
                                _moments("2024-01-02")),
    "a format that is not known": ({"type": "date", "format": "E, d MMM yyyy"},
                                   ["Tue, 2 Jan 2024"], TEXT, ["Tue, 2 Jan 2024"]),
    "malformed dates": ({"type": "date", "ignore_malformed": True}, ["soon", "2024-01-02"], TEXT,
                        ["soon", "2024-01-02"]),
    "ip": ({"type": "ip"}, ["10.0.0.1", "::1"], TEXT, ["10.0.0.1", "::1"]),
    "geo_point": (
        {"type": "geo_point"}, [{"lat": 1.5, "lon": 2}],
        pa.struct([("lat", pa.float64()), ("lon", pa.int64())]), [{"lat": 1.5, "lon": 2}],
    ),
    "geo_point of several kinds": (
        {"type": "geo_point"}, [{"lat": 1, "lon": 2}, "1,2", [2, 1]], TEXT,
        ['{"lat":1,"lon":2}', "1,2", "[2,1]"],
    ),
    "flattened": ({"type": "flattened"}, [{"a": "x"}, {"b": "y"}],
                  pa.struct([("a", TEXT), ("b", TEXT)]),
                  [{"a": "x", "b": None}, {"a": None, "b": "y"}]),
    "range": ({"type": "integer_range"}, [{"gte": 1, "lt": 5}],
              pa.struct([("gte", pa.int64()), ("lt", pa.int64())]), [{"gte": 1, "lt": 5}]),
    "vector": ({"type": "dense_vector", "dims": 2}, [[0.5, 1], ...], pa.large_list(pa.float64()),
               [[0.5, 1.0], None]),
    "only in the mapping": ({"type": "date_nanos"}, [..., ...], FINE, [None, None]),
    "an object of the mapping": (
        {"properties": {"a": {"type": "float"}, "b": {"type": "boolean"}}}, [...],
        pa.struct([("a", pa.float64()), ("b", pa.bool_())]), [None],
    ),
    "only null": (None, [None], pa.null(), [None]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_field_is_loaded_as_it_stands(search, case):
    mapped, values, wanted, expected = case
    documents = [{"n": n} if v is ... else {"n": n, "x": v} for n, v in enumerate(values)]
    put(search, "logs", documents, None if mapped is None else {"x": mapped})
    found = _loaded(order_by="n")
    assert found.schema.field("x").type == wanted
    assert found["x"].to_pylist() == expected
    assert dk.table("search.logs").schema.field("x").type == wanted
    assert dk.count("search.logs", "x is not null") == sum(v is not None for v in expected)


def test_nanoseconds_are_kept(search):
    texts = ["2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05Z"]
    put(search, "logs", [{"x": text} for text in texts], {"x": {"type": "date_nanos"}})
    put(search, "coarse", [{"x": text} for text in texts], {"x": {"type": "date"}})
    for name in ("logs", "coarse"):
        found = _loaded(name, order_by="-x")["x"]
        assert found.type == FINE
        assert found.cast(pa.int64()).to_pylist() == [1704164645123456789, 1704164645000000000]


def test_dtypes_without_a_descriptor(search):
    document = {"whole": 1, "real": 1.5, "yes": True, "text": "a", "at": "2024-01-02"}
    put(search, "logs", [document, {"whole": 2, "real": 2.5, "yes": False, "text": "b"}])
    dtypes = dk.load("search.logs").dtypes.astype(str).to_dict()
    assert dtypes == {
        "whole": "int64", "real": "float64", "yes": "bool", "text": "str",
        "at": "datetime64[us]",
    }  # fmt: skip


def test_columns_come_in_the_order_of_the_mapping_then_others(search):
    inner = {"properties": {"c": {"type": "long"}}}
    properties = {"b": {"type": "long"}, "a": {"type": "long"}, "o": inner}
    documents = [{"z": 1, "a": 2}, {"y": 3, "b": 4, "o.c": 5}]
    put(search, "logs", documents, properties, mappings={"dynamic": False})
    assert dk.table("search.logs").columns == ["a", "b", "z", "y", "o.c"]
    assert _loaded(where=dk.col("o.c") == 5)["y"].to_pylist() == [3]


@pytest.mark.parametrize("key", ["_dk_row", "größe", "a b", 'a"b', "a,b", "select", "x*"])
def test_fields_of_any_name(search, key):
    put(search, "logs", [{key: 1, "other": "a"}, {key: 2}])
    found = _loaded(order_by=f"-{key}")
    assert found[key].to_pylist() == [2, 1]
    assert dk.count("search.logs", dk.col(key) > 1) == 1


def test_names_that_differ_only_by_case(search):
    put(search, "logs", [{"a": 1, "A": {"b": "x"}, "n": ["y"]}, {"a": "2", "n": "z"}])
    found = _loaded()
    assert found.column_names == ["A", "a__2", "n"]
    assert found["A"].to_pylist() == [{"b": "x"}, None]
    assert found["a__2"].to_pylist() == [1, 2]
    assert found["n"].to_pylist() == [["y"], ["z"]]


def test_queries(search):
    put(search, "logs", LOGS)
    assert dk.exists("search.logs")
    assert dk.count("search.logs") == 4
    assert dk.count("search.logs", "level = 'error'") == 2
    assert _loaded(where="took > 1", order_by="-took", columns=["took"])["took"].to_pylist() == [
        7,
        5,
    ]
    assert _loaded(order_by="took", limit=2, offset=1)["took"].to_pylist() == [5, 7]
    assert _loaded(limit=3).num_rows == 3
    assert _loaded(where=dk.col("at") >= "2024-01-02").num_rows == 2
    assert sum(batch.num_rows for batch in dk.scan("search.logs", batch_rows=3)) == 4
    totals = dk.table("search.logs").aggregate(by=["level"], total=("took", "sum")).to_pandas()
    assert totals["total"].tolist() == [7, 6]
    told = dk.sql("select level, count(*) n from search.logs group by 1 order by 1")
    assert told["n"].tolist() == [2, 2]
    assert "level" in dk.load("search.logs", columns=["level"])
    with pytest.raises(ColumnNotFoundError, match="Did you mean 'level'"):
        dk.load("search.logs", where="levle = 'x'")
    assert dk.validate("search.logs", dk.expect("level").in_set(["info", "error"]))
    assert not dk.validate("search.logs", dk.expect("took").not_null())


def test_an_array_does_not_equal_one_of_its_values(search):
    put(search, "logs", LOGS)
    found = _loaded(where="len(tags) = 1")
    assert sorted(found["tags"].to_pylist()) == [["a"], ["b"]]


def test_explain_tells_what_is_fetched(search):
    index = put(search, "logs", LOGS)
    told = dk.table("search.logs").filter("took > 1").explain()
    assert told == (
        f"Elasticsearch: all documents of '{index}', all fields\n"
        "DuckDB: on these rows: Query(where=col('took') > 1)"
    )
    assert "the fields 'took'" in dk.table("search.logs").select("took").explain()
    assert "Elasticsearch: 2 documents" in dk.table("search.logs").limit(2).explain()


def _bulk(search, name, lines):
    content = b"".join(b'{"index":{}}\n' + json.dumps(line).encode() + b"\n" for line in lines)
    search.client.bulk(index=f"{search.prefix}{name}", body=content, refresh=True)


def test_documents_that_look_like_answers(search):
    hit = {"_source": {"a": 1}, "sort": [1]}
    documents = [{"hits": [hit, hit], "n": 1}, {"text": '},"sort":[1]},{"_source":', "n": 2}]
    put(search, "logs", documents)
    found = _loaded(order_by="n")
    assert found["n"].to_pylist() == [1, 2]
    assert found["hits"].to_pylist() == [documents[0]["hits"], None]
    assert found["text"].to_pylist() == [None, documents[1]["text"]]


def test_many_documents_and_what_comes_behind_the_sample(search):
    put(search, "logs", [], number_of_shards=2)
    lines = [{"n": n, "tag": "x"} for n in range(25_000)]
    lines += [{"n": 25_000, "tag": ["y", "z"], "late": 1}]
    _bulk(search, "logs", lines)
    assert dk.table("search.logs").schema.field("late").type == pa.int64()
    found = _loaded(order_by="n")
    assert found["n"].to_pylist() == list(range(25_001))
    assert found["tag"].type == pa.large_list(TEXT)
    assert found["late"].to_pylist()[-2:] == [None, 1]
    assert _loaded(columns=["n"], where="n >= 24990").num_rows == 11
    assert _loaded(columns=["late"], where="late = 1").num_rows == 1
    assert _loaded(limit=12_000).num_rows == 12_000


def test_aliases_and_patterns_of_indices_that_differ(search):
    first = put(search, "logs-1", [{"a": 1, "b": "x"}], {"a": {"type": "integer"}})
    second = put(search, "logs-2", [{"a": 2.5, "c": [1]}], {"a": {"type": "double"}})
    for index in (first, second):
        search.client.indices.put_alias(index=index, name=f"{search.prefix}logs")
    for name in ("logs", "logs-*", "logs-1,logs-2"):
        found = _loaded(name, order_by="a")
        assert found.to_pydict() == {"a": [1.0, 2.5], "b": ["x", None], "c": [None, [1]]}
        assert dk.count(f'search."{name}"') == 2
    assert _loaded("logs-*,-logs-2")["a"].to_pylist() == [1]
    assert dk.tables("search")["table"].tolist() == ["logs", "logs-1", "logs-2"]
    with pytest.raises(TableNotFoundError, match="no table named 'nothing-\\*'"):
        _loaded("nothing-*")


def test_the_filter_of_an_alias_holds(search):
    index = put(search, "all", LOGS)
    search.client.indices.put_alias(
        index=index, name=f"{search.prefix}errors", filter={"term": {"level": "error"}}
    )
    assert set(_loaded("errors")["level"].to_pylist()) == {"error"}
    assert dk.count("search.errors") == 2
    assert dk.count("search.errors", "took is null") == 1


def test_a_closed_index_says_so(search):
    index = put(search, "logs", LOGS)
    search.client.indices.put_alias(index=index, name=f"{search.prefix}alias")
    search.client.indices.close(index=index)
    for name in ("logs", "alias"):
        for action in (_loaded, lambda name: dk.count(f"search.{name}")):
            with pytest.raises(StoreError, match=f"'{index}' is closed. Open it: POST /{index}/_o"):
                action(name)


def test_documents_that_are_not_kept(search):
    put(search, "logs", LOGS, mappings={"_source": {"enabled": False}})
    assert dk.count("search.logs") == 4
    with pytest.raises(UnsupportedError, match="does not keep the documents"):
        dk.load("search.logs")


def test_an_empty_index(search):
    put(search, "logs", [], {"a": {"type": "integer"}, "at": {"type": "date"}})
    found = _loaded()
    assert found.schema.types == [pa.int32(), UTC]
    assert found.num_rows == dk.count("search.logs") == 0
    put(search, "nothing", [])
    assert dk.load("search.nothing").shape == (0, 0)
    assert dk.table("search.nothing").columns == []
