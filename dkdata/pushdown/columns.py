"""The columns of a table without which a statement cannot be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata import sqltree
from dkdata.dialects.columns import Columns
from dkdata.pushdown import forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from dkdata.sqltree import Tree
    from dkdata.statements import Mention, Statement

# In front of a table's name, as DuckDB's own of a view that belongs to a connection.
_SCHEMAS = ("main", "temp")
_WIDEST = 10**6


def needed(
    statement: Statement, mentions: Sequence[Mention], schema: pa.Schema
) -> tuple[str, ...] | None:
    """Return the stored names of columns, in the order of the table; ``None`` stands for all.

    A name counts wherever it is mentioned: it may be a column of another table. Where no column
    is needed, one still counts the rows.
    """
    called = {mention.called for mention in mentions}
    if _takes_all(statement, mentions, called):
        return None
    columns = {name.casefold() for name in schema.names}
    used = set(_used(statement, called, columns))
    names = [name for name in schema.names if name.casefold() in used]
    names = names or [min(schema.names, key=lambda name: _width(schema.field(name).type))]
    known = Columns(schema, schema)
    is_all = len(names) == len(schema.names)
    is_sure = all(known.stored_name(name) == name for name in names)  # and no other's label
    return None if is_all or not is_sure else tuple(names)


def _width(t: pa.DataType) -> int:
    try:
        return int(t.bit_width)
    except ValueError:  # of no fixed width
        return _WIDEST


def _takes_all(statement: Statement, mentions: Sequence[Mention], called: set[str]) -> bool:
    """Whether a statement takes a table's columns without their names, or as one value."""
    if any(mention.node.get("column_name_alias") for mention in mentions):
        return True
    tables = [mention.node for mention in mentions]
    for node in sqltree.nodes(statement.tree):
        if forms.is_select(node) and any(forms.stands_in(table, node) for table in tables):
            if any(_expands(part, called) for part in _not_sorted_by_all(node)):
                return True
        elif node.get("class") == "COLUMN_REF" and _is_row(node["column_names"], called):
            return True
    return False


def _expands(node: Tree, called: set[str]) -> bool:
    """Whether a node stands for columns of a table that it does not name."""
    if node.get("class") == "STAR":
        relation = node.get("relation_name", "").casefold()
        return not relation or relation in called
    return node.get("ref_type") == "NATURAL"


def _not_sorted_by_all(select: Tree) -> Iterator[Tree]:
    """Yield the nodes of a SELECT itself, without the star as which ORDER BY ALL is parsed."""
    keys = (
        node["expression"]
        for node in sqltree.own_nodes(select)
        if str(node.get("type")).startswith("ORDER_") and "expression" in node
    )
    by_all = [key for key in keys if key.get("class") == "STAR" and "expr" not in key]
    for node in sqltree.own_nodes(select):
        if not any(node is key for key in by_all):
            yield node


def _is_row(parts: Sequence[str], called: set[str]) -> bool:
    """Whether a name stands for a whole row of a table."""
    before = all(part.casefold() in _SCHEMAS for part in parts[:-1])
    return before and parts[-1].casefold() in called


def _used(statement: Statement, called: set[str], columns: set[str]) -> Iterator[str]:
    """Yield, in small letters, the names that may be those of the table's columns."""
    for node in sqltree.nodes(statement.tree):
        match node:
            case {"class": "COLUMN_REF", "column_names": [qualifier, name]}:
                if qualifier.casefold() in called:
                    yield name.casefold()
                if qualifier.casefold() in columns:
                    yield qualifier.casefold()
            case {"class": "COLUMN_REF", "column_names": names} | {"using_columns": names}:
                yield from map(str.casefold, names)
            case {"class": "STAR", "relation_name": name}:
                yield name.casefold()
