"""Plain values that say what to read and what to write."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from dkdata.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from dkdata.predicate import Column, Predicate

MEASURES = (
    "sum", "mean", "min", "max", "count", "size", "n_unique", "median", "std", "var",
    "first", "last",
)  # fmt: skip
_MOST_ROWS = 2**63
Verify = Literal["none", "count", "checksum", "full"]


class WriteMode(StrEnum):
    """What a save does with a table that is there already."""

    ERROR = "error"
    APPEND = "append"
    REPLACE = "replace"
    UPSERT = "upsert"
    SKIP = "skip"


def as_names(names: object) -> tuple[Any, ...]:
    """Return column names given as one name, several of them or ``None``, as a tuple.

    Examples
    --------
    >>> as_names("age"), as_names(["id", "day"]), as_names(None)
    (('age',), ('id', 'day'), ())
    """
    if names is None:
        return ()
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        return (names,)
    return tuple(names)


def as_count(argument: str, value: object, least: int = 0) -> int:
    """Return a number of rows, of any integer type.

    Examples
    --------
    >>> as_count("limit", 5)
    5
    """
    try:
        count = -1 if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        count = -1
    if not least <= count < _MOST_ROWS:
        message = f"{argument}={value!r} is not possible: it counts rows. Give {least} or more."
        raise UsageError(message)
    return count


def in_rows(count: int) -> str:
    """Return a number of rows in words.

    Examples
    --------
    >>> in_rows(1), in_rows(2000)
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {'row' if count == 1 else 'rows'}"


