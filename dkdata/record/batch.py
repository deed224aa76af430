"""What became of several records that were written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dkdata.errors import DkError
    from dkdata.record.record import Record


@dataclass(frozen=True, eq=False)
class BatchResult(Sequence["Record"]):
    """The records that were written, as they are stored, in the order in which they were given.

    Parameters
    ----------
    ids
        Of all that were given, in that order.
    failures
        Why a record was not written, by its id. Only Elasticsearch and record objects on S3 write
        record by record; elsewhere a failure is raised, and none is written.

    Examples
    --------
    >>> import dkdata as dk
    >>> people = dk.records("memory.batched")
    >>> people.create_many([{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]).ids
    [1, 2]
    """

    ids: list[Any]
    failures: dict[Any, DkError] = field(default_factory=dict)
    _records: Callable[[], list[Record]] = list

    @cached_property
    def records(self) -> list[Record]:
        """The records, which nobody else holds."""
        return self._records()

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        """Return one of the records that were written, or several."""
        return self.records[index]

    def __iter__(self) -> Iterator[Record]:
        """Yield the records that were written."""
        return iter(self.records)

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the records, not where they come from."""
        return _unpickled, (self.ids, self.failures, self.records)

    def __len__(self) -> int:
        """Return how many were written."""
        return len(self.ids) - len(self.failures)

    def raise_for_failures(self) -> None:
        """Raise the first failure, if there is one; the others are in its notes."""
        if self.failures:
            first, *others = self.failures.values()
            for other in others:
                first.add_note(str(other))
            raise first

    def __str__(self) -> str:
        """Return how many records were written, and why others were not."""
        told = f"{len(self):,} of {len(self.ids):,} records written"
        return "\n".join([told, *(f"not {one!r}: {why}" for one, why in self.failures.items())])

    def __repr__(self) -> str:
        more = f", failures={self.failures!r}" if self.failures else ""
        return f"BatchResult(ids={self.ids!r}{more})"

    def _repr_html_(self) -> str:
        return f"<div class='dk-save'>{escape(str(self)).replace(chr(10), '<br>')}</div>"


def _unpickled(ids: list[Any], failures: dict[Any, DkError], records: list[Record]) -> BatchResult:
    return BatchResult(ids, failures, lambda: records)
