from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.validation.coercion.single import No, named, outcome, outcomes

NOT_A_NUMBER = No("not a number")
WHAT_IS_NO_NUMBER = [
    "x", "1 2", "1_000", "1,000", "1.2.3", "--1", "+-1", "0x", "0xg", "0b2", "0o8", "1e", "e5",
    ".", "+", "٣", "1²", "½", "\u22121", "$1", "1%", "0x1p3", "1d", "true", b"1", (1,), [1],
    {"a": 1}, 1j, object,
]  # fmt: skip

INTEGERS = [
    ("0", 0), ("1", 1), ("-1", -1), ("+1", 1), ("-0", 0), ("007", 7), (" 7 ", 7), ("\t7\n", 7),
    ("\u00a07\u2003", 7), ("0x1F", 31), ("0Xff", 255), ("-0x10", -16), ("+0b101", 5), ("0o17", 15),
    ("12.0", 12), ("12.", 12), ("1e3", 1000), ("1.5E1", 15), ("100e-2", 1), ("0e9", 0),
    ("0e-999999999", 0), ("9007199254740993", 9007199254740993),
    ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
    ("000000000000000000000000001", 1), ("-9223372036854775807.000", -(2**63) + 1),
    ("0x7fffffffffffffff", 2**63 - 1),
    (5, 5), (True, 1), (False, 0), (3.0, 3), (-0.0, 0), (1e15, 10**15), (Decimal("2.00"), 2),
    (Decimal("1E+2"), 100), (np.int8(4), 4), (np.uint64(4), 4), (np.float32(4), 4),
    (np.bool_(True), 1), (pa.scalar(4), 4),
    ("12.5", No("12.5 has a fractional part")), (12.5, No("12.5 has a fractional part")),
    ("1e-3", No("1e-3 has a fractional part")), (Decimal("0.1"), No("0.1 has a fractional part")),
    ("1e-999999999", No("1e-999999999 has a fractional part")),
    ("9223372036854775808", No("9223372036854775808 is not in int64's range")),
    ("0xffffffffffffffff", No("0xffffffffffffffff is not in int64's range")),
    (2**63, No("9223372036854775808 is not in int64's range")),
    (10**400, No("1.00000e+400 is not in int64's range")),
    (2.0**63, No("9.223372036854776e+18 is not in int64's range")),
    ("1e999999999", No("1e999999999 is not in any integer type's range")),
    ("inf", NOT_A_NUMBER), (math.inf, No("inf is not finite")),
    (Decimal("Infinity"), NOT_A_NUMBER), (Decimal("sNaN"), NOT_A_NUMBER),
    ("", No("empty text")), (" ", No("empty text")), ("\ud800", NOT_A_NUMBER),
    *((given, NOT_A_NUMBER) for given in WHAT_IS_NO_NUMBER),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), INTEGERS, ids=named)
def test_an_integer(given, wanted):
    assert wanted == outcome(given, "integer")


FLOATS = [
    ("0.1", 0.1), ("1", 1.0), (".5", 0.5), ("5.", 5.0), ("-1e-5", -1e-5), ("+2.5", 2.5),
    ("1E5", 1e5), ("9007199254740993", 9007199254740992.0), ("0.1000000000000000055511151", 0.1),
    ("1.7976931348623157e308", 1.7976931348623157e308), ("5e-324", 5e-324), ("0e5", 0.0),
    ("inf", math.inf), ("-Infinity", -math.inf), ("+INF", math.inf), (" inf ", math.inf),
    ("0x10", 16.0), (1, 1.0), (True, 1.0), (2**53, 2.0**53), (2**60, 2.0**60), (0.1, 0.1),
    (math.inf, math.inf), (Decimal("0.1"), 0.1), (Decimal("-Infinity"), -math.inf),
    ("nan", None), ("NaN", None), ("-nan", None), (math.nan, None),
    ("1e400", No("1e400 is not in float64's range")),
    ("-1e400", No("-1e400 is not in float64's range")),
    ("1e-400", No("1e-400 is not in float64's range")),
    ("1e999999999", No("1e999999999 is not in float64's range")),
    (2**53 + 1, No("9007199254740993 has more digits than float64 keeps")),
    (10**400, No("1.00000e+400 is not in float64's range")),
    (Decimal("1e400"), No("1E+400 is not in float64's range")),
    (Decimal("sNaN"), NOT_A_NUMBER), ("infinit", NOT_A_NUMBER), ("", No("empty text")),
    *((given, NOT_A_NUMBER) for given in WHAT_IS_NO_NUMBER),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), FLOATS, ids=named)
def test_a_float(given, wanted):
    assert wanted == outcome(given, "float")


