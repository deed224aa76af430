"""Predicates taken apart: negations on the leaves, the leaves, the columns."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, TypeVar

from dkdata.predicate import (
    And,
    Between,
    Compare,
    Constant,
    Flag,
    IsIn,
    IsNull,
    Like,
    Not,
    Operator,
    Or,
    Predicate,
    Regex,
    Sql,
    TextMatch,
)
from dkdata.values import Ref, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
_OPPOSITE: dict[Operator, Operator] = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
}  # fmt: skip


def push_not(predicate: Predicate) -> Predicate:
    """Return an equal predicate in which ``Not`` stands on leaves only.

    Examples
    --------
    >>> from dkdata.predicate import col
    >>> push_not(~((col("a") > 1) & col("b").is_null()))
    (col('a') <= 1) | col('b').not_null()
    """
    match predicate:
        case And(parts):
            return And(tuple(map(push_not, parts)))
        case Or(parts):
            return Or(tuple(map(push_not, parts)))
        case Not(part):
            return _negated(part)
    return predicate


def _negated(part: Predicate) -> Predicate:
    match part:
        case Not(inner):
            return push_not(inner)
        case And(parts):
            return Or(tuple(map(_negated, parts)))
        case Or(parts):
            return And(tuple(map(_negated, parts)))
        case Between():
            return _negated(part.expanded())
        case Compare(column, op, value):
            return Compare(column, _OPPOSITE[op], value)
        case Constant(value):
            return Constant(None if value is None else not value)
    return Not(part)


def conjuncts(predicate: Predicate) -> Iterator[Predicate]:
    """Yield the predicates that all have to be true for a predicate to be so."""
    if isinstance(predicate, And):
        for part in predicate.parts:
            yield from conjuncts(part)
    else:
        yield predicate


def divided(
    predicate: Predicate, translated: Callable[[Predicate], T | None]
) -> tuple[list[T], Predicate | None]:
    """Return what the parts of a conjunction are elsewhere, and the parts that are nothing there.

    Parameters
    ----------
    translated
        Gives what a predicate is elsewhere, its negations on its leaves; ``None``: nothing.

    Examples
    --------
    >>> from dkdata import predicate as p
    >>> both = (p.col("a") > 1) & p.col("b").is_null()
    >>> divided(both, lambda part: None if isinstance(part, IsNull) else "a > 1")
    (['a > 1'], col('b').is_null())
    """
    found, left = list[T](), list[Predicate]()
    for part in conjuncts(push_not(predicate)):
        own = translated(part)
        if own is None:
            left.append(part)
        else:
            found.append(own)
    return found, left[0] if len(left) == 1 else And(tuple(left)) if left else None


def leaves(predicate: Predicate) -> Iterator[Predicate]:
    """Yield the parts that are not combinations of others."""
    match predicate:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield predicate


def columns_of(predicate: Predicate | None) -> frozenset[str]:
    """Return the names of the columns that a predicate mentions.

    Examples
    --------
    >>> from dkdata.predicate import col
    >>> sorted(columns_of((col("a") > col("b")) | col("c.d").is_null()))
    ['a', 'b', 'c.d']
    """
    if predicate is None:
        return frozenset()
    return reduce(frozenset.union, map(_columns, leaves(predicate)), frozenset[str]())


def _columns(leaf: Predicate) -> frozenset[str]:
    match leaf:
        case Constant():
            return frozenset()
        case Sql(_, columns):
            return frozenset(columns)
        case Compare(column, _, value):
            operands: tuple[Value, ...] = (value,)
        case Between(column, low, high):
            operands = (low, high)
        case IsIn(column) | Like(column) | TextMatch(column) | Regex(column):
            operands = ()
        case IsNull(column) | Flag(column):
            operands = ()
    return frozenset([column, *(value.name for value in operands if isinstance(value, Ref))])
