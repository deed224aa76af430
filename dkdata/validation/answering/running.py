"""A frame of any kind, a suite in any form, and the result."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata import frames, ongoing
from dkdata.errors import (
    ColumnNotFoundError,
    SchemaError,
    UsageError,
    check_choice,
    did_you_mean,
    listing,
)
from dkdata.types import batches_of
from dkdata.validation.answering import planner, preparing, scanning
from dkdata.validation.answering.batch import Batch
from dkdata.validation.answering.held import (
    CHUNK,
    Held,
    InMemory,
    Queried,
    Scannable,
    Stored,
)
from dkdata.validation.answering.tiers import GX, SQL
from dkdata.validation.results.result import Result
from dkdata.validation.results.result_format import ResultFormat
from dkdata.validation.served.places import OnServer, Served
from dkdata.validation.suite import Suite, as_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.results.outcome import Outcome

ENGINES: Final = ("auto", "gx")
LARGE: Final = 4 * CHUNK
"""Rows from which a table is read in chunks."""
_LARGE_BYTES: Final = 256 << 20
_TOLD: Final = ResultFormat()
_SAMPLE: Final = 1_000  # rows, of which the bytes of a row are learnt


def validate(
    frame: Any,  # noqa: ANN401 - any frame
    suite: Any,  # noqa: ANN401 - a suite in any form
    *,
    result_format: str | Mapping[str, Any] = "SUMMARY",
    engine: str = "auto",
    suite_parameters: Mapping[str, Any] | None = None,
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
    suite_parameters
        Values for the ``{"$PARAMETER": name}`` of the suite.

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
    check_choice("engine", engine, ENGINES)
    told, values = ResultFormat.of(result_format), suite_parameters or {}
    if isinstance(frame, Scannable):
        if engine == "auto" and isinstance(frame, Served):
            result = _of_server(frame, suite, told, values)
            if result is not None:
                return result
        if engine == "auto" and _is_large(frame):
            return scanned(frame, suite, told, values)
        frame = frame.to_pandas()
    return _of_frame(frame, suite, told, values, engine)


def _of_frame(
    frame: Any,  # noqa: ANN401 - any frame
    suite: Any,  # noqa: ANN401 - in any form
    told: ResultFormat,
    values: Mapping[str, Any],
    engine: str = "auto",
) -> Result:
    """Return what a suite says of a frame that is held as a whole."""
    source, data = _as_pandas(frame)
    chosen = _suite_for(suite, data, values)
    _check_names(told, data)
    outcomes, meta = _answered(*_texts(data, chosen), source, told, engine)
    return Result(chosen, planner.in_order(chosen, outcomes), meta, source)


def _is_large(table: Scannable) -> bool:
    """Whether a table has so many rows, or bytes, that it is not to be held as a whole."""
    rows, sample = table.count(), table.limit(_SAMPLE).reader().read_all()
    return rows > LARGE or rows * sample.nbytes > _LARGE_BYTES * max(1, len(sample))


def as_asked(suite: Any) -> Any:  # noqa: ANN401 - a suite or a schema
    """Return a suite in any form as what is asked for its rules: itself, or a schema.

    Raises
    ------
    UsageError
        It is no suite.
    """
    is_schema = not isinstance(suite, Suite) and hasattr(suite, "suite_for")
    return suite if is_schema else as_suite(suite)


def _suite_for(suite: Any, frame: pd.DataFrame, values: Mapping[str, Any]) -> Suite:  # noqa: ANN401
    """Return a suite in any form as what is to be asked of a frame with such columns."""
    asked = as_asked(suite)
    chosen = asked if isinstance(asked, Suite) else asked.suite_for(frame)
    chosen = preparing.filled(chosen, values)
    preparing.check(chosen)
    if any(one.entry is None for one in chosen):
        from dkdata.validation.answering import gx  # noqa: PLC0415 - takes seconds to import

        gx.check_types(chosen)
    _check_columns(chosen, list(frame.columns))
    return chosen


def _answered(
    data: pd.DataFrame, suite: Suite, source: InMemory, told: ResultFormat, engine: str
) -> tuple[list[Outcome], Mapping[str, Any]]:
    """Return what became of each rule of a frame, each answered by the cheapest tier that can."""
    batch = Batch(data)
    numbers = [n for n, one in enumerate(suite) if engine == "auto" or not _is_in(one, GX)]
    ongoing.count("rules", len(suite))
    made = (planner.compiled(suite, number, batch, told) for number in numbers)
    outcomes = list(_told_of(outcome for outcome in made if outcome is not None))
    return _with_others(
        outcomes,
        suite,
        told,
        lambda left: scanning.cut(data, scanning.needed(suite, left, told)),
        Queried(lambda: source.frame, lambda condition: len(batch.rows(condition))),
    )


def _of_server(
    table: Served,
    suite: Any,  # noqa: ANN401 - in any form
    told: ResultFormat,
    values: Mapping[str, Any],
) -> Result | None:
    """Return what a suite says of a table whose server answers; its rows travel for the rest."""
    from dkdata.validation.served.answering import answered  # noqa: PLC0415 - for tables only

    def choose(frame: pd.DataFrame) -> Suite:
        _check_names(told, frame)
        return _suite_for(suite, frame, values)

    found = answered(table, choose, told)
    if found is None:
        return None
    known = {outcome.number for outcome in found.outcomes}
    left = [number for number in range(len(found.suite)) if number not in known]
    rest = scanning.answered(table, found.rows, found.suite, told, left) if left else []
    held = OnServer(table, found.rows, found.shape)
    return _of_table(table, found.suite, told, [*found.outcomes, *rest], held)


def scanned(
    table: Scannable,
    suite: Any,  # noqa: ANN401 - in any form
    told: ResultFormat = _TOLD,
    values: Mapping[str, Any] = MappingProxyType({}),
) -> Result:
    """Return what a suite says of a table that is not held as a whole, if labels are texts."""
    first = table.limit(1).to_pandas()
    if not all(isinstance(label, str) for label in first):
        return _of_frame(table.to_pandas(), suite, told, values)
    rows, chosen = table.count(), _suite_for(suite, first, values)
    _check_names(told, first)
    made = scanning.answered(table, rows, chosen, told, range(len(chosen)))
    return _of_table(table, chosen, told, made, Stored(table, rows))


def _of_table(
    table: Scannable, suite: Suite, told: ResultFormat, made: list[Outcome], held: Held
) -> Result:
    """Return the result of a table, of which some outcomes are known already."""
    rows = len(held)
    outcomes, meta = _with_others(
        made,
        suite,
        told,
        lambda numbers: scanning.loaded(table, rows, scanning.needed(suite, numbers, told)),
        Queried(table.reader, lambda condition: scanning.counted(table, rows, condition)),
    )
    return Result(suite, planner.in_order(suite, outcomes), meta, held)


def _with_others(
    outcomes: list[Outcome],
    suite: Suite,
    told: ResultFormat,
    data_for: Callable[[list[int]], pd.DataFrame],
    queried: Queried,
) -> tuple[list[Outcome], Mapping[str, Any]]:
    """Return all outcomes: those of the kernels, of SQL, and of Great Expectations for the rest."""
    known = {outcome.number for outcome in outcomes}
    left = [number for number in range(len(suite)) if number not in known]
    asked = [number for number in left if _is_in(suite[number], SQL)]
    if asked:
        from dkdata.validation.answering.sql_rules import answer  # noqa: PLC0415 - loads DuckDB

        outcomes += _told_of(answer(number, suite[number], queried, told) for number in asked)
    rest = [number for number in left if number not in asked]
    if not rest:
        return outcomes, _meta()
    from dkdata.validation.answering import gx  # noqa: PLC0415 - takes seconds to import

    answers = gx.answer(data_for(rest), suite, rest, told.options())
    return [*outcomes, *answers.outcomes], answers.meta


def _told_of(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield what became of rules, each of which counts as progress."""
    for outcome in outcomes:
        ongoing.advance(1)
        yield outcome


