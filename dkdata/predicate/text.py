"""SQL text of a condition as a predicate."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from dkdata import predicate as p
from dkdata import sqltree
from dkdata.predicate import MIRRORED, Operator, Predicate
from dkdata.values import Moment, Numeral, Ref, SqlName, Value

if TYPE_CHECKING:
    from dkdata.sqltree import Tree

_COMPARISONS: dict[str, Operator] = {
    "COMPARE_EQUAL": "==",
    "COMPARE_NOTEQUAL": "!=",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}
_LIKES = {"~~": (False, False), "~~*": (False, True), "!~~": (True, False), "!~~*": (True, True)}
_TEMPORAL = ("DATE", "TIME", "TIMESTAMP")
_REFUSED = {
    "SUBQUERY": "a condition takes no subquery; use dk.sql for that",
    "WINDOW": "a condition takes no window function; use dk.sql for that",
    "PARAMETER": "a condition takes no parameters; write the value, or use dk.col",
    "STAR": "a condition takes no '*'",
    "LAMBDA": "a condition takes no lambda",
}


class _NoFormError(Exception):
    """There is no predicate of its own for a part: it stays SQL."""


@lru_cache(maxsize=256)
def parse_where(text: str) -> Predicate:
    """Return the predicate that a boolean DuckDB expression means.

    What predicates have a form for is taken apart, so that every backend understands it; any
    other part stays an expression, which DuckDB answers.

    Raises
    ------
    QueryError
        The text does not parse (its position is shown), or holds a subquery, a semicolon, a
        parameter, an aggregate.

    Examples
    --------
    >>> parse_where("age >= 18 and city like 'A%'")
    (col('age') >= 18) & col('city').like('A%')
    """
    tree = sqltree.parse_expression(text)
    for node in sqltree.nodes(tree):
        if reason := _REFUSED.get(str(node.get("class"))):
            _refuse(text, node, reason)
    return predicate_of(tree)


def _refuse(text: str, node: Tree, reason: str) -> NoReturn:
    place = sqltree.position(node)
    known = 0 <= place <= len(text.encode())
    sqltree.refuse(text, sqltree.characters(text, place) if known else None, reason)


def predicate_of(tree: Tree) -> Predicate:
    """Return the predicate that the tree of a boolean expression means."""
    try:
        return _form(tree)
    except _NoFormError:
        names = {_name(node) for node in sqltree.nodes(tree) if node.get("class") == "COLUMN_REF"}
        return p.Sql(sqltree.expression_sql(tree), tuple(sorted(names)))


def _form(tree: Tree) -> Predicate:  # noqa: PLR0911 - a table of forms
    match tree:
        case {"type": "CONJUNCTION_AND", "children": parts}:
            return p.And(tuple(map(predicate_of, parts)))
        case {"type": "CONJUNCTION_OR", "children": parts}:
            return p.Or(tuple(map(predicate_of, parts)))
        case {"type": "OPERATOR_NOT", "children": [part]}:
            return p.Not(predicate_of(part))
        case {"type": "OPERATOR_IS_NULL", "children": [column]}:
            return p.IsNull(_column(column))
        case {"type": "OPERATOR_IS_NOT_NULL", "children": [column]}:
            return p.Not(p.IsNull(_column(column)))
        case {"type": "COMPARE_IN", "children": [column, *values]}:
            return p.IsIn(_column(column), tuple(map(_literal, values)))
        case {"type": "COMPARE_BETWEEN", "input": column, "lower": low, "upper": high}:
            return p.Between(_column(column), _operand(low), _operand(high))
        case {"class": "COMPARISON", "type": kind, "left": left, "right": right}:
            return _comparison(kind, left, right)
        case {"class": "FUNCTION", "function_name": name, "arguments": [left, right]}:
            return _like(name, left["expression"], right["expression"])
        case {"class": "COLUMN_REF"}:
            return p.Flag(_column(tree))
        case {"class": "CONSTANT"}:
            return _constant(tree)
    raise _NoFormError


def _comparison(kind: str, left: Tree, right: Tree) -> Predicate:
    if kind not in _COMPARISONS:
        raise _NoFormError
    op = _COMPARISONS[kind]
    if left.get("class") == "COLUMN_REF":
        return p.Compare(_column(left), op, _operand(right))
    return p.Compare(_column(right), MIRRORED[op], _operand(left))


def _like(name: str, column: Tree, pattern: Tree) -> Predicate:
    value = _literal(pattern)
    if name not in _LIKES or not isinstance(value, str) or "\\" in value:
        raise _NoFormError
    negated, insensitive = _LIKES[name]
    like = p.Like(_column(column), value, insensitive)
    return p.Not(like) if negated else like


def _constant(tree: Tree) -> Predicate:
    value = _literal(tree)
    if value is None or isinstance(value, bool):
        return p.Constant(value)
    raise _NoFormError


def _name(tree: Tree) -> SqlName:
    return SqlName(".".join(tree["column_names"]))


def _column(tree: Tree) -> SqlName:
    if tree.get("class") != "COLUMN_REF":
        raise _NoFormError
    return _name(tree)


def _operand(tree: Tree) -> Value:
    return Ref(_name(tree)) if tree.get("class") == "COLUMN_REF" else _literal(tree)


def _literal(tree: Tree) -> Value:
    match tree:
        case {"class": "CONSTANT", "literal": {"kind": "NULL_LITERAL"}}:
            return None
        case {"class": "CONSTANT", "literal": {"kind": kind, "text": text}}:
            return _plain(kind, text)
        case {
            "class": "CAST",
            "try_cast": False,
            "child": {"literal": {"kind": "STRING", "text": text}},
            "type_expr": {"type_name": name},
        } if str(name).upper() in _TEMPORAL:
            return Moment(str(text)) if str(name).upper() != "TIME" else str(text)
    raise _NoFormError


def _plain(kind: str, text: Any) -> Value:  # noqa: ANN401 - JSON
    match kind:
        case "BOOLEAN":
            return str(text).lower() == "true"
        case "INTEGER":
            return int(text)
        case "NUMERIC":
            return Numeral(str(text))
        case "STRING":
            return str(text)
    raise _NoFormError
