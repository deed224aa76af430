"""Which configuration holds, and where the workspace is."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dkdata.configuration.opened import OpenStores
from dkdata.configuration.resolving import Config, workspace
from dkdata.errors import ConfigError, UsageError, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = "dkdata.yaml"
VARIABLE: Final = "DKDATA_CONFIG"
_lock = threading.RLock()
_told: list[Config] = []
_found: dict[Path | None, Config] = {}
url_stores: Final = OpenStores()
"""The stores of targets that are URLs."""

__all__ = ["config", "configure", "forget", "url_stores", "workspace"]


def configure(path_or_mapping: str | os.PathLike[str] | Mapping[str, Any] | None = None) -> Config:
    """Read a configuration, which holds from now on in this process, and return it.

    All stores that names and URLs have opened are closed. Values of the environment are put in
    when a store is opened, so that a variable that one store lacks does not keep the others from
    use.

    Parameters
    ----------
    path_or_mapping
        A YAML file or what such a file holds. ``None`` reads the file that is found:
        ``$DKDATA_CONFIG``, else ``dkdata.yaml`` in the current directory or a parent. That one
        holds without this call too; the call reads it anew.

    Raises
    ------
    ConfigError
        The configuration is not what it must be, with the file and the key.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> config = dk.configure({"stores": {"exports": {"backend": "file", "path": "out"}}})
    >>> dk.save(pd.DataFrame({"a": [1]}), 'exports."numbers.csv"').rows
    1
    >>> config
    Config given as a mapping: default local; exports (file), local (duckdb), memory (memory)
    """
    if path_or_mapping is None:
        forget()
        return config()
    made = _read(path_or_mapping)
    forget()
    with _lock:
        _told.append(made)
    return made


def _read(given: object) -> Config:
    match given:
        case Mapping():
            return Config.of(given)
        case str() | os.PathLike():
            path = Path(os.fspath(given)).expanduser()
            if not path.exists():
                raise ConfigError.at(str(given), "there is no such file.")
            return Config.load(path)
    message = f"{shortened(type(given).__name__)} is no configuration. Give a path or a mapping."
    raise UsageError(message)


def config() -> Config:
    """Return the configuration that holds: the one of ``configure``, or else the file found.

    Without any there are the stores ``local`` and ``memory``.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.config().store("memory").tables() == dk.tables("memory")["table"].tolist()
    True
    """
    with _lock:
        if _told:
            return _told[-1]
        path = _file()
        if path not in _found:
            _found[path] = Config.of({}, source="none") if path is None else Config.load(path)
        return _found[path]


def _file() -> Path | None:
    """Return the path of the configuration file, if there is one."""
    if named := os.environ.get(VARIABLE):
        path = Path(named).expanduser().absolute()
        if not path.exists():
            place = f"${VARIABLE}"
            raise ConfigError.at(place, f"there is no file {named!r}.")
        return path
    return next((path for path in _candidates() if path.is_file()), None)


def _candidates() -> Iterator[Path]:
    here = Path.cwd()
    return (folder / FILE for folder in (here, *here.parents))


def forget() -> None:
    """Close the stores of every configuration, and let the next call find one anew."""
    with _lock:
        held: list[Config | OpenStores] = [*_told, *_found.values(), url_stores]
        _told.clear()
        _found.clear()
    for one in held:
        one.close()
