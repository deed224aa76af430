"""Stores: by URL, by options, by name; and what backends there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dkdata import registry
from dkdata.configuration import config, configure
from dkdata.configuration.substituting import substituted
from dkdata.errors import UsageError
from dkdata.registry import register_backend

if TYPE_CHECKING:
    import pandas as pd

    from dkdata.store import Store

__all__ = ["backends", "config", "configure", "connect", "register_backend"]


def connect(url_or_mapping: str | Mapping[str, Any], **options: Any) -> Store:  # noqa: ANN401 - of the backend
    """Open a store of its own, which is a context manager that closes itself.

    The store of a configured name is ``dk.config().store(name)``.

    Parameters
    ----------
    url_or_mapping
        A URL without a table, or what a configuration says of a store: ``backend`` and its
        options, with ``${VAR}`` for values of the environment.
    options
        Further ones, which win.

    Raises
    ------
    ConfigError
        An option is not known, is missing, or has a value that it cannot have.
    UnsupportedError
        No backend has the scheme of the URL.

    Examples
    --------
    >>> import dkdata as dk
    >>> with dk.connect("duckdb:///shop.duckdb") as store:
    ...     store.tables()
    []
    >>> dk.connect({"backend": "file", "path": "${OUT:out}"}, format="csv").name
    'out'
    """
    if isinstance(url_or_mapping, str):
        return registry.open_url(url_or_mapping, **options)
    if not isinstance(url_or_mapping, Mapping):
        message = (
            f"{type(url_or_mapping).__name__!r} is neither a URL nor a mapping. Give one such as"
            " 'duckdb:///x.duckdb' or {'backend': 'file', 'path': 'data'}."
        )
        raise UsageError(message)
    given = {**substituted(url_or_mapping, "the options of the store"), **options}
    return registry.open_store(given, str(given.pop("name", "")))


def backends() -> pd.DataFrame:
    """Return which backends there are: name, installed, install (for ``pip``), capabilities.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.backends().set_index("name").loc["memory", "installed"]
    np.True_
    """
    import pandas as pd  # noqa: PLC0415

    rows = [
        (backend.name, backend.is_installed, backend.install, backend.capabilities)
        for backend in registry.known_backends().values()
    ]
    return pd.DataFrame(rows, columns=["name", "installed", "install", "capabilities"])
