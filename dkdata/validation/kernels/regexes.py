"""Regular expressions that mean the same in every engine, for the fastest of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata.quieting import quiet

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

_MOST_REPEATS: Final = 1000
_CLASSES: Final = {codes.CATEGORY_DIGIT: "0-9", codes.CATEGORY_WORD: "A-Za-z0-9_"}
_READ_OTHERWISE: Final = ("{,", "[:")
"""What is a quantifier or a set in Python, and something else in RE2, which pandas may ask."""

_END: Final = r"\n?\z"
"""Python's ``$``: the end of the text, or the place before a line break that ends it."""


@dataclass(frozen=True)
class Portable:
    r"""An expression that finds the same in Python, RE2 (DuckDB, pyarrow) and Rust (polars).

    Parameters
    ----------
    text
        The expression, with nothing in it that engines read differently.
    needs_ascii
        Whether that is so for ASCII text only: ``\d`` and ``\w`` of Python are more than that.
    """

    text: str
    needs_ascii: bool


@lru_cache(maxsize=256)
def portable(pattern: str) -> Portable | None:
    r"""Return a Python expression as a portable one, or ``None`` if it has none.

    Python's own parser reads it; what can be written again are literals, sets of characters,
    repeats, groups, alternatives and the ends of the text. Flags, look-around, references,
    ``\s``, ``\b`` and characters that are not printable ASCII cannot.

    Examples
    --------
    >>> portable("^[a-z]+@x$").text
    '^(?:[a-z])+@x\\n?\\z'
    >>> portable("(?i)a") is None
    True
    """
    if any(part in pattern for part in _READ_OTHERWISE):
        return None
    writer = _Writer()
    try:
        with quiet():  # about sets within sets, which are written anew
            tree = parser.parse(pattern)
        if tree.state.flags & ~re.UNICODE.value:
            return None
        nodes = list(tree)
        # Python's end of a text is two places; only where nothing follows are they one match.
        ends = nodes[-1:] == [(codes.AT, codes.AT_END)]
        text = writer.group(nodes[:-1] if ends else nodes) + (_END if ends else "")
    except (re.error, _NotPortableError, OverflowError, RecursionError):
        return None
    return Portable(text, writer.needs_ascii)


class _NotPortableError(Exception):
    """The expression has something that engines read differently."""


@dataclass
class _Writer:
    """Writes the elements of a parsed expression, and notes what they need."""

    needs_ascii: bool = field(default=False)

    def group(self, elements: Iterable[tuple[Any, Any]]) -> str:
        return "".join(map(self._element, elements))

    def _element(self, element: tuple[Any, Any]) -> str:
        match element:
            case (codes.LITERAL, int(code)):
                return _character(code)
            case (codes.NOT_LITERAL, int(code)):
                return f"[^{_character(code)}]"
            case (codes.ANY, _):
                return "."
            case (codes.AT, codes.AT_BEGINNING | codes.AT_BEGINNING_STRING):
                return "^"
            case (codes.AT, codes.AT_END_STRING):
                return r"\z"
            case (codes.IN, items):
                return self._set(items)
            case (codes.BRANCH, (None, branches)):
                return f"(?:{'|'.join(map(self.group, branches))})"
            case (codes.SUBPATTERN, (_, 0, 0, inner)):
                return f"(?:{self.group(inner)})"
            case (codes.MAX_REPEAT | codes.MIN_REPEAT, (low, high, inner)):
                # Greedy or not, whether there is a match is the same.
                return f"(?:{self.group(inner)}){_repeats(low, high)}"
        raise _NotPortableError

    def _set(self, items: list[tuple[Any, Any]]) -> str:
        is_negated = items[0][0] is codes.NEGATE
        parts = map(self._item, items[1:] if is_negated else items)
        return f"[{'^' if is_negated else ''}{''.join(parts)}]"

    def _item(self, item: tuple[Any, Any]) -> str:
        match item:
            case (codes.LITERAL, int(code)):
                return _character(code)
            case (codes.RANGE, (int(low), int(high))):
                return f"{_character(low)}-{_character(high)}"
            case (codes.CATEGORY, kind) if kind in _CLASSES:
                self.needs_ascii = True
                return _CLASSES[kind]
        raise _NotPortableError


def _repeats(low: int, high: int) -> str:
    if low > _MOST_REPEATS or (high is not codes.MAXREPEAT and high > _MOST_REPEATS):
        raise _NotPortableError
    if high is codes.MAXREPEAT:
        return {0: "*", 1: "+"}.get(low) or f"{{{low},}}"
    return f"{{{low},{high}}}"


def _character(code: int) -> str:
    character = chr(code)
    if not character.isascii() or not character.isprintable():
        raise _NotPortableError
    return character if character.isalnum() or character in " _@" else f"\\{character}"


def found_in(texts: pd.Series, pattern: str) -> np.ndarray[Any, Any] | None:
    """Return in which texts an expression is found, null values counting as not.

    ``None`` if it is not proven that every engine finds the same.
    """
    import polars as pl  # noqa: PLC0415 - on use

    dtype, written = texts.dtype, portable(pattern)
    if written is None or not isinstance(dtype, pd.StringDtype) or dtype.storage != "pyarrow":
        return None
    column: Any = pl.from_arrow(texts.array.__arrow_array__())
    if written.needs_ascii and column.str.len_bytes().sum() != column.str.len_chars().sum():
        return None
    try:
        found = column.str.contains(written.text)
    except pl.exceptions.ComputeError:  # it is too large for that engine
        return None
    return found.fill_null(value=False).to_numpy()
