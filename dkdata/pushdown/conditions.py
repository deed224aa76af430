"""Conditions of a statement as predicates on one of its tables."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dkdata import predicate as p
from dkdata import sqltree
from dkdata.dialects.columns import Columns
from dkdata.physical import Carrier, physical_schema
from dkdata.predicate.text import predicate_of
from dkdata.predicate.tree import push_not
from dkdata.pushdown.agreement import agrees
from dkdata.pushdown.literals import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from dkdata.predicate import Predicate
    from dkdata.sqltree import Tree
    from dkdata.statements import Mention

_FORMS = {
    "BETWEEN", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR", "TYPE",
}  # fmt: skip
_KEEPS_LEFT = ("INNER", "LEFT", "SEMI", "ANTI")


@dataclass(frozen=True)
class Scope:
    """Where the names of a condition are to be found.

    Parameters
    ----------
    mention
        The table that the predicates are to be on.
    tables
        Where tables of the statement stand, and the columns that they have there.
    joined
        The FROM clause, or the join, that the condition is on.
    is_filled
        Whether joins fill the table with nulls.
    """

    mention: Mention
    tables: Sequence[tuple[Tree, pa.Schema]]
    joined: Tree
    parameters: Sequence[Any] | Mapping[str, Any]
    is_filled: bool

    @cached_property
    def columns(self) -> Columns:
        """The columns of the table, as DuckDB has them."""
        schema = self._schema(self.mention.node)
        assert schema is not None  # noqa: S101 - it is a table of the statement
        return Columns(schema, physical_schema(schema, Carrier.DUCKDB))

    def _schema(self, table: Tree) -> pa.Schema | None:
        return next((schema for node, schema in self.tables if node is table), None)

    @cached_property
    def _stored(self) -> dict[str, str]:
        return {name.casefold(): name for name in self.columns.schema.names}

    @cached_property
    def _owners(self) -> Mapping[str, Tree | None] | None:
        return self._owned(self.joined)

    def _owned(self, tree: Tree) -> Mapping[str, Tree | None] | None:
        """Return the table that each name alone means, if it means one; ``None`` if unknown."""
        if tree.get("type") != "JOIN":
            schema = self._schema(tree)
            return None if schema is None else {name.casefold(): tree for name in schema.names}
        left, right = self._owned(tree["left"]), self._owned(tree["right"])
        if left is None or right is None:
            return None
        is_left = tree["join_type"] in _KEEPS_LEFT
        shared = set(map(str.casefold, tree.get("using_columns", ()))) if is_left else set()
        twice = {name: None for name in left if name in right and name not in shared}
        return {**right, **left, **twice}

    def stored(self, parts: Sequence[str]) -> str | None:
        """Return the column of the table that a name means, if it is sure to mean one."""
        name = parts[-1]
        found = self._stored.get(name.casefold())
        if found is None or self.columns.stored_name(found) != found:
            return None
        if name != found and not (name + found).isascii():
            return None  # DuckDB and Python may fold its case otherwise
        match parts:
            case [_]:
                owner = (self._owners or {}).get(name.casefold())
            case [qualifier, _] if qualifier.casefold() == self.mention.called:
                owner = self.mention.node
            case _:
                return None
        return found if owner is self.mention.node else None


def weaker(tree: Tree, scope: Scope) -> Predicate | None:
    """Return a predicate on one table that is true wherever a condition is, or ``None``."""
    match tree:
        case {"type": "CONJUNCTION_AND", "children": children}:
            parts = [part for child in children if (part := weaker(child, scope)) is not None]
            return parts[0] if len(parts) == 1 else p.And(tuple(parts)) if parts else None
        case {"type": "CONJUNCTION_OR", "children": children}:
            parts = [part for child in children if (part := weaker(child, scope)) is not None]
            return p.Or(tuple(parts)) if len(parts) == len(children) else None
    return _equal(tree, scope)


def _equal(tree: Tree, scope: Scope) -> Predicate | None:
    """Return the predicate on one table that means what a condition means, or ``None``."""
    plain = _plain(tree, scope)
    if plain is None:
        return None
    predicate = push_not(predicate_of(plain))
    if not agrees(predicate, scope.columns):
        return None
    return None if scope.is_filled and _is_true_of_nulls(predicate) else predicate


def _is_true_of_nulls(predicate: Predicate) -> bool:
    """Whether a predicate can be true of a row of nulls."""
    match predicate:
        case p.And(parts) | p.Or(parts):
            return any(map(_is_true_of_nulls, parts))
    return isinstance(predicate, p.IsNull)


def _plain(tree: Tree, scope: Scope) -> Tree | None:
    """Return a condition with stored names and literals, if it has nothing else."""
    plain = copy.deepcopy(tree)
    for node in list(sqltree.nodes(plain)):
        match node:
            case {"class": "COLUMN_REF", "column_names": parts}:
                stored = scope.stored(parts)
                if stored is None:
                    return None
                node["column_names"] = [stored]
            case {"class": "PARAMETER" | "CAST"}:
                value = literal(node, scope.parameters)
                if value is None:
                    return None
                node.clear()
                node.update(value)
            case {"class": kind} if kind not in _FORMS:
                return None
    return plain
