"""One write of rows into a table: a new index, which becomes a part of it at once."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import commit, engine
from dkdata.errors import ConflictError, DkError
from dkdata.query import SaveResult, WriteMode
from dkdata.stores.elasticsearch import committing, lookup, mapping, noting, sending
from dkdata.stores.elasticsearch.beating import beating
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.definition import Held, Part
from dkdata.stores.elasticsearch.encoding import bodies
from dkdata.stores.elasticsearch.failures import RefusedError
from dkdata.stores.elasticsearch.naming import fields_of, index_of, is_of_a_table, mark_of
from dkdata.stores.file.note import Note

_ATTEMPTS = 10
_SMALL_BYTES = 1 << 20
_EXISTS = "resource_already_exists_exception"

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dkdata.query import Write
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.types import Rows


@dataclass(frozen=True)
class Saving:
    """One write.

    Parameters
    ----------
    held
        The table as it was found, if it was.
    read
        Returns the rows of a table.
    words
        The columns whose words are searched, with their analyzers.
    confirm
        Raises where an append may not stay behind what a table has.
    look
        Returns the table as it is now, where that is not to be as it was: it is put in the place of
        whatever is there, or behind it.
    """

    client: Client
    table: str
    alias: str
    held: Held | None
    write: Write
    read: Callable[[Held], Rows]
    words: Mapping[str, str]
    confirm: Callable[[Held], None] | None = None
    look: Callable[[], Held | None] | None = None

    def save(self, rows: Rows, counts: Mapping[str, int] | None = None) -> SaveResult:
        """Write rows behind those that are there, or in their place.

        Parameters
        ----------
        counts
            What the write did, where that is not to insert its rows.
        """
        is_append = self.held is not None and self.write.mode is WriteMode.APPEND
        with self._made(rows, is_append=is_append) as (part, tally):
            unsearched = set[str]()
            watched = tally.watch(_watched(rows, unsearched), self.write.progress)
            made = bodies(watched, part)
            with beating(self.client, part):
                sent = sending.send(self.client, part.index, made, self.table, is_new=True)
                self._settle(part, is_large=_is_large(rows))
                self._check(part, tally)
            told = {**(counts or {"inserted": tally.rows}), "bytes": sent}
            done = part.with_unsearched(unsearched)
            if self.write.repeatable:
                done = done.with_run(self.write.run_id, told)
            noting.note(self.client, part, done)
            self.write.before_commit()
            before = self._commit(done, is_append=is_append)
            if not is_append:
                self._forget(before)
        return result(self.table, told)

    @contextmanager
    def _made(self, rows: Rows, *, is_append: bool) -> Iterator[tuple[Part, commit.Tally]]:
        """Give a new index, which goes where it does not become a part of the table.

        Raises
        ------
        KeyboardInterrupt
            Somebody wants it to end; it says what has become of the save.
        """
        name = index_of(self.alias, commit.new_run_id())
        note, fields = Note(rows.schema, {}), fields_of(rows.schema.names)
        part = Part(name, 0, note, fields, words=self.words)
        part = part.in_table(self.held, is_append=is_append)
        mappings = mapping.mapping_of(part) | {"_meta": part.meta()}
        settings = mapping.settings_of(rows.schema, is_large=_is_large(rows))
        aliases = {mark_of(name): {"is_hidden": True}}
        body = {"settings": settings, "mappings": mappings, "aliases": aliases}
        try:
            self._create(name, body)
            yield part, commit.Tally(self.write.verify)
        except committing.DoubtfulError:
            raise
        except KeyboardInterrupt as interrupt:
            message = f"{self.table!r}: interrupted; {self._undone(name, interrupt)}."
            raise KeyboardInterrupt(message) from interrupt
        except BaseException as error:
            self._undone(name, error)
            raise

    def _undone(self, index: str, failure: BaseException) -> str:
        """Remove an index, unless it is a part of the table; return how the save ended."""
        try:
            with engine.time_limit(time.monotonic() + committing.SECONDS_TO_ASK):
                if committing.settled(self.client, self.alias, index):
                    failure.add_note("It was saved all the same: only what followed failed.")
                    return "it was saved already"
                remove(self.client, [index])
        except DkError as error:
            failure.add_note(f"What was begun may be left, for dk.doctor to remove: {error}")
            return "it may have been saved; look"
        return "nothing was changed"

    def _create(self, name: str, body: Mapping[str, Any]) -> None:
        try:
            self.client.ask("PUT", path_of(name), body)
        except RefusedError as error:  # nobody else knows the name: an answer was lost
            if error.kind != _EXISTS:
                raise

    def _check(self, part: Part, tally: commit.Tally) -> None:
        """Let the documents be found, and compare them with what was sent."""
        self.client.ask("POST", path_of(part.index, "_refresh"))
        found = self.client.ask("GET", path_of(part.index, "_count"))
        made = Held(self.table, "", (part,))
        tally.check(self.table, int(found["count"]), lambda: self.read(made))

    def _settle(self, part: Part, *, is_large: bool) -> None:
        """Bring all to the disk, and let the index be as others are.

        A server that died before has lost some of it, which a count finds out only afterwards.
        """
        if is_large:
            self.client.ask("PUT", path_of(part.index, "_settings"), mapping.FINAL_SETTINGS)
            self.client.ask("POST", path_of(part.index, "_flush"))

    def _commit(self, part: Part, *, is_append: bool) -> Held | None:
        """Let the index be a part of the table, or all of it; return the table as it was before."""
        held = self.held
        for _ in range(_ATTEMPTS):
            behind = held if is_append else None
            if behind:
                actions = committing.appending(behind, part.index)
            else:
                actions = committing.replacing(held, self.alias, part.index)
            try:
                committing.commit(self.client, self.table, self.alias, part.index, actions)
            except ConflictError:
                if self.look is None:
                    raise
                now = self.look()
                if behind:
                    self._check_append(behind, now)
                held = now
                moved = part.in_table(held, is_append=is_append)
                part = noting.note(self.client, part, moved)
                committing.mark(self.client, part.index)
            else:
                if behind:
                    self._confirm(behind, part)
                return held
        raise committing.conflict(self.table)

    def _check_append(self, before: Held, now: Held | None) -> None:
        """Refuse to append to another table, rows that it has, and what a run has appended.

        Raises
        ------
        ConflictError
            One of these.
        """
        is_like_it = now and now.schema.equals(before.schema, check_metadata=True)
        if now is None or not is_like_it:
            raise committing.conflict(self.table)
        if self.write.repeatable and self.write.run_id in now.newest.note.runs:
            raise committing.conflict(self.table)
        if self.confirm:
            self.confirm(now)

    def _confirm(self, held: Held, part: Part) -> None:
        """Take an append back where another write, which was not there before, is against it."""
        if self.confirm is None:
            return
        try:
            self.confirm(held)
        except BaseException as error:
            try:
                with engine.time_limit(None):
                    remove(self.client, [part.index])
            except DkError as failed:
                raise committing.doubtful(self.table, failed) from error
            raise

    def _forget(self, held: Held | None) -> None:
        """Remove the indices whose place another has taken."""
        if held:
            with suppress(DkError):  # they are left over, and nobody finds them
                remove(self.client, [part.index for part in held.parts])


def _watched(rows: Rows, unsearched: set[str]) -> Rows:
    """Return the same rows, and note the columns of which the server cannot find some values."""
    if isinstance(rows, pa.Table):
        unsearched |= mapping.unsearched(rows)
        return rows

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            unsearched.update(mapping.unsearched(batch))
            yield batch

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


def _is_large(rows: Rows) -> bool:
    """Whether rows are so many that the index is better not searched while it is filled."""
    return not isinstance(rows, pa.Table) or rows.nbytes > _SMALL_BYTES


def result(table: str, counts: Mapping[str, int], run_id: str = "") -> SaveResult:
    """Return what a write did."""
    given: dict[str, Any] = dict(counts)
    return SaveResult(table, **given, run_id=run_id)


def remove_remade(client: Client, before: Held, now: Held | None) -> None:
    """Remove indices that the server made anew, as documents came for those that had gone."""
    left = {part.index for part in (now.parts if now else ())}
    for part in before.parts:
        if part.index not in left and not lookup.aliases_of(client, part.index):
            remove(client, [part.index])


def remove(client: Client, indices: list[str]) -> None:
    """Remove indices that dkdata made, if they are there."""
    for index in filter(is_of_a_table, indices):
        client.ask("DELETE", path_of(index), ignore_unavailable="true")
