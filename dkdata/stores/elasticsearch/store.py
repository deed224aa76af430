"""Tables of an Elasticsearch server."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from dkdata import engine, fitting
from dkdata.errors import ConflictError, TableNotFoundError
from dkdata.pinning import Pins
from dkdata.query import Query, SaveResult, Write, WriteMode
from dkdata.store import Store
from dkdata.stores.elasticsearch import (
    answering,
    changing,
    cleaning,
    committing,
    lookup,
    searching,
    viewing,
)
from dkdata.stores.elasticsearch.client import Client
from dkdata.stores.elasticsearch.definition import Held
from dkdata.stores.elasticsearch.failures import ABSENT, RefusedError
from dkdata.stores.elasticsearch.foreign import Foreign
from dkdata.stores.elasticsearch.foreign import answering as foreign
from dkdata.stores.elasticsearch.naming import alias_of, asked_name
from dkdata.stores.elasticsearch.saving import remove, result
from dkdata.stores.elasticsearch.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    import pyarrow as pa

    from dkdata.alteration import Alteration, Remade
    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.predicate import Predicate
    from dkdata.query import Search
    from dkdata.questions import View
    from dkdata.store import Change
    from dkdata.stores.elasticsearch.access import Access
    from dkdata.stores.elasticsearch.options import ElasticsearchOptions
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
    writes_by_row: ClassVar[bool] = True
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
        self._pins = Pins[Held | Foreign | None]()

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

    def _find(self, table: str) -> Held | Foreign | None:
        if table in self._pins.found:
            return self._pins.found[table]
        self._client.require_server()
        return lookup.find(self._client, table, asked_name(table, self._prefix))

    def _alias(self, table: str) -> str:
        return alias_of(table, self._prefix)

    def _found(self, table: str) -> Held | Foreign:
        found = self._find(table)
        if found is None:
            raise TableNotFoundError(table, self.name, self.tables())
        return found

    def _held(self, table: str) -> Held:
        return _own(self._found(table))

    def _schema(self, table: str) -> pa.Schema:
        found = self._found(table)
        if isinstance(found, Foreign):
            return foreign.schema(self._client, found)
        return found.schema

    def _schema_for(self, table: str, values: Mapping[Hashable, Any]) -> pa.Schema:
        del values
        return self._held(table).schema

    def _existing(self, table: str, write: Write) -> pa.Schema | None:
        """Return the schema of a table; what dkdata did not make is not written to."""
        if write.mode is not WriteMode.ERROR:
            found = self._find(table)
            if isinstance(found, Foreign):
                raise found.refusal()
        self._alias(table)  # raises where the name stands for several
        return super()._existing(table, write)

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Let all steps of a write see one state; its commit finds out about other writers."""
        del deadline
        with self._pins.pinned(table, self._find(table)):
            yield

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        return self._seen(table, lambda found: self._answer(found, query))

    def _answer(self, found: Held | Foreign, query: Query) -> pa.RecordBatchReader:
        """Return the rows, also those of documents that others added to a table of dkdata's."""
        others = found if isinstance(found, Foreign) else lookup.altered(self._client, found)
        if others is not None:
            return foreign.read(self._client, others, query)
        assert isinstance(found, Held)  # noqa: S101 - else they are others
        return answering.read(self._client, found, query)

    def _seen(self, table: str, work: Callable[[Held | Foreign], T]) -> T:
        """Return what is made of a table as it is at one moment."""
        for _ in range(_ATTEMPTS):
            found = self._found(table)
            try:
                return work(found)
            except RefusedError as error:  # one of its indices has gone
                if error.status != ABSENT or table in self._pins.found:
                    raise
        raise changing.restless(table)

    def look(self, table: str, query: Query, work: Callable[[View | None], T]) -> T:
        """Return what ``work`` makes of one state of the rows that a query asks for.

        It gets ``None`` where the server does not answer exactly, and is called again where the
        table is replaced meanwhile.
        """

        def looked(found: Held | Foreign) -> T:
            if isinstance(found, Foreign) or lookup.altered(self._client, found):
                return work(None)
            with viewing.view_of(self._client, found, query) as view:
                return work(view)

        return self._seen(table, looked)

    def search(self, table: str, wanted: Search, query: Query) -> pa.Table:
        """Return the best rows among those of a query; see ``SupportsSearch``."""

        def best(found: Held | Foreign) -> pa.Table:
            if isinstance(found, Foreign):
                raise found.not_searched()
            return searching.best(self._client, found, wanted, query)

        return self._seen(table, best)

    def explain(self, table: str, query: Query) -> str:
        """Return which documents the server is asked for, and what is left to DuckDB."""
        found = self._found(table)
        if isinstance(found, Foreign):
            return foreign.explain(self._client, found, query)
        return answering.explain(self._client, found, query)

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        held = self._find(table)
        counts = held.newest.note.runs.get(run_id) if isinstance(held, Held) else None
        return None if counts is None else result(table, counts, run_id)

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all; see ``Store.write``."""
        with engine.time_limit(write.deadline or engine.current_deadline()):
            return super().write(table, rows, write)

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        return self._writing(table).write(rows, write)

    def optimize(self, table: str) -> None:
        """Merge the indices that appends to a table have made into one."""
        with self._exclusive(table, engine.current_deadline()):
            held = self._held(table)
            if len(held.parts) > 1:
                self._writing(table).merge(held)

    def remake(
        self,
        table: str,
        change: Callable[[pa.Table], Remade],
        alter: Callable[[pa.Schema], Alteration | None] = lambda _: None,
    ) -> None:
        """Give a table the rows that a function makes of all that it has; see ``Store.remake``.

        Documents that others write or delete meanwhile are a conflict.
        """
        before: dict[str, tuple[int, int]] = {}

        def counted(schema: pa.Schema) -> Alteration | None:
            before.update(changing.written_so_far(self._client, self._held(table)))
            return alter(schema)

        def checked(rows: pa.Table) -> Remade:
            check = partial(changing.check_written, self._client, self._held(table), before)
            return replace(change(rows), before_commit=check)

        super().remake(table, checked, counted)

    def _remake(self, table: str, remade: Remade, write: Write) -> None:
        held = self._held(table)
        words = held.newest.words
        kept = {remade.names[name]: words[name] for name in words if name in remade.names}
        self._writing(table).remake(held, remade.rows, write, kept)

    def _writing(self, table: str) -> Writing:
        found = self._find(table)
        held = None if found is None else _own(found)
        look = partial(self._look, table)
        return Writing(self._client, table, self._alias(table), held, look)

    def _look(self, table: str) -> Held | None:
        """Return a table as it is now, whatever this thread has seen of it."""
        found = lookup.find(self._client, table, self._alias(table))
        return None if found is None else _own(found)

    def _delete(self, table: str, where: Predicate) -> int:
        return self._changed(table, partial(changing.delete, where=where))

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        return self._changed(table, partial(changing.update, row=row, where=where))

    def amend(self, table: str, where: Predicate, change: Change) -> int:
        """Change the rows for which ``where`` is true, as they are found; see ``Store.amend``."""
        return self._changed(table, partial(changing.amend, change=change, where=where))

    def _changed(self, table: str, change: Callable[[Client, Held], int]) -> int:
        for _ in range(_ATTEMPTS):
            lookup.check_unaltered(self._client, self._held(table))
            try:
                return changing.lasting(self._client, table, partial(self._look, table), change)
            except fitting.TooNarrowError as needed:
                self._pins.forget()
                with suppress(ConflictError):  # others have written, and it is looked at again
                    self._writing(table).widen(self._held(table), needed.schema)
        raise changing.restless(table)

    def _drop(self, table: str) -> None:
        found = self._found(table)
        if isinstance(found, Foreign):
            if not found.is_made_by_dkdata:
                raise found.refusal()
            remove(self._client, list(found.indices))
            return
        committing.drop(self._client, found)
        remove(self._client, [part.index for part in found.parts])

    def _rename(self, table: str, new: str) -> None:
        committing.rename(self._client, self._held(table), self._alias(new))


def _own(found: Held | Foreign) -> Held:
    """Return a table that dkdata made, and that nobody altered: one to be written to."""
    if isinstance(found, Foreign):
        raise found.refusal()
    return found
