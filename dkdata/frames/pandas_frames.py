"""pandas frames to canonical Arrow tables in an envelope, and back."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.errors import DkWarning, SchemaError
from dkdata.frames import lossy as nearest
from dkdata.frames import tagged
from dkdata.frames.decoding import decode, decode_plain
from dkdata.frames.encoding import Encoded, array_of, encode
from dkdata.frames.envelope import ColumnDescriptor, FrameDescriptor, attach, descriptor_of
from dkdata.frames.names import stored_names
from dkdata.types import type_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


def to_arrow(frame: pd.DataFrame, *, index: bool | None = None, lossy: bool = False) -> pa.Table:
    """Return a pandas frame as an Arrow table with canonical types and its descriptor."""
    write = nearest.encode if lossy else encode
    levels, kept = _index_levels(frame.index, index)
    labels = list(frame.columns)
    names = stored_names([*labels, *levels.keys()])
    columns = [write(array_of(frame.iloc[:, i]), label) for i, label in enumerate(labels)]
    columns += [write(array_of(values), name) for name, values in levels.items()]
    stored = dict(zip(levels, names[len(labels) :], strict=True))
    descriptor = FrameDescriptor(
        columns=tuple(
            _described(name, column, label)
            for name, column, label in zip(
                names, columns, [*labels, *names[len(labels) :]], strict=True
            )
        ),
        index=tuple(_level_json(level, stored) for level in kept),
        labels=_labels_json(frame.columns),
        attrs=_attrs_json(frame.attrs),
    )
    schema = pa.schema([pa.field(n, c.array.type) for n, c in zip(names, columns, strict=True)])
    arrays = [column.array for column in columns]
    if not arrays:
        return pa.table({}).replace_schema_metadata(attach(schema, descriptor).metadata)
    return pa.Table.from_arrays(arrays, schema=attach(schema, descriptor))


def _described(name: str, column: Encoded, label: Hashable) -> ColumnDescriptor:
    has_label = type(label) is not str or label != name
    return ColumnDescriptor(
        name=name,
        type=type_name(column.array.type),
        dtype=column.dtype,
        label=_tag(label) if has_label else None,
        has_label=has_label,
        meaning=column.meaning,
    )


def _tag(label: Hashable) -> Any:  # noqa: ANN401 - JSON
    try:
        return tagged.encode(label)
    except TypeError as error:
        message = f"column label {label!r} cannot be kept: {error}. Rename the column."
        raise SchemaError(message) from error


def _index_levels(
    index: pd.Index,
    keep: bool | None,  # noqa: FBT001 - True, False or not said
) -> tuple[dict[str, pd.Index], list[dict[str, Any]]]:
    """Return the index levels to store as columns, and what is to be said of every level."""
    if keep is False:
        return {}, []
    if isinstance(index, pd.MultiIndex):
        levels = [index.get_level_values(i) for i in range(index.nlevels)]
        taken = stored_names([_level_name(n, i) for i, n in enumerate(index.names)])
        stored = dict(zip(taken, levels, strict=True))
        told = [
            {"column": c, "name": tagged.encode(n)} for c, n in zip(taken, index.names, strict=True)
        ]
        return stored, told
    if isinstance(index, pd.RangeIndex) and index.name is None and not keep:
        if (index.start, index.step) == (0, 1):
            return {}, []
        return {}, [{"range": [index.start, index.step], "name": tagged.encode(None)}]
    name = "index" if index.name is None else str(index.name)
    level: dict[str, Any] = {"column": name, "name": tagged.encode(index.name)}
    if isinstance(index, pd.RangeIndex):
        level["is_range"] = True
    elif index.name is None and index.dtype.kind in "iu":
        level["unnamed_integers"] = True
    freq = getattr(index, "freqstr", None)
    if freq and not isinstance(index, pd.PeriodIndex):
        level["freq"] = freq
    return {name: index}, [level]


def _level_name(name: Hashable, position: int) -> Hashable:
    return f"level_{position}" if name is None else name


def _level_json(level: Mapping[str, Any], stored: Mapping[str, str]) -> dict[str, Any]:
    return {**level, "column": stored[level["column"]]} if "column" in level else dict(level)


def _labels_json(columns: pd.Index) -> dict[str, Any]:
    """Return what is particular about the index of the columns; nothing for plain text."""
    told: dict[str, Any] = {}
    if any(name is not None for name in columns.names):
        told["names"] = [tagged.encode(name) for name in columns.names]
    match columns:
        case pd.MultiIndex():
            told["levels"] = [str(level.dtype) for level in columns.levels]
        case pd.RangeIndex():
            told["range"] = [columns.start, columns.step]
        case _ if columns.dtype != pd.Index(["a"]).dtype:
            told["dtype"] = _dtype_json(columns)
    freq = getattr(columns, "freqstr", None)
    if freq and not isinstance(columns, pd.PeriodIndex):
        told["freq"] = freq
    return told


def _dtype_json(columns: pd.Index) -> Any:  # noqa: ANN401 - JSON
    values = array_of(columns)
    if values.dtype == object:
        return {"of": "object"}
    return dict(encode(values, "columns").dtype)


def _attrs_json(attrs: Mapping[Hashable, Any]) -> Any:  # noqa: ANN401 - JSON
    for key, value in attrs.items():
        try:
            tagged.dumps({key: value}).encode()
        except (TypeError, ValueError) as error:
            message = f"frame.attrs[{key!r}] cannot be kept: {error}. Remove or convert it."
            raise SchemaError(message) from error
    return tagged.encode(dict(attrs)) if attrs else None


def from_arrow(table: pa.Table, *, filtered: bool = False) -> pd.DataFrame:
    """Return a canonical Arrow table as the pandas frame that its descriptor tells of."""
    descriptor = descriptor_of(table.schema) or FrameDescriptor()
    described = {column.name: column for column in descriptor.columns}
    arrays = {
        name: _decoded(table.column(i), described.get(name))
        for i, name in enumerate(table.schema.names)
    }
    index = _index(descriptor, arrays, table.num_rows, filtered=filtered)
    held = [name for name in table.schema.names if name not in descriptor.index_columns]
    data = {
        position: values.set_axis(index) if isinstance(values, pd.Series) else values
        for position, values in enumerate(arrays[name] for name in held)
    }
    frame = pd.DataFrame(data, index=index, copy=False)
    shown = [described[name].shown if name in described else name for name in held]
    frame.columns = _labels(shown, descriptor.labels)
    if descriptor.attrs:
        frame.attrs = tagged.decode(descriptor.attrs)
    return frame


def _decoded(array: pa.ChunkedArray, descriptor: ColumnDescriptor | None) -> Any:  # noqa: ANN401
    made = decode_plain(array) if descriptor is None else _restored(array, descriptor)
    is_object = isinstance(made, np.ndarray) and made.dtype == object
    return pd.Series(made, dtype=object, copy=False) if is_object else made


def _restored(array: pa.ChunkedArray, descriptor: ColumnDescriptor) -> Any:  # noqa: ANN401
    """Return a column in its dtype; as it is, with a warning, where that is not told properly."""
    try:
        return decode(array, descriptor.dtype)
    except (KeyError, TypeError, ValueError, AttributeError, pa.ArrowException) as error:
        message = (
            f"the descriptor of column {descriptor.name!r} cannot be used ({error!r}); it loads as"
            " it is."
        )
        warnings.warn(message, DkWarning, stacklevel=2)
        return decode_plain(array)


def _labels(shown: list[Hashable], told: Mapping[str, Any]) -> pd.Index:
    names = [tagged.decode(name) for name in told.get("names", ())] or None
    if "levels" in told and shown:
        return _label_levels(shown, names)
    name = names[0] if names else None
    if "range" in told:
        start, step = told["range"]
        wanted = pd.RangeIndex(start, start + step * len(shown), step, name=name)
        if shown == list(wanted):
            return wanted
    if told.get("dtype"):
        index = _label_index(shown, told["dtype"], name)
        has_freq = "freq" in told and isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex)
        return _with_freq(index, told["freq"]) if has_freq else index
    return pd.Index(shown, name=name) if shown else pd.Index([], dtype="str", name=name)


def _label_levels(shown: list[Any], names: list[Any] | None) -> pd.Index:
    if not all(isinstance(label, tuple) for label in shown):
        return pd.Index(shown)
    return pd.MultiIndex.from_tuples(shown, names=names)


def _label_index(shown: list[Any], dtype: Mapping[str, Any], name: Hashable) -> pd.Index:
    if dtype["of"] == "object":
        return pd.Index(shown, dtype=object, name=name)
    try:
        kind = decode(encode(array_of(pd.Index(shown)), "columns").array, dtype)
    except (TypeError, ValueError, KeyError, pa.ArrowInvalid):
        return pd.Index(shown, name=name)
    return pd.Index(kind, name=name)


def _index(
    descriptor: FrameDescriptor,
    arrays: Mapping[str, Any],
    rows: int,
    *,
    filtered: bool,
) -> pd.Index:
    levels = descriptor.index
    if not levels:
        return pd.RangeIndex(rows)
    names = [tagged.decode(level["name"]) for level in levels]
    if "range" in levels[0]:
        start, step = (0, 1) if filtered else levels[0]["range"]
        return pd.RangeIndex(start, start + step * rows, step, name=names[0])
    made = [pd.Index(arrays[level["column"]]) for level in levels]
    if len(made) > 1:
        return pd.MultiIndex.from_arrays(made, names=names)
    index = made[0].rename(names[0])
    if levels[0].get("is_range"):
        return _as_range(index)
    freq = levels[0].get("freq")
    return _with_freq(index, freq) if freq and not filtered else index


def _as_range(index: pd.Index) -> pd.Index:
    """Return the index as the range that it was, as far as its values are one."""
    if len(index) < 2 or index.dtype.kind != "i":  # noqa: PLR2004 - a range has two ends
        return index
    start, step = int(index[0]), int(index[1]) - int(index[0])
    made = pd.RangeIndex(start, start + step * len(index), step or 1, name=index.name)
    return made if made.equals(index) else index


def _with_freq(index: Any, freq: str) -> pd.Index:  # noqa: ANN401 - Datetime- or TimedeltaIndex
    """Return the index with its frequency, as far as an append left it regular."""
    try:
        return type(index)(index, freq=freq)
    except ValueError:
        return pd.Index(np.asarray(index)) if index.dtype.kind == "O" else index
