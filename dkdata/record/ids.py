"""The ids of records: what is one, and new ones."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

_VERSION, _VARIANT = 0x7, 0b10
_MILLISECOND = 1_000_000  # nanoseconds


def is_id(value: object) -> bool:
    """Whether a value says which record it is: ``None`` and ``""`` do not, 0 does.

    Examples
    --------
    >>> is_id(0), is_id("a"), is_id(""), is_id(None)
    (True, True, False, False)
    """
    return value is not None and not (isinstance(value, str) and not value)


def first_id(*given: Any) -> Any:  # noqa: ANN401 - ids of any type
    """Return the first of some values that is an id, ``None`` if none is."""
    return next((value for value in given if is_id(value)), None)


def new_id() -> str:
    """Return a UUID of version 7 as text: ids that are made later sort after it.

    RFC 9562, method 3: the time in milliseconds, 12 bits of what is left of it, and chance.

    Examples
    --------
    >>> first, second = new_id(), new_id()
    >>> len(first), uuid.UUID(first).version
    (36, 7)
    """
    milliseconds, rest = divmod(time.time_ns(), _MILLISECOND)
    fraction = (rest << 12) // _MILLISECOND
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    bits = milliseconds << 80 | _VERSION << 76 | fraction << 64 | _VARIANT << 62 | chance
    return str(uuid.UUID(int=bits))
