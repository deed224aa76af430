"""Rules about a column as a whole: what a server is asked, and what pandas would have observed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from dkdata.questions import Count, Figure, Groups, Ranked, Unlike
from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.kernels.aggregates import (
    AGGREGATE_KERNELS,
    observed_within,
    quantiles_within,
)
from dkdata.validation.served.conditions import SURE, predicate_of
from dkdata.validation.served.shape import both

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.predicate import Predicate
    from dkdata.questions import Question, View
    from dkdata.validation.catalogue import Entry
    from dkdata.validation.kernels.aggregates import Answer
    from dkdata.validation.results.result_format import ResultFormat
    from dkdata.validation.served.shape import Kind, Shape

Answers: TypeAlias = Mapping[Any, "pa.Array"]

_MOST_VALUES: Final = 10_000
"""Different values that travel at most."""
_MOST_RANKED: Final = 1 << 24
"""Values of which numpy is asked which ones the quantiles are."""
_NUMBERS: Final[tuple[Kind, ...]] = ("integer", "float")
_ALIKE: Final[tuple[Kind, ...]] = (*_NUMBERS, "text", "boolean", "time")


@dataclass(frozen=True)
class ColumnRule:
    """What a rule about a column as a whole asks of a server, in two steps.

    Parameters
    ----------
    there
        The rows whose values are observed.
    about
        The rows that the rule is about.
    first, then
        What is asked; the second with the answers to the first.
    none
        What there must be none of, so that the answer is that of pandas.
    observe
        Gives the result from all answers.
    """

    name: str
    there: Predicate
    about: Predicate
    given: Mapping[str, Any]
    shape: Shape
    first: tuple[Question, ...]
    then: Callable[[ColumnRule, Answers], tuple[Question, ...]]
    observe: Callable[[ColumnRule, Answers, View, ResultFormat], Answer]
    none: tuple[Question, ...] = ()

    @property
    def questions(self) -> list[Question]:
        """What is asked first."""
        return [Count(self.there), *self.first, *self.none]

    @property
    def count(self) -> Count:
        """How many values there are."""
        return Count(self.there)

    def observed(self, answers: Answers, view: View, told: ResultFormat) -> Answer:
        """Return whether the column is as expected, and the result.

        Raises
        ------
        NotCompiledError
            pandas may have observed something else.
        """
        check_none(answers, self.none)
        return self.observe(self, answers, view, told)

    def series(self, values: pa.Array) -> pd.Series[Any]:
        """Return values of the column as pandas has them."""
        return self.shape.series(self.name, values)


def column_rule(entry: Entry, given: Mapping[str, Any], shape: Shape) -> ColumnRule:
    """Return what a rule about a column as a whole asks of a server.

    Raises
    ------
    NotCompiledError
        A server may observe something else than pandas.
    """
    if entry.method not in _RULES:
        raise NotCompiledError
    name, (kinds, asked, then, observe) = given["column"], _RULES[entry.method]
    kind = shape.kind(name, *kinds)
    about = predicate_of(shape, given.get("row_condition"))
    there = both(about, shape.there(name))
    none: tuple[Question, ...] = (Unlike(name),) if kind == "time" else ()
    first = asked(name, about, there)
    return ColumnRule(name, there, about, given, shape, first, then, observe, none)


def numbers(answers: Answers, question: Question) -> list[int]:
    """Return the answer to a question as numbers.

    Raises
    ------
    NotCompiledError
        The server did not answer it.
    """
    if question not in answers:
        raise NotCompiledError
    return [int(value) for value in answers[question].to_pylist()]


def check_none(answers: Answers, none: tuple[Question, ...]) -> None:
    """Refuse to go on where there is something that makes pandas answer otherwise.

    Raises
    ------
    NotCompiledError
        There is, or the server did not say.
    """
    if any(numbers(answers, question)[0] for question in none):
        raise NotCompiledError


def _values(answers: Answers, question: Question) -> pa.Array:
    if question not in answers:
        raise NotCompiledError
    return answers[question]


def _nothing(*_: Any) -> tuple[Question, ...]:  # noqa: ANN401 - the arguments of all
    return ()


def _extremes(name: str, _: Predicate, there: Predicate) -> tuple[Question, ...]:
    return (Figure(name, "min", there), Figure(name, "max", there))


def _extreme(method: str) -> Any:  # noqa: ANN401 - a function
    def observe(rule: ColumnRule, answers: Answers, _: View, told: ResultFormat) -> Answer:
        found = _values(answers, Figure(rule.name, method, rule.there)).drop_null()  # type: ignore[arg-type]
        return AGGREGATE_KERNELS[method](rule.series(found), rule.given, told)

    return observe


def _sums(name: str, about: Predicate, there: Predicate) -> tuple[Question, ...]:
    return (*_extremes(name, about, there), Figure(name, "sum", there))


def _sum(rule: ColumnRule, answers: Answers) -> tuple[int, int]:
    """Return the sum of whole numbers, and how many there are.

    Raises
    ------
    NotCompiledError
        Floats would not add them up exactly.
    """
    (count,) = numbers(answers, rule.count)
    low, high, total = (_values(answers, question)[0].as_py() for question in rule.first)
    if count and count * max(abs(low), abs(high)) >= SURE:
        raise NotCompiledError
    return int(total or 0), count


def _observed_sum(rule: ColumnRule, answers: Answers, _: View, __: ResultFormat) -> Answer:
    total, count = _sum(rule, answers)
    if not count:  # what pandas calls the sum of nothing depends on the dtype
        raise NotCompiledError
    return observed_within(total, rule.given)


def _observed_mean(rule: ColumnRule, answers: Answers, _: View, __: ResultFormat) -> Answer:
    total, count = _sum(rule, answers)
    return observed_within(total / count if count else None, rule.given)


def _middle(rule: ColumnRule, answers: Answers) -> tuple[Question, ...]:
    (count,) = numbers(answers, rule.count)
    ranks = sorted({(count - 1) // 2, count // 2}) if count else []
    return (Ranked(rule.name, tuple(ranks), count, rule.there),) if ranks else ()


def _observed_median(rule: ColumnRule, answers: Answers, _: View, told: ResultFormat) -> Answer:
    asked = _middle(rule, answers)
    if not asked:
        raise NotCompiledError
    series = rule.series(_values(answers, asked[0]))
    return AGGREGATE_KERNELS["median"](series, rule.given, told)


def _nearest(rule: ColumnRule, answers: Answers) -> tuple[Question, ...]:
    """Return the question for the quantiles, by the ranks that numpy chooses."""
    (count,) = numbers(answers, rule.count)
    shares = rule.given["quantile_ranges"]["quantiles"]
    if not 0 < count <= _MOST_RANKED or not shares:
        raise NotCompiledError
    ranks = pd.Series(np.arange(count)).quantile(shares, interpolation="nearest")
    return (Ranked(rule.name, tuple(ranks.tolist()), count, rule.there),)


def _observed_quantiles(rule: ColumnRule, answers: Answers, _: View, __: ResultFormat) -> Answer:
    (asked,) = _nearest(rule, answers)
    return quantiles_within(rule.series(_values(answers, asked)), rule.given)


def _groups(rule: ColumnRule, _: Answers) -> tuple[Question, ...]:
    return (Groups((rule.name,), rule.there),)


def _different(rule: ColumnRule, answers: Answers) -> int:
    return numbers(answers, Groups((rule.name,), rule.there))[0]


def _observed_different(rule: ColumnRule, answers: Answers, _: View, __: ResultFormat) -> Answer:
    return observed_within(_different(rule, answers), rule.given)


def _observed_unique(rule: ColumnRule, answers: Answers, _: View, __: ResultFormat) -> Answer:
    (count,) = numbers(answers, rule.count)
    return observed_within(_different(rule, answers) / count if count else 0, rule.given)


def _rows(_: str, about: Predicate, __: Predicate) -> tuple[Question, ...]:
    return (Count(about),)


def _observed_there(rule: ColumnRule, answers: Answers, _: View, __: ResultFormat) -> Answer:
    (there,), (rows,) = (numbers(answers, one) for one in (rule.count, Count(rule.about)))
    return observed_within(there / rows if rows else 0, rule.given)


def _of_values(method: str, *, most_frequent: bool = False) -> Any:  # noqa: ANN401 - a function
    """Return what observes the different values, or those that are there most often."""

    def observe(rule: ColumnRule, _: Answers, view: View, told: ResultFormat) -> Answer:
        limit = _MOST_VALUES + 1
        found = view.different(rule.name, rule.there, limit=limit, most_frequent=most_frequent)
        if found is None or len(found) == limit:
            raise NotCompiledError
        return AGGREGATE_KERNELS[method](rule.series(found), rule.given, told)

    return observe


_RULES: Final[Mapping[str, tuple[tuple[Kind, ...], Any, Any, Any]]] = {
    "min": ((*_NUMBERS, "time"), _extremes, _nothing, _extreme("min")),
    "max": ((*_NUMBERS, "time"), _extremes, _nothing, _extreme("max")),
    "sum": (("integer",), _sums, _nothing, _observed_sum),
    "mean": (("integer",), _sums, _nothing, _observed_mean),
    "median": ((*_NUMBERS, "time"), _nothing, _middle, _observed_median),
    "quantiles": (_NUMBERS, _nothing, _nearest, _observed_quantiles),
    "unique_count": (_ALIKE, _nothing, _groups, _observed_different),
    "proportion_unique": (_ALIKE, _nothing, _groups, _observed_unique),
    "proportion_non_null": (_ALIKE, _rows, _nothing, _observed_there),
    "most_common": (_ALIKE, _nothing, _nothing, _of_values("most_common", most_frequent=True)),
    "distinct_in": (_ALIKE, _nothing, _nothing, _of_values("distinct_in")),
    "distinct_contains": (_ALIKE, _nothing, _nothing, _of_values("distinct_contains")),
    "distinct_equals": (_ALIKE, _nothing, _nothing, _of_values("distinct_equals")),
}
"""For each rule: kinds of columns, what is asked first and then, and what is observed by that."""
