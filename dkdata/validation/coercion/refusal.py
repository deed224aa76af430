"""Why a value cannot be converted."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from dkdata.errors import shortened

_WIDTH: Final = 40
_LONGEST_BITS: Final = 512


class RefusalError(Exception):
    """A value has no equal in the type that it is to be converted to; the text says why."""


def shown(value: object) -> str:
    """Return a value as reasons name it: short, text without quotes.

    Examples
    --------
    >>> shown(12.5), shown(" 007 ")
    ('12.5', '007')
    """
    if isinstance(value, int) and value.bit_length() > _LONGEST_BITS:
        return f"{Decimal(value):.5e}"  # Python refuses to write out very long numbers
    if isinstance(value, (str, Decimal)):
        text = str(value).strip()
        return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
    return shortened(value, _WIDTH)


def out_of_range(value: object, name: str) -> RefusalError:
    """Return the refusal of a number that a type is too narrow for."""
    return RefusalError(f"{shown(value)} is not in {name}'s range")


def filled(text: str) -> str:
    """Return text without the space around it, if there is more to it.

    Raises
    ------
    RefusalError
        There is not.
    """
    stripped = text.strip()
    if not stripped:
        message = "empty text"
        raise RefusalError(message)
    return stripped
