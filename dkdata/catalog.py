"""Targets and sources, as callers write them, to the store and the table that they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from dkdata.errors import StoreNotFoundError, UnsupportedError, UsageError, shortened
from dkdata.registry import store_class
from dkdata.stores.file.formats import SPREADSHEETS, format_name, unknown_suffix

if TYPE_CHECKING:
    from dkdata.store import Store

STORES = ("local", "memory")
_SCHEMES = ("duckdb", "file", "memory")
_PART = r'(?:"(?:[^"]|"")+"|[^".@]+)'
_NAME = re.compile(rf"({_PART}(?:\.{_PART})*)(?:@(\d+))?")
_VERSIONED = re.compile(r"(.*?)/?@(\d+)/?")


@dataclass(frozen=True)
class Location:
    """One table of one store, and the text by which the caller knows it."""

    store: Store = field(repr=False)
    table: str
    label: str


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


def open_store(name: str, target: str = "") -> Store:
    """Return the store of that name, which a target may have named."""
    match name:
        case "memory":
            return store_class("memory")("memory")
        case "local":
            path = workspace() / "workspace.duckdb"
            return store_class("duckdb")(path, name="local")
        case _:
            raise StoreNotFoundError(name, STORES, target)


def connect(url: str) -> Store:
    """Open the store of a URL.

    Examples
    --------
    >>> connect("memory://").name
    'memory'
    """
    parts = urlsplit(url)
    path = _path_of(unquote(parts.netloc + parts.path))
    match parts.scheme:
        case "memory":
            return store_class("memory")("memory")
        case "duckdb":
            return store_class("duckdb")(path, name=path.name)
        case "file":
            return store_class("file")(path)
        case scheme:
            known = ", ".join(f"{name}://" for name in _SCHEMES)
            message = f"no backend for {scheme}:// is built in. There are: {known}."
            raise UnsupportedError(message)


def _path_of(text: str) -> Path:
    """Return the path of a URL; a bare name after three slashes lies in the current folder."""
    path = Path(text)
    return Path(path.name) if path.parent == Path(path.root) and not text.startswith("//") else path


def locate(
    target: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
) -> Location:
    """Return the store and the table that a target means.

    Parameters
    ----------
    target
        A name (``orders``, ``memory.orders``), a path or a URL.
    format, options
        Of a file, where its suffix does not say enough.

    Raises
    ------
    StoreNotFoundError
        The first part of a name is no store.
    UsageError
        The text is none of the three, a path ends in an unknown suffix, or the format or options
        are given for what is no file.
    """
    if format is not None and not isinstance(format, str):
        message = f"format={format!r} is not possible. Give a text, such as 'csv'."
        raise UsageError(message)
    if options is not None and not isinstance(options, Mapping):
        message = f"options={options!r} is not possible. Give a mapping, such as {{'sep': ';'}}."
        raise UsageError(message)
    location = _located(target, format, options)
    location.store.check_arguments(location.table, format=format, options=options)
    return location


def _located(
    target: str | os.PathLike[str],
    file_format: str | None,
    options: Mapping[str, Any] | None,
) -> Location:
    if isinstance(target, os.PathLike):
        return _locate_path(os.fspath(target), file_format, options)
    if not isinstance(target, str) or not target.strip():
        message = (
            f"{shortened(target)} is not a target.{_swapped(target)} Give a table name such as"
            " 'orders', a path such as 'out/orders.parquet', or a URL such as"
            " 'duckdb:///x.duckdb#orders'."
        )
        raise UsageError(message)
    named = _NAME.fullmatch(target) if '"' in target else None
    if named:
        return _locate_name(target, named)
    if "://" in target:
        return _locate_url(target, file_format, options)
    named = _NAME.fullmatch(target)
    is_stored = named is not None and target.partition(".")[0] in STORES and "." in target
    if _is_path(target) or (file_format and not is_stored):
        return _locate_path(target, file_format, options)
    if not named:
        message = (
            f"{target!r} is not a table name. Write a part that holds a dot, '@' or '#' in double"
            """ quotes: 'memory."my.table"'."""
        )
        raise UsageError(message)
    return _locate_name(target, named)


def _swapped(target: object) -> str:
    is_frame = hasattr(target, "columns") or hasattr(target, "__arrow_c_stream__")
    return " It is a frame: write dk.save(frame, 'orders')." if is_frame else ""


def _is_path(target: str) -> bool:
    return (
        "/" in target
        or os.sep in target
        or target.startswith(".")
        or format_name(target) is not None
        or target.lower().endswith(SPREADSHEETS)
    )


def _locate_name(target: str, named: re.Match[str]) -> Location:
    parts = [_unquoted(part) for part in re.findall(_PART, named[1])]
    store_name, table = ("local", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    store = open_store(store_name, target)
    if named[2]:
        message = f"{target!r}: store {store_name!r} keeps no versions. Delta folders do."
        raise UnsupportedError(message)
    if len(parts) > 2:  # noqa: PLR2004 - store and table
        table = ".".join(parts[1:])
    return Location(store, table, target)


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _locate_url(
    target: str,
    file_format: str | None,
    options: Mapping[str, Any] | None,
) -> Location:
    base, _, table = target.partition("#")
    scheme, _, rest = base.partition("://")
    if scheme == "file":
        return _locate_path(str(Path(unquote(rest)) / unquote(table)), file_format, options, target)
    store = connect(base)
    if not table:
        message = f"{target!r} names no table. Add '#' and its name: '{base}#orders'."
        raise UsageError(message)
    return Location(store, unquote(table), target)


def _locate_path(
    text: str,
    file_format: str | None,
    options: Mapping[str, Any] | None,
    label: str | None = None,
) -> Location:
    path, version = Path(text).expanduser(), None
    versioned = _VERSIONED.fullmatch(text)
    if versioned and not path.exists():
        path, version = Path(versioned[1]).expanduser(), int(versioned[2])
    label = label or text
    if path.name.startswith("@") and not path.exists():
        message = (
            f"{text!r}: {path.name!r} is no version. Write '{path.parent}/@0', '@1' and so on."
        )
        raise UsageError(message)
    is_folder = text.endswith(("/", os.sep)) or version is not None or _holds_delta(path)
    if text.endswith(("/", os.sep)) and file_format not in (None, "delta"):
        message = (
            f"{text!r} is a folder, so a Delta table: format={file_format!r} is of single files."
            " Leave one of the two out."
        )
        raise UsageError(message)
    if file_format is None and (is_folder or not path.suffix):
        table = path.name if version is None else f"{path.name}@{version}"
        return Location(store_class("delta")(path.parent), table, label)
    if file_format is None and format_name(path.name) is None:
        raise UsageError(unknown_suffix(text))
    if file_format == "delta":
        return Location(store_class("delta")(path.parent), path.name, label)
    store = store_class("file")(path.parent, format=file_format, options=options)
    return Location(store, path.name, label)


def _holds_delta(path: Path) -> bool:
    return os.path.isdir(path / "_delta_log")  # noqa: PTH112 - false for a name that is too long
