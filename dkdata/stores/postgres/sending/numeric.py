"""Decimal numbers as PostgreSQL's binary ``numeric``: digits of base 10,000."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_LIMB = 32
_MASK = np.uint64(2**_LIMB - 1)
_NEGATIVE = 0x4000


def numeric(array: pa.Array) -> np.ndarray[Any, Any]:
    """Return the binary ``numeric`` of each value of a decimal array, all of one width.

    PostgreSQL drops the zeros that small numbers have before and after their digits, so the
    greatest value of the array decides the width. What is given for null means nothing.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from decimal import Decimal
    >>> digits = numeric(pa.array([Decimal("12345.6")], pa.decimal128(6, 1)))
    >>> digits.view(">i2").tolist()  # count, weight of the first, sign, decimals, digits
    [3, 1, 0, 1, 1, 2345, 6000]
    """
    limbs, is_negative = _magnitude(array)
    digits = _digits(limbs, array.type.scale)
    count = len(digits)
    made = np.empty((len(array), 4 + count), ">i2")
    made[:, 0] = count
    made[:, 1] = -array.type.scale // 4 + count - 1
    made[:, 2] = np.where(is_negative, _NEGATIVE, 0)
    made[:, 3] = max(array.type.scale, 0)
    for place, digit in enumerate(reversed(digits), 4):
        made[:, place] = digit
    return made.view(f"V{2 * (4 + count)}")[:, 0]


def _magnitude(array: pa.Array) -> tuple[list[np.ndarray[Any, Any]], np.ndarray[Any, Any]]:
    """Return absolute values as limbs of 32 bits, the least first, and which are negative."""
    width = array.type.bit_width // _LIMB
    words = np.frombuffer(array.buffers()[1], "<u4").reshape(-1, width)
    words = words[array.offset : array.offset + len(array)]
    is_negative = words[:, -1] >> (_LIMB - 1) == 1
    flip = np.where(is_negative, _MASK, np.uint64(0))
    carry = is_negative.astype(np.uint64)
    limbs = []
    for place in range(width):
        total = (words[:, place] ^ flip) + carry
        limbs.append(total & _MASK)
        carry = total >> np.uint64(_LIMB)
    return limbs, is_negative


def _digits(limbs: list[np.ndarray[Any, Any]], scale: int) -> list[np.ndarray[Any, Any]]:
    """Return digits of base 10,000, the least first, on both sides of the decimal point."""
    digits = []
    if partial := scale % 4:
        limbs, rest = _divided(limbs, 10**partial)
        digits.append(rest * np.uint64(10 ** (4 - partial)))
    while limbs := _without_zeros(limbs):
        limbs, rest = _divided(limbs, 10**8)
        high, low = np.divmod(rest, np.uint64(10**4))
        digits += [low, high]
    return digits


def _without_zeros(limbs: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Return the limbs without the last ones that are zero in all rows."""
    while limbs and not limbs[-1].any():
        limbs = limbs[:-1]
    return limbs


def _divided(
    limbs: list[np.ndarray[Any, Any]], divisor: int
) -> tuple[list[np.ndarray[Any, Any]], np.ndarray[Any, Any]]:
    """Return quotients and rests of a long division by less than 32 bits."""
    quotients, rest = [], np.zeros_like(limbs[0])
    for limb in reversed(limbs):
        quotient, rest = np.divmod(rest << np.uint64(_LIMB) | limb, np.uint64(divisor))
        quotients.append(quotient)
    return quotients[::-1], rest
