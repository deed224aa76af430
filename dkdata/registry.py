"""Backends by name and by URL scheme: where the class of each is, imported on use."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, cast

from dkdata.errors import (
    ConfigError,
    MissingDependencyError,
    UnsupportedError,
    UsageError,
    did_you_mean,
    listing,
)
from dkdata.secrets import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dkdata.store import Store

GROUP: Final = "dkdata.stores"


@dataclass(frozen=True)
class Backend:
    """What is known of a backend before it is imported.

    Parameters
    ----------
    place
        ``"module:Class"``.
    schemes
        Of its URLs.
    package
        Whose absence means that the backend is not installed.
    install
        What to give to ``pip install``; nothing where dkdata alone is enough.
    capabilities
        One line.
    """

    name: str
    place: str
    schemes: tuple[str, ...] = ()
    package: str = ""
    install: str = ""
    capabilities: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether the package that it needs can be imported."""
        top = self.package.partition(".")[0]
        return not top or top in sys.modules or find_spec(top) is not None

    def load(self) -> type[Store]:
        """Import the class."""
        if not self.is_installed:
            raise MissingDependencyError(self.install, f"backend {self.name!r}")
        module, _, class_name = self.place.partition(":")
        try:
            loaded = import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise
            message = f"backend {self.name!r}: there is no module {module!r}."
            raise ConfigError(message) from error
        if not hasattr(loaded, class_name):
            message = (
                f"backend {self.name!r}: module {module!r} has no {class_name!r}."
                f"{did_you_mean(class_name, dir(loaded))}"
            )
            raise ConfigError(message)
        return cast("type[Store]", getattr(loaded, class_name))


_BUILT_IN: Final = {
    backend.name: backend
    for backend in (
        Backend(
            "memory", "dkdata.stores.memory:MemoryStore", ("memory",),
            capabilities="tables of this process, for trying and testing",
        ),
        Backend(
            "file", "dkdata.stores.file:FileStore", ("file",),
            capabilities="single files: Parquet, CSV, TSV, JSON, JSON Lines, Arrow; compressed",
        ),
        Backend(
            "delta", "dkdata.stores.delta:DeltaStore", ("delta",), "deltalake", "deltalake",
            "folders in Delta Lake format: versions, partitions, appends that rewrite nothing",
        ),
        Backend(
            "duckdb", "dkdata.stores.duckdb:DuckDBStore", ("duckdb",), "duckdb", "duckdb",
            "DuckDB files, the embedded workspace among them: many tables, fast queries",
        ),
        Backend(
            "postgres", "dkdata.stores.postgres:PostgresStore", ("postgresql", "postgres"),
            "psycopg2", "psycopg2-binary",
            "PostgreSQL databases: transactions, schemas, many writers",
        ),
        Backend(
            "s3", "dkdata.stores.s3:S3Store", ("s3",), "s3fs", "s3fs",
            "buckets of Amazon S3 and of servers like it: tables in Delta Lake format",
        ),
        Backend(
            "elasticsearch", "dkdata.stores.elasticsearch:ElasticsearchStore",
            ("elasticsearch", "elasticsearch+https"), "elasticsearch", "elasticsearch",
            "indices of Elasticsearch: search in texts, records, aggregates",
        ),
    )
}  # fmt: skip
_registered: dict[str, Backend] = {}


def register_backend(  # noqa: PLR0913 - the facts of a backend
    name: str,
    place: str,
    *,
    schemes: tuple[str, ...] | None = None,
    package: str | None = None,
    install: str | None = None,
    capabilities: str = "",
) -> None:
    """Make a backend of another package known by its name, for this process.

    Nothing is imported now. A package does better to declare itself: an entry point of the group
    ``dkdata.stores``, whose name is that of the backend and whose value is ``place``.

    Parameters
    ----------
    place
        ``"module:Class"`` of a ``Store``.
    schemes
        Of its URLs; without them ``<name>://``.
    package
        Whose absence means that the backend is not installed; without it that of ``place``.
    install
        What ``pip install`` takes; without it the name of the package.
    capabilities
        One line for ``backends()``.

    Raises
    ------
    UsageError
        The name or a scheme is that of a backend of dkdata, or ``place`` is no such text.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.register_backend("clickhouse", "dk_clickhouse:ClickHouseStore")
    >>> dk.connect("clickhouse://localhost/shop")
    Traceback (most recent call last):
        ...
    dkdata.errors.MissingDependencyError: backend 'clickhouse' needs 'dk-clickhouse'. Install ...
    """
    module, colon, class_name = place.partition(":") if isinstance(place, str) else ("", "", "")
    if not (module and colon and class_name):
        message = f"{place!r} is not the place of a store. Give 'module:Class'."
        raise UsageError(message)
    urls = (name,) if schemes is None else tuple(schemes)
    top = module.partition(".")[0] if package is None else package
    named = top.replace("_", "-") if install is None else install
    backend = Backend(name, place, urls, top, named, capabilities)
    for known in _BUILT_IN.values():
        if name == known.name or set(urls) & set(known.schemes):
            message = (
                f"backend {name!r}: {known.name!r} of dkdata has that name or a scheme. Choose"
                " others."
            )
            raise UsageError(message)
    _registered[name] = backend