def test_the_sign_of_nought_is_kept():
    assert math.copysign(1, outcome("-0.0", "float")) == -1


DECIMALS = [
    ("1.50", "1.50"), ("-0.001", "-0.001"), ("1e3", "1000"), (3, "3"), (True, "1"), (0.1, "0.1"),
    (1e22, "10000000000000000000000"), (Decimal("2.5"), "2.5"), ("0x10", "16"), ("0", "0"),
    ("0.00", "0.00"), ("9" * 38 + "." + "9" * 38, "9" * 38 + "." + "9" * 38),
    ("1" + "0" * 38, No("1" + "0" * 38 + " has more than 38 digits on one side of the point")),
    ("1e-39", No("1e-39 has more than 38 digits on one side of the point")),
    ("1e999999", No("1e999999 has more than 38 digits on one side of the point")),
    ("inf", NOT_A_NUMBER), (math.inf, No("inf is not finite")),
    (Decimal("sNaN"), No("sNaN is not finite")),
    *((given, NOT_A_NUMBER) for given in WHAT_IS_NO_NUMBER),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), DECIMALS, ids=named)
def test_a_decimal(given, wanted):
    found = outcome(given, "decimal")
    assert wanted == (str(found) if isinstance(found, Decimal) else found)


def test_a_number_too_long_for_python_to_write():
    assert No("1.00000e+5000 is not in int64's range") == outcome(10**5000, "integer")
    assert No("1.00000e+5000 is not in float64's range") == outcome(10**5000, "float")
    assert outcome(10**5000, "string") == "1" + "0" * 5000


def test_decimals_are_as_wide_as_the_column_needs():
    assert outcomes(["1.5", "1000", "0.125"], "decimal") == [
        Decimal("1.5"), Decimal(1000), Decimal("0.125"),
    ]  # fmt: skip
    assert outcomes([None, None], "decimal") == [None, None]


BOOLEANS = [
    *((word, True) for word in ("true", "True", "TRUE", "yes", "Y", "t", "on", "1", " yes ")),
    *((word, False) for word in ("false", "No", "n", "F", "off", "0")),
    (True, True), (1, True), (0, False), (1.0, True), (-0.0, False), (Decimal(1), True),
    (np.bool_(False), False), ("", No("empty text")),
    *((given, No("neither true nor false"))
      for given in ("2", "1.0", "maybe", "oui", 2, 0.5, Decimal("sNaN"), b"1", "tru\u0435")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), BOOLEANS, ids=named)
def test_a_boolean(given, wanted):
    assert wanted == outcome(given, "boolean")


TABLES = {"integer": INTEGERS, "float": FLOATS, "boolean": BOOLEANS}


@pytest.mark.parametrize("wanted", TABLES)
@pytest.mark.parametrize("only_text", [True, False])
def test_a_column_gives_what_each_value_gives(wanted, only_text):
    rows = [row for row in TABLES[wanted] if not only_text or isinstance(row[0], str)]
    rows = [row for row in rows if row[0] != "\ud800"]
    assert [row[1] for row in rows * 3] == outcomes([row[0] for row in rows * 3], wanted)


MARKS = [
    ("1,234", {"thousands": ","}, 1234), ("-1,234,567", {"thousands": ","}, -1234567),
    ("1234", {"thousands": ","}, 1234), ("+1,234", {"thousands": ","}, 1234),
    ("1.234", {"thousands": ".", "decimal": ","}, 1234),
    ("1 234", {"thousands": " "}, 1234), ("1\u202f234", {"thousands": "\u202f"}, 1234),
    ("1'234", {"thousands": "'"}, 1234),
    ("999,999,999,999,999,999", {"thousands": ","}, 10**18 - 1),
    ("9,223,372,036,854,775,807", {"thousands": ","}, 2**63 - 1),
    ("1,234.0", {"thousands": ","}, 1234), ("12,0", {"decimal": ","}, 12),
    *((text, {"thousands": ","}, NOT_A_NUMBER)
      for text in ("1,23", "12,34,567", ",123", "1,", "1,234,", "1,,234", "1234,567", "1,2345")),
    ("1,5", {"decimal": ","}, No("1,5 has a fractional part")),
    ("1.5", {"decimal": ","}, NOT_A_NUMBER), ("1,234", {}, NOT_A_NUMBER),
]  # fmt: skip


@pytest.mark.parametrize(("given", "options", "wanted"), MARKS, ids=named)
def test_marks_are_read_where_they_are_told(given, options, wanted):
    assert wanted == outcome(given, "integer", **options)
    assert [wanted] * 2 == outcomes([given, given], "integer", **options)
    if isinstance(wanted, int):
        assert float(wanted) == outcome(given, "float", **options)
        assert wanted == outcome(given, "decimal", **options)


