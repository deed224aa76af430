"""What an estimate tells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from dkdata.query import in_rows

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("item", "amount", "unit", "cost")


@dataclass(frozen=True)
class Requests:
    """Requests by their kinds.

    Parameters
    ----------
    puts, lists
        Those that Amazon bills as writing: PUT, COPY, POST; and LIST.
    gets
        Those that it bills as reading: GET, HEAD.

    Examples
    --------
    >>> Requests(puts=2, lists=1) + 10 * Requests(gets=1)
    Requests(puts=2, lists=1, gets=10)
    """

    puts: int = 0
    lists: int = 0
    gets: int = 0

    def __add__(self, other: Requests) -> Requests:
        """Return both together."""
        return Requests(self.puts + other.puts, self.lists + other.lists, self.gets + other.gets)

    def __rmul__(self, times: int) -> Requests:
        """Return them so many times."""
        return Requests(times * self.puts, times * self.lists, times * self.gets)

    @property
    def total(self) -> int:
        """All of them."""
        return self.puts + self.lists + self.gets

    def __str__(self) -> str:
        """Return how many there are of each kind that there is."""
        told = {"PUT": self.puts, "LIST": self.lists, "GET": self.gets}
        return ", ".join(f"{n:,} {kind}" for kind, n in told.items() if n) or "none"


@dataclass(frozen=True)
class Amount:
    """One item of a month's bill.

    Parameters
    ----------
    unit
        What ``amount`` counts: ``"bytes"`` or ``"requests"``.
    cost
        In the currency of the price table.
    """

    item: str
    amount: int
    unit: str
    cost: float


@dataclass(frozen=True, repr=False)
class CostEstimate:
    """What a frame costs in a store: bytes, requests and seconds; of a bucket, money a month.

    Parameters
    ----------
    target
        As the caller knows it.
    rows, sampled
        How many rows there are, and how many of them were encoded to measure the size. Where
        both are the same, the size is exact.
    saved
        Bytes that one save stores.
    stored
        Bytes that are there after the saves of a month.
    transferred
        Bytes that are fetched in a month.
    scanned
        Bytes that one query of the columns fetches; ``None`` where nobody counts them.
    save, load, query
        The requests of one save, of one load and of one query, in a process that knows the
        table; ``None`` where there are no requests to pay for.
    requests
        All requests of a month, also those that open the table in new processes and those of
        checkpoints.
    save_seconds, load_seconds
        How long a save and a load take at the measured rates; ``None`` where there are none.
    amounts
        What the items of a month cost.
    currency, region, prices
        Of the price table: its currency, the region in it, its path and its date in words.
    notes
        What the numbers rest on, in sentences.

    Examples
    --------
    >>> from dkdata import CostEstimate
    >>> CostEstimate("memory.people", rows=2, sampled=2, saved=48, stored=48)
    memory.people: 48 bytes for 2 rows
      a save stores 48 bytes
    """

    target: str
    rows: int
    sampled: int
    saved: int
    stored: int
    transferred: int = 0
    scanned: int | None = None
    save: Requests | None = None
    load: Requests | None = None
    query: Requests | None = None
    requests: Requests | None = None
    save_seconds: float | None = None
    load_seconds: float | None = None
    amounts: tuple[Amount, ...] = ()
    currency: str = ""
    region: str = ""
    prices: str = ""
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float | None:
        """What all of it costs in a month; ``None`` where nothing is billed."""
        return sum(one.cost for one in self.amounts) if self.amounts else None

    @property
    def frame(self) -> pd.DataFrame:
        """One row an item of the month's bill: item, amount, unit, cost."""
        import pandas as pd  # noqa: PLC0415 - on use

        rows = [(one.item, one.amount, one.unit, one.cost) for one in self.amounts]
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    @property
    def _title(self) -> str:
        if self.total is None:
            return f"{self.target}: {in_bytes(self.stored)} for {in_rows(self.rows)}"
        return (
            f"{self.target}: {in_money(self.total)} {self.currency} a month in {self.region}"
            f" ({self.prices})"
        )

    def _told(self) -> list[str]:
        """Return what single calls take, and on what that rests."""
        measured = ""
        if self.sampled < self.rows:
            measured = f" (measured on {self.sampled:,} of {in_rows(self.rows)})"
        save = f"a save stores {in_bytes(self.saved)}{measured}"
        lines = [_call(save, self.save, self.save_seconds)]
        if self.load is not None or self.load_seconds is not None:
            lines.append(_call("a load", self.load, self.load_seconds))
        if self.query is not None and self.scanned is not None:
            lines.append(_call(f"a query fetches {in_bytes(self.scanned)}", self.query, None))
        return [*lines, *self.notes]

    def __repr__(self) -> str:
        """Return the month's bill, then what single calls take."""
        shown = [(one.item, _amount(one), in_money(one.cost)) for one in self.amounts]
        item, amount, cost = (max(map(len, cells), default=0) for cells in _turned(shown))
        bill = [f"  {a:<{item}}  {b:>{amount}}  {c:>{cost}}" for a, b, c in shown]
        return "\n".join([self._title, *bill, *(f"  {line}" for line in self._told())])

    def __str__(self) -> str:
        """Return the same as ``repr``."""
        return repr(self)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(one.item)}</td><td>{escape(_amount(one))}</td>"
            f"<td>{in_money(one.cost)}</td></tr>"
            for one in self.amounts
        )
        head = (
            f"<thead><tr><th>item</th><th>a month</th><th>{escape(self.currency)}</th></tr></thead>"
        )
        bill = f"<table>{head}<tbody>{rows}</tbody></table>" if rows else ""
        told = "<br>".join(map(escape, self._told()))
        return f"<div class='dk-cost'><b>{escape(self._title)}</b>{bill}<div>{told}</div></div>"


def _turned(rows: list[tuple[str, str, str]]) -> tuple[list[str], ...]:
    return tuple([row[place] for row in rows] for place in range(3))


def _amount(one: Amount) -> str:
    return in_bytes(one.amount) if one.unit == "bytes" else f"{one.amount:,} {one.unit}"


def _call(told: str, requests: Requests | None, seconds: float | None) -> str:
    took = None if seconds is None else f"about {_seconds(seconds)}"
    parts = [part for part in (requests and str(requests), took) if part]
    return f"{told}: {', '.join(parts)}" if parts else told


def _seconds(seconds: float) -> str:
    return "0.1 s or less" if seconds <= 0.1 else f"{seconds:,.{0 if seconds >= 10 else 1}f} s"  # noqa: PLR2004


def in_bytes(size: int) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> in_bytes(48), in_bytes(51_700_000)
    ('48 bytes', '51.7 MB')
    """
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if size >= 1000**power:
            return f"{size / 1000**power:,.1f} {unit}"
    return f"{size} {'byte' if size == 1 else 'bytes'}"


def in_money(cost: float) -> str:
    """Return a price with two digits that count, or two after the point.

    Examples
    --------
    >>> in_money(1234.5), in_money(0.000123), in_money(0)
    ('1,234.50', '0.00012', '0.00')
    """
    places = 2 if cost <= 0 else max(2, 1 - math.floor(math.log10(cost)))
    return f"{cost:,.{places}f}"