@dataclass(frozen=True)
class Sort:
    """One sort key: a column as the caller names it, nulls last in both directions."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Measure:
    """One aggregate: ``function`` of ``column`` (``None`` for ``size``), called ``name``."""

    name: str
    column: str | None
    function: str

    def __post_init__(self) -> None:
        """Refuse a function that is not known."""
        if self.column is None and self.function != "size":
            message = (
                f"aggregate of {self.name!r}: {self.function!r} of which column?"
                f" Write {self.name}=('column', {self.function!r})."
            )
            raise UsageError(message)
        if self.function not in MEASURES:
            argument = f"aggregate of {self.name!r}"
            raise UsageError.choice(argument, self.function, MEASURES)


@dataclass(frozen=True)
class Aggregate:
    """Groups (null is a group) and what is computed of each, in that order of columns."""

    by: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, repr=False)
class Query:
    """What to read of one table: filter, then aggregate, sort, page, project.

    Parameters
    ----------
    columns
        Names in the order wanted; ``None`` is all.
    where
        Keeps the rows for which it is true.
    order_by
        Sort keys, the most important first. A text such as ``"-age"`` is a key whose meaning
        depends on the columns of the table: a column that is really called so wins.
    limit, offset
        Rows to return (``None``: all) after the first ``offset``.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.Query(columns="name", where="age > 1", limit=5)
    Query(columns=('name',), where=col('age') > 1, limit=5)
    """

    columns: tuple[str, ...] | None = None
    where: Predicate | None = None
    order_by: tuple[Sort | str, ...] = ()
    limit: int | None = None
    offset: int = 0
    aggregate: Aggregate | None = None

    def __repr__(self) -> str:
        """Return what is asked for; what is left at its default is not told."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        asked = {name: value for name, value in told.items() if value != getattr(Query, name)}
        return f"Query({', '.join(f'{name}={value!r}' for name, value in asked.items())})"

    def __post_init__(self) -> None:
        """Take the forms that ``load`` takes; refuse negative numbers."""
        from dkdata.predicate import as_condition  # noqa: PLC0415 - on use

        given = {
            "columns": None if self.columns is None else as_names(self.columns),
            "where": as_condition(self.where),
            "order_by": (self.order_by,)
            if isinstance(self.order_by, Sort)
            else as_names(self.order_by),
            "limit": None if self.limit is None else as_count("limit", self.limit),
            "offset": as_count("offset", self.offset),
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return the query as plain JSON values; what is left at its default is left out.

        Raises
        ------
        UsageError
            A column has a label that JSON has not: neither text nor a number.

        Examples
        --------
        >>> import dkdata as dk
        >>> dk.Query(columns=("name",), order_by=("-age",), limit=5).to_dict()
        {'columns': ['name'], 'order_by': ['-age'], 'limit': 5}
        """
        from dkdata.query.documents import to_dict  # noqa: PLC0415 - it imports this module

        return to_dict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Query:
        """Return the query that ``to_dict`` wrote.

        Raises
        ------
        UsageError
            It is something else; unknown keys are named.
        """
        from dkdata.query.documents import from_dict  # noqa: PLC0415 - it imports this module

        return from_dict(data)

    @property
    def is_whole_table(self) -> bool:
        """Whether every row and every column is asked for, in the order of the table."""
        return self == Query()

    @property
    def keeps_rows(self) -> bool:
        """Whether every row is asked for, in the order of the table."""
        return self == Query(columns=self.columns)


def query_of(  # noqa: PLR0913, PLR0917 - the parts of a query
    columns: Hashable | Sequence[Hashable] | None,
    where: Predicate | Column | str | None,
    order_by: str | Sequence[str] | None,
    limit: int | None,
    offset: int,
    query: Query | None,
) -> Query:
    """Return the query that the arguments of a reading function describe."""
    from dkdata.predicate import as_condition  # noqa: PLC0415 - it imports errors only on use

    names = None if columns is None else as_names(columns)
    described = Query(names, as_condition(where), as_names(order_by), limit, offset)
    if query is None:
        return described
    if described != Query():
        message = "query= says all that is read. Leave out columns=, where=, order_by=, limit=."
        raise UsageError(message)
    return query


@dataclass(frozen=True)
class Search:
    """What rows are to be like, the best of which are wanted.

    Parameters
    ----------
    text
        Words that they have, in columns that are searched by words.
    near
        A vector to which those of a column are near; by the name of the column, or for the only
        one that there is.
    within
        Columns whose words are searched; none: all that are.
    limit
        How many rows are wanted.
    """

    text: str = ""
    near: Mapping[str, Sequence[float]] | Sequence[float] = ()
    within: tuple[str, ...] = ()
    limit: int = 20

    def __post_init__(self) -> None:
        """Refuse a search for nothing."""
        if not isinstance(self.text, str):
            message = f"search({self.text!r}) is not possible. Give words as one text."
            raise UsageError(message)
        if not hasattr(self.near, "__len__"):
            message = f"near={self.near!r} is not possible. Give a list of numbers."
            raise UsageError(message)
        if not self.text.strip() and not len(self.near):
            message = "a search for nothing: give words, or near=[…]."
            raise UsageError(message)
        object.__setattr__(self, "limit", as_count("limit", self.limit, 1))


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Write:
    """How to write rows into one table.

    Parameters
    ----------
    key
        Columns that identify a row.
    partition_by
        Columns by whose values the table is divided.
    layout
        How a new table is kept, where a store knows several ways.
    run_id
        Names this write; the same id twice writes once.
    repeatable
        Whether the caller gave the id, so that it can come a second time.
    deadline
        Moment of ``time.monotonic()`` at which to give up, or ``None``.
    progress
        Called with the number of rows that were written since the last call.
    before_commit
        Called once the rows are written and checked, before they count: what it raises undoes
        the write.
    makes
        Whether there was no table, so that one that is there meanwhile is somebody else's.
    skipped
        Called by a store that writes each row by itself, with the places of those among the rows
        that mode ``"skip"`` did not write.
    """

    mode: WriteMode = WriteMode.ERROR
    key: tuple[str, ...] = ()
    run_id: str = ""
    repeatable: bool = False
    partition_by: tuple[str, ...] = ()
    batch_rows: int | None = None
    verify: Verify = "count"
    format: str | None = None
    layout: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    deadline: float | None = None
    progress: Callable[[int], None] | None = None
    before_commit: Callable[[], object] = _nothing
    makes: bool = False
    skipped: Callable[[list[int]], object] | None = None


@dataclass(frozen=True)
class SaveResult:
    """What a save did: counts in rows, size in bytes, time in seconds.

    Parameters
    ----------
    rejected
        The rows that the suite of the save kept out of the table, as a frame; ``None`` where none
        were to be put aside.
    repeated
        Whether the counts are those of an earlier save of the same ``run_id``, so that this one
        wrote nothing.

    Examples
    --------
    >>> from dkdata import SaveResult
    >>> print(SaveResult("people", inserted=2, seconds=0.5))
    people: 2 rows inserted in 0.50 s
    """

    target: str
    inserted: int = 0
    updated: int = 0
    skipped: int = 0
    rejected: Any = None
    bytes: int | None = None
    seconds: float = 0.0
    retries: int = 0
    run_id: str = ""
    version: int | None = None
    repeated: bool = False

    @property
    def rows(self) -> int:
        """Rows that the save dealt with: inserted, updated, skipped and rejected."""
        refused = 0 if self.rejected is None else len(self.rejected)
        return self.inserted + self.updated + self.skipped + refused

    @property
    def counts(self) -> str:
        """What became of the rows: ``"2 rows inserted, 1 updated"``."""
        return ", ".join(self._parts())

    def _parts(self) -> list[str]:
        refused = 0 if self.rejected is None else len(self.rejected)
        counts = {
            "inserted": self.inserted,
            "updated": self.updated,
            "skipped": self.skipped,
            "rejected": refused,
        }
        told = [f"{n:,} {word}" for word, n in counts.items() if n]
        if not told:
            return ["0 rows"]
        rows = " row " if told[0].startswith("1 ") else " rows "
        return [told[0].replace(" ", rows, 1), *told[1:]]

    def __str__(self) -> str:
        """Return one line."""
        version = "" if self.version is None else f" (version {self.version})"
        if self.repeated:
            done = f"{self.counts} by run {self.run_id!r} before"
            return f"{self.target}: nothing written: {done}{version}"
        return f"{self.target}: {self.counts} in {self.seconds:.2f} s{version}"

    def _repr_html_(self) -> str:
        return f"<div class='dk-save'>✓ {escape(str(self))}</div>"
