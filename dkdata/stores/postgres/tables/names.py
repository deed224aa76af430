"""Names of PostgreSQL: what it can call a column, a table, a constraint."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dkdata.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_BYTES = 63
_SYSTEM = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
_HASH = 10


def column_names(names: Iterable[str]) -> dict[str, str]:
    """Return, by the names of columns, those that they have in PostgreSQL.

    It takes any name but a few; those end in a hash of the name that they stand for.

    Examples
    --------
    >>> column_names(["größe", "ctid"])
    {'größe': 'größe', 'ctid': 'ctid_a67689179f'}
    """
    return {name: name if _is_possible(name) else _hashed(name) for name in names}


def _is_possible(name: str) -> bool:
    fits = 0 < len(name.encode()) <= _MOST_BYTES
    return fits and "\0" not in name and name not in _SYSTEM


def _hashed(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
    return shortened(name.replace("\0", ""), f"_{digest}")


def shortened(name: str, ending: str) -> str:
    """Return a name with an ending that PostgreSQL takes as a whole."""
    room = _MOST_BYTES - len(ending)
    return name.encode()[:room].decode(errors="ignore") + ending


def is_text(name: str) -> bool:
    r"""Whether PostgreSQL can be asked for a name at all.

    Examples
    --------
    >>> is_text("größe"), is_text("a\0b"), is_text("\ud800")
    (True, False, False)
    """
    return "\0" not in name and name.encode(errors="replace").decode() == name


def check_table(name: str) -> None:
    """Refuse a name that PostgreSQL would cut, or cannot have.

    Raises
    ------
    UsageError
        It is empty, longer than 63 bytes, or holds a NUL or half a character.
    """
    if not name or not is_text(name):
        message = f"{name!r} is no name that a table of PostgreSQL can have. Choose another."
        raise UsageError(message)
    size = len(name.encode())
    if size > _MOST_BYTES:
        message = (
            f"{name!r} is {size} bytes long: PostgreSQL's names have at most {_MOST_BYTES}."
            " Choose a shorter one."
        )
        raise UsageError(message)
