from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from tests.validation.coercion.single import No, named, outcome, outcomes

SURROGATE = No("holds a lone surrogate, which UTF-8 cannot")
ID = uuid.UUID(int=7)
MOMENT = dt.datetime(2024, 1, 2, 3, tzinfo=None)  # noqa: DTZ001 - naive
TEXTS = [
    ("a", "a"), ("", ""), (" a ", " a "), ("é\U0001f600\0", "é\U0001f600\0"), (1, "1"),
    (-(2**70), str(-(2**70))), (True, "true"), (False, "false"), (1.0, "1.0"), (0.1, "0.1"),
    (1e22, "1e+22"), (-0.0, "-0.0"), (math.inf, "inf"), (Decimal("1.50"), "1.50"), (ID, str(ID)),
    (np.int8(3), "3"), (np.float64(0.5), "0.5"), (np.bool_(True), "true"), (b"a\xc3\xa9", "aé"),
    (dt.date(2024, 1, 2), "2024-01-02"), (dt.time(1, 2), "01:02:00"),
    (MOMENT, "2024-01-02T03:00:00"),
    (dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), "2024-01-02T03:00:00+00:00"),
    (pd.Timestamp("2024-01-02T00:00:00.000000001"), "2024-01-02T00:00:00.000000001"),
    (dt.timedelta(days=-1, seconds=-30), "-P1DT30S"), (pd.Timedelta(1, "ns"), "PT0.000000001S"),
    ({"b": [1, None], "a": "é"}, '{"a":"é","b":[1,null]}'), ([], "[]"), ((1, "x"), '[1,"x"]'),
    ([math.nan], No("not JSON: it holds NaN or an infinity")),
    ([b"x"], No("not JSON: Object of type bytes is not JSON serializable")),
    ("\ud800", SURROGATE), (["\ud800"], SURROGATE), (b"\xff", No("not text in UTF-8")),
    (1j, No("a value of type complex has no text")),
    (object, No("a value of type type has no text")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), TEXTS, ids=named)
def test_a_text(given, wanted):
    assert wanted == outcome(given, "string")


def test_a_column_of_texts():
    assert [row[1] for row in TEXTS] == outcomes([row[0] for row in TEXTS], "string")


@pytest.mark.parametrize(("values", "texts"), [
    (pd.Series([1, -2]), ["1", "-2"]), (pd.Series([1, None], dtype="Int8"), ["1", None]),
    (pd.Series([0.0, -0.0]), ["0.0", "-0.0"]), (pd.Series([True, False]), ["true", "false"]),
    (pd.Series(["a", None], dtype="category"), ["a", None]),
    (pd.Series(pd.to_datetime(["2024-01-02", None])), ["2024-01-02T00:00:00", None]),
    (pd.Series([2**64 - 1], dtype="uint64"), [str(2**64 - 1)]),
    (pd.Series(pa.array([[1, None], None]), dtype=pd.ArrowDtype(pa.list_(pa.int8()))),
     ["[1,null]", None]),
    (pd.Series(pa.array([{"b": 1, "a": 2}]),
               dtype=pd.ArrowDtype(pa.struct([("b", pa.int8()), ("a", pa.int8())]))),
     ['{"a":2,"b":1}']),
], ids=named)  # fmt: skip
def test_texts_of_columns(values, texts):
    made = values.to_frame("x").dk.coerce({"x": "string"}).frame["x"]
    pd.testing.assert_series_equal(made, pd.Series(texts, dtype="str", name="x"))


