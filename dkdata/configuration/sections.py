"""The sections of a configuration: what is named in each, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dkdata.configuration.factories import KINDS, SAME
from dkdata.errors import ConfigError, shortened
from dkdata.registry import known_backends


@dataclass(frozen=True)
class Written:
    """One entry of a section as it stands there, and where."""

    value: Any
    place: str


Sections = dict[str, dict[str, Written]]

_KEYS: Final = ("default", "prices", *KINDS, *SAME)
_OLDER: Final = re.compile(
    r"dataknobs_data\.backends\.([a-z0-9]+?)(?:_async)?\.(?:A?[Ss]ync)?(?:[A-Z]\w*)?Database"
)


def sections_of(given: Mapping[Any, Any], source: str) -> Sections:
    """Return what a configuration names, by kind and name.

    Raises
    ------
    ConfigError
        A key is not known, a section is neither a mapping nor a list, or a name is there twice.
    """
    for key in given:
        if key not in _KEYS:
            raise ConfigError.unknown(source, key, _KEYS)
    found: Sections = {kind: {} for kind in KINDS}
    for key in (*KINDS, *SAME):
        place = f"{source}: {key}"
        kind = SAME.get(key, key)
        for name, entry in _named(given.get(key), place):
            if name in found[kind]:
                raise ConfigError.at(place, f"{name!r} is there twice. Choose another name.")
            where = f"{place}.{name}"
            value = _store(entry, where) if kind == "stores" else entry
            found[kind][name] = Written(value, where)
    return found


def _named(section: Any, place: str) -> list[tuple[str, Any]]:  # noqa: ANN401 - what was written
    """Return names and entries of a section: a mapping, or the older list."""
    match section:
        case None | "":
            return []
        case Mapping():
            pairs = list(section.items())
        case list():
            pairs = [_of_list(entry, f"{place}[{n}]") for n, entry in enumerate(section)]
        case _:
            raise ConfigError.at(place, f"it is {_told(section)}. Write a name for each entry.")
    for name, _ in pairs:
        if not isinstance(name, str) or not name:
            raise ConfigError.at(place, f"{shortened(name)} is no name. Give a text.")
    return pairs


def _told(value: object) -> str:
    return "a text" if isinstance(value, str) else f"no mapping, but a {type(value).__name__}"


def _of_list(entry: Any, place: str) -> tuple[Any, Any]:  # noqa: ANN401 - what was written
    if not isinstance(entry, Mapping) or "name" not in entry:
        raise ConfigError.at(place, "it has no 'name'. Write 'name: …' in it.")
    return entry["name"], {key: value for key, value in entry.items() if key != "name"}


def _store(entry: Any, place: str) -> dict[str, Any]:  # noqa: ANN401 - what was written
    """Return the options of a store, with ``backend`` for an older ``class``."""
    match entry:
        case None | "":
            return {}
        case Mapping():
            options = dict(entry)
        case str() if "://" in entry:
            return {"url": entry}
        case _:
            problem = f"it is {_told(entry)}. Write its options in it: 'backend: …' and so on."
            raise ConfigError.at(place, problem)
    if "class" in options:
        if "backend" in options:
            raise ConfigError.at(place, "it has 'backend' and 'class'. Leave 'class' out.")
        options["backend"] = _backend_of_class(str(options.pop("class")), f"{place}.class")
    return options


def _backend_of_class(path: str, place: str) -> str:
    """Return the backend whose class has that path, in dkdata or in what was there before."""
    for backend in known_backends().values():
        module, _, class_name = backend.place.partition(":")
        if path in (f"{module}.{class_name}", backend.place):
            return backend.name
    older = re.fullmatch(r"dkdata\.stores\.(\w+)\.\w+Store", path) or _OLDER.fullmatch(path)
    if older:
        return older[1]
    raise ConfigError.at(place, f"{path!r} is the class of no backend. Write 'backend: …' instead.")
