"""CSV files that somebody else wrote: names, separator and types from their text."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata.errors import StoreError
from dkdata.frames.names import stored_names
from dkdata.stores.file import packing
from dkdata.stores.file.delimited_reading import Dialect, Plan, input_of, opened
from dkdata.stores.file.guessing import Guess
from dkdata.stores.file.snapshot import explained

if TYPE_CHECKING:
    from dkdata.stores.file.note import Note
    from dkdata.stores.file.snapshot import Snapshot

_HEAD = 1 << 16
_SEPARATORS = ",;\t|"
_PLANS: dict[tuple[object, ...], Plan] = {}
_PLANS_KEPT = 16
_BLOCK = 1 << 20


def plan(file: Snapshot, dialect: Dialect, note: Note | None) -> Plan:
    """Return how to parse a file: with the types that fit every field of a column.

    The whole file is read once; the same version of it is not read twice.

    Parameters
    ----------
    note
        What was saved under this name; the file was changed since.
    """
    known = None if note is None else str(note.to_metadata())
    key = (file.inode, file.size, file.modified, dialect, known)
    if key not in _PLANS:
        while len(_PLANS) >= _PLANS_KEPT:
            _PLANS.pop(next(iter(_PLANS)))
        _PLANS[key] = _made(file, dialect, note)
    return _PLANS[key]


def _made(file: Snapshot, dialect: Dialect, note: Note | None) -> Plan:
    with explained(file.path, "cannot be read as CSV", file.place):
        head = _head(file, dialect)
        if dialect.sep is None:
            dialect = replace(dialect, sep=_separator(head))
        names = stored_names(_first_row(head, dialect))
        guesses = _guesses(file, dialect, names, note)
    fields = [pa.field(name, guess.type) for name, guess in guesses.items()]
    metadata = None
    if note is not None:
        metadata = note.schema.metadata
    parsed = tuple(guess.parsed for guess in guesses.values())
    blank = frozenset(name for name, guess in guesses.items() if guess.blank_is_null)
    return Plan(dialect, pa.schema(fields, metadata), parsed, own=False, blank=blank)


def _head(file: Snapshot, dialect: Dialect) -> str:
    """Return the first part of the text, or say why it is none."""
    name = repr(str(file.path))
    with input_of(file, dialect) as stream:
        data = stream.read(_HEAD)
    if not data.strip():
        found = "it is empty (0 bytes)" if not file.size else "it holds no text"
        message = f"{name} cannot be read as CSV: {found}."
        raise StoreError(message)
    found_encoding = packing.BOMS.get(data[:2])
    if found_encoding:
        raise StoreError(_other_encoding(name, found_encoding))
    try:
        return codec_text(data)
    except UnicodeDecodeError as error:
        raise StoreError(_other_encoding(name, "latin-1")) from error


def codec_text(data: bytes) -> str:
    """Return UTF-8 text without its mark; a character cut off at the end is left out."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(data) == _HEAD and error.start > len(data) - 4:
            return data[: error.start].decode("utf-8-sig")
        raise


def _other_encoding(name: str, guess: str) -> str:
    return (
        f"{name} cannot be read as CSV: it is not UTF-8 text."
        f" Name its encoding: options={{'encoding': {guess!r}}}."
    )


def _separator(head: str) -> str:
    """Return the separator that splits the first lines alike."""
    try:
        return csv.Sniffer().sniff(head, _SEPARATORS).delimiter
    except csv.Error:
        line = head.partition("\n")[0]
        return max(_SEPARATORS, key=line.count)


def _first_row(head: str, dialect: Dialect) -> list[str]:
    """Return the names of the header, or made ones where there is none."""
    reader = csv.reader(
        io.StringIO(head, newline=""),
        delimiter=dialect.sep or ",",
        quotechar=dialect.quotechar,
    )
    row = next((row for row in reader if row), [""])
    return row if dialect.header else [f"column_{n}" for n in range(1, len(row) + 1)]


def _guesses(
    file: Snapshot,
    dialect: Dialect,
    names: list[str],
    note: Note | None,
) -> dict[str, Guess]:
    saved = {} if note is None else {f.name: f.type for f in note.schema}
    guesses = {name: Guess(saved.get(name)) for name in names}
    texts = (pa.large_string(),) * len(names)
    try:
        with input_of(file, dialect) as stream:
            for batch in opened(stream, dialect, names, texts):
                for guess, column in zip(guesses.values(), batch.columns, strict=True):
                    guess.look_at(column)
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise StoreError(_reason(file, dialect, len(names), error)) from error
    _check_quotes(file, dialect)
    return guesses


def _check_quotes(file: Snapshot, dialect: Dialect) -> None:
    """Refuse a file whose quotes are not closed: the parser takes them for closed at its end."""
    quotes = 0
    with input_of(file, dialect) as stream:
        while block := stream.read(_BLOCK):
            quotes += packing.count(block, dialect.quotechar.encode())
    if quotes % 2 == 0:
        return
    with input_of(file, dialect) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        rows = csv.reader(
            lines, delimiter=dialect.sep or ",", quotechar=dialect.quotechar, strict=True
        )
        begun = 1
        try:
            for _ in rows:
                begun = rows.line_num + 1
        except csv.Error as error:
            if "limit" in str(error):
                return
            message = (
                f"{str(file.path)!r} cannot be read as CSV: the row that begins in line {begun:,}"
                " opens quotes that are not closed. The file is cut off, or a quote is missing."
            )
            raise StoreError(message) from error


def _reason(file: Snapshot, dialect: Dialect, columns: int, error: Exception) -> str:
    """Return what is wrong with a file: its encoding, or the line of another width."""
    name = repr(str(file.path))
    if "UTF8" in str(error) or isinstance(error, UnicodeError):
        return _other_encoding(name, "latin-1")
    with input_of(file, dialect) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        rows = csv.reader(lines, delimiter=dialect.sep or ",", quotechar=dialect.quotechar)
        try:
            for row in rows:
                if row and len(row) != columns:
                    return (
                        f"{name} cannot be read as CSV: line {rows.line_num} has {len(row)} fields"
                        f" where the first has {columns}. Correct it, or name another separator:"
                        " options={'sep': ';'}."
                    )
        except csv.Error as wrong:
            return f"{name} cannot be read as CSV: line {rows.line_num}: {wrong}."
    return f"{name} cannot be read as CSV: {error}."
