"""Each expectation to the cheapest tier that answers it as Great Expectations would."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from dkdata.attending import attended
from dkdata.quieting import quiet
from dkdata.validation import kernels
from dkdata.validation.answering.asking import Asked, outcome_of, row_outcome
from dkdata.validation.catalogue import CONSTRAINT
from dkdata.validation.constraints import answering as constraint_answers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.validation.answering.batch import Batch
    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.results.result_format import ResultFormat
    from dkdata.validation.suite import Suite

_MANY: Final = 200_000
"""Rows from which a rule may take so long that somebody wants to interrupt it."""


def compiled(suite: Suite, number: int, batch: Batch, told: ResultFormat) -> Outcome | None:
    """Return what became of an expectation, or ``None`` if only Great Expectations can tell.

    That one answers as well what raises here: it words the same error as it always does.
    """
    if suite[number].entry is None:
        return None
    if suite[number].type == CONSTRAINT.type:
        return constraint_answers.answer(suite, number, batch, told)
    try:
        with quiet():
            if len(batch.frame) < _MANY:
                return _answered(suite, number, batch, told)
            # One call of a kernel may take seconds, in which the main thread would see no Ctrl-C.
            asking = partial(_answered, suite, number, batch, told)
            return attended(asking, lambda: None, str(suite[number]))
    except Exception:  # noqa: BLE001 - whatever it is, the next tier answers or reports it
        return None


def _answered(suite: Suite, number: int, batch: Batch, told: ResultFormat) -> Outcome | None:
    asked = Asked.of(number, suite[number], batch.frame)
    answered = kernels.observed(asked.entry, asked.parameters, batch, told)
    if answered is None:
        found = kernels.found(asked.entry, asked.parameters, batch)
        return row_outcome(asked, found, batch.frame, told)
    success, result = answered
    tier = kernels.tier_of(asked.entry, asked.parameters)
    return outcome_of(asked, success=success, result=result if told.detail else {}, tier=tier)


def in_order(suite: Suite, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return outcomes in the order of Great Expectations.

    First those that could not be evaluated, then the others by column, in the order in which
    columns appear in the suite; all rules that are not about one column are one group.
    """
    groups: dict[str, int] = {}
    place = {}
    for number, expectation in enumerate(suite):
        column = expectation.kwargs.get("column")
        group = f"column {column}" if isinstance(column, str) else ""
        place[number] = (groups.setdefault(group, len(groups)), number)
    return tuple(
        sorted(
            outcomes,
            key=lambda one: (not one.is_aborted, () if one.is_aborted else place[one.number]),
        )
    )
