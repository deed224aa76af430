"""The ids of records: what is one, and new ones."""

from __future__ import annotations

import hashlib
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
    return _made(milliseconds, fraction, int.from_bytes(os.urandom(8), "big") >> 2)


def nth_id(n: int, of: str, moment: float) -> str:
    """Return a UUID of version 7 that is always the same for the same arguments.

    RFC 9562, methods 1 and 2: ids of a greater ``n`` sort after it.

    Parameters
    ----------
    n
        Which one of many, below 2**42.
    of
        What tells them from others of the same moment.
    moment
        Seconds since 1970.

    Examples
    --------
    >>> ids = [nth_id(n, "people", 0.0) for n in range(3)]
    >>> ids == sorted(ids), nth_id(0, "people", 0.0) == ids[0], uuid.UUID(ids[2]).version
    (True, True, 7)
    """
    seed = int.from_bytes(hashlib.sha256(f"{of} {n}".encode()).digest()[:4], "big")
    high, low = divmod(n, 1 << 30)
    return _made(int(moment * 1000), high & 0xFFF, low << 32 | seed)


def _made(milliseconds: int, fraction: int, rest: int) -> str:
    bits = milliseconds << 80 | _VERSION << 76 | fraction << 64 | _VARIANT << 62 | rest
    return str(uuid.UUID(int=bits))
