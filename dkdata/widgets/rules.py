"""The rules of a suite while they are edited."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, did_you_mean, listing
from dkdata.validation import Expectation, Suite

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

_KEPT: Final = 50
_DISABLED: Final = "disabled"


@dataclass(frozen=True)
class Rule:
    """One rule of the suite.

    Parameters
    ----------
    key
        Names it as long as the explorer is open.
    is_enabled
        Whether it is asked; a suite keeps the others aside.
    """

    key: str
    expectation: Expectation
    is_enabled: bool = True


@dataclass(frozen=True)
class Rules:
    """The rules of a suite in order, and what else the suite holds."""

    suite: Suite
    rules: tuple[Rule, ...] = ()

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def find(self, key: object) -> Rule:
        """Return the rule with a key.

        Raises
        ------
        UsageError
            There is none.
        """
        for rule in self.rules:
            if rule.key == key:
                return rule
        message = f"no rule {key!r}. There are: {listing(rule.key for rule in self.rules)}."
        raise UsageError(message)

    def replaced(self, key: str, *rules: Rule) -> Rules:
        """Return the rules with others in place of one."""
        self.find(key)
        kept = [one for rule in self.rules for one in (rules if rule.key == key else (rule,))]
        return replace(self, rules=tuple(kept))

    def with_added(self, *rules: Rule) -> Rules:
        """Return the rules with others at their end."""
        return replace(self, rules=(*self.rules, *rules))

    def to_suite(self) -> Suite:
        """Return the suite of the enabled rules; it keeps the others in its meta."""
        enabled = [rule.expectation for rule in self.rules if rule.is_enabled]
        aside = [
            {"at": place, "expectation": rule.expectation.to_dict()}
            for place, rule in enumerate(self.rules)
            if not rule.is_enabled
        ]
        meta = dict(self.suite.meta or {})
        own = {k: v for k, v in dict(meta.pop("dkdata", {})).items() if k != _DISABLED}
        if aside:
            own[_DISABLED] = aside
        if own:
            meta["dkdata"] = own
        return Suite(
            self.suite.name, enabled, meta=meta or None, notes=self.suite.notes, id=self.suite.id
        )


class Book:
    """The rules of a suite, and those that were before them and after them."""

    def __init__(self, suite: Suite) -> None:
        self._numbers = itertools.count(1)
        self.rules = self._of(suite)
        self._past: list[Rules] = []
        self._future: list[Rules] = []
        self.kept = self.rules.to_suite()

    def _of(self, suite: Suite) -> Rules:
        made = [self.new(expectation) for expectation in suite]
        aside = dict((suite.meta or {}).get("dkdata") or {}).get(_DISABLED, ())
        for item in aside:
            given = Suite(suite.name, [item["expectation"]])[0]
            made.insert(item["at"], replace(self.new(given), is_enabled=False))
        return Rules(suite, tuple(made))

    def new(self, expectation: Expectation) -> Rule:
        """Return a rule with a key of its own."""
        return Rule(f"r{next(self._numbers)}", expectation)

    def put(self, rules: Rules) -> None:
        """Take other rules; the present ones can be had back."""
        if rules == self.rules:
            return
        self._past = [*self._past, self.rules][-_KEPT:]
        self._future.clear()
        self.rules = rules

    def put_suite(self, suite: Suite) -> None:
        """Take the rules of another suite; those that are the same keep their keys."""
        known = list(self.rules)
        made = []
        for rule in self._of(suite):
            same = next((one for one in known if _is_same(one, rule)), None)
            if same is not None:
                known.remove(same)
            made.append(rule if same is None else same)
        self.put(Rules(suite, tuple(made)))

    def undo(self) -> None:
        """Go back to the rules before the last change.

        Raises
        ------
        UsageError
            There was none.
        """
        self._step(self._past, self._future, "undo")

    def redo(self) -> None:
        """Go forward again to the rules that were undone.

        Raises
        ------
        UsageError
            There are none.
        """
        self._step(self._future, self._past, "redo")

    def _step(self, source: list[Rules], target: list[Rules], doing: str) -> None:
        if not source:
            message = f"there is nothing to {doing}."
            raise UsageError(message)
        target.append(self.rules)
        self.rules = source.pop()

    @property
    def told(self) -> dict[str, Any]:
        """How far one can go back and forward, and whether there is something to be saved."""
        return {
            "undo": len(self._past),
            "redo": len(self._future),
            "changed": self.rules.to_suite() != self.kept,
        }


def _is_same(one: Rule, other: Rule) -> bool:
    return (one.expectation, one.is_enabled) == (other.expectation, other.is_enabled)


def problem_of(expectation: Expectation, labels: Iterable[Hashable]) -> str:
    """Return why a rule cannot be asked of a frame with those columns; empty if it can."""
    known = list(labels)
    for column in expectation.columns:
        if known.count(column) > 1:
            return f"there are {known.count(column)} columns named {column!r}"
        if column not in known:
            told = did_you_mean(column, known) or f" There are: {listing(known)}."
            return f"no column {column!r}.{told}"
    return ""
