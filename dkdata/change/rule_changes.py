"""What became of the rules, and which rows that breaks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from dkdata.change.breaking import breaks_of, why_of
from dkdata.change.columns import are_numbers, is_alike
from dkdata.change.comparison import Change
from dkdata.change.proving import is_proven
from dkdata.change.rule_pairs import is_equal, matched
from dkdata.change.rules import COLUMNS, EXISTS, parts
from dkdata.validation.constraints.constraint import (
    AllOf,
    AnyOf,
    Enum,
    MaxValue,
    MinValue,
    Not,
    Range,
    Unique,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dkdata.change.columns import Column
    from dkdata.change.comparison import Kind
    from dkdata.change.pairing import Pairs
    from dkdata.change.rules import Rule
    from dkdata.change.side import Side
    from dkdata.validation.expectation import Expectation

_SHAPES: Final = frozenset({
    COLUMNS, EXISTS, "expect_table_columns_to_match_ordered_list",
    "expect_table_column_count_to_equal", "expect_table_column_count_to_be_between",
})  # fmt: skip
_OF_NUMBERS: Final = frozenset({
    "expect_column_values_to_not_be_null", "expect_column_values_to_be_null",
    "expect_column_values_to_be_unique", "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set",
    "expect_column_min_to_be_between", "expect_column_max_to_be_between",
    "expect_column_unique_value_count_to_be_between",
})  # fmt: skip
"""Rules that say the same of a whole number in every width."""
_COMPARING: Final = (MinValue, MaxValue, Range, Enum, Unique, AllOf, AnyOf, Not)
_IMPLIED: Final = "rows meet it already"
_COMPARED: Final[Mapping[str, str]] = {
    "": "asks for the same",
    "backward": "tighter: ",
    "forward": "looser: ",
    "both": "differs: ",
}


@dataclass(frozen=True)
class _Reading:
    """Rows of one side read by the other.

    Parameters
    ----------
    pairs
        Those of ``given`` first.
    """

    given: Side
    held: Side
    pairs: Pairs

    @cached_property
    def _together(self) -> Mapping[Any, Column]:
        return self.pairs.together

    @cached_property
    def _columns(self) -> Mapping[Any, Column]:
        return {column.name: column for column in self.held.columns}

    @cached_property
    def _rules(self) -> Mapping[tuple[Any, ...], list[Rule]]:
        """The rules of the rows by their columns, as the reader names them."""
        names = {given.name: name for name, given in self._together.items()}
        found = defaultdict(list)
        for rule in self.given.rules:
            if all(name in names for name in rule.columns):
                found[tuple(names[name] for name in rule.columns)].append(rule)
        return found

    @cached_property
    def _is_stable(self) -> bool:
        return self.pairs.is_stable

    def reason(self, rule: Rule) -> str:
        """Return why rows may not meet a rule of the reader."""
        columns = [self._columns[name] for name in rule.columns if name in self._columns]
        if len(columns) < len(rule.columns):
            return f"{self.held.name!r} has no column for it"
        if any(column.name not in self._together for column in columns):
            return self._reason_of_new(rule, columns)
        if not self._is_readable(rule):
            return f"{self.held.name!r} has other columns, for which it may ask"
        pairs = [(self._together[column.name], column) for column in columns]
        for given, held in pairs:
            if not (is_alike(given, held) or _is_about_numbers(rule, given, held)):
                return f"it may say something else of {held.words} than of {given.words}"
        one = pairs[0][0] if len(pairs) == 1 else None
        known = self._rules.get(rule.columns, ())
        if any(is_proven(other, rule, one) for other in known):
            return ""
        return f"rows of {self.given.name!r} may break it"

    def _reason_of_new(self, rule: Rule, columns: Sequence[Column]) -> str:
        """Return why rows without a column may not meet a rule about it."""
        is_optional = all(column.is_optional for column in columns)
        if rule.is_met_by_default and is_optional:
            return ""
        return f"rows of {self.given.name!r} have no such column"

    def _is_readable(self, rule: Rule) -> bool:
        """Whether what a rule asks of the table as a whole is what it was."""
        item = rule.expectation
        if item.type in _SHAPES:
            names = [[column.name for column in side.columns] for side in (self.given, self.held)]
            return names[0] == names[1]
        is_foreign = item.entry is None or item.entry.kind == "sql"
        if is_foreign or "other_table_name" in item.kwargs:
            return self._is_stable and not self.pairs.added
        return item.kwargs.get("row_condition") is None or self._is_stable


def _is_about_numbers(rule: Rule, given: Column, held: Column) -> bool:
    """Whether a rule compares or counts whole numbers, of which the width is changed."""
    if not are_numbers(given, held):
        return False
    if rule.constraint is not None:
        return all(isinstance(part, _COMPARING) for part in parts(rule.constraint))
    return rule.expectation.type in _OF_NUMBERS


def rule_changes(left: Side, right: Side, pairs: Pairs) -> Iterator[Change]:
    """Yield what became of the rules, those of one type and the same columns side by side."""
    backward, forward = _Reading(left, right, pairs), _Reading(right, left, pairs.flipped)
    for one, other in matched(left, right, pairs):
        made = _changed(
            one,
            other,
            "" if other is None else backward.reason(other),
            "" if one is None else forward.reason(one),
        )
        if made is not None:
            yield made


def _changed(one: Rule | None, other: Rule | None, backward: str, forward: str) -> Change | None:
    """Return what became of a rule, ``None`` if it is as it was."""
    breaks, why = breaks_of(backward, forward), why_of(backward, forward)
    if one is None or other is None:
        rule = one or other
        kind: Kind = "rule added" if one is None else "rule removed"
        texts = ("", _text(rule)) if one is None else (_text(rule), "")
        return Change(kind, _place(rule), *texts, breaks, why or _IMPLIED)
    if is_equal(one, other) and not breaks:
        return None
    texts = _texts(one.expectation, other.expectation)
    return Change("rule changed", _place(other), *texts, breaks, f"{_COMPARED[breaks]}{why}")


def _texts(one: Expectation, other: Expectation) -> tuple[str, str]:
    """Return two rules in short, with their severities where those differ."""
    if one.severity == other.severity:
        return one.rule, other.rule
    return f"{one.rule} ({one.severity})", f"{other.rule} ({other.severity})"


def _text(rule: Rule | None) -> str:
    return rule.expectation.rule if rule else ""


def _place(rule: Rule | None) -> str:
    return rule.expectation.place if rule else ""
