"""Targets and sources, as callers write them, to the store and the table that they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from dkdata.configuration import config, url_stores
from dkdata.errors import StoreNotFoundError, UnsupportedError, UsageError, shortened
from dkdata.query import WriteMode
from dkdata.registry import backend_of_url, open_url, store_class
from dkdata.secrets import redacted
from dkdata.stores.file.formats import SPREADSHEETS, format_name, unknown_suffix

if TYPE_CHECKING:
    from dkdata.store import Store

STORES = ("local", "memory")
_PART = r'(?:"(?:[^"]|"")+"|[^".@]+)'
_NAME = re.compile(rf"({_PART}(?:\.{_PART})*)(?:@(\d+))?")
# A URL without its two slashes, or what libpq takes in its place: neither is a path.
_TORN_URL = re.compile(
    r"(?:postgres(?:ql)?|duckdb|delta):(?!//).*@.*|\w+ *= *\S+ +\w+ *=.*", re.DOTALL
)
_VERSIONED = re.compile(r"(.*?)/?@(\d+)/?")


@dataclass(frozen=True)
class Location:
    """One table of one store.

    Parameters
    ----------
    label
        The text by which the caller knows it, without secrets.
    save_mode
        What a save does where the caller does not say it.
    """

    store: Store = field(repr=False)
    table: str
    label: str
    save_mode: WriteMode = WriteMode.ERROR


def store_names() -> list[str]:
    """Return the names of all stores: ``local`` and ``memory``, then the others."""
    names = config().names()
    return [*STORES, *(name for name in names if name not in STORES)]


def open_store(name: str, target: str = "") -> Store:
    """Return the store of that name, which a target may have named; it is opened once."""
    try:
        return config().store(name)
    except StoreNotFoundError as error:
        raise StoreNotFoundError(name, store_names(), target) from error


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
    location = named(target, format, options)
    store = location.store.store_of(location.table, format, options or {})
    return replace(location, store=store.holder_of(location.table))


def named(
    target: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
) -> Location:
    """Return the store and the table of a target, as far as its text tells; no server is asked.

    ``Store.store_of`` and ``Store.holder_of`` find out the rest. Parameters and errors are those of
    ``locate``.
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
    if _TORN_URL.fullmatch(target):
        message = (
            f"{redacted(target)!r} is no URL. Write 'postgresql://user@host:5432/database#table',"
            " with the password after the user and a colon."
        )
        raise UsageError(message)
    named = _NAME.fullmatch(target) if '"' in target else None
    if named:
        return _locate_name(target, named)
    if "://" in target:
        return _locate_url(target, file_format, options)
    named = _NAME.fullmatch(target)
    if _is_path(target) or (file_format and not _is_stored(target, named)):
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


def _is_stored(target: str, named: re.Match[str] | None) -> bool:
    """Whether a name begins with that of a store."""
    return named is not None and "." in target and target.partition(".")[0] in store_names()


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
    name = parts.pop(0) if len(parts) > 1 else config().default
    store = open_store(name, target)
    table = ".".join(parts)
    if named[2]:
        if not hasattr(store, "history"):
            message = f"{target!r}: store {name!r} keeps no versions. Delta folders do."
            raise UnsupportedError(message)
        table = f"{table}@{named[2]}"
    return Location(store, table, target, config().save_mode(name))


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _locate_url(
    target: str,
    file_format: str | None,
    options: Mapping[str, Any] | None,
) -> Location:
    scheme, _, rest = target.partition("://")
    if scheme == "file":
        path, _, table = rest.partition("#")
        return _locate_path(str(Path(unquote(path)) / unquote(table)), file_format, options, target)
    base, table = backend_of_url(target).load().table_of_url(target)
    store = url_stores.get(base, lambda: open_url(base))
    return Location(store, table, redacted(target))


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
