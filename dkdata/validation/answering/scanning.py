"""A table larger than memory: rules about single rows in chunks, others by their columns."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata import ongoing
from dkdata.quieting import quiet
from dkdata.validation import kernels
from dkdata.validation.answering import conditions, planner
from dkdata.validation.answering.asking import Asked, row_outcome
from dkdata.validation.answering.batch import Batch
from dkdata.validation.answering.held import chunks, joined
from dkdata.validation.answering.tiers import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dkdata.validation.answering.held import Scannable
    from dkdata.validation.answering.row_results import Found
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.results.result_format import ResultFormat
    from dkdata.validation.suite import Suite


_EVERY: Final[Any] = ...
"""Stands for all columns, where a rule may need any."""


@dataclass
class _Tally:
    """What a rule about single rows found so far."""

    asked: Asked
    found: list[Found] = field(default_factory=list)
    positions: list[np.ndarray[Any, Any]] = field(default_factory=list)
    shown: list[pd.DataFrame] = field(default_factory=list)

    def add(self, found: Found, offset: int, frame: pd.DataFrame, told: ResultFormat) -> None:
        """Count what was found in the rows from ``offset`` on; keep rows that a result shows."""
        room = most_shown(told, frame) - sum(map(len, self.shown))
        kept = found.positions[: max(room, 0)]
        names = frame.columns if told.include_unexpected_rows else _names(found, told)
        self.found.append(found)
        self.positions.append(found.positions + offset)
        self.shown.append(frame[list(names)].iloc[kept])

    def outcome(self, told: ResultFormat) -> Outcome:
        """Return what became of the rule."""
        frame, positions = joined(self.shown), np.concatenate(self.positions)
        whole = replace(
            self.found[0],
            positions=np.arange(len(frame)),
            rows=sum(found.rows for found in self.found),
            considered=sum(found.considered for found in self.found),
            more=len(positions) - len(frame),
        )
        made = row_outcome(self.asked, whole, frame, told)
        return replace(made, positions=positions)


def most_shown(told: ResultFormat, frame: pd.DataFrame) -> int:
    """Return how many failing rows a result needs: with every label, or to tell them apart, all."""
    is_named = frame.index.names[0] is not None
    is_all = is_named or told.is_complete or bool(told.return_unexpected_index_query)
    return np.iinfo(np.int64).max if is_all else max(told.listed, told.partial_unexpected_count)


def _names(found: Found, told: ResultFormat) -> Iterable[str]:
    return dict.fromkeys((*found.columns, *(told.unexpected_index_column_names or ())))


def answered(
    table: Scannable, rows: int, suite: Suite, told: ResultFormat, numbers: Iterable[int]
) -> list[Outcome]:
    """Return what became of those rules of a suite that the kernels answer.

    Rules about single rows are answered in one pass over the columns that they need; the others
    on their columns alone, one set of columns at a time.
    """
    asked = list(numbers)
    local = [number for number in asked if _is_local(suite[number])]
    ongoing.count("rows", rows)
    outcomes = _in_chunks(table, suite, local, told) if local else []
    known = {outcome.number for outcome in outcomes}
    ongoing.count("rules", len(suite))
    ongoing.advance(len(suite) - len(asked) + len(known))
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number in asked:
        if suite[number].entry is not None and number not in known:
            groups.setdefault(needed(suite, [number], told), []).append(number)
    for columns, together in groups.items():
        batch = Batch(loaded(table, rows, columns))
        for number in together:
            outcome = planner.compiled(suite, number, batch, told)
            if outcome is not None:
                outcomes.append(outcome)
                ongoing.advance(1)
    return outcomes


def _is_local(expectation: Expectation) -> bool:
    """Whether each row breaks a rule or not whatever the other rows are."""
    if expectation.entry is None or not kernels.is_local(expectation.entry):
        return False
    given = expectation.kwargs.get("row_condition")
    if given is None:
        return True
    try:
        condition = conditions.canonical(given, expectation.kwargs.get("condition_parser"))
    except NotCompiledError:
        return False
    return conditions.is_local(condition)


def _in_chunks(
    table: Scannable, suite: Suite, numbers: Sequence[int], told: ResultFormat
) -> list[Outcome]:
    """Return what became of the rules about single rows that no chunk left to another tier."""
    columns = needed(suite, numbers, told)
    chosen = table if _EVERY in columns else table.select(*columns).with_index()
    tallies: dict[int, _Tally] = {}
    left: set[int] = set()
    for offset, frame in chunks(chosen):
        batch = Batch(frame)
        for number in numbers:
            if number in left:
                continue
            with _leaving(number, left):
                asked = Asked.of(number, suite[number], frame)
                found = kernels.found(asked.entry, asked.parameters, batch)
                tally = tallies.setdefault(number, _Tally(asked))
                tally.add(found, offset, frame, told)
        ongoing.advance(len(frame))
    outcomes = []
    for number, tally in tallies.items():
        if number not in left:
            with _leaving(number, left):
                outcomes.append(tally.outcome(told))
    return outcomes


@contextmanager
def _leaving(number: int, left: set[int]) -> Iterator[None]:
    """Leave a rule to the next tier, which answers whatever it is, or reports it."""
    try:
        with quiet():
            yield
    except Exception:  # noqa: BLE001
        left.add(number)


def needed(suite: Suite, numbers: Sequence[int], told: ResultFormat) -> tuple[Any, ...]:
    """Return the columns that rules need, or what stands for all."""
    chosen = [suite[number] for number in numbers]
    if any(one.entry is None for one in chosen):
        return (_EVERY,)
    if told.include_unexpected_rows or any("row_condition" in one.kwargs for one in chosen):
        return (_EVERY,)
    about_table = [one.entry is not None and one.entry.kind == "table" for one in chosen]
    if any(about_table):
        if all("type_" in one.kwargs for one in chosen):
            return tuple(one.kwargs["column"] for one in chosen)
        return () if all(about_table) else (_EVERY,)
    named = told.unexpected_index_column_names or []
    return tuple(dict.fromkeys((*(name for one in chosen for name in one.columns), *named)))


def loaded(table: Scannable, rows: int, columns: tuple[Any, ...]) -> pd.DataFrame:
    """Return some columns of a table; without any, all their names and the number of rows."""
    if _EVERY in columns:
        return table.to_pandas()
    if columns:
        return table.select(*columns).to_pandas()
    return _without_values(table.limit(0).to_pandas().columns, rows)


def cut(frame: pd.DataFrame, columns: tuple[Any, ...]) -> pd.DataFrame:
    """Return a frame with the needed columns alone; without any, all names and all rows."""
    if _EVERY in columns:
        return frame
    return frame[list(columns)] if columns else _without_values(frame.columns, len(frame))


def _without_values(labels: pd.Index[Any], rows: int) -> pd.DataFrame:
    """Return a frame of which only the names and the number of rows count."""
    nothing = np.broadcast_to(np.False_, (rows, len(labels)))
    return pd.DataFrame(nothing, columns=labels, copy=False)


def counted(table: Scannable, rows: int, condition: Mapping[str, Any] | None) -> int:
    """Return how many rows of a table meet a canonical condition."""
    if condition is None:
        return rows
    if not conditions.is_local(condition):
        return len(Batch(table.to_pandas()).rows(condition))
    return sum(len(Batch(frame).rows(condition)) for _, frame in chunks(table))
