"""What can be asked of the rows of a table without their being handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pyarrow as pa

    from dkdata.predicate import Predicate


@dataclass(frozen=True)
class Count:
    """How many rows there are for which ``where`` is true."""

    where: Predicate | None = None


@dataclass(frozen=True)
class Figure:
    """The least, the greatest or the sum of the values in some rows; null if there are none."""

    column: str
    function: Literal["min", "max", "sum"]
    where: Predicate | None = None


@dataclass(frozen=True)
class Groups:
    """How many groups of equal rows there are, and how many rows have another like them.

    Rows are equal if those columns are; null equals null.
    """

    columns: tuple[str, ...]
    where: Predicate | None = None


@dataclass(frozen=True)
class Ranked:
    """The values at some places, from 0, of sorted values, of which there are ``of``."""

    column: str
    ranks: tuple[int, ...]
    of: int
    where: Predicate | None = None


@dataclass(frozen=True)
class Unlike:
    """How many values of a column are loaded as others: infinite times are loaded as null."""

    column: str


@dataclass(frozen=True)
class BeyondAscii:
    """How many texts of a column hold characters beyond ASCII."""

    column: str


Question: TypeAlias = Count | Figure | Groups | Ranked | Unlike | BeyondAscii


@dataclass(frozen=True)
class Wanted:
    """Rows to be shown: those of a condition, or those that ``Groups`` finds others like.

    Parameters
    ----------
    limit
        How many of them, the first in the order of the table; ``None`` means all.
    """

    rows: Predicate | Groups
    limit: int | None = None


@dataclass(frozen=True)
class Shown:
    """Rows with their places in the table, from 0.

    Parameters
    ----------
    places
        Of each row.
    chosen
        For each ``Wanted``, which of the rows were wanted, in the order of the table.
    data
        The columns asked for, of canonical types.
    """

    places: np.ndarray
    chosen: tuple[np.ndarray, ...]
    data: pa.Table


class View(Protocol):
    """One state of a table, whose store answers questions exactly or not at all."""

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema of the rows."""
        ...

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, pa.Array]:
        """Return the answers to those of the questions that the store answers exactly.

        An answer has one value; to ``Groups`` two, to ``Ranked`` one for each rank.
        """
        ...

    def different(
        self, column: str, where: Predicate, *, limit: int, most_frequent: bool = False
    ) -> pa.Array | None:
        """Return at most ``limit`` of the different values in some rows, or of the most frequent.

        ``None`` where the store does not answer exactly.
        """
        ...

    def show(self, wanted: Sequence[Wanted], columns: Sequence[str]) -> Shown:
        """Return rows by their places, with columns by their stored names.

        Of rows that ``Groups`` finds others like, more may come than ``ask`` has counted: then
        the store cannot tell them apart.
        """
        ...

    def at(self, places: np.ndarray) -> pa.Table:
        """Return the rows at some places, in their order."""
        ...
