"""One write into one table of objects."""

from __future__ import annotations

import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dkdata import commit, engine
from dkdata.errors import ConflictError, DkError, DkWarning, StoreError
from dkdata.parallel import at_once
from dkdata.query import SaveResult, Write, WriteMode
from dkdata.stores.file.note import Note
from dkdata.stores.s3.objects.client import NEW
from dkdata.stores.s3.objects.definition import Definition
from dkdata.stores.s3.objects.naming import DEFINITION
from dkdata.stores.s3.objects.putting import Putting
from dkdata.stores.s3.objects.table import ObjectTable, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from dkdata.stores.s3.files import Entry
    from dkdata.stores.s3.objects.encoding import Batch

_EXAMPLES = 5
_SECONDS_TO_UNDO = 10.0


def made(
    place: Place, found: ObjectTable | None, table: str, batch: Batch, write: Write
) -> SaveResult:
    """Write all records of a table that is new, or takes the place of the one that was found.

    A new one is reserved first, so that only one of several writers makes it. What takes the place
    of another is written beside it, and counts when the definition says so.
    """
    making = _Making.begun(place, found, table, batch.rows.schema)
    putting = Putting(place, place.prefix + making.folder, write.run_id, write.progress)
    try:
        putting.put(batch, [None] * len(batch.names))
        _verify(making.table, table, batch, write)
        note = making.note
        if write.repeatable:
            runs = note.with_run(write.run_id, {"inserted": putting.written})
            note = replace(note, runs=runs)
        write.before_commit()
        making.finish(note)
    except KeyboardInterrupt as interrupt:
        message = f"{table!r}: interrupted; {making.undone(interrupt)}."
        raise KeyboardInterrupt(message) from interrupt
    except BaseException as error:
        making.undone(error)
        raise
    if found is not None:
        _remove_replaced(found)
    return SaveResult(table, inserted=putting.written, bytes=putting.bytes)


def _remove_replaced(found: ObjectTable) -> None:
    try:
        found.place.remove(found.definition.folder)
    except DkError as error:
        message = (
            f"The rows are saved. Those before could not be removed, which dk.doctor does: {error}"
        )
        warnings.warn(message, DkWarning, stacklevel=2)


@dataclass
class _Making:
    """Records that are of no table until its definition says so.

    Attributes
    ----------
    is_sent
        Whether the definition was sent, so that it may come to be.
    """

    place: Place
    id: str
    folder: str
    note: Note
    etag: str
    is_new: bool
    is_sent: bool = False

    @classmethod
    def begun(
        cls, place: Place, found: ObjectTable | None, table: str, schema: pa.Schema
    ) -> _Making:
        """Reserve a table where there is none, or begin one beside the one that was found."""
        made = commit.new_run_id()
        if found is not None:
            note = Note(schema, found.definition.note.runs)
            return cls(place, made, f"{made}/", note, found.etag, is_new=False)
        begun = place.definition()
        if begun is not None and begun[0].is_ready:
            message = (
                f"somebody else made {table!r} at the same time. Nothing was written. Try again."
            )
            raise ConflictError(message)
        folder = "" if begun is None and place.is_empty() else f"{made}/"
        reserved = Definition(Note(schema), made, folder, is_ready=False)
        etag = place.define(reserved, NEW if begun is None else begun[1])
        return cls(place, made, folder, reserved.note, etag, is_new=True)

    @property
    def table(self) -> ObjectTable:
        """The table that it is to be."""
        return ObjectTable(self.place, self._defined(self.note), self.etag)

    def _defined(self, note: Note) -> Definition:
        return Definition(note, self.id, self.folder)

    def finish(self, note: Note) -> None:
        """Let the records be the table."""
        self.is_sent = True
        try:
            self.place.define(self._defined(note), self.etag)
        except ConflictError:
            self.is_sent = False  # it surely does not come to be
            raise

    def undone(self, failure: BaseException) -> str:
        """Remove the records where they are of no table for sure, and say how the save ended."""
        try:
            with engine.time_limit(time.monotonic() + _SECONDS_TO_UNDO):
                now = self.place.definition()
                if now is not None and now[0].is_ready and now[0].id == self.id:
                    failure.add_note("It was saved all the same: only what followed failed.")
                    return "it was saved already"
                if self.is_sent:
                    failure.add_note("It may come to be saved all the same: look.")
                    return "it may have been saved; look"
                self.place.remove(self.folder)
                if self.is_new and now is not None and now[1] == self.etag:
                    self.place.delete([self.place.prefix + DEFINITION])
        except DkError as error:
            failure.add_note(f"What was begun may be left: {error}")
        return "nothing was changed"


def _verify(found: ObjectTable, table: str, batch: Batch, write: Write) -> None:
    """Compare what is there with what was sent, before it counts."""
    tally = commit.Tally(write.verify)
    tally.watch(batch.rows)
    if write.verify == "count":
        tally.check_count(table, len(found.entries().keys() & set(batch.names)))
    elif write.verify != "none":
        with found.fetched((name, None) for name in batch.names) as records:
            tally.check(table, records.contents.count(), records.contents.read)


