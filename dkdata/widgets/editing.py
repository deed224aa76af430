"""How rules are changed, and what a page is told of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, check_choice, shortened
from dkdata.validation import Expectation, Suite
from dkdata.validation.answering import preparing
from dkdata.validation.answering.answerable import moment
from dkdata.validation.plain import plain
from dkdata.widgets import naming, outcomes
from dkdata.widgets.cells import MOST_WHOLE
from dkdata.widgets.rules import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dkdata.widgets.rules import Book, Rule

_SHOWN: Final = 4_000
_BOUNDS: Final = ("min_value", "max_value")
_ACTIONS: Final = (
    "add", "accept", "change", "duplicate", "remove", "enable", "disable", "undo", "redo",
)  # fmt: skip


def described(content: Mapping[str, Any]) -> Expectation:
    """Return the rule that is described by type and parameters; ``None`` is left out.

    Raises
    ------
    UsageError
        It has no such parameter, or no value could meet it.
    """
    kwargs = content.get("kwargs") or {}
    known = {name: value for name, value in kwargs.items() if value is not None}
    made = Expectation(content["type"], known, severity=content.get("severity") or "critical")
    check(made)
    return made


def changed(
    expectation: Expectation, kwargs: Mapping[str, Any] | None, severity: str | None
) -> Expectation:
    """Return a rule with other parameters; ``None`` among them takes one away.

    Raises
    ------
    UsageError
        The rule has no such parameter, or no value could meet it.
    """
    merged = {**expectation.kwargs, **(kwargs or {})}
    given = {name: value for name, value in merged.items() if value is not None}
    made = replace(expectation, kwargs=given, severity=severity or expectation.severity)
    check(made)
    return made


def check(expectation: Expectation) -> None:
    """Raise if no value could meet a rule."""
    try:
        preparing.check(Suite("suite", [expectation]))
    except UsageError as error:
        raise UsageError(outcomes.reason_of(error)) from error
    problem = _problem_of_bounds(expectation)
    if problem:
        raise UsageError(problem)


def _problem_of_bounds(expectation: Expectation) -> str:
    """Return why nobody could ask for these bounds; Great Expectations takes seconds to say so."""
    entry = expectation.entry
    if entry is None or not set(_BOUNDS) <= set(entry.own):
        return ""
    given = {name: expectation.kwargs.get(name) for name in _BOUNDS}
    if all(value is None for value in given.values()):
        return "it has no bound. Give the least value, the greatest, or both."
    wrong = (
        f"{name}={shortened(value)} is neither a number nor a time."
        for name, value in given.items()
        if isinstance(value, str) and moment(value) is None
    )
    return next(wrong, "")


def edited(
    book: Book,
    content: Mapping[str, Any],
    made: Callable[[Mapping[str, Any]], Expectation],
    suggested: Callable[[object], Expectation],
) -> str:
    """Change the rules as an edit says; return the key of the rule that it is about.

    Parameters
    ----------
    made
        Returns the rule that an edit describes by type and parameters.
    suggested
        Returns the rule of a suggestion.

    Raises
    ------
    UsageError
        The edit is not possible; nothing is changed.
    """
    action, rules = content.get("action"), book.rules
    match action:
        case "undo":
            book.undo()
            return ""
        case "redo":
            book.redo()
            return ""
        case "add" | "accept":
            new = book.new(made(content) if action == "add" else suggested(content["suggestion"]))
            book.put(rules.with_added(new))
            return new.key
    check_choice("action", action, _ACTIONS)
    rule = rules.find(content.get("key"))
    match action:
        case "remove":
            book.put(rules.replaced(rule.key))
        case "enable" | "disable":
            book.put(rules.replaced(rule.key, replace(rule, is_enabled=action == "enable")))
        case "duplicate":
            new = replace(book.new(rule.expectation), is_enabled=rule.is_enabled)
            book.put(rules.replaced(rule.key, rule, new))
            return new.key
        case "change":
            other = changed(rule.expectation, content.get("kwargs"), content.get("severity"))
            book.put(rules.replaced(rule.key, replace(rule, expectation=other)))
    return rule.key


def _about(expectation: Expectation) -> tuple[Any, ...]:
    """Return the columns of a rule, also of one that is about no values, but their type."""
    named = expectation.kwargs.get("column")
    return expectation.columns or (() if named is None else (named,))


def is_exact(value: object) -> bool:
    """Whether a page holds a value as it is: its whole numbers are exact below 2^53.

    Examples
    --------
    >>> is_exact({"value_set": [2**53 - 1, 0.5]}), is_exact({"value_set": [2**53]})
    (True, False)
    """
    match value:
        case int():
            return abs(value) <= MOST_WHOLE
        case list() | tuple():
            return all(map(is_exact, value))
        case Mapping():
            return all(map(is_exact, value.values()))
    return True


def told(rule: Rule, labels: list[Hashable], is_known: Callable[[str], bool]) -> dict[str, Any]:
    """Return what a page is told of a rule."""
    expectation = rule.expectation
    made = expectation.to_dict()
    text = json.dumps(made, ensure_ascii=False, indent=1)
    is_short = len(text) <= _SHOWN
    return {
        "key": rule.key,
        "type": expectation.type,
        "text": expectation.rule,
        "place": expectation.place,
        "columns": [labels.index(column) for column in _about(expectation) if column in labels],
        "kwargs": plain(naming.as_texts(expectation.kwargs)) if is_short else {},
        "severity": expectation.severity,
        "enabled": rule.is_enabled,
        "editable": is_short and is_known(expectation.type) and is_exact(expectation.kwargs),
        "json": text if is_short else f"{text[:_SHOWN]}…",
        "problem": problem_of(expectation, labels),
    }
