"""Which file of a folder is which table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from dkdata.errors import UsageError
from dkdata.stores.file import sidecar
from dkdata.stores.file.formats import format_name, suffix_of


@dataclass(frozen=True)
class Naming:
    """Files are named as their tables are, with a suffix where the table's name tells no format.

    Examples
    --------
    >>> csv = Naming(".csv")
    >>> csv.file_of("orders"), csv.file_of("orders.parquet")
    ('orders.csv', 'orders.parquet')
    >>> csv.table_of("orders.csv"), csv.table_of("orders.parquet"), csv.table_of("notes.txt")
    ('orders', 'orders.parquet', None)
    """

    suffix: str = ""

    def file_of(self, table: str) -> str:
        """Return the name of a table's file."""
        if PurePath(table).name != table or table in ("", ".", ".."):
            message = f"{table!r} is not the name of a file. Give its name, without a folder."
            raise UsageError(message)
        return table + self._added(table)

    def _added(self, table: str) -> str:
        return self.suffix if format_name(table) is None else ""

    def table_of(self, file_name: str) -> str | None:
        """Return the table of a file; ``None`` of what is hidden, a sidecar or no table."""
        if file_name.startswith(".") or file_name.endswith(sidecar.SUFFIX):
            return None
        if format_name(file_name) is None:
            return None
        bare = file_name.removesuffix(self.suffix)
        return bare if bare and self.file_of(bare) == file_name else file_name

    def beside(self, table: str, ending: str) -> str:
        """Return the name of a table that belongs to another: of a file of the same suffix."""
        suffix = "" if self._added(table) else suffix_of(table)
        return table.removesuffix(suffix) + ending + suffix
