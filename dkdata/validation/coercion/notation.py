"""How text writes numbers and times, where that must be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypedDict

from dkdata.errors import UsageError, did_you_mean, listing

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class NotationOptions(TypedDict, total=False):
    """The options of ``dk.coerce``: the parameters of ``Notation``."""

    thousands: str
    decimal: str
    day_first: bool
    format: str | None
    epoch: str | None
    delimiter: str | None
    empty_is_null: bool


@dataclass(frozen=True)
class Notation:
    """How the text of a column is to be read.

    Parameters
    ----------
    thousands
        The mark between groups of three digits; none by default.
    decimal
        The mark before the fraction.
    day_first
        Whether ``3/4/2024`` is a date: the third of April. ISO 8601 is read in any case.
    format
        Of dates and times, as ``datetime.strptime`` reads it, in place of ISO 8601.
    epoch
        The unit, ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``, of numbers that count from
        1970-01-01T00:00:00Z, or that are durations.
    delimiter
        What stands between the items of a list, in place of JSON.
    empty_is_null
        Whether empty or blank text is null rather than a failure.
    """

    thousands: str = ""
    decimal: str = "."
    day_first: bool = False
    format: str | None = None
    epoch: str | None = None
    delimiter: str | None = None
    empty_is_null: bool = False

    def __post_init__(self) -> None:
        if self.epoch not in (None, *UNITS):
            raise UsageError.choice("epoch", self.epoch, UNITS)
        for name in ("thousands", "decimal"):
            mark = getattr(self, name)
            if not isinstance(mark, str) or len(mark) > 1 or re.match(r"[\w+-]", mark):
                message = f"{name}={mark!r} is not a mark. Give one character such as ',' or '.'."
                raise UsageError(message)
        if not self.decimal or self.thousands == self.decimal:
            message = (
                f"thousands={self.thousands!r} and decimal={self.decimal!r} cannot be told apart."
                " Give two marks."
            )
            raise UsageError(message)
        if self.delimiter == "":
            message = "delimiter='' separates nothing. Give the text between two items."
            raise UsageError(message)

    def whole_pattern(self, digits: int | None = None) -> str:
        """Return the pattern of an unsigned whole number, for Python and RE2 alike.

        Parameters
        ----------
        digits
            How many there may be, a multiple of three; any number by default.
        """
        plain = "[0-9]+" if digits is None else f"[0-9]{{1,{digits}}}"
        if not self.thousands:
            return plain
        groups = "+" if digits is None else f"{{1,{digits // 3 - 1}}}"
        return f"(?:[0-9]{{1,3}}(?:{re.escape(self.thousands)}[0-9]{{3}}){groups}|{plain})"

    def number_pattern(self, exponent: int = 9) -> str:
        """Return the pattern of a number in decimal digits.

        Parameters
        ----------
        exponent
            How many digits it may have.
        """
        mark = re.escape(self.decimal)
        return (
            f"[+-]?(?:{self.whole_pattern()}(?:{mark}[0-9]*)?|{mark}[0-9]+)"
            f"(?:[eE][+-]?[0-9]{{1,{exponent}}})?"
        )

    @cached_property
    def number(self) -> re.Pattern[str]:
        """The pattern of a number, compiled."""
        return re.compile(self.number_pattern())

    def plain(self, text: str) -> Decimal:
        """Return the exact number that a text of ``number`` writes."""
        digits = text.replace(self.thousands, "") if self.thousands else text
        return Decimal(digits.replace(self.decimal, "."))


def notation_of(options: Mapping[str, Any], told: str = "options") -> Notation:
    """Return the notation that options describe.

    Raises
    ------
    UsageError
        There is no option of that name, or it cannot have that value.

    Examples
    --------
    >>> notation_of({"decimal": ","}).plain("3,5")
    Decimal('3.5')
    """
    known = [field.name for field in fields(Notation)]
    for name in options:
        if name not in known:
            message = (
                f"{told} {name!r} is not known.{did_you_mean(name, known)}"
                f" There are: {listing(known)}."
            )
            raise UsageError(message)
    return Notation(**options)