def _is_in(expectation: Expectation, tier: str) -> bool:
    """Whether a tier has answers to an expectation; Great Expectations alone knows custom ones."""
    entry = expectation.entry
    return tier == GX if entry is None else tier in entry.tiers


@cache
def _gx_version() -> str:
    return version("great_expectations")


def _meta() -> dict[str, Any]:
    """Return what Great Expectations tells of a run, without the hash of the data."""
    now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return {
        "great_expectations_version": _gx_version(),
        "batch_spec": {"batch_data": "PandasDataFrame"},
        "batch_markers": {"ge_load_time": now},
        "active_batch_definition": {
            "datasource_name": "dkdata",
            "data_connector_name": "fluent",
            "data_asset_name": "frame",
            "batch_identifiers": {"dataframe": "<DATAFRAME>"},
        },
    }


def _as_pandas(frame: Any) -> tuple[InMemory, pd.DataFrame]:  # noqa: ANN401 - any frame
    """Return a frame as it is kept for its rows, and as pandas."""
    if isinstance(frame, pd.DataFrame):
        # A copy, which pandas makes only of what is changed later, so that rows stay as they were.
        return InMemory(frame.copy(deep=False), "pandas"), frame.copy(deep=False)
    rows = frames.to_arrow(frame)
    table = rows if not hasattr(rows, "read_all") else batches_of(rows).read_all()
    data, kind = frames.from_arrow(table, "pandas"), frames.kind_of(frame)
    return InMemory(data if kind == "pandas" else table, kind), data


def _check_columns(suite: Suite, labels: list[Any]) -> None:
    """Raise if a rule is about a column that is not there, or there twice."""
    for number, expectation in enumerate(suite):
        for column in _named(expectation):
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


def _check_names(told: ResultFormat, frame: pd.DataFrame) -> None:
    """Raise if a column is not there that is to name the failing rows."""
    known = [*frame.columns, *frame.index.names]
    for name in told.unexpected_index_column_names or ():
        if name not in known:
            message = (
                f"unexpected_index_column_names: no column {name!r}."
                f"{did_you_mean(name, known) or f' There are: {listing(frame.columns)}.'}"
            )
            raise UsageError(message)


def _named(expectation: Expectation) -> tuple[Any, ...]:
    """Return the columns that have to be there: all but that of ``exists``."""
    is_typed = "type_" in expectation.kwargs and not expectation.columns
    return (expectation.kwargs["column"],) if is_typed else expectation.columns


def _texts(frame: pd.DataFrame, suite: Suite) -> tuple[pd.DataFrame, Suite]:
    """Return frame and suite with text for labels that are none.

    Great Expectations trips over other labels, even of columns that no rule is about.
    """
    about = [column for one in suite for column in (*one.columns, one.kwargs.get("column"))]
    labels = list(frame.columns)
    if all(isinstance(label, str) for label in labels):
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
