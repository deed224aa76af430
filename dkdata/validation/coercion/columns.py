"""One column: what is plain all at once, the rest value by value, each different one once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.frames.arrow_types import whole
from dkdata.validation.coercion.refusal import RefusalError
from dkdata.validation.coercion.target import OBJECT
from dkdata.validation.schemas.field_types import is_null

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dkdata.validation.coercion.notation import Notation
    from dkdata.validation.coercion.target import Source, Target, Values

_SOURCES: Final[tuple[tuple[Callable[[Any], bool], Source], ...]] = (
    (is_type.is_large_string, "text"),
    (is_type.is_integer, "integer"),
    (is_type.is_floating, "float"),
    (is_type.is_timestamp, "time"),
)


@dataclass(frozen=True)
class Converted:
    """A converted column.

    Parameters
    ----------
    array
        Of pandas, null where a value was null or refused.
    positions
        Of the refused values, ascending.
    reasons
        Why each was refused.
    """

    array: Any
    positions: Values
    reasons: Values


@dataclass(frozen=True)
class _Part:
    """Values of a column that are not null, in one Arrow array or as Python objects."""

    positions: Values
    values: Any

    @property
    def source(self) -> Source | None:
        """Which lane can take the values."""
        if not isinstance(self.values, pa.Array):
            return None
        return next((name for holds, name in _SOURCES if holds(self.values.type)), None)

    def only(self, mask: Values) -> _Part:
        """Return the values that a mask is true for."""
        if mask.all():
            return self
        is_arrow = isinstance(self.values, pa.Array)
        held = self.values.filter(pa.array(mask)) if is_arrow else self.values[mask]
        return _Part(self.positions[mask], held)

    def distinct(self, *, is_shared: bool) -> tuple[Sequence[Any], Values]:
        """Return the different values, and which of them is at each place.

        Where results cannot be shared, and where Arrow does not tell values apart, every value
        counts as one of its own.
        """
        each = np.arange(len(self.positions))
        if not isinstance(self.values, pa.Array):
            return self.values, each
        try:
            encoded = self.values.dictionary_encode() if is_shared else None
        except pa.ArrowNotImplementedError:
            encoded = None
        if encoded is None:
            return _python(self.values), each
        return _python(encoded.dictionary), encoded.indices.to_numpy()


class _Unreadable:
    """Stands for a value that Python has nothing for, such as a time in the year 20000."""


def _python(array: pa.Array) -> Sequence[Any]:
    try:
        return array.to_pylist()
    except (ValueError, OverflowError):
        return [_readable(value) for value in array]


def _readable(value: pa.Scalar) -> Any:  # noqa: ANN401 - any value
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return _Unreadable()


def converted(values: pd.Series[Any], target: Target, notation: Notation) -> Converted:
    """Convert a column; never changed, and never an error because of a value.

    Examples
    --------
    >>> from dkdata.validation.coercion.notation import Notation
    >>> from dkdata.validation.coercion.targets import target_of
    >>> made = converted(pd.Series(["1", "x"]), target_of("integer"), Notation())
    >>> made.array.tolist(), made.positions.tolist(), made.reasons.tolist()
    ([1, <NA>], [1], ['not a number'])
    """
    # NumPy takes None for float64, so that it must not get to compare one with the other.
    if target.kept is not None and values.dtype == target.kept and not notation.empty_is_null:
        return Converted(values.array, np.empty(0, "int64"), np.empty(0, OBJECT))
    results, known = np.zeros(len(values), target.dtype), np.zeros(len(values), bool)
    refused: list[tuple[Values, Values]] = []
    for part in _parts(values):
        kept = _without_blanks(part) if notation.empty_is_null else part
        rest = _by_lane(kept, target, notation, results, known)
        refused += _one_by_one(rest, target, notation, results, known)
    for reason, mask in target.check(results, known).items():
        positions = np.flatnonzero(mask)
        refused.append((positions, np.full(len(positions), reason, OBJECT)))
        known &= ~mask
    positions = np.concatenate([np.empty(0, "int64"), *(one for one, _ in refused)])
    reasons = np.concatenate([np.empty(0, OBJECT), *(one for _, one in refused)])
    order = np.argsort(positions, kind="stable")
    return Converted(target.finish(results, known), positions[order], reasons[order])


def _by_lane(
    part: _Part, target: Target, notation: Notation, results: Values, known: Values
) -> _Part:
    """Convert what a lane is sure of; return the rest."""
    lane = None if part.source is None else target.lanes.get(part.source)
    if lane is None or not len(part.positions):
        return part
    found, sure = lane(part.values, notation)
    positions = part.positions[sure]
    results[positions] = found
    known[positions] = True
    return part.only(~sure)


def _one_by_one(
    part: _Part, target: Target, notation: Notation, results: Values, known: Values
) -> Iterator[tuple[Values, Values]]:
    """Convert the different values of a part; give where some were refused, and why."""
    if not len(part.positions):
        return
    different, codes = part.distinct(is_shared=target.is_shared)
    found = np.zeros(len(different), target.dtype)
    reasons = np.full(len(different), None, OBJECT)
    for place, value in enumerate(different):
        try:
            found[place] = target.one(_plain(value), notation)
        except RefusalError as refusal:
            reasons[place] = str(refusal)
    is_right = pd.isna(reasons)[codes]
    positions = part.positions[is_right]
    results[positions] = found[codes[is_right]]
    known[positions] = True
    yield part.positions[~is_right], reasons[codes[~is_right]]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value of NumPy or Arrow as one of Python or pandas."""
    match value:
        case np.datetime64():
            return pd.Timestamp(value)
        case np.timedelta64():
            return pd.Timedelta(value)
        case np.generic():
            return value.item()
        case pa.Scalar():
            return value.as_py()
    return value


