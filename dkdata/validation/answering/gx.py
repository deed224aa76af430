"""Great Expectations itself: genuine objects, and a suite's answers about a pandas frame."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pickle import PickleError
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.errors import ExpectationNotFoundError, UsageError, did_you_mean, listing, shortened
from dkdata.quieting import quiet
from dkdata.validation.answering import gx_constraint
from dkdata.validation.answering.answerable import answerable
from dkdata.validation.answering.asking import as_given, with_tier
from dkdata.validation.answering.tiers import GX
from dkdata.validation.catalogue import CONSTRAINT
from dkdata.validation.plain import plain
from dkdata.validation.results.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suite import Suite

_TAG: Final = "dkdata_position"
_NOT_HASHED: Final = (ValueError, PickleError, AttributeError)
"""What is raised about values that can neither be hashed nor pickled."""


@dataclass(frozen=True)
class Answers:
    """What Great Expectations says of a suite: outcomes in its order, and its own meta."""

    outcomes: tuple[Outcome, ...]
    meta: Mapping[str, Any]


def answer(
    frame: pd.DataFrame, suite: Suite, numbers: Sequence[int], result_format: str | dict[str, Any]
) -> Answers:
    """Return what Great Expectations says of a frame, with the positions of failing rows.

    Parameters
    ----------
    numbers
        Which expectations of the suite to ask for, from 0.
    result_format
        As in Great Expectations: a level, or a mapping with its options.

    Raises
    ------
    UsageError
        It refuses a parameter.
    """
    with quiet():
        asked = {number: _asked(suite, number, frame) for number in numbers}
        given = _validated(frame, suite, asked, result_format)
        outcomes = tuple(_outcome(result, suite, asked) for result in given.results)
        found = _positions(frame, suite, asked, given.results, result_format)
    placed = (replace(outcome, positions=found.get(outcome.number)) for outcome in outcomes)
    return Answers(tuple(placed), plain(given.meta))


def _asked(suite: Suite, number: int, frame: pd.DataFrame) -> Expectation:
    """Return an expectation as Great Expectations is asked for it, tagged with its number."""
    with UsageError.within(suite.place_of(number)):
        return replace(answerable(suite[number], frame), meta={_TAG: number})


def _validated(
    frame: pd.DataFrame,
    suite: Suite,
    asked: Mapping[int, Expectation],
    result_format: str | dict[str, Any],
) -> Any:  # noqa: ANN401 - ExpectationSuiteValidationResult
    """Return the genuine result of some of the suite's expectations."""
    from great_expectations.exceptions import GreatExpectationsError  # noqa: PLC0415

    genuine = _genuine(suite, asked.items())
    try:
        with _batch(frame) as batch:
            return batch.validate(genuine, result_format=result_format)
    except (GreatExpectationsError, TypeError, *_NOT_HASHED) as error:
        reason = _not_hashed(frame) or _reason(error)
        message = f"suite {suite.name!r} can not be evaluated: {reason}"
        raise UsageError(message) from error


def _not_hashed(frame: pd.DataFrame) -> str:
    """Return of which columns Great Expectations cannot take its fingerprint, and what to do."""
    from great_expectations.execution_engine.pandas_execution_engine import (  # noqa: PLC0415
        hash_pandas_dataframe,
    )

    columns = []
    for place, label in enumerate(frame.columns):
        try:
            hash_pandas_dataframe(frame.iloc[:, [place]])
        except _NOT_HASHED:
            columns.append(label)
    if not columns:
        return ""
    named = listing(map(repr, columns))
    return (
        f"Great Expectations cannot take its fingerprint of the columns {named}."
        " Give lists in place of tuples that stand beside other values, or leave the columns out."
    )


def check_types(suite: Suite) -> None:
    """Raise if Great Expectations knows no expectation of some type."""
    with quiet():
        from great_expectations.expectations.registry import (  # noqa: PLC0415 - takes seconds
            list_registered_expectation_implementations as registered,
        )

        known = registered()
    for number, expectation in enumerate(suite):
        if expectation.entry is None and expectation.type not in known:
            message = (
                f"{suite.place_of(number)}: no expectation of that type is known."
                f"{did_you_mean(expectation.type, known)} A custom one is known once the module"
                " that defines it is imported. dk.expectations() lists the others."
            )
            raise ExpectationNotFoundError(message)


