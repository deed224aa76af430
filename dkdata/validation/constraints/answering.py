"""What becomes of the rules that are constraints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dkdata.errors import DkError, ExpectationNotFoundError, UsageError
from dkdata.validation.answering.asking import Asked, outcome_of, row_outcome
from dkdata.validation.answering.row_results import Found
from dkdata.validation.answering.tiers import KERNELS
from dkdata.validation.constraints.evaluating import failing
from dkdata.validation.constraints.reading import constraint_from_json
from dkdata.validation.schemas.field_types import is_null

if TYPE_CHECKING:
    from dkdata.validation.answering.batch import Batch
    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.results.result_format import ResultFormat
    from dkdata.validation.suite import Suite


def answer(suite: Suite, number: int, batch: Batch, told: ResultFormat) -> Outcome:
    """Return what became of one rule of a suite for a frame.

    One that needs a table that cannot be read says so in its result.

    Raises
    ------
    UsageError
        Its constraint cannot be read.
    ExpectationNotFoundError
        No function is registered for a custom constraint.
    """
    expectation = suite[number]
    asked = Asked(number, expectation, expectation, dict(expectation.kwargs))
    column = batch.frame[expectation.kwargs["column"]]
    try:
        failed = failing(constraint_from_json(expectation.kwargs["constraint"]), column)
    except (UsageError, ExpectationNotFoundError) as error:
        message = f"{suite.place_of(number)}: {error}"
        raise type(error)(message) from error
    except DkError as error:
        return _not_evaluated(asked, str(error))
    present = len(column) - int(is_null(column).sum())
    found = Found((column.name,), np.flatnonzero(failed.rows), len(column), present)
    made = row_outcome(asked, found, batch.frame, told)
    # Null values may fail as well, so that there may be failing rows without any value.
    success = not found.broken or (present > 0 and made.success)
    return replace(made, success=success, raised=failed.raised)


def _not_evaluated(asked: Asked, problem: str) -> Outcome:
    made = outcome_of(asked, success=False, result={}, tier=KERNELS)
    info = {
        "raised_exception": True,
        "exception_traceback": problem,
        "exception_message": problem,
    }
    return replace(made, exception_info=info)
