"""Names of saved suites: what they may be, and how one of their versions is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dkdata.errors import UsageError, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_VERSIONED: Final = re.compile(r"(.+)@([0-9]+)", re.DOTALL)
_MOST_BYTES: Final = 200  # file systems have names of 255 at most
_WRONG: Final[tuple[tuple[Callable[[str], object], str], ...]] = (
    (lambda name: not name, "it is empty"),
    (lambda name: re.search(r"[/\\]", name), "it holds a separator of paths"),
    (lambda name: "@" in name, "'@' is what comes before a version, as in 'people@2'"),
    (lambda name: name.startswith("."), "it begins with a dot"),
    (lambda name: name.lower().endswith(".json"), "a text that ends in .json is a path"),
    (lambda name: name != name.strip(), "it begins or ends with a space"),
    (lambda name: not name.isprintable(), "it holds what cannot be printed"),
    (lambda name: len(name.encode()) > _MOST_BYTES, f"it has more than {_MOST_BYTES} bytes"),
)
"""What a name cannot be, and why."""


def check(name: object, existing: Iterable[str]) -> None:
    """Raise if that cannot be the name of a suite that is saved.

    Parameters
    ----------
    existing
        The names of saved suites.

    Raises
    ------
    UsageError
        It cannot, or another name differs from it in case only: some file systems, and many
        readers, could not tell the two apart.

    Examples
    --------
    >>> check("people", ["orders"])
    """
    if not isinstance(name, str):
        message = f"name={shortened(name)} is not the name of a suite. Give a text."
        raise UsageError(message)
    for is_wrong, problem in _WRONG:
        if is_wrong(name):
            message = (
                f"{shortened(name)} cannot be the name of a saved suite: {problem}. Give another:"
                " suite.save('people'). A file of your own is written by suite.dump(path)."
            )
            raise UsageError(message)
    for other in existing:
        if other != name and other.casefold() == name.casefold():
            message = (
                f"suite {other!r} is saved already, and {name!r} differs from that in case only."
                " Use the same name, or another one."
            )
            raise UsageError(message)


def split(text: str) -> tuple[str, int | None]:
    """Return the name and the version in a text such as ``people@2``; ``None`` is the newest.

    Examples
    --------
    >>> split("people@2"), split("people")
    (('people', 2), ('people', None))
    """
    found = _VERSIONED.fullmatch(text)
    return (found[1], int(found[2])) if found else (text, None)
