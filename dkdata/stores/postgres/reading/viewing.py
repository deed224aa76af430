"""One state of a table that answers questions about its rows: what travels is the answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dkdata.dialects.fragment import Fragment
from dkdata.dialects.postgres import answers
from dkdata.dialects.postgres.planning import Plan
from dkdata.dialects.postgres.showing import MOST_WANTED, Numbered, shown
from dkdata.frames.envelope import project, renumbered, resolved
from dkdata.query import Query
from dkdata.questions import Groups, Shown
from dkdata.stores.postgres.reading import querying
from dkdata.stores.postgres.reading.columns import read_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dkdata.dialects.postgres.answers import Cell
    from dkdata.dialects.postgres.relation import Relation
    from dkdata.predicate import Predicate
    from dkdata.questions import Question, Wanted
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held

_AT_ONCE = 300
"""Questions of one statement: a row has at most 1,664 columns."""


@dataclass(frozen=True)
class PostgresView:
    """The rows of a relation as one transaction sees them."""

    session: Session
    relation: Relation
    _hashes: dict[Groups, list[int]] = field(default_factory=dict, repr=False)

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema of the rows."""
        return self.relation.schema

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, pa.Array]:
        """Return the answers to those of the questions that PostgreSQL answers exactly."""
        every, found = list(dict.fromkeys(questions)), {}
        for start in range(0, len(every), _AT_ONCE):
            statement = answers.answered(self.relation, every[start : start + _AT_ONCE])
            if not statement.cells:
                continue
            row = self._row(statement.rows, statement.names, statement.cells)
            for question, places in statement.places.items():
                values = [row[place] for place in places]
                if isinstance(question, Groups):
                    self._remember(question, values.pop())
                found[question] = pa.concat_arrays(values)
        return found

    def _remember(self, groups: Groups, hashes: pa.Array) -> None:
        """Keep by what the rows of groups are found again, if that is little."""
        known = hashes[0].as_py() or []
        if len(known) <= answers.MOST_HASHES:
            self._hashes[groups] = known

    def _row(self, rows: Fragment, names: list[str], cells: Sequence[Cell]) -> list[pa.Array]:
        fields = [pa.field(f"c{place}", cell.meaning) for place, cell in enumerate(cells)]
        types = [cell.type for cell in cells]
        found = self._selected(rows, names, types, pa.schema(fields))
        return [column.combine_chunks() for column in found.columns]

    def _selected(
        self,
        rows: Fragment,
        names: Sequence[str],
        types: Sequence[str],
        schema: pa.Schema,
        *,
        in_order: bool = False,
    ) -> pa.Table:
        values = ", ".join(map(read_expression, names, types, schema.types))
        sql = Fragment(f"SELECT {values} FROM {rows.sql}", rows.parameters)
        plan = Plan(sql, tuple(types), schema, rest=None, in_order=in_order)
        return querying.rows_by(self.session, plan).read_all()

    def different(
        self, column: str, where: Predicate, *, limit: int, most_frequent: bool = False
    ) -> pa.Array | None:
        """Return at most ``limit`` of the different values in some rows, or of the most frequent.

        ``None`` where PostgreSQL does not answer exactly.
        """
        find = answers.most_frequent if most_frequent else answers.different
        try:
            found = find(self.relation, column, where, limit)
        except answers.NotExactError:
            return None
        return self._row(found.sql, ["found.v"], [found])[0]

    def show(self, wanted: Sequence[Wanted], columns: Sequence[str]) -> Shown:
        """Return rows by their places, with columns by their stored names."""
        parts = [
            self._shown(wanted[start : start + MOST_WANTED], columns)
            for start in range(0, len(wanted), MOST_WANTED)
        ]
        offsets = np.cumsum([0, *(len(part.places) for part in parts)])
        chosen = [
            rows + offset
            for part, offset in zip(parts, offsets, strict=False)
            for rows in part.chosen
        ]
        places = np.concatenate([part.places for part in parts])
        return Shown(places, tuple(chosen), pa.concat_tables([part.data for part in parts]))

    def _shown(self, wanted: Sequence[Wanted], columns: Sequence[str]) -> Shown:
        data = project(self.schema, columns)
        found = self._selected(
            shown(self.relation, wanted, columns, self._hashes),
            ["bits", "place", *(f"k{number}" for number in range(len(columns)))],
            ["bigint", "bigint", *(self.relation.kept[name].type for name in columns)],
            pa.schema([("bits", pa.int64()), ("place", pa.int64()), *data]),
            in_order=True,
        ).sort_by("place")
        bits, places = (found.column(name).to_numpy() for name in ("bits", "place"))
        chosen = [np.flatnonzero(bits >> number & 1) for number in range(len(wanted))]
        rows = pa.Table.from_arrays(found.columns[2:], schema=data)
        return Shown(places, tuple(chosen), rows)

    def at(self, places: np.ndarray) -> pa.Table:
        """Return the rows at some places, in the order of the table."""
        names = self.schema.names
        numbered = Numbered(self.relation, tuple(names))
        test = f"{numbered.place} = ANY (CAST(%s AS bigint[]))"
        rows = Fragment(f"{numbered.sql} WHERE {test}", (places.tolist(),))
        types = [self.relation.kept[name].type for name in names]
        columns = [self.relation.column_sql(name) for name in names]
        return self._selected(rows, columns, types, self.schema, in_order=True)


def view_of(session: Session, held: Held, query: Query) -> PostgresView | None:
    """Return the rows that a query asks for, to be asked about.

    ``None`` where they have no order of their own, as those of a view, or where PostgreSQL does
    not choose exactly those.
    """
    if held.row_order is None or query != Query(columns=query.columns, where=query.where):
        return None
    relation = querying.relation_of(session, held, querying.schema_of(session, held))
    schema = relation.schema
    if query.where is not None:
        try:
            rows = answers.filtered(relation, query.where)
        except answers.NotExactError:
            return None
        columns = ", ".join(map(relation.column_sql, schema.names))
        sql = session.mogrified(f"(SELECT {columns} FROM {rows.sql}) AS rows", rows.parameters)
        schema = renumbered(schema)
        relation = replace(relation, sql=sql.replace("%", "%%"), schema=schema, row_order=None)
    if query.columns is not None:
        schema = project(schema, resolved(query.columns, schema))
    return PostgresView(session, replace(relation, schema=schema))
