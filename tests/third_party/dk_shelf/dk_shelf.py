"""A backend of another package: the example of ``docs/adding-a-backend.md``."""

import json
import threading
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from dkdata import commit, engine, fitting
from dkdata.errors import TableNotFoundError
from dkdata.options import PathOption, StoreOptions
from dkdata.query import SaveResult, WriteMode
from dkdata.store import Store
from dkdata.types import batches_of

_writing = threading.RLock()


class ShelfOptions(StoreOptions):
    """Where the shelf is."""

    path: PathOption


class ShelfStore(Store):
    """Tables as Arrow files in one folder."""

    options_model = ShelfOptions

    def __init__(self, path, name="shelf"):
        super().__init__(name)
        self._folder = Path(path)
        self._folder.mkdir(parents=True, exist_ok=True)

    def _path(self, table):
        return self._folder / f"{table}.arrow"

    def _held(self, table):
        try:
            with pa.OSFile(str(self._path(table))) as file:
                return pa.ipc.open_file(file).read_all()
        except FileNotFoundError:
            raise TableNotFoundError(table, self.name, self.tables()) from None

    def tables(self):
        return sorted(path.stem for path in self._folder.glob("*.arrow"))

    def _schema(self, table):
        return self._held(table).schema

    def _read(self, table, query):
        return engine.read_rows(self._held(table), query)

    @contextmanager
    def source(self, connection, table):
        with engine.register(connection, self._held(table)) as source:
            yield source

    @contextmanager
    def _exclusive(self, *_):
        with _writing:  # of this process; others need a lock that they see, too
            yield

    def _write(self, table, rows, write):
        tally = commit.Tally(write.verify)
        given = batches_of(tally.watch(rows, write.progress)).read_all()
        tally.check(table, given.num_rows, lambda: given)  # a server is asked again here
        write.before_commit()
        whole, result = given, SaveResult(table, inserted=given.num_rows)
        if write.mode is WriteMode.APPEND:
            whole = pa.concat_tables([fitting.recast(self._held(table), given.schema), given])
        elif write.mode is not WriteMode.REPLACE:
            held = fitting.recast(self._held(table), given.schema)
            with commit.merged(lambda: held, given, write) as (together, taken):
                whole = batches_of(together).read_all()
            kind = "updated" if write.mode is WriteMode.UPSERT else "skipped"
            result = SaveResult(table, inserted=given.num_rows - taken, **{kind: taken})
        runs = self._runs(table)
        if write.repeatable:
            runs[write.run_id] = [result.inserted, result.updated, result.skipped]
        self._replace(table, whole, runs)
        return result

    def _replace(self, table, rows, runs):
        noted = {**(rows.schema.metadata or {}), b"runs": json.dumps(runs)}
        part = self._folder / f".{table}.part"
        schema = rows.schema.with_metadata(noted)
        with pa.OSFile(str(part), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            writer.write_table(rows.replace_schema_metadata(noted))
        part.replace(self._path(table))

    def _runs(self, table):
        """Return what the writes that had an id did; it is in the file of the rows."""
        if not self._path(table).exists():
            return {}
        return json.loads(self._held(table).schema.metadata[b"runs"])

    def _find_run(self, table, run_id):
        counts = self._runs(table).get(run_id)
        return None if counts is None else SaveResult(table, *counts, run_id=run_id)

    def _delete(self, table, where):
        held, connection = self._held(table), engine.connection()
        with engine.register(connection, held) as source:
            left = engine.without(connection, source, where).read_all()
        self._replace(table, left, self._runs(table))
        return held.num_rows - left.num_rows

    def _update(self, table, row, where):
        connection = engine.connection()
        with engine.register(connection, self._held(table)) as source:
            changed = engine.count(connection, source, where)
            rows = engine.updated(connection, source, row, where).read_all()
        self._replace(table, rows, self._runs(table))
        return changed

    def _rename(self, table, new):
        self._path(table).rename(self._path(new))

    def _drop(self, table):
        self._held(table)
        self._path(table).unlink()
