"""Questions about the rows of a relation as one SELECT of PostgreSQL with one row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from dkdata.dialects.fragment import Fragment
from dkdata.dialects.literals import family
from dkdata.dialects.postgres.conditions import condition
from dkdata.dialects.postgres.relation import Operand, operand
from dkdata.errors import ColumnNotFoundError, QueryError
from dkdata.questions import BeyondAscii, Count, Figure, Groups, Ranked, Unlike

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dkdata.dialects.postgres.relation import Relation
    from dkdata.predicate import Predicate
    from dkdata.questions import Question

_SUM = "numeric(38,0)"
_EVERY = Fragment("TRUE")
MOST_HASHES = 10_000
"""Groups of several rows that are remembered by their hashes."""
_FINITE = frozenset({"date", "timestamp", "timestamptz"})


class NotExactError(Exception):
    """PostgreSQL would answer something else than what is meant."""


class Cell(NamedTuple):
    """A value of the row: its SQL, its type in PostgreSQL, and canonically."""

    sql: Fragment
    type: str
    meaning: pa.DataType


@dataclass
class Statement:
    """A SELECT of one row, put together cell by cell.

    Parameters
    ----------
    names
        The cells in SQL, in the order of ``cells``.
    places
        For each question that is answered, the places of its cells in the row.
    """

    cells: list[Cell] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    places: dict[Question, range] = field(default_factory=dict)
    _sources: list[tuple[Fragment, list[Cell]]] = field(default_factory=list)

    def add(self, question: Question, source: Fragment, cells: Sequence[Cell]) -> None:
        """Put what answers a question into the row; ``source`` is what stands after FROM."""
        known = [found for found, _ in self._sources]
        if source not in known:
            self._sources.append((source, []))
            known.append(source)
        number = known.index(source)
        held = self._sources[number][1]
        self.names += [f"s{number}.c{len(held) + place}" for place in range(len(cells))]
        held += cells
        self.places[question] = range(len(self.cells), len(self.cells) + len(cells))
        self.cells += cells

    @property
    def rows(self) -> Fragment:
        """What stands after FROM for the row: each source is read once."""
        selects, values = list[str](), list[object]()
        for number, (source, cells) in enumerate(self._sources):
            told = ", ".join(f"{cell.sql.sql} AS c{place}" for place, cell in enumerate(cells))
            selects.append(f"(SELECT {told} FROM {source.sql}) AS s{number}")
            values += [value for cell in cells for value in cell.sql.parameters]
            values += source.parameters
        return Fragment(" CROSS JOIN ".join(selects), tuple(values))


def answered(relation: Relation, questions: Iterable[Question]) -> Statement:
    """Return the SELECT that answers those of the questions that PostgreSQL answers exactly.

    Examples
    --------
    >>> from dkdata.dialects.postgres.relation import Kept, Relation
    >>> from dkdata.predicate import col
    >>> schema = pa.schema([("n", pa.int64())])
    >>> one = Count(col("n") > 3)
    >>> found = answered(Relation("t", schema, {"n": Kept("bigint")}), [one])
    >>> found.rows.sql, found.places[one]
    ('(SELECT count(*) FILTER (WHERE "n" > CAST(%s AS bigint)) AS c0 FROM t) AS s0', range(0, 1))
    """
    statement = Statement()
    for question in dict.fromkeys(questions):
        try:
            source, cells = _answer(relation, question)
        except (NotExactError, QueryError, ColumnNotFoundError):
            continue
        statement.add(question, source, cells)
    return statement


def _answer(relation: Relation, question: Question) -> tuple[Fragment, list[Cell]]:
    whole = Fragment(relation.sql)
    match question:
        case Count(where):
            return whole, [_count(exactly(where, relation))]
        case Figure(name, function, where):
            return whole, [_figure(value(relation, name), function, exactly(where, relation))]
        case Unlike(name):
            found = value(relation, name)
            is_other = f"NOT isfinite({found.column.sql})" if found.bound in _FINITE else "FALSE"
            return whole, [_count(Fragment(is_other))]
        case BeyondAscii(name):
            sql = value(relation, name).column.sql
            return whole, [_count(Fragment(f"octet_length({sql}) <> length({sql})"))]
        case Groups(names, where):
            return _groups(keys(relation, names), filtered(relation, where))
        case Ranked(name, ranks, of, where):
            found = value(relation, name)
            cells = [_ranked(found, (rank + 0.5) / of) for rank in ranks]
            return filtered(relation, where), cells


def exactly(where: Predicate | None, relation: Relation) -> Fragment:
    """Return a predicate as PostgreSQL answers it.

    Raises
    ------
    NotExactError
        It would answer it otherwise.
    """
    found, left = condition(where, relation)
    if left is not None:
        raise NotExactError
    return found or _EVERY


def value(relation: Relation, name: str) -> Operand:
    """Return a column that PostgreSQL compares exactly.

    Raises
    ------
    NotExactError
        It does not.
    """
    found = operand(relation, name)
    if found is None:
        raise NotExactError
    return found


def filtered(relation: Relation, where: Predicate | None) -> Fragment:
    """Return what stands after FROM for the rows for which ``where`` is true."""
    found = exactly(where, relation)
    if found == _EVERY:
        return Fragment(relation.sql)
    return Fragment(f"{relation.sql} WHERE {found.sql}", found.parameters)


def keys(relation: Relation, names: Iterable[str]) -> list[str]:
    """Return what rows have to have in common to be equal, in SQL.

    Raises
    ------
    NotExactError
        PostgreSQL takes other rows for equal.
    """
    return [value(relation, name).same for name in names]


def hashed(found: Iterable[str]) -> str:
    """Return a number, in SQL, which is the same for equal rows."""
    return f"hash_record_extended(ROW({', '.join(found)}), 0)"


def _groups(found: list[str], rows: Fragment) -> tuple[Fragment, list[Cell]]:
    """Return how many groups there are, how many rows are like others, and hashes of these.

    With the hashes, the rows are found again without making all groups anew.
    """
    names = [f"k{number}" for number in range(len(found))]
    named = ", ".join(f"{key} AS {name}" for key, name in zip(found, names, strict=True))
    sql = f"(SELECT {named}, count(*) AS n FROM {rows.sql} GROUP BY {', '.join(found)}) AS g"
    repeated = "CAST(coalesce(sum(n) FILTER (WHERE n > 1), 0) AS bigint)"
    several = f"(array_agg({hashed(names)}) FILTER (WHERE n > 1))[1:{MOST_HASHES + 1}]"
    hashes = Cell(Fragment(several), "bigint[]", pa.large_list(pa.int64()))
    cells = [_whole("count(*)"), _whole(repeated), hashes]
    return Fragment(sql, rows.parameters), cells


def _whole(sql: str) -> Cell:
    return Cell(Fragment(sql), "bigint", pa.int64())


def _count(where: Fragment) -> Cell:
    if where == _EVERY:
        return _whole("count(*)")
    sql = f"count(*) FILTER (WHERE {where.sql})"
    return Cell(Fragment(sql, where.parameters), "bigint", pa.int64())


def _figure(found: Operand, function: str, where: Fragment) -> Cell:
    if family(found.column) not in ("integer", "float", "instant"):
        raise NotExactError
    sql = f"{function}({found.column.sql}) FILTER (WHERE {where.sql})"
    if function != "sum":
        return Cell(Fragment(sql, where.parameters), found.type, found.column.type)
    if family(found.column) != "integer":  # what floats sum up to depends on their order
        raise NotExactError
    return Cell(Fragment(f"CAST({sql} AS {_SUM})", where.parameters), _SUM, pa.decimal128(38, 0))


def _ranked(found: Operand, share: float) -> Cell:
    if family(found.column) not in ("integer", "float", "instant"):
        raise NotExactError
    sql = f"percentile_disc({share!r}) WITHIN GROUP (ORDER BY {found.ordered})"
    return Cell(Fragment(sql), found.type, found.column.type)


def most_frequent(relation: Relation, name: str, where: Predicate, limit: int) -> Cell:
    """Return the SELECT of those values that most rows have.

    Raises
    ------
    NotExactError
        PostgreSQL would find others.
    """
    found, rows = value(relation, name), filtered(relation, where)
    counted = (
        f"SELECT {found.same} AS v, count(*) AS n, max(count(*)) OVER () AS most"
        f" FROM {rows.sql} GROUP BY {found.same}"
    )
    sql = f"(SELECT v FROM ({counted}) AS counted WHERE n = most LIMIT {limit}) AS found"
    return Cell(Fragment(sql, rows.parameters), found.type, found.column.type)


def different(relation: Relation, name: str, where: Predicate, limit: int) -> Cell:
    """Return the SELECT of the different values in some rows.

    Raises
    ------
    NotExactError
        PostgreSQL would find others.
    """
    found, rows = value(relation, name), filtered(relation, where)
    sql = f"(SELECT DISTINCT {found.same} AS v FROM {rows.sql} LIMIT {limit}) AS found"
    return Cell(Fragment(sql, rows.parameters), found.type, found.column.type)
