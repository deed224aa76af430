"""JSON files that somebody else wrote: types that hold every value exactly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from dkdata import engine
from dkdata.dialects.fragment import text
from dkdata.errors import StoreError
from dkdata.frames.names import stored_names
from dkdata.physical import Carrier, convert, physical
from dkdata.stores.file import packing
from dkdata.stores.file.documents_reading import Plan, read_json, read_objects, sql_type
from dkdata.stores.file.guessing import Guess
from dkdata.stores.file.snapshot import explained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.stores.file.note import Note
    from dkdata.stores.file.snapshot import Snapshot

_HEAD = 1 << 16
_INTEGERS = ("UBIGINT", "BIGINT", "HUGEINT")
LONG_INTEGER = r"[^0-9.][0-9]{16,}[^0-9.eE]"
_PLANS: dict[tuple[object, ...], Plan] = {}
_PLANS_KEPT = 16


def plan(file: Snapshot, note: Note | None, packed: str | None) -> Plan:
    """Return how to read a file; the same version of it is not looked at twice.

    Parameters
    ----------
    note
        What was saved under this name; the file was changed since.
    """
    known = None if note is None else str(note.to_metadata())
    key = (file.inode, file.size, file.modified, file.place, packed, known)
    if key not in _PLANS:
        while len(_PLANS) >= _PLANS_KEPT:
            _PLANS.pop(next(iter(_PLANS)))
        with explained(file.path, "cannot be read as JSON", file.place):
            _PLANS[key] = _made(file, note, packed)
    return _PLANS[key]


def _made(file: Snapshot, note: Note | None, packed: str | None) -> Plan:
    form = _form(file, packed)
    objects = read_objects(file, form, packed)
    structure, has_long = _structure(file, objects)
    keys = list(structure)
    names = stored_names(keys)
    types = _types(objects, structure, has_long)
    saved = {} if note is None else _still_fitting(objects, note, keys)
    given = [physical(saved[key], Carrier.JSON) if key in saved else types[key] for key in keys]
    fields = [
        pa.field(name, saved.get(key, types[key])) for name, key in zip(names, keys, strict=True)
    ]
    schema = pa.schema(fields, None if note is None else note.schema.metadata)
    if names == keys:
        columns = dict(zip(keys, map(sql_type, given), strict=True))
        sql = read_json(file, columns, form, packed)
    else:
        shown = [
            f"{extracted(key, t)} AS {_quoted(name)}"
            for key, t, name in zip(keys, given, names, strict=True)
        ]
        sql = f"(SELECT {', '.join(shown)} FROM {objects})"
    return Plan(schema, sql, tuple(given))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _form(file: Snapshot, packed: str | None) -> str:
    """Return whether the file is an array or a row of objects, by its first character."""
    name = repr(str(file.path))
    with packing.input_of(file, packed) as stream:
        head = stream.read(_HEAD)
    start = head.removeprefix(packing.UTF8_BOM).lstrip()
    if not start:
        found = "it is empty (0 bytes)" if not file.size else "it holds no text"
        message = f"{name} cannot be read as JSON: {found}."
        raise StoreError(message)
    match start[:1]:
        case b"[":
            _check_end(file, packed)
            return "array"
        case b"{":
            return "newline_delimited" if _is_line(start) else "unstructured"
    message = (
        f"{name} cannot be read as JSON: it starts with {start[:12]!r}, where an array of objects"
        " or an object is expected."
    )
    raise StoreError(message)


def _check_end(file: Snapshot, packed: str | None) -> None:
    """Refuse an array that is cut off: DuckDB takes what is there after a comma for all of it."""
    with packing.input_of(file, packed) as stream:
        if packed is None:
            stream.seek(max(0, file.size - _HEAD))
        tail = b""
        while block := stream.read(_HEAD):
            tail = (tail + block)[-_HEAD:]
    if not tail.rstrip().endswith(b"]"):
        message = (
            f"{str(file.path)!r} cannot be read as JSON: the array that it starts with has no end"
            " (']'). It may have been cut off."
        )
        raise StoreError(message)


def _is_line(start: bytes) -> bool:
    """Return whether the first line is an object of its own."""
    line, end, _ = start.partition(b"\n")
    if not end:
        return True
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return not line.rstrip().endswith((b"{", b",", b"["))


def _structure(file: Snapshot, objects: str) -> tuple[dict[str, Any], bool]:
    """Return the type of every key over all records, and whether there are long integers."""
    query = (
        "SELECT json_group_structure(json)::VARCHAR, min(json_type(json)), max(json_type(json)),"
        f" bool_or(regexp_matches(json::VARCHAR, {text(LONG_INTEGER)})) FROM {objects}"
    )
    found, first, last, has_long = engine.connection().sql(query).fetchall()[0]
    name = repr(str(file.path))
    if found is None:
        message = f"{name} cannot be read as JSON: it holds no records, so no columns are known."
        raise StoreError(message)
    if {first, last} != {"OBJECT"}:
        wrong = (first if first != "OBJECT" else last).lower()
        message = (
            f"{name} cannot be read as JSON: a record is of type {wrong}, not an object."
            ' Records look like {"name": value}.'
        )
        raise StoreError(message)
    structure = json.loads(found)
    if not isinstance(structure, dict):
        structure = {}
    return in_order(structure, objects), bool(has_long)


def in_order(structure: dict[str, Any], objects: str) -> dict[str, Any]:
    """Return the keys in the order in which they first come; DuckDB's threads mix them."""
    connection = engine.connection()
    told = connection.sql(f"SELECT json_structure(json)::VARCHAR FROM {objects} LIMIT 1").fetchall()
    found_first = json.loads(told[0][0])  # a text, where the first record is empty
    first = found_first if isinstance(found_first, dict) else {}
    if len(structure) > 1 and structure.keys() != first.keys():
        keys = f"SELECT row_number() OVER () AS row, json_keys(json) AS keys FROM {objects}"
        places = (
            f"SELECT row, unnest(keys) AS key, generate_subscripts(keys, 1) AS place FROM ({keys})"
        )
        query = f"SELECT key FROM ({places}) GROUP BY key ORDER BY min((row, place))"
        found = [key for (key,) in connection.sql(query).fetchall() if key in structure]
        structure = {key: structure[key] for key in dict.fromkeys([*found, *sorted(structure)])}
        first = {key: first.get(key) for key in structure}
    return dict(_like(structure, first))


