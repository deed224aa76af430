"""Records written as objects, each of them wholly or not at all."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from dkdata.parallel import at_once
from dkdata.stores.s3.failures import TakenError
from dkdata.stores.s3.objects.fetching import ROW, RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dkdata.stores.s3.objects.encoding import Batch
    from dkdata.stores.s3.objects.table import Place

_TOLD_EACH = 100  # records
_LARGE_BYTES = 16 << 20  # of objects that are sent in parts


@dataclass(frozen=True)
class _Record:
    """An object that is to be written, and the mark that it has to have until then."""

    name: str
    body: bytes
    about: Mapping[str, str]
    tags: Mapping[str, str]
    expected: str | None


@dataclass
class Putting:
    """Writes of records below one prefix.

    Parameters
    ----------
    run_id
        Of the save: an object that it wrote in an earlier attempt counts as written.

    Attributes
    ----------
    taken
        The names of objects that were not written, because somebody else has written them.
    """

    place: Place
    prefix: str
    run_id: str
    progress: Callable[[int], None] | None = None
    written: int = 0
    bytes: int = 0
    taken: list[str] = field(default_factory=list)

    def put(
        self,
        batch: Batch,
        expected: Iterable[str | None],
        about: Iterable[Mapping[str, str]] | None = None,
    ) -> None:
        """Write rows into their objects.

        Parameters
        ----------
        expected
            The marks that the objects have to have until then; ``None`` where that is all the same.
        about
            What is kept about the objects; by default that they come after all that are there.
        """
        with batch.bodies() as bodies:
            given = zip(
                batch.names, bodies, about or self._numbered(), batch.metadata, expected,
                strict=False,
            )  # fmt: skip
            records = (
                _Record(
                    name, body + metadata.blank, {**kept, **metadata.about}, metadata.tags, mark
                )
                for name, body, kept, metadata, mark in given
            )
            since = 0
            for record, is_written in at_once(self._put, records, _size):
                since += 1
                if is_written:
                    self.written += 1
                    self.bytes += len(record.body)
                else:
                    self.taken.append(record.name)
                if self.progress and since == _TOLD_EACH:
                    self.progress(since)
                    since = 0
            if self.progress and since:
                self.progress(since)

    @property
    def mark(self) -> dict[str, str]:
        """What is kept about an object, by which this save knows those that it has written."""
        return {RUN: quote(self.run_id)}

    def wrote(self, name: str) -> bool:
        """Whether this save has written an object, in an attempt whose answer was lost."""
        found = self.place.client.head(self.prefix + name)
        return found is not None and self.mark.items() <= found.about.items()

    def _numbered(self) -> Iterator[Mapping[str, str]]:
        moment, mark = f"{time.time_ns():016x}", self.mark
        for row in itertools.count():
            yield {ROW: f"{moment}-{row:010x}", **mark}

    def _put(self, record: _Record) -> tuple[_Record, bool]:
        key = self.prefix + record.name
        put = self.place.upload if len(record.body) > _LARGE_BYTES else self.place.client.put
        try:
            put(key, record.body, record.about, record.tags, record.expected)
        except (TakenError, FileNotFoundError):
            return record, self.wrote(record.name)
        return record, True


def _size(record: _Record) -> int:
    return len(record.body)
