"""What a configuration can make, by functions that register themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dkdata.errors import UnsupportedError, UsageError, listing

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS: Final = ("stores", "suites", "schemas", "transforms", "migrations")
SAME: Final = {"databases": "stores"}


@dataclass(frozen=True)
class Entry:
    """One thing of a configuration, with the values of the environment.

    Parameters
    ----------
    value
        A mapping, or a text.
    place
        Where it stands, for messages.
    folder
        What relative paths in it are relative to.
    """

    name: str
    value: Any
    place: str
    folder: Path

    @property
    def path(self) -> Path | None:
        """The path of the file that holds the thing: the value itself, or its ``path``."""
        value = self.value
        if isinstance(value, dict) and set(value) == {"path"}:
            value = value["path"]
        return self.folder / Path(value).expanduser() if isinstance(value, str) and value else None


Factory: TypeAlias = "Callable[[Entry], Any]"
_factories: dict[str, Factory] = {}


def register_factory(kind: str, factory: Factory) -> None:
    """Let a configuration make things of a kind.

    Examples
    --------
    >>> register_factory("suites", _factories["suites"])
    """
    _factories[kind] = factory


def kind_of(text: str) -> str:
    """Return the kind of that name; ``databases`` are stores.

    Raises
    ------
    UsageError
        There is no such kind.
    """
    kind = SAME.get(text, text)
    if kind not in KINDS:
        raise UsageError.choice("kind", text, [*KINDS, *SAME])
    return kind


def factory_of(kind: str) -> Factory:
    """Return what makes things of a kind.

    Raises
    ------
    UnsupportedError
        Nothing does.
    """
    if kind not in _factories:
        made = ["stores", *_factories]
        message = f"{kind} cannot be made from a configuration yet. What can: {listing(made)}."
        raise UnsupportedError(message)
    return _factories[kind]
