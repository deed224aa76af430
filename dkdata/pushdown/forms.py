"""The forms of SQL whose use of columns and rows is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata import sqltree

if TYPE_CHECKING:
    from dkdata.sqltree import Tree

_QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_TABLES = {"BASE_TABLE", "SUBQUERY", "EMPTY", "EXPRESSION_LIST"}
_JOINS = {"REGULAR", "CROSS", "NATURAL", "ASOF", "POSITIONAL"}
_EXPRESSIONS = {
    "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT",
    "FUNCTION", "LAMBDA", "OPERATOR", "PARAMETER", "STAR", "SUBQUERY", "TYPE", "WINDOW",
}  # fmt: skip
# Others, such as query_table, can read a table by a name that is a text.
_FUNCTIONS = {"unnest", "range", "generate_series"}


def are_known(tree: Tree) -> bool:
    """Whether a statement names all columns that it needs: itself, by stars or by natural joins.

    Examples
    --------
    >>> are_known(sqltree.parse_statement("select a from t")), are_known(
    ...     sqltree.parse_statement("summarize t")
    ... )
    (True, False)
    """
    return all(map(_is_known, sqltree.nodes(tree)))


def _is_known(node: Tree) -> bool:
    if "class" in node:
        return node["class"] in _EXPRESSIONS
    if "from_table" in node and not _is_known_table(node["from_table"]):
        return False
    kind = str(node.get("type"))
    return kind in _QUERIES or not kind.endswith("_NODE")


def _is_known_table(table: Tree) -> bool:
    match table:
        case {"type": "JOIN", "ref_type": kind, "left": left, "right": right}:
            return kind in _JOINS and _is_known_table(left) and _is_known_table(right)
        case {"type": "TABLE_FUNCTION", "function": {"function_name": name}}:
            return name in _FUNCTIONS
    return table.get("type") in _TABLES


def select_of(tree: Tree, table: Tree) -> Tree:
    """Return the SELECT in whose FROM clause a table stands."""
    return next(node for node in sqltree.nodes(tree) if is_select(node) and stands_in(table, node))


def is_select(node: Tree) -> bool:
    """Whether a node is a SELECT."""
    return node.get("type") == "SELECT_NODE"


def stands_in(table: Tree, select: Tree) -> bool:
    """Whether a table stands in the FROM clause of a SELECT itself."""
    return any(node is table for node in sqltree.own_nodes(select))
