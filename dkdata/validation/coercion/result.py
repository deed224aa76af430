"""CoerceResult: a frame in its new types, and the values that have no place in it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import shortened
from dkdata.validation.html import titled_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_EXAMPLES: Final = 3
_LINES: Final = 20
_HEADS: Final = ("column", "failures", "examples")


@dataclass(frozen=True, eq=False, repr=False)
class CoerceResult:
    """A converted frame and what could not be converted; true when there is nothing of that.

    Parameters
    ----------
    frame
        Of the kind that went in, null where a value could not be converted.
    failures
        One row for each such value, as a pandas frame: ``column``, ``row`` (its label in the
        index; its position where the frame has none), ``value`` as it was, and ``reason``.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.coerce([{"age": "36"}, {"age": "old"}], {"age": "integer"})
    1 value could not be converted
      age: 1 — 'old' (not a number)
    """

    frame: Any
    failures: pd.DataFrame

    def __bool__(self) -> bool:
        return self.failures.empty

    def __repr__(self) -> str:
        lines = [f"  {column}: {count} — {told}" for column, count, told in self._columns()]
        more = [f"  and {len(lines) - _LINES:,} more columns"] if len(lines) > _LINES else []
        return "\n".join([self._title(), *lines[:_LINES], *more])

    def _title(self) -> str:
        if self:
            return "every value was converted"
        count = len(self.failures)
        return f"{count:,} {'value' if count == 1 else 'values'} could not be converted"

    def _columns(self) -> Iterator[tuple[str, str, str]]:
        """Give each column that has failures, their number, and the first of them."""
        for column, rows in self.failures.groupby("column", sort=False):
            first = rows.head(_EXAMPLES)
            examples = [
                f"{shortened(value, 40)} ({reason})"
                for value, reason in zip(first["value"], first["reason"], strict=True)
            ]
            more = ", …" if len(rows) > _EXAMPLES else ""
            yield str(column), f"{len(rows):,}", ", ".join(examples) + more

    def _repr_html_(self) -> str:
        told = list(self._columns())
        return titled_table(
            "result",
            f"<b>{escape(self._title())}</b>",
            _HEADS if told else (),
            [map(escape, row) for row in told[:_LINES]],
            more=len(told) - _LINES,
            right=1 if told else None,
        )
