"""Tables of a bucket whose rows are objects."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import commit, engine, fitting
from dkdata.errors import (
    ConflictError,
    ExistsError,
    StoreError,
    TableNotFoundError,
    UnsupportedError,
    UsageError,
)
from dkdata.physical import convert_rows
from dkdata.pinning import Pins
from dkdata.predicate import Constant
from dkdata.query import Query, SaveResult, Write, WriteMode
from dkdata.spilling import holding
from dkdata.store import Store
from dkdata.stores.file.lock import exclusive
from dkdata.stores.s3.objects import cleaning, encoding, saving
from dkdata.stores.s3.objects.client import Client
from dkdata.stores.s3.objects.naming import DEFINITION
from dkdata.stores.s3.objects.planning import wanted
from dkdata.stores.s3.objects.putting import Putting
from dkdata.stores.s3.objects.table import ObjectTable, Place
from dkdata.stores.s3.objects.tagging import without_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from dkdata.alteration import Alteration, Remade
    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.predicate import Predicate
    from dkdata.store import Change
    from dkdata.stores.s3.access import Access
    from dkdata.stores.s3.objects.cache import Cache
    from dkdata.stores.s3.objects.planning import Wanted
    from dkdata.stores.s3.objects.tagging import Excess
    from dkdata.stores.s3.places import PrefixOfTables
    from dkdata.types import Rows

_ATTEMPTS = 10
_EVERYTHING = Constant(True)  # noqa: FBT003


class ObjectTables(Store):
    """Tables below a prefix of a bucket, each record of which is a JSON object of its own.

    A table is made wholly or not at all, and so is every record; a save into one that is there is
    a save of each record.

    Parameters
    ----------
    root
        Where they are.
    cache
        What keeps objects that were fetched.
    excess
        What becomes of the metadata of a record that fits in no tag of its object.
    """

    own_arguments = frozenset({"layout"})
    checks_keys = True
    writes_by_row = True

    def __init__(
        self, root: PrefixOfTables, access: Access, name: str, cache: Cache, excess: Excess
    ) -> None:
        super().__init__(name)
        self.root, self.cache, self._excess = root, cache, excess
        self._client = Client(access, root.bucket)
        self._known: set[str] = set()
        self._pins = Pins[ObjectTable | None]()

    @property
    def identity(self) -> Hashable:
        """Where the tables are."""
        return self.root.identity

    def holds(self, table: str) -> bool:
        """Whether a table has this layout; a table keeps its layout as long as it is there."""
        if table not in self._known and self._is_defined(table):
            self._known.add(table)
        return table in self._known

    def _is_defined(self, table: str) -> bool:
        key = f"{self.root.prefix}{table}/{DEFINITION}"
        return self.root.files.entry(self.root.bucket, key) is not None

    def tables(self) -> list[str]:
        """Return the names of the tables, sorted."""
        return [place.name for place in self.root.places() if self._shows(place.name)]

    def _shows(self, table: str) -> bool:
        """Whether there is a table of that name, be it one that cannot be read."""
        try:
            return self._find(table) is not None
        except StoreError:
            return self._is_defined(table)

    def exists(self, table: str) -> bool:
        """Return whether there is a table of that name; it does not look at the others."""
        return self._find(table) is not None

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return the objects of records that are of no table."""
        found: dict[str, Callable[[], object]] = {}
        for place in self.root.places():
            with suppress(StoreError):  # of a damaged table, dk.tables tells
                found |= cleaning.leftovers(self._place(place.name), place.name, older_than)
        return found

    def check_arguments(self, table: str, **given: object) -> None:
        """Refuse another layout than the one that the table has."""
        if given.get("layout") == "delta":
            message = (
                f"table {table!r} of store {self.name!r} has layout='objects', which is fixed when"
                " a table is made. Leave layout= out, or drop the table first."
            )
            raise UsageError(message)
        super().check_arguments(table, **given)

    def _place(self, table: str) -> Place:
        self.root.place(table)  # refuses what is no name
        root = self.root
        prefix = f"{root.prefix}{table}/"
        return Place(root.files, self._client, root.bucket, prefix, self.cache)

    def _find(self, table: str) -> ObjectTable | None:
        if table in self._pins.found:
            return self._pins.found[table]
        place = self._place(table)
        found = place.definition()
        if found is None or not found[0].is_ready:
            self._known.discard(table)
            return None
        return ObjectTable(place, *found)

    def _table(self, table: str) -> ObjectTable:
        found = self._find(table)
        if found is None:
            raise TableNotFoundError(table, self.name, self.tables())
        return found

    def _schema(self, table: str) -> pa.Schema:
        return self._table(table).schema

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        for _ in range(_ATTEMPTS):
            found = self._table(table)
            plan = wanted(found.schema, found.definition.key, query)
            with ExitStack() as stack:
                rows = self._answered(found, plan, query, stack)
                # Those of a table that was replaced or removed meanwhile go one by one.
                if found.is_current():
                    return holding(rows, stack.pop_all())
        message = f"{table!r} is replaced faster than it can be read. Try again."
        raise ConflictError(message)

    def _answered(
        self, found: ObjectTable, plan: Wanted, query: Query, stack: ExitStack
    ) -> pa.RecordBatchReader:
        """Return the rows that a query asks for; ``stack`` holds what they are read from."""
        if plan.is_by_key:
            return engine.read_rows(found.ids(plan), query)
        records = stack.enter_context(found.fetched(found.candidates(plan).items()))
        if query.is_whole_table:
            return records.contents.read()
        connection = engine.connection()
        source = stack.enter_context(records.contents.source(connection))
        return engine.read(connection, source, query)

    def explain(self, table: str, query: Query) -> str:
        """Return how many objects a query fetches; none is fetched for that."""
        found = self._table(table)
        plan = wanted(found.schema, found.definition.key, query)
        if plan.is_by_key:
            return f"store {self.name!r}: no object is fetched, as their names answer: {query}"
        known = found.candidates(plan)
        sizes = [entry.size for entry in known.values() if entry is not None]
        told = f", {sum(sizes):,} bytes" if len(sizes) == len(known) else ""
        return (
            f"store {self.name!r}: {len(known):,} objects are fetched{told} ({self.cache});"
            f" DuckDB answers: {query}"
        )

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table; see ``Store.write``."""
        with engine.time_limit(write.deadline or engine.current_deadline()):
            return super().write(table, rows, write)

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Let all steps of a write see one definition of the table.

        Others are kept out where the server knows no conditions; else each request has its own.
        """
        conditional = self.root.conditional
        conditional.require(self.root.prefix)
        lock = conditional.lock
        locked = nullcontext() if lock is None else exclusive(lock / "objects", deadline)
        with locked, self._pins.pinned(table, self._find(table)):
            yield

    def _existing(self, table: str, write: Write) -> pa.Schema | None:
        existing = super()._existing(table, write)
        if (existing is None or write.mode is WriteMode.REPLACE) and len(write.key) != 1:
            encoding.check_key(pa.schema([]), write.key)
        return existing

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        found = self._find(table)
        counts = None if found is None else found.definition.note.runs.get(run_id)
        return None if counts is None else saving.result(table, counts, run_id=run_id)

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        assert isinstance(rows, pa.Table)  # noqa: S101 - rows with a key are held
        encoding.check_key(rows.schema, write.key)
        place = self._place(table)
        batch = encoding.batch(rows, write.key[0], place.prefix, self._excess)
        if write.mode is WriteMode.REPLACE:
            result = saving.made(place, self._find(table), table, batch, write)
            self._known.add(table)
            return result
        return saving.added(self._table(table), table, batch, write)

    def _delete(self, table: str, where: Predicate) -> int:
        with self._exclusive(table, engine.current_deadline()):
            return self._deleted(self._table(table), where)

    def _deleted(self, found: ObjectTable, where: Predicate) -> int:
        plan = wanted(found.schema, found.definition.key, Query(where=where))
        is_by_key = plan.by_key == where
        keys = (
            [found.prefix + name for name in self._there(found, plan)]
            if is_by_key
            else [kept.key for kept in self._matching(found, plan, where)[1]]
        )
        found.place.delete(keys)
        return len(keys)

    def _there(self, found: ObjectTable, plan: Wanted) -> Sequence[str]:
        names = list(found.candidates(plan))
        return names if plan.names is None else list(found.held(names))

    def _matching(
        self, found: ObjectTable, plan: Wanted, where: Predicate
    ) -> tuple[pa.Table, list[Any]]:
        """Return the records for which a condition is true, and the objects they are from."""
        key = found.definition.key
        connection = engine.connection()
        fetched = found.fetched(found.candidates(plan).items())
        with fetched as records, records.contents.source(connection) as source:
            rows = engine.read(connection, source, Query(where=where)).read_all()
        known = {kept.key: kept for kept in records.kept}
        keys = [found.prefix + name for name in encoding.names_of(rows, key, found.prefix)]
        if strangers := set(keys) - known.keys():
            message = f"{min(strangers)!r} is not where the record of that id is. Correct it."
            raise StoreError(message)
        return rows, [known[one] for one in keys]

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        found = self._table(table)
        return self._put(found, table, *self._matched(found, where), row)

    def _matched(self, found: ObjectTable, where: Predicate) -> tuple[pa.Table, list[Any]]:
        plan = wanted(found.schema, found.definition.key, Query(where=where))
        return self._matching(found, plan, where)

    def _put(
        self, found: ObjectTable, table: str, rows: pa.Table, kept: list[Any], row: pa.Table
    ) -> int:
        """Give records other values, if nobody has changed them since they were fetched."""
        if not kept:
            return 0
        connection = engine.connection()
        with engine.register(connection, rows) as source:
            changed = engine.updated(connection, source, row, _EVERYTHING).read_all()
        batch = encoding.batch(
            convert_rows(changed, found.schema), found.definition.key, found.prefix, self._excess
        )
        putting = Putting(found.place, found.prefix, commit.new_run_id())
        about = ({**without_metadata(one.about), **putting.mark} for one in kept)
        putting.put(batch, (one.etag for one in kept), about)
        if putting.taken:
            raise saving.taken(found, table, putting)
        return len(kept)

    def amend(self, table: str, where: Predicate, change: Change) -> int:
        """Change the records for which ``where`` is true, as they are found.

        Others may change a record that is to go between the look at it and its end: no server
        of S3's interface that this is tested with removes an object on a condition.
        """
        with self._exclusive(table, engine.current_deadline()):
            found = self._table(table)
            rows, kept = self._matched(found, where)
            if not kept:
                return 0
            values = change(rows)
            if values is None:
                found.place.delete([one.key for one in kept])
                return len(kept)
            wider = fitting.filled(values, found.schema)
            row = fitting.row_for(table, values, wider)
            return self._put(found.widened(wider), table, convert_rows(rows, wider), kept, row)

    def remake(
        self,
        table: str,
        change: Callable[[pa.Table], Remade],
        alter: Callable[[pa.Schema], Alteration | None] = lambda _: None,
    ) -> None:
        """Refuse: every record is an object of its own, and they cannot all change at once."""
        del change, alter
        message = (
            f"table {table!r} of store {self.name!r} keeps every record as an object of its own:"
            " they cannot all change at once. Nothing was changed. Save its rows, changed, under"
            " another name."
        )
        raise UnsupportedError(message)

    def _drop(self, table: str) -> None:
        with self._exclusive(table, engine.current_deadline()):
            found = self._table(table)
            found.place.delete([found.place.prefix + DEFINITION])
            self._known.discard(table)
            found.place.remove(found.definition.folder)

    def _rename(self, table: str, new: str) -> None:
        to = self._place(new)
        if not to.is_empty():
            raise ExistsError.rename(table, new, self.name)
        saving.renamed(self._table(table), to, new)
        self._known.discard(table)
        self._known.add(new)
