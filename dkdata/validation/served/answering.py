"""The rules of a suite that the server answers which keeps the table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from dkdata.errors import DeadlineError, StoreError
from dkdata.predicate import IsNull, Predicate
from dkdata.questions import Count, Groups
from dkdata.quieting import quiet
from dkdata.retrying import TransientError
from dkdata.validation import kernels
from dkdata.validation.answering.asking import Asked, outcome_of
from dkdata.validation.answering.batch import Batch
from dkdata.validation.answering.tiers import KERNELS, SERVER, NotCompiledError
from dkdata.validation.catalogue import CONSTRAINT
from dkdata.validation.kernels.aggregates import observed_within
from dkdata.validation.kernels.tables import TABLE_KERNELS
from dkdata.validation.served.aggregate_rules import ColumnRule, column_rule, numbers
from dkdata.validation.served.conditions import predicate_of
from dkdata.validation.served.row_rules import RowRule, row_rule
from dkdata.validation.served.shape import EVERY, Shape
from dkdata.validation.served.showing import Showing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd
    import pyarrow as pa

    from dkdata.questions import Question, View
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.kernels.aggregates import Answer
    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.results.result_format import ResultFormat
    from dkdata.validation.served.places import Served
    from dkdata.validation.suite import Suite

_COUNTED: Final = ("row_count", "row_count_between")


@dataclass(frozen=True)
class TableRule:
    """A rule that names, dtypes and the number of rows answer."""

    about: Predicate

    @property
    def questions(self) -> list[Question]:
        """What has to be known of the table."""
        return [Count(self.about)]


Rule: TypeAlias = RowRule | ColumnRule | TableRule


@dataclass(frozen=True)
class Answered:
    """What a server answered of a suite.

    Parameters
    ----------
    suite
        As it is asked of such a table.
    rows
        How many rows the table has.
    """

    suite: Suite
    outcomes: list[Outcome]
    rows: int
    shape: Shape


def answered(
    table: Served, choose: Callable[[pd.DataFrame], Suite], told: ResultFormat
) -> Answered | None:
    """Return what the server of a table answers of a suite; ``None`` if it answers nothing.

    Parameters
    ----------
    choose
        Gives the suite for a frame with the columns of the table.
    """

    def work(view: View | None) -> Answered | None:
        if view is None:
            return None
        shape = Shape(view.schema)
        labels = list(shape.frame.columns)
        if len(set(labels)) < len(labels) or not all(isinstance(one, str) for one in labels):
            return None
        return _Asking(table, view, choose, told, shape).answered()

    return table.look(work)


@dataclass
class _Asking:
    """A suite that is asked of one state of a table."""

    table: Served
    view: View
    choose: Callable[[pd.DataFrame], Suite]
    told: ResultFormat
    shape: Shape
    asked: dict[int, Asked] = field(default_factory=dict)
    rules: dict[int, Rule] = field(default_factory=dict)
    answers: dict[Question, pa.Array] = field(default_factory=dict)

    def answered(self) -> Answered | None:
        """Return what the server answers; ``None`` if it does not tell what dtypes columns have."""
        suite = self._compiled()
        uncertain = {label: Count(IsNull(label)) for label in self._uncertain(suite)}
        self._ask([Count(EVERY), *uncertain.values(), *self._first()])
        if not self.answers.keys() >= {Count(EVERY), *uncertain.values()}:
            return None
        gaps = {label for label, asked in uncertain.items() if numbers(self.answers, asked)[0]}
        if gaps:
            self.shape = replace(self.shape, gaps=frozenset(gaps))
            suite = self._compiled()
            self._ask(self._first())
        self._ask(self._second())
        (rows,) = numbers(self.answers, Count(EVERY))
        outcomes = [*self._observed(), *self._shown(rows)]
        return Answered(suite, outcomes, rows, self.shape)

    def _compiled(self) -> Suite:
        """Return the suite, of whose rules those are kept that a server can answer."""
        suite = self.choose(self.shape.frame)
        self.rules = {}
        for number, expectation in enumerate(suite):
            try:
                with quiet():
                    asked = Asked.of(number, expectation, self.shape.frame)
                    self.rules[number] = _rule(asked, self.shape)
                    self.asked[number] = asked
            except Exception:  # noqa: BLE001, S112 - the next tier answers or reports it
                continue
        return suite

    def _uncertain(self, suite: Suite) -> list[str]:
        """Return the columns whose dtype has to be known and depends on their null values."""
        if self.told.include_unexpected_rows:
            return self.shape.uncertain
        named = {label for one in suite for label in _columns(one)}
        named.update(self.told.unexpected_index_column_names or ())
        return [label for label in self.shape.uncertain if label in named]

    def _first(self) -> Iterator[Question]:
        """Yield what one pass over the rows answers."""
        for rule in self.rules.values():
            yield from (one for one in rule.questions if not isinstance(one, Groups))

    def _second(self) -> Iterator[Question]:
        """Yield what is asked beyond that, with the answers to the first questions."""
        for rule in self.rules.values():
            yield from (one for one in rule.questions if isinstance(one, Groups))
            if isinstance(rule, ColumnRule):
                try:
                    yield from rule.then(rule, self.answers)
                except NotCompiledError:
                    continue

    def _ask(self, questions: Iterable[Question]) -> None:
        new = [one for one in questions if one not in self.answers]
        if new:
            self.answers |= self.view.ask(new)

    def _observed(self) -> Iterator[Outcome]:
        """Yield what became of the rules about columns and tables."""
        for number, rule in self.rules.items():
            if isinstance(rule, RowRule):
                continue
            try:
                with quiet():
                    yield self._outcome(self.asked[number], rule)
            except (StoreError, DeadlineError, TransientError):
                raise
            except Exception:  # noqa: BLE001, S112 - the next tier answers or reports it
                continue

    def _outcome(self, asked: Asked, rule: ColumnRule | TableRule) -> Outcome:
        tier = kernels.tier_of(asked.entry, asked.parameters)
        if isinstance(rule, TableRule):
            success, result = self._of_table(asked, rule)
        else:
            success, result = rule.observed(self.answers, self.view, self.told)
        return outcome_of(
            asked,
            success=success,
            result=result if self.told.detail else {},
            tier=SERVER if tier == KERNELS else tier,
        )

    def _of_table(self, asked: Asked, rule: TableRule) -> Answer:
        if asked.entry.method in _COUNTED:
            (rows,) = numbers(self.answers, Count(rule.about))
            if asked.entry.method == "row_count":
                return rows == asked.parameters["value"], {"observed_value": rows}
            return observed_within(rows, asked.parameters)
        batch = Batch(self.shape.frame)
        answer = kernels.observed(asked.entry, asked.parameters, batch, self.told)
        if answer is None:  # the values decide
            raise NotCompiledError
        return answer

    def _shown(self, rows: int) -> list[Outcome]:
        """Return what became of the rules about rows."""
        rules = {n: rule for n, rule in self.rules.items() if isinstance(rule, RowRule)}
        showing = Showing(self.table, self.view, self.shape, self.told, rows)
        return showing.outcomes(self.asked, rules, self.answers)


def _rule(asked: Asked, shape: Shape) -> Rule:
    """Return what a rule asks of a server.

    Raises
    ------
    NotCompiledError
        It is for another tier.
    """
    entry, given = asked.entry, asked.parameters
    if entry is None or entry == CONSTRAINT:
        raise NotCompiledError
    if entry.method in TABLE_KERNELS and entry.face in ("column", "table"):
        return TableRule(predicate_of(shape, given.get("row_condition")))
    if entry.kind == "column aggregate":
        return column_rule(entry, given, shape)
    return row_rule(entry, given, shape)


def _columns(expectation: Expectation) -> list[str]:
    column = expectation.kwargs.get("column")
    return [*expectation.columns, *([column] if isinstance(column, str) else [])]
