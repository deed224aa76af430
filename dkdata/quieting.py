"""Silence where work is done: ``warnings.catch_warnings`` silences every thread, or for good.

It puts back the filters that it found. Where two threads do that in turns, the filters of one of
them stay for ever: in a notebook, those of a cell that ran while an explorer asked its rules.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_is_quiet: ContextVar[bool] = ContextVar("is_quiet", default=False)


class _Here:
    """In the place of a pattern of messages: it matches all of them where it is quiet."""

    def match(self, text: str) -> bool:
        del text
        return _is_quiet.get()


_FILTER: Final = ("ignore", _Here(), Warning, None, 0)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings of what is done inside from users; other threads have theirs.

    Examples
    --------
    >>> import warnings
    >>> with quiet():
    ...     warnings.warn("nobody reads this", stacklevel=1)
    """
    filters: list[Any] = warnings.filters  # type: ignore[assignment]
    if filters[:1] != [_FILTER]:  # which stays: elsewhere it matches nothing
        with suppress(ValueError):
            filters.remove(_FILTER)
        filters.insert(0, _FILTER)
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)