def added(found: ObjectTable, table: str, batch: Batch, write: Write) -> SaveResult:
    """Write records into a table that is there, each of them wholly or not at all."""
    names, held = batch.names, found.held(batch.names)
    putting = Putting(found.place, found.prefix, write.run_id, write.progress)
    if write.mode is WriteMode.APPEND:
        _refuse_taken(found, table, held, putting if write.repeatable else None)
    write.before_commit()
    found = found.widened(batch.rows.schema)
    if write.mode is WriteMode.SKIP:
        batch = batch.take([n for n, name in enumerate(batch.names) if name not in held])
    expected = None if write.mode is WriteMode.UPSERT else NEW
    with _told(table, putting, len(batch.names)):
        putting.put(batch, [expected] * len(batch.names))
    found.require_current(table)
    match write.mode:
        case WriteMode.SKIP:
            counts = {"inserted": putting.written, "skipped": len(held) + len(putting.taken)}
            if write.skipped:
                left = held.keys() | set(putting.taken)
                write.skipped([n for n, name in enumerate(names) if name in left])
        case WriteMode.UPSERT:
            counts = {"inserted": putting.written - len(held), "updated": len(held)}
        case _:
            counts = {"inserted": putting.written}
    if putting.taken and write.mode is not WriteMode.SKIP:
        raise taken(found, table, putting)
    _verify_added(found, table, batch, putting, write)
    if write.repeatable:
        found.place.amend(lambda known: _with_run(known, write.run_id, counts))
    return result(table, counts, bytes=putting.bytes)


@contextmanager
def _told(table: str, putting: Putting, count: int) -> Iterator[None]:
    """Say of a save of records that ended early how many of them were written."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        told = f"{putting.written:,} of {count:,} records were written"
        message = f"{table!r}: interrupted; {told}, and perhaps some after them."
        raise KeyboardInterrupt(message) from interrupt
    except DkError as error:
        error.add_note(
            f"{putting.written:,} of {count:,} records were written, and perhaps some after them."
            " Save them again with mode='upsert' or 'skip'; with a run_id, just again."
        )
        raise


def _verify_added(
    found: ObjectTable, table: str, batch: Batch, putting: Putting, write: Write
) -> None:
    """Read back what was added, if that is wanted; the server has acknowledged each record."""
    if write.verify in ("none", "count"):
        return
    others = set(putting.taken)
    batch = batch.take([n for n, name in enumerate(batch.names) if name not in others])
    try:
        _verify(found, table, batch, write)
    except StoreError as error:
        message = (
            f"{table!r}: what is there differs from what was sent: the server bent it, or somebody"
            " else has changed it since. The records were written."
        )
        raise StoreError(message) from error


def _refuse_taken(
    found: ObjectTable, table: str, held: Mapping[str, str], repeated: Putting | None
) -> None:
    """Refuse appended records that are there, but for those of an attempt of the same save."""
    others = [name for name in held if repeated is None or not repeated.wrote(name)]
    if others:
        ids = found.ids_named(others[:_EXAMPLES])
        raise ConflictError.taken(table, [found.definition.key], ids)


def taken(found: ObjectTable, table: str, putting: Putting) -> ConflictError:
    """Return the error of records that somebody else wrote at the same time."""
    shown = ", ".join(map(repr, found.ids_named(putting.taken[:_EXAMPLES])))
    count = len(putting.taken)
    message = (
        f"{table!r}: {count:,} of {count + putting.written:,} records were not written, as"
        f" somebody else wrote them at the same time: {shown}. The others were."
    )
    return ConflictError(message)


def renamed(found: ObjectTable, to: Place, table: str) -> None:
    """Copy a table on the server, then remove it here: there are both for a moment, never none.

    What others add meanwhile comes along, or they are told that the table is gone.
    """
    making = _Making.begun(to, None, table, found.schema)
    try:
        copied = _copied(found, making, {})
        making.finish(found.definition.note)
    except BaseException as error:
        making.undone(error)
        raise
    found.place.delete([found.place.prefix + DEFINITION])
    _copied(found, making, copied)
    found.place.remove(found.definition.folder)


def _copied(found: ObjectTable, making: _Making, before: Mapping[str, Entry]) -> dict[str, Entry]:
    """Copy the records that are not as they were before; return all as they are now."""
    entries = found.entries()

    def copy(name: str) -> None:
        new = making.place.prefix + making.folder + name
        found.place.files.copy(making.place.bucket, found.prefix + name, new)

    for _ in at_once(copy, (name for name, one in entries.items() if before.get(name) != one)):
        pass
    return entries


def result(table: str, counts: Mapping[str, int], **told: Any) -> SaveResult:  # noqa: ANN401
    """Return what a save did, by its counts."""
    inserted, updated, skipped = (counts.get(n, 0) for n in ("inserted", "updated", "skipped"))
    return SaveResult(table, inserted=inserted, updated=updated, skipped=skipped, **told)


def _with_run(known: Definition, run_id: str, counts: Mapping[str, int]) -> Definition:
    return replace(known, note=replace(known.note, runs=known.note.with_run(run_id, counts)))
