"""Tables of an Elasticsearch server."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa

from dkdata import commit, engine, spilling
from dkdata.dialects.elasticsearch import EVERYTHING
from dkdata.errors import ConflictError, TableNotFoundError, UsageError, listing
from dkdata.pinning import Pins
from dkdata.query import Query, SaveResult, Write, WriteMode
from dkdata.store import Store
from dkdata.stores.elasticsearch import (
    aggregating,
    changing,
    cleaning,
    committing,
    lookup,
    reading,
    searchable,
    searching,
    upserting,
)
from dkdata.stores.elasticsearch.client import Client
from dkdata.stores.elasticsearch.definition import Held
from dkdata.stores.elasticsearch.failures import ABSENT, RefusedError, suppress_gone
from dkdata.stores.elasticsearch.naming import alias_of
from dkdata.stores.elasticsearch.saving import Saving, remove, remove_remade, result

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.predicate import Predicate
    from dkdata.query import Search
    from dkdata.stores.elasticsearch.access import Access
    from dkdata.stores.elasticsearch.options import ElasticsearchOptions
    from dkdata.stores.elasticsearch.reading import Answer
    from dkdata.types import Rows

T = TypeVar("T")
_ATTEMPTS = 10


class ElasticsearchStore(Store):
    """The tables of an Elasticsearch server: each an alias of one index or more.

    Parameters
    ----------
    access
        How the server is reached.
    prefix
        What the names of the tables begin with on the server.
    """

    checks_keys: ClassVar[bool] = True
    own_arguments: ClassVar[frozenset[str]] = frozenset({"options"})
    options_model: ClassVar[Any] = "dkdata.stores.elasticsearch.options:ElasticsearchOptions"

    @classmethod
    def _from_options(cls, options: ElasticsearchOptions, name: str) -> Self:
        return cls(options.access(), options.prefix, **cls._named(name))

    @classmethod
    def url_options(cls, url: str) -> dict[str, Any]:
        """Return the address of the server and the options of a URL."""
        parts = urlsplit(url)
        scheme = "https" if parts.scheme.endswith("+https") else "http"
        given: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        return given | {"hosts": f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}"}

    def __init__(self, access: Access, prefix: str = "", name: str = "") -> None:
        super().__init__(name or access.shown)
        self._client, self._prefix = Client(access), prefix
        self._pins = Pins[Held | None]()

    @property
    def identity(self) -> Hashable:
        """The server, as whom it is asked, and what the names of tables begin with there."""
        return self._client.access, self._prefix

    def told(self) -> str:
        """Return the version of the server, if it tells."""
        version = self._client.require_server() or "of a version that it does not tell"
        return f"Elasticsearch {version} at {self._client.access.shown}"

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return the indices that saves which did not end have left."""
        return cleaning.leftovers(self._client, self._prefix, older_than)

    def tables(self) -> list[str]:
        """Return the names of the tables, sorted."""
        return lookup.listed(self._client, self._prefix)

    def exists(self, table: str) -> bool:
        """Return whether there is a table of that name."""
        return self._find(table) is not None

    def _find(self, table: str) -> Held | None:
        if table in self._pins.found:
            return self._pins.found[table]
        self._client.require_server()
        return lookup.find(self._client, table, self._alias(table))

    def _alias(self, table: str) -> str:
        return alias_of(table, self._prefix)

    def _held(self, table: str) -> Held:
        held = self._find(table)
        if held is None:
            raise TableNotFoundError(table, self.name, self.tables())
        return held

    def _schema(self, table: str) -> pa.Schema:
        return self._held(table).schema

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Let all steps of a write see one state; its commit finds out about other writers."""
        del deadline
        with self._pins.pinned(table, self._find(table)):
            yield

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        return self._seen(table, lambda held: self._answer(held, query))

    def _seen(self, table: str, work: Callable[[Held], T]) -> T:
        """Return what is made of a table as it is at one moment."""
        for _ in range(_ATTEMPTS):
            held = self._held(table)
            try:
                return work(held)
            except RefusedError as error:  # one of its indices has gone
                if error.status != ABSENT or table in self._pins.found:
                    raise
        raise self._restless(table)

    @staticmethod
    def _restless(table: str) -> ConflictError:
        return ConflictError(f"{table!r} is replaced all the time. Try again.")

    def _answer(self, held: Held, query: Query) -> pa.RecordBatchReader:
        answer = reading.planned(held, query)
        if _is_count(query, answer):
            counted = reading.count(self._client, held, answer.where)
            return pa.table({"rows": [counted]}).to_reader()
        if asked := aggregating.asked(held, query, answer):
            groups = asked.answered(self._client)
            if groups is not None:
                return engine.read_rows(groups, asked.rest)
        with ExitStack() as stack:
            fetched = reading.fetched(self._client, held, answer.schema, answer.where)
            rows = stack.enter_context(fetched)
            if not query.is_whole_table:
                rows = engine.read_rows(rows, answer.rest)
            return spilling.holding(rows, stack.pop_all())

    def search(self, table: str, wanted: Search, query: Query) -> pa.Table:
        """Return the best rows among those of a query; see ``SupportsSearch``."""
        return self._seen(table, lambda held: searching.best(self._client, held, wanted, query))

    def explain(self, table: str, query: Query) -> str:
        """Return which documents the server is asked for, and what is left to DuckDB."""
        held = self._held(table)
        answer = reading.planned(held, query)
        asked = json.dumps(answer.where or EVERYTHING, ensure_ascii=False)
        if _is_count(query, answer):
            return f"Elasticsearch counts: {asked}\nDuckDB: nothing is left"
        if found := aggregating.asked(held, query, answer):
            return found.told()
        columns = "all columns" if answer.schema.equals(held.schema) else answer.schema.names
        left = "nothing is left" if answer.rest == Query() else f"on these rows: {answer.rest}"
        return f"Elasticsearch: {asked}, {columns}\nDuckDB: {left}"

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        held = self._find(table)
        counts = held.newest.note.runs.get(run_id) if held else None
        return None if counts is None else result(table, counts, run_id)

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all; see ``Store.write``."""
        with engine.time_limit(write.deadline or engine.current_deadline()):
            return super().write(table, rows, write)

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        held = self._find(table)
        is_new = held is None or write.mode is WriteMode.REPLACE
        words = searchable.words_of(table, write.options, rows.schema)
        if held and not is_new:
            _check_words(held, words)
            words = dict(held.newest.words)
        alias = self._alias(table)
        saving = Saving(self._client, table, alias, held, write, self._rows, words)
        if held is None or is_new:
            return saving.save(rows)
        if write.key != held.key:
            return self._merged(saving, held, rows, write)
        if write.mode is WriteMode.APPEND:
            if held.key:
                assert isinstance(rows, pa.Table)  # noqa: S101 - rows with a key are held
                check = partial(upserting.check_free, self._client, held, rows)
                check()
                saving = replace(saving, confirm=check)
            return saving.save(rows)
        if any(part.schema.types != rows.schema.types for part in held.parts):
            return self._merged(saving, held, rows, write)
        return self._changed(held, rows, write)

    def _changed(self, held: Held, rows: Rows, write: Write) -> SaveResult:
        """Write rows document by document."""
        assert isinstance(rows, pa.Table)  # noqa: S101 - rows with a key are held
        write.before_commit()
        look = partial(self._look, held.table)
        counts = upserting.write(self._client, held, rows, write, look)
        if write.progress:
            write.progress(rows.num_rows)
        return result(held.table, counts)

    def _merged(self, saving: Saving, held: Held, rows: Rows, write: Write) -> SaveResult:
        """Write all rows of the table anew, with those that are given."""
        replaced = replace(saving, write=replace(write, mode=WriteMode.REPLACE))

        def old() -> Rows:
            return commit.recast(self._rows(held), rows.schema)

        assert isinstance(rows, pa.Table)  # noqa: S101 - rows with a key are held
        if write.mode is WriteMode.APPEND:
            together = commit.joined(rows.schema, old(), rows)
            return replaced.save(together, {"inserted": rows.num_rows})
        with commit.merged(old, rows, write) as (together, taken):
            word = "updated" if write.mode is WriteMode.UPSERT else "skipped"
            counts = {"inserted": rows.num_rows - taken, word: taken}
            return replaced.save(together, counts)

    def optimize(self, table: str) -> None:
        """Merge the indices that appends to a table have made into one."""
        with self._exclusive(table, engine.current_deadline()):
            held = self._held(table)
            if len(held.parts) > 1:
                write, words = Write(WriteMode.REPLACE), dict(held.newest.words)
                saving = Saving(self._client, table, held.alias, held, write, self._rows, words)
                saving.save(self._rows(held))

    def _rows(self, held: Held) -> Rows:
        """Return all rows of a table."""
        return self._answer(held, Query())

    def _delete(self, table: str, where: Predicate) -> int:
        return self._lasting(table, lambda held: changing.delete(self._client, held, where))

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        return self._lasting(table, lambda held: changing.update(self._client, held, row, where))

    def _lasting(self, table: str, change: Callable[[Held], int]) -> int:
        """Change documents until the indices that have them are those of the table, also after."""
        for _ in range(_ATTEMPTS):
            held = self._look(table)
            if held is None:
                raise TableNotFoundError(table, self.name, self.tables())
            changed = None
            with suppress_gone():
                changed = change(held)
            now = self._look(table)
            remove_remade(self._client, held, now)
            left = {part.index for part in (now.parts if now else ())}
            if changed is not None and left.issuperset(part.index for part in held.parts):
                return changed
        raise self._restless(table)

    def _look(self, table: str) -> Held | None:
        """Return a table as it is now."""
        return lookup.find(self._client, table, self._alias(table))

    def _drop(self, table: str) -> None:
        held = self._held(table)
        committing.drop(self._client, held)
        remove(self._client, [part.index for part in held.parts])

    def _rename(self, table: str, new: str) -> None:
        committing.rename(self._client, self._held(table), self._alias(new))


def _check_words(held: Held, words: Mapping[str, str]) -> None:
    if words and words != held.newest.words:
        message = (
            f"{held.table!r} is searched by the words of {listing(held.newest.words)}: that is"
            " chosen when a table is made. Leave options= out, or choose mode='replace'."
        )
        raise UsageError(message)


def _is_count(query: Query, answer: Answer) -> bool:
    """Whether a query asks for no more than how many documents the server finds."""
    return query == Query(where=query.where, aggregate=commit.COUNT) and answer.rest.where is None
