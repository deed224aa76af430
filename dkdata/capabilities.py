"""What some stores do beyond what all do; each is a method that a store has or has not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import duckdb
    import polars as pl
    import pyarrow as pa

    from dkdata.dialects.select import Source
    from dkdata.query import Query, Search
    from dkdata.questions import View

T = TypeVar("T")


@dataclass(frozen=True)
class Billing:
    """Who bills what a store keeps and answers, as far as it is configured.

    Parameters
    ----------
    server
        The address of one that is not the usual owner's.
    """

    region: str | None = None
    server: str | None = None


@runtime_checkable
class SupportsBilling(Protocol):
    """A store whose owner bills requests, and the bytes that are kept and fetched."""

    def billing(self) -> Billing:
        """Return who bills; nobody is asked."""


@runtime_checkable
class SupportsSource(Protocol):
    """A store whose tables DuckDB reads where they are."""

    def source(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
    ) -> AbstractContextManager[Source]:
        """Make a table readable on ``connection`` for as long as the context lasts."""


@runtime_checkable
class SupportsPolars(Protocol):
    """A store that reads some of its tables into polars frames without the way by Arrow."""

    def to_polars(self, table: str) -> pl.DataFrame | None:
        """Return a whole table as a polars frame; ``None`` where Arrow is the way."""


@runtime_checkable
class SupportsSearch(Protocol):
    """A store that finds the rows that are most like what is searched for."""

    def search(self, table: str, wanted: Search, query: Query) -> pa.Table:
        """Return the best rows among those of a query on a table, the best one first.

        Two columns more than the query asks for say how good each is and what was found.
        """


@runtime_checkable
class SupportsQuestions(Protocol):
    """A store that answers questions about the rows of a table where they are."""

    def look(self, table: str, query: Query, work: Callable[[View | None], T]) -> T:
        """Return what ``work`` makes of one state of the rows that a query asks for.

        It gets ``None`` where the store does not answer exactly, and is called again where the
        connection is lost.
        """
