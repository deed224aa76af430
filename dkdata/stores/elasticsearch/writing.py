"""The ways in which rows come into a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, fitting
from dkdata.errors import UsageError, listing
from dkdata.query import Query, SaveResult, Write, WriteMode
from dkdata.stores.elasticsearch import answering, lookup, searchable, upserting
from dkdata.stores.elasticsearch.saving import Saving, result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held
    from dkdata.types import Rows


@dataclass(frozen=True)
class Writing:
    """Writes into one table.

    Parameters
    ----------
    held
        The table as it was found, if it was.
    look
        Returns it as it is now.
    """

    client: Client
    table: str
    alias: str
    held: Held | None
    look: Callable[[], Held | None]

    def write(self, rows: Rows, write: Write) -> SaveResult:
        """Write rows into the table, or in its place."""
        words = searchable.words_of(self.table, write.options, rows.schema)
        if self.held is None:  # nobody is to have made it meanwhile
            return self._saving(write, words).save(rows)
        if write.mode is WriteMode.REPLACE:
            return replace(self._saving(write, words), look=self.look).save(rows)
        _check_words(self.held, words)
        return self._written(self.held, rows, write)

    def merge(self, held: Held) -> None:
        """Write all rows of the table into one index."""
        lookup.check_unaltered(self.client, held)
        saving = self._saving(Write(WriteMode.REPLACE), held.newest.words)
        saving.save(self._rows(held))

    def remake(self, held: Held, rows: Rows, write: Write, words: Mapping[str, str]) -> None:
        """Write other rows in the place of the table, if nobody else writes to it meanwhile."""
        lookup.check_unaltered(self.client, held)
        self._saving(write, words).save(rows)

    def widen(self, held: Held, schema: pa.Schema) -> None:
        """Write all rows of the table into one index of a schema that holds them."""
        self._merged(held, schema.empty_table(), Write(WriteMode.APPEND, key=held.key))

    def _saving(self, write: Write, words: Mapping[str, str]) -> Saving:
        return Saving(self.client, self.table, self.alias, self.held, write, self._rows, words)

    def _written(self, held: Held, rows: Rows, write: Write) -> SaveResult:
        """Write rows into a table that is there."""
        is_append = write.mode is WriteMode.APPEND
        is_as_it_was = all(part.schema.types == rows.schema.types for part in held.parts)
        if write.key != held.key or not (is_append or is_as_it_was):
            return self._merged(held, rows, write)
        if not is_append:
            return self._changed(held, rows, write)
        saving = replace(self._saving(write, held.newest.words), look=self.look)
        if held.key:
            assert isinstance(rows, pa.Table)  # noqa: S101 - rows with a key are held
            check = partial(upserting.check_free, self.client, rows=rows)
            check(held)
            saving = replace(saving, confirm=check)
        return saving.save(rows)

    def _changed(self, held: Held, rows: Rows, write: Write) -> SaveResult:
        """Write rows document by document."""
        assert isinstance(rows, pa.Table)  # noqa: S101 - rows with a key are held
        write.before_commit()
        counts = upserting.write(self.client, held, rows, write, self.look)
        return result(self.table, counts)

    def _merged(self, held: Held, rows: Rows, write: Write) -> SaveResult:
        """Write all rows of the table anew, with those that are given."""
        lookup.check_unaltered(self.client, held)
        saving = self._saving(replace(write, mode=WriteMode.REPLACE), held.newest.words)

        def old() -> Rows:
            return fitting.recast(self._rows(held), rows.schema)

        assert isinstance(rows, pa.Table)  # noqa: S101 - rows with a key are held
        if write.mode is WriteMode.APPEND:
            together = commit.joined(rows.schema, old(), rows)
            return saving.save(together, {"inserted": rows.num_rows})
        with commit.merged(old, rows, write) as (together, taken):
            word = "updated" if write.mode is WriteMode.UPSERT else "skipped"
            counts = {"inserted": rows.num_rows - taken, word: taken}
            return saving.save(together, counts)

    def _rows(self, held: Held) -> Rows:
        """Return all rows of a table."""
        return answering.read(self.client, held, Query())


def _check_words(held: Held, words: Mapping[str, str]) -> None:
    if words and words != held.newest.words:
        message = (
            f"{held.table!r} is searched by the words of {listing(held.newest.words)}: that is"
            " chosen when a table is made. Leave options= out, or choose mode='replace'."
        )
        raise UsageError(message)
