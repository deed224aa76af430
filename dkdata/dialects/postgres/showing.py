"""Rows of a relation with their places, and for what each of them was wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import Fragment
from dkdata.dialects.postgres.answers import exactly, value
from dkdata.predicate_tree import columns_of
from dkdata.questions import Groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.dialects.postgres.relation import Relation
    from dkdata.questions import Wanted

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
        held = {kept.name or name for name, kept in self.relation.kept.items()}
        name = "__dk_place"
        while name in held:
            name += "_"
        return f'"{name}"'

    @property
    def sql(self) -> str:
        """What stands after FROM."""
        columns = "".join(f", {self.relation.column_sql(name)}" for name in self.names)
        numbered = f"row_number() OVER () - 1 AS {self.place}{columns}"
        return f"(SELECT {numbered} FROM {self.relation.sql}) AS numbered"


def shown(relation: Relation, wanted: Sequence[Wanted], names: Sequence[str]) -> Fragment:
    """Return what stands after FROM for rows: ``bits``, ``place``, and columns from ``k0`` on.

    The bit of each ``Wanted`` is set where a row was wanted for it. The rows that a condition
    wants first are found without reading the table to its end; those that are wanted as a whole,
    in one pass for all conditions. The rows have to come in the order in which they lie.

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
    >>> print(shown(people, [Wanted(col("n") > 3, limit=20)], ["n"]).sql)
    ((SELECT 1 AS bits, "__dk_place" AS place, "n" AS k0 FROM (SELECT row_number() OVER () - 1 \
AS "__dk_place", "n" FROM t) AS numbered WHERE "n" > CAST(%s AS bigint) LIMIT 20)) AS shown
    """
    numbered = Numbered(relation, tuple(dict.fromkeys([*names, *_used(relation, wanted)])))
    told = "".join(f", {relation.column_sql(name)} AS k{n}" for n, name in enumerate(names))
    columns = f"{numbered.place} AS place{told} FROM {numbered.sql} WHERE"
    branches, whole = list[Fragment](), list[tuple[int, Fragment]]()
    for number, one in enumerate(wanted):
        bit = 1 << number
        limit = "" if one.limit is None else f" LIMIT {one.limit}"
        if isinstance(one.rows, Groups):
            found = _repeated(relation, one.rows)
            test = f"{numbered.place} IN ({found.sql}) ORDER BY {numbered.place}"
        else:
            found = exactly(one.rows, relation)
            test = found.sql
            if not limit:
                whole.append((bit, found))
                continue
        branches.append(Fragment(f"SELECT {bit} AS bits, {columns} {test}{limit}", found[1]))
    if whole:
        branches.append(_in_one_pass(whole, columns))
    sql = " UNION ALL ".join(f"({branch.sql})" for branch in branches)
    return Fragment(f"({sql}) AS shown", tuple(v for one in branches for v in one.parameters))


def _in_one_pass(whole: list[tuple[int, Fragment]], columns: str) -> Fragment:
    bits = " + ".join(f"CASE WHEN {found.sql} THEN {bit} ELSE 0 END" for bit, found in whole)
    test = " OR ".join(f"({found.sql})" for _, found in whole)
    values = tuple(value for _, found in whole for value in found.parameters)
    return Fragment(f"SELECT {bits} AS bits, {columns} {test}", values + values)


def _repeated(relation: Relation, groups: Groups) -> Fragment:
    """Return the SELECT of the places of rows that others are like."""
    numbered = Numbered(relation, tuple(dict.fromkeys(_stored(relation, _names(groups)))))
    keys = ", ".join(value(relation, name).same for name in groups.columns)
    where = exactly(groups.where, relation)
    sql = (
        f"SELECT unnest(array_agg({numbered.place})) FROM {numbered.sql} WHERE {where.sql}"
        f" GROUP BY {keys} HAVING count(*) > 1"
    )
    return Fragment(sql, where.parameters)


def _used(relation: Relation, wanted: Sequence[Wanted]) -> Iterator[str]:
    """Yield the stored names of the columns that conditions are about."""
    for one in wanted:
        if not isinstance(one.rows, Groups):
            yield from _stored(relation, columns_of(one.rows))


def _names(groups: Groups) -> list[str]:
    return [*groups.columns, *sorted(columns_of(groups.where))]


def _stored(relation: Relation, names: frozenset[str] | list[str]) -> list[str]:
    return sorted(relation.meaning.columns.located(name)[0] for name in names)
