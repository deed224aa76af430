"""How many requests tables in buckets take: as counted on servers, see ``docs/s3.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.costs.result import Requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dkdata.costs.measuring import Kept, Part

# Before a process writes, it tries the server.
TRYING = Requests(puts=3)
CREATING = Requests(lists=4)
SAVES_FOR_A_CHECKPOINT = 20
CHECKPOINT = Requests(puts=2, lists=3, gets=100)
_CHECKPOINT_GETS = 9  # of a process that reads one
_LARGE_BYTES = 32 << 20
_CHUNK_BYTES = 16 << 20
_FOOTER_SHARE = 512
_LEAST_FOOTER = 16 << 10


def of_opening(saves: int) -> Requests:
    """Return what a new process takes that reads the log, on average over so many saves.

    That is the layout of the table, the last checkpoint, and each commit since then, twice.
    """
    gets = 3 + min(saves, SAVES_FOR_A_CHECKPOINT)
    has_checkpoint = saves >= SAVES_FOR_A_CHECKPOINT
    return Requests(lists=2, gets=gets + _CHECKPOINT_GETS * has_checkpoint)


def of_save(kept: Kept) -> Requests:
    """Return what a save to a known table takes: look, write, commit, look again."""
    return Requests(puts=len(kept.parts) + 1, lists=2)


def of_load(kept: Kept) -> Requests:
    """Return what a load of a whole known table takes; large objects come in pieces."""
    return Requests(lists=1, gets=sum(_gets(part.size) for part in kept.parts))


def _gets(size: int) -> int:
    return 1 if size <= _LARGE_BYTES else 1 + -(-size // _CHUNK_BYTES)


def of_query(kept: Kept, columns: Sequence[str]) -> Requests:
    """Return what a query takes that reads some columns of all rows: footers, then columns."""
    runs = _runs(list(kept.columns or ()), columns)
    return Requests(lists=2, gets=sum(1 + part.groups * runs for part in kept.parts))


def _runs(held: Sequence[str], columns: Iterable[str]) -> int:
    """Return how many ranges of neighbours there are among columns.

    Examples
    --------
    >>> _runs(["a", "b", "c", "d"], ["b", "a", "d"])
    2
    """
    places = sorted({held.index(name) for name in columns if name in held})
    return sum(place - 1 not in places for place in places)


def scanned(kept: Kept, columns: Iterable[str]) -> int:
    """Return the bytes that a query fetches which reads some columns of all rows."""
    sizes = kept.columns or {}
    return sum(sizes.get(name, 0) for name in columns) + sum(map(_footer, kept.parts))


def _footer(part: Part) -> int:
    """Return what DuckDB fetches of the end of an object: ever twice as much of larger ones."""
    wanted = part.size // _FOOTER_SHARE
    return min(part.size, max(_LEAST_FOOTER, 1 << max(wanted.bit_length() - 1, 0)))


def of_object_save(kept: Kept) -> Requests:
    """Return what it takes to replace a single object, and what describes it: fetch, write."""
    pieces = list(map(_pieces, kept.parts))
    puts = sum(1 if count == 1 else count + 2 for count in pieces)
    return of_object_load(kept) + Requests(puts=puts)


def of_object_load(kept: Kept) -> Requests:
    """Return what it takes to read a single object: look at it and beside it, fetch it."""
    return Requests(lists=2 + len(kept.parts), gets=sum(map(_pieces, kept.parts)))


def _pieces(part: Part) -> int:
    return max(1, -(-part.size // _CHUNK_BYTES))
