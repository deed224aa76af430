"""Estimates: what is measured, times how often it happens, times what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from dkdata import commit
from dkdata.capabilities import SupportsBilling
from dkdata.costs import requests
from dkdata.costs.measuring import kept
from dkdata.costs.rates import rate_of
from dkdata.costs.result import Amount, CostEstimate, Requests
from dkdata.frames import envelope
from dkdata.query import Write, WriteMode
from dkdata.stores.file.formats import format_name, suffix_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dkdata.capabilities import Billing
    from dkdata.catalog import Location
    from dkdata.costs.measuring import Kept
    from dkdata.costs.sampling import Sample
    from dkdata.store import Store

Transfer = Literal["internet", "region"]
_GB = 2**30
_THOUSAND = 1000
_RECKONED = "the size is reckoned from what the rows hold: none were written"
_USUAL_REGION = "us-east-1"  # the driver's, too


@dataclass(frozen=True)
class Month:
    """What happens in a month.

    Parameters
    ----------
    columns
        What a query reads; nothing: the column that is the largest.
    sessions
        How many processes open the table; ``None``: each save, load and query is one's own.
    transfer
        Where those are that read.
    """

    saves: int = 1
    loads: int = 30
    queries: int = 0
    columns: tuple[Any, ...] = ()
    sessions: int | None = None
    transfer: Transfer = "internet"

    @property
    def opened(self) -> int:
        """How often the table is opened."""
        calls = self.saves + self.loads + self.queries
        return calls if self.sessions is None else min(self.sessions, calls)

    def __str__(self) -> str:
        """Return what happens, in words."""
        told = [
            f"{count:,} {one if count == 1 else many}"
            for count, one, many in (
                (self.saves, "save", "saves"),
                (self.loads, "load", "loads"),
                (self.queries, "query", "queries"),
                (self.opened, "process", "processes"),
            )
        ]
        return f"{', '.join(told[:3])}, in {told[3]}"


@dataclass(frozen=True)
class Place:
    """Where rows are to be saved, and how.

    Parameters
    ----------
    region, prices
        In place of those that are configured.
    """

    location: Location
    file_format: str | None = None
    options: Mapping[str, Any] | None = None
    partition_by: tuple[Any, ...] = ()
    region: str | None = None
    prices: Path | None = None

    @property
    def billing(self) -> Billing | None:
        """Who bills, if anybody does."""
        store = self.location.store
        return store.billing() if isinstance(store, SupportsBilling) else None

    @property
    def store(self) -> Store:
        """The store that would keep the table; a bucket is not asked what is there."""
        table, form = self.location.table, self.file_format
        if form is None and self.billing is not None and format_name(table):
            form = suffix_of(table)[1:].lower()
        return self.location.store.store_of(table, form, self.options or {})


def estimated(sample: Sample, place: Place, month: Month) -> CostEstimate:
    """Return what rows cost at a place; nobody is asked, and nothing is written there."""
    schema, table, store = sample.rows.schema, place.location.table, place.store
    parts = tuple(envelope.resolved(place.partition_by, schema, "partition_by"))
    columns = tuple(envelope.resolved(month.columns, schema))
    store.check_arguments(table, partition_by=parts)
    write = Write(
        mode=WriteMode.REPLACE, partition_by=parts, verify="none", run_id=commit.new_run_id()
    )
    found = kept(store, table, sample, write)
    plain = CostEstimate(
        target=place.location.label,
        rows=sample.total_rows,
        sampled=sample.rows.num_rows,
        saved=found.size,
        stored=month.saves * found.size,
        notes=(_RECKONED,) if found.is_reckoned else (),
    )
    billing = place.billing
    if billing is not None:
        plain = _billed(_asking(plain, found, columns, month), place, billing, month)
    return _timed(plain, place, found, sample)


def _timed(plain: CostEstimate, place: Place, found: Kept, sample: Sample) -> CostEstimate:
    """Return an estimate with the seconds that are known of such a store."""
    form = place.file_format or found.form
    rate = rate_of(place.location.store, form)
    if rate is None:
        return replace(plain, notes=(*plain.notes, "nobody has measured how fast that store is"))
    return replace(
        plain,
        save_seconds=sample.total_bytes / rate.save,
        load_seconds=sample.total_bytes / rate.load,
        notes=(*plain.notes, f"seconds as measured on {rate.basis}"),
    )


def _asking(
    plain: CostEstimate, found: Kept, columns: tuple[str, ...], month: Month
) -> CostEstimate:
    """Return an estimate with the requests and the bytes of single calls and of a month."""
    if found.columns is None:
        load = requests.of_object_load(found)
        save = requests.of_object_save(found)
        plain = replace(plain, save=save, load=load, query=load, scanned=found.size)
        return _monthly(plain, found, month)
    held = found.columns
    read = columns or tuple(sorted(held, key=lambda name: -held[name])[:1])
    plain = replace(
        plain,
        save=requests.of_save(found),
        load=requests.of_load(found),
        query=requests.of_query(found, read),
        scanned=requests.scanned(found, read),
    )
    shown = ", ".join(map(repr, read))
    plain = replace(plain, notes=(*plain.notes, f"a query reads {shown} of all rows"))
    return _monthly(plain, found, month)


def _monthly(plain: CostEstimate, found: Kept, month: Month) -> CostEstimate:
    """Return an estimate with all requests and bytes of a month."""
    nothing = Requests()
    calls = ((month.saves, plain.save), (month.loads, plain.load), (month.queries, plain.query))
    total = sum((count * (each or nothing) for count, each in calls), nothing)
    if found.columns is not None:
        total += month.opened * requests.of_opening(month.saves)
        total += min(month.saves, 1) * requests.CREATING
        total += min(month.saves, month.opened) * requests.TRYING
        total += month.saves // requests.SAVES_FOR_A_CHECKPOINT * requests.CHECKPOINT
    loaded = sum(part.size for part in found.parts)
    fetched = month.loads * loaded + month.queries * (plain.scanned or 0)
    return replace(plain, requests=total, transferred=fetched)


def _billed(plain: CostEstimate, place: Place, billing: Billing, month: Month) -> CostEstimate:
    """Return an estimate with what a month costs."""
    from dkdata.costs.prices import cost_of, price_table  # noqa: PLC0415 - loads pydantic

    table, path = price_table(place.prices)
    name = place.region or billing.region or _USUAL_REGION
    region = table.region(name, path)
    asked = plain.requests or Requests()
    writing, reading = asked.puts + asked.lists, asked.gets
    pays = month.transfer == "internet"
    fetched = cost_of(plain.transferred / _GB, region.transfer) if pays else 0.0
    amounts = (
        Amount("storage", plain.stored, "bytes", cost_of(plain.stored / _GB, region.storage)),
        Amount("PUT and LIST", writing, "requests", writing / _THOUSAND * region.write),
        Amount("GET", reading, "requests", reading / _THOUSAND * region.read),
        Amount("transfer", plain.transferred, "bytes", fetched),
    )
    notes = [*plain.notes, f"a month has {month}"]
    if not (place.region or billing.region):
        notes.append(f"no region is configured: taken for {name}")
    if billing.server:
        notes.append(f"{billing.server} is not Amazon's: its owner's prices hold; give prices=")
    notes.append(f"prices of {path}: check them at {table.source or 'their source'}")
    return replace(
        plain, amounts=amounts, currency=table.currency, region=name,
        prices=f"prices of {table.date}", notes=tuple(notes),
    )  # fmt: skip