def evaluated(expression: str, values: Mapping[str, Any], place: str) -> Any:  # noqa: ANN401
    """Return the value of an expression of suite parameters, such as ``"least + 1"``."""
    with quiet():
        from great_expectations.core.suite_parameters import (  # noqa: PLC0415 - takes seconds
            parse_suite_parameter,
        )
        from great_expectations.exceptions import SuiteParameterError  # noqa: PLC0415

        try:
            return parse_suite_parameter(expression, suite_parameters=dict(values))
        except SuiteParameterError as error:
            message = f"{place}: the suite parameter {expression!r}: {_reason(error)}."
            raise UsageError(message) from error


def genuine_suite(suite: Suite) -> Any:  # noqa: ANN401 - great_expectations.ExpectationSuite
    """Return the genuine ``ExpectationSuite``."""
    check_types(suite)
    with quiet():
        return _genuine(suite, enumerate(suite))


def genuine_result(result: Mapping[str, Any]) -> Any:  # noqa: ANN401 - ExpectationSuiteValidationResult
    """Return the genuine ``ExpectationSuiteValidationResult`` of a result's JSON."""
    with quiet():
        from great_expectations.core import (  # noqa: PLC0415 - takes seconds
            ExpectationSuiteValidationResult,
            ExpectationValidationResult,
        )

        made = [
            ExpectationValidationResult(
                success=one["success"],
                expectation_config=_configuration(one["expectation_config"]),
                result=one["result"],
                meta=one["meta"],
                exception_info=one["exception_info"],
            )
            for one in result["results"]
        ]
        kept = ("success", "suite_name", "suite_parameters", "statistics", "meta", "id")
        return ExpectationSuiteValidationResult(
            results=made, **{name: result[name] for name in kept}
        )


def _configuration(given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - ExpectationConfiguration
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415
        ExpectationConfiguration,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity  # noqa: PLC0415

    severity = FailureSeverity(given.get("severity", "critical"))
    return ExpectationConfiguration(**{**given, "severity": severity})


def _genuine(suite: Suite, numbered: Iterable[tuple[int, Expectation]]) -> Any:  # noqa: ANN401
    """Return the genuine ``ExpectationSuite`` of some expectations of a suite."""
    from great_expectations.core import ExpectationSuite  # noqa: PLC0415 - takes seconds

    made = [_genuine_one(suite.place_of(number), one) for number, one in numbered]
    notes = list(suite.notes) if isinstance(suite.notes, tuple) else suite.notes
    return ExpectationSuite(
        suite.name, made, meta=plain(suite.meta) if suite.meta else None, notes=notes, id=suite.id
    )


def _genuine_one(place: str, expectation: Expectation) -> Any:  # noqa: ANN401
    """Return the configuration of one expectation, which Great Expectations accepts."""
    from great_expectations.exceptions import GreatExpectationsError  # noqa: PLC0415 - takes seconds

    if expectation.type == CONSTRAINT.type:
        gx_constraint.register()
    given = {**expectation.to_dict(), "kwargs": _kwargs(expectation)}
    try:
        configuration = _configuration(given)
        configuration.to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError) as error:
        message = f"{place}: Great Expectations refuses it: {_reason(error, expectation.kwargs)}"
        raise UsageError(message) from error
    return configuration


def _kwargs(expectation: Expectation) -> dict[str, Any]:
    """Return a copy of the parameters that Great Expectations may change."""
    return copy.deepcopy(dict(expectation.kwargs))


