"""An expectation as the kernels are asked for it, and their answer in Great Expectations' words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from dkdata.validation.answering import parameters
from dkdata.validation.answering.answerable import with_times
from dkdata.validation.answering.row_results import row_result
from dkdata.validation.answering.tiers import KERNELS
from dkdata.validation.plain import plain
from dkdata.validation.results.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dkdata.validation.answering.row_results import Found
    from dkdata.validation.catalogue import Entry
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.results.result_format import ResultFormat

BATCH_ID: Final = "dkdata-frame"
"""Name of the batch, in results of every tier."""

_NOT_RAISED: Final = {
    "raised_exception": False,
    "exception_traceback": None,
    "exception_message": None,
}


@dataclass(frozen=True, eq=False)
class Asked:
    """An expectation as the kernels are asked for it.

    Parameters
    ----------
    number
        Its place in the suite.
    given
        Its own words.
    meant
        The same with what texts stand for: times in a column of times.
    parameters
        Those of ``meant``, as Great Expectations evaluates them.
    """

    number: int
    given: Expectation
    meant: Expectation
    parameters: dict[str, Any]

    @classmethod
    def of(cls, number: int, expectation: Expectation, frame: pd.DataFrame) -> Asked:
        """Return an expectation as the kernels are asked for it about a frame.

        Raises
        ------
        NotCompiledError
            A parameter is of a type that only Great Expectations reads.
        """
        meant = with_times(expectation, frame)
        return cls(number, expectation, meant, parameters.canonical(meant))

    @property
    def entry(self) -> Entry:
        """What the catalogue says of it; the parameters of others are not read."""
        return cast("Entry", self.given.entry)


def row_outcome(
    asked: Asked, found: Found, frame: pd.DataFrame, told: ResultFormat, tier: str = KERNELS
) -> Outcome:
    """Return what became of a rule about rows; the frame holds those that break it."""
    success = found.is_met(asked.parameters.get("mostly", 1))
    made = outcome_of(asked, success=success, result=row_result(found, frame, told), tier=tier)
    return replace(made, positions=found.positions)


def outcome_of(asked: Asked, *, success: bool, result: dict[str, Any], tier: str) -> Outcome:
    """Return what became of an expectation, as Great Expectations would write it."""
    return Outcome(
        number=asked.number,
        expectation=asked.given,
        success=bool(success),
        result=plain(result),
        configuration=_configuration(asked, tier),
        meta={"dkdata": {"tier": tier}},
        exception_info=_NOT_RAISED,
    )


def _configuration(asked: Asked, tier: str) -> dict[str, Any]:
    """Return the expectation as Great Expectations writes it into a result."""
    told = plain(as_given(asked.given, asked.meant, asked.parameters))
    return {
        **asked.given.to_dict(),
        "kwargs": told | {"batch_id": BATCH_ID},
        "meta": with_tier(asked.given, tier),
    }


def as_given(
    expectation: Expectation, asked: Expectation, told: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the parameters to tell: where another value was asked for, the one that was given."""
    if asked.type != expectation.type:
        return expectation.kwargs
    given = expectation.kwargs
    changed = {name: given[name] for name in told if asked.kwargs.get(name) != given.get(name)}
    return {**told, **changed}


def with_tier(expectation: Expectation, tier: str) -> dict[str, Any]:
    """Return the meta of an expectation, with the tier that answered it."""
    meta = plain(expectation.meta or {})
    return {**meta, "dkdata": {**meta.get("dkdata", {}), "tier": tier}}
