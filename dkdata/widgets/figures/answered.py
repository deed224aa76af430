"""Figures that the server of a table answers: what travels is the answers."""

from __future__ import annotations

import datetime as dt
import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pyarrow import types as is_type

from dkdata.predicate import Between, Compare, IsNull, Not, Predicate
from dkdata.questions import Count, Figure, Groups
from dkdata.widgets.cells import text_of
from dkdata.widgets.figures import bins as places
from dkdata.widgets.figures.detail import LISTED, Detail, counts, has_zone, named, scale_of
from dkdata.widgets.figures.figures import Figures
from dkdata.widgets.figures.overview import CATEGORIES, SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.questions import Question, View
    from dkdata.widgets.figures.bins import Bins
    from dkdata.widgets.sources.columns import Column
    from dkdata.widgets.sources.tables import TableSource

_SPANNED: Final = ("integer", "number", "time")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class _UnansweredError(Exception):
    """The server does not answer what everything else depends on."""


def figures(source: TableSource, positions: Sequence[int]) -> dict[int, Figures] | None:
    """Return the figures of columns as one state of the table has them.

    ``None`` where the server does not answer exactly.
    """
    columns = [source.columns[position] for position in positions]

    def work(view: View | None) -> dict[int, Figures] | None:
        if view is None:
            return None
        try:
            return _Asking(view, places.IN_LIST).figures(columns)
        except _UnansweredError:
            return None

    return source.look(work)


def detailed(source: TableSource, column: Column) -> Detail | None:
    """Return everything that is told of one column; ``None`` where the server does not answer."""

    def work(view: View | None) -> Detail | None:
        if view is None:
            return None
        asking = _Asking(view, places.IN_DETAIL)
        try:
            known = asking.figures([column])[column.position]
        except _UnansweredError:
            return None
        distinct = asking.distinct(column)
        known = replace(known, distinct=distinct, exact=distinct is not None)
        top = tuple(asking.top(column, LISTED))
        rows = asking.number(Count()) or 0
        has_names = column.kind != "other"
        return Detail(
            column.position,
            tuple(_facts(column, known, rows)),
            known.bins,
            scale_of(column),
            has_zone(column),
            tuple(
                (text_of(value) or "", named(value) if has_names else None, n) for value, n in top
            ),
            max((distinct or 0) - len(top), 0),
            column.kind == "text",
        )

    return source.look(work)


def _facts(column: Column, known: Figures, rows: int) -> Iterator[tuple[str, str]]:
    yield from counts(known, rows)
    if column.kind in _SPANNED:
        for name, value in (("minimum", known.least), ("maximum", known.greatest)):
            if value is not None:
                yield name, value


