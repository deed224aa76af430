"""Formats of files: by suffix, with their options."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast, runtime_checkable

from dkdata.errors import UsageError, did_you_mean, listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    import duckdb
    import polars as pl
    import pyarrow as pa

    from dkdata.dialects.select import Source
    from dkdata.stores.file.note import Note
    from dkdata.stores.file.snapshot import Snapshot
    from dkdata.types import Rows

_PACKED = {".gz": "gzip", ".zst": "zstd"}
_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "parquet": ("parquet:Parquet", {}),
    "csv": ("delimited:Csv", {"sep": ","}),
    "tsv": ("delimited:Csv", {"sep": "\t"}),
    "json": ("documents:Json", {"lines": False}),
    "jsonl": ("documents:Json", {"lines": True}),
    "ndjson": ("documents:Json", {"lines": True}),
    "arrow": ("arrow:ArrowFile", {}),
    "feather": ("arrow:ArrowFile", {}),
}  # fmt: skip
_TEXT = ("csv", "tsv", "json", "jsonl", "ndjson")
SUFFIXES = (
    *(f".{name}" for name in _FORMATS),
    *(f".{name}{packed}" for name in _TEXT for packed in _PACKED),
)
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")


class Contents(Protocol):
    """The rows of one version of a file."""

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema, with descriptor where there is one."""

    def read(self) -> pa.RecordBatchReader:
        """Return all rows as a stream, in the order of the file."""

    def source(self, connection: duckdb.DuckDBPyConnection) -> AbstractContextManager[Source]:
        """Make the rows readable by DuckDB, any number of times."""

    def count(self) -> int:
        """Return the number of rows."""


@runtime_checkable
class SupportsLazy(Protocol):
    """Contents that polars can read by itself."""

    def lazy(self) -> pl.LazyFrame | None:
        """Return all rows in canonical types; ``None`` where polars alone does not give them."""


@dataclass(frozen=True)
class Format(ABC):
    """How rows are kept in a file; its fields are the options that users may give."""

    embeds_note: ClassVar[bool]
    internal: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def open(self, file: Snapshot, note: Note | None, *, trusted: bool) -> Contents:
        """Return the rows of a file.

        Parameters
        ----------
        note
            What is known about it, where it does not say so itself.
        trusted
            Whether the note is of this very content.
        """

    def note(self, file: Snapshot) -> Note | None:
        """Return what the file says about itself."""
        del file
        return None

    @property
    def kept_options(self) -> dict[str, Any]:
        """The options that have to be known to read a file again."""
        return {}

    def like(self, options: Mapping[str, Any]) -> Format:
        """Return the format with the options by which a file was written."""
        return replace(self, **options) if options else self

    @abstractmethod
    def write(self, path: Path, rows: Rows, note: Note) -> None:
        """Write canonical rows, and where the format has a place for it the note."""


@runtime_checkable
class SupportsPolarsRows(Protocol):
    """A format that polars can write by itself."""

    def write_polars(self, path: Path, frame: pl.DataFrame, note: Note) -> None:
        """Write the frame of ``PolarsRows``, as ``Format.write`` writes rows."""


def format_name(file_name: str) -> tuple[str, str | None] | None:
    """Return the format and the compression that a name's suffix means.

    Examples
    --------
    >>> format_name("orders.CSV.gz"), format_name("orders.xlsx")
    (('csv', 'gzip'), None)
    """
    lower = file_name.lower()
    for suffix in SUFFIXES:
        if lower.endswith(suffix):
            name, _, packed = suffix[1:].partition(".")
            return name, _PACKED.get(f".{packed}")
    return None


def suffix_of(file_name: str) -> str:
    """Return the suffix of a name: all of one that means a format, else what follows a dot.

    Examples
    --------
    >>> suffix_of("my.orders.CSV.gz"), suffix_of("orders.dat")
    ('.CSV.gz', '.dat')
    """
    known = [suffix for suffix in SUFFIXES if file_name.lower().endswith(suffix)]
    return file_name[-max(map(len, known)) :] if known else PurePath(file_name).suffix


def chosen(file_name: str, name: str | None, options: Mapping[str, Any]) -> Format:
    """Return the format of a file, by ``name`` or else by its suffix, with ``options``.

    Raises
    ------
    UsageError
        The suffix, the format or an option is not known.
    """
    by_suffix = format_name(file_name)
    if name is None:
        if by_suffix is None:
            raise UsageError(unknown_suffix(file_name))
        name, packed = by_suffix
    else:
        name, packed = _named(name, file_name)
    place, preset = _FORMATS[name]
    module, _, class_name = place.partition(":")
    kind = getattr(import_module(f"dkdata.stores.file.{module}"), class_name)
    _check_options(kind, name, options)
    packing: dict[str, Any] = {} if packed is None else {"packing": packed}
    return cast("Format", kind(**{**preset, **packing, **options}))


def _named(name: str, file_name: str) -> tuple[str, str | None]:
    """Return the format of a name such as ``csv`` or ``csv.gz``; the suffix may say how packed."""
    wanted = name.lower().lstrip(".")
    found = format_name(f".{wanted}")
    if wanted not in _FORMATS and (found is None or found[1] is None):
        raise UsageError.choice("format", name, [suffix[1:] for suffix in SUFFIXES])
    wanted, _, _ = wanted.partition(".")
    packed = found[1] if found else None
    if packed is None and wanted in _TEXT:
        ending = file_name.lower()[file_name.rfind(".") :] if "." in file_name else ""
        packed = _PACKED.get(ending)
    return wanted, packed


def _check_options(kind: type[Format], name: str, options: Mapping[str, Any]) -> None:
    known = [f.name for f in fields(kind) if f.name not in kind.internal]
    for option in options:
        if option not in known:
            message = (
                f"format {name!r} has no option {option!r}.{did_you_mean(option, known)}"
                f" There are: {listing(known)}."
            )
            raise UsageError(message)


def unknown_suffix(path: str) -> str:
    """Return what is wrong with a path whose suffix means no format."""
    ending = PurePath(path).suffix
    if ending.lower() in SPREADSHEETS:
        way = "For a spreadsheet use pandas: frame.to_excel(path), pandas.read_excel(path)."
    elif ending.lower() in (".duckdb", ".db"):
        way = f"For a table of a DuckDB file write 'duckdb:///{path}#table'."
    else:
        way = "Give format='csv' (or another) for a file with a suffix of its own."
    found = f"unknown suffix {ending!r}" if ending else "no suffix"
    return f"{path!r}: {found}. There are: {' '.join(SUFFIXES)}. {way}"
