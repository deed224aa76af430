"""The rules of an explorer: what became of each, and how they are edited."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, did_you_mean, listing
from dkdata.validation import Expectation, Suite
from dkdata.validation.catalogue import BY_TYPE
from dkdata.widgets import editing, forms, naming, outcomes
from dkdata.widgets.rules import Book, Rule, problem_of
from dkdata.widgets.sources.view import Failing
from dkdata.widgets.worker import Job, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dkdata.widgets.sources.opening import Explored
    from dkdata.widgets.worker import Worker

_KEPT_FAILING: Final = 8
"""Rules whose failing rows are kept."""
_KEPT_ROWS: Final = 10_000_000
"""Rows that are kept of them, in all."""
_PAUSE: Final = 0.1


class Ruling:
    """The rules of a suite: what became of each, and how they are edited.

    Parameters
    ----------
    asker
        The thread that asks them.
    suggested
        Returns the rule of a suggestion.
    publish
        Takes what changed, by the names of the traits of the explorer; called in any thread.
    """

    def __init__(
        self,
        source: Explored,
        suite: Suite,
        asker: Worker,
        suggested: Callable[[object], Expectation],
        publish: Callable[..., object],
    ) -> None:
        self._source = source
        self._asker = asker
        self._suggested = suggested
        self._publish = publish
        self._lock = threading.RLock()
        self.book = Book(suite)
        self._results: dict[str, dict[str, Any]] = {}
        self._asked: dict[str, Expectation] = {}
        self._failing: dict[str, Failing] = {}
        self._published = 0.0

    @property
    def suite(self) -> Suite:
        """The suite of the enabled rules."""
        return self.book.rules.to_suite()

    def ask(self) -> None:
        """Ask those rules whose answer is not known, the cheap ones first."""
        for rule in self.book.rules:
            if rule.is_enabled and not self._is_known(rule):
                self._ask(rule)

    def _ask(self, rule: Rule) -> None:
        urgency = Urgency.DEAR_RULES if is_dear(rule.expectation.type) else Urgency.RULES
        self._asker.put(Job(urgency, f"rule {rule.key}", lambda _: self._answer(rule)))

    def forget(self) -> None:
        """Ask all rules anew."""
        self._asked.clear()
        self._failing.clear()
        self.ask()

    def made(self, content: Mapping[str, Any]) -> Expectation:
        """Return the rule that is described by type and parameters.

        Raises
        ------
        UsageError
            There is no such rule, or it cannot be asked of these columns.
        """
        made = editing.described(self._labelled(content))
        problem = problem_of(made, self._labels)
        if problem:
            raise UsageError(problem)
        return made

    def edit(self, content: Mapping[str, Any]) -> str:
        """Change the rules, as a page asks for it; return the key of the rule that is new."""
        with self._lock:
            given = self._labelled(content)
            key = editing.edited(self.book, given, self.made, self._suggested)
            self._tell()
        self.ask()
        return key

    def _labelled(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a page asks for with its columns as they are labelled."""
        kwargs = naming.as_labels(content.get("kwargs") or {}, self._labels)
        return {**content, "kwargs": kwargs}

    def put_suite(self, suite: Suite) -> None:
        """Take other rules."""
        with self._lock:
            self.book.put_suite(suite)
            self._tell()
        self.ask()

    def kept(self) -> None:
        """Note that the present rules were saved."""
        with self._lock:
            self.book.kept = self.suite
            self._tell()

    def _tell(self) -> None:
        """Tell everything of the rules; what was found out meanwhile is not told away."""
        told = self.told()
        self._publish(**told)
        while told["results"] != (known := self._known()):
            self._publish(results=known)
            told["results"] = known

    def find(self, given: int | str) -> Expectation:
        """Return an enabled rule by its place in the suite, its text or its key.

        Raises
        ------
        UsageError
            There is none.
        """
        rules = [rule for rule in self.book.rules if rule.is_enabled]
        texts = self.suite.texts
        for place, (rule, text) in enumerate(zip(rules, texts, strict=True)):
            if given in (place, rule.key, text):
                return rule.expectation
        told = did_you_mean(str(given), texts) or f" There are: {listing(texts)}."
        message = f"no rule {given!r}.{told}"
        raise UsageError(message)

    def told(self) -> dict[str, Any]:
        """Return what a page is told of the rules."""
        labels = self._labels
        return {
            "rules": [editing.told(rule, labels, forms.is_known) for rule in self.book.rules],
            "history": self.book.told,
            "results": self._known(),
        }

    @property
    def _labels(self) -> list[Any]:
        return [column.label for column in self._source.columns]

    def _known(self) -> dict[str, dict[str, Any]]:
        """Return what became of the enabled rules as they are now."""
        return {
            rule.key: self._results[rule.key] if self._is_known(rule) else outcomes.WAITING
            for rule in self.book.rules
            if rule.is_enabled
        }

    def _is_known(self, rule: Rule) -> bool:
        return self._asked.get(rule.key) == rule.expectation

    def _answer(self, rule: Rule) -> None:
        expectation = rule.expectation
        problem = problem_of(expectation, self._labels)
        told = (
            outcomes.failed(problem)
            if problem
            else outcomes.told(self._source.validated(Suite("suite", [expectation])))
        )
        self.put_result(rule, told)

    def put_error(self, key: str, reason: str) -> None:
        """Tell why a rule could not be asked."""
        for rule in self.book.rules:
            if rule.key == key:
                self.put_result(rule, outcomes.failed(reason))

    def put_result(self, rule: Rule, told: dict[str, Any]) -> None:
        """Tell what became of a rule, if it is still the same; not for each of many at once."""
        current = next((one for one in self.book.rules if one.key == rule.key), None)
        if current is None or current.expectation != rule.expectation:
            return
        self._results = {**self._results, rule.key: told}
        self._asked[rule.key] = rule.expectation
        known = self._known()
        is_whole = all(one["state"] != "waiting" for one in known.values())
        if is_whole or time.monotonic() - self._published > _PAUSE:
            self._publish(results=known)
            self._published = time.monotonic()

    def failing_of(self, key: str) -> Failing:
        """Return the rows that break a rule; those of the last few rules are kept.

        Raises
        ------
        UsageError
            It is not about single rows, or could not be evaluated.
        """
        expectation = self.book.rules.find(key).expectation
        known = self._failing.get(key)
        if known is None or known.expectation != expectation:
            result = self._source.validated(Suite("suite", [expectation]))
            outcome = result.results[0]
            if outcome.positions is None:
                reason = outcome.error or "it is about the table, not about single rows"
                message = f"{expectation} has no failing rows to be shown: {reason}."
                raise UsageError(message)
            known = Failing(key, expectation, result)
        self._keep(known)
        return known

    def _keep(self, failing: Failing) -> None:
        """Keep the failing rows of a rule, and of those before it as many as are to be kept."""
        before = [one for one in self._failing.values() if one.key != failing.key]
        kept, rows = [failing], len(failing)
        for one in reversed(before[1 - _KEPT_FAILING :]):
            rows += len(one)
            if rows <= _KEPT_ROWS:
                kept.append(one)
        self._failing = {one.key: one for one in reversed(kept)}


def is_dear(expectation_type: str) -> bool:
    """Whether a rule takes long: it compares all rows, or Great Expectations has to be loaded."""
    entry = BY_TYPE.get(expectation_type)
    return entry is None or "unique" in entry.method or entry.tiers == ("gx",)
