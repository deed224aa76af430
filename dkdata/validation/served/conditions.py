"""Values and conditions of rules as predicates that are true of the rows that pandas chooses."""

from __future__ import annotations

import ast
import datetime as dt
import math
import operator
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata.predicate import And, Compare, IsIn, Not, Or, Predicate
from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.served.shape import EVERY, both, either, is_nullable
from dkdata.values import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dkdata.predicate import Operator
    from dkdata.validation.served.shape import Kind, Shape
    from dkdata.values import Value

SURE: Final = 2**53
"""Below it, whole numbers are the same as floats."""

_VALUES: Final[Mapping[Kind, tuple[type, ...]]] = {
    "integer": (int,), "float": (int, float), "text": (str,), "boolean": (bool,),
}  # fmt: skip
_OPERATORS: Final[Mapping[type, Operator]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def compared_with(shape: Shape, label: str, value: Any) -> Value:  # noqa: ANN401 - any parameter
    """Return a parameter as a value that pandas and a predicate compare alike with a column.

    Raises
    ------
    NotCompiledError
        They may not.
    """
    kind = shape.kind(label, "integer", "float", "text", "boolean", "time")
    if kind == "time":
        is_zoned = getattr(shape.dtype(label), "tz", None) is not None
        is_time = isinstance(value, dt.datetime) and not pd.isna(value)
        if not is_time or (value.tzinfo is not None) != is_zoned:
            raise NotCompiledError
        return normal(value)
    if not isinstance(value, _VALUES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise NotCompiledError
    if isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) < SURE):
        raise NotCompiledError
    return normal(value)


def number_for(shape: Shape, label: str, value: Any) -> Value:  # noqa: ANN401 - any parameter
    """Return a bound, which may be a broken number for whole ones too."""
    if shape.kind(label) == "integer" and isinstance(value, float):
        if not abs(value) < SURE:  # NaN as well
            raise NotCompiledError
        return value
    return compared_with(shape, label, value)


def among(shape: Shape, label: str, values: Iterable[Any]) -> Predicate:
    """Return the condition that a value is one of some."""
    return IsIn(label, tuple(compared_with(shape, label, value) for value in values))


def predicate_of(shape: Shape, condition: Mapping[str, Any] | None) -> Predicate:
    """Return a canonical row condition as a predicate, which is true or false of every row.

    Raises
    ------
    NotCompiledError
        pandas may choose other rows.
    """
    match condition:
        case None:
            return EVERY
        case {"type": "pass_through", "pass_through_filter": text}:
            return _of_query(shape, text)
        case {"type": "nullity", "column": {"name": name}, "is_null": is_null}:
            shape.kind(name, "integer", "float", "text", "boolean", "time")
            return shape.missing(name) if is_null else shape.there(name)
        case {"type": "comparison", "column": {"name": name}, "operator": op, "parameter": value}:
            return _comparison(shape, name, op, value)
        case {"type": "and", "conditions": parts}:
            return both(*(predicate_of(shape, part) for part in parts))
        case {"type": "or", "conditions": parts}:
            return either([predicate_of(shape, part) for part in parts])
    raise NotCompiledError


def _comparison(shape: Shape, name: str, op: str, value: Any) -> Predicate:  # noqa: ANN401
    if shape.kind(name) == "time":  # texts that stand for times
        raise NotCompiledError
    there, missing = shape.there(name), shape.missing(name)
    match op:
        case "IN":
            return And((there, among(shape, name, value)))
        case "NOT_IN":
            return Or((missing, Not(among(shape, name, value))))
        case "!=":
            differs = And((there, Compare(name, "!=", number_for(shape, name, value))))
            return differs if _is_known(shape, name) else Or((missing, differs))
        case "==" | "<" | "<=" | ">" | ">=":
            return And((there, Compare(name, op, number_for(shape, name, value))))
    raise NotCompiledError


def _is_known(shape: Shape, name: str) -> bool:
    """Whether it is unknown if ``NA`` differs from a value; ``NaN`` does."""
    dtype = shape.dtype(name)
    return is_nullable(dtype) or getattr(dtype, "na_value", None) is pd.NA


def _of_query(shape: Shape, text: str) -> Predicate:
    """Return a pandas query of comparisons joined by words."""
    if any(sign in text for sign in "`@&|~"):
        raise NotCompiledError
    try:
        return _joined(shape, ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise NotCompiledError from error


def _joined(shape: Shape, node: ast.expr) -> Predicate:
    match node:
        case ast.BoolOp(ast.And(), parts):
            return both(*(_joined(shape, part) for part in parts))
        case ast.BoolOp(ast.Or(), parts):
            return either([_joined(shape, part) for part in parts])
        case ast.Compare(ast.Name(name), [op], [given]) if name in shape.frame:
            value = _literal(given)
            is_list = isinstance(value, list)
            match op:
                case ast.In() if is_list:
                    return _comparison(shape, name, "IN", value)
                case ast.NotIn() if is_list:
                    return _comparison(shape, name, "NOT_IN", value)
            if type(op) in _OPERATORS and not is_list:
                return _comparison(shape, name, _OPERATORS[type(op)], value)
    raise NotCompiledError


def _literal(node: ast.expr) -> Any:  # noqa: ANN401 - any constant
    match node:
        case ast.Constant(bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)):
            return operator.neg(value)
        case ast.List(items):
            return [_literal(item) for item in items]
    raise NotCompiledError
