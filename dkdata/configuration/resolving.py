"""A configuration: what it names, made on use."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from dkdata.configuration import factories
from dkdata.configuration.factories import Entry
from dkdata.configuration.opened import OpenStores
from dkdata.configuration.plain import typed
from dkdata.configuration.sections import Written, sections_of
from dkdata.configuration.substituting import substituted
from dkdata.errors import (
    ConfigError,
    NotFoundError,
    StoreNotFoundError,
    did_you_mean,
    listing,
)
from dkdata.query import WriteMode
from dkdata.registry import open_store, store_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.configuration.sections import Sections
    from dkdata.store import Store

_ALWAYS: Final = {"local": "duckdb", "memory": "memory"}
_MODES: Final = tuple(str(mode) for mode in WriteMode)


def workspace() -> Path:
    """Return the folder of the embedded workspace: ``$DKDATA_HOME``, or ``.dkdata`` nearby.

    A folder ``.dkdata`` of the current directory or of a parent; where there is none, the one
    that the first save makes in the current directory.
    """
    if home := os.environ.get("DKDATA_HOME"):
        return Path(home)
    here = Path.cwd()
    found = (folder / ".dkdata" for folder in (here, *here.parents))
    return next((folder for folder in found if folder.is_dir()), here / ".dkdata")


@dataclass(frozen=True, eq=False, repr=False)
class Config:
    """Named stores, suites and schemas; options are never shown, as they may be secret.

    The stores ``local`` (the workspace) and ``memory`` always exist. A configuration may give them
    options, but no other backend.

    Parameters
    ----------
    source
        What messages call the configuration.
    folder
        What relative paths in it are relative to.
    default
        The store that names without a store mean.
    prices
        The price table of ``estimate_cost``, in place of the package's own.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.configure({"default": "memory"}).default
    'memory'
    """

    source: str
    folder: Path | None
    default: str
    _sections: Sections
    prices: Path | None = None
    _open: OpenStores = field(default_factory=OpenStores)

    @classmethod
    def of(
        cls,
        given: Mapping[str, Any],
        *,
        source: str = "configuration",
        folder: Path | None = None,
    ) -> Config:
        """Return the configuration that a mapping holds."""
        sections = sections_of(given, source)
        for name, backend in _ALWAYS.items():
            absent = Written({}, f"{source}: stores.{name}")
            _check_always(name, backend, sections["stores"].setdefault(name, absent))
        place = f"{source}: default"
        default = substituted(given.get("default"), place) or "local"
        if default not in sections["stores"]:
            known = sorted(sections["stores"])
            problem = (
                f"there is no store {default!r}.{did_you_mean(default, known)} There are:"
                f" {listing(known)}."
            )
            raise ConfigError.at(place, problem)
        prices = _path_of(given.get("prices"), f"{source}: prices", folder)
        return cls(source, folder, default, sections, prices)

    @classmethod
    def load(cls, path: Path) -> Config:
        """Return the configuration in a YAML file."""
        from dkdata.configuration import yaml_files  # noqa: PLC0415 - loads PyYAML

        whole = path.absolute()
        shown = whole.name if whole.parent == Path.cwd() else str(path)
        return cls.of(yaml_files.read(whole, shown), source=shown, folder=whole.parent)

    def names(self, kind: str = "stores") -> list[str]:
        """Return the names of all things of a kind, sorted.

        Examples
        --------
        >>> import dkdata as dk
        >>> dk.configure({}).names()
        ['local', 'memory']
        """
        return sorted(self._sections[factories.kind_of(kind)])

    def store(self, name: str | None = None) -> Store:
        """Return the store of a name, or the default one; it is opened once.

        Raises
        ------
        StoreNotFoundError
            There is none of that name.
        ConfigError
            Its options are not what they must be.
        """
        chosen = self.default if name is None else name
        if chosen not in self._sections["stores"]:
            raise StoreNotFoundError(chosen, self.names())
        home = workspace() if chosen == "local" else None
        return self._open.get((chosen, home), lambda: self._opened(chosen, home))

    def _opened(self, name: str, home: Path | None) -> Store:
        written = self._sections["stores"][name]
        place = written.place
        options = substituted(written.value, place)
        options.pop("save_mode", None)
        if name in _ALWAYS:
            options["backend"] = _ALWAYS[name]
        if home is not None and not options.get("path"):
            for key in options.keys() - {"backend", "path"}:
                raise ConfigError.unknown(place, key, ["path", "save_mode"])
            return cast("Store", store_class("duckdb")(home / "workspace.duckdb", name=name))
        return open_store(options, name, place=place, folder=self.folder)

    def save_mode(self, name: str) -> WriteMode:
        """Return what a save to a store does where the caller names no mode."""
        written = self._sections["stores"][name]
        place = f"{written.place}.save_mode"
        mode = substituted(written.value.get("save_mode"), place) or "error"
        if mode not in _MODES:
            problem = f"{mode!r} is no mode.{did_you_mean(mode, _MODES)} There are:"
            raise ConfigError.at(place, f"{problem} {listing(_MODES)}.")
        return WriteMode(mode)

    def get_instance(self, kind: str, name: str) -> Any:  # noqa: ANN401 - what the kind makes
        """Return the thing of that name: a store, or a suite or a schema, read anew.

        Parameters
        ----------
        kind
            ``"stores"`` (or ``"databases"``), ``"suites"``, ``"schemas"``, ``"transforms"``,
            ``"migrations"``.

        Raises
        ------
        NotFoundError
            There is none of that name.
        UnsupportedError
            Things of that kind cannot be made yet.

        Examples
        --------
        >>> import dkdata as dk
        >>> adults = dk.expect("age").between(18, 120)
        >>> config = dk.configure({"suites": {"adults": adults.to_dict()}})
        >>> config.get_instance("suites", "adults") == dk.Suite("age", adults)
        True
        """
        chosen = factories.kind_of(kind)
        if chosen == "stores":
            return self.store(name)
        return factories.factory_of(chosen)(self.entry(chosen, name))

    def entry(self, kind: str, name: str) -> Entry:
        """Return what stands there of that name, with the values of the environment.

        Raises
        ------
        NotFoundError
            There is none of that name.

        Examples
        --------
        >>> import dkdata as dk
        >>> dk.configure({"suites": {"adults": "adults.json"}}).entry("suites", "adults").value
        'adults.json'
        """
        entries = self._sections[factories.kind_of(kind)]
        if name not in entries:
            message = (
                f"{self.source}: {kind}: there is no {name!r}.{did_you_mean(name, entries)}"
                f" There are: {listing(sorted(entries))}."
            )
            raise NotFoundError(message)
        written = entries[name]
        value = typed(substituted(written.value, written.place))
        return Entry(name, value, written.place, self.folder or Path.cwd())

    def close(self) -> None:
        """Close the stores that are open; the next use opens new ones."""
        self._open.close()

    def _backends(self) -> dict[str, str]:
        """Return the backend of each store, as far as it is written there."""
        stores = self._sections["stores"]
        return {name: _backend_shown(name, stores[name].value) for name in sorted(stores)}

    def __repr__(self) -> str:
        """Return which stores there are, without their options."""
        shown = {"configuration": "given as a mapping", "none": "without a file"}
        stores = ", ".join(f"{name} ({backend})" for name, backend in self._backends().items())
        return f"Config {shown.get(self.source, self.source)}: default {self.default}; {stores}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(backend)}</td></tr>"
            for name, backend in self._backends().items()
        )
        head = "<thead><tr><th>store</th><th>backend</th></tr></thead>"
        title = f"{self.source}, default {self.default}"
        return f"<table><caption>{escape(title)}</caption>{head}<tbody>{rows}</tbody></table>"


def _path_of(written: object, place: str, folder: Path | None) -> Path | None:
    """Return the path that stands at a place, relative to the folder of the configuration."""
    found = substituted(written, place)
    if found in (None, ""):
        return None
    if not isinstance(found, (str, os.PathLike)):
        problem = "it is no path. Give that of a file."
        raise ConfigError.at(place, problem)
    return (folder or Path.cwd()) / Path(found).expanduser()


def _check_always(name: str, backend: str, written: Written) -> None:
    """Refuse another backend for a store that always exists."""
    if written.value.get("backend", backend) != backend or "url" in written.value:
        problem = (
            f"{name!r} is always {backend}. Choose another name; with 'default: …', names without"
            " a store mean that one."
        )
        raise ConfigError.at(written.place, problem)


def _backend_shown(name: str, given: Mapping[str, Any]) -> str:
    """Return the backend of a store as it is written there, or the scheme of its URL."""
    backend = given.get("backend")
    scheme, separator, _ = str(given.get("url")).partition("://")
    by_url = scheme if separator and scheme.isalnum() else "by its url"
    return _ALWAYS.get(name) or (backend if isinstance(backend, str) and backend else by_url)
