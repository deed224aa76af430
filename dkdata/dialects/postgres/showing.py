"""Rows of a relation with their places, and for what each of them was wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import Fragment, quote
from dkdata.dialects.postgres.answers import exactly, hashed, keys
from dkdata.predicate import Predicate
from dkdata.predicate.tree import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dkdata.dialects.postgres.relation import Relation
    from dkdata.questions import Groups, Wanted

MOST_WANTED = 62
"""How many bits of one number say for what a row was wanted."""


@dataclass(frozen=True)
class Numbered:
    """The rows of a relation with their places, counted from 0, and some of its columns."""

    relation: Relation
    names: tuple[str, ...]

    @property
    def place(self) -> str:
        """The place of a row, in SQL: a name that no column has."""
        return quote(self.relation.free_name("__dk_place"))

    @property
    def sql(self) -> str:
        """What stands after FROM."""
        columns = "".join(f", {self.relation.column_sql(name)}" for name in self.names)
        numbered = f"row_number() OVER () - 1 AS {self.place}{columns}"
        return f"(SELECT {numbered} FROM {self.relation.sql}) AS numbered"


def shown(
    relation: Relation,
    wanted: Sequence[Wanted],
    names: Sequence[str],
    hashes: Mapping[Groups, list[int]],
) -> Fragment:
    """Return what stands after FROM for rows: ``bits``, ``place``, and columns from ``k0`` on.

    The bit of each ``Wanted`` is set where a row was wanted for it. The rows that a condition
    wants first are found without reading the table to its end; those that are wanted as a whole,
    in one pass for all conditions. The rows have to come in the order in which they lie.

    Parameters
    ----------
    hashes
        Those of all groups of several rows, where they are known. Where the rows of groups are
        wanted as a whole, others with such a hash come too: their number tells.

    Raises
    ------
    NotExactError
        PostgreSQL would find other rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.dialects.postgres.relation import Kept, Relation
    >>> from dkdata.predicate import col
    >>> from dkdata.questions import Wanted
    >>> people = Relation("t", pa.schema([("n", pa.int64())]), {"n": Kept("bigint")})
    >>> print(shown(people, [Wanted(col("n") > 3, limit=20)], ["n"], {}).sql)
    ((SELECT 1 AS bits, "__dk_place" AS place, "n" AS k0 FROM (SELECT row_number() OVER () - 1 \
AS "__dk_place", "n" FROM t) AS numbered WHERE "n" > CAST(%s AS bigint) LIMIT 20)) AS shown
    """
    numbered = Numbered(relation, tuple(dict.fromkeys([*names, *_used(relation, wanted)])))
    columns = [f"{relation.column_sql(name)} AS k{n}" for n, name in enumerate(names)]
    told = ", ".join([f"{numbered.place} AS place", *columns])
    branches, whole = list[Fragment](), list[tuple[int, Fragment]]()
    for number, one in enumerate(wanted):
        bit = 1 << number
        limit = "" if one.limit is None else f" LIMIT {one.limit}"
        found = _condition(relation, one.rows, hashes)
        if not limit and (isinstance(one.rows, Predicate) or one.rows in hashes):
            whole.append((bit, found))
        elif isinstance(one.rows, Predicate):
            sql = f"SELECT {bit} AS bits, {told} FROM {numbered.sql} WHERE {found.sql}{limit}"
            branches.append(Fragment(sql, found.parameters))
        else:
            rows = _repeated(numbered, keys(relation, one.rows.columns), found)
            sql = f"SELECT {bit} AS bits, {told} FROM {rows.sql} ORDER BY {numbered.place}{limit}"
            branches.append(Fragment(sql, rows.parameters))
    if whole:
        branches.append(_in_one_pass(whole, f"{told} FROM {numbered.sql}"))
    sql = " UNION ALL ".join(f"({branch.sql})" for branch in branches)
    return Fragment(f"({sql}) AS shown", tuple(v for one in branches for v in one.parameters))


def _in_one_pass(whole: list[tuple[int, Fragment]], told: str) -> Fragment:
    bits = " + ".join(f"CASE WHEN {found.sql} THEN {bit} ELSE 0 END" for bit, found in whole)
    test = " OR ".join(f"({found.sql})" for _, found in whole)
    values = tuple(value for _, found in whole for value in found.parameters)
    return Fragment(f"SELECT {bits} AS bits, {told} WHERE {test}", values + values)


def _condition(
    relation: Relation, rows: Predicate | Groups, hashes: Mapping[Groups, list[int]]
) -> Fragment:
    """Return which rows are wanted; of groups perhaps a few more, if their hashes are the same."""
    if isinstance(rows, Predicate):
        return exactly(rows, relation)
    where = exactly(rows.where, relation)
    if rows not in hashes:
        return where
    test = f"{hashed(keys(relation, rows.columns))} = ANY (CAST(%s AS bigint[]))"
    return Fragment(f"{where.sql} AND {test}", (*where.parameters, hashes[rows]))


def _repeated(numbered: Numbered, found: list[str], where: Fragment) -> Fragment:
    """Return what stands after FROM for those of some rows that others are like."""
    alike = f"count(*) OVER (PARTITION BY {', '.join(found)}) AS alike"
    rows = f"SELECT *, {alike} FROM {numbered.sql} WHERE {where.sql}"
    return Fragment(f"({rows}) AS counted WHERE alike > 1", where.parameters)


def _used(relation: Relation, wanted: Sequence[Wanted]) -> Iterator[str]:
    """Yield the stored names of the columns by which rows are chosen."""
    for rows in (one.rows for one in wanted):
        if isinstance(rows, Predicate):
            names = [*columns_of(rows)]
        else:
            names = [*rows.columns, *columns_of(rows.where)]
        for name in sorted(names):
            yield relation.meaning.columns.located(name)[0]
