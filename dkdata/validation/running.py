"""A frame of any kind, a suite in any form, and the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata import frames
from dkdata.errors import ColumnNotFoundError, SchemaError, did_you_mean, listing
from dkdata.types import batches_of
from dkdata.validation import constraint_answers
from dkdata.validation.catalogue import CONSTRAINT
from dkdata.validation.expectation import check_choice
from dkdata.validation.result import Result
from dkdata.validation.suite import as_suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.outcome import Outcome
    from dkdata.validation.suite import Suite

LEVELS: Final = ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE")
ENGINES: Final = ("auto", "gx")
_FORMAT_OPTIONS: Final = (
    "result_format", "partial_unexpected_count", "unexpected_index_column_names",
    "include_unexpected_rows", "exclude_unexpected_values", "return_unexpected_index_query",
)  # fmt: skip


def validate(
    frame: Any,  # noqa: ANN401 - any frame
    suite: Any,  # noqa: ANN401 - a suite in any form
    *,
    result_format: str | Mapping[str, Any] = "SUMMARY",
    engine: str = "auto",
) -> Result:
    """Return which rows and rules of a suite a frame breaks.

    Parameters
    ----------
    frame
        Of any kind; ``invalid()`` and ``valid()`` of the result give the same kind back.
    suite
        In any form that ``as_suite`` reads.
    result_format
        ``"BOOLEAN_ONLY"``, ``"BASIC"``, ``"SUMMARY"``, ``"COMPLETE"``, or a mapping with
        Great Expectations' options. It says how much ``to_dict()`` tells, not what is found.
    engine
        ``"auto"`` or ``"gx"``: Great Expectations itself.

    Raises
    ------
    ColumnNotFoundError
        A rule is about a column that the frame does not have.
    ExpectationNotFoundError
        No expectation of some type is known.

    Examples
    --------
    >>> from dkdata.validation import expect
    >>> bool(validate([{"a": 1}, {"a": 5}], expect("a").between(0, 3)))
    False
    """
    from dkdata.validation import gx  # noqa: PLC0415 - on use

    check_choice("engine", engine, ENGINES)
    wanted = _checked_format(result_format)
    rows, data = _as_pandas(frame)
    chosen = suite.suite_for(data) if hasattr(suite, "suite_for") else as_suite(suite)
    if any(one.entry is None for one in chosen):
        gx.check_types(chosen)  # this imports Great Expectations, which takes seconds
    _check_columns(chosen, data)
    source = data if rows is None else rows
    gx_numbers = [n for n, one in enumerate(chosen) if one.entry is None or "gx" in one.entry.tiers]
    others = _others(chosen, gx_numbers, source, data, wanted)
    answers = gx.answer(*_texts(data, chosen), gx_numbers, wanted)
    kind = "pandas" if rows is None else frames.kind_of(frame)
    return Result(chosen, answers.outcomes + others, answers.meta, source, kind)


def _others(
    suite: Suite,
    answered: Sequence[int],
    source: Any,  # noqa: ANN401 - pandas or Arrow
    data: pd.DataFrame,
    wanted: str | dict[str, Any],
) -> tuple[Outcome, ...]:
    """Return what became of the rules that Great Expectations does not answer for a frame."""
    level = wanted if isinstance(wanted, str) else wanted["result_format"]

    def answer(number: int) -> Outcome:
        if suite[number].type == CONSTRAINT.type:
            return constraint_answers.answer(suite, number, data, wanted)
        from dkdata.validation import sql_rules  # noqa: PLC0415 - loads DuckDB

        return sql_rules.answer(number, suite[number], source, level)

    return tuple(answer(number) for number in range(len(suite)) if number not in answered)


def _as_pandas(frame: Any) -> tuple[pa.Table | None, pd.DataFrame]:  # noqa: ANN401 - any frame
    """Return a frame as pandas, and its Arrow rows where it was of another kind."""
    if isinstance(frame, pd.DataFrame):
        return None, frame.copy(deep=False)
    rows = frames.to_arrow(frame)
    table = rows if not hasattr(rows, "read_all") else batches_of(rows).read_all()
    data = frames.from_arrow(table, "pandas")
    return (None if frames.kind_of(frame) == "pandas" else table), data


def _checked_format(given: str | Mapping[str, Any]) -> str | dict[str, Any]:
    """Return a result format, checked."""
    options = dict(given) if isinstance(given, Mapping) else {"result_format": given}
    for option in options:
        check_choice("result_format option", option, _FORMAT_OPTIONS)
    level = options.get("result_format", "SUMMARY")
    check_choice("result_format", level, LEVELS)
    return {**options, "result_format": level} if isinstance(given, Mapping) else level


def _check_columns(suite: Suite, frame: pd.DataFrame) -> None:
    """Raise if a rule is about a column that is not there, or there twice."""
    labels = list(frame.columns)
    for number, expectation in enumerate(suite):
        for column in expectation.columns:
            place = suite.place_of(number)
            if column not in labels:
                error = ColumnNotFoundError(column, labels)
                told = did_you_mean(column, labels) or f" There are: {listing(labels)}."
                error.args = (f"{place}: no column {column!r}.{told}",)
                raise error
            if labels.count(column) > 1:
                message = (
                    f"{place}: the frame has {labels.count(column)} columns named {column!r}."
                    " Rename them, so that the rule is about one."
                )
                raise SchemaError(message)


def _texts(frame: pd.DataFrame, suite: Suite) -> tuple[pd.DataFrame, Suite]:
    """Return frame and suite with text for labels that are none.

    Great Expectations trips over other labels, even of columns that no rule is about.
    """
    about = {column for expectation in suite for column in expectation.columns}
    labels = list(frame.columns)
    if not about or all(isinstance(label, str) for label in labels):
        return frame, suite
    texts = [str(label) for label in labels]
    for position, label in enumerate(labels):
        if not isinstance(label, str) and texts.count(texts[position]) > 1:
            if label in about:
                message = f"columns {label!r} and {str(label)!r} cannot be told apart. Rename one."
                raise SchemaError(message)
            texts[position] = f"{label} (column {position})"
    named = frame.set_axis(texts, axis=1)
    return named, suite.replaced(map(_in_texts, suite))


def _in_texts(expectation: Expectation) -> Expectation:
    """Return the expectation with text for the labels it names."""
    named = {
        name: [str(item) for item in value] if isinstance(value, list) else str(value)
        for name, value in expectation.kwargs.items()
        if name in ("column", "column_A", "column_B", "column_list", "column_set")
    }
    return replace(expectation, kwargs={**expectation.kwargs, **named})
