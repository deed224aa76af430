"""Constraints on a column of pandas: which rows fail, and what was raised about which of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata import frames
from dkdata.errors import UsageError, shortened
from dkdata.frames import tagged
from dkdata.frames.arrow_types import whole
from dkdata.query import Query
from dkdata.validation.constraints.constraint import (
    AllOf,
    AnyOf,
    Constraint,
    Custom,
    Enum,
    Length,
    MaxLength,
    MaxValue,
    MinLength,
    MinValue,
    Not,
    OfType,
    Pattern,
    Range,
    Required,
    Unique,
)
from dkdata.validation.constraints.registry import function_of
from dkdata.validation.constraints.scales import scale_of
from dkdata.validation.schemas.field_types import fits, is_null

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from dkdata.validation.constraints.scales import Mask

Values: TypeAlias = "pd.Series[Any]"
_ASKED_ONE_BY_ONE: Final = 10_000
_TEXT_WIDTH: Final = 160


@dataclass(frozen=True, eq=False)
class Failing:
    """The rows of a column that fail a constraint.

    Parameters
    ----------
    rows
        Whether each row fails.
    raised
        What was raised, as text, and the positions of the rows about which it was.
    """

    rows: Mask
    raised: Mapping[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, eq=False)
class _Raised:
    """What was raised about which values, collected."""

    found: dict[str, list[np.ndarray[Any, Any]]] = field(default_factory=dict)

    def add(self, error: Exception, positions: Any) -> None:  # noqa: ANN401 - positions or a slice
        told = " ".join(f"{type(error).__name__}: {error}".split())
        text = told if len(told) <= _TEXT_WIDTH else f"{told[: _TEXT_WIDTH - 1]}…"
        self.found.setdefault(text, []).append(positions)


def failing(constraint: Constraint, column: Values) -> Failing:
    """Return the rows of a column that fail a constraint.

    Null passes everything but ``Required`` (and what needs it). A row about which any part of
    the constraint raises fails; nothing that is raised about a value leaves this function.

    Raises
    ------
    DkError
        A custom constraint has no function, or the table of a ``Unique`` cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> from dkdata.validation.constraints.constraint import Enum, Range
    >>> failing(Range(0, 10) | Enum([99]), pd.Series([5, 50, 99])).rows.tolist()
    [False, True, False]
    """
    null = is_null(column)
    held = np.flatnonzero(~null)
    values = column if len(held) == len(column) else column.iloc[held]
    raised = _Raised()
    good = _good(constraint, values, raised)
    found = {text: np.unique(np.concatenate(parts)) for text, parts in raised.found.items()}
    for positions in found.values():
        good[positions] = False
    rows = np.full(len(column), not _null_passes(constraint))
    rows[held] = ~good
    return Failing(rows, {text: held[positions] for text, positions in found.items()})


def _null_passes(constraint: Constraint, *, negated: bool = False) -> bool:
    """Whether null passes; negation goes down to the parts, where null passes it too."""
    match constraint:
        case Required():
            return negated
        case Not(inner):
            return _null_passes(inner, negated=not negated)
        case AllOf(of) | AnyOf(of):
            passes = [_null_passes(part, negated=negated) for part in of]
            return all(passes) if isinstance(constraint, AllOf) is not negated else any(passes)
    return True


def _good(constraint: Constraint, values: Values, raised: _Raised) -> Mask:
    """Return which values, none of them null, meet a constraint: a new array."""
    match constraint:
        case AllOf(of):
            return reduce(np.logical_and, (_good(part, values, raised) for part in of))
        case AnyOf(of):
            return reduce(np.logical_or, (_good(part, values, raised) for part in of))
        case Not(inner):
            return ~_good(inner, values, raised)
        case Required():
            return np.ones(len(values), bool)
        case Unique(table):
            return _unique(values, table)
        case Custom(name):
            return _custom(function_of(name), values, raised)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _of_categories(constraint, values, raised)
    return _single(constraint, values, raised)


def _of_categories(constraint: Constraint, values: Values, raised: _Raised) -> Mask:
    """Return what is good of a column of categories: of each category once."""
    codes = values.cat.codes.to_numpy()
    about = _Raised()
    good = _single(constraint, pd.Series(values.cat.categories), about)
    for text, parts in about.found.items():
        rows = np.flatnonzero(np.isin(codes, np.concatenate(parts)))
        raised.found.setdefault(text, []).append(rows)
    return good[codes]


def _single(constraint: Constraint, values: Values, raised: _Raised) -> Mask:
    """Return which values meet a constraint that is about each of them alone."""
    match constraint:
        case MinValue(low):
            return _between(values, low, None, raised)
        case MaxValue(high):
            return _between(values, None, high, raised)
        case Range(low, high):
            return _between(values, low, high, raised)
        case MinLength(low):
            return _sized(values, low, np.inf, raised)
        case MaxLength(high):
            return _sized(values, 0, high, raised)
        case Length(low, high):
            return _sized(values, low, high, raised)
        case Pattern(regex, search):
            return _matching(values, regex, raised, search=search)
        case Enum(allowed):
            return _among(values, allowed)
        case OfType(field_type):
            return fits(field_type, values)
    message = (
        f"{type(constraint).__name__} is no constraint of dkdata. For one of your own: dk.Custom."
    )
    raise UsageError(message)


def _each(values: Values, check: Callable[[Any], Any], raised: _Raised, kind: Any = bool) -> Any:  # noqa: ANN401
    """Return what a function says of each value, zero where it raises."""
    found = np.zeros(len(values), kind)
    for position, value in enumerate(values):
        try:
            found[position] = check(value)
        except Exception as error:  # noqa: BLE001 - the row fails, and says why
            raised.add(error, [position])
    return found


def _between(values: Values, low: Any, high: Any, raised: _Raised) -> Mask:  # noqa: ANN401
    try:
        scale = scale_of(values)
        if scale is not None:
            return scale.between(low, high)
        texts = _texts(values)
        if texts is not None:
            return _texts_between(texts, low, high)
    except TypeError as error:
        raised.add(error, np.arange(len(values)))
        return np.zeros(len(values), bool)

    def is_between(value: Any) -> bool:  # noqa: ANN401 - any value
        if isinstance(value, bool | np.bool_):
            message = "true and false have no order"
            raise TypeError(message)
        return bool((low is None or value >= low) and (high is None or value <= high))

    return _each(values, is_between, raised)


def _texts(values: Values) -> pa.Array | None:
    """Return a column of text as Arrow, ``None`` if it is none."""
    dtype = values.dtype
    is_text = isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"
    if isinstance(dtype, pd.ArrowDtype):
        t = dtype.pyarrow_dtype
        is_text = is_type.is_string(t) or is_type.is_large_string(t)
    return whole(pa.array(values)).cast(pa.large_string()) if is_text else None


def _texts_between(texts: pa.Array, low: Any, high: Any) -> Mask:  # noqa: ANN401 - bounds
    good = np.ones(len(texts), bool)
    for bound, compare in ((low, pc.greater_equal), (high, pc.less_equal)):
        if bound is None:
            continue
        if not isinstance(bound, str):
            message = f"text cannot be compared with {shortened(bound)}"
            raise TypeError(message)
        good &= compare(texts, pa.scalar(bound, pa.large_string())).to_numpy(zero_copy_only=False)
    return good


def _sized(values: Values, low: float, high: float, raised: _Raised) -> Mask:
    texts = _texts(values)
    if texts is not None:
        sizes = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    else:
        sizes = _each(values, len, raised, "int64")
    return (sizes >= low) & (sizes <= high)


def _matching(values: Values, regex: str, raised: _Raised, *, search: bool) -> Mask:
    compiled = re.compile(regex)
    matches = compiled.search if search else compiled.fullmatch
    texts = _texts(values)
    if texts is None:
        return _each(values, lambda value: matches(value) is not None, raised)
    encoded = texts.dictionary_encode()
    found = [matches(text) is not None for text in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return np.array(found, bool)[codes] if found else np.zeros(len(codes), bool)


def _among(values: Values, allowed: Collection[Any]) -> Mask:
    """Return which values are equal to one of those allowed, and of the same kind."""
    scale = scale_of(values)
    if scale is not None:
        return scale.among(allowed)
    texts = _texts(values)
    if texts is not None:
        wanted = pa.array([item for item in allowed if isinstance(item, str)], pa.large_string())
        return pc.is_in(texts, value_set=wanted).to_numpy(zero_copy_only=False)
    keys = frozenset(map(_key, allowed))
    return np.fromiter((_key(value) in keys for value in values), bool, len(values))


def _key(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return what stands for a value in a set: true is not 1, and lists are what they hold."""
    if isinstance(value, bool | np.bool_):
        return (bool, bool(value))
    if isinstance(value, np.ndarray):
        value = value.tolist()
    try:
        hash(value)
    except TypeError:
        return (type(value), _text(value))
    return value


