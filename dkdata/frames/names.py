"""Stored names: text, unique without regard to case and never empty, as every backend needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


def stored_names(labels: Iterable[Hashable]) -> list[str]:
    """Return a stored name for each label, in order.

    A label that is taken, also in another case, gets a number; an empty one becomes ``unnamed``.

    Raises
    ------
    SchemaError
        A label holds a NUL character or is not Unicode, which no backend keeps.

    Examples
    --------
    >>> stored_names(["a", "A", "a", 1, ""])
    ['a', 'A__2', 'a__3', '1', 'unnamed']
    """
    texts = [_text(label) for label in labels]
    reserved = {text.casefold() for text in texts}
    taken: set[str] = set()
    made = []
    for text in texts:
        name, number = text, 1
        while name.casefold() in taken or (number > 1 and name.casefold() in reserved):
            number += 1
            name = f"{text}__{number}"
        taken.add(name.casefold())
        made.append(name)
    return made


def _text(label: Hashable) -> str:
    text = ".".join(map(str, label)) if isinstance(label, tuple) else str(label)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"column name {label!r} holds a lone surrogate. Rename the column."
        raise SchemaError(message) from error
    if "\0" in text:
        message = f"column name {label!r} holds a NUL character. Rename the column."
        raise SchemaError(message)
    return text or "unnamed"
