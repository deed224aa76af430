from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dkdata.errors import DkWarning, SchemaError
from dkdata.physical import Carrier, convert, physical
from dkdata.stores.postgres.reading.columns import Column, read_expression
from dkdata.stores.postgres.tables.types import postgres_type
from tests.arrow_values import arrays
from tests.stores.postgres.sessions import read, selected, session
from tests.stores.postgres.values import (
    CASES,
    FIRST_DAY,
    FIRST_MOMENT,
    LAST_DAY,
    LAST_MOMENT,
    MOMENTS,
    NAIVE,
    TEXT,
    ZONED,
)  # fmt: skip


@pytest.fixture
def connection(postgres_url):
    with session(postgres_url) as opened:
        yield opened


def test_every_value_is_read_exactly(connection):
    for of, to, values in CASES:
        assert repr(read(connection, list(values), of, to)) == repr(list(values.values())), of


@pytest.mark.parametrize(
    ("of", "to", "ends"),
    [
        ("date", pa.date32(), [LAST_DAY, FIRST_DAY, 0]),
        ("timestamp", NAIVE, [LAST_MOMENT, FIRST_MOMENT, 0]),
        ("timestamp with time zone", ZONED, [LAST_MOMENT, FIRST_MOMENT, 0]),
    ],
)
def test_infinity_is_the_last_time_and_the_user_is_told(connection, of, to, ends):
    with pytest.warns(DkWarning, match="column 'a b' holds infinity 2 times") as warned:
        found = read(connection, ["'infinity'", "'-infinity'", "'1970-01-01'"], of, to)
    assert found == ends
    assert len(warned) == 1


def test_infinity_within_an_array_is_the_last_time(connection):
    moments = "timestamp with time zone[]"
    values = "array['infinity', null, '0044-03-15 01:02:03.5 BC', '2024-02-29 01:02:03.5']"
    select = f"SELECT {values}::{moments} AS a"
    column = Column("a", moments, pa.large_list(ZONED))
    with pytest.warns(DkWarning, match="column 'a' holds infinity 1 time,"):
        table = selected(connection, select, [column]).read_all()
    found = table.column(0).chunk(0).values.cast(pa.int64()).to_pylist()
    assert found == [LAST_MOMENT, None, *(MOMENTS[name] for name in list(MOMENTS)[2::-2])]


@pytest.mark.parametrize(
    ("of", "to", "value", "reason"),
    [
        ("interval", pa.duration("us"), "'2 mons 1 day'", "months have no fixed length"),
        ("interval", pa.duration("us"), "'1 year'", "months have no fixed length"),
        ("interval", pa.duration("us"), "'200000000 days'", r"duration\[us\] has no such value"),
        ("timestamp", NAIVE, "'294276-12-31'", r"timestamp\[us\] has no such value"),
        ("time without time zone", pa.time64("us"), "'24:00'", "time64"),
        ("bigint", pa.time64("ns"), "86400000000000", "a time is within a day"),
        ("numeric(5,2)", pa.decimal128(5, 2), "'NaN'", r"decimal128\(5, 2\) has no such value"),
        ("numeric(20,0)", pa.uint64(), "-1", "uint64 has no such value"),
        ("smallint", pa.uint8(), "256", "uint8 has no such value"),
        ("integer", pa.null(), "5", "null has no such value"),
        ("integer[]", pa.large_list(pa.int32()), "'{{1},{2}}'", "more than one dimension"),
        ("text[]", pa.large_list(TEXT), "'{{a}}'", "more than one dimension"),
        ("jsonb", pa.large_list(pa.int64()), "'[\"x\"]'", "cannot be kept exactly"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_row(connection, of, to, value, reason):
    with pytest.raises(SchemaError, match=rf"column 'a b', row 2: .*{reason}"):
        read(connection, ["null", "null", value, "null"], of, to)


@given(st.lists(arrays(), min_size=1, max_size=4))
def test_drawn_columns_come_back_exactly(connection, drawn):
    for array in drawn:
        of, held = postgres_type(array.type), physical(array.type, Carrier.POSTGRES)
        values = convert(array, held).to_pylist()
        assume(not any(zero in repr(values) for zero in (r"\x00", "u0000")))  # no text has it
        column = Column("v", of, array.type)
        found = selected(connection, _select(connection, values, column), [column]).read_all()
        assert found.schema.types == [array.type]
        assert repr(convert(found.column(0), held).to_pylist()) == repr(values)


def _select(connection, values, column):
    """Return a query of values, in their order."""
    of = column.postgres_type
    written = enumerate(map(_written, values))
    with connection.cursor() as cursor:
        rows = [cursor.mogrify(f"(%s, (%s)::{of})", pair).decode() for pair in written]
    return (
        f"SELECT {read_expression('v', of, column.type)} AS v"
        f" FROM (VALUES {', '.join([*rows, f'(-1, NULL::{of})'])}) AS t(n, v)"
        " WHERE n >= 0 ORDER BY n"
    )


def _written(value):
    """Return floats as texts: -0.0 as a number in SQL has no sign."""
    match value:
        case float():
            return repr(value)
        case list():
            return [_written(item) for item in value]
    return value
