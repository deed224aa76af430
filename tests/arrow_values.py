"""Hypothesis strategies of canonical Arrow types and of values of each."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import strategies as st
from pyarrow import types as is_type

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DAY = 86_400
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_INT64 = 2**63 - 1
_YEARS = (-62_135_596_800, 253_402_300_799)
LEAVES = [
    pa.null(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(),
    pa.uint32(), pa.uint64(), pa.float32(), pa.float64(), pa.large_string(), pa.large_binary(),
    pa.date32(), pa.time64("us"), pa.time64("ns"), pa.timestamp("us"), pa.timestamp("us", "UTC"),
    pa.timestamp("ns"), pa.timestamp("ns", "UTC"), pa.duration("s"), pa.duration("ms"),
    pa.duration("us"), pa.duration("ns"), pa.decimal128(9, 2), pa.decimal128(38, 38),
    pa.decimal128(38, 0), pa.decimal256(60, 10),
]  # fmt: skip


def canonical_types() -> SearchStrategy[pa.DataType]:
    """Return canonical types, plain and nested."""
    names = st.lists(st.text(min_size=1, max_size=3), max_size=3, unique=True)
    keys = [pa.large_string(), pa.int64(), pa.date32()]
    return st.recursive(
        st.sampled_from(LEAVES),
        lambda inner: st.one_of(
            inner.map(pa.large_list),
            st.tuples(st.sampled_from(keys), inner).map(lambda pair: pa.map_(*pair)),
            names.flatmap(
                lambda given: st.tuples(*[inner] * len(given)).map(
                    lambda kinds: pa.struct(list(zip(given, kinds, strict=True))),
                ),
            ),
        ),
        max_leaves=4,
    )


def _bounds(t: pa.DataType) -> tuple[int, int]:
    """Return the least and the greatest count that a value of the type may be stored as."""
    if is_type.is_integer(t):
        signed = is_type.is_signed_integer(t)
        return (
            (-(2 ** (t.bit_width - 1)), 2 ** (t.bit_width - 1) - 1)
            if signed
            else (
                0,
                2**t.bit_width - 1,
            )
        )
    if is_type.is_time(t):
        return 0, _DAY * _UNITS[t.unit] - 1
    if is_type.is_date(t):
        return _YEARS[0] // _DAY, _YEARS[1] // _DAY
    if is_type.is_timestamp(t):
        low, high = (second * _UNITS[t.unit] for second in _YEARS)
        return max(low, -_INT64), min(high, _INT64)
    return -_INT64, _INT64


def values(t: pa.DataType) -> SearchStrategy[object]:
    """Return what ``pa.array(…, t)`` takes as one value; times of the years 1 to 9999."""
    if is_type.is_null(t):
        return st.none()
    return st.none() | _present(t)


def _present(t: pa.DataType) -> SearchStrategy[object]:
    if is_type.is_map(t):
        keys = _present(t.key_type)
        return st.lists(st.tuples(keys, values(t.item_type)), max_size=3)
    if is_type.is_struct(t):
        return st.fixed_dictionaries({f.name: values(f.type) for f in t})
    if is_type.is_nested(t):
        return st.lists(values(t.value_type), max_size=3)
    if is_type.is_boolean(t):
        return st.booleans()
    if is_type.is_floating(t):
        return st.floats(width=t.bit_width)
    if is_type.is_large_string(t):
        return st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    if is_type.is_large_binary(t):
        return st.binary(max_size=6)
    if is_type.is_decimal(t):
        top = 10**t.precision - 1
        return st.integers(-top, top).map(lambda digits: _decimal(digits, t.scale))
    return st.integers(*_bounds(t))


def _decimal(digits: int, scale: int) -> Decimal:
    return Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -scale))


@st.composite
def arrays(draw: st.DrawFn, types: SearchStrategy[pa.DataType] | None = None) -> pa.Array:
    """Return arrays of canonical types, some of them slices of longer ones."""
    t = draw(types if types is not None else canonical_types())
    drawn = draw(st.lists(values(t), max_size=5))
    start = draw(st.integers(0, len(drawn)))
    return pa.array(drawn, t).slice(start, draw(st.integers(0, len(drawn))))
