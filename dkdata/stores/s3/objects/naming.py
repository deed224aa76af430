"""How the objects of records are called: each name tells the id of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import numpy as np
from pyarrow import types as is_type

if TYPE_CHECKING:
    import pyarrow as pa

DEFINITION = "_dk.json"
_SUFFIX = ".json"


def beginning_of(text: str) -> str:
    """Return what the names of all records begin with whose ids begin with a text.

    Examples
    --------
    >>> beginning_of("a/b"), beginning_of("_x")
    ('a%2Fb', '%5Fx')
    """
    escaped = quote(text, safe="")
    return f"%5F{escaped[1:]}" if escaped.startswith("_") else escaped


def name_of(record: str | int) -> str:
    """Return the name of the object of a record, of the id of that record.

    All but ASCII letters, digits and ``_.-~`` is escaped as in URLs, and so is an underscore at the
    beginning: the names that begin with one are not of records.

    Examples
    --------
    >>> name_of(42), name_of("Ada"), name_of("../etc")
    ('42.json', 'Ada.json', '..%2Fetc.json')
    """
    return beginning_of(str(record)) + _SUFFIX


def id_of(name: str) -> str | None:
    """Return the id of the record that an object of that name holds, if it is one.

    Examples
    --------
    >>> id_of("..%2Fetc.json"), id_of("_dk.json"), id_of("notes.txt")
    ('../etc', None, None)
    """
    if not name.endswith(_SUFFIX):
        return None
    record = unquote(name.removesuffix(_SUFFIX))
    return record if record and name_of(record) == name else None


def is_id(text: str, held: pa.DataType) -> bool:
    """Whether a text stands for an id of a type: each whole number has one text only.

    Examples
    --------
    >>> import pyarrow as pa
    >>> is_id("-7", pa.int8()), is_id("007", pa.int8()), is_id("300", pa.int8())
    (True, False, False)
    """
    if not is_type.is_integer(held):
        return text != ""
    if not text.removeprefix("-").isdecimal() or str(int(text)) != text:
        return False
    bounds = np.iinfo(held.to_pandas_dtype())
    return int(bounds.min) <= int(text) <= int(bounds.max)
