"""Objects of records as rows, in the order in which they were saved."""

from __future__ import annotations

import mmap
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dkdata.errors import QueryError, StoreError
from dkdata.parallel import at_once
from dkdata.stores.file.documents_reading import DocumentContents, plan_of
from dkdata.stores.file.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa

    from dkdata.stores.s3.objects.client import Fetched

_SEARCHED_BYTES = 64 << 20  # of records, in which the one is found that cannot be read
ROW, RUN = "dkdata-row", "dkdata-run"  # what is kept about an object: its place, and who wrote it


@dataclass(frozen=True)
class Kept:
    """What is known of an object whose record was read."""

    key: str
    etag: str
    about: Mapping[str, str]


@dataclass(frozen=True)
class Records:
    """Records that were fetched.

    Parameters
    ----------
    kept
        Where each is from, in the order of the rows.
    """

    contents: DocumentContents
    kept: list[Kept]


@contextmanager
def fetched(
    keys: Iterable[str],
    get: Callable[[str], Fetched | None],
    size: Callable[[str], int],
    schema: pa.Schema,
) -> Iterator[Records]:
    """Give the records of those objects that are there, in the order in which they were saved."""
    with TemporaryDirectory(prefix="dkdata-") as folder:
        path = Path(folder) / "records"
        kept, ends = _written(path, keys, get, size)
        order = sorted(range(len(kept)), key=lambda n: (kept[n].about.get(ROW, ""), kept[n].key))
        if order != list(range(len(kept))):
            path = _arranged(path, ends, order)
        kept = [kept[n] for n in order]
        with snapshot(path, is_private=True) as file:
            contents = DocumentContents(file, plan_of(file, schema, lines=True, packed=None))
            with _blaming(contents, kept):
                yield Records(contents, kept)


def _written(
    path: Path,
    keys: Iterable[str],
    get: Callable[[str], Fetched | None],
    size: Callable[[str], int],
) -> tuple[list[Kept], list[int]]:
    """Write a line for each object; return what is known of them, and where the lines end."""
    kept: list[Kept] = []
    ends = [0]

    def fetch(key: str) -> tuple[str, Fetched | None]:
        return key, get(key)

    with path.open("wb") as file:
        for key, found in at_once(fetch, keys, size):
            if found is None:  # it was deleted meanwhile
                continue
            if not found.body.lstrip().startswith(b"{"):
                raise _no_record(key)
            # In JSON, a line ends between values only.
            file.write(found.body.strip().replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")
            kept.append(Kept(key, found.etag, found.about))
            ends.append(file.tell())
    return kept, ends


def _arranged(path: Path, ends: list[int], order: list[int]) -> Path:
    """Write the lines of a file in another order."""
    arranged = path.with_name("arranged")
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines,
        arranged.open("wb") as out,
    ):
        out.writelines(lines[ends[n] : ends[n + 1]] for n in order)
    return arranged


@contextmanager
def _blaming(contents: DocumentContents, kept: list[Kept]) -> Iterator[None]:
    """Name the object that holds no record, where what is read fails for that."""
    try:
        yield
    except (QueryError, StoreError) as error:
        path = contents.file.path
        if contents.file.size > _SEARCHED_BYTES:
            raise
        lines = path.read_bytes().splitlines(keepends=True)
        wrong = _first_wrong(path.with_name("some"), lines, contents.schema)
        if wrong is None:
            raise
        raise _no_record(kept[wrong].key) from error


def _no_record(key: str) -> StoreError:
    message = (
        f"{key!r} holds no record of this table: a JSON object, with values of the types of its"
        " columns. Correct it, or remove it."
    )
    return StoreError(message)


def _first_wrong(path: Path, lines: list[bytes], schema: pa.Schema) -> int | None:
    """Return the position of the first line that is no record, found by halves."""
    good, wrong = 0, len(lines)
    if _are_records(path, lines, schema):
        return None
    while wrong - good > 1:
        middle = (good + wrong) // 2
        if _are_records(path, lines[good:middle], schema):
            good = middle
        else:
            wrong = middle
    return good


def _are_records(path: Path, lines: list[bytes], schema: pa.Schema) -> bool:
    path.write_bytes(b"".join(lines))
    try:
        with snapshot(path, is_private=True) as file:
            DocumentContents(file, plan_of(file, schema, lines=True, packed=None)).read().read_all()
    except (QueryError, StoreError):
        return False
    return True
