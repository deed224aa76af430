"""Numbers that text writes, exactly."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from dkdata.validation.coercion.refusal import RefusalError, filled

if TYPE_CHECKING:
    from dkdata.validation.coercion.notation import Notation
    from dkdata.validation.coercion.target import Values

NOT_A_NUMBER: Final = "not a number"
_BASED: Final = re.compile(
    r"([+-]?)0(?:[xX](?P<x>[0-9a-fA-F]+)|[oO](?P<o>[0-7]+)|[bB](?P<b>[01]+))"
)
_BASES: Final = {"x": 16, "o": 8, "b": 2}


def numeral(text: str, notation: Notation) -> Decimal:
    """Return the number that a text writes.

    It is in decimal digits, with a fraction or an exponent if need be, or a whole one after
    ``0x``, ``0o`` or ``0b``. Digits are those of ASCII; underscores are none.

    Raises
    ------
    RefusalError
        The text is no number.

    Examples
    --------
    >>> from dkdata.validation.coercion.notation import Notation
    >>> numeral(" -1,234.50", Notation(thousands=",")), numeral("0xff", Notation())
    (Decimal('-1234.50'), Decimal('255'))
    """
    stripped = filled(text)
    if notation.number.fullmatch(stripped):
        return notation.plain(stripped)
    based = _BASED.fullmatch(stripped)
    if not based:
        raise RefusalError(NOT_A_NUMBER)
    base = str(based.lastgroup)
    value = Decimal(int(based[base], _BASES[base]))
    return value.copy_negate() if based[1] == "-" else value


def parsed(
    texts: pa.Array, pattern: str, notation: Notation, data_type: pa.DataType
) -> tuple[Values, Values]:
    """Return which texts write a number by ``pattern``, and the numbers of those.

    The pattern is one whose matches Arrow reads, once the marks are those of Arrow.
    """
    trimmed = pc.ascii_trim_whitespace(texts)
    matching = pc.match_substring_regex(trimmed, rf"\A(?:{pattern})\z")
    sure: Any = matching.to_numpy(zero_copy_only=False)
    digits = trimmed if sure.all() else trimmed.filter(matching)
    if notation.thousands:
        digits = pc.replace_substring(digits, notation.thousands, "")
    if notation.decimal != ".":
        digits = pc.replace_substring(digits, notation.decimal, ".")
    return digits.cast(data_type).to_numpy(), sure
