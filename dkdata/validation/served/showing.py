"""The rules about rows with the first rows that break them: the only ones that travel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from dkdata.questions import Count, Wanted
from dkdata.quieting import quiet
from dkdata.validation.answering.asking import row_outcome
from dkdata.validation.answering.row_results import Found
from dkdata.validation.answering.scanning import most_shown
from dkdata.validation.answering.tiers import SERVER, NotCompiledError
from dkdata.validation.served.aggregate_rules import check_none, numbers
from dkdata.validation.served.places import Broken, Later

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dkdata.questions import View
    from dkdata.validation.answering.asking import Asked
    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.results.result_format import ResultFormat
    from dkdata.validation.served.aggregate_rules import Answers
    from dkdata.validation.served.places import Served
    from dkdata.validation.served.row_rules import RowRule
    from dkdata.validation.served.shape import Shape

_MOST_SHOWN: Final = 100_000
"""Rows that travel for one rule, at most."""


class _Counted(NamedTuple):
    """How many rows a rule is about, has the values of, and is broken by; and how many to show."""

    rows: int
    considered: int
    broken: int
    needed: int


@dataclass(frozen=True, eq=False)
class Showing:
    """One state of a table, and how much a result tells of it."""

    table: Served
    view: View
    shape: Shape
    told: ResultFormat
    rows: int

    def outcomes(
        self, asked: Mapping[int, Asked], rules: Mapping[int, RowRule], answers: Answers
    ) -> list[Outcome]:
        """Return what became of the rules of which the server answered how many rows break them."""
        counts = {n: one for n, rule in rules.items() if (one := self._counted(rule, answers))}
        shown = self._shown({n: rules[n] for n, one in counts.items() if one.needed}, counts)
        broken = Broken(
            self.table,
            {n: (rules[n].broken, one.broken) for n, one in counts.items() if one.broken},
        )
        made: list[Outcome] = []
        for number, count in counts.items():
            places, frame = shown.get(number, (np.empty(0, "int64"), self.shape.frame))
            if len(places) != count.needed:
                continue
            is_known = count.needed == count.broken
            try:
                with quiet():
                    found = _found(rules[number], count)
                    outcome = row_outcome(asked[number], found, frame, self.told, SERVER)
            except Exception:  # noqa: BLE001, S112 - the next tier answers or reports it
                continue
            made.append(replace(outcome, positions=places if is_known else Later(broken, number)))
        return made

    def _counted(self, rule: RowRule, answers: Answers) -> _Counted | None:
        """Return the numbers of a rule; ``None`` if it is for another tier."""
        try:
            check_none(answers, rule.none)
            (rows,), (considered,) = (
                numbers(answers, Count(one)) for one in (rule.about, rule.considered)
            )
            broken = numbers(answers, rule.question)[-1]
        except NotCompiledError:
            return None
        needed = min(broken, most_shown(self.told, self.shape.frame))
        if not (self.told.detail or self.told.return_unexpected_index_query):
            needed = 0
        return _Counted(rows, considered, broken, needed) if needed <= _MOST_SHOWN else None

    def _shown(
        self, rules: Mapping[int, RowRule], counts: Mapping[int, _Counted]
    ) -> dict[int, tuple[np.ndarray[Any, Any], pd.DataFrame]]:
        """Return the places and values of the first rows that break each rule."""
        if not rules:
            return {}
        wanted = [
            Wanted(rule.broken, None if counts[n].needed == counts[n].broken else counts[n].needed)
            for n, rule in rules.items()
        ]
        shown = self.view.show(wanted, self._columns(rules))
        frame = self.shape.rows(shown.data, shown.places)
        return {
            number: (shown.places[chosen], frame.iloc[chosen])
            for number, chosen in zip(rules, shown.chosen, strict=True)
        }

    def _columns(self, rules: Mapping[int, RowRule]) -> list[str]:
        """Return the stored names of the columns that a result shows."""
        if self.told.include_unexpected_rows:
            return self.shape.schema.names
        labels = [label for rule in rules.values() for label in rule.columns]
        named = self.told.unexpected_index_column_names or ()
        labels += [label for label in named if label in self.shape.frame]
        return list(dict.fromkeys([*map(self.shape.stored, labels), *self.shape.index]))


def _found(rule: RowRule, count: _Counted) -> Found:
    return Found(
        columns=rule.columns,
        positions=np.arange(count.needed),
        rows=count.rows,
        considered=count.considered,
        counts_missing=rule.counts_missing,
        in_records=rule.in_records,
        tells_names=rule.tells_names,
        more=count.broken - count.needed,
    )