class _Asking:
    """Questions to one state of a table, and the answers so far."""

    def __init__(self, view: View, most: int) -> None:
        self._view = view
        self._most = most
        self._answers: dict[Question, Any] = {}

    def _ask(self, questions: Sequence[Question]) -> None:
        new = [one for one in questions if one not in self._answers]
        if new:
            self._answers |= self._view.ask(new)

    def _value(self, question: Question) -> Any:  # noqa: ANN401 - any value
        answer = self._answers.get(question)
        return None if answer is None else answer[0].as_py()

    def number(self, question: Question) -> int | None:
        """Return the number that a question asks for; ``None`` if it is not answered."""
        self._ask([question])
        return self._value(question)

    def figures(self, columns: Sequence[Column]) -> dict[int, Figures]:
        """Return the figures of some columns, in two passes over the table."""
        first: list[Question] = [Count()]
        for column in columns:
            first.append(Count(IsNull(column.name)))
            if column.kind in _SPANNED:
                first += _ends(column)
            if is_type.is_floating(column.type):
                first += _counts_of_floats(column)
            if column.kind == "boolean":
                first += [Count(Compare(column.name, "==", flag)) for flag in (True, False)]
        self._ask(first)
        if any(one not in self._answers for one in first):
            raise _UnansweredError
        known = {column.position: self._measured(column) for column in columns}
        spans = {
            column.position: _bins(column, known[column.position], self._most) for column in columns
        }
        asked = {
            position: [Count(where) for where in _parts(column, bins)]
            for column in columns
            if (bins := spans[position := column.position]) is not None
        }
        self._ask([one for questions in asked.values() for one in questions])
        for position, questions in asked.items():
            counted = {number: self._value(one) or 0 for number, one in enumerate(questions)}
            bins = spans[position]
            known[position] = replace(
                known[position], bins=None if bins is None else bins.filled(counted)
            )
        for column in columns:
            if column.kind == "text":
                known[column.position] = self._with_top(column, known[column.position])
        return known

    def _measured(self, column: Column) -> Figures:
        nulls = self._value(Count(IsNull(column.name))) or 0
        if column.kind == "boolean":
            found = [(t, self._value(Count(Compare(column.name, "==", flag))) or 0)
                     for t, flag in (("true", True), ("false", False))]  # fmt: skip
            top = tuple(sorted(((t, n) for t, n in found if n), key=lambda item: -item[1]))
            return Figures(nulls, len(top), exact=True, top=top)
        if column.kind not in _SPANNED:
            return Figures(nulls)
        least, greatest = map(self._value, _ends(column))
        known = Figures(
            nulls, least=text_of(least), greatest=text_of(greatest),
            low=_on_axis(least), high=_on_axis(greatest),
        )  # fmt: skip
        if not is_type.is_floating(column.type):
            return known
        finite, *infinite = (self._value(one) or 0 for one in _counts_of_floats(column))
        there = (self._value(Count()) or 0) - nulls
        return replace(known, infinite=sum(infinite), nan=there - finite - sum(infinite))

    def _with_top(self, column: Column, known: Figures) -> Figures:
        there = Not(IsNull(column.name))
        values = self._view.different(column.name, there, limit=CATEGORIES + 1)
        if values is None or len(values) > CATEGORIES:
            return known
        top = tuple(
            (text_of(value) or "", n) for value, n in self._counted(column, values.to_pylist())
        )
        return replace(known, distinct=len(top), exact=True, top=top[:SHOWN])

    def _counted(self, column: Column, values: Sequence[Any]) -> list[tuple[Any, int]]:
        questions = [Count(Compare(column.name, "==", value)) for value in values]
        self._ask(questions)
        found = [(v, self._value(q) or 0) for v, q in zip(values, questions, strict=True)]
        return sorted(found, key=lambda item: (-item[1], str(item[0])))

    def top(self, column: Column, limit: int) -> list[tuple[Any, int]]:
        """Return all values and how often they are there; of more than ``limit``, none."""
        there = Not(IsNull(column.name))
        found = self._view.different(column.name, there, limit=limit + 1)
        if found is None or len(found) > limit:
            return []
        return self._counted(column, found.to_pylist())

    def distinct(self, column: Column) -> int | None:
        """Return how many different values there are."""
        return self.number(Groups((column.name,), Not(IsNull(column.name))))


def _ends(column: Column) -> tuple[Figure, Figure]:
    """Return what asks for the least and the greatest value, of floats of those that are finite."""
    finite = _finite(column) if is_type.is_floating(column.type) else None
    return Figure(column.name, "min", finite), Figure(column.name, "max", finite)


def _finite(column: Column) -> Predicate:
    return Between(column.name, -sys.float_info.max, sys.float_info.max)


def _counts_of_floats(column: Column) -> tuple[Count, Count, Count]:
    """Return what asks how many floats are finite, and how many infinite; the others are NaN."""
    low, high = (Compare(column.name, "==", end) for end in (-math.inf, math.inf))
    return Count(_finite(column)), Count(low), Count(high)


def _on_axis(value: Any) -> float | None:  # noqa: ANN401 - a number or a time
    """Return a value as a number: of times, milliseconds since 1970 UTC."""
    match value:
        case None:
            return None
        case dt.datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            return (moment - _EPOCH) / dt.timedelta(milliseconds=1)
        case dt.date():
            return _on_axis(dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC))
    return float(value)


def _from_axis(column: Column, number: float) -> Any:  # noqa: ANN401 - a number or a time
    if column.kind != "time":
        return int(number) if column.kind == "integer" else number
    moment = _EPOCH + dt.timedelta(milliseconds=number)
    if scale_of(column) == "date":
        return moment.date()
    return moment if has_zone(column) else moment.replace(tzinfo=None)


def _bins(column: Column, known: Figures, most: int) -> Bins | None:
    if known.low is None or known.high is None or known.high - known.low == float("inf"):
        return None
    bins = places.between(known.low, known.high, most, whole=column.kind == "integer")
    return replace(bins, ends=(known.least or "", known.greatest or ""))


def _parts(column: Column, bins: Bins) -> list[Predicate]:
    """Return the condition of each bin; the last one has both of its ends."""
    last = len(bins.counts) - 1
    edges = [bins.low + bins.width * number for number in range(last + 1)] + [bins.high]
    values = [_from_axis(column, edge) for edge in edges]
    return [
        Between(column.name, values[n], values[n + 1], "both" if n == last else "left")
        for n in range(last + 1)
    ]
