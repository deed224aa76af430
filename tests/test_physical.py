"""Every carrier gives back every value of every canonical type, or refuses it by name."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings

from dkdata.errors import SchemaError
from dkdata.physical import Carrier, convert, convert_rows, physical, physical_schema
from dkdata.types import batches_of
from tests.arrow_values import LEAVES, arrays

PHYSICAL = [
    (pa.duration("s"), Carrier.ARROW, pa.duration("s")),
    (pa.duration("s"), Carrier.PARQUET, pa.int64()),
    (pa.duration("ns"), Carrier.DUCKDB, pa.int64()),
    (pa.duration("ns"), Carrier.TEXT, pa.int64()),
    (pa.decimal256(60, 2), Carrier.ARROW, pa.decimal256(60, 2)),
    (pa.decimal256(60, 2), Carrier.DUCKDB, pa.large_string()),
    (pa.decimal128(9, 2), Carrier.TEXT, pa.large_string()),
    (pa.decimal128(9, 2), Carrier.DELTA, pa.decimal128(9, 2)),
    (pa.uint8(), Carrier.DELTA, pa.int16()),
    (pa.uint64(), Carrier.DELTA, pa.decimal128(20, 0)),
    (pa.uint64(), Carrier.DUCKDB, pa.uint64()),
    (pa.time64("us"), Carrier.DELTA, pa.int64()),
    (pa.large_binary(), Carrier.JSON, pa.large_string()),
    (pa.large_list(pa.int8()), Carrier.TEXT, pa.large_string()),
    (pa.large_list(pa.uint8()), Carrier.DELTA, pa.large_list(pa.int16())),
    (pa.struct([("a", pa.duration("s"))]), Carrier.DUCKDB, pa.struct([("a", pa.int64())])),
    (pa.struct([]), Carrier.PARQUET, pa.large_string()),
    (pa.struct([]), Carrier.ARROW, pa.struct([])),
]
SUB_MICROSECOND = (pa.timestamp("ns"), pa.timestamp("ns", "UTC"))


def shown(array):
    """Return a text that is equal only where every value is: NaN, -0.0 and null differ."""
    return f"{array.type} {[plain(array[i]) for i in range(len(array))]}"


def plain(value):
    """Return a scalar as Python's values, a time as the count behind it."""
    t = value.type
    if not value.is_valid:
        return None
    if pa.types.is_map(t):
        pairs = value.values
        return [(plain(pairs.field(0)[i]), plain(pairs.field(1)[i])) for i in range(len(pairs))]
    if pa.types.is_struct(t):
        return {field.name: plain(value[i]) for i, field in enumerate(t)}
    if pa.types.is_nested(t):
        return [plain(item) for item in value.values]
    return value.value if pa.types.is_temporal(t) else value.as_py()


@pytest.mark.parametrize(("data_type", "carrier", "expected"), PHYSICAL, ids=str)
def test_physical_type(data_type, carrier, expected):
    assert physical(data_type, carrier) == expected


@pytest.mark.parametrize("carrier", Carrier)
@settings(deadline=None)
@given(array=arrays())
def test_every_value_comes_back_from_its_physical_form(carrier, array):
    kept = physical(array.type, carrier)
    try:
        stored = convert(array, kept)
    except SchemaError:
        assert carrier in (Carrier.DELTA, Carrier.POSTGRES)
        assume(False)
    assert stored.type == kept
    stored.validate(full=True)
    back = convert(stored, array.type)
    back.validate(full=True)
    assert shown(back) == shown(array)


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize("data_type", LEAVES, ids=str)
def test_no_rows_and_only_nulls(data_type, carrier):
    for array in (pa.nulls(0, data_type), pa.nulls(2, data_type)):
        assert convert(convert(array, physical(data_type, carrier)), data_type).equals(array)


@pytest.mark.parametrize("data_type", SUB_MICROSECOND, ids=str)
def test_nanoseconds_that_delta_cannot_keep_are_refused_by_name(data_type):
    array = pa.array([None, 1_000, 1_001], data_type)
    with pytest.raises(SchemaError, match=r"column 't', row 2: '1970-01-01 00:00:00\.000001001"):
        convert(array, physical(data_type, Carrier.DELTA), "t")


def test_rows_are_counted_over_chunks_and_batches():
    rows = pa.table({"n": pa.chunked_array([[1, 2], [3, 300]])})
    narrow = pa.schema([("n", pa.int8())])
    for given_rows in (rows, rows.to_reader()):
        with pytest.raises(SchemaError, match="column 'n', row 3: 300 cannot be kept exactly"):
            batches_of(convert_rows(given_rows, narrow)).read_all()


def test_rows_of_the_right_types_are_not_copied():
    rows = pa.table({"a": [1, 2]})
    schema = pa.schema([("a", pa.int64())], metadata={"dkdata": "{}"})
    changed = convert_rows(rows, schema)
    assert changed.schema.equals(schema, check_metadata=True)
    assert changed["a"].chunk(0).buffers()[1].address == rows["a"].chunk(0).buffers()[1].address


def test_a_reader_stays_a_reader_and_takes_the_metadata():
    schema = pa.schema([("a", pa.int64())], metadata={"dkdata": "{}"})
    changed = convert_rows(pa.table({"a": [1]}).to_reader(), schema)
    assert isinstance(changed, pa.RecordBatchReader)
    assert changed.read_all().schema.equals(schema, check_metadata=True)


def test_physical_schema_keeps_names_and_metadata():
    schema = pa.schema([("wait", pa.duration("s"))], metadata={"dkdata": "{}"})
    expected = pa.schema([("wait", pa.int64())], metadata={"dkdata": "{}"})
    assert physical_schema(schema, Carrier.DUCKDB).equals(expected, check_metadata=True)


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("x", pa.decimal128(3, 0)),
        ("25:00", pa.time64("us")),
        ("2024-13-01", pa.date32()),
        ("[1,", pa.large_list(pa.int8())),
        ('["a"]', pa.large_list(pa.int8())),
        ("!!", pa.large_binary()),
    ],
    ids=str,
)
def test_text_that_is_not_of_the_type_is_refused_by_name(text, to):
    with pytest.raises(SchemaError, match=r"column 'c', row 1: "):
        convert(pa.array([None, text], pa.large_string()), to, "c")


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_first_and_last_nanosecond(zone):
    ends = pa.array([-(2**63) + 1, None, 2**63 - 1, 0], pa.timestamp("ns", zone))
    assert convert(convert(ends, pa.large_string()), ends.type).equals(ends)


@pytest.mark.parametrize("text", ["1500-01-01 00:00:00", "1677-09-21 00:12:43.000000001"])
def test_instants_that_nanoseconds_cannot_count_are_refused(text):
    with pytest.raises(SchemaError, match=f"column 't', row 0: '{text}' cannot be kept exactly"):
        convert(pa.array([text], pa.large_string()), pa.timestamp("ns"), "t")
