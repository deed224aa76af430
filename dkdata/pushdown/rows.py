"""The rows of a table without which a statement cannot be answered.

A condition of a SELECT may be asked of a table before its joins are made if it is not true of a
row that a join fills with nulls: the rows of the joins of which it is true are then the same, and
no others are kept. What a condition says of several tables, or of none, is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata import predicate as p
from dkdata import sqltree
from dkdata.pushdown.conditions import Scope, weaker
from dkdata.pushdown.literals import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from dkdata.predicate import Predicate
    from dkdata.sqltree import Tree
    from dkdata.statements import Mention, Statement

    Parameters = Sequence[Any] | Mapping[str, Any]

# By the kind of a join, the sides whose rows a condition on its result may be asked of before,
# and whether the join fills them with nulls.
_BELOW: Mapping[str, Mapping[str, bool]] = {
    "INNER": {"left": False, "right": False},
    "LEFT": {"left": False, "right": True},
    "RIGHT": {"left": True, "right": False},
    "FULL": {"left": True, "right": True},
    "SEMI": {"left": False},
    "ANTI": {"left": False},
}
# Each row on the left meets the nearest on the right, which must all be there.
_BELOW_NEAREST: Mapping[str, Mapping[str, bool]] = {
    "INNER": {"left": False},
    "LEFT": {"left": False},
}
# The sides of which a part of the join's own condition may be asked before.
_MATCHED: Mapping[str, Sequence[str]] = {
    "INNER": ("left", "right"),
    "LEFT": ("right",),
    "RIGHT": ("left",),
    "SEMI": ("left", "right"),
    "ANTI": ("right",),
}
# What can be computed of each row for itself; functions can be aggregates.
_OF_A_ROW = {
    "BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "OPERATOR",
    "PARAMETER", "STAR", "TYPE",
}  # fmt: skip
_LIMITED = {"type", "cte_map", "modifiers", "select_list", "from_table", "aggregate_handling"}


def condition(
    statement: Statement,
    mention: Mention,
    select: Tree,
    schemas: Mapping[str, pa.Schema],
    parameters: Parameters,
) -> Predicate | None:
    """Return what is true of every row of a table that can be a part of an answer.

    Parameters
    ----------
    select
        In whose FROM clause the table stands; it stands nowhere else in the statement.
    """
    known = [
        (found.node, schemas[found.target])
        for found in statement.mentions
        if not found.node.get("column_name_alias")
    ]
    is_sampled = any(node.get("sample") for node in sqltree.nodes(statement.tree))
    if is_sampled or mention.node.get("column_name_alias"):
        return None
    found = [
        weaker(tree, Scope(mention, known, joined, parameters, is_filled=is_filled))
        for tree, joined, is_filled in _conditions(select, mention.node)
    ]
    parts = [part for part in found if part is not None]
    return parts[0] if len(parts) == 1 else p.And(tuple(parts)) if parts else None


def _conditions(select: Tree, table: Tree) -> Iterator[tuple[Tree, Tree, bool]]:
    """Yield conditions, what they are on, and whether joins below fill the table with nulls."""
    joined = select["from_table"]
    path = _path(joined, table)
    filled = _filled(path)
    if "where_clause" in select and filled is not None:
        yield select["where_clause"], joined, filled
    for join, side in path or ():
        filled = _filled(_path(join[side], table))
        is_matched = join["ref_type"] == "REGULAR" and side in _MATCHED.get(join["join_type"], ())
        if "condition" in join and is_matched and filled is not None:
            yield join["condition"], join, filled


def _path(tree: Tree, table: Tree) -> list[tuple[Tree, str]] | None:
    """Return the joins from the outermost to a table, with the sides on which it stands."""
    if tree is table:
        return []
    for side in ("left", "right") if tree.get("type") == "JOIN" else ():
        found = _path(tree[side], table)
        if found is not None:
            return [(tree, side), *found]
    return None


def _filled(path: list[tuple[Tree, str]] | None) -> bool | None:
    """Return whether joins fill a table with nulls; ``None`` where its rows are to be whole."""
    found = [None] if path is None else [_sides(join).get(side) for join, side in path]
    return None if None in found else any(found)


def _sides(join: Tree) -> Mapping[str, bool]:
    if join["ref_type"] == "POSITIONAL":
        return {}
    kinds = _BELOW_NEAREST if join["ref_type"] == "ASOF" else _BELOW
    return kinds.get(join["join_type"], {})


def limit(mention: Mention, select: Tree, parameters: Parameters) -> int | None:
    """Return how many rows are enough, where nothing but their number is asked of them."""
    match select.get("modifiers"):
        case [{"type": "LIMIT_MODIFIER", "limit_type": "ROW_COUNT", "limit": most} as modifier]:
            rows = count(most, parameters)
            before = count(modifier["offset"], parameters) if "offset" in modifier else 0
        case _:
            return None
    is_plain = set(select) <= _LIMITED and select["from_table"] is mention.node
    if not is_plain or mention.node.get("sample") or rows is None or before is None:
        return None
    return rows + before if all(map(_is_of_a_row, select["select_list"])) else None


def _is_of_a_row(item: Tree) -> bool:
    return all(
        node["class"] in _OF_A_ROW or (node["class"] == "FUNCTION" and node["is_operator"])
        for node in sqltree.nodes(item)
        if "class" in node
    )
