"""Pairs: which rule of one side became which of the other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dkdata.change.bounds import is_same
from dkdata.change.rules import Rule, asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dkdata.change.pairing import Pairs
    from dkdata.change.side import Side


def matched(left: Side, right: Side, pairs: Pairs) -> Iterator[tuple[Rule | None, Rule | None]]:
    """Yield the rules of two sides in pairs: first the equal ones of a kind, then as they stand."""
    names = {given.name: name for name, given in pairs.together.items()}
    groups: dict[Any, tuple[list[Rule], list[Rule]]] = {}
    for number, side in enumerate((left, right)):
        for rule in side.rules:
            columns = rule.columns if number else tuple(names.get(x, (x,)) for x in rule.columns)
            key = rule.expectation.type, columns, repr(rule.expectation.kwargs.get("row_condition"))
            groups.setdefault(key, ([], []))[number].append(rule)
    removed, added = list[Rule](), list[Rule]()
    for ones, others in groups.values():
        rest = list(others)
        for one in list(ones):
            same = next((other for other in rest if is_equal(one, other)), None)
            if same is not None:
                ones.remove(one)
                rest.remove(same)
                yield one, same
        yield from zip(ones, rest, strict=False)
        removed += ones[len(rest) :]
        added += rest[len(ones) :]
    yield from _of_other_types(removed, added, names)


def _of_other_types(
    removed: Sequence[Rule], added: Sequence[Rule], names: Mapping[Any, Any]
) -> Iterator[tuple[Rule | None, Rule | None]]:
    """Yield rules that are left: the only constraint that a column lost, and got, in one."""
    groups = defaultdict[Any, tuple[list[Rule], list[Rule]]](lambda: ([], []))
    for rule in removed:
        groups[tuple(names.get(name, (name,)) for name in rule.columns)][0].append(rule)
    for rule in added:
        groups[rule.columns][1].append(rule)
    for ones, others in groups.values():
        match ones, others:
            case [one], [other] if one.constraint is not None and other.constraint is not None:
                yield one, other
            case _:
                yield from ((one, None) for one in ones)
                yield from ((None, other) for other in others)


def is_equal(one: Rule, other: Rule) -> bool:
    """Whether two rules about the same columns ask for the same, as severely."""
    asks = (asked(rule.expectation) for rule in (one, other))
    return is_same(*asks) and one.expectation.severity == other.expectation.severity
