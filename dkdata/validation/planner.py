"""Each expectation to the cheapest tier that answers it as Great Expectations would."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from dkdata.validation import kernels, parameters
from dkdata.validation.answerable import with_times
from dkdata.validation.outcome import Outcome
from dkdata.validation.plain import plain
from dkdata.validation.row_results import row_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dkdata.validation.batch import Batch
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.result_format import ResultFormat
    from dkdata.validation.suite import Suite

BATCH_ID: Final = "dkdata-frame"
"""Name of the batch, in results of every tier."""

_NOT_RAISED: Final = {
    "raised_exception": False,
    "exception_traceback": None,
    "exception_message": None,
}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings about the data from users: the result says what they would.

    All-null columns make numpy's statistics warn, groups in regular expressions pandas.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def compiled(
    number: int, expectation: Expectation, batch: Batch, told: ResultFormat
) -> Outcome | None:
    """Return what became of an expectation, or ``None`` if only Great Expectations can tell.

    That one answers as well what raises here: it words the same error as it always does.
    """
    entry = expectation.entry
    if entry is None:
        return None
    try:
        with quiet():
            asked = with_times(expectation, batch.frame)
            given = parameters.canonical(asked)
            answered = kernels.observed(entry, given, batch, told)
            found = None if answered else kernels.found(entry, given, batch)
            if found is None:
                success, result = answered or (False, {})
                result = result if told.detail else {}
            else:
                success = found.is_met(given.get("mostly", 1))
                result = row_result(found, batch.frame, told)
            tier = kernels.tier_of(entry, given, batch)
    except Exception:  # noqa: BLE001 - whatever it is, the next tier answers or reports it
        return None
    return Outcome(
        number=number,
        expectation=expectation,
        success=bool(success),
        result=plain(result),
        configuration=_configuration(expectation, asked, given, tier),
        meta={"dkdata": {"tier": tier}},
        exception_info=_NOT_RAISED,
        positions=None if found is None else found.positions,
    )


def _configuration(
    expectation: Expectation, asked: Expectation, given: dict[str, Any], tier: str
) -> dict[str, Any]:
    """Return the expectation as Great Expectations writes it into a result."""
    return {
        **expectation.to_dict(),
        "kwargs": plain(as_given(expectation, asked, given)) | {"batch_id": BATCH_ID},
        "meta": with_tier(expectation, tier),
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
