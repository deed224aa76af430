"""Faults of a network, as values, which a proxy brings about; `Moment` has their parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dkdata.errors import UsageError, check_choice

Direction = Literal["request", "reply"]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a fault fires, and how often; what `Cut`, `BlackHole`, `DropReply`, `Delay` share.

    Parameters
    ----------
    after
        The fault fires when so many bytes have passed, or when this text has (its last byte
        included), since it was injected. Each connection counts for itself. With 0 it fires at
        the first byte. Text is found however it is split among reads, but not under TLS.
    direction
        Whose bytes are counted and searched: the client's (``"request"``) or the server's.
    times
        On how many connections it fires, once on each; ``None``: on every one.
    """

    after: int | bytes = 0
    direction: Direction = "request"
    times: int | None = 1

    def __post_init__(self) -> None:
        check_choice("direction", self.direction, ("request", "reply"))
        _check_times(self.times)
        if isinstance(self.after, bool) or not isinstance(self.after, int | bytes):
            message = f"after={self.after!r} is neither a number of bytes nor text as bytes."
            raise UsageError(message)
        if self.after == b"" or (isinstance(self.after, int) and self.after < 0):
            message = f"after={self.after!r} never comes. Give 0 or more bytes, or text as bytes."
            raise UsageError(message)


@dataclass(frozen=True, kw_only=True)
class Cut(Moment):
    """The connection breaks: what came before has arrived, nothing else will.

    Examples
    --------
    >>> Cut(after=400_000, direction="reply")
    Cut(after=400000, direction='reply', times=1)
    """


@dataclass(frozen=True, kw_only=True)
class BlackHole(Moment):
    """The connection stays open, and what either side sends is lost.

    Examples
    --------
    >>> BlackHole(after=b"COPY", times=None)
    BlackHole(after=b'COPY', direction='request', times=None)
    """


@dataclass(frozen=True, kw_only=True)
class DropReply(Moment):
    """The server gets the whole request; its next reply is lost, and the connection breaks then.

    Examples
    --------
    >>> DropReply(after=b"COMMIT")
    DropReply(after=b'COMMIT', times=1)
    """

    direction: Direction = field(default="request", init=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Delay(Moment):
    """Every piece of at most 64 KiB is held back, from the moment at which the fault fires.

    Examples
    --------
    >>> Delay(seconds=0.2, direction="reply", times=None)
    Delay(after=0, direction='reply', times=None, seconds=0.2)
    """

    seconds: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.seconds >= 0:
            message = f"seconds={self.seconds!r} is not possible. Give 0 or more."
            raise UsageError(message)


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """A new connection is reset at once, before the server hears of it.

    Parameters
    ----------
    times
        How many connections; ``None``: every one.

    Examples
    --------
    >>> Refuse(times=3)
    Refuse(times=3)
    """

    times: int | None = 1

    def __post_init__(self) -> None:
        _check_times(self.times)


def _check_times(times: int | None) -> None:
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        message = f"times={times!r} is not possible. Give 1 or more, or None for every connection."
        raise UsageError(message)


Fault = Cut | BlackHole | DropReply | Delay | Refuse


@dataclass
class Watch:
    """Looks for the moment at which a fault fires on one connection."""

    after: int | bytes
    _seen: int = 0
    _tail: bytes = b""
    _is_over: bool = False

    def end(self, data: bytes) -> int | None:
        """Return how many of these bytes come before that moment, if it lies among them.

        It comes once.

        Examples
        --------
        >>> watch = Watch(b"COMMIT")
        >>> watch.end(b"...COM"), watch.end(b"MIT..."), watch.end(b"COMMIT")
        (None, 3, None)
        """
        if self._is_over:
            return None
        if isinstance(self.after, int):
            end = self.after - self._seen
            self._is_over = end <= len(data)
        else:
            joined = self._tail + data
            found = joined.find(self.after)
            end = found + len(self.after) - len(self._tail)
            self._is_over = found >= 0
            self._tail = joined[max(0, len(joined) - len(self.after) + 1) :]
        self._seen += len(data)
        return end if self._is_over else None
