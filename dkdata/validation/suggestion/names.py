"""What the name of a column says about its values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

_KEYS: Final = frozenset({"id", "ids", "key", "uuid", "guid", "pk"})
_ORDERED: Final = (
    ("min", "max"), ("minimum", "maximum"), ("start", "end"), ("starts", "ends"), ("low", "high"),
    ("lower", "upper"), ("from", "to"), ("begin", "end"), ("first", "last"), ("before", "after"),
    ("lo", "hi"), ("bottom", "top"), ("least", "greatest"), ("open", "close"),
)  # fmt: skip


def words(label: Hashable) -> tuple[str, ...]:
    """Return the words of a label, in lower case.

    Examples
    --------
    >>> words("startDate_UTC2")
    ('start', 'date', 'utc', '2')
    """
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^\W\d_A-Za-z]+", str(label))
    return tuple(part.lower() for part in parts)


def is_key(label: Hashable) -> bool:
    """Whether the name is one of a column that tells rows apart, or refers to such a one."""
    return not _KEYS.isdisjoint(words(label))


def of_greater(label: Hashable) -> list[tuple[str, ...]]:
    """Return the words of names that say of a column that it is the greater one of two.

    Examples
    --------
    >>> of_greater("price_min")
    [('price', 'max')]
    """
    ours = words(label)
    return [
        (*ours[:place], greater, *ours[place + 1 :])
        for place, word in enumerate(ours)
        for lesser, greater in _ORDERED
        if word == lesser
    ]


def is_named_after(column: Hashable, table: str, key: Hashable) -> bool:
    """Whether a column is called like a key of another table, or like the table and the key.

    Examples
    --------
    >>> is_named_after("customer_id", "customers", "id"), is_named_after("id", "customers", "id")
    (True, False)
    """
    ours, theirs, named = words(column), words(key), words(table)
    if not named:
        return ours == theirs
    one = (*named[:-1], _singular(named[-1]))
    if ours == theirs:
        return len(theirs) > 1 or not is_key(key)
    return ours in {one, (*one, *theirs), (*named, *theirs)}


def _singular(word: str) -> str:
    """Return a plural of English without its ending: ``cities``, ``people`` and so on."""
    if word == "people":
        return "person"
    for ending, one in (("ies", "y"), ("sses", "ss"), ("ses", "se"), ("s", "")):
        if word.endswith(ending) and not word.endswith("ss"):
            return word.removesuffix(ending) + one
    return word
