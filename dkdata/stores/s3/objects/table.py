"""One table of objects: its definition, and the objects of its records."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dkdata.commit import new_run_id
from dkdata.errors import ConflictError
from dkdata.parallel import at_once
from dkdata.stores.s3.failures import TakenError
from dkdata.stores.s3.objects.definition import Definition
from dkdata.stores.s3.objects.fetching import fetched
from dkdata.stores.s3.objects.naming import DEFINITION, id_of, is_id
from dkdata.stores.s3.objects.planning import ids_of, matching
from dkdata.stores.s3.objects.tagging import has_tags, untagged
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from dkdata.stores.s3.files import Entry, Files
    from dkdata.stores.s3.objects.cache import Cache
    from dkdata.stores.s3.objects.client import Client, Fetched
    from dkdata.stores.s3.objects.fetching import Records
    from dkdata.stores.s3.objects.planning import Wanted

_ATTEMPTS = 20
_LISTED_FROM = 1000  # objects that are asked for one by one rather than by a list of all


@dataclass(frozen=True)
class Place:
    """Where the objects of a table are: below a prefix, which ends with a slash."""

    files: Files
    client: Client
    bucket: str
    prefix: str
    cache: Cache

    @property
    def uri(self) -> str:
        """What messages call it."""
        return f"s3://{self.bucket}/{self.prefix}"

    def definition(self) -> tuple[Definition, str] | None:
        """Return what is known of the table and the mark of that, if there is one."""
        found = self.client.get(self.prefix + DEFINITION)
        if found is None:
            return None
        return Definition.from_bytes(found.body, self.uri + DEFINITION), found.etag

    def define(self, definition: Definition, expected: str) -> str:
        """Write down what is known of the table, where that is as it was found; return its mark.

        Raises
        ------
        ConflictError
            It is not.
        """
        key, content = self.prefix + DEFINITION, definition.to_bytes(new_run_id())
        try:
            return self.client.put(key, content, expected=expected)
        except (TakenError, FileNotFoundError) as error:
            # An attempt whose answer was lost may have written it.
            found = self.client.get(key)
            if found is not None and found.body == content:
                return found.etag
            message = f"{self.uri}: somebody else wrote to the table at the same time. Try again."
            raise ConflictError(message) from error

    def amend(self, change: Callable[[Definition], Definition]) -> None:
        """Change what is known of the table, whoever else does so."""
        for attempt in range(_ATTEMPTS):
            found = self.definition()
            if found is None:
                break
            try:
                self.define(change(found[0]), found[1])
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def upload(
        self,
        key: str,
        body: bytes,
        about: Mapping[str, str],
        tags: Mapping[str, str],
        expected: str | None,
    ) -> None:
        """Write a large object in parts; parameters and errors are those of ``Client.put``."""
        match expected:
            case None:
                condition = dict[str, str]()
            case "":
                condition = {"IfNoneMatch": "*"}
            case _:
                condition = {"IfMatch": expected}
        with NamedTemporaryFile(prefix="dkdata-") as file:
            file.write(body)
            file.flush()
            described: dict[str, Any] = {"Metadata": dict(about), "ContentType": "application/json"}
            if tags:
                described["Tagging"] = urlencode(tags)
            self.files.upload(self.bucket, key, Path(file.name), condition, described)

    def is_empty(self) -> bool:
        """Whether there is no object below the prefix."""
        return not self.files.first(self.bucket, self.prefix, 1)

    def remove(self, folder: str) -> None:
        """Remove the records below a folder of the table; nothing else."""
        keys = [entry.key for entry in self.records(folder)]
        self.delete(keys)

    def delete(self, keys: list[str]) -> None:
        """Remove objects that may be there."""
        chunks = (keys[start : start + 1000] for start in range(0, len(keys), 1000))
        for _ in at_once(lambda chunk: self.files.delete(self.bucket, chunk), chunks):
            pass

    def records(self, folder: str, beginning: str = "") -> Iterator[Entry]:
        """Yield the objects of records in a folder of the table whose names begin so."""
        prefix = self.prefix + folder
        for entry in self.files.beside(self.bucket, prefix + beginning):
            if id_of(entry.key.removeprefix(prefix)) is not None:
                yield entry


@dataclass(frozen=True)
class ObjectTable:
    """A table of objects, as its definition was found."""

    place: Place
    definition: Definition
    etag: str

    @property
    def prefix(self) -> str:
        """What the keys of the records begin with."""
        return self.place.prefix + self.definition.folder

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema of the records."""
        return self.definition.schema

    def entries(self, beginning: str = "") -> dict[str, Entry]:
        """Return the objects of records whose names begin so, by their names."""
        held = self.schema.field(self.definition.key).type
        found = {}
        for entry in self.place.records(self.definition.folder, beginning):
            name = entry.key.removeprefix(self.prefix)
            if is_id(id_of(name) or "", held):
                found[name] = entry
        return found

    def held(self, names: list[str]) -> dict[str, str]:
        """Return the marks of those of the objects that are there."""
        if len(names) >= _LISTED_FROM:
            there = self.entries()
            return {name: there[name].etag for name in names if name in there}

        def find(name: str) -> tuple[str, Fetched | None]:
            return name, self.place.client.head(self.prefix + name)

        return {name: found.etag for name, found in at_once(find, names) if found is not None}

    def candidates(self, wanted: Wanted) -> dict[str, Entry | None]:
        """Return the objects that can answer a query, as far as their names tell.

        Those that are known by their names alone need not be there.
        """
        key, schema = self.definition.key, self.schema
        if wanted.names is not None:
            return dict.fromkeys(wanted.names)
        known: dict[str, Entry | None] = dict(self.entries(wanted.beginning))
        if wanted.by_key is None:
            return known
        ids = ids_of(schema, key, (id_of(name) or "" for name in known))
        return {name: known[name] for name in matching(ids, key, wanted.by_key)}

    def ids_named(self, names: Iterable[str]) -> list[object]:
        """Return the ids of objects of those names, as values of the key."""
        ids = ids_of(self.schema, self.definition.key, (id_of(name) or "" for name in names))
        return list(ids.column(0).to_pylist())

    def ids(self, wanted: Wanted) -> pa.Table:
        """Return the ids of the records that are there and whose ids meet a query."""
        found = self.candidates(wanted)
        if wanted.names is not None:
            found = dict.fromkeys(self.held(list(found)))
        return ids_of(self.schema, self.definition.key, (id_of(name) or "" for name in found))

    def fetched(self, found: Iterable[tuple[str, Entry | None]]) -> AbstractContextManager[Records]:
        """Give the records of objects, which need not be there."""
        known = {self.prefix + name: entry for name, entry in found}

        def get(key: str) -> Fetched | None:
            entry = known[key]
            etag = None if entry is None else entry.etag
            record = self.place.cache.get(self.place.client, key, etag)
            return record and self._with_metadata(key, record)

        def size(key: str) -> int:
            entry = known[key]
            return 0 if entry is None else entry.size

        return fetched(known, get, size, self.schema)

    def _with_metadata(self, key: str, record: Fetched) -> Fetched:
        """Return a record with its metadata; those in tags change without its object."""
        tags = self.place.files.tags(self.place.bucket, key) if has_tags(record.about) else {}
        text = untagged(tags, record.about)
        if text is None:
            return record
        start = record.body.rstrip().removesuffix(b"}").rstrip()
        comma = b"" if start.endswith(b"{") else b","
        member = json.dumps({METADATA: text}).encode().removeprefix(b"{")
        return replace(record, body=start + comma + member)

    def widened(self, schema: pa.Schema) -> ObjectTable:
        """Return the table after it was told that its records have another schema."""
        if self.schema.equals(schema, check_metadata=True):
            return self
        note = replace(self.definition.note, schema=schema)
        definition = replace(self.definition, note=note)
        return replace(self, definition=definition, etag=self.place.define(definition, self.etag))

    def is_current(self) -> bool:
        """Whether the table still is the one that was found, however many records it has now."""
        found = self.place.definition()
        return found is not None and found[0].is_ready and found[0].id == self.definition.id

    def require_current(self, table: str) -> None:
        """Refuse where the table was replaced or removed since it was found."""
        if not self.is_current():
            message = (
                f"{table!r} was replaced while records were written to it: they are not in it."
                " Try again."
            )
            raise ConflictError(message)
