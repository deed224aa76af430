"""Rows that cannot be migrated, and what becomes of them."""

from __future__ import annotations

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
        """Return all of them; columns that some do not have are null there.

        Parameters
        ----------
        schema
            Of the rows that are written: how those look that there are none of.
        """
        if not self.tables:
            return reasoned_rows(schema.empty_table(), pa.array([], LISTS))
        if len({str(table.schema) for table in self.tables}) == 1:
            return pa.concat_tables(self.tables)
        plain = [table.replace_schema_metadata() for table in self.tables]
        return pa.concat_tables(plain, promote_options="permissive")


def shown(rows: pa.Table) -> Any:  # noqa: ANN401 - a pandas frame
    """Return refused rows as a pandas frame."""
    return frames.from_arrow(rows, "pandas", filtered=True)
