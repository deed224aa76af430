"""Rows that cannot be migrated, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa

from dkdata import frames
from dkdata.errors import MigrationError, UsageError, did_you_mean
from dkdata.frames.reasoned import LISTS, reasoned_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

OnError: TypeAlias = Literal["raise", "skip", "quarantine"] | Callable[[Any], object]
_WAYS = ("raise", "skip", "quarantine")


def check(on_error: object) -> None:
    """Refuse what says nothing of rows that are refused."""
    if on_error not in _WAYS and not callable(on_error):
        message = (
            f"on_error={on_error!r} is not possible.{did_you_mean(on_error, _WAYS)} Choose 'raise',"
            " 'skip', 'quarantine', or give a function that gets the rows as a pandas frame."
        )
        raise UsageError(message)


@dataclass(eq=False)
class Refused:
    """The rows of one migration that are refused.

    Parameters
    ----------
    target
        What messages call it.
    tables
        The rows, each table with the column of reasons.
    """

    target: str
    on_error: OnError
    tables: list[pa.Table] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(table.num_rows for table in self.tables)

    @property
    def raises(self) -> bool:
        """Whether none is allowed."""
        return self.on_error == "raise"

    def add(self, rows: pa.Table) -> None:
        """Take rows with the column of reasons.

        Raises
        ------
        MigrationError
            None is allowed.
        """
        if not rows.num_rows:
            return
        if self.raises:
            reasons = dict.fromkeys(
                reason for listed in rows.column(rows.num_columns - 1).to_pylist()
                for reason in listed
            )  # fmt: skip
            raise MigrationError.refused(self.target, shown(rows), reasons)
        self.tables.append(rows)
        if callable(self.on_error):
            self.on_error(shown(rows))

    def add_some(self, rows: pa.Table, refused: Mapping[int, str]) -> None:
        """Take those rows of a table of which the reasons are given, by their places."""
        if refused:
            places = sorted(refused)
            reasons = pa.array([[refused[place]] for place in places], LISTS)
            self.add(reasoned_rows(rows.take(pa.array(places)), reasons))

    def copy(self) -> Refused:
        """Return the same rows, which tells nobody of others that are added to it."""
        return Refused(self.target, "skip", [*self.tables])

    def together(self, schema: pa.Schema) -> pa.Table:
        """Return all of them; columns that some do not have are null there, and of two types text.

        Parameters
        ----------
        schema
            Of the rows that are written: how those look that there are none of.
        """
        if not self.tables:
            return reasoned_rows(schema.empty_table(), pa.array([], LISTS))
        if len({str(table.schema) for table in self.tables}) == 1:
            return pa.concat_tables(self.tables)
        return _united(self.tables)


def shown(rows: pa.Table) -> Any:  # noqa: ANN401 - a pandas frame
    """Return refused rows as a pandas frame."""
    return frames.from_arrow(rows, "pandas", filtered=True)


def _united(tables: list[pa.Table]) -> pa.Table:
    """Return rows of different columns together: those as they came and as they became."""
    plain = [table.replace_schema_metadata() for table in tables]
    types: dict[str, set[pa.DataType]] = {}
    for table in plain:
        for name, t in zip(table.schema.names, table.schema.types, strict=True):
            types.setdefault(name, set()).add(t)
    mixed = {name for name, found in types.items() if len(found) > 1}
    for number, table in enumerate(plain):
        for place, name in enumerate(table.schema.names):
            if name in mixed:
                values = [None if v is None else str(v) for v in table.column(place).to_pylist()]
                column = pa.array(values, pa.large_string())
                plain[number] = plain[number].set_column(place, name, column)
    return pa.concat_tables(plain, promote_options="default")


def as_texts(rows: pa.Table) -> pa.Table:
    """Return refused rows whose values are JSON texts of ASCII, which every store takes.

    Examples
    --------
    >>> as_texts(pa.table({"a": [1, None], "_dk_reasons": [["a: no"]] * 2}))["a"].to_pylist()
    ['1', None]
    """
    *values, reasons = rows.columns
    texts = [
        pa.array(
            [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()],
            pa.large_string(),
        )
        for column in values
    ]
    return pa.table([*texts, reasons], names=rows.schema.names)