ARROW = [
    (pa.int8(), "127", 127), (pa.int8(), "300", No("300 is not in int8's range")),
    (pa.int8(), -128.0, -128), (pa.int8(), -129, No("-129 is not in int8's range")),
    (pa.uint8(), "-1", No("-1 is not in uint8's range")), (pa.uint16(), 65535, 65535),
    (pa.int32(), 2.0**31, No("2147483648.0 is not in int32's range")),
    (pa.uint64(), "18446744073709551615", 2**64 - 1),
    (pa.uint64(), 2**64, No("18446744073709551616 is not in uint64's range")),
    (pa.float32(), "0.1", float(np.float32(0.1))), (pa.float32(), 0.5, 0.5),
    (pa.float32(), 0.1, No("0.1 has more digits than float32 keeps")),
    (pa.float32(), "1e39", No("1e39 is not in float32's range")),
    (pa.float32(), 1e39, No("1e+39 is not in float32's range")),
    (pa.float32(), 2**24 + 1, No("16777217 has more digits than float32 keeps")),
    (pa.float16(), "0.5", 0.5), (pa.float16(), 2049, No("2049 has more digits than float16 keeps")),
    (pa.bool_(), "yes", True), (pa.bool_(), "x", No("neither true nor false")),
    (pa.decimal128(5, 2), "123.45", Decimal("123.45")),
    (pa.decimal128(5, 2), "1.5", Decimal("1.50")),
    (pa.decimal128(5, 2), "1.500", Decimal("1.50")),
    (pa.decimal128(5, 2), "1.555", No("1.555 does not fit decimal128(5, 2)")),
    (pa.decimal128(5, 2), 1000, No("1000 does not fit decimal128(5, 2)")),
    (pa.decimal256(50, 0), 10**49, Decimal(10**49)),
    (pa.decimal128(5, -2), "1200", Decimal(1200)),
    (pa.decimal128(5, -2), "1234", No("1234 does not fit decimal128(5, -2)")),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "given", "result"), ARROW, ids=named)
def test_a_number_of_an_arrow_type(wanted, given, result):
    assert result == outcome(given, wanted)


SOURCES = [
    pd.Series([1, 2, 3], dtype="int8"), pd.Series([1, 2, 3], dtype="uint64"),
    pd.Series([1, 2, 3], dtype="Int32"), pd.Series([1.0, 2.0, 3.0], dtype="float32"),
    pd.Series([1.0, 2.0, 3.0], dtype="Float64"), pd.Series([1, 2, 3], dtype="int64[pyarrow]"),
    pd.Series([1, 2, 3], dtype="category"), pd.Series(["1", "2", "3"], dtype="category"),
    pd.Series(["1", "2", "3"], dtype="str"), pd.Series(["1", "2", "3"], dtype="string[python]"),
    pd.Series(["1", "2", "3"], dtype="large_string[pyarrow]"),
    pd.Series(pd.arrays.SparseArray([1, 2, 3])), pd.Series([1, 2.0, "3"], dtype=object),
    pd.Series([Decimal(1), Decimal(2), Decimal(3)], dtype=pd.ArrowDtype(pa.decimal128(3, 1))),
    pd.Series(pa.array(["1", "2", "3"]).dictionary_encode(),
              dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))),
]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: repr(source.dtype))
@pytest.mark.parametrize("with_null", [False, True])
def test_whole_numbers_of_any_dtype(source, with_null):
    values = source.reindex([0, 1, 2, 9]) if with_null else source
    made = values.to_frame("x").dk.coerce({"x": "integer"})
    wanted = pd.Series([1, 2, 3, None] if with_null else [1, 2, 3],
                       dtype="Int64" if with_null else "int64", index=values.index)  # fmt: skip
    assert made
    pd.testing.assert_series_equal(made.frame["x"], wanted, check_names=False)


def test_numbers_beyond_int64_in_their_own_dtype():
    values = pd.Series([2**63, 5], dtype="uint64")
    made = values.to_frame("x").dk.coerce({"x": "integer"})
    assert made.failures["reason"].tolist() == ["9223372036854775808 is not in int64's range"]
    assert made.frame["x"].tolist() == [pd.NA, 5]


def test_nan_in_an_arrow_column_is_null():
    values = pd.Series(pd.arrays.ArrowExtensionArray(pa.array([math.nan, 1.0, None])))
    made = values.to_frame("x").dk.coerce({"x": "integer"})
    assert made
    assert made.frame["x"].tolist() == [pd.NA, 1, pd.NA]