def _declared() -> dict[str, Backend]:
    """Return the backends of installed packages, by their entry points."""
    return _read_entry_points(tuple(sys.path))


@lru_cache(maxsize=1)
def _read_entry_points(_: tuple[str, ...]) -> dict[str, Backend]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - loads what reads mails

    found = {}
    for entry in entry_points(group=GROUP):
        told = dict(entry.dist.metadata.json) if entry.dist else {}
        found[entry.name] = Backend(
            entry.name, entry.value, (entry.name,), entry.module.partition(".")[0],
            str(told.get("name", "")), str(told.get("summary", "")),
        )  # fmt: skip
    return found


def known_backends() -> dict[str, Backend]:
    """Return all backends by name: built in, of installed packages, registered."""
    return {**_BUILT_IN, **_declared(), **_registered, **_BUILT_IN}


def backend_named(name: str) -> Backend:
    """Return a backend.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    found = _BUILT_IN.get(name) or _registered.get(name) or _declared().get(name)
    if found is None:
        _read_entry_points.cache_clear()  # a package may have been installed meanwhile
        if name not in _declared():
            raise UsageError.choice("backend", name, known_backends())
        found = _declared()[name]
    return found


def store_class(backend: str) -> Any:  # noqa: ANN401 - each class has arguments of its own
    """Return the class of a backend.

    Raises
    ------
    UsageError
        There is no backend of that name.
    MissingDependencyError
        There is, and what it needs is not installed.

    Examples
    --------
    >>> store_class("memory").__name__
    'MemoryStore'
    """
    return backend_named(backend).load()


def backend_of_url(url: str) -> Backend:
    """Return the backend of a URL's scheme.

    Raises
    ------
    UnsupportedError
        No backend has it.
    """
    scheme = url.partition("://")[0].lower()
    for backend in (*_BUILT_IN.values(), *_registered.values(), *_declared().values()):
        if scheme in backend.schemes:
            return backend
    known = [f"{name}://" for backend in known_backends().values() for name in backend.schemes]
    message = (
        f"no backend for {scheme}:// is known.{did_you_mean(f'{scheme}://', known)}"
        f" There are: {listing(known)}."
    )
    raise UnsupportedError(message)


def open_url(url: str, name: str = "", **options: object) -> Store:
    """Open the store of a URL, which names no table."""
    base, hash_sign, table = url.partition("#")
    if "://" not in url:
        message = f"{redacted(url)!r} is no URL. Give one such as 'duckdb:///x.duckdb', or options."
        raise UsageError(message)
    if hash_sign:
        whole = f"{redacted(base)}#{table}" if "@" not in table else redacted(url)
        message = (
            f"{whole!r} names a table. Leave it and '#' out to open its store; a '#' that belongs"
            " to a password is written %23."
        )
        raise UsageError(message)
    return backend_of_url(url).load().from_url(url, name, **options)


def open_store(
    options: Mapping[str, Any], name: str = "", *, place: str = "", folder: Path | None = None
) -> Store:
    """Open the store that options describe: ``backend`` and what that one takes, or a ``url``.

    Parameters
    ----------
    place
        Where the options stand, for messages.
    folder
        What relative paths in them are relative to; ``None`` is the current directory.
    """
    given = {key: value for key, value in options.items() if key != "backend"}
    named = options.get("backend")
    if named in (None, ""):
        found = _backend_of(given.get("url"), place or "the options of a store").load()
        if "url" not in found.option_names():
            given = {**found.url_options(str(given.pop("url"))), **given}
    else:
        found = _named_at(place or "the options of a store", named).load()
    return found.from_config(given, name, place=place, folder=folder)


def _backend_of(url: object, place: str) -> Backend:
    if isinstance(url, str) and "://" in url:
        return backend_of_url(url)
    problem = f"no backend is named. There are: {listing(known_backends())}."
    raise ConfigError.at(place, problem)


def _named_at(place: str, name: object) -> Backend:
    try:
        return backend_named(str(name))
    except UsageError as error:
        raise ConfigError.at(place, str(error)) from error
