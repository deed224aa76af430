"""What of a table is searched: texts by their words, vectors by what is near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError, UsageError
from dkdata.frames import envelope, vectors

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = "words"
_TEXT = "text"
_NEAR = "_dk_near_"
_LONGEST = 4096  # numbers of a vector
_ANALYZER = "standard"


def words_of(table: str, options: Mapping[str, Any], schema: pa.Schema) -> dict[str, str]:
    """Return the columns whose words are searched, and how their texts are divided into words.

    Parameters
    ----------
    options
        ``text``: the columns, or their analyzers by their names.

    Raises
    ------
    ColumnNotFoundError, SchemaError, UsageError
        There is no such option, no such column, or it is no text.
    """
    unknown = [name for name in options if name != _TEXT]
    if unknown:
        message = f"options={{{unknown[0]!r}: …}} is not known to {table!r}. There is: {_TEXT!r}."
        raise UsageError(message)
    named = _named(options[_TEXT]) if options else {}
    stored = envelope.resolved(named, schema, "options={'text': …}")
    for name in stored:
        if not is_type.is_large_string(schema.field(name).type):
            shown = schema.field(name).type
            message = f"{table!r}: column {name!r} is {shown}: only texts are searched by words."
            raise SchemaError(message)
    return dict(zip(stored, named.values(), strict=True))


def _named(given: object) -> dict[str, str]:
    if isinstance(given, dict) and all(isinstance(name, str) for name in given.values()):
        return given
    names = [given] if isinstance(given, str) else given
    if isinstance(names, list | tuple):
        return dict.fromkeys(names, _ANALYZER)
    message = (
        f"options={{'text': {given!r}}} is not possible. Give the names of columns, or a mapping of"
        " names to analyzers, such as {'body': 'english'}."
    )
    raise UsageError(message)


def with_words(mapping: Mapping[str, Any], analyzer: str | None) -> dict[str, Any]:
    """Return the mapping of a field whose words are searched, too."""
    if analyzer is None:
        return dict(mapping)
    return {**mapping, "fields": {WORDS: {"type": "text", "analyzer": analyzer}}}


def near_fields(schema: pa.Schema, fields: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Return the fields by which vectors are found, and how long these are, by the columns."""
    sizes = vectors.sizes(schema)
    return {name: (_NEAR + fields[name], size) for name, size in sizes.items() if size <= _LONGEST}


def near_mapping(size: int) -> dict[str, Any]:
    """Return the mapping of a field by which vectors are found."""
    return {"type": "dense_vector", "dims": size, "index": True, "similarity": "cosine"}


def findable(column: pa.Array, size: int) -> pa.Array:
    """Return the vectors that have a direction; the server refuses the others.

    Examples
    --------
    >>> lists = pa.array([[3.0, 4.0], [0.0, 0.0], [1.0], None], pa.large_list(pa.float64()))
    >>> findable(lists, 2).to_pylist()
    [[3.0, 4.0], None, None, None]
    """
    lengths = pc.fill_null(pc.list_value_length(column), -1)
    at = np.flatnonzero(np.asarray(lengths) == size)
    numbers = pc.list_flatten(column.take(pa.array(at))).to_numpy(zero_copy_only=False)
    kept = np.zeros(len(column), dtype=bool)
    with np.errstate(over="ignore"):
        kept[at] = is_findable(numbers.astype(np.float32).reshape(-1, size))
    return pc.if_else(pa.array(kept), column, pa.scalar(None, column.type))


def is_findable(numbers: np.ndarray) -> np.ndarray:
    """Return whether vectors have a length that the server can compute, and so a direction."""
    with np.errstate(over="ignore"):
        squares = np.square(numbers).sum(axis=-1)
    return np.asarray(np.isfinite(squares) & (squares > 0))
