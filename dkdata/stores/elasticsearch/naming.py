"""The names of tables and columns, as Elasticsearch has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from dkdata.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROW = "_dk_row"
VERSION = ("_seq_no", "_primary_term")
"""What tells each state of a document from all others; not a part of it, and no name of a field."""
_LONGEST = 200  # bytes of an alias; those of its indices are longer, and may have 255
_UNSAFE = re.compile(r'[\\/*?"<>|,#:%~\s\x00-\x1f\x7f]|^[-_+.]')
_UNFINISHED = "~unfinished"
_UNSAFE_INSIDE = re.compile(r'[\\/?"<>|#:%~\s\x00-\x1f\x7f]')
_PATTERN = re.compile(r"[*,]")
_OF_INDEX = re.compile(r"(?P<alias>.+)~[0-9a-f]{16}-[0-9a-f]{12}")
# Those that the server keeps for itself, and what it takes for a path.
_UNSAFE_FIELD = re.compile(r"[.%\x00-\x1f]|^_|^\s*$|^\s|\s$")


def alias_of(table: str, prefix: str = "") -> str:
    """Return the name under which a table's indices are found.

    Raises
    ------
    UsageError
        No index can have such a name, or it stands for several.

    Examples
    --------
    >>> alias_of("orders"), alias_of("my orders"), alias_of("_own")
    ('orders', 'my%20orders', '%5Fown')
    """
    if is_pattern(table):
        raise pattern_refusal(table)
    alias = prefix + _UNSAFE.sub(_escaped, table)
    if not table or alias in (".", "..") or len(alias.encode()) > _LONGEST:
        problem = "is too long" if table else "is empty"
        message = f"{table!r} {problem} for the name of a table in Elasticsearch. Choose another."
        raise UsageError(message)
    return alias


def is_pattern(table: str) -> bool:
    """Whether a name stands for several indices: those that fit it, or that it lists.

    Examples
    --------
    >>> is_pattern("logs-*"), is_pattern("logs-1,logs-2"), is_pattern("logs")
    (True, True, False)
    """
    return _PATTERN.search(table) is not None


def pattern_refusal(table: str) -> UsageError:
    """Return the error of whoever would write to several names at once."""
    message = (
        f"{table!r} stands for several indices, so it is for reading only. Name the table that is"
        " meant, without '*' and commas."
    )
    return UsageError(message)


def asked_name(table: str, prefix: str = "") -> str:
    """Return the name, or the pattern of names, by which the server finds a table.

    Examples
    --------
    >>> asked_name("my orders"), asked_name("logs-*,-logs-1", "own-")
    ('my%20orders', 'own-logs-*,-own-logs-1')
    """
    if not is_pattern(table):
        return alias_of(table, prefix)
    parts = [part.strip() for part in table.split(",") if part.strip()]
    return ",".join(_with_prefix(part, prefix) for part in parts)


def _with_prefix(part: str, prefix: str) -> str:
    is_left_out = part.startswith("-")
    name = _UNSAFE_INSIDE.sub(_escaped, part.removeprefix("-"))
    return f"{'-' if is_left_out else ''}{prefix}{name}"


def table_of(alias: str) -> str:
    """Return the table that an alias is for."""
    return unquote(alias)


def _escaped(found: re.Match[str]) -> str:
    text = found[0]
    return "".join(f"%{byte:02X}" for byte in text.encode()) if text else text


def index_of(alias: str, write_id: str) -> str:
    """Return the name of a new index of a table.

    Examples
    --------
    >>> index_of("Orders", "17c2d0f4e1b2a3c4-0123456789ab")
    'orders~17c2d0f4e1b2a3c4-0123456789ab'
    """
    return f"{alias.lower()}~{write_id}"


def mark_of(index: str) -> str:
    """Return the alias of an index for as long as no save has made it a part of a table.

    No table is called so.

    Examples
    --------
    >>> mark_of("orders~17c2d0f4e1b2a3c4-0123456789ab")
    'orders~17c2d0f4e1b2a3c4-0123456789ab~unfinished'
    """
    return index + _UNFINISHED


def is_mark(alias: str) -> bool:
    """Whether an alias says that an index is of no table yet."""
    return alias.endswith(_UNFINISHED)


def is_of_a_table(index: str) -> bool:
    """Whether an index has the name of one that dkdata made for a table."""
    return _OF_INDEX.fullmatch(index) is not None


def is_index_of(alias: str, index: str) -> bool:
    """Whether an index has the name of one that dkdata made for the table of an alias."""
    return is_of_a_table(index) and index.startswith(f"{alias.lower()}~")


def owners(index: str, aliases: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the aliases that make an index a part of a table: one, as a rule.

    Those say whether rows are written to it by them. Others may give it more aliases.

    Examples
    --------
    >>> owners("a~17c2d0f4e1b2a3c4-0123456789ab", {"a": {"is_write_index": False}, "b": {}})
    ['a']
    """
    named = [name for name, told in aliases.items() if "is_write_index" in told]
    return named if len(named) == 1 else [name for name in named if is_index_of(name, index)]


def fields_of(columns: Iterable[str]) -> dict[str, str]:
    """Return the names of fields by those of columns: a dot or a leading underscore is quoted.

    Examples
    --------
    >>> fields_of(["id", "a.b", "_id", ""])
    {'id': 'id', 'a.b': 'a%2Eb', '_id': '%5Fid', '': '%'}
    """
    return {name: _field(name) for name in columns}


def _field(name: str) -> str:
    if not _UNSAFE_FIELD.search(name):
        return name
    return _UNSAFE_FIELD.sub(_escaped, name) if name.strip() else "%" + quote(name)
