"""One write into one table of objects."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dkdata import commit, engine
from dkdata.errors import ConflictError, DkError, StoreError
from dkdata.query import SaveResult, Write, WriteMode
from dkdata.stores.file.note import Note
from dkdata.stores.s3.objects.client import NEW
from dkdata.stores.s3.objects.definition import Definition
from dkdata.stores.s3.objects.naming import DEFINITION, id_of
from dkdata.stores.s3.objects.putting import Putting
from dkdata.stores.s3.objects.table import ObjectTable, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.stores.s3.objects.encoding import Batch

_EXAMPLES = 5
_SECONDS_TO_UNDO = 10.0


def made(place: Place, table: str, batch: Batch, write: Write) -> SaveResult:
    """Write all records of a table that is new, or takes the place of another.

    A new one is reserved first, so that only one of several writers makes it. What takes the place
    of another is written beside it, and counts when the definition says so.
    """
    before = place.definition()
    old = before[0] if before is not None and before[0].is_ready else None
    folder = "" if before is None and place.is_empty() else f"{commit.new_run_id()}/"
    note = Note(batch.rows.schema, old.note.runs if old else {})
    etag = before[1] if before is not None else NEW
    if old is None:
        etag = place.define(Definition(note, folder, is_ready=False), etag)
    making = _Making(place, folder, etag, is_new=old is None)
    putting = Putting(place, place.prefix + folder, write.run_id, write.progress)
    try:
        putting.put(batch, [None] * len(batch.names))
        _verify(ObjectTable(place, Definition(note, folder), etag), table, batch, write)
        if write.repeatable:
            runs = note.with_run(write.run_id, {"inserted": putting.written})
            note = replace(note, runs=runs)
        write.before_commit()
        place.define(Definition(note, folder), etag)
    except KeyboardInterrupt as interrupt:
        message = f"{table!r}: interrupted; {making.undone(interrupt)}."
        raise KeyboardInterrupt(message) from interrupt
    except BaseException as error:
        making.undone(error)
        raise
    if old is not None:
        place.remove(old.folder)
    return SaveResult(table, inserted=putting.written, bytes=putting.bytes)


@dataclass(frozen=True)
class _Making:
    """Records that are not of the table yet, and the mark of the definition until then."""

    place: Place
    folder: str
    etag: str
    is_new: bool

    def undone(self, failure: BaseException) -> str:
        """Remove the records, and say what became of the save; else the doctor finds them."""
        try:
            with engine.time_limit(time.monotonic() + _SECONDS_TO_UNDO):
                now = self.place.definition()
                if now is not None and now[0].is_ready and now[0].folder == self.folder:
                    return "it was saved already"
                self.place.remove(self.folder)
                if self.is_new and now is not None and now[1] == self.etag:
                    self.place.delete([self.place.prefix + DEFINITION])
        except DkError as error:
            failure.add_note(f"The records that were written could not be removed: {error}")
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
    held = found.held(batch.names)
    putting = Putting(found.place, found.prefix, write.run_id, write.progress)
    if write.mode is WriteMode.APPEND:
        _refuse_taken(found, table, held, putting if write.repeatable else None)
    write.before_commit()
    found = found.widened(batch.rows.schema)
    if write.mode is WriteMode.SKIP:
        batch = batch.take([n for n, name in enumerate(batch.names) if name not in held])
    expected = None if write.mode is WriteMode.UPSERT else NEW
    try:
        putting.put(batch, [expected] * len(batch.names))
    except KeyboardInterrupt as interrupt:
        told = f"{putting.written:,} of {len(batch.names):,} records were written"
        message = f"{table!r}: interrupted; {told}, and perhaps some after them."
        raise KeyboardInterrupt(message) from interrupt
    found.require_current(table)
    if write.mode is WriteMode.SKIP:
        counts = {"inserted": putting.written, "skipped": len(held) + len(putting.taken)}
    elif putting.taken:
        raise taken(table, putting)
    elif write.mode is WriteMode.UPSERT:
        counts = {"inserted": putting.written - len(held), "updated": len(held)}
    else:
        _verify_added(found, table, batch, write)
        counts = {"inserted": putting.written}
    if write.repeatable:
        found.place.amend(lambda known: _with_run(known, write.run_id, counts))
    return result(table, counts, bytes=putting.bytes)


def _verify_added(found: ObjectTable, table: str, batch: Batch, write: Write) -> None:
    """Compare as ``_verify`` does what was added, each of which the server has acknowledged."""
    if write.verify == "count":
        return
    try:
        _verify(found, table, batch, write)
    except StoreError:
        found.place.delete([found.prefix + name for name in batch.names])
        raise


def _refuse_taken(
    found: ObjectTable, table: str, held: Mapping[str, str], repeated: Putting | None
) -> None:
    """Refuse appended records that are there, but for those of an attempt of the same save."""
    others = [name for name in held if repeated is None or not repeated.wrote(name)]
    if others:
        ids = [id_of(name) for name in others[:_EXAMPLES]]
        raise ConflictError.taken(table, [found.definition.key], ids)


def taken(table: str, putting: Putting) -> ConflictError:
    """Return the error of records that somebody else wrote at the same time."""
    ids = [id_of(name) for name in putting.taken]
    shown = ", ".join(map(repr, ids[:_EXAMPLES]))
    message = (
        f"{table!r}: {len(ids):,} of {len(ids) + putting.written:,} records were not written, as"
        f" somebody else wrote them at the same time: {shown}. The others were."
    )
    return ConflictError(message)


def result(table: str, counts: Mapping[str, int], **told: Any) -> SaveResult:  # noqa: ANN401
    """Return what a save did, by its counts."""
    inserted, updated, skipped = (counts.get(n, 0) for n in ("inserted", "updated", "skipped"))
    return SaveResult(table, inserted=inserted, updated=updated, skipped=skipped, **told)


def _with_run(known: Definition, run_id: str, counts: Mapping[str, int]) -> Definition:
    return replace(known, note=replace(known.note, runs=known.note.with_run(run_id, counts)))
