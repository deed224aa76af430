"""Results of schemas, remembered for the content of frames."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import xxhash

from dkdata.validation.answering import running
from dkdata.validation.answering.held import InMemory, Scannable
from dkdata.validation.catalogue import CONSTRAINT
from dkdata.validation.constraints.constraint import (
    AllOf,
    AnyOf,
    Custom,
    Not,
    Unique,
)
from dkdata.validation.constraints.reading import constraint_from_json
from dkdata.validation.constraints.registry import function_of, is_registered
from dkdata.validation.schemas.inferring import loaded

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from dkdata.validation.constraints.constraint import Constraint
    from dkdata.validation.results.result import Result
    from dkdata.validation.schemas.schema import Schema
    from dkdata.validation.suite import Suite

_KEPT: Final = 32
"""Results that are remembered, the last ones that were asked for."""


@dataclass
class Memory:
    """The last results, by what was asked of which content."""

    _results: OrderedDict[Hashable, Result] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def find(self, key: Hashable, frame: pd.DataFrame) -> Result | None:
        """Return the result that was kept under a key, about a frame of the same content."""
        with self._lock:
            found = self._results.get(key)
            if found is None:
                return None
            self._results.move_to_end(key)
        return replace(found, _rows=InMemory(frame.copy(deep=False), "pandas"))

    def keep(self, key: Hashable, result: Result) -> None:
        """Keep a result, without its rows, in place of the one that was asked for longest ago."""
        nothing = InMemory(pd.DataFrame(), "pandas")
        with self._lock:
            self._results[key] = replace(result, _rows=nothing)
            while len(self._results) > _KEPT:
                self._results.popitem(last=False)


MEMORY: Final = Memory()


def validate(schema: Schema, frame: Any, **options: Any) -> Result:  # noqa: ANN401 - any frame
    """Return what a schema says of a frame or a table, from memory where that is certain."""
    given = frame if isinstance(frame, Scannable) else loaded(frame)
    if not isinstance(given, pd.DataFrame):
        return running.validate(given, schema, **options)
    key = key_of(schema.suite_for(given), given, options)
    found = None if key is None else MEMORY.find(key, given)
    if found is None:
        found = running.validate(given, schema, **options)
        if key is not None:
            MEMORY.keep(key, found)
    return found


def key_of(suite: Suite, frame: pd.DataFrame, options: dict[str, Any]) -> Hashable | None:
    """Return what a result depends on; ``None`` where that is more than suite and frame.

    It is more for rules that ask other tables or Great Expectations, and where the values of a
    frame are objects of Python, whose content cannot be told quickly.
    """
    functions: list[Any] = []
    for one in suite:
        if one.entry is None or one.entry.kind == "sql" or "other_table_name" in one.kwargs:
            return None
        if one.type == CONSTRAINT.type:
            for part in _parts(constraint_from_json(one.kwargs["constraint"])):
                match part:
                    case Unique(table) if table is not None:
                        return None
                    case Custom(name) if not is_registered(name):
                        return None  # the answer says in which rule
                    case Custom(name):
                        functions.append(function_of(name))
    content = fingerprint(frame)
    asked = json.dumps([suite.to_dict(), options], sort_keys=True, default=repr)
    return None if content is None else (content, asked, *functions)


def _parts(constraint: Constraint) -> Iterator[Constraint]:
    match constraint:
        case AllOf(of) | AnyOf(of):
            for part in of:
                yield from _parts(part)
        case Not(inner):
            yield from _parts(inner)
        case _:
            yield constraint


def fingerprint(frame: pd.DataFrame) -> str | None:
    """Return a hash of the content of a frame: labels, index, dtypes and values.

    It has 128 bits. Frames of equal content have the same, unless Arrow keeps it in other
    buffers. ``None`` if a column or the index holds objects of Python.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 2]})
    >>> fingerprint(frame) == fingerprint(frame.copy())
    True
    >>> fingerprint(frame) == fingerprint(frame.replace(2, 3))
    False
    """
    labels = (frame.columns.tolist(), frame.index.names, frame.shape)
    made = xxhash.xxh3_128(_told(labels, frame.dtypes.tolist(), frame.index.dtype))
    arrays = [frame.iloc[:, place].array for place in range(frame.shape[1])]
    for values in (_index(frame.index), *arrays):
        for part in _buffers(values):
            if part is None:
                return None
            made.update(part)
    return made.hexdigest()


def _index(index: pd.Index) -> Any:  # noqa: ANN401 - an array of any kind
    """Return the values of an index; of a range, what tells it."""
    if isinstance(index, pd.RangeIndex):
        return np.array([index.start, index.stop, index.step])
    return index.array if index.nlevels == 1 else index.to_numpy()


def _buffers(values: Any) -> Iterator[Any]:  # noqa: ANN401 - an array of any kind
    """Yield the memory that holds an array; ``None`` where it holds objects."""
    match values:
        case pd.Categorical():
            yield from _buffers(values.codes)
            yield from _buffers(_index(values.categories))
        case pd.arrays.IntegerArray() | pd.arrays.FloatingArray() | pd.arrays.BooleanArray():
            # What a masked array holds where it is null is anything.
            yield from _buffers(values.to_numpy(np.dtype(values.dtype.type), na_value=0))
            yield from _buffers(values.isna())
        case (
            pd.arrays.NumpyExtensionArray() | pd.arrays.DatetimeArray() | pd.arrays.TimedeltaArray()
        ):
            yield from _buffers(np.asarray(values.asi8 if hasattr(values, "asi8") else values))
        case np.ndarray() if values.dtype != object:
            yield np.ascontiguousarray(values).view(np.uint8)
        case _ if hasattr(values, "__arrow_array__"):
            yield from _of_arrow(values)
        case _:
            yield None


def _of_arrow(values: Any) -> Iterator[Any]:  # noqa: ANN401 - an extension array
    is_arrow = isinstance(values.dtype, pd.ArrowDtype)
    if not is_arrow and getattr(values.dtype, "storage", "") != "pyarrow":
        yield None
        return
    held = values.__arrow_array__()
    for chunk in held.chunks if isinstance(held, pa.ChunkedArray) else [held]:
        yield _told(chunk.type, chunk.offset, len(chunk))
        yield from (b"" if buffer is None else buffer for buffer in chunk.buffers())


def _told(*facts: object) -> bytes:
    return repr(facts).encode("utf-8", "surrogatepass")