def _parts(values: pd.Series[Any]) -> list[_Part]:
    """Return the values that are not null, as Arrow arrays where that changes nothing."""
    array = None if values.dtype == OBJECT else _arrow(values)
    if array is None:
        objects, present = values.to_numpy(dtype=OBJECT), ~is_null(values)
        return _object_parts(_Part(np.flatnonzero(present), objects[present]))
    missing = array.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    return [_Part(np.arange(len(array)), array).only(~missing)]


def _arrow(values: pd.Series[Any]) -> pa.Array | None:
    """Return the values in an Arrow array, unless that loses what they are."""
    try:
        array = whole(pa.array(values, from_pandas=True))
    except (pa.ArrowException, TypeError, ValueError):
        return None
    if is_type.is_dictionary(array.type):
        array = array.dictionary_decode()
    if is_type.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    if is_type.is_string(array.type) or is_type.is_string_view(array.type):
        array = array.cast(pa.large_string())
    if is_type.is_binary_view(array.type):
        array = array.cast(pa.large_binary())
    return None if isinstance(array.type, pa.BaseExtensionType) else array


def _object_parts(part: _Part) -> list[_Part]:
    """Return the texts among Python objects as an Arrow array, and the other objects."""
    objects = part.values  # noqa: PD011 - of no frame
    if pd.api.types.infer_dtype(objects) == "string":
        is_text = np.ones(len(objects), bool)
    else:
        is_text = np.fromiter((isinstance(each, str) for each in objects), bool, len(objects))
    try:
        array = pa.array(objects[is_text], pa.large_string())
    except UnicodeEncodeError:
        is_text = np.fromiter(map(_is_utf8, objects), bool, len(objects))
        array = pa.array(objects[is_text], pa.large_string())
    return [_Part(part.positions[is_text], array), part.only(~is_text)]


def _is_utf8(value: object) -> bool:
    """Whether it is text without lone surrogates, which Arrow cannot have."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _without_blanks(part: _Part) -> _Part:
    """Return a part without empty and blank text, which thereby is null."""
    if part.source != "text":
        return part
    blank = pc.equal(pc.utf8_trim_whitespace(part.values), "")
    return part.only(~blank.to_numpy(zero_copy_only=False))