def _like(structure: Any, first: Any) -> Any:  # noqa: ANN401 - parsed JSON
    """Return a structure with its keys in the order of another, and further ones sorted."""
    match structure:
        case dict():
            known = first if isinstance(first, dict) else {}
            keys = dict.fromkeys([*(key for key in known if key in structure), *sorted(structure)])
            return {key: _like(structure[key], known.get(key)) for key in keys}
        case [item]:
            return [_like(item, first[0] if isinstance(first, list) and first else None)]
    return structure


def _types(objects: str, structure: Mapping[str, Any], has_long: bool) -> dict[str, pa.DataType]:  # noqa: FBT001
    """Return the canonical types of the keys; numbers that may be long are looked at closely."""
    types = {key: arrow_of(kind, has_long) for key, kind in structure.items()}
    if has_long:
        close = [key for key, kind in structure.items() if kind in (*_INTEGERS, "DOUBLE")]
        types |= _guessed(objects, close)
    return types


def _guessed(objects: str, keys: list[str]) -> dict[str, pa.DataType]:
    guesses = {key: Guess() for key in keys}
    if keys:
        shown = ", ".join(f"json_extract_string(json, {path(key)})" for key in keys)
        rows = engine.connection().sql(f"SELECT {shown} FROM {objects}").to_arrow_reader()
        for batch in rows:
            for guess, column in zip(guesses.values(), batch.columns, strict=True):
                guess.look_at(column)
    return {key: guess.guessed for key, guess in guesses.items()}


def arrow_of(kind: Any, has_long: bool) -> pa.DataType:  # noqa: ANN401, FBT001 - parsed JSON
    """Return the type of a structure that DuckDB describes."""
    match kind:
        case dict() if kind:
            inner = {key: arrow_of(value, has_long) for key, value in kind.items()}
            if stored_names(list(inner)) != list(inner):
                return pa.large_string()
            return pa.struct(list(inner.items()))
        case [item]:
            return pa.large_list(arrow_of(item, has_long))
        case "NULL":
            return pa.null()
        case "BOOLEAN":
            return pa.bool_()
        case "DOUBLE":
            return pa.float64() if not has_long else pa.large_string()
        case str() if kind in _INTEGERS:
            return pa.int64() if not has_long else pa.large_string()
        case _:
            return pa.large_string()


def path(key: str) -> str:
    """Return the SQL literal of the JSON pointer to a key."""
    return text("/" + key.replace("~", "~0").replace("/", "~1"))


def extracted(key: str, t: pa.DataType) -> str:
    """Return the SQL of the value of one key, for keys that differ only by case."""
    if sql_type(t) == "VARCHAR":
        return f"json_extract_string(json, {path(key)})"
    return f"CAST(json_extract(json, {path(key)}) AS {sql_type(t)})"


def _still_fitting(objects: str, note: Note, keys: list[str]) -> dict[str, pa.DataType]:
    """Return the saved types that every value of their column still has."""
    fitting = {}
    for field in note.schema:
        if field.name not in keys:
            continue
        kept = physical(field.type, Carrier.JSON)
        query = f"SELECT {extracted(field.name, kept)} FROM {objects}"
        try:
            for batch in engine.connection().sql(query).to_arrow_reader():
                convert(batch.column(0), field.type)
        except (duckdb.Error, ValueError, pa.ArrowException):
            continue
        fitting[field.name] = field.type
    return fitting