@pytest.mark.parametrize("dtype", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_texts_of_an_arrow_type(dtype):
    made = pd.DataFrame({"x": ["a", None, "b"]}).dk.coerce({"x": dtype}).frame["x"]
    assert made.dtype == pd.ArrowDtype(dtype)
    assert made.tolist() == ["a", pd.NA, "b"]


BYTES = [
    (b"\xff", b"\xff"), (bytearray(b"a"), b"a"), (memoryview(b"a"), b"a"), ("aé", b"a\xc3\xa9"),
    ("", b""), (ID, ID.bytes), ("\ud800", SURROGATE), (1, No("neither bytes nor text")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), BYTES, ids=named)
def test_bytes(given, wanted):
    assert wanted == outcome(given, "binary")


def test_bytes_of_one_width():
    assert outcomes(["ab", b"abc"], pa.binary(2)) == [b"ab", No("3 bytes, not 2")]


DOCUMENTS = [
    ('{"a": [1, 2.5, "x", true, null]}', {"a": [1, 2.5, "x", True, None]}), ("[]", []), ("3", 3),
    ('"text"', "text"), ("null", None), ("12345678901234567890", 12345678901234567890),
    (' {"é": "\\u00e9"} ', {"é": "é"}), ('"\\ud800"', "\ud800"),
    ({"a": [1]}, {"a": [1]}), ([1, "x"], [1, "x"]), (3, 3), (2.5, 2.5), (True, True),
    (np.array([1, 2]), [1, 2]),
    ('{"a": 1, "b": 2, "a": 3}', No("key 'a' comes twice")),
    ('[{"a": {"b": 1, "b": 1}}]', No("key 'b' comes twice")),
    ("NaN", No("not JSON: NaN")), ("[-Infinity]", No("not JSON: -Infinity")),
    ("1e400", No("1e400 is not in float64's range")),
    ("{'a': 1}", No("not JSON: Expecting property name enclosed in double quotes at character 2")),
    ("[1] 2", No("not JSON: Extra data at character 5")), ("", No("empty text")),
    (math.inf, No("not JSON: it holds NaN or an infinity")),
    ({1: 2}, No("not JSON: the key 1 is no text")),
    ([{"a": ({None: 1},)}], No("not JSON: the key None is no text")),
    ({"a": {1, 2}}, No("not JSON: Object of type set is not JSON serializable")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), DOCUMENTS, ids=named)
def test_a_document(given, wanted):
    assert wanted == outcome(given, "json")


def test_documents_too_deep_or_with_too_long_a_number():
    for text in ("[" * 100_000, "1" * 5_000):
        assert outcome(text, "json").reason.startswith("not read: ")


def test_equal_documents_are_not_one_object():
    made = dk.coerce(pd.DataFrame({"x": ["[1]"] * 2}), {"x": "json"}).frame["x"]
    made[0].append(2)
    assert made.tolist() == [[1, 2], [1]]


def test_documents_that_are_texts_stay_in_a_column_of_objects():
    made = dk.coerce(pd.DataFrame({"x": ['"a"', '"b"']}), {"x": "json"}).frame["x"]
    assert made.dtype == object
    assert made.tolist() == ["a", "b"]


LISTS = [
    ("[1, [2]]", [1, [2]]), ("[]", []), ([1], [1]), ((1, 2), [1, 2]), (np.array([1, 2]), [1, 2]),
    ("{}", No("not a list")), ("3", No("not a list")), (3, No("not a list")),
    ({1, 2}, No("not a list")), ("a,b", No("not JSON: Expecting value at character 1")),
    ("", No("empty text")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), LISTS, ids=named)
def test_a_list(given, wanted):
    assert wanted == outcome(given, "list")


def test_a_list_with_a_delimiter():
    texts = ["a; b;;c", "a", "[1]", ""]
    assert outcomes(texts, "list", delimiter=";") == [
        ["a", "b", "", "c"], ["a"], ["[1]"], No("empty text"),
    ]  # fmt: skip
    assert outcome("1|2", pa.list_(pa.int8()), delimiter="|") == [1, 2]


LIST_DTYPES = [
    (["[1, 2]", "[]", None], "list<item: int64>[pyarrow]"),
    (["[1, 0.5]"], "list<item: double>[pyarrow]"),
    (['["a"]', "[null]"], "list<item: string>[pyarrow]"), (['[1, "a"]'], "object"),
    ([None], "object"),
    (["[9007199254740993, 0.5]"], "object"), (['["\\ud800"]'], "object"), ([[object]], "object"),
    (["[18446744073709551616]"], "object"), ([["a", b"b"]], "object"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "dtype"), LIST_DTYPES, ids=named)
def test_lists_are_arrows_where_it_keeps_them(given, dtype):
    made = dk.coerce(pd.DataFrame({"x": pd.Series(given, dtype=object)}), {"x": "list"})
    assert made
    assert str(made.frame["x"].dtype) == dtype


def test_the_list_of_the_input_is_its_own():
    given = [1, "x"]
    made = dk.coerce([{"x": given}], {"x": "list"}).frame
    made["x"][0].append(2)
    assert given == [1, "x"]


NESTED = [
    (pa.list_(pa.int8()), '["1", 2.0, null]', [1, 2, None]),
    (pa.list_(pa.int8()), "[1, 300]", No("item 1: 300 is not in int8's range")),
    (pa.large_list(pa.date32()), ["2024-01-02"], [dt.date(2024, 1, 2)]),
    (pa.list_(pa.timestamp("us")), '["2024-01-02T03"]', [MOMENT]),
    (pa.list_(pa.timestamp("us", "UTC")), '["2024-01-02"]', No("item 0: names no zone")),
    (pa.list_(pa.list_(pa.bool_())), '[["yes"], []]', [[True], []]),
    (pa.list_(pa.decimal128(3, 1)), ["1.5"], [Decimal("1.5")]),
    (pa.list_(pa.int8(), 2), "[1, 2]", [1, 2]),
    (pa.list_(pa.int8(), 2), "[1]", No("1 items, not 2")),
    (pa.struct([("a", pa.int8()), ("b", pa.string())]), '{"a": "1"}', {"a": 1, "b": None}),
    (pa.struct([("a", pa.int8())]), {"a": "x"}, No("'a': not a number")),
    (pa.struct([("a", pa.int8())]), '{"c": 1}', No("has 'c', which is no field of it")),
    (pa.struct([("a", pa.int8())]), "[1]", No("not a mapping")),
    (pa.map_(pa.string(), pa.int8()), '{"a": "1"}', [("a", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "given", "result"), NESTED, ids=named)
def test_a_nested_arrow_type(wanted, given, result):
    assert result == outcome(given, wanted)
    made = dk.coerce([{"x": given}], {"x": wanted}).frame["x"]
    assert made.dtype == pd.ArrowDtype(wanted)


def test_what_json_writes_json_reads():
    values = [{"b": 1, "a": [None, True, 0.1, 2**70]}, [], "x", 1.5]
    assert outcomes(outcomes(values[:2], "string"), "json") == values[:2]
