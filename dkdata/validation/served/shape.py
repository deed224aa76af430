"""The columns of a table that a server keeps, as pandas would load them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata import frames
from dkdata.dialects.columns import Columns
from dkdata.frames import envelope
from dkdata.predicate import And, Compare, Constant, IsNull, Not, Or, Predicate
from dkdata.quieting import quiet
from dkdata.validation.answering.tiers import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind: TypeAlias = Literal["integer", "float", "text", "boolean", "time", "other"]

EVERY: Final = Constant(value=True)
_NAN: Final = float("nan")
_KINDS: Final[dict[str, Kind]] = {"i": "integer", "u": "integer", "f": "float", "b": "boolean",
                                  "M": "time"}  # fmt: skip
_MOST_ROWS: Final = 1 << 40
_WIDE: Final = ("uint64", "UInt64")
_OTHERS: Final = (pd.CategoricalDtype, pd.PeriodDtype)


def kind_of(dtype: Any) -> Kind | None:  # noqa: ANN401 - any dtype
    """Return what kind of values a dtype has, if the rules about them are known to mean the same.

    ``"other"`` is one of which only the null values are alike.

    Examples
    --------
    >>> kind_of(pd.Int8Dtype()), kind_of(np.dtype("float32")), kind_of(np.dtype(object))
    ('integer', 'float', None)
    """
    if str(dtype) in _WIDE or dtype in ("Float32", "Float64"):  # NaN is no null value there
        return None
    if isinstance(dtype, pd.StringDtype):
        return "text"
    if isinstance(dtype, pd.ArrowDtype):
        return None if pa.types.is_floating(dtype.pyarrow_dtype) else "other"
    if isinstance(dtype, _OTHERS):
        return "other"
    is_plain = isinstance(dtype, (np.dtype, pd.DatetimeTZDtype)) or is_nullable(dtype)
    kind = getattr(dtype, "kind", "")
    if is_plain and kind == "m":
        return "other"
    return _KINDS.get(kind) if is_plain else None


def is_nullable(dtype: Any) -> bool:  # noqa: ANN401 - any dtype
    """Whether a dtype is one of pandas' own whose null value is ``NA``, but not of texts."""
    return isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "numpy_dtype")


@dataclass(frozen=True, eq=False)
class Shape:
    """The columns of a table as pandas would load them.

    Parameters
    ----------
    schema
        Canonical, with its descriptor.
    gaps
        The labels of columns that hold null values, of those that ``uncertain`` names.
    """

    schema: pa.Schema
    gaps: frozenset[str] = frozenset()

    @cached_property
    def _full(self) -> pd.DataFrame:
        """No rows, with the dtypes of columns without null values."""
        return frames.from_arrow(self.schema.empty_table(), "pandas")

    @cached_property
    def _gapped(self) -> pd.DataFrame:
        """No rows, with the dtypes of columns with null values."""
        nulls = [pa.nulls(1, field.type) for field in self.schema]
        rows = pa.Table.from_arrays(nulls, schema=self.schema)
        with quiet():  # some dtypes have no null value
            return frames.from_arrow(rows, "pandas").iloc[:0]

    @property
    def uncertain(self) -> list[str]:
        """The labels of columns whose dtype depends on whether they hold null values."""
        dtypes = zip(self._full.items(), self._gapped.items(), strict=True)
        return [str(label) for (label, a), (_, b) in dtypes if a.dtype != b.dtype]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """No rows, with the dtypes of the table."""
        if not self.gaps:
            return self._full
        made = {
            label: (self._gapped if label in self.gaps else self._full)[label]
            for label in self._full
        }
        return pd.DataFrame(made, index=self._full.index)

    @property
    def index(self) -> tuple[str, ...]:
        """The stored names of the columns that hold the index; none if rows are counted."""
        return envelope.index_names(self.schema)

    @property
    def _counted(self) -> pd.RangeIndex:
        """The labels of rows that are counted."""
        first = cast("pd.RangeIndex", self._full.index)
        return pd.RangeIndex(first.start, first.start + first.step * _MOST_ROWS, first.step)

    @cached_property
    def _stored(self) -> dict[str, str]:
        names = [name for name in self.schema.names if name not in self.index]
        return dict(zip(self._full.columns, names, strict=True))

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self.schema, self.schema)

    def stored(self, label: str) -> str:
        """Return the stored name of a column.

        Raises
        ------
        NotCompiledError
            A predicate would mean another column by that label.
        """
        name = self._stored.get(label)
        if name is None or self._columns.stored_name(label) != name:
            raise NotCompiledError
        return name

    def dtype(self, label: str) -> Any:  # noqa: ANN401 - any dtype
        """Return the dtype of a column."""
        return self.frame[label].dtype

    def kind(self, label: str, *allowed: Kind) -> Kind:
        """Return the kind of a column.

        Raises
        ------
        NotCompiledError
            It is none of those allowed.
        """
        self.stored(label)
        found = kind_of(self.dtype(label))
        if found is None or (found == "other" if not allowed else found not in allowed):
            raise NotCompiledError
        return found

    def missing(self, label: str) -> Predicate:
        """Return the condition that a value counts as null in pandas: null, or NaN."""
        is_null = IsNull(label)
        if kind_of(self.dtype(label)) != "float":
            return is_null
        return Or((is_null, Compare(label, "==", _NAN)))

    def there(self, label: str) -> Predicate:
        """Return the condition that a value does not count as null."""
        is_there = Not(IsNull(label))
        if kind_of(self.dtype(label)) != "float":
            return is_there
        return And((is_there, Compare(label, "!=", _NAN)))  # never unknown, as it can be negated

    def rows(self, data: pa.Table, places: np.ndarray[Any, Any]) -> pd.DataFrame:
        """Return some rows as a pandas frame with the dtypes and labels that they have in it all.

        Parameters
        ----------
        places
            Their places in the table.
        """
        made = frames.from_arrow(data, "pandas")
        dtypes = {label: self.dtype(label) for label in made}
        wanted = {label: one for label, one in dtypes.items() if one != made[label].dtype}
        made = made.astype(wanted) if wanted else made
        return made if self.index else made.set_axis(self._counted.take(places))

    def series(self, label: str, values: pa.Array) -> pd.Series[Any]:
        """Return values of a column as pandas has them."""
        schema = envelope.project(self.schema, [self.stored(label)])
        data = pa.Table.from_arrays([values], schema=schema)
        made = frames.from_arrow(data, "pandas")[label]
        return made.astype(self.dtype(label)).reset_index(drop=True)


def both(*parts: Predicate) -> Predicate:
    """Return the condition that all of some are true."""
    found = tuple(part for part in parts if part != EVERY)
    return found[0] if len(found) == 1 else And(found) if found else EVERY


def either(parts: Iterable[Predicate]) -> Predicate:
    """Return the condition that at least one of some is true."""
    found = tuple(parts)
    return found[0] if len(found) == 1 else Or(found)
