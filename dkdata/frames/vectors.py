"""Columns whose values are lists of one length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyarrow import types as is_type

from dkdata.frames import envelope
from dkdata.frames.arrow_types import type_from_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pyarrow as pa


def sizes(schema: pa.Schema) -> dict[str, int]:
    """Return how long the vectors of numbers in columns are, as the frame that was saved had them.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata import frames
    >>> made = pa.array([[0.5, 1.0]], pa.list_(pa.float32(), 2))
    >>> sizes(frames.to_arrow(pa.table({"id": [1], "made": made})).schema)
    {'made': 2}
    """
    descriptor = envelope.descriptor_of(schema)
    columns = descriptor.columns if descriptor else ()
    found = {column.name: _size(column.dtype) for column in columns}
    return {name: size for name, size in found.items() if size and _is_of_floats(schema, name)}


def _size(dtype: Mapping[str, Any]) -> int | None:
    match dtype:
        case {"of": "polars", "type": {"array": [_, int(size)]}}:
            return size
        case {"of": "arrow" | "table", "type": str(text)}:
            t = type_from_text(text)
            return t.list_size if is_type.is_fixed_size_list(t) else None
    return None


def _is_of_floats(schema: pa.Schema, name: str) -> bool:
    if name not in schema.names:
        return False
    t = schema.field(name).type
    return is_type.is_large_list(t) and is_type.is_floating(t.value_type)
