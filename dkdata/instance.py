"""The one in-memory DuckDB of this process, and how much memory it may use."""

from __future__ import annotations

import os
import tempfile
import threading
import uuid
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar, TypeVar

import duckdb

from dkdata.errors import DkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
GROUP_ROWS = 122_880
_PASSING_BYTES = 96_000_000
_SORTING_BYTES = 192_000_000
_COLUMN_BYTES = 1280 << 10
_GROUPS_HELD = 2.5
_MOST_BYTES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
_is_frugal: ContextVar[bool] = ContextVar("is_frugal", default=False)
_lock = threading.RLock()


class _Instance:
    """Made on first use; ``limits`` are those of all that runs now, ``None`` without one."""

    root: duckdb.DuckDBPyConnection | None = None
    limits: ClassVar[list[int | None]] = []
    limit: int | None = None


def connection() -> duckdb.DuckDBPyConnection:
    """Return a connection of its own to the embedded instance.

    Times are UTC, text and lists come out as large Arrow types, Python's variables are not
    seen, and what does not fit into memory goes to a private temporary folder.
    """
    with _lock:
        if _Instance.root is None:
            _Instance.root = _started()
        return _Instance.root.cursor()


def _started() -> duckdb.DuckDBPyConnection:
    root = duckdb.connect(
        config={
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "allow_unsigned_extensions": "false",
            "temp_directory": os.path.join(tempfile.gettempdir(), f"dkdata-{uuid.uuid4().hex}"),  # noqa: PTH118
        },
    )
    for setting in (
        "TimeZone = 'UTC'",
        "arrow_large_buffer_size = true",
        # What queries have used goes back to the system in seconds, and not never.
        "allocator_background_threads = true",
        # DuckDB 2.0.0 loses conditions on null of the ON of a left join from which it makes an
        # anti join: ``left join t on … and t.x is null where t.i is null``.
        "disabled_optimizers = 'outer_join_simplification'",
    ):
        root.execute(f"SET GLOBAL {setting}")
    return root


def _forget() -> None:
    """Start anew in a forked process, where DuckDB's threads are not."""
    global _lock  # noqa: PLW0603 - a lock does not survive a fork
    _lock = threading.RLock()
    _inherited.append(_Instance.root)
    _Instance.root = _Instance.limit = None
    _Instance.limits.clear()


_inherited: list[object] = []  # never closed in the child: that would wait for those threads

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@contextmanager
def frugal(columns: int, row_bytes: float = 0.0, *, sorts: bool = True) -> Iterator[None]:
    """Let DuckDB use little memory: streams of any length pass through it.

    What does not fit goes to disk. The limit is one of the process: it rests while anything runs
    that is not frugal.

    Parameters
    ----------
    columns
        Of each, DuckDB holds some blocks.
    row_bytes
        Size of a row that is written: DuckDB holds them in groups.
    sorts
        Whether rows are sorted or grouped, and do not only pass.
    """
    needed = (columns * _COLUMN_BYTES, int(row_bytes * GROUP_ROWS * _GROUPS_HELD))
    token = _is_frugal.set(True)
    try:
        with _limited(max(_SORTING_BYTES if sorts else _PASSING_BYTES, *needed)):
            yield
    finally:
        _is_frugal.reset(token)


@contextmanager
def unlimited() -> Iterator[None]:
    """Let DuckDB use what it takes, unless this very work is to be frugal."""
    if _is_frugal.get():
        yield
        return
    with _limited(None):
        yield


def frugally(columns: int, start: Callable[[], T], *, sorts: bool) -> T:
    """Start a stream in little memory; where that is too little, in as much as it takes."""
    try:
        with frugal(columns, sorts=sorts):
            return start()
    except DkError as error:
        if not _lacked_memory(error):
            raise
    with unlimited():
        return start()


def _lacked_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory Error" in str(error):
            return True
        error = error.__cause__
    return False


@contextmanager
def _limited(limit: int | None) -> Iterator[None]:
    with _lock:
        _Instance.limits.append(limit)
        _settle()
    try:
        yield
    finally:
        with _lock:
            if limit in _Instance.limits:  # not in a process that was forked meanwhile
                _Instance.limits.remove(limit)
            _settle()


def _settle() -> None:
    """Let DuckDB use as much memory as the most demanding of all that runs may."""
    sizes = [size for size in _Instance.limits if size is not None]
    is_free = not sizes or None in _Instance.limits or max(sizes) > _MOST_BYTES
    wanted = None if is_free else max(sizes)
    if wanted == _Instance.limit:
        return
    sql = "RESET GLOBAL memory_limit"
    if wanted is not None:
        sql = f"SET GLOBAL memory_limit = '{wanted}B'"
    # What others hold just now may be more; then it stays at what it is.
    with suppress(duckdb.OutOfMemoryException):
        connection().execute(sql)
        _Instance.limit = wanted
