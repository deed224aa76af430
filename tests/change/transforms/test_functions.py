"""The built-in functions: the same values in frames and in records, and which they refuse."""

from __future__ import annotations

import math

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import frames
from dkdata.change.transforms.functions import BUILT_IN
from tests.change.transforms.examples import BAD, EXAMPLES, PAGE, table, told

_IDS = [f"{name}-{number}" for number, (name, *_) in enumerate(EXAMPLES)]


def _same(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return (one, math.copysign(1, one)) == (other, math.copysign(1, other))
    return type(one) is type(other) and one == other


def _wanted(made):
    return [None if value is BAD else value for value in made]


def _check(found, wanted):
    assert len(found) == len(wanted)
    assert all(map(_same, found, wanted)), (found, wanted)


def _plain(frame):
    values = frame["x"].astype(object).tolist()
    kept = [None if value is pd.NA or value is pd.NaT else value for value in values]
    kept = [None if isinstance(value, float) and value != value else value for value in kept]  # noqa: PLR0124 - NaN
    return [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in kept]


@pytest.mark.parametrize(("name", "arguments", "given", "made"), EXAMPLES, ids=_IDS)
def test_values_of_a_frame(name, arguments, given, made):
    frame = frames.from_arrow(frames.to_arrow([{"x": value} for value in given]), "pandas")
    transform = dk.Transform(on_error="null").map("x", name, **arguments)
    _check(_plain(transform(frame)), _wanted(made))


@pytest.mark.parametrize(("name", "arguments", "given", "made"), EXAMPLES, ids=_IDS)
def test_each_value_alone_as_a_record(name, arguments, given, made):
    if any(value is None for value in given):
        given, made = zip(*((g, m) for g, m in zip(given, made, strict=True) if g is not None),
                          strict=True)  # fmt: skip
    transform = dk.Transform(on_error="null").map("x", name, **arguments)
    _check([transform({"x": value})["x"] for value in given], _wanted(made))


@pytest.mark.parametrize(("name", "arguments", "given", "made"), EXAMPLES, ids=_IDS)
def test_a_bad_value_rejects_its_row(name, arguments, given, made):
    frame = pd.DataFrame({"x": given, "row": range(len(given))})
    transform = dk.Transform(on_error="reject").map("x", name, **arguments)
    done = transform.run(frame)
    bad = [row for row, value in enumerate(made) if value is BAD]
    assert done.rejected["row"].tolist() == bad
    assert done.frame["row"].tolist() == [row for row in range(len(given)) if row not in bad]


@pytest.mark.parametrize(
    ("name", "arguments", "given", "made"),
    [example for example in EXAMPLES if BAD in example[3]],
    ids=[id_ for id_, example in zip(_IDS, EXAMPLES, strict=True) if BAD in example[3]],
)
def test_a_bad_value_raises(name, arguments, given, made):
    first = made.index(BAD)
    with pytest.raises(dk.errors.SchemaError, match=rf"^row {first}, step 1 \(map 'x' by {name}"):
        dk.Transform().map("x", name, **arguments)(pd.DataFrame({"x": given}))


def test_every_function_has_examples():
    assert {name for name, *_ in EXAMPLES} == set(BUILT_IN)


def test_the_documentation_shows_the_table():
    assert told(PAGE.read_text(encoding="utf-8")) == table()


_TEXTS = [
    "0", "-0", "+0", "00", "1", "-1", " 1", "1 ", "\t1", "1e2", "1E2", "1e-2", "100e-2", "0x1F",
    "1_0", "1.0", "1.", ".1", "1.5", "-.5", "--1", "1-", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "1e18", "1e19", "inf", "-inf", "nan", "NaN",
    "Infinity", "1e308", "1e309", "4.9e-324", "1e-400", "0.0", "-0.0", "0e5", "0.1",
    "0.30000000000000004", "\N{ARABIC-INDIC DIGIT ONE}", "", " ", "abc", "1a",
    "true", "TRUE", "Yes", "y", "t", "on", "off", "no", "F", " true ", "2",
    "2026-02-28", "2026-2-8", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01",
    "2026-02-29", "2026-02-28 10:11:12", "2026-02-28T10:11:12", "2026-02-28 10:11",
    "2026-02-28 10:11:12.5", "2026-02-28 10:11:12.123456", "2026-02-28 10:11:12.1234567",
    "2026-02-28 24:00:00", "2026-02-28T10:11:12Z", "2026-02-28 10:11:12+02", "20260228",
    "1677-09-21", "2262-04-12", "12:30", "infinity", "epoch", "1.23", "12345678.90",
    "123456789.00", "1.230", "99999999.995",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("to_int", pa.int64()),
        ("to_float", pa.float64()),
        ("to_bool", pa.bool_()),
        ("to_date", pa.date32()),
        ("to_datetime", pa.timestamp("us")),
        ("to_decimal(10, 2)", pa.decimal128(10, 2)),
        ("to_string", pa.large_string()),
    ],
)
def test_text_becomes_what_coercion_makes_of_it(name, type_):
    """Each text alone: a single odd one must not decide how the others are read."""
    transform = dk.Transform(on_error="null").map("x", name)
    for text in _TEXTS:
        frame = pd.DataFrame({"x": [text, None]})
        wanted = pa.array(dk.coerce(frame, {"x": type_}).frame["x"])
        found = transform(pa.Table.from_pandas(frame))["x"].combine_chunks()
        assert found.type == type_
        assert found.cast(pa.string()).equals(wanted.cast(pa.string())), text


@pytest.mark.parametrize(
    "name", ["to_int", "to_float", "to_bool", "to_string", "to_decimal(20, 2)"]
)
def test_numbers_become_what_coercion_makes_of_them(name):
    values = [0.0, -0.0, 1.0, 1.5, -2.0, 2.0**53, 2.0**53 + 2, 2.0**63, -(2.0**63), 1e300]
    values += [float("inf"), float("-inf")]
    wholes = [0, 1, 2, -1, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]
    types = {"to_int": "int64", "to_float": "double", "to_bool": "bool", "to_string": "string"}
    wanted_type = types.get(name, pa.decimal128(20, 2))
    transform = dk.Transform(on_error="null").map("x", name)
    for held in (values, wholes):
        for value in held:
            frame = pd.DataFrame({"x": [value]})
            wanted = dk.coerce(frame, {"x": pa.type_for_alias(wanted_type) if isinstance(
                wanted_type, str) else wanted_type}).frame["x"]  # fmt: skip
            found = transform(pa.Table.from_pandas(frame))["x"]
            assert (
                found.cast(pa.string()).to_pylist()
                == pa.array(wanted).cast(pa.string()).to_pylist()
            ), value
