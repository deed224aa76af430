"""What a migration did, and what several did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.errors import MigrationError
from dkdata.query import in_rows
from dkdata.types import type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


@dataclass(frozen=True, repr=False)
class MigrationReport:
    """What a migration did; ``read`` is always the sum of what was written, skipped and failed.

    Parameters
    ----------
    read
        Rows of the source, without those that ``where`` leaves out.
    written
        Those of which the target has something now.
    skipped
        Those that a filter of the transform leaves out, or whose key the target had already.
    failed
        Those that the transform, the suite or the target refuses.
    rejected
        The rows that failed, as a pandas frame, with the reasons in ``_dk_reasons``.
    seconds
        That this call took.
    verified
        Whether what the target has was compared with what was sent.
    resumed_from
        How many rows the target had of an earlier call that was interrupted; ``None`` without one.
    run_id
        Names the migration, also in the target's store.
    types
        A frame with a row for each column that is written: its name, and its types as it is
        ``read``, null for a new one, and ``written``.
    is_dry
        Whether nothing was written in the end.

    Examples
    --------
    >>> print(MigrationReport("people", "warehouse.people", read=3, written=2, skipped=1))
    people -> warehouse.people: 3 rows read, 2 written, 1 skipped in 0.00 s
    """

    source: str
    target: str
    read: int = 0
    written: int = 0
    skipped: int = 0
    failed: int = 0
    rejected: Any = None
    seconds: float = 0.0
    verified: bool = False
    resumed_from: int | None = None
    run_id: str = ""
    types: Any = field(default=None, compare=False)
    is_dry: bool = False

    def __post_init__(self) -> None:
        """Refuse counts of which rows would have got lost."""
        if self.read != self.written + self.skipped + self.failed:
            message = (
                f"{self.source} -> {self.target}: {self.read:,} rows were read, but"
                f" {self.written:,} written, {self.skipped:,} skipped and {self.failed:,} refused:"
                " the source changed while it was read, or the transform miscounts its rows."
            )
            raise MigrationError(message)

    @property
    def counts(self) -> str:
        """What became of the rows: ``"3 rows read, 3 written"``."""
        others = {"skipped": self.skipped, "failed": self.failed}
        told = [f"{count:,} {word}" for word, count in others.items() if count]
        return ", ".join([f"{in_rows(self.read)} read", f"{self.written:,} written", *told])

    def __str__(self) -> str:
        """Return one line."""
        dry = " (a dry run: nothing was changed)" if self.is_dry else ""
        verified = ", verified" if self.verified else ""
        resumed = "" if self.resumed_from is None else f", resumed after {self.resumed_from:,} rows"
        took = f"in {self.seconds:.2f} s"
        return f"{self.source} -> {self.target}: {self.counts} {took}{verified}{resumed}{dry}"

    def __repr__(self) -> str:
        """Return the same as ``str``."""
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<div class='dk-migration'>✓ {escape(str(self))}</div>"


@dataclass(frozen=True, repr=False)
class MigrationReports(Mapping[str, MigrationReport]):
    """What the migrations of several tables did, by the names of the tables.

    Examples
    --------
    >>> reports = MigrationReports({"people": MigrationReport("a.people", "b.people")})
    >>> reports["people"].written, reports.read
    (0, 0)
    """

    by_table: Mapping[str, MigrationReport]

    def __getitem__(self, table: str) -> MigrationReport:
        """Return the report on one table."""
        return self.by_table[table]

    def __iter__(self) -> Iterator[str]:
        """Return the names of the tables, in the order in which they were migrated."""
        return iter(self.by_table)

    def __len__(self) -> int:
        """Return how many tables there were."""
        return len(self.by_table)

    def _sum(self, name: str) -> int:
        return sum(getattr(report, name) for report in self.values())

    @property
    def read(self) -> int:
        """Rows that were read of all tables."""
        return self._sum("read")

    @property
    def written(self) -> int:
        """Rows that were written to all tables."""
        return self._sum("written")

    @property
    def skipped(self) -> int:
        """Rows of all tables that were left out."""
        return self._sum("skipped")

    @property
    def failed(self) -> int:
        """Rows of all tables that were refused."""
        return self._sum("failed")

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each table: its name and the counts of its report."""
        import pandas as pd  # noqa: PLC0415 - on use

        names = ("read", "written", "skipped", "failed", "seconds", "verified")
        rows = [
            {"table": table, **{name: getattr(report, name) for name in names}}
            for table, report in self.items()
        ]
        return pd.DataFrame(rows, columns=["table", *names])

    def __str__(self) -> str:
        """Return a line for each table."""
        return "\n".join(map(str, self.values())) or "no tables"

    def __repr__(self) -> str:
        """Return the same as ``str``."""
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre class='dk-migration'>{escape(str(self))}</pre>"


def types_of(read: pa.Schema, written: pa.Schema) -> pa.Table:
    """Return the types of the columns that are written, and of those of the same names before.

    Examples
    --------
    >>> held = pa.schema([("a", pa.int64())])
    >>> types_of(held, held).to_pylist()
    [{'column': 'a', 'read': 'int64', 'written': 'int64'}]
    """
    before = {field.name: type_name(field.type) for field in read}
    return pa.table({
        "column": pa.array(written.names, pa.large_string()),
        "read": pa.array([before.get(name) for name in written.names], pa.large_string()),
        "written": pa.array([type_name(field.type) for field in written], pa.large_string()),
    })  # fmt: skip