def _text(value: Any) -> str:  # noqa: ANN401 - any value
    try:
        return tagged.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def _unique(values: Values, table: str | None) -> Mask:
    """Return which values are there once, and are not in the column of a stored table."""
    good = ~_keyed(values).duplicated(keep=False).to_numpy()
    return good if table is None else good & ~_stored(values, table)


def _keyed(values: Values) -> Values:
    """Return the values in a form whose duplicates are exactly those of the values."""
    held = getattr(values.dtype, "pyarrow_dtype", values.dtype)
    is_nested = isinstance(held, pa.DataType) and is_type.is_nested(held)
    if not is_nested and (held != np.dtype(object) or set(map(type, values)) <= {str}):
        return values
    keys = np.empty(len(values), object)
    keys[:] = list(map(_key, values))
    return pd.Series(keys)


def _stored(values: Values, table: str) -> Mask:
    """Return which values the column of the same name of a stored table holds already."""
    from dkdata import catalog  # noqa: PLC0415 - loads DuckDB

    location = catalog.locate(table)
    rows = location.store.read(location.table, Query(columns=(str(values.name),)))
    stored = frames.from_arrow(rows, "pandas", filtered=True).iloc[:, 0].dropna()
    return _among(values, stored.drop_duplicates().tolist())


def _custom(function: Callable[[Values], Any], values: Values, raised: _Raised) -> Mask:
    """Return what a function of the user's says; where it raises, of ever smaller parts."""
    good = np.zeros(len(values), bool)
    parts = [np.arange(len(values))] if len(values) else []
    alone = 0
    while parts:
        part = parts.pop()
        try:
            given = function(values.iloc[part].copy())
            answers = given if isinstance(given, pd.Series) else pd.Series(given)
            if np.isscalar(given) or len(answers) != len(part):
                raised.add(_miscounted(given, len(part)), part)
            else:
                good[part] = _truths(answers)
        except Exception as error:  # noqa: BLE001 - the rows fail, and say why
            if len(part) == 1 or alone >= _ASKED_ONE_BY_ONE:
                alone += 1
                raised.add(error, part)
            else:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
    return good


def _miscounted(given: Any, count: int) -> TypeError:  # noqa: ANN401 - of a user's function
    """Return the error of a function that answers for no single value.

    Its answers for fewer values would be as wrong, though a part of one value hides it.
    """
    message = f"the function returned {shortened(given)}, not one answer for each of {count:,}"
    return TypeError(message)


def _truths(answers: pd.Series[Any]) -> Mask:
    """Return the answers of a function of the user's, checked; null is no yes."""
    known = answers.astype("boolean") if answers.dtype == object else answers
    if known.dtype.kind != "b":
        message = f"the function returned {known.dtype}, not true and false"
        raise TypeError(message)
    return known.fillna(value=False).to_numpy(bool)
