"""The columns of what is explored, and what kind of values each has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
from pyarrow import types as is_type

from dkdata import frames
from dkdata.dialects.columns import descriptors

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import pyarrow as pa

Kind = Literal["integer", "number", "time", "text", "boolean", "other"]

_SEEN: Final = 1_000  # values of a column of Python objects, by which its kind is guessed


@dataclass(frozen=True)
class Column:
    """A column of what is explored; its position tells it from others of the same name.

    Parameters
    ----------
    label
        What the frame calls it.
    dtype
        Its type, as the frame writes it.
    type
        What its values mean; a canonical type.
    nullable
        Whether a value of it can be null.
    """

    position: int
    label: Hashable
    dtype: str
    type: pa.DataType
    kind: Kind
    nullable: bool

    @property
    def name(self) -> str:
        """The label as text."""
        return str(self.label)


def kind_of(t: pa.DataType, meaning: str | None = None) -> Kind:
    """Return what kind of values a canonical type has.

    Parameters
    ----------
    meaning
        What they mean beyond their type, as in a descriptor.

    Examples
    --------
    >>> import pyarrow as pa
    >>> kind_of(pa.large_string()), kind_of(pa.large_string(), "json")
    ('text', 'other')
    """
    tests: tuple[tuple[Any, Kind], ...] = (
        (is_type.is_integer, "integer"),
        (is_type.is_floating, "number"),
        (is_type.is_decimal, "number"),
        (is_type.is_timestamp, "time"),
        (is_type.is_date, "time"),
        (is_type.is_large_string, "text"),
        (is_type.is_boolean, "boolean"),
    )
    if meaning == "decimal":
        return "number"
    if meaning is not None:
        return "other"
    return next((kind for test, kind in tests if test(t)), "other")


def kinds_of(schema: pa.Schema) -> dict[str, Kind]:
    """Return the kind of each column of canonical rows, by stored name."""
    described = descriptors(schema)
    return {
        field.name: kind_of(field.type, described.get(field.name, {}).get("kind"))
        for field in schema
    }


def columns_of_pandas(frame: pd.DataFrame) -> list[Column]:
    """Return the columns of a pandas frame; of Python objects the first few are looked at."""
    known: dict[Any, tuple[pa.DataType, Kind]] = {}
    made = []
    for position, (label, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True)):
        if isinstance(dtype, np.dtype) and dtype.kind == "O":
            meant = _meant(frame.iloc[:, position].dropna().head(_SEEN))
        else:
            if dtype not in known:
                known[dtype] = _meant(frame.iloc[:0, position])
            meant = known[dtype]
        made.append(Column(position, label, str(dtype), *meant, _is_nullable(dtype)))
    return made


def _meant(values: pd.Series) -> tuple[pa.DataType, Kind]:
    rows = frames.to_arrow(values.to_frame("c"), index=False, lossy=True)
    return rows.schema.field("c").type, kinds_of(rows.schema)["c"]


def _is_nullable(dtype: Any) -> bool:  # noqa: ANN401 - any dtype
    return getattr(dtype, "kind", "O") not in "iub" or pd.api.types.is_extension_array_dtype(dtype)


def columns_of_arrow(
    labels: Sequence[Hashable], dtypes: Sequence[object], schema: pa.Schema
) -> list[Column]:
    """Return the columns of a frame in which every one can hold nulls."""
    listed = zip(labels, dtypes, schema.types, kinds_of(schema).values(), strict=True)
    return [
        Column(position, label, str(dtype), t, kind, nullable=True)
        for position, (label, dtype, t, kind) in enumerate(listed)
    ]


def index_names(frame: pd.DataFrame) -> list[str]:
    """Return the names of the levels of an index; those without one are empty."""
    return ["" if name is None else str(name) for name in frame.index.names]


def has_labels(frame: pd.DataFrame) -> bool:
    """Whether the index of a frame says more than the numbers of its rows.

    Examples
    --------
    >>> has_labels(pd.DataFrame({"a": [1]})), has_labels(pd.DataFrame({"a": [1]}, index=["x"]))
    (False, True)
    """
    index = frame.index
    is_numbers = isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1)
    return not is_numbers or index.name is not None