def _reason(error: Exception, given: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return what is wrong, in one line; of bounds that are no times either, just that."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return " ".join(str(error).split())
    told: dict[str, list[str]] = {}
    for one in errors():
        told.setdefault(".".join(map(str, one["loc"])), []).append(one["msg"])
    about = {name: texts for name, texts in told.items() if name != "__root__"} or told
    return "; ".join(
        f"{name}={shortened(given[name])} is neither a number nor a time"
        if name in ("min_value", "max_value") and any("date" in text for text in texts)
        else f"{name}: {texts[0]}"
        for name, texts in about.items()
    )


@contextmanager
def _batch(frame: pd.DataFrame) -> Iterator[Any]:
    """Lend the frame as a batch of a context of its own; the caller's context stays current."""
    import great_expectations as gx  # noqa: PLC0415 - takes seconds
    from great_expectations.data_context.data_context import context_factory  # noqa: PLC0415
    from great_expectations.exceptions import DataContextRequiredError  # noqa: PLC0415

    try:
        current = context_factory.project_manager.get_current_project()
    except DataContextRequiredError:
        current = None
    try:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("dkdata").add_dataframe_asset("frame")
        definition = asset.add_batch_definition_whole_dataframe("whole")
        yield definition.get_batch({"dataframe": frame})
    finally:
        context_factory.set_context(current)


def _outcome(result: Any, suite: Suite, asked: Mapping[int, Expectation]) -> Outcome:  # noqa: ANN401
    """Return an answer of Great Expectations as a plain value, about what the caller asked."""
    number = _number(result)
    expectation = suite[number]
    kwargs = result.expectation_config.kwargs
    batch = {"batch_id": kwargs.get("batch_id")}
    told = plain(as_given(expectation, asked[number], kwargs)) | batch
    changed = {"kwargs": told, "meta": with_tier(expectation, GX)}
    return Outcome(
        number=number,
        expectation=expectation,
        success=bool(result.success),
        result=plain(result.result),
        configuration={**expectation.to_dict(), **changed},
        meta={"dkdata": {"tier": GX}},
        exception_info=plain(result.exception_info),
        is_aborted=_is_aborted(result.exception_info),
    )


def _is_aborted(info: Mapping[str, Any]) -> bool:
    """Whether an expectation failed before its own turn, while its metrics were computed."""
    if "raised_exception" not in info:
        return True
    return info["raised_exception"] and "metrics_validate" not in info["exception_traceback"]


def _positions(
    frame: pd.DataFrame,
    suite: Suite,
    asked: Mapping[int, Expectation],
    answers: Sequence[Any],
    result_format: str | dict[str, Any],
) -> dict[int, np.ndarray[Any, Any]]:
    """Return the positions of the rows that break each row rule, by the rule's number.

    Rules with failing rows are asked again, on rows that are numbered, unless the answers list
    the numbers already.
    """
    answers = [one for one in answers if _may_break_rows(asked[_number(one)])]
    options = result_format if isinstance(result_format, dict) else {"result_format": result_format}
    level, named = options["result_format"], "unexpected_index_column_names" in options
    if level == "COMPLETE" and not named and _is_numbered(frame):
        return _listed(answers)
    if level == "BOOLEAN_ONLY":
        counts = {_number(one): None for one in answers if _is_evaluated(one)}
    else:
        told = [one for one in answers if "unexpected_count" in one.result]
        counts = {_number(one): one.result["unexpected_count"] for one in told}
    none = {number: np.empty(0, np.int64) for number, count in counts.items() if count == 0}
    again = {number: asked[number] for number in counts if number not in none}
    if not again:
        return none
    conditional = any("row_condition" in one.kwargs for one in again.values())
    numbered = _numbered(frame, with_index=conditional)
    return none | _listed(_validated(numbered, suite, again, "COMPLETE").results)


def _may_break_rows(expectation: Expectation) -> bool:
    """Whether it is a row rule, or a custom one, whose answer tells."""
    return expectation.entry is None or expectation.entry.is_row_rule


def _number(answer: Any) -> int:  # noqa: ANN401 - ExpectationValidationResult
    """Return the number of the expectation that an answer is about."""
    return int(answer.expectation_config.meta[_TAG])


def _is_evaluated(answer: Any) -> bool:  # noqa: ANN401 - ExpectationValidationResult
    return answer.exception_info.get("raised_exception") is False


def _listed(results: Sequence[Any]) -> dict[int, np.ndarray[Any, Any]]:
    """Return the row numbers that results list, by the number of the rule."""
    return {
        _number(one): np.asarray(one.result["unexpected_index_list"], dtype=np.int64)
        for one in results
        if "unexpected_index_list" in one.result
    }


def _is_numbered(frame: pd.DataFrame) -> bool:
    """Whether the index of the frame is the position of each row."""
    index = frame.index
    is_range = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return is_range and index.name is None


def _numbered(frame: pd.DataFrame, *, with_index: bool) -> pd.DataFrame:
    """Return the frame with row positions as its index.

    A condition may name the levels of the index: ``with_index``, they become columns, which it
    finds as well.
    """
    if _is_numbered(frame):
        return frame
    numbered = frame.set_axis(pd.RangeIndex(len(frame)), axis=0)
    for position in range(frame.index.nlevels if with_index else 0):
        values = frame.index.get_level_values(position)
        for name in (values.name, f"ilevel_{position}", "index"):
            if name is not None and name not in numbered.columns:
                numbered = numbered.assign(**{str(name): values.array})
    return numbered
